/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - memory shared with a host: the op table
 *
 * Both threads of the guest may do most things to any buffer, so what the one
 * changes is next to, or in the way of, what the other does. A call of the
 * hypervisor takes 510 pages; large buffers need a second one. Places are taken
 * modulo the size of the buffer, so most are inside.
 */
#include "hyperv_ivm.h"

#define BUFFER_ARG	OP_RESOURCE("buffer", "buffer", "whose memory")
#define FIRST_ARG							\
	OP_INT("first", "first page", 2, 0, HV_MEMORY_MAX_PAGES - 1, 0,	\
	       1, 2, 3, 509, 510)
#define PAGES_ARG							\
	OP_INT("pages", "how many, 0: up to the end", 2, 0,		\
	       HV_MEMORY_MAX_PAGES, 1, 0, 2, 3, 4, 510, 511)
#define SIZE_ARG							\
	OP_INT("pages", "how many", 1, 1, HV_MEMORY_MAX_RUN, 1, 2, 3, 4, 8)
#define VIA_ARG								\
	OP_ENUM("via", "where it is used: the linear map or the mapping above the boundary",	\
		"home", "alias")
#define OFFSET_ARG							\
	OP_HEX("offset", "in the buffer", 4, 0,				\
	       HV_MEMORY_MAX_PAGES * 4096 - 8, 0, 8, 4088, 4096, 8184,	\
	       8192, 12288, 510 * 4096)
#define SINT_ARG	OP_INT("sint", "which one", 1, 0, IVM_SINTS - 1, 2, 0)
#define BOUNCE_ARGS							\
	{ BUFFER_ARG,							\
	  OP_ENUM("direction", "of the data", "both", "to_device",	\
		  "from_device"),					\
	  OP_HEX("offset", "in the buffer", 4, 0,			\
		 HV_MEMORY_MAX_RUN * 4096 - 8, 0, 8, 2048, 4088, 4096),	\
	  OP_INT("bytes", "how many", 4, 8, HV_MEMORY_MAX_RUN * 4096, 64,	\
		 8, 2048, 4096, 4104, 32768),				\
	  OP_INT("us", "that the device has", 2, 0, 1000, 0, 100) }
#define RANGE_ARGS	{ BUFFER_ARG, FIRST_ARG, PAGES_ARG }

const char *const ivm_actors[] = {
	[ACTOR_FIRST] = "first",
	[ACTOR_SECOND] = "second",
	[ACTOR_HOST] = "host",
	NULL,
};

const struct op_arg ivm_config[IVM_NR_CONFIG] = {
	OP_ENUM("isolation", "what keeps the host out of memory",
		"snp", "vbs", "none"),
	{ .name = "powers", .help = "what the host does beside its duty",
	  .type = OP_ARG_FLAGS, .bytes = 1,
	  .names = OP_NAMES("refuses", "delays", "halves", "changes",
			    "scribbles") },
};

const struct op ivm_ops[IVM_NR_OPS] = {
	{
		.name = "alloc", .actor = ACTOR_FIRST,
		.help = "allocates a buffer of zeroes",
		.args = {
			OP_ENUM("kind", "one piece, or vmalloc()ed", "pages",
				"vmalloc"),
			SIZE_ARG,
		},
		.nr_args = 2, .produces = "buffer", .weight = 4,
		.run = op_alloc,
	}, {
		.name = "alloc_large", .actor = ACTOR_FIRST,
		.help = "the same of 504 pages and some, vmalloc()ed",
		.args = { SIZE_ARG }, .nr_args = 1, .produces = "buffer",
		.run = op_alloc_large,
	}, {
		.name = "free", .actor = ACTOR_FIRST,
		.help = "unmaps, hides and frees a buffer",
		.args = {
			OP_CONSUMED("buffer", "buffer", "which goes"),
			OP_ENUM("when", "at once, or after a grace period",
				"now", "later"),
		},
		.nr_args = 2, .run = op_free,
	}, {
		.name = "share", .actor = ACTOR_FIRST,
		.help = "lets the host see pages",
		.args = RANGE_ARGS, .nr_args = 3, .weight = 3,
		.may_leave = "pages in a state that is not known",
		.run = op_share,
	}, {
		.name = "hide", .actor = ACTOR_FIRST,
		.help = "keeps the host from seeing pages",
		.args = RANGE_ARGS, .nr_args = 3,
		.may_leave = "pages in a state that is not known",
		.run = op_hide,
	}, {
		.name = "map", .actor = ACTOR_FIRST,
		.help = "maps a buffer where shared memory is used",
		.args = {
			BUFFER_ARG,
			OP_INT("bytes", "from its beginning", 4, 0,
			       HV_MEMORY_MAX_PAGES * 4096, 4096, 0, 8, 4088,
			       4104, 8192, 12288, 511 * 4096),
		},
		.nr_args = 2, .run = op_map,
	}, {
		.name = "ready", .actor = ACTOR_FIRST,
		.help = "shares a buffer and maps it, or most of it",
		.args = {
			BUFFER_ARG,
			OP_INT("less", "bytes at its end that are not mapped",
			       2, 0, 8192, 0, 8, 4088, 4096),
		},
		.nr_args = 2, .weight = 2,
		.may_leave = "pages that are shared",
		.run = op_ready,
	}, {
		.name = "unmap", .actor = ACTOR_FIRST,
		.help = "takes the mapping away",
		.args = { BUFFER_ARG }, .nr_args = 1, .run = op_unmap,
	}, {
		.name = "store", .actor = ACTOR_FIRST,
		.help = "stores a word; at home it is a secret",
		.args = {
			BUFFER_ARG, VIA_ARG, OFFSET_ARG,
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 1),
		},
		.nr_args = 4, .weight = 3, .run = op_store,
	}, {
		.name = "load", .actor = ACTOR_FIRST,
		.help = "loads a word",
		.args = { BUFFER_ARG, VIA_ARG, OFFSET_ARG },
		.nr_args = 3, .run = op_load,
	}, {
		.name = "set_register", .actor = ACTOR_FIRST,
		.help = "writes a register of the interrupt controller",
		.args = {
			SINT_ARG,
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 0x10000),
		},
		.nr_args = 2, .run = op_set_register,
	}, {
		.name = "get_register", .actor = ACTOR_FIRST,
		.help = "reads a register of the interrupt controller",
		.args = { SINT_ARG }, .nr_args = 1, .run = op_get_register,
	}, {
		.name = "post", .actor = ACTOR_FIRST,
		.help = "sends a message by a hypercall the host serves",
		.args = {
			OP_INT("bytes", "of it", 1, 0, HV_MEMORY_MAX_MESSAGE,
			       16, 0, HV_MEMORY_MAX_MESSAGE),
		},
		.nr_args = 1, .run = op_post,
	}, {
		.name = "stray", .actor = ACTOR_FIRST,
		.help = "loads the last 3 bytes of a page and 5 behind it",
		.args = {
			BUFFER_ARG,
			OP_INT("page", "the one behind", 1, 1,
			       HV_MEMORY_MAX_RUN - 1, 1, 2, 3),
		},
		.nr_args = 2, .run = op_stray,
	}, {
		.name = "bounce", .actor = ACTOR_FIRST,
		.help = "maps private memory for a device of the host and unmaps it",
		.args = BOUNCE_ARGS, .nr_args = 5, .weight = 2,
		.run = op_bounce,
	}, {
		.name = "second_bounce", .actor = ACTOR_SECOND,
		.help = "bounce by the other thread",
		.args = BOUNCE_ARGS, .nr_args = 5, .run = op_bounce,
	}, {
		.name = "second_stray", .actor = ACTOR_SECOND,
		.help = "stray by the other thread",
		.args = {
			BUFFER_ARG,
			OP_INT("page", "the one behind", 1, 1,
			       HV_MEMORY_MAX_RUN - 1, 1, 2, 3),
		},
		.nr_args = 2, .run = op_stray,
	}, {
		.name = "crash", .actor = ACTOR_FIRST,
		.help = "tells the host of a crash, and goes on",
		.args = {
			OP_INT("bytes", "of the log", 1, 0,
			       HV_MEMORY_MAX_MESSAGE, 64, 0, 1),
		},
		.nr_args = 1, .run = op_crash,
	}, {
		.name = "second_share", .actor = ACTOR_SECOND,
		.help = "share by the other thread",
		.args = RANGE_ARGS, .nr_args = 3,
		.may_leave = "pages in a state that is not known",
		.run = op_share,
	}, {
		.name = "second_hide", .actor = ACTOR_SECOND,
		.help = "hide by the other thread",
		.args = RANGE_ARGS, .nr_args = 3,
		.may_leave = "pages in a state that is not known",
		.run = op_hide,
	}, {
		.name = "second_store", .actor = ACTOR_SECOND,
		.help = "store by the other thread",
		.args = {
			BUFFER_ARG, VIA_ARG, OFFSET_ARG,
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 2),
		},
		.nr_args = 4, .run = op_store,
	}, {
		.name = "second_register", .actor = ACTOR_SECOND,
		.help = "set_register by the other thread",
		.args = {
			SINT_ARG,
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 0x10000),
		},
		.nr_args = 2, .run = op_set_register,
	}, {
		.name = "second_free", .actor = ACTOR_SECOND,
		.help = "free by the other thread",
		.args = {
			OP_CONSUMED("buffer", "buffer", "which goes"),
			OP_ENUM("when", "at once, or after a grace period",
				"now", "later"),
		},
		.nr_args = 2, .run = op_free,
	}, {
		.name = "host_read", .actor = ACTOR_HOST,
		.help = "the host reads a word of any frame",
		.args = {
			OP_INT("frame", "which", 2, 0, IVM_FRAMES - 1, 1, 2, 3,
			       5, 7, 9),
			OP_HEX("offset", "in it", 2, 0, 4088, 0, 8, 4088),
		},
		.nr_args = 2, .run = op_host_read,
	}, {
		.name = "host_write", .actor = ACTOR_HOST,
		.help = "the host writes a word of any frame",
		.args = {
			OP_INT("frame", "which", 2, 0, IVM_FRAMES - 1, 1, 2, 3,
			       5, 7, 9),
			OP_HEX("offset", "in it", 2, 0, 4088, 0, 8, 4088),
			OP_HEX("value", "what", 4, 0, UINT32_MAX, UINT32_MAX),
		},
		.nr_args = 3, .run = op_host_write,
	}, {
		.name = "host_dma", .actor = ACTOR_HOST,
		.help = "a device of the host writes a word to the bounce buffers",
		.args = {
			OP_INT("slot", "which", 2, 0, 255, 0, 1, 2, 127),
			OP_HEX("offset", "in it", 2, 0, 2040, 0, 8, 2040),
			OP_HEX("value", "what", 4, 0, UINT32_MAX, UINT32_MAX),
		},
		.nr_args = 3, .run = op_host_dma,
	}, {
		.name = "host_sleep", .actor = ACTOR_HOST,
		.help = "the host does something else",
		.args = { OP_INT("us", "how long", 2, 0, 20000, 100, 4000) },
		.nr_args = 1, .run = op_host_sleep,
	}, {
		.name = "kexec", .actor = ACTOR_HOST,
		.help = "another kernel begins in the guest's memory",
		.nr_args = 0, .run = op_kexec,
	},
};
