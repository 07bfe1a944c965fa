/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answers.c - answers of the host that end what the guest has asked for
 *
 * A device that is opened or registered needs all it has asked for meanwhile:
 * GPADLs, an open channel, a version, a receive buffer, RNDIS set up, a packet
 * filter, the state of its link. So one answer that says no, of a message that
 * fits its type, is enough. What is not taken for an answer (another id, a wrong
 * length) keeps the guest waiting instead, so it does not get there either.
 *
 * Assumptions: answers leave the host while the guest waits for them, so not
 * judged if the host was ever busy; nothing else can be taken for one, so not if
 * rings or descriptors were changed, or answers made up (garbled).
 *
 * Also counted: what the guest has to know that a frame was sent.
 */
#include <string.h>

#include "netvsc.h"

/* Where messages say whether it has worked, and what means that it has. */
static const struct refusal {
	enum vmbus_what what;
	uint32_t type;
	uint32_t at;
	uint32_t good;
} refusals[] = {
	{ VMBUS_WHAT_MESSAGE, VMBUS_OPEN_RESULT, 16, 0 },
	{ VMBUS_WHAT_MESSAGE, VMBUS_GPADL_CREATED, 16, 0 },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_INIT_DONE, 12, 0 },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_QUERY_DONE, 12, 0 },
	{ VMBUS_WHAT_PAYLOAD, RNDIS_SAYS_SET_DONE, 12, 0 },
};

#define GOOD		1
#define VERSION_1	2		/* what this guest asks for */

static uint32_t word_at(const struct vmbus_outgoing *out, uint32_t at)
{
	uint32_t word;

	memcpy(&word, out->data + at, sizeof(word));
	return word;
}

/* As it is, the first word names it, as it did when it was made. */
static bool says_no(const struct vmbus_outgoing *out)
{
	const struct refusal *refusal = refusals;
	uint32_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++, refusal++)
		if (refusal->what == out->what && refusal->type == out->type)
			return out->bytes >= refusal->at + 4 &&
			       word_at(out, 0) == out->type &&
			       word_at(out, refusal->at) != refusal->good;
	return false;
}

static bool is_whole(const struct vmbus_outgoing *out)
{
	struct vmbus_packet_header head;

	memcpy(&head, out->data, sizeof(head));
	return head.type == VMBUS_COMPLETION && head.header8 == 2 &&
	       head.total8 * 8u == out->bytes;
}

static void see_packet(struct netvsc_world *w, const struct vmbus_outgoing *out)
{
	const uint32_t at = sizeof(struct vmbus_packet_header);
	struct netvsp_state host;

	if (out->bytes < at + 8 || !is_whole(out))
		return;
	if (word_at(out, at) == NVSP_SAYS_SENT && word_at(out, at + 4) == GOOD)
		w->said_sent += out->copies;
	netvsp_state(w->nic, &host);
	if (host.answering == NETVSP_ANSWERS_INIT && out->bytes >= at + 16 &&
	    word_at(out, at) == NVSP_SAYS_INIT_DONE)
		w->said_no |= word_at(out, at + 4) != VERSION_1 ||
			      word_at(out, at + 12) != GOOD;
}

void answers_outgoing(struct netvsc_world *w, const struct vmbus_outgoing *out)
{
	if (!out->copies)
		return;
	if (!out->delay_ns && says_no(out))
		w->said_no = true;
	if (out->what == VMBUS_WHAT_PACKET && out->type == VMBUS_COMPLETION)
		see_packet(w, out);
}
