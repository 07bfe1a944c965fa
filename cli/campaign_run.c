/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_run.c - folders, what is fuzzed, and the loop that does it
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
#include "suggest.h"

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

/* out/KIND-N with the first N that is free; made here, so it is ours. */
static int new_folder(struct campaign *campaign, const char *kind)
{
	char base[CLI_PATH];
	unsigned int n;

	if (cli_make_dirs(cli_path(base, "%s/out", cli_root())))
		return VTB_EXIT_BENCH;
	for (n = 1; n < 1000000; n++) {
		cli_path(campaign->out, "%s/%s-%u", base, kind, n);
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
	cli_path(pair->scratch_dir, "%s/scratch/%s/%s", campaign->out, target,
		 implementation);
	cli_path(logs, "%s/log", campaign->out);
	cli_path(pair->log_file, "%s/%s.%s.log", logs, target,
		 implementation);
	if (cli_make_dirs(pair->findings_dir) ||
	    cli_make_dirs(pair->corpus_dir) ||
	    cli_make_dirs(pair->seeds_dir) || cli_make_dirs(logs) ||
	    cli_make_dirs(pair->scratch_dir))
		return VTB_EXIT_BENCH;
	return 0;
}

/* The committed programs, as bytes that engines can read. */
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

/* The first word of a list that names nothing, or NULL: a typo is not "none". */
static const char *first_unknown(const char *words,
				 const struct cli_executable *list, size_t nr,
				 bool targets)
{
	const char *word = words;
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
			return word;
	}
	return NULL;
}

static void say_word(const char *word, const struct cli_executable *list,
		     size_t nr, bool targets)
{
	struct suggestion suggestion;
	char name[128];
	size_t i;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, ","), word);
	suggest_begin(&suggestion, name);
	for (i = 0; i < nr; i++)
		suggest(&suggestion, targets ? list[i].target :
					       list[i].implementation);
	fprintf(stderr, "vtb: no %s '%s'", targets ? "target" :
						     "implementation", name);
	suggest_print(stderr, &suggestion);
}

static int none_selected(const struct campaign *campaign,
			 const struct cli_executable *list, size_t nr)
{
	const char *target, *implementation;
	size_t i;

	if (!nr) {
		fprintf(stderr, "vtb: no targets are built in %s/build/%s/bin; "
			"./vtb campaign builds them\n", cli_root(),
			campaign->flavour);
		return VTB_EXIT_BENCH;
	}
	target = first_unknown(campaign->only, list, nr, true);
	implementation = first_unknown(campaign->implementation, list, nr,
				       false);
	if (target)
		say_word(target, list, nr, true);
	else if (implementation)
		say_word(implementation, list, nr, false);
	else
		fprintf(stderr, "vtb: no target '%s' with implementation '%s'",
			campaign->only ? campaign->only : "(any)",
			campaign->implementation);
	fprintf(stderr, "; there are:\n");
	for (i = 0; i < nr; i++)
		fprintf(stderr, "vtb:   %s %s\n", list[i].target,
			list[i].implementation);
	return VTB_EXIT_USAGE;
}

bool campaign_engines_exist(const char *list)
{
	char name[32];
	size_t n;

	for (; list && *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, list);
		if (engine_by_name(name))
			continue;
		fprintf(stderr, "vtb: unknown engine '%s'; there are libfuzzer and afl\n",
			name);
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
	if (!campaign->nr_pairs ||
	    first_unknown(campaign->only, list, nr, true) ||
	    first_unknown(campaign->implementation, list, nr, false))
		code = none_selected(campaign, list, nr);
	free(list);
	return code;
}

/*
 * Those asked for; without a word from the user, those that would come to
 * something, or may have left something that is only to be judged. Only the
 * first knows hooks at accesses.
 */
static bool uses_engine(const struct campaign *campaign,
			const struct engine *engine)
{
	if (engine->preset && strcmp(campaign->flavour, "asan"))
		return false;
	if (campaign->engines)
		return cli_in_list(campaign->engines, engine->name);
	return engine == engines[0] || !campaign->seconds ||
	       budget_has_room(campaign, engine);
}

int campaign_print_builds(struct campaign *campaign)
{
	const struct engine *const *engine;
	int code = select_pairs(campaign);

	for (engine = engines; *engine && !code; engine++)
		if ((*engine)->preset && campaign->seconds &&
		    uses_engine(campaign, *engine))
			puts((*engine)->preset);
	return code;
}

/* Which engines a pair is fuzzed by: those whose build is there. */
static void add_lanes(const struct campaign *campaign, struct pair *pair)
{
	const struct engine *const *engine;

	for (engine = engines; *engine; engine++) {
		struct lane *lane = &pair->lanes[pair->nr_lanes];

		if (!uses_engine(campaign, *engine) ||
		    !engine_executable(*engine, &pair->exe, lane->exe))
			continue;
		lane->engine = *engine;
		pair->nr_lanes++;
	}
}

static int select_engines(struct campaign *campaign)
{
	const struct engine *const *engine;
	size_t i;

	for (engine = engines; *engine; engine++)
		if (!campaign->engines && !uses_engine(campaign, *engine) &&
		    !strcmp(campaign->flavour, "asan"))
			fprintf(stderr, "vtb: too little time for %s, which is left "
				"out: --time or --engine brings it in\n",
				(*engine)->name);
	for (i = 0; i < campaign->nr_pairs; i++) {
		struct pair *pair = &campaign->pairs[i];

		add_lanes(campaign, pair);
		if (pair->nr_lanes)
			continue;
		fprintf(stderr, "vtb: %s.%s is not built for %s\n",
			pair->exe.target, pair->exe.implementation,
			campaign->engines ? campaign->engines : "any engine");
		return VTB_EXIT_BENCH;
	}
	return 0;
}

int campaign_prepare(struct campaign *campaign, const char *out,
		     const char *kind)
{
	size_t i;
	int code;

	code = select_pairs(campaign);
	if (!code)
		code = select_engines(campaign);
	if (!code)
		code = out ? given_folder(campaign, out) :
			     new_folder(campaign, kind);
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

void campaign_fuzz(struct campaign *campaign)
{
	uint64_t now_ms;

	scratch_collect(campaign);
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
		history_sample(campaign, now_ms);
	}
	workers_stop(campaign);
	scratch_collect(campaign);
	findings_collect(campaign);
	status_clear(campaign);
	if (!campaign->trouble)
		return;
	fprintf(stderr, "vtb: stopped early: %s; everything found so far is in %s\n",
		campaign->trouble, campaign->out);
	if (!campaign_interrupted)
		campaign_worsen(campaign, VTB_EXIT_BENCH);
}

void campaign_free(struct campaign *campaign)
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

void campaign_catch_interrupts(void)
{
	/* Not restarted: poll() is to return. */
	const struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}
