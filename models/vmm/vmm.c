/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMM process.
 *
 * FAULT MODEL
 *
 * The VMM is user space: it may pass any argument to any call, hand over
 * buffers with holes and read-only pages in them, and unmap them between
 * calls. It does not change its memory map while one of its own calls is going
 * on (it is single-threaded towards its device), and it does not touch the
 * bytes of a bitmap that a call is filling.
 *
 * It is a correct client otherwise: what a report says dirty it sends, and if
 * logging was off or stopped it takes all of RAM to be dirty.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <models/vmm.h>
#include <sim/bulk.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <string.h>

#define ARG_PAYLOAD_BYTES	64	/* at most, after the header */
#define ARG_CANARY_BYTES	64
#define RANGES_OFFSET		2048	/* of range lists in the argument page */

struct vmm {
	const struct vmm_syscalls *sys;
	void *process;
	struct sim_memory *memory;	/* of its machine */
	const char *device;
	int fd;
	uint32_t ram_pages;
	uint32_t bitmap_pages;
	uint64_t page_bytes;		/* of its kernel */
	uint64_t iova_base;
	uint64_t to_send;
	bool arg_overrun;
	uint32_t arg_frame;
	struct vmm_log log;
	uint64_t ram_frames[VMM_MAX_RAM_PAGES];
	uint32_t bitmap_frames[VMM_MAX_BITMAP_PAGES];
	uint8_t bitmap_state[VMM_MAX_BITMAP_PAGES];
};

struct vmm *vmm_new(struct sim *sim, const struct vmm_options *options)
{
	struct vmm *vmm = sim_alloc(sim, sizeof(*vmm), 8);

	sim_assert(options->ram_pages &&
		   options->ram_pages <= VMM_MAX_RAM_PAGES);
	sim_assert(options->bitmap_pages &&
		   options->bitmap_pages <= VMM_MAX_BITMAP_PAGES);
	vmm->sys = options->syscalls;
	vmm->process = options->process;
	vmm->memory = machine_memory(options->machine);
	vmm->device = options->device;
	vmm->fd = -1;
	vmm->ram_pages = options->ram_pages;
	vmm->bitmap_pages = options->bitmap_pages;
	vmm->page_bytes = options->page_bytes ? options->page_bytes :
						VMM_PAGE_BYTES;
	vmm->to_send = vmm_all_pages(vmm);
	return vmm;
}

/* -- accesses of the process -- */

/* Makes the page at @address present; its frame. */
static long fault_in(struct vmm *vmm, unsigned long address)
{
	static const uint64_t zero;
	long rc = vmm->sys->store(vmm->process, address, &zero, sizeof(zero));

	return rc < 0 ? rc : vmm->sys->frame(vmm->process, address);
}

static const char *read_frame(const struct vmm *vmm, uint64_t frame)
{
	return sim_frame_data(vmm->memory, frame);
}

/* Of a page of its kernel. */
static char *write_page(struct vmm *vmm, uint64_t frame)
{
	sim_frames_touch(vmm->memory, frame, vmm->page_bytes / SIM_FRAME_BYTES);
	return sim_frame_data(vmm->memory, frame);
}

/* Guest RAM, touched so that every page has its frame. */
static int start_ram(struct vmm *vmm)
{
	unsigned long bytes = vmm->ram_pages * VMM_PAGE_BYTES;
	uint32_t i;
	long rc;

	rc = vmm->sys->mmap(vmm->process, VMM_RAM_ADDRESS, bytes,
			    VMM_PROT_READ | VMM_PROT_WRITE);
	for (i = 0; rc >= 0 && i < vmm->ram_pages; i++) {
		rc = fault_in(vmm, VMM_RAM_ADDRESS + i * VMM_PAGE_BYTES);
		vmm->ram_frames[i] = rc;
	}
	return rc < 0 ? rc : 0;
}

static int start_arg(struct vmm *vmm)
{
	long rc = vmm->sys->mmap(vmm->process, VMM_ARG_ADDRESS, vmm->page_bytes,
				 VMM_PROT_READ | VMM_PROT_WRITE);

	if (rc >= 0)
		rc = fault_in(vmm, VMM_ARG_ADDRESS);
	vmm->arg_frame = rc;
	return rc < 0 ? rc : 0;
}

int vmm_start(struct vmm *vmm)
{
	long rc = start_ram(vmm);

	if (rc < 0)
		return rc;
	rc = start_arg(vmm);
	if (rc < 0)
		return rc;
	rc = vmm_bitmap_set_state(vmm, 0, vmm->bitmap_pages, VMM_PAGE_WRITABLE);
	if (rc < 0)
		return rc;
	rc = vmm->sys->open(vmm->process, vmm->device);
	if (rc < 0)
		return rc;
	vmm->fd = rc;
	return 0;
}

uint32_t vmm_ram_pages(const struct vmm *vmm)
{
	return vmm->ram_pages;
}

uint32_t vmm_bitmap_pages(const struct vmm *vmm)
{
	return vmm->bitmap_pages;
}

uint64_t vmm_bitmap_page_bytes(const struct vmm *vmm)
{
	return vmm->page_bytes;
}

const uint64_t *vmm_ram_frames(const struct vmm *vmm)
{
	return vmm->ram_frames;
}

void vmm_set_iova_base(struct vmm *vmm, uint64_t iova)
{
	vmm->iova_base = iova;
}

uint64_t vmm_iova_base(const struct vmm *vmm)
{
	return vmm->iova_base;
}

/* -- bitmap buffers -- */

static unsigned long bitmap_page_address(const struct vmm *vmm, uint32_t page)
{
	return VMM_BITMAP_ADDRESS + page * vmm->page_bytes;
}

/* Makes one page a fresh, writable one with the canary in it. */
static long map_bitmap_page(struct vmm *vmm, uint32_t page)
{
	unsigned long address = bitmap_page_address(vmm, page);
	long rc = vmm->sys->mmap(vmm->process, address, vmm->page_bytes,
				 VMM_PROT_READ | VMM_PROT_WRITE);

	if (rc < 0)
		return rc;
	rc = fault_in(vmm, address);
	if (rc < 0) {
		vmm->sys->munmap(vmm->process, address, vmm->page_bytes);
		return rc;
	}
	vmm->bitmap_frames[page] = rc;
	sim_bulk_fill(write_page(vmm, rc), VMM_CANARY, vmm->page_bytes);
	return 0;
}

static long set_page_state(struct vmm *vmm, uint32_t page,
			   enum vmm_page_state state)
{
	unsigned long address = bitmap_page_address(vmm, page);
	long rc;

	if (vmm->bitmap_state[page] == state)
		return 0;
	if (state == VMM_PAGE_HOLE)
		return vmm->sys->munmap(vmm->process, address, vmm->page_bytes);
	if (vmm->bitmap_state[page] == VMM_PAGE_HOLE) {
		rc = map_bitmap_page(vmm, page);
		if (rc < 0 || state == VMM_PAGE_WRITABLE)
			return rc;
		vmm->bitmap_state[page] = VMM_PAGE_WRITABLE;
	}
	return vmm->sys->mprotect(vmm->process, address, vmm->page_bytes,
				  state == VMM_PAGE_WRITABLE ?
				  VMM_PROT_READ | VMM_PROT_WRITE :
				  VMM_PROT_READ);
}

int vmm_bitmap_set_state(struct vmm *vmm, uint32_t page, uint32_t count,
			 enum vmm_page_state state)
{
	uint32_t i;

	if (page > vmm->bitmap_pages || count > vmm->bitmap_pages - page)
		return -EINVAL;
	for (i = page; i < page + count; i++) {
		long rc = set_page_state(vmm, i, state);

		if (rc < 0)
			return rc;
		vmm->bitmap_state[i] = state;
	}
	return 0;
}

enum vmm_page_state vmm_bitmap_state(const struct vmm *vmm, uint32_t page)
{
	return vmm->bitmap_state[page];
}

uint32_t vmm_bitmap_frame(const struct vmm *vmm, uint32_t page)
{
	sim_assert(vmm->bitmap_state[page] != VMM_PAGE_HOLE);
	return vmm->bitmap_frames[page];
}

/* -- reports -- */

uint64_t vmm_report_bits(const struct vmm_report *report)
{
	if (!report->length || !report->page_size)
		return 0;
	return (report->length - 1) / report->page_size + 1;
}

uint64_t vmm_report_bytes(const struct vmm_report *report)
{
	uint64_t bits = vmm_report_bits(report);

	return bits / 8 + (bits % 8 != 0);
}

bool vmm_report_writable(const struct vmm *vmm, const struct vmm_report *report)
{
	uint64_t bytes = (vmm_report_bytes(report) + 7) & ~7ull;
	uint64_t offset = report->bitmap - VMM_BITMAP_ADDRESS, page;

	if (report->bitmap < VMM_BITMAP_ADDRESS ||
	    bytes > vmm->bitmap_pages * vmm->page_bytes ||
	    offset + bytes > vmm->bitmap_pages * vmm->page_bytes)
		return false;
	for (page = offset / vmm->page_bytes;
	     page * vmm->page_bytes < offset + bytes; page++)
		if (vmm->bitmap_state[page] != VMM_PAGE_WRITABLE)
			return false;
	return true;
}

static uint32_t page_within(const struct vmm *vmm, uint64_t offset)
{
	uint64_t page = offset / vmm->page_bytes;

	return page < vmm->bitmap_pages ? page : vmm->bitmap_pages;
}

struct vmm_pages vmm_report_pages(const struct vmm *vmm,
				  const struct vmm_report *report)
{
	uint64_t bytes = vmm_report_bytes(report);
	uint64_t first = report->bitmap - VMM_BITMAP_ADDRESS;
	uint64_t end = first + bytes;

	/* It may begin below the area, or be too long for any address space. */
	if (report->bitmap < VMM_BITMAP_ADDRESS)
		first = 0;
	if (bytes > VMM_MAX_BITMAP_PAGES * vmm->page_bytes)
		end = VMM_MAX_BITMAP_PAGES * vmm->page_bytes;
	else if (report->bitmap + bytes <= VMM_BITMAP_ADDRESS)
		end = 0;
	return (struct vmm_pages){
		.first = page_within(vmm, first),
		.end = page_within(vmm, end + vmm->page_bytes - 1),
	};
}

/* What of a report's bitmap lies in one page of the area. */
struct part {
	uint32_t frame;
	uint32_t offset;		/* in the frame */
	uint32_t bytes;
	uint64_t index;			/* in the bitmap */
};

/* False if there is nothing, or nothing that the process could write. */
static bool part_of_page(const struct vmm *vmm, uint64_t bitmap,
			 uint64_t bytes, uint32_t page, struct part *part)
{
	uint64_t first = bitmap_page_address(vmm, page);
	uint64_t end = first + vmm->page_bytes;

	if (vmm->bitmap_state[page] != VMM_PAGE_WRITABLE || bitmap >= end)
		return false;
	if (bytes < end - bitmap)
		end = bitmap + bytes;
	if (end <= first)
		return false;
	part->frame = vmm->bitmap_frames[page];
	part->offset = bitmap > first ? bitmap - first : 0;
	part->index = first + part->offset - bitmap;
	part->bytes = end - first - part->offset;
	return true;
}

/* Fills what is writable of the report's bitmap. */
static void fill_bitmap(struct vmm *vmm, const struct vmm_report *report,
			uint64_t pattern)
{
	struct vmm_pages pages = vmm_report_pages(vmm, report);
	uint64_t bytes = vmm_report_bytes(report);
	struct part part;
	uint32_t page;

	for (page = pages.first; page < pages.end; page++)
		if (part_of_page(vmm, report->bitmap, bytes, page, &part))
			sim_bulk_fill(write_page(vmm, part.frame) +
				      part.offset, pattern, part.bytes);
}

void vmm_bitmap_fill(struct vmm *vmm, const struct vmm_report *report)
{
	fill_bitmap(vmm, report, sim_pattern(report->fill));
}

void vmm_bitmap_done(struct vmm *vmm, const struct vmm_report *report)
{
	fill_bitmap(vmm, report, VMM_CANARY);
}

uint64_t vmm_iova_pages(const struct vmm *vmm, uint64_t first, uint64_t last)
{
	uint64_t page = (first - vmm->iova_base) / VMM_PAGE_BYTES;
	uint64_t page_last = (last - vmm->iova_base) / VMM_PAGE_BYTES;
	uint64_t pages = 0;

	if (page_last - page >= vmm->ram_pages - 1)
		return vmm_all_pages(vmm);
	for (; page <= page_last; page++)
		pages |= 1ull << (page % vmm->ram_pages);
	return pages;
}

/* Takes over bit @bit of the report's bitmap. */
static void harvest_bit(struct vmm *vmm, const struct vmm_report *report,
			uint64_t bit)
{
	uint64_t last = report->iova + (report->length - 1);
	uint64_t from = report->iova + bit * report->page_size;
	uint64_t to = from + (report->page_size - 1);

	if (to > last || to < from)
		to = last;
	vmm->to_send |= vmm_iova_pages(vmm, from, to);
}

/* Takes over the bits of a part until there is nothing left to learn. */
static void harvest_part(struct vmm *vmm, const struct vmm_report *report,
			 const struct part *part)
{
	const uint8_t *data = (const uint8_t *)read_frame(vmm, part->frame) +
			      part->offset;
	uint64_t bits = vmm_report_bits(report), nr;
	unsigned int byte;
	size_t i = 0;

	while ((i += sim_bulk_match(data + i, 0, part->bytes - i)) <
	       part->bytes) {
		for (byte = sim_bulk_byte(data + i); byte; byte &= byte - 1) {
			nr = 8 * (part->index + i) + __builtin_ctz(byte);
			if (nr >= bits || vmm->to_send == vmm_all_pages(vmm))
				return;
			harvest_bit(vmm, report, nr);
		}
		i++;
	}
}

void vmm_harvest(struct vmm *vmm, const struct vmm_report *report)
{
	struct vmm_pages pages = vmm_report_pages(vmm, report);
	uint64_t bytes = vmm_report_bytes(report);
	struct part part;
	uint32_t page;

	/* Who sets bits beforehand cannot tell which ones are news. */
	if (report->fill)
		vmm->to_send = vmm_all_pages(vmm);
	for (page = pages.first; page < pages.end; page++) {
		if (vmm->to_send == vmm_all_pages(vmm))
			return;
		if (part_of_page(vmm, report->bitmap, bytes, page, &part))
			harvest_part(vmm, report, &part);
	}
}

/* -- DMA logging -- */

static void store_arg(struct vmm *vmm, unsigned long offset, const void *from,
		      unsigned long bytes)
{
	sim_assert(offset + bytes <= vmm->page_bytes);
	sim_bulk_copy(write_page(vmm, vmm->arg_frame) + offset, from, bytes);
}

/*
 * An argument as it lies in user memory: the header (struct
 * vfio_device_feature, whose flexible end cannot be embedded) and the payload.
 * Behind it there is a canary that nobody may touch.
 */
struct argument {
	uint32_t argsz;
	uint32_t flags;
	uint8_t payload[ARG_PAYLOAD_BYTES];
};

#define ARG_HEADER_BYTES	offsetof(struct argument, payload)
_Static_assert(ARG_HEADER_BYTES == sizeof(struct vfio_device_feature),
	       "the header's size");

static void store_argument(struct vmm *vmm, const struct vmm_feature *feature)
{
	struct argument arg = {
		.argsz = feature->argsz,
		.flags = feature->flags,
	};
	uint32_t bytes = feature->bytes_in;

	sim_assert(bytes <= ARG_PAYLOAD_BYTES);
	if (bytes)
		memcpy(arg.payload, feature->payload, bytes);
	store_arg(vmm, 0, &arg, ARG_HEADER_BYTES + bytes);
	sim_bulk_fill(write_page(vmm, vmm->arg_frame) + ARG_HEADER_BYTES +
		      bytes, VMM_CANARY, ARG_CANARY_BYTES);
}

/* Reads it back; damage to the canary is kept for oracles. */
static void load_argument(struct vmm *vmm, const struct vmm_feature *feature)
{
	uint32_t bytes = feature->bytes_in;
	const char *payload = read_frame(vmm, vmm->arg_frame) +
			      ARG_HEADER_BYTES;

	vmm->arg_overrun |= sim_bulk_match(payload + bytes, VMM_CANARY,
					   ARG_CANARY_BYTES) < ARG_CANARY_BYTES;
	if (feature->bytes_out)
		sim_bulk_copy(feature->payload, payload, feature->bytes_out);
}

long vmm_feature(struct vmm *vmm, const struct vmm_feature *feature)
{
	long rc;

	sim_assert(feature->bytes_out <= feature->bytes_in);
	store_argument(vmm, feature);
	rc = vmm->sys->ioctl(vmm->process,
			     feature->fd < 0 ? vmm->fd : feature->fd,
			     feature->cmd,
			     feature->address ? feature->address :
						VMM_ARG_ADDRESS);
	load_argument(vmm, feature);
	return rc;
}

bool vmm_arg_overrun(const struct vmm *vmm)
{
	return vmm->arg_overrun;
}

long vmm_report(struct vmm *vmm, const struct vmm_report *report)
{
	struct vfio_device_feature_dma_logging_report payload = {
		.iova = report->iova,
		.length = report->length,
		.page_size = report->page_size,
		.bitmap = report->bitmap,
	};
	const struct vmm_feature feature = {
		.argsz = sizeof(struct vfio_device_feature) + sizeof(payload),
		.flags = VFIO_DEVICE_FEATURE_GET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		.cmd = VFIO_DEVICE_FEATURE,
		.fd = -1,
		.payload = &payload,
		.bytes_in = sizeof(payload),
	};

	return vmm_feature(vmm, &feature);
}

long vmm_log_start(struct vmm *vmm, const struct vmm_log *log)
{
	struct vfio_device_feature_dma_logging_control payload = {
		.page_size = log->page_size,
		.num_ranges = log->nr_ranges,
		.ranges = VMM_ARG_ADDRESS + RANGES_OFFSET,
	};
	const struct vmm_feature feature = {
		.argsz = sizeof(struct vfio_device_feature) + sizeof(payload),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		.cmd = VFIO_DEVICE_FEATURE,
		.fd = -1,
		.payload = &payload,
		.bytes_in = sizeof(payload),
		.bytes_out = sizeof(payload),
	};
	long rc;

	_Static_assert(sizeof(struct vmm_range) ==
		       sizeof(struct vfio_device_feature_dma_logging_range),
		       "ranges are stored as they are");
	sim_assert(log->nr_ranges <= VMM_MAX_RANGES);
	store_arg(vmm, RANGES_OFFSET, log->ranges,
		  log->nr_ranges * sizeof(log->ranges[0]));
	rc = vmm_feature(vmm, &feature);
	if (rc < 0)
		return rc;
	vmm->log = *log;
	vmm->log.on = true;
	vmm->log.page_size = payload.page_size;
	vmm->to_send = vmm_all_pages(vmm);
	return rc;
}

long vmm_log_stop(struct vmm *vmm)
{
	const struct vmm_feature feature = {
		.argsz = sizeof(struct vfio_device_feature),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
		.cmd = VFIO_DEVICE_FEATURE,
		.fd = -1,
	};

	long rc = vmm_feature(vmm, &feature);

	vmm->to_send = vmm_all_pages(vmm);
	if (rc >= 0 || rc == -EIO || rc == -ETIMEDOUT)
		vmm->log.on = false;
	return rc;
}

const struct vmm_log *vmm_log(const struct vmm *vmm)
{
	return &vmm->log;
}

/* -- RAM and what is to be sent -- */

uint64_t vmm_all_pages(const struct vmm *vmm)
{
	return UINT64_MAX >> (64 - vmm->ram_pages);
}

uint64_t vmm_to_send(const struct vmm *vmm)
{
	return vmm->to_send;
}

void vmm_mark_to_send(struct vmm *vmm, uint64_t pages)
{
	vmm->to_send |= pages;
}

void vmm_mark_sent(struct vmm *vmm, uint64_t pages)
{
	vmm->to_send &= ~pages;
}

const void *vmm_ram_page(const struct vmm *vmm, uint32_t page)
{
	sim_assert(page < vmm->ram_pages);
	return read_frame(vmm, vmm->ram_frames[page]);
}

void vmm_ram_store(struct vmm *vmm, uint32_t page, const void *from)
{
	uint64_t frame;

	sim_assert(page < vmm->ram_pages);
	frame = vmm->ram_frames[page];
	sim_frames_touch(vmm->memory, frame, 1);
	sim_bulk_copy(sim_frame_data(vmm->memory, frame), from, VMM_PAGE_BYTES);
}
