/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmm.h - a VMM process: user memory, and what it asks of its kernel
 *
 * The process speaks to its kernel only through a table of system calls that
 * the world supplies; this model knows no kernel. Its address space:
 *
 *	VMM_ARG_ADDRESS     one page: arguments of ioctls, between canaries
 *	VMM_BITMAP_ADDRESS  where dirty bitmaps go; pages come and go
 *	VMM_RAM_ADDRESS     guest RAM
 *
 * Bitmap area. Each byte of a mapped page that is not part of a bitmap in use
 * holds the canary of its address, so whoever looks can tell that nobody wrote
 * there. A bitmap in use holds its fill byte before the call. After the call
 * vmm_harvest() takes the bits over into the set of pages to send, and
 * vmm_bitmap_done() puts the canary back.
 *
 * What is mapped and present the process accesses as a CPU does: in its frames,
 * and its kernel learns nothing of it. What may fault goes by the kernel.
 *
 * All functions that take a struct vmm * run on a thread of the process and
 * may block, except the getters.
 */
#ifndef MODELS_VMM_H
#define MODELS_VMM_H

#include <models/machine.h>
#include <sim/sim.h>

#define VMM_ARG_ADDRESS		0x10000ul
#define VMM_BITMAP_ADDRESS	0x1000000ul
#define VMM_RAM_ADDRESS		0x40000000ul
#define VMM_PAGE_BYTES		4096ul	/* of the guest's RAM */

#define VMM_MAX_RAM_PAGES	64	/* one bit each in a word */
#define VMM_MAX_BITMAP_PAGES	544
#define VMM_MAX_RANGES		8

/* As in mmap(2). All return >= 0 or a negative errno. */
#define VMM_PROT_READ		1
#define VMM_PROT_WRITE		2

struct vmm_syscalls {
	long (*mmap)(void *process, unsigned long address, unsigned long bytes,
		     int prot);
	long (*mprotect)(void *process, unsigned long address,
			 unsigned long bytes, int prot);
	long (*munmap)(void *process, unsigned long address,
		       unsigned long bytes);
	long (*open)(void *process, const char *device);
	long (*ioctl)(void *process, int fd, unsigned int cmd,
		      unsigned long arg);
	long (*close)(void *process, int fd);
	/* Accesses of the process that may fault; -EFAULT: got a signal. */
	long (*load)(void *process, unsigned long address, void *to,
		     unsigned long bytes);
	long (*store)(void *process, unsigned long address, const void *from,
		      unsigned long bytes);
	/* Page frame behind an address, or -EFAULT; it stays while mapped. */
	long (*frame)(void *process, unsigned long address);
};

struct vmm;

struct vmm_options {
	const struct vmm_syscalls *syscalls;
	void *process;			/* handed to the system calls */
	struct machine *machine;	/* that it runs on */
	const char *device;		/* to open */
	uint32_t ram_pages;
	uint32_t bitmap_pages;
	uint64_t page_bytes;		/* of its kernel; 0: VMM_PAGE_BYTES */
};

struct vmm *vmm_new(struct sim *sim, const struct vmm_options *options);

/* Maps all memory and opens the device; once, first thing on its thread. */
int vmm_start(struct vmm *vmm);

uint32_t vmm_ram_pages(const struct vmm *vmm);
uint32_t vmm_bitmap_pages(const struct vmm *vmm);
/* Of a page of the bitmap area, which is one of the VMM's kernel. */
uint64_t vmm_bitmap_page_bytes(const struct vmm *vmm);
const uint64_t *vmm_ram_frames(const struct vmm *vmm);

/* Guest RAM appears at this IOVA, and from there on again and again. */
void vmm_set_iova_base(struct vmm *vmm, uint64_t iova);
uint64_t vmm_iova_base(const struct vmm *vmm);

/* -- bitmap buffers -- */

enum vmm_page_state { VMM_PAGE_HOLE, VMM_PAGE_READ_ONLY, VMM_PAGE_WRITABLE };

/* Changes pages [page, page + count) of the bitmap area. */
int vmm_bitmap_set_state(struct vmm *vmm, uint32_t page, uint32_t count,
			 enum vmm_page_state state);
enum vmm_page_state vmm_bitmap_state(const struct vmm *vmm, uint32_t page);

/* First frame of a page that is no hole; it keeps them while it is mapped. */
uint32_t vmm_bitmap_frame(const struct vmm *vmm, uint32_t page);

/* The canary of eight bytes at any multiple of eight. One bit per byte. */
#define VMM_CANARY		0x0840021080042001ull

/*
 * struct vmm_report - one call of VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT
 * @iova:	first IOVA
 * @length:	bytes of IOVA
 * @page_size:	bytes of IOVA per bit
 * @bitmap:	user address of the bitmap
 * @fill:	what the bitmap's bytes hold before the call
 */
struct vmm_report {
	uint64_t iova;
	uint64_t length;
	uint64_t page_size;
	uint64_t bitmap;
	uint8_t fill;
	uint8_t reserved[7];		/* no padding: it may become state */
};

/* Bits and bytes of the bitmap; 0 if the report makes no sense. */
uint64_t vmm_report_bits(const struct vmm_report *report);
uint64_t vmm_report_bytes(const struct vmm_report *report);

/* Is every byte of it (in whole words, as the interface has it) writable? */
bool vmm_report_writable(const struct vmm *vmm,
			 const struct vmm_report *report);

/* Pages [first, end) of the bitmap area that the bitmap reaches into. */
struct vmm_pages {
	uint32_t first;
	uint32_t end;
};
struct vmm_pages vmm_report_pages(const struct vmm *vmm,
				  const struct vmm_report *report);

void vmm_bitmap_fill(struct vmm *vmm, const struct vmm_report *report);
long vmm_report(struct vmm *vmm, const struct vmm_report *report);
void vmm_harvest(struct vmm *vmm, const struct vmm_report *report);
void vmm_bitmap_done(struct vmm *vmm, const struct vmm_report *report);

/* -- DMA logging -- */

struct vmm_range {
	uint64_t iova;
	uint64_t length;
};

struct vmm_log {
	uint64_t page_size;		/* that the device chose */
	uint32_t nr_ranges;
	bool on;
	uint8_t reserved[3];		/* no padding: it becomes state */
	struct vmm_range ranges[VMM_MAX_RANGES];
};

/* @log says what is wanted; what is on is kept by the VMM. */
long vmm_log_start(struct vmm *vmm, const struct vmm_log *log);

/*
 * If the device fails at it (-EIO, -ETIMEDOUT) logging is off as well; other
 * errors mean that nothing has happened. All pages are to be sent again.
 */
long vmm_log_stop(struct vmm *vmm);
const struct vmm_log *vmm_log(const struct vmm *vmm);

/*
 * The ioctl in its raw form, for calls that are not well-formed. @payload is
 * stored after the header and read back if @bytes_out is not 0.
 */
struct vmm_feature {
	uint32_t argsz;
	uint32_t flags;
	unsigned int cmd;
	unsigned long address;		/* 0: in the argument page */
	int fd;				/* -1: the open device */
	void *payload;
	uint32_t bytes_in;
	uint32_t bytes_out;
};
long vmm_feature(struct vmm *vmm, const struct vmm_feature *feature);

/* The canary after the last argument was overwritten. */
bool vmm_arg_overrun(const struct vmm *vmm);

/* -- what has to be sent to the destination: bit n is RAM page n -- */

uint64_t vmm_all_pages(const struct vmm *vmm);
uint64_t vmm_to_send(const struct vmm *vmm);
void vmm_mark_to_send(struct vmm *vmm, uint64_t pages);
void vmm_mark_sent(struct vmm *vmm, uint64_t pages);

/* RAM pages behind [first, last] of IOVA space. */
uint64_t vmm_iova_pages(const struct vmm *vmm, uint64_t first, uint64_t last);

/* What RAM page @page holds now; a whole page of it is stored. */
const void *vmm_ram_page(const struct vmm *vmm, uint32_t page);
void vmm_ram_store(struct vmm *vmm, uint32_t page, const void *from);

#endif
