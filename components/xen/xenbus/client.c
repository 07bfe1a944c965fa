// SPDX-License-Identifier: GPL-2.0-only
/*
 * client.c - what drivers of either end of a xenbus device share
 *
 * States, errors for whoever reads the store, rings of a few pages: granted by the
 * one end, mapped by the other.
 *
 * A ring that is taken down may still be mapped by the peer: its pages go with
 * their references, whenever that is. One that is mapped of a peer is known by its
 * address, and goes from the list before it is unmapped.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#define MAX_ERROR	256	/* bytes */

void xenbus_ring_ops_init(void);

const char *xenbus_strstate(enum xenbus_state state)
{
	static const char *const names[] = {
		[XenbusStateUnknown] = "Unknown",
		[XenbusStateInitialising] = "Initialising",
		[XenbusStateInitWait] = "InitWait",
		[XenbusStateInitialised] = "Initialised",
		[XenbusStateConnected] = "Connected",
		[XenbusStateClosing] = "Closing",
		[XenbusStateClosed] = "Closed",
		[XenbusStateReconfiguring] = "Reconfiguring",
		[XenbusStateReconfigured] = "Reconfigured",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "INVALID";
}
EXPORT_SYMBOL_GPL(xenbus_strstate);

/* -- errors -- */

static void report(struct xenbus_device *dev, int err, const char *fmt,
		   va_list args)
{
	char *path = kasprintf(GFP_KERNEL, "error/%s", dev->nodename);
	char *text = kmalloc(MAX_ERROR, GFP_KERNEL);
	int n;

	if (text) {
		n = scnprintf(text, MAX_ERROR, "%i ", -err);
		vscnprintf(text + n, MAX_ERROR - n, fmt, args);
		dev_err(&dev->dev, "%s\n", text);
		if (path)
			xenbus_write(XBT_NIL, path, "error", text);
	}
	kfree(text);
	kfree(path);
}

void xenbus_dev_error(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(dev, err, fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_GPL(xenbus_dev_error);

void xenbus_dev_fatal(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	xenbus_dev_error(dev, err, "%pV", &text);
	va_end(args);
	xenbus_switch_state(dev, XenbusStateClosing);
}
EXPORT_SYMBOL_GPL(xenbus_dev_fatal);

/* -- states -- */

/*
 * A node that is gone stays so: whoever took it away wants no more of the device.
 * 1: it is gone.
 */
static int write_state(struct xenbus_device *dev, enum xenbus_state state)
{
	struct xenbus_transaction t;
	int rc, end, now;

	rc = xenbus_transaction_start(&t);
	if (rc)
		return rc;
	if (xenbus_scanf(t, dev->nodename, "state", "%d", &now) != 1) {
		xenbus_transaction_end(t, 1);
		return 1;
	}
	rc = xenbus_printf(t, dev->nodename, "state", "%d", state);
	end = xenbus_transaction_end(t, rc != 0);
	return rc ?: end;
}

int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state)
{
	int rc;

	if (state == dev->state)
		return 0;
	do {
		rc = write_state(dev, state);
	} while (rc == -EAGAIN);
	if (rc >= 0)
		dev->state = state;
	else
		dev_err(&dev->dev, "cannot become %s: %d\n",
			xenbus_strstate(state), rc);
	return rc < 0 ? rc : 0;
}
EXPORT_SYMBOL_GPL(xenbus_switch_state);

int xenbus_frontend_closed(struct xenbus_device *dev)
{
	xenbus_switch_state(dev, XenbusStateClosed);
	complete(&dev->down);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_frontend_closed);

enum xenbus_state xenbus_read_driver_state(const char *path)
{
	unsigned int state;

	if (xenbus_scanf(XBT_NIL, path, "state", "%u", &state) != 1)
		return XenbusStateUnknown;
	return state;
}
EXPORT_SYMBOL_GPL(xenbus_read_driver_state);

/* -- watches -- */

int xenbus_watch_path(struct xenbus_device *dev, const char *path,
		      struct xenbus_watch *watch,
		      bool (*will_handle)(struct xenbus_watch *, const char *,
					  const char *),
		      void (*callback)(struct xenbus_watch *, const char *,
				       const char *))
{
	int rc;

	watch->node = path;
	watch->will_handle = will_handle;
	watch->callback = callback;
	rc = register_xenbus_watch(watch);
	if (rc) {
		watch->node = NULL;
		xenbus_dev_fatal(dev, rc, "watching %s", path);
	}
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_watch_path);

int xenbus_watch_pathfmt(struct xenbus_device *dev, struct xenbus_watch *watch,
			 bool (*will_handle)(struct xenbus_watch *,
					     const char *, const char *),
			 void (*callback)(struct xenbus_watch *, const char *,
					  const char *),
			 const char *pathfmt, ...)
{
	va_list args;
	char *path;
	int rc;

	va_start(args, pathfmt);
	path = kvasprintf(GFP_KERNEL, pathfmt, args);
	va_end(args);
	if (!path)
		return -ENOMEM;
	rc = xenbus_watch_path(dev, path, watch, will_handle, callback);
	if (rc)
		kfree(path);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_watch_pathfmt);

/* -- event channels -- */

int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF, .remote_dom = dev->otherend_id,
	};
	int rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	if (rc)
		xenbus_dev_fatal(dev, rc, "no event channel");
	else
		*port = op.port;
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_alloc_evtchn);

int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };
	int rc = HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);

	if (rc)
		xenbus_dev_error(dev, rc, "closing event channel %u", port);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_free_evtchn);

/* -- rings of ours -- */

int xenbus_setup_ring(struct xenbus_device *dev, gfp_t gfp, void **vaddr,
		      unsigned int nr_pages, grant_ref_t *grefs)
{
	grant_ref_t head;
	unsigned int i;
	int rc;

	for (i = 0; i < nr_pages; i++)
		grefs[i] = INVALID_GRANT_REF;
	*vaddr = alloc_pages_exact(nr_pages * PAGE_SIZE, gfp | __GFP_ZERO);
	if (!*vaddr)
		return -ENOMEM;
	rc = gnttab_alloc_grant_references(nr_pages, &head);
	if (rc) {
		free_pages_exact(*vaddr, nr_pages * PAGE_SIZE);
		*vaddr = NULL;
		xenbus_dev_fatal(dev, rc, "granting a ring");
		return rc;
	}
	for (i = 0; i < nr_pages; i++) {
		grefs[i] = gnttab_claim_grant_reference(&head);
		gnttab_grant_foreign_access_ref(grefs[i], dev->otherend_id,
				virt_to_gfn(*vaddr + i * PAGE_SIZE), 0);
	}
	gnttab_free_grant_references(head);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_setup_ring);

/* The pages go with their references. */
void xenbus_teardown_ring(void **vaddr, unsigned int nr_pages,
			  grant_ref_t *grefs)
{
	unsigned int i;

	for (i = 0; *vaddr && i < nr_pages; i++) {
		gnttab_end_foreign_access(grefs[i],
				virt_to_page(*vaddr + i * PAGE_SIZE));
		grefs[i] = INVALID_GRANT_REF;
	}
	*vaddr = NULL;
}
EXPORT_SYMBOL_GPL(xenbus_teardown_ring);

/* -- rings of the peer's -- */

struct mapped_ring {
	struct list_head list;
	void *vaddr;
	unsigned int nr;
	struct page *pages[XENBUS_MAX_RING_GRANTS];
	grant_handle_t handles[XENBUS_MAX_RING_GRANTS];
};

static LIST_HEAD(rings);
static DEFINE_SPINLOCK(rings_lock);

static unsigned long address_of(struct page *page)
{
	return (unsigned long)page_address(page);
}

/* A page that stays mapped is lost: nobody else may have it. */
static int unmap_pages(struct mapped_ring *ring)
{
	struct gnttab_unmap_grant_ref ops[XENBUS_MAX_RING_GRANTS];
	unsigned int i, nr = 0;
	int rc = 0;

	for (i = 0; i < ring->nr; i++)
		if (ring->handles[i] != INVALID_GRANT_HANDLE)
			gnttab_set_unmap_op(&ops[nr++],
					    address_of(ring->pages[i]),
					    GNTMAP_host_map, ring->handles[i]);
	if (nr)
		rc = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops,
					       nr);
	for (i = 0; !rc && i < nr; i++)
		if (ops[i].status != GNTST_okay)
			rc = ops[i].status;
	if (!WARN(rc, "xenbus: pages of a ring are lost\n"))
		gnttab_free_pages(ring->nr, ring->pages);
	return rc;
}

static int map_pages(struct xenbus_device *dev, struct mapped_ring *ring,
		     const grant_ref_t *grefs)
{
	struct gnttab_map_grant_ref ops[XENBUS_MAX_RING_GRANTS];
	unsigned int i;
	int rc;

	rc = gnttab_alloc_pages(ring->nr, ring->pages);
	if (rc)
		return rc;
	for (i = 0; i < ring->nr; i++)
		gnttab_set_map_op(&ops[i], address_of(ring->pages[i]),
				  GNTMAP_host_map, grefs[i], dev->otherend_id);
	gnttab_batch_map(ops, ring->nr);
	for (i = 0; i < ring->nr; i++) {
		ring->handles[i] = ops[i].status == GNTST_okay ?
				   ops[i].handle : INVALID_GRANT_HANDLE;
		if (ops[i].status != GNTST_okay)
			rc = -ENOENT;
	}
	if (rc)
		unmap_pages(ring);
	return rc;
}

int xenbus_map_ring_valloc(struct xenbus_device *dev, grant_ref_t *gnt_refs,
			   unsigned int nr_grefs, void **vaddr)
{
	struct mapped_ring *ring;
	int rc;

	*vaddr = NULL;
	if (!nr_grefs || nr_grefs > XENBUS_MAX_RING_GRANTS)
		return -EINVAL;
	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	ring->nr = nr_grefs;
	rc = map_pages(dev, ring, gnt_refs);
	if (rc)
		goto out_free;
	ring->vaddr = vmap(ring->pages, nr_grefs, VM_MAP, PAGE_KERNEL);
	if (!ring->vaddr) {
		rc = -ENOMEM;
		unmap_pages(ring);
		goto out_free;
	}
	spin_lock(&rings_lock);
	list_add(&ring->list, &rings);
	spin_unlock(&rings_lock);
	*vaddr = ring->vaddr;
	return 0;

out_free:
	kfree(ring);
	xenbus_dev_fatal(dev, rc, "mapping a ring of domain %d",
			 dev->otherend_id);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_map_ring_valloc);

static struct mapped_ring *take_ring(void *vaddr)
{
	struct mapped_ring *ring, *found = NULL;

	spin_lock(&rings_lock);
	list_for_each_entry(ring, &rings, list)
		if (ring->vaddr == vaddr)
			found = ring;
	if (found)
		list_del(&found->list);
	spin_unlock(&rings_lock);
	return found;
}

int xenbus_unmap_ring_vfree(struct xenbus_device *dev, void *vaddr)
{
	struct mapped_ring *ring = take_ring(vaddr);
	int rc;

	if (!ring) {
		xenbus_dev_error(dev, -ENOENT, "no such ring");
		return GNTST_bad_virt_addr;
	}
	vunmap(vaddr);
	rc = unmap_pages(ring);
	kfree(ring);
	return rc;
}
EXPORT_SYMBOL_GPL(xenbus_unmap_ring_vfree);

/* All guests have translated memory: there is nothing to choose. */
void __init xenbus_ring_ops_init(void)
{
}
