/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_reference.h - the event queue as a plain binary heap
 *
 * Slow and obviously right: entries are compared by the four parts of the key
 * one after the other, nothing is packed. Cancelling marks an entry, popping
 * skips marked ones. `ignore_priority` plants a bug, for the negative test.
 */
#ifndef TESTS_SIM_EVENT_REFERENCE_H
#define TESTS_SIM_EVENT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define REFERENCE_MAX	200000

struct reference_entry {
	uint64_t time_ns;
	unsigned int priority;
	unsigned int source;
	uint64_t sequence;
	unsigned int id;		/* of the event */
};

struct reference {
	struct reference_entry heap[REFERENCE_MAX];
	unsigned int used;
	uint64_t sequence;
	uint64_t valid[4096];		/* per event: sequence queued last */
	bool ignore_priority;
};

static bool reference_before(const struct reference *ref,
			     const struct reference_entry *a,
			     const struct reference_entry *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	if (a->priority != b->priority && !ref->ignore_priority)
		return a->priority < b->priority;
	if (a->source != b->source)
		return a->source < b->source;
	return a->sequence < b->sequence;
}

static void reference_swap(struct reference *ref, unsigned int i,
			   unsigned int j)
{
	struct reference_entry entry = ref->heap[i];

	ref->heap[i] = ref->heap[j];
	ref->heap[j] = entry;
}

static void reference_push(struct reference *ref, struct reference_entry entry)
{
	unsigned int i = ref->used++;

	entry.sequence = ++ref->sequence;
	ref->valid[entry.id] = entry.sequence;
	ref->heap[i] = entry;
	while (i && reference_before(ref, &ref->heap[i],
				     &ref->heap[(i - 1) / 2])) {
		reference_swap(ref, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void reference_cancel(struct reference *ref, unsigned int id)
{
	ref->valid[id] = 0;
}

static void reference_sift_down(struct reference *ref)
{
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < ref->used) {
		if (child + 1 < ref->used &&
		    reference_before(ref, &ref->heap[child + 1],
				     &ref->heap[child]))
			child++;
		if (!reference_before(ref, &ref->heap[child], &ref->heap[i]))
			return;
		reference_swap(ref, i, child);
		i = child;
	}
}

/* False when nothing is queued. */
static bool reference_pop(struct reference *ref, struct reference_entry *entry)
{
	while (ref->used) {
		*entry = ref->heap[0];
		ref->heap[0] = ref->heap[--ref->used];
		reference_sift_down(ref);
		if (ref->valid[entry->id] == entry->sequence) {
			ref->valid[entry->id] = 0;
			return true;
		}
	}
	return false;
}

#endif
