/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile.c - what an honest host never does, but for being late
 *
 * Each is an op, so a program says which powers its attacker needs. Messages
 * that the guest does not get, or gets crippled, are kept: a host that has
 * turned honest gives them, and then nobody may wait for ever.
 */
#include <errno.h>
#include <string.h>

#include <sim/finding.h>

#include "vmbus_channel.h"

#define LATE_NS		30000000	/* within the guest's patience */
#define LATE_SOURCE	0x5101

/* What once healed stays healed: else there would be waiting again. */
static bool may_lie(const struct channel_world *w)
{
	return w->hostile && !w->healed;
}

/* -- messages that wait --------------------------------------------------- */

static void give(struct kept_message *kept)
{
	if (kept->bytes)
		vmbus_bus_tell(kept->world->bus, kept->data, kept->bytes);
	kept->bytes = 0;
}

static void late_event(struct sim *sim, struct sim_event *event)
{
	(void)sim;
	give((struct kept_message *)event);
}

void hostile_init(struct channel_world *w)
{
	unsigned int i;

	for (i = 0; i < MAX_KEPT; i++) {
		w->kept[i].world = w;
		sim_event_init(&w->kept[i].event, late_event, LATE_SOURCE, 0);
	}
}

static void tell(struct channel_world *w, enum vmbus_message_type type,
		 uint32_t relid, uint32_t bytes)
{
	uint8_t data[VMBUS_MESSAGE_BYTES] = { (uint8_t)type };

	memcpy(data + 8, &relid, sizeof(relid));
	vmbus_bus_tell(w->bus, data, bytes);
}

static bool is_offered(const struct channel_world *w, uint32_t relid)
{
	unsigned int i;

	for (i = 0; i < NR_OFFERS; i++)
		if (vmbus_offer_relid(w->services[i].offer) == relid)
			return relid;
	return false;
}

/*
 * Of channels with one number the guest can tell only the last when it is taken
 * back: who waits for another one waits for ever, and no host can end that.
 */
void note_twins(struct channel_world *w, uint32_t relid)
{
	uint32_t i;

	for (i = 0; i < w->nr_bogus; i++)
		w->twins |= w->bogus[i] == relid;
}

/* Who uses a channel that there is not gets no answer until it is taken back. */
static void take_back_bogus(struct channel_world *w)
{
	uint32_t i;

	for (i = 0; i < w->nr_bogus; i++)
		if (!is_offered(w, w->bogus[i]))
			tell(w, VMBUS_RESCIND, w->bogus[i],
			     sizeof(struct vmbus_relid_message));
	w->nr_bogus = 0;
}

void hostile_heal(struct channel_world *w)
{
	unsigned int i;

	take_back_bogus(w);
	memset(w->twists, 0, sizeof(w->twists));
	for (i = 0; i < MAX_KEPT; i++) {
		sim_event_cancel(w->host.world.sim, &w->kept[i].event);
		give(&w->kept[i]);
	}
}

/* NULL: there is no room, the message goes as it is. */
static struct kept_message *keep(struct channel_world *w,
				 const struct vmbus_outgoing *out)
{
	unsigned int i;

	for (i = 0; i < MAX_KEPT; i++) {
		struct kept_message *kept = &w->kept[i];

		if (kept->bytes)
			continue;
		kept->bytes = out->bytes;
		memcpy(kept->data, out->data, out->bytes);
		return kept;
	}
	return NULL;
}

/* -- twists --------------------------------------------------------------- */

static int twisted(const struct vmbus_outgoing *out)
{
	if (out->what == VMBUS_WHAT_PACKET)
		return TWIST_PACKET;
	switch (out->type) {
	case VMBUS_OFFER:
		return TWIST_OFFER;
	case VMBUS_RESCIND:
		return TWIST_RESCIND;
	case VMBUS_OPEN_RESULT:
		return TWIST_OPEN_RESULT;
	case VMBUS_GPADL_CREATED:
		return TWIST_CREATED;
	case VMBUS_GPADL_TORNDOWN:
		return TWIST_TORNDOWN;
	case VMBUS_VERSION_RESPONSE:
		return TWIST_VERSION;
	case VMBUS_UNLOAD_RESPONSE:
		return TWIST_UNLOAD;
	case VMBUS_MODIFY_RESPONSE:
		return TWIST_MODIFY;
	default:
		return -1;
	}
}

static void set32(struct vmbus_outgoing *out, uint32_t offset, uint32_t value)
{
	if (offset + sizeof(value) <= out->bytes)
		memcpy(out->data + offset, &value, sizeof(value));
}

static void flip(struct vmbus_outgoing *out, uint32_t first, uint32_t bytes,
		 uint8_t bits)
{
	uint32_t i;

	for (i = first; i < first + bytes && i < out->bytes; i++)
		out->data[i] ^= bits;
}

/* Which field says that it has not worked; what it then is. */
static void refuse(struct vmbus_outgoing *out)
{
	switch (out->type) {
	case VMBUS_OPEN_RESULT:
	case VMBUS_GPADL_CREATED:
		set32(out, 16, 0xc0000001u);
		break;
	case VMBUS_MODIFY_RESPONSE:
		set32(out, 12, 0xc0000001u);
		break;
	case VMBUS_VERSION_RESPONSE:
		set32(out, 8, 0);
		break;
	}
}

/* Bytes 0 to 7 are type, header, length and flags, 8 to 15 the transaction. */
static void twist_packet(struct vmbus_outgoing *out, enum twist_how how)
{
	if (how == HOW_LOST)
		out->copies = 0;
	else if (how == HOW_TWICE)
		out->copies = 2;
	else if (how == HOW_OTHER_ID)
		flip(out, 8, 1, 1);
	else if (how == HOW_SHORT)
		flip(out, 4, 1, 1);
	else if (how == HOW_REFUSED)
		flip(out, 2, 1, 0xff);
	else if (how == HOW_JUNK)
		flip(out, 0, 8, 0xa5);
}

static void twist_message(struct channel_world *w, struct vmbus_outgoing *out,
			  enum twist_how how)
{
	struct kept_message *kept;

	if (how == HOW_TWICE) {
		out->copies = 2;
		return;
	}
	if (how == HOW_REFUSED) {
		refuse(out);
		return;
	}
	kept = keep(w, out);
	if (!kept)
		return;
	if (how == HOW_LATE || how == HOW_LOST)
		out->copies = 0;
	if (how == HOW_LATE)
		sim_event_after(w->host.world.sim, &kept->event, LATE_NS);
	else if (how == HOW_OTHER_ID)
		flip(out, 8, 1, 1);
	else if (how == HOW_SHORT)
		out->bytes = 8;
	else if (how == HOW_JUNK)
		flip(out, 8, VMBUS_MESSAGE_BYTES, 0x5a);
}

void host_outgoing(void *arg, struct vmbus_outgoing *out)
{
	struct channel_world *w = arg;
	int what = twisted(out);
	struct twist *twist = &w->twists[what < 0 ? 0 : what];

	if (what < 0 || !twist->left)
		return;
	twist->left--;
	if (what == TWIST_PACKET)
		twist_packet(out, twist->how);
	else
		twist_message(w, out, twist->how);
}

int64_t op_twist(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);

	/* An answer may be late, but nothing overtakes offers and rescinds. */
	if ((args[1] != HOW_LATE || args[0] <= TWIST_RESCIND) && !may_lie(w))
		return -EPERM;
	w->twists[args[0]] = (struct twist){ args[1], args[2] };
	return 0;
}

/* -- rings, messages, completions ----------------------------------------- */

int64_t op_poke(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);

	if (!may_lie(w))
		return -EPERM;
	vmbus_offer_poke(w->services[args[0]].offer, (enum vmbus_ring)args[1],
			 (uint32_t)args[2] * 4, (uint32_t)args[3]);
	return 0;
}

int64_t op_message(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	const struct service *service = &w->services[args[2]];
	uint32_t relid = vmbus_offer_relid(service->offer) + (uint32_t)args[3];
	struct vmbus_offer_message offer = {
		.instance = { 0x77, (uint8_t)args[3] },
		.relid = relid,
		.connection = VMBUS_EVENT_CONNECTION,
	};
	uint8_t data[VMBUS_MESSAGE_BYTES] = { 0 };

	if (!may_lie(w))
		return -EPERM;
	if (args[0] != VMBUS_OFFER) {
		tell(w, (enum vmbus_message_type)args[0], relid,
		     (uint32_t)args[1]);
		return 0;
	}
	if (w->nr_bogus == MAX_BOGUS)
		return -ENOSPC;
	w->twins |= is_offered(w, relid);
	note_twins(w, relid);
	w->bogus[w->nr_bogus++] = relid;
	offer.header.type = VMBUS_OFFER;
	memcpy(data, &offer, sizeof(offer));
	vmbus_bus_tell(w->bus, data, (uint32_t)args[1]);
	return 0;
}

int64_t op_complete(struct world *world, const uint64_t *args)
{
	struct channel_world *w = channel(world);
	const struct vmbus_packet packet = {
		.type = VMBUS_COMPLETION,
		.transaction = args[1],
	};

	if (!may_lie(w))
		return -EPERM;
	return vmbus_packet_write(w->services[args[0]].offer, &packet);
}
