/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The migration world itself, over the fake kernel: order and overlap of ops,
 * what results say, whole migrations, worlds beside each other.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sim/snapshot.h>
#include <sim/trace.h>
#include <stdlib.h>

#include "harness.h"

#define START	CALL("log_start", 0, 0x10000, 4096, 1, 0, 0)
#define WRITE	CALL("dma_write", 0x3000, 8, 4096, 1, 0)
#define REPORT	CALL("log_report", 0, 61, 0, 4096, 100, 0)

static uint64_t records(const struct harness *h)
{
	return dma_tracker_records(migration(h->world)->hosts[0].tracker);
}

/* -- order -- */

static void test_program_order(void **state)
{
	struct harness h;

	/* Written before the first report, so the second has nothing. */
	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START, WRITE, REPORT, REPORT));
	assert_int_equal(records(&h), 1);
	harness_free(&h);

	/* Written after the report. */
	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START, REPORT, WRITE));
	assert_int_equal(records(&h), 0);
	harness_free(&h);
}

/* An op that sleeps lets later ops of other actors begin meanwhile. */
static void test_overlap(void **state)
{
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START,
			     CALL("dma_write", 0, 8, 4096, 4, 1000),
			     REPORT, REPORT));
	/* Only the first of four writes came before the reports. */
	assert_int_equal(records(&h), 1);
	assert_int_equal(h.results[1], 4);
	assert_int_equal(sim_now_ns(h.sim), 3000);
	harness_free(&h);
}

/* The device writes a page again while its report is slow. */
static void test_dma_during_report(void **state)
{
	/* The BEGIN of op 3 takes 25 us. */
	static const struct sim_override slow[] = {
		{ .op = 3, .kind = SIM_DECIDE_DELAY, .value = 2 },
	};
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	h.plan = (struct sim_plan){
		.strategy = SIM_REPLAY, .overrides = slow, .nr_overrides = 1,
	};
	expect_clean(&h, RUN(&h, START,
			     CALL("dma_write", 0x3000, 8, 0x1000, 20, 3000),
			     REPORT, REPORT,
			     CALL("dma_write", 0x3000, 8, 0x1000, 1, 0),
			     REPORT));
	assert_int_equal(h.results[2], 0);
	assert_true(records(&h) > 9);
	harness_free(&h);
}

/* -- results -- */

static void test_results(void **state)
{
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h,
		REPORT,
		START,
		START,
		REPORT,
		CALL("bitmap_unmap", 0, 1),
		REPORT,
		WRITE,
		REPORT,
		CALL("bitmap_map", 0, 1),
		REPORT,
		CALL("log_stop", 0),
		CALL("log_start", 0, 64, 4096, 5, 0, 0),
		CALL("log_start", 0, 64, 4096, 1, 0, 1)));
	assert_int_equal(h.results[0], -EINVAL);
	assert_int_equal(h.results[1], 0);
	assert_int_equal(h.results[2], -EINVAL);
	assert_int_equal(h.results[3], 0);
	assert_int_equal(h.results[5], 0);
	assert_int_equal(h.results[7], -EFAULT);
	assert_int_equal(h.results[9], 0);
	assert_int_equal(h.results[11], -E2BIG);
	assert_int_equal(h.results[12], -EINVAL);
	harness_free(&h);
}

static void test_top_of_iova_space(void **state)
{
	const uint64_t last_pages = MIGRATION_IOVA_SPAN - 64 * 4096;
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	h.config[CONFIG_IOVA] = 5;
	expect_clean(&h, RUN(&h,
		CALL("log_start", 0, 0xffff, 4096, 1, 0, 0),
		CALL("dma_write", MIGRATION_IOVA_SPAN - 0x2000, 8, 4096, 3, 0),
		CALL("log_report", last_pages, 63, 0, 4096, 0, 0),
		CALL("log_report", last_pages, 64, 0, 4096, 0, 0),
		CALL("log_report", last_pages, 64, 1, 4096, 0, 0)));
	/* The third write would pass the top. */
	assert_int_equal(h.results[1], 2);
	assert_int_equal(h.results[2], 0);
	assert_int_equal(h.results[3], -EOVERFLOW);
	assert_int_equal(h.results[4], 0);
	harness_free(&h);
}

/* Every page size of tracker and report against each other. */
static void test_page_sizes(void **state)
{
	unsigned int tracker, shift;

	for (tracker = 0; tracker < 5; tracker++)
		for (shift = 12; shift <= 34; shift++) {
			struct harness h;

			harness_init(&h, FAKE_CORRECT);
			h.config[CONFIG_TRACKER] = tracker;
			expect_clean(&h, RUN(&h,
				CALL("log_start", 0, 64, 1ull << shift, 1),
				CALL("dma_write", 0x7f0, 0x20000, 0x123450,
				     20, 0),
				CALL("log_report", 0x3800, 65, 0x800,
				     1ull << shift, 4089, 2),
				CALL("log_report", 0, 65, 0, 4096, 7, 0)));
			assert_true(h.results[2] == 0);
			harness_free(&h);
		}
}

static void test_bad_calls(void **state)
{
	struct harness h;
	unsigned int kind;

	for (kind = 0; kind < 23; kind++) {
		harness_init(&h, FAKE_CORRECT);
		expect_clean(&h, RUN(&h, START, WRITE, CALL("bad_call", kind),
				     REPORT));
		assert_int_equal(h.results[3], 0);
		harness_free(&h);
	}
}

/* -- migration -- */

static void test_migration(void **state)
{
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START,
		CALL("dma_write", 0, 8, 0x3000, 64, 2000),
		CALL("migrate", 4096, 6, 1),
		CALL("dma_write", 0, 8, 4096, 1, 0),
		CALL("peer_log_start", 0, 64, 4096, 1, 0, 0),
		CALL("peer_dma_write", 0x2000, 8, 4096, 3, 0),
		CALL("peer_log_report", 0, 64, 0, 4096, 0, 0),
		CALL("migrate_round", 4096)));
	assert_true(h.results[2] >= 0);
	assert_int_equal(h.results[3], -ENODEV);
	assert_int_equal(h.results[5], 3);
	assert_int_equal(h.results[6], 0);
	assert_int_equal(h.results[7], -ENODEV);
	assert_true(migration(h.world)->switched_over);
	harness_free(&h);
}

/* The device is held up by stop-and-copy and goes on when it was no switch. */
static void test_stop_holds_device(void **state)
{
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START,
		CALL("migrate_round", 4096),
		CALL("dma_write", 0, 8, 0x1000, 64, 5000),
		CALL("stop_and_copy", 4096, 0),
		CALL("stop_and_copy", 4096, 0)));
	assert_int_equal(h.results[2], 64);
	assert_int_equal(h.results[4], 16);
	harness_free(&h);
}

static void test_broken_link(void **state)
{
	struct harness h;

	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, RUN(&h, START,
		CALL("link_cut", 30000),
		CALL("migrate", 4096, 3, 1),
		CALL("stop_and_copy", 4096, 1),
		CALL("link_restore", 0),
		CALL("stop_and_copy", 4096, 1)));
	assert_int_equal(h.results[2], -EPIPE);
	assert_int_equal(h.results[3], -EPIPE);
	assert_int_equal(h.results[5], 16);
	harness_free(&h);
}

static void test_one_host(void **state)
{
	struct harness h;

	harness_init_hosts(&h, FAKE_CORRECT, 1);
	expect_clean(&h, RUN(&h, START, WRITE, REPORT,
		CALL("migrate", 4096, 3, 1),
		CALL("peer_log_stop", 0),
		CALL("link_cut", 0)));
	assert_int_equal(h.results[2], 0);
	assert_int_equal(h.results[3], -ENODEV);
	assert_int_equal(h.results[4], -ENODEV);
	assert_int_equal(h.results[5], -ENODEV);
	harness_free(&h);
}

/* -- determinism -- */

static uint64_t hash_of_run(struct harness *h)
{
	expect_clean(h, RUN(h, START,
		CALL("dma_write", 0, 8, 0x3000, 64, 2000),
		CALL("migrate", 4096, 6, 0), REPORT));
	return sim_trace_hash(h->sim);
}

static void test_restore_repeats(void **state)
{
	const struct sim_plan plan = {
		.seed = 5, .strategy = SIM_RANDOM, .preempt_den = 3,
		.fail_num[SIM_DECIDE_DELAY] = 20000,
	};
	struct sim_snapshot *snapshot;
	struct harness h;
	uint64_t hash;

	harness_init(&h, FAKE_CORRECT);
	h.plan = plan;
	snapshot = sim_snapshot_take(h.sim);
	assert_non_null(snapshot);
	hash = hash_of_run(&h);
	sim_snapshot_restore(h.sim, snapshot);
	assert_true(hash_of_run(&h) == hash);
	sim_snapshot_restore(h.sim, snapshot);
	h.plan.seed = 6;
	assert_false(hash_of_run(&h) == hash);
	sim_snapshot_free(snapshot);
	harness_free(&h);
}

static void test_two_worlds(void **state)
{
	struct harness a, b;
	uint64_t alone;

	harness_init(&a, FAKE_CORRECT);
	alone = hash_of_run(&a);
	harness_free(&a);

	harness_init(&a, FAKE_CORRECT);
	harness_init(&b, FAKE_LOSES_RECORD);
	RUN(&b, START, WRITE, REPORT);
	assert_true(hash_of_run(&a) == alone);
	expect_finding(&b, "lost-dirty-bit/bitmap/dma_write+log_report");
	harness_free(&a);
	harness_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program_order),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_dma_during_report),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_top_of_iova_space),
		cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_migration),
		cmocka_unit_test(test_stop_holds_device),
		cmocka_unit_test(test_broken_link),
		cmocka_unit_test(test_one_host),
		cmocka_unit_test(test_restore_repeats),
		cmocka_unit_test(test_two_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
