/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bad_kinds.h - DMA logging ioctls that are not well-formed
 *
 * A report with one thing wrong. Shared by the op bad_call and by C programs
 * that do without us (standalone.c), so it knows neither.
 */
#ifndef WORLDS_MIGRATION_BAD_KINDS_H
#define WORLDS_MIGRATION_BAD_KINDS_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>

#define HEADER_BYTES	sizeof(struct vfio_device_feature)
#define REPORT_BYTES	sizeof(struct vfio_device_feature_dma_logging_report)
#define GET_REPORT	(VFIO_DEVICE_FEATURE_GET | \
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT)
#define BAD_FD		77
#define BAD_ZERO	(1ull << 62)
#define NO_ADDRESS	1	/* stands for NULL: 0 is "the usual one" */
#define HOLE_ADDRESS	0x8000ul
#define KERNEL_ADDRESS	0xffff800000000000ul
#define TOP_ADDRESS	0xfffffffffffffff8ul

/* What differs from a good call; 0 means nothing does, BAD_ZERO means 0. */
struct bad_kind {
	uint32_t argsz;
	uint32_t flags;
	unsigned int cmd;
	unsigned long address;		/* of the argument; 0: the usual one */
	uint64_t page_size;
	uint64_t bitmap;
	uint64_t length;
	bool closed_fd;
	bool may_succeed;
};

/* In the order of the names in the op table. */
static const struct bad_kind bad_kinds[] = {
	{ .argsz = HEADER_BYTES },
	{ .argsz = HEADER_BYTES + REPORT_BYTES - 8 },
	{ .argsz = 1u << 31, .may_succeed = true },
	{ .flags = VFIO_DEVICE_FEATURE_SET |
		   VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT },
	{ .flags = GET_REPORT | VFIO_DEVICE_FEATURE_SET },
	{ .flags = VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT },
	{ .flags = GET_REPORT | 1u << 30 },
	{ .flags = GET_REPORT | VFIO_DEVICE_FEATURE_PROBE, .may_succeed = true },
	{ .flags = VFIO_DEVICE_FEATURE_GET | 0xfff },
	{ .cmd = VFIO_DEVICE_FEATURE + 1000 },
	{ .address = NO_ADDRESS },
	{ .address = HOLE_ADDRESS },
	{ .address = KERNEL_ADDRESS },
	{ .page_size = BAD_ZERO },
	{ .page_size = 1 },
	{ .page_size = 2048 },
	{ .page_size = 12288 },
	{ .bitmap = BAD_ZERO, .may_succeed = true },
	{ .bitmap = KERNEL_ADDRESS, .may_succeed = true },
	{ .bitmap = TOP_ADDRESS, .may_succeed = true },
	{ .length = BAD_ZERO, .may_succeed = true },
	{ .length = UINT64_MAX },
	{ .closed_fd = true },
	/* The byte of its last bit would be at address 0. */
	{ .bitmap = TOP_ADDRESS, .length = 65 * 4096, .may_succeed = true },
};

static inline uint64_t bad_value(uint64_t bad, uint64_t good)
{
	return bad == BAD_ZERO ? 0 : bad ? bad : good;
}

/* One of them with all its values; @bitmap is where a good one would be. */
static inline struct bad_kind bad_call_of(uint64_t kind, uint64_t bitmap)
{
	struct bad_kind bad = bad_kinds[kind];

	bad.argsz = bad.argsz ? bad.argsz : HEADER_BYTES + REPORT_BYTES;
	bad.flags = bad.flags ? bad.flags : GET_REPORT;
	bad.cmd = bad.cmd ? bad.cmd : VFIO_DEVICE_FEATURE;
	bad.page_size = bad_value(bad.page_size, 4096);
	bad.length = bad_value(bad.length, 64 * 4096);
	bad.bitmap = bad_value(bad.bitmap, bitmap);
	return bad;
}

#endif
