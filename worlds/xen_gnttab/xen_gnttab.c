/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_gnttab.c - what a process does with grants, and whether it was done
 *
 * Oracles, beside those of xen_world.h:
 *
 * wrong-entry: what the table says of a page is what was granted. Looked at when
 * the call has returned. Assumption: nobody else runs, who could end it by the number
 * of a slot that was in use before.
 *
 * same-ref: nobody gets a reference that somebody has: none of 0..7, none of a
 * live grant, of a row, or behind the end of the table. Lists are chains that
 * only the guest can follow, so they are seen when they are granted from.
 *
 * wrong-list: a list of no references has none.
 *
 * still-granted, wrong-busy: what was ended without the peer having it mapped is
 * no longer granted, and nobody is told that it is in use. Assumption: the peer
 * was in no op meanwhile and had no mapping of it before.
 *
 * wrong-status: an entry of a batch says what came of it: as many are mapped as
 * say so, and what says that it was copied is. Assumption: nobody else runs.
 *
 * gave-up: what was to be tried again is given up only after some hundred tries.
 * Assumption: nobody else runs.
 *
 * spurious-failure: references are refused only if the frames that the table may
 * still have would not do; what is free is not counted. Assumptions: nobody else
 * runs, and no allocation has failed.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "xen_gnttab.h"

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	struct xen_world *w = xen_world(world);

	w->took |= cmd != XEN_GNT_MAP && cmd != XEN_GNT_UNMAP &&
		   cmd != XEN_GNT_HOLD && cmd != XEN_GNT_ACCESS;
	return one_host_ioctl(world, w->file, cmd, arg, bytes);
}

static const struct xen_ledger *ledger(struct world *world)
{
	return xen_ledger(xen_world(world)->xen);
}

/* What is known of a slot; NULL if it is another's or nobody's. */
static struct granted *find_grant(struct world *world, uint64_t slot)
{
	struct granted *grant =
		&gnttab(world)->grants[slot % XEN_GNT_SLOT_STEP];

	return grant->live && grant->slot == slot ? grant : NULL;
}

static struct listed *find_list(struct world *world, uint64_t slot)
{
	struct listed *list =
		&gnttab(world)->lists[slot % XEN_GNT_SLOT_STEP % XEN_GNT_LISTS];

	return list->live && list->slot == slot ? list : NULL;
}

/* -- references ----------------------------------------------------------- */

static bool row_has(const struct listed *list, uint32_t first, uint32_t nr)
{
	return list->live && list->in_a_row && first < list->first + list->nr &&
	       list->first < first + nr;
}

/* Is somebody known to have one of these? */
static bool is_taken(struct world *world, uint32_t first, uint32_t nr)
{
	const struct gnttab_world *w = gnttab(world);
	unsigned int i;

	for (i = 0; i < XEN_GNT_GRANTS; i++)
		if (w->grants[i].live && !w->grants[i].ending &&
		    w->grants[i].ref - first < nr)
			return true;
	for (i = 0; i < XEN_GNT_LISTS; i++)
		if (row_has(&w->lists[i], first, nr))
			return true;
	return false;
}

static void judge_refs(struct world *world, uint32_t first, uint32_t nr)
{
	uint32_t end = xen_ledger_nr_refs(ledger(world), GUEST_DOMID);

	if (first < GNTTAB_NR_RESERVED || first >= end || nr > end - first)
		one_host_raise(world, "same-ref", "reference",
			       "a reference is given out that nobody may have",
			       "reserved, or not in the table");
	if (is_taken(world, first, nr))
		one_host_raise(world, "same-ref", "reference",
			       "a reference is given out twice",
			       "somebody has it");
}

/* They were refused, and @had were in the table before. */
static void judge_refusal(struct world *world, uint64_t nr, uint32_t had)
{
	uint32_t all = xen_world(world)->max_refs + GNTTAB_NR_RESERVED;

	if (nr && nr <= all - had &&
	    !sim_failures(world->sim, SIM_DECIDE_FAIL_ALLOC))
		one_host_raise(world, "spurious-failure", "reference",
			       "references are refused, and the table may grow by so many",
			       "neither memory nor frames were missing");
}

static int64_t reserve(struct world *world, uint64_t nr, bool in_a_row)
{
	struct xen_gnt_list arg = {
		.nr = (uint32_t)nr, .in_a_row = in_a_row,
	};
	uint32_t mark = xen_world_mark(world);
	uint32_t had = xen_ledger_nr_refs(ledger(world), GUEST_DOMID);
	int64_t rc = call(world, XEN_GNT_LIST, &arg, sizeof(arg));
	struct listed *listed;

	if (rc == -ENOSPC && xen_world_alone(world, mark))
		judge_refusal(world, nr, had);
	if (rc < 0)
		return rc;
	if (in_a_row && nr)
		judge_refs(world, arg.first, arg.nr);
	listed = &gnttab(world)->lists[arg.slot % XEN_GNT_SLOT_STEP];
	listed->live = true;
	listed->in_a_row = in_a_row;
	listed->first = arg.first;
	listed->nr = arg.nr;
	listed->slot = arg.slot;
	xen_world_judge(world);
	return arg.slot;
}

/* Nothing is told to user space, so nothing can keep it from being seen. */
static int64_t list_of_none(struct world *world)
{
	int64_t rc = call(world, XEN_GNT_NO_REFS, NULL, 0);

	if (rc > 0)
		one_host_raise(world, "wrong-list", "taken",
			       "a list of no references has some",
			       "they are counted as free");
	return rc < 0 ? rc : -EINVAL;
}

int64_t op_list(struct world *world, const uint64_t *args)
{
	if (!args[0])
		return list_of_none(world);
	return reserve(world, args[0], false);
}

int64_t op_row(struct world *world, const uint64_t *args)
{
	return reserve(world, args[0], true);
}

int64_t op_unlist(struct world *world, const uint64_t *args)
{
	struct xen_gnt_list arg = { .slot = (uint32_t)args[0] };
	struct listed *list = find_list(world, args[0]);
	int64_t rc;

	/* From here on others may get them. */
	if (list)
		list->live = false;
	rc = call(world, XEN_GNT_UNLIST, &arg, sizeof(arg));
	if (rc == -EBUSY && list)
		list->live = true;
	return rc;
}

int64_t op_notify(struct world *world, const uint64_t *args)
{
	struct xen_gnt_notify arg = {
		.nr = (uint32_t)args[0], .cancel = (uint32_t)args[1],
		.waiter = world->calls[sim_op(world->sim) - 1].op->actor,
	};

	return call(world, XEN_GNT_NOTIFY, &arg, sizeof(arg));
}

/* -- granting ------------------------------------------------------------- */

static int64_t grant(struct world *world, uint64_t list, bool readonly)
{
	struct xen_gnt_grant arg = {
		.dom = PEER_DOMID, .readonly = readonly,
		.list = list == OP_NO_RESOURCE ? XEN_GNT_NO_LIST :
						 (uint32_t)list,
	};
	uint32_t mark = xen_world_mark(world);
	int64_t rc = call(world, XEN_GNT_GRANT, &arg, sizeof(arg));
	struct granted *grant;

	if (rc < 0)
		return rc;
	judge_refs(world, arg.ref, 1);
	grant = &gnttab(world)->grants[arg.slot % XEN_GNT_SLOT_STEP];
	grant->live = true;
	grant->ending = false;
	grant->slot = arg.slot;
	grant->readonly = readonly;
	grant->ref = arg.ref;
	grant->gfn = arg.gfn;
	grant->listed = list != OP_NO_RESOURCE;
	if (xen_world_alone(world, mark) &&
	    !xen_world_is_granted(world, arg.ref, arg.gfn, readonly))
		one_host_raise(world, "wrong-entry", "grant",
			       "an entry is not what was granted",
			       "its type, rights, domain or frame");
	xen_world_judge(world);
	return arg.slot;
}

int64_t op_grant(struct world *world, const uint64_t *args)
{
	return grant(world, OP_NO_RESOURCE, args[0]);
}

int64_t op_grant_listed(struct world *world, const uint64_t *args)
{
	if (args[0] == OP_NO_RESOURCE)
		return -ENOENT;
	return grant(world, args[0], args[1]);
}

/* @rc came of ending @was, which the peer has had nothing to do with. */
static void judge_unused(struct world *world, const struct granted *was,
			 int64_t rc)
{
	if (rc == -EBUSY)
		one_host_raise(world, "wrong-busy", "grant",
			       "a grant is said to be in use that nobody maps",
			       "the peer has no mapping of it");
	if (!rc && (xen_world_is_granted(world, was->ref, was->gfn, false) ||
		    xen_world_is_granted(world, was->ref, was->gfn, true)))
		one_host_raise(world, "still-granted", "grant",
			       "a grant has ended and is still in the table",
			       "the peer may map it");
}

int64_t op_end(struct world *world, const uint64_t *args)
{
	struct xen_gnt_end arg = {
		.slot = (uint32_t)args[0], .how = (uint32_t)args[1],
	};
	struct granted *grant = find_grant(world, args[0]), was = { 0 };
	uint32_t mark = xen_world_mark(world);
	bool pinned = false;
	int64_t rc;

	if (grant) {
		/* From here on the reference may be somebody else's. */
		grant->ending = true;
		was = *grant;
		pinned = xen_ledger_pinned(ledger(world), GUEST_DOMID, was.ref);
	}
	rc = call(world, XEN_GNT_END, &arg, sizeof(arg));
	if (grant && grant->slot == arg.slot && xen_world_alone(world, mark))
		grant->ending = false;
	if (!rc && grant && grant->slot == arg.slot)
		grant->live = false;
	if (grant && !pinned && xen_world_alone(world, mark))
		judge_unused(world, &was, rc);
	xen_world_judge(world);
	return rc;
}

int64_t op_touch_granted(struct world *world, const uint64_t *args)
{
	struct xen_gnt_access arg = {
		.slot = (uint32_t)args[0], .granted = 1,
		.write = !args[1], .offset = (uint32_t)args[2],
		.value = (uint32_t)args[3],
	};

	return call(world, XEN_GNT_ACCESS, &arg, sizeof(arg));
}

int64_t op_peer_map_grant(struct world *world, const uint64_t *args)
{
	/* Late: it may be another's by now, or nobody's. */
	if (args[0] == OP_NO_RESOURCE)
		return -ENOENT;
	return op_peer_map(world, gnttab(world)->grants[args[0] %
							XEN_GNT_SLOT_STEP].ref,
			   args[1]);
}

/* -- mapping -------------------------------------------------------------- */

/*
 * The granter's pager gets half a minute. What was given up has been told to try
 * again once for each try: MIN_TRIES are fewer than there are.
 */
#define MIN_TRIES	200

static void judge_given_up(struct world *world, const int32_t *status,
			   uint32_t nr, const struct xen_answers *before)
{
	uint32_t given_up = 0, i;
	struct xen_answers now;

	xen_answers(xen_world(world)->xen, &now);
	for (i = 0; i < nr; i++) {
		given_up += status[i] == GNTST_BAD_PAGE;
		if (status[i] == GNTST_EAGAIN)
			one_host_raise(world, "wrong-status", "again",
				       "an entry comes back that was not tried again",
				       "the granter's page may be back by now");
	}
	given_up -= now.bad_page - before->bad_page;
	if ((int32_t)given_up > 0 &&
	    now.again - before->again < given_up * MIN_TRIES)
		one_host_raise(world, "gave-up", "again",
			       "an entry is given up that was to be tried again",
			       "the granter's pager has had no time");
}

static int64_t map(struct world *world, uint32_t ref, uint32_t nr,
		   bool readonly)
{
	struct xen_gnt_map arg = {
		.dom = PEER_DOMID, .readonly = readonly, .nr = nr,
	};
	uint32_t mark = xen_world_mark(world), before, now, okay = 0, i;
	struct xen_answers answers;
	int64_t rc;

	for (i = 0; i < nr; i++)
		arg.ref[i] = ref + i;
	xen_answers(xen_world(world)->xen, &answers);
	before = xen_ledger_pins(ledger(world), GUEST_DOMID, PEER_DOMID);
	rc = call(world, XEN_GNT_MAP, &arg, sizeof(arg));
	now = xen_ledger_pins(ledger(world), GUEST_DOMID, PEER_DOMID);
	xen_world_judge(world);
	if (rc < 0)
		return rc;
	for (i = 0; i < nr; i++)
		okay += !arg.status[i];
	if (!xen_world_alone(world, mark))
		return arg.slot;
	judge_given_up(world, arg.status, nr, &answers);
	/* What is unmapped later may go meanwhile. */
	if (gnttab(world)->unmaps_later ? (int32_t)(now - before - okay) > 0 :
					  now - before != okay)
		one_host_raise(world, "wrong-status", "map",
			       "entries of a batch do not say what is mapped",
			       "more or fewer are than say so");
	return arg.slot;
}

/* What the peer offers to begin with needs no telling. */
static uint32_t offered(uint64_t offer)
{
	return offer == OP_NO_RESOURCE ? PEER_FIRST_REF : (uint32_t)offer;
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	return map(world, offered(args[0]), (uint32_t)args[1], args[2]);
}

int64_t op_map_ref(struct world *world, const uint64_t *args)
{
	return map(world, (uint32_t)args[0], 1, true);
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	struct xen_gnt_unmap arg = {
		.slot = (uint32_t)args[0], .how = (uint32_t)args[1],
	};
	int64_t rc;

	gnttab(world)->unmaps_later |= args[1] == XEN_GNT_UNMAP_ASYNC;
	rc = call(world, XEN_GNT_UNMAP, &arg, sizeof(arg));
	xen_world_judge(world);
	return rc;
}

int64_t op_hold(struct world *world, const uint64_t *args)
{
	struct xen_gnt_hold arg = {
		.slot = (uint32_t)args[0], .index = (uint32_t)args[1],
		.jiffies = (uint32_t)args[2],
	};

	return call(world, XEN_GNT_HOLD, &arg, sizeof(arg));
}

int64_t op_touch(struct world *world, const uint64_t *args)
{
	struct xen_gnt_access arg = {
		.slot = (uint32_t)args[0], .index = (uint32_t)args[1],
		.write = !args[2], .offset = (uint32_t)args[3],
		.value = (uint32_t)args[4],
	};

	return call(world, XEN_GNT_ACCESS, &arg, sizeof(arg));
}

/* -- copying -------------------------------------------------------------- */

static void judge_copies(struct world *world, const struct xen_gnt_copy *arg)
{
	struct xen *xen = xen_world(world)->xen;
	uint64_t gfn = find_grant(world, arg->slot)->gfn;
	const char *theirs = xen_frame(xen, PEER_DOMID,
				       PEER_DATA + arg->ref - PEER_FIRST_REF);
	const char *ours = xen_frame(xen, GUEST_DOMID, gfn);
	uint32_t at = arg->offset, i;

	for (i = 0; i < arg->nr; i++, at += arg->bytes) {
		if (arg->status[i])
			continue;
		if (at + arg->bytes > SIM_FRAME_BYTES ||
		    memcmp(ours + at, theirs + at, arg->bytes))
			one_host_raise(world, "wrong-status", "copy",
				       "an entry says that it was copied",
				       "the pages are not equal there");
	}
}

int64_t op_copy(struct world *world, const uint64_t *args)
{
	struct xen_gnt_copy arg = {
		.dom = PEER_DOMID, .ref = offered(args[0]),
		.slot = (uint32_t)args[1], .to_peer = (uint32_t)args[2],
		.offset = (uint32_t)args[3], .bytes = (uint32_t)args[4],
		.nr = (uint32_t)args[5],
	};
	uint32_t mark = xen_world_mark(world);
	struct xen_answers before;
	int64_t rc;

	xen_answers(xen_world(world)->xen, &before);
	rc = call(world, XEN_GNT_COPY, &arg, sizeof(arg));
	if (rc || !xen_world_alone(world, mark))
		return rc;
	judge_given_up(world, arg.status, arg.nr, &before);
	if (find_grant(world, arg.slot))
		judge_copies(world, &arg);
	return 0;
}

/* -- the world ------------------------------------------------------------ */

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "xen_gnttab",
	.help = "a guest of Xen that grants to and maps from a peer domain",
	.actors = xen_actors,
	.process = xen_sharing,
	.ops = xen_gnttab_ops,
	.nr_ops = XEN_GNTTAB_NR_OPS,
	.config = xen_gnttab_config,
	.nr_config = XEN_CONFIGS, .nr_build_config = XEN_CONFIGS,
	.build = build, .finish = xen_world_finish,
};

static struct world *build(struct sim *sim, const uint64_t *config)
{
	static const struct xen_world_options options = {
		.bytes = sizeof(struct gnttab_world), .device = "xen-gnt",
	};
	static const uint64_t all_for_writing[] = { 0, PEER_SLOTS, 0 };
	struct world *world;

	world = xen_world_build(&type, sim, config, &options);
	op_peer_offer(world, all_for_writing);
	return world;
}

const struct world_type *const world_types[] = { &type, NULL };
