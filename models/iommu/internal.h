/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the IOMMU share.
 *
 *	registers.c	what the driver reads and writes
 *	queue.c		invalidation descriptors and what they wait for
 *	cache.c		what the unit remembers, and forgetting it
 *	context.c	from a requester and a PASID to a PASID entry
 *	walk.c		from an address to a frame
 *	fault.c		fault records and interrupts
 *	ats.c		devices with a TLB of their own
 *	prq.c		page requests
 *	iommu.c		requests of devices
 */
#ifndef MODELS_IOMMU_INTERNAL_H
#define MODELS_IOMMU_INTERNAL_H

#include <models/iommu.h>
#include <models/vtd.h>
#include <sim/trace.h>

#define CONTEXT_CACHE	16
#define PASID_CACHE	32
#define IOTLB		64
#define TABLE_CACHE	64
#define MAX_WAITS	16
#define MAX_INVALIDATIONS 32		/* sent to devices, not answered */

/* Trace records of this model. */
enum {
	TRACE_TRANSLATE = SIM_TRACE_MODEL + 16,	/* a = address, b = phys */
	TRACE_FAULT,			/* a = reason, b = address */
	TRACE_DESCRIPTOR,		/* a, b = first words */
	TRACE_WAIT,			/* a = status data */
	TRACE_PAGE_REQUEST,		/* a = address, b = requester */
};

/* Entries of tables as they were read, right or wrong. */
struct context_entry {
	uint64_t words[VTD_CONTEXT_WORDS];
	uint16_t requester_id;
	bool valid;
	uint8_t fault;			/* caching mode: what reading gave */
	uint8_t reserved[4];
};

struct pasid_entry {
	uint64_t words[VTD_PASID_WORDS];
	uint32_t pasid;
	uint16_t requester_id;
	uint16_t domain;
	bool valid;
	uint8_t fault;
	bool fpd;			/* also of the directory */
	uint8_t reserved[5];
};

struct iotlb_entry {
	struct iommu_tag tag;
	uint64_t phys;			/* of the first byte of the page */
	bool valid;
	uint8_t fault;			/* caching mode */
	uint8_t rights;			/* enum rights */
	bool dirty;			/* its dirty bits are set in memory */
	uint8_t reserved[4];
};

enum rights {
	RIGHT_READ	= 1 << 0,
	RIGHT_WRITE	= 1 << 1,
	RIGHT_USER	= 1 << 2,
	RIGHT_EXECUTE	= 1 << 3,
};

/* A non-leaf entry: where the table for addresses of this prefix is. */
struct table_entry {
	uint64_t table;			/* physical */
	uint64_t prefix;		/* address, cut to @shift */
	uint32_t pasid;			/* IOMMU_NO_PASID: second level */
	uint16_t domain;
	uint8_t shift;			/* what one such table covers */
	uint8_t rights;
	bool valid;
	uint8_t reserved[7];
};

/* A wait descriptor whose time has not come. */
struct wait {
	uint64_t number;
	uint64_t address;
	uint32_t data;
	bool status_write;
	bool interrupt;
	bool fence;
	bool valid;
};

struct endpoint {
	const struct iommu_endpoint_ops *ops;
	void *arg;
	uint16_t requester_id;
	uint8_t reserved[6];
};

/* An invalidation that a device has not answered. */
struct outstanding {
	uint64_t number;		/* of the wait that awaits it */
	uint64_t due_ns;
	uint32_t token;
	uint16_t requester_id;
	bool valid;
	uint8_t reserved;
};

struct interrupt_registers {
	uint32_t control;
	uint32_t data;
	uint32_t address;
	uint32_t upper;
};

struct iommu {
	struct sim *sim;
	struct iommu_options options;
	uint64_t cap;
	uint64_t ecap;
	uint8_t address_bits;
	uint8_t pasid_bits;
	uint8_t nr_records;

	uint32_t status;		/* GSTS */
	uint64_t root;			/* RTADDR as written */
	uint64_t root_latched;		/* as of the last SRTP */
	uint32_t pending_command;	/* GCMD whose status has not followed */
	struct sim_event command_done;

	uint32_t fault_status;
	struct interrupt_registers fault_event;
	uint64_t records[IOMMU_MAX_RECORDS][2];
	uint32_t next_record;
	enum vtd_fault last_fault;

	uint64_t queue;			/* IQA */
	uint64_t head;			/* bytes from its start */
	uint64_t tail;
	uint32_t completion;		/* ICS */
	struct interrupt_registers completion_event;
	struct sim_event fetch;
	struct wait waits[MAX_WAITS];
	uint64_t wait_number;		/* of the next wait descriptor */

	struct iommu_flight flights;	/* head of a ring */

	struct endpoint endpoints[IOMMU_MAX_ENDPOINTS];
	uint32_t nr_endpoints;
	struct outstanding outstanding[MAX_INVALIDATIONS];
	uint32_t next_token;
	struct sim_event timeout;
	uint64_t queue_error;		/* IQERCD */
	bool trapped;			/* by the VMM behind a virtual unit */

	uint64_t requests;		/* PQA */
	uint64_t request_head;
	uint64_t request_tail;
	uint32_t request_status;	/* PRS */
	struct interrupt_registers request_event;

	struct context_entry contexts[CONTEXT_CACHE];
	struct pasid_entry pasids[PASID_CACHE];
	struct iotlb_entry iotlb[IOTLB];
	struct table_entry tables[TABLE_CACHE];
	uint32_t next_context;		/* to be replaced when all are in use */
	uint32_t next_pasid;
	uint32_t next_iotlb;
	uint32_t next_table;
	/* Counts invalidations: what was read before one is not kept. */
	uint64_t generation;

	struct iommu_stats stats;
};

struct way;

/* -- iommu.c -- */

/* The driver did what the specification says it must not. */
void vtd_protocol(struct iommu *iommu, const char *object, const char *what,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Where the machine has what the unit calls @phys; false if nowhere. */
bool vtd_host_phys(const struct iommu *iommu, uint64_t phys, uint64_t *host);

/*
 * Machine memory as the unit sees it; false if there is none. Reading what
 * the kernel has freed is a finding: the unit walks a table that is gone.
 */
bool vtd_read(struct iommu *iommu, uint64_t phys, uint64_t *words,
	      unsigned int nr);
bool vtd_write(struct iommu *iommu, uint64_t phys, const void *data,
	       unsigned int bytes);
/* Sets @bits of a paging entry in one atomic step. */
void vtd_set_bits(struct iommu *iommu, uint64_t phys, uint64_t bits);

/* Translates, and records no fault. */
enum vtd_fault vtd_translate(struct iommu *iommu,
			     const struct iommu_request *request,
			     struct way *way,
			     struct iommu_translation *translation);
/* Notes a fault, and records it unless @way says not to. */
void vtd_fault(struct iommu *iommu, const struct iommu_request *request,
	       const struct way *way, enum vtd_fault fault);

/* -- cache.c -- */

const struct context_entry *vtd_context_find(const struct iommu *iommu,
					     uint16_t requester_id);
void vtd_context_add(struct iommu *iommu, const struct context_entry *entry);
const struct pasid_entry *vtd_pasid_find(const struct iommu *iommu,
					 uint16_t requester_id, uint32_t pasid);
void vtd_pasid_add(struct iommu *iommu, const struct pasid_entry *entry);
/* @tag with any address; its shift does not count. */
struct iotlb_entry *vtd_iotlb_find(struct iommu *iommu,
				   const struct iommu_tag *tag);
void vtd_iotlb_add(struct iommu *iommu, const struct iotlb_entry *entry);

/* The deepest table that is known for @address; NULL if none is. */
const struct table_entry *vtd_table_find(const struct iommu *iommu,
					 const struct table_entry *key,
					 uint64_t address);
void vtd_table_add(struct iommu *iommu, const struct table_entry *entry);

/* What a descriptor asks to forget. */
struct forget {
	bool all_domains;
	bool by_pasid;			/* a PASID-based descriptor */
	bool by_page;
	bool hint;			/* IH: keep non-leaf entries */
	bool drain_reads;
	bool drain_writes;
	uint16_t domain;
	uint32_t pasid;
	uint64_t first;			/* addresses, both inclusive */
	uint64_t last;
};

/* Those whose requester id is @requester_id but for the bits in @mask. */
void vtd_forget_contexts(struct iommu *iommu, uint16_t requester_id,
			 uint16_t mask);
void vtd_forget_pasids(struct iommu *iommu, const struct forget *what);
void vtd_forget_iotlb(struct iommu *iommu, const struct forget *what);
/* Hardware may forget whatever it likes. */
void vtd_forget_all(struct iommu *iommu);
bool vtd_forgets(const struct forget *what, const struct iommu_tag *tag);

/* -- context.c -- */

/* How a request is to be translated, or why it cannot be. */
struct way {
	uint64_t words[VTD_PASID_WORDS];
	uint32_t pasid;			/* RID_PASID for plain requests */
	uint16_t domain;
	uint8_t pgtt;
	bool fpd;			/* do not record faults */
	bool privileged;
	bool device_tlb;		/* DTE */
	bool page_requests;		/* PRE */
};

enum vtd_fault vtd_find_way(struct iommu *iommu,
			    const struct iommu_request *request,
			    struct way *way);

/* The context entry alone: DTE, PRE and FPD. */
enum vtd_fault vtd_find_context(struct iommu *iommu, uint16_t requester_id,
				struct way *way);

/* -- walk.c -- */

/* The result of a walk, before it is cached. */
struct mapping {
	uint64_t phys;			/* of the first byte of the page */
	uint8_t shift;
	uint8_t rights;
	bool dirty;
};

enum vtd_fault vtd_walk(struct iommu *iommu, const struct way *way,
			const struct iommu_request *request,
			struct mapping *mapping);

/* -- fault.c -- */

void vtd_fault_record(struct iommu *iommu, const struct iommu_request *request,
		      enum vtd_fault fault);
/* Sets a bit of FSTS and tells the driver. */
void vtd_fault_status(struct iommu *iommu, uint32_t bit);
uint32_t vtd_fault_status_read(const struct iommu *iommu);
void vtd_fault_status_write(struct iommu *iommu, uint32_t value);
uint32_t vtd_record_read(const struct iommu *iommu, uint32_t offset);
void vtd_record_write(struct iommu *iommu, uint32_t offset, uint32_t value);

void vtd_interrupt(struct iommu *iommu, struct interrupt_registers *event);
void vtd_interrupt_control(struct iommu *iommu,
			   struct interrupt_registers *event, uint32_t value);

/* -- queue.c -- */

void vtd_queue_init(struct iommu *iommu);
void vtd_queue_kick(struct iommu *iommu);
void vtd_queue_enable(struct iommu *iommu, bool enable);
/* A request has arrived, or a device has answered. */
void vtd_waits_check(struct iommu *iommu);
/* A device has not: the waits behind it will never complete. */
void vtd_waits_abort(struct iommu *iommu);

/* -- ats.c -- */

void vtd_ats_init(struct iommu *iommu);
/* False if all tokens are in use. */
bool vtd_can_invalidate(const struct iommu *iommu);
/* Sends @what to the TLB of a device, token aside. */
void vtd_invalidate_device(struct iommu *iommu, uint16_t requester_id,
			   struct iommu_invalidation *what);
/* Have devices answered all that wait @number awaits? */
bool vtd_answered(const struct iommu *iommu, uint64_t number);
const struct endpoint *vtd_endpoint(const struct iommu *iommu,
				    uint16_t requester_id);

/* -- prq.c -- */

/* False if the device waits for no such response. */
bool vtd_respond(struct iommu *iommu, uint16_t requester_id,
		 const struct iommu_page_response *response);
uint32_t vtd_prq_read(const struct iommu *iommu, uint64_t offset);
void vtd_prq_write(struct iommu *iommu, uint64_t offset, uint32_t value);

/* -- registers.c -- */

uint64_t vtd_mmio_read(void *device, uint64_t offset, unsigned int size);
void vtd_mmio_write(void *device, uint64_t offset, unsigned int size,
		    uint64_t value);
void vtd_command_done(struct sim *sim, struct sim_event *event);

#endif
