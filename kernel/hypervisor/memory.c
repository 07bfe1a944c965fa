/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - memory_op: frames come, go, and are placed
 *
 * Extents are single frames; a call that gets stuck says how many it has done.
 */
#include <vtb/bridge.h>
#include <vtb/hypervisor.h>

#include <errno.h>

#include <xen/grant_table.h>

#include "hypervisor.h"

int populate_frame(struct domain *d, unsigned long gfn)
{
	struct page_info *page;
	int rc;

	if (gfn >= VTB_HV_GUEST_FRAMES || d->is_dying)
		return -EINVAL;
	page = alloc_domheap_page(d);
	if (!page)
		return -ENOMEM;
	rc = p2m_add(d, gfn, page_to_mfn(page), p2m_ram_rw);
	if (rc)
		put_page_alloc_ref(page);
	return rc;
}

/* A frame of the domain's own leaves its memory; others may still map it. */
static int take_out(struct domain *d, unsigned long gfn, bool give_back)
{
	struct page_info *page = get_page_from_gfn(d, gfn);
	int rc;

	if (!page)
		return -EINVAL;
	rc = p2m_remove(d, gfn, page_to_mfn(page), p2m_ram_rw);
	if (!rc)
		flush_tlb_domain(d);
	if (!rc && give_back && !(page->count_info & PGC_xen_heap))
		put_page_alloc_ref(page);
	put_page(page);
	return rc;
}

static long change_reservation(unsigned int cmd, guest_addr_t arg)
{
	struct domain *d = current->domain;
	struct xen_memory_reservation op;
	xen_pfn_t gfn;
	uint64_t i;
	int rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.extent_order || op.domid != DOMID_SELF || op.nr_extents > 64)
		return -EINVAL;
	for (i = 0; i < op.nr_extents; i++) {
		if (copy_from_guest(&gfn, op.extent_start + i * sizeof(gfn),
				    sizeof(gfn)))
			break;
		rc = cmd == XENMEM_populate_physmap ? populate_frame(d, gfn) :
						      take_out(d, gfn, true);
		if (rc)
			break;
	}
	return i;
}

/*
 * A frame of the hypervisor's is at one place at a time: it leaves the old one,
 * and what was at the new one is gone from there.
 */
static int place(struct domain *d, struct page_info *page, unsigned long gfn)
{
	if (page->gfn != INVALID_GFN)
		take_out(d, page->gfn, false);
	take_out(d, gfn, false);
	return p2m_add(d, gfn, page_to_mfn(page), p2m_ram_rw);
}

static long add_to_physmap(guest_addr_t arg)
{
	struct domain *d = current->domain;
	struct xen_add_to_physmap op;
	unsigned long mfn;
	int rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.domid != DOMID_SELF || op.space != XENMAPSPACE_grant_table ||
	    op.gpfn >= VTB_HV_GUEST_FRAMES)
		return -EINVAL;
	rc = gnttab_map_frame(d, op.idx, op.gpfn, &mfn);
	if (rc)
		return rc;
	rc = place(d, mfn_to_page(mfn), op.gpfn);
	put_page(mfn_to_page(mfn));
	return rc;
}

static long remove_from_physmap(guest_addr_t arg)
{
	struct xen_remove_from_physmap op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.domid != DOMID_SELF)
		return -EINVAL;
	return take_out(current->domain, op.gpfn, false);
}

long do_memory_op(unsigned int cmd, guest_addr_t arg)
{
	switch (cmd) {
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return change_reservation(cmd, arg);
	case XENMEM_add_to_physmap:
		return add_to_physmap(arg);
	case XENMEM_remove_from_physmap:
		return remove_from_physmap(arg);
	default:
		return -ENOSYS;
	}
}

void relinquish_memory(struct domain *d)
{
	unsigned long mfn;

	for (mfn = 0; mfn < nr_frames(); mfn++)
		if (mfn_to_page(mfn)->in_use && mfn_to_page(mfn)->owner == d)
			put_page_alloc_ref(mfn_to_page(mfn));
}
