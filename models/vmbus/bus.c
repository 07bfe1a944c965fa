/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.c - connection, offers and messages of a VMBus host
 *
 * FAULT MODEL
 *
 * Left alone this host keeps the protocol: it answers each message once, in the
 * order in which they came, `answer_ns` later; it forgets what it is told to
 * forget before it says that it has. It may take an offer back at any moment,
 * and be reset. What the guest says is not believed: a message that breaks a
 * rule is told to the watch and has no effect, or the error that the protocol
 * knows for it.
 *
 * With a hostile watch any message to the guest may be changed, lost, doubled
 * or late. Never happens: messages to the guest that overtake each other
 * without being late; more bytes than a message slot holds.
 */
#include <stdio.h>
#include <string.h>

#include <sim/finding.h>

#include "bus.h"

/* -- to the guest --------------------------------------------------------- */

/* Others may run while a message is posted: whoever began goes on with theirs. */
static void push(struct vmbus_bus *bus)
{
	const struct bus_message *message;

	if (bus->pushing)
		return;
	bus->pushing = true;
	while (bus->out_nr) {
		message = &bus->outbox[bus->out_head];
		if (!bus->options.guest.message(bus->options.guest.arg,
						message->data, message->bytes))
			break;
		bus->out_head = (bus->out_head + 1) % BUS_OUTBOX;
		bus->out_nr--;
	}
	bus->pushing = false;
}

void vmbus_bus_slot_free(struct vmbus_bus *bus)
{
	push(bus);
}

/* A guest that takes nothing loses the rest: it has filled our memory. */
static void enqueue(struct vmbus_bus *bus, const struct bus_message *message)
{
	if (bus->out_nr == BUS_OUTBOX)
		return;
	bus->outbox[(bus->out_head + bus->out_nr++) % BUS_OUTBOX] = *message;
	push(bus);
}

static void late_job(struct sim *sim, struct model_job *job)
{
	struct late_message *late = (struct late_message *)job;

	(void)sim;
	enqueue(late->bus, &late->message);
	late->message.bytes = 0;
}

static void enqueue_late(struct vmbus_bus *bus,
			 const struct bus_message *message, uint64_t delay_ns)
{
	uint32_t i;

	for (i = 0; i < BUS_LATE; i++) {
		struct late_message *late = &bus->late[i];

		if (late->message.bytes)
			continue;
		late->message = *message;
		model_job_after(bus->sim, &late->job, delay_ns);
		return;
	}
}

void vmbus_bus_violation(struct vmbus_bus *bus, const char *rule,
			 const char *why)
{
	if (bus->options.watch.violation)
		bus->options.watch.violation(bus->options.watch.arg, rule, why);
}

void vmbus_bus_outgoing(struct vmbus_bus *bus, struct vmbus_outgoing *out)
{
	if (bus->options.watch.outgoing)
		bus->options.watch.outgoing(bus->options.watch.arg, out);
}

void bus_send(struct vmbus_bus *bus, const void *data, uint32_t bytes)
{
	struct bus_message message;
	struct vmbus_outgoing out = {
		.what = VMBUS_WHAT_MESSAGE,
		.data = message.data,
		.bytes = bytes,
		.room = VMBUS_MESSAGE_BYTES,
		.copies = 1,
	};

	memset(&message, 0, sizeof(message));
	memcpy(message.data, data, bytes);
	out.type = message.header.type;
	vmbus_bus_outgoing(bus, &out);
	message.bytes = out.bytes;
	while (out.copies--)
		if (out.delay_ns)
			enqueue_late(bus, &message, out.delay_ns);
		else
			enqueue(bus, &message);
}

void vmbus_bus_tell(struct vmbus_bus *bus, const void *data, uint32_t bytes)
{
	struct bus_message message = { .bytes = bytes };

	sim_assert(bytes <= sizeof(message.data));
	memcpy(message.data, data, bytes);
	enqueue(bus, &message);
}

static void send_relid(struct vmbus_bus *bus, enum vmbus_message_type type,
		       uint32_t relid)
{
	const struct vmbus_relid_message message = {
		.header.type = type, .relid = relid,
	};

	bus_send(bus, &message, sizeof(message));
}

static void send_type(struct vmbus_bus *bus, enum vmbus_message_type type)
{
	const struct vmbus_message_header header = { .type = type };

	bus_send(bus, &header, sizeof(header));
}

/* -- offers --------------------------------------------------------------- */

static void send_offer(struct vmbus_offer *offer)
{
	struct vmbus_offer_message message = {
		.header.type = VMBUS_OFFER,
		.relid = offer->relid,
		.sub_channel = offer->options.sub_channel,
		.monitor = offer->options.monitor,
		.monitor_allocated = offer->options.monitored,
		.connection = VMBUS_EVENT_CONNECTION,
	};

	memcpy(message.type, offer->options.type, sizeof(message.type));
	memcpy(message.instance, offer->options.instance,
	       sizeof(message.instance));
	offer->told = true;
	bus_send(offer->bus, &message, sizeof(message));
}

struct vmbus_offer *bus_offer(struct vmbus_bus *bus, uint32_t relid)
{
	uint32_t i;

	for (i = 0; i < bus->nr_offers; i++)
		if (relid && bus->offers[i]->relid == relid)
			return bus->offers[i];
	return NULL;
}

struct vmbus_offer *vmbus_offer_new(struct vmbus_bus *bus,
				    const struct vmbus_offer_options *options)
{
	struct vmbus_offer *offer = sim_alloc(bus->sim, sizeof(*offer), 8);

	sim_assert(bus->nr_offers < VMBUS_MAX_OFFERS);
	offer->bus = bus;
	offer->options = *options;
	channel_init(offer, bus->options.source);
	bus->offers[bus->nr_offers++] = offer;
	vmbus_offer_again(offer);
	return offer;
}

void vmbus_offer_again(struct vmbus_offer *offer)
{
	struct vmbus_bus *bus = offer->bus;

	if (offer->relid)
		return;
	offer->relid = bus->next_relid++;
	offer->rescinded = false;
	offer->told = false;
	if (bus->offers_asked)
		send_offer(offer);
}

/* The number stays taken until the guest has released it. */
void vmbus_offer_rescind(struct vmbus_offer *offer)
{
	if (!offer->relid || offer->rescinded)
		return;
	channel_close(offer);
	offer->rescinded = true;
	if (offer->bus->options.rescind_ends)
		gpadl_leave_alone(offer);
	if (offer->told)
		send_relid(offer->bus, VMBUS_RESCIND, offer->relid);
	else
		offer->relid = 0;
}

uint32_t vmbus_offer_relid(const struct vmbus_offer *offer)
{
	return offer->relid;
}

bool vmbus_offer_is_offered(const struct vmbus_offer *offer)
{
	return offer->relid && !offer->rescinded;
}

bool vmbus_offer_is_open(const struct vmbus_offer *offer)
{
	return offer->open;
}

uint32_t vmbus_offer_target_vp(const struct vmbus_offer *offer)
{
	return offer->target_vp;
}

struct vmbus_bus *vmbus_offer_bus(const struct vmbus_offer *offer)
{
	return offer->bus;
}

static void relid_released(struct vmbus_bus *bus,
			   const struct vmbus_relid_message *message)
{
	struct vmbus_offer *offer = bus_offer(bus, message->relid);

	if (!offer || !offer->rescinded) {
		vmbus_bus_violation(bus, "release-unrescinded",
				    "a channel is released that was not taken back");
		return;
	}
	gpadl_drop(bus, offer);
	offer->relid = 0;
}

static void request_offers(struct vmbus_bus *bus)
{
	uint32_t i;

	if (bus->offers_asked)
		vmbus_bus_violation(bus, "offers-twice",
				    "offers are asked for a second time");
	bus->offers_asked = true;
	for (i = 0; i < bus->nr_offers; i++)
		if (vmbus_offer_is_offered(bus->offers[i]))
			send_offer(bus->offers[i]);
	send_type(bus, VMBUS_ALL_OFFERS);
}

/* -- the connection ------------------------------------------------------- */

static const uint32_t versions[] = {
	VMBUS_VERSION(0, 13), VMBUS_VERSION(1, 1), VMBUS_VERSION(2, 4),
	VMBUS_VERSION(3, 0), VMBUS_VERSION(4, 0), VMBUS_VERSION(4, 1),
	VMBUS_VERSION(5, 0), VMBUS_VERSION(5, 1), VMBUS_VERSION(5, 2),
	VMBUS_VERSION(5, 3),
};

static bool knows_version(const struct vmbus_bus *bus, uint32_t version)
{
	uint32_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i] == version)
			return version >= bus->options.first_version &&
			       version <= bus->options.last_version;
	return false;
}

static bool is_page(const struct vmbus_bus *bus, uint64_t gpa)
{
	struct sim_memory *memory = machine_memory(bus->options.machine);

	return !(gpa % SIM_FRAME_BYTES) &&
	       gpa >> SIM_FRAME_SHIFT < sim_memory_frames(memory);
}

static void share_page(struct vmbus_bus *bus, uint32_t n, uint64_t gpa)
{
	bus->data_pages[n] = gpa;
	machine_grant(bus->options.machine, gpa >> SIM_FRAME_SHIFT,
		      MACHINE_DEVICE, true);
}

/* From version 5.0 on the place of the interrupt page holds a SINT. */
static void connect(struct vmbus_bus *bus,
		    const struct vmbus_initiate_contact *message)
{
	bool has_page = message->version < VMBUS_VERSION(5, 0);
	uint32_t i;

	if ((has_page && !is_page(bus, message->interrupt_page)) ||
	    !is_page(bus, message->monitor_pages[0]) ||
	    !is_page(bus, message->monitor_pages[1])) {
		vmbus_bus_violation(bus, "contact-pages",
				    "a page of the connection is none");
		return;
	}
	bus->version = message->version;
	bus->was_reset = false;
	if (has_page)
		share_page(bus, 0, message->interrupt_page);
	for (i = 0; i < 2; i++)
		share_page(bus, i + 1, message->monitor_pages[i]);
}

static void forget_late(struct vmbus_bus *bus)
{
	uint32_t i;

	for (i = 0; i < BUS_LATE; i++) {
		model_job_cancel(bus->sim, &bus->late[i].job);
		bus->late[i].message.bytes = 0;
	}
}

static void disconnect(struct vmbus_bus *bus)
{
	uint32_t i;

	for (i = 0; i < bus->nr_offers; i++) {
		struct vmbus_offer *offer = bus->offers[i];

		channel_close(offer);
		if (offer->rescinded)
			offer->relid = 0;
		offer->told = false;
	}
	gpadl_drop(bus, NULL);
	for (i = 0; i < BUS_DATA_PAGES; i++) {
		if (bus->data_pages[i])
			machine_revoke(bus->options.machine,
				       bus->data_pages[i] >> SIM_FRAME_SHIFT,
				       MACHINE_DEVICE);
		bus->data_pages[i] = 0;
	}
	bus->version = 0;
	bus->offers_asked = false;
}

/* Whoever begins anew has done with what was: the host answers, as ever. */
static void initiate_contact(struct vmbus_bus *bus,
			     const struct vmbus_initiate_contact *message)
{
	struct vmbus_version_response response = {
		.header.type = VMBUS_VERSION_RESPONSE,
		.connection = VMBUS_MESSAGE_CONNECTION,
	};

	if (bus->version) {
		vmbus_bus_violation(bus, "connect-twice",
				    "contact is initiated on a connected bus");
		disconnect(bus);
	}
	if (message->version >= VMBUS_VERSION(5, 0))
		response.connection = VMBUS_MESSAGE_CONNECTION_4;
	if (knows_version(bus, message->version))
		connect(bus, message);
	response.supported = bus->version != 0;
	bus_send(bus, &response, sizeof(response));
}

void vmbus_bus_reset(struct vmbus_bus *bus)
{
	disconnect(bus);
	bus->was_reset = true;
	forget_late(bus);
	bus->in_nr = 0;
	bus->out_nr = 0;
	model_job_cancel(bus->sim, &bus->work);
}

/* -- from the guest ------------------------------------------------------- */

static void open_channel(struct vmbus_bus *bus,
			 const struct vmbus_open_message *message)
{
	struct vmbus_offer *offer = bus_offer(bus, message->relid);
	struct vmbus_open_result result = {
		.header.type = VMBUS_OPEN_RESULT,
		.relid = message->relid,
		.openid = message->openid,
	};

	if (!offer) {
		vmbus_bus_violation(bus, "open-unknown",
				    "a channel is opened that was never offered");
		return;
	}
	result.status = channel_open(offer, message);
	offer->refused = result.status;
	bus_send(bus, &result, sizeof(result));
	if (offer->open && offer->options.service.opened)
		offer->options.service.opened(offer->options.service.arg);
}

static void close_channel(struct vmbus_bus *bus,
			  const struct vmbus_relid_message *message)
{
	struct vmbus_offer *offer = bus_offer(bus, message->relid);

	if (offer && offer->open && offer->options.service.closing)
		offer->options.service.closing(offer->options.service.arg);
	if (!offer || !(offer->open || offer->rescinded || offer->refused))
		vmbus_bus_violation(bus, "close-closed",
				    "a channel is closed that is not open");
	else
		channel_close(offer);
	if (offer)
		offer->refused = false;
}

static void modify_channel(struct vmbus_bus *bus,
			   const struct vmbus_modify_message *message)
{
	struct vmbus_offer *offer = bus_offer(bus, message->relid);
	const struct vmbus_modify_response response = {
		.header.type = VMBUS_MODIFY_RESPONSE,
		.relid = message->relid,
	};

	if (bus->version < VMBUS_VERSION(4, 1)) {
		vmbus_bus_violation(bus, "modify-version",
				    "older hosts do not know the message");
		return;
	}
	if (offer && offer->open)
		offer->target_vp = message->target_vp;
	else if (!offer || !offer->rescinded)
		vmbus_bus_violation(bus, "modify-closed",
				    "a channel is modified that is not open");
	if (bus->version >= VMBUS_VERSION(5, 3))
		bus_send(bus, &response, sizeof(response));
}

static void unload(struct vmbus_bus *bus)
{
	if (bus->ignored_teardowns) {
		bus->ignored_teardowns--;
		/* A late answer to an earlier one would be taken for it. */
		forget_late(bus);
		return;
	}
	disconnect(bus);
	send_type(bus, VMBUS_UNLOAD_RESPONSE);
}

static const uint32_t shortest[VMBUS_MESSAGE_TYPES] = {
	[VMBUS_REQUEST_OFFERS] = sizeof(struct vmbus_message_header),
	[VMBUS_OPEN] = sizeof(struct vmbus_open_message),
	[VMBUS_CLOSE] = sizeof(struct vmbus_relid_message),
	[VMBUS_GPADL_HEADER] = sizeof(struct vmbus_gpadl_header),
	[VMBUS_GPADL_BODY] = sizeof(struct vmbus_gpadl_body),
	[VMBUS_GPADL_TEARDOWN] = sizeof(struct vmbus_gpadl_teardown),
	[VMBUS_RELID_RELEASED] = sizeof(struct vmbus_relid_message),
	[VMBUS_INITIATE_CONTACT] = sizeof(struct vmbus_initiate_contact),
	[VMBUS_UNLOAD] = sizeof(struct vmbus_message_header),
	[VMBUS_MODIFY] = sizeof(struct vmbus_modify_message),
};

/* Is it a message that may come now? */
static bool check(struct vmbus_bus *bus, const struct bus_message *message)
{
	uint32_t type = message->header.type;

	if (message->bytes < sizeof(message->header) ||
	    type >= VMBUS_MESSAGE_TYPES || !shortest[type] ||
	    message->bytes < shortest[type]) {
		vmbus_bus_violation(bus, "message-form",
				    "type unknown, or too short for its type");
		return false;
	}
	if (message->header.padding) {
		vmbus_bus_violation(bus, "message-padding",
				    "the padding of a message is not zero");
		return false;
	}
	if (bus->was_reset && type != VMBUS_INITIATE_CONTACT)
		return false;
	if (!bus->version && type != VMBUS_INITIATE_CONTACT) {
		vmbus_bus_violation(bus, "not-connected",
				    "a message before the version is agreed upon");
		return false;
	}
	return true;
}

static void handle(struct vmbus_bus *bus, const struct bus_message *message)
{
	const void *data = message->data;

	if (!check(bus, message))
		return;
	switch (message->header.type) {
	case VMBUS_INITIATE_CONTACT:
		initiate_contact(bus, data);
		break;
	case VMBUS_REQUEST_OFFERS:
		request_offers(bus);
		break;
	case VMBUS_OPEN:
		open_channel(bus, data);
		break;
	case VMBUS_CLOSE:
		close_channel(bus, data);
		break;
	case VMBUS_GPADL_HEADER:
		gpadl_header(bus, message);
		break;
	case VMBUS_GPADL_BODY:
		gpadl_body(bus, message);
		break;
	case VMBUS_GPADL_TEARDOWN:
		gpadl_teardown(bus, message);
		break;
	case VMBUS_RELID_RELEASED:
		relid_released(bus, data);
		break;
	case VMBUS_MODIFY:
		modify_channel(bus, data);
		break;
	case VMBUS_UNLOAD:
		unload(bus);
		break;
	}
}

static void work_job(struct sim *sim, struct model_job *job)
{
	struct vmbus_bus *bus = (struct vmbus_bus *)
		((char *)job - offsetof(struct vmbus_bus, work));
	struct bus_message message = bus->inbox[bus->in_head];

	bus->in_head = (bus->in_head + 1) % BUS_INBOX;
	bus->in_nr--;
	if (bus->in_nr)
		model_job_after(sim, &bus->work, bus->options.answer_ns);
	handle(bus, &message);
}

uint64_t vmbus_bus_post(struct vmbus_bus *bus, uint32_t connection,
			const void *data, uint32_t bytes)
{
	struct bus_message *message;

	if (connection != VMBUS_MESSAGE_CONNECTION &&
	    connection != VMBUS_MESSAGE_CONNECTION_4)
		return HV_STATUS_INVALID_CONNECTION;
	if (bytes > VMBUS_MESSAGE_BYTES)
		return HV_STATUS_INVALID_INPUT;
	if (bus->in_nr == BUS_INBOX)
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	message = &bus->inbox[(bus->in_head + bus->in_nr) % BUS_INBOX];
	memset(message, 0, sizeof(*message));
	message->bytes = bytes;
	memcpy(message->data, data, bytes);
	if (!bus->in_nr++)
		model_job_after(bus->sim, &bus->work, bus->options.answer_ns);
	return HV_STATUS_SUCCESS;
}

/* -- the bus -------------------------------------------------------------- */

struct vmbus_bus *vmbus_bus_new(struct sim *sim,
				const struct vmbus_bus_options *options)
{
	struct vmbus_bus *bus = sim_alloc(sim, sizeof(*bus), 8);
	uint32_t i;

	bus->sim = sim;
	bus->options = *options;
	if (!bus->options.max_gpadl_pages)
		bus->options.max_gpadl_pages = 64;
	bus->next_relid = 1;
	model_job_init(&bus->work, options->worker, work_job, options->source,
		       0);
	for (i = 0; i < BUS_LATE; i++) {
		bus->late[i].bus = bus;
		model_job_init(&bus->late[i].job, options->worker, late_job,
			       options->source, 1);
	}
	for (i = 0; i < VMBUS_MAX_GPADLS; i++)
		bus->gpadls[i].pfns = sim_alloc(sim,
			bus->options.max_gpadl_pages * sizeof(uint64_t), 8);
	return bus;
}

bool vmbus_bus_is_connected(const struct vmbus_bus *bus)
{
	return bus->version;
}

uint32_t vmbus_bus_version(const struct vmbus_bus *bus)
{
	return bus->version;
}

struct machine *vmbus_bus_machine(const struct vmbus_bus *bus)
{
	return bus->options.machine;
}

struct sim *vmbus_bus_sim(const struct vmbus_bus *bus)
{
	return bus->sim;
}

struct model_worker *vmbus_bus_worker(const struct vmbus_bus *bus)
{
	return bus->options.worker;
}
