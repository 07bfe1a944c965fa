/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtd.h - the VT-d driver, shared by its files
 *
 *	vtd_main.c	the unit as a device; devices behind it
 *	vtd_queue.c	telling the unit to forget, and waiting until it has
 *	vtd_context.c	root, context and PASID tables
 *	vtd_tables.c	second-level tables
 *	vtd_domain.c	domains: what the core asks for
 *	vtd_fault.c	faults the unit reports
 *
 * The rule of all of it: what the unit may still find in a table or a cache is
 * memory in use. Entries go live with one write of their present bit, after
 * all else; they are cleared first, then caches are told to forget them, and
 * only when the unit says it has is their memory freed.
 *
 * Lock order: group, dmar_device.lock, dmar_domain.lock, dmar_unit.lock, and the
 * queue's own last.
 */
#ifndef VTD_H
#define VTD_H

#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include "vtd_regs.h"

#define VTD_MAX_DOMAINS		256u
/* Fixed domain ids; 0 is not for us where the unit caches what is absent. */
#define VTD_ID_THROUGH		1
#define VTD_FIRST_ID		2
/* Requests without a PASID are translated as if they had this one. */
#define VTD_RID_PASID		0

struct dmar_command {
	u64 words[4];
};

/*
 * struct dmar_queue - the ring of commands
 * @lock:	protects everything
 * @ring:	a page of commands
 * @status:	a page with a word for each, see vtd_queue.c
 * @head, @tail, @nr_free: entries in use lie between head and tail
 */
struct dmar_queue {
	spinlock_t lock;
	struct dmar_command *ring;
	u32 *status;
	unsigned int head;
	unsigned int tail;
	unsigned int nr_free;
};

/*
 * struct dmar_unit - one remapping unit
 * @levels:	of second-level tables
 * @root:	the root table
 * @lock:	protects @domain_ids and @devices
 * @domain_ids:	in use
 * @nr_domains:	how many ids there are
 * @devices:	struct dmar_device.entry
 */
struct dmar_unit {
	struct iommu_device iommu;
	struct device *dev;
	void __iomem *regs;
	u64 cap;
	u64 ecap;
	unsigned int levels;
	int irq;
	u64 *root;
	struct dmar_queue queue;

	spinlock_t lock;
	unsigned long *domain_ids;
	unsigned int nr_domains;
	struct list_head devices;
};

/*
 * struct dmar_attachment - a domain that requests of a device go through
 * @domain:	NULL: none, or the one that blocks
 * @pasid:	what the requests carry; VTD_RID_PASID: nothing
 * @in_domain:	dmar_domain.attachments, if it has mappings
 * @in_device:	dmar_device.aux, but for plain requests
 */
struct dmar_attachment {
	struct dmar_device *vdev;
	struct iommu_domain *domain;
	u32 pasid;
	struct list_head in_domain;
	struct list_head in_device;
};

/*
 * struct dmar_device - a device behind the unit
 * @source:	its requester id
 * @directory:	its PASID directory
 * @directory_order: size of that, in pages
 * @pdts:	the same as the context entry has it
 * @nr_pasids:	PASIDs are below; 0: its requests have none
 * @lock:	protects the PASID tables, @plain and @aux
 * @plain:	for requests without a PASID
 * @aux:	struct dmar_attachment.in_device, one per PASID
 */
struct dmar_device {
	struct list_head entry;
	struct dmar_unit *unit;
	struct device *dev;
	u16 source;
	u64 *directory;
	unsigned int directory_order;
	unsigned int pdts;
	u32 nr_pasids;

	struct mutex lock;
	struct dmar_attachment plain;
	struct list_head aux;
};

/*
 * struct dmar_domain - an I/O address space with second-level tables
 * @id:		tag of what the unit caches of it
 * @top:	the topmost table
 * @lock:	protects @attachments
 * @attachments: struct dmar_attachment.in_domain; one is on the list for as long
 *		as the unit may use or cache the domain on its behalf
 */
struct dmar_domain {
	struct iommu_domain domain;
	struct dmar_unit *unit;
	u16 id;
	u64 *top;
	spinlock_t lock;
	struct list_head attachments;
};

static inline struct dmar_domain *to_vtd_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct dmar_domain, domain);
}

/* -- vtd_main.c -- */

/* The unit that serves new domains, or NULL. */
struct dmar_unit *dmar_first_unit(void);

/* -- vtd_queue.c -- */

int dmar_queue_init(struct dmar_unit *unit);
void dmar_queue_exit(struct dmar_unit *unit);

/*
 * Has the unit execute commands in this order. When this returns it has, and
 * requests it translated before have reached memory. Does not sleep.
 */
#define VTD_MAX_COMMANDS	4
void dmar_queue_run(struct dmar_unit *unit, const struct dmar_command *commands,
		   unsigned int nr);

/* IOTLB entries of a domain; @last inclusive. */
struct dmar_range {
	unsigned long first;
	unsigned long last;
	bool leaves_only;	/* no table has gone */
};
void dmar_flush_range(struct dmar_unit *unit, u16 domain_id,
		     const struct dmar_range *range);
void dmar_flush_domain(struct dmar_unit *unit, u16 domain_id);
void dmar_flush_everything(struct dmar_unit *unit);

/* -- vtd_context.c -- */

int dmar_root_init(struct dmar_unit *unit);
void dmar_root_exit(struct dmar_unit *unit);

/* The device's context entry, with empty PASID tables behind it. */
int dmar_context_init(struct dmar_device *vdev, unsigned int pasid_bits);
void dmar_context_exit(struct dmar_device *vdev);

/* What a PASID entry says; both take dmar_device.lock to be held. */
struct dmar_pasid_entry {
	u64 words[VTD_PASID_WORDS];
};
int dmar_pasid_set(struct dmar_device *vdev, u32 pasid,
		  const struct dmar_pasid_entry *entry);
void dmar_pasid_clear(struct dmar_device *vdev, u32 pasid);

/* -- vtd_tables.c -- */

/*
 * Maps @count pages that are leaves of @level. *@mapped grows by the bytes that
 * were, also on error. -EEXIST: something is mapped there.
 */
int dmar_tables_map(struct dmar_domain *domain, unsigned long iova,
		   phys_addr_t phys, unsigned int level, size_t count,
		   u64 rights, gfp_t gfp, size_t *mapped);

/*
 * Takes pages out up to the first hole; returns their bytes. Tables that are
 * empty now go to @freelist, to be freed when caches have been flushed.
 */
size_t dmar_tables_unmap(struct dmar_domain *domain, unsigned long iova,
			size_t bytes, struct list_head *freelist);
phys_addr_t dmar_tables_find(struct dmar_domain *domain, unsigned long iova);
void dmar_free_pages(struct list_head *freelist);
/* All tables; no device may be attached. */
void dmar_tables_free(struct dmar_domain *domain);

/* Bits of an address below a leaf of @level; 1 is the last level. */
static inline unsigned int dmar_level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

/* -- vtd_domain.c -- */

struct iommu_domain *dmar_domain_alloc(unsigned int type);
/* The device is in no domain any more, whatever its requests carry. */
void dmar_detach(struct dmar_device *vdev);
void dmar_domain_flush(struct dmar_domain *domain, const struct dmar_range *range);
extern const struct iommu_domain_ops dmar_domain_ops;

/* -- vtd_fault.c -- */

int dmar_fault_init(struct dmar_unit *unit);

#endif
