/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - what an engine brings to a target (private to fuzz/)
 *
 *	libfuzzer_features.c	libFuzzer, which brings main()
 *	afl.c			AFL++
 *	main_plain.c		none: inputs are only run
 *
 * Both engines drive a target by the entry points in libfuzzer.c and mutate
 * by mutator.c.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include <stddef.h>

/* Features beside edges that an engine can count. */
#define ENGINE_FEATURES	2049

/* The world of the next run stands: what was covered so far was its making. */
void engine_run_begins(void);

/* Counts feature @nr (below ENGINE_FEATURES) of the input that is running. */
void engine_count(size_t nr);

#endif
