/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger.h - what DMA may reach now: the reference translation
 *
 * The world tells the ledger what it asks the code under test for and when the
 * answers come; the ledger never looks at a page table. At every request of a
 * device it then knows whether memory may be touched.
 *
 *	binding: (requester, PASID) --> first space --> second space
 *	space:   page --> page below (frame of the machine; guest page if first)
 *
 * Code under test needs time. A change is told before the call that makes it,
 * and settled when the call has returned; how it ended decides what it is then:
 *
 *	         map            done            unmap           done
 *	  GONE ---------> COMING -------> IN FORCE -------> GOING -------> GONE
 *	    ^             may be |        must be  ^        may be |
 *	    +------- failed -----+                 +---- failed ---+
 *
 * Bindings have the same states. A call settles the changes of its own op; a
 * guest's invalidation settles all edits of its tables that came before it.
 *
 * Frames that a second space may reach are given to the machine's devices
 * (machine_grant()) as long as that is so.
 */
#ifndef WORLDS_LEDGER_H
#define WORLDS_LEDGER_H

#include <models/pci_device.h>
#include <sim/sim.h>

struct ledger;

/* Spaces are numbers; these are always there. */
#define LEDGER_NO_SPACE		0u	/* not in this binding */
#define LEDGER_IDENTITY		1u	/* second: all of the machine's memory */
#define LEDGER_ANY		2u	/* first: whatever the guest writes */

enum ledger_rights {
	LEDGER_READ = 1 << 0,
	LEDGER_WRITE = 1 << 1,
};

struct ledger_options {
	struct machine *machine;
	uint32_t max_pages;		/* of all spaces; 0: 1024 */
	uint32_t max_bindings;		/* 0: 64 */
	/*
	 * Requests that began before a change was settled may land after it:
	 * for devices that answer invalidations early. Honest ones drain.
	 */
	bool late_landings;
	uint8_t reserved[7];		/* no padding: it becomes state */
	/* Names of ops, for findings. NULL: "op". */
	const char *(*op_name)(void *arg, uint32_t op);
	void *op_name_arg;
};

struct ledger *ledger_new(struct sim *sim,
			  const struct ledger_options *options);

/* All requests of @device are judged from now on. */
void ledger_watch(struct ledger *ledger, struct pci_device *device);

/*
 * A new space of @owner (a process, a guest: any number). @host: its targets
 * are frames of the machine. Numbers are never used again.
 */
uint32_t ledger_space(struct ledger *ledger, uint32_t owner, bool host);

/* @nr pages from @page on; @targets one for each. */
struct ledger_map {
	uint32_t space;
	uint32_t rights;		/* enum ledger_rights */
	uint64_t page;			/* address >> 12 */
	uint64_t nr;
	const uint64_t *targets;
};

/* False, and nothing done, if the ledger has no room: drop the op. */
bool ledger_map(struct ledger *ledger, const struct ledger_map *map);
/* Both ends inclusive; what is not mapped is skipped. */
void ledger_unmap(struct ledger *ledger, uint32_t space, uint64_t first,
		  uint64_t last);
/* The changes of the running op in that range: @done, or failed. */
void ledger_settle(struct ledger *ledger, uint32_t space, uint64_t first,
		   uint64_t last, bool done);

/* All changes in that range that are older than ledger_now() was @moment. */
uint64_t ledger_now(const struct ledger *ledger);
void ledger_settle_before(struct ledger *ledger, uint32_t space,
			  uint64_t first, uint64_t last, uint64_t moment);

struct ledger_binding {
	uint16_t requester_id;
	uint16_t reserved;
	uint32_t pasid;			/* IOMMU_NO_PASID: plain requests */
	uint32_t owner;			/* of the PASID */
	uint32_t first;			/* or LEDGER_NO_SPACE, LEDGER_ANY */
	uint32_t second;		/* or LEDGER_NO_SPACE, LEDGER_IDENTITY */
};
bool ledger_bind(struct ledger *ledger, const struct ledger_binding *binding);
/* All bindings of that requester and PASID. */
void ledger_unbind(struct ledger *ledger, uint16_t requester_id,
		   uint32_t pasid);
/* The changes of the running op to them. */
void ledger_settle_binding(struct ledger *ledger, uint16_t requester_id,
			   uint32_t pasid, bool done);

/* Pages and bindings that are not gone. */
uint32_t ledger_pages(const struct ledger *ledger);
uint32_t ledger_bindings(const struct ledger *ledger);

#endif
