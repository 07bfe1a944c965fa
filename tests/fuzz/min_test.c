/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * min_test.c - what TARGET --min makes of programs with findings
 *
 * The fake target (fake_target.c) has a finding of every origin; each program
 * here hides one among ops, faults and switches that have no part in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shell.h"

#define TARGET	VTB_FAKE_TARGET
#define HEAD	"vtb 1\nworld fake\nprofile abuse\n"

/* What surrounds a finding, and is to go. */
#define NOISE	"one: wait(ns=5)\none: try()\none: race_one()\n" \
		"two: race_two()\none: wait(ns=77)\none: add(n=3)\n"

static void write_text(const char *name, const char *text)
{
	shell_write(name, text, strlen(text));
}

static int forget_results(void **state)
{
	return shell("rm -f *.scn");
}

/* Minimises in.scn to out.scn, which must show what it says; prints it. */
static void minimise(const char *text)
{
	write_text("in.scn", text);
	expect_exit(shell("%s --min in.scn --out out.scn", TARGET), 0);
	expect_exit(shell("%s --replay --judge out.scn", TARGET), 0);
	expect_exit(shell("cat out.scn"), 0);
	expect_output("# Minimised by vtb min from in.scn: ");
}

/* Lines of out.scn that are ops, or decisions. */
static void expect_lines(const char *pattern, const char *count)
{
	shell("grep -cE '%s' out.scn", pattern);
	if (strncmp(shell_output, count, strlen(count)))
		fail_msg("expected %s lines of %s, not %s", count, pattern,
			 shell_output);
}

static void ops_arguments_and_config_shrink(void **state)
{
	minimise(HEAD "config size=9 start=500\n"
		 "strategy random preempt=1/4\nseed 77\n" NOISE
		 "one: add(n=40000)\n" NOISE);
	expect_output("config size=1 start=0\n");
	expect_no_output("seed ");
	expect_no_output("strategy ");
	expect_output("\n1: one: add(n=40000)\n");
	expect_output("expect lost-sum/sum/add\nfrom own ");
	expect_no_output("abuse");
	expect_lines("^[0-9]+: ", "1");
}

/* One switch at the right place is all that is left of a random schedule. */
static void switches_are_spelled_out(void **state)
{
	minimise(HEAD "strategy random preempt=1/2\nseed 5\nfault alloc 1/9\n"
		 NOISE NOISE NOISE "one: settle()\n" NOISE);
	expect_no_output("strategy ");
	expect_output("decide preempt 1 in op 1 = 1\n");
	expect_output("expect lost-count/sum/settle\n");
	expect_no_output("fault alloc");
	expect_lines("^[0-9]+: ", "3");
	expect_lines("^(decide|fail) ", "1");
}

/* The finding needs two of the faults that the chance gives. */
static void faults_are_spelled_out(void **state)
{
	minimise(HEAD "seed 9\nfault alloc 2/3\none: try()\none: try()\n"
		 "one: try()\none: wait(ns=9)\none: try()\none: try()\n"
		 "one: try()\none: settle()\n");
	expect_output("expect failed-tries/sum/settle\n");
	expect_output("fail alloc 1 in op 1\nfail alloc 1 in op 2\n");
	expect_no_output("fault alloc");
	expect_lines("^[0-9]+: ", "3");
}

/* The schedule of a fuzzer's bytes becomes the same as any other. */
static void byte_schedules_are_spelled_out(void **state)
{
	minimise(HEAD "strategy bytes\nbytes 0000000000000000\n"
		 NOISE "one: settle()\n");
	expect_no_output("strategy ");
	expect_output("expect lost-count/sum/settle\n");
	expect_no_output("bytes");
	expect_lines("^(decide|fail) ", "1");
}

/* Programs that end the process are no different. */
static void deaths_are_minimised(void **state)
{
	static const struct { const char *how, *identity; } deaths[] = {
#ifdef VTB_ASAN
		{ "use-after-free", "heap-use-after-free/kmalloc-64/"
				    "component_use+component_free" },
		{ "segv", "null-deref/memory/crash" },
#endif
		{ "abort", "signal/" },
	};
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		forget_results(NULL);
		snprintf(text, sizeof(text), HEAD "strategy random\n"
			 NOISE "one: crash(how=%s)\n" NOISE, deaths[i].how);
		minimise(text);
		expect_output(deaths[i].identity);
		expect_output(deaths[i].how);
		expect_lines("^[0-9]+: ", "1");
	}
}

static void results_repeat(void **state)
{
	minimise(HEAD "strategy random preempt=1/2\nseed 5\n" NOISE NOISE
		 "one: settle()\n");
	expect_exit(shell("%s --min in.scn --out again.scn", TARGET), 0);
	expect_exit(shell("cmp out.scn again.scn"), 0);
	/* What is minimal stays as it is. */
	expect_exit(shell("%s --min out.scn --out again2.scn", TARGET), 0);
	expect_exit(shell("grep -v '^#' out.scn > a; grep -v '^#' again2.scn | cmp a"),
		    0);
}

static void what_cannot_be_done_is_refused(void **state)
{
	write_text("in.scn", HEAD NOISE);
	expect_exit(shell("%s --min in.scn --out out.scn", TARGET), 1);
	expect_output("in.scn: nothing to keep: the run is clean in own");
	write_text("in.scn", HEAD "one: add(n=40000)\n");
	expect_exit(shell("%s --min in.scn --out out.scn --identity a/b/c",
			  TARGET), 1);
	expect_output("in.scn shows lost-sum/sum/add, not a/b/c");
	expect_exit(shell("%s --min in.scn", TARGET), 1);
	expect_output("--min needs --out");
	expect_exit(shell("%s --min nowhere.scn --out out.scn", TARGET), 1);
	expect_output("nowhere.scn: No such file");
	expect_exit(shell("echo mine > out.scn;"
			  "%s --min in.scn --out out.scn", TARGET), 1);
	expect_output("out.scn is there already");
	expect_exit(shell("cat out.scn"), 0);
	assert_string_equal(shell_output, "mine\n");
}

/* Interrupted where every step takes a second: the best so far is kept. */
static void an_interrupt_keeps_the_best(void **state)
{
	write_text("in.scn", HEAD NOISE "one: crash(how=hang)\n");
	expect_exit(shell("%s --hang 1 --min in.scn --out out.scn &"
			  " sleep 1; kill -INT $!; wait $!", TARGET), 0);
	expect_exit(shell("cat out.scn"), 0);
	expect_output("expect hang/wall-clock/component_spin");
}

static void time_limits_keep_the_best(void **state)
{
	write_text("in.scn", HEAD NOISE "one: add(n=40000)\n");
	expect_exit(shell("%s --time 1 --min in.scn --out out.scn", TARGET), 0);
	expect_exit(shell("%s --replay --judge out.scn", TARGET), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ops_arguments_and_config_shrink,
				       forget_results),
		cmocka_unit_test_setup(switches_are_spelled_out,
				       forget_results),
		cmocka_unit_test_setup(faults_are_spelled_out, forget_results),
		cmocka_unit_test_setup(byte_schedules_are_spelled_out,
				       forget_results),
		cmocka_unit_test_setup(deaths_are_minimised, forget_results),
		cmocka_unit_test_setup(results_repeat, forget_results),
		cmocka_unit_test_setup(what_cannot_be_done_is_refused,
				       forget_results),
		cmocka_unit_test_setup(an_interrupt_keeps_the_best,
				       forget_results),
		cmocka_unit_test_setup(time_limits_keep_the_best,
				       forget_results),
	};

	return cmocka_run_group_tests(tests, shell_setup, shell_teardown);
}
