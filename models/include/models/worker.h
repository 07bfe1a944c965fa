/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.h - an actor that does what the events of a model ask for
 *
 * What a model does in an event it does at one moment, and nobody comes in
 * between. A real host is a thread on another CPU:
 *
 *	event fires --> job waits --> worker: job 1, job 2, ...
 *	                               `-- sim_access(): the guest may run here
 *
 * Jobs of a worker never overlap, so a model may go on as if it were alone with
 * what is its own, and has to be careful with what it shares only. Whoever
 * changes the model from outside does so by a job, too. A job belongs to the op
 * that queued its event. Without a worker (NULL) a job is done in its event.
 */
#ifndef MODELS_WORKER_H
#define MODELS_WORKER_H

#include <sim/event.h>

struct model_worker;
struct model_job;
typedef void (*model_job_fn)(struct sim *sim, struct model_job *job);

/* Lives as long as its world. */
struct model_worker *model_worker_new(struct sim *sim, const char *name);

/* Embed it in the object it belongs to, as an event. */
struct model_job {
	struct sim_event event;		/* private from here ... */
	struct model_worker *worker;
	model_job_fn fn;
	struct model_job *next;
	uint32_t op;
	bool waits;			/* ... to here */
};

/* @source, @priority: sim_event_init(). */
void model_job_init(struct model_job *job, struct model_worker *worker,
		    model_job_fn fn, uint16_t source, uint8_t priority);

/* At @time_ns, once more if it is being done; once if it waits already. */
void model_job_at(struct sim *sim, struct model_job *job, uint64_t time_ns);
void model_job_after(struct sim *sim, struct model_job *job, uint64_t delay_ns);

/* As soon as the worker gets to it; there has to be one. */
void model_job_now(struct sim *sim, struct model_job *job);

/* It is not done, unless it has begun. */
void model_job_cancel(struct sim *sim, struct model_job *job);

#endif
