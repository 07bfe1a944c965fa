/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_test.c - coverage of a component that fits on a screen
 *
 * The project has one target, `tiny`, built here with clang's coverage: its
 * main() takes "--run FILE..." like every target and calls tiny(), the code
 * under test, with the first character of each file.
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

#define GIT	"git -c user.name=n -c user.email=e@example.org "

static const char main_c[] =
	"#include <stdio.h>\n"
	"int tiny(int c);\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	FILE *file;\n"
	"	int i;\n"
	"\n"
	"	for (i = 2; i < argc; i++) {\n"
	"		file = fopen(argv[i], \"r\");\n"
	"		tiny(getc(file));\n"
	"	}\n"
	"	return 0;\n"
	"}\n";

static const char tiny_c[] =
	"#include \"tiny.h\"\n"
	"int tiny(int c)\n"
	"{\n"
	"	int n = 0;\n"
	"\n"
	"	if (c == 'a')\n"
	"		n = twice(1);\n"
	"	if (c == 'b')\n"
	"		n = 2;\n"
	"	return n;\n"
	"}\n";

/*
 * Conditions that a compiler decides, in the manner of the kernel's macros:
 * line 5 has five conditions in the source and one in the code, a < b; line 8 a
 * switch of which one case is left. The lines behind both are reached; the
 * condition of BUG_ON() and that of line 13 are never true.
 */
static const char folded_h[] =
	"#define typecheck(a, b) (sizeof(a) == sizeof(b) && sizeof(a) > 1)\n"
	"#define pick(a, b) ((a) < (b) ? (a) : (b))\n"
	"void bad(void) __attribute__((noreturn));\n"
	"#define once(a, b) ({ int x_ = (a), y_ = (b); \\\n"
	"	if (sizeof(x_) != sizeof(y_)) bad(); pick(x_, y_); })\n"
	"#define min(a, b) __builtin_choose_expr(typecheck(a, b), \\\n"
	"	(__builtin_constant_p(a) ? pick(a, b) : once(a, b)), 0)\n"
	"#define add(n, v) ({ switch (sizeof(n)) { \\\n"
	"	case 1: n = v; break; \\\n"
	"	case 4: n += v; break; \\\n"
	"	default: n = -v; } n; })\n"
	"#define BUG_ON(c) do { if (c) __builtin_trap(); } while (0)\n";

static const char folded_c[] =
	"#include \"tiny.h\"\n"
	"int tiny(int c)\n"
	"{\n"
	"	int n;\n"
	"	n = min(c,\n"
	"		(int)'b');\n"
	"	n += 2;\n"
	"	add(n, 1);\n"
	"	n -= 2;\n"
	"	BUG_ON(n == 7);\n"
	"	if (c == 'a')\n"
	"		n = 2;\n"
	"	if (c == 'z')\n"
	"		n = 3;\n"
	"	return n;\n"
	"}\n";

static const char tiny_h[] =
	"static inline int twice(int n)\n"
	"{\n"
	"	return 2 * n;\n"
	"}\n";

/*
 * Compiles @dir/tiny.c as @exe, with the roundabout path that a compiler gets
 * from ccache, and leaves the command where CMake would.
 */
static void build(const char *dir, const char *exe)
{
	expect_exit(shell("command=\"clang -g -O1 -fprofile-instr-generate"
			  " -fcoverage-mapping -o build/tiny.o"
			  " -c $PWD/build/../%s/tiny.c\" &&"
			  " echo '[{ \"directory\": \"'$PWD'\", \"file\":"
			  " \"'$PWD/%s/tiny.c'\", \"command\":"
			  " \"'\"$command\"'\" }]'"
			  " >build/coverage/compile_commands.json && $command &&"
			  " clang -fprofile-instr-generate -fcoverage-mapping"
			  " -o build/coverage/bin/%s build/tiny.o main.c",
			  dir, dir, exe), 0);
}

/* A repository with the component, one commit old. */
static int make_tiny(void **state)
{
	if (make_project(state) ||
	    shell("mkdir -p build/coverage/bin components/tiny scenarios/tiny"
		  " && echo a >scenarios/tiny/a"))
		return -1;
	write_text("main.c", main_c);
	write_text("components/implementations.def",
		   "tiny own - tiny/tiny.c\ntiny linux-6.1 - drivers/tiny.c\n");
	write_text(".gitignore", "build\nout\n");
	return 0;
}

static int fresh_tiny(void **state)
{
	if (shell("rm -rf .git out drivers kernel cache *.txt"
		  " build/coverage/bin/* build/coverage/mapping build/trees.cmake"))
		return -1;
	write_text("components/tiny/tiny.c", tiny_c);
	write_text("components/tiny/tiny.h", tiny_h);
	return shell("git init -q . && git add . && " GIT "commit -qm base");
}

static void changed_lines_are_told_apart(void **state)
{
	/* 5: a comment; 7: reached; 9: not; 12 to 16: nobody calls it. */
	expect_exit(shell("cd components/tiny &&"
			  " sed -i -e '5s,.*,	/* why */,'"
			  " -e '7s,1,3,' -e '9s,2,4,'"
			  " -e '$a int unused(int n)\\n{\\n\\treturn -n;\\n}\\n/* end */'"
			  " tiny.c && sed -i '3s,2,3,' tiny.h"), 0);
	build("components/tiny", "tiny.own");
	expect_exit(shell(VTB " cover --diff HEAD"), 0);
	expect_output("components/tiny/tiny.c"
		      "                                  1          4         3\n");
	expect_output("components/tiny/tiny.h"
		      "                                  1          0         0\n");
	expect_output("unreached components/tiny/tiny.c:9: n = 4;\n");
	expect_output("unreached components/tiny/tiny.c:14: return -n;\n");
	expect_no_output("tiny.c:7:");
	expect_no_output("no target covers");
	expect_exit(shell(VTB " cover --diff HEAD --json | python3 -c '"
			  "import json, sys; d = json.load(sys.stdin)[\"diff\"];"
			  "f = d[\"files\"][0]; print(d[\"reached\"],"
			  "f[\"reached\"], f[\"unreached\"], f[\"not_code\"])'"),
		    0);
	expect_output("2 [7] [9, 13, 14, 15] [5, 12, 16]\n");
}

/* Committed, staged, in the work tree and unknown to git: all of it counts. */
static void work_tree_counts(void **state)
{
	expect_exit(shell("sed -i '9s,2,4,' components/tiny/tiny.c && " GIT
			  "commit -qam one && mkdir -p drivers &&"
			  " echo 'int foo;' >drivers/foo.c &&"
			  " sed -i '7s,1,3,' components/tiny/tiny.c &&"
			  " git add components && echo ++ b/x >'a note.txt'"),
		    0);
	build("components/tiny", "tiny.own");
	expect_exit(shell(VTB " cover --diff HEAD~1"), 0);
	expect_output("unreached components/tiny/tiny.c:9:");
	expect_output("no target covers drivers/foo.c\n");
	expect_output("not code: a note.txt\n");
	expect_exit(shell(VTB " cover --diff HEAD"), 0);
	expect_no_output("tiny.c:9:");
	expect_output("no target covers drivers/foo.c\n");
	expect_exit(shell("git reset -q --hard && rm -r drivers *.txt"), 0);
	expect_exit(shell(VTB " cover --diff HEAD"), 0);
	expect_output("nothing has changed since HEAD");
}

/* Lines that are gone move the others; nobody can reach them. */
static void removed_lines_are_nobodys(void **state)
{
	expect_exit(shell("sed -i -e '6,7d' -e '9s,2,4,'"
			  " components/tiny/tiny.c && git rm -q main.c"
			  " --cached && mv main.c build/"), 0);
	expect_exit(shell("cp build/main.c . && echo main.c >>.gitignore"), 0);
	build("components/tiny", "tiny.own");
	expect_exit(shell(VTB " cover --diff HEAD"), 0);
	expect_output("unreached components/tiny/tiny.c:7: n = 4;\n");
	expect_no_output("main.c");
}

/* A kernel tree is compiled from a copy, as the implementation `user`. */
static void kernel_trees_are_mapped_back(void **state)
{
	expect_exit(shell("mkdir -p kernel/drivers cache/src/drivers &&"
			  " cp components/tiny/* kernel/drivers && cd kernel &&"
			  " git init -q . && git add . && " GIT
			  "commit -qm base && sed -i -e '7s,1,3,' -e '9s,2,4,'"
			  " drivers/tiny.c && cp drivers/* ../cache/src/drivers"
			  " && echo 'int foo;' >drivers/foo.c"), 0);
	expect_exit(shell("printf 'set(VTB_TREES user)\\n"
			  "set(VTB_TREE_DIR_user \"%s/cache\")\\n'"
			  " >build/trees.cmake", shell_dir), 0);
	build("components/tiny", "tiny.own");
	build("cache/src/drivers", "tiny.user");
	expect_exit(shell("VTB_KERNEL=%s/kernel " VTB " cover --diff HEAD",
			  shell_dir), 0);
	expect_output("tiny             user");
	expect_no_output("tiny             own");
	expect_output("drivers/tiny.c"
		      "                                          1          1         0\n");
	expect_output("unreached drivers/tiny.c:9: n = 4;\n");
	expect_output("no target covers drivers/foo.c\n");
}

static void counts_what_the_compiler_left(void **state)
{
	write_text("components/tiny/tiny.h", folded_h);
	write_text("components/tiny/tiny.c", folded_c);
	build("components/tiny", "tiny.own");
	write_text("scenarios/tiny/a", "a");
	expect_exit(shell(VTB " cover --excluded"), 0);
	/* Lines: all but 14. Branches: one way of a < b, 11 and 13. */
	expect_output("tiny             own                13/14     92.8 %"
		      "      3/6      50.0 %      1/1     100.0 %");
	expect_output("tiny.c:5: decided by the compiler: ");
	expect_output("tiny.c:8: decided by the compiler: ");
	expect_output("tiny.c:8: switch over a constant: ");
	expect_output("tiny.c:10: \tBUG_ON(n == 7);");
	expect_exit(shell("grep BRDA out/cover/tiny.own.info |"
			  " sed 's/,.*//' | uniq -c | tr -s '\\n' ' '"), 0);
	expect_output("2 BRDA:5 2 BRDA:11 2 BRDA:13 ");
	/* The other way is reached by another program. */
	write_text("scenarios/tiny/z", "z");
	expect_exit(shell(VTB " cover; rm scenarios/tiny/z"), 0);
	expect_output("14/14    100.0 %      6/6     100.0 %");
}

/* Without the compiler's list nothing is left out, and that is said. */
static void counts_all_without_commands(void **state)
{
	write_text("components/tiny/tiny.h", folded_h);
	write_text("components/tiny/tiny.c", folded_c);
	build("components/tiny", "tiny.own");
	expect_exit(shell("rm build/coverage/compile_commands.json; " VTB
			  " cover"), 0);
	expect_output("no compile command, so all its branches count");
	expect_no_output(" 3/6 ");
}

static void names_a_program_for_a_line(void **state)
{
	build("components/tiny", "tiny.own");
	expect_exit(shell("for c in c d e b f; do echo $c >scenarios/tiny/$c;"
			  " done; " VTB " cover --program tiny.c:9"), 0);
	expect_output("scenarios/tiny/b reaches tiny.c:9 in tiny.own\n");
	expect_exit(shell(VTB " cover --program components/tiny/tiny.c:9 --json"
			  " | python3 -c 'import json, sys;"
			  " print(json.load(sys.stdin)[\"program\"])'"), 0);
	expect_output("scenarios/tiny/b\n");
	expect_exit(shell("rm scenarios/tiny/[b-f]; " VTB
			  " cover --program tiny.c:9"), 1);
	expect_output("nothing in 1 programs reaches tiny.c:9\n");
	expect_exit(shell("echo b >elsewhere; " VTB
			  " cover --program tiny.c:9 scenarios elsewhere"), 0);
	expect_output("elsewhere reaches tiny.c:9");
}

static void says_why_no_program_can(void **state)
{
	build("components/tiny", "tiny.own");
	expect_exit(shell(VTB " cover --program tiny.c:5"), 1);
	expect_output("no code at tiny.c:5; the nearest lines with code are 4"
		      " and 6\n");
	expect_exit(shell(VTB " cover --program tiny.c:99"), 1);
	expect_output("; the nearest line with code is 11\n");
	expect_exit(shell(VTB " cover --program iny.c:9"), 1);
	expect_output("no target covers iny.c\n");
	expect_exit(shell(VTB " cover --program tiny.c"), 1);
	expect_output("expected FILE:LINE after --program, not 'tiny.c'");
	expect_exit(shell(VTB " cover --program tiny.c:0x9"), 1);
	expect_output("not 'tiny.c:0x9'");
	expect_exit(shell(VTB " cover --program tiny.c:9 --only mars"), 1);
	expect_output("no such target");
}

static void bad_revisions_are_named(void **state)
{
	build("components/tiny", "tiny.own");
	expect_exit(shell(VTB " cover --diff nope"), 1);
	expect_output("no revision 'nope' in ");
	expect_exit(shell(VTB " cover --diff -p"), 1);
	expect_output("no revision '-p' in ");
	expect_exit(shell(VTB " cover --diff"), 1);
	expect_output("a value is missing after '--diff'");
	expect_exit(shell("rm -r .git; " VTB " cover --diff HEAD"), 1);
	expect_output("is no git repository with a commit");
	expect_exit(shell("VTB_KERNEL=/nowhere " VTB " cover --diff HEAD"), 3);
	expect_output("the kernel tree /nowhere is not prepared");
	expect_exit(shell(VTB " cover nowhere.scn"), 1);
	expect_output("no such file or folder: nowhere.scn");
	expect_exit(shell(VTB " cover --only mars"), 1);
	expect_output("no such target");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(changed_lines_are_told_apart,
				       fresh_tiny),
		cmocka_unit_test_setup(work_tree_counts, fresh_tiny),
		cmocka_unit_test_setup(removed_lines_are_nobodys, fresh_tiny),
		cmocka_unit_test_setup(kernel_trees_are_mapped_back,
				       fresh_tiny),
		cmocka_unit_test_setup(counts_what_the_compiler_left,
				       fresh_tiny),
		cmocka_unit_test_setup(counts_all_without_commands,
				       fresh_tiny),
		cmocka_unit_test_setup(names_a_program_for_a_line,
				       fresh_tiny),
		cmocka_unit_test_setup(says_why_no_program_can, fresh_tiny),
		cmocka_unit_test_setup(bad_revisions_are_named, fresh_tiny),
	};

	return cmocka_run_group_tests(tests, make_tiny, shell_teardown);
}
