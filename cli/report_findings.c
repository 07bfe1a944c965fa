/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_findings.c - saved findings, replayed everywhere
 *
 * The files of a campaign's folder are the truth: what lies in findings/ is
 * reported, whether or not the campaign came to write a summary. One entry for
 * each target and identity; its first file, minimised if there is such a one,
 * is replayed in every implementation of the target.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "report.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* What summary.json says of a finding, or NULL. */
static const json_t *in_summary(const struct report *report, const char *target,
				const char *implementation,
				const char *identity)
{
	const json_t *pair, *finding;
	size_t i, n;

	json_array_foreach(json_object_get(report->summary, "targets"), i, pair) {
		if (strcmp(json_text_of(pair, "target"), target) ||
		    strcmp(json_text_of(pair, "implementation"), implementation))
			continue;
		json_array_foreach(json_object_get(pair, "findings"), n, finding)
			if (!strcmp(json_text_of(finding, "identity"), identity))
				return finding;
	}
	return NULL;
}

/* -- finding the files -- */

static json_t *find_entry(json_t *list, const char *target, const char *identity)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		if (!strcmp(json_text_of(entry, "target"), target) &&
		    !strcmp(json_text_of(entry, "identity"), identity))
			return entry;
	entry = json_pack("{s:s, s:s, s:s#, s:[]}", "target", target,
			  "identity", identity, "oracle", identity,
			  (int)strcspn(identity, "/"), "seen");
	sim_assert(entry);
	json_array_append_new(list, entry);
	return entry;
}

static void note_known(struct report *report, json_t *seen, const char *target,
		       const char *identity)
{
	static const char *const keys[] = { "first_seen", "first_build",
					    "campaigns" };
	const char *implementation = json_text_of(seen, "implementation");
	struct cli_executable exe;
	char reason[CLI_REASON] = "";
	const json_t *kept;
	size_t i;

	snprintf(exe.target, sizeof(exe.target), "%s", target);
	snprintf(exe.implementation, sizeof(exe.implementation), "%s",
		 implementation);
	if (!strcmp(json_text_of(seen, "status"), "new") &&
	    cli_is_known(&exe, identity, reason))
		json_object_set_new(seen, "status", json_string("known"));
	kept = in_summary(report, target, implementation, identity);
	if (!reason[0])
		snprintf(reason, sizeof(reason), "%s",
			 json_text_of(kept, "reason"));
	json_object_set_new(seen, "reason", json_string(reason));
	/* With a base, others are known than known.txt has. */
	if (!strcmp(json_text_of(kept, "status"), "known"))
		json_object_set_new(seen, "status", json_string("known"));
	for (i = 0; kept && i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(seen, keys[i], json_object_get(kept, keys[i]));
}

static void add_file(struct report *report, json_t *list, const char *target,
		     const char *implementation, const char *file, bool fixed)
{
	char error[512], minimised[CLI_PATH];
	struct program_peek peek;
	json_t *entry, *seen, *same;
	size_t i;

	if (program_peek(&peek, file, error, sizeof(error))) {
		report_miss(report, "a finding that cannot be read: %s", error);
		return;
	}
	entry = find_entry(list, target, peek.expect[0] ? peek.expect :
						  "unknown/program/unnamed");
	json_array_foreach(json_object_get(entry, "seen"), i, same) {
		if (strcmp(json_text_of(same, "implementation"), implementation))
			continue;
		json_object_set_new(same, "files", json_integer(
					json_number_of(same, "files") + 1));
		return;
	}
	cli_path(minimised, "%.*s.scn", (int)strlen(file) - 4, file);
	seen = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "implementation",
			 implementation, "status", fixed ? "fixed" : "new",
			 "build", peek.build, "file", file, "minimised",
			 cli_exists(minimised) ? minimised : "", "files", 1);
	sim_assert(seen);
	note_known(report, seen, target, json_text_of(entry, "identity"));
	json_array_append_new(json_object_get(entry, "seen"), seen);
}

static void add_folder(struct report *report, json_t *list, const char *target,
		       const char *implementation, bool fixed)
{
	char dir[CLI_PATH], file[CLI_PATH], **names;
	size_t nr, i;

	cli_path(dir, "%s/findings/%s/%s%s", report->dir, target,
		 implementation, fixed ? "/fixed" : "");
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++)
		if (ends_with(names[i], ".vtb"))
			add_file(report, list, target, implementation,
				 cli_path(file, "%s/%s", dir, names[i]), fixed);
	cli_free_names(names, nr);
}

static json_t *collect(struct report *report)
{
	char dir[CLI_PATH], below[CLI_PATH], **targets, **names;
	json_t *list = json_array();
	size_t nr, n, i, k;

	cli_path(dir, "%s/findings", report->dir);
	if (!cli_exists(dir))
		report_miss(report, "findings: no campaign has run in this folder");
	nr = cli_list_dir(dir, &targets);
	for (i = 0; i < nr; i++) {
		n = cli_list_dir(cli_path(below, "%s/%s", dir, targets[i]),
				 &names);
		for (k = 0; k < n; k++) {
			add_folder(report, list, targets[i], names[k], false);
			add_folder(report, list, targets[i], names[k], true);
		}
		cli_free_names(names, n);
	}
	cli_free_names(targets, nr);
	return list;
}

/* -- replaying -- */

/* What an executable says of itself; asked once. A borrowed reference. */
static const json_t *info_of(struct report *report,
			     const struct cli_executable *exe)
{
	json_t *info = json_object_get(report->infos, exe->path);

	if (!info) {
		info = cli_ask(exe);
		if (!info)
			info = json_object();
		json_object_set_new(report->infos, exe->path, info);
	}
	return info;
}

/* A wall clock ends it, after its full time, in every one of several runs. */
static bool is_slow(const char *identity)
{
	return !strncmp(identity, "hang/wall-clock", 15);
}

static json_t *shown_in(struct report *report, const struct cli_executable *exe,
			const char *identity, const char *file)
{
	json_t *shows = json_pack("{s:s, s:s}", "implementation",
				  exe->implementation, "tree",
				  json_text_of(info_of(report, exe), "tree"));
	struct cli_outcome outcome;
	const char *result;

	if (cli_replay(exe->path, file, &outcome, NULL)) {
		json_object_set_new(shows, "result", json_string("unknown"));
		return shows;
	}
	result = !outcome.exit_code ? "clean" :
		 !strcmp(outcome.identity, identity) ? "same" : "other";
	json_object_set_new(shows, "result", json_string(result));
	json_object_set_new(shows, "identity", json_string(outcome.identity));
	json_object_set_new(shows, "deterministic",
			    json_boolean(outcome.deterministic));
	return shows;
}

static void replay_everywhere(struct report *report, json_t *entry,
			      const char *preset, const char *file)
{
	const char *identity = json_text_of(entry, "identity");
	const char *target = json_text_of(entry, "target");
	struct cli_executable *list;
	size_t nr = cli_executables(preset, &list), i;
	json_t *shows = json_array();

	for (i = 0; i < nr && !is_slow(identity); i++)
		if (!strcmp(list[i].target, target))
			json_array_append_new(shows,
				shown_in(report, &list[i], identity, file));
	json_object_set_new(entry, "shows", shows);
	free(list);
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	n = file ? getdelim(&text, &size, '\0', file) : -1;
	if (file)
		fclose(file);
	if (n >= 0)
		return text;
	free(text);
	return strdup("");
}

/* One run that is looked at: its trace, and where it went wrong. */
static void look_at(struct report *report, json_t *entry,
		    const struct cli_executable *exe, const char *file,
		    const struct cli_outcome *outcome)
{
	const char *identity = json_text_of(entry, "identity");
	char trace[CLI_PATH], out[CLI_PATH], err[CLI_PATH];
	const char *const argv[] = {
		exe->path, "--replay", file, "--trace", trace, NULL,
	};
	struct report_output output;

	cli_path(trace, "%s/trace.json", report->scratch);
	cli_path(out, "%s/out", report->scratch);
	cli_path(err, "%s/err", report->scratch);
	remove(trace);
	cli_run(&(struct cli_process){ .argv = argv, .out = out, .err = err });
	output = (struct report_output){ read_text(out), read_text(err) };
	json_object_set_new(entry, "timeline",
			    report_timeline(trace, outcome->died));
	json_object_set_new(entry, "places",
			    report_places(exe, identity, &output));
	json_object_set_new(entry, "stack", report_stack(&output));
	free(output.out);
	free(output.err);
}

static void judge(json_t *entry, const char *text,
		  const struct cli_outcome *outcome)
{
	const char *oracle = json_text_of(entry, "oracle");
	json_t *needs = report_needs(text);
	struct report_severity severity;

	severity = report_severity(oracle, outcome->exit_code, needs);
	json_object_set_new(entry, "needs", needs);
	json_object_set_new(entry, "program", json_string(text ? text : ""));
	json_object_update_new(entry, json_pack("{s:s, s:s, s:s, s:s}",
		"severity", severity.name, "harm", severity.harm,
		"lowered", severity.why, "class",
		outcome->exit_code == VTB_EXIT_LIVENESS ? "liveness" :
		outcome->exit_code == VTB_EXIT_SAFETY ? "safety" : "none"));
}

static void add_outcome(json_t *entry, const struct cli_outcome *o)
{
	json_object_update_new(entry, json_pack(
		"{s:s, s:s, s:I, s:I, s:b, s:b}", "what", o->what,
		"why", o->why, "step", (json_int_t)o->step,
		"time_ns", (json_int_t)o->time_ns,
		"deterministic", o->deterministic, "died", o->died));
}

/* The executable that a sighting is of, in the flavour that found it. */
static bool executable_of(const char *preset, const char *target,
			  const char *implementation,
			  struct cli_executable *exe)
{
	struct cli_executable *list;
	size_t nr = cli_executables(preset, &list), i;
	bool found = false;

	for (i = 0; i < nr && !found; i++) {
		found = !strcmp(list[i].target, target) &&
			!strcmp(list[i].implementation, implementation);
		if (found)
			*exe = list[i];
	}
	free(list);
	return found;
}

static void explain(json_t *entry, const struct cli_executable *exe,
		    const char *file)
{
	const struct cli_explain_options options = {
		.runs = 50, .seed = 1, .quiet = true,
	};
	int code;
	json_t *explained = cli_explain(exe->path, file, &options, &code);

	if (explained)
		json_object_set_new(entry, "explain", explained);
}

static void describe(struct report *report, json_t *entry, const json_t *seen)
{
	const char *target = json_text_of(entry, "target");
	const char *implementation = json_text_of(seen, "implementation");
	const char *file = json_text_of(seen, "minimised");
	const char *preset = strncmp(json_text_of(seen, "build"), "race-", 5) ?
			     "asan" : "race";
	struct cli_outcome outcome = { .exit_code = VTB_EXIT_SAFETY };
	struct cli_executable exe;
	char *text = NULL;

	if (!*file)
		file = json_text_of(seen, "file");
	json_object_set_new(entry, "shown_by", json_string(file));
	json_object_set_new(entry, "race", json_boolean(*preset == 'r'));
	if (!executable_of(preset, target, implementation, &exe)) {
		report_miss(report, "%s.%s is not built in flavour %s: %s is "
			    "shown as it was saved", target, implementation,
			    preset, json_text_of(entry, "identity"));
		judge(entry, NULL, &outcome);
		return;
	}
	text = report_program_text(&exe, file);
	if (is_slow(json_text_of(entry, "identity"))) {
		outcome.exit_code = VTB_EXIT_LIVENESS;
	} else if (!cli_replay(exe.path, file, &outcome, NULL)) {
		add_outcome(entry, &outcome);
		look_at(report, entry, &exe, file, &outcome);
		replay_everywhere(report, entry, preset, file);
		/* What does not end takes its whole budget each time. */
		if (report->explain && outcome.exit_code == VTB_EXIT_SAFETY)
			explain(entry, &exe, file);
	} else {
		report_miss(report, "%s cannot be replayed", file);
	}
	judge(entry, text, &outcome);
	free(text);
}

/* -- what is known of it -- */

/* The first line of a page is its title. */
static json_t *load_page(const char *name, size_t length)
{
	char path[CLI_PATH], *text;
	json_t *page = NULL;

	cli_path(path, "%s/reports/upstream/%.*s", cli_root(), (int)length,
		 name);
	if (!cli_exists(path))
		return NULL;
	text = read_text(path);
	page = json_pack("{s:s#, s:s#, s:s}", "file", name, (int)length,
			 "title", text + strspn(text, "# "),
			 (int)strcspn(text + strspn(text, "# "), "\n"),
			 "text", text);
	free(text);
	return page;
}

/* A reason names pages: "the same (iova_bitmap-window-wraps.md, ...)". */
static void add_pages(json_t *entry, const char *reason)
{
	json_t *pages = json_array();
	const char *end = reason, *start;

	while ((end = strstr(end, ".md"))) {
		end += 3;
		for (start = end; start > reason && !strchr(" (,", start[-1]);
		     start--)
			;
		json_array_append_new(pages,
				      load_page(start, (size_t)(end - start)));
	}
	json_object_set_new(entry, "upstream", pages);
}

static void finish_entry(struct report *report, json_t *entry)
{
	json_t *list = json_object_get(entry, "seen"), *seen, *best = NULL;
	const char *reason = "";
	bool is_new = false, is_known = false;
	size_t i;

	json_array_foreach(list, i, seen) {
		const char *status = json_text_of(seen, "status");

		is_new |= !strcmp(status, "new");
		is_known |= !strcmp(status, "known");
		if (!*reason)
			reason = json_text_of(seen, "reason");
		if (!best || (strcmp(status, "fixed") &&
			      !*json_text_of(best, "minimised")))
			best = seen;
	}
	json_object_set_new(entry, "status", json_string(
			is_new ? "new" : is_known ? "known" : "fixed"));
	json_object_set_new(entry, "reason", json_string(reason));
	add_pages(entry, reason);
	describe(report, entry, best);
}

json_t *report_findings(struct report *report)
{
	json_t *list = collect(report), *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		fprintf(stderr, "vtb: report: %zu of %zu: %s\n", i + 1,
			json_array_size(list), json_text_of(entry, "identity"));
		finish_entry(report, entry);
	}
	return list;
}
