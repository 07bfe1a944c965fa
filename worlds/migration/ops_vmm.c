/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMMs do: logging, reports and their buffers.
 *
 * An op returns what the system call returned. Around each call stand the
 * oracles; none of them looks at how the code under test came to its result.
 */
#include <errno.h>
#include <linux/vfio.h>
#include "migration.h"

/* -- logging on and off -- */

enum skew { SKEW_NONE, SKEW_IOVA, SKEW_LENGTH, SKEW_OVERLAP, SKEW_EMPTY,
	    SKEW_WRAP };

static void skew_range(struct vmm_log *log, enum skew skew)
{
	struct vmm_range *last = &log->ranges[log->nr_ranges - 1];

	switch (skew) {
	case SKEW_NONE:
		break;
	case SKEW_IOVA:
		last->iova += 8;
		break;
	case SKEW_LENGTH:
		last->length += 8;
		break;
	case SKEW_OVERLAP:
		last->iova = log->ranges[0].iova;
		break;
	case SKEW_EMPTY:
		last->length = 0;
		break;
	case SKEW_WRAP:
		last->length = -last->iova;
		break;
	}
}

static void make_log(const struct host *host, const uint64_t *args,
		     struct vmm_log *log)
{
	uint64_t page_size = args[2];
	uint64_t iova = vmm_iova_base(host->vmm);
	uint32_t i;

	/* Whole pages, even where the base is not a multiple of them. */
	iova = (iova + page_size - 1) & ~(page_size - 1);
	iova += args[0] * page_size;
	*log = (struct vmm_log){ .page_size = page_size, .nr_ranges = args[3] };
	for (i = 0; i < log->nr_ranges; i++) {
		log->ranges[i].iova = iova;
		log->ranges[i].length = args[1] * page_size;
		iova += (args[1] + args[4]) * page_size;
	}
	if (log->nr_ranges)
		skew_range(log, args[5]);
}

static int64_t log_start(struct host *host, const uint64_t *args)
{
	struct vmm_log log;
	int64_t rc;

	make_log(host, args, &log);
	account_oracle_forget(host);
	result_oracle_begin(host);
	rc = vmm_log_start(host->vmm, &log);
	if (rc >= 0)
		dirty_oracle_started(host, &log);
	result_oracle_start(host, &log, rc);
	return rc;
}

static int64_t log_stop(struct host *host)
{
	int64_t rc;

	account_oracle_forget(host);
	result_oracle_begin(host);
	rc = vmm_log_stop(host->vmm);
	if (!vmm_log(host->vmm)->on)
		dirty_oracle_forget(host);
	result_oracle_stop(host, rc);
	return rc;
}

/* -- reports -- */

int64_t host_report(struct host *host, const struct vmm_report *report)
{
	int64_t rc;

	host->in_report = true;
	host->last_report = *report;
	vmm_bitmap_fill(host->vmm, report);
	account_oracle_begin(host);
	result_oracle_begin(host);
	dirty_oracle_begin(host, report);
	rc = vmm_report(host->vmm, report);
	account_oracle_end(host);
	user_oracle_check(host, report);
	dirty_oracle_end(host, report, rc);
	result_oracle_report(host, report, rc);
	vmm_harvest(host->vmm, report);
	vmm_bitmap_done(host->vmm, report);
	host->in_report = false;
	return rc;
}

static uint8_t fill_byte(uint64_t choice)
{
	static const uint8_t fill[] = { 0x00, 0xff, 0xa5 };

	return fill[choice];
}

/*
 * Widens a report to whole pages of bitmap and tracker, which is what VMMs ask
 * for. A range that would then pass the top of IOVA space stays as it is.
 */
static void round_report(const struct host *host, struct vmm_report *report)
{
	const struct vmm_log *log = vmm_log(host->vmm);
	uint64_t unit = report->page_size, first, end;

	if (!host->world->whole_ranges || !report->length)
		return;
	if (log->on && log->page_size > unit)
		unit = log->page_size;
	first = report->iova & -unit;
	end = (report->iova + report->length + (unit - 1)) & -unit;
	if (end <= report->iova)
		return;
	report->iova = first;
	report->length = end - first;
}

/*
 * Programs place bitmaps in pages of 4 KiB: where pages are larger, as far from
 * the nearer end of the same one.
 */
static uint64_t bitmap_address(const struct host *host, uint64_t place)
{
	uint64_t page_bytes = vmm_bitmap_page_bytes(host->vmm);
	uint64_t page = place / VMM_PAGE_BYTES, at = place % VMM_PAGE_BYTES;

	if (at >= VMM_PAGE_BYTES / 2)
		at += page_bytes - VMM_PAGE_BYTES;
	return VMM_BITMAP_ADDRESS + page * page_bytes + at;
}

static int64_t log_report(struct host *host, const uint64_t *args)
{
	struct vmm_report report = {
		.iova = vmm_iova_base(host->vmm) + args[0],
		.length = args[1] * args[3],
		.page_size = args[3],
		.bitmap = bitmap_address(host, args[4]),
		.fill = fill_byte(args[5]),
	};

	if (report.length)
		report.length -= args[2] % args[3];
	round_report(host, &report);
	return host_report(host, &report);
}

static int64_t log_report_wide(struct host *host, const uint64_t *args)
{
	/* Most of them fit; those that do not miss by little. */
	uint64_t pages = 1 + (args[1] - 1) % (vmm_bitmap_pages(host->vmm) + 2);
	uint64_t bits = 8 * vmm_bitmap_page_bytes(host->vmm);
	struct vmm_report report = {
		.iova = vmm_iova_base(host->vmm) + args[0],
		.length = (pages * bits + args[2]) * args[3],
		.page_size = args[3],
		.bitmap = bitmap_address(host, args[4]),
		.fill = fill_byte(args[5]),
	};

	round_report(host, &report);
	return host_report(host, &report);
}

/* -- ops of the table -- */

int64_t op_log_start(struct world *world, const uint64_t *args)
{
	return log_start(&migration(world)->hosts[0], args);
}

int64_t op_log_stop(struct world *world, const uint64_t *args)
{
	return log_stop(&migration(world)->hosts[0]);
}

int64_t op_log_report(struct world *world, const uint64_t *args)
{
	return log_report(&migration(world)->hosts[0], args);
}

int64_t op_log_report_wide(struct world *world, const uint64_t *args)
{
	return log_report_wide(&migration(world)->hosts[0], args);
}

/* What a VMM does round after round: the same range, the same bitmap. */
int64_t op_log_report_again(struct world *world, const uint64_t *args)
{
	struct host *host = &migration(world)->hosts[0];
	struct vmm_report report = host->last_report;

	return host_report(host, &report);
}

int64_t op_peer_log_start(struct world *world, const uint64_t *args)
{
	if (migration(world)->nr_hosts < 2)
		return -ENODEV;
	return log_start(&migration(world)->hosts[1], args);
}

int64_t op_peer_log_stop(struct world *world, const uint64_t *args)
{
	if (migration(world)->nr_hosts < 2)
		return -ENODEV;
	return log_stop(&migration(world)->hosts[1]);
}

int64_t op_peer_log_report(struct world *world, const uint64_t *args)
{
	if (migration(world)->nr_hosts < 2)
		return -ENODEV;
	return log_report(&migration(world)->hosts[1], args);
}

static int64_t set_bitmap_state(struct world *world, const uint64_t *args,
				enum vmm_page_state state)
{
	struct host *host = &migration(world)->hosts[0];
	struct vmm *vmm = host->vmm;
	uint32_t page = args[0] % vmm_bitmap_pages(vmm);
	uint32_t left = vmm_bitmap_pages(vmm) - page;

	account_oracle_forget(host);
	return vmm_bitmap_set_state(vmm, page,
				    args[1] < left ? args[1] : left, state);
}

int64_t op_bitmap_map(struct world *world, const uint64_t *args)
{
	return set_bitmap_state(world, args, VMM_PAGE_WRITABLE);
}

int64_t op_bitmap_unmap(struct world *world, const uint64_t *args)
{
	return set_bitmap_state(world, args, VMM_PAGE_HOLE);
}

int64_t op_bitmap_protect(struct world *world, const uint64_t *args)
{
	return set_bitmap_state(world, args, VMM_PAGE_READ_ONLY);
}
