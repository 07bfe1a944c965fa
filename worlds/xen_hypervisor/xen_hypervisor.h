/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_hypervisor.h - a hypervisor and the domains on it (private)
 *
 *	domain 1      domain 2      domain 3       guest mode: anything goes
 *	  |  EPT, TLB   |             |
 *	  +-------------+-------------+---- hypercalls
 *	| cpu0          | cpu1        | tools |    physical CPUs
 *	|---------------------------------------|
 *	| components/xen/hypervisor             |
 *	| kernel/hypervisor                     |
 *	+---------------------------------------+
 *	  host frames: models/memory; the book: models/xen_account.h
 *
 * An actor is a physical CPU, on which vCPUs of all domains take turns: each op
 * says for which domain it is. What a guest does in guest mode goes by what
 * hardware would do: its table of frames, and what is cached of it.
 *
 *	guest frame   0..7      8..10          16..31   32..35   40
 *	              memory    arguments of   holes    table    status
 *	                        cpu0 1 tools
 *
 * Guests may do anything and are not judged; the hypervisor is.
 */
#ifndef WORLDS_XEN_HYPERVISOR_H
#define WORLDS_XEN_HYPERVISOR_H

#include <models/machine.h>
#include <models/xen_account.h>
#include <vtb/bridge.h>
#include <vtb/hypervisor.h>
#include <vtb/xen_public.h>
#include <worlds/op.h>

enum hv_actor { ACTOR_CPU0, ACTOR_CPU1, ACTOR_TOOLS, HV_ACTORS };
enum hv_config { CONFIG_VERSION, CONFIG_FRAMES, CONFIG_HANDLES, HV_CONFIG };

#define NR_DOMAINS	3		/* 1.. */
#define HOST_FRAMES	256
#define FIRST_FRAME	48		/* that domains can have */

#define GFN_DATA	0
#define NR_DATA		8
#define GFN_ARGS	8
#define NR_MEMORY	(GFN_ARGS + HV_ACTORS)
#define GFN_HOLES	16
#define NR_HOLES	16
#define GFN_TABLE	32
#define GFN_STATUS	40
#define OP_GFNS		64		/* that ops name... */
#define NR_GFNS		72		/* ...and a batch behind them */

#define MAX_SERIALS	512		/* frames that domains ever got */

/*
 * Words of a domain's memory say whose they are until somebody writes others:
 * 0xa, domain, serial number of the frame, offset.
 */
#define TAG(domid, serial, word)					\
	(0xa0000000u | (uint32_t)(domid) << 26 | (uint32_t)(serial) << 12 | \
	 (uint32_t)(word))

struct hv_tlb {
	uint64_t frame;
	bool valid;
	bool write;
};

/* @granted: bytes that each other domain could ever copy; @seen: has some. */
struct hv_serial {
	uint16_t domid;
	uint32_t start[NR_DOMAINS + 1];
	uint32_t end[NR_DOMAINS + 1];
	bool seen[NR_DOMAINS + 1];
};

struct hv_domain {
	struct hv_tlb tlb[NR_GFNS];
	bool wild_status;		/* the guest has written where we do */
	bool wild[XEN_ACCOUNT_REFS];
	uint64_t ept;			/* frame of its table; 0: gone */
	bool exists;
	bool dead;			/* killed; a rest may be left */
};

/*
 * A call that is not done: what it has done already the book has not heard of.
 * @granter, @ref: a grant that it maps
 */
struct hv_under_way {
	bool maps;
	bool copies;
	bool to_grant;		/* what it copies */
	unsigned int domid;
	unsigned int granter;
	uint32_t ref;
};

struct hv_world {
	struct world world;
	struct machine *machine;
	struct kernel_instance *kernel;
	struct xen_account *account;
	struct vtb_hv_account baseline;
	struct vtb_hv_domain_options options;
	unsigned int first_version;
	struct hv_domain domains[NR_DOMAINS + 1];
	struct hv_serial serials[MAX_SERIALS];
	uint32_t nr_serials;
	uint16_t serial_of[HOST_FRAMES];
	bool lets[NR_DOMAINS + 1][NR_DOMAINS + 1];
	bool copied;			/* something, by a hypercall */
	bool wild_tables;		/* written otherwise than by entries */
	bool unsure;			/* a guest could not be told of something */
	unsigned int nr_unmapping;	/* calls that end mappings, now */
	struct hv_under_way under_way[HV_ACTORS];
};

static inline struct hv_world *hv_world(struct world *world)
{
	return (struct hv_world *)world;
}

extern const char *const hv_actors[];
extern const struct op_arg hv_config[HV_CONFIG];
#define HV_NR_OPS	60
extern const struct op hv_ops[HV_NR_OPS];

/* -- build.c -- */

struct world *hv_build(struct sim *sim, const uint64_t *config);
void hv_finish(struct world *world, enum sim_end end);
/* A domain as the tools make it, with its table in place. */
int64_t hv_create(struct hv_world *w, unsigned int domid);
int64_t hv_kill(struct hv_world *w, unsigned int domid);

/* -- guest.c -- */

/* The byte at a guest-physical address as the guest's CPUs reach it, or NULL. */
void *guest_at(struct hv_world *w, unsigned int domid, uint64_t address,
	       bool write);
uint64_t guest_frame(struct hv_world *w, unsigned int domid, uint64_t gfn);
void guest_flush(struct hv_world *w, unsigned int domid);
/* A guest has written somewhere in @frame. */
void guest_wrote(struct hv_world *w, uint64_t frame);
/* Fills the frames that a domain has got with words of its own. */
void guest_fill(struct hv_world *w, unsigned int domid, uint64_t gfn);

/* Whom a grant is for now: a domain there could be. */
unsigned int guest_grantee(struct hv_world *w, uint64_t grant);
/* References that ops grant by are watched. */
uint32_t guest_ref(uint64_t ref);
/* The frames of arguments are nobody's to grant. */
uint64_t guest_grantable(uint64_t gfn);

int64_t op_grant(struct world *world, const uint64_t *args);
int64_t op_pass_on(struct world *world, const uint64_t *args);
int64_t op_regrant(struct world *world, const uint64_t *args);
int64_t op_end(struct world *world, const uint64_t *args);
int64_t op_scribble(struct world *world, const uint64_t *args);
int64_t op_touch(struct world *world, const uint64_t *args);

/* -- calls.c -- */

/*
 * @since: the book's time when it began; @alone: nothing else has happened since
 * (known at the end); @copied: somebody was copying when it began
 */
struct hv_call {
	struct hv_world *w;
	unsigned int domid;
	unsigned int actor;
	uint32_t since;
	uint32_t started;
	bool alone;
	bool copied;
};
/* What it is about, until it has told the book. */
struct hv_under_way *hv_under_way(const struct hv_call *call);
/* Is somebody else in the middle of an op? */
bool hv_others_run(const struct hv_world *w);
/* Room for arguments, zero; NULL: the domain cannot call. */
void *hv_begin(struct hv_call *call, struct world *world, unsigned int domid);
uint64_t hv_args(const struct hv_call *call);
/* Stays in the hypervisor until hv_end(), so results are what they are. */
int64_t hv_run(struct hv_call *call, unsigned int nr, unsigned int cmd,
	       unsigned int count);
void hv_end(struct hv_call *call);

int64_t op_map(struct world *world, const uint64_t *args);
int64_t op_map_edge(struct world *world, const uint64_t *args);
int64_t op_map_any(struct world *world, const uint64_t *args);
int64_t op_unmap(struct world *world, const uint64_t *args);
int64_t op_unmap_any(struct world *world, const uint64_t *args);
int64_t op_replace(struct world *world, const uint64_t *args);
int64_t op_swap(struct world *world, const uint64_t *args);
int64_t op_version(struct world *world, const uint64_t *args);
int64_t op_version_often(struct world *world, const uint64_t *args);
int64_t op_setup(struct world *world, const uint64_t *args);
int64_t op_query(struct world *world, const uint64_t *args);
int64_t op_status(struct world *world, const uint64_t *args);
int64_t op_place(struct world *world, const uint64_t *args);
int64_t op_place_often(struct world *world, const uint64_t *args);
int64_t op_remove(struct world *world, const uint64_t *args);
int64_t op_free(struct world *world, const uint64_t *args);
int64_t op_populate(struct world *world, const uint64_t *args);
int64_t op_transfer(struct world *world, const uint64_t *args);
int64_t op_create(struct world *world, const uint64_t *args);
int64_t op_kill(struct world *world, const uint64_t *args);

/* -- copies.c -- */

int64_t op_copy(struct world *world, const uint64_t *args);
int64_t op_copy_any(struct world *world, const uint64_t *args);
/* Data of others in the memory of a domain that it could never have got. */
void judge_contents(struct hv_world *w);

/* -- predict.c: what a call that nothing disturbs has to come to -- */

void predict_map(struct hv_call *call, const struct gnttab_map_grant_ref *op,
		 unsigned int handles);
void predict_copy(struct hv_call *call, const struct gnttab_copy *op);
/* Entries with these indices (negative: not watched) have been swapped. */
void predict_swap(struct hv_call *call, int a, int b,
		  const struct xen_terms before[2]);
bool hv_undisturbed(const struct hv_world *w);
/* What a reference stands for is what its entry, and that behind it, say now. */
bool hv_settled(const struct hv_world *w, unsigned int domid, uint32_t ref);

/* -- judge.c -- */

void judge_scan(struct hv_world *w);	/* inside the hypervisor */
void judge_rest(struct hv_world *w);	/* nobody is inside */
void judge_freed(void *machine, uint64_t phys, uint64_t bytes,
		 const void *site);
void hv_raise(struct hv_world *w, const char *oracle, const char *object,
	      const char *what, const char *why);

#endif
