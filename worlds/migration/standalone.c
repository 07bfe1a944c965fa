/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ops of this world that are system calls do, for a real kernel. Not
 * compiled with the bench: programs written by `vtb repro FILE --c` contain it.
 * Each function takes the arguments of the op of its name in the table's order
 * and does what ops_vmm.c and the VMM model do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNUSED		__attribute__((unused))
#define PAGE		4096ull
#define BITMAP		((uint8_t *)0x1000000ul)
#define BITMAP_PAGES	(CONFIG_MEMORY ? 528 : 6)
#define MAX_RANGES	8

enum page { HOLE, READ_ONLY, WRITABLE };

static int device = -1;
static enum page pages_of_bitmap[544];
static int log_on;
static uint64_t log_page_size;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static uint64_t iova_base(void)
{
	static const uint64_t base[] = {
		1ull << 32, 0, PAGE, 1ull << 40, (1ull << 63) - (1ull << 27),
		-(1ull << 28),
	};

	return base[CONFIG_IOVA];
}

/* -- the bitmap area -- */

static long set_page(uint64_t nr, enum page state)
{
	uint8_t *at = BITMAP + nr * PAGE;

	if (state == HOLE) {
		if (munmap(at, PAGE))
			return -1;
	} else if (pages_of_bitmap[nr] == HOLE &&
		   mmap(at, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			0) == MAP_FAILED) {
		return -1;
	}
	if (state != HOLE &&
	    mprotect(at, PAGE, state == WRITABLE ? PROT_READ | PROT_WRITE :
						   PROT_READ))
		return -1;
	pages_of_bitmap[nr] = state;
	return 0;
}

static long set_pages(uint64_t first, uint64_t count, enum page state)
{
	uint64_t i;
	long rc = 0;

	first %= BITMAP_PAGES;
	for (i = first; !rc && i < first + count && i < BITMAP_PAGES; i++)
		rc = set_page(i, state);
	return rc;
}

UNUSED static long bitmap_map(uint64_t page, uint64_t pages)
{
	return set_pages(page, pages, WRITABLE);
}

UNUSED static long bitmap_unmap(uint64_t page, uint64_t pages)
{
	return set_pages(page, pages, HOLE);
}

UNUSED static long bitmap_protect(uint64_t page, uint64_t pages)
{
	return set_pages(page, pages, READ_ONLY);
}

/* Sets what can be written of a bitmap before a report. */
static void fill_bitmap(uint64_t bitmap, uint64_t bits, uint64_t fill)
{
	static const uint8_t bytes[] = { 0x00, 0xff, 0xa5 };
	uint64_t first = bitmap - (uintptr_t)BITMAP, i;

	for (i = 0; i < bits / 8 + (bits % 8 != 0); i++)
		if (first + i < BITMAP_PAGES * PAGE &&
		    pages_of_bitmap[(first + i) / PAGE] == WRITABLE)
			BITMAP[first + i] = bytes[fill];
}

/* -- DMA logging -- */

struct argument {
	uint32_t argsz;
	uint32_t flags;
	union {
		struct vfio_device_feature_dma_logging_control control;
		struct vfio_device_feature_dma_logging_report report;
	};
};

UNUSED static long log_start(uint64_t first, uint64_t pages,
			     uint64_t page_size, uint64_t nr, uint64_t gap,
			     uint64_t skew)
{
	static struct vfio_device_feature_dma_logging_range ranges[MAX_RANGES];
	struct argument arg = {
		.argsz = 8 + sizeof(arg.control),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		.control = { .page_size = page_size, .num_ranges = nr,
			     .ranges = (uintptr_t)ranges },
	};
	uint64_t iova = (iova_base() + page_size - 1) & ~(page_size - 1);
	uint64_t i;

	iova += first * page_size;
	for (i = 0; i < nr; i++, iova += (pages + gap) * page_size) {
		ranges[i].iova = iova;
		ranges[i].length = pages * page_size;
	}
	if (nr && skew == 1)
		ranges[nr - 1].iova += 8;
	if (nr && skew == 2)
		ranges[nr - 1].length += 8;
	if (nr && skew == 3)
		ranges[nr - 1].iova = ranges[0].iova;
	if (nr && skew == 4)
		ranges[nr - 1].length = 0;
	if (nr && skew == 5)
		ranges[nr - 1].length = -ranges[nr - 1].iova;
	if (ioctl(device, VFIO_DEVICE_FEATURE, &arg))
		return -1;
	log_on = 1;
	log_page_size = arg.control.page_size;
	return 0;
}

UNUSED static long log_stop(void)
{
	struct argument arg = {
		.argsz = 8,
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
	};
	long rc = ioctl(device, VFIO_DEVICE_FEATURE, &arg);

	if (!rc || errno == EIO || errno == ETIMEDOUT)
		log_on = 0;
	return rc;
}

/* VMMs ask for whole pages; the configuration says whether we do. */
static void round_report(struct vfio_device_feature_dma_logging_report *report)
{
	uint64_t unit = report->page_size, first, end;

	if (CONFIG_RANGES || !report->length)
		return;
	if (log_on && log_page_size > unit)
		unit = log_page_size;
	first = report->iova & -unit;
	end = (report->iova + report->length + (unit - 1)) & -unit;
	if (end <= report->iova)
		return;
	report->iova = first;
	report->length = end - first;
}

/* For log_report_again. */
static struct vfio_device_feature_dma_logging_report last_report;
static uint64_t last_fill;

static long send_report(void)
{
	struct argument arg = {
		.argsz = 8 + sizeof(arg.report),
		.flags = GET_REPORT,
		.report = last_report,
	};

	if (arg.report.length)
		fill_bitmap(arg.report.bitmap,
			    (arg.report.length - 1) / arg.report.page_size + 1,
			    last_fill);
	return ioctl(device, VFIO_DEVICE_FEATURE, &arg);
}

static long report(uint64_t iova, uint64_t length, uint64_t page_size,
		   uint64_t bitmap, uint64_t fill)
{
	last_report = (struct vfio_device_feature_dma_logging_report){
		.iova = iova_base() + iova, .length = length,
		.page_size = page_size,
		.bitmap = (uintptr_t)BITMAP + bitmap,
	};
	last_fill = fill;
	round_report(&last_report);
	return send_report();
}

UNUSED static long log_report(uint64_t iova, uint64_t bits, uint64_t cut,
			      uint64_t page_size, uint64_t bitmap,
			      uint64_t fill)
{
	uint64_t length = bits * page_size;

	if (length)
		length -= cut % page_size;
	return report(iova, length, page_size, bitmap, fill);
}

UNUSED static long log_report_wide(uint64_t iova, uint64_t pages,
				   uint64_t extra, uint64_t page_size,
				   uint64_t bitmap, uint64_t fill)
{
	pages = 1 + (pages - 1) % (BITMAP_PAGES + 2);
	return report(iova, (pages * 8 * PAGE + extra) * page_size, page_size,
		      bitmap, fill);
}

UNUSED static long log_report_again(void)
{
	if (!last_report.page_size)
		return report(0, 64 * PAGE, PAGE, 0, 0);
	return send_report();
}

UNUSED static long bad_call(uint64_t kind)
{
	struct bad_kind bad = bad_call_of(kind, (uintptr_t)BITMAP + PAGE);
	struct argument arg = {
		.argsz = bad.argsz,
		.flags = bad.flags,
		.report = { .iova = iova_base() + PAGE, .length = bad.length,
			    .page_size = bad.page_size, .bitmap = bad.bitmap },
	};

	return ioctl(bad.closed_fd ? BAD_FD : device, bad.cmd,
		     bad.address ? (void *)bad.address : (void *)&arg);
}

/* -- before the first op -- */

static void map_ram(int container)
{
	size_t bytes = CONFIG_RAM_PAGES * PAGE;
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = iova_base(),
		.size = bytes,
	};
	void *ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ram == MAP_FAILED)
		die("guest RAM");
	map.vaddr = (uintptr_t)ram;
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		die("VFIO_IOMMU_MAP_DMA");
}

static void begin(int argc, char **argv)
{
	int container, group;

	if (argc != 3) {
		fprintf(stderr, "usage: %s /dev/vfio/GROUP DEVICE\n"
			"  %s /dev/vfio/26 0000:06:0d.0\n", argv[0], argv[0]);
		exit(EXIT_FAILURE);
	}
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		die("/dev/vfio/vfio");
	group = open(argv[1], O_RDWR);
	if (group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		die(argv[1]);
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[2]);
	if (device < 0)
		die(argv[2]);
	map_ram(container);
	if (set_pages(0, BITMAP_PAGES, WRITABLE))
		die("bitmaps");
}
