// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_doctor.c - `vtb doctor`: what is there, what is missing, how to get it
 *
 * Missing packages are reported by the launcher, which runs before anything is
 * built; this verb says what the build made of the machine. It never changes
 * anything.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

const char help_doctor[] =
"usage: vtb doctor [--kernel PATH]\n"
"\n"
"Says which tools, kernel trees and builds are there, and which functions the\n"
"code under test could call that the simulated kernel does not model. With\n"
"--kernel it is built against that tree first.\n"
"\n"
"example:\n"
"  vtb doctor --kernel ~/src/linux\n";

struct tool {
	const char *name;
	const char *package;
	const char *used_for;
	bool optional;
};

static const struct tool tools[] = {
	{ "clang", "clang", "building", false },
	{ "ninja", "ninja-build", "building", false },
	{ "ctest", "cmake", "vtb test", false },
	{ "llvm-profdata", "llvm", "coverage", false },
	{ "llvm-cov", "llvm", "coverage", false },
	{ "llvm-symbolizer", "llvm", "source lines in stacks", false },
	{ "genhtml", "lcov", "HTML coverage report", false },
	{ "gdb", "gdb", "debugging a replay", true },
	{ "chromium", "chromium", "the test that opens a page of vtb report",
	  true },
};

static bool in_path(const char *name)
{
	const char *const argv[] = { "sh", "-c", "command -v \"$0\"", name,
				     NULL };

	return cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null", .err = "/dev/null",
	}) == 0;
}

/* Returns the number of missing tools that are needed. */
static unsigned int check_tools(void)
{
	unsigned int missing = 0;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		const struct tool *tool = &tools[i];

		if (in_path(tool->name))
			continue;
		printf("tool        missing: %s%s, used for %s; "
		       "apt-get install %s\n", tool->name,
		       tool->optional ? " (optional)" : "", tool->used_for,
		       tool->package);
		missing += !tool->optional;
	}
	if (!missing)
		printf("tools       all there\n");
	return missing;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

static void print_tree(const char *dir)
{
	char path[CLI_PATH];
	json_t *tree = json_load_file(cli_path(path, "%s/tree.json", dir), 0,
				      NULL);

	if (!tree) {
		printf("kernel tree %s: not prepared; any other verb prepares "
		       "it\n", dir);
		return;
	}
	printf("kernel tree %s: release %s, package %s, sha256 %.12s\n",
	       text_of(tree, "name"), text_of(tree, "release"),
	       text_of(tree, "package"), text_of(tree, "sha256"));
	printf("            source %s\n", text_of(tree, "source"));
	json_decref(tree);
}

/* build/trees.cmake: set(VTB_TREE_DIR_NAME "DIR"), one per line. */
static unsigned int check_trees(void)
{
	char path[CLI_PATH], line[CLI_PATH];
	FILE *file = fopen(cli_path(path, "%s/build/trees.cmake", cli_root()),
			   "r");
	unsigned int nr = 0;
	char *start, *end;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "set(VTB_TREE_DIR_", 17))
			continue;
		start = strchr(line, '"');
		end = start ? strchr(start + 1, '"') : NULL;
		if (!end)
			continue;
		*end = '\0';
		print_tree(start + 1);
		nr++;
	}
	if (file)
		fclose(file);
	if (!nr)
		printf("kernel trees none prepared; any other verb prepares "
		       "them\n");
	return nr ? 0 : 1;
}

static size_t count_lines(const char *path, bool print)
{
	char line[512];
	FILE *file = fopen(path, "r");
	size_t nr = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		nr++;
		if (print)
			printf("              %s", line);
	}
	if (file)
		fclose(file);
	return nr;
}

/* Functions a run would stop at: build/PRESET/unmodelled/EXECUTABLE.txt. */
static void check_unmodelled(const struct cli_executable *executable)
{
	char path[CLI_PATH];
	size_t nr;

	cli_path(path, "%s/build/asan/unmodelled/%s.%s.txt", cli_root(),
		 executable->target, executable->implementation);
	nr = count_lines(path, false);
	printf("target      %s.%s: %zu unmodelled kernel function%s%s\n",
	       executable->target, executable->implementation, nr,
	       nr == 1 ? "" : "s", nr ? ":" : "");
	if (nr)
		count_lines(path, true);
}

static void check_builds(void)
{
	static const char *const presets[] = {
		"asan", "race", "coverage", "release",
	};
	struct cli_executable *list;
	size_t nr, i, preset;

	for (preset = 0; preset < 4; preset++) {
		nr = cli_executables(presets[preset], &list);
		printf("flavour     %s: %s\n", presets[preset],
		       nr ? "built" : "not built; the verbs that need it "
		       "build it");
		for (i = 0; preset == 0 && i < nr; i++)
			check_unmodelled(&list[i]);
		free(list);
	}
}

int cmd_doctor(int argc, char **argv)
{
	const struct cli_option options[] = { { NULL, CLI_FLAG, NULL } };
	struct cli_arguments arguments = {
		.verb = "doctor", .help = help_doctor, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);
	unsigned int missing;

	if (code >= 0)
		return code;
	missing = check_tools();
	missing += check_trees();
	check_builds();
	return missing ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}
