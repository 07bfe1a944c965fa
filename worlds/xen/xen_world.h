/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_world.h - a guest of Xen and a peer (shared by the worlds of grants)
 *
 *	guest, domain 1                        peer, domain 2
 *	+---------------------------+          +-------------------+
 *	| thread front    (vCPU 0)  |          | fiber peer        |
 *	| thread other    (vCPU 1)  |          | 8 data frames     |
 *	|---------------------------|          |                   |
 *	| a driver                  |          |                   |
 *	| the grant table ----------+--------->| maps, copies      |
 *	| holes <-------------------+----------| its own table     |
 *	+---------------------------+          +-------------------+
 *	              \_________ struct xen, its ledger ________/
 *
 * The peer may do anything at any moment, but keeps what it has mapped for no
 * longer than PEER_KEEPS_NS after its last mapping: then it dies.
 *
 * Oracles, beside those of one_host.h: what the ledger says (models/xen_ledger.h),
 * looked at after each op; a frame that is freed while another machine may touch
 * it (kernel/host/machine.c); secret: memory that nobody has written since it was
 * allocated is seen by the peer; references: when all is closed and the peer is
 * gone, all references there are can be had at once.
 */
#ifndef WORLDS_XEN_WORLD_H
#define WORLDS_XEN_WORLD_H

#include <models/xen.h>
#include <sim/event.h>
#include <worlds/one_host.h>

enum xen_actor { ACTOR_FRONT, ACTOR_OTHER, ACTOR_PEER, XEN_ACTORS };

#define GUEST_DOMID	1
#define PEER_DOMID	2
#define NOBODY_DOMID	7

#define PEER_FRAMES	64
#define PEER_TABLE	1		/* its frame */
#define PEER_DATA	2		/* the first of its data frames */
#define PEER_SLOTS	8
#define PEER_FIRST_REF	16		/* of its table, for slot 0 */
#define PEER_KEEPS_NS	5000000000ull

/* Configuration, the first values of both worlds. */
enum xen_config { CONFIG_VERSION, CONFIG_FRAMES, XEN_CONFIGS };

struct xen_world {
	struct one_host host;
	struct xen *xen;
	struct machine *peer;
	struct sim_event dies;
	const char *device;
	uint64_t file;
	uint32_t max_refs;
	uint32_t first_refs;		/* of the table as it is at boot */
	bool took;			/* an op may have taken references */
	bool meddled;			/* the peer has written what it maps, or died */
};

static inline struct xen_world *xen_world(struct world *world)
{
	return (struct xen_world *)world;
}

extern const char *const xen_actors[];
/* Both threads of the guest have one file. */
extern const uint8_t xen_sharing[XEN_ACTORS];

/* Two configuration values, to begin the list with. */
#define XEN_CONFIG							\
	OP_ENUM("version", "of the grant table", "v1", "v2"),		\
	OP_INT("frames", "of 512 references, that the table may have",	\
	       1, 2, 4, 2, 3)

/*
 * @bytes:	of the whole world
 * @device:	its file is opened
 * @plug:	calls xen_world_plug(), and makes what there is beside the two
 *		domains; NULL: nothing
 * @start:	called when the guest has booted, before the file is opened, or
 *		NULL
 */
struct xen_world_options {
	size_t bytes;
	const char *device;
	void (*plug)(struct one_host *host, const uint64_t *config);
	void (*start)(struct xen_world *w);
};
void xen_world_plug(struct one_host *host, const uint64_t *config);
struct world *xen_world_build(const struct world_type *type, struct sim *sim,
			      const uint64_t *config,
			      const struct xen_world_options *options);
void xen_world_finish(struct world *world, enum sim_end end);

/* After an op of the guest: what the ledger can say at any moment. */
void xen_world_judge(struct world *world);

/*
 * Has nobody else done anything since? Where others run, less can be said.
 * xen_world_mark() is asked before, xen_world_alone() afterwards.
 */
uint32_t xen_world_mark(const struct world *world);
bool xen_world_alone(const struct world *world, uint32_t mark);

/* Frames that the guest's table may have: entries of v2 are twice the size. */
uint32_t xen_world_max_frames(const uint64_t *config);

/* What an entry of the guest's table is to be now. */
bool xen_world_is_granted(struct world *world, uint32_t ref, uint64_t gfn,
			  bool readonly);

/* Raised for memory that nobody has written since it was allocated. */
void xen_world_judge_secret(struct world *world, const void *page);

/* -- ops of the peer (peer.c) -- */

int64_t op_peer_map(struct world *world, uint32_t ref, bool write);
int64_t op_peer_map_ref(struct world *world, const uint64_t *args);
int64_t op_peer_unmap(struct world *world, const uint64_t *args);
int64_t op_peer_write(struct world *world, const uint64_t *args);
int64_t op_peer_read(struct world *world, const uint64_t *args);
int64_t op_peer_offer(struct world *world, const uint64_t *args);
int64_t op_peer_bogus(struct world *world, const uint64_t *args);
int64_t op_peer_revoke(struct world *world, const uint64_t *args);
int64_t op_peer_die(struct world *world, const uint64_t *args);
int64_t op_peer_page_out(struct world *world, const uint64_t *args);
int64_t op_sleep(struct world *world, const uint64_t *args);

#define SLEEP_ARG							\
	OP_INT("ms", "how long", 2, 0, 3000, 1, 0, 5, 1000, 3000)

/* Rows of them; what maps a resource of the guest's is the world's own. */
#define XEN_PEER_OPS							\
	{								\
		.name = "peer_map_ref", .actor = ACTOR_PEER,		\
		.help = "the peer maps what nobody has told it of",	\
		.args = {						\
			OP_INT("ref", "any", 4, 0, 4096, 8, 0, 1, 504,	\
			       511, 512),				\
			OP_ENUM("rights", "asked for", "read", "write"),\
		},							\
		.nr_args = 2, .produces = "view",			\
		.no_contract = "who has which reference",		\
		.run = op_peer_map_ref,					\
	}, {								\
		.name = "peer_unmap", .actor = ACTOR_PEER,		\
		.help = "the peer lets go of a mapping",		\
		.args = { OP_CONSUMED("view", "view", "its mapping") },	\
		.nr_args = 1, .run = op_peer_unmap,			\
	}, {								\
		.name = "peer_write", .actor = ACTOR_PEER,		\
		.help = "the peer writes a word of what it maps",	\
		.args = {						\
			OP_RESOURCE("view", "view", "its mapping"),	\
			OP_INT("word", "of the page", 2, 0, 1023, 0, 1,	\
			       1023),					\
			OP_HEX("value", "what", 4, 0, UINT32_MAX, 1, 0,	\
			       UINT32_MAX),				\
		},							\
		.nr_args = 3, .run = op_peer_write,			\
	}, {								\
		.name = "peer_read", .actor = ACTOR_PEER,		\
		.help = "the peer looks at all of what it maps",	\
		.args = { OP_RESOURCE("view", "view", "its mapping") },	\
		.nr_args = 1, .run = op_peer_read,			\
	}, {								\
		.name = "peer_offer", .actor = ACTOR_PEER,		\
		.help = "the peer grants frames of its own",		\
		.args = {						\
			OP_INT("slot", "the first one", 1, 0,		\
			       PEER_SLOTS - 1, 0, PEER_SLOTS - 1),	\
			OP_INT("nr", "how many", 1, 1, PEER_SLOTS, 1,	\
			       PEER_SLOTS),				\
			OP_ENUM("rights", "granted", "write", "read"),	\
		},							\
		.nr_args = 3, .produces = "offer", .weight = 2,		\
		.run = op_peer_offer,					\
	}, {								\
		.name = "peer_bogus", .actor = ACTOR_PEER,		\
		.help = "the peer grants a frame it does not have",	\
		.args = {						\
			OP_INT("slot", "which", 1, 0, PEER_SLOTS - 1,	\
			       0, PEER_SLOTS - 1),			\
			OP_HEX("frame", "what", 4, PEER_FRAMES,		\
			       UINT32_MAX, PEER_FRAMES, UINT32_MAX),	\
		},							\
		.nr_args = 2, .run = op_peer_bogus,			\
	}, {								\
		.name = "peer_revoke", .actor = ACTOR_PEER,		\
		.help = "the peer takes a grant back, mapped or not",	\
		.args = {						\
			OP_INT("slot", "which", 1, 0, PEER_SLOTS - 1,	\
			       0, PEER_SLOTS - 1),			\
		},							\
		.nr_args = 1, .run = op_peer_revoke,			\
	}, {								\
		.name = "peer_die", .actor = ACTOR_PEER,		\
		.help = "the peer is gone; another takes its place",	\
		.run = op_peer_die,					\
	}, {								\
		.name = "peer_page_out", .actor = ACTOR_PEER,		\
		.help = "a frame of the peer's is paged out for a while", \
		.args = {						\
			OP_INT("slot", "which", 1, 0, PEER_SLOTS - 1,	\
			       0, PEER_SLOTS - 1),			\
			OP_INT("ms", "how long", 2, 0, 60000, 1, 0, 100, \
			       30000, 40000),				\
		},							\
		.nr_args = 2, .run = op_peer_page_out,			\
	}, {								\
		.name = "peer_sleep", .actor = ACTOR_PEER,		\
		.help = "the peer does something else",			\
		.args = { SLEEP_ARG }, .nr_args = 1, .run = op_sleep,	\
	}
#define XEN_PEER_NR_OPS	10

#endif
