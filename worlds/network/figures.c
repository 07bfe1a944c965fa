/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.c - what the two guests and the network between them have done
 */
#include <stdio.h>

#include "network.h"

static void report_direction(const struct side *side,
			     const struct world_reporter *to)
{
	const struct net_flow_taken *taken = &side->from_other;
	const char *name = side->number ? "first to second" : "second to first";
	uint64_t time_ns = side->last_ns - side->first_ns;
	char text[128];

	if (!taken->frames)
		return;
	snprintf(text, sizeof(text), "%s, frames", name);
	world_report(to, text, "frames", taken->frames);
	snprintf(text, sizeof(text), "%s, missing", name);
	world_report(to, text, "frames", taken->missing);
	snprintf(text, sizeof(text), "%s, throughput", name);
	if (time_ns)
		world_report(to, text, "Mbit/s",
			     taken->bytes * 8 * 1000 / time_ns);
	snprintf(text, sizeof(text), "%s, latency", name);
	world_report_spread(to, text, "ns", &side->flow_ns);
}

static void report_echo(const struct side *side,
			const struct world_reporter *to)
{
	const char *name = side->number ? "second" : "first";
	char text[128];

	if (!side->echoes)
		return;
	snprintf(text, sizeof(text), "%s, echo exchanges", name);
	world_report(to, text, "exchanges", side->echoes);
	snprintf(text, sizeof(text), "%s, echo round trip", name);
	world_report_spread(to, text, "ns", &side->echo_ns);
}

static void report_wire(const struct network_world *w, unsigned int from,
			const struct world_reporter *to)
{
	const char *name = from ? "wire from b" : "wire from a";
	struct net_wire_counts counts;
	char text[128];

	net_wire_counts(w->wire, from, &counts);
	if (!counts.sent && !counts.dropped && !counts.reserved_frames)
		return;
	snprintf(text, sizeof(text), "%s, carried", name);
	world_report(to, text, "frames", counts.arrived);
	snprintf(text, sizeof(text), "%s, lost", name);
	world_report(to, text, "frames", counts.lost);
	snprintf(text, sizeof(text), "%s, dropped", name);
	world_report(to, text, "frames", counts.dropped);
	snprintf(text, sizeof(text), "%s, longest queue", name);
	world_report(to, text, "frames", counts.longest);
	snprintf(text, sizeof(text), "%s, streams of others", name);
	if (counts.reserved_frames)
		world_report(to, text, "bytes", counts.reserved_bytes);
}

static void report_port(const struct side *side, unsigned int port,
			const struct world_reporter *to)
{
	struct net_switch_counts counts;
	char text[128];

	net_switch_counts(side->sw, port, &counts);
	/* What a wire refuses it counts itself. */
	if (port == PORT_WIRE)
		counts.refused = 0;
	if (!counts.dropped && !counts.refused)
		return;
	snprintf(text, sizeof(text), "port %s, dropped",
		 network_ports[side->number][port]);
	world_report(to, text, "frames", counts.dropped);
	snprintf(text, sizeof(text), "port %s, refused",
		 network_ports[side->number][port]);
	world_report(to, text, "frames", counts.refused);
}

void network_report(struct world *world, const struct world_reporter *to)
{
	struct network_world *w = network_world(world);
	unsigned int i, port;

	for (i = 0; i < NR_SIDES; i++)
		report_echo(&w->side[i], to);
	for (i = NR_SIDES; i--;)
		report_direction(&w->side[i], to);
	for (i = 0; i < NR_SIDES; i++)
		report_wire(w, i, to);
	for (i = 0; i < NR_SIDES; i++)
		for (port = 0; port < NR_PORTS; port++)
			report_port(&w->side[i], port, to);
	for (i = NR_SIDES; i--;)
		world_report_series(to, &w->side[i].rate);
	for (i = NR_SIDES; i--;)
		world_report_series(to, &w->side[i].delay);
}
