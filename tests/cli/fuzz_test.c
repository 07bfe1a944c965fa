/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_test.c - `vtb fuzz`, and campaigns with two engines
 *
 * Hunts wait for what they are to show and are then interrupted, which is
 * a test of Ctrl-C, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "project.h"

#define FINDING	"o/findings/fake/own/lost-sum-sum-add-1.vtb"

/* The project of the other tests, and its target once more for AFL++. */
static int make_both_engines(void **state)
{
	if (make_project(state))
		return -1;
	return shell("mkdir -p build/afl/bin build/afl/lib &&"
		     " cp %s build/afl/bin/fake.own &&"
		     " cp %s build/afl/lib/afl_mutator.so",
		     VTB_FAKE_AFL, VTB_AFL_MUTATOR);
}

/* A step away from lost-sum/sum/add, and nothing else can go wrong. */
static void seed_step(void)
{
	write_text("scenarios/fake/step.scn",
		   "vtb 1\nworld fake\none: add(n=30000)\none: add(n=9000)\n");
}

/* Runs until @condition holds, at most a minute, and presses Ctrl-C. */
static void hunt(const char *arguments, const char *condition)
{
	expect_exit(shell("(" VTB " %s --time 1h --out o & pid=$!;"
			  " for i in $(seq 240); do %s && break; sleep 0.25;"
			  " done; kill -INT $pid; wait $pid; echo code $?)",
			  arguments, condition), 0);
	expect_output("stopped early: interrupted");
	/* Nothing is left behind: no process, no scratch folder. */
	expect_exit(shell("pgrep -f '%s/build/[a-z]*/[b]in/fake'", shell_dir),
		    1);
	expect_exit(shell("ls -A o/scratch/fake/own"), 0);
	assert_string_equal(shell_output, "");
}

static void both_engines_find(void **state)
{
	static const char *const engines[] = { "libfuzzer", "afl" };
	char arguments[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		expect_exit(shell("rm -rf o"), 0);
		seed_step();
		snprintf(arguments, sizeof(arguments),
			 "fuzz fake --engine %s --jobs 1", engines[i]);
		hunt(arguments, "[ -e " FINDING " ]");
		expect_exit(shell(VTB " repro " FINDING), 4);
		expect_output("lost-sum/sum/add");
		expect_exit(shell("ls o/corpus/fake/own | wc -l"), 0);
		assert_true(atoi(shell_output) > 0);
	}
}

/* In the same folder: what was found counts, unless it is known. */
static void fuzzing_goes_on(void **state)
{
	static const char again[] = VTB " fuzz fake --time 0s --out o";

	seed_finding();
	expect_exit(shell(VTB " fuzz fake --time 1s --out o"), 4);
	expect_output("FAIL fake: lost-sum");
	expect_output("\nREPRO vtb repro o/findings/fake/own/lost-");
	expect_exit(shell("ls o/corpus/fake/own | sort >before"), 0);
	expect_exit(shell("%s", again), 4);
	write_text("corpus/fake/known.txt", "own lost-sum/sum/add reported\n");
	expect_exit(shell("%s", again), 0);
	expect_output("reported");
	expect_exit(shell("%s --strict", again), 4);
	expect_exit(shell("ls o/corpus/fake/own | sort | comm -23 before -"), 0);
	assert_string_equal(shell_output, "");
}

/* What is no program of this target is named; the folder is only read. */
static void foreign_files_are_passed_over(void **state)
{
	expect_exit(shell("rm -rf mine; mkdir -p mine/more; mkfifo mine/pipe"),
		    0);
	write_text("mine/garbage", "no program");
	write_text("mine/foreign.scn", "vtb 1\nworld mars\n");
	write_text("mine/broken.scn", HEAD "one: add(n=no)\n");
	write_text("mine/more/good.scn",
		   "vtb 1\nworld fake\none: add(n=40123)\n");
	expect_exit(shell("ls -lR --full-time mine >before; " VTB
			  " fuzz fake --time 1s --corpus mine --out o"), 4);
	expect_output("mine/garbage: offset 0: ");
	expect_output("mine/foreign.scn:2:7: foreign program");
	expect_output("mine/broken.scn:4:");
	expect_output("mine/pipe: neither a file nor a folder");
	expect_output("these files of mine were passed over");
	expect_output("lost-sum/sum/add");
	expect_exit(shell("ls -lR --full-time mine | cmp - before"), 0);
}

static void wrong_arguments_are_named(void **state)
{
	static const struct { const char *arguments, *said; } wrong[] = {
		{ "", "an argument is missing" },
		{ "nothing", "no target 'nothing'" },
		{ "fake,fake", "expected one target" },
		{ "fake fake", "one argument too many: 'fake'" },
		{ "fake --implementation linux-0.1", "'linux-0.1'" },
		{ "fake --implementation own,own", "expected one impl" },
		{ "fake --engine honggfuzz", "unknown engine 'honggfuzz'" },
		{ "fake --engine libfuzzer,afl", "expected one engine" },
		{ "fake --engine afl --race", "--race goes with libfuzzer" },
		{ "fake --time soon", "expected a time" },
		{ "fake --jobs 0", "--jobs must be" },
		{ "fake --corpus nowhere", "no such folder 'nowhere'" },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_exit(shell(VTB " fuzz %s", wrong[i].arguments), 1);
		expect_output(wrong[i].said);
	}
	expect_exit(shell(VTB " campaign --engine honggfuzz"), 1);
	/* Asked for, but not there: the build is incomplete. */
	expect_exit(shell(VTB " fuzz fake --implementation linux-6.1"
			  " --engine afl"), 3);
	expect_output("fake.linux-6.1 is not built for afl");
}

/* Inputs are named by SHA-1 where libFuzzer found them, by ours for AFL++. */
static void engines_share_a_corpus(void **state)
{
	json_t *summary;

	seed_step();
	hunt("campaign --implementation own --jobs 2 --ci --no-coverage",
	     "ls o/corpus/fake/own 2>/dev/null >names;"
	     " grep -qE '^.{40}$' names && grep -qE '^.{16}$' names");
	expect_exit(shell("grep -c 'Loading custom mutator' o/log/fake.own.log"),
		    0);
	summary = load_json("o/summary.json");
	json_decref(summary);
}

/* A process that was killed has left its scratch folder: nothing is lost. */
static void left_scratch_is_collected(void **state)
{
	static const char queue[] = "o/scratch/fake/own/afl-7/out/main/queue";

	write_text("a.scn", HEAD "one: add(n=40777)\n");
	expect_exit(shell("mkdir -p %s in o/scratch/fake/own/afl-7/out/main/crashes"
			  " && build/asan/bin/fake.own --encode in a.scn &&"
			  " cp in/* %s/id:000001,src:000000,op:x &&"
			  " cp in/* o/scratch/fake/own/afl-7/out/main/crashes/id:0,sig:06",
			  queue, queue), 0);
	expect_exit(shell(VTB " campaign --implementation own --time 0s"
			  " --ci --no-coverage --out o"), 4);
	expect_output("lost-sum/sum/add");
	expect_exit(shell("cat o/corpus/fake/own/* | cmp - in/*"), 0);
	expect_exit(shell("ls -A o/scratch/fake/own"), 0);
	assert_string_equal(shell_output, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_engines_find, clean_out),
		cmocka_unit_test_setup(fuzzing_goes_on, clean_out),
		cmocka_unit_test_setup(foreign_files_are_passed_over,
				       clean_out),
		cmocka_unit_test_setup(wrong_arguments_are_named, clean_out),
		cmocka_unit_test_setup(engines_share_a_corpus, clean_out),
		cmocka_unit_test_setup(left_scratch_is_collected, clean_out),
	};

	return cmocka_run_group_tests(tests, make_both_engines,
				      shell_teardown);
}
