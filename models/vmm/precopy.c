/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pre-copy live migration between two VMMs.
 *
 * FAULT MODEL
 *
 * The VMMs are correct: a page is taken off the list before it is read, so
 * what is written while it is read is sent again. The connection may break at
 * any message; the migration is over then and begins anew with all of RAM.
 * Neither side lies to the other; a hostile source is another model.
 */
#include <errno.h>
#include <models/precopy.h>
#include <sim/finding.h>

enum message { MESSAGE_PAGE, MESSAGE_END };

struct precopy {
	struct sim *sim;
	struct vmm *vmm;
	struct link *link;
	int64_t (*report)(void *arg, const struct vmm_report *report);
	void *arg;
	bool active;
	uint32_t connection;		/* of the link, while active */
	uint32_t serial;		/* of MESSAGE_END */
};

struct precopy *precopy_new(struct sim *sim,
			    const struct precopy_options *options)
{
	struct precopy *precopy = sim_alloc(sim, sizeof(*precopy), 8);

	precopy->sim = sim;
	precopy->vmm = options->vmm;
	precopy->link = options->link;
	precopy->report = options->report;
	precopy->arg = options->arg;
	return precopy;
}

void precopy_begin(struct precopy *precopy)
{
	precopy->active = true;
	precopy->connection = link_connection(precopy->link);
	vmm_mark_to_send(precopy->vmm, vmm_all_pages(precopy->vmm));
}

bool precopy_active(const struct precopy *precopy)
{
	return precopy->active;
}

void precopy_cancel(struct precopy *precopy)
{
	precopy->active = false;
}

/* Bytes per bit so that the bitmap of @length fits the buffer. */
static uint64_t fitting_page_size(const struct vmm *vmm, uint64_t length,
				  uint64_t page_size)
{
	uint64_t bits = 8 * vmm_bitmap_page_bytes(vmm) * vmm_bitmap_pages(vmm);

	while ((length - 1) / page_size >= bits)
		page_size *= 2;
	return page_size;
}

/*
 * What to ask for to learn all about a tracked range: whole tracker pages,
 * unless those would pass the top of IOVA space.
 */
static void make_report(const struct vmm *vmm, const struct vmm_range *range,
			uint64_t page_size, struct vmm_report *report)
{
	uint64_t unit = vmm_log(vmm)->page_size;
	uint64_t first = range->iova & -unit;
	uint64_t end = (range->iova + range->length + (unit - 1)) & -unit;

	*report = (struct vmm_report){
		.iova = range->iova,
		.length = range->length,
		.bitmap = VMM_BITMAP_ADDRESS,
	};
	if (end > range->iova) {
		report->iova = first;
		report->length = end - first;
	}
	report->page_size = fitting_page_size(vmm, report->length, page_size);
}

static void query_dirty(struct precopy *precopy, uint64_t page_size)
{
	const struct vmm_log *log = vmm_log(precopy->vmm);
	struct vmm_report report;
	uint32_t i;

	if (!log->on) {
		vmm_mark_to_send(precopy->vmm, vmm_all_pages(precopy->vmm));
		return;
	}
	for (i = 0; i < log->nr_ranges; i++) {
		make_report(precopy->vmm, &log->ranges[i], page_size, &report);
		if (precopy->report(precopy->arg, &report) < 0)
			vmm_mark_to_send(precopy->vmm,
					 vmm_all_pages(precopy->vmm));
	}
}

static int send_page(struct precopy *precopy, uint32_t page)
{
	const struct link_message message = {
		.type = MESSAGE_PAGE,
		.number = page,
		.bytes = VMM_PAGE_BYTES,
		.data = vmm_ram_page(precopy->vmm, page),
	};

	vmm_mark_sent(precopy->vmm, 1ull << page);
	return link_send(precopy->link, precopy->connection, &message);
}

static int64_t send_pages(struct precopy *precopy)
{
	uint64_t pages = vmm_to_send(precopy->vmm);
	int64_t sent = 0;
	int rc;

	for (; pages; pages &= pages - 1) {
		rc = send_page(precopy, __builtin_ctzll(pages));
		if (rc)
			return rc;
		sent++;
	}
	return sent;
}

int64_t precopy_round(struct precopy *precopy, uint64_t page_size)
{
	int64_t sent;

	query_dirty(precopy, page_size);
	sent = send_pages(precopy);
	if (sent < 0)
		precopy_cancel(precopy);
	return sent;
}

int64_t precopy_last_round(struct precopy *precopy, uint64_t page_size)
{
	const struct link_message end = {
		.type = MESSAGE_END,
		.number = ++precopy->serial,
	};
	int64_t sent = precopy_round(precopy, page_size);
	int rc;

	if (sent < 0)
		return sent;
	rc = link_send(precopy->link, precopy->connection, &end);
	if (!rc)
		rc = link_wait_ack(precopy->link, precopy->connection,
				   end.number);
	precopy_cancel(precopy);
	return rc ? rc : sent;
}

void precopy_receive(struct link *link, struct vmm *vmm)
{
	struct link_message message;

	link_receive(link, &message);
	switch (message.type) {
	case MESSAGE_PAGE:
		sim_assert(message.bytes == VMM_PAGE_BYTES);
		vmm_ram_store(vmm, message.number, message.data);
		break;
	case MESSAGE_END:
		link_ack(link, message.number);
		break;
	default:
		sim_bench_error(__FILE__, __LINE__, "unknown message %u",
				message.type);
	}
	link_done(link);
}
