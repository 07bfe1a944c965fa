/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary.h - historical bugs and the hunts for them (private to cli/)
 *
 *	canary.c		metadata files
 *	canary_hunt.c		one hunt: fuzz, minimise, judge
 *	canary_result.c		what a hunt came to, as a file
 *	canary_report.c		tables and the JSON of all hunts
 *	cmd_canaries.c		options, jobs, progress
 *
 * OUT/
 *   results/ID.SEED.json	one hunt each; a hunt that has one is not repeated
 *   work/ID.SEED.N/		the N-th attempt: corpus/, findings/, log
 *   canaries.json		the report, written anew after every hunt
 *
 * A hunt is a process of its own, so several run at a time and one that breaks
 * takes nothing with it. Its result says which build it is of; a result of
 * another build is put aside and not mixed in.
 */
#ifndef CLI_CANARY_H
#define CLI_CANARY_H

#include <jansson.h>
#include <signal.h>

#include "cli.h"

/* -- metadata (docs/canaries.md) -- */

enum canary_key {
	CANARY_ID,
	CANARY_TARGET,
	CANARY_FILE,
	CANARY_FLAVOUR,
	CANARY_CLASS,
	CANARY_REFERENCE,
	CANARY_FAULT,
	CANARY_TRIGGER,
	CANARY_CAPABILITIES,
	CANARY_IMPLEMENTATION,		/* need not be there: own */
	CANARY_NEAR_MISS,		/* these two may be repeated: */
	CANARY_EXPECT,			/* a line each */
	CANARY_KEYS,
};

struct canary {
	char *value[CANARY_KEYS];
	uint64_t hash;			/* of its metadata and patch */
};

/*
 * The canaries of the folder canaries/ in name order. If @nr_words is not 0,
 * those whose id or target is one of @words, which may be patterns of a shell;
 * a word that names none is an error. Every metadata file is checked. On success
 * 0, and canaries_free() takes the array; else an exit code after a message.
 */
int canaries_load(char *const *words, int nr_words, struct canary **list,
		  size_t *nr);
void canaries_free(struct canary *list, size_t nr);

/* Is @identity one of those that @canary is to be found by? */
bool canary_expects(const struct canary *canary, const char *identity);

/* The implementation that the patch is for. */
const char *canary_implementation(const struct canary *canary);

/* A negative control: nothing may be found. */
bool canary_is_control(const struct canary *canary);

/* -- hunts -- */

struct hunt {
	const struct canary *canary;	/* NULL: the unpatched build */
	char name[80];			/* the ID, or "clean-TARGET-FLAVOUR" */
	char target[64];
	char implementation[16];	/* without a patch */
	char flavour[16];
	uint64_t seed;
	uint64_t seconds;
	const char *out;		/* OUT */
	char build[64];			/* the result's key */
};

/* Where a hunt stands; shared with the process that shows it. */
enum hunt_stage { HUNT_STARTS, HUNT_REACHED, HUNT_TRIGGERED, HUNT_FOUND,
		  HUNT_OVER };
struct hunt_progress {
	volatile sig_atomic_t stage;
	volatile uint64_t execs;
};

/* When something was seen first. */
struct sighting {
	bool seen;
	uint64_t execs;			/* programs run */
	uint64_t cpu_ms;		/* of the fuzzing processes */
};

#define HUNT_UNEXPECTED	8

struct hunt_result {
	struct sighting reached;
	struct sighting triggered;
	struct sighting found;
	struct sighting end;		/* always seen */
	char identity[208];		/* of the finding */
	char file[CLI_PATH];		/* of the finding */
	char minimised[CLI_PATH];	/* program, if it has been minimised */
	unsigned int ops;		/* of that */
	unsigned int context_switches;	/* it asks for */
	bool minimised_finds;		/* an expected identity, in the canary */
	bool minimised_clean;		/* without the patch */
	char op[64];			/* during which it falls */
	char unexpected[HUNT_UNEXPECTED][208];	/* identities */
	char unexpected_file[HUNT_UNEXPECTED][CLI_PATH];
	unsigned int nr_unexpected;
	char trouble[256];		/* the bench's own, or "" */
};

/* Set by SIGINT and SIGTERM. */
extern volatile sig_atomic_t canaries_interrupted;

/*
 * Hunts from an empty corpus until found or time is up, and judges what was
 * found. Returns 0, or an exit code after a message. Interrupted: 3.
 */
int hunt_run(const struct hunt *hunt, struct hunt_progress *progress,
	     struct hunt_result *result);

/* The executable of a hunt: patched or not. */
char *hunt_exe(const struct hunt *hunt, char path[CLI_PATH]);

/*
 * Does what the definition asks for hold? One of the expected identities, after
 * the trigger, by a program that is harmless without the patch.
 */
bool hunt_is_found(const struct hunt_result *result);

/* -- results -- */

/* OUT/results/NAME.SEED.json, complete or not at all. */
int result_save(const struct hunt *hunt, const struct hunt_result *result);

/*
 * The result of an earlier start, a new reference; NULL if there is none of
 * this build and time. One of another build is renamed.
 */
json_t *result_load(const struct hunt *hunt);

/* -- the report -- */

struct report {
	const struct canary *list;
	size_t nr;
	uint64_t seeds;
	uint64_t seconds;
	bool clean;
	size_t planned;			/* hunts */
	json_t *results;		/* array of what result_load() gives */
};

/* Everything as JSON; a new reference. */
json_t *report_json(const struct report *report);

/* The tables, for people. */
void report_print(FILE *out, const json_t *json);

/* 0, 3 (one was missed in more than a tenth of seeds, incomplete), or 4 (an
 * unexpected finding). */
int report_exit_code(const json_t *json);

#endif
