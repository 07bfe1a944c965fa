/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h - what the files of the host's side of VMBus share
 */
#ifndef MODELS_VMBUS_BUS_INTERNAL_H
#define MODELS_VMBUS_BUS_INTERNAL_H

#include <models/vmbus_bus.h>
#include <models/worker.h>

#include "ring.h"

#define BUS_INBOX	8	/* messages of the guest that wait */
#define BUS_OUTBOX	64	/* messages to the guest that wait */
#define BUS_LATE	8	/* of them delayed by somebody hostile */
#define BUS_LOANS	320	/* ranges lent by packets of a channel */
#define BUS_EXCESS	32
#define BUS_DATA_PAGES	3	/* of a connection: interrupt, monitors */

struct vmbus_gpadl {
	struct vmbus_offer *offer;	/* NULL: not in use */
	uint32_t handle;
	uint32_t bytes;
	uint32_t first;			/* offset in the first page */
	uint32_t nr_pages;
	uint32_t nr_known;		/* pages whose number has come */
	uint64_t *pfns;
};

/* Completions in the ring that no packet had asked for. */
struct vmbus_excess {
	uint64_t transaction;
	uint32_t nr;
	uint32_t reserved;
};

struct vmbus_loan {
	uint64_t transaction;
	uint64_t gpa;
	uint32_t bytes;
	uint32_t reserved;
};

struct vmbus_offer {
	struct vmbus_bus *bus;
	struct vmbus_offer_options options;
	uint32_t relid;			/* 0: not offered */
	bool told;			/* the guest knows of it */
	bool rescinded;
	bool open;
	bool refused;			/* to open: closing does no harm */
	bool broken;			/* what the guest wrote is no packet */
	uint32_t target_vp;
	struct vmbus_gpadl *rings;	/* while open */
	struct host_ring from_guest;
	struct host_ring to_guest;
	uint32_t read_at;		/* ours, whatever the memory says */
	uint32_t write_at;
	uint32_t seen_read_at;		/* the guest's, when last looked at */
	bool poked;			/* what the guest goes by is not ours */
	bool has_lie;			/* the index in the guest's ring is... */
	uint32_t lie;			/* ...this, and ours */
	struct model_job signalled;
	struct vmbus_loan loans[BUS_LOANS];
	uint32_t nr_loans;
	struct vmbus_excess excess[BUS_EXCESS];
	uint32_t nr_excess;
};

struct bus_message {
	uint32_t bytes;
	union {
		struct vmbus_message_header header;
		uint8_t data[VMBUS_MESSAGE_BYTES];
	};
};

struct late_message {
	struct model_job job;		/* first: callbacks cast */
	struct vmbus_bus *bus;
	struct bus_message message;
};

struct vmbus_bus {
	struct sim *sim;
	struct vmbus_bus_options options;
	uint32_t version;		/* 0: not connected */
	bool was_reset;			/* the guest may not know yet */
	uint64_t data_pages[BUS_DATA_PAGES];	/* of a connection */
	bool offers_asked;
	uint32_t ignored_teardowns;	/* still to come */
	uint64_t busy_until_ns;
	uint32_t next_relid;
	struct vmbus_offer *offers[VMBUS_MAX_OFFERS];
	uint32_t nr_offers;
	struct vmbus_gpadl gpadls[VMBUS_MAX_GPADLS];
	struct bus_message inbox[BUS_INBOX];
	uint32_t in_head, in_nr;
	struct model_job work;
	struct bus_message outbox[BUS_OUTBOX];
	uint32_t out_head, out_nr;
	bool pushing;			/* out of the box, to the guest */
	struct late_message late[BUS_LATE];
};

/* -- bus.c -- */

/* @bytes of @message go to the guest, through the watch. */
void bus_send(struct vmbus_bus *bus, const void *message, uint32_t bytes);
struct vmbus_offer *bus_offer(struct vmbus_bus *bus, uint32_t relid);

/* -- gpadl.c -- */

void gpadl_header(struct vmbus_bus *bus, const struct bus_message *message);
void gpadl_body(struct vmbus_bus *bus, const struct bus_message *message);
void gpadl_teardown(struct vmbus_bus *bus, const struct bus_message *message);
/* All of @offer (NULL: all there are) end without a word. */
void gpadl_drop(struct vmbus_bus *bus, const struct vmbus_offer *offer);
/* They stay, but the host does not touch their memory any more. */
void gpadl_leave_alone(const struct vmbus_offer *offer);
/* A page of the GPADL, or NULL. */
char *gpadl_page(const struct vmbus_gpadl *gpadl, uint32_t page);

/* A completion of @transaction is on its way: what it lent is the guest's. */
void loan_completed(struct vmbus_offer *offer, uint64_t transaction);

/* -- channel.c -- */

void channel_init(struct vmbus_offer *offer, uint16_t source);
/* 0, or what OPEN_RESULT is to say. */
uint32_t channel_open(struct vmbus_offer *offer,
		      const struct vmbus_open_message *message);
void channel_close(struct vmbus_offer *offer);

#endif
