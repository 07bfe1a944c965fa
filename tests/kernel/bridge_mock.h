/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bridge_mock.h - part 1 of bridge.h without a world
 *
 * For unit tests of single parts of the kernel runtime: one instance, one
 * thread, frames in a memfd, findings caught instead of raised. Fault points
 * and choices are answered by the test.
 */
#ifndef BRIDGE_MOCK_H
#define BRIDGE_MOCK_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtb/bridge.h>

#define MOCK_FRAMES	512

struct bridge_mock {
	struct vtb_boot boot;

	/* What vtb_finding() was told last; it jumps to @on_finding if set. */
	char oracle[48];
	char object[48];
	char what[160];
	char why[240];
	const void *pc;
	const void *pc2;
	unsigned int findings;
	jmp_buf *on_finding;

	/* The fail_at-th call (from 1) of vtb_fail(fail_kind) fails. */
	enum vtb_fail_kind fail_kind;
	unsigned int fail_at;
	unsigned int fail_calls;
	unsigned int choice;		/* answer of vtb_choose(), cut to n - 1 */

	uint64_t mmio;			/* the one device register there is */
	uint64_t mmio_phys;		/* last address accessed */
	unsigned int pins[MOCK_FRAMES];
	bool user_writes[MOCK_FRAMES];
	unsigned long fetched;		/* bytes, by vtb_fetch() */
	uint8_t class[MOCK_FRAMES];	/* 0 free, 1 hot, 2 cold */
	unsigned int preempt_points;
	void (*at_preempt_point)(void);
};

extern struct bridge_mock mock;

/* A machine as after power-on, and a booted memory half. */
void mock_start(void);

/*
 * Calls @fn; true if it raised a finding of @oracle. What was found is in mock.
 */
bool mock_finds(const char *oracle, void (*fn)(void));

#endif
