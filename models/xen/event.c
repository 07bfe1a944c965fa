/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.c - event channels; see xen_event.h
 *
 * FAULT MODEL
 *
 * The hypervisor loses no event and invents none. It may be out of ports for a
 * guest (decisions of kind io). Whoever is at the other end may send at any
 * moment, as often as he likes, and may close his end at any moment. What is
 * masked stays pending until it is unmasked by a hypercall, or seen by a guest
 * that looks for itself.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "internal.h"

static void complain(struct xen *xen, const char *what)
{
	xen->complain(xen->complain_arg, &(const struct xen_complaint){
		.oracle = "bad-port", .object = "event-channel", .what = what,
		.why = "the port may be another's by now",
	});
}

void xen_event_domain(struct xen *xen, uint16_t domid,
		      const struct xen_event_options *options)
{
	struct xen_domain *domain = xen__domain(xen, domid);

	sim_assert(domain);
	domain->events = *options;
}

/* The port, or NULL if it is free or there is no such. */
static struct port *port_at(struct xen_domain *domain, uint32_t port)
{
	if (!port || port >= XEN_MAX_PORTS ||
	    domain->ports[port].state == PORT_FREE)
		return NULL;
	return &domain->ports[port];
}

static int64_t free_port(const struct xen_domain *domain)
{
	uint32_t i;

	for (i = 1; i < XEN_MAX_PORTS; i++)
		if (domain->ports[i].state == PORT_FREE)
			return i;
	return -ENOSPC;
}

/* -- delivery ------------------------------------------------------------- */

static struct xen_shared_info *shared_info(const struct xen_domain *domain)
{
	if (domain->shared_info == XEN_NO_FRAME)
		return NULL;
	return sim_frame_data(machine_memory(domain->machine),
			      domain->shared_info);
}

/* The bits a guest may change meanwhile are set in one step each. */
static void upcall(struct xen_domain *domain, uint32_t port)
{
	struct xen_shared_info *info = shared_info(domain);
	uint64_t bit = 1ull << port % 64;

	if (!info || info->masked[port / 64] & bit)
		return;
	info->vcpus[0].selector |= 1ull << port / 64;
	if (info->vcpus[0].upcall)
		return;
	info->vcpus[0].upcall = 1;
	if (domain->events.upcall)
		domain->events.upcall(domain->events.arg,
				      (unsigned int)domain->callback);
}

static void deliver(struct xen_domain *domain, uint32_t port)
{
	struct xen_shared_info *info;

	if (!domain->guest) {
		if (domain->events.event)
			domain->events.event(domain->events.arg, port);
		return;
	}
	info = shared_info(domain);
	if (!info)
		return;
	if (info->pending[port / 64] >> port % 64 & 1)
		return;
	info->pending[port / 64] |= 1ull << port % 64;
	upcall(domain, port);
}

/* -- channels ------------------------------------------------------------- */

static void open_port(struct xen_domain *domain, uint32_t port,
		      enum port_state state, uint16_t remote)
{
	struct xen_shared_info *info = shared_info(domain);

	domain->ports[port] = (struct port){
		.state = state, .remote = remote,
	};
	if (info && domain->guest)
		info->pending[port / 64] &= ~(1ull << port % 64);
}

int64_t xen_event_alloc(struct xen *xen, uint16_t domid, uint16_t remote)
{
	struct xen_domain *domain = xen__domain(xen, domid);
	int64_t port = free_port(domain);

	if (port > 0)
		open_port(domain, (uint32_t)port, PORT_UNBOUND, remote);
	return port;
}

int64_t xen_event_bind(struct xen *xen, uint16_t domid, uint16_t remote,
		       uint32_t remote_port)
{
	struct xen_domain *domain = xen__domain(xen, domid);
	struct xen_domain *other = xen__domain(xen, remote);
	struct port *theirs = other ? port_at(other, remote_port) : NULL;
	int64_t port = free_port(domain);

	if (!other)
		return -ESRCH;
	if (!theirs || theirs->state != PORT_UNBOUND ||
	    theirs->remote != domid)
		return -EINVAL;
	if (port < 0)
		return port;
	open_port(domain, (uint32_t)port, PORT_BOUND, remote);
	domain->ports[port].remote_port = remote_port;
	theirs->state = PORT_BOUND;
	theirs->remote_port = (uint32_t)port;
	/* What was sent before there was anybody is not lost. */
	deliver(domain, (uint32_t)port);
	return port;
}

/* As port_at(); a guest that errs is complained of. */
static struct port *named_port(struct xen_domain *domain, uint32_t port,
			       const char *what)
{
	struct port *p = port_at(domain, port);

	if (!p && domain->guest)
		complain(domain->xen, what);
	return p;
}

static void close_port(struct xen_domain *domain, struct port *port)
{
	struct xen_domain *other = xen__domain(domain->xen, port->remote);

	if (port->state == PORT_BOUND && other) {
		struct port *theirs = &other->ports[port->remote_port];

		theirs->state = PORT_UNBOUND;
		theirs->remote_port = 0;
	}
	port->state = PORT_FREE;
}

int xen_event_close(struct xen *xen, uint16_t domid, uint32_t port)
{
	struct xen_domain *domain = xen__domain(xen, domid);
	struct port *p = named_port(domain, port,
				    "a port is closed that is not open");

	if (!p)
		return -EINVAL;
	close_port(domain, p);
	return 0;
}

int xen_event_send(struct xen *xen, uint16_t domid, uint32_t port)
{
	struct port *p = named_port(xen__domain(xen, domid), port,
				    "an event goes to a port that is not open");

	if (!p)
		return -EINVAL;
	if (p->state == PORT_STORE)
		xen_store__event(xen);
	else if (p->state == PORT_BOUND)
		deliver(xen__domain(xen, p->remote), p->remote_port);
	return 0;
}

void xen_event_close_all(struct xen *xen, uint16_t domid)
{
	struct xen_domain *domain = xen__domain(xen, domid);
	uint32_t i;

	for (i = 1; i < XEN_MAX_PORTS; i++)
		if (domain->ports[i].state == PORT_UNBOUND ||
		    domain->ports[i].state == PORT_BOUND)
			close_port(domain, &domain->ports[i]);
}

uint32_t xen_event_ports(const struct xen *xen, uint16_t domid)
{
	const struct xen_domain *domain = xen__domain(xen, domid);
	uint32_t i, nr = 0;

	for (i = 1; i < XEN_MAX_PORTS; i++)
		nr += domain->ports[i].state != PORT_FREE;
	return nr;
}

/* -- the store's end ------------------------------------------------------ */

uint32_t xen__event_store(struct xen_domain *domain)
{
	int64_t port = free_port(domain);

	sim_assert(port > 0);
	open_port(domain, (uint32_t)port, PORT_STORE, 0);
	return (uint32_t)port;
}

void xen__event_from_store(struct xen_domain *domain, uint32_t port)
{
	deliver(domain, port);
}

/* -- hypercalls ----------------------------------------------------------- */

static int64_t do_alloc(struct xen_domain *caller, uint64_t at)
{
	struct evtchn_alloc_unbound op;
	int64_t port;

	if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
		return -EFAULT;
	if (op.domid != XEN_DOMID_SELF)
		return -EPERM;
	if (!xen__domain(caller->xen, op.remote))
		return -ESRCH;
	if (sim_fail_point(caller->xen->sim, SIM_DECIDE_FAIL_IO))
		return -ENOSPC;
	port = xen_event_alloc(caller->xen, caller->domid, op.remote);
	if (port < 0)
		return port;
	op.port = (uint32_t)port;
	memcpy((void *)at, &op, sizeof(op));
	return 0;
}

static int64_t do_bind(struct xen_domain *caller, uint64_t at)
{
	struct evtchn_bind_interdomain op;
	int64_t port;

	if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
		return -EFAULT;
	if (sim_fail_point(caller->xen->sim, SIM_DECIDE_FAIL_IO))
		return -ENOSPC;
	port = xen_event_bind(caller->xen, caller->domid, op.remote,
			      op.remote_port);
	if (port < 0)
		return port;
	op.port = (uint32_t)port;
	memcpy((void *)at, &op, sizeof(op));
	return 0;
}

static int64_t do_unmask(struct xen_domain *caller, uint32_t port)
{
	struct xen_shared_info *info = shared_info(caller);
	uint64_t bit;

	if (!info || !port_at(caller, port))
		return -EINVAL;
	bit = 1ull << port % 64;
	if (!(info->masked[port / 64] & bit))
		return 0;
	info->masked[port / 64] &= ~bit;
	if (info->pending[port / 64] & bit)
		upcall(caller, port);
	return 0;
}

int64_t xen__event_op(struct xen_domain *caller,
		      const struct machine_hypercall *call)
{
	uint32_t port = 0;

	switch (call->control) {
	case EVTCHNOP_ALLOC_UNBOUND:
		return do_alloc(caller, call->input);
	case EVTCHNOP_BIND_INTERDOMAIN:
		return do_bind(caller, call->input);
	}
	if (!xen__copy_in(caller->xen, &port, call->input, sizeof(port)))
		return -EFAULT;
	switch (call->control) {
	case EVTCHNOP_CLOSE:
		return xen_event_close(caller->xen, caller->domid, port);
	case EVTCHNOP_SEND:
		return xen_event_send(caller->xen, caller->domid, port);
	case EVTCHNOP_UNMASK:
		return do_unmask(caller, port);
	default:
		return -ENOSYS;
	}
}
