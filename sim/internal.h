/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - struct sim, shared by the files of the core
 *
 * A struct sim has two parts, both at the start of the region:
 *
 *   host    how this process drives the world: mappings, limits of the call of
 *           sim_run() in progress, input (the plan), observers, and what is
 *           known about changes since the last restore. Not world state: a
 *           restore leaves it alone and no hash covers it.
 *   world   everything from now_ns on, up to the heap mark. Saved, restored,
 *           hashed as bytes; so it must not hold addresses outside the region
 *           other than of static code and data.
 *
 * Only the file named with a group of members writes them, unless said
 * otherwise; all may read.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include <sim/decide.h>
#include <sim/event.h>
#include <sim/fetch.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <sim/prng.h>
#include <sim/sim.h>
#include <sim/snapshot.h>
#include <sim/trace.h>

#include "bytes.h"
#include "context.h"
#include "region.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* ---- fibers (fiber.c, schedule.c) --------------------------------------- */

enum sim_fiber_state {
	SIM_FIBER_DEAD,		/* its slot is free */
	SIM_FIBER_RUNNABLE,	/* in the run queue */
	SIM_FIBER_RUNNING,
	SIM_FIBER_BLOCKED,	/* until woken, or its timer */
	SIM_FIBER_SLEEPING,	/* until its timer */
};

struct sim_fiber {
	struct sim_context context;
	struct sim_fiber *next;		/* in the run queue or free list */
	const struct sim_fiber_ops *ops;
	uint64_t who;			/* sim__who(): itself and its op */
	uint64_t weight;		/* in sim->nr_runnable */
	uint8_t state;
	bool gated;			/* ops->may_run has a say */
	bool token;			/* a wake came too early */
	bool woken;			/* why block_until() returned */
	bool daemon;
	uint8_t cpu;			/* whose store buffer; 0: none */
	uint8_t image;
	uint8_t reserved;		/* no holes: the state hash sees them */
	struct sim_event timer;
	struct sim_fiber *live_next;	/* all that are not dead, in the */
	struct sim_fiber *live_prev;	/* order of creation */
	sim_fiber_fn fn;
	void *arg;
	void *user;
	uint32_t stack;			/* index of its stack */
	uint32_t level;			/* SIM_PCT: of its priority */
	char name[24];
};

struct sim_fiber_list {
	struct sim_fiber *first;
	struct sim_fiber *last;
};

/* ---- event queue (wheel.h, event.c) ------------------------------------- */

#define SIM_WHEEL_LEVELS	11
#define SIM_WHEEL_SLOTS		64
#define SIM_WHEEL_FRONT		(SIM_WHEEL_LEVELS * SIM_WHEEL_SLOTS)
#define SIM_FRONT_MAX		8

struct sim_slot {
	struct sim_event *first;
	struct sim_event *last;
};

struct sim_wheel {
	struct sim_slot front;		/* the earliest, sorted */
	uint32_t nr_front;
	uint32_t levels;		/* bit n: level n has events */
	uint32_t nr_busy;		/* events that are not idle */
	uint32_t nr_idle;
	uint64_t sequence;
	uint64_t base_ns;		/* at most now_ns, see wheel.h */
	uint64_t used[SIM_WHEEL_LEVELS];	/* bit n: slot n has events */
	struct sim_slot slot[SIM_WHEEL_LEVELS][SIM_WHEEL_SLOTS];
};

/* ---- decisions (decide.c) ----------------------------------------------- */

struct sim_decision_cell {
	uint32_t count;			/* decisions taken so far */
	uint32_t next_override;		/* 1 + index in the plan, 0: none */
};

/* ---- trace (trace.c) ---------------------------------------------------- */

#define SIM_TRACE_BLOCK		128	/* records: 4 KiB */

/* ---- memory (memory.c, alias.c) ----------------------------------------- */


struct sim_memory {
	struct sim *sim;
	uint64_t first;			/* number of its frame 0 in the world */
	uint64_t nr_frames;
	char name[24];
	uint16_t owner;
	uint16_t reserved[3];		/* no holes: the state hash sees them */
};

/* An active mapping in the alias window. */
struct sim_alias {
	struct sim_alias *next;		/* active, or free of the same size */
	uint32_t page;			/* first page in the window */
	uint32_t count;
	uint32_t capacity_log2;
	uint32_t view;
	uint32_t frames[];		/* numbers in the world */
};

#define SIM_ALIAS_SIZES		20	/* lists of up to 2^19 frames */

/* What a page of the alias window maps; numbers are 1-based, 0 is none. */
struct sim_window_page {
	uint32_t frame:31;		/* mapped here, active or not */
	uint32_t view:1;
	uint32_t next;			/* next active alias of the frame */
};

/* ---- fetches (fetch.c) -------------------------------------------------- */

#define SIM_FETCHES_KEPT	64

struct sim_fetched {
	uint64_t activity;
	const void *site;
	uint64_t frame;			/* of all frames */
	uint32_t offset;
	uint32_t bytes;
	uint32_t op;
	uint32_t nr;			/* in the run */
};

/* ---- the two parts ------------------------------------------------------ */

struct sim_host {
	/* region.c */
	int fd;
	unsigned int region_slot;
	size_t region_bytes;
	size_t heap_end;		/* offsets in the region */
	size_t heap_dirty;		/* never used from here on */
	size_t table_start;
	size_t stacks_start;
	size_t memory_start;
	uint64_t max_frames;
	uint32_t max_fibers;
	uintptr_t shadow_offset;	/* ASan */

	/* schedule.c */
	uint64_t step_limit;
	uint64_t until_ns;
	enum sim_end end;
	void (*found)(void *arg);	/* in place of returning from a run */
	void *found_arg;
	bool running;
	bool from_main;			/* ASan: learn the main stack's bounds */
	struct sim_context main;
	void *main_fake;
	const void *main_low;
	size_t main_bytes;
	void **fake;			/* ASan's fake stack per stack */

	/* decide.c; stream[] caches, valid for op stream_op[] */
	struct sim_plan plan;
	uint64_t stream[SIM_DECISION_KINDS];
	uint32_t stream_op[SIM_DECISION_KINDS];
	struct sim_decision_log *log;
	struct sim_asked_log *asked;
	uint32_t nr_overridden;		/* ops below may have overrides */
	uint64_t fresh_step;		/* the plan's, or UINT64_MAX */

	/* strategy_pct.c: drawn from the plan */
	uint64_t priorities;
	uint32_t change_points[SIM_MAX_DEPTH - 1];
	bool by_priority;		/* the plan's strategy is SIM_PCT */
	bool points_watched;		/* that, or there is a guide */

	/* access.c */
	struct sim_access_reader *access_readers;
	struct sim_access_reader *search_reader;	/* one of them */
	const struct sim_access *access;	/* behind this point, or NULL */
	struct sim_fiber *guided;	/* who the guide wants to go next */
	void *kernel_watch;		/* sim_set_kernel_watch() */

	/* fetch.c */
	struct sim_adversary *adversary;
	const struct sim_fetch_reader *fetch_reader;

	/* trace.c */
	struct sim_trace_reader reader;
	uint32_t trace_slow_at;		/* records in the block */

	/* memory.c: changed since the snapshot `base` was taken or restored */
	uint32_t *changed;
	uint32_t nr_changed;
	uint8_t *is_changed;
	uint64_t base;			/* serial of a snapshot, 0: none */
	uint64_t snapshot_serial;

	/* alias.c */
	struct sim_window_page *window;
	uint32_t *frame_alias;		/* head of a frame's active aliases */
	uint32_t nr_maps;		/* mmap() calls since the last sweep */
	uint64_t aliases_of;		/* the snapshot that has the same; 0: none */

	/* snapshot.c */
	struct sim_range {
		void *start;
		size_t bytes;
	} ranges[8];
	unsigned int nr_ranges;

	/* snapshot_derived.c: for a copy of what is eager */
	char *room;
	size_t room_bytes;
};

struct sim {
	struct sim_host host;

	/* world state from here on */
	uint64_t now_ns __attribute__((aligned(64)));
	uint64_t steps;
	uint64_t events_fired;
	uint64_t switches;
	uint64_t who;			/* acts and is charged now: sim__who() */
	uint64_t resume_who;		/* when an interrupted run goes on */
	uint16_t last_fiber_id;
	bool dead;			/* a finding: restore or free only */
	bool has_finding;

	struct sim_fiber *current;	/* NULL in the run loop */
	struct sim_fiber *interrupted;	/* by the budget, goes on first */
	struct sim_fiber_list run_queue;
	uint64_t nr_runnable;		/* run_queue.h */
	struct sim_fiber_list live;
	struct sim_fiber *free_fibers;
	uint32_t nr_fibers;		/* slots made so far */
	uint32_t nr_memories;

	size_t heap_mark;		/* offset in the region */
	void *user;
	void *kernel;
	struct sim_relaxed *relaxed;	/* relaxed.h; NULL: SC */
	uint64_t nr_frames;		/* of all memories */
	uint64_t nr_veils;		/* veil.c: home addresses covered */
	struct sim_memory **memories;	/* room for a power of two */
	struct sim_alias *aliases;
	struct sim_alias *free_aliases[SIM_ALIAS_SIZES];

	uint64_t trace_hash;		/* of all full blocks */
	uint64_t trace_blocks;
	uint32_t trace_used;		/* records in the block */
	uint32_t bytes_used;		/* SIM_BYTES: of the plan */
	uint32_t bytes_gap;		/* SIM_BYTES: points to pass, 1-based */
	uint32_t points;		/* SIM_PCT, and the three below */
	uint32_t nr_sunk;		/* fibers put below all others */
	uint32_t streak;		/* points since another fiber's */
	uint16_t streak_of;
	uint16_t reserved[3];
	uint32_t failures[SIM_DECISION_KINDS];
	struct sim_trace_record trace[SIM_TRACE_BLOCK]
		__attribute__((aligned(64)));

	struct {
		uint32_t nr;
		bool made;		/* the adversary's change */
		bool undone;
		uint16_t reserved;
		struct sim_fetched kept[SIM_FETCHES_KEPT];	/* by nr */
	} fetch;

	struct sim_wheel wheel;
	struct sim_finding finding;
	uint32_t nr_charged;		/* decide.c: ops below may have counts */
	uint32_t reserved_charged;
	struct sim_decision_cell decisions[SIM_MAX_OPS][SIM_DECISION_KINDS];
};

/*
 * An actor (fiber or event source) and the op it is charged to, as they stand
 * in a trace record behind the 16 bits of `what`.
 */
static inline uint64_t sim__who(uint32_t op, uint16_t actor)
{
	return (uint64_t)op << 32 | (uint32_t)actor << 16;
}

static inline uint32_t sim__op(uint64_t who)
{
	return who >> 32;
}

static inline uint16_t sim__actor(uint64_t who)
{
	return who >> 16;
}

/* ---- region.c ----------------------------------------------------------- */

static inline void *sim__at(const struct sim *sim, size_t offset)
{
	return (char *)(uintptr_t)sim + offset;
}

static inline uintptr_t sim__stack_low(const struct sim *sim, uint32_t stack)
{
	return (uintptr_t)sim__at(sim, sim->host.stacks_start) +
	       stack * (SIM_STACK_BYTES + SIM_GUARD_BYTES) + SIM_GUARD_BYTES;
}

static inline struct sim_frame *sim__frame(const struct sim *sim, uint64_t n)
{
	return (struct sim_frame *)sim__at(sim, sim->host.table_start) + n;
}

static inline char *sim__frame_data(const struct sim *sim, uint64_t n)
{
	return (char *)sim__at(sim, sim->host.memory_start) +
	       (n << SIM_FRAME_SHIFT);
}

/* ---- schedule.c --------------------------------------------------------- */

/* Runs others until the running fiber is dispatched again. */
void sim__schedule(struct sim *sim, struct sim_fiber *self);

/* Leaves the run from inside a fiber, which is not continued. */
void sim__abandon(struct sim *sim) __attribute__((noreturn));

/* A preemption point in front of @access. */
void sim__preempt_access(struct sim *sim, const struct sim_access *access);

/* First code of every fiber. */
void sim__fiber_main(void);

/* The timer of a sleeping or blocked fiber. */
void sim__fiber_timer(struct sim *sim, struct sim_event *event);

/* ---- fiber.c ------------------------------------------------------------ */

/* Gives a dead fiber's slot and stack back. */
void sim__fiber_reap(struct sim *sim, struct sim_fiber *fiber);

/* ---- decide.c ----------------------------------------------------------- */

void sim__decide_init(struct sim *sim);

/* @op may be charged from now on. */
static inline void sim__may_charge(struct sim *sim, uint32_t op)
{
	if (op >= sim->nr_charged)
		sim->nr_charged = op + 1;
}

/* Stream of draws of @kind in the op charged now. */
uint64_t sim__stream(struct sim *sim, enum sim_decision_kind kind);

/*
 * A decision whose values are no range: @draw makes one out of a random number;
 * NULL: it is benign unless it is overridden.
 */
uint32_t sim__decide_drawn(struct sim *sim, enum sim_decision_kind kind,
			   uint32_t (*draw)(uint64_t random, void *arg),
			   void *arg);

/* The decision of a preemption point; counted even if @moot. */
bool sim__decide_preempt(struct sim *sim, bool moot);

/* ---- strategy.c ---------------------------------------------------------- */

/* The plan is set: makes the strategy ready for a run, or for the rest of it. */
void sim__strategy_init(struct sim *sim);
/* SIM_PCT: the running fiber passes a preemption point. */
void sim__pct_pass(struct sim *sim);
uint32_t sim__strategy_pick(struct sim *sim, uint32_t nth, uint32_t n);
uint32_t sim__strategy_preempt(struct sim *sim, uint32_t nth);
/* The running fiber waits for others, which must get their turn. */
void sim__strategy_yield(struct sim *sim);

/* ---- trace.c ------------------------------------------------------------ */

void sim__trace_slow(struct sim *sim, const char *text);

/* Adds a record, in four stores. @text is for readers. */
static inline void sim__trace_text(struct sim *sim, uint16_t what, uint64_t a,
				   uint64_t b, const char *text)
{
	uint32_t used = sim->trace_used;
	struct sim_trace_record *record = &sim->trace[used];
	uint64_t what_who = sim->who | what;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		       "what, actor and op lie in this order");
	record->time_ns = sim->now_ns;
	__builtin_memcpy(&record->what, &what_who, sizeof(what_who));
	record->a = a;
	record->b = b;
	sim->trace_used = used + 1;
	if (unlikely(used >= sim->host.trace_slow_at))
		sim__trace_slow(sim, text);
}

static inline void sim__trace(struct sim *sim, uint16_t what, uint64_t a,
			      uint64_t b)
{
	sim__trace_text(sim, what, a, b, NULL);
}

/* ---- shadow.c: the ASan shadow; no-ops without ASan --------------------- */

#ifdef VTB_ASAN
uintptr_t sim__shadow_offset(void);
#else
static inline uintptr_t sim__shadow_offset(void)
{
	return 0;
}
#endif

static inline uint8_t *sim__shadow(const struct sim *sim, const void *address)
{
	return (uint8_t *)(((uintptr_t)address >> 3) + sim->host.shadow_offset);
}

void sim__shadow_poison(struct sim *sim, uintptr_t start, uintptr_t end,
			uint8_t value);
void sim__shadow_unpoison(struct sim *sim, uintptr_t start, uintptr_t end);

/* Forgets all poison of a large range; page-wise, by a system call. */
void sim__shadow_drop(struct sim *sim, uintptr_t start, size_t bytes);

/* ---- memory.c, alias.c -------------------------------------------------- */

/* A frame has changed in a way that a restore must know of. */
static inline void sim__frame_changed(struct sim *sim, uint64_t n)
{
	struct sim_host *host = &sim->host;

	if (host->is_changed[n])
		return;
	host->is_changed[n] = 1;
	host->changed[host->nr_changed++] = n;
}

/* Forgets which frames have changed. */
void sim__frames_settled(struct sim *sim);

int sim__alias_init(struct sim *sim);
void sim__alias_fini(struct sim *sim);

/*
 * Before and after the world is exchanged for a snapshot's; if no alias has
 * changed since, refresh() does, which only brings their poison up to date.
 */
void sim__alias_suspend(struct sim *sim);
void sim__alias_resume(struct sim *sim);
void sim__alias_refresh(struct sim *sim);

/* Copies the shadow of frame @n to all its aliases. */
void sim__alias_follow(struct sim *sim, uint64_t n);

/* The view that an address in the alias window was mapped in last. */
unsigned int sim__alias_view(const struct sim *sim, const void *address);

/* ---- views (veil.c) ----------------------------------------------------- */

/* Shadow of frame @n as it is where nothing is barred. */
const void *sim__frame_poison(struct sim *sim, uint64_t n);

/* Around changes of the shadow of home addresses. */
void sim__veil_lift(struct sim *sim, uintptr_t start, size_t bytes);
void sim__veil_lower(struct sim *sim, uintptr_t start, size_t bytes);

/* The frame behind an address in an active alias. */
bool sim__alias_to_frame(const struct sim *sim, const void *address,
			 uint64_t *n);

#endif
