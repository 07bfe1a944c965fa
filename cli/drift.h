/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift.h - what differs between kernel trees (private to cli/)
 *
 *	cmd_drift.c		options, the order of things
 *	drift_build.c		compiles every unmodified file and our runtime
 *	drift_structures.c	structures that our own code uses
 *	drift_compare.c		two trees side by side
 *	drift_programs.c	the same programs in both
 *	drift_print.c		the page
 *
 * What is found out about one tree are its *facts*, a JSON object that may be
 * kept and compared with later ones:
 *
 *   {"name": "linux-6.1", "release": "6.1.192", "package": "...",
 *    "files": {"vfio/vfio_iommu_type1.c": {"file": "drivers/...", "builds": true,
 *              "error": "", "externals": ["kfree", ...]}},
 *    "runtime": {"kernel/linux/mm/slab.c": {"builds": true, "error": ""}},
 *    "defined": {"kfree": true},
 *    "structures": {"device": {"size": 1000, "members": {...}}}}
 */
#ifndef CLI_DRIFT_H
#define CLI_DRIFT_H

#include <stdbool.h>

#include "cli.h"
#include "json.h"

#define DRIFT_TREES	4

struct drift_tree {
	char name[64];
	char dir[CLI_PATH];		/* src/, kb/, tree.json */
	json_t *facts;
};

struct drift {
	const char *only;		/* components; NULL: all */
	const char *against;		/* facts of an earlier start, or NULL */
	uint64_t jobs;
	bool no_programs;
	char work[CLI_PATH];		/* objects and build.ninja */
	struct drift_tree trees[DRIFT_TREES];
	size_t nr_trees;
	json_t *warnings;		/* array of texts */
};

/*
 * build/trees.cmake: which trees there are. Returns an exit code, after a
 * message.
 */
int drift_trees(struct drift *drift);

/*
 * Compiles, with the flags that the build wrote to build/asan/drift/, and fills
 * in facts but for structures. An exit code: files that do not compile are no
 * error.
 */
int drift_build(struct drift *drift);

/* Adds structures to the facts; a warning where pahole is missing. */
void drift_structures(struct drift *drift);

/* What @to has other than @from: see docs/drift.md. A new reference. */
json_t *drift_compare(const json_t *from, const json_t *to);

/* Is there anything in it? */
bool drift_is_any(const json_t *changes);

/*
 * Programs of scenarios/ that do not show the same in implementations @from and
 * @to: an array, or NULL if there are no executables for both.
 */
json_t *drift_programs(const struct drift *drift, const char *from,
		       const char *to);

/* The page as text. */
void drift_print(FILE *out, const json_t *page);

#endif
