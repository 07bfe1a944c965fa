/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * precopy.h - pre-copy live migration, from the sending VMM's side
 *
 *	round            report -> pages to send -> send them; device writes on
 *	...              until few enough are left
 *	stop-and-copy    device stopped; report, send, wait for the other side
 *
 * How a report is made is the caller's business (the world puts its oracles
 * around it); what follows from it is done here.
 */
#ifndef MODELS_PRECOPY_H
#define MODELS_PRECOPY_H

#include <models/link.h>
#include <models/vmm.h>

struct precopy;

struct precopy_options {
	struct vmm *vmm;
	struct link *link;
	int64_t (*report)(void *arg, const struct vmm_report *report);
	void *arg;
};

struct precopy *precopy_new(struct sim *sim,
			    const struct precopy_options *options);

/* All of RAM is to be sent: a migration begins. */
void precopy_begin(struct precopy *precopy);
bool precopy_active(const struct precopy *precopy);
void precopy_cancel(struct precopy *precopy);

/*
 * Reports and sends once, with bitmaps of at least @page_size per bit. A
 * report that fails means that all of RAM is dirty, as the interface says.
 * Returns the number of pages sent, or -EPIPE.
 */
int64_t precopy_round(struct precopy *precopy, uint64_t page_size);

/* The last round: also waits until the other side has everything. */
int64_t precopy_last_round(struct precopy *precopy, uint64_t page_size);

/*
 * The receiving VMM: takes one message and stores what it carries. For the
 * loop of a thread of that VMM.
 */
void precopy_receive(struct link *link, struct vmm *vmm);

#endif
