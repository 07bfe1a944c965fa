/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VT-d remapping unit in scalable mode: requests of devices.
 *
 * FAULT MODEL
 *
 * May happen at any request (SIM_DECIDE_PEER): the translation that a request
 * would find in a cache has been forgotten, all caches have been, or the page
 * behind it is fetched as well, before anybody asked for it. May happen at any
 * wide entry: others run between the reading of its pieces. May happen at any
 * command and descriptor (SIM_DECIDE_DELAY): it takes long.
 *
 * Otherwise the unit keeps what it has cached until an invalidation covers it,
 * or until its caches are full.
 *
 * Never happens: a translation that no state of the tables since the last
 * invalidation allowed; an invalidation that forgets less than it must; one
 * that completes before what it drains has reached memory. The unit does not
 * fail. Its walks are coherent with the caches of CPUs (ECAP.C, SMPWCS).
 *
 * Not modelled, and loud or refused as CAP and ECAP say: legacy mode, interrupt
 * remapping (a request to the interrupt range is blocked), five-level first
 * level, execute permission in the second level, extended memory types,
 * protected memory, performance monitoring.
 */
#include <errno.h>
#include <models/iommu.h>
#include <sim/bulk.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "internal.h"

#ifdef VTB_ASAN
#include <sanitizer/asan_interface.h>
#endif

#define INTERRUPT_FIRST	0xfee00000ull
#define INTERRUPT_LAST	0xfeefffffull

/* -- memory -- */

void vtd_protocol(struct iommu *iommu, const char *object, const char *what,
		  const char *format, ...)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY,
		.oracle = "iommu-protocol",
	};
	va_list args;

	snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
		 iommu_place(iommu));
	snprintf(finding.object, sizeof(finding.object), "%s", object);
	snprintf(finding.what, sizeof(finding.what), "%s", what);
	va_start(args, format);
	vsnprintf(finding.why, sizeof(finding.why), format, args);
	va_end(args);
	sim_finding_raise(iommu->sim, &finding);
}

static void freed_table(struct iommu *iommu, uint64_t phys)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY,
		.oracle = "freed-table",
		.object = "frame",
		.what = "the IOMMU walks through memory that has been freed",
	};

	snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
		 iommu_place(iommu));
	snprintf(finding.why, sizeof(finding.why), "physical address 0x%llx",
		 (unsigned long long)phys);
	sim_finding_raise(iommu->sim, &finding);
}

/*
 * Frees show at once in a frame, and in what kernels poison of their own
 * frames. (The memory of processes is poisoned for other reasons.)
 */
static bool is_freed(struct sim_memory *memory, uint64_t frame, void *at,
		     uint64_t bytes)
{
	enum sim_frame_class class = sim_frame(memory, frame)->class;

#ifdef VTB_ASAN
	if (class == SIM_FRAME_HOT && __asan_region_is_poisoned(at, bytes))
		return true;
#endif
	return class == SIM_FRAME_FREE;
}

bool vtd_host_phys(const struct iommu *iommu, uint64_t phys, uint64_t *host)
{
	const struct iommu_options *options = &iommu->options;
	uint64_t frame = phys >> SIM_FRAME_SHIFT;

	if (options->frame)
		frame = options->frame(options->frame_arg, frame);
	*host = frame << SIM_FRAME_SHIFT | (phys & (SIM_FRAME_BYTES - 1));
	return frame < sim_memory_frames(machine_memory(options->machine));
}

/* Where @phys lies, or NULL if there is no memory, or none any more. */
static void *memory_at(struct iommu *iommu, uint64_t phys, uint64_t bytes)
{
	struct sim_memory *memory = machine_memory(iommu->options.machine);
	uint64_t offset = phys & (SIM_FRAME_BYTES - 1), host, frame;
	char *at;

	sim_assert(offset + bytes <= SIM_FRAME_BYTES);
	if (!vtd_host_phys(iommu, phys, &host))
		return NULL;
	frame = host >> SIM_FRAME_SHIFT;
	at = (char *)sim_frame_data(memory, frame) + offset;
	if (!is_freed(memory, frame, at, bytes))
		return at;
	freed_table(iommu, phys);
	return NULL;
}

bool vtd_read(struct iommu *iommu, uint64_t phys, uint64_t *words,
	      unsigned int nr)
{
	const void *at = memory_at(iommu, phys, nr * 8ull);

	if (!at)
		return false;
	sim_bulk_copy(words, at, nr * sizeof(*words));
	return true;
}

bool vtd_write(struct iommu *iommu, uint64_t phys, const void *data,
	       unsigned int bytes)
{
	void *at = memory_at(iommu, phys, bytes);
	uint64_t host;

	if (!at)
		return false;
	vtd_host_phys(iommu, phys, &host);
	sim_frames_touch(machine_memory(iommu->options.machine),
			 host >> SIM_FRAME_SHIFT, 1);
	sim_bulk_copy(at, data, bytes);
	return true;
}

void vtd_set_bits(struct iommu *iommu, uint64_t phys, uint64_t bits)
{
	uint64_t word;

	sim_assert(vtd_read(iommu, phys, &word, 1));
	word |= bits;
	vtd_write(iommu, phys, &word, sizeof(word));
}

/* -- translation -- */

/* Whether a cached translation serves @request; if not, the tables may. */
static bool serves(const struct iotlb_entry *entry,
		   const struct iommu_request *request, const struct way *way)
{
	if (entry->fault)
		return true;
	if (request->write && (!(entry->rights & RIGHT_WRITE) || !entry->dirty))
		return false;
	if (!request->write && !(entry->rights & RIGHT_READ))
		return false;
	if (request->execute && !(entry->rights & RIGHT_EXECUTE))
		return false;
	return way->privileged || entry->rights & RIGHT_USER;
}

static void translated(const struct iommu_request *request,
		       const struct iotlb_entry *entry,
		       struct iommu_translation *translation)
{
	uint64_t below = (1ull << entry->tag.shift) - 1;

	translation->phys = entry->phys | (request->address & below);
	translation->tag = entry->tag;
	translation->may_read = entry->rights & RIGHT_READ;
	/* A device that keeps it would not come back for the dirty bit. */
	translation->may_write = entry->rights & RIGHT_WRITE && entry->dirty;
}

/* Such a fault is of the request; the entry would serve another one. */
static bool is_about_rights(enum vtd_fault fault)
{
	return fault == VTD_FAULT_WRITE || fault == VTD_FAULT_READ ||
	       fault == VTD_FAULT_USER || fault == VTD_FAULT_EXECUTE;
}

/* Walks the tables and keeps what they say. */
static enum vtd_fault fetch_page(struct iommu *iommu, const struct way *way,
				 const struct iommu_request *request,
				 struct iotlb_entry *entry)
{
	struct mapping mapping;

	entry->fault = vtd_walk(iommu, way, request, &mapping);
	entry->tag.shift = entry->fault ? SIM_FRAME_SHIFT : mapping.shift;
	entry->tag.address = request->address &
			     ~((1ull << entry->tag.shift) - 1);
	entry->phys = mapping.phys;
	entry->rights = mapping.rights;
	entry->dirty = mapping.dirty;
	entry->valid = true;
	if (!entry->fault || (iommu->options.caching_mode &&
			      !is_about_rights(entry->fault)))
		vtd_iotlb_add(iommu, entry);
	return entry->fault;
}

/* Hardware may fetch what nobody has asked for yet. */
static void fetch_next(struct iommu *iommu, const struct way *way,
		       const struct iommu_request *request)
{
	struct iommu_request next = *request;
	struct iotlb_entry entry = {
		.tag = {
			.address = request->address + SIM_FRAME_BYTES,
			.pasid = way->pasid,
			.domain = way->domain,
			.pgtt = way->pgtt,
		},
	};

	next.address = entry.tag.address;
	next.write = false;
	if (!vtd_iotlb_find(iommu, &entry.tag))
		fetch_page(iommu, way, &next, &entry);
}

enum whim { KEEP, FORGET_PAGE, FORGET_ALL, FETCH_NEXT, WHIMS };

static enum vtd_fault find_page(struct iommu *iommu, const struct way *way,
				const struct iommu_request *request,
				enum whim whim,
				struct iommu_translation *translation)
{
	struct iotlb_entry entry = {
		.tag = {
			.address = request->address,
			.pasid = way->pasid,
			.domain = way->domain,
			.pgtt = way->pgtt,
		},
	};
	struct iotlb_entry *hit = vtd_iotlb_find(iommu, &entry.tag);

	if (hit && (whim == FORGET_PAGE || !serves(hit, request, way))) {
		hit->valid = false;
		hit = NULL;
	}
	if (hit) {
		iommu->stats.hits++;
		entry = *hit;
	} else {
		fetch_page(iommu, way, request, &entry);
	}
	if (entry.fault)
		return entry.fault;
	translated(request, &entry, translation);
	if (whim == FETCH_NEXT)
		fetch_next(iommu, way, request);
	return VTD_FAULT_NONE;
}

static void pass_through(const struct iommu_request *request,
			 struct iommu_translation *translation)
{
	translation->phys = request->address;
	translation->may_read = true;
	translation->may_write = true;
	translation->tag.address = request->address & ~(SIM_FRAME_BYTES - 1);
	translation->tag.shift = SIM_FRAME_SHIFT;
}

enum vtd_fault vtd_translate(struct iommu *iommu,
			     const struct iommu_request *request,
			     struct way *way,
			     struct iommu_translation *translation)
{
	enum whim whim = sim_decide(iommu->sim, SIM_DECIDE_PEER, WHIMS);
	enum vtd_fault fault;

	if (whim == FORGET_ALL)
		vtd_forget_all(iommu);
	if (request->address >= INTERRUPT_FIRST &&
	    request->address <= INTERRUPT_LAST)
		return VTD_FAULT_INTERRUPT_RANGE;
	fault = vtd_find_way(iommu, request, way);
	if (fault)
		return fault;
	if (request->execute && !(way->words[2] & VTD_PASID_ERE))
		return VTD_FAULT_PASID_ERE;
	if (request->privileged && !(way->words[2] & VTD_PASID_SRE))
		return VTD_FAULT_PASID_SRE;
	if (way->pgtt != VTD_PGTT_FIRST && way->pgtt != VTD_PGTT_NESTED &&
	    request->address >> iommu->address_bits)
		return VTD_FAULT_BEYOND_MGAW;
	if (way->pgtt != VTD_PGTT_PASS_THROUGH)
		return find_page(iommu, way, request, whim, translation);
	pass_through(request, translation);
	translation->tag.domain = way->domain;
	translation->tag.pasid = way->pasid;
	translation->tag.pgtt = way->pgtt;
	return VTD_FAULT_NONE;
}

void vtd_fault(struct iommu *iommu, const struct iommu_request *request,
	       const struct way *way, enum vtd_fault fault)
{
	iommu->stats.faults++;
	iommu->last_fault = fault;
	sim_trace(iommu->sim, TRACE_FAULT, fault, request->address);
	/* 7.1.3: what FPD can switch off; the root entry has none. */
	if (!way->fpd)
		vtd_fault_record(iommu, request, fault);
}

int iommu_translate(struct iommu *iommu, const struct iommu_request *request,
		    struct iommu_translation *translation)
{
	struct way way = { 0 };
	enum vtd_fault fault;

	memset(translation, 0, sizeof(*translation));
	iommu->stats.requests++;
	if (!(iommu->status & VTD_GCMD_TE)) {
		pass_through(request, translation);
		return 0;
	}
	fault = vtd_translate(iommu, request, &way, translation);
	if (fault) {
		vtd_fault(iommu, request, &way, fault);
		return -EFAULT;
	}
	sim_trace(iommu->sim, TRACE_TRANSLATE, request->address,
		  translation->phys);
	return 0;
}

/* -- requests in flight -- */

void iommu_depart(struct iommu *iommu, struct iommu_flight *flight,
		  const struct iommu_translation *translation, bool write)
{
	flight->tag = translation->tag;
	flight->awaited = 0;
	flight->write = write;
	flight->next = &iommu->flights;
	flight->prev = iommu->flights.prev;
	flight->prev->next = flight;
	iommu->flights.prev = flight;
}

void iommu_arrive(struct iommu *iommu, struct iommu_flight *flight)
{
	flight->prev->next = flight->next;
	flight->next->prev = flight->prev;
	flight->next = NULL;
	flight->prev = NULL;
	vtd_waits_check(iommu);
}

/* -- construction -- */

static uint64_t capabilities(const struct iommu *iommu)
{
	const struct iommu_options *options = &iommu->options;
	uint64_t cap = 6 | VTD_CAP_SAGAW_39 | VTD_CAP_DWD | VTD_CAP_DRD |
		       (uint64_t)(VTD_FRCD / 16) << VTD_CAP_FRO_SHIFT;

	cap |= (uint64_t)(iommu->address_bits - 1) << VTD_CAP_MGAW_SHIFT;
	cap |= (uint64_t)(iommu->nr_records - 1) << VTD_CAP_NFR_SHIFT;
	cap |= 18ull << VTD_CAP_MAMV_SHIFT;
	if (iommu->address_bits >= 48)
		cap |= VTD_CAP_SAGAW_48;
	if (iommu->address_bits >= 57)
		cap |= VTD_CAP_SAGAW_57;
	if (options->caching_mode)
		cap |= VTD_CAP_CM;
	if (!options->no_page_selective)
		cap |= VTD_CAP_PSI;
	if (!options->no_super_pages)
		cap |= VTD_CAP_SLLPS_2M | VTD_CAP_SLLPS_1G | VTD_CAP_FL1GP;
	return cap;
}

static uint64_t extended_capabilities(const struct iommu *iommu)
{
	uint64_t ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_PT | VTD_ECAP_SC |
			(uint64_t)(VTD_IVA / 16) << VTD_ECAP_IRO_SHIFT |
			VTD_ECAP_SRS | VTD_ECAP_ERS | VTD_ECAP_PASID |
			VTD_ECAP_SMTS | VTD_ECAP_SLADS | VTD_ECAP_SLTS |
			VTD_ECAP_SMPWCS;

	if (!iommu->options.no_device_tlb)
		ecap |= VTD_ECAP_DT;
	if (!iommu->options.no_page_requests)
		ecap |= VTD_ECAP_PRS | VTD_ECAP_PDS;
	ecap |= (uint64_t)(iommu->pasid_bits - 1) << VTD_ECAP_PSS_SHIFT;
	if (!iommu->options.no_first_level)
		ecap |= VTD_ECAP_FLTS | VTD_ECAP_NEST;
	return ecap;
}

static void set_defaults(struct iommu *iommu)
{
	const struct iommu_options *options = &iommu->options;

	iommu->address_bits = options->address_bits ? options->address_bits :
						      48;
	iommu->pasid_bits = options->pasid_bits ? options->pasid_bits : 20;
	iommu->nr_records = options->fault_records ? options->fault_records : 1;
	if (!options->descriptor_ns)
		iommu->options.descriptor_ns = 100;
	if (!options->device_timeout_ns)
		iommu->options.device_timeout_ns = 10000000;
	/* 11.4: events are masked out of reset. */
	iommu->fault_event.control = VTD_EVENT_IM;
	iommu->completion_event.control = VTD_EVENT_IM;
	iommu->request_event.control = VTD_EVENT_IM;
	sim_assert(iommu->address_bits >= 39 && iommu->address_bits <= 57);
	sim_assert(iommu->pasid_bits <= 20);
	sim_assert(iommu->nr_records <= IOMMU_MAX_RECORDS);
}

struct iommu *iommu_new(struct sim *sim, const struct iommu_options *options)
{
	struct iommu *iommu = sim_alloc(sim, sizeof(*iommu), 8);
	const struct machine_window bar = {
		.phys = options->bar_phys,
		.bytes = IOMMU_BAR_BYTES,
		.read = vtd_mmio_read,
		.write = vtd_mmio_write,
		.device = iommu,
	};

	iommu->sim = sim;
	iommu->options = *options;
	set_defaults(iommu);
	iommu->cap = capabilities(iommu);
	iommu->ecap = extended_capabilities(iommu);
	iommu->flights.next = &iommu->flights;
	iommu->flights.prev = &iommu->flights;
	sim_event_init(&iommu->command_done, vtd_command_done, options->source,
		       0);
	vtd_queue_init(iommu);
	vtd_ats_init(iommu);
	if (!options->bar_phys)
		return iommu;
	return machine_claim(options->machine, &bar) ? NULL : iommu;
}

uint64_t iommu_mmio_read(struct iommu *iommu, uint64_t offset,
			 unsigned int size)
{
	return vtd_mmio_read(iommu, offset, size);
}

void iommu_mmio_write(struct iommu *iommu, uint64_t offset, unsigned int size,
		      uint64_t value)
{
	vtd_mmio_write(iommu, offset, size, value);
}

void iommu_stats(const struct iommu *iommu, struct iommu_stats *stats)
{
	*stats = iommu->stats;
}

enum vtd_fault iommu_last_fault(const struct iommu *iommu)
{
	return iommu->last_fault;
}

const char *iommu_place(const struct iommu *iommu)
{
	const struct iommu_options *options = &iommu->options;

	return options->place ? options->place(options->place_arg) : "";
}

bool iommu_enabled(const struct iommu *iommu)
{
	return iommu->status & VTD_GCMD_TE;
}

bool iommu_idle(const struct iommu *iommu)
{
	return iommu->head == iommu->tail && !iommu->fetch.queued &&
	       !iommu->trapped;
}
