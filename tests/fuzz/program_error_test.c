/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_error_test.c - what is wrong with a program file is said in place
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <fuzz/program.h>

#include "fake_world.h"

static struct program program;
static uint8_t good[PROGRAM_MAX_FILE + 100];
static size_t good_size;
static char error[512];

#define HEAD	"vtb 1\nworld fake\n"

/* The error must name the place and what was expected. */
static const struct {
	const char *text;
	const char *place;
	const char *says;
} text_errors[] = {
	{ "", "x.scn:0:1: ", "expected 'vtb 1'" },
	{ "world fake\n", "x.scn:1:1: ", "expected 'vtb'" },
	{ "vtb 2\n", "x.scn:1:6: ", "unknown format version, expected 1" },
	{ "vtb 1\n", "x.scn:", "expected 'world NAME'" },
	{ "vtb 1\nworld mars\n", "x.scn:2:7: ", "no world 'mars'" },
	{ "vtb 1\nseed 1\n", "x.scn:2:1: ", "expected 'world NAME'" },
	{ HEAD "world fake\n", "x.scn:3:7: ", "second world" },
	{ HEAD "frobnicate\n", "x.scn:3:1: ", "unknown statement 'frobnicate'" },
	{ HEAD "seed 0xfg\n", "x.scn:3:9: ", "expected a number" },
	{ HEAD "seed 1 2\n", "x.scn:3:8: ", "expected the end of the line" },
	{ HEAD "seed 99999999999999999999\n", "x.scn:3:6: ", "must be in" },
	{ HEAD "config ram_pages=7\n", "x.scn:3:18: ", "must be in 8..512" },
	{ HEAD "config pages=8\n", "x.scn:3:8: ",
	  "no 'pages' here: expected one of ram_pages, page_size, mode" },
	{ HEAD "config mode=up\n", "x.scn:3:13: ",
	  "expected one of off, read-only, on" },
	{ HEAD "config page_size=5000\n", "x.scn:3:18: ", "power of two" },
	{ HEAD "config mode=on mode=on\n", "x.scn:3:16: ", "given twice" },
	{ HEAD "strategy chess\n", "x.scn:3:10: ", "expected one of" },
	{ HEAD "memory arm\n", "x.scn:3:8: ", "expected one of" },
	{ HEAD "mutant put:barrier\n", "x.scn:3:8: ",
	  "expected FUNCTION:KIND:NUMBER" },
	{ HEAD "mutant put:barrier:0\n", "x.scn:3:8: ",
	  "expected FUNCTION:KIND:NUMBER" },
	{ HEAD "strategy random preempt=1/0\n", "x.scn:3:27: ",
	  "must be in 1..65535" },
	{ HEAD "strategy pct\n", "x.scn:3:13: ", "expected 'depth'" },
	{ HEAD "strategy pct depth=0 steps=9\n", "x.scn:3:20: ",
	  "must be in 1..16" },
	{ HEAD "strategy pct depth=3\n", "x.scn:3:21: ", "expected 'steps'" },
	{ HEAD "strategy pct depth=3 steps=0\n", "x.scn:3:28: ",
	  "must be in 1" },
	{ HEAD "fault pick 1/2\n", "x.scn:3:7: ", "expected one of alloc" },
	{ HEAD "fault alloc 2/2\n", "x.scn:3:15: ", "less than 1" },
	{ HEAD "adversary\n", "x.scn:3:10: ", "expected power" },
	{ HEAD "adversary user|god\n", "x.scn:3:16: ",
	  "expected one of user, device, peer" },
	{ HEAD "adversary user 1\n", "x.scn:3:17: ", "expected '/'" },
	{ HEAD "change u24[0] to ones at fetch 1 in op 1\n", "x.scn:3:8: ",
	  "expected one of u8, u16, u32, u64" },
	{ HEAD "change u32[9999] to ones at fetch 1 in op 1\n", "x.scn:3:12: ",
	  "must be in 0..8191" },
	{ HEAD "change u32[0] to many at fetch 1 in op 1\n", "x.scn:3:18: ",
	  "expected one of ones" },
	{ HEAD "change u32[0] to ones and at fetch 1 in op 1\n",
	  "x.scn:3:27: ", "expected 'back'" },
	{ HEAD "change u32[0] to ones at fetch 0 in op 1\n", "x.scn:3:32: ",
	  "must be in 1" },
	{ HEAD "device: kick()\nchange u32[0] to ones at fetch 1 in op 1\n",
	  "x.scn:4:1: ", "expected 'adversary POWER'" },
	{ HEAD "change u32[0] to ones at fetch 1 in op 9\n", "x.scn:3:40: ",
	  "there is no op 9" },
	{ HEAD "bytes 1g\n", "x.scn:3:8: ", "pairs of hex digits" },
	{ HEAD "fail alloc 0 in op 1\n", "x.scn:3:12: ", "must be in 1" },
	{ HEAD "fail alloc 1 in op 7\ndevice: kick()\n", "x.scn:3:20: ",
	  "there is no op 7" },
	{ HEAD "decide pick 1 in world\n", "x.scn:3:23: ", "expected '='" },
	{ HEAD "switch device at f visit 1 in op 1\n", "x.scn:3:8: ",
	  "expected 'to'" },
	{ HEAD "switch to device at f turn 1 in op 1\n", "x.scn:3:23: ",
	  "expected one of visit, access" },
	{ HEAD "switch to device at f visit 0 in op 1\n", "x.scn:3:29: ",
	  "must be in 1" },
	{ HEAD "switch to device at f visit 1 in 1\n", "x.scn:3:34: ",
	  "expected 'op KEY' or 'world'" },
	{ HEAD "vmm: fly()\n", "x.scn:3:6: ", "no op 'fly'" },
	{ HEAD "vmm: kick()\n", "x.scn:3:6: ",
	  "op kick is done by 'device', not by 'vmm'" },
	{ HEAD "device: poke(word=1)\n", "x.scn:3:9: ", "profile abuse" },
	{ HEAD "1: device: kick()\n1: device: kick()\n", "x.scn:4:1: ",
	  "there is an op 1 already" },
	{ HEAD "vmm: log_report(iova=0, length=1)\n", "x.scn:3:34: ",
	  "log_report needs argument 'flags'" },
	{ HEAD "vmm: log_report(iova=0, length=0, flags=0)\n", "x.scn:3:32: ",
	  "length must be in 1..1048576" },
	{ HEAD "vmm: log_report(iova=0, width=1, flags=0)\n", "x.scn:3:25: ",
	  "no 'width' here" },
	{ HEAD "vmm: log_report(iova=0 length=1, flags=0)\n", "x.scn:3:24: ",
	  "expected ','" },
	{ HEAD "vmm: log_report(iova=0, length=1, flags=loud)\n",
	  "x.scn:3:41: ", "expected one of dirty, clear, sync" },
	{ HEAD "device: kick(\n", "x.scn:3:14: ", "expected" },
	{ HEAD "expect\n", "x.scn:3:7: ", "expected 'clean' or an identity" },
};

static void text_errors_name_the_place(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(text_errors) / sizeof(text_errors[0]); i++) {
		const char *text = text_errors[i].text;

		if (!program_parse(&program, fake_types, "x.scn", text,
				   strlen(text), error, sizeof(error)))
			fail_msg("taken without complaint: %s", text);
		if (strncmp(error, text_errors[i].place,
			    strlen(text_errors[i].place)) ||
		    !strstr(error, text_errors[i].says))
			fail_msg("%s: got '%s', expected '%s ... %s'", text,
				 error, text_errors[i].place,
				 text_errors[i].says);
	}
}

/* Cut anywhere or with a byte changed, text is read or refused, no more. */
static void damaged_text_is_survived(void **state)
{
	static const char text[] = HEAD
		"config ram_pages=9 mode=on\nstrategy random preempt=1/2\n"
		"fault io 1/9\n1: vmm: log_report(iova=0x1, length=2, "
		"flags=dirty|sync)\nfail alloc 1 in op 1\nexpect clean\n";
	struct sim_prng prng = { .stream = sim_prng_label("damaged text") };
	char copy[sizeof(text)];
	unsigned int refused = 0;
	int i;

	for (i = 0; i < 20000; i++) {
		size_t n = sim_prng_below(&prng, sizeof(text));

		memcpy(copy, text, sizeof(text));
		if (n)
			copy[sim_prng_below(&prng, n)] =
				(char)sim_prng_next(&prng);
		refused += !!program_parse(&program, fake_types, "x", copy, n,
					   error, sizeof(error));
	}
	assert_in_range(refused, 1000, 19999);
}

static int make_good(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("good") };
	const struct program_random_options options = { .max_calls = 8 };

	do {
		program_random(&program, &fake_world, &prng, &options);
	} while (program.nr_overrides < 2 || program.nr_calls < 3);
	strcpy(program.expect, "clean");
	strcpy(program.implementation, "own");
	good_size = program_encode(&program, true, good, sizeof(good));
	return good_size ? 0 : -1;
}

static void expect_refused(const uint8_t *data, size_t size, const char *says)
{
	if (!program_decode_strict(&program, fake_types, "x.vtb", data, size,
				   error, sizeof(error)))
		fail_msg("taken without complaint, expected '%s'", says);
	if (strncmp(error, "x.vtb: offset ", 14) || !strstr(error, says))
		fail_msg("got '%s', expected '%s'", error, says);
}

static void every_truncation_is_refused(void **state)
{
	size_t n;

	for (n = 0; n < good_size; n++)
		expect_refused(good, n, "truncated");
}

static void byte_errors_name_the_offset(void **state)
{
	static uint8_t bad[PROGRAM_MAX_FILE + 100];

	memcpy(bad, good, good_size);
	expect_refused(bad, good_size + 1, "extra bytes, expected the end");
	expect_refused(bad, PROGRAM_MAX_FILE + 1, "oversized");
	bad[3] = 9;
	expect_refused(bad, good_size, "unknown format version 9, expected 1");
	memcpy(bad, "ELF!", 4);
	expect_refused(bad, good_size, "not a vtb program");
	memcpy(bad, good, good_size);
	bad[4] ^= 1;
	expect_refused(bad, good_size, "foreign program");
	assert_non_null(strstr(error, "offset 4: "));
	assert_non_null(strstr(error, "expected fake"));
	memcpy(bad, good, good_size);
	bad[8] ^= 1;
	expect_refused(bad, good_size, "made for another op table");
	memcpy(bad, good, good_size);
	bad[21] = 200;
	expect_refused(bad, good_size, "strategy is 200, expected less than");
	assert_non_null(strstr(error, "offset 21: "));
}

/* One flipped bit gives another program or an error, never a third thing. */
static void flipped_bits_are_survived(void **state)
{
	static uint8_t bad[PROGRAM_MAX_FILE], again[PROGRAM_MAX_FILE];
	size_t bit, n;

	for (bit = 0; bit < good_size * 8; bit++) {
		memcpy(bad, good, good_size);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (program_decode_strict(&program, fake_types, "x", bad,
					  good_size, error, sizeof(error)))
			continue;
		n = program_encode(&program, bad[12] & 1, again,
				   sizeof(again));
		assert_int_equal(n, good_size);
		assert_memory_equal(again, bad, n);
	}
}

/* -- files -- */

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void files_are_told_apart(void **state)
{
	char dir[] = "/tmp/vtb-program-XX" "XX" "XX", path[64];
	static uint8_t data[PROGRAM_MAX_FILE];
	struct program_peek peek;
	size_t size;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	write_file(path, good, good_size);
	assert_int_equal(program_load(&program, fake_types, path, error,
				      sizeof(error)), 0);
	assert_int_equal(program_peek(&peek, path, error, sizeof(error)), 0);
	assert_string_equal(peek.implementation, "own");
	assert_string_equal(peek.expect, "clean");
	assert_int_equal(peek.world_hash, program_world_hash("fake"));

	/* What comes before the words moves them. */
	program.strategy = SIM_PCT;
	program.adversary = 1;
	size = program_encode(&program, true, data, sizeof(data));
	write_file(path, data, size);
	assert_int_equal(program_peek(&peek, path, error, sizeof(error)), 0);
	assert_string_equal(peek.implementation, "own");
	assert_string_equal(peek.expect, "clean");

	write_file(path, HEAD "from linux-6.1 b1\nexpect a/b\n",
		   sizeof(HEAD "from linux-6.1 b1\nexpect a/b\n") - 1);
	assert_int_equal(program_load(&program, fake_types, path, error,
				      sizeof(error)), 0);
	assert_string_equal(program.implementation, "linux-6.1");
	assert_int_equal(program_peek(&peek, path, error, sizeof(error)), 0);
	assert_string_equal(peek.world, "fake");
	assert_string_equal(peek.implementation, "linux-6.1");
	assert_string_equal(peek.build, "b1");
	assert_string_equal(peek.expect, "a/b");

	write_file(path, good, PROGRAM_MAX_FILE + 1);
	assert_true(program_load(&program, fake_types, path, error,
				 sizeof(error)) < 0);
	assert_non_null(strstr(error, "oversized"));
	assert_true(program_peek(&peek, path, error, sizeof(error)) < 0);
	write_file(path, "", 0);
	assert_true(program_peek(&peek, path, error, sizeof(error)) < 0);
	assert_true(program_load(&program, fake_types, dir, error,
				 sizeof(error)) < 0);
	assert_non_null(strstr(error, dir));
	unlink(path);
	assert_true(program_load(&program, fake_types, path, error,
				 sizeof(error)) < 0);
	assert_non_null(strstr(error, "No such file"));
	rmdir(dir);
}

/* Some have more in front of what is looked for than others. */
static void every_strategy_can_be_peeked_at(void **state)
{
	char dir[] = "/tmp/vtb-program-XX" "XX" "XX", path[64];
	static uint8_t data[PROGRAM_MAX_FILE];
	struct program_peek peek;
	unsigned int strategy;
	size_t size;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	for (strategy = 0; strategy < SIM_STRATEGIES; strategy++) {
		program_init(&program, fake_types[0]);
		program.strategy = (enum sim_strategy)strategy;
		strcpy(program.expect, "a/b/c");
		strcpy(program.build, "b1");
		program_normalise(&program);
		size = program_encode(&program, true, data, sizeof(data));
		write_file(path, data, size);
		assert_int_equal(program_peek(&peek, path, error,
					      sizeof(error)), 0);
		assert_string_equal(peek.expect, "a/b/c");
		assert_string_equal(peek.build, "b1");
	}
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_errors_name_the_place),
		cmocka_unit_test(damaged_text_is_survived),
		cmocka_unit_test_setup(every_truncation_is_refused, make_good),
		cmocka_unit_test_setup(byte_errors_name_the_offset, make_good),
		cmocka_unit_test_setup(flipped_bits_are_survived, make_good),
		cmocka_unit_test_setup(files_are_told_apart, make_good),
		cmocka_unit_test(every_strategy_can_be_peeked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
