/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * afl_test.c - the fake target under AFL++
 *
 * Short runs of the real afl-fuzz with our mutator, counted in executions
 * where possible. What AFL++ saves must show the same in the executable for
 * libFuzzer, and the other way round.
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

#define AFL	VTB_FAKE_AFL		/* for AFL++ */
#define TARGET	VTB_FAKE_TARGET		/* for libFuzzer */
#define HEAD	"vtb 1\nworld fake\n"

#define SUM	"lost-sum/sum/add"
#define USE	"heap-use-after-free/kmalloc-64/component_use+component_free"

static void write_text(const char *name, const char *text)
{
	shell_write(name, text, strlen(text));
}

static const struct death {
	const char *text;
	const char *identity;
	int code;
} deaths[] = {
	{ HEAD "one: add(n=40000)\n", SUM, 4 },
	{ HEAD "one: trap(n=57005)\n", USE, 4 },
	{ HEAD "profile abuse\ntwo: stall()\n", "stall/sum/stall", 5 },
	{ HEAD "profile abuse\none: crash(how=abort)\n",
	  "signal/memory/crash", 4 },
};

#define NR_DEATHS	(sizeof(deaths) / sizeof(deaths[0]))

/* Runs afl-fuzz on folder in/ for about @execs executions. */
static void run_afl(unsigned int execs, const char *arguments)
{
	expect_exit(shell("rm -rf out; %s --info --json >table.json && "
			  "VTB_OP_TABLE=table.json "
			  "AFL_CUSTOM_MUTATOR_LIBRARY=%s "
			  "AFL_CUSTOM_MUTATOR_ONLY=1 AFL_DISABLE_TRIM=1 "
			  "AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_TRY_AFFINITY=1 "
			  "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 "
			  "AFL_FORKSRV_INIT_TMOUT=60000 AFL_DEBUG_CHILD=1 "
			  "ASAN_OPTIONS=abort_on_error=1:symbolize=0 "
			  "afl-fuzz -s 1 -t 60000 -E %u -V 60 -i in -o out"
			  " -- %s %s", AFL, VTB_AFL_MUTATOR, execs, AFL,
			  arguments), 0);
}

static void make_input(const char *text)
{
	write_text("a.scn", text);
	expect_exit(shell("rm -rf in; mkdir in; %s --encode in a.scn", AFL), 0);
}

static uint64_t stat_of(const char *name)
{
	expect_exit(shell("sed -n 's/^%s *: *\\([0-9]*\\).*/\\1/p'"
			  " out/default/fuzzer_stats", name), 0);
	return strtoull(shell_output, NULL, 10);
}

/* The same file, the same end, whoever runs it. */
static void expect_same(const char *file, const struct death *death)
{
	static const char *const targets[] = { AFL, TARGET };
	size_t i;

	for (i = 0; i < 2; i++) {
		expect_exit(shell("rm -f y-*; %s -artifact_prefix=y- %s",
				  targets[i], file), death->code);
		expect_output("\nFAIL fake: ");
		expect_exit(shell("%s --replay %s", targets[i], file),
			    death->code);
		expect_output(death->identity);
		expect_exit(shell("%s --replay y-*", targets[i]), death->code);
		expect_output(death->identity);
	}
}

/* libFuzzer's file in AFL++'s executable; AFL++ itself is not needed. */
static void findings_of_libfuzzer_replay(void **state)
{
	size_t i;

	for (i = 0; i < NR_DEATHS; i++) {
		make_input(deaths[i].text);
		expect_exit(shell("rm -f x-*; %s -artifact_prefix=x- in/*",
				  TARGET), deaths[i].code);
		expect_same("x-*", &deaths[i]);
	}
}

/* A small step away from each; a step the mutator takes soon. */
static const struct hunt {
	const char *start;
	const struct death *death;
	const char *saved;
} hunts[] = {
	{ HEAD "one: add(n=30000)\none: add(n=9000)\n", &deaths[0],
	  "lost-sum-sum-add-1.vtb" },
	{ HEAD "one: trap(n=57004)\n", &deaths[1],
	  "heap-use-after-free-kmalloc-64-component_use-component_free-1.vtb" },
};

#define NR_HUNTS	(sizeof(hunts) / sizeof(hunts[0]))

static void findings_of_afl_replay(void **state)
{
	size_t i;

	for (i = 0; i < NR_HUNTS; i++) {
		make_input(hunts[i].start);
		run_afl(5000, "");
		assert_true(stat_of("saved_crashes") > 0);
		/* It may have come across others, too. */
		expect_exit(shell("for f in out/default/crashes/id:*; do "
				  "%s --replay $f 2>&1 | grep -q 'finding %s' &&"
				  " cp $f found; done; ls found", TARGET,
				  hunts[i].death->identity), 0);
		expect_same("found", hunts[i].death);
	}
}

/*
 * In a campaign the target saves, each identity once, whichever child it is in,
 * and the hunt goes on. Only what ends the process is a crash to AFL++.
 */
static void campaigns_go_on(void **state)
{
	size_t i;

	for (i = 0; i < NR_HUNTS; i++) {
		make_input(hunts[i].start);
		expect_exit(shell("rm -rf f; mkdir f"), 0);
		run_afl(5000, "--findings f");
		if (i == 1)
			assert_true(stat_of("saved_crashes") > 0);
		assert_true(stat_of("execs_done") >= 5000);
		expect_exit(shell("grep stability out/default/fuzzer_stats"),
			    0);
		expect_output("100.00%");
		expect_exit(shell("ls f"), 0);
		expect_output(hunts[i].saved);
		expect_no_output("-2.vtb");
		expect_exit(shell("%s --replay --judge f/*", TARGET), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_of_libfuzzer_replay),
		cmocka_unit_test(findings_of_afl_replay),
		cmocka_unit_test(campaigns_go_on),
	};

	return cmocka_run_group_tests(tests, shell_setup, shell_teardown);
}
