/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv.h - the hypervisor below the firmware
 *
 * One message slot for VMBus (SINT 2), polled; hypercalls to post messages and
 * signal events. Numbers are those of the Hypervisor Top Level Functional
 * Specification.
 */
#ifndef _IPXE_HYPERV_H
#define _IPXE_HYPERV_H

#include <ipxe/device.h>

#define HV_MESSAGE_BYTES	240

/* How long to wait for a message of the host at most. */
#define HV_MESSAGE_MAX_WAIT_MS	100

struct vmbus;

struct hv_hypervisor {
	void *message_page;
	void *event_page;
	void *input;			/* of hypercalls: a page */
	struct vmbus *vmbus;
};

/* -EBUSY for ever: the hypervisor takes no more. */
int hv_post_message(struct hv_hypervisor *hv, unsigned int id,
		    unsigned int type, const void *data, size_t len);
int hv_signal_event(struct hv_hypervisor *hv, unsigned int id,
		    unsigned int flag);

/*
 * Takes the message in the slot, if there is one: copied once, cut to what a
 * message can hold. Returns its length, or -EAGAIN.
 */
int hv_get_message(struct hv_hypervisor *hv, unsigned int sintx, void *data,
		   unsigned int *type);
/* The same; waits for one. -ETIMEDOUT. */
int hv_wait_for_message(struct hv_hypervisor *hv, unsigned int sintx,
			void *data, unsigned int *type);

#endif
