/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.c - threads of two processes, and their system calls
 *
 * A process that has died comes back, empty, with the next op of one of its
 * threads. Threads learn of a death or an exec when they make their next call:
 * until then they are in user mode, or in the kernel on the way out.
 *
 * Arguments lie at the end of a page, with a hole behind it. Oracle: bytes in
 * front of an argument, and those of it that argsz does not cover, do not change.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/bulk.h>
#include <sim/fiber.h>
#include <sim/decide.h>
#include <sim/fetch.h>
#include <worlds/raise.h>

#include "vfio.h"

#define GUARD		0x5a

unsigned int vfio_actor(struct vfio_world *w)
{
	return w->world.calls[sim_op(w->world.sim) - 1].op->actor;
}

unsigned int vfio_process_number(struct vfio_world *w)
{
	return vfio_actor(w) == ACTOR_OTHER;
}

struct vfio_process *vfio_process(struct vfio_world *w)
{
	return &w->processes[vfio_process_number(w)];
}

/* -- life -- */

static int map_areas(struct vfio_process *p)
{
	const int rw = VTB_PROT_READ | VTB_PROT_WRITE;
	unsigned int i;
	long rc = 0;

	for (i = 0; i < VFIO_THREADS && rc >= 0; i++)
		rc = vtb_sys_mmap(ARGUMENTS + i * 2 * PAGE_BYTES, PAGE_BYTES,
				  rw);
	if (rc >= 0)
		rc = vtb_sys_mmap(RAM_ADDRESS, VFIO_RAM_PAGES * PAGE_BYTES, rw);
	if (rc >= 0)
		rc = vtb_sys_mmap(RAM_ADDRESS + TABLES_RAM * PAGE_BYTES,
				  TABLES * PAGE_BYTES, rw);
	if (rc >= 0)
		rc = vtb_sys_mmap(BITMAP_ADDRESS, PAGE_BYTES, rw);
	p->ram = p->ram_writable = ((1u << VFIO_RAM_PAGES) - 1) |
				   ((1u << TABLES) - 1) << TABLES_RAM;
	p->tables = 0;
	return rc < 0 ? (int)rc : 0;
}

static int process_begin(struct vfio_world *w, struct vfio_process *p)
{
	unsigned int i;

	int rc;

	p->process = vtb_process_new("vmm");
	vtb_process_use(p->process);
	p->mm = ++w->next_mm;
	p->memlock_pages = UINT64_MAX;
	p->privileged = true;
	for (i = 0; i < VFIO_FDS; i++)
		p->fds[i] = -1;
	/* Nobody else shall change its memory meanwhile. */
	p->mapping_calls++;
	rc = map_areas(p);
	p->mapping_calls--;
	return rc;
}

/* This thread is about to make a call of its process. */
static void join(struct vfio_world *w, struct vfio_process *p)
{
	if (!p->process)
		sim_assert(!process_begin(w, p));
	else
		vtb_process_use(p->process);
}

struct thread {
	struct vfio_world *w;
	unsigned int actor;
};

static void thread_main(void *arg)
{
	const struct thread *thread = arg;
	struct vfio_world *w = thread->w;

	kernel_enter(w->kernel);
	join(w, &w->processes[thread->actor == ACTOR_OTHER]);
	kernel_exit();
	world_actor_main(&w->world, thread->actor);
}

void vfio_threads_start(struct vfio_world *w)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };
	struct sim *sim = w->world.sim;
	unsigned int i;

	for (i = 0; i < VFIO_THREADS; i++) {
		struct thread *thread = sim_alloc(sim, sizeof(*thread), 8);

		*thread = (struct thread){ .w = w, .actor = i };
		w->world.actor[i] = kernel_user_thread(w->kernel,
						       vfio_actors[i],
						       thread_main, thread);
		sim_assert(w->world.actor[i]);
		sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	}
}

static void enter(struct vfio_world *w)
{
	kernel_enter(w->kernel);
	join(w, vfio_process(w));
}

int64_t vfio_open(struct vfio_world *w, const char *device)
{
	long rc;

	enter(w);
	rc = vtb_sys_open(device);
	kernel_exit();
	return rc;
}

int64_t vfio_close(struct vfio_world *w, uint64_t fd)
{
	long rc;

	enter(w);
	rc = vtb_sys_close((int)fd);
	kernel_exit();
	return rc;
}

int64_t op_send(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	unsigned int from = vfio_process_number(w);
	struct vfio_process *to = &w->processes[!from];
	int64_t rc = -ESRCH;

	ref_begin(w, REF_FILES);
	enter(w);
	if (to->process)
		rc = vtb_sys_send_fd(to->process, (int)args[0]);
	kernel_exit();
	if (rc >= 0)
		ref_install_same(w, !from, (uint64_t)rc, args[0]);
	ref_end(w);
	return rc;
}

/* -- arguments -- */

static unsigned long argument_page(struct vfio_world *w)
{
	return ARGUMENTS + vfio_actor(w) * 2 * PAGE_BYTES;
}

static void check_guard(struct vfio_world *w, const uint8_t *page,
			const uint8_t *before, uint32_t first, uint32_t end)
{
	if (sim_bulk_equal(page, before, first) &&
	    sim_bulk_equal(page + end, before + end, PAGE_BYTES - end))
		return;
	vfio_raise(w, "stray-write", "argument",
		   "an ioctl wrote outside of its argument",
		   "argsz says how much of it there is");
}

/*
 *	vmm	| map 3 ....................... waits for its vCPU | MAP_DMA
 *	helper	          | close 3 | open: 3 |
 *
 * What the reference knows as open the kernel has open, too, by that number.
 */
void vfio_hold(struct vfio_world *w, uint64_t fd)
{
	struct vfio_call *call = &w->calls[vfio_actor(w)];

	call->held = ref_file(w, fd);
	if (!call->held)
		return;
	call->held->refs++;
	call->process = vfio_process(w)->process;
	kernel_peek_begin(w->kernel);
	call->file = vtb_file_hold(call->process, (int)fd);
	kernel_peek_end();
	sim_assert(call->file);
}

void vfio_drop(struct vfio_world *w)
{
	struct vfio_call *call = &w->calls[vfio_actor(w)];
	struct ref_file *held = call->held;
	struct file *file = call->file;

	call->file = NULL;
	call->held = NULL;
	if (file) {
		kernel_enter(w->kernel);
		vtb_file_drop(file);
		kernel_exit();
	}
	if (!held)
		return;
	ref_put(w, held);
	/* If it has been closed meanwhile, it has gone with this call. */
	if (!held->refs)
		ref_settle(w, true);
}

/* In the kernel. */
static long ioctl_held(struct vfio_world *w, unsigned int cmd,
		       unsigned long arg)
{
	struct vfio_call *call = &w->calls[vfio_actor(w)];
	struct file *file = call->file;

	if (!file)
		return -EBADF;
	call->file = NULL;
	/* It has died meanwhile, and with it the thread that was to call. */
	if (call->process == vfio_process(w)->process)
		return vtb_sys_ioctl_held(file, cmd, arg);
	vtb_file_drop(file);
	return -ECANCELED;
}

int64_t vfio_ioctl(struct vfio_world *w, unsigned int cmd, void *arg,
		   uint32_t bytes, uint32_t argsz)
{
	uint32_t first = (uint32_t)PAGE_BYTES - bytes;
	uint8_t page[PAGE_BYTES], before[PAGE_BYTES];
	unsigned long at = argument_page(w);
	long rc;

	sim_assert(bytes <= PAGE_BYTES);
	sim_bulk_fill(before, sim_pattern(GUARD), first);
	memcpy(before + first, arg, bytes);
	enter(w);
	/* Another thread may be in the middle of exec. */
	if (vtb_user_store(at, before, sizeof(before)) < 0) {
		kernel_exit();
		return -ECANCELED;
	}
	rc = ioctl_held(w, cmd, at + first);
	/* Gone, if it has called exec or died meanwhile. */
	if (vtb_user_load(at, page, sizeof(page)) >= 0) {
		check_guard(w, page, before, first,
			    first + (argsz < bytes ? argsz : bytes));
		memcpy(arg, page + first, bytes);
	}
	kernel_exit();
	return rc;
}

int64_t vfio_ioctl_value(struct vfio_world *w, unsigned int cmd,
			 uint64_t value)
{
	long rc;

	enter(w);
	rc = ioctl_held(w, cmd, value);
	kernel_exit();
	return rc;
}

void vfio_bitmap_clear(struct vfio_world *w)
{
	static const uint8_t zeros[64];

	enter(w);
	vtb_user_store(BITMAP_ADDRESS, zeros, sizeof(zeros));
	kernel_exit();
}

uint64_t vfio_bitmap_word(struct vfio_world *w, unsigned int word)
{
	uint64_t value = 0;

	enter(w);
	vtb_user_load(BITMAP_ADDRESS + word * 8, &value, 8);
	kernel_exit();
	return value;
}

int vfio_table_store(struct vfio_world *w, unsigned int table, uint64_t entry,
		     uint64_t value)
{
	unsigned long at = RAM_ADDRESS + (TABLES_RAM + table) * PAGE_BYTES;
	long rc;

	enter(w);
	rc = vtb_user_store(at + entry * 8, &value, 8);
	kernel_exit();
	return rc < 0 ? (int)rc : 0;
}

int vfio_new_pages(struct vfio_world *w, uint64_t page, uint64_t nr,
		   uint64_t *frames)
{
	unsigned long at = RAM_ADDRESS + page * PAGE_BYTES;
	const uint8_t zero = 0;
	uint64_t i;
	long rc;

	/* As exec: what the process has changes, and with it all it may ask. */
	ref_begin(w, ~0ull);
	enter(w);
	rc = vtb_sys_mmap(at, nr * PAGE_BYTES, VTB_PROT_READ | VTB_PROT_WRITE);
	for (i = 0; i < nr && rc >= 0; i++) {
		rc = vtb_user_store(at + i * PAGE_BYTES, &zero, 1);
		if (rc >= 0)
			rc = vtb_user_frame(at + i * PAGE_BYTES);
		frames[i] = (uint64_t)rc;
		vfio_process(w)->ram |= 1u << (page + i);
		vfio_process(w)->ram_writable |= 1u << (page + i);
	}
	kernel_exit();
	ref_end(w);
	return rc < 0 ? (int)rc : 0;
}

uint64_t vfio_ram_frame(struct vfio_world *w, uint64_t page)
{
	unsigned long at = RAM_ADDRESS + page * PAGE_BYTES;
	uint8_t byte;
	long frame;

	enter(w);
	if (vtb_user_load(at, &byte, 1) < 0)
		frame = -1;
	else
		frame = vtb_user_frame(at);
	kernel_exit();
	return frame < 0 ? UINT64_MAX : (uint64_t)frame;
}

/* -- memory of a process -- */

enum ram_kind { RAM_UNMAP, RAM_MAP, RAM_READ_ONLY, RAM_WRITABLE };

static long ram_call(enum ram_kind kind, unsigned long at)
{
	switch (kind) {
	case RAM_UNMAP:
		return vtb_sys_munmap(at, PAGE_BYTES);
	case RAM_MAP:
		return vtb_sys_mmap(at, PAGE_BYTES,
				    VTB_PROT_READ | VTB_PROT_WRITE);
	case RAM_READ_ONLY:
		return vtb_sys_mprotect(at, PAGE_BYTES, VTB_PROT_READ);
	default:
		return vtb_sys_mprotect(at, PAGE_BYTES,
					VTB_PROT_READ | VTB_PROT_WRITE);
	}
}

/*
 * Not while a call of the process pins its memory: which pages that call got
 * could not be told.
 */
int64_t op_ram(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_process *p = vfio_process(w);
	uint64_t page = args[1];
	long rc;

	enter(w);
	if (p->mapping_calls) {
		kernel_exit();
		return -EBUSY;
	}
	p->ram_begun++;
	rc = ram_call(args[0], RAM_ADDRESS + page * PAGE_BYTES);
	p->ram_ended++;
	if (rc >= 0) {
		p->ram &= ~(1u << page);
		p->ram_writable &= ~(1u << page);
		if (args[0] != RAM_UNMAP)
			p->ram |= 1u << page;
		if (args[0] == RAM_MAP || args[0] == RAM_WRITABLE)
			p->ram_writable |= 1u << page;
	}
	kernel_exit();
	return rc < 0 ? rc : 0;
}

int64_t op_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0]);
	return 0;
}

int64_t op_limit(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_process *p = vfio_process(w);

	ref_begin(w, ~0ull);
	enter(w);
	p->memlock_pages = args[0];
	p->privileged = args[1];
	vtb_process_set_limits(p->process, args[0] * PAGE_BYTES, (int)args[1]);
	kernel_exit();
	ref_end(w);
	return 0;
}

int64_t op_exec(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	struct vfio_process *p = vfio_process(w);

	ref_begin(w, ~0ull);
	enter(w);
	p->mapping_calls++;
	vtb_sys_exec();
	p->mm = ++w->next_mm;
	sim_assert(!map_areas(p));
	p->mapping_calls--;
	kernel_exit();
	ref_end(w);
	return 0;
}

/* -- death -- */

static int64_t leave(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);

	kernel_enter(w->kernel);
	vtb_process_use(NULL);
	kernel_exit();
	if (w->leaving)
		w->leaving--;
	return 0;
}

/* The process is killed: this thread goes at once, another from where it is. */
static void process_end(struct vfio_world *w, unsigned int number)
{
	struct vfio_process *p = &w->processes[number];
	struct vtb_process *process = p->process;

	if (!process)
		return;
	p->process = NULL;
	ref_close_all(w, number);
	vtb_process_release(process);
	vtb_process_use(NULL);
}

int64_t op_die(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);
	unsigned int actor = vfio_actor(w), i;

	ref_begin(w, ~0ull);
	kernel_enter(w->kernel);
	process_end(w, vfio_process_number(w));
	kernel_exit();
	/* Its last thread takes the files along; the other process has one. */
	for (i = 0; i < VFIO_THREADS && actor != ACTOR_OTHER; i++) {
		if (i == actor || i == ACTOR_OTHER)
			continue;
		w->leaving++;
		world_call(world, i, leave);
	}
	while (w->leaving && actor != ACTOR_OTHER)
		sim_fiber_sleep(world->sim, 1000);
	ref_settle(w, true);
	ref_end(w);
	return 0;
}

/* For the end of a program: everybody dies. */
static int64_t end_first(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);

	kernel_enter(w->kernel);
	process_end(w, 0);
	vtb_process_use(NULL);
	kernel_exit();
	return 0;
}

static int64_t end_second(struct world *world, const uint64_t *args)
{
	struct vfio_world *w = vfio_world(world);

	kernel_enter(w->kernel);
	process_end(w, 1);
	vtb_process_use(NULL);
	kernel_exit();
	return 0;
}

static enum sim_end wind_up(struct vfio_world *w)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };
	struct world *world = &w->world;

	sim_set_plan(world->sim, &no_faults);
	world_call(world, ACTOR_VMM, end_first);
	world_call(world, ACTOR_HELPER, leave);
	world_call(world, ACTOR_GUEST, leave);
	world_call(world, ACTOR_OTHER, end_second);
	return sim_run(world->sim, &limits);
}

static void raise_at(struct vfio_world *w, enum vtb_exit severity,
		     const char *oracle, const char *object, const char *place,
		     const char *what, const char *why)
{
	const struct world_finding finding = {
		.severity = severity, .oracle = oracle, .object = object,
		.place = { place }, .what = what, .why = why,
	};

	world_raise(&w->world, &finding);
}

/* One bug, one name, whoever called or did DMA, and by whatever short way. */
static const char *place_name(const char *op)
{
	static const char *const who[] = {
		"helper_", "other_", "nic_", "gpu_", "slice_",
	};
	static const char *const same[][2] = {
		{ "revisit", "dma" }, { "guest_revisit", "guest_dma" },
		{ "take_back", "unmap" }, { "shootdown", "invalidate" },
		{ "software", "mediated" }, { "log", "get_bitmap" },
		{ "leave", "unset_container" }, { "rejoin", "set_container" },
		{ "enter", "set_container" }, { "join", "set_container" },
		{ "ready", "set_iommu" }, { "open_device", "device_open" },
		{ "give_up", "group_close" }, { "let_go", "group_close" },
		{ "guest_again", "guest_dma" },
		{ "guest_burst", "guest_dma" },
		{ "guest_on", "bind" }, { "guest_off", "unbind" },
		{ "guest_change", "guest_edit" },
		{ "burst", "dma" }, { "log_nowhere", "get_bitmap" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(who) / sizeof(who[0]); i++)
		if (!strncmp(op, who[i], strlen(who[i])))
			op += strlen(who[i]);
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!strcmp(op, same[i][0]))
			return same[i][1];
	return op;
}

static const char *call_name(const struct vfio_world *w, uint32_t slot)
{
	const struct world *world = &w->world;

	if (slot && world->calls[slot - 1].op->run == op_meet)
		return meet_name(w, slot);
	return place_name(world_op_name(world, slot));
}

const char *vfio_op_name(void *arg, uint32_t op)
{
	struct vfio_world *w = arg;
	const char *name = call_name(w, op);

	/* What the ledger is told of it is the guest's part. */
	return strcmp(name, "invalidate") ? name : "guest_edit";
}

/*
 * If an adversary has rewritten an argument, nobody knows what was asked for. The
 * run goes on, so that what it was used for can be seen (fuzz/adversary.c).
 */
void vfio_raise(struct vfio_world *w, const char *oracle, const char *object,
		const char *what, const char *why)
{
	if (sim_change_made(w->world.sim)) {
		w->unsure = ~0ull;
		return;
	}
	raise_at(w, VTB_EXIT_SAFETY, oracle, object,
		 call_name(w, sim_op(w->world.sim)),
		 what, why);
}

/* What was allocated and not freed, and by whom. */
static void raise_object(struct vfio_world *w)
{
	char text[96] = "object", function[64] = "?";
	const void *pcs[VTB_STACK_DEPTH];
	bool cut, found;

	kernel_peek_begin(w->kernel);
	found = vtb_kernel_describe_growth(&w->holders, w->holders.serial,
					   "object", text, sizeof(text), pcs);
	kernel_peek_end();
	if (found)
		snprintf(function, sizeof(function), "%s",
			 kernel_symbol(pcs[0], &cut));
	raise_at(w, VTB_EXIT_SAFETY, "leak", "object", function,
		 "all processes are gone and memory of the kernel is left",
		 text);
}

static void judge_leak(struct vfio_world *w)
{
	struct vtb_account now;
	const char *object = NULL;
	char why[SIM_FINDING_TEXT];

	kernel_peek_begin(w->kernel);
	vtb_kernel_account(&now);
	kernel_peek_end();
	if (now.pins)
		object = "pins";
	else if (now.user_pages)
		object = "user-pages";
	else if (now.locks)
		object = "locks";
	else if (now.objects > w->baseline.objects)
		raise_object(w);
	if (!object)
		return;
	snprintf(why, sizeof(why), "%lu pins, %lu user pages", now.pins,
		 now.user_pages);
	raise_at(w, VTB_EXIT_SAFETY, "leak", object, "die",
		 "all processes are gone and the kernel holds more than before",
		 why);
}

void vfio_finish(struct world *world, enum sim_end end)
{
	struct vfio_world *w = vfio_world(world);
	const char *op = world_running_op(world);

	if (end == SIM_END_QUIESCENT && !op)
		end = wind_up(w);
	if (sim_finding_get(world->sim))
		return;
	op = world_running_op(world);
	if (end == SIM_END_QUIESCENT && op)
		raise_at(w, VTB_EXIT_LIVENESS, "hang", "actor", place_name(op),
			 "an op never comes to an end",
			 "nothing can happen any more, and it still waits");
	else if (end == SIM_END_QUIESCENT)
		judge_leak(w);
}
