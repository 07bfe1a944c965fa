/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices with a TLB of their own, chapter 4: translation requests, translated
 * requests, and invalidations that devices have to answer.
 */
#include <errno.h>
#include <sim/finding.h>
#include "internal.h"

int iommu_attach(struct iommu *iommu, uint16_t requester_id,
		 const struct iommu_endpoint_ops *ops, void *arg)
{
	if (iommu->nr_endpoints == IOMMU_MAX_ENDPOINTS)
		return -ENOSPC;
	sim_assert(!vtd_endpoint(iommu, requester_id));
	iommu->endpoints[iommu->nr_endpoints++] = (struct endpoint){
		.ops = ops,
		.arg = arg,
		.requester_id = requester_id,
	};
	return 0;
}

const struct endpoint *vtd_endpoint(const struct iommu *iommu,
				    uint16_t requester_id)
{
	uint32_t i;

	for (i = 0; i < iommu->nr_endpoints; i++)
		if (iommu->endpoints[i].requester_id == requester_id)
			return &iommu->endpoints[i];
	return NULL;
}

/* -- translations -- */

/*
 * 7.1.3: a page that is not there, or not for this, is no error of a
 * translation request: it is answered with fewer rights.
 */
static bool is_recoverable(enum vtd_fault fault)
{
	switch (fault) {
	case VTD_FAULT_FL_PRESENT:
	case VTD_FAULT_SL_PRESENT:
	case VTD_FAULT_USER:
	case VTD_FAULT_EXECUTE:
	case VTD_FAULT_WRITE:
	case VTD_FAULT_READ:
	case VTD_FAULT_NESTED_WRITE:
	case VTD_FAULT_NESTED_TABLE:
		return true;
	default:
		return false;
	}
}

int iommu_ats_translate(struct iommu *iommu,
			const struct iommu_request *request,
			struct iommu_translation *translation)
{
	struct way way = { 0 };
	enum vtd_fault fault;

	*translation = (struct iommu_translation){ 0 };
	iommu->stats.requests++;
	/* 4.1.1: with translation off there is nobody to ask. */
	if (!iommu_enabled(iommu))
		return -EREMOTEIO;
	fault = vtd_find_context(iommu, request->requester_id, &way);
	if (!fault && !way.device_tlb)
		fault = VTD_FAULT_CONTEXT_DTE;
	if (!fault)
		fault = vtd_translate(iommu, request, &way, translation);
	if (!fault || is_recoverable(fault)) {
		sim_trace(iommu->sim, TRACE_TRANSLATE, request->address,
			  fault ? fault : translation->phys);
		return 0;
	}
	vtd_fault(iommu, request, &way, fault);
	return -EREMOTEIO;
}

int iommu_ats_pass(struct iommu *iommu, const struct iommu_request *request)
{
	struct way way = { 0 };
	enum vtd_fault fault;

	if (!iommu_enabled(iommu))
		return 0;
	fault = vtd_find_context(iommu, request->requester_id, &way);
	if (!fault && !way.device_tlb)
		fault = VTD_FAULT_CONTEXT_DTE;
	if (!fault)
		return 0;
	vtd_fault(iommu, request, &way, fault);
	return -EFAULT;
}

/* -- invalidations, 6.5.2.5 and 6.5.2.6 -- */

bool vtd_can_invalidate(const struct iommu *iommu)
{
	uint32_t i;

	for (i = 0; i < MAX_INVALIDATIONS; i++)
		if (!iommu->outstanding[i].valid)
			return true;
	return false;
}

bool vtd_answered(const struct iommu *iommu, uint64_t number)
{
	uint32_t i;

	for (i = 0; i < MAX_INVALIDATIONS; i++)
		if (iommu->outstanding[i].valid &&
		    iommu->outstanding[i].number <= number)
			return false;
	return true;
}

static void set_timer(struct iommu *iommu)
{
	uint64_t due_ns = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < MAX_INVALIDATIONS; i++)
		if (iommu->outstanding[i].valid &&
		    iommu->outstanding[i].due_ns < due_ns)
			due_ns = iommu->outstanding[i].due_ns;
	if (due_ns == UINT64_MAX)
		sim_event_cancel(iommu->sim, &iommu->timeout);
	else
		sim_event_at(iommu->sim, &iommu->timeout, due_ns);
}

/* A device without a TLB, or no device at all, never answers. */
void vtd_invalidate_device(struct iommu *iommu, uint16_t requester_id,
			   struct iommu_invalidation *what)
{
	const struct endpoint *endpoint = vtd_endpoint(iommu, requester_id);
	uint32_t i = 0;

	while (iommu->outstanding[i].valid)
		i++;
	sim_assert(i < MAX_INVALIDATIONS);
	iommu->outstanding[i] = (struct outstanding){
		.number = iommu->wait_number,
		.due_ns = sim_now_ns(iommu->sim) +
			  iommu->options.device_timeout_ns,
		.token = iommu->next_token,
		.requester_id = requester_id,
		.valid = true,
	};
	set_timer(iommu);
	what->token = iommu->next_token++;
	if (endpoint)
		endpoint->ops->invalidate(endpoint->arg, what);
}

/* An answer that comes after the time-out is dropped. */
void iommu_invalidated(struct iommu *iommu, uint32_t token)
{
	uint32_t i;

	for (i = 0; i < MAX_INVALIDATIONS; i++)
		if (iommu->outstanding[i].token == token)
			iommu->outstanding[i].valid = false;
	set_timer(iommu);
	vtd_waits_check(iommu);
}

static void timed_out(struct sim *sim, struct sim_event *event)
{
	struct iommu *iommu = (struct iommu *)((char *)event -
					offsetof(struct iommu, timeout));
	uint32_t i;

	for (i = 0; i < MAX_INVALIDATIONS; i++) {
		struct outstanding *late = &iommu->outstanding[i];

		if (!late->valid || late->due_ns > sim_now_ns(sim))
			continue;
		iommu->queue_error = (uint64_t)late->requester_id
				     << VTD_IQERCD_ITESID_SHIFT;
		late->valid = false;
	}
	vtd_waits_abort(iommu);
	set_timer(iommu);
	vtd_fault_status(iommu, VTD_FSTS_ITE);
}

void vtd_ats_init(struct iommu *iommu)
{
	sim_event_init(&iommu->timeout, timed_out, iommu->options.source, 1);
}
