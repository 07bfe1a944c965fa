/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switch, wire, generator and frames: learning, flooding, queues, bandwidth,
 * latency, loss, and what adds up.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/net_load.h>
#include <models/net_peer.h>
#include <models/net_switch.h>
#include <models/net_wire.h>
#include <sim/decide.h>
#include <sim/event.h>
#include <string.h>

#define PORTS		3
#define MAX_SEEN	1024

struct bench {
	struct sim *sim;
	struct net_switch *sw;
	struct net_wire *wire;
	struct net_load *load;
	uint32_t out[PORTS];
	uint32_t tapped_in, tapped_out;
	bool refuse;
	struct net_flow_taken taken;
	uint64_t arrived_ns[MAX_SEEN];
	uint32_t nr_arrived;
	uint8_t last[NET_FRAME_MAX];
	uint32_t last_bytes;
};

static struct bench b;

struct out {
	uint32_t port;
};
static struct out outs[PORTS] = { { 0 }, { 1 }, { 2 } };

static bool on_out(void *arg, const void *frame, uint32_t bytes)
{
	const struct out *out = arg;

	b.out[out->port]++;
	b.last_bytes = bytes;
	memcpy(b.last, frame, bytes);
	return !b.refuse;
}

static void on_tap(void *arg, unsigned int port, bool out, const void *frame,
		   uint32_t bytes)
{
	b.tapped_in += !out;
	b.tapped_out += out;
}

static void on_arrival(void *arg, const void *frame, uint32_t bytes)
{
	struct net_flow head;

	assert_int_equal(net_flow_take(&b.taken, frame, bytes, &head),
			 NET_FLOW_GOOD);
	b.arrived_ns[b.nr_arrived++] = sim_now_ns(b.sim);
}

static void on_load(void *arg, const void *frame, uint32_t bytes)
{
	net_wire_send(b.wire, 0, frame, bytes);
}

static void run(void)
{
	const struct sim_run_options limits = { .step_budget = 100000 };

	assert_int_equal(sim_run(b.sim, &limits), SIM_END_QUIESCENT);
}

static int begin(void **state)
{
	const struct sim_options none = { 0 };

	memset(&b, 0, sizeof(b));
	b.sim = sim_new(&none);
	return b.sim ? 0 : -1;
}

static int end(void **state)
{
	sim_free(b.sim);
	return 0;
}

/* -- the switch ----------------------------------------------------------- */

static void make_switch(uint32_t queue_frames, uint64_t frame_ns)
{
	const struct net_switch_options options = {
		.name = "switch", .owner = 1, .source = 16, .tap = on_tap,
	};
	unsigned int i;

	b.sw = net_switch_new(b.sim, &options);
	for (i = 0; i < PORTS; i++) {
		const struct net_switch_port port = {
			.name = "port", .queue_frames = queue_frames,
			.frame_ns = frame_ns, .send = on_out, .arg = &outs[i],
		};

		assert_int_equal(net_switch_add(b.sw, &port), i);
	}
}

static void frame_in(unsigned int port, uint8_t to, uint8_t from)
{
	uint8_t frame[60] = { 0 };

	frame[0] = to == 0xff ? 0xff : 0x02;
	frame[5] = to;
	frame[6] = 0x02;
	frame[11] = from;
	net_switch_receive(b.sw, port, frame, sizeof(frame));
}

static void test_switch_learns(void **state)
{
	struct net_switch_counts counts;
	const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 5 };

	make_switch(8, 100);
	frame_in(0, 7, 5);		/* nobody knows 7: to all others */
	run();
	assert_int_equal(b.out[0], 0);
	assert_int_equal(b.out[1], 1);
	assert_int_equal(b.out[2], 1);
	frame_in(1, 5, 7);		/* 5 is at port 0 */
	run();
	assert_int_equal(b.out[0], 1);
	assert_int_equal(b.out[2], 1);
	assert_int_equal(net_switch_find(b.sw, mac), 0);
	frame_in(2, 7, 5);		/* 5 has moved, 7 is at port 1 */
	run();
	assert_int_equal(b.out[1], 2);
	assert_int_equal(net_switch_find(b.sw, mac), 2);
	frame_in(2, 5, 9);		/* for its own port */
	run();
	net_switch_counts(b.sw, 2, &counts);
	assert_int_equal(counts.filtered, 1);
	assert_int_equal(counts.in, 2);
	net_switch_forget(b.sw, 2);
	assert_int_equal(net_switch_find(b.sw, mac), -1);
	frame_in(0, 0xff, 5);		/* for all */
	run();
	assert_int_equal(b.out[1], 3);
	assert_int_equal(b.out[2], 2);
	assert_int_equal(b.tapped_in, 5);
	assert_int_equal(b.tapped_out, 6);
}

static void test_switch_oldest_goes(void **state)
{
	uint8_t mac[6] = { 0x02 };
	unsigned int i;

	make_switch(64, 10);
	for (i = 1; i <= NET_SWITCH_ADDRESSES; i++) {
		frame_in(0, 0xff, (uint8_t)i);
		run();
	}
	frame_in(0, 0xff, 1);		/* heard of again */
	run();
	frame_in(1, 0xff, 200);
	for (i = 1; i <= NET_SWITCH_ADDRESSES; i++) {
		mac[5] = (uint8_t)i;
		assert_int_equal(net_switch_find(b.sw, mac), i == 2 ? -1 : 0);
	}
	mac[5] = 200;
	assert_int_equal(net_switch_find(b.sw, mac), 1);
}

static void test_switch_queue(void **state)
{
	struct net_switch_counts counts;
	unsigned int i;

	make_switch(4, 1000);
	frame_in(1, 0xff, 1);		/* learns port 1 */
	run();
	memset(b.out, 0, sizeof(b.out));
	for (i = 0; i < 6; i++)
		frame_in(0, 1, 2);
	run();
	assert_int_equal(b.out[1], 4);
	net_switch_counts(b.sw, 1, &counts);
	assert_int_equal(counts.dropped, 2);
	assert_int_equal(counts.longest, 4);
	assert_int_equal(sim_now_ns(b.sim), 1000 + 4000);
	b.refuse = true;
	frame_in(0, 1, 2);
	run();
	net_switch_counts(b.sw, 1, &counts);
	assert_int_equal(counts.refused, 1);
	assert_int_equal(counts.out, 4);
}

/* -- the wire ------------------------------------------------------------- */

static void make_wire(const struct net_wire_speed *speed)
{
	const struct net_wire_options options = {
		.name = "wire", .owner = 1, .source = 16, .speed = *speed,
		.end = { { on_arrival }, { on_arrival } },
	};
	const struct net_load_options load = {
		.from = { { 2, 0, 0, 0, 0, 1 }, 1 },
		.to = { { 2, 0, 0, 0, 0, 2 }, 2 },
		.flow = 5, .source = 32, .send = on_load,
	};

	b.wire = net_wire_new(b.sim, &options);
	b.load = net_load_new(b.sim, &load);
	b.taken.flow = 5;
}

static void counts_of(struct net_wire_counts *counts)
{
	net_wire_counts(b.wire, 0, counts);
	assert_int_equal(counts->sent, counts->arrived + counts->lost);
	assert_int_equal(counts->sent + counts->dropped,
			 net_load_sent(b.load));
	assert_int_equal(counts->arrived, b.nr_arrived);
}

/* 976 + 24 bytes at 1 Gbit/s take 8000 ns. */
static void test_wire_times(void **state)
{
	const struct net_wire_speed speed = {
		.latency_ns = 5000, .mbit_per_s = 1000,
	};
	struct net_wire_counts counts;
	unsigned int i;

	make_wire(&speed);
	net_load_start(b.load, 10, 976, 1000);
	run();
	counts_of(&counts);
	assert_int_equal(b.nr_arrived, 10);
	for (i = 0; i < 10; i++)
		assert_int_equal(b.arrived_ns[i], 1000 + 8000 * (i + 1) + 5000);
	/* The last one came at 10000; by then 1 and a bit had gone. */
	assert_int_equal(counts.longest, 8);
}

static void test_wire_queue(void **state)
{
	const struct net_wire_speed speed = {
		.latency_ns = 5000, .mbit_per_s = 1000, .queue_frames = 3,
	};
	struct net_wire_counts counts;

	make_wire(&speed);
	net_load_start(b.load, 8, 976, 1);
	run();
	counts_of(&counts);
	assert_int_equal(b.nr_arrived, 4);	/* one on the wire, three wait */
	assert_int_equal(counts.dropped, 4);
	assert_int_equal(counts.longest, 3);
}

static void test_wire_loses(void **state)
{
	const struct net_wire_speed speed = { .lose_every = 4 };
	struct net_wire_counts counts;

	make_wire(&speed);
	net_load_start(b.load, 16, 100, 1000);
	run();
	counts_of(&counts);
	assert_int_equal(counts.lost, 4);
	/* The last one of all is: nobody knows yet that it is missing. */
	assert_int_equal(b.taken.missing, 3);
}

static void test_wire_decides(void **state)
{
	const struct sim_override lose = {
		.kind = SIM_DECIDE_FAIL_IO, .nth = 2, .value = 1,
	};
	const struct sim_plan plan = { .overrides = &lose, .nr_overrides = 1 };
	const struct net_wire_speed speed = { 0 };
	struct net_wire_counts counts;

	make_wire(&speed);
	sim_set_plan(b.sim, &plan);
	net_load_start(b.load, 4, 100, 1000);
	run();
	counts_of(&counts);
	assert_int_equal(counts.lost, 1);
	assert_int_equal(b.taken.missing, 1);
}

static void pull_event(struct sim *sim, struct sim_event *event)
{
	net_wire_plug(b.wire, false);
}

static void test_wire_pulled(void **state)
{
	const struct net_wire_speed speed = { .latency_ns = 5500 };
	struct sim_event *pull = sim_alloc(b.sim, sizeof(*pull), 8);
	struct net_wire_counts counts;

	make_wire(&speed);
	sim_event_init(pull, pull_event, 64, 0);
	sim_event_after(b.sim, pull, 8600);
	net_load_start(b.load, 10, 100, 1000);
	run();
	counts_of(&counts);
	assert_int_equal(b.nr_arrived, 3);
	assert_int_equal(counts.lost, 7);
	net_wire_plug(b.wire, true);
	net_load_start(b.load, 2, 100, 1000);
	run();
	counts_of(&counts);
	assert_int_equal(b.nr_arrived, 5);
}

/* -- frames --------------------------------------------------------------- */

static void test_flow_is_checked(void **state)
{
	const struct net_station from = { { 2 }, 1 }, to = { { 4 }, 2 };
	const struct net_flow flow = { .flow = 5, .number = 9, .sent_ns = 77 };
	struct net_flow_taken taken = { .flow = 5, .next = 9 };
	uint8_t frame[200];
	struct net_flow head;

	net_flow_make(frame, sizeof(frame), &from, &to, &flow);
	assert_int_equal(net_flow_take(&taken, frame, sizeof(frame), &head),
			 NET_FLOW_GOOD);
	assert_int_equal(head.sent_ns, 77);
	assert_int_equal(net_flow_take(&taken, frame, sizeof(frame), &head),
			 NET_FLOW_AGAIN);
	frame[199]++;
	assert_int_equal(net_flow_take(&taken, frame, sizeof(frame), &head),
			 NET_FLOW_CHANGED);
	frame[199]--;
	assert_int_equal(net_flow_take(&taken, frame, 199, &head),
			 NET_FLOW_CHANGED);
	frame[12] = 0x88;
	assert_int_equal(net_flow_take(&taken, frame, sizeof(frame), &head),
			 NET_FLOW_OTHER);
}

static void test_reply_refuses(void **state)
{
	const struct net_responder self = {
		.self = { { 2, 0, 0, 0, 0, 9 }, 0x0a000001 },
	};
	const struct net_station from = { { 4 }, 2 };
	uint8_t frame[60] = { 0 }, reply[NET_FRAME_MAX];
	uint32_t bytes;

	net_ip_headers(frame, NET_ICMP, &from, &self.self, 16);
	frame[34] = 8;
	net_put16(frame + 36, net_checksum(frame + 34, 16, 0));
	assert_int_equal(net_reply(&self, frame, 60, reply, &bytes),
			 NET_REPLY_ECHO);
	assert_int_equal(bytes, 50);	/* without padding */
	assert_int_equal(net_checksum(reply + 34, 16, 0), 0);
	assert_int_equal(net_checksum(reply + 14, 20, 0), 0);
	frame[40]++;
	assert_int_equal(net_reply(&self, frame, 60, reply, &bytes),
			 NET_REPLY_BAD);
	frame[40]--;
	frame[26]++;
	assert_int_equal(net_reply(&self, frame, 60, reply, &bytes),
			 NET_REPLY_BAD);
	frame[26]--;
	assert_int_equal(net_reply(&self, frame, 40, reply, &bytes),
			 NET_REPLY_BAD);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_switch_learns),
		TEST(test_switch_oldest_goes),
		TEST(test_switch_queue),
		TEST(test_wire_times),
		TEST(test_wire_queue),
		TEST(test_wire_loses),
		TEST(test_wire_decides),
		TEST(test_wire_pulled),
		TEST(test_flow_is_checked),
		TEST(test_reply_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
