/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_test.c - records, readers and the running hash
 */
#include <string.h>

#include "fixture.h"

#define MAX_SEEN	1000

static struct sim_trace_record seen[MAX_SEEN];
static char texts[MAX_SEEN][16];
static unsigned int nr_seen;

static void see(void *arg, const struct sim_trace_record *record,
		const char *text)
{
	if (text)
		strncpy(texts[nr_seen], text, sizeof(texts[0]) - 1);
	seen[nr_seen++] = *record;
}

static const struct sim_trace_reader reader = { .record = see };

/* Traces @n records that differ. */
static void trace_some(struct sim *sim, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		sim_trace(sim, SIM_TRACE_MODEL + i % 5, i, ~i);
}

static void the_hash_follows_from_the_records(void **state)
{
	static const unsigned int counts[] = { 0, 1, 127, 128, 129, 256, 1000 };
	uint64_t hashes[ARRAY_SIZE(counts)];
	struct sim *sim;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		sim = world_new(1);
		trace_some(sim, counts[i]);
		assert_int_equal(sim_trace_count(sim), counts[i]);
		hashes[i] = sim_trace_hash(sim);
		/* Asking changes nothing. */
		assert_int_equal(sim_trace_hash(sim), hashes[i]);
		sim_free(sim);
		for (j = 0; j < i; j++)
			assert_int_not_equal(hashes[i], hashes[j]);
	}
}

/* Four blocks: the first must still count when the third is full. */
#define NR_RECORDS	400

/* The hash of many records, one of which is as given. */
static uint64_t hash_with(unsigned int at, uint16_t what, uint64_t a,
			  uint64_t b)
{
	struct sim *sim = world_new(1);
	uint64_t hash;

	trace_some(sim, at);
	sim_trace(sim, what, a, b);
	trace_some(sim, NR_RECORDS - 1 - at);
	hash = sim_trace_hash(sim);
	sim_free(sim);
	return hash;
}

static void every_field_counts(void **state)
{
	static const unsigned int places[] = {
		0, 126, 127, 128, 255, 256, NR_RECORDS - 1,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		uint64_t hash = hash_with(places[i], 70, 1, 2);

		assert_int_equal(hash_with(places[i], 70, 1, 2), hash);
		assert_int_not_equal(hash_with(places[i], 71, 1, 2), hash);
		assert_int_not_equal(hash_with(places[i], 70, 3, 2), hash);
		assert_int_not_equal(hash_with(places[i], 70, 1, 3), hash);
	}
}

static void a_reader_gets_every_record_and_changes_none(void **state)
{
	struct sim *sim = world_new(1);
	uint64_t hash;
	unsigned int i;

	trace_some(sim, 300);
	hash = sim_trace_hash(sim);
	sim_free(sim);

	sim = world_new(1);
	nr_seen = 0;
	sim_set_trace_reader(sim, &reader);
	trace_some(sim, 300);
	assert_int_equal(sim_trace_hash(sim), hash);
	assert_int_equal(nr_seen, 300);
	for (i = 0; i < nr_seen; i++)
		assert_int_equal(seen[i].a, i);
	sim_set_trace_reader(sim, NULL);
	trace_some(sim, 10);
	assert_int_equal(nr_seen, 300);
	sim_free(sim);
}

static void texts_reach_readers_and_their_hash_the_trace(void **state)
{
	struct sim *sim = world_new(1);
	uint64_t without;

	memset(texts, 0, sizeof(texts));
	nr_seen = 0;
	sim_set_trace_reader(sim, &reader);
	without = sim_trace_hash(sim);
	sim_trace_note(sim, "hello", 7);
	sim_log(sim, 4, "world and the rest", 5);
	assert_int_equal(nr_seen, 2);
	assert_int_equal(seen[0].what, SIM_TRACE_NOTE);
	assert_int_equal(seen[0].a, sim_prng_label("hello"));
	assert_int_equal(seen[0].b, 7);
	assert_string_equal(texts[0], "hello");
	assert_int_equal(seen[1].what, SIM_TRACE_LOG);
	assert_int_equal(seen[1].b, 4);
	assert_string_equal(texts[1], "world");
	assert_int_not_equal(sim_trace_hash(sim), without);
	sim_free(sim);
}

/* ---- what a run traces -------------------------------------------------- */

static void does_nothing(struct sim *sim, struct sim_event *event)
{
}

static void sleeps_as_op_6(void *arg)
{
	struct sim_event *event = arg;
	struct sim *sim = sim_current;

	sim_set_op(sim, 6);
	sim_trace(sim, SIM_TRACE_OP_BEGIN, 1, 0);
	sim_event_at(sim, event, 100);
	sim_fiber_sleep(sim, 250);
	sim_trace(sim, SIM_TRACE_OP_END, 0, 0);
}

static void a_run_traces_switches_events_and_who_did_it(void **state)
{
	/* The end of the sleep at 250 is the switch, no event of its own. */
	static const struct sim_trace_record expected[] = {
		{ 0, SIM_TRACE_SWITCH, 1, 0, 0, 0 },
		{ 0, SIM_TRACE_OP_BEGIN, 1, 6, 1, 0 },
		{ 100, SIM_TRACE_EVENT, 77, 6, 0, 0 },
		{ 250, SIM_TRACE_SWITCH, 1, 6, 0, 0 },
		{ 250, SIM_TRACE_OP_END, 1, 6, 0, 0 },
	};
	struct sim *sim = world_new(1);
	struct sim_event *event = sim_alloc(sim, sizeof(*event), 8);

	nr_seen = 0;
	sim_set_trace_reader(sim, &reader);
	sim_event_init(event, does_nothing, 77, 0);
	spawn(sim, "sleeper", sleeps_as_op_6, event);
	run(sim);
	assert_int_equal(nr_seen, ARRAY_SIZE(expected));
	assert_memory_equal(seen, expected, sizeof(expected));
	assert_int_equal(sim_events_fired(sim), 2);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_follows_from_the_records),
		cmocka_unit_test(every_field_counts),
		cmocka_unit_test(a_reader_gets_every_record_and_changes_none),
		cmocka_unit_test(texts_reach_readers_and_their_hash_the_trace),
		cmocka_unit_test(a_run_traces_switches_events_and_who_did_it),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
