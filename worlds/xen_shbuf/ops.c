/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - buffers, and what a backend does with them: the op table
 *
 * A page of a directory holds 1023 references, and counts of references have 16
 * bits.
 */
#include "xen_shbuf.h"

#define BUFFER	OP_RESOURCE("buffer", "buffer", "which")
#define PAGES								\
	OP_INT("pages", "of the buffer", 2, 1, 4200, 1, 2, 3, 4, 8, 1023, \
	       1024, 2046)
/* Each needs a hole of its own. */
#define HOLES								\
	OP_INT("pages", "of the buffer", 1, 1, 120, 1, 2, 8, 16, 17, 33)
#define MODE	OP_ENUM("pages_of", "whose they are", "frontend", "backend")
#define WORD	OP_INT("word", "of the page", 2, 0, 1023, 0, 1, 1023)
#define VALUE	OP_HEX("value", "what", 4, 0, UINT32_MAX, 1, 0, UINT32_MAX)

#define ROW_ALLOC(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "makes a buffer of ours and its directory",	\
		.args = { PAGES }, .nr_args = 1,			\
		.produces = "buffer", .run = op_alloc,			\
	}
#define ROW_RESERVE(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "makes a directory for pages of the backend",	\
		.args = { HOLES }, .nr_args = 1,			\
		.produces = "buffer", .weight = 2, .run = op_reserve,	\
	}
#define ROW_FREE(_name, _actor)						\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "frees a buffer, unmapping it",			\
		.args = { OP_CONSUMED("buffer", "buffer", "which") },	\
		.nr_args = 1, .weight = 2, .run = op_free,		\
	}
#define ROW_MAP(_name, _actor, _help, _fn)				\
	{								\
		.name = _name, .actor = _actor, .help = _help,		\
		.args = { BUFFER }, .nr_args = 1, .weight = 2,		\
		.run = _fn,						\
	}

const struct op_arg xen_shbuf_config[XEN_CONFIGS] = {
	OP_ENUM("version", "of the grant table", "v1"),
	OP_LOG2("frames", "of 512 references, that the table may have", 1, 3,
		4, 2, 8),
};

const struct op xen_shbuf_ops[XEN_SHBUF_NR_OPS] = {
	ROW_ALLOC("alloc", ACTOR_FRONT),
	ROW_RESERVE("reserve", ACTOR_FRONT),
	{
		.name = "alloc_odd", .actor = ACTOR_FRONT, .abuse = true,
		.help = "makes a buffer of no pages, of less, or of many",
		.args = {
			OP_ENUM("pages", "of the buffer", "zero", "minus_one",
				"min", "sixteen_bits"),
			MODE,
		},
		.nr_args = 2, .produces = "buffer", .run = op_alloc_odd,
	},
	ROW_MAP("map", ACTOR_FRONT, "maps what the backend has", op_map),
	ROW_MAP("unmap", ACTOR_FRONT, "unmaps it", op_unmap),
	ROW_FREE("free", ACTOR_FRONT),
	{
		.name = "touch", .actor = ACTOR_FRONT,
		.help = "reads or writes a page of the buffer",
		.args = {
			BUFFER,
			OP_INT("page", "of it", 2, 0, 4199, 0, 1, 1022, 1023),
			OP_ENUM("what", "to do", "write", "read"), WORD, VALUE,
		},
		.nr_args = 5, .run = op_touch,
	}, {
		.name = "sleep", .actor = ACTOR_FRONT,
		.help = "sleeps, in user space",
		.args = { SLEEP_ARG }, .nr_args = 1, .run = op_sleep,
	},
	ROW_ALLOC("other_alloc", ACTOR_OTHER),
	ROW_RESERVE("other_reserve", ACTOR_OTHER),
	ROW_FREE("other_free", ACTOR_OTHER),
	ROW_MAP("other_map", ACTOR_OTHER, "maps what the backend has", op_map),
	{
		.name = "peer_fill", .actor = ACTOR_PEER,
		.help = "the backend writes its grants into the directory",
		.args = {
			BUFFER,
			OP_INT("nr", "references", 2, 0, 4200, 4200, 0, 1, 2,
			       1023),
			OP_INT("slots", "of its own that repeat", 1, 1,
			       PEER_SLOTS, PEER_SLOTS, 1),
			OP_ENUM("then", "with the directory", "unmap", "keep"),
		},
		.nr_args = 4, .weight = 3, .run = op_peer_fill,
	}, {
		.name = "peer_walk", .actor = ACTOR_PEER,
		.help = "the backend follows the directory and maps a page",
		.args = {
			BUFFER,
			OP_INT("page", "of the buffer, or of the directory", 2,
			       0, 4199, 0, 1, 1022, 1023),
			OP_ENUM("of", "which it maps", "buffer", "directory"),
		},
		.nr_args = 3, .produces = "view", .weight = 3,
		.run = op_peer_walk,
	},
	XEN_PEER_OPS,
};
