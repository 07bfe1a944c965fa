// SPDX-License-Identifier: GPL-2.0-only
/*
 * wide_cut.c - a driver that fills in descriptors, rightly and wrongly
 */
#include <linux/io.h>
#include <linux/slab.h>

#include "wide_cut.h"

static u64 *descriptor;

unsigned long cut_wide_new(void)
{
	/* Aligned to its size, as kmalloc() does for powers of two. */
	descriptor = kzalloc(64, GFP_KERNEL);
	return descriptor ? virt_to_phys(descriptor) : 0;
}

static void fill_body(unsigned long words)
{
	unsigned long i;

	for (i = 1; i < words; i++)
		WRITE_ONCE(descriptor[i], CUT_WIDE_BODY);
}

void cut_wide_valid_last(unsigned long words)
{
	fill_body(words);
	dma_wmb();
	WRITE_ONCE(descriptor[0], CUT_WIDE_VALID);
}

void cut_wide_valid_first(unsigned long words)
{
	WRITE_ONCE(descriptor[0], CUT_WIDE_VALID);
	dma_wmb();
	fill_body(words);
}
