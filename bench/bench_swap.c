/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_swap.c - what exchanging the static data of kernel instances costs
 *
 * Two user threads take turns: each enters its kernel, leaves it, and gives
 * way. In one case both belong to the same instance, in the other to two, so
 * that every turn exchanges the live image. The difference is the price of a
 * second instance per switch.
 */
#include "bench.h"

#include <kernel/instance.h>
#include <sim/fiber.h>
#include <sim/memory.h>
#include <sim/sim.h>
#include <stdlib.h>

#define FRAMES		512
#define PLAYERS		2

static const char help[] =
	"usage: bench_swap [options]\n"
	"Switches between threads of two kernel instances and of one.\n";

struct player {
	struct sim *sim;
	struct kernel_instance *instance;
	uint64_t turns;
};

static void play(void *arg)
{
	struct player *player = arg;

	for (uint64_t i = 0; i < player->turns; i++) {
		kernel_enter(player->instance);
		kernel_exit();
		sim_yield(player->sim);
	}
}

static struct kernel_instance *boot(struct sim *sim, const char *name,
				    uint16_t owner)
{
	struct kernel_instance_options options = {
		.name = name,
		.sim = sim,
		.memory = sim_memory_new(sim, name, FRAMES, owner),
	};
	struct kernel_instance *instance;

	if (!options.memory)
		bench_fail("no memory for machine %s", name);
	instance = kernel_instance_new(&options);
	sim_run(sim, &(struct sim_run_options) { 0 });
	if (kernel_instance_boot_error(instance))
		bench_fail("instance %s does not boot", name);
	return instance;
}

/* ns per turn with the threads in @nr instances. */
static double ns_per_turn(unsigned int nr, uint64_t turns)
{
	struct sim *sim = sim_new(&(struct sim_options) { 0 });
	struct kernel_instance *instances[PLAYERS];
	struct player *players;
	double begin_ns, end_ns;
	uint64_t switches;

	if (!sim)
		bench_fail("no memory for the world");
	players = sim_alloc(sim, PLAYERS * sizeof(*players), 64);
	instances[0] = boot(sim, "first", 0);
	instances[1] = nr > 1 ? boot(sim, "second", 1) : instances[0];
	for (unsigned int i = 0; i < PLAYERS; i++) {
		players[i] = (struct player) { sim, instances[i], turns };
		kernel_user_thread(instances[i], "player", play, &players[i]);
	}
	switches = sim_switches(sim);
	begin_ns = bench_cpu_ns();
	sim_run(sim, &(struct sim_run_options) { 0 });
	end_ns = bench_cpu_ns();
	if (sim_switches(sim) - switches < PLAYERS * turns)
		bench_fail("the threads did not take turns");
	kernel_image_park();
	sim_free(sim);
	return (end_ns - begin_ns) / (double)(PLAYERS * turns);
}

static const struct bench_column columns[] = {
	{ "case", "case", 0 },
	{ "one_ns", "one instance ns", 1 },
	{ "two_ns", "two instances ns", 1 },
	{ "swap_ns", "swap ns", 1 },
	{ "ratio", "ratio", 2 },
	{ "image_bytes", "image bytes", 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct bench_options options = { .rounds = 9 };
	double one_ns[BENCH_MAX_ROUNDS], two_ns[BENCH_MAX_ROUNDS];
	double one, two;
	struct bench_table table;
	struct bench_ratio ratio;
	uint64_t turns;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	turns = options.quick ? 100 : 50000;
	for (unsigned int i = 0; i < options.rounds; i++) {
		one_ns[i] = ns_per_turn(1, turns);
		two_ns[i] = ns_per_turn(2, turns);
	}
	ratio = bench_ratio(two_ns, one_ns, options.rounds);
	one = bench_median(one_ns, options.rounds);
	two = bench_median(two_ns, options.rounds);
	bench_table_init(&table, "swap", columns);
	bench_table_add(&table, json_pack(
		"{s:s, s:f, s:f, s:f, s:f, s:I}", "case", "turn of a thread",
		"one_ns", one, "two_ns", two, "swap_ns", two - one,
		"ratio", ratio.median,
		"image_bytes", (json_int_t)kernel_image_bytes()));
	bench_table_note(&table, "a turn: enter the kernel, leave it, give way; "
			 "median of %u rounds", options.rounds);
	return bench_table_print(&table, options.json);
}
