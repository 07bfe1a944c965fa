/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures of a run: spreads, series, the picture, and frames as pcapng, whose
 * bytes are read as the specification says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fuzz/capture.h"
#include "../../fuzz/plot.h"

static void test_spread(void **state)
{
	static struct world_spread spread;
	uint64_t i;

	assert_int_equal(world_spread_at(&spread, 500), 0);
	for (i = 1; i <= 1000; i++)
		world_spread_add(&spread, i * 1000);
	assert_int_equal(spread.nr, 1000);
	assert_int_equal(spread.least, 1000);
	assert_in_range(world_spread_at(&spread, 500), 500000, 531250);
	assert_in_range(world_spread_at(&spread, 990), 990000, 1000000);
	assert_int_equal(world_spread_at(&spread, 1000), 1000000);
	memset(&spread, 0, sizeof(spread));
	world_spread_add(&spread, 7);
	world_spread_add(&spread, 15);
	assert_int_equal(world_spread_at(&spread, 500), 7);
	world_spread_add(&spread, UINT64_MAX);
	assert_int_equal(world_spread_at(&spread, 1000), UINT64_MAX);
}

static void test_series(void **state)
{
	struct world_series rate = {
		.kind = WORLD_SERIES_RATE, .divisor = 1000000,
	};
	struct world_series most = { .kind = WORLD_SERIES_MOST };
	unsigned int i;

	assert_int_equal(world_series_nr(&rate), 0);
	/* A bit a nanosecond. */
	for (i = 0; i < 1000; i++) {
		world_series_add(&rate, i * 1000, 1000);
		world_series_add(&most, i * 1000, i);
	}
	assert_int_equal(world_series_nr(&rate), 63);
	for (i = 0; i < 62; i++) {
		assert_int_equal(world_series_value(&rate, i), 1000);
		assert_int_equal(world_series_value(&most, i), i * 16 + 15);
	}
}

static size_t read_all(const char *path, uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(data, 1, size, file);
	fclose(file);
	return n;
}

static char dir[] = "/tmp/vtb-figures-XX" "XX" "XX";

static int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	return rmdir(dir);
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The block at @*at, whose lengths have to agree; moves behind it. */
static const uint8_t *block(const uint8_t **at, const uint8_t *end,
			    uint32_t type)
{
	const uint8_t *found = *at;
	uint32_t length = word(found + 4);

	assert_int_equal(word(found), type);
	assert_int_equal(length % 4, 0);
	assert_true(length <= (size_t)(end - found));
	assert_int_equal(word(found + length - 4), length);
	*at += length;
	return found;
}

/* The value of option @code of those from @at on; its length must be @bytes. */
static const uint8_t *option(const uint8_t *at, uint16_t code, uint32_t bytes)
{
	for (;;) {
		uint32_t head = word(at), length = head >> 16;

		if (!head)
			fail_msg("there is no option %u", code);
		if ((head & 0xffff) == code) {
			assert_int_equal(length, bytes);
			return at + 4;
		}
		at += 4 + ((length + 3) & ~3u);
	}
}

static void put_frames(const struct world_capture *reader)
{
	struct world_frame frame = {
		.port = "a guest", .time_ns = 5, .data = "abcde", .bytes = 5,
	};

	reader->frame(reader->arg, &frame);
	frame.port = "b guest";
	frame.outbound = true;
	frame.time_ns = 0x123456789a;
	frame.bytes = 4;
	reader->frame(reader->arg, &frame);
	frame.port = "a guest";
	reader->frame(reader->arg, &frame);
}

static void check_interface(const uint8_t *found, const char *name)
{
	assert_int_equal(word(found + 8), 1);	/* Ethernet */
	assert_memory_equal(option(found + 16, 2, 7), name, 7);
	assert_int_equal(option(found + 16, 9, 1)[0], 9);
}

static void test_capture(void **state)
{
	uint8_t data[1024];
	const uint8_t *at = data, *end, *found;
	struct capture *capture;
	char path[64];

	snprintf(path, sizeof(path), "%s/frames", dir);
	capture = capture_new(path);
	assert_non_null(capture);
	put_frames(capture_reader(capture));
	assert_int_equal(capture_frames(capture), 3);
	assert_int_equal(capture_finish(capture), 0);
	/* What is there stays. */
	assert_null(capture_new(path));
	assert_int_equal(errno, EEXIST);
	end = data + read_all(path, data, sizeof(data));
	unlink(path);

	found = block(&at, end, 0x0a0d0d0a);
	assert_int_equal(word(found + 8), 0x1a2b3c4d);
	assert_int_equal(word(found + 12), 1);	/* version 1.0 */
	assert_int_equal(word(found + 16), UINT32_MAX);
	check_interface(block(&at, end, 1), "a guest");
	found = block(&at, end, 6);
	assert_int_equal(word(found + 8), 0);
	assert_int_equal(word(found + 12), 0);
	assert_int_equal(word(found + 16), 5);
	assert_int_equal(word(found + 20), 5);
	assert_int_equal(word(found + 24), 5);
	assert_memory_equal(found + 28, "abcde\0\0", 8);
	assert_int_equal(word(option(found + 36, 2, 4)), 1);
	check_interface(block(&at, end, 1), "b guest");
	found = block(&at, end, 6);
	assert_int_equal(word(found + 8), 1);
	assert_int_equal(word(found + 12), 0x12);
	assert_int_equal(word(found + 16), 0x3456789a);
	assert_int_equal(word(option(found + 32, 2, 4)), 2);
	found = block(&at, end, 6);
	assert_int_equal(word(found + 8), 0);
	assert_ptr_equal(at, end);
}

static void test_plot(void **state)
{
	static struct figures figures;
	const struct world_reporter reporter = figures_reporter(&figures);
	struct world_series series = {
		.name = "a < b", .unit = "Mbit/s", .kind = WORLD_SERIES_RATE,
	};
	char path[64], text[8192] = "";

	snprintf(path, sizeof(path), "%s/plot.svg", dir);
	assert_int_equal(plot_write(&figures, "none", path), -ENODATA);
	world_series_add(&series, 1500, 100);
	world_report(&reporter, "frames", "frames", 3);
	world_report_series(&reporter, &series);
	assert_int_equal(figures.nr, 1);
	assert_int_equal(plot_write(&figures, "title", path), 0);
	assert_int_equal(plot_write(&figures, "title", path), -EEXIST);
	read_all(path, (uint8_t *)text, sizeof(text) - 1);
	unlink(path);
	assert_non_null(strstr(text, "<svg xmlns"));
	assert_non_null(strstr(text, "a &lt; b"));
	assert_non_null(strstr(text, "</svg>\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_plot),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
