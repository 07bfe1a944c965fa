/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resource.h - resources of programs (private to fuzz/)
 */
#ifndef FUZZ_RESOURCE_H
#define FUZZ_RESOURCE_H

#include <fuzz/program.h>

/* What stands in text for no resource; no resource has that name. */
#define PROGRAM_NO_RESOURCE	"none"

/* The name of what @call makes, as text has it. */
void program_resource_name(const struct op_call *call,
			   char name[PROGRAM_MAX_WORD]);

/* Is that its name? */
bool program_is_called(const struct op_call *call, const char *name);

/* May it have the name it has? (Whether it is unique is another matter.) */
bool program_name_is_good(const struct op_call *call);

/* Binds broken references anew and drops names that cannot be. */
void program_normalise_resources(struct program *program);

/* A reference for argument @n of an @op that is to stand at @at; 0: none. */
uint32_t program_random_reference(const struct program *program, uint32_t at,
				  const struct op *op, unsigned int n,
				  struct sim_prng *prng);

/* How often random programs have @op, beside others; 0: never. */
unsigned int program_op_weight(const struct program *program,
			       const struct op *op);

/*
 * @op, or mostly, if what it uses has not been made before @at, an op that
 * makes it.
 */
const struct op *program_op_in_reach(const struct program *program,
				     uint32_t at, const struct op *op,
				     struct sim_prng *prng);

#endif
