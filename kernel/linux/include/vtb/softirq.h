/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * softirq.h - deferred functions of the code under test, shared by softirq/,
 * time/, rcu/ and workqueue/
 */
#ifndef VTB_SOFTIRQ_H
#define VTB_SOFTIRQ_H

#include <linux/interrupt.h>
#include <linux/types.h>
#include <vtb/runtime.h>

/* Sets what the runtime's own softirq @nr does; any number of times. */
void vtb_softirq_open(unsigned int nr, void (*action)(void));

/*
 * Raises softirq @nr on another vCPU, or on this one where it will not be
 * looked for by itself. Callable from anywhere, switches no fiber.
 */
void vtb_softirq_raise_on(int cpu, unsigned int nr);

/*
 * A call of a function that somebody asked for earlier. It is charged to the op
 * he worked for, and must leave the context as it found it: preemption count
 * (and with it RCU readers and bottom halves), interrupts, locks.
 *
 * @kind:	what is called: "timer", "work item"
 * @queued_at:	who asked for it, or NULL
 * @op:		vtb_op() when he did
 *
 * The rest is vtb_call_begin()'s.
 */
struct vtb_call {
	const char *kind;
	const void *fn;
	const void *queued_at;
	unsigned int op;
	unsigned int saved_op;
	int preempt_count;
	int irqs_disabled;
	unsigned int locks;
};

void vtb_call_begin(struct vtb_call *call);
/* Finding "context-leak" if the context has changed. */
void vtb_call_end(const struct vtb_call *call);

#endif
