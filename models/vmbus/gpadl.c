/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gpadl.c - guest memory that the host may use, and for how long
 *
 * FAULT MODEL
 *
 * From the moment it has taken a GPADL until it has torn it down on the guest's
 * request (or forgets everything: unload, reset, release of a channel that was
 * taken back) the host may read and write all of it at any moment. The same
 * holds for what a packet lends, until its completion or the end of the
 * channel. Never happens: access to other memory of the guest. A frame may be in
 * several GPADLs; it is the host's until the last of them ends.
 */
#include <errno.h>
#include <string.h>

#include <sim/access.h>
#include <sim/finding.h>

#include "bus.h"

/* -- memory of the guest -------------------------------------------------- */

static char *frame_data(const struct vmbus_bus *bus, uint64_t pfn, bool write)
{
	struct sim_memory *memory = machine_memory(bus->options.machine);

	if (pfn >= sim_memory_frames(memory))
		return NULL;
	if (write)
		sim_frames_touch(memory, pfn, 1);
	return sim_frame_data(memory, pfn);
}

/* The host is about to copy @bytes of a page: others may run before it does. */
static void tell(const struct vmbus_bus *bus, const char *at, uint32_t bytes,
		 bool write)
{
	const struct sim_access access = {
		.address = at,
		.site = __builtin_return_address(0),
		.bytes = bytes,
		.flags = SIM_ACCESS_BULK | (write ? SIM_ACCESS_WRITE : 0),
	};

	sim_access(bus->sim, &access);
}

/* -- GPADLs --------------------------------------------------------------- */

static struct vmbus_gpadl *find(struct vmbus_bus *bus, uint32_t handle)
{
	uint32_t i;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		if (bus->gpadls[i].offer && bus->gpadls[i].handle == handle)
			return &bus->gpadls[i];
	return NULL;
}

static struct vmbus_gpadl *find_unused(struct vmbus_bus *bus)
{
	uint32_t i;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		if (!bus->gpadls[i].offer)
			return &bus->gpadls[i];
	return NULL;
}

#define NO_RESOURCES	0xc000009au

static void send_created(struct vmbus_bus *bus, uint32_t relid,
			 uint32_t handle, uint32_t status)
{
	const struct vmbus_gpadl_created message = {
		.header.type = VMBUS_GPADL_CREATED,
		.relid = relid,
		.gpadl = handle,
		.status = status,
	};

	bus_send(bus, &message, sizeof(message));
}

static bool may_touch(const struct vmbus_offer *offer)
{
	return !offer->rescinded || !offer->bus->options.rescind_ends;
}

/* False, and nothing taken, if there is no such page. */
/* Memory that is lent as one piece has no page in two places. */
static bool is_named(const struct vmbus_gpadl *gpadl, uint64_t pfn)
{
	uint32_t i;

	for (i = 0; i < gpadl->nr_known && gpadl->pfns[i] != pfn; i++)
		;
	return i < gpadl->nr_known;
}

static bool take_pages(struct vmbus_gpadl *gpadl, const uint64_t *pfns,
		       uint32_t nr)
{
	struct machine *machine = gpadl->offer->bus->options.machine;
	uint64_t end = sim_memory_frames(machine_memory(machine)), pfn;
	uint32_t i;

	if (nr > gpadl->nr_pages - gpadl->nr_known)
		return false;
	for (i = 0; i < nr; i++) {
		memcpy(&pfn, &pfns[i], sizeof(pfn));
		if (pfn >= end || is_named(gpadl, pfn))
			return false;
		gpadl->pfns[gpadl->nr_known++] = pfn;
		if (may_touch(gpadl->offer))
			machine_grant(machine, pfn, MACHINE_DEVICE, true);
	}
	if (gpadl->nr_known == gpadl->nr_pages)
		send_created(gpadl->offer->bus, gpadl->offer->relid,
			     gpadl->handle, 0);
	return true;
}

/* Does the host have @pfn by another GPADL? */
static bool is_shared_twice(const struct vmbus_gpadl *gpadl, uint64_t pfn)
{
	const struct vmbus_bus *bus = gpadl->offer->bus;
	uint32_t i, page;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++) {
		const struct vmbus_gpadl *other = &bus->gpadls[i];

		if (other == gpadl || !other->offer ||
		    !may_touch(other->offer))
			continue;
		for (page = 0; page < other->nr_known; page++)
			if (other->pfns[page] == pfn)
				return true;
	}
	return false;
}

static void leave_alone(const struct vmbus_gpadl *gpadl)
{
	struct machine *machine = gpadl->offer->bus->options.machine;
	uint32_t i;

	for (i = 0; i < gpadl->nr_known; i++)
		if (!is_shared_twice(gpadl, gpadl->pfns[i]))
			machine_revoke(machine, gpadl->pfns[i],
				       MACHINE_DEVICE);
}

void gpadl_leave_alone(const struct vmbus_offer *offer)
{
	uint32_t i;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		if (offer->bus->gpadls[i].offer == offer)
			leave_alone(&offer->bus->gpadls[i]);
}

static void drop(struct vmbus_gpadl *gpadl)
{
	if (may_touch(gpadl->offer))
		leave_alone(gpadl);
	gpadl->nr_known = 0;
	gpadl->offer = NULL;
}

static const char *check_header(struct vmbus_bus *bus,
				const struct vmbus_gpadl_header *header)
{
	uint32_t pages = (header->range_bytes - 8) / 8;

	if (!bus_offer(bus, header->relid))
		return "it is for a channel that was never offered";
	if (!header->gpadl || find(bus, header->gpadl))
		return "its handle is 0 or in use";
	if (header->nr_ranges != 1 || header->range_bytes < 16 ||
	    header->range_bytes % 8)
		return "it does not hold one range";
	if (!header->bytes || header->offset >= SIM_FRAME_BYTES ||
	    ((uint64_t)header->offset + header->bytes + SIM_FRAME_BYTES - 1) /
	    SIM_FRAME_BYTES != pages)
		return "length and number of pages differ";
	return NULL;
}

void gpadl_header(struct vmbus_bus *bus, const struct bus_message *message)
{
	const struct vmbus_gpadl_header *header = (const void *)message->data;
	struct vmbus_gpadl *gpadl = find_unused(bus);
	const char *why = check_header(bus, header);
	uint32_t nr;

	if (why) {
		vmbus_bus_violation(bus, "gpadl-form", why);
		return;
	}
	if (!gpadl || (header->range_bytes - 8u) / 8 >
		      bus->options.max_gpadl_pages) {
		send_created(bus, header->relid, header->gpadl, NO_RESOURCES);
		return;
	}
	gpadl->offer = bus_offer(bus, header->relid);
	gpadl->handle = header->gpadl;
	gpadl->bytes = header->bytes;
	gpadl->first = header->offset;
	gpadl->nr_pages = (header->range_bytes - 8) / 8;
	gpadl->nr_known = 0;
	nr = (message->bytes - sizeof(*header)) / 8;
	if (nr > gpadl->nr_pages)
		nr = gpadl->nr_pages;
	if (!take_pages(gpadl, header->pfns, nr)) {
		drop(gpadl);
		vmbus_bus_violation(bus, "gpadl-form",
				    "a page is none, or there already");
	}
}

void gpadl_body(struct vmbus_bus *bus, const struct bus_message *message)
{
	const struct vmbus_gpadl_body *body = (const void *)message->data;
	struct vmbus_gpadl *gpadl = find(bus, body->gpadl);
	uint32_t nr = (message->bytes - sizeof(*body)) / 8;

	if (!gpadl || gpadl->nr_known == gpadl->nr_pages) {
		vmbus_bus_violation(bus, "gpadl-form",
				    "a body without a header that wants it");
		return;
	}
	if (!take_pages(gpadl, body->pfns, nr)) {
		drop(gpadl);
		vmbus_bus_violation(bus, "gpadl-form",
				    "a page is none, or there are too many");
	}
}

void gpadl_teardown(struct vmbus_bus *bus, const struct bus_message *message)
{
	const struct vmbus_gpadl_teardown *teardown =
		(const void *)message->data;
	struct vmbus_gpadl *gpadl = find(bus, teardown->gpadl);
	struct vmbus_gpadl_torndown answer = {
		.header.type = VMBUS_GPADL_TORNDOWN,
		.gpadl = teardown->gpadl,
	};
	const struct vmbus_service *service;

	if (bus->ignored_teardowns) {
		bus->ignored_teardowns--;
		return;
	}
	if (!gpadl || gpadl->offer->relid != teardown->relid) {
		vmbus_bus_violation(bus, "teardown-unknown",
				    "a GPADL is torn down that there is not");
		return;
	}
	if (gpadl->offer->open && gpadl->offer->rings == gpadl) {
		vmbus_bus_violation(bus, "teardown-rings",
				    "the rings of an open channel are torn down");
		channel_close(gpadl->offer);
	}
	service = &gpadl->offer->options.service;
	if (service->torndown)
		service->torndown(service->arg, gpadl);
	drop(gpadl);
	bus_send(bus, &answer, sizeof(answer));
}

void vmbus_bus_ignore_teardowns(struct vmbus_bus *bus, uint32_t nr)
{
	bus->ignored_teardowns = nr;
}

void gpadl_drop(struct vmbus_bus *bus, const struct vmbus_offer *offer)
{
	uint32_t i;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		if (bus->gpadls[i].offer &&
		    (!offer || bus->gpadls[i].offer == offer))
			drop(&bus->gpadls[i]);
}

char *gpadl_page(const struct vmbus_gpadl *gpadl, uint32_t page)
{
	if (page >= gpadl->nr_known)
		return NULL;
	return frame_data(gpadl->offer->bus, gpadl->pfns[page], true);
}

struct vmbus_gpadl *vmbus_gpadl_find(const struct vmbus_offer *offer,
				     uint32_t handle)
{
	struct vmbus_gpadl *gpadl = find(offer->bus, handle);

	if (!gpadl || gpadl->offer != offer ||
	    gpadl->nr_known != gpadl->nr_pages)
		return NULL;
	return gpadl;
}

uint32_t vmbus_gpadl_handle(const struct vmbus_gpadl *gpadl)
{
	return gpadl->handle;
}

uint32_t vmbus_gpadl_bytes(const struct vmbus_gpadl *gpadl)
{
	return gpadl->bytes;
}

unsigned int vmbus_bus_gpadls(const struct vmbus_bus *bus)
{
	unsigned int nr = 0, i;

	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		nr += bus->gpadls[i].offer != NULL;
	return nr;
}

/* -- using one ------------------------------------------------------------ */

static bool is_inside(const struct vmbus_gpadl *gpadl, uint32_t offset,
		      uint32_t bytes)
{
	return offset <= gpadl->bytes && bytes <= gpadl->bytes - offset;
}

static int copy(struct vmbus_gpadl *gpadl, uint32_t offset, char *data,
		uint32_t bytes, bool write)
{
	uint32_t at = gpadl->first + offset;

	if (!is_inside(gpadl, offset, bytes))
		return -ERANGE;
	while (bytes) {
		uint32_t in_page = at % SIM_FRAME_BYTES;
		uint32_t part = SIM_FRAME_BYTES - in_page;
		char *page = frame_data(gpadl->offer->bus,
					gpadl->pfns[at >> SIM_FRAME_SHIFT],
					write) + in_page;

		if (part > bytes)
			part = bytes;
		tell(gpadl->offer->bus, page, part, write);
		if (write)
			memcpy(page, data, part);
		else
			memcpy(data, page, part);
		data += part;
		at += part;
		bytes -= part;
	}
	return 0;
}

int vmbus_gpadl_write(struct vmbus_gpadl *gpadl, uint32_t offset,
		      const void *from, uint32_t bytes)
{
	return copy(gpadl, offset, (char *)(uintptr_t)from, bytes, true);
}

int vmbus_gpadl_read(struct vmbus_gpadl *gpadl, uint32_t offset, void *to,
		     uint32_t bytes)
{
	return copy(gpadl, offset, to, bytes, false);
}

int vmbus_gpadl_poke(struct vmbus_gpadl *gpadl, uint32_t offset, uint8_t value)
{
	return copy(gpadl, offset, (char *)&value, 1, true);
}

/* -- loans ---------------------------------------------------------------- */

static bool overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

bool vmbus_offer_lends(const struct vmbus_offer *offer, uint64_t gpa,
		       uint64_t bytes)
{
	uint32_t i;

	for (i = 0; i < offer->nr_loans; i++)
		if (overlaps(gpa, bytes, offer->loans[i].gpa,
			     offer->loans[i].bytes))
			return true;
	return false;
}

static struct vmbus_excess *find_excess(struct vmbus_offer *offer,
					uint64_t transaction)
{
	uint32_t i;

	for (i = 0; i < offer->nr_excess; i++)
		if (offer->excess[i].transaction == transaction)
			return &offer->excess[i];
	return NULL;
}

/*
 * A guest that finds a completion that nobody asked for takes it for that of
 * the next packet of this number: it cannot know better.
 */
int vmbus_loan(struct vmbus_offer *offer, uint64_t transaction,
	       const struct vmbus_segment *segments, uint32_t nr)
{
	struct vmbus_excess *excess = find_excess(offer, transaction);
	uint32_t i;

	if (excess && excess->nr) {
		excess->nr--;
		return 0;
	}
	if (nr > BUS_LOANS - offer->nr_loans)
		return -ENOSPC;
	for (i = 0; i < nr; i++)
		offer->loans[offer->nr_loans++] = (struct vmbus_loan){
			.transaction = transaction,
			.gpa = segments[i].gpa,
			.bytes = segments[i].bytes,
		};
	return 0;
}

static void note_excess(struct vmbus_offer *offer, uint64_t transaction)
{
	struct vmbus_excess *excess = find_excess(offer, transaction);

	if (!excess && offer->nr_excess < BUS_EXCESS) {
		excess = &offer->excess[offer->nr_excess++];
		excess->transaction = transaction;
		excess->nr = 0;
	}
	if (excess)
		excess->nr++;
}

void loan_completed(struct vmbus_offer *offer, uint64_t transaction)
{
	uint32_t i, kept = 0;

	for (i = 0; i < offer->nr_loans; i++)
		if (offer->loans[i].transaction != transaction)
			offer->loans[kept++] = offer->loans[i];
	if (kept == offer->nr_loans)
		note_excess(offer, transaction);
	offer->nr_loans = kept;
}

static bool lends(const struct vmbus_offer *offer, uint64_t transaction,
		  uint64_t gpa, uint32_t bytes)
{
	uint32_t i;

	for (i = 0; i < offer->nr_loans; i++)
		if (offer->loans[i].transaction == transaction &&
		    offer->loans[i].gpa == gpa &&
		    offer->loans[i].bytes == bytes)
			return true;
	return false;
}

int vmbus_loan_read(struct vmbus_offer *offer, uint64_t transaction,
		    const struct vmbus_segment *segment, void *to)
{
	uint64_t gpa = segment->gpa;
	uint32_t bytes = segment->bytes;

	if (!lends(offer, transaction, gpa, bytes))
		return -EFAULT;
	while (bytes) {
		uint32_t at = gpa % SIM_FRAME_BYTES;
		uint32_t part = SIM_FRAME_BYTES - at;
		const char *page = frame_data(offer->bus,
					      gpa >> SIM_FRAME_SHIFT, false);

		if (!page)
			return -EFAULT;
		if (part > bytes)
			part = bytes;
		tell(offer->bus, page + at, part, false);
		memcpy(to, page + at, part);
		to = (char *)to + part;
		gpa += part;
		bytes -= part;
	}
	return 0;
}

unsigned int vmbus_loans(const struct vmbus_offer *offer)
{
	return offer->nr_loans;
}

/* -- whose memory is it? -------------------------------------------------- */

static bool in_gpadl(const struct vmbus_gpadl *gpadl, uint64_t gpa,
		     uint64_t bytes)
{
	uint32_t i;

	if (!gpadl->offer)
		return false;
	for (i = 0; i < gpadl->nr_known; i++)
		if (overlaps(gpa, bytes, gpadl->pfns[i] << SIM_FRAME_SHIFT,
			     SIM_FRAME_BYTES))
			return true;
	return false;
}

bool vmbus_bus_lends(const struct vmbus_bus *bus, uint64_t gpa, uint64_t bytes)
{
	uint32_t i;

	for (i = 0; i < bus->nr_offers; i++)
		if (vmbus_offer_lends(bus->offers[i], gpa, bytes))
			return true;
	return false;
}

bool vmbus_bus_owns(const struct vmbus_bus *bus, uint64_t gpa, uint64_t bytes,
		    const char **what)
{
	uint32_t i;

	*what = "gpadl";
	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		if (in_gpadl(&bus->gpadls[i], gpa, bytes))
			return true;
	*what = "packet";
	if (vmbus_bus_lends(bus, gpa, bytes))
		return true;
	*what = "connection";
	for (i = 0; i < BUS_DATA_PAGES; i++)
		if (bus->data_pages[i] &&
		    overlaps(gpa, bytes, bus->data_pages[i], SIM_FRAME_BYTES))
			return true;
	return false;
}
