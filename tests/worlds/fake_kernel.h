/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_kernel.h - a host backend without a kernel, made to be wrong
 *
 * A page table, a file descriptor and a straightforward DMA logging driver over
 * the registers of the tracker. With FAKE_CORRECT it does what the interface
 * says, so oracles must stay silent; each other value breaks one thing, so
 * exactly one oracle must fire.
 */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include <worlds/host_backend.h>

enum fake_fault {
	FAKE_CORRECT,
	FAKE_LOSES_RECORD,	/* consumes the last record, sets no bits */
	FAKE_LOSES_ON_ERROR,	/* commits although the bitmap has a hole */
	FAKE_SWALLOWS_FAULT,	/* the same, and says 0 */
	FAKE_INVENTS_BIT,	/* one bit too many after a record */
	FAKE_CLEARS_BITS,	/* stores words instead of setting bits */
	FAKE_WRITES_BEFORE,	/* the byte in front of the bitmap */
	FAKE_WRITES_TAIL,	/* bits past the end of the range */
	FAKE_WRITES_ARGUMENT,	/* past the argument of the ioctl */
	FAKE_WIDE_WINDOW,	/* asks the device for more than the range */
	FAKE_LEAKS_OBJECT,
	FAKE_LEAKS_PIN,
	FAKE_LEAKS_ON_STOP,	/* logging keeps its memory */
	FAKE_REFUSES,		/* -EFAULT for a good report */
	FAKE_LIES_ABOUT_IO,	/* -EIO with a good device */
	FAKE_ACCEPTS_WRAP,	/* 0 for a range that wraps */
	FAKE_ACCEPTS_OFF,	/* 0 although logging is off */
	FAKE_ACCEPTS_ARGSZ,	/* 0 for an argument that is too short */
	FAKE_FORGETS_RANGE,	/* does not program the last range */
	FAKE_WRONG_PAGE_SIZE,	/* returns another page size than chosen */
	FAKE_HANGS,		/* a report waits for ever */
	FAKE_SPINS,		/* a report spins for ever */
	FAKE_FAULTS,
};

/* Which fault the next kernel of kernel_new() has: tests only, one world. */
void fake_kernel_set_fault(enum fake_fault fault);

extern const struct host_backend fake_backend;

#endif
