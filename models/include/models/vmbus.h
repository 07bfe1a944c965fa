/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus.h - the host's side of a VMBus channel
 *
 *	guest                                   host
 *	hypercall HvPostMessage -- GPADL, open, close ---> knows the rings
 *	ring 0 (upstream)   -- packets -->                 vmbus_host_read()
 *	ring 1 (downstream) <-- packets --                 vmbus_host_write()
 *	hypercall HvSignalEvent ------------------------>  wakes the host
 *	interrupt <-------------------------------------   .interrupt()
 *
 * Numbers and layouts are those of the Hypervisor Top Level Functional
 * Specification (hypercalls) and of <linux/hyperv.h> (messages, packets, rings).
 *
 * The host's flow of control is a fiber of its own. One channel per host.
 */
#ifndef MODELS_VMBUS_H
#define MODELS_VMBUS_H

#include <models/machine.h>
#include <sim/sim.h>

#define VMBUS_MAX_PAYLOAD	1024	/* bytes of a packet that we read */

struct vmbus_host;

struct vmbus_host_options {
	struct machine *machine;	/* the guest's */
	void (*interrupt)(void *arg);	/* raises the channel's interrupt */
	void *arg;
};

/* Becomes the hypervisor of the machine. */
struct vmbus_host *vmbus_host_new(struct sim *sim,
				  const struct vmbus_host_options *options);

bool vmbus_host_is_open(const struct vmbus_host *host);

/*
 * A packet of type VM_PKT_DATA_INBAND, @bytes a multiple of 4. Waits for room
 * at most @wait_ns. -EAGAIN: there was none; -ENOTCONN: the channel is closed;
 * -EIO: the guest's index makes no sense.
 */
int vmbus_host_write(struct vmbus_host *host, const void *payload,
		     uint32_t bytes, uint64_t wait_ns);

/*
 * The next packet; waits for one at most @wait_ns. Returns the bytes of its
 * payload, or -EAGAIN, -ENOTCONN, -EIO (what is in the ring is no packet),
 * -E2BIG (a packet of more than VMBUS_MAX_PAYLOAD).
 */
int vmbus_host_read(struct vmbus_host *host, void *payload, uint64_t wait_ns);

/* For oracles; no access, no preemption point. */
uint32_t vmbus_host_readable_bytes(const struct vmbus_host *host);
uint32_t vmbus_host_writable_bytes(const struct vmbus_host *host);
/* Signals of the guest that the host has not taken. */
bool vmbus_host_signalled(const struct vmbus_host *host);

#endif
