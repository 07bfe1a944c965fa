/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * @name@_test.c - what /dev/@name@ promises
 *
 * One process in one simulated machine calls the driver as user space does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <@name@_ioctl.h>
#include <worlds/one_host.h>

/* A fiber cannot end the process the way cmocka does: results are kept. */
static int64_t call(struct world *world, int64_t file, unsigned int cmd,
		    struct @name@_slot *slot)
{
	return one_host_ioctl(world, (uint64_t)file, cmd, slot, sizeof(*slot));
}

struct seen {
	int64_t set, get, bad_index, bad_command, close, after_close;
	uint32_t value, fresh;
};
static struct seen seen;

static int64_t run(struct world *world, const uint64_t *args)
{
	struct @name@_slot slot = { .index = @NAME@_SLOTS - 1, .value = 7 };
	int64_t file = one_host_open(world, "@name@");

	seen.set = call(world, file, @NAME@_SET, &slot);
	slot.value = 0;
	seen.get = call(world, file, @NAME@_GET, &slot);
	seen.value = slot.value;
	slot.index = 0;
	call(world, file, @NAME@_GET, &slot);
	seen.fresh = slot.value;
	slot.index = @NAME@_SLOTS;
	seen.bad_index = call(world, file, @NAME@_SET, &slot);
	seen.bad_command = call(world, file, 0, &slot);
	seen.close = one_host_close(world, (uint64_t)file);
	seen.after_close = call(world, file, @NAME@_GET, &slot);
	return 0;
}

static const struct op op = { .name = "run", .run = run };
static const struct world_type type = {
	.name = "@name@_test", .actors = one_host_user, .ops = &op, .nr_ops = 1,
	.finish = one_host_finish,
};

static void slots_hold_what_was_set(void **state)
{
	const struct op_call call = { .op = &op, .key = 1 };
	struct sim *sim = sim_new(&(struct sim_options){ 0 });
	struct world *world = one_host_build(&type, sim,
					     sizeof(struct one_host));

	assert_int_equal(world_run(world, &call, 1,
				   &(struct sim_run_options){ 0 }, NULL),
			 SIM_END_QUIESCENT);
	assert_int_equal(seen.set, 0);
	assert_int_equal(seen.get, 0);
	assert_int_equal(seen.value, 7);
	assert_int_equal(seen.fresh, 0);
	assert_int_equal(seen.bad_index, -EINVAL);
	assert_int_equal(seen.bad_command, -ENOTTY);
	assert_int_equal(seen.close, 0);
	assert_int_equal(seen.after_close, -EBADF);
	sim_free(sim);
}

/* Kernel instances are not LeakSanitizer's business. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_hold_what_was_set),
	};

	return cmocka_run_group_tests_name("@name@", tests, NULL, NULL);
}
