/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.h - result files that appear complete or not at all
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>

#include "cli.h"

struct output {
	FILE *file;
	char path[CLI_PATH];		/* what it will be */
	char part[CLI_PATH];		/* what it is until then */
};

/*
 * Begins file DIR/NAME. Returns a negative errno after a message; then the
 * file must not be used.
 */
int output_open(struct output *output, const char *dir, const char *name);

/* The same for a path. */
int output_open_path(struct output *output, const char *path);

/*
 * Ends it: the file takes its place, or, if anything could not be written, a
 * message says so and what was there before stays. 0 or a negative errno.
 */
int output_close(struct output *output);

/* Ends it without a file: what was there before stays. */
void output_drop(struct output *output);

/*
 * Adds @json as one line to DIR/NAME, which is made if need be: either the
 * whole line or nothing of it. 0, or a negative errno after a message.
 */
int output_append_json(const char *dir, const char *name, const json_t *json);

#endif
