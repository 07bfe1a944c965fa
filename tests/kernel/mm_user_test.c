/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_user_test.c - processes, copies, pins, lists and devices
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge_mock.h"
#include "mm_cut.h"
#include "mm_test.h"

#define USER	0x10000000ul	/* where tests map user memory */

/* ---- user memory -------------------------------------------------------- */

static struct vtb_process *process;

static int setup_process(void **state)
{
	mm_setup(state);
	process = vtb_process_new("p");
	vtb_process_use(process);
	return 0;
}

static void map(unsigned long first, unsigned long nr, int prot)
{
	assert_int_equal(vtb_sys_mmap(USER + first * PAGE, nr * PAGE, prot),
			 USER + first * PAGE);
}

static void test_mappings(void **state)
{
	char byte = 5;

	map(0, 4, VTB_PROT_WRITE);
	assert_int_equal(vtb_sys_mmap(USER + PAGE, PAGE, VTB_PROT_READ),
			 -EEXIST);
	assert_int_equal(vtb_sys_mmap(USER + 1, PAGE, 1), -EINVAL);
	assert_int_equal(vtb_user_frame(USER), -EFAULT);
	assert_int_equal(vtb_user_store(USER + PAGE - 1, "ab", 2), 0);
	assert_true(vtb_user_frame(USER) > 0);
	assert_int_equal(mm_account().user_pages, 2);
	assert_int_equal(vtb_user_load(USER + PAGE, &byte, 1), 0);
	assert_int_equal(byte, 'b');

	assert_int_equal(vtb_sys_mprotect(USER + PAGE, PAGE, VTB_PROT_READ), 0);
	assert_int_equal(vtb_user_store(USER + PAGE, "c", 1), -EFAULT);
	assert_int_equal(vtb_user_load(USER + PAGE, &byte, 1), 0);
	assert_int_equal(vtb_user_store(USER + 2 * PAGE, "c", 1), 0);
	assert_int_equal(vtb_sys_mprotect(USER, 5 * PAGE, VTB_PROT_READ),
			 -ENOMEM);

	assert_int_equal(vtb_sys_munmap(USER + PAGE, PAGE), 0);
	assert_int_equal(vtb_user_load(USER + PAGE, &byte, 1), -EFAULT);
	assert_int_equal(vtb_user_load(USER + 3 * PAGE, &byte, 1), 0);
	assert_int_equal(byte, 0);
	vtb_process_exit(process);
	assert_int_equal(mm_account().user_pages, 0);
}

/* A mapping of 64 TiB costs what is used of it. */
static void test_huge_mapping(void **state)
{
	unsigned long bytes = 1ul << 46;
	char byte;

	assert_int_equal(vtb_sys_mmap(USER, bytes, VTB_PROT_WRITE), USER);
	assert_int_equal(vtb_user_store(USER + bytes - 1, "x", 1), 0);
	assert_int_equal(vtb_user_store(USER + bytes / 2, "y", 1), 0);
	assert_int_equal(vtb_sys_munmap(USER + bytes / 4, bytes / 2), 0);
	assert_int_equal(mm_account().user_pages, 1);
	assert_int_equal(vtb_user_load(USER + bytes - 1, &byte, 1), 0);
	assert_int_equal(byte, 'x');
	assert_int_equal(vtb_user_load(USER + bytes / 2, &byte, 1), -EFAULT);
	assert_int_equal(vtb_sys_mmap(USER + bytes, 1ul << 47, 3), -ENOMEM);
	vtb_process_exit(process);
	assert_int_equal(mm_account().user_pages, 0);
}

/* Many mappings, taken apart and put together again. */
static void test_many_mappings(void **state)
{
	unsigned long i;
	char byte;

	map(0, 200, VTB_PROT_WRITE);
	for (i = 0; i < 200; i += 2)
		assert_int_equal(vtb_sys_mprotect(USER + i * PAGE, PAGE,
						  VTB_PROT_READ), 0);
	for (i = 0; i < 200; i++)
		assert_int_equal(vtb_user_store(USER + i * PAGE, "x", 1),
				 i % 2 ? 0 : -EFAULT);
	for (i = 0; i < 200; i += 4)
		assert_int_equal(vtb_sys_munmap(USER + i * PAGE, PAGE), 0);
	assert_int_equal(vtb_sys_mprotect(USER + PAGE, 3 * PAGE,
					  VTB_PROT_WRITE), 0);
	assert_int_equal(vtb_sys_mprotect(USER, 200 * PAGE, VTB_PROT_WRITE),
			 -ENOMEM);
	for (i = 0; i < 200; i++)
		assert_int_equal(vtb_user_load(USER + i * PAGE, &byte, 1),
				 i % 4 ? 0 : -EFAULT);
	assert_int_equal(vtb_sys_munmap(USER, 200 * PAGE), 0);
	assert_int_equal(mm_account().user_pages, 0);
}

/* A kernel page never touches a user page, however full the memory is. */
static void test_gap_to_kernel_pages(void **state)
{
	bool user[MOCK_FRAMES + 1] = { false };
	unsigned long i, page, pfn;
	int kernel_pages = 0;

	map(0, 300, VTB_PROT_WRITE);
	for (i = 0; i < 300; i++) {
		assert_int_equal(vtb_user_store(USER + i * PAGE, "x", 1), 0);
		user[vtb_user_frame(USER + i * PAGE)] = true;
	}
	vtb_sys_munmap(USER + 100 * PAGE, PAGE);
	vtb_sys_munmap(USER + 110 * PAGE, 3 * PAGE);
	while ((page = cut_alloc_page())) {
		pfn = (page - (unsigned long)mock.boot.memory) / PAGE;
		if (user[pfn])
			kernel_pages++;
		user[pfn] = false;
		/* What lies beside it: unmapped, or never a user page. */
		assert_int_not_equal(mock.class[pfn - 1], 2);
		assert_int_not_equal(mock.class[pfn + 1], 2);
	}
	assert_int_equal(kernel_pages, 1);
}

static void test_processes_are_apart(void **state)
{
	struct vtb_process *other = vtb_process_new("q");
	char byte = 5;

	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	vtb_process_use(other);
	assert_int_equal(vtb_user_load(USER, &byte, 1), -EFAULT);
	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_load(USER, &byte, 1), 0);
	assert_int_equal(byte, 0);
	vtb_process_exit(other);
	vtb_process_use(process);
	assert_int_equal(vtb_user_load(USER, &byte, 1), 0);
	assert_int_equal(byte, 'x');
}

static void test_copies(void **state)
{
	char text[4];

	map(0, 2, VTB_PROT_WRITE);
	map(3, 1, VTB_PROT_READ);
	assert_int_equal(cut_copy_to(USER + 100, PAGE), 0);
	assert_int_equal(cut_copy_from(USER, 2 * PAGE), 0);
	/* Into the hole: what lies before it is copied. */
	assert_int_equal(cut_copy_to(USER + PAGE, 2 * PAGE), PAGE);
	assert_int_equal(cut_copy_from(USER + PAGE + 10, 2 * PAGE), PAGE + 10);
	assert_true(cut_tail_is_zero(2 * PAGE, PAGE + 10));
	assert_int_equal(cut_copy_to(USER + 3 * PAGE, 1), 1);
	assert_int_equal(cut_copy_from(USER + 3 * PAGE, 1), 0);
	assert_int_equal(cut_copy_from(0xffff888000000000ul, 8), 8);
	assert_int_equal(cut_copy_from(0x7ffffffff000ul - 8, 16), 16);
	assert_int_equal(cut_copy_from(-8ul, 16), 16);
	assert_int_equal(cut_get_put(USER + 64), 0);

	assert_int_equal(vtb_user_store(USER + PAGE - 2, "abc", 4), 0);
	assert_int_equal(cut_strncpy(USER + PAGE - 2, 100), 3);
	assert_int_equal(cut_strncpy(USER + PAGE - 2, 2), 2);
	assert_int_equal(vtb_user_load(USER + PAGE - 2, text, 4), 0);
	assert_string_equal(text, "abc");
}

/* Who may write a page follows from how it is mapped. */
static void test_user_writes(void **state)
{
	long first, second;

	map(0, 2, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	assert_int_equal(vtb_user_store(USER + PAGE, "x", 1), 0);
	first = vtb_user_frame(USER);
	second = vtb_user_frame(USER + PAGE);
	assert_true(mock.user_writes[first] && mock.user_writes[second]);
	assert_int_equal(vtb_sys_mprotect(USER, PAGE, VTB_PROT_READ), 0);
	assert_true(!mock.user_writes[first] && mock.user_writes[second]);
	assert_int_equal(vtb_sys_mprotect(USER, PAGE, VTB_PROT_WRITE), 0);
	assert_true(mock.user_writes[first]);
	/* The page stays, pinned, but nobody in user mode can write it. */
	assert_int_equal(cut_pin(USER + PAGE, 1, 1), 1);
	assert_int_equal(vtb_sys_munmap(USER + PAGE, PAGE), 0);
	assert_false(mock.user_writes[second]);
	cut_unpin(1);
	vtb_process_exit(process);
	assert_false(mock.user_writes[first]);
}

static void test_fetches(void **state)
{
	map(0, 2, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER + PAGE - 2, "abc", 4), 0);
	assert_int_equal(vtb_user_load(USER, &(char){ 0 }, 1), 0);
	assert_int_equal(cut_copy_to(USER, 8), 0);
	assert_int_equal(cut_fault_in(USER, 2 * PAGE), 0);
	assert_int_equal(mock.fetched, 0);
	assert_int_equal(cut_copy_from(USER + PAGE - 8, 16), 0);
	assert_int_equal(mock.fetched, 16);
	assert_int_equal(cut_strncpy(USER + PAGE - 2, 100), 3);
	assert_int_equal(mock.fetched, 20);
}

static void unmap_second_page(void)
{
	vtb_sys_munmap(USER + PAGE, PAGE);
}

/* Another thread unmaps while the copy is between two pages. */
static void test_copy_races_with_munmap(void **state)
{
	map(0, 2, VTB_PROT_WRITE);
	mock.at_preempt_point = unmap_second_page;
	assert_int_equal(cut_copy_to(USER, 2 * PAGE), PAGE);
}

static void test_injected_copy_faults(void **state)
{
	map(0, 3, VTB_PROT_WRITE);
	mock.fail_kind = VTB_FAIL_UCOPY;
	mock.fail_at = 1;
	assert_int_equal(cut_copy_from(USER + 8, 2 * PAGE), 2 * PAGE);
	mock.fail_calls = 0;
	mock.choice = 1;
	assert_int_equal(cut_copy_from(USER + 8, 2 * PAGE), PAGE + 8);
	mock.fail_calls = 0;
	mock.choice = 9;
	assert_int_equal(cut_copy_from(USER + 8, 2 * PAGE), 8);
}

static void copy_in_atomic(void)
{
	cut_copy_from(USER, 8);
}

static void test_page_faults(void **state)
{
	map(0, 1, VTB_PROT_WRITE);
	/* Not present, and may not be brought in. */
	assert_int_equal(cut_copy_from_nofault(USER, 8), 8);
	assert_int_equal(cut_copy_from(USER, 8), 0);
	assert_int_equal(cut_copy_from_nofault(USER, 8), 0);
	cut_set_atomic(1);
	assert_true(mock_finds("sleep-in-atomic", copy_in_atomic));
}

/* ---- pins --------------------------------------------------------------- */

static void unpin_one(void)
{
	cut_unpin(1);
}

static void test_pins(void **state)
{
	long frame;

	map(0, 3, VTB_PROT_WRITE);
	assert_int_equal(cut_pin(USER + 5, 3, 1), 3);
	frame = vtb_user_frame(USER);
	assert_int_equal(mock.pins[frame], 1);
	assert_int_equal(mock.class[frame], 1);
	assert_int_equal(mm_account().pins, 3);
	assert_int_equal(cut_pin_count(0), 1025);
	cut_write_pinned(0, 'w');
	assert_int_equal(cut_pin(USER, 1, 0), 1);
	assert_int_equal(mock.pins[frame], 2);
	cut_unpin(1);
	cut_unpin_dirty(3);
	assert_int_equal(cut_page_dirty(2), 1);
	assert_int_equal(mock.pins[frame], 0);
	assert_int_equal(mock.class[frame], 2);
	assert_int_equal(mm_account().pins, 0);
	assert_true(mock_finds("unbalanced-unpin", unpin_one));
	assert_string_equal(mock.object, "user page");
}

static void test_short_pins(void **state)
{
	map(0, 2, VTB_PROT_WRITE);
	map(3, 1, VTB_PROT_READ);
	assert_int_equal(cut_pin(USER, 4, 0), 2);
	cut_unpin(2);
	assert_int_equal(cut_pin(USER + 2 * PAGE, 1, 0), -EFAULT);
	assert_int_equal(cut_pin(USER + 3 * PAGE, 1, 1), -EFAULT);
	assert_int_equal(cut_pin(USER + 3 * PAGE, 1, 0), 1);
	cut_unpin(1);
	assert_int_equal(cut_pin(0xffff888000000000ul, 1, 0), -EFAULT);
	assert_int_equal(cut_pin(USER, 0, 0), 0);

	mock.fail_kind = VTB_FAIL_PIN;
	mock.fail_at = 1;
	assert_int_equal(cut_pin(USER, 2, 1), -ENOMEM);
	mock.fail_calls = 0;
	mock.choice = 1;
	assert_int_equal(cut_pin(USER, 2, 1), 1);
	cut_unpin(1);
	assert_int_equal(mm_account().pins, 0);
}

static void test_munmap_while_pinned(void **state)
{
	char byte;

	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	assert_int_equal(cut_pin(USER, 1, 1), 1);
	assert_int_equal(vtb_sys_munmap(USER, PAGE), 0);
	assert_int_equal(mm_account().user_pages, 1);
	cut_write_pinned(0, 'y');
	/* What is mapped there now is another page. */
	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_load(USER, &byte, 1), 0);
	assert_int_equal(byte, 0);
	cut_unpin(1);
	assert_int_equal(mm_account().user_pages, 1);
	vtb_process_exit(process);
	assert_int_equal(mm_account().user_pages, 0);
}

static void pin_races(void)
{
	vtb_sys_munmap(USER + PAGE, PAGE);
}

static void test_pin_races_with_munmap(void **state)
{
	map(0, 3, VTB_PROT_WRITE);
	mock.at_preempt_point = pin_races;
	assert_int_equal(cut_pin(USER, 3, 1), 1);
	cut_unpin(1);
}

static void pin_without_lock(void)
{
	cut_pin_unlocked_slow(USER);
}

static void test_bad_pins(void **state)
{
	map(0, 1, VTB_PROT_WRITE);
	assert_true(mock_finds("lock-missing", pin_without_lock));
	assert_int_equal(cut_pin(USER, 1, 1), 1);
	vtb_sys_munmap(USER, PAGE);
	assert_true(mock_finds("page-refcount", cut_put_pinned));
}

/* ---- lib, fs ------------------------------------------------------------ */

static void test_lists(void **state)
{
	assert_true(mock_finds("list-corruption", cut_list_del_twice));
	assert_true(mock_finds("list-corruption", cut_list_add_twice));
}

static void test_lib(void **state)
{
	assert_int_equal(cut_check_strings(), 0);
	assert_int_equal(cut_check_xarray(), 0);
	cut_grace_period();
	assert_int_equal(mm_account().objects, 0);
}

static void test_device(void **state)
{
	long fd, other;

	assert_int_equal(vtb_sys_open("cut"), -ENOENT);
	assert_int_equal(cut_device_register(), 0);
	fd = vtb_sys_open("/dev/cut");
	other = vtb_sys_open("cut");
	assert_true(fd >= 0 && other >= 0 && fd != other);
	assert_int_equal(vtb_sys_ioctl(fd, 1, 7), 7);
	assert_int_equal(vtb_sys_ioctl(fd, 9, 0), -ENOTTY);
	assert_int_equal(vtb_sys_ioctl(20, 1, 0), -EBADF);
	assert_int_equal(vtb_sys_close(fd), 0);
	assert_int_equal(vtb_sys_close(fd), -EBADF);
	assert_string_equal(cut_device_log, "ooiir");
	vtb_process_exit(process);
	assert_string_equal(cut_device_log, "ooiirr");
	cut_device_unregister();
	assert_int_equal(mm_account().objects, 0);
}

static void test_open_fails(void **state)
{
	assert_int_equal(cut_device_register(), 0);
	cut_device_open_error = -EBUSY;
	assert_int_equal(vtb_sys_open("cut"), -EBUSY);
	assert_string_equal(cut_device_log, "o");
	cut_device_unregister();
	assert_int_equal(mm_account().objects, 0);
}

/* The mappings go first, then the files, when the last thread leaves. */
static void test_process_dies(void **state)
{
	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	assert_int_equal(cut_device_register(), 0);
	assert_int_equal(vtb_sys_open("cut"), 0);
	vtb_process_release(process);
	assert_int_equal(mm_account().user_pages, 1);
	assert_string_equal(cut_device_log, "o");
	vtb_process_use(NULL);
	assert_int_equal(mm_account().user_pages, 0);
	assert_string_equal(cut_device_log, "orn");
	cut_device_unregister();
}

static void test_exec(void **state)
{
	char byte;

	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	assert_int_equal(cut_device_register(), 0);
	assert_int_equal(vtb_sys_open("cut"), 0);
	assert_int_equal(vtb_sys_exec(), 0);
	assert_int_equal(mm_account().user_pages, 0);
	assert_int_equal(vtb_user_load(USER, &byte, 1), -EFAULT);
	assert_int_equal(vtb_sys_ioctl(0, 1, 7), 7);
	map(0, 1, VTB_PROT_WRITE);
	assert_int_equal(vtb_user_store(USER, "x", 1), 0);
	vtb_process_exit(process);
	assert_int_equal(mm_account().user_pages, 0);
	cut_device_unregister();
}

static void test_pass_file(void **state)
{
	struct vtb_process *other = vtb_process_new("q");

	assert_int_equal(cut_device_register(), 0);
	assert_int_equal(vtb_sys_open("cut"), 0);
	assert_int_equal(vtb_sys_send_fd(other, 1), -EBADF);
	assert_int_equal(vtb_sys_send_fd(other, 0), 0);
	assert_int_equal(vtb_sys_send_fd(other, 0), 1);
	vtb_process_use(other);
	vtb_process_exit(process);
	assert_string_equal(cut_device_log, "o");
	vtb_process_exit(other);
	assert_string_equal(cut_device_log, "or");
	cut_device_unregister();
}

static void test_file_numbers(void **state)
{
	assert_int_equal(cut_device_register(), 0);
	assert_int_equal(cut_reserve_fd(), 0);
	assert_int_equal(vtb_sys_open("cut"), 1);
	assert_int_equal(vtb_sys_close(0), -EBADF);
	assert_int_equal(cut_install_fd(0), 0);
	assert_int_equal(vtb_sys_ioctl(0, 1, 3), 3);
	vtb_process_exit(process);
	cut_device_unregister();
	assert_int_equal(mm_account().objects, 0);
}

static void test_limits(void **state)
{
	assert_int_equal(cut_lock_pages(3), 0);
	assert_int_equal(cut_lock_pages(-3), 0);
	vtb_process_set_limits(process, 2 * PAGE, 1);
	assert_int_equal(cut_lock_pages(3), 0);
	vtb_process_set_limits(process, 4 * PAGE, 0);
	assert_int_equal(cut_lock_pages(1), 0);
	assert_int_equal(cut_lock_pages(1), -ENOMEM);
	assert_int_equal(vtb_process_locked(process), 4);
	assert_int_equal(cut_lock_pages(-4), 0);
	assert_int_equal(vtb_process_locked(process), 0);
}

#define TEST(name)		cmocka_unit_test_setup(name, mm_setup)
#define TEST_PROCESS(name)	cmocka_unit_test_setup(name, setup_process)

int mm_user_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_PROCESS(test_mappings),
		TEST_PROCESS(test_huge_mapping),
		TEST_PROCESS(test_many_mappings),
		TEST_PROCESS(test_gap_to_kernel_pages),
		TEST_PROCESS(test_processes_are_apart),
		TEST_PROCESS(test_copies),
		TEST_PROCESS(test_user_writes),
		TEST_PROCESS(test_fetches),
		TEST_PROCESS(test_copy_races_with_munmap),
		TEST_PROCESS(test_injected_copy_faults),
		TEST_PROCESS(test_page_faults),
		TEST_PROCESS(test_pins),
		TEST_PROCESS(test_short_pins),
		TEST_PROCESS(test_munmap_while_pinned),
		TEST_PROCESS(test_pin_races_with_munmap),
		TEST_PROCESS(test_bad_pins),
		TEST(test_lists),
		TEST(test_lib),
		TEST_PROCESS(test_device),
		TEST_PROCESS(test_open_fails),
		TEST_PROCESS(test_process_dies),
		TEST_PROCESS(test_exec),
		TEST_PROCESS(test_pass_file),
		TEST_PROCESS(test_file_numbers),
		TEST_PROCESS(test_limits),
	};

	return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
