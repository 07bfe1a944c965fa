/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * viommu.h - the virtual IOMMU that a VMM gives to its guest
 *
 *	guest: tables, descriptors --> virtual unit --> VMM thread --> calls
 *	       waits for completion <-- resumes   <-- they return
 *
 * A unit in caching mode whose tables lie in guest memory. The guest owns its
 * first level; the VMM learns of a PASID when the guest invalidates the PASID
 * cache, because in caching mode it has to, and then binds it on the host, or
 * unbinds it. Invalidations of translations are handed on as they are. The
 * guest's wait completes when the host's calls have returned.
 *
 * This model knows no kernel: what the VMM does is a table of functions, run
 * by the thread that calls viommu_serve().
 */
#ifndef MODELS_VIOMMU_H
#define MODELS_VIOMMU_H

#include <models/iommu.h>

#define VIOMMU_MAX_DEVICES	4
#define VIOMMU_MAX_BINDINGS	32

struct viommu;

/* A PASID of a virtual device, with a first level of the guest. */
struct viommu_binding {
	uint64_t table;			/* guest address */
	uint64_t flags;			/* SRE, WPE, ... as in VTD_PASID_SRE */
	uint32_t pasid;
	uint16_t requester_id;
	uint16_t domain;		/* as the guest numbers them */
};

struct viommu_invalidation {
	uint64_t address;
	uint64_t nr_pages;		/* 4 KiB each; 0: all of the PASID */
	uint32_t pasid;
	uint16_t requester_id;
	bool leaf;			/* tables above the last level stay */
	uint8_t reserved;
};

/* All return 0 or a negative errno, of which the guest does not hear. */
struct viommu_ops {
	int (*bind)(void *arg, const struct viommu_binding *binding);
	int (*unbind)(void *arg, const struct viommu_binding *binding);
	int (*invalidate)(void *arg, const struct viommu_invalidation *what);
};

struct viommu_options {
	/* machine, source, frame and place count; the rest is set here. */
	struct iommu_options unit;
	const struct viommu_ops *ops;
	void *arg;
	uint32_t max_pasids;		/* of the guest; 0: 256 */
};

struct viommu *viommu_new(struct sim *sim,
			  const struct viommu_options *options);

/* For the guest's driver: registers, and devices behind the unit. */
struct iommu *viommu_unit(struct viommu *viommu);
void viommu_add_device(struct viommu *viommu, uint16_t requester_id);

/*
 * Takes one request of the guest and does what it asks for; blocks until there
 * is one. For the loop of one thread of the VMM.
 */
void viommu_serve(struct viommu *viommu);
/* The same if there is one now; false if there is none. */
bool viommu_poll(struct viommu *viommu);

/* Bindings that the host has accepted, and calls that failed. */
uint32_t viommu_bindings(const struct viommu *viommu);
uint32_t viommu_failures(const struct viommu *viommu);

#endif
