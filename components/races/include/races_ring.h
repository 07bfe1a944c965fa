/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races_ring.h - a ring of packets between one producer and one consumer
 *
 * A packet is a word with its length and that many words less one of payload.
 * It may lie across the end of the ring. One word stays free, so that a full
 * ring is no empty one.
 *
 * Whoever finds nothing to do sleeps and is signalled; who is awake masks the
 * other's signal. Each side belongs to one thread.
 */
#ifndef RACES_RING_H
#define RACES_RING_H

#include <linux/completion.h>
#include <linux/types.h>

#define RING_WORDS	16	/* a power of two */

/*
 * struct ring
 * @write_index:	next word to be written; the producer's
 * @read_index:		next word to be read; the consumer's
 * @read_mask:		the consumer is awake: do not signal @readable
 * @write_mask:		the producer is awake: do not signal @writable
 */
struct ring {
	u32 write_index;
	u32 read_index;
	u32 read_mask;
	u32 write_mask;
	struct completion readable;
	struct completion writable;
	u32 data[RING_WORDS];
};

void ring_init(struct ring *ring);

/* Words that can be read and written now. Either may grow at once. */
u32 ring_used(const struct ring *ring);
u32 ring_free(const struct ring *ring);

/*
 * Sends @nr packets of @words words; @packets has @stride words from one to the
 * next. Waits for room at most @timeout jiffies each time. Returns how many
 * were sent. The length of a packet, 1 to RING_WORDS - 1, becomes its word 0.
 */
unsigned int ring_send(struct ring *ring, const u32 *packets, u32 stride,
		       u32 words, unsigned int nr, unsigned long timeout);

/*
 * Receives up to @nr packets into @packets, @stride words apart and as many
 * copied at most; waits likewise. Word 0 of each is its length. Returns how
 * many came.
 */
unsigned int ring_receive(struct ring *ring, u32 *packets, u32 stride,
			  unsigned int nr, unsigned long timeout);

#endif
