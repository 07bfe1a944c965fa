/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen.h - a hypervisor that does what its public interface says, and peers
 *
 *	guest (a kernel)                     peer (a model)
 *	table: what it grants  ------------> maps, reads, writes, keeps
 *	holes: where it maps   <------------ table: what it grants
 *	        |                                  |
 *	        +------- hypercalls, xen_* --------+
 *	                 struct xen: one hypervisor, and its ledger
 *
 * Guests of this hypervisor have translated memory (PVH, HVM): frame numbers are
 * those of the domain. Hypercalls take addresses of the calling kernel, as they
 * do in reality. Protocol facts: models/xen_abi.h.
 *
 * A frame has one content. While a guest maps one of a peer's, that is what is
 * at the guest's hole, and peers are led there.
 */
#ifndef MODELS_XEN_H
#define MODELS_XEN_H

#include <models/machine.h>
#include <models/xen_abi.h>
#include <models/xen_ledger.h>

struct xen;

/*
 * @max_ram_page: highest frame number of the host; guests that may see more
 *		than 2^32 frames need version 2
 * @complain:	findings of the ledger
 */
struct xen_options {
	uint64_t max_ram_page;
	void (*complain)(void *arg, const struct xen_complaint *complaint);
	void *arg;
};

struct xen *xen_new(struct sim *sim, const struct xen_options *options);
struct xen_ledger *xen_ledger(const struct xen *xen);

/*
 * Makes a machine a domain; it becomes its hypervisor.
 *
 * @guest:	has a kernel, which is judged
 * @max_table_frames: of its grant table, at most XEN_MAX_TABLE_FRAMES
 */
struct xen_domain_options {
	struct machine *machine;
	uint16_t domid;
	bool guest;
	uint32_t max_table_frames;
};
struct xen_domain *xen_domain_new(struct xen *xen,
				  const struct xen_domain_options *options);

/* A domain that has no kernel to ask for it: its table is in @frame. */
void xen_domain_table(struct xen *xen, uint16_t domid, uint64_t frame);

/* -- what peers do: results are a handle, 0 or enum gnttab_status -- */

struct xen_map {
	uint16_t mapper;
	uint16_t granter;
	uint32_t ref;
	bool write;
	uint64_t at;			/* hole of the mapper, or XEN_NO_FRAME */
};
int64_t xen_map(struct xen *xen, const struct xen_map *map);
int xen_unmap(struct xen *xen, uint16_t mapper, uint32_t handle);

/* The page behind a handle of @mapper, or NULL. @write: about to be written. */
void *xen_page(struct xen *xen, uint16_t mapper, uint32_t handle, bool write);
/* The frame of @domid's own memory, wherever its content is now. */
void *xen_frame(struct xen *xen, uint16_t domid, uint64_t frame);

/*
 * The granter's pager takes a frame of @domid until @until_ns. Whoever maps or
 * copies it before is told to try again; who has it mapped already keeps it.
 */
void xen_page_out(struct xen *xen, uint16_t domid, uint64_t frame,
		  uint64_t until_ns);

/* What entries of batches have been told so far. */
struct xen_answers {
	uint32_t again;			/* GNTST_EAGAIN */
	uint32_t bad_page;		/* GNTST_BAD_PAGE */
};
void xen_answers(const struct xen *xen, struct xen_answers *answers);

/* Everything that @mapper has of @granter is unmapped: it dies, or has had it. */
void xen_let_go(struct xen *xen, uint16_t mapper, uint16_t granter);

#endif
