/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run_map.h - a map from 64-bit numbers to a small tag, kept as sorted runs
 *
 * Dirty logs, what a report owes its user, and windows are all sets of page
 * numbers that are few runs in a huge space. A run is [first, last], both
 * inclusive, so the top of the number space needs no special case. Neighbours
 * with the same tag are one run; runs never overlap.
 *
 * Capacity is fixed when the map is made. Whoever adds runs asks for room
 * first; half of the capacity is kept back for what clearing splits off.
 */
#ifndef MODELS_RUN_MAP_H
#define MODELS_RUN_MAP_H

#include <sim/sim.h>

struct run {
	uint64_t first;
	uint64_t last;
	uint32_t tag;
	uint32_t reserved;
};

struct run_map {
	struct run *runs;	/* the first one, somewhere in the store */
	uint32_t nr;
	uint32_t capacity;
	struct run *store;
};

/* Memory for @capacity runs (at least 8) comes from the world's heap. */
void run_map_init(struct run_map *map, struct sim *sim, uint32_t capacity);

/* True if one more run_map_set() fits for certain. */
bool run_map_has_room(const struct run_map *map);

/* Maps [first, last] to @tag, whatever it had before. */
void run_map_set(struct run_map *map, uint64_t first, uint64_t last,
		 uint32_t tag);
void run_map_clear(struct run_map *map, uint64_t first, uint64_t last);
void run_map_empty(struct run_map *map);

/*
 * The first run that overlaps [first, last], cut to it. False if there is
 * none. Walk a map by asking again from run.last + 1, unless run.last == last.
 */
bool run_map_find(const struct run_map *map, uint64_t first, uint64_t last,
		  struct run *run);

/* Are all numbers of [first, last] in the map? */
bool run_map_covers(const struct run_map *map, uint64_t first, uint64_t last);

/* Adds all runs of @from that overlap [first, last]; the caller made room. */
void run_map_add(struct run_map *map, const struct run_map *from,
		 uint64_t first, uint64_t last);

#endif
