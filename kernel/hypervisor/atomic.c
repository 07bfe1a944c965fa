/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.c - atomic operations: preemption points in front, full barriers
 */
#include <vtb/bridge.h>

#include <xen/atomic.h>

#define MARKED	(VTB_ACCESS_ATOMIC | VTB_ACCESS_WRITE | VTB_ACCESS_COMPOUND)

static void before(const void *at, unsigned int bytes, const void *site)
{
	vtb_barrier(VTB_BARRIER_FULL, site);
	vtb_shared_access(at, bytes, MARKED, site);
}

uint16_t cmpxchg16(uint16_t *at, uint16_t old, uint16_t new)
{
	before(at, sizeof(*at), __builtin_return_address(0));
	__atomic_compare_exchange_n(at, &old, new, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return old;
}

uint32_t cmpxchg32(uint32_t *at, uint32_t old, uint32_t new)
{
	before(at, sizeof(*at), __builtin_return_address(0));
	__atomic_compare_exchange_n(at, &old, new, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return old;
}

void set_mask16(uint16_t *at, uint16_t mask)
{
	before(at, sizeof(*at), __builtin_return_address(0));
	__atomic_fetch_or(at, mask, __ATOMIC_SEQ_CST);
}

void clear_mask16(uint16_t *at, uint16_t mask)
{
	before(at, sizeof(*at), __builtin_return_address(0));
	__atomic_fetch_and(at, (uint16_t)~mask, __ATOMIC_SEQ_CST);
}
