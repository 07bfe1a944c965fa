/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netvsp.c - the host's end of NetVSC: versions, buffers, packets
 *
 * FAULT MODEL
 *
 * Left alone this host keeps the protocol: it answers what wants a completion
 * once and in order, reads what a packet lends only until it completes it, uses
 * a piece of the receive buffer only while the guest does not have it, and puts
 * up to PACK_MAX messages into one packet, with information in front of frames
 * and padding behind them as it likes (decisions of kind peer). It may take its
 * time, it may fail to send a frame (SIM_DECIDE_FAIL_IO), which it says in the
 * completion, and it may drop frames when nobody listens, the link is down or its
 * queue is full. What the guest says is held against the protocol; a packet that
 * breaks it is told to the watch and completed with an error.
 *
 * With a hostile watch packets and messages may be anything (vmbus_bus.h). What
 * the host itself goes by stays right.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "netvsp_internal.h"

static const uint8_t netvsc_type[16] = {
	0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46,
	0x91, 0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e,
};

void netvsp_violation(struct netvsp *netvsp, const char *rule, const char *why)
{
	vmbus_bus_violation(netvsp->bus, rule, why);
}

/* -- completions ---------------------------------------------------------- */

static int write_completion(struct netvsp *netvsp, uint64_t transaction,
			    const void *data, uint32_t bytes)
{
	const struct vmbus_packet packet = {
		.type = VMBUS_COMPLETION,
		.transaction = transaction,
		.data = data,
		.bytes = bytes,
	};

	return vmbus_packet_write(netvsp->offer, &packet);
}

static int write_rndis_completion(struct netvsp *netvsp, uint64_t transaction,
				  uint32_t status)
{
	const struct nvsp_rndis_complete message = {
		.type = NVSP_RNDIS_COMPLETE, .status = status,
	};

	return write_completion(netvsp, transaction, &message, sizeof(message));
}

/* Without room it is owed; the guest cannot have more under way than fit. */
static void complete_rndis(struct netvsp *netvsp, uint64_t transaction,
			   uint32_t status)
{
	if (!netvsp->nr_owed &&
	    write_rndis_completion(netvsp, transaction, status) != -EAGAIN)
		return;
	if (netvsp->nr_owed == MAX_TRANSMITS)
		return;
	netvsp->owed[netvsp->nr_owed].transaction = transaction;
	netvsp->owed_status[netvsp->nr_owed++] = status;
}

static void pay_owed(struct netvsp *netvsp)
{
	uint32_t nr = 0;

	while (nr < netvsp->nr_owed &&
	       write_rndis_completion(netvsp, netvsp->owed[nr].transaction,
				      netvsp->owed_status[nr]) != -EAGAIN)
		nr++;
	netvsp->nr_owed -= nr;
	memmove(&netvsp->owed[0], &netvsp->owed[nr],
		netvsp->nr_owed * sizeof(netvsp->owed[0]));
	memmove(&netvsp->owed_status[0], &netvsp->owed_status[nr],
		netvsp->nr_owed * sizeof(netvsp->owed_status[0]));
}

/* -- setting up ----------------------------------------------------------- */

static const uint32_t versions[] = {
	NETVSP_VERSION_6, NETVSP_VERSION_5, NETVSP_VERSION_4,
	NETVSP_VERSION_2, NETVSP_VERSION_1,
};

static uint32_t choose_version(const struct netvsp *netvsp,
			       const struct nvsp_init *init)
{
	const struct netvsp_options *options = &netvsp->options;
	uint32_t i, version;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		version = versions[i];
		if (version >= init->first && version <= init->last &&
		    (!options->first_version ||
		     version >= options->first_version) &&
		    (!options->last_version ||
		     version <= options->last_version))
			return version;
	}
	return 0;
}

static void initialise(struct netvsp *netvsp, const struct vmbus_packet *packet)
{
	const struct nvsp_init *init = packet->data;
	struct nvsp_init_complete message = {
		.type = NVSP_INIT_COMPLETE,
		.max_mdl_chain = 34,
		.status = NVSP_SUCCESS,
	};

	if (netvsp->version)
		netvsp_violation(netvsp, "nvsp-init-twice",
				 "a version was agreed upon already");
	netvsp->version = choose_version(netvsp, init);
	message.version = netvsp->version;
	if (!netvsp->version)
		message.status = NVSP_TOO_OLD;
	netvsp->answering = NVSP_INIT;
	write_completion(netvsp, packet->transaction, &message,
			 sizeof(message));
	netvsp->answering = 0;
}

static void recv_buffer(struct netvsp *netvsp,
			const struct vmbus_packet *packet)
{
	const struct nvsp_buffer *buffer = packet->data;
	struct vmbus_gpadl *gpadl = vmbus_gpadl_find(netvsp->offer,
						     buffer->gpadl);
	struct nvsp_recv_buffer_complete message = {
		.type = NVSP_RECV_BUFFER_COMPLETE, .status = NVSP_FAIL,
	};
	uint32_t nr;

	if (!gpadl || netvsp->rx) {
		netvsp_violation(netvsp, "recv-buffer",
				 "it is in no GPADL, or there is one already");
	} else {
		nr = vmbus_gpadl_bytes(gpadl) / PIECE_BYTES;
		netvsp->nr_pieces = nr > MAX_PIECES ? MAX_PIECES : nr;
		netvsp->rx = gpadl;
		netvsp->rx_id = buffer->id;
		netvsp->busy = 0;
		message.status = NVSP_SUCCESS;
		message.nr_sections = 1;
		message.section = (struct nvsp_section){
			.piece_bytes = PIECE_BYTES,
			.nr_pieces = netvsp->nr_pieces,
			.end = netvsp->nr_pieces * PIECE_BYTES,
		};
	}
	netvsp->answering = NVSP_RECV_BUFFER;
	write_completion(netvsp, packet->transaction, &message,
			 sizeof(message));
	netvsp->answering = 0;
}

static void send_buffer(struct netvsp *netvsp,
			const struct vmbus_packet *packet)
{
	const struct nvsp_buffer *buffer = packet->data;
	struct nvsp_send_buffer_complete message = {
		.type = NVSP_SEND_BUFFER_COMPLETE, .status = NVSP_FAIL,
	};

	netvsp->tx = vmbus_gpadl_find(netvsp->offer, buffer->gpadl);
	netvsp->tx_id = buffer->id;
	if (netvsp->tx) {
		message.status = NVSP_SUCCESS;
		message.piece_bytes = SEND_PIECE;
	} else {
		netvsp_violation(netvsp, "send-buffer", "it is in no GPADL");
	}
	write_completion(netvsp, packet->transaction, &message,
			 sizeof(message));
}

static void revoke(struct netvsp *netvsp, const struct vmbus_packet *packet)
{
	const struct nvsp_revoke *message = packet->data;
	bool is_rx = message->type == NVSP_REVOKE_RECV_BUFFER;
	struct vmbus_gpadl **gpadl = is_rx ? &netvsp->rx : &netvsp->tx;

	if (!*gpadl || message->id != (is_rx ? netvsp->rx_id : netvsp->tx_id))
		netvsp_violation(netvsp, "revoke",
				 "a buffer is revoked that there is not");
	*gpadl = NULL;
	if (is_rx) {
		netvsp->busy = 0;
		netvsp->nr_pieces = 0;
		netvsp->queue_nr = 0;
	}
	if (packet->flags & VMBUS_COMPLETION_REQUESTED)
		write_completion(netvsp, packet->transaction, NULL, 0);
}

/* Everything behind @known bytes of a message of the guest is to be zero. */
static void check_stale(struct netvsp *netvsp,
			const struct vmbus_packet *packet, uint32_t known)
{
	const uint8_t *data = packet->data;
	uint32_t i;

	for (i = known; i < packet->bytes; i++)
		if (data[i])
			netvsp_violation(netvsp, "stale-bytes",
					 "bytes that mean nothing are not zero");
}

static const struct {
	uint32_t type;
	uint32_t bytes;
	void (*handle)(struct netvsp *netvsp,
		       const struct vmbus_packet *packet);
} control_messages[] = {
	{ NVSP_INIT, sizeof(struct nvsp_init), initialise },
	{ NVSP_NDIS_VERSION, 12, NULL },
	{ NVSP_RECV_BUFFER, 10, recv_buffer },
	{ NVSP_REVOKE_RECV_BUFFER, 6, revoke },
	{ NVSP_SEND_BUFFER, 10, send_buffer },
	{ NVSP_REVOKE_SEND_BUFFER, 6, revoke },
	{ NVSP_NDIS_CONFIG, 20, NULL },
};

/* May it come now? */
static bool is_in_order(const struct netvsp *netvsp, uint32_t type)
{
	if (type == NVSP_INIT)
		return true;
	if (!netvsp->version)
		return false;
	return type == NVSP_NDIS_VERSION || type == NVSP_NDIS_CONFIG ||
	       netvsp->ndis_version;
}

static void control(struct netvsp *netvsp, const struct vmbus_packet *packet)
{
	uint32_t nr = sizeof(control_messages) / sizeof(control_messages[0]);
	uint32_t type = 0, i;

	if (packet->bytes >= sizeof(type))
		memcpy(&type, packet->data, sizeof(type));
	for (i = 0; i < nr && control_messages[i].type != type; i++)
		;
	if (i == nr || packet->bytes < control_messages[i].bytes) {
		netvsp_violation(netvsp, "nvsp-form",
				 "a message of unknown type, or too short for it");
		return;
	}
	if (!is_in_order(netvsp, type))
		netvsp_violation(netvsp, "nvsp-order",
				 "a message before version and NDIS version are agreed upon");
	check_stale(netvsp, packet, control_messages[i].bytes);
	if (type == NVSP_NDIS_VERSION)
		netvsp->ndis_version = true;
	if (control_messages[i].handle)
		control_messages[i].handle(netvsp, packet);
	else if (packet->flags & VMBUS_COMPLETION_REQUESTED)
		write_completion(netvsp, packet->transaction, NULL, 0);
}

/* -- what the guest sends ------------------------------------------------- */

/* Turns the pages of a packet into segments; why not, or NULL. */
static const char *take_pages(struct netvsp *netvsp, struct transmit *transmit,
			      const struct vmbus_packet *packet)
{
	const struct vmbus_gpa_header *header = packet->more;
	uint32_t left, at, pages, i;

	if (packet->more_bytes < sizeof(*header) || header->nr_ranges != 1)
		return "it does not hold one range of pages";
	left = header->bytes;
	at = header->offset;
	pages = (packet->more_bytes - sizeof(*header)) / 8;
	if (at >= SIM_FRAME_BYTES || !left || pages > MAX_SEGMENTS ||
	    ((uint64_t)at + left + SIM_FRAME_BYTES - 1) / SIM_FRAME_BYTES !=
	    pages)
		return "length and number of pages differ";
	for (i = 0; i < pages; i++) {
		struct vmbus_segment *segment = &transmit->segments[i];

		segment->gpa = (header->pfns[i] << SIM_FRAME_SHIFT) + at;
		segment->bytes = SIM_FRAME_BYTES - at;
		if (segment->bytes > left)
			segment->bytes = left;
		left -= segment->bytes;
		at = 0;
	}
	transmit->nr_segments = pages;
	if (vmbus_loan(netvsp->offer, packet->transaction, transmit->segments,
		       pages))
		return "it lends more than the host keeps in mind";
	return NULL;
}

static void take_send_piece(struct netvsp *netvsp, struct transmit *transmit,
			    const struct nvsp_rndis *message)
{
	transmit->send_index = message->send_index;
	transmit->send_bytes = message->send_bytes;
	if (message->send_index != NVSP_NO_INDEX && !netvsp->tx)
		netvsp_violation(netvsp, "send-piece",
				 "a piece of a send buffer that there is not");
}

/* A host with a worker may be done before the guest does anything else. */
static void transmit_soon(struct netvsp *netvsp)
{
	if (vmbus_bus_worker(netvsp->bus) &&
	    sim_decide(netvsp->sim, SIM_DECIDE_DELAY, 2))
		model_job_now(netvsp->sim, &netvsp->transmitted);
	else
		model_job_after(netvsp->sim, &netvsp->transmitted,
				netvsp->options.transmit_ns);
}

static void rndis_packet(struct netvsp *netvsp,
			 const struct vmbus_packet *packet)
{
	const struct nvsp_rndis *message = packet->data;
	struct transmit *transmit;
	const char *why = NULL;

	if (packet->bytes < sizeof(*message) || message->type != NVSP_RNDIS) {
		netvsp_violation(netvsp, "nvsp-form",
				 "a data packet that carries no RNDIS message");
		return;
	}
	if (!netvsp->version || !netvsp->ndis_version)
		netvsp_violation(netvsp, "nvsp-order",
				 "data before version and NDIS version are agreed upon");
	check_stale(netvsp, packet, sizeof(*message));
	if (netvsp->nr_transmits == MAX_TRANSMITS) {
		complete_rndis(netvsp, packet->transaction, NVSP_FAIL);
		return;
	}
	transmit = &netvsp->transmits[(netvsp->transmit_head +
				       netvsp->nr_transmits) % MAX_TRANSMITS];
	memset(transmit, 0, sizeof(*transmit));
	transmit->transaction = packet->transaction;
	transmit->channel = message->channel;
	transmit->wants_completion = packet->flags & VMBUS_COMPLETION_REQUESTED;
	take_send_piece(netvsp, transmit, message);
	if (packet->type == VMBUS_DATA_GPA_DIRECT)
		why = take_pages(netvsp, transmit, packet);
	if (why) {
		netvsp_violation(netvsp, "data-form", why);
		complete_rndis(netvsp, packet->transaction, NVSP_FAIL);
		return;
	}
	if (!netvsp->nr_transmits++)
		transmit_soon(netvsp);
}

/* Puts together what the packet lends; its bytes, or 0. */
static uint32_t gather(struct netvsp *netvsp, const struct transmit *transmit,
		       uint8_t *to)
{
	uint32_t bytes = 0, i;

	if (transmit->send_index != NVSP_NO_INDEX) {
		if (!netvsp->tx || transmit->send_bytes > MESSAGE_MAX ||
		    transmit->send_index > 0xffff ||
		    vmbus_gpadl_read(netvsp->tx, transmit->send_index *
				     SEND_PIECE, to, transmit->send_bytes))
			return 0;
		bytes = transmit->send_bytes;
	}
	for (i = 0; i < transmit->nr_segments; i++) {
		const struct vmbus_segment *segment = &transmit->segments[i];

		if (segment->bytes > MESSAGE_MAX - bytes ||
		    vmbus_loan_read(netvsp->offer, transmit->transaction,
				    segment, to + bytes))
			return 0;
		bytes += segment->bytes;
	}
	return bytes;
}

static void transmit_job(struct sim *sim, struct model_job *job)
{
	struct netvsp *netvsp = (struct netvsp *)
		((char *)job - offsetof(struct netvsp, transmitted));
	struct transmit *transmit = &netvsp->transmits[netvsp->transmit_head];
	uint64_t transaction = transmit->transaction;
	bool wants_completion = transmit->wants_completion;
	uint32_t channel = transmit->channel;
	uint8_t message[MESSAGE_MAX];
	uint32_t bytes = gather(netvsp, transmit, message);
	bool fails = bytes && channel == NVSP_CHANNEL_DATA &&
		     sim_fail_point(sim, SIM_DECIDE_FAIL_IO);

	netvsp->transmit_head = (netvsp->transmit_head + 1) % MAX_TRANSMITS;
	netvsp->nr_transmits--;
	if (netvsp->nr_transmits)
		transmit_soon(netvsp);
	if (wants_completion)
		complete_rndis(netvsp, transaction,
			       bytes && !fails ? NVSP_SUCCESS : NVSP_FAIL);
	if (fails && netvsp->options.failed)
		netvsp->options.failed(netvsp->options.arg);
	else if (bytes && !fails)
		rndis_receive(netvsp, channel, message, bytes);
	else if (!bytes)
		netvsp_violation(netvsp, "data-form",
				 "what a packet lends is no memory, or too long");
}

/* -- what the guest gets -------------------------------------------------- */

bool netvsp_send_raw(struct netvsp *netvsp, const struct vmbus_packet *packet)
{
	return !vmbus_packet_write(netvsp->offer, packet);
}

struct pieces {
	uint64_t transaction;
	uint16_t pageset;
	uint32_t nr;
	uint32_t said;			/* how many there are */
	struct vmbus_xfer_range ranges[NETVSP_MAX_RANGES];
};

static bool write_pieces(struct netvsp *netvsp, const struct pieces *pieces,
			 const void *message)
{
	uint32_t bytes = pieces->nr * sizeof(pieces->ranges[0]);
	const struct vmbus_xfer_header header = {
		.pageset = pieces->pageset, .nr_ranges = pieces->said,
	};
	uint8_t more[sizeof(header) + sizeof(pieces->ranges)];
	const struct vmbus_packet packet = {
		.type = VMBUS_DATA_XFER_PAGES,
		.flags = VMBUS_COMPLETION_REQUESTED,
		.transaction = pieces->transaction,
		.more = more,
		.more_bytes = sizeof(header) + bytes,
		.data = message,
		.bytes = NVSP_MESSAGE_BYTES,
	};

	memcpy(more, &header, sizeof(header));
	memcpy(more + sizeof(header), pieces->ranges, bytes);
	return !vmbus_packet_write(netvsp->offer, &packet);
}

bool netvsp_send_pieces(struct netvsp *netvsp, uint16_t pageset, uint32_t nr,
			uint32_t said, const struct vmbus_xfer_range *range)
{
	const uint32_t message[NVSP_MESSAGE_BYTES / 4] = {
		NVSP_RNDIS, 0, 8, 0, 8, 0, 8, 0, 8, 0,
	};
	struct pieces pieces = {
		.transaction = NETVSP_RX_TRANSACTION + MAX_PIECES,
		.pageset = pageset, .nr = nr, .said = said,
	};
	uint32_t i;

	sim_assert(nr <= NETVSP_MAX_RANGES);
	for (i = 0; i < nr; i++)
		pieces.ranges[i] = *range;
	return write_pieces(netvsp, &pieces, message);
}

static int free_piece(const struct netvsp *netvsp)
{
	uint32_t i;

	for (i = 0; i < netvsp->nr_pieces; i++)
		if (!(netvsp->busy >> i & 1))
			return (int)i;
	return -1;
}

/* The next queued message into a free piece; false if there is none. */
static bool fill_piece(struct netvsp *netvsp, uint32_t n,
		       struct vmbus_xfer_range *range, uint32_t *piece)
{
	struct queued *queued = &netvsp->queue[(netvsp->queue_head + n) %
					       QUEUE_FRAMES];
	struct vmbus_outgoing out = {
		.what = VMBUS_WHAT_PAYLOAD,
		.data = queued->message,
		.bytes = queued->bytes,
		.room = MESSAGE_MAX,
		.copies = 1,
	};
	int i = free_piece(netvsp);

	if (i < 0)
		return false;
	memcpy(&out.type, queued->message, sizeof(out.type));
	vmbus_bus_outgoing(netvsp->bus, &out);
	*piece = i;
	range->offset = i * PIECE_BYTES;
	range->bytes = out.copies ? out.bytes : 0;
	if (vmbus_gpadl_write(netvsp->rx, range->offset, out.data,
			      range->bytes))
		return false;
	netvsp->busy |= 1ull << i;
	return true;
}

/* As many messages of one channel as there are pieces for; false: wait. */
static bool send_some(struct netvsp *netvsp)
{
	uint32_t channel = netvsp->queue[netvsp->queue_head].channel;
	const uint32_t message[NVSP_MESSAGE_BYTES / 4] = {
		NVSP_RNDIS, channel, NVSP_NO_INDEX,
	};
	uint32_t taken[PACK_MAX], nr = 0, i;
	struct pieces pieces;

	while (nr < PACK_MAX && nr < netvsp->queue_nr &&
	       netvsp->queue[(netvsp->queue_head + nr) % QUEUE_FRAMES].channel ==
	       channel && fill_piece(netvsp, nr, &pieces.ranges[nr], &taken[nr]))
		nr++;
	if (!nr)
		return false;
	pieces.transaction = NETVSP_RX_TRANSACTION + taken[0];
	pieces.pageset = netvsp->rx_id;
	pieces.nr = nr;
	pieces.said = nr;
	if (!write_pieces(netvsp, &pieces, message)) {
		for (i = 0; i < nr; i++)
			netvsp->busy &= ~(1ull << taken[i]);
		return false;
	}
	for (i = 0; i < nr; i++)
		netvsp->first_of[taken[i]] = taken[0];
	netvsp->queue_head = (netvsp->queue_head + nr) % QUEUE_FRAMES;
	netvsp->queue_nr -= nr;
	return true;
}

static void send_queued(struct netvsp *netvsp)
{
	if (!netvsp->rx || !vmbus_offer_is_open(netvsp->offer))
		return;
	while (netvsp->queue_nr && send_some(netvsp))
		;
}

bool netvsp_queue(struct netvsp *netvsp, uint32_t channel,
		  const struct rndis_message *message, uint32_t bytes,
		  const void *more, uint32_t more_bytes)
{
	struct queued *queued;

	if (netvsp->queue_nr == QUEUE_FRAMES || !netvsp->rx)
		return false;
	sim_assert(bytes + more_bytes <= MESSAGE_MAX);
	queued = &netvsp->queue[(netvsp->queue_head + netvsp->queue_nr++) %
				QUEUE_FRAMES];
	queued->channel = channel;
	queued->bytes = bytes + more_bytes;
	memcpy(queued->message, message, bytes);
	if (more_bytes)
		memcpy(queued->message + bytes, more, more_bytes);
	send_queued(netvsp);
	return true;
}

/* All pieces of the packet that began with this one are free again. */
static void piece_completed(struct netvsp *netvsp, uint64_t transaction)
{
	uint64_t first = transaction - NETVSP_RX_TRANSACTION;
	uint32_t i;

	/* On its way when the buffer was revoked. */
	if (!netvsp->rx)
		return;
	if (first >= netvsp->nr_pieces || !(netvsp->busy >> first & 1) ||
	    netvsp->first_of[first] != first) {
		netvsp_violation(netvsp, "complete-unknown",
				 "the guest completes what it does not have");
		return;
	}
	for (i = 0; i < netvsp->nr_pieces; i++)
		if (netvsp->first_of[i] == first)
			netvsp->busy &= ~(1ull << i);
}

bool netvsp_send_message(struct netvsp *netvsp, const void *data,
			 uint32_t bytes)
{
	struct rndis_message message;
	uint32_t first = bytes < sizeof(message) ? bytes : sizeof(message);

	memcpy(&message, data, first);
	return netvsp_queue(netvsp, NVSP_CHANNEL_CONTROL, &message, first,
			    (const uint8_t *)data + first, bytes - first);
}

/* Information about a packet (an IEEE 802.1Q tag, here none), and padding. */
#define INFO_BYTES	16u
#define PAD_BYTES	4u

/*
 * Where the frame lies in its message is the host's to say: there may be
 * information in front of it and padding behind it, and both is in its length.
 */
static bool queue_frame(struct netvsp *netvsp, const void *frame,
			uint32_t bytes)
{
	uint32_t how = sim_decide(netvsp->sim, SIM_DECIDE_PEER, 4);
	uint32_t front = how & 1 ? INFO_BYTES : 0;
	uint32_t whole = front + bytes + (how & 2 ? PAD_BYTES : 0);
	const uint32_t info[INFO_BYTES / 4] = { INFO_BYTES, 6, 12, 0 };
	struct rndis_message message = {
		.type = RNDIS_PACKET,
		.bytes = RNDIS_BYTES(packet) + whole,
	};
	uint8_t more[INFO_BYTES + NETVSP_FRAME_MAX + PAD_BYTES] = { 0 };

	message.packet.data_offset = sizeof(message.packet) + front;
	message.packet.data_bytes = bytes;
	if (front) {
		message.packet.ppi_offset = sizeof(message.packet);
		message.packet.ppi_bytes = front;
		memcpy(more, info, sizeof(info));
	}
	memcpy(more + front, frame, bytes);
	return netvsp_queue(netvsp, NVSP_CHANNEL_DATA, &message,
			    RNDIS_BYTES(packet), more, whole);
}

bool netvsp_deliver(struct netvsp *netvsp, const void *frame, uint32_t bytes)
{
	if (netvsp->rndis_initialised && netvsp->filter && netvsp->link_up &&
	    bytes <= NETVSP_FRAME_MAX && queue_frame(netvsp, frame, bytes))
		return true;
	netvsp->dropped++;
	return false;
}

/* -- the channel ---------------------------------------------------------- */

static void on_packet(struct netvsp *netvsp, const struct vmbus_packet *packet)
{
	switch (packet->type) {
	case VMBUS_DATA_INBAND:
		control(netvsp, packet);
		break;
	case VMBUS_DATA_GPA_DIRECT:
		rndis_packet(netvsp, packet);
		break;
	case VMBUS_COMPLETION:
		piece_completed(netvsp, packet->transaction);
		break;
	case VMBUS_CANCEL:
		/* It will be completed all the same, and soon. */
		break;
	default:
		netvsp_violation(netvsp, "packet-type",
				 "a packet of a type that guests do not send");
	}
}

static void signalled(void *arg)
{
	struct netvsp *netvsp = arg;
	uint64_t buffer[VMBUS_PACKET_BYTES / 8];
	struct vmbus_packet packet;

	while (vmbus_packet_read(netvsp->offer, &packet, buffer) > 0)
		on_packet(netvsp, &packet);
	pay_owed(netvsp);
	send_queued(netvsp);
}

static void closed(void *arg)
{
	struct netvsp *netvsp = arg;

	model_job_cancel(netvsp->sim, &netvsp->transmitted);
	netvsp->version = 0;
	netvsp->ndis_version = false;
	netvsp->rx = NULL;
	netvsp->tx = NULL;
	netvsp->busy = 0;
	netvsp->nr_pieces = 0;
	netvsp->nr_transmits = 0;
	netvsp->queue_nr = 0;
	netvsp->nr_owed = 0;
	rndis_closed(netvsp);
}

static void closing(void *arg)
{
	struct netvsp *netvsp = arg;

	if (netvsp->rx || netvsp->tx)
		netvsp_violation(netvsp, "close-established",
				 "the channel is closed and a buffer not revoked");
}

static void torndown(void *arg, struct vmbus_gpadl *gpadl)
{
	struct netvsp *netvsp = arg;

	if (gpadl != netvsp->rx && gpadl != netvsp->tx)
		return;
	netvsp_violation(netvsp, "teardown-established",
			 "a buffer's GPADL is torn down while the host uses it");
	if (gpadl == netvsp->rx)
		netvsp->rx = NULL;
	else
		netvsp->tx = NULL;
}

struct netvsp *netvsp_new(struct vmbus_bus *bus,
			  const struct netvsp_options *options)
{
	struct sim *sim = vmbus_bus_sim(bus);
	struct netvsp *netvsp = sim_alloc(sim, sizeof(*netvsp), 8);
	struct vmbus_offer_options offer = {
		.service = {
			.closing = closing,
			.closed = closed,
			.signalled = signalled,
			.torndown = torndown,
			.arg = netvsp,
		},
	};

	netvsp->sim = sim;
	netvsp->bus = bus;
	netvsp->options = *options;
	netvsp->link_up = true;
	memcpy(offer.type, netvsc_type, sizeof(offer.type));
	memcpy(offer.instance, options->mac, sizeof(options->mac));
	model_job_init(&netvsp->transmitted, vmbus_bus_worker(bus),
		       transmit_job, options->source, 0);
	netvsp->offer = vmbus_offer_new(bus, &offer);
	return netvsp;
}

struct vmbus_offer *netvsp_offer(const struct netvsp *netvsp)
{
	return netvsp->offer;
}

void netvsp_set_link(struct netvsp *netvsp, bool up)
{
	if (netvsp->link_up == up)
		return;
	netvsp->link_up = up;
	rndis_indicate_link(netvsp);
}

void netvsp_state(const struct netvsp *netvsp, struct netvsp_state *state)
{
	*state = (struct netvsp_state){
		.established = netvsp->rx,
		.send_established = netvsp->tx,
		.initialised = netvsp->rndis_initialised,
		.link_up = netvsp->link_up,
		.untold = netvsp->untold,
		.answering = netvsp->answering,
		.version = netvsp->version,
		.filter = netvsp->filter,
		.pieces = netvsp->nr_pieces,
		.pieces_busy = __builtin_popcountll(netvsp->busy),
		.waiting = netvsp->queue_nr,
		.transmitting = netvsp->nr_transmits,
		.dropped = netvsp->dropped,
		.piece_map = netvsp->busy,
	};
}
