/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A migration world over the fake kernel.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "harness.h"

const struct world_type harness_type = {
	.name = "iova_bitmap",
	.help = "the migration world over a fake kernel",
	.actors = migration_actors,
	.ops = migration_ops,
	.nr_ops = MIGRATION_NR_OPS,
	.config = migration_config_args,
	.nr_config = MIGRATION_CONFIG,
	.nr_build_config = CONFIG_BUILD,
	.configure = migration_configure,
	.finish = migration_finish,
};

/* Region slots in use: several worlds may exist at a time. */
static bool slot_used[8];

static unsigned int take_slot(void)
{
	unsigned int slot = 0;

	while (slot_used[slot])
		slot++;
	assert_true(slot < 8);
	slot_used[slot] = true;
	return slot;
}

void harness_init_config(struct harness *h, enum fake_fault fault,
			 const uint64_t *config)
{
	struct sim_options options = { 0 };

	memset(h, 0, sizeof(*h));
	memcpy(h->config, config, sizeof(h->config));
	h->slot = options.region_slot = take_slot();
	h->sim = sim_new(&options);
	assert_non_null(h->sim);
	fake_kernel_set_fault(fault);
	h->world = migration_build(&harness_type, &fake_backend, h->sim,
				   h->config);
}

void harness_init_hosts(struct harness *h, enum fake_fault fault,
			unsigned int nr_hosts)
{
	const uint64_t config[MIGRATION_CONFIG] = {
		[CONFIG_RAM_PAGES] = 16,
		[CONFIG_HOSTS] = nr_hosts,
		[CONFIG_THRESHOLD] = 4,
		[CONFIG_LATENCY] = 20000,
		[CONFIG_BANDWIDTH] = 1000,
	};

	harness_init_config(h, fault, config);
}

void harness_init(struct harness *h, enum fake_fault fault)
{
	harness_init_hosts(h, fault, MIGRATION_HOSTS);
}

void harness_free(struct harness *h)
{
	sim_free(h->sim);
	slot_used[h->slot] = false;
}

struct op_call make_call(const char *name, const uint64_t *args)
{
	struct op_call call = { .op = NULL };
	unsigned int i;

	for (i = 0; i < MIGRATION_NR_OPS; i++)
		if (!strcmp(migration_ops[i].name, name))
			call.op = &migration_ops[i];
	if (!call.op)
		fail_msg("no op '%s'", name);
	memcpy(call.args, args, sizeof(call.args));
	return call;
}

enum sim_end harness_run(struct harness *h, const struct op_call *calls,
			 unsigned int nr)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };

	migration_configure(h->world, h->config);
	sim_set_plan(h->sim, &h->plan);
	return world_run(h->world, calls, nr, &limits, h->results);
}

void expect_clean(const struct harness *h, enum sim_end end)
{
	const struct sim_finding *finding = sim_finding_get(h->sim);
	char identity[256];

	if (finding) {
		sim_finding_identity(finding, identity, sizeof(identity));
		fail_msg("%s: %s (%s)", identity, finding->what, finding->why);
	}
	assert_int_equal(end, SIM_END_QUIESCENT);
}

void expect_finding(const struct harness *h, const char *expected)
{
	const struct sim_finding *finding = sim_finding_get(h->sim);
	char identity[256] = "no finding";

	if (finding)
		sim_finding_identity(finding, identity, sizeof(identity));
	assert_string_equal(identity, expected);
}
