/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * polled.c - message and event pages of a guest that polls
 *
 * FAULT MODEL
 *
 * A message is put into an empty slot only, whole before its type says that it
 * is there; while more wait, the flag in the slot asks for an end of message.
 * Pages are written as long as their registers say so. Never happens: a message
 * that overwrites one.
 */
#include <string.h>

#include <models/vmbus_polled.h>
#include <sim/finding.h>

#define SINT		VMBUS_MESSAGE_SINT
#define SLOT_BYTES	256

#define REGISTER_SCONTROL	0x000a0010u
#define REGISTER_SIEFP		0x000a0012u
#define REGISTER_SIMP		0x000a0013u
#define REGISTER_EOM		0x000a0014u
#define REGISTER_SINT0		0x000a0000u
#define ENABLED			1u

struct slot {
	uint32_t type;
	uint8_t bytes;
	uint8_t pending;
	uint16_t reserved;
	uint64_t origin;
	uint8_t data[VMBUS_MESSAGE_BYTES];
};

struct register_input {
	uint64_t partition;
	uint32_t vp;
	uint32_t vtl;
	uint32_t name;
	uint32_t reserved[3];
	uint64_t value[2];
};

struct post_input {
	uint32_t connection;
	uint32_t reserved;
	uint32_t type;
	uint32_t bytes;
	uint8_t data[VMBUS_MESSAGE_BYTES];
};

struct vmbus_polled {
	struct machine *machine;
	struct vmbus_bus *bus;
	uint64_t control;
	uint64_t message_page;
	uint64_t event_page;
};

/* The page a register names, or NULL. */
static char *page_of(const struct vmbus_polled *polled, uint64_t value)
{
	struct sim_memory *memory = machine_memory(polled->machine);

	if (!(polled->control & ENABLED) || !(value & ENABLED) ||
	    value >> SIM_FRAME_SHIFT >= sim_memory_frames(memory))
		return NULL;
	return sim_frame_data(memory, value >> SIM_FRAME_SHIFT);
}

/* -- to the guest --------------------------------------------------------- */

static bool put_message(void *arg, const void *message, uint32_t bytes)
{
	const struct vmbus_polled *polled = arg;
	char *page = page_of(polled, polled->message_page);
	struct slot *slot;

	_Static_assert(sizeof(*slot) == SLOT_BYTES, "a slot");
	if (!page)
		return true;		/* lost */
	slot = (struct slot *)(page + SINT * SLOT_BYTES);
	if (slot->type) {
		slot->pending = 1;
		return false;
	}
	slot->bytes = bytes;
	slot->pending = 0;
	slot->origin = VMBUS_MESSAGE_CONNECTION;
	memcpy(slot->data, message, bytes);
	slot->type = VMBUS_MESSAGE_TYPE;
	return true;
}

static void put_event(void *arg, uint32_t relid)
{
	const struct vmbus_polled *polled = arg;
	char *page = page_of(polled, polled->event_page);

	if (page && relid < SLOT_BYTES * 8)
		page[SINT * SLOT_BYTES + relid / 8] |= 1 << (relid % 8);
}

/* -- from the guest ------------------------------------------------------- */

static const void *input_of(const struct vmbus_polled *polled, uint64_t gpa,
			    uint32_t bytes)
{
	struct sim_memory *memory = machine_memory(polled->machine);

	if (gpa % 8 || gpa >> SIM_FRAME_SHIFT >= sim_memory_frames(memory) ||
	    gpa % SIM_FRAME_BYTES + bytes > SIM_FRAME_BYTES)
		return NULL;
	return (char *)sim_frame_data(memory, gpa >> SIM_FRAME_SHIFT) +
	       gpa % SIM_FRAME_BYTES;
}

static uint64_t set_register(struct vmbus_polled *polled, uint64_t gpa)
{
	const struct register_input *input = input_of(polled, gpa,
						      sizeof(*input));

	if (!input)
		return HV_STATUS_INVALID_INPUT;
	switch (input->name) {
	case REGISTER_SCONTROL:
		polled->control = input->value[0];
		break;
	case REGISTER_SIMP:
		polled->message_page = input->value[0];
		break;
	case REGISTER_SIEFP:
		polled->event_page = input->value[0];
		break;
	case REGISTER_EOM:
		vmbus_bus_slot_free(polled->bus);
		break;
	case REGISTER_SINT0 + SINT:
		break;
	default:
		return HV_STATUS_INVALID_INPUT;
	}
	return HV_STATUS_SUCCESS;
}

static uint64_t post_message(struct vmbus_polled *polled, uint64_t gpa)
{
	const struct post_input *input = input_of(polled, gpa, sizeof(*input));
	uint32_t i;

	if (!input || input->bytes > sizeof(input->data) ||
	    input->type != VMBUS_MESSAGE_TYPE)
		return HV_STATUS_INVALID_INPUT;
	/* The hypervisor copies all of it. */
	for (i = input->bytes; i < sizeof(input->data); i++)
		if (input->data[i])
			vmbus_bus_violation(polled->bus, "stale-bytes",
					    "bytes behind a posted message are not zero");
	return vmbus_bus_post(polled->bus, input->connection, input->data,
			      input->bytes);
}

static uint64_t hypercall(void *arg, const struct machine_hypercall *call)
{
	struct vmbus_polled *polled = arg;

	switch (call->code) {
	case HVCALL_SET_VP_REGISTERS:
		return set_register(polled, call->input);
	case HVCALL_POST_MESSAGE:
		return post_message(polled, call->input);
	case HVCALL_SIGNAL_EVENT:
		return vmbus_bus_signal(polled->bus, (uint32_t)call->input);
	default:
		return HV_STATUS_INVALID_CODE;
	}
}

struct vmbus_polled *vmbus_polled_new(struct sim *sim,
				      const struct vmbus_bus_options *options)
{
	struct vmbus_polled *polled = sim_alloc(sim, sizeof(*polled), 8);
	struct vmbus_bus_options own = *options;
	const struct machine_hypervisor hypervisor = {
		.call = hypercall, .arg = polled,
	};

	polled->machine = options->machine;
	own.guest = (struct vmbus_guest){
		.message = put_message, .event = put_event, .arg = polled,
	};
	polled->bus = vmbus_bus_new(sim, &own);
	machine_set_hypervisor(options->machine, &hypervisor);
	return polled;
}

struct vmbus_bus *vmbus_polled_bus(const struct vmbus_polled *polled)
{
	return polled->bus;
}

void vmbus_polled_reset(struct vmbus_polled *polled)
{
	polled->control = 0;
	polled->message_page = 0;
	polled->event_page = 0;
	vmbus_bus_reset(polled->bus);
}

static bool overlaps(const struct vmbus_polled *polled, uint64_t value,
		     uint64_t gpa, uint64_t bytes)
{
	uint64_t page = value & ~(SIM_FRAME_BYTES - 1);

	return page_of(polled, value) && gpa < page + SIM_FRAME_BYTES &&
	       page < gpa + bytes;
}

bool vmbus_polled_owns(const struct vmbus_polled *polled, uint64_t gpa,
		       uint64_t bytes, const char **what)
{
	if (overlaps(polled, polled->message_page, gpa, bytes) ||
	    overlaps(polled, polled->event_page, gpa, bytes)) {
		*what = "synic";
		return true;
	}
	return vmbus_bus_owns(polled->bus, gpa, bytes, what);
}
