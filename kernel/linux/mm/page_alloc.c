// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_alloc.c - frames: who has them, where free ones are
 *
 * Three bit maps say which frames kernel allocations have, which user pages
 * have, and which are in quarantine. First fit over the words of these maps:
 * a run for the kernel needs a neighbour on either side that nobody has; a user
 * page only needs neighbours that the kernel does not have. So an overrun of a
 * kernel page always meets poison, whatever lies around it.
 *
 * A freed run waits in a queue of bounded length before its frames can be
 * handed out again. Its bytes stay poisoned from free to the next allocation.
 *
 * References are struct page's own. A run is released when the last reference
 * goes; pins are references too, so a frame that is released while pinned, or
 * whose count has moved while it was free, shows a put too many.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <vtb/compat.h>
#include "internal.h"

#define QUARANTINE_RUNS		32
#define QUARANTINE_FRAMES	(PAGE_SIZE > SZ_4K ? 16 : 64)

struct held_run {
	u32 pfn;
	u32 nr;
};

static struct vtb_frame *frames;
static unsigned long nr_frames;
static unsigned long nr_words;
static unsigned long *kernel_map;
static unsigned long *user_map;
static unsigned long *held_map;

static struct held_run held[QUARANTINE_RUNS];
static unsigned int held_first;
static unsigned int held_nr;
static unsigned long held_frames;

struct vtb_frame *vtb_frame_get(unsigned long pfn)
{
	return pfn < nr_frames ? &frames[pfn] : NULL;
}

unsigned long vtb_nr_frames(void)
{
	return nr_frames;
}

unsigned long vtb_next_kernel_frame(unsigned long pfn)
{
	return find_next_bit(kernel_map, nr_frames, pfn);
}

const char *vtb_page_use_name(enum vtb_page_use use)
{
	switch (use) {
	case VTB_PAGE_SLAB:
		return "slab";
	case VTB_PAGE_LARGE:
		return "kmalloc-large";
	case VTB_PAGE_VMALLOC:
		return "vmalloc";
	case VTB_PAGE_USER:
		return "user page";
	default:
		return "page";
	}
}

static unsigned long *new_map(void)
{
	return vtb_instance_alloc(nr_words * sizeof(unsigned long), 8);
}

void vtb_page_alloc_init(unsigned long nr)
{
	vtb_assert(nr >= 4 && nr <= UINT_MAX);
	nr_frames = nr;
	nr_words = BITS_TO_LONGS(nr);
	frames = vtb_instance_alloc(nr * sizeof(*frames), 8);
	kernel_map = new_map();
	user_map = new_map();
	held_map = new_map();
	frames[0].use = VTB_PAGE_RESERVED;
	kernel_map[0] = 1;
	vtb_poison(vtb_frame_address(0), nr << PAGE_SHIFT, VTB_POISON_UNUSED);
}

/* -- finding a run -- */

static unsigned long word_or_zero(const unsigned long *map, long word)
{
	return word < 0 || word >= (long)nr_words ? 0 : map[word];
}

/* Bits of @word whose lower or upper neighbour is set in @map. */
static unsigned long neighbours(const unsigned long *map, long word)
{
	return map[word] << 1 | word_or_zero(map, word - 1) >> 63 |
	       map[word] >> 1 | word_or_zero(map, word + 1) << 63;
}

/* Frames of @word that cannot be used. The last frame is everybody's gap. */
static unsigned long blocked(long word, bool user)
{
	unsigned long bits = kernel_map[word] | user_map[word] |
			     held_map[word] | neighbours(kernel_map, word);
	unsigned long frames_here = nr_frames - 1 - word * BITS_PER_LONG;

	if (!user)
		bits |= neighbours(user_map, word);
	if (frames_here < BITS_PER_LONG)
		bits |= ~0ul << frames_here;
	return bits;
}

static unsigned long find_kernel_frame(void)
{
	unsigned long word, bits;

	for (word = 0; word < nr_words; word++) {
		bits = ~blocked(word, false);
		if (bits)
			return word * BITS_PER_LONG + __ffs(bits);
	}
	return 0;
}

static unsigned long find_user_frame(void)
{
	unsigned long word, bits;

	for (word = nr_words; word-- > 0; ) {
		bits = ~blocked(word, true);
		if (bits)
			return word * BITS_PER_LONG + __fls(bits);
	}
	return 0;
}

static bool frame_is(const unsigned long *map, unsigned long pfn)
{
	return map[pfn / BITS_PER_LONG] >> (pfn % BITS_PER_LONG) & 1;
}

static bool taken(unsigned long pfn)
{
	return frame_is(kernel_map, pfn) || frame_is(user_map, pfn);
}

static bool run_fits(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (taken(pfn + i) || frame_is(held_map, pfn + i))
			return false;
	/* Frame 0 is taken, but nobody can overrun from or into it. */
	return (pfn == 1 || !taken(pfn - 1)) && !taken(pfn + nr);
}

/* Runs are naturally aligned, as the buddy allocator's are. */
static unsigned long find_run(unsigned int order)
{
	unsigned long nr = 1ul << order;
	unsigned long pfn;

	for (pfn = nr; pfn + nr < nr_frames; pfn += nr)
		if (run_fits(pfn, nr))
			return pfn;
	return 0;
}

static void set_run(unsigned long *map, unsigned long pfn, unsigned long nr,
		    bool value)
{
	unsigned long i;

	for (i = pfn; i < pfn + nr; i++) {
		if (value)
			map[i / BITS_PER_LONG] |= 1ul << (i % BITS_PER_LONG);
		else
			map[i / BITS_PER_LONG] &= ~(1ul << (i % BITS_PER_LONG));
	}
}

/* -- quarantine -- */

static void leave_quarantine(void)
{
	struct held_run *run = &held[held_first];
	unsigned long i;

	set_run(held_map, run->pfn, run->nr, false);
	for (i = 0; i < run->nr; i++)
		frames[run->pfn + i].use = VTB_PAGE_FREE;
	held_frames -= run->nr;
	held_first = (held_first + 1) % QUARANTINE_RUNS;
	held_nr--;
}

static void enter_quarantine(unsigned long pfn, unsigned long nr)
{
	struct held_run *run;

	while (held_nr == QUARANTINE_RUNS ||
	       (held_nr && held_frames + nr > QUARANTINE_FRAMES))
		leave_quarantine();
	run = &held[(held_first + held_nr++) % QUARANTINE_RUNS];
	run->pfn = pfn;
	run->nr = nr;
	held_frames += nr;
	set_run(held_map, pfn, nr, true);
}

static unsigned long find_frames(const struct vtb_page_request *request)
{
	if (request->use == VTB_PAGE_USER)
		return find_user_frame();
	return request->order ? find_run(request->order) : find_kernel_frame();
}

/* -- allocation -- */

bool vtb_alloc_fails(gfp_t gfp, unsigned long bytes)
{
	bool fails;

	vtb_might_alloc(gfp);
	fails = !(gfp & __GFP_NOFAIL) && !vtb_booting() &&
		vtb_fail(VTB_FAIL_ALLOC);
	vtb_trace(VTB_TRACE_ALLOC, bytes, fails);
	return fails;
}

static void init_frames(unsigned long pfn,
			const struct vtb_page_request *request)
{
	unsigned long nr = 1ul << request->order;
	u16 stack = vtb_stack_save(request->caller);
	u32 serial = vtb_next_serial();
	unsigned long i;

	for (i = 0; i < nr; i++) {
		frames[pfn + i] = (struct vtb_frame) {
			.use = i ? VTB_PAGE_TAIL : request->use,
			.order = request->order,
			.serial = serial,
			.bytes = request->bytes,
			.head = pfn,
			.alloc_stack = stack,
		};
	}
}

/* Nobody may touch the count of a page that he does not hold. */
static void check_untouched(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (page_ref_count(page))
		vtb_page_finding("page-refcount", pfn, 0,
				 "the count of a free page was changed");
}

static void init_struct_pages(struct page *head,
			      const struct vtb_page_request *request)
{
	unsigned long nr = 1ul << request->order;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		check_untouched(page_to_pfn(head + i));
		memset(head + i, 0, sizeof(*head));
		atomic_set(&head[i]._mapcount, -1);
	}
	set_page_count(head, 1);
	if (request->order && (request->gfp & __GFP_COMP))
		vtb_compat_make_compound(head, request->order);
}

/* Frames that come into use are zero: the bench sees to it. */
static void fill(void *memory, const struct vtb_page_request *request)
{
	if (request->use == VTB_PAGE_USER) {
		vtb_poison(memory, request->bytes, VTB_POISON_USER);
		return;
	}
	vtb_unpoison(memory, request->bytes);
	if (!(request->gfp & __GFP_ZERO) && request->use != VTB_PAGE_SLAB)
		memset(memory, VTB_JUNK_NEW, request->bytes);
}

static void take_frames(unsigned long pfn,
			const struct vtb_page_request *request)
{
	unsigned long nr = 1ul << request->order;

	if (request->use == VTB_PAGE_USER) {
		set_run(user_map, pfn, nr, true);
		vtb_frames_cold(pfn, nr);
		vtb_frames_touch(pfn, nr);
	} else {
		set_run(kernel_map, pfn, nr, true);
		vtb_frames_hot(pfn, nr);
	}
}

struct page *vtb_pages_alloc(const struct vtb_page_request *request)
{
	unsigned long pfn;

	if (!request->no_fault_point &&
	    vtb_alloc_fails(request->gfp, request->bytes))
		return NULL;
	if (request->order > VTB_MAX_ORDER) {
		WARN_ON_ONCE(!(request->gfp & __GFP_NOWARN));
		return NULL;
	}
	pfn = find_frames(request);
	while (!pfn && held_nr) {
		leave_quarantine();
		pfn = find_frames(request);
	}
	if (!pfn) {
		/* Waiting for memory that nobody frees would never end. */
		vtb_assert(!(request->gfp & __GFP_NOFAIL));
		return NULL;
	}
	init_struct_pages(pfn_to_page(pfn), request);
	init_frames(pfn, request);
	take_frames(pfn, request);
	fill(vtb_frame_address(pfn), request);
	return pfn_to_page(pfn);
}

static void retire_frames(unsigned long pfn, unsigned long nr, u16 stack)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct page *page = pfn_to_page(pfn + i);

		frames[pfn + i].was = frames[pfn].was;
		frames[pfn + i].use = VTB_PAGE_HELD;
		frames[pfn + i].free_stack = stack;
		page->mapping = NULL;
		page->flags = 0;
		page->compound_head = 0;
		set_page_count(page, 0);
	}
}

void vtb_pages_release(struct page *head, unsigned long caller)
{
	unsigned long pfn = page_to_pfn(head);
	unsigned long nr = 1ul << frames[pfn].order;
	bool user = frames[pfn].use == VTB_PAGE_USER;

	if (frames[pfn].pins)
		vtb_page_finding("page-refcount", pfn, caller,
				 "a pinned page lost its last reference");
	if (user)
		vtb_user_page_gone(pfn);
	else
		vtb_race_freed(vtb_frame_address(pfn), nr << PAGE_SHIFT,
			       (void *)caller);
	frames[pfn].was = frames[pfn].use;
	if (frames[pfn].use == VTB_PAGE_PLAIN ||
	    frames[pfn].use == VTB_PAGE_LARGE)
		vtb_trace(VTB_TRACE_FREE, nr << PAGE_SHIFT, 0);
	retire_frames(pfn, nr, vtb_stack_save(caller));
	set_run(user ? user_map : kernel_map, pfn, nr, false);
	vtb_poison(vtb_frame_address(pfn), nr << PAGE_SHIFT,
		   VTB_POISON_FREED);
	vtb_frames_free(pfn, nr);
	enter_quarantine(pfn, nr);
}

/* -- the kernel's interface -- */

static struct page *alloc_plain(gfp_t gfp, unsigned int order,
				unsigned long caller)
{
	struct vtb_page_request request = {
		.gfp = gfp,
		.order = order,
		.use = VTB_PAGE_PLAIN,
		.bytes = PAGE_SIZE << order,
		.caller = caller,
	};

	return vtb_pages_alloc(&request);
}

struct page *VTB_PROF(__alloc_pages)(gfp_t gfp, unsigned int order, int nid,
				     nodemask_t *nodemask)
{
	return alloc_plain(gfp, order, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(__alloc_pages));

struct folio *VTB_PROF(__folio_alloc)(gfp_t gfp, unsigned int order, int nid,
				      nodemask_t *nodemask)
{
	struct page *page = alloc_plain(gfp | __GFP_COMP, order, _RET_IP_);

	return page ? page_folio(page) : NULL;
}
EXPORT_SYMBOL(VTB_PROF(__folio_alloc));

unsigned long VTB_GET_FREE_PAGES(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_plain(gfp & ~__GFP_HIGHMEM, order, _RET_IP_);

	return page ? (unsigned long)page_address(page) : 0;
}
EXPORT_SYMBOL(VTB_GET_FREE_PAGES);

unsigned long VTB_PROF(get_zeroed_page)(gfp_t gfp)
{
	struct page *page = alloc_plain(gfp | __GFP_ZERO, 0, _RET_IP_);

	return page ? (unsigned long)page_address(page) : 0;
}
EXPORT_SYMBOL(VTB_PROF(get_zeroed_page));

/* Is @page the head of a run that alloc_pages() made, with this order? */
static bool may_free(struct page *page, unsigned int order,
		     unsigned long caller)
{
	unsigned long pfn = page_to_pfn(page);
	struct vtb_frame *frame = vtb_frame_get(pfn);
	const char *what;

	if (frame && frame->use == VTB_PAGE_USER && !order)
		return true;
	if (!frame)
		what = "free of a page that does not exist";
	else if (frame->use == VTB_PAGE_TAIL)
		what = "free of a page in the middle of an allocation";
	else if (frame->use != VTB_PAGE_PLAIN)
		what = "free of a page that alloc_pages() does not own";
	else if (frame->order != order)
		what = "free of a page with another order than it has";
	else
		return true;
	if (frame && (frame->use == VTB_PAGE_HELD ||
		      frame->use == VTB_PAGE_FREE))
		vtb_page_finding("double-free", pfn, caller,
				 "free of a free page");
	else
		vtb_page_finding("invalid-free", pfn, caller, what);
	return false;
}

static void free_plain(struct page *page, unsigned int order,
		       unsigned long caller)
{
	if (may_free(page, order, caller) && put_page_testzero(page))
		vtb_pages_release(page, caller);
}

void __free_pages(struct page *page, unsigned int order)
{
	free_plain(page, order, _RET_IP_);
}
EXPORT_SYMBOL(__free_pages);

void free_pages(unsigned long address, unsigned int order)
{
	if (!address)
		return;
	if (!vtb_in_linear_map((void *)address))
		vtb_heap_finding("invalid-free", (void *)address, _RET_IP_,
				 "free_pages() of an address outside memory");
	else
		free_plain(virt_to_page((void *)address), order, _RET_IP_);
}
EXPORT_SYMBOL(free_pages);

/* What put_page() calls when it has dropped the last reference. */
void __folio_put(struct folio *folio)
{
	struct vtb_frame *frame = vtb_frame_get(folio_pfn(folio));

	if (frame && frame->use >= VTB_PAGE_PLAIN &&
	    frame->use != VTB_PAGE_SLAB)
		vtb_pages_release(&folio->page, _RET_IP_);
	else
		vtb_page_finding("page-refcount", folio_pfn(folio), _RET_IP_,
				 "put_page() of a page that has no references");
}
EXPORT_SYMBOL(__folio_put);

/* Turns one run into single pages that are freed one by one. */
void split_page(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long i;

	vtb_assert(frames[pfn].use == VTB_PAGE_PLAIN && !PageCompound(page));
	for (i = 0; i < 1ul << order; i++) {
		frames[pfn + i].use = VTB_PAGE_PLAIN;
		frames[pfn + i].order = 0;
		frames[pfn + i].bytes = PAGE_SIZE;
		frames[pfn + i].head = pfn + i;
		set_page_count(page + i, 1);
	}
}
EXPORT_SYMBOL_GPL(split_page);

static void free_single_pages(void *virt, unsigned long first,
			      unsigned long end, unsigned long caller)
{
	struct page *page = virt_to_page(virt);

	for (; first < end; first++)
		free_plain(page + first, 0, caller);
}

void *VTB_PROF(alloc_pages_exact)(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (WARN_ON_ONCE(gfp & (__GFP_COMP | __GFP_HIGHMEM)))
		gfp &= ~(__GFP_COMP | __GFP_HIGHMEM);
	page = alloc_plain(gfp, order, _RET_IP_);
	if (!page)
		return NULL;
	split_page(page, order);
	free_single_pages(page_address(page), PFN_UP(size), 1ul << order,
			  _RET_IP_);
	return page_address(page);
}
EXPORT_SYMBOL(VTB_PROF(alloc_pages_exact));

void free_pages_exact(void *virt, size_t size)
{
	free_single_pages(virt, 0, PFN_UP(size), _RET_IP_);
}
EXPORT_SYMBOL(free_pages_exact);

/* Fills the empty slots of @array; returns how many slots are full then. */
unsigned long VTB_ALLOC_PAGES_BULK(gfp_t gfp, int nid, nodemask_t *nodemask,
				   int nr_pages, struct list_head *list,
				   struct page **array)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
		struct page *page;

		if (array && array[i])
			continue;
		page = alloc_plain(gfp, 0, _RET_IP_);
		if (!page)
			break;
		if (list)
			list_add(&page->lru, list);
		else
			array[i] = page;
	}
	return i;
}
EXPORT_SYMBOL_GPL(VTB_ALLOC_PAGES_BULK);

unsigned long nr_free_buffer_pages(void)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < nr_frames; pfn++)
		nr += !taken(pfn);
	return nr;
}
EXPORT_SYMBOL_GPL(nr_free_buffer_pages);
