/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv_ivm.h - an isolated guest and its host (private to this folder)
 *
 *	vCPU 0              vCPU 1              outside
 *	+-------------------+-------------------+   +------------------+
 *	| thread first      | thread second     |   | host: reads and  |
 *	+-------------------+-------------------+   | writes what it   |
 *	| /dev/hv-memory: buffers, shared and   |<->| may, tries what  |
 *	| hidden page by page; registers by     |   | it may not, has  |
 *	| GHCB; bounce buffers for its devices  |   | the guest begin  |
 *	+---------------------------------------+   | again (kexec)    |
 *	| frames: private, or shared above the  |   +------------------+
 *	| boundary                              |
 *	+---------------------------------------+
 */
#ifndef WORLDS_HYPERV_IVM_H
#define WORLDS_HYPERV_IVM_H

#include <models/hyperv.h>
#include <models/snp.h>
#include <worlds/figures.h>
#include <worlds/one_host.h>

#include "hv_memory_ioctl.h"

enum ivm_actor { ACTOR_FIRST, ACTOR_SECOND, ACTOR_HOST, IVM_ACTORS };

/*
 * Frames of the guest: room for a large buffer, with gaps. The same where a
 * page is 16 frames.
 */
#define IVM_FRAMES	1280
#define IVM_POOL_FRAMES	192	/* more, for bounce buffers */
#define IVM_FRAMES_64K	4096
#define IVM_LARGE	504	/* frames more than asked for */
#define IVM_HOST	1	/* number of the host among machines */
#define IVM_BOUNDARY	46	/* bits */
#define IVM_MAX_WORDS	64	/* that are remembered */
#define IVM_MAX_TOLD	64
#define IVM_SINTS	16
#define IVM_MAX_KEXECS	2	/* each takes memory of the world */

/* What bounces have taken, for figures. */
struct ivm_counts {
	uint64_t bytes;
	uint32_t slots;			/* of what is mapped now */
	uint32_t most_slots;
	struct world_spread bounce_ns;
	struct world_series rate;
	struct world_series used;
};

/* What the guest has written, and nobody has since. */
struct ivm_word {
	uint64_t phys;			/* of the frame it lies in, not an alias */
	uint64_t value;
	bool known;
};

struct ivm_world {
	struct one_host host;
	uint64_t page_bytes;		/* of the guest's kernel */
	uint64_t frames_per_page;
	uint64_t nr_frames;
	struct snp *snp;		/* NULL: no isolation */
	struct hyperv *hv;
	uint64_t file;			/* of /dev/hv-memory; 0: not open */
	bool file_open;
	unsigned int powers;
	unsigned int nr_kexecs;
	uint32_t pages[HV_MEMORY_BUFFERS];	/* of each buffer; 0: none */
	bool one_piece[HV_MEMORY_BUFFERS];
	uint64_t mapped[HV_MEMORY_BUFFERS];	/* bytes; 0: not mapped */
	uint32_t calls;			/* of the guest that have begun */
	struct ivm_word words[IVM_MAX_WORDS];
	uint32_t nr_words;
	uint32_t nr_written;		/* words, so far */
	uint64_t sints[IVM_SINTS][2];	/* last written, of each vCPU */
	bool sint_known[IVM_SINTS][2];
	uint64_t pool;			/* of bounce buffers: address, bytes */
	uint64_t pool_bytes;
	uint32_t pool_writes;		/* of the host, so far */
	uint64_t told[IVM_MAX_TOLD];	/* secrets that devices were given */
	uint32_t nr_told;
	bool told_all;			/* too many, or nobody knows */
	bool bounced;			/* anything so far */
	uint32_t bouncing;		/* calls under way */
	struct ivm_counts counts;
	uint8_t message[HV_MEMORY_MAX_MESSAGE];	/* that the guest sends now */
	uint32_t message_bytes;
};

static inline struct ivm_world *ivm(struct world *world)
{
	return (struct ivm_world *)world;
}

/* What a store of a secret looks like: nobody else writes such words. */
#define IVM_SECRET	0x5ec2e70000000000ull
#define IVM_SECRET_MASK	0xffffff0000000000ull

#define IVM_NR_OPS	28
#define IVM_NR_CONFIG	2
extern const struct op ivm_ops[IVM_NR_OPS];
extern const struct op_arg ivm_config[IVM_NR_CONFIG];
extern const char *const ivm_actors[];

/* -- oracle.c -- */

/* Hears of the guest's broken rules; @world is a struct world. */
void ivm_rule_broken(void *world, const char *object, const char *what);
/* After each op: what the host may see now. */
void ivm_judge_frames(struct world *world);
/* Page @page of buffer @id: do kernel and host agree? */
void ivm_judge_page(struct world *world, uint64_t id, uint64_t page);
/* Before the next kernel begins. */
void ivm_judge_restart(struct world *world);

/* What is a secret in [phys, phys + bytes) is none any more. */
void ivm_tell(struct world *world, uint64_t phys, uint64_t bytes);
/* What a device was given is shared, and of the pool. */
void ivm_judge_mapping(struct world *world,
		       const struct hv_memory_bounce *bounce);

/* Words of memory: @phys as struct ivm_word has it. */
void ivm_word_written(struct world *world, uint64_t phys, uint64_t value);
void ivm_word_read(struct world *world, uint64_t phys, uint64_t value);
/* Whatever was known of [phys, phys + bytes) is not any more. */
void ivm_words_forget(struct world *world, uint64_t phys, uint64_t bytes);

/* -- hyperv_ivm.c -- */

int64_t ivm_call(struct world *world, unsigned int cmd, void *arg,
		 size_t bytes);

int64_t op_alloc(struct world *world, const uint64_t *args);
int64_t op_alloc_large(struct world *world, const uint64_t *args);
int64_t op_free(struct world *world, const uint64_t *args);
int64_t op_share(struct world *world, const uint64_t *args);
int64_t op_hide(struct world *world, const uint64_t *args);
int64_t op_ready(struct world *world, const uint64_t *args);
int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_store(struct world *world, const uint64_t *args);
int64_t op_load(struct world *world, const uint64_t *args);
int64_t op_set_register(struct world *world, const uint64_t *args);
int64_t op_get_register(struct world *world, const uint64_t *args);
int64_t op_post(struct world *world, const uint64_t *args);
int64_t op_stray(struct world *world, const uint64_t *args);
int64_t op_crash(struct world *world, const uint64_t *args);
int64_t op_host_read(struct world *world, const uint64_t *args);
int64_t op_host_write(struct world *world, const uint64_t *args);
int64_t op_bounce(struct world *world, const uint64_t *args);
int64_t op_host_dma(struct world *world, const uint64_t *args);
int64_t op_host_sleep(struct world *world, const uint64_t *args);
int64_t op_kexec(struct world *world, const uint64_t *args);

#endif
