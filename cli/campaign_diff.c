/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_diff.c - campaigns about a change (--diff REV)
 *
 * With a kernel tree two implementations are fuzzed: `user`, the work tree, and
 * `base`, revision REV of it, which the launcher has built (setup/base-tree).
 * A finding of `user` whose program shows the same in `base`, or that `base`
 * has by another program, is known: the change is not to blame. Without a
 * kernel tree the change is one of the project itself, and there is no base.
 *
 * Only targets that have something of a changed file in them are fuzzed: the
 * build knows which object was made from which files.
 */
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "cover_diff.h"

static bool is_base(const struct pair *pair)
{
	return !strcmp(pair->exe.implementation, "base");
}

static struct pair *base_of(const struct campaign *campaign,
			    const struct pair *pair)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		if (is_base(&campaign->pairs[i]) &&
		    !strcmp(campaign->pairs[i].exe.target, pair->exe.target))
			return &campaign->pairs[i];
	return NULL;
}

/* -- before -- */

static void say_dirty(const struct campaign_diff *diff)
{
	const char *const argv[] = {
		"git", "--no-optional-locks", "-C", diff->place.repository,
		"diff", "--quiet", "HEAD", "--", ".", NULL,
	};

	if (cli_run(&(struct cli_process){ .argv = argv }) == 1)
		fprintf(stderr, "vtb: the work tree has uncommitted changes: they are included\n");
}

/* Does a line of "ninja -t deps" name a file that has changed? */
static bool is_changed(const struct campaign_diff *diff, const char *line)
{
	size_t n = strlen(diff->place.sources), length, i;
	const char *path;
	const json_t *file;

	line += strspn(line, " ");
	if (strncmp(line, diff->place.sources, n) || line[n] != '/')
		return false;
	line += n + 1;
	length = strcspn(line, "\n");
	json_array_foreach(json_object_get(diff->changes, "files"), i, file) {
		path = json_string_value(json_object_get(file, "path"));
		if (strlen(path) == length && !strncmp(line, path, length))
			return true;
	}
	return false;
}

/*
 * @deps: "OBJECT: #deps N...\n    FILE\n    FILE\n..." for each object.
 * @inputs: what an executable is made from, an object or another file per line.
 */
static bool is_affected(const struct campaign_diff *diff, const char *deps,
			const char *inputs)
{
	char object[CLI_PATH];
	bool ours = false;
	size_t n;

	for (; *deps; deps += n + (deps[n] == '\n')) {
		n = strcspn(deps, "\n");
		if (*deps != ' ') {
			const char *end = strstr(deps, ": #deps");

			if (!end || end > deps + n)
				continue;
			snprintf(object, sizeof(object), "%.*s\n",
				 (int)(end - deps), deps);
			ours = strstr(inputs, object);
		} else if (ours && is_changed(diff, deps)) {
			return true;
		}
	}
	return false;
}

static char *ask_ninja(const char *preset, const char *tool, const char *file)
{
	char dir[CLI_PATH];
	const char *const argv[] = {
		"ninja", "-C", cli_path(dir, "%s/build/%s", cli_root(), preset),
		"--quiet", "-t", tool, file, NULL,
	};
	int code;
	char *text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);

	if (text && code) {
		free(text);
		return NULL;
	}
	return text;
}

/* The targets of `user` that the change reaches, as a list for --only. */
static void find_affected(struct campaign *campaign)
{
	struct campaign_diff *diff = &campaign->diff;
	struct cli_executable *list;
	size_t nr = cli_executables(campaign->flavour, &list), i, used = 0;
	char *deps = ask_ninja(campaign->flavour, "deps", NULL), *inputs;
	char name[192];

	for (i = 0; i < nr; i++) {
		if (strcmp(list[i].implementation, "user"))
			continue;
		snprintf(name, sizeof(name), "bin/%s.user", list[i].target);
		inputs = ask_ninja(campaign->flavour, "inputs", name);
		/* If the build does not know, what can be fuzzed is. */
		if (!deps || !inputs || is_affected(diff, deps, inputs))
			used += (size_t)snprintf(diff->affected + used,
				sizeof(diff->affected) - used, "%s%s",
				used ? "," : "", list[i].target);
		sim_assert(used < sizeof(diff->affected));
		free(inputs);
	}
	free(deps);
	free(list);
}

static bool has_base(const struct campaign *campaign)
{
	struct cli_executable *list;
	size_t nr = cli_executables(campaign->flavour, &list), i;
	bool found = false;

	for (i = 0; i < nr; i++)
		found |= !strcmp(list[i].implementation, "base");
	free(list);
	return found;
}

static void choose_kernel(struct campaign *campaign)
{
	struct campaign_diff *diff = &campaign->diff;

	diff->has_base = has_base(campaign);
	if (!campaign->implementation)
		campaign->implementation = diff->has_base ? "user,base" :
							    "user";
	if (!diff->has_base)
		fprintf(stderr, "vtb: there is no build of %s to compare with: "
			"every finding counts as new\n", diff->place.rev);
	find_affected(campaign);
	if (!diff->affected[0]) {
		fprintf(stderr, "vtb: no target has anything of what has changed in it: "
			"nothing to fuzz\n");
		campaign->seconds = 0;
	} else if (!campaign->only) {
		campaign->only = diff->affected;
	}
}

int diff_begin(struct campaign *campaign)
{
	struct campaign_diff *diff = &campaign->diff;
	struct cover_diff *changes;
	static const char *const none[] = { NULL };
	int code;

	code = cover_diff_place(&diff->place);
	if (!code)
		code = cover_diff_check(&diff->place);
	if (code)
		return code;
	diff->place.tracefiles = none;
	code = cover_diff_read(&diff->place, &changes);
	if (code)
		return code;
	diff->changes = cover_diff_json(changes);
	cover_diff_free(changes);
	diff->kernel = diff->place.sources != diff->place.repository;
	say_dirty(diff);
	if (diff->kernel)
		choose_kernel(campaign);
	else if (!campaign->implementation)
		campaign->implementation = "own";
	return VTB_EXIT_CLEAN;
}

/* -- findings -- */

static bool shows(const struct pair *pair, const struct finding *finding)
{
	struct cli_outcome outcome;

	return !cli_replay(pair->exe.path, finding->file, &outcome, NULL) &&
	       !strcmp(outcome.identity, finding->identity);
}

static void set_known(struct finding *finding, const char *what,
		      const char *rev)
{
	finding->status = FINDING_KNOWN;
	snprintf(finding->reason, sizeof(finding->reason), "%s %s", what, rev);
}

void diff_judge(const struct campaign *campaign, const struct pair *pair,
		struct finding *finding)
{
	const char *rev = campaign->diff.place.rev;
	const struct pair *base;

	if (!campaign->diff.has_base || finding->status != FINDING_NEW)
		return;
	base = base_of(campaign, pair);
	if (base == pair)
		set_known(finding, "in", rev);
	else if (base && shows(base, finding))
		set_known(finding, "also in", rev);
	else if (base)
		snprintf(finding->reason, sizeof(finding->reason),
			 "not in %s", rev);
}

static bool base_has(const struct pair *base, const char *identity)
{
	size_t i;

	for (i = 0; base && i < base->nr_findings; i++)
		if (!strcmp(base->list[i].identity, identity))
			return true;
	return false;
}

/* `base` may have shown something by a program of its own, and later. */
void diff_settle(struct campaign *campaign)
{
	size_t i, n;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];
		const struct pair *base = base_of(campaign, pair);

		for (n = 0; n < pair->nr_findings; n++) {
			struct finding *finding = &pair->list[n];

			if (finding->status == FINDING_NEW &&
			    base_has(base, finding->identity)) {
				set_known(finding, "also in",
					  campaign->diff.place.rev);
				findings_remember(campaign, pair, finding);
			}
			if (finding->status == FINDING_NEW || campaign->strict)
				campaign_worsen(campaign,
						finding->outcome.exit_code);
		}
	}
}

/* -- afterwards -- */

/* Tracefiles of everything that was covered; NULL-terminated, for free(). */
static const char **tracefiles(const struct campaign *campaign,
			       char (*paths)[CLI_PATH])
{
	const char **files = calloc(campaign->nr_pairs + 1, sizeof(*files));
	size_t i, nr = 0;

	sim_assert(files);
	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *pair = &campaign->pairs[i];

		if (pair->coverage.valid)
			files[nr++] = cli_path(paths[i], "%s/coverage/%s.%s.all",
					       campaign->out, pair->exe.target,
					       pair->exe.implementation);
	}
	return files;
}

int diff_report(struct campaign *campaign)
{
	struct cover_diff_options options = campaign->diff.place;
	char (*paths)[CLI_PATH] = calloc(campaign->nr_pairs, sizeof(*paths));
	struct cover_diff *diff;
	const char **files;
	int code;

	sim_assert(paths);
	files = tracefiles(campaign, paths);
	options.tracefiles = files;
	code = cover_diff_read(&options, &diff);
	if (!code) {
		fprintf(stderr, "\n");
		cover_diff_print(stderr, diff);
		json_decref(campaign->diff.changes);
		campaign->diff.changes = cover_diff_json(diff);
		campaign->diff.covered = true;
		cover_diff_free(diff);
	}
	free(files);
	free(paths);
	return code;
}
