/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutator.h - changing inputs as bytes, for every engine (private to fuzz/)
 *
 * Inputs are decoded, changed as programs and encoded again, so what comes out
 * is always canonical. A result is a function of the inputs, the seed and the
 * op tables: libFuzzer and AFL++ get the same (libfuzzer.c, afl_mutator.c).
 * Both return the length of the result; 0 if none fits in @max_size.
 */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <fuzz/program.h>

/* A change of one input in place. */
size_t mutator_mutate(const struct world_type *const *types, uint8_t *data,
		      size_t size, size_t max_size, uint32_t seed);

struct mutator_input {
	const uint8_t *data;
	size_t size;
};

/* A mix of two, into @out. */
size_t mutator_cross(const struct world_type *const *types,
		     const struct mutator_input *one,
		     const struct mutator_input *two, uint8_t *out,
		     size_t max_size, uint32_t seed);

/* Of what mutations come to: two mutators that differ have another one. */
uint64_t mutator_fingerprint(const struct world_type *const *types);

#endif
