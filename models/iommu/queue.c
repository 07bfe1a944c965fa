/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queued invalidation, sections 6.5.2 and 11.4.9.
 *
 * One descriptor at a time, each some time after the one before: until its
 * turn comes its target stays cached. A wait descriptor completes when what
 * came before it is done, which includes requests in flight that an
 * invalidation has to drain; without its fence flag the descriptors behind it
 * do not wait for that.
 *
 * A descriptor that makes no sense stops the queue with FSTS.IQE and the head
 * at it, until software clears IQE. A device that does not answer stops it with
 * FSTS.ITE, and waits that are pending then never complete (6.5.2.10).
 */
#include <sim/decide.h>
#include <sim/finding.h>
#include "internal.h"

struct descriptor {
	uint64_t words[4];
};

static bool is_on(const struct iommu *iommu)
{
	return iommu->status & VTD_GCMD_QIE;
}

static unsigned int descriptor_bytes(const struct iommu *iommu)
{
	return iommu->queue & VTD_IQA_DW ? 32 : 16;
}

static uint64_t queue_bytes(const struct iommu *iommu)
{
	return 4096ull << (iommu->queue & VTD_IQA_QS);
}

/* -- waits -- */

static bool has_landed(const struct iommu *iommu, uint64_t number)
{
	const struct iommu_flight *flight = iommu->flights.next;

	for (; flight != &iommu->flights; flight = flight->next)
		if (flight->awaited && flight->awaited <= number)
			return false;
	return true;
}

static void complete_wait(struct iommu *iommu, struct wait *wait)
{
	wait->valid = false;
	iommu->stats.waits++;
	sim_trace(iommu->sim, TRACE_WAIT, wait->data, wait->interrupt);
	if (wait->status_write &&
	    !vtd_write(iommu, wait->address, &wait->data, sizeof(wait->data)))
		vtd_protocol(iommu, "wait", "a status address that is no memory",
			     "0x%llx", (unsigned long long)wait->address);
	if (!wait->interrupt || iommu->completion & VTD_ICS_IWC)
		return;
	iommu->completion |= VTD_ICS_IWC;
	vtd_interrupt(iommu, &iommu->completion_event);
}

static struct wait *oldest_wait(struct iommu *iommu)
{
	struct wait *oldest = NULL;
	uint32_t i;

	for (i = 0; i < MAX_WAITS; i++)
		if (iommu->waits[i].valid &&
		    (!oldest || iommu->waits[i].number < oldest->number))
			oldest = &iommu->waits[i];
	return oldest;
}

static void complete_waits(struct iommu *iommu)
{
	struct wait *wait;

	while ((wait = oldest_wait(iommu)) &&
	       has_landed(iommu, wait->number) &&
	       vtd_answered(iommu, wait->number))
		complete_wait(iommu, wait);
}

void vtd_waits_check(struct iommu *iommu)
{
	complete_waits(iommu);
	vtd_queue_kick(iommu);
}

void vtd_waits_abort(struct iommu *iommu)
{
	uint32_t i;

	for (i = 0; i < MAX_WAITS; i++)
		iommu->waits[i].valid = false;
}

/* A fence holds up what is behind it, and so does lack of room. */
static bool held_up(const struct iommu *iommu)
{
	uint32_t i, nr = 0;

	if (iommu->trapped || !vtd_can_invalidate(iommu))
		return true;

	for (i = 0; i < MAX_WAITS; i++) {
		if (!iommu->waits[i].valid)
			continue;
		if (iommu->waits[i].fence)
			return true;
		nr++;
	}
	return nr == MAX_WAITS;
}

/* -- descriptors: false if there is no such one -- */

static bool run_context(struct iommu *iommu, const uint64_t *words)
{
	/* FM: how many of the bits 2:0 of the function do not count. */
	static const uint16_t masks[] = { 0, 4, 6, 7 };

	if (words[0] & 0xfffc00000000f1c0ull || words[1])
		return false;
	switch (VTD_QI_GRANULARITY(words[0])) {
	case VTD_CONTEXT_GLOBAL:
		vtd_forget_contexts(iommu, 0, UINT16_MAX);
		return true;
	case VTD_CONTEXT_DOMAIN:
		/* Scalable-mode context entries have no domain. */
		sim_bench_error(__FILE__, __LINE__,
				"unmodelled: context-cache invalidation by domain");
	case VTD_CONTEXT_DEVICE:
		vtd_forget_contexts(iommu, VTD_QI_SOURCE(words[0]),
				    masks[words[0] >> 48 & 3]);
		return true;
	default:
		return false;
	}
}

static bool run_pasid_cache(struct iommu *iommu, const uint64_t *words)
{
	struct forget what = {
		.domain = VTD_QI_DOMAIN(words[0]),
		.pasid = VTD_QI_PASID(words[0]),
	};

	if (words[0] & 0xfff000000000f1c0ull || words[1])
		return false;
	switch (VTD_QI_GRANULARITY(words[0])) {
	case VTD_PC_DOMAIN:
		break;
	case VTD_PC_PASID:
		what.by_pasid = true;
		break;
	case VTD_PC_GLOBAL:
		what.all_domains = true;
		break;
	default:
		return false;
	}
	vtd_forget_pasids(iommu, &what);
	return true;
}

/*
 * The pages of word 1 of IOTLB descriptors: 2^AM of them. The unit does not
 * look at the bits of the address below that (6.5.2.3), so what a driver means
 * and what it gets may differ.
 */
static bool set_pages(struct iommu *iommu, struct forget *what, uint64_t word)
{
	unsigned int order = word & VTD_QI_AM;
	uint64_t bytes;

	if (order > (iommu->cap >> VTD_CAP_MAMV_SHIFT & 0x3f))
		return false;
	bytes = 1ull << (12 + order);
	what->by_page = true;
	what->hint = word & VTD_QI_IH;
	what->first = word & ~(bytes - 1);
	what->last = what->first + (bytes - 1);
	return true;
}

static bool run_iotlb(struct iommu *iommu, const uint64_t *words)
{
	struct forget what = {
		.domain = VTD_QI_DOMAIN(words[0]),
		.drain_reads = words[0] & VTD_QI_DR,
		.drain_writes = words[0] & VTD_QI_DW,
	};

	if (words[0] & 0xffffffff0000f100ull || words[1] & 0xf80ull)
		return false;
	switch (VTD_QI_GRANULARITY(words[0])) {
	case VTD_IOTLB_GLOBAL:
		what.all_domains = true;
		break;
	case VTD_IOTLB_DOMAIN:
		break;
	case VTD_IOTLB_PAGE:
		if (!(iommu->cap & VTD_CAP_PSI) ||
		    !set_pages(iommu, &what, words[1]))
			return false;
		break;
	default:
		return false;
	}
	vtd_forget_iotlb(iommu, &what);
	return true;
}

static bool run_pasid_iotlb(struct iommu *iommu, const uint64_t *words)
{
	struct forget what = {
		.by_pasid = true,
		.domain = VTD_QI_DOMAIN(words[0]),
		.pasid = VTD_QI_PASID(words[0]),
	};

	if (words[0] & 0xfff000000000f1c0ull || words[1] & 0xf80ull)
		return false;
	switch (VTD_QI_GRANULARITY(words[0])) {
	case VTD_PIOTLB_PASID:
		break;
	case VTD_PIOTLB_PAGE:
		if (!set_pages(iommu, &what, words[1]))
			return false;
		break;
	default:
		return false;
	}
	vtd_forget_iotlb(iommu, &what);
	return true;
}

/* S: the lowest clear bit of the address, from 12 on, gives the size. */
static void set_range(struct iommu_invalidation *what, uint64_t word, bool size)
{
	unsigned int order = 0;

	if (size) {
		while (order < 52 && word >> (12 + order) & 1)
			order++;
		order++;
	}
	if (order >= 52) {
		what->first = 0;
		what->last = UINT64_MAX;
		return;
	}
	what->first = word & ~((1ull << (12 + order)) - 1);
	what->last = what->first + ((1ull << (12 + order)) - 1);
}

static bool run_device_tlb(struct iommu *iommu, const uint64_t *words)
{
	struct iommu_invalidation what = { .pasid = IOMMU_NO_PASID };

	if (!(iommu->ecap & VTD_ECAP_DT) || words[0] & 0xf0000ffe001f0ull ||
	    words[1] & 0xffe)
		return false;
	set_range(&what, words[1], words[1] & VTD_DEVICE_TLB_SIZE);
	vtd_invalidate_device(iommu, VTD_QI_SOURCE(words[0]), &what);
	return true;
}

static bool run_pasid_device_tlb(struct iommu *iommu, const uint64_t *words)
{
	struct iommu_invalidation what = {
		.pasid = VTD_QI_PASID(words[0]),
		.all_pasids = words[1] & VTD_PASID_DTLB_GLOBAL,
	};

	if (!(iommu->ecap & VTD_ECAP_DT) || words[1] & 0x7fe)
		return false;
	set_range(&what, words[1], words[1] & VTD_PASID_DTLB_SIZE);
	vtd_invalidate_device(iommu, (uint16_t)(words[0] >> 16), &what);
	return true;
}

static bool run_page_response(struct iommu *iommu, const uint64_t *words)
{
	struct iommu_page_response response = {
		.pasid = words[0] & VTD_RESPONSE_PASID ?
			 VTD_QI_PASID(words[0]) : IOMMU_NO_PASID,
		.group = words[1] >> VTD_RESPONSE_GROUP_SHIFT & 0x1ff,
		.code = words[0] >> VTD_RESPONSE_CODE_SHIFT & 0xf,
	};
	uint16_t requester_id = (uint16_t)(words[0] >> 16);

	if (!(iommu->ecap & VTD_ECAP_PRS) || words[0] & 0xfff00000000001e0ull ||
	    words[1] & ~0xffcull)
		return false;
	if (!vtd_respond(iommu, requester_id, &response))
		vtd_protocol(iommu, "page-response",
			     "a response to what nobody asked",
			     "requester 0x%x, group %u", requester_id,
			     response.group);
	return true;
}

static bool run_wait(struct iommu *iommu, const uint64_t *words)
{
	uint32_t i = 0;

	if (words[0] & 0xfffff100ull || words[1] & 3)
		return false;
	while (iommu->waits[i].valid)
		i++;
	sim_assert(i < MAX_WAITS);
	iommu->waits[i] = (struct wait){
		.number = iommu->wait_number++,
		.address = words[1],
		.data = (uint32_t)(words[0] >> 32),
		.status_write = words[0] & VTD_WAIT_SW,
		.interrupt = words[0] & VTD_WAIT_IF,
		.fence = words[0] & VTD_WAIT_FN,
		.valid = true,
	};
	complete_waits(iommu);
	return true;
}

static bool run(struct iommu *iommu, const struct descriptor *descriptor)
{
	const uint64_t *words = descriptor->words;
	unsigned int type = (words[0] & 0xf) | (words[0] >> 5 & 0x70);

	if (words[2] || words[3])
		return false;
	switch (type) {
	case VTD_QI_CONTEXT:
		return run_context(iommu, words);
	case VTD_QI_IOTLB:
		return run_iotlb(iommu, words);
	case VTD_QI_WAIT:
		return run_wait(iommu, words);
	case VTD_QI_PASID_IOTLB:
		return run_pasid_iotlb(iommu, words);
	case VTD_QI_PASID_CACHE:
		return run_pasid_cache(iommu, words);
	case VTD_QI_DEVICE_TLB:
		return run_device_tlb(iommu, words);
	case VTD_QI_PASID_DEVICE_TLB:
		return run_pasid_device_tlb(iommu, words);
	case VTD_QI_PAGE_RESPONSE:
		return run_page_response(iommu, words);
	default:
		return false;
	}
}

/* -- the queue -- */

static bool read_descriptor(struct iommu *iommu, struct descriptor *descriptor)
{
	*descriptor = (struct descriptor){ 0 };
	return iommu->tail < queue_bytes(iommu) &&
	       !(iommu->tail % descriptor_bytes(iommu)) &&
	       vtd_read(iommu, (iommu->queue & VTD_POINTER) + iommu->head,
			descriptor->words, descriptor_bytes(iommu) / 8);
}

static void fetch(struct sim *sim, struct sim_event *event)
{
	struct iommu *iommu = (struct iommu *)((char *)event -
					offsetof(struct iommu, fetch));
	struct descriptor descriptor;

	if (!read_descriptor(iommu, &descriptor) || !run(iommu, &descriptor)) {
		vtd_fault_status(iommu, VTD_FSTS_IQE);
		return;
	}
	sim_trace(sim, TRACE_DESCRIPTOR, descriptor.words[0],
		  descriptor.words[1]);
	iommu->stats.descriptors++;
	if ((descriptor.words[0] & 0xf) != VTD_QI_WAIT && iommu->options.trap)
		iommu->trapped = !iommu->options.trap(iommu->options.trap_arg,
						      descriptor.words);
	iommu->head = (iommu->head + descriptor_bytes(iommu)) %
		      queue_bytes(iommu);
	vtd_queue_kick(iommu);
}

void iommu_resume(struct iommu *iommu)
{
	iommu->trapped = false;
	vtd_queue_kick(iommu);
}

void vtd_queue_init(struct iommu *iommu)
{
	iommu->wait_number = 1;
	sim_event_init(&iommu->fetch, fetch, iommu->options.source, 0);
}

void vtd_queue_kick(struct iommu *iommu)
{
	static const uint64_t extra_ns[] = { 0, 2000, 50000 };
	uint32_t delay;

	if (!is_on(iommu) || iommu->head == iommu->tail ||
	    iommu->fault_status & (VTD_FSTS_IQE | VTD_FSTS_ITE) ||
	    held_up(iommu) || iommu->fetch.queued)
		return;
	delay = sim_decide(iommu->sim, SIM_DECIDE_DELAY, 3);
	sim_event_after(iommu->sim, &iommu->fetch,
			iommu->options.descriptor_ns + extra_ns[delay]);
}

/* 11.4.4.1, QIE: the head is 0 whenever the queue is off. */
void vtd_queue_enable(struct iommu *iommu, bool enable)
{
	iommu->head = 0;
	if (enable)
		return;
	if (iommu->fetch.queued || iommu->trapped || oldest_wait(iommu))
		vtd_protocol(iommu, "gcmd", "the queue goes off while it works",
			     "tail 0x%llx", (unsigned long long)iommu->tail);
	sim_event_cancel(iommu->sim, &iommu->fetch);
	iommu->trapped = false;
	vtd_waits_abort(iommu);
}
