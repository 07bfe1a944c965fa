/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch.c - fetches of shared memory, and the adversary who changes it
 *
 * The last fetches of the run are kept in the world; a first fetch that lies
 * further back than that is not remembered, and its second one is no second
 * one then: nothing is reported that is not so.
 *
 * A change goes straight into the frame. It stays there, or is undone before
 * the next fetch of anybody.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *const power_texts[SIM_POWERS] = {
	"another thread of the process",
	"a device that writes by DMA",
	"another machine that shares the memory",
};

static const char *const object_names[SIM_POWERS] = {
	"user-memory", "dma-memory", "shared-memory",
};

void sim_set_adversary(struct sim *sim, struct sim_adversary *adversary)
{
	sim->host.adversary = adversary;
	if (adversary && adversary->when != SIM_CHANGE_EARLY)
		memset(&adversary->change, 0, sizeof(adversary->change));
	if (adversary && adversary->when == SIM_CHANGE_NONE)
		adversary->other_value = false;
}

void sim_set_fetch_reader(struct sim *sim,
			  const struct sim_fetch_reader *reader)
{
	sim->host.fetch_reader = reader;
}

bool sim_fetches_watched(const struct sim *sim)
{
	return sim->host.running &&
	       (sim->host.adversary || sim->host.fetch_reader);
}

/* ---- values -------------------------------------------------------------- */

/* Lengths and counts are mostly of 32 and 64 bits. */
static uint32_t draw_value(uint64_t draw, void *arg)
{
	static const uint8_t widths[8] = { 4, 8, 4, 8, 4, 2, 4, 1 };
	uint32_t bytes = *(const uint32_t *)arg;
	struct sim_fetch_choice choice = {
		.width = widths[draw % 8],
		.back = draw / 8 % 4 == 3,
		.pattern = (enum sim_pattern)(draw / 32 % SIM_PATTERNS),
	};

	while (choice.width > bytes)
		choice.width /= 2;
	choice.index = (uint32_t)(draw / 32 / SIM_PATTERNS %
				  (bytes / choice.width));
	if (choice.index > SIM_FETCH_MAX_INDEX)
		choice.index = SIM_FETCH_MAX_INDEX;
	return sim_fetch_value(&choice);
}

static uint64_t changed(uint64_t old, enum sim_pattern pattern, uint32_t width)
{
	unsigned int bits = 8 * width;
	uint64_t high = 1ull << (bits - 1);

	switch (pattern) {
	case SIM_PATTERN_ONES:
		return ~0ull;
	case SIM_PATTERN_ZERO:
		return 0;
	case SIM_PATTERN_PLUS1:
		return old + 1;
	case SIM_PATTERN_MINUS1:
		return old - 1;
	case SIM_PATTERN_DOUBLE:
		return old * 2;
	case SIM_PATTERN_PLUS64:
		return old + 64;
	case SIM_PATTERN_PLUS_PAGE:
		return old + SIM_FRAME_BYTES;
	case SIM_PATTERN_FLIP_LOW:
		return old ^ 1;
	case SIM_PATTERN_FLIP_HIGH:
		return old ^ high;
	case SIM_PATTERN_MAX_SIGNED:
		return high - 1;
	case SIM_PATTERN_INVERT:
		return ~old;
	case SIM_PATTERN_ONE:
	case SIM_PATTERNS:
		break;
	}
	return 1;
}

/* ---- memory -------------------------------------------------------------- */

/* The bits that a party has in all machines. */
static uint64_t all_of(enum sim_party party)
{
	return ~0ull / ((1u << SIM_PARTIES) - 1) << party;
}

static uint32_t powers_over(const struct sim *sim, uint64_t frame,
			    uint16_t reader)
{
	uint64_t self = sim_party_bit(reader, SIM_PARTY_CPU);
	uint64_t user = sim_party_bit(reader, SIM_PARTY_USER);
	uint64_t writers = sim__frame(sim, frame)->writers & ~self;
	uint64_t devices = all_of(SIM_PARTY_DEVICE);

	return (writers & user ? SIM_POWER_USER : 0) |
	       (writers & devices ? SIM_POWER_DEVICE : 0) |
	       (writers & ~user & ~devices ? SIM_POWER_PEER : 0);
}

static char *bytes_of(const struct sim *sim, const struct sim_change *change)
{
	return sim__frame_data(sim, change->frame) + change->offset;
}

/* Pages of processes are poisoned to whoever is no process. */
static uint64_t read_word(const void *at, uint32_t width)
{
	uint64_t word = 0;

	sim__copy(&word, at, width);
	return word;
}

/* Unless there is something else. */
static bool put(struct sim *sim, const struct sim_change *change,
		const uint8_t *from, const uint8_t *to)
{
	char *at = bytes_of(sim, change);

	if (read_word(at, change->bytes) != read_word(from, change->bytes))
		return false;
	if (sim__frame(sim, change->frame)->class == SIM_FRAME_COLD)
		sim__frame_changed(sim, change->frame);
	sim__copy(at, to, change->bytes);
	return true;
}

static void undo(struct sim *sim)
{
	const struct sim_change *change = sim_change_made(sim);

	if (!change || !change->back || sim->fetch.undone)
		return;
	put(sim, change, change->after, change->before);
	sim->fetch.undone = true;
}

static void make(struct sim *sim, struct sim_change *change)
{
	sim->fetch.made = put(sim, change, change->before, change->after);
}

/* ---- fetches ------------------------------------------------------------- */

/* The last fetch of the same activity that took some of the same bytes. */
static const struct sim_fetched *find_first(const struct sim *sim,
					    const struct sim_fetched *now)
{
	uint32_t nr = sim->fetch.nr, i;

	for (i = 1; i <= nr && i <= SIM_FETCHES_KEPT; i++) {
		const struct sim_fetched *old =
			&sim->fetch.kept[(nr - i) % SIM_FETCHES_KEPT];

		if (old->activity == now->activity && old->op == now->op &&
		    old->frame == now->frame &&
		    old->offset < now->offset + now->bytes &&
		    now->offset < old->offset + old->bytes)
			return old;
	}
	return NULL;
}

/* What both of them take; all of @now if there is no @first. */
static void overlap(const struct sim_fetched *first,
		    const struct sim_fetched *now, uint32_t *start,
		    uint32_t *bytes)
{
	uint32_t end = now->offset + now->bytes;

	*start = now->offset;
	if (first && first->offset > *start)
		*start = first->offset;
	if (first && first->offset + first->bytes < end)
		end = first->offset + first->bytes;
	*bytes = end - *start;
}

static void fill_change(struct sim *sim, struct sim_change *change,
			const struct sim_fetched *first,
			const struct sim_fetched *now, uint32_t value)
{
	struct sim_fetch_choice choice = sim_fetch_choice(value);
	uint32_t start, bytes;
	uint64_t word;

	overlap(first, now, &start, &bytes);
	while (choice.width > bytes)
		choice.width /= 2;
	change->frame = now->frame;
	change->offset = start + choice.index % (bytes / choice.width) *
				 choice.width;
	change->bytes = choice.width;
	change->back = choice.back;
	change->op = now->op;
	change->second = now->nr;
	change->first = first ? first->nr : now->nr;
	change->site[0] = first ? first->site : now->site;
	change->site[1] = now->site;
	change->fetched[0] = first ? first->bytes : now->bytes;
	change->fetched[1] = now->bytes;
	word = read_word(bytes_of(sim, change), change->bytes);
	memcpy(change->before, &word, sizeof(word));
	word = changed(word, choice.pattern, choice.width);
	memcpy(change->after, &word, sizeof(word));
	/* A change that changes nothing is another one. */
	if (!memcmp(change->before, change->after, change->bytes))
		change->after[0] ^= 1;
}

/* Shall it be changed? Second fetches are drawn, the others only told. */
static struct sim_change *decide(struct sim *sim,
				 const struct sim_fetched *first,
				 const struct sim_fetched *now,
				 uint32_t powers)
{
	struct sim_adversary *adversary = sim->host.adversary;
	struct sim_change *change = &adversary->change;
	uint32_t start, bytes, value;

	powers &= adversary->powers;
	if (!powers || change->bytes)
		return NULL;
	overlap(first, now, &start, &bytes);
	value = sim__decide_drawn(sim, SIM_DECIDE_FETCH,
				  first ? draw_value : NULL, &bytes);
	if (!value)
		return NULL;
	fill_change(sim, change, first, now, value);
	change->power = powers & -powers;
	if (adversary->when == SIM_CHANGE_LATE)
		make(sim, change);
	return change;
}

/* A change that was seen to be coming. */
static void make_early(struct sim *sim, uint32_t nr)
{
	struct sim_adversary *adversary = sim->host.adversary;
	struct sim_change *change = &adversary->change;

	if (change->first != nr || !change->bytes)
		return;
	make(sim, change);
	adversary->other_value = !sim->fetch.made;
}

static struct sim_change *meet_adversary(struct sim *sim,
					 const struct sim_fetched *first,
					 const struct sim_fetched *now,
					 uint32_t powers)
{
	struct sim_adversary *adversary = sim->host.adversary;

	if (!adversary)
		return NULL;
	undo(sim);
	if (adversary->when != SIM_CHANGE_EARLY)
		return decide(sim, first, now, powers);
	make_early(sim, now->nr);
	return NULL;
}

static void tell(const struct sim *sim, const struct sim_fetch *fetch,
		 uint32_t powers, const struct sim_fetched *first)
{
	const struct sim_fetch_reader *reader = sim->host.fetch_reader;
	const struct sim_fetch_seen seen = {
		.fetch = fetch,
		.powers = powers,
		.first_site = first ? first->site : NULL,
	};

	if (reader)
		reader->fetch(reader->arg, &seen);
}

struct sim_change *sim_fetch(struct sim *sim, const struct sim_fetch *fetch)
{
	struct sim_fetched now = {
		.activity = fetch->activity,
		.site = fetch->site,
		.bytes = fetch->bytes,
		.op = sim__op(sim->who),
		.nr = sim->fetch.nr,
	};
	const struct sim_fetched *first;
	struct sim_change *change;
	struct sim_memory *memory;
	uint32_t powers;

	if (!sim_address_to_frame(sim, fetch->address, &memory, &now.frame))
		return NULL;
	now.frame += memory->first;
	now.offset = (uintptr_t)fetch->address % SIM_FRAME_BYTES;
	if (now.bytes > SIM_FRAME_BYTES - now.offset)
		now.bytes = SIM_FRAME_BYTES - now.offset;
	powers = powers_over(sim, now.frame, fetch->reader);
	if (!powers || !now.bytes)
		return NULL;
	first = find_first(sim, &now);
	tell(sim, fetch, powers, first);
	change = meet_adversary(sim, first, &now, powers);
	sim->fetch.kept[sim->fetch.nr++ % SIM_FETCHES_KEPT] = now;
	return change;
}

/* ---- what is due to it --------------------------------------------------- */

const struct sim_change *sim_change_made(const struct sim *sim)
{
	return sim->fetch.made && sim->host.adversary ?
	       &sim->host.adversary->change : NULL;
}

const struct sim_change *sim_change_to_blame(const struct sim *sim)
{
	const struct sim_change *change = sim_change_made(sim);

	if (!change || sim->host.adversary->when != SIM_CHANGE_LATE ||
	    change->first == change->second ||
	    sim->host.adversary->other_value ||
	    change->op != sim__op(sim->who))
		return NULL;
	return change;
}

void sim_finding_blame(struct sim_finding *finding,
		       const struct sim_change *change)
{
	unsigned int power = (unsigned int)__builtin_ctz(change->power);
	char harm[2 * SIM_FINDING_WORD], what[SIM_FINDING_TEXT];
	int i;

	snprintf(harm, sizeof(harm), "%.40s/%.40s", finding->oracle,
		 finding->object);
	snprintf(what, sizeof(what), "%s", finding->what);
	snprintf(finding->oracle, sizeof(finding->oracle), "double-fetch");
	snprintf(finding->object, sizeof(finding->object), "%s",
		 object_names[power]);
	snprintf(finding->what, sizeof(finding->what), "%s: %.160s", harm,
		 what);
	snprintf(finding->why, sizeof(finding->why),
		 "%.40s fetches %u bytes, %.40s fetches some again (%u): 0x%llx "
		 "became 0x%llx in between; takes %s", change->place[0],
		 change->fetched[0], change->place[1], change->fetched[1],
		 (unsigned long long)read_word(change->before, change->bytes),
		 (unsigned long long)read_word(change->after, change->bytes),
		 power_texts[power]);
	for (i = 0; i < 2; i++) {
		memcpy(finding->place[i], change->place[i],
		       sizeof(finding->place[i]));
		finding->pc[i] = change->site[i];
	}
}
