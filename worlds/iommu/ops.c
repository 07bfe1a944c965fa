/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - the op table of the world of the IOMMU
 *
 * I/O addresses are a base and a number of pages, so that ops meet, and meet
 * where tables end: below 2 MiB, below 1 GiB, at the MSI window, at the end of
 * what the smallest unit translates.
 */
#include "iommu.h"

#define SPACE_ARG	OP_RESOURCE("space", "space", "an I/O address space")
#define DEVICE_ARG	OP_ENUM("device", "which", "nic", "gpu")
#define PASID_ARG							\
	OP_ENUM("pasid", "that its requests carry", "none", "first",	\
		 "other", "too_large")
#define IOVA_ARGS							\
	OP_ENUM("base", "I/O address that pages are counted from",	\
		 "zero", "below_2m", "below_1g", "below_msi", "high",	\
		 "top"),						\
	OP_INT("page", "pages behind the base", 2, 0, 1100, 0, 1, 7, 8, \
		9, 15, 16, 511, 512, 520, 1024)
#define ACCESS_ARG							\
	OP_ENUM("access", "of devices", "both", "read", "write")
#define AREA_ARGS							\
	OP_INT("first", "page of the process", 1, 0, AREA_PAGES - 1, 0, \
		1, 8, AREA_PAGES - 1),					\
	OP_INT("pages", "how many", 1, 1, AREA_PAGES + 1, 1, 2, 16,	\
		AREA_PAGES)

#define MAP_ARGS							\
	{ SPACE_ARG, IOVA_ARGS, AREA_ARGS, ACCESS_ARG }
#define MAP_BAR_ARGS							\
	{ SPACE_ARG, IOVA_ARGS,						\
	  OP_ENUM("offset", "in the memory of the device", "zero",	\
		   "one_page", "below_2m", "at_2m", "at_1g", "near_end"),			\
	  OP_ENUM("bytes", "how much of it", "page_4k", "page_2m",	\
		   "page_2m_4k", "pages_2m", "page_1g", "page_1g_2m"),				\
	  ACCESS_ARG }
#define UNMAP_ARGS							\
	{ SPACE_ARG, IOVA_ARGS,						\
	  OP_INT("pages", "length of the range", 4, 0, 1 << 20, 1, 2,	\
		  8, 16, 64, 512, 513, 1024, 0x40000, 0x40200, 1 << 20, 0) }
#define DMA_ARGS							\
	{ IOVA_ARGS,							\
	  OP_INT("offset", "in the page", 2, 0, 4095, 0, 8, 4088, 4095), \
	  OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096, 4104),	\
	  OP_ENUM("kind", "what it does", "write", "read"), PASID_ARG }

const char *const iommu_actors[] = {
	[ACTOR_VMM] = "vmm", [ACTOR_PEER] = "peer", [ACTOR_NIC] = "nic",
	[ACTOR_GPU] = "gpu", NULL,
};

const struct op_arg iommu_config_args[IOMMU_CONFIG] = {
	[CONFIG_UNIT] = OP_ENUM("unit", "what the IOMMU can do", "usual",
				 "caching_mode", "no_super_pages",
				 "no_page_selective", "bits_39",
				 "drains_on_request"),
};

const struct op iommu_ops[IOMMU_NR_OPS] = {
	{
		.name = "create", .actor = ACTOR_VMM, .produces = "space",
		.help = "makes an I/O address space", .weight = 2,
		.run = op_create,
	}, {
		.name = "destroy", .actor = ACTOR_VMM,
		.help = "ends it, with all that is mapped there",
		.args = { OP_CONSUMED("space", "space", "not in use") },
		.nr_args = 1, .run = op_destroy,
	}, {
		.name = "attach", .actor = ACTOR_VMM, .weight = 3,
		.help = "gives a device the space",
		.args = { SPACE_ARG, DEVICE_ARG, PASID_ARG }, .nr_args = 3,
		.run = op_attach,
	}, {
		.name = "detach", .actor = ACTOR_VMM,
		.help = "leaves the device without any",
		.args = { DEVICE_ARG, PASID_ARG }, .nr_args = 2,
		.run = op_detach,
	}, {
		.name = "map", .actor = ACTOR_VMM, .weight = 3,
		.help = "maps memory of the process",
		.args = MAP_ARGS, .nr_args = 6, .run = op_map,
	}, {
		.name = "map_bar", .actor = ACTOR_VMM, .weight = 2,
		.help = "maps memory of the nic",
		.args = MAP_BAR_ARGS, .nr_args = 6, .run = op_map_bar,
	}, {
		.name = "unmap", .actor = ACTOR_VMM, .weight = 3,
		.help = "unmaps what lies in a range",
		.args = UNMAP_ARGS, .nr_args = 4, .run = op_unmap,
		.may_leave = "the range unmapped, if the answer cannot be written",
	}, {
		.name = "bad_map", .actor = ACTOR_VMM,
		.help = "maps, with one thing wrong",
		.args = {
			SPACE_ARG,
			OP_ENUM("kind", "what is wrong", "no_access",
				 "unknown_flag", "reserved", "iova", "length",
				 "address", "empty", "wrap", "kernel_address",
				 "no_such_space", "too_long", "command"),
		},
		.nr_args = 2, .run = op_bad_map,
	}, {
		.name = "forget", .actor = ACTOR_VMM,
		.help = "the process gives memory back",
		.args = { AREA_ARGS }, .nr_args = 2, .run = op_forget,
	}, {
		.name = "remember", .actor = ACTOR_VMM,
		.help = "it gets fresh memory there",
		.args = { AREA_ARGS }, .nr_args = 2, .run = op_remember,
	}, {
		.name = "pause", .actor = ACTOR_VMM,
		.help = "lets time pass",
		.args = { OP_INT("ns", "how much", 4, 1, 1000000, 1000, 1,
				  1000000) },
		.nr_args = 1, .run = op_pause,
	}, {
		.name = "reopen", .actor = ACTOR_VMM,
		.help = "closes /dev/ioas with all in it, and opens it again",
		.run = op_reopen,
	}, {
		.name = "peer_destroy", .actor = ACTOR_PEER,
		.help = "destroy by another thread",
		.args = { OP_CONSUMED("space", "space", "not in use") },
		.nr_args = 1, .run = op_destroy,
	}, {
		.name = "peer_attach", .actor = ACTOR_PEER,
		.help = "attach by another thread",
		.args = { SPACE_ARG, DEVICE_ARG, PASID_ARG }, .nr_args = 3,
		.run = op_attach,
	}, {
		.name = "peer_detach", .actor = ACTOR_PEER,
		.help = "detach by another thread",
		.args = { DEVICE_ARG, PASID_ARG }, .nr_args = 2,
		.run = op_detach,
	}, {
		.name = "peer_map", .actor = ACTOR_PEER,
		.help = "map by another thread",
		.args = MAP_ARGS, .nr_args = 6, .run = op_map,
	}, {
		.name = "peer_map_bar", .actor = ACTOR_PEER,
		.help = "map_bar by another thread",
		.args = MAP_BAR_ARGS, .nr_args = 6, .run = op_map_bar,
	}, {
		.name = "peer_unmap", .actor = ACTOR_PEER,
		.help = "unmap by another thread",
		.args = UNMAP_ARGS, .nr_args = 4, .run = op_unmap,
		.may_leave = "the range unmapped, if the answer cannot be written",
	}, {
		.name = "dma_nic", .actor = ACTOR_NIC, .weight = 5,
		.help = "the nic reads or writes",
		.args = DMA_ARGS, .nr_args = 6, .run = op_dma_nic,
	}, {
		.name = "dma_gpu", .actor = ACTOR_GPU, .weight = 3,
		.help = "the gpu, which is slow",
		.args = DMA_ARGS, .nr_args = 6, .run = op_dma_gpu,
	},
};
