/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - hands over to a verb
 */
#include <string.h>

#include <vtb/build_id.h>

#include "cli.h"
#include "verbs.h"

const char *__asan_default_options(void);

/* Exit codes are ours; and a tool that is about to end frees nothing. */
const char *__asan_default_options(void)
{
	return "exitcode=3:detect_leaks=0";
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		verbs_print(stderr);
		return VTB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		verbs_print(stdout);
		return VTB_EXIT_CLEAN;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("vtbench %s\n", vtb_build_id());
		return VTB_EXIT_CLEAN;
	}
	verb = verb_find(argv[1]);
	return verb ? verb->run(argc - 2, argv + 2) : verb_unknown(argv[1]);
}
