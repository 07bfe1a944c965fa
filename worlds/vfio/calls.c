/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.c - ops about files, groups and containers, each with its reference
 *
 * The pattern of all: say what the call is about, work out what should come of
 * it, tell the ledger what may change, call, judge, and do the same to the
 * reference. Calls that would need more objects than the reference has are
 * dropped with -ENOBUFS.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <kernel/instance.h>
#include <stdio.h>
#include <string.h>

#include "vfio.h"
#include "vfio_nesting.h"

static bool fds_left(struct vfio_world *w)
{
	const struct vfio_process *p = vfio_process(w);
	unsigned int i, nr = 0;

	for (i = 0; p->process && i < VFIO_FDS; i++)
		nr += p->fds[i] >= 0;
	/* Other threads may be about to take some. */
	return nr + VFIO_THREADS < VFIO_FDS;
}

static bool files_left(const struct vfio_world *w)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VFIO_FILES; i++)
		nr += w->files[i].kind != REF_CLOSED;
	return nr + VFIO_THREADS < VFIO_FILES;
}

int64_t op_container_open(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int64_t rc;
	int c;

	if (!fds_left(w) || !files_left(w))
		return -ENOBUFS;
	c = ref_new_container(w);
	if (c < 0)
		return -ENOBUFS;
	ref_begin(w, REF_FILES | 1ull << c);
	rc = vfio_open(w, "vfio/vfio");
	if (rc >= 0)
		ref_install(w, vfio_process_number(w), (uint64_t)rc,
			    REF_CONTAINER, (uint32_t)c);
	else
		w->containers[c].used = false;
	if (ref_end(w))
		ref_judge(w, rc, 0, "open of /dev/vfio/vfio");
	return rc;
}

int64_t op_group_open(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct ref_group *g = &w->groups[args[0]];
	char name[16];
	int64_t rc, expected;

	if (!fds_left(w) || !files_left(w))
		return -ENOBUFS;
	snprintf(name, sizeof(name), "vfio/%u", g->number);
	ref_begin(w, REF_FILES);
	if (g->gone) {
		ref_end(w);
		return -ENODEV;
	}
	expected = g->open ? -EBUSY : 0;
	rc = vfio_open(w, name);
	if (ref_end(w))
		ref_judge(w, rc, expected, "open of a group");
	if (rc >= 0) {
		g->open = true;
		g->file_closed = false;
		ref_install(w, vfio_process_number(w), (uint64_t)rc, REF_GROUP,
			    (uint32_t)args[0]);
	}
	return rc;
}

/*
 * An IOMMU driver without memory for a reserved region leaves it out, and has no
 * way to say so: iommu_ops.get_resv_regions() returns nothing.
 */
static void windows_in_doubt(struct vfio_world *w, int c, int64_t result)
{
	if (c >= 0 && result >= 0 && ref_excused(w))
		w->unsure |= 1ull << c;
}

/* The container that a group's or device's file is about, or -1. */
static int container_behind(struct vfio_world *w, uint64_t fd)
{
	const struct ref_file *file = ref_file(w, fd);

	if (!file || (file->kind != REF_GROUP && file->kind != REF_DEVICE) ||
	    !w->groups[file->object].in_container)
		return -1;
	return (int)w->groups[file->object].container;
}

int64_t op_close(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int c = container_behind(w, args[0]);
	bool open = ref_file(w, args[0]);
	int64_t rc;

	ref_begin(w, REF_FILES | ref_objects(w, args[0]) |
		  ref_owner_behind(w, args[0]));
	ref_close(w, vfio_process_number(w), args[0]);
	rc = vfio_close(w, args[0]);
	ref_settle(w, true);
	windows_in_doubt(w, c, rc);
	if (ref_end(w)) {
		ref_judge(w, rc, open ? 0 : -EBADF, "close");
		ref_check_accounts(w);
	}
	return rc;
}

int64_t op_device_open(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int g = ref_object(w, args[0], REF_GROUP);
	int64_t rc, expected = -ENODEV;
	char name[32];

	/* Who opens a device that is about to go has it stay for ever. */
	if (!fds_left(w) || !files_left(w) || w->groups[args[1]].gone)
		return -ENOBUFS;
	meet_about_group(w, g);
	ref_begin_on(w, args[0], REF_FILES);
	w->groups[args[1]].opening++;
	if (g == (int)args[1] && w->groups[g].in_container &&
	    w->containers[w->groups[g].container].type)
		expected = 0;
	memset(name, 0, sizeof(name));
	snprintf(name, sizeof(name), "%s", vfio_devices[args[1]].name);
	rc = vfio_ioctl(w, VFIO_GROUP_GET_DEVICE_FD, name,
			sizeof(name), sizeof(name));
	w->groups[args[1]].opening--;
	/* The device keeps its group's file, which may be closed already. */
	if (rc >= 0 && g >= 0) {
		w->groups[g].users++;
		ref_install(w, vfio_process_number(w), (uint64_t)rc, REF_DEVICE,
			    (uint32_t)g);
	}
	if (ref_end(w))
		ref_judge(w, rc, expected, "GET_DEVICE_FD");
	return rc;
}

/* -- groups and containers -- */

static bool has_mappings(struct vfio_world *w, uint32_t c)
{
	return ref_find(w, c, 0, UINT64_MAX);
}

/* All mappings have been made by, and are still of, this process. */
static bool all_mine(struct vfio_world *w, uint32_t c)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (w->mappings[i].used && w->mappings[i].container == c &&
		    w->mappings[i].owner != vfio_process(w)->mm)
			return false;
	return true;
}

/*
 * The first group behind an IOMMU has everything pinned: whether that works is
 * left to the call where it is not obvious.
 */
static int64_t expect_attach(struct vfio_world *w, int g, int c, bool *open)
{
	if (g < 0 || c < 0 || w->groups[g].in_container)
		return -EINVAL;
	if (!w->containers[c].type)
		return 0;
	if (ref_has_invalid(w, (uint32_t)c))
		return -EBUSY;
	if (ref_has_slice(w, (uint32_t)g, (uint32_t)c))
		return -EBUSY;
	if (ref_translated((uint32_t)g) && !ref_physical(w, (uint32_t)c) &&
	    has_mappings(w, (uint32_t)c))
		*open = true;
	return 0;
}

static void bind(struct vfio_world *w, int g, int c)
{
	const struct ledger_binding binding = {
		.requester_id = ref_requester(w, (uint32_t)g),
		.pasid = w->groups[g].pasid,
		.owner = vfio_process_number(w),
		.first = LEDGER_NO_SPACE,
		.second = w->containers[c].space,
	};

	sim_assert(ledger_bind(w->ledger, &binding));
}

/* A device gets what the others of its container have, if it can. */
static int64_t expect_bindings(struct vfio_world *w, int g, int c)
{
	int64_t rc = 0;
	uint32_t i;

	for (i = 0; i < w->nr_numbers; i++) {
		const struct ref_pasid *p = &w->numbers[i];

		if (!((p->bound | p->coming) >> c & 1))
			continue;
		ref_bind_group(w, p, (uint32_t)g, (uint32_t)c);
		if (!ref_carries((uint32_t)g, p->number) ||
		    ref_elsewhere(w, p, (uint32_t)g))
			rc = -EINVAL;
	}
	return rc;
}

static void joined(struct vfio_world *w, int g, int c)
{
	unsigned int i;

	w->groups[g].in_container = true;
	w->groups[g].container = (uint32_t)c;
	if (!ref_physical(w, (uint32_t)c) || !w->containers[c].type)
		return;
	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (w->mappings[i].used &&
		    w->mappings[i].container == (uint32_t)c)
			w->mappings[i].mapped = true;
}

int64_t op_set_container(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int g = ref_object(w, args[0], REF_GROUP);
	int c = ref_object(w, args[1], REF_CONTAINER);
	int32_t fd = args[1] == OP_NO_RESOURCE ? -1 : (int32_t)args[1];
	int64_t rc, expected;
	bool open = false, told = true;

	meet_about_group(w, g);
	ref_begin_reading(w, args[0], REF_FILES | ref_objects(w, args[0]) |
			  ref_objects(w, args[1]),
			  c < 0 ? 0 : REF_OWNER(w->containers[c].owner) |
				      REF_NUMBERS(w->containers[c].owner));
	expected = expect_attach(w, g, c, &open);
	if (open && (!all_mine(w, (uint32_t)c) || (w->unsure & 1ull << c))) {
		ref_end(w);
		return -ENOBUFS;
	}
	if (!expected && ref_translated((uint32_t)g) &&
	    w->containers[c].type) {
		bind(w, g, c);
		expected = expect_bindings(w, g, c);
		if (open)
			told = ref_map_all(w, (uint32_t)c);
	}
	vfio_process(w)->mapping_calls++;
	rc = vfio_ioctl(w, VFIO_GROUP_SET_CONTAINER, &fd, sizeof(fd),
			sizeof(fd));
	vfio_process(w)->mapping_calls--;
	ref_settle(w, rc >= 0);
	if (rc >= 0 && g >= 0 && c >= 0)
		joined(w, g, c);
	windows_in_doubt(w, c, rc);
	if (ref_end(w)) {
		/* Memory that is not there cannot be pinned. */
		ref_judge(w, rc, !told ? -EFAULT : open ? rc : expected,
			  "SET_CONTAINER");
		ref_check_accounts(w);
	}
	return rc;
}

int64_t op_unset_container(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int g = ref_object(w, args[0], REF_GROUP);
	int c = container_behind(w, args[0]);
	int64_t rc, expected = 0;

	meet_about_group(w, g);
	ref_begin_on(w, args[0], REF_FILES | ref_owner_behind(w, args[0]));
	if (g < 0 || !w->groups[g].in_container)
		expected = -EINVAL;
	else if (w->groups[g].users)
		expected = -EBUSY;
	else
		ref_leave(w, (uint32_t)g);
	rc = vfio_ioctl_value(w, VFIO_GROUP_UNSET_CONTAINER, 0);
	ref_settle(w, true);
	windows_in_doubt(w, c, rc);
	if (ref_end(w)) {
		ref_judge(w, rc, expected, "UNSET_CONTAINER");
		ref_check_accounts(w);
	}
	return rc;
}

int64_t op_set_iommu(struct world *world, const uint64_t *args)
{
	static const uint8_t types[] = {
		VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU, VFIO_SPAPR_TCE_IOMMU,
		VFIO_TYPE1_NESTING_IOMMU,
	};
	struct vfio_world *w = vfio_world(world);
	int c = ref_object(w, args[0], REF_CONTAINER), i;
	uint8_t type = types[args[1]];
	int64_t rc, expected = 0;
	uint32_t owner = 0;

	if (type == VFIO_TYPE1_NESTING_IOMMU) {
		owner = ref_owner_reserve(w);
		if (!owner)
			return -ENOBUFS;
	}
	ref_begin_on(w, args[0], REF_FILES | REF_OWNER(owner) |
		     REF_NUMBERS(owner));
	if (c < 0 || w->containers[c].type ||
	    !ref_nr_groups(w, (uint32_t)c) || type == VFIO_SPAPR_TCE_IOMMU)
		expected = -EINVAL;
	for (i = 0; i < VFIO_GROUPS && !expected; i++) {
		if (!w->groups[i].in_container || !ref_translated((uint32_t)i) ||
		    w->groups[i].container != (uint32_t)c)
			continue;
		bind(w, i, c);
		if (ref_has_slice(w, (uint32_t)i, (uint32_t)c))
			expected = -EBUSY;
	}
	rc = vfio_ioctl_value(w, VFIO_SET_IOMMU, type);
	ref_settle(w, rc >= 0);
	if (rc >= 0 && c >= 0) {
		w->containers[c].type = type;
		w->containers[c].owner = owner;
	} else {
		ref_owner_release(w, owner);
	}
	windows_in_doubt(w, c, rc);
	if (ref_end(w))
		ref_judge(w, rc, expected, "SET_IOMMU");
	return rc;
}

/* -- devices that come and go -- */

/*
 * The administrator takes a device out: the kernel first, then the machine. One
 * that is open would wait for its user, and the program with it.
 */
int64_t op_unplug(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint32_t g = (uint32_t)args[0];
	struct ref_group *group = &w->groups[g];
	int c = group->in_container ? (int)group->container : -1;
	uint64_t objects = REF_FILES;
	uint32_t owner;

	if (group->gone || group->users || group->opening)
		return -EBUSY;
	if (group->in_container) {
		owner = w->containers[group->container].owner;
		objects |= 1ull << group->container | REF_OWNER(owner) |
			   REF_NUMBERS(owner);
	}
	ref_begin(w, objects);
	group->opening++;
	ref_unplug(w, g);
	kernel_enter(w->kernel);
	vtb_device_remove(vfio_devices[g].name);
	kernel_exit();
	if (g < GROUP_MEDIATED)
		pci_device_unplug(w->devices[g]);
	group->opening--;
	ref_settle(w, true);
	windows_in_doubt(w, c, 0);
	if (ref_end(w))
		ref_check_accounts(w);
	return 0;
}

int64_t op_plug(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	uint32_t g = (uint32_t)args[0];
	int64_t rc;

	if (!w->groups[g].gone || w->groups[g].opening ||
	    (g >= GROUP_SLICE0 && !w->pasids))
		return -EBUSY;
	ref_begin(w, REF_FILES);
	w->groups[g].opening++;
	if (g < GROUP_MEDIATED)
		pci_device_plug(w->devices[g]);
	kernel_enter(w->kernel);
	rc = vtb_device_add(&vfio_devices[g]);
	kernel_exit();
	w->groups[g].opening--;
	if (rc >= 0)
		ref_plug(w, g);
	if (ref_end(w))
		ref_judge(w, rc, 0, "plugging a device in");
	return rc;
}

int64_t op_status(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	int g = ref_object(w, args[0], REF_GROUP);
	struct vfio_group_status status = { .argsz = (uint32_t)args[1] };
	uint32_t expected = VFIO_GROUP_FLAGS_VIABLE;
	int64_t rc;

	ref_begin_on(w, args[0], REF_FILES);
	if (g >= 0 && w->groups[g].in_container)
		expected |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	rc = vfio_ioctl(w, VFIO_GROUP_GET_STATUS, &status,
			sizeof(status), status.argsz);
	if (!ref_end(w))
		return rc;
	ref_judge(w, rc, g < 0 || args[1] < 8 ? -EINVAL : 0, "GET_STATUS");
	if (rc >= 0 && status.flags != expected)
		vfio_raise(w, "wrong-result", "flags",
			   "GET_STATUS gives other flags than the reference",
			   "viable, and whether the group is in a container");
	return rc;
}

int64_t op_extension(struct world *world, const uint64_t *args)
{
	static const uint8_t extensions[] = {
		VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU, VFIO_UNMAP_ALL,
		VFIO_UPDATE_VADDR, VFIO_SPAPR_TCE_IOMMU,
		VFIO_TYPE1_NESTING_IOMMU, 0,
	};
	struct vfio_world *w = vfio_world(world);
	int c = ref_object(w, args[0], REF_CONTAINER);
	uint32_t extension = extensions[args[1]];
	int64_t rc, expected = 1;
	bool excused;

	if (!extension) {
		extension = VFIO_TYPE1_PASIDS;
		expected = w->pasids;
	}

	ref_begin_on(w, args[0], REF_FILES);
	if (extension == VFIO_SPAPR_TCE_IOMMU)
		expected = 0;
	else if (c >= 0 && extension == VFIO_UPDATE_VADDR)
		expected = w->containers[c].type &&
			   !ref_emulated(w, (uint32_t)c);
	rc = vfio_ioctl_value(w, VFIO_CHECK_EXTENSION, extension);
	excused = ref_excused(w);
	if (ref_end(w) && c >= 0 && rc != expected && !excused)
		vfio_raise(w, "wrong-result", "extension",
			   "CHECK_EXTENSION gives another answer",
			   "what a container offers follows from what is in it");
	return rc;
}

/* -- several calls at once -- */

int64_t op_ready(struct world *world, const uint64_t *args)
{
	int64_t container = op_container_open(world, args);
	uint64_t number = vfio_free_group(vfio_world(world), args[0]);
	uint64_t joining[2], backend[2] = { (uint64_t)container, 0 };
	int64_t group, rc;

	if (container < 0)
		return container;
	group = op_group_open(world, &number);
	if (group < 0)
		return group;
	joining[0] = (uint64_t)group;
	joining[1] = (uint64_t)container;
	rc = op_set_container(world, joining);
	if (rc >= 0)
		rc = op_set_iommu(world, backend);
	return rc < 0 ? rc : container;
}

enum with { WITH_MEMORY, WITH_SOFTWARE, WITH_LOGGING };

/*
 * As far as a VMM is when its guest begins: memory is mapped, perhaps another
 * device is there, perhaps a migration has begun.
 */
int64_t op_vm_ready(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	bool software = vfio_free_group(w, args[0]) == GROUP_MEDIATED;
	int64_t container = op_ready(world, args), rc;
	const uint64_t fd = (uint64_t)container, group = GROUP_MEDIATED;
	const uint64_t join[] = { fd, group }, start[] = { fd, 0 };

	if (container < 0)
		return container;
	rc = vfio_map(w, fd, GUEST_PAGE, 0, 4);
	/* If it is the one device, what it leaves alone is clean. */
	if (rc >= 0 && args[1] >= WITH_SOFTWARE)
		rc = software ? op_open_device(world, &group) :
				op_join(world, join);
	if (rc >= 0 && args[1] == WITH_LOGGING)
		rc = op_dirty(world, start);
	return rc < 0 ? rc : container;
}

int64_t op_join(struct world *world, const uint64_t *args)
{
	uint64_t number = vfio_free_group(vfio_world(world), args[1]);
	uint64_t joining[2], device[2];
	int64_t rc, group = op_group_open(world, &number);

	if (group < 0)
		return group;
	joining[0] = device[0] = (uint64_t)group;
	joining[1] = args[0];
	device[1] = number;
	rc = op_set_container(world, joining);
	return rc < 0 ? rc : op_device_open(world, device);
}

/* -- GET_INFO -- */

struct info {
	struct vfio_iommu_type1_info info;
	uint8_t caps[1024];
};

static void bad_chain(struct vfio_world *w, const char *why)
{
	vfio_raise(w, "wrong-result", "capabilities",
		   "GET_INFO gives a chain that makes no sense", why);
}

static void check_ranges(struct vfio_world *w, uint32_t c,
			 const struct vfio_iommu_type1_info_cap_iova_range *cap)
{
	static const struct vfio_iova_range expected[] = {
		{ 0, 0xfedfffff }, { 0xfef00000, (1ull << 48) - 1 },
	};

	if (!ref_physical(w, c))
		return;
	if (cap->nr_iovas != 2 ||
	    memcmp(cap->iova_ranges, expected, sizeof(expected)))
		bad_chain(w, "the ranges are 48 bits without the interrupts");
}

static void check_avail(struct vfio_world *w, uint32_t c,
			const struct vfio_iommu_type1_info_dma_avail *cap)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		nr += w->mappings[i].used && w->mappings[i].container == c;
	if (cap->avail != 65535 - nr)
		bad_chain(w, "as many mappings are left as have not been made");
}

static void check_nesting(struct vfio_world *w, uint32_t c,
			  const struct vfio_iommu_type1_info_cap_nesting *cap)
{
	if (!w->containers[c].owner || !ref_physical(w, c))
		bad_chain(w, "no device of the container could nest");
	else if (cap->pasid_format != NESTING_FORMAT_VTD ||
		 cap->info.format != cap->pasid_format)
		bad_chain(w, "the only format there is is VT-d's");
}

static void check_cap(struct vfio_world *w, uint32_t c, const void *cap)
{
	const struct vfio_info_cap_header *header = cap;

	if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
		check_ranges(w, c, cap);
	else if (header->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
		check_avail(w, c, cap);
	else if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_NESTING)
		check_nesting(w, c, cap);
}

/* Those that the container must have. */
static uint32_t expect_caps(struct vfio_world *w, uint32_t c)
{
	uint32_t ids = 1u << VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION |
		       1u << VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;

	if (ref_physical(w, c))
		ids |= 1u << VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
	if (ref_physical(w, c) && w->containers[c].owner && w->pasids)
		ids |= 1u << VFIO_IOMMU_TYPE1_INFO_CAP_NESTING;
	return ids;
}

static void check_chain(struct vfio_world *w, uint32_t c,
			const struct info *info)
{
	const uint8_t *start = (const uint8_t *)info;
	uint32_t at = info->info.cap_offset, seen = 0;

	while (at) {
		struct vfio_info_cap_header header;

		if (at % 8 || at < sizeof(info->info) ||
		    at > sizeof(*info) - sizeof(header)) {
			bad_chain(w, "an offset is outside of the buffer");
			return;
		}
		memcpy(&header, start + at, sizeof(header));
		if (header.id > 31 || seen >> header.id & 1) {
			bad_chain(w, "an id is there twice");
			return;
		}
		seen |= 1u << header.id;
		check_cap(w, c, start + at);
		at = header.next;
	}
	if (expect_caps(w, c) & ~seen)
		bad_chain(w, "one that the container has is missing");
}

int64_t op_info(struct world *world, const uint64_t *args)
{
	static const uint32_t sizes[] = { sizeof(struct info), 24, 20, 16, 15 };
	struct vfio_world *w = vfio_world(world);
	int c = ref_object(w, args[0], REF_CONTAINER);
	uint32_t argsz = sizes[args[1]];
	struct info info = { .info.argsz = argsz };
	int64_t rc, expected = 0;

	ref_begin_on(w, args[0], REF_FILES);
	if (c < 0 || !w->containers[c].type || argsz < 16)
		expected = -EINVAL;
	rc = vfio_ioctl(w, VFIO_IOMMU_GET_INFO, &info, sizeof(info),
			argsz);
	if (!ref_end(w))
		return rc;
	ref_judge(w, rc, expected, "GET_INFO");
	if (rc >= 0 && c >= 0 && argsz == sizeof(info))
		check_chain(w, (uint32_t)c, &info);
	return rc;
}
