/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ref.c - the reference of the API: files, groups, containers
 *
 * Written after <linux/vfio.h> and what its users rely on: a container is empty
 * until a group joins, has a backend from SET_IOMMU until its last group leaves;
 * a group's file stays open while one of its devices is; files live as long as
 * one descriptor.
 *
 * Assumptions: calls about one container that do not overlap take effect in
 * order. A call may fail without reason if a failure was injected into it. No
 * other thread writes to arguments and bitmaps; where an adversary does, only
 * leaks and hangs are still findings.
 */
#include <errno.h>
#include <stdio.h>

#include <kernel/instance.h>
#include <sim/decide.h>

#include "vfio.h"

/* -- calls -- */

static uint64_t failures(const struct vfio_world *w)
{
	const struct sim *sim = w->world.sim;

	return (uint64_t)sim_failures(sim, SIM_DECIDE_FAIL_ALLOC) +
	       sim_failures(sim, SIM_DECIDE_FAIL_PIN) +
	       sim_failures(sim, SIM_DECIDE_FAIL_UCOPY);
}

bool ref_others(const struct vfio_world *w, unsigned int self)
{
	unsigned int i;

	for (i = 0; i < VFIO_THREADS; i++)
		if (i != self && (w->calls[i].objects | w->calls[i].reads))
			return true;
	return false;
}

/*
 * A container gets its owner, or loses it, by @other: a call that went by it did
 * not know whose PASIDs it was about, and may have changed them.
 */
static uint64_t unknown_numbers(const struct vfio_call *call,
				const struct vfio_call *other)
{
	if (call->objects & REF_ALL_NUMBERS ||
	    !(call->reads & other->objects & REF_ALL_CONTAINERS))
		return 0;
	return other->objects & REF_ALL_NUMBERS;
}

/* Who changes something that another goes by leaves that one in doubt. */
static void overlap(struct vfio_world *w, struct vfio_call *call,
		    struct vfio_call *other)
{
	w->unsure |= call->objects & other->objects;
	w->unsure |= unknown_numbers(call, other);
	w->unsure |= unknown_numbers(other, call);
	call->doubtful |= call->reads & other->objects;
	other->doubtful |= call->objects & other->reads;
}

static void begin(struct vfio_world *w, uint64_t objects, uint64_t reads)
{
	struct vfio_call *call = &w->calls[vfio_actor(w)];
	unsigned int i;

	*call = (struct vfio_call){
		.objects = objects, .reads = reads, .failures = failures(w),
		.number = ++w->nr_begun,
	};
	call->alone = !ref_others(w, vfio_actor(w));
	for (i = 0; i < VFIO_THREADS; i++)
		if (call != &w->calls[i])
			overlap(w, call, &w->calls[i]);
	/* Whose descriptor is whose decides everything else. */
	if (w->unsure & REF_FILES)
		w->unsure = ~0ull;
}

void ref_begin(struct vfio_world *w, uint64_t objects)
{
	begin(w, objects, 0);
}

void ref_begin_on(struct vfio_world *w, uint64_t fd, uint64_t objects)
{
	begin(w, objects | ref_objects(w, fd), 0);
	vfio_hold(w, fd);
}

void ref_begin_reading(struct vfio_world *w, uint64_t fd, uint64_t objects,
		       uint64_t reads)
{
	begin(w, objects, reads);
	vfio_hold(w, fd);
}

bool ref_doubtful(struct vfio_world *w)
{
	const struct vfio_call *call = &w->calls[vfio_actor(w)];

	return call->doubtful || w->unsure & call->reads;
}

bool ref_alone(struct vfio_world *w)
{
	const struct vfio_call *call = &w->calls[vfio_actor(w)];

	return call->alone && call->number == w->nr_begun;
}

bool ref_end(struct vfio_world *w)
{
	struct vfio_call *call = &w->calls[vfio_actor(w)];
	bool sure;

	vfio_drop(w);
	sure = !(w->unsure & call->objects) && !ref_doubtful(w);
	call->objects = call->reads = 0;
	return sure;
}

bool ref_excused(struct vfio_world *w)
{
	return failures(w) != w->calls[vfio_actor(w)].failures;
}

/* A call that its own process has cut short says nothing about the API. */
static bool was_made(int64_t result)
{
	return result != -ECANCELED;
}

void ref_judge(struct vfio_world *w, int64_t result, int64_t expected,
	       const char *call)
{
	char what[SIM_FINDING_TEXT], object[32];

	if (expected >= 0 && result < 0 && !ref_excused(w) && was_made(result)) {
		snprintf(what, sizeof(what), "%s fails with %lld", call,
			 (long long)result);
		snprintf(object, sizeof(object), "errno-%lld",
			 (long long)-result);
		vfio_raise(w, "wrong-result", object, what,
			   "the reference of the API has it succeed");
	}
	if (expected < 0 && result >= 0) {
		snprintf(what, sizeof(what), "%s succeeds", call);
		snprintf(object, sizeof(object), "success");
		vfio_raise(w, "wrong-result", object, what,
			   "the reference of the API has it fail");
	}
}

static uint64_t all_pins(const struct vfio_world *w)
{
	uint64_t pins = 0;
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++) {
		const struct ref_mapping *m = &w->mappings[i];

		if (m->used)
			pins += ref_nr_pins(m) + (m->mapped ? m->nr : 0);
	}
	return pins;
}

static void check_locked(struct vfio_world *w, const struct vfio_process *p)
{
	uint64_t locked = ref_locked(w, p->mm);
	char why[SIM_FINDING_TEXT];

	if (!p->process ||
	    (uint64_t)vtb_process_locked(p->process) == locked)
		return;
	snprintf(why, sizeof(why), "%ld pages are charged, %llu are mapped",
		 vtb_process_locked(p->process), (unsigned long long)locked);
	vfio_raise(w, "wrong-account", "locked-memory",
		   "a process is charged for what it has not locked", why);
}

static bool quiet(const struct vfio_world *w)
{
	return !w->unsure && !ref_others(w, VFIO_THREADS);
}

/* Others may begin while this thread waits for the kernel: it asks again. */
void ref_check_accounts(struct vfio_world *w)
{
	char why[SIM_FINDING_TEXT];
	struct vtb_account now;
	uint64_t pins = 0;
	unsigned int i;
	bool judged;

	ref_check_bindings(w);
	if (!quiet(w))
		return;
	kernel_enter(w->kernel);
	judged = quiet(w);
	for (i = 0; i < VFIO_PROCESSES && judged; i++)
		check_locked(w, &w->processes[i]);
	vtb_kernel_account(&now);
	pins = all_pins(w);
	kernel_exit();
	if (!judged || now.pins == pins)
		return;
	snprintf(why, sizeof(why), "%lu pages are pinned, %llu should be",
		 now.pins, (unsigned long long)pins);
	vfio_raise(w, "wrong-account", "pins",
		   "pages are pinned that nothing needs, or the reverse", why);
}

/* -- descriptors: what the kernel has open, but for calls that open or close -- */

struct ref_file *ref_file(struct vfio_world *w, uint64_t fd)
{
	const struct vfio_process *p = vfio_process(w);

	if (!p->process || fd >= VFIO_FDS || p->fds[fd] < 0)
		return NULL;
	return &w->files[p->fds[fd]];
}

int ref_object(struct vfio_world *w, uint64_t fd, enum ref_kind kind)
{
	const struct ref_file *file = ref_file(w, fd);

	return file && file->kind == kind ? (int)file->object : -1;
}

uint64_t ref_objects(struct vfio_world *w, uint64_t fd)
{
	const struct ref_file *file = ref_file(w, fd);

	if (!file)
		return REF_FILES;
	if (file->kind == REF_CONTAINER)
		return 1ull << file->object;
	if (file->kind == REF_GONE)
		return REF_FILES;
	return REF_FILES | (w->groups[file->object].in_container ?
			    1ull << w->groups[file->object].container : 0);
}

int ref_new_container(struct vfio_world *w)
{
	int i;

	for (i = 0; i < VFIO_CONTAINERS; i++)
		if (!w->containers[i].used)
			break;
	if (i == VFIO_CONTAINERS)
		return -1;
	w->containers[i] = (struct ref_container){
		.used = true, .files = 1,
		.space = ledger_space(w->ledger, vfio_process_number(w), true),
	};
	return i;
}

void ref_install(struct vfio_world *w, unsigned int process, uint64_t fd,
		 enum ref_kind kind, uint32_t object)
{
	int i;

	for (i = 0; i < VFIO_FILES; i++)
		if (w->files[i].kind == REF_CLOSED)
			break;
	sim_assert(i < VFIO_FILES && fd < VFIO_FDS);
	w->files[i] = (struct ref_file){ kind, object, 1 };
	w->processes[process].fds[fd] = i;
}

void ref_install_same(struct vfio_world *w, unsigned int to, uint64_t to_fd,
		      uint64_t fd)
{
	struct ref_file *file = ref_file(w, fd);

	if (!file)
		return;
	file->refs++;
	w->processes[to].fds[to_fd] = (int32_t)(file - w->files);
}

/* -- groups that leave, containers that go -- */

unsigned int ref_nr_groups(const struct vfio_world *w, uint32_t container)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VFIO_GROUPS; i++)
		nr += w->groups[i].in_container &&
		      w->groups[i].container == container;
	return nr;
}

bool ref_physical(const struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_GROUPS; i++)
		if (ref_translated(i) && w->groups[i].in_container &&
		    w->groups[i].container == container)
			return true;
	return false;
}

void ref_look_up_pasid(struct vfio_world *w, uint32_t group)
{
	w->groups[group].pasid = group < GROUP_SLICE0 ? IOMMU_NO_PASID :
		mdev_pasid(w->whole, group - GROUP_SLICE0);
}

bool ref_has_slice(const struct vfio_world *w, uint32_t group,
		   uint32_t container)
{
	uint32_t i;

	for (i = GROUP_SLICE0; group >= GROUP_SLICE0 && i < VFIO_GROUPS; i++)
		if (i != group && w->groups[i].in_container &&
		    w->groups[i].container == container)
			return true;
	return false;
}

static void no_domain_left(struct vfio_world *w, uint32_t container)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAPPINGS; i++)
		if (w->mappings[i].used && w->mappings[i].container == container)
			ref_unmap(w, &w->mappings[i]);
}

void ref_leave(struct vfio_world *w, uint32_t group)
{
	struct ref_group *g = &w->groups[group];
	struct ref_container *c = &w->containers[g->container];

	if (!g->in_container)
		return;
	g->in_container = false;
	if (ref_translated(group) && c->type) {
		ledger_unbind(w->ledger, ref_requester(w, group), g->pasid);
		ref_unbind_group(w, group, g->container);
		ref_dirty_all(w, g->container);
	}
	if (!ref_nr_groups(w, g->container)) {
		ref_drop_all(w, g->container);
		ref_owner_leave(w, g->container);
		c->type = 0;
		c->tracking = false;
	} else if (!ref_physical(w, g->container)) {
		ref_unbind_all(w, g->container);
		no_domain_left(w, g->container);
	}
	if (!c->files && !ref_nr_groups(w, g->container))
		c->used = false;
}

static void group_file_goes(struct vfio_world *w, uint32_t group)
{
	struct ref_group *g = &w->groups[group];

	g->file_closed = true;
	if (g->users)
		return;
	ref_leave(w, group);
	g->open = false;
	g->file_closed = false;
}

static void device_file_goes(struct vfio_world *w, uint32_t group)
{
	struct ref_group *g = &w->groups[group];

	if (--g->users)
		return;
	if (group == GROUP_MEDIATED)
		ref_unpin_all(w, g->container);
	if (g->file_closed)
		group_file_goes(w, group);
}

static void file_goes(struct vfio_world *w, struct ref_file *file)
{
	enum ref_kind kind = file->kind;

	file->kind = REF_CLOSED;
	if (kind == REF_GROUP)
		group_file_goes(w, file->object);
	else if (kind == REF_DEVICE)
		device_file_goes(w, file->object);
	else if (kind == REF_CONTAINER) {
		w->containers[file->object].files = 0;
		if (!ref_nr_groups(w, file->object))
			w->containers[file->object].used = false;
	}
}

void ref_put(struct vfio_world *w, struct ref_file *file)
{
	if (!--file->refs)
		file_goes(w, file);
}

void ref_close(struct vfio_world *w, unsigned int process, uint64_t fd)
{
	struct vfio_process *p = &w->processes[process];
	int32_t number = fd < VFIO_FDS ? p->fds[fd] : -1;

	if (number < 0)
		return;
	p->fds[fd] = -1;
	ref_put(w, &w->files[number]);
}

void ref_close_all(struct vfio_world *w, unsigned int process)
{
	uint64_t fd;

	for (fd = 0; fd < VFIO_FDS; fd++)
		ref_close(w, process, fd);
}

/* Nobody has the device open. Whoever has the group's file can but close it. */
void ref_unplug(struct vfio_world *w, uint32_t group)
{
	struct ref_group *g = &w->groups[group];
	unsigned int i;

	ref_leave(w, group);
	g->gone = true;
	g->open = false;
	for (i = 0; i < VFIO_FILES; i++)
		if (w->files[i].kind == REF_GROUP && w->files[i].object == group)
			w->files[i].kind = REF_GONE;
}

/* A new group gets the lowest number that is free. */
void ref_plug(struct vfio_world *w, uint32_t group)
{
	uint32_t taken = w->pasids ? 1u << WHOLE_GROUP : 0, i;

	for (i = 0; i < VFIO_GROUPS; i++)
		if (!w->groups[i].gone)
			taken |= 1u << w->groups[i].number;
	w->groups[group].gone = false;
	ref_look_up_pasid(w, group);
	w->groups[group].number = (uint32_t)__builtin_ctz(~taken);
}

void ref_settle(struct vfio_world *w, bool done)
{
	unsigned int i;

	for (i = 0; i < VFIO_CONTAINERS; i++)
		if (w->containers[i].space)
			ledger_settle(w->ledger, w->containers[i].space, 0,
				      UINT64_MAX, done);
	for (i = 0; i < VFIO_GROUPS; i++)
		if (ref_translated(i))
			ledger_settle_binding(w->ledger, ref_requester(w, i),
					      w->groups[i].pasid, done);
	for (i = 0; i < w->nr_numbers; i++)
		ref_pasid_settle(w, &w->numbers[i], done);
}
