/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - directories as they are on the wire
 *
 * wrong-directory: from the reference the backend is told, directory pages follow
 * one another, as many as the buffer needs and no more. Each is granted to the
 * backend for writing, each reference in them is, and shows the page of the buffer
 * that belongs there; behind the last one there is nothing. Where the backend has
 * the pages there is nothing at all but the chain. No reference is used twice.
 *
 * Looked at in the moment the buffer is made. Assumption: nobody else runs, so what
 * is there is the frontend's: a backend may know a reference from an earlier buffer,
 * and write before it is told of this one.
 */
#include <stdio.h>
#include <string.h>

#include <sim/finding.h>

#include "xen_shbuf.h"

struct walk {
	struct world *world;
	const struct buffer *buffer;
	uint32_t left;			/* references that are to come */
	uint32_t nr;			/* that have come */
	uint8_t seen[8 * SIM_FRAME_BYTES / GNTTAB_V1_ENTRY_BYTES / 8];
};

static void raise_directory(struct walk *walk, const char *what, uint32_t ref)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "reference %u, after %u of %u pages", ref,
		 walk->nr, walk->buffer->nr_pages);
	one_host_raise(walk->world, "wrong-directory",
		       walk->buffer->backend ? "backend" : "frontend", what,
		       why);
}

/* The frame behind a reference that nobody has used in this walk. */
static uint64_t granted_frame(struct walk *walk, uint32_t ref)
{
	const struct xen_ledger *ledger =
		xen_ledger(xen_world(walk->world)->xen);
	struct xen_entry entry;

	if (!xen_ledger_entry(ledger, GUEST_DOMID, ref, &entry) ||
	    (entry.flags & GTF_TYPE_MASK) != GTF_PERMIT_ACCESS ||
	    entry.flags & GTF_READONLY || entry.domid != PEER_DOMID ||
	    ref < GNTTAB_NR_RESERVED)
		raise_directory(walk, "a reference is not granted to the backend",
				ref);
	if (walk->seen[ref / 8] >> ref % 8 & 1)
		raise_directory(walk, "a reference is there twice", ref);
	walk->seen[ref / 8] |= 1 << ref % 8;
	return entry.frame;
}

static void judge_page_refs(struct walk *walk, const uint32_t *grefs)
{
	uint32_t nr = walk->left < XEN_GREFS_PER_PAGE ? walk->left :
							XEN_GREFS_PER_PAGE, i;

	for (i = 0; i < nr; i++, walk->nr++) {
		uint64_t want = walk->buffer->pool[walk->nr % XEN_SHBUF_POOL];

		if (granted_frame(walk, grefs[i]) != want)
			raise_directory(walk, "a reference is of another page",
					grefs[i]);
	}
	walk->left -= nr;
	for (; i < XEN_GREFS_PER_PAGE; i++)
		if (grefs[i])
			raise_directory(walk, "something is behind the last reference",
					grefs[i]);
}

void judge_directory(struct world *world, const struct buffer *buffer)
{
	uint32_t nr_dir = (buffer->nr_pages + XEN_GREFS_PER_PAGE - 1) /
			  XEN_GREFS_PER_PAGE;
	struct walk walk = {
		.world = world, .buffer = buffer,
		.left = buffer->backend ? 0 : buffer->nr_pages,
	};
	uint32_t ref = buffer->dir_start, i;

	for (i = 0; i < nr_dir; i++) {
		const uint32_t *page = xen_frame(xen_world(world)->xen,
						 GUEST_DOMID,
						 granted_frame(&walk, ref));

		judge_page_refs(&walk, page + 1);
		ref = page[0];
		if ((ref == XEN_GREF_LIST_END) != (i == nr_dir - 1))
			raise_directory(&walk, "the directory ends elsewhere",
					ref);
	}
}
