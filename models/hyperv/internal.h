/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of Hyper-V share.
 *
 *	hyperv.c	the hypervisor of a machine: CPUID, MSRs, dispatch
 *	hypercall.c	rules for input, repetitions, visibility of pages
 *	ghcb.c		exits of a guest whose registers the host cannot see
 */
#ifndef MODELS_HYPERV_INTERNAL_H
#define MODELS_HYPERV_INTERNAL_H

#include <models/hyperv.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/trace.h>

#define HYPERV_MAX_CLAIMS	8
#define HYPERV_MAX_MSRS		64	/* that were written, of a vCPU */

/* The host's idea of an MSR, which is not the paravisor's. */
#define HOSTS_MSR		0x80000000u

#define HV_MSR_GUEST_OS_ID	0x40000000u
#define HV_MSR_HYPERCALL	0x40000001u
#define HV_MSR_VP_INDEX		0x40000002u
#define HV_MSR_SCONTROL		0x40000080u
#define HV_MSR_SINT15		0x4000009fu
#define HV_MSR_CRASH_P0		0x40000100u
#define HV_MSR_CRASH_P3		0x40000103u
#define HV_MSR_CRASH_P4		0x40000104u
#define HV_MSR_CRASH_CTL	0x40000105u
#define MSR_GHCB		0xc0010130u

/* CRASH_CTL: P3 and P4 are address and length of a text. */
#define CRASH_NOTIFY_TEXT	(1ull << 62)

/* What the guest has wanted of a frame. */
#define ASKED_NOW	1	/* it is to be shared */
#define ASKED_EVER	2	/* it was, since this guest began */

struct hyperv_claim {
	uint16_t code;
	hyperv_call_fn fn;
	void *arg;
};

struct hyperv_msr {
	uint32_t number;
	uint64_t value;
};

struct hyperv_cpu {
	struct hyperv_msr msrs[HYPERV_MAX_MSRS];
	uint32_t nr_msrs;
};

struct hyperv {
	struct sim *sim;
	struct hyperv_options options;
	unsigned int powers;
	struct hyperv_cpu cpus[HYPERV_MAX_CPUS];
	struct hyperv_claim claims[HYPERV_MAX_CLAIMS];
	uint32_t nr_claims;
	uint64_t guest_os_id;		/* of the partition, not of a vCPU */
	uint64_t hypercall_page;
	uint8_t *asked;			/* of each frame: what for */
	bool refused;			/* a guest has to guess what was shared */
	bool terminated;
	unsigned int reason;
};

/* Trace records, after those of memory/snp.c. */
enum {
	HYPERV_TRACE_CALL = SIM_TRACE_MODEL + 25, /* a = control, b = status */
	HYPERV_TRACE_EXIT,			/* a = code, b = MSR */
};

/* -- hyperv.c -- */

/* Others go on after it, as it ends the run. */
void hyperv__broken(struct hyperv *hv, const char *object, const char *what);
bool hyperv__may(const struct hyperv *hv, enum hyperv_power power);
/* Some time passes on this vCPU, or none. */
void hyperv__dawdle(struct hyperv *hv);
int hyperv__msr_write(struct hyperv *hv, unsigned int cpu, uint32_t msr,
		      uint64_t value);
/* By the host, for an exit: -EINVAL, it does not emulate that one. */
int hyperv__host_msr_write(struct hyperv *hv, unsigned int cpu, uint32_t msr,
			   uint64_t value);

/* -- hypercall.c -- */

uint64_t hyperv__call(void *arg, const struct machine_hypercall *call);
/* To whoever has claimed it; its input is not looked at. */
uint64_t hyperv__dispatch(struct hyperv *hv,
			  const struct machine_hypercall *call);

/* -- ghcb.c -- */

void hyperv__vmgexit(void *arg, unsigned int cpu);

#endif
