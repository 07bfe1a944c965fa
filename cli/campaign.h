/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign.h - the state of one campaign (private to cli/)
 *
 *	cmd_campaign.c		options, the order of things
 *	campaign_run.c		folders, what is fuzzed, the loop that does it
 *	campaign_budget.c	who runs next, and for how long
 *	campaign_worker.c	fuzzing processes and what they say
 *	campaign_finding.c	saved findings: replayed, judged, printed
 *	campaign_min.c		... and minimised
 *	campaign_diff.c		what a change is to blame for, and what reaches it
 *	campaign_store.c	what is remembered of them (store.h)
 *	campaign_status.c	progress on a terminal, lines elsewhere
 *	campaign_history.c	how it went over time
 *	campaign_summary.c	the table and summary.json
 *	campaign_ci.c, junit.c, sarif.c		what --ci leaves for machines
 *
 * OUT/
 *   corpus/TARGET/IMPLEMENTATION/	inputs; files are named by content
 *   findings/TARGET/IMPLEMENTATION/	program files; never overwritten
 *   findings/.../fixed/		of them, what is clean by now
 *   findings.db			a digest of the findings, see store.h
 *   seeds/TARGET/			the committed programs as bytes
 *   scratch/TARGET/IMPLEMENTATION/	of processes that run now
 *   log/TARGET.IMPLEMENTATION.log	what the fuzzing processes said
 *   coverage/, summary.json
 *   history.jsonl		a line every second or so, and one at the end
 *   junit.xml, findings.sarif, lcov.info, repro-bundle.tar.gz	with --ci
 *
 * Files are the truth: findings and corpora are written by the fuzzing
 * processes the moment they exist, so whatever ends the campaign loses
 * nothing, and a campaign that is started again in the same folder goes on.
 */
#ifndef CLI_CAMPAIGN_H
#define CLI_CAMPAIGN_H

#include <signal.h>
#include <sys/types.h>

#include "cli.h"
#include "cover_diff.h"
#include "engine.h"
#include "outcome.h"
#include "store.h"

/* A finding, once per identity and implementation. */
struct finding {
	char identity[PROGRAM_MAX_EXPECT];
	char file[CLI_PATH];
	char minimised[CLI_PATH];	/* "" if there is none */
	struct cli_outcome outcome;	/* of the file now */
	enum finding_status status;
	char reason[CLI_REASON];		/* of a known one: where it stands */
	bool unstable;			/* replay gave something else */
	bool back;			/* it was fixed before */
	unsigned int files;		/* that show it */
	char build[PROGRAM_MAX_WORD];	/* its file was recorded with */
	struct store_memory memory;
};

#define MAX_LANES	2		/* as many as there are engines */

/* One engine at work on a pair. */
struct lane {
	const struct engine *engine;
	char exe[CLI_PATH];
	unsigned int running;		/* processes now */
	unsigned int starts;
	unsigned int deaths;		/* processes that a finding ended */
	bool broken;			/* cannot be run: given up */
	uint64_t used_ms;		/* by processes that have ended */
	uint64_t finds;			/* inputs it added to the corpus */
	uint64_t gain;			/* of the last slice, per 1000 s */
};

/* One (target, implementation). Its counts are sums over its lanes. */
struct pair {
	struct cli_executable exe;
	char findings_dir[CLI_PATH];
	char fixed_dir[CLI_PATH];	/* in it */
	char corpus_dir[CLI_PATH];
	char seeds_dir[CLI_PATH];
	char scratch_dir[CLI_PATH];
	char log_file[CLI_PATH];
	struct lane lanes[MAX_LANES];
	unsigned int nr_lanes;
	unsigned int running;
	unsigned int starts;
	unsigned int deaths;
	bool broken;			/* all of them are */
	bool no_min;			/* it cannot minimise */
	uint64_t used_ms;		/* by processes that have ended */
	uint64_t programs;
	uint64_t ops;
	uint64_t ops_ok;
	uint64_t edges;
	uint64_t features;
	uint64_t corpus;		/* inputs in the corpus */
	struct finding *list;
	size_t nr_findings;
	char **seen;			/* file names dealt with */
	size_t nr_seen;
	struct cli_coverage coverage;
};

#define LINE_BYTES	1024

/* One fuzzing process. */
struct worker {
	pid_t pid;			/* 0: free */
	int fd;				/* its stderr */
	int log_fd;
	struct pair *pair;
	struct lane *lane;
	char scratch_dir[CLI_PATH];
	struct engine_job job;		/* its folders are the pair's */
	struct engine_stats stats;
	uint64_t started_ms;
	uint64_t collected_ms;		/* when it was last asked for files */
	uint64_t programs;		/* it said so far */
	uint64_t ops;
	uint64_t ops_ok;
	size_t findings_before;
	bool urgent;			/* its output must be seen by people */
	char line[LINE_BYTES];
	size_t used;
};

/* With --diff REV. */
struct campaign_diff {
	struct cover_diff_options place;	/* rev is NULL without it */
	json_t *changes;		/* cover_diff_json() */
	bool covered;			/* it says what was reached */
	bool kernel;			/* of a kernel tree, not of the project */
	bool has_base;			/* REV is built: implementation `base` */
	char affected[1024];		/* targets, as --only takes them */
};

struct campaign {
	uint64_t seconds;
	uint64_t jobs;
	uint64_t seed;
	const char *only;
	const char *implementation;
	const char *sarif;		/* written to this file, too, or NULL */
	const char *engines;		/* list of names; NULL: all there are */
	const char *flavour;
	char out[CLI_PATH];
	bool ci;
	bool json;
	bool quiet;
	bool strict;
	bool no_seeds;
	bool no_coverage;

	struct campaign_diff diff;
	struct pair *pairs;
	size_t nr_pairs;
	struct worker *workers;		/* jobs of them */
	struct store *store;
	uint64_t start_ms;
	uint64_t end_ms;
	uint64_t first_share_ms;	/* of each pair, for all its lanes */
	int exit_code;
	bool screen;			/* progress with terminal control */
	unsigned int screen_lines;	/* on the terminal now */
	uint64_t last_line_ms;
	int64_t history_began_s;	/* seconds since 1970; 0: not yet */
	uint64_t history_ms;		/* of the last line; UINT64_MAX: failed */
	const char *trouble;		/* why it ended early, or NULL */
};

/* Set by SIGINT and SIGTERM. */
extern volatile sig_atomic_t campaign_interrupted;

uint64_t campaign_now_ms(void);
void campaign_worsen(struct campaign *campaign, int exit_code);

/* campaign_run.c */
/* Are all words of a list engines? Prints which one is not. */
bool campaign_engines_exist(const char *list);
/* Prints the presets that engines need besides asan. An exit code. */
int campaign_print_builds(struct campaign *campaign);
/* Chooses pairs, makes folders (new: out/KIND-N), seeds. An exit code. */
int campaign_prepare(struct campaign *campaign, const char *out,
		     const char *kind);
/* SIGINT and SIGTERM end campaign_fuzz() in order. */
void campaign_catch_interrupts(void);
void campaign_fuzz(struct campaign *campaign);
void campaign_free(struct campaign *campaign);

/* campaign_budget.c */
struct slice {
	struct pair *pair;		/* NULL: nothing to start now */
	struct lane *lane;
	uint64_t seconds;
};
void budget_init(struct campaign *campaign);
/* Is a pair's even share long enough for one process of this engine? */
bool budget_has_room(const struct campaign *campaign,
		     const struct engine *engine);
struct slice budget_next(const struct campaign *campaign, uint64_t now_ms);

/* campaign_worker.c */
void worker_start(struct campaign *campaign, struct worker *worker,
		  const struct slice *slice);
/* Waits at most @timeout_ms for output; reads it; collects the dead. */
void workers_poll(struct campaign *campaign, int timeout_ms);
void workers_stop(struct campaign *campaign);
bool workers_running(const struct campaign *campaign);
/* Takes over what processes of a campaign that was killed have left. */
void scratch_collect(struct campaign *campaign);

/* campaign_finding.c */
/* Judges what an earlier campaign left in the folder, with the present build. */
void findings_resume(struct campaign *campaign);
/* Judges what is new in the folder. */
void findings_collect(struct campaign *campaign);
size_t findings_count(const struct campaign *campaign,
		      enum finding_status status);

/* campaign_diff.c */
/* Before anything: is there such a change, and what is fuzzed? An exit code. */
int diff_begin(struct campaign *campaign);
/* Makes a finding known if the base has it too. */
void diff_judge(const struct campaign *campaign, const struct pair *pair,
		struct finding *finding);
/* When all findings are there: which of them are new. */
void diff_settle(struct campaign *campaign);
/* When coverage is there: which changed lines were reached. An exit code. */
int diff_report(struct campaign *campaign);

/* campaign_min.c */
void findings_minimise(struct campaign *campaign);

/* campaign_store.c */
int findings_open_store(struct campaign *campaign);
void findings_remember(struct campaign *campaign, const struct pair *pair,
		       struct finding *finding);
/* Drops what the store says of files that are gone. */
void findings_forget_gone(struct campaign *campaign);

/* campaign_status.c */
void status_show(struct campaign *campaign, uint64_t now_ms);
void status_clear(struct campaign *campaign);

/* campaign_history.c: lines of OUT/history.jsonl. */
void history_sample(struct campaign *campaign, uint64_t now_ms);
/* The last line, with coverage. */
void history_end(struct campaign *campaign);

/* campaign_summary.c */
/* {"hit": N, "found": N}, or null where nothing was measured. */
json_t *summary_count(const struct cli_coverage *coverage,
		      const struct cli_count *count);
void summary_print(const struct campaign *campaign);
int summary_write(const struct campaign *campaign);

/* campaign_ci.c, junit.c, sarif.c: files for machines. Exit codes. */
int ci_write(const struct campaign *campaign);
int junit_write(const struct campaign *campaign);
int sarif_write(const struct campaign *campaign);
/* The same as any file; its folder must be there. */
int sarif_write_as(const struct campaign *campaign, const char *file);

#endif
