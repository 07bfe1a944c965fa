/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * junit.c - a campaign as JUnit XML
 *
 * One test suite per target and implementation. Its first case is the fuzzing
 * itself; then one case per finding: new ones fail, known ones are skipped,
 * fixed ones pass.
 */
#include <string.h>

#include "campaign.h"
#include "output.h"

/* XML 1.0 takes no control characters, escaped or not. */
static void put_text(FILE *file, const char *text)
{
	static const struct { char c; const char *entity; } entities[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\n', "&#10;" },
	};
	const size_t nr = sizeof(entities) / sizeof(entities[0]);
	size_t i;

	for (; *text; text++) {
		for (i = 0; i < nr && entities[i].c != *text; i++)
			;
		if (i < nr)
			fputs(entities[i].entity, file);
		else
			fputc(*text < ' ' || *text > '~' ? '?' : *text, file);
	}
}

static void put_attribute(FILE *file, const char *name, const char *value)
{
	fprintf(file, " %s=\"", name);
	put_text(file, value);
	fputc('"', file);
}

static bool fails(const struct campaign *campaign,
		  const struct finding *finding)
{
	return finding->status == FINDING_NEW ||
	       (finding->status == FINDING_KNOWN && campaign->strict);
}

struct counts {
	unsigned int tests, failures, errors, skipped;
	double seconds;
};

static void count_pair(const struct campaign *campaign,
		       const struct pair *pair, struct counts *counts)
{
	size_t i;

	counts->tests += 1 + (unsigned int)pair->nr_findings;
	counts->errors += pair->broken;
	counts->seconds += (double)pair->used_ms / 1000;
	for (i = 0; i < pair->nr_findings; i++) {
		const struct finding *finding = &pair->list[i];

		if (fails(campaign, finding))
			counts->failures++;
		else if (finding->status == FINDING_KNOWN)
			counts->skipped++;
	}
}

static void put_counts(FILE *file, const struct counts *counts)
{
	fprintf(file, " tests=\"%u\" failures=\"%u\" errors=\"%u\""
		" skipped=\"%u\" time=\"%.3f\"", counts->tests,
		counts->failures, counts->errors, counts->skipped,
		counts->seconds);
}

static void put_case(FILE *file, const struct pair *pair, const char *name,
		     double seconds)
{
	char class[160];

	snprintf(class, sizeof(class), "%s.%s", pair->exe.target,
		 pair->exe.implementation);
	fputs("    <testcase", file);
	put_attribute(file, "name", name);
	put_attribute(file, "classname", class);
	fprintf(file, " time=\"%.3f\"", seconds);
}

static void put_fuzzing(FILE *file, const struct pair *pair)
{
	put_case(file, pair, "fuzzing", (double)pair->used_ms / 1000);
	if (!pair->broken) {
		fputs("/>\n", file);
		return;
	}
	fputs(">\n      <error type=\"bench\"", file);
	put_attribute(file, "message", "the target cannot be run, see its log");
	fputs("/>\n    </testcase>\n", file);
}

static void put_failure(FILE *file, const struct finding *finding)
{
	fputs("      <failure", file);
	put_attribute(file, "type", finding->outcome.oracle);
	put_attribute(file, "message", finding->outcome.what);
	fputs(">WHY  ", file);
	put_text(file, finding->outcome.why);
	fputs("\nREPRO vtb repro ", file);
	put_text(file, finding->minimised[0] ? finding->minimised :
					       finding->file);
	fputs("\n</failure>\n", file);
}

static void put_finding(FILE *file, const struct campaign *campaign,
			const struct pair *pair, const struct finding *finding)
{
	put_case(file, pair, finding->identity, 0);
	if (finding->status == FINDING_FIXED) {
		fputs("/>\n", file);
		return;
	}
	fputs(">\n", file);
	if (fails(campaign, finding)) {
		put_failure(file, finding);
	} else {
		fputs("      <skipped", file);
		put_attribute(file, "message", finding->reason);
		fputs("/>\n", file);
	}
	fputs("    </testcase>\n", file);
}

static void put_suite(FILE *file, const struct campaign *campaign,
		      const struct pair *pair)
{
	struct counts counts = { 0 };
	char name[160];
	size_t i;

	snprintf(name, sizeof(name), "%s.%s", pair->exe.target,
		 pair->exe.implementation);
	count_pair(campaign, pair, &counts);
	fputs("  <testsuite", file);
	put_attribute(file, "name", name);
	put_counts(file, &counts);
	fputs(">\n", file);
	put_fuzzing(file, pair);
	for (i = 0; i < pair->nr_findings; i++)
		put_finding(file, campaign, pair, &pair->list[i]);
	fputs("  </testsuite>\n", file);
}

int junit_write(const struct campaign *campaign)
{
	struct counts counts = { 0 };
	struct output output;
	size_t i;

	if (output_open(&output, campaign->out, "junit.xml"))
		return VTB_EXIT_BENCH;
	for (i = 0; i < campaign->nr_pairs; i++)
		count_pair(campaign, &campaign->pairs[i], &counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"vtb campaign\"", output.file);
	put_counts(output.file, &counts);
	fputs(">\n", output.file);
	for (i = 0; i < campaign->nr_pairs; i++)
		put_suite(output.file, campaign, &campaign->pairs[i]);
	fputs("</testsuites>\n", output.file);
	return output_close(&output) ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}
