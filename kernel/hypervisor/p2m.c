/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p2m.c - what guests see of memory: the table that hardware walks
 *
 * Entries are written in one piece, for hardware reads them at any time. What
 * it has cached stays until it is told to forget: after an entry is taken out
 * nobody may drop what the entry stood for before flush_tlb_domain().
 */
#include <vtb/bridge.h>
#include <vtb/hypervisor.h>

#include <errno.h>

#include <xen/sched.h>

#include "hypervisor.h"

int p2m_init(struct domain *d)
{
	d->p2m = alloc_xenheap_page();
	if (!d->p2m)
		return -ENOMEM;
	clear_page(d->p2m);
	spin_lock_init(&d->p2m_lock, RANK_P2M);
	return 0;
}

static uint64_t make_entry(unsigned long mfn, enum p2m_type type)
{
	uint64_t rights = VTB_HV_EPT_READ;

	if (type != p2m_grant_map_ro)
		rights |= VTB_HV_EPT_WRITE;
	return (uint64_t)mfn << 12 | rights;
}

/* Memory of a domain's own is at one place: another CPU may have been first. */
static bool is_placed(unsigned long mfn, enum p2m_type type)
{
	return type == p2m_ram_rw && mfn_to_page(mfn)->gfn != INVALID_GFN;
}

int p2m_add(struct domain *d, unsigned long gfn, unsigned long mfn,
	    enum p2m_type type)
{
	int rc = -EINVAL;

	if (gfn >= VTB_HV_GUEST_FRAMES)
		return -EINVAL;
	spin_lock(&d->p2m_lock);
	if (!d->p2m[gfn] && !d->is_dying && !is_placed(mfn, type)) {
		d->p2m_types[gfn] = type;
		WRITE_ONCE(d->p2m[gfn], make_entry(mfn, type));
		if (type != p2m_grant_map_ro)
			vtb_frame_user_writes(mfn, 1);
		if (type == p2m_ram_rw)
			mfn_to_page(mfn)->gfn = gfn;
		rc = 0;
	}
	spin_unlock(&d->p2m_lock);
	return rc;
}

int p2m_remove(struct domain *d, unsigned long gfn, unsigned long mfn,
	       enum p2m_type type)
{
	int rc = -ENOENT;

	if (gfn >= VTB_HV_GUEST_FRAMES)
		return -ENOENT;
	spin_lock(&d->p2m_lock);
	if (d->p2m[gfn] && d->p2m_types[gfn] == type &&
	    VTB_HV_EPT_FRAME(d->p2m[gfn]) == mfn) {
		if (type == p2m_ram_rw)
			mfn_to_page(mfn)->gfn = INVALID_GFN;
		WRITE_ONCE(d->p2m[gfn], 0);
		d->p2m_types[gfn] = p2m_invalid;
		rc = 0;
	}
	spin_unlock(&d->p2m_lock);
	return rc;
}

void p2m_teardown(struct domain *d)
{
	unsigned long gfn;

	spin_lock(&d->p2m_lock);
	for (gfn = 0; gfn < VTB_HV_GUEST_FRAMES; gfn++) {
		if (d->p2m[gfn])
			WRITE_ONCE(d->p2m[gfn], 0);
		d->p2m_types[gfn] = p2m_invalid;
	}
	spin_unlock(&d->p2m_lock);
	flush_tlb_domain(d);
}

void flush_tlb_domain(struct domain *d)
{
	vtb_preempt_point();
	vtb_hypercall(VTB_HV_INVEPT, d->domain_id, 0, 0);
}

bool p2m_may_write(const struct domain *d, unsigned long gfn)
{
	return d->p2m[gfn] & VTB_HV_EPT_WRITE;
}

static struct page_info *lookup(struct domain *d, unsigned long gfn,
				bool foreign, bool for_write)
{
	struct page_info *page = NULL;
	bool good;

	if (gfn >= VTB_HV_GUEST_FRAMES)
		return NULL;
	spin_lock(&d->p2m_lock);
	good = d->p2m[gfn] && (foreign || d->p2m_types[gfn] == p2m_ram_rw) &&
	       (!for_write || p2m_may_write(d, gfn));
	if (good)
		page = mfn_to_page(VTB_HV_EPT_FRAME(d->p2m[gfn]));
	if (page && !get_page(page, foreign ? page->owner : d))
		page = NULL;
	spin_unlock(&d->p2m_lock);
	return page;
}

struct page_info *get_page_from_gfn(struct domain *d, unsigned long gfn)
{
	return lookup(d, gfn, false, false);
}

struct page_info *get_any_page_from_gfn(struct domain *d, unsigned long gfn,
					bool for_write)
{
	return lookup(d, gfn, true, for_write);
}
