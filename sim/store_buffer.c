/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_buffer.c - stores that become visible later than they are done
 *
 * Hooks say where an access will be and not what is stored. So a store is done
 * in memory, and undone while its CPU does not run:
 *
 *	hook		remember what lies there now: `under`
 *	fiber stops	newest first: `value` = memory, memory = `under`
 *			oldest first: make it visible, or hold it back
 *	fiber goes on	oldest first: `under` = memory, memory = `value`
 *
 * Between two switches nobody else looks, so a store becomes visible where its
 * fiber stops, at a barrier that says so, or when the buffer is full. Whoever
 * looks from outside (models, devices, oracles, hashes, snapshots) does so when
 * no fiber runs, or is called through something that does sim_memory_sync().
 *
 * WHAT IT SHOWS. tso: SB and R, that is a load that goes before an earlier
 * store to another place. weak: also MP, 2+2W and IRIW: stores that overtake
 * each other, and loads of what was overwritten since the CPU's last read
 * barrier. Litmus tests: tests/kernel/litmus_*.
 *
 * WHAT IT CANNOT SHOW. Whatever needs a load to wait for a later store or a
 * later value: LB (two CPUs each load what the other stores next) and its
 * relatives (S and WRC where a load would be late). Stores become visible to
 * all others at once: no machine that tells some CPUs earlier (old POWER) is
 * covered. Missed is thus a bug where a flag is set, or a slot given back,
 * before loads in front of it have been done: smp_store_release() or smp_mb()
 * that should have been behind the last load of a critical section, or a
 * missing control dependency. Also missed, to be sure that nothing impossible
 * is shown:
 *
 *   - atomic read-modify-writes count as acquire, those that need not, too;
 *     atomic_set() is one of them: KCSAN's macros say the same of xchg();
 *   - what the runtime does for the code under test (locks, wake-ups,
 *     allocation, user copies) counts as a full barrier;
 *   - a load by READ_ONCE() or an atomic may be what the address of later
 *     loads depends on: these see all that was visible when the loaded value
 *     came to be, unless their address is a constant;
 *   - stores wider than 16 bytes that are announced as one, accesses to stacks,
 *     and stores of code without hooks are visible at once;
 *   - so are stores of models and devices. A CPU may load older values there if
 *     the model calls sim_access() in front of them.
 *
 * ASSUMES that all code that runs between two switches on a fiber with a CPU
 * either has hooks or does not pass on what it knows without sim_memory_sync().
 */
#include <string.h>

#include "relaxed.h"

static struct sim_store_buffer *buffer_of(struct sim *sim,
					  const struct sim_fiber *fiber)
{
	struct sim_relaxed *relaxed = sim->relaxed;
	struct sim_store_buffer **buffer;

	if (!fiber || !fiber->cpu)
		return NULL;
	buffer = &relaxed->buffers[fiber->cpu];
	if (!*buffer)
		*buffer = sim_alloc(sim, sizeof(**buffer), 64);
	return *buffer;
}

/* ---- memory and buffer exchange ------------------------------------------ */

/* Bytes move in one way that ASan does not look at. */
static void take_out(struct sim_store_buffer *buffer)
{
	struct sim_store *store = &buffer->stores[buffer->nr];

	if (!buffer->in_memory)
		return;
	while (store-- > buffer->stores) {
		sim__copy(store->value, (void *)store->place.at,
			  store->place.bytes);
		sim__copy((void *)store->place.at, store->under,
			  store->place.bytes);
	}
	buffer->in_memory = false;
}

static void put_in(struct sim_store_buffer *buffer)
{
	struct sim_store *store = buffer->stores;
	uint32_t i;

	for (i = 0; i < buffer->nr; i++, store++) {
		sim__copy(store->under, (void *)store->place.at,
			  store->place.bytes);
		sim__copy((void *)store->place.at, store->value,
			  store->place.bytes);
	}
	buffer->in_memory = true;
}

/* ---- becoming visible ----------------------------------------------------- */

/* From now on all see @store. The buffer is not in memory. */
static void commit(struct sim_relaxed *relaxed, unsigned int cpu,
		   const struct sim_store *store)
{
	uint8_t before[SIM_STORE_BYTES];

	sim__copy(before, (void *)store->place.at, store->place.bytes);
	sim__copy((void *)store->place.at, store->value, store->place.bytes);
	sim__past_add(relaxed, cpu, &store->place, before, store->value);
}


/* May stores behind @held overtake it? */
static bool blocks(const struct sim_relaxed *relaxed,
		   const struct sim_store *held, const struct sim_store *store)
{
	return relaxed->model == SIM_MEMORY_TSO ||
	       held->epoch < store->epoch ||
	       sim__places_overlap(&held->place, &store->place);
}

static bool may_commit(const struct sim_relaxed *relaxed,
		       const struct sim_store_buffer *buffer, uint32_t nr_held,
		       const struct sim_store *store)
{
	uint32_t i;

	for (i = 0; i < nr_held; i++)
		if (blocks(relaxed, &buffer->stores[i], store))
			return false;
	return true;
}

static bool decide_to_hold(struct sim *sim, const struct sim_store *store)
{
	sim->relaxed->deciding = store->draw;
	return sim_decide(sim, SIM_DECIDE_HOLD, 2);
}

/* Commits those that nothing holds back, in an order that is allowed. */
static void commit_some(struct sim *sim, struct sim_store_buffer *buffer)
{
	struct sim_relaxed *relaxed = sim->relaxed;
	uint32_t i, held = 0, nr = buffer->nr;
	struct sim_store *store;

	for (i = 0; i < nr; i++) {
		store = &buffer->stores[i];
		if (!may_commit(relaxed, buffer, held, store) ||
		    decide_to_hold(sim, store))
			buffer->stores[held++] = *store;
		else
			commit(relaxed, sim->current->cpu, store);
	}
	buffer->nr = held;
}

/* The first @nr of them, in their order. The buffer is not in memory. */
static void commit_first(struct sim_relaxed *relaxed, unsigned int cpu,
			 struct sim_store_buffer *buffer, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		commit(relaxed, cpu, &buffer->stores[i]);
	buffer->nr -= nr;
	memmove(buffer->stores, &buffer->stores[nr],
		buffer->nr * sizeof(buffer->stores[0]));
}

static void commit_all(struct sim_relaxed *relaxed, unsigned int cpu,
		       struct sim_store_buffer *buffer)
{
	take_out(buffer);
	commit_first(relaxed, cpu, buffer, buffer->nr);
	buffer->epoch = 0;
}

/*
 * All up to the last that @which names; those in between go with them, which
 * is an order that is allowed.
 */
static void commit_up_to(struct sim *sim, unsigned int cpu,
			 bool (*which)(const struct sim_relaxed *relaxed,
				       const struct sim_store_buffer *buffer,
				       const struct sim_store *store,
				       const struct sim_place *place),
			 const struct sim_place *place)
{
	struct sim_store_buffer *buffer = sim->relaxed->buffers[cpu];
	bool in_memory = buffer->in_memory;
	uint32_t nr = buffer->nr;

	while (nr && !which(sim->relaxed, buffer, &buffer->stores[nr - 1],
			    place))
		nr--;
	if (!nr)
		return;
	take_out(buffer);
	commit_first(sim->relaxed, cpu, buffer, nr);
	if (in_memory)
		put_in(buffer);
}

/*
 * What must be visible before an access to @place that is not held back: all
 * in front of the last write barrier, and what lies in the same place.
 */
static bool is_before(const struct sim_relaxed *relaxed,
		      const struct sim_store_buffer *buffer,
		      const struct sim_store *store,
		      const struct sim_place *place)
{
	return relaxed->model == SIM_MEMORY_TSO ||
	       store->epoch < buffer->epoch ||
	       sim__places_overlap(&store->place, place);
}

static bool is_in(const struct sim_relaxed *relaxed,
		  const struct sim_store_buffer *buffer,
		  const struct sim_store *store, const struct sim_place *place)
{
	return sim__places_overlap(&store->place, place);
}

static bool is_static(const struct sim_relaxed *relaxed,
		      const struct sim_store_buffer *buffer,
		      const struct sim_store *store,
		      const struct sim_place *place)
{
	return store->place.image;
}

/* ---- places ---------------------------------------------------------------- */

/* The static data of the code under test that is live now. */
static bool in_image(const struct sim *sim, uintptr_t at, uint32_t bytes)
{
	const struct sim_range *range = sim->host.ranges;
	unsigned int i;

	for (i = 0; i < sim->host.nr_ranges; i++, range++)
		if (at >= (uintptr_t)range->start &&
		    at + bytes <= (uintptr_t)range->start + range->bytes)
			return true;
	return false;
}

/* Bytes in one frame, by whichever address; false: not in a frame. */
static bool in_frame(const struct sim *sim, uintptr_t *at, uint32_t bytes)
{
	uintptr_t offset = *at - (uintptr_t)sim__frame_data(sim, 0);
	uint64_t n = offset >> SIM_FRAME_SHIFT;
	uintptr_t in_page = *at & (SIM_FRAME_BYTES - 1);

	if (n < sim->nr_frames)
		return true;
	if (in_page + bytes > SIM_FRAME_BYTES ||
	    !sim__alias_to_frame(sim, (void *)*at, &n))
		return false;
	*at = (uintptr_t)sim__frame_data(sim, n) + in_page;
	return true;
}

/* What can be relaxed: static data, the heap and frames; not stacks. */
static bool find_place(const struct sim *sim,
		       const struct sim_store_buffer *buffer,
		       const struct sim_access *access, struct sim_place *place)
{
	uintptr_t at = (uintptr_t)access->address;

	*place = (struct sim_place){ .at = at, .bytes = access->bytes };
	if (in_image(sim, at, access->bytes)) {
		place->image = buffer ? buffer->image : 0;
		return buffer;
	}
	if (at - (uintptr_t)sim < sim->heap_mark)
		return true;
	return in_frame(sim, &place->at, access->bytes);
}

/* The fiber on whose stack @at lies, or NULL. */
static struct sim_fiber *stack_owner(const struct sim *sim, uintptr_t at)
{
	const size_t each = SIM_STACK_BYTES + SIM_GUARD_BYTES;
	uintptr_t offset = at - (uintptr_t)sim__at(sim, sim->host.stacks_start);
	struct sim_fiber *fiber;

	if (offset / each >= sim->nr_fibers)
		return NULL;
	for (fiber = sim->live.first; fiber; fiber = fiber->live_next)
		if (fiber->stack == offset / each)
			return fiber;
	return NULL;
}

/* ---- accesses --------------------------------------------------------------- */

static void settle_direct(struct sim_relaxed *relaxed)
{
	struct sim_past *one = relaxed->direct;

	for (; relaxed->nr_direct; relaxed->nr_direct--, one++) {
		sim__copy(one->after, (void *)one->place.at, one->place.bytes);
		sim__past_add(relaxed, one->cpu, &one->place, one->before,
			      one->after);
	}
}

/* What the last hook announced has happened. */
static void settle(struct sim *sim)
{
	sim__relaxed_loaded(sim->relaxed);
	settle_direct(sim->relaxed);
}

/* A store that goes straight to memory, where all see it. */
static void store_directly(struct sim_relaxed *relaxed, unsigned int cpu,
			   const struct sim_place *place)
{
	struct sim_past *one = &relaxed->direct[relaxed->nr_direct++];

	one->place = *place;
	one->cpu = cpu;
	sim__copy(one->before, (void *)place->at, place->bytes);
}

/* Somebody without a store buffer is about to store: a model, a device. */
static void store_from_outside(struct sim *sim, const struct sim_place *place)
{
	uintptr_t end = place->at + place->bytes;
	struct sim_place piece = *place;

	if (place->bytes > SIM_MAX_DIRECT * SIM_STORE_BYTES) {
		sim__past_forget(sim->relaxed, place);
		return;
	}
	for (; piece.at < end; piece.at += piece.bytes) {
		piece.bytes = end - piece.at < SIM_STORE_BYTES ?
			      end - piece.at : SIM_STORE_BYTES;
		store_directly(sim->relaxed, 0, &piece);
	}
}

static uint32_t draw_of_store(struct sim *sim)
{
	uint32_t nth = sim->relaxed->nr_stores[sim__op(sim->who)]++;

	return (uint32_t)sim_prng_at(sim__stream(sim, SIM_DECIDE_HOLD), nth);
}

static void store_later(struct sim *sim, struct sim_store_buffer *buffer,
			const struct sim_place *place)
{
	struct sim_store *store;

	if (buffer->nr == SIM_MAX_STORES) {
		take_out(buffer);
		commit_first(sim->relaxed, sim->current->cpu, buffer, 1);
		put_in(buffer);
	}
	store = &buffer->stores[buffer->nr++];
	store->place = *place;
	store->epoch = buffer->epoch;
	store->draw = draw_of_store(sim);
	sim__copy(store->under, (void *)place->at, place->bytes);
	buffer->in_memory = true;
}

static void read_modify_write(struct sim *sim, struct sim_store_buffer *buffer,
			      const struct sim_place *place, bool full)
{
	if (full)
		sim_memory_sync(sim);
	commit_up_to(sim, sim->current->cpu, is_before, place);
	store_directly(sim->relaxed, sim->current->cpu, place);
	/* It may be meant to be an acquire: hooks do not say. */
	buffer->floor = sim->relaxed->time;
}

/*
 * The first pieces of more than a buffer holds: they push out all that is in
 * it, and then each other. Returns their bytes.
 */
static uint32_t store_lead(struct sim *sim, struct sim_store_buffer *buffer,
			   const struct sim_place *place, uint32_t bytes)
{
	uint32_t nr = (place->bytes + bytes - 1) / bytes;
	struct sim_place lead = *place;

	if (nr <= SIM_MAX_STORES)
		return 0;
	nr -= SIM_MAX_STORES;
	lead.bytes = nr * bytes;
	take_out(buffer);
	commit_first(sim->relaxed, sim->current->cpu, buffer, buffer->nr);
	sim__past_forget(sim->relaxed, &lead);
	sim->relaxed->nr_stores[sim__op(sim->who)] += nr;
	return lead.bytes;
}

/* memcpy() and the like: in pieces, each of which is held back by itself. */
static void store_in_pieces(struct sim *sim, struct sim_store_buffer *buffer,
			    const struct sim_place *place, uint32_t bytes)
{
	uintptr_t end = place->at + place->bytes;
	struct sim_place piece = *place;

	piece.at += store_lead(sim, buffer, place, bytes);
	for (; piece.at < end; piece.at += piece.bytes) {
		piece.bytes = end - piece.at < bytes ? end - piece.at : bytes;
		store_later(sim, buffer, &piece);
	}
}

/* Half by half: they may see different values. */
static void load_torn(struct sim *sim, struct sim_store_buffer *buffer,
		      const struct sim_place *place,
		      const struct sim_access *access)
{
	struct sim_place half = *place;

	half.bytes = (place->bytes + 1) / 2;
	sim__relaxed_load(sim, buffer, &half, access);
	half.at += half.bytes;
	half.bytes = place->bytes - half.bytes;
	if (half.bytes)
		sim__relaxed_load(sim, buffer, &half, access);
}

/* Announced as one, done by others: nothing of it is held back. */
static void wide_store(struct sim *sim, const struct sim_place *place)
{
	sim_memory_sync(sim);
	sim__past_forget(sim->relaxed, place);
}

/* All that fiber has done is visible to who looks at its stack. */
static void look_at_stack(struct sim *sim, const struct sim_access *access)
{
	struct sim_fiber *other = stack_owner(sim, (uintptr_t)access->address);
	struct sim_store_buffer *buffer = buffer_of(sim, other);

	if (sim_access_writes(access))
		sim_memory_sync(sim);
	if (buffer && !buffer->in_memory)
		commit_all(sim->relaxed, other->cpu, buffer);
}

static bool is_atomic_write(const struct sim_access *access)
{
	return (access->flags & SIM_ACCESS_ATOMIC) && sim_access_writes(access);
}

void sim__relaxed_access(struct sim *sim, const struct sim_access *access)
{
	struct sim_store_buffer *buffer = buffer_of(sim, sim->current);
	struct sim_place place;
	bool full;

	settle(sim);
	if (access->flags & SIM_ACCESS_ASSERT)
		return;
	if (!buffer || (access->flags & SIM_ACCESS_DEVICE)) {
		if (sim_access_writes(access) &&
		    find_place(sim, NULL, access, &place))
			store_from_outside(sim, &place);
		return;
	}
	full = buffer->full;
	buffer->full = false;
	if (!find_place(sim, buffer, access, &place))
		look_at_stack(sim, access);
	else if (!sim_access_writes(access) && (access->flags & SIM_ACCESS_TORN))
		load_torn(sim, buffer, &place, access);
	else if (!sim_access_writes(access))
		sim__relaxed_load(sim, buffer, &place, access);
	else if (access->flags & SIM_ACCESS_BULK)
		store_in_pieces(sim, buffer, &place, SIM_STORE_BYTES);
	else if (access->flags & SIM_ACCESS_TORN)
		store_in_pieces(sim, buffer, &place, (access->bytes + 1) / 2);
	else if (access->bytes > SIM_STORE_BYTES)
		wide_store(sim, &place);
	else if (is_atomic_write(access))
		read_modify_write(sim, buffer, &place, full);
	else
		store_later(sim, buffer, &place);
}

void sim_barrier(struct sim *sim, enum sim_barrier barrier)
{
	struct sim_store_buffer *buffer;

	if (likely(!sim->relaxed))
		return;
	buffer = buffer_of(sim, sim->current);
	if (!buffer)
		return;
	settle(sim);
	switch (barrier) {
	case SIM_BARRIER_FULL:
		sim_memory_sync(sim);
		buffer->full = true;
		break;
	case SIM_BARRIER_WRITE:
	case SIM_BARRIER_RELEASE:
		buffer->epoch += buffer->nr > 0;
		break;
	case SIM_BARRIER_READ:
	case SIM_BARRIER_ACQUIRE:
		buffer->floor = sim->relaxed->time;
		break;
	}
}

void sim_barrier_ignored(struct sim *sim, enum sim_barrier barrier)
{
	struct sim_store_buffer *buffer;

	if (likely(!sim->relaxed) || barrier == SIM_BARRIER_WRITE ||
	    barrier == SIM_BARRIER_RELEASE)
		return;
	buffer = buffer_of(sim, sim->current);
	if (buffer)
		buffer->floor_dep = 0;
}

/* ---- from outside ----------------------------------------------------------- */

void sim_memory_sync(struct sim *sim)
{
	struct sim_store_buffer *buffer;

	if (likely(!sim->relaxed))
		return;
	buffer = buffer_of(sim, sim->current);
	settle(sim);
	if (!buffer)
		return;
	commit_all(sim->relaxed, sim->current->cpu, buffer);
	buffer->floor = sim->relaxed->time;
	buffer->full = false;
}

void sim_memory_drain(struct sim *sim)
{
	struct sim_store_buffer *buffer;

	if (likely(!sim->relaxed))
		return;
	buffer = buffer_of(sim, sim->current);
	if (buffer && buffer->nr)
		sim_preempt_point(sim);
	sim_memory_sync(sim);
}

/* All that no running fiber holds back. */
void sim__relaxed_settle(struct sim *sim)
{
	struct sim_store_buffer *buffer;
	unsigned int cpu;

	for (cpu = 1; cpu < SIM_MAX_CPUS; cpu++) {
		buffer = sim->relaxed->buffers[cpu];
		if (buffer && !buffer->in_memory)
			commit_all(sim->relaxed, cpu, buffer);
	}
}

void sim_memory_leave(struct sim *sim)
{
	unsigned int cpu;

	if (likely(!sim->relaxed))
		return;
	for (cpu = 1; cpu < SIM_MAX_CPUS; cpu++)
		if (sim->relaxed->buffers[cpu])
			commit_up_to(sim, cpu, is_static, NULL);
}

void sim_memory_forget(struct sim *sim, const void *address, size_t bytes)
{
	const struct sim_place place = {
		.at = (uintptr_t)address,
		.bytes = bytes,
	};
	unsigned int cpu;

	if (likely(!sim->relaxed))
		return;
	settle(sim);
	for (cpu = 1; cpu < SIM_MAX_CPUS; cpu++)
		if (sim->relaxed->buffers[cpu])
			commit_up_to(sim, cpu, is_in, &place);
	sim__past_forget(sim->relaxed, &place);
}

void sim__relaxed_leave(struct sim *sim)
{
	struct sim_store_buffer *buffer = buffer_of(sim, sim->current);

	sim_memory_sync(sim);
	if (buffer)
		buffer->owner = NULL;
}

void sim__relaxed_park(struct sim *sim)
{
	struct sim_store_buffer *buffer = buffer_of(sim, sim->current);

	settle(sim);
	if (buffer)
		take_out(buffer);
}

void sim__relaxed_out(struct sim *sim)
{
	struct sim_store_buffer *buffer = buffer_of(sim, sim->current);

	sim__relaxed_park(sim);
	if (!buffer)
		return;
	commit_some(sim, buffer);
	if (!buffer->nr)
		buffer->epoch = 0;
}

/* An interrupt, or another task of the CPU, comes after all it has done. */
void sim__relaxed_in(struct sim *sim)
{
	struct sim_store_buffer *buffer = buffer_of(sim, sim->current);

	settle(sim);
	if (!buffer)
		return;
	buffer->image = sim->current->image;
	if (buffer->owner != sim->current) {
		commit_all(sim->relaxed, sim->current->cpu, buffer);
		buffer->floor = sim->relaxed->time;
		buffer->owner = sim->current;
	}
	put_in(buffer);
}
