/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutator.c - changing inputs as bytes; see mutator.h
 */
#include <xxhash.h>

#include "mutator.h"

/* Labels of the streams that draws come from. */
enum { STREAM_MUTATE = 1, STREAM_CROSS = 2 };

/* A program with fewer ops is hardly worth mutating. */
#define FEW_CALLS	4

/* Drops ops from the end until the program fits. */
static size_t encode_within(struct program *program, uint8_t *data,
			    size_t max_size)
{
	size_t n;

	while (!(n = program_encode(program, false, data, max_size))) {
		if (program->nr_overrides)
			program->nr_overrides /= 2;
		else if (program->nr_calls)
			program->nr_calls--;
		else if (program->nr_bytes)
			program->nr_bytes /= 2;
		else
			return 0;
		program_normalise(program);
	}
	return n;
}

size_t mutator_mutate(const struct world_type *const *types, uint8_t *data,
		      size_t size, size_t max_size, uint32_t seed)
{
	static struct program program;
	struct sim_prng prng = {
		.stream = sim_prng_stream(seed, STREAM_MUTATE),
	};

	program_decode(&program, types, data, size);
	/*
	 * Now and then a fresh one, or old inputs are all there is; and more
	 * often where there is next to nothing to change.
	 */
	if (sim_prng_chance(&prng, program.nr_calls < FEW_CALLS ? 25 : 1,
			    100)) {
		const struct program_random_options options = {
			.abuse = program.abuse,
		};

		program_random(&program, program.type, &prng, &options);
	} else {
		program_mutate(&program, &prng);
	}
	return encode_within(&program, data, max_size);
}

size_t mutator_cross(const struct world_type *const *types,
		     const struct mutator_input *one,
		     const struct mutator_input *two, uint8_t *out,
		     size_t max_size, uint32_t seed)
{
	static struct program first, second;
	struct sim_prng prng = {
		.stream = sim_prng_stream(seed, STREAM_CROSS),
	};

	program_decode(&first, types, one->data, one->size);
	program_decode(&second, types, two->data, two->size);
	program_cross(&first, &second, &prng);
	return encode_within(&first, out, max_size);
}

uint64_t mutator_fingerprint(const struct world_type *const *types)
{
	static struct program program;
	static uint8_t data[4096];
	uint64_t hash = 0;
	uint32_t seed;
	size_t size;

	for (; *types; types++) {
		program_init(&program, *types);
		size = program_encode(&program, false, data, sizeof(data));
		for (seed = 0; seed < 64; seed++) {
			size = mutator_mutate(types, data, size, sizeof(data),
					      seed);
			hash = XXH64(data, size, hash);
		}
	}
	return hash;
}
