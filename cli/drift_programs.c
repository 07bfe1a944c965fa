/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_programs.c - the same programs in two implementations
 *
 * Each scenario of a target is run in both. A finding in one of them, or another
 * one, is changed behaviour, and so is an op that succeeds in one and fails in
 * the other, or fails otherwise; values of ops that succeed are not compared,
 * since the contract leaves some of them open (`vtb list ops`). What a scenario
 * says it expects of each implementation is changed behaviour that is known.
 */
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "options.h"
#include "outcome.h"

static json_int_t error_of(const json_t *op)
{
	json_int_t result = json_number_of(op, "result");

	return result < 0 ? result : 0;
}

/* The first op of which both say something else, or NULL. */
static json_t *first_difference(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "ops"), *y = json_object_get(b, "ops");
	const json_t *op, *other;
	size_t i;

	json_array_foreach(x, i, op) {
		other = json_array_get(y, i);
		if (other && error_of(op) != error_of(other))
			return json_pack("{s:s, s:I, s:I}", "op",
					 json_text_of(op, "call"), "from",
					 error_of(op), "to", error_of(other));
	}
	return NULL;
}

/* Does it end as the file says? */
static bool is_expected(const char *exe, const char *file)
{
	const char *const argv[] = {
		exe, "--replay", file, "--judge", "--json", NULL,
	};

	return !cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null", .err = "/dev/null",
	});
}

static json_t *replay(const char *exe, const char *file,
		      struct cli_outcome *outcome)
{
	char *text = NULL;
	json_t *report;

	if (cli_replay(exe, file, outcome, &text))
		return NULL;
	report = json_loads(text, 0, NULL);
	free(text);
	return report;
}

static void compare_program(json_t *list, const struct cli_executable *from,
			    const struct cli_executable *to, const char *file)
{
	struct cli_outcome old, new;
	json_t *a = replay(from->path, file, &old);
	json_t *b = replay(to->path, file, &new), *op = NULL;
	const char *at = strstr(file, "/scenarios/");

	if (a && b && !old.exit_code && !new.exit_code)
		op = first_difference(a, b);
	if (!a || !b || op || strcmp(old.identity, new.identity))
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:b, s:o}", "target", to->target,
			"program", at ? at + 1 : file,
			"from", a ? old.identity : "no answer",
			"to", b ? new.identity : "no answer", "expected",
			a && b && !op && is_expected(from->path, file) &&
			is_expected(to->path, file),
			"op", op ? op : json_null()));
	json_decref(a);
	json_decref(b);
}

static void compare_target(json_t *list, const struct cli_executable *from,
			   const struct cli_executable *to)
{
	char dir[CLI_PATH], file[CLI_PATH], **names;
	size_t nr, i, n;

	cli_path(dir, "%s/scenarios/%s", cli_root(), to->target);
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++) {
		n = strlen(names[i]);
		if (n > 4 && !strcmp(names[i] + n - 4, ".scn"))
			compare_program(list, from, to,
					cli_path(file, "%s/%s", dir, names[i]));
	}
	cli_free_names(names, nr);
}

json_t *drift_programs(const struct drift *drift, const char *from,
		       const char *to)
{
	struct cli_executable *all;
	size_t nr = cli_executables("asan", &all), i, n;
	json_t *list = NULL;

	for (i = 0; i < nr; i++) {
		for (n = 0; n < nr; n++) {
			if (strcmp(all[i].target, all[n].target) ||
			    strcmp(all[i].implementation, from) ||
			    strcmp(all[n].implementation, to))
				continue;
			if (!list)
				list = json_array();
			if (drift->only &&
			    !cli_in_list(drift->only, all[i].target))
				continue;
			fprintf(stderr, "vtb: drift: programs of %s\n",
				all[i].target);
			compare_target(list, &all[i], &all[n]);
		}
	}
	free(all);
	return list;
}
