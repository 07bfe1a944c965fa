/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_store.h - xenstore: a small tree that all domains of a host see
 *
 * As far as xenbus needs it: values, directories, transactions, watches. A guest
 * reaches it by the two rings of its page, which is device memory to it
 * (XEN_STORE_FRAME), and an event channel; others by what follows. Paths of a guest
 * that do not begin with a slash are below its own directory,
 * /local/domain/<domid>. A domain may read everything, and write what is below its
 * own directory; XEN_BUILDER_DOMID everything. Results are negative errnos.
 *
 * Not here: permissions, quotas of single domains, live update.
 */
#ifndef MODELS_XEN_STORE_H
#define MODELS_XEN_STORE_H

#include <models/xen.h>

#define XEN_STORE_FRAME		0xfeffcull	/* of a guest's page */
#define XEN_STORE_PATH		64		/* bytes with NUL */
#define XEN_STORE_VALUE		48

struct xen_store;

/* One for a hypervisor. */
struct xen_store *xen_store_new(struct xen *xen);
/* Gives a guest its page and port; before it boots. */
void xen_store_guest(struct xen_store *store, uint16_t domid);

/* -- for domains without a kernel, and whoever builds domains -- */

int xen_store_write(struct xen_store *store, uint16_t domid, const char *path,
		    const char *value);
/* A value of at most XEN_STORE_VALUE bytes with NUL, or NULL: none there. */
const char *xen_store_read(struct xen_store *store, const char *path);
/* A number that is there, or @otherwise. */
unsigned int xen_store_number(struct xen_store *store, const char *path,
			      unsigned int otherwise);
/* All that is below, too. */
int xen_store_rm(struct xen_store *store, uint16_t domid, const char *path);

/*
 * @changed is called when what is at @path, above or below it changes; in the same
 * moment, wherever that is. At most XEN_STORE_WATCHES, never taken back.
 */
struct xen_store_watch {
	const char *path;		/* stays the caller's */
	void (*changed)(void *arg);
	void *arg;
};
void xen_store_watch(struct xen_store *store,
		     const struct xen_store_watch *watch);

/* Watches and transactions that @domid has. */
uint32_t xen_store_watches(const struct xen_store *store, uint16_t domid);
uint32_t xen_store_transactions(const struct xen_store *store);

#endif
