// SPDX-License-Identifier: GPL-2.0-only
/*
 * store.c - what kernel code asks of xenstore
 *
 * One request at a time (request_lock): who asks writes the request and sleeps
 * until its answer is there. Messages are put together by one work, whose state is
 * nobody else's; it hands answers to who waits, and events to watch.c.
 *
 * Memory for a message is little and soon free again, and what is to be told (a
 * state, that a watch is no more) cannot be told later: none of it may fail.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "bus.h"

#define MAX_BODY	4096	/* XENSTORE_PAYLOAD_MAX */
#define GFP_STORE	(GFP_NOIO | __GFP_NOFAIL)

static DEFINE_MUTEX(request_lock);
static DECLARE_COMPLETION(answered);
static struct xs_message answer;
static u32 last_request;

/* -- messages that come in -- */

static struct {
	struct xs_message message;
	u32 got;			/* bytes of header and body */
} incoming;

static struct workqueue_struct *queue;

static void deliver(struct xs_message *message)
{
	if (message->header.type == XS_WATCH_EVENT) {
		xs_watch_event(message);
		return;
	}
	answer = *message;
	complete(&answered);
}

/* The header is there: room for the body. */
static void begin_body(void)
{
	u32 bytes = min_t(u32, incoming.message.header.len, MAX_BODY);

	incoming.message.body = kzalloc(bytes + 1, GFP_STORE);
}

/* False: nothing more is there. */
static bool read_some(void)
{
	struct xs_message *message = &incoming.message;
	u32 head = sizeof(message->header), want, got;

	if (incoming.got < head) {
		got = xs_ring_read((char *)&message->header + incoming.got,
				   head - incoming.got);
		incoming.got += got;
		if (incoming.got < head)
			return got;
		begin_body();
	}
	want = head + message->header.len - incoming.got;
	got = want ? xs_ring_read(message->body + incoming.got - head, want) :
		     0;
	incoming.got += got;
	if (got < want)
		return got;
	deliver(message);
	incoming.got = 0;
	return true;
}

static void read_all(struct work_struct *work)
{
	while (read_some())
		;
}
static DECLARE_WORK(reader, read_all);

void xs_arrived(void)
{
	queue_work(queue, &reader);
}

/* -- requests -- */

static int errno_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EINVAL;
}

static void write_request(const struct xsd_sockmsg *header,
			  const struct xs_part *parts, unsigned int nr)
{
	unsigned int i;

	xs_ring_write(header, sizeof(*header));
	for (i = 0; i < nr; i++)
		xs_ring_write(parts[i].data, parts[i].bytes);
}

/* What @message says, the body is the caller's then. */
static char *outcome(const struct xs_message *message,
		     enum xsd_sockmsg_type type, u32 *bytes)
{
	int rc;

	if (message->header.type == type) {
		if (bytes)
			*bytes = message->header.len;
		return message->body;
	}
	rc = message->header.type == XS_ERROR ? errno_of(message->body) : -EIO;
	kfree(message->body);
	return ERR_PTR(rc);
}

char *xs_talk(u32 transaction, enum xsd_sockmsg_type type,
	      const struct xs_part *parts, unsigned int nr, u32 *bytes)
{
	struct xsd_sockmsg header = { .type = type, .tx_id = transaction };
	struct xs_message message;
	unsigned int i;

	for (i = 0; i < nr; i++)
		header.len += parts[i].bytes;
	if (header.len > MAX_BODY)
		return ERR_PTR(-E2BIG);
	mutex_lock(&request_lock);
	header.req_id = ++last_request;
	write_request(&header, parts, nr);
	wait_for_completion(&answered);
	message = answer;
	mutex_unlock(&request_lock);
	return outcome(&message, type, bytes);
}

/* -- requests by their names -- */

static char *join(const char *dir, const char *node)
{
	return kasprintf(GFP_STORE, *node ? "%s/%s" : "%s%s", dir, node);
}

/* About one path; @value follows it, or is NULL. */
static char *talk_of(struct xenbus_transaction t, enum xsd_sockmsg_type type,
		     const char *dir, const char *node,
		     const struct xs_part *value, u32 *bytes)
{
	struct xs_part parts[2];
	char *path = join(dir, node), *body;

	parts[0] = (struct xs_part){ path, strlen(path) + 1 };
	if (value)
		parts[1] = *value;
	body = xs_talk(t.id, type, parts, value ? 2 : 1, bytes);
	kfree(path);
	return body;
}

/* Of requests that are answered with nothing to know. */
static int settle(char *body)
{
	if (IS_ERR(body))
		return PTR_ERR(body);
	kfree(body);
	return 0;
}

void *xenbus_read(struct xenbus_transaction t, const char *dir,
		  const char *node, unsigned int *len)
{
	return talk_of(t, XS_READ, dir, node, NULL, len);
}
EXPORT_SYMBOL_GPL(xenbus_read);

int xenbus_write(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *string)
{
	struct xs_part value = { string, strlen(string) };

	return settle(talk_of(t, XS_WRITE, dir, node, &value, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_write);

int xenbus_rm(struct xenbus_transaction t, const char *dir, const char *node)
{
	return settle(talk_of(t, XS_RM, dir, node, NULL, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_rm);

int xenbus_transaction_start(struct xenbus_transaction *t)
{
	struct xs_part empty = { "", 1 };
	char *body = xs_talk(0, XS_TRANSACTION_START, &empty, 1, NULL);
	int rc;

	if (IS_ERR(body))
		return PTR_ERR(body);
	rc = kstrtou32(body, 0, &t->id);
	kfree(body);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_transaction_start);

int xenbus_transaction_end(struct xenbus_transaction t, int abort)
{
	struct xs_part what = { abort ? "F" : "T", 2 };

	return settle(xs_talk(t.id, XS_TRANSACTION_END, &what, 1, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_transaction_end);

/* -- with formats -- */

int xenbus_scanf(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *fmt, ...)
{
	char *value = xenbus_read(t, dir, node, NULL);
	va_list args;
	int rc;

	if (IS_ERR(value))
		return PTR_ERR(value);
	va_start(args, fmt);
	rc = vsscanf(value, fmt, args);
	va_end(args);
	kfree(value);
	/* A node that says something else is as good as none. */
	return rc ?: -ERANGE;
}
EXPORT_SYMBOL_GPL(xenbus_scanf);

unsigned int xenbus_read_unsigned(const char *dir, const char *node,
				  unsigned int default_val)
{
	unsigned int value;

	return xenbus_scanf(XBT_NIL, dir, node, "%u", &value) == 1 ?
	       value : default_val;
}
EXPORT_SYMBOL_GPL(xenbus_read_unsigned);

int xenbus_printf(struct xenbus_transaction t, const char *dir,
		  const char *node, const char *fmt, ...)
{
	va_list args;
	char *value;
	int rc;

	va_start(args, fmt);
	value = kvasprintf(GFP_STORE, fmt, args);
	va_end(args);
	rc = xenbus_write(t, dir, node, value);
	kfree(value);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_printf);

/* One of a gather: a format of none is for the text itself. */
static int gather_one(struct xenbus_transaction t, const char *dir,
		      const char *name, const char *fmt, void *to)
{
	char *value = xenbus_read(t, dir, name, NULL);
	int rc = 0;

	if (IS_ERR(value))
		return PTR_ERR(value);
	if (!fmt) {
		*(char **)to = value;
		return 0;
	}
	if (sscanf(value, fmt, to) != 1)
		rc = -EINVAL;
	kfree(value);
	return rc;
}

int xenbus_gather(struct xenbus_transaction t, const char *dir, ...)
{
	const char *name, *fmt;
	va_list args;
	int rc = 0;

	va_start(args, dir);
	while (!rc && (name = va_arg(args, const char *))) {
		fmt = va_arg(args, const char *);
		rc = gather_one(t, dir, name, fmt, va_arg(args, void *));
	}
	va_end(args);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_gather);

/* -- booting -- */

static int __init store_init(void)
{
	if (!xen_domain())
		return 0;
	queue = alloc_ordered_workqueue("xenbus", WQ_MEM_RECLAIM);
	if (!queue)
		return -ENOMEM;
	xs_watch_init();
	return xs_ring_init(xs_arrived);
}
late_initcall(store_init);
