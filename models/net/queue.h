/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue.h - frames that wait, in order (private to models/net)
 *
 * Each frame has a page of its own, so that a reset copies only those that have
 * been used. The caller knows when a frame may go.
 */
#ifndef MODELS_NET_QUEUE_H
#define MODELS_NET_QUEUE_H

#include <models/net_frame.h>
#include <sim/memory.h>
#include <sim/sim.h>

#define NET_QUEUE_MAX	256		/* a power of two */

struct net_queue_slot {
	uint64_t start_ns;		/* when it leaves the queue */
	uint64_t due_ns;		/* when it is where it goes */
	uint32_t bytes;
	uint32_t reserved;
};

struct net_queue {
	struct sim_memory *memory;
	uint32_t first_frame;		/* of the memory: slot i is i behind it */
	uint32_t size;
	uint32_t head;			/* counts up */
	uint32_t tail;
	struct net_queue_slot slots[NET_QUEUE_MAX];
};

static inline uint32_t net_queue_nr(const struct net_queue *queue)
{
	return queue->tail - queue->head;
}

static inline struct net_queue_slot *net_queue_at(struct net_queue *queue,
						  uint32_t n)
{
	return &queue->slots[n % queue->size];
}

static inline void *net_queue_data(struct net_queue *queue, uint32_t n)
{
	return sim_frame_data(queue->memory,
			      queue->first_frame + n % queue->size);
}

/*
 * The new last one, with a copy of a frame of up to NET_FRAME_MAX bytes; NULL:
 * there is no room.
 */
struct net_queue_slot *net_queue_put(struct net_queue *queue,
				     const void *frame, uint32_t bytes);

#endif
