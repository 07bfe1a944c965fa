/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - the op table of displays
 */
#include "xen_display.h"

#define BUFFER	OP_RESOURCE("buffer", "buffer", "which")
#define FB	OP_RESOURCE("fb", "fb", "a frame buffer")
#define MS	OP_INT("ms", "how long, at most", 2, 0, 9000, 100, 0, 1000, 4000)

#define ROW_CREATE(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "makes a buffer, and the backend map it",	\
		.args = {						\
			OP_INT("pages", "of it", 1, 0,			\
			       XEN_DISPL_MAX_PAGES + 1, 1, 2, 8,	\
			       XEN_DISPL_MAX_PAGES),			\
			OP_ENUM("by", "who has the pages", "frontend",	\
				"backend"),				\
		},							\
		.nr_args = 2, .produces = "buffer", .weight = 3,	\
		.run = op_create,					\
	}
#define ROW_DESTROY(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "destroys a buffer, at the backend too",	\
		.args = { OP_CONSUMED("buffer", "buffer", "which") },	\
		.nr_args = 1, .weight = 2, .run = op_destroy,		\
	}
#define ROW_ATTACH(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "makes a frame buffer of a buffer",		\
		.args = { BUFFER }, .nr_args = 1, .produces = "fb",	\
		.weight = 3, .run = op_attach,				\
	}
#define ROW_DETACH(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "ends a frame buffer",				\
		.args = { OP_CONSUMED("fb", "fb", "which") },		\
		.nr_args = 1, .weight = 2, .run = op_detach,		\
	}
#define ROW_FLIP(_name, _actor)						\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "asks for a frame buffer to be shown",		\
		.args = { FB }, .nr_args = 1, .weight = 2,		\
		.run = op_flip,						\
	}
#define ROW_WAIT(_name, _actor)						\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "waits until all flips of one are done",	\
		.args = { FB, MS }, .nr_args = 2, .weight = 2,		\
		.run = op_wait,						\
	}
#define ROW_UNBIND(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "takes the driver from its device",		\
		.run = op_unbind,					\
	}

const struct op_arg xen_display_config[XEN_CONFIGS] = {
	OP_ENUM("version", "of the grant table", "v1"),
	OP_LOG2("frames", "of 512 references, that the table may have", 1, 1,
		2),
};

const struct op xen_display_ops[XEN_DISPLAY_NR_OPS] = {
	{
		.name = "connect", .actor = ACTOR_FRONT,
		.help = "waits until the backend is connected",
		.args = { MS }, .nr_args = 1, .weight = 2, .run = op_connect,
	},
	ROW_CREATE("create", ACTOR_FRONT),
	ROW_DESTROY("destroy", ACTOR_FRONT),
	ROW_ATTACH("attach", ACTOR_FRONT),
	ROW_DETACH("detach", ACTOR_FRONT),
	ROW_FLIP("flip", ACTOR_FRONT),
	ROW_WAIT("wait", ACTOR_FRONT),
	{
		.name = "touch", .actor = ACTOR_FRONT,
		.help = "reads or writes a page of a buffer",
		.args = {
			BUFFER,
			OP_INT("page", "of it", 1, 0, XEN_DISPL_MAX_PAGES, 0,
			       1, XEN_DISPL_MAX_PAGES - 1),
			OP_ENUM("what", "to do", "write", "read"),
			OP_HEX("value", "what is written", 4, 0, UINT32_MAX, 1,
			       UINT32_MAX),
		},
		.nr_args = 4, .run = op_touch,
	},
	ROW_UNBIND("unbind", ACTOR_FRONT),
	{
		.name = "bind", .actor = ACTOR_FRONT,
		.help = "gives the device to the driver again",
		.run = op_bind,
	}, {
		.name = "sleep", .actor = ACTOR_FRONT,
		.help = "sleeps, in user space",
		.args = { SLEEP_ARG }, .nr_args = 1, .run = op_sleep,
	},
	ROW_CREATE("other_create", ACTOR_OTHER),
	ROW_DESTROY("other_destroy", ACTOR_OTHER),
	ROW_DETACH("other_detach", ACTOR_OTHER),
	ROW_FLIP("other_flip", ACTOR_OTHER),
	ROW_WAIT("other_wait", ACTOR_OTHER),
	ROW_UNBIND("other_unbind", ACTOR_OTHER),
	{
		.name = "be_close", .actor = ACTOR_PEER,
		.help = "the backend wants to close",
		.run = op_be_close,
	}, {
		.name = "be_die", .actor = ACTOR_PEER,
		.help = "the backend's domain ends",
		.args = {
			OP_ENUM("state", "in the store", "stays", "goes"),
		},
		.nr_args = 1, .run = op_be_die,
	}, {
		.name = "be_start", .actor = ACTOR_PEER,
		.help = "a backend that is not connected begins again",
		.args = {
			OP_ENUM("state", "it says it has", "initialising",
				"initwait"),
		},
		.nr_args = 1, .run = op_be_start,
	}, {
		.name = "unplug", .actor = ACTOR_PEER,
		.help = "who builds domains takes the device away",
		.args = {
			OP_ENUM("what", "of it in the store", "state", "all"),
		},
		.nr_args = 1, .run = op_unplug,
	}, {
		.name = "plug", .actor = ACTOR_PEER,
		.help = "the device is there again",
		.run = op_plug,
	}, {
		.name = "be_deaf", .actor = ACTOR_PEER,
		.help = "the backend looks at nothing for a while",
		.args = {
			OP_INT("ms", "how long", 2, 0, 9000, 2900, 0, 100,
			       3000, 3100, 4000, 9000),
		},
		.nr_args = 1, .weight = 2, .run = op_be_deaf,
	}, {
		.name = "be_refuse", .actor = ACTOR_PEER,
		.help = "the backend refuses what it is asked for next",
		.args = {
			OP_INT("nr", "of requests", 1, 0, 8, 1, 2),
		},
		.nr_args = 1, .run = op_be_refuse,
	}, {
		.name = "be_manners", .actor = ACTOR_PEER,
		.help = "how the backend is from now on",
		.args = {
			OP_ENUM("how", "it is", "tidy", "keeps", "holds-flips",
				"flips-at-once"),
		},
		.nr_args = 1, .run = op_be_manners,
	}, {
		.name = "be_flip", .actor = ACTOR_PEER,
		.help = "the backend says that flips are done",
		.args = {
			FB,
			OP_INT("nr", "of them", 1, 0, 80, 1, 2, 62, 63, 64),
		},
		.nr_args = 2, .weight = 2, .run = op_be_flip,
	}, {
		.name = "be_storm", .actor = ACTOR_PEER,
		.help = "the backend sends events, or touches its state, for "
			"nothing",
		.args = {
			OP_ENUM("port", "of", "answers", "flips", "state"),
			OP_INT("nr", "of them", 1, 1, 100, 1, 2, 100),
		},
		.nr_args = 2, .run = op_be_storm,
	}, {
		.name = "be_state", .actor = ACTOR_PEER,
		.help = "the backend says it has a state it does not have",
		.args = {
			OP_INT("state", "which", 1, 0, 9, 4, 5, 6, 2, 1, 0, 3,
			       9),
		},
		.nr_args = 1, .weight = 2, .run = op_be_state,
	}, {
		.name = "be_cookie", .actor = ACTOR_PEER,
		.help = "the backend tells of a flip of anything",
		.args = {
			OP_HEX("cookie", "what", 8, 0, UINT64_MAX, 1, 2, 3, 0,
			       UINT64_MAX),
		},
		.nr_args = 1, .run = op_be_cookie,
	}, {
		.name = "be_answer", .actor = ACTOR_PEER,
		.help = "the backend answers what it was not asked",
		.args = {
			OP_INT("id", "of the request", 2, 0, UINT16_MAX, 1, 2,
			       3, 4, 0, UINT16_MAX),
			OP_INT("status", "what", 4, 0, UINT32_MAX, 0, 1,
			       UINT32_MAX, INT32_MAX),
		},
		.nr_args = 2, .run = op_be_answer,
	}, {
		.name = "be_index", .actor = ACTOR_PEER,
		.help = "the backend says it has come far",
		.args = {
			OP_ENUM("page", "of", "answers", "flips"),
			OP_HEX("by", "how far", 4, 1, UINT32_MAX, 1, 31, 32,
			       33, 62, 63, 64, 0x80000000, UINT32_MAX),
		},
		.nr_args = 2, .run = op_be_index,
	}, {
		.name = "be_directory", .actor = ACTOR_PEER,
		.help = "the backend writes into the directories it maps",
		.args = {
			OP_INT("word", "of the page", 2, 0, 1023, 0, 1, 2,
			       1023),
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 0,
			       PEER_FIRST_REF, 8, UINT32_MAX),
		},
		.nr_args = 2, .run = op_be_directory,
	},
	XEN_PEER_OPS,
};
