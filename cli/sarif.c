/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sarif.c - a campaign's findings as SARIF 2.1.0
 *
 * A rule is an oracle. A result's location is the function of the code under
 * test that its identity names; where an identity names ops only, it is the
 * component's first file without a line, and the ops are logical locations.
 */
#include <jansson.h>
#include <string.h>

#include <vtb/build_id.h>

#include "campaign.h"
#include "location.h"
#include "output.h"

static const char *level_of(const struct finding *finding)
{
	return finding->status == FINDING_NEW ? "error" : "note";
}

static const char *baseline_of(const struct finding *finding)
{
	static const char *const states[] = {
		[FINDING_NEW] = "new",
		[FINDING_KNOWN] = "unchanged",
		[FINDING_FIXED] = "absent",
	};

	return states[finding->status];
}

/* The oracle's place in the list of rules; it is added if it is not there. */
static size_t rule_of(json_t *rules, const char *identity)
{
	char id[64];
	json_t *rule;
	size_t i;

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(identity, "/"),
		 identity);
	json_array_foreach(rules, i, rule)
		if (!strcmp(json_string_value(json_object_get(rule, "id")), id))
			return i;
	json_array_append_new(rules, json_pack("{s:s, s:{s:s}, s:{s:s}}",
		"id", id,
		"shortDescription", "text", id,
		"defaultConfiguration", "level", "error"));
	return json_array_size(rules) - 1;
}

static json_t *function_location(const struct location *location)
{
	return json_pack("{s:{s:{s:s}, s:{s:i}}, s:[{s:s, s:s}]}",
			 "physicalLocation",
			 "artifactLocation", "uri", location->file,
			 "region", "startLine", (int)location->line,
			 "logicalLocations",
			 "name", location->function, "kind", "function");
}

/* The file all of it is about, of an executable's account of itself. */
static const char *first_file(const json_t *info)
{
	const json_t *files = json_object_get(info, "upstream");

	return json_string_value(json_object_get(json_array_get(files, 0),
						 "file"));
}

static json_t *op_location(const struct pair *pair, const json_t *info,
			   const char *identity)
{
	const char *ops = strrchr(identity, '/'), *file = first_file(info);
	char own[256];

	snprintf(own, sizeof(own), "components/%s", pair->exe.target);
	return json_pack("{s:{s:{s:s}}, s:[{s:s, s:s}]}",
			 "physicalLocation", "artifactLocation",
			 "uri", file ? file : own,
			 "logicalLocations",
			 "name", ops ? ops + 1 : identity, "kind", "member");
}

static json_t *location_json(const struct pair *pair, const json_t *info,
			     const char *identity)
{
	struct location location;

	if (location_of(&pair->exe, identity, &location))
		return function_location(&location);
	return op_location(pair, info, identity);
}

static json_t *message_of(const struct finding *finding)
{
	char text[1024];

	if (finding->status == FINDING_FIXED)
		snprintf(text, sizeof(text), "fixed: %s is clean with this build",
			 finding->identity);
	else
		snprintf(text, sizeof(text), "%s (%s)%s%s",
			 finding->outcome.what, finding->outcome.why,
			 finding->reason[0] ? "; known: " : "",
			 finding->reason);
	return json_pack("{s:s}", "text", text);
}

static json_t *result_json(const struct pair *pair, const json_t *info,
			   const struct finding *finding, json_t *rules)
{
	size_t rule = rule_of(rules, finding->identity);
	const json_t *id = json_object_get(json_array_get(rules, rule), "id");

	return json_pack("{s:s, s:I, s:s, s:s, s:o, s:[o], s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s}}",
		"ruleId", json_string_value(id), "ruleIndex", (json_int_t)rule,
		"level", level_of(finding),
		"baselineState", baseline_of(finding),
		"message", message_of(finding),
		"locations", location_json(pair, info, finding->identity),
		"partialFingerprints",
		"vtbIdentity/v1", finding->identity,
		"vtbTarget/v1", pair->exe.target,
		"properties",
		"implementation", pair->exe.implementation,
		"status", finding_status_name(finding->status),
		"file", finding->file, "minimised", finding->minimised);
}

static void add_results(const struct pair *pair, json_t *results, json_t *rules)
{
	json_t *info = pair->nr_findings ? cli_ask(&pair->exe) : NULL;
	size_t i;

	for (i = 0; i < pair->nr_findings; i++)
		json_array_append_new(results, result_json(pair, info,
							   &pair->list[i],
							   rules));
	json_decref(info);
}

static json_t *sarif_json(const struct campaign *campaign)
{
	json_t *rules = json_array(), *results = json_array();
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		add_results(&campaign->pairs[i], results, rules);
	return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:[{s:b, s:i}], s:o}]}",
		"$schema", "https://json.schemastore.org/sarif-2.1.0.json",
		"version", "2.1.0", "runs",
		"tool", "driver", "name", "vtbench",
		"version", vtb_build_id(), "rules", rules,
		"invocations", "executionSuccessful",
		campaign->exit_code != VTB_EXIT_BENCH,
		"exitCode", campaign->exit_code,
		"results", results);
}

static int write_to(const struct campaign *campaign, const char *dir,
		    const char *name)
{
	json_t *sarif = sarif_json(campaign);
	struct output output;
	int rc;

	sim_assert(sarif);
	rc = output_open(&output, dir, name);
	if (!rc) {
		json_dumpf(sarif, output.file,
			   JSON_INDENT(1) | JSON_PRESERVE_ORDER);
		rc = output_close(&output);
	}
	json_decref(sarif);
	return rc ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

int sarif_write(const struct campaign *campaign)
{
	return write_to(campaign, campaign->out, "findings.sarif");
}

int sarif_write_as(const struct campaign *campaign, const char *file)
{
	const char *slash = strrchr(file, '/');
	char dir[CLI_PATH];

	if (!slash)
		return write_to(campaign, ".", file);
	cli_path(dir, "%.*s", (int)(slash - file) + (slash == file), file);
	return write_to(campaign, dir, slash + 1);
}
