/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poison_test.c - ASan sees the simulated memory as it should
 *
 * What must be reported is tried in a forked child, which ends with ASan's
 * exit code and report. Without ASan there is nothing to test: exit code 77.
 */
#include <sim/bulk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#ifdef VTB_ASAN

#include <sanitizer/asan_interface.h>

#define ASAN_EXIT	99

/* The child's report goes through a pipe: no colours, no symbolizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=99:symbolize=0:detect_leaks=0";
}

static struct sim *sim;
static struct sim_memory *memory;

static int setup(void **state)
{
	sim = world_new(1);
	memory = sim_memory_new(sim, "ram", 16, 1);
	sim_frames_set_class(memory, 0, 8, SIM_FRAME_HOT);
	sim_frames_set_class(memory, 8, 4, SIM_FRAME_COLD);
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static char *data_of(uint64_t frame)
{
	return sim_frame_data(memory, frame);
}

static void touch(volatile char *address)
{
	*address += 1;
}

/* The child ends with a report that contains @text. */
static void assert_reported(void (*fn)(void), const char *text)
{
	char report[8192];

	assert_int_equal(in_child(fn, report, sizeof(report)), ASAN_EXIT);
	assert_non_null(strstr(report, text));
}

/* ---- granules ----------------------------------------------------------- */

/*
 * An allocator poisons from an object's end to the next object's start, which
 * is a multiple of 8. Every byte must then be as told.
 */
static void each_byte_of_objects_and_gaps_is_right(void **state)
{
	struct sim_prng prng = { .stream = 12 };
	size_t at, bytes, gap, i;
	char *data = data_of(0);

	for (at = 0; at < 3800; at += bytes + gap) {
		bytes = sim_prng_range(&prng, 1, 100);
		gap = 8 - bytes % 8 + 8 * sim_prng_below(&prng, 3);
		sim_poison(sim, data + at, bytes + gap, 0xfa);
		sim_unpoison(sim, data + at, bytes);
		for (i = 0; i < bytes + gap; i++)
			assert_int_equal(__asan_address_is_poisoned(data + at +
								    i),
					 i >= bytes);
		/* And freed: the same from the other side. */
		sim_unpoison(sim, data + at, bytes + gap);
		sim_poison(sim, data + at + bytes, gap, 0xfa);
		for (i = 0; i < bytes + gap; i++)
			assert_int_equal(__asan_address_is_poisoned(data + at +
								    i),
					 i >= bytes);
	}
}

/* Ends that are no multiples of 8: never more poison than asked for. */
static void poison_never_spills_over(void **state)
{
	struct sim_prng prng = { .stream = 13 };
	char *data = data_of(0);
	size_t first, bytes, i;
	unsigned int round;

	for (round = 0; round < 2000; round++) {
		sim_unpoison(sim, data, 128);
		first = sim_prng_below(&prng, 64);
		bytes = sim_prng_below(&prng, 64);
		sim_poison(sim, data + first, bytes, 0xfd);
		for (i = 0; i < 128; i++)
			if (i < first || i >= first + bytes)
				assert_false(__asan_address_is_poisoned(
							data + i));
			else if ((i & ~7ul) + 8 <= first + bytes)
				assert_true(__asan_address_is_poisoned(
							data + i));
	}
}

/* ---- what is reported --------------------------------------------------- */

static void use_the_gap(void)
{
	char *object;

	setup(NULL);
	object = sim_alloc(sim, 13, 8);
	object[12] = 1;
	touch(object + 13);
}

static void use_a_freed_object(void)
{
	setup(NULL);
	sim_poison(sim, data_of(3) + 64, 64, 0xfd);
	touch(data_of(3) + 100);
}

static void use_poison_through_an_alias(void)
{
	static const uint64_t frames[] = { 5, 3 };
	char *alias;

	setup(NULL);
	alias = sim_alias_map(memory, frames, 2);
	touch(alias + 4096 + 100);
	sim_poison(sim, data_of(3) + 64, 64, 0xfd);
	touch(alias + 4096 + 128);
	touch(alias + 4096 + 100);
}

static void use_an_alias_after_unmap(void)
{
	static const uint64_t frames[] = { 5, 3 };
	char *alias;

	setup(NULL);
	alias = sim_alias_map(memory, frames, 2);
	touch(alias);
	sim_alias_unmap(sim, alias, 2);
	touch(alias);
}

/* Bytes 100..199 of frame 0 are poisoned: they begin inside a granule. */
static char *partly_poisoned_frame(void)
{
	setup(NULL);
	sim_poison(sim, data_of(0) + 104, 96, 0xfd);
	sim_poison(sim, data_of(0) + 100, 4, 0xfd);
	return data_of(0);
}

static void bulk_fill_of_poison(void)
{
	sim_bulk_fill(partly_poisoned_frame(), 0, SIM_FRAME_BYTES);
}

static void bulk_match_of_poison(void)
{
	char *data = partly_poisoned_frame();

	if (sim_bulk_match(data, 0, SIM_FRAME_BYTES) == 1)
		abort();
}

static void bulk_copy_of_poison(void)
{
	char *data = partly_poisoned_frame();

	sim_bulk_copy(data_of(1), data + 50, 51);
}

static void bulk_access_beside_poison(void)
{
	char *data = partly_poisoned_frame();

	sim_bulk_fill(data, 0, 100);
	sim_bulk_copy(data + 200, data, 100);
	if (!sim_bulk_equal(data + 200, data + 1, 99))
		abort();
	_exit(ASAN_EXIT + 1);
}

static void poison_is_reported_in_bulk(void **state)
{
	char report[8192];

	assert_reported(bulk_fill_of_poison, "heap-use-after-free");
	assert_reported(bulk_match_of_poison, "heap-use-after-free");
	assert_reported(bulk_copy_of_poison, "heap-use-after-free");
	assert_int_equal(in_child(bulk_access_beside_poison, report,
				  sizeof(report)), ASAN_EXIT + 1);
}

static void poison_is_reported(void **state)
{
	assert_reported(use_the_gap, "heap-buffer-overflow");
	assert_reported(use_a_freed_object, "heap-use-after-free");
	assert_reported(use_poison_through_an_alias, "heap-use-after-free");
	assert_reported(use_an_alias_after_unmap, "use-after-poison");
}

/* ---- views -------------------------------------------------------------- */

/* Frame 2 at home, in an alias of view 0 and in one of view 1. */
struct mappings {
	char *at[3];
};

static void map_views(struct mappings *m)
{
	static const uint64_t frames[] = { 2 };

	m->at[0] = data_of(2);
	m->at[1] = sim_alias_map_view(memory, frames, 1, 0);
	m->at[2] = sim_alias_map_view(memory, frames, 1, 1);
}

/* Which mappings have byte @offset usable: a bit each. */
static unsigned int usable(const struct mappings *m, size_t offset)
{
	unsigned int i, set = 0;

	for (i = 0; i < 3; i++)
		if (!__asan_address_is_poisoned(m->at[i] + offset))
			set |= 1u << i;
	return set;
}

static void a_barred_view_is_poison(void **state)
{
	const void *const *pcs;
	struct mappings m;

	map_views(&m);
	assert_int_equal(usable(&m, 8), 7);
	sim_frame_bar(memory, 2, 1 << 0);
	assert_int_equal(usable(&m, 8), 4);
	assert_true(sim_is_barred(sim, m.at[0], &pcs));
	assert_true(sim_is_barred(sim, m.at[1], &pcs));
	assert_false(sim_is_barred(sim, m.at[2], &pcs));
	assert_false(sim_is_barred(sim, data_of(3), &pcs));
	sim_frame_set_home_view(memory, 2, 1);
	assert_int_equal(usable(&m, 8), 5);
	sim_frame_bar(memory, 2, 1 << 1);
	assert_int_equal(usable(&m, 8), 2);
	sim_frame_bar(memory, 2, 0);
	assert_int_equal(usable(&m, 8), 7);
}

static void poison_outlives_a_barred_view(void **state)
{
	struct mappings m;

	map_views(&m);
	sim_poison(sim, m.at[0] + 64, 64, 0xfd);
	sim_frame_bar(memory, 2, 1 << 0);
	sim_poison(sim, m.at[0] + 256, 64, 0xfd);
	sim_unpoison(sim, m.at[0] + 96, 32);
	assert_int_equal(usable(&m, 64), 0);
	assert_int_equal(usable(&m, 96), 4);
	assert_int_equal(usable(&m, 256), 0);
	assert_int_equal(usable(&m, 512), 4);
	sim_frame_bar(memory, 2, 0);
	assert_int_equal(usable(&m, 64), 0);
	assert_int_equal(usable(&m, 96), 7);
	assert_int_equal(usable(&m, 256), 0);
	assert_int_equal(usable(&m, 512), 7);
}

static void a_restore_brings_views_back(void **state)
{
	struct sim_snapshot *snap;
	struct mappings m;

	map_views(&m);
	sim_frame_bar(memory, 2, 1 << 0);
	snap = sim_snapshot_take(sim);
	sim_frame_bar(memory, 2, 1 << 1);
	assert_int_equal(usable(&m, 8), 3);
	sim_frame_bar(memory, 3, 1 << 0);
	sim_snapshot_restore(sim, snap);
	assert_int_equal(usable(&m, 8), 4);
	assert_false(__asan_address_is_poisoned(data_of(3)));
	sim_frame_bar(memory, 2, 0);
	assert_int_equal(usable(&m, 8), 7);
	sim_snapshot_free(snap);
}

/* ---- restores ----------------------------------------------------------- */

/* Poisons one word of @frame before a snapshot, unpoisons it after. */
static void restore_poison_of(uint64_t frame)
{
	struct sim_snapshot *snap;

	setup(NULL);
	sim_poison(sim, data_of(frame) + 512, 64, 0xfa);
	snap = sim_snapshot_take(sim);
	sim_unpoison(sim, data_of(frame), SIM_FRAME_BYTES);
	touch(data_of(frame) + 520);
	sim_snapshot_restore(sim, snap);
	touch(data_of(frame) + 511);
	touch(data_of(frame) + 520);
}

static void overflow_in_a_hot_frame(void)
{
	restore_poison_of(2);
}

static void overflow_in_a_cold_frame(void)
{
	restore_poison_of(9);
}

static void overflow_in_a_free_frame(void)
{
	restore_poison_of(14);
}

static void use_a_frame_that_is_free_again(void)
{
	struct sim_snapshot *snap;

	setup(NULL);
	sim_poison(sim, data_of(13), SIM_FRAME_BYTES, 0xfe);
	snap = sim_snapshot_take(sim);
	sim_frames_set_class(memory, 13, 1, SIM_FRAME_HOT);
	sim_unpoison(sim, data_of(13), SIM_FRAME_BYTES);
	touch(data_of(13));
	sim_snapshot_restore(sim, snap);
	touch(data_of(13));
}

static void use_an_alias_of_a_restored_frame(void)
{
	static const uint64_t frames[] = { 2 };
	struct sim_snapshot *snap;
	char *alias;

	setup(NULL);
	alias = sim_alias_map(memory, frames, 1);
	sim_poison(sim, data_of(2) + 512, 64, 0xfa);
	snap = sim_snapshot_take(sim);
	sim_unpoison(sim, data_of(2), SIM_FRAME_BYTES);
	touch(alias + 520);
	sim_snapshot_restore(sim, snap);
	touch(alias + 520);
}

static void restored_poison_is_reported(void **state)
{
	assert_reported(overflow_in_a_hot_frame, "heap-buffer-overflow");
	assert_reported(overflow_in_a_cold_frame, "heap-buffer-overflow");
	assert_reported(overflow_in_a_free_frame, "heap-buffer-overflow");
	assert_reported(use_a_frame_that_is_free_again, "ERROR: Address");
	assert_reported(use_an_alias_of_a_restored_frame,
			"heap-buffer-overflow");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_byte_of_objects_and_gaps_is_right),
		TEST(poison_never_spills_over),
		TEST(a_barred_view_is_poison),
		TEST(poison_outlives_a_barred_view),
		TEST(a_restore_brings_views_back),
		cmocka_unit_test(poison_is_reported),
		cmocka_unit_test(poison_is_reported_in_bulk),
		cmocka_unit_test(restored_poison_is_reported),
	};

	return cmocka_run_group_tests_name("poison", tests, NULL, NULL);
}

#else

int main(void)
{
	return VTB_EXIT_SKIP;
}

#endif
