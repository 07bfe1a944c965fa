// SPDX-License-Identifier: GPL-2.0-only
/*
 * ops.c - the op table of the world of bounce buffers
 *
 * Lengths meet the borders of slots (2 KiB), pages, pieces of a segment (256
 * KiB) and of the whole pool, which has one or two of these: few mappings use it
 * up. Offsets and lengths that go past what there is are brought back and cut,
 * since drivers keep to that. The second thread has the ops that contend.
 */
#include "swiotlb.h"

#define BUFFER_BYTES	DMA_CLIENT_BUFFER_0

#define BUFFER_ARG							\
	OP_RESOURCE("buffer", "buffer", "whose memory; none: buffer 0")
#define MAPPING_ARG	OP_RESOURCE("mapping", "mapping", "a mapping")
#define GONE_MAPPING_ARG						\
	OP_CONSUMED("mapping", "mapping", "a mapping")
#define DEVICE_ARG							\
	OP_ENUM("device", "which", "nic", "disk", "old", "odd", "none")
#define DIRECTION_ARG							\
	OP_ENUM("direction", "of the data", "both", "to_device",	\
		"from_device")
#define HOW_ARG								\
	OP_ENUM("how", "attributes, and the context of the call",	\
		"plain", "skip_sync", "no_warn", "atomic")
#define OFFSET_ARG							\
	OP_INT("offset", "in the buffer, in bytes", 4, 0,		\
	       BUFFER_BYTES - 1, 0, 1, 64, 511, 512, 1024, 2047, 2048,	\
	       2049, 3072, 4095, 4096, 6144, 8192, 65536)
#define LENGTH_ARG							\
	OP_INT("length", "in bytes", 4, 1, BUFFER_BYTES, 64, 1, 512,	\
	       1500, 2047, 2048, 2049, 3000, 4095, 4096, 4097, 6144,	\
	       8192, 9000, 12288, 16384, 32768, 65536, 122880,		\
	       BUFFER_BYTES)
#define PART_ARGS							\
	OP_INT("offset", "in the mapping, in bytes", 4, 0,		\
	       BUFFER_BYTES - 1, 0, 1, 64, 512, 1024, 1536, 2047, 2048,	\
	       2049, 2560, 4095, 4096, 4608, 6144),			\
	OP_INT("length", "in bytes", 4, 1, BUFFER_BYTES, 64, 1, 512,	\
	       1500, 2048, 4096, 8192)

#define MAP_ARGS							\
	{ BUFFER_ARG, DEVICE_ARG, DIRECTION_ARG, HOW_ARG, OFFSET_ARG,	\
	  LENGTH_ARG }
#define UNMAP_ARGS	{ GONE_MAPPING_ARG, HOW_ARG }
#define SYNC_ARGS							\
	{ MAPPING_ARG, OP_ENUM("for", "who is next", "cpu", "device"),	\
	  HOW_ARG, PART_ARGS }

const char *const swiotlb_actors[] = {
	[ACTOR_FIRST] = "first", [ACTOR_SECOND] = "second",
	[ACTOR_DEVICE] = "device", NULL,
};

const struct op_arg swiotlb_config[NR_CONFIG] = {
	[CONFIG_BOOT] = OP_ENUM("boot", "the command line", "forced", "plain",
				"areas", "late", "too_large", "isolated",
				"refused", "isolated_late", "noforce"),
	[CONFIG_LENGTHS] = OP_ENUM("lengths", "that devices report", "honest",
				   "any"),
	[CONFIG_HOST] = OP_ENUM("host", "may it refuse to share memory, or to let go of it",
				"honest", "refuses_share", "refuses_private"),
	[CONFIG_STRAYS] = OP_ENUM("strays", "may the host write to all of the pool, at any time",
				  "no", "yes"),
};

const struct op swiotlb_ops[SWIOTLB_NR_OPS] = {
	{
		.name = "map", .actor = ACTOR_FIRST, .produces = "mapping",
		.help = "dma_map_single()", .weight = 6,
		.no_contract = "mapping numbers",
		.args = MAP_ARGS, .nr_args = 6, .run = op_map,
	}, {
		.name = "map_list", .actor = ACTOR_FIRST, .weight = 3,
		.produces = "mapping", .no_contract = "mapping numbers",
		.help = "dma_map_sg() of pieces of buffer 0",
		.args = {
			DEVICE_ARG, DIRECTION_ARG,
			OP_INT("pieces", "how many", 1, 1, DMA_CLIENT_SEGMENTS,
			       2, 1, DMA_CLIENT_SEGMENTS),
			OFFSET_ARG,
			OP_INT("length", "of each", 4, 1, 65536, 512, 1, 2048,
			       4096, 16384),
			OP_INT("gap", "between two", 4, 0, 16384, 0, 1, 512,
			       2048, 4096),
		},
		.nr_args = 6, .run = op_map_list,
	}, {
		.name = "unmap", .actor = ACTOR_FIRST, .weight = 4,
		.help = "dma_unmap_single(), or dma_unmap_sg()",
		.args = UNMAP_ARGS, .nr_args = 2, .run = op_unmap,
	}, {
		.name = "sync", .actor = ACTOR_FIRST, .weight = 4,
		.help = "dma_sync_single_range_for_cpu() or _for_device(); all of a list",
		.args = SYNC_ARGS, .nr_args = 5, .run = op_sync,
	}, {
		.name = "receive", .actor = ACTOR_FIRST, .weight = 2,
		.help = "dma_sync_single_range_for_cpu() of as much as the device says there is",
		.args = {
			MAPPING_ARG,
			OP_INT("reported", "what it says", 4, 1, 262144, 64, 1,
			       512, 2048, 4096, 8192, 65536),
			OP_INT("at", "where the driver has the packet begin, in bytes",
			       2, 0, 4096, 0, 64, 256, 2048, 4096),
		},
		.nr_args = 3, .run = op_receive,
	}, {
		.name = "fill", .actor = ACTOR_FIRST, .weight = 3,
		.help = "the CPU writes to a buffer",
		.args = { BUFFER_ARG, OFFSET_ARG, LENGTH_ARG },
		.nr_args = 3, .run = op_fill,
	}, {
		.name = "buffer", .actor = ACTOR_FIRST, .produces = "buffer",
		.help = "a buffer of the kernel's heap",
		.args = {
			OP_INT("bytes", "its size", 2, 1, DMA_CLIENT_MAX_BUFFER,
			       64, 1, 512, 2048, 4096, 8192,
			       DMA_CLIENT_MAX_BUFFER),
		},
		.nr_args = 1, .run = op_buffer,
	}, {
		.name = "free", .actor = ACTOR_FIRST,
		.help = "gives a buffer back to the heap",
		.args = { OP_CONSUMED("buffer", "buffer", "which") },
		.nr_args = 1, .run = op_free,
	}, {
		.name = "mask", .actor = ACTOR_FIRST,
		.help = "dma_set_mask_and_coherent()",
		.args = {
			DEVICE_ARG,
			OP_INT("bits", "it drives", 1, 1, 64, 32, 31, 33, 64),
		},
		.nr_args = 2, .run = op_mask,
	}, {
		.name = "limits", .actor = ACTOR_FIRST,
		.help = "dma_max_mapping_size()",
		.args = { DEVICE_ARG }, .nr_args = 1, .run = op_limits,
	}, {
		.name = "pool_start", .actor = ACTOR_FIRST,
		.help = "swiotlb_init_late(), while nothing is mapped",
		.args = {
			OP_INT("bytes", "wanted", 4, 2 << 20, 4 << 20,
			       2 << 20, 3 << 20, 4 << 20),
		},
		.nr_args = 1, .run = op_pool_start,
	}, {
		.name = "pool_stop", .actor = ACTOR_FIRST,
		.help = "swiotlb_exit(), while nothing is mapped",
		.run = op_pool_stop,
	}, {
		.name = "stats", .actor = ACTOR_FIRST,
		.help = "reads what debugfs says of the pool",
		.run = op_stats,
	}, {
		.name = "other_map", .actor = ACTOR_SECOND, .produces = "mapping",
		.help = "map by the other thread", .weight = 2,
		.no_contract = "mapping numbers",
		.args = MAP_ARGS, .nr_args = 6, .run = op_map,
	}, {
		.name = "other_unmap", .actor = ACTOR_SECOND, .weight = 2,
		.help = "unmap by the other thread",
		.args = UNMAP_ARGS, .nr_args = 2, .run = op_unmap,
	}, {
		.name = "other_sync", .actor = ACTOR_SECOND,
		.help = "sync by the other thread",
		.args = SYNC_ARGS, .nr_args = 5, .run = op_sync,
	}, {
		.name = "dma", .actor = ACTOR_DEVICE, .weight = 5,
		.help = "the device writes by an address it was given",
		.args = {
			MAPPING_ARG,
			OP_INT("piece", "of a list; 6: each of them", 1, 0,
			       DMA_CLIENT_SEGMENTS, DMA_CLIENT_SEGMENTS, 0, 1),
			OP_INT("at", "from its begin", 4, 0, 131071, 0, 1, 63,
			       64, 512, 2047, 2048, 4096),
			OP_INT("bytes", "how many", 4, 1, 131072, 64, 1, 512,
			       2048, 4096, 8192),
		},
		.nr_args = 4, .run = op_dma,
	}, {
		.name = "stray", .actor = ACTOR_DEVICE,
		.help = "the host writes to the pool, whosever slot it is",
		.args = {
			OP_INT("slot", "of the pool", 2, 0, 255, 0, 1, 2, 127,
			       128),
			OP_INT("at", "in the slot", 2, 0, 2047, 0, 1, 2047),
			OP_INT("bytes", "how many", 2, 1, 4096, 64, 1, 2048),
		},
		.nr_args = 3, .run = op_stray,
	},
};
