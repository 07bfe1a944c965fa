/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sweep_test.c - vtb sweep finds every fallible call, and what they lead to
 *
 * Of the fake target (tests/fuzz/fake_target.c), try() makes one fallible call
 * and pair() two, and leaks when the second fails.
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

#define LEAK	"leak/sum/component_pair"

static int clean_files(void **state)
{
	return shell("rm -rf *.scn out corpus/fake/*");
}

static void sweep_json(const char *args)
{
	expect_exit(shell(VTB " sweep %s --json > sweep.json; exit 0", args),
		    0);
}

static size_t nr_points(void)
{
	json_t *object = load_json("sweep.json");
	size_t n = json_array_size(json_object_get(object, "points"));

	json_decref(object);
	return n;
}

/* As many as the ops make, whoever runs next and whatever fails already. */
static void every_call_fails_once(void **state)
{
	write_text("a.scn", HEAD "one: try()\none: wait(ns=3)\none: pair()\n"
		   "one: try()\none: pair()\n");
	sweep_json("a.scn");
	assert_int_equal(nr_points(), 6);
	write_text("a.scn", HEAD "strategy random preempt=1/2\none: try()\n"
		   "two: race_two()\none: try()\none: try()\n");
	sweep_json("a.scn");
	assert_int_equal(nr_points(), 3);
	write_text("a.scn", HEAD "one: try()\none: try()\none: try()\n"
		   "fail alloc 1 in op 2\n");
	sweep_json("a.scn");
	assert_int_equal(nr_points(), 2);
	write_text("a.scn", HEAD "one: wait(ns=3)\n");
	expect_exit(shell(VTB " sweep a.scn"), 0);
	expect_output("0 failures");
}

static void planted_leak_is_found(void **state)
{
	write_text("a.scn", HEAD "one: try()\none: pair()\none: pair()\n");
	expect_exit(shell(VTB " repro a.scn"), 0);
	expect_exit(shell(VTB " sweep a.scn"), 4);
	expect_output("component_pair               = -12 (ENOMEM)");
	expect_output("component_pair               FOUND " LEAK);
	expect_output("REPRO vtb repro out/sweep-1/leak-sum-component_pair-1.scn");
	expect_output("a.scn in own: 5 failures, ");
	expect_exit(shell(VTB " repro out/sweep-1/*.scn"), 4);
	expect_output("# Found by vtb sweep of a.scn: fail pin 1 in op 2");
	expect_output("fail pin 1 in op 2");
	expect_output("vtb: finding " LEAK);
	expect_exit(shell(VTB " run out/sweep-1/*.scn"), 0);
	/* Results go to a folder of their own. */
	expect_exit(shell(VTB " sweep a.scn; ls out"), 0);
	expect_output("sweep-2");
}

static void known_findings_do_not_count(void **state)
{
	write_text("a.scn", HEAD "one: pair()\n");
	write_text("corpus/fake/known.txt", "own " LEAK " as planned\n");
	expect_exit(shell(VTB " sweep a.scn"), 0);
	expect_output("known: " LEAK);
	expect_exit(shell(VTB " sweep a.scn --strict"), 4);
	expect_exit(shell(VTB " sweep a.scn --implementation linux-6.1"), 4);
}

/* What a program shows by itself is no news, and ends each run early. */
static void findings_of_the_program_are_no_news(void **state)
{
	write_text("a.scn", HEAD "one: try()\none: add(n=40000)\none: pair()\n");
	expect_exit(shell(VTB " sweep a.scn"), 0);
	expect_output("as without: lost-sum/sum/add");
	expect_output("1 failures, ");
}

/* Failures that end the process do not end the sweep. */
static void deaths_are_findings(void **state)
{
	write_text("a.scn", HEAD "one: try()\none: try()\n"
		   "one: crash(how=abort)\n");
	sweep_json("a.scn");
	assert_int_equal(nr_points(), 2);
}

/* A thousand runs, each in a process of its own: long enough to stop it. */
static void an_interrupt_keeps_the_table(void **state)
{
	char text[8192] = HEAD;
	int i;

	for (i = 0; i < 200; i++)
		strcat(text, "one: pair()\n");
	strcat(text, "one: crash(how=abort)\n");
	write_text("a.scn", text);
	/* As a terminal does: to the whole group. */
	expect_exit(shell("setsid sh -c 'trap : INT; " VTB " sweep a.scn &"
			  " sleep 2; kill -INT -$$; wait $!; wait $!'"), 4);
	expect_output("FOUND " LEAK);
	expect_output("vtb: interrupted: this is not all");
}

static void bad_arguments_are_named(void **state)
{
	static const struct { const char *args, *says; } bad[] = {
		{ "", "missing" },
		{ "nowhere.scn", "nowhere.scn: No such file" },
		{ "a.scn b.scn", "'b.scn'" },
		{ "a.scn --implementation mars", "'mars'" },
		{ "a.scn --out a.scn", "a.scn" },
	};
	size_t i;

	write_text("a.scn", HEAD "one: try()\n");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_exit(shell(VTB " sweep %s", bad[i].args), 1);
		expect_output(bad[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_call_fails_once, clean_files),
		cmocka_unit_test_setup(planted_leak_is_found, clean_files),
		cmocka_unit_test_setup(known_findings_do_not_count,
				       clean_files),
		cmocka_unit_test_setup(findings_of_the_program_are_no_news,
				       clean_files),
		cmocka_unit_test_setup(deaths_are_findings, clean_files),
		cmocka_unit_test_setup(an_interrupt_keeps_the_table,
				       clean_files),
		cmocka_unit_test_setup(bad_arguments_are_named, clean_files),
	};

	return cmocka_run_group_tests(tests, make_project, shell_teardown);
}
