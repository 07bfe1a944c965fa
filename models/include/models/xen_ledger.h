/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_ledger.h - the account of who owns, grants and maps which frame
 *
 * A slow, sequential book that is kept beside a hypervisor and shares no code
 * with it: the hypervisor, whichever it is, tells what it has done (mapped,
 * unmapped, taken a frame, given one), and the book looks at the grant tables
 * itself, by their public layout, whether that was right and whether what the
 * owner of the table does meanwhile is.
 *
 *	granter                                 mapper
 *	table[ref] = domid, frame, flags  --->  pin (handle): frame, rights
 *	frame: must stay what it is as long as a pin is on it
 *
 * What it finds it tells by .complain, with words for a finding (oracle and
 * object) and texts. Protocol facts: models/xen_abi.h.
 */
#ifndef MODELS_XEN_LEDGER_H
#define MODELS_XEN_LEDGER_H

#include <models/machine.h>
#include <sim/sim.h>

#define XEN_MAX_DOMAINS		4
#define XEN_MAX_TABLE_FRAMES	8
#define XEN_MAX_PINS		128
#define XEN_NO_FRAME		UINT64_MAX

struct xen_ledger;

struct xen_complaint {
	const char *oracle;
	const char *object;
	const char *what;
	const char *why;
};

struct xen_ledger_options {
	void (*complain)(void *arg, const struct xen_complaint *complaint);
	void *arg;
};

struct xen_ledger *xen_ledger_new(struct sim *sim,
				  const struct xen_ledger_options *options);

/*
 * A domain begins with table version 1 and no table. @judged: it is under test;
 * of others (peers, who may do anything) it is only known what they have.
 */
void xen_ledger_domain(struct xen_ledger *ledger, uint16_t domid,
		       struct machine *machine, bool judged);

/* Frame @index of the table, or of the status words, is now at @gfn. */
void xen_ledger_table(struct xen_ledger *ledger, uint16_t domid,
		      uint32_t index, uint64_t gfn);
void xen_ledger_status(struct xen_ledger *ledger, uint16_t domid,
		       uint32_t index, uint64_t gfn);
void xen_ledger_version(struct xen_ledger *ledger, uint16_t domid,
			uint32_t version);

/* The domain has given the frame at @gfn back; it got one there again. */
void xen_ledger_hole(struct xen_ledger *ledger, uint16_t domid, uint64_t gfn);
void xen_ledger_filled(struct xen_ledger *ledger, uint16_t domid,
		       uint64_t gfn);

/*
 * @mapper has mapped @ref of @granter, which was @frame; @at: where in its own
 * memory, XEN_NO_FRAME for one that has no use for that. For copies a pin is
 * taken and dropped at once.
 */
struct xen_pin {
	uint16_t mapper;
	uint16_t granter;
	uint32_t ref;
	uint64_t frame;
	uint64_t at;
	bool write;
};
void xen_ledger_mapped(struct xen_ledger *ledger, uint32_t handle,
		       const struct xen_pin *pin);
void xen_ledger_unmapped(struct xen_ledger *ledger, uint32_t handle);

/* What an entry says, by its public layout; false: there is none. */
struct xen_entry {
	uint16_t flags;
	uint16_t domid;
	uint16_t busy;			/* GTF_READING, GTF_WRITING */
	uint64_t frame;
};
bool xen_ledger_entry(const struct xen_ledger *ledger, uint16_t domid,
		      uint32_t ref, struct xen_entry *entry);
uint32_t xen_ledger_nr_refs(const struct xen_ledger *ledger, uint16_t domid);

/* Pins of @mapper (0: anybody's) on frames of @granter; on one ref of it. */
uint32_t xen_ledger_pins(const struct xen_ledger *ledger, uint16_t mapper,
			 uint16_t granter);
bool xen_ledger_pinned(const struct xen_ledger *ledger, uint16_t granter,
		       uint32_t ref);

/*
 * Everything that can be said at any moment: entries in use are what they were
 * when they were mapped, busy words agree with the pins, and frames that are
 * granted belong to somebody.
 */
void xen_ledger_judge(struct xen_ledger *ledger);

#endif
