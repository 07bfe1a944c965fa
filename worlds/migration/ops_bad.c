/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA logging ioctls that are not well-formed: what any process may send.
 *
 * Each kind is a well-formed report with one thing changed. Most of them have
 * to be refused; all of them have to leave memory and log as they were, which
 * the oracles of a report check as they do for good ones.
 */
#include <errno.h>
#include <linux/vfio.h>
#include "migration.h"

#define HEADER_BYTES	sizeof(struct vfio_device_feature)
#define REPORT_BYTES	sizeof(struct vfio_device_feature_dma_logging_report)
#define GET_REPORT	(VFIO_DEVICE_FEATURE_GET | \
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT)
#define NO_ADDRESS	1	/* stands for NULL: 0 is "the usual one" */
#define HOLE_ADDRESS	0x8000ul
#define KERNEL_ADDRESS	0xffff800000000000ul
#define TOP_ADDRESS	0xfffffffffffffff8ul

enum verdict { REFUSE, EITHER };

/* What differs from a good call; 0 means nothing does. */
struct bad_kind {
	uint32_t argsz;
	uint32_t flags;
	unsigned int cmd;
	unsigned long address;
	uint64_t page_size;
	uint64_t bitmap;
	uint64_t length;
	bool closed_fd;
	enum verdict verdict;
};

/* In the order of the names in the op table. */
static const struct bad_kind kinds[] = {
	{ .argsz = HEADER_BYTES },
	{ .argsz = HEADER_BYTES + REPORT_BYTES - 8 },
	{ .argsz = 1u << 31, .verdict = EITHER },
	{ .flags = VFIO_DEVICE_FEATURE_SET |
		   VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT },
	{ .flags = GET_REPORT | VFIO_DEVICE_FEATURE_SET },
	{ .flags = VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT },
	{ .flags = GET_REPORT | 1u << 30 },
	{ .flags = GET_REPORT | VFIO_DEVICE_FEATURE_PROBE, .verdict = EITHER },
	{ .flags = VFIO_DEVICE_FEATURE_GET | 0xfff },
	{ .cmd = VFIO_DEVICE_FEATURE + 1000 },
	{ .address = NO_ADDRESS },
	{ .address = HOLE_ADDRESS },
	{ .address = KERNEL_ADDRESS },
	{ .page_size = 1 },	/* 0 below: here 0 means the good value */
	{ .page_size = 1 },
	{ .page_size = 2048 },
	{ .page_size = 12288 },
	{ .bitmap = NO_ADDRESS, .verdict = EITHER },
	{ .bitmap = KERNEL_ADDRESS, .verdict = EITHER },
	{ .bitmap = TOP_ADDRESS, .verdict = EITHER },
	{ .length = 1, .verdict = EITHER },	/* 0 below */
	{ .length = UINT64_MAX },
	{ .closed_fd = true },
};
enum { KIND_PAGE_SIZE_0 = 13, KIND_LENGTH_0 = 20 };

static void make_report(const struct host *host, uint64_t kind,
			struct vmm_report *report)
{
	const struct bad_kind *bad = &kinds[kind];

	*report = (struct vmm_report){
		/* Not 0, so that the greatest length wraps everywhere. */
		.iova = vmm_iova_base(host->vmm) + VMM_PAGE_BYTES,
		.length = 64 * VMM_PAGE_BYTES,
		.page_size = VMM_PAGE_BYTES,
		.bitmap = VMM_BITMAP_ADDRESS + VMM_PAGE_BYTES,
	};
	if (bad->page_size)
		report->page_size = bad->page_size;
	if (kind == KIND_PAGE_SIZE_0)
		report->page_size = 0;
	if (bad->length)
		report->length = bad->length;
	if (kind == KIND_LENGTH_0)
		report->length = 0;
	if (bad->bitmap)
		report->bitmap = bad->bitmap == NO_ADDRESS ? 0 : bad->bitmap;
}

static long make_call(struct host *host, uint64_t kind,
		      const struct vmm_report *report)
{
	const struct bad_kind *bad = &kinds[kind];
	struct vfio_device_feature_dma_logging_report payload = {
		.iova = report->iova,
		.length = report->length,
		.page_size = report->page_size,
		.bitmap = report->bitmap,
	};
	const struct vmm_feature feature = {
		.argsz = bad->argsz ? bad->argsz : HEADER_BYTES + REPORT_BYTES,
		.flags = bad->flags ? bad->flags : GET_REPORT,
		.cmd = bad->cmd ? bad->cmd : VFIO_DEVICE_FEATURE,
		.address = bad->address,
		.fd = bad->closed_fd ? 77 : -1,
		.payload = &payload,
		.bytes_in = sizeof(payload),
	};

	return vmm_feature(host->vmm, &feature);
}

int64_t op_bad_call(struct world *world, const uint64_t *args)
{
	struct host *host = &migration(world)->hosts[0];
	struct vmm_report report;
	int64_t rc;

	sim_assert(args[0] < sizeof(kinds) / sizeof(kinds[0]));
	make_report(host, args[0], &report);
	/* What goes wrong inside is a report's, and has its name. */
	host->in_report = true;
	vmm_bitmap_fill(host->vmm, &report);
	account_oracle_begin(host);
	dirty_oracle_begin(host, &report);
	rc = make_call(host, args[0], &report);
	account_oracle_end(host);
	user_oracle_check(host, &report);
	/* A probe succeeds without reporting anything. */
	dirty_oracle_end(host, &report, rc < 0 ? rc : -EAGAIN);
	host->in_report = false;
	if (rc >= 0 && kinds[args[0]].verdict == REFUSE)
		migration_raise(host, VTB_EXIT_SAFETY, "accepted", "ioctl", "",
				"a call that is not well-formed succeeded",
				"see bad_call's argument for what is wrong");
	vmm_harvest(host->vmm, &report);
	vmm_bitmap_done(host->vmm, &report);
	return rc;
}
