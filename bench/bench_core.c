/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_core.c - the simulation core against the bare floor
 *
 * Both sides run each workload in turn; the check values of the two must be
 * equal in every round, and so must sim's trace hashes of all rounds.
 */
#include "bench.h"
#include "workload.h"

#include <string.h>
#include <stdlib.h>

#define TARGET_QUEUE	1.5
#define TARGET_SWITCH	3.0
#define QUICK_EVENTS	20000u
#define QUICK_PENDING	10000u

static const char help[] =
	"usage: bench_core [options]\n"
	"Event queue and fibers of sim, as a ratio to a bare loop (floor).\n";

struct core_case {
	const char *name;
	enum workload_kind kind;
	uint32_t population;
	uint64_t events;
	double target;		/* 0: for information */
};

static const struct core_case cases[] = {
	{ "hold 1e2", WORKLOAD_HOLD, 100, 1000000, TARGET_QUEUE },
	{ "hold 1e3", WORKLOAD_HOLD, 1000, 1000000, 0 },
	{ "hold 1e4", WORKLOAD_HOLD, 10000, 1000000, TARGET_QUEUE },
	{ "hold 1e5", WORKLOAD_HOLD, 100000, 1000000, 0 },
	{ "hold 1e6", WORKLOAD_HOLD, 1000000, 1000000, TARGET_QUEUE },
	{ "sleepers 1000", WORKLOAD_SLEEPERS, 1000, 1000000, TARGET_QUEUE },
	{ "mm1", WORKLOAD_MM1, 2, 1000000, TARGET_QUEUE },
	{ "pingpong", WORKLOAD_PINGPONG, 2, 2000000, TARGET_SWITCH },
};

static const struct bench_column columns[] = {
	{ "case", "case", 0 },
	{ "events", "events", 0 },
	{ "floor_ns", "floor ns", 1 },
	{ "sim_ns", "sim ns", 1 },
	{ "ratio", "ratio", 2 },
	{ "ratio_low", "low", 2 },
	{ "ratio_high", "high", 2 },
	{ "target", "target", 1 },
	{ "met", "met", 0 },
	{ "check", "check", 0 },
	{ NULL, NULL, 0 },
};

struct rounds {
	double sim_ns[BENCH_MAX_ROUNDS];
	double floor_ns[BENCH_MAX_ROUNDS];
	uint64_t result;
	uint64_t trace_hash;
};

static void run_round(const struct workload *workload, struct rounds *rounds,
		      unsigned int round)
{
	struct meter floor;
	struct meter sim;

	meter_init(&floor, workload);
	workload_floor(workload, &floor);
	meter_init(&sim, workload);
	workload_sim(workload, &sim);
	if (!floor.done || !sim.done)
		bench_fail("%s ended before its events were counted",
			   workload->name);
	if (floor.result != sim.result)
		bench_fail("%s: floor computes %016jx, sim %016jx",
			   workload->name, (uintmax_t)floor.result,
			   (uintmax_t)sim.result);
	if (round && sim.trace_hash != rounds->trace_hash)
		bench_fail("%s: trace hash differs between rounds",
			   workload->name);
	rounds->result = sim.result;
	rounds->trace_hash = sim.trace_hash;
	rounds->floor_ns[round] = meter_ns_per_event(&floor);
	rounds->sim_ns[round] = meter_ns_per_event(&sim);
}

static void add_row(struct bench_table *table, const struct core_case *c,
		    const struct workload *workload, struct rounds *rounds,
		    unsigned int nr)
{
	struct bench_ratio ratio = bench_ratio(rounds->sim_ns,
					       rounds->floor_ns, nr);
	char check[24];
	json_t *row;

	snprintf(check, sizeof(check), "%016jx", (uintmax_t)rounds->result);
	row = json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:s}",
			"case", c->name, "events", (json_int_t)workload->events,
			"floor_ns", bench_median(rounds->floor_ns, nr),
			"sim_ns", bench_median(rounds->sim_ns, nr),
			"ratio", ratio.median, "ratio_low", ratio.low,
			"ratio_high", ratio.high, "check", check);
	if (c->target > 0) {
		json_object_set_new(row, "target", json_real(c->target));
		json_object_set_new(row, "met",
				    json_boolean(ratio.median <= c->target));
	}
	bench_table_add(table, row);
}

static void run_case(struct bench_table *table, const struct core_case *c,
		     const struct bench_options *options,
		     const struct variates *variates)
{
	struct workload workload = {
		.name = c->name,
		.kind = c->kind,
		.population = c->population,
		.events = c->events,
		.variates = variates,
	};
	struct rounds rounds;

	if (options->quick) {
		workload.events = QUICK_EVENTS;
		if (workload.population > QUICK_PENDING)
			workload.population = QUICK_PENDING;
	}
	/* Once around: every event has been taken out and put back. */
	workload.warm_events = workload.events / 8 + workload.population;
	for (unsigned int i = 0; i < options->rounds; i++)
		run_round(&workload, &rounds, i);
	add_row(table, c, &workload, &rounds, options->rounds);
}

int main(int argc, char **argv)
{
	struct bench_options options = { .rounds = 9 };
	struct bench_table table;
	struct variates *variates;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	variates = variates_new(1);
	bench_table_init(&table, "core", columns);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (bench_wanted(&options, cases[i].name))
			run_case(&table, &cases[i], &options, variates);
	bench_table_note(&table, "ns per event, median of %u rounds; ratio = "
			 "sim/floor, median (low, high) of the rounds",
			 options.rounds);
	free(variates);
	return bench_table_print(&table, options.json);
}
