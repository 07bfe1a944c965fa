/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding_stack.h - where findings are raised (private to fuzz/)
 */
#ifndef FUZZ_FINDING_STACK_H
#define FUZZ_FINDING_STACK_H

#include <stdio.h>

#include <sim/finding.h>

/*
 * Does nothing. Every finding passes here on the stack that it is about, so
 * `vtb repro --gdb` has its breakpoint here.
 */
void vtb_finding_here(void);

/* From now on the stacks of findings of oracles are kept. */
void finding_stack_watch(void);

/*
 * Prints the stack of the finding that was raised last, and the code of its two
 * places where it is not on that stack.
 */
void finding_stack_print(FILE *out, const struct sim_finding *finding);

#endif
