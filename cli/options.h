/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - arguments of a verb, from a table
 *
 * Flags take no value, the others take the next argument, or what follows "=".
 * An unknown option, a missing or an impossible value is a usage error that
 * names it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum cli_option_type {
	CLI_FLAG,		/* bool */
	CLI_TEXT,		/* const char * */
	CLI_NUMBER,		/* uint64_t; decimal or 0x */
	CLI_TIME,		/* uint64_t seconds; written 60s, 10m, 2h */
};

struct cli_option {
	const char *name;	/* "--time" */
	enum cli_option_type type;
	void *value;
};

struct cli_arguments {
	const char *verb;
	const char *help;		/* printed by --help, on stdout */
	const struct cli_option *options;	/* ends with a NULL name */
	int min_words;			/* arguments that are no options */
	int max_words;
	char **words;			/* out: they stay in argv */
	int nr_words;			/* out */
};

/*
 * Parses. `--options` alone prints the names of the options, for the test that
 * compares them with the help. Returns -1 to go on, else the exit code to end with (0 after
 * --help, 1 after an error that has been printed).
 */
int cli_parse(struct cli_arguments *arguments, int argc, char **argv);

/*
 * What the executables this process starts take for a data race: "kcsan",
 * "strict" or "off", NULL for the default. False: it is none of these.
 */
bool cli_set_races(const char *mode);

/* "60s", "10m", "2h" to seconds; false if it is none of these. */
bool cli_parse_time(const char *text, uint64_t *seconds);

/* Is @name one of the comma-separated words of @list? NULL: everything is. */
bool cli_in_list(const char *list, const char *name);

#endif
