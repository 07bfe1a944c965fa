/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_test.c - the vtb command, with the fake target in a project of its own
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
#include <jansson.h>

#include "project.h"

static void help_has_examples(void **state)
{
	static const char *const verbs[] = {
		"list", "run", "fuzz", "campaign", "repro", "min", "explore", "fetches",
		"sweep", "selfcheck", "cover", "canaries", "bench", "doctor", "test",
		"new", "help", "man", "completion",
	};
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		expect_exit(shell(VTB " %s --help", verbs[i]), 0);
		expect_output("usage: vtb ");
		expect_output("example");
		expect_exit(shell(VTB " %s --frobnicate", verbs[i]), 1);
		expect_output("--frobnicate");
	}
	expect_exit(shell(VTB " --help"), 0);
	expect_exit(shell(VTB), 1);
	expect_exit(shell(VTB " dance"), 1);
	expect_output("unknown verb 'dance'");
	expect_no_output("did you mean");
	expect_exit(shell(VTB " --version"), 0);
	expect_output("vtbench asan-");
}

static void typos_are_understood(void **state)
{
	static const struct { const char *args; const char *says; } bad[] = {
		{ "campain", "did you mean 'campaign'?" },
		{ "reproduce", "unknown verb 'reproduce'" },
		{ "explor", "did you mean 'explore'?" },
		{ "help rpero", "did you mean 'repro'?" },
		{ "fuzz fake --tiem 3s", "did you mean '--time'?" },
		{ "fuzz fkae", "did you mean 'fake'?" },
		{ "campaign --only faek", "did you mean 'fake'?" },
		{ "selfcheck --only fakee", "did you mean 'fake'?" },
		{ "fetches fak --flavour asan --runs 1", "did you mean 'fake'?" },
		{ "explore --list-mutants fale --flavour asan",
		  "did you mean 'fake'?" },
		{ "campaign --time=5x", "--time: expected a time like 60s" },
		{ "campaign --jobs=", "--jobs: expected a number, not ''" },
		{ "campaign --ci=yes", "it takes no value: '--ci'" },
		{ "campaign --out ''", "--out: expected a value" },
		{ "campaign --only fake,mars", "no target 'mars'; there are" },
		{ "campaign --implementation ownn", "did you mean 'own'?" },
		{ "list ops ad", "did you mean 'add'?" },
		{ "repro", "vtb: usage: vtb repro FILE" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_exit(shell(VTB " %s", bad[i].args), 1);
		expect_output(bad[i].says);
	}
	expect_exit(shell(VTB " selfcheck --only=fake --runs=2"), 0);
}

static void lists_what_there_is(void **state)
{
	write_text("scenarios/fake/one.scn", HEAD "expect clean\n");
	expect_exit(shell(VTB " list"), 0);
	expect_output("linux-6.1");
	expect_output("scenarios/fake/one.scn");
	expect_output("race_two");
	expect_exit(shell(VTB " list ops --json | python3 -c '"
			  "import json, sys; print(len(json.load(sys.stdin)[\"ops\"]))'"),
		    0);
	expect_output("11");
	expect_exit(shell(VTB " list dances"), 1);
	expect_output("dances");
}

static void bad_options_are_named(void **state)
{
	static const struct { const char *args; const char *says; } bad[] = {
		{ "campaign --time 60", "'60'" },
		{ "explore", "missing after 'explore'" },
		{ "explore x.scn --flavour tsan", "race or asan" },
		{ "explore x.scn --depth 3", "for --strategy pct" },
		{ "explore x.scn --races some", "kcsan, strict or off" },
		{ "repro x.scn --races some", "kcsan, strict or off" },
		{ "explore x.scn --strategy pct --bound 1",
		  "for --strategy bounded" },
		{ "explore x.scn --runs 1 --time 1s", "either --runs or --time" },
		{ "explore none.scn", "none.scn" },
		{ "fetches", "missing after 'fetches'" },
		{ "fetches mars --flavour asan --runs 1", "no target 'mars'" },
		{ "fetches fake --flavour tsan", "race or asan" },
		{ "fetches fake --runs 1 --time 1s", "either --runs or" },
		{ "fetches fake --flavour asan --O0", "--O0 is of flavour race" },
		{ "explore x.scn --memory arm", "sc, tso or weak" },
		{ "explore x.scn --memory weak --flavour asan",
		  "needs --flavour race" },
		{ "explore x.scn --memory tso --strategy bounded",
		  "for --memory sc" },
		{ "explore --list-mutants nothing", "no target 'nothing'" },
		{ "campaign --time 5x", "'5x'" },
		{ "campaign --time", "after '--time'" },
		{ "campaign --time 0", "'0'" },
		{ "campaign --jobs 0", "--jobs" },
		{ "campaign --jobs -1", "'-1'" },
		{ "campaign --only mars", "no target 'mars'" },
		{ "campaign --implementation own,linux-9",
		  "no implementation 'linux-9'" },
		{ "campaign now", "'now'" },
		{ "repro", "missing" },
		{ "repro nowhere.vtb", "nowhere.vtb: No such file" },
		{ "selfcheck --runs lots", "'lots'" },
		{ "selfcheck --only mars", "no such target" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_exit(shell(VTB " %s", bad[i].args), 1);
		expect_output(bad[i].says);
		expect_output("vtb: ");
	}
	expect_exit(shell("ls out 2>/dev/null | wc -l"), 0);
	assert_string_equal(shell_output, "0\n");
}

/* What is no program, and what may have been meant. */
static void wrong_files_are_explained(void **state)
{
	static const struct { const char *args; const char *says; } bad[] = {
		{ "repro empty.vtb", "the file is empty" },
		{ "run out-of-the-box", "that is a folder" },
		{ "min fake", "'fake' is a target; its programs are in scenarios/fake" },
		{ "sweep raw", "if it is the raw input of an engine" },
		{ "repro secret.vtb", "not a vtb program" },
		{ "explore one.scn --implementation linux61 --flavour asan",
		  "did you mean 'linux-6.1'?" },
		{ "explore none.scn", "none.scn: No such file" },
		{ "cover --program FILE", "expected FILE:LINE" },
	};
	size_t i;

	write_text("one.scn", HEAD "expect clean\n");
	expect_exit(shell("mkdir -p out-of-the-box && : >empty.vtb && "
			  "echo x >raw && cp raw secret.vtb"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_exit(shell(VTB " %s", bad[i].args), 1);
		expect_output(bad[i].says);
	}
	/* A folder of results that is something else. */
	expect_exit(shell(VTB " campaign --out raw"), 3);
	expect_output("cannot make folder");
	expect_output("there is something else of that name");
}

static void write_canary(const char *id, const char *target)
{
	char path[64], text[512];

	expect_exit(shell("mkdir -p canaries/%s && touch canaries/%s/patch",
			  id, id), 0);
	snprintf(path, sizeof(path), "canaries/%s/metadata", id);
	snprintf(text, sizeof(text), "id: %s\ntarget: %s\nfile: f.c\n"
		 "flavour: asan\nclass: c\nreference: r\nfault: f\n"
		 "trigger: t\ncapabilities: c\nexpect: a/b/c\n", id, target);
	write_text(path, text);
}

/* Nothing is built: the first that was meant is the one that is missed. */
static void canaries_go_by_id_target_and_pattern(void **state)
{
	static const struct { const char *words; int code; const char *says; }
	cases[] = {
		{ "", 3, "fake.FAKE-1 is not built" },
		{ "OTHER-1", 3, "other.OTHER-1 is not built" },
		{ "other", 3, "other.OTHER-1 is not built" },
		{ "'O*-?'", 3, "other.OTHER-1 is not built" },
		{ "'FAKE-*'", 3, "fake.FAKE-1 is not built" },
		{ "oth", 1, "there is no canary 'oth'" },
		{ "'FAKE-*' 'MARS-*'", 1, "there is no canary 'MARS-*'" },
	};
	size_t i;

	write_canary("FAKE-1", "fake");
	write_canary("OTHER-1", "other");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_exit(shell(VTB " canaries %s --no-build", cases[i].words),
			    cases[i].code);
		expect_output(cases[i].says);
	}
	expect_exit(shell("rm -r canaries"), 0);
}

/* repro: the exit code of the finding, in the right implementation. */
static void repro_gives_the_findings_code(void **state)
{
	write_text("clean.scn", HEAD "one: add(n=1)\n");
	expect_exit(shell(VTB " repro clean.scn"), 0);
	expect_output("2 runs alike");
	write_text("sum.scn", HEAD "one: add(n=40001)\nfrom linux-6.1 x\n");
	expect_exit(shell(VTB " repro sum.scn"), 4);
	expect_output("fake, linux-6.1, build");
	expect_output("FAIL fake: lost-sum: ");
	expect_exit(shell(VTB " repro sum.scn --implementation own"), 4);
	expect_output("fake, own, build");
	write_text("stall.scn", HEAD "two: stall()\n");
	expect_exit(shell(VTB " repro stall.scn"), 5);
	write_text("drift.scn", HEAD "two: drift()\n");
	expect_exit(shell(VTB " repro drift.scn"), 6);
	write_text("abort.scn", HEAD "one: crash(how=abort)\n");
	expect_exit(shell(VTB " repro abort.scn"), 4);
	expect_output("two processes ended alike");
	expect_exit(shell(VTB " repro abort.scn --json | python3 -c '"
			  "import json, sys; o = json.load(sys.stdin);"
			  "print(o[\"exit\"], o[\"deterministic\"])'"), 0);
	expect_output("4 True");
	expect_exit(shell(VTB " repro clean.scn stall.scn sum.scn"), 5);
}

static void repro_refuses_bad_files(void **state)
{
	static const char big[70000] = "VTB\1";

	write_text("a.scn", HEAD "one: add(n=1)\nfrom linux-6.6 x\n");
	expect_exit(shell(VTB " repro a.scn"), 1);
	expect_output("unknown implementation 'linux-6.6'");
	expect_output("there are:");
	expect_output("linux-6.1");
	write_text("a.scn", "vtb 1\nworld mars\n");
	expect_exit(shell(VTB " repro a.scn"), 1);
	expect_output("foreign program: no target here has its world mars");
	write_text("a.scn", HEAD "one: add(n=70000)\n");
	expect_exit(shell(VTB " repro a.scn"), 1);
	expect_output("a.scn:4:12: n must be in 0..65535");
	write_text("a.bin", "\x7f" "ELF and so on, for some more bytes");
	expect_exit(shell(VTB " repro a.bin"), 1);
	expect_output("not a vtb program");
	shell_write("a.bin", big, sizeof(big));
	expect_exit(shell(VTB " repro a.bin"), 1);
	expect_output("oversized: expected at most 65536 bytes");
	/* Cut short in the middle. */
	write_text("sum.scn", HEAD "one: add(n=40001)\none: try()\n");
	expect_exit(shell("rm -rf seeds; mkdir seeds;"
			  " build/asan/bin/fake.own --encode seeds sum.scn;"
			  " head -c 45 seeds/* > cut.vtb"), 0);
	expect_exit(shell(VTB " repro cut.vtb"), 1);
	expect_output("cut.vtb: offset 45: truncated");
}

/* Every member, with its type: programs read this file. */
static void check_summary(const json_t *summary)
{
	static const char *const counts[] = {
		"executions", "edges", "features", "corpus", "ops", "ops_ok",
		"processes", "deaths",
	};
	static const char *const texts[] = {
		"identity", "status", "file", "minimised", "reason", "what",
		"why", "first_build", "first_seen",
	};
	json_t *targets = json_object_get(summary, "targets");
	json_t *pair, *finding;
	size_t i, n, k;

	assert_int_equal(json_integer_value(json_object_get(summary,
							    "version")), 1);
	assert_true(json_is_integer(json_object_get(summary, "exit")));
	assert_true(json_is_boolean(json_object_get(summary, "interrupted")));
	assert_true(json_array_size(targets));
	json_array_foreach(targets, i, pair) {
		assert_true(json_is_string(json_object_get(pair, "target")));
		assert_true(json_is_string(json_object_get(pair,
							   "implementation")));
		assert_true(json_is_real(json_object_get(pair, "seconds")));
		for (k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			assert_true(json_is_integer(json_object_get(pair,
								    counts[k])));
		assert_true(json_is_string(json_object_get(pair, "build")));
		assert_true(json_is_array(json_object_get(pair, "upstream")));
		assert_non_null(json_object_get(pair, "lines"));
		assert_non_null(json_object_get(pair, "branches"));
		json_array_foreach(json_object_get(pair, "findings"), n,
				   finding) {
			for (k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
				assert_true(json_is_string(
					json_object_get(finding, texts[k])));
			assert_true(json_is_integer(json_object_get(finding,
								    "exit")));
			assert_true(json_is_integer(json_object_get(finding,
								    "files")));
		}
	}
}

static void campaign_finds_and_replays(void **state)
{
	json_t *summary;

	seed_finding();
	expect_exit(shell(VTB " campaign --time 4s --ci --no-coverage"), 4);
	expect_output("FAIL fake: lost-sum: the sum is wrong");
	expect_output("vtb: also in ");
	expect_output("findings: 2 new, 0 known, 0 fixed");
	summary = load_json("out/campaign-1/summary.json");
	check_summary(summary);
	assert_int_equal(json_integer_value(json_object_get(summary, "exit")),
			 4);
	json_decref(summary);
	/* Each file shows what it is named for, in the right implementation. */
	expect_exit(shell("for i in own linux-6.1; do"
			  " " VTB " repro out/campaign-1/findings/fake/$i/*.vtb"
			  " | grep \"fake, $i, build\" || exit 9; done"), 0);
	expect_exit(shell(VTB " repro out/campaign-1/findings/fake/own/*.vtb"),
		    4);
	expect_exit(shell("ls out/campaign-1/corpus/fake/own | wc -l"), 0);
	assert_true(atoi(shell_output) > 3);
	/* A second one has a folder of its own. */
	expect_exit(shell(VTB " campaign --time 2s --ci --no-coverage"
			  " --implementation own --jobs 1 --json | python3 -c '"
			  "import json, sys; json.load(sys.stdin)'"), 0);
	expect_exit(shell("test -e out/campaign-2/summary.json"), 0);
}

/* Again in the same folder: what was there is still there, and counts. */
static void campaign_goes_on_where_it_was(void **state)
{
	seed_finding();
	expect_exit(shell(VTB " campaign --time 2s --ci --no-coverage --out o"
			  " --implementation own"), 4);
	expect_exit(shell("cd o; find corpus findings -type f -name '[!.]*' |"
			  " sort > ../before; cd ..; rm scenarios/fake/*"), 0);
	expect_exit(shell(VTB " campaign --time 2s --ci --no-coverage --out o"
			  " --implementation own"), 4);
	expect_exit(shell("cd o; find findings -type f -name '[!.]*' |"
			  " sort > ../after;"
			  " cd ..; grep findings before | cmp - after"), 0);
	expect_exit(shell("rm -rf o"), 0);
}

static void known_findings_do_not_count(void **state)
{
	json_t *summary;

	seed_finding();
	write_text("corpus/fake/known.txt",
		   "# IMPLEMENTATION IDENTITY REASON\n"
		   "own lost-sum/sum/add the sum is 40000, see the docs\n"
		   "linux-6.1 lost-sum/sum/add the same there\n");
	expect_exit(shell(VTB " campaign --time 3s --ci --no-coverage"), 0);
	expect_output("known finding in ");
	expect_output("findings: 0 new, 2 known, 0 fixed");
	summary = load_json("out/campaign-1/summary.json");
	check_summary(summary);
	json_decref(summary);
	expect_exit(shell(VTB " campaign --time 3s --ci --no-coverage --strict"),
		    4);
	write_text("corpus/fake/known.txt",
		   "own lost-sum/sum/add known in one of them only\n");
	expect_exit(shell(VTB " campaign --time 3s --ci --no-coverage"), 4);
}

/* Ctrl-C in the middle: children end, everything found is there. */
static void interrupt_saves_everything(void **state)
{
	json_t *summary;

	seed_finding();
	expect_exit(shell("(" VTB " campaign --time 1h --ci --out o"
			  " --no-coverage & pid=$!; sleep 4; kill -INT $pid;"
			  " wait $pid; echo code $?)"), 0);
	expect_output("code 4");
	expect_output("stopped early: interrupted; everything found so far");
	summary = load_json("o/summary.json");
	check_summary(summary);
	assert_true(json_is_true(json_object_get(summary, "interrupted")));
	json_decref(summary);
	expect_exit(shell(VTB " repro o/findings/fake/own/lost-*.vtb"), 4);
	expect_exit(shell("ls o/corpus/fake/own | wc -l"), 0);
	assert_true(atoi(shell_output) > 3);
	/* No child is left behind. */
	expect_exit(shell("pgrep -f '%s/build/asan/[b]in/fake'", shell_dir), 1);
	expect_exit(shell("rm -rf o"), 0);
}

/* Crashes end a fuzzing process, not the campaign. */
static void campaign_survives_crashes(void **state)
{
	write_text("scenarios/fake/crash.scn",
		   "vtb 1\nworld fake\none: trap(n=57005)\n");
	expect_exit(shell(VTB " campaign --time 5s --ci --no-coverage"
			  " --jobs 1 --implementation own"), 4);
	expect_output("heap-use-after-free/kmalloc-64/component_use+component_free");
	/* The deadly seed does not end each process that comes after. */
	expect_exit(shell("grep executions out/campaign-1/summary.json |"
			  " tr -dc 0-9"), 0);
	assert_true(atoi(shell_output) > 300);
	expect_exit(shell("ls out/campaign-1/findings/fake/own"), 0);
	expect_output("heap-use-after-free-kmalloc-64-component_use-component_free-1.vtb");
	expect_no_output("-component_free-2.vtb");
	expect_no_output("raw-");
}

/*
 * A hundred seeds that crash do not use up the time: one process dies, the next
 * one puts them aside before its engine reads any.
 */
static void deadly_seeds_are_put_aside(void **state)
{
	expect_exit(shell("for n in $(seq 100); do printf 'vtb 1\\nworld fake\\n"
			  "one: add(n=%%d)\\none: trap(n=57005)\\n' $n"
			  " >scenarios/fake/crash-$n.scn; done"), 0);
	write_text("scenarios/fake/add.scn", "vtb 1\nworld fake\none: add(n=1)\n");
	expect_exit(shell(VTB " campaign --time 8s --ci --no-coverage"
			  " --engine libfuzzer --jobs 1 --implementation own"),
		    4);
	expect_exit(shell("grep deaths out/campaign-1/summary.json |"
			  " tr -dc 0-9"), 0);
	assert_in_range(atoi(shell_output), 1, 19);
	expect_exit(shell("grep edges out/campaign-1/summary.json |"
			  " tr -dc 0-9"), 0);
	assert_true(atoi(shell_output) > 0);
	expect_exit(shell("grep sieve: out/campaign-1/log/fake.own.log"), 0);
	expect_output(" end the process");
}

/* A disk without room: a clear message, code 3, and nothing half-written. */
static void full_disk_is_said(void **state)
{
	seed_finding();
	if (shell("unshare -rm true 2>/dev/null"))
		skip();
	expect_exit(shell("mkdir -p full; unshare -rm sh -c '"
			  "mount -t tmpfs -o size=1m none full || exit 77; "
			  VTB " campaign --time 20s --ci --no-coverage"
			  " --implementation own --out full/o; echo code $?;"
			  " find full -name \"*.part\"'"), 0);
	expect_output("the disk is full");
	expect_output("code 3");
	expect_no_output(".part");
}

static void unwritable_folders_are_said(void **state)
{
	expect_exit(shell("touch file; " VTB " campaign --time 1s --ci"
			  " --out file/o"), 3);
	expect_output("vtb: cannot make folder");
}

static void selfcheck_covers_all(void **state)
{
	expect_exit(shell(VTB " selfcheck --runs 50"), 0);
	expect_output("selfcheck fake.own: 50 programs run twice, 0 differ, "
		      "0 from a snapshot");
	expect_output("selfcheck fake.linux-6.1: 50 programs");
}

/* From elsewhere, by another name for the folder. */
static void any_working_directory_will_do(void **state)
{
	write_text("clean.scn", HEAD "one: add(n=1)\n");
	expect_exit(shell("ln -s . link; cd /; %s/link/" VTB " repro %s/clean.scn",
			  shell_dir, shell_dir), 0);
	expect_exit(shell("cd /; %s/" VTB " list targets", shell_dir), 0);
	expect_output("fake");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_has_examples),
		cmocka_unit_test_setup(typos_are_understood, clean_out),
		cmocka_unit_test_setup(lists_what_there_is, clean_out),
		cmocka_unit_test_setup(bad_options_are_named, clean_out),
		cmocka_unit_test_setup(wrong_files_are_explained, clean_out),
		cmocka_unit_test_setup(canaries_go_by_id_target_and_pattern,
				       clean_out),
		cmocka_unit_test_setup(repro_gives_the_findings_code, clean_out),
		cmocka_unit_test_setup(repro_refuses_bad_files, clean_out),
		cmocka_unit_test_setup(campaign_finds_and_replays, clean_out),
		cmocka_unit_test_setup(campaign_goes_on_where_it_was, clean_out),
		cmocka_unit_test_setup(known_findings_do_not_count, clean_out),
		cmocka_unit_test_setup(interrupt_saves_everything, clean_out),
		cmocka_unit_test_setup(campaign_survives_crashes, clean_out),
		cmocka_unit_test_setup(deadly_seeds_are_put_aside, clean_out),
		cmocka_unit_test_setup(full_disk_is_said, clean_out),
		cmocka_unit_test_setup(unwritable_folders_are_said, clean_out),
		cmocka_unit_test_setup(selfcheck_covers_all, clean_out),
		cmocka_unit_test_setup(any_working_directory_will_do, clean_out),
	};

	return cmocka_run_group_tests(tests, make_project, shell_teardown);
}
