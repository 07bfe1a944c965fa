/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * firmware_test.c - a second driver on the firmware, and its heap
 *
 * The host of the driver's device sends back whatever it gets in-band.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/instance.h>
#include <models/vmbus_polled.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <vtb/firmware.h>

#include "firmware_cut.h"

#define FRAMES	112

static struct fixture {
	struct sim *sim;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct vmbus_polled *hypervisor;
	struct vmbus_offer *offer;
	void (*script)(struct fixture *f);
	unsigned int nr_echoed;
	const char *violation;
	const char *freed;		/* and the host's at the same time */
} fixture;

static void echo(void *arg)
{
	struct fixture *f = arg;
	uint64_t buffer[VMBUS_PACKET_BYTES / 8];
	struct vmbus_packet packet, completion;

	while (vmbus_packet_read(f->offer, &packet, buffer) > 0) {
		if (packet.type != VMBUS_DATA_INBAND)
			continue;
		completion = (struct vmbus_packet){
			.type = VMBUS_COMPLETION,
			.transaction = packet.transaction,
		};
		packet.more_bytes = 0;
		assert_int_equal(vmbus_packet_write(f->offer, &packet), 0);
		assert_int_equal(vmbus_packet_write(f->offer, &completion), 0);
		f->nr_echoed++;
	}
}

static void violation(void *arg, const char *rule, const char *why)
{
	((struct fixture *)arg)->violation = rule;
}

static void freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site)
{
	const char *what;

	if (vmbus_polled_owns(fixture.hypervisor, phys, bytes, &what))
		fixture.freed = what;
}

static const struct kernel_machine_ops machine_ops = {
	.hypercall = machine_hypercall, .freed = freed,
};

static void guest_main(void *arg)
{
	struct fixture *f = arg;

	kernel_enter(f->kernel);
	f->script(f);
	kernel_exit();
}

static void make(struct fixture *f)
{
	static const uint8_t type[16] = {
		0x65, 0x70, 0x69, 0x70, 1, 0, 2, 0, 0, 3, 1, 2, 3, 4, 5, 6,
	};
	const struct sim_options sim = { .region_slot = 0 };
	const struct machine_options machine = {
		.name = "guest", .nr_frames = FRAMES,
	};
	struct vmbus_offer_options offer = {
		.instance = { 1 }, .service = { .signalled = echo, .arg = f },
	};
	struct vmbus_bus_options bus = {
		.watch = { .violation = violation, .arg = f },
		.last_version = VMBUS_VERSION(4, 0),
		.answer_ns = 1000,
	};

	f->sim = sim_new(&sim);
	assert_non_null(f->sim);
	f->machine = machine_new(f->sim, &machine);
	bus.machine = f->machine;
	f->hypervisor = vmbus_polled_new(f->sim, &bus);
	memcpy(offer.type, type, sizeof(type));
	f->offer = vmbus_offer_new(vmbus_polled_bus(f->hypervisor), &offer);
}

static void run(void (*script)(struct fixture *f))
{
	struct fixture *f = &fixture;
	struct kernel_instance_options options = {
		.name = "guest", .ops = &machine_ops, .nr_cpus = 1,
	};

	memset(f, 0, sizeof(*f));
	f->script = script;
	make(f);
	options.sim = f->sim;
	options.memory = machine_memory(f->machine);
	options.machine = f->machine;
	f->kernel = kernel_instance_new(&options);
	kernel_user_thread(f->kernel, "guest", guest_main, f);
	assert_int_equal(sim_run(f->sim, &(struct sim_run_options){ 0 }),
			 SIM_END_QUIESCENT);
	assert_null(sim_finding_get(f->sim));
	assert_null(f->violation);
	assert_null(f->freed);
	kernel_image_park();
	sim_free(f->sim);
}

/* -- a second driver ------------------------------------------------------ */

static void exchange(unsigned int bytes)
{
	uint8_t frame[1514], back[1514];
	unsigned int i;
	int got = -EAGAIN;

	for (i = 0; i < bytes; i++)
		frame[i] = (uint8_t)(i * 5 + bytes);
	assert_int_equal(vtb_firmware_transmit(0, frame, bytes), 0);
	for (i = 0; i < 20 && got == -EAGAIN; i++) {
		vtb_firmware_delay(1000);
		vtb_firmware_poll(0);
		got = vtb_firmware_receive(0, back, sizeof(back));
	}
	/* In-band payload is padded to eight bytes. */
	assert_int_equal(got, (bytes + 7) & ~7u);
	assert_memory_equal(frame, back, bytes);
}

static void use_driver(struct fixture *f)
{
	struct vtb_firmware_block block;
	struct vtb_firmware_state state;

	assert_int_equal(vtb_firmware_open(0), -ENODEV);
	assert_int_equal(vtb_firmware_probe(), 0);
	assert_int_equal(vtb_firmware_open(0), 0);
	exchange(60);
	exchange(1504);
	assert_int_equal(vtb_firmware_state_peek(0, &state), 0);
	assert_int_equal(state.tx_good, 2);
	assert_int_equal(state.rx_good, 2);
	assert_true(state.link_up);
	vmbus_polled_reset(f->hypervisor);
	assert_int_equal(vtb_firmware_reset(), 0);
	exchange(100);
	assert_int_equal(vtb_firmware_close(0), 0);
	assert_int_equal(vmbus_bus_gpadls(vmbus_polled_bus(f->hypervisor)), 0);
	vtb_firmware_remove();
	assert_int_equal(vtb_firmware_block_peek(0, &block), -ENOENT);
	assert_int_equal(f->nr_echoed, 3);
}

static void test_second_driver(void **state)
{
	(void)state;
	run(use_driver);
}

static void rescind(struct fixture *f)
{
	struct vtb_firmware_block block;

	assert_int_equal(vtb_firmware_probe(), 0);
	assert_int_equal(vtb_firmware_open(0), 0);
	vmbus_offer_rescind(f->offer);
	vtb_firmware_step();
	assert_int_equal(vtb_firmware_open(0), -ENODEV);
	vtb_firmware_delay(100000);
	vmbus_offer_again(f->offer);
	vtb_firmware_step();
	assert_int_equal(vtb_firmware_open(0), 0);
	vtb_firmware_remove();
	assert_int_equal(vtb_firmware_block_peek(0, &block), -ENOENT);
}

static void test_rescind(void **state)
{
	(void)state;
	run(rescind);
}

/* More often than generations of GPADLs can be counted. */
#define RESETS	2100

static void reset_often(struct fixture *f)
{
	unsigned int i;

	assert_int_equal(vtb_firmware_probe(), 0);
	for (i = 0; i < RESETS; i++) {
		vmbus_polled_reset(f->hypervisor);
		assert_int_equal(vtb_firmware_reset(), 0);
		/* It is not open. */
		assert_true(cut_pipe_is_gone());
		if (i % 100)
			continue;
		assert_int_equal(vtb_firmware_open(0), 0);
		assert_false(cut_pipe_is_gone());
		exchange(60);
		assert_int_equal(vtb_firmware_close(0), 0);
	}
	vtb_firmware_remove();
}

static void test_resets(void **state)
{
	(void)state;
	run(reset_often);
}

static bool is_shared(const struct fixture *f, unsigned long frame)
{
	return machine_may_write(f->machine, frame, MACHINE_DEVICE);
}

/* In two GPADLs, a page is the host's until the second one ends. */
static void share_twice(struct fixture *f)
{
	unsigned long frame;
	int first;

	assert_int_equal(vtb_firmware_probe(), 0);
	for (first = 0; first < 2; first++) {
		frame = cut_pipe_share();
		assert_int_not_equal(frame, 0);
		assert_true(is_shared(f, frame));
		assert_int_equal(cut_pipe_unshare(first), 0);
		assert_true(is_shared(f, frame));
		assert_int_equal(cut_pipe_unshare(!first), 0);
		assert_false(is_shared(f, frame));
	}
	vtb_firmware_remove();
}

static void test_share(void **state)
{
	(void)state;
	run(share_twice);
}

/* -- the heap ------------------------------------------------------------- */

static void use_heap(struct fixture *f)
{
	struct vtb_firmware_block block;

	assert_int_equal(cut_heap_neighbours(), 0);
	assert_int_equal(vtb_firmware_block_peek(0, &block), -ENOENT);
	assert_int_equal(cut_heap_rests(), 0);
	assert_int_equal(cut_heap_abandon(), 0);
	assert_int_equal(vtb_firmware_block_peek(0, &block), 0);
	assert_true(block.abandoned);
	assert_int_equal(block.bytes, 64);
	assert_int_equal(vtb_firmware_block_peek(1, &block), -ENOENT);
}

static void test_heap(void **state)
{
	(void)state;
	run(use_heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_driver),
		cmocka_unit_test(test_rescind),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
