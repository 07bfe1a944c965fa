/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - one input of a world, in its three forms
 *
 * A program says everything about one run: the kind of world and its
 * configuration, who runs when, which calls fail, what every actor does, and
 * what is expected of it. Everything about it comes from the op table of its
 * world (worlds/op.h); nothing here knows a component.
 *
 *   bytes   what fuzzers mutate and findings are saved as      program_bytes.c
 *   text    .scn, for people and git              program_print.c, _parse.c
 *   PRNG    random programs near the border of what is valid  program_random.c
 *
 * Bytes -> text -> bytes is the identity, and so is the other way round up to
 * white space and order of lines.
 *
 * A *normal* program obeys: every value lies in its table's range; keys are
 * 1..65535 and unique; a reference to a resource is 0 or the key of an op that
 * stands before and makes that kind; names of resources are words and unique;
 * changes between fetches come with an adversary;
 * overrides are sorted by (position of their op, kind, nth) without duplicates,
 * name ops that exist, and go by the key of the op (0: the world's own). Only
 * normal programs are printed, encoded and run; program_normalise() makes one
 * out of anything.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdio.h>

#include <sim/decide.h>
#include <sim/fetch.h>
#include <sim/prng.h>
#include <worlds/op.h>

#define PROGRAM_VERSION		1
#define PROGRAM_MAX_CALLS	(SIM_MAX_OPS - 1)
#define PROGRAM_MAX_CONFIG	12
#define PROGRAM_MAX_OVERRIDES	2048
#define PROGRAM_MAX_BYTES	4096
#define PROGRAM_MAX_FILE	(64u << 10)
#define PROGRAM_MAX_KEY		65535u
#define PROGRAM_MAX_EXPECT	208	/* four finding words and separators */
#define PROGRAM_MAX_WORD	64
#define PROGRAM_MAX_EXPECT_IN	1024
#define PROGRAM_MAX_COMMENT	2048
#define PROGRAM_MAX_SWITCHES	4096
#define PROGRAM_MAX_MUTANT	160

#define PROGRAM_MAX_POWERS	((1u << SIM_POWERS) - 1)

/* Kinds of decision that are fault points; they have a chance to fail. */
#define PROGRAM_FIRST_FAULT	SIM_DECIDE_FAIL_ALLOC
#define PROGRAM_LAST_FAULT	SIM_DECIDE_FAIL_IO
#define PROGRAM_NR_FAULTS	(PROGRAM_LAST_FAULT - PROGRAM_FIRST_FAULT + 1)

struct program_override {
	uint32_t key;		/* of the op; 0 is the world */
	uint32_t kind;		/* enum sim_decision_kind */
	uint32_t nth;		/* 0 is the first; text counts from 1 */
	uint32_t value;
};

/*
 * About 60 KiB: keep it static or on the heap, not on a stack. Members past
 * the counts are undefined, so making one does not clear it.
 */
struct program {
	const struct world_type *type;
	uint64_t config[PROGRAM_MAX_CONFIG];
	bool abuse;			/* profile `abuse` instead of `contract` */
	uint64_t seed;
	enum sim_strategy strategy;
	enum sim_memory_model memory;	/* SC where there are no hooks */
	char mutant[PROGRAM_MAX_MUTANT];	/* site that is ignored, or "" */
	uint32_t preempt_den;		/* at most 65535 */
	uint32_t depth;			/* SIM_PCT, else 0 */
	uint32_t steps;			/* the same */
	uint32_t fault_num[PROGRAM_NR_FAULTS];	/* of 65536, at most 65535 */
	uint32_t adversary;		/* what he may be: enum sim_power */
	uint32_t adversary_num;		/* of 65536: a change between fetches */
	char expect[PROGRAM_MAX_EXPECT];	/* "": nothing said; "clean";
						 * else an identity */
	char expect_in[PROGRAM_MAX_EXPECT_IN];	/* where it differs: lines of
						 * "IMPLEMENTATION IDENTITY" */
	char implementation[PROGRAM_MAX_WORD];	/* that ran it; may be "" */
	char build[PROGRAM_MAX_WORD];		/* that ran it; may be "" */
	char comment[PROGRAM_MAX_COMMENT];	/* "# ...\n" lines at the head */
	/*
	 * Switches by name (switches.h), as they are printed: lines "switch to
	 * ACTOR at FUNCTION visit N in op KEY", or "access N". Meta data to a
	 * fuzzer, like the comment.
	 */
	char switches[PROGRAM_MAX_SWITCHES];
	uint32_t nr_calls;
	uint32_t nr_overrides;
	uint32_t nr_bytes;
	struct op_call calls[PROGRAM_MAX_CALLS];
	struct program_override overrides[PROGRAM_MAX_OVERRIDES];
	uint8_t bytes[PROGRAM_MAX_BYTES];	/* schedule of SIM_BYTES */
};

/* The empty program of @type: default configuration, round robin, no faults. */
void program_init(struct program *program, const struct world_type *type);

/* Makes @program normal, changing as little as possible. */
void program_normalise(struct program *program);

/* Equal in everything that is printed. Both must be normal. */
bool program_equal(const struct program *a, const struct program *b);

/* The row of that name, or NULL. */
const struct op *program_op_called(const struct world_type *type,
				   const char *name);

/* Ops of the world's standing prefix if @program begins with it, else 0. */
uint32_t program_standing(const struct program *program);

/*
 * What is expected of a run in @implementation, in @text: "clean" if nothing
 * is said.
 */
void program_expectation(const struct program *program,
			 const char *implementation,
			 char text[PROGRAM_MAX_EXPECT]);

/*
 * A configuration value nobody named: the first border value of its row, or
 * its smallest value.
 */
uint64_t program_config_default(const struct op_arg *row);

/* -- arguments as their table rows describe them -- */

/* Highest raw value: bytes hold 0..span, mapped to the row's values. */
uint64_t program_arg_span(const struct op_arg *row);
uint64_t program_arg_from_raw(const struct op_arg *row, uint64_t raw);
uint64_t program_arg_to_raw(const struct op_arg *row, uint64_t value);
bool program_arg_valid(const struct op_arg *row, uint64_t value);

/* A word of the text form: letters, digits, _ and -, no digit in front. */
bool program_is_word(const char *text);

/* "function:kind:ordinal" as far as can be said without the code. */
bool program_is_mutant(const char *text);

/*
 * Position of the call that makes what argument @n (a RESOURCE) of the call at
 * @at refers to, or -ENOENT.
 */
int program_producer(const struct program *program, uint32_t at,
		     unsigned int n);

/*
 * Checks an op table: widths hold the spans, names are there, limits are kept.
 * Returns 0, or -EINVAL and a text that names the row.
 */
int program_check_type(const struct world_type *type, char *error,
		       size_t size);

/* Type of that name, or NULL. @types is NULL-terminated as world_types. */
const struct world_type *
program_find_type(const struct world_type *const *types, const char *name);

/* Names as the byte format stores them. */
uint32_t program_world_hash(const char *name);
uint32_t program_table_hash(const struct world_type *type);

/* -- bytes -- */

#define PROGRAM_MAGIC		"VTB"

/*
 * Any bytes are a program: missing fields are 0, numbers out of range are
 * reduced, excess is ignored, data without the magic is a list of ops for
 * types[0]. Comments, expectation and origin are not read.
 */
void program_decode(struct program *program,
		    const struct world_type *const *types,
		    const uint8_t *data, size_t size);

/*
 * For files: takes only what program_encode() writes. On error -EINVAL, and
 * @error (of @error_size) says "NAME: offset N: what was expected".
 */
int program_decode_strict(struct program *program,
			  const struct world_type *const *types,
			  const char *name, const uint8_t *data, size_t size,
			  char *error, size_t error_size);

/*
 * Canonical bytes of a normal program. @with_meta adds expectation, origin and
 * comment. Returns the length, or 0 if it is more than @size.
 */
size_t program_encode(const struct program *program, bool with_meta,
		      uint8_t *data, size_t size);

/* -- text -- */

/* As text; returns the length like snprintf(). */
size_t program_print(const struct program *program, char *text, size_t size);

/* One op of @program as it is printed, without its key:
 * "vmm: log_report(iova=0x0)". */
size_t program_print_call(const struct program *program,
			  const struct op_call *call, char *text, size_t size);

/* One override as it is printed, e.g. "fail alloc 2 in op 4". */
size_t program_print_override(const struct program_override *override,
			      char *text, size_t size);

/*
 * Parses text. On error -EINVAL, and @error says "NAME:LINE:COLUMN: what was
 * wrong and what was expected".
 */
int program_parse(struct program *program,
		  const struct world_type *const *types, const char *name,
		  const char *text, size_t size, char *error,
		  size_t error_size);

/* -- C -- */

/*
 * Writes a C program that does on a real kernel what @program says; @name says
 * where it comes from. -EINVAL if an op cannot be done there, -EIO.
 */
int program_print_c(FILE *out, const struct program *program,
		    const char *name);

/* Position of the first op, from @from on, that cannot; or -ENOENT. */
int program_not_standalone(const struct program *program, uint32_t from);

/* -- switches by name -- */

struct program_switch {
	char actor[32];			/* that goes on */
	char function[80];		/* where the other one stands */
	bool access;			/* counts accesses, else visits */
	uint32_t nth;			/* from 1 */
	uint32_t key;			/* of the op; 0 is the world */
};

/* One line with its newline; returns the length like snprintf(). */
size_t program_print_switch(const struct program_switch *s, char *text,
			    size_t size);

/* Reads a line of program.switches. The next one, or NULL if it is wrong. */
const char *program_next_switch(const char *line, struct program_switch *s);
bool program_switches_valid(const char *lines);

/* -- files -- */

/*
 * Reads a file in either form, strictly. -EINVAL for bad content, another
 * negative errno if it cannot be read; @error says which file and why.
 */
int program_load(struct program *program,
		 const struct world_type *const *types, const char *path,
		 char *error, size_t error_size);

/* What can be said about a file without any op table (program_peek.c). */
struct program_peek {
	bool text;
	uint32_t world_hash;
	char world[PROGRAM_MAX_WORD];		/* text only, else "" */
	char implementation[PROGRAM_MAX_WORD];	/* "" if not recorded */
	char build[PROGRAM_MAX_WORD];
	char expect[PROGRAM_MAX_EXPECT];
};
int program_peek(struct program_peek *peek, const char *path, char *error,
		 size_t error_size);

/* Whole file into @data; -EFBIG if it has more than @size bytes. */
int program_read_file(const char *path, uint8_t *data, size_t size,
		      size_t *length);

/* -- PRNG -- */

struct program_random_options {
	unsigned int max_calls;		/* 0: 32 */
	bool abuse;
	bool no_faults;			/* neither chances nor failing calls */
};
void program_random(struct program *program, const struct world_type *type,
		    struct sim_prng *prng,
		    const struct program_random_options *options);

/* A value of @row, preferring its borders; no resource is 0. */
uint64_t program_random_arg(const struct op_arg *row, struct sim_prng *prng);
/* A memory model; in builds without hooks at all accesses always SC. */
enum sim_memory_model program_random_memory(struct sim_prng *prng);
/* A call that is to stand at position @at, behind those that there are. */
void program_random_call(struct program *program, uint32_t at,
			 struct op_call *call, struct sim_prng *prng);
/* Are these ops of two threads of one process? */
bool program_is_other_thread(const struct program *program,
			     const struct op *op, const struct op *other);
/* One of another thread of the process that the call before @at is of, if any. */
bool program_random_call_beside(struct program *program, uint32_t at,
				struct op_call *call, struct sim_prng *prng);
/* Somebody goes on somewhere in the call at @at. */
void program_random_switch(const struct program *program, uint32_t at,
			   struct program_override *override,
			   struct sim_prng *prng);
/* Of @call's arguments the one named as @row, if @row could have its value. */
const uint64_t *program_value_like(const struct op_call *call,
				   const struct op_arg *row);
/* Mostly gives @call's arguments the values that @model has under their names. */
void program_take_after(struct op_call *call, const struct op_call *model,
			struct sim_prng *prng);
void program_random_override(struct program *program,
			     struct program_override *override,
			     struct sim_prng *prng);

/* One to four small changes; the result is normal. */
void program_mutate(struct program *program, struct sim_prng *prng);

/* @program becomes a mix of itself and @other (same world); it is normal. */
void program_cross(struct program *program, const struct program *other,
		   struct sim_prng *prng);

/* -- running -- */

/* A plan needs slots where a program has keys. */
struct program_plan {
	struct sim_plan plan;
	uint32_t keys[SIM_MAX_OPS];
	struct sim_override overrides[PROGRAM_MAX_OVERRIDES];
};

/* @plan points into itself and into @program. */
void program_make_plan(const struct program *program,
		       struct program_plan *plan);

/* Slot of an op in plans (its position plus one; 0 for key 0), or -ENOENT. */
int program_slot(const struct program *program, uint32_t key);

/* Who the adversary of a program that nobody has written may be. */
static inline uint32_t program_adversary(const struct world_type *type)
{
	return type->adversary ? type->adversary : SIM_POWER_USER;
}

#endif
