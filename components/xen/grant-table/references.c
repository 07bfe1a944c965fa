// SPDX-License-Identifier: GPL-2.0-only
/*
 * references.c - which grant references are free
 *
 * Free references are the zeroes of a bitmap: any number of them can be taken,
 * one by one or in a row, and a reference that is given back twice is seen. Those
 * that are taken together are handed out as a chain, in an array that has a word
 * for each reference:
 *
 *	taken   1 1 1 0 1 1 0 0 ...	private list of somebody:
 *	next    - - 4 - 5 END -		head -> 2 -> 4 -> 5
 *
 * Both have room for all references that the table may ever have, so growing
 * allocates nothing and may happen in any context.
 *
 * @lock protects all of it, but for the words of a chain: they are its owner's.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "internal.h"

static DEFINE_SPINLOCK(lock);
static unsigned long *taken;
static grant_ref_t *next;
static unsigned int nr_refs;
static unsigned int nr_free;
static struct gnttab_free_callback *waiting;

int gnttab_refs_init(unsigned int nr, unsigned int max)
{
	taken = bitmap_alloc(max, GFP_KERNEL);
	next = kvmalloc_array(max, sizeof(*next), GFP_KERNEL);
	if (!taken || !next) {
		bitmap_free(taken);
		kvfree(next);
		return -ENOMEM;
	}
	bitmap_fill(taken, max);
	bitmap_clear(taken, GNTTAB_NR_RESERVED_ENTRIES,
		     nr - GNTTAB_NR_RESERVED_ENTRIES);
	nr_refs = nr;
	nr_free = nr - GNTTAB_NR_RESERVED_ENTRIES;
	return 0;
}

bool gnttab_ref_is_taken(grant_ref_t ref)
{
	return ref >= GNTTAB_NR_RESERVED_ENTRIES && ref < READ_ONCE(nr_refs) &&
	       test_bit(ref, taken);
}

void gnttab_chain(grant_ref_t *head, grant_ref_t ref)
{
	next[ref] = *head;
	*head = ref;
}

grant_ref_t gnttab_unchain(grant_ref_t *head)
{
	grant_ref_t ref = *head;

	*head = next[ref];
	return ref;
}

/* -- taking, with the lock held -- */

static int grow(unsigned int nr)
{
	int more = gnttab_table_grow(nr);

	if (more < 0)
		return more;
	bitmap_clear(taken, nr_refs, more);
	WRITE_ONCE(nr_refs, nr_refs + more);
	nr_free += more;
	return 0;
}

/* The lowest come first in the chain. */
static grant_ref_t take(unsigned int nr)
{
	grant_ref_t head = GNTTAB_LIST_END, *link = &head;
	unsigned int ref = 0;

	nr_free -= nr;
	for (; nr; nr--) {
		ref = find_next_zero_bit(taken, nr_refs, ref);
		__set_bit(ref, taken);
		*link = ref;
		link = &next[ref];
	}
	*link = GNTTAB_LIST_END;
	return head;
}

/* First of @nr in a row; -ENOSPC if there is no such row. */
static int take_row(unsigned int nr)
{
	unsigned long first = bitmap_find_next_zero_area(taken, nr_refs, 0, nr,
							 0);

	if (first >= nr_refs)
		return -ENOSPC;
	bitmap_set(taken, first, nr);
	nr_free -= nr;
	return first;
}

/* Free ones at the end of the table, which more of them would make longer. */
static unsigned int tail(void)
{
	return nr_refs - 1 - find_last_bit(taken, nr_refs);
}

/* -- giving back -- */

static void put(grant_ref_t ref)
{
	if (WARN_ON_ONCE(!gnttab_ref_is_taken(ref)))
		return;
	__clear_bit(ref, taken);
	nr_free++;
}

/* Who gets what he waits for may ask again, and is told next time. */
static void tell_waiting(void)
{
	struct gnttab_free_callback *list = waiting, *callback;

	waiting = NULL;
	while (list) {
		callback = list;
		list = callback->next;
		if (nr_free >= callback->count) {
			callback->next = NULL;
			callback->fn(callback->arg);
		} else {
			callback->next = waiting;
			waiting = callback;
		}
	}
}

/* -- the interface -- */

int gnttab_alloc_grant_references(u16 count, grant_ref_t *head)
{
	unsigned long flags;
	int rc = 0;

	spin_lock_irqsave(&lock, flags);
	if (nr_free < count)
		rc = grow(count - nr_free);
	if (!rc)
		*head = take(count);
	spin_unlock_irqrestore(&lock, flags);
	return rc ? -ENOSPC : 0;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_references);

int gnttab_alloc_grant_reference_seq(unsigned int count, grant_ref_t *first)
{
	unsigned long flags;
	int rc = -ENOSPC;

	if (!count)
		return -EINVAL;
	spin_lock_irqsave(&lock, flags);
	rc = take_row(count);
	if (rc < 0 && !grow(count - tail()))
		rc = take_row(count);
	spin_unlock_irqrestore(&lock, flags);
	if (rc < 0)
		return -ENOSPC;
	*first = rc;
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_reference_seq);

void gnttab_free_grant_reference(grant_ref_t ref)
{
	gnttab_free_grant_reference_seq(ref, 1);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference);

void gnttab_free_grant_reference_seq(grant_ref_t head, unsigned int count)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&lock, flags);
	for (i = 0; i < count; i++)
		put(head + i);
	tell_waiting();
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference_seq);

void gnttab_free_grant_references(grant_ref_t head)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	while (head != GNTTAB_LIST_END)
		put(gnttab_unchain(&head));
	tell_waiting();
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_references);

int gnttab_empty_grant_references(const grant_ref_t *private_head)
{
	return *private_head == GNTTAB_LIST_END;
}
EXPORT_SYMBOL_GPL(gnttab_empty_grant_references);

int gnttab_claim_grant_reference(grant_ref_t *private_head)
{
	if (*private_head == GNTTAB_LIST_END)
		return -ENOSPC;
	return gnttab_unchain(private_head);
}
EXPORT_SYMBOL_GPL(gnttab_claim_grant_reference);

void gnttab_release_grant_reference(grant_ref_t *private_head,
				    grant_ref_t release)
{
	gnttab_chain(private_head, release);
}
EXPORT_SYMBOL_GPL(gnttab_release_grant_reference);

static struct gnttab_free_callback **
find_waiting(const struct gnttab_free_callback *callback)
{
	struct gnttab_free_callback **link = &waiting;

	while (*link && *link != callback)
		link = &(*link)->next;
	return link;
}

/* @fn is called with the lock held, at once if there are so many already. */
void gnttab_request_free_callback(struct gnttab_free_callback *callback,
				  void (*fn)(void *), void *arg, u16 count)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (!*find_waiting(callback)) {
		*callback = (struct gnttab_free_callback){
			.next = waiting, .fn = fn, .arg = arg, .count = count,
		};
		waiting = callback;
		tell_waiting();
	}
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_request_free_callback);

void gnttab_cancel_free_callback(struct gnttab_free_callback *callback)
{
	struct gnttab_free_callback **link;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	link = find_waiting(callback);
	if (*link)
		*link = callback->next;
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_cancel_free_callback);
