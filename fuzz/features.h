/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * features.h - what a run is worth to a fuzz engine beside edges
 * (private to fuzz/)
 */
#ifndef FUZZ_FEATURES_H
#define FUZZ_FEATURES_H

#include <fuzz/target.h>

/* Has @run note what features_count() goes by; one run at a time. */
void features_begin(struct target_run *run);

/* Tells the engine what @run of @program was worth. */
void features_count(const struct program *program,
		    const struct target_run *run,
		    const struct target_result *result);

#endif
