/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - what domains and tools do: the op table
 *
 * Both CPUs have the same ops, those of cpu1 with "other_" in front; the tools
 * have what a guest does without the hypervisor, beside their own.
 */
#include "xen_hypervisor.h"

/* Mostly the same one: where two meet it is about what one of them has. */
#define DOMAIN(_name, _help)						\
	OP_MOSTLY(_name, _help, OP_NAMES("d1", "d2", "d3"), OP_VALUES(0))
#define BY(_help)							\
	OP_MOSTLY("by", _help, OP_NAMES("grantee", "d1", "d2", "d3"),	\
		  OP_VALUES(0))
#define REF(_name, _help)						\
	OP_INT(_name, _help, 2, 0, 1100, 8, 511, 256, 0, 1, 7, 9, 255,	\
	       256, 511, 512, 1023, 1024)
#define GFN(_name, _help)						\
	OP_INT(_name, _help, 1, 0, OP_GFNS - 1, 0, 1, 2, 7, GFN_HOLES,	\
	       GFN_HOLES + 1, GFN_TABLE, GFN_STATUS)
#define HOLE	OP_INT("hole", "where it goes", 1, 0, OP_GFNS - 1,	\
		       GFN_HOLES, GFN_HOLES + 1, GFN_HOLES + 2,		\
		       GFN_HOLES + 3, GFN_HOLES + 4, GFN_HOLES + 8,	\
		       GFN_HOLES + 15, 0, 63)

#define ROW_GUEST(_prefix, _actor)					\
	{								\
		.name = _prefix "grant", .actor = _actor,		\
		.help = "a guest grants a frame, a part, another's grant", \
		.args = {						\
			DOMAIN("of", "who grants"), REF("ref", "by which"), \
			OP_MOSTLY("to", "who may",			\
				  OP_NAMES("d1", "d2", "d3"),		\
				  OP_VALUES(1)),			\
			OP_MOSTLY("how", "what it is",			\
				  OP_NAMES("write", "read", "part-write", \
					   "part-read", "pass-write",	\
					   "pass-read", "accept"),	\
				  OP_VALUES(0, 0, 1)),			\
			OP_INT("frame", "or the other's reference", 1, 0, \
			       OP_GFNS - 1, 0, 1, 2, 3, 4, 5, 6, 7, 0,	\
			       1, 2, 3, GFN_TABLE, GFN_STATUS, 63),	\
			OP_HEX("part", "offset, length; or whose", 4, 0, \
			       UINT32_MAX, 0x01000000, 0, 1, 2, 3,	\
			       0x10000000, 0x00100ff0, 0x00110ff0,	\
			       0x08000800),				\
		},							\
		.nr_args = 6, .produces = "grant", .weight = 4,		\
		.run = op_grant,					\
	}, {								\
		.name = _prefix "pass_on", .actor = _actor,		\
		.help = "a guest grants what it has been granted",	\
		.args = {						\
			OP_RESOURCE("grant", "grant", "what"),		\
			REF("ref", "by which"),				\
			OP_MOSTLY("to", "who may",			\
				  OP_NAMES("d1", "d2", "d3"),		\
				  OP_VALUES(2)),			\
			OP_ENUM("rights", "of that one", "write", "read"), \
		},							\
		.nr_args = 4, .produces = "grant", .weight = 2,		\
		.run = op_pass_on,					\
	}, {								\
		.name = _prefix "end", .actor = _actor,			\
		.help = "a guest takes a grant back, if nobody uses it", \
		.args = { OP_RESOURCE("grant", "grant", "which") },	\
		.nr_args = 1, .weight = 2, .run = op_end,		\
	}, {								\
		.name = _prefix "regrant", .actor = _actor,		\
		.help = "a guest puts another frame into an entry",	\
		.args = {						\
			OP_RESOURCE("grant", "grant", "which"),		\
			OP_INT("frame", "what it stands for", 1, 0,	\
			       OP_GFNS - 1, 1, 0, 2, 3, 63),		\
		},							\
		.nr_args = 2, .weight = 3, .run = op_regrant,		\
	}, {								\
		.name = _prefix "scribble", .actor = _actor,		\
		.help = "a guest writes anything into its table",	\
		.args = {						\
			DOMAIN("of", "whose"), REF("ref", "which"),	\
			OP_HEX("flags", "GTF_*", 2, 0, 0xffff, 1, 0, 5,	\
			       9, 25, 257, 3, 2, 0xffff),		\
			OP_HEX("domid", "who may", 2, 0, 0xffff, 2, 1, 3, \
			       0, 4, 0x7ff0),				\
			OP_HEX("frame", "what", 8, 0, UINT64_MAX, 0, 1,	\
			       GFN_TABLE, GFN_STATUS, 511, 512,		\
			       UINT32_MAX, UINT64_MAX),			\
		},							\
		.nr_args = 5, .run = op_scribble,			\
	}, {								\
		.name = _prefix "touch", .actor = _actor,		\
		.help = "a guest reads or writes memory",		\
		.args = {						\
			DOMAIN("of", "who"), GFN("gfn", "where"),	\
			OP_ENUM("what", "it does", "read", "write"),	\
			OP_INT("word", "of the frame", 2, 0, 1023, 0, 1, \
			       16, 17, 32, 1023),			\
			OP_HEX("value", "what", 4, 0, 0x5fffffff, 1, 0,	\
			       0x20001, 0x20005, 0x20009),		\
		},							\
		.nr_args = 5, .weight = 2, .run = op_touch,		\
	}
#define ROW_MAPS(_prefix, _actor)					\
	{								\
		.name = _prefix "map", .actor = _actor,			\
		.help = "maps a grant, or tries to",			\
		.args = {						\
			OP_RESOURCE("grant", "grant", "what"),		\
			BY("who maps"),					\
			OP_MOSTLY("how", "flags",			\
				  OP_NAMES("write", "read", "device-write", \
					   "device-read", "both-write",	\
					   "both-read", "none", "pte"),	\
				  OP_VALUES(0, 1, 4, 5)),		\
			HOLE,						\
			OP_INT("nr", "times, in one batch", 1, 1, 8, 1,	\
			       2, 3),					\
		},							\
		.nr_args = 5, .produces = "view", .weight = 6,		\
		.run = op_map,						\
	}, {								\
		.name = _prefix "map_any", .actor = _actor,		\
		.help = "maps what nobody has spoken of",		\
		.args = {						\
			DOMAIN("by", "who maps"),			\
			OP_INT("dom", "of whom", 2, 0, 0x7fff, 1, 1, 1,	\
			       2, 3, 0, 4, 0x7ff0, 0x7fff),		\
			OP_INT("ref", "which", 4, 0, UINT32_MAX, 8, 0,	\
			       255, 256, 511, 512, 1024, UINT32_MAX),	\
			OP_HEX("flags", "GNTMAP_*", 4, 0, UINT32_MAX, 2, \
			       2, 2, 6, 0, 1, 3, 6, 7, 8, 16, 18,	\
			       0x10002, UINT32_MAX),			\
			OP_HEX("address", "where", 8, 0, UINT64_MAX,	\
			       0x10000, 0x11000, 0x10001, 0, 0x200000,	\
			       UINT64_MAX),				\
			OP_INT("nr", "times, in one batch", 1, 1, 8, 1,	\
			       2, 8),					\
		},							\
		.nr_args = 6, .produces = "view", .run = op_map_any,	\
	}, {								\
		.name = _prefix "map_edge", .actor = _actor,		\
		.help = "maps where a table may end",			\
		.args = {						\
			DOMAIN("of", "whose table"),			\
			DOMAIN("by", "who maps"),			\
			OP_INT("ref", "which", 2, 255, 2048, 511, 256,	\
			       255, 512, 1023, 1024),			\
			OP_INT("nr", "times, in one batch", 1, 1, 8, 8, \
			       1, 4),					\
		},							\
		.nr_args = 4, .produces = "view", .weight = 2,		\
		.run = op_map_edge,					\
	}, {								\
		.name = _prefix "unmap", .actor = _actor,		\
		.help = "unmaps a mapping, or a half of it",		\
		.args = {						\
			/* Not consumed: again is worth trying. */	\
			OP_RESOURCE("view", "view", "what"),		\
			OP_MOSTLY("what", "of it",			\
				  OP_NAMES("host", "device", "both", "none", \
					   "elsewhere"),		\
				  OP_VALUES(2, 0, 1)),			\
			OP_MOSTLY("by", "whose handle",			\
				  OP_NAMES("owner", "other"),		\
				  OP_VALUES(0)),			\
			OP_INT("nr", "times, in one batch", 1, 1, 10, 1, \
			       2, 8, 9),				\
		},							\
		.nr_args = 4, .weight = 6, .run = op_unmap,		\
	}, {								\
		.name = _prefix "unmap_any", .actor = _actor,		\
		.help = "unmaps any handle",				\
		.args = {						\
			DOMAIN("by", "who"),				\
			OP_INT("handle", "which", 4, 0, UINT32_MAX, 0, 1, \
			       2, 255, 256, 1024, UINT32_MAX),		\
			HOLE,						\
			OP_HEX("bus", "address of the device's half", 8, \
			       0, UINT64_MAX, 0, 1, 0x10000),		\
		},							\
		.nr_args = 4, .run = op_unmap_any,			\
	}, {								\
		.name = _prefix "replace", .actor = _actor,		\
		.help = "unmaps, and asks for something in its place",	\
		.args = {						\
			OP_RESOURCE("view", "view", "what"),		\
			OP_INT("new", "what goes there", 1, 0,		\
			       OP_GFNS - 1, 0, 1, 17),			\
		},							\
		.nr_args = 2, .run = op_replace,			\
	}
#define ROW_COPIES(_prefix, _actor)					\
	{								\
		.name = _prefix "copy", .actor = _actor,		\
		.help = "copies from and to grants, or its own memory",	\
		.args = {						\
			OP_RESOURCE("from", "grant", "none: its own"),	\
			OP_RESOURCE("to", "grant", "none: its own"),	\
			BY("who copies"),				\
			GFN("own", "frame of its own"),			\
			OP_HEX("at", "offsets, from and to", 4, 0,	\
			       UINT32_MAX, 0, 0x10, 0x100, 0x1000100,	\
			       0xff0, 0xff00ff0, 0x1000),		\
			OP_INT("bytes", "how many", 2, 0, 4097, 16, 0, 1, \
			       256, 4096, 4097),			\
		},							\
		.nr_args = 6, .weight = 4, .run = op_copy,		\
	}, {								\
		.name = _prefix "copy_any", .actor = _actor,		\
		.help = "copies from what nobody has spoken of",	\
		.args = {						\
			DOMAIN("by", "who copies"),			\
			OP_INT("dom", "of whom", 2, 0, 0x7fff, 1, 2, 3,	\
			       0, 4, 0x7ff0, 0x7fff),			\
			OP_INT("ref", "which", 4, 0, UINT32_MAX, 8, 0, 9, \
			       255, 256, 511, 512, 1024, UINT32_MAX),	\
			OP_INT("nr", "copies", 1, 1, 4, 1, 2),		\
			OP_INT("bytes", "how many", 2, 0, 4097, 16, 0,	\
			       4096, 4097),				\
		},							\
		.nr_args = 5, .run = op_copy_any,			\
	}
#define ROW_TABLE(_prefix, _actor)					\
	{								\
		.name = _prefix "swap", .actor = _actor,		\
		.help = "has two entries change places",		\
		.args = {						\
			DOMAIN("of", "whose"), REF("a", "one"),		\
			REF("b", "the other"),				\
		},							\
		.nr_args = 3, .run = op_swap,				\
	}, {								\
		.name = _prefix "version", .actor = _actor,		\
		.help = "changes the version of a table",		\
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_INT("version", "to what", 1, 0, 3, 2, 1, 2, 1, \
			       2, 0, 3),				\
		},							\
		.nr_args = 2, .weight = 3, .run = op_version,		\
	}, {								\
		.name = _prefix "version_often", .actor = _actor,	\
		.help = "changes it there and back",			\
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_INT("nr", "times", 1, 1, 10, 6, 5, 9, 10),	\
		},							\
		.nr_args = 2, .weight = 3, .run = op_version_often,	\
	}, {								\
		.name = _prefix "setup", .actor = _actor,		\
		.help = "grows a table and asks where its frames are",	\
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_INT("nr", "frames", 4, 0, UINT32_MAX, 1, 0, 2, \
			       4, 5, UINT32_MAX),			\
		},							\
		.nr_args = 2, .run = op_setup,				\
	}, {								\
		.name = _prefix "query", .actor = _actor,		\
		.help = "asks how big a table is",			\
		.args = {						\
			DOMAIN("by", "who asks"),			\
			OP_INT("dom", "whose", 2, 0, 0x7fff, 0x7ff0, 1,	\
			       2, 3, 0),				\
		},							\
		.nr_args = 2, .run = op_query,				\
	}, {								\
		.name = _prefix "status", .actor = _actor,		\
		.help = "asks where the frames of status words are",	\
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_INT("nr", "frames there is room for", 4, 0,	\
			       UINT32_MAX, 1, 0, 2, 8, UINT32_MAX),	\
		},							\
		.nr_args = 2, .run = op_status,				\
	}, {								\
		.name = _prefix "place", .actor = _actor,		\
		.help = "puts a frame of a table into the guest's memory", \
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_ENUM("what", "kind", "table", "status"),	\
			OP_INT("index", "which", 1, 0, 5, 0, 1, 3, 4),	\
			OP_INT("gfn", "where", 1, 0, OP_GFNS - 1,	\
			       GFN_TABLE, GFN_TABLE + 1, GFN_STATUS,	\
			       GFN_HOLES, 0),				\
		},							\
		.nr_args = 4, .weight = 2, .run = op_place,		\
	}, {								\
		.name = _prefix "place_often", .actor = _actor,		\
		.help = "puts a frame where it is, again and again",	\
		.args = {						\
			DOMAIN("of", "whose"),				\
			OP_ENUM("what", "kind", "table", "status"),	\
			OP_INT("nr", "times", 1, 1, 10, 6, 2, 10),	\
		},							\
		.nr_args = 3, .weight = 3, .run = op_place_often,	\
	}, {								\
		.name = _prefix "remove", .actor = _actor,		\
		.help = "takes a frame out of the guest's memory",	\
		.args = { DOMAIN("of", "whose"), GFN("gfn", "which") },	\
		.nr_args = 2, .run = op_remove,				\
	}, {								\
		.name = _prefix "free", .actor = _actor,		\
		.help = "gives a frame back",				\
		.args = { DOMAIN("of", "whose"), GFN("gfn", "which") },	\
		.nr_args = 2, .weight = 2, .run = op_free,		\
	}, {								\
		.name = _prefix "populate", .actor = _actor,		\
		.help = "asks for a frame",				\
		.args = { DOMAIN("of", "whose"), GFN("gfn", "where") },	\
		.nr_args = 2, .run = op_populate,			\
	}, {								\
		.name = _prefix "transfer", .actor = _actor,		\
		.help = "gives a page away, which is not done",		\
		.args = {						\
			DOMAIN("of", "whose"), GFN("gfn", "which"),	\
			OP_INT("dom", "to whom", 2, 0, 0x7fff, 2, 1, 0,	\
			       0x7ff0),					\
			REF("ref", "that accepts it"),			\
		},							\
		.nr_args = 4, .run = op_transfer,			\
	}

const char *const hv_actors[] = { "cpu0", "cpu1", "tools", NULL };

const struct op_arg hv_config[HV_CONFIG] = {
	OP_MOSTLY("version", "of the first tables", OP_NAMES("v1", "v2"),
		  OP_VALUES(0, 1, 1, 1)),
	OP_INT("frames", "that a table may have", 1, 1, 4, 2, 1, 4),
	OP_INT("handles", "frames of them, 256 each", 1, 1, 4, 1, 2),
};

const struct op hv_ops[HV_NR_OPS] = {
	ROW_GUEST("", ACTOR_CPU0),
	ROW_MAPS("", ACTOR_CPU0),
	ROW_COPIES("", ACTOR_CPU0),
	ROW_TABLE("", ACTOR_CPU0),
	ROW_GUEST("other_", ACTOR_CPU1),
	ROW_MAPS("other_", ACTOR_CPU1),
	ROW_COPIES("other_", ACTOR_CPU1),
	ROW_TABLE("other_", ACTOR_CPU1),
	ROW_GUEST("tools_", ACTOR_TOOLS),
	{
		.name = "create", .actor = ACTOR_TOOLS,
		.help = "makes a domain",
		.args = { DOMAIN("domain", "which") }, .nr_args = 1,
		.run = op_create,
	}, {
		.name = "kill", .actor = ACTOR_TOOLS,
		.help = "takes a domain apart",
		.args = { DOMAIN("domain", "which") }, .nr_args = 1,
		.run = op_kill,
	},
};
