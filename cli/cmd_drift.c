/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_drift.c - `vtb drift`: what differs between kernel trees
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drift.h"
#include "options.h"
#include "output.h"

const char help_drift[] =
"usage: vtb drift [--kernel TREE] [--only COMPONENT,..] [--against FILE.json]\n"
"                 [--no-programs] [--jobs N] [--out FILE.md] [--json]\n"
"\n"
"Compiles every unmodified file and the simulated kernel for all kernel trees,\n"
"and says on one page what differs from tree to tree: files that do not build,\n"
"with the first error; new externals, and which of them are not modelled;\n"
"structures that our own code uses; scenarios that show something else.\n"
"\n"
"Compared are linux-6.1 with linux-6.12 and, with --kernel, the tree with the\n"
"nearest of them that is not newer. With --against, each tree is compared with\n"
"what it was then.\n"
"\n"
"  --kernel TREE     a kernel tree of yours; it is only read\n"
"  --only C,..       these components, as components/implementations.def names\n"
"                    them, and programs of targets of these names\n"
"  --against FILE    the JSON of an earlier start\n"
"  --no-programs     compile only\n"
"  --jobs N          compilers at a time (default: number of cores)\n"
"  --out FILE.md     write the page there, and FILE.json with all facts\n"
"                    (default: out/drift/drift.md); replaced if it is there\n"
"  --json            print the JSON instead of the page\n"
"\n"
"Exit codes: 0 no drift, 1 usage, 3 bench error, 4 drift. What a scenario says\n"
"it expects of each implementation is no drift.\n"
"\n"
"examples:\n"
"  vtb drift\n"
"  vtb drift --kernel ~/src/linux\n"
"  vtb drift --only vfio --no-programs\n";

static const struct drift_tree *find_tree(const struct drift *drift,
					  const char *name)
{
	size_t i;

	for (i = 0; i < drift->nr_trees; i++)
		if (!strcmp(drift->trees[i].name, name))
			return &drift->trees[i];
	return NULL;
}

/* 6.12 is newer than 6.1: numbers, not text. */
static unsigned long version_of(const struct drift_tree *tree)
{
	unsigned int major = 0, minor = 0;

	sscanf(json_text_of(tree->facts, "release"), "%u.%u", &major, &minor);
	return major * 1000ul + minor;
}

/* The newest known tree that is not newer than @user, else the oldest. */
static const struct drift_tree *nearest(const struct drift *drift,
					const struct drift_tree *user)
{
	const struct drift_tree *best = NULL, *oldest = NULL;
	size_t i;

	for (i = 0; i < drift->nr_trees; i++) {
		const struct drift_tree *tree = &drift->trees[i];

		if (tree == user)
			continue;
		if (!oldest || version_of(tree) < version_of(oldest))
			oldest = tree;
		if (version_of(tree) <= version_of(user) &&
		    (!best || version_of(tree) > version_of(best)))
			best = tree;
	}
	return best ? best : oldest;
}

static void add_changes(const struct drift *drift, json_t *list,
			const struct drift_tree *from,
			const struct drift_tree *to)
{
	json_t *changes, *programs = NULL;

	if (!from || !to)
		return;
	changes = drift_compare(from->facts, to->facts);
	if (!drift->no_programs)
		programs = drift_programs(drift, from->name, to->name);
	json_object_set_new(changes, "programs",
			    programs ? programs : json_null());
	json_array_append_new(list, changes);
}

/* Each tree and what an earlier page says of it. */
static int compare_with(const struct drift *drift, json_t *list)
{
	json_error_t error;
	json_t *page = json_load_file(drift->against, 0, &error), *then;
	size_t i;

	if (!page) {
		fprintf(stderr, "vtb: drift: %s:%d: %s\n", drift->against,
			error.line, error.text);
		return VTB_EXIT_USAGE;
	}
	for (i = 0; i < drift->nr_trees; i++) {
		then = json_object_get(json_object_get(page, "trees"),
				       drift->trees[i].name);
		if (!then)
			continue;
		json_array_append_new(list, drift_compare(then,
						drift->trees[i].facts));
	}
	json_decref(page);
	return VTB_EXIT_CLEAN;
}

static int compare(const struct drift *drift, json_t *list)
{
	const struct drift_tree *user = find_tree(drift, "user");

	if (drift->against)
		return compare_with(drift, list);
	add_changes(drift, list, find_tree(drift, "linux-6.1"),
		    find_tree(drift, "linux-6.12"));
	if (user)
		add_changes(drift, list, nearest(drift, user), user);
	return VTB_EXIT_CLEAN;
}

static int make_page(struct drift *drift, json_t **page)
{
	json_t *list = json_array(), *trees = json_object();
	int code = compare(drift, list);
	size_t i;

	for (i = 0; i < drift->nr_trees; i++)
		json_object_set(trees, drift->trees[i].name,
				drift->trees[i].facts);
	*page = json_pack("{s:i, s:o, s:O, s:o}", "version", 1, "changes", list,
			  "warnings", drift->warnings, "trees", trees);
	sim_assert(*page);
	return code;
}

/* -- writing -- */

static void json_name(const char *page, char path[CLI_PATH])
{
	size_t n = strlen(page);

	if (n > 3 && !strcmp(page + n - 3, ".md"))
		n -= 3;
	cli_path(path, "%.*s.json", (int)n, page);
}

static int write_files(const char *path, const json_t *page)
{
	struct output output;
	char beside[CLI_PATH];
	int rc = output_open_path(&output, path);

	if (rc)
		return rc;
	drift_print(output.file, page);
	rc = output_close(&output);
	json_name(path, beside);
	if (!rc)
		rc = output_open_path(&output, beside);
	if (rc)
		return rc;
	json_dumpf(page, output.file, JSON_INDENT(1) | JSON_SORT_KEYS);
	return output_close(&output);
}

static int say(const json_t *page, const char *path, bool json)
{
	const json_t *changes;
	int code = VTB_EXIT_CLEAN;
	size_t i;

	if (json) {
		json_dumpf(page, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		printf("\n");
	} else {
		drift_print(stdout, page);
	}
	json_array_foreach(json_object_get(page, "changes"), i, changes)
		if (drift_is_any(changes))
			code = VTB_EXIT_SAFETY;
	if (write_files(path, page))
		code = VTB_EXIT_BENCH;
	return code;
}

static int run(struct drift *drift, const char *out, bool json)
{
	char beside[CLI_PATH];
	json_t *page = NULL;
	int code = drift_trees(drift);
	size_t i;

	cli_path(drift->work, "%s/out/drift", cli_root());
	if (!code && cli_make_dirs(drift->work))
		code = VTB_EXIT_BENCH;
	if (!code)
		code = drift_build(drift);
	if (!code) {
		drift_structures(drift);
		code = make_page(drift, &page);
	}
	if (!code)
		code = say(page, out ? out : cli_path(beside, "%s/drift.md",
						      drift->work), json);
	for (i = 0; i < drift->nr_trees; i++)
		json_decref(drift->trees[i].facts);
	json_decref(page);
	return code;
}

int cmd_drift(int argc, char **argv)
{
	struct drift drift = {
		.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.warnings = json_array(),
	};
	const char *out = NULL;
	bool json = false;
	const struct cli_option options[] = {
		{ "--only", CLI_TEXT, &drift.only },
		{ "--against", CLI_TEXT, &drift.against },
		{ "--no-programs", CLI_FLAG, &drift.no_programs },
		{ "--jobs", CLI_NUMBER, &drift.jobs },
		{ "--out", CLI_TEXT, &out },
		{ "--json", CLI_FLAG, &json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "drift", .help = help_drift, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code < 0)
		code = run(&drift, out, json);
	json_decref(drift.warnings);
	return code;
}
