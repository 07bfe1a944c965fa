/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver for the DMA tracker of a device (dma_tracker_regs.h): reports which
 * pages the device wrote in the manner of VFIO's DMA logging device feature.
 *
 * Life: probe, then start, any number of reports, stop, start ...; remove. The
 * functions between probe and remove may be called at any time by several
 * threads; they exclude each other by one mutex. They run in the context of the
 * process that owns @arg and sleep.
 *
 * @arg is the payload of VFIO_DEVICE_FEATURE, @argsz its size (without the
 * struct vfio_device_feature in front). Larger than needed is fine.
 */
#ifndef DMA_LOGGING_H
#define DMA_LOGGING_H

#include <linux/compiler.h>
#include <linux/types.h>

struct dma_logging_device;

/*
 * Maps the registers at @bar. Returns the device, or ERR_PTR(): -EINVAL (the
 * BAR is too small), -ENOMEM, -ENODEV (no tracker answers there).
 */
struct dma_logging_device *dma_logging_probe(phys_addr_t bar, size_t bar_bytes);

/* Stops logging if it is on and releases everything. Accepts NULL. */
void dma_logging_remove(struct dma_logging_device *ld);

/*
 * @arg: struct vfio_device_feature_dma_logging_control. Its page_size is a
 * hint: the device's largest size not above it is chosen, else its smallest,
 * and written back. On failure logging is off and nothing is kept.
 *
 * -EINVAL	argsz; page_size not a power of two or under 4K; no ranges; a range
 *		that is empty, not aligned to page_size, or overlaps another;
 *		logging is on already
 * -E2BIG	more ranges than fit a page or than the device can track
 * -EOVERFLOW	a range whose iova + length does not fit, as in VFIO
 * -EFAULT	@arg or its ranges cannot be read, or @arg cannot be written
 * -ENOMEM, -EIO (the device reports an error), -ETIMEDOUT
 */
int dma_logging_start(struct dma_logging_device *ld, void __user *arg,
		      size_t argsz);

/*
 * @arg is not used. 0 if logging is off already. On -EIO and -ETIMEDOUT logging
 * is off too, as far as the driver is concerned.
 */
int dma_logging_stop(struct dma_logging_device *ld, void __user *arg,
		     size_t argsz);

/*
 * @arg: struct vfio_device_feature_dma_logging_report. Sets the bit of every
 * page written since it was last reported; never clears one.
 *
 * Guarantee: what the device has given up is in the user's bitmap, or will be
 * reported again. On an error some bits may be set and also be reported again.
 * Pages of a record outside of the range asked for are given back to the
 * device; as it knows whole tracker pages only, a page of which only a part is
 * asked for stays dirty.
 *
 * -EINVAL	argsz; page_size as above; length 0; logging is off
 * -EOVERFLOW	iova + length does not fit, as in VFIO
 * -EIO		the device reports an error or lies
 * -EFAULT, -ENOMEM, -ETIMEDOUT, and what pinning the bitmap returns
 */
int dma_logging_report(struct dma_logging_device *ld, void __user *arg,
		       size_t argsz);

#endif /* DMA_LOGGING_H */
