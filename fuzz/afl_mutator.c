/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * afl_mutator.c - the mutator as a library for afl-fuzz
 *
 *	TARGET --info --json > table.json
 *	VTB_OP_TABLE=table.json AFL_CUSTOM_MUTATOR_LIBRARY=afl_mutator.so \
 *	AFL_CUSTOM_MUTATOR_ONLY=1 afl-fuzz ... -- TARGET
 *
 * afl-fuzz calls one function for changes and mixes alike, so the seed of each
 * call decides which it is. Seeds follow from that of afl-fuzz (-s).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"
#include "op_table.h"

/* One mix in as many calls; libFuzzer's choice is about the same. */
#define CALLS_PER_MIX	8

/* As a program file at most; mutator_mutate() works in place. */
#define MAX_INPUT	4096

struct afl_mutator {
	struct op_tables *tables;
	struct sim_prng prng;
	uint8_t data[MAX_INPUT];
};

/* afl-fuzz finds these by name; all else stays inside. */
#pragma GCC visibility push(default)
void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out,
		       uint8_t *other, size_t other_size, size_t max_size);
#pragma GCC visibility pop

void *afl_custom_init(void *afl, unsigned int seed)
{
	const char *path = getenv("VTB_OP_TABLE");
	struct afl_mutator *mutator = calloc(1, sizeof(*mutator));
	char error[512];

	(void)afl;
	if (!path || !mutator) {
		fprintf(stderr, "vtb: afl_mutator.so needs VTB_OP_TABLE=FILE, "
			"written by TARGET --info --json\n");
		goto err_free;
	}
	if (op_tables_load(&mutator->tables, path, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		goto err_free;
	}
	mutator->prng.stream = sim_prng_stream(seed, 3);
	return mutator;

err_free:
	free(mutator);
	return NULL;
}

void afl_custom_deinit(void *data)
{
	struct afl_mutator *mutator = data;

	if (!mutator)
		return;
	op_tables_free(mutator->tables);
	free(mutator);
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out,
		       uint8_t *other, size_t other_size, size_t max_size)
{
	struct afl_mutator *mutator = data;
	const struct world_type *const *types =
		op_tables_types(mutator->tables);
	const struct mutator_input one = { buf, size };
	const struct mutator_input two = { other, other_size };
	uint32_t seed = (uint32_t)sim_prng_next(&mutator->prng);
	bool mix = sim_prng_chance(&mutator->prng, 1, CALLS_PER_MIX);

	if (max_size > sizeof(mutator->data))
		max_size = sizeof(mutator->data);
	*out = mutator->data;
	if (mix && other && other_size)
		return mutator_cross(types, &one, &two, mutator->data,
				     max_size, seed);
	if (size > max_size)
		size = max_size;
	memcpy(mutator->data, buf, size);
	return mutator_mutate(types, mutator->data, size, max_size, seed);
}
