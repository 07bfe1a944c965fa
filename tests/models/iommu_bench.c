/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "iommu_bench.h"

#define QUEUE_BYTES	PAGE
#define STATUS_DONE	0x5eed0000u

static void interrupt(void *arg, uint64_t address, uint32_t data)
{
	struct bench *bench = arg;

	assert_int_equal(address, 0xfee00000);
	bench->interrupts++;
	bench->interrupt_data = data;
}

static const char *place(void *arg)
{
	return "test";
}

static struct pci_device *new_device(struct bench *bench, uint16_t rid)
{
	const struct pci_device_options options = {
		.machine = bench->machine,
		.iommu = bench->iommu,
		.requester_id = rid,
		.source = 2,
		.pasid = true,
		.ats = true,
		.pri = true,
	};

	return pci_device_new(bench->sim, &options);
}

static void command(struct bench *bench, uint32_t bit)
{
	uint32_t status = get32(bench, VTD_GSTS) & (VTD_GCMD_TE | VTD_GCMD_QIE);

	put32(bench, VTD_GCMD, status | bit);
	assert_true(get32(bench, VTD_GSTS) & bit);
}

struct bench *bench_new(const struct iommu_options *given)
{
	/* Where it lies becomes state of the world: always the same place. */
	static struct bench the_bench;
	struct bench *bench = &the_bench;
	const struct sim_options sim = { 0 };
	const struct machine_options machine = { "m", 0, FRAMES };
	struct iommu_options options = *given;

	memset(bench, 0, sizeof(*bench));
	bench->sim = sim_new(&sim);
	bench->machine = machine_new(bench->sim, &machine);
	sim_frames_set_class(machine_memory(bench->machine), 0, FRAMES,
			     SIM_FRAME_COLD);
	options.machine = bench->machine;
	options.bar_phys = BAR;
	options.source = 1;
	options.interrupt = interrupt;
	options.interrupt_arg = bench;
	options.place = place;
	bench->iommu = iommu_new(bench->sim, &options);
	assert_non_null(bench->iommu);
	bench->device = new_device(bench, DEVICE_RID);
	bench->other = new_device(bench, OTHER_RID);
	bench->next_table = TABLES;
	bench->next_wait = STATUS_DONE;

	put64(bench, VTD_RTADDR, ROOT * PAGE | VTD_RTADDR_TTM_SCALABLE);
	command(bench, VTD_GCMD_SRTP);
	put64(bench, VTD_IQA, QUEUE * PAGE | VTD_IQA_DW);
	command(bench, VTD_GCMD_QIE);
	return bench;
}

void bench_free(struct bench *bench)
{
	sim_free(bench->sim);
}

void bench_on(struct bench *bench)
{
	static const uint16_t rids[] = { DEVICE_RID, OTHER_RID };
	uint32_t i;

	for (i = 0; i < 2; i++) {
		uint64_t *context = context_of(bench, rids[i]);

		context[0] = table(bench) | VTD_PRESENT | VTD_CONTEXT_PASIDE;
	}
	command(bench, VTD_GCMD_TE);
}

/* -- registers and memory -- */

uint32_t get32(struct bench *bench, unsigned int reg)
{
	return (uint32_t)machine_mmio_read(bench->machine, BAR + reg, 4);
}

uint64_t get64(struct bench *bench, unsigned int reg)
{
	return machine_mmio_read(bench->machine, BAR + reg, 8);
}

void put32(struct bench *bench, unsigned int reg, uint32_t value)
{
	machine_mmio_write(bench->machine, BAR + reg, 4, value);
}

void put64(struct bench *bench, unsigned int reg, uint64_t value)
{
	machine_mmio_write(bench->machine, BAR + reg, 8, value);
}

uint64_t *word(struct bench *bench, uint64_t phys)
{
	struct sim_memory *memory = machine_memory(bench->machine);

	assert_true(phys / PAGE < FRAMES);
	return (uint64_t *)((char *)sim_frame_data(memory, phys / PAGE) +
			    phys % PAGE);
}

uint64_t table(struct bench *bench)
{
	assert_true(bench->next_table < DATA);
	return bench->next_table++ * PAGE;
}

/* -- tables -- */

uint64_t *context_of(struct bench *bench, uint16_t rid)
{
	uint64_t *root = word(bench, ROOT * PAGE + (rid >> 8) * 16 +
			      (rid & 0x80 ? 8 : 0));

	if (!*root)
		*root = table(bench) | VTD_PRESENT;
	return word(bench, (*root & VTD_POINTER) + (rid & 0x7f) * 32);
}

uint64_t *pasid_of(struct bench *bench, uint16_t rid, uint32_t pasid)
{
	uint64_t *directory = word(bench, (*context_of(bench, rid) &
					   VTD_POINTER) + pasid / 64 * 8);

	if (!*directory)
		*directory = table(bench) | VTD_PRESENT;
	return word(bench, (*directory & VTD_POINTER) + pasid % 64 * 64);
}

void space_new(struct bench *bench, struct space *space, uint16_t domain)
{
	*space = (struct space){ .domain = domain, .second = table(bench) };
}

void bind(struct bench *bench, uint16_t rid, uint32_t pasid,
	  const struct space *space)
{
	uint64_t *entry = pasid_of(bench, rid, pasid);
	uint64_t pgtt = space->second && space->first ? VTD_PGTT_NESTED :
			space->first ? VTD_PGTT_FIRST :
			space->second ? VTD_PGTT_SECOND :
			VTD_PGTT_PASS_THROUGH;

	entry[1] = space->domain;
	entry[2] = space->first;
	entry[0] = space->second | 2 << VTD_PASID_AW_SHIFT |
		   pgtt << VTD_PASID_PGTT_SHIFT | space->flags | VTD_PRESENT;
}

void unbind(struct bench *bench, uint16_t rid, uint32_t pasid)
{
	memset(pasid_of(bench, rid, pasid), 0, 64);
}

uint64_t *entry_of(struct bench *bench, uint64_t root, uint64_t address,
		   unsigned int shift, uint64_t flags)
{
	unsigned int level;

	for (level = 39; level > shift; level -= 9) {
		uint64_t *entry = word(bench, root + (address >> level & 511) * 8);

		if (!*entry)
			*entry = table(bench) | flags;
		root = *entry & VTD_ADDRESS;
	}
	return word(bench, root + (address >> shift & 511) * 8);
}

void map(struct bench *bench, const struct space *space, uint64_t address,
	 uint64_t phys, unsigned int rights)
{
	*entry_of(bench, space->second, address, 12, RW) = phys | rights;
}

/* -- queue -- */

void queue(struct bench *bench, uint64_t word0, uint64_t word1)
{
	uint64_t tail = get64(bench, VTD_IQT);
	uint64_t *at = word(bench, QUEUE * PAGE + tail);

	at[0] = word0;
	at[1] = word1;
	at[2] = at[3] = 0;
	machine_mmio_write(bench->machine, BAR + VTD_IQT, 4,
			   (tail + 32) % QUEUE_BYTES);
}

void run(struct bench *bench)
{
	const struct sim_run_options forever = { 0 };

	sim_run(bench->sim, &forever);
}

void flush(struct bench *bench)
{
	uint32_t done = ++bench->next_wait;

	queue(bench, WAIT_WORD(VTD_WAIT_SW, done), STATUS * PAGE);
	run(bench);
	assert_int_equal((uint32_t)*word(bench, STATUS * PAGE), done);
}

/* -- DMA -- */

int dma_write(struct pci_device *device, uint32_t pasid, uint64_t address,
	      uint64_t stamp)
{
	struct pci_dma dma = {
		.address = address,
		.bytes = 8,
		.pasid = pasid,
		.write = true,
		.stamp = stamp,
	};

	return pci_device_dma(device, &dma);
}

int dma_read(struct pci_device *device, uint32_t pasid, uint64_t address,
	     uint64_t *value)
{
	struct pci_dma dma = {
		.address = address,
		.bytes = 8,
		.pasid = pasid,
	};
	int rc = pci_device_dma(device, &dma);

	*value = dma.stamp;
	return rc;
}

void expect_fault(struct bench *bench, enum vtd_fault fault)
{
	uint32_t status = get32(bench, VTD_FSTS);
	uint64_t at = VTD_FRCD + (status >> VTD_FSTS_FRI_SHIFT & 0xff) *
		      VTD_FRCD_BYTES;
	uint64_t record;

	assert_int_equal(iommu_last_fault(bench->iommu), fault);
	assert_true(status & VTD_FSTS_PPF);
	record = get64(bench, at + 8);
	assert_true(record & VTD_FRCD_F);
	assert_int_equal(record >> VTD_FRCD_FR_SHIFT & 0xff, fault);
	put32(bench, at + 12, VTD_FRCD_F >> 32);
	assert_false(get64(bench, at + 8) & VTD_FRCD_F);
}

void expect_refused(struct bench *bench, uint32_t pasid, uint64_t address,
		    enum vtd_fault fault)
{
	assert_int_equal(dma_write(bench->device, pasid, address, 1), -EFAULT);
	expect_fault(bench, fault);
}

void expect_reaches(struct bench *bench, uint32_t pasid, uint64_t address,
		    uint64_t phys)
{
	static uint64_t stamp = 1000;

	assert_int_equal(dma_write(bench->device, pasid, address, ++stamp), 0);
	assert_int_equal(*word(bench, phys), stamp);
}

void expect_finding(struct bench *bench, const char *oracle, const char *object)
{
	const struct sim_finding *finding = sim_finding_get(bench->sim);

	assert_non_null(finding);
	assert_string_equal(finding->oracle, oracle);
	assert_string_equal(finding->object, object);
}

void decide(struct bench *bench, enum sim_decision_kind kind, uint32_t nth,
	    uint32_t value)
{
	static struct sim_override override;
	const struct sim_plan plan = {
		.strategy = SIM_REPLAY,
		.overrides = &override,
		.nr_overrides = 1,
	};

	override = (struct sim_override){
		.kind = kind, .nth = nth, .value = value,
	};
	sim_set_plan(bench->sim, &plan);
}
