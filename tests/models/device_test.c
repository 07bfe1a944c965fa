/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracker through its registers, and the DMA engine in front of it.
 */
#include <dma_tracker_regs.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/dma_engine.h>
#include <models/dma_tracker.h>
#include <sim/decide.h>
#include <string.h>

#define BAR		0xfe000000ull
#define PAGE		4096ull
#define BASE		0x100000000ull
#define RAM_FRAMES	4

struct device {
	struct sim *sim;
	struct machine *machine;
	struct dma_tracker *tracker;
	struct dma_engine *engine;
};

static const uint64_t ram_frames[RAM_FRAMES] = { 3, 5, 7, 9 };

static int setup(void **state)
{
	static struct device d;
	const struct sim_options options = { 0 };
	const struct machine_options machine = { "m", 0, 16 };
	struct dma_tracker_options tracker = { .bar_phys = BAR, .source = 1 };
	struct dma_engine_options engine;
	const struct dma_mapping mapping = {
		.iova_first = BASE,
		.iova_last = BASE + (1ull << 40) - 1,
		.frames = ram_frames,
		.nr_frames = RAM_FRAMES,
	};

	d.sim = sim_new(&options);
	d.machine = machine_new(d.sim, &machine);
	tracker.machine = d.machine;
	d.tracker = dma_tracker_new(d.sim, &tracker);
	engine.machine = d.machine;
	engine.tracker = d.tracker;
	d.engine = dma_engine_new(d.sim, &engine);
	sim_frames_set_class(machine_memory(d.machine), 0, 16, SIM_FRAME_COLD);
	*state = &d;
	return dma_engine_map(d.engine, &mapping);
}

static int teardown(void **state)
{
	sim_free(((struct device *)*state)->sim);
	return 0;
}

static uint64_t get(struct device *d, unsigned int reg)
{
	return machine_mmio_read(d->machine, BAR + reg, 8);
}

static void put(struct device *d, unsigned int reg, uint64_t value)
{
	machine_mmio_write(d->machine, BAR + reg, 8, value);
}

static void start(struct device *d, uint64_t iova, uint64_t length)
{
	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_RESET);
	put(d, DMA_TRACKER_PAGE_SIZE, PAGE);
	put(d, DMA_TRACKER_RANGE_IDX, 0);
	put(d, DMA_TRACKER_RANGE_IOVA, iova);
	put(d, DMA_TRACKER_RANGE_LENGTH, length);
	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_DONE);
}

static void begin(struct device *d, uint64_t iova, uint64_t length)
{
	put(d, DMA_TRACKER_REPORT_IOVA, iova);
	put(d, DMA_TRACKER_REPORT_LENGTH, length);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_BEGIN);
}

static void expect_record(struct device *d, uint64_t iova, uint64_t length)
{
	assert_int_equal(get(d, DMA_TRACKER_RECORD_IOVA), iova);
	assert_int_equal(get(d, DMA_TRACKER_RECORD_LENGTH), length);
}

static void expect_no_record(struct device *d)
{
	assert_int_equal(get(d, DMA_TRACKER_RECORD_LENGTH), 0);
}

static void test_report(void **state)
{
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	assert_int_equal(dma_engine_write(d->engine, BASE + 0x1ff8, 16, 1), 0);
	assert_int_equal(dma_engine_write(d->engine, BASE + 70 * PAGE, 8, 1),
			 0);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE + PAGE, PAGE);
	expect_record(d, BASE + 2 * PAGE, PAGE);
	expect_no_record(d);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_COMMIT);
	begin(d, BASE, 64 * PAGE);
	expect_no_record(d);
}

static void test_sharing(void **state)
{
	struct device *d = *state;
	struct sim_frame *frame = sim_frame(machine_memory(d->machine), 3);
	uint64_t peer = sim_party_bit(7, SIM_PARTY_CPU);

	machine_share(d->machine, 3, 7, false);
	assert_true(frame->readers & peer);
	assert_false(frame->writers & peer);
	machine_share(d->machine, 3, 7, true);
	assert_true(frame->writers & peer);
	machine_unshare(d->machine, 3, 7);
	assert_false((frame->readers | frame->writers) & peer);
	/* Nobody else has lost anything by it. */
	assert_true(machine_may_write(d->machine, 3, MACHINE_CPU));
	assert_true(machine_may_write(d->machine, 3, MACHINE_DEVICE));
}

/* Two halves, lower first, are one access. */
static void test_halves(void **state)
{
	struct device *d = *state;
	const uint64_t reg = BAR + DMA_TRACKER_REPORT_IOVA;

	machine_mmio_write(d->machine, reg, 4, 0x89abcdef);
	assert_int_equal(get(d, DMA_TRACKER_REPORT_IOVA), 0);
	machine_mmio_write(d->machine, reg + 4, 4, 0x01234567);
	assert_int_equal(get(d, DMA_TRACKER_REPORT_IOVA), 0x0123456789abcdef);
	assert_int_equal(machine_mmio_read(d->machine, reg, 4), 0x89abcdef);
	assert_int_equal(machine_mmio_read(d->machine, reg + 4, 4), 0x01234567);
}

static void test_styles(void **state)
{
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	assert_int_equal(dma_engine_write(d->engine, BASE, 5 * PAGE, 1), 0);
	dma_tracker_set_style(d->tracker, DMA_RECORD_RUN);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, 5 * PAGE);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_GIVE_BACK);
	dma_tracker_set_style(d->tracker, DMA_RECORD_SHORT);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, 3 * PAGE);
	expect_record(d, BASE + 3 * PAGE, 2 * PAGE);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_GIVE_BACK);
	dma_tracker_set_style(d->tracker, DMA_RECORD_REVERSE);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE + 4 * PAGE, PAGE);
	expect_record(d, BASE + 3 * PAGE, PAGE);
}

/* The two registers of a record agree, whatever happens between the reads. */
static void test_record_is_stable(void **state)
{
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 4 * PAGE, 1);
	begin(d, BASE, 64 * PAGE);
	assert_int_equal(get(d, DMA_TRACKER_RECORD_IOVA), BASE);
	dma_tracker_set_style(d->tracker, DMA_RECORD_REVERSE);
	dma_engine_write(d->engine, BASE, PAGE, 1);
	assert_int_equal(get(d, DMA_TRACKER_RECORD_LENGTH), PAGE);
	expect_record(d, BASE + PAGE, PAGE);
}

/* A write to a queued or consumed page is a note of its own. */
static void test_write_during_report(void **state)
{
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 8, 1);
	dma_engine_write(d->engine, BASE + PAGE, 8, 1);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, PAGE);
	dma_engine_write(d->engine, BASE, 8, 2);
	dma_engine_write(d->engine, BASE + PAGE, 8, 2);
	expect_record(d, BASE + PAGE, PAGE);
	expect_no_record(d);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_COMMIT);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, PAGE);
	expect_record(d, BASE + PAGE, PAGE);
}

static void test_commit_keeps_queued(void **state)
{
	struct device *d = *state;
	uint64_t page = BASE / PAGE;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 2 * PAGE, 1);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, PAGE);
	assert_true(dma_tracker_holds(d->tracker, page, page + 1));
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_COMMIT);
	assert_false(dma_tracker_holds(d->tracker, page, page));
	assert_true(dma_tracker_holds(d->tracker, page + 1, page + 1));
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE + PAGE, PAGE);
}

static void test_give_back_range(void **state)
{
	struct device *d = *state;

	start(d, BASE, 2 * PAGE);
	put(d, DMA_TRACKER_GIVE_BACK_IOVA, BASE + PAGE + 100);
	put(d, DMA_TRACKER_GIVE_BACK_LENGTH, 4 * PAGE);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE + PAGE, PAGE);
	expect_no_record(d);
}

/* Records stop where a tracked range does, though the pages are neighbours. */
static void test_ranges_bound_records(void **state)
{
	struct device *d = *state;

	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_RESET);
	put(d, DMA_TRACKER_RANGE_IDX, 1);
	put(d, DMA_TRACKER_RANGE_IOVA, BASE + 2 * PAGE);
	put(d, DMA_TRACKER_RANGE_LENGTH, 2 * PAGE);
	start(d, BASE, 2 * PAGE);	/* forgets range 1 */
	begin(d, BASE, 64 * PAGE);
	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_STOP);
	put(d, DMA_TRACKER_RANGE_IDX, 1);
	put(d, DMA_TRACKER_RANGE_IOVA, BASE + 2 * PAGE);
	put(d, DMA_TRACKER_RANGE_LENGTH, 2 * PAGE);
	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	dma_engine_write(d->engine, BASE, 6 * PAGE, 1);
	dma_tracker_set_style(d->tracker, DMA_RECORD_RUN);
	begin(d, BASE, 64 * PAGE);
	expect_record(d, BASE, 2 * PAGE);
	expect_record(d, BASE + 2 * PAGE, 2 * PAGE);
	expect_no_record(d);
}

static void test_bad_commands(void **state)
{
	struct device *d = *state;

	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	begin(d, BASE, PAGE);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	start(d, BASE, PAGE);
	begin(d, BASE, 0);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	begin(d, UINT64_MAX, 2);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	begin(d, BASE, PAGE);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_DONE);
}

/* Overrides for decisions of op slot 0, the only one in this test. */
static void plan(struct device *d, const struct sim_override *overrides,
		 uint32_t nr)
{
	const struct sim_plan plan = {
		.strategy = SIM_REPLAY,
		.overrides = overrides,
		.nr_overrides = nr,
	};

	sim_set_plan(d->sim, &plan);
}

static void test_failing_commands(void **state)
{
	static const struct sim_override fail_one[] = {
		{ .kind = SIM_DECIDE_FAIL_IO, .value = 1 },
	};
	static const struct sim_override hang_one[] = {
		{ .kind = SIM_DECIDE_FAIL_IO, .value = 1 },
		{ .kind = SIM_DECIDE_PEER, .value = 1 },
	};
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 8, 1);
	plan(d, fail_one, 1);
	begin(d, BASE, PAGE);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	expect_no_record(d);
	plan(d, hang_one, 2);
	begin(d, BASE, PAGE);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_BUSY);
	begin(d, BASE, PAGE);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_DONE);
	expect_record(d, BASE, PAGE);
}

static void test_failing_record(void **state)
{
	static const struct sim_override second[] = {
		{ .kind = SIM_DECIDE_FAIL_IO, .nth = 1, .value = 1 },
	};
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 8, 1);
	plan(d, second, 1);
	begin(d, BASE, PAGE);
	expect_no_record(d);
	assert_true(get(d, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR);
	assert_true(dma_tracker_holds(d->tracker, BASE / PAGE, BASE / PAGE));
	begin(d, BASE, PAGE);
	expect_record(d, BASE, PAGE);
}

static void test_delay(void **state)
{
	static const struct sim_override late[] = {
		{ .kind = SIM_DECIDE_DELAY, .value = 2 },
	};
	const struct sim_run_options forever = { 0 };
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	plan(d, late, 1);
	begin(d, BASE, PAGE);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_BUSY);
	/* What is written until it ends is part of it. */
	dma_engine_write(d->engine, BASE, 8, 1);
	sim_run(d->sim, &forever);
	assert_int_equal(sim_now_ns(d->sim), 25000);
	assert_int_equal(get(d, DMA_TRACKER_STATUS), DMA_TRACKER_STATUS_DONE);
	expect_record(d, BASE, PAGE);
}

static void test_gone(void **state)
{
	struct device *d = *state;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 8, 1);
	dma_tracker_misbehave(d->tracker, DMA_GONE);
	assert_true(get(d, DMA_TRACKER_STATUS) == UINT64_MAX);
	assert_int_equal(dma_engine_write(d->engine, BASE, 8, 1), -ENODEV);
	put(d, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_STOP);
	dma_tracker_misbehave(d->tracker, DMA_HONEST);
	begin(d, BASE, PAGE);
	expect_record(d, BASE, PAGE);
}

/* Lies come and go; the log behind them stays. */
static void test_lies(void **state)
{
	struct device *d = *state;
	int kind;

	start(d, BASE, 64 * PAGE);
	dma_engine_write(d->engine, BASE, 8, 1);
	for (kind = DMA_LIES_OUTSIDE; kind < DMA_GONE; kind++) {
		dma_tracker_misbehave(d->tracker, kind);
		begin(d, BASE, PAGE);
		get(d, DMA_TRACKER_RECORD_IOVA);
		assert_true(get(d, DMA_TRACKER_RECORD_LENGTH) != 0);
	}
	dma_tracker_misbehave(d->tracker, DMA_HONEST);
	begin(d, BASE, PAGE);
	expect_record(d, BASE, PAGE);
	expect_no_record(d);
}

static const uint64_t *word_of_frame(struct device *d, uint64_t frame)
{
	return sim_frame_data(machine_memory(d->machine), frame);
}

static void test_engine(void **state)
{
	struct device *d = *state;
	struct sim_memory *memory = machine_memory(d->machine);

	assert_int_equal(sim_frame(memory, 3)->pins, 1);
	assert_int_equal(dma_engine_write(d->engine, BASE + 5 * PAGE + 8, 8,
					  42), 0);
	assert_int_equal(word_of_frame(d, 5)[1], 42);
	/* Longer than memory: each frame once. */
	assert_int_equal(dma_engine_write(d->engine, BASE, 9 * PAGE, 50), 0);
	assert_int_equal(word_of_frame(d, 9)[0], 53);
	assert_int_equal(dma_engine_write(d->engine, BASE - 1, 2, 1), -EFAULT);
	assert_int_equal(dma_engine_write(d->engine, UINT64_MAX, 2, 1),
			 -EFAULT);
	machine_revoke(d->machine, 9, MACHINE_DEVICE);
	assert_int_equal(dma_engine_write(d->engine, BASE + 2 * PAGE, 2 * PAGE,
					  99), -EFAULT);
	assert_int_equal(word_of_frame(d, 7)[0], 52);
	dma_engine_pause(d->engine);
	assert_int_equal(dma_engine_write(d->engine, BASE, 8, 1), -EBUSY);
	dma_engine_resume(d->engine);
	dma_engine_unmap_all(d->engine);
	assert_int_equal(dma_engine_write(d->engine, BASE, 8, 1), -EFAULT);
	assert_int_equal(sim_frame(memory, 3)->pins, 0);
	assert_false(machine_may_write(d->machine, 3, MACHINE_DEVICE));
}

/* A full log holds the engine up; reading it makes room. */
static void test_log_full(void **state)
{
	struct device *d = *state;
	uint64_t i;
	int rc = 0;

	start(d, BASE, 1ull << 40);
	for (i = 0; !rc && i < 10000; i++)
		rc = dma_engine_write(d->engine, BASE + 2 * i * PAGE, 8, 1);
	assert_int_equal(rc, -EAGAIN);
	begin(d, BASE, 1ull << 40);
	while (get(d, DMA_TRACKER_RECORD_LENGTH))
		i--;
	assert_int_equal(i, 1);
	put(d, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_COMMIT);
	assert_int_equal(dma_engine_write(d->engine, BASE, 8, 1), 0);
}

static void test_windows_of_machine(void **state)
{
	struct device *d = *state;
	const struct machine_window over = { .phys = BAR + 8, .bytes = 8 };
	const struct machine_window ram = { .phys = 0x1000, .bytes = 8 };

	assert_int_equal(machine_claim(d->machine, &over), -EINVAL);
	assert_int_equal(machine_claim(d->machine, &ram), -EINVAL);
	assert_int_equal(machine_mmio_read(d->machine, BAR + 0x1000, 4),
			 0xffffffff);
	machine_mmio_write(d->machine, BAR + 0x1000, 4, 1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_report),
		TEST(test_sharing),
		TEST(test_halves),
		TEST(test_styles),
		TEST(test_record_is_stable),
		TEST(test_write_during_report),
		TEST(test_commit_keeps_queued),
		TEST(test_give_back_range),
		TEST(test_ranges_bound_records),
		TEST(test_bad_commands),
		TEST(test_failing_commands),
		TEST(test_failing_record),
		TEST(test_delay),
		TEST(test_gone),
		TEST(test_lies),
		TEST(test_engine),
		TEST(test_log_full),
		TEST(test_windows_of_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
