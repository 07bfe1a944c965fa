/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers, section 11.4. All are made of 32-bit words: an access of 64 bits
 * is one to the lower word and then one to the upper, which is also what the
 * specification allows software to do itself (11.2).
 */
#include <sim/decide.h>
#include <sim/finding.h>
#include "internal.h"

/* Bits of GCMD that stay set in GSTS; the others are one-shot commands. */
#define LASTING_COMMANDS	(VTD_GCMD_TE | VTD_GCMD_QIE)
#define KNOWN_COMMANDS		(LASTING_COMMANDS | VTD_GCMD_SRTP | \
				 VTD_GCMD_WBF)

static uint32_t lower(uint64_t value)
{
	return (uint32_t)value;
}

static uint32_t upper(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static void set_lower(uint64_t *value, uint32_t word)
{
	*value = (*value & ~0xffffffffull) | word;
}

static void set_upper(uint64_t *value, uint32_t word)
{
	*value = (*value & 0xffffffffull) | (uint64_t)word << 32;
}

static bool is_record(const struct iommu *iommu, uint64_t offset)
{
	return offset >= VTD_FRCD &&
	       offset < VTD_FRCD + iommu->nr_records * VTD_FRCD_BYTES;
}

/* The event registers at @offset, which become their own offset, or NULL. */
static struct interrupt_registers *event_at(struct iommu *iommu,
					    uint64_t *offset)
{
	if (*offset >= VTD_FECTL && *offset <= VTD_FEUADDR) {
		*offset -= VTD_FECTL;
		return &iommu->fault_event;
	}
	if (*offset >= VTD_IECTL && *offset <= VTD_IEUADDR) {
		*offset -= VTD_IECTL;
		return &iommu->completion_event;
	}
	if (*offset >= VTD_PECTL && *offset <= VTD_PEUADDR) {
		*offset -= VTD_PECTL;
		return &iommu->request_event;
	}
	return NULL;
}

static uint32_t read_event(const struct interrupt_registers *event,
			   uint64_t offset)
{
	switch (offset) {
	case 0x0:
		return event->control;
	case 0x4:
		return event->data;
	case 0x8:
		return event->address;
	default:
		return event->upper;
	}
}

static bool is_page_request(uint64_t offset)
{
	return offset >= VTD_PQH && offset <= VTD_PRS;
}

static uint32_t read_word(struct iommu *iommu, uint64_t offset)
{
	struct interrupt_registers *event;

	if (is_record(iommu, offset))
		return vtd_record_read(iommu, offset - VTD_FRCD);
	if (is_page_request(offset))
		return vtd_prq_read(iommu, offset);
	event = event_at(iommu, &offset);
	if (event)
		return read_event(event, offset);
	switch (offset) {
	case VTD_VER:
		return iommu->options.drains_on_request ? 0x10 : 0x50;
	case VTD_CAP:
		return lower(iommu->cap);
	case VTD_CAP + 4:
		return upper(iommu->cap);
	case VTD_ECAP:
		return lower(iommu->ecap);
	case VTD_ECAP + 4:
		return upper(iommu->ecap);
	case VTD_GSTS:
		return iommu->status;
	case VTD_RTADDR:
		return lower(iommu->root);
	case VTD_RTADDR + 4:
		return upper(iommu->root);
	case VTD_FSTS:
		return vtd_fault_status_read(iommu);
	case VTD_IQH:
		return lower(iommu->head);
	case VTD_IQT:
		return lower(iommu->tail);
	case VTD_IQA:
		return lower(iommu->queue);
	case VTD_IQA + 4:
		return upper(iommu->queue);
	case VTD_ICS:
		return iommu->completion;
	case VTD_IQERCD:
		return lower(iommu->queue_error);
	case VTD_IQERCD + 4:
		return upper(iommu->queue_error);
	default:
		/* Write-only, reserved, or of what CAP says is not there. */
		return 0;
	}
}

/* -- commands -- */

static void run_command(struct iommu *iommu)
{
	uint32_t command = iommu->pending_command;

	iommu->pending_command = 0;
	if (command & VTD_GCMD_SRTP) {
		if (!(iommu->root & VTD_RTADDR_TTM))
			sim_bench_error(__FILE__, __LINE__,
					"unmodelled: legacy translation");
		iommu->root_latched = iommu->root;
		iommu->status |= VTD_GCMD_SRTP;
		return;
	}
	if ((command ^ iommu->status) & VTD_GCMD_QIE)
		vtd_queue_enable(iommu, command & VTD_GCMD_QIE);
	iommu->status &= ~LASTING_COMMANDS;
	iommu->status |= command & LASTING_COMMANDS;
	vtd_queue_kick(iommu);
}

void vtd_command_done(struct sim *sim, struct sim_event *event)
{
	run_command((struct iommu *)((char *)event -
				     offsetof(struct iommu, command_done)));
}

/*
 * 11.4.4.1: one field at a time, and not before the status shows the last one.
 * The status may take its time to follow.
 */
static void write_command(struct iommu *iommu, uint32_t command)
{
	static const uint64_t delay_ns[] = { 0, 300, 5000 };
	uint32_t lasting = iommu->status & LASTING_COMMANDS;
	uint32_t changed = command ^ lasting, delay;

	if (command & ~KNOWN_COMMANDS)
		sim_bench_error(__FILE__, __LINE__,
				"unmodelled: global command 0x%x",
				command & ~KNOWN_COMMANDS);
	if (iommu->pending_command)
		vtd_protocol(iommu, "gcmd", "a command before the last one is done",
			     "0x%x while 0x%x is under way", command,
			     iommu->pending_command);
	if (changed & (changed - 1))
		vtd_protocol(iommu, "gcmd", "several fields of GCMD change at once",
			     "0x%x, status 0x%x", command, iommu->status);
	if (!changed)
		return;
	if (changed & command & VTD_GCMD_TE && !(iommu->status & VTD_GCMD_SRTP))
		vtd_protocol(iommu, "gcmd", "translation goes on without a root table",
			     "RTADDR 0x%llx", (unsigned long long)iommu->root);
	if (command & VTD_GCMD_SRTP)
		iommu->status &= ~VTD_GCMD_SRTP;
	iommu->pending_command = command;
	delay = sim_decide(iommu->sim, SIM_DECIDE_DELAY, 3);
	if (delay)
		sim_event_after(iommu->sim, &iommu->command_done,
				delay_ns[delay]);
	else
		run_command(iommu);
}

/* -- the rest -- */

static void write_event(struct iommu *iommu, struct interrupt_registers *event,
			uint64_t offset, uint32_t value)
{
	switch (offset) {
	case 0x0:
		vtd_interrupt_control(iommu, event, value);
		break;
	case 0x4:
		event->data = value;
		break;
	case 0x8:
		event->address = value;
		break;
	default:
		event->upper = value;
		break;
	}
}

/* IQA, 11.4.9.3: only while the queue is off. */
static bool queue_is_off(struct iommu *iommu)
{
	if (!(iommu->status & VTD_GCMD_QIE))
		return true;
	vtd_protocol(iommu, "iqa", "IQA changes while the queue is on",
		     "head 0x%llx, tail 0x%llx",
		     (unsigned long long)iommu->head,
		     (unsigned long long)iommu->tail);
	return false;
}

static void write_tail(struct iommu *iommu, uint32_t value)
{
	iommu->tail = value & 0x7fff0;
	vtd_queue_kick(iommu);
}

static void write_completion(struct iommu *iommu, uint32_t value)
{
	iommu->completion &= ~(value & VTD_ICS_IWC);
	if (!iommu->completion)
		iommu->completion_event.control &= ~VTD_EVENT_IP;
}

/* 6.5.1: scalable mode has no invalidation by registers. */
static void register_invalidate(struct iommu *iommu, uint64_t offset)
{
	vtd_protocol(iommu, "register-invalidate",
		     "invalidation by register in scalable mode",
		     "register 0x%llx", (unsigned long long)offset);
}

static void write_word(struct iommu *iommu, uint64_t offset, uint32_t value)
{
	struct interrupt_registers *event;
	uint64_t at = offset;

	if (is_record(iommu, offset)) {
		vtd_record_write(iommu, offset - VTD_FRCD, value);
		return;
	}
	if (is_page_request(offset)) {
		vtd_prq_write(iommu, offset, value);
		return;
	}
	event = event_at(iommu, &at);
	if (event) {
		write_event(iommu, event, at, value);
		return;
	}
	switch (offset) {
	case VTD_GCMD:
		write_command(iommu, value);
		break;
	case VTD_RTADDR:
		set_lower(&iommu->root, value);
		break;
	case VTD_RTADDR + 4:
		set_upper(&iommu->root, value);
		break;
	case VTD_FSTS:
		vtd_fault_status_write(iommu, value);
		break;
	case VTD_IQT:
		write_tail(iommu, value);
		break;
	case VTD_IQA:
		if (queue_is_off(iommu))
			set_lower(&iommu->queue, value);
		break;
	case VTD_IQA + 4:
		if (queue_is_off(iommu))
			set_upper(&iommu->queue, value);
		break;
	case VTD_ICS:
		write_completion(iommu, value);
		break;
	case VTD_CCMD:
	case VTD_CCMD + 4:
	case VTD_IVA:
	case VTD_IVA + 4:
	case VTD_IOTLB:
	case VTD_IOTLB + 4:
		register_invalidate(iommu, offset);
		break;
	case VTD_IQT + 4:
	case VTD_VER:
	case VTD_GSTS:
		break;
	default:
		sim_bench_error(__FILE__, __LINE__,
				"unmodelled: IOMMU register 0x%llx = 0x%x",
				(unsigned long long)offset, value);
	}
}

/* 11.2: aligned, of 32 or 64 bits. */
static bool good_access(struct iommu *iommu, uint64_t offset,
			unsigned int size)
{
	if (size >= 4 && !(offset % size))
		return true;
	vtd_protocol(iommu, "register", "an access that is no aligned word",
		     "%u bytes at 0x%llx", size, (unsigned long long)offset);
	return false;
}

uint64_t vtd_mmio_read(void *device, uint64_t offset, unsigned int size)
{
	struct iommu *iommu = device;
	uint64_t value;

	if (!good_access(iommu, offset, size))
		return 0;
	value = read_word(iommu, offset);
	if (size == 8)
		value |= (uint64_t)read_word(iommu, offset + 4) << 32;
	return value;
}

void vtd_mmio_write(void *device, uint64_t offset, unsigned int size,
		    uint64_t value)
{
	struct iommu *iommu = device;

	if (!good_access(iommu, offset, size))
		return;
	write_word(iommu, offset, lower(value));
	if (size == 8)
		write_word(iommu, offset + 4, upper(value));
}
