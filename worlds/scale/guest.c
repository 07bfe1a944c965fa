/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - what a guest does: looks, takes what has come, and sends now and then
 *
 * wrong-frame: a frame of a flow arrives once, after those that were sent before
 * it, and unchanged. leak: who has let go of his device holds no memory.
 */
#include <stdio.h>

#include <kernel/instance.h>
#include <sim/finding.h>
#include <vtb/firmware.h>

#include "scale.h"

#define LOOK_NS		1000000		/* between two looks of a guest */

static void wrong(const struct scale_guest *guest, const char *oracle,
		  const char *object, const char *what, const char *why)
{
	const struct scale_options *to = &guest->host->scale->options;

	to->wrong(to->arg, oracle, object, what, why);
}

static void send_frame(struct scale_guest *guest)
{
	const struct scale *scale = guest->host->scale;
	const struct net_flow flow = {
		.flow = guest->taken.flow, .number = guest->sent,
		.sent_ns = sim_now_ns(scale->sim),
	};
	uint8_t frame[NET_FRAME_MAX];

	net_flow_make(frame, scale->work.bytes, &guest->self,
		      &guest->partner->self, &flow);
	if (!vtb_firmware_transmit(0, frame, scale->work.bytes))
		guest->sent++;
}

static void take_frame(struct scale_guest *guest, const uint8_t *frame,
		       uint32_t bytes)
{
	struct scale *scale = guest->host->scale;
	uint64_t now_ns = sim_now_ns(scale->sim);
	enum net_flow_verdict verdict;
	struct net_flow head;
	char why[96];

	verdict = net_flow_take(&guest->taken, frame, bytes, &head);
	/* Switches flood what they do not know yet. */
	if (verdict == NET_FLOW_OTHER)
		return;
	if (verdict == NET_FLOW_GOOD) {
		world_spread_add(&scale->delay_ns, now_ns - head.sent_ns);
		world_series_add(&scale->rate, now_ns - scale->began_ns,
				 (uint64_t)bytes * 8);
		return;
	}
	snprintf(why, sizeof(why), "frame %u of flow %u, and %u is next",
		 head.number, head.flow, guest->taken.next);
	wrong(guest, "wrong-frame", "flow", verdict == NET_FLOW_CHANGED ?
	      "a frame arrives changed" :
	      "a frame arrives twice, or behind later ones", why);
}

static void look(struct scale_guest *guest)
{
	uint8_t frame[2048];
	int bytes;

	vtb_firmware_poll(0);
	while ((bytes = vtb_firmware_receive(0, frame, sizeof(frame))) >= 0)
		take_frame(guest, frame, (uint32_t)bytes);
}

static void work(struct scale_guest *guest)
{
	const struct scale *scale = guest->host->scale;
	const struct scale_work *work = &scale->work;
	/* They do not all do the same at the same time. */
	uint64_t now_ns = sim_now_ns(scale->sim);
	uint64_t next_ns = now_ns + work->every_ns +
			   guest->self.address % 997 * (work->every_ns / 1000);

	while (now_ns < work->end_ns + SCALE_LINGER_NS) {
		vtb_firmware_delay(LOOK_NS);
		look(guest);
		if (now_ns >= next_ns && now_ns < work->end_ns) {
			send_frame(guest);
			next_ns += work->every_ns;
		}
		now_ns = sim_now_ns(scale->sim);
	}
}

static void leave(struct scale_guest *guest)
{
	if (guest->up)
		vtb_firmware_close(0);
	vtb_firmware_remove();
	guest->up = false;
	guest->gone = true;
}

static void open_device(struct scale_guest *guest)
{
	guest->up = !vtb_firmware_probe() && !vtb_firmware_open(0);
	if (!guest->up)
		wrong(guest, "no-device", "guest",
		      "a guest does not find its device", "it has one");
}

void scale_guest_main(void *arg)
{
	struct scale_guest *guest = arg;
	const struct scale *scale = guest->host->scale;
	uint64_t done_ns = 0;		/* the end of work that was done */

	kernel_enter(guest->kernel);
	open_device(guest);
	kernel_exit();
	for (;;) {
		if (guest->gone || scale->work.end_ns == done_ns) {
			sim_fiber_block(scale->sim);
			continue;
		}
		done_ns = scale->work.end_ns;
		kernel_enter(guest->kernel);
		if (guest->up)
			work(guest);
		if (scale->work.leave)
			leave(guest);
		kernel_exit();
	}
}

void scale_judge_memory(const struct scale_guest *guest)
{
	struct vtb_firmware_block block;
	char why[64];
	int rc;

	kernel_peek_begin(guest->kernel);
	rc = vtb_firmware_block_peek(0, &block);
	kernel_peek_end();
	if (rc)
		return;
	snprintf(why, sizeof(why), "%lu bytes", block.bytes);
	wrong(guest, "leak", "guest",
	      "all drivers are gone, and memory is still allocated", why);
}
