/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repro_test.c - vtb repro, run and min: what people get for a file
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

#define MAX_TRACKS	16

static int clean_files(void **state)
{
	return shell("rm -f *.scn *.json *.trace *.gdb");
}

/* -- traces for Perfetto -- */

struct track_check {
	double last_ts;
	int depth;
	int spans;
};

/* Adds one event; fails if its track goes back in time or ends too often. */
static void check_event(struct track_check *tracks, const json_t *event)
{
	const char *ph = json_string_value(json_object_get(event, "ph"));
	json_int_t tid = json_integer_value(json_object_get(event, "tid"));
	double ts = json_number_value(json_object_get(event, "ts"));
	struct track_check *track = &tracks[tid];

	assert_non_null(ph);
	assert_in_range(tid, 0, MAX_TRACKS - 1);
	if (*ph == 'M')
		return;
	assert_true(ts >= track->last_ts);
	track->last_ts = ts;
	if (*ph == 'B') {
		track->depth++;
		track->spans++;
	} else if (*ph == 'E') {
		assert_true(track->depth-- > 0);
	} else {
		assert_int_equal(*ph, 'i');
	}
}

/* Returns how many tracks have spans. */
static int check_trace(const char *name, int expected_spans)
{
	struct track_check tracks[MAX_TRACKS] = { { 0 } };
	json_t *events = load_json(name), *event;
	int i, used = 0, spans = 0;
	size_t n;

	json_array_foreach(events, n, event)
		check_event(tracks, event);
	json_decref(events);
	for (i = 0; i < MAX_TRACKS; i++) {
		assert_int_equal(tracks[i].depth, 0);
		used += tracks[i].spans > 0;
		spans += tracks[i].spans;
	}
	assert_int_equal(spans, expected_spans);
	return used;
}

static void traces_have_a_track_per_actor(void **state)
{
	write_text("a.scn", HEAD "strategy random preempt=1/2\n"
		   "one: wait(ns=50)\ntwo: race_two()\none: try()\none: try()\n"
		   "one: race_one()\ntwo: race_two()\n"
		   "fail alloc 1 in op 3\n");
	expect_exit(shell(VTB " repro a.scn --trace a.json"), 0);
	assert_int_equal(check_trace("a.json", 6), 2);
	expect_exit(shell("cat a.json"), 0);
	expect_output("\"call\":\"one: wait(ns=50)\"");
	expect_output("decide alloc");
	expect_output("\"name\":\"one 1\"");
	/* Never overwritten. */
	expect_exit(shell(VTB " repro a.scn --trace a.json"), 1);
	expect_output("a.json: File exists");
}

/* Runs that end early: by a finding, and together with the process. */
static void traces_are_whole_whatever_happens(void **state)
{
	write_text("sum.scn", HEAD "one: wait(ns=5)\none: add(n=40000)\n");
	expect_exit(shell(VTB " repro sum.scn --trace sum.json"), 4);
	check_trace("sum.json", 2);
	write_text("die.scn", HEAD "one: wait(ns=5)\n"
		   "one: crash(how=use-after-free)\n");
	expect_exit(shell(VTB " repro die.scn --trace die.json"), 4);
	check_trace("die.json", 2);
}

/* -- stacks -- */

static void findings_have_source_lines(void **state)
{
	write_text("sum.scn", HEAD "one: add(n=40000)\n");
	expect_exit(shell(VTB " repro sum.scn"), 4);
	expect_output("vtb: raised by:\n    #0 raise_finding (tests/fuzz/fake_target.c:");
	expect_output("#1 run_add (tests/fuzz/fake_target.c:");
	write_text("die.scn", HEAD "one: crash(how=use-after-free)\n");
	expect_exit(shell(VTB " repro die.scn"), 4);
	expect_output("in component_use ");
	expect_output("allocated by:\n    #0 component_alloc (tests/fuzz/fake_target.c:");
	expect_output("freed by:\n    #0 component_free (tests/fuzz/fake_target.c:");
}

static void gdb_stops_where_the_finding_is(void **state)
{
	write_text("sum.scn", HEAD "one: wait(ns=5)\none: add(n=40000)\n");
	expect_exit(shell(VTB " repro sum.scn --gdb --batch </dev/null"), 4);
	expect_output("Breakpoint 1, vtb_finding_here ()");
	expect_output(" in sim_finding_raise (");
	expect_output(" in run_add (world=");
	write_text("die.scn", HEAD "one: crash(how=use-after-free)\n");
	write_text("my.gdb", "up 6\ninfo frame\n");
	expect_exit(shell(VTB " repro die.scn --gdb --batch --commands my.gdb"
			  " </dev/null"), 4);
	expect_output("in component_use (");
	expect_exit(shell(VTB " repro die.scn --gdb --commands no.gdb"), 1);
	expect_output("no.gdb");
}

/* -- the same every time -- */

static void many_runs_are_alike(void **state)
{
	write_text("sum.scn", HEAD "one: add(n=40000)\n");
	expect_exit(shell(VTB " repro sum.scn --runs 30"), 4);
	expect_output("vtb: 30 of 30 runs alike: lost-sum/sum/add, trace hash ");
	write_text("die.scn", HEAD "one: crash(how=use-after-free)\n");
	expect_exit(shell(VTB " repro die.scn --runs 10"), 4);
	expect_output("vtb: 10 of 10 runs alike: heap-use-after-free/");
	write_text("drift.scn", HEAD "two: drift()\n");
	expect_exit(shell(VTB " repro drift.scn --runs 10"), 6);
	expect_output("vtb: 1 of 10 runs alike");
	expect_output("vtb: run 2 differs: ");
}

static void options_that_do_not_fit_are_refused(void **state)
{
	static const struct { const char *args, *says; } bad[] = {
		{ "repro a.scn --batch", "go with --gdb" },
		{ "repro a.scn a.scn --gdb", "one FILE" },
		{ "repro a.scn a.scn --trace t.json", "one FILE" },
		{ "repro a.scn --json --runs 5", "--json" },
		{ "repro a.scn --implementation mars", "'mars'" },
		{ "run a.scn a.scn --trace t.json", "one SCENARIO" },
		{ "run nowhere.scn", "nowhere.scn: No such file" },
		{ "min a.scn b.scn", "'b.scn'" },
		{ "min nowhere.scn", "nowhere.scn: No such file" },
	};
	size_t i;

	write_text("a.scn", HEAD "one: add(n=1)\n");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_exit(shell(VTB " %s", bad[i].args), 1);
		expect_output(bad[i].says);
	}
	/* Bytes of a table that is no more. */
	expect_exit(shell("build/asan/bin/fake.own --encode . a.scn;"
			  " mv 0*[0-9a-f] a.vtb 2>/dev/null || mv ?????????"
			  "??????? a.vtb; printf 'X' | dd of=a.vtb bs=1 seek=8"
			  " conv=notrunc; " VTB " repro a.vtb"), 1);
	expect_output("a.vtb: offset 8: ");
}

/* -- scenarios with expected traces -- */

#define TRACED	HEAD "one: wait(ns=5)\none: try()\nfail alloc 1 in op 2\n"

static void expected_traces_are_held(void **state)
{
	write_text("t.scn", TRACED "expect clean\n");
	expect_exit(shell(VTB " run t.scn"), 0);
	expect_no_output(".trace");
	expect_exit(shell(VTB " run t.scn --bless"), 0);
	expect_output("vtb: wrote t.trace");
	/* Folders of programs may hold it. */
	expect_exit(shell("rm -rf in out; mkdir in out; cp t.* in;"
			  " build/asan/bin/fake.own --encode out in"), 0);
	expect_output("vtb: wrote 1 seeds");
	expect_exit(shell(VTB " run t.scn --bless"), 0);
	expect_output("vtb: t.trace is as it was");
	expect_exit(shell(VTB " run t.scn"), 0);
	/* The run has changed. */
	write_text("t.scn", TRACED "expect clean\none: wait(ns=7)\n");
	expect_exit(shell(VTB " run t.scn"), 4);
	expect_output("vtb: t.trace:8: the first line that differs:");
	expect_output("got                  5 ns  op 3    one: wait(ns=7)");
	expect_output("expected  (the end)");
	expect_exit(shell(VTB " run t.scn --json"), 4);
	/* Another implementation is not held to it, nor may it take it. */
	expect_exit(shell(VTB " run t.scn --implementation linux-6.1"), 0);
	expect_exit(shell(VTB " run t.scn --implementation linux-6.1 --bless"),
		    4);
	expect_output("t.trace belongs to another implementation");
	expect_exit(shell(VTB " run t.scn --bless"), 0);
	expect_output("the first line that differs:");
	expect_exit(shell(VTB " run t.scn"), 0);
}

static void expectations_are_held(void **state)
{
	write_text("t.scn", HEAD "one: add(n=40000)\nexpect lost-sum/sum/add\n");
	write_text("u.scn", HEAD "one: add(n=40000)\nexpect clean\n");
	expect_exit(shell(VTB " run t.scn"), 0);
	expect_exit(shell(VTB " run t.scn u.scn"), 4);
	expect_output("vtb: expected clean, got lost-sum/sum/add");
}

/* -- min -- */

static void min_writes_beside_the_file(void **state)
{
	write_text("sum.vtb.scn", HEAD "one: try()\none: add(n=40000)\n"
		   "from linux-6.1 x\n");
	expect_exit(shell(VTB " min sum.vtb.scn"), 0);
	expect_output("vtb: min: wrote sum.vtb.min.scn");
	expect_exit(shell(VTB " repro sum.vtb.min.scn"), 4);
	expect_output("fake, linux-6.1, build");
	expect_exit(shell(VTB " min sum.vtb.scn"), 1);
	expect_output("sum.vtb.min.scn is there already");
	expect_exit(shell(VTB " min sum.vtb.scn --implementation own --time 10s"
			  " --identity lost-sum/sum/add --out x.scn"), 0);
	expect_output("from own ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(traces_have_a_track_per_actor,
				       clean_files),
		cmocka_unit_test_setup(traces_are_whole_whatever_happens,
				       clean_files),
		cmocka_unit_test_setup(findings_have_source_lines, clean_files),
		cmocka_unit_test_setup(gdb_stops_where_the_finding_is,
				       clean_files),
		cmocka_unit_test_setup(many_runs_are_alike, clean_files),
		cmocka_unit_test_setup(options_that_do_not_fit_are_refused,
				       clean_files),
		cmocka_unit_test_setup(expected_traces_are_held, clean_files),
		cmocka_unit_test_setup(expectations_are_held, clean_files),
		cmocka_unit_test_setup(min_writes_beside_the_file, clean_files),
	};

	return cmocka_run_group_tests(tests, make_project, shell_teardown);
}
