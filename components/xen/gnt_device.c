// SPDX-License-Identifier: GPL-2.0-only
/*
 * gnt_device.c - /dev/xen-gnt: a process grants, maps and copies
 *
 * What a frontend and a backend do with grants, without a protocol around it.
 *
 *	free --grant--> live --take--> taken --+--> free
 *	                  ^------- put --------+
 *
 * Whoever takes a slot has it alone; the lock of the file is held for that moment
 * only, so two threads are inside the grant table at the same time. A batch that
 * is unmapped asynchronously frees its slot when that is done, and the file is
 * closed when the last one is.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#include "xen_gnt_ioctl.h"

enum slot_state { SLOT_FREE, SLOT_LIVE, SLOT_TAKEN };

/* First in each kind. The number of a slot is never given out twice. */
struct gnt_slot {
	enum slot_state state;
	u32 nr;
};

struct gnt_grant {
	struct gnt_slot slot;
	grant_ref_t ref;
	u32 list;
	struct page *page;
};

struct gnt_list {
	struct gnt_slot slot;
	grant_ref_t head;
	u32 nr_in_a_row;		/* 0: a list */
};

struct gnt_map {
	struct gnt_slot slot;
	struct gnt_file *file;
	unsigned int nr;		/* pages; handles only of those mapped */
	unsigned int nr_mapped;
	bool readonly;
	struct page *pages[XEN_GNT_BATCH];
	struct page *mapped[XEN_GNT_BATCH];
	grant_handle_t handles[XEN_GNT_BATCH];
	struct gnttab_unmap_grant_ref unmap_ops[XEN_GNT_BATCH];
	struct gntab_unmap_queue_data unmap_data;
};

struct gnt_hold {
	struct delayed_work work;
	struct page *page;
	struct gnt_file *file;
};

/* For references that are free. */
struct gnt_waiter {
	struct gnttab_free_callback callback;
	atomic_t told;
};

struct gnt_file {
	spinlock_t lock;
	struct gnt_grant grants[XEN_GNT_GRANTS];
	struct gnt_list lists[XEN_GNT_LISTS];
	struct gnt_map maps[XEN_GNT_MAPS];
	struct gnt_waiter waiters[XEN_GNT_WAITERS];
	atomic_t busy;			/* holds and batches on their way */
	struct completion idle;
};

/* -- slots ---------------------------------------------------------------- */

static struct gnt_slot *slot_at(void *slots, size_t bytes, u32 nr)
{
	return slots + nr % XEN_GNT_SLOT_STEP * bytes;
}

/* One that is free, or NULL. */
static void *new_slot(struct gnt_file *file, void *slots, size_t bytes,
		      unsigned int nr)
{
	struct gnt_slot *slot = NULL;
	unsigned int i;

	spin_lock_irq(&file->lock);
	for (i = 0; i < nr && !slot; i++) {
		slot = slot_at(slots, bytes, i);
		if (slot->state != SLOT_FREE) {
			slot = NULL;
			continue;
		}
		slot->state = SLOT_TAKEN;
		slot->nr = (slot->nr ?: i) + XEN_GNT_SLOT_STEP;
	}
	spin_unlock_irq(&file->lock);
	return slot;
}

static void *take_slot(struct gnt_file *file, struct gnt_slot *slot, u32 nr,
		       int *rc)
{
	*rc = 0;
	spin_lock_irq(&file->lock);
	if (slot->state == SLOT_FREE || slot->nr != nr)
		*rc = -ENOENT;
	else if (slot->state == SLOT_TAKEN)
		*rc = -EBUSY;
	else
		slot->state = SLOT_TAKEN;
	spin_unlock_irq(&file->lock);
	return *rc ? NULL : slot;
}

static void put_slot(struct gnt_file *file, struct gnt_slot *slot,
		     enum slot_state to)
{
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	slot->state = to;
	spin_unlock_irqrestore(&file->lock, flags);
}

static void gets_busy(struct gnt_file *file)
{
	atomic_inc(&file->busy);
}

static void gets_idle(struct gnt_file *file)
{
	if (atomic_dec_and_test(&file->busy))
		complete(&file->idle);
}

static struct gnt_grant *take_grant(struct gnt_file *file, u32 nr, int *rc)
{
	*rc = -ENOENT;
	if (nr % XEN_GNT_SLOT_STEP >= XEN_GNT_GRANTS)
		return NULL;
	return take_slot(file, slot_at(file->grants, sizeof(*file->grants), nr),
			 nr, rc);
}

static struct gnt_list *take_list(struct gnt_file *file, u32 nr, int *rc)
{
	*rc = -ENOENT;
	if (nr % XEN_GNT_SLOT_STEP >= XEN_GNT_LISTS)
		return NULL;
	return take_slot(file, slot_at(file->lists, sizeof(*file->lists), nr),
			 nr, rc);
}

static struct gnt_map *take_map(struct gnt_file *file, u32 nr, int *rc)
{
	*rc = -ENOENT;
	if (nr % XEN_GNT_SLOT_STEP >= XEN_GNT_MAPS)
		return NULL;
	return take_slot(file, slot_at(file->maps, sizeof(*file->maps), nr), nr,
			 rc);
}

/* -- granting ------------------------------------------------------------- */

static int grant_from_list(struct gnt_file *file, u32 slot, u32 dom,
			   unsigned long gfn, bool readonly)
{
	struct gnt_list *list;
	int ref, rc;

	list = take_list(file, slot, &rc);
	if (!list)
		return rc;
	ref = list->nr_in_a_row ? -EINVAL :
	      gnttab_claim_grant_reference(&list->head);
	if (ref >= 0)
		gnttab_grant_foreign_access_ref(ref, dom, gfn, readonly);
	put_slot(file, &list->slot, SLOT_LIVE);
	return ref;
}

static int do_grant(struct gnt_file *file, struct xen_gnt_grant *arg)
{
	struct gnt_grant *grant;
	int ref;

	grant = new_slot(file, file->grants, sizeof(*grant), XEN_GNT_GRANTS);
	if (!grant)
		return -EMFILE;
	grant->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!grant->page) {
		put_slot(file, &grant->slot, SLOT_FREE);
		return -ENOMEM;
	}
	arg->gfn = xen_page_to_gfn(grant->page);
	if (arg->list == XEN_GNT_NO_LIST)
		ref = gnttab_grant_foreign_access(arg->dom, arg->gfn,
						  arg->readonly);
	else
		ref = grant_from_list(file, arg->list, arg->dom, arg->gfn,
				      arg->readonly);
	if (ref < 0) {
		__free_page(grant->page);
		put_slot(file, &grant->slot, SLOT_FREE);
		return ref;
	}
	grant->ref = ref;
	grant->list = arg->list;
	arg->slot = grant->slot.nr;
	arg->ref = ref;
	put_slot(file, &grant->slot, SLOT_LIVE);
	return 0;
}

/* Where it came from, if that is still there. */
static void put_reference(struct gnt_file *file, const struct gnt_grant *grant)
{
	struct gnt_list *list;
	int rc;

	list = take_list(file, grant->list, &rc);
	if (!list) {
		gnttab_free_grant_reference(grant->ref);
		return;
	}
	if (list->nr_in_a_row)
		gnttab_free_grant_reference(grant->ref);
	else
		gnttab_release_grant_reference(&list->head, grant->ref);
	put_slot(file, &list->slot, SLOT_LIVE);
}

static int end_grant(struct gnt_file *file, struct gnt_grant *grant, u32 how)
{
	switch (how) {
	case XEN_GNT_END_FREE:
		gnttab_end_foreign_access(grant->ref, grant->page);
		return 0;
	case XEN_GNT_END_KEEP:
		gnttab_end_foreign_access(grant->ref, NULL);
		put_page(grant->page);
		return 0;
	case XEN_GNT_END_TRY:
		if (!gnttab_try_end_foreign_access(grant->ref))
			return -EBUSY;
		__free_page(grant->page);
		return 0;
	case XEN_GNT_END_REF:
		if (!gnttab_end_foreign_access_ref(grant->ref))
			return -EBUSY;
		put_reference(file, grant);
		__free_page(grant->page);
		return 0;
	default:
		return -EINVAL;
	}
}

static int do_end(struct gnt_file *file, const struct xen_gnt_end *arg)
{
	struct gnt_grant *grant;
	int rc;

	grant = take_grant(file, arg->slot, &rc);
	if (!grant)
		return rc;
	rc = end_grant(file, grant, arg->how);
	put_slot(file, &grant->slot, rc ? SLOT_LIVE : SLOT_FREE);
	return rc;
}

/* -- references ----------------------------------------------------------- */

static int do_list(struct gnt_file *file, struct xen_gnt_list *arg)
{
	struct gnt_list *list;
	int rc;

	if (!arg->nr || arg->nr > U16_MAX)
		return -EINVAL;
	list = new_slot(file, file->lists, sizeof(*list), XEN_GNT_LISTS);
	if (!list)
		return -EMFILE;
	list->nr_in_a_row = arg->in_a_row ? arg->nr : 0;
	if (list->nr_in_a_row)
		rc = gnttab_alloc_grant_reference_seq(arg->nr, &list->head);
	else
		rc = gnttab_alloc_grant_references(arg->nr, &list->head);
	if (!rc) {
		arg->slot = list->slot.nr;
		arg->first = list->head;
	}
	put_slot(file, &list->slot, rc ? SLOT_FREE : SLOT_LIVE);
	return rc;
}

static int do_no_refs(void)
{
	grant_ref_t head;
	int rc = gnttab_alloc_grant_references(0, &head);

	if (rc)
		return rc;
	rc = !gnttab_empty_grant_references(&head);
	gnttab_free_grant_references(head);
	return rc;
}

static void free_list(struct gnt_list *list)
{
	if (list->nr_in_a_row)
		gnttab_free_grant_reference_seq(list->head, list->nr_in_a_row);
	else
		gnttab_free_grant_references(list->head);
}

static int do_unlist(struct gnt_file *file, const struct xen_gnt_list *arg)
{
	struct gnt_list *list;
	int rc;

	list = take_list(file, arg->slot, &rc);
	if (!list)
		return rc;
	free_list(list);
	put_slot(file, &list->slot, SLOT_FREE);
	return 0;
}

static void tell(void *arg)
{
	struct gnt_waiter *waiter = arg;

	atomic_inc(&waiter->told);
}

static int do_notify(struct gnt_file *file, struct xen_gnt_notify *arg)
{
	struct gnt_waiter *waiter;

	if (arg->waiter >= XEN_GNT_WAITERS || arg->nr > U16_MAX)
		return -EINVAL;
	waiter = &file->waiters[arg->waiter];
	if (arg->cancel)
		gnttab_cancel_free_callback(&waiter->callback);
	else
		gnttab_request_free_callback(&waiter->callback, tell, waiter,
					     arg->nr);
	arg->told = atomic_read(&waiter->told);
	return 0;
}

/* -- mapping -------------------------------------------------------------- */

static unsigned int map_flags(const struct gnt_map *map)
{
	return GNTMAP_host_map | (map->readonly ? GNTMAP_readonly : 0);
}

static phys_addr_t address_of(struct page *page)
{
	return (phys_addr_t)(unsigned long)page_address(page);
}

/* Pages that are not mapped stay holes until the batch goes. */
static void keep_mapped(struct gnt_map *map, struct xen_gnt_map *arg,
			const struct gnttab_map_grant_ref *ops)
{
	unsigned int i;

	map->nr_mapped = 0;
	for (i = 0; i < map->nr; i++) {
		arg->status[i] = ops[i].status;
		if (ops[i].status != GNTST_okay)
			continue;
		map->handles[map->nr_mapped] = ops[i].handle;
		map->mapped[map->nr_mapped++] = map->pages[i];
	}
}

static int map_batch(struct gnt_map *map, struct xen_gnt_map *arg)
{
	struct gnttab_map_grant_ref *ops;
	unsigned int i;
	int rc;

	ops = kcalloc(arg->nr, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	rc = gnttab_alloc_pages(arg->nr, map->pages);
	if (rc)
		goto out_kfree;
	for (i = 0; i < arg->nr; i++)
		gnttab_set_map_op(&ops[i], address_of(map->pages[i]),
				  map_flags(map), arg->ref[i], arg->dom);
	map->nr = arg->nr;
	rc = gnttab_map_refs(ops, NULL, map->pages, arg->nr);
	keep_mapped(map, arg, ops);
out_kfree:
	kfree(ops);
	return rc;
}

static int do_map(struct gnt_file *file, struct xen_gnt_map *arg)
{
	struct gnt_map *map;
	int rc;

	if (!arg->nr || arg->nr > XEN_GNT_BATCH)
		return -EINVAL;
	map = new_slot(file, file->maps, sizeof(*map), XEN_GNT_MAPS);
	if (!map)
		return -EMFILE;
	map->file = file;
	map->readonly = arg->readonly;
	rc = map_batch(map, arg);
	arg->slot = map->slot.nr;
	put_slot(file, &map->slot, rc ? SLOT_FREE : SLOT_LIVE);
	return rc;
}

static void set_unmap_ops(struct gnt_map *map)
{
	unsigned int i;

	for (i = 0; i < map->nr_mapped; i++)
		gnttab_set_unmap_op(&map->unmap_ops[i],
				    address_of(map->mapped[i]), map_flags(map),
				    map->handles[i]);
	map->unmap_data = (struct gntab_unmap_queue_data){
		.unmap_ops = map->unmap_ops,
		.pages = map->mapped,
		.count = map->nr_mapped,
	};
}

/* Pages whose entry says that they are still mapped are lost, never reused. */
static int end_batch(struct gnt_map *map, int rc)
{
	unsigned int i;

	for (i = 0; i < map->nr_mapped; i++)
		if (map->unmap_ops[i].status != GNTST_okay)
			rc = -EIO;
	if (!rc)
		gnttab_free_pages(map->nr, map->pages);
	return rc;
}

static void async_done(int rc, struct gntab_unmap_queue_data *data)
{
	struct gnt_map *map = data->data;
	struct gnt_file *file = map->file;

	end_batch(map, rc);
	put_slot(file, &map->slot, SLOT_FREE);
	gets_idle(file);
}

static int unmap_batch(struct gnt_map *map, u32 how)
{
	int rc = 0;

	set_unmap_ops(map);
	if (how == XEN_GNT_UNMAP_SYNC)
		rc = gnttab_unmap_refs_sync(&map->unmap_data);
	else if (map->nr_mapped)
		rc = gnttab_unmap_refs(map->unmap_ops, NULL, map->mapped,
				       map->nr_mapped);
	return end_batch(map, rc);
}

static int unmap_later(struct gnt_map *map)
{
	set_unmap_ops(map);
	map->unmap_data.data = map;
	map->unmap_data.done = async_done;
	gets_busy(map->file);
	gnttab_unmap_refs_async(&map->unmap_data);
	return 0;
}

static bool is_held(const struct gnt_map *map)
{
	unsigned int i;

	for (i = 0; i < map->nr; i++)
		if (page_count(map->pages[i]) > 1)
			return true;
	return false;
}

static int do_unmap(struct gnt_file *file, const struct xen_gnt_unmap *arg)
{
	struct gnt_map *map;
	int rc;

	map = take_map(file, arg->slot, &rc);
	if (!map)
		return rc;
	if (arg->how == XEN_GNT_UNMAP_ASYNC)
		return unmap_later(map);
	/* At once only where nobody else can have the pages. */
	if (arg->how == XEN_GNT_UNMAP_NOW && is_held(map)) {
		put_slot(file, &map->slot, SLOT_LIVE);
		return -EBUSY;
	}
	rc = unmap_batch(map, arg->how);
	put_slot(file, &map->slot, SLOT_FREE);
	return rc;
}

/* -- pages ---------------------------------------------------------------- */

static void hold_ends(struct work_struct *work)
{
	struct gnt_hold *hold = container_of(to_delayed_work(work),
					     struct gnt_hold, work);
	struct gnt_file *file = hold->file;

	/* Somebody else's I/O: the page must still show the peer's frame. */
	WARN_ON_ONCE(!PageForeign(hold->page));
	READ_ONCE(*(u32 *)page_address(hold->page));
	put_page(hold->page);
	kfree(hold);
	gets_idle(file);
}

static int do_hold(struct gnt_file *file, const struct xen_gnt_hold *arg)
{
	struct gnt_hold *hold;
	struct gnt_map *map;
	int rc;

	map = take_map(file, arg->slot, &rc);
	if (!map)
		return rc;
	hold = arg->index < map->nr_mapped ? kmalloc(sizeof(*hold), GFP_KERNEL) :
					     NULL;
	if (hold) {
		hold->file = file;
		hold->page = map->mapped[arg->index];
		get_page(hold->page);
		gets_busy(file);
		INIT_DELAYED_WORK(&hold->work, hold_ends);
		schedule_delayed_work(&hold->work, arg->jiffies);
	}
	put_slot(file, &map->slot, SLOT_LIVE);
	return hold ? 0 : -EINVAL;
}

static void access_word(struct page *page, struct xen_gnt_access *arg)
{
	u32 *word = (u32 *)page_address(page) + arg->offset;

	if (arg->write)
		WRITE_ONCE(*word, arg->value);
	else
		arg->value = READ_ONCE(*word);
}

static int access_granted(struct gnt_file *file, struct xen_gnt_access *arg)
{
	struct gnt_grant *grant;
	int rc;

	grant = take_grant(file, arg->slot, &rc);
	if (!grant)
		return rc;
	access_word(grant->page, arg);
	put_slot(file, &grant->slot, SLOT_LIVE);
	return 0;
}

static int access_mapped(struct gnt_file *file, struct xen_gnt_access *arg)
{
	struct gnt_map *map;
	int rc;

	map = take_map(file, arg->slot, &rc);
	if (!map)
		return rc;
	if (arg->index >= map->nr_mapped || (arg->write && map->readonly))
		rc = -EINVAL;
	else
		access_word(map->mapped[arg->index], arg);
	put_slot(file, &map->slot, SLOT_LIVE);
	return rc;
}

static int do_access(struct gnt_file *file, struct xen_gnt_access *arg)
{
	if (arg->offset >= PAGE_SIZE / sizeof(u32))
		return -EINVAL;
	return arg->granted ? access_granted(file, arg) :
			      access_mapped(file, arg);
}

/* -- copying -------------------------------------------------------------- */

static void set_copy(struct gnttab_copy *op, const struct xen_gnt_copy *arg,
		     unsigned int i, unsigned long gfn)
{
	op->len = arg->bytes;
	op->source.offset = op->dest.offset = arg->offset + i * arg->bytes;
	if (arg->to_peer) {
		op->source.u.gmfn = gfn;
		op->source.domid = DOMID_SELF;
		op->dest.u.ref = arg->ref;
		op->dest.domid = arg->dom;
		op->flags = GNTCOPY_dest_gref;
	} else {
		op->source.u.ref = arg->ref;
		op->source.domid = arg->dom;
		op->dest.u.gmfn = gfn;
		op->dest.domid = DOMID_SELF;
		op->flags = GNTCOPY_source_gref;
	}
}

static int do_copy(struct gnt_file *file, struct xen_gnt_copy *arg)
{
	struct gnttab_copy *ops;
	struct gnt_grant *grant;
	unsigned int i;
	int rc;

	if (arg->nr > XEN_GNT_BATCH)
		return -EINVAL;
	ops = kcalloc(XEN_GNT_BATCH, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	grant = take_grant(file, arg->slot, &rc);
	if (!grant)
		goto out_kfree;
	for (i = 0; i < arg->nr; i++)
		set_copy(&ops[i], arg, i, xen_page_to_gfn(grant->page));
	gnttab_batch_copy(ops, arg->nr);
	for (i = 0; i < arg->nr; i++)
		arg->status[i] = ops[i].status;
	put_slot(file, &grant->slot, SLOT_LIVE);
out_kfree:
	kfree(ops);
	return rc;
}

/* -- the device file ------------------------------------------------------ */

union gnt_arg {
	struct xen_gnt_grant grant;
	struct xen_gnt_end end;
	struct xen_gnt_list list;
	struct xen_gnt_map map;
	struct xen_gnt_unmap unmap;
	struct xen_gnt_hold hold;
	struct xen_gnt_access access;
	struct xen_gnt_copy copy;
	struct xen_gnt_notify notify;
};

static int gnt_call(struct gnt_file *file, unsigned int cmd, union gnt_arg *arg)
{
	switch (cmd) {
	case XEN_GNT_GRANT:
		return do_grant(file, &arg->grant);
	case XEN_GNT_END:
		return do_end(file, &arg->end);
	case XEN_GNT_LIST:
		return do_list(file, &arg->list);
	case XEN_GNT_UNLIST:
		return do_unlist(file, &arg->list);
	case XEN_GNT_NO_REFS:
		return do_no_refs();
	case XEN_GNT_MAP:
		return do_map(file, &arg->map);
	case XEN_GNT_UNMAP:
		return do_unmap(file, &arg->unmap);
	case XEN_GNT_HOLD:
		return do_hold(file, &arg->hold);
	case XEN_GNT_ACCESS:
		return do_access(file, &arg->access);
	case XEN_GNT_COPY:
		return do_copy(file, &arg->copy);
	case XEN_GNT_NOTIFY:
		return do_notify(file, &arg->notify);
	default:
		return -ENOTTY;
	}
}

static long gnt_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	void __user *from = (void __user *)user;
	union gnt_arg arg;
	int rc;

	if (_IOC_TYPE(cmd) != 'X' || _IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (copy_from_user(&arg, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	rc = gnt_call(file->private_data, cmd, &arg);
	if (rc)
		return rc;
	/* What has been made stays the file's, whether it is heard of or not. */
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return 0;
}

static int gnt_open(struct inode *inode, struct file *file)
{
	struct gnt_file *gnt = kzalloc(sizeof(*gnt), GFP_KERNEL);

	if (!gnt)
		return -ENOMEM;
	spin_lock_init(&gnt->lock);
	init_completion(&gnt->idle);
	atomic_set(&gnt->busy, 1);
	file->private_data = gnt;
	return 0;
}

static void release_slots(struct gnt_file *gnt)
{
	unsigned int i;

	for (i = 0; i < XEN_GNT_MAPS; i++)
		if (gnt->maps[i].slot.state == SLOT_LIVE)
			unmap_batch(&gnt->maps[i], XEN_GNT_UNMAP_SYNC);
	for (i = 0; i < XEN_GNT_GRANTS; i++)
		if (gnt->grants[i].slot.state == SLOT_LIVE)
			gnttab_end_foreign_access(gnt->grants[i].ref,
						  gnt->grants[i].page);
	for (i = 0; i < XEN_GNT_LISTS; i++)
		if (gnt->lists[i].slot.state == SLOT_LIVE)
			free_list(&gnt->lists[i]);
}

static int gnt_release(struct inode *inode, struct file *file)
{
	struct gnt_file *gnt = file->private_data;
	unsigned int i;

	for (i = 0; i < XEN_GNT_WAITERS; i++)
		gnttab_cancel_free_callback(&gnt->waiters[i].callback);
	gets_idle(gnt);
	wait_for_completion(&gnt->idle);
	release_slots(gnt);
	kfree(gnt);
	return 0;
}

static const struct file_operations gnt_fops = {
	.owner = THIS_MODULE,
	.open = gnt_open,
	.release = gnt_release,
	.unlocked_ioctl = gnt_ioctl,
};

static struct miscdevice gnt_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-gnt",
	.fops = &gnt_fops,
};
module_misc_device(gnt_device);

MODULE_DESCRIPTION("Grants for processes");
MODULE_LICENSE("GPL");
