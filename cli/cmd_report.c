/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_report.c - `vtb report`: one page about a campaign
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <vtb/build_id.h>

#include "options.h"
#include "output.h"
#include "report.h"

const char help_report[] =
"usage: vtb report [CAMPAIGN] [--out FILE.html] [--canaries FILE|DIR]\n"
"                  [--explored FILE|DIR] [--fetches FILE|DIR] [--explain] [--json]\n"
"\n"
"Makes one HTML page of what a campaign has left in its folder CAMPAIGN\n"
"(default: the newest out/campaign-N), and FILE.json beside it with the same.\n"
"The page needs no network and no other file. Each finding is replayed in every\n"
"implementation of its target; nothing in CAMPAIGN is changed. What is not there\n"
"is named on the page.\n"
"\n"
"  --out FILE.html   the page (default: CAMPAIGN/report.html); replaced if it is\n"
"                    there\n"
"  --canaries PATH   table of canaries: canaries.json, or a folder with it\n"
"                    (default: the newest out/canaries-N, else reports/proof/)\n"
"  --explored PATH   what `vtb explore` has tried (default: in CAMPAIGN, else\n"
"                    in out/explore)\n"
"  --fetches PATH    what `vtb fetches` has seen (default: in CAMPAIGN, else in\n"
"                    out/fetches)\n"
"  --explain         also say from when on each safety finding was inevitable,\n"
"                    as `vtb explain` does: a thousand runs for each\n"
"  --json            print FILE.json on stdout as well\n"
"\n"
"examples:\n"
"  vtb report\n"
"  vtb report out/campaign-1 --out report.html\n";

void report_miss(struct report *report, const char *format, ...)
{
	char text[CLI_PATH];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(report->missing, json_string(text));
}

/* The newest out/campaign-N. */
static bool newest_campaign(char path[CLI_PATH])
{
	char dir[CLI_PATH], **names;
	unsigned long best = 0, n;
	size_t nr, i;

	nr = cli_list_dir(cli_path(dir, "%s/out", cli_root()), &names);
	for (i = 0; i < nr; i++) {
		if (strncmp(names[i], "campaign-", 9))
			continue;
		n = strtoul(names[i] + 9, NULL, 10);
		if (n > best) {
			best = n;
			cli_path(path, "%s/%s", dir, names[i]);
		}
	}
	cli_free_names(names, nr);
	return best;
}

static int find_campaign(struct report *report, const char *given)
{
	struct stat st;

	if (!given) {
		if (newest_campaign(report->dir))
			return VTB_EXIT_CLEAN;
		fprintf(stderr, "vtb: report: there is no out/campaign-N; run "
			"vtb campaign, or name a folder\n");
		return VTB_EXIT_USAGE;
	}
	if (stat(given, &st)) {
		fprintf(stderr, "vtb: report: %s: %s\n", given, strerror(errno));
		return VTB_EXIT_USAGE;
	}
	if (!S_ISDIR(st.st_mode)) {
		fprintf(stderr, "vtb: report: %s is no folder of a campaign\n",
			given);
		return VTB_EXIT_USAGE;
	}
	cli_real_path(report->dir, given);
	return VTB_EXIT_CLEAN;
}

static void load_summary(struct report *report)
{
	char path[CLI_PATH];
	json_error_t error;

	cli_path(path, "%s/summary.json", report->dir);
	report->summary = json_load_file(path, 0, &error);
	if (report->summary)
		return;
	if (cli_exists(path))
		report_miss(report, "summary.json: line %d: %s", error.line,
			    error.text);
	else
		report_miss(report, "summary.json: the campaign has not come to "
			    "its end");
}

/* The table of the summary, without its findings, which have an own place. */
static json_t *targets(const struct report *report)
{
	json_t *list = json_deep_copy(json_object_get(report->summary,
						      "targets"));
	json_t *pair;
	size_t i;

	json_array_foreach(list, i, pair)
		json_object_del(pair, "findings");
	return list ? list : json_array();
}

static json_t *campaign(const struct report *report)
{
	json_t *about = json_copy(report->summary);

	if (!about)
		return json_null();
	json_object_del(about, "targets");
	return about;
}

static void utc_now(char text[32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static json_t *make_json(struct report *report)
{
	json_t *json;
	char now[32];

	utc_now(now);
	load_summary(report);
	json = json_pack("{s:i, s:s, s:s, s:s}", "version", 1, "vtb",
			 vtb_build_id(), "made", now, "folder", report->dir);
	sim_assert(json);
	json_object_set_new(json, "campaign", campaign(report));
	json_object_set_new(json, "targets", targets(report));
	json_object_set_new(json, "findings", report_findings(report));
	json_object_set_new(json, "history", report_history(report));
	json_object_set_new(json, "canaries", report_canaries(report));
	json_object_set_new(json, "explored", report_explored(report));
	json_object_set_new(json, "fetches", report_fetches(report));
	json_object_set(json, "missing", report->missing);
	return json;
}

/* FILE.json for FILE.html, and for any other name with .json behind it. */
static void json_name(const char *page, char path[CLI_PATH])
{
	size_t n = strlen(page);

	if (n > 5 && !strcmp(page + n - 5, ".html"))
		n -= 5;
	cli_path(path, "%.*s.json", (int)n, page);
}

static int write_json(const char *page, const json_t *json)
{
	char path[CLI_PATH];
	struct output output;
	int rc;

	json_name(page, path);
	rc = output_open_path(&output, path);
	if (rc)
		return rc;
	json_dumpf(json, output.file, JSON_INDENT(1) | JSON_PRESERVE_ORDER |
				      JSON_REAL_PRECISION(6));
	return output_close(&output);
}

static int make(struct report *report, const char *page, bool print)
{
	json_t *json = make_json(report);
	int rc = report_page(page, json);

	if (!rc)
		rc = write_json(page, json);
	if (print) {
		json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER |
					 JSON_REAL_PRECISION(6));
		printf("\n");
	}
	if (!rc)
		fprintf(stderr, "vtb: report: %zu findings: %s\n",
			json_array_size(json_object_get(json, "findings")), page);
	json_decref(json);
	return rc ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

static int make_scratch(struct report *report)
{
	const char *tmp = getenv("TMPDIR");

	/* mkdtemp() wants six of them. */
	cli_path(report->scratch, "%s/vtb-report-%.6s", tmp ? tmp : "/tmp",
		 "XXXXXX_");
	if (mkdtemp(report->scratch))
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: cannot make folder %s: %s\n", report->scratch,
		strerror(errno));
	return VTB_EXIT_BENCH;
}

static void drop_scratch(const struct report *report)
{
	const char *const argv[] = { "rm", "-rf", "--", report->scratch, NULL };

	cli_run(&(struct cli_process){ .argv = argv });
}

static int run(struct report *report, const char *page, bool print)
{
	char beside[CLI_PATH];
	int code = make_scratch(report);

	if (code)
		return code;
	report->missing = json_array();
	report->infos = json_object();
	code = make(report, page ? page :
		    cli_path(beside, "%s/report.html", report->dir), print);
	drop_scratch(report);
	json_decref(report->missing);
	json_decref(report->infos);
	json_decref(report->summary);
	return code;
}

int cmd_report(int argc, char **argv)
{
	struct report report = { .canaries = NULL };
	const char *page = NULL;
	bool json = false;
	const struct cli_option options[] = {
		{ "--out", CLI_TEXT, &page },
		{ "--canaries", CLI_TEXT, &report.canaries },
		{ "--explored", CLI_TEXT, &report.explored },
		{ "--fetches", CLI_TEXT, &report.fetches },
		{ "--explain", CLI_FLAG, &report.explain },
		{ "--json", CLI_FLAG, &json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "report", .help = help_report, .options = options,
		.max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	code = find_campaign(&report, arguments.nr_words ? arguments.words[0] :
							   NULL);
	return code ? code : run(&report, page, json);
}
