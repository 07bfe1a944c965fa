/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary_result.c - what a hunt came to, as a file
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "canary.h"

static char *result_path(const struct hunt *hunt, char path[CLI_PATH])
{
	return cli_path(path, "%s/results/%s.%" PRIu64 ".json", hunt->out,
			hunt->name, hunt->seed);
}

/* Paths inside OUT are relative to it: the folder may be moved. */
static const char *inside(const struct hunt *hunt, const char *path)
{
	size_t n = strlen(hunt->out);

	return !strncmp(path, hunt->out, n) && path[n] == '/' ? path + n + 1 :
								path;
}

static json_t *sighting_json(const struct sighting *sighting)
{
	if (!sighting->seen)
		return json_null();
	return json_pack("{s:I, s:f}", "execs", (json_int_t)sighting->execs,
			 "seconds", (double)sighting->cpu_ms / 1000);
}

static json_t *minimised_json(const struct hunt *hunt,
			      const struct hunt_result *r)
{
	if (!r->minimised[0])
		return json_null();
	return json_pack("{s:s, s:i, s:i, s:b, s:b}",
			 "file", inside(hunt, r->minimised),
			 "ops", (int)r->ops,
			 "context_switches", (int)r->context_switches,
			 "finds", r->minimised_finds,
			 "clean_without_patch", r->minimised_clean);
}

static json_t *unexpected_json(const struct hunt *hunt,
			       const struct hunt_result *r)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < r->nr_unexpected; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}",
			"identity", r->unexpected[i],
			"file", inside(hunt, r->unexpected_file[i])));
	return list;
}

static json_t *to_json(const struct hunt *hunt, const struct hunt_result *r)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s,"
			 " s:o, s:o, s:o, s:o, s:b, s:s, s:s, s:s, s:o, s:o}",
			 "hunt", hunt->name, "target", hunt->target,
			 "flavour", hunt->flavour,
			 "seed", (json_int_t)hunt->seed,
			 "seconds_allowed", (json_int_t)hunt->seconds,
			 "build", hunt->build,
			 "end", sighting_json(&r->end),
			 "reached", sighting_json(&r->reached),
			 "triggered", sighting_json(&r->triggered),
			 "finding", sighting_json(&r->found),
			 "found", hunt_is_found(r),
			 "identity", r->identity,
			 "file", inside(hunt, r->file), "op", r->op,
			 "minimised", minimised_json(hunt, r),
			 "unexpected", unexpected_json(hunt, r));
}

int result_save(const struct hunt *hunt, const struct hunt_result *result)
{
	json_t *json = to_json(hunt, result);
	char path[CLI_PATH], part[CLI_PATH];
	int rc;

	sim_assert(json);
	cli_path(part, "%s.part", result_path(hunt, path));
	rc = json_dump_file(json, part, JSON_INDENT(1) | JSON_PRESERVE_ORDER |
					JSON_REAL_PRECISION(6));
	if (!rc)
		rc = rename(part, path);
	json_decref(json);
	if (!rc)
		return 0;
	fprintf(stderr, "vtb: cannot write %s: %s\n", path, strerror(errno));
	unlink(part);
	return VTB_EXIT_BENCH;
}

static bool is_of(const json_t *json, const struct hunt *hunt)
{
	const char *build = json_string_value(json_object_get(json, "build"));
	const json_t *seconds = json_object_get(json, "seconds_allowed");

	return build && !strcmp(build, hunt->build) &&
	       json_integer_value(seconds) == (json_int_t)hunt->seconds;
}

json_t *result_load(const struct hunt *hunt)
{
	char path[CLI_PATH], aside[CLI_PATH];
	json_error_t error;
	unsigned int n = 0;
	json_t *json;

	result_path(hunt, path);
	if (!cli_exists(path))
		return NULL;
	json = json_load_file(path, 0, &error);
	if (json && is_of(json, hunt))
		return json;
	if (!json)
		fprintf(stderr, "vtb: %s:%d: %s; put aside\n", path, error.line,
			error.text);
	json_decref(json);
	do
		cli_path(aside, "%s.old-%u", path, ++n);
	while (cli_exists(aside));
	rename(path, aside);
	return NULL;
}
