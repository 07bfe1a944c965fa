/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - frames, accounts, protocol and memory of a guest and its host
 *
 * wrong-frame: the k-th frame that arrives is the k-th that was sent: once, in
 * order, unchanged. lost-frame: at rest all have arrived. Assumptions: frames
 * under way when the device is closed, reset or taken back, or that the guest
 * counts as failed, may be lost; so may all while allocations fail.
 *
 * honest-failure: probe and open succeed, if nothing has been taken back, the
 * host was never busy for longer than guests wait, and allocations succeed.
 *
 * lost-release: at rest channels that were taken back have been released.
 *
 * lost-piece: at rest no piece of the receive buffer is with the guest and
 * nothing waits to be sent. teardown: a closed device has no GPADL and no open
 * channel. protocol: the host sees a rule broken (models/vmbus, models/netvsp).
 * lost-error: a frame that the host could not send counts as sent. lost-status:
 * the guest does not know whether its link is up, and has never been short of
 * memory. These hold as long as the host has not lied.
 *
 * accepted: the guest goes on with an answer that cannot be true: sections that
 * do not lie in the receive buffer (if the host was never busy: then it is not
 * known which answer counts), an address that the host has not said, or has
 * said in fewer than six bytes, or that no station has; a frame without a header;
 * or with an answer that says no (answers.c). A receive buffer is revoked before its channel is
 * closed, also if the answer was lost, unless the host has changed packets,
 * messages of the bus, or rings.
 *
 * freed-shared: memory that the host may use is not freed. leak: when all
 * drivers are gone nothing is allocated, but for what was given up to a host
 * that lied. hang, livelock: ops come to an end. These hold whatever the host
 * does. Assumption: waits of the guest are bounded, so an op that uses up its
 * budget without any time passing spins.
 */
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <models/machine.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "netvsc.h"

#define HEADER		14	/* of a frame: to, from (with its number), type */
#define SPIN_STEPS	200000

static const char *this_op(const struct world *world)
{
	return world_op_name(world, sim_op(world->sim));
}

static void raise_safety(struct netvsc_world *w, const char *oracle,
			 const char *object, const char *what, const char *why)
{
	const struct world_finding finding = {
		.oracle = oracle,
		.object = object,
		.place = { this_op(&w->world) },
		.what = what,
		.why = why,
	};

	world_raise(&w->world, &finding);
}

/* When the host sees it says nothing of where the guest has done it. */
static void raise_protocol(struct netvsc_world *w, const char *rule,
			   const char *why)
{
	const struct world_finding finding = {
		.oracle = "protocol",
		.object = rule,
		.place = { "host" },
		.what = "the guest breaks the protocol",
		.why = why,
	};

	world_raise(&w->world, &finding);
}

/* -- frames --------------------------------------------------------------- */

static void fill(const struct stream *stream, uint32_t number, uint8_t *frame,
		 uint32_t bytes)
{
	uint8_t next = (uint8_t)(number * 7 + HEADER * 3 +
				 (uint8_t)stream->name[0]);
	uint32_t i;

	memset(frame + 6, 0, 6);
	frame[6] = 0x02;
	frame[10] = number >> 8;
	frame[11] = (uint8_t)number;
	frame[12] = 0x88;
	frame[13] = 0xb5;
	for (i = HEADER; i < bytes; i++, next += 3)
		frame[i] = next;
}

bool stream_next(struct stream *stream, const uint8_t *destination,
		 uint32_t bytes, uint8_t *frame)
{
	if (stream->nr_sent == STREAM_FRAMES)
		return false;
	memcpy(frame, destination, 6);
	fill(stream, stream->nr_sent, frame, bytes);
	return true;
}

void stream_sent(struct stream *stream, uint32_t bytes)
{
	stream->bytes[stream->nr_sent++] = bytes;
}

/* It was not sent after all. */
void stream_unsent(struct stream *stream)
{
	if (stream->nr_arrived < stream->nr_sent)
		stream->nr_sent--;
	if (stream->floor > stream->nr_sent)
		stream->floor = stream->nr_sent;
}

void stream_may_lose(struct stream *stream)
{
	stream->floor = stream->nr_sent;
}

static bool is_frame(const struct stream *stream, uint32_t number,
		     const uint8_t *frame, uint32_t bytes)
{
	uint8_t want[1600];

	if (number >= stream->nr_sent || stream->bytes[number] != bytes)
		return false;
	fill(stream, number, want, bytes);
	return !memcmp(frame + 6, want + 6, bytes - 6);
}

bool oracle_may_lose(const struct netvsc_world *w)
{
	return w->hostile || sim_failures(w->world.sim, SIM_DECIDE_FAIL_ALLOC);
}

void stream_arrived(struct netvsc_world *w, struct stream *stream,
		    const uint8_t *frame, uint32_t bytes)
{
	uint32_t last = stream->floor > stream->nr_arrived ?
			stream->floor : stream->nr_arrived;
	char why[SIM_FINDING_TEXT];
	uint32_t i;

	if (w->hostile)
		return;
	if (oracle_may_lose(w))
		last = stream->nr_sent;
	for (i = stream->nr_arrived; i <= last && i < stream->nr_sent; i++) {
		if (!is_frame(stream, i, frame, bytes))
			continue;
		stream->nr_arrived = i + 1;
		return;
	}
	snprintf(why, sizeof(why), "frame %u of %u is next, and what comes has %u bytes",
		 stream->nr_arrived, stream->nr_sent, bytes);
	raise_safety(w, "wrong-frame", stream->name,
		     "a frame arrives that was not sent next", why);
}

/* What the guest says it has failed to send or to take may be lost. */
void oracle_guest_counts(struct netvsc_world *w)
{
	struct vtb_firmware_state state;

	if (vtb_firmware_state_peek(0, &state)) {
		w->refused = 0;
		w->tx_bad = 0;
		w->rx_bad = 0;
		return;
	}
	if (state.tx_bad != w->tx_bad || state.no_memory != w->no_memory)
		stream_may_lose(&w->to_host);
	if (state.rx_bad != w->rx_bad || state.no_memory != w->no_memory)
		stream_may_lose(&w->to_guest);
	w->tx_bad = state.tx_bad;
	w->rx_bad = state.rx_bad;
	w->no_memory = state.no_memory;
	memcpy(w->mac, state.mac, sizeof(w->mac));
}

void oracle_failed(struct netvsc_world *w, int rc)
{
	char why[SIM_FINDING_TEXT];

	if (!rc || oracle_may_lose(w) || w->disturbed ||
	    !vmbus_offer_is_offered(netvsp_offer(w->nic)))
		return;
	snprintf(why, sizeof(why), "error %d, and nothing has been refused",
		 rc);
	raise_safety(w, "honest-failure", "guest",
		     "a call fails though the host keeps the protocol", why);
}

/* -- what the host sees --------------------------------------------------- */

/* What a guest does right however it is lied to. */
static bool is_absolute(const char *rule)
{
	static const char *const rules[] = {
		"teardown-rings", "stale-bytes", "message-padding",
		"unset-bytes", "ring-overrun",
	};
	uint32_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!strcmp(rule, rules[i]))
			return true;
	return false;
}

void oracle_violation(void *arg, const char *rule, const char *why)
{
	struct netvsc_world *w = arg;

	if (!w->hostile || is_absolute(rule) ||
	    (!strcmp(rule, "close-established") && w->lost_established &&
	     !w->nr_excuses))
		raise_protocol(w, rule, why);
}

/* -- answers that cannot be true ------------------------------------------ */

#define BUFFER_BYTES	0x10000u

struct section_answer {
	uint32_t type, status, nr;
	struct {
		uint32_t start, bytes, nr, end;
	} section[16];
};

static bool are_sections_bad(const struct section_answer *answer,
			     uint32_t bytes)
{
	uint32_t i;

	if (answer->status != 1)
		return false;
	if (!answer->nr || answer->nr > (bytes - 12) / 16)
		return true;
	for (i = 0; i < answer->nr; i++) {
		uint64_t start = answer->section[i].start;
		uint64_t piece = answer->section[i].bytes;
		uint64_t nr = answer->section[i].nr;

		if (!piece || !nr || answer->section[i].end > BUFFER_BYTES ||
		    start + piece * nr > answer->section[i].end)
			return true;
	}
	return false;
}

/* An answer to "establish", if its descriptor is as it should be. */
static void see_completion(struct netvsc_world *w,
			   const struct vmbus_outgoing *out)
{
	struct vmbus_packet_header head;
	struct section_answer answer = { 0 };
	struct netvsp_state host;
	uint32_t bytes;

	memcpy(&head, out->data, sizeof(head));
	bytes = out->bytes - sizeof(head);
	if (out->bytes < sizeof(head) + 12 || bytes > sizeof(answer))
		return;
	memcpy(&answer, out->data + sizeof(head), bytes);
	netvsp_state(w->nic, &host);
	if (host.answering != NETVSP_ANSWERS_BUFFER)
		return;
	if (!out->copies)
		w->lost_established = true;
	else if (head.header8 == 2 && head.total8 * 8u == out->bytes &&
		 head.type == VMBUS_COMPLETION)
		w->bad_sections = are_sections_bad(&answer, bytes);
}

struct query_answer {
	uint32_t type, bytes, id, status, info_bytes, info_offset;
};

/* Six bytes or more of information that lie in an answer may be an address. */
static const uint8_t *address_in(const struct vmbus_outgoing *out)
{
	struct query_answer answer;

	if (out->bytes < sizeof(answer))
		return NULL;
	memcpy(&answer, out->data, sizeof(answer));
	if (answer.bytes > out->bytes || answer.info_bytes < 6 ||
	    8ull + answer.info_offset + answer.info_bytes > answer.bytes)
		return NULL;
	return out->data + 8 + answer.info_offset;
}

static bool is_query_answer(const struct vmbus_outgoing *out)
{
	return out->what == VMBUS_WHAT_PAYLOAD && out->type == RNDIS_SAYS_QUERY_DONE;
}

/* All other things a guest asks for are shorter. */
bool oracle_is_address(const struct vmbus_outgoing *out)
{
	struct query_answer answer;

	if (!is_query_answer(out) || !address_in(out))
		return false;
	memcpy(&answer, out->data, sizeof(answer));
	return answer.info_bytes == 6;
}

static void see_query(struct netvsc_world *w, const struct vmbus_outgoing *out,
		      bool was_address)
{
	const uint8_t *address = address_in(out);

	if (!out->copies)
		return;
	w->unasked |= !was_address;
	if (address)
		memcpy(w->said[w->nr_said++ % NR_SAID].address, address, 6);
	else if (was_address)
		w->bad_address = true;
}

/* Changed into an answer, or that to the initialisation: questions follow. */
static void see_other(struct netvsc_world *w, const struct vmbus_outgoing *out)
{
	struct netvsp_state host;
	uint32_t type;

	memcpy(&type, out->data, sizeof(type));
	w->unasked |= type == RNDIS_SAYS_QUERY_DONE;
	if (out->type != RNDIS_SAYS_INIT_DONE)
		return;
	w->bad_address = false;
	netvsp_state(w->nic, &host);
	if (host.waiting <= 1)
		w->unasked = false;
}

void oracle_outgoing(struct netvsc_world *w, const struct vmbus_outgoing *out,
		     bool was_address)
{
	if (out->what == VMBUS_WHAT_PACKET && out->type == VMBUS_COMPLETION)
		see_completion(w, out);
	else if (is_query_answer(out))
		see_query(w, out, was_address);
	else if (out->what == VMBUS_WHAT_PAYLOAD)
		see_other(w, out);
}

static bool was_said(const struct netvsc_world *w, const uint8_t *address)
{
	uint32_t i;

	for (i = 0; i < w->nr_said && i < NR_SAID; i++)
		if (!memcmp(w->said[i].address, address, 6))
			return true;
	return w->nr_said > NR_SAID;
}

void oracle_asks(struct netvsc_world *w)
{
	w->said_no = false;
}

void oracle_frame(struct netvsc_world *w, uint32_t bytes)
{
	if (bytes < HEADER)
		raise_safety(w, "accepted", "frame",
			     "the network gets a frame without a header",
			     "no frame has fewer than 14 bytes");
}

static bool is_station(const uint8_t *address)
{
	static const uint8_t none[6];

	return !(address[0] & 1) && memcmp(address, none, sizeof(none));
}

void oracle_accepted(struct netvsc_world *w)
{
	struct vtb_firmware_state state;

	if (vtb_firmware_state_peek(0, &state))
		return;
	if (w->said_no && !w->garbled && !w->was_busy)
		raise_safety(w, "accepted", "refusal",
			     "the guest goes on though the host has said no",
			     "an answer to what it has asked for says that it has failed");
	else if (!is_station(state.mac) || !is_station(state.permanent_mac))
		raise_safety(w, "accepted", "address",
			     "the device has an address that no station has",
			     "it is zero, or that of a group");
	else if (w->bad_sections && !w->was_busy)
		raise_safety(w, "accepted", "sections",
			     "a receive buffer is used as it cannot be",
			     "its sections are none, or lie outside of it");
	else if (w->bad_address && !w->unasked && !w->was_busy)
		raise_safety(w, "accepted", "address",
			     "the device has an address that nobody has given it",
			     "what was to be an answer holds no six bytes of it");
	else if (!was_said(w, state.mac) || !was_said(w, state.permanent_mac))
		raise_safety(w, "accepted", "address",
			     "the device has an address that nobody has given it",
			     "no answer of the host holds these six bytes");
}

void oracle_freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site)
{
	const struct netvsc_world *w = sim_user(machine_sim(machine));
	char why[SIM_FINDING_TEXT];
	const char *what;

	if (!w || !w->hypervisor ||
	    !vmbus_polled_owns(w->hypervisor, phys, bytes, &what))
		return;
	snprintf(why, sizeof(why), "%llu bytes at 0x%llx are the host's by a %s",
		 (unsigned long long)bytes, (unsigned long long)phys, what);
	vtb_finding("freed-shared", what, site, NULL,
		    "memory is freed that the host may use", why);
}

/* -- at rest -------------------------------------------------------------- */

static void judge_stream(struct netvsc_world *w, const struct stream *stream)
{
	char why[SIM_FINDING_TEXT];

	if (stream->nr_arrived >= stream->nr_sent ||
	    stream->floor == stream->nr_sent || oracle_may_lose(w))
		return;
	snprintf(why, sizeof(why), "%u of %u have arrived", stream->nr_arrived,
		 stream->nr_sent);
	raise_safety(w, "lost-frame", stream->name,
		     "nothing moves any more, and a frame has not arrived",
		     why);
}

static void judge_rest(struct netvsc_world *w)
{
	struct vtb_firmware_state guest;
	struct netvsp_state host;

	if (oracle_may_lose(w) || !guest_state(w, &guest) || !guest.open)
		return;
	judge_stream(w, &w->to_host);
	judge_stream(w, &w->to_guest);
	netvsp_state(w->nic, &host);
	if (!vmbus_offer_is_open(netvsp_offer(w->nic)))
		return;
	if (host.pieces_busy || host.waiting)
		raise_safety(w, "lost-piece", "receive-buffer",
			     "the guest keeps pieces of the receive buffer",
			     "it has taken the data and not completed it");
	if (guest.tx_bad < w->refused)
		raise_safety(w, "lost-error", "transmit",
			     "a frame that was not sent counts as sent",
			     "the host has said so in its completion");
	if (!guest.link_up != !host.link_up && !host.untold &&
	    !guest.no_memory)
		raise_safety(w, "lost-status", "link",
			     "the guest does not know how its link is",
			     "the host has told it");
	if (guest.tx_pending || host.transmitting)
		raise_safety(w, "lost-completion", "transmit",
			     "something is being sent for ever", "");
}

/* Numbers of channels that were taken back have to be given back. */
static void judge_released(struct netvsc_world *w)
{
	const struct vmbus_offer *offers[] = { netvsp_offer(w->nic), w->other };
	uint32_t i;

	if (oracle_may_lose(w) || !vmbus_bus_is_connected(w->bus))
		return;
	for (i = 0; i < 2; i++)
		if (vmbus_offer_relid(offers[i]) &&
		    !vmbus_offer_is_offered(offers[i]))
			raise_safety(w, "lost-release", "channel",
				     "the number of a channel is never released",
				     "it was taken back, and the guest knows");
}

static void judge_closed(struct netvsc_world *w)
{
	struct vtb_firmware_state guest;

	if (oracle_may_lose(w) || (guest_state(w, &guest) && guest.open))
		return;
	if (vmbus_offer_is_open(netvsp_offer(w->nic)) ||
	    (vmbus_bus_gpadls(w->bus) &&
	     vmbus_offer_is_offered(netvsp_offer(w->nic))))
		raise_safety(w, "teardown", "channel",
			     "a closed device has left something at the host",
			     "an open channel, or a GPADL");
}

/* Whatever the host has done: nobody else knows of a frame that it was sent. */
static void judge_sent(struct netvsc_world *w)
{
	struct vtb_firmware_state guest;
	char why[SIM_FINDING_TEXT];

	if (w->garbled || !guest_state(w, &guest) ||
	    guest.tx_good <= w->said_sent)
		return;
	snprintf(why, sizeof(why), "the guest counts %u, and the host has said so %u times",
		 guest.tx_good, w->said_sent);
	raise_safety(w, "accepted", "sent",
		     "a frame counts as sent that the host has not said to be",
		     why);
}

/* The first function under test of those that allocated it. */
static const char *allocated_by(const struct vtb_firmware_block *block)
{
	const char *name;
	bool cut;
	uint32_t i;

	for (i = 0; i < 8 && block->pcs[i]; i++) {
		name = kernel_symbol(block->pcs[i], &cut);
		if (cut)
			return name;
	}
	return "firmware";
}

static void judge_leak(struct netvsc_world *w)
{
	struct vtb_firmware_block block;
	char why[SIM_FINDING_TEXT];
	struct world_finding finding = {
		.oracle = "leak",
		.object = "heap",
		.what = "all drivers are gone, and memory is still allocated",
		.why = why,
	};
	uint32_t i;

	for (i = 0;; i++) {
		kernel_peek_begin(w->kernel);
		block.bytes = 0;
		if (vtb_firmware_block_peek(i, &block))
			block.bytes = 0;
		kernel_peek_end();
		if (!block.bytes)
			return;
		if (!block.abandoned || !w->hostile)
			break;
	}
	finding.object = block.abandoned ? "abandoned" : "heap";
	finding.place[0] = allocated_by(&block);
	snprintf(why, sizeof(why), "%lu bytes, allocated by %s", block.bytes,
		 finding.place[0]);
	world_raise(&w->world, &finding);
}

/* -- ops that do not end -------------------------------------------------- */

static const char *spinning_in(const struct netvsc_world *w)
{
	const struct sim_fiber *fiber = w->world.actor[ACTOR_GUEST];
	const void *pcs[64];
	unsigned int nr = sim_fiber_stack(w->world.sim, fiber, pcs, 64), i;
	const char *name;

	for (i = 0; i < nr; i++) {
		name = kernel_entry_point(pcs[i]);
		if (name)
			return name;
	}
	return world_running_op(&w->world);
}

static void judge_spin(struct netvsc_world *w)
{
	const struct sim_run_options limits = { .step_budget = SPIN_STEPS };
	uint64_t before_ns = sim_now_ns(w->world.sim);
	struct world_finding finding = {
		.severity = VTB_EXIT_LIVENESS,
		.oracle = "livelock",
		.object = "guest",
		.what = "the guest spins, and no time passes",
		.why = "whatever the host has done, this loop has to end",
	};

	if (!world_running_op(&w->world) ||
	    sim_run(w->world.sim, &limits) != SIM_END_BUDGET ||
	    sim_now_ns(w->world.sim) != before_ns)
		return;
	finding.place[0] = spinning_in(w);
	world_raise(&w->world, &finding);
}

/* -- the end -------------------------------------------------------------- */

static int64_t settle(struct world *world, const uint64_t *args)
{
	const uint64_t poll[] = { 50, 24 };

	op_poll(world, poll);
	op_step(world, NULL);
	return op_poll(world, poll);
}

static int64_t shut(struct world *world, const uint64_t *args)
{
	return op_remove(world, NULL);
}

/* True if @fn has come to its end, without faults and lies. */
static bool run_errand(struct netvsc_world *w, op_run_fn fn)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	enum sim_end end;

	world_call(&w->world, ACTOR_GUEST, fn);
	end = sim_run(w->world.sim, &limits);
	if (end == SIM_END_BUDGET)
		judge_spin(w);
	return end == SIM_END_QUIESCENT && !sim_finding_get(w->world.sim);
}

static void wind_up(struct netvsc_world *w)
{
	bool lossy = oracle_may_lose(w);
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };

	sim_set_plan(w->world.sim, &no_faults);
	w->ending = true;
	if (!run_errand(w, settle))
		return;
	judge_sent(w);
	if (!lossy && !sim_finding_get(w->world.sim))
		judge_rest(w);
	if (!lossy && !sim_finding_get(w->world.sim))
		judge_released(w);
	if (sim_finding_get(w->world.sim) || !run_errand(w, shut))
		return;
	if (!lossy)
		judge_closed(w);
	if (!sim_finding_get(w->world.sim))
		judge_leak(w);
}

void netvsc_finish(struct world *world, enum sim_end end)
{
	struct netvsc_world *w = netvsc_world(world);

	if (end == SIM_END_BUDGET)
		judge_spin(w);
	else if (end == SIM_END_QUIESCENT && !world_raise_hang(world, NULL))
		wind_up(w);
}
