/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_finding.c - saved findings: replayed, judged, printed
 *
 * The fuzzing processes save program files. Each new file is replayed twice in
 * its implementation; what counts is the identity of the replay. A file whose
 * replay says something else than when the same build saved it is
 * nondeterminism. The first file of an identity is printed in full, in another
 * implementation in one line, again in the same one not at all.
 *
 * A file of another build that is clean now is fixed and goes to fixed/, where
 * fuzzing processes do not look: should the finding come back through another
 * program, it is saved again. No file is ever removed or replaced.
 */
#include <errno.h>
#include <fcntl.h>
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

static struct finding *find(const struct pair *pair, const char *identity)
{
	size_t i;

	for (i = 0; i < pair->nr_findings; i++)
		if (!strcmp(pair->list[i].identity, identity))
			return &pair->list[i];
	return NULL;
}

size_t findings_count(const struct campaign *campaign,
		      enum finding_status status)
{
	size_t count = 0, i, n;

	for (i = 0; i < campaign->nr_pairs; i++)
		for (n = 0; n < campaign->pairs[i].nr_findings; n++)
			count += campaign->pairs[i].list[n].status == status;
	return count;
}

/* Another implementation that has shown the same, or NULL. */
static const struct pair *found_before(const struct campaign *campaign,
				       const struct pair *pair,
				       const char *identity)
{
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++) {
		const struct pair *other = &campaign->pairs[i];
		const struct finding *same = find(other, identity);

		if (other != pair && same && same->status != FINDING_FIXED &&
		    !strcmp(other->exe.target, pair->exe.target))
			return other;
	}
	return NULL;
}

static void print_in_full(const struct pair *pair,
			  const struct finding *finding)
{
	const struct cli_outcome *o = &finding->outcome;

	fprintf(stderr,
		"vtb: %sfinding in %s: %s\n"
		"FAIL %s: %s: %s [step %llu t=%lluns]\n"
		"WHY  %s\nREPRO vtb repro %s\n",
		finding->status == FINDING_KNOWN ? "known " : "",
		pair->exe.implementation, finding->identity,
		pair->exe.target, o->oracle, o->what,
		(unsigned long long)o->step, (unsigned long long)o->time_ns,
		o->why, short_path(finding->file));
}

/* One line: nobody who asks about a change wants to read what it did not do. */
static void print_old(const struct pair *pair, const struct finding *finding)
{
	if (strcmp(pair->exe.implementation, "base"))
		fprintf(stderr, "vtb: known finding in %s: %s: %s\n",
			pair->exe.implementation, finding->identity,
			finding->reason);
}

static void print_finding(struct campaign *campaign, const struct pair *pair,
			  const struct finding *finding)
{
	const char *implementation = pair->exe.implementation;

	status_clear(campaign);
	if (campaign->diff.has_base && finding->status == FINDING_KNOWN) {
		print_old(pair, finding);
		return;
	}
	if (finding->status == FINDING_FIXED)
		fprintf(stderr, "vtb: fixed in %s: %s: %s is clean with this build\n",
			implementation, finding->identity,
			short_path(finding->file));
	else if (found_before(campaign, pair, finding->identity))
		fprintf(stderr, "vtb: also in %s: %s\nREPRO vtb repro %s\n",
			implementation, finding->identity,
			short_path(finding->file));
	else
		print_in_full(pair, finding);
	if (finding->back)
		fprintf(stderr, "vtb: it is back: it was fixed before\n");
	if (finding->reason[0])
		fprintf(stderr, "vtb: %s: %s\n",
			finding_status_name(finding->status), finding->reason);
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

/* The place of a new finding in the list, or of one that is not fixed any
 * more; NULL if there is nothing new about it. */
static struct finding *place_for(struct pair *pair,
				 const struct finding *finding)
{
	struct finding *same = find(pair, finding->identity), *more;

	if (same && (same->status != FINDING_FIXED ||
		     finding->status == FINDING_FIXED))
		return NULL;
	if (same)
		return same;
	more = realloc(pair->list, (pair->nr_findings + 1) * sizeof(*more));
	sim_assert(more);
	pair->list = more;
	return &more[pair->nr_findings++];
}

static void add_finding(struct campaign *campaign, struct pair *pair,
			const struct finding *finding)
{
	struct finding *place = place_for(pair, finding);

	if (!place) {
		place = find(pair, finding->identity);
		place->files += place->status != FINDING_FIXED;
		findings_remember(campaign, pair, place);
		return;
	}
	*place = *finding;
	place->files = 1;
	print_finding(campaign, pair, place);
	findings_remember(campaign, pair, place);
	/* With a base it is settled at the end which of them are new. */
	if (!campaign->diff.has_base &&
	    (finding->status == FINDING_NEW || campaign->strict))
		campaign_worsen(campaign, finding->outcome.exit_code);
}

/*
 * Moves @path to folder @to, under the next free name of the kind, so that
 * nothing is replaced. @path gets the new place; it stays if that fails.
 */
static void move_file(char path[CLI_PATH], const char *to)
{
	const char *name = strrchr(path, '/') + 1;
	char moved[CLI_PATH];
	unsigned int n;
	int stem = (int)(strrchr(name, '.') - name);

	while (stem && name[stem - 1] >= '0' && name[stem - 1] <= '9')
		stem--;
	if (cli_make_dirs(to))
		return;
	for (n = 1; n < 10000; n++) {
		cli_path(moved, "%s/%.*s%u.vtb", to, stem, name, n);
		if (!renameat2(AT_FDCWD, path, AT_FDCWD, moved,
			       RENAME_NOREPLACE)) {
			cli_path(path, "%s", moved);
			return;
		}
		if (errno != EEXIST)
			break;
	}
	fprintf(stderr, "vtb: cannot move %s to %s: %s\n", path, to,
		strerror(errno));
}

/* A file of another build that does not show any more what it was saved for. */
static void note_fixed(struct campaign *campaign, struct pair *pair,
		       const struct finding *shown, const char *identity,
		       bool shelved)
{
	struct finding fixed = *shown;

	snprintf(fixed.identity, sizeof(fixed.identity), "%s", identity);
	fixed.status = FINDING_FIXED;
	if (!shown->outcome.exit_code && !shelved)
		move_file(fixed.file, pair->fixed_dir);
	fixed.outcome.exit_code = VTB_EXIT_CLEAN;
	add_finding(campaign, pair, &fixed);
}

/* What a replay that worked says about a file. */
static void judge_outcome(struct campaign *campaign, struct pair *pair,
			  struct finding *finding,
			  const struct program_peek *peek, bool shelved)
{
	const struct cli_outcome *o = &finding->outcome;
	bool as_saved = same_identity(peek->expect, o->identity);

	snprintf(finding->identity, sizeof(finding->identity), "%s",
		 o->identity);
	if (!o->deterministic ||
	    (!as_saved && !strcmp(peek->build, o->build))) {
		finding->unstable = true;
		report_unstable(campaign, finding, peek->expect);
	} else if (!as_saved && peek->expect[0]) {
		note_fixed(campaign, pair, finding, peek->expect, shelved);
	} else if (shelved) {
		finding->back = true;
		move_file(finding->file, pair->findings_dir);
		mark_seen(pair, strrchr(finding->file, '/') + 1);
	}
	if (!o->exit_code)
		return;
	if (cli_is_known(&pair->exe, finding->identity, finding->reason))
		finding->status = FINDING_KNOWN;
	diff_judge(campaign, pair, finding);
	add_finding(campaign, pair, finding);
}

/* @shelved: it lies in fixed/. */
static void judge_file(struct campaign *campaign, struct pair *pair,
		       const char *name, bool shelved)
{
	static struct finding finding;
	struct program_peek peek;
	char error[512];

	memset(&finding, 0, sizeof(finding));
	cli_path(finding.file, "%s/%s",
		 shelved ? pair->fixed_dir : pair->findings_dir, name);
	if (program_peek(&peek, finding.file, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		campaign_worsen(campaign, VTB_EXIT_BENCH);
		return;
	}
	snprintf(finding.build, sizeof(finding.build), "%s", peek.build);
	if (cli_replay(pair->exe.path, finding.file, &finding.outcome, NULL)) {
		/* Interrupted with us: it stays for the next time. */
		if (!campaign_interrupted)
			campaign_worsen(campaign, VTB_EXIT_BENCH);
		return;
	}
	judge_outcome(campaign, pair, &finding, &peek, shelved);
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
			judge_file(campaign, pair, names[i], false);
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

static void resume_fixed(struct campaign *campaign, struct pair *pair)
{
	char **names;
	size_t nr = cli_list_dir(pair->fixed_dir, &names), i;

	for (i = 0; i < nr; i++)
		if (ends_with(names[i], ".vtb"))
			judge_file(campaign, pair, names[i], true);
	cli_free_names(names, nr);
}

void findings_resume(struct campaign *campaign)
{
	size_t i, total = 0;

	for (i = 0; i < campaign->nr_pairs; i++) {
		resume_fixed(campaign, &campaign->pairs[i]);
		collect_pair(campaign, &campaign->pairs[i]);
		total += campaign->pairs[i].nr_findings;
	}
	if (total && store_is_new(campaign->store))
		fprintf(stderr, "vtb: %s/findings.db was missing: %zu findings "
			"put back from their files\n", campaign->out, total);
	findings_forget_gone(campaign);
}
