/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synic.h - synthetic interrupt controllers of a guest's vCPUs
 *
 *	MSRs      SCONTROL, SIMP, SIEFP, SINTn, EOM of each vCPU
 *	SIMP -->  message page: a slot of 256 bytes for each SINT
 *	SIEFP --> event page: 2048 flags for each SINT
 *	SINTn     which vector a message or event in slot n raises
 *
 * A message goes into the slot of its SINT if that is empty; else the pending
 * flag of the slot is set, and a guest that has emptied it says so by EOM.
 *
 * Layouts and MSR numbers: Hypervisor Top Level Functional Specification,
 * chapter on inter-partition communication. vCPUs are counted from 0 here; the
 * guest knows them by VP index, which is another number (synic_vp()).
 */
#ifndef MODELS_SYNIC_H
#define MODELS_SYNIC_H

#include <models/machine.h>

#define SYNIC_MAX_VCPUS		4
#define SYNIC_SINTS		16

struct synic;

struct synic_options {
	struct machine *machine;
	unsigned int nr_vcpus;
	/* @vector is raised at vCPU @cpu. */
	void (*interrupt)(void *arg, unsigned int cpu, unsigned int vector);
	/* The guest has emptied a message slot of vCPU @cpu and said so. */
	void (*slot_free)(void *arg, unsigned int cpu);
	void *arg;
};

struct synic *synic_new(struct sim *sim, const struct synic_options *options);

/* For struct machine_hypervisor; unknown MSRs are a bench error. */
uint64_t synic_msr_read(struct synic *synic, unsigned int cpu, uint32_t msr);
void synic_msr_write(struct synic *synic, unsigned int cpu, uint32_t msr,
		     uint64_t value);

struct synic_message {
	uint32_t sint;
	uint32_t type;			/* not 0 */
	uint32_t bytes;			/* at most 240 */
	const void *payload;
};

/*
 * Puts a message into vCPU @cpu's slot and raises its vector. False: there is
 * one already, or nobody listens there. @over: also if there is one (hostile).
 */
bool synic_post(struct synic *synic, unsigned int cpu,
		const struct synic_message *message, bool over);

/* Sets event flag @flag, and raises the vector if it was not set. */
void synic_signal(struct synic *synic, unsigned int cpu, unsigned int sint,
		  unsigned int flag);

/* Is there somebody who takes what is sent to this SINT? */
bool synic_is_on(const struct synic *synic, unsigned int cpu,
		 unsigned int sint);

/* The VP index of a vCPU, and back: -1 if it is none. */
uint32_t synic_vp(unsigned int cpu);
int synic_cpu(const struct synic *synic, uint32_t vp);

/* Is this frame one of the pages? */
bool synic_owns(const struct synic *synic, uint64_t frame);

#endif
