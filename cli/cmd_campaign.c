/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_campaign.c - `vtb campaign`: fuzz everything, report findings, coverage
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"
#include "options.h"

static const char help[] =
"usage: vtb campaign [--time T] [--jobs N] [--only TARGET,..]\n"
"                    [--implementation I,..] [--out DIR] [--seed N] [--ci]\n"
"                    [--strict] [--race] [--no-seeds] [--no-coverage]\n"
"                    [--quiet] [--json]\n"
"\n"
"Fuzzes every target in every implementation, saves each finding as a file\n"
"that `vtb repro` replays, and ends with a table of coverage. Corpora are kept\n"
"in DIR; starting again with the same DIR goes on from there. Ctrl-C stops\n"
"early and saves everything.\n"
"\n"
"  --time T      wall time of fuzzing: 60s (default), 10m, 2h; with 0s the\n"
"                findings in DIR are only judged again, with the present build\n"
"  --jobs N      processes at a time (default: number of cores)\n"
"  --out DIR     results (default: a new folder out/campaign-N)\n"
"  --seed N      of the fuzzers (default: the N above)\n"
"  --ci          for machines: plain lines, and in DIR junit.xml, findings.sarif,\n"
"                lcov.info and repro-bundle.tar.gz\n"
"  --strict      known findings (corpus/TARGET/known.txt) count as well\n"
"  --race        fuzz the race flavour: hooks at every shared access\n"
"  --no-seeds    start from an empty corpus, without the committed programs\n"
"  --json        print DIR/summary.json on stdout as well\n"
"\n"
"Exit codes: 0 no new finding, 3 bench error, 4 safety, 5 liveness,\n"
"6 nondeterminism; the worst wins.\n"
"\n"
"examples:\n"
"  vtb campaign\n"
"  vtb campaign --time 10m --implementation linux-6.1,own\n"
"  vtb campaign --ci --time 60s --out out/ci\n";

/* Below this nothing could be saved in peace. */
#define MIN_FREE_BYTES	(4u << 20)

volatile sig_atomic_t campaign_interrupted;

static void on_interrupt(int number)
{
	(void)number;
	campaign_interrupted = 1;
}

uint64_t campaign_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void campaign_worsen(struct campaign *campaign, int exit_code)
{
	if (exit_code > campaign->exit_code)
		campaign->exit_code = exit_code;
}

/* -- folders -- */

/* out/campaign-N with the first N that is free; made here, so it is ours. */
static int new_folder(struct campaign *campaign)
{
	char base[CLI_PATH];
	unsigned int n;

	if (cli_make_dirs(cli_path(base, "%s/out", cli_root())))
		return VTB_EXIT_BENCH;
	for (n = 1; n < 1000000; n++) {
		cli_path(campaign->out, "%s/campaign-%u", base, n);
		if (!mkdir(campaign->out, 0777)) {
			campaign->seed = campaign->seed ? campaign->seed : n;
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	fprintf(stderr, "vtb: cannot make folder %s: %s\n", campaign->out,
		strerror(errno));
	return VTB_EXIT_BENCH;
}

/* Absolute, because targets get it and may be started from anywhere. */
static int given_folder(struct campaign *campaign, const char *out)
{
	char cwd[CLI_PATH];

	if (out[0] != '/' && getcwd(cwd, sizeof(cwd)))
		cli_path(campaign->out, "%s/%s", cwd, out);
	else
		cli_path(campaign->out, "%s", out);
	campaign->seed = campaign->seed ? campaign->seed : 1;
	return cli_make_dirs(campaign->out) ? VTB_EXIT_BENCH : 0;
}

static int pair_folders(const struct campaign *campaign, struct pair *pair)
{
	const char *target = pair->exe.target;
	const char *implementation = pair->exe.implementation;
	char logs[CLI_PATH];

	cli_path(pair->findings_dir, "%s/findings/%s/%s", campaign->out,
		 target, implementation);
	cli_path(pair->fixed_dir, "%s/fixed", pair->findings_dir);
	cli_path(pair->corpus_dir, "%s/corpus/%s/%s", campaign->out, target,
		 implementation);
	cli_path(pair->seeds_dir, "%s/seeds/%s", campaign->out, target);
	cli_path(logs, "%s/log", campaign->out);
	cli_path(pair->log_file, "%s/%s.%s.log", logs, target,
		 implementation);
	if (cli_make_dirs(pair->findings_dir) ||
	    cli_make_dirs(pair->corpus_dir) ||
	    cli_make_dirs(pair->seeds_dir) || cli_make_dirs(logs))
		return VTB_EXIT_BENCH;
	return 0;
}

/* The committed programs, as bytes that libFuzzer can read. */
static int encode_seeds(const struct pair *pair)
{
	char scenarios[CLI_PATH], corpus[CLI_PATH];
	const char *argv[6] = { pair->exe.path, "--encode", pair->seeds_dir };
	int argc = 3, code;

	cli_path(scenarios, "%s/scenarios/%s", cli_root(), pair->exe.target);
	cli_path(corpus, "%s/corpus/%s", cli_root(), pair->exe.target);
	if (cli_exists(scenarios))
		argv[argc++] = scenarios;
	if (cli_exists(corpus))
		argv[argc++] = corpus;
	if (argc == 3)
		return 0;
	code = cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null",
	});
	if (code)
		fprintf(stderr, "vtb: the seeds of %s could not be made\n",
			pair->exe.target);
	return code ? VTB_EXIT_BENCH : 0;
}

/* -- what to fuzz -- */

static int none_selected(const struct campaign *campaign,
			 const struct cli_executable *list, size_t nr)
{
	size_t i;

	if (!nr) {
		fprintf(stderr, "vtb: no targets are built in %s/build/%s/bin; "
			"./vtb campaign builds them\n", cli_root(),
			campaign->flavour);
		return VTB_EXIT_BENCH;
	}
	fprintf(stderr, "vtb: no target '%s' with implementation '%s'; there are:\n",
		campaign->only ? campaign->only : "(any)",
		campaign->implementation ? campaign->implementation : "(any)");
	for (i = 0; i < nr; i++)
		fprintf(stderr, "vtb:   %s %s\n", list[i].target,
			list[i].implementation);
	return VTB_EXIT_USAGE;
}

/* Every word of a list must name something, or a typo would pass as "none". */
static bool all_exist(const char *list_text, const struct cli_executable *list,
		      size_t nr, bool targets)
{
	const char *word = list_text;
	size_t n, i;

	for (; word && *word; word += n + (word[n] == ',')) {
		n = strcspn(word, ",");
		for (i = 0; i < nr; i++) {
			const char *name = targets ? list[i].target :
						     list[i].implementation;

			if (strlen(name) == n && !memcmp(name, word, n))
				break;
		}
		if (i == nr)
			return false;
	}
	return true;
}

static int select_pairs(struct campaign *campaign)
{
	struct cli_executable *list;
	size_t nr = cli_executables(campaign->flavour, &list), i;
	int code = 0;

	campaign->pairs = calloc(nr + 1, sizeof(*campaign->pairs));
	sim_assert(campaign->pairs);
	for (i = 0; i < nr; i++)
		if (cli_in_list(campaign->only, list[i].target) &&
		    cli_in_list(campaign->implementation,
				list[i].implementation))
			campaign->pairs[campaign->nr_pairs++].exe = list[i];
	if (!campaign->nr_pairs || !all_exist(campaign->only, list, nr, true) ||
	    !all_exist(campaign->implementation, list, nr, false))
		code = none_selected(campaign, list, nr);
	free(list);
	return code;
}

static int prepare(struct campaign *campaign, const char *out)
{
	size_t i;
	int code;

	code = select_pairs(campaign);
	if (!code)
		code = out ? given_folder(campaign, out) : new_folder(campaign);
	if (!code)
		code = findings_open_store(campaign);
	for (i = 0; i < campaign->nr_pairs && !code; i++)
		code = pair_folders(campaign, &campaign->pairs[i]);
	for (i = 0; i < campaign->nr_pairs && !code; i++)
		if (!campaign->no_seeds &&
		    (!i || strcmp(campaign->pairs[i].exe.target,
				  campaign->pairs[i - 1].exe.target)))
			code = encode_seeds(&campaign->pairs[i]);
	campaign->workers = calloc(campaign->jobs, sizeof(struct worker));
	sim_assert(campaign->workers);
	return code;
}

/* -- the fuzzing -- */

static bool disk_full(const struct campaign *campaign)
{
	struct statvfs st;

	return !statvfs(campaign->out, &st) &&
	       (uint64_t)st.f_bavail * st.f_frsize < MIN_FREE_BYTES;
}

static void start_workers(struct campaign *campaign, uint64_t now_ms)
{
	struct slice slice;
	uint64_t i;

	for (i = 0; i < campaign->jobs; i++) {
		if (campaign->workers[i].pid)
			continue;
		slice = budget_next(campaign, now_ms);
		if (!slice.pair)
			return;
		worker_start(campaign, &campaign->workers[i], &slice);
	}
}

static bool goes_on(struct campaign *campaign, uint64_t now_ms)
{
	if (campaign_interrupted)
		campaign->trouble = "interrupted";
	else if (disk_full(campaign))
		campaign->trouble = "the disk is full";
	return !campaign->trouble && now_ms < campaign->end_ms;
}

static void fuzz(struct campaign *campaign)
{
	uint64_t now_ms;

	findings_resume(campaign);
	now_ms = campaign_now_ms();
	campaign->start_ms = now_ms;
	campaign->last_line_ms = now_ms;
	campaign->end_ms = now_ms + campaign->seconds * 1000;
	budget_init(campaign);
	while (goes_on(campaign, now_ms)) {
		start_workers(campaign, now_ms);
		if (!workers_running(campaign) &&
		    !budget_next(campaign, now_ms).pair)
			break;
		workers_poll(campaign, 250);
		findings_collect(campaign);
		now_ms = campaign_now_ms();
		status_show(campaign, now_ms);
	}
	workers_stop(campaign);
	findings_collect(campaign);
	status_clear(campaign);
	if (!campaign->trouble)
		return;
	fprintf(stderr, "vtb: stopped early: %s; everything found so far is in %s\n",
		campaign->trouble, campaign->out);
	if (!campaign_interrupted)
		campaign_worsen(campaign, VTB_EXIT_BENCH);
}

/* -- afterwards -- */

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
	};

	if (cli_cover(&options, &pair->coverage))
		campaign_worsen(campaign, VTB_EXIT_BENCH);
}

static void cover(struct campaign *campaign)
{
	struct cli_coverage *table = calloc(campaign->nr_pairs,
					    sizeof(*table));
	char out[CLI_PATH];
	size_t i;

	sim_assert(table);
	if (cli_make_dirs(cli_path(out, "%s/coverage", campaign->out))) {
		campaign_worsen(campaign, VTB_EXIT_BENCH);
		free(table);
		return;
	}
	for (i = 0; i < campaign->nr_pairs; i++) {
		cover_pair(campaign, &campaign->pairs[i], out);
		table[i] = campaign->pairs[i].coverage;
	}
	fprintf(stderr, "\n");
	cli_cover_print(stderr, table, campaign->nr_pairs);
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

static void finish(struct campaign *campaign)
{
	findings_minimise(campaign);
	summary_print(campaign);
	if (!campaign->no_coverage && !campaign->trouble) {
		if (coverage_is_built())
			cover(campaign);
		else
			fprintf(stderr, "vtb: no coverage: the coverage flavour is not built\n");
	}
	campaign_worsen(campaign, summary_write(campaign));
	if (campaign->ci)
		campaign_worsen(campaign, ci_write(campaign));
	fprintf(stderr, "results: %s (exit code %d)\n", campaign->out,
		campaign->exit_code);
}

static void free_campaign(struct campaign *campaign)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		free(campaign->pairs[i].list);
		cli_free_names(campaign->pairs[i].seen,
			       campaign->pairs[i].nr_seen);
	}
	free(campaign->pairs);
	free(campaign->workers);
	store_close(campaign->store);
}

static void catch_interrupts(void)
{
	/* Not restarted: poll() is to return. */
	const struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int cmd_campaign(int argc, char **argv)
{
	struct campaign campaign = {
		.seconds = 60,
		.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.flavour = "asan",
	};
	const char *out = NULL;
	bool race = false;
	const struct cli_option options[] = {
		{ "--time", CLI_TIME, &campaign.seconds },
		{ "--jobs", CLI_NUMBER, &campaign.jobs },
		{ "--only", CLI_TEXT, &campaign.only },
		{ "--implementation", CLI_TEXT, &campaign.implementation },
		{ "--out", CLI_TEXT, &out },
		{ "--seed", CLI_NUMBER, &campaign.seed },
		{ "--ci", CLI_FLAG, &campaign.ci },
		{ "--strict", CLI_FLAG, &campaign.strict },
		{ "--race", CLI_FLAG, &race },
		{ "--no-seeds", CLI_FLAG, &campaign.no_seeds },
		{ "--no-coverage", CLI_FLAG, &campaign.no_coverage },
		{ "--quiet", CLI_FLAG, &campaign.quiet },
		{ "--json", CLI_FLAG, &campaign.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "campaign", .help = help, .options = options,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	if (!campaign.jobs || campaign.jobs > 1024) {
		fprintf(stderr, "vtb: campaign: --jobs must be in 1..1024\n");
		return VTB_EXIT_USAGE;
	}
	if (race)
		campaign.flavour = "race";
	campaign.screen = !campaign.ci && !campaign.quiet &&
			  isatty(STDERR_FILENO);
	catch_interrupts();
	code = prepare(&campaign, out);
	if (!code) {
		fuzz(&campaign);
		finish(&campaign);
		code = campaign.exit_code;
	}
	free_campaign(&campaign);
	return code;
}
