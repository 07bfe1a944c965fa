/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races.h - the world of races (private to this folder)
 *
 *	vCPU 0                        vCPU 1
 *	+--------------------------+--------------------------+
 *	| thread first             | thread second            |  one process
 *	+--------------------------+--------------------------+
 *	| /dev/races: pollers, sessions, commands, a ring,    |  one kernel
 *	| a tracker of dirty pages;                           |
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

/*
 * Pages of the tracker of which is known that they are in the next report, that
 * they may be, that somebody marks them now, that were reported since that
 * began, and that somebody marked since a report began.
 */
struct tracker_reference {
	uint64_t stops;			/* begun and ended */
	uint64_t sure[RACES_PAGES / 64];
	uint64_t possible[RACES_PAGES / 64];
	uint64_t marking[RACES_PAGES / 64];
	uint64_t reported[RACES_PAGES / 64];
	uint64_t meanwhile[RACES_PAGES / 64];
};

struct races_world {
	struct one_host host;
	uint64_t file;			/* of /dev/races, open from the start */
	uint32_t nr_sent;		/* packets that the ring has taken */
	uint32_t nr_received;
	bool ring_unknown;		/* a call failed half way */
	uint8_t length[RING_HISTORY];	/* in words, of those sent */
	struct tracker_reference tracker;
};

static inline struct races_world *races(struct world *world)
{
	return (struct races_world *)world;
}

#define RACES_NR_OPS	20
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
int64_t op_tracker_start(struct world *world, const uint64_t *args);
int64_t op_tracker_mark(struct world *world, const uint64_t *args);
int64_t op_tracker_report(struct world *world, const uint64_t *args);
int64_t op_tracker_stop(struct world *world, const uint64_t *args);
int64_t op_sleep(struct world *world, const uint64_t *args);

#endif
