/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - grant tables of a hypervisor, between its files
 *
 *	granter                                   mapper
 *	shared[]   what the guest says   <------  maptrack[]: domid, ref, rights
 *	status[]   what we tell it (v2)           handle = index
 *	active[]   what we go by while it is used
 *
 * A guest may change its shared entries at any moment. So each is looked at
 * once, when its use begins, and what was found is kept in the active entry
 * until the last use ends.
 *
 * Locks, in the order in which they are taken: the table's, for reading by
 * whoever looks at entries and for writing by whoever changes the version or the
 * size; then the active entry's. A vCPU's list of handles has one of its own. No
 * two tables are locked at a time.
 *
 * References. Each mapping has one to its frame for each of host and device, and
 * as many for writing if it writes; each copy has one of either kind while it
 * lasts.
 */
#ifndef XEN_HYPERVISOR_INTERNAL_H
#define XEN_HYPERVISOR_INTERNAL_H

#include <string.h>

#include <xen/atomic.h>
#include <xen/grant_table.h>
#include <xen/sched.h>

#define MAX_GRANT_FRAMES	4
#define MAX_STATUS_FRAMES	1
#define MAX_MAPTRACK_FRAMES	4

#define V1_PER_FRAME	(PAGE_SIZE / sizeof(struct grant_entry_v1))
#define V2_PER_FRAME	(PAGE_SIZE / sizeof(union grant_entry_v2))
#define STATUS_PER_FRAME (PAGE_SIZE / sizeof(grant_status_t))

/* Uses of an entry: four counters of eight bits. */
#define GNTPIN_hstw_inc		(1u << 0)
#define GNTPIN_hstr_inc		(1u << 8)
#define GNTPIN_devw_inc		(1u << 16)
#define GNTPIN_devr_inc		(1u << 24)
#define GNTPIN_writes		0x00ff00ffu
#define GNTPIN_full		0x80808080u

/*
 * @domid:	who uses it
 * @trans_domid: whose grant it stands for, else the table's own domain
 */
struct active_entry {
	spinlock_t lock;
	uint32_t pin;
	domid_t domid;
	domid_t trans_domid;
	grant_ref_t trans_ref;
	uint16_t start;
	uint16_t length;
	unsigned long mfn;
	bool is_sub_page;
};

#define ACTIVE_PER_PAGE	(PAGE_SIZE / sizeof(struct active_entry))
#define MAX_ACTIVE_PAGES						\
	((MAX_GRANT_FRAMES * V1_PER_FRAME + ACTIVE_PER_PAGE - 1) / ACTIVE_PER_PAGE)

/* @flags: GNTMAP_*; 0: free, and @ref is the next free one. */
struct maptrack_entry {
	grant_ref_t ref;
	uint16_t flags;
	domid_t domid;
	uint32_t vcpu;
	uint32_t reserved;
};

#define MAPTRACK_PER_PAGE	(PAGE_SIZE / sizeof(struct maptrack_entry))
#define MAPTRACK_TAIL		(~0u)

struct grant_table {
	rwlock_t lock;
	unsigned int version;
	unsigned int max_grant_frames;
	unsigned int nr_grant_frames;
	unsigned int nr_status_frames;
	unsigned int nr_active_pages;
	void *shared[MAX_GRANT_FRAMES];
	grant_status_t *status[MAX_STATUS_FRAMES];
	struct active_entry *active[MAX_ACTIVE_PAGES];
	spinlock_t maptrack_lock;
	unsigned int max_maptrack_frames;
	unsigned int maptrack_limit;	/* handles there are */
	struct maptrack_entry *maptrack[MAX_MAPTRACK_FRAMES];
};

/* -- entry.c -- */

unsigned int nr_entries(const struct grant_table *gt);
struct active_entry *active_acquire(struct grant_table *gt, grant_ref_t ref);
void active_release(struct active_entry *act);
struct active_entry *active_at(struct grant_table *gt, grant_ref_t ref);

struct grant_entry_v1 *shared_v1(const struct grant_table *gt, grant_ref_t ref);
union grant_entry_v2 *shared_v2(const struct grant_table *gt, grant_ref_t ref);
grant_status_t *status_word(const struct grant_table *gt, grant_ref_t ref);

/*
 * Tells the guest that @ldomid begins to use an entry, if the guest lets it: a
 * GNTST_ code. @copy: transitive and sub-page grants will do.
 */
int set_status(struct grant_table *gt, grant_ref_t ref, domid_t ldomid,
	       bool readonly, bool copy);
/* Tells it what has ended; @act says what is left. */
void clear_status(struct grant_table *gt, grant_ref_t ref,
		  const struct active_entry *act);

/*
 * The frame a guest has named, with a reference and, unless @readonly, one for
 * writing: a GNTST_ code.
 */
int get_granted_frame(struct domain *rd, unsigned long gfn, bool readonly,
		      unsigned long *mfn);
void put_granted_frame(unsigned long mfn, bool readonly);

/* -- maptrack.c -- */

void maptrack_init(struct domain *d);
void maptrack_destroy(struct domain *d);
/* A handle for the calling vCPU, or negative. */
int64_t maptrack_get(struct domain *d);
void maptrack_put(struct domain *d, grant_handle_t handle);
/* NULL: there is no such handle. */
struct maptrack_entry *maptrack_at(struct grant_table *gt,
				   grant_handle_t handle);

/*
 * -- map.c, unmap.c, copy.c, table.c, hypercall.c: what comes in batches --
 *
 * One request each, in place: what the guest is to be told besides its status is
 * put into it. The GNTST_ code for its status, which the caller puts there.
 */

union gnttab_request {
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_and_replace replace;
	struct gnttab_copy copy;
	struct gnttab_transfer transfer;
	struct gnttab_swap_grant_ref swap;
};

int16_t gnttab_map(union gnttab_request *request);
int16_t gnttab_unmap_and_replace(union gnttab_request *request);
int16_t gnttab_copy(union gnttab_request *request);
int16_t gnttab_swap(union gnttab_request *request);

/* A whole batch, for one flush: how many were done, or a negative errno. */
long gnttab_unmap(guest_addr_t uop, unsigned int count);

/* -- table.c -- */

long gnttab_setup_table(guest_addr_t uop);
long gnttab_query_size(guest_addr_t uop);
long gnttab_set_version(guest_addr_t uop);
long gnttab_get_version(guest_addr_t uop);
long gnttab_get_status_frames(guest_addr_t uop);

#endif
