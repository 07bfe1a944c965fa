/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutants.c - the site mutants of an executable, with file and line
 *
 * The executable knows names and addresses; llvm-symbolizer says where in the
 * source these are: the outermost of inlined functions, which is the one that
 * the site is named after.
 */
#include <stdlib.h>
#include <string.h>

#include "mutants.h"

#define MAX_SITES	4096

/* "FUNCTION\nFILE:LINE:COLUMN\n" repeated, up to an empty line: the last one. */
static char *take_place(char *text, char place[CLI_PATH])
{
	char *line, *end, *colon;

	place[0] = '\0';
	while ((line = strchr(text, '\n')) && line != text) {
		end = strchr(line + 1, '\n');
		if (!end)
			return NULL;
		*end = '\0';
		snprintf(place, CLI_PATH, "%s", line + 1);
		text = end + 1;
	}
	colon = strrchr(place, ':');
	if (colon)
		*colon = '\0';
	return line ? line + 1 : NULL;
}

/* As the tree or the project names it. */
static const char *short_place(char place[CLI_PATH])
{
	char real[CLI_PATH], line[16] = "", *colon = strrchr(place, ':');
	size_t n = strlen(cli_root());
	const char *tree, *below;

	if (colon) {
		snprintf(line, sizeof(line), "%s", colon);
		*colon = '\0';
	}
	cli_path(place, "%s%s", cli_real_path(real, place), line);
	tree = strstr(place, "/trees/");
	below = tree ? strstr(tree, "/src/") : NULL;
	if (below)
		return below + strlen("/src/");
	return strncmp(place, cli_root(), n) || place[n] != '/' ? place :
								  place + n + 1;
}

static void add_places(const struct cli_executable *exe, json_t *sites)
{
	const char **argv = calloc(json_array_size(sites) + 3, sizeof(*argv));
	char (*text)[24] = calloc(json_array_size(sites) + 1, sizeof(*text));
	char object[CLI_PATH + 8], place[CLI_PATH], *out, *at;
	json_t *site;
	size_t i;
	int code;

	if (!argv || !text)
		abort();
	snprintf(object, sizeof(object), "--obj=%s", exe->path);
	argv[0] = "llvm-symbolizer";
	argv[1] = object;
	json_array_foreach(sites, i, site) {
		snprintf(text[i], sizeof(text[i]), "0x%llx",
			 (unsigned long long)json_integer_value(
				json_object_get(site, "address")));
		argv[i + 2] = text[i];
	}
	out = at = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	json_array_foreach(sites, i, site) {
		json_object_del(site, "address");
		if (!at)
			continue;
		at = take_place(at, place);
		json_object_set_new(site, "place",
				    json_string(short_place(place)));
	}
	free(out);
	free(text);
	free(argv);
}

int mutants_list(const struct cli_executable *exe, bool json)
{
	const char *const argv[] = { exe->path, "--mutants", NULL };
	json_t *sites, *site;
	char *text;
	size_t i;
	int code;

	text = cli_capture(&(struct cli_process){ .argv = argv }, &code);
	sites = text && !code ? json_loads(text, 0, NULL) : NULL;
	free(text);
	if (!sites || json_array_size(sites) > MAX_SITES) {
		fprintf(stderr, "vtb: %s does not say which sites it has\n",
			exe->path);
		json_decref(sites);
		return VTB_EXIT_BENCH;
	}
	add_places(exe, sites);
	if (json) {
		json_dumpf(sites, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		printf("\n");
	}
	json_array_foreach(sites, i, site)
		if (!json)
			printf("%-44s %s\n", json_string_value(
					json_object_get(site, "name")),
			       json_string_value(json_object_get(site, "place")));
	json_decref(sites);
	return VTB_EXIT_CLEAN;
}

struct cli_executable *mutants_executable(const char *preset, const char *word,
					  const char *implementation)
{
	struct cli_executable *list;
	size_t nr, i;

	if (strchr(word, '.') || strchr(word, '/'))
		return cli_executable_for(preset, word, implementation);
	nr = cli_executables(preset, &list);
	for (i = 0; i < nr; i++) {
		if (strcmp(list[i].target, word) ||
		    strcmp(list[i].implementation,
			   implementation ? implementation : "own"))
			continue;
		list[0] = list[i];
		return list;
	}
	fprintf(stderr, "vtb: no target '%s' with implementation %s", word,
		implementation ? implementation : "own");
	cli_suggest_target(preset, word);
	fprintf(stderr, ", see vtb list implementations\n");
	free(list);
	return NULL;
}
