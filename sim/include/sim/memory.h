/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h - machine memory: frames and who may touch them
 *
 * A machine's memory is an array of 4 KiB frames in the region, numbered from
 * 0 within the machine. A frame's state says who owns it, how often it is
 * pinned, and who may read and write it *now*; whatever shares a frame sets
 * it, whatever takes it back clears it, and oracles read only that.
 *
 * A snapshot keeps the content of frames in use. To know cheaply which frames
 * a run has changed, each frame is in one of three classes:
 *
 *   free   content means nothing; not saved, not restored, not hashed
 *   hot    in use by a kernel, which may write at any moment without telling:
 *          always saved and restored
 *   cold   in use, written only through functions that call
 *          sim_frames_touch() first: restored only if touched
 *
 * The frame size is a constant of the bench; a kernel's page size may be a
 * multiple of it.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <sim/sim.h>

#define SIM_FRAME_SHIFT		12
#define SIM_FRAME_BYTES		(1ul << SIM_FRAME_SHIFT)

enum sim_frame_class { SIM_FRAME_FREE, SIM_FRAME_HOT, SIM_FRAME_COLD };

/*
 * Parties, the members of the reader and writer sets: for each machine of the
 * world, by its number, its kernel, its devices, and its processes outside of
 * the kernel. A machine that another one lets in comes as its own CPUs.
 */
enum sim_party { SIM_PARTY_CPU, SIM_PARTY_DEVICE, SIM_PARTY_USER };
#define SIM_PARTIES		4	/* bits of a machine, one is spare */
#define SIM_MAX_MACHINES	4096
/* Machines whose numbers differ by this share bits: none lets the other in. */
#define SIM_SHARING_MACHINES	16

static inline uint64_t sim_party_bit(uint16_t machine, enum sim_party party)
{
	return 1ull << (machine % SIM_SHARING_MACHINES * SIM_PARTIES + party);
}

struct sim_frame {
	uint64_t readers;	/* parties that may read it now */
	uint64_t writers;	/* parties that may write it now */
	uint32_t pins;		/* longterm pins and DMA mappings */
	uint16_t owner;		/* number of the machine */
	uint8_t state;		/* for models (RMP, visibility) */
	uint8_t class;		/* private: enum sim_frame_class */
	uint8_t barred;		/* private: set of views */
	uint8_t home_view;	/* private */
	uint16_t memory;	/* private: number of the memory */
	uint32_t veil;		/* private: see veil.c */
};

struct sim_memory;

/* @nr_frames frames for one machine; @owner becomes their owner. */
struct sim_memory *sim_memory_new(struct sim *sim, const char *name,
				  uint64_t nr_frames, uint16_t owner);

uint64_t sim_memory_frames(const struct sim_memory *memory);
uint16_t sim_memory_owner(const struct sim_memory *memory);
void *sim_memory_base(const struct sim_memory *memory);
struct sim_frame *sim_frame(struct sim_memory *memory, uint64_t frame);
void *sim_frame_data(struct sim_memory *memory, uint64_t frame);

/*
 * Which machine and frame does an address lie in? Knows aliases (below).
 * False for anything that is not machine memory.
 */
bool sim_address_to_frame(struct sim *sim, const void *address,
			  struct sim_memory **memory, uint64_t *frame);

/*
 * Does @address lie in the region of this world or in its alias window, mapped
 * or not? False for other worlds' and for everything that is the process's own.
 */
bool sim_contains(const struct sim *sim, const void *address);

/*
 * Does @address lie in the alias window where nothing is mapped now? Whether an
 * access there meets poison or a fault depends on what was mapped before.
 */
bool sim_is_unmapped(const struct sim *sim, const void *address);

/*
 * The first free frame from @frame on that one of @writers may write (0: that
 * is free); the number of frames if there is none.
 */
uint64_t sim_frames_next_free(const struct sim_memory *memory, uint64_t frame,
			      uint64_t writers);

/* A frame that leaves class free is zero: it shows nothing of other runs. */
void sim_frames_set_class(struct sim_memory *memory, uint64_t frame,
			  uint64_t count, enum sim_frame_class class);
void sim_frames_touch(struct sim_memory *memory, uint64_t frame,
		      uint64_t count);

/*
 * Maps @count frames, in this order, at one contiguous address in the alias
 * window. The mapping is cached by its list of frames: asking for the same
 * list again after a reset makes no system call. NULL when the window is used
 * up. Unmapping poisons the range, so a stale use is reported.
 */
void *sim_alias_map(struct sim_memory *memory, const uint64_t *frames,
		    size_t count);
void sim_alias_unmap(struct sim *sim, void *address, size_t count);

/*
 * Views. Where hardware gives a frame two addresses with different rights (with
 * vTOM: below and above the boundary), each mapping of a frame is in one of two
 * views, and at any moment a frame may be barred in either: accesses there are
 * reported by ASan as poison SIM_POISON_VIEW, whatever lies in the frame. The
 * home address begins in view 0, where sim_alias_map() maps too; no view is
 * barred at first.
 */
#define SIM_VIEWS	2
#define SIM_POISON_VIEW	0xe5

void *sim_alias_map_view(struct sim_memory *memory, const uint64_t *frames,
			 size_t count, unsigned int view);
/* @barred: a set of bits, 1 << view. Remembers the stack of the caller. */
void sim_frame_bar(struct sim_memory *memory, uint64_t frame,
		   unsigned int barred);
void sim_frame_set_home_view(struct sim_memory *memory, uint64_t frame,
			     unsigned int view);

/*
 * Is @address in a mapping that is barred? *pcs (SIM_VIEW_DEPTH, rest NULL) is
 * who has barred it.
 */
#define SIM_VIEW_DEPTH	16
bool sim_is_barred(struct sim *sim, const void *address,
		   const void *const **pcs);

/*
 * ASan poisoning of memory by its home address; follows every alias of the
 * frames involved. No-ops in builds without ASan.
 */
void sim_poison(struct sim *sim, void *address, size_t bytes, uint8_t value);
void sim_unpoison(struct sim *sim, void *address, size_t bytes);

#endif
