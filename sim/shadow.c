/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shadow.c - writing ASan's shadow
 *
 * One shadow byte describes a granule of 8 bytes: 0, all may be used; 1 to 7,
 * the first n may; above 127, none, and the value says why. So a granule can
 * only be poisoned from its end: poisoning the first bytes of a granule whose
 * last bytes stay usable is not possible and is left out, as in ASan itself.
 *
 * We write the shadow ourselves because ASan's own functions know one value
 * only, and the value is what turns "unknown address" into "heap-use-after-
 * free" in a report.
 */
#include <sys/mman.h>

#include "internal.h"

#ifdef VTB_ASAN

#include <sanitizer/asan_interface.h>

uintptr_t sim__shadow_offset(void)
{
	/* A constant of the process that ASan tells nobody at compile time. */
	static size_t scale, offset;

	if (unlikely(!scale)) {
		__asan_get_shadow_mapping(&scale, &offset);
		sim_assert(scale == 3);
	}
	return offset;
}

/* Poisons [from, 8) of a granule. */
static void poison_tail(int8_t *shadow, unsigned int from)
{
	if (*shadow == 0 || *shadow > (int8_t)from)
		*shadow = from;
}

/* Poisons [0, end) of a granule if nothing after it is usable. */
static void poison_head(int8_t *shadow, unsigned int end, uint8_t value)
{
	if (*shadow > 0 && *shadow <= (int8_t)end)
		*shadow = value;
}

void sim__shadow_poison(struct sim *sim, uintptr_t start, uintptr_t end,
			uint8_t value)
{
	int8_t *first = (int8_t *)sim__shadow(sim, (void *)start);
	int8_t *last = (int8_t *)sim__shadow(sim, (void *)end);
	unsigned int from = start & 7;
	unsigned int rest = end & 7;

	if (first == last) {
		if (!from)
			poison_head(first, rest, value);
		else if (*first > 0 && *first <= (int8_t)rest)
			poison_tail(first, from);
		return;
	}
	if (from)
		poison_tail(first++, from);
	sim__fill(first, value, last - first);
	if (rest)
		poison_head(last, rest, value);
}

void sim__shadow_unpoison(struct sim *sim, uintptr_t start, uintptr_t end)
{
	int8_t *first = (int8_t *)sim__shadow(sim, (void *)start);
	int8_t *last = (int8_t *)sim__shadow(sim, (void *)end);
	int8_t rest = end & 7;

	sim__fill(first, 0, last - first);
	if (rest && *last != 0 && *last < rest)
		*last = rest;
}

void sim__shadow_drop(struct sim *sim, uintptr_t start, size_t bytes)
{
	madvise(sim__shadow(sim, (void *)start), bytes >> 3, MADV_DONTNEED);
}

#else

void sim__shadow_poison(struct sim *sim, uintptr_t start, uintptr_t end,
			uint8_t value)
{
}

void sim__shadow_unpoison(struct sim *sim, uintptr_t start, uintptr_t end)
{
}

void sim__shadow_drop(struct sim *sim, uintptr_t start, size_t bytes)
{
}

#endif
