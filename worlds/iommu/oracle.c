/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - what devices may reach, and what the API answers
 *
 * A slow twin of /dev/ioas: mappings in an array, searched from the start. It
 * sees calls begin and return, and requests of devices reach memory.
 *
 *    stale-translation	a request reached memory through a mapping or an
 *			attachment that a call which has returned took away
 *    wrong-translation	it reached memory that no call has mapped there
 *    lost-translation	it was refused, and was mapped all the time
 *    wrong-result	a call returned what the twin did not expect
 *
 * Assumptions. While a call runs a request may see either side of it: mappings
 * are possible from the beginning of a map to the end of an unmap, and certain
 * in between. Invalidations drain (VT-d 6.5.2.8), so a request that was on its
 * way has landed when unmap returns. A call takes away what was settled before
 * it began; what another call makes meanwhile stays possible. Results are
 * judged only of calls during which no other call of the process ran and
 * nothing was made to fail. Frames of a mapping are those the process has there
 * when it calls map.
 */
#include <errno.h>
#include <inttypes.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <stdio.h>
#include <string.h>

#include <worlds/raise.h>

#include "iommu.h"

#define PAGE		4096ull
#define MSI_FIRST	0xfee00000ull
#define MSI_LAST	0xfeefffffull

/* -- findings -- */

/* Ops of both threads, and of both devices, are one, and so are shorter ways. */
static const char *place_name(const char *op)
{
	static const char *const same[][2] = {
		{ "nested_", "nested" }, { "again_", "nested" },
		{ "dma_", "dma" }, { "revisit_", "dma" },
		{ "balloon", "unmap" }, { "take_back", "unmap" },
		{ "absence", "unmap" }, { "ask_", "ask" },
		{ "map_there", "map" }, { "shootdown", "invalidate" },
	};
	unsigned int i;

	if (!strncmp(op, "peer_", 5))
		return op + 5;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!strncmp(op, same[i][0], strlen(same[i][0])))
			return same[i][1];
	return op;
}

/* What the running op is called in findings. */
static const char *running_op(const struct iommu_world *w)
{
	const struct world *world = &w->host.world;
	uint32_t slot = sim_op(world->sim);

	if (slot && world->calls[slot - 1].op->run == op_meet)
		return meet_name(w, slot);
	return place_name(world_op_name(world, slot));
}

static void raise(struct iommu_world *w, const char *oracle, const char *object,
		  const char *other, const char *what, const char *why)
{
	struct world *world = &w->host.world;
	const char *place = place_name(other);
	const char *op = running_op(w);
	const struct world_finding finding = {
		.oracle = oracle,
		.object = object,
		.place = { place, strcmp(place, op) ? op : NULL },
		.what = what,
		.why = why,
	};

	world_raise(world, &finding);
}

void oracle_raise(struct iommu_world *w, const char *oracle, const char *other,
		  const char *what, const char *why)
{
	raise(w, oracle, "mapping", other, what, why);
}

/* -- calls -- */

static uint32_t failures(struct iommu_world *w)
{
	struct sim *sim = w->host.world.sim;

	return sim_failures(sim, SIM_DECIDE_FAIL_ALLOC) +
	       sim_failures(sim, SIM_DECIDE_FAIL_PIN) +
	       sim_failures(sim, SIM_DECIDE_FAIL_UCOPY);
}

/* Nothing is left in doubt by calls that met. */
static bool is_sure(const struct iommu_world *w)
{
	const struct reference *ref = &w->reference;
	unsigned int i;

	for (i = 0; i < NR_STREAMS; i++)
		if (ref->streams[i].unsure)
			return false;
	for (i = 0; i < MAX_MAPPINGS; i++)
		if (ref->mappings[i].used && !ref->mappings[i].settled)
			return false;
	return !w->closed && !ref->unsure_spaces;
}

void oracle_begin(struct iommu_world *w, struct ref_call *call)
{
	call->sure = is_sure(w);
	call->at = ++w->reference.clock;
	call->alone = !w->reference.running++;
	call->failures = failures(w);
}

/* No other call of the process has run since this one began. */
bool oracle_alone(const struct iommu_world *w, const struct ref_call *call)
{
	return call->alone && w->reference.clock == call->at;
}

static const char *op_now(const struct iommu_world *w)
{
	return running_op(w);
}

void oracle_end(struct iommu_world *w, const struct ref_call *call,
		int64_t result)
{
	bool judged = oracle_alone(w, call) && call->sure &&
		      failures(w) == call->failures;
	char why[SIM_FINDING_TEXT];

	w->reference.running--;
	w->reference.clock++;
	if (!judged || result == call->expected)
		return;
	snprintf(why, sizeof(why), "it returned %" PRId64 ", not %d", result,
		 call->expected);
	raise(w, "wrong-result", "call", op_now(w),
	      "a call returned what the interface does not say", why);
}

static void note_gone(struct iommu_world *w, const struct ref_gone *gone)
{
	struct reference *ref = &w->reference;

	ref->gone[ref->nr_gone++ % NR_GONE] = *gone;
}

static void drop(struct iommu_world *w, struct ref_mapping *mapping)
{
	const struct ref_gone gone = {
		.op = op_now(w), .stream = UINT32_MAX,
		.iova = mapping->iova, .bytes = mapping->bytes,
	};

	mapping->used = false;
	note_gone(w, &gone);
}

/* Tables of guests are not where they were. */
static void note_range(struct iommu_world *w, uint64_t first, uint64_t last)
{
	if (first < TABLES_IOVA + TABLES_FRAMES * PAGE && last >= TABLES_IOVA)
		w->reference.nest.wild = true;
}

static bool overlaps(const struct ref_mapping *m, uint64_t first, uint64_t last)
{
	return m->iova <= last && m->iova + (m->bytes - 1) >= first;
}

static bool takes(const struct ref_call *call, const struct ref_mapping *m)
{
	return m->space == call->space && overlaps(m, call->first, call->last);
}

/*
 * A call is about to take away what lies in its range: nothing there is
 * certain any more. When it has, what was settled before is gone; if it has
 * failed and nobody interfered, all is as it was.
 */
static void take_begin(struct iommu_world *w, struct ref_call *call)
{
	struct reference *ref = &w->reference;
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++) {
		struct ref_mapping *m = &ref->mappings[i];

		if (!m->used || !takes(call, m))
			continue;
		m->certain = false;
		m->threatened |= !m->settled;
	}
	for (i = 0; ref->taking[i]; i++)
		sim_assert(i < ACTOR_PEER);
	ref->taking[i] = call;
}

static void take_end(struct iommu_world *w, const struct ref_call *call,
		     bool taken)
{
	/* One that was made to fail may have come far. */
	bool restore = oracle_alone(w, call) && failures(w) == call->failures;
	struct reference *ref = &w->reference;
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++) {
		struct ref_mapping *m = &ref->mappings[i];
		bool before = m->settled && m->settled <= call->at;

		if (!m->used || !takes(call, m))
			continue;
		if (taken && (before || oracle_alone(w, call)))
			drop(w, m);
		else if (before && restore)
			m->certain = true;
		else if (!taken && failures(w) != call->failures)
			m->settled = 0;
	}
	for (i = 0; i <= ACTOR_PEER; i++)
		if (ref->taking[i] == call)
			ref->taking[i] = NULL;
}

static bool is_threatened(const struct iommu_world *w,
			  const struct ref_mapping *m)
{
	unsigned int i;

	for (i = 0; i <= ACTOR_PEER; i++)
		if (w->reference.taking[i] && takes(w->reference.taking[i], m))
			return true;
	return false;
}

/* -- spaces and devices -- */

void oracle_init(struct iommu_world *w)
{
	unsigned int i;

	for (i = 0; i < NR_STREAMS; i++)
		w->reference.streams[i].certain = -1;
}

bool oracle_space_exists(const struct iommu_world *w, uint64_t space)
{
	return space < IOAS_SPACES && w->reference.spaces >> space & 1;
}

static bool is_attached(const struct iommu_world *w, uint64_t space)
{
	unsigned int i;

	for (i = 0; i < NR_STREAMS; i++)
		if (w->reference.streams[i].maybe >> space & 1)
			return true;
	return false;
}

void oracle_create_begin(struct iommu_world *w, struct ref_call *call)
{
	bool full = w->reference.spaces + 1 == 1u << IOAS_SPACES;

	call->expected = full ? -ENOSPC : __builtin_ctz(~w->reference.spaces);
	oracle_begin(w, call);
}

void oracle_create_end(struct iommu_world *w, struct ref_call *call,
		       int64_t result)
{
	struct reference *ref = &w->reference;

	if (result >= 0) {
		ref->spaces |= 1u << result;
		/* Was it the one before that has been destroyed, or this? */
		if (ref->ended[result] > call->at)
			ref->unsure_spaces |= 1u << result;
		else
			ref->unsure_spaces &= ~(1u << result);
		ref->made[result] = ref->clock + 1;
	}
	oracle_end(w, call, result);
}

void oracle_destroy_begin(struct iommu_world *w, uint64_t space,
			  struct ref_call *call)
{
	call->space = (uint32_t)space;
	call->last = UINT64_MAX;
	call->expected = !oracle_space_exists(w, space) ? -ENOENT :
			 is_attached(w, space) ? -EBUSY : 0;
	oracle_begin(w, call);
	take_begin(w, call);
}

void oracle_destroy_end(struct iommu_world *w, struct ref_call *call,
			int64_t result)
{
	struct reference *ref = &w->reference;

	take_end(w, call, !result);
	if (!result && call->space >= IOAS_SPACES) {
		/* Somebody else has changed the number: it may be any. */
		ref->unsure_spaces |= ref->spaces;
	} else if (!result) {
		ref->ended[call->space] = ref->clock + 1;
		/* Which of two spaces with this number was it? */
		if (ref->made[call->space] > call->at)
			ref->unsure_spaces |= 1u << call->space;
		else
			ref->spaces &= ~(1u << call->space);
	}
	oracle_end(w, call, result);
}

static void stream_begin(struct ref_stream *stream, struct ref_call *call)
{
	call->stream_at = ++stream->clock;
	if (stream->running++)
		call->stream_at = 0;
}

/* No other call about this stream ran meanwhile. */
static bool stream_end(struct ref_stream *stream, const struct ref_call *call)
{
	stream->running--;
	return stream->clock++ == call->stream_at;
}

void oracle_attach_begin(struct iommu_world *w, const struct ioas_attach *a,
			 unsigned int stream, struct ref_call *call)
{
	struct ref_stream *d = &w->reference.streams[stream];

	call->expected = !oracle_space_exists(w, a->space) ? -ENOENT :
			 w->removed[stream / NR_TAGS] ? -ENOENT :
			 a->pasid >> PASID_BITS ? -EINVAL :
			 d->maybe || nest_is_bound(w, stream / NR_TAGS,
						   a->pasid) ? -EBUSY : 0;
	oracle_begin(w, call);
	stream_begin(d, call);
	if (a->space >= IOAS_SPACES)
		return;
	call->had = d->maybe >> a->space & 1;
	d->maybe |= 1u << a->space;
}

void oracle_attach_end(struct iommu_world *w, const struct ioas_attach *a,
		       unsigned int stream, struct ref_call *call,
		       int64_t result)
{
	struct ref_stream *d = &w->reference.streams[stream];

	if (!stream_end(d, call)) {
		d->unsure = true;
	} else if (!result) {
		d->maybe = 1u << a->space;
		d->certain = (int)a->space;
		d->unsure = false;
	} else if (a->space < IOAS_SPACES && !call->had) {
		d->maybe &= ~(1u << a->space);
	}
	oracle_end(w, call, result);
}

void oracle_detach_begin(struct iommu_world *w, unsigned int stream,
			 struct ref_call *call)
{
	struct ref_stream *d = &w->reference.streams[stream];

	call->expected = d->maybe ? 0 : -ENOENT;
	oracle_begin(w, call);
	stream_begin(d, call);
	d->certain = -1;
	nest_leave_begin(w, stream / NR_TAGS);
}

void oracle_detach_end(struct iommu_world *w, unsigned int stream,
		       struct ref_call *call, int64_t result)
{
	const struct ref_gone gone = { .op = op_now(w), .stream = stream };
	struct ref_stream *d = &w->reference.streams[stream];

	/* Else another attach may have come in between. */
	if (!stream_end(d, call)) {
		d->unsure = true;
	} else if (!result || result == -ENOENT) {
		d->maybe = 0;
		d->unsure = false;
		note_gone(w, &gone);
	}
	nest_leave_end(w, stream / NR_TAGS, call);
	oracle_end(w, call, result);
}

void oracle_device_begin(struct iommu_world *w, unsigned int device,
			 struct ref_call *call)
{
	unsigned int tag;

	oracle_begin(w, call);
	for (tag = 0; tag < NR_TAGS; tag++) {
		struct ref_stream *stream =
			&w->reference.streams[device * NR_TAGS + tag];

		stream->certain = -1;
		/* An attach that runs is not to be sure of what it says. */
		stream->clock++;
	}
	nest_leave_begin(w, device);
}

/* What calls that still run want to attach it to is not known to fail. */
void oracle_device_end(struct iommu_world *w, unsigned int device,
		       struct ref_call *call)
{
	unsigned int tag;

	for (tag = 0; tag < NR_TAGS; tag++) {
		const unsigned int number = device * NR_TAGS + tag;
		struct ref_stream *stream = &w->reference.streams[number];
		const struct ref_gone gone = {
			.op = op_now(w), .stream = number,
		};

		stream->unsure = stream->running;
		if (!stream->running)
			stream->maybe = 0;
		note_gone(w, &gone);
	}
	nest_leave_end(w, device, call);
	oracle_end(w, call, call->expected);
}

/*
 * All spaces and attachments of the file go. Called when no other call runs;
 * one that begins meanwhile has no file.
 */
void oracle_close_begin(struct iommu_world *w, struct ref_call *call)
{
	unsigned int i;

	oracle_begin(w, call);
	for (i = 0; i < MAX_MAPPINGS; i++) {
		w->reference.mappings[i].certain = false;
		w->reference.mappings[i].threatened = true;
	}
	for (i = 0; i < NR_STREAMS; i++)
		w->reference.streams[i].certain = -1;
	nest_leave_begin(w, UINT32_MAX);
	w->closed = true;
}

void oracle_close_end(struct iommu_world *w, struct ref_call *call)
{
	struct reference *ref = &w->reference;
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++)
		if (ref->mappings[i].used && ref->mappings[i].threatened)
			drop(w, &ref->mappings[i]);
	for (i = 0; i < NR_STREAMS; i++) {
		const struct ref_gone gone = { .op = op_now(w), .stream = i };

		ref->streams[i].maybe = 0;
		ref->streams[i].unsure = ref->streams[i].running;
		note_gone(w, &gone);
	}
	ref->spaces = 0;
	ref->unsure_spaces = 0;
	nest_closed(w);
	oracle_end(w, call, call->expected);
}

bool oracle_quiet(const struct iommu_world *w)
{
	return !w->reference.running;
}

/* -- mappings -- */

static bool is_well_formed(const struct iommu_world *w,
			   const struct ioas_map *map)
{
	uint64_t last = map->iova + (map->length - 1);
	uint64_t limit = (1ull << w->address_bits) - 1;

	if (map->flags & ~(IOAS_READ | IOAS_WRITE | IOAS_BAR) ||
	    !(map->flags & (IOAS_READ | IOAS_WRITE)) || map->reserved)
		return false;
	if (!map->length || (map->iova | map->length | map->address) % PAGE)
		return false;
	if (!(map->flags & IOAS_BAR) && map->length > IOAS_MAX_PAGES * PAGE)
		return false;
	return last >= map->iova && last <= limit &&
	       (last < MSI_FIRST || map->iova > MSI_LAST);
}

static int expect_map(const struct iommu_world *w, const struct ioas_map *map,
		      const uint64_t *frames)
{
	uint64_t last = map->iova + (map->length - 1), i;

	if (!oracle_space_exists(w, map->space))
		return -ENOENT;
	if (!is_well_formed(w, map))
		return -EINVAL;
	for (i = 0; i < MAX_MAPPINGS; i++)
		if (w->reference.mappings[i].used &&
		    w->reference.mappings[i].space == map->space &&
		    overlaps(&w->reference.mappings[i], map->iova, last))
			return -EEXIST;
	if (map->flags & IOAS_BAR)
		return w->removed[0] || map->address >= BAR_BYTES ||
		       map->length > BAR_BYTES - map->address ? -ENOENT : 0;
	for (i = 0; i < map->length / PAGE; i++)
		if (i >= AREA_PAGES || frames[i] == UINT64_MAX)
			return -EFAULT;
	return 0;
}

static struct ref_mapping *new_mapping(struct iommu_world *w)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++)
		if (!w->reference.mappings[i].used)
			return &w->reference.mappings[i];
	return NULL;
}

bool oracle_has_room(struct iommu_world *w)
{
	return new_mapping(w);
}

void oracle_map_begin(struct iommu_world *w, const struct ioas_map *map,
		      const uint64_t *frames, struct ref_call *call)
{
	struct ref_mapping *m = new_mapping(w);

	call->expected = expect_map(w, map, frames);
	call->mapping = m;
	oracle_begin(w, call);
	*m = (struct ref_mapping){
		.used = true,
		.bar = map->flags & IOAS_BAR,
		.flags = (uint8_t)map->flags,
		.space = map->space,
		.iova = map->iova,
		.bytes = map->length ? map->length : 1,
		.phys = BAR_BASE + map->address,
	};
	if (!m->bar)
		memcpy(m->frames, frames, sizeof(m->frames));
	m->threatened = is_threatened(w, m);
	if (m->bar || map->address != TABLES_ADDRESS)
		note_range(w, m->iova, m->iova + (m->bytes - 1));
}

void oracle_map_moved(struct ref_call *call, int64_t result)
{
	/* The call may have looked for the memory before or after that. */
	if (!call->expected || call->expected == -EFAULT)
		call->expected = (int)result;
	memset(call->mapping->frames, 0xff, sizeof(call->mapping->frames));
}

void oracle_map_end(struct iommu_world *w, struct ref_call *call,
		    int64_t result)
{
	struct ref_mapping *m = call->mapping;

	/* Else others may have unmapped it before we came to know. */
	if (!m->threatened && !w->closed) {
		m->certain = true;
		m->settled = w->reference.clock + 1;
	}
	if (result)
		m->used = false;
	oracle_end(w, call, result);
}

static int expect_unmap(struct iommu_world *w, const struct ioas_unmap *unmap,
			struct ref_call *call)
{
	unsigned int i;

	if (!oracle_space_exists(w, unmap->space))
		return -ENOENT;
	if (!unmap->length || unmap->reserved || call->last < call->first)
		return -EINVAL;
	for (i = 0; i < MAX_MAPPINGS; i++) {
		struct ref_mapping *m = &w->reference.mappings[i];

		if (!m->used || m->space != unmap->space ||
		    !overlaps(m, call->first, call->last))
			continue;
		if (m->iova < call->first ||
		    m->iova + (m->bytes - 1) > call->last)
			return -EINVAL;
		call->length += m->bytes;
	}
	return call->length ? 0 : -ENOENT;
}

void oracle_unmap_begin(struct iommu_world *w, const struct ioas_unmap *unmap,
			struct ref_call *call)
{
	call->space = unmap->space;
	call->first = unmap->iova;
	call->last = unmap->iova + (unmap->length - 1);
	note_range(w, call->first, call->last);
	call->expected = expect_unmap(w, unmap, call);
	oracle_begin(w, call);
	take_begin(w, call);
}

void oracle_unmap_end(struct iommu_world *w, struct ref_call *call,
		      int64_t result, uint64_t length)
{
	bool judged = oracle_alone(w, call) && call->sure && !call->expected;
	char why[SIM_FINDING_TEXT];

	take_end(w, call, !result);
	oracle_end(w, call, result);
	if (!judged || result || length == call->length)
		return;
	snprintf(why, sizeof(why), "0x%" PRIx64 " bytes, not 0x%" PRIx64,
		 length, call->length);
	raise(w, "wrong-result", "length", op_now(w),
	      "unmap reports another length than what was mapped", why);
}

/* -- requests of devices -- */

/* Where the mapping leads; UINT64_MAX: nobody knows. */
static uint64_t target(const struct ref_mapping *m, uint64_t address)
{
	uint64_t offset = address - m->iova;
	uint64_t frame;

	if (m->bar)
		return m->phys + offset;
	frame = offset / PAGE < AREA_PAGES ? m->frames[offset / PAGE] :
					     UINT64_MAX;
	return frame == UINT64_MAX ? frame : frame * PAGE + offset % PAGE;
}

static bool permits(const struct ref_mapping *m, bool write)
{
	return m->flags & (write ? IOAS_WRITE : IOAS_READ);
}

static unsigned int stream_of(const struct iommu_world *w,
			      const struct pci_landing *landing)
{
	unsigned int device = 0, tag = 0;

	while (device < IOMMU_DEVICES - 1 &&
	       w->devices[device] != landing->device)
		device++;
	while (landing->pasid != IOMMU_NO_PASID && tag < NR_TAGS - 1 &&
	       iommu_pasid(tag) != landing->pasid)
		tag++;
	return device * NR_TAGS + tag;
}

static bool leads_to(const struct ref_mapping *m, uint64_t address, bool write,
		     uint64_t phys)
{
	uint64_t there;

	if (!m->used || !permits(m, write) || !overlaps(m, address, address))
		return false;
	there = target(m, address);
	return there == phys || there == UINT64_MAX;
}

bool oracle_may_reach(const struct iommu_world *w, uint32_t space,
		      uint64_t address, bool write, uint64_t phys)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++)
		if (w->reference.mappings[i].space == space &&
		    leads_to(&w->reference.mappings[i], address, write, phys))
			return true;
	return false;
}

/* From whatever address. */
bool oracle_may_reach_any(const struct iommu_world *w, uint32_t space,
			  bool write, uint64_t phys)
{
	unsigned int i, page;

	for (i = 0; i < MAX_MAPPINGS; i++) {
		const struct ref_mapping *m = &w->reference.mappings[i];

		if (!m->used || m->space != space || !permits(m, write))
			continue;
		if (m->bar && phys - m->phys < m->bytes)
			return true;
		for (page = 0; !m->bar && page < m->bytes / PAGE &&
			       page < AREA_PAGES; page++)
			if (m->frames[page] == UINT64_MAX ||
			    m->frames[page] == phys / PAGE)
				return true;
	}
	return false;
}

static bool goes_through(const struct iommu_world *w, unsigned int stream,
			 uint32_t space)
{
	return space < IOAS_SPACES &&
	       w->reference.streams[stream].maybe >> space & 1;
}

bool oracle_may_be_in(const struct iommu_world *w, unsigned int device,
		      uint32_t space)
{
	unsigned int tag;

	for (tag = 0; tag < NR_TAGS; tag++)
		if (goes_through(w, device * NR_TAGS + tag, space))
			return true;
	return false;
}

static bool is_possible(const struct iommu_world *w, unsigned int stream,
			const struct pci_landing *landing)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++) {
		const struct ref_mapping *m = &w->reference.mappings[i];

		if (leads_to(m, landing->address, landing->write,
			     landing->phys) &&
		    goes_through(w, stream, m->space))
			return true;
	}
	return landing->pasid != IOMMU_NO_PASID &&
	       nest_possible(w, stream / NR_TAGS, landing);
}

/* Somebody has written where tables of guests are. */
static bool is_table(const struct iommu_world *w, uint64_t phys)
{
	unsigned int i;

	for (i = 0; i < TABLES_FRAMES; i++)
		if (w->tables[i] == phys / PAGE)
			return true;
	return false;
}

/* What took the mapping away that the request used, or NULL: nothing did. */
static const struct ref_gone *find_gone(const struct iommu_world *w,
					unsigned int stream, uint64_t address)
{
	const struct reference *ref = &w->reference;
	uint32_t i, nr = ref->nr_gone < NR_GONE ? ref->nr_gone : NR_GONE;

	for (i = 1; i <= nr; i++) {
		const struct ref_gone *gone;

		gone = &ref->gone[(ref->nr_gone - i) % NR_GONE];
		if (gone->stream == stream ||
		    (gone->bytes && address - gone->iova < gone->bytes))
			return gone;
	}
	return NULL;
}

static void landed(void *arg, const struct pci_landing *landing)
{
	struct iommu_world *w = arg;
	unsigned int stream = stream_of(w, landing);
	const struct ref_gone *gone;
	const char *culprit;
	char why[SIM_FINDING_TEXT];

	if (landing->write && is_table(w, landing->phys))
		w->reference.nest.wild = true;
	if (is_possible(w, stream, landing))
		return;
	gone = find_gone(w, stream, landing->address);
	culprit = gone ? gone->op : NULL;
	if (landing->pasid != IOMMU_NO_PASID && !culprit)
		culprit = nest_culprit(w, stream / NR_TAGS, landing);
	snprintf(why, sizeof(why), "%s of 0x%" PRIx64 " by %s reached 0x%"
		 PRIx64 "%s%s", landing->write ? "write" : "read",
		 landing->address, iommu_actors[ACTOR_NIC + stream / NR_TAGS],
		 landing->phys, culprit ? ", taken away by " : "",
		 culprit ? culprit : "");
	if (culprit)
		raise(w, "stale-translation", "mapping", culprit,
		      "DMA reached memory after it had been taken away", why);
	else
		raise(w, "wrong-translation", "mapping", "map",
		      "DMA reached memory that is not mapped there", why);
}

static void asked(void *arg, struct pci_device *device)
{
	(void)device;
	serve_asked(arg);
}

static void answered(void *arg, struct pci_device *device)
{
	(void)device;
	serve_answered(arg);
}

const struct pci_observer oracle_observer = {
	.landed = landed, .asked = asked, .answered = answered,
};

bool oracle_must_reach(const struct iommu_world *w, uint32_t space,
		       uint64_t address, bool write)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPPINGS; i++) {
		const struct ref_mapping *m = &w->reference.mappings[i];

		if (m->used && m->certain && permits(m, write) &&
		    m->space == space && overlaps(m, address, address))
			return true;
	}
	return false;
}

static bool is_certain(const struct iommu_world *w, unsigned int stream,
		       uint64_t address, bool write)
{
	int32_t space = w->reference.streams[stream].certain;

	return space >= 0 && !w->doubtful[stream / NR_TAGS] &&
	       oracle_must_reach(w, (uint32_t)space, address, write);
}

/* Assumption: a DMA is at most some pages long. */
bool oracle_dma_certain(const struct iommu_world *w, unsigned int stream,
			const struct pci_dma *dma)
{
	uint64_t last = dma->address + (dma->bytes - 1);
	uint64_t at = dma->address & -PAGE;

	if (last < dma->address)
		return false;
	for (; at <= last; at += PAGE) {
		uint64_t address = at < dma->address ? dma->address : at;

		if (!is_certain(w, stream, address, dma->write))
			return false;
		if (at > UINT64_MAX - PAGE)
			break;
	}
	return true;
}

void oracle_dma_refused(struct iommu_world *w, const struct pci_dma *dma)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "%s of 0x%" PRIx64 ", %" PRIu64
		 " bytes: fault 0x%x", dma->write ? "write" : "read",
		 dma->address, dma->bytes, iommu_last_fault(w->iommu));
	raise(w, "lost-translation", "mapping", "map",
	      "DMA was refused where a mapping is in force", why);
}
