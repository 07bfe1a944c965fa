/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races.h - the world of races (private to this folder)
 *
 *	vCPU 0                        vCPU 1
 *	+--------------------------+--------------------------+
 *	| thread first             | thread second            |  one process
 *	+--------------------------+--------------------------+
 *	| /dev/races: pollers, sessions, commands, a ring     |  one kernel
 *	| its workers, timers and RCU callbacks, on both      |
 *	+-----------------------------------------------------+
 *
 * What one thread sets up the other uses or takes away, so most programs have
 * something that could race.
 */
#ifndef WORLDS_RACES_H
#define WORLDS_RACES_H

#include <worlds/one_host.h>

#include "races_ioctl.h"

enum races_actor { ACTOR_FIRST, ACTOR_SECOND, RACES_ACTORS };

#define RING_HISTORY	1024	/* packets of one program, at most */

struct races_world {
	struct one_host host;
	uint64_t file;			/* of /dev/races, open from the start */
	uint32_t nr_sent;		/* packets that the ring has taken */
	uint32_t nr_received;
	bool ring_unknown;		/* a call failed half way */
	uint8_t length[RING_HISTORY];	/* in words, of those sent */
};

static inline struct races_world *races(struct world *world)
{
	return (struct races_world *)world;
}

#define RACES_NR_OPS	16
extern const struct op races_ops[RACES_NR_OPS];
extern const char *const races_actors[];

int64_t op_poller_start(struct world *world, const uint64_t *args);
int64_t op_poller_kick(struct world *world, const uint64_t *args);
int64_t op_poller_stop(struct world *world, const uint64_t *args);
int64_t op_session_set(struct world *world, const uint64_t *args);
int64_t op_session_del(struct world *world, const uint64_t *args);
int64_t op_session_get(struct world *world, const uint64_t *args);
int64_t op_session_use(struct world *world, const uint64_t *args);
int64_t op_command_submit(struct world *world, const uint64_t *args);
int64_t op_command_answer(struct world *world, const uint64_t *args);
int64_t op_channel_exchange(struct world *world, const uint64_t *args);
int64_t op_channel_answer(struct world *world, const uint64_t *args);
int64_t op_ring_send(struct world *world, const uint64_t *args);
int64_t op_ring_receive(struct world *world, const uint64_t *args);
int64_t op_sleep(struct world *world, const uint64_t *args);

#endif
