/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page requests, section 7.4: a ring in memory that the unit fills and the
 * driver empties, and the responses that go back to devices.
 */
#include <sim/finding.h>
#include "internal.h"

static uint64_t ring_bytes(const struct iommu *iommu)
{
	return 4096ull << (iommu->requests & 7);
}

bool vtd_respond(struct iommu *iommu, uint16_t requester_id,
		 const struct iommu_page_response *response)
{
	const struct endpoint *endpoint = vtd_endpoint(iommu, requester_id);

	return endpoint && endpoint->ops->respond &&
	       endpoint->ops->respond(endpoint->arg, response);
}

static void respond_at_once(struct iommu *iommu,
			    const struct iommu_page_request *request,
			    uint8_t code)
{
	const struct iommu_page_response response = {
		.pasid = request->pasid,
		.group = request->group,
		.code = code,
	};

	if (request->last)
		vtd_respond(iommu, request->requester_id, &response);
}

/* Allowed by the context entry? If not, the fault has been recorded. */
static bool may_request(struct iommu *iommu,
			const struct iommu_page_request *request)
{
	const struct iommu_request as = {
		.address = request->address,
		.pasid = request->pasid,
		.requester_id = request->requester_id,
		.write = request->write,
		.execute = request->execute,
		.privileged = request->privileged,
	};
	struct way way = { 0 };
	enum vtd_fault fault;

	if (!iommu_enabled(iommu))
		return false;
	fault = vtd_find_context(iommu, request->requester_id, &way);
	if (!fault && !way.page_requests)
		fault = VTD_FAULT_CONTEXT_PRE;
	if (fault)
		vtd_fault(iommu, &as, &way, fault);
	return !fault;
}

static void fill(uint64_t *words, const struct iommu_page_request *request)
{
	words[0] = VTD_PRQ_TYPE |
		   (uint64_t)request->requester_id << VTD_PRQ_RID_SHIFT;
	if (request->pasid != IOMMU_NO_PASID)
		words[0] |= VTD_PRQ_PASID |
			    (uint64_t)request->pasid << VTD_PRQ_PASID_SHIFT;
	if (request->execute)
		words[0] |= VTD_PRQ_EXECUTE;
	if (request->privileged)
		words[0] |= VTD_PRQ_PRIVILEGED;
	words[1] = (request->address & VTD_POINTER) |
		   (uint64_t)request->group << VTD_PRQ_GROUP_SHIFT;
	if (request->read)
		words[1] |= VTD_PRQ_READ;
	if (request->write)
		words[1] |= VTD_PRQ_WRITE;
	if (request->last)
		words[1] |= VTD_PRQ_LAST;
}

void iommu_page_request(struct iommu *iommu,
			const struct iommu_page_request *request)
{
	uint64_t next = (iommu->request_tail + VTD_PRQ_BYTES) %
			ring_bytes(iommu);
	uint64_t words[VTD_PRQ_BYTES / 8] = { 0 };

	sim_assert(request->group < 512);
	if (!may_request(iommu, request)) {
		respond_at_once(iommu, request, VTD_RESPONSE_INVALID);
		return;
	}
	if (next == iommu->request_head)
		iommu->request_status |= VTD_PRS_PRO;
	if (iommu->request_status & VTD_PRS_PRO) {
		respond_at_once(iommu, request, VTD_RESPONSE_SUCCESS);
	} else {
		fill(words, request);
		if (!vtd_write(iommu, (iommu->requests & VTD_POINTER) +
			       iommu->request_tail, words, sizeof(words)))
			vtd_protocol(iommu, "pqa",
				     "a page-request queue that is no memory",
				     "PQA 0x%llx",
				     (unsigned long long)iommu->requests);
		iommu->request_tail = next;
		sim_trace(iommu->sim, TRACE_PAGE_REQUEST, request->address,
			  request->requester_id);
	}
	if (iommu->request_status & VTD_PRS_PPR)
		return;
	iommu->request_status |= VTD_PRS_PPR;
	vtd_interrupt(iommu, &iommu->request_event);
}

/* -- registers -- */

uint32_t vtd_prq_read(const struct iommu *iommu, uint64_t offset)
{
	switch (offset) {
	case VTD_PQH:
		return (uint32_t)iommu->request_head;
	case VTD_PQT:
		return (uint32_t)iommu->request_tail;
	case VTD_PQA:
		return (uint32_t)iommu->requests;
	case VTD_PQA + 4:
		return (uint32_t)(iommu->requests >> 32);
	case VTD_PRS:
		return iommu->request_status;
	default:
		return 0;
	}
}

void vtd_prq_write(struct iommu *iommu, uint64_t offset, uint32_t value)
{
	uint64_t upper = iommu->requests >> 32;

	switch (offset) {
	case VTD_PQH:
		iommu->request_head = value % ring_bytes(iommu) &
				      ~(VTD_PRQ_BYTES - 1ull);
		break;
	case VTD_PQT:
		iommu->request_tail = value % ring_bytes(iommu) &
				      ~(VTD_PRQ_BYTES - 1ull);
		break;
	case VTD_PQA:
		iommu->requests = upper << 32 | value;
		break;
	case VTD_PQA + 4:
		iommu->requests = (uint64_t)value << 32 |
				  (uint32_t)iommu->requests;
		break;
	case VTD_PRS:
		iommu->request_status &= ~(value &
					   (VTD_PRS_PPR | VTD_PRS_PRO));
		if (!iommu->request_status)
			iommu->request_event.control &= ~VTD_EVENT_IP;
		break;
	default:
		break;
	}
}
