/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outcome.c - replaying a program file in an executable, and what came of it
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "outcome.h"
#include "suggest.h"

json_t *cli_ask(const struct cli_executable *exe)
{
	const char *const argv[] = { exe->path, "--info", "--json", NULL };
	char *text;
	json_t *info;
	int code;

	text = cli_capture(&(struct cli_process){ .argv = argv }, &code);
	info = text && !code ? json_loads(text, 0, NULL) : NULL;
	free(text);
	if (!info)
		fprintf(stderr, "vtb: %s says nothing about itself (exit code %d)\n",
			exe->path, code);
	return info;
}

static void copy_text(char *to, size_t size, const json_t *object,
		      const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	snprintf(to, size, "%s", text ? text : "");
}

static bool parse_outcome(const char *text, struct cli_outcome *o)
{
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;
	json_t *same;

	if (!object)
		return false;
	memset(o, 0, sizeof(*o));
	o->exit_code = (int)json_integer_value(json_object_get(object, "exit"));
	same = json_object_get(object, "deterministic");
	o->died = !same;
	o->deterministic = !same || json_is_true(same);
	copy_text(o->identity, sizeof(o->identity), object, "identity");
	copy_text(o->oracle, sizeof(o->oracle), object, "oracle");
	copy_text(o->what, sizeof(o->what), object, "what");
	copy_text(o->why, sizeof(o->why), object, "why");
	copy_text(o->trace_hash, sizeof(o->trace_hash), object, "trace_hash");
	copy_text(o->build, sizeof(o->build), object, "build");
	o->step = (uint64_t)json_integer_value(json_object_get(object, "step"));
	o->time_ns = (uint64_t)json_integer_value(json_object_get(object,
								  "time_ns"));
	json_decref(object);
	return true;
}

static char *run_once(const char *exe, const char *file, int *code)
{
	const char *const argv[] = { exe, "--replay", file, "--json", NULL };
	const char *const env[] = { "ASAN_OPTIONS=symbolize=0", NULL };
	const struct cli_process process = {
		.argv = argv, .env = env, .err = "/dev/null",
	};

	return cli_capture(&process, code);
}

/* No report: again, to let it say why on stderr. */
static int complain(const char *exe, const char *file, int code)
{
	const char *const argv[] = { exe, "--replay", file, NULL };

	cli_run(&(struct cli_process){ .argv = argv });
	fprintf(stderr, "vtb: %s gives no report about %s (exit code %d)\n",
		exe, file, code);
	return code == VTB_EXIT_USAGE ? VTB_EXIT_USAGE : VTB_EXIT_BENCH;
}

int cli_replay(const char *exe, const char *file, struct cli_outcome *outcome,
	       char **json)
{
	struct cli_outcome again;
	char *text, *second;
	int code;

	text = run_once(exe, file, &code);
	if (!parse_outcome(text, outcome)) {
		free(text);
		return complain(exe, file, code);
	}
	if (outcome->died) {
		second = run_once(exe, file, &code);
		outcome->deterministic =
			parse_outcome(second, &again) &&
			!strcmp(again.identity, outcome->identity) &&
			!strcmp(again.trace_hash, outcome->trace_hash);
		free(second);
	}
	if (json)
		*json = text;
	else
		free(text);
	return 0;
}

static bool serves(const struct cli_executable *exe,
		   const struct program_peek *peek)
{
	return program_world_hash(exe->target) == peek->world_hash;
}

static void say_choices(const struct cli_executable *list, size_t nr,
			const struct program_peek *peek)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (serves(&list[i], peek))
			fprintf(stderr, "vtb:   %s\n", list[i].implementation);
}

static bool is_target(const char *preset, const char *name)
{
	struct cli_executable *list;
	size_t nr = cli_executables(preset, &list), i;

	for (i = 0; i < nr && strcmp(list[i].target, name); i++)
		;
	free(list);
	return i < nr;
}

/* What is meant to be a program and is none: what may have been meant. */
static void say_hint(const char *preset, const char *file)
{
	struct stat st;

	if (stat(file, &st)) {
		if (is_target(preset, file))
			fprintf(stderr, "vtb: '%s' is a target; its programs "
				"are in scenarios/%s, see vtb list scenarios\n",
				file, file);
	} else if (S_ISDIR(st.st_mode)) {
		fprintf(stderr, "vtb: that is a folder; expected a program: a "
			"finding (.vtb) or a scenario (.scn)\n");
	} else if (!st.st_size) {
		fprintf(stderr, "vtb: the file is empty\n");
	} else {
		fprintf(stderr, "vtb: if it is the raw input of an engine, "
			"%s/build/%s/bin/TARGET.IMPLEMENTATION %s runs it\n",
			cli_root(), preset, file);
	}
}

static void say_unknown(const struct cli_executable *list, size_t nr,
			const struct program_peek *peek,
			const char *implementation)
{
	struct suggestion suggestion;
	size_t i;

	suggest_begin(&suggestion, implementation);
	for (i = 0; i < nr; i++)
		if (serves(&list[i], peek))
			suggest(&suggestion, list[i].implementation);
	fprintf(stderr, "vtb: unknown implementation '%s'", implementation);
	suggest_print(stderr, &suggestion);
	fprintf(stderr, "; there are:\n");
	say_choices(list, nr, peek);
}

struct cli_executable *cli_executable_for(const char *preset, const char *file,
					  const char *implementation)
{
	struct cli_executable *list, *found = NULL;
	struct program_peek peek;
	char error[512];
	size_t nr, i, targets = 0;
	bool any;

	if (program_peek(&peek, file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		say_hint(preset, file);
		return NULL;
	}
	if (!implementation && peek.implementation[0])
		implementation = peek.implementation;
	/* Not every target has one of ours; they are listed first. */
	any = !implementation;
	nr = cli_executables(preset, &list);
	for (i = 0; i < nr; i++) {
		if (!serves(&list[i], &peek))
			continue;
		targets++;
		if (any ? !found :
			  !strcmp(list[i].implementation, implementation))
			found = &list[i];
	}
	if (found)
		*list = *found;
	else if (!targets)
		fprintf(stderr, "vtb: %s: foreign program: no target here has "
			"its world %s%s(hash %08x), see vtb list\n", file,
			peek.world, peek.text ? " " : "",
			peek.world_hash);
	else
		say_unknown(list, nr, &peek, implementation);
	if (!found)
		free(list);
	return found ? list : NULL;
}
