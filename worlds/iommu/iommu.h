/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.h - the world of the IOMMU (private to this folder)
 *
 *	vCPU 0              vCPU 1
 *	+-------------------+-------------------+   nic (fast)   gpu (slow)
 *	| thread vmm        | thread peer       |       |            |
 *	+-------------------+-------------------+       |   DMA      |
 *	| /dev/ioas, IOMMU core, VT-d driver    |   +---+------------+---+
 *	+---------------------------------------+---| IOMMU: tables,     |
 *	| memory: of the process, tables  <---------| caches, queue      |
 *	+---------------------------------------+   +--------------------+
 *
 * The process maps its memory, or the memory of a device, into I/O address
 * spaces and attaches devices to them; devices read and write. Addresses come
 * from a few bases, so that ops meet.
 *
 * In some of these spaces lives a guest, whose memory is what is mapped there. It
 * has two first-level tables, also in memory of the process, which the thread
 * binds to PASIDs; the guest edits them while devices go through them:
 *
 *	PASID slot, page of the guest --> table --> I/O address --> memory
 */
#ifndef WORLDS_IOMMU_H
#define WORLDS_IOMMU_H

#include <models/iommu.h>
#include <models/pci_device.h>
#include <sim/decide.h>
#include <worlds/one_host.h>

#include "ioas_ioctl.h"

enum iommu_actor {
	ACTOR_VMM, ACTOR_PEER, ACTOR_NIC, ACTOR_GPU, ACTOR_GUEST, IOMMU_ACTORS
};

enum iommu_config { CONFIG_UNIT, CONFIG_DEVICES, CONFIG_THREADS, IOMMU_CONFIG };

#define IOMMU_DEVICES	2
/* What requests of a device may carry: nothing, or one of these. */
#define NR_TAGS		4
#define NR_STREAMS	(IOMMU_DEVICES * NR_TAGS)
#define PASID_BITS	7	/* the last tag is too large */
#define AREA_PAGES	64		/* of the process, to be mapped */
#define AREA_ADDRESS	0x1000000ul
#define BAR_BASE	(1ull << 32)	/* of the first device; 1 GiB aligned */
#define BAR_BYTES	(4ull << 30)

#define MAX_MAPPINGS	64		/* at once, all spaces together */

/* First-level tables: the levels above the last are never edited. */
#define NR_TABLES	2
#define TABLE_FRAMES	5		/* 4 levels, and a second one of the last */
#define TABLES_FRAMES	(NR_TABLES * TABLE_FRAMES)
#define TABLES_ADDRESS	0x2000000ul	/* of the process */
#define TABLES_IOVA	(8ull << 30)	/* in each space of a guest */
#define GUEST_PAGES	16		/* half of them in each last table */
#define GUEST_FIRST	(0x7f0000200000ull - GUEST_PAGES / 2 * 4096)
/* PASIDs that bindings are made with; the last one is of another file. */
#define NR_SLOTS	3
#define SLOT_FOREIGN	(NR_SLOTS - 1)

#define MAX_PASID	255		/* that ops ask for */

#define MAX_BINDINGS	8
#define MAX_EDITS	64

/*
 * struct ref_mapping - one mapping as the API promises it (oracle.c)
 * @certain:	map has returned, and nothing has been called that ends it
 * @frames:	of user memory; UINT64_MAX: who knows
 */
struct ref_mapping {
	uint64_t settled;		/* when map returned; 0: it has not */
	bool used;
	bool certain;
	bool threatened;		/* something may take it while it is made */
	bool bar;
	uint8_t flags;
	uint32_t space;
	uint64_t iova;
	uint64_t bytes;
	uint64_t phys;			/* of @bar */
	uint64_t frames[AREA_PAGES];
};

/* The last mappings and attachments that went, for the words of a finding. */
struct ref_gone {
	const char *op;			/* which took it */
	uint32_t stream;
	uint64_t iova;
	uint64_t bytes;
};
#define NR_GONE		8

/*
 * struct ref_stream - what requests of a device with one tag go through
 * @maybe:	spaces it may be attached to, a bit each
 * @certain:	the one it surely is, or -1
 * @unsure:	@maybe may be too much: calls about the stream met
 * @clock:	those calls, begun and ended
 */
struct ref_stream {
	uint32_t maybe;
	int32_t certain;
	bool unsure;
	uint32_t running;
	uint64_t clock;
};

/*
 * struct ref_edit - an entry of a first-level table (nest_oracle.c)
 * @from, @until: moments; @until is 0 for what is there now
 * @over:	bindings that cannot have it in mind any more, a bit each
 * @fresh:	bindings that have nothing else in mind
 */
struct ref_edit {
	bool used;
	bool writable;
	uint16_t reserved;		/* no padding: it becomes state */
	uint32_t table;
	uint32_t page;			/* of the guest */
	uint32_t over;
	uint32_t fresh;
	uint32_t reserved_too;
	uint64_t target;		/* I/O address */
	uint64_t from;
	uint64_t until;
};

/*
 * struct ref_binding - a PASID of a device that goes through a table
 * @certain:	bind has returned, and nothing has been called that ends it
 * @suspended:	a call runs that may end it; it was certain before
 * @settled:	when bind returned, by the clock of calls; 0: it has not
 */
struct ref_binding {
	bool used;
	bool certain;
	bool suspended;
	uint8_t reserved;
	uint32_t device;
	uint32_t pasid;
	uint32_t guest_pasid;
	uint32_t space;
	uint32_t table;
	uint64_t settled;
};

enum ref_owner { OWNER_NOBODY, OWNER_PROCESS, OWNER_OTHER };

/*
 * struct ref_nest - guests
 * @wild:	somebody else has written to tables, or they are not where they
 *		were: they may say anything
 * @spaces:	that were made for it
 * @slots:	the last PASID allocated for each; 0: none yet
 * @owners:	of each PASID
 * @now:	counts edits and calls
 */
struct ref_nest {
	bool wild;
	uint32_t spaces;
	uint32_t slots[NR_SLOTS];
	uint8_t owners[MAX_PASID + 1];	/* enum ref_owner */
	uint64_t now;
	struct ref_edit edits[MAX_EDITS];
	struct ref_binding bindings[MAX_BINDINGS];
};

struct ref_call;

struct reference {
	struct ref_mapping mappings[MAX_MAPPINGS];
	struct ref_stream streams[NR_STREAMS];
	struct ref_call *taking[ACTOR_PEER + 1];	/* that run now */
	uint32_t spaces;		/* that exist */
	uint32_t unsure_spaces;		/* or perhaps not */
	struct ref_gone gone[NR_GONE];
	uint32_t nr_gone;
	uint64_t made[IOAS_SPACES];	/* when create returned */
	uint64_t ended[IOAS_SPACES];	/* when destroy did */
	uint64_t clock;			/* calls of the process: begun and ended */
	uint32_t running;
	struct ref_nest nest;
};

/* What was mapped last, by successful calls: somewhere for devices to go. */
struct recent_range {
	uint64_t iova;
	uint64_t bytes;
	uint64_t space;
};
#define NR_RECENT	8

/* What the last call of the process is, or was, about; see meet.c. */
struct subject {
	uint64_t iova;
	uint64_t bytes;
	uint32_t space;
	uint32_t device;
	uint32_t tag;
	uint32_t slot;
	uint32_t first;			/* calls that fit */
	uint32_t last;
};

struct iommu_world {
	struct one_host host;
	struct iommu *iommu;
	struct pci_device *devices[IOMMU_DEVICES];
	unsigned int address_bits;
	uint64_t file;
	uint64_t other_file;		/* has nothing but a PASID */
	uint64_t tables[TABLES_FRAMES];	/* frames */
	bool removed[IOMMU_DEVICES];	/* unknown to the kernel */
	bool doubtful[IOMMU_DEVICES];	/* gone, or has been; see plug.c */
	bool plugging;
	bool ats;			/* devices have it */
	bool nesting;			/* the unit has it */
	bool pages;			/* devices ask for pages */
	uint32_t policy;		/* of serve.c */
	uint32_t asked;			/* page requests that wait */
	uint32_t told;			/* groups that the process has heard of */
	struct sim_fiber *server;
	struct pci_dma last_nested[IOMMU_DEVICES];	/* that went through */
	struct pci_dma last_dma[IOMMU_DEVICES];		/* or did not */
	bool closed;			/* it could not be opened again */
	uint64_t stamp;
	struct recent_range recent[NR_RECENT];
	uint32_t nr_recent;		/* noted so far */
	struct recent_range visited;	/* by a device */
	struct subject subject;
	uint8_t met[SIM_MAX_OPS];	/* by slot: the call that `meet` made */
	uint8_t last_tag[IOMMU_DEVICES];	/* of a successful attach */
	struct reference reference;
};

static inline struct iommu_world *iommu_world(struct world *world)
{
	return (struct iommu_world *)world;
}

#define IOMMU_NR_OPS	59
extern const struct op iommu_ops[IOMMU_NR_OPS];
extern const struct op_arg iommu_config_args[IOMMU_CONFIG];
extern const char *const iommu_actors[];

/* -- run.c -- */

int64_t op_create(struct world *world, const uint64_t *args);
int64_t op_destroy(struct world *world, const uint64_t *args);
int64_t op_attach(struct world *world, const uint64_t *args);
int64_t op_detach(struct world *world, const uint64_t *args);
int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_map_bar(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_bad_map(struct world *world, const uint64_t *args);
int64_t op_forget(struct world *world, const uint64_t *args);
int64_t op_remember(struct world *world, const uint64_t *args);
int64_t op_pause(struct world *world, const uint64_t *args);
int64_t op_reopen(struct world *world, const uint64_t *args);
int64_t op_dma_nic(struct world *world, const uint64_t *args);
int64_t op_dma_gpu(struct world *world, const uint64_t *args);
int64_t op_ready(struct world *world, const uint64_t *args);
int64_t op_ready_bar(struct world *world, const uint64_t *args);
int64_t op_take_back(struct world *world, const uint64_t *args);
int64_t op_map_there(struct world *world, const uint64_t *args);
/* For devices: @when is the choice of an op, 0 for alone. */
int64_t iommu_run_when(struct world *world, uint64_t when, op_run_fn fn,
		       const uint64_t *args);
int64_t op_revisit_nic(struct world *world, const uint64_t *args);
int64_t op_revisit_gpu(struct world *world, const uint64_t *args);

uint64_t iommu_iova(uint64_t base, uint64_t page);
/* Maps, and has the oracle look on. */
int64_t iommu_map_call(struct world *world, struct ioas_map *map);
int64_t iommu_create_call(struct world *world, unsigned int cmd);
int64_t iommu_attach_call(struct world *world, uint32_t space,
			  unsigned int device, unsigned int tag);

int64_t op_dma_burst_nic(struct world *world, const uint64_t *args);
int64_t op_dma_burst_gpu(struct world *world, const uint64_t *args);
int64_t op_nested_burst_nic(struct world *world, const uint64_t *args);
int64_t op_nested_burst_gpu(struct world *world, const uint64_t *args);
/* Unmaps, and has the oracle look on. */
int64_t iommu_unmap_call(struct world *world, struct ioas_unmap *unmap);

/* -- meet.c -- */

void meet_about_range(struct iommu_world *w, uint64_t space, uint64_t iova,
		      uint64_t bytes);
void meet_about_device(struct iommu_world *w, uint64_t space, uint64_t device,
		       uint64_t tag);
void meet_about_slot(struct iommu_world *w, uint64_t space, uint64_t device,
		     uint64_t slot);
int64_t op_meet(struct world *world, const uint64_t *args);
/* Of the call that it has made in that op. */
const char *meet_name(const struct iommu_world *w, uint32_t op);

/* -- nest.c -- */

int64_t op_guest(struct world *world, const uint64_t *args);
int64_t op_balloon(struct world *world, const uint64_t *args);
int64_t op_pasid_alloc(struct world *world, const uint64_t *args);
int64_t op_pasid_free(struct world *world, const uint64_t *args);
int64_t op_info(struct world *world, const uint64_t *args);
int64_t op_bind(struct world *world, const uint64_t *args);
int64_t op_unbind(struct world *world, const uint64_t *args);
int64_t op_invalidate(struct world *world, const uint64_t *args);
int64_t op_shootdown(struct world *world, const uint64_t *args);
int64_t op_bad_bind(struct world *world, const uint64_t *args);
int64_t op_bad_invalidate(struct world *world, const uint64_t *args);
int64_t op_guest_map(struct world *world, const uint64_t *args);
int64_t op_guest_unmap(struct world *world, const uint64_t *args);
int64_t op_nested_nic(struct world *world, const uint64_t *args);
int64_t op_nested_gpu(struct world *world, const uint64_t *args);
int64_t op_again_nic(struct world *world, const uint64_t *args);
int64_t op_again_gpu(struct world *world, const uint64_t *args);
/* Repeats what last went through tables of a guest. */
int64_t nest_again(struct world *world, unsigned int device,
		   const uint64_t *args);
int64_t op_ats_nic(struct world *world, const uint64_t *args);
int64_t op_ats_gpu(struct world *world, const uint64_t *args);
int64_t op_ask_nic(struct world *world, const uint64_t *args);
int64_t op_ask_gpu(struct world *world, const uint64_t *args);

/* Tables as they are when a program begins: half of the pages lead somewhere. */
void nest_write_tables(struct iommu_world *w);

/* Edits an entry, in memory and in mind; false if there is no room. */
bool nest_put(struct iommu_world *w, uint32_t table, uint32_t page,
	      uint64_t target, bool writable);

/* -- serve.c -- */

int64_t op_page_policy(struct world *world, const uint64_t *args);
void serve_start(struct iommu_world *w);
void serve_asked(struct iommu_world *w);
void serve_answered(struct iommu_world *w);

/* -- plug.c -- */

int64_t op_unplug(struct world *world, const uint64_t *args);
int64_t op_plug(struct world *world, const uint64_t *args);
int64_t op_absence(struct world *world, const uint64_t *args);

/* -- build.c -- */

/* Tells the kernel of a device, and on the process's thread. */
int iommu_device_add(struct iommu_world *w, unsigned int device);
void iommu_device_remove(struct iommu_world *w, unsigned int device);

uint16_t iommu_requester_id(unsigned int device);
/* 0 is for requests that carry none. */
uint32_t iommu_pasid(unsigned int tag);

/* -- oracle.c -- */

/* A call of the process, judged when it returns. */
struct ref_call {
	uint64_t at;			/* when it began */
	bool alone;			/* and no other ran */
	bool sure;			/* and all was known */
	bool had;			/* an attach: perhaps it was so before */
	uint64_t stream_at;		/* by the clock of the stream; 0: no */
	uint32_t failures;		/* injected before it */
	int expected;			/* result, if nobody interferes */
	struct ref_mapping *mapping;	/* of a map */
	uint32_t space;			/* whose mappings it takes */
	uint64_t first;
	uint64_t last;
	uint64_t length;		/* that an unmap should report */
};

void oracle_init(struct iommu_world *w);

/* What calls of nest.c have in common with the others. */
void oracle_begin(struct iommu_world *w, struct ref_call *call);
void oracle_end(struct iommu_world *w, const struct ref_call *call,
		int64_t result);
bool oracle_alone(const struct iommu_world *w, const struct ref_call *call);
bool oracle_space_exists(const struct iommu_world *w, uint64_t space);
void oracle_raise(struct iommu_world *w, const char *oracle, const char *other,
		  const char *what, const char *why);
/* Is @device in the space, as far as is known? */
bool oracle_may_be_in(const struct iommu_world *w, unsigned int device,
		      uint32_t space);
/* May, or must, a mapping of the space lead from @address to @phys? */
bool oracle_may_reach(const struct iommu_world *w, uint32_t space,
		      uint64_t address, bool write, uint64_t phys);
bool oracle_may_reach_any(const struct iommu_world *w, uint32_t space,
			  bool write, uint64_t phys);
bool oracle_must_reach(const struct iommu_world *w, uint32_t space,
		       uint64_t address, bool write);
/* No call of the process runs. */
bool oracle_quiet(const struct iommu_world *w);
/* One more mapping can be kept in mind. */
bool oracle_has_room(struct iommu_world *w);

void oracle_create_begin(struct iommu_world *w, struct ref_call *call);
void oracle_create_end(struct iommu_world *w, struct ref_call *call,
		       int64_t result);
void oracle_destroy_begin(struct iommu_world *w, uint64_t space,
			  struct ref_call *call);
void oracle_destroy_end(struct iommu_world *w, struct ref_call *call,
			int64_t result);
void oracle_attach_begin(struct iommu_world *w, const struct ioas_attach *a,
			 unsigned int stream, struct ref_call *call);
void oracle_attach_end(struct iommu_world *w, const struct ioas_attach *a,
		       unsigned int stream, struct ref_call *call,
		       int64_t result);
void oracle_detach_begin(struct iommu_world *w, unsigned int stream,
			 struct ref_call *call);
void oracle_detach_end(struct iommu_world *w, unsigned int stream,
		       struct ref_call *call, int64_t result);
/* The kernel is told that a device has gone. */
void oracle_device_begin(struct iommu_world *w, unsigned int device,
			 struct ref_call *call);
void oracle_device_end(struct iommu_world *w, unsigned int device,
		       struct ref_call *call);
void oracle_close_begin(struct iommu_world *w, struct ref_call *call);
void oracle_close_end(struct iommu_world *w, struct ref_call *call);

/* @frames: AREA_PAGES of them, UINT64_MAX where there is no memory. */
void oracle_map_begin(struct iommu_world *w, const struct ioas_map *map,
		      const uint64_t *frames, struct ref_call *call);
/* The frames were replaced meanwhile. */
void oracle_map_moved(struct ref_call *call, int64_t result);
void oracle_map_end(struct iommu_world *w, struct ref_call *call,
		    int64_t result);
void oracle_unmap_begin(struct iommu_world *w, const struct ioas_unmap *unmap,
			struct ref_call *call);
void oracle_unmap_end(struct iommu_world *w, struct ref_call *call,
		      int64_t result, uint64_t length);

/* Must this DMA go through, as things stand? Ask before and after. */
bool oracle_dma_certain(const struct iommu_world *w, unsigned int stream,
			const struct pci_dma *dma);
void oracle_dma_refused(struct iommu_world *w, const struct pci_dma *dma);
extern const struct pci_observer oracle_observer;

/* -- nest_oracle.c -- */

struct nest_call {
	struct ref_call call;
	uint64_t moment;
	struct ref_binding *binding;	/* of a bind */
};

/* What bind asks for; expected results come from it. */
struct nest_bind_args {
	uint32_t device;
	uint32_t space;
	uint32_t table;
	uint32_t pasid;
	uint32_t guest_pasid;
	bool unsupported;
	bool beyond;
};

bool nest_has_room(const struct iommu_world *w);
void nest_bind_begin(struct iommu_world *w, const struct nest_bind_args *args,
		     struct nest_call *call);
void nest_bind_end(struct iommu_world *w, struct nest_call *call,
		   int64_t result);
void nest_unbind_begin(struct iommu_world *w, uint32_t device, uint32_t space,
		       uint32_t pasid, struct nest_call *call);
void nest_unbind_end(struct iommu_world *w, uint32_t device, uint32_t space,
		     uint32_t pasid, struct nest_call *call, int64_t result);

struct nest_invalidate_args {
	uint32_t device;
	uint32_t space;
	bool all;			/* PASIDs of the device */
	bool tables;			/* IOTLB is among the caches */
	uint32_t guest_pasid;
	uint32_t first;			/* pages of the guest */
	uint32_t last;
};

void nest_invalidate_begin(struct iommu_world *w,
			   const struct nest_invalidate_args *args,
			   struct nest_call *call);
void nest_invalidate_end(struct iommu_world *w,
			 const struct nest_invalidate_args *args,
			 struct nest_call *call, int64_t result);

/* The device may leave spaces; UINT32_MAX: all devices. */
void nest_leave_begin(struct iommu_world *w, uint32_t device);
void nest_leave_end(struct iommu_world *w, uint32_t device,
		    const struct ref_call *call);
/* The file is closed: its PASIDs are gone as well. */
void nest_closed(struct iommu_world *w);
void nest_pasid_allocated(struct iommu_world *w, unsigned int slot,
			  uint32_t pasid);
void nest_pasid_freed(struct iommu_world *w, uint32_t pasid);
/* When the binding came into force that is in force for sure; 0: none is. */
uint64_t nest_bound_since(const struct iommu_world *w, uint32_t device,
			  uint32_t pasid);
bool nest_is_bound(const struct iommu_world *w, uint32_t device,
		   uint32_t pasid);

/* False, and nothing noted: no room. @target UINT64_MAX: nothing there. */
bool nest_edit(struct iommu_world *w, uint32_t table, uint32_t page,
	       uint64_t target, bool writable);
bool nest_possible(const struct iommu_world *w, unsigned int device,
		   const struct pci_landing *landing);
const char *nest_culprit(const struct iommu_world *w, unsigned int device,
			 const struct pci_landing *landing);
bool nest_certain(const struct iommu_world *w, unsigned int device,
		  const struct pci_dma *dma);

#endif
