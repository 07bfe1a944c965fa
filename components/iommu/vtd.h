/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtd.h - the VT-d driver, shared by its files
 *
 *	vtd_main.c	the unit as a device; devices behind it
 *	vtd_queue.c	telling the unit to forget, and waiting until it has
 *	vtd_context.c	root, context and PASID tables
 *	vtd_tables.c	second-level tables
 *	vtd_domain.c	domains: what the core asks for
 *	vtd_attach.c	what devices' requests go through
 *	vtd_nesting.c	first-level tables of guests
 *	vtd_fault.c	faults the unit reports
 *	vtd_request.c	pages that devices ask for
 *
 * The rule of all of it: what the unit may still find in a table or a cache is
 * memory in use. Entries go live with one write of their present bit, after
 * all else; they are cleared first, then caches are told to forget them, and
 * only when the unit says it has is their memory freed.
 *
 * Lock order: group, dmar_device.lock, dmar_domain.lock, the queue's own,
 * dmar_unit.lock, dmar_device.ways_lock last.
 */
#ifndef VTD_H
#define VTD_H

#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "iommu_nesting.h"
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
 * struct dmar_reports - what the unit has to say, see vtd_request.c
 * @ring:	of page requests; NULL if the unit has none
 * @head:	the next one to be read, in entries
 * @work:	reads it, and passes on faults
 * @lock:	protects the rest
 * @faults:	that were refused and not passed on yet
 */
#define VTD_MAX_FAULTS		8u
struct dmar_fault {
	u64 address;
	u32 pasid;
	u32 perm;
	u32 reason;
	u16 source;
	u16 has_pasid;
};

struct dmar_reports {
	u64 *ring;
	unsigned int head;
	struct work_struct work;
	spinlock_t lock;
	struct dmar_fault faults[VTD_MAX_FAULTS];
	unsigned int nr_faults;
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
	struct dmar_reports reports;

	spinlock_t lock;
	unsigned long *domain_ids;
	unsigned int nr_domains;
	struct list_head devices;
};

/*
 * struct dmar_attachment - what requests of a device with one PASID go through
 * @domain:	NULL: nothing, or the domain that blocks
 * @pasid:	what the requests carry; VTD_RID_PASID: nothing
 * @id:		tag of what the unit caches of it: the domain's, or its own
 * @nested:	through tables of a guest first
 * @guest_pasid: what the guest calls it
 * @in_domain:	dmar_domain.attachments, if it has mappings
 * @in_device:	dmar_device.aux, but for plain requests
 */
struct dmar_attachment {
	struct dmar_device *vdev;
	struct iommu_domain *domain;
	u32 pasid;
	u16 id;
	bool nested;
	u32 guest_pasid;
	struct list_head in_domain;
	struct list_head in_device;
};

/*
 * struct dmar_device - a device behind the unit
 * @source:	its requester id
 * @ats:	it may keep translations, and has to be told to forget them
 * @pri:	it may ask for pages
 * @silent:	it did not answer when it was told to forget
 * @directory:	its PASID directory
 * @directory_order: size of that, in pages
 * @pdts:	the same as the context entry has it
 * @nr_pasids:	PASIDs are below; 0: its requests have none
 * @lock:	protects the PASID tables; held by whoever changes @plain or @aux
 * @plain:	for requests without a PASID
 * @aux:	struct dmar_attachment.in_device, one per PASID
 * @ways_lock:	held as well when @plain or @aux change; protects the rest
 * @handler, @handler_data: who hears of faults and page requests
 * @requests:	struct dmar_request.entry: page requests to be answered
 */
struct dmar_device {
	struct list_head entry;
	struct dmar_unit *unit;
	struct device *dev;
	u16 source;
	bool ats;
	bool pri;
	bool silent;
	u64 *directory;
	unsigned int directory_order;
	unsigned int pdts;
	u32 nr_pasids;

	struct mutex lock;
	struct dmar_attachment plain;
	struct list_head aux;

	spinlock_t ways_lock;
	nesting_fault_fn handler;
	void *handler_data;
	struct list_head requests;
};

/* struct dmar_request - a group of pages that a device waits for */
struct dmar_request {
	struct list_head entry;
	struct iommu_domain *domain;
	u16 source;
	u16 group;
	bool has_pasid;
	u32 pasid;
	u32 guest_pasid;
};

/*
 * struct dmar_domain - an I/O address space with second-level tables
 * @id:		tag of what the unit caches of it
 * @nesting:	may be the second level of guests; settled before any attachment
 * @top:	the topmost table
 * @lock:	protects @attachments
 * @attachments: struct dmar_attachment.in_domain; one is on the list for as long
 *		as the unit may use or cache the domain on its behalf
 */
struct dmar_domain {
	struct iommu_domain domain;
	struct dmar_unit *unit;
	u16 id;
	bool nesting;
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

/* The unit's own part of @dev, or NULL. */
struct dmar_device *dmar_device_of(struct device *dev);

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
/* What went through a first level; @range is of what requests have. */
void dmar_flush_pasid(struct dmar_unit *unit, u16 domain_id, u32 pasid,
		      const struct dmar_range *range);
/* The PASID entry, and nothing that came through it. */
void dmar_flush_pasid_entry(struct dmar_unit *unit, u16 domain_id, u32 pasid);
extern const struct dmar_range dmar_all;

/*
 * What the device itself remembers, if it does. One that does not answer is
 * blocked, so when this returns it is so in any case.
 */
void dmar_flush_device(struct dmar_device *vdev, u32 pasid,
		       const struct dmar_range *range);
/* Whatever its requests carried. */
void dmar_flush_whole_device(struct dmar_device *vdev);
/* Tells the device what became of a page request. */
void dmar_respond(struct dmar_unit *unit, const struct dmar_request *request,
		  unsigned int code);
void dmar_flush_everything(struct dmar_unit *unit);

/* -- vtd_context.c -- */

int dmar_root_init(struct dmar_unit *unit);
void dmar_root_exit(struct dmar_unit *unit);

/* The device's context entry, with empty PASID tables behind it. */
int dmar_context_init(struct dmar_device *vdev, unsigned int pasid_bits);
void dmar_context_exit(struct dmar_device *vdev);
/* No request of the device is let through any more. Does not sleep. */
void dmar_context_block(struct dmar_device *vdev);

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
void dmar_domain_flush(struct dmar_domain *domain, const struct dmar_range *range);
/* A free tag, or -ENOSPC; nothing in the unit has it when it is freed. */
int dmar_id_alloc(struct dmar_unit *unit);
void dmar_id_free(struct dmar_unit *unit, unsigned int id);
extern const struct iommu_domain_ops dmar_domain_ops;

/* -- vtd_attach.c -- */

int dmar_attach_paging(struct iommu_domain *domain, struct device *dev);
int dmar_attach_identity(struct iommu_domain *domain, struct device *dev);
int dmar_attach_blocked(struct iommu_domain *domain, struct device *dev);
/* The device is in no domain any more, whatever its requests carry. */
void dmar_detach(struct dmar_device *vdev);

/* These take dmar_device.lock to be held. */
struct dmar_attachment *dmar_find_aux(struct dmar_device *vdev, u32 pasid);
/* @at is on no list yet; on error it is on none either. */
int dmar_enter(struct dmar_attachment *at, struct dmar_domain *domain,
	       const struct dmar_pasid_entry *entry);
void dmar_add_aux(struct dmar_attachment *at);
/* Requests are translated no more and have landed; frees @at. */
void dmar_leave(struct dmar_attachment *at);
bool dmar_is_in(struct dmar_device *vdev, struct iommu_domain *domain);

/* -- vtd_nesting.c -- */

int dmar_enable_nesting(struct iommu_domain *domain);
/* All bindings in a domain the device has left, or is to lose. */
void dmar_unbind_all(struct dmar_device *vdev, struct iommu_domain *domain);

/* -- vtd_fault.c -- */

int dmar_fault_init(struct dmar_unit *unit);

/* -- vtd_request.c -- */

void dmar_reports_new(struct dmar_unit *unit);
/* When it is known what the unit can. */
int dmar_reports_init(struct dmar_unit *unit);
void dmar_reports_start(struct dmar_unit *unit);
/* The unit raises no more interrupts, and has no devices. */
void dmar_reports_exit(struct dmar_unit *unit);
/* From the interrupt: there is something to be read. */
void dmar_reports_notify(struct dmar_unit *unit);
void dmar_report_fault(struct dmar_unit *unit, const struct dmar_fault *fault);
/* All that the unit had to say before has been dealt with. May sleep. */
void dmar_reports_flush(struct dmar_unit *unit);
/* The same, and page requests with @pasid are answered: there are no pages. */
void dmar_requests_drain(struct dmar_device *vdev, u32 pasid);

#endif
