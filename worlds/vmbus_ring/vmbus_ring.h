/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_ring.h - the world of one VMBus channel (private to this folder)
 *
 *	guest                                          host
 *	+--------------------------+                   +----------------+
 *	| thread writer   (vCPU 0) |                   | fiber host     |
 *	| thread reader   (vCPU 1) |                   |                |
 *	|--------------------------|                   |                |
 *	| hv_channel               | upstream ring     |                |
 *	|   ring_buffer.c ---------+------------------>| models/vmbus   |
 *	|   of the tree <----------+------------------ |                |
 *	+--------------------------+ downstream ring   +----------------+
 *
 * The rings are pages of the guest, mapped by it a second time in a row so that
 * a packet never wraps, and known to the host by a GPADL.
 */
#ifndef WORLDS_VMBUS_RING_H
#define WORLDS_VMBUS_RING_H

#include <models/vmbus.h>
#include <worlds/one_host.h>

#include "hv_channel_ioctl.h"

enum vmbus_actor { ACTOR_WRITER, ACTOR_READER, ACTOR_HOST, VMBUS_ACTORS };

/* Nobody waits for longer; the guest waits HV_CHANNEL_WAIT_JIFFIES of 4 ms. */
#define HOST_WAIT_NS		64000000ull

#define STREAM_PACKETS		2048	/* of one direction and program, at most */

/*
 * What has been put into a ring and what has come out (oracle.c). @unknown: a
 * call has failed half way, so nobody can say what should come next.
 */
struct packet_stream {
	const char *name;
	uint32_t nr_sent;
	uint32_t nr_received;
	bool unknown;
	uint8_t words[STREAM_PACKETS];
};

struct vmbus_world {
	struct one_host host;
	struct vmbus_host *vmbus;
	uint64_t file;
	uint64_t moved_ns;		/* a packet, for the last time */
	struct packet_stream to_host;
	struct packet_stream to_guest;
};

static inline struct vmbus_world *vmbus(struct world *world)
{
	return (struct vmbus_world *)world;
}

#define VMBUS_RING_NR_OPS	6
extern const struct op vmbus_ring_ops[VMBUS_RING_NR_OPS];
extern const struct op_arg vmbus_ring_config[];
extern const char *const vmbus_ring_actors[];

int64_t op_guest_write(struct world *world, const uint64_t *args);
int64_t op_guest_read(struct world *world, const uint64_t *args);
int64_t op_guest_drain(struct world *world, const uint64_t *args);
int64_t op_host_write(struct world *world, const uint64_t *args);
int64_t op_host_read(struct world *world, const uint64_t *args);
int64_t op_host_sleep(struct world *world, const uint64_t *args);

/* -- oracle.c -- */

/* The payload of the next packet; false when the program has had too many. */
bool stream_next(struct packet_stream *stream, uint32_t words, uint32_t *payload);
void stream_sent(struct world *world, struct packet_stream *stream);
void stream_received(struct world *world, struct packet_stream *stream,
		     const uint32_t *payload, uint32_t words);

/* An op of that actor has waited in vain: was that right? */
void judge_guest_writer(struct world *world);
void judge_guest_reader(struct world *world);
void judge_host_writer(struct world *world, uint32_t words);
void judge_host_reader(struct world *world);

#endif
