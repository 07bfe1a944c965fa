/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_reset.c - what putting a world back costs
 *
 * A small world: two machines of 64 frames each (some of a kernel, some of
 * user space, some free), model state in the heap, actors and devices that
 * sleep. Each sample runs a program in it, restores the snapshot, and takes
 * the time of the restore alone.
 *
 *   dirty   the program makes 200 events happen, writes to every frame of the
 *           kernel and to some user frames, and leaves fibers asleep
 *   idle    nothing has happened since the last restore
 *
 * Beside it the floor: memcpy of as many bytes as a restore copies at least.
 * Samples are short, so the clock is the wall clock, and the median of many
 * samples leaves out those that were interrupted.
 */
#include "bench.h"

#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/memory.h>
#include <sim/sim.h>
#include <sim/snapshot.h>
#include <sim/trace.h>
#include <stdlib.h>
#include <string.h>

#define MACHINES	2
#define FRAMES		64
#define HOT_FRAMES	24	/* 0 .. 23: the kernel's */
#define COLD_FRAMES	32	/* 24 .. 55: of user space */
#define TOUCHED		8	/* user frames a program writes to */
#define STATE_BYTES	(64u << 10)
#define ACTORS		4
#define DAEMONS		6
#define ROUND_TRIPS	25	/* per actor: 200 events and more in all */
#define MAX_SAMPLES	4001
#define TARGET_US	10.0
#define LIVE_BYTES	(512u << 10)

static const char help[] =
	"usage: bench_reset [options]\n"
	"Restoring a small world, in microseconds and against memcpy.\n";

struct small_world {
	struct sim *sim;
	struct sim_memory *memory[MACHINES];
	unsigned char *state;
	struct actor {
		struct small_world *world;
		struct sim_fiber *fiber;
		unsigned int nr;
	} actor[ACTORS + DAEMONS];
};

/* What an actor does between two sleeps: some bytes here, some there. */
static void dirty(struct small_world *world, unsigned int actor,
		  unsigned int turn)
{
	struct sim_memory *memory = world->memory[actor % MACHINES];
	unsigned int hot = (actor / MACHINES * ROUND_TRIPS + turn) % HOT_FRAMES;
	unsigned int cold = HOT_FRAMES + turn % TOUCHED;

	memset((char *)sim_frame_data(memory, hot) + 64 * actor, (int)turn, 64);
	sim_frames_touch(memory, cold, 1);
	memset(sim_frame_data(memory, cold), (int)turn, 256);
	world->state[(actor * 977 + turn * 331) % STATE_BYTES]++;
}

static void actor_main(void *arg)
{
	struct actor *actor = arg;
	struct small_world *world = actor->world;

	for (;;) {
		sim_fiber_block(world->sim);
		for (unsigned int turn = 0; turn < ROUND_TRIPS; turn++) {
			dirty(world, actor->nr, turn);
			sim_fiber_sleep(world->sim, 100 + actor->nr);
			sim_yield(world->sim);
			sim_fiber_sleep(world->sim, 1000);
		}
	}
}

static void daemon_main(void *arg)
{
	struct actor *actor = arg;

	for (;;)
		sim_fiber_block(actor->world->sim);
}

static void add_actors(struct small_world *world)
{
	for (unsigned int i = 0; i < ACTORS + DAEMONS; i++) {
		struct actor *actor = &world->actor[i];

		actor->world = world;
		actor->nr = i;
		actor->fiber = sim_fiber_new(world->sim,
			&(struct sim_fiber_options) {
				.name = i < ACTORS ? "actor" : "daemon",
				.fn = i < ACTORS ? actor_main : daemon_main,
				.arg = actor,
				.daemon = true,
			});
		if (!actor->fiber)
			bench_fail("no fiber for actor %u", i);
	}
}

static struct small_world *build(void)
{
	struct sim *sim = sim_new(&(struct sim_options) { 0 });
	struct small_world *world;

	if (!sim)
		bench_fail("no memory for the world");
	world = sim_alloc(sim, sizeof(*world), 64);
	world->sim = sim;
	world->state = sim_alloc(sim, STATE_BYTES, 64);
	for (unsigned int i = 0; i < MACHINES; i++) {
		struct sim_memory *memory;

		memory = sim_memory_new(sim, "machine", FRAMES, (uint16_t)i);
		if (!memory)
			bench_fail("no memory for machine %u", i);
		sim_frames_set_class(memory, 0, HOT_FRAMES, SIM_FRAME_HOT);
		sim_frames_set_class(memory, HOT_FRAMES, COLD_FRAMES,
				     SIM_FRAME_COLD);
		world->memory[i] = memory;
	}
	add_actors(world);
	sim_run(sim, &(struct sim_run_options) { 0 });
	return world;
}

static void run_program(struct small_world *world)
{
	for (unsigned int i = 0; i < ACTORS; i++)
		sim_fiber_wake(world->sim, world->actor[i].fiber);
	sim_run(world->sim, &(struct sim_run_options) { 0 });
}

struct samples {
	double dirty_us[MAX_SAMPLES];
	double idle_us[MAX_SAMPLES];
	double memcpy_us[MAX_SAMPLES];
	uint64_t events;
	uint64_t switches;
};

static double restore_us(struct small_world *world,
			 const struct sim_snapshot *start)
{
	struct sim *sim = world->sim;
	double begin_ns = bench_wall_ns();

	sim_snapshot_restore(sim, start);
	return (bench_wall_ns() - begin_ns) / 1e3;
}

/* @copy holds twice the bytes; what is measured second finds warm caches. */
static double memcpy_us(char *copy, size_t bytes)
{
	double begin_ns = bench_wall_ns();

	memcpy(copy, copy + bytes, bytes);
	__asm__ volatile("" : : "r" (copy) : "memory");
	return (bench_wall_ns() - begin_ns) / 1e3;
}

static void take_samples(struct small_world *world,
			 const struct sim_snapshot *start, char *copy,
			 struct samples *samples, unsigned int nr)
{
	size_t bytes = sim_snapshot_bytes(start);
	uint64_t state = sim_state_hash(world->sim);
	uint64_t trace = 0;

	for (unsigned int i = 0; i < nr; i++) {
		run_program(world);
		if (i && sim_trace_hash(world->sim) != trace)
			bench_fail("a restored world runs otherwise");
		trace = sim_trace_hash(world->sim);
		samples->events = sim_events_fired(world->sim);
		samples->switches = sim_switches(world->sim);
		samples->dirty_us[i] = restore_us(world, start);
		samples->idle_us[i] = restore_us(world, start);
		run_program(world);
		samples->memcpy_us[i] = memcpy_us(copy, bytes);
		sim_snapshot_restore(world->sim, start);
	}
	if (sim_state_hash(world->sim) != state)
		bench_fail("a restored world differs from the saved one");
}

static const struct bench_column columns[] = {
	{ "case", "case", 0 },
	{ "us", "us", 2 },
	{ "memcpy_us", "memcpy us", 2 },
	{ "ratio", "ratio", 2 },
	{ "us_90", "90 % below", 2 },
	{ "target_us", "target us", 1 },
	{ "met", "met", 0 },
	{ NULL, NULL, 0 },
};

static void add_row(struct bench_table *table, const char *name, double *us,
		    double *floor_us, unsigned int nr)
{
	double median = bench_median(us, nr);
	double floor = bench_median(floor_us, nr);

	bench_table_add(table, json_pack(
		"{s:s, s:f, s:f, s:f, s:f, s:f, s:b}",
		"case", name, "us", median,
		"memcpy_us", floor, "ratio", median / floor,
		"us_90", us[nr * 9 / 10],
		"target_us", TARGET_US, "met", median <= TARGET_US));
}

int main(int argc, char **argv)
{
	struct bench_options options = { .rounds = 0 };
	static struct samples samples;
	struct bench_table table;
	struct small_world *world;
	struct sim_snapshot *start;
	unsigned int nr;
	size_t bytes;
	char *copy;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	nr = options.quick ? 11 : MAX_SAMPLES;
	world = build();
	start = sim_snapshot_take(world->sim);
	bytes = start ? sim_snapshot_bytes(start) : 0;
	copy = calloc(2, bytes);
	if (!start || !copy)
		bench_fail("no memory for the snapshot");
	take_samples(world, start, copy, &samples, nr);

	bench_table_init(&table, "reset", columns);
	add_row(&table, "dirty", samples.dirty_us, samples.memcpy_us, nr);
	add_row(&table, "idle", samples.idle_us, samples.memcpy_us, nr);
	bench_table_note(&table, "a restore copies at least %zu bytes (limit "
			 "%u); a program: %ju events, %ju switches", bytes,
			 LIVE_BYTES, (uintmax_t)samples.events,
			 (uintmax_t)samples.switches);
	free(copy);
	sim_snapshot_free(start);
	sim_free(world->sim);
	return bench_table_print(&table, options.json);
}
