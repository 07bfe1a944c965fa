/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * upstream.h - which unmodified files an executable was built from
 *
 * Every report names them, because "linux-6.1" means another file next month.
 * Generated per executable (fuzz/upstream.cmake).
 */
#ifndef FUZZ_UPSTREAM_H
#define FUZZ_UPSTREAM_H

struct upstream_file {
	const char *path;	/* in the tree; NULL ends the list */
	const char *sha256;
};
extern const struct upstream_file upstream_files[];

/*
 * Ends the build id: "" or, of a tree that may change (`user`, `base`), a text
 * that tells what was compiled of it, like "-1a2b3c4d".
 */
extern const char upstream_id[];

/* The tree whose headers were used: "linux-source-6.1 6.1.192-2", or a path. */
extern const char upstream_tree[];

#endif
