/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.c - decisions, time and preemption points of kernel code
 *
 * vtb_shared_access() is called for every access of code under test in the race
 * flavour: it looks at the address first and takes the shortest way out.
 */
#include <sim/access.h>
#include <sim/fiber.h>
#include <sim/memory_model.h>

#include "internal.h"

_Static_assert((int)VTB_FAIL_ALLOC == (int)SIM_DECIDE_FAIL_ALLOC &&
	       (int)VTB_FAIL_PIN == (int)SIM_DECIDE_FAIL_PIN &&
	       (int)VTB_FAIL_UCOPY == (int)SIM_DECIDE_FAIL_UCOPY &&
	       (int)VTB_FAIL_IO == (int)SIM_DECIDE_FAIL_IO,
	       "both sides number fault points alike");
_Static_assert((int)VTB_ACCESS_WRITE == (int)SIM_ACCESS_WRITE &&
	       (int)VTB_ACCESS_COMPOUND == (int)SIM_ACCESS_COMPOUND &&
	       (int)VTB_ACCESS_ATOMIC == (int)SIM_ACCESS_ATOMIC &&
	       (int)VTB_ACCESS_ASSERT == (int)SIM_ACCESS_ASSERT &&
	       (int)VTB_ACCESS_VOLATILE == (int)SIM_ACCESS_VOLATILE &&
	       (int)VTB_ACCESS_BULK == (int)SIM_ACCESS_BULK &&
	       (int)VTB_ACCESS_TORN == (int)SIM_ACCESS_TORN,
	       "both sides describe accesses alike");
_Static_assert((int)VTB_BARRIER_FULL == (int)SIM_BARRIER_FULL &&
	       (int)VTB_BARRIER_WRITE == (int)SIM_BARRIER_WRITE &&
	       (int)VTB_BARRIER_READ == (int)SIM_BARRIER_READ &&
	       (int)VTB_BARRIER_RELEASE == (int)SIM_BARRIER_RELEASE &&
	       (int)VTB_BARRIER_ACQUIRE == (int)SIM_BARRIER_ACQUIRE,
	       "both sides number barriers alike");
_Static_assert((int)VTB_TRACE_SYSCALL == (int)SIM_TRACE_KERNEL,
	       "kernel records have their place in the trace");

#define unlikely(x)	__builtin_expect(!!(x), 0)

static const struct kernel_host *host(void)
{
	return kernel__thread()->instance->host;
}

/* Process state: a count for the self-test, outside of every world. */
static uint64_t hook_count;

uint64_t kernel_hook_count(void)
{
	return hook_count;
}

void vtb_hook_count(void)
{
	hook_count++;
}

unsigned long long vtb_now_ns(void)
{
	return sim_now_ns(kernel__sim());
}

int vtb_fail(enum vtb_fail_kind kind)
{
	return sim_fail_point(kernel__sim(), (enum sim_decision_kind)kind);
}

unsigned int vtb_fail_after(enum vtb_fail_kind kind, unsigned int n)
{
	return sim_decide(kernel__sim(), (enum sim_decision_kind)kind, n + 1);
}

unsigned int vtb_choose(unsigned int n)
{
	return sim_decide(kernel__sim(), SIM_DECIDE_PEER, n);
}

unsigned int vtb_op(void)
{
	return sim_op(kernel__sim());
}

void vtb_set_op(unsigned int op)
{
	sim_set_op(kernel__sim(), op);
}

void vtb_trace(unsigned int what, unsigned long long a, unsigned long long b)
{
	sim_trace(kernel__sim(), what, a, b);
}

void vtb_log(int level, const char *text, unsigned long len)
{
	sim_log(kernel__sim(), level, text, len);
}

/* Others see what the runtime has done, and it what they have. */
void vtb_preempt_point(void)
{
	struct sim *sim = kernel__sim();

	sim_memory_sync(sim);
	sim_preempt_point(sim);
	sim_memory_sync(sim);
}

void vtb_drain_point(void)
{
	sim_memory_drain(kernel__sim());
}

void vtb_barrier(enum vtb_barrier_kind kind, const void *site)
{
	struct sim *sim = kernel__sim();

	hook_count++;
	if (kind != VTB_BARRIER_ACQUIRE)
		sim_preempt_point(sim);
	if (unlikely(kernel__ignores(host(), site))) {
		sim_barrier_ignored(sim, (enum sim_barrier)kind);
		return;
	}
	kernel__race_barrier(kind);
	sim_barrier(sim, (enum sim_barrier)kind);
}

/* The top bits of an address that all regions and alias windows share. */
#define REGION_SHIFT	45

/* Can others reach it? Not this fiber's own stack and context. */
static bool is_shared(const struct sim *sim, uintptr_t at)
{
	uintptr_t low, high;

	if (kernel__image_has((const void *)at))
		return true;
	if (at >> REGION_SHIFT != (uintptr_t)sim >> REGION_SHIFT)
		return false;
	if (at - (uintptr_t)vtb_this < sizeof(*vtb_this))
		return false;
	return !sim_stack_bounds(sim, &low, &high) || at < low || at >= high;
}

void vtb_check_stack(const void *address, const void *site)
{
	if (sim_stack_is_dead(kernel__sim(), address))
		vtb_finding("use-after-return", "stack", site, NULL,
			    "what is used lay on the stack of a function that has returned",
			    "whoever handed it out did not wait until nobody has it any more");
}

/* What the compiler and the CPU may do with an access that has no marks. */
static unsigned int unmarked(unsigned int flags)
{
	if (flags & VTB_ACCESS_VOLATILE)
		flags |= VTB_ACCESS_TORN;
	return flags & ~(VTB_ACCESS_VOLATILE | VTB_ACCESS_ATOMIC);
}

void vtb_shared_access(const void *address, unsigned int bytes,
		       unsigned int flags, const void *site)
{
	struct sim *sim = kernel__sim();
	struct sim_access access;

	hook_count++;
	if (!is_shared(sim, (uintptr_t)address))
		return;
	access.address = address;
	access.site = site ? site : __builtin_return_address(0);
	access.bytes = bytes;
	access.flags = flags;
	if (unlikely(kernel__ignores(host(), access.site)))
		access.flags = unmarked(flags);
	sim_access(sim, &access);
	/* Others may have run: the owner of the stack as well. */
	vtb_check_stack(address, access.site);
	/* Calls of KCSAN's macros come with a mark; the load follows them. */
	if (!(flags & ~(unsigned int)VTB_ACCESS_VOLATILE))
		vtb_fetch(address, bytes, access.site);
}

void kernel__copying(const void *to, const void *from, size_t bytes,
		     const void *site)
{
	struct sim *sim = kernel__sim();
	const struct sim_access store = {
		.address = to,
		.site = site,
		.bytes = bytes,
		.flags = SIM_ACCESS_WRITE | SIM_ACCESS_BULK,
	};
	const struct sim_access load = {
		.address = from,
		.site = site,
		.bytes = bytes,
		.flags = SIM_ACCESS_BULK,
	};
	bool stores = is_shared(sim, (uintptr_t)to);

	hook_count++;
	if (!is_shared(sim, (uintptr_t)from)) {
		if (stores)
			sim_access(sim, &store);
		return;
	}
	if (stores)
		sim_access_copy(sim, &store, &load);
	else
		sim_access(sim, &load);
	vtb_fetch(from, bytes, site);
}
