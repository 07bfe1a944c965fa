/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_test.c - what TARGET --explore finds, saves and says
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

/* Nothing is lost unless race_two() comes between the halves of race_one(). */
#define RACE	"one: wait(ns=5)\none: race_one()\ntwo: race_two()\n" \
		"one: race_one()\none: wait(ns=77)\ntwo: race_two()\n"

static int forget_results(void **state)
{
	return shell("rm -rf out *.scn && mkdir out");
}

static void explore(const char *text, const char *options, int code)
{
	shell_write("in.scn", text, strlen(text));
	expect_exit(shell("%s --explore in.scn --out out --json %s 2>err",
			  TARGET, options), code);
}

static void every_strategy_finds_it(void **state)
{
	static const char *const strategies[] = {
		"mix", "random --preempt 3", "pct --depth 2", "bytes",
		"bounded --bound 1", "bounded --bound 1 --no-reduction",
	};
	char options[128];
	size_t i;

	for (i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		forget_results(NULL);
		snprintf(options, sizeof(options), "--strategy %s --runs 1000",
			 strategies[i]);
		explore(HEAD RACE "one: settle()\n", options, 4);
		expect_output("\"findings\":1,");
		expect_output("\"identity\":\"lost-count/sum/settle\"");
		expect_output("\"saved\":\"out/in-lost-count-sum-settle-1.scn\"");
		shell("cat err");
		expect_output("context switches needed: 1; replays 100 of 100");
		expect_output("FAIL fake: lost-count: ");
	}
}

static void what_is_saved_replays_and_is_all_decisions(void **state)
{
	explore(HEAD RACE "one: settle()\n", "--strategy random --runs 1000", 4);
	expect_exit(shell("%s --replay --judge out/*.scn", TARGET), 0);
	expect_exit(shell("cat out/*.scn"), 0);
	expect_output("# Found by vtb explore in in.scn: strategy random, seed 1,");
	expect_no_output("\nseed ");
	expect_no_output("\nstrategy ");
	expect_output("switch to two at race_one access 1 in op 2\n");
	expect_no_output("decide ");
	/* Its ops stay. */
	expect_output("one: wait(ns=5)\n");
}

/* What numbers of points cannot: the same switch after points have moved. */
static void names_say_when_they_no_longer_apply(void **state)
{
	static const char text[] = HEAD
		"1: one: race_one()\n2: two: race_two()\n3: one: settle()\n"
		"switch to two at race_one access %u in op 1\n"
		"expect lost-count/sum/settle\n";
	char file[512];

	snprintf(file, sizeof(file), text, 1);
	shell_write("in.scn", file, strlen(file));
	expect_exit(shell("%s --replay --judge in.scn", TARGET), 0);
	expect_no_output("no longer apply");
	snprintf(file, sizeof(file), text, 2);
	shell_write("in.scn", file, strlen(file));
	expect_exit(shell("%s --replay in.scn", TARGET), 0);
	expect_output("1 of the program's switches no longer apply");
	shell("%s --replay in.scn --json", TARGET);
	expect_output("\"switches_missing\":1");
	/* An actor that is not there is no better. */
	expect_exit(shell("sed 's/to two/to three/; s/access 2/access 1/' "
			  "in.scn > b.scn; %s --replay b.scn", TARGET), 0);
	expect_output("1 of the program's switches no longer apply");
}

static void a_search_is_its_seed(void **state)
{
	explore(HEAD RACE "one: settle()\n", "--runs 1000 --seed 3", 4);
	explore(HEAD RACE "one: settle()\n", "--runs 1000 --seed 3", 4);
	/* And nothing was overwritten. */
	expect_exit(shell("cmp out/in-lost-count-sum-settle-1.scn "
			  "out/in-lost-count-sum-settle-2.scn"), 0);
}

static void clean_searches_say_what_they_are_worth(void **state)
{
	explore(HEAD RACE, "--strategy pct --depth 2 --runs 100", 0);
	expect_output("\"schedules\":100,");
	expect_output("\"actors\":2,\"steps\":4,");
	expect_output("\"chance\":0.125,");
	shell("cat err");
	expect_output("at least 1 in 8 (n*k^(d-1))");
	expect_output("no finding");
	expect_output("missed with a chance of at most 1.59e-06");

	explore(HEAD RACE, "--strategy bounded --bound 8", 0);
	expect_output("\"complete\":true");
	shell("cat err");
	expect_output("preemptions 1: ");
	expect_output("all there are");
	expect_output("conflicting pairs of places: 1, in both orders: 1");

	explore(HEAD RACE, "--strategy random --runs 10", 0);
	shell("cat err");
	expect_output("gives no bound");
}

static void pairs_are_counted_by_order(void **state)
{
	explore(HEAD "one: race_one()\ntwo: race_two()\n",
		"--strategy replay", 0);
	expect_output("\"pairs\":1,\"pairs_both\":0,");
	explore(HEAD "one: race_one()\ntwo: race_two()\n",
		"--strategy bounded", 0);
	expect_output("\"pairs\":1,\"pairs_both\":1,");
	/* One actor alone conflicts with nobody. */
	explore(HEAD "one: race_one()\none: race_one()\n",
		"--strategy replay", 0);
	expect_output("\"pairs\":0,");
}

/* A bounded search that is cut short does not say it was complete. */
static void what_was_not_tried_is_said(void **state)
{
	explore(HEAD RACE, "--strategy bounded --bound 8 --runs 3", 0);
	expect_output("\"complete\":false");
	shell("cat err");
	expect_output("not all there are");
}

/* Schedules that kill the process do not end the search. */
static void deaths_are_survived(void **state)
{
#ifdef VTB_ASAN
	explore(HEAD "one: race_one()\ntwo: race_two()\n"
		"one: crash(how=use-after-free)\n",
		"--strategy bounded --bound 3 --all", 4);
	expect_output("heap-use-after-free/kmalloc-64/");
	expect_output("\"complete\":true");
	shell("cat err");
	expect_output("replays 100 of 100");
#else
	skip();
#endif
}

static void mistakes_are_named(void **state)
{
	explore(HEAD RACE, "--strategy chess", 1);
	shell("cat err");
	expect_output("no strategy 'chess', expected one of mix, random, pct,");
	explore(HEAD RACE, "--strategy pct --depth 17", 1);
	shell("cat err");
	expect_output("--depth is 17, expected 1 to 16");
	explore("vtb 1\nworld fake\nfrobnicate\n", "", 1);
	shell("cat err");
	expect_output("in.scn:3:1: unknown statement");
}

/* Nothing names a file that is not there, and nothing is lost. */
static void unsaved_findings_are_shown(void **state)
{
	shell_write("in.scn", HEAD RACE "one: settle()\n",
		    sizeof(HEAD RACE "one: settle()\n") - 1);
	expect_exit(shell("%s --explore in.scn --out nowhere --json --runs 1000"
			  " --strategy random", TARGET), 4);
	expect_output("cannot save nowhere/in-lost-count-sum-settle-1.scn");
	expect_output("make the folder first");
	expect_output("switch to two at race_one");
	expect_output("\nFAIL fake: lost-count: ");
	expect_no_output("REPRO");
	expect_no_output("\"saved\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_strategy_finds_it, forget_results),
		cmocka_unit_test_setup(
			what_is_saved_replays_and_is_all_decisions,
			forget_results),
		cmocka_unit_test_setup(names_say_when_they_no_longer_apply,
				       forget_results),
		cmocka_unit_test_setup(a_search_is_its_seed, forget_results),
		cmocka_unit_test_setup(clean_searches_say_what_they_are_worth,
				       forget_results),
		cmocka_unit_test_setup(pairs_are_counted_by_order,
				       forget_results),
		cmocka_unit_test_setup(what_was_not_tried_is_said,
				       forget_results),
		cmocka_unit_test_setup(deaths_are_survived, forget_results),
		cmocka_unit_test_setup(mistakes_are_named, forget_results),
		cmocka_unit_test_setup(unsaved_findings_are_shown,
				       forget_results),
	};

	return cmocka_run_group_tests_name("explore", tests, shell_setup,
					   shell_teardown);
}
