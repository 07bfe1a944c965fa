/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bulk.h - copying, filling and comparing pages
 *
 * Models and oracles are built with ASan and with coverage, where a loop over
 * the bytes of a page pays for each of them several times. These functions are
 * part of the core, which is built without: they look at the poison of the
 * whole range once, and then work in blocks. Poison in the range is reported
 * as by ASan's own functions, but for SIM_POISON_USER: that is what kernel code
 * is to keep out of unless it holds a pin, the memory of its processes.
 *
 * A pattern is eight bytes that repeat: the byte at address a is byte a % 8.
 */
#ifndef SIM_BULK_H
#define SIM_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_POISON_USER	0xe7

/* The pattern that is @byte everywhere. */
static inline uint64_t sim_pattern(uint8_t byte)
{
	return byte * 0x0101010101010101ull;
}

/* The ranges must not overlap. */
void sim_bulk_copy(void *to, const void *from, size_t bytes);
void sim_bulk_fill(void *to, uint64_t pattern, size_t bytes);

/*
 * The same for a model that has checked for itself who may touch the memory:
 * poison says nothing to it, as home addresses may be barred (memory.h).
 */
void sim_bulk_move(void *to, const void *from, size_t bytes);

/*
 * The first of @nr words at @words that is @value where @mask has bits, or @nr;
 * for such a model, too.
 */
size_t sim_bulk_find(const uint64_t *words, uint64_t mask, uint64_t value,
		     size_t nr);

/* One byte. */
uint8_t sim_bulk_byte(const void *data);

/* How many bytes from the first on are those of the pattern. */
size_t sim_bulk_match(const void *data, uint64_t pattern, size_t bytes);

bool sim_bulk_equal(const void *a, const void *b, size_t bytes);

#endif
