// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq.c - interrupt lines and their handlers
 *
 * The number a driver asks for is the line the device model raises. Handlers
 * of a line run in the order they were requested; a thread function gets a
 * kthread of its own. While a line is disabled, interrupts on it are remembered
 * and raised again when it is enabled.
 *
 * Which vCPU serves a line is the choice of whoever raises it.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>

#define NR_LINES	VTB_IRQ_SOFTIRQ

struct irq_user {
	struct irq_user *next;
	irq_handler_t handler;
	irq_handler_t thread_fn;
	void *dev;
	const char *name;
	unsigned long flags;
	struct task_struct *thread;
	unsigned int irq;
	bool wanted;			/* the thread has something to do */
	bool running;			/* the thread function runs */
};

struct irq_line {
	struct irq_user *actions;
	unsigned int disabled;
	bool pending;
	bool running;			/* handlers run now */
};

static struct irq_line *lines;		/* NR_LINES */

void vtb_irq_init(void)
{
	lines = vtb_instance_alloc(NR_LINES * sizeof(*lines), 8);
}

/* What thread functions release: handlers do not come after them. */
static const void *thread_end(const struct irq_line *line)
{
	return (const char *)line + 4;
}

static void wake_thread(struct irq_user *action)
{
	vtb_assert(action->thread);
	/* Also if it is on its way already: it will see what is there by now. */
	vtb_sync_release(action);
	if (action->wanted)
		return;
	if (action->flags & IRQF_ONESHOT)
		lines[action->irq].disabled++;
	action->wanted = true;
	wake_up_process(action->thread);
}

static void run_handlers(struct irq_line *line)
{
	struct irq_user *action;
	irqreturn_t seen = IRQ_NONE;

	line->running = true;
	vtb_sync_acquire(line);
	for (action = line->actions; action; action = action->next) {
		irqreturn_t result = action->handler(action->irq, action->dev);

		if (result & IRQ_WAKE_THREAD)
			wake_thread(action);
		seen |= result;
	}
	vtb_sync_release(line);
	line->running = false;
	if (!seen)
		pr_debug("irq: nobody cared\n");
}

void vtb_kernel_irq(unsigned int irq)
{
	vtb_irq_enter();
	if (irq == VTB_IRQ_SOFTIRQ)
		;	/* the exit looks for softirqs */
	else if (lines[irq].disabled)
		lines[irq].pending = true;
	else
		run_handlers(&lines[irq]);
	vtb_irq_exit();
}

/* -- threads of handlers ------------------------------------------------------ */

static int irq_thread(void *data)
{
	struct irq_user *action = data;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!action->wanted) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		action->running = true;
		action->wanted = false;
		vtb_sync_acquire(action);
		action->thread_fn(action->irq, action->dev);
		vtb_sync_release(thread_end(&lines[action->irq]));
		action->running = false;
		if (action->flags & IRQF_ONESHOT)
			enable_irq(action->irq);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static irqreturn_t only_thread(int irq, void *dev)
{
	return IRQ_WAKE_THREAD;
}

static int start_irq_thread(struct irq_user *action)
{
	if (!action->thread_fn)
		return 0;
	action->thread = kthread_run(irq_thread, action, "irq/%u-%s",
				     action->irq, action->name);
	return PTR_ERR_OR_ZERO(action->thread);
}

/* -- requesting and freeing ---------------------------------------------------- */

static bool may_share(const struct irq_line *line, unsigned long flags)
{
	return !line->actions ||
	       (line->actions->flags & flags & IRQF_SHARED);
}

int request_threaded_irq(unsigned int irq, irq_handler_t handler,
			 irq_handler_t thread_fn, unsigned long flags,
			 const char *name, void *dev)
{
	struct irq_user *action, **link;
	int rc;

	if (irq >= NR_LINES || (!handler && !thread_fn) ||
	    ((flags & IRQF_SHARED) && !dev))
		return -EINVAL;
	if (!may_share(&lines[irq], flags))
		return -EBUSY;
	action = kzalloc(sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	action->handler = handler ?: only_thread;
	action->thread_fn = thread_fn;
	action->dev = dev;
	action->name = name;
	action->flags = flags;
	action->irq = irq;
	rc = start_irq_thread(action);
	if (rc) {
		kfree(action);
		return rc;
	}
	if (flags & IRQF_NO_AUTOEN)
		lines[irq].disabled++;
	for (link = &lines[irq].actions; *link; link = &(*link)->next)
		;
	vtb_sync_release(&lines[irq]);
	*link = action;
	return 0;
}
EXPORT_SYMBOL(request_threaded_irq);

int request_any_context_irq(unsigned int irq, irq_handler_t handler,
			    unsigned long flags, const char *name, void *dev)
{
	int rc = request_threaded_irq(irq, handler, NULL, flags, name, dev);

	return rc ? rc : IRQC_IS_HARDIRQ;
}
EXPORT_SYMBOL_GPL(request_any_context_irq);

static struct irq_user *unlink_action(unsigned int irq, void *dev)
{
	struct irq_user **link = &lines[irq].actions;
	struct irq_user *action;

	while (*link && (*link)->dev != dev)
		link = &(*link)->next;
	action = *link;
	if (action)
		*link = action->next;
	return action;
}

const void *free_irq(unsigned int irq, void *dev)
{
	struct irq_user *action;
	const char *name;

	vtb_might_sleep("free_irq", _RET_IP_);
	if (irq >= NR_LINES)
		return NULL;
	action = unlink_action(irq, dev);
	if (WARN(!action, "Trying to free already-free IRQ %d\n", irq))
		return NULL;
	synchronize_irq(irq);
	if (action->thread)
		kthread_stop(action->thread);
	name = action->name;
	kfree(action);
	return name;
}
EXPORT_SYMBOL(free_irq);

/* -- disabling ------------------------------------------------------------------ */

static bool is_running(unsigned int irq)
{
	const struct irq_user *action;

	if (lines[irq].running)
		return true;
	for (action = lines[irq].actions; action; action = action->next)
		if (action->running || action->wanted)
			return true;
	return false;
}

void synchronize_irq(unsigned int irq)
{
	vtb_might_sleep("synchronize_irq", _RET_IP_);
	while (irq < NR_LINES && is_running(irq)) {
		vtb_thread_resched();
		vtb_cpu_relax();
	}
	if (irq < NR_LINES) {
		vtb_sync_acquire(&lines[irq]);
		vtb_sync_acquire(thread_end(&lines[irq]));
	}
}
EXPORT_SYMBOL(synchronize_irq);

bool synchronize_hardirq(unsigned int irq)
{
	while (irq < NR_LINES && lines[irq].running)
		vtb_cpu_relax();
	if (irq < NR_LINES)
		vtb_sync_acquire(&lines[irq]);
	return !is_running(irq);
}
EXPORT_SYMBOL(synchronize_hardirq);

void disable_irq_nosync(unsigned int irq)
{
	if (irq < NR_LINES)
		lines[irq].disabled++;
}
EXPORT_SYMBOL(disable_irq_nosync);

void disable_irq(unsigned int irq)
{
	disable_irq_nosync(irq);
	synchronize_irq(irq);
}
EXPORT_SYMBOL(disable_irq);

void enable_irq(unsigned int irq)
{
	struct irq_line *line;

	if (irq >= NR_LINES)
		return;
	line = &lines[irq];
	vtb_sync_release(line);
	if (WARN(!line->disabled, "Unbalanced enable for IRQ %d\n", irq))
		return;
	if (--line->disabled || !line->pending)
		return;
	line->pending = false;
	vtb_irq_raise(raw_smp_processor_id(), irq);
}
EXPORT_SYMBOL(enable_irq);

VTB_DEFINE_IRQ_DOMAIN_CHECK_MSI_REMAP
