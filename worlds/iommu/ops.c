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
		 "top", "tables"),					\
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
#define BAR_ARGS							\
	OP_ENUM("offset", "in the memory of the device", "zero",	\
		 "one_page", "below_2m", "at_2m", "at_1g", "near_end"),	\
	OP_ENUM("bytes", "how much of it", "page_4k", "page_2m",	\
		 "page_2m_4k", "pages_2m", "page_1g", "page_1g_2m")
#define MAP_BAR_ARGS							\
	{ SPACE_ARG, IOVA_ARGS, BAR_ARGS, ACCESS_ARG }
#define UNMAP_ARGS							\
	{ SPACE_ARG, IOVA_ARGS,						\
	  OP_INT("pages", "length of the range", 4, 0, 1 << 20, 1, 2,	\
		  8, 16, 64, 512, 513, 1024, 0x40000, 0x40200, 1 << 20, 0) }
#define DMA_ARGS							\
	{ IOVA_ARGS,							\
	  OP_INT("offset", "in the page", 2, 0, 4095, 0, 8, 4088, 4095), \
	  OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096, 4104),	\
	  OP_ENUM("kind", "what it does", "write", "read"), PASID_ARG }

#define SLOT_ARG							\
	OP_ENUM("slot", "which PASID", "a", "b", "foreign")
#define TABLE_ARG							\
	OP_ENUM("table", "first-level tables", "one", "two")
#define GUEST_PAGE_ARG							\
	OP_INT("at", "page as the guest has it", 1, 0, GUEST_PAGES - 1,	\
		0, 1, 7, 8, GUEST_PAGES - 1)
#define BIND_ARGS							\
	{ SPACE_ARG, DEVICE_ARG, SLOT_ARG, TABLE_ARG,			\
	  OP_ENUM("number", "that the guest has for it", "same", "five",\
		  "seventy"),						\
	  OP_ENUM("flags", "of the first level", "none", "supervisor",	\
		  "protect", "unknown") }
#define UNBIND_ARGS							\
	{ SPACE_ARG, DEVICE_ARG, SLOT_ARG }
#define INVALIDATE_ARGS							\
	{ SPACE_ARG, DEVICE_ARG, SLOT_ARG,				\
	  OP_ENUM("what", "is to be forgotten", "page", "leaf",		\
		  "eight_pages", "block_2m", "pasid", "domain"),	\
	  OP_ENUM("caches", "by what", "iotlb", "both", "device",	\
		  "pasid_and_iotlb", "pasid"),				\
	  GUEST_PAGE_ARG }
/* Of a device; calls before it have returned, or may still be under way. */
#define WHEN_ARG							\
	OP_ENUM("when", "it begins", "settled", "at_once")
#define NESTED_ARGS							\
	{ SLOT_ARG, GUEST_PAGE_ARG,					\
	  OP_INT("offset", "in the page", 2, 0, 4095, 0, 8, 4088, 4095), \
	  OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096, 4104),	\
	  OP_ENUM("kind", "what it does", "write", "read",		\
		  "supervisor_write"), WHEN_ARG }
#define AGAIN_ARGS							\
	{ OP_ENUM("page", "of the guest", "same", "next", "first"),	\
	  OP_ENUM("kind", "what it does", "write", "read"), WHEN_ARG }
#define BURST_ARGS							\
	{ OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_INT("times", "how often", 1, 2, 40, 8, 16, 40),		\
	  OP_INT("gap_ns", "between two", 2, 1, 4000, 100, 10, 300, 1000) }
#define ASK_ARGS							\
	{ SLOT_ARG, GUEST_PAGE_ARG,					\
	  OP_INT("pages", "how many", 1, 1, 200, 1, 2, 8, 127, 128, 200), \
	  OP_ENUM("kind", "what for", "write", "read"), WHEN_ARG }
#define ATS_ARGS							\
	{ OP_ENUM("state", "of its own translations", "on", "off") }

/* What was mapped, and perhaps still is: addresses drawn anew hardly meet. */
#define BACK_ARG							\
	OP_INT("back", "maps since that one", 1, 0,		\
		  NR_RECENT - 1, 0, 1, 2)
#define REVISIT_ARGS							\
	{ BACK_ARG,							\
	  OP_ENUM("where", "in the range, or as before", "first_page",	\
		   "second_page", "last_page", "behind", "same"),	\
	  OP_ENUM("kind", "what it does", "write", "read"), WHEN_ARG }

const char *const iommu_actors[] = {
	[ACTOR_VMM] = "vmm", [ACTOR_PEER] = "peer", [ACTOR_NIC] = "nic",
	[ACTOR_GPU] = "gpu", [ACTOR_GUEST] = "guest", NULL,
};

const struct op_arg iommu_config_args[IOMMU_CONFIG] = {
	[CONFIG_UNIT] = OP_ENUM("unit", "what the IOMMU can do", "usual",
				 "caching_mode", "no_super_pages",
				 "no_page_selective", "bits_39",
				 "drains_on_request", "no_nesting"),
	[CONFIG_DEVICES] = OP_ENUM("devices", "what they remember", "plain",
				   "ats", "pages"),
	[CONFIG_THREADS] = OP_ENUM("threads", "how calls of the process follow",
				   "at_once", "in_turn"),
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
		.name = "peer_attach", .actor = ACTOR_PEER, .weight = 3,
		.help = "attach by another thread",
		.args = { SPACE_ARG, DEVICE_ARG, PASID_ARG }, .nr_args = 3,
		.run = op_attach,
	}, {
		.name = "peer_detach", .actor = ACTOR_PEER, .weight = 3,
		.help = "detach by another thread",
		.args = { DEVICE_ARG, PASID_ARG }, .nr_args = 2,
		.run = op_detach,
	}, {
		.name = "peer_map", .actor = ACTOR_PEER, .weight = 3,
		.help = "map by another thread",
		.args = MAP_ARGS, .nr_args = 6, .run = op_map,
	}, {
		.name = "peer_map_bar", .actor = ACTOR_PEER,
		.help = "map_bar by another thread",
		.args = MAP_BAR_ARGS, .nr_args = 6, .run = op_map_bar,
	}, {
		.name = "peer_unmap", .actor = ACTOR_PEER, .weight = 3,
		.help = "unmap by another thread",
		.args = UNMAP_ARGS, .nr_args = 4, .run = op_unmap,
		.may_leave = "the range unmapped, if the answer cannot be written",
	}, {
		.name = "dma_nic", .actor = ACTOR_NIC, .after = "space", .weight = 5,
		.help = "the nic reads or writes",
		.args = DMA_ARGS, .nr_args = 6, .run = op_dma_nic,
	}, {
		.name = "dma_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 3,
		.help = "the gpu, which is slow",
		.args = DMA_ARGS, .nr_args = 6, .run = op_dma_gpu,
	}, {
		.name = "guest", .actor = ACTOR_VMM, .produces = "space",
		.help = "makes a space for a guest, with its tables and a device",
		.args = { DEVICE_ARG,
			  OP_ENUM("memory", "that it begins with; bound: and a PASID",
				  "bound", "some", "none", "renamed") },
		.nr_args = 2, .weight = 12, .run = op_guest,
	}, {
		.name = "balloon", .actor = ACTOR_VMM, .weight = 2,
		.help = "takes memory from under a guest",
		.args = { SPACE_ARG,
			  OP_ENUM("which", "of what it began with", "first",
				  "rest", "all") },
		.nr_args = 2, .run = op_balloon,
	}, {
		.name = "pasid_alloc", .actor = ACTOR_VMM,
		.help = "allocates a PASID",
		.args = { SLOT_ARG,
			  OP_ENUM("range", "which", "any", "five", "seventy",
				  "too_large", "from_zero", "empty") },
		.nr_args = 2, .run = op_pasid_alloc,
	}, {
		.name = "pasid_free", .actor = ACTOR_VMM,
		.help = "frees it",
		.args = { SLOT_ARG }, .nr_args = 1, .run = op_pasid_free,
	}, {
		.name = "info", .actor = ACTOR_VMM,
		.help = "asks what guests can have",
		.args = { SPACE_ARG }, .nr_args = 1, .run = op_info,
	}, {
		.name = "bind", .actor = ACTOR_VMM, .weight = 3,
		.help = "gives a PASID of a device tables of the guest",
		.args = BIND_ARGS, .nr_args = 6, .run = op_bind,
	}, {
		.name = "unbind", .actor = ACTOR_VMM,
		.help = "takes them away",
		.args = UNBIND_ARGS, .nr_args = 3, .run = op_unbind,
	}, {
		.name = "invalidate", .actor = ACTOR_VMM, .weight = 2,
		.help = "passes on what the guest has forgotten",
		.args = INVALIDATE_ARGS, .nr_args = 6, .run = op_invalidate,
	}, {
		.name = "bad_bind", .actor = ACTOR_VMM,
		.help = "binds, with one thing wrong",
		.args = { SPACE_ARG, DEVICE_ARG,
			  OP_ENUM("kind", "what is wrong", "version",
				  "old_version", "argsz_short", "argsz_long",
				  "no_room", "format", "flag", "vtd_flag",
				  "unaligned", "types", "gpasid_unasked",
				  "gpasid_large", "hpasid_large", "reserved",
				  "beyond", "width", "no_pasid") },
		.nr_args = 3, .run = op_bad_bind,
	}, {
		.name = "bad_invalidate", .actor = ACTOR_VMM, .after = "space",
		.help = "invalidates, with one thing wrong",
		.args = { SPACE_ARG, DEVICE_ARG,
			  OP_ENUM("kind", "what is wrong", "version",
				  "argsz_short", "argsz_long", "no_room",
				  "reserved", "no_cache", "cache",
				  "granularity", "flag", "no_pasid",
				  "pasid_large", "granule", "small_granule",
				  "no_granules", "unaligned", "wrap",
				  "overflow", "pages_of_pasid",
				  "address_unasked") },
		.nr_args = 3, .run = op_bad_invalidate,
	}, {
		.name = "unplug", .actor = ACTOR_VMM, .after = "space",
		.help = "a device goes",
		.args = { DEVICE_ARG,
			  OP_ENUM("kind", "how", "in_order", "surprise",
				  "unnoticed") },
		.nr_args = 2, .run = op_unplug,
	}, {
		.name = "page_policy", .actor = ACTOR_VMM,
		.help = "sets what becomes of page requests",
		.args = { OP_ENUM("answer", "to all of them", "map", "success",
				  "invalid", "failure", "late", "twice") },
		.nr_args = 1, .run = op_page_policy,
	}, {
		.name = "plug", .actor = ACTOR_VMM,
		.help = "it comes back",
		.args = { DEVICE_ARG }, .nr_args = 1, .run = op_plug,
	}, {
		.name = "peer_bind", .actor = ACTOR_PEER, .weight = 3,
		.help = "bind by another thread",
		.args = BIND_ARGS, .nr_args = 6, .run = op_bind,
	}, {
		.name = "peer_unbind", .actor = ACTOR_PEER, .weight = 3,
		.help = "unbind by another thread",
		.args = UNBIND_ARGS, .nr_args = 3, .run = op_unbind,
	}, {
		.name = "peer_invalidate", .actor = ACTOR_PEER, .weight = 3,
		.help = "invalidate by another thread",
		.args = INVALIDATE_ARGS, .nr_args = 6, .run = op_invalidate,
	}, {
		.name = "guest_map", .actor = ACTOR_GUEST, .weight = 3,
		.help = "the guest writes an entry, and tells nobody",
		.args = { TABLE_ARG, GUEST_PAGE_ARG, IOVA_ARGS, ACCESS_ARG },
		.nr_args = 5, .run = op_guest_map,
	}, {
		.name = "guest_unmap", .actor = ACTOR_GUEST,
		.help = "it takes one out, and tells nobody",
		.args = { TABLE_ARG, GUEST_PAGE_ARG }, .nr_args = 2,
		.run = op_guest_unmap,
	}, {
		.name = "nested_nic", .actor = ACTOR_NIC, .after = "space", .weight = 6,
		.help = "the nic goes through tables of the guest",
		.args = NESTED_ARGS, .nr_args = 6, .run = op_nested_nic,
	}, {
		.name = "nested_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 3,
		.help = "the gpu does, which is slow",
		.args = NESTED_ARGS, .nr_args = 6, .run = op_nested_gpu,
	}, {
		.name = "again_nic", .actor = ACTOR_NIC, .after = "space", .weight = 16,
		.help = "the nic repeats what last went through such tables, or begins",
		.args = AGAIN_ARGS, .nr_args = 3, .run = op_again_nic,
	}, {
		.name = "again_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 10,
		.help = "the gpu does",
		.args = AGAIN_ARGS, .nr_args = 3, .run = op_again_gpu,
	}, {
		.name = "ats_nic", .actor = ACTOR_NIC,
		.help = "the nic begins or ends to remember translations",
		.args = ATS_ARGS, .nr_args = 1, .run = op_ats_nic,
	}, {
		.name = "ats_gpu", .actor = ACTOR_GPU,
		.help = "the gpu does",
		.args = ATS_ARGS, .nr_args = 1, .run = op_ats_gpu,
	}, {
		.name = "revisit_nic", .actor = ACTOR_NIC, .after = "space", .weight = 20,
		.help = "the nic goes where something was mapped",
		.args = REVISIT_ARGS, .nr_args = 4, .run = op_revisit_nic,
	}, {
		.name = "revisit_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 10,
		.help = "the gpu does",
		.args = REVISIT_ARGS, .nr_args = 4, .run = op_revisit_gpu,
	}, {
		.name = "ready", .actor = ACTOR_VMM, .produces = "space",
		.help = "a space with a device and some memory",
		.args = { DEVICE_ARG, PASID_ARG, IOVA_ARGS, AREA_ARGS },
		.nr_args = 6, .weight = 10, .run = op_ready,
	}, {
		.name = "ready_bar", .actor = ACTOR_VMM, .produces = "space",
		.help = "a space with a device and memory of the nic",
		.args = { DEVICE_ARG, IOVA_ARGS, BAR_ARGS }, .nr_args = 5,
		.weight = 6, .run = op_ready_bar,
	}, {
		.name = "take_back", .actor = ACTOR_VMM, .after = "space", .weight = 14,
		.help = "unmaps what a device has been to, or what was mapped lately",
		.args = { BACK_ARG,
			  OP_ENUM("part", "of it", "all", "first_page",
				  "last_page", "block_2m") },
		.nr_args = 2, .run = op_take_back,
		.may_leave = "the range unmapped, if the answer cannot be written",
	}, {
		.name = "map_there", .actor = ACTOR_VMM, .after = "space", .weight = 8,
		.help = "maps, where something was mapped lately",
		.args = { BACK_ARG,
			  OP_ENUM("what", "is mapped", "page", "bar_page",
				  "bar_2m", "pages", "page_behind"),
			  OP_INT("first", "page of the process", 1, 0,
				 AREA_PAGES - 1, 0, 1, 8), ACCESS_ARG },
		.nr_args = 4, .run = op_map_there,
	}, {
		.name = "shootdown", .actor = ACTOR_VMM, .after = "space", .weight = 12,
		.help = "the guest takes out a page that a device has used, has it forgotten",
		.args = { DEVICE_ARG,
			  OP_ENUM("what", "is to be forgotten", "page", "leaf",
				  "eight_pages", "block_2m", "pasid",
				  "domain"),
			  OP_ENUM("caches", "by what", "iotlb", "both",
				  "device", "pasid_and_iotlb", "pasid"),
			  OP_INT("before", "pages in front of it, too", 1, 0, 7,
				 0, 1, 7) },
		.nr_args = 4, .run = op_shootdown,
	}, {
		.name = "dma_burst_nic", .actor = ACTOR_NIC, .after = "space", .weight = 4,
		.help = "the nic goes where something was mapped, while calls run",
		.args = BURST_ARGS, .nr_args = 3, .run = op_dma_burst_nic,
	}, {
		.name = "dma_burst_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 2,
		.help = "the gpu does",
		.args = BURST_ARGS, .nr_args = 3, .run = op_dma_burst_gpu,
	}, {
		.name = "nested_burst_nic", .actor = ACTOR_NIC, .after = "space", .weight = 6,
		.help = "the nic goes through tables of the guest, while calls run",
		.args = BURST_ARGS, .nr_args = 3, .run = op_nested_burst_nic,
	}, {
		.name = "nested_burst_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 3,
		.help = "the gpu does",
		.args = BURST_ARGS, .nr_args = 3, .run = op_nested_burst_gpu,
	}, {
		.name = "peer_meet", .actor = ACTOR_PEER, .after = "space", .weight = 14,
		.help = "a call by another thread about what the last call is about",
		.args = { OP_ENUM("what", "it does, or what fits", "map",
				  "map_behind", "unmap", "destroy", "attach",
				  "detach", "bind", "unbind", "invalidate") },
		.nr_args = 1, .run = op_meet,
		.may_leave = "the range unmapped, if the answer cannot be written",
	}, {
		.name = "ask_nic", .actor = ACTOR_NIC, .after = "space", .weight = 6,
		.help = "the nic asks for pages of a guest that it will want",
		.args = ASK_ARGS, .nr_args = 5, .run = op_ask_nic,
	}, {
		.name = "ask_gpu", .actor = ACTOR_GPU, .after = "space", .weight = 3,
		.help = "the gpu does",
		.args = ASK_ARGS, .nr_args = 5, .run = op_ask_gpu,
	}, {
		.name = "absence", .actor = ACTOR_VMM, .after = "space", .weight = 5,
		.help = "a device is out of reach while memory is taken back, and returns",
		.args = { DEVICE_ARG, BACK_ARG }, .nr_args = 2,
		.run = op_absence,
		.may_leave = "the device out, and the range unmapped",
	},
};
