// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - watches: who is told when something in xenstore changes
 *
 * The token of a watch is its address. An event is queued if its watch is
 * registered (watches_lock), and delivered by one work, which calls one callback at
 * a time (call_lock):
 *
 *	store --event--> is it registered? --> events --> call_lock: callback
 *
 * Unregistering takes the watch off the list, so nothing is queued any more; drops
 * what is queued; and waits for a callback that runs, unless it is called from one.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "bus.h"

/* The path and, behind its NUL, the token. */
struct watch_event {
	struct list_head list;
	struct xenbus_watch *watch;
	char *body;
};

static LIST_HEAD(watches);
static LIST_HEAD(events);
static DEFINE_SPINLOCK(watches_lock);
static DEFINE_MUTEX(call_lock);
static struct task_struct *caller;	/* who is in a callback */
static struct workqueue_struct *queue;

static void free_event(struct watch_event *event)
{
	kfree(event->body);
	kfree(event);
}

/* -- events -- */

static struct watch_event *next_event(void)
{
	struct watch_event *event;

	spin_lock(&watches_lock);
	event = list_first_entry_or_null(&events, struct watch_event, list);
	if (event)
		list_del(&event->list);
	spin_unlock(&watches_lock);
	return event;
}

static void call(struct watch_event *event)
{
	const char *token = event->body + strlen(event->body) + 1;

	event->watch->callback(event->watch, event->body, token);
}

static void call_all(struct work_struct *work)
{
	struct watch_event *event;

	for (;;) {
		/* Before it leaves the list: unregistering waits for us. */
		mutex_lock(&call_lock);
		event = next_event();
		if (event) {
			WRITE_ONCE(caller, current);
			call(event);
			WRITE_ONCE(caller, NULL);
			free_event(event);
		}
		mutex_unlock(&call_lock);
		if (!event)
			return;
	}
}
static DECLARE_WORK(callbacks, call_all);

static struct xenbus_watch *find_watch(const char *token)
{
	struct xenbus_watch *watch;
	unsigned long address;

	if (kstrtoul(token, 16, &address))
		return NULL;
	list_for_each_entry(watch, &watches, list)
		if ((unsigned long)watch == address)
			return watch;
	return NULL;
}

static bool is_wanted(struct xenbus_watch *watch, const char *path,
		      const char *token)
{
	return watch && (!watch->will_handle ||
			 watch->will_handle(watch, path, token));
}

void xs_watch_event(struct xs_message *message)
{
	struct watch_event *event = kzalloc(sizeof(*event),
					    GFP_KERNEL | __GFP_NOFAIL);
	const char *path = message->body;
	size_t bytes = strlen(path) + 1;
	const char *token = bytes < message->header.len ? path + bytes : "";

	event->body = message->body;
	spin_lock(&watches_lock);
	event->watch = find_watch(token);
	if (is_wanted(event->watch, path, token)) {
		event->watch->nr_pending++;
		list_add_tail(&event->list, &events);
		event = NULL;
	}
	spin_unlock(&watches_lock);
	if (event)
		free_event(event);
	else
		queue_work(queue, &callbacks);
}

/* -- registering -- */

static int tell_store(struct xenbus_watch *watch, enum xsd_sockmsg_type type)
{
	char token[sizeof(watch) * 2 + 1];
	struct xs_part parts[2] = {
		{ watch->node, strlen(watch->node) + 1 },
		{ token, sizeof(token) },
	};
	char *body;

	parts[1].bytes = snprintf(token, sizeof(token), "%lX",
				  (unsigned long)watch) + 1;
	body = xs_talk(0, type, parts, 2, NULL);
	if (IS_ERR(body))
		return PTR_ERR(body);
	kfree(body);
	return 0;
}

int register_xenbus_watch(struct xenbus_watch *watch)
{
	int rc;

	watch->nr_pending = 0;
	/* First: the store tells at once how it is. */
	spin_lock(&watches_lock);
	list_add(&watch->list, &watches);
	spin_unlock(&watches_lock);
	rc = tell_store(watch, XS_WATCH);
	if (rc && rc != -EEXIST) {
		spin_lock(&watches_lock);
		list_del(&watch->list);
		spin_unlock(&watches_lock);
		return rc;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(register_xenbus_watch);

static void drop_events(struct xenbus_watch *watch)
{
	struct watch_event *event, *next;
	LIST_HEAD(dropped);

	spin_lock(&watches_lock);
	list_for_each_entry_safe(event, next, &events, list)
		if (event->watch == watch)
			list_move(&event->list, &dropped);
	spin_unlock(&watches_lock);
	list_for_each_entry_safe(event, next, &dropped, list)
		free_event(event);
}

void unregister_xenbus_watch(struct xenbus_watch *watch)
{
	int rc;

	spin_lock(&watches_lock);
	list_del(&watch->list);
	spin_unlock(&watches_lock);
	rc = tell_store(watch, XS_UNWATCH);
	if (rc)
		pr_warn("xenbus: watch of %s: %d\n", watch->node, rc);
	/* One may have left the list, and its callback may be running. */
	if (READ_ONCE(caller) == current) {
		drop_events(watch);
		return;
	}
	mutex_lock(&call_lock);
	drop_events(watch);
	mutex_unlock(&call_lock);
}
EXPORT_SYMBOL_GPL(unregister_xenbus_watch);

void __init xs_watch_init(void)
{
	queue = alloc_ordered_workqueue("xenwatch", 0);
	WARN_ON(!queue);
}
