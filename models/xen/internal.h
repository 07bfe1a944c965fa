/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - of the Xen model (private to this folder)
 */
#ifndef MODELS_XEN_INTERNAL_H
#define MODELS_XEN_INTERNAL_H

#include <models/xen_event.h>
#include <models/xen_store.h>

#define MAX_ACTIVE	128

enum port_state {
	PORT_FREE,
	PORT_UNBOUND,			/* for @remote to bind, or bind again */
	PORT_BOUND,
	PORT_STORE,			/* xenstore is at the other end */
};

struct port {
	enum port_state state;
	uint16_t remote;
	uint32_t remote_port;
};

struct xen_domain {
	struct xen *xen;
	struct machine *machine;
	uint16_t domid;
	bool guest;
	uint32_t version;
	uint32_t max_frames;
	uint32_t nr_frames;		/* of the table; located or not */
	uint64_t table[XEN_MAX_TABLE_FRAMES];
	uint64_t status[XEN_MAX_TABLE_FRAMES];
	uint64_t paged_frame;		/* is out... */
	uint64_t paged_until_ns;	/* ...until then */
	struct xen_event_options events;
	uint64_t shared_info;		/* its frame */
	uint64_t callback;		/* line of the upcall */
	uint32_t store_port;		/* 0: it has no xenstore */
	struct port ports[XEN_MAX_PORTS];
};

/* An entry that is in use: what it said when that began. */
struct active {
	struct xen_domain *granter;
	uint32_t ref;
	uint64_t frame;
	uint16_t domid;
	uint16_t readers;		/* mappings, writers included */
	uint16_t writers;
};

struct track {
	struct xen_domain *mapper;	/* NULL: free */
	struct active *active;
	uint64_t at;			/* XEN_NO_FRAME: nowhere */
	bool write;
	bool holds;			/* the content of the frame */
};

struct xen {
	struct sim *sim;
	struct xen_ledger *ledger;
	uint64_t max_ram_page;
	void (*complain)(void *arg, const struct xen_complaint *complaint);
	void *complain_arg;
	bool busy;			/* somebody is in it, see xen__lock() */
	struct xen_domain *domains[XEN_MAX_DOMAINS];
	uint32_t nr_domains;
	struct active active[MAX_ACTIVE];
	struct track tracks[MAX_ACTIVE];
	struct xen_answers answers;
	struct xen_store *store;	/* or NULL */
};

struct xen_domain *xen__domain(const struct xen *xen, uint16_t domid);

/* One call at a time, from wherever it comes. */
void xen__lock(struct xen *xen);
void xen__unlock(struct xen *xen);

/* A frame that the hypervisor has written is so at home, too. */
void xen__settle(struct xen *xen, const struct xen_domain *owner,
		 uint64_t gfn);

/* -- table.c -- */

/*
 * Takes an entry into use for @mapper, drops it again. 0 or gnttab_status.
 * *active has the frame.
 */
int xen__acquire(struct xen *xen, const struct xen_map *map,
		 struct active **active);
void xen__release(struct xen *xen, struct active *active, bool write);

/* -- hypercall.c -- */

uint64_t xen__hypercall(void *domain, const struct machine_hypercall *call);

/* Whatever the guest names; false: no memory of its world. */
bool xen__copy_in(struct xen *xen, void *to, uint64_t from, size_t bytes);

/* -- event.c -- */

int64_t xen__event_op(struct xen_domain *caller,
		      const struct machine_hypercall *call);
/* A port to xenstore; an event from there. */
uint32_t xen__event_store(struct xen_domain *domain);
void xen__event_from_store(struct xen_domain *domain, uint32_t port);

/* -- store_ring.c -- */

/* A guest has sent an event to xenstore. */
void xen_store__event(struct xen *xen);

/* -- copy.c -- */

int xen__copy(struct xen *xen, struct xen_domain *caller,
	      const struct gnttab_copy *op);

#endif
