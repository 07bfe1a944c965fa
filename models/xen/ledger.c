/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger.c - the book; see xen_ledger.h
 *
 * FAULT MODEL
 *
 * The book is never wrong and never late: whoever is a hypervisor tells it each
 * thing in the same moment as it does it, with nobody running in between. It
 * believes no domain: tables are read when a question comes up.
 *
 * Assumptions. A frame of class free belongs to no allocation of its kernel. A
 * frame that nobody owns may be granted by nobody. Entries are only compared
 * with what they were while a pin is on them.
 */
#include <stdio.h>
#include <string.h>

#include <models/xen_abi.h>
#include <models/xen_ledger.h>
#include <sim/finding.h>

struct domain {
	uint16_t domid;
	uint16_t version;
	bool judged;
	struct machine *machine;
	uint64_t table[XEN_MAX_TABLE_FRAMES];
	uint64_t status[XEN_MAX_TABLE_FRAMES];
	uint8_t *holes;			/* per frame: 1 is a hole */
};

struct book_pin {
	struct xen_pin pin;
	uint32_t handle;
	bool live;
};

struct xen_ledger {
	struct sim *sim;
	struct xen_ledger_options options;
	struct domain *domains[XEN_MAX_DOMAINS];
	uint32_t nr_domains;
	struct book_pin pins[XEN_MAX_PINS];
};

struct xen_ledger *xen_ledger_new(struct sim *sim,
				  const struct xen_ledger_options *options)
{
	struct xen_ledger *ledger = sim_alloc(sim, sizeof(*ledger), 8);

	ledger->sim = sim;
	ledger->options = *options;
	return ledger;
}

static void complain(struct xen_ledger *ledger, const char *oracle,
		     const char *object, const char *what, const char *why)
{
	const struct xen_complaint complaint = {
		.oracle = oracle, .object = object, .what = what, .why = why,
	};

	ledger->options.complain(ledger->options.arg, &complaint);
}

/* -- domains -------------------------------------------------------------- */

static struct domain *find(const struct xen_ledger *ledger, uint16_t domid)
{
	uint32_t i;

	for (i = 0; i < ledger->nr_domains; i++)
		if (ledger->domains[i]->domid == domid)
			return ledger->domains[i];
	return NULL;
}

static struct domain *get(const struct xen_ledger *ledger, uint16_t domid)
{
	struct domain *domain = find(ledger, domid);

	sim_assert(domain);
	return domain;
}

void xen_ledger_domain(struct xen_ledger *ledger, uint16_t domid,
		       struct machine *machine, bool judged)
{
	struct domain *domain = sim_alloc(ledger->sim, sizeof(*domain), 8);
	uint32_t i;

	sim_assert(ledger->nr_domains < XEN_MAX_DOMAINS);
	ledger->domains[ledger->nr_domains++] = domain;
	domain->domid = domid;
	domain->version = 1;
	domain->judged = judged;
	domain->machine = machine;
	domain->holes = sim_alloc(ledger->sim,
				  sim_memory_frames(machine_memory(machine)),
				  8);
	for (i = 0; i < XEN_MAX_TABLE_FRAMES; i++)
		domain->table[i] = domain->status[i] = XEN_NO_FRAME;
}

static uint64_t nr_frames(const struct domain *domain)
{
	return sim_memory_frames(machine_memory(domain->machine));
}

void xen_ledger_table(struct xen_ledger *ledger, uint16_t domid,
		      uint32_t index, uint64_t gfn)
{
	sim_assert(index < XEN_MAX_TABLE_FRAMES);
	get(ledger, domid)->table[index] = gfn;
}

void xen_ledger_status(struct xen_ledger *ledger, uint16_t domid,
		       uint32_t index, uint64_t gfn)
{
	sim_assert(index < XEN_MAX_TABLE_FRAMES);
	get(ledger, domid)->status[index] = gfn;
}

void xen_ledger_version(struct xen_ledger *ledger, uint16_t domid,
			uint32_t version)
{
	get(ledger, domid)->version = (uint16_t)version;
}

/* -- entries -------------------------------------------------------------- */

static const char *frame_data(const struct domain *domain, uint64_t gfn)
{
	return sim_frame_data(machine_memory(domain->machine), gfn);
}

static uint32_t refs_per_frame(const struct domain *domain)
{
	return SIM_FRAME_BYTES / (domain->version == 2 ? GNTTAB_V2_ENTRY_BYTES :
							 GNTTAB_V1_ENTRY_BYTES);
}

uint32_t xen_ledger_nr_refs(const struct xen_ledger *ledger, uint16_t domid)
{
	const struct domain *domain = get(ledger, domid);
	uint32_t i = 0;

	while (i < XEN_MAX_TABLE_FRAMES && domain->table[i] != XEN_NO_FRAME)
		i++;
	return i * refs_per_frame(domain);
}

static uint16_t status_word(const struct domain *domain, uint32_t ref)
{
	uint32_t per_frame = SIM_FRAME_BYTES / GNTTAB_STATUS_BYTES;
	uint64_t gfn = domain->status[ref / per_frame];
	uint16_t word;

	if (gfn == XEN_NO_FRAME)
		return 0;
	memcpy(&word, frame_data(domain, gfn) +
	       ref % per_frame * GNTTAB_STATUS_BYTES, sizeof(word));
	return word;
}

static void read_v1(const struct domain *domain, uint32_t ref,
		    struct xen_entry *entry)
{
	const char *at = frame_data(domain,
				    domain->table[ref / refs_per_frame(domain)]);
	uint32_t frame;

	at += ref % refs_per_frame(domain) * GNTTAB_V1_ENTRY_BYTES;
	memcpy(&entry->flags, at, 2);
	memcpy(&entry->domid, at + 2, 2);
	memcpy(&frame, at + 4, 4);
	entry->frame = frame;
	entry->busy = entry->flags & (GTF_READING | GTF_WRITING);
}

static void read_v2(const struct domain *domain, uint32_t ref,
		    struct xen_entry *entry)
{
	const char *at = frame_data(domain,
				    domain->table[ref / refs_per_frame(domain)]);

	at += ref % refs_per_frame(domain) * GNTTAB_V2_ENTRY_BYTES;
	memcpy(&entry->flags, at, 2);
	memcpy(&entry->domid, at + 2, 2);
	memcpy(&entry->frame, at + 8, 8);
	entry->busy = status_word(domain, ref) & (GTF_READING | GTF_WRITING);
}

static void read_entry(const struct domain *domain, uint32_t ref,
		       struct xen_entry *entry)
{
	if (domain->version == 2)
		read_v2(domain, ref, entry);
	else
		read_v1(domain, ref, entry);
}

bool xen_ledger_entry(const struct xen_ledger *ledger, uint16_t domid,
		      uint32_t ref, struct xen_entry *entry)
{
	const struct domain *domain = find(ledger, domid);

	memset(entry, 0, sizeof(*entry));
	if (!domain || ref >= xen_ledger_nr_refs(ledger, domid))
		return false;
	read_entry(domain, ref, entry);
	return true;
}

/* -- frames --------------------------------------------------------------- */

static void raise_frame(struct xen_ledger *ledger, const char *oracle,
			const char *what, uint64_t gfn)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "frame 0x%llx", (unsigned long long)gfn);
	complain(ledger, oracle, "frame", what, why);
}

static bool is_pinned_frame(const struct xen_ledger *ledger, uint16_t granter,
			    uint64_t gfn)
{
	uint32_t i;

	for (i = 0; i < XEN_MAX_PINS; i++)
		if (ledger->pins[i].live &&
		    ledger->pins[i].pin.granter == granter &&
		    ledger->pins[i].pin.frame == gfn)
			return true;
	return false;
}

static bool is_mapped_at(const struct xen_ledger *ledger, uint16_t mapper,
			 uint64_t gfn)
{
	uint32_t i;

	for (i = 0; i < XEN_MAX_PINS; i++)
		if (ledger->pins[i].live &&
		    ledger->pins[i].pin.mapper == mapper &&
		    ledger->pins[i].pin.at == gfn)
			return true;
	return false;
}

void xen_ledger_hole(struct xen_ledger *ledger, uint16_t domid, uint64_t gfn)
{
	struct domain *domain = get(ledger, domid);

	if (gfn >= nr_frames(domain) || domain->holes[gfn])
		raise_frame(ledger, "no-owner",
			    "a frame is given back that the domain does not have",
			    gfn);
	else if (is_pinned_frame(ledger, domid, gfn))
		raise_frame(ledger, "freed-mapped",
			    "a frame is given back that somebody maps", gfn);
	else
		domain->holes[gfn] = 1;
}

void xen_ledger_filled(struct xen_ledger *ledger, uint16_t domid, uint64_t gfn)
{
	struct domain *domain = get(ledger, domid);

	if (gfn >= nr_frames(domain) || !domain->holes[gfn])
		raise_frame(ledger, "no-owner",
			    "a frame is asked for where there is one", gfn);
	else if (is_mapped_at(ledger, domid, gfn))
		raise_frame(ledger, "freed-mapped",
			    "memory goes where a grant is still mapped", gfn);
	else
		domain->holes[gfn] = 0;
}

/* -- pins ----------------------------------------------------------------- */

static bool is_granted(const struct xen_entry *entry, const struct xen_pin *pin)
{
	return (entry->flags & GTF_TYPE_MASK) == GTF_PERMIT_ACCESS &&
	       entry->domid == pin->mapper && entry->frame == pin->frame &&
	       !(pin->write && entry->flags & GTF_READONLY);
}

static bool is_owned(const struct domain *domain, uint64_t gfn)
{
	const struct sim_frame *frame;

	if (gfn >= nr_frames(domain) || domain->holes[gfn])
		return false;
	frame = sim_frame(machine_memory(domain->machine), gfn);
	return frame->class != SIM_FRAME_FREE;
}

static void raise_pin(struct xen_ledger *ledger, const char *oracle,
		      const char *what, const struct xen_pin *pin)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why),
		 "domain %u maps ref %u of domain %u, frame 0x%llx%s",
		 pin->mapper, pin->ref, pin->granter,
		 (unsigned long long)pin->frame, pin->write ? ", to write" : "");
	complain(ledger, oracle, "grant", what, why);
}

/* The first pin on an entry goes by what it says; others, by the first. */
static void judge_new(struct xen_ledger *ledger, const struct xen_pin *pin)
{
	struct xen_entry entry;

	if (!get(ledger, pin->granter)->judged)
		return;
	if (!xen_ledger_entry(ledger, pin->granter, pin->ref, &entry) ||
	    (!xen_ledger_pinned(ledger, pin->granter, pin->ref) &&
	     !is_granted(&entry, pin)))
		raise_pin(ledger, "not-granted",
			  "a frame is mapped that was not granted", pin);
	else if (!is_owned(get(ledger, pin->granter), pin->frame))
		raise_pin(ledger, "granted-free",
			  "a frame is granted that belongs to nobody", pin);
}

/* Only into a hole, and one that nothing else is in. */
static void judge_place(struct xen_ledger *ledger, const struct xen_pin *pin)
{
	const struct domain *domain = get(ledger, pin->mapper);

	if (pin->at == XEN_NO_FRAME)
		return;
	if (pin->at >= nr_frames(domain) || !domain->holes[pin->at])
		raise_frame(ledger, "map-over",
			    "a grant is mapped over the domain's own memory",
			    pin->at);
	else if (is_mapped_at(ledger, pin->mapper, pin->at))
		raise_frame(ledger, "map-over",
			    "a grant is mapped over another one", pin->at);
}

/* Member by member: a copy would take what lies between them along. */
static void enter(struct book_pin *slot, uint32_t handle,
		  const struct xen_pin *pin)
{
	slot->pin.mapper = pin->mapper;
	slot->pin.granter = pin->granter;
	slot->pin.ref = pin->ref;
	slot->pin.frame = pin->frame;
	slot->pin.at = pin->at;
	slot->pin.write = pin->write;
	slot->handle = handle;
	slot->live = true;
}

void xen_ledger_mapped(struct xen_ledger *ledger, uint32_t handle,
		       const struct xen_pin *pin)
{
	uint32_t i = 0;

	judge_new(ledger, pin);
	judge_place(ledger, pin);
	while (i < XEN_MAX_PINS && ledger->pins[i].live)
		i++;
	sim_assert(i < XEN_MAX_PINS);
	enter(&ledger->pins[i], handle, pin);
}

static void judge_pin(struct xen_ledger *ledger, const struct xen_pin *pin);

void xen_ledger_unmapped(struct xen_ledger *ledger, uint32_t handle)
{
	uint32_t i;

	for (i = 0; i < XEN_MAX_PINS; i++) {
		if (ledger->pins[i].live && ledger->pins[i].handle == handle) {
			judge_pin(ledger, &ledger->pins[i].pin);
			ledger->pins[i].live = false;
			return;
		}
	}
	complain(ledger, "not-mapped", "handle",
		 "something is unmapped that is not mapped",
		 "nobody has this handle");
}

uint32_t xen_ledger_pins(const struct xen_ledger *ledger, uint16_t mapper,
			 uint16_t granter)
{
	uint32_t i, nr = 0;

	for (i = 0; i < XEN_MAX_PINS; i++)
		nr += ledger->pins[i].live &&
		      ledger->pins[i].pin.granter == granter &&
		      (!mapper || ledger->pins[i].pin.mapper == mapper);
	return nr;
}

bool xen_ledger_pinned(const struct xen_ledger *ledger, uint16_t granter,
		       uint32_t ref)
{
	uint32_t i;

	for (i = 0; i < XEN_MAX_PINS; i++)
		if (ledger->pins[i].live &&
		    ledger->pins[i].pin.granter == granter &&
		    ledger->pins[i].pin.ref == ref)
			return true;
	return false;
}

/* -- at any moment -------------------------------------------------------- */

/* Version 2 takes the permission back first and waits for the mapper then. */
static void judge_pin(struct xen_ledger *ledger, const struct xen_pin *pin)
{
	const struct domain *domain = get(ledger, pin->granter);
	struct xen_entry entry;
	bool ended;

	if (!domain->judged)
		return;
	xen_ledger_entry(ledger, pin->granter, pin->ref, &entry);
	ended = domain->version == 2 && !entry.flags;
	if (!entry.busy || (pin->write && !(entry.busy & GTF_WRITING)))
		raise_pin(ledger, "reused",
			  "an entry in use says that nobody uses it", pin);
	else if (!ended && (entry.frame != pin->frame ||
			    entry.domid != pin->mapper))
		raise_pin(ledger, "reused",
			  "an entry is given away while it is in use", pin);
	else if (!is_owned(domain, pin->frame))
		raise_pin(ledger, "freed-mapped",
			  "a frame is free while somebody maps it", pin);
}

/* They were granted by another, and are his to end. */
static void judge_built(struct xen_ledger *ledger, const struct domain *domain)
{
	struct xen_entry entry;
	uint32_t ref;

	for (ref = 0; ref < GNTTAB_NR_BUILT; ref++) {
		xen_ledger_entry(ledger, domain->domid, ref, &entry);
		if (entry.flags == GTF_PERMIT_ACCESS &&
		    entry.domid == XEN_BUILDER_DOMID &&
		    entry.frame == ref + 1)
			continue;
		complain(ledger, "not-granted", "reserved",
			 "an entry is ended or changed that the guest never granted",
			 ref ? "that of xenstore" : "that of the console");
	}
}

static void judge_entry(struct xen_ledger *ledger, const struct domain *domain,
			uint32_t ref)
{
	struct xen_entry entry;

	read_entry(domain, ref, &entry);
	if ((entry.flags & GTF_TYPE_MASK) == GTF_PERMIT_ACCESS &&
	    !is_owned(domain, entry.frame))
		raise_frame(ledger, "granted-free",
			    "a frame is granted that belongs to nobody",
			    entry.frame);
}

/* Most entries of most tables are empty. */
static void judge_table_frame(struct xen_ledger *ledger,
			      const struct domain *domain, uint32_t index)
{
	uint32_t nr = refs_per_frame(domain), i;
	uint32_t words = SIM_FRAME_BYTES / nr / sizeof(uint64_t);
	const uint64_t *word = (const uint64_t *)
		frame_data(domain, domain->table[index]);

	for (i = index ? 0 : GNTTAB_NR_RESERVED; i < nr; i++)
		if (word[i * words])
			judge_entry(ledger, domain, index * nr + i);
}

static void judge_entries(struct xen_ledger *ledger,
			  const struct domain *domain)
{
	uint32_t i;

	if (domain->table[0] != XEN_NO_FRAME)
		judge_built(ledger, domain);
	for (i = 0; i < XEN_MAX_TABLE_FRAMES; i++)
		if (domain->table[i] != XEN_NO_FRAME)
			judge_table_frame(ledger, domain, i);
}

void xen_ledger_judge(struct xen_ledger *ledger)
{
	uint32_t i;

	for (i = 0; i < XEN_MAX_PINS; i++)
		if (ledger->pins[i].live)
			judge_pin(ledger, &ledger->pins[i].pin);
	for (i = 0; i < ledger->nr_domains; i++)
		if (ledger->domains[i]->judged)
			judge_entries(ledger, ledger->domains[i]);
}
