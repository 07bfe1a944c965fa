/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutator_test.c - op tables as data, and AFL++'s mutator against libFuzzer's
 *
 * The library afl-fuzz would load is loaded into this process. It has its
 * tables from JSON only, so if a field is lost on the way, it draws otherwise.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <dlfcn.h>

#include "../../fuzz/mutator.h"
#include "../../fuzz/op_table.h"
#include "fake_world.h"

#define ROUNDS		5000
#define MAX_INPUT	4096

static char table_file[] = "/tmp/vtb-op-table-XX" "XX" "XX";

/* What the fake world leaves out. */
static struct op ops[64];
static struct world_type weighted;
static const struct world_type *const types[] = {
	&weighted, &other_world, NULL
};

static void add_weights(void)
{
	unsigned int i;

	weighted = fake_world;
	assert_true(fake_world.nr_ops <= 64);
	for (i = 0; i < fake_world.nr_ops; i++) {
		ops[i] = fake_world.ops[i];
		ops[i].weight = i % 3;
	}
	weighted.ops = ops;
}

/* As AFL++ declares them. */
static struct {
	void *handle;
	void *(*init)(void *afl, unsigned int seed);
	void (*deinit)(void *data);
	size_t (*fuzz)(void *data, uint8_t *buf, size_t size, uint8_t **out,
		       uint8_t *other, size_t other_size, size_t max_size);
} afl;

static json_t *tables_as_json(void)
{
	const struct world_type *const *type;
	json_t *worlds = json_array();

	for (type = types; *type; type++)
		json_array_append_new(worlds, op_table_to_json(*type));
	return json_pack("{s:I, s:o}", "mutator",
			 (json_int_t)mutator_fingerprint(types),
			 "worlds", worlds);
}

static void write_tables(json_t *tables)
{
	assert_int_equal(json_dump_file(tables, table_file, JSON_INDENT(1)), 0);
}

static int open_library(void **state)
{
	int fd = mkstemp(table_file);

	if (fd < 0)
		return -1;
	close(fd);
	add_weights();
	setenv("VTB_OP_TABLE", table_file, 1);
	afl.handle = dlopen(VTB_AFL_MUTATOR, RTLD_NOW | RTLD_LOCAL);
	if (!afl.handle) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	*(void **)&afl.init = dlsym(afl.handle, "afl_custom_init");
	*(void **)&afl.deinit = dlsym(afl.handle, "afl_custom_deinit");
	*(void **)&afl.fuzz = dlsym(afl.handle, "afl_custom_fuzz");
	return afl.init && afl.deinit && afl.fuzz ? 0 : -1;
}

static int close_library(void **state)
{
	unlink(table_file);
	return dlclose(afl.handle);
}

/*
 * Whoever adds a member comes by here: if programs are made from it, it must go
 * along as JSON (fuzz/op_table.c), or engines no longer mutate alike; then it
 * belongs into add_weights(), too.
 */
static void tables_have_no_new_members(void **state)
{
	assert_int_equal(sizeof(struct op_arg), 80);
	assert_int_equal(sizeof(struct op), 584);
	assert_int_equal(sizeof(struct world_type), 152);
}

static void tables_survive_json(void **state)
{
	const struct world_type *const *read, *const *type;
	json_t *tables = tables_as_json(), *again = json_array();
	struct op_tables *loaded;
	char error[512];

	write_tables(tables);
	if (op_tables_load(&loaded, table_file, error, sizeof(error)))
		fail_msg("%s", error);
	read = op_tables_types(loaded);
	for (type = read; *type; type++)
		json_array_append_new(again, op_table_to_json(*type));
	assert_true(json_equal(again, json_object_get(tables, "worlds")));
	json_decref(again);
	json_decref(tables);
	op_tables_free(loaded);
}

static void expect_refused(const char *why)
{
	struct op_tables *loaded;
	char error[512] = "";

	assert_int_equal(op_tables_load(&loaded, table_file, error,
					sizeof(error)), -EINVAL);
	if (!strstr(error, why))
		fail_msg("'%s' does not say '%s'", error, why);
	assert_null(afl.init(NULL, 1));
}

static void write_text(const char *text)
{
	FILE *file = fopen(table_file, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A world of the tables, its op @nr, that op's first argument. */
static json_t *op_of(json_t *tables, size_t nr)
{
	json_t *world = json_array_get(json_object_get(tables, "worlds"), 0);

	return json_array_get(json_object_get(world, "ops"), nr);
}

static void wrong_tables_are_refused(void **state)
{
	json_t *tables = tables_as_json();

	write_text("{ no json");
	expect_refused(":1: ");
	write_text("{}");
	expect_refused("expected 1 to 16 worlds");
	write_text("{\"worlds\": [{\"name\": \"x\"}]}");
	expect_refused("no op table");
	json_object_set_new(tables, "mutator", json_integer(1));
	write_tables(tables);
	expect_refused("its mutator is another one");
	json_object_set_new(op_of(tables, 1), "name", json_string("renamed"));
	write_tables(tables);
	expect_refused("not the table it was made from");
	json_object_set_new(op_of(tables, 1), "name", json_string("9"));
	write_tables(tables);
	expect_refused("the name is no word");
	json_object_set_new(op_of(tables, 1), "actor", json_string("nobody"));
	json_object_set_new(op_of(tables, 1), "name", json_string("n"));
	write_tables(tables);
	expect_refused("there is no such actor");
	json_decref(tables);
	unlink(table_file);
	expect_refused(table_file);
}

struct input {
	uint8_t data[MAX_INPUT];
	size_t size;
};

static void random_input(struct input *input, struct sim_prng *prng)
{
	static struct program program;
	const struct program_random_options options = { .abuse = true };
	const struct world_type *type =
		sim_prng_chance(prng, 1, 3) ? &other_world : &weighted;

	program_random(&program, type, prng, &options);
	input->size = program_encode(&program, false, input->data, MAX_INPUT);
	if (!input->size)
		input->size = 1;	/* too long: any bytes will do */
}

/* The same draws as afl_custom_fuzz() makes (afl_mutator.c). */
static size_t expected(struct sim_prng *calls, const struct input *one,
		       const struct input *two, uint8_t *out)
{
	const struct mutator_input a = { one->data, one->size };
	const struct mutator_input b = { two->data, two->size };
	uint32_t seed = (uint32_t)sim_prng_next(calls);

	if (sim_prng_chance(calls, 1, 8))
		return mutator_cross(types, &a, &b, out, MAX_INPUT, seed);
	memcpy(out, one->data, one->size);
	return mutator_mutate(types, out, one->size, MAX_INPUT, seed);
}

static void both_engines_mutate_alike(void **state)
{
	static struct input one, two, result;
	struct sim_prng prng = { .stream = sim_prng_stream(7, 0) };
	struct sim_prng calls = { .stream = sim_prng_stream(42, 3) };
	json_t *tables = tables_as_json();
	unsigned int changed = 0, i;
	uint8_t *out;
	size_t size;
	void *data;

	write_tables(tables);
	json_decref(tables);
	data = afl.init(NULL, 42);
	assert_non_null(data);
	for (i = 0; i < ROUNDS; i++) {
		random_input(&one, &prng);
		random_input(&two, &prng);
		result.size = expected(&calls, &one, &two, result.data);
		size = afl.fuzz(data, one.data, one.size, &out, two.data,
				two.size, MAX_INPUT);
		assert_int_equal(size, result.size);
		assert_memory_equal(out, result.data, size);
		changed += size != one.size ||
			   memcmp(out, one.data, size) != 0;
	}
	afl.deinit(data);
	assert_true(changed > ROUNDS / 2);
}

/* What does not fit is made to fit, and is still a program. */
static void results_fit(void **state)
{
	static struct program program;
	static struct input one;
	struct sim_prng prng = { .stream = sim_prng_stream(8, 0) };
	char error[512];
	unsigned int i;
	size_t size;

	for (i = 0; i < 500; i++) {
		random_input(&one, &prng);
		size = mutator_mutate(types, one.data, one.size, 128, i);
		assert_in_range(size, 1, 128);
		if (program_decode_strict(&program, types, "it", one.data,
					  size, error, sizeof(error)))
			fail_msg("%s", error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_have_no_new_members),
		cmocka_unit_test(tables_survive_json),
		cmocka_unit_test(wrong_tables_are_refused),
		cmocka_unit_test(both_engines_mutate_alike),
		cmocka_unit_test(results_fit),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
