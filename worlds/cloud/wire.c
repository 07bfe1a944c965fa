/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c - what the wire between the hosts carries beside their guests' frames
 *
 * A migration goes from host a to host b over the same wire. Its stream takes
 * its turn on the transmitter: guests' frames wait behind it, and it breaks where
 * the wire is pulled out. That the transport sends again what was lost is left out:
 * loss does not slow a migration down.
 */
#include "../network/network.h"
#include "cloud.h"

enum { FROM_A };

static uint64_t reserve(void *wire, uint64_t bytes)
{
	return net_wire_reserve(wire, FROM_A, bytes);
}

struct link_carrier cloud_carrier(struct world *network)
{
	return (struct link_carrier){
		.reserve = reserve, .arg = network_world(network)->wire,
	};
}
