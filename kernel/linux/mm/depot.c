// SPDX-License-Identifier: GPL-2.0-only
/*
 * depot.c - call stacks of allocations and frees, each stored once
 *
 * A stack is a 16-bit number into chunks of 64 that are added when the last is
 * full. Numbers are given in order of first use, so they are the same in every
 * run. Nothing is ever removed; when all numbers are used up, further stacks
 * are "unknown", which costs a report its stack and nothing else.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "internal.h"

#define CHUNK_STACKS	64
#define MAX_CHUNKS	128
#define NR_BUCKETS	256

struct saved_stack {
	const void *pcs[VTB_STACK_DEPTH];
	u16 next;
};

/* Not in the image, which is copied at each change of the instance. */
struct depot {
	struct saved_stack *chunks[MAX_CHUNKS];
	u16 buckets[NR_BUCKETS];
};

static struct depot *depot;
static unsigned int nr_stacks = 1;	/* 0 is "unknown" */
static u32 last_serial;

u32 vtb_next_serial(void)
{
	return ++last_serial;
}

unsigned long vtb_kernel_alloc_serial(void)
{
	return last_serial;
}

static struct saved_stack *stack_at(u16 stack)
{
	return &depot->chunks[stack / CHUNK_STACKS][stack % CHUNK_STACKS];
}

/* The frames of the runtime itself are of no interest: begin at @caller. */
static void capture(const void **pcs, unsigned long caller)
{
	const void *all[VTB_STACK_DEPTH + 8];
	unsigned int nr, first, i;

	nr = vtb_stack_trace(all, ARRAY_SIZE(all));
	for (first = 0; first < nr; first++)
		if ((unsigned long)all[first] == caller)
			break;
	pcs[0] = (void *)caller;
	for (i = 1; i < VTB_STACK_DEPTH; i++)
		WRITE_ONCE(pcs[i], first + i < nr ? all[first + i] : NULL);
}

/* Quicker than memcmp(), which ASan looks through: each allocation calls it. */
static bool is_same(const struct saved_stack *saved, const void **pcs)
{
	unsigned int i;

	for (i = 0; i < VTB_STACK_DEPTH; i++)
		if (saved->pcs[i] != pcs[i])
			return false;
	return true;
}

static u16 *bucket_of(const void **pcs)
{
	unsigned long hash = 0;
	unsigned int i;

	for (i = 0; i < VTB_STACK_DEPTH; i++)
		hash = (hash ^ (unsigned long)pcs[i]) * 0x9e3779b97f4a7c15ul;
	return &depot->buckets[hash >> 56];
}

static u16 add_stack(const void **pcs, u16 *bucket)
{
	struct saved_stack **chunk = &depot->chunks[nr_stacks / CHUNK_STACKS];
	struct saved_stack *saved;

	if (nr_stacks == CHUNK_STACKS * MAX_CHUNKS)
		return 0;
	if (!*chunk)
		*chunk = vtb_instance_alloc(CHUNK_STACKS * sizeof(**chunk), 8);
	saved = stack_at(nr_stacks);
	memcpy(saved->pcs, pcs, sizeof(saved->pcs));
	saved->next = *bucket;
	*bucket = nr_stacks;
	return nr_stacks++;
}

u16 vtb_stack_save(unsigned long caller)
{
	const void *pcs[VTB_STACK_DEPTH];
	u16 *bucket, stack;

	if (!depot)
		depot = vtb_instance_alloc(sizeof(*depot), 8);
	capture(pcs, caller);
	bucket = bucket_of(pcs);
	for (stack = *bucket; stack; stack = stack_at(stack)->next)
		if (is_same(stack_at(stack), pcs))
			return stack;
	return add_stack(pcs, bucket);
}

void vtb_stack_load(u16 stack, const void **pcs)
{
	if (stack)
		memcpy(pcs, stack_at(stack)->pcs,
		       VTB_STACK_DEPTH * sizeof(*pcs));
	else
		memset(pcs, 0, VTB_STACK_DEPTH * sizeof(*pcs));
}

const void *vtb_stack_caller(u16 stack)
{
	return stack ? stack_at(stack)->pcs[0] : NULL;
}
