/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue.c - frames that wait, in order
 *
 * FAULT MODEL
 *
 * None: what is put in comes out unchanged and in order.
 */
#include <sim/bulk.h>

#include "queue.h"

struct net_queue_slot *net_queue_put(struct net_queue *queue,
				     const void *frame, uint32_t bytes)
{
	struct net_queue_slot *slot = net_queue_at(queue, queue->tail);
	uint32_t page = queue->first_frame + queue->tail % queue->size;

	if (net_queue_nr(queue) == queue->size)
		return NULL;
	/* A page that has been used once stays in use. */
	sim_frames_set_class(queue->memory, page, 1, SIM_FRAME_COLD);
	sim_frames_touch(queue->memory, page, 1);
	sim_bulk_copy(sim_frame_data(queue->memory, page), frame, bytes);
	*slot = (struct net_queue_slot){ .bytes = bytes };
	queue->tail++;
	return slot;
}
