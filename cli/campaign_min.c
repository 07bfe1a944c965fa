/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_min.c - minimising what was found, after the fuzzing
 *
 * "TARGET.IMPLEMENTATION --min FILE --out FILE.scn" does the work and keeps the
 * identity. The result lies beside the finding, as NAME.scn; it is believed
 * only after a replay has shown the same finding.
 */
#include <string.h>
#include <unistd.h>

#include "campaign.h"

/* Wall clock of one; what is not small by then stays as large as it is. */
#define LIMIT_SECONDS	"60"

/* NAME.vtb -> NAME.scn */
static void name_result(const struct finding *finding, char path[CLI_PATH])
{
	cli_path(path, "%.*s.scn",
		 (int)(strrchr(finding->file, '.') - finding->file),
		 finding->file);
}

static int minimise_file(const struct pair *pair, const char *file,
			 const char *out)
{
	const char *const argv[] = {
		"timeout", "-s", "INT", "-k", "5", LIMIT_SECONDS,
		pair->exe.path, "--min", file, "--out", out, NULL,
	};
	char log[CLI_PATH];

	return cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null",
		.err = cli_path(log, "%.*s.min.log",
				(int)(strlen(pair->log_file) - strlen(".log")),
				pair->log_file),
	});
}

/* It is what it should be only if it shows the same. */
static bool shows_same(const struct pair *pair, const struct finding *finding,
		       const char *file)
{
	struct cli_outcome outcome;

	return cli_exists(file) &&
	       !cli_replay(pair->exe.path, file, &outcome, NULL) &&
	       outcome.deterministic &&
	       !strcmp(outcome.identity, finding->identity);
}

/* Makes @out; false if there is nothing after that. */
static bool make_minimised(struct pair *pair, const struct finding *finding,
			   const char *out)
{
	int code;

	if (cli_exists(out))
		return true;
	if (pair->no_min)
		return false;
	code = minimise_file(pair, finding->file, out);
	if (cli_exists(out) || campaign_interrupted)
		return cli_exists(out);
	pair->no_min = code == VTB_EXIT_USAGE;
	if (pair->no_min)
		fprintf(stderr, "vtb: %s.%s does not minimise (no --min): its "
			"findings stay as they are\n", pair->exe.target, pair->exe.implementation);
	else
		fprintf(stderr, "vtb: %s could not be minimised (exit code %d)\n",
			finding->file, code);
	return false;
}

static void minimise(struct campaign *campaign, struct pair *pair,
		     struct finding *finding)
{
	char out[CLI_PATH];

	name_result(finding, out);
	if (!make_minimised(pair, finding, out))
		return;
	if (!shows_same(pair, finding, out)) {
		fprintf(stderr, "vtb: %s does not show %s: the whole program is %s\n",
			out, finding->identity, finding->file);
		return;
	}
	cli_path(finding->minimised, "%s", out);
	findings_remember(campaign, pair, finding);
}

/* With a hang every attempt takes its full wall clock: not worth the wait. */
static bool is_worth_it(const struct finding *finding)
{
	return finding->status != FINDING_FIXED && !finding->unstable &&
	       !(finding->outcome.died &&
		 finding->outcome.exit_code == VTB_EXIT_LIVENESS);
}

void findings_minimise(struct campaign *campaign)
{
	size_t i, n;

	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		for (n = 0; n < pair->nr_findings; n++)
			if (!campaign_interrupted && is_worth_it(&pair->list[n]))
				minimise(campaign, pair, &pair->list[n]);
	}
}
