/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The link between two fibers: order, timing, back-pressure, breaking.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/link.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <string.h>

#define MAX_MESSAGES	64

struct ends {
	struct sim *sim;
	struct link *link;
	uint32_t connection;
	uint32_t to_send;
	int send_error;
	int ack_error;
	uint32_t sent;
	uint32_t received;
	uint64_t received_ns[MAX_MESSAGES];
};

static struct ends e;

static void sender(void *arg)
{
	char data[1000] = { 0 };
	struct link_message message = { .data = data, .bytes = 936 };

	for (; e.sent < e.to_send && !e.send_error; e.sent++) {
		message.number = e.sent;
		data[935] = e.sent;
		e.send_error = link_send(e.link, e.connection, &message);
	}
	e.ack_error = link_wait_ack(e.link, e.connection, e.to_send);
}

static void receiver(void *arg)
{
	struct link_message message;

	for (;;) {
		link_receive(e.link, &message);
		assert_int_equal(message.number, e.received);
		assert_int_equal(((const char *)message.data)[935],
				 (char)message.number);
		e.received_ns[e.received++] = sim_now_ns(e.sim);
		link_done(e.link);
		if (e.received == e.to_send)
			link_ack(e.link, e.received);
	}
}

static void start_ends(uint32_t to_send)
{
	const struct sim_options options = { 0 };
	const struct link_options link = { .name = "link", .source = 9 };
	const struct sim_fiber_options send = { .name = "s", .fn = sender };
	const struct sim_fiber_options receive = {
		.name = "r", .fn = receiver, .daemon = true,
	};

	memset(&e, 0, sizeof(e));
	e.sim = sim_new(&options);
	e.link = link_new(e.sim, &link);
	e.connection = link_connection(e.link);
	e.to_send = to_send;
	link_set(e.link, 5000, 1000);
	assert_non_null(sim_fiber_new(e.sim, &send));
	assert_non_null(sim_fiber_new(e.sim, &receive));
}

static void run_ends(void)
{
	const struct sim_run_options forever = { 0 };

	assert_int_equal(sim_run(e.sim, &forever), SIM_END_QUIESCENT);
	assert_null(sim_fiber_stuck(e.sim));
}

/* 936 bytes and 64 of headers at 1 byte per ns, one after the other. */
static void test_timing(void **state)
{
	uint32_t i;

	start_ends(40);
	run_ends();
	assert_int_equal(e.received, 40);
	for (i = 0; i < 40; i++)
		assert_true(e.received_ns[i] >= 5000 + 1000 * (i + 1));
	assert_int_equal(e.received_ns[0], 6000);
	assert_int_equal(e.received_ns[LINK_BUFFERS - 1],
			 5000 + 1000 * LINK_BUFFERS);
	assert_int_equal(e.received_ns[39], 45000);
	assert_int_equal(e.ack_error, 0);
	assert_int_equal(sim_now_ns(e.sim), 50000);
	sim_free(e.sim);
}

/* The seventeenth message waits for the buffer of the first. */
static void test_back_pressure(void **state)
{
	start_ends(40);
	link_set(e.link, 50000, 1000);
	run_ends();
	assert_int_equal(e.received_ns[0], 51000);
	assert_int_equal(e.received_ns[LINK_BUFFERS - 1], 66000);
	assert_int_equal(e.received_ns[LINK_BUFFERS], 102000);
	sim_free(e.sim);
}

static void test_cut(void **state)
{
	start_ends(40);
	link_cut_after(e.link, 9500);
	run_ends();
	assert_int_equal(e.received, 4);
	assert_int_equal(e.send_error, -EPIPE);
	assert_int_equal(e.ack_error, -EPIPE);
	assert_int_equal(link_connection(e.link), 0);
	link_restore(e.link);
	assert_true(link_connection(e.link) != e.connection);
	sim_free(e.sim);
}

/* Whoever sends on the old connection is not fooled by a new one. */
static void test_restore_is_noticed(void **state)
{
	const struct sim_run_options some = { .until_ns = 7500 };

	start_ends(40);
	sim_run(e.sim, &some);
	link_restore(e.link);
	run_ends();
	assert_int_equal(e.received, 2);
	assert_int_equal(e.send_error, -EPIPE);
	sim_free(e.sim);
}

static void test_fail_and_delay(void **state)
{
	static const struct sim_override overrides[] = {
		{ .kind = SIM_DECIDE_FAIL_IO, .nth = 3, .value = 1 },
		{ .kind = SIM_DECIDE_DELAY, .nth = 1, .value = 2 },
	};
	const struct sim_plan plan = {
		.strategy = SIM_REPLAY,
		.overrides = overrides,
		.nr_overrides = 2,
	};

	start_ends(40);
	sim_set_plan(e.sim, &plan);
	run_ends();
	/* The break at the fourth send loses what had not arrived. */
	assert_int_equal(e.sent, 4);
	assert_int_equal(e.send_error, -EPIPE);
	assert_int_equal(e.received, 0);
	sim_free(e.sim);

	/* Message 1 is late by eight latencies, and 2 does not overtake it. */
	start_ends(3);
	sim_set_plan(e.sim, &(struct sim_plan){
		.strategy = SIM_REPLAY,
		.overrides = overrides + 1,
		.nr_overrides = 1,
	});
	run_ends();
	assert_int_equal(e.received_ns[1], 7000 + 8 * 5000);
	assert_int_equal(e.received_ns[2], e.received_ns[1]);
	sim_free(e.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timing),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_restore_is_noticed),
		cmocka_unit_test(test_fail_and_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
