/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_logging_test.c - the rules of VFIO_DEVICE_FEATURE, and devices that go
 *
 * A kernel instance with the driver, a machine with the device, one process.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/instance.h>
#include <models/dma_tracker.h>
#include <models/machine.h>
#include <sim/finding.h>

#define FRAMES		256
#define BAR		0x40000000ul
#define USER		0x100000ul	/* where the process has memory */
#define BITMAP		(USER + 4096)

#define GET		VFIO_DEVICE_FEATURE_GET
#define SET		VFIO_DEVICE_FEATURE_SET
#define PROBE		VFIO_DEVICE_FEATURE_PROBE
#define START		VFIO_DEVICE_FEATURE_DMA_LOGGING_START
#define STOP		VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
#define REPORT		VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT

/* struct vfio_device_feature without its data. */
struct header {
	uint32_t argsz;
	uint32_t flags;
};

struct control {
	struct header header;
	struct vfio_device_feature_dma_logging_control control;
	struct vfio_device_feature_dma_logging_range range;
};

struct report {
	struct header header;
	struct vfio_device_feature_dma_logging_report report;
};

/* What a test is made of; process state of this program. */
static struct {
	struct sim *sim;
	struct machine *machine;
	struct kernel_instance *kernel;
	void (*body)(void);
} bench;

static const struct vtb_device_info device = {
	.name = "dma-tracker", .bar_phys = BAR, .bar_bytes = 4096,
};

/* -- what the process does ------------------------------------------------ */

static long feature(int fd, uint32_t argsz, uint32_t flags)
{
	const struct header header = { argsz, flags };

	assert_int_equal(vtb_user_store(USER, &header, sizeof(header)), 0);
	return vtb_sys_ioctl(fd, VFIO_DEVICE_FEATURE, USER);
}

static long start(int fd)
{
	struct control c = {
		.header = { .argsz = offsetof(struct control, range),
			    .flags = START | SET },
		.control = { .page_size = 4096, .num_ranges = 1,
			     .ranges = USER + offsetof(struct control, range) },
		.range = { .iova = 0x10000, .length = 0x10000 },
	};

	assert_int_equal(vtb_user_store(USER, &c, sizeof(c)), 0);
	return vtb_sys_ioctl(fd, VFIO_DEVICE_FEATURE, USER);
}

static long report(int fd)
{
	struct report r = {
		.header = { .argsz = sizeof(r), .flags = REPORT | GET },
		.report = { .iova = 0x10000, .length = 0x10000,
			    .page_size = 4096, .bitmap = BITMAP },
	};

	assert_int_equal(vtb_user_store(USER, &r, sizeof(r)), 0);
	return vtb_sys_ioctl(fd, VFIO_DEVICE_FEATURE, USER);
}

static void process(void *arg)
{
	struct vtb_process *process;

	(void)arg;
	kernel_enter(bench.kernel);
	process = vtb_process_new("vmm");
	assert_non_null(process);
	vtb_process_use(process);
	assert_int_equal(vtb_sys_mmap(USER, 8192, VTB_PROT_READ |
				      VTB_PROT_WRITE), USER);
	bench.body();
	vtb_process_exit(process);
	kernel_exit();
}

static void run(void (*body)(void))
{
	static const struct kernel_machine_ops ops = {
		.mmio_read = machine_mmio_read,
		.mmio_write = machine_mmio_write,
	};
	const struct sim_options sim = { .memory_bytes = FRAMES * 4096ul };
	struct machine_options machine = { .name = "host",
					   .nr_frames = FRAMES };
	struct dma_tracker_options tracker = { .bar_phys = BAR,
					       .source = 0x100 };
	struct kernel_instance_options kernel = { .name = "host", .ops = &ops };
	struct vtb_account account;

	bench.body = body;
	bench.sim = sim_new(&sim);
	bench.machine = machine_new(bench.sim, &machine);
	tracker.machine = bench.machine;
	assert_non_null(dma_tracker_new(bench.sim, &tracker));
	kernel.sim = bench.sim;
	kernel.memory = machine_memory(bench.machine);
	kernel.machine = bench.machine;
	bench.kernel = kernel_instance_new(&kernel);
	kernel_user_thread(bench.kernel, "vmm", process, NULL);
	assert_int_equal(sim_run(bench.sim, &(struct sim_run_options){ 0 }),
			 SIM_END_QUIESCENT);
	kernel_instance_shutdown(bench.kernel);
	assert_int_equal(sim_run(bench.sim, &(struct sim_run_options){ 0 }),
			 SIM_END_QUIESCENT);
	kernel_peek_begin(bench.kernel);
	vtb_kernel_account(&account);
	kernel_peek_end();
	assert_int_equal(account.objects, 0);
	assert_int_equal(account.pins, 0);
	assert_int_equal(account.locks, 0);
	assert_null(sim_finding_get(bench.sim));
	sim_free(bench.sim);
}

/* -- the rules -------------------------------------------------------------- */

static void argument_rules(void)
{
	int fd;

	assert_int_equal(vtb_sys_open("dma-logging"), -ENOENT);
	assert_int_equal(vtb_device_add(&device), 0);
	fd = vtb_sys_open("dma-logging");
	assert_true(fd >= 0);
	assert_int_equal(vtb_sys_ioctl(fd, VFIO_DEVICE_FEATURE + 1, USER),
			 -ENOTTY);
	assert_int_equal(vtb_sys_ioctl(fd, VFIO_DEVICE_FEATURE, 8), -EFAULT);
	/* argsz: the header at least; what the feature needs. */
	assert_int_equal(feature(fd, 7, STOP | SET), -EINVAL);
	assert_int_equal(feature(fd, 8, STOP | SET), 0);
	assert_int_equal(feature(fd, 8 + 23, START | SET), -EINVAL);
	assert_int_equal(feature(fd, 8 + 31, REPORT | GET), -EINVAL);
	/* Flags and features that there are not. */
	assert_int_equal(feature(fd, 64, STOP | SET | 1u << 19), -EINVAL);
	assert_int_equal(feature(fd, 64, 99 | SET), -ENOTTY);
	/* The wrong direction, none, or both. */
	assert_int_equal(feature(fd, 64, STOP | GET), -EINVAL);
	assert_int_equal(feature(fd, 64, REPORT | SET), -EINVAL);
	assert_int_equal(feature(fd, 64, STOP), -EINVAL);
	assert_int_equal(feature(fd, 64, STOP | SET | GET), -EINVAL);
	assert_int_equal(vtb_sys_close(fd), 0);
}

static void probing(void)
{
	int fd;

	assert_int_equal(vtb_device_add(&device), 0);
	fd = vtb_sys_open("dma-logging");
	/* No data is needed, and nothing happens. */
	assert_int_equal(feature(fd, 8, START | PROBE), 0);
	assert_int_equal(feature(fd, 8, START | PROBE | SET), 0);
	assert_int_equal(feature(fd, 8, REPORT | PROBE | GET), 0);
	assert_int_equal(feature(fd, 8, START | PROBE | GET), -EINVAL);
	assert_int_equal(feature(fd, 8, START | PROBE | GET | SET), -EINVAL);
	assert_int_equal(feature(fd, 8, 99 | PROBE), -ENOTTY);
	assert_int_equal(report(fd), -EINVAL);
	assert_int_equal(vtb_sys_close(fd), 0);
}

static void session(void)
{
	int fd;

	assert_int_equal(vtb_device_add(&device), 0);
	fd = vtb_sys_open("dma-logging");
	assert_int_equal(start(fd), 0);
	assert_int_equal(start(fd), -EINVAL);
	assert_int_equal(report(fd), 0);
	assert_int_equal(feature(fd, 8, STOP | SET), 0);
	assert_int_equal(report(fd), -EINVAL);
	/* Left open: the process' end closes it. */
}

static void device_goes_while_open(void)
{
	int fd;

	assert_int_equal(vtb_device_add(&device), 0);
	fd = vtb_sys_open("dma-logging");
	assert_int_equal(start(fd), 0);
	vtb_device_remove("dma-tracker");
	assert_int_equal(vtb_sys_open("dma-logging"), -ENOENT);
	assert_int_equal(report(fd), -ENODEV);
	assert_int_equal(feature(fd, 8, STOP | SET), -ENODEV);
	/* It comes back; the old file stays dead. */
	assert_int_equal(vtb_device_add(&device), 0);
	assert_int_equal(report(fd), -ENODEV);
	assert_int_equal(vtb_sys_close(fd), 0);
}

static void nobody_answers(void)
{
	struct vtb_device_info absent = device;

	absent.bar_phys += 0x100000;
	assert_int_equal(vtb_device_add(&absent), -ENODEV);
	absent = device;
	absent.bar_bytes = 16;
	assert_int_equal(vtb_device_add(&absent), -EINVAL);
	absent.name = "no-such-driver";
	assert_int_equal(vtb_device_add(&absent), -ENODEV);
}

#define TEST(body)							\
static void test_##body(void **state)					\
{									\
	(void)state;							\
	run(body);							\
}

TEST(argument_rules)
TEST(probing)
TEST(session)
TEST(device_goes_while_open)
TEST(nobody_answers)

/* See exec_world.c. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argument_rules),
		cmocka_unit_test(test_probing),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_device_goes_while_open),
		cmocka_unit_test(test_nobody_answers),
	};

	return cmocka_run_group_tests_name("dma_logging", tests, NULL, NULL);
}
