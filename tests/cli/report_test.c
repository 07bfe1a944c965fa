/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_test.c - what `vtb report` makes of a campaign's folder
 *
 * One campaign finds two things in two implementations. The page is looked at
 * as a file here; tests/cli/report-page opens it in a browser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "project.h"

#define SUM	"lost-sum/sum/add"
#define TRAP	"heap-use-after-free/kmalloc-64/component_use+component_free"

/* What would end a script, and what HTML would take for an element. */
#define REASON	"</script><b>sums</b> & \\\"signs\\\" (page.md)"

/* Both implementations have both; no fuzzer needs to find them in time. */
static void write_findings(void)
{
	static const char *const places[] = { "own", "linux-6.1" };
	char name[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		expect_exit(shell("mkdir -p o/findings/fake/%s", places[i]), 0);
		snprintf(name, sizeof(name), "o/findings/fake/%s/sum-1.vtb",
			 places[i]);
		write_text(name, "vtb 1\nworld fake\n1: one: add(n=40500)\n"
			   "2: two: race_two()\nexpect " SUM "\n");
		snprintf(name, sizeof(name), "o/findings/fake/%s/trap-1.vtb",
			 places[i]);
		write_text(name, "vtb 1\nworld fake\n1: one: trap(n=57005)\n"
			   "expect " TRAP "\n");
	}
}

static int make_campaign(void **state)
{
	if (make_project(state))
		return -1;
	expect_exit(shell("mkdir -p reports/upstream reports/proof &&"
			  " ln -s %s reports/page &&"
			  " echo \"own " SUM " " REASON "\" >corpus/fake/known.txt &&"
			  " echo '# A page & more' >reports/upstream/page.md",
			  VTB_PAGE), 0);
	write_findings();
	expect_exit(shell(VTB " campaign --time 1s --no-seeds --no-coverage"
			  " --out o"), 4);
	expect_exit(shell(VTB " report o --out r.html"), 0);
	expect_output("2 findings: r.html");
	return 0;
}

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		fail_msg("no member '%s'", key);
	return value;
}

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(member(object, key));

	if (!text)
		fail_msg("'%s' is no text", key);
	return text;
}

static json_t *finding_of(const json_t *report, const char *identity)
{
	json_t *finding;
	size_t i;

	json_array_foreach(member(report, "findings"), i, finding)
		if (!strcmp(text_at(finding, "identity"), identity))
			return finding;
	fail_msg("no finding %s", identity);
	return NULL;
}

static void every_finding_is_there(void **state)
{
	json_t *report = load_json("r.json"), *one;
	json_t *finding = finding_of(report, SUM);
	size_t i;

	assert_int_equal(json_array_size(member(report, "findings")), 2);
	finding_of(report, TRAP);
	assert_string_equal(text_at(finding, "what"), "the sum is wrong");
	assert_string_equal(text_at(finding, "status"), "new");
	assert_non_null(strstr(text_at(finding, "program"), "add(n="));
	assert_non_null(strstr(text_at(finding, "shown_by"), ".scn"));
	/* Replayed in both. */
	assert_int_equal(json_array_size(member(finding, "shows")), 2);
	json_array_foreach(member(finding, "shows"), i, one)
		assert_string_equal(text_at(one, "result"), "same");
	/* Known in one of them, with its page. */
	json_array_foreach(member(finding, "seen"), i, one)
		assert_string_equal(text_at(one, "status"),
				    strcmp(text_at(one, "implementation"),
					   "own") ? "new" : "known");
	one = json_array_get(member(finding, "upstream"), 0);
	assert_string_equal(text_at(one, "title"), "A page & more");
	json_decref(report);
}

static void severity_is_that_of_the_harm(void **state)
{
	json_t *report = load_json("r.json");

	assert_string_equal(text_at(finding_of(report, TRAP), "severity"),
			    "critical");
	assert_string_equal(text_at(finding_of(report, SUM), "severity"),
			    "high");
	json_decref(report);
}

/* What no attacker can do by himself lowers it. */
static void severity_is_lowered(void **state)
{
	json_t *report, *needs;

	expect_exit(shell("mkdir -p low/findings/fake/own"), 0);
	write_text("low/findings/fake/own/a.vtb",
		   "vtb 1\nworld fake\nprofile abuse\n"
		   "1: one: try()\n2: one: trap(n=57005)\n"
		   "fail alloc 1 in op 1\nexpect " TRAP "\n");
	expect_exit(shell(VTB " report low --out low.html"), 0);
	report = load_json("low.json");
	assert_string_equal(text_at(finding_of(report, TRAP), "severity"),
			    "medium");
	needs = member(finding_of(report, TRAP), "needs");
	assert_true(json_is_true(member(needs, "abuse")));
	assert_string_equal(json_string_value(json_array_get(
				member(needs, "faults"), 0)), "alloc");
	assert_non_null(json_object_get(member(needs, "actors"), "one"));
	json_decref(report);
}

/* An op of the actor, and the finding on its lane. */
static void timeline_marks_the_finding(void **state)
{
	json_t *report = load_json("r.json"), *line, *lane, *hit;
	static const char *const both[] = { SUM, TRAP };
	size_t i;

	for (i = 0; i < 2; i++) {
		line = member(finding_of(report, both[i]), "timeline");
		hit = member(line, "finding");
		assert_true(json_is_object(hit));
		lane = json_array_get(member(line, "actors"),
				      (size_t)json_integer_value(
						member(hit, "actor")));
		assert_true(json_array_size(member(lane, "spans")) > 0);
		assert_true(json_integer_value(member(hit, "at")) <
			    (json_int_t)json_array_size(member(line, "times")));
	}
	json_decref(report);
}

static void places_have_source(void **state)
{
	json_t *report = load_json("r.json"), *places, *place, *line;
	bool here = false;
	size_t i;

	places = member(finding_of(report, TRAP), "places");
	assert_int_equal(json_array_size(places), 2);
	place = json_array_get(places, 0);
	assert_string_equal(text_at(place, "function"), "component_use");
	assert_non_null(strstr(text_at(place, "file"), "fake_target.c"));
	json_array_foreach(member(place, "source"), i, line)
		here |= json_equal(member(line, "line"), member(place, "line"));
	assert_true(here);
	json_decref(report);
}

static void expect_xpath(const char *page, const char *expression,
			 const char *value)
{
	expect_exit(shell("xmllint --html --xpath '%s' %s 2>/dev/null",
			  expression, page), 0);
	shell_output[strcspn(shell_output, "\n")] = '\0';
	if (strcmp(shell_output, value))
		fail_msg("%s is '%s', expected '%s'", expression, shell_output,
			 value);
}

/* The page has what the file beside it has, whatever texts say. */
static void page_has_the_data(void **state)
{
	json_t *beside = load_json("r.json"), *inside;

	expect_xpath("r.html", "count(//script)", "3");
	expect_exit(shell("xmllint --html --xpath 'string(//script[@id=\"data\"])'"
			  " r.html 2>/dev/null >inside.json"), 0);
	inside = load_json("inside.json");
	assert_true(json_equal(beside, inside));
	assert_non_null(strstr(text_at(finding_of(inside, SUM), "reason"),
			       "</script><b>sums</b> & \"signs\""));
	json_decref(beside);
	json_decref(inside);
}

static void page_needs_nothing_else(void **state)
{
	expect_xpath("r.html", "count(//@src|//link|//iframe|//img|//object)",
		     "0");
	expect_xpath("r.html", "count(//@href[not(starts-with(., \"#\"))])",
		     "0");
	expect_xpath("r.html", "contains(//meta[@http-equiv]/@content, "
		     "\"default-src \")", "true");
	expect_exit(shell("grep -nE 'url\\(|@import|fetch\\(|XMLHttpRequest'"
			  " reports/page/*"), 1);
}

static void history_has_all_samples(void **state)
{
	json_t *report = load_json("r.json"), *last;
	json_t *history = member(report, "history");
	size_t nr = json_array_size(history);

	assert_true(nr >= 2);
	last = json_array_get(history, nr - 1);
	assert_true(json_is_true(member(last, "end")));
	assert_int_equal(json_array_size(member(last, "pairs")), 2);
	json_decref(report);
}

static bool is_missing(const json_t *report, const char *what)
{
	const json_t *text;
	size_t i;

	json_array_foreach(member(report, "missing"), i, text)
		if (!strncmp(json_string_value(text), what, strlen(what)))
			return true;
	return false;
}

static void empty_folder_says_what_is_missing(void **state)
{
	json_t *report;

	expect_exit(shell("mkdir empty && " VTB " report empty"), 0);
	report = load_json("empty/report.json");
	assert_int_equal(json_array_size(member(report, "findings")), 0);
	assert_true(is_missing(report, "summary.json"));
	assert_true(is_missing(report, "findings"));
	assert_true(is_missing(report, "history.jsonl"));
	assert_true(is_missing(report, "canaries"));
	assert_true(is_missing(report, "explored.jsonl"));
	assert_true(is_missing(report, "fetches.jsonl"));
	json_decref(report);
}

/* A campaign that was killed: no summary, half a line of history. */
static void partial_folder_has_its_findings(void **state)
{
	json_t *report;

	expect_exit(shell("cp -r o moved && rm moved/summary.json &&"
			  " truncate -s -9 moved/history.jsonl &&"
			  " echo nonsense >moved/findings/fake/own/bad.vtb &&"
			  VTB " report moved --out p.html"), 0);
	report = load_json("p.json");
	assert_int_equal(json_array_size(member(report, "findings")), 2);
	assert_true(is_missing(report, "summary.json"));
	assert_true(is_missing(report, "a finding that cannot be read"));
	assert_true(json_array_size(member(report, "history")) >= 1);
	json_decref(report);
}

static void other_files_are_read(void **state)
{
	json_t *report;

	seed_finding();
	expect_exit(shell(VTB " explore scenarios/fake/sum.scn --flavour asan"
			  " --strategy pct --runs 5 --out e"), 4);
	write_text("c.json", "{\"seconds_per_seed\": 9, \"canaries\": []}");
	write_text("f.jsonl", "{\"target\": \"fake\", \"sites\": []}\n");
	expect_exit(shell(VTB " report o --out q.html --explored e --fetches"
			  " f.jsonl --canaries c.json --json >printed.json"), 0);
	report = load_json("q.json");
	assert_int_equal(json_array_size(member(report, "explored")), 1);
	assert_int_equal(json_array_size(member(report, "fetches")), 1);
	assert_int_equal(json_array_size(member(report, "canaries")), 1);
	json_decref(report);
	expect_exit(shell("grep -c '\"findings\"' printed.json"), 0);
}

#define LOST	"lost-count/sum/settle"

static json_int_t failed_at(const json_t *explained, size_t n)
{
	const json_t *point = json_array_get(member(explained, "points"), n);

	return json_integer_value(member(point, "failed"));
}

/* Two actors count without a lock: the switch between them is what decides. */
static void race_is_explained(void **state)
{
	json_t *explained;
	json_int_t at;
	size_t last;

	write_text("race.scn", "vtb 1\nworld fake\nprofile abuse\n"
		   "1: one: race_one()\n2: two: race_two()\n"
		   "3: one: wait(ns=10)\n4: one: settle()\n"
		   "switch to two at race_one access 1 in op 1\n"
		   "expect " LOST "\n");
	expect_exit(shell(VTB " explain race.scn --runs 20 --every 1 --json"
			  " >e1.json && " VTB " explain race.scn --runs 20"
			  " --every 1 --json >e2.json && cmp e1.json e2.json"), 0);
	expect_exit(shell("tail -n 1 e1.json >e.json"), 0);
	explained = load_json("e.json");
	assert_string_equal(text_at(explained, "identity"), LOST);
	assert_int_equal(json_array_size(member(explained, "switches")), 1);
	last = json_array_size(member(explained, "points")) - 1;
	assert_true(failed_at(explained, 0) < 15);
	assert_int_equal(failed_at(explained, last), 20);
	at = json_integer_value(member(explained, "inevitable_step"));
	assert_true(at > json_integer_value(member(explained, "first_step")));
	assert_true(at < json_integer_value(member(explained, "step")));
	json_decref(explained);
	expect_exit(shell(VTB " explain race.scn --runs 20 --every 1"), 0);
	expect_output("inevitable from here on");
	expect_output("switch to two at race_one access 1 in op 1");
}

static void what_needs_no_luck_is_inevitable_at_once(void **state)
{
	json_t *report, *explained;

	expect_exit(shell(VTB " report o --explain --out x.html"), 0);
	report = load_json("x.json");
	explained = member(finding_of(report, SUM), "explain");
	assert_true(json_equal(member(explained, "inevitable_step"),
			       member(explained, "first_step")));
	json_decref(report);
	write_text("clean.scn", "vtb 1\nworld fake\n1: one: add(n=1)\n");
	expect_exit(shell(VTB " explain clean.scn"), 1);
	expect_output("shows no finding");
	expect_exit(shell(VTB " explain clean.scn --runs 0"), 1);
}

static void nonsense_is_refused(void **state)
{
	expect_exit(shell(VTB " report nowhere"), 1);
	expect_output("nowhere: No such file");
	expect_exit(shell(VTB " report o/summary.json"), 1);
	expect_output("is no folder of a campaign");
	expect_exit(shell(VTB " report o --out nowhere/r.html"), 3);
	expect_output("cannot write nowhere/r.html");
	expect_exit(shell(VTB " report o p"), 1);
	expect_exit(shell("rm -rf out; " VTB " report"), 1);
	expect_output("run vtb campaign");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_finding_is_there),
		cmocka_unit_test(severity_is_that_of_the_harm),
		cmocka_unit_test(timeline_marks_the_finding),
		cmocka_unit_test(places_have_source),
		cmocka_unit_test(page_has_the_data),
		cmocka_unit_test(page_needs_nothing_else),
		cmocka_unit_test(history_has_all_samples),
		cmocka_unit_test(empty_folder_says_what_is_missing),
		cmocka_unit_test(partial_folder_has_its_findings),
		cmocka_unit_test(severity_is_lowered),
		cmocka_unit_test(other_files_are_read),
		cmocka_unit_test(race_is_explained),
		cmocka_unit_test(what_needs_no_luck_is_inevitable_at_once),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, make_campaign, shell_teardown);
}
