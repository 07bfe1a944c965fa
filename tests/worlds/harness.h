/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * harness.h - a migration world over the fake kernel, for tests
 */
#ifndef TESTS_WORLDS_HARNESS_H
#define TESTS_WORLDS_HARNESS_H

#include <sim/decide.h>
#include <worlds/op.h>

#include "../../worlds/migration/migration.h"
#include "fake_kernel.h"

struct harness {
	unsigned int slot;		/* region slot, 0.. as created */
	struct sim *sim;
	struct world *world;
	struct sim_plan plan;
	uint64_t config[MIGRATION_CONFIG];
	int64_t results[SIM_MAX_OPS];
};

/* Two hosts, both with @fault in their kernels; default configuration. */
void harness_init(struct harness *h, enum fake_fault fault);
void harness_init_hosts(struct harness *h, enum fake_fault fault,
			unsigned int nr_hosts);
/* With the build values of @config, which becomes h->config. */
void harness_init_config(struct harness *h, enum fake_fault fault,
			 const uint64_t *config);
void harness_free(struct harness *h);

extern const struct world_type harness_type;

/* A call of the op of that name; missing arguments are 0 or the smallest. */
#define CALL(_name, ...)						\
	make_call(_name, (const uint64_t[OP_MAX_ARGS]){ __VA_ARGS__ })
struct op_call make_call(const char *name, const uint64_t *args);

/* Runs with h->plan and h->config; budget 1,000,000 steps. */
enum sim_end harness_run(struct harness *h, const struct op_call *calls,
			 unsigned int nr);
#define RUN(_h, ...)							\
	harness_run(_h, (const struct op_call[]){ __VA_ARGS__ },	\
		    sizeof((const struct op_call[]){ __VA_ARGS__ }) /	\
		    sizeof(struct op_call))

/* Fails the test unless the run ended well, or with @identity. */
void expect_clean(const struct harness *h, enum sim_end end);
void expect_finding(const struct harness *h, const char *identity);

#endif
