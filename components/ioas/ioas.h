/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioas.h - I/O address spaces of processes, shared by the files of the folder
 *
 *	ioas_main.c	the device file
 *	ioas_map.c	mappings of a space
 *	ioas_device.c	devices that processes may have
 */
#ifndef IOAS_H
#define IOAS_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include "ioas_ioctl.h"

struct ioas_device;

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

struct ioas *ioas_new(void);
void ioas_free(struct ioas *space);
int ioas_map(struct ioas *space, const struct ioas_map *map);
int ioas_unmap(struct ioas *space, struct ioas_unmap *unmap);

/* -- ioas_device.c -- */

/*
 * -ENOENT: no such device. A device has one owner; @owner is what attached it
 * and says so again when it detaches.
 */
int ioas_device_attach(const struct ioas_attach *attach, struct ioas *space,
		       void *owner);
int ioas_device_detach(const struct ioas_attach *attach, void *owner);
void ioas_device_detach_all(void *owner);
bool ioas_device_uses(struct ioas *space);
/* Physical address of a range of its memory; 0 if there is none. */
phys_addr_t ioas_device_bar(u32 id, u64 offset, u64 bytes);

int ioas_device_register(void);
void ioas_device_unregister(void);

#endif
