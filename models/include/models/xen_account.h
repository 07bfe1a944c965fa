/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_account.h - what a hypervisor may have done with grants
 *
 * The other half of the ledger (xen_ledger.h judges who grants): a book of what
 * entries of grant tables have said, since when, and of what the hypervisor says
 * is mapped. It holds the one against the other and against counts that somebody
 * reads from the machine, and shares no code with any hypervisor.
 *
 *	entries, as parsed by the book   ---->  who may use which frame, when
 *	results of hypercalls            ---->  who has it mapped
 *
 * Time is a count of entries in the book. A hypercall may go by whatever an entry
 * has said at any moment between its beginning and its end.
 */
#ifndef MODELS_XEN_ACCOUNT_H
#define MODELS_XEN_ACCOUNT_H

#include <sim/sim.h>

#define XEN_ACCOUNT_DOMAINS	4
#define XEN_ACCOUNT_REFS	22	/* that are watched, see .c */
#define XEN_ACCOUNT_MAPS	512
#define XEN_ACCOUNT_NO_FRAME	UINT64_MAX

struct xen_account;

struct xen_account *xen_account_new(struct sim *sim);

/* The n-th reference that is watched; the index of one, or negative. */
uint32_t xen_account_ref(uint32_t index);
int xen_account_index(uint32_t ref);

enum xen_terms_kind {
	XEN_TERMS_NONE,
	XEN_TERMS_PAGE,
	XEN_TERMS_PART,			/* of a page: only by copy */
	XEN_TERMS_PASSED_ON,		/* another's grant: only by copy */
};

/* What an entry says; @frame is the host's, XEN_ACCOUNT_NO_FRAME: none. */
struct xen_terms {
	enum xen_terms_kind kind;
	uint16_t domid;
	bool readonly;
	uint64_t frame;
	uint32_t start, end;		/* bytes of the page */
	uint16_t from_domid;		/* PASSED_ON */
	uint32_t from_ref;
};

/* Parses an entry as it lies in memory; .frame is the guest's. */
void xen_account_parse(const void *entry, unsigned int version,
		       struct xen_terms *terms);
/* GTF_reading and GTF_writing as bits 0 and 1. */
unsigned int xen_account_busy(uint16_t word);

/* What entry @index of @domid says now; told whenever it may have changed. */
void xen_account_says(struct xen_account *account, uint16_t domid,
		      uint32_t index, const struct xen_terms *terms);
const struct xen_terms *xen_account_terms(const struct xen_account *account,
					  uint16_t domid, uint32_t index);
uint32_t xen_account_now(const struct xen_account *account);

struct xen_mapping {
	uint16_t mapper;
	uint16_t granter;
	uint32_t ref;
	uint32_t handle;
	uint64_t frame;
	bool write;
	bool host;
	bool device;
};

/*
 * Might @mapping have been made since @since? By an entry that said so, or as
 * another use of what was in use already. NULL, or what is wrong.
 */
const char *xen_account_judge(const struct xen_account *account,
			      const struct xen_mapping *mapping,
			      uint32_t since);
/* @user may copy from (@write: to) bytes @start..@end of what a ref stands for. */
bool xen_account_may_copy(const struct xen_account *account, uint16_t granter,
			  uint32_t index, uint16_t user, bool write,
			  uint32_t start, uint32_t end);

/*
 * The hypervisor says so. Where calls overlap the end of a mapping may be told
 * before its beginning: then it is not entered, and false is returned.
 */
bool xen_account_mapped(struct xen_account *account,
			const struct xen_mapping *mapping, uint32_t since);
void xen_account_unmapped(struct xen_account *account, uint16_t mapper,
			  uint32_t handle, bool host, bool device);
/* @mapper has died: it maps nothing. */
void xen_account_gone(struct xen_account *account, uint16_t mapper);

const struct xen_mapping *xen_account_find(const struct xen_account *account,
					   uint16_t mapper, uint32_t handle);

/* -- counts that have to agree -- */

struct xen_frame_uses {
	uint32_t refs;			/* host and device */
	uint32_t writes;		/* of these, for writing */
};
struct xen_frame_uses xen_account_uses(const struct xen_account *account,
				       uint64_t frame);
/* Places in @mapper's memory where @frame may be. */
uint32_t xen_account_places(const struct xen_account *account,
			    uint16_t mapper, uint64_t frame, bool write);
uint32_t xen_account_handles(const struct xen_account *account,
			     uint16_t mapper);
/* Bits as of xen_account_busy(). */
unsigned int xen_account_expected(const struct xen_account *account,
				  uint16_t granter, uint32_t ref);
/*
 * How often an entry is mapped, a byte each: by a CPU for writing, for reading, by
 * a device for writing, for reading.
 */
uint32_t xen_account_pins(const struct xen_account *account, uint16_t granter,
			  uint32_t ref);
/* Is anything of @granter's table in use? */
bool xen_account_table_in_use(const struct xen_account *account,
			      uint16_t granter);

#endif
