/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI function that does DMA through an IOMMU.
 *
 * FAULT MODEL
 *
 * May happen at any request (SIM_DECIDE_DELAY): it reaches memory late, after
 * others that were sent later. The same for an answer to an invalidation. May
 * happen at any moment, if the program says so: the device is gone, while what
 * it has posted still arrives.
 *
 * Only if the program says so (pci_device_misbehave): the device lies about
 * invalidations of its TLB.
 *
 * Never happens: an address that the program did not ask for; a request that
 * is lost; one that uses a translation it did not get.
 */
#include <errno.h>
#include <models/pci_device.h>
#include <sim/bulk.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <stdio.h>
#include <string.h>
#include "device_tlb.h"

#define MAX_ANSWERS	32
#define MAX_PAGE_WAITS	4
#define MAX_TRIES	8	/* for a page that comes and goes */

/* A request on its way to memory. */
struct flight {
	struct sim_event event;
	struct iommu_flight iommu;
	struct pci_landing landing;
	uint64_t stamp;
	uint32_t answers;		/* bits: what waits for it */
	bool translated;		/* by the device's own TLB */
	bool used;
};

/* An invalidation that is not answered yet. */
struct answer {
	struct sim_event event;
	struct pci_device *device;
	uint32_t token;
	uint32_t flights;		/* that have to land first */
	bool used;
};

/* Somebody waits for a page. */
struct page_wait {
	struct sim_fiber *fiber;
	uint32_t pasid;
	uint16_t group;
	uint8_t code;
	bool answered;
	bool used;
	uint8_t reserved[7];
};

struct pci_device {
	struct sim *sim;
	struct pci_device_options options;
	const struct pci_observer *observer;
	void *observer_arg;
	struct flight flights[PCI_DEVICE_MAX_FLIGHTS];
	struct device_tlb tlb;
	struct answer answers[MAX_ANSWERS];
	struct page_wait page_waits[MAX_PAGE_WAITS];
	uint16_t next_group;
	bool ats;
	bool pri;
	bool gone;
	enum pci_misbehaviour behaviour;
};

static void raise_freed(struct pci_device *device,
			const struct pci_landing *landing)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY,
		.oracle = "freed-dma",
		.object = "frame",
		.what = "DMA reached memory that has been freed",
	};

	snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
		 iommu_place(device->options.iommu));
	snprintf(finding.why, sizeof(finding.why),
		 "%s address 0x%llx is physical 0x%llx",
		 landing->write ? "write," : "read,",
		 (unsigned long long)landing->address,
		 (unsigned long long)landing->phys);
	sim_finding_raise(device->sim, &finding);
}

/* -- answers to invalidations -- */

static void give_answer(struct answer *answer)
{
	answer->used = false;
	if (!answer->device->gone)
		iommu_invalidated(answer->device->options.iommu, answer->token);
}

static void answer_due(struct sim *sim, struct sim_event *event)
{
	give_answer((struct answer *)((char *)event -
				      offsetof(struct answer, event)));
}

static struct answer *new_answer(struct pci_device *device, uint32_t token)
{
	uint32_t i = 0;

	while (i < MAX_ANSWERS && device->answers[i].used)
		i++;
	/* As many as the IOMMU sends. */
	sim_assert(i < MAX_ANSWERS);
	device->answers[i].used = true;
	device->answers[i].device = device;
	device->answers[i].token = token;
	device->answers[i].flights = 0;
	return &device->answers[i];
}

/* Translated requests that use what is to be forgotten. */
static void await_flights(struct pci_device *device, struct answer *answer,
			  const struct iommu_invalidation *what)
{
	uint32_t bit = 1u << (answer - device->answers), i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++) {
		struct flight *flight = &device->flights[i];
		const struct pci_landing *landing = &flight->landing;

		if (!flight->used || !flight->translated ||
		    !device_tlb_covers(what, landing->pasid, landing->address,
				       landing->address + landing->bytes - 1))
			continue;
		flight->answers |= bit;
		answer->flights++;
	}
}

static void invalidate(void *arg, const struct iommu_invalidation *what)
{
	static const uint64_t delay_ns[] = { 0, 1000, 1000000 };
	struct pci_device *device = arg;
	struct answer *answer;
	uint32_t delay;

	if (device->gone)
		return;
	if (device->behaviour != PCI_KEEPS_TRANSLATIONS)
		device_tlb_forget(&device->tlb, what);
	if (device->behaviour == PCI_SILENT)
		return;
	answer = new_answer(device, what->token);
	if (device->behaviour == PCI_HONEST)
		await_flights(device, answer, what);
	if (answer->flights)
		return;
	delay = sim_decide(device->sim, SIM_DECIDE_DELAY, 3);
	if (delay)
		sim_event_after(device->sim, &answer->event, delay_ns[delay]);
	else
		give_answer(answer);
}

/* -- page requests -- */

static bool respond(void *arg, const struct iommu_page_response *response)
{
	struct pci_device *device = arg;
	uint32_t i;

	for (i = 0; i < MAX_PAGE_WAITS; i++) {
		struct page_wait *wait = &device->page_waits[i];

		if (!wait->used || wait->answered ||
		    wait->group != response->group ||
		    wait->pasid != response->pasid)
			continue;
		wait->answered = true;
		wait->code = response->code;
		sim_fiber_wake(device->sim, wait->fiber);
		return true;
	}
	return false;
}

static const struct iommu_endpoint_ops endpoint_ops = {
	.invalidate = invalidate,
	.respond = respond,
};

static struct page_wait *new_page_wait(struct pci_device *device,
				       uint32_t pasid)
{
	uint32_t i;

	for (i = 0; i < MAX_PAGE_WAITS; i++)
		if (!device->page_waits[i].used)
			break;
	if (i == MAX_PAGE_WAITS || !sim_fiber_self(device->sim))
		return NULL;
	device->page_waits[i] = (struct page_wait){
		.fiber = sim_fiber_self(device->sim),
		.pasid = pasid,
		.group = device->next_group++ & 0x1ff,
		.used = true,
	};
	return &device->page_waits[i];
}

/* What has become of a group of requests, once it has been answered. */
static int await_answer(struct pci_device *device, struct page_wait *wait)
{
	while (!wait->answered)
		sim_fiber_block(device->sim);
	wait->used = false;
	if (device->observer && device->observer->answered)
		device->observer->answered(device->observer_arg, device);
	switch (wait->code) {
	case VTD_RESPONSE_SUCCESS:
		return 0;
	case VTD_RESPONSE_FAILURE:
		device->pri = false;
		return -EIO;
	default:
		return -EFAULT;
	}
}

/* Asks for @pages pages from that of @asked on, in one group, and waits. */
static int ask_for_pages(struct pci_device *device,
			 const struct iommu_request *asked, uint32_t pages)
{
	struct page_wait *wait = new_page_wait(device, asked->pasid);
	struct iommu_page_request page = {
		.address = asked->address,
		.pasid = asked->pasid,
		.requester_id = asked->requester_id,
		.read = !asked->write,
		.write = asked->write,
		.execute = asked->execute,
		.privileged = asked->privileged,
	};

	if (!wait)
		return -EAGAIN;
	page.group = wait->group;
	if (device->observer && device->observer->asked)
		device->observer->asked(device->observer_arg, device);
	for (; pages; pages--, page.address += SIM_FRAME_BYTES) {
		page.last = pages == 1;
		iommu_page_request(device->options.iommu, &page);
	}
	return await_answer(device, wait);
}

int pci_device_ask(struct pci_device *device, const struct pci_ask *ask)
{
	const struct iommu_request asked = {
		.address = ask->address,
		.pasid = ask->pasid,
		.requester_id = device->options.requester_id,
		.write = ask->write,
	};

	sim_assert(ask->pages);
	if (!device->pri)
		return -EOPNOTSUPP;
	return device->gone ? -ENODEV :
			      ask_for_pages(device, &asked, ask->pages);
}

/* -- translation -- */

static bool grants(bool may_read, bool may_write,
		   const struct iommu_request *asked)
{
	return asked->write ? may_write : may_read;
}

/* 0 with what the TLB knows now, 1 if the page is missing. */
static int look_up(struct pci_device *device, const struct iommu_request *asked,
		   struct iommu_translation *translation)
{
	const struct device_tlb_entry *entry =
		device_tlb_find(&device->tlb, asked->pasid, asked->address);
	uint64_t below;

	if (!entry || !grants(entry->may_read, entry->may_write, asked)) {
		if (iommu_ats_translate(device->options.iommu, asked,
					translation))
			return -EFAULT;
		if (translation->may_read || translation->may_write)
			device_tlb_add(&device->tlb, asked->pasid,
				       asked->address, translation);
		return !grants(translation->may_read, translation->may_write,
			       asked);
	}
	below = (1ull << entry->shift) - 1;
	*translation = (struct iommu_translation){
		.phys = entry->phys | (asked->address & below),
		.may_read = entry->may_read,
		.may_write = entry->may_write,
	};
	return 0;
}

static int translate(struct pci_device *device,
		     const struct iommu_request *asked,
		     struct iommu_translation *translation)
{
	unsigned int tries;
	int rc = -EFAULT;

	if (!device->ats)
		return iommu_translate(device->options.iommu, asked,
				       translation);
	for (tries = 0; tries < MAX_TRIES; tries++) {
		/* First, so that nothing comes between the TLB and its use. */
		rc = iommu_ats_pass(device->options.iommu, asked);
		if (!rc)
			rc = look_up(device, asked, translation);
		if (rc <= 0)
			return rc;
		if (!device->pri)
			return -EFAULT;
		rc = ask_for_pages(device, asked, 1);
		if (rc)
			return rc;
	}
	return -EFAULT;
}

/* -- requests -- */

/*
 * The first whole word of what is touched. Memory above the frames is of other
 * devices: nothing is there for us.
 */
static uint64_t *word_at(struct pci_device *device,
			 const struct pci_landing *landing)
{
	struct machine *machine = device->options.machine;
	uint64_t *word = machine_dma_word(machine, landing->phys,
					  landing->write);

	if (!word || sim_frame(machine_memory(machine),
			       landing->phys >> SIM_FRAME_SHIFT)->class !=
			     SIM_FRAME_FREE)
		return word;
	raise_freed(device, landing);
	return NULL;
}

static void landed(struct pci_device *device, struct flight *flight)
{
	uint32_t i;

	if (!flight->translated)
		iommu_arrive(device->options.iommu, &flight->iommu);
	for (i = 0; i < MAX_ANSWERS; i++)
		if (flight->answers >> i & 1 && !--device->answers[i].flights)
			give_answer(&device->answers[i]);
	flight->used = false;
}

static void land(struct pci_device *device, struct flight *flight)
{
	struct pci_landing *landing = &flight->landing;
	struct dma_tracker *tracker = device->options.tracker;
	uint64_t *word;

	if (device->observer && device->observer->landed)
		device->observer->landed(device->observer_arg, landing);
	word = word_at(device, landing);
	if (!word)
		flight->stamp = UINT64_MAX;
	else if (landing->write)
		sim_bulk_copy(word, &flight->stamp, sizeof(*word));
	else
		sim_bulk_copy(&flight->stamp, word, sizeof(*word));
	if (tracker && landing->write)
		dma_tracker_wrote(tracker, landing->address,
				  landing->address + landing->bytes - 1);
	landed(device, flight);
}

static void flight_due(struct sim *sim, struct sim_event *event)
{
	struct flight *flight = (struct flight *)((char *)event -
					offsetof(struct flight, event));

	land(flight->landing.device, flight);
}

static struct flight *free_flight(struct pci_device *device)
{
	uint32_t i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		if (!device->flights[i].used)
			return &device->flights[i];
	return NULL;
}

static uint64_t flight_time_ns(struct pci_device *device)
{
	static const uint64_t times_ns[] = { 0, 500, 8000, 200000 };
	uint32_t pick = sim_decide(device->sim, SIM_DECIDE_DELAY, 4);

	if (!pick && device->options.slow)
		return 1000;
	return times_ns[pick];
}

/* Sends one request that has been translated on its way. */
static void send(struct pci_device *device, struct flight *flight,
		 const struct iommu_translation *translation, bool translated)
{
	uint64_t time_ns = flight_time_ns(device);
	bool posted = flight->landing.write;

	flight->landing.phys = translation->phys;
	flight->translated = translated;
	flight->answers = 0;
	if (!translated)
		iommu_depart(device->options.iommu, &flight->iommu, translation,
			     flight->landing.write);
	if (!time_ns) {
		land(device, flight);
	} else if (posted) {
		sim_event_after(device->sim, &flight->event, time_ns);
	} else {
		if (sim_fiber_self(device->sim))
			sim_fiber_sleep(device->sim, time_ns);
		land(device, flight);
	}
}

/* One request, within a 4 KiB page. */
static int request(struct pci_device *device, const struct pci_dma *dma,
		   struct pci_landing *landing, uint64_t *stamp)
{
	const struct iommu_request asked = {
		.address = landing->address,
		.pasid = dma->pasid,
		.requester_id = device->options.requester_id,
		.write = dma->write,
		.execute = dma->execute,
		.privileged = dma->privileged,
	};
	struct iommu_translation translation;
	struct flight *flight = free_flight(device);
	bool translated = device->ats;
	int rc;

	/* The log has slack for what is in flight. */
	if (!flight || (dma->write && device->options.tracker &&
			!dma_tracker_has_room(device->options.tracker)))
		return -EAGAIN;
	flight->used = true;
	flight->translated = false;
	if (device->observer && device->observer->started)
		landing->ticket = device->observer->started(
			device->observer_arg, device);
	rc = translate(device, &asked, &translation);
	if (rc) {
		flight->used = false;
		if (device->observer && device->observer->refused)
			device->observer->refused(device->observer_arg,
						  landing);
		return rc;
	}
	flight->landing = *landing;
	flight->stamp = *stamp;
	send(device, flight, &translation, translated);
	*stamp = flight->stamp;
	return 0;
}

int pci_device_dma(struct pci_device *device, struct pci_dma *dma)
{
	uint64_t left = dma->bytes, stamp = dma->stamp, first = 0;
	struct pci_landing landing = {
		.device = device,
		.address = dma->address,
		.pasid = dma->pasid,
		.write = dma->write,
		.special = dma->execute || dma->privileged,
	};
	int rc = 0;

	sim_assert(dma->bytes);
	if (dma->pasid != IOMMU_NO_PASID && !device->options.pasid)
		return -EINVAL;
	for (; left; left -= landing.bytes) {
		if (device->gone)
			return -ENODEV;
		landing.bytes = SIM_FRAME_BYTES -
				landing.address % SIM_FRAME_BYTES;
		if (landing.bytes > left)
			landing.bytes = left;
		rc = request(device, dma, &landing, &stamp);
		if (rc)
			return rc;
		if (left == dma->bytes)
			first = stamp;
		stamp = dma->write ? stamp + 1 : stamp;
		landing.address += landing.bytes;
	}
	if (!dma->write)
		dma->stamp = first;
	return 0;
}

unsigned int pci_device_in_flight(const struct pci_device *device)
{
	unsigned int nr = 0, i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		nr += device->flights[i].used;
	return nr;
}

struct pci_device *pci_device_new(struct sim *sim,
				  const struct pci_device_options *options)
{
	struct pci_device *device = sim_alloc(sim, sizeof(*device), 8);
	uint32_t i;

	device->sim = sim;
	device->options = *options;
	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		sim_event_init(&device->flights[i].event, flight_due,
			       options->source, 0);
	for (i = 0; i < MAX_ANSWERS; i++)
		sim_event_init(&device->answers[i].event, answer_due,
			       options->source, 1);
	if (options->ats && iommu_attach(options->iommu, options->requester_id,
					 &endpoint_ops, device))
		return NULL;
	return device;
}

void pci_device_observe(struct pci_device *device,
			const struct pci_observer *observer, void *arg)
{
	device->observer = observer;
	device->observer_arg = arg;
}

uint16_t pci_device_requester_id(const struct pci_device *device)
{
	return device->options.requester_id;
}

void pci_device_set_ats(struct pci_device *device, bool on)
{
	sim_assert(!on || device->options.ats);
	device->ats = on;
	if (on)
		return;
	device->pri = false;
	memset(&device->tlb, 0, sizeof(device->tlb));
}

void pci_device_set_pri(struct pci_device *device, bool on)
{
	sim_assert(!on || (device->options.pri && device->ats));
	device->pri = on;
}

void pci_device_misbehave(struct pci_device *device, enum pci_misbehaviour kind)
{
	sim_assert(kind < PCI_MISBEHAVIOURS);
	device->behaviour = kind;
}

void pci_device_unplug(struct pci_device *device)
{
	device->gone = true;
}

void pci_device_plug(struct pci_device *device)
{
	device->gone = false;
}
