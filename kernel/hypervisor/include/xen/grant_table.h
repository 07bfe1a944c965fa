/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * grant_table.h - what the rest of a hypervisor asks of its grant tables
 */
#ifndef _XEN_GRANT_TABLE_H
#define _XEN_GRANT_TABLE_H

#include <xen/sched.h>

int grant_table_init(struct domain *d, unsigned int max_grant_frames,
		     unsigned int max_maptrack_frames);
/* Nobody maps anything of it any more, and it maps nothing. */
void grant_table_destroy(struct domain *d);
/* Unmaps everything that @d maps; -ERESTART: there is more. */
int gnttab_release_mappings(struct domain *d);

/*
 * The frame that is to go to @gfn for @idx of XENMAPSPACE_grant_table; grows the
 * table. The caller gets a reference to it.
 */
int gnttab_map_frame(struct domain *d, unsigned long idx, unsigned long gfn,
		     unsigned long *mfn);

long do_grant_table_op(unsigned int cmd, guest_addr_t uop, unsigned int count);

/* For those who look in from outside. */
struct gnttab_counts {
	unsigned int version;
	unsigned int nr_grant_frames;
	unsigned int nr_status_frames;
};
unsigned int gnttab_handles(const struct domain *d);	/* in use */
void gnttab_count(const struct domain *d, struct gnttab_counts *counts);
/* What a handle stands for; false: nothing. The frame that an entry is used for. */
bool gnttab_mapping(const struct domain *d, grant_handle_t handle,
		    domid_t *granter, grant_ref_t *ref);
unsigned long gnttab_active_frame(const struct domain *d, grant_ref_t ref);
/* Uses of an entry, a byte each: host for writing, for reading, device's. */
uint32_t gnttab_pins(const struct domain *d, grant_ref_t ref);
void *gnttab_shared_frame(const struct domain *d, unsigned int index);
void *gnttab_status_frame(const struct domain *d, unsigned int index);

#endif
