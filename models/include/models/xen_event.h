/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_event.h - event channels between domains of one hypervisor
 *
 *	guest                                 peer
 *	port 3 (bound) <--------------------> port 2 (bound)
 *	  | pending bit, upcall                 | .event()
 *	a line of its vCPU 0                  its own code
 *
 * A guest reaches them by hypercalls; what follows is for domains that have no
 * kernel. Ports of a domain begin with 1. Results are negative errnos as the
 * hypervisor's.
 *
 * What no caller does who keeps books of its ports (to send by one that it has
 * not, to close one twice) is told as a complaint about a guest, with oracle
 * bad-port.
 */
#ifndef MODELS_XEN_EVENT_H
#define MODELS_XEN_EVENT_H

#include <models/xen.h>

#define XEN_MAX_PORTS	16	/* of a domain, port 0 included */

/*
 * @upcall:	of a guest: line @line is to be raised on its vCPU 0
 * @event:	of others: @port is told of an event, in the moment it is sent
 */
struct xen_event_options {
	void (*upcall)(void *arg, unsigned int line);
	void (*event)(void *arg, uint32_t port);
	void *arg;
};
void xen_event_domain(struct xen *xen, uint16_t domid,
		      const struct xen_event_options *options);

/* A port that @remote may bind; one bound to another's; negative errnos. */
int64_t xen_event_alloc(struct xen *xen, uint16_t domid, uint16_t remote);
int64_t xen_event_bind(struct xen *xen, uint16_t domid, uint16_t remote,
		       uint32_t remote_port);
/* The other end is as it was before it was bound. */
int xen_event_close(struct xen *xen, uint16_t domid, uint32_t port);
/* Nobody at the other end: 0, and nothing happens. */
int xen_event_send(struct xen *xen, uint16_t domid, uint32_t port);

/* Closes all that @domid has: it dies. */
void xen_event_close_all(struct xen *xen, uint16_t domid);
/* Ports of @domid that are not free. */
uint32_t xen_event_ports(const struct xen *xen, uint16_t domid);

#endif
