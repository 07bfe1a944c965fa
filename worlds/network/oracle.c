/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - frames, protocol and memory of two guests
 *
 * wrong-frame: a frame of a flow arrives once, after those that were sent before
 * it, and unchanged. lost-frame: at rest, whatever has not arrived somebody on
 * the way says to have dropped. Assumption: no guest was closed or reset with
 * frames on the way, and allocations succeed.
 *
 * no-answer: the server answers what it is asked. Assumptions: as above, and
 * nothing was dropped meanwhile, the wire is as it was, and no host was busy.
 *
 * protocol: a host sees a rule broken. freed-shared: memory that a host may use
 * is freed. teardown, leak: when the drivers are gone there is nothing left, at
 * the hosts and in the guests. hang: ops come to an end.
 */
#include <stdio.h>
#include <string.h>

#include <kernel/instance.h>
#include <models/machine.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <worlds/raise.h>

#include "network.h"

static void raise_finding(struct network_world *w, const char *oracle,
			  const char *object, const char *what, const char *why)
{
	const struct world_finding finding = {
		.oracle = oracle,
		.object = object,
		.place = { world_op_name(&w->world, sim_op(w->world.sim)) },
		.what = what,
		.why = why,
	};

	world_raise(&w->world, &finding);
}

void oracle_violation(void *arg, const char *rule, const char *why)
{
	struct side *side = arg;

	raise_finding(side->w, "protocol", rule, "a guest breaks the protocol",
		      why);
}

void oracle_freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site)
{
	const struct side *side = machine_user(machine);
	const char *what;

	if (!side->hypervisor ||
	    !vmbus_polled_owns(side->hypervisor, phys, bytes, &what))
		return;
	vtb_finding("freed-shared", what, site, NULL,
		    "memory is freed that the host may use", "");
}

/* -- frames --------------------------------------------------------------- */

static bool may_lose(const struct network_world *w)
{
	return w->side[0].lossy || w->side[1].lossy ||
	       sim_failures(w->world.sim, SIM_DECIDE_FAIL_ALLOC);
}

void oracle_flow(struct side *side, enum net_flow_verdict verdict,
		 const struct net_flow *head)
{
	const struct net_flow_taken *taken = head->flow == NR_SIDES ?
		&side->from_load : &side->from_other;
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "frame %u of flow %u, and %u is next",
		 head->number, head->flow, taken->next);
	raise_finding(side->w, "wrong-frame", side->number ? "second" : "first",
		      verdict == NET_FLOW_CHANGED ?
		      "a frame arrives changed" :
		      "a frame arrives twice, or behind later ones", why);
}

static uint64_t switch_drops(const struct side *side)
{
	struct net_switch_counts counts;
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < NR_PORTS; i++) {
		net_switch_counts(side->sw, i, &counts);
		sum += counts.dropped;
		/* A wire says itself what it has not taken. */
		if (i != PORT_WIRE)
			sum += counts.refused;
	}
	return sum;
}

uint64_t network_drops(struct network_world *w)
{
	struct vtb_firmware_state state;
	struct net_wire_counts wire;
	struct net_peer_counts server;
	uint64_t sum;
	unsigned int i;

	net_peer_counts(w->server, &server);
	sum = server.lost + server.bad;
	for (i = 0; i < NR_SIDES; i++) {
		net_wire_counts(w->wire, i, &wire);
		sum += wire.lost + wire.dropped + switch_drops(&w->side[i]);
		sum += w->side[i].tx_bad + w->side[i].rx_bad;
		/* What there is no memory for the driver drops unsaid. */
		if (guest_state(&w->side[i], &state))
			sum += state.tx_bad + state.rx_bad + state.no_memory;
	}
	return sum;
}

void oracle_no_answer(struct side *side, const char *what, uint64_t drops)
{
	struct network_world *w = side->w;
	struct vtb_firmware_state state;

	if (may_lose(w) || w->slow || network_drops(w) != drops ||
	    !guest_state(side, &state) || !state.open)
		return;
	raise_finding(w, "no-answer", what,
		      "the server has not answered, or wrongly",
		      "nobody on the way has dropped anything");
}

static void judge_flows(struct network_world *w)
{
	const struct side *first = &w->side[0], *second = &w->side[1];
	uint64_t sent = (uint64_t)first->flow_sent + second->flow_sent +
			net_load_sent(w->load);
	uint64_t arrived = first->from_other.frames +
			   first->from_load.frames +
			   second->from_other.frames +
			   second->from_load.frames;
	uint64_t drops = network_drops(w);
	char why[SIM_FINDING_TEXT];

	if (may_lose(w) || sent <= arrived + drops)
		return;
	snprintf(why, sizeof(why), "%llu of %llu have arrived, and %llu been dropped",
		 (unsigned long long)arrived, (unsigned long long)sent,
		 (unsigned long long)drops);
	raise_finding(w, "lost-frame", "flow",
		      "frames are missing that nobody has dropped", why);
}

/* -- at rest -------------------------------------------------------------- */

static int64_t settle(struct world *world, const uint64_t *args)
{
	guest_settle(network_side_of(world), 200);
	return 0;
}

/* Both guests do @fn at the same time; true: they have come to its end. */
static bool run_errands(struct network_world *w, op_run_fn fn)
{
	const struct sim_run_options limits = { .step_budget = 4000000 };

	world_call(&w->world, ACTOR_FIRST, fn);
	world_call(&w->world, ACTOR_SECOND, fn);
	return sim_run(w->world.sim, &limits) == SIM_END_QUIESCENT &&
	       !sim_finding_get(w->world.sim);
}

static void judge_leak(struct side *side)
{
	struct vtb_firmware_block block;
	char why[SIM_FINDING_TEXT];
	int rc;

	kernel_peek_begin(side->kernel);
	rc = vtb_firmware_block_peek(0, &block);
	kernel_peek_end();
	if (rc)
		return;
	snprintf(why, sizeof(why), "%lu bytes", block.bytes);
	raise_finding(side->w, "leak", side->number ? "second" : "first",
		      "all drivers are gone, and memory is still allocated",
		      why);
}

static void judge_side(struct side *side)
{
	struct vmbus_bus *bus = vmbus_polled_bus(side->hypervisor);

	if (vmbus_offer_is_open(netvsp_offer(side->nic)) ||
	    vmbus_bus_gpadls(bus))
		raise_finding(side->w, "teardown", "channel",
			      "a guest has left something at its host",
			      "an open channel, or a GPADL");
	if (!sim_finding_get(side->w->world.sim))
		judge_leak(side);
}

static void wind_up(struct network_world *w)
{
	bool lossy = may_lose(w);
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };
	unsigned int i;

	sim_set_plan(w->world.sim, &no_faults);
	w->side[0].lossy |= lossy;
	if (!run_errands(w, settle))
		return;
	judge_flows(w);
	if (sim_finding_get(w->world.sim) || !run_errands(w, op_remove))
		return;
	for (i = 0; i < NR_SIDES && !sim_finding_get(w->world.sim); i++)
		judge_side(&w->side[i]);
}

void network_finish(struct world *world, enum sim_end end)
{
	if (end == SIM_END_QUIESCENT && !world_raise_hang(world, NULL))
		wind_up(network_world(world));
}
