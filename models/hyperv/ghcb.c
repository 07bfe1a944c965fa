/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ghcb.c - VMGEXIT: how a guest talks to a host that cannot see its registers
 *
 * FAULT MODEL
 *
 * The page is shared, so the host may write anywhere in it at any moment
 * (HYPERV_SCRIBBLES: after an exit, anywhere). It may answer with an error
 * (HYPERV_REFUSES) or with a value that is not what was written
 * (HYPERV_CHANGES), and take its time. It reads what the guest says is valid;
 * what is valid without need is a rule broken, since a field that this exit does
 * not use tells the host of another one.
 *
 *	0x1f8 rax  0x308 rcx  0x310 rdx
 *	0x390 exit code  0x398 exit info 1  0x3a0 exit info 2
 *	0x3f0 which of the 8-byte fields are valid, a bit each
 *	0xffa protocol version  0xffc usage
 *
 * Usage 1 is Hyper-V's: input of a hypercall from 0 on, its input word at 0xff0.
 */
#include "internal.h"

#define GHCB_RAX	0x1f8u
#define GHCB_RCX	0x308u
#define GHCB_RDX	0x310u
#define GHCB_EXIT_CODE	0x390u
#define GHCB_EXIT_INFO1	0x398u
#define GHCB_EXIT_INFO2	0x3a0u
#define GHCB_VALID	0x3f0u
#define GHCB_CALL	0xff0u
#define GHCB_USAGE	0xffcu

#define USAGE_HYPERCALL	1u
#define EXIT_MSR	0x7cu
#define NR_FIELDS	128u

/* The MSR protocol, for when there is no page yet. */
#define INFO_MASK	0xfffull
#define INFO_RESPONSE	0x001ull
#define INFO_REQUEST	0x002ull
#define TERMINATE	0x100ull
#define PROTOCOL_MIN	1ull
#define PROTOCOL_MAX	2ull

struct ghcb {
	struct hyperv *hv;
	uint64_t phys;
	unsigned int cpu;
};

static uint64_t get(const struct ghcb *g, unsigned int offset,
		    unsigned int bytes)
{
	uint64_t value = 0;

	snp_host_read(g->hv->options.snp, g->phys + offset, &value, bytes);
	return value;
}

static void put(const struct ghcb *g, unsigned int offset, uint64_t value)
{
	snp_host_write(g->hv->options.snp, g->phys + offset, &value,
		       sizeof(value));
}

static void make_valid(const struct ghcb *g, unsigned int offset)
{
	unsigned int word = GHCB_VALID + offset / 8 / 64 * 8;

	put(g, word, get(g, word, 8) | 1ull << offset / 8 % 64);
}

/* -- which fields are valid ----------------------------------------------- */

static bool is_one_of(unsigned int offset, const unsigned int *fields)
{
	while (*fields && *fields != offset)
		fields++;
	return *fields;
}

/* 0: those of @fields (0-terminated) and no others are valid. */
static int check_valid(const struct ghcb *g, const unsigned int *fields)
{
	uint64_t valid[2] = {
		get(g, GHCB_VALID, 8), get(g, GHCB_VALID + 8, 8),
	};
	unsigned int i, offset;
	bool is, must;

	for (i = 0; i < NR_FIELDS; i++) {
		offset = i * 8;
		is = valid[i / 64] >> i % 64 & 1;
		must = is_one_of(offset, fields);
		if (is && !must)
			hyperv__broken(g->hv, "ghcb",
				       "a field is valid that this exit does not use");
		if (must && !is) {
			hyperv__broken(g->hv, "ghcb",
				       "a field that this exit uses is not valid");
			return -1;
		}
	}
	return 0;
}

/* -- exits ---------------------------------------------------------------- */

/* The low half says whether there is an error. */
static void answer(const struct ghcb *g, uint64_t error)
{
	put(g, GHCB_EXIT_INFO1, error);
	put(g, GHCB_EXIT_INFO2, 0);
}

static bool refuses(const struct ghcb *g)
{
	return hyperv__may(g->hv, HYPERV_REFUSES) &&
	       sim_fail_point(g->hv->sim, SIM_DECIDE_FAIL_IO);
}

/* What the host says a register holds. */
static uint64_t claim_value(const struct ghcb *g, uint64_t value)
{
	uint32_t n = 0;

	if (hyperv__may(g->hv, HYPERV_CHANGES))
		n = sim_decide(g->hv->sim, SIM_DECIDE_PEER, 3);
	return n == 1 ? ~value : n == 2 ? 0 : value;
}

static void read_msr(const struct ghcb *g)
{
	static const unsigned int fields[] = {
		GHCB_RCX, GHCB_EXIT_CODE, GHCB_EXIT_INFO1, GHCB_EXIT_INFO2, 0,
	};
	uint64_t value;

	if (check_valid(g, fields) || refuses(g)) {
		answer(g, 1);
		return;
	}
	value = claim_value(g, hyperv_msr(g->hv, g->cpu, HOSTS_MSR |
					  (uint32_t)get(g, GHCB_RCX, 8)));
	put(g, GHCB_RAX, (uint32_t)value);
	put(g, GHCB_RDX, value >> 32);
	make_valid(g, GHCB_RAX);
	make_valid(g, GHCB_RDX);
	answer(g, 0);
}

static void write_msr(const struct ghcb *g)
{
	static const unsigned int fields[] = {
		GHCB_RAX, GHCB_RCX, GHCB_RDX, GHCB_EXIT_CODE,
		GHCB_EXIT_INFO1, GHCB_EXIT_INFO2, 0,
	};
	uint64_t value = (uint32_t)get(g, GHCB_RAX, 8) |
			 get(g, GHCB_RDX, 8) << 32;

	if (check_valid(g, fields) || refuses(g) ||
	    hyperv__host_msr_write(g->hv, g->cpu,
				   (uint32_t)get(g, GHCB_RCX, 8), value))
		answer(g, 1);
	else
		answer(g, 0);
}

static void hypercall(const struct ghcb *g)
{
	uint64_t control = get(g, GHCB_CALL, 8);
	const struct machine_hypercall call = {
		.code = control & 0xffff,
		.control = control,
		.input = g->phys - snp_boundary(g->hv->options.snp),
	};

	put(g, GHCB_CALL, hyperv__dispatch(g->hv, &call));
}

static void handle_page(const struct ghcb *g)
{
	uint64_t code = get(g, GHCB_EXIT_CODE, 8);

	if ((uint32_t)get(g, GHCB_USAGE, 4) == USAGE_HYPERCALL) {
		hypercall(g);
		return;
	}
	sim_trace(g->hv->sim, HYPERV_TRACE_EXIT, code, get(g, GHCB_RCX, 8));
	if (code != EXIT_MSR)
		answer(g, 1);
	else if (get(g, GHCB_EXIT_INFO1, 8))
		write_msr(g);
	else
		read_msr(g);
}

/* Eight bytes somewhere in the page. */
static void scribble(const struct ghcb *g)
{
	uint32_t at;

	if (!hyperv__may(g->hv, HYPERV_SCRIBBLES))
		return;
	at = sim_decide(g->hv->sim, SIM_DECIDE_PEER, SIM_FRAME_BYTES / 8);
	if (at)
		put(g, at * 8, ~get(g, at * 8, 8));
}

/* -- without a page ------------------------------------------------------- */

static uint64_t protocol_versions(struct hyperv *hv)
{
	uint64_t min = PROTOCOL_MIN, max = PROTOCOL_MAX;
	uint32_t n = 0;

	if (hyperv__may(hv, HYPERV_CHANGES))
		n = sim_decide(hv->sim, SIM_DECIDE_PEER, 4);
	if (n == 1)
		max = 0;
	else if (n == 2)
		min = 0xffff;
	else if (n == 3)
		return 0;
	return max << 48 | min << 32 | INFO_RESPONSE;
}

/* A guest that has asked to be ended gets no further. */
static void terminate(struct hyperv *hv, uint64_t value)
{
	hv->terminated = true;
	hv->reason = value >> 12 & 0xfff;
	for (;;)
		sim_fiber_block(hv->sim);
}

static void handle_msr(struct hyperv *hv, unsigned int cpu, uint64_t value)
{
	if ((value & INFO_MASK) == INFO_REQUEST)
		hyperv__msr_write(hv, cpu, MSR_GHCB, protocol_versions(hv));
	else if ((value & INFO_MASK) == TERMINATE)
		terminate(hv, value);
}

void hyperv__vmgexit(void *arg, unsigned int cpu)
{
	struct hyperv *hv = arg;
	uint64_t value = hyperv_msr(hv, cpu, MSR_GHCB);
	struct ghcb g = { .hv = hv, .phys = value, .cpu = cpu };

	hyperv__dawdle(hv);
	if (value & INFO_MASK || !hv->options.snp) {
		handle_msr(hv, cpu, value);
		return;
	}
	if (value < snp_boundary(hv->options.snp))
		hyperv__broken(hv, "ghcb", "the page is not at its shared address");
	handle_page(&g);
	scribble(&g);
}
