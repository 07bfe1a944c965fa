/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * location.c - where the functions of an identity are defined
 *
 * nm gives the address of a function and llvm-symbolizer its file and line. A
 * function of the bench may have the name of an op (`log_report`), so only
 * files of trees and of components/ count.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "location.h"

/* "ADDRESS T NAME" lines; the first code symbol of that name. */
static bool find_address(const char *symbols, const char *name,
			 char address[32])
{
	size_t length = strlen(name), n;
	const char *line, *at;

	for (line = symbols; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		n = strspn(line, "0123456789abcdef");
		at = line + n;
		if (!n || n > 16 || (strncmp(at, " T ", 3) && strncmp(at, " t ", 3)))
			continue;
		if (strncmp(at + 3, name, length) || at[3 + length] != '\n')
			continue;
		snprintf(address, 32, "0x%.*s", (int)n, line);
		return true;
	}
	return false;
}

/* "NAME\nFILE:LINE:COLUMN\n" */
static bool parse_place(char *text, struct location *location)
{
	char *place = text ? strchr(text, '\n') : NULL, *end, *line;

	if (!place)
		return false;
	place++;
	place[strcspn(place, "\n")] = '\0';
	end = strrchr(place, ':');
	if (!end)
		return false;
	*end = '\0';
	line = strrchr(place, ':');
	if (!line)
		return false;
	*line = '\0';
	location->line = (unsigned int)strtoul(line + 1, NULL, 10);
	snprintf(location->file, sizeof(location->file), "%s", place);
	return location->line;
}

/* Cuts what differs between machines; false: not code under test. */
static bool make_relative(char file[CLI_PATH])
{
	char real[PATH_MAX];
	const char *tree, *below;
	size_t n = strlen(cli_root());

	/* A compiler behind ccache may have seen build/asan/../../NAME. */
	if (realpath(file, real))
		cli_path(file, "%s", real);
	tree = strstr(file, "/trees/");
	below = tree ? strstr(tree, "/src/") : NULL;
	if (below)
		below += strlen("/src/");
	else if (!strncmp(file, cli_root(), n) &&
		 !strncmp(file + n, "/components/", 12))
		below = file + n + 1;
	if (!below)
		return false;
	memmove(file, below, strlen(below) + 1);
	return true;
}

static bool locate(const struct cli_executable *exe, const char *symbols,
		   const char *name, struct location *location)
{
	char address[32], object[CLI_PATH + 8];
	const char *const argv[] = {
		"llvm-symbolizer", object, "--no-inlines", address, NULL,
	};
	char *text;
	bool known;
	int code;

	if (!find_address(symbols, name, address))
		return false;
	snprintf(object, sizeof(object), "--obj=%s", exe->path);
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	known = !code && parse_place(text, location) &&
		make_relative(location->file);
	free(text);
	snprintf(location->function, sizeof(location->function), "%s", name);
	return known;
}

static char *list_symbols(const struct cli_executable *exe)
{
	const char *const argv[] = { "nm", "--defined-only", exe->path, NULL };
	int code;

	return cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
}

bool location_of_function(const struct cli_executable *exe, const char *name,
			  struct location *location)
{
	char *symbols = list_symbols(exe);
	bool known = symbols && locate(exe, symbols, name, location);

	free(symbols);
	return known;
}

bool location_of(const struct cli_executable *exe, const char *identity,
		 struct location *location)
{
	const char *places = strrchr(identity, '/');
	char names[PROGRAM_MAX_EXPECT], *symbols, *rest = names, *name;
	bool known = false;

	if (!places)
		return false;
	snprintf(names, sizeof(names), "%s", places + 1);
	symbols = list_symbols(exe);
	while (symbols && !known && (name = strsep(&rest, "+")))
		known = locate(exe, symbols, name, location);
	free(symbols);
	return known;
}
