// SPDX-License-Identifier: GPL-2.0-only
/*
 * percpu.c - alloc_percpu()
 *
 * First fit over a map of 16-byte units of an area that all vCPUs have at the
 * same place of their copies. The first unit of an allocation is marked in a
 * second map, so that freeing finds its end.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>
#include "percpu.h"

#define UNIT		16
#define NR_UNITS	(VTB_PERCPU_DYNAMIC / UNIT)

static char *area;
static DECLARE_BITMAP(used, NR_UNITS);
static DECLARE_BITMAP(first, NR_UNITS);

void vtb_percpu_init(char *start)
{
	area = start;
}

/* First unit of a free run, or NR_UNITS. */
static unsigned int find_run(unsigned int nr, unsigned int align)
{
	unsigned int unit, i;

	for (unit = 0; unit + nr <= NR_UNITS; unit += align) {
		for (i = 0; i < nr && !test_bit(unit + i, used); i++)
			;
		if (i == nr)
			return unit;
	}
	return NR_UNITS;
}

static void __percpu *percpu_alloc(size_t bytes, size_t align, gfp_t gfp)
{
	unsigned int nr = DIV_ROUND_UP(bytes, UNIT);
	unsigned int unit, cpu;
	void __percpu *p;

	vtb_might_alloc(gfp);
	unit = find_run(nr, max_t(size_t, align / UNIT, 1));
	if (!nr || unit == NR_UNITS)
		return NULL;
	if (!vtb_booting() && vtb_fail(VTB_FAIL_ALLOC))
		return NULL;
	bitmap_set(used, unit, nr);
	set_bit(unit, first);
	p = (void __percpu *)(area + unit * UNIT);
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(p, cpu), 0, nr * UNIT);
	return p;
}

VTB_DEFINE_ALLOC_PERCPU(percpu_alloc)

/* Nobody's accesses race with those of the next life. */
static void forget(void __percpu *p, unsigned int nr, unsigned long caller)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		vtb_race_freed(per_cpu_ptr(p, cpu), nr * UNIT,
			       (void *)caller);
}

void free_percpu(void __percpu *p)
{
	unsigned int unit = ((char *)p - area) / UNIT;
	unsigned int nr = 0;

	if (!p)
		return;
	if (unit >= NR_UNITS || !test_bit(unit, first)) {
		vtb_finding("bad-free", "per-CPU memory", (void *)_RET_IP_,
			    NULL, "free_percpu() of what is not allocated",
			    NULL);
		return;
	}
	clear_bit(unit, first);
	do {
		clear_bit(unit++, used);
		nr++;
	} while (unit < NR_UNITS && test_bit(unit, used) &&
		 !test_bit(unit, first));
	forget(p, nr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(free_percpu);
