/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - the findings of a campaign's folder, in SQLite
 *
 * OUT/findings.db, for whoever wants to ask questions:
 *
 *	view  finding	one row per (target, identity)
 *	table sighting	one row per (target, identity, implementation)
 *	table campaign	one row per campaign that ran in OUT
 *
 * Program files are the truth and the store is a digest of them: it is rebuilt
 * when it is lost or damaged, and a store that cannot be written is no reason
 * to stop fuzzing. Paths in it are relative to OUT, so OUT may be moved.
 */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"

enum finding_status {
	FINDING_NEW,
	FINDING_KNOWN,		/* listed in known.txt, or in the base as well */
	FINDING_FIXED,		/* its file is clean with the present build */
};

/* "new", "known", "fixed" */
const char *finding_status_name(enum finding_status status);

struct store;

/* A finding in one implementation, as the present build shows it. */
struct store_sighting {
	const char *target;
	const char *identity;
	const char *implementation;
	const char *oracle;
	int exit_code;		/* 0: not known any more */
	enum finding_status status;
	const char *reason;	/* of a known one, else "" */
	const char *build;	/* that its file was recorded with */
	const char *file;
	const char *minimised;	/* "" if there is none */
	unsigned int files;	/* that show it */
	int64_t found_s;	/* when: seconds since 1970 */
};

/* What the store remembers of one. */
struct store_memory {
	char first_build[64];
	char first_seen[32];	/* UTC, "2026-01-31T12:00:00Z" */
	unsigned int campaigns;	/* that have seen it */
};

/*
 * Opens, makes or rebuilds the store of folder @out and takes the folder for
 * this process. Returns 0, -EBUSY after a message if another campaign runs in
 * it, another negative errno if the folder cannot be locked. A database that
 * cannot be used is no error here: see store_failed().
 */
int store_open(struct store **store, const char *out);
void store_close(struct store *store);	/* NULL will do */

/* Did any write fail, so that the store is behind the files? */
bool store_failed(const struct store *store);

/* Was the store made anew just now? */
bool store_is_new(const struct store *store);

/* Adds or updates a sighting; what was first stays first. */
void store_put(struct store *store, const struct store_sighting *sighting);

/* False if there is no such sighting. */
bool store_get(struct store *store, const struct store_sighting *key,
	       struct store_memory *memory);

/*
 * Forgets sightings whose file @is_gone says is gone. Returns how many.
 */
unsigned int store_forget(struct store *store,
			  bool (*is_gone)(void *context, const char *file),
			  void *context);

#endif
