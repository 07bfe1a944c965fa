/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - one page about a campaign (private to cli/)
 *
 *	cmd_report.c		options, the order of things
 *	report_findings.c	saved findings, replayed everywhere
 *	report_program.c	a program as text, and what it takes to run it
 *	report_severity.c	how bad a finding is
 *	report_places.c		the places of a finding, with source lines
 *	report_timeline.c	who did what when
 *	report_data.c		what other verbs have left in files
 *	report_page.c		the page around all of it
 *
 * Everything becomes one JSON value, which is written beside the page and into
 * it; the page's own script (reports/page/) draws it. So what the page shows is
 * in the JSON, and the other way round.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli.h"
#include "json.h"
#include "outcome.h"

struct report {
	char dir[CLI_PATH];		/* of the campaign */
	const char *canaries;		/* files and folders to look in, or */
	const char *explored;		/* NULL: see report_data.c */
	const char *fetches;
	bool explain;			/* each finding, with explain.h */
	char scratch[CLI_PATH];		/* a folder for files on the way */
	json_t *missing;		/* array of texts: what is not there */
	json_t *summary;		/* summary.json, or NULL */
	json_t *infos;			/* what executables say of themselves,
					 * by path */
};

/* Notes that something is missing; a text as printf() makes it. */
void report_miss(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* report_findings.c: an array; one object for each target and identity. */
json_t *report_findings(struct report *report);

/* -- report_program.c -- */

/* The program as text for free(), or NULL. */
char *report_program_text(const struct cli_executable *exe, const char *file);

/* What it takes to run a program: see the function. */
json_t *report_needs(const char *text);

/* -- report_severity.c -- */

struct report_severity {
	const char *name;		/* "critical" ... "low" */
	const char *harm;		/* a few words */
	const char *why;		/* it was lowered, or "" */
};
struct report_severity report_severity(const char *oracle, int exit_code,
				       const json_t *needs);

/* -- report_places.c -- */

/* What a replay said on stdout and stderr. */
struct report_output {
	char *out;
	char *err;
};

/*
 * Both places of @identity as an array: function, file, line and the source
 * around it, where they are known.
 */
json_t *report_places(const struct cli_executable *exe, const char *identity,
		      const struct report_output *output);

/* The stacks that the output has, as an array of lines. */
json_t *report_stack(const struct report_output *output);

/* report_timeline.c: from what --trace has written; null if there is nothing.
 * @died: the finding ended the process, where the trace ends. */
json_t *report_timeline(const char *path, bool died);

/* -- report_data.c -- */

json_t *report_history(struct report *report);
json_t *report_canaries(struct report *report);
json_t *report_explored(struct report *report);
json_t *report_fetches(struct report *report);

/* report_page.c: DIR/NAME with @json in it. A negative errno after a message. */
int report_page(const char *path, const json_t *json);

#endif
