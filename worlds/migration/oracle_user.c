/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User memory that is not the bitmap stays as it was.
 *
 * The VMM keeps a canary in every byte of its bitmap area that is not part of
 * the bitmap in use (models/vmm.h), and behind the arguments of its ioctls.
 * After a call
 *
 *   1. every canary stands, in read-only pages everywhere;
 *   2. the bits of the last byte that stand for nothing are as they were;
 *   3. nothing was written past the argument.
 *
 * Of the area the pages near the bitmap are looked at after each call, and at
 * the end of the program the pages near any of its bitmaps once more: the kernel
 * has no business with user memory when its calls are over.
 *
 * Assumptions. Only the kernel writes to this memory during a call, and the
 * process itself writes only what the VMM model does.
 */
#include <sim/bulk.h>
#include <stdio.h>
#include "migration.h"

#define NEAR_PAGES	3

const uint8_t *host_bitmap_page(struct host *host, uint32_t page)
{
	if (vmm_bitmap_state(host->vmm, page) == VMM_PAGE_HOLE)
		return NULL;
	return sim_frame_data(machine_memory(host->machine),
			      vmm_bitmap_frame(host->vmm, page));
}

static void raise_stray(struct host *host, uint64_t address)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why),
		 "byte 0x%llx of the bitmap area is not part of the bitmap",
		 (unsigned long long)(address - VMM_BITMAP_ADDRESS));
	migration_raise(host, VTB_EXIT_SAFETY, "stray-write", "user-page", "",
			"user memory outside of the bitmap has changed", why);
}

/* Canary of [first, end), whose content is at @data. */
static void check_canary(struct host *host, const uint8_t *data,
			 uint64_t first, uint64_t end)
{
	size_t bytes = first < end ? end - first : 0;
	size_t good = sim_bulk_match(data, VMM_CANARY, bytes);

	if (good < bytes)
		raise_stray(host, first + good);
}

/* Rule 1 for one page; @first..@end is the bitmap. */
static void check_page(struct host *host, uint32_t page, uint64_t first,
		       uint64_t end)
{
	uint64_t page_bytes = vmm_bitmap_page_bytes(host->vmm);
	uint64_t start = VMM_BITMAP_ADDRESS + page * page_bytes;
	uint64_t stop = start + page_bytes;
	const uint8_t *data = host_bitmap_page(host, page);

	if (!data)
		return;
	if (first >= stop || end <= start ||
	    vmm_bitmap_state(host->vmm, page) == VMM_PAGE_READ_ONLY) {
		check_canary(host, data, start, stop);
		return;
	}
	check_canary(host, data, start, first);
	if (end < stop)
		check_canary(host, data + (end - start), end, stop);
}

/* Rule 2. */
static void check_tail(struct host *host, const struct vmm_report *report,
		       uint64_t end)
{
	unsigned int used = vmm_report_bits(report) % 8;
	uint64_t page_bytes = vmm_bitmap_page_bytes(host->vmm);
	uint64_t offset = end - 1 - VMM_BITMAP_ADDRESS;
	uint32_t page = offset / page_bytes;
	uint8_t byte;

	if (!used || page >= vmm_bitmap_pages(host->vmm) ||
	    vmm_bitmap_state(host->vmm, page) != VMM_PAGE_WRITABLE)
		return;
	byte = sim_bulk_byte(host_bitmap_page(host, page) +
			     offset % page_bytes);
	if ((byte ^ report->fill) >> used)
		migration_raise(host, VTB_EXIT_SAFETY, "stray-write",
				"bitmap-tail", "",
				"bits past the end of the range have changed",
				"the range has fewer bits than its last byte");
}

void user_oracle_check(struct host *host, const struct vmm_report *report)
{
	uint64_t first = report->bitmap;
	uint64_t end = first + vmm_report_bytes(report);
	uint64_t offset = first - VMM_BITMAP_ADDRESS;
	uint64_t page_bytes = vmm_bitmap_page_bytes(host->vmm);
	uint32_t page = 0, pages = vmm_bitmap_pages(host->vmm);
	uint32_t page_end = pages;

	if (vmm_arg_overrun(host->vmm))
		migration_raise(host, VTB_EXIT_SAFETY, "stray-write",
				"argument", "",
				"user memory past the argument has changed",
				"the canary behind it is gone");
	if (end < first || first < VMM_BITMAP_ADDRESS ||
	    offset >= pages * page_bytes) {
		/* A bitmap elsewhere: nothing of the area is in it. */
		first = end = 0;
		page_end = pages < NEAR_PAGES ? pages : NEAR_PAGES;
	} else {
		page = offset / page_bytes;
		page_end = (end - VMM_BITMAP_ADDRESS) / page_bytes;
		if (page_end > pages)
			page_end = pages;
		page = page > NEAR_PAGES ? page - NEAR_PAGES : 0;
		page_end = page_end + NEAR_PAGES < pages ?
			   page_end + NEAR_PAGES : pages;
		check_tail(host, report, end);
	}
	if (page < host->area_first)
		host->area_first = page;
	if (page_end > host->area_end)
		host->area_end = page_end;
	for (; page < page_end; page++)
		check_page(host, page, first, end);
}

void user_oracle_init(struct host *host)
{
	host->area_first = UINT32_MAX;
	host->area_end = 0;
}

void user_oracle_final(struct host *host)
{
	uint32_t page;

	for (page = host->area_first; page < host->area_end; page++)
		check_page(host, page, 0, 0);
}
