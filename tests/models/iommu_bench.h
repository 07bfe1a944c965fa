/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_bench.h - an IOMMU, devices behind it, and tables made by hand
 *
 * No driver: tests write entries into machine memory and descriptors into the
 * queue themselves, so that they can also write wrong ones.
 */
#ifndef IOMMU_BENCH_H
#define IOMMU_BENCH_H

#include <models/iommu.h>
#include <models/pci_device.h>
#include <sim/decide.h>
#include <sim/finding.h>

#define FRAMES		1024
#define PAGE		4096ull
#define BAR		0xfed90000ull
#define DEVICE_RID	PCI_REQUESTER_ID(1, 2, 0)
#define OTHER_RID	PCI_REQUESTER_ID(1, 18, 1)

/* Frames with a fixed use; tables are taken from TABLES on. */
enum { ROOT = 1, QUEUE = 2, STATUS = 3, PRQ = 4, TABLES = 16, DATA = 512 };

enum { R = 1, W = 2, RW = 3 };

struct bench {
	struct sim *sim;
	struct machine *machine;
	struct iommu *iommu;
	struct pci_device *device;	/* DEVICE_RID */
	struct pci_device *other;	/* OTHER_RID */
	uint64_t next_table;
	uint32_t next_wait;
	unsigned int interrupts;
	uint32_t interrupt_data;
};

/* The IOMMU is new, off, and has its queue and root table set up. One at a
 * time. */
struct bench *bench_new(const struct iommu_options *options);
void bench_free(struct bench *bench);

/* Translation on, with a context entry for each device and an empty PASID
 * directory in it. */
void bench_on(struct bench *bench);

uint32_t get32(struct bench *bench, unsigned int reg);
uint64_t get64(struct bench *bench, unsigned int reg);
void put32(struct bench *bench, unsigned int reg, uint32_t value);
void put64(struct bench *bench, unsigned int reg, uint64_t value);

/* A word of memory by physical address. */
uint64_t *word(struct bench *bench, uint64_t phys);
/* An empty frame for a table: its physical address. */
uint64_t table(struct bench *bench);

uint64_t *context_of(struct bench *bench, uint16_t rid);
/* The eight words of a PASID entry, below the context entry of @rid. */
uint64_t *pasid_of(struct bench *bench, uint16_t rid, uint32_t pasid);

struct space {
	uint16_t domain;
	uint64_t second;		/* root of a four-level table, or 0 */
	uint64_t first;			/* the same; a guest address if both */
	uint32_t flags;			/* of word 0 */
};
void space_new(struct bench *bench, struct space *space, uint16_t domain);
void bind(struct bench *bench, uint16_t rid, uint32_t pasid,
	  const struct space *space);
void unbind(struct bench *bench, uint16_t rid, uint32_t pasid);

/*
 * The entry for @address in a table whose leafs cover 1 << @shift bytes;
 * tables on the way are made with @flags.
 */
uint64_t *entry_of(struct bench *bench, uint64_t root, uint64_t address,
		   unsigned int shift, uint64_t flags);
/* Second level: @rights are R, W. */
void map(struct bench *bench, const struct space *space, uint64_t address,
	 uint64_t phys, unsigned int rights);

/* Adds a descriptor and moves the tail over it. */
void queue(struct bench *bench, uint64_t word0, uint64_t word1);
/* A wait descriptor at the end, and all of it run. */
void flush(struct bench *bench);
void run(struct bench *bench);

#define IOTLB_WORD(granularity, domain)					\
	(VTD_QI_IOTLB | (uint64_t)(granularity) << 4 |			\
	 (uint64_t)(domain) << 16)
#define PIOTLB_WORD(granularity, domain, pasid)				\
	(VTD_QI_PASID_IOTLB | (uint64_t)(granularity) << 4 |		\
	 (uint64_t)(domain) << 16 | (uint64_t)(pasid) << 32)
#define PASID_CACHE_WORD(granularity, domain, pasid)			\
	(VTD_QI_PASID_CACHE | (uint64_t)(granularity) << 4 |		\
	 (uint64_t)(domain) << 16 | (uint64_t)(pasid) << 32)
#define CONTEXT_WORD(granularity, rid)					\
	(VTD_QI_CONTEXT | (uint64_t)(granularity) << 4 |		\
	 (uint64_t)(rid) << 32)
#define DEVICE_TLB_WORD(rid)	(VTD_QI_DEVICE_TLB | (uint64_t)(rid) << 32)
#define PASID_DEVICE_TLB_WORD(rid, pasid)				\
	(VTD_QI_PASID_DEVICE_TLB | (uint64_t)(rid) << 16 |		\
	 (uint64_t)(pasid) << 32)
#define RESPONSE_WORD(rid, pasid, code)					\
	(VTD_QI_PAGE_RESPONSE | (uint64_t)(rid) << 16 |			\
	 (uint64_t)(pasid) << 32 | VTD_RESPONSE_PASID |			\
	 (uint64_t)(code) << VTD_RESPONSE_CODE_SHIFT)
#define WAIT_WORD(flags, data)						\
	(VTD_QI_WAIT | (flags) | (uint64_t)(data) << 32)

/* One word of DMA; negative errno, and the value read. */
int dma_write(struct pci_device *device, uint32_t pasid, uint64_t address,
	      uint64_t stamp);
int dma_read(struct pci_device *device, uint32_t pasid, uint64_t address,
	     uint64_t *value);

/* Checks that the last fault was @fault, recorded as such, and frees it. */
void expect_fault(struct bench *bench, enum vtd_fault fault);
/* A DMA write must end in @fault. */
void expect_refused(struct bench *bench, uint32_t pasid, uint64_t address,
		    enum vtd_fault fault);
/* DMA writes to @address reach @phys now. */
void expect_reaches(struct bench *bench, uint32_t pasid, uint64_t address,
		    uint64_t phys);
void expect_finding(struct bench *bench, const char *oracle,
		    const char *object);

/* Overrides decision @nth of @kind of the world itself. */
void decide(struct bench *bench, enum sim_decision_kind kind, uint32_t nth,
	    uint32_t value);

#endif
