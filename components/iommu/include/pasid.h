/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pasid.h - PASIDs: who has which
 *
 * There is one space of numbers for all IOMMUs of the machine. A PASID belongs
 * to the set it was allocated from; a set has a quota. Numbers are counted
 * against it until they are free again.
 *
 * A PASID that is in use, because a table of a device has it, is held with
 * pasid_get(). Freeing it hides it from pasid_find() and pasid_get() at once,
 * but the number is given out again only when the last holder has put it, so
 * nobody's table has somebody else's PASID.
 *
 * Compare <linux/ioasid.h> of Linux 6.1: as there, a foreign PASID is -EACCES
 * and an unknown one -ENOENT; other than there, sets have quotas and an end, and
 * what went wrong is said by an errno.
 */
#ifndef PASID_H
#define PASID_H

#include <linux/types.h>

#define PASID_BITS	20
/* 0 is for requests that have none. */
#define PASID_FIRST	1u
#define PASID_LAST	((1u << PASID_BITS) - 1)

struct pasid_set;

/* The caller has the only reference; ERR_PTR(-ENOMEM). */
struct pasid_set *pasid_set_new(unsigned int quota);
void pasid_set_get(struct pasid_set *set);
/* Each PASID holds its set, so a set that goes away is empty. */
void pasid_set_put(struct pasid_set *set);

/* -EBUSY if more are allocated. */
int pasid_set_quota(struct pasid_set *set, unsigned int quota);
unsigned int pasid_set_count(struct pasid_set *set);

/*
 * A free number of [min, max], with @data behind it. -EINVAL: no such range,
 * -EDQUOT: the quota is used up, -ENOSPC: all of the range is taken, -ENOMEM.
 */
int pasid_alloc(struct pasid_set *set, u32 min, u32 max, void *data,
		u32 *pasid);
/* Nobody finds it any more; -EACCES or -ENOENT if it is not the set's. */
int pasid_free(struct pasid_set *set, u32 pasid);
/* Frees what the set has left, calling @fn first; @fn may sleep. */
void pasid_free_all(struct pasid_set *set,
		    void (*fn)(u32 pasid, void *data, void *arg), void *arg);

/* Its data; ERR_PTR(-EACCES) or ERR_PTR(-ENOENT) if it is not the set's. */
void *pasid_find(struct pasid_set *set, u32 pasid);

/* The lowest of the set from @from on, or 0. */
u32 pasid_next(struct pasid_set *set, u32 from);

/* 0: it is the set's and stays at least until pasid_put(); else as find. */
int pasid_get(struct pasid_set *set, u32 pasid);
void pasid_put(u32 pasid);

#endif
