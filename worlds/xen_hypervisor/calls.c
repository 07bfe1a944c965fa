/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.c - hypercalls, and what the book makes of their results
 *
 * Arguments lie in a frame of the calling domain's memory that ops do not name:
 * one for each CPU. A call that is to go on is made again, as hardware does.
 */
#include <errno.h>
#include <string.h>

#include <kernel/instance.h>
#include <sim/decide.h>

#include "xen_hypervisor.h"

#define GO_ON		64		/* times; then it would never end */

static unsigned int this_actor(const struct world *world)
{
	uint32_t slot = sim_op(world->sim);

	return slot ? world->calls[slot - 1].op->actor : ACTOR_TOOLS;
}

bool hv_others_run(const struct hv_world *w)
{
	const struct world *world = &w->world;
	uint32_t own = sim_op(world->sim);
	unsigned int i;

	for (i = 0; i < world->nr_actors; i++)
		if (world->running[i] && world->running[i] != own)
			return true;
	return false;
}

uint64_t hv_args(const struct hv_call *call)
{
	return (uint64_t)(GFN_ARGS + call->actor) << SIM_FRAME_SHIFT;
}

struct hv_under_way *hv_under_way(const struct hv_call *call)
{
	return &call->w->under_way[call->actor];
}

static bool others_copy(const struct hv_call *call)
{
	unsigned int i;

	for (i = 0; i < HV_ACTORS; i++)
		if (i != call->actor && call->w->under_way[i].copies)
			return true;
	return false;
}

void *hv_begin(struct hv_call *call, struct world *world, unsigned int domid)
{
	void *page;

	call->w = hv_world(world);
	call->domid = domid;
	call->actor = this_actor(world);
	call->started = hv_others_run(call->w) ? UINT32_MAX : world->started;
	kernel_enter(call->w->kernel);
	judge_scan(call->w);
	call->since = xen_account_now(call->w->account);
	call->copied = others_copy(call);
	memset(hv_under_way(call), 0, sizeof(*hv_under_way(call)));
	hv_under_way(call)->domid = domid;
	page = guest_at(call->w, domid, hv_args(call), true);
	if (page)
		memset(page, 0, SIM_FRAME_BYTES);
	else
		kernel_exit();
	return page;
}

int64_t hv_run(struct hv_call *call, unsigned int nr, unsigned int cmd,
	       unsigned int count)
{
	struct world *world = &call->w->world;
	struct vtb_hv_call regs = {
		.nr = nr, .arg = { cmd, hv_args(call), count },
	};
	long rc = vtb_hv_hypercall(call->domid, &regs);
	unsigned int i;

	for (i = 0; rc == -VTB_HV_ERESTART && i < GO_ON; i++) {
		kernel_exit();
		kernel_enter(call->w->kernel);
		rc = vtb_hv_hypercall(call->domid, &regs);
	}
	/* What has been done is done, and its result lost. */
	if (rc == -EFAULT)
		call->w->unsure = true;
	call->alone = world->started == call->started &&
		      !hv_others_run(call->w);
	return rc;
}

void hv_end(struct hv_call *call)
{
	memset(hv_under_way(call), 0, sizeof(*hv_under_way(call)));
	judge_scan(call->w);
	kernel_exit();
	judge_rest(call->w);
}

/* -- mapping -------------------------------------------------------------- */

/* What is taken apart below; of a place that is none, something. */
static int64_t view(unsigned int domid, uint32_t handle, uint64_t gfn)
{
	return (int64_t)domid << 48 | (int64_t)(gfn & 0xffff) << 32 | handle;
}

/*
 * An entry in use stays what it was when the use began, and the book does not
 * know of uses by calls that are not done, or of copies that are.
 */
static bool used_by_others(const struct hv_call *call,
			   const struct gnttab_map_grant_ref *op)
{
	const struct hv_under_way *other = call->w->under_way;
	unsigned int i;

	for (i = 0; i < HV_ACTORS; i++, other++)
		if (i != call->actor && other->maps &&
		    other->granter == op->dom && other->ref == op->ref)
			return true;
	return call->copied || others_copy(call);
}

/* The frame that is there now; the call has just returned. */
static void note_map(struct hv_call *call,
		     const struct gnttab_map_grant_ref *op)
{
	struct hv_world *w = call->w;
	struct xen_mapping mapping = {
		.mapper = (uint16_t)call->domid, .granter = op->dom,
		.ref = op->ref, .handle = op->handle,
		.write = !(op->flags & GNTMAP_readonly),
		.host = op->flags & GNTMAP_host_map,
		.device = op->flags & GNTMAP_device_map,
	};
	const char *wrong;

	mapping.frame = XEN_ACCOUNT_NO_FRAME;
	if (mapping.host)
		mapping.frame = guest_frame(w, call->domid,
					    op->host_addr >> SIM_FRAME_SHIFT);
	/* Others may unmap it there, by another handle of the same frame. */
	if (mapping.frame == XEN_ACCOUNT_NO_FRAME &&
	    (!mapping.host || !call->alone))
		mapping.frame = vtb_hv_mapped_peek(call->domid, op->handle);
	wrong = xen_account_judge(w->account, &mapping, call->since);
	if (xen_account_mapped(w->account, &mapping, call->since) && wrong &&
	    !w->unsure && !used_by_others(call, op))
		hv_raise(w, "not-granted", "grant", wrong,
			 "no entry has said so since the call began");
}

static int64_t note_maps(struct hv_call *call,
			 const struct gnttab_map_grant_ref *ops,
			 unsigned int nr, unsigned int handles)
{
	int64_t result = -EACCES;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (call->alone)
			predict_map(call, &ops[i], handles);
		if (ops[i].status != GNTST_okay || ops[i].dom > NR_DOMAINS)
			continue;
		note_map(call, &ops[i]);
		handles++;
		if (result < 0)
			result = view(call->domid, ops[i].handle,
				      ops[i].host_addr >> SIM_FRAME_SHIFT);
	}
	return result;
}

static int64_t map(struct world *world, unsigned int domid,
		   const struct gnttab_map_grant_ref *request, unsigned int nr)
{
	struct hv_call call;
	struct gnttab_map_grant_ref *ops = hv_begin(&call, world, domid);
	unsigned int handles, i;
	int64_t rc, result = -EFAULT;

	if (!ops)
		return -ESRCH;
	handles = xen_account_handles(call.w->account, (uint16_t)domid);
	hv_under_way(&call)->maps = true;
	hv_under_way(&call)->granter = request->dom;
	hv_under_way(&call)->ref = request->ref;
	for (i = 0; i < nr; i++) {
		ops[i] = *request;
		ops[i].host_addr += (uint64_t)i << SIM_FRAME_SHIFT;
		ops[i].status = 1;	/* that no hypervisor gives */
	}
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref,
		    nr);
	ops = guest_at(call.w, domid, hv_args(&call), false);
	if (ops)
		result = note_maps(&call, ops, nr, handles);
	hv_end(&call);
	return rc ? rc : result;
}

static const uint32_t map_flags[] = {
	GNTMAP_host_map,
	GNTMAP_host_map | GNTMAP_readonly,
	GNTMAP_device_map,
	GNTMAP_device_map | GNTMAP_readonly,
	GNTMAP_host_map | GNTMAP_device_map,
	GNTMAP_host_map | GNTMAP_device_map | GNTMAP_readonly,
	0,
	GNTMAP_host_map | GNTMAP_contains_pte,
};

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct gnttab_map_grant_ref request = {
		.host_addr = args[3] << SIM_FRAME_SHIFT,
		.flags = map_flags[args[2]],
		.ref = args[0] & 0xffff, .dom = args[0] >> 16 & 3,
	};

	if (args[0] == OP_NO_RESOURCE)
		return -EINVAL;
	return map(world, args[1] ? (unsigned int)args[1] :
		   guest_grantee(hv_world(world), args[0]), &request,
		   (unsigned int)args[4]);
}

int64_t op_map_any(struct world *world, const uint64_t *args)
{
	struct gnttab_map_grant_ref request = {
		.host_addr = args[4], .flags = (uint32_t)args[3],
		.ref = (uint32_t)args[2], .dom = (domid_t)args[1],
	};

	/* What this world does not look at is out of the question. */
	if (args[4] >> SIM_FRAME_SHIFT >= OP_GFNS &&
	    args[4] >> SIM_FRAME_SHIFT < VTB_HV_GUEST_FRAMES)
		request.host_addr += (uint64_t)VTB_HV_GUEST_FRAMES <<
				     SIM_FRAME_SHIFT;
	return map(world, (unsigned int)args[0] + 1, &request,
		   (unsigned int)args[5]);
}

/* A table that changes its version ends elsewhere. */
int64_t op_map_edge(struct world *world, const uint64_t *args)
{
	struct gnttab_map_grant_ref request = {
		.host_addr = GFN_HOLES << SIM_FRAME_SHIFT,
		.flags = GNTMAP_host_map,
		.ref = (uint32_t)args[2], .dom = (domid_t)(args[0] + 1),
	};

	return map(world, (unsigned int)args[1] + 1, &request,
		   (unsigned int)args[3]);
}

/* -- unmapping ------------------------------------------------------------ */

/* What of the handle was there before; the rest of the request is given. */
static void note_unmap(struct hv_call *call,
		       const struct gnttab_unmap_grant_ref *op)
{
	const struct xen_mapping *mapping =
		xen_account_find(call->w->account, (uint16_t)call->domid,
				 op->handle);
	bool good = op->status == GNTST_okay;

	if (call->alone && hv_undisturbed(call->w) && good != !!mapping &&
	    good)
		hv_raise(call->w, "wrong-status", "unmap",
			 "something is unmapped that is not mapped",
			 "the book has no such handle");
	if (good && (op->host_addr || op->dev_bus_addr))
		xen_account_unmapped(call->w->account, (uint16_t)call->domid,
				     op->handle, op->host_addr != 0,
				     op->dev_bus_addr != 0);
}

static int64_t unmap(struct world *world, unsigned int domid,
		     const struct gnttab_unmap_grant_ref *request,
		     unsigned int nr)
{
	struct hv_call call;
	struct gnttab_unmap_grant_ref *ops = hv_begin(&call, world, domid);
	unsigned int i;
	int64_t rc;

	if (!ops)
		return -ESRCH;
	for (i = 0; i < nr; i++) {
		ops[i] = *request;
		ops[i].status = 1;
	}
	call.w->nr_unmapping++;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op,
		    GNTTABOP_unmap_grant_ref, nr);
	call.w->nr_unmapping--;
	ops = guest_at(call.w, domid, hv_args(&call), false);
	for (i = 0; ops && i < nr; i++)
		note_unmap(&call, &ops[i]);
	if (!rc)
		rc = ops && ops[0].status == GNTST_okay ? 0 : -EINVAL;
	hv_end(&call);
	return rc;
}

enum { END_HOST = 1, END_DEVICE = 2 };

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	uint64_t address = (args[0] >> 32 & 0xffff) << SIM_FRAME_SHIFT;
	struct gnttab_unmap_grant_ref request = {
		.handle = (uint32_t)args[0],
	};
	unsigned int domid = args[0] >> 48 & 3;

	if (args[0] == OP_NO_RESOURCE || !domid)
		return -EINVAL;
	if (args[2])
		domid = domid % NR_DOMAINS + 1;
	/* host, device, both, none, elsewhere */
	if (args[1] == 0 || args[1] == 2)
		request.host_addr = address;
	if (args[1] == 1 || args[1] == 2)
		request.dev_bus_addr = address ? address : 1;
	if (args[1] == 4)
		request.host_addr = address + SIM_FRAME_BYTES;
	return unmap(world, domid, &request, (unsigned int)args[3]);
}

int64_t op_unmap_any(struct world *world, const uint64_t *args)
{
	struct gnttab_unmap_grant_ref request = {
		.host_addr = args[2] << SIM_FRAME_SHIFT,
		.handle = (uint32_t)args[1],
		.dev_bus_addr = args[3],
	};

	return unmap(world, (unsigned int)args[0] + 1, &request, 1);
}

int64_t op_replace(struct world *world, const uint64_t *args)
{
	unsigned int domid = args[0] >> 48 & 3;
	struct gnttab_unmap_and_replace *op;
	struct hv_call call;
	int64_t rc;

	if (args[0] == OP_NO_RESOURCE || !domid)
		return -EINVAL;
	op = hv_begin(&call, world, domid);
	if (!op)
		return -ESRCH;
	op->host_addr = (args[0] >> 32 & 0xffff) << SIM_FRAME_SHIFT;
	op->new_addr = args[1] << SIM_FRAME_SHIFT;
	op->handle = (uint32_t)args[0];
	op->status = 1;
	call.w->nr_unmapping++;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op,
		    GNTTABOP_unmap_and_replace, 1);
	call.w->nr_unmapping--;
	op = guest_at(call.w, domid, hv_args(&call), false);
	if (op && op->status == GNTST_okay && op->host_addr)
		xen_account_unmapped(call.w->account, (uint16_t)domid,
				     op->handle, true, false);
	if (!rc)
		rc = op && op->status == GNTST_okay ? 0 : -EINVAL;
	hv_end(&call);
	return rc;
}

/* -- tables --------------------------------------------------------------- */

int64_t op_swap(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	unsigned int domid = (unsigned int)args[0] + 1;
	struct gnttab_swap_grant_ref *op = hv_begin(&call, world, domid);
	int a = xen_account_index(guest_ref(args[1]));
	int b = xen_account_index(guest_ref(args[2]));
	struct xen_terms before[2];
	int64_t rc;

	if (!op)
		return -ESRCH;
	before[0] = *xen_account_terms(call.w->account, (uint16_t)domid,
				       a < 0 ? 0 : (uint32_t)a);
	before[1] = *xen_account_terms(call.w->account, (uint16_t)domid,
				       b < 0 ? 0 : (uint32_t)b);
	op->ref_a = guest_ref(args[1]);
	op->ref_b = guest_ref(args[2]);
	op->status = 1;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op,
		    GNTTABOP_swap_grant_ref, 1);
	op = guest_at(call.w, domid, hv_args(&call), false);
	if (!rc)
		rc = op && op->status == GNTST_okay ? 0 : -EINVAL;
	/* What a guest has got wrong moves along. */
	if (!rc && (a < 0 || b < 0 || call.w->domains[domid].wild[a] ||
		    call.w->domains[domid].wild[b]))
		call.w->domains[domid].wild_status = true;
	if (!rc)
		predict_swap(&call, a, b, before);
	hv_end(&call);
	return rc;
}

/* In use, a table keeps its version; both ways may fail for lack of memory. */
static void judge_version(const struct hv_call *call, int64_t rc,
			  bool changes, bool used)
{
	if (!call->alone || call->w->unsure || !changes || !used || rc)
		return;
	hv_raise(call->w, "wrong-status", "version",
		 "the version of a table changes while entries are in use",
		 "the book knows who maps what");
}

static int64_t set_version(struct world *world, unsigned int domid,
			   uint32_t version)
{
	struct hv_call call;
	struct gnttab_set_version *op = hv_begin(&call, world, domid);
	struct vtb_hv_domain_state before;
	bool used, changes;
	unsigned int i;
	int64_t rc;

	if (!op)
		return -ESRCH;
	vtb_hv_domain_peek(domid, &before);
	changes = before.version != version;
	used = xen_account_table_in_use(call.w->account, (uint16_t)domid);
	op->version = version;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_set_version,
		    1);
	judge_version(&call, rc, changes, used);
	if (!rc && changes && call.alone) {
		call.w->domains[domid].wild_status = false;
		for (i = 0; i < XEN_ACCOUNT_REFS; i++)
			call.w->domains[domid].wild[i] = false;
	}
	hv_end(&call);
	return rc;
}

int64_t op_version(struct world *world, const uint64_t *args)
{
	return set_version(world, (unsigned int)args[0] + 1,
			   (uint32_t)args[1]);
}

/* There and back again, while others use the table. */
int64_t op_version_often(struct world *world, const uint64_t *args)
{
	int64_t rc = 0;
	uint64_t i;

	for (i = 0; rc != -ESRCH && i < args[1]; i++)
		rc = set_version(world, (unsigned int)args[0] + 1, 2 - i % 2);
	return rc;
}

/* A list of frames: what lies behind it is not the hypervisor's to write. */
#define LIST_BYTES	512u
#define CANARY_WORD	0x5a5a5a5a5a5a5a5aull

static uint64_t *make_list(char *page)
{
	uint64_t *list = (uint64_t *)(page + LIST_BYTES);
	uint32_t i;

	for (i = 0; i < 64; i++)
		list[i] = CANARY_WORD;
	return list;
}

static void judge_list(struct hv_call *call, unsigned int nr)
{
	const char *page = guest_at(call->w, call->domid, hv_args(call), false);
	const uint64_t *list;
	uint32_t i;

	if (!page)
		return;
	list = (const uint64_t *)(page + LIST_BYTES);
	for (i = nr < 64 ? nr : 64; i < 64; i++)
		if (list[i] != CANARY_WORD)
			hv_raise(call->w, "overrun", "frame-list",
				 "a list gets more than there is room for",
				 "the guest has said how much there is");
}

int64_t op_setup(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	struct gnttab_setup_table *op = hv_begin(&call, world,
						 (unsigned int)args[0] + 1);
	int64_t rc;

	if (!op)
		return -ESRCH;
	make_list((char *)op);
	op->dom = DOMID_SELF;
	op->nr_frames = (uint32_t)args[1];
	op->frame_list = hv_args(&call) + LIST_BYTES;
	op->status = 1;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table,
		    1);
	judge_list(&call, (unsigned int)args[1]);
	op = guest_at(call.w, call.domid, hv_args(&call), false);
	if (!rc)
		rc = op && op->status == GNTST_okay ? 0 : -EINVAL;
	hv_end(&call);
	return rc;
}

int64_t op_status(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	struct gnttab_get_status_frames *op =
		hv_begin(&call, world, (unsigned int)args[0] + 1);
	int64_t rc;

	if (!op)
		return -ESRCH;
	make_list((char *)op);
	op->dom = DOMID_SELF;
	op->nr_frames = (uint32_t)args[1];
	op->frame_list = hv_args(&call) + LIST_BYTES;
	op->status = 1;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op,
		    GNTTABOP_get_status_frames, 1);
	judge_list(&call, (unsigned int)args[1]);
	op = guest_at(call.w, call.domid, hv_args(&call), false);
	if (!rc)
		rc = op && op->status == GNTST_okay ? 0 : -EINVAL;
	hv_end(&call);
	return rc;
}

int64_t op_query(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	struct gnttab_query_size *op = hv_begin(&call, world,
						(unsigned int)args[0] + 1);
	struct vtb_hv_domain_state state;
	int64_t rc;

	if (!op)
		return -ESRCH;
	op->dom = (domid_t)args[1];
	op->status = 1;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_query_size,
		    1);
	op = guest_at(call.w, call.domid, hv_args(&call), false);
	vtb_hv_domain_peek(call.domid, &state);
	if (!rc && op && op->status == GNTST_okay && call.alone &&
	    op->nr_frames != state.nr_grant_frames)
		hv_raise(call.w, "wrong-status", "query",
			 "a table is said to have another size than it has",
			 "");
	if (!rc)
		rc = op && op->status == GNTST_okay ? (int64_t)op->nr_frames :
						      -EINVAL;
	hv_end(&call);
	return rc;
}

/* -- memory --------------------------------------------------------------- */

static int64_t place(struct world *world, unsigned int domid, uint64_t idx,
		     uint64_t gfn)
{
	struct hv_call call;
	struct xen_add_to_physmap *op = hv_begin(&call, world, domid);
	int64_t rc;

	if (!op)
		return -ESRCH;
	op->domid = DOMID_SELF;
	op->space = XENMAPSPACE_grant_table;
	op->idx = idx;
	op->gpfn = gfn;
	rc = hv_run(&call, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, 0);
	hv_end(&call);
	return rc;
}

int64_t op_place(struct world *world, const uint64_t *args)
{
	uint64_t idx = args[2] | (args[1] ? XENMAPIDX_grant_table_status : 0);

	if (args[3] >= GFN_ARGS && args[3] < NR_MEMORY)
		return -EINVAL;
	return place(world, (unsigned int)args[0] + 1, idx, args[3]);
}

int64_t op_place_often(struct world *world, const uint64_t *args)
{
	uint64_t idx = args[1] ? XENMAPIDX_grant_table_status : 0;
	int64_t rc = 0;
	uint64_t i;

	for (i = 0; rc != -ESRCH && i < args[2]; i++)
		rc = place(world, (unsigned int)args[0] + 1, idx,
			   args[1] ? GFN_STATUS : GFN_TABLE);
	return rc;
}

int64_t op_remove(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	struct xen_remove_from_physmap *op;
	int64_t rc;

	if (args[1] >= GFN_ARGS && args[1] < NR_MEMORY)
		return -EINVAL;
	op = hv_begin(&call, world, (unsigned int)args[0] + 1);
	if (!op)
		return -ESRCH;
	op->domid = DOMID_SELF;
	op->gpfn = args[1];
	rc = hv_run(&call, __HYPERVISOR_memory_op, XENMEM_remove_from_physmap,
		    0);
	hv_end(&call);
	return rc;
}

static int64_t reservation(struct world *world, unsigned int cmd,
			   unsigned int domid, uint64_t gfn)
{
	struct xen_memory_reservation *op;
	struct hv_call call;
	int64_t rc;

	if (gfn >= GFN_ARGS && gfn < NR_MEMORY)
		return -EINVAL;
	op = hv_begin(&call, world, domid);
	if (!op)
		return -ESRCH;
	op->domid = DOMID_SELF;
	op->nr_extents = 1;
	op->extent_start = hv_args(&call) + LIST_BYTES;
	memcpy((char *)op + LIST_BYTES, &gfn, sizeof(gfn));
	rc = hv_run(&call, __HYPERVISOR_memory_op, cmd, 0);
	if (rc == 1 && cmd == XENMEM_populate_physmap)
		guest_fill(call.w, domid, gfn);
	hv_end(&call);
	return rc == 1 ? 0 : rc ? rc : -EINVAL;
}

int64_t op_free(struct world *world, const uint64_t *args)
{
	return reservation(world, XENMEM_decrease_reservation,
			   (unsigned int)args[0] + 1, args[1]);
}

int64_t op_populate(struct world *world, const uint64_t *args)
{
	return reservation(world, XENMEM_populate_physmap,
			   (unsigned int)args[0] + 1, args[1]);
}

int64_t op_transfer(struct world *world, const uint64_t *args)
{
	struct hv_call call;
	struct gnttab_transfer *op = hv_begin(&call, world,
					      (unsigned int)args[0] + 1);
	int64_t rc;

	if (!op)
		return -ESRCH;
	op->mfn = args[1];
	op->domid = (domid_t)args[2];
	op->ref = (uint32_t)args[3];
	op->status = 1;
	rc = hv_run(&call, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, 1);
	op = guest_at(call.w, call.domid, hv_args(&call), false);
	if (op && op->status == GNTST_okay)
		hv_raise(call.w, "wrong-status", "transfer",
			 "a page of translated memory changes hands",
			 "there is no such thing");
	hv_end(&call);
	return rc ? rc : -EINVAL;
}

/* -- the tools ------------------------------------------------------------ */

int64_t op_create(struct world *world, const uint64_t *args)
{
	return hv_create(hv_world(world), (unsigned int)args[0] + 1);
}

int64_t op_kill(struct world *world, const uint64_t *args)
{
	return hv_kill(hv_world(world), (unsigned int)args[0] + 1);
}
