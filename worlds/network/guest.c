/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - the network stack of a guest, as far as there is one
 *
 * Whatever a guest waits for, it answers others meanwhile: two guests that ask
 * each other get their answers. Every look at the device takes a little time, so
 * that the hosts get on.
 */
#include <errno.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>

#include "network.h"

#define CALL_NS		5000
#define POLL_NS		5000
#define PATIENCE_NS	2000000		/* for an answer */
#define DEPTH		48		/* frames with the driver, at most */
#define FLOOD_NS	2000		/* between two looks */

#define AT_DATA		(NET_ETH_BYTES + NET_IP_BYTES)

static struct side *enter(struct world *world)
{
	struct side *side = network_side_of(world);

	kernel_enter(side->kernel);
	return side;
}

static int64_t leave(int64_t rc)
{
	vtb_firmware_delay(CALL_NS);
	kernel_exit();
	return rc;
}

bool guest_state(struct side *side, struct vtb_firmware_state *state)
{
	int rc;

	kernel_peek_begin(side->kernel);
	rc = vtb_firmware_state_peek(0, state);
	kernel_peek_end();
	return !rc;
}

/* -- what comes ----------------------------------------------------------- */

static void take_flow(struct side *side, const struct net_flow *head,
		      uint32_t bytes)
{
	uint64_t now_ns = sim_now_ns(side->w->world.sim);

	if (!side->first_ns)
		side->first_ns = now_ns;
	side->last_ns = now_ns;
	world_spread_add(&side->flow_ns, now_ns - head->sent_ns);
	world_series_add(&side->rate, world_time_ns(&side->w->world),
			 (uint64_t)bytes * 8);
	world_series_add(&side->delay, world_time_ns(&side->w->world),
			 now_ns - head->sent_ns);
}

/* Is it a frame of a flow? */
static bool is_flow(struct side *side, const uint8_t *frame, uint32_t bytes)
{
	enum net_flow_verdict verdict;
	struct net_flow head;

	verdict = net_flow_take(&side->from_other, frame, bytes, &head);
	if (verdict == NET_FLOW_OTHER)
		verdict = net_flow_take(&side->from_load, frame, bytes, &head);
	if (verdict == NET_FLOW_OTHER)
		return false;
	if (verdict == NET_FLOW_GOOD)
		take_flow(side, &head, bytes);
	else
		oracle_flow(side, verdict, &head);
	return true;
}

/* Is it what is waited for? One question is asked at a time. */
static bool is_answer(const struct side *side, const uint8_t *frame,
		      uint32_t bytes)
{
	const struct answer *answer = &side->answer;
	const uint8_t *data = frame + AT_DATA;
	uint16_t type = net_get16(frame + 12);

	switch (answer->wanted) {
	case NET_REPLY_ARP:
		return type == NET_TYPE_ARP && bytes >= 42 &&
		       net_get16(frame + 20) == 2 &&
		       net_get32(frame + 28) == answer->address;
	case NET_REPLY_DHCP:
		/* Others hear of ours, and we of theirs. */
		return type == NET_TYPE_IP && bytes >= AT_DATA + 42 &&
		       frame[23] == NET_UDP && net_get16(data + 2) == 68 &&
		       !memcmp(data + 8 + 28, side->self.mac, 6);
	case NET_REPLY_ECHO:
		return type == NET_TYPE_IP && bytes >= AT_DATA + 8 &&
		       frame[23] == NET_ICMP && !data[0] &&
		       net_get16(data + 4) == answer->id &&
		       net_get16(data + 6) == answer->number;
	default:
		return false;
	}
}

static void take_frame(struct side *side, const uint8_t *frame, uint32_t bytes)
{
	const struct net_responder self = { .self = side->self };
	uint8_t reply[NET_FRAME_MAX];
	uint32_t reply_bytes;

	if (is_flow(side, frame, bytes))
		return;
	if (!side->answer.bytes && is_answer(side, frame, bytes)) {
		memcpy(side->answer.frame, frame, bytes);
		side->answer.bytes = bytes;
		return;
	}
	if (net_reply(&self, frame, bytes, reply, &reply_bytes) > NET_REPLY_BAD)
		vtb_firmware_transmit(0, reply, reply_bytes);
}

static int look(struct side *side)
{
	uint8_t frame[2048];
	int rc = vtb_firmware_poll(0), bytes;

	while ((bytes = vtb_firmware_receive(0, frame, sizeof(frame))) >= 0)
		if (bytes <= NET_FRAME_MAX)
			take_frame(side, frame, bytes);
	return rc;
}

static int look_for(struct side *side, uint64_t time_ns)
{
	uint64_t end_ns = sim_now_ns(side->w->world.sim) + time_ns;
	int rc = 0;

	while (!rc && sim_now_ns(side->w->world.sim) < end_ns) {
		vtb_firmware_delay(POLL_NS);
		rc = look(side);
	}
	return rc;
}

void guest_settle(struct side *side, uint32_t us)
{
	kernel_enter(side->kernel);
	look_for(side, us * 1000ull);
	kernel_exit();
}

/* -- asking --------------------------------------------------------------- */

/* Sends @frame and waits: the bytes of the answer, or -ETIMEDOUT. */
static int ask(struct side *side, enum net_reply wanted, const void *frame,
	       uint32_t bytes)
{
	struct answer *answer = &side->answer;
	uint64_t end_ns = sim_now_ns(side->w->world.sim) + PATIENCE_NS;
	int rc;

	answer->wanted = wanted;
	answer->bytes = 0;
	rc = vtb_firmware_transmit(0, frame, bytes);
	while (!rc && !answer->bytes &&
	       sim_now_ns(side->w->world.sim) < end_ns) {
		vtb_firmware_delay(POLL_NS);
		rc = look(side);
	}
	answer->wanted = NET_REPLY_NONE;
	if (rc)
		return rc;
	return answer->bytes ? (int)answer->bytes : -ETIMEDOUT;
}

static uint32_t address_of(const struct side *side, enum target target)
{
	return target == TARGET_SERVER ? SERVER_ADDRESS :
		side->w->side[!side->number].self.address;
}

static int find_mac(struct side *side, enum target target)
{
	uint64_t drops = network_drops(side->w);
	uint8_t frame[60] = { 0 };
	int rc;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, side->self.mac, 6);
	net_put16(frame + 12, NET_TYPE_ARP);
	memcpy(frame + 14, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
	memcpy(frame + 22, side->self.mac, 6);
	net_put32(frame + 28, side->self.address);
	side->answer.address = address_of(side, target);
	net_put32(frame + 38, side->answer.address);
	rc = ask(side, NET_REPLY_ARP, frame, sizeof(frame));
	if (rc == -ETIMEDOUT && target == TARGET_SERVER)
		oracle_no_answer(side, "arp", drops);
	if (rc < 0)
		return rc;
	memcpy(side->known[target], side->answer.frame + 22, 6);
	side->knows[target] = true;
	return 0;
}

static int ping_once(struct side *side, enum target target, uint32_t number,
		     uint32_t bytes)
{
	uint64_t drops = network_drops(side->w);
	uint64_t start_ns = sim_now_ns(side->w->world.sim);
	struct net_station to = { .address = address_of(side, target) };
	uint8_t frame[NET_FRAME_MAX], *icmp = frame + AT_DATA;
	uint32_t total = AT_DATA + 8 + bytes, i;
	int rc;

	memcpy(to.mac, side->known[target], 6);
	net_ip_headers(frame, NET_ICMP, &side->self, &to, 8 + bytes);
	memset(icmp, 0, 8);
	icmp[0] = 8;
	side->answer.id = (uint16_t)(side->number + 1);
	side->answer.number = (uint16_t)number;
	net_put16(icmp + 4, side->answer.id);
	net_put16(icmp + 6, number);
	for (i = 0; i < bytes; i++)
		icmp[8 + i] = (uint8_t)(number + i);
	net_put16(icmp + 2, net_checksum(icmp, 8 + bytes, 0));
	rc = ask(side, NET_REPLY_ECHO, frame, total);
	if (rc < 0 || (uint32_t)rc != total ||
	    memcmp(side->answer.frame + AT_DATA + 4, icmp + 4, 4 + bytes)) {
		if (rc >= 0 || (rc == -ETIMEDOUT && target == TARGET_SERVER))
			oracle_no_answer(side, "echo", drops);
		return rc < 0 ? rc : -EIO;
	}
	side->echoes++;
	world_spread_add(&side->echo_ns,
			 sim_now_ns(side->w->world.sim) - start_ns);
	return 0;
}

int64_t op_ping(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);
	enum target target = args[0];
	int64_t rc = 0;
	uint32_t i;

	if (!side->knows[target])
		rc = find_mac(side, target);
	for (i = 0; i < args[1] && !rc; i++)
		rc = ping_once(side, target, i, args[2]);
	return leave(rc);
}

/* One message of DHCP and its answer; *@lease gets the address in it. */
static int dhcp_once(struct side *side, uint8_t type, uint8_t want,
		     uint32_t *lease)
{
	const struct net_station all = { .address = UINT32_MAX };
	const uint32_t at = AT_DATA + 8, total = at + 244;
	struct net_station self = side->self;
	uint64_t drops = network_drops(side->w);
	uint8_t frame[512] = { 0 };
	int rc;

	self.address = 0;
	net_ip_headers(frame, NET_UDP, &self, &all, total - AT_DATA);
	net_put16(frame + AT_DATA, 68);
	net_put16(frame + AT_DATA + 2, 67);
	net_put16(frame + AT_DATA + 4, total - AT_DATA);
	memcpy(frame + at, (uint8_t[]){ 1, 1, 6 }, 3);
	net_put32(frame + at + 4, 0x12345678);
	memcpy(frame + at + 28, self.mac, 6);
	net_put32(frame + at + 236, 0x63825363);
	memcpy(frame + at + 240, (uint8_t[]){ 53, 1, type, 255 }, 4);
	rc = ask(side, NET_REPLY_DHCP, frame, total);
	if (rc >= (int)total && side->answer.frame[at + 242] == want) {
		*lease = net_get32(side->answer.frame + at + 16);
		return 0;
	}
	if (rc >= 0 || rc == -ETIMEDOUT)
		oracle_no_answer(side, "dhcp", drops);
	return rc < 0 ? rc : -EIO;
}

int64_t op_dhcp(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);
	uint32_t offered, lease;
	int64_t rc;

	rc = dhcp_once(side, 1, 2, &offered);
	if (!rc)
		rc = dhcp_once(side, 3, 5, &lease);
	if (!rc)
		side->self.address = lease;
	return leave(rc);
}

int64_t op_serve(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);

	return leave(look_for(side, args[0] * 1000));
}

/* -- flows ---------------------------------------------------------------- */

static int flood_one(struct side *side, const struct net_station *to,
		     uint32_t bytes)
{
	const struct net_flow head = {
		.flow = side->number,
		.number = side->flow_sent,
		.sent_ns = sim_now_ns(side->w->world.sim),
	};
	uint8_t frame[NET_FRAME_MAX];
	int rc;

	net_flow_make(frame, bytes, &side->self, to, &head);
	rc = vtb_firmware_transmit(0, frame, bytes);
	if (!rc)
		side->flow_sent++;
	return rc;
}

/* As fast as the driver takes them; the result is how many went. */
int64_t op_flood(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);
	const struct side *other = &side->w->side[!side->number];
	struct vtb_firmware_state state;
	uint32_t sent = 0;
	int rc = 0;

	while (!rc && sent < args[0]) {
		rc = vtb_firmware_state_peek(0, &state);
		while (!rc && sent < args[0] && state.tx_pending++ < DEPTH) {
			rc = flood_one(side, &other->self, args[1]);
			sent += !rc;
		}
		vtb_firmware_delay(FLOOD_NS);
		if (!rc)
			rc = look(side);
	}
	return leave(rc ? rc : (int64_t)sent);
}

/* -- the device ----------------------------------------------------------- */

/* Counters of a device go with it. */
static void keep_counts(struct side *side)
{
	struct vtb_firmware_state state;

	if (vtb_firmware_state_peek(0, &state))
		return;
	side->tx_bad += state.tx_bad;
	side->rx_bad += state.rx_bad;
}

int64_t op_probe(struct world *world, const uint64_t *args)
{
	enter(world);
	return leave(vtb_firmware_probe());
}

int64_t op_open(struct world *world, const uint64_t *args)
{
	enter(world);
	return leave(vtb_firmware_open(0));
}

int64_t op_close(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);

	side->lossy = true;
	return leave(vtb_firmware_close(0));
}

int64_t op_reset(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);

	side->lossy = true;
	vmbus_polled_reset(side->hypervisor);
	net_switch_forget(side->sw, PORT_GUEST);
	return leave(vtb_firmware_reset());
}

int64_t op_remove(struct world *world, const uint64_t *args)
{
	struct side *side = enter(world);

	keep_counts(side);
	vtb_firmware_remove();
	return leave(0);
}
