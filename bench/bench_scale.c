/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_scale.c - one world with more and more guests in it
 *
 * The world is worlds/scale. What is measured is how the core copes with many
 * fibers, events and kernels: events per second of processor time, and memory per
 * guest.
 */
#include "bench.h"

#include <inttypes.h>
#include <kernel/instance.h>
#include <sim/sim.h>
#include <stdio.h>

#include "../worlds/scale/scale.h"

#define FRAME_BYTES	256		/* sent */
#define SEND_NS		10000000	/* between two frames of it */

static const char help[] =
	"usage: bench_scale [options]\n"
	"10, 100 and 1,000 guests on up to 100 hosts, for 10 simulated seconds.\n";

static const struct bench_column columns[] = {
	{ "guests", "guests", 0 },
	{ "hosts", "hosts", 0 },
	{ "cpu_s", "cpu s", 2 },
	{ "frames", "frames", 0 },
	{ "events", "events", 0 },
	{ "events_per_s", "events/s", 0 },
	{ "rate_ratio", "to first", 2 },
	{ "kib_per_guest", "KiB/guest", 1 },
	{ "memory_ratio", "to first", 2 },
	{ NULL, NULL, 0 },
};

struct result {
	double cpu_ns;
	uint64_t events;
	uint64_t frames;
	double bytes_per_guest;
};

/* -- measuring ------------------------------------------------------------ */

static double resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, resident;

	if (!file || fscanf(file, "%lu %lu", &size, &resident) != 2)
		bench_fail("/proc/self/statm says nothing");
	fclose(file);
	return (double)resident * 4096;
}

static void wrong(void *arg, const char *oracle, const char *object,
		  const char *what, const char *why)
{
	(void)arg;
	bench_fail("%s, %s: %s: %s", oracle, object, what, why);
}

/* Frames that have arrived; nothing is lost on the way. */
static uint64_t judge(const struct scale *scale)
{
	struct scale_counts counts;

	scale_count(scale, &counts);
	if (!counts.sent || counts.sent != counts.arrived)
		bench_fail("%" PRIu64 " frames sent, %" PRIu64 " arrived",
			   counts.sent, counts.arrived);
	return counts.arrived;
}

static struct result measure(unsigned int hosts, unsigned int guests,
			     uint64_t time_ns)
{
	const struct sim_run_options limits = { .step_budget = 0 };
	const struct scale_options options = {
		.nr_hosts = hosts, .nr_guests = guests, .wrong = wrong,
	};
	const struct scale_work work = {
		.end_ns = time_ns, .every_ns = SEND_NS, .bytes = FRAME_BYTES,
	};
	double before = resident_bytes(), start;
	struct sim *sim = sim_new(&scale_needs);
	struct scale *scale = sim ? scale_new(sim, &options) : NULL;
	struct result result;

	if (!scale)
		bench_fail("no room for the world");
	scale_start(scale, &work);
	start = bench_cpu_ns();
	if (sim_run(sim, &limits) != SIM_END_QUIESCENT)
		bench_fail("the world does not come to rest");
	result.cpu_ns = bench_cpu_ns() - start;
	result.events = sim_events_fired(sim) + sim_switches(sim);
	result.frames = judge(scale);
	result.bytes_per_guest = (resident_bytes() - before) /
				 (hosts * guests);
	kernel_image_park();
	sim_free(sim);
	return result;
}

static void add_row(struct bench_table *table, unsigned int hosts,
		    unsigned int guests, const struct result *r,
		    const struct result *first)
{
	double rate = (double)r->events / r->cpu_ns;

	bench_table_add(table, json_pack(
		"{s:i, s:i, s:f, s:I, s:I, s:f, s:f, s:f, s:f}",
		"guests", (int)(hosts * guests), "hosts", (int)hosts,
		"cpu_s", r->cpu_ns / 1e9, "frames", (json_int_t)r->frames,
		"events", (json_int_t)r->events, "events_per_s", rate * 1e9,
		"rate_ratio", rate / ((double)first->events / first->cpu_ns),
		"kib_per_guest", r->bytes_per_guest / 1024,
		"memory_ratio", r->bytes_per_guest / first->bytes_per_guest));
}

int main(int argc, char **argv)
{
	static const unsigned int sizes[][2] = { { 2, 5 }, { 10, 10 },
						 { 100, 10 } };
	struct bench_options options = { .rounds = 0 };
	struct bench_table table;
	struct result first, r;
	unsigned int i, nr;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	nr = options.quick ? 2 : 3;
	bench_table_init(&table, "scale", columns);
	for (i = 0; i < nr; i++) {
		r = measure(sizes[i][0], sizes[i][1],
			    options.quick ? 50000000 : 10000000000);
		if (!i)
			first = r;
		add_row(&table, sizes[i][0], sizes[i][1], &r, &first);
	}
	bench_table_note(&table, "events: fired, and fiber switches; wanted "
			 "from 10 to 1,000 guests: rate at least 0.5, memory "
			 "at most 1.3");
	return bench_table_print(&table, options.json);
}
