/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmbus_polled.h - the hypervisor of a guest with one vCPU that polls
 *
 * The synthetic interrupt controller as far as such a guest uses it: a message
 * page, an event page, end of message. They are set by the hypercall for
 * registers (TLFS: HvCallSetVpRegisters, names of the SynIC's registers);
 * messages and events of VMBus lie at SINT 2. No interrupt is raised.
 */
#ifndef MODELS_VMBUS_POLLED_H
#define MODELS_VMBUS_POLLED_H

#include <models/vmbus_bus.h>

struct vmbus_polled;

/* Becomes the hypervisor of the machine. @options: all but .guest. */
struct vmbus_polled *vmbus_polled_new(struct sim *sim,
				      const struct vmbus_bus_options *options);
struct vmbus_bus *vmbus_polled_bus(const struct vmbus_polled *polled);

/* The partition is reset: pages, bus and all are forgotten. */
void vmbus_polled_reset(struct vmbus_polled *polled);

/* May the hypervisor write this memory? As vmbus_bus_owns(). */
bool vmbus_polled_owns(const struct vmbus_polled *polled, uint64_t gpa,
		       uint64_t bytes, const char **what);

#endif
