/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c - a guest and a peer below one hypervisor; how a run ends
 *
 * secret: new memory of the simulated kernel is full of one byte (VTB_JUNK_NEW),
 * which stands for whatever was there before. Assumption: nobody writes so many
 * of that byte on purpose.
 *
 * references: a table that has as many references free as it can have gives all
 * of them to whoever asks. Assumption: its maximum does not change.
 *
 * wrong-callback: who waits for so many references is told once, as soon as they
 * are free, and not if he waits no more. Looked at when all is closed.
 */
#include <string.h>

#include <sim/decide.h>
#include <sim/fiber.h>
#include <worlds/host_backend.h>
#include <worlds/raise.h>

#include "xen_gnt_ioctl.h"
#include "xen_world.h"

#define GUEST_FRAMES	512
#define JUNK_NEW	0xb5	/* VTB_JUNK_NEW of the runtime */
#define JUNK_BYTES	64	/* so many in a row are no accident */
#define SOURCE_PEER	0x120	/* of events; fibers have small numbers */
#define LIST_REFS	1024u	/* of kernels that allocate lists in pages */

extern const struct host_backend kernel_backend;

const char *const xen_actors[] = {
	[ACTOR_FRONT] = "front", [ACTOR_OTHER] = "other",
	[ACTOR_PEER] = "peer", NULL,
};

const uint8_t xen_sharing[XEN_ACTORS] = { [ACTOR_PEER] = 1 };

/* Entries that others have made are looked at now and then: no op is to blame. */
static void complain(void *arg, const struct xen_complaint *complaint)
{
	struct world *world = arg;
	const char *op = world_op_name(world, sim_op(world->sim));
	const struct world_finding finding = {
		.oracle = complaint->oracle,
		.object = complaint->object,
		.place = { strcmp(complaint->object, "reserved") ? op : NULL },
		.what = complaint->what,
		.why = complaint->why,
	};

	world_raise(world, &finding);
}

static void new_peer(struct xen_world *w)
{
	struct sim *sim = w->host.world.sim;
	const struct machine_options options = {
		.name = "peer", .number = 1, .nr_frames = PEER_FRAMES,
	};
	const struct xen_domain_options domain = {
		.domid = PEER_DOMID, .max_table_frames = 1,
		.machine = w->peer = machine_new(sim, &options),
	};

	sim_frames_set_class(machine_memory(w->peer), 0, PEER_FRAMES,
			     SIM_FRAME_COLD);
	xen_domain_new(w->xen, &domain);
	xen_domain_table(w->xen, PEER_DOMID, PEER_TABLE);
}

uint32_t xen_world_max_frames(const uint64_t *config)
{
	return (uint32_t)config[CONFIG_FRAMES] << config[CONFIG_VERSION];
}

void xen_world_plug(struct one_host *host, const uint64_t *config)
{
	struct xen_world *w = (struct xen_world *)host;
	const struct xen_options xen = {
		/* Beyond 2^32 frames entries of version 1 are too small. */
		.max_ram_page = config[CONFIG_VERSION] ? 1ull << 32 : 1 << 20,
		.complain = complain, .arg = w,
	};
	const struct xen_domain_options domain = {
		.machine = host->machine, .domid = GUEST_DOMID, .guest = true,
		.max_table_frames = xen_world_max_frames(config),
	};

	w->xen = xen_new(host->world.sim, &xen);
	xen_domain_new(w->xen, &domain);
	new_peer(w);
}

/* -- the peer ends -- */

static void dies(struct sim *sim, struct sim_event *event)
{
	struct xen_world *w = (struct xen_world *)
		((char *)event - offsetof(struct xen_world, dies));

	(void)sim;
	w->meddled = true;
	xen_let_go(w->xen, PEER_DOMID, GUEST_DOMID);
}

/* -- building -- */

static int64_t open_file(struct world *world, const uint64_t *args)
{
	struct xen_world *w = xen_world(world);
	int64_t file = one_host_open(world, w->device);

	(void)args;
	if (file < 0)
		sim_bench_error(__FILE__, __LINE__, "/dev/%s: %d", w->device,
				(int)file);
	w->file = (uint64_t)file;
	return 0;
}

struct world *xen_world_build(const struct world_type *type, struct sim *sim,
			      const uint64_t *config,
			      const struct xen_world_options *options)
{
	const struct one_host_options host = {
		.bytes = options->bytes, .nr_cpus = 2,
		.nr_frames = GUEST_FRAMES, .nr_threads = ACTOR_PEER,
		.plug = options->plug ?: xen_world_plug, .config = config,
	};
	const struct sim_run_options limits = { .step_budget = 10000000 };
	struct world *world = one_host_build_with(type, sim, &host);
	struct xen_world *w = xen_world(world);

	sim_event_init(&w->dies, dies, SOURCE_PEER, 0);
	w->first_refs = xen_ledger_nr_refs(xen_ledger(w->xen), GUEST_DOMID);
	w->max_refs = w->first_refs * xen_world_max_frames(config) -
		      GNTTAB_NR_RESERVED;
	w->device = options->device;
	if (options->start)
		options->start(w);
	world_call(world, ACTOR_FRONT, open_file);
	sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	return world;
}

/* -- judging -- */

void xen_world_judge(struct world *world)
{
	xen_ledger_judge(xen_ledger(xen_world(world)->xen));
}

static bool others_run(const struct world *world)
{
	uint32_t own = sim_op(world->sim);
	unsigned int i;

	for (i = 0; i < world->nr_actors; i++)
		if (world->running[i] && world->running[i] != own)
			return true;
	return false;
}

uint32_t xen_world_mark(const struct world *world)
{
	return others_run(world) ? UINT32_MAX : world->started;
}

bool xen_world_alone(const struct world *world, uint32_t mark)
{
	return world->started == mark && !others_run(world);
}

bool xen_world_is_granted(struct world *world, uint32_t ref, uint64_t gfn,
			  bool readonly)
{
	const struct xen_ledger *ledger = xen_ledger(xen_world(world)->xen);
	struct xen_entry entry;

	return xen_ledger_entry(ledger, GUEST_DOMID, ref, &entry) &&
	       (entry.flags & GTF_TYPE_MASK) == GTF_PERMIT_ACCESS &&
	       !(entry.flags & GTF_READONLY) == !readonly &&
	       entry.domid == PEER_DOMID && entry.frame == gfn;
}

/* Pages may have red zones in them, which are nobody's secret. */
__attribute__((no_sanitize("address")))
void xen_world_judge_secret(struct world *world, const void *page)
{
	const unsigned char *bytes = page;
	uint32_t run = 0, i;

	for (i = 0; i < SIM_FRAME_BYTES && run < JUNK_BYTES; i++)
		run = bytes[i] == JUNK_NEW ? run + 1 : 0;
	if (run == JUNK_BYTES)
		one_host_raise(world, "secret", "page",
			       "the peer sees memory that nobody has cleared",
			       "whatever was there before is there to read");
}

/* -- the end -- */

static int64_t take_references(struct world *world, uint64_t file,
			       struct xen_gnt_list *list)
{
	int64_t rc = one_host_ioctl(world, file, XEN_GNT_LIST, list,
				    sizeof(*list));

	if (rc < 0)
		one_host_raise(world, "leak", "reference",
			       "all is closed, and references are missing",
			       "not all there are can be had at once");
	return rc;
}

static void give_references(struct world *world, uint64_t file,
			    struct xen_gnt_list *list)
{
	one_host_ioctl(world, file, XEN_GNT_UNLIST, list, sizeof(*list));
}

enum ask { WAITS, WAITS_NO_MORE };

/* Waiter @nr, who wants @nr + 1, was told so often before he asked this. */
static void ask_waiter(struct world *world, uint64_t file, uint32_t nr,
		       enum ask what, uint32_t told)
{
	struct xen_gnt_notify notify = {
		.nr = nr + 1, .waiter = nr, .cancel = what == WAITS_NO_MORE,
	};
	int64_t rc = one_host_ioctl(world, file, XEN_GNT_NOTIFY, &notify,
				    sizeof(notify));

	if (rc < 0 || notify.told == told)
		return;
	one_host_raise(world, "wrong-callback", "reference",
		       notify.told < told ?
		       "who waits for references is not told that there are" :
		       "who waits for references is told without need",
		       "one waits for one, another for two");
}

/*
 * @two: references, and all others are taken. Both wait, and one of them has
 * second thoughts: the first, the second, none.
 */
static void probe_waiters(struct world *world, uint64_t file,
			  struct xen_gnt_list *two)
{
	uint32_t told[XEN_GNT_WAITERS] = { 0 }, gone, nr;

	for (gone = 0; gone <= XEN_GNT_WAITERS; gone++) {
		for (nr = 0; nr < XEN_GNT_WAITERS; nr++)
			ask_waiter(world, file, nr, WAITS, told[nr]);
		if (gone < XEN_GNT_WAITERS)
			ask_waiter(world, file, gone, WAITS_NO_MORE,
				   told[gone]);
		give_references(world, file, two);
		for (nr = 0; nr < XEN_GNT_WAITERS; nr++) {
			told[nr] += nr != gone;
			ask_waiter(world, file, nr, WAITS_NO_MORE, told[nr]);
		}
		if (take_references(world, file, two) < 0)
			return;
	}
}

static int64_t probe(struct world *world, const uint64_t *args)
{
	struct xen_gnt_list most = { .nr = xen_world(world)->max_refs - 2 };
	struct xen_gnt_list two = { .nr = 2 }, none = { .slot = UINT32_MAX };
	int64_t file = one_host_open(world, "xen-gnt");

	(void)args;
	sim_assert(file >= 0);
	/* What an adversary still changes back he changes back now. */
	give_references(world, (uint64_t)file, &none);
	/* The file stays open: nothing comes after this. */
	if (take_references(world, (uint64_t)file, &most) >= 0 &&
	    take_references(world, (uint64_t)file, &two) >= 0)
		probe_waiters(world, (uint64_t)file, &two);
	return 0;
}

/* Who has grown the table keeps lists of free references for it. */
static void allow_growth(struct xen_world *w)
{
	uint32_t now = xen_ledger_nr_refs(xen_ledger(w->xen), GUEST_DOMID);

	w->host.may_grow = "gnttab_";
	w->host.baseline.pages += (now + LIST_REFS - 1) / LIST_REFS -
				  (w->first_refs + LIST_REFS - 1) / LIST_REFS;
}

void xen_world_finish(struct world *world, enum sim_end end)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };
	struct xen_world *w = xen_world(world);

	if (end == SIM_END_QUIESCENT && !world_running_op(world)) {
		xen_let_go(w->xen, PEER_DOMID, GUEST_DOMID);
		allow_growth(w);
	}
	one_host_finish(world, end);
	if (sim_finding_get(world->sim) || end != SIM_END_QUIESCENT ||
	    world_running_op(world))
		return;
	xen_ledger_judge(xen_ledger(w->xen));
	/* Whoever has taken none cannot have lost one. */
	if (!w->took)
		return;
	sim_set_plan(world->sim, &no_faults);
	world_call(world, ACTOR_FRONT, probe);
	sim_run(world->sim, &limits);
}
