/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_test.c - containers, groups, devices and the type1 backend
 *
 * A kernel instance with an IOMMU that is an array (vfio_cut.c), two devices
 * behind it, a mediated one, and a process.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/instance.h>
#include <models/machine.h>
#include <sim/finding.h>
#include <vfio_mediated.h>

#include "vfio_cut.h"

#define FRAMES		256
#define PAGE		4096ul
#define USER		0x100000ul	/* arguments */
#define RAM		0x200000ul	/* what is mapped */
#define IOVA		0x10000ul
#define RW		(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/* What a test is made of; process state of this program. */
static struct {
	struct sim *sim;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct vtb_process *process;
	void (*body)(void);
	int container;
	int group;
} bench;

static const struct vtb_device_info devices[] = {
	{ .name = "vfio-sample.0", .properties = { { "requester-id", 0 } } },
	{ .name = "vfio-sample.2", .properties = { { "requester-id", 2 } } },
	{ .name = "vfio-mediated.0" },
};

/* -- what the process does ------------------------------------------------ */

static long call(int fd, unsigned int cmd, void *arg, size_t bytes)
{
	long rc;

	assert_int_equal(vtb_user_store(USER, arg, bytes), 0);
	rc = vtb_sys_ioctl(fd, cmd, USER);
	assert_int_equal(vtb_user_load(USER, arg, bytes), 0);
	return rc;
}

static long map(uint64_t iova, uint64_t vaddr, uint64_t bytes, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map arg = {
		.argsz = sizeof(arg), .flags = flags, .vaddr = vaddr,
		.iova = iova, .size = bytes,
	};

	return call(bench.container, VFIO_IOMMU_MAP_DMA, &arg, sizeof(arg));
}

/* Bytes that were unmapped, or an error. */
static long unmap(uint64_t iova, uint64_t bytes, uint32_t flags)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg), .flags = flags, .iova = iova,
		.size = bytes,
	};
	long rc = call(bench.container, VFIO_IOMMU_UNMAP_DMA, &arg,
		       sizeof(arg));

	return rc ? rc : (long)arg.size;
}

static long dirty(uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap arg = {
		.argsz = sizeof(arg), .flags = flags,
	};

	return call(bench.container, VFIO_IOMMU_DIRTY_PAGES, &arg, sizeof(arg));
}

/* The first 64 bits of the bitmap, or an error. */
static long get_bitmap(uint64_t iova, uint64_t bytes)
{
	struct {
		uint32_t argsz;
		uint32_t flags;
		struct vfio_iommu_type1_dirty_bitmap_get get;
		uint64_t bits[2];
	} arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get = { .iova = iova, .size = bytes,
			 .bitmap = { .pgsize = PAGE, .size = 16 } },
	};
	long rc;

	arg.get.bitmap.data = (void *)(USER + offsetof(typeof(arg), bits));
	rc = call(bench.container, VFIO_IOMMU_DIRTY_PAGES, &arg, sizeof(arg));
	return rc ? rc : (long)arg.bits[0];
}

static long mediated(int fd, uint32_t op, uint64_t iova, uint32_t length)
{
	struct vfio_mediated_call arg = {
		.argsz = sizeof(arg), .op = op, .iova = iova, .length = length,
		.prot = 3,
	};

	return call(fd, VFIO_MEDIATED_CALL, &arg, sizeof(arg));
}

static long set_container(int group, int container)
{
	return call(group, VFIO_GROUP_SET_CONTAINER, &container,
		    sizeof(container));
}

static int device_fd(int group, const char *name)
{
	char text[32];

	strcpy(text, name);
	return (int)call(group, VFIO_GROUP_GET_DEVICE_FD, text, sizeof(text));
}

/* The container, with the group of that number in it. */
static void enter(const char *group, long type)
{
	bench.container = (int)vtb_sys_open("vfio/vfio");
	assert_true(bench.container >= 0);
	bench.group = (int)vtb_sys_open(group);
	assert_true(bench.group >= 0);
	assert_int_equal(set_container(bench.group, bench.container), 0);
	assert_int_equal(vtb_sys_ioctl(bench.container, VFIO_SET_IOMMU, type),
			 0);
}

static unsigned long pins(void)
{
	struct vtb_account account;

	vtb_kernel_account(&account);
	return account.pins;
}

static void process(void *arg)
{
	unsigned int i;

	(void)arg;
	kernel_enter(bench.kernel);
	bench.process = vtb_process_new("vmm");
	vtb_process_use(bench.process);
	assert_int_equal(vtb_sys_mmap(USER, PAGE, VTB_PROT_WRITE), USER);
	assert_int_equal(vtb_sys_mmap(RAM, 16 * PAGE, VTB_PROT_WRITE), RAM);
	assert_int_equal(vfio_cut_begin(), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(vtb_device_add(&devices[i]), 0);
	bench.body();
	vtb_process_exit(bench.process);
	for (i = 0; i < 3; i++)
		vtb_device_remove(devices[i].name);
	assert_int_equal(vfio_cut_domains(), 0);
	kernel_exit();
}

static void run(void (*body)(void))
{
	static const struct kernel_machine_ops ops = {
		.mmio_read = machine_mmio_read,
		.mmio_write = machine_mmio_write,
	};
	const struct sim_options sim = { .memory_bytes = FRAMES * PAGE };
	struct machine_options machine = { .name = "host",
					   .nr_frames = FRAMES };
	struct kernel_instance_options kernel = { .name = "host", .ops = &ops };
	struct vtb_account account;
	enum sim_end end;

	bench.body = body;
	bench.sim = sim_new(&sim);
	bench.machine = machine_new(bench.sim, &machine);
	kernel.sim = bench.sim;
	kernel.memory = machine_memory(bench.machine);
	kernel.machine = bench.machine;
	bench.kernel = kernel_instance_new(&kernel);
	kernel_user_thread(bench.kernel, "vmm", process, NULL);
	end = sim_run(bench.sim, &(struct sim_run_options){ 0 });
	if (sim_finding_get(bench.sim))
		print_error("%s: %s\n", sim_finding_get(bench.sim)->oracle,
			    sim_finding_get(bench.sim)->what);
	assert_int_equal(end, SIM_END_QUIESCENT);
	kernel_peek_begin(bench.kernel);
	vtb_kernel_account(&account);
	kernel_peek_end();
	assert_int_equal(account.pins, 0);
	assert_int_equal(account.locks, 0);
	assert_null(sim_finding_get(bench.sim));
	sim_free(bench.sim);
}

/* -- containers, groups, devices -------------------------------------------- */

static void container_rules(void)
{
	int c = (int)vtb_sys_open("/dev/vfio/vfio");
	int g = (int)vtb_sys_open("/dev/vfio/0");
	int other = (int)vtb_sys_open("vfio/vfio");

	assert_int_equal(vtb_sys_ioctl(c, VFIO_GET_API_VERSION, 0), 0);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_CHECK_EXTENSION,
				       VFIO_TYPE1v2_IOMMU), 1);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_CHECK_EXTENSION, 77), 0);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_IOMMU_GET_INFO, USER), -EINVAL);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_SET_IOMMU, 3), -EINVAL);
	assert_int_equal(vtb_sys_open("vfio/0"), -EBUSY);
	assert_int_equal(vtb_sys_ioctl(g, VFIO_GROUP_UNSET_CONTAINER, 0),
			 -EINVAL);
	assert_int_equal(set_container(g, 30), -EBADF);
	assert_int_equal(set_container(g, -1), -EBADF);
	assert_int_equal(set_container(g, g), -EINVAL);
	assert_int_equal(device_fd(g, "vfio-sample.0"), -EINVAL);
	assert_int_equal(set_container(g, c), 0);
	assert_int_equal(set_container(g, other), -EINVAL);
	assert_int_equal(device_fd(g, "vfio-sample.0"), -EINVAL);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_SET_IOMMU, 77), -ENODEV);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_SET_IOMMU, 3), 0);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_SET_IOMMU, 3), -EINVAL);
	assert_int_equal(device_fd(g, "vfio-sample.2"), -ENODEV);
	assert_int_equal(vtb_sys_ioctl(g, VFIO_GROUP_UNSET_CONTAINER, 0), 0);
	assert_int_equal(vtb_sys_ioctl(c, VFIO_IOMMU_GET_INFO, USER), -EINVAL);
}

static uint32_t group_flags(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	assert_int_equal(call(group, VFIO_GROUP_GET_STATUS, &status,
			      sizeof(status)), 0);
	return status.flags;
}

static void group_status(void)
{
	struct vfio_group_status status = { .argsz = 7 };
	int g = (int)vtb_sys_open("vfio/0"), c = (int)vtb_sys_open("vfio/vfio");

	assert_int_equal(call(g, VFIO_GROUP_GET_STATUS, &status, 8), -EINVAL);
	assert_int_equal(group_flags(g), VFIO_GROUP_FLAGS_VIABLE);
	assert_int_equal(set_container(g, c), 0);
	assert_int_equal(group_flags(g), VFIO_GROUP_FLAGS_VIABLE |
			 VFIO_GROUP_FLAGS_CONTAINER_SET);
}

/* Whoever is closed first: all is gone in the end, and nothing before. */
static void close_in_order(const char *order)
{
	int device;

	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	device = device_fd(bench.group, "vfio-sample.0");
	assert_true(device >= 0);
	assert_int_equal(map(IOVA, RAM, PAGE, RW), 0);
	assert_int_equal(vtb_sys_ioctl(bench.group,
				       VFIO_GROUP_UNSET_CONTAINER, 0), -EBUSY);
	for (; *order; order++) {
		assert_true(vfio_cut_translate(0, IOVA));
		vtb_sys_close(*order == 'c' ? bench.container :
			      *order == 'g' ? bench.group : device);
	}
	assert_int_equal(vfio_cut_translate(0, IOVA), 0);
	assert_int_equal(pins(), 0);
	assert_int_equal(vtb_process_locked(bench.process), 0);
}

static void close_in_any_order(void)
{
	close_in_order("cgd");
	close_in_order("cdg");
	close_in_order("gcd");
	close_in_order("dcg");
}

static void process_dies(void)
{
	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_true(device_fd(bench.group, "vfio-sample.0") >= 0);
	assert_int_equal(map(IOVA, RAM, 3 * PAGE, RW), 0);
	vtb_process_release(bench.process);
	vtb_process_use(NULL);
	bench.process = NULL;
	assert_int_equal(pins(), 0);
}

static void device_goes(void)
{
	int g = (int)vtb_sys_open("vfio/0");
	struct vfio_group_status status = { .argsz = sizeof(status) };

	vtb_device_remove("vfio-sample.0");
	assert_int_equal(vtb_sys_open("vfio/0"), -ENOENT);
	assert_int_equal(call(g, VFIO_GROUP_GET_STATUS, &status, 8), -ENODEV);
	vtb_sys_close(g);
	assert_int_equal(vtb_device_add(&devices[0]), 0);
	g = (int)vtb_sys_open("vfio/0");
	assert_true(g >= 0);
}

/* -- mappings ---------------------------------------------------------------- */

static void mappings(void)
{
	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_int_equal(map(IOVA, RAM, 4 * PAGE, RW), 0);
	assert_int_equal(vfio_cut_translate(0, IOVA + 2 * PAGE),
			 vtb_user_frame(RAM + 2 * PAGE) * PAGE);
	assert_int_equal(pins(), 4);
	assert_int_equal(vtb_process_locked(bench.process), 4);
	assert_int_equal(map(IOVA + 3 * PAGE, RAM, PAGE, RW), -EEXIST);
	assert_int_equal(map(IOVA + 1, RAM, PAGE, RW), -EINVAL);
	assert_int_equal(map(IOVA, RAM, 0, RW), -EINVAL);
	assert_int_equal(map(-PAGE, RAM, 2 * PAGE, RW), -EINVAL);
	assert_int_equal(map(0xfee00000, RAM, PAGE, RW), -EINVAL);
	assert_int_equal(map(1ull << 48, RAM, PAGE, RW), -EINVAL);
	assert_int_equal(map(2 * IOVA, RAM, PAGE, 0), -EINVAL);
	assert_int_equal(map(2 * IOVA, RAM, PAGE, 8 | RW), -EINVAL);
	assert_int_equal(map(2 * IOVA, RAM + 15 * PAGE, 2 * PAGE, RW), -EFAULT);
	assert_int_equal(pins(), 4);
	assert_int_equal(vtb_process_locked(bench.process), 4);
	assert_int_equal(unmap(IOVA, 2 * PAGE, 0), -EINVAL);
	assert_int_equal(unmap(IOVA + PAGE, 3 * PAGE, 0), -EINVAL);
	assert_int_equal(unmap(0, 1ull << 40, 0), 4 * PAGE);
	assert_int_equal(unmap(IOVA, PAGE, 0), 0);
	assert_int_equal(map(IOVA, RAM, PAGE, RW), 0);
	assert_int_equal(map(3 * IOVA, RAM, 2 * PAGE, RW), 0);
	assert_int_equal(unmap(0, PAGE, VFIO_DMA_UNMAP_FLAG_ALL), -EINVAL);
	assert_int_equal(unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL), 3 * PAGE);
	assert_int_equal(pins(), 0);
}

static void version_1(void)
{
	enter("vfio/0", VFIO_TYPE1_IOMMU);
	assert_int_equal(map(IOVA, RAM, 4 * PAGE, RW), 0);
	assert_int_equal(unmap(IOVA + PAGE, PAGE, 0), 0);
	assert_int_equal(dirty(VFIO_IOMMU_DIRTY_PAGES_FLAG_START), -EACCES);
	assert_int_equal(unmap(IOVA, PAGE, 0), 4 * PAGE);
}

static void limits(void)
{
	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	vtb_process_set_limits(bench.process, 3 * PAGE, 0);
	assert_int_equal(map(IOVA, RAM, 2 * PAGE, RW), 0);
	assert_int_equal(map(2 * IOVA, RAM, 2 * PAGE, RW), -ENOMEM);
	assert_int_equal(pins(), 2);
	assert_int_equal(vtb_process_locked(bench.process), 2);
	assert_int_equal(map(2 * IOVA, RAM, PAGE, RW), 0);
	vtb_process_set_limits(bench.process, 0, 1);
	assert_int_equal(map(3 * IOVA, RAM, PAGE, RW), 0);
}

static void second_group(void)
{
	int other;

	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_int_equal(map(IOVA, RAM, PAGE, RW), 0);
	other = (int)vtb_sys_open("vfio/1");
	assert_int_equal(vfio_cut_translate(2, IOVA), 0);
	assert_int_equal(set_container(other, bench.container), 0);
	assert_int_equal(vfio_cut_translate(2, IOVA),
			 vfio_cut_translate(0, IOVA));
	vtb_sys_close(bench.group);
	assert_int_equal(vfio_cut_translate(0, IOVA), 0);
	assert_true(vfio_cut_translate(2, IOVA));
	assert_int_equal(unmap(IOVA, PAGE, 0), PAGE);
	assert_int_equal(vfio_cut_translate(2, IOVA), 0);
}

static void exec_and_addresses(void)
{
	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_int_equal(map(IOVA, RAM, 2 * PAGE, RW), 0);
	assert_int_equal(map(IOVA, RAM, 2 * PAGE, VFIO_DMA_MAP_FLAG_VADDR),
			 -EINVAL);
	assert_int_equal(unmap(IOVA, 2 * PAGE, VFIO_DMA_UNMAP_FLAG_VADDR),
			 2 * PAGE);
	assert_int_equal(unmap(IOVA, 2 * PAGE, VFIO_DMA_UNMAP_FLAG_VADDR),
			 -EINVAL);
	vtb_sys_exec();
	assert_int_equal(vtb_process_locked(bench.process), 0);
	assert_int_equal(vtb_sys_mmap(USER, PAGE, VTB_PROT_WRITE), USER);
	assert_int_equal(map(2 * IOVA, RAM, PAGE, VFIO_DMA_MAP_FLAG_VADDR),
			 -ENOENT);
	assert_int_equal(map(IOVA, RAM, 2 * PAGE, VFIO_DMA_MAP_FLAG_VADDR), 0);
	assert_int_equal(vtb_process_locked(bench.process), 2);
	assert_int_equal(unmap(IOVA, 2 * PAGE, 0), 2 * PAGE);
	assert_int_equal(vtb_process_locked(bench.process), 0);
}

/* -- dirty pages, software devices -------------------------------------------- */

static void dirty_of_hardware(void)
{
	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_int_equal(map(IOVA, RAM, 2 * PAGE, RW), 0);
	assert_int_equal(get_bitmap(IOVA, 2 * PAGE), -EINVAL);
	assert_int_equal(dirty(0), -EINVAL);
	assert_int_equal(dirty(3), -EINVAL);
	assert_int_equal(dirty(VFIO_IOMMU_DIRTY_PAGES_FLAG_START), 0);
	assert_int_equal(map(IOVA + 4 * PAGE, RAM, PAGE, RW), 0);
	assert_int_equal(get_bitmap(IOVA, 5 * PAGE), 0x13);
	/* Bits of pages that are not mapped: see reports/upstream. */
	assert_int_equal(get_bitmap(IOVA, 5 * PAGE) & 0x13, 0x13);
	assert_int_equal(get_bitmap(IOVA, PAGE), -EINVAL);
	assert_int_equal(get_bitmap(IOVA - PAGE, 3 * PAGE) & 7, 6);
	assert_int_equal(dirty(VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP), 0);
	assert_int_equal(get_bitmap(IOVA, 5 * PAGE), -EINVAL);
}

static void dirty_of_software(void)
{
	int device;

	enter("vfio/2", VFIO_TYPE1v2_IOMMU);
	device = device_fd(bench.group, "vfio-mediated.0");
	assert_int_equal(map(IOVA, RAM, 8 * PAGE, RW), 0);
	assert_int_equal(pins(), 0);
	assert_int_equal(dirty(VFIO_IOMMU_DIRTY_PAGES_FLAG_START), 0);
	assert_int_equal(get_bitmap(IOVA, 8 * PAGE), 0);
	assert_int_equal(mediated(device, VFIO_MEDIATED_PIN, IOVA + PAGE, 2),
			 0);
	assert_int_equal(pins(), 2);
	assert_int_equal(vtb_process_locked(bench.process), 2);
	assert_int_equal(mediated(device, VFIO_MEDIATED_PIN, IOVA + 7 * PAGE,
				  2), -EINVAL);
	assert_int_equal(pins(), 2);
	assert_int_equal(mediated(device, VFIO_MEDIATED_WRITE,
				  IOVA + 6 * PAGE - 1, 2), 0);
	/*
	 * The write is told once, pages that may be written to always; whether
	 * a pin that failed counts is open.
	 */
	assert_int_equal(get_bitmap(IOVA, 8 * PAGE) & ~0x80, 0x66);
	assert_int_equal(get_bitmap(IOVA, 8 * PAGE), 0x06);
	assert_int_equal(mediated(device, VFIO_MEDIATED_UNPIN, IOVA + PAGE, 2),
			 0);
	assert_int_equal(vtb_process_locked(bench.process), 0);
	assert_int_equal(get_bitmap(IOVA, 8 * PAGE), 0x06);
	assert_int_equal(get_bitmap(IOVA, 8 * PAGE), 0);
}

#ifdef VFIO_TEST_OWN
/* Not of the tree's own backends: they take their locks in two orders. */
static void unmap_asks_for_pins(void)
{
	int device;

	enter("vfio/2", VFIO_TYPE1v2_IOMMU);
	device = device_fd(bench.group, "vfio-mediated.0");
	assert_int_equal(map(IOVA, RAM, 8 * PAGE, RW), 0);
	assert_int_equal(mediated(device, VFIO_MEDIATED_PIN, IOVA, 8), 0);
	assert_int_equal(unmap(IOVA, 8 * PAGE, 0), 8 * PAGE);
	assert_int_equal(pins(), 0);
}
#endif

static void info(void)
{
	struct {
		struct vfio_iommu_type1_info info;
		uint8_t caps[512];
	} arg = { .info.argsz = sizeof(arg.info) };
	const struct vfio_info_cap_header *cap;
	uint32_t next, seen = 0;

	enter("vfio/0", VFIO_TYPE1v2_IOMMU);
	assert_int_equal(call(bench.container, VFIO_IOMMU_GET_INFO, &arg,
			      sizeof(arg)), 0);
	assert_int_equal(arg.info.cap_offset, 0);
	assert_true(arg.info.argsz > sizeof(arg.info));
	arg.info.argsz = sizeof(arg);
	assert_int_equal(call(bench.container, VFIO_IOMMU_GET_INFO, &arg,
			      sizeof(arg)), 0);
	assert_int_equal(arg.info.iova_pgsizes, PAGE);
	for (next = arg.info.cap_offset; next; next = cap->next) {
		assert_true(next + sizeof(*cap) <= sizeof(arg));
		assert_int_equal(next % 8, 0);
		cap = (const void *)((const uint8_t *)&arg + next);
		seen |= 1u << cap->id;
	}
	assert_int_equal(seen, 1u << VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE |
			 1u << VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION |
			 1u << VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
}

#define TEST(body)							\
static void test_##body(void **state)					\
{									\
	(void)state;							\
	run(body);							\
}

TEST(container_rules)
TEST(group_status)
TEST(close_in_any_order)
TEST(process_dies)
TEST(device_goes)
TEST(mappings)
TEST(version_1)
TEST(limits)
TEST(second_group)
TEST(exec_and_addresses)
TEST(dirty_of_hardware)
TEST(dirty_of_software)
#ifdef VFIO_TEST_OWN
TEST(unmap_asks_for_pins)
#endif
TEST(info)

/* See exec_world.c. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container_rules),
		cmocka_unit_test(test_group_status),
		cmocka_unit_test(test_close_in_any_order),
		cmocka_unit_test(test_process_dies),
		cmocka_unit_test(test_device_goes),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_second_group),
		cmocka_unit_test(test_exec_and_addresses),
		cmocka_unit_test(test_dirty_of_hardware),
		cmocka_unit_test(test_dirty_of_software),
#ifdef VFIO_TEST_OWN
		cmocka_unit_test(test_unmap_asks_for_pins),
#endif
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests_name("vfio", tests, NULL, NULL);
}
