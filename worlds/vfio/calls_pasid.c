/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_pasid.c - ops about PASIDs and quotas, each with its reference
 *
 * Upstream has no such calls: there the ops do nothing (vfio_world.pasids). They
 * are about the owner of the container's PASIDs; what the container is they go
 * by and leave alone.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "vfio.h"
#include "vfio_nesting.h"

#define LAST_PASID	0xfffffu
#define POISON		0xdeadbeefu

static uint32_t owner_of(const struct vfio_world *w, int c)
{
	return c < 0 ? 0 : w->containers[c].owner;
}

/* The call's container; the owner of its PASIDs is what it changes. */
static int begin(struct vfio_world *w, uint64_t fd)
{
	int c = ref_object(w, fd, REF_CONTAINER);

	ref_begin_reading(w, fd, REF_NUMBERS(owner_of(w, c)),
			  ref_objects(w, fd) | REF_OWNER(owner_of(w, c)));
	return c;
}

/* -- alloc -- */

enum room { ENOUGH, SHORT, HOLE };

static int64_t expect_alloc(struct vfio_world *w, int c, uint64_t min,
			    uint64_t max)
{
	uint32_t owner = owner_of(w, c);

	if (!owner || !ref_physical(w, (uint32_t)c) || !min || min > max ||
	    max > LAST_PASID)
		return -EINVAL;
	if (ref_nr_pasids(w, owner) >= w->owners[owner - 1].quota)
		return -EDQUOT;
	return ref_nr_free(w, min, max) ? 0 : -ENOSPC;
}

/* Judges the number that was given out, and writes it down. */
static void allocated(struct vfio_world *w, int c, uint64_t min, uint64_t max,
		      uint64_t number)
{
	struct ref_pasid *p = ref_pasid_slot(w, number);
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "%llu, of %llu to %llu",
		 (unsigned long long)number, (unsigned long long)min,
		 (unsigned long long)max);
	if (number < min || number > max)
		vfio_raise(w, "wrong-result", "pasid",
			   "a PASID is outside of the range that was asked for",
			   why);
	else if (p)
		ref_pasid_own(w, p, owner_of(w, c));
}

int64_t op_pasid_alloc(struct world *world, const uint64_t *args)
{
	static const uint32_t argsz[] = { 20, 19, 20 }, bytes[] = { 20, 20, 16 };
	struct vfio_world *w = vfio_world(world);
	struct vfio_iommu_type1_pasid_request request = {
		.argsz = argsz[args[3]], .flags = VFIO_IOMMU_PASID_ALLOC,
		.alloc_pasid = { (uint32_t)args[1], (uint32_t)args[2], POISON },
	};
	int64_t rc, expected;
	uint64_t fd = args[0];
	int c;

	if (!w->pasids || w->nr_numbers + VFIO_THREADS > VFIO_PASIDS)
		return -ENOBUFS;
	/* One that never had PASIDs says no, and that is all it can do. */
	if (!owner_of(w, ref_object(w, fd, REF_CONTAINER)))
		fd = vfio_nesting_file(w, fd);
	c = begin(w, fd);
	meet_about_owner(w, c);
	expected = args[3] == ENOUGH ? expect_alloc(w, c, args[1], args[2]) :
				       -EINVAL;
	rc = vfio_ioctl(w, VFIO_IOMMU_PASID_REQUEST, &request,
			bytes[args[3]], argsz[args[3]]);
	/* Another owner may take, or give back, the last of the range. */
	if (!ref_alone(w) && (expected == -ENOSPC || rc == -ENOSPC))
		expected = rc;
	if (rc >= 0 && args[3] == ENOUGH) {
		rc = request.alloc_pasid.result;
		allocated(w, c, args[1], args[2], (uint64_t)rc);
	}
	if (ref_end(w))
		ref_judge(w, rc, expected, "PASID_REQUEST for a new one");
	return rc;
}

/* -- free -- */

/* No device may find anything by it when the call returns. */
static void free_begin(struct vfio_world *w, struct ref_pasid *p)
{
	p->leaving = true;
	ref_unbind_begin(w, p, p->bound | p->coming);
}

static void free_end(struct vfio_world *w, struct ref_pasid *p, bool done)
{
	/* What was bound meanwhile was bound before. */
	if (done)
		ref_unbind_begin(w, p, p->bound | p->coming);
	ref_pasid_settle(w, p, done);
	p->leaving = false;
	if (done)
		ref_pasid_free(w, p);
}

int64_t op_pasid_free(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_iommu_type1_pasid_request request = {
		.argsz = 12, .flags = VFIO_IOMMU_PASID_FREE,
		.free_pasid = (uint32_t)args[1],
	};
	struct ref_pasid *p = ref_pasid(w, args[1]);
	int64_t rc;
	bool mine;
	int c;

	if (!w->pasids)
		return -ENOBUFS;
	c = begin(w, args[0]);
	meet_about_pasid(w, c, args[1]);
	mine = p && p->owner && p->owner == owner_of(w, c);
	if (mine)
		free_begin(w, p);
	rc = vfio_ioctl(w, VFIO_IOMMU_PASID_REQUEST, &request, 12, 12);
	/* Given out meanwhile, by a call that has not told us yet. */
	if (p && !mine && rc >= 0)
		free_begin(w, p);
	if (p && (mine || rc >= 0))
		free_end(w, p, rc >= 0);
	if (ref_end(w))
		ref_judge(w, rc, mine ? 0 : -ENOENT, "PASID_REQUEST to free");
	ref_check_bindings(w);
	return rc;
}

static bool in_range(const struct ref_pasid *p, uint32_t owner,
		     const uint64_t *range)
{
	return owner && p->owner == owner && p->number >= range[0] &&
	       p->number <= range[1];
}

int64_t op_pasid_free_range(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_iommu_type1_pasid_request request = {
		.argsz = 16, .flags = VFIO_IOMMU_PASID_FREE_RANGE,
		.alloc_pasid = { (uint32_t)args[1], (uint32_t)args[2], POISON },
	};
	uint32_t owner, i;
	int64_t rc;

	if (!w->pasids)
		return -ENOBUFS;
	owner = owner_of(w, begin(w, args[0]));
	for (i = 0; i < w->nr_numbers; i++)
		if (in_range(&w->numbers[i], owner, args + 1))
			free_begin(w, &w->numbers[i]);
	rc = vfio_ioctl(w, VFIO_IOMMU_PASID_REQUEST, &request, 16, 16);
	for (i = 0; i < w->nr_numbers; i++) {
		struct ref_pasid *p = &w->numbers[i];

		if (!in_range(p, owner, args + 1))
			continue;
		/* Given out meanwhile: before the range was gone through? */
		if (p->leaving)
			free_end(w, p, rc >= 0);
		else
			p->unclear = true;
	}
	w->range_freed = w->nr_begun;
	if (ref_end(w))
		ref_judge(w, rc, owner && args[1] <= args[2] ? 0 : -EINVAL,
			  "PASID_REQUEST to free a range");
	ref_check_bindings(w);
	return rc;
}

/* -- quota -- */

/* LEFT: as many more than there are; EXACT: as many as there are. */
enum quota_kind { FINE, FLAGS, ARGSZ, LEFT, EXACT };

static int64_t expect_quota(struct vfio_world *w, int c, uint64_t quota,
			    enum quota_kind kind)
{
	uint32_t owner = owner_of(w, c);

	if (!owner || kind == FLAGS || kind == ARGSZ || quota > LAST_PASID)
		return -EINVAL;
	if (quota > VFIO_DEFAULT_PASID_QUOTA && !vfio_process(w)->privileged)
		return -EPERM;
	return quota < ref_nr_pasids(w, owner) ? -EBUSY : 0;
}

int64_t op_pasid_quota(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_iommu_type1_pasid_quota quota = {
		.argsz = args[2] == ARGSZ ? 11 : 12,
		.flags = args[2] == FLAGS, .quota = (uint32_t)args[1],
	};
	int64_t rc, expected;
	uint32_t owner;
	int c;

	if (!w->pasids)
		return -ENOBUFS;
	c = begin(w, args[0]);
	owner = owner_of(w, c);
	if (args[2] == LEFT && owner)
		quota.quota = (quota.quota & 3) + ref_nr_pasids(w, owner);
	if (args[2] == EXACT && owner)
		quota.quota = ref_nr_pasids(w, owner);
	expected = expect_quota(w, c, quota.quota, args[2]);
	if (owner)
		ref_quota_begin(w, owner, quota.quota);
	rc = vfio_ioctl(w, VFIO_IOMMU_SET_PASID_QUOTA, &quota,
			sizeof(quota), quota.argsz);
	if (owner)
		ref_quota_end(w, owner, quota.quota, rc >= 0);
	if (!ref_end(w))
		return rc;
	ref_judge(w, rc, expected, "SET_PASID_QUOTA");
	if (rc >= 0 && (uint64_t)rc != quota.quota)
		vfio_raise(w, "wrong-result", "quota",
			   "SET_PASID_QUOTA returns another quota",
			   "it returns the one that is in force");
	return rc;
}

int64_t op_uapi_version(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int64_t rc;
	int c;

	if (!w->pasids)
		return -ENOBUFS;
	c = begin(w, args[0]);
	rc = vfio_ioctl_value(w, VFIO_NESTING_GET_IOMMU_UAPI_VERSION,
			      0);
	if (!ref_end(w))
		return rc;
	ref_judge(w, rc, owner_of(w, c) ? 0 : -EINVAL,
		  "NESTING_GET_IOMMU_UAPI_VERSION");
	if (rc >= 0 && rc != NESTING_VERSION)
		vfio_raise(w, "wrong-result", "version",
			   "another version of structures is said to be known",
			   "there is only one");
	return rc;
}
