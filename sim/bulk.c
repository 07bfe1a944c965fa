/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bulk.c - copying, filling and comparing pages
 *
 * memcpy() and its like are ASan's here, even in a file built without it, and
 * compilers make calls of them out of plain loops. So bytes are moved as
 * bytes.h does; loops that only read stay what they are.
 */
#include <sim/bulk.h>

#include "internal.h"
#include "vector.h"

#define BLOCK_BYTES	128

#ifdef VTB_ASAN

#include <sanitizer/asan_interface.h>

/* What the compiler calls for an access: it reports one to poison. */
void __asan_load1(void *address);
void __asan_store1(void *address);

/* Only code under test is to keep out of the memory of processes. */
static inline bool forbids(uint8_t shadow)
{
	return shadow && shadow != SIM_POISON_USER;
}

/* Is there no poison in its granules but behind its end? Quick; may say no. */
static bool is_clean(const void *data, size_t bytes)
{
	uintptr_t start = (uintptr_t)data, end = start + bytes;
	uintptr_t offset = sim__shadow_offset();
	const uint8_t *shadow = (const uint8_t *)((start >> 3) + offset);
	const uint8_t *last = (const uint8_t *)((end >> 3) + offset);
	unsigned int rest = end & 7;
	bool poison = false;

	while (shadow < last)
		poison |= forbids(*shadow++);
	return !poison &&
	       (!rest || !forbids(*last) || (int8_t)*last >= (int8_t)rest);
}

/* First byte that must not be used, or NULL. */
static void *find_poison(const void *data, size_t bytes)
{
	if (likely(is_clean(data, bytes)))
		return NULL;
	return __asan_region_is_poisoned((void *)(uintptr_t)data, bytes);
}

static void check_load(const void *data, size_t bytes)
{
	void *poison = find_poison(data, bytes);

	if (unlikely(poison))
		__asan_load1(poison);
}

static void check_store(const void *data, size_t bytes)
{
	void *poison = find_poison(data, bytes);

	if (unlikely(poison))
		__asan_store1(poison);
}

#else

static void check_load(const void *data, size_t bytes)
{
}

static void check_store(const void *data, size_t bytes)
{
}

#endif

/* The pattern as it looks in words that begin at @data. */
static uint64_t pattern_at(const void *data, uint64_t pattern)
{
	unsigned int shift = 8 * ((uintptr_t)data & 7);

	return shift ? pattern >> shift | pattern << (64 - shift) : pattern;
}

void sim_bulk_copy(void *to, const void *from, size_t bytes)
{
	check_load(from, bytes);
	check_store(to, bytes);
	sim__copy(to, from, bytes);
}

void sim_bulk_move(void *to, const void *from, size_t bytes)
{
	sim__copy(to, from, bytes);
}

size_t sim_bulk_find(const uint64_t *words, uint64_t mask, uint64_t value,
		     size_t nr)
{
	size_t i = 0;

	while (i < nr && (words[i] & mask) != value)
		i++;
	return i;
}

uint8_t sim_bulk_byte(const void *data)
{
	check_load(data, 1);
	return *(const uint8_t *)data;
}

void sim_bulk_fill(void *to, uint64_t pattern, size_t bytes)
{
	uint64_t word = pattern_at(to, pattern);
	char *at, *end = (char *)to + bytes;

	check_store(to, bytes);
	for (at = sim__fill_words(to, word, bytes / sizeof(word)); at < end;
	     at++, word >>= 8)
		*at = word;
}

/* Are the bytes of the block at @from all of the pattern? */
static inline bool block_is(const char *from, sim_vector pattern)
{
	sim_vector differ = sim__load(from) ^ pattern;
	unsigned int i;

	for (i = 1; i < BLOCK_BYTES / sizeof(sim_vector); i++)
		differ |= sim__load(from + i * sizeof(sim_vector)) ^ pattern;
	return sim__is_zero(differ);
}

size_t sim_bulk_match(const void *data, uint64_t pattern, size_t bytes)
{
	uint64_t word = pattern_at(data, pattern);
	const sim_vector both = { word, word };
	const char *from = data;
	size_t i = 0;

	check_load(data, bytes);
	while (bytes - i >= BLOCK_BYTES && block_is(from + i, both))
		i += BLOCK_BYTES;
	while (i < bytes && from[i] == (char)(word >> (8 * (i & 7))))
		i++;
	return i;
}

bool sim_bulk_equal(const void *a, const void *b, size_t bytes)
{
	const char *left = a, *right = b;
	sim_vector differ = { 0 };
	size_t i = 0;

	check_load(a, bytes);
	check_load(b, bytes);
	for (; bytes - i >= sizeof(sim_vector); i += sizeof(sim_vector))
		differ |= sim__load(left + i) ^ sim__load(right + i);
	for (; i < bytes; i++)
		differ[0] |= (uint64_t)(left[i] != right[i]);
	return sim__is_zero(differ);
}
