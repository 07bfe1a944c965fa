/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch_test.c - who may change what is fetched, when, and what it is blamed for
 *
 * The code under test is one fiber that reads two words of a frame, each twice:
 * as a system call does that copies a header, and then header and body.
 */
#include <errno.h>
#include <string.h>

#include <sim/fetch.h>

#include "fixture.h"

#define FRAME	3
#define HEADER	8
#define WHOLE	32

static struct {
	struct sim *sim;
	struct sim_memory *memory;
	struct sim_adversary adversary;
	struct sim_override override;
	uint64_t second_activity;
	uint32_t num;			/* chance of a change */
	bool raise;
	bool reuse;			/* the words, for another message */
	enum vtb_exit severity;
	bool sure;			/* whatever has been changed */
	/* What the fiber has seen. */
	uint32_t header[2];
	uint32_t whole[WHOLE / 4];
	uint32_t later;
	struct sim_fetch_seen seen[4];
	unsigned int nr_seen;
} t;

static const char first_site, second_site;

static uint32_t *words(void)
{
	return sim_frame_data(t.memory, FRAME);
}

static int setup(void **state)
{
	uint32_t i;

	memset(&t, 0, sizeof(t));
	t.sim = world_new(1);
	t.memory = sim_memory_new(t.sim, "m", 8, 2);
	sim_frames_set_class(t.memory, 0, 8, SIM_FRAME_COLD);
	sim_frame(t.memory, FRAME)->writers =
		sim_party_bit(2, SIM_PARTY_CPU) |
		sim_party_bit(2, SIM_PARTY_USER);
	for (i = 0; i < WHOLE / 4; i++)
		words()[i] = 100 + i;
	t.adversary.powers = SIM_POWER_USER;
	t.second_activity = 1;
	t.severity = VTB_EXIT_SAFETY;
	return 0;
}

static int teardown(void **state)
{
	sim_free(t.sim);
	return 0;
}

static void fetch(void *to, uint32_t bytes, uint64_t activity, const char *site)
{
	const struct sim_fetch one = {
		.address = words(), .bytes = bytes, .reader = 2,
		.activity = activity, .site = site,
	};
	struct sim_change *change = sim_fetch(t.sim, &one);

	memcpy(to, words(), bytes);
	if (!change)
		return;
	strcpy(change->place[0], "read_header");
	strcpy(change->place[1], "read_whole");
}

static void code_under_test(void *arg)
{
	const struct sim_finding finding = {
		.severity = t.severity, .oracle = "overflow",
		.despite_change = t.sure,
		.object = "buffer", .place[0] = "use", .what = "too long",
	};

	sim_set_op(t.sim, 4);
	words()[0] = t.reuse ? 50 : words()[0];
	fetch(t.header, HEADER, 1, &first_site);
	words()[0] = t.reuse ? 60 : words()[0];
	fetch(t.whole, WHOLE, t.second_activity, &second_site);
	fetch(&t.later, 4, 9, &second_site);
	if (t.raise && t.whole[0] != t.header[0])
		sim_finding_raise(t.sim, &finding);
}

static void on_fetch(void *arg, const struct sim_fetch_seen *seen)
{
	t.seen[t.nr_seen++] = *seen;
}

static enum sim_end run_when(enum sim_change_when when)
{
	const struct sim_fetch_reader reader = { .fetch = on_fetch };
	struct sim_plan plan = {
		.seed = 3, .fail_num[SIM_DECIDE_FETCH] = t.num,
		.overrides = &t.override,
		.nr_overrides = t.override.value != 0,
	};
	enum sim_end end;

	sim_set_plan(t.sim, &plan);
	t.nr_seen = 0;
	t.adversary.when = when;
	sim_set_adversary(t.sim, &t.adversary);
	sim_set_fetch_reader(t.sim, &reader);
	spawn(t.sim, "cut", code_under_test, NULL);
	end = run(t.sim);
	sim_set_fetch_reader(t.sim, NULL);
	return end;
}

static void override(uint32_t nth, struct sim_fetch_choice choice)
{
	t.override = (struct sim_override){
		.op = 4, .kind = SIM_DECIDE_FETCH, .nth = nth,
		.value = sim_fetch_value(&choice),
	};
}

static const struct sim_fetch_choice ones = {
	.width = 4, .pattern = SIM_PATTERN_ONES,
};

static void values_are_their_own_inverse(void **state)
{
	struct sim_fetch_choice choice, again;
	uint32_t index;

	for (index = 0; index <= SIM_FETCH_MAX_INDEX; index += 1365) {
		choice = (struct sim_fetch_choice){
			.index = index, .width = 1u << index % 4,
			.pattern = (enum sim_pattern)(index % SIM_PATTERNS),
			.back = index % 2,
		};
		again = sim_fetch_choice(sim_fetch_value(&choice));
		assert_int_equal(again.index, choice.index);
		assert_int_equal(again.width, choice.width);
		assert_int_equal(again.pattern, choice.pattern);
		assert_int_equal(again.back, choice.back);
	}
	assert_int_equal(sim_pattern_parse("plus-page"), SIM_PATTERN_PLUS_PAGE);
	assert_int_equal(sim_pattern_parse("nothing"), -EINVAL);
	again = sim_fetch_choice(UINT32_MAX);
	assert_true(again.index <= SIM_FETCH_MAX_INDEX);
}

static void readers_hear_of_second_fetches(void **state)
{
	run_when(SIM_CHANGE_NONE);
	assert_int_equal(t.nr_seen, 3);
	assert_null(t.seen[0].first_site);
	assert_ptr_equal(t.seen[1].first_site, &first_site);
	assert_int_equal(t.seen[1].powers, SIM_POWER_USER);
	/* Another activity has fetched nothing yet. */
	assert_null(t.seen[2].first_site);
}

static void another_activity_is_no_second_fetch(void **state)
{
	t.second_activity = 2;
	t.num = 65535;
	run_when(SIM_CHANGE_LATE);
	assert_null(t.seen[1].first_site);
	assert_int_equal(t.whole[0], 100);
	assert_null(sim_change_made(t.sim));
}

static void frames_that_nobody_else_writes_are_not_seen(void **state)
{
	sim_frame(t.memory, FRAME)->writers =
		sim_party_bit(2, SIM_PARTY_CPU);
	t.num = 65535;
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(t.nr_seen, 0);
	assert_int_equal(t.whole[0], 100);
}

static void rights_are_powers(void **state)
{
	static const struct {
		uint16_t machine;
		enum sim_party party;
		uint32_t power;
	} rows[] = {
		{ 2, SIM_PARTY_USER, SIM_POWER_USER },
		{ 2, SIM_PARTY_DEVICE, SIM_POWER_DEVICE },
		{ 15, SIM_PARTY_DEVICE, SIM_POWER_DEVICE },
		{ 0, SIM_PARTY_CPU, SIM_POWER_PEER },
		{ 3, SIM_PARTY_USER, SIM_POWER_PEER },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		sim_frame(t.memory, FRAME)->writers =
			sim_party_bit(rows[i].machine, rows[i].party);
		run_when(SIM_CHANGE_NONE);
		assert_int_equal(t.seen[0].powers, rows[i].power);
	}
}

static void a_power_that_was_not_given_is_not_used(void **state)
{
	t.adversary.powers = SIM_POWER_DEVICE | SIM_POWER_PEER;
	t.num = 65535;
	run_when(SIM_CHANGE_LATE);
	assert_null(sim_change_made(t.sim));
}

static void a_change_comes_between_the_fetches(void **state)
{
	struct sim_fetch_choice second_word = ones;

	second_word.index = 1;
	override(1, second_word);
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(t.header[1], 101);
	assert_int_equal(t.whole[1], UINT32_MAX);
	assert_int_equal(t.whole[0], 100);
	assert_int_equal(words()[1], UINT32_MAX);
	assert_int_equal(t.adversary.change.first, 0);
	assert_int_equal(t.adversary.change.second, 1);
}

static void a_change_may_go_back(void **state)
{
	struct sim_fetch_choice back = ones;

	back.back = true;
	override(1, back);
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(t.whole[0], UINT32_MAX);
	assert_int_equal(t.later, 100);
}

static void the_same_change_is_noted_and_made_early(void **state)
{
	override(1, ones);
	run_when(SIM_CHANGE_NONE);
	assert_int_equal(t.whole[0], 100);
	assert_int_equal(t.adversary.change.bytes, 4);
	assert_null(sim_change_made(t.sim));

	t.override.value = 0;
	/* Numbers of fetches go on from run to run; a restore resets them. */
	t.adversary.change.first += 3;
	run_when(SIM_CHANGE_EARLY);
	assert_int_equal(t.header[0], UINT32_MAX);
	assert_int_equal(t.whole[0], UINT32_MAX);
	assert_non_null(sim_change_made(t.sim));
}

static void another_value_in_the_same_place_is_fetched_once(void **state)
{
	t.reuse = true;
	override(1, ones);
	run_when(SIM_CHANGE_NONE);
	t.adversary.change.first += 3;
	run_when(SIM_CHANGE_EARLY);
	assert_int_equal(t.header[0], 50);
	assert_null(sim_change_made(t.sim));
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(t.whole[0], UINT32_MAX);
	assert_non_null(sim_change_made(t.sim));
	sim_set_op(t.sim, 4);
	assert_null(sim_change_to_blame(t.sim));
	/* The next program has nothing to do with it. */
	t.reuse = false;
	run_when(SIM_CHANGE_NONE);
	run_when(SIM_CHANGE_LATE);
	sim_set_op(t.sim, 4);
	assert_non_null(sim_change_to_blame(t.sim));
}

static void only_second_fetches_are_drawn(void **state)
{
	uint32_t before[2];

	t.num = 65535;
	memcpy(before, words(), sizeof(before));
	run_when(SIM_CHANGE_LATE);
	assert_memory_equal(t.header, before, sizeof(before));
	assert_memory_not_equal(t.whole, before, sizeof(before));
	/* No more than what both have fetched, and no more than one. */
	assert_int_equal(t.whole[2], 102);
	assert_int_equal(t.adversary.change.second, 1);
}

static void a_single_fetch_can_be_told_to_change(void **state)
{
	override(0, ones);
	t.raise = true;
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(t.header[0], UINT32_MAX);
	assert_null(sim_change_to_blame(t.sim));
	assert_null(sim_finding_get(t.sim));
}

static void what_a_late_change_does_is_named(void **state)
{
	const struct sim_finding *finding;
	char identity[128];

	t.raise = true;
	t.sure = true;
	override(1, ones);
	run_when(SIM_CHANGE_LATE);
	finding = sim_finding_get(t.sim);
	assert_non_null(finding);
	sim_finding_identity(finding, identity, sizeof(identity));
	assert_string_equal(identity,
		"double-fetch/user-memory/read_header+read_whole");
	assert_string_equal(finding->what, "overflow/buffer: too long");
	assert_non_null(strstr(finding->why, "0x64 became 0xffffffff"));
	assert_non_null(strstr(finding->why, "another thread"));
	assert_ptr_equal(finding->pc[0], &first_site);
	assert_ptr_equal(finding->pc[1], &second_site);
}

/* A device may keep anybody waiting; another thread must not be able to. */
static void hangs_count_if_processes_cause_them(void **state)
{
	t.raise = true;
	t.sure = true;
	t.severity = VTB_EXIT_LIVENESS;
	override(1, ones);
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(sim_finding_get(t.sim)->severity, VTB_EXIT_LIVENESS);
}

static void hangs_do_not_count_if_devices_cause_them(void **state)
{
	t.raise = true;
	t.sure = true;
	t.severity = VTB_EXIT_LIVENESS;
	t.adversary.powers = SIM_POWER_DEVICE;
	sim_frame(t.memory, FRAME)->writers =
		sim_party_bit(2, SIM_PARTY_DEVICE);
	override(1, ones);
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(sim_finding_get(t.sim)->severity, VTB_EXIT_CLEAN);
}

static void what_may_be_his_doing_is_not_reported(void **state)
{
	t.raise = true;
	override(1, ones);
	run_when(SIM_CHANGE_LATE);
	assert_int_equal(sim_finding_get(t.sim)->severity, VTB_EXIT_CLEAN);
	assert_string_equal(sim_finding_get(t.sim)->oracle, "overflow");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_their_own_inverse),
		TEST(readers_hear_of_second_fetches),
		TEST(another_activity_is_no_second_fetch),
		TEST(frames_that_nobody_else_writes_are_not_seen),
		TEST(rights_are_powers),
		TEST(a_power_that_was_not_given_is_not_used),
		TEST(a_change_comes_between_the_fetches),
		TEST(a_change_may_go_back),
		TEST(the_same_change_is_noted_and_made_early),
		TEST(another_value_in_the_same_place_is_fetched_once),
		TEST(only_second_fetches_are_drawn),
		TEST(a_single_fetch_can_be_told_to_change),
		TEST(what_a_late_change_does_is_named),
		TEST(what_may_be_his_doing_is_not_reported),
		TEST(hangs_count_if_processes_cause_them),
		TEST(hangs_do_not_count_if_devices_cause_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
