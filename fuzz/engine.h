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

/*
 * Features beside edges that an engine can count: first those of results, then
 * those of choices that were not benign (both in libfuzzer.c), then ordered
 * pairs of conflicting accesses, where accesses have hooks.
 */
#define ENGINE_RESULTS	2049
#define ENGINE_CHOICES	2048
#ifdef VTB_RACE
#define ENGINE_PAIRS	8192
#else
#define ENGINE_PAIRS	0
#endif
#define ENGINE_FEATURES	(ENGINE_RESULTS + ENGINE_CHOICES + ENGINE_PAIRS)

/* The world of the next run stands: what was covered so far was its making. */
void engine_run_begins(void);

/* Counts feature @nr (below ENGINE_FEATURES) of the input that is running. */
void engine_count(size_t nr);

#endif
