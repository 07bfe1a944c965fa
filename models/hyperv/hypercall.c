/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypercall.c - the hypercall interface, TLFS chapter 3, and one call
 *
 * FAULT MODEL
 *
 * A call with repetitions may end after any number of them: with success, and
 * the guest goes on where it stopped (HYPERV_HALVES), or with an error, and what
 * was done stays done (HYPERV_REFUSES). Each time at least one is done, or the
 * call fails: a host that makes no progress at all would be no news. Between
 * two repetitions anybody else may run.
 *
 * The input word:
 *
 *	63   60 59     48 47   44 43     32 31   27 26     17 16   15      0
 *	+------+---------+-------+---------+-------+---------+----+---------+
 *	| rsvd | start   | rsvd  | count   | rsvd  | header  |fast| code    |
 *	+------+---------+-------+---------+-------+---------+----+---------+
 */
#include <string.h>

#include <sim/bulk.h>

#include "internal.h"

#define RESERVED_BITS	0xf000f000f8000000ull
#define FAST_BIT	(1ull << 16)
#define SELF		(~0ull)

/* Bytes of input before and per repetition; the rest of a page is no input. */
struct visibility_head {
	uint64_t partition;
	uint32_t visibility;
	uint32_t reserved;
};
_Static_assert(sizeof(struct visibility_head) == HV_VISIBILITY_HEAD_BYTES,
	       "as the TLFS has it");

static unsigned int reps_of(const struct machine_hypercall *call)
{
	return call->control >> 32 & 0xfff;
}

static unsigned int start_of(const struct machine_hypercall *call)
{
	return call->control >> 48 & 0xfff;
}

static uint64_t result(enum hyperv_status status, unsigned int reps)
{
	return status | (uint64_t)reps << 32;
}

static uint64_t break_rule(struct hyperv *hv, enum hyperv_status status,
			   const char *what)
{
	hyperv__broken(hv, "hypercall", what);
	return status;
}

/* -- input ---------------------------------------------------------------- */

static bool is_frame(const struct hyperv *hv, uint64_t frame)
{
	return frame < sim_memory_frames(machine_memory(hv->options.machine));
}

/* The trusted part reads it, whatever the state of the page. */
static void read_guest(const struct hyperv *hv, uint64_t phys, void *to,
		       size_t bytes)
{
	const char *data =
		sim_frame_data(machine_memory(hv->options.machine),
			       phys >> SIM_FRAME_SHIFT);

	sim_bulk_move(to, data + phys % SIM_FRAME_BYTES, bytes);
}

/* 0 or a status: [phys, phys + bytes) can be the input of a call. */
static uint64_t check_page(struct hyperv *hv, uint64_t phys, size_t bytes)
{
	if (phys % 8)
		return break_rule(hv, HV_INVALID_ALIGNMENT,
				  "input is not aligned to 8 bytes");
	if (!is_frame(hv, phys >> SIM_FRAME_SHIFT))
		return break_rule(hv, HV_INVALID_INPUT,
				  "input lies where no memory is");
	if (phys % SIM_FRAME_BYTES + bytes > SIM_FRAME_BYTES)
		return break_rule(hv, HV_INVALID_INPUT,
				  "input crosses the end of a page");
	return HV_SUCCESS;
}

static uint64_t check_control(struct hyperv *hv,
			      const struct machine_hypercall *call)
{
	if (call->control & RESERVED_BITS)
		return break_rule(hv, HV_INVALID_INPUT,
				  "a reserved bit of the input word is set");
	if (reps_of(call) && start_of(call) >= reps_of(call))
		return break_rule(hv, HV_INVALID_INPUT,
				  "the first repetition is not one of them");
	return HV_SUCCESS;
}

/* -- visibility ----------------------------------------------------------- */

static uint64_t check_head(struct hyperv *hv,
			   const struct machine_hypercall *call,
			   struct visibility_head *head)
{
	uint64_t status;

	if (call->control & FAST_BIT || call->control >> 17 & 0x3ff)
		return break_rule(hv, HV_INVALID_INPUT,
				  "a call without such input has it");
	if (!reps_of(call))
		return break_rule(hv, HV_INVALID_INPUT,
				  "a call with repetitions has none");
	status = check_page(hv, call->input,
			    sizeof(*head) + reps_of(call) * 8ull);
	if (status)
		return status;
	read_guest(hv, call->input, head, sizeof(*head));
	if (head->partition != SELF)
		return break_rule(hv, HV_INVALID_PARAMETER,
				  "the partition is not the guest's own");
	if (head->reserved || head->visibility >> 2 || head->visibility == 2)
		return break_rule(hv, HV_INVALID_PARAMETER,
				  "visibility is none of those there are");
	return HV_SUCCESS;
}

static enum snp_state state_of(uint32_t visibility)
{
	return !visibility ? SNP_PRIVATE :
	       visibility == 1 ? SNP_SHARED_READ : SNP_SHARED;
}

static uint64_t set_page(struct hyperv *hv, uint64_t frame,
			 enum snp_state state)
{
	if (!is_frame(hv, frame))
		return break_rule(hv, HV_INVALID_PARAMETER,
				  "a page to be changed is no memory");
	/* Who was refused, or had no memory to ask, does not know what was shared. */
	if (state == SNP_PRIVATE && !hv->refused &&
	    !sim_failures(hv->sim, SIM_DECIDE_FAIL_ALLOC) &&
	    !(hv->asked[frame] & ASKED_EVER))
		hyperv__broken(hv, "page",
			       "memory that was never shared is to be made private");
	hv->asked[frame] = ASKED_EVER | (state != SNP_PRIVATE ? ASKED_NOW : 0);
	snp_set_state(hv->options.snp, frame, state);
	return HV_SUCCESS;
}

/* How many of @left repetitions are done, and with which result. */
static unsigned int portion(struct hyperv *hv, unsigned int left,
			    enum hyperv_status *status)
{
	static const enum hyperv_status errors[] = {
		HV_INSUFFICIENT_MEMORY, HV_ACCESS_DENIED, HV_TIMEOUT,
	};
	uint32_t fails = 0, stops = 0;

	*status = HV_SUCCESS;
	if (hyperv__may(hv, HYPERV_REFUSES))
		fails = sim_decide(hv->sim, SIM_DECIDE_FAIL_IO, left + 1);
	if (fails) {
		*status = errors[fails % 3];
		return fails - 1;
	}
	if (hyperv__may(hv, HYPERV_HALVES))
		stops = sim_decide(hv->sim, SIM_DECIDE_PEER, left);
	return stops ? stops : left;
}

/*
 * Pages of a call that fails have been asked for too, whatever was done. So may
 * have been those of calls that were to follow: whoever sees only that sharing
 * has failed hides all.
 */
static void note_asked(struct hyperv *hv, const struct machine_hypercall *call,
		       unsigned int from)
{
	uint64_t frame;

	hv->refused = true;
	for (; from < reps_of(call); from++) {
		read_guest(hv, call->input + sizeof(struct visibility_head) +
			   from * 8ull, &frame, sizeof(frame));
		if (is_frame(hv, frame))
			hv->asked[frame] |= ASKED_EVER | ASKED_NOW;
	}
}

static uint64_t modify_visibility(struct hyperv *hv,
				  const struct machine_hypercall *call)
{
	unsigned int i = start_of(call), end;
	struct visibility_head head;
	enum hyperv_status status;
	uint64_t rc, frame;

	if (!hv->options.snp)
		return HV_INVALID_CODE;
	rc = check_head(hv, call, &head);
	if (rc)
		return rc;
	hyperv__dawdle(hv);
	end = i + portion(hv, reps_of(call) - i, &status);
	for (; i < end; i++) {
		read_guest(hv, call->input + sizeof(head) + i * 8ull, &frame,
			   sizeof(frame));
		rc = set_page(hv, frame, state_of(head.visibility));
		if (rc)
			return result(rc, i);
		if (sim_fiber_self(hv->sim))
			sim_preempt_point(hv->sim);
	}
	if (status && head.visibility)
		note_asked(hv, call, i);
	return result(status, i);
}

/* -- dispatch ------------------------------------------------------------- */

uint64_t hyperv__dispatch(struct hyperv *hv,
			  const struct machine_hypercall *call)
{
	uint32_t i;

	for (i = 0; i < hv->nr_claims; i++)
		if (hv->claims[i].code == (call->control & 0xffff))
			return hv->claims[i].fn(hv->claims[i].arg, call);
	return HV_INVALID_CODE;
}

uint64_t hyperv__call(void *arg, const struct machine_hypercall *call)
{
	struct hyperv *hv = arg;
	uint64_t status;

	if (!(hv->hypercall_page & 1))
		hyperv__broken(hv, "hypercall",
			       "a call before the hypercall page is on");
	status = check_control(hv, call);
	if (!status && (call->control & 0xffff) == HVCALL_MODIFY_VISIBILITY)
		status = modify_visibility(hv, call);
	else if (!status)
		status = hyperv__dispatch(hv, call);
	sim_trace(hv->sim, HYPERV_TRACE_CALL, call->control, status);
	return status;
}
