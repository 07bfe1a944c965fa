/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * network.h - two firmware guests on two hosts, joined by a wire (private)
 *
 *	guest first         guest second
 *	  | NetVSC            | NetVSC
 *	+-- host a --------+ +-- host b --------+
 *	| switch           | | switch           |
 *	|  |     |    wire | | wire       |     |
 *	|  server `--------|-|------------' load |
 *	+------------------+ +------------------+
 *
 * Hosts and the network are honest; the network may lose frames. The guests'
 * network stack is ours: it asks (ARP, DHCP, echo), answers, and sends flows of
 * numbered frames (models/net_frame.h).
 */
#ifndef WORLDS_NETWORK_H
#define WORLDS_NETWORK_H

#include <models/net_load.h>
#include <models/net_peer.h>
#include <models/net_switch.h>
#include <models/net_wire.h>
#include <models/netvsp.h>
#include <models/vmbus_polled.h>
#include <sim/event.h>
#include <vtb/bridge.h>
#include <vtb/firmware.h>
#include <worlds/figures.h>
#include <worlds/op.h>

enum network_actor { ACTOR_FIRST, ACTOR_SECOND, ACTOR_NET, NETWORK_ACTORS };

enum network_config {
	CONFIG_START,			/* enum network_start */
	CONFIG_BUILD,
	NETWORK_CONFIG = CONFIG_BUILD,
};

enum network_start { START_OPEN, START_OFF };

#define NR_SIDES	2
#define SERVER_ADDRESS	0x0a000001u
#define FIRST_LEASE	0x0a000002u
#define FIXED_ADDRESS	0x0a00000au	/* of the first guest, before any lease */

enum port { PORT_GUEST, PORT_WIRE, PORT_EXTRA, NR_PORTS };

/* Whom a guest asks. */
enum target { TARGET_SERVER, TARGET_OTHER, NR_TARGETS };

/* An answer that somebody waits for. */
struct answer {
	enum net_reply wanted;		/* NET_REPLY_NONE: nobody does */
	uint32_t address;		/* asked for by ARP */
	uint16_t id;			/* of the echo */
	uint16_t number;
	uint32_t bytes;			/* 0: none yet */
	uint8_t frame[NET_FRAME_MAX];
};

struct side {
	struct network_world *w;
	unsigned int number;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct vmbus_polled *hypervisor;
	struct netvsp *nic;
	struct net_switch *sw;
	struct net_station self;	/* the guest */
	uint8_t known[NR_TARGETS][6];	/* MAC addresses, by ARP */
	bool knows[NR_TARGETS];
	struct answer answer;
	uint32_t flow_sent;		/* frames to the other guest */
	struct net_flow_taken from_other;
	struct net_flow_taken from_load;	/* of the second one */
	uint64_t first_ns, last_ns;	/* arrivals of flows */
	uint64_t tx_bad, rx_bad;	/* of devices that are gone */
	bool lossy;			/* closed or reset with frames on the way */
	uint32_t echoes;		/* exchanged */
	struct world_spread echo_ns;
	struct world_spread flow_ns;
	struct world_series rate;	/* of what comes */
	struct world_series delay;
};

struct network_world {
	struct world world;
	struct side side[NR_SIDES];
	struct net_wire *wire;
	struct net_peer *server;
	struct net_load *load;
	struct sim_event job;		/* of the network, see net_run() */
	op_run_fn job_fn;
	const uint64_t *job_args;
	int64_t job_result;
	bool job_done;
	bool slow;			/* answers may take longer than anybody
					 * waits for them */
};

static inline struct network_world *network_world(struct world *world)
{
	return (struct network_world *)world;
}

#define NETWORK_NR_OPS	21
extern const struct op network_ops[NETWORK_NR_OPS];
extern const char *const network_actors[];
extern const struct op_arg network_config[];

/* -- build.c -- */

extern const struct world_type network_type;
extern const char *const network_ports[NR_SIDES][NR_PORTS];
struct side *network_side_of(struct world *world);

/* -- guest.c: ops of either guest -- */

int64_t op_open(struct world *world, const uint64_t *args);
int64_t op_close(struct world *world, const uint64_t *args);
int64_t op_reset(struct world *world, const uint64_t *args);
int64_t op_dhcp(struct world *world, const uint64_t *args);
int64_t op_ping(struct world *world, const uint64_t *args);
int64_t op_serve(struct world *world, const uint64_t *args);
int64_t op_flood(struct world *world, const uint64_t *args);
int64_t op_probe(struct world *world, const uint64_t *args);
int64_t op_remove(struct world *world, const uint64_t *args);
bool guest_state(struct side *side, struct vtb_firmware_state *state);
/* Takes what has come, for @us; for oracles. */
void guest_settle(struct side *side, uint32_t us);

/* -- net.c -- */

int64_t op_link(struct world *world, const uint64_t *args);
int64_t op_pull(struct world *world, const uint64_t *args);
int64_t op_load(struct world *world, const uint64_t *args);
int64_t op_busy(struct world *world, const uint64_t *args);
int64_t op_wait(struct world *world, const uint64_t *args);
void net_init(struct network_world *w);

/* -- oracle.c -- */

void oracle_violation(void *arg, const char *rule, const char *why);
void oracle_freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site);
void oracle_flow(struct side *side, enum net_flow_verdict verdict,
		 const struct net_flow *head);
/* A question of @side has got no answer in time, or a wrong one. */
void oracle_no_answer(struct side *side, const char *what, uint64_t drops);
/* Everything that anybody has dropped, and says so. */
uint64_t network_drops(struct network_world *w);
void network_finish(struct world *world, enum sim_end end);

/* -- figures.c -- */

void network_report(struct world *world, const struct world_reporter *to);

#endif
