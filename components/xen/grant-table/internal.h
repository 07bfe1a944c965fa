/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - the grant table of this guest (private to this folder)
 *
 *	references.c	which references are free, who waits for some
 *	table.c		where entries are and what they look like; growth
 *	grant.c		granting, ending, ending later
 *	map.c		what others have granted: map, unmap, copy, holes for it
 *
 * The lock of references.c is the only one that is held over calls between these
 * files, and it is the outermost.
 */
#ifndef XEN_GRANT_TABLE_INTERNAL_H
#define XEN_GRANT_TABLE_INTERNAL_H

#include <linux/types.h>
#include <xen/grant_table.h>

#define GNTTAB_LIST_END	((grant_ref_t)-1)

/* What an entry looks like in one version of the table. */
struct gnttab_layout {
	unsigned int version;
	unsigned int refs_per_frame;
	/* @flags beside GTF_permit_access; the entry is not in use. */
	void (*grant)(grant_ref_t ref, domid_t domid, unsigned long frame,
		      u16 flags);
	/* True if nobody can use the entry from now on, false if somebody does. */
	bool (*end)(grant_ref_t ref);
	unsigned long (*frame)(grant_ref_t ref);
};

/* -- table.c -- */

extern const struct gnttab_layout *gnttab_layout;

/*
 * Adds frames for at least @nr references. Returns how many there are more, or
 * -ENOSPC. Allocates nothing, so any context will do; the caller serialises.
 */
int gnttab_table_grow(unsigned int nr);

/* -- references.c -- */

/* Room for @max references, of which there are @nr now. */
int gnttab_refs_init(unsigned int nr, unsigned int max);
bool gnttab_ref_is_taken(grant_ref_t ref);

/* Chains of taken references, for whoever has them. */
void gnttab_chain(grant_ref_t *head, grant_ref_t ref);
grant_ref_t gnttab_unchain(grant_ref_t *head);

#endif
