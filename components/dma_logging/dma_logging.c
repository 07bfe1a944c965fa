// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA logging: from the registers of a DMA tracker to the user's dirty bitmap
 *
 * A report is a walk over the windows of the user's bitmap. For each window the
 * device is told to BEGIN, and every record read is marked in the bitmap. What
 * was read stays in the device as "consumed" until COMMIT, and comes back as
 * dirty on GIVE_BACK:
 *
 *    walk         | window 0        | window 1        | end of walk
 *    device       | BEGIN, records  | COMMIT          |
 *                 |                 | BEGIN, records  | COMMIT or GIVE_BACK
 *
 * A window is committed when the walk goes on to the next or ends well, not
 * when its last record has been read: iova_bitmap_set() returns nothing, only
 * the walk says whether every bit found its place.
 *
 * Locking: ld->lock covers everything but the mapping of the BAR, the registers
 * above all. It is held over user copies and page pinning; so it comes before
 * mmap_lock and page locks.
 *
 * The device is not trusted: a record is used only if it makes sense where it
 * turned up, and no window has more records than pages.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/iova_bitmap.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "dma_logging.h"
#include "dma_tracker_regs.h"

/* IOVAs of 64 bits go through the unsigned long of <linux/iova_bitmap.h>. */
static_assert(BITS_PER_LONG == 64);

/* A command takes well under a millisecond. */
#define POLL_US		10
#define TIMEOUT_US	(10 * USEC_PER_MSEC)

/* As many as VFIO promises its users: what fits into one page. */
#define MAX_RANGES \
	(PAGE_SIZE / sizeof(struct vfio_device_feature_dma_logging_range))

/*
 * struct dma_logging_device - one tracker
 * @lock:	one for all, see above
 * @bar:	the registers
 * @page_size:	bytes of a tracker page while logging is on, else 0
 * @ranges:	what is tracked while logging is on, else NULL
 * @nr_ranges:	their number
 */
struct dma_logging_device {
	struct mutex lock; /* everything below, and the registers */
	void __iomem *bar;
	u64 page_size;
	struct vfio_device_feature_dma_logging_range *ranges;
	u32 nr_ranges;
};

/*
 * struct report_walk - one report on its way
 * @ld:		the device
 * @first:	first IOVA of the range asked for
 * @last:	last IOVA of it, inclusive
 * @open:	a window has been begun and not yet committed
 */
struct report_walk {
	struct dma_logging_device *ld;
	u64 first;
	u64 last;
	bool open;
};

static u64 reg_read(struct dma_logging_device *ld, unsigned int reg)
{
	return readq(ld->bar + reg);
}

static void reg_write(struct dma_logging_device *ld, unsigned int reg, u64 val)
{
	writeq(val, ld->bar + reg);
}

/* Writes command @cmd to register @reg and waits for its end. */
static int run_command(struct dma_logging_device *ld, unsigned int reg, u64 cmd)
{
	u64 status;
	int rc;

	reg_write(ld, reg, cmd);
	/* A device that is gone reads as all ones: that is an error, not busy. */
	rc = read_poll_timeout(reg_read, status,
			       !(status & DMA_TRACKER_STATUS_BUSY) ||
			       (status & DMA_TRACKER_STATUS_ERROR),
			       POLL_US, TIMEOUT_US, false, ld,
			       DMA_TRACKER_STATUS);
	if (rc)
		return rc;
	return status & DMA_TRACKER_STATUS_ERROR ? -EIO : 0;
}

static int report_command(struct dma_logging_device *ld, u64 cmd)
{
	return run_command(ld, DMA_TRACKER_REPORT_CMD, cmd);
}

/* The largest page size of the device not above @hint, else its smallest. */
static u64 choose_page_size(u64 caps, u64 hint)
{
	u64 sizes = caps & DMA_TRACKER_CAPS_SIZES_MASK;
	u64 fitting = sizes & (hint | (hint - 1));

	return fitting ? BIT_ULL(__fls(fitting)) : BIT_ULL(__ffs(sizes));
}

/* Checks range @nr against VFIO's rules and the ranges before it. */
static int check_range(const struct vfio_device_feature_dma_logging_range *ranges,
		       u32 nr, u64 page_size)
{
	u64 iova = ranges[nr].iova, length = ranges[nr].length;
	u64 end;
	u32 i;

	if (!length || !IS_ALIGNED(iova, page_size) ||
	    !IS_ALIGNED(length, page_size))
		return -EINVAL;
	if (check_add_overflow(iova, length, &end))
		return -EOVERFLOW;
	for (i = 0; i < nr; i++) {
		if (iova < ranges[i].iova + ranges[i].length &&
		    ranges[i].iova < end)
			return -EINVAL;
	}
	return 0;
}

/* Reads and checks the ranges of @control. The caller kfree()s the result. */
static struct vfio_device_feature_dma_logging_range *
copy_ranges(const struct vfio_device_feature_dma_logging_control *control)
{
	struct vfio_device_feature_dma_logging_range *ranges;
	u32 i;
	int rc = 0;

	if (!control->num_ranges)
		return ERR_PTR(-EINVAL);
	if (control->num_ranges > MAX_RANGES)
		return ERR_PTR(-E2BIG);
	ranges = kmalloc_array(control->num_ranges, sizeof(*ranges),
			       GFP_KERNEL);
	if (!ranges)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(ranges, u64_to_user_ptr(control->ranges),
			   control->num_ranges * sizeof(*ranges)))
		rc = -EFAULT;
	for (i = 0; !rc && i < control->num_ranges; i++)
		rc = check_range(ranges, i, control->page_size);
	if (rc) {
		kfree(ranges);
		return ERR_PTR(rc);
	}
	return ranges;
}

static int stop_locked(struct dma_logging_device *ld)
{
	int rc = run_command(ld, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_STOP);

	kfree(ld->ranges);
	ld->ranges = NULL;
	ld->page_size = 0;
	return rc;
}

/* Programs the device. Takes over @ranges if it succeeds. */
static int
start_locked(struct dma_logging_device *ld,
	     struct vfio_device_feature_dma_logging_control *control,
	     struct vfio_device_feature_dma_logging_range *ranges)
{
	u64 caps = reg_read(ld, DMA_TRACKER_CAPS);
	u64 page_size;
	u32 i;
	int rc;

	if (ld->page_size)
		return -EINVAL;
	if (!(caps & DMA_TRACKER_CAPS_SIZES_MASK))
		return -EIO;
	if (control->num_ranges > (caps & DMA_TRACKER_CAPS_RANGES_MASK))
		return -E2BIG;
	rc = run_command(ld, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_RESET);
	if (rc)
		return rc;

	page_size = choose_page_size(caps, control->page_size);
	reg_write(ld, DMA_TRACKER_PAGE_SIZE, page_size);
	for (i = 0; i < control->num_ranges; i++) {
		reg_write(ld, DMA_TRACKER_RANGE_IDX, i);
		reg_write(ld, DMA_TRACKER_RANGE_IOVA, ranges[i].iova);
		reg_write(ld, DMA_TRACKER_RANGE_LENGTH, ranges[i].length);
	}
	rc = run_command(ld, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_START);
	if (rc) {
		/* It may have started after all, say just after the timeout. */
		run_command(ld, DMA_TRACKER_CTRL, DMA_TRACKER_CTRL_STOP);
		return rc;
	}
	ld->page_size = page_size;
	ld->ranges = ranges;
	ld->nr_ranges = control->num_ranges;
	control->page_size = page_size;
	return 0;
}

static bool page_size_ok(u64 page_size)
{
	return page_size >= SZ_4K && is_power_of_2(page_size);
}

int dma_logging_start(struct dma_logging_device *ld, void __user *arg,
		      size_t argsz)
{
	struct vfio_device_feature_dma_logging_control control;
	struct vfio_device_feature_dma_logging_range *ranges;
	int rc;

	if (argsz < sizeof(control))
		return -EINVAL;
	if (copy_from_user(&control, arg, sizeof(control)))
		return -EFAULT;
	if (!page_size_ok(control.page_size))
		return -EINVAL;
	ranges = copy_ranges(&control);
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);

	mutex_lock(&ld->lock);
	rc = start_locked(ld, &control, ranges);
	if (rc) {
		kfree(ranges);
	} else if (copy_to_user(arg, &control, sizeof(control))) {
		stop_locked(ld);
		rc = -EFAULT;
	}
	mutex_unlock(&ld->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(dma_logging_start);

int dma_logging_stop(struct dma_logging_device *ld, void __user *arg,
		     size_t argsz)
{
	int rc = 0;

	mutex_lock(&ld->lock);
	if (ld->page_size)
		rc = stop_locked(ld);
	mutex_unlock(&ld->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(dma_logging_stop);

/*
 * Does outer hold first..last, when its ends are moved out to tracker pages? The
 * device knows whole pages only, so its records may stick out by less than one.
 */
static bool covers(const struct dma_logging_device *ld, u64 outer_first,
		   u64 outer_last, u64 first, u64 last)
{
	u64 rest = ld->page_size - 1;

	return first >= (outer_first & ~rest) && last <= (outer_last | rest);
}

static bool is_tracked(const struct dma_logging_device *ld, u64 first, u64 last)
{
	u32 i;

	for (i = 0; i < ld->nr_ranges; i++) {
		u64 iova = ld->ranges[i].iova;

		if (covers(ld, iova, iova + ld->ranges[i].length - 1, first,
			   last))
			return true;
	}
	return false;
}

/*
 * Consumes the next record of the window @first..@last.
 * Returns 1 and the record in @rec_first, @rec_last; 0 when there is none left;
 * an error if the device reports one or the record cannot be true.
 */
static int next_record(struct dma_logging_device *ld, u64 first, u64 last,
		       u64 *rec_first, u64 *rec_last)
{
	u64 iova = reg_read(ld, DMA_TRACKER_RECORD_IOVA);
	u64 length = reg_read(ld, DMA_TRACKER_RECORD_LENGTH);
	u64 iova_last;

	if (!length) {
		/* Out of records, or out of order? */
		if (reg_read(ld, DMA_TRACKER_STATUS) &
		    DMA_TRACKER_STATUS_ERROR)
			return -EIO;
		return 0;
	}
	if (!IS_ALIGNED(iova | length, ld->page_size) ||
	    check_add_overflow(iova, length - 1, &iova_last))
		return -EIO;
	if (!covers(ld, first, last, iova, iova_last) ||
	    !is_tracked(ld, iova, iova_last))
		return -EIO;
	*rec_first = iova;
	*rec_last = iova_last;
	return 1;
}

static void give_back(struct dma_logging_device *ld, u64 iova, u64 length)
{
	reg_write(ld, DMA_TRACKER_GIVE_BACK_IOVA, iova);
	reg_write(ld, DMA_TRACKER_GIVE_BACK_LENGTH, length);
}

/* The walk goes on or ends well: the bits of the open window are in place. */
static int commit_window(struct report_walk *walk)
{
	int rc;

	if (!walk->open)
		return 0;
	rc = report_command(walk->ld, DMA_TRACKER_REPORT_CMD_COMMIT);
	if (!rc)
		walk->open = false;
	return rc;
}

/* Callback of the walk: moves the records of one window into the bitmap. */
static int read_window(struct iova_bitmap *bitmap, unsigned long iova,
		       size_t length, void *opaque)
{
	struct report_walk *walk = opaque;
	struct dma_logging_device *ld = walk->ld;
	u64 first = iova, last = first + length - 1;
	u64 records_left, rec_first, rec_last;
	int rc;

	if (!length)
		return -EINVAL;
	rc = commit_window(walk);
	if (rc)
		return rc;

	reg_write(ld, DMA_TRACKER_REPORT_IOVA, first);
	reg_write(ld, DMA_TRACKER_REPORT_LENGTH, length);
	/* Open even if this fails: after a timeout it may still happen. */
	walk->open = true;
	rc = report_command(ld, DMA_TRACKER_REPORT_CMD_BEGIN);
	if (rc)
		return rc;

	records_left = last / ld->page_size - first / ld->page_size + 1;
	while ((rc = next_record(ld, first, last, &rec_first, &rec_last)) > 0) {
		if (!records_left--)
			return -EIO;
		iova_bitmap_set(bitmap, rec_first, rec_last - rec_first + 1);
		/* No bit of this report stands for the rest of the record. */
		if (rec_first < walk->first)
			give_back(ld, rec_first, walk->first - rec_first);
		if (rec_last > walk->last)
			give_back(ld, walk->last + 1, rec_last - walk->last);
		cond_resched();
	}
	return rc;
}

static int
report_locked(struct dma_logging_device *ld,
	      const struct vfio_device_feature_dma_logging_report *report)
{
	struct report_walk walk = {
		.ld = ld,
		.first = report->iova,
		.last = report->iova + report->length - 1,
	};
	struct iova_bitmap *bitmap;
	int rc;

	if (!ld->page_size)
		return -EINVAL;
	bitmap = iova_bitmap_alloc(report->iova, report->length,
				   report->page_size,
				   u64_to_user_ptr(report->bitmap));
	if (IS_ERR(bitmap))
		return PTR_ERR(bitmap);

	rc = iova_bitmap_for_each(bitmap, &walk, read_window);
	if (!rc)
		rc = commit_window(&walk);
	/*
	 * If the device does not even take this, it still has the window open,
	 * and the next BEGIN gives the records back.
	 */
	if (rc && walk.open)
		report_command(ld, DMA_TRACKER_REPORT_CMD_GIVE_BACK);
	iova_bitmap_free(bitmap);
	return rc;
}

int dma_logging_report(struct dma_logging_device *ld, void __user *arg,
		       size_t argsz)
{
	struct vfio_device_feature_dma_logging_report report;
	u64 end;
	int rc;

	if (argsz < sizeof(report))
		return -EINVAL;
	if (copy_from_user(&report, arg, sizeof(report)))
		return -EFAULT;
	if (!page_size_ok(report.page_size))
		return -EINVAL;
	if (check_add_overflow(report.iova, report.length, &end))
		return -EOVERFLOW;

	mutex_lock(&ld->lock);
	rc = report_locked(ld, &report);
	mutex_unlock(&ld->lock);
	return rc;
}
EXPORT_SYMBOL_GPL(dma_logging_report);

struct dma_logging_device *dma_logging_probe(phys_addr_t bar, size_t bar_bytes)
{
	struct dma_logging_device *ld;
	u64 caps;

	if (bar_bytes < DMA_TRACKER_BAR_BYTES)
		return ERR_PTR(-EINVAL);
	ld = kzalloc(sizeof(*ld), GFP_KERNEL);
	if (!ld)
		return ERR_PTR(-ENOMEM);
	mutex_init(&ld->lock);
	ld->bar = ioremap(bar, bar_bytes);
	if (!ld->bar) {
		kfree(ld);
		return ERR_PTR(-ENOMEM);
	}
	caps = reg_read(ld, DMA_TRACKER_CAPS);
	if (!(caps & DMA_TRACKER_CAPS_RANGES_MASK) || caps == U64_MAX) {
		iounmap(ld->bar);
		kfree(ld);
		return ERR_PTR(-ENODEV);
	}
	return ld;
}
EXPORT_SYMBOL_GPL(dma_logging_probe);

void dma_logging_remove(struct dma_logging_device *ld)
{
	if (!ld)
		return;
	if (ld->page_size)
		stop_locked(ld);
	iounmap(ld->bar);
	mutex_destroy(&ld->lock);
	kfree(ld);
}
EXPORT_SYMBOL_GPL(dma_logging_remove);

MODULE_DESCRIPTION("DMA logging with a dirty tracker behind MMIO registers");
MODULE_LICENSE("GPL");
