// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracker.c - dirty pages, marked by one thread and reported to another
 *
 *    mark                        report                  stop
 *    ----                        ------                  ----
 *    rcu_read_lock               lock                    lock
 *    set bits of the tracker     for each window         slot = NULL
 *    rcu_read_unlock               for each word         unlock
 *                                    take its bits       free after a
 *                                    set them there      grace period
 *                                unlock
 *
 * Life: who marks finds the tracker under RCU, so it is freed when no marker
 * can have it any more; a report keeps it by tracker_lock.
 *
 * A word is read and cleared in one step: what is marked meanwhile is in this
 * report or in the next. What a report took and could not deliver goes back.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/iova_bitmap.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "races_services.h"

#define TRACKER_WORDS	(RACES_PAGES / BITS_PER_LONG)
#define PAGES_BYTES	((u64)RACES_PAGES << PAGE_SHIFT)

struct tracker {
	unsigned long dirty[TRACKER_WORDS];
	struct rcu_head rcu;
};

/* struct report - one on its way; @taken: off the tracker, perhaps delivered */
struct report {
	struct tracker *tracker;
	unsigned long taken[TRACKER_WORDS];
};

static DEFINE_MUTEX(tracker_lock);
static struct tracker __rcu *tracker;

static struct tracker *tracker_locked(void)
{
	return rcu_dereference_protected(tracker,
					 lockdep_is_held(&tracker_lock));
}

int tracker_start(void)
{
	struct tracker *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	bool taken;

	if (!fresh)
		return -ENOMEM;
	mutex_lock(&tracker_lock);
	taken = tracker_locked();
	if (!taken)
		rcu_assign_pointer(tracker, fresh);
	mutex_unlock(&tracker_lock);
	if (!taken)
		return 0;
	kfree(fresh);
	return -EBUSY;
}

int tracker_stop(void)
{
	struct tracker *old;

	mutex_lock(&tracker_lock);
	old = rcu_replace_pointer(tracker, NULL,
				  lockdep_is_held(&tracker_lock));
	mutex_unlock(&tracker_lock);
	if (!old)
		return -ENOENT;
	kfree_rcu(old, rcu);
	return 0;
}

int tracker_mark(unsigned int first, unsigned int pages)
{
	struct tracker *found;
	unsigned int i;

	rcu_read_lock();
	found = rcu_dereference(tracker);
	for (i = 0; found && i < pages; i++)
		set_bit(first + i, found->dirty);
	rcu_read_unlock();
	return found ? 0 : -ENOENT;
}

static void report_word(struct report *report, unsigned int word,
			struct iova_bitmap *bitmap)
{
	unsigned long bits = xchg(&report->tracker->dirty[word], 0);
	unsigned int bit;

	report->taken[word] = bits;
	for_each_set_bit(bit, &bits, BITS_PER_LONG)
		iova_bitmap_set(bitmap,
				((u64)word * BITS_PER_LONG + bit) << PAGE_SHIFT,
				PAGE_SIZE);
}

/* Windows begin and end with words: the bitmap is one of u64s. */
static int report_window(struct iova_bitmap *bitmap, unsigned long iova,
			 size_t length, void *opaque)
{
	unsigned int word = (iova >> PAGE_SHIFT) / BITS_PER_LONG;
	unsigned int end = word + (length >> PAGE_SHIFT) / BITS_PER_LONG;

	for (; word < end; word++)
		report_word(opaque, word, bitmap);
	return 0;
}

static void give_back(struct report *report)
{
	unsigned int word;

	for (word = 0; word < TRACKER_WORDS; word++)
		set_mask_bits(&report->tracker->dirty[word], 0,
			      report->taken[word]);
}

static int report_locked(u64 __user *bits)
{
	struct report report = { .tracker = tracker_locked() };
	struct iova_bitmap *bitmap;
	int rc;

	if (!report.tracker)
		return -ENOENT;
	bitmap = iova_bitmap_alloc(0, PAGES_BYTES, PAGE_SIZE, bits);
	if (IS_ERR(bitmap))
		return PTR_ERR(bitmap);
	rc = iova_bitmap_for_each(bitmap, &report, report_window);
	iova_bitmap_free(bitmap);
	if (rc)
		give_back(&report);
	return rc;
}

int tracker_report(u64 __user *bits)
{
	int rc;

	if (!IS_ALIGNED((unsigned long)bits, sizeof(*bits)))
		return -EINVAL;
	mutex_lock(&tracker_lock);
	rc = report_locked(bits);
	mutex_unlock(&tracker_lock);
	return rc;
}

void tracker_release_all(void)
{
	tracker_stop();
}
