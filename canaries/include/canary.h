/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary.h - how a canary's patch says how far a run came
 *
 * Force-included into files of canary builds; nothing else can include it. Both
 * calls write a line outside of the world the first time they mean something in
 * a process; no decision, trace or state depends on them.
 *
 * Both are calls and not conditions, so that the fuzzer sees no branch that the
 * historical code did not have: write @cond without && and ||.
 */
#ifndef CANARY_H
#define CANARY_H

/* The faulty code runs, with whatever arguments. */
void canary_reached(void);

/* @cond is not 0: with these arguments the fault does its harm, now or soon. */
void canary_triggered(unsigned long cond);

#endif
