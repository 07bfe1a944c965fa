/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repro_gdb.c - a program in gdb, stopped where its finding is raised
 *
 * Every finding passes the function vtb_finding_here() on the stack that it is
 * about: from the oracle that raises it, or from the report of a sanitizer
 * about the access that is at fault. That is the breakpoint.
 */
#include <string.h>

#include "repro_gdb.h"

/* Whoever sits in gdb must not run into the time limit of hangs. */
static const char *hang_seconds(const struct cli_outcome *outcome)
{
	return strncmp(outcome->identity, "hang/", 5) ? "0" : "4";
}

int repro_gdb(const struct repro_gdb *gdb, const struct cli_outcome *outcome)
{
	/* gdb shows source lines itself. */
	static const char *const env[] = { "ASAN_OPTIONS=symbolize=0", NULL };
	const char *const argv[] = {
		"gdb", "-q", gdb->batch ? "-batch" : "-q",
		"-iex", "set pagination off",
		"-ex", "handle SIGALRM nostop noprint pass",
		"-ex", "break vtb_finding_here",
		"-ex", "run",
		gdb->commands ? "-x" : "-ex",
		gdb->commands ? gdb->commands : "backtrace",
		"--args", gdb->exe, "--replay", gdb->file,
		"--hang", hang_seconds(outcome), NULL,
	};
	int code;

	if (gdb->commands && !cli_exists(gdb->commands)) {
		fprintf(stderr, "vtb: there is no %s\n", gdb->commands);
		return VTB_EXIT_USAGE;
	}
	if (!outcome->exit_code)
		fprintf(stderr, "vtb: %s is clean: gdb will not stop by itself\n",
			gdb->file);
	code = cli_run_patiently(&(struct cli_process){
		.argv = argv, .env = env,
	});
	if (!code)
		return outcome->exit_code;
	fprintf(stderr, "vtb: gdb ended with exit code %d%s\n", code,
		code == 127 ? ": is it installed?" : "");
	return VTB_EXIT_BENCH;
}
