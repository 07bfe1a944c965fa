/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - building the world of VFIO
 */
#include <errno.h>
#include <linux/vfio.h>

#include <kernel/instance.h>
#include <models/machine.h>
#include <sim/fiber.h>

#include "vfio.h"
#include "vfio_nesting.h"

#define FRAMES		512
#define UNIT_PHYS	0xfed90000ull
#define UNIT_IRQ	5
#define WHOLE_PHYS	0xfeb00000ull
/* Sources of events; fibers have small numbers, so these cannot clash. */
enum { SOURCE_UNIT = 0x100, SOURCE_DEVICE = 0x110 };

static const struct kernel_machine_ops machine_ops = {
	.mmio_read = machine_mmio_read,
	.mmio_write = machine_mmio_write,
};

/* The driver writes the line as data of the message. */
static void interrupt(void *arg, uint64_t address, uint32_t data)
{
	struct vfio_world *w = arg;

	kernel_raise_irq(w->kernel, 0, data);
}

static void make_devices(struct vfio_world *w)
{
	struct sim *sim = w->world.sim;
	const struct iommu_options unit = {
		.machine = w->machine, .bar_phys = UNIT_PHYS,
		.source = SOURCE_UNIT, .address_bits = 48,
		.interrupt = interrupt, .interrupt_arg = w,
	};
	const struct ledger_options ledger = {
		.machine = w->machine, .op_name = vfio_op_name, .op_name_arg = w,
		.max_bindings = 4 * VFIO_PASIDS,
	};
	unsigned int i;

	w->iommu = iommu_new(sim, &unit);
	sim_assert(w->iommu);
	w->ledger = ledger_new(sim, &ledger);
	for (i = 0; i < VFIO_DEVICES; i++) {
		const struct pci_device_options device = {
			.machine = w->machine, .iommu = w->iommu,
			.requester_id = PCI_REQUESTER_ID(1, i + 2, 0),
			.source = (uint16_t)(SOURCE_DEVICE + i),
			.pasid = true, .slow = i == 1,
		};

		w->devices[i] = pci_device_new(sim, &device);
		ledger_watch(w->ledger, w->devices[i]);
	}
	w->whole = mdev_parent_new(sim, w->devices[VFIO_DEVICES - 1]);
	sim_assert(!mdev_parent_claim(w->whole, w->machine, WHOLE_PHYS));
	for (i = 0; GROUP_SLICE0 + i < VFIO_GROUPS; i++)
		sim_assert(!mdev_create(w->whole, i));
}

const struct vtb_device_info vfio_devices[VFIO_GROUPS] = {
	{ .name = "vfio-sample.0",
	  .properties = { { "requester-id", PCI_REQUESTER_ID(1, 2, 0) },
			  { "pasid-bits", NIC_PASID_BITS } } },
	{ .name = "vfio-sample.1",
	  .properties = { { "requester-id", PCI_REQUESTER_ID(1, 3, 0) },
			  { "pasid-bits", GPU_PASID_BITS } } },
	{ .name = "vfio-mediated.0" },
	{ .name = "vfio-slice.0", .properties = { { "slice", 0 } } },
	{ .name = "vfio-slice.1", .properties = { { "slice", 1 } } },
};

static int add_groups(struct vfio_world *w, uint32_t first, uint32_t last)
{
	uint32_t i;
	int rc = 0;

	for (i = first; i <= last && !rc; i++) {
		rc = vtb_device_add(&vfio_devices[i]);
		w->groups[i].number = i < WHOLE_GROUP ? i : i + 1;
		w->groups[i].gone = false;
		ref_look_up_pasid(w, i);
	}
	return rc;
}

static int add_devices(struct vfio_world *w)
{
	static const struct vtb_device_info unit = {
		.name = "dmar", .bar_phys = UNIT_PHYS,
		.bar_bytes = IOMMU_BAR_BYTES, .irq = UNIT_IRQ,
	};
	int rc = vtb_device_add(&unit);

	return rc ? rc : add_groups(w, GROUP_NIC, GROUP_MEDIATED);
}

/* To upstream a slice is as any other mediated device: there are none. */
static int add_slices(struct vfio_world *w)
{
	static const struct vtb_device_info whole = {
		.name = "vfio-slices", .bar_phys = WHOLE_PHYS,
		.bar_bytes = MDEV_BAR_BYTES,
		.properties = { { "requester-id", PCI_REQUESTER_ID(1, 4, 0) },
				{ "pasid-bits", WHOLE_PASID_BITS } },
	};
	int rc;

	w->groups[GROUP_SLICE0].gone = w->groups[GROUP_SLICE1].gone = true;
	if (!w->pasids)
		return 0;
	rc = vtb_device_add(&whole);
	return rc ? rc : add_groups(w, GROUP_SLICE0, GROUP_SLICE1);
}

/* Not all implementations have the calls for PASIDs. */
static int look(struct vfio_world *w)
{
	struct vtb_process *process = vtb_process_new("look");
	long fd;

	vtb_process_use(process);
	fd = vtb_sys_open("vfio/vfio");
	if (fd >= 0)
		w->pasids = vtb_sys_ioctl((int)fd, VFIO_CHECK_EXTENSION,
					  VFIO_TYPE1_PASIDS) > 0;
	vtb_process_use(NULL);
	vtb_process_exit(process);
	return fd < 0 ? (int)fd : 0;
}

static void set_up(void *arg)
{
	struct vfio_world *w = arg;

	kernel_enter(w->kernel);
	w->start_error = add_devices(w);
	if (!w->start_error)
		w->start_error = look(w);
	if (!w->start_error)
		w->start_error = add_slices(w);
	kernel_exit();
	sim_fiber_block(w->world.sim);
}

static void run_quiet(struct sim *sim)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	if (sim_run(sim, &limits) == SIM_END_QUIESCENT)
		return;
	sim_bench_error(__FILE__, __LINE__, "building a world: %s",
			sim_finding_get(sim) ? sim_finding_get(sim)->what :
			"it does not come to rest");
}

struct plain_actor {
	struct world *world;
	unsigned int number;
};

static void plain_main(void *arg)
{
	const struct plain_actor *actor = arg;

	world_actor_main(actor->world, actor->number);
}

static void start_devices(struct vfio_world *w)
{
	struct sim *sim = w->world.sim;
	unsigned int i;

	for (i = ACTOR_NIC; i < VFIO_ACTORS; i++) {
		struct plain_actor *actor = sim_alloc(sim, sizeof(*actor), 8);
		const struct sim_fiber_options options = {
			.name = vfio_actors[i], .fn = plain_main,
			.arg = actor, .daemon = true,
		};

		*actor = (struct plain_actor){ &w->world, i };
		w->world.actor[i] = sim_fiber_new(sim, &options);
		sim_assert(w->world.actor[i]);
	}
}

struct world *vfio_build(struct sim *sim, const uint64_t *config)
{
	const struct machine_options machine = {
		.name = "host", .nr_frames = FRAMES,
	};
	struct vfio_world *w = sim_alloc(sim, sizeof(*w), 8);
	struct kernel_instance_options kernel = {
		.name = "host", .ops = &machine_ops, .nr_cpus = 2,
	};

	world_init(&w->world, &vfio_type, sim);
	w->machine = machine_new(sim, &machine);
	sim_assert(w->machine);
	make_devices(w);
	vfio_guest_init(w);
	kernel.sim = sim;
	kernel.memory = machine_memory(w->machine);
	kernel.machine = w->machine;
	w->kernel = kernel_instance_new(&kernel);
	run_quiet(sim);
	sim_assert(!kernel_instance_boot_error(w->kernel));
	kernel_user_thread(w->kernel, "set-up", set_up, w);
	run_quiet(sim);
	if (w->start_error)
		sim_bench_error(__FILE__, __LINE__, "devices: error %d",
				w->start_error);
	kernel_peek_begin(w->kernel);
	vtb_kernel_account(&w->baseline);
	vtb_kernel_holders(&w->holders);
	kernel_peek_end();
	vfio_threads_start(w);
	start_devices(w);
	run_quiet(sim);
	return &w->world;
}
