/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_summary.c - the closing table and summary.json
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "campaign.h"
#include "output.h"

static json_t *json_finding(const struct finding *f)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:s, s:s, s:s, s:s, s:i, s:i}",
			 "identity", f->identity,
			 "status", finding_status_name(f->status),
			 "reason", f->reason,
			 "file", f->file, "minimised", f->minimised,
			 "exit", f->outcome.exit_code,
			 "deterministic", !f->unstable,
			 "what", f->outcome.what, "why", f->outcome.why,
			 "first_build", f->memory.first_build,
			 "first_seen", f->memory.first_seen,
			 "files", (int)f->files,
			 "campaigns", (int)f->memory.campaigns);
}

static json_t *json_findings(const struct pair *pair)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < pair->nr_findings; i++)
		json_array_append_new(list, json_finding(&pair->list[i]));
	return list;
}

json_t *summary_count(const struct cli_coverage *coverage,
		      const struct cli_count *count)
{
	if (!coverage->valid)
		return json_null();
	return json_pack("{s:i, s:i}", "hit", (int)count->hit,
			 "found", (int)count->found);
}

/* Which build and which upstream files the numbers are about. */
static void add_origin(json_t *object, const struct pair *pair)
{
	static const char *const keys[] = { "build", "tree", "upstream" };
	json_t *info = cli_ask(&pair->exe);
	size_t i;

	for (i = 0; info && i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(object, keys[i], json_object_get(info, keys[i]));
	json_decref(info);
}

static json_t *json_pair(const struct pair *pair)
{
	const struct cli_coverage *c = &pair->coverage;
	json_t *object = json_pack(
		"{s:s, s:s, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:b, s:o, s:o, s:o, s:o}",
		"target", pair->exe.target,
		"implementation", pair->exe.implementation,
		"executions", (json_int_t)pair->programs,
		"seconds", (double)pair->used_ms / 1000,
		"edges", (json_int_t)pair->edges,
		"features", (json_int_t)pair->features,
		"corpus", (json_int_t)pair->corpus,
		"ops", (json_int_t)pair->ops,
		"ops_ok", (json_int_t)pair->ops_ok,
		"processes", (int)pair->starts,
		"deaths", (int)pair->deaths,
		"given_up", pair->broken,
		"lines", summary_count(c, &c->lines),
		"branches", summary_count(c, &c->branches),
		"functions", summary_count(c, &c->functions),
		"findings", json_findings(pair));

	add_origin(object, pair);
	return object;
}

static json_t *json_summary(const struct campaign *campaign)
{
	json_t *list = json_array(), *summary;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		json_array_append_new(list, json_pair(&campaign->pairs[i]));
	summary = json_pack("{s:i, s:i, s:I, s:I, s:I, s:s, s:b, s:o}",
			 "version", 1, "exit", campaign->exit_code,
			 "seconds", (json_int_t)campaign->seconds,
			 "jobs", (json_int_t)campaign->jobs,
			 "seed", (json_int_t)campaign->seed,
			 "flavour", campaign->flavour,
			 "interrupted", (int)campaign_interrupted,
			 "targets", list);
	if (campaign->diff.place.rev) {
		json_object_set(summary, "diff", campaign->diff.changes);
		json_object_set_new(summary, "compared",
				    json_boolean(campaign->diff.has_base));
	}
	return summary;
}

/* What cannot be kept on disk is at least shown. */
int summary_write(const struct campaign *campaign)
{
	json_t *summary = json_summary(campaign);
	const size_t flags = JSON_INDENT(1) | JSON_PRESERVE_ORDER |
			     JSON_REAL_PRECISION(6);
	struct output output;
	int rc;

	sim_assert(summary);
	rc = output_open(&output, campaign->out, "summary.json");
	if (!rc) {
		json_dumpf(summary, output.file, flags);
		rc = output_close(&output);
	}
	if (rc) {
		fprintf(stderr, "vtb: the content of summary.json follows\n");
		json_dumpf(summary, stderr, flags);
		fprintf(stderr, "\n");
	}
	if (campaign->json) {
		json_dumpf(summary, stdout, flags);
		printf("\n");
	}
	json_decref(summary);
	return rc ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

static void print_finding_line(const struct pair *pair,
			       const struct finding *finding)
{
	fprintf(stderr, "  %-5s %-12s %s%s%s%s\n",
		finding_status_name(finding->status),
		pair->exe.implementation, finding->identity,
		finding->unstable ? "  (UNSTABLE)" : "",
		finding->reason[0] ? ": " : "", finding->reason);
}

static void print_findings(const struct campaign *campaign)
{
	size_t nr_new = findings_count(campaign, FINDING_NEW);
	size_t known = findings_count(campaign, FINDING_KNOWN);
	size_t fixed = findings_count(campaign, FINDING_FIXED);
	size_t i, n;

	fprintf(stderr, "findings: %zu new, %zu known, %zu fixed\n", nr_new,
		known, fixed);
	/* What only the base has is no news to anybody; summary.json lists it. */
	for (i = 0; i < campaign->nr_pairs; i++)
		for (n = 0; n < campaign->pairs[i].nr_findings &&
			    strcmp(campaign->pairs[i].exe.implementation, "base"); n++)
			print_finding_line(&campaign->pairs[i],
					   &campaign->pairs[i].list[n]);
}

void summary_print(const struct campaign *campaign)
{
	size_t i;

	fprintf(stderr, "\n%-14s %-12s %10s %8s %8s %7s %7s %8s\n", "target",
		"implemented", "programs", "seconds", "per s", "edges",
		"corpus", "ops ok");
	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *p = &campaign->pairs[i];

		fprintf(stderr, "%-14s %-12s %10" PRIu64 " %8.1f %8" PRIu64
			" %7" PRIu64 " %7" PRIu64 " %6" PRIu64 " %%\n",
			p->exe.target, p->exe.implementation, p->programs,
			(double)p->used_ms / 1000,
			p->used_ms ? p->programs * 1000 / p->used_ms : 0,
			p->edges, p->corpus,
			p->ops ? p->ops_ok * 100 / p->ops : 0);
	}
	print_findings(campaign);
}
