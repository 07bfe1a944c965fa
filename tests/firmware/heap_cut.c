/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * heap_cut.c - memory as the firmware's code sees it
 */
#include <errno.h>
#include <string.h>
#include <ipxe/malloc.h>
#include <ipxe/umalloc.h>

#include "firmware_cut.h"

/* Blocks do not touch, are aligned, and are what they are said to be. */
int cut_heap_neighbours(void)
{
	char *a = malloc(24), *b = zalloc(24);
	void *page = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	userptr_t external = umalloc(3 * PAGE_SIZE);
	char byte = 7;
	int wrong = 0;

	if (!a || !b || !page || !external)
		wrong = 1;
	else if (a + 24 + 32 > b && b + 24 + 32 > a)
		wrong = 2;
	else if (b[0] || b[23])
		wrong = 3;
	else if (virt_to_phys(page) % PAGE_SIZE ||
		 user_to_phys(external, 0) % PAGE_SIZE)
		wrong = 4;
	else if (virt_to_phys(a + 8) != virt_to_phys(a) + 8)
		wrong = 5;
	if (!wrong) {
		copy_to_user(external, 3 * PAGE_SIZE - 1, &byte, 1);
		byte = 0;
		copy_from_user(&byte, external, 3 * PAGE_SIZE - 1, 1);
		if (byte != 7)
			wrong = 6;
	}
	free(a);
	free(b);
	free(NULL);
	free_phys(page, PAGE_SIZE);
	ufree(external);
	return wrong;
}

/* Freeing what was given up does nothing, and nobody gets it again. */
int cut_heap_abandon(void)
{
	char *a = malloc(64), *b;

	abandon_phys(a + 63);
	free(a);
	a[63] = 1;
	b = malloc(64);
	if (a == b)
		return 1;
	free(b);
	return 0;
}

/* What was freed is not given out at once. */
int cut_heap_rests(void)
{
	char *a = malloc(64), *b;

	free(a);
	b = malloc(64);
	free(b);
	return a == b;
}
