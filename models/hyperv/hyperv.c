/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv.c - the hypervisor of a machine, as its vCPUs meet it
 *
 * FAULT MODEL
 *
 * CPUID and what the guest's own paravisor answers (the hypercall that changes
 * visibility, MSRs below 0x40000080) are true and stay what they are: they come
 * from inside of the trusted part. What the host emulates (the interrupt
 * controller's MSRs, by GHCB) it may refuse or answer anew each time.
 *
 * By the powers a program gives it, and by decisions, the host makes calls
 * take long, end early and fail. It never says that a page is private which is
 * not: the processor would not let the guest use it.
 */
#include <errno.h>

#include "internal.h"

/* CPUID, TLFS 2.4; of leaf 0x40000003 and 0x4000000c only what is here. */
#define LEAF_FEATURES		0x40000003u
#define LEAF_LIMITS		0x40000005u
#define LEAF_ISOLATION		0x4000000cu
#define FEATURE_SYNIC		(1u << 2)
#define FEATURE_HYPERCALL	(1u << 5)
#define FEATURE_VP_INDEX	(1u << 6)
#define PRIVILEGE_ISOLATION	(1u << 22)
#define MISC_CRASH_MSRS		(1u << 10)
#define PARAVISOR_PRESENT	(1u << 0)
#define BOUNDARY_ACTIVE		(1u << 5)
#define BOUNDARY_SHIFT		6
#define CPUID_1_HYPERVISOR	(1u << 31)	/* ecx */

#define DAWDLE_NS		7000
#define DAWDLE_STEPS		4

void hyperv__broken(struct hyperv *hv, const char *object, const char *what)
{
	if (hv->options.rule_broken)
		hv->options.rule_broken(hv->options.arg, object, what);
}

bool hyperv__may(const struct hyperv *hv, enum hyperv_power power)
{
	return hv->powers & power;
}

void hyperv__dawdle(struct hyperv *hv)
{
	uint32_t steps;

	if (!hyperv__may(hv, HYPERV_DELAYS) || !sim_fiber_self(hv->sim))
		return;
	steps = sim_decide(hv->sim, SIM_DECIDE_DELAY, DAWDLE_STEPS);
	if (steps)
		sim_fiber_sleep(hv->sim, steps * DAWDLE_NS);
}

/* -- CPUID ---------------------------------------------------------------- */

static uint32_t isolation_config(const struct hyperv_options *o)
{
	uint32_t value = o->isolation;

	if (o->boundary_bits)
		value |= BOUNDARY_ACTIVE | o->boundary_bits << BOUNDARY_SHIFT;
	return value;
}

static void cpuid(void *arg, uint32_t leaf, uint32_t subleaf,
		  uint32_t regs[MACHINE_CPUID_REGS])
{
	const struct hyperv_options *o = &((struct hyperv *)arg)->options;

	switch (leaf) {
	case 1:
		regs[2] = CPUID_1_HYPERVISOR;
		break;
	case 0x40000000:
		regs[0] = LEAF_ISOLATION;
		regs[1] = 0x7263694d;		/* "Microsoft Hv" */
		regs[2] = 0x666f736f;
		regs[3] = 0x76482074;
		break;
	case 0x40000001:
		regs[0] = 0x31237648;		/* "Hv#1" */
		break;
	case LEAF_FEATURES:
		regs[0] = FEATURE_SYNIC | FEATURE_HYPERCALL | FEATURE_VP_INDEX;
		if (o->isolation)
			regs[1] = PRIVILEGE_ISOLATION;
		regs[3] = MISC_CRASH_MSRS;
		break;
	case LEAF_LIMITS:
		regs[0] = HYPERV_MAX_CPUS;
		regs[1] = HYPERV_MAX_CPUS;
		break;
	case LEAF_ISOLATION:
		regs[0] = o->isolation ? PARAVISOR_PRESENT : 0;
		regs[1] = isolation_config(o);
		break;
	}
}

/* -- MSRs ----------------------------------------------------------------- */

static struct hyperv_msr *find_msr(struct hyperv *hv, unsigned int cpu,
				   uint32_t number)
{
	struct hyperv_cpu *c = &hv->cpus[cpu];
	uint32_t i;

	sim_assert(cpu < HYPERV_MAX_CPUS);
	for (i = 0; i < c->nr_msrs; i++)
		if (c->msrs[i].number == number)
			return &c->msrs[i];
	return NULL;
}

uint64_t hyperv_msr(const struct hyperv *hv, unsigned int cpu, uint32_t msr)
{
	const struct hyperv_msr *m = find_msr((struct hyperv *)(uintptr_t)hv,
					      cpu, msr);

	if (msr == HV_MSR_GUEST_OS_ID)
		return hv->guest_os_id;
	if (msr == HV_MSR_HYPERCALL)
		return hv->hypercall_page;
	return m ? m->value : 0;
}

static void store_msr(struct hyperv *hv, unsigned int cpu, uint32_t number,
		      uint64_t value)
{
	struct hyperv_msr *m = find_msr(hv, cpu, number);

	if (!m) {
		sim_assert(hv->cpus[cpu].nr_msrs < HYPERV_MAX_MSRS);
		m = &hv->cpus[cpu].msrs[hv->cpus[cpu].nr_msrs++];
		m->number = number;
	}
	m->value = value;
}

static bool is_known(uint32_t msr)
{
	return (msr >= HV_MSR_GUEST_OS_ID && msr <= HV_MSR_VP_INDEX) ||
	       (msr >= HV_MSR_SCONTROL && msr <= HV_MSR_SINT15) ||
	       (msr >= HV_MSR_CRASH_P0 && msr <= HV_MSR_CRASH_CTL) ||
	       msr == MSR_GHCB;
}

/* TLFS 3.13: without an identity the page stays off. */
static void write_hypercall_page(struct hyperv *hv, uint64_t value)
{
	if (!hv->guest_os_id && value & 1)
		hyperv__broken(hv, "hypercall",
			       "the page is switched on before the guest has said what it is");
	hv->hypercall_page = hv->guest_os_id ? value : value & ~1ull;
}

/* TLFS 2.4.4: the text is in one page, and for the host to read. */
static void notify_crash(struct hyperv *hv, unsigned int cpu, uint64_t ctl)
{
	uint64_t bytes = hyperv_msr(hv, cpu, HV_MSR_CRASH_P4);

	if (!(ctl & CRASH_NOTIFY_TEXT))
		return;
	if (hv->options.isolation)
		hyperv__broken(hv, "crash",
			       "an isolated guest gives the host its log to read");
	if (!bytes || bytes > SIM_FRAME_BYTES)
		hyperv__broken(hv, "crash", "the text does not fit in a page");
}

int hyperv__msr_write(struct hyperv *hv, unsigned int cpu, uint32_t msr,
		      uint64_t value)
{
	if (!is_known(msr) || msr == HV_MSR_VP_INDEX)
		return -EINVAL;
	if (msr == HV_MSR_CRASH_CTL)
		notify_crash(hv, cpu, value);
	if (msr == HV_MSR_GUEST_OS_ID)
		hv->guest_os_id = value;
	else if (msr == HV_MSR_HYPERCALL)
		write_hypercall_page(hv, value);
	else
		store_msr(hv, cpu, msr, value);
	return 0;
}

int hyperv__host_msr_write(struct hyperv *hv, unsigned int cpu, uint32_t msr,
			   uint64_t value)
{
	if (msr < HV_MSR_SCONTROL || msr > HV_MSR_SINT15)
		return -EINVAL;
	store_msr(hv, cpu, msr | HOSTS_MSR, value);
	return 0;
}

static void msr_write(void *arg, unsigned int cpu, uint32_t msr, uint64_t value)
{
	if (hyperv__msr_write(arg, cpu, msr, value))
		hyperv__broken(arg, "msr",
			       "an MSR is written that cannot be");
}

static uint64_t msr_read(void *arg, unsigned int cpu, uint32_t msr)
{
	struct hyperv *hv = arg;

	if (!is_known(msr))
		hyperv__broken(hv, "msr", "an MSR is read that there is not");
	return msr == HV_MSR_VP_INDEX ? cpu : hyperv_msr(hv, cpu, msr);
}

/* -- life ----------------------------------------------------------------- */

static uint64_t shared_boundary(void *arg)
{
	const struct hyperv *hv = arg;

	return hv->options.snp ? snp_boundary(hv->options.snp) : 0;
}

static void check_options(const struct hyperv_options *options)
{
	uint64_t boundary = options->snp ? snp_boundary(options->snp) : 0;

	sim_assert(boundary == (options->boundary_bits ?
				1ull << options->boundary_bits : 0));
	sim_assert(!options->snp == !options->isolation);
}

struct hyperv *hyperv_new(struct sim *sim,
			  const struct hyperv_options *options)
{
	struct hyperv *hv = sim_alloc(sim, sizeof(*hv), 8);
	const struct machine_hypervisor hypervisor = {
		.call = hyperv__call,
		.cpuid = cpuid,
		.msr_read = msr_read,
		.msr_write = msr_write,
		.vmgexit = hyperv__vmgexit,
		.shared_boundary = shared_boundary,
		.arg = hv,
	};

	check_options(options);
	hv->sim = sim;
	hv->options = *options;
	hv->asked = sim_alloc(sim, sim_memory_frames(
				machine_memory(options->machine)), 8);
	machine_set_hypervisor(options->machine, &hypervisor);
	return hv;
}

void hyperv_set_powers(struct hyperv *hv, unsigned int powers)
{
	hv->powers = powers;
}

void hyperv_reset(struct hyperv *hv)
{
	uint64_t nr = sim_memory_frames(machine_memory(hv->options.machine));
	unsigned int cpu;
	uint64_t i;

	for (cpu = 0; cpu < HYPERV_MAX_CPUS; cpu++)
		hv->cpus[cpu].nr_msrs = 0;
	for (i = 0; i < nr; i++)
		hv->asked[i] = 0;
	hv->guest_os_id = 0;
	hv->hypercall_page = 0;
	hv->refused = false;
}

void hyperv_guest_guesses(struct hyperv *hv)
{
	hv->refused = true;
}

int hyperv_claim(struct hyperv *hv, uint16_t code, hyperv_call_fn fn,
		 void *arg)
{
	uint32_t i;

	for (i = 0; i < hv->nr_claims; i++)
		if (hv->claims[i].code == code)
			return -EBUSY;
	if (hv->nr_claims == HYPERV_MAX_CLAIMS)
		return -ENOSPC;
	hv->claims[hv->nr_claims++] = (struct hyperv_claim){
		.code = code, .fn = fn, .arg = arg,
	};
	return 0;
}

bool hyperv_terminated(const struct hyperv *hv, unsigned int *reason)
{
	*reason = hv->reason;
	return hv->terminated;
}

bool hyperv_asked_to_share(const struct hyperv *hv, uint64_t frame)
{
	return hv->asked[frame] & ASKED_NOW;
}
