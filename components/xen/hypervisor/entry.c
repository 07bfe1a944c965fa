/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.c - entries: what the guest says, what it is told, what is kept
 */
#include "internal.h"

/* A guest that changes an entry all the time is not waited for. */
#define RETRIES		4

unsigned int nr_entries(const struct grant_table *gt)
{
	return gt->nr_grant_frames *
	       (gt->version == 2 ? V2_PER_FRAME : V1_PER_FRAME);
}

struct active_entry *active_at(struct grant_table *gt, grant_ref_t ref)
{
	return &gt->active[ref / ACTIVE_PER_PAGE][ref % ACTIVE_PER_PAGE];
}

struct active_entry *active_acquire(struct grant_table *gt, grant_ref_t ref)
{
	struct active_entry *act = active_at(gt, ref);

	spin_lock(&act->lock);
	return act;
}

void active_release(struct active_entry *act)
{
	spin_unlock(&act->lock);
}

struct grant_entry_v1 *shared_v1(const struct grant_table *gt, grant_ref_t ref)
{
	struct grant_entry_v1 *frame = gt->shared[ref / V1_PER_FRAME];

	return &frame[ref % V1_PER_FRAME];
}

union grant_entry_v2 *shared_v2(const struct grant_table *gt, grant_ref_t ref)
{
	union grant_entry_v2 *frame = gt->shared[ref / V2_PER_FRAME];

	return &frame[ref % V2_PER_FRAME];
}

grant_status_t *status_word(const struct grant_table *gt, grant_ref_t ref)
{
	if (gt->version == 1)
		return &shared_v1(gt, ref)->flags;
	return &gt->status[ref / STATUS_PER_FRAME][ref % STATUS_PER_FRAME];
}

/* -- beginning ------------------------------------------------------------ */

/* What flags and domid have to say; both are of one read. */
static int check_header(uint32_t header, domid_t ldomid, bool readonly,
			bool copy)
{
	uint16_t flags = (uint16_t)header;
	unsigned int type = flags & GTF_type_mask;

	if (type != GTF_permit_access && !(copy && type == GTF_transitive))
		return GNTST_bad_gntref;
	if (type == GTF_permit_access && flags & GTF_sub_page && !copy)
		return GNTST_bad_gntref;
	if (header >> 16 != ldomid)
		return GNTST_general_error;
	if (!readonly && flags & GTF_readonly)
		return GNTST_general_error;
	return GNTST_okay;
}

/* Flags, domid and the bits that say "in use" are one word of 32 bits. */
static int set_status_v1(struct grant_table *gt, grant_ref_t ref,
			 domid_t ldomid, bool readonly)
{
	uint32_t *word = (uint32_t *)&shared_v1(gt, ref)->flags;
	uint32_t busy = GTF_reading | (readonly ? 0 : GTF_writing);
	uint32_t header = READ_ONCE(*word), seen;
	unsigned int i;
	int rc;

	for (i = 0; i < RETRIES; i++) {
		/* There are no parts of pages in version 1. */
		if (header & GTF_sub_page)
			return GNTST_bad_gntref;
		rc = check_header(header, ldomid, readonly, false);
		if (rc)
			return rc;
		seen = cmpxchg32(word, header, header | busy);
		if (seen == header)
			return GNTST_okay;
		header = seen;
	}
	return GNTST_eagain;
}

/*
 * The word that says "in use" is elsewhere: it is set first, and then the entry
 * has to be what it was, for the guest clears the entry first and then looks at
 * the word.
 */
static int set_status_v2(struct grant_table *gt, grant_ref_t ref,
			 domid_t ldomid, bool readonly, bool copy)
{
	uint32_t *word = (uint32_t *)&shared_v2(gt, ref)->hdr;
	const struct active_entry *act = active_at(gt, ref);
	int rc = check_header(READ_ONCE(*word), ldomid, readonly, copy);

	if (rc)
		return rc;
	set_mask16(status_word(gt, ref),
		   GTF_reading | (readonly ? 0 : GTF_writing));
	smp_mb();
	rc = check_header(READ_ONCE(*word), ldomid, readonly, copy);
	if (rc)
		clear_status(gt, ref, act);
	return rc;
}

int set_status(struct grant_table *gt, grant_ref_t ref, domid_t ldomid,
	       bool readonly, bool copy)
{
	if (gt->version == 1)
		return set_status_v1(gt, ref, ldomid, readonly);
	return set_status_v2(gt, ref, ldomid, readonly, copy);
}

void clear_status(struct grant_table *gt, grant_ref_t ref,
		  const struct active_entry *act)
{
	uint16_t mask = 0;

	if (!(act->pin & GNTPIN_writes))
		mask |= GTF_writing;
	if (!act->pin)
		mask |= GTF_reading;
	if (mask)
		clear_mask16(status_word(gt, ref), mask);
}

/* -- frames --------------------------------------------------------------- */

int get_granted_frame(struct domain *rd, unsigned long gfn, bool readonly,
		      unsigned long *mfn)
{
	struct page_info *page = get_page_from_gfn(rd, gfn);

	if (!page)
		return GNTST_bad_page;
	if (!readonly && !get_page_writable(page)) {
		put_page(page);
		return GNTST_general_error;
	}
	*mfn = page_to_mfn(page);
	return GNTST_okay;
}

void put_granted_frame(unsigned long mfn, bool readonly)
{
	struct page_info *page = mfn_to_page(mfn);

	if (!readonly)
		put_page_writable(page);
	put_page(page);
}
