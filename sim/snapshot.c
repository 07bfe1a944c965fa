/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.c - bringing a world back
 *
 * A snapshot is a list of pieces, each a copy of some bytes of the world and,
 * under ASan, of their shadow:
 *
 *   eager   heap and struct sim; frame table; the live part of each stack; hot
 *           frames, neighbours together; ranges. Always brought back (span.h).
 *   lazy    one per cold frame; copied back if the frame is on the list of
 *           changed ones (memory.c).
 *
 * Free frames have no content, but their poison matters: who finds one
 * unpoisoned may use it unpunished. It nearly always is one value, kept in
 * free_poison[]; frames where it is not are lazy pieces.
 *
 * The list of changed frames is relative to one snapshot, the base: the one
 * last taken or restored. Restoring another one looks at all frames.
 *
 * Not part of a snapshot: dead slots of stacks. A frame of a fiber that runs
 * after a restore may contain what an earlier run left there, where the code
 * does not initialise it. The state hash therefore leaves stacks out.
 *
 * Assumption: ASan's use-after-return detection is off. With it, locals of
 * sleeping fibers lie in memory of ASan that we cannot save; taking a snapshot
 * is then refused.
 */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "pieces.h"

/* ---- taking ------------------------------------------------------------- */

int sim__piece_add(struct sim_snapshot *snap, uintptr_t start, size_t bytes,
		   bool shadow)
{
	struct sim_piece *pieces;
	size_t max;

	if (snap->nr_pieces == snap->max_pieces) {
		max = snap->max_pieces ? 2 * snap->max_pieces : 64;
		pieces = realloc(snap->pieces, max * sizeof(*pieces));
		if (!pieces)
			return -1;
		snap->pieces = pieces;
		snap->max_pieces = max;
	}
	snap->pieces[snap->nr_pieces++] = (struct sim_piece){
		.start = start,
		.bytes = bytes,
		.offset = snap->data_bytes,
		.shadow = shadow,
	};
	snap->data_bytes += sim__align_up(bytes + (shadow ? bytes >> 3 : 0), 64);
	return 0;
}

static int add_stacks(struct sim_snapshot *snap)
{
	struct sim *sim = snap->sim;
	const struct sim_fiber *fiber;
	uintptr_t live, high;

	for (fiber = sim->live.first; fiber; fiber = fiber->live_next) {
		if (sim->host.fake[fiber->stack])
			sim_bench_error(__FILE__, __LINE__,
				"snapshots need ASan's detect_stack_use_after_return=0");
		live = sim__context_live(&fiber->context);
		high = sim__stack_low(sim, fiber->stack) + SIM_STACK_BYTES;
		if (sim__piece_add(snap, live, high - live, HAVE_SHADOW))
			return -1;
	}
	return 0;
}

static int add_hot_frames(struct sim_snapshot *snap)
{
	struct sim *sim = snap->sim;
	uint64_t n, first;

	for (n = 0; n < snap->nr_frames; n++) {
		if (sim__frame(sim, n)->class != SIM_FRAME_HOT)
			continue;
		first = n;
		while (n < snap->nr_frames &&
		       sim__frame(sim, n)->class == SIM_FRAME_HOT)
			n++;
		if (sim__piece_add(snap, (uintptr_t)sim__frame_data(sim, first),
			      (n - first) << SIM_FRAME_SHIFT, HAVE_SHADOW))
			return -1;
	}
	return 0;
}

int sim__pieces_add_eager(struct sim_snapshot *snap)
{
	struct sim *sim = snap->sim;
	uintptr_t world = (uintptr_t)&sim->now_ns;
	unsigned int i;

	if (sim__piece_add(snap, world,
		      (uintptr_t)sim__at(sim, sim->heap_mark) - world,
		      HAVE_SHADOW) ||
	    sim__piece_add(snap, (uintptr_t)sim__frame(sim, 0),
		      snap->nr_frames * sizeof(struct sim_frame), false) ||
	    add_stacks(snap) || add_hot_frames(snap))
		return -1;
	for (i = 0; i < sim->host.nr_ranges; i++)
		if (sim__piece_add(snap, (uintptr_t)sim->host.ranges[i].start,
			      sim->host.ranges[i].bytes, false))
			return -1;
	snap->nr_eager = snap->nr_pieces;
	snap->eager_bytes = snap->data_bytes;
	return 0;
}

/* Is the poison of a frame one value throughout? */
static bool one_poison(const struct sim *sim, uint64_t n, uint8_t *value)
{
#ifdef VTB_ASAN
	const uint8_t *shadow = sim__shadow(sim, sim__frame_data(sim, n));
	size_t i;

	*value = shadow[0];
	for (i = 1; i < SIM_FRAME_BYTES >> 3; i++)
		if (shadow[i] != *value)
			return false;
#else
	*value = 0;
#endif
	return true;
}

static int add_lazy(struct sim_snapshot *snap)
{
	struct sim *sim = snap->sim;
	uint8_t class;
	uint64_t n;

	for (n = 0; n < snap->nr_frames; n++) {
		class = sim__frame(sim, n)->class;
		if (class == SIM_FRAME_HOT ||
		    (class == SIM_FRAME_FREE &&
		     one_poison(sim, n, &snap->free_poison[n])))
			continue;
		snap->lazy[n] = snap->nr_pieces + 1;
		if (sim__piece_add(snap, (uintptr_t)sim__frame_data(sim, n),
			      SIM_FRAME_BYTES, HAVE_SHADOW))
			return -1;
	}
	return 0;
}

void sim__piece_save(struct sim_snapshot *snap, const struct sim_piece *piece)
{
	char *to = snap->data + piece->offset;

	sim__copy(to, (void *)piece->start, piece->bytes);
	if (piece->shadow)
		sim__copy(to + piece->bytes,
			  sim__shadow(snap->sim, (void *)piece->start),
			  piece->bytes >> 3);
}

static int add_spans(struct sim_snapshot *snap, struct sim_piece *piece)
{
	const char *from = snap->data + piece->offset;

	piece->first_span = snap->spans.nr;
	if (sim__spans_add(&snap->spans, (void *)piece->start, from,
			   piece->bytes))
		return -1;
	if (piece->shadow &&
	    sim__spans_add(&snap->spans,
			   sim__shadow(snap->sim, (void *)piece->start),
			   from + piece->bytes, piece->bytes >> 3))
		return -1;
	piece->end_span = snap->spans.nr;
	return 0;
}

static int save_all(struct sim_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_pieces; i++) {
		sim__piece_save(snap, &snap->pieces[i]);
		if (add_spans(snap, &snap->pieces[i]))
			return -1;
	}
	return sim__spans_pack(&snap->spans);
}

/* Frames that moved before a derived one have changed since its origin. */
void sim__set_base(struct sim *sim, const struct sim_snapshot *snap)
{
	uint32_t i;

	sim__frames_settled(sim);
	for (i = 0; i < snap->nr_moved; i++)
		sim__frame_changed(sim, snap->moved[i]);
	sim->host.aliases_of = snap->aliases_of;
	sim->host.base = snap->origin ? snap->origin->serial : snap->serial;
}

struct sim_snapshot *sim_snapshot_take(struct sim *sim)
{
	struct sim_snapshot *snap = calloc(1, sizeof(*snap));

	sim_assert(!sim->host.running);
	sim_assert(!sim->dead);
	if (!snap)
		return NULL;
	snap->sim = sim;
	snap->nr_frames = sim->nr_frames;
	snap->lazy = calloc(snap->nr_frames + 1, sizeof(*snap->lazy));
	snap->free_poison = calloc(snap->nr_frames + 1, 1);
	if (!snap->lazy || !snap->free_poison ||
	    sim__pieces_add_eager(snap) || add_lazy(snap))
		goto out_free;
	snap->data = aligned_alloc(64, snap->data_bytes);
	if (!snap->data || save_all(snap))
		goto out_free;
	/* All of it is in the spans now. */
	free(snap->data);
	snap->data = NULL;
	snap->serial = ++sim->host.snapshot_serial;
	snap->aliases_of = snap->serial;
	sim__set_base(sim, snap);
	return snap;

out_free:
	sim_snapshot_free(snap);
	return NULL;
}

void sim_snapshot_free(struct sim_snapshot *snap)
{
	if (!snap)
		return;
	sim__spans_free(&snap->spans);
	free(snap->data);
	free(snap->pieces);
	free(snap->lazy);
	free(snap->free_poison);
	free(snap->moved);
	free(snap->has_moved);
	free(snap);
}

size_t sim_snapshot_bytes(const struct sim_snapshot *snap)
{
	return snap->eager_bytes;
}

/* ---- restoring ---------------------------------------------------------- */

/* Whatever the frame has become, it is again what it was. */
void sim__bring_back_frame(const struct sim_snapshot *snap, uint64_t n)
{
	struct sim *sim = snap->sim;
	const struct sim_piece *piece;
	uint8_t poison = 0;

	if (n < snap->nr_frames && snap->lazy[n]) {
		piece = &snap->pieces[snap->lazy[n] - 1];
		sim__spans_restore(&snap->spans, piece->first_span,
				   piece->end_span);
		return;
	}
	if (!HAVE_SHADOW)
		return;
	/* A hot frame gets its own poison with the eager pieces. */
	if (n < snap->nr_frames)
		poison = snap->free_poison[n];
	sim__fill(sim__shadow(sim, sim__frame_data(sim, n)), poison,
		  SIM_FRAME_BYTES >> 3);
}

void sim__bring_back_eager(const struct sim_snapshot *snap)
{
	const struct sim_piece *last = &snap->pieces[snap->nr_eager - 1];

	sim__spans_restore(&snap->spans, 0, last->end_span);
}

static void bring_back_frames(const struct sim_snapshot *snap)
{
	struct sim_host *host = &snap->sim->host;
	uint64_t i, nr_frames = snap->sim->nr_frames;

	if (host->base == snap->serial) {
		for (i = 0; i < host->nr_changed; i++)
			sim__bring_back_frame(snap, host->changed[i]);
		return;
	}
	if (nr_frames < snap->nr_frames)
		nr_frames = snap->nr_frames;
	for (i = 0; i < nr_frames; i++)
		sim__bring_back_frame(snap, i);
}

void sim__clean_stacks(struct sim *sim)
{
	const struct sim_fiber *fiber;

	if (!HAVE_SHADOW)
		return;
	for (fiber = sim->live.first; fiber; fiber = fiber->live_next)
		sim__shadow_unpoison(sim, sim__stack_low(sim, fiber->stack),
				     sim__context_live(&fiber->context));
}

void sim_snapshot_restore(struct sim *sim, const struct sim_snapshot *snap)
{
	bool remap = sim->host.aliases_of != snap->aliases_of;

	sim_assert(!sim->host.running);
	sim_assert(snap->sim == sim);
	if (remap)
		sim__alias_suspend(sim);
	if (snap->origin) {
		sim__bring_back_derived(snap);
	} else {
		bring_back_frames(snap);
		sim__bring_back_eager(snap);
	}
	sim__clean_stacks(sim);
	if (remap)
		sim__alias_resume(sim);
	else
		sim__alias_refresh(sim);
	sim__set_base(sim, snap);
}

/* No snapshot has number 0, so none is the base. */
void sim_snapshot_distrust(struct sim *sim)
{
	sim->host.base = 0;
	sim->host.aliases_of = 0;
}

void sim_add_range(struct sim *sim, void *start, size_t bytes)
{
	struct sim_host *host = &sim->host;

	sim_assert(host->nr_ranges <
		   sizeof(host->ranges) / sizeof(host->ranges[0]));
	host->ranges[host->nr_ranges++] = (struct sim_range){ start, bytes };
}

/* ---- hashing ------------------------------------------------------------ */

/*
 * One call per range: the streaming form would copy the input with memcpy(),
 * which ASan intercepts and checks for poison.
 */
static uint64_t hash_bytes(const struct sim *sim, uintptr_t start, size_t bytes,
			   bool shadow, uint64_t hash)
{
	hash = XXH3_64bits_withSeed((void *)start, bytes, hash);
	if (shadow)
		hash = XXH3_64bits_withSeed(sim__shadow(sim, (void *)start),
					    bytes >> 3, hash);
	return hash;
}

uint64_t sim_state_hash(const struct sim *sim)
{
	uintptr_t world = (uintptr_t)&sim->now_ns;
	uint64_t hash, n;
	unsigned int i;

	hash = hash_bytes(sim, world,
			  (uintptr_t)sim__at(sim, sim->heap_mark) - world,
			  HAVE_SHADOW, 0);
	hash = hash_bytes(sim, (uintptr_t)sim__frame(sim, 0),
			  sim->nr_frames * sizeof(struct sim_frame), false,
			  hash);
	for (n = 0; n < sim->nr_frames; n++)
		if (sim__frame(sim, n)->class != SIM_FRAME_FREE)
			hash = hash_bytes(sim,
					  (uintptr_t)sim__frame_data(sim, n),
					  SIM_FRAME_BYTES, HAVE_SHADOW, hash);
	for (i = 0; i < sim->host.nr_ranges; i++)
		hash = hash_bytes(sim, (uintptr_t)sim->host.ranges[i].start,
				  sim->host.ranges[i].bytes, false, hash);
	return hash;
}
