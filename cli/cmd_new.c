/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_new.c - `vtb new`: the first files of something, which build and pass
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "outcome.h"
#include "skeleton.h"

#define MAX_NAME	32
#define MAX_TABLE	(64u << 10)
#define TABLE		"components/implementations.def"

const char help_new[] =
"usage: vtb new component NAME\n"
"       vtb new target NAME\n"
"       vtb new scenario NAME --target TARGET\n"
"       vtb new canary ID --target TARGET\n"
"\n"
"Writes a skeleton that builds and passes its tests; what it says is yours to\n"
"replace. Prints the new files. Nothing that exists is changed, but a component\n"
"gets its row in components/implementations.def.\n"
"\n"
"  component  a driver behind a device file, and its unit test\n"
"  target     a world for the component of that name: op table, oracle, scenario\n"
"  scenario   a program of a target, expected to be clean\n"
"  canary     a patch of a target's own component, and its metadata\n"
"\n"
"examples:\n"
"  vtb new component mailbox && vtb new target mailbox\n"
"  vtb new scenario two-windows --target iova_bitmap\n"
"  vtb new canary IOVA-99 --target iova_bitmap\n";

static int usage(const char *what, const char *which)
{
	fprintf(stderr, "vtb: new: %s '%s', see vtb new --help\n", what, which);
	return VTB_EXIT_USAGE;
}

/* -- names -- */

/* Lower-case C identifiers: they become file and function names. */
static bool is_identifier(const char *name)
{
	size_t n;

	if (!islower((unsigned char)name[0]))
		return false;
	for (n = 0; name[n]; n++)
		if (!islower((unsigned char)name[n]) &&
		    !isdigit((unsigned char)name[n]) && name[n] != '_')
			return false;
	return n < MAX_NAME;
}

static bool is_file_name(const char *name)
{
	return program_is_word(name) && name[0] != '-' &&
	       strlen(name) < MAX_NAME;
}

/* In capitals, as C has names: "iova-99" is IOVA_99. */
static void to_upper(const char *name, char upper[MAX_NAME])
{
	size_t n;

	for (n = 0; name[n]; n++)
		upper[n] = name[n] == '-' ? '_' :
			   (char)toupper((unsigned char)name[n]);
	upper[n] = '\0';
}

/* -- the table of implementations -- */

/* First file of component @name in `own`, for free(), or NULL. */
static char *own_file(const char *name)
{
	char path[CLI_PATH], line[1024], row[64], which[64], file[256];
	char *found = NULL;
	FILE *table;

	table = fopen(cli_path(path, "%s/" TABLE, cli_root()), "r");
	while (table && !found && fgets(line, sizeof(line), table))
		if (sscanf(line, "%63s %63s %*s %255s", row, which, file) == 3 &&
		    !strcmp(row, name) && !strcmp(which, "own"))
			found = strdup(file);
	if (table)
		fclose(table);
	return found;
}

/* In front of the support libraries, which end the table. */
static const char *row_place(const char *table)
{
	const char *place = strstr(table, "# Every executable with kernel code");

	return place ? place : table + strlen(table);
}

static int add_row(const char *name)
{
	static char table[MAX_TABLE + 1];
	char path[CLI_PATH], new_path[CLI_PATH];
	const char *place;
	size_t size;
	FILE *out;
	int rc;

	cli_path(path, "%s/" TABLE, cli_root());
	cli_path(new_path, "%s.new", path);
	rc = program_read_file(path, (uint8_t *)table, MAX_TABLE, &size);
	if (rc)
		goto out_error;
	table[size] = '\0';
	place = row_place(table);
	out = fopen(new_path, "w");
	if (!out) {
		rc = -errno;
		goto out_error;
	}
	fprintf(out, "%.*s%-12s own         -                         %s/%s.c\n\n%s",
		(int)(place - table), table, name, name, name, place);
	if (fclose(out) || rename(new_path, path)) {
		rc = -errno;
		unlink(new_path);
		goto out_error;
	}
	printf("%s (one row)\n", TABLE);
	return 0;

out_error:
	fprintf(stderr, "vtb: new: %s: %s\n", path, strerror(-rc));
	return VTB_EXIT_BENCH;
}

/* -- the kinds -- */

static int copy_named(const char *kind, const char *name)
{
	char upper[MAX_NAME];
	const struct skeleton_word words[] = {
		{ "@name@", name }, { "@NAME@", upper }, { NULL, NULL },
	};

	to_upper(name, upper);
	return skeleton_copy(kind, words);
}

static int new_component(const char *name, const char *target)
{
	char dir[CLI_PATH], *file = own_file(name);
	int code;

	if (file || cli_exists(cli_path(dir, "%s/components/%s", cli_root(),
					name))) {
		free(file);
		return usage("there is a component", name);
	}
	code = copy_named("component", name);
	if (!code)
		code = add_row(name);
	if (!code)
		printf("next: ./vtb new target %s\n", name);
	return code;
}

static int new_target(const char *name, const char *target)
{
	char *file = own_file(name);
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	bool taken = false;
	int code;

	for (i = 0; i < nr; i++)
		taken |= !strcmp(list[i].target, name);
	free(list);
	if (taken)
		code = usage("there is a target", name);
	else if (!file)
		code = usage("first make the component", name);
	else
		code = copy_named("target", name);
	if (!code)
		printf("next: ./vtb campaign --only %s\n", name);
	free(file);
	return code;
}

/* A small clean program of @target with an SPDX line, for free(), or NULL. */
static char *example_of(const char *target)
{
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	char *text = NULL, *example = NULL;
	int code;

	for (i = 0; i < nr && !text; i++) {
		const char *const argv[] = { list[i].path, "--example", NULL };

		if (!strcmp(list[i].target, target))
			text = cli_capture(&(struct cli_process){
						.argv = argv }, &code);
	}
	free(list);
	if (!text)
		usage("there is no target", target);
	else if (asprintf(&example, "# SPDX-License-Identifier: GPL-2.0-only\n%s",
			  text) < 0)
		example = NULL;
	free(text);
	return example;
}

static int new_scenario(const char *name, const char *target)
{
	char path[CLI_PATH], *text = example_of(target);
	int code;

	if (!text)
		return VTB_EXIT_USAGE;
	cli_path(path, "scenarios/%s/%s.scn", target, name);
	code = skeleton_write(path, text);
	if (!code)
		printf("next: ./vtb list ops, then ./vtb repro %s\n", path);
	free(text);
	return code;
}

/* Where the last three lines of @text begin; *nr is the number of the first. */
static const char *last_lines(const char *text, unsigned int *nr)
{
	const char *at[4] = { text, text, text, text };
	unsigned int line;

	for (line = 0; *at[line % 4]; line++)
		at[(line + 1) % 4] = strchrnul(at[line % 4], '\n') + 1;
	*nr = line < 3 ? 1 : line - 2;
	return line < 3 ? text : at[(line - 3) % 4];
}

static void print_patch(FILE *out, const char *id, const char *file,
			const char *text)
{
	char name[MAX_NAME];
	unsigned int nr;
	const char *line = last_lines(text, &nr);

	to_upper(id, name);
	fprintf(out, "--- a/components/%s\n+++ b/components/%s\n"
		"@@ -%u,3 +%u,10 @@\n", file, file, nr, nr);
	for (; *line; line = strchrnul(line, '\n') + 1)
		fprintf(out, " %.*s\n", (int)strcspn(line, "\n"), line);
	fprintf(out, "+\n"
		"+/* The fault, and where it is reached and triggered. */\n"
		"+static void __used canary_%s(void)\n"
		"+{\n"
		"+\tcanary_reached();\n"
		"+\tcanary_triggered(0);\n"
		"+}\n", name);
}

/*
 * A patch that adds a function nobody calls behind the end of the file: it fits
 * and changes nothing. What the historical code did is for people to restore.
 */
static int write_patch(const char *id, const char *file)
{
	static char text[MAX_TABLE + 1];
	char path[CLI_PATH], *patch = NULL;
	size_t size;
	FILE *out;
	int code;

	cli_path(path, "%s/components/%s", cli_root(), file);
	code = program_read_file(path, (uint8_t *)text, MAX_TABLE, &size);
	if (!code && (!size || text[size - 1] != '\n'))
		code = -EINVAL;
	out = open_memstream(&patch, &(size_t){ 0 });
	if (code || !out) {
		fprintf(stderr, "vtb: new: %s: %s\n", path, strerror(-code));
		return VTB_EXIT_BENCH;
	}
	text[size] = '\0';
	print_patch(out, id, file, text);
	fclose(out);
	code = skeleton_write(cli_path(path, "canaries/%s/patch", id), patch);
	free(patch);
	return code;
}

static int new_canary(const char *id, const char *target)
{
	char path[CLI_PATH], *file = own_file(target), *text;
	const struct skeleton_word words[] = {
		{ "@id@", id }, { "@target@", target }, { "@file@", file },
		{ NULL, NULL },
	};
	int code;

	if (!file)
		return usage("there is no own component of target", target);
	text = example_of(target);
	code = text ? skeleton_copy("canary", words) : VTB_EXIT_USAGE;
	if (!code)
		code = skeleton_write(cli_path(path, "canaries/%s/near.scn", id),
				      text);
	if (!code)
		code = write_patch(id, file);
	if (!code)
		printf("next: ./vtb canaries %s\n", id);
	free(text);
	free(file);
	return code;
}

static const struct kind {
	const char *name;
	int (*make)(const char *name, const char *target);
	bool (*is_good)(const char *name);
	const char *expected;
	bool needs_target;
} kinds[] = {
	{ "component", new_component, is_identifier,
	  "expected a lower-case C identifier, not", false },
	{ "target", new_target, is_identifier,
	  "expected a lower-case C identifier, not", false },
	{ "scenario", new_scenario, is_file_name,
	  "expected letters, digits, _ and -, not", true },
	{ "canary", new_canary, is_file_name,
	  "expected letters, digits, _ and -, not", true },
};

int cmd_new(int argc, char **argv)
{
	const char *target = NULL;
	const struct cli_option options[] = {
		{ "--target", CLI_TEXT, &target },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "new", .help = help_new, .options = options,
		.min_words = 2, .max_words = 2,
	};
	int code = cli_parse(&arguments, argc, argv);
	const char *name;
	size_t i;

	if (code >= 0)
		return code;
	name = arguments.words[1];
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, arguments.words[0]))
			continue;
		if (!kinds[i].is_good(name))
			return usage(kinds[i].expected, name);
		if (kinds[i].needs_target != !!target)
			return usage(target ? "--target is not for" :
				     "--target is missing for", kinds[i].name);
		return kinds[i].make(name, target);
	}
	return usage("expected component, target, scenario or canary, not",
		     arguments.words[0]);
}
