/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swiotlb.h - the world of bounce buffers (private to this folder)
 *
 *	vCPU 0            vCPU 1                host
 *	+----------------+----------------+    +-------------------+
 *	| thread first   | thread second  |    | device: what is   |
 *	+----------------+----------------+    | behind all five   |
 *	| /dev/dma-client: buffers, mappings   | of them           |
 *	| streaming DMA API, bounce buffers    +-------------------+
 *	+---------------------------------+          | reads, writes
 *	| buffers |  pool: slots of 2 KiB |<---------+
 *	+---------------------------------+
 *
 * The reference (memory.c) is a second copy of all memory that is mapped or
 * bounced through: each op does to it, byte by byte, what the DMA API promises,
 * and compares. So what a device may see and what the CPU must see is exact, also
 * when the device writes where it must not.
 */
#ifndef WORLDS_SWIOTLB_H
#define WORLDS_SWIOTLB_H

#include <models/machine.h>
#include <worlds/one_host.h>

#include "dma_client_ioctl.h"

enum swiotlb_actor { ACTOR_FIRST, ACTOR_SECOND, ACTOR_DEVICE, SWIOTLB_ACTORS };

enum swiotlb_boot {
	BOOT_FORCED,		/* everything bounces */
	BOOT_PLAIN,		/* what a device cannot reach bounces */
	BOOT_AREAS,		/* forced, two areas */
	BOOT_LATE,		/* no pool until somebody starts one */
	BOOT_TOO_LARGE,		/* forced, and no memory for the pool */
	BOOT_ISOLATED,		/* memory is private, all devices bounce */
	BOOT_REFUSED,		/* the same, and the host shares nothing */
	BOOT_ISOLATED_LATE,	/* memory is private, a pool comes late */
	BOOT_NOFORCE,		/* nobody is to have a pool, late or not */
	NR_BOOTS,
};

enum swiotlb_host { HOST_HONEST, HOST_REFUSES_SHARE, HOST_REFUSES_PRIVATE };

enum swiotlb_config {
	CONFIG_BOOT,
	CONFIG_LENGTHS,		/* devices report any length */
	CONFIG_HOST,		/* enum swiotlb_host */
	CONFIG_STRAYS,		/* devices write all of the pool, at any time */
	NR_CONFIG,
};

#define SLOT_BYTES	2048ull
#define SEGMENT_SLOTS	128
#define NR_SLOTS_MAX	2048
#define NR_WRITES	16
#define MAX_FRAMES	4096

struct device_traits {
	const char *name;
	uint32_t bits;		/* 0: no DMA mask */
	uint32_t align;		/* min_align_mask */
	uint32_t boundary;	/* 0: 4 GiB */
};

#define NR_DEVICES	5
extern const struct device_traits swiotlb_devices[NR_DEVICES];

/* One piece, or one entry of a scatter list. */
struct segment {
	uint64_t phys;		/* of the buffer */
	uint64_t length;
	uint64_t seen;		/* physical address of what the device uses */
	bool bounced;
	bool remasked;		/* the mask was set since it was mapped */
};

/*
 * @live:	from the end of map to the begin of unmap; the rest stays: a device
 *		may still know the address
 * @busy:	a call is at work on it
 */
struct mapping {
	uint32_t id;
	bool live;
	bool busy;
	uint32_t device;
	uint32_t direction;
	uint32_t buffer;
	uint32_t nr;
	bool is_list;
	struct segment segments[DMA_CLIENT_SEGMENTS];
};

/* Memory a call may touch, by actor: no other call does meanwhile. */
struct span {
	uint64_t phys;
	uint64_t length;
};

struct swiotlb_world {
	struct one_host host;
	uint64_t config[NR_CONFIG];
	uint64_t page_bytes;		/* of the guest's kernel */
	uint64_t file;
	struct sim_memory *shadow;	/* the reference */
	struct span buffers[DMA_CLIENT_BUFFERS];
	struct span pool;		/* empty: there is none */
	struct {
		uint64_t first;
		uint64_t pages;
		uint64_t status;
	} gate;
	uint64_t bus_offset;		/* DMA address less physical address */
	uint64_t bits[NR_DEVICES];	/* of the mask now; 0: none */
	struct mapping mappings[DMA_CLIENT_MAPPINGS];
	struct span at_work[SWIOTLB_ACTORS];
	uint32_t in_flight;		/* calls that may map, copy or unmap */
	uint32_t begun;			/* such calls so far */
	struct span written[NR_WRITES];	/* by the device, during these */
	uint32_t nr_written;
	uint64_t touched[MAX_FRAMES / 64 + 1];	/* frames, a bit each */
	uint32_t stamp;			/* what a device writes differs each time */
	bool pool_blurred;		/* free slots hold what nobody knows */
};

static inline struct swiotlb_world *swiotlb(struct world *world)
{
	return (struct swiotlb_world *)world;
}

static inline bool is_forced(const struct swiotlb_world *w)
{
	return w->config[CONFIG_BOOT] == BOOT_FORCED ||
	       w->config[CONFIG_BOOT] == BOOT_ISOLATED ||
	       w->config[CONFIG_BOOT] == BOOT_REFUSED ||
	       w->config[CONFIG_BOOT] == BOOT_AREAS ||
	       w->config[CONFIG_BOOT] == BOOT_TOO_LARGE;
}

static inline bool is_late(const struct swiotlb_world *w)
{
	return w->config[CONFIG_BOOT] == BOOT_LATE ||
	       w->config[CONFIG_BOOT] == BOOT_ISOLATED_LATE;
}

static inline bool is_isolated(const struct swiotlb_world *w)
{
	return w->config[CONFIG_BOOT] == BOOT_ISOLATED ||
	       w->config[CONFIG_BOOT] == BOOT_REFUSED ||
	       w->config[CONFIG_BOOT] == BOOT_ISOLATED_LATE;
}

static inline bool overlap(struct span a, struct span b)
{
	return a.phys < b.phys + b.length && b.phys < a.phys + a.length;
}

static inline bool in_pool(const struct swiotlb_world *w, uint64_t phys)
{
	return phys - w->pool.phys < w->pool.length;
}

/* -- memory.c: the reference -- */

uint8_t *memory_real(struct swiotlb_world *w, uint64_t phys);
uint8_t *memory_shadow(struct swiotlb_world *w, uint64_t phys);
void memory_copy(struct swiotlb_world *w, uint64_t to, uint64_t from,
		 uint64_t length);
void memory_fill(struct swiotlb_world *w, uint64_t phys, uint64_t length,
		 uint32_t stamp);
/* Takes what is there for right: memory that begins or that nobody follows. */
void memory_adopt(struct swiotlb_world *w, uint64_t phys, uint64_t length);
/* The device writes, to both. */
void memory_device_write(struct swiotlb_world *w, uint64_t phys,
			 uint64_t length);
/* For a reset: all that the kernel may have written untold. */
void memory_touch_all(struct swiotlb_world *w);
/* Has the reference of this frame or of one next to it changed in this run? */
bool memory_was_near(const struct swiotlb_world *w, uint64_t phys);
/* First byte that differs, or @length. */
uint64_t first_difference(const uint8_t *a, const uint8_t *b, uint64_t length);
/* First byte that is not as it should be, or @length. */
uint64_t memory_differs(struct swiotlb_world *w, uint64_t phys,
			uint64_t length);
/*
 * What the device wrote at @seen during calls may be at @phys, a copy of it, or
 * not.
 */
void memory_forgive(struct swiotlb_world *w, uint64_t phys, uint64_t seen,
		    uint64_t length);

/* -- check.c: oracles -- */

/* Brackets around a call; begin() says no if another is at work there. */
struct call {
	uint32_t actor;
	uint32_t begun;
	bool alone;		/* at its begin */
};
bool call_begin(struct swiotlb_world *w, struct call *call, struct span span);
/* Was it alone all the time? */
bool call_end(struct swiotlb_world *w, struct call *call);

void check_place(struct swiotlb_world *w, const struct mapping *mapping,
		 const struct segment *segment);
void check_mapped(struct swiotlb_world *w, const struct segment *segment);
void check_copied(struct swiotlb_world *w, const struct segment *segments,
		  uint32_t nr, bool alone);
void check_refused(struct swiotlb_world *w, const struct dma_client_map *arg,
		   bool alone);
/* Statistics. */
void check_slots(struct swiotlb_world *w);
/* The pool and buffer 0, where something was and next to it. */
void check_all(struct swiotlb_world *w);

void raise_finding(struct swiotlb_world *w, const char *oracle,
		   const char *object, const char *what, const char *format,
		   ...) __attribute__((format(printf, 5, 6)));

/* -- gate.c: what the host may see -- */

void gate_plug(struct swiotlb_world *w);
bool gate_is_shared(const struct swiotlb_world *w, uint64_t phys,
		    uint64_t length);
/* What the host can see is the pool. */
void gate_check_exposed(struct swiotlb_world *w);
void gate_check_gone(struct swiotlb_world *w, struct span pool);

/* -- room.c: where a mapping fits -- */

/* First and number of slots of a bounced segment. */
void room_slots(const struct swiotlb_world *w, uint32_t device,
		const struct segment *segment, uint64_t *first, uint64_t *nr);
uint64_t room_used(const struct swiotlb_world *w);
/* Takes what is in slots of no mapping for right. */
void room_adopt_unused(struct swiotlb_world *w);
/* First slots it could have, in the segment of the pool that has most. */
unsigned int room_places(const struct swiotlb_world *w, uint32_t device,
			 uint64_t phys, uint64_t length);

/* -- map.c: ops on mappings -- */

struct mapping *mapping_find(struct swiotlb_world *w, uint64_t id);
bool needs_bounce(const struct swiotlb_world *w, uint32_t device,
		  uint64_t phys, uint64_t length);
void swiotlb_fit(uint64_t whole, uint64_t *offset, uint64_t *length);
void swiotlb_look(struct swiotlb_world *w);

int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_map_list(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_sync(struct world *world, const uint64_t *args);
int64_t op_receive(struct world *world, const uint64_t *args);

/* -- run.c: the others -- */

int64_t op_buffer(struct world *world, const uint64_t *args);
int64_t op_free(struct world *world, const uint64_t *args);
int64_t op_fill(struct world *world, const uint64_t *args);
int64_t op_mask(struct world *world, const uint64_t *args);
int64_t op_limits(struct world *world, const uint64_t *args);
int64_t op_pool_start(struct world *world, const uint64_t *args);
int64_t op_pool_stop(struct world *world, const uint64_t *args);
int64_t op_stats(struct world *world, const uint64_t *args);
int64_t op_dma(struct world *world, const uint64_t *args);
int64_t op_stray(struct world *world, const uint64_t *args);

#define SWIOTLB_NR_OPS	18
extern const struct op swiotlb_ops[SWIOTLB_NR_OPS];
extern const char *const swiotlb_actors[];
extern const struct op_arg swiotlb_config[NR_CONFIG];

#endif
