/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault records, chapter 7 and 11.4.7, and the interrupts of the unit.
 *
 * Primary fault logging: records are used in a circle. When the next one is
 * still in use the fault is lost and FSTS.PFO says so; until that is cleared
 * nothing more is recorded (7.2.1).
 */
#include "internal.h"

/* -- interrupts, 7.3 -- */

void vtd_interrupt(struct iommu *iommu, struct interrupt_registers *event)
{
	if (event->control & VTD_EVENT_IM) {
		event->control |= VTD_EVENT_IP;
		return;
	}
	event->control &= ~VTD_EVENT_IP;
	if (iommu->options.interrupt)
		iommu->options.interrupt(iommu->options.interrupt_arg,
					 (uint64_t)event->upper << 32 |
					 event->address, event->data);
}

void vtd_interrupt_control(struct iommu *iommu,
			   struct interrupt_registers *event, uint32_t value)
{
	event->control &= ~VTD_EVENT_IM;
	event->control |= value & VTD_EVENT_IM;
	if (event->control & VTD_EVENT_IP)
		vtd_interrupt(iommu, event);
}

/* -- status -- */

uint32_t vtd_fault_status_read(const struct iommu *iommu)
{
	uint32_t status = iommu->fault_status, i;

	for (i = 0; i < iommu->nr_records; i++)
		if (iommu->records[i][1] & VTD_FRCD_F)
			return status | VTD_FSTS_PPF | i << VTD_FSTS_FRI_SHIFT;
	return status;
}

/* One interrupt for all that is pending: the driver reads until none is. */
static void status_changed(struct iommu *iommu, uint32_t before)
{
	uint32_t pending = (1u << VTD_FSTS_FRI_SHIFT) - 1;

	if (!(before & pending))
		vtd_interrupt(iommu, &iommu->fault_event);
}

void vtd_fault_status(struct iommu *iommu, uint32_t bit)
{
	uint32_t before = vtd_fault_status_read(iommu);

	iommu->fault_status |= bit;
	status_changed(iommu, before);
}

static void maybe_all_clear(struct iommu *iommu)
{
	if (!vtd_fault_status_read(iommu))
		iommu->fault_event.control &= ~VTD_EVENT_IP;
}

void vtd_fault_status_write(struct iommu *iommu, uint32_t value)
{
	uint32_t clears = VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE |
			  VTD_FSTS_ITE;

	iommu->fault_status &= ~(value & clears);
	maybe_all_clear(iommu);
	/* What stopped the queue is out of the way. */
	vtd_queue_kick(iommu);
}

/* -- records -- */

static void fill_record(uint64_t *record, const struct iommu_request *request,
			enum vtd_fault fault)
{
	record[0] = request->address & VTD_POINTER;
	record[1] = request->requester_id |
		    (uint64_t)fault << VTD_FRCD_FR_SHIFT | VTD_FRCD_F;
	if (!request->write)
		record[1] |= VTD_FRCD_READ;
	if (request->pasid == IOMMU_NO_PASID)
		return;
	record[1] |= (uint64_t)request->pasid << VTD_FRCD_PV_SHIFT |
		     VTD_FRCD_PP;
	if (request->execute)
		record[1] |= VTD_FRCD_EXE;
	if (request->privileged)
		record[1] |= VTD_FRCD_PRIV;
}

void vtd_fault_record(struct iommu *iommu, const struct iommu_request *request,
		      enum vtd_fault fault)
{
	uint32_t before = vtd_fault_status_read(iommu);
	uint64_t *record = iommu->records[iommu->next_record];

	if (iommu->fault_status & VTD_FSTS_PFO)
		return;
	if (record[1] & VTD_FRCD_F) {
		vtd_fault_status(iommu, VTD_FSTS_PFO);
		return;
	}
	fill_record(record, request, fault);
	iommu->next_record = (iommu->next_record + 1) % iommu->nr_records;
	status_changed(iommu, before);
}

uint32_t vtd_record_read(const struct iommu *iommu, uint32_t offset)
{
	uint64_t word = iommu->records[offset / VTD_FRCD_BYTES][offset / 8 % 2];

	return (uint32_t)(offset % 8 ? word >> 32 : word);
}

/* Writing one to F, the uppermost bit, frees the record. */
void vtd_record_write(struct iommu *iommu, uint32_t offset, uint32_t value)
{
	if (offset % VTD_FRCD_BYTES != 12)
		return;
	if (value & (uint32_t)(VTD_FRCD_F >> 32))
		iommu->records[offset / VTD_FRCD_BYTES][1] &= ~VTD_FRCD_F;
	maybe_all_clear(iommu);
}
