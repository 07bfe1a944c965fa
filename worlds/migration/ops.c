/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The op table of the migration world.
 *
 * Offsets named iova are relative to the IOVA base of the world's
 * configuration. Ranges are given in units of the page size they are about,
 * plus what makes them uneven, because whole ranges are what a VMM asks for
 * and uneven ones are where bitmaps break. (The configuration `ranges` rounds
 * reports, so that what only uneven ones break does not hide the rest.)
 *
 * Weights favour what the code under test is for: writes and their reports.
 *
 * Border values come from the code under test: 64 bits in a word, 32768 bits
 * in a page of bitmap, 512 pages pinned at once, and the ends of pages, ranges
 * and the address space.
 */
#include "migration.h"


#define IOVA_LAST	(MIGRATION_IOVA_SPAN - 1)
#define IOVA_BORDERS	0, 8, 0x800, 0xfff, 0x1000, 0x3f000, 0x40000,	\
			0x41000, 0x7fff000, 0x8000000, 0x8001000,	\
			0xfffe000, 0xffff000, 0xfffffff
#define PAGE_SIZES	4096, 8192, 65536, 1 << 21, 1 << 30,		\
			1ull << 31, 1ull << 32
/* What VMMs use is first: records leave windows if tracker pages are larger. */
#define BIT_SIZES	4096, 4096, 4096, PAGE_SIZES
#define BITMAP_OFFSETS	0, 1, 7, 8, 63, 64, 4032, 4088, 4089, 4095,	\
			4096, 8184

/* An error of these calls may leave bits in the bitmap, and nothing else. */
#define REPORT_LEAVES	"bits in the bitmap of pages that stay dirty"
/* Nobody promises at which of several bad arguments a call gives up. */
#define ERROR_IS_OPEN	"which errno; bits set before an error"

#define REPORT_ARGS							\
	OP_HEX("iova", "first IOVA, from the base", 4, 0, IOVA_LAST,	\
		IOVA_BORDERS),						\
	OP_INT("bits", "length in units of page_size", 2, 0, 40000,	\
		1, 0, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 512,	\
		32704, 32767, 32768, 32769, 32832, 33000, 40000),	\
	OP_HEX("cut", "bytes by which it is shorter", 2, 0, 0xffff,	\
		0, 1, 8, 0x800, 0xfff, 0x1000, 0xf000),			\
	OP_LOG2("page_size", "bytes of IOVA per bit", 12, 34,		\
		 BIT_SIZES),						\
	OP_INT("bitmap", "offset into the bitmap area", 2, 0, 16383,	\
		BITMAP_OFFSETS),					\
	OP_ENUM("fill", "what the bitmap holds before", "zero", "ones", \
		 "mixed")

#define START_ARGS							\
	OP_INT("first", "first page of the first range", 1, 0, 255,	\
		0, 1, 63, 64),						\
	OP_INT("pages", "pages per range", 4, 0, 0x1000000,		\
		0x10000, 1, 0, 2, 16, 63, 64, 65, 0x8000, 0xffff,	\
		0x1000000),						\
	OP_LOG2("page_size", "hint for the tracker, and unit of the above", \
		 12, 32, PAGE_SIZES),					\
	OP_INT("ranges", "number of ranges", 1, 0, 6, 1, 2, 4, 5, 0),	\
	OP_INT("gap", "pages between ranges", 1, 0, 15, 1, 0, 2),	\
	{ .name = "skew", .help = "what is wrong with the last range",	\
	  .type = OP_ARG_ENUM, .bytes = 1,				\
	  .names = OP_NAMES("none", "iova", "length", "overlap", "empty",	\
			 "wrap"), OP_VALUES(0) }

/* As many pages as the area has after the first. */
#define AREA_ARGS							\
	OP_INT("page", "first page, modulo those of the area", 2, 0,	\
		527, 0, 1, 2, 511, 512),				\
	OP_INT("pages", "number of pages", 1, 1, 16, 1, 2),

#define DMA_ARGS							\
	OP_HEX("iova", "first IOVA, from the base", 4, 0, IOVA_LAST,	\
		IOVA_BORDERS),						\
	OP_HEX("length", "bytes per write", 4, 1, 0x100000,		\
		8, 1, 0xfff, 0x1000, 0x1001, 0x10000, 0x40000),		\
	OP_LOG2("stride", "from one write to the next", 3, 36,		\
		 0x1000, 0x2000, 0x800, 0x10000, 0x8000000),		\
	OP_INT("count", "number of writes", 1, 1, 64, 1, 2, 63, 64),	\
	OP_INT("period_ns", "time from one write to the next", 2, 0,	\
		40000, 0, 100, 1000, 10000)

const char *const migration_actors[] = {
	[ACTOR_VMM] = "vmm",
	[ACTOR_DEVICE] = "device",
	[ACTOR_LINK] = "link",
	[ACTOR_PEER] = "peer",
	[ACTOR_PEER_DEVICE] = "peer_device",
	NULL,
};

const struct op_arg migration_config_args[MIGRATION_CONFIG] = {
	[CONFIG_MEMORY] = OP_ENUM("memory", "frames of each machine",
		"small", "large"),
	[CONFIG_RAM_PAGES] = OP_LOG2("ram_pages", "pages of guest RAM", 3, 5,
		16),
	[CONFIG_HOSTS] = OP_INT("hosts", "1: no migration is possible", 1, 1,
		2, 2),
	[CONFIG_IOVA] = OP_ENUM("iova", "IOVA base: where RAM begins",
		"at-4g", "at-0", "at-4k", "at-1t", "at-sign", "at-top"),
	[CONFIG_TRACKER] = OP_ENUM("tracker", "page sizes it can track",
		"only-4k", "upto-64k", "only-64k", "only-2m", "all"),
	[CONFIG_RECORDS] = OP_ENUM("records", "how it gives its records",
		"page", "run", "short", "reverse"),
	[CONFIG_RANGES] = OP_ENUM("ranges",
		"reports are rounded to whole pages, as VMMs do, or not",
		"whole", "any"),
	[CONFIG_THRESHOLD] = OP_INT("threshold",
		"pages left at which pre-copy is done", 1, 0, 16, 4),
	[CONFIG_LATENCY] = OP_INT("latency_ns", "of the link", 4, 0,
		10000000, 20000),
	[CONFIG_BANDWIDTH] = OP_INT("mbytes_per_s", "of the link", 2, 1,
		10000, 1000),
};

const struct op migration_ops[MIGRATION_NR_OPS] = {
	{
		.name = "log_start",
		.help = "switches DMA logging on for some ranges",
		.actor = ACTOR_VMM,
		.args = { START_ARGS },
		.nr_args = 6,
		.no_contract = ERROR_IS_OPEN,
		.standalone = "log_start",
		.weight = 6,
		.run = op_log_start,
	}, {
		.name = "log_stop",
		.help = "switches DMA logging off",
		.actor = ACTOR_VMM,
		.standalone = "log_stop",
		.run = op_log_stop,
	}, {
		.name = "log_report",
		.help = "reads and clears the dirty log of a range",
		.actor = ACTOR_VMM,
		.args = { REPORT_ARGS },
		.nr_args = 6,
		.may_leave = REPORT_LEAVES,
		.no_contract = ERROR_IS_OPEN,
		.standalone = "log_report",
		.weight = 6,
		.run = op_log_report,
	}, {
		.name = "log_report_wide",
		.help = "the same with a bitmap of many pages",
		.actor = ACTOR_VMM,
		.args = {
			OP_HEX("iova", "first IOVA, from the base", 4, 0,
				IOVA_LAST, IOVA_BORDERS),
			OP_INT("pages",
				"pages of bitmap, modulo the area plus two",
				2, 1, 530, 1, 2, 3, 5, 511, 512, 513),
			OP_INT("extra", "bits more than that", 1, 0, 255,
				0, 1, 63, 64, 65),
			OP_LOG2("page_size", "bytes of IOVA per bit", 12, 20,
				 4096, 8192, 65536),
			OP_INT("bitmap", "offset into the bitmap area", 2,
				0, 16383, BITMAP_OFFSETS),
			OP_ENUM("fill", "what the bitmap holds before",
				 "zero", "ones", "mixed"),
		},
		.nr_args = 6,
		.may_leave = REPORT_LEAVES,
		.no_contract = ERROR_IS_OPEN,
		.standalone = "log_report_wide",
		.weight = 3,
		.run = op_log_report_wide,
	}, {
		.name = "log_report_again",
		.help = "the last report once more, as in the next round",
		.actor = ACTOR_VMM,
		.may_leave = REPORT_LEAVES,
		.no_contract = ERROR_IS_OPEN,
		.standalone = "log_report_again",
		.weight = 9,
		.run = op_log_report_again,
	}, {
		.name = "bad_call",
		.help = "a DMA logging ioctl that is not well-formed",
		.actor = ACTOR_VMM,
		.args = {
			OP_ENUM("kind", "what is wrong", "argsz-header",
				 "argsz-short", "argsz-long", "flags-set",
				 "flags-both", "flags-none", "flags-unknown",
				 "probe", "feature-unknown", "cmd-unknown",
				 "pointer-null", "pointer-hole",
				 "pointer-kernel", "page-size-0",
				 "page-size-1", "page-size-2048",
				 "page-size-12288", "bitmap-null",
				 "bitmap-kernel", "bitmap-top", "length-0",
				 "length-max", "fd-closed", "bitmap-wrap"),
		},
		.nr_args = 1,
		.no_contract = ERROR_IS_OPEN,
		.standalone = "bad_call",
		.run = op_bad_call,
	}, {
		.name = "bitmap_map",
		.help = "maps pages of the bitmap area, writable",
		.actor = ACTOR_VMM,
		.args = {
			AREA_ARGS
		},
		.nr_args = 2,
		.standalone = "bitmap_map",
		.run = op_bitmap_map,
	}, {
		.name = "bitmap_unmap",
		.help = "punches a hole into the bitmap area",
		.actor = ACTOR_VMM,
		.args = {
			AREA_ARGS
		},
		.nr_args = 2,
		.standalone = "bitmap_unmap",
		.run = op_bitmap_unmap,
	}, {
		.name = "bitmap_protect",
		.help = "makes pages of the bitmap area read-only",
		.actor = ACTOR_VMM,
		.args = {
			AREA_ARGS
		},
		.nr_args = 2,
		.standalone = "bitmap_protect",
		.run = op_bitmap_protect,
	}, {
		.name = "dma_write",
		.help = "the device writes to guest RAM",
		.actor = ACTOR_DEVICE,
		.args = { DMA_ARGS },
		.nr_args = 5,
		.weight = 6,
		.run = op_dma_write,
	}, {
		.name = "dma_at",
		.help = "the device writes what a bit of the last report is for",
		.actor = ACTOR_DEVICE,
		.args = {
			OP_INT("page", "page of bitmap, modulo the bitmap", 2,
				0, 530, 0, 1, 2, 511, 512, 513),
			OP_INT("bit", "bit in that page", 2, 0, 32767,
				0, 1, 8, 63, 64, 32704, 32760, 32767),
			OP_HEX("length", "bytes per write", 4, 1, 0x100000,
				8, 1, 0x1000, 0x1001, 0x10000, 0x40000),
			OP_INT("count", "number of bits in a row", 1, 1, 64,
				1, 2, 63, 64),
			OP_INT("period_ns", "time between them", 2, 0, 40000,
				0, 100, 1000, 10000),
		},
		.nr_args = 5,
		.weight = 9,
		.run = op_dma_at,
	}, {
		.name = "record_style",
		.help = "how the tracker gives its records from now on",
		.actor = ACTOR_DEVICE,
		.args = {
			OP_ENUM("style", "one of the honest ones", "page",
				 "run", "short", "reverse"),
		},
		.nr_args = 1,
		.run = op_record_style,
	}, {
		.name = "misbehave",
		.help = "the device breaks its register contract from now on",
		.actor = ACTOR_DEVICE,
		.args = {
			OP_ENUM("kind", "how", "honest", "outside",
				 "unaligned", "wrapped", "endless", "gone"),
		},
		.nr_args = 1,
		.abuse = true,
		.run = op_misbehave,
	}, {
		.name = "migrate_round",
		.help = "one round of pre-copy: report, then send",
		.actor = ACTOR_VMM,
		.args = {
			OP_LOG2("page_size", "of the reports", 12, 21,
				 4096, 8192, 65536),
		},
		.nr_args = 1,
		.no_contract = "pages that are sent again",
		.run = op_migrate_round,
	}, {
		.name = "stop_and_copy",
		.help = "stops the device, sends the rest, compares memories",
		.actor = ACTOR_VMM,
		.args = {
			OP_LOG2("page_size", "of the last reports", 12, 21,
				 4096, 8192, 65536),
			OP_ENUM("then", "where the guest goes on", "source",
				 "destination"),
		},
		.nr_args = 2,
		.no_contract = "pages that are sent again",
		.run = op_stop_and_copy,
	}, {
		.name = "migrate",
		.help = "pre-copy rounds to the threshold, then stop-and-copy",
		.actor = ACTOR_VMM,
		.args = {
			OP_LOG2("page_size", "of the reports", 12, 21,
				 4096, 8192, 65536),
			OP_INT("rounds", "at most", 1, 0, 15, 5, 1, 0),
			OP_ENUM("then", "where the guest goes on", "source",
				 "destination"),
		},
		.nr_args = 3,
		.no_contract = "pages that are sent again",
		.run = op_migrate,
	}, {
		.name = "link_set",
		.help = "changes the link",
		.actor = ACTOR_LINK,
		.args = {
			OP_INT("latency_ns", "delay", 4, 0, 10000000,
				0, 1000, 20000, 1000000),
			OP_INT("mbytes_per_s", "bandwidth", 2, 1, 10000,
				1000, 1, 100),
		},
		.nr_args = 2,
		.run = op_link_set,
	}, {
		.name = "link_cut",
		.help = "breaks the connection; what is under way is lost",
		.actor = ACTOR_LINK,
		.args = {
			OP_INT("after_ns", "in so much time", 4, 0, 10000000,
				0, 1000, 100000),
		},
		.nr_args = 1,
		.run = op_link_cut,
	}, {
		.name = "link_restore",
		.help = "a fresh connection; migration begins anew",
		.actor = ACTOR_LINK,
		.run = op_link_restore,
	}, {
		.name = "peer_log_start",
		.help = "log_start on host 1",
		.actor = ACTOR_PEER,
		.args = { START_ARGS },
		.nr_args = 6,
		.no_contract = ERROR_IS_OPEN,
		.run = op_peer_log_start,
	}, {
		.name = "peer_log_stop",
		.help = "log_stop on host 1",
		.actor = ACTOR_PEER,
		.run = op_peer_log_stop,
	}, {
		.name = "peer_log_report",
		.help = "log_report on host 1",
		.actor = ACTOR_PEER,
		.args = { REPORT_ARGS },
		.nr_args = 6,
		.may_leave = REPORT_LEAVES,
		.no_contract = ERROR_IS_OPEN,
		.run = op_peer_log_report,
	}, {
		.name = "peer_dma_write",
		.help = "the device of host 1 writes to RAM there",
		.actor = ACTOR_PEER_DEVICE,
		.args = { DMA_ARGS },
		.nr_args = 5,
		.run = op_peer_dma_write,
	},
};
