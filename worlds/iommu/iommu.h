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
 */
#ifndef WORLDS_IOMMU_H
#define WORLDS_IOMMU_H

#include <models/iommu.h>
#include <models/pci_device.h>
#include <worlds/one_host.h>

#include "ioas_ioctl.h"

enum iommu_actor {
	ACTOR_VMM, ACTOR_PEER, ACTOR_NIC, ACTOR_GPU, IOMMU_ACTORS
};

enum iommu_config { CONFIG_UNIT, IOMMU_CONFIG };

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
};

struct iommu_world {
	struct one_host host;
	struct iommu *iommu;
	struct pci_device *devices[IOMMU_DEVICES];
	unsigned int address_bits;
	uint64_t file;
	bool closed;			/* it could not be opened again */
	uint64_t stamp;
	struct reference reference;
};

static inline struct iommu_world *iommu_world(struct world *world)
{
	return (struct iommu_world *)world;
}

#define IOMMU_NR_OPS	20
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

/* -- build.c -- */

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

#endif
