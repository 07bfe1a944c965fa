/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run_queue.h - the fibers that want to run, the oldest first
 *
 * nr_runnable counts two things at once: the fibers in the queue, in its low
 * half, and those of them that ops->may_run has a say about, in its high half.
 * So one comparison tells the usual case: one fiber, nobody to ask.
 */
#ifndef SIM_RUN_QUEUE_H
#define SIM_RUN_QUEUE_H

#include "internal.h"

#define SIM_WEIGHT_PLAIN	1ull
#define SIM_WEIGHT_GATED	(1ull << 32 | 1)

/* Makes @fiber runnable, behind all others. */
static inline void sim__queue_append(struct sim *sim, struct sim_fiber *fiber)
{
	struct sim_fiber_list *queue = &sim->run_queue;

	fiber->state = SIM_FIBER_RUNNABLE;
	fiber->next = NULL;
	if (queue->first)
		queue->last->next = fiber;
	else
		queue->first = fiber;
	queue->last = fiber;
	sim->nr_runnable += fiber->weight;
}

/* Takes out the fiber behind @prev, or the first if that is NULL. */
static inline struct sim_fiber *sim__queue_take(struct sim *sim,
						struct sim_fiber *prev)
{
	struct sim_fiber_list *queue = &sim->run_queue;
	struct sim_fiber *fiber = prev ? prev->next : queue->first;

	if (prev)
		prev->next = fiber->next;
	else
		queue->first = fiber->next;
	if (!fiber->next)
		queue->last = prev;
	sim->nr_runnable -= fiber->weight;
	return fiber;
}

/* The same when there is only one. */
static inline struct sim_fiber *sim__queue_take_only(struct sim *sim)
{
	struct sim_fiber *fiber = sim->run_queue.first;

	sim->run_queue.first = NULL;
	sim->nr_runnable = 0;
	return fiber;
}

static inline bool sim__may_run(const struct sim_fiber *fiber)
{
	return !fiber->gated || fiber->ops->may_run(fiber);
}

/* How many of the fibers in the queue may run now; in front of @end only. */
uint32_t sim__nr_eligible_before(const struct sim *sim,
				 const struct sim_fiber *end);

static inline uint32_t sim__nr_eligible(const struct sim *sim)
{
	return sim__nr_eligible_before(sim, NULL);
}

#endif
