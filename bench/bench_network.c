/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_network.c - what a simulated second of a saturated link costs
 *
 * Two guests on two hosts (worlds/network): one sends frames of 1514 bytes
 * faster than the wire of 10 Gbit/s carries them, the other takes what arrives.
 * Every frame goes through both drivers, both network services, both switches
 * and the wire, and its bytes are checked. The ratio is CPU time to virtual
 * time.
 */
#include "bench.h"

#include <kernel/instance.h>
#include <stdlib.h>
#include <string.h>
#include <worlds/figures.h>

#define SECOND_NS	1000000000ull
#define QUICK		100		/* a part of a second */
#define FRAMES		1000000		/* that the host takes in a second */
#define ASKED		10.0

static const char help[] =
	"usage: bench_network [options]\n"
	"One simulated second of two guests and a saturated link of 10 Gbit/s.\n";

static const struct bench_column columns[] = {
	{ "case", "case", 0 },
	{ "virtual_s", "virtual s", 3 },
	{ "cpu_s", "CPU s", 3 },
	{ "ratio", "CPU/virtual", 2 },
	{ "asked", "asked", 0 },
	{ "met", "met", 0 },
	{ "frames", "frames", 0 },
	{ "ns_per_frame", "ns/frame", 0 },
	{ "mbit_per_s", "Mbit/s", 0 },
	{ "events", "events", 0 },
	{ NULL, NULL, 0 },
};

struct measured {
	uint64_t frames;
	uint64_t mbit_per_s;
};

static void on_figure(void *arg, const char *name, const char *unit,
		      uint64_t value)
{
	struct measured *m = arg;

	if (!strcmp(name, "first to second, frames"))
		m->frames = value;
	else if (!strcmp(name, "first to second, throughput"))
		m->mbit_per_s = value;
}

static const struct op *find_op(const struct world_type *type, const char *name)
{
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (!strcmp(type->ops[i].name, name))
			return &type->ops[i];
	bench_fail("world %s has no op %s", type->name, name);
}

static void run(struct bench_table *table, struct world *world, uint64_t part)
{
	const struct op_call calls[] = {
		{ .op = find_op(world->type, "flood"), .key = 1,
		  .args = { FRAMES / part, 1514 } },
		{ .op = find_op(world->type, "second_serve"), .key = 2,
		  .args = { SECOND_NS / 1000 / part } },
	};
	const struct sim_run_options limits = { 0 };
	uint64_t from_ns = sim_now_ns(world->sim);
	struct measured m = { 0 };
	const struct world_reporter reporter = {
		.figure = on_figure, .arg = &m,
	};
	double start = bench_cpu_ns(), cpu, seconds;

	if (world_run(world, calls, 2, &limits, NULL) != SIM_END_QUIESCENT)
		bench_fail("the run does not come to rest");
	cpu = (bench_cpu_ns() - start) / 1e9;
	world->type->report(world, &reporter);
	seconds = (double)(sim_now_ns(world->sim) - from_ns) / 1e9;
	if (!m.frames)
		bench_fail("no frame has arrived");
	bench_table_add(table, json_pack(
		"{s:s, s:f, s:f, s:f, s:s, s:s, s:I, s:f, s:I, s:I}",
		"case", "two guests, 10 Gbit/s", "virtual_s", seconds,
		"cpu_s", cpu, "ratio", cpu / seconds, "asked", "<= 10",
		"met", cpu / seconds <= ASKED ? "yes" : "no",
		"frames", (json_int_t)m.frames,
		"ns_per_frame", cpu * 1e9 / (double)m.frames,
		"mbit_per_s", (json_int_t)m.mbit_per_s,
		"events", (json_int_t)sim_events_fired(world->sim)));
}

int main(int argc, char **argv)
{
	const struct sim_options none = { 0 };
	const uint64_t config[8] = { 0 };
	struct bench_options options = { 0 };
	struct bench_table table;
	struct sim *sim;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	sim = sim_new(&none);
	if (!sim)
		bench_fail("there is no memory for a world");
	bench_table_init(&table, "network", columns);
	run(&table, world_types[0]->build(sim, config),
	    options.quick ? QUICK : 1);
	kernel_image_park();
	sim_free(sim);
	return bench_table_print(&table, options.json);
}
