/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest_iommu.h - a guest's driver of its virtual IOMMU
 *
 * Owns PASIDs of one virtual device and their first-level tables, which lie in
 * guest memory. It edits them, tells the virtual IOMMU, and waits; or it
 * forgets to, if the program says so.
 *
 * Who may call what: everything from one fiber, the guest's; calls that tell
 * the virtual IOMMU block until it has answered.
 */
#ifndef MODELS_GUEST_IOMMU_H
#define MODELS_GUEST_IOMMU_H

#include <models/viommu.h>

#define GUEST_IOMMU_MAX_PASIDS	8
#define GUEST_IOMMU_MAX_ORDER	18	/* CAP.MAMV of the unit */
#define GUEST_IOMMU_ALL		(GUEST_IOMMU_MAX_ORDER + 1)

struct guest_iommu;

enum guest_rights {
	GUEST_WRITE	= 1 << 0,
	GUEST_USER	= 1 << 1,
	GUEST_NO_EXEC	= 1 << 2,
};

struct guest_iommu_options {
	struct machine *machine;
	struct viommu *viommu;
	/* As the virtual unit's: the frame of a guest page, or UINT64_MAX. */
	uint64_t (*frame)(void *arg, uint64_t guest_page);
	void *frame_arg;
	/* What its vCPU does while it waits; NULL: time passes. */
	void (*idle)(void *arg);
	void *idle_arg;
	uint64_t first_page;		/* guest pages for its tables */
	uint64_t table;			/* a first level that is there already, for
					 * all PASIDs; 0: each has its own */
	uint32_t nr_pages;		/* at least 6 */
	uint16_t requester_id;
	uint16_t domain;
};

struct guest_iommu *guest_iommu_new(struct sim *sim,
				    const struct guest_iommu_options *options);

/*
 * All return 0 or
 *
 * -ENOMEM	no guest page is left for a table
 * -EFAULT	a guest page that is needed is not there
 * -ENOENT	no such PASID, or nothing mapped
 * -EEXIST	the PASID is bound
 * -ENOSPC	too many PASIDs
 * -ETIMEDOUT	the virtual IOMMU does not answer within 100 ms
 */

/* Sets the unit up and turns translation on. */
int guest_iommu_boot(struct guest_iommu *guest);

/* A PASID below 64 with an empty table. */
int guest_iommu_bind(struct guest_iommu *guest, uint32_t pasid);
/* @forget: without telling anybody. */
int guest_iommu_unbind(struct guest_iommu *guest, uint32_t pasid, bool forget);

/*
 * Edits one entry, and tells nobody. @was: the guest page that was mapped
 * there, or UINT64_MAX; if one was, an invalidation is due. May be NULL.
 */
int guest_iommu_map(struct guest_iommu *guest, uint32_t pasid, uint64_t address,
		    uint64_t guest_page, uint32_t rights, uint64_t *was);
int guest_iommu_unmap(struct guest_iommu *guest, uint32_t pasid,
		      uint64_t address, uint64_t *was);

/* 1 << @order pages around @address, or GUEST_IOMMU_ALL of the PASID. */
int guest_iommu_invalidate(struct guest_iommu *guest, uint32_t pasid,
			   uint64_t address, unsigned int order);

#endif
