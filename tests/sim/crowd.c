/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd.c - see crowd.h
 *
 * An actor that is done waits for crowd_again(). Nobody waits for ever: blocks
 * have a time limit.
 */
#include <sim/decide.h>
#include <sim/event.h>
#include <sim/memory.h>
#include <sim/prng.h>
#include <sim/trace.h>

#include "crowd.h"

#define MAX_ACTORS	16
#define NR_FRAMES	32
#define FIRST_POISONED	24		/* from here on: only poisoned */
#define ALIAS_PAGES	3

struct actor {
	struct crowd *crowd;
	struct sim_fiber *fiber;
	struct sim_event event;
	struct sim_prng prng;
	unsigned int number;
	unsigned int left;		/* actions to do */
	uint64_t sum;
	uint64_t *alias;		/* of ALIAS_PAGES frames, or NULL */
	uint64_t alias_frames[ALIAS_PAGES];
};

struct crowd {
	struct sim *sim;
	struct sim_memory *memory;
	unsigned int nr_actors;
	uint64_t digest;
	struct actor actor[MAX_ACTORS];
};

/* Order matters: the digest tells two schedules apart. */
static void digest(struct crowd *crowd, uint64_t value)
{
	crowd->digest = sim_prng_stream(crowd->digest, value);
}

static void on_event(struct sim *sim, struct sim_event *event)
{
	struct actor *actor = (struct actor *)((char *)event -
					       offsetof(struct actor, event));

	digest(actor->crowd, sim_now_ns(sim) ^ actor->number);
	sim_fiber_wake(sim, actor->fiber);
}

static struct actor *other(struct actor *actor)
{
	struct crowd *crowd = actor->crowd;

	return &crowd->actor[sim_prng_below(&actor->prng, crowd->nr_actors)];
}

/* Writes a word into one of the frames that nobody protects. */
static void write_frame(struct actor *actor)
{
	struct sim_memory *memory = actor->crowd->memory;
	uint64_t frame = sim_prng_below(&actor->prng, FIRST_POISONED);
	uint64_t *data = sim_frame_data(memory, frame);

	sim_frames_touch(memory, frame, 1);
	data[sim_prng_below(&actor->prng, 512)] += actor->number + 1;
}

/* Takes a frame out of use or into use. */
static void move_frame(struct actor *actor)
{
	struct sim_memory *memory = actor->crowd->memory;
	uint64_t frame = sim_prng_below(&actor->prng, NR_FRAMES);
	enum sim_frame_class class = sim_prng_below(&actor->prng, 3);

	sim_frames_set_class(memory, frame, 1, class);
	sim_frame(memory, frame)->pins = actor->number;
}

/* Maps some frames again and writes there, or unmaps them. */
static void toggle_alias(struct actor *actor)
{
	struct sim_memory *memory = actor->crowd->memory;
	unsigned int i;

	if (actor->alias) {
		sim_alias_unmap(actor->crowd->sim, actor->alias, ALIAS_PAGES);
		actor->alias = NULL;
		return;
	}
	for (i = 0; i < ALIAS_PAGES; i++) {
		actor->alias_frames[i] = sim_prng_below(&actor->prng,
							FIRST_POISONED);
		sim_frames_touch(memory, actor->alias_frames[i], 1);
	}
	actor->alias = sim_alias_map(memory, actor->alias_frames, ALIAS_PAGES);
	for (i = 0; i < ALIAS_PAGES; i++)
		actor->alias[i * 512 + actor->number] ^= actor->prng.n;
}

static void poison_or_not(struct actor *actor)
{
	struct sim_memory *memory = actor->crowd->memory;
	uint64_t frame = sim_prng_range(&actor->prng, FIRST_POISONED,
					NR_FRAMES - 1);
	size_t first = sim_prng_below(&actor->prng, 4000);
	size_t bytes = sim_prng_below(&actor->prng, 96);
	char *data = sim_frame_data(memory, frame);

	if (sim_prng_chance(&actor->prng, 1, 2))
		sim_poison(actor->crowd->sim, data + first, bytes, 0xfd);
	else
		sim_unpoison(actor->crowd->sim, data + first, bytes);
}

static void act(struct actor *actor, unsigned int what)
{
	struct sim *sim = actor->crowd->sim;

	switch (what) {
	case 0:
		sim_fiber_sleep(sim, sim_prng_below(&actor->prng, 300));
		break;
	case 1:
		digest(actor->crowd, sim_fiber_block_until(sim, sim_now_ns(sim) +
				sim_prng_below(&actor->prng, 500)));
		break;
	case 2:
		sim_fiber_wake(sim, other(actor)->fiber);
		break;
	case 3:
		sim_yield(sim);
		break;
	case 4:
		sim_event_after(sim, &actor->event,
				sim_prng_below(&actor->prng, 200));
		break;
	case 5:
		actor->sum += sim_fail_point(sim, SIM_DECIDE_FAIL_ALLOC);
		actor->sum += sim_decide(sim, SIM_DECIDE_DELAY, 50);
		break;
	case 6:
		move_frame(actor);
		break;
	case 7:
		write_frame(actor);
		break;
	case 8:
		toggle_alias(actor);
		break;
	case 9:
		poison_or_not(actor);
		break;
	default:
		sim_preempt_point(sim);
	}
}

static void actor_main(void *arg)
{
	struct actor *actor = arg;
	struct sim *sim = actor->crowd->sim;
	unsigned int what;

	for (;;) {
		while (!actor->left)
			sim_fiber_block(sim);
		for (; actor->left; actor->left--) {
			what = sim_prng_below(&actor->prng, 16);
			act(actor, what);
			actor->sum += what;
			digest(actor->crowd, actor->number << 8 | what);
			sim_trace(sim, SIM_TRACE_MODEL, actor->number,
				  actor->crowd->digest);
		}
	}
}

struct crowd *crowd_new(struct sim *sim, const struct crowd_options *options)
{
	struct crowd *crowd = sim_alloc(sim, sizeof(*crowd), 8);
	unsigned int i;

	crowd->sim = sim;
	crowd->nr_actors = options->nr_actors;
	crowd->memory = sim_memory_new(sim, "crowd", NR_FRAMES, 1);
	sim_frames_set_class(crowd->memory, 0, NR_FRAMES / 4, SIM_FRAME_HOT);
	sim_frames_set_class(crowd->memory, NR_FRAMES / 4, NR_FRAMES / 4,
			     SIM_FRAME_COLD);
	for (i = 0; i < crowd->nr_actors; i++) {
		struct actor *actor = &crowd->actor[i];
		struct sim_fiber_options fiber = {
			.name = "actor", .fn = actor_main, .arg = actor,
			.daemon = true, .op = i + 1,
		};

		actor->crowd = crowd;
		actor->number = i;
		sim_event_init(&actor->event, on_event, 100 + i, i);
		actor->fiber = sim_fiber_new(sim, &fiber);
	}
	crowd_again(crowd, options->seed, options->nr_actions);
	return crowd;
}

void crowd_again(struct crowd *crowd, uint64_t seed, unsigned int nr_actions)
{
	unsigned int i;

	for (i = 0; i < crowd->nr_actors; i++) {
		struct actor *actor = &crowd->actor[i];

		actor->prng.stream = sim_prng_stream(seed, i);
		actor->prng.n = 0;
		actor->left = nr_actions;
		sim_fiber_wake(crowd->sim, actor->fiber);
	}
}

uint64_t crowd_digest(const struct crowd *crowd)
{
	return crowd->digest;
}
