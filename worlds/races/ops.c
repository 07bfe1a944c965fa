/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - the op table of the world of races
 *
 * The first thread mostly sets up, the second mostly takes away; what both may
 * do has a row for each. Ranges are small on purpose: slots, tags and times
 * must meet. Time in the kernel is in jiffies of 4 ms.
 */
#include "races.h"

#define SLOT_ARG							\
	OP_INT("slot", "where it is kept", 1, 0, RACES_SLOTS - 1, 0, 1)
#define JIFFIES_ARG(_name, _help)					\
	OP_INT(_name, _help, 1, 0, RACES_MAX_JIFFIES, 2, 0, 1, 3)
/* Ends with a jiffy, or just before one: an answer is read for RACES_ANSWER_US. */
#define SLEEP_ARG							\
	OP_INT("us", "how long", 2, 0, 64000, 4000, 0, 3995, 7995,	\
	       8000, 12000)
#define TAG_ARG	OP_INT("tag", "tells requests apart", 1, 0, 7, 0, 1)
#define PACKETS_ARG							\
	OP_INT("packets", "how many", 1, 1, RACES_MAX_PACKETS, 8, 1, 2)

const char *const races_actors[] = {
	[ACTOR_FIRST] = "first", [ACTOR_SECOND] = "second", NULL,
};

const struct op races_ops[RACES_NR_OPS] = {
	{
		.name = "poller_start", .actor = ACTOR_FIRST,
		.help = "work that samples every few jiffies",
		.args = {
			SLOT_ARG,
			JIFFIES_ARG("period", "from one sample to the next"),
			OP_INT("rounds", "samples it takes", 1, 0,
			       RACES_MAX_JIFFIES, 3, 0, 1, 2),
		},
		.nr_args = 3, .run = op_poller_start,
	}, {
		.name = "poller_kick", .actor = ACTOR_FIRST,
		.help = "asks for a sample at once",
		.args = { SLOT_ARG }, .nr_args = 1, .run = op_poller_kick,
	}, {
		.name = "poller_stop", .actor = ACTOR_SECOND,
		.help = "ends a poller and frees it",
		.args = { SLOT_ARG }, .nr_args = 1, .run = op_poller_stop,
	}, {
		.name = "session_set", .actor = ACTOR_FIRST,
		.help = "replaces a session",
		.args = {
			SLOT_ARG,
			OP_HEX("value", "what it says", 4, 0, UINT32_MAX, 1,
			       0, UINT32_MAX),
		},
		.nr_args = 2, .run = op_session_set,
	}, {
		.name = "session_del", .actor = ACTOR_FIRST,
		.help = "removes a session",
		.args = { SLOT_ARG }, .nr_args = 1, .run = op_session_del,
	}, {
		.name = "session_get", .actor = ACTOR_SECOND,
		.help = "reads a session under RCU",
		.args = { SLOT_ARG }, .nr_args = 1, .run = op_session_get,
	}, {
		.name = "session_use", .actor = ACTOR_SECOND,
		.help = "keeps a session for a while, then reads it",
		.args = {
			SLOT_ARG, JIFFIES_ARG("hold", "how long it keeps it"),
		},
		.nr_args = 2, .run = op_session_use,
	}, {
		.name = "session_hold", .actor = ACTOR_FIRST,
		.help = "session_use by the other thread",
		.args = {
			SLOT_ARG, JIFFIES_ARG("hold", "how long it keeps it"),
		},
		.nr_args = 2, .run = op_session_use,
	}, {
		.name = "command_submit", .actor = ACTOR_FIRST,
		.help = "a command on the stack that waits for its answer",
		.args = {
			TAG_ARG, JIFFIES_ARG("timeout", "it waits no longer"),
		},
		.nr_args = 2, .run = op_command_submit,
	}, {
		.name = "command_answer", .actor = ACTOR_SECOND,
		.help = "answers the oldest command of that tag",
		.args = { TAG_ARG }, .nr_args = 1, .run = op_command_answer,
	}, {
		.name = "channel_exchange", .actor = ACTOR_FIRST,
		.help = "a request on a channel that has one completion",
		.args = {
			TAG_ARG, JIFFIES_ARG("timeout", "it waits no longer"),
		},
		.nr_args = 2, .run = op_channel_exchange,
	}, {
		.name = "channel_answer", .actor = ACTOR_SECOND,
		.help = "answers the request if it has that tag",
		.args = { TAG_ARG }, .nr_args = 1, .run = op_channel_answer,
	}, {
		.name = "ring_send", .actor = ACTOR_FIRST,
		.help = "sends packets, waits for room",
		.args = {
			PACKETS_ARG,
			OP_INT("words", "of each, with its length", 1, 1,
			       RACES_MAX_WORDS, 4, 1, 8),
		},
		.nr_args = 2, .run = op_ring_send,
	}, {
		.name = "ring_receive", .actor = ACTOR_SECOND,
		.help = "receives packets, waits for them",
		.args = { PACKETS_ARG },
		.nr_args = 1, .run = op_ring_receive,
	}, {
		.name = "tracker_start", .actor = ACTOR_FIRST,
		.help = "begins to track dirty pages",
		.run = op_tracker_start,
	}, {
		.name = "tracker_mark", .actor = ACTOR_FIRST, .weight = 3,
		.help = "pages become dirty",
		.args = {
			OP_INT("first", "of the pages", 2, 0, RACES_PAGES, 0, 1,
			       63, 64, RACES_PAGES - 1, RACES_PAGES),
			OP_INT("pages", "how many", 1, 0, 70, 1, 2, 64, 65),
		},
		.nr_args = 2, .run = op_tracker_mark,
	}, {
		.name = "tracker_report", .actor = ACTOR_SECOND, .weight = 3,
		.help = "reads which pages are dirty; they are clean then",
		.run = op_tracker_report,
	}, {
		.name = "tracker_stop", .actor = ACTOR_SECOND,
		.help = "ends it", .run = op_tracker_stop,
	}, {
		.name = "first_sleep", .actor = ACTOR_FIRST,
		.help = "sleeps, in user space",
		.args = { SLEEP_ARG },
		.nr_args = 1, .run = op_sleep,
	}, {
		.name = "second_sleep", .actor = ACTOR_SECOND,
		.help = "sleeps, in user space",
		.args = { SLEEP_ARG },
		.nr_args = 1, .run = op_sleep,
	},
};
