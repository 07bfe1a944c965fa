/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.h - a VT-d remapping unit in scalable mode
 *
 *	CPU    -- registers (MMIO) ----> +-------+ -- interrupts --> world
 *	device -- requests ------------> | IOMMU | -- page requests, status
 *	                                 +-------+    words --> machine memory
 *	                                  caches <-- tables in machine memory
 *
 * The driver sees registers at options.bar_phys (models/vtd.h has the
 * numbers). A device asks for translations here and then touches memory
 * itself, later if it is slow; meanwhile its request is in flight, which the
 * IOMMU knows, because an invalidation has to wait for it.
 *
 * Who may call what: registers from a CPU of the machine, requests from a
 * device, the rest from anywhere. iommu_translate() may switch fibers while it
 * reads wide entries; nothing else here blocks.
 */
#ifndef MODELS_IOMMU_H
#define MODELS_IOMMU_H

#include <models/machine.h>
#include <models/vtd.h>
#include <sim/event.h>
#include <sim/sim.h>

#define IOMMU_BAR_BYTES		4096
#define IOMMU_MAX_RECORDS	8
#define IOMMU_NO_PASID		UINT32_MAX

struct iommu;

/* What is left zero is a large, present-day unit without caching mode. */
struct iommu_options {
	struct machine *machine;
	uint64_t bar_phys;		/* 0: no CPU of the machine sees it */
	uint16_t source;		/* of its events */

	bool caching_mode;		/* CAP.CM: caches what is not present */
	bool drains_on_request;	/* architecture 1.0: DR and DW count */
	bool no_super_pages;
	bool no_first_level;		/* hence no nesting either */
	bool no_page_selective;		/* CAP.PSI clear */
	bool no_device_tlb;		/* no ATS */
	bool no_page_requests;		/* no PRI */
	uint8_t address_bits;		/* 39, 48 or 57; 0: 48 */
	uint8_t pasid_bits;		/* 1 to 20; 0: 20 */
	uint8_t fault_records;		/* to IOMMU_MAX_RECORDS; 0: 1 */
	uint8_t reserved[4];		/* no padding: it becomes state */

	/* Time from one descriptor to the next; 0: 100. */
	uint64_t descriptor_ns;
	/* Time a device has to answer an invalidation; 0: 10 ms. */
	uint64_t device_timeout_ns;

	/* A message-signalled interrupt; NULL: they are dropped. */
	void (*interrupt)(void *arg, uint64_t address, uint32_t data);
	void *interrupt_arg;

	/*
	 * For a virtual unit: told of each descriptor after its own caches
	 * have forgotten, but for waits, which are the unit's business. False:
	 * not done yet; nothing behind it runs before iommu_resume().
	 */
	bool (*trap)(void *arg, const uint64_t *words);
	void *trap_arg;

	/*
	 * For a unit in a guest whose memory lies in pages of the machine: the
	 * frame that guest frame @frame is, or UINT64_MAX. NULL: the same.
	 */
	uint64_t (*frame)(void *arg, uint64_t frame);
	void *frame_arg;

	/*
	 * Who acts now (an op, a function): the place of findings that the
	 * unit and its devices raise themselves. NULL: they have none.
	 */
	const char *(*place)(void *arg);
	void *place_arg;
};

/* NULL if the machine has no room for the registers. */
struct iommu *iommu_new(struct sim *sim, const struct iommu_options *options);

/* -- requests of devices -- */

struct iommu_request {
	uint64_t address;
	uint32_t pasid;			/* IOMMU_NO_PASID: a plain request */
	uint16_t requester_id;		/* bus 15:8, device 7:3, function 2:0 */
	bool write;
	bool execute;			/* only with a PASID */
	bool privileged;		/* only with a PASID */
};

/*
 * What invalidations go by: the keys under which a translation is cached. A
 * request in flight carries those of the translation it got.
 */
struct iommu_tag {
	uint64_t address;		/* first of the page asked about */
	uint32_t pasid;
	uint16_t domain;
	uint8_t shift;			/* of the page */
	uint8_t pgtt;			/* enum vtd_pgtt */
};

struct iommu_translation {
	uint64_t phys;			/* of the address asked about */
	struct iommu_tag tag;
	bool may_read;
	bool may_write;
};

/*
 * Translates one request, which must not cross a 4 KiB page. 0 or -EFAULT; the
 * fault has been recorded as the tables demand. With translation off every
 * address is its own translation.
 */
int iommu_translate(struct iommu *iommu, const struct iommu_request *request,
		    struct iommu_translation *translation);

/*
 * A request that was translated and has not reached memory yet. The device
 * fills nothing in; it keeps the object where it is until it has arrived.
 */
struct iommu_flight {
	struct iommu_flight *next;	/* private from here ... */
	struct iommu_flight *prev;
	struct iommu_tag tag;
	uint64_t awaited;		/* by waits from this one on */
	bool write;
	uint8_t reserved[7];		/* ... to here */
};

void iommu_depart(struct iommu *iommu, struct iommu_flight *flight,
		  const struct iommu_translation *translation, bool write);
void iommu_arrive(struct iommu *iommu, struct iommu_flight *flight);

/* -- devices with a TLB of their own (ATS) and page requests (PRI) -- */

struct iommu_invalidation {
	uint64_t first;			/* addresses, both inclusive */
	uint64_t last;
	uint32_t pasid;			/* IOMMU_NO_PASID: what has none */
	uint32_t token;
	bool all_pasids;
};

/* Of one page, as sent by a device. */
struct iommu_page_request {
	uint64_t address;
	uint32_t pasid;			/* IOMMU_NO_PASID: none */
	uint16_t requester_id;
	uint16_t group;			/* 0 to 511 */
	bool read;
	bool write;
	bool execute;
	bool privileged;
	bool last;			/* of its group: wants a response */
};

struct iommu_page_response {
	uint32_t pasid;
	uint16_t group;
	uint8_t code;			/* VTD_RESPONSE_* */
};

/* What reaches a device from its IOMMU. */
struct iommu_endpoint_ops {
	/* Answer with iommu_invalidated(), now or later. */
	void (*invalidate)(void *arg, const struct iommu_invalidation *what);
	/* False if the device waits for no such response. */
	bool (*respond)(void *arg, const struct iommu_page_response *response);
};

#define IOMMU_MAX_ENDPOINTS	16

/* Makes a device known, for the life of the world. -ENOSPC if full. */
int iommu_attach(struct iommu *iommu, uint16_t requester_id,
		 const struct iommu_endpoint_ops *ops, void *arg);

/*
 * A translation for the device to keep. 0, perhaps with neither right (then
 * the device may ask for the page), or -EREMOTEIO if requester or PASID may
 * not ask: recorded as a fault.
 */
int iommu_ats_translate(struct iommu *iommu,
			const struct iommu_request *request,
			struct iommu_translation *translation);

/* May a request pass that the device has translated itself? 0 or -EFAULT. */
int iommu_ats_pass(struct iommu *iommu, const struct iommu_request *request);

/* The device has forgotten, and what used it has reached memory. */
void iommu_invalidated(struct iommu *iommu, uint32_t token);

/*
 * Queues a page request. If it cannot be queued the response comes at once:
 * invalid if the device may not ask, success if the queue is full (7.4.3).
 */
void iommu_page_request(struct iommu *iommu,
			const struct iommu_page_request *request);

/* -- for the VMM behind a virtual unit -- */

/* The registers, for a guest that has no CPU of its own. */
uint64_t iommu_mmio_read(struct iommu *iommu, uint64_t offset,
			 unsigned int size);
void iommu_mmio_write(struct iommu *iommu, uint64_t offset, unsigned int size,
		      uint64_t value);

/* What was trapped is done: the queue goes on. */
void iommu_resume(struct iommu *iommu);

/*
 * What the tables say now of a requester and a PASID (IOMMU_NO_PASID: plain
 * requests), past all caches: the eight words of a PASID entry. -EFAULT if the
 * entry is not there, or no good.
 */
int iommu_peek_pasid(struct iommu *iommu, uint16_t requester_id, uint32_t pasid,
		     uint64_t *words);

/* -- for oracles and tests -- */

struct iommu_stats {
	uint64_t requests;
	uint64_t hits;			/* in the IOTLB */
	uint64_t faults;		/* recorded or not */
	uint64_t descriptors;		/* executed */
	uint64_t waits;			/* completed */
};
void iommu_stats(const struct iommu *iommu, struct iommu_stats *stats);

/* The last fault, also when it was not recorded; VTD_FAULT_NONE: no fault. */
enum vtd_fault iommu_last_fault(const struct iommu *iommu);

/* What options.place says, or "". */
const char *iommu_place(const struct iommu *iommu);

/* Is translation on, and has the queue come to rest? */
bool iommu_enabled(const struct iommu *iommu);
bool iommu_idle(const struct iommu *iommu);

#endif
