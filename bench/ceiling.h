/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ceiling.h - the most programs per second one could hope for
 *
 * A fuzz target that simulates nothing: four fibers on the floor (floor.h)
 * that sleep, as many events as asked for, and a reset. It is built as targets
 * are: the fibers' code with ASan, UBSan and coverage (ceiling.c), the core
 * without them but with every switch announced to ASan (ceiling_core.c), as
 * sim is built.
 */
#ifndef BENCH_CEILING_H
#define BENCH_CEILING_H

#include <stdint.h>

struct ceiling;

struct ceiling *ceiling_new(void);
void ceiling_free(struct ceiling *ceiling);

/*
 * Runs one program of @events events, at least 1; the reset is part of it.
 * Returns the virtual time at its end, the same for the same number.
 */
uint64_t ceiling_run(struct ceiling *ceiling, uint64_t events);

/* -- ceiling_core.c: the floor as a library ------------------------------- */

struct floor;

struct floor *ceiling_core_new(uint32_t fibers);
void ceiling_core_free(struct floor *floor);
void ceiling_core_start(struct floor *floor, void (*fn)(void *), void *arg);

/* Runs until ceiling_core_stop(), resets, returns the virtual time. */
uint64_t ceiling_core_run(struct floor *floor);

/* From a fiber. */
void ceiling_core_sleep(struct floor *floor, uint64_t delay_ns);
void ceiling_core_stop(struct floor *floor);

#endif
