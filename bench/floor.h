/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor.h - the yardstick: the least a simulation core must do
 *
 * One 4-ary heap and fibers switched by a few instructions of assembly, and
 * nothing else: no trace, no decisions, no priorities, no cancelling, no
 * checks, no snapshot. `sim` is measured as a ratio to it in the same run, so
 * it is made as fast as its author could make it; a slow floor would flatter
 * us.
 *
 * Heap. An entry is one 128-bit number, so an exact total order costs one
 * compare:
 *
 *	127            64 63           24 23          0
 *	+----------------+---------------+------------+
 *	|    time, ns    |   sequence    |     id     |
 *	+----------------+---------------+------------+
 *
 * The root is at index 0, the children of i are 4i+1 .. 4i+4. The array is
 * placed so that four siblings are exactly one cache line. Slots past the end
 * hold FLOOR_KEY_NONE, which is larger than any key, so a sift down always
 * compares four children, without a branch.
 *
 * Taking the smallest entry leaves a hole at the root. What is queued next
 * goes into that hole, with one sift; only if nothing is queued before the
 * next entry is taken is the hole filled from the end of the array.
 *
 * Fibers. A fiber that gives way picks its successor itself and switches to
 * it directly: one switch per event, no trip through a main loop.
 *
 * Memory comes in ordinary pages, as that of a world does.
 *
 * FLOOR_ASAN builds the floor as part of a sanitized target (ceiling.h), where
 * every switch has to be announced.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 floor_key;
typedef uint64_t __attribute__((may_alias)) floor_word;	/* half a key */

#define FLOOR_ID_BITS		24
#define FLOOR_KEY_NONE		(~(floor_key)0)
#define FLOOR_MAX_IDS		(1u << FLOOR_ID_BITS)
#define FLOOR_NOTHING		UINT32_MAX

/* From this size on the heap is larger than a core's cache. */
#define FLOOR_PREFETCH_MIN	(1u << 14)

#define FLOOR_STACK_BYTES	(16u << 10)

#define FLOOR_INLINE		inline __attribute__((always_inline))

typedef void (*floor_fiber_fn)(void *arg);

struct floor_fiber {
	floor_fiber_fn fn;
	void *arg;
};

struct floor {
	floor_key *heap;
	size_t nr;		/* entries, the hole counts as one */
	bool hole;		/* the root has been taken */
	uint64_t now_ns;
	uint64_t sequence;

	void **sp;		/* per fiber; [0]: caller of floor_go() */
	struct floor_fiber *fibers;
	uint32_t nr_fibers;
	uint32_t self;
	uint32_t *ready;	/* ring of fibers woken and not yet run */
	uint32_t ready_mask;
	uint32_t ready_head;	/* next to run; free-running counters */
	uint32_t ready_tail;

	void **fake;		/* ASan's handle per fiber */
	const void *main_low;	/* and the bounds of the caller's stack */
	size_t main_bytes;

	uint32_t max_fibers;
	char *stacks;
	size_t stacks_bytes;
	void *heap_block;
};

/* @max_entries in the heap, @max_fibers besides the caller. NULL: no memory. */
struct floor *floor_new(size_t max_entries, uint32_t max_fibers);
void floor_free(struct floor *floor);

/* Returns the id of the new fiber, which first runs when woken or due. */
uint32_t floor_fiber_new(struct floor *floor, floor_fiber_fn fn, void *arg);

/* Runs the fibers until none is ready and no entry is left. */
void floor_go(struct floor *floor);

/* Forgets all entries and fibers; time and sequence start again. */
void floor_reset(struct floor *floor);

/* Saves the registers the ABI preserves at *from and goes on at @to. */
void floor_switch(void **from, void *to);

/* The same between two fibers, announced to ASan (FLOOR_ASAN only). */
void floor_switch_announced(struct floor *floor, uint32_t from, uint32_t to);

static inline uint64_t floor_now_ns(const struct floor *floor)
{
	return floor->now_ns;
}

/*
 * @index plus one if *x goes before *y. The outcome is a coin toss, and a
 * missed branch costs more than the compare; compilers like to branch here,
 * so the carry is added by hand.
 */
static inline size_t floor_add_before(size_t index, const floor_key *x,
				      const floor_key *y)
{
	const floor_word *xw = (const floor_word *)x;
	const floor_word *yw = (const floor_word *)y;
	uint64_t high = xw[1];

	__asm__("cmpq %[ylow], %[xlow]\n\t"
		"sbbq %[yhigh], %[high]\n\t"
		"adcq $0, %[index]"
		: [index] "+r" (index), [high] "+r" (high)
		: [xlow] "r" (xw[0]), [ylow] "m" (yw[0]), [yhigh] "m" (yw[1])
		: "cc");
	return index;
}

/* @a, or @b if its entry goes first. */
static inline size_t floor_min(const floor_key *heap, size_t a, size_t b)
{
	const floor_word *aw = (const floor_word *)&heap[a];
	const floor_word *bw = (const floor_word *)&heap[b];
	uint64_t high = bw[1];

	__asm__("cmpq %[alow], %[blow]\n\t"
		"sbbq %[ahigh], %[high]\n\t"
		"cmovcq %[b], %[a]"
		: [a] "+r" (a), [high] "+r" (high)
		: [b] "r" (b), [blow] "r" (bw[0]), [alow] "m" (aw[0]),
		  [ahigh] "m" (aw[1])
		: "cc");
	return a;
}

static inline size_t floor_min_child(const floor_key *heap, size_t child)
{
	const floor_key *c = heap + child;

	return floor_min(heap, floor_add_before(child, c + 1, c),
			 floor_add_before(child + 2, c + 3, c + 2));
}

/* Brings in all sixteen grandchildren while the children are compared. */
static inline void floor_prefetch(const floor_key *heap, size_t child)
{
	const floor_key *grandchild = heap + 4 * child + 1;

	__builtin_prefetch(grandchild);
	__builtin_prefetch(grandchild + 4);
	__builtin_prefetch(grandchild + 8);
	__builtin_prefetch(grandchild + 12);
}

static FLOOR_INLINE void floor_sift_down(floor_key *heap, size_t nr,
					 floor_key key, bool prefetch)
{
	size_t i = 0;

	for (size_t child = 1; child < nr; child = 4 * i + 1) {
		size_t least;

		if (prefetch)
			floor_prefetch(heap, child);
		least = floor_min_child(heap, child);
		if (key < heap[least])
			break;
		heap[i] = heap[least];
		i = least;
	}
	heap[i] = key;
}

/* Out of line, so that the common case is short where it is inlined. */
void floor_sift_down_large(struct floor *floor, floor_key key);
void floor_append(struct floor *floor, floor_key key);
void floor_close_hole(struct floor *floor);

static FLOOR_INLINE void floor_fill_hole(struct floor *floor, floor_key key)
{
	floor->hole = false;
	if (floor->nr < FLOOR_PREFETCH_MIN)
		floor_sift_down(floor->heap, floor->nr, key, false);
	else
		floor_sift_down_large(floor, key);
}

/* Queues @id for @time_ns, which is not in the past. */
static FLOOR_INLINE void floor_at(struct floor *floor, uint64_t time_ns,
				  uint32_t id)
{
	floor_key key = (floor_key)time_ns << 64 |
			floor->sequence++ << FLOOR_ID_BITS | id;

	if (floor->hole)
		floor_fill_hole(floor, key);
	else
		floor_append(floor, key);
}

/*
 * Takes the first entry, moves the clock to it and returns its id, or
 * FLOOR_NOTHING if there is none.
 */
static FLOOR_INLINE uint32_t floor_next(struct floor *floor)
{
	if (floor->hole)
		floor_close_hole(floor);
	if (!floor->nr)
		return FLOOR_NOTHING;
	floor->hole = true;
	floor->now_ns = (uint64_t)(floor->heap[0] >> 64);
	return (uint32_t)floor->heap[0] & (FLOOR_MAX_IDS - 1);
}

/* -- for fibers ----------------------------------------------------------- */

static inline void floor_wake(struct floor *floor, uint32_t fiber)
{
	floor->ready[floor->ready_tail++ & floor->ready_mask] = fiber;
}

/* Gives way until woken; goes on in whatever fiber is next. */
static FLOOR_INLINE void floor_block(struct floor *floor)
{
	uint32_t self = floor->self;
	uint32_t next;

	if (floor->ready_head != floor->ready_tail)
		next = floor->ready[floor->ready_head++ & floor->ready_mask];
	else
		next = floor_next(floor);
	if (next == FLOOR_NOTHING)
		next = 0;
	if (next == self)
		return;
	floor->self = next;
#ifdef FLOOR_ASAN
	floor_switch_announced(floor, self, next);
#else
	floor_switch(&floor->sp[self], floor->sp[next]);
#endif
}

static FLOOR_INLINE void floor_sleep(struct floor *floor, uint64_t delay_ns)
{
	floor_at(floor, floor->now_ns + delay_ns, floor->self);
	floor_block(floor);
}

#endif
