/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding_test.c - findings end runs; bench errors end the process
 */
#include <string.h>

#include "fixture.h"

static struct sim *sim;
static unsigned int after;		/* reached what must not be reached */

static int setup(void **state)
{
	sim = world_new(1);
	after = 0;
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static struct sim_finding finding_of(enum vtb_exit severity)
{
	return (struct sim_finding){
		.severity = severity,
		.oracle = "lost-dirty-bit",
		.object = "bitmap",
		.place = { "iova_bitmap_set", "dma_write" },
		.what = "page 3 was written and not reported",
	};
}

static void raises(void *arg)
{
	struct sim_finding finding = finding_of((uintptr_t)arg);

	sim_set_op(sim, 12);
	sim_fiber_sleep(sim, 700);
	sim_finding_raise(sim, &finding);
	after++;
}

static void outlives(void *arg)
{
	sim_fiber_sleep(sim, 1000);
	after++;
}

static void a_finding_in_a_fiber_ends_the_run_there(void **state)
{
	static const enum vtb_exit severities[] = {
		VTB_EXIT_SAFETY, VTB_EXIT_LIVENESS, VTB_EXIT_BENCH,
	};
	const struct sim_finding *finding;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(severities); i++) {
		uintptr_t severity = severities[i];

		spawn(sim, "raiser", raises, (void *)severity);
		spawn(sim, "other", outlives, NULL);
		assert_int_equal(run(sim), SIM_END_FINDING);
		finding = sim_finding_get(sim);
		assert_non_null(finding);
		assert_int_equal(finding->severity, severity);
		assert_int_equal(finding->time_ns, 700);
		assert_int_equal(finding->op, 12);
		assert_int_equal(finding->actor, 1);
		assert_int_equal(finding->step, sim_steps(sim));
		assert_int_equal(after, 0);
		sim_free(sim);
		sim = world_new(1);
	}
}

/* The numbers are a contract with scripts and fuzzing engines. */
static void severities_are_the_exit_codes(void **state)
{
	assert_int_equal(VTB_EXIT_CLEAN, 0);
	assert_int_equal(VTB_EXIT_USAGE, 1);
	assert_int_equal(VTB_EXIT_BENCH, 3);
	assert_int_equal(VTB_EXIT_SAFETY, 4);
	assert_int_equal(VTB_EXIT_LIVENESS, 5);
	assert_int_equal(VTB_EXIT_NONDETERMINISM, 6);
	assert_int_equal(VTB_EXIT_SKIP, 77);
}

static void raises_in_callback(struct sim *s, struct sim_event *event)
{
	struct sim_finding finding = finding_of(VTB_EXIT_SAFETY);

	sim_finding_raise(s, &finding);
	strcpy(finding.oracle, "second");
	sim_finding_raise(s, &finding);
}

static void a_finding_in_a_callback_ends_the_run_after_it(void **state)
{
	struct sim_event *event = sim_alloc(sim, sizeof(*event), 8);

	sim_event_init(event, raises_in_callback, 55, 0);
	sim_event_at(sim, event, 400);
	spawn(sim, "other", outlives, NULL);
	assert_int_equal(run(sim), SIM_END_FINDING);
	assert_int_equal(sim_finding_get(sim)->actor, 55);
	assert_int_equal(sim_finding_get(sim)->time_ns, 400);
	assert_int_equal(after, 0);
	/* The first one wins. */
	assert_string_equal(sim_finding_get(sim)->oracle, "lost-dirty-bit");
}

static void a_clean_run_has_no_finding(void **state)
{
	spawn(sim, "other", outlives, NULL);
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_null(sim_finding_get(sim));
	assert_int_equal(after, 1);
}

static void a_restored_world_runs_again(void **state)
{
	struct sim_snapshot *snap;

	spawn(sim, "other", outlives, NULL);
	snap = sim_snapshot_take(sim);
	spawn(sim, "raiser", raises, (void *)VTB_EXIT_SAFETY);
	assert_int_equal(run(sim), SIM_END_FINDING);
	sim_snapshot_restore(sim, snap);
	assert_null(sim_finding_get(sim));
	assert_int_equal(run(sim), SIM_END_QUIESCENT);
	assert_int_equal(after, 1);
	sim_snapshot_free(snap);
}

static void run_after_a_finding(void)
{
	setup(NULL);
	spawn(sim, "raiser", raises, (void *)VTB_EXIT_SAFETY);
	run(sim);
	run(sim);
}

static void a_dead_world_does_not_run(void **state)
{
	char text[512];

	assert_int_equal(in_child(run_after_a_finding, text, sizeof(text)),
			 VTB_EXIT_BENCH);
	assert_non_null(strstr(text, "vtb: bench error: "));
}

/* ---- identities --------------------------------------------------------- */

static void assert_identity(const struct sim_finding *finding,
			    const char *expected)
{
	char buf[256];

	sim_finding_identity(finding, buf, sizeof(buf));
	assert_string_equal(buf, expected);
}

static void identities_are_words(void **state)
{
	struct sim_finding finding = finding_of(VTB_EXIT_SAFETY);

	assert_identity(&finding,
			"lost-dirty-bit/bitmap/iova_bitmap_set+dma_write");
	finding.place[1][0] = '\0';
	assert_identity(&finding, "lost-dirty-bit/bitmap/iova_bitmap_set");
	finding.place[0][0] = '\0';
	assert_identity(&finding, "lost-dirty-bit/bitmap");
	strcpy(finding.place[1], "dma_write");
	assert_identity(&finding, "lost-dirty-bit/bitmap/dma_write");
	/* Nothing may look like a separator. */
	strcpy(finding.object, "a/b c+d,e\n");
	assert_identity(&finding, "lost-dirty-bit/a-b-c-d-e-/dma_write");
}

static void identities_leave_out_what_varies(void **state)
{
	struct sim_finding a = finding_of(VTB_EXIT_SAFETY);
	struct sim_finding b = finding_of(VTB_EXIT_LIVENESS);
	char left[256], right[256];

	b.step = 99;
	b.op = 3;
	strcpy(b.what, "page 4");
	sim_finding_identity(&a, left, sizeof(left));
	sim_finding_identity(&b, right, sizeof(right));
	assert_string_equal(left, right);
}

static void a_short_buffer_is_not_overrun(void **state)
{
	struct sim_finding finding = finding_of(VTB_EXIT_SAFETY);
	char buf[12] = "...........";

	sim_finding_identity(&finding, buf, 8);
	assert_string_equal(buf, "lost-di");
	assert_int_equal(buf[8], '.');
	sim_finding_identity(&finding, buf, 0);
	assert_string_equal(buf, "lost-di");
}

/* ---- bench errors ------------------------------------------------------- */

static void fails_an_assertion(void *arg)
{
	sim_assert(1 + 1 == 3);
}

static void assert_in_fiber(void)
{
	setup(NULL);
	spawn(sim, "f", fails_an_assertion, NULL);
	run(sim);
}

static void a_bench_error_exits_with_3(void **state)
{
	char text[512];

	assert_int_equal(in_child(assert_in_fiber, text, sizeof(text)),
			 VTB_EXIT_BENCH);
	assert_non_null(strstr(text, "finding_test.c:"));
	assert_non_null(strstr(text, "1 + 1 == 3"));
}

static void exhaust_heap(void)
{
	struct sim_options options = { .region_slot = 1, .heap_bytes = 65536 };

	sim = sim_new(&options);
	for (;;)
		sim_alloc(sim, 1000, 8);
}

static void an_exhausted_heap_is_a_bench_error(void **state)
{
	char text[512];

	assert_int_equal(in_child(exhaust_heap, text, sizeof(text)),
			 VTB_EXIT_BENCH);
	assert_non_null(strstr(text, "too small for 1000 bytes"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_finding_in_a_fiber_ends_the_run_there),
		cmocka_unit_test(severities_are_the_exit_codes),
		TEST(a_finding_in_a_callback_ends_the_run_after_it),
		TEST(a_clean_run_has_no_finding),
		TEST(a_restored_world_runs_again),
		cmocka_unit_test(a_dead_world_does_not_run),
		cmocka_unit_test(identities_are_words),
		cmocka_unit_test(identities_leave_out_what_varies),
		cmocka_unit_test(a_short_buffer_is_not_overrun),
		cmocka_unit_test(a_bench_error_exits_with_3),
		cmocka_unit_test(an_exhausted_heap_is_a_bench_error),
	};

	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
