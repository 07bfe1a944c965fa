/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_world.h - worlds of kernel instances for the unit tests
 */
#ifndef EXEC_WORLD_H
#define EXEC_WORLD_H

#include <kernel/instance.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <sim/sim.h>

#define EXEC_FRAMES	256

/* A world with one booted instance per machine. */
struct exec_world {
	struct sim *sim;
	struct kernel_instance *kernel[2];
};

struct exec_world *exec_world_new(unsigned int nr_kernels,
				  unsigned int nr_cpus);
void exec_world_free(struct exec_world *world);

/* How the scheduler decides from now on; seed 0: round robin. */
void exec_strategy(struct exec_world *world, uint64_t seed);

/*
 * Starts a user thread of kernel @nr that calls @fn once, in the kernel. It
 * runs at the next exec_run(). At most 32 at a time.
 */
void exec_start(struct exec_world *world, unsigned int nr, void (*fn)(void));
void exec_start_int(struct exec_world *world, unsigned int nr,
		    void (*fn)(long arg), long arg);
enum sim_end exec_run(struct exec_world *world);

/* start and run; the world must be quiet without finding afterwards. */
void exec_call(struct exec_world *world, unsigned int nr, void (*fn)(void));
/* The same for a function with a result. */
int exec_int(struct exec_world *world, unsigned int nr, int (*fn)(void));

/* Runs; the world must end in a finding of this identity. */
void exec_expect(struct exec_world *world, const char *identity);

/* Text that was logged since the world was made, lines end in '\n'. */
const char *exec_log(void);

#endif
