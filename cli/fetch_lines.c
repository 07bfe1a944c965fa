/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch_lines.c - source lines of the places that `vtb fetches` lists
 *
 * All addresses go to one llvm-symbolizer. A user copy is mostly an inline
 * function of a header; the line that counts is the one of the function that
 * it is inlined into, which comes last.
 */
#include <stdlib.h>
#include <string.h>

#include <sim/finding.h>

#include "cli.h"
#include "fetch_lines.h"

/* As the project or the kernel tree names the file. */
static const char *short_path(const char *path)
{
	static char real[CLI_PATH];
	const char *tree, *below;
	size_t n = strlen(cli_root());

	cli_real_path(real, path);
	tree = strstr(real, "/trees/");
	below = tree ? strstr(tree, "/src/") : NULL;
	if (below)
		return below + strlen("/src/");
	return strncmp(real, cli_root(), n) ? real : real + n + 1;
}

static void set_line(json_t *place, const json_t *answer)
{
	const json_t *frames = json_object_get(answer, "Symbol"), *frame;
	const char *file;

	json_object_del(place, "pc");
	frame = json_array_get(frames, json_array_size(frames) - 1);
	file = json_string_value(json_object_get(frame, "FileName"));
	if (!file || !*file)
		return;
	json_object_set_new(place, "file", json_string(short_path(file)));
	json_object_set(place, "line", json_object_get(frame, "Line"));
}

/* All that have a "pc", in the order of the list. */
static size_t collect(json_t *sites, json_t **places)
{
	json_t *site, *first;
	size_t i, nr = 0;

	json_array_foreach(sites, i, site) {
		places[nr++] = site;
		first = json_object_get(site, "first");
		if (first)
			places[nr++] = first;
	}
	return nr;
}

static json_t *symbolize(const char *exe, json_t **places, size_t nr)
{
	const char **argv = calloc(nr + 4, sizeof(*argv));
	char object[CLI_PATH + 8], *text;
	json_t *answers = NULL;
	size_t i, n = 0;
	int code;

	sim_assert(argv);
	snprintf(object, sizeof(object), "--obj=%s", exe);
	argv[n++] = "llvm-symbolizer";
	argv[n++] = "--output-style=JSON";
	argv[n++] = object;
	for (i = 0; i < nr; i++)
		argv[n++] = json_string_value(json_object_get(places[i], "pc"));
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	if (text && !code)
		answers = json_loads(text, 0, NULL);
	free(text);
	free(argv);
	return answers;
}

void fetch_lines_add(const char *exe, json_t *sites)
{
	json_t **places = calloc(2 * json_array_size(sites) + 1,
				 sizeof(json_t *)), *answers = NULL;
	size_t nr, i;

	sim_assert(places);
	nr = collect(sites, places);
	if (nr)
		answers = symbolize(exe, places, nr);
	for (i = 0; i < nr; i++)
		set_line(places[i], json_array_get(answers, i));
	json_decref(answers);
	free(places);
}
