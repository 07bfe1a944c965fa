/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race.c - data races of kernel code: who accesses what, and what to say
 *
 * An actor of the detector is a fiber: a task, or the interrupts of a vCPU.
 * What code has said to KCSAN about its accesses stands in the context of the
 * fiber. Rules, where KCSAN leaves a choice (lib/Kconfig.kcsan of a kernel):
 *
 *   plain writes     aligned ones of up to a word count as marked, as in
 *                    KCSAN's default configuration; sim_race_options has more
 *   unchanged value  KCSAN stays silent where a racing write writes what was
 *                    there before: it watches values because it samples. Here
 *                    such a race is reported; it is one all the same
 *   interrupts       those of the same vCPU are ordered with what they
 *                    interrupt: KCSAN without "interruptible watchers"
 *   assertions       hold at the moment they are made and, in a scope, at its
 *                    end; of ASSERT_EXCLUSIVE_BITS() only writes that come
 *                    after it in the run are looked at, by what they change
 *                    when the next access comes
 *
 * Tasks of one vCPU are not ordered by running one after the other; on a real
 * machine they might be on two. What keeps a vCPU to itself (interrupts, bottom
 * halves or preemption off) excludes others of this vCPU, which is what per-CPU
 * data rely on.
 *
 * Not looked at: accesses of devices and user space (no kernel code), stacks
 * (their owner's accesses have no hooks), pages that belong to user space (what
 * a program does to its own memory is its affair) and what the runtime does
 * without telling. A load that loads an address orders what follows: that is
 * rcu_dereference(). Dependencies through an index are not seen, so code that
 * relies on one is reported; there is none in the files we know.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/race.h>

#include "internal.h"

_Static_assert((int)VTB_BARRIER_FULL == (int)SIM_RACE_FENCE_FULL &&
	       (int)VTB_BARRIER_WRITE == (int)SIM_RACE_FENCE_WRITE &&
	       (int)VTB_BARRIER_READ == (int)SIM_RACE_FENCE_READ &&
	       (int)VTB_BARRIER_RELEASE == (int)SIM_RACE_FENCE_RELEASE &&
	       (int)VTB_BARRIER_ACQUIRE == (int)SIM_RACE_FENCE_ACQUIRE,
	       "both sides number barriers alike");

/* Addresses of regions and alias windows, and of windows alone. */
#define REGION_SHIFT	45
#define WINDOW_SHIFT	44

/* Static variables: each instance has its own at one address below 4 GiB. */
#define IMAGE_SHIFT	33

/* What devices and hypervisors stand for: no address of anything. */
#define DEVICES		8

/* What those of an instance come after that have not done anything yet. */
#define NEWCOMERS(instance)	(16 + 8ull * (instance)->number)

struct kernel_race {
	struct sim_race *engine;
	struct sim_access_reader reader;
	struct sim *sim;
	/* By actor; and by slot of fibers, whose numbers tell who has it now. */
	const struct vtb_thread *threads[SIM_RACE_ACTORS];
	uint16_t fiber_of[SIM_RACE_ACTORS];
	uint16_t fiber_in_slot[SIM_RACE_ACTORS];
	uint8_t actor_in_slot[SIM_RACE_ACTORS];
	unsigned int nr_actors;
	bool reported;
	struct kernel_race_place places[2];
	/* The last ASSERT_EXCLUSIVE_BITS() of each of some actors. */
	struct asserted_bits {
		uint64_t address;
		uint64_t mask;
	} bits[SIM_RACE_ACTORS];
	/* A write that such an assertion forbids, if it changes these bits. */
	struct {
		const void *address;	/* of the assertion; NULL: none */
		uint32_t bytes;
		uint64_t mask;
		uint64_t before;
		struct sim_race_report report;
	} doubtful;
};

struct kernel_race *kernel_race_new(const struct sim_race_options *options)
{
	struct kernel_race *race = calloc(1, sizeof(*race));

	if (!race)
		return NULL;
	race->engine = sim_race_new(options);
	if (race->engine)
		return race;
	free(race);
	return NULL;
}

void kernel_race_free(struct kernel_race *race)
{
	if (!race)
		return;
	sim_race_free(race->engine);
	free(race);
}

static struct kernel_race *watching(struct sim *sim)
{
	return sim_kernel_watch(sim);
}

const struct kernel_race_place *kernel_race_places(const struct kernel_race *r)
{
	return r && r->reported ? r->places : NULL;
}

/* ---- addresses ---------------------------------------------------------- */

static bool in_window(const struct sim *sim, const void *address)
{
	return (uintptr_t)address >> WINDOW_SHIFT !=
	       (uintptr_t)sim >> WINDOW_SHIFT;
}

/* One number for all aliases; static variables apart for each instance. */
static uint64_t canonical(const void *address)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	uint64_t at = (uintptr_t)address, frame;
	struct sim_memory *memory;

	if (kernel__image_has(address))
		return at | (uint64_t)(instance->number + 1) << IMAGE_SHIFT;
	if (in_window(instance->sim, address) &&
	    sim_address_to_frame(instance->sim, address, &memory, &frame))
		return (uintptr_t)sim_memory_base(memory) +
		       (frame << SIM_FRAME_SHIFT) + at % SIM_FRAME_BYTES;
	return at;
}

static bool is_user_page(struct sim *sim, const void *address)
{
	struct sim_memory *memory;
	uint64_t frame;

	return sim_address_to_frame(sim, address, &memory, &frame) &&
	       sim_frame(memory, frame)->class == SIM_FRAME_COLD;
}

/* Is what lies there an address that kernel code can use? */
static bool is_address(const struct sim *sim, const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value >> REGION_SHIFT == (uintptr_t)sim >> REGION_SHIFT ||
	       kernel__image_has((const void *)(uintptr_t)value);
}

/* ---- actors ------------------------------------------------------------- */

/* Who comes when all numbers are given out shares one with who came first. */
static __attribute__((noinline))
unsigned int new_actor(struct kernel_race *race,
		       const struct vtb_thread *thread, unsigned int slot)
{
	unsigned int actor = race->nr_actors++ % SIM_RACE_ACTORS;

	sim_assert(slot < SIM_RACE_ACTORS);
	race->fiber_in_slot[slot] = sim_fiber_id(thread->fiber);
	race->actor_in_slot[slot] = actor;
	race->threads[actor] = thread;
	race->fiber_of[actor] = sim_fiber_id(thread->fiber);
	sim_race_acquire(race->engine, actor, NEWCOMERS(thread->instance));
	return actor;
}

static unsigned int actor_of(struct kernel_race *race,
			     const struct vtb_thread *thread)
{
	unsigned int slot = sim_fiber_slot(thread->fiber);

	if (slot < SIM_RACE_ACTORS &&
	    race->fiber_in_slot[slot] == sim_fiber_id(thread->fiber))
		return race->actor_in_slot[slot];
	return new_actor(race, thread, slot);
}

/* ---- reports ------------------------------------------------------------ */

static const char *kind_name(uint32_t flags)
{
	if (flags & SIM_RACE_FREE)
		return "free";
	if (flags & SIM_ACCESS_ASSERT)
		return flags & SIM_ACCESS_WRITE ?
		       "assertion of exclusive access" :
		       "assertion of an exclusive writer";
	if ((flags & SIM_ACCESS_COMPOUND) && (flags & SIM_ACCESS_WRITE))
		return "read and write";
	return flags & (SIM_ACCESS_WRITE | SIM_ACCESS_COMPOUND) ? "write" :
								   "read";
}

static void describe_access(const struct kernel_race *race,
			    struct kernel_race_place *place)
{
	const struct sim_race_access *access = &place->access;
	const char *mark = "plain ";

	if (access->flags & (SIM_RACE_FREE | SIM_ACCESS_ASSERT))
		mark = "";
	else if (sim_race_is_marked(race->engine, access))
		mark = "marked ";
	snprintf(place->what, sizeof(place->what), "%s%s of %u bytes", mark,
		 kind_name(access->flags), access->bytes);
}

static void describe_actor(const struct kernel_race *race, unsigned int actor,
			   char *buf, size_t size)
{
	const struct vtb_thread *thread = race->threads[actor];

	/* Others may have its place by now. */
	if (sim_fiber_id(thread->fiber) != race->fiber_of[actor]) {
		snprintf(buf, size, "a thread that has ended");
		return;
	}
	snprintf(buf, size, "%s on vCPU %u of %s",
		 thread->kind == VTB_THREAD_IRQ ? "an interrupt" : thread->name,
		 thread->vcpu->cpu, thread->instance->name);
}

/* The stack from the access on, without the hooks, and the locks. */
static void look_around(struct kernel_race_place *place)
{
	const void *pcs[64];
	unsigned int nr = vtb_stack_trace(pcs, 64), first = 0, i;

	while (first < nr && pcs[first] != place->access.site)
		first++;
	place->nr_pcs = nr - first;
	if (place->nr_pcs > KERNEL_RACE_DEPTH)
		place->nr_pcs = KERNEL_RACE_DEPTH;
	for (i = 0; i < place->nr_pcs; i++)
		place->pcs[i] = (const char *)pcs[first + i] - 1;
	kernel__thread()->instance->runtime->describe_locks(place->locks,
						sizeof(place->locks));
}

static bool same_access(const struct sim_race_access *a,
			const struct sim_race_access *b)
{
	return a->site == b->site && a->actor == b->actor &&
	       a->address < b->address + b->bytes &&
	       b->address < a->address + a->bytes;
}

/* The first access as the run before has left it, if it is the same report. */
static void set_places(struct kernel_race *race,
		       const struct sim_race_report *report)
{
	struct kernel_race_place *first = &race->places[0];
	struct kernel_race_place *second = &race->places[1];

	if (!race->reported || !same_access(&first->access, &report->first)) {
		memset(first, 0, sizeof(*first));
		strcpy(first->locks, "?");
	}
	first->access = report->first;
	second->access = report->second;
	describe_access(race, first);
	describe_access(race, second);
	describe_actor(race, report->first.actor, first->actor,
		       sizeof(first->actor));
	describe_actor(race, report->second.actor, second->actor,
		       sizeof(second->actor));
	look_around(second);
	race->reported = true;
}

static const char *function_at(const void *site)
{
	return kernel_symbol(site, NULL);
}

static const char *object_name(const struct sim_race_report *report,
			       const void *address)
{
	if (report->second.flags & SIM_RACE_FREE)
		return "freed-memory";
	return kernel__image_has(address) ? kernel_symbol(address, NULL) :
					    "memory";
}

static void raise_race(struct kernel_race *race,
		       const struct sim_race_report *report,
		       const void *address)
{
	const struct sim_race_access *a = &report->first, *b = &report->second;
	const void *pcs[2] = { a->site, b->site };
	char what[SIM_FINDING_TEXT], why[SIM_FINDING_TEXT];

	snprintf(what, sizeof(what), "%s in %s races with a %s in %s",
		 race->places[1].what, function_at(b->site),
		 race->places[0].what, function_at(a->site));
	snprintf(why, sizeof(why), "nothing orders %s and, before it, %s",
		 race->places[1].actor, race->places[0].actor);
	/* The same name whichever came first. */
	if (strcmp(function_at(pcs[0]), function_at(pcs[1])) > 0) {
		pcs[0] = b->site;
		pcs[1] = a->site;
	}
	kernel__race_finding(object_name(report, address), pcs, what, why);
}

static uint64_t word_in_doubt(const struct kernel_race *race)
{
	uint64_t word = 0;

	memcpy(&word, race->doubtful.address, race->doubtful.bytes);
	return word;
}

/*
 * Only what a write (at @address) changes tells whether it is one of the bits
 * asserted.
 */
static bool put_off(struct kernel_race *race,
		    const struct sim_race_report *report, const void *address)
{
	const struct sim_race_access *first = &report->first;
	const struct sim_race_access *second = &report->second;
	const struct asserted_bits *bits = &race->bits[first->actor];

	if (!(first->flags & SIM_ACCESS_ASSERT) || !bits->mask ||
	    bits->address != first->address ||
	    (second->flags & SIM_RACE_FREE))
		return false;
	race->doubtful.report = *report;
	race->doubtful.mask = bits->mask;
	race->doubtful.bytes = first->bytes;
	race->doubtful.address = (const char *)address + first->address -
				 second->address;
	race->doubtful.before = word_in_doubt(race);
	return true;
}

static void report_race(struct kernel_race *race,
			const struct sim_race_report *report,
			const void *address)
{
	/* What was before the assertion: who knows which bits it changed. */
	if (race->bits[report->second.actor].mask &&
	    (report->second.flags & SIM_ACCESS_ASSERT))
		return;
	if (is_user_page(race->sim, address))
		return;
	set_places(race, report);
	if (!put_off(race, report, address))
		raise_race(race, report, address);
}

/* The write that was in doubt has been done by now. */
static __attribute__((noinline)) void settle(struct kernel_race *race)
{
	const void *address = race->doubtful.address;
	uint64_t changed = word_in_doubt(race) ^ race->doubtful.before;

	race->doubtful.address = NULL;
	if (changed & race->doubtful.mask)
		raise_race(race, &race->doubtful.report, address);
}

/* ---- accesses ----------------------------------------------------------- */

/* KCSAN's marks of the context; false: nobody's business. */
static bool apply_marks(struct vtb_context *context, uint32_t *flags)
{
	if (context->race_atomic)
		*flags |= SIM_ACCESS_ATOMIC;
	/* Of those that have no mark of their own. */
	if (context->race_atomic_next > 0 &&
	    !(*flags & (SIM_ACCESS_ATOMIC | SIM_ACCESS_VOLATILE |
			SIM_ACCESS_ASSERT))) {
		context->race_atomic_next--;
		*flags |= SIM_ACCESS_ATOMIC;
	}
	return !context->race_disabled;
}

static uint8_t section_of(const struct vtb_thread *thread)
{
	const struct vtb_context *context = &thread->context;

	if (thread->kind != VTB_THREAD_IRQ && !context->preempt_count &&
	    !context->irqs_disabled)
		return 0;
	return thread->instance->number * KERNEL_MAX_CPUS + thread->vcpu->cpu +
	       1;
}

static bool loads_address(const struct sim *sim, const void *address,
			  uint32_t bytes, uint32_t flags)
{
	return !(flags & (SIM_ACCESS_WRITE | SIM_ACCESS_ASSERT)) &&
	       (flags & (SIM_ACCESS_VOLATILE | SIM_ACCESS_ATOMIC)) &&
	       bytes == sizeof(void *) && is_address(sim, address);
}

static void check(struct kernel_race *race, const struct sim_access *access)
{
	struct vtb_thread *thread = kernel__thread();
	struct sim_race_report report;
	struct sim_race_access own = {
		.address = canonical(access->address),
		.site = access->site,
		.bytes = access->bytes,
		.flags = access->flags,
		.actor = actor_of(race, thread),
		.section = section_of(thread),
	};

	if (!apply_marks(&thread->context, &own.flags)) {
		if (own.flags & SIM_RACE_FREE)
			sim_race_forget(race->engine, own.address, own.bytes);
		return;
	}
	if (own.flags & SIM_ACCESS_ASSERT)
		race->bits[own.actor] = (struct asserted_bits){
			own.address, thread->context.race_mask };
	if (loads_address(race->sim, access->address, own.bytes, own.flags))
		own.flags |= SIM_RACE_ADDRESS;
	if (race->reported && same_access(&race->places[0].access, &own))
		look_around(&race->places[0]);
	if (sim_race_access(race->engine, &own, &report))
		report_race(race, &report, access->address);
}

/* What follows a page in an alias may be anywhere. */
static void check_pages(struct kernel_race *race,
			const struct sim_access *access)
{
	const char *at = access->address, *end = at + access->bytes;

	while (at < end) {
		struct sim_access part = *access;
		uint64_t room = SIM_FRAME_BYTES - (uintptr_t)at %
				SIM_FRAME_BYTES;

		part.address = at;
		part.bytes = room < (uint64_t)(end - at) ? room : end - at;
		check(race, &part);
		at += part.bytes;
	}
}

static bool crosses_page(const struct sim_access *access)
{
	return (uintptr_t)access->address % SIM_FRAME_BYTES + access->bytes >
	       SIM_FRAME_BYTES;
}

/* Does kernel code of a task or interrupt run, not an oracle that peeks? */
static bool is_actor(const struct kernel_race *race)
{
	return vtb_this && kernel__thread()->fiber && sim_fiber_self(race->sim);
}

static void on_access(void *arg, const struct sim_access *access)
{
	struct kernel_race *race = arg;

	if (race->doubtful.address)
		settle(race);
	if (is_actor(race) && !(access->flags & SIM_ACCESS_DEVICE) &&
	    !sim_is_stack(race->sim, access->address)) {
		if (crosses_page(access))
			check_pages(race, access);
		else
			check(race, access);
	}
}

void vtb_race_access(const void *address, unsigned int bytes,
		     unsigned int flags, const void *site)
{
	const struct sim_access access = {
		.address = address,
		.site = site,
		.bytes = bytes,
		.flags = flags,
	};
	struct kernel_race *race = watching(kernel__sim());

	if (race)
		on_access(race, &access);
}

void vtb_race_freed(const void *address, unsigned long bytes, const void *site)
{
	const struct sim_access access = {
		.address = address,
		.site = site,
		.bytes = bytes,
		.flags = SIM_ACCESS_WRITE | SIM_RACE_FREE,
	};

	sim_access_tell(kernel__sim(), &access);
}

void kernel_race_begin(struct kernel_race *race, struct sim *sim)
{
	if (!race)
		return;
	sim_race_begin(race->engine);
	memset(race->threads, 0, sizeof(race->threads));
	memset(race->fiber_in_slot, 0, sizeof(race->fiber_in_slot));
	memset(race->bits, 0, sizeof(race->bits));
	race->doubtful.address = NULL;
	race->nr_actors = 0;
	race->sim = sim;
	race->reader = (struct sim_access_reader){
		.access = on_access,
		.arg = race,
	};
	sim_add_access_reader(sim, &race->reader);
	sim_set_kernel_watch(sim, race);
}

void kernel_race_end(struct kernel_race *race, struct sim *sim)
{
	if (!race)
		return;
	sim_remove_access_reader(sim, &race->reader);
	sim_set_kernel_watch(sim, NULL);
}

/* ---- order -------------------------------------------------------------- */

/* The detector, if there is one and kernel code runs in a fiber. */
static struct kernel_race *in_fiber(void)
{
	struct kernel_race *race;

	if (!vtb_this)
		return NULL;
	race = watching(kernel__sim());
	return race && is_actor(race) ? race : NULL;
}

static unsigned int self(struct kernel_race *race)
{
	return actor_of(race, kernel__thread());
}

void vtb_sync_acquire(const void *object)
{
	struct kernel_race *race = in_fiber();

	if (race)
		sim_race_acquire(race->engine, self(race), canonical(object));
}

void vtb_sync_release(const void *object)
{
	struct kernel_race *race = in_fiber();

	if (race)
		sim_race_release(race->engine, self(race), canonical(object));
}

void kernel__race_barrier(enum vtb_barrier_kind kind)
{
	struct kernel_race *race = in_fiber();

	if (race)
		sim_race_fence(race->engine, self(race),
			       (enum sim_race_fence)kind);
}

void vtb_race_atomic(const void *address, unsigned int bytes, const void *site)
{
	kernel__race_barrier(VTB_BARRIER_FULL);
	vtb_race_access(address, bytes,
			VTB_ACCESS_ATOMIC | VTB_ACCESS_WRITE |
			VTB_ACCESS_COMPOUND, site);
}

/* Actors that have been seen, of the current instance. */
static bool is_ours(const struct kernel_race *race, unsigned int other)
{
	const struct vtb_thread *thread = race->threads[other];

	return thread && thread->instance == kernel__thread()->instance;
}

void vtb_sync_release_all(const void *object)
{
	struct kernel_race *race = in_fiber();
	unsigned int i;

	for (i = 0; race && i < SIM_RACE_ACTORS; i++)
		if (is_ours(race, i))
			sim_race_release(race->engine, i, canonical(object));
}

void vtb_sync_acquire_all(const void *object)
{
	struct kernel_race *race = in_fiber();
	unsigned int i;

	for (i = 0; race && i < SIM_RACE_ACTORS; i++)
		if (is_ours(race, i))
			sim_race_acquire(race->engine, i, canonical(object));
	if (race)
		sim_race_pass(race->engine, canonical(object),
			      NEWCOMERS(kernel__thread()->instance));
}

void kernel__race_order(const struct vtb_thread *before,
			const struct vtb_thread *after)
{
	struct kernel_race *race = watching(before->instance->sim);

	if (race && before != after)
		sim_race_order(race->engine, actor_of(race, before),
			       actor_of(race, after));
}

void kernel__race_woken(const struct vtb_thread *thread)
{
	if (in_fiber())
		kernel__race_order(kernel__thread(), thread);
}

/* Memory may have been another instance's: that is over (kexec). */
void kernel__race_boot(const struct kernel_instance *instance)
{
	struct kernel_race *race = watching(instance->sim);
	unsigned int i;

	for (i = 0; race && i < race->nr_actors && i < SIM_RACE_ACTORS; i++)
		sim_race_release(race->engine, i, NEWCOMERS(instance));
}

void kernel__race_device(void)
{
	struct kernel_race *race = in_fiber();

	if (race)
		sim_race_release(race->engine, self(race), DEVICES);
}

void kernel__race_raised(const struct vtb_vcpu *vcpu, unsigned int line)
{
	struct kernel_race *race = watching(vcpu->instance->sim);

	if (in_fiber())
		vtb_sync_release(&vcpu->line_op[line]);
	else if (race)
		sim_race_pass(race->engine, DEVICES,
			      (uintptr_t)&vcpu->line_op[line]);
}
