/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h - what the verbs of `vtb` share
 *
 * Every verb is one function in a file of its own, cmd_VERB.c, with a row in
 * verbs.def. A verb gets its arguments without the program's name and returns an
 * exit code (enum vtb_exit). Messages for people go to stderr and begin with "vtb:"; results
 * go to stdout.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sim/finding.h>

#define GROUP(title)
#define VERB(name, summary)			\
	int cmd_##name(int argc, char **argv);	\
	extern const char help_##name[];
#include "verbs.def"
#undef GROUP
#undef VERB

/* ---- paths.c: where things are ------------------------------------------ */

#define CLI_PATH	4096

/* The root of the project: above build/PRESET/bin, where this program is. */
const char *cli_root(void);

/* Builds a path; too long a one is a bench error. Returns @buf. */
char *cli_path(char buf[CLI_PATH], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool cli_exists(const char *path);

/*
 * The path without "..", "." and symbolic links; as it is if there is no such
 * file. A compiler behind ccache may have been given any. Returns @buf.
 */
char *cli_real_path(char buf[CLI_PATH], const char *path);

/* mkdir -p; prints what failed and returns a negative errno. */
int cli_make_dirs(const char *path);

/* One executable of a flavour: build/PRESET/bin/TARGET.IMPLEMENTATION. */
struct cli_executable {
	char target[64];
	char implementation[64];
	char path[CLI_PATH];
};

/*
 * The targets of @preset, sorted by name ("own" first). The caller frees the
 * array. Returns the number, 0 if the flavour is not built.
 */
size_t cli_executables(const char *preset, struct cli_executable **list);

/* "; did you mean 'vfio'?" on stderr, for a target that is none. */
void cli_suggest_target(const char *preset, const char *name);

/* Name order of files in a folder, "." entries left out; free with below. */
size_t cli_list_dir(const char *path, char ***names);
void cli_free_names(char **names, size_t nr);

/* ---- process.c: running other programs ---------------------------------- */

struct cli_process {
	const char *const *argv;	/* NULL-terminated; argv[0] by PATH */
	const char *const *env;		/* additions, "NAME=value", or NULL */
	const char *out;		/* file for stdout, or NULL: ours */
	const char *err;		/* the same for stderr */
	const char *dir;		/* working directory, or NULL */
};

/*
 * Runs a program to its end. Returns its exit code, 128 + signal number if a
 * signal ended it, or a negative errno if it could not be started.
 */
int cli_run(const struct cli_process *process);

/*
 * The same for a program that saves its work when it is interrupted: Ctrl-C
 * reaches both of us, and we wait for it.
 */
int cli_run_patiently(const struct cli_process *process);

/* From now on Ctrl-C is left to the programs we run; we wait for them. */
void cli_be_patient(void);

/* Its stdout as a string for free(), or NULL; *code gets the exit code. */
char *cli_capture(const struct cli_process *process, int *code);

/* ---- cover.c: coverage of implementations ------------------------------- */

struct cli_count {
	unsigned int hit;
	unsigned int found;
};

/* Of the component's own .c files, counted as docs/coverage.md says. */
struct cli_coverage {
	char target[64];
	char implementation[64];
	bool valid;
	struct cli_count lines;
	struct cli_count branches;
	struct cli_count functions;
	unsigned int inputs;		/* programs replayed */
	unsigned int crashed;		/* of them, ended by a crash */
};

struct cli_cover_options {
	const char *target;
	const char *implementation;
	const char *const *inputs;	/* files and folders, NULL-terminated */
	const char *out;		/* folder for TARGET.IMPL.info */
	bool keep_all;			/* and TARGET.IMPL.all: every file */
};

/*
 * Replays @inputs in the coverage flavour and counts. Writes
 * OUT/TARGET.IMPLEMENTATION.info (lcov). Returns an exit code.
 */
int cli_cover(const struct cli_cover_options *options,
	      struct cli_coverage *coverage);

/*
 * The files that @inputs are, or that lie below them, in order; for
 * cli_free_names(). Returns the number.
 */
size_t cli_cover_inputs(const char *const *inputs, char ***files);

/* genhtml over every .info file in OUT: OUT/index.html. An exit code. */
int cli_cover_html(const char *out);

void cli_cover_print(FILE *to, const struct cli_coverage *coverage, size_t nr);

#endif
