/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_finding.c - saved findings: replayed, judged, printed
 *
 * The fuzzing processes save program files. Each new file is replayed twice in
 * its implementation; what counts is the identity of the replay. A file whose
 * replay says something else than when it was saved is nondeterminism. The
 * first file of an identity is printed in full, in another implementation in
 * one line, again in the same one not at all; no file is ever removed.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"

/* The path as short as the user can type it. */
static const char *short_path(const char *path)
{
	static char cwd[CLI_PATH];
	size_t n;

	if (!getcwd(cwd, sizeof(cwd)))
		return path;
	n = strlen(cwd);
	return !strncmp(path, cwd, n) && path[n] == '/' ? path + n + 1 : path;
}

static bool is_seen(const struct pair *pair, const char *name)
{
	size_t i;

	for (i = 0; i < pair->nr_seen; i++)
		if (!strcmp(pair->seen[i], name))
			return true;
	return false;
}

static void mark_seen(struct pair *pair, const char *name)
{
	char **more = realloc(pair->seen, (pair->nr_seen + 1) * sizeof(*more));

	sim_assert(more);
	pair->seen = more;
	more[pair->nr_seen] = strdup(name);
	sim_assert(more[pair->nr_seen]);
	pair->nr_seen++;
}

/*
 * corpus/TARGET/known.txt: "IMPLEMENTATION IDENTITY reason...", '#' comments;
 * '*' stands for every implementation.
 */
static bool look_up_known(const struct pair *pair, struct finding *finding)
{
	char path[CLI_PATH], line[1024], who[64], what[256];
	bool found = false;
	FILE *file;
	int n;

	cli_path(path, "%s/corpus/%s/known.txt", cli_root(), pair->exe.target);
	file = fopen(path, "r");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (line[0] == '#' ||
		    sscanf(line, "%63s %255s %n", who, what, &n) < 2)
			continue;
		found = (!strcmp(who, "*") ||
			 !strcmp(who, pair->exe.implementation)) &&
			!strcmp(what, finding->outcome.identity);
		line[strcspn(line, "\n")] = '\0';
		snprintf(finding->reason, sizeof(finding->reason), "%s",
			 line + n);
	}
	fclose(file);
	return found;
}

static const struct finding *find(const struct pair *pair,
				  const char *identity)
{
	size_t i;

	for (i = 0; i < pair->nr_findings; i++)
		if (!strcmp(pair->list[i].outcome.identity, identity))
			return &pair->list[i];
	return NULL;
}

/* Another implementation that has shown the same, or NULL. */
static const struct pair *found_before(const struct campaign *campaign,
				       const struct pair *pair,
				       const char *identity)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *other = &campaign->pairs[i];

		if (other != pair && find(other, identity) &&
		    !strcmp(other->exe.target, pair->exe.target))
			return other;
	}
	return NULL;
}

static void print_finding(struct campaign *campaign, const struct pair *pair,
			  const struct finding *finding,
			  const struct pair *before)
{
	const struct cli_outcome *o = &finding->outcome;

	status_clear(campaign);
	if (before)
		fprintf(stderr, "vtb: also in %s: %s\nREPRO vtb repro %s\n",
			pair->exe.implementation, o->identity,
			short_path(finding->file));
	else
		fprintf(stderr,
			"vtb: %sfinding in %s: %s\n"
			"FAIL %s: %s: %s [step %llu t=%lluns]\n"
			"WHY  %s\nREPRO vtb repro %s\n",
			finding->known ? "known " : "",
			pair->exe.implementation, o->identity,
			pair->exe.target, o->oracle, o->what,
			(unsigned long long)o->step,
			(unsigned long long)o->time_ns, o->why,
			short_path(finding->file));
	if (finding->known)
		fprintf(stderr, "vtb: known: %s\n", finding->reason);
	fflush(stderr);
}

/* Hangs are cut off by the wall clock, in a different place each time. */
static bool same_identity(const char *a, const char *b)
{
	return !strcmp(a, b) ||
	       (!strncmp(a, "hang/", 5) && !strncmp(b, "hang/", 5));
}

static void report_unstable(struct campaign *campaign,
			    const struct finding *finding, const char *saved)
{
	status_clear(campaign);
	fprintf(stderr, "vtb: %s: saved as %s, but the replay says %s\n",
		short_path(finding->file), saved, finding->outcome.identity);
	campaign_worsen(campaign, VTB_EXIT_NONDETERMINISM);
}

static void add_finding(struct campaign *campaign, struct pair *pair,
			const struct finding *finding)
{
	const char *identity = finding->outcome.identity;
	const struct pair *before = found_before(campaign, pair, identity);
	struct finding *more;

	if (find(pair, identity))
		return;
	more = realloc(pair->list, (pair->nr_findings + 1) * sizeof(*more));
	sim_assert(more);
	pair->list = more;
	more[pair->nr_findings++] = *finding;
	print_finding(campaign, pair, finding, before);
	if (!finding->known || campaign->strict)
		campaign_worsen(campaign, finding->outcome.exit_code);
}

static void judge_file(struct campaign *campaign, struct pair *pair,
		       const char *name)
{
	struct finding finding = { .known = false };
	struct program_peek peek;
	char error[512];

	cli_path(finding.file, "%s/%s", pair->findings_dir, name);
	if (program_peek(&peek, finding.file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		campaign_worsen(campaign, VTB_EXIT_BENCH);
		return;
	}
	if (cli_replay(pair->exe.path, finding.file, &finding.outcome, NULL)) {
		/* Interrupted with us: it stays for the next time. */
		if (!campaign_interrupted)
			campaign_worsen(campaign, VTB_EXIT_BENCH);
		return;
	}
	finding.unstable = !finding.outcome.deterministic ||
			   !same_identity(peek.expect,
					  finding.outcome.identity);
	finding.known = look_up_known(pair, &finding);
	if (finding.unstable)
		report_unstable(campaign, &finding, peek.expect);
	if (finding.outcome.exit_code)
		add_finding(campaign, pair, &finding);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/*
 * What libFuzzer saved because it met the end of the process before our own
 * code did: run as an input, it becomes a finding like others.
 */
static void adopt_raw(const struct pair *pair, const char *name)
{
	char path[CLI_PATH];
	const char *const argv[] = {
		pair->exe.path, "--findings", pair->findings_dir, path, NULL,
	};

	cli_path(path, "%s/%s", pair->findings_dir, name);
	cli_run(&(struct cli_process){
		.argv = argv, .out = "/dev/null", .err = "/dev/null",
	});
}

static void collect_pair(struct campaign *campaign, struct pair *pair)
{
	char **names;
	size_t nr = cli_list_dir(pair->findings_dir, &names), i;

	for (i = 0; i < nr; i++) {
		bool program = ends_with(names[i], ".vtb");
		bool raw = !strncmp(names[i], "raw-", 4);

		if ((!program && !raw) || is_seen(pair, names[i]))
			continue;
		mark_seen(pair, names[i]);
		if (program)
			judge_file(campaign, pair, names[i]);
		else
			adopt_raw(pair, names[i]);
	}
	cli_free_names(names, nr);
}

void findings_collect(struct campaign *campaign)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		collect_pair(campaign, &campaign->pairs[i]);
}
