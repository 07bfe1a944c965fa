// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring.c - publishing, consuming, and going to sleep
 *
 *    producer                           consumer
 *    --------                           --------
 *    data                               index = acquire write_index
 *    release write_index    ------->    data
 *    full barrier                       release read_index  (back to producer)
 *    read_mask clear? signal            ...
 *                                       empty: clear read_mask
 *                                       full barrier
 *                                       still empty? sleep
 *
 * Release and acquire make the data arrive before the index that shows it, and
 * the room be empty before it is used again. The two full barriers are a store
 * each side followed by a load of the other's: at least one of them sees what
 * the other wrote, so nobody sleeps on a ring with something in it. The same
 * holds for room, with the sides exchanged.
 *
 * An index is written by its owner only, who may read it plainly.
 */
#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/minmax.h>
#include <asm/barrier.h>

#include "races_ring.h"

#define RING_MASK	(RING_WORDS - 1)

void ring_init(struct ring *ring)
{
	ring->write_index = 0;
	ring->read_index = 0;
	ring->read_mask = 1;
	ring->write_mask = 1;
	init_completion(&ring->readable);
	init_completion(&ring->writable);
}

u32 ring_used(const struct ring *ring)
{
	return (READ_ONCE(ring->write_index) - READ_ONCE(ring->read_index)) &
	       RING_MASK;
}

u32 ring_free(const struct ring *ring)
{
	return RING_WORDS - 1 - ring_used(ring);
}

/* -- the producer -- */

static u32 free_words(const struct ring *ring)
{
	u32 read = smp_load_acquire(&ring->read_index);

	return RING_WORDS - 1 - ((ring->write_index - read) & RING_MASK);
}

static bool wait_for_room(struct ring *ring, u32 words, unsigned long timeout)
{
	bool room = true;

	while (room && free_words(ring) < words) {
		WRITE_ONCE(ring->write_mask, 0);
		smp_mb();	/* our mask before their index */
		if (free_words(ring) < words)
			room = wait_for_completion_timeout(&ring->writable,
							   timeout);
		if (room)
			WRITE_ONCE(ring->write_mask, 1);
	}
	return room;
}

static void write_packet(struct ring *ring, const u32 *packet, u32 words)
{
	u32 at = ring->write_index, i;

	ring->data[at++ & RING_MASK] = words;
	for (i = 1; i < words; i++)
		ring->data[at++ & RING_MASK] = packet[i];
	smp_store_release(&ring->write_index, at & RING_MASK);
	smp_mb();	/* our index before their mask */
	if (!READ_ONCE(ring->read_mask))
		complete(&ring->readable);
}

unsigned int ring_send(struct ring *ring, const u32 *packets, u32 stride,
		       u32 words, unsigned int nr, unsigned long timeout)
{
	unsigned int sent;

	for (sent = 0; sent < nr; sent++) {
		if (!wait_for_room(ring, words, timeout))
			break;
		write_packet(ring, packets + sent * stride, words);
	}
	return sent;
}

/* -- the consumer -- */

static u32 used_words(const struct ring *ring)
{
	u32 write = smp_load_acquire(&ring->write_index);

	return (write - ring->read_index) & RING_MASK;
}

static bool wait_for_data(struct ring *ring, unsigned long timeout)
{
	bool data = true;

	while (data && !used_words(ring)) {
		WRITE_ONCE(ring->read_mask, 0);
		smp_mb();	/* our mask before their index */
		if (!used_words(ring))
			data = wait_for_completion_timeout(&ring->readable,
							   timeout);
		if (data)
			WRITE_ONCE(ring->read_mask, 1);
	}
	return data;
}

static void read_packet(struct ring *ring, u32 *packet, u32 room)
{
	u32 at = ring->read_index, words = ring->data[at & RING_MASK], i;

	packet[0] = words;
	for (i = 1; i < min(words, room); i++)
		packet[i] = ring->data[(at + i) & RING_MASK];
	smp_store_release(&ring->read_index, (at + words) & RING_MASK);
	smp_mb();	/* our index before their mask */
	if (!READ_ONCE(ring->write_mask))
		complete(&ring->writable);
}

unsigned int ring_receive(struct ring *ring, u32 *packets, u32 stride,
			  unsigned int nr, unsigned long timeout)
{
	unsigned int received;

	for (received = 0; received < nr; received++) {
		if (!wait_for_data(ring, timeout))
			break;
		read_packet(ring, packets + received * stride, stride);
	}
	return received;
}
