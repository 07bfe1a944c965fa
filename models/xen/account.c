/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.c - the book of what a hypervisor has done; see xen_account.h
 *
 * FAULT MODEL
 *
 * The book believes nobody: entries are those in memory, mappings are what calls
 * said. It is told late where calls overlap, so what it holds against somebody is
 * only what was wrong all the while the call went on. Guests may do anything to
 * their entries, also while these are in use; then the frame that the first use
 * took is the frame of all others until none is left.
 *
 * Assumptions. No entry says more than HISTORY different things during one call;
 * if it does the oldest are taken for granted (judge: nothing wrong). No more than
 * ENDED mappings end during one call.
 */
#include <string.h>

#include <models/xen_abi.h>
#include <models/xen_account.h>
#include <sim/finding.h>
#include <sim/memory.h>

#define HISTORY		12
#define ENDED		16
#define EARLY		16
#define TRANSITIVE	3u

struct said {
	struct xen_terms terms;
	uint32_t since;
};

struct entry {
	struct said said[HISTORY];	/* a ring */
	uint32_t newest;
};

struct slot {
	struct xen_mapping mapping;
	bool live;
};

struct xen_account {
	uint32_t now;
	struct entry entries[XEN_ACCOUNT_DOMAINS][XEN_ACCOUNT_REFS];
	struct slot maps[XEN_ACCOUNT_MAPS];
	uint32_t nr_slots;		/* that were ever used */
	struct {
		struct xen_mapping mapping;
		uint32_t when;
	} ended[ENDED];			/* a ring: the last ones that ended */
	uint32_t next_ended;
	struct {
		uint16_t mapper;
		uint32_t handle;
		uint32_t when;		/* 0: none */
		bool host;
		bool device;
	} early[EARLY];
	uint32_t next_early;
};

static const uint32_t refs[XEN_ACCOUNT_REFS] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	255, 256, 511, 512, 1023, 1024,
};

struct xen_account *xen_account_new(struct sim *sim)
{
	struct xen_account *account = sim_alloc(sim, sizeof(*account), 8);

	account->now = 1;
	return account;
}

uint32_t xen_account_ref(uint32_t index)
{
	sim_assert(index < XEN_ACCOUNT_REFS);
	return refs[index];
}

int xen_account_index(uint32_t ref)
{
	int i;

	for (i = 0; i < XEN_ACCOUNT_REFS; i++)
		if (refs[i] == ref)
			return i;
	return -1;
}

uint32_t xen_account_now(const struct xen_account *account)
{
	return account->now;
}

/* -- entries -------------------------------------------------------------- */

unsigned int xen_account_busy(uint16_t word)
{
	return (word & GTF_READING ? 1 : 0) | (word & GTF_WRITING ? 2 : 0);
}

static void parse_part(const char *at, struct xen_terms *terms)
{
	uint16_t offset, length;

	memcpy(&offset, at + 4, 2);
	memcpy(&length, at + 6, 2);
	terms->kind = XEN_TERMS_PART;
	terms->start = offset;
	terms->end = (uint32_t)offset + length;
	if (terms->end > SIM_FRAME_BYTES)
		terms->kind = XEN_TERMS_NONE;
}

static void parse_v2(const char *at, uint16_t flags, struct xen_terms *terms)
{
	if ((flags & GTF_TYPE_MASK) == TRANSITIVE) {
		terms->kind = XEN_TERMS_PASSED_ON;
		memcpy(&terms->from_domid, at + 4, 2);
		memcpy(&terms->from_ref, at + 8, 4);
		return;
	}
	memcpy(&terms->frame, at + 8, 8);
	if (flags & GTF_SUB_PAGE)
		parse_part(at, terms);
}

void xen_account_parse(const void *entry, unsigned int version,
		       struct xen_terms *terms)
{
	const char *at = entry;
	uint16_t flags;
	uint32_t frame;

	memset(terms, 0, sizeof(*terms));
	terms->frame = XEN_ACCOUNT_NO_FRAME;
	terms->end = SIM_FRAME_BYTES;
	memcpy(&flags, at, 2);
	memcpy(&terms->domid, at + 2, 2);
	terms->readonly = flags & GTF_READONLY;
	if ((flags & GTF_TYPE_MASK) == GTF_PERMIT_ACCESS)
		terms->kind = XEN_TERMS_PAGE;
	if (version == 2 && flags & GTF_TYPE_MASK) {
		parse_v2(at, flags, terms);
	} else if (terms->kind) {
		memcpy(&frame, at + 4, 4);
		terms->frame = frame;
		/* Version 1 has no parts. */
		if (flags & GTF_SUB_PAGE)
			terms->kind = XEN_TERMS_NONE;
	}
}

static bool same(const struct xen_terms *a, const struct xen_terms *b)
{
	return a->kind == b->kind && a->domid == b->domid &&
	       a->readonly == b->readonly && a->frame == b->frame &&
	       a->start == b->start && a->end == b->end &&
	       a->from_domid == b->from_domid && a->from_ref == b->from_ref;
}

void xen_account_says(struct xen_account *account, uint16_t domid,
		      uint32_t index, const struct xen_terms *terms)
{
	struct entry *entry = &account->entries[domid][index];
	struct said *newest = &entry->said[entry->newest];

	if (same(&newest->terms, terms))
		return;
	entry->newest = (entry->newest + 1) % HISTORY;
	newest = &entry->said[entry->newest];
	newest->terms.kind = terms->kind;
	newest->terms.domid = terms->domid;
	newest->terms.readonly = terms->readonly;
	newest->terms.frame = terms->frame;
	newest->terms.start = terms->start;
	newest->terms.end = terms->end;
	newest->terms.from_domid = terms->from_domid;
	newest->terms.from_ref = terms->from_ref;
	newest->since = ++account->now;
}

const struct xen_terms *xen_account_terms(const struct xen_account *account,
					  uint16_t domid, uint32_t index)
{
	const struct entry *entry = &account->entries[domid][index];

	return &entry->said[entry->newest].terms;
}

/* -- judging a mapping ---------------------------------------------------- */

static bool lets(const struct xen_terms *terms, const struct xen_mapping *m)
{
	return terms->kind == XEN_TERMS_PAGE && terms->domid == m->mapper &&
	       !(m->write && terms->readonly);
}

static bool is_same_use(const struct xen_mapping *old,
			const struct xen_mapping *m, bool write)
{
	return old->mapper == m->mapper && old->granter == m->granter &&
	       old->ref == m->ref && old->frame == m->frame &&
	       (!write || old->write);
}

/* For writing, or for anything; now, or at some moment since @since. */
static bool is_used_by(const struct xen_account *account,
		       const struct xen_mapping *m, bool write, uint32_t since)
{
	uint32_t i;

	for (i = 0; i < account->nr_slots; i++)
		if (account->maps[i].live &&
		    is_same_use(&account->maps[i].mapping, m, write))
			return true;
	for (i = 0; i < ENDED; i++)
		if (account->ended[i].when > since &&
		    is_same_use(&account->ended[i].mapping, m, write))
			return true;
	return false;
}

static void note_end(struct xen_account *account, const struct xen_mapping *m)
{
	account->ended[account->next_ended].mapping = *m;
	account->ended[account->next_ended].when = account->now;
	account->next_ended = (account->next_ended + 1) % ENDED;
}

const char *xen_account_judge(const struct xen_account *account,
			      const struct xen_mapping *m, uint32_t since)
{
	const struct entry *entry;
	int index = xen_account_index(m->ref);
	bool used = is_used_by(account, m, false, since);
	bool permitted = false;
	uint32_t i, at;

	if (index < 0)
		return NULL;
	entry = &account->entries[m->granter][index];
	for (i = 0; i < HISTORY; i++) {
		at = (entry->newest + HISTORY - i) % HISTORY;
		if (lets(&entry->said[at].terms, m)) {
			permitted = true;
			if (used || entry->said[at].terms.frame == m->frame)
				return NULL;
		}
		if (entry->said[at].since <= since)
			break;
	}
	if (i == HISTORY)
		return NULL;
	/* Whoever has it may have it once more, and no more of it. */
	if (!permitted && used && is_used_by(account, m, m->write, since))
		return NULL;
	return permitted ? "a frame is mapped that is not the one granted" :
			   "a frame is mapped that was not granted";
}

bool xen_account_may_copy(const struct xen_account *account, uint16_t granter,
			  uint32_t index, uint16_t user, bool write,
			  uint32_t start, uint32_t end)
{
	const struct xen_terms *terms = xen_account_terms(account, granter,
							  index);
	int from;

	if (!terms->kind || terms->domid != user || (write && terms->readonly))
		return false;
	if (terms->kind != XEN_TERMS_PASSED_ON)
		return terms->frame != XEN_ACCOUNT_NO_FRAME &&
		       start >= terms->start && end <= terms->end;
	from = xen_account_index(terms->from_ref);
	if (from < 0 || terms->from_domid >= XEN_ACCOUNT_DOMAINS ||
	    terms->from_domid == granter ||
	    xen_account_terms(account, terms->from_domid,
			      (uint32_t)from)->kind == XEN_TERMS_PASSED_ON)
		return false;
	return xen_account_may_copy(account, terms->from_domid, (uint32_t)from,
				    granter, write, start, end);
}

/* -- mappings ------------------------------------------------------------- */

static int find(const struct xen_account *account, uint16_t mapper,
		uint32_t handle)
{
	uint32_t i;

	for (i = 0; i < account->nr_slots; i++)
		if (account->maps[i].live &&
		    account->maps[i].mapping.mapper == mapper &&
		    account->maps[i].mapping.handle == handle)
			return (int)i;
	return -1;
}

const struct xen_mapping *xen_account_find(const struct xen_account *account,
					   uint16_t mapper, uint32_t handle)
{
	int i = find(account, mapper, handle);

	return i < 0 ? NULL : &account->maps[i].mapping;
}

/* What has ended of it before it was told of is no part of it. */
static void end_early(struct xen_account *account, struct xen_mapping *m,
		      uint32_t since)
{
	uint32_t i;

	for (i = 0; i < EARLY; i++) {
		if (account->early[i].when < since ||
		    account->early[i].mapper != m->mapper ||
		    account->early[i].handle != m->handle)
			continue;
		account->early[i].when = 0;
		m->host &= !account->early[i].host;
		m->device &= !account->early[i].device;
	}
}

bool xen_account_mapped(struct xen_account *account,
			const struct xen_mapping *mapping, uint32_t since)
{
	struct slot *slot = account->maps;
	struct xen_mapping m = *mapping;

	account->now++;
	end_early(account, &m, since);
	if (!m.host && !m.device)
		return false;
	while (slot < account->maps + account->nr_slots && slot->live)
		slot++;
	sim_assert(slot < account->maps + XEN_ACCOUNT_MAPS);
	if (slot == account->maps + account->nr_slots)
		account->nr_slots++;
	/* One by one: what is in between is nobody's, and part of the state. */
	slot->mapping.mapper = m.mapper;
	slot->mapping.granter = m.granter;
	slot->mapping.ref = m.ref;
	slot->mapping.handle = m.handle;
	slot->mapping.frame = m.frame;
	slot->mapping.write = m.write;
	slot->mapping.host = m.host;
	slot->mapping.device = m.device;
	slot->live = true;
	return true;
}

void xen_account_unmapped(struct xen_account *account, uint16_t mapper,
			  uint32_t handle, bool host, bool device)
{
	int i = find(account, mapper, handle);
	struct slot *slot = &account->maps[i < 0 ? 0 : i];

	account->now++;
	if (i < 0) {
		account->early[account->next_early].mapper = mapper;
		account->early[account->next_early].handle = handle;
		account->early[account->next_early].when = account->now;
		account->early[account->next_early].host = host;
		account->early[account->next_early].device = device;
		account->next_early = (account->next_early + 1) % EARLY;
		return;
	}
	if (host)
		slot->mapping.host = false;
	if (device)
		slot->mapping.device = false;
	slot->live = slot->mapping.host || slot->mapping.device;
	if (!slot->live)
		note_end(account, &slot->mapping);
}

void xen_account_gone(struct xen_account *account, uint16_t mapper)
{
	uint32_t i;

	account->now++;
	for (i = 0; i < account->nr_slots; i++) {
		if (!account->maps[i].live ||
		    account->maps[i].mapping.mapper != mapper)
			continue;
		account->maps[i].live = false;
		note_end(account, &account->maps[i].mapping);
	}
}

/* -- counts --------------------------------------------------------------- */

struct xen_frame_uses xen_account_uses(const struct xen_account *account,
				       uint64_t frame)
{
	struct xen_frame_uses uses = { 0, 0 };
	const struct xen_mapping *m;
	uint32_t i, n;

	for (i = 0; i < account->nr_slots; i++) {
		m = &account->maps[i].mapping;
		if (!account->maps[i].live || m->frame != frame)
			continue;
		n = (uint32_t)m->host + m->device;
		uses.refs += n;
		uses.writes += m->write ? n : 0;
	}
	return uses;
}

uint32_t xen_account_places(const struct xen_account *account,
			    uint16_t mapper, uint64_t frame, bool write)
{
	const struct xen_mapping *m;
	uint32_t i, nr = 0;

	for (i = 0; i < account->nr_slots; i++) {
		m = &account->maps[i].mapping;
		nr += account->maps[i].live && m->mapper == mapper &&
		      m->frame == frame && m->host && m->write == write;
	}
	return nr;
}

uint32_t xen_account_handles(const struct xen_account *account,
			     uint16_t mapper)
{
	uint32_t i, nr = 0;

	for (i = 0; i < account->nr_slots; i++)
		nr += account->maps[i].live &&
		      account->maps[i].mapping.mapper == mapper;
	return nr;
}

unsigned int xen_account_expected(const struct xen_account *account,
				  uint16_t granter, uint32_t ref)
{
	const struct xen_mapping *m;
	unsigned int busy = 0;
	uint32_t i;

	for (i = 0; i < account->nr_slots; i++) {
		m = &account->maps[i].mapping;
		if (account->maps[i].live && m->granter == granter &&
		    m->ref == ref)
			busy |= m->write ? 3 : 1;
	}
	return busy;
}

uint32_t xen_account_pins(const struct xen_account *account, uint16_t granter,
			  uint32_t ref)
{
	const struct xen_mapping *m;
	uint32_t i, one, pins = 0;

	for (i = 0; i < account->nr_slots; i++) {
		m = &account->maps[i].mapping;
		if (!account->maps[i].live || m->granter != granter ||
		    m->ref != ref)
			continue;
		one = m->write ? 1u : 1u << 8;
		pins += m->host ? one : 0;
		pins += m->device ? one << 16 : 0;
	}
	return pins;
}

bool xen_account_table_in_use(const struct xen_account *account,
			      uint16_t granter)
{
	uint32_t i;

	for (i = 0; i < account->nr_slots; i++)
		if (account->maps[i].live &&
		    account->maps[i].mapping.granter == granter)
			return true;
	return false;
}
