/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference translation: slow, flat, and obviously right.
 *
 * At a request that touches memory
 *
 *	some binding of its requester and PASID that may be, and some pages that
 *	may be, in its spaces, must lead from its address to that frame and
 *	allow what it does.
 *
 * At a request that is refused
 *
 *	no binding and page that must be, since before it began, would have
 *	allowed it. Only for bindings without a first level: what a guest writes
 *	into its tables is its own business.
 *
 * Assumptions. Devices are honest, and IOMMUs complete an invalidation after
 * what it concerns has reached memory (fault models of models/iommu,
 * models/device); else late_landings is set. The world tells of every change,
 * before it can take effect. Requests for execution or with privilege are not
 * judged when refused.
 *
 * Findings, all about a "frame", name the op that should have made it
 * impossible (or possible) and the op that the request belongs to:
 *
 *	stale-iotlb		the page led there once
 *	stale-pasid		the binding did
 *	iotlb-rights		it does, but not for this
 *	foreign-pasid		it is another owner's
 *	wrong-translation	none of these
 *	unbound-dma		there never was such a binding
 *	lost-mapping		refused what must be allowed
 */
#include <sim/decide.h>
#include <sim/finding.h>
#include <stdio.h>
#include <worlds/ledger.h>

#define MAX_SPACES	256
#define HISTORY		256	/* pages that are gone, to know what was */
#define FIRST_SPACE	3	/* numbers below are the special ones */

enum state {
	UNUSED,
	COMING,
	IN_FORCE,
	GOING,
	GONE,			/* kept to tell what was, as long as there is room */
};

struct change {
	enum state state;
	uint32_t op;		/* of the last change */
	uint64_t moment;	/* of it */
	uint64_t settled;	/* of the last settling */
};

struct page {
	struct change change;
	uint64_t page;
	uint64_t target;
	uint32_t space;
	uint32_t rights;
};

struct binding {
	struct change change;
	struct ledger_binding is;
};

struct space {
	uint32_t owner;
	bool host;
};

struct ledger {
	struct sim *sim;
	struct ledger_options options;
	uint64_t now;		/* counts what happens */
	struct page *pages;
	uint32_t nr_pages;	/* slots ever used */
	uint32_t nr_gone;	/* of them */
	struct binding *bindings;
	uint32_t nr_bindings;
	struct space spaces[MAX_SPACES];
	uint32_t nr_spaces;
};

/* -- changes -- */

static bool is_live(const struct change *change)
{
	return change->state != UNUSED && change->state != GONE;
}

static void set_state(struct ledger *ledger, struct change *change,
		      enum state state)
{
	change->state = state;
	change->op = sim_op(ledger->sim);
	change->moment = ++ledger->now;
}

static bool settle(struct ledger *ledger, struct change *change, bool done)
{
	if (change->state != COMING && change->state != GOING)
		return false;
	change->state = (change->state == COMING) == done ? IN_FORCE : GONE;
	change->settled = ++ledger->now;
	return change->state == GONE;
}

/* May it still count for a request that began at @ticket? */
static bool may_be(const struct ledger *ledger, const struct change *change,
		   uint64_t ticket)
{
	return is_live(change) ||
	       (change->state == GONE && ledger->options.late_landings &&
		change->settled > ticket);
}

static bool must_be(const struct change *change, uint64_t ticket)
{
	return change->state == IN_FORCE && change->settled < ticket;
}

/* -- frames -- */

/* Gives @frame to devices as far as second spaces allow it now. */
static void set_rights(struct ledger *ledger, uint64_t frame)
{
	struct machine *machine = ledger->options.machine;
	uint32_t rights = 0, i;

	if (frame >= sim_memory_frames(machine_memory(machine)))
		return;
	for (i = 0; i < ledger->nr_pages; i++) {
		const struct page *page = &ledger->pages[i];

		if (is_live(&page->change) && page->target == frame &&
		    ledger->spaces[page->space].host)
			rights |= page->rights;
	}
	machine_revoke(machine, frame, MACHINE_DEVICE);
	if (rights)
		machine_grant(machine, frame, MACHINE_DEVICE,
			      rights & LEDGER_WRITE);
}

static void page_changed(struct ledger *ledger, const struct page *page)
{
	ledger->nr_gone += page->change.state == GONE;
	if (ledger->spaces[page->space].host)
		set_rights(ledger, page->target);
}

/* -- maps -- */

uint32_t ledger_space(struct ledger *ledger, uint32_t owner, bool host)
{
	sim_assert(ledger->nr_spaces < MAX_SPACES);
	ledger->spaces[ledger->nr_spaces].owner = owner;
	ledger->spaces[ledger->nr_spaces].host = host;
	return ledger->nr_spaces++;
}

/*
 * A slot never used, else that of what has been gone for longest. Not all of
 * history is kept: every question goes through it.
 */
static struct page *new_page(struct ledger *ledger)
{
	struct page *oldest = NULL;
	uint32_t i;

	if (ledger->nr_pages < ledger->options.max_pages &&
	    ledger->nr_gone < HISTORY)
		return &ledger->pages[ledger->nr_pages++];
	for (i = 0; i < ledger->nr_pages; i++) {
		struct page *page = &ledger->pages[i];

		if (page->change.state == GONE &&
		    (!oldest || page->change.settled < oldest->change.settled))
			oldest = page;
	}
	ledger->nr_gone--;
	return oldest;
}

bool ledger_map(struct ledger *ledger, const struct ledger_map *map)
{
	uint64_t i;

	sim_assert(map->space >= FIRST_SPACE && map->space < ledger->nr_spaces);
	if (ledger_pages(ledger) + map->nr > ledger->options.max_pages)
		return false;
	for (i = 0; i < map->nr; i++) {
		struct page *page = new_page(ledger);

		page->page = map->page + i;
		page->target = map->targets[i];
		page->space = map->space;
		page->rights = map->rights;
		set_state(ledger, &page->change, COMING);
		page_changed(ledger, page);
	}
	return true;
}

static struct page *next_page(struct ledger *ledger, struct page *page,
			      uint32_t space, uint64_t first, uint64_t last)
{
	page = page ? page + 1 : ledger->pages;
	for (; page < ledger->pages + ledger->nr_pages; page++)
		if (page->space == space && page->page >= first &&
		    page->page <= last)
			return page;
	return NULL;
}

/* What another op is taking away already is left to it. */
void ledger_unmap(struct ledger *ledger, uint32_t space, uint64_t first,
		  uint64_t last)
{
	struct page *page = NULL;

	while ((page = next_page(ledger, page, space, first, last)))
		if (page->change.state == COMING ||
		    page->change.state == IN_FORCE)
			set_state(ledger, &page->change, GOING);
}

void ledger_settle(struct ledger *ledger, uint32_t space, uint64_t first,
		   uint64_t last, bool done)
{
	struct page *page = NULL;

	while ((page = next_page(ledger, page, space, first, last)))
		if (page->change.op == sim_op(ledger->sim) &&
		    settle(ledger, &page->change, done))
			page_changed(ledger, page);
}

uint64_t ledger_now(const struct ledger *ledger)
{
	return ledger->now;
}

void ledger_settle_before(struct ledger *ledger, uint32_t space,
			  uint64_t first, uint64_t last, uint64_t moment)
{
	struct page *page = NULL;

	while ((page = next_page(ledger, page, space, first, last)))
		if (page->change.moment <= moment &&
		    settle(ledger, &page->change, true))
			page_changed(ledger, page);
}

/* -- bindings -- */

static struct binding *new_binding(struct ledger *ledger)
{
	uint32_t i;

	if (ledger->nr_bindings < ledger->options.max_bindings)
		return &ledger->bindings[ledger->nr_bindings++];
	for (i = 0; i < ledger->nr_bindings; i++)
		if (ledger->bindings[i].change.state == GONE)
			return &ledger->bindings[i];
	return NULL;
}

static struct binding *next_binding(struct ledger *ledger,
				    struct binding *binding,
				    uint16_t requester_id, uint32_t pasid)
{
	binding = binding ? binding + 1 : ledger->bindings;
	for (; binding < ledger->bindings + ledger->nr_bindings; binding++)
		if (binding->is.requester_id == requester_id &&
		    binding->is.pasid == pasid)
			return binding;
	return NULL;
}

bool ledger_bind(struct ledger *ledger, const struct ledger_binding *is)
{
	struct binding *binding = new_binding(ledger);

	if (!binding)
		return false;
	binding->is = *is;
	set_state(ledger, &binding->change, COMING);
	return true;
}

void ledger_unbind(struct ledger *ledger, uint16_t requester_id, uint32_t pasid)
{
	struct binding *binding = NULL;

	while ((binding = next_binding(ledger, binding, requester_id, pasid)))
		if (binding->change.state == COMING ||
		    binding->change.state == IN_FORCE)
			set_state(ledger, &binding->change, GOING);
}

void ledger_settle_binding(struct ledger *ledger, uint16_t requester_id,
			   uint32_t pasid, bool done)
{
	struct binding *binding = NULL;

	while ((binding = next_binding(ledger, binding, requester_id, pasid)))
		if (binding->change.op == sim_op(ledger->sim))
			settle(ledger, &binding->change, done);
}

/* -- translation -- */

/* How much of the ledger counts. */
enum sight { MAY_BE, MUST_BE, EVER };

struct question {
	struct ledger *ledger;
	const struct pci_landing *landing;
	enum sight sight;
	bool live;		/* EVER: bindings that are not gone, only */
	uint64_t frame;		/* UINT64_MAX: any */
	const struct change *page;	/* of the answer; NULL if special */
	bool rights;		/* the answer allows it */
};

static bool counts(const struct question *question, const struct change *change)
{
	switch (question->sight) {
	case MAY_BE:
		return may_be(question->ledger, change,
			      question->landing->ticket);
	case MUST_BE:
		return must_be(change, question->landing->ticket);
	default:
		return change->state != UNUSED;
	}
}

static bool allows(const struct question *question, uint32_t rights)
{
	return rights & (question->landing->write ? LEDGER_WRITE : LEDGER_READ);
}

static bool page_counts(struct question *question, const struct page *page)
{
	bool rights = allows(question, page->rights);

	if (!counts(question, &page->change) ||
	    (!rights && question->sight != EVER))
		return false;
	/* Of several reasons the one that tells most: what is gone. */
	if (!question->page || page->change.state == GONE)
		question->page = &page->change;
	question->rights &= rights;
	return true;
}

static bool is_frame(const struct question *question, uint64_t frame)
{
	return question->frame == UINT64_MAX || question->frame == frame;
}

/* Does @number lead to the frame through @space? @any: does any page? */
static bool through_second(struct question *question, uint32_t space,
			   uint64_t number, bool any)
{
	struct page *page = NULL;

	if (space == LEDGER_NO_SPACE || space == LEDGER_IDENTITY)
		return any || is_frame(question, number);
	while ((page = next_page(question->ledger, page, space,
				 any ? 0 : number,
				 any ? UINT64_MAX : number)))
		if (is_frame(question, page->target) &&
		    page_counts(question, page))
			return true;
	return false;
}

static bool through_binding(struct question *question,
			    const struct ledger_binding *binding)
{
	uint64_t number = question->landing->address >> SIM_FRAME_SHIFT;
	struct page *page = NULL;

	question->page = NULL;
	question->rights = true;
	if (binding->first == LEDGER_NO_SPACE)
		return through_second(question, binding->second, number, false);
	if (binding->first == LEDGER_ANY)
		return through_second(question, binding->second, 0, true);
	while ((page = next_page(question->ledger, page, binding->first,
				 number, number))) {
		question->page = NULL;
		question->rights = true;
		if (page_counts(question, page) &&
		    through_second(question, binding->second, page->target,
				   false))
			return true;
	}
	return false;
}

/* The binding by which the request may be what it is, or NULL. */
static const struct binding *find_way(struct question *question)
{
	const struct pci_landing *landing = question->landing;
	uint16_t requester_id = pci_device_requester_id(landing->device);
	struct binding *binding = NULL;

	while ((binding = next_binding(question->ledger, binding, requester_id,
				       landing->pasid)))
		if (counts(question, &binding->change) &&
		    (!question->live || is_live(&binding->change)) &&
		    through_binding(question, &binding->is))
			return binding;
	return NULL;
}

/* -- findings -- */

static const char *op_name(const struct ledger *ledger, uint32_t op)
{
	if (!ledger->options.op_name)
		return "op";
	return ledger->options.op_name(ledger->options.op_name_arg, op);
}

static void report(struct ledger *ledger, const struct pci_landing *landing,
		   const char *oracle, const char *what, uint32_t op)
{
	struct sim_finding finding = { .severity = VTB_EXIT_SAFETY };
	uint32_t now = sim_op(ledger->sim);
	char pasid[24] = "no PASID";

	if (landing->pasid != IOMMU_NO_PASID)
		snprintf(pasid, sizeof(pasid), "PASID %u", landing->pasid);
	snprintf(finding.oracle, sizeof(finding.oracle), "%s", oracle);
	snprintf(finding.object, sizeof(finding.object), "frame");
	snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
		 op_name(ledger, op));
	snprintf(finding.place[1], sizeof(finding.place[1]), "%s",
		 op_name(ledger, now));
	snprintf(finding.what, sizeof(finding.what), "%s", what);
	snprintf(finding.why, sizeof(finding.why),
		 "%s (op %u), then device %04x, %s, %s 0x%llx (op %u): frame 0x%llx",
		 op_name(ledger, op), op,
		 pci_device_requester_id(landing->device), pasid,
		 landing->write ? "writes" : "reads",
		 (unsigned long long)landing->address, now,
		 (unsigned long long)(landing->phys >> SIM_FRAME_SHIFT));
	sim_finding_raise(ledger->sim, &finding);
}

/* A live page of somebody else that leads to @frame. */
static const struct page *foreign_page(const struct ledger *ledger,
				       uint64_t frame, uint32_t owner)
{
	uint32_t i;

	for (i = 0; i < ledger->nr_pages; i++) {
		const struct page *page = &ledger->pages[i];
		const struct space *space = &ledger->spaces[page->space];

		if (is_live(&page->change) && page->target == frame &&
		    space->host && space->owner != owner)
			return page;
	}
	return NULL;
}

/* It never was right. */
static void explain_never(struct ledger *ledger,
			  const struct pci_landing *landing)
{
	const struct binding *binding = next_binding(ledger, NULL,
		pci_device_requester_id(landing->device), landing->pasid);
	const struct page *page;

	if (!binding) {
		report(ledger, landing, "unbound-dma",
		      "DMA reached memory with a PASID that was never bound",
		      sim_op(ledger->sim));
		return;
	}
	page = foreign_page(ledger, landing->phys >> SIM_FRAME_SHIFT,
			    binding->is.owner);
	if (page)
		report(ledger, landing, "foreign-pasid",
		      "DMA reached a frame of another owner", page->change.op);
	else
		report(ledger, landing, "wrong-translation",
		      "DMA reached a frame that its address never meant",
		      binding->change.op);
}

static void explain(struct ledger *ledger, const struct pci_landing *landing)
{
	struct question question = {
		.ledger = ledger,
		.landing = landing,
		.sight = EVER,
		.live = true,
		.frame = landing->phys >> SIM_FRAME_SHIFT,
	};
	const struct binding *binding = find_way(&question);

	if (!binding) {
		question.live = false;
		binding = find_way(&question);
	}
	if (!binding)
		explain_never(ledger, landing);
	else if (binding->change.state == GONE)
		report(ledger, landing, "stale-pasid",
		      "DMA went through a PASID after it was unbound",
		      binding->change.op);
	else if (question.page && question.page->state == GONE)
		report(ledger, landing, "stale-iotlb",
		      "DMA reached a frame after unmap returned",
		      question.page->op);
	else
		report(ledger, landing, "iotlb-rights",
		      "DMA did what the mapping does not allow",
		      question.page ? question.page->op : binding->change.op);
}

/* -- requests -- */

static uint64_t started(void *arg, struct pci_device *device)
{
	struct ledger *ledger = arg;

	return ++ledger->now;
}

static void landed(void *arg, const struct pci_landing *landing)
{
	struct ledger *ledger = arg;
	struct question question = {
		.ledger = ledger,
		.landing = landing,
		.sight = MAY_BE,
		.frame = landing->phys >> SIM_FRAME_SHIFT,
	};

	if (!find_way(&question))
		explain(ledger, landing);
}

static void refused(void *arg, const struct pci_landing *landing)
{
	struct ledger *ledger = arg;
	struct question question = {
		.ledger = ledger,
		.landing = landing,
		.sight = MUST_BE,
		.frame = UINT64_MAX,
	};
	const struct binding *binding;

	if (landing->special)
		return;
	binding = find_way(&question);
	if (binding && binding->is.first == LEDGER_NO_SPACE)
		report(ledger, landing, "lost-mapping",
		      "DMA was refused though its address is mapped",
		      question.page ? question.page->op : binding->change.op);
}

static const struct pci_observer observer = {
	.started = started,
	.landed = landed,
	.refused = refused,
};

void ledger_watch(struct ledger *ledger, struct pci_device *device)
{
	pci_device_observe(device, &observer, ledger);
}

/* -- construction -- */

struct ledger *ledger_new(struct sim *sim, const struct ledger_options *options)
{
	struct ledger *ledger = sim_alloc(sim, sizeof(*ledger), 8);

	ledger->sim = sim;
	ledger->options = *options;
	if (!options->max_pages)
		ledger->options.max_pages = 1024;
	if (!options->max_bindings)
		ledger->options.max_bindings = 64;
	ledger->pages = sim_alloc(sim, ledger->options.max_pages *
				       sizeof(*ledger->pages), 8);
	ledger->bindings = sim_alloc(sim, ledger->options.max_bindings *
					  sizeof(*ledger->bindings), 8);
	ledger->nr_spaces = FIRST_SPACE;
	return ledger;
}

uint32_t ledger_pages(const struct ledger *ledger)
{
	uint32_t nr = 0, i;

	for (i = 0; i < ledger->nr_pages; i++)
		nr += is_live(&ledger->pages[i].change);
	return nr;
}

uint32_t ledger_bindings(const struct ledger *ledger)
{
	uint32_t nr = 0, i;

	for (i = 0; i < ledger->nr_bindings; i++)
		nr += is_live(&ledger->bindings[i].change);
	return nr;
}
