/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_campaign.c - `vtb campaign`: fuzz everything, report findings, coverage
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "options.h"

const char help_campaign[] =
"usage: vtb campaign [--time T] [--jobs N] [--only TARGET,..]\n"
"                    [--implementation I,..] [--engine E,..] [--out DIR]\n"
"                    [--seed N] [--ci] [--strict] [--race] [--no-seeds] [--no-coverage]\n"
"                    [--quiet] [--json] [--sarif FILE] [--kernel PATH] [--diff REV]\n"
"                    [--builds]\n"
"\n"
"Fuzzes every target in every implementation, saves each finding as a file\n"
"that `vtb repro` replays, and ends with a table of coverage. Corpora are kept\n"
"in DIR; starting again with the same DIR goes on from there. Ctrl-C stops\n"
"early and saves everything.\n"
"\n"
"  --time T      wall time of fuzzing: 60s (default), 10m, 2h; with 0s the\n"
"                findings in DIR are only judged again, with the present build\n"
"  --engine E,.. libfuzzer, afl (default: both; libfuzzer alone if that leaves\n"
"                less than 5 s for a target)\n"
"  --jobs N      processes at a time (default: number of cores)\n"
"  --out DIR     results (default: a new folder out/campaign-N)\n"
"  --seed N      of the fuzzers (default: the N above)\n"
"  --ci          for machines: plain lines, and in DIR junit.xml, findings.sarif,\n"
"                lcov.info and repro-bundle.tar.gz\n"
"  --sarif FILE  findings as SARIF 2.1.0, without --ci as well\n"
"  --strict      known findings (corpus/TARGET/known.txt) count as well\n"
"  --race        fuzz the race flavour: hooks at every shared access\n"
"  --no-seeds    start from an empty corpus, without the committed programs\n"
"  --json        print DIR/summary.json on stdout as well\n"
"  --kernel PATH fuzz the kernel tree at PATH as well, as implementation `user`\n"
"  --diff REV    about the change since REV in that tree, uncommitted changes\n"
"                included: fuzzes `user` and, as `base`, REV; only findings that\n"
"                REV does not have are new; lists changed lines that nothing\n"
"                reached. Without --kernel: a change of this project\n"
"  --builds      print which builds it needs beside asan, and do nothing\n"
"\n"
"Exit codes: 0 no new finding, 3 bench error, 4 safety, 5 liveness,\n"
"6 nondeterminism; the worst wins.\n"
"\n"
"examples:\n"
"  vtb campaign\n"
"  vtb campaign --time 10m --implementation linux-6.1,own\n"
"  vtb campaign --ci --time 60s --out out/ci\n"
"  vtb campaign --kernel ~/src/linux --diff origin/master\n";

static void cover_pair(struct campaign *campaign, struct pair *pair,
		       const char *out)
{
	char scenarios[CLI_PATH];
	const char *const inputs[] = {
		pair->corpus_dir,
		pair->findings_dir,
		campaign->no_seeds ? NULL :
		cli_path(scenarios, "%s/scenarios/%s", cli_root(),
			 pair->exe.target),
		NULL,
	};
	const struct cli_cover_options options = {
		.target = pair->exe.target,
		.implementation = pair->exe.implementation,
		.inputs = inputs,
		.out = out,
		.keep_all = campaign->diff.place.rev,
	};

	/* Nobody asks what of the base is covered. */
	if (!strcmp(pair->exe.implementation, "base"))
		return;
	if (cli_cover(&options, &pair->coverage))
		campaign_worsen(campaign, VTB_EXIT_BENCH);
}

static void cover(struct campaign *campaign)
{
	struct cli_coverage *table = calloc(campaign->nr_pairs,
					    sizeof(*table));
	char out[CLI_PATH];
	size_t i, nr = 0;

	sim_assert(table);
	if (cli_make_dirs(cli_path(out, "%s/coverage", campaign->out))) {
		campaign_worsen(campaign, VTB_EXIT_BENCH);
		free(table);
		return;
	}
	for (i = 0; i < campaign->nr_pairs; i++) {
		cover_pair(campaign, &campaign->pairs[i], out);
		if (campaign->pairs[i].coverage.target[0])
			table[nr++] = campaign->pairs[i].coverage;
	}
	fprintf(stderr, "\n");
	cli_cover_print(stderr, table, nr);
	if (cli_cover_html(out))
		campaign_worsen(campaign, VTB_EXIT_BENCH);
	else
		fprintf(stderr, "coverage report: %s/index.html\n", out);
	free(table);
}

static bool coverage_is_built(void)
{
	struct cli_executable *list;
	size_t nr = cli_executables("coverage", &list);

	free(list);
	return nr;
}

/*
 * Findings come first: the launcher leaves the build for coverage to be made
 * when they have been seen, and what it is to build is in VTB_LATER.
 */
static void build_coverage(void)
{
	char launcher[CLI_PATH];
	const char *const argv[] = {
		cli_path(launcher, "%s/vtb", cli_root()), "--later", NULL,
	};

	if (getenv("VTB_LATER") && cli_run(&(struct cli_process){ .argv = argv }))
		fprintf(stderr, "vtb: what is built for coverage is not up to date\n");
}

/* Coverage, and what it says of a change. */
static void finish_coverage(struct campaign *campaign)
{
	bool measured = !campaign->no_coverage && !campaign->trouble;

	if (measured)
		build_coverage();
	if (measured && coverage_is_built()) {
		cover(campaign);
		if (campaign->diff.place.rev)
			campaign_worsen(campaign, diff_report(campaign));
	} else if (measured) {
		fprintf(stderr, "vtb: no coverage: the coverage flavour is not built\n");
	}
	if (campaign->diff.place.rev && !campaign->diff.covered)
		fprintf(stderr, "vtb: without coverage nobody knows which "
			"changed lines were reached\n");
}

static void finish(struct campaign *campaign)
{
	if (campaign->diff.has_base)
		diff_settle(campaign);
	findings_minimise(campaign);
	summary_print(campaign);
	finish_coverage(campaign);
	history_end(campaign);
	campaign_worsen(campaign, summary_write(campaign));
	if (campaign->ci)
		campaign_worsen(campaign, ci_write(campaign));
	if (campaign->sarif)
		campaign_worsen(campaign, sarif_write_as(campaign,
							 campaign->sarif));
	fprintf(stderr, "results: %s (exit code %d)\n", campaign->out,
		campaign->exit_code);
}

/* From the first folder to the exit code. */
static int campaign_all(struct campaign *campaign, const char *out)
{
	int code;

	campaign->screen = !campaign->ci && !campaign->quiet &&
			   isatty(STDERR_FILENO);
	campaign_catch_interrupts();
	code = campaign->diff.place.rev ? diff_begin(campaign) : 0;
	if (!code)
		code = campaign_prepare(campaign, out, "campaign");
	if (code)
		return code;
	campaign_fuzz(campaign);
	finish(campaign);
	return campaign->exit_code;
}

int cmd_campaign(int argc, char **argv)
{
	struct campaign campaign = {
		.seconds = 60,
		.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.flavour = "asan",
	};
	const char *out = NULL;
	bool race = false, builds = false;
	const struct cli_option options[] = {
		{ "--time", CLI_TIME, &campaign.seconds },
		{ "--jobs", CLI_NUMBER, &campaign.jobs },
		{ "--only", CLI_TEXT, &campaign.only },
		{ "--implementation", CLI_TEXT, &campaign.implementation },
		{ "--diff", CLI_TEXT, &campaign.diff.place.rev },
		{ "--engine", CLI_TEXT, &campaign.engines },
		{ "--out", CLI_TEXT, &out },
		{ "--seed", CLI_NUMBER, &campaign.seed },
		{ "--ci", CLI_FLAG, &campaign.ci },
		{ "--sarif", CLI_TEXT, &campaign.sarif },
		{ "--strict", CLI_FLAG, &campaign.strict },
		{ "--race", CLI_FLAG, &race },
		{ "--no-seeds", CLI_FLAG, &campaign.no_seeds },
		{ "--no-coverage", CLI_FLAG, &campaign.no_coverage },
		{ "--builds", CLI_FLAG, &builds },
		{ "--quiet", CLI_FLAG, &campaign.quiet },
		{ "--json", CLI_FLAG, &campaign.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "campaign", .help = help_campaign, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	if (!campaign.jobs || campaign.jobs > 1024) {
		fprintf(stderr, "vtb: campaign: --jobs must be in 1..1024\n");
		return VTB_EXIT_USAGE;
	}
	if (!campaign_engines_exist(campaign.engines))
		return VTB_EXIT_USAGE;
	if (race)
		campaign.flavour = "race";
	if (builds)
		code = campaign_print_builds(&campaign);
	else
		code = campaign_all(&campaign, out);
	json_decref(campaign.diff.changes);
	campaign_free(&campaign);
	return code;
}
