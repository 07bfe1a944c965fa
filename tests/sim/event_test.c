/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_test.c - the edges of the event queue, one at a time
 */
#include <string.h>

#include "fixture.h"

#define MAX_FIRED	2048

/* A world that writes down which events fired and when. */
static struct sim *sim;
static struct sim_event *events;
static unsigned int fired[MAX_FIRED];
static uint64_t fired_at[MAX_FIRED];
static unsigned int nr_fired;

static void on_fire(struct sim *s, struct sim_event *event)
{
	fired[nr_fired] = event - events;
	fired_at[nr_fired++] = sim_now_ns(s);
}

static int setup(void **state)
{
	unsigned int i;

	sim = world_new(1);
	nr_fired = 0;
	events = sim_alloc(sim, MAX_FIRED * sizeof(*events), 8);
	for (i = 0; i < MAX_FIRED; i++)
		sim_event_init(&events[i], on_fire, 1, 100);
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static void one_time_goes_by_priority_source_sequence(void **state)
{
	/* Queued in this order; the number is the place it must fire in. */
	static const struct {
		uint16_t source;
		uint8_t priority;
		unsigned int place;
	} rows[] = {
		{ 2, 100, 4 }, { 1, 100, 2 }, { 9, 50, 1 }, { 2, 100, 5 },
		{ 1, 100, 3 }, { 0, 255, 6 }, { 65535, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		sim_event_init(&events[i], on_fire, rows[i].source,
			       rows[i].priority);
		sim_event_at(sim, &events[i], 1000);
	}
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(nr_fired, ARRAY_SIZE(rows));
	for (i = 0; i < nr_fired; i++)
		assert_int_equal(rows[fired[i]].place, i);
}

/* Arrive unsorted from a higher level: the merge sort's case. */
static void a_thousand_ties_with_falling_sources(void **state)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		sim_event_init(&events[i], on_fire, 1000 - i, 0);
		sim_event_at(sim, &events[i], 123456789);
	}
	run(sim);
	assert_int_equal(nr_fired, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(fired[i], 999 - i);
}

static void the_far_future_comes_in_order(void **state)
{
	static const uint64_t times[] = {
		UINT64_MAX, 1ull << 63, (1ull << 63) - 1, (1ull << 63) + 1,
		1ull << 60, (1ull << 60) - 1, 63, 64, 65, 4095, 4096, 4097,
		0, 1, 1ull << 36, (1ull << 36) | 1,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++)
		sim_event_at(sim, &events[i], times[i]);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(nr_fired, ARRAY_SIZE(times));
	for (i = 0; i < nr_fired; i++)
		assert_int_equal(fired_at[i], times[fired[i]]);
	for (i = 1; i < nr_fired; i++)
		assert_true(fired_at[i - 1] < fired_at[i]);
	assert_true(sim_now_ns(sim) == UINT64_MAX);
}

static void a_cancelled_event_does_not_fire(void **state)
{
	sim_event_at(sim, &events[0], 10);
	sim_event_at(sim, &events[1], 10);
	sim_event_at(sim, &events[2], 10);
	assert_int_equal(sim_events_pending(sim), 3);
	assert_true(sim_event_cancel(sim, &events[1]));
	assert_false(sim_event_cancel(sim, &events[1]));
	assert_int_equal(sim_events_pending(sim), 2);
	run(sim);
	assert_int_equal(nr_fired, 2);
	assert_int_equal(fired[0], 0);
	assert_int_equal(fired[1], 2);
	assert_false(sim_event_cancel(sim, &events[0]));
}

static void queueing_again_moves_the_event(void **state)
{
	sim_event_at(sim, &events[0], 5000);
	sim_event_at(sim, &events[1], 2000);
	sim_event_at(sim, &events[0], 1000);
	run(sim);
	assert_int_equal(nr_fired, 2);
	assert_int_equal(fired[0], 0);
	assert_int_equal(fired_at[0], 1000);
}

static void requeue_ten_times(struct sim *s, struct sim_event *event)
{
	on_fire(s, event);
	if (nr_fired < 10)
		sim_event_after(s, event, 100);
}

static void a_callback_may_queue_its_own_event(void **state)
{
	sim_event_init(&events[0], requeue_ten_times, 1, 1);
	sim_event_after(sim, &events[0], 100);
	run(sim);
	assert_int_equal(nr_fired, 10);
	assert_int_equal(sim_now_ns(sim), 1000);
}

/* A tie that is queued while ties fire still finds its place. */
static void queue_before_the_rest(struct sim *s, struct sim_event *event)
{
	on_fire(s, event);
	sim_event_at(s, &events[7], sim_now_ns(s));
}

static void a_late_tie_of_higher_priority_goes_next(void **state)
{
	unsigned int i;

	for (i = 1; i < 5; i++)
		sim_event_at(sim, &events[i], 50);
	sim_event_init(&events[0], queue_before_the_rest, 1, 0);
	sim_event_at(sim, &events[0], 50);
	sim_event_init(&events[7], on_fire, 1, 1);
	run(sim);
	assert_int_equal(nr_fired, 6);
	assert_int_equal(fired[0], 0);
	assert_int_equal(fired[1], 7);
	assert_int_equal(fired[2], 1);
}

/*
 * The clock may stand still between the wheel's base and the next event. What
 * is queued there must go first.
 *
 *     base 0       stop 130   queued 131, 140    140 was queued before
 */
static void a_time_limit_leaves_room_for_earlier_events(void **state)
{
	struct sim_run_options until = { .until_ns = 130 };

	sim_event_at(sim, &events[0], 140);
	sim_event_at(sim, &events[1], 145);
	sim_event_at(sim, &events[2], 129);
	assert_int_equal(sim_run(sim, &until), SIM_END_TIME);
	assert_int_equal(sim_now_ns(sim), 130);
	assert_int_equal(nr_fired, 1);
	sim_event_at(sim, &events[3], 131);
	sim_event_at(sim, &events[4], 130);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(nr_fired, 5);
	assert_int_equal(fired[1], 4);
	assert_int_equal(fired[2], 3);
	assert_int_equal(fired[3], 0);
	assert_int_equal(fired[4], 1);
}

/*
 * The same with a slot that is too long for the front: looking for the next
 * event must not spread it, which would move base past the limit. More events
 * follow than the front can hold, so that some depend on base.
 */
static void a_time_limit_does_not_spread_a_later_slot(void **state)
{
	struct sim_run_options until = { .until_ns = 100 };
	unsigned int i;

	for (i = 0; i < 8; i++)
		sim_event_at(sim, &events[i], 1 + i);
	for (; i < 40; i++)
		sim_event_at(sim, &events[i], 70000 + i);
	assert_int_equal(sim_run(sim, &until), SIM_END_TIME);
	assert_int_equal(nr_fired, 8);
	for (; i < 70; i++)
		sim_event_at(sim, &events[i], 200 + i);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(nr_fired, 70);
	for (i = 1; i < nr_fired; i++)
		assert_true(fired_at[i - 1] < fired_at[i]);
}

static void an_event_at_the_time_limit_fires(void **state)
{
	struct sim_run_options until = { .until_ns = 500 };

	sim_event_at(sim, &events[0], 500);
	sim_event_at(sim, &events[1], 501);
	assert_int_equal(sim_run(sim, &until), SIM_END_TIME);
	assert_int_equal(nr_fired, 1);
	assert_int_equal(sim_events_pending(sim), 1);
}

static void idle_events_do_not_keep_the_world_going(void **state)
{
	sim_event_set_idle(&events[0], true);
	sim_event_at(sim, &events[0], 10);
	sim_event_at(sim, &events[1], 20);
	sim_event_set_idle(&events[2], true);
	sim_event_at(sim, &events[2], 30);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(nr_fired, 2);
	assert_int_equal(sim_now_ns(sim), 20);
	assert_int_equal(sim_events_pending(sim), 1);
}

static void queue_in_the_past(void)
{
	setup(NULL);
	sim_event_at(sim, &events[0], 100);
	run(sim);
	sim_event_at(sim, &events[1], 99);
}

static void the_past_is_a_bench_error(void **state)
{
	char text[512];

	assert_int_equal(in_child(queue_in_the_past, text, sizeof(text)),
			 VTB_EXIT_BENCH);
	assert_non_null(strstr(text, "vtb: "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_time_goes_by_priority_source_sequence),
		TEST(a_thousand_ties_with_falling_sources),
		TEST(the_far_future_comes_in_order),
		TEST(a_cancelled_event_does_not_fire),
		TEST(queueing_again_moves_the_event),
		TEST(a_callback_may_queue_its_own_event),
		TEST(a_late_tie_of_higher_priority_goes_next),
		TEST(a_time_limit_leaves_room_for_earlier_events),
		TEST(a_time_limit_does_not_spread_a_later_slot),
		TEST(an_event_at_the_time_limit_fires),
		TEST(idle_events_do_not_keep_the_world_going),
		cmocka_unit_test(the_past_is_a_bench_error),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
