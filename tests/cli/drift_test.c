/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_test.c - what `vtb drift` sees
 *
 * Small trees stand for kernels: linux-6.1, the very same as linux-6.12, and a
 * doctored one as `user`. The runtime is one file that uses one structure.
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

static const char thing_h[] =
	"struct thing {\n\tint first;\n\tlong second;\n};\n"
	"struct unused {\n\tint a;\n};\n"
	"int old_helper(int), helper(int), new_helper(int);\n";

static void make_tree(const char *name, const char *release)
{
	char text[512];

	expect_exit(shell("mkdir -p t/%s/src/drv t/%s/src/include", name, name),
		    0);
	snprintf(text, sizeof(text), "{\"name\": \"%s\", \"release\": \"%s\","
		 " \"package\": \"%s-source\"}", name, release, name);
	expect_exit(shell("echo '%s' >t/%s/tree.json", text, name), 0);
	expect_exit(shell("printf '%%s\\n' -g -I$PWD/t/%s/src/include"
			  " >build/asan/drift/%s.flags", name, name), 0);
	expect_exit(shell("echo \"set(VTB_TREE_DIR_%s \\\"$PWD/t/%s\\\")\""
			  " >>build/trees.cmake", name, name), 0);
}

static void write_in(const char *tree, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "t/%s/src/%s", tree, name);
	write_text(path, text);
}

static void fill_tree(const char *tree)
{
	write_in(tree, "include/thing.h", thing_h);
	write_in(tree, "drv/a.c", "#include <thing.h>\n"
		 "int a(int x)\n{\n\treturn old_helper(x);\n}\n");
	write_in(tree, "drv/b.c", "#include <thing.h>\n"
		 "int b(struct thing *t)\n{\n\treturn t->first;\n}\n");
}

static int make_trees(void **state)
{
	if (make_project(state))
		return -1;
	expect_exit(shell("mkdir -p build/asan/drift components kernel/linux &&"
			  " echo $PWD/kernel/linux/run.c >build/asan/drift/runtime"),
		    0);
	make_tree("linux-6.1", "6.1.9");
	make_tree("linux-6.12", "6.12.3");
	fill_tree("linux-6.1");
	fill_tree("linux-6.12");
	write_text("components/implementations.def",
		   "thing  own        -       thing/own.c\n"
		   "thing  linux-6.1  ON=1,NOSAN  drv/a.c drv/b.c\n"
		   "thing  linux-6.12 -       drv/a.c drv/b.c\n");
	write_text("kernel/linux/run.c", "#include <thing.h>\n"
		   "struct thing things[2];\nstruct unused *p;\n"
		   "int helper(int x)\n{\n\treturn x;\n}\n"
		   "int old_helper(int x)\n{\n\treturn x;\n}\n");
	return 0;
}

static void same_trees_have_no_drift(void **state)
{
	expect_exit(shell(VTB " drift --out d.md"), 0);
	expect_output("linux-6.1-source to linux-6.12-source: no drift");
	expect_exit(shell("cat d.md"), 0);
	expect_output("no drift");
}

/* Each of the four, and nothing else. */
static void doctored_tree_shows_what_was_done(void **state)
{
	make_tree("user", "6.7.0");
	fill_tree("user");
	write_in("user", "include/thing.h",
		 "struct thing {\n\tint first;\n\tint extra;\n\tint more[4];\n"
		 "\tlong second;\n};\nstruct unused {\n\tint a;\n};\n"
		 "int helper(int), new_helper(int);\n");
	write_in("user", "drv/a.c", "#include <thing.h>\n"
		 "int a(int x)\n{\n\treturn helper(x) + new_helper(x);\n}\n");
	write_in("user", "drv/b.c", "#include <thing.h>\n"
		 "int b(struct thing *t)\n{\n\treturn t->gone;\n}\n");
	expect_exit(shell(VTB " drift --no-programs --out u.md"), 4);
	expect_output("## linux-6.1 to user");
	expect_output("linux-6.1-source to linux-6.12-source: no drift");
	expect_output("- `drv/b.c`: drv/b.c:4:12: error: no member named 'gone'");
	expect_output("- `thing/a.c`; new and NOT MODELLED: `new_helper`; new: "
		      "`helper`; gone: `old_helper`");
	expect_output("- `struct thing`: 16 to 32 bytes; new: `int extra`, "
		      "`int more[4]`; 1 lie elsewhere");
	expect_no_output("struct unused");
}

static void json_has_it_all(void **state)
{
	json_t *page = load_json("u.json"), *changes, *trees, *thing;

	assert_int_equal(json_array_size(json_object_get(page, "changes")), 2);
	changes = json_array_get(json_object_get(page, "changes"), 1);
	assert_int_equal(json_array_size(json_object_get(changes, "broken")), 1);
	assert_int_equal(json_array_size(json_object_get(changes, "externals")),
			 1);
	assert_int_equal(json_array_size(json_object_get(changes, "structures")),
			 1);
	trees = json_object_get(page, "trees");
	assert_int_equal(json_object_size(trees), 3);
	thing = json_object_get(json_object_get(json_object_get(trees, "user"),
						"structures"), "thing");
	assert_int_equal(json_integer_value(json_object_get(thing, "size")), 32);
	json_decref(page);
}

/* The same tree, later. */
static void earlier_page_is_compared_with(void **state)
{
	expect_exit(shell(VTB " drift --no-programs --against u.json"), 4);
	expect_output("(before, already)");
	fill_tree("user");
	expect_exit(shell(VTB " drift --no-programs --out v.md --against u.json"),
		    4);
	expect_output("## user to user");
	expect_output("`struct thing`: 32 to 16 bytes");
	expect_exit(shell(VTB " drift --no-programs --against v.json"), 0);
}

static void file_that_is_gone_is_named(void **state)
{
	expect_exit(shell("mv t/user/src/drv/b.c b.c; " VTB " drift"
			  " --no-programs; code=$?; mv b.c t/user/src/drv;"
			  " exit $code"), 4);
	expect_output("- `drv/b.c`: the tree has no such file");
}

/* One op fails otherwise there. */
static void programs_are_compared(void **state)
{
	write_text("scenarios/fake/try.scn",
		   "vtb 1\nworld fake\n1: one: try()\nfail alloc 1 in op 1\n");
	write_text("scenarios/fake/sum.scn",
		   "vtb 1\nworld fake\none: add(n=40500)\n");
	expect_exit(shell("cp build/asan/bin/fake.own build/asan/bin/fake.linux-6.12"
			  " && " VTB " drift --out p.md"), 0);
	write_text("build/asan/bin/fake.linux-6.12",
		   "#!/bin/bash\nset -o pipefail\n"
		   "${0%/*}/fake.own \"$@\" | sed 's/\"result\":-12/\"result\":-22/'\n");
	expect_exit(shell("chmod +x build/asan/bin/fake.linux-6.12; " VTB
			  " drift --out p.md"), 4);
	expect_output("- `scenarios/fake/try.scn`: clean, then clean; `one: try()` "
		      "gives -12, then -22");
	expect_no_output("sum.scn");
	expect_exit(shell(VTB " drift --only thing"), 0);
}

static void nonsense_is_refused(void **state)
{
	expect_exit(shell(VTB " drift --against nowhere.json"), 1);
	expect_output("nowhere.json");
	expect_exit(shell(VTB " drift --sideways"), 1);
	expect_exit(shell("mv build/asan/drift away; " VTB " drift; code=$?;"
			  " mv away build/asan/drift; exit $code"), 3);
	expect_output("linux-6.1.flags");
	expect_exit(shell("rm build/trees.cmake; " VTB " drift"), 3);
	expect_output("names no kernel tree");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_trees_have_no_drift),
		cmocka_unit_test(doctored_tree_shows_what_was_done),
		cmocka_unit_test(json_has_it_all),
		cmocka_unit_test(earlier_page_is_compared_with),
		cmocka_unit_test(file_that_is_gone_is_named),
		cmocka_unit_test(programs_are_compared),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, make_trees, shell_teardown);
}
