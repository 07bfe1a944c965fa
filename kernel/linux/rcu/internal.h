/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - RCU: what its files share
 *
 * Grace periods are numbered. Who wants one asks for the number of the next
 * that begins: only that one begins after his request.
 *
 *    number            17                18
 *    grace period      |---------------| |-----------|
 *    request               ^ wants 18
 */
#ifndef VTB_RCU_INTERNAL_H
#define VTB_RCU_INTERNAL_H

#include <linux/types.h>
#include <vtb/runtime.h>

/* -- grace.c -- */

/* Number of the grace period that a request made now has to wait for. */
unsigned long vtb_gp_next(void);
/* For the data-race detector: around what a grace period orders. */
void vtb_gp_ordered(void);
void vtb_gp_passed(void);
/* Sees to it that this grace period happens. */
void vtb_gp_request(unsigned long gp);
bool vtb_gp_done(unsigned long gp);
/* Is this vCPU an RCU reader? */
bool vtb_cpu_reads(int cpu);
/* Looks at everything again. @core: in an interrupt that is RCU's own. */
void vtb_gp_advance(bool core);
/* Number of the last one that has ended. */
unsigned long vtb_gp_completed(void);

/*
 * struct vtb_rcu_waiter - a task that waits for something of RCU
 * @done:	is it over? Asked again whenever vtb_rcu_wake() was called
 * @number:	for @done
 */
struct vtb_rcu_waiter {
	struct vtb_rcu_waiter *next;
	bool (*done)(unsigned long number);
	unsigned long number;
	struct vtb_thread *thread;
	unsigned long caller;
	bool blocked;
};

/* Waits; @name, called at @caller, is blamed where that is not allowed. */
void vtb_rcu_wait(const char *name, unsigned long caller,
		  bool (*done)(unsigned long number), unsigned long number);
/* Something has ended: wakes those whose wait is over. Switches no fiber. */
void vtb_rcu_wake(void);

/* -- callback.c -- */

/*
 * Callbacks that have no grace period yet get the next one, where their vCPU is
 * no reader (vtb_cpu_reads()). Returns the highest number handed out, or 0.
 */
unsigned long vtb_callbacks_join(void);
/* Do callbacks without a grace period remain? */
bool vtb_callbacks_unjoined(void);
/* A grace period has ended: raises softirqs where callbacks may run now. */
void vtb_callbacks_ready(void);
/* The softirq: runs those of this vCPU. */
void vtb_callbacks_run(void);
/* Where the oldest callback that still waits was queued, or NULL. */
const void *vtb_callbacks_oldest(void);

#endif
