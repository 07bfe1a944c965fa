/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link.h - a connection from one machine to another
 *
 * Messages carry up to one frame of payload, arrive in order, and take
 * transmission time (bytes over bandwidth, one message after the other) plus
 * latency. The sender blocks while all buffers are under way. Acknowledgements
 * go the other way and take latency only.
 *
 *	sender                     link                    receiver
 *	link_send() ------> [buffer][buffer][buffer] -----> link_receive()
 *	link_wait_ack() <------------ latency ------------- link_ack()
 *
 * One fiber may send and one may receive at a time.
 */
#ifndef MODELS_LINK_H
#define MODELS_LINK_H

#include <sim/sim.h>

#define LINK_BUFFERS	16

struct link;

struct link_options {
	const char *name;
	uint16_t owner;			/* of its buffers' frames */
	uint16_t source;		/* of its events */
};

struct link *link_new(struct sim *sim, const struct link_options *options);

/* Counts for what is sent from now on. @mbytes_per_s is at least 1. */
void link_set(struct link *link, uint64_t latency_ns, uint64_t mbytes_per_s);

/*
 * What a connection goes over, if that is not its own: another wire, which others
 * use too. @reserve: @bytes are sent now; returns when they have arrived, or
 * UINT64_MAX if they never do, which breaks the connection. A message arrives when
 * both have let it through. NULL: nothing.
 */
struct link_carrier {
	uint64_t (*reserve)(void *arg, uint64_t bytes);
	void *arg;
};
void link_carry(struct link *link, const struct link_carrier *carrier);

struct link_message {
	uint32_t type;			/* the users' business */
	uint32_t number;
	uint32_t bytes;
	const void *data;		/* until link_done() */
};

/* The number of the connection that is up now, or 0: senders name it. */
uint32_t link_connection(const struct link *link);

/* Copies @message's data. -EPIPE if the connection is or gets broken. */
int link_send(struct link *link, uint32_t connection,
	      const struct link_message *message);

/*
 * Waits for the next message, through broken connections too: the receiver has
 * nothing else to do. link_done() frees its buffer.
 */
void link_receive(struct link *link, struct link_message *message);
void link_done(struct link *link);

/* @number travels back; the sender gets the last one that arrived. */
void link_ack(struct link *link, uint32_t number);
int link_wait_ack(struct link *link, uint32_t connection, uint32_t number);

/* Breaks the connection now or later: what is under way is lost. */
void link_cut(struct link *link);
void link_cut_after(struct link *link, uint64_t delay_ns);
/* A new connection; whoever still uses an old one gets -EPIPE. */
void link_restore(struct link *link);

#endif
