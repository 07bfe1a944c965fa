/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel that is none, see fake_kernel.h. It is slow and plain on purpose: a
 * bit is set by one store to one byte, a page is looked up by walking a list.
 */
#include <dma_tracker_regs.h>
#include <errno.h>
#include <kernel/instance.h>
#include <linux/vfio.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <stdlib.h>
#include <string.h>

#include "fake_kernel.h"

#define MAX_PAGES	640

struct fake_page {
	unsigned long address;		/* 0: free */
	uint32_t frame;
	int prot;
};

struct fake_kernel {
	struct sim *sim;
	struct machine *machine;
	enum fake_fault fault;
	uint64_t bar;
	uint64_t page_size;		/* of the tracker; 0: logging is off */
	uint64_t next_frame;
	uint64_t free_frames[MAX_PAGES];
	uint32_t nr_free;
	struct vtb_account account;
	struct fake_page pages[MAX_PAGES];
};

/* Process-level: read by kernel_new(), so before any run. */
static enum fake_fault next_fault;

void fake_kernel_set_fault(enum fake_fault fault)
{
	next_fault = fault;
}

/* -- user memory -- */

static struct fake_page *find_page(struct fake_kernel *k, unsigned long address)
{
	unsigned int i;

	for (i = 0; i < MAX_PAGES; i++)
		if (k->pages[i].address == (address & -VMM_PAGE_BYTES))
			return &k->pages[i];
	return NULL;
}

static uint64_t take_frame(struct fake_kernel *k)
{
	uint64_t frame = k->nr_free ? k->free_frames[--k->nr_free] :
				      k->next_frame++;
	struct sim_memory *memory = machine_memory(k->machine);

	sim_assert(frame < sim_memory_frames(memory));
	sim_frames_set_class(memory, frame, 1, SIM_FRAME_COLD);
	sim_frames_touch(memory, frame, 1);
	memset(sim_frame_data(memory, frame), 0, SIM_FRAME_BYTES);
	return frame;
}

static long fake_mmap(void *arg, unsigned long address, unsigned long bytes,
		      int prot)
{
	struct fake_kernel *k = arg;
	unsigned long end = address + bytes;

	for (; address < end; address += VMM_PAGE_BYTES) {
		struct fake_page *page = find_page(k, address);

		if (!page)
			page = find_page(k, 0);
		sim_assert(page);
		if (page->address != address)
			page->frame = take_frame(k);
		page->address = address;
		page->prot = prot;
	}
	return end - bytes;
}

static long fake_mprotect(void *arg, unsigned long address, unsigned long bytes,
			  int prot)
{
	struct fake_kernel *k = arg;
	struct fake_page *page = find_page(k, address);

	if (!page || bytes != VMM_PAGE_BYTES)
		return -ENOMEM;
	page->prot = prot;
	return 0;
}

static long fake_munmap(void *arg, unsigned long address, unsigned long bytes)
{
	struct fake_kernel *k = arg;
	struct fake_page *page = find_page(k, address);

	sim_assert(bytes == VMM_PAGE_BYTES);
	if (page) {
		k->free_frames[k->nr_free++] = page->frame;
		page->address = 0;
	}
	return 0;
}

/* The byte at @address, or NULL if @prot is not allowed there. */
static uint8_t *user_byte(struct fake_kernel *k, unsigned long address,
			  int prot)
{
	struct fake_page *page = find_page(k, address);

	if (address < VMM_PAGE_BYTES || !page || (page->prot & prot) != prot)
		return NULL;
	sim_frames_touch(machine_memory(k->machine), page->frame, 1);
	return (uint8_t *)sim_frame_data(machine_memory(k->machine),
					 page->frame) +
	       address % VMM_PAGE_BYTES;
}

static long copy(struct fake_kernel *k, unsigned long address, void *buffer,
		 unsigned long bytes, int prot)
{
	unsigned long done, part;

	for (done = 0; done < bytes; done += part) {
		uint8_t *user = user_byte(k, address + done, prot);

		part = VMM_PAGE_BYTES - (address + done) % VMM_PAGE_BYTES;
		part = part < bytes - done ? part : bytes - done;
		if (!user)
			return -EFAULT;
		if (prot & VMM_PROT_WRITE)
			memcpy(user, (char *)buffer + done, part);
		else
			memcpy((char *)buffer + done, user, part);
	}
	return 0;
}

static long fake_load(void *arg, unsigned long address, void *to,
		      unsigned long bytes)
{
	return copy(arg, address, to, bytes, VMM_PROT_READ);
}

static long fake_store(void *arg, unsigned long address, const void *from,
		       unsigned long bytes)
{
	return copy(arg, address, (void *)(uintptr_t)from, bytes,
		    VMM_PROT_WRITE);
}

static long fake_frame(void *arg, unsigned long address)
{
	struct fake_page *page = find_page(arg, address);

	return page ? (long)page->frame : -EFAULT;
}

/* -- the driver -- */

static uint64_t reg_read(struct fake_kernel *k, unsigned int reg)
{
	return machine_mmio_read(k->machine, k->bar + reg, 8);
}

static void reg_write(struct fake_kernel *k, unsigned int reg, uint64_t value)
{
	machine_mmio_write(k->machine, k->bar + reg, 8, value);
}

static int command(struct fake_kernel *k, unsigned int reg, uint64_t value)
{
	unsigned int polls = 0;

	reg_write(k, reg, value);
	while (reg_read(k, DMA_TRACKER_STATUS) == DMA_TRACKER_STATUS_BUSY) {
		if (++polls > 1000)
			return -ETIMEDOUT;
		sim_fiber_sleep(k->sim, 1000);
	}
	return reg_read(k, DMA_TRACKER_STATUS) & DMA_TRACKER_STATUS_ERROR ?
	       -EIO : 0;
}

static uint64_t choose_page_size(struct fake_kernel *k, uint64_t hint)
{
	uint64_t sizes = reg_read(k, DMA_TRACKER_CAPS) &
			 DMA_TRACKER_CAPS_SIZES_MASK;
	uint64_t size = sizes & -sizes, bit;

	for (bit = 4096; bit && bit <= hint; bit *= 2)
		if (sizes & bit)
			size = bit;
	return size;
}

static long check_ranges(const struct vfio_device_feature_dma_logging_control *c,
			 const struct vfio_device_feature_dma_logging_range *r)
{
	unsigned int i, j;

	for (i = 0; i < c->num_ranges; i++) {
		if (!r[i].length || (r[i].iova | r[i].length) &
				    (c->page_size - 1))
			return -EINVAL;
		if (r[i].iova + r[i].length < r[i].iova)
			return -EOVERFLOW;
		for (j = 0; j < i; j++)
			if (r[i].iova < r[j].iova + r[j].length &&
			    r[j].iova < r[i].iova + r[i].length)
				return -EINVAL;
	}
	return 0;
}

static long start(struct fake_kernel *k, unsigned long arg)
{
	struct vfio_device_feature_dma_logging_range ranges[VMM_MAX_RANGES];
	struct vfio_device_feature_dma_logging_control control;
	unsigned int i, nr;
	long rc = fake_load(k, arg, &control, sizeof(control));

	if (rc)
		return rc;
	if (!control.num_ranges || control.num_ranges > VMM_MAX_RANGES ||
	    k->page_size)
		return -EINVAL;
	nr = control.num_ranges;
	rc = fake_load(k, control.ranges, ranges, nr * sizeof(ranges[0]));
	if (!rc)
		rc = check_ranges(&control, ranges);
	if (!rc && nr > (reg_read(k, DMA_TRACKER_CAPS) &
			 DMA_TRACKER_CAPS_RANGES_MASK))
		rc = -E2BIG;
	if (!rc)
		rc = command(k, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_RESET);
	if (rc)
		return rc;
	control.page_size = choose_page_size(k, control.page_size);
	reg_write(k, DMA_TRACKER_PAGE_SIZE, control.page_size);
	for (i = 0; i < nr - (k->fault == FAKE_FORGETS_RANGE && nr > 1); i++) {
		reg_write(k, DMA_TRACKER_RANGE_IDX, i);
		reg_write(k, DMA_TRACKER_RANGE_IOVA, ranges[i].iova);
		reg_write(k, DMA_TRACKER_RANGE_LENGTH, ranges[i].length);
	}
	rc = command(k, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	if (rc)
		return rc;
	k->page_size = control.page_size;
	k->account.objects++;
	if (k->fault == FAKE_WRONG_PAGE_SIZE)
		control.page_size *= 2;
	return fake_store(k, arg, &control, sizeof(control));
}

static long stop(struct fake_kernel *k)
{
	if (!k->page_size)
		return 0;
	k->page_size = 0;
	if (k->fault != FAKE_LEAKS_ON_STOP)
		k->account.objects--;
	return command(k, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_STOP);
}

typedef struct vfio_device_feature_dma_logging_report report_t;

static int set_bit(struct fake_kernel *k, const report_t *report, uint64_t bit)
{
	uint8_t *byte = user_byte(k, report->bitmap + bit / 8, VMM_PROT_WRITE);

	if (!byte)
		return -EFAULT;
	if (k->fault == FAKE_CLEARS_BITS)
		*byte = 0;
	*byte |= 1u << (bit % 8);
	return 0;
}

/* Sets the bits of a record and gives back what lies outside the range. */
static int set_record(struct fake_kernel *k, const report_t *report,
		      uint64_t first, uint64_t last)
{
	uint64_t report_last = report->iova + (report->length - 1);
	uint64_t from = first > report->iova ? first : report->iova;
	uint64_t to = last < report_last ? last : report_last, bit;

	if (first < report->iova) {
		reg_write(k, DMA_TRACKER_GIVE_BACK_IOVA, first);
		reg_write(k, DMA_TRACKER_GIVE_BACK_LENGTH, report->iova - first);
	}
	if (last > report_last) {
		reg_write(k, DMA_TRACKER_GIVE_BACK_IOVA, report_last + 1);
		reg_write(k, DMA_TRACKER_GIVE_BACK_LENGTH, last - report_last);
	}
	bit = (to - report->iova) / report->page_size;
	if (k->fault == FAKE_INVENTS_BIT && set_bit(k, report, bit + 1))
		return -EFAULT;
	for (; ; bit--) {
		if (set_bit(k, report, bit))
			return -EFAULT;
		if (bit == (from - report->iova) / report->page_size)
			return 0;
	}
}

static int read_records(struct fake_kernel *k, const report_t *report)
{
	uint64_t iova, length, left = 100000;
	int rc;

	for (;;) {
		iova = reg_read(k, DMA_TRACKER_RECORD_IOVA);
		length = reg_read(k, DMA_TRACKER_RECORD_LENGTH);
		if (!length)
			return reg_read(k, DMA_TRACKER_STATUS) &
			       DMA_TRACKER_STATUS_ERROR ? -EIO : 0;
		if (!left-- || (iova | length) & (k->page_size - 1) ||
		    iova + (length - 1) < iova ||
		    iova > report->iova + (report->length - 1))
			return -EIO;
		if (k->fault == FAKE_LOSES_RECORD)
			continue;
		rc = set_record(k, report, iova, iova + (length - 1));
		if (rc)
			return rc;
	}
}

static void hang(struct fake_kernel *k)
{
	while (k->fault == FAKE_HANGS)
		sim_fiber_block(k->sim);
	while (k->fault == FAKE_SPINS)
		sim_preempt_point(k->sim);
}

/* Faults that have nothing to do with records. */
static void do_harm(struct fake_kernel *k, const report_t *report,
		    unsigned long arg)
{
	uint64_t bits = (report->length - 1) / report->page_size + 1;
	uint8_t byte = 0xff;

	if (k->fault == FAKE_WRITES_BEFORE)
		fake_store(k, report->bitmap - 1, &byte, 1);
	if (k->fault == FAKE_WRITES_TAIL)
		set_bit(k, report, bits);
	if (k->fault == FAKE_WRITES_ARGUMENT)
		fake_store(k, arg + sizeof(*report), &byte, 1);
	k->account.objects += k->fault == FAKE_LEAKS_OBJECT;
	k->account.pins += k->fault == FAKE_LEAKS_PIN;
}

static long walk(struct fake_kernel *k, const report_t *report)
{
	uint64_t extra = k->fault == FAKE_WIDE_WINDOW ? 4096 : 0;
	int rc;

	reg_write(k, DMA_TRACKER_REPORT_IOVA, report->iova);
	reg_write(k, DMA_TRACKER_REPORT_LENGTH, report->length + extra);
	rc = command(k, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_BEGIN);
	if (!rc)
		rc = read_records(k, report);
	if (!rc || (rc == -EFAULT && (k->fault == FAKE_LOSES_ON_ERROR ||
				      k->fault == FAKE_SWALLOWS_FAULT))) {
		int commit = command(k, DMA_TRACKER_REPORT_CMD,
				     DMA_TRACKER_REPORT_CMD_COMMIT);

		if (!commit)
			return k->fault == FAKE_SWALLOWS_FAULT ? 0 : rc;
		rc = commit;
	}
	command(k, DMA_TRACKER_REPORT_CMD, DMA_TRACKER_REPORT_CMD_GIVE_BACK);
	return rc;
}

static long do_report(struct fake_kernel *k, unsigned long arg)
{
	report_t report;
	long rc = fake_load(k, arg, &report, sizeof(report));

	if (rc)
		return rc;
	if (report.page_size < 4096 ||
	    (report.page_size & (report.page_size - 1)))
		return -EINVAL;
	if (report.iova + report.length < report.iova)
		return k->fault == FAKE_ACCEPTS_WRAP ? 0 : -EOVERFLOW;
	if (!report.length)
		return -EINVAL;
	if (!k->page_size)
		return k->fault == FAKE_ACCEPTS_OFF ? 0 : -EINVAL;
	if (k->fault == FAKE_REFUSES)
		return -EFAULT;
	if (k->fault == FAKE_LIES_ABOUT_IO)
		return -EIO;
	hang(k);
	do_harm(k, &report, arg);
	return walk(k, &report);
}

static long feature(struct fake_kernel *k, unsigned long arg)
{
	const uint32_t known = VFIO_DEVICE_FEATURE_MASK |
		VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	struct vfio_device_feature header;
	uint32_t bytes = 0, direction = VFIO_DEVICE_FEATURE_SET;

	if (fake_load(k, arg, &header, sizeof(header)))
		return -EFAULT;
	switch (header.flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
		bytes = sizeof(struct vfio_device_feature_dma_logging_control);
		break;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
		break;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT:
		bytes = sizeof(report_t);
		direction = VFIO_DEVICE_FEATURE_GET;
		break;
	default:
		return -ENOTTY;
	}
	if (header.flags & ~known ||
	    (header.flags & (VFIO_DEVICE_FEATURE_GET |
			     VFIO_DEVICE_FEATURE_SET)) != direction)
		return -EINVAL;
	if (header.argsz < sizeof(header) + bytes)
		return k->fault == FAKE_ACCEPTS_ARGSZ ? 0 : -EINVAL;
	arg += sizeof(header);
	if (direction == VFIO_DEVICE_FEATURE_GET)
		return do_report(k, arg);
	return bytes ? start(k, arg) : stop(k);
}

static long fake_ioctl(void *arg, int fd, unsigned int cmd,
		       unsigned long address)
{
	if (fd != 3)
		return -EBADF;
	if (cmd != VFIO_DEVICE_FEATURE)
		return -ENOTTY;
	return feature(arg, address);
}

static long fake_open(void *arg, const char *device)
{
	return strcmp(device, "dma-logging") ? -ENOENT : 3;
}

static long fake_close(void *arg, int fd)
{
	return fd == 3 ? 0 : -EBADF;
}

/* -- the backend -- */

static const struct vmm_syscalls syscalls = {
	.mmap = fake_mmap,
	.mprotect = fake_mprotect,
	.munmap = fake_munmap,
	.open = fake_open,
	.ioctl = fake_ioctl,
	.close = fake_close,
	.load = fake_load,
	.store = fake_store,
	.frame = fake_frame,
};

static size_t page_bytes(void)
{
	return SIM_FRAME_BYTES;
}

static void *kernel_new(struct sim *sim, struct machine *machine,
			const char *name, unsigned int nr_cpus)
{
	struct fake_kernel *k = sim_alloc(sim, sizeof(*k), 8);

	k->sim = sim;
	k->machine = machine;
	k->fault = next_fault;
	k->next_frame = 1;
	return k;
}

static int boot_error(void *kernel)
{
	return 0;
}

static void *process_new(struct sim *sim, void *kernel, const char *name)
{
	return kernel;
}

static int process_start(void *process)
{
	return 0;
}

static struct sim_fiber *thread_new(void *process, const char *name,
				    sim_fiber_fn fn, void *arg)
{
	struct fake_kernel *k = process;
	const struct sim_fiber_options options = {
		.name = name,
		.fn = fn,
		.arg = arg,
		.daemon = true,
	};

	return sim_fiber_new(k->sim, &options);
}

static void thread_start(void *process)
{
}

static int device_add(void *process, const struct vtb_device_info *info)
{
	struct fake_kernel *k = process;

	k->bar = info->bar_phys;
	return 0;
}

static void account(void *process, struct vtb_account *account)
{
	*account = ((struct fake_kernel *)process)->account;
}

static unsigned long alloc_serial(void *process)
{
	return 0;
}

const struct host_backend fake_backend = {
	.syscalls = &syscalls,
	.page_bytes = page_bytes,
	.kernel_new = kernel_new,
	.boot_error = boot_error,
	.process_new = process_new,
	.process_start = process_start,
	.thread_new = thread_new,
	.thread_start = thread_start,
	.device_add = device_add,
	.account = account,
	.account_peek = account,
	.alloc_serial = alloc_serial,
};
