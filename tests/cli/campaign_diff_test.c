/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_diff_test.c - vtb campaign --diff, without a kernel
 *
 * The fake target stands for a user's tree and for its base; what the build
 * would know is what a fake ninja says. tests/cli/patch-author is the same with
 * a kernel tree, real builds and coverage.
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
#define GIT	"git -C tree -c user.name=a -c user.email=a@example.org "
#define CAMPAIGN "PATH=$PWD/tools:$PATH VTB_KERNEL=$PWD/tree " VTB \
		 " campaign --ci --no-coverage --out o --diff HEAD~1 --time "

/* A repository whose last commit changes drivers/fake.c and drivers/foo.c. */
static const char make_tree[] =
	"mkdir -p tree/drivers && git -C tree init -q &&"
	" echo 'int a;' > tree/drivers/fake.c && " GIT "add -A &&"
	" " GIT "commit -qm one && echo 'int b;' >> tree/drivers/fake.c &&"
	" echo 'int foo;' > tree/drivers/foo.c && " GIT "add -A &&"
	" " GIT "commit -qm two &&"
	" mkdir -p cache/src &&"
	" echo \"set(VTB_TREE_DIR_user \\\"$PWD/cache\\\")\" > build/trees.cmake";

/* Says that fake.user is made from drivers/fake.c, and nothing from foo.c. */
static const char make_ninja[] =
	"mkdir -p tools && cat > tools/ninja <<END\n"
	"#!/bin/sh\n"
	"case \"\\$*\" in\n"
	"*\"-t deps\"*) printf '%s: #deps 1, x (VALID)\\\\n    %s\\\\n'"
	" obj/fake.c.o $PWD/cache/src/drivers/fake.c;;\n"
	"*\"-t inputs\"*) echo obj/fake.c.o;;\n"
	"esac\n"
	"END\n"
	"chmod +x tools/ninja";

/* `base` is the target that finds nothing; or the same as `user`. */
static void make_base(bool has_bug)
{
	expect_exit(shell("mkdir -p real; cp build/asan/bin/fake.own real/fake.base;"
			  " cp build/asan/bin/fake.own build/asan/bin/fake.base"),
		    0);
	if (has_bug)
		return;
	expect_exit(shell("rm build/asan/bin/fake.base;"
			  " cat > build/asan/bin/fake.base <<'END'\n"
			  "#!/bin/sh\n"
			  "case $* in\n"
			  "*--replay*) %s/real/fake.base \"$@\" |"
			  " sed 's/\"exit\":4,\"identity\":\"lost-sum[^\"]*\"/"
			  "\"exit\":0,\"identity\":\"clean\"/' ;;\n"
			  "*--findings*) exit 0 ;;\n"
			  "*) exec %s/real/fake.base \"$@\" ;;\n"
			  "esac\n"
			  "END\n"
			  "chmod +x build/asan/bin/fake.base", shell_dir,
			  shell_dir), 0);
}

static int make_repository(void **state)
{
	if (make_project(state) || shell("%s", make_tree) ||
	    shell("%s", make_ninja))
		return -1;
	return shell("cp build/asan/bin/fake.own build/asan/bin/fake.user");
}

static int no_base(void **state)
{
	return clean_out(state) || shell("rm -f build/asan/bin/fake.base");
}

static json_t *status_of_user(const json_t *summary)
{
	json_t *pair, *findings;
	size_t i;

	json_array_foreach(json_object_get(summary, "targets"), i, pair) {
		if (strcmp(json_string_value(json_object_get(pair,
				"implementation")), "user"))
			continue;
		findings = json_object_get(pair, "findings");
		return json_object_get(json_array_get(findings, 0), "status");
	}
	return NULL;
}

static void expect_status(const char *status)
{
	json_t *summary = load_json("o/summary.json");

	assert_string_equal(json_string_value(status_of_user(summary)), status);
	json_decref(summary);
}

static void new_against_the_base(void **state)
{
	seed_finding();
	make_base(false);
	expect_exit(shell(CAMPAIGN "2s --implementation user,base"), 4);
	expect_output("vtb: finding in user: " SUM);
	expect_output("vtb: new: not in HEAD~1");
	expect_status("new");
}

static void known_if_the_base_has_it(void **state)
{
	seed_finding();
	make_base(true);
	expect_exit(shell(CAMPAIGN "2s"), 0);
	expect_output("vtb: known finding in user: " SUM ": also in HEAD~1");
	expect_output("findings: 0 new");
	expect_status("known");
	/* Both, and nobody else. */
	expect_no_output("fake           own");
	expect_exit(shell("xmllint --xpath 'count(//failure)' o/junit.xml"), 0);
	assert_string_equal(shell_output, "0\n");
}

static void without_a_base_all_is_new(void **state)
{
	seed_finding();
	expect_exit(shell(CAMPAIGN "1s"), 4);
	expect_output("there is no build of HEAD~1 to compare with: every finding counts as new");
	expect_status("new");
}

/* What the build does not use of the change is not fuzzed. */
static void only_what_is_affected(void **state)
{
	json_t *summary, *file;
	size_t i;

	make_base(true);
	expect_exit(shell("sed -i s,drivers/fake.c,drivers/other.c, tools/ninja;"
			  CAMPAIGN "1s; code=$?; %s; exit $code", make_ninja), 0);
	expect_output("nothing to fuzz");
	expect_exit(shell(CAMPAIGN "0s"), 0);
	expect_no_output("nothing to fuzz");
	summary = load_json("o/summary.json");
	assert_int_equal(json_array_size(json_object_get(
		json_object_get(summary, "diff"), "files")), 2);
	json_array_foreach(json_object_get(json_object_get(summary, "diff"),
					   "files"), i, file)
		assert_true(json_is_string(json_object_get(file, "path")));
	json_decref(summary);
}

static void uncommitted_changes_are_said(void **state)
{
	make_base(true);
	expect_exit(shell(CAMPAIGN "0s"), 0);
	expect_no_output("uncommitted");
	expect_exit(shell("echo 'int c;' >> tree/drivers/fake.c;"
			  CAMPAIGN "0s; code=$?; git -C tree checkout -q .;"
			  " exit $code"), 0);
	expect_output("the work tree has uncommitted changes: they are included");
}

static void bad_revisions_are_said(void **state)
{
	expect_exit(shell(CAMPAIGN "1s --diff nowhere"), 1);
	expect_output("no revision 'nowhere' in ");
	expect_exit(shell("mkdir -p empty; VTB_KERNEL=$PWD/empty " VTB
			  " campaign --diff HEAD"), 1);
	expect_output("is no git repository");
	/* The project itself, which is none here. */
	expect_exit(shell(VTB " campaign --diff HEAD"), 1);
	expect_output("is no git repository");
	expect_exit(shell("ls o out 2>/dev/null | wc -l"), 0);
	assert_string_equal(shell_output, "0\n");
}

/* Without a kernel tree the change is one of the project: own components. */
static void project_itself(void **state)
{
	seed_finding();
	expect_exit(shell("git init -q . && git add scenarios &&"
			  " git -c user.name=a -c user.email=a@example.org"
			  " commit -qm all && " VTB " campaign --time 1s --ci"
			  " --no-coverage --out o --diff HEAD; code=$?;"
			  " rm -rf .git; exit $code"), 4);
	expect_output("without coverage nobody knows");
	expect_no_output("fake           linux-6.1");
	expect_no_output("to compare with");
}

#define CLEAN(test)	cmocka_unit_test_setup(test, no_base)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN(new_against_the_base),
		CLEAN(known_if_the_base_has_it),
		CLEAN(without_a_base_all_is_new),
		CLEAN(only_what_is_affected),
		CLEAN(uncommitted_changes_are_said),
		CLEAN(bad_revisions_are_said),
		CLEAN(project_itself),
	};

	return cmocka_run_group_tests(tests, make_repository, shell_teardown);
}
