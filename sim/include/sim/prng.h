/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prng.h - the only source of chance
 *
 * Integer only, and pinned by a test: the numbers a seed gives are part of the
 * format of every saved program. Two forms of the same generator (splitmix64's
 * mixing function, Steele, Lea, Flood 2014):
 *
 * - a counter-based draw, sim_prng_at(stream, n): the n-th number of a stream
 *   without drawing the first n-1. Decisions use it, because then a draw does
 *   not depend on how many others were made;
 * - a sequential generator for generating programs and for benchmarks.
 *
 * A stream is named: sim_prng_stream(parent, label) gives independent
 * sub-streams, so a new consumer never shifts the numbers of another.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct sim_prng {
	uint64_t stream;
	uint64_t n;
};

uint64_t sim_prng_stream(uint64_t parent, uint64_t label);
uint64_t sim_prng_at(uint64_t stream, uint64_t n);

/* A label from text, for sub-streams named in code. */
uint64_t sim_prng_label(const char *text);

uint64_t sim_prng_next(struct sim_prng *prng);

/* Uniform in [0, n); @n is at least 1. Multiply-shift, no rejection loop. */
uint64_t sim_prng_below(struct sim_prng *prng, uint64_t n);

/* Uniform in [first, last]. */
uint64_t sim_prng_range(struct sim_prng *prng, uint64_t first, uint64_t last);

/* True with probability num/den. */
bool sim_prng_chance(struct sim_prng *prng, uint32_t num, uint32_t den);

/* Maps a raw draw to [0, n): what all bounded draws use. */
static inline uint64_t sim_prng_scale(uint64_t draw, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)draw * n) >> 64);
}

#endif
