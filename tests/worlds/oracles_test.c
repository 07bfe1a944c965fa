/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each oracle of the migration world sees what it is there for, and nothing
 * else: a program that makes it fire with one fault in the fake kernel is clean
 * with a correct one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "harness.h"

#define START	CALL("log_start", 0, 0x10000, 4096, 1, 0, 0)
#define START2	CALL("log_start", 0, 64, 4096, 2, 1, 0)
#define STOP	CALL("log_stop", 0)
#define WRITE	CALL("dma_write", 0x3000, 8, 4096, 1, 0)
/* 61 bits, so there is a tail. */
#define REPORT	CALL("log_report", 0, 61, 0, 4096, 100, 0)
#define ONES	CALL("log_report", 0, 61, 0, 4096, 100, 1)

struct fault_case {
	enum fake_fault fault;
	const char *identity;
	struct op_call calls[6];
};

static const struct fault_case *fault_cases(unsigned int *nr)
{
	static struct fault_case cases[32];
	unsigned int n = 0;

#define CASE(_fault, _identity, ...)					\
	cases[n++] = (struct fault_case){ _fault, _identity, { __VA_ARGS__ } }
	CASE(FAKE_LOSES_RECORD, "lost-dirty-bit/bitmap/dma_write+log_report",
	     START, WRITE, REPORT);
	CASE(FAKE_LOSES_ON_ERROR, "lost-dirty-bit/bitmap-hole/dma_write+log_report",
	     START, WRITE, CALL("bitmap_unmap", 0, 1), REPORT);
	CASE(FAKE_SWALLOWS_FAULT, "lost-dirty-bit/bitmap-hole/dma_write+log_report",
	     START, WRITE, CALL("bitmap_protect", 0, 1), REPORT);
	/* Also where the canary of the page has the bit set by chance. */
	CASE(FAKE_SWALLOWS_FAULT, "lost-dirty-bit/bitmap-hole/dma_write+log_report",
	     START, CALL("dma_write", 0, 8, 4096, 8, 0),
	     CALL("bitmap_protect", 0, 1),
	     CALL("log_report", 0, 61, 0, 4096, 0, 0));
	CASE(FAKE_INVENTS_BIT, "invented-dirty-bit/bitmap/log_report",
	     START, WRITE, REPORT);
	CASE(FAKE_CLEARS_BITS, "cleared-bit/bitmap/log_report",
	     START, WRITE, ONES);
	CASE(FAKE_WRITES_BEFORE, "stray-write/user-page/log_report",
	     START, REPORT);
	CASE(FAKE_WRITES_TAIL, "stray-write/bitmap-tail/log_report",
	     START, REPORT);
	CASE(FAKE_WRITES_ARGUMENT, "stray-write/argument/log_report",
	     START, REPORT);
	CASE(FAKE_WIDE_WINDOW, "window-outside/range/log_report",
	     START, REPORT);
	CASE(FAKE_LEAKS_OBJECT, "leak/object/log_report", START, REPORT);
	CASE(FAKE_LEAKS_PIN, "leak/pin/log_report", START, REPORT);
	CASE(FAKE_LEAKS_ON_STOP, "leak/object/world", START, STOP);
	CASE(FAKE_LEAKS_ON_STOP, "leak/object/world", START);
	CASE(FAKE_REFUSES, "wrong-result/errno-14/log_report", START, REPORT);
	CASE(FAKE_LIES_ABOUT_IO, "wrong-result/errno-5/log_report",
	     START, REPORT);
	CASE(FAKE_ACCEPTS_OFF, "accepted/success/log_report", REPORT);
	CASE(FAKE_ACCEPTS_ARGSZ, "accepted/ioctl/bad_call",
	     START, CALL("bad_call", 1));
	CASE(FAKE_ACCEPTS_WRAP, "accepted/ioctl/bad_call",
	     START, CALL("bad_call", 21));
	CASE(FAKE_FORGETS_RANGE, "not-tracking/range/log_start", START2);
	CASE(FAKE_WRONG_PAGE_SIZE, "not-tracking/page-size/log_start", START);
	CASE(FAKE_HANGS, "hang/actor/log_report", START, REPORT);
	CASE(FAKE_SPINS, "livelock/actor/log_report", START, REPORT);
#undef CASE
	*nr = n;
	return cases;
}

static unsigned int count_calls(const struct fault_case *c)
{
	unsigned int n = 0;

	while (n < 6 && c->calls[n].op)
		n++;
	return n;
}

static void test_oracles_fire(void **state)
{
	unsigned int nr, i;
	const struct fault_case *cases = fault_cases(&nr);

	for (i = 0; i < nr; i++) {
		struct harness h;

		harness_init(&h, cases[i].fault);
		harness_run(&h, cases[i].calls, count_calls(&cases[i]));
		expect_finding(&h, cases[i].identity);
		harness_free(&h);
	}
}

static void test_oracles_are_silent(void **state)
{
	unsigned int nr, i;
	const struct fault_case *cases = fault_cases(&nr);

	for (i = 0; i < nr; i++) {
		struct harness h;

		harness_init(&h, FAKE_CORRECT);
		expect_clean(&h, harness_run(&h, cases[i].calls,
					     count_calls(&cases[i])));
		harness_free(&h);
	}
}

/* No fault in @fault's list goes unseen. */
static void test_every_fault_has_a_case(void **state)
{
	unsigned int nr, i;
	const struct fault_case *cases = fault_cases(&nr);
	bool seen[FAKE_FAULTS] = { [FAKE_CORRECT] = true };

	for (i = 0; i < nr; i++)
		seen[cases[i].fault] = true;
	for (i = 0; i < FAKE_FAULTS; i++)
		if (!seen[i])
			fail_msg("fault %u has no case", i);
}

/* The memory oracle: a page changes behind everybody's back. */
static void corrupt_ram(struct harness *h)
{
	struct migration_world *mw = migration(h->world);
	const struct host *host = &mw->hosts[0];
	struct sim_memory *memory = machine_memory(host->machine);
	uint64_t frame = vmm_ram_frames(host->vmm)[3];

	sim_frames_touch(memory, frame, 1);
	*(char *)sim_frame_data(memory, frame) ^= 1;
}

static int64_t corrupting_op(struct world *world, const uint64_t *args)
{
	struct harness *h = (struct harness *)(uintptr_t)args[0];

	corrupt_ram(h);
	return 0;
}

static void test_memory_oracle(void **state)
{
	static const struct op corrupt = {
		.name = "corrupt", .actor = ACTOR_DEVICE, .run = corrupting_op,
	};
	struct harness h;
	struct op_call calls[] = {
		START, CALL("migrate_round", 4096),
		{ .op = &corrupt, .args = { (uintptr_t)&h } },
		CALL("stop_and_copy", 4096, 0),
	};

	harness_init(&h, FAKE_CORRECT);
	harness_run(&h, calls, 4);
	expect_finding(&h, "memory-mismatch/ram/stop_and_copy");
	harness_free(&h);

	/* The same in time for the first round is no finding. */
	calls[2] = calls[0];
	calls[0] = (struct op_call){ .op = &corrupt,
				     .args = { (uintptr_t)&h } };
	harness_init(&h, FAKE_CORRECT);
	expect_clean(&h, harness_run(&h, calls, 4));
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fault_has_a_case),
		cmocka_unit_test(test_oracles_fire),
		cmocka_unit_test(test_oracles_are_silent),
		cmocka_unit_test(test_memory_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
