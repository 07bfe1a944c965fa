/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h - of the way to xenstore and the bus above it (private to this folder)
 */
#ifndef XENBUS_BUS_H
#define XENBUS_BUS_H

#include <linux/types.h>
#include <xen/interface/io/xs_wire.h>

/*
 * A message: header and body. Of an answer @body is its reader's to kfree(), and
 * has a NUL behind it.
 */
struct xs_message {
	struct xsd_sockmsg header;
	char *body;
};

/* -- ring.c: bytes to and from xenstore; one at a time each -- */

int xs_ring_init(void (*arrived)(void));
/* Blocks where there is no room. */
void xs_ring_write(const void *from, size_t bytes);
/* Takes what is there, at most @bytes; returns how many. */
size_t xs_ring_read(void *to, size_t bytes);

/* -- watch.c -- */

/* Takes the body of @message over. */
void xs_watch_event(struct xs_message *message);
void xs_watch_init(void);

/* -- store.c -- */

/* One request of nul-terminated parts: its answer, or an ERR_PTR(). */
struct xs_part {
	const void *data;
	size_t bytes;
};
char *xs_talk(u32 transaction, enum xsd_sockmsg_type type,
	      const struct xs_part *parts, unsigned int nr, u32 *bytes);
void xs_arrived(void);

#endif
