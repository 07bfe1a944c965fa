/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * front.h - a display frontend, between its files
 *
 *	process ---> buffers, frame buffers ---> requests ---> backend
 *	   ^                                     answers  <---
 *	   +---- flips that are done <--------- events   <---
 *
 * Locks, in the order in which they are taken:
 *
 *	use_lock   one call of a process at a time, its wait for the backend
 *		   included; buffers
 *	lock	   what interrupts look at: is there a connection, which answer is
 *		   waited for, frame buffers
 *
 * A connection ends in disconnect(), and nowhere else: whatever was granted for it
 * is taken back there. To end one, clear .connected, wake who waits, take use_lock.
 * A backend that does not answer still has what it was told of, so what it did not
 * answer stays granted until then, and it is asked to let go first.
 */
#ifndef DISPLAY_FRONT_H
#define DISPLAY_FRONT_H

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/displif.h>
#include <xen/xen-front-pgdir-shbuf.h>
#include <xen/xenbus.h>

/* A page that is shared and the events that go with it; @irq 0: not bound. */
struct displ_channel {
	void *page;
	grant_ref_t gref;
	evtchn_port_t port;
	int irq;
};

/* What is asked, and its answer. */
struct displ_call {
	bool waiting;
	u16 id;
	int status;
	struct completion answered;
};

struct displ_front {
	struct kref kref;
	struct xenbus_device *xdev;
	struct mutex use_lock;
	struct list_head buffers;
	spinlock_t lock;
	bool connected;
	struct displ_call call;
	struct list_head fbs;
	wait_queue_head_t changed;	/* .connected has */
	struct displ_channel requests;
	struct displ_channel events;
	struct xen_displif_front_ring ring;
	u32 event_cons;
	struct work_struct broken;	/* the backend breaks the protocol */
};

struct displ_buffer {
	struct list_head list;
	u64 id;
	bool backend;
	unsigned int nr_fbs;
	int nr_pages;
	struct page **pages;
	struct xen_front_pgdir_shbuf shbuf;
};

/* @sent, @done: flips, under lock; @gone: nobody will tell of any. */
struct displ_fb {
	struct kref kref;
	struct list_head list;
	u64 id;
	struct displ_buffer *buffer;
	u32 sent, done;
	bool gone;
	wait_queue_head_t flipped;
};

/* -- front_channel.c -- */

int displ_channels_open(struct displ_front *front);
void displ_channels_close(struct displ_front *front);
/* Tells the store where they are. */
int displ_channels_publish(struct displ_front *front);

/*
 * Asks the backend and waits: 0, -EREMOTEIO, or one of -ENOTCONN, -ENODEV and
 * -ETIMEDOUT, after which the backend may still do what it was asked for. Under
 * use_lock.
 */
int displ_ask(struct displ_front *front, struct xendispl_req *req);

/* -- front_buffer.c: under use_lock -- */

int displ_create(struct displ_front *front, int nr_pages, bool backend,
		 u64 *id);
int displ_destroy(struct displ_front *front, u64 id);
int displ_attach(struct displ_front *front, u64 buffer, u64 *id);
int displ_detach(struct displ_front *front, u64 id);
int displ_flip(struct displ_front *front, u64 id);
/* The connection is over: all go. */
void displ_free_all(struct displ_front *front);
struct displ_buffer *displ_find_buffer(struct displ_front *front, u64 id);

/* Without use_lock; the caller puts what it gets. NULL: there is none. */
struct displ_fb *displ_get_fb(struct displ_front *front, u64 id);
void displ_put_fb(struct displ_fb *fb);
/* From an interrupt, under lock. */
void displ_flip_done(struct displ_front *front, u64 id);

/* -- front.c -- */

/* No use in going on: the backend is asked to close. Under use_lock. */
void displ_give_up(struct displ_front *front);

int displ_bind(void);
void displ_unbind(void);
/* The device's, if the driver has one; the caller puts it. */
struct displ_front *displ_get(void);
void displ_put(struct displ_front *front);

#endif
