/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target_test.c - what a target executable does when programs go wrong
 *
 * Runs the fake target (fake_target.c). Each way to die must end with the exit
 * code of finding.h, name the functions involved, and leave a file that shows
 * the same again.
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

#include "shell.h"

#define TARGET	VTB_FAKE_TARGET

#define HEAD	"vtb 1\nworld fake\nprofile abuse\n"

#ifdef VTB_ASAN
#define HAS_ASAN	1
#else
#define HAS_ASAN	0
#endif

static void write_text(const char *name, const char *text)
{
	shell_write(name, text, strlen(text));
}

static void write_crash(const char *how)
{
	char text[256];

	snprintf(text, sizeof(text), HEAD "one: try()\none: crash(how=%s)\n"
		 "fail alloc 1 in op 1\n", how);
	write_text("crash.scn", text);
}

/* How it dies, what the finding must be called, with ASan and without. */
static const struct death {
	const char *how;
	int code;
	const char *identity;
	const char *plain_identity;
} deaths[] = {
	{ "use-after-free", 4,
	  "heap-use-after-free/kmalloc-64/component_use+component_free", NULL },
	{ "abort", 4, "signal/memory/crash", "signal/ABRT/crash" },
	{ "segv", 4, "null-deref/memory/crash", "signal/SEGV/crash" },
	{ "ubsan", 4, "invalid-shift-exponent/ubsan/component_shift", NULL },
	{ "hang", 5, "hang/wall-clock/component_spin",
	  "hang/wall-clock/component_spin" },
	{ "bench", 3, "bench-error/on-purpose", "bench-error/on-purpose" },
	{ "unmodelled", 3, "unmodelled/frobnicate", "unmodelled/frobnicate" },
};

#define NR_DEATHS	(sizeof(deaths) / sizeof(deaths[0]))

static const char *identity_of(const struct death *death)
{
	return HAS_ASAN ? death->identity : death->plain_identity;
}

/* The three lines come last, in this order. */
static void expect_report(const char *oracle)
{
	const char *fail_line = strstr(shell_output, "\nFAIL fake: ");
	const char *why = strstr(shell_output, "\nWHY  ");
	const char *repro = strstr(shell_output, "\nREPRO vtb repro ");

	if (!fail_line || !why || !repro || fail_line > why || why > repro ||
	    strncmp(fail_line + 12, oracle, strcspn(oracle, "/")))
		fail_msg("no FAIL/WHY/REPRO of %s\n%s", oracle, shell_output);
}

static void replay_names_every_death(void **state)
{
	size_t i;

	for (i = 0; i < NR_DEATHS; i++) {
		const char *identity = identity_of(&deaths[i]);

		if (!identity)
			continue;
		write_crash(deaths[i].how);
		expect_exit(shell("%s --hang 2 --replay crash.scn", TARGET),
			    deaths[i].code);
		expect_output("fail alloc 1 in op 1");
		expect_output(identity);
		expect_report(identity);
	}
}

/* Fuzzing of one input, as OSS-Fuzz would: the file it saves is a program. */
static void fuzzing_saves_every_death(void **state)
{
	size_t i;

	if (!HAS_ASAN)
		skip();
	for (i = 0; i < NR_DEATHS; i++) {
		write_crash(deaths[i].how);
		expect_exit(shell("rm -rf in; mkdir in; %s --encode in crash.scn",
				  TARGET), 0);
		expect_exit(shell("rm -f x-*; %s --hang 2 -artifact_prefix=x- in/*",
				  TARGET), deaths[i].code);
		expect_output("Test unit written to x-");
		expect_report(deaths[i].identity);
		expect_exit(shell("%s --hang 2 --replay x-*", TARGET),
			    deaths[i].code);
		expect_output(deaths[i].identity);
	}
}

/* In a campaign the same ends under its own name, and is kept only once. */
static void campaigns_save_every_death(void **state)
{
	size_t i;

	if (!HAS_ASAN)
		skip();
	for (i = 0; i < NR_DEATHS; i++) {
		write_crash(deaths[i].how);
		expect_exit(shell("rm -rf in f; mkdir in f; %s --encode in crash.scn",
				  TARGET), 0);
		expect_exit(shell("%s --hang 2 --findings f in/*", TARGET),
			    deaths[i].code);
		expect_output("vtb: stats programs=");
		expect_exit(shell("%s --hang 2 --findings f in/* >/dev/null; ls f",
				  TARGET), 0);
		expect_output("-1.vtb");
		expect_no_output("-2.vtb");
		expect_no_output(".part");
		expect_exit(shell("%s --hang 2 --replay --judge f/*", TARGET),
			    0);
	}
}

/* Findings of oracles: end a fuzzer, do not end a campaign. */
static void oracle_findings_are_saved(void **state)
{
	static const struct { const char *op; int code; const char *id; } ends[] = {
		{ "one: add(n=40000)", 4, "lost-sum/sum/add" },
		{ "two: stall()", 5, "stall/sum/stall" },
	};
	char text[256];
	size_t i;

	if (!HAS_ASAN)
		skip();
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", ends[i].op);
		write_text("a.scn", text);
		expect_exit(shell("rm -rf in f x-*; mkdir in f; %s --encode in a.scn",
				  TARGET), 0);
		expect_exit(shell("%s -artifact_prefix=x- in/*", TARGET),
			    ends[i].code);
		expect_report(ends[i].id);
		expect_exit(shell("%s --replay x-*", TARGET), ends[i].code);
		expect_exit(shell("%s --findings f in/*", TARGET), 0);
		expect_report(ends[i].id);
		expect_exit(shell("%s --replay --judge f/*.vtb", TARGET), 0);
		expect_exit(shell("%s --replay f/*.vtb --json", TARGET),
			    ends[i].code);
		expect_output(ends[i].id);
	}
}

static void judging_compares_expectations(void **state)
{
	write_text("a.scn", HEAD "one: add(n=40000)\nexpect lost-sum/sum/add\n");
	expect_exit(shell("%s --replay --judge a.scn", TARGET), 0);
	write_text("a.scn", HEAD "one: add(n=40000)\nexpect clean\n");
	expect_exit(shell("%s --replay --judge a.scn", TARGET), 4);
	expect_output("expected clean, got lost-sum/sum/add");
	write_text("a.scn", HEAD "one: add(n=40000)\nexpect clean\n"
		   "expect lost-sum/sum/add in own\n");
	expect_exit(shell("%s --replay --judge a.scn", TARGET), 0);
	write_text("a.scn", HEAD "one: add(n=1)\nexpect lost-sum/sum/add\n");
	expect_exit(shell("%s --replay --judge a.scn", TARGET), 4);
	write_text("b.scn", HEAD "one: add(n=1)\n");
	expect_exit(shell("%s --replay --judge b.scn", TARGET), 0);
	/* Several files: each in a process of its own, the worst wins. */
	write_crash("abort");
	expect_exit(shell("%s --replay b.scn crash.scn b.scn", TARGET), 4);
	expect_output("signal/");
}

static void nondeterminism_is_seen(void **state)
{
	write_text("a.scn", HEAD "two: drift()\n");
	expect_exit(shell("%s --replay a.scn", TARGET), 6);
	expect_output("THAT DIFFER");
	expect_exit(shell("%s --replay a.scn --json", TARGET), 6);
	expect_output("\"deterministic\":false");
}

/* Actors meet where the program says they do, every time. */
static void overrides_decide(void **state)
{
	write_text("a.scn", "vtb 1\nworld fake\nstrategy replay\n"
		   "1: one: race_one()\n2: two: race_two()\n"
		   "3: one: race_one()\n4: two: race_two()\n");
	expect_exit(shell("%s --replay a.scn", TARGET), 0);
	expect_output("note counter 4");
	write_text("b.scn", "vtb 1\nworld fake\nstrategy replay\n"
		   "1: one: race_one()\n2: two: race_two()\n"
		   "3: one: race_one()\n4: two: race_two()\n"
		   "decide preempt 1 in op 1 = 1\n");
	expect_exit(shell("%s --replay b.scn", TARGET), 0);
	expect_output("decide preempt 1 in op 1 = 1");
	expect_no_output("note counter 4");
}

static void selfcheck_is_clean(void **state)
{
	expect_exit(shell("%s --selfcheck 500", TARGET), 0);
	expect_output("500 programs run twice, 0 differ, "
		      "0 from a snapshot");
	expect_exit(shell("%s --selfcheck 20 --seed 7 --json", TARGET), 0);
	expect_output("\"differing\":0");
}

static void reports_name_upstream_files(void **state)
{
	write_text("a.scn", HEAD "one: add(n=1)\n");
	expect_exit(shell("%s --replay a.scn", TARGET), 0);
	expect_output("vtb: kernel tree linux-source-fake 1");
	expect_output("vtb: unmodified drivers/fake.c, sha256 0123");
	expect_exit(shell("%s --info --json", TARGET), 0);
	expect_output("\"sha256\": \"0123\"");
}

static void bad_arguments_are_named(void **state)
{
	expect_exit(shell("%s --frobnicate", TARGET), 1);
	expect_output("--frobnicate");
	expect_exit(shell("%s --selfcheck many", TARGET), 1);
	expect_output("many");
	expect_exit(shell("%s --replay", TARGET), 1);
	expect_exit(shell("%s --replay nowhere.scn", TARGET), 1);
	expect_output("nowhere.scn: No such file");
	write_text("a.scn", "vtb 1\nworld mars\n");
	expect_exit(shell("%s --replay a.scn", TARGET), 1);
	expect_output("a.scn:2:7: foreign program");
	write_text("a.vtb", "VTB\1");
	expect_exit(shell("%s --replay a.vtb", TARGET), 1);
	expect_output("a.vtb: offset 4: truncated");
}

/* A finding that cannot be saved is shown as text, and the exit code is 3. */
static void unsavable_findings_are_shown(void **state)
{
	if (!HAS_ASAN)
		skip();
	write_text("a.scn", HEAD "one: add(n=40123)\n");
	expect_exit(shell("rm -rf in f; mkdir in; %s --encode in a.scn",
			  TARGET), 0);
	expect_exit(shell("%s --findings missing/folder in/*", TARGET), 3);
	expect_output("cannot save the finding as missing/folder/");
	expect_output("one: add(n=40123)");
	/* A file size limit of 0 is as good as a full disk. */
	expect_exit(shell("mkdir f; trap '' XFSZ; ulimit -f 0;"
			  " %s -handle_xfsz=0 --findings f in/* | cat",
			  TARGET), 0);
	expect_output("cannot save the finding as f/");
	expect_output("one: add(n=40123)");
	expect_exit(shell("ls -A f"), 0);
	assert_string_equal(shell_output, "");
}

static void benchmark_counts_programs(void **state)
{
	write_text("p.txt", "vtb 1\nworld fake\none: wait(ns=3)\none: try()\n"
		   "vtb 1\nworld fake\none: wait(ns=4)\nfault alloc 9/10\n");
	expect_exit(shell("%s --bench-programs p.txt --repeat 3 --json",
			  TARGET), 0);
	expect_output("\"programs\":2");
	expect_output("\"runs\":6");
	expect_output("\"events\":1.0");
	write_text("p.txt", "vtb 1\nworld fake\none: walk()\n");
	expect_exit(shell("%s --bench-programs p.txt", TARGET), 1);
	expect_output("no op 'walk'");
}

/* As fuzz services have it: no dots in names, what is known beside the file. */
static void services_get_what_they_need(void **state)
{
	if (!HAS_ASAN)
		skip();
	write_text("a.scn", HEAD "one: add(n=40000)\n");
	expect_exit(shell("rm -rf in x-*; mkdir in; cp %s fake-linux-6_1 && "
			  "./fake-linux-6_1 --encode in a.scn", TARGET), 0);
	expect_exit(shell("./fake-linux-6_1 --info"), 0);
	expect_output("linux-6.1");
	expect_exit(shell("./fake-linux-6_1 -artifact_prefix=x- in/*"), 4);
	expect_report("lost-sum/sum/add");
	write_text("fake-linux-6_1.known", "# what we know\nlost-sum/sum/add\n");
	expect_exit(shell("./fake-linux-6_1 -artifact_prefix=x- in/*"), 0);
	expect_no_output("FAIL");
	/* Only that. */
	write_text("fake-linux-6_1.known", "lost-sum/sum/sub\n");
	expect_exit(shell("./fake-linux-6_1 -artifact_prefix=x- in/*"), 4);
	expect_exit(shell("./fake-linux-6_1 --dictionary >dict && "
			  "./fake-linux-6_1 -dict=dict -runs=1"), 0);
	expect_output("Dictionary: 23 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_names_every_death),
		cmocka_unit_test(fuzzing_saves_every_death),
		cmocka_unit_test(campaigns_save_every_death),
		cmocka_unit_test(oracle_findings_are_saved),
		cmocka_unit_test(services_get_what_they_need),
		cmocka_unit_test(judging_compares_expectations),
		cmocka_unit_test(nondeterminism_is_seen),
		cmocka_unit_test(overrides_decide),
		cmocka_unit_test(selfcheck_is_clean),
		cmocka_unit_test(reports_name_upstream_files),
		cmocka_unit_test(bad_arguments_are_named),
		cmocka_unit_test(unsavable_findings_are_shown),
		cmocka_unit_test(benchmark_counts_programs),
	};

	return cmocka_run_group_tests(tests, shell_setup, shell_teardown);
}
