/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio.h - the world of VFIO (private to this folder)
 *
 *	process 0                      process 1  slice 0  slice 1
 *	| vmm | helper | guest |  | other |   nic (fast)   gpu (slow)  whole
 *	+---------+--------+---+---------+       |   DMA      |
 *	| containers, groups, devices    |       |            |
 *	| type1: own, 6.1 or 6.12        |   +---+------------+---+
 *	| IOMMU core, VT-d driver        |---| IOMMU              |
 *	+--------------------------------+   +--------------------+
 *	| memory of the processes, tables <------|
 *	+--------------------------------+
 *
 * Devices, each in a group of its own: two behind the IOMMU, a mediated one of
 * software, and two mediated ones that are slices of a third device behind the
 * IOMMU. Both processes have memory for arguments, for bitmaps and to be mapped.
 *
 * What is called is also done to a reference of the API (ref_*.c) that knows
 * neither page tables nor pins. Where two calls about the same container were
 * under way at once nobody can say in which order they took effect; from then
 * on results of that container are not judged (vfio_world.unsure), but memory,
 * locks and what is left in the end are.
 */
#ifndef WORLDS_VFIO_H
#define WORLDS_VFIO_H

#include <models/guest_iommu.h>
#include <models/iommu.h>
#include <models/mdev_parent.h>
#include <models/pci_device.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <vtb/bridge.h>
#include <worlds/ledger.h>
#include <worlds/op.h>

struct kernel_instance;

enum vfio_actor {
	ACTOR_VMM, ACTOR_HELPER, ACTOR_OTHER, ACTOR_GUEST, VFIO_THREADS,
	ACTOR_NIC = VFIO_THREADS, ACTOR_GPU, ACTOR_WHOLE, VFIO_ACTORS
};

#define VFIO_PROCESSES	2
/* Slices are two of one device, told apart by PASID. */
enum vfio_group_number {
	GROUP_NIC, GROUP_GPU, GROUP_MEDIATED, GROUP_SLICE0, GROUP_SLICE1,
	VFIO_GROUPS
};
#define VFIO_DEVICES	3		/* nic, gpu, the whole of the slices */
#define WHOLE_GROUP	3u		/* number of the group that one is in */
#define VFIO_CONTAINERS	16
#define VFIO_MAPPINGS	48
#define VFIO_FILES	48
#define VFIO_FDS	32
#define VFIO_RAM_PAGES	16

#define PAGE_BYTES	4096ull
#define ARGUMENTS	0x10000ul	/* a page and a hole per thread */
#define RAM_ADDRESS	0x1000000ul
#define BITMAP_ADDRESS	0x2000000ul	/* one page, then nothing */
#define NO_BITMAP	(BITMAP_ADDRESS + PAGE_BYTES)

/* PASIDs that requests can carry; where they differ some binds fail half-way. */
#define NIC_PASID_BITS	12
#define WHOLE_PASID_BITS 12
#define GPU_PASID_BITS	8

#define VFIO_OWNERS	16
#define VFIO_PASIDS	48		/* different numbers in one program */
/*
 * A guest's first level: four tables, in memory of the process behind what
 * other ops map, and at an IOVA of their own. It leads from GUEST_PAGE and those
 * behind it to any page of base `low`, where its guest has its memory.
 */
#define TABLES_RAM	20ull
#define TABLES		4ull
#define TABLES_IOVA	0x4000ull
#define GUEST_PAGE	0x10ull
#define GUEST_PAGES	32ull
/* What it has for its virtual IOMMU, behind the tables. */
#define VIOMMU_RAM	24ull
#define VIOMMU_PAGES	6ull
#define VIOMMU_IOVA	0x5000ull
#define VGUEST_PASIDS	8u		/* numbers that the guest uses, from 1 */

/* REF_GONE: a group's file, and the group has gone. */
enum ref_kind { REF_CLOSED, REF_CONTAINER, REF_GROUP, REF_DEVICE, REF_GONE };

/* An open file; descriptors of both processes refer to it. */
struct ref_file {
	enum ref_kind kind;
	uint32_t object;		/* container or group */
	uint32_t refs;
};

/*
 * struct ref_mapping - what MAP_DMA promises
 * @iova, @nr:	in pages
 * @ram:	first page of the owner's memory
 * @dirty:	must be reported; @maybe: may be
 * @pins:	how often the mediated device has pinned each page
 */
struct ref_mapping {
	bool used;
	bool invalid;
	bool mapped;			/* in the IOMMU, pages pinned */
	uint8_t rights;			/* enum ledger_rights */
	uint32_t container;
	uint64_t iova;
	uint64_t nr;
	uint64_t ram;
	uint32_t owner;			/* serial number of an address space */
	uint32_t dirty;
	uint32_t maybe;
	uint8_t pins[VFIO_RAM_PAGES];
};

/* @type: 0 while there is no backend, else what SET_IOMMU was told. */
struct ref_container {
	bool used;
	bool tracking;
	uint8_t type;
	uint8_t files;			/* 1 while its file is open */
	uint32_t space;			/* of the ledger */
	uint32_t owner;			/* of PASIDs, from 1; 0: no nesting */
	uint32_t tables;		/* space of the tables at TABLES_IOVA */
};

/* An address space with containers that do nesting. */
struct ref_owner {
	uint32_t mm;
	uint32_t containers;		/* 0: nobody */
	uint32_t quota;
	uint32_t limit;			/* the highest it may be */
	uint32_t setting;		/* calls under way that set it */
	bool overlap;			/* some of these did */
};

/*
 * struct ref_pasid - a number that is or was somebody's
 * @owner:	0: free
 * @leaving:	a call is under way that may free it, or has, perhaps
 * @unclear:	calls that overlapped leave open where it is bound
 * @frees:	how often it has been freed
 * @freed:	vfio_world.nr_begun when that was last
 * @bound:	a bit per container; @coming: bind is under way
 * @guest:	what the guests call it
 */
struct ref_pasid {
	uint32_t number;
	uint32_t owner;
	bool leaving;
	bool unclear;
	uint32_t frees;
	uint64_t freed;
	uint32_t bound;
	uint32_t coming;
	uint32_t guest[VFIO_CONTAINERS];
};

/*
 * struct ref_group - a group, and the device in it
 * @gone:	unplugged, or about to be
 * @number:	in the name of its file
 * @pasid:	of its own requests: a slice's
 * @users:	device files; the group's file stays open while there are any
 * @opening:	calls under way that may make one, or take the device out
 */
struct ref_group {
	bool gone;
	bool open;
	bool file_closed;
	bool in_container;
	uint32_t container;
	uint32_t number;
	uint32_t pasid;
	uint32_t users;
	uint32_t opening;
};

struct vfio_process {
	struct vtb_process *process;
	uint32_t mm;			/* serial number of its address space */
	uint32_t mapping_calls;		/* that use its memory right now */
	uint32_t ram_begun, ram_ended;	/* calls that change its memory */
	int32_t fds[VFIO_FDS];		/* number of a file, or -1 */
	uint32_t tables;		/* space of its guest's tables; 0: none */
	uint32_t ram;			/* pages that are mapped, a bit each */
	uint32_t ram_writable;
	uint64_t memlock_pages;
	bool privileged;
};

/*
 * One call that is under way. What its descriptor refers to is found once, for
 * the reference and for the kernel, and held: another thread may close the number
 * and get another file by it before the call has come to the kernel.
 */
struct vfio_call {
	uint64_t objects;		/* what it is about; bit per container */
	uint64_t reads;			/* what it goes by and leaves alone */
	bool doubtful;			/* that has changed meanwhile */
	uint64_t failures;		/* injected before it */
	bool alone;			/* no other was under way at its begin */
	uint64_t number;
	struct file *file;		/* that it goes to; NULL: none, or over */
	struct ref_file *held;		/* the same, until the call ends */
	struct vtb_process *process;	/* that has it open */
};

/* A range that MAP_DMA has taken, whatever came of it; in pages. */
struct vfio_recent {
	uint64_t iova;
	uint64_t nr;
	uint64_t container;
};
#define VFIO_RECENT	8

/* What the last call is, or was, about; see meet.c. */
struct vfio_subject {
	uint64_t iova;			/* in pages, as @nr */
	uint64_t nr;
	uint64_t pasid;
	uint32_t container;
	uint32_t group;
	uint32_t first;			/* calls that fit */
	uint32_t last;
};

/*
 * struct vfio_guest - the guest of the first process; see guest.c
 * @mm:		address space that it has begun in; 0: not yet
 * @frames:	behind VIOMMU_IOVA
 * @fd:		the container, as the process has it
 * @host:	the host's number for each of the guest's; 0: none
 */
struct vfio_guest {
	struct viommu *viommu;
	struct guest_iommu *driver;
	uint32_t mm;
	uint32_t reserved;		/* no padding: it becomes state */
	uint64_t fd;
	uint64_t frames[VIOMMU_PAGES];
	uint64_t host[VGUEST_PASIDS + 1];
};

struct vfio_world {
	struct world world;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct iommu *iommu;
	struct pci_device *devices[VFIO_DEVICES];
	struct mdev_parent *whole;
	struct ledger *ledger;
	struct vtb_account baseline;
	struct vtb_holders holders;	/* at that time */
	int start_error;
	bool pasids;			/* the kernel has calls for them */
	uint32_t leaving;		/* threads of a dead process */
	struct vfio_guest guest;
	uint64_t unsure;		/* containers; bit 63: files */
	uint64_t nr_begun;		/* calls */
	uint32_t next_mm;
	struct vfio_call calls[VFIO_THREADS];
	struct vfio_process processes[VFIO_PROCESSES];
	struct ref_file files[VFIO_FILES];
	struct ref_group groups[VFIO_GROUPS];
	struct ref_container containers[VFIO_CONTAINERS];
	struct ref_mapping mappings[VFIO_MAPPINGS];
	struct ref_owner owners[VFIO_OWNERS];
	struct ref_pasid numbers[VFIO_PASIDS];
	uint32_t nr_numbers;		/* slots ever used */
	uint64_t range_freed;		/* ref_pasid.freed of any number */
	struct vfio_recent recent[VFIO_RECENT];
	uint32_t bound[VFIO_RECENT];	/* PASIDs, by successful calls */
	uint32_t nr_recent;		/* noted so far */
	uint32_t nr_bound;
	uint64_t guest_page;		/* that a device went to last */
	struct pci_dma last_guest[VFIO_DEVICES];	/* and what it did there */
	struct vfio_subject subject;
	uint8_t met[SIM_MAX_OPS];	/* by slot: the call that `meet` made */
};

static inline struct vfio_world *vfio_world(struct world *world)
{
	return (struct vfio_world *)world;
}

extern const struct world_type vfio_type;
extern const char *const vfio_actors[];
extern const struct vtb_device_info vfio_devices[VFIO_GROUPS];

/* -- threads and processes: process.c -- */

/* Of the running op. */
unsigned int vfio_actor(struct vfio_world *w);
unsigned int vfio_process_number(struct vfio_world *w);
struct vfio_process *vfio_process(struct vfio_world *w);

void vfio_threads_start(struct vfio_world *w);
int64_t vfio_open(struct vfio_world *w, const char *device);
int64_t vfio_close(struct vfio_world *w, uint64_t fd);
/*
 * Holds the file behind @fd for the call that has begun; it goes there, once, or
 * the hold is dropped.
 */
void vfio_hold(struct vfio_world *w, uint64_t fd);
void vfio_drop(struct vfio_world *w);
/*
 * Calls with @bytes of @arg in user memory, so that they end where the page
 * does; what is behind @argsz is watched. @arg gets what is there afterwards.
 * Both go to the file that is held.
 */
int64_t vfio_ioctl(struct vfio_world *w, unsigned int cmd, void *arg,
		   uint32_t bytes, uint32_t argsz);
int64_t vfio_ioctl_value(struct vfio_world *w, unsigned int cmd,
			 uint64_t value);
/* Frames of memory that is new, and zero; < 0: there is none. */
int vfio_new_pages(struct vfio_world *w, uint64_t page, uint64_t nr,
		   uint64_t *frames);
/* A store of the process to one of its guest's tables; < 0: it is gone. */
int vfio_table_store(struct vfio_world *w, unsigned int table, uint64_t entry,
		     uint64_t value);
/* Clears, or reads, the bitmap. */
void vfio_bitmap_clear(struct vfio_world *w);
uint64_t vfio_bitmap_word(struct vfio_world *w, unsigned int word);
/* Frame behind a page of memory, made present; UINT64_MAX: none. */
uint64_t vfio_ram_frame(struct vfio_world *w, uint64_t page);

/* For findings: ops of different actors that do the same have one name. */
const char *vfio_op_name(void *arg, uint32_t op);
/* A finding of the running op. */
void vfio_raise(struct vfio_world *w, const char *oracle, const char *object,
		const char *what, const char *why);
void vfio_finish(struct world *world, enum sim_end end);
struct world *vfio_build(struct sim *sim, const uint64_t *config);

/* -- the reference: ref.c -- */

/* In vfio_call.objects, beside a bit per container. */
#define REF_FILES	(1ull << 63)
/* An owner of PASIDs: that there is one, and which it has. */
#define REF_OWNER(_owner) ((_owner) ? 1ull << (31 + (_owner)) : 0)
#define REF_NUMBERS(_owner) ((_owner) ? 1ull << (15 + (_owner)) : 0)
#define REF_ALL_CONTAINERS	0xffffull
#define REF_ALL_NUMBERS		0xffff0000ull

/* @objects: bits of containers, REF_FILES. Between the two is the call. */
void ref_begin(struct vfio_world *w, uint64_t objects);
/* The same of an ioctl on @fd, and of what that is about. */
void ref_begin_on(struct vfio_world *w, uint64_t fd, uint64_t objects);
/*
 * The same, but all that it is about is said; what is in @reads may be under way
 * in others that read it, too.
 */
void ref_begin_reading(struct vfio_world *w, uint64_t fd, uint64_t objects,
		       uint64_t reads);
/* Has what the call goes by changed under it? */
bool ref_doubtful(struct vfio_world *w);
/* Was nothing else under way with these objects, ever? */
bool ref_end(struct vfio_world *w);
/* Is a call of another actor under way? */
bool ref_others(const struct vfio_world *w, unsigned int self);
/* Has no other call overlapped with the one under way? */
bool ref_alone(struct vfio_world *w);
/* Has a failure been injected since ref_begin()? */
bool ref_excused(struct vfio_world *w);
/* Judges success or failure; @expected: 0 or the errno it might be. */
void ref_judge(struct vfio_world *w, int64_t result, int64_t expected,
	       const char *call);
/* Locked memory and pins are what the mappings make them. */
void ref_check_accounts(struct vfio_world *w);

struct ref_file *ref_file(struct vfio_world *w, uint64_t fd);
/* The object of that kind behind a descriptor, or -1. */
int ref_object(struct vfio_world *w, uint64_t fd, enum ref_kind kind);
/* What a call on that descriptor is about. */
uint64_t ref_objects(struct vfio_world *w, uint64_t fd);

int ref_new_container(struct vfio_world *w);
void ref_install(struct vfio_world *w, unsigned int process, uint64_t fd,
		 enum ref_kind kind, uint32_t object);
void ref_install_same(struct vfio_world *w, unsigned int to, uint64_t to_fd,
		      uint64_t fd);
void ref_close(struct vfio_world *w, unsigned int process, uint64_t fd);
void ref_close_all(struct vfio_world *w, unsigned int process);
/* One reference less: the last one takes along what the file stood for. */
void ref_put(struct vfio_world *w, struct ref_file *file);

bool ref_physical(const struct vfio_world *w, uint32_t container);
unsigned int ref_nr_groups(const struct vfio_world *w, uint32_t container);
static inline bool ref_emulated(const struct vfio_world *w, uint32_t container)
{
	const struct ref_group *g = &w->groups[GROUP_MEDIATED];

	return g->in_container && g->container == container;
}
/* Is its device behind the IOMMU? Then this is what its requests carry. */
static inline bool ref_translated(uint32_t group)
{
	return group != GROUP_MEDIATED;
}

static inline uint32_t ref_device(uint32_t group)
{
	return group < GROUP_MEDIATED ? group : VFIO_DEVICES - 1;
}

static inline uint16_t ref_requester(const struct vfio_world *w, uint32_t group)
{
	return pci_device_requester_id(w->devices[ref_device(group)]);
}

/* What the driver has given to a slice; other groups have none. */
void ref_look_up_pasid(struct vfio_world *w, uint32_t group);
/* Is another slice of the same device in that container? */
bool ref_has_slice(const struct vfio_world *w, uint32_t group,
		   uint32_t container);
/* The device is out of the machine, or back in it. */
void ref_unplug(struct vfio_world *w, uint32_t group);
void ref_plug(struct vfio_world *w, uint32_t group);
/* A container has lost its last group: nothing is left of its backend. */
void ref_leave(struct vfio_world *w, uint32_t group);
/* The running op's changes to what DMA may reach have taken effect, or not. */
void ref_settle(struct vfio_world *w, bool done);

/* -- mappings of the reference: ref_map.c -- */

/* Mappings of a container in order of IOVA; @first: of its last page. */
struct ref_mapping *ref_find(struct vfio_world *w, uint32_t container,
			     uint64_t first, uint64_t last);
/* Does one of the ends of the range lie inside a mapping? */
bool ref_cuts(struct vfio_world *w, uint32_t container, uint64_t first,
	      uint64_t last);
bool ref_has_invalid(const struct vfio_world *w, uint32_t container);
/* Can the IOMMU translate these pages? */
bool ref_iova_ok(uint64_t first, uint64_t last);
/* What MAP_DMA should say; then what it means. */
int64_t ref_expect_map(struct vfio_world *w, const struct ref_mapping *m);
bool ref_map_begin(struct vfio_world *w, const struct ref_mapping *m);
void ref_map_end(struct vfio_world *w, const struct ref_mapping *m, bool done);
/* Takes the mapping out of what devices may reach, or out of the world. */
void ref_unmap(struct vfio_world *w, struct ref_mapping *m);
void ref_drop(struct vfio_world *w, struct ref_mapping *m);
void ref_drop_all(struct vfio_world *w, uint32_t container);
/* Puts all there is into the IOMMU; false: no room in the ledger. */
bool ref_map_all(struct vfio_world *w, uint32_t container);
/* Charged to an address space; pages pinned by drivers. */
uint64_t ref_locked(const struct vfio_world *w, uint32_t owner);
unsigned int ref_nr_pins(const struct ref_mapping *m);
void ref_unpin_all(struct vfio_world *w, uint32_t container);

/* -- PASIDs of the reference: ref_pasid.c -- */

/*
 * The running process' address space, with one more container; 0: no room. It
 * goes with the last one, and with it its PASIDs.
 */
uint32_t ref_owner_reserve(struct vfio_world *w);
void ref_owner_release(struct vfio_world *w, uint32_t owner);
/* A container has no backend any more. */
void ref_owner_leave(struct vfio_world *w, uint32_t container);
void ref_pasid_free(struct vfio_world *w, struct ref_pasid *p);
/* REF_OWNER of the container that a group's or device's file belongs to. */
uint64_t ref_owner_behind(struct vfio_world *w, uint64_t fd);
uint32_t ref_nr_pasids(const struct vfio_world *w, uint32_t owner);
/* NULL: not known, or no room. */
struct ref_pasid *ref_pasid(struct vfio_world *w, uint64_t number);
struct ref_pasid *ref_pasid_slot(struct vfio_world *w, uint64_t number);
/* A number has been given out: nobody had it, and the quota allows it. */
void ref_pasid_own(struct vfio_world *w, struct ref_pasid *p, uint32_t owner);
/* Before and after a quota is set; @done: it was. */
void ref_quota_begin(struct vfio_world *w, uint32_t owner, uint32_t quota);
void ref_quota_end(struct vfio_world *w, uint32_t owner, uint32_t quota,
		   bool done);
/* PASIDs that are free in that range. */
uint64_t ref_nr_free(const struct vfio_world *w, uint64_t min, uint64_t max);
/* Has some PASID of the container that name already? */
bool ref_guest_has(const struct vfio_world *w, uint32_t container,
		   uint64_t guest);
/* Can requests of the group's device carry it? */
bool ref_carries(uint32_t group, uint64_t number);
/* ...or do those of another slice do so, in another container? */
bool ref_elsewhere(const struct vfio_world *w, const struct ref_pasid *p,
		   uint32_t group);
/* To be bound in devices of that container, or not any more; then settle. */
void ref_bind_begin(struct vfio_world *w, const struct ref_pasid *p,
		    uint32_t container);
void ref_bind_group(struct vfio_world *w, const struct ref_pasid *p,
		    uint32_t group, uint32_t container);
void ref_unbind_begin(struct vfio_world *w, const struct ref_pasid *p,
		      uint32_t containers);
void ref_unbind_group(struct vfio_world *w, uint32_t group,
		      uint32_t container);
void ref_unbind_all(struct vfio_world *w, uint32_t container);
void ref_pasid_settle(struct vfio_world *w, const struct ref_pasid *p,
		      bool done);
/*
 * Judges what the IOMMU would find in the PASID tables of devices: bindings that
 * are in force, and no others.
 */
void ref_check_bindings(struct vfio_world *w);
/* Bindings that go through these tables, or are about to. */
unsigned int ref_nr_users(const struct vfio_world *w, uint32_t tables);

/* -- dirty pages of the reference: ref_dirty.c -- */

void ref_dirty_start(struct vfio_world *w, uint32_t container);
/* A group behind the IOMMU leaves: all it may have written counts. */
void ref_dirty_all(struct vfio_world *w, uint32_t container);
void ref_dirty_mark(struct vfio_world *w, uint32_t container, uint64_t first,
		    uint64_t last, bool certain);
/* Judges the user's bitmap of @nr pages; @clear: all is clean from now on. */
void ref_dirty_check(struct vfio_world *w, uint32_t container, uint64_t first,
		     uint64_t nr, bool clear);

/* -- what the op table refers to: calls.c, calls_map.c -- */

int64_t op_container_open(struct world *world, const uint64_t *args);
int64_t op_group_open(struct world *world, const uint64_t *args);
int64_t op_device_open(struct world *world, const uint64_t *args);
int64_t op_close(struct world *world, const uint64_t *args);
int64_t op_send(struct world *world, const uint64_t *args);
int64_t op_set_container(struct world *world, const uint64_t *args);
int64_t op_unset_container(struct world *world, const uint64_t *args);
int64_t op_set_iommu(struct world *world, const uint64_t *args);
int64_t op_ready(struct world *world, const uint64_t *args);
int64_t op_vm_ready(struct world *world, const uint64_t *args);
int64_t op_join(struct world *world, const uint64_t *args);
int64_t op_leave(struct world *world, const uint64_t *args);
int64_t op_give_up(struct world *world, const uint64_t *args);
int64_t op_rejoin(struct world *world, const uint64_t *args);
int64_t op_unplug(struct world *world, const uint64_t *args);
int64_t op_plug(struct world *world, const uint64_t *args);
int64_t op_status(struct world *world, const uint64_t *args);
int64_t op_extension(struct world *world, const uint64_t *args);
int64_t op_info(struct world *world, const uint64_t *args);
int64_t op_map(struct world *world, const uint64_t *args);
/* MAP_DMA of @nr pages, for reading and writing. */
int64_t vfio_map(struct vfio_world *w, uint64_t fd, uint64_t iova, uint64_t ram,
		 uint64_t nr);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_dirty(struct world *world, const uint64_t *args);
int64_t op_get_bitmap(struct world *world, const uint64_t *args);
int64_t op_bad_call(struct world *world, const uint64_t *args);
int64_t op_mediated(struct world *world, const uint64_t *args);
int64_t op_ram(struct world *world, const uint64_t *args);
int64_t op_limit(struct world *world, const uint64_t *args);
int64_t op_exec(struct world *world, const uint64_t *args);
int64_t op_die(struct world *world, const uint64_t *args);
int64_t op_dma(struct world *world, const uint64_t *args);
int64_t op_slice_dma(struct world *world, const uint64_t *args);
int64_t op_sleep(struct world *world, const uint64_t *args);
/* UNMAP_DMA of @nr pages; @how as the op table has it. */
int64_t vfio_unmap(struct vfio_world *w, uint64_t fd, uint64_t first,
		   uint64_t nr, uint64_t how);
/*
 * DIRTY_PAGES, and a call of the mediated device; in pages. Without a bitmap the
 * report cannot be made.
 */
int64_t vfio_get_bitmap(struct vfio_world *w, uint64_t fd, uint64_t first,
			uint64_t nr, bool bitmap);
int64_t vfio_mediated(struct vfio_world *w, uint64_t fd, uint64_t op,
		      uint64_t first, uint64_t nr);
/* A request, unless nobody knows what it may reach: -ENOBUFS. */
int64_t vfio_dma(struct vfio_world *w, unsigned int group, struct pci_dma *dma);
int64_t vfio_slice_dma(struct vfio_world *w, unsigned int slice,
		       struct pci_dma *dma);
int64_t vfio_guest_dma(struct vfio_world *w, struct pci_dma *dma);

/* -- calls_again.c -- */

/* What ops that come later may be about. */
void vfio_note_map(struct vfio_world *w, const struct ref_mapping *m);
void vfio_note_bind(struct vfio_world *w, uint32_t pasid);
int64_t op_revisit(struct world *world, const uint64_t *args);
int64_t op_slice_revisit(struct world *world, const uint64_t *args);
int64_t op_guest_revisit(struct world *world, const uint64_t *args);
int64_t op_guest_again(struct world *world, const uint64_t *args);
int64_t op_burst(struct world *world, const uint64_t *args);
int64_t op_guest_burst(struct world *world, const uint64_t *args);
int64_t op_log_nowhere(struct world *world, const uint64_t *args);
int64_t op_take_back(struct world *world, const uint64_t *args);
int64_t op_shootdown(struct world *world, const uint64_t *args);
/* That group, or the next one that nobody has open. */
uint64_t vfio_free_group(const struct vfio_world *w, uint64_t group);
int64_t op_log(struct world *world, const uint64_t *args);
int64_t op_software(struct world *world, const uint64_t *args);
/* @fd, or a container of the process that has nesting, if that one has not. */
uint64_t vfio_nesting_file(struct vfio_world *w, uint64_t fd);
int64_t op_enter(struct world *world, const uint64_t *args);
int64_t op_open_device(struct world *world, const uint64_t *args);
int64_t op_let_go(struct world *world, const uint64_t *args);
/* Files of the running process, or OP_NO_RESOURCE. */
uint64_t vfio_file_of(struct vfio_world *w, uint32_t container);
uint64_t vfio_file_of_group(struct vfio_world *w, uint64_t group,
			    enum ref_kind kind);

/* -- guest.c -- */

void vfio_guest_init(struct vfio_world *w);
int64_t op_guest_on(struct world *world, const uint64_t *args);
int64_t op_guest_off(struct world *world, const uint64_t *args);
int64_t op_guest_change(struct world *world, const uint64_t *args);

/* -- meet.c -- */

/* Calls say what they are about when they begin; -1 is for what is unknown. */
void meet_about_owner(struct vfio_world *w, int container);
void meet_about_pasid(struct vfio_world *w, int container, uint64_t pasid);
void meet_about_group(struct vfio_world *w, int group);
void meet_about_range(struct vfio_world *w, int container, uint64_t iova,
		      uint64_t nr);
int64_t op_meet(struct world *world, const uint64_t *args);
/* Of the call that it has made in that slot of the plan. */
const char *meet_name(const struct vfio_world *w, uint32_t slot);

/* -- calls_pasid.c, calls_nest.c -- */

int64_t op_pasid_alloc(struct world *world, const uint64_t *args);
int64_t op_pasid_free(struct world *world, const uint64_t *args);
int64_t op_pasid_free_range(struct world *world, const uint64_t *args);
int64_t op_pasid_quota(struct world *world, const uint64_t *args);
int64_t op_uapi_version(struct world *world, const uint64_t *args);
int64_t op_guest_ready(struct world *world, const uint64_t *args);
int64_t op_guest_edit(struct world *world, const uint64_t *args);
int64_t op_bind(struct world *world, const uint64_t *args);
int64_t op_pasid_ready(struct world *world, const uint64_t *args);
int64_t op_guest_running(struct world *world, const uint64_t *args);
int64_t op_unbind(struct world *world, const uint64_t *args);
int64_t op_invalidate(struct world *world, const uint64_t *args);
int64_t op_bad_nesting(struct world *world, const uint64_t *args);
int64_t op_guest_dma(struct world *world, const uint64_t *args);

#endif
