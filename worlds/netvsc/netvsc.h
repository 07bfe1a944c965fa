/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netvsc.h - the world of one firmware guest and its host (private)
 *
 *	guest                          host
 *	+----------------------+       +--------------------------------+
 *	| actor guest, console |       | actor host, worker vmbus       |
 *	|----------------------|       |--------------------------------|
 *	| components/netvsc    | VMBus | models/vmbus, models/netvsp    |
 *	| kernel/firmware      |<----->| frames: streams of this world  |
 *	+----------------------+       +--------------------------------+
 *
 * The host is honest until an op makes it lie, for which the program's
 * configuration has to give it the power. From then on only what no host may
 * bring about is a finding.
 */
#ifndef WORLDS_NETVSC_H
#define WORLDS_NETVSC_H

#include <models/net_peer.h>
#include <models/netvsp.h>
#include <models/vmbus_polled.h>
#include <sim/event.h>
#include <vtb/bridge.h>
#include <vtb/firmware.h>
#include <worlds/op.h>

enum netvsc_actor { ACTOR_GUEST, ACTOR_HOST, NETVSC_ACTORS };

enum netvsc_config {
	CONFIG_START,			/* enum netvsc_start */
	CONFIG_BUILD,			/* so many shape the build */
	CONFIG_POWERS = CONFIG_BUILD,	/* enum netvsc_power */
	NETVSC_CONFIG,
};

enum netvsc_start { START_OFF, START_PROBED, START_OPEN };

/* What a hostile host may do; in finding and program. */
enum netvsc_power {
	POWER_MESSAGES = 1 << 0,	/* messages of the bus */
	POWER_PACKETS = 1 << 1,		/* packets of the channel */
	POWER_PAYLOAD = 1 << 2,		/* RNDIS messages */
	POWER_RINGS = 1 << 3,		/* indices of the rings */
};

/*
 * What the host says, by the first word of it: RNDIS messages (MS-RNDIS 2.2),
 * and what completions of NVSP messages say (linux hyperv_net.h, NVSP_MSG*).
 */
#define RNDIS_SAYS_PACKET	1
#define RNDIS_SAYS_INIT_DONE	0x80000002u
#define RNDIS_SAYS_QUERY_DONE	0x80000004u
#define RNDIS_SAYS_SET_DONE	0x80000005u
#define RNDIS_SAYS_STATUS	7
#define RNDIS_SAYS_KEEPALIVE	8

#define NVSP_SAYS_INIT_DONE	2
#define NVSP_SAYS_BUFFER_DONE	102
#define NVSP_SAYS_SENT		108

#define STREAM_FRAMES	1024		/* of one direction and program */

/*
 * Frames of one direction. What was sent before @floor may be lost: the device
 * was closed, reset, or its link was down.
 */
struct stream {
	const char *name;
	uint32_t nr_sent;
	uint32_t nr_arrived;		/* number of the next one expected */
	uint32_t floor;
	uint16_t bytes[STREAM_FRAMES];
};

#define MAX_LIES	4

/* What the host has last said to be the guest's address. */
#define NR_SAID		16

struct said {
	uint8_t address[6];
};

struct lie {
	uint32_t target;		/* 1 + index; 0: none */
	uint32_t how;
	uint32_t at;
	uint32_t value;
};

/* What an op has the host do. */
struct host_job {
	struct model_job job;		/* first: callbacks cast */
	struct netvsc_world *w;
	struct sim_fiber *waiter;
	op_run_fn fn;
	const uint64_t *args;
	int64_t result;
	bool done;
};

struct netvsc_world {
	struct world world;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct vmbus_polled *hypervisor;
	struct vmbus_bus *bus;
	struct netvsp *nic;
	struct net_peer *peer;		/* on the same wire */
	struct vmbus_offer *other;	/* of no type that we know */
	uint32_t powers;
	bool hostile;			/* it has lied */
	uint32_t nr_excuses;		/* what may keep a guest from
					 * revoking its receive buffer */
	bool lost_established;		/* an answer to "establish" */
	bool bad_sections;		/* the last such answer cannot be true */
	bool bad_address;		/* so an answer to "which address?" */
	bool unasked;			/* something else may be taken for one */
	struct said said[NR_SAID];	/* addresses, by the host */
	uint32_t nr_said;
	bool said_no;			/* in answer to the guest's op */
	bool garbled;			/* rings or a packet's descriptor:
					 * who knows what is taken for what */
	uint32_t said_sent;		/* completions of frames, without error */
	uint32_t refused;		/* frames it could not send */
	bool ending;
	bool was_busy;			/* the host; or its cable was pulled */
	bool disturbed;			/* taken back, reset, or busy */
	uint8_t mac[6];
	struct stream to_host;
	struct stream to_guest;
	uint32_t tx_bad, rx_bad, no_memory;	/* seen so far, of the guest */
	struct lie lies[MAX_LIES];
	struct model_worker *worker;	/* does all that the host does */
	struct host_job jobs[NETVSC_ACTORS];	/* of ops, see host_run() */
	bool has_header;		/* of the next packet */
	uint16_t header[2];
};

static inline struct netvsc_world *netvsc_world(struct world *world)
{
	return (struct netvsc_world *)world;
}

extern const char *const netvsc_actors[];
extern const struct op_arg netvsc_config[];
#define NETVSC_NR_OPS	27
extern const struct op netvsc_ops[NETVSC_NR_OPS];

/* -- build.c -- */

/* For world types: any that has the actors and configuration above. */
struct world *netvsc_build(const struct world_type *type, struct sim *sim,
			   const uint64_t *config);
void netvsc_configure(struct world *world, const uint64_t *config);

/* -- guest.c -- */

int64_t op_probe(struct world *world, const uint64_t *args);
int64_t op_remove(struct world *world, const uint64_t *args);
int64_t op_reset(struct world *world, const uint64_t *args);
int64_t op_step(struct world *world, const uint64_t *args);
int64_t op_open(struct world *world, const uint64_t *args);
int64_t op_close(struct world *world, const uint64_t *args);
int64_t op_transmit(struct world *world, const uint64_t *args);
int64_t op_poll(struct world *world, const uint64_t *args);

/* -- exchange.c -- */

#define PEER_ADDRESS	0x0a000001u
#define LEASE_ADDRESS	0x0a000002u

int64_t op_ping(struct world *world, const uint64_t *args);
int64_t op_dhcp(struct world *world, const uint64_t *args);

/* The state of the first device; false: there is none. From anywhere. */
bool guest_state(struct netvsc_world *w, struct vtb_firmware_state *state);

/* -- host.c -- */

/*
 * The host does one thing after another: an op of @actor has its worker do @fn,
 * and waits. HOST_OP() defines op @name, which has @name_now() done.
 */
#define HOST_OP(name)							\
	int64_t name(struct world *world, const uint64_t *args)		\
	{								\
		return host_run(world, ACTOR_HOST, name ## _now, args);	\
	}
int64_t host_run(struct world *world, unsigned int actor, op_run_fn fn,
		 const uint64_t *args);
void host_init(struct netvsc_world *w);

int64_t op_send(struct world *world, const uint64_t *args);
int64_t op_link(struct world *world, const uint64_t *args);
int64_t op_keepalive(struct world *world, const uint64_t *args);
int64_t op_rescind(struct world *world, const uint64_t *args);
int64_t op_offer(struct world *world, const uint64_t *args);
int64_t op_other(struct world *world, const uint64_t *args);
int64_t op_busy(struct world *world, const uint64_t *args);
int64_t op_look(struct world *world, const uint64_t *args);
int64_t op_wait(struct world *world, const uint64_t *args);

/* -- lies.c -- */

extern const char *const lie_messages[];
extern const char *const lie_packets[];
extern const char *const lie_rndis[];
extern const char *const lie_kinds[];

void lies_outgoing(void *arg, struct vmbus_outgoing *out);
int64_t op_lie_message(struct world *world, const uint64_t *args);
int64_t op_lie_packet(struct world *world, const uint64_t *args);
int64_t op_lie_rndis(struct world *world, const uint64_t *args);
int64_t op_deny(struct world *world, const uint64_t *args);
int64_t op_poke(struct world *world, const uint64_t *args);
int64_t op_complete(struct world *world, const uint64_t *args);
int64_t op_packet(struct world *world, const uint64_t *args);
int64_t op_pieces(struct world *world, const uint64_t *args);
int64_t op_message(struct world *world, const uint64_t *args);

/* -- answers.c -- */

void answers_outgoing(struct netvsc_world *w, const struct vmbus_outgoing *out);

/* -- oracle.c -- */

/* The next frame of a stream: false, none left. */
bool stream_next(struct stream *stream, const uint8_t *destination,
		 uint32_t bytes, uint8_t *frame);
void stream_sent(struct stream *stream, uint32_t bytes);
void stream_unsent(struct stream *stream);
void stream_arrived(struct netvsc_world *w, struct stream *stream,
		    const uint8_t *frame, uint32_t bytes);
/* What is under way may be lost from now on. */
void stream_may_lose(struct stream *stream);
bool oracle_may_lose(const struct netvsc_world *w);
void oracle_guest_counts(struct netvsc_world *w);	/* in the guest */

/* Looks at what leaves the host, as it leaves. */
/*
 * What leaves the host; @was_address: it was an answer with an address in it
 * when it was made, see oracle_is_address().
 */
void oracle_outgoing(struct netvsc_world *w, const struct vmbus_outgoing *out,
		     bool was_address);
bool oracle_is_address(const struct vmbus_outgoing *out);
/* The guest asks for something; until oracle_accepted() "no" means no. */
void oracle_asks(struct netvsc_world *w);
/* The guest has a device that it could open, or has opened. */
void oracle_accepted(struct netvsc_world *w);
/* The guest's network has a frame. */
void oracle_frame(struct netvsc_world *w, uint32_t bytes);

/* The guest's call has failed. @rc: its error. */
void oracle_failed(struct netvsc_world *w, int rc);
void oracle_violation(void *arg, const char *rule, const char *why);
void oracle_freed(void *machine, uint64_t phys, uint64_t bytes,
		  const void *site);
void netvsc_finish(struct world *world, enum sim_end end);

#endif
