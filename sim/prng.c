/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prng.c - see prng.h; the constants are part of the file formats
 */
#include <sim/prng.h>

/* 2^64 divided by the golden ratio, odd: visits every number once. */
#define GOLDEN	0x9e3779b97f4a7c15ull

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Mixed twice, so that stream(a, b) and stream(b, a) are strangers. */
uint64_t sim_prng_stream(uint64_t parent, uint64_t label)
{
	return mix(mix(parent + GOLDEN) ^ (label * GOLDEN));
}

uint64_t sim_prng_at(uint64_t stream, uint64_t n)
{
	return mix(stream + (n + 1) * GOLDEN);
}

uint64_t sim_prng_label(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;	/* FNV-1a */

	while (*text)
		hash = (hash ^ (uint8_t)*text++) * 0x100000001b3ull;
	return mix(hash);
}

uint64_t sim_prng_next(struct sim_prng *prng)
{
	return sim_prng_at(prng->stream, prng->n++);
}

uint64_t sim_prng_below(struct sim_prng *prng, uint64_t n)
{
	return sim_prng_scale(sim_prng_next(prng), n);
}

uint64_t sim_prng_range(struct sim_prng *prng, uint64_t first, uint64_t last)
{
	uint64_t span = last - first + 1;
	uint64_t draw = sim_prng_next(prng);

	/* All 2^64 values: the span itself does not fit. */
	return span ? first + sim_prng_scale(draw, span) : draw;
}

bool sim_prng_chance(struct sim_prng *prng, uint32_t num, uint32_t den)
{
	return sim_prng_below(prng, den) < num;
}
