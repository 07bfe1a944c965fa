/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_channel.h - a Linux guest on a VMBus (private to this folder)
 *
 *	guest                                       host
 *	+------------------------------+            +-----------------------+
 *	| threads one, other (vCPU 0,1)|            | fiber host: what it   |
 *	|------------------------------|            | does of its own accord|
 *	| hv_bus  (a driver for all)   |            |-----------------------|
 *	| channel.c, channel_mgmt.c,   | hypercalls | models/vmbus: answers |
 *	| connection.c, hv.c,          |----------->| services: take packets|
 *	| ring_buffer.c of the tree    |<-----------| and complete them     |
 *	+------------------------------+   SynIC    +-----------------------+
 *
 * The guest connects when a thread opens /dev/hv-bus and disconnects when the
 * last has closed it. Devices 0 and 1 are on offer from the beginning, the
 * others and sub-channels when the host says so.
 *
 *	build.c		the world; how host and guest reach each other
 *	guest.c		what the threads do
 *	host.c		services, and what the host does on its own
 *	oracle.c	what must hold
 */
#ifndef WORLDS_VMBUS_CHANNEL_H
#define WORLDS_VMBUS_CHANNEL_H

#include <models/synic.h>
#include <models/vmbus_bus.h>
#include <sim/event.h>
#include <worlds/one_host.h>

#include "hv_bus_ioctl.h"

enum channel_actor { ACTOR_ONE, ACTOR_OTHER, ACTOR_HOST, CHANNEL_ACTORS };
#define NR_THREADS		ACTOR_HOST

#define NR_VCPUS		2
#define NR_DEVICES		4	/* primary channels */
#define NR_SUBS			2	/* sub-channels, of devices 0 and 1 */
#define NR_OFFERS		(NR_DEVICES + NR_SUBS)

/* The guest waits HV_BUS_WAIT_JIFFIES of 4 ms for packets and for room. */
#define GUEST_WAIT_NS		64000000ull

#define STREAM_PACKETS		512	/* of one direction, at most */
#define MAX_REQUESTS		64
#define MAX_IDS			4096	/* of requests in a program */

/*
 * Packets of one sender: word 0 says who and the how-manieth, the others
 * follow from it. @unknown: a call has failed half way, or somebody hostile had
 * his hands in it, so nobody can say what should come next.
 */
struct packet_stream {
	uint32_t nr_sent;
	uint32_t nr_received;
	bool unknown;
	uint8_t words[STREAM_PACKETS];
};

/* One channel, as its service on the host sees it. */
struct service {
	struct channel_world *world;
	struct vmbus_offer *offer;
	unsigned int number;
	int slot;			/* of the guest; -1: not known */
	bool paused;			/* reads nothing */
	bool silent;			/* completes nothing */
	bool close_refused;		/* the guest could not tell of it */
	uint32_t to_send;		/* packets for the guest that wait */
	uint32_t send_words;
	uint32_t nr_owed;		/* completions that are not sent yet */
	uint64_t owed[MAX_REQUESTS];
	struct packet_stream to_guest;
};

/* A packet that has come out of a ring. */
struct received {
	const char *object;
	uint32_t who;
	const uint32_t *payload;
	uint32_t words;
};

/* What may leave the host otherwise than it should, and how. */
enum twisted {
	TWIST_OFFER, TWIST_RESCIND, TWIST_OPEN_RESULT, TWIST_CREATED,
	TWIST_TORNDOWN, TWIST_VERSION, TWIST_UNLOAD, TWIST_MODIFY,
	TWIST_PACKET,
	NR_TWISTED
};

enum twist_how {
	HOW_LATE,			/* the only one an honest host may */
	HOW_LOST,			/* until it turns honest */
	HOW_TWICE,
	HOW_OTHER_ID,
	HOW_REFUSED,
	HOW_SHORT,
	HOW_JUNK,
	NR_HOWS
};

struct twist {
	enum twist_how how;
	uint32_t left;			/* the next so many */
};

#define MAX_KEPT	16
#define MAX_BOGUS	8	/* offers of what there is not */

/* A message that the guest has not got and should have. */
struct kept_message {
	struct sim_event event;		/* first: callbacks cast */
	struct channel_world *world;
	uint32_t bytes;			/* 0: none */
	uint8_t data[VMBUS_MESSAGE_BYTES];
};

/* So often the guest tries to post a message. */
#define DENIED_FOR_GOOD	100

struct channel_world {
	struct one_host host;
	struct synic *synic;
	struct vmbus_bus *bus;
	struct sim_event slot_free;
	struct sim_event monitor;
	uint64_t monitor_ns;		/* until it is looked at again */
	struct service services[NR_OFFERS];
	bool hostile;
	bool rescinded;			/* an offer was taken back */
	bool has_subs;			/* there were sub-channels */
	bool twins;			/* two channels had one number */
	bool healed;
	uint32_t deny;			/* messages that are not taken */
	uint32_t denied;		/* those that were not */
	struct twist twists[NR_TWISTED];
	struct kept_message kept[MAX_KEPT];
	uint32_t bogus[MAX_BOGUS];	/* their numbers */
	uint32_t nr_bogus;
	bool managed[HV_BUS_SLOTS];	/* the guest's bus gives out ids */
	int64_t files[NR_THREADS];	/* of /dev/hv-bus, or -1 */
	uint64_t moved_ns;		/* a packet, for the last time */
	struct packet_stream from[HV_BUS_SLOTS][NR_THREADS];
	uint64_t next_id;		/* of requests */
	uint64_t requests[MAX_IDS / 64]; /* a bit each: under way */
};

static inline struct channel_world *channel(struct world *world)
{
	return (struct channel_world *)world;
}

#define VMBUS_CHANNEL_NR_OPS	29
extern const struct op vmbus_channel_ops[VMBUS_CHANNEL_NR_OPS];
extern const struct op_arg vmbus_channel_config[];
extern const char *const vmbus_channel_actors[];

/* -- guest.c; the thread is the actor whose op it is -- */

int64_t op_connect(struct world *world, const uint64_t *args);
int64_t op_disconnect(struct world *world, const uint64_t *args);
int64_t op_open(struct world *world, const uint64_t *args);
int64_t op_close(struct world *world, const uint64_t *args);
int64_t op_send(struct world *world, const uint64_t *args);
int64_t op_receive(struct world *world, const uint64_t *args);
int64_t op_establish(struct world *world, const uint64_t *args);
int64_t op_teardown(struct world *world, const uint64_t *args);
int64_t op_retarget(struct world *world, const uint64_t *args);

/* -- host.c -- */

void host_init(struct channel_world *w);
void host_violation(void *arg, const char *rule, const char *why);
/* A packet in band has come to the guest. */
void guest_received(struct channel_world *w,
		    const struct hv_bus_packet *packet);
/* The host's part in coming to rest: honest from now on, owes nothing. */
void host_heal(struct channel_world *w);

int64_t op_offer(struct world *world, const uint64_t *args);
int64_t op_rescind(struct world *world, const uint64_t *args);
int64_t op_host_send(struct world *world, const uint64_t *args);
int64_t op_host_sleep(struct world *world, const uint64_t *args);
int64_t op_slow(struct world *world, const uint64_t *args);
int64_t op_deny(struct world *world, const uint64_t *args);
int64_t op_event(struct world *world, const uint64_t *args);

/* -- hostile.c: what an honest host never does -- */

void hostile_init(struct channel_world *w);
void host_outgoing(void *arg, struct vmbus_outgoing *out);
/* The guest gets all that it should have got. */
void hostile_heal(struct channel_world *w);
/* Is there a channel of that number that the host has made up? */
void note_twins(struct channel_world *w, uint32_t relid);

int64_t op_twist(struct world *world, const uint64_t *args);
int64_t op_poke(struct world *world, const uint64_t *args);
int64_t op_message(struct world *world, const uint64_t *args);
int64_t op_complete(struct world *world, const uint64_t *args);

/* -- oracle.c -- */

/* The payload of the next packet; false when there have been too many. */
bool stream_next(struct packet_stream *stream, uint32_t who, uint32_t words,
		 uint32_t *payload);
void stream_sent(struct channel_world *w, struct packet_stream *stream);
void stream_received(struct channel_world *w, struct packet_stream *stream,
		     const struct received *got);
void request_sent(struct channel_world *w, uint64_t id);
void request_completed(struct channel_world *w,
		       const struct hv_bus_packet *packet);

/* Nothing the host may use has been freed by the guest. */
void judge_frames(struct channel_world *w);

/* An op of a thread has waited in vain: was that right? */
void judge_reader(struct world *world, uint32_t slot);
/* A call has returned @rc. */
void judge_failure(struct channel_world *w, int64_t rc);
void judge_writer(struct world *world, uint32_t slot);

/* All is quiet, everything is closed or not. */
void judge_rest(struct channel_world *w);

#endif
