// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover_mapping.c - which branches of a source file the compiler has kept
 *
 * A condition in the source is none in the program if it is a constant: the
 * type checks in min(), the switch over sizeof() in cmpxchg(). Source-based
 * coverage has counters for both of its arms all the same. What became of them
 * the compiler tells when it compiles the file again with the same options:
 *
 *	-Xclang -dump-coverage-mapping	the counter (#7) of each arm
 *	-S -emit-llvm			the counters that are left after
 *					optimisation: @__profc_FUNCTION, 0, 7
 *
 * One of the two arms of a condition has a counter of its own; the other is
 * what remains of the whole. The condition is kept if that counter is.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cover_mapping.h"

struct cover_mapping {
	char *dump;			/* counters, by function */
	char *code;			/* LLVM's text of the optimised code */
};

static char *read_text(const char *path)
{
	const char *const argv[] = { "cat", path, NULL };
	int code;
	char *text = cli_capture(&(struct cli_process){ .argv = argv }, &code);

	if (text && !code)
		return text;
	free(text);
	return NULL;
}

/* The command that compiles @source, of the coverage flavour; for free(). */
static char *find_command(const char *source, char dir[CLI_PATH])
{
	char path[CLI_PATH], real[CLI_PATH], *command = NULL;
	json_t *entry, *list;
	size_t i;

	cli_path(path, "%s/build/coverage/compile_commands.json", cli_root());
	list = json_load_file(path, 0, NULL);
	json_array_foreach(list, i, entry) {
		const char *file = "", *text = "", *where = "";

		json_unpack(entry, "{s:s, s:s, s:s}", "file", &file,
			    "command", &text, "directory", &where);
		if (strcmp(cli_real_path(real, file), source))
			continue;
		command = strdup(text);
		sim_assert(command);
		cli_path(dir, "%s", where);
		break;
	}
	json_decref(list);
	return command;
}

static int compile(const char *source, const char *dump, const char *code)
{
	char dir[CLI_PATH], script[16384];
	const char *const argv[] = { "sh", "-c", script, NULL };
	char *command = find_command(source, dir);
	size_t length;

	if (!command)
		return -ENOENT;
	length = (size_t)snprintf(script, sizeof(script),
		"%s -S -emit-llvm -o '%s' -Xclang -dump-coverage-mapping",
		command, code);
	free(command);
	if (length >= sizeof(script))
		return -E2BIG;
	return cli_run(&(struct cli_process){
		.argv = argv, .out = dump, .err = "/dev/null", .dir = dir,
	});
}

static bool is_fresh(const char *path, const char *exe)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(exe, &b) &&
	       (a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
		(a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
		 a.st_mtim.tv_nsec > b.st_mtim.tv_nsec));
}

/* Files named after executable and source; the code is written first. */
static int make_files(const char *source, const char *exe,
		      char dump[CLI_PATH], char code[CLI_PATH])
{
	char dir[CLI_PATH], part[CLI_PATH];
	const char *name = strrchr(source, '/') + 1;
	int rc;

	cli_path(dir, "%s/build/coverage/mapping", cli_root());
	if (cli_make_dirs(dir))
		return -EIO;
	cli_path(dump, "%s/%s.%s.map", dir, strrchr(exe, '/') + 1, name);
	cli_path(code, "%s/%s.%s.ll", dir, strrchr(exe, '/') + 1, name);
	if (is_fresh(dump, exe))
		return 0;
	cli_path(part, "%s.part", dump);
	rc = compile(source, part, code);
	if (!rc && rename(part, dump))
		rc = -errno;
	return rc;
}

struct cover_mapping *cover_mapping_get(const char *source, const char *exe)
{
	struct cover_mapping *mapping;
	char dump[CLI_PATH], code[CLI_PATH];
	int rc = make_files(source, exe, dump, code);

	if (rc) {
		fprintf(stderr, "vtb: coverage: %s: %s, so all its branches count\n",
			source, rc == -ENOENT ? "no compile command" :
			"cannot be compiled again");
		return NULL;
	}
	mapping = calloc(1, sizeof(*mapping));
	sim_assert(mapping);
	mapping->dump = read_text(dump);
	mapping->code = read_text(code);
	if (mapping->dump && mapping->code)
		return mapping;
	cover_mapping_free(mapping);
	return NULL;
}

void cover_mapping_free(struct cover_mapping *mapping)
{
	if (!mapping)
		return;
	free(mapping->dump);
	free(mapping->code);
	free(mapping);
}

/* Name of its counters: "file.c:name" becomes "file.c_name" there. */
static void symbol_of(const char *function, char symbol[256])
{
	char *colon;

	snprintf(symbol, 256, "__profc_%s", function);
	for (colon = symbol; (colon = strchr(colon, ':')); )
		*colon = '_';
}

bool cover_mapping_has(const struct cover_mapping *mapping,
		       const char *function)
{
	char symbol[256], needle[300];

	symbol_of(function, symbol);
	snprintf(needle, sizeof(needle), "\n@%s = ", symbol);
	if (strstr(mapping->code, needle))
		return true;
	snprintf(needle, sizeof(needle), "\n@\"%s\" = ", symbol);
	return strstr(mapping->code, needle);
}

static bool has_counter(const struct cover_mapping *mapping,
			const char *function, unsigned int counter)
{
	char symbol[256], needle[300];

	symbol_of(function, symbol);
	snprintf(needle, sizeof(needle), "@%s, i64 0, i64 %u)", symbol,
		 counter);
	if (strstr(mapping->code, needle))
		return true;
	snprintf(needle, sizeof(needle), "@\"%s\", i64 0, i64 %u)", symbol,
		 counter);
	return strstr(mapping->code, needle);
}

/* The lines of a function follow its name, indented. */
static const char *find_function(const struct cover_mapping *mapping,
				 const char *function)
{
	size_t length = strlen(function);
	const char *line;

	for (line = mapping->dump; *line; line += *line == '\n') {
		if (!strncmp(line, function, length) &&
		    !strncmp(line + length, ":\n", 2))
			return line + length + 2;
		line += strcspn(line, "\n");
	}
	return NULL;
}

/* "  Branch,File 4, 265:3 -> 265:29 = #5, (#4 - #5)" */
static bool parse_branch(const struct cover_mapping *mapping,
			 const char *function, const char *line,
			 struct cover_branch *branch)
{
	struct cover_place *place = &branch->place;
	char taken[512];
	unsigned int counter;

	if (sscanf(line, " Branch,File %u, %u:%u -> %u:%u = %511[^,], %511[^\n]",
		   &place->file, &place->line, &place->column,
		   &place->last_line, &place->last_column, taken,
		   branch->rest) != 7)
		return false;
	if (!strcmp(taken, "0") && !strcmp(branch->rest, "0"))
		return false;
	if (sscanf(taken, "#%u", &counter) == 1 ||
	    sscanf(branch->rest, "#%u", &counter) == 1)
		branch->kept = has_counter(mapping, function, counter);
	else
		branch->kept = true;
	return true;
}

size_t cover_mapping_branches(const struct cover_mapping *mapping,
			      const char *function, struct cover_branch **list)
{
	const char *line = find_function(mapping, function);
	size_t nr = 0, room = 0;

	*list = NULL;
	for (; line && *line == ' '; line += strcspn(line, "\n") + 1) {
		if (nr == room) {
			room = room ? 2 * room : 32;
			*list = realloc(*list, room * sizeof(**list));
			sim_assert(*list);
		}
		nr += parse_branch(mapping, function, line, *list + nr);
	}
	return nr;
}
