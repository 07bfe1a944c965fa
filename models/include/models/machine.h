/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - one host or guest: memory, parties, MMIO windows
 *
 * A machine has frames and the parties that may touch them: its CPUs and its
 * devices. Which of them may read or write a frame now is state of the frame
 * (sim/memory.h); machine_grant() and machine_revoke() are the only writers of
 * it, so what an IOMMU lets through and what an oracle believes are one thing.
 *
 * Physical addresses from 0 are frames; devices claim windows above them.
 */
#ifndef MODELS_MACHINE_H
#define MODELS_MACHINE_H

#include <sim/memory.h>
#include <sim/sim.h>

#define MACHINE_MAX_NUMBER	15
#define MACHINE_MAX_WINDOWS	8

enum machine_party {
	MACHINE_CPU,
	MACHINE_DEVICE,
	MACHINE_PARTIES,
};

struct machine;

struct machine_options {
	const char *name;
	uint16_t number;		/* in the world, 0..MACHINE_MAX_NUMBER */
	uint64_t nr_frames;
};

/* All frames start out as the CPUs' own: nobody else may touch them. */
struct machine *machine_new(struct sim *sim,
			    const struct machine_options *options);
struct sim *machine_sim(const struct machine *machine);
struct sim_memory *machine_memory(const struct machine *machine);
uint16_t machine_number(const struct machine *machine);

/* The bit of @party of this machine in sim_frame.readers and .writers. */
uint64_t machine_party_bit(const struct machine *machine,
			   enum machine_party party);

/* Lets @party read, and write if @write; takes both back. */
void machine_grant(struct machine *machine, uint64_t frame,
		   enum machine_party party, bool write);
void machine_revoke(struct machine *machine, uint64_t frame,
		    enum machine_party party);
bool machine_may_read(const struct machine *machine, uint64_t frame,
		      enum machine_party party);
bool machine_may_write(const struct machine *machine, uint64_t frame,
		       enum machine_party party);

struct machine_window {
	uint64_t phys;
	uint64_t bytes;
	uint64_t (*read)(void *device, uint64_t offset, unsigned int size);
	void (*write)(void *device, uint64_t offset, unsigned int size,
		      uint64_t value);
	void *device;
};

/* -EINVAL if the window overlaps memory or another one, -ENOSPC if full. */
int machine_claim(struct machine *machine, const struct machine_window *window);

/*
 * What the CPUs see: shaped for kernel_machine_ops, hence void *. Reads that
 * nobody claims give ~0, writes are dropped, as on PCI.
 */
uint64_t machine_mmio_read(void *machine, uint64_t phys, unsigned int size);
void machine_mmio_write(void *machine, uint64_t phys, unsigned int size,
			uint64_t value);

#endif
