/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alias.c - the alias window
 *
 * Two things are kept apart:
 *
 *   active    which lists of frames are mapped where, as the world sees it.
 *             World state: a list of struct sim_alias in the heap.
 *   mapped    which frame the MMU shows at a page of the window. Host state:
 *             window[], only ever a cache of the former.
 *
 * A list is put at the address that its hash gives, or behind the active ones
 * that are in the way. So an address follows from the world's state alone,
 * never from what earlier runs have mapped, and the same list usually finds
 * its pages mapped already. Unmapping only poisons.
 *
 * Long lists would hardly ever be the same: a first-fit allocator fills what
 * holes there are and then goes on at equal steps. Their ends are, so it is
 * the end of a long list that is put where its last frame says:
 *
 *     one list    3  7  8 12 14 16 18 20
 *     another        1 10 12 14 16 18 20 22
 *     page        3  4  5  6  7  8  9 10 11
 *
 * Also host state, and true for active pages only: for each frame the chain of
 * its aliases, so that poison can follow.
 *
 *     frame_alias[f] -> page p -> window[p].next -> ... -> 0
 */
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "internal.h"

#define WINDOW_PAGES	((uint32_t)(SIM_ALIAS_BYTES >> SIM_FRAME_SHIFT))

/* Lists start at multiples of this. */
#define PLACE_PAGES	16u

/* Lists from here on are put by their ends. */
#define LONG_FRAMES	16u

/* The kernel allows 65530 mappings per process; clear the cache well before. */
#define MAX_MAPS	16384u

#define UNMAPPED_VALUE	0xf7		/* ASan: poisoned by user */

#define SHADOW_BYTES	(SIM_FRAME_BYTES >> 3)

static char *page_address(const struct sim *sim, uint32_t page)
{
	return (char *)(SIM_ALIAS_BASE +
			sim->host.region_slot * SIM_SLOT_BYTES) +
	       ((size_t)page << SIM_FRAME_SHIFT);
}

static bool address_to_page(const struct sim *sim, const void *address,
			    uint32_t *page)
{
	uintptr_t offset = (uintptr_t)address -
			   (uintptr_t)page_address(sim, 0);

	*page = offset >> SIM_FRAME_SHIFT;
	return offset < SIM_ALIAS_BYTES;
}

/* ---- mapping ------------------------------------------------------------ */

static int reserve_window(struct sim *sim, int flags)
{
	void *want = page_address(sim, 0);
	void *got = mmap(want, SIM_ALIAS_BYTES, PROT_NONE, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	if (got == want)
		return 0;
	if (got != MAP_FAILED)
		munmap(got, SIM_ALIAS_BYTES);
	return -1;
}

static void *reserve_table(size_t bytes)
{
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			   MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return table == MAP_FAILED ? NULL : table;
}

static size_t window_bytes(void)
{
	return WINDOW_PAGES * sizeof(struct sim_window_page);
}

static size_t frame_alias_bytes(const struct sim *sim)
{
	return sim->host.max_frames * sizeof(uint32_t);
}

int sim__alias_init(struct sim *sim)
{
	struct sim_host *host = &sim->host;

	if (reserve_window(sim, MAP_FIXED_NOREPLACE))
		return -1;
	host->window = reserve_table(window_bytes());
	host->frame_alias = reserve_table(frame_alias_bytes(sim));
	return host->window && host->frame_alias ? 0 : -1;
}

void sim__alias_fini(struct sim *sim)
{
	struct sim_host *host = &sim->host;

	if (host->window) {
		munmap(page_address(sim, 0), SIM_ALIAS_BYTES);
		munmap(host->window, window_bytes());
		sim__shadow_drop(sim, (uintptr_t)page_address(sim, 0),
				 SIM_ALIAS_BYTES);
	}
	if (host->frame_alias)
		munmap(host->frame_alias, frame_alias_bytes(sim));
}

/* Pages from @i on that need a mapping of consecutive frames. */
static uint32_t run_length(const struct sim *sim, const struct sim_alias *alias,
			   uint32_t i)
{
	const struct sim_window_page *page = &sim->host.window[alias->page];
	uint32_t n = 0;

	while (i + n < alias->count && alias->frames[i + n] ==
	       alias->frames[i] + n &&
	       page[i + n].frame != alias->frames[i + n] + 1)
		n++;
	return n;
}

/* Makes the MMU show what @alias says. */
static int map_pages(struct sim *sim, const struct sim_alias *alias)
{
	struct sim_window_page *page = &sim->host.window[alias->page];
	uint32_t i, j, n;
	off_t offset;

	for (i = 0; i < alias->count; i += n ? n : 1) {
		n = run_length(sim, alias, i);
		if (!n)
			continue;
		offset = sim->host.memory_start +
			 ((off_t)alias->frames[i] << SIM_FRAME_SHIFT);
		if (mmap(page_address(sim, alias->page + i),
			 (size_t)n << SIM_FRAME_SHIFT, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, sim->host.fd,
			 offset) == MAP_FAILED)
			return -1;
		sim->host.nr_maps++;
		for (j = i; j < i + n; j++)
			page[j].frame = alias->frames[j] + 1;
	}
	return 0;
}

/* Empties the cache: only what is active stays mapped. */
static void sweep(struct sim *sim)
{
	struct sim_alias *alias;
	uint32_t i;
	int rc;

	rc = reserve_window(sim, MAP_FIXED);
	sim_assert(rc == 0);
	for (i = 0; i < WINDOW_PAGES; i++)
		sim->host.window[i].frame = 0;
	sim->host.nr_maps = 0;
	for (alias = sim->aliases; alias; alias = alias->next) {
		rc = map_pages(sim, alias);
		sim_assert(rc == 0);
	}
}

/* ---- activation: chains and poison -------------------------------------- */

static void copy_shadow(struct sim *sim, uint32_t page, uint64_t frame)
{
#ifdef VTB_ASAN
	void *to = sim__shadow(sim, page_address(sim, page));
	unsigned int view = sim->host.window[page].view;

	if (unlikely(sim__frame(sim, frame)->barred >> view & 1))
		sim__fill(to, SIM_POISON_VIEW, SHADOW_BYTES);
	else
		sim__copy(to, sim__frame_poison(sim, frame), SHADOW_BYTES);
#endif
}

static int activate(struct sim *sim, const struct sim_alias *alias)
{
	struct sim_host *host = &sim->host;
	uint32_t i, page, *head;

	if (host->nr_maps > MAX_MAPS)
		sweep(sim);
	if (map_pages(sim, alias))
		return -1;
	for (i = 0; i < alias->count; i++) {
		page = alias->page + i;
		head = &host->frame_alias[alias->frames[i]];
		host->window[page].next = *head;
		host->window[page].view = alias->view;
		*head = page + 1;
		copy_shadow(sim, page, alias->frames[i]);
	}
	return 0;
}

static void deactivate(struct sim *sim, const struct sim_alias *alias)
{
	struct sim_host *host = &sim->host;
	uintptr_t start = (uintptr_t)page_address(sim, alias->page);
	uint32_t i, *link;

	for (i = 0; i < alias->count; i++) {
		link = &host->frame_alias[alias->frames[i]];
		while (*link != alias->page + i + 1)
			link = &host->window[*link - 1].next;
		*link = host->window[alias->page + i].next;
	}
	sim__shadow_poison(sim, start,
			   start + ((size_t)alias->count << SIM_FRAME_SHIFT),
			   UNMAPPED_VALUE);
}

void sim__alias_follow(struct sim *sim, uint64_t n)
{
	uint32_t page = sim->host.frame_alias[n];

	for (; page; page = sim->host.window[page - 1].next)
		copy_shadow(sim, page - 1, n);
}

void sim__alias_refresh(struct sim *sim)
{
	struct sim_alias *alias;
	uint32_t i;

	for (alias = sim->aliases; alias; alias = alias->next)
		for (i = 0; i < alias->count; i++)
			copy_shadow(sim, alias->page + i, alias->frames[i]);
}

void sim__alias_suspend(struct sim *sim)
{
	struct sim_alias *alias;

	for (alias = sim->aliases; alias; alias = alias->next)
		deactivate(sim, alias);
}

void sim__alias_resume(struct sim *sim)
{
	struct sim_alias *alias;
	int rc;

	for (alias = sim->aliases; alias; alias = alias->next) {
		rc = activate(sim, alias);
		sim_assert(rc == 0);
	}
}

/* ---- the world's view --------------------------------------------------- */

unsigned int sim__alias_view(const struct sim *sim, const void *address)
{
	uint32_t page;

	return address_to_page(sim, address, &page) ?
	       sim->host.window[page].view : 0;
}

bool sim__alias_to_frame(const struct sim *sim, const void *address,
			 uint64_t *n)
{
	const struct sim_host *host = &sim->host;
	uint32_t page, frame, active;

	if (!address_to_page(sim, address, &page))
		return false;
	frame = host->window[page].frame;
	if (!frame)
		return false;
	/* Mapped is not enough: it must be one of the frame's aliases. */
	active = host->frame_alias[frame - 1];
	while (active && active != page + 1)
		active = host->window[active - 1].next;
	*n = frame - 1;
	return active;
}

bool sim_is_unmapped(const struct sim *sim, const void *address)
{
	uint32_t page;
	uint64_t n;

	return address_to_page(sim, address, &page) &&
	       !sim__alias_to_frame(sim, address, &n);
}

/* An active list that is in the way of pages [page, page + count). */
static const struct sim_alias *find_overlap(const struct sim *sim,
					    uint32_t page, uint32_t count)
{
	const struct sim_alias *alias;

	for (alias = sim->aliases; alias; alias = alias->next)
		if (page < alias->page + alias->count + PLACE_PAGES &&
		    alias->page < page + count + PLACE_PAGES)
			return alias;
	return NULL;
}

static uint32_t place_by_hash(const struct sim_alias *alias)
{
	uint64_t hash = XXH3_64bits(alias->frames,
				    alias->count * sizeof(alias->frames[0]));
	uint32_t last = (WINDOW_PAGES - alias->count) / PLACE_PAGES;

	return sim_prng_scale(hash, last + 1) * PLACE_PAGES;
}

/* Where the first page of a list goes if nothing is in the way. */
static uint32_t wanted_place(const struct sim_alias *alias)
{
	const uint32_t *end = &alias->frames[alias->count - 1];
	uint64_t step, page;

	/* Pages of more than a frame (16) lie where they are aligned. */
	if (alias->count < LONG_FRAMES || end[0] <= end[-1] + 1)
		return place_by_hash(alias);
	step = end[0] - end[-1];
	/* One part of the window for each step; what follows fits in behind. */
	page = sim_prng_scale(sim_prng_stream(step, end[0] % step),
			      WINDOW_PAGES / 2) + end[0] / step;
	if (page + 1 < alias->count || page >= WINDOW_PAGES)
		return place_by_hash(alias);
	return page + 1 - alias->count;
}

/* Finds pages for @alias; false if there are none left. */
static bool find_place(const struct sim *sim, struct sim_alias *alias)
{
	uint32_t last = (WINDOW_PAGES - alias->count) / PLACE_PAGES;
	uint32_t page = wanted_place(alias);
	const struct sim_alias *other;
	bool wrapped = false;

	while ((other = find_overlap(sim, page, alias->count))) {
		page = sim__align_up(other->page + other->count + PLACE_PAGES,
				     PLACE_PAGES);
		if (page / PLACE_PAGES <= last)
			continue;
		if (wrapped)
			return false;
		wrapped = true;
		page = 0;
	}
	alias->page = page;
	return true;
}

/* Entries come in powers of two, as there is no free in the heap. */
static struct sim_alias *entry_new(struct sim *sim, size_t count)
{
	uint32_t log2 = count > 1 ? 64 - __builtin_clzll(count - 1) : 0;
	struct sim_alias *alias = sim->free_aliases[log2];

	if (alias) {
		sim->free_aliases[log2] = alias->next;
	} else {
		alias = sim_alloc(sim, sizeof(*alias) +
				  (sizeof(alias->frames[0]) << log2), 8);
		alias->capacity_log2 = log2;
	}
	alias->count = count;
	return alias;
}

static void entry_free(struct sim *sim, struct sim_alias *alias)
{
	alias->next = sim->free_aliases[alias->capacity_log2];
	sim->free_aliases[alias->capacity_log2] = alias;
}

void *sim_alias_map(struct sim_memory *memory, const uint64_t *frames,
		    size_t count)
{
	return sim_alias_map_view(memory, frames, count, 0);
}

void *sim_alias_map_view(struct sim_memory *memory, const uint64_t *frames,
			 size_t count, unsigned int view)
{
	struct sim *sim = memory->sim;
	struct sim_alias *alias;
	size_t i;

	sim_assert(count > 0);
	if (count > WINDOW_PAGES / 2)
		return NULL;
	sim_assert(view < SIM_VIEWS);
	alias = entry_new(sim, count);
	alias->view = view;
	for (i = 0; i < count; i++) {
		sim_assert(frames[i] < memory->nr_frames);
		alias->frames[i] = memory->first + frames[i];
	}
	if (!find_place(sim, alias) || activate(sim, alias)) {
		entry_free(sim, alias);
		return NULL;
	}
	alias->next = sim->aliases;
	sim->aliases = alias;
	sim->host.aliases_of = 0;
	return page_address(sim, alias->page);
}

void sim_alias_unmap(struct sim *sim, void *address, size_t count)
{
	struct sim_alias **link = &sim->aliases, *alias;
	uint32_t page = 0;
	bool is_alias = address_to_page(sim, address, &page);

	sim_assert(is_alias);
	while (*link && (*link)->page != page)
		link = &(*link)->next;
	alias = *link;
	sim_assert(alias);
	sim_assert(alias->count == count);
	*link = alias->next;
	deactivate(sim, alias);
	entry_free(sim, alias);
	sim->host.aliases_of = 0;
}
