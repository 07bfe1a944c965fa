/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmap.c - mappings end
 *
 * In two steps: a mapping leaves the mapper's memory, and what it held is let go
 * of after the caches of translations have been flushed, once for a batch.
 */
#include "internal.h"

#define BATCH	8

/*
 * @done:	GNTMAP_device_map, GNTMAP_host_map: what this request has ended
 * @last:	nothing is left: the handle is this request's to give back
 */
struct unmap {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;
	int16_t status;
	uint16_t done;
	bool readonly;
	bool last;
	struct domain *rd;
	grant_ref_t ref;
	unsigned long mfn;
};

static int take_out(struct domain *ld, uint64_t host_addr, unsigned long mfn,
		    bool readonly)
{
	unsigned long gfn = host_addr >> PAGE_SHIFT;
	enum p2m_type type = readonly ? p2m_grant_map_ro : p2m_grant_map_rw;

	if (host_addr & (PAGE_SIZE - 1) || p2m_remove(ld, gfn, mfn, type))
		return GNTST_general_error;
	return GNTST_okay;
}

/*
 * Under the lock of the entry, which is what keeps two requests for one handle
 * apart: flags that are gone were somebody else's to end.
 */
static int end_mapping(struct domain *ld, struct unmap *op,
		       struct maptrack_entry *map)
{
	uint16_t flags = map->flags;
	int rc;

	op->readonly = flags & GNTMAP_readonly;
	if (op->host_addr && flags & GNTMAP_host_map) {
		rc = take_out(ld, op->host_addr, op->mfn, op->readonly);
		if (rc)
			return rc;
		op->done |= GNTMAP_host_map;
	}
	if (op->dev_bus_addr && flags & GNTMAP_device_map)
		op->done |= GNTMAP_device_map;
	flags &= ~op->done;
	op->last = op->done &&
		   !(flags & (GNTMAP_device_map | GNTMAP_host_map));
	WRITE_ONCE(map->flags, op->last ? 0 : flags);
	return GNTST_okay;
}

static int unmap_locked(struct domain *ld, struct unmap *op,
			struct maptrack_entry *map)
{
	struct grant_table *gt = op->rd->grant_table;
	struct active_entry *act;
	int rc = GNTST_bad_handle;

	read_lock(&gt->lock);
	if (op->ref < nr_entries(gt)) {
		act = active_acquire(gt, op->ref);
		op->mfn = act->mfn;
		/* The handle may have become free, or another mapping. */
		if (READ_ONCE(map->flags) &&
		    map->domid == op->rd->domain_id && map->ref == op->ref)
			rc = end_mapping(ld, op, map);
		active_release(act);
	}
	read_unlock(&gt->lock);
	return rc;
}

/* Leaves op->rd locked if anything was ended. */
static void unmap_begin(struct domain *ld, struct unmap *op)
{
	struct maptrack_entry *map = maptrack_at(ld->grant_table, op->handle);
	domid_t domid;

	op->done = 0;
	op->rd = NULL;
	op->status = GNTST_bad_handle;
	if (!map || !READ_ONCE(map->flags))
		return;
	smp_rmb();
	domid = READ_ONCE(map->domid);
	op->ref = READ_ONCE(map->ref);
	op->rd = rcu_lock_any_domain_by_id(domid);
	if (!op->rd)
		return;
	op->status = unmap_locked(ld, op, map);
	if (!op->done) {
		rcu_unlock_domain(op->rd);
		op->rd = NULL;
	}
}

static uint32_t unpin_of(uint16_t done, bool readonly)
{
	uint32_t pin = 0;

	if (done & GNTMAP_device_map)
		pin += readonly ? GNTPIN_devr_inc : GNTPIN_devw_inc;
	if (done & GNTMAP_host_map)
		pin += readonly ? GNTPIN_hstr_inc : GNTPIN_hstw_inc;
	return pin;
}

static void unmap_complete(struct domain *ld, struct unmap *op)
{
	struct grant_table *gt;
	struct active_entry *act;

	if (!op->done)
		return;
	gt = op->rd->grant_table;
	read_lock(&gt->lock);
	act = active_acquire(gt, op->ref);
	act->pin -= unpin_of(op->done, op->readonly);
	clear_status(gt, op->ref, act);
	active_release(act);
	read_unlock(&gt->lock);
	if (op->done & GNTMAP_device_map)
		put_granted_frame(op->mfn, op->readonly);
	if (op->done & GNTMAP_host_map)
		put_granted_frame(op->mfn, op->readonly);
	if (op->last)
		maptrack_put(ld, op->handle);
	rcu_unlock_domain(op->rd);
}

static void complete_batch(struct domain *ld, struct unmap *batch,
			   unsigned int nr)
{
	unsigned int i;

	if (!nr)
		return;
	flush_tlb_domain(ld);
	for (i = 0; i < nr; i++)
		unmap_complete(ld, &batch[i]);
}

static int get_request(struct unmap *op, guest_addr_t uop)
{
	struct gnttab_unmap_grant_ref request;

	if (copy_from_guest(&request, uop, sizeof(request)))
		return -EFAULT;
	op->host_addr = request.host_addr;
	op->dev_bus_addr = request.dev_bus_addr;
	op->handle = request.handle;
	return 0;
}

static int put_status(guest_addr_t uop, int16_t status)
{
	return copy_to_guest(uop + offsetof(struct gnttab_unmap_grant_ref,
					    status), &status, sizeof(status));
}

/* Whatever goes wrong, what has been taken out is let go of. */
static long unmap_batch(guest_addr_t uop, unsigned int nr)
{
	struct unmap batch[BATCH];
	struct domain *ld = current->domain;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < nr; i++, uop += sizeof(struct gnttab_unmap_grant_ref)) {
		rc = get_request(&batch[i], uop);
		if (rc)
			break;
		unmap_begin(ld, &batch[i]);
		rc = put_status(uop, batch[i].status);
	}
	complete_batch(ld, batch, i);
	return rc;
}

long gnttab_unmap(guest_addr_t uop, unsigned int count)
{
	unsigned int i, nr;
	long rc;

	for (i = 0; i < count; i += nr) {
		if (i && hypercall_preempt_check())
			break;
		nr = count - i < BATCH ? count - i : BATCH;
		rc = unmap_batch(uop + i * sizeof(struct gnttab_unmap_grant_ref),
				 nr);
		if (rc)
			return rc;
	}
	return i;
}

/*
 * Replacing is for guests with page tables of their own to go by: where memory
 * is translated there is nothing to put in the place of a mapping.
 */
int16_t gnttab_unmap_and_replace(union gnttab_request *request)
{
	struct unmap op = {
		.host_addr = request->replace.host_addr,
		.handle = request->replace.handle,
	};
	struct domain *ld = current->domain;

	if (request->replace.new_addr)
		return GNTST_general_error;
	unmap_begin(ld, &op);
	complete_batch(ld, &op, 1);
	return op.status;
}

/* -- a domain that dies --------------------------------------------------- */

/* It sees nothing any more, so there is nothing to take out and to flush. */
static void release_handle(struct domain *d, grant_handle_t handle)
{
	struct maptrack_entry *map = maptrack_at(d->grant_table, handle);
	struct unmap op = { .handle = handle };
	struct active_entry *act;

	if (!map->flags)
		return;
	op.rd = rcu_lock_any_domain_by_id(map->domid);
	BUG_ON(!op.rd);
	op.ref = map->ref;
	op.readonly = map->flags & GNTMAP_readonly;
	op.done = map->flags & (GNTMAP_device_map | GNTMAP_host_map);
	op.last = true;
	read_lock(&op.rd->grant_table->lock);
	act = active_acquire(op.rd->grant_table, op.ref);
	op.mfn = act->mfn;
	WRITE_ONCE(map->flags, 0);
	active_release(act);
	read_unlock(&op.rd->grant_table->lock);
	unmap_complete(d, &op);
}

int gnttab_release_mappings(struct domain *d)
{
	grant_handle_t handle;

	for (handle = 0; handle < d->grant_table->maptrack_limit; handle++) {
		if (handle && !(handle % 64) && hypercall_preempt_check())
			return -ERESTART;
		release_handle(d, handle);
	}
	return 0;
}
