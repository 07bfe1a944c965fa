/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - what is done at the console of the guest
 *
 * Every call takes the guest a little time, so that the host gets on.
 */
#include <errno.h>
#include <string.h>

#include <kernel/instance.h>

#include "netvsc.h"

#define CALL_NS		5000

static const uint8_t peer_mac[6] = { 0x02, 0, 0, 0, 0, 0x99 };

static void enter(struct netvsc_world *w)
{
	kernel_enter(w->kernel);
}

static int64_t leave(struct netvsc_world *w, int64_t rc)
{
	oracle_guest_counts(w);
	vtb_firmware_delay(CALL_NS);
	kernel_exit();
	return rc;
}

static void may_lose(struct netvsc_world *w)
{
	stream_may_lose(&w->to_host);
	stream_may_lose(&w->to_guest);
}

bool guest_state(struct netvsc_world *w, struct vtb_firmware_state *state)
{
	int rc;

	kernel_peek_begin(w->kernel);
	rc = vtb_firmware_state_peek(0, state);
	kernel_peek_end();
	return !rc;
}

int64_t op_probe(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int rc;

	enter(w);
	oracle_asks(w);
	rc = vtb_firmware_probe();
	/* -EBUSY: there was a bus already, and nobody has been asked. */
	if (rc != -EBUSY)
		oracle_failed(w, rc);
	if (!rc)
		oracle_accepted(w);
	return leave(w, rc);
}

int64_t op_remove(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	may_lose(w);
	enter(w);
	vtb_firmware_remove();
	may_lose(w);
	return leave(w, 0);
}

static int64_t forget_all(struct world *world, const uint64_t *args)
{
	vmbus_polled_reset(netvsc_world(world)->hypervisor);
	return 0;
}

int64_t op_reset(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int rc;

	host_run(world, ACTOR_GUEST, forget_all, args);
	may_lose(w);
	enter(w);
	rc = vtb_firmware_reset();
	may_lose(w);
	return leave(w, rc);
}

int64_t op_step(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);

	enter(w);
	vtb_firmware_step();
	return leave(w, 0);
}

int64_t op_open(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int rc;

	enter(w);
	oracle_asks(w);
	rc = vtb_firmware_open(0);
	if (rc != -ENODEV)
		oracle_failed(w, rc);
	if (!rc)
		oracle_accepted(w);
	return leave(w, rc);
}

int64_t op_close(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int rc;

	may_lose(w);
	enter(w);
	rc = vtb_firmware_close(0);
	may_lose(w);
	return leave(w, rc);
}

int64_t op_transmit(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	struct stream *stream = &w->to_host;
	uint8_t frame[1600];
	uint32_t bytes = args[0], i;
	struct netvsp_state host;
	int rc = 0;

	enter(w);
	for (i = 0; i < args[1] && !rc; i++) {
		if (!stream_next(stream, peer_mac, bytes, frame))
			break;
		/* It may arrive before the call returns. */
		stream_sent(stream, bytes);
		rc = vtb_firmware_transmit(0, frame, bytes);
		if (rc)
			stream_unsent(stream);
	}
	netvsp_state(w->nic, &host);
	if (!host.link_up || !vmbus_offer_is_open(netvsp_offer(w->nic)))
		stream_may_lose(stream);
	return leave(w, rc);
}

static void take_frames(struct netvsc_world *w)
{
	uint8_t frame[2048];
	int bytes;

	/* An answer may come when nobody waits for it any more. */
	while ((bytes = vtb_firmware_receive(0, frame, sizeof(frame))) >= 0) {
		oracle_frame(w, bytes);
		if (frame[12] != 0x08)
			stream_arrived(w, &w->to_guest, frame, bytes);
	}
}

int64_t op_poll(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int rc = 0;
	uint32_t i;

	enter(w);
	for (i = 0; i < args[1] && !rc; i++) {
		if (args[0])
			vtb_firmware_delay(args[0] * 1000);
		rc = vtb_firmware_poll(0);
		oracle_guest_counts(w);
		take_frames(w);
	}
	return leave(w, rc);
}
