/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_heap_test.c - pages, objects, areas and device memory
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge_mock.h"
#include "mm_cut.h"
#include "mm_test.h"

#define USER	0x10000000ul	/* where tests map user memory */

/* ---- ASan reports: each in a child, its words come through a pipe ------- */

static int report_fd;

/* What the bench does when ASan finds something: say what the heap knows. */
static void on_asan_report(const char *text)
{
	struct vtb_heap_report report = { .object = "no heap object" };

	vtb_kernel_heap_report(__asan_get_report_address(), &report);
	dprintf(report_fd, "%s: %s; %s", report.object, report.text,
		__asan_get_report_description());
	_exit(4);
}

static char caught[512];

/* Runs @fn(@arg) in a child; its report, or "" if there was none. */
static const char *asan_report(void (*fn)(long), long arg)
{
	int fds[2], status;
	ssize_t len;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		report_fd = fds[1];
		if (freopen("/dev/null", "w", stderr))
			__asan_set_error_report_callback(on_asan_report);
		fn(arg);
		_exit(0);
	}
	close(fds[1]);
	len = read(fds[0], caught, sizeof(caught) - 1);
	caught[len > 0 ? len : 0] = 0;
	close(fds[0]);
	waitpid(child, &status, 0);
	return caught;
}

#define assert_report(fn, arg, text)					\
	do {								\
		const char *report_ = asan_report(fn, arg);		\
									\
		if (!strstr(report_, text))				\
			fail_msg("report is: '%s'", report_);		\
	} while (0)

#ifdef VTB_ASAN
static void overflow(long size)
{
	cut_touch(size, size, size + 1);
}

static void underflow(long size)
{
	cut_touch(size, -1, 0);
}

static void overflow_far(long size)
{
	cut_touch(size, size + 15, size + 16);
}

static void test_overflow(void **state)
{
	static const struct { long size; const char *text; } rows[] = {
		{ 1, "kmalloc-8: 0 bytes after 1-byte kmalloc-8 object" },
		{ 8, "kmalloc-8: 0 bytes after 8-byte kmalloc-8 object" },
		{ 13, "kmalloc-16: 0 bytes after 13-byte" },
		{ 64, "kmalloc-64: 0 bytes after 64-byte" },
		{ 96, "kmalloc-96: 0 bytes after 96-byte" },
		{ 100, "kmalloc-128: 0 bytes after 100-byte" },
		{ 192, "kmalloc-192: 0 bytes after 192-byte" },
		{ 2048, "kmalloc-2k: 0 bytes after 2048-byte" },
		{ 2049, "kmalloc-large: 0 bytes after 2049-byte" },
		{ 4096, "kmalloc-large: 0 bytes after 4096-byte" },
		{ 12000, "kmalloc-large: 0 bytes after 12000-byte" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_report(overflow, rows[i].size, rows[i].text);
		assert_report(overflow_far, rows[i].size, "bytes after");
		assert_string_not_equal(asan_report(underflow, rows[i].size),
					"");
	}
}

/* Not the first object of its slab: its neighbours are live. */
static void overflow_between(long size)
{
	cut_keep(size);
	cut_touch(size, size, size + 1);
}

/* Behind a freed object and before a live one: the live one is meant. */
static void before_live(long size)
{
	char *freed = cut_keep(size), *live = cut_keep(size);

	cut_release(freed);
	live[-1] = 1;
}

static void test_overflow_between_objects(void **state)
{
	assert_report(before_live, 64, "1 bytes before 64-byte kmalloc-64");

	assert_report(overflow_between, 64, "0 bytes after 64-byte kmalloc-64");
	assert_report(overflow_between, 2048, "after 2048-byte kmalloc-2k");
}

static void use_after_free(long size)
{
	cut_use_after_free(size);
}

static void test_use_after_free(void **state)
{
	assert_report(use_after_free, 24,
		      "kmalloc-32: 0 bytes inside 24-byte kmalloc-32 object (freed)");
	assert_report(use_after_free, 5000, "0 bytes inside 5000-byte");
	assert_report(use_after_free, 5000, "freed");
}

static void page_after_free(long n)
{
	char *page = (char *)cut_alloc_page();

	cut_free_page((unsigned long)page);
	*(volatile char *)page = 1;
}

static void past_page(long n)
{
	char *page = (char *)cut_alloc_page();

	page[n] = 1;
}

static void test_pages_are_poisoned(void **state)
{
	assert_report(page_after_free, 0, "0 bytes inside 4096-byte page");
	assert_report(past_page, PAGE, "0 bytes after 4096-byte page");
	assert_report(past_page, -1, "1 bytes before 4096-byte page");
	assert_string_equal(asan_report(past_page, PAGE - 1), "");
}

static void vmalloc_overrun(long size)
{
	cut_vmalloc_overrun(size);
}

static void use_after_vfree(long n)
{
	cut_use_after_vfree();
}

static void test_vmalloc_is_poisoned(void **state)
{
	assert_report(vmalloc_overrun, 5000, "0 bytes after 5000-byte vmalloc");
	assert_report(use_after_vfree, 0, "freed");
}

static void kfree_rcu(long n)
{
	cut_kfree_rcu();
}

static void copy_overflow(long user)
{
	struct vtb_process *process = vtb_process_new("p");

	vtb_process_use(process);
	vtb_sys_mmap(user, PAGE, VTB_PROT_WRITE);
	cut_copy_overflow(user);
}

static void test_indirect_uses(void **state)
{
	assert_report(kfree_rcu, 0, "(freed)");
	assert_report(copy_overflow, USER, "kmalloc-16");
}
#endif

/* ---- the heap ----------------------------------------------------------- */

static void test_contents(void **state)
{
	assert_int_equal(cut_check_contents(), 0);
	assert_int_equal(cut_check_alignment(), 0);
	assert_int_equal(cut_check_krealloc(), 0);
	assert_int_equal(cut_check_quarantine(), 0);
	assert_int_equal(cut_usable(5), 5);
	assert_int_equal(cut_usable(3000), 3000);
}

static void test_bad_frees(void **state)
{
	assert_true(mock_finds("double-free", cut_double_free));
	assert_string_equal(mock.object, "kmalloc-32");
	assert_non_null(mock.pc2);
	assert_ptr_not_equal(mock.pc, mock.pc2);
	mock_start();
	assert_true(mock_finds("invalid-free", cut_free_inside));
	assert_non_null(strstr(mock.why, "8 bytes inside 24-byte kmalloc-32"));
	assert_true(mock_finds("invalid-free", cut_free_static));
	assert_true(mock_finds("invalid-free", cut_free_page_by_kfree));
	assert_true(mock_finds("invalid-free", cut_kfree_rcu_twice));
}

static void test_bad_page_frees(void **state)
{
	assert_true(mock_finds("double-free", cut_page_double_free));
	assert_non_null(mock.pc2);
	assert_true(mock_finds("invalid-free", cut_page_wrong_order));
	assert_true(mock_finds("invalid-free", cut_page_free_middle));
	assert_true(mock_finds("page-refcount", cut_page_put_too_often));
}

static void test_pages(void **state)
{
	assert_int_equal(cut_check_orders(), 0);
	assert_int_equal(cut_check_gaps(), 0);
	assert_int_equal(cut_check_compound(), 0);
	assert_int_equal(cut_check_exact(), 0);
	assert_int_equal(cut_page_references(), 0);
}

/* A page that was freed waits a while, and is not lost. */
static void test_page_quarantine(void **state)
{
	unsigned long first = cut_alloc_page(), page = 0;
	int i;

	cut_free_page(first);
	for (i = 0; i < 1000 && page != first; i++) {
		page = cut_alloc_page();
		cut_free_page(page);
	}
	assert_in_range(i, 16, 999);
}

/* All frames can be had, but for gaps; then there is an error, no crash. */
static void test_memory_runs_out(void **state)
{
	static unsigned long pages[MOCK_FRAMES];
	int nr, i;

	for (nr = 0; (pages[nr] = cut_alloc_page()); nr++)
		;
	assert_in_range(nr, MOCK_FRAMES / 2 - 8, MOCK_FRAMES / 2);
	assert_null(cut_keep(5000));
	for (i = 0; i < nr; i++)
		cut_free_page(pages[i]);
	assert_int_equal(mm_account().pages, 0);
	assert_int_equal(cut_check_orders(), 0);
}

static void test_leak_is_described(void **state)
{
	unsigned long since = vtb_kernel_alloc_serial();
	struct vtb_account before = mm_account();
	struct vtb_heap_report report;
	const void *pc = NULL;
	char text[100];
	void *leaked;

	assert_int_equal(vtb_kernel_describe_leak(since, text, sizeof(text),
						  &pc), -1);
	leaked = cut_keep(40);
	cut_alloc_page();
	assert_int_equal(mm_account().objects, before.objects + 1);
	assert_int_equal(mm_account().object_bytes, before.object_bytes + 40);
	assert_int_equal(mm_account().pages, before.pages + 1);
	assert_int_equal(vtb_kernel_describe_leak(since, text, sizeof(text),
						  &pc), 0);
	assert_non_null(strstr(text, "kmalloc-64, 40 bytes"));
	assert_in_range((uintptr_t)pc, (uintptr_t)cut_keep,
			(uintptr_t)cut_keep + 100);
	assert_int_equal(vtb_kernel_heap_report(leaked, &report), 0);
	assert_ptr_equal(report.alloc_pcs[0], pc);
	assert_non_null(report.alloc_pcs[1]);
	cut_release(leaked);
	assert_int_equal(mm_account().objects, before.objects);
	assert_int_equal(vtb_kernel_describe_leak(since, text, sizeof(text),
						  &pc), 0);
	assert_non_null(strstr(text, "page, 4096 bytes"));
}

/* What is freed and allocated anew by the same place is no growth. */
static void test_growth_is_described(void **state)
{
	void *first = cut_keep(40), *second;
	const void *pcs[VTB_STACK_DEPTH];
	unsigned long serial;
	struct vtb_holders before;
	char text[100];

	vtb_kernel_holders(&before);
	cut_release(first);
	first = cut_keep(48);
	assert_int_equal(vtb_kernel_describe_growth(&before, before.serial,
						    "object", text,
						    sizeof(text), pcs), 0);
	second = cut_keep(56);
	assert_int_equal(vtb_kernel_describe_growth(&before, before.serial,
						    "page", text, sizeof(text),
						    pcs), 0);
	serial = vtb_kernel_describe_growth(&before, before.serial, "object",
					    text, sizeof(text), pcs);
	assert_non_null(strstr(text, "kmalloc-64, 48 bytes"));
	assert_in_range((uintptr_t)pcs[0], (uintptr_t)cut_keep,
			(uintptr_t)cut_keep + 100);
	assert_non_null(pcs[1]);
	assert_true(vtb_kernel_describe_growth(&before, serial, "object", text,
					       sizeof(text), pcs) > serial);
	assert_non_null(strstr(text, "kmalloc-64, 56 bytes"));
	cut_release(first);
	cut_release(second);
}

/* Every allocation in turn fails: no finding, no leak, and all are reached. */
static void test_failures(void **state)
{
	struct vtb_account before = mm_account(), after;
	unsigned int failed = 0;

	do {
		mock.fail_kind = VTB_FAIL_ALLOC;
		mock.fail_calls = 0;
		mock.fail_at = ++failed;
		assert_int_equal(cut_allocate_everything(),
				 mock.fail_calls < failed ? 0 : -ENOMEM);
		after = mm_account();
		assert_memory_equal(&before, &after, sizeof(before));
	} while (mock.fail_calls >= failed);
	assert_in_range(failed, 17, 24);
}

static void test_context(void **state)
{
	cut_set_atomic(1);
	assert_true(mock_finds("sleep-in-atomic", cut_sleeping_alloc));
	assert_int_equal(cut_atomic_alloc(), 0);
}

static void *cache, *object;

static void destroy_cache(void)
{
	cut_cache_destroy(cache);
}

static void free_into_wrong_cache(void)
{
	cut_cache_free(cut_cache_new(0), object);
}

static void test_caches(void **state)
{
	assert_int_equal(cut_check_ctor(), 0);
	cache = cut_cache_new(0);
	object = cut_cache_alloc(cache);
	assert_true(mock_finds("invalid-free", free_into_wrong_cache));
	assert_true(mock_finds("leak", destroy_cache));
	assert_string_equal(mock.object, "cut_cache");
	cut_cache_free(cache, object);
	cut_cache_destroy(cache);
}

static void phys_of_static(void)
{
	cut_phys_of_static();
}

static void phys_of_stack(void)
{
	cut_phys_of_stack();
}

static void phys_of_vmalloc(void)
{
	cut_phys_of_vmalloc();
}

static void test_physical_addresses(void **state)
{
	assert_int_equal(cut_check_phys(), 0);
	assert_int_equal(cut_check_pfn_valid(MOCK_FRAMES), 0);
	assert_true(mock_finds("bad-phys-addr", phys_of_static));
	assert_string_equal(mock.object, "static");
	assert_true(mock_finds("bad-phys-addr", phys_of_stack));
	assert_string_equal(mock.object, "stack");
	assert_true(mock_finds("bad-phys-addr", phys_of_vmalloc));
	assert_string_equal(mock.object, "vmalloc");
}

/* ---- areas -------------------------------------------------------------- */

static void test_vmalloc(void **state)
{
	assert_int_equal(cut_check_vmalloc(), 0);
	assert_int_equal(cut_check_ring(), 0);
	assert_int_equal(cut_check_kvmalloc(0), 0);
	mock.choice = 1;
	assert_int_equal(cut_check_kvmalloc(1), 0);
	assert_int_equal(mm_account().vmaps, 0);
	assert_int_equal(mm_account().objects, 0);
	assert_true(mock_finds("double-free", cut_vfree_twice));
	assert_string_equal(mock.object, "vmalloc");
	assert_non_null(mock.pc2);
	assert_non_null(strstr(mock.why, "freed"));
}

static void test_mmio(void **state)
{
	assert_int_equal(cut_check_mmio(), 0);
	assert_int_equal(mock.mmio_phys, 0x80001010);
	assert_true(mock_finds("bad-mmio", cut_mmio_after_unmap));
	assert_true(mock_finds("bad-mmio", cut_mmio_past_end));
	assert_true(mock_finds("bad-mmio", cut_mmio_of_ram));
}

#define TEST(name)		cmocka_unit_test_setup(name, mm_setup)

int mm_heap_tests(void)
{
	static const struct CMUnitTest tests[] = {
#ifdef VTB_ASAN
		TEST(test_overflow),
		TEST(test_overflow_between_objects),
		TEST(test_use_after_free),
		TEST(test_pages_are_poisoned),
		TEST(test_vmalloc_is_poisoned),
		TEST(test_indirect_uses),
#endif
		TEST(test_contents),
		TEST(test_bad_frees),
		TEST(test_bad_page_frees),
		TEST(test_pages),
		TEST(test_page_quarantine),
		TEST(test_memory_runs_out),
		TEST(test_leak_is_described),
		TEST(test_growth_is_described),
		TEST(test_failures),
		TEST(test_context),
		TEST(test_caches),
		TEST(test_physical_addresses),
		TEST(test_vmalloc),
		TEST(test_mmio),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
