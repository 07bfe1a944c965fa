/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfuzzer_features.c - features beside edges, as libFuzzer counts them
 */
#include <stdint.h>

#include "engine.h"

/* Cleared by libFuzzer before each input. */
static uint8_t counters[ENGINE_FEATURES]
	__attribute__((section("__libfuzzer_extra_counters")));

/* libFuzzer judges an input by what is new; the making of a world is so once. */
void engine_run_begins(void)
{
}

void engine_count(size_t nr)
{
	if (counters[nr] < UINT8_MAX)
		counters[nr]++;
}
