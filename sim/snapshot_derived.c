/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_derived.c - snapshots that say what differs from another one
 *
 * The world has come from one snapshot, the origin, to where a second one is
 * taken. The derived one holds only
 *
 *	frames that moved on the way: those on the list of changed ones
 *	of eager pieces the lines that differ, and what the origin has not got
 *
 * To restore it, the origin is restored and the rest put on top:
 *
 *	origin --moved--> derived --changed--> now
 *	   ^                 ^                  |
 *	   |_____________________ changed ______|
 *	   |____ spans ______|
 *
 * Changes are always counted from the origin. So going from one of its family to
 * another costs what changed, what moved, and no look at all frames. Moved
 * frames count as changed from the start: a write may have been announced before
 * the snapshot, and be made behind it.
 */
#include <stdlib.h>

#include "pieces.h"
#include "vector.h"

#define LINE_BYTES	64

/* ---- pieces -------------------------------------------------------------- */

/* What a frame that moved is now; eager pieces have the hot ones. */
static int add_moved_frame(struct sim_snapshot *snap, uint64_t n)
{
	struct sim *sim = snap->sim;
	void *data = sim__frame_data(sim, n);

	switch (sim__frame(sim, n)->class) {
	case SIM_FRAME_COLD:
		return sim__piece_add(snap, (uintptr_t)data, SIM_FRAME_BYTES,
				      HAVE_SHADOW);
	case SIM_FRAME_FREE:
		/* No content, but poison. */
		return HAVE_SHADOW ?
		       sim__piece_add(snap, (uintptr_t)sim__shadow(sim, data),
				      SIM_FRAME_BYTES >> 3, false) : 0;
	}
	return 0;
}

static int add_moved(struct sim_snapshot *snap)
{
	const struct sim_host *host = &snap->sim->host;
	uint32_t i;

	snap->moved = malloc((host->nr_changed + 1) * sizeof(*snap->moved));
	snap->has_moved = calloc(snap->nr_frames + 1, 1);
	if (!snap->moved || !snap->has_moved)
		return -1;
	for (i = 0; i < host->nr_changed; i++) {
		snap->moved[snap->nr_moved++] = host->changed[i];
		snap->has_moved[host->changed[i]] = 1;
		if (add_moved_frame(snap, host->changed[i]))
			return -1;
	}
	return 0;
}

/* ---- differences --------------------------------------------------------- */

static bool same_line(const char *a, const char *b)
{
	sim_vector differ = { 0 };
	size_t i;

	for (i = 0; i < LINE_BYTES; i += sizeof(sim_vector))
		differ |= sim__load(a + i) ^ sim__load(b + i);
	return sim__is_zero(differ);
}

/* Adds the lines of @from that are not at @to. */
static int add_lines(struct sim_snapshot *snap, char *to, const char *from,
		     size_t bytes)
{
	size_t at = 0, first;

	while (at < bytes) {
		if (bytes - at >= LINE_BYTES && same_line(to + at, from + at)) {
			at += LINE_BYTES;
			continue;
		}
		first = at;
		while (bytes - at >= LINE_BYTES &&
		       !same_line(to + at, from + at))
			at += LINE_BYTES;
		if (bytes - at < LINE_BYTES)
			at = bytes;
		if (sim__spans_add(&snap->spans, to + first, from + first,
				   at - first))
			return -1;
	}
	return 0;
}

/* Adds all of it. */
static int add_bytes(struct sim_snapshot *snap, char *to, const char *from,
		     size_t bytes)
{
	return sim__spans_add(&snap->spans, to, from, bytes);
}

/*
 * Up to where is it the same from @start on: in an eager piece of the origin,
 * or in none?
 */
static uintptr_t part_end(const struct sim_snapshot *origin, uintptr_t start,
			  uintptr_t end, bool *known)
{
	const struct sim_piece *piece = origin->pieces;
	const struct sim_piece *last = piece + origin->nr_eager;

	for (*known = false; piece < last; piece++) {
		uintptr_t piece_end = piece->start + piece->bytes;

		if (start >= piece->start && start < piece_end) {
			*known = true;
			return piece_end < end ? piece_end : end;
		}
		if (piece->start > start && piece->start < end)
			end = piece->start;
	}
	return end;
}

/* The world is what the origin makes of it; data[] has what it is to be. */
static int add_differences(struct sim_snapshot *snap,
			   const struct sim_piece *piece)
{
	const char *data = snap->data + piece->offset;
	uintptr_t end = piece->start + piece->bytes, at, next;
	bool known;

	for (at = piece->start; at < end; at = next) {
		int (*add)(struct sim_snapshot *snap, char *to,
			   const char *from, size_t bytes);
		size_t offset = at - piece->start;

		next = part_end(snap->origin, at, end, &known);
		add = known ? add_lines : add_bytes;
		if (add(snap, (char *)at, data + offset, next - at))
			return -1;
		if (piece->shadow &&
		    add(snap, (char *)sim__shadow(snap->sim, (void *)at),
			data + piece->bytes + (offset >> 3), (next - at) >> 3))
			return -1;
	}
	return 0;
}

/* ---- taking -------------------------------------------------------------- */

/* Room for a copy, kept from one snapshot to the next. */
static char *room_for(struct sim_host *host, size_t bytes)
{
	if (host->room_bytes < bytes) {
		free(host->room);
		host->room_bytes = sim__align_up(bytes + bytes / 4, 4096);
		host->room = aligned_alloc(4096, host->room_bytes);
		if (!host->room)
			host->room_bytes = 0;
	}
	return host->room;
}

static void put_back(const struct sim_snapshot *snap,
		     const struct sim_piece *piece)
{
	const char *data = snap->data + piece->offset;

	sim__copy((void *)piece->start, data, piece->bytes);
	if (piece->shadow)
		sim__copy(sim__shadow(snap->sim, (void *)piece->start),
			  data + piece->bytes, piece->bytes >> 3);
}

/* The world becomes the origin for a moment, to see what is different. */
static int save_differences(struct sim_snapshot *snap)
{
	const struct sim_piece *piece, *end = snap->pieces + snap->nr_pieces;
	const struct sim_piece *eager_end = snap->pieces + snap->nr_eager;
	int rc = 0;

	for (piece = snap->pieces; piece < end; piece++)
		sim__piece_save(snap, piece);
	sim__bring_back_eager(snap->origin);
	for (piece = snap->pieces; piece < eager_end && !rc; piece++)
		rc = add_differences(snap, piece);
	for (; piece < end && !rc; piece++) {
		const char *data = snap->data + piece->offset;

		rc = add_bytes(snap, (char *)piece->start, data, piece->bytes);
		if (!rc && piece->shadow)
			rc = add_bytes(snap, (char *)sim__shadow(snap->sim,
					(void *)piece->start),
				       data + piece->bytes, piece->bytes >> 3);
	}
	for (piece = snap->pieces; piece < end; piece++)
		put_back(snap, piece);
	sim__clean_stacks(snap->sim);
	return rc ? rc : sim__spans_pack(&snap->spans);
}

static int fill_in(struct sim_snapshot *snap)
{
	int rc;

	if (sim__pieces_add_eager(snap) || add_moved(snap))
		return -1;
	snap->data = room_for(&snap->sim->host, snap->data_bytes);
	if (!snap->data)
		return -1;
	rc = save_differences(snap);
	snap->data = NULL;
	snap->eager_bytes = snap->origin->eager_bytes;
	free(snap->pieces);
	snap->pieces = NULL;
	return rc;
}

struct sim_snapshot *sim_snapshot_derive(struct sim *sim,
					 const struct sim_snapshot *origin)
{
	struct sim_snapshot *snap;

	sim_assert(!sim->host.running && !sim->dead);
	sim_assert(!origin->origin && origin->sim == sim);
	/* What has changed is not known, or there is more of everything. */
	if (sim->host.base != origin->serial ||
	    sim->nr_frames != origin->nr_frames)
		return NULL;
	snap = calloc(1, sizeof(*snap));
	if (!snap)
		return NULL;
	snap->sim = sim;
	snap->origin = origin;
	snap->nr_frames = sim->nr_frames;
	if (fill_in(snap)) {
		sim_snapshot_free(snap);
		return NULL;
	}
	snap->serial = ++sim->host.snapshot_serial;
	snap->aliases_of = sim->host.aliases_of == origin->serial ?
			   origin->serial : snap->serial;
	sim__set_base(sim, snap);
	return snap;
}

/* ---- restoring ----------------------------------------------------------- */

static void bring_back_others(const struct sim_snapshot *snap)
{
	struct sim *sim = snap->sim;
	struct sim_host *host = &sim->host;
	uint64_t nr_frames = sim->nr_frames, i;

	if (host->base == snap->origin->serial) {
		for (i = 0; i < host->nr_changed; i++) {
			uint32_t n = host->changed[i];

			if (n >= snap->nr_frames || !snap->has_moved[n])
				sim__bring_back_frame(snap->origin, n);
		}
		return;
	}
	if (nr_frames < snap->nr_frames)
		nr_frames = snap->nr_frames;
	for (i = 0; i < nr_frames; i++)
		sim__bring_back_frame(snap->origin, i);
}

void sim__bring_back_derived(const struct sim_snapshot *snap)
{
	bring_back_others(snap);
	sim__bring_back_eager(snap->origin);
	sim__spans_restore(&snap->spans, 0, snap->spans.nr);
}
