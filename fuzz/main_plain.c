/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main_plain.c - main() where no fuzz engine brings one (coverage, release)
 *
 * The same verbs as everywhere; without one the arguments are inputs to run.
 */
#include <stdint.h>
#include <stdlib.h>

#include "engine.h"
#include "session.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

void engine_run_begins(void)
{
}

void engine_count(size_t nr)
{
}

const struct target_edges *engine_edges(void)
{
	return NULL;
}

int main(int argc, char **argv)
{
	/* Verbs end the process in here. */
	LLVMFuzzerInitialize(&argc, &argv);
	return run_inputs(argv + 1, argc - 1);
}
