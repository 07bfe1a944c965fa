/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_fuzz.c - `vtb fuzz`: one target, one engine
 *
 * A campaign of one pair and one lane (campaign.h): the same folders, the same
 * judgement of findings, resumed in the same way.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign.h"
#include "options.h"

const char help_fuzz[] =
"usage: vtb fuzz TARGET [--implementation I] [--engine libfuzzer|afl]\n"
"                [--time T] [--corpus DIR] [--jobs N] [--out DIR] [--seed N]\n"
"                [--strict] [--race] [--no-seeds] [--quiet] [--json]\n"
"\n"
"Fuzzes one target. Findings are saved as files, replayed and printed, each\n"
"once; inputs are kept in DIR of --out, and starting again with the same DIR\n"
"goes on from there. Ctrl-C stops early and saves everything.\n"
"\n"
"  --implementation I  see vtb list implementations (default: own)\n"
"  --engine E          libfuzzer (default) or afl, which is AFL++\n"
"  --time T            wall time of fuzzing: 60s (default), 10m, 2h\n"
"  --corpus DIR        programs to start from, as text or bytes; only read\n"
"  --jobs N            processes at a time (default: number of cores)\n"
"  --out DIR           results (default: a new folder out/fuzz-N)\n"
"  --seed N            of the engine (default: the N above)\n"
"  --strict            known findings (corpus/TARGET/known.txt) count as well\n"
"  --race              the race flavour, libfuzzer only\n"
"  --no-seeds          without the committed programs\n"
"  --json              print DIR/summary.json on stdout as well\n"
"\n"
"Exit codes: 0 no new finding, 3 bench error, 4 safety, 5 liveness,\n"
"6 nondeterminism; the worst wins.\n"
"\n"
"examples:\n"
"  vtb fuzz iova_bitmap --time 10m\n"
"  vtb fuzz iova_bitmap --implementation linux-6.1 --engine afl\n"
"  vtb fuzz iova_bitmap --corpus ~/corpus --out out/mine\n";

static int usage(const char *what, const char *which)
{
	fprintf(stderr, "vtb: fuzz: %s '%s', see vtb fuzz --help\n", what,
		which);
	return VTB_EXIT_USAGE;
}

/* Lists are for campaigns. */
static int check(const struct campaign *campaign, const char *corpus)
{
	struct stat st;

	if (strchr(campaign->only, ','))
		return usage("expected one target, not", campaign->only);
	if (strchr(campaign->implementation, ','))
		return usage("expected one implementation, not",
			     campaign->implementation);
	if (strchr(campaign->engines, ','))
		return usage("expected one engine, not", campaign->engines);
	if (!campaign_engines_exist(campaign->engines))
		return VTB_EXIT_USAGE;
	if (strcmp(campaign->flavour, "asan") &&
	    strcmp(campaign->engines, "libfuzzer"))
		return usage("--race goes with libfuzzer, not",
			     campaign->engines);
	if (!campaign->jobs || campaign->jobs > 1024) {
		fprintf(stderr, "vtb: fuzz: --jobs must be in 1..1024\n");
		return VTB_EXIT_USAGE;
	}
	if (corpus && (stat(corpus, &st) || !S_ISDIR(st.st_mode)))
		return usage("--corpus: no such folder", corpus);
	return VTB_EXIT_CLEAN;
}

/*
 * The target copies what it can read, named by content, and names what it
 * cannot: a foreign program, a broken file. The user's folder is only read.
 */
static int import(const struct pair *pair, const char *corpus)
{
	const char *const argv[] = {
		pair->exe.path, "--encode", pair->corpus_dir, corpus, NULL,
	};
	int code = cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null",
	});

	if (code == VTB_EXIT_USAGE) {
		fprintf(stderr, "vtb: these files of %s were passed over\n",
			corpus);
		return VTB_EXIT_CLEAN;
	}
	return code ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

static int fuzz(struct campaign *campaign, const char *out, const char *corpus)
{
	int code = campaign_prepare(campaign, out, "fuzz");

	if (!code && corpus)
		code = import(&campaign->pairs[0], corpus);
	if (code)
		return code;
	campaign_fuzz(campaign);
	summary_print(campaign);
	campaign_worsen(campaign, summary_write(campaign));
	fprintf(stderr, "results: %s (exit code %d)\n", campaign->out,
		campaign->exit_code);
	return campaign->exit_code;
}

int cmd_fuzz(int argc, char **argv)
{
	struct campaign campaign = {
		.seconds = 60,
		.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
		.implementation = "own",
		.engines = "libfuzzer",
		.flavour = "asan",
		.no_coverage = true,
	};
	const char *out = NULL, *corpus = NULL;
	bool race = false;
	const struct cli_option options[] = {
		{ "--implementation", CLI_TEXT, &campaign.implementation },
		{ "--engine", CLI_TEXT, &campaign.engines },
		{ "--time", CLI_TIME, &campaign.seconds },
		{ "--corpus", CLI_TEXT, &corpus },
		{ "--jobs", CLI_NUMBER, &campaign.jobs },
		{ "--out", CLI_TEXT, &out },
		{ "--seed", CLI_NUMBER, &campaign.seed },
		{ "--strict", CLI_FLAG, &campaign.strict },
		{ "--race", CLI_FLAG, &race },
		{ "--no-seeds", CLI_FLAG, &campaign.no_seeds },
		{ "--quiet", CLI_FLAG, &campaign.quiet },
		{ "--json", CLI_FLAG, &campaign.json },
		{ NULL, CLI_FLAG, NULL },
	};
	struct cli_arguments arguments = {
		.verb = "fuzz", .help = help_fuzz, .options = options,
		.min_words = 1, .max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	campaign.only = arguments.words[0];
	if (race)
		campaign.flavour = "race";
	code = check(&campaign, corpus);
	if (code)
		return code;
	campaign.screen = !campaign.quiet && isatty(STDERR_FILENO);
	campaign_catch_interrupts();
	code = fuzz(&campaign, out, corpus);
	campaign_free(&campaign);
	return code;
}
