/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture.h - what the tests of the core share
 *
 * Fibers only record; the test function compares after the run. An assertion
 * that fails inside a fiber would jump between stacks.
 */
#ifndef TESTS_SIM_FIXTURE_H
#define TESTS_SIM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/decide.h>
#include <sim/event.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/memory.h>
#include <sim/prng.h>
#include <sim/sim.h>
#include <sim/snapshot.h>
#include <sim/trace.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A world of default size in region slot @slot; never NULL. */
struct sim *world_new(unsigned int slot);

/* Runs without limits. */
enum sim_end run(struct sim *sim);

/* Runs for @steps steps. */
enum sim_end run_steps(struct sim *sim, uint64_t steps);

/* A fiber of default options. */
struct sim_fiber *spawn(struct sim *sim, const char *name, sim_fiber_fn fn,
			void *arg);

/* Gives @sim a plan with one strategy and seed and nothing else. */
void set_strategy(struct sim *sim, enum sim_strategy strategy, uint64_t seed);

/*
 * Runs @fn in a forked child, with its standard error in @text. The child must
 * make its own world: a region is shared with the parent. Returns the child's
 * exit code, or 128 + the signal that killed it.
 */
int in_child(void (*fn)(void), char *text, size_t size);

#endif
