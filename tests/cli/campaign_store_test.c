/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_store_test.c - what a campaign's folder remembers of findings
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
#include <sqlite3.h>

#include "project.h"

#define CAMPAIGN VTB " campaign --ci --no-coverage --jobs 1" \
		     " --implementation own --out o --time "
/* Without fuzzing: only judges what is there. */
#define AGAIN	CAMPAIGN "0s"
#define SUM	"lost-sum/sum/add"

static sqlite3 *open_db(void)
{
	char path[512];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/o/findings.db", shell_dir);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
					 NULL), SQLITE_OK);
	return db;
}

/* The first column of the first row, or "". */
static const char *ask(const char *sql)
{
	static char answer[512];
	sqlite3_stmt *stmt;
	sqlite3 *db = open_db();

	answer[0] = '\0';
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(answer, sizeof(answer), "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

static void expect_answer(const char *sql, const char *expected)
{
	const char *answer = ask(sql);

	if (strcmp(answer, expected))
		fail_msg("%s\nsays '%s', expected '%s'\n%s", sql, answer,
			 expected, shell_output);
}

/*
 * Puts a script before the target that changes what it says: the sed script
 * applies to reports of replays. With @fuzz false the target finds nothing.
 */
static void wrap_target(const char *replay_sed, bool fuzz)
{
	expect_exit(shell("mkdir -p real && [ -e real/fake.own ] ||"
			  " mv build/asan/bin/fake.own real/"), 0);
	expect_exit(shell("cat > build/asan/bin/fake.own <<'END'\n"
			  "#!/bin/sh\n"
			  "case $* in\n"
			  "*--replay*) %s/real/fake.own \"$@\" | sed '%s' ;;\n"
			  "*--findings*) %s exec %s/real/fake.own \"$@\" ;;\n"
			  "*) exec %s/real/fake.own \"$@\" ;;\n"
			  "esac\n"
			  "END\n"
			  "chmod +x build/asan/bin/fake.own", shell_dir,
			  replay_sed, fuzz ? "" : "exit 0;", shell_dir,
			  shell_dir), 0);
}

/* A campaign's folder with one finding, to begin with. */
static int make_first(void **state)
{
	if (make_project(state))
		return -1;
	seed_finding();
	return shell(CAMPAIGN "1s && exit 1; mv o first") != 0;
}

static int unwrap_target(void **state)
{
	return shell("[ ! -e real/fake.own ] ||"
		     " mv real/fake.own build/asan/bin/; rm -rf o");
}

/* The build after the one that found it, with and without the bug. */
#define NEXT_BUILD	"s/\"build\":\"[^\"]*\"/\"build\":\"asan-next\"/;"
#define CURED		"s/\"exit\":4,\"identity\":\"lost-sum[^\"]*\"/" \
			"\"exit\":0,\"identity\":\"clean\"/;"

static void one_row_per_identity(void **state)
{
	seed_finding();
	expect_exit(shell(VTB " campaign --time 2s --ci --no-coverage"
			  " --jobs 2 --out o"), 4);
	expect_answer("SELECT count(*) FROM finding", "1");
	expect_answer("SELECT target || ' ' || identity || ' ' || oracle ||"
		      " ' ' || class || ' ' || status FROM finding",
		      "fake " SUM " lost-sum safety new");
	expect_answer("SELECT count(*) FROM sighting", "2");
	expect_answer("SELECT file FROM sighting WHERE implementation = 'own'",
		      "findings/fake/own/lost-sum-sum-add-1.vtb");
	expect_answer("SELECT first_build GLOB 'asan-*' AND"
		      " first_seen GLOB '2*T*Z' FROM finding", "1");
	expect_answer("SELECT files || ' ' || campaigns FROM sighting", "1 1");
	/* Seen again: counted, and what was first stays. */
	expect_exit(shell("touch -d 2001-01-01 o/findings/fake/*/*.vtb;"
			  AGAIN), 4);
	expect_answer("SELECT files || ' ' || campaigns FROM sighting"
		      " WHERE implementation = 'own'", "1 2");
	expect_answer("SELECT first_seen GLOB '2001*' FROM finding", "0");
}

static void known_is_a_status(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	write_text("corpus/fake/known.txt", "own " SUM " for a reason\n");
	expect_exit(shell(AGAIN), 0);
	expect_answer("SELECT status || ': ' || reason FROM sighting",
		      "known: for a reason");
	expect_exit(shell("rm corpus/fake/known.txt"), 0);
	expect_exit(shell(AGAIN), 4);
	expect_answer("SELECT status || reason FROM sighting", "new");
}

/* Files are the truth: without its store a folder knows as much. */
static void lost_store_is_rebuilt(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	expect_exit(shell("rm o/findings.db;"
			  " touch -d 2001-01-01 o/findings/fake/own/*.vtb"), 0);
	expect_exit(shell(AGAIN), 4);
	expect_output("findings.db was missing: 1 findings put back");
	expect_answer("SELECT status || substr(first_seen, 1, 4) FROM finding",
		      "new2001");
}

static void damaged_store_is_kept_and_rebuilt(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	expect_exit(shell("printf nonsense > o/findings.db; " AGAIN), 4);
	expect_output("findings.db is damaged: kept as ");
	expect_answer("SELECT identity FROM finding", SUM);
	expect_exit(shell("cat o/findings.db.damaged-1"), 0);
	expect_output("nonsense");
	/* Damaged in the middle, in a page that opening does not read. */
	expect_exit(shell("dd if=/dev/urandom of=o/findings.db bs=1k seek=8"
			  " count=4 conv=notrunc; " AGAIN), 4);
	expect_output("findings.db is damaged: kept as ");
	expect_exit(shell("test -s o/findings.db.damaged-2"), 0);
	expect_answer("SELECT identity FROM finding", SUM);
}

static void fixed_and_back(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	wrap_target(NEXT_BUILD CURED, false);
	expect_exit(shell(AGAIN), 0);
	expect_output("vtb: fixed in own: " SUM);
	expect_output("findings: 0 new, 0 known, 1 fixed");
	expect_answer("SELECT status || ' ' || class || ' ' || file FROM finding",
		      "fixed safety "
		      "findings/fake/own/fixed/lost-sum-sum-add-1.vtb");
	/* It stays fixed, also by the files alone. */
	expect_exit(shell("rm o/findings.db; " AGAIN), 0);
	expect_answer("SELECT status FROM finding", "fixed");
	/* The bug comes back. */
	wrap_target(NEXT_BUILD, false);
	expect_exit(shell(AGAIN), 4);
	expect_output("vtb: it is back: it was fixed before");
	expect_answer("SELECT status || ' ' || file || ' ' || files FROM finding",
		      "new findings/fake/own/lost-sum-sum-add-1.vtb 1");
}

/* The same build that says something else is no fix. */
static void same_build_is_nondeterminism(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	wrap_target(CURED, false);
	expect_exit(shell(AGAIN), 6);
	expect_output("saved as " SUM ", but the replay says clean");
}

static void files_that_are_gone_are_said(void **state)
{
	expect_exit(shell("cp -r first o"), 0);
	wrap_target("", false);
	expect_exit(shell("rm o/findings/fake/own/*.vtb; " AGAIN), 0);
	expect_output("lost-sum-sum-add-1.vtb is gone");
	expect_answer("SELECT count(*) FROM sighting", "0");
}

static void one_campaign_per_folder(void **state)
{
	seed_finding();
	expect_exit(shell("(" CAMPAIGN "1h 2>/dev/null & pid=$!; sleep 1;"
			  AGAIN "; echo second $?; kill -INT $pid;"
			  " wait $pid; echo first $?; echo was $pid)"), 0);
	expect_output("is running in ");
	expect_output("second 3");
	expect_output("first 4");
	expect_answer("SELECT count(*) FROM campaign", "1");
}

/* Somebody else looks into the database for too long. */
static void locked_store_costs_nothing(void **state)
{
	sqlite3 *db;

	expect_exit(shell("cp -r first o"), 0);
	expect_exit(shell("rm -r o/findings"), 0);
	db = open_db();
	assert_int_equal(sqlite3_exec(db, "DELETE FROM sighting; BEGIN EXCLUSIVE",
				      NULL, NULL, NULL), SQLITE_OK);
	expect_exit(shell(AGAIN), 3);
	expect_output("findings.db cannot be used: another program has locked it;"
		      " findings are safe in their files");
	expect_exit(shell("cp -r first/findings o; " AGAIN), 4);
	sqlite3_close(db);
	expect_exit(shell(AGAIN), 4);
	expect_answer("SELECT status FROM finding", "new");
}

#define WITH_CLEANUP(test)						\
	cmocka_unit_test_setup_teardown(test, clean_out, unwrap_target)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CLEANUP(one_row_per_identity),
		WITH_CLEANUP(known_is_a_status),
		WITH_CLEANUP(lost_store_is_rebuilt),
		WITH_CLEANUP(damaged_store_is_kept_and_rebuilt),
		WITH_CLEANUP(fixed_and_back),
		WITH_CLEANUP(same_build_is_nondeterminism),
		WITH_CLEANUP(files_that_are_gone_are_said),
		WITH_CLEANUP(one_campaign_per_folder),
		WITH_CLEANUP(locked_store_costs_nothing),
	};

	return cmocka_run_group_tests(tests, make_first, shell_teardown);
}
