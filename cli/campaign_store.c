/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_store.c - what is remembered of findings from campaign to campaign
 *
 * The store follows the files: each finding that is judged is put into it at
 * once, so it is complete whenever a campaign ends, however it ends.
 */
#include <string.h>
#include <sys/stat.h>

#include "campaign.h"

int findings_open_store(struct campaign *campaign)
{
	if (store_open(&campaign->store, campaign->out))
		return VTB_EXIT_BENCH;
	if (store_failed(campaign->store))
		campaign_worsen(campaign, VTB_EXIT_BENCH);
	return VTB_EXIT_CLEAN;
}

/* In OUT: "findings/TARGET/IMPLEMENTATION/NAME". */
static const char *inside(const struct campaign *campaign, const char *path)
{
	size_t n = strlen(campaign->out);

	if (!path[0])
		return "";
	return strncmp(path, campaign->out, n) || path[n] != '/' ? path :
								   path + n + 1;
}

static int64_t written_at_s(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (int64_t)st.st_mtime;
}

void findings_remember(struct campaign *campaign, const struct pair *pair,
		       struct finding *finding)
{
	char oracle[64];
	struct store_sighting sighting = {
		.target = pair->exe.target,
		.identity = finding->identity,
		.implementation = pair->exe.implementation,
		.oracle = oracle,
		.exit_code = finding->outcome.exit_code,
		.status = finding->status,
		.reason = finding->reason,
		.build = finding->build,
		.file = inside(campaign, finding->file),
		.minimised = inside(campaign, finding->minimised),
		.files = finding->files,
		.found_s = written_at_s(finding->file),
	};

	/* An identity begins with it; the outcome of a fixed one is clean. */
	snprintf(oracle, sizeof(oracle), "%.*s",
		 (int)strcspn(finding->identity, "/"), finding->identity);
	store_put(campaign->store, &sighting);
	store_get(campaign->store, &sighting, &finding->memory);
	if (store_failed(campaign->store))
		campaign_worsen(campaign, VTB_EXIT_BENCH);
}

static bool is_gone(void *context, const char *file)
{
	const struct campaign *campaign = context;
	char path[CLI_PATH];

	if (cli_exists(cli_path(path, "%s/%s", campaign->out, file)))
		return false;
	fprintf(stderr, "vtb: %s is gone, and with it what was known of it\n",
		path);
	return true;
}

void findings_forget_gone(struct campaign *campaign)
{
	store_forget(campaign->store, is_gone, campaign);
}
