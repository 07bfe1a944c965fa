/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioas.h - I/O address spaces of processes, shared by the files of the folder
 *
 *	ioas_main.c	the device file
 *	ioas_map.c	mappings of a space
 *	ioas_device.c	devices that processes may have
 *	ioas_nesting.c	what guests ask for, and hear of
 */
#ifndef IOAS_H
#define IOAS_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include "ioas_ioctl.h"

/*
 * struct ioas_owner - who may have devices and PASIDs: a file
 * @pasids:	that were allocated by it
 * @lock:	protects @faults and @nr_faults
 * @faults:	struct ioas_heard.entry, oldest first
 */
struct ioas_owner {
	struct pasid_set *pasids;
	spinlock_t lock;
	struct list_head faults;
	unsigned int nr_faults;
};

/*
 * struct ioas - one space
 * @domain:	its mappings as the IOMMU has them
 * @lock:	protects @areas and their state
 * @areas:	struct ioas_area.entry, by address; they do not overlap
 */
struct ioas {
	struct iommu_domain *domain;
	struct mutex lock;
	struct list_head areas;
};

/*
 * struct ioas_area - one mapping
 * @busy:	it is being made or taken away, by somebody without the lock
 * @pages:	pinned, or NULL if it is the memory of a device
 */
struct ioas_area {
	struct list_head entry;
	bool busy;
	bool writable;
	unsigned long iova;
	size_t bytes;
	struct page **pages;
	const struct ioas_unmap *taker;	/* who takes it out, when busy */
};

/* -- ioas_map.c -- */

/* @nesting: guests may have tables of their own there. */
struct ioas *ioas_new(bool nesting);
void ioas_free(struct ioas *space);
int ioas_map(struct ioas *space, const struct ioas_map *map);
int ioas_unmap(struct ioas *space, struct ioas_unmap *unmap);

/* -- ioas_device.c -- */

/*
 * -ENOENT: no such device. A device has one owner; @owner is what attached it
 * and says so again when it detaches.
 */
int ioas_device_attach(const struct ioas_attach *attach, struct ioas *space,
		       struct ioas_owner *owner);
int ioas_device_detach(const struct ioas_attach *attach,
		       struct ioas_owner *owner);
void ioas_device_detach_all(struct ioas_owner *owner);
bool ioas_device_uses(struct ioas *space);
/* Physical address of a range of its memory; 0 if there is none. */
phys_addr_t ioas_device_bar(u32 id, u64 offset, u64 bytes);

/*
 * Calls @fn for a device of @owner, which stays where it is meanwhile; -ENOENT
 * if it is not his.
 */
typedef int (*ioas_device_fn)(struct device *dev, void *arg);
int ioas_device_call(u32 id, const struct ioas_owner *owner, ioas_device_fn fn,
		     void *arg);

int ioas_device_register(void);
void ioas_device_unregister(void);

/* -- ioas_nesting.c -- */

int ioas_owner_init(struct ioas_owner *owner);
/* It has no devices any more. */
void ioas_owner_exit(struct ioas_owner *owner);

/* -EBUSY if somebody hears of the device's faults already. */
int ioas_listen(struct ioas_owner *owner, struct device *dev);

int ioas_pasid_alloc(struct ioas_owner *owner, struct ioas_pasid *arg);
int ioas_pasid_free(struct ioas_owner *owner, const struct ioas_pasid *arg);
int ioas_info(struct ioas *space, struct ioas_info *arg);

/* IOAS_BIND and others of its form; @user is where the structure begins. */
int ioas_nesting(struct ioas_owner *owner, struct ioas *space, unsigned int cmd,
		 const struct ioas_nesting *arg, const void __user *user);

/* Copies the oldest fault to the user; one that he does not get stays. */
int ioas_read_fault(struct ioas_owner *owner, void __user *user);

#endif
