/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_ci_test.c - what `vtb campaign --ci` leaves for machines
 *
 * One campaign finds two things, one of them known in one implementation; the
 * tests look at the files.
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

static int make_campaign(void **state)
{
	if (make_project(state))
		return -1;
	seed_finding();
	write_text("scenarios/fake/crash.scn",
		   "vtb 1\nworld fake\none: trap(n=57005)\n");
	/* What XML and JSON must escape. */
	write_text("corpus/fake/known.txt",
		   "own " SUM " <sums> & \"signs\"\n");
	expect_exit(shell(VTB " campaign --time 2s --ci --no-coverage --out o"
			  " --sarif here.sarif"), 4);
	expect_output("junit.xml, findings.sarif, lcov.info");
	/* No terminal control. */
	expect_no_output("\033");
	return 0;
}

/* What an XPath expression evaluates to in junit.xml. */
static void expect_xpath(const char *expression, const char *value)
{
	expect_exit(shell("xmllint --xpath '%s' o/junit.xml", expression), 0);
	shell_output[strcspn(shell_output, "\n")] = '\0';
	if (strcmp(shell_output, value))
		fail_msg("%s is '%s', expected '%s'", expression, shell_output,
			 value);
}

static void junit_is_sound(void **state)
{
	expect_exit(shell("xmllint --noout o/junit.xml"), 0);
	assert_string_equal(shell_output, "");
	expect_xpath("count(/testsuites/testsuite)", "2");
	expect_xpath("count(//testcase[not(@name and @classname and @time)])",
		     "0");
	/* Totals are those of the cases. */
	expect_xpath("/testsuites/@tests = count(//testcase)", "true");
	expect_xpath("/testsuites/@failures = count(//failure)", "true");
	expect_xpath("/testsuites/@skipped = count(//skipped)", "true");
	expect_xpath("sum(//testsuite/@tests) = count(//testcase)", "true");
	expect_xpath("sum(//testsuite/@failures) = count(//failure)", "true");
}

static void junit_has_findings_as_failures(void **state)
{
	expect_xpath("count(//failure)", "3");
	expect_xpath("string(//testsuite[@name=\"fake.linux-6.1\"]/"
		     "testcase[@name=\"" SUM "\"]/failure/@message)",
		     "the sum is wrong");
	expect_xpath("contains(//failure, \"REPRO vtb repro \")", "true");
	expect_xpath("string(//testsuite[@name=\"fake.own\"]/"
		     "testcase[@name=\"" SUM "\"]/skipped/@message)",
		     "<sums> & \"signs\"");
	expect_xpath("count(//testcase[@name=\"fuzzing\"]/*)", "0");
}

static const char *text_at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		fail_msg("no string '%s'", key);
	return json_string_value(value);
}

/* Relative to the repository, with "/" and without what must be escaped. */
static void check_uri(const char *uri)
{
	if (!uri[0] || uri[0] == '/' || strstr(uri, "..") || strchr(uri, ':') ||
	    strpbrk(uri, " \\%"))
		fail_msg("'%s' is no relative URI", uri);
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word))
		words++;
	return *words;
}

/* What the schema of SARIF 2.1.0 says of values. */
static void check_values(const json_t *result, const json_t *physical)
{
	static const char *const levels[] = {
		"none", "note", "warning", "error", NULL,
	};
	static const char *const states[] = {
		"new", "unchanged", "updated", "absent", NULL,
	};
	const json_t *region = json_object_get(physical, "region"), *value;
	const char *key;

	assert_true(is_one_of(text_at(result, "level"), levels));
	assert_true(is_one_of(text_at(result, "baselineState"), states));
	check_uri(text_at(json_object_get(physical, "artifactLocation"),
			  "uri"));
	if (region)
		assert_true(json_integer_value(json_object_get(region,
							"startLine")) > 0);
	json_object_foreach(json_object_get(result, "partialFingerprints"), key,
			    value)
		assert_true(json_is_string(value));
}

static void check_result(const json_t *result, const json_t *rules)
{
	json_int_t rule = json_integer_value(json_object_get(result,
							     "ruleIndex"));
	json_t *location, *physical;

	assert_true(json_is_integer(json_object_get(result, "ruleIndex")));
	assert_string_equal(text_at(result, "ruleId"),
			    text_at(json_array_get(rules, (size_t)rule), "id"));
	assert_true(strlen(text_at(json_object_get(result, "message"), "text")));
	location = json_array_get(json_object_get(result, "locations"), 0);
	physical = json_object_get(location, "physicalLocation");
	check_values(result, physical);
	text_at(json_array_get(json_object_get(location, "logicalLocations"), 0),
		"name");
	text_at(json_object_get(result, "partialFingerprints"),
		"vtbIdentity/v1");
}

/* The required members of SARIF 2.1.0, and those we promise. */
static void sarif_is_sound(void **state)
{
	json_t *sarif = load_json("o/findings.sarif");
	json_t *run = json_array_get(json_object_get(sarif, "runs"), 0);
	json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
	json_t *rules = json_object_get(driver, "rules"), *result;
	json_t *results = json_object_get(run, "results");
	unsigned int errors = 0, notes = 0;
	size_t i;

	assert_string_equal(text_at(sarif, "version"), "2.1.0");
	assert_non_null(strstr(text_at(sarif, "$schema"), "sarif-2.1.0"));
	assert_string_equal(text_at(driver, "name"), "vtbench");
	assert_int_equal(json_array_size(rules), 2);
	assert_int_equal(json_array_size(results), 4);
	json_array_foreach(results, i, result) {
		check_result(result, rules);
		if (!strcmp(text_at(result, "level"), "error")) {
			assert_string_equal(text_at(result, "baselineState"),
					    "new");
			errors++;
		} else {
			assert_string_equal(text_at(result, "level"), "note");
			assert_string_equal(text_at(result, "baselineState"),
					    "unchanged");
			notes++;
		}
	}
	assert_int_equal(errors, 3);
	assert_int_equal(notes, 1);
	json_decref(sarif);
	expect_exit(shell("cmp o/findings.sarif here.sarif"), 0);
}

/* Ids of rules are unique; a result is told from others by its fingerprints. */
static void sarif_names_are_unique(void **state)
{
	expect_exit(shell("grep -o '\"id\": \"[^\"]*\"' o/findings.sarif | "
			  "sort | uniq -d | wc -l"), 0);
	assert_string_equal(shell_output, "0\n");
	expect_exit(shell("tr -d '\\n ' <o/findings.sarif | grep -oE "
			  "'\"partialFingerprints\":\\{[^}]*\\},\"properties\":"
			  "\\{\"implementation\":\"[^\"]*\"' | sort | uniq -d | wc -l"),
		    0);
	assert_string_equal(shell_output, "0\n");
}

/* Unpacked somewhere else, its commands give the findings. */
static void bundle_replays(void **state)
{
	expect_exit(shell("mkdir b && tar -xzf o/repro-bundle.tar.gz -C b &&"
			  " rm -rf o.away && mv o o.away"), 0);
	expect_exit(shell("cd b/repro-bundle && cat README.md && ls"), 0);
	expect_output("build `asan-");
	expect_output("`drivers/fake.c` sha256 `0123`");
	expect_output("findings.sarif");
	expect_output("junit.xml");
	expect_output("summary.json");
	expect_exit(shell("grep -c '^    ./vtb repro ' b/repro-bundle/README.md"),
		    0);
	assert_string_equal(shell_output, "4\n");
	expect_exit(shell("sed -n 's,^    ./vtb,%s,p' b/repro-bundle/README.md |"
			  " sed 's,BUNDLE,b/repro-bundle,' >run &&"
			  " while read -r line; do $line >/dev/null 2>&1;"
			  " [ $? = 4 ] || { echo \"$line\"; exit 9; }; done <run",
			  VTB), 0);
	expect_exit(shell("mv o.away o"), 0);
}

/* Without findings the files are there all the same, and say so. */
static void clean_campaign_says_so(void **state)
{
	expect_exit(shell("rm scenarios/fake/*; " VTB " campaign --ci"
			  " --time 0s --no-coverage --out clean"), 0);
	expect_exit(shell("xmllint --xpath 'count(//testcase)' clean/junit.xml"),
		    0);
	assert_string_equal(shell_output, "2\n");
	expect_exit(shell("cd clean && ls lcov.info findings.sarif"
			  " repro-bundle.tar.gz summary.json"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(junit_is_sound),
		cmocka_unit_test(junit_has_findings_as_failures),
		cmocka_unit_test(sarif_is_sound),
		cmocka_unit_test(sarif_names_are_unique),
		cmocka_unit_test(bundle_replays),
		cmocka_unit_test(clean_campaign_says_so),
	};

	return cmocka_run_group_tests(tests, make_campaign, shell_teardown);
}
