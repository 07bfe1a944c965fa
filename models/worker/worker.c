/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.c - jobs of a model, one after the other on a fiber of their own
 *
 * FAULT MODEL
 *
 * A worker may be held up between any two accesses to shared memory, for as
 * long as others have something to do; it loses no job and does none before
 * its time. Virtual time stands still while it has work.
 */
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <models/worker.h>

struct model_worker {
	struct sim *sim;
	struct sim_fiber *fiber;
	struct model_job *first;
	struct model_job **end;
};

static struct model_job *take_first(struct model_worker *worker)
{
	struct model_job *job = worker->first;

	if (!job)
		return NULL;
	worker->first = job->next;
	if (!worker->first)
		worker->end = &worker->first;
	job->waits = false;
	return job;
}

static void worker_main(void *arg)
{
	struct model_worker *worker = arg;
	struct model_job *job;

	for (;;) {
		job = take_first(worker);
		if (!job) {
			sim_fiber_block(worker->sim);
			continue;
		}
		sim_set_op(worker->sim, job->op);
		job->fn(worker->sim, job);
	}
}

struct model_worker *model_worker_new(struct sim *sim, const char *name)
{
	struct model_worker *worker = sim_alloc(sim, sizeof(*worker), 8);
	const struct sim_fiber_options options = {
		.name = name, .fn = worker_main, .arg = worker, .daemon = true,
	};

	worker->sim = sim;
	worker->end = &worker->first;
	worker->fiber = sim_fiber_new(sim, &options);
	sim_assert(worker->fiber);
	return worker;
}

void model_job_now(struct sim *sim, struct model_job *job)
{
	struct model_worker *worker = job->worker;

	if (job->waits)
		return;
	job->op = sim_op(sim);
	job->next = NULL;
	job->waits = true;
	*worker->end = job;
	worker->end = &job->next;
	sim_fiber_wake(sim, worker->fiber);
}

static void job_event(struct sim *sim, struct sim_event *event)
{
	struct model_job *job = (struct model_job *)event;

	if (job->worker)
		model_job_now(sim, job);
	else
		job->fn(sim, job);
}

void model_job_init(struct model_job *job, struct model_worker *worker,
		    model_job_fn fn, uint16_t source, uint8_t priority)
{
	_Static_assert(!offsetof(struct model_job, event), "events are cast");
	*job = (struct model_job){ .worker = worker, .fn = fn };
	sim_event_init(&job->event, job_event, source, priority);
}

void model_job_at(struct sim *sim, struct model_job *job, uint64_t time_ns)
{
	sim_event_at(sim, &job->event, time_ns);
}

void model_job_after(struct sim *sim, struct model_job *job,
		     uint64_t delay_ns)
{
	sim_event_after(sim, &job->event, delay_ns);
}

static void unlink_job(struct model_worker *worker, struct model_job *job)
{
	struct model_job **at = &worker->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (!*at)
		worker->end = at;
	job->waits = false;
}

void model_job_cancel(struct sim *sim, struct model_job *job)
{
	sim_event_cancel(sim, &job->event);
	if (job->waits)
		unlink_job(job->worker, job);
}
