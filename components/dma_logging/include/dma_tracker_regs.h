/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the DMA tracker: a unit of a PCI-like device that notes which
 * pages the device writes by DMA, and gives the notes to the driver.
 *
 * Plain numbers only, because the driver (kernel headers) and the device model
 * (libc headers) both include this file. It is their whole contract.
 *
 * Every register is 8 bytes wide, little-endian, and is accessed whole; what
 * other accesses do is undefined. All values, unless said otherwise, are bytes
 * of IOVA. Registers not listed read 0 and ignore writes.
 *
 * Dirty state. The tracker keeps one bit per tracker page, whose size is
 * PAGE_SIZE, aligned to its size in IOVA space, for every page that overlaps a
 * tracked range. A page is in one of these states:
 *
 *            DMA write                BEGIN              read RECORD_LENGTH
 *    clean ------------> dirty -----------------> queued ------------+
 *      ^                 ^   ^                      |                |
 *      |                 |   +------ GIVE_BACK -----+                v
 *      |                 +---------- GIVE_BACK ------------------ consumed
 *      +------------------------------ COMMIT ----------------------/
 *
 * A DMA write to a queued or consumed page makes a new note: the page is dirty
 * as well, and stays so whatever becomes of the old note. So the records of one
 * report are finite even while DMA goes on.
 *
 * Commands (CTRL, REPORT_CMD) set BUSY, and when they have finished clear it
 * and set DONE, and ERROR if they failed. A command written while another is
 * BUSY cancels that one (which then has had no effect) and runs instead. A
 * failed or cancelled command changes no dirty state. ERROR may also come up
 * while records are read; RECORD_LENGTH then reads 0. DONE and ERROR stay until
 * the next command.
 */
#ifndef DMA_TRACKER_REGS_H
#define DMA_TRACKER_REGS_H

/* Bytes of the BAR that the registers take. */
#define DMA_TRACKER_BAR_BYTES		0x80

/*
 * CAPS, read-only. Bits 11:0: how many ranges can be tracked. Bits 63:12: bit n
 * says that a tracker page may have 1 << n bytes.
 */
#define DMA_TRACKER_CAPS		0x00
#define DMA_TRACKER_CAPS_RANGES_MASK	0x0000000000000fff
#define DMA_TRACKER_CAPS_SIZES_MASK	0xfffffffffffff000

/*
 * CTRL, write-only. START: tracks the ranges programmed since the last RESET,
 * all pages clean; fails if there is none or PAGE_SIZE is not supported. STOP:
 * drops all dirty state. RESET: STOP, and forgets the ranges; cannot fail.
 */
#define DMA_TRACKER_CTRL		0x08
#define DMA_TRACKER_CTRL_START		1
#define DMA_TRACKER_CTRL_STOP		2
#define DMA_TRACKER_CTRL_RESET		3

/* STATUS, read-only. Bits 63:3 are 0; all ones mean that the device is gone. */
#define DMA_TRACKER_STATUS		0x10
#define DMA_TRACKER_STATUS_BUSY		1
#define DMA_TRACKER_STATUS_DONE		2
#define DMA_TRACKER_STATUS_ERROR	4

/* PAGE_SIZE, read-write while stopped: bytes of a tracker page. */
#define DMA_TRACKER_PAGE_SIZE		0x18

/*
 * RANGE_IDX, RANGE_IOVA, RANGE_LENGTH, read-write while stopped. Writing
 * RANGE_LENGTH stores the range in slot RANGE_IDX (0 .. ranges - 1).
 */
#define DMA_TRACKER_RANGE_IDX		0x20
#define DMA_TRACKER_RANGE_IOVA		0x28
#define DMA_TRACKER_RANGE_LENGTH	0x30

/*
 * REPORT_IOVA, REPORT_LENGTH, read-write: the window of the next BEGIN, not
 * necessarily aligned to tracker pages.
 *
 * REPORT_CMD, write-only.
 * BEGIN: queues every dirty page that overlaps the window and opens it. If a
 * window is open, its records are given back first. Fails if tracking is off.
 * COMMIT: closes the window; consumed pages are forgotten, queued ones become
 * dirty again.
 * GIVE_BACK: closes the window; queued and consumed pages become dirty again.
 * Does nothing, with success, when no window is open.
 */
#define DMA_TRACKER_REPORT_IOVA		0x38
#define DMA_TRACKER_REPORT_LENGTH	0x40
#define DMA_TRACKER_REPORT_CMD		0x48
#define DMA_TRACKER_REPORT_CMD_BEGIN	1
#define DMA_TRACKER_REPORT_CMD_COMMIT	2
#define DMA_TRACKER_REPORT_CMD_GIVE_BACK 3

/*
 * RECORD_IOVA, RECORD_LENGTH, read-only: the first record of the queue, a run
 * of one or more whole tracker pages. Reading RECORD_LENGTH consumes it, so
 * RECORD_IOVA is read first. Length 0: no more records (or ERROR). A run never
 * leaves the tracked range it is in, but for the rest of a tracker page; its
 * first and last page overlap the window.
 */
#define DMA_TRACKER_RECORD_IOVA		0x50
#define DMA_TRACKER_RECORD_LENGTH	0x58

/*
 * GIVE_BACK_IOVA, GIVE_BACK_LENGTH, write-only: writing GIVE_BACK_LENGTH makes
 * every tracked page that overlaps the range dirty, at once and for good,
 * window or not: for the part of a record that the reader has no use for.
 */
#define DMA_TRACKER_GIVE_BACK_IOVA	0x60
#define DMA_TRACKER_GIVE_BACK_LENGTH	0x68

#endif /* DMA_TRACKER_REGS_H */
