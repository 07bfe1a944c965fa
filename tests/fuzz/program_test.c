/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_test.c - programs survive every change of form
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fuzz/program.h>

#include "fake_world.h"

#define ROUNDS		100000
#define TEXT_BYTES	(256u << 10)

/* Programs are big, and tests run one after the other. */
static struct program one, two, three;
static uint8_t bytes_one[PROGRAM_MAX_FILE], bytes_two[PROGRAM_MAX_FILE];
static char text_one[TEXT_BYTES], text_two[TEXT_BYTES];
static char error[512];

static void random_word(struct sim_prng *prng, char *word, size_t most)
{
	size_t n = sim_prng_below(prng, most + 1), i;

	for (i = 0; i < n; i++)
		word[i] = (char)sim_prng_range(prng, '0', '9');
	word[n] = '\0';
}

static void random_meta(struct program *p, struct sim_prng *prng)
{
	random_word(prng, p->expect, 30);
	random_word(prng, p->implementation, 10);
	if (p->implementation[0])
		random_word(prng, p->build, 10);
	if (sim_prng_chance(prng, 1, 4))
		strcpy(p->expect_in, "linux-6.1 a/b\nown c/d/e+f\n");
	if (sim_prng_chance(prng, 1, 4))
		strcpy(p->switches, "switch to kworker/0:1 at f visit 3 in op 4\n"
		       "switch to a at b access 1 in world\n");
	p->memory = (enum sim_memory_model)
		sim_prng_below(prng, SIM_MEMORY_MODELS);
	if (sim_prng_chance(prng, 1, 4))
		strcpy(p->mutant, "hv_ring.cold:once:12");
	if (sim_prng_chance(prng, 1, 2))
		strcpy(p->comment, "# Why it exists: \xe2\x86\x92 this.\n#\n");
}

static void random_program(struct program *p, struct sim_prng *prng)
{
	struct program_random_options options = {
		.max_calls = sim_prng_chance(prng, 1, 500) ? 255 : 8,
		.abuse = sim_prng_chance(prng, 1, 4),
	};
	const struct world_type *type =
		sim_prng_chance(prng, 1, 8) ? &other_world : &fake_world;
	uint32_t i;

	program_random(p, type, prng, &options);
	random_meta(p, prng);
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		if (sim_prng_chance(prng, 1, 16))
			p->fault_num[i] =
				(uint32_t)sim_prng_below(prng, 65536);
	if (sim_prng_chance(prng, 1, 8))
		p->preempt_den = (uint32_t)sim_prng_below(prng, 65536);
	for (i = 0; i < p->nr_calls; i++)
		p->calls[i].key = (uint32_t)sim_prng_range(prng, 1, 65535);
	program_normalise(p);
}

static void expect_equal(const struct program *a, const struct program *b)
{
	if (program_equal(a, b))
		return;
	program_print(a, text_one, sizeof(text_one));
	program_print(b, text_two, sizeof(text_two));
	assert_string_equal(text_one, text_two);
	fail_msg("programs differ in what is not printed");
}

static void round_trip(const struct program *p)
{
	size_t n, m, length;

	n = program_encode(p, true, bytes_one, sizeof(bytes_one));
	assert_true(n);
	if (program_decode_strict(&two, fake_types, "x", bytes_one, n, error,
				  sizeof(error)))
		fail_msg("%s", error);
	expect_equal(p, &two);

	length = program_print(&two, text_one, sizeof(text_one));
	assert_true(length < sizeof(text_one));
	if (program_parse(&three, fake_types, "x", text_one, length, error,
			  sizeof(error)))
		fail_msg("%s\n%s", error, text_one);
	expect_equal(p, &three);

	m = program_encode(&three, true, bytes_two, sizeof(bytes_two));
	assert_int_equal(n, m);
	assert_memory_equal(bytes_one, bytes_two, n);
}

static void bytes_and_text_are_the_same(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("round trip") };
	int i;

	for (i = 0; i < ROUNDS; i++) {
		random_program(&one, &prng);
		round_trip(&one);
	}
}

/* Random bytes, half of them behind a good prologue, to get past it. */
static size_t random_bytes(struct sim_prng *prng, uint8_t *data)
{
	size_t n = sim_prng_below(prng, 400), i;

	for (i = 0; i < n; i++)
		data[i] = (uint8_t)sim_prng_next(prng);
	if (n < 32 || sim_prng_chance(prng, 1, 2))
		return n;
	program_init(&one, &fake_world);
	program_encode(&one, false, bytes_two, sizeof(bytes_two));
	memcpy(data, bytes_two, sim_prng_chance(prng, 1, 2) ? 12 : 4);
	if (sim_prng_chance(prng, 1, 2) && n > 60)
		memset(data + 32, 0, 12);
	return n;
}

static void any_bytes_are_a_program(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("any bytes") };
	size_t n, calls = 0;
	int i;

	for (i = 0; i < ROUNDS / 4; i++) {
		n = random_bytes(&prng, bytes_one);
		program_decode(&one, fake_types, bytes_one, n);
		calls += one.nr_calls;
		n = program_encode(&one, false, bytes_one, sizeof(bytes_one));
		assert_true(n);
		program_decode(&two, fake_types, bytes_one, n);
		expect_equal(&one, &two);
		if (i % 10 == 0)
			round_trip(&one);
	}
	assert_true(calls > ROUNDS / 4);	/* else nothing was decoded */
}

static void short_bytes_are_a_program(void **state)
{
	static const uint8_t data[] = "VTB\1";
	size_t n;

	for (n = 0; n <= 4; n++) {
		program_decode(&one, fake_types, data, n);
		assert_ptr_equal(one.type, &fake_world);
		round_trip(&one);
	}
}

static void excess_bytes_are_ignored(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("excess") };
	size_t n;

	random_program(&one, &prng);
	one.comment[0] = one.expect[0] = one.implementation[0] = '\0';
	one.expect_in[0] = one.mutant[0] = '\0';
	one.switches[0] = '\0';
	one.build[0] = '\0';
	n = program_encode(&one, false, bytes_one, sizeof(bytes_one));
	memset(bytes_one + n, 0xa5, 100);
	program_decode(&two, fake_types, bytes_one, n + 100);
	expect_equal(&one, &two);
}

static void mutants_are_normal(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("mutants") };
	static struct program other;
	unsigned int changed = 0;
	int i;

	random_program(&one, &prng);
	for (i = 0; i < ROUNDS / 4; i++) {
		static struct program before;

		before = one;
		if (i % 8 == 7) {
			random_program(&other, &prng);
			program_cross(&one, &other, &prng);
		} else {
			program_mutate(&one, &prng);
		}
		changed += !program_equal(&one, &before);
		round_trip(&one);
		if (one.nr_calls > 40)
			random_program(&one, &prng);
	}
	assert_true(changed > ROUNDS / 4 * 9 / 10);
}

/* Reports and writes of the same address: by chance there would be none. */
static void ops_take_after_each_other(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("relatives") };
	unsigned int writes = 0, related = 0;
	uint32_t i, j, round;

	for (round = 0; round < 1000; round++) {
		program_random(&one, &fake_world, &prng,
			       &(struct program_random_options){ 0 });
		for (i = 0; i < one.nr_calls; i++) {
			const struct op_call *call = &one.calls[i];

			if (strcmp(call->op->name, "dma_write"))
				continue;
			writes++;
			for (j = 0; j < i; j++) {
				if (strcmp(one.calls[j].op->name, "log_report"))
					continue;
				related += call->args[0] ==
						   one.calls[j].args[0];
				break;
			}
		}
	}
	assert_true(related > writes / 16);
}

/* What another op has there may be no value here. */
static void models_give_what_fits(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("models") };
	const struct op *ops = fake_world.ops;
	struct op_call report = { .op = &ops[1], .args = { 0xfff, 7, 1 } };
	struct op_call write = { .op = &ops[3], .args = { 0x5000, 3 } };
	unsigned int i, taken = 0;

	for (i = 0; i < 100; i++) {
		program_take_after(&write, &report, &prng);
		assert_int_equal(write.args[0], 0x5000);
		assert_int_equal(write.args[1], 3);
	}
	report.args[0] = 0x7000;
	for (i = 0; i < 100; i++) {
		write.args[0] = 0x5000;
		program_take_after(&write, &report, &prng);
		taken += write.args[0] == 0x7000;
		assert_int_equal(write.args[1], 3);
	}
	assert_in_range(taken, 60, 99);
}

/* Values of a random program, counted against what borders promise. */
static void borders_are_preferred(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("borders") };
	const struct op_arg *row = &fake_world.ops[1].args[1];
	unsigned int hits = 0, i;
	uint64_t value;

	for (i = 0; i < 1000; i++) {
		value = program_random_arg(row, &prng);
		assert_true(program_arg_valid(row, value));
		hits += value == 8192 || value == 4096 || value == 1;
	}
	assert_in_range(hits, 300, 700);
}

/* On both sides of page edges, of the wrap and of the first and last value. */
static void borders_have_two_sides(void **state)
{
	static const uint64_t wanted[] = {
		0, 1, 0xffe, 0xfff, 0x1000, 0x1001, UINT64_MAX - 1, UINT64_MAX,
	};
	const size_t nr = sizeof(wanted) / sizeof(wanted[0]);
	struct sim_prng prng = { .stream = sim_prng_label("two sides") };
	const struct op_arg *row = &fake_world.ops[1].args[0];
	unsigned int hits[sizeof(wanted) / sizeof(wanted[0])] = { 0 }, i;
	uint64_t value;
	size_t n;

	for (i = 0; i < 2000; i++) {
		value = program_random_arg(row, &prng);
		for (n = 0; n < nr; n++)
			hits[n] += value == wanted[n];
	}
	for (n = 0; n < nr; n++)
		assert_in_range(hits[n], 10, 1000);
}

static void plans_use_slots(void **state)
{
	static struct program_plan plan;

	program_init(&one, &fake_world);
	one.calls[0] = (struct op_call){ .op = &fake_world.ops[4], .key = 9 };
	one.calls[1] = (struct op_call){ .op = &fake_world.ops[4], .key = 4 };
	one.nr_calls = 2;
	one.overrides[0] = (struct program_override){ 4, 2, 1, 1 };
	one.overrides[1] = (struct program_override){ 9, 2, 5, 1 };
	one.overrides[2] = (struct program_override){ 77, 2, 5, 1 };
	one.overrides[3] = (struct program_override){ 9, 2, 5, 0 };
	one.nr_overrides = 4;
	one.fault_num[0] = 655;
	program_normalise(&one);
	program_make_plan(&one, &plan);

	assert_int_equal(plan.plan.nr_ops, 3);
	assert_int_equal(plan.plan.op_keys[0], 0);
	assert_int_equal(plan.plan.op_keys[1], 9);
	assert_int_equal(plan.plan.op_keys[2], 4);
	assert_int_equal(plan.plan.fail_num[SIM_DECIDE_FAIL_ALLOC], 655);
	assert_int_equal(plan.plan.nr_overrides, 2);
	assert_int_equal(plan.plan.overrides[0].op, 1);
	assert_int_equal(plan.plan.overrides[0].value, 0);
	assert_int_equal(plan.plan.overrides[1].op, 2);
	assert_int_equal(plan.plan.overrides[1].nth, 1);
}

static const char golden[] =
	"vtb 1\n"
	"# Two reports around a write.\n"
	"world fake\n"
	"config ram_pages=32 page_size=4096 mode=off\n"
	"seed 0x7\n"
	"strategy random preempt=1/8\n"
	"fault alloc 1/100\n"
	"adversary user|peer 1/8\n"
	"\n"
	"4: vmm: log_report(iova=0x1000, length=8192, flags=dirty|sync)\n"
	"2: device: dma_write(iova=0x2000, order=1)\n"
	"5: vmm: set-mode(mode=read-only, only=7)\n"
	"\n"
	"switch to device at log_report visit 3 in op 4\n"
	"decide pick 1 in world = 3\n"
	"decide preempt 3 in op 4 = 1\n"
	"fail alloc 2 in op 4\n"
	"change u32[1] to ones and back at fetch 2 in op 4\n"
	"change u8[7] to plus-page at fetch 3 in op 4\n"
	"decide fetch 4 in op 4 = 4294967295\n"
	"expect lost-dirty-bit/bitmap/iova_bitmap_set\n"
	"expect clean in own\n"
	"from linux-6.1 3f9a0c\n";

static void printing_is_pinned(void **state)
{
	size_t n;

	if (program_parse(&one, fake_types, "golden", golden,
			  sizeof(golden) - 1, error, sizeof(error)))
		fail_msg("%s", error);
	n = program_print(&one, text_one, sizeof(text_one));
	assert_int_equal(n, sizeof(golden) - 1);
	assert_string_equal(text_one, golden);
	program_expectation(&one, "own", text_two);
	assert_string_equal(text_two, "clean");
	program_expectation(&one, "ow", text_two);
	assert_string_equal(text_two,
			    "lost-dirty-bit/bitmap/iova_bitmap_set");
	/* The counts in text begin at 1. */
	assert_int_equal(one.overrides[2].nth, 1);
	assert_int_equal(one.fault_num[0], 655);
	assert_int_equal(one.adversary, SIM_POWER_USER | SIM_POWER_PEER);
	assert_int_equal(one.adversary_num, 65536 / 8);
	assert_int_equal(sim_fetch_choice(one.overrides[3].value).width, 4);
}

/* Any order, blanks, comments at the end, missing keys and settings. */
static void loose_text_is_read(void **state)
{
	static const char loose[] =
		"# Head.\r\n\n  # More.\n"
		"vtb 1 # version\n"
		"  world fake\t\n"
		"fail ucopy 1 in op 8\n"
		"7:vmm:log_report( length=0x10,flags=0 , iova=5)\r\n"
		"device: kick()  # key 8\n"
		"# not kept\n"
		"expect clean";

	if (program_parse(&one, fake_types, "loose", loose, sizeof(loose) - 1,
			  error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(one.nr_calls, 2);
	assert_int_equal(one.calls[1].key, 8);
	assert_int_equal(one.calls[0].args[1], 16);
	assert_int_equal(one.config[0], 32);
	assert_string_equal(one.comment, "# Head.\n# More.\n");
	assert_string_equal(one.expect, "clean");
	round_trip(&one);
}

static void tables_are_checked(void **state)
{
	static const struct op_arg wide = {
		.name = "wide", .type = OP_ARG_INT, .bytes = 1, .last = 256,
	};
	static const char *const actors[] = { "vmm", NULL };
	struct op op = { .name = "x", .actor = 0, .nr_args = 1 };
	struct world_type type = {
		.name = "bad", .actors = actors, .ops = &op, .nr_ops = 1,
	};

	assert_int_equal(program_check_type(&fake_world, error,
					    sizeof(error)), 0);
	op.args[0] = wide;
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, "wide"));
	op.nr_args = 0;
	assert_int_equal(program_check_type(&type, error, sizeof(error)), 0);
	op.actor = 1;
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	op.actor = 0;
	op.abuse = true;
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_text_are_the_same),
		cmocka_unit_test(any_bytes_are_a_program),
		cmocka_unit_test(short_bytes_are_a_program),
		cmocka_unit_test(excess_bytes_are_ignored),
		cmocka_unit_test(mutants_are_normal),
		cmocka_unit_test(borders_are_preferred),
		cmocka_unit_test(ops_take_after_each_other),
		cmocka_unit_test(models_give_what_fits),
		cmocka_unit_test(borders_have_two_sides),
		cmocka_unit_test(plans_use_slots),
		cmocka_unit_test(printing_is_pinned),
		cmocka_unit_test(loose_text_is_read),
		cmocka_unit_test(tables_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
