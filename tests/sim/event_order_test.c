/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_order_test.c - the wheel fires in exactly the order of a plain heap
 *
 * A pool of events is queued, moved and cancelled at random, and fired one at
 * a time; each event that fires is compared with what the reference pops.
 */
#include <stdlib.h>
#include <string.h>

#include "event_reference.h"
#include "fixture.h"

#define POOL		1000
#define OPS		250000		/* per pattern, four patterns */

struct pattern {
	const char *name;
	uint64_t (*delay)(struct sim_prng *prng);
	unsigned int priorities;
	unsigned int sources;
};

/* An event of the pool; lies in the world. */
struct item {
	struct sim_event event;
	unsigned int id;
	unsigned int priority;
	unsigned int source;
};

struct run {
	struct sim *sim;
	struct item *items;
	struct reference *ref;
	struct sim_prng prng;
	const struct item *fired;
};

static uint64_t delay_uniform(struct sim_prng *prng)
{
	return sim_prng_below(prng, 100000);
}

/* Nine of ten short, one 500 times longer. */
static uint64_t delay_bimodal(struct sim_prng *prng)
{
	uint64_t delay = sim_prng_below(prng, 200);

	return sim_prng_chance(prng, 1, 10) ? delay * 500 : delay;
}

/* Mostly ties: what is tested is the rest of the key. */
static uint64_t delay_ties(struct sim_prng *prng)
{
	return sim_prng_below(prng, 3) * sim_prng_below(prng, 2) * 70;
}

/* Every level of the wheel; now and then a time near the end of time. */
static uint64_t delay_wide(struct sim_prng *prng)
{
	return sim_prng_next(prng) >> sim_prng_range(prng, 12, 63);
}

static void on_fire(struct sim *sim, struct sim_event *event)
{
	struct run *r = sim_user(sim);

	r->fired = (const struct item *)event;
}

static void run_init(struct run *r, const struct pattern *pattern)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->sim = world_new(1);
	r->ref = calloc(1, sizeof(*r->ref));
	r->prng.stream = sim_prng_label(pattern->name);
	r->items = sim_alloc(r->sim, POOL * sizeof(*r->items), 8);
	sim_set_user(r->sim, r);
	for (i = 0; i < POOL; i++) {
		struct item *item = &r->items[i];

		item->id = i;
		item->priority = sim_prng_below(&r->prng, pattern->priorities);
		item->source = sim_prng_below(&r->prng, pattern->sources);
		sim_event_init(&item->event, on_fire, item->source,
			       item->priority);
	}
}

static void run_fini(struct run *r)
{
	sim_free(r->sim);
	free(r->ref);
}

static void queue(struct run *r, struct item *item, uint64_t delay)
{
	uint64_t now = sim_now_ns(r->sim);

	if (delay > UINT64_MAX - now)
		delay = UINT64_MAX - now;
	sim_event_at(r->sim, &item->event, now + delay);
	reference_push(r->ref, (struct reference_entry){
		.time_ns = now + delay,
		.priority = item->priority,
		.source = item->source,
		.id = item->id,
	});
}

static void cancel(struct run *r, struct item *item)
{
	bool expected = r->ref->valid[item->id];

	assert_int_equal(sim_event_cancel(r->sim, &item->event), expected);
	reference_cancel(r->ref, item->id);
}

/* Fires one event on both sides; false if they differ. */
static bool fire_one(struct run *r)
{
	struct reference_entry entry;

	r->fired = NULL;
	run_steps(r->sim, 1);
	if (!reference_pop(r->ref, &entry))
		return !r->fired;
	return r->fired && r->fired->id == entry.id &&
	       sim_now_ns(r->sim) == entry.time_ns;
}

/* Number of the operation after which the two differ, or 0. */
static unsigned int first_difference(struct run *r,
				     const struct pattern *pattern)
{
	unsigned int op, what;
	struct item *item;

	for (op = 1; op <= OPS; op++) {
		item = &r->items[sim_prng_below(&r->prng, POOL)];
		what = sim_prng_below(&r->prng, 16);
		if (what < 8)
			queue(r, item, pattern->delay(&r->prng));
		else if (what == 8)
			cancel(r, item);
		else if (!fire_one(r))
			return op;
		if (r->ref->used > REFERENCE_MAX - 2)
			return op;
	}
	while (sim_events_pending(r->sim))
		if (!fire_one(r))
			return op;
	return 0;
}

static const struct pattern patterns[] = {
	{ "uniform", delay_uniform, 1, 4 },
	{ "bimodal", delay_bimodal, 3, 16 },
	{ "ties", delay_ties, 4, 50 },
	{ "wide", delay_wide, 2, 2 },
};

static void fires_in_the_order_of_the_reference(void **state)
{
	struct run r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		run_init(&r, &patterns[i]);
		assert_int_equal(first_difference(&r, &patterns[i]), 0);
		run_fini(&r);
	}
}

/* The comparison above can fail: a reference with a bug is noticed. */
static void a_wrong_order_is_noticed(void **state)
{
	struct run r;

	run_init(&r, &patterns[2]);
	r.ref->ignore_priority = true;
	assert_int_not_equal(first_difference(&r, &patterns[2]), 0);
	run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_in_the_order_of_the_reference),
		cmocka_unit_test(a_wrong_order_is_noticed),
	};

	return cmocka_run_group_tests_name("event order", tests, NULL, NULL);
}
