/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload.c - what both sides of bench_core share (workload.h)
 */
#include "workload.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEAN_NS		134217728.0	/* 2^27: draws fit 32 bits */
#define SERVICE_SHARE	0.9

/* Uniform in (0, 1), from splitmix64. */
static double uniform(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	z ^= z >> 31;
	return ((double)(z >> 12) + 0.5) / 4503599627370496.0;
}

static uint32_t exponential(uint64_t *state, double mean)
{
	double value = -log(uniform(state)) * mean;

	return value < UINT32_MAX ? (uint32_t)value + 1 : UINT32_MAX;
}

struct variates *variates_new(uint64_t seed)
{
	struct variates *variates = malloc(sizeof(*variates));

	if (!variates)
		bench_fail("no memory for variates");
	for (unsigned int i = 0; i < VARIATES; i++) {
		variates->delay_ns[i] = exponential(&seed, MEAN_NS);
		variates->service_ns[i] =
			exponential(&seed, MEAN_NS * SERVICE_SHARE);
	}
	return variates;
}

void meter_init(struct meter *meter, const struct workload *workload)
{
	memset(meter, 0, sizeof(*meter));
	meter->left = workload->warm_events;
	meter->events = workload->events;
}

void meter_turn(struct meter *meter)
{
	if (!meter->measuring && !meter->done) {
		meter->measuring = true;
		meter->left = meter->events;
		meter->begin_ns = bench_cpu_ns();
	} else if (meter->measuring) {
		meter->end_ns = bench_cpu_ns();
		meter->result = meter->check;
		meter->measuring = false;
		meter->done = true;
	}
}
