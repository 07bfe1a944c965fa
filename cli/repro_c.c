/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repro_c.c - `vtb repro FILE --c [OUT]`: a program as C for a real kernel
 */
#include <stdlib.h>
#include <unistd.h>

#include "outcome.h"

int cli_repro_c(const char *implementation, char **words, int nr)
{
	const char *out = nr > 1 ? words[1] : NULL;
	struct cli_executable *exe;
	int code;

	if (nr > 2) {
		fprintf(stderr, "vtb: repro: --c takes one file, and where to "
			"write the C program\n");
		return VTB_EXIT_USAGE;
	}
	if (out && cli_exists(out)) {
		fprintf(stderr, "vtb: repro: %s exists already\n", out);
		return VTB_EXIT_USAGE;
	}
	exe = cli_executable_for("asan", words[0], implementation);
	if (!exe)
		return VTB_EXIT_USAGE;
	code = cli_run(&(struct cli_process){
		.argv = (const char *const[]){ exe->path, "--print-c",
					       words[0], NULL },
		.out = out,
	});
	free(exe);
	if (code && out)
		unlink(out);
	return code < 0 ? VTB_EXIT_BENCH : code;
}
