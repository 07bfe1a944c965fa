/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tiny_target.c - a fuzz target that is built in no time, good or bad
 *
 *	SMALL		hardly a branch
 *	BROKEN		does not start
 *	NEEDS=FILE	needs a file
 *	LIBRARY		needs libjansson
 *
 * An input that begins with '!' crashes it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern int json_object_seed(size_t seed);

static int table[512];

/* Enough accesses and sums that sanitizers have something to check. */
#define STEP(n)								\
	if (data[(n) % size] == ((n) & 255))				\
		table[data[(n) * 3 % size]] += data[(n) * 5 % size] * (n);
#define STEP4(n)	STEP(n) STEP((n) + 1) STEP((n) + 2) STEP((n) + 3)
#define FUNCTION(n)							\
	static void step_##n(const uint8_t *data, size_t size)		\
	{								\
		STEP4(n) STEP4(n + 4) STEP4(n + 8) STEP4(n + 12)	\
	}
#ifndef SMALL
FUNCTION(0) FUNCTION(16) FUNCTION(32) FUNCTION(48) FUNCTION(64) FUNCTION(80)
FUNCTION(96) FUNCTION(112) FUNCTION(128) FUNCTION(144) FUNCTION(160)
FUNCTION(176)

static void (*const steps[])(const uint8_t *data, size_t size) = {
	step_0, step_16, step_32, step_48, step_64, step_80, step_96, step_112,
	step_128, step_144, step_160, step_176,
};
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#ifdef NEEDS
	if (!fopen(NEEDS, "r"))
		abort();
#endif
#ifdef BROKEN
	abort();
#endif
#ifdef LIBRARY
	table[0] = json_object_seed(1);
#endif
	if (!size)
		return 0;
	if (data[0] == '!')
		abort();
#ifndef SMALL
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		steps[i](data, size);
#endif
	return 0;
}
