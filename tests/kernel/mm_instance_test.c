/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_instance_test.c - the memory half inside a real kernel instance
 *
 * A world with one machine and one instance; tests run as a user thread, from
 * a snapshot taken after boot. Kernel-side code is shared with the unit tests
 * (mm_heap_cut.c, mm_user_cut.c).
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <sim/sim.h>
#include <sim/snapshot.h>

#include "mm_cut.h"

#define PAGE	4096ul
#define USER	0x10000000ul
#define FRAMES	1024

/* The symbolizer needs more stack than a fiber has. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0";
}

static struct sim *sim;
static struct sim_memory *memory;
static struct kernel_instance *instance;
static struct sim_snapshot *booted;

/* What the user thread of a test does, inside the kernel. */
static int (*body)(void);
static int result;
static struct vtb_process *process;

static void user_thread(void *arg)
{
	kernel_enter(instance);
	process = vtb_process_new("test");
	vtb_process_use(process);
	result = body();
	vtb_process_exit(process);
	kernel_exit();
}

static int make_world(void **state)
{
	struct sim_options options = { .region_slot = 0 };
	struct kernel_instance_options kernel = { .name = "k" };
	struct sim_plan plan = { .strategy = SIM_ROUND_ROBIN };

	sim = sim_new(&options);
	assert_non_null(sim);
	sim_set_plan(sim, &plan);
	memory = sim_memory_new(sim, "m", FRAMES, 0);
	kernel.sim = sim;
	kernel.memory = memory;
	instance = kernel_instance_new(&kernel);
	assert_non_null(instance);
	assert_int_equal(sim_run(sim, &(struct sim_run_options){ 0 }),
			 SIM_END_QUIESCENT);
	assert_int_equal(kernel_instance_boot_error(instance), 0);
	booted = sim_snapshot_take(sim);
	return booted ? 0 : -1;
}

static int free_world(void **state)
{
	sim_snapshot_free(booted);
	sim_free(sim);
	return 0;
}

/* Runs @fn from the state after boot. */
static enum sim_end run(int (*fn)(void))
{
	enum sim_end end;

	sim_snapshot_restore(sim, booted);
	body = fn;
	result = -1;
	kernel_user_thread(instance, "user", user_thread, NULL);
	end = sim_run(sim, &(struct sim_run_options){ 0 });
	return end;
}

#define assert_runs(fn)							\
	do {								\
		enum sim_end end_ = run(fn);				\
									\
		if (end_ == SIM_END_FINDING)				\
			fail_msg("%s: %s", sim_finding_get(sim)->oracle, \
				 sim_finding_get(sim)->what);		\
		assert_int_equal(end_, SIM_END_QUIESCENT);		\
		assert_int_equal(result, 0);				\
	} while (0)

static struct vtb_account account(void)
{
	struct vtb_account account;

	kernel_peek_begin(instance);
	vtb_kernel_account(&account);
	kernel_peek_end();
	return account;
}

/* ---- what must work ----------------------------------------------------- */

static void test_checks(void **state)
{
	static int (* const checks[])(void) = {
		cut_check_contents, cut_check_alignment, cut_check_krealloc,
		cut_check_quarantine, cut_allocate_everything, cut_check_ctor,
		cut_check_orders, cut_check_gaps, cut_check_compound,
		cut_check_exact, cut_page_references, cut_atomic_alloc,
		cut_check_phys, cut_check_vmalloc, cut_check_ring,
		cut_check_strings, cut_check_xarray,
	};
	struct vtb_account before, after;
	size_t i;

	sim_snapshot_restore(sim, booted);
	before = account();
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		assert_runs(checks[i]);
		after = account();
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

/* Would kernel code be caught here? Without ASan nobody is. */
static bool is_forbidden(const void *address, bool without_asan)
{
#ifdef VTB_ASAN
	return __asan_address_is_poisoned(address);
#else
	return without_asan;
#endif
}

static int use_user_memory(void)
{
	char text[4] = "";

	if (vtb_sys_mmap(USER, 3 * PAGE, VTB_PROT_WRITE) != USER ||
	    vtb_user_store(USER + PAGE - 1, "abc", 4))
		return 1;
	if (cut_copy_to(USER + 2 * PAGE - 8, PAGE) ||
	    cut_copy_from(USER, 3 * PAGE) ||
	    cut_copy_to(USER + PAGE, 3 * PAGE) != PAGE)
		return 2;
	if (cut_get_put(USER + 64))
		return 3;
	if (cut_pin(USER, 3, 1) != 3 || cut_pin_count(1) != 1025)
		return 4;
	if (vtb_sys_munmap(USER, PAGE))
		return 5;
	cut_write_pinned(1, 'w');
	if (is_forbidden(cut_pinned_address(1), false))
		return 7;
	cut_unpin(3);
	if (!is_forbidden(cut_pinned_address(2), true))
		return 8;
	if (vtb_user_load(USER + PAGE, text, 1) || text[0] != 'w')
		return 6;
	return 0;
}

static void test_user_memory(void **state)
{
	assert_runs(use_user_memory);
	assert_int_equal(account().user_pages, 0);
	assert_int_equal(account().pins, 0);
}

static int use_device(void)
{
	long fd;

	if (cut_device_register())
		return 1;
	fd = vtb_sys_open("cut");
	if (fd < 0 || vtb_sys_ioctl(fd, 1, 7) != 7 || vtb_sys_close(fd))
		return 2;
	cut_device_unregister();
	return strcmp(cut_device_log, "oir");
}

static void test_device(void **state)
{
	assert_runs(use_device);
}

/* ---- findings ----------------------------------------------------------- */

#define FINDS(fn, ...)							\
	static int finds_##fn(void)					\
	{								\
		fn(__VA_ARGS__);					\
		return 0;						\
	}

FINDS(cut_double_free)
FINDS(cut_free_inside)
FINDS(cut_page_double_free)
FINDS(cut_page_put_too_often)
FINDS(cut_phys_of_static)
FINDS(cut_vfree_twice)
FINDS(cut_mmio_after_unmap)
FINDS(cut_unpin_never_pinned)
FINDS(cut_list_del_twice)

static void test_findings(void **state)
{
	static const struct {
		int (*fn)(void);
		const char *identity;
	} rows[] = {
		{ finds_cut_double_free,
		  "double-free/kmalloc-32/cut_double_free+cut_double_free" },
		{ finds_cut_free_inside,
		  "invalid-free/kmalloc-32/cut_free_inside+cut_free_inside" },
		{ finds_cut_page_double_free,
		  "double-free/page/cut_page_double_free+cut_page_double_free" },
		{ finds_cut_page_put_too_often, "page-refcount/page/" },
		{ finds_cut_phys_of_static,
		  "bad-phys-addr/static_data/cut_phys_of_static" },
		{ finds_cut_vfree_twice, "double-free/vmalloc/cut_vfree_twice" },
		{ finds_cut_mmio_after_unmap,
		  "bad-mmio/ioremap/cut_mmio_after_unmap" },
		{ finds_cut_unpin_never_pinned,
		  "unbalanced-unpin/page/cut_unpin_never_pinned" },
		{ finds_cut_list_del_twice,
		  "list-corruption/list/cut_list_del_twice" },
	};
	char identity[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(run(rows[i].fn), SIM_END_FINDING);
		sim_finding_identity(sim_finding_get(sim), identity,
				     sizeof(identity));
		if (strncmp(identity, rows[i].identity,
			    strlen(rows[i].identity)))
			fail_msg("%s instead of %s", identity,
				 rows[i].identity);
	}
}

/* ---- ASan, with the poison of the real world ---------------------------- */

#ifdef VTB_ASAN
static int overflow(void)
{
	cut_touch(40, 40, 41);
	return 0;
}

static int after_free(void)
{
	cut_use_after_free(40);
	return 0;
}

static int after_vfree(void)
{
	cut_use_after_vfree();
	return 0;
}

static int vmalloc_overrun(void)
{
	cut_vmalloc_overrun(5000);
	return 0;
}

static int rcu_freed(void)
{
	cut_kfree_rcu();
	return 0;
}

static const struct {
	int (*fn)(void);
	const char *text;
} asan_rows[] = {
	{ overflow, "kmalloc-64: 0 bytes after 40-byte kmalloc-64 object "
		    "(in use); heap-buffer-overflow" },
	{ after_free, "kmalloc-64: 0 bytes inside 40-byte kmalloc-64 object "
		      "(freed); heap-use-after-free" },
	{ after_vfree, "heap-use-after-free" },
	{ vmalloc_overrun, "vmalloc: 0 bytes after 5000-byte vmalloc" },
	{ rcu_freed, "heap-use-after-free" },
};

#define NR_ASAN_ROWS	(sizeof(asan_rows) / sizeof(asan_rows[0]))

/* What the bench does when ASan finds something: say what the heap knows. */
static void on_asan_report(const char *text)
{
	struct vtb_heap_report report = { .object = "no heap object" };

	vtb_kernel_heap_report(__asan_get_report_address(), &report);
	printf("%s: %s; %s", report.object, report.text,
	       __asan_get_report_description());
	fflush(stdout);
	_exit(4);
}

/*
 * A world lies in shared memory, so a fork() would not be a copy of it: each
 * case runs in a process of its own, this program with the case's number.
 */
static const char *asan_report(size_t nr)
{
	static char text[512];
	char command[400], self[300];
	ssize_t len;
	FILE *child;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(len > 0);
	self[len] = 0;
	snprintf(command, sizeof(command), "'%s' %zu 2>/dev/null", self, nr);
	child = popen(command, "r");
	assert_non_null(child);
	len = fread(text, 1, sizeof(text) - 1, child);
	text[len] = 0;
	pclose(child);
	return text;
}

static int run_asan_row(const char *nr)
{
	make_world(NULL);
	__asan_set_error_report_callback(on_asan_report);
	run(asan_rows[strtoul(nr, NULL, 10)].fn);
	return 0;
}

static void test_asan_reports(void **state)
{
	size_t i;

	for (i = 0; i < NR_ASAN_ROWS; i++) {
		const char *text = asan_report(i);

		if (!strstr(text, asan_rows[i].text))
			fail_msg("'%s' instead of '%s'", text,
				 asan_rows[i].text);
	}
}
#endif

/* ---- determinism -------------------------------------------------------- */

static uint64_t hash_after(int (*fn)(void))
{
	run(fn);
	return sim_state_hash(sim);
}

static int everything(void)
{
	cut_allocate_everything();
	return use_user_memory();
}

static void test_same_state_every_time(void **state)
{
	uint64_t first = hash_after(everything);

	run(finds_cut_double_free);
	run(use_device);
	assert_int_equal(hash_after(everything), first);
	assert_int_equal(result, 0);
}

/* A snapshot taken while a page is pinned and written to. */
static struct sim_fiber *sleeper;

static int pin_and_wait(void)
{
	vtb_sys_mmap(USER, PAGE, VTB_PROT_WRITE);
	cut_pin(USER, 1, 1);
	kernel_exit();
	sleeper = sim_fiber_self(sim);
	sim_fiber_block(sim);
	kernel_enter(instance);
	cut_write_pinned(0, 'w');
	return 0;
}

static void test_snapshot_while_pinned(void **state)
{
	struct sim_snapshot *snapshot;
	struct sim_run_options options = { 0 };
	uint64_t hash;
	int i;

	run(pin_and_wait);
	snapshot = sim_snapshot_take(sim);
	hash = sim_state_hash(sim);
	for (i = 0; i < 2; i++) {
		sim_fiber_wake(sim, sleeper);
		assert_int_equal(sim_run(sim, &options), SIM_END_QUIESCENT);
		assert_int_not_equal(sim_state_hash(sim), hash);
		sim_snapshot_restore(sim, snapshot);
		assert_int_equal(sim_state_hash(sim), hash);
	}
	sim_snapshot_free(snapshot);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_user_memory),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_findings),
#ifdef VTB_ASAN
		cmocka_unit_test(test_asan_reports),
#endif
		cmocka_unit_test(test_same_state_every_time),
		cmocka_unit_test(test_snapshot_while_pinned),
	};

#ifdef VTB_ASAN
	if (argc > 1)
		return run_asan_row(argv[1]);
#endif
	return cmocka_run_group_tests(tests, make_world, free_world);
}
