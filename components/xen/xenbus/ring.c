// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring.c - bytes to and from xenstore
 *
 * Two rings in a page that whoever built the domain has put outside of its memory.
 * Indices run freely; the store reads what is behind our index when it is told by
 * an event, and tells us likewise of what it has written and of room it has made.
 */
#include <linux/io.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/interface/io/xs_wire.h>
#include <xen/page.h>
#include <asm/xen/hypervisor.h>

#include "bus.h"

static void __iomem *page;
static evtchn_port_t port;
static void (*tell)(void);
static DECLARE_WAIT_QUEUE_HEAD(room);

#define INDEX(name)	(page + offsetof(struct xenstore_domain_interface, name))

static irqreturn_t store_event(int irq, void *unused)
{
	wake_up(&room);
	tell();
	return IRQ_HANDLED;
}

static u32 room_for(void)
{
	return XENSTORE_RING_SIZE -
	       (readl(INDEX(req_prod)) - readl(INDEX(req_cons)));
}

/* How much of @bytes is one access at @at of a ring: 8 bytes, or 1 at its end. */
static u32 access_bytes(u32 at, u32 bytes)
{
	return bytes < 8 || MASK_XENSTORE_IDX(at) > XENSTORE_RING_SIZE - 8 ?
	       1 : 8;
}

static void write_some(const char *from, u32 bytes)
{
	u32 at = readl(INDEX(req_prod)), end = at + bytes, n;
	u64 word;

	for (; at != end; at += n, from += n) {
		void __iomem *to = INDEX(req) + MASK_XENSTORE_IDX(at);

		n = access_bytes(at, end - at);
		memcpy(&word, from, n);
		if (n == 8)
			writeq(word, to);
		else
			writeb(word, to);
	}
	writel(end, INDEX(req_prod));
	notify_remote_via_evtchn(port);
}

void xs_ring_write(const void *from, size_t bytes)
{
	const char *data = from;
	u32 some;

	while (bytes) {
		wait_event(room, room_for());
		some = min_t(size_t, bytes, room_for());
		write_some(data, some);
		data += some;
		bytes -= some;
	}
}

size_t xs_ring_read(void *to, size_t bytes)
{
	u32 at = readl(INDEX(rsp_cons)), end, n;
	u32 there = readl(INDEX(rsp_prod)) - at;
	char *data = to;
	u64 word;

	there = min_t(size_t, there, bytes);
	if (!there)
		return 0;
	for (end = at + there; at != end; at += n, data += n) {
		void __iomem *from = INDEX(rsp) + MASK_XENSTORE_IDX(at);

		n = access_bytes(at, end - at);
		word = n == 8 ? readq(from) : readb(from);
		memcpy(data, &word, n);
	}
	writel(end, INDEX(rsp_cons));
	/* The store may have waited for the room. */
	notify_remote_via_evtchn(port);
	return there;
}

int xs_ring_init(void (*arrived)(void))
{
	u64 gfn, value;
	int rc;

	rc = hvm_get_parameter(HVM_PARAM_STORE_PFN, &gfn);
	if (!rc)
		rc = hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &value);
	if (rc)
		return rc;
	page = ioremap(gfn << XEN_PAGE_SHIFT, XEN_PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	port = value;
	tell = arrived;
	rc = bind_evtchn_to_irqhandler(port, store_event, 0, "xenbus", &port);
	return rc < 0 ? rc : 0;
}
