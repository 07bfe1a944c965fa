/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_test.c - data races of kernel code: each primitive with and without
 *
 * One thread does its part, then the other: what was planted is found although
 * nothing goes wrong in this order. Then both at once in random schedules, in
 * which what is ordered has to stay silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/race.h>
#include <sim/snapshot.h>

#include "exec_world.h"
#include "race_cut.h"

#define SEEDS	4

static struct kernel_race *race;

/* A detector for the test that runs; the one before is thrown away. */
static void detect(struct exec_world *world, bool strict)
{
	const struct sim_race_options options = { .strict_writes = strict };

	kernel_race_free(race);
	race = kernel_race_new(&options);
	assert_non_null(race);
	kernel_race_begin(race, world->sim);
}

static const char *identity_of(struct exec_world *world)
{
	const struct sim_finding *finding = sim_finding_get(world->sim);
	static char identity[256];

	if (!finding)
		return "clean";
	sim_finding_identity(finding, identity, sizeof(identity));
	return identity;
}

/* ---- pairs of functions ---------------------------------------------------- */

static const char *pair(void (*first)(void), void (*second)(void), bool strict)
{
	struct exec_world *world = exec_world_new(1, 2);
	const char *identity;

	detect(world, strict);
	exec_start(world, 0, first);
	exec_start(world, 0, second);
	exec_run(world);
	identity = identity_of(world);
	exec_world_free(world);
	return identity;
}

/* @a comes before @b in the alphabet; either runs first. */
#define assert_races(a, b)						\
do {									\
	assert_string_equal(pair(a, b, false),				\
			    "data-race/shared/" #a "+" #b);		\
	assert_string_equal(pair(b, a, false),				\
			    "data-race/shared/" #a "+" #b);		\
} while (0)
#define assert_clean(a, b) assert_string_equal(pair(a, b, false), "clean")

static void test_plain(void **state)
{
	(void)state;
	assert_races(race_read, race_write);
	assert_clean(race_read, race_read);
}

static void test_marks(void **state)
{
	(void)state;
	assert_clean(race_marked_write, race_marked_read);
	assert_clean(race_marked_write, race_marked_write);
	assert_races(race_marked_write, race_read);
	assert_races(race_marked_write, race_write);
	assert_clean(race_marked_write, race_data_race_read);
	assert_clean(race_data_race_read, race_marked_write);
	assert_clean(race_write, race_no_kcsan_read);
	assert_clean(race_atomic_section_write, race_marked_read);
	assert_races(race_atomic_section_write, race_read);
}

static void test_plain_writes(void **state)
{
	(void)state;
	assert_clean(race_plain_write, race_marked_read);
	assert_string_equal(pair(race_plain_write, race_marked_read, true),
			    "data-race/shared/race_marked_read+"
			    "race_plain_write");
}

static void test_assertions(void **state)
{
	(void)state;
	assert_clean(race_assert_writer, race_marked_read);
	assert_races(race_assert_writer, race_marked_write);
	assert_races(race_assert_access, race_marked_read);
	assert_races(race_assert_scoped, race_marked_write);
	assert_clean(race_marked_read, race_assert_scoped);
	assert_clean(race_assert_bits, race_other_bits);
	assert_clean(race_other_bits, race_assert_bits);
	assert_clean(race_assert_plain_bits, race_other_bits);
	assert_string_equal(pair(race_assert_bits, race_these_bits, false),
			    "data-race/shared/race_assert_bits+"
			    "race_these_bits");
}

/* ---- objects ---------------------------------------------------------------- */

static const char *object_pair(void (*first)(void), void (*second)(void))
{
	struct exec_world *world = exec_world_new(1, 2);
	const char *identity;

	exec_call(world, 0, race_object_new);
	exec_call(world, 0, race_cut_init);
	detect(world, false);
	exec_start(world, 0, first);
	exec_start(world, 0, second);
	exec_run(world);
	identity = identity_of(world);
	exec_world_free(world);
	return identity;
}

static void test_objects(void **state)
{
	(void)state;
	assert_string_equal(object_pair(race_object_read, race_object_free),
			    "data-race/freed-memory/race_object_free+"
			    "race_object_read");
	assert_string_equal(object_pair(race_object_read_locked,
					race_object_free_locked), "clean");
	assert_string_equal(object_pair(race_object_assert_bits,
					race_object_other_bits), "clean");
	assert_string_equal(object_pair(race_object_assert_bits,
					race_object_these_bits),
			    "data-race/memory/race_object_assert_bits+"
			    "race_object_these_bits");
	assert_string_equal(object_pair(race_object_assert_bits,
					race_object_free),
			    "data-race/freed-memory/race_object_assert_bits+"
			    "race_object_free");
	/* What was done to it in another life is nobody's business. */
	assert_string_equal(object_pair(race_object_renew, race_write),
			    "clean");
}

/* One kernel after the other on the same memory, from before it boots. */
static void test_kexec(void **state)
{
	const struct sim_options options = { .memory_bytes = 16ul << 20 };
	struct exec_world world = { .sim = sim_new(&options) };
	struct kernel_instance_options kernel = {
		.name = "kexec",
		.sim = world.sim,
		.memory = sim_memory_new(world.sim, "kexec", EXEC_FRAMES, 0),
		.nr_cpus = 2,
	};
	int i;

	(void)state;
	detect(&world, false);
	for (i = 0; i < 2; i++) {
		world.kernel[0] = kernel_instance_new(&kernel);
		assert_int_equal(exec_run(&world), SIM_END_QUIESCENT);
		exec_call(&world, 0, race_object_new);
		exec_call(&world, 0, race_object_write);
		kernel_instance_shutdown(world.kernel[0]);
		assert_int_equal(exec_run(&world), SIM_END_QUIESCENT);
	}
	assert_string_equal(identity_of(&world), "clean");
	kernel_race_end(race, world.sim);
	sim_free(world.sim);
}

/* ---- primitives ------------------------------------------------------------- */

static const char *run_case(const struct race_case *which, bool ordered,
			    uint64_t seed)
{
	long arg = (long)which + ordered;
	struct exec_world *world = exec_world_new(1, 2);
	const char *identity;

	exec_call(world, 0, race_cut_init);
	exec_call(world, 0, race_cut_init);
	detect(world, false);
	exec_strategy(world, seed);
	exec_start_int(world, 0, race_cut_first, arg);
	exec_start_int(world, 0, race_cut_second, arg);
	exec_run(world);
	identity = identity_of(world);
	exec_world_free(world);
	return identity;
}

static void test_cases(const struct race_case *cases)
{
	unsigned int i;
	uint64_t seed;

	for (i = 0; cases[i].name; i++) {
		const char *identity = run_case(&cases[i], false, 0);

		if (strncmp(identity, "data-race/shared/race_", 22))
			fail_msg("%s, planted: %s", cases[i].name, identity);
		for (seed = 0; seed < SEEDS; seed++) {
			identity = run_case(&cases[i], true, seed);
			if (strcmp(identity, "clean"))
				fail_msg("%s, ordered, seed %u: %s",
					 cases[i].name, (unsigned int)seed,
					 identity);
		}
	}
}

static void test_locks(void **state)
{
	(void)state;
	test_cases(race_lock_cases);
}

static void test_atomics(void **state)
{
	(void)state;
	test_cases(race_atomic_cases);
}

static void test_deferred(void **state)
{
	(void)state;
	test_cases(race_defer_cases);
}

/* ---- reports ----------------------------------------------------------------- */

static void run_locked(struct exec_world *world)
{
	exec_start(world, 0, race_locked_write);
	exec_start(world, 0, race_other_lock_read);
	exec_run(world);
	kernel_race_end(race, world->sim);
}

static bool calls(const struct kernel_race_place *place, const char *function)
{
	unsigned int i;

	for (i = 0; i < place->nr_pcs; i++)
		if (!strcmp(kernel_symbol(place->pcs[i], NULL), function))
			return true;
	return false;
}

static void test_report(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);
	struct sim_snapshot *snapshot = sim_snapshot_take(world->sim);
	const struct kernel_race_place *places;

	(void)state;
	detect(world, false);
	assert_null(kernel_race_places(race));
	run_locked(world);
	assert_string_equal(sim_finding_get(world->sim)->what,
			    "plain read of 8 bytes in race_read races with a "
			    "marked write of 8 bytes in race_write");
	places = kernel_race_places(race);
	assert_non_null(strstr(places[0].actor, " on vCPU 0 of alpha"));
	assert_non_null(strstr(places[1].actor, " on vCPU 1 of alpha"));
	assert_string_equal(places[1].locks, "other_spin");
	assert_true(calls(&places[1], "race_other_lock_read"));
	assert_int_equal(places[0].nr_pcs, 0);
	/* What is gone by then comes from the next run. */
	sim_snapshot_restore(world->sim, snapshot);
	kernel_race_begin(race, world->sim);
	run_locked(world);
	assert_true(calls(&places[0], "race_locked_write"));
	assert_string_equal(places[0].locks, "spin");
	sim_snapshot_free(snapshot);
	exec_world_free(world);
}

static void test_ended_thread(void **state)
{
	struct exec_world *world = exec_world_new(1, 2);
	const struct kernel_race_place *places;

	(void)state;
	detect(world, false);
	exec_start(world, 0, race_ended_thread);
	exec_run(world);
	assert_string_equal(identity_of(world),
			    "data-race/shared/race_read+race_write");
	places = kernel_race_places(race);
	assert_string_equal(places[0].actor, "a thread that has ended");
	exec_world_free(world);
}

static int free_detector(void **state)
{
	(void)state;
	kernel_race_free(race);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_plain_writes),
		cmocka_unit_test(test_assertions),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_kexec),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_ended_thread),
	};

	return cmocka_run_group_tests_name("data races", tests, NULL,
					   free_detector);
}
