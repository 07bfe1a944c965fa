/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_bus.h - the host's side of a whole VMBus
 *
 *	guest                                         host
 *	vmbus_bus_post()    <- hypercall, messages    connection, offers, GPADLs
 *	vmbus_bus_signal()  <- hypercall, events      looks into rings
 *	.message(), .event() -> pages of the guest    answers, signals
 *
 * How a guest is reached (message and event pages, interrupts) is not known
 * here: whoever plugs the bus in says so with struct vmbus_guest, and tells of
 * the guest's hypercalls. Behind each offer is a service of the host (NetVSP),
 * which is told of what becomes of its channel and reads and writes packets.
 *
 * Messages are worked off in order, each some time after it was posted. All of
 * the host runs in events, or on a worker: nothing here blocks. With a worker the
 * guest may run between any two of the host's accesses to what they share, and
 * all but the guest's hypercalls is done in jobs of it.
 *
 * Who is hostile is a struct vmbus_watch, which may change, lose, double and
 * delay what leaves the host. It also hears of what the guest does against the
 * protocol.
 */
#ifndef MODELS_VMBUS_BUS_H
#define MODELS_VMBUS_BUS_H

#include <models/machine.h>
#include <models/vmbus_wire.h>
#include <models/worker.h>
#include <sim/sim.h>

#define VMBUS_MAX_OFFERS	8
#define VMBUS_MAX_GPADLS	16

struct vmbus_bus;
struct vmbus_offer;
struct vmbus_gpadl;

/* How to reach the guest. */
struct vmbus_guest {
	/* False: its slot is taken; vmbus_bus_slot_free() says when it is not. */
	bool (*message)(void *arg, const void *message, uint32_t bytes);
	/* There is something for it in the rings of channel @relid. */
	void (*event)(void *arg, uint32_t relid);
	void *arg;
};

enum vmbus_what {
	VMBUS_WHAT_MESSAGE,		/* type: enum vmbus_message_type */
	VMBUS_WHAT_PACKET,		/* type: enum vmbus_packet_type */
	VMBUS_WHAT_PAYLOAD,		/* type: the service's business */
};

/* What is about to leave the host; may be changed but for @room. */
struct vmbus_outgoing {
	enum vmbus_what what;
	uint32_t type;
	uint8_t *data;
	uint32_t bytes;
	uint32_t room;			/* @bytes may become */
	uint32_t copies;		/* 1; 0: it is lost */
	uint64_t delay_ns;		/* of messages: beside the usual */
};

/* Members may be NULL. */
struct vmbus_watch {
	/* The guest has broken a rule of the protocol: "open-twice". */
	void (*violation)(void *arg, const char *rule, const char *why);
	void (*outgoing)(void *arg, struct vmbus_outgoing *out);
	void *arg;
};

struct vmbus_bus_options {
	struct machine *machine;
	struct vmbus_guest guest;
	struct vmbus_watch watch;
	uint32_t first_version;		/* VMBUS_VERSION(), oldest known */
	uint32_t last_version;		/* newest known */
	uint64_t answer_ns;		/* from a message to its answer */
	uint32_t max_gpadl_pages;	/* of one GPADL; 0: 64 */
	bool rescind_ends;		/* from then on the host leaves memory
					 * lent for the channel alone */
	uint16_t source;		/* of its events */
	struct model_worker *worker;	/* that does them, or NULL */
};

struct vmbus_bus *vmbus_bus_new(struct sim *sim,
				const struct vmbus_bus_options *options);

/* Of the guest: results are those of the hypercalls. */
uint64_t vmbus_bus_post(struct vmbus_bus *bus, uint32_t connection,
			const void *message, uint32_t bytes);
uint64_t vmbus_bus_signal(struct vmbus_bus *bus, uint32_t connection);
void vmbus_bus_slot_free(struct vmbus_bus *bus);

/* The host looks into all rings now, without having been told to. */
void vmbus_bus_look(struct vmbus_bus *bus);

/* The host looks into no ring until then, signals or not. */
void vmbus_bus_busy_until(struct vmbus_bus *bus, uint64_t time_ns);

/* Everything is forgotten, as when the hypervisor's partition is reset. */
void vmbus_bus_reset(struct vmbus_bus *bus);

/* A message to the guest that nobody has asked for; not through the watch. */
void vmbus_bus_tell(struct vmbus_bus *bus, const void *message, uint32_t bytes);

/*
 * The next @nr teardowns, or the end of the connection, are neither done nor
 * answered: for hostile hosts. What was shared stays theirs.
 */
void vmbus_bus_ignore_teardowns(struct vmbus_bus *bus, uint32_t nr);

/*
 * The hypervisor's look at the monitor page, from time to time: channels whose
 * bit the guest has set are looked at. False: there are none to look at, and
 * will be none before the guest posts a message.
 */
bool vmbus_bus_monitor(struct vmbus_bus *bus);

bool vmbus_bus_is_connected(const struct vmbus_bus *bus);
uint32_t vmbus_bus_version(const struct vmbus_bus *bus);
struct machine *vmbus_bus_machine(const struct vmbus_bus *bus);
struct sim *vmbus_bus_sim(const struct vmbus_bus *bus);
struct model_worker *vmbus_bus_worker(const struct vmbus_bus *bus);

/* For services: tells the watch. */
void vmbus_bus_violation(struct vmbus_bus *bus, const char *rule,
			 const char *why);
void vmbus_bus_outgoing(struct vmbus_bus *bus, struct vmbus_outgoing *out);

/* -- offers --------------------------------------------------------------- */

/* Members may be NULL. */
struct vmbus_service {
	void (*opened)(void *arg);
	void (*closing)(void *arg);	/* the guest is about to close it */
	void (*closed)(void *arg);	/* also by a reset or a rescind */
	void (*signalled)(void *arg);	/* there may be packets, or room */
	/* The GPADL ends. */
	void (*torndown)(void *arg, struct vmbus_gpadl *gpadl);
	void *arg;
};

struct vmbus_offer_options {
	uint8_t type[16];
	uint8_t instance[16];
	bool monitored;			/* signals by bit @monitor of a page */
	uint8_t monitor;
	uint16_t sub_channel;		/* 0: none; type and instance of its
					 * primary channel */
	struct vmbus_service service;
};

/* Guests learn of it when they ask for offers, or now if they have. */
struct vmbus_offer *vmbus_offer_new(struct vmbus_bus *bus,
				    const struct vmbus_offer_options *options);
/* Takes it back: the channel is closed, the guest told. */
void vmbus_offer_rescind(struct vmbus_offer *offer);
/* Offers what was taken back once more, under another number. */
void vmbus_offer_again(struct vmbus_offer *offer);

uint32_t vmbus_offer_relid(const struct vmbus_offer *offer);
bool vmbus_offer_is_offered(const struct vmbus_offer *offer);
bool vmbus_offer_is_open(const struct vmbus_offer *offer);
/* The VP index that the guest wants its events at. */
uint32_t vmbus_offer_target_vp(const struct vmbus_offer *offer);
struct vmbus_bus *vmbus_offer_bus(const struct vmbus_offer *offer);

/* -- GPADLs --------------------------------------------------------------- */

/* Established for this channel, or NULL. */
struct vmbus_gpadl *vmbus_gpadl_find(const struct vmbus_offer *offer,
				     uint32_t handle);
uint32_t vmbus_gpadl_handle(const struct vmbus_gpadl *gpadl);
uint32_t vmbus_gpadl_bytes(const struct vmbus_gpadl *gpadl);
/* -ERANGE if it does not lie in there. */
int vmbus_gpadl_write(struct vmbus_gpadl *gpadl, uint32_t offset,
		      const void *from, uint32_t bytes);
int vmbus_gpadl_read(struct vmbus_gpadl *gpadl, uint32_t offset, void *to,
		     uint32_t bytes);
/* Changes one byte where the guest may be reading: for hostile hosts. */
int vmbus_gpadl_poke(struct vmbus_gpadl *gpadl, uint32_t offset, uint8_t value);
unsigned int vmbus_bus_gpadls(const struct vmbus_bus *bus);

/* -- memory lent for one packet ------------------------------------------- */

/*
 * A GPA-direct packet lends ranges of memory until a completion of its
 * transaction is in the ring to the guest, whoever has sent it and why; what is
 * not given back ends with the channel. -ENOSPC: too many.
 */
struct vmbus_segment {
	uint64_t gpa;
	uint32_t bytes;
	uint32_t reserved;
};
int vmbus_loan(struct vmbus_offer *offer, uint64_t transaction,
	       const struct vmbus_segment *segments, uint32_t nr);
unsigned int vmbus_loans(const struct vmbus_offer *offer);

/*
 * May the host read or write any of this memory now? @what: by a GPADL, by a
 * loan. What a guest frees must not be.
 */
bool vmbus_bus_owns(const struct vmbus_bus *bus, uint64_t gpa, uint64_t bytes,
		    const char **what);

/* The same, by a loan alone; by a loan of that channel. */
bool vmbus_bus_lends(const struct vmbus_bus *bus, uint64_t gpa, uint64_t bytes);
bool vmbus_offer_lends(const struct vmbus_offer *offer, uint64_t gpa,
		       uint64_t bytes);

/* What a packet lends, by its address; -EFAULT if it does not (any more). */
int vmbus_loan_read(struct vmbus_offer *offer, uint64_t transaction,
		    const struct vmbus_segment *segment, void *to);

/* -- packets -------------------------------------------------------------- */

#define VMBUS_PACKET_BYTES	4096	/* of the longest we read or write */

/*
 * A packet as it lies in the ring, without its trailer; read whole, once.
 * @more: what follows the descriptor within its header.
 */
struct vmbus_packet {
	uint16_t type;
	uint16_t flags;
	uint64_t transaction;
	uint32_t more_bytes;
	uint32_t bytes;
	const void *more;
	const void *data;
};

/*
 * The next packet of the guest; its bytes are in @buffer of VMBUS_PACKET_BYTES.
 * 1: there was one; 0: none; -ENOTCONN; -EPROTO: what is in the ring is none
 * (the watch has been told, the channel stands still from now on).
 */
int vmbus_packet_read(struct vmbus_offer *offer, struct vmbus_packet *packet,
		      void *buffer);

/* -EAGAIN: the ring is full, .signalled() tells when to try again. */
int vmbus_packet_write(struct vmbus_offer *offer,
		       const struct vmbus_packet *packet);

/* Bytes in the ring from the guest, and free in the ring to it. */
uint32_t vmbus_offer_readable(const struct vmbus_offer *offer);
uint32_t vmbus_offer_writable(const struct vmbus_offer *offer);

/* For hostile hosts: word @offset of the header of a ring of an open channel. */
enum vmbus_ring { VMBUS_RING_FROM_GUEST, VMBUS_RING_TO_GUEST };
void vmbus_offer_poke(struct vmbus_offer *offer, enum vmbus_ring ring,
		      uint32_t offset, uint32_t value);

#endif
