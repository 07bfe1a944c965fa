/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops.c - the op table of the world of VFIO
 *
 * IOVAs are a base and a page behind it, so that ops meet: where bitmaps have
 * their first words, around the window of interrupts, at the ends of what the
 * IOMMU translates and of what there is. Memory is 16 pages of the process.
 *
 * All three threads have the same ops. `helper` shares the process, and with it
 * descriptors, with `vmm`; `other` has descriptors of its own, and those it is
 * sent.
 */
#include "vfio.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CONTAINER	OP_RESOURCE("container", "container", "its file")
#define GROUP		OP_RESOURCE("group", "group", "its file")
#define DEVICE		OP_RESOURCE("device", "device", "its file")

#define IOVA_ARGS							\
	OP_ENUM("base", "IOVA that pages are counted from", "low",	\
		 "msi", "high", "top", "sky"),				\
	OP_INT("page", "pages behind it", 1, 0, 63, 0, 1, 2, 4, 8, 15,	\
		16, 31, 32, 63)
#define PAGES_ARG(_last, ...)						\
	OP_INT("pages", "how many", 2, 0, _last, __VA_ARGS__)
#define BACK_ARG							\
	OP_INT("back", "maps that have succeeded since", 1, 0,		\
		VFIO_RECENT - 1, 0, 1, 2)
#define PASID		OP_RESOURCE("pasid", "pasid", "its number")
#define PASID_ARG(_name, ...)						\
	OP_HEX(_name, "a PASID, or how many", 4, 0, UINT32_MAX, __VA_ARGS__)
/* Or, for ops of several calls, the next one that is free, or that is not. */
#define GROUP_ARG	OP_ENUM("number", "which", "nic", "gpu", "mediated",	\
				"slice0", "slice1")

/* An error of these may leave what it says, as the API does. */
#define UNMAP_LEAVES	"mappings gone, if the argument cannot be written back"
#define BITMAP_LEAVES	"bits in the bitmap of pages that stay dirty"
#define WHICH_ERRNO	"which errno"
#define OWN_ONLY	"all: upstream has no such call, and nothing happens"

#define OPS(_actor, _p, _s)							\
	{								\
		.name = _p "container_open", .actor = _actor,		\
		.help = "opens /dev/vfio/vfio", .produces = "container", \
		.weight = _s, .run = op_container_open,			\
	}, {								\
		.name = _p "container_close", .actor = _actor, .weight = _s,		\
		.help = "closes a container's file",			\
		.args = { OP_CONSUMED("container", "container", "its file") }, \
		.nr_args = 1, .run = op_close,				\
	}, {								\
		.name = _p "group_open", .actor = _actor, .weight = 2 * _s,	\
		.help = "opens a group's file", .produces = "group",	\
		.args = { GROUP_ARG }, .nr_args = 1, .run = op_group_open, \
	}, {								\
		.name = _p "group_close", .actor = _actor, .weight = _s,		\
		.help = "closes a group's file",			\
		.args = { OP_CONSUMED("group", "group", "its file") },	\
		.nr_args = 1, .run = op_close,				\
	}, {								\
		.name = _p "device_open", .actor = _actor, .weight = _s,	\
		.help = "GET_DEVICE_FD", .produces = "device",		\
		.args = { GROUP, GROUP_ARG }, .nr_args = 2,		\
		.no_contract = WHICH_ERRNO, .run = op_device_open,	\
	}, {								\
		.name = _p "device_close", .actor = _actor, .weight = _s,		\
		.help = "closes a device's file",			\
		.args = { OP_CONSUMED("device", "device", "its file") }, \
		.nr_args = 1, .run = op_close,				\
	}, {								\
		.name = _p "set_container", .actor = _actor, .weight = 3 * _s, \
		.help = "a group joins a container",			\
		.args = { GROUP, CONTAINER }, .nr_args = 2,		\
		.no_contract = WHICH_ERRNO, .run = op_set_container,	\
	}, {								\
		.name = _p "unset_container", .actor = _actor, .weight = _s,		\
		.help = "a group leaves its container",			\
		.args = { GROUP }, .nr_args = 1,			\
		.no_contract = WHICH_ERRNO, .run = op_unset_container,	\
	}, {								\
		.name = _p "leave", .actor = _actor, .after = "container", .weight = 3 * _s,	\
		.help = "a group leaves, by whatever file of it there is", \
		.args = { GROUP_ARG }, .nr_args = 1,			\
		.no_contract = WHICH_ERRNO, .run = op_leave,		\
	}, {								\
		.name = _p "rejoin", .actor = _actor, .after = "container", .weight = 3 * _s,	\
		.help = "a group joins, by whatever file of it there is", \
		.args = { CONTAINER, GROUP_ARG }, .nr_args = 2,		\
		.no_contract = WHICH_ERRNO, .run = op_rejoin,		\
	}, {								\
		.name = _p "give_up", .actor = _actor, .after = "container", .weight = 2 * _s,	\
		.help = "closes whatever file of a group there is",	\
		.args = { GROUP_ARG }, .nr_args = 1, .run = op_give_up,	\
	}, {								\
		.name = _p "set_iommu", .actor = _actor, .weight = 3 * _s,	\
		.help = "chooses the backend of a container",		\
		.args = { CONTAINER,					\
			  OP_ENUM("type", "which", "v2", "v1", "none",	\
				   "nesting") },			\
		.nr_args = 2, .no_contract = WHICH_ERRNO,		\
		.run = op_set_iommu,					\
	}, {								\
		.name = _p "map", .actor = _actor, .weight = 9 * _s,		\
		.help = "MAP_DMA of the process' memory",		\
		.args = {						\
			CONTAINER, IOVA_ARGS,				\
			PAGES_ARG(17, 1, 2, 4, 8, 16, 17, 0),		\
			OP_INT("ram", "first page of memory", 1, 0, 16, 0, \
				1, 8, 15, 16),				\
			OP_ENUM("access", "of devices", "both", "read", \
				 "write", "none", "vaddr"),		\
		},							\
		.nr_args = 6, .no_contract = WHICH_ERRNO, .run = op_map, \
	}, {								\
		.name = _p "unmap", .actor = _actor, .weight = 4 * _s,	\
		.help = "UNMAP_DMA of a range",				\
		.args = {						\
			CONTAINER, IOVA_ARGS,				\
			PAGES_ARG(512, 1, 2, 4, 16, 64, 0, 512),	\
			OP_ENUM("how", "flags", "plain", "all", "vaddr", \
				 "vaddr_all", "dirty"),			\
		},							\
		.nr_args = 5, .may_leave = UNMAP_LEAVES,		\
		.no_contract = WHICH_ERRNO, .run = op_unmap,		\
	}, {								\
		.name = _p "dirty", .actor = _actor, .weight = 3 * _s,	\
		.help = "DIRTY_PAGES: tracking on or off",		\
		.args = { CONTAINER,					\
			  OP_ENUM("what", "flag", "start", "stop", "both", \
				   "unknown") },			\
		.nr_args = 2, .no_contract = WHICH_ERRNO, .run = op_dirty, \
	}, {								\
		.name = _p "get_bitmap", .actor = _actor, .weight = 3 * _s,	\
		.help = "DIRTY_PAGES: what has been written in a range", \
		.args = { CONTAINER, IOVA_ARGS,				\
			  OP_INT("pages", "how many", 2, 1, 256, 16, 64, 1, \
				  63, 65, 128, 256) },			\
		.nr_args = 4, .may_leave = BITMAP_LEAVES,		\
		.no_contract = WHICH_ERRNO, .run = op_get_bitmap,	\
	}, {								\
		.name = _p "bad_call", .actor = _actor, .weight = 2 * _s,			\
		.help = "a call with one thing wrong",			\
		.args = { CONTAINER,					\
			  OP_ENUM("kind", "what", "map_argsz",		\
				   "map_flags", "map_iova", "map_size",	\
				   "map_vaddr", "map_wrap",		\
				   "unmap_argsz", "unmap_flags",	\
				   "unmap_dirty_all", "unmap_size",	\
				   "unmap_iova", "bitmap_argsz",	\
				   "bitmap_pgsize", "bitmap_small",	\
				   "bitmap_kernel", "bitmap_iova",	\
				   "bitmap_wrap",			\
				   "command") },			\
		.nr_args = 2, .no_contract = WHICH_ERRNO,		\
		.run = op_bad_call,					\
	}, {								\
		.name = _p "info", .actor = _actor, .weight = _s,			\
		.help = "GET_INFO and its capabilities",		\
		.args = { CONTAINER,					\
			  OP_ENUM("room", "for the answer", "enough",	\
				   "no_caps", "no_padding",		\
				   "no_offset", "short") },		\
		.nr_args = 2, .no_contract = WHICH_ERRNO, .run = op_info, \
	}, {								\
		.name = _p "mediated", .actor = _actor, .weight = 2 * _s,	\
		.help = "the mediated device pins or writes memory",	\
		.args = { DEVICE,					\
			  OP_ENUM("what", "it does", "pin", "unpin",	\
				   "read", "write"),			\
			  IOVA_ARGS,					\
			  OP_INT("pages", "to pin", 1, 1, 16, 1, 2, 16) }, \
		.nr_args = 5, .no_contract = WHICH_ERRNO,		\
		.run = op_mediated,					\
	}, {								\
		.name = _p "guest_ready", .actor = _actor, .weight = 10 * _s,	\
		.help = "a container with nesting, memory, guest's tables", \
		.args = { GROUP_ARG }, .nr_args = 1,			\
		.produces = "container", .no_contract = WHICH_ERRNO,	\
		.may_leave = "files that were opened",			\
		.run = op_guest_ready,					\
	}, {								\
		.name = _p "guest_edit", .actor = _actor, .weight = 2 * _s,	\
		.help = "changes an entry of the guest's tables",	\
		.args = {						\
			OP_INT("page", "of the guest's addresses", 1, 0, 31, \
				0, 1, 15, 16),				\
			OP_INT("to", "page of its memory", 1, 0, 31, 0, 1, \
				15, 16),				\
			OP_ENUM("rights", "of devices", "both", "read",	\
				 "none"),				\
		},							\
		.nr_args = 3, .no_contract = OWN_ONLY,			\
		.run = op_guest_edit,					\
	}, {								\
		.name = _p "pasid_alloc", .actor = _actor, .weight = 7 * _s,	\
		.help = "PASID_REQUEST for a new one", .produces = "pasid", \
		.args = {						\
			CONTAINER,					\
			PASID_ARG("min", 1, 1, 2, 255, 256, 4095, 0),	\
			PASID_ARG("max", 0xfffff, 0xfffff, 1, 2, 255, 256, \
				   0, 0x100000, 0x80000000, UINT32_MAX), \
			OP_ENUM("room", "for the answer", "enough",	\
				 "short", "hole"),			\
		},							\
		.nr_args = 4, .no_contract = OWN_ONLY,			\
		.run = op_pasid_alloc,					\
	}, {								\
		.name = _p "pasid_ready", .actor = _actor, .weight = 10 * _s,	\
		.help = "a new PASID, bound to the guest's tables",	\
		.args = { CONTAINER,					\
			  OP_ENUM("who", "can send it", "all", "some") }, \
		.nr_args = 2, .produces = "pasid",			\
		.may_leave = "the PASID, if it cannot be bound",	\
		.no_contract = OWN_ONLY, .run = op_pasid_ready,		\
	}, {								\
		.name = _p "pasid_free", .actor = _actor, .weight = 3 * _s,	\
		.help = "PASID_REQUEST to free one",			\
		.args = { CONTAINER, OP_CONSUMED("pasid", "pasid",	\
						  "its number") },	\
		.nr_args = 2, .no_contract = OWN_ONLY,			\
		.run = op_pasid_free,					\
	}, {								\
		.name = _p "pasid_free_range", .actor = _actor, .weight = 6 * _s,		\
		.help = "PASID_REQUEST to free all in a range",		\
		.args = {						\
			CONTAINER,					\
			PASID_ARG("min", 0, 0, 1, 2, 255, 256),		\
			PASID_ARG("max", 0xfffff, 0xfffff, 1, 2, 255, 0, \
				   UINT32_MAX),				\
		},							\
		.nr_args = 3, .no_contract = OWN_ONLY,			\
		.run = op_pasid_free_range,				\
	}, {								\
		.name = _p "pasid_quota", .actor = _actor, .weight = 3 * _s,	\
		.help = "SET_PASID_QUOTA",				\
		.args = {						\
			CONTAINER,					\
			PASID_ARG("quota", 1, 1, 2, 0, 3, 1000, 1001,	\
				   0xfffff, 0x100000, 0x80000000,	\
				   UINT32_MAX),				\
			OP_ENUM("kind", "of argument", "fine", "flags",	\
				 "argsz", "left", "exact"),			\
		},							\
		.nr_args = 3, .no_contract = OWN_ONLY,			\
		.run = op_pasid_quota,					\
	}, {								\
		.name = _p "uapi_version", .actor = _actor, .weight = _s,		\
		.help = "NESTING_GET_IOMMU_UAPI_VERSION",		\
		.args = { CONTAINER }, .nr_args = 1,			\
		.no_contract = OWN_ONLY, .run = op_uapi_version,	\
	}, {								\
		.name = _p "bind", .actor = _actor, .weight = 5 * _s,	\
		.help = "BIND of the guest's tables to a PASID",	\
		.args = {						\
			CONTAINER, PASID,				\
			OP_INT("guest", "its number there; 0: the same", 1, 0, \
				63, 0, 1, 2, 63),			\
		},							\
		.nr_args = 3, .no_contract = OWN_ONLY, .run = op_bind,	\
	}, {								\
		.name = _p "unbind", .actor = _actor, .weight = 3 * _s,	\
		.help = "BIND to unbind", .args = { CONTAINER, PASID },	\
		.nr_args = 2, .no_contract = OWN_ONLY, .run = op_unbind, \
	}, {								\
		.name = _p "invalidate", .actor = _actor, .weight = 4 * _s,	\
		.help = "CACHE_INVALIDATE",				\
		.args = {						\
			CONTAINER, PASID,				\
			OP_ENUM("what", "is forgotten", "addr", "leaf",	\
				 "pasid", "domain"),			\
			OP_INT("page", "first of the guest's", 1, 0, 31, 0, 1, \
				15, 16),				\
			OP_INT("pages", "how many", 1, 0, 32, 1, 2, 16, 0, \
				32),					\
		},							\
		.nr_args = 5, .no_contract = OWN_ONLY,			\
		.run = op_invalidate,					\
	}, {								\
		.name = _p "bad_nesting", .actor = _actor, .weight = 4 * _s,		\
		.help = "a call about PASIDs with one thing wrong",	\
		.args = { CONTAINER, PASID,				\
			  OP_ENUM("kind", "what", "bind_argsz",		\
				   "bind_data", "bind_both",		\
				   "bind_neither", "bind_version",	\
				   "bind_format", "bind_width",		\
				   "bind_flags", "bind_vtd_flags",	\
				   "bind_table", "bind_high",		\
				   "inv_argsz", "inv_data",		\
				   "inv_flags", "inv_version",		\
				   "inv_cache", "inv_kind",		\
				   "inv_reserved", "inv_granule",	\
				   "inv_wrap", "request_both",		\
				   "request_neither",			\
				   "request_unknown", "request_argsz") }, \
		.nr_args = 3, .no_contract = OWN_ONLY,			\
		.run = op_bad_nesting,					\
	}, {								\
		.name = _p "ram", .actor = _actor, .weight = _s,		\
		.help = "changes memory of the process",		\
		.args = { OP_ENUM("what", "it does", "unmap", "map",	\
				   "read_only", "writable"),		\
			  OP_INT("page", "of memory", 1, 0, 15, 0, 1,	\
				  15) },				\
		.nr_args = 2, .run = op_ram,				\
	}, {								\
		.name = _p "sleep", .actor = _actor, .weight = _s,	\
		.help = "in user space",				\
		.args = { OP_INT("ns", "how long", 2, 0, 60000, 30000,	\
				  0, 1000, 10000) },			\
		.nr_args = 1, .run = op_sleep,				\
	}, {								\
		.name = _p "take_back", .actor = _actor, .after = "container", .weight = 5 * _s, \
		.help = "unmaps what was mapped lately",		\
		.args = { BACK_ARG,					\
			  OP_ENUM("how", "flags", "plain", "all", "vaddr", \
				   "vaddr_all", "dirty") },		\
		.nr_args = 2, .may_leave = UNMAP_LEAVES,		\
		.no_contract = WHICH_ERRNO, .run = op_take_back,	\
	}, {								\
		.name = _p "shootdown", .actor = _actor, .weight = 6 * _s, \
		.help = "the guest changes a page a device has been to, has it forgotten", \
		.args = {						\
			CONTAINER, PASID,				\
			OP_ENUM("what", "is forgotten", "addr", "leaf",	\
				 "pasid", "domain"),			\
			OP_ENUM("rights", "of devices", "both", "read",	\
				 "none"),				\
			OP_INT("before", "pages in front of it, too", 1, 0, \
				31, 0, 1, 7),				\
		},							\
		.nr_args = 5, .no_contract = OWN_ONLY,			\
		.may_leave = "the change",				\
		.run = op_shootdown,					\
	}, {								\
		.name = _p "enter", .actor = _actor, .weight = 4 * _s,	\
		.help = "one more group, and no device of it",		\
		.args = { CONTAINER, GROUP_ARG }, .nr_args = 2,		\
		.no_contract = WHICH_ERRNO,				\
		.may_leave = "files that were opened",			\
		.run = op_enter,					\
	}, {								\
		.name = _p "open_device", .actor = _actor, .after = "container", .weight = 3 * _s, \
		.help = "GET_DEVICE_FD, by whatever file of its group there is", \
		.args = { GROUP_ARG }, .nr_args = 1, .produces = "device", \
		.no_contract = WHICH_ERRNO, .run = op_open_device,	\
	}, {								\
		.name = _p "let_go", .actor = _actor, .after = "container", .weight = 3 * _s,	\
		.help = "closes all files of a group and its device",	\
		.args = { GROUP_ARG }, .nr_args = 1, .run = op_let_go,	\
	}, {								\
		.name = _p "log", .actor = _actor, .weight = 5 * _s,	\
		.after = "container",					\
		.help = "asks for dirty pages of what was mapped lately, or begins", \
		.args = { BACK_ARG }, .nr_args = 1,			\
		.may_leave = BITMAP_LEAVES,				\
		.no_contract = WHICH_ERRNO, .run = op_log,		\
	}, {								\
		.name = _p "software", .actor = _actor, .weight = 5 * _s, \
		.after = "container",					\
		.help = "the mediated device pins or writes what was mapped lately", \
		.args = { BACK_ARG,					\
			  OP_ENUM("what", "it does", "pin", "unpin",	\
				   "read", "write"),			\
			  OP_INT("page", "of it", 1, 0, 15, 0, 1, 15),	\
			  OP_INT("pages", "to pin", 1, 1, 16, 1, 2, 16) }, \
		.nr_args = 4, .no_contract = WHICH_ERRNO,		\
		.run = op_software,					\
	}, {								\
		.name = _p "log_nowhere", .actor = _actor, .weight = 2 * _s, \
		.after = "container",					\
		.help = "asks for dirty pages where no bitmap is, then where one is", \
		.args = { BACK_ARG }, .nr_args = 1,			\
		.no_contract = WHICH_ERRNO, .run = op_log_nowhere,	\
	}, {								\
		.name = _p "die", .actor = _actor, .weight = _s,			\
		.help = "the process is killed", .run = op_die,		\
	}

#define DMA_ARGS							\
	{ IOVA_ARGS,							\
	  OP_INT("offset", "in the page", 2, 0, 4095, 0, 8, 4088, 4095), \
	  OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096, 4104),	\
	  OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_INT("after_ns", "when", 2, 0, 60000, 10000, 0, 1000, 3000, \
		  30000) }

#define GUEST_DMA_ARGS							\
	{ PASID,							\
	  OP_INT("page", "of the guest's addresses", 1, 0, 31, 0, 1, 15, 16), \
	  OP_INT("offset", "in the page", 2, 0, 4095, 0, 8, 4088, 4095), \
	  OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096, 4104),	\
	  OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_INT("after_ns", "when", 2, 0, 60000, 10000, 0, 1000, 3000, \
		  30000) }

#define REVISIT_ARGS							\
	BACK_ARG,							\
	OP_ENUM("where", "in the range", "first_page", "second_page",	\
		 "last_page", "behind"),				\
	OP_ENUM("kind", "what it does", "write", "read"),		\
	OP_ENUM("when", "it begins", "settled", "at_once")

#define GUEST_REVISIT_ARGS						\
	{ OP_INT("back", "PASIDs that were bound since", 1, 0,		\
		  VFIO_RECENT - 1, 0, 1),				\
	  OP_INT("page", "of the guest's addresses", 1, 0, 31, 0, 1, 15, 16), \
	  OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_ENUM("when", "it begins", "settled", "at_once") }

#define VNUMBER_ARG							\
	OP_INT("number", "that the guest has for it", 1, 1, VGUEST_PASIDS, 1, 2)

#define GUEST_AGAIN_ARGS						\
	{ OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_ENUM("when", "it begins", "settled", "at_once") }

#define BURST_ARGS							\
	{ OP_ENUM("kind", "what it does", "write", "read"),		\
	  OP_INT("times", "how often", 1, 2, 40, 8, 16, 40),		\
	  OP_INT("gap_ns", "between two", 2, 1, 4000, 1000, 10, 300, 4000) }

const char *const vfio_actors[] = {
	[ACTOR_VMM] = "vmm", [ACTOR_HELPER] = "helper",
	[ACTOR_OTHER] = "other", [ACTOR_GUEST] = "guest", [ACTOR_NIC] = "nic", [ACTOR_GPU] = "gpu",
	[ACTOR_WHOLE] = "whole",
	NULL,
};

static const struct op vfio_ops[] = {
	OPS(ACTOR_VMM, "", 3),
	OPS(ACTOR_HELPER, "helper_", 1),
	OPS(ACTOR_OTHER, "other_", 1),
	{
		.name = "ready", .actor = ACTOR_VMM, .weight = 20,
		.help = "container, group and backend in one go",
		.args = { GROUP_ARG }, .nr_args = 1,
		.produces = "container", .no_contract = WHICH_ERRNO,
		.may_leave = "files that were opened",
		.run = op_ready,
	}, {
		.name = "vm_ready", .actor = ACTOR_VMM, .weight = 20,
		.help = "the same, with memory and perhaps more",
		.args = { GROUP_ARG,
			  OP_ENUM("with", "what; more than what stands before",
				  "memory", "software", "logging") },
		.nr_args = 2, .produces = "container",
		.no_contract = WHICH_ERRNO,
		.may_leave = "files that were opened, and what is mapped",
		.run = op_vm_ready,
	}, {
		.name = "guest_running", .actor = ACTOR_VMM, .weight = 25,
		.help = "a guest, its devices, and a PASID that is bound",
		.args = { GROUP_ARG,
			  OP_ENUM("devices", "how many", "one", "two") },
		.nr_args = 2, .produces = "pasid", .no_contract = OWN_ONLY,
		.may_leave = "files that were opened, and what is mapped",
		.run = op_guest_running,
	}, {
		.name = "helper_meet", .actor = ACTOR_HELPER, .weight = 60,
		.after = "container",
		.help = "a call about what the last call is about",
		.args = { OP_ENUM("what", "it does, or what fits", "bind",
				  "unbind", "pasid_free", "invalidate", "quota", "map",
				  "unmap", "leave", "give_up", "open") },
		.nr_args = 1, .no_contract = WHICH_ERRNO,
		.may_leave = UNMAP_LEAVES, .run = op_meet,
	}, {
		.name = "join", .actor = ACTOR_VMM, .weight = 14,
		.help = "one more group, and its device",
		.args = { CONTAINER, GROUP_ARG }, .nr_args = 2,
		.produces = "device", .no_contract = WHICH_ERRNO,
		.may_leave = "files that were opened",
		.run = op_join,
	}, {
		.name = "status", .actor = ACTOR_VMM,
		.help = "GET_STATUS of a group",
		.args = { GROUP, OP_INT("argsz", "of the argument", 1, 0, 16,
					 8, 7, 16) },
		.nr_args = 2, .no_contract = WHICH_ERRNO, .run = op_status,
	}, {
		.name = "extension", .actor = ACTOR_VMM,
		.help = "CHECK_EXTENSION",
		.args = { CONTAINER,
			  OP_ENUM("which", "of them", "v2", "v1", "unmap_all",
				   "update_vaddr", "unknown", "nesting",
				   "pasids") },
		.nr_args = 2, .no_contract = "pasids: upstream has none",
		.run = op_extension,
	}, {
		.name = "unplug", .actor = ACTOR_VMM,
		.help = "takes a device out that nobody has open",
		.args = { GROUP_ARG }, .nr_args = 1, .run = op_unplug,
	}, {
		.name = "plug", .actor = ACTOR_VMM,
		.help = "puts it back", .args = { GROUP_ARG }, .nr_args = 1,
		.run = op_plug,
	}, {
		.name = "limit", .actor = ACTOR_VMM,
		.help = "sets RLIMIT_MEMLOCK and the right to pass it",
		.args = {
			OP_INT("pages", "that may be locked", 1, 0, 64, 16, 0,
				1, 15, 17),
			OP_ENUM("rights", "of the process", "none", "all"),
		},
		.nr_args = 2, .run = op_limit,
	}, {
		.name = "exec", .actor = ACTOR_VMM,
		.help = "the process runs another program", .run = op_exec,
	}, {
		.name = "send_container", .actor = ACTOR_VMM,
		.help = "gives a container's file to the other process",
		.args = { CONTAINER }, .nr_args = 1, .produces = "container",
		.run = op_send,
	}, {
		.name = "send_group", .actor = ACTOR_VMM,
		.help = "gives a group's file to the other process",
		.args = { GROUP }, .nr_args = 1, .produces = "group",
		.run = op_send,
	}, {
		.name = "guest_on", .actor = ACTOR_GUEST, .weight = 14, .after = "container",
		.help = "the guest gives a PASID its tables, by its virtual IOMMU",
		.args = { VNUMBER_ARG }, .nr_args = 1,
		.no_contract = OWN_ONLY, .run = op_guest_on,
	}, {
		.name = "guest_off", .actor = ACTOR_GUEST, .weight = 5, .after = "container",
		.help = "it takes them away",
		.args = { VNUMBER_ARG,
			  OP_ENUM("told", "to its virtual IOMMU", "yes",
				  "forgotten") },
		.nr_args = 2, .no_contract = OWN_ONLY, .run = op_guest_off,
	}, {
		.name = "guest_change", .actor = ACTOR_GUEST, .weight = 14, .after = "container",
		.help = "it changes an entry, and has it forgotten",
		.args = { VNUMBER_ARG,
			  OP_INT("page", "of its addresses; 32: where a device was",
				 1, 0, 32, 32, 0, 1),
			  OP_ENUM("rights", "of devices", "both", "read",
				  "none"),
			  OP_ENUM("told", "to be forgotten", "page", "block",
				  "all", "nothing") },
		.nr_args = 4, .no_contract = OWN_ONLY,
		.may_leave = "the change", .run = op_guest_change,
	}, {
		.name = "nic_dma", .actor = ACTOR_NIC, .after = "container", .weight = 20,
		.help = "the nic reads or writes", .args = DMA_ARGS,
		.nr_args = 6, .run = op_dma,
	}, {
		.name = "gpu_dma", .actor = ACTOR_GPU, .after = "container", .weight = 10,
		.help = "the gpu reads or writes", .args = DMA_ARGS,
		.nr_args = 6, .run = op_dma,
	}, {
		.name = "nic_guest_dma", .actor = ACTOR_NIC, .weight = 25,
		.help = "the nic, with a PASID", .args = GUEST_DMA_ARGS,
		.nr_args = 6, .no_contract = OWN_ONLY, .run = op_guest_dma,
	}, {
		.name = "gpu_guest_dma", .actor = ACTOR_GPU, .weight = 12,
		.help = "the gpu, with a PASID", .args = GUEST_DMA_ARGS,
		.nr_args = 6, .no_contract = OWN_ONLY, .run = op_guest_dma,
	}, {
		.name = "slice_dma", .actor = ACTOR_WHOLE, .after = "container", .weight = 10,
		.help = "a slice reads or writes",
		.args = {
			OP_ENUM("slice", "which", "first", "second"),
			IOVA_ARGS,
			OP_INT("bytes", "how many", 2, 1, 16384, 8, 1, 4096,
				4104),
			OP_ENUM("kind", "what it does", "write", "read"),
			OP_INT("after_ns", "when", 2, 0, 60000, 10000, 0, 1000,
				3000, 30000),
		},
		.nr_args = 6, .no_contract = OWN_ONLY, .run = op_slice_dma,
	}, {
		.name = "slice_guest_dma", .actor = ACTOR_WHOLE, .weight = 8,
		.help = "a slice, with a guest's PASID", .args = GUEST_DMA_ARGS,
		.nr_args = 6, .no_contract = OWN_ONLY, .run = op_guest_dma,
	}, {
		.name = "nic_revisit", .actor = ACTOR_NIC, .after = "container", .weight = 40,
		.help = "the nic goes where something was mapped",
		.args = { REVISIT_ARGS }, .nr_args = 4, .run = op_revisit,
	}, {
		.name = "gpu_revisit", .actor = ACTOR_GPU, .after = "container", .weight = 20,
		.help = "the gpu does", .args = { REVISIT_ARGS },
		.nr_args = 4, .run = op_revisit,
	}, {
		.name = "slice_revisit", .actor = ACTOR_WHOLE, .after = "container", .weight = 12,
		.help = "a slice does",
		.args = { OP_ENUM("slice", "which", "first", "second"),
			  REVISIT_ARGS },
		.nr_args = 5, .no_contract = OWN_ONLY, .run = op_slice_revisit,
	}, {
		.name = "nic_guest_revisit", .actor = ACTOR_NIC, .after = "pasid", .weight = 40,
		.help = "the nic, with a PASID that was bound lately",
		.args = GUEST_REVISIT_ARGS, .nr_args = 4,
		.no_contract = OWN_ONLY, .run = op_guest_revisit,
	}, {
		.name = "gpu_guest_revisit", .actor = ACTOR_GPU, .after = "pasid", .weight = 20,
		.help = "the gpu, with one", .args = GUEST_REVISIT_ARGS,
		.nr_args = 4, .no_contract = OWN_ONLY, .run = op_guest_revisit,
	}, {
		.name = "nic_guest_again", .actor = ACTOR_NIC, .after = "pasid", .weight = 30,
		.help = "the nic repeats what it did last with a PASID, or begins",
		.args = GUEST_AGAIN_ARGS, .nr_args = 2,
		.no_contract = OWN_ONLY, .run = op_guest_again,
	}, {
		.name = "gpu_guest_again", .actor = ACTOR_GPU, .after = "pasid", .weight = 20,
		.help = "the gpu does", .args = GUEST_AGAIN_ARGS, .nr_args = 2,
		.no_contract = OWN_ONLY, .run = op_guest_again,
	}, {
		.name = "slice_guest_again", .actor = ACTOR_WHOLE, .after = "pasid",
		.weight = 8, .help = "a slice does",
		.args = GUEST_AGAIN_ARGS, .nr_args = 2,
		.no_contract = OWN_ONLY, .run = op_guest_again,
	}, {
		.name = "nic_burst", .actor = ACTOR_NIC, .after = "container", .weight = 6,
		.help = "the nic goes where something was mapped, while calls run",
		.args = BURST_ARGS, .nr_args = 3, .run = op_burst,
	}, {
		.name = "gpu_burst", .actor = ACTOR_GPU, .after = "container", .weight = 3,
		.help = "the gpu does", .args = BURST_ARGS, .nr_args = 3,
		.run = op_burst,
	}, {
		.name = "nic_guest_burst", .actor = ACTOR_NIC, .after = "pasid", .weight = 20,
		.help = "the nic repeats what it did with a PASID, while calls run",
		.args = BURST_ARGS, .nr_args = 3, .no_contract = OWN_ONLY,
		.run = op_guest_burst,
	}, {
		.name = "gpu_guest_burst", .actor = ACTOR_GPU, .after = "pasid", .weight = 16,
		.help = "the gpu does", .args = BURST_ARGS, .nr_args = 3,
		.no_contract = OWN_ONLY, .run = op_guest_burst,
	}, {
		.name = "slice_guest_revisit", .actor = ACTOR_WHOLE, .after = "pasid",
		.weight = 8, .help = "a slice, with one",
		.args = GUEST_REVISIT_ARGS, .nr_args = 4,
		.no_contract = OWN_ONLY, .run = op_guest_revisit,
	},
};

/* The threads of the first process have files and PASIDs in common. */
static const uint8_t vfio_sharing[VFIO_ACTORS] = {
	[ACTOR_VMM] = 0, [ACTOR_HELPER] = 0, [ACTOR_OTHER] = 1,
	[ACTOR_GUEST] = 0, [ACTOR_NIC] = 2, [ACTOR_GPU] = 3, [ACTOR_WHOLE] = 4,
};

/* Calls that do overlap are judged by less: see ref.c. */
static const struct op_arg vfio_config[] = {
	OP_ENUM("threads", "how calls of processes follow", "at_once",
		"in_turn"),
};

static void configure(struct world *world, const uint64_t *config)
{
	world_take_turns(world, config[0] ? (1u << VFIO_THREADS) - 1 : 0);
}

/* Two devices of a process, and its memory where they look for it. */
static const struct op_standing standing[] = {
	{ "ready", { 0 } },				/* nic */
	{ "join", { 1, 1 } },				/* the container, gpu */
	{ "map", { 1, 0, 0, 16, 0, 0 } },		/* low, 16 pages, both */
	{ NULL },
};

const struct world_type vfio_type = {
	.name = "vfio",
	.help = "two processes with devices of their own, behind an IOMMU",
	.actors = vfio_actors,
	.process = vfio_sharing,
	.ops = vfio_ops,
	.nr_ops = ARRAY_SIZE(vfio_ops),
	.standing = standing,
	.config = vfio_config,
	.nr_config = ARRAY_SIZE(vfio_config),
	.build = vfio_build,
	.configure = configure,
	.finish = vfio_finish,
};

const struct world_type *const world_types[] = { &vfio_type, NULL };
