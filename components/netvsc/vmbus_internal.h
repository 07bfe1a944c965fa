/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_internal.h - what the files of the VMBus layer share
 */
#ifndef NETVSC_VMBUS_INTERNAL_H
#define NETVSC_VMBUS_INTERNAL_H

#include <ipxe/vmbus.h>

#include "vmbus_wire.h"

#define VMBUS_MAX_NEW	4	/* offers that nobody has looked at */
#define VMBUS_MAX_STRAY	64	/* messages that were not waited for */
#define VMBUS_GENERATIONS 0x7ffu	/* of GPADLs: 1 to this one, and again */

/* The connection of one hypervisor. */
struct vmbus {
	struct hv_hypervisor *hv;
	struct device *parent;
	uint32_t version;		/* 0: not connected */
	uint32_t connection;		/* messages go to */
	void *interrupt;		/* pages, shared with the host */
	void *monitor[2];
	uint32_t generation;		/* of GPADLs, never 0: counts resets */
	uint32_t next_gpadl;
	struct vmbus_offer_channel offers[VMBUS_MAX_NEW];
	unsigned int nr_offers;
	union {				/* the last one received */
		struct vmbus_message_header header;
		struct vmbus_offer_channel offer;
		struct vmbus_channel_message channel;
		struct vmbus_open_channel_result opened;
		struct vmbus_gpadl_created created;
		struct vmbus_gpadl_torndown torndown;
		struct vmbus_version_response version;
		uint8_t bytes[HV_MESSAGE_BYTES];
	} message;
	size_t message_len;
};

/* What is waited for: a message with these words in it. */
struct vmbus_expected {
	uint32_t type;
	size_t len;			/* at least */
	unsigned int nr_words;
	struct {
		size_t offset;
		uint32_t value;
	} word[2];
};

/* -- vmbus.c -- */

int vmbus_post(struct vmbus *vmbus, const void *data, size_t len);
/* Until @expected is in vmbus->message. -ETIMEDOUT. */
int vmbus_wait(struct vmbus *vmbus, const struct vmbus_expected *expected);

#endif
