/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scale.h - as many guests as one likes (this folder, bench/bench_scale.c)
 *
 *	guest --.          .-- guest
 *	guest ---- switch ---- wire ---- switch ---- guest
 *	  :       host 0           host 1       :
 *
 * Each guest is a firmware instance with the NetVSC driver, on a VMBus of its
 * own; its hypervisor, network service, switch and wire are the models. Hosts
 * are joined in pairs. A guest sends its partner on the other host a frame of a
 * numbered flow now and then, looks for what has come all the time, and judges
 * it.
 */
#ifndef WORLDS_SCALE_H
#define WORLDS_SCALE_H

#include <models/net_load.h>
#include <models/net_switch.h>
#include <models/net_wire.h>
#include <models/netvsp.h>
#include <models/vmbus_polled.h>
#include <worlds/figures.h>

#define SCALE_MAX_HOSTS		100u
#define SCALE_MAX_GUESTS	10u	/* of a host */
#define SCALE_LINGER_NS		50000000	/* for the last frames to arrive */

struct scale_host;

struct scale_guest {
	struct scale_host *host;
	unsigned int port;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct sim_fiber *fiber;
	struct vmbus_polled *hypervisor;
	struct netvsp *nic;
	struct net_station self;
	const struct scale_guest *partner;
	struct net_flow_taken taken;
	uint32_t sent;
	bool up;			/* its device is open */
	bool gone;			/* it has let go of all */
};

struct scale_host {
	struct scale *scale;
	unsigned int number;
	struct net_switch *sw;
	struct net_wire *wire;		/* of the pair */
	struct scale_guest guests[SCALE_MAX_GUESTS];
};

/* What guests do from now to @end_ns. */
struct scale_work {
	uint64_t end_ns;
	uint64_t every_ns;		/* between two frames of a guest */
	uint32_t bytes;			/* of each */
	bool leave;			/* afterwards they let go of their devices */
};

/* Who hears of what is wrong; it may return. */
struct scale_options {
	unsigned int nr_hosts;		/* even */
	unsigned int nr_guests;		/* on each */
	void (*wrong)(void *arg, const char *oracle, const char *object,
		      const char *what, const char *why);
	void *arg;
};

struct scale {
	struct sim *sim;
	struct scale_options options;
	struct scale_work work;
	uint64_t began_ns;		/* the first work */
	uint16_t source;		/* of events, the next free one */
	struct world_spread delay_ns;
	struct world_series rate;
	struct scale_host hosts[SCALE_MAX_HOSTS];
};

/* The capacities that a world of all of them wants. */
extern const struct sim_options scale_needs;

/*
 * Guests boot and open their devices in the next sim_run(), then do what they are
 * told. NULL: no room.
 */
struct scale *scale_new(struct sim *sim, const struct scale_options *options);
void scale_start(struct scale *scale, const struct scale_work *work);

struct scale_counts {
	uint64_t sent;
	uint64_t arrived;
	uint64_t arrived_bytes;
	uint64_t dropped;		/* by anybody who says so */
	uint32_t up;			/* guests with an open device */
};
void scale_count(const struct scale *scale, struct scale_counts *counts);

/* At rest, after work that has made them leave: nothing is left of them. */
void scale_judge_left(const struct scale *scale);

/* -- guest.c -- */

void scale_guest_main(void *guest);
void scale_judge_memory(const struct scale_guest *guest);

#endif
