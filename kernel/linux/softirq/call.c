// SPDX-License-Identifier: GPL-2.0-only
/*
 * call.c - deferred functions must leave the context as they found it
 *
 * Timers, tasklets, work items and RCU callbacks share a context with whatever
 * comes next on their vCPU. A count that one of them leaves behind would be
 * blamed on its successor, so it is looked at after each of them.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <vtb/softirq.h>
#include <vtb/task.h>

static unsigned int locks_held(void)
{
	const struct vtb_held_locks *locks = vtb_this->locks;

	return locks ? locks->nr : 0;
}

void vtb_call_begin(struct vtb_call *call)
{
	call->preempt_count = preempt_count();
	call->irqs_disabled = vtb_this->irqs_disabled;
	call->locks = locks_held();
	call->saved_op = vtb_op();
	vtb_set_op(call->op);
}

static void report(const struct vtb_call *call, const char *what)
{
	char why[160];

	scnprintf(why, sizeof(why),
		  "preempt_count is %#x and was %#x, interrupts are %s and were %s",
		  preempt_count(), call->preempt_count,
		  vtb_this->irqs_disabled ? "off" : "on",
		  call->irqs_disabled ? "off" : "on");
	vtb_finding("context-leak", call->kind, call->fn, call->queued_at,
		    what, why);
}

void vtb_call_end(const struct vtb_call *call)
{
	if (locks_held() != call->locks)
		report(call, "a deferred function returned holding a lock");
	else if (preempt_count() != call->preempt_count)
		report(call, "a deferred function returned with preemption, "
			     "bottom halves or an RCU reader unbalanced");
	else if (vtb_this->irqs_disabled != call->irqs_disabled)
		report(call, "a deferred function changed the interrupt flag");
	vtb_set_op(call->saved_op);
}
