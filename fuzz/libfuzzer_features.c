/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfuzzer_features.c - features beside edges, as libFuzzer counts them
 */
#include <stdint.h>

#include <fuzz/target.h>

#include "engine.h"

/* Cleared by libFuzzer before each input. */
static uint8_t counters[ENGINE_FEATURES]
	__attribute__((section("__libfuzzer_extra_counters")));

/* libFuzzer judges an input by what is new; the making of a world is so once. */
void engine_run_begins(void)
{
}

/* Of all code that is covered, by the linker; where there is none, there is none. */
extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));

const struct target_edges *engine_edges(void)
{
	static struct target_edges edges;	/* of the executable */

	if (!__start___sancov_cntrs)
		return NULL;
	edges.counts = __start___sancov_cntrs;
	edges.bytes = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
	return &edges;
}

void engine_count(size_t nr)
{
	if (counters[nr] < UINT8_MAX)
		counters[nr]++;
}
