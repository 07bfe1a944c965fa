/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exchange.c - what the guest asks another machine on its network
 *
 * no-answer: the peer has answered, the network service had the answer for the
 * guest, and the guest has not got it, or not as it was sent. Assumptions: as
 * for frames (oracle.c): what the guest counts as not sent, or not taken, may
 * be the question or its answer; one question at a time, and a host that was
 * never busy, and whose link stayed as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>
#include <worlds/raise.h>

#include "netvsc.h"

#define ETH		NET_ETH_BYTES
#define IP		NET_IP_BYTES
#define POLL_NS		20000
#define POLLS		64

/* Ethernet and IP in front of @bytes for @to. */
static void headers(const struct netvsc_world *w, uint8_t *frame,
		    enum net_protocol protocol, uint32_t from, uint32_t to,
		    uint32_t bytes)
{
	const struct net_station peer = {
		.mac = { 0x02, 0, 0, 0, 0, 0x99 }, .address = to,
	};
	struct net_station self = { .address = from };

	memcpy(self.mac, w->mac, sizeof(self.mac));
	net_ip_headers(frame, protocol, &self, &peer, bytes);
}

/* Sends @frame and waits for what is no frame of a stream; its bytes or 0. */
static int ask(struct netvsc_world *w, const uint8_t *frame, uint32_t bytes,
	       uint8_t *answer)
{
	int rc = vtb_firmware_transmit(0, frame, bytes), got;
	uint32_t i;

	for (i = 0; i < POLLS && !rc; i++) {
		vtb_firmware_delay(POLL_NS);
		rc = vtb_firmware_poll(0);
		oracle_guest_counts(w);
		while ((got = vtb_firmware_receive(0, answer, 2048)) >= 0) {
			oracle_frame(w, got);
			if (answer[12] != 0x88)
				return got;
			stream_arrived(w, &w->to_guest, answer, got);
		}
	}
	return rc;
}

/* What may have become of a question or its answer, counted. */
static uint32_t lost_so_far(const struct netvsc_world *w)
{
	struct net_peer_counts counts;

	net_peer_counts(w->peer, &counts);
	return counts.lost + w->tx_bad + w->rx_bad;
}

static void judge(struct netvsc_world *w, uint32_t lost, const char *what)
{
	const struct world_finding finding = {
		.oracle = "no-answer",
		.object = what,
		.place = { world_op_name(&w->world, sim_op(w->world.sim)) },
		.what = "an answer does not come to the guest as it was sent",
		.why = "the peer has answered, and nothing got lost on the way",
	};
	struct vtb_firmware_state state;

	if (oracle_may_lose(w) || lost_so_far(w) != lost || w->refused ||
	    w->disturbed || w->was_busy ||
	    vtb_firmware_state_peek(0, &state) || !state.open || !state.link_up)
		return;
	world_raise(&w->world, &finding);
}

static int64_t ping_once(struct netvsc_world *w, uint32_t number,
			 uint32_t bytes)
{
	uint32_t lost = lost_so_far(w), i;
	uint8_t frame[1514], answer[2048];
	uint8_t *icmp = frame + ETH + IP;
	int got;

	headers(w, frame, NET_ICMP, LEASE_ADDRESS, PEER_ADDRESS, 8 + bytes);
	memset(icmp, 0, 8);
	icmp[0] = 8;
	net_put16(icmp + 6, number);
	for (i = 0; i < bytes; i++)
		icmp[8 + i] = (uint8_t)(number + i);
	net_put16(icmp + 2, net_checksum(icmp, 8 + bytes, 0));
	got = ask(w, frame, ETH + IP + 8 + bytes, answer);
	if (got < 0)
		return got;
	if (got != (int)(ETH + IP + 8 + bytes) || answer[ETH + IP] ||
	    memcmp(answer + ETH + IP + 4, icmp + 4, 4 + bytes)) {
		judge(w, lost, "echo");
		return -EIO;
	}
	return 0;
}

int64_t op_ping(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int64_t rc = 0;
	uint32_t i;

	kernel_enter(w->kernel);
	oracle_guest_counts(w);
	for (i = 0; i < args[0] && !rc; i++)
		rc = ping_once(w, i, args[1]);
	kernel_exit();
	return rc;
}

/* One message of DHCP and its answer, which has to be of type @want. */
static int64_t dhcp_once(struct netvsc_world *w, uint8_t type, uint8_t want)
{
	const uint32_t at = ETH + IP + 8, bytes = at + 240 + 4;
	uint8_t frame[512], answer[2048];
	uint32_t lost = lost_so_far(w);
	int got;

	memset(frame, 0, sizeof(frame));
	headers(w, frame, NET_UDP, 0, UINT32_MAX, bytes - ETH - IP);
	net_put16(frame + ETH + IP, 68);
	net_put16(frame + ETH + IP + 2, 67);
	net_put16(frame + ETH + IP + 4, bytes - ETH - IP);
	memcpy(frame + at, (uint8_t[]){ 1, 1, 6 }, 3);
	net_put32(frame + at + 4, 0x12345678);
	memcpy(frame + at + 28, w->mac, 6);
	net_put32(frame + at + 236, 0x63825363);
	memcpy(frame + at + 240, (uint8_t[]){ 53, 1, type, 255 }, 4);
	got = ask(w, frame, bytes, answer);
	if (got < 0)
		return got;
	net_put32(frame, LEASE_ADDRESS);
	if (got < (int)bytes || answer[at + 242] != want ||
	    memcmp(answer + at + 16, frame, 4)) {
		judge(w, lost, "dhcp");
		return -EIO;
	}
	return 0;
}

int64_t op_dhcp(struct world *world, const uint64_t *args)
{
	struct netvsc_world *w = netvsc_world(world);
	int64_t rc;

	kernel_enter(w->kernel);
	oracle_guest_counts(w);
	rc = dhcp_once(w, 1, 2);
	if (!rc)
		rc = dhcp_once(w, 3, 5);
	kernel_exit();
	return rc;
}
