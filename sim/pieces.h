/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pieces.h - what a snapshot is made of (snapshot.c, snapshot_derived.c)
 */
#ifndef SIM_PIECES_H
#define SIM_PIECES_H

#include "internal.h"
#include "span.h"

#ifdef VTB_ASAN
#define HAVE_SHADOW	true
#else
#define HAVE_SHADOW	false
#endif

struct sim_piece {
	uintptr_t start;
	size_t bytes;			/* a multiple of 8 if it has a shadow */
	size_t offset;			/* in the snapshot's data */
	bool shadow;			/* follows the bytes */
	size_t first_span;		/* what it is brought back by */
	size_t end_span;
};

struct sim_snapshot {
	struct sim *sim;
	uint64_t serial;
	uint64_t aliases_of;		/* it, or its origin if none changed */
	struct sim_piece *pieces;	/* eager ones first */
	size_t nr_pieces;
	size_t nr_eager;
	size_t max_pieces;
	size_t data_bytes;
	size_t eager_bytes;
	char *data;			/* while it is taken */
	struct sim_spans spans;		/* of all pieces, in their order */
	uint64_t nr_frames;
	uint32_t *lazy;			/* per frame: 1 + its piece, 0: none */
	uint8_t *free_poison;		/* per frame */
	/* Of a derived one, which has the two above from its origin: */
	const struct sim_snapshot *origin;	/* NULL: it is none */
	uint32_t *moved;		/* frames, since the origin */
	uint32_t nr_moved;
	uint8_t *has_moved;		/* per frame */
};

int sim__piece_add(struct sim_snapshot *snap, uintptr_t start, size_t bytes,
		   bool shadow);
int sim__pieces_add_eager(struct sim_snapshot *snap);
void sim__piece_save(struct sim_snapshot *snap, const struct sim_piece *piece);

/* What the origin, which is none itself, has there. */
void sim__bring_back_frame(const struct sim_snapshot *snap, uint64_t n);
void sim__bring_back_eager(const struct sim_snapshot *snap);

/* Below what a sleeping fiber has on its stack there is no poison. */
void sim__clean_stacks(struct sim *sim);

/* Changes are counted from it, or from its origin. */
void sim__set_base(struct sim *sim, const struct sim_snapshot *snap);

/* All but the aliases. */
void sim__bring_back_derived(const struct sim_snapshot *snap);

#endif
