/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - what an engine brings to a target (private to fuzz/)
 *
 *	libfuzzer_features.c	libFuzzer, which brings main()
 *	afl.c			AFL++
 *	main_plain.c		none: inputs are only run
 *
 * Both engines drive a target by the entry points in libfuzzer.c, mutate by
 * mutator.c and count by features.c.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include <stddef.h>

/*
 * Features beside edges that an engine can count (features.c): results of ops,
 * choices that were not benign, ops about the same thing, and ordered pairs of
 * conflicting accesses, where accesses have hooks.
 */
#define ENGINE_RESULTS		2049
#define ENGINE_CHOICES		2048
#define ENGINE_RELATIONS	8192
#ifdef VTB_RACE
#define ENGINE_PAIRS		8192
#else
#define ENGINE_PAIRS		0
#endif
/* The first of each kind. */
#define ENGINE_CHOICE		ENGINE_RESULTS
#define ENGINE_RELATION		(ENGINE_CHOICE + ENGINE_CHOICES)
#define ENGINE_PAIR		(ENGINE_RELATION + ENGINE_RELATIONS)
#define ENGINE_FEATURES		(ENGINE_PAIR + ENGINE_PAIRS)

/* Where edges are counted; NULL: nowhere. */
struct target_edges;
const struct target_edges *engine_edges(void);

/* The world of the next run stands: what was covered so far was its making. */
void engine_run_begins(void);

/* Counts feature @nr (below ENGINE_FEATURES) of the input that is running. */
void engine_count(size_t nr);

#endif
