/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_kernel.c - what fuzz/ asks of the simulated kernel, without one
 *
 * The code under test is whatever lies in section "fakecut"; each function in
 * it that wants a name is listed in fake_symbols[].
 */
#include <string.h>

#include <fuzz/upstream.h>
#include <kernel/instance.h>
#include <kernel/race.h>
#include <vtb/bridge.h>

#include "fake_kernel.h"

extern char __start_fakecut[], __stop_fakecut[];

const struct upstream_file upstream_files[] = {
	{ "drivers/fake.c", "0123" },
	{ NULL, NULL },
};
const char upstream_tree[] = "linux-source-fake 1";
const char upstream_id[] = "";

void kernel_calls_under_test(void (*call)(void *arg, const void *site,
					  const char *callee), void *arg)
{
	/* None that anybody asks about. */
}

const char *kernel_symbol(const void *pc, bool *cut)
{
	const struct fake_symbol *symbol, *best = NULL;
	bool inside = (const char *)pc >= __start_fakecut &&
		      (const char *)pc < __stop_fakecut;

	if (cut)
		*cut = inside;
	for (symbol = fake_symbols; inside && symbol->name; symbol++)
		if ((const char *)symbol->start <= (const char *)pc &&
		    (!best || symbol->start > best->start))
			best = symbol;
	return best ? best->name : "?";
}

/* The heap is one object: fake_heap_object. */
int kernel_heap_report(const void *address, struct vtb_heap_report *report)
{
	const char *at = address;

	if (!fake_heap_object || at < fake_heap_object ||
	    at >= fake_heap_object + 128)
		return -1;
	memset(report, 0, sizeof(*report));
	strcpy(report->text, "0 bytes inside a freed kmalloc-64 object");
	strcpy(report->object, "kmalloc-64");
	report->alloc_pcs[0] = fake_symbols[0].start;
	report->free_pcs[0] = fake_symbols[1].start;
	return 0;
}

void kernel_image_park(void)
{
}

uint64_t kernel_hook_count(void)
{
	return 0;
}

struct kernel_race *kernel_race_new(const struct sim_race_options *options)
{
	static char nothing;

	return (struct kernel_race *)&nothing;
}

void kernel_race_begin(struct kernel_race *race, struct sim *sim)
{
}

void kernel_race_end(struct kernel_race *race, struct sim *sim)
{
}

const struct kernel_race_place *kernel_race_places(const struct kernel_race *r)
{
	return NULL;
}
