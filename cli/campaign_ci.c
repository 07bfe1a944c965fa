/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_ci.c - what --ci leaves for machines
 *
 *	junit.xml		see junit.c
 *	findings.sarif		see sarif.c
 *	lcov.info		coverage of all targets in one tracefile
 *	repro-bundle.tar.gz	findings, with what is needed to replay them
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "output.h"

static bool copy_file(FILE *to, const char *path)
{
	char data[8192];
	FILE *from = fopen(path, "re");
	size_t n;

	if (!from)
		return false;
	while ((n = fread(data, 1, sizeof(data), from)))
		fwrite(data, 1, n, to);
	fclose(from);
	return true;
}

/* A tracefile is a list of sections, so several in a row are one. */
static int lcov_write(const struct campaign *campaign)
{
	struct output output;
	char info[CLI_PATH];
	size_t i;

	if (output_open(&output, campaign->out, "lcov.info"))
		return VTB_EXIT_BENCH;
	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *pair = &campaign->pairs[i];

		if (!pair->coverage.valid)
			continue;
		cli_path(info, "%s/coverage/%s.%s.info", campaign->out,
			 pair->exe.target, pair->exe.implementation);
		fprintf(output.file, "TN:%s\n", pair->exe.target);
		copy_file(output.file, info);
	}
	return output_close(&output) ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

/* -- the bundle -- */

static void put_origin(FILE *file, const struct pair *pair)
{
	json_t *info = cli_ask(&pair->exe), *upstream;
	size_t i;

	fprintf(file, "- `%s.%s`: build `%s`, tree `%s`\n", pair->exe.target,
		pair->exe.implementation,
		json_string_value(json_object_get(info, "build")),
		json_string_value(json_object_get(info, "tree")));
	json_array_foreach(json_object_get(info, "upstream"), i, upstream)
		fprintf(file, "  - `%s` sha256 `%s`\n",
			json_string_value(json_object_get(upstream, "file")),
			json_string_value(json_object_get(upstream, "sha256")));
	json_decref(info);
}

/* In the bundle a finding lies where it lies in OUT. */
static void put_commands(FILE *file, const struct campaign *campaign,
			 const struct pair *pair)
{
	const size_t n = strlen(campaign->out) + 1;
	size_t i;

	for (i = 0; i < pair->nr_findings; i++) {
		const struct finding *f = &pair->list[i];
		const char *program = f->minimised[0] ? f->minimised : f->file;

		fprintf(file, "\n%s: `%s` in %s\n\n",
			finding_status_name(f->status), f->identity,
			pair->exe.implementation);
		fprintf(file, "    ./vtb repro BUNDLE/%s --implementation %s\n",
			program + n, pair->exe.implementation);
	}
}

static int readme_write(const struct campaign *campaign)
{
	struct output output;
	size_t i;

	if (output_open(&output, campaign->out, "REPRODUCE.md"))
		return VTB_EXIT_BENCH;
	fputs("# Findings of a vtbench campaign\n\n"
	      "Unpack this bundle, put its folder in place of BUNDLE, and run the commands\n"
	      "in a checkout of vtbench. The replay is the same, to the bit, with the same\n"
	      "build; `summary.json` has all figures of the campaign.\n\n"
	      "## What was fuzzed\n\n", output.file);
	for (i = 0; i < campaign->nr_pairs; i++)
		put_origin(output.file, &campaign->pairs[i]);
	fputs("\n## Findings\n", output.file);
	for (i = 0; i < campaign->nr_pairs; i++)
		put_commands(output.file, campaign, &campaign->pairs[i]);
	return output_close(&output) ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

static int bundle_write(const struct campaign *campaign)
{
	char bundle[CLI_PATH], part[CLI_PATH];
	const char *const argv[] = {
		"tar", "-czf", part, "-C", campaign->out, "--sort=name",
		"--owner=0", "--group=0", "--exclude=*.part",
		"--transform=s,^REPRODUCE.md,README.md,",
		"--transform=s,^,repro-bundle/,",
		"REPRODUCE.md", "summary.json", "junit.xml", "findings.sarif",
		"findings", NULL,
	};
	int code = readme_write(campaign);

	if (code)
		return code;
	cli_path(bundle, "%s/repro-bundle.tar.gz", campaign->out);
	cli_path(part, "%s.part", bundle);
	code = cli_run(&(struct cli_process){ .argv = argv });
	if (!code && !rename(part, bundle))
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: cannot write %s: %s\n", bundle,
		code ? "tar failed" : strerror(errno));
	unlink(part);
	return VTB_EXIT_BENCH;
}

int ci_write(const struct campaign *campaign)
{
	int (*const writers[])(const struct campaign *campaign) = {
		junit_write, sarif_write, lcov_write, bundle_write,
	};
	int code = VTB_EXIT_CLEAN;
	size_t i;

	for (i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (writers[i](campaign))
			code = VTB_EXIT_BENCH;
	if (!code)
		fprintf(stderr, "for machines: junit.xml, findings.sarif, lcov.info, "
			"repro-bundle.tar.gz in %s\n", campaign->out);
	return code;
}
