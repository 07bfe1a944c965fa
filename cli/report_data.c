/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_data.c - what other verbs have left in files
 *
 *	campaign	DIR/history.jsonl
 *	explore		explored.jsonl in the folder of its --out
 *	fetches		fetches.jsonl in the folder of its --out
 *	canaries	canaries.json in the folder of its --out, --proof FILE
 *
 * Without an option that names it, each is looked for in the campaign's folder,
 * then where the verb puts it by default, then in reports/proof/.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Lines of JSON; one that is cut off, as by a kill, is left out. */
static json_t *load_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	json_t *list, *one;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	list = json_array();
	while (getline(&line, &size, file) > 0) {
		one = json_loads(line, 0, NULL);
		if (one)
			json_array_append_new(list, one);
	}
	free(line);
	fclose(file);
	return list;
}

json_t *report_history(struct report *report)
{
	char path[CLI_PATH];
	json_t *lines;

	lines = load_lines(cli_path(path, "%s/history.jsonl", report->dir));
	if (lines)
		return lines;
	report_miss(report, "history.jsonl: nothing over time; `vtb campaign` "
		    "writes it");
	return json_array();
}

/* The lines of @name in a folder, or of the file @place itself. */
static json_t *lines_of(const char *place, const char *name)
{
	char path[CLI_PATH];

	if (!place)
		return NULL;
	cli_path(path, "%s/%s", place, name);
	return load_lines(cli_exists(path) ? path : place);
}

/* From the campaign's folder or from out/KIND/, unless @given says where. */
static json_t *find_lines(struct report *report, const char *given,
			  const char *name, const char *kind)
{
	char path[CLI_PATH];
	json_t *lines;

	if (given) {
		lines = lines_of(given, name);
		if (!lines)
			report_miss(report, "%s: %s", given, strerror(errno));
		return lines;
	}
	lines = load_lines(cli_path(path, "%s/%s", report->dir, name));
	if (!lines)
		lines = load_lines(cli_path(path, "%s/out/%s/%s", cli_root(),
					    kind, name));
	if (!lines)
		report_miss(report, "%s: nothing was looked at by `vtb %s`",
			    name, kind);
	return lines;
}

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
	return json_equal(json_object_get(a, key), json_object_get(b, key));
}

/* Of lines that agree in all @keys only the last one. */
static json_t *latest(json_t *lines, const char *const *keys)
{
	json_t *list = json_array(), *line, *other;
	size_t i, n, k;

	json_array_foreach(lines, i, line) {
		json_array_foreach(list, n, other) {
			for (k = 0; keys[k] && same_member(line, other, keys[k]);
			     k++)
				;
			if (!keys[k])
				break;
		}
		if (n < json_array_size(list))
			json_array_set(list, n, line);
		else
			json_array_append(list, line);
	}
	json_decref(lines);
	return list;
}

json_t *report_explored(struct report *report)
{
	static const char *const keys[] = {
		"file", "implementation", "strategy", "memory", "mutant",
		"depth", NULL,
	};

	return latest(find_lines(report, report->explored, "explored.jsonl",
				 "explore"), keys);
}

json_t *report_fetches(struct report *report)
{
	static const char *const keys[] = { "target", "implementation", NULL };

	return latest(find_lines(report, report->fetches, "fetches.jsonl",
				 "fetches"), keys);
}

/* -- canaries -- */

static void add_source(json_t *sources, const char *path)
{
	json_t *json = json_load_file(path, 0, NULL);

	/* A clean hunt has runs and no canaries. */
	if (json && json_is_array(json_object_get(json, "canaries")))
		json_array_append_new(sources, json_pack("{s:s, s:O}", "file",
							 path, "report", json));
	json_decref(json);
}

/* The newest folder out/canaries-N that has a report. */
static void add_newest(json_t *sources)
{
	char dir[CLI_PATH], path[CLI_PATH], newest[CLI_PATH] = "", **names;
	unsigned long best = 0, n;
	size_t nr, i;

	nr = cli_list_dir(cli_path(dir, "%s/out", cli_root()), &names);
	for (i = 0; i < nr; i++) {
		if (strncmp(names[i], "canaries-", 9))
			continue;
		n = strtoul(names[i] + 9, NULL, 10);
		cli_path(path, "%s/%s/canaries.json", dir, names[i]);
		if (n >= best && cli_exists(path)) {
			best = n;
			cli_path(newest, "%s", path);
		}
	}
	cli_free_names(names, nr);
	if (newest[0])
		add_source(sources, newest);
}

/* reports/proof/canaries-*.json: one for each area. */
static void add_proofs(json_t *sources)
{
	char dir[CLI_PATH], path[CLI_PATH], **names;
	size_t nr, i;

	nr = cli_list_dir(cli_path(dir, "%s/reports/proof", cli_root()), &names);
	for (i = 0; i < nr; i++)
		if (!strncmp(names[i], "canaries", 8))
			add_source(sources, cli_path(path, "%s/%s", dir,
						     names[i]));
	cli_free_names(names, nr);
}

json_t *report_canaries(struct report *report)
{
	json_t *sources = json_array();
	char path[CLI_PATH];

	if (report->canaries) {
		cli_path(path, "%s/canaries.json", report->canaries);
		add_source(sources, cli_exists(path) ? path : report->canaries);
	} else {
		add_source(sources, cli_path(path, "%s/canaries.json",
					     report->dir));
		if (!json_array_size(sources))
			add_newest(sources);
		if (!json_array_size(sources))
			add_proofs(sources);
	}
	if (!json_array_size(sources))
		report_miss(report, "canaries: no table; `vtb canaries` makes it");
	return sources;
}
