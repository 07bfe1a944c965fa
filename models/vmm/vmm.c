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
#include <sim/finding.h>
#include <string.h>

#define ARG_PAYLOAD_BYTES	64	/* at most, after the header */
#define ARG_CANARY_BYTES	64
#define RANGES_OFFSET		2048	/* of range lists in the argument page */

struct vmm {
	struct sim *sim;
	const struct vmm_syscalls *sys;
	void *process;
	const char *device;
	int fd;
	uint32_t ram_pages;
	uint32_t bitmap_pages;
	uint64_t iova_base;
	uint64_t to_send;
	bool arg_overrun;
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
	vmm->sim = sim;
	vmm->sys = options->syscalls;
	vmm->process = options->process;
	vmm->device = options->device;
	vmm->fd = -1;
	vmm->ram_pages = options->ram_pages;
	vmm->bitmap_pages = options->bitmap_pages;
	vmm->to_send = vmm_all_pages(vmm);
	return vmm;
}

/* Guest RAM, touched so that every page has its frame. */
static int start_ram(struct vmm *vmm)
{
	static const char zero[VMM_PAGE_BYTES];
	unsigned long bytes = vmm->ram_pages * VMM_PAGE_BYTES;
	uint32_t i;
	long rc;

	rc = vmm->sys->mmap(vmm->process, VMM_RAM_ADDRESS, bytes,
			    VMM_PROT_READ | VMM_PROT_WRITE);
	for (i = 0; rc >= 0 && i < vmm->ram_pages; i++) {
		rc = vmm_ram_store(vmm, i, zero);
		if (rc < 0)
			break;
		rc = vmm->sys->frame(vmm->process,
				     VMM_RAM_ADDRESS + i * VMM_PAGE_BYTES);
		if (rc >= 0)
			vmm->ram_frames[i] = rc;
	}
	return rc < 0 ? rc : 0;
}

int vmm_start(struct vmm *vmm)
{
	long rc = start_ram(vmm);

	if (rc < 0)
		return rc;
	rc = vmm->sys->mmap(vmm->process, VMM_ARG_ADDRESS, VMM_PAGE_BYTES,
			    VMM_PROT_READ | VMM_PROT_WRITE);
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

static const uint64_t canary_page[VMM_PAGE_BYTES / 8] = {
	[0 ... VMM_PAGE_BYTES / 8 - 1] = VMM_CANARY,
};

uint8_t vmm_canary(unsigned long address)
{
	return VMM_CANARY >> (8 * (address % 8));
}

static unsigned long bitmap_page_address(uint32_t page)
{
	return VMM_BITMAP_ADDRESS + page * VMM_PAGE_BYTES;
}

/* Makes one page a fresh, writable one with the canary in it. */
static long map_bitmap_page(struct vmm *vmm, uint32_t page)
{
	unsigned long address = bitmap_page_address(page);
	long rc = vmm->sys->mmap(vmm->process, address, VMM_PAGE_BYTES,
				 VMM_PROT_READ | VMM_PROT_WRITE);

	if (rc < 0)
		return rc;
	rc = vmm->sys->store(vmm->process, address, canary_page,
			     VMM_PAGE_BYTES);
	if (rc >= 0)
		rc = vmm->sys->frame(vmm->process, address);
	if (rc < 0) {
		vmm->sys->munmap(vmm->process, address, VMM_PAGE_BYTES);
		return rc;
	}
	vmm->bitmap_frames[page] = rc;
	return 0;
}

static long set_page_state(struct vmm *vmm, uint32_t page,
			   enum vmm_page_state state)
{
	unsigned long address = bitmap_page_address(page);
	long rc;

	if (vmm->bitmap_state[page] == state)
		return 0;
	if (state == VMM_PAGE_HOLE)
		return vmm->sys->munmap(vmm->process, address, VMM_PAGE_BYTES);
	if (vmm->bitmap_state[page] == VMM_PAGE_HOLE) {
		rc = map_bitmap_page(vmm, page);
		if (rc < 0 || state == VMM_PAGE_WRITABLE)
			return rc;
		vmm->bitmap_state[page] = VMM_PAGE_WRITABLE;
	}
	return vmm->sys->mprotect(vmm->process, address, VMM_PAGE_BYTES,
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
	    bytes > vmm->bitmap_pages * VMM_PAGE_BYTES ||
	    offset + bytes > vmm->bitmap_pages * VMM_PAGE_BYTES)
		return false;
	for (page = offset / VMM_PAGE_BYTES;
	     page * VMM_PAGE_BYTES < offset + bytes; page++)
		if (vmm->bitmap_state[page] != VMM_PAGE_WRITABLE)
			return false;
	return true;
}

/*
 * The part of a report's bitmap that lies in page @page of the area. False if
 * there is none or the process could not write it.
 */
static bool report_part(const struct vmm *vmm, const struct vmm_report *report,
			uint32_t page, unsigned long *address,
			unsigned long *bytes)
{
	uint64_t first = bitmap_page_address(page);
	uint64_t end = first + VMM_PAGE_BYTES;
	uint64_t length = vmm_report_bytes(report);

	if (vmm->bitmap_state[page] != VMM_PAGE_WRITABLE ||
	    report->bitmap >= end)
		return false;
	if (report->bitmap > first)
		first = report->bitmap;
	if (length < end - report->bitmap)
		end = report->bitmap + length;
	*address = first;
	*bytes = end - first;
	return end > first;
}

static uint32_t report_first_page(const struct vmm_report *report)
{
	if (report->bitmap < VMM_BITMAP_ADDRESS)
		return 0;
	if (report->bitmap - VMM_BITMAP_ADDRESS >=
	    VMM_MAX_BITMAP_PAGES * VMM_PAGE_BYTES)
		return VMM_MAX_BITMAP_PAGES;
	return (report->bitmap - VMM_BITMAP_ADDRESS) / VMM_PAGE_BYTES;
}

/* Past the last page of the area that the bitmap touches. */
static uint32_t report_end_page(const struct vmm *vmm,
				const struct vmm_report *report)
{
	uint64_t bytes = vmm_report_bytes(report), end;

	if (bytes > VMM_MAX_BITMAP_PAGES * VMM_PAGE_BYTES ||
	    report->bitmap < VMM_BITMAP_ADDRESS)
		return vmm->bitmap_pages;
	end = (report->bitmap - VMM_BITMAP_ADDRESS + bytes +
	       VMM_PAGE_BYTES - 1) / VMM_PAGE_BYTES;
	return end < vmm->bitmap_pages ? end : vmm->bitmap_pages;
}

void vmm_bitmap_fill(struct vmm *vmm, const struct vmm_report *report)
{
	uint32_t page = report_first_page(report);
	uint32_t end = report_end_page(vmm, report);
	uint8_t fill[VMM_PAGE_BYTES];
	unsigned long address, bytes;

	memset(fill, report->fill, sizeof(fill));
	for (; page < end; page++)
		if (report_part(vmm, report, page, &address, &bytes))
			sim_assert(vmm->sys->store(vmm->process, address, fill,
						   bytes) >= 0);
}

void vmm_bitmap_done(struct vmm *vmm, const struct vmm_report *report)
{
	uint32_t page = report_first_page(report);
	uint32_t end = report_end_page(vmm, report);
	unsigned long address, bytes;

	for (; page < end; page++) {
		const char *canary = (const char *)canary_page;

		if (report_part(vmm, report, page, &address, &bytes))
			sim_assert(vmm->sys->store(vmm->process, address,
						   canary + address % 8,
						   bytes) >= 0);
	}
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

/*
 * Takes over the bits of @bytes bytes, the first of which is bit @bit, until
 * there is nothing left to learn.
 */
static void harvest_bytes(struct vmm *vmm, const struct vmm_report *report,
			  const uint8_t *data, unsigned long bytes,
			  uint64_t bit)
{
	uint64_t bits = vmm_report_bits(report), word, nr;
	unsigned long i, part;

	for (i = 0; i < bytes; i += part) {
		part = bytes - i < 8 ? bytes - i : 8;
		word = 0;
		memcpy(&word, data + i, part);
		for (; word; word &= word - 1) {
			nr = bit + 8 * i + __builtin_ctzll(word);
			if (nr >= bits || vmm->to_send == vmm_all_pages(vmm))
				return;
			harvest_bit(vmm, report, nr);
		}
	}
}

void vmm_harvest(struct vmm *vmm, const struct vmm_report *report)
{
	uint32_t page = report_first_page(report);
	uint32_t end = report_end_page(vmm, report);
	uint8_t data[VMM_PAGE_BYTES];
	unsigned long address, bytes;

	/* Who sets bits beforehand cannot tell which ones are news. */
	if (report->fill)
		vmm->to_send = vmm_all_pages(vmm);
	for (; page < end; page++) {
		if (vmm->to_send == vmm_all_pages(vmm))
			return;
		if (!report_part(vmm, report, page, &address, &bytes))
			continue;
		sim_assert(vmm->sys->load(vmm->process, address, data,
					  bytes) >= 0);
		harvest_bytes(vmm, report, data, bytes,
			      8 * (address - report->bitmap));
	}
}

/* -- DMA logging -- */

static void store_arg(struct vmm *vmm, unsigned long offset, const void *from,
		      unsigned long bytes)
{
	sim_assert(offset + bytes <= VMM_PAGE_BYTES);
	sim_assert(vmm->sys->store(vmm->process, VMM_ARG_ADDRESS + offset, from,
				   bytes) >= 0);
}

/*
 * An argument as it lies in user memory: the header (struct
 * vfio_device_feature, whose flexible end cannot be embedded), the payload, and
 * a canary that nobody may touch.
 */
struct argument {
	uint32_t argsz;
	uint32_t flags;
	uint8_t rest[ARG_PAYLOAD_BYTES + ARG_CANARY_BYTES];
};

_Static_assert(offsetof(struct argument, rest) ==
	       sizeof(struct vfio_device_feature), "the header's size");

static void store_argument(struct vmm *vmm, const struct vmm_feature *feature)
{
	struct argument arg = {
		.argsz = feature->argsz,
		.flags = feature->flags,
	};
	uint32_t bytes = feature->bytes_in;

	sim_assert(bytes <= ARG_PAYLOAD_BYTES);
	if (bytes)
		memcpy(arg.rest, feature->payload, bytes);
	memcpy(arg.rest + bytes, canary_page, ARG_CANARY_BYTES);
	store_arg(vmm, 0, &arg, offsetof(struct argument, rest) + bytes +
		  ARG_CANARY_BYTES);
}

/* Reads it back; damage to the canary is kept for oracles. */
static void load_argument(struct vmm *vmm, const struct vmm_feature *feature)
{
	uint32_t bytes = feature->bytes_in;
	uint8_t rest[ARG_PAYLOAD_BYTES + ARG_CANARY_BYTES];

	sim_assert(vmm->sys->load(vmm->process, VMM_ARG_ADDRESS +
				  sizeof(struct vfio_device_feature), rest,
				  bytes + ARG_CANARY_BYTES) >= 0);
	vmm->arg_overrun |= memcmp(rest + bytes, canary_page,
				   ARG_CANARY_BYTES) != 0;
	if (feature->bytes_out)
		memcpy(feature->payload, rest, feature->bytes_out);
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

int vmm_ram_load(struct vmm *vmm, uint32_t page, void *to)
{
	sim_assert(page < vmm->ram_pages);
	return vmm->sys->load(vmm->process,
			      VMM_RAM_ADDRESS + page * VMM_PAGE_BYTES, to,
			      VMM_PAGE_BYTES);
}

int vmm_ram_store(struct vmm *vmm, uint32_t page, const void *from)
{
	sim_assert(page < vmm->ram_pages);
	return vmm->sys->store(vmm->process,
			       VMM_RAM_ADDRESS + page * VMM_PAGE_BYTES, from,
			       VMM_PAGE_BYTES);
}
