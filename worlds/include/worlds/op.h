/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * op.h - op tables: what a component's author writes
 *
 * An op is one operation an actor can do. A world lists its ops in a table;
 * from the table come the byte format, the text format, help and listings, and
 * the values a mutator prefers. A program is a list of ops with the
 * configuration of the world, the schedule and the faults that go with it
 * (fuzz/program.h).
 */
#ifndef WORLDS_OP_H
#define WORLDS_OP_H

#include <sim/sim.h>

#define OP_MAX_ARGS	6
#define OP_MAX_NAME	16	/* of a resource in text, with its NUL */

enum op_arg_type {
	OP_ARG_INT,		/* first..last, decimal */
	OP_ARG_HEX,		/* first..last, printed in hex */
	OP_ARG_LOG2,		/* value is 1 << n, n in first..last */
	OP_ARG_FLAGS,		/* a set of names[] bits */
	OP_ARG_ENUM,		/* one of names[] */
	OP_ARG_RESOURCE,	/* what an earlier op made, by its key */
};

/*
 * Resources. An op that states what it .produces ("container") makes one when
 * it succeeds; its result is the resource's value: a file descriptor, an id.
 * An argument of type OP_ARG_RESOURCE refers to such an op. The handler gets
 * the value, or OP_NO_RESOURCE if the argument is `none`. If the op failed, or has
 * not ended, it gets what its process made last of that kind: a program should
 * not come to nothing because something went wrong at its beginning. A resource
 * that was consumed keeps its value: user space may try a closed descriptor, too.
 * Who made it owns it: programs now and then name a resource of another actor.
 */
#define OP_NO_RESOURCE	UINT64_MAX	/* as an int it is -1 */

#define OP_RESOURCE(_name, _kind, _help)				\
	{ .name = _name, .help = _help, .type = OP_ARG_RESOURCE,	\
	  .resource = _kind, .bytes = 2 }
/* The same; the op ends the resource if it succeeds. */
#define OP_CONSUMED(_name, _kind, _help)				\
	{ .name = _name, .help = _help, .type = OP_ARG_RESOURCE,	\
	  .resource = _kind, .consumes = true, .bytes = 2 }

/*
 * One argument. Bytes are mapped into [first, last], so every input is valid.
 * @border lists values worth trying (page edges, off by one), 0-terminated
 * pairs are not needed: @nr_border counts them.
 */
struct op_arg {
	const char *name;
	const char *help;
	enum op_arg_type type;
	uint8_t bytes;			/* width in the byte format: 1, 2, 4, 8 */
	uint64_t first;
	uint64_t last;
	const char *const *names;	/* FLAGS, ENUM; NULL-terminated */
	const uint64_t *border;
	unsigned int nr_border;
	const char *resource;		/* RESOURCE: its kind */
	bool consumes;			/* RESOURCE: success ends it */
};

/*
 * Arguments. What follows the named parts are values worth trying, the first
 * one the default; of an OP_LOG2 they are values, too: 4096, not 12.
 */
#define OP_VALUES(...)							\
	(const uint64_t[]){ __VA_ARGS__ },				\
	sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)
#define OP_NAMES(...)	(const char *const[]){ __VA_ARGS__, NULL }

#define OP_INT(_name, _help, _bytes, _first, _last, ...)		\
	{ _name, _help, OP_ARG_INT, _bytes, _first, _last, NULL,	\
	  OP_VALUES(__VA_ARGS__) }
#define OP_HEX(_name, _help, _bytes, _first, _last, ...)		\
	{ _name, _help, OP_ARG_HEX, _bytes, _first, _last, NULL,	\
	  OP_VALUES(__VA_ARGS__) }
#define OP_LOG2(_name, _help, _first, _last, ...)			\
	{ _name, _help, OP_ARG_LOG2, 1, _first, _last, NULL,		\
	  OP_VALUES(__VA_ARGS__) }
/*
 * One of @_names, OP_NAMES(...); mostly one of @_likely, OP_VALUES(...), which counts
 * them from 0.
 */
#define OP_MOSTLY(_name, _help, _names, _likely)			\
	{ .name = _name, .help = _help, .type = OP_ARG_ENUM,		\
	  .bytes = 1, .names = _names, .border = _likely }
/* One of the names that follow. */
#define OP_ENUM(_name, _help, ...)					\
	{ .name = _name, .help = _help, .type = OP_ARG_ENUM,		\
	  .bytes = 1, .names = OP_NAMES(__VA_ARGS__) }

struct world;
struct world_capture;
struct world_reporter;

/* Result of an op: 0 or positive on success, negative errno. */
typedef int64_t (*op_run_fn)(struct world *world, const uint64_t *args);

struct op {
	const char *name;		/* "log_report" */
	const char *help;		/* one line */
	unsigned int actor;		/* index into world_type.actors */
	struct op_arg args[OP_MAX_ARGS];
	unsigned int nr_args;			/* RESOURCE ones come first */
	const char *produces;		/* kind of resource; NULL: none */
	const char *after;		/* kind of which one has to be there for
					 * it to do anything, though it has no
					 * argument that says so; NULL: none */
	const char *may_leave;		/* after an error; NULL: nothing */
	const char *no_contract;	/* results that may differ between
					 * implementations; NULL: none */
	bool abuse;			/* only in profile `abuse` */
	const char *standalone;		/* its function in world_type.standalone;
					 * NULL: no process could do it alone */
	unsigned int weight;		/* how often random programs have it,
					 * beside others; 0 is 1 */
	const struct op *of_part;	/* parts.h: the row it stands for */
	op_run_fn run;
};

/*
 * One op of a standing prefix: what most programs had better begin with (connect,
 * negotiate, attach), since little happens before. The n-th has key n; what it
 * refers to has a lower one.
 */
struct op_standing {
	const char *op;			/* NULL ends the list */
	uint64_t args[OP_MAX_ARGS];
};

/*
 * A kind of world. build() makes it in a fresh sim up to the point where
 * programs start (its result is snapshotted); the op list is then run by the
 * actors; finish() judges the end of a run.
 */
struct world_type {
	const char *name;
	const char *help;
	const char *const *actors;	/* NULL-terminated names */
	/* Of each actor, a number that is the same for those that share what
	 * they make (threads of a process); NULL: none do. */
	const uint8_t *process;
	const struct op *ops;
	unsigned int nr_ops;
	const struct op_standing *standing;	/* NULL: none */
	const struct op_arg *config;	/* of the world itself */
	unsigned int nr_config;
	/* Index of the configuration values that shape build() (memory sizes);
	 * worlds with equal values share a snapshot. Others are set by
	 * configure() on the restored world. */
	unsigned int nr_build_config;
	struct world *(*build)(struct sim *sim, const uint64_t *config);
	void (*configure)(struct world *world, const uint64_t *config);
	void (*finish)(struct world *world, enum sim_end end);
	/* After that, however the run has ended: memory that was written and
	 * that nobody has been told about (sim_frames_touch()). */
	void (*settle)(struct world *world);
	/* What it has measured, after a run (worlds/figures.h); may be NULL. */
	void (*report)(struct world *world, const struct world_reporter *to);
	void (*free)(struct world *world);	/* what lies outside the sim */
	uint64_t step_budget;			/* of a run; 0: the usual */
	/* Capacities of the sim it is built in; NULL: the usual. With more fibers
	 * than that nobody watches for data races (sim/race.h). */
	const struct sim_options *needs;
	/* Who may be the adversary of programs that engines make: a set of enum
	 * sim_power. 0: another thread of the process. */
	uint32_t adversary;
	/*
	 * C text for programs that run on a real kernel, or NULL: begin(argc,
	 * argv), and for each op with .standalone a function that takes its
	 * arguments as uint64_t and returns a long, -1 with errno on error.
	 * Configuration values are macros, CONFIG_RAM_PAGES. <errno.h>,
	 * <stdint.h>, <stdio.h> and <string.h> are there.
	 */
	const char *standalone;
};

/* One op of a program, decoded. */
struct op_call {
	const struct op *op;
	uint32_t key;			/* stable name, see sim_plan.op_keys */
	uint64_t args[OP_MAX_ARGS];	/* RESOURCE: key of its op, 0 is none */
	char name[OP_MAX_NAME];		/* of what it makes, in text; "": kind
					 * and key, "container4" */
};

/*
 * Runs @nr calls in @world, then lets the type's finish() judge the end. Slot
 * i+1 of the plan is call i. An op is traced with its result. @results may be
 * NULL or have @nr entries; an op that did not come to its end has -ECANCELED.
 *
 * Ops begin in program order: an actor's next op waits until all ops before it
 * in the program have begun. They overlap where an op blocks, sleeps or is
 * preempted. So a program reads as a timeline, and runs as one where nothing
 * blocks and nothing is preempted.
 */
enum sim_end world_run(struct world *world, const struct op_call *calls,
		       unsigned int nr, const struct sim_run_options *limits,
		       int64_t *results);

/*
 * The same in parts: world_begin(), then world_go_on() to where call @until is about
 * to begin (SIM_END_PAUSED; nothing of it has been looked at but its actor), and
 * world_go_on() again, UINT32_MAX for the rest. In between the program may become
 * another one that is the same so far, with the same results.
 */
struct world_program {
	const struct op_call *calls;
	unsigned int nr_calls;
	int64_t *results;
};

void world_begin(struct world *world, const struct world_program *program);
enum sim_end world_go_on(struct world *world,
			 const struct world_program *program,
			 const struct sim_run_options *limits, uint32_t until);

/* First member of every world. */
struct world {
	const struct world_type *type;
	struct sim *sim;
	/* Who looks at frames; NULL: nobody. Set for a run by who runs it. */
	const struct world_capture *capture;
	const struct op_call *calls;	/* private to world.c from here */
	unsigned int nr_calls;
	int64_t *results;
	unsigned int *running;		/* per actor: slot of its op, or 0 */
	unsigned int started;		/* calls that have begun */
	uint64_t began_ns;		/* when the program did */
	uint64_t *made;			/* per call: value of its resource; NULL
					 * where no op makes any */
	op_run_fn *errand;		/* per actor: see world_call() */
	unsigned int nr_actors;
	uint32_t pause_at;		/* call, see world_go_on() */
	unsigned int held;		/* no op begins, see world_hold() */
	uint32_t in_turn;		/* actors, see world_take_turns() */
	struct world *whole;		/* that it is a part of, or itself */
	unsigned int first;		/* its first actor there */
	struct world **part_of;		/* per actor; NULL: has no parts */
	struct op_call *part_calls;	/* the same calls with rows of parts */
	struct sim_fiber **actor;	/* created by build(), in actor order */
};

/*
 * Prepares the private members; build() calls it first. It fills actor[] in
 * itself as it creates the fibers.
 */
void world_init(struct world *world, const struct world_type *type,
		struct sim *sim);

/*
 * @part, which has been built, becomes a part of @whole: its actors are those from
 * @first on there, and run what whole's programs have for them. Each goes on to use
 * its own struct world, its own numbers of actors and rows of its own table. For
 * worlds/parts.h.
 */
void world_join(struct world *whole, struct world *part, unsigned int first);

/*
 * Who does it makes no difference for a finding: "other_map" of a second thread is
 * "map" as a place.
 */
const char *world_op_place(const char *op);

/* Place that plan slot @slot is ("world" for slot 0), and its op's key. */
const char *world_op_name(const struct world *world, uint32_t slot);
uint32_t world_op_key(const struct world *world, uint32_t slot);

/* Virtual time since the program began. */
uint64_t world_time_ns(const struct world *world);

/*
 * The loop of an actor's fiber: takes the actor's next op, runs it, until none
 * is left. Actors are created daemon by build() and call this; a running
 * program wakes them.
 */
void world_actor_main(struct world *world, unsigned int actor);

/*
 * For finish(): has @fn(world, NULL) run by @actor's fiber in the next
 * sim_run(), on behalf of the world (slot 0).
 */
void world_call(struct world *world, unsigned int actor, op_run_fn fn);

/*
 * For an op that replaces the fibers of other actors (a machine that begins
 * again): from hold() on no op begins; those that run go on. After release()
 * the actors' new fibers do.
 */
void world_hold(struct world *world);
void world_release(struct world *world);

/*
 * For an op that is to meet no other: runs @fn when those before it have ended,
 * within reason, and none behind it begins before it has ended.
 */
int64_t world_alone(struct world *world, op_run_fn fn, const uint64_t *args);

/*
 * Ops of these actors (a bit each) do not overlap: each lets those before it end,
 * within reason. For configure(), where an oracle can say more about calls that
 * come one after the other, and which they do is a choice of the program.
 */
void world_take_turns(struct world *world, uint32_t actors);

/* All world types of this executable, NULL-terminated. */
extern const struct world_type *const world_types[];

#endif
