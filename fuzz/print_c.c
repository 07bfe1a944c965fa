/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * print_c.c - a program file as text (`--print`), as C for a real kernel
 * (`--print-c`)
 */
#include <stdlib.h>

#include "session.h"

/* Says which ops cannot be done by a process on a real kernel. */
static void complain(const struct program *program, const char *path)
{
	char text[512];
	int at = -1;

	fprintf(stderr, "vtb: %s: these ops are no system calls, so there is "
		"no C for them:\n", path);
	while ((at = program_not_standalone(program, (uint32_t)(at + 1))) >= 0) {
		program_print_call(program, &program->calls[at], text,
				   sizeof(text));
		fprintf(stderr, "  %u: %s\n", program->calls[at].key, text);
	}
}

int print_text(const char *path)
{
	static struct program program;
	char error[512], *text;
	size_t size;

	if (program_load(&program, world_types, path, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	size = program_print(&program, NULL, 0) + 1;
	text = malloc(size);
	sim_assert(text);
	program_print(&program, text, size);
	fputs(text, stdout);
	free(text);
	if (!fflush(stdout))
		return VTB_EXIT_CLEAN;
	perror("vtb: writing a program");
	return VTB_EXIT_BENCH;
}

int print_c(const char *path)
{
	static struct program program;
	char error[512];

	if (program_load(&program, world_types, path, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	if (program_not_standalone(&program, 0) >= 0) {
		complain(&program, path);
		return VTB_EXIT_USAGE;
	}
	if (program_print_c(stdout, &program, path) || fflush(stdout)) {
		perror("vtb: writing C");
		return VTB_EXIT_BENCH;
	}
	return VTB_EXIT_CLEAN;
}
