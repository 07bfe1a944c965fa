// SPDX-License-Identifier: GPL-2.0-only
/*
 * pasid.c - PASIDs: who has which
 *
 * An array from numbers to struct pasid. The lock of the array protects all of
 * it: references, sets' counts and quotas, and who is going.
 *
 *    allocated --pasid_free()--> going --last pasid_put()--> free
 *
 * A number that is going stays in the array and in its set's count. What is
 * allocated holds one reference of its own, which pasid_free() takes back.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "pasid.h"

/*
 * struct pasid_set - an owner of PASIDs
 * @kref:	one per user, and one per PASID
 * @quota:	most there may be
 * @count:	allocated and going
 */
struct pasid_set {
	struct kref kref;
	unsigned int quota;
	unsigned int count;
};

struct pasid {
	struct pasid_set *set;
	void *data;
	unsigned int refs;
	bool going;
};

static DEFINE_XARRAY_ALLOC(pasids);

/* -- sets -- */

struct pasid_set *pasid_set_new(unsigned int quota)
{
	struct pasid_set *set = kzalloc(sizeof(*set), GFP_KERNEL);

	if (!set)
		return ERR_PTR(-ENOMEM);
	kref_init(&set->kref);
	set->quota = quota;
	return set;
}
EXPORT_SYMBOL_GPL(pasid_set_new);

void pasid_set_get(struct pasid_set *set)
{
	kref_get(&set->kref);
}
EXPORT_SYMBOL_GPL(pasid_set_get);

static void set_release(struct kref *kref)
{
	kfree(container_of(kref, struct pasid_set, kref));
}

void pasid_set_put(struct pasid_set *set)
{
	if (set)
		kref_put(&set->kref, set_release);
}
EXPORT_SYMBOL_GPL(pasid_set_put);

int pasid_set_quota(struct pasid_set *set, unsigned int quota)
{
	int rc = 0;

	xa_lock(&pasids);
	if (quota < set->count)
		rc = -EBUSY;
	else
		set->quota = quota;
	xa_unlock(&pasids);
	return rc;
}
EXPORT_SYMBOL_GPL(pasid_set_quota);

unsigned int pasid_set_count(struct pasid_set *set)
{
	unsigned int count;

	xa_lock(&pasids);
	count = set->count;
	xa_unlock(&pasids);
	return count;
}
EXPORT_SYMBOL_GPL(pasid_set_count);

/* -- numbers; the caller has the lock -- */

/* The set's PASID, or why it is not. */
static struct pasid *find(struct pasid_set *set, u32 pasid)
{
	struct pasid *p = xa_load(&pasids, pasid);

	if (!p || p->going)
		return ERR_PTR(-ENOENT);
	return p->set == set ? p : ERR_PTR(-EACCES);
}

/* What is to be freed when the lock has been dropped, or NULL. */
static struct pasid *drop(struct pasid *p, u32 pasid)
{
	if (--p->refs)
		return NULL;
	__xa_erase(&pasids, pasid);
	p->set->count--;
	return p;
}

static void dispose(struct pasid *p)
{
	if (!p)
		return;
	pasid_set_put(p->set);
	kfree(p);
}

/* -- the interface -- */

/* Room is taken before the array may drop its lock to get memory. */
static int insert(struct pasid_set *set, struct pasid *p, u32 min, u32 max,
		  u32 *pasid)
{
	int rc = -EDQUOT;

	xa_lock(&pasids);
	if (set->count < set->quota) {
		set->count++;
		rc = __xa_alloc(&pasids, pasid, p, XA_LIMIT(min, max),
				GFP_KERNEL);
		if (rc)
			set->count--;
	}
	xa_unlock(&pasids);
	return rc == -EBUSY ? -ENOSPC : rc;
}

int pasid_alloc(struct pasid_set *set, u32 min, u32 max, void *data, u32 *pasid)
{
	struct pasid *p;
	int rc;

	if (min < PASID_FIRST || min > max || max > PASID_LAST)
		return -EINVAL;
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->set = set;
	p->data = data;
	p->refs = 1;
	pasid_set_get(set);
	rc = insert(set, p, min, max, pasid);
	if (rc)
		dispose(p);
	return rc;
}
EXPORT_SYMBOL_GPL(pasid_alloc);

int pasid_free(struct pasid_set *set, u32 pasid)
{
	struct pasid *p, *last = NULL;

	xa_lock(&pasids);
	p = find(set, pasid);
	if (!IS_ERR(p)) {
		p->going = true;
		last = drop(p, pasid);
	}
	xa_unlock(&pasids);
	dispose(last);
	return PTR_ERR_OR_ZERO(p);
}
EXPORT_SYMBOL_GPL(pasid_free);

/* The lowest one from @from on, or 0. */
static u32 next_of(struct pasid_set *set, u32 from, void **data)
{
	unsigned long pasid;
	struct pasid *p;
	u32 found = 0;

	xa_lock(&pasids);
	xa_for_each_start(&pasids, pasid, p, from) {
		if (p->set != set || p->going)
			continue;
		found = pasid;
		*data = p->data;
		break;
	}
	xa_unlock(&pasids);
	return found;
}

u32 pasid_next(struct pasid_set *set, u32 from)
{
	void *data;

	return next_of(set, from, &data);
}
EXPORT_SYMBOL_GPL(pasid_next);

void pasid_free_all(struct pasid_set *set,
		    void (*fn)(u32 pasid, void *data, void *arg), void *arg)
{
	u32 pasid = 0;
	void *data;

	while ((pasid = next_of(set, pasid + 1, &data))) {
		if (fn)
			fn(pasid, data, arg);
		pasid_free(set, pasid);
	}
}
EXPORT_SYMBOL_GPL(pasid_free_all);

void *pasid_find(struct pasid_set *set, u32 pasid)
{
	struct pasid *p;
	void *data;

	xa_lock(&pasids);
	p = find(set, pasid);
	data = IS_ERR(p) ? p : p->data;
	xa_unlock(&pasids);
	return data;
}
EXPORT_SYMBOL_GPL(pasid_find);

int pasid_get(struct pasid_set *set, u32 pasid)
{
	struct pasid *p;

	xa_lock(&pasids);
	p = find(set, pasid);
	if (!IS_ERR(p))
		p->refs++;
	xa_unlock(&pasids);
	return PTR_ERR_OR_ZERO(p);
}
EXPORT_SYMBOL_GPL(pasid_get);

void pasid_put(u32 pasid)
{
	struct pasid *p, *last = NULL;

	xa_lock(&pasids);
	p = xa_load(&pasids, pasid);
	if (!WARN_ON(!p))
		last = drop(p, pasid);
	xa_unlock(&pasids);
	dispose(last);
}
EXPORT_SYMBOL_GPL(pasid_put);
