/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device makes of an entry that a CPU is about to write.
 *
 * The entry is { valid, body }; the CPU stores one after the other, with a
 * preemption point in front of each store. What the device has seen over many
 * schedules is a set of (valid, body) pairs, one bit each.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/wide.h>
#include <sim/access.h>
#include <sim/decide.h>
#include <sim/fiber.h>

#define SCHEDULES	64
#define ENTRY		(2 * SIM_FRAME_BYTES + 64)
#define SEEN(valid, body)	(1u << ((valid) * 2 + (body)))

static struct {
	struct sim *sim;
	struct machine *machine;
	unsigned int stores[2];		/* pieces, in the CPU's order */
	struct machine_wide wide;
	bool revoke;			/* instead of the second store */
	uint64_t entry[2];		/* as the device has seen it */
	int rc;
} t;

static uint64_t *memory(void)
{
	return (uint64_t *)sim_frame_data(machine_memory(t.machine), 2) + 8;
}

static void store(unsigned int piece)
{
	const struct sim_access access = {
		.address = &memory()[piece], .bytes = 8,
		.flags = SIM_ACCESS_WRITE,
	};

	sim_access(t.sim, &access);
	memory()[piece] = 1;
}

static void cpu(void *arg)
{
	store(t.stores[0]);
	if (t.revoke)
		machine_revoke(t.machine, 2, MACHINE_DEVICE);
	else
		store(t.stores[1]);
}

static void device(void *arg)
{
	t.rc = machine_read_wide(t.machine, &t.wide, t.entry);
}

static void run_once(uint64_t seed)
{
	const struct sim_options options = { 0 };
	const struct machine_options machine = { "m", 0, 8 };
	const struct sim_run_options limits = { .step_budget = 1000 };
	const struct sim_plan plan = {
		.seed = seed, .strategy = SIM_RANDOM, .preempt_den = 2,
		.fail_num[SIM_DECIDE_PEER] = 0x8000,
	};
	struct sim_fiber_options fiber = { .name = "device", .fn = device };

	t.sim = sim_new(&options);
	t.machine = machine_new(t.sim, &machine);
	sim_frames_set_class(machine_memory(t.machine), 0, 8, SIM_FRAME_HOT);
	machine_grant(t.machine, 2, MACHINE_DEVICE, false);
	sim_set_plan(t.sim, &plan);
	assert_non_null(sim_fiber_new(t.sim, &fiber));
	fiber.name = "cpu";
	fiber.fn = cpu;
	assert_non_null(sim_fiber_new(t.sim, &fiber));
	assert_int_equal(sim_run(t.sim, &limits), SIM_END_QUIESCENT);
	sim_free(t.sim);
}

static unsigned int seen(unsigned int first_store, uint32_t first_piece)
{
	unsigned int set = 0;
	uint64_t seed;

	t.stores[0] = first_store;
	t.stores[1] = !first_store;
	t.wide = (struct machine_wide){
		.party = MACHINE_DEVICE, .first = first_piece,
		.phys = ENTRY, .bytes = 16,
	};
	for (seed = 1; seed <= SCHEDULES; seed++) {
		run_once(seed);
		assert_int_equal(t.rc, 0);
		set |= SEEN(t.entry[0], t.entry[1]);
	}
	return set;
}

static int setup(void **state)
{
	t.revoke = false;
	return 0;
}

/* The body first: whoever sees it valid sees all of it. */
static void test_valid_last(void **state)
{
	assert_int_equal(seen(1, 0), SEEN(0, 0) | SEEN(0, 1) | SEEN(1, 1));
}

/* All prefixes of { valid, body }, and the pieces pulled apart. */
static void test_valid_first(void **state)
{
	assert_int_equal(seen(0, 0), SEEN(0, 0) | SEEN(1, 0) | SEEN(1, 1) |
				     SEEN(0, 1));
}

/* Hardware that promises no order defeats the right order as well. */
static void test_any_piece(void **state)
{
	assert_true(seen(1, MACHINE_ANY_PIECE) & SEEN(1, 0));
}

static void test_rights(void **state)
{
	bool refused = false;
	uint64_t seed;

	t.revoke = true;
	t.stores[0] = 1;
	t.wide = (struct machine_wide){
		.party = MACHINE_DEVICE, .phys = ENTRY, .bytes = 16,
	};
	for (seed = 1; seed <= SCHEDULES; seed++) {
		t.entry[0] = 7;
		t.entry[1] = 7;
		run_once(seed);
		if (!t.rc)
			continue;
		assert_int_equal(t.rc, -EFAULT);
		/* Some of it was read before the right was gone. */
		refused |= t.entry[0] != 7 && t.entry[1] == 7;
	}
	assert_true(refused);
	t.wide.phys = 8 * SIM_FRAME_BYTES;
	run_once(1);
	assert_int_equal(t.rc, -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_valid_last, setup),
		cmocka_unit_test_setup(test_valid_first, setup),
		cmocka_unit_test_setup(test_any_piece, setup),
		cmocka_unit_test_setup(test_rights, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
