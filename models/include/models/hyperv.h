/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv.h - Hyper-V below a guest: CPUID, MSRs, hypercalls, GHCB exits
 *
 *	guest                              hypervisor
 *	cpuid 0x40000000.. --------------> what it is, how memory is isolated
 *	wrmsr GUEST_OS_ID, HYPERCALL ----> hypercalls are on
 *	hypercall(control, input, output)> status and repetitions done
 *	GHCB page, VMGEXIT --------------> MSRs the host emulates (SNP)
 *
 * It knows the call that changes what the host may see of memory; others take
 * calls by hyperv_claim(). Each call is held to the rules for its input.
 *
 * Numbers and layouts: Hypervisor Top Level Functional Specification, chapters
 * 2 (CPUID, isolation leaf), 3 (hypercall interface) and 11; GHCB
 * specification 2.00; <asm/hyperv-tlfs.h>.
 */
#ifndef MODELS_HYPERV_H
#define MODELS_HYPERV_H

#include <models/machine.h>
#include <models/snp.h>
#include <sim/sim.h>

enum hyperv_isolation { HYPERV_NO_ISOLATION, HYPERV_VBS, HYPERV_SNP };

/* What the host may do beside keeping the protocol: switches of a program. */
enum hyperv_power {
	HYPERV_REFUSES	= 1 << 0,	/* calls end with an error */
	HYPERV_DELAYS	= 1 << 1,	/* calls take their time */
	HYPERV_HALVES	= 1 << 2,	/* calls do part of what is asked */
	HYPERV_CHANGES	= 1 << 3,	/* answers are not what they were */
	HYPERV_SCRIBBLES = 1 << 4,	/* writes into shared memory */
};
#define HYPERV_POWERS	5

#define HYPERV_MAX_CPUS	4

/* Results of hypercalls, TLFS appendix B. */
enum hyperv_status {
	HV_SUCCESS = 0,
	HV_INVALID_CODE = 2,
	HV_INVALID_INPUT = 3,
	HV_INVALID_ALIGNMENT = 4,
	HV_INVALID_PARAMETER = 5,
	HV_ACCESS_DENIED = 6,
	HV_OPERATION_DENIED = 8,
	HV_INSUFFICIENT_MEMORY = 11,
	HV_TIMEOUT = 0x78,
};

/* The calls this model answers by itself. */
#define HVCALL_MODIFY_VISIBILITY	0xdb
/* Its input: head, then 64-bit page numbers. */
#define HV_VISIBILITY_HEAD_BYTES	16
#define HV_VISIBILITY_MAX_REPS		((4096 - HV_VISIBILITY_HEAD_BYTES) / 8)

struct hyperv;

/* @snp: NULL without isolation. @boundary_bits: 0: no shared alias. */
struct hyperv_options {
	struct machine *machine;
	struct snp *snp;
	enum hyperv_isolation isolation;
	unsigned int boundary_bits;
	/*
	 * The guest has broken a rule. @object: "hypercall", "ghcb", "page";
	 * all texts are constant.
	 */
	void (*rule_broken)(void *arg, const char *object, const char *what);
	void *arg;
};

/* Becomes the hypervisor of the machine; powers: none. */
struct hyperv *hyperv_new(struct sim *sim,
			  const struct hyperv_options *options);
void hyperv_set_powers(struct hyperv *hv, unsigned int powers);

/* The guest begins again (kexec): vCPUs forget, memory keeps its state. */
void hyperv_reset(struct hyperv *hv);

/* The guest may have wanted to ask and had no memory to: it has to guess. */
void hyperv_guest_guesses(struct hyperv *hv);

/*
 * Who takes hypercalls of @code. Returns a status of enum hyperv_status; for a
 * call with repetitions, bits 32 to 43 are the number of those done.
 */
typedef uint64_t (*hyperv_call_fn)(void *arg,
				   const struct machine_hypercall *call);
/* -EBUSY: somebody has it; -ENOSPC. */
int hyperv_claim(struct hyperv *hv, uint16_t code, hyperv_call_fn fn,
		 void *arg);

/*
 * MSRs that the host emulates, and so GHCB exits for them. Values are
 * kept; @value of one that was never written is 0.
 */
uint64_t hyperv_msr(const struct hyperv *hv, unsigned int cpu, uint32_t msr);

/* The guest has asked to be ended (GHCB termination request); the reason. */
bool hyperv_terminated(const struct hyperv *hv, unsigned int *reason);

/* Has the guest asked for @frame to be shared and not got it back? */
bool hyperv_asked_to_share(const struct hyperv *hv, uint64_t frame);

#endif
