/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor.c - set-up of the yardstick (floor.h); nothing here is measured
 */
#include "floor.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifdef FLOOR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define CACHE_LINE	64
#define CACHE_SETS	64	/* of a first-level cache, per way */

/* In floor_switch.S: calls floor_fiber_main() with what is in %r12, %r13. */
void floor_fiber_entry(void);
void floor_fiber_main(struct floor *floor, struct floor_fiber *fiber)
	__attribute__((noreturn));

/*
 * The registers of a fiber that does not run, as floor_switch() pushes them;
 * above them the stack is aligned to 16 bytes.
 */
struct floor_frame {
	void *r15;
	void *r14;
	void *r13;
	void *r12;
	void *rbx;
	void *rbp;
	void (*rip)(void);
};

/*
 * Entry 1 starts a cache line, so that 4i+1 .. 4i+4 share one; three lines of
 * FLOOR_KEY_NONE follow the last entry.
 */
static int new_heap(struct floor *floor, size_t max_entries)
{
	size_t slots = max_entries + 3 * CACHE_LINE / sizeof(floor_key);
	size_t bytes = CACHE_LINE + slots * sizeof(floor_key);

	bytes = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	floor->heap_block = aligned_alloc(CACHE_LINE, bytes);
	if (!floor->heap_block)
		return -1;
	floor->heap = (floor_key *)((char *)floor->heap_block + CACHE_LINE -
				    sizeof(floor_key));
	for (size_t i = 0; i < slots; i++)
		floor->heap[i] = FLOOR_KEY_NONE;
	return 0;
}

static int new_fibers(struct floor *floor, uint32_t max_fibers)
{
	uint32_t ring = 1;

	while (ring <= max_fibers)
		ring *= 2;
	floor->ready_mask = ring - 1;
	floor->max_fibers = max_fibers;
	floor->ready = calloc(ring, sizeof(*floor->ready));
	floor->fibers = calloc(max_fibers + 1u, sizeof(*floor->fibers));
	floor->sp = calloc(max_fibers + 1u, sizeof(*floor->sp));
	floor->fake = calloc(max_fibers + 1u, sizeof(*floor->fake));
	floor->nr_fibers = 1;
	floor->stacks_bytes = (size_t)max_fibers * FLOOR_STACK_BYTES;
	if (!floor->ready || !floor->fibers || !floor->sp || !floor->fake)
		return -1;
	if (!max_fibers)
		return 0;
	floor->stacks = mmap(NULL, floor->stacks_bytes,
			     PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return floor->stacks == MAP_FAILED ? -1 : 0;
}

struct floor *floor_new(size_t max_entries, uint32_t max_fibers)
{
	struct floor *floor = calloc(1, sizeof(*floor));

	if (!floor)
		return NULL;
	if (new_heap(floor, max_entries) || new_fibers(floor, max_fibers)) {
		floor_free(floor);
		return NULL;
	}
	return floor;
}

void floor_free(struct floor *floor)
{
	if (!floor)
		return;
	if (floor->stacks && floor->stacks != MAP_FAILED)
		munmap(floor->stacks, floor->stacks_bytes);
	free(floor->fake);
	free(floor->sp);
	free(floor->fibers);
	free(floor->ready);
	free(floor->heap_block);
	free(floor);
}

void floor_sift_down_large(struct floor *floor, floor_key key)
{
	floor_sift_down(floor->heap, floor->nr, key, true);
}

void floor_append(struct floor *floor, floor_key key)
{
	floor_key *heap = floor->heap;
	size_t i = floor->nr++;

	while (i) {
		size_t parent = (i - 1) / 4;

		if (heap[parent] < key)
			break;
		heap[i] = heap[parent];
		i = parent;
	}
	heap[i] = key;
}

void floor_close_hole(struct floor *floor)
{
	floor_key key = floor->heap[--floor->nr];

	floor->heap[floor->nr] = FLOOR_KEY_NONE;
	if (floor->nr)
		floor_fill_hole(floor, key);
	floor->hole = false;
}

static char *stack_top(const struct floor *floor, uint32_t id)
{
	return floor->stacks + (size_t)id * FLOOR_STACK_BYTES;
}

/* After a switch, on the stack of @self. */
static void arrive(struct floor *floor, uint32_t self)
{
#ifdef FLOOR_ASAN
	const void *low;
	size_t bytes;

	__sanitizer_finish_switch_fiber(floor->fake[self], &low, &bytes);
	if (!floor->main_low) {
		floor->main_low = low;
		floor->main_bytes = bytes;
	}
#endif
}

#ifdef FLOOR_ASAN
void floor_switch_announced(struct floor *floor, uint32_t from, uint32_t to)
{
	const void *low = floor->main_low;
	size_t bytes = floor->main_bytes;

	if (to) {
		low = stack_top(floor, to) - FLOOR_STACK_BYTES;
		bytes = FLOOR_STACK_BYTES;
	}
	__sanitizer_start_switch_fiber(&floor->fake[from], low, bytes);
	floor_switch(&floor->sp[from], floor->sp[to]);
	arrive(floor, from);
}
#endif

void floor_fiber_main(struct floor *floor, struct floor_fiber *fiber)
{
	arrive(floor, (uint32_t)(fiber - floor->fibers));
	fiber->fn(fiber->arg);
	for (;;)
		floor_block(floor);
}

/*
 * Stacks lie a power of two apart, so their hot ends would share few cache
 * sets; each one starts at another line. A stack used before may hold poison
 * of frames that were abandoned.
 */
uint32_t floor_fiber_new(struct floor *floor, floor_fiber_fn fn, void *arg)
{
	uint32_t id = floor->nr_fibers++;
	struct floor_fiber *fiber = &floor->fibers[id];
	struct floor_frame *frame;

	if (id > floor->max_fibers)
		abort();
#ifdef FLOOR_ASAN
	ASAN_UNPOISON_MEMORY_REGION(stack_top(floor, id) - FLOOR_STACK_BYTES,
				    FLOOR_STACK_BYTES);
#endif
	frame = (struct floor_frame *)(stack_top(floor, id) -
				       id % CACHE_SETS * CACHE_LINE) - 1;
	*frame = (struct floor_frame) {
		.r12 = floor,
		.r13 = fiber,
		.rip = floor_fiber_entry,
	};
	floor->sp[id] = frame;
	fiber->fn = fn;
	fiber->arg = arg;
	return id;
}

void floor_reset(struct floor *floor)
{
	for (size_t i = 0; i < floor->nr; i++)
		floor->heap[i] = FLOOR_KEY_NONE;
	floor->nr = 0;
	floor->hole = false;
	floor->now_ns = 0;
	floor->sequence = 0;
	floor->nr_fibers = 1;
	floor->ready_head = 0;
	floor->ready_tail = 0;
}

void floor_go(struct floor *floor)
{
	floor->self = 0;
	floor_block(floor);
}
