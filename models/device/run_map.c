/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sorted runs in an array, with room on both sides: insertion and removal move
 * what is shorter, head or tail. Logs are filled and drained at their ends, in
 * both directions, and can have thousands of runs.
 *
 * Every change is one splice: the runs that overlap a range are replaced by up
 * to three, what stays of the first, the new one, and what stays of the last.
 *
 *	before    [---a---]   [-b-]    [----c----]
 *	set            [=======n==========]
 *	after     [-a-][=======n==========][--c--]
 */
#include <models/run_map.h>
#include <sim/finding.h>
#include <string.h>

void run_map_init(struct run_map *map, struct sim *sim, uint32_t capacity)
{
	sim_assert(capacity >= 8);
	map->store = sim_alloc(sim, capacity * sizeof(*map->store), 8);
	map->capacity = capacity;
	run_map_empty(map);
}

bool run_map_has_room(const struct run_map *map)
{
	return map->nr + 2 <= map->capacity / 2;
}

void run_map_empty(struct run_map *map)
{
	map->runs = map->store + map->capacity / 2;
	map->nr = 0;
}

/* Index of the first run that ends at or after @number. */
static uint32_t run_map_lower(const struct run_map *map, uint64_t number)
{
	uint32_t low = 0, high = map->nr;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (map->runs[mid].last < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Index after the last run that begins at or before @number. */
static uint32_t run_map_upper(const struct run_map *map, uint32_t low,
			      uint64_t number)
{
	while (low < map->nr && map->runs[low].first <= number)
		low++;
	return low;
}

/* The same runs, as far from both ends of the store as from each other. */
static void run_map_centre(struct run_map *map)
{
	struct run *runs = map->store + (map->capacity - map->nr) / 2;

	memmove(runs, map->runs, map->nr * sizeof(*runs));
	map->runs = runs;
}

static uint32_t room_before(const struct run_map *map)
{
	return (uint32_t)(map->runs - map->store);
}

static uint32_t room_after(const struct run_map *map)
{
	return map->capacity - room_before(map) - map->nr;
}

/* Replaces runs [low, high) by the @nr runs in @with. */
static void run_map_splice(struct run_map *map, uint32_t low, uint32_t high,
			   const struct run *with, uint32_t nr)
{
	uint32_t tail = map->nr - high, gone = high - low;
	bool move_head = low < tail;

	if (nr > gone && (move_head ? room_before(map) : room_after(map)) <
			 nr - gone) {
		sim_assert(map->nr + 2 * (nr - gone) <= map->capacity);
		run_map_centre(map);
	}
	if (move_head) {
		struct run *runs = map->runs + gone - nr;

		memmove(runs, map->runs, low * sizeof(*runs));
		map->runs = runs;
	} else {
		memmove(map->runs + low + nr, map->runs + high,
			tail * sizeof(*map->runs));
	}
	if (nr)
		memcpy(map->runs + low, with, nr * sizeof(*with));
	map->nr = low + nr + tail;
}

/* Joins runs @index and @index + 1 if they touch and agree. */
static void run_map_join(struct run_map *map, uint32_t index)
{
	struct run *run = map->runs + index;

	if (index + 1 >= map->nr || run->last == UINT64_MAX ||
	    run->last + 1 != run[1].first || run->tag != run[1].tag)
		return;
	run->last = run[1].last;
	run_map_splice(map, index + 1, index + 2, NULL, 0);
}

static void run_map_replace(struct run_map *map, uint64_t first, uint64_t last,
			    const uint32_t *tag)
{
	uint32_t low = run_map_lower(map, first);
	uint32_t high = run_map_upper(map, low, last);
	struct run with[3];
	uint32_t nr = 0;

	sim_assert(first <= last);
	if (low < high && map->runs[low].first < first) {
		with[nr] = map->runs[low];
		with[nr++].last = first - 1;
	}
	if (tag)
		with[nr++] = (struct run){ first, last, *tag, 0 };
	if (low < high && map->runs[high - 1].last > last) {
		with[nr] = map->runs[high - 1];
		with[nr++].first = last + 1;
	}
	run_map_splice(map, low, high, with, nr);
	/* Right to left: joining moves what follows. */
	for (; nr > 0; nr--)
		run_map_join(map, low + nr - 1);
	if (low)
		run_map_join(map, low - 1);
}

void run_map_set(struct run_map *map, uint64_t first, uint64_t last,
		 uint32_t tag)
{
	run_map_replace(map, first, last, &tag);
}

void run_map_clear(struct run_map *map, uint64_t first, uint64_t last)
{
	run_map_replace(map, first, last, NULL);
}

bool run_map_find(const struct run_map *map, uint64_t first, uint64_t last,
		  struct run *run)
{
	uint32_t index = run_map_lower(map, first);

	if (index == map->nr || map->runs[index].first > last)
		return false;
	*run = map->runs[index];
	if (run->first < first)
		run->first = first;
	if (run->last > last)
		run->last = last;
	return true;
}

bool run_map_covers(const struct run_map *map, uint64_t first, uint64_t last)
{
	struct run run;

	while (run_map_find(map, first, last, &run) && run.first == first) {
		if (run.last == last)
			return true;
		first = run.last + 1;
	}
	return false;
}

void run_map_add(struct run_map *map, const struct run_map *from,
		 uint64_t first, uint64_t last)
{
	struct run run;

	while (run_map_find(from, first, last, &run)) {
		run_map_set(map, run.first, run.last, run.tag);
		if (run.last == last)
			return;
		first = run.last + 1;
	}
}
