/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - building the world of the IOMMU
 */
#include <kernel/instance.h>
#include <sim/finding.h>

#include <worlds/host_backend.h>

#include "iommu.h"

extern const struct host_backend kernel_backend;

#define FRAMES		512
#define UNIT_PHYS	0xfed90000ull
#define UNIT_IRQ	5
/* Sources of events; fibers have small numbers, so these cannot clash. */
enum { SOURCE_UNIT = 0x100, SOURCE_DEVICE = 0x110 };

enum unit_choice {
	UNIT_USUAL, UNIT_CACHING_MODE, UNIT_NO_SUPER_PAGES,
	UNIT_NO_PAGE_SELECTIVE, UNIT_39_BITS, UNIT_DRAINS_ON_REQUEST,
	UNIT_NO_NESTING,
};

enum device_choice { DEVICES_PLAIN, DEVICES_ATS, DEVICES_PAGES };

uint16_t iommu_requester_id(unsigned int device)
{
	return PCI_REQUESTER_ID(1, device + 2, 0);
}

uint32_t iommu_pasid(unsigned int tag)
{
	/* In one PASID table with plain requests, in another, in none. */
	static const uint32_t pasids[NR_TAGS] = { 0, 5, 70, 1 << PASID_BITS };

	return pasids[tag];
}

/* The driver writes the line as data of the message. */
static void interrupt(void *arg, uint64_t address, uint32_t data)
{
	struct iommu_world *w = arg;

	(void)address;
	kernel_raise_irq(w->host.kernel, 0, data);
}

static void plug(struct one_host *host, const uint64_t *config)
{
	struct iommu_world *w = (struct iommu_world *)host;
	enum unit_choice unit_choice = config[CONFIG_UNIT];
	struct sim *sim = host->world.sim;
	const struct iommu_options unit = {
		.machine = host->machine,
		.bar_phys = UNIT_PHYS,
		.source = SOURCE_UNIT,
		.caching_mode = unit_choice == UNIT_CACHING_MODE,
		.no_super_pages = unit_choice == UNIT_NO_SUPER_PAGES,
		.no_page_selective = unit_choice == UNIT_NO_PAGE_SELECTIVE,
		.drains_on_request = unit_choice == UNIT_DRAINS_ON_REQUEST,
		.no_first_level = unit_choice == UNIT_NO_NESTING,
		.address_bits = unit_choice == UNIT_39_BITS ? 39 : 48,
		.interrupt = interrupt,
		.interrupt_arg = w,
	};
	unsigned int i;

	w->iommu = iommu_new(sim, &unit);
	sim_assert(w->iommu);
	w->address_bits = unit.address_bits;
	w->nesting = !unit.no_first_level;
	w->ats = config[CONFIG_DEVICES] != DEVICES_PLAIN;
	w->pages = config[CONFIG_DEVICES] == DEVICES_PAGES;
	for (i = 0; i < IOMMU_DEVICES; i++) {
		const struct pci_device_options device = {
			.machine = host->machine,
			.iommu = w->iommu,
			.requester_id = iommu_requester_id(i),
			.source = (uint16_t)(SOURCE_DEVICE + i),
			.slow = i > 0,
			.pasid = true,
			.ats = w->ats,
			.pri = w->pages,
		};

		w->devices[i] = pci_device_new(sim, &device);
		sim_assert(w->devices[i]);
		pci_device_set_ats(w->devices[i], w->ats);
		pci_device_set_pri(w->devices[i], w->pages);
		pci_device_observe(w->devices[i], &oracle_observer, w);
	}
}

static const char *const device_names[] = { "dma-device.0", "dma-device.1" };

int iommu_device_add(struct iommu_world *w, unsigned int device)
{
	const struct vtb_device_info info = {
		.name = device_names[device],
		.bar_phys = BAR_BASE + device * BAR_BYTES,
		.bar_bytes = BAR_BYTES,
		.properties = {
			{ "requester-id", iommu_requester_id(device) },
			{ "pasid-bits", PASID_BITS },
			{ "ats", w->ats },
			{ "pri", w->pages },
		},
	};

	return kernel_backend.device_add(w->host.process, &info);
}

void iommu_device_remove(struct iommu_world *w, unsigned int device)
{
	kernel_backend.device_remove(w->host.process, device_names[device]);
}

static int add_devices(struct iommu_world *w)
{
	const struct vtb_device_info unit = {
		.name = "dmar", .bar_phys = UNIT_PHYS,
		.bar_bytes = IOMMU_BAR_BYTES, .irq = UNIT_IRQ,
	};
	int rc = kernel_backend.device_add(w->host.process, &unit);
	unsigned int i;

	for (i = 0; i < IOMMU_DEVICES && !rc; i++)
		rc = iommu_device_add(w, i);
	return rc;
}

static int map_areas(struct iommu_world *w)
{
	const struct vmm_syscalls *sys = kernel_backend.syscalls;
	const int rw = VMM_PROT_READ | VMM_PROT_WRITE;
	const uint8_t zero = 0;
	unsigned int i;
	long rc;

	rc = sys->mmap(w->host.process, AREA_ADDRESS, AREA_PAGES * 4096ul, rw);
	if (rc >= 0)
		rc = sys->mmap(w->host.process, TABLES_ADDRESS,
			       TABLES_FRAMES * 4096ul, rw);
	/* Tables stay where they are: the frames can be remembered. */
	for (i = 0; i < TABLES_FRAMES && rc >= 0; i++) {
		rc = sys->store(w->host.process, TABLES_ADDRESS + i * 4096ul,
				&zero, 1);
		if (rc >= 0)
			rc = sys->frame(w->host.process,
					TABLES_ADDRESS + i * 4096ul);
		w->tables[i] = (uint64_t)rc;
	}
	return rc < 0 ? (int)rc : 0;
}

/* Has nothing but a PASID, which nobody else may use. */
static int open_other(struct iommu_world *w)
{
	struct ioas_pasid pasid = { .min = 1, .max = 100 };
	int64_t file = one_host_open(&w->host.world, "ioas");

	if (file < 0)
		return (int)file;
	w->other_file = (uint64_t)file;
	file = one_host_ioctl(&w->host.world, w->other_file, IOAS_PASID_ALLOC,
			      &pasid, sizeof(pasid));
	w->reference.nest.slots[SLOT_FOREIGN] = pasid.pasid;
	w->reference.nest.owners[pasid.pasid & MAX_PASID] = OWNER_OTHER;
	return (int)file;
}

static int start(struct one_host *host)
{
	struct iommu_world *w = (struct iommu_world *)host;
	int rc = add_devices(w);
	int64_t file;

	if (!rc)
		rc = map_areas(w);
	if (!rc)
		rc = open_other(w);
	if (rc < 0)
		return rc;
	nest_write_tables(w);
	file = one_host_open(&host->world, "ioas");
	if (file < 0)
		return (int)file;
	w->file = (uint64_t)file;
	oracle_init(w);
	return 0;
}

static struct world *build(struct sim *sim, const uint64_t *config);

/* Calls that overlap leave more open: see oracle.c. */
static void configure(struct world *world, const uint64_t *config)
{
	world_take_turns(world, config[CONFIG_THREADS] ?
				1u << ACTOR_VMM | 1u << ACTOR_PEER : 0);
}

/* Spaces are of the file that both threads use. */
static const uint8_t iommu_sharing[IOMMU_ACTORS] = {
	[ACTOR_VMM] = 0, [ACTOR_PEER] = 0, [ACTOR_NIC] = 1, [ACTOR_GPU] = 2,
	[ACTOR_GUEST] = 3,
};

static const struct world_type type = {
	.name = "iommu",
	.help = "a process, two devices, and the IOMMU between them and memory",
	.actors = iommu_actors,
	.process = iommu_sharing,
	.ops = iommu_ops, .nr_ops = IOMMU_NR_OPS,
	.config = iommu_config_args, .nr_config = IOMMU_CONFIG,
	.nr_build_config = CONFIG_THREADS,
	.build = build, .configure = configure, .finish = one_host_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct one_host_options options = {
		.bytes = sizeof(struct iommu_world),
		.nr_cpus = 2,
		.nr_frames = FRAMES,
		.nr_threads = ACTOR_PEER + 1,
		.plug = plug,
		.start = start,
		.config = config,
	};

	struct world *world = one_host_build_with(&type, sim, &options);

	serve_start(iommu_world(world));
	return world;
}

const struct world_type *const world_types[] = { &type, NULL };
