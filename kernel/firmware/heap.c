/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * heap.c - memory of the firmware, out of the machine's own frames
 *
 *	frame 0   1 ...               HEAP_FRAMES            nr_frames
 *	| none  | small: malloc()   | external: umalloc()            |
 *
 *	a block:  | red zone | the caller's bytes | red zone |
 *	          start      start + lead                    start + span
 *
 * Both halves are lists of blocks without gaps, in order of address; what is
 * said about a block lies outside of the machine. The first block that is big
 * enough is taken. What is freed rests in a queue before anybody gets it again.
 * Everything but the bytes of live blocks is poisoned.
 *
 * Memory that is freed while the host may still use it is a finding, which the
 * machine makes (vtb_memory_freed()). malloc() fills with a pattern, so that
 * bytes nobody has set show where they get to.
 */
#include <vtb/bridge.h>
#include <vtb/firmware.h>

#include <errno.h>
#include <string.h>
#include <ipxe/malloc.h>
#include <ipxe/umalloc.h>

#include "firmware.h"

#define FRAME_BYTES	4096ul
#define HEAP_FRAMES	48ul
#define GRANULE		16ul
#define RED_ZONE	32ul
#define NR_BLOCKS	384
#define RESTING_BLOCKS	12
#define RESTING_BYTES	(32ul << 10)
#define ALLOC_PCS	8
#define FREE_PCS	6

/* What memory holds that nobody has set. */
#define UNSET		0xd5

enum block_state { UNUSED, LIVE, RESTING };

struct block {
	unsigned long start;		/* address */
	unsigned long span;
	unsigned int lead;		/* of the red zone in front */
	unsigned int bytes;		/* the caller's */
	enum block_state state;
	int abandoned;
	unsigned long serial;
	struct block *prev;		/* by address */
	struct block *next;
	struct block *rests_behind;	/* in the queue */
	const void *alloc_pcs[ALLOC_PCS];
	const void *free_pcs[FREE_PCS];
};

/* One half of the memory. */
struct arena {
	struct block *first;
	struct block *oldest;		/* resting */
	struct block *newest;
	unsigned int nr_resting;
	unsigned long resting_bytes;
	int external;
};

static struct {
	unsigned long base;
	unsigned long end;
	struct arena small;
	struct arena external;
	struct block *spare;
	unsigned long serial;
	unsigned long live;
	unsigned long live_bytes;
	unsigned int failures;
} heap;

static unsigned long pfn_of(unsigned long address)
{
	return (address - heap.base) / FRAME_BYTES;
}

/* -- blocks --------------------------------------------------------------- */

static struct block *take_spare(void)
{
	struct block *block = heap.spare;

	if (block) {
		heap.spare = block->next;
		memset(block, 0, sizeof(*block));
	}
	return block;
}

static void give_spare(struct block *block)
{
	block->next = heap.spare;
	heap.spare = block;
}

/* Cuts @block down to @span; what is left becomes a block of its own. */
static int split(struct block *block, unsigned long span)
{
	struct block *rest;

	if (block->span - span < GRANULE)
		return 0;
	rest = take_spare();
	if (!rest)
		return -ENOMEM;
	rest->start = block->start + span;
	rest->span = block->span - span;
	rest->prev = block;
	rest->next = block->next;
	if (rest->next)
		rest->next->prev = rest;
	block->next = rest;
	block->span = span;
	return 0;
}

/* Takes the unused block behind @block in. */
static void join_next(struct block *block)
{
	struct block *next = block->next;

	if (!next || next->state != UNUSED)
		return;
	block->span += next->span;
	block->next = next->next;
	if (block->next)
		block->next->prev = block;
	give_spare(next);
}

static unsigned long lead_of(const struct block *block, unsigned long align)
{
	unsigned long user = block->start + RED_ZONE;

	user = (user + align - 1) & ~(align - 1);
	return user - block->start;
}

static void arena_init(struct arena *arena, unsigned long first,
		       unsigned long end, int external)
{
	struct block *block = take_spare();

	block->start = heap.base + first * FRAME_BYTES;
	block->span = (end - first) * FRAME_BYTES;
	arena->first = block;
	arena->external = external;
	vtb_poison((void *)block->start, block->span, VTB_POISON_UNUSED);
}

void heap_init(const struct vtb_boot *boot)
{
	struct block *blocks;
	unsigned int i;

	blocks = vtb_instance_alloc(NR_BLOCKS * sizeof(*blocks), 8);
	heap.base = (unsigned long)boot->memory;
	heap.end = heap.base + boot->nr_frames * FRAME_BYTES;
	for (i = 0; i < NR_BLOCKS; i++)
		give_spare(&blocks[NR_BLOCKS - 1 - i]);
	vtb_frames_hot(1, HEAP_FRAMES - 1);
	arena_init(&heap.small, 1, HEAP_FRAMES, 0);
	arena_init(&heap.external, HEAP_FRAMES, boot->nr_frames, 1);
}

/* -- what rests ----------------------------------------------------------- */

static void release(struct arena *arena, struct block *block)
{
	if (arena->external)
		vtb_frames_free(pfn_of(block->start + block->lead),
				(block->bytes + FRAME_BYTES - 1) / FRAME_BYTES);
	vtb_poison((void *)block->start, block->span, VTB_POISON_UNUSED);
	block->state = UNUSED;
	join_next(block);
	if (block->prev && block->prev->state == UNUSED)
		join_next(block->prev);
}

static void release_oldest(struct arena *arena)
{
	struct block *block = arena->oldest;

	arena->oldest = block->rests_behind;
	arena->nr_resting--;
	arena->resting_bytes -= block->span;
	release(arena, block);
}

static void put_to_rest(struct arena *arena, struct block *block)
{
	block->state = RESTING;
	block->rests_behind = NULL;
	if (arena->nr_resting)
		arena->newest->rests_behind = block;
	else
		arena->oldest = block;
	arena->newest = block;
	arena->nr_resting++;
	arena->resting_bytes += block->span;
	while (arena->nr_resting > 1 &&
	       (arena->nr_resting > RESTING_BLOCKS ||
		arena->resting_bytes > RESTING_BYTES))
		release_oldest(arena);
}

/* -- allocation ----------------------------------------------------------- */

static struct block *find_fit(struct arena *arena, size_t len, size_t align)
{
	struct block *block;

	for (block = arena->first; block; block = block->next)
		if (block->state == UNUSED &&
		    lead_of(block, align) + len + RED_ZONE <= block->span)
			return block;
	return NULL;
}

static struct block *find_room(struct arena *arena, size_t len, size_t align)
{
	struct block *block = find_fit(arena, len, align);

	while (!block && arena->nr_resting) {
		release_oldest(arena);
		block = find_fit(arena, len, align);
	}
	return block;
}

static void make_live(struct arena *arena, struct block *block, size_t len)
{
	char *user = (char *)block->start + block->lead;

	block->bytes = len;
	block->state = LIVE;
	block->abandoned = 0;
	block->serial = ++heap.serial;
	memset(block->alloc_pcs, 0, sizeof(block->alloc_pcs));
	memset(block->free_pcs, 0, sizeof(block->free_pcs));
	vtb_stack_trace(block->alloc_pcs, ALLOC_PCS);
	heap.live++;
	heap.live_bytes += len;
	vtb_poison((void *)block->start, block->span, VTB_POISON_REDZONE);
	if (arena->external)
		vtb_frames_cold(pfn_of((unsigned long)user),
				(len + FRAME_BYTES - 1) / FRAME_BYTES);
	vtb_unpoison(user, len);
	vtb_trace(VTB_TRACE_ALLOC, len, 0);
}

static void *try_allocate(struct arena *arena, size_t len, size_t align)
{
	unsigned long lead, span;
	struct block *block;

	if (!len || len > heap.end - heap.base || vtb_fail(VTB_FAIL_ALLOC))
		return NULL;
	block = find_room(arena, len, align);
	if (!block)
		return NULL;
	lead = lead_of(block, align);
	span = (lead + len + RED_ZONE + GRANULE - 1) & ~(GRANULE - 1);
	/* The frames of external memory are its own. */
	if (arena->external)
		span = (span + FRAME_BYTES - 1) & ~(FRAME_BYTES - 1);
	if (span > block->span)
		span = block->span;
	if (split(block, span))
		return NULL;
	block->lead = lead;
	make_live(arena, block, len);
	return (char *)block->start + lead;
}

static void *allocate(struct arena *arena, size_t len, size_t align)
{
	void *user = try_allocate(arena, len, align);

	heap.failures += !user;
	return user;
}

unsigned int heap_failures(void)
{
	return heap.failures;
}

static struct block *block_at(struct arena *arena, const void *user)
{
	struct block *block;

	for (block = arena->first; block; block = block->next)
		if (block->state != UNUSED &&
		    block->start + block->lead == (unsigned long)user)
			return block;
	return NULL;
}

static struct block *block_around(unsigned long address)
{
	struct arena *arena = address < heap.base + HEAP_FRAMES * FRAME_BYTES ?
		&heap.small : &heap.external;
	struct block *block;

	for (block = arena->first; block; block = block->next)
		if (address - block->start < block->span)
			return block;
	return NULL;
}

static void deallocate(struct arena *arena, void *user, const void *site)
{
	struct block *block;

	if (!user)
		return;
	block = block_at(arena, user);
	if (!block || block->state != LIVE)
		vtb_finding(block ? "double-free" : "bad-free", "heap", site,
			    NULL, block ? "memory is freed twice" :
			    "what is freed was never allocated", "");
	if (block->abandoned)
		return;
	vtb_memory_freed((unsigned long)user - heap.base, block->bytes, site);
	heap.live--;
	heap.live_bytes -= block->bytes;
	vtb_stack_trace(block->free_pcs, FREE_PCS);
	vtb_poison(user, block->bytes, VTB_POISON_FREED);
	vtb_trace(VTB_TRACE_FREE, block->bytes, 0);
	put_to_rest(arena, block);
}

/* -- the names by which it is known --------------------------------------- */

void *malloc(size_t len)
{
	void *user = allocate(&heap.small, len, GRANULE);

	if (user)
		memset(user, UNSET, len);
	return user;
}

void *zalloc(size_t len)
{
	void *user = allocate(&heap.small, len, GRANULE);

	if (user)
		memset(user, 0, len);
	return user;
}

void free(void *pointer)
{
	deallocate(&heap.small, pointer, __builtin_return_address(0));
}

void *malloc_phys(size_t len, size_t align)
{
	void *user = allocate(&heap.small, len,
			      align < GRANULE ? GRANULE : align);

	if (user)
		memset(user, UNSET, len);
	return user;
}

void free_phys(void *pointer, size_t len)
{
	(void)len;
	deallocate(&heap.small, pointer, __builtin_return_address(0));
}

userptr_t umalloc(size_t len)
{
	return (userptr_t)allocate(&heap.external, len, FRAME_BYTES);
}

void ufree(userptr_t pointer)
{
	deallocate(&heap.external, (void *)pointer,
		   __builtin_return_address(0));
}

void abandon_phys(const void *pointer)
{
	struct block *block = block_around((unsigned long)pointer);

	if (block && block->state == LIVE)
		block->abandoned = 1;
}

/* -- addresses ------------------------------------------------------------ */

physaddr_t virt_to_phys(const volatile void *address)
{
	if ((unsigned long)address - heap.base >= heap.end - heap.base)
		vtb_finding("bad-address", "physical",
			    __builtin_return_address(0), NULL,
			    "an address outside of machine memory has no physical one",
			    "static data and stacks cannot be given to the host");
	return (unsigned long)address - heap.base;
}

physaddr_t user_to_phys(userptr_t pointer, long offset)
{
	return virt_to_phys((void *)(pointer + offset));
}

void copy_from_user(void *to, userptr_t from, long offset, size_t len)
{
	vtb_fetch((void *)(from + offset), len, NULL);
	memcpy(to, (void *)(from + offset), len);
}

void copy_to_user(userptr_t to, long offset, const void *from, size_t len)
{
	unsigned long start = to + offset;

	if (len)
		vtb_frames_touch(pfn_of(start), pfn_of(start + len - 1) -
				 pfn_of(start) + 1);
	memcpy((void *)start, from, len);
}

/* -- for the bench -------------------------------------------------------- */

static struct block *next_live(struct block *block)
{
	while (block && block->state != LIVE)
		block = block->next;
	return block;
}

int vtb_firmware_block_peek(unsigned int n, struct vtb_firmware_block *to)
{
	struct block *block = next_live(heap.small.first);
	int external = 0;

	for (;;) {
		if (!block && external++)
			return -ENOENT;
		if (!block)
			block = next_live(heap.external.first);
		else if (!n--)
			break;
		else
			block = next_live(block->next);
	}
	to->phys = block->start + block->lead - heap.base;
	to->bytes = block->bytes;
	to->serial = block->serial;
	to->abandoned = block->abandoned;
	memcpy(to->pcs, block->alloc_pcs, sizeof(to->pcs));
	return 0;
}

unsigned long vtb_firmware_serial_peek(void)
{
	return heap.serial;
}

void vtb_kernel_account(struct vtb_account *account)
{
	memset(account, 0, sizeof(*account));
	account->objects = heap.live;
	account->object_bytes = heap.live_bytes;
}

static char *put_text(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = '\0';
	return to;
}

static char *put_number(char *to, unsigned long number)
{
	char digits[24];
	unsigned int nr = 0;

	do
		digits[nr++] = '0' + number % 10;
	while (number /= 10);
	while (nr)
		*to++ = digits[--nr];
	*to = '\0';
	return to;
}

static void describe(char *to, const struct block *block, unsigned long address)
{
	static const char *const states[] = { "never allocated", "in use",
					      "freed" };
	unsigned long user = block->start + block->lead;
	long offset = address - user;

	to = put_number(to, offset < 0 ? -offset :
			offset < (long)block->bytes ? offset :
			offset - (long)block->bytes);
	to = put_text(to, offset < 0 ? " bytes before " :
		      offset < (long)block->bytes ? " bytes inside " :
		      " bytes after ");
	to = put_number(to, block->bytes);
	to = put_text(to, "-byte block of the heap (");
	to = put_text(to, states[block->state]);
	put_text(to, ")");
}

int vtb_kernel_heap_report(const void *address, struct vtb_heap_report *report)
{
	unsigned long at = (unsigned long)address;
	struct block *block;

	if (!heap.base || at - heap.base >= heap.end - heap.base)
		return -1;
	block = block_around(at);
	if (!block)
		return -1;
	memset(report, 0, sizeof(*report));
	describe(report->text, block, at);
	put_text(report->object, "heap");
	memcpy(report->alloc_pcs, block->alloc_pcs, sizeof(block->alloc_pcs));
	memcpy(report->free_pcs, block->free_pcs, sizeof(block->free_pcs));
	return 0;
}
