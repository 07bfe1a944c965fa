// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - what lies where on the heap, what is held, what leaked
 *
 * Only reads. Everything that names memory in a finding goes through here.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include "internal.h"

/* -- names -- */

static void set_text(char *to, unsigned long size, const char *text)
{
	strscpy(to, text, size);
}

static const char *object_name(const struct vtb_object *object)
{
	return object->slab->cache->name;
}

static const char *area_name(const struct vtb_vm_area *area)
{
	switch (area->kind) {
	case VTB_AREA_VMALLOC:
		return "vmalloc";
	case VTB_AREA_VMAP:
		return "vmap";
	default:
		return "ioremap";
	}
}

/*
 * "16 bytes after 64 bytes" style text: where @address lies relative to
 * @bytes bytes at @start.
 */
static void describe_place(char *buf, unsigned long size, const void *address,
			   const void *start, unsigned long bytes,
			   const char *name)
{
	long offset = (long)address - (long)start;

	if (offset < 0)
		scnprintf(buf, size, "%ld bytes before %lu-byte %s object",
			  -offset, bytes, name);
	else if (offset < bytes)
		scnprintf(buf, size, "%ld bytes inside %lu-byte %s object",
			  offset, bytes, name);
	else
		scnprintf(buf, size, "%ld bytes after %lu-byte %s object",
			  offset - bytes, bytes, name);
}

static void add_state(char *buf, unsigned long size, const char *state)
{
	unsigned long len = strlen(buf);

	scnprintf(buf + len, size - len, " (%s)", state);
}

/* -- what ASan reports are enriched with -- */

static int report_object(const struct vtb_object *object, const void *address,
			 struct vtb_heap_report *report)
{
	static const char * const states[] = {
		[VTB_OBJECT_FRESH] = "never allocated",
		[VTB_OBJECT_LIVE] = "in use",
		[VTB_OBJECT_FREED] = "freed",
	};

	describe_place(report->text, sizeof(report->text), address,
		       vtb_object_address(object), object->bytes,
		       object_name(object));
	add_state(report->text, sizeof(report->text), states[object->state]);
	set_text(report->object, sizeof(report->object), object_name(object));
	vtb_stack_load(object->alloc_stack, report->alloc_pcs);
	vtb_stack_load(object->free_stack, report->free_pcs);
	return 0;
}

static int report_frame(const struct vtb_frame *frame, const void *address,
			struct vtb_heap_report *report)
{
	bool freed = frame->use == VTB_PAGE_HELD || frame->use == VTB_PAGE_FREE;
	const char *name = vtb_page_use_name(freed ? frame->was : frame->use);

	describe_place(report->text, sizeof(report->text), address,
		       vtb_frame_address(frame->head), frame->bytes, name);
	if (freed)
		add_state(report->text, sizeof(report->text), "freed");
	else if (frame->use == VTB_PAGE_USER && !frame->pins && !frame->got)
		add_state(report->text, sizeof(report->text), "not pinned");
	set_text(report->object, sizeof(report->object), name);
	vtb_stack_load(frame->alloc_stack, report->alloc_pcs);
	vtb_stack_load(frame->free_stack, report->free_pcs);
	return 0;
}

/* A gap belongs to the allocation before it, else to the one behind it. */
static struct vtb_frame *frame_to_blame(unsigned long pfn)
{
	struct vtb_frame *frame = vtb_frame_get(pfn);
	struct vtb_frame *next = vtb_frame_get(pfn + 1);

	if (!frame || frame->use == VTB_PAGE_RESERVED)
		return NULL;
	if (frame->serial)
		return vtb_frame_get(frame->head);
	frame = vtb_frame_get(pfn - 1);
	if (frame->serial)
		return vtb_frame_get(frame->head);
	return next && next->serial ? vtb_frame_get(next->head) : NULL;
}

static int report_area(const struct vtb_vm_area *area, const void *address,
		       struct vtb_heap_report *report)
{
	describe_place(report->text, sizeof(report->text), address,
		       area->address, area->bytes, area_name(area));
	if (area->free_stack)
		add_state(report->text, sizeof(report->text), "freed");
	set_text(report->object, sizeof(report->object), area_name(area));
	vtb_stack_load(area->alloc_stack, report->alloc_pcs);
	vtb_stack_load(area->free_stack, report->free_pcs);
	return 0;
}

/*
 * Which object was meant by an address in or beside a slab? The one of its
 * slot, but in the red zone behind it perhaps the next one: if only that is in
 * use, or if it is nearer.
 *
 *    | object | rest | red zone | next ...
 *                  ^ after  ^ before
 */
static struct vtb_object *object_to_blame(const struct vtb_frame *frame,
					  const void *address)
{
	struct vtb_slab *slab = frame->slab;
	unsigned long stride = slab->cache->stride;
	unsigned long last = (PAGE_SIZE << slab->cache->order) / stride - 1;
	unsigned long slot = 0, offset, after, before;
	struct vtb_object *object, *next;

	if (address > slab->base)
		slot = min(last, (address - slab->base) / stride);
	object = &slab->objects[slot];
	offset = address - vtb_object_address(object);
	if (slot == last || address < slab->base || offset < object->bytes)
		return object;
	next = object + 1;
	after = offset - object->bytes;
	before = stride - offset;
	if (object->state == VTB_OBJECT_LIVE)
		return next->state == VTB_OBJECT_LIVE && before < after ?
		       next : object;
	return next->state == VTB_OBJECT_LIVE ? next : object;
}

int vtb_kernel_heap_report(const void *address, struct vtb_heap_report *report)
{
	struct vtb_vm_area *area = vtb_area_find(address) ?:
				   vtb_area_find_freed(address);
	struct vtb_frame *frame;

	if (area)
		return report_area(area, address, report);
	if (!vtb_in_linear_map(address))
		return -1;
	frame = frame_to_blame(vtb_address_to_pfn(address));
	if (!frame)
		return -1;
	if (frame->use == VTB_PAGE_SLAB)
		return report_object(object_to_blame(frame, address), address,
				     report);
	return report_frame(frame, address, report);
}

/* -- findings -- */

void vtb_heap_finding(const char *oracle, const void *address,
		      unsigned long caller, const char *what)
{
	struct vtb_heap_report report = { .text = "not on the heap",
					  .object = "address" };
	const void *other;
	char why[200];

	vtb_kernel_heap_report(address, &report);
	other = report.free_pcs[0] ?: report.alloc_pcs[0];
	scnprintf(why, sizeof(why), "the address is %s", report.text);
	vtb_finding(oracle, report.object, (void *)caller, other, what, why);
}

void vtb_page_finding(const char *oracle, unsigned long pfn,
		      unsigned long caller, const char *what)
{
	struct vtb_frame *frame = vtb_frame_get(pfn);
	const void *other = NULL;
	const char *why = "there is no such page";

	if (frame) {
		bool freed = frame->use == VTB_PAGE_HELD ||
			     frame->use == VTB_PAGE_FREE;

		other = vtb_stack_caller(freed ? frame->free_stack :
						 frame->alloc_stack);
		why = freed ? "the other place is where it was freed before" :
			      "the other place is where it was allocated";
	}
	vtb_finding(oracle, frame ? vtb_page_use_name(frame->use) : "page",
		    (void *)caller, other, what, why);
}

/* -- what is held -- */

/*
 * A walk over everything held. @visit gets each holding once, with its serial;
 * slab pages and pages of vmalloc areas are not holdings of their own.
 */
struct holding {
	u32 serial;
	unsigned long bytes;
	unsigned long nr_pages;
	u16 stack;
	const char *name;
	bool object;
};

typedef void (*visit_fn)(const struct holding *holding, void *arg);

static void walk_objects(visit_fn visit, void *arg)
{
	const struct kmem_cache *cache;
	const struct vtb_slab *slab;
	unsigned int i;

	for (cache = vtb_caches(); cache; cache = cache->next)
		for (slab = cache->slabs; slab; slab = slab->next)
			for (i = 0; i < (PAGE_SIZE << cache->order) /
					cache->stride; i++) {
				const struct vtb_object *o = &slab->objects[i];
				struct holding holding = {
					.serial = o->serial,
					.bytes = o->bytes,
					.stack = o->alloc_stack,
					.name = cache->name,
					.object = true,
				};

				if (o->state == VTB_OBJECT_LIVE)
					visit(&holding, arg);
			}
}

static void walk_pages(visit_fn visit, void *arg)
{
	unsigned long pfn = 0;

	while ((pfn = vtb_next_kernel_frame(pfn + 1)) < vtb_nr_frames()) {
		const struct vtb_frame *frame = vtb_frame_get(pfn);
		struct holding holding = {
			.serial = frame->serial,
			.bytes = frame->bytes,
			.nr_pages = 1ul << frame->order,
			.stack = frame->alloc_stack,
			.name = vtb_page_use_name(frame->use),
			.object = frame->use == VTB_PAGE_LARGE,
		};

		if (frame->use == VTB_PAGE_PLAIN ||
		    frame->use == VTB_PAGE_LARGE)
			visit(&holding, arg);
	}
}

static void walk_areas(visit_fn visit, void *arg)
{
	const struct vtb_vm_area *area;

	for (area = vtb_areas(); area; area = area->next) {
		struct holding holding = {
			.serial = area->serial,
			.bytes = area->bytes,
			.stack = area->alloc_stack,
			.name = area_name(area),
		};

		visit(&holding, arg);
	}
}

static void walk(visit_fn visit, void *arg)
{
	walk_objects(visit, arg);
	walk_pages(visit, arg);
	walk_areas(visit, arg);
}

static void count(const struct holding *holding, void *arg)
{
	struct vtb_account *account = arg;

	if (holding->object) {
		account->objects++;
		account->object_bytes += holding->bytes;
	} else if (holding->nr_pages) {
		account->pages += holding->nr_pages;
	} else {
		account->vmaps++;
	}
}

/* Objects of slabs are many: their caches have counted them. */
static void count_objects(struct vtb_account *account)
{
	const struct kmem_cache *cache;

	for (cache = vtb_caches(); cache; cache = cache->next) {
		account->objects += cache->nr_live;
		account->object_bytes += cache->live_bytes;
	}
}

/* The memory part of vtb_kernel_account(). */
void vtb_mm_account(struct vtb_account *account)
{
	count_objects(account);
	walk_pages(count, account);
	walk_areas(count, account);
	account->user_pages = vtb_user_account.pages;
	account->pins = vtb_user_account.pins;
}

static const char *kind_of(const struct holding *holding)
{
	if (holding->object)
		return "object";
	return holding->nr_pages ? "page" : "vmap";
}

/* Place @pc, which is new if nobody has it. */
static unsigned int holder_of(const struct vtb_holders *holders, const void *pc)
{
	unsigned int i;

	for (i = 0; i < holders->nr && holders->of[i].pc != pc; i++)
		;
	return i;
}

static void add_holder(const struct holding *holding, void *arg)
{
	struct vtb_holders *holders = arg;
	const void *pc = vtb_stack_caller(holding->stack);
	unsigned int i = holder_of(holders, pc);

	if (i == VTB_MAX_HOLDERS)
		return;
	if (i == holders->nr) {
		holders->of[i].pc = pc;
		holders->of[i].count = 0;
		holders->nr++;
	}
	holders->of[i].count++;
}

void vtb_kernel_holders(struct vtb_holders *holders)
{
	holders->serial = vtb_kernel_alloc_serial();
	holders->nr = 0;
	walk(add_holder, holders);
}

struct search {
	u32 since;
	const char *kind;		/* NULL: any */
	const struct vtb_holders *before;	/* NULL: all count */
	struct holding found;
};

struct same_place {
	const void *pc;
	unsigned int count;
};

static void count_same(const struct holding *holding, void *arg)
{
	struct same_place *same = arg;

	same->count += vtb_stack_caller(holding->stack) == same->pc;
}

static bool has_grown(const struct search *search, u16 stack)
{
	struct same_place same = { .pc = vtb_stack_caller(stack) };
	unsigned int i;

	if (!search->before)
		return true;
	walk(count_same, &same);
	i = holder_of(search->before, same.pc);
	return i == search->before->nr ||
	       same.count > search->before->of[i].count;
}

static void find_oldest(const struct holding *holding, void *arg)
{
	struct search *search = arg;

	if (holding->serial <= search->since ||
	    (search->found.serial && holding->serial > search->found.serial))
		return;
	if (search->kind && strcmp(search->kind, kind_of(holding)))
		return;
	if (has_grown(search, holding->stack))
		search->found = *holding;
}

static int describe(struct search *search, char *buf, unsigned long size)
{
	walk(find_oldest, search);
	if (!search->found.serial)
		return -1;
	scnprintf(buf, size, "%s, %lu bytes, allocation %u", search->found.name,
		  search->found.bytes, search->found.serial);
	return 0;
}

unsigned long vtb_kernel_describe_growth(const struct vtb_holders *before,
					 unsigned long since_serial,
					 const char *kind, char *buf,
					 unsigned long size, const void **pcs)
{
	struct search search = {
		.since = since_serial, .kind = kind, .before = before,
	};

	if (describe(&search, buf, size))
		return 0;
	vtb_stack_load(search.found.stack, pcs);
	return search.found.serial;
}

int vtb_kernel_describe_leak(unsigned long since_serial, char *buf,
			     unsigned long size, const void **pc)
{
	struct search search = { .since = since_serial };
	int rc = describe(&search, buf, size);

	if (!rc)
		*pc = vtb_stack_caller(search.found.stack);
	return rc;
}
