/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_list.c - `vtb list`: what there is
 */
#include <stdlib.h>
#include <string.h>

#include "canary.h"
#include "mutants.h"
#include "options.h"
#include "outcome.h"
#include "suggest.h"

const char help_list[] =
"usage: vtb list [targets | implementations | scenarios | canaries | ops]\n"
"                [--json]\n"
"       vtb list ops [NAME] [--verbose | --markdown]\n"
"       vtb list mutants TARGET [--implementation I] [--json]\n"
"\n"
"Says what there is, one line each; all of it without a word. Of ops it can\n"
"say more: what they do, what they take, which values are tried first. Mutants\n"
"are what vtb explore --mutate can ignore in the code under test.\n"
"\n"
"examples:\n"
"  vtb list\n"
"  vtb list ops\n"
"  vtb list ops log_report\n"
"  vtb list mutants iova_bitmap\n"
"  vtb list ops --markdown >docs/ops.md\n";

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Targets by name; executables are sorted, so repeats are neighbours. */
static void list_targets(const struct cli_executable *list, size_t nr,
			 json_t *out)
{
	json_t *info, *world;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (i && !strcmp(list[i].target, list[i - 1].target))
			continue;
		info = cli_ask(&list[i]);
		world = json_array_get(json_object_get(info, "worlds"), 0);
		json_array_append_new(out, json_pack("{s:s, s:s}", "target",
			list[i].target, "help", text_of(world, "help")));
		json_decref(info);
	}
}

static void list_implementations(const struct cli_executable *list, size_t nr,
				 json_t *out)
{
	json_t *info;
	size_t i;

	for (i = 0; i < nr; i++) {
		info = cli_ask(&list[i]);
		json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s}",
			"target", list[i].target,
			"implementation", list[i].implementation,
			"flavour", text_of(info, "flavour"),
			"build", text_of(info, "build")));
		json_decref(info);
	}
}

static void list_folder(const char *folder, json_t *out)
{
	char dir[CLI_PATH], path[CLI_PATH], error[512];
	struct program_peek peek;
	char **names;
	size_t nr, i;

	cli_path(dir, "%s/%s", cli_root(), folder);
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++) {
		cli_path(path, "%s/%s", dir, names[i]);
		if (!strstr(names[i], ".scn") ||
		    program_peek(&peek, path, error, sizeof(error)))
			continue;
		cli_path(path, "%s/%s", folder, names[i]);
		json_array_append_new(out, json_pack("{s:s, s:s, s:s}",
			"file", path, "world", peek.world,
			"expect", peek.expect));
	}
	cli_free_names(names, nr);
}

static void list_scenarios(json_t *out)
{
	char dir[CLI_PATH], folder[CLI_PATH];
	char **names;
	size_t nr, i;

	cli_path(dir, "%s/scenarios", cli_root());
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++)
		list_folder(cli_path(folder, "scenarios/%s", names[i]), out);
	cli_free_names(names, nr);
}

static void list_canaries(json_t *out)
{
	struct canary *list;
	size_t nr, i;

	if (canaries_load(NULL, 0, &list, &nr))
		return;
	for (i = 0; i < nr; i++)
		json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s}",
			"id", list[i].value[CANARY_ID],
			"target", list[i].value[CANARY_TARGET],
			"flavour", list[i].value[CANARY_FLAVOUR],
			"class", list[i].value[CANARY_CLASS]));
	canaries_free(list, nr);
}

static void list_ops(const struct cli_executable *list, size_t nr, json_t *out)
{
	json_t *info, *world, *op;
	size_t i, w, n;

	for (i = 0; i < nr; i++) {
		if (i && !strcmp(list[i].target, list[i - 1].target))
			continue;
		info = cli_ask(&list[i]);
		json_array_foreach(json_object_get(info, "worlds"), w, world)
			json_array_foreach(json_object_get(world, "ops"), n, op)
				json_array_append_new(out, json_pack(
					"{s:s, s:s, s:s, s:s}",
					"world", text_of(world, "name"),
					"op", text_of(op, "name"),
					"actor", text_of(op, "actor"),
					"help", text_of(op, "help")));
		json_decref(info);
	}
}

static const char markdown_head[] =
"# Ops\n"
"\n"
"What actors can do, by world. `./vtb list ops --markdown` writes this page from\n"
"the op tables, and a test compares them.\n";

/* Each target says it itself. True if one has op @only (NULL: any). */
static bool explain_ops(const char *only, bool markdown)
{
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	bool found = false;

	if (markdown)
		fputs(markdown_head, stdout);
	for (i = 0; i < nr; i++) {
		const char *const argv[] = {
			list[i].path, "--ops", markdown ? "--markdown" : only,
			NULL,
		};

		if (!i || strcmp(list[i].target, list[i - 1].target))
			found |= !cli_run(&(struct cli_process){ .argv = argv });
	}
	free(list);
	return found;
}

/* The members of each row in columns. */
static void print_rows(const char *title, const json_t *rows)
{
	const char *key;
	json_t *row, *value;
	size_t i;

	printf("%s:\n", title);
	json_array_foreach(rows, i, row) {
		printf(" ");
		json_object_foreach(row, key, value)
			printf(" %-16s", json_string_value(value));
		printf("\n");
	}
}

static bool is_topic(const char *word)
{
	return !strcmp(word, "targets") || !strcmp(word, "implementations") ||
	       !strcmp(word, "scenarios") || !strcmp(word, "canaries") ||
	       !strcmp(word, "ops");
}

static void fill(const char *topic, const struct cli_executable *list,
		 size_t nr, json_t *out)
{
	if (!strcmp(topic, "targets"))
		list_targets(list, nr, out);
	else if (!strcmp(topic, "implementations"))
		list_implementations(list, nr, out);
	else if (!strcmp(topic, "scenarios"))
		list_scenarios(out);
	else if (!strcmp(topic, "canaries"))
		list_canaries(out);
	else
		list_ops(list, nr, out);
}

static void list_topics(const char *only, bool json)
{
	static const char *const topics[] = {
		"targets", "implementations", "scenarios", "canaries", "ops",
	};
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	json_t *all = json_object(), *rows;

	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (only && strcmp(only, topics[i]))
			continue;
		rows = json_array();
		fill(topics[i], list, nr, rows);
		if (!json)
			print_rows(topics[i], rows);
		json_object_set_new(all, topics[i], rows);
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		printf("\n");
	}
	json_decref(all);
	free(list);
}

static int usage(const char *what, const char *which)
{
	fprintf(stderr, "vtb: list: %s '%s', see vtb list --help\n", what,
		which);
	return VTB_EXIT_USAGE;
}

static int list_mutants(const char *target, const char *implementation,
			bool json)
{
	struct cli_executable *exe;
	int code;

	if (!target)
		return usage("whose? expected a target after", "mutants");
	exe = mutants_executable("race", target, implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = mutants_list(exe, json);
	free(exe);
	return code;
}

/* Names of ops are asked for again: it is an error anyway. */
static int no_op(const char *name)
{
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	struct suggestion suggestion;
	json_t *ops = json_array(), *op;

	if (!name)
		return usage("there is no op", "at all");
	suggest_begin(&suggestion, name);
	list_ops(list, nr, ops);
	json_array_foreach(ops, i, op)
		suggest(&suggestion, text_of(op, "op"));
	fprintf(stderr, "vtb: list: there is no op '%s'", name);
	suggest_print(stderr, &suggestion);
	fprintf(stderr, ", see vtb list ops\n");
	json_decref(ops);
	free(list);
	return VTB_EXIT_USAGE;
}

int cmd_list(int argc, char **argv)
{
	const char *implementation = NULL;
	bool json = false, verbose = false, markdown = false;
	const struct cli_option options[] = {
		{ "--json", CLI_FLAG, &json },
		{ "--implementation", CLI_TEXT, &implementation },
		{ "--verbose", CLI_FLAG, &verbose },
		{ "--markdown", CLI_FLAG, &markdown },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "list", .help = help_list, .options = options,
		.max_words = 2,
	};
	int code = cli_parse(&arguments, argc, argv);
	const char *topic, *name;

	if (code >= 0)
		return code;
	topic = arguments.nr_words > 0 ? arguments.words[0] : NULL;
	name = arguments.nr_words > 1 ? arguments.words[1] : NULL;
	if (topic && !strcmp(topic, "mutants"))
		return list_mutants(name, implementation, json);
	if (implementation)
		return usage("for mutants only is", "--implementation");
	if (topic && !is_topic(topic))
		return usage("expected targets, implementations, scenarios, "
			     "canaries, ops or mutants, not", topic);
	if (!name && !verbose && !markdown) {
		list_topics(topic, json);
		return VTB_EXIT_CLEAN;
	}
	if (!topic || strcmp(topic, "ops"))
		return usage("more can be said about ops only, not about",
			     topic ? topic : "everything");
	if (json || (name && markdown))
		return usage("these do not go together:",
			     json ? "--json" : "--markdown and an op");
	if (!explain_ops(name, markdown))
		return no_op(name);
	return VTB_EXIT_CLEAN;
}
