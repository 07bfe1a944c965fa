/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - grants, references and mappings: the op table
 *
 * A table of one frame has 504 references to give (version 1) or 248 (version 2),
 * so lists of about that many leave few or none, and one more makes it grow.
 */
#include "xen_gnttab.h"

#define HOW_END	OP_ENUM("how", "it is ended", "free", "keep", "try", "ref")
#define HOW_UNMAP OP_ENUM("how", "it is unmapped", "now", "sync", "async")
#define RIGHTS	OP_ENUM("rights", "of the peer", "write", "read")
#define NR_REFS								\
	OP_INT("nr", "references", 2, 0, 2100, 1, 0, 2, 8, 247, 248, 249,	\
	       503, 504, 505, 1016, 1017)
#define WORD	OP_INT("word", "of the page", 2, 0, 1023, 0, 1, 1023)
#define VALUE	OP_HEX("value", "what", 4, 0, UINT32_MAX, 1, 0, UINT32_MAX)

#define ROW_GRANT(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "grants a page",				\
		.args = { RIGHTS }, .nr_args = 1, .produces = "grant",	\
		.weight = 2, .run = op_grant,				\
	}
#define ROW_END(_name, _actor)						\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "ends a grant, and its page",			\
		.args = {						\
			/* Not consumed: the peer may come just then. */ \
			OP_RESOURCE("grant", "grant", "what is granted"), \
			HOW_END,					\
		},							\
		.nr_args = 2, .weight = 2, .run = op_end,		\
	}
#define ROW_LIST(_name, _actor)						\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "reserves references",				\
		.args = { NR_REFS }, .nr_args = 1,			\
		.produces = "list", .run = op_list,			\
	}
#define ROW_UNLIST(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "gives reserved references back",		\
		.args = { OP_CONSUMED("list", "list", "them") },	\
		.nr_args = 1, .run = op_unlist,				\
	}
#define ROW_NOTIFY(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "asks to be told when references are free",	\
		.args = {						\
			NR_REFS, OP_ENUM("what", "to do", "ask", "cancel"), \
		},							\
		.nr_args = 2, .run = op_notify,				\
		.no_contract = "when it is told",			\
	}
#define ROW_UNMAP(_name, _actor)					\
	{								\
		.name = _name, .actor = _actor,				\
		.help = "unmaps a batch",				\
		.args = {						\
			OP_CONSUMED("batch", "batch", "what is mapped"), \
			HOW_UNMAP,					\
		},							\
		.nr_args = 2, .weight = 2, .run = op_unmap,		\
	}

const struct op_arg xen_gnttab_config[XEN_CONFIGS] = { XEN_CONFIG };

const struct op xen_gnttab_ops[XEN_GNTTAB_NR_OPS] = {
	ROW_GRANT("grant", ACTOR_FRONT),
	{
		.name = "grant_listed", .actor = ACTOR_FRONT,
		.help = "grants a page by a reserved reference",
		.args = {
			OP_RESOURCE("list", "list", "where it is from"),
			RIGHTS,
		},
		.nr_args = 2, .produces = "grant", .weight = 2,
		.run = op_grant_listed,
	},
	ROW_END("end", ACTOR_FRONT),
	ROW_LIST("list", ACTOR_FRONT),
	{
		.name = "row", .actor = ACTOR_FRONT,
		.help = "reserves references that follow one another",
		.args = { NR_REFS }, .nr_args = 1,
		.produces = "list", .run = op_row,
	},
	ROW_UNLIST("unlist", ACTOR_FRONT),
	ROW_NOTIFY("notify", ACTOR_FRONT),
	{
		.name = "map", .actor = ACTOR_FRONT,
		.help = "maps what the peer offers, into holes",
		.args = {
			OP_RESOURCE("offer", "offer", "the first"),
			OP_INT("nr", "how many", 1, 1, XEN_GNT_BATCH, 2, 1,
			       XEN_GNT_BATCH),
			OP_ENUM("rights", "asked for", "write", "read"),
		},
		.nr_args = 3, .produces = "batch", .weight = 2, .run = op_map,
	}, {
		.name = "map_ref", .actor = ACTOR_FRONT,
		.help = "maps what nobody has offered",
		.args = {
			OP_INT("ref", "any", 4, 0, 1024, PEER_FIRST_REF, 0,
			       511, 512),
		},
		.nr_args = 1, .produces = "batch", .run = op_map_ref,
	},
	ROW_UNMAP("unmap", ACTOR_FRONT),
	{
		.name = "hold", .actor = ACTOR_FRONT,
		.help = "somebody else has a mapped page for a while",
		.args = {
			OP_RESOURCE("batch", "batch", "what is mapped"),
			OP_INT("page", "of it", 1, 0, XEN_GNT_BATCH - 1, 0, 1),
			OP_INT("jiffies", "how long", 1, 0, 20, 2, 0, 20),
		},
		.nr_args = 3, .weight = 2, .run = op_hold,
	}, {
		.name = "touch", .actor = ACTOR_FRONT,
		.help = "reads or writes what is mapped",
		.args = {
			OP_RESOURCE("batch", "batch", "what is mapped"),
			OP_INT("page", "of it", 1, 0, XEN_GNT_BATCH - 1, 0, 1),
			OP_ENUM("what", "to do", "write", "read"), WORD, VALUE,
		},
		.nr_args = 5, .run = op_touch,
	}, {
		.name = "touch_granted", .actor = ACTOR_FRONT,
		.help = "reads or writes what is granted",
		.args = {
			OP_RESOURCE("grant", "grant", "what is granted"),
			OP_ENUM("what", "to do", "write", "read"), WORD, VALUE,
		},
		.nr_args = 4, .run = op_touch_granted,
	}, {
		.name = "copy", .actor = ACTOR_FRONT,
		.help = "has the hypervisor copy between two pages",
		.args = {
			OP_RESOURCE("offer", "offer", "of the peer"),
			OP_RESOURCE("grant", "grant", "a page of ours"),
			OP_ENUM("way", "it goes", "from", "to"),
			OP_INT("offset", "in both", 2, 0, 4096, 0, 4088, 4096),
			OP_INT("bytes", "of each copy", 2, 0, 4097, 8, 0, 4096,
			       4097),
			OP_INT("nr", "copies", 1, 0, XEN_GNT_BATCH, 1, 0,
			       XEN_GNT_BATCH),
		},
		.nr_args = 6, .run = op_copy,
	}, {
		.name = "sleep", .actor = ACTOR_FRONT,
		.help = "sleeps, in user space",
		.args = { SLEEP_ARG }, .nr_args = 1, .run = op_sleep,
	},
	ROW_GRANT("other_grant", ACTOR_OTHER),
	ROW_END("other_end", ACTOR_OTHER),
	ROW_LIST("other_list", ACTOR_OTHER),
	ROW_UNLIST("other_unlist", ACTOR_OTHER),
	ROW_NOTIFY("other_notify", ACTOR_OTHER),
	ROW_UNMAP("other_unmap", ACTOR_OTHER),
	{
		.name = "peer_map", .actor = ACTOR_PEER,
		.help = "the peer maps a grant, while it is one or later",
		.args = {
			OP_RESOURCE("grant", "grant", "what is granted"),
			OP_ENUM("rights", "asked for", "read", "write"),
		},
		.nr_args = 2, .produces = "view", .weight = 3,
		.run = op_peer_map_grant,
	},
	XEN_PEER_OPS,
};
