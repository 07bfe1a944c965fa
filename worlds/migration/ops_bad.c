/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA logging ioctls that are not well-formed: what any process may send.
 *
 * Each kind is a well-formed report with one thing changed. Most of them have
 * to be refused; all of them have to leave memory and log as they were, which
 * the oracles of a report check as they do for good ones.
 */
#include <errno.h>
#include "bad_kinds.h"
#include "migration.h"

static long make_call(struct host *host, const struct bad_kind *bad,
		      const struct vmm_report *report)
{
	struct vfio_device_feature_dma_logging_report payload = {
		.iova = report->iova,
		.length = report->length,
		.page_size = report->page_size,
		.bitmap = report->bitmap,
	};
	const struct vmm_feature feature = {
		.argsz = bad->argsz,
		.flags = bad->flags,
		.cmd = bad->cmd,
		.address = bad->address,
		.fd = bad->closed_fd ? BAD_FD : -1,
		.payload = &payload,
		.bytes_in = sizeof(payload),
	};

	return vmm_feature(host->vmm, &feature);
}

int64_t op_bad_call(struct world *world, const uint64_t *args)
{
	struct host *host = &migration(world)->hosts[0];
	const struct bad_kind bad = bad_call_of(args[0], VMM_BITMAP_ADDRESS +
						VMM_PAGE_BYTES);
	const struct vmm_report report = {
		/* Not 0, so that the greatest length wraps everywhere. */
		.iova = vmm_iova_base(host->vmm) + VMM_PAGE_BYTES,
		.length = bad.length,
		.page_size = bad.page_size,
		.bitmap = bad.bitmap,
	};
	int64_t rc;

	/* What goes wrong inside is a report's, and has its name. */
	host->in_report = true;
	vmm_bitmap_fill(host->vmm, &report);
	account_oracle_begin(host);
	dirty_oracle_begin(host, &report);
	rc = make_call(host, &bad, &report);
	account_oracle_end(host);
	user_oracle_check(host, &report);
	/* A probe succeeds without reporting anything. */
	dirty_oracle_end(host, &report, rc < 0 ? rc : -EAGAIN);
	host->in_report = false;
	if (rc >= 0 && !bad.may_succeed)
		migration_raise(host, VTB_EXIT_SAFETY, "accepted", "ioctl", "",
				"a call that is not well-formed succeeded",
				"see bad_call's argument for what is wrong");
	vmm_harvest(host->vmm, &report);
	vmm_bitmap_done(host->vmm, &report);
	return rc;
}
