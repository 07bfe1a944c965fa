/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypercall.c - what guests ask of the hypervisor
 *
 * Arguments are addresses of the calling kernel: any memory of its world, the
 * stacks of its threads included; -EFAULT for others.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <sim/finding.h>

#include "internal.h"

bool xen__copy_in(struct xen *xen, void *to, uint64_t from, size_t bytes)
{
	if (!sim_contains(xen->sim, (const void *)from) ||
	    !sim_contains(xen->sim, (const char *)from + bytes - 1))
		return false;
	memcpy(to, (const void *)from, bytes);
	return true;
}

static void copy_out(uint64_t to, const void *from, size_t bytes)
{
	memcpy((void *)to, from, bytes);
}

/* -- grants --------------------------------------------------------------- */

/* What may go wrong with an entry of a batch whatever it says. */
static int trouble(struct xen *xen)
{
	if (sim_decide(xen->sim, SIM_DECIDE_PEER, 2))
		return GNTST_EAGAIN;
	if (sim_fail_point(xen->sim, SIM_DECIDE_FAIL_IO))
		return GNTST_GENERAL_ERROR;
	return GNTST_OKAY;
}

/* What an entry says in the end. */
static int16_t answer(struct xen *xen, int rc)
{
	xen->answers.again += rc == GNTST_EAGAIN;
	xen->answers.bad_page += rc == GNTST_BAD_PAGE;
	return (int16_t)rc;
}

void xen_answers(const struct xen *xen, struct xen_answers *answers)
{
	answers->again = xen->answers.again;
	answers->bad_page = xen->answers.bad_page;
}

static bool is_hole_address(const struct xen_domain *caller, uint64_t address)
{
	return !(address % SIM_FRAME_BYTES) && address >> SIM_FRAME_SHIFT <
	       sim_memory_frames(machine_memory(caller->machine));
}

static int do_map(struct xen_domain *caller, struct gnttab_map *op)
{
	const struct xen_map map = {
		.mapper = caller->domid, .granter = op->dom, .ref = op->ref,
		.write = !(op->flags & GNTMAP_READONLY),
		.at = op->host_addr >> SIM_FRAME_SHIFT,
	};
	int rc = trouble(caller->xen);
	int64_t handle;

	if (rc)
		return rc;
	if (!(op->flags & GNTMAP_HOST_MAP) ||
	    op->flags & (GNTMAP_DEVICE_MAP | GNTMAP_CONTAINS_PTE))
		return GNTST_GENERAL_ERROR;
	if (!is_hole_address(caller, op->host_addr))
		return GNTST_BAD_VIRT_ADDR;
	handle = xen_map(caller->xen, &map);
	if (handle < 0)
		return (int)handle;
	op->handle = (uint32_t)handle;
	op->dev_bus_addr = op->host_addr;
	return GNTST_OKAY;
}

/* The guest's own number for "none" is no mistake of the guest's. */
static void judge_handle(struct xen *xen, uint32_t handle)
{
	if (handle != GNTTAB_NO_HANDLE)
		xen_ledger_unmapped(xen->ledger, handle);
}

static int do_unmap(struct xen_domain *caller, struct gnttab_unmap *op)
{
	struct xen *xen = caller->xen;
	const struct track *track = op->handle < MAX_ACTIVE ?
				    &xen->tracks[op->handle] : NULL;

	if (!track || track->mapper != caller) {
		judge_handle(xen, op->handle);
		return GNTST_BAD_HANDLE;
	}
	if (op->host_addr != track->at << SIM_FRAME_SHIFT)
		return GNTST_BAD_VIRT_ADDR;
	return xen_unmap(xen, caller->domid, op->handle);
}

static int64_t map_batch(struct xen_domain *caller, uint64_t at, uint64_t nr)
{
	struct gnttab_map op;
	uint64_t i;

	for (i = 0; i < nr; i++, at += sizeof(op)) {
		if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
			return -EFAULT;
		op.status = answer(caller->xen, do_map(caller, &op));
		copy_out(at, &op, sizeof(op));
	}
	return 0;
}

static int64_t unmap_batch(struct xen_domain *caller, uint64_t at, uint64_t nr)
{
	struct gnttab_unmap op;
	uint64_t i;

	for (i = 0; i < nr; i++, at += sizeof(op)) {
		if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
			return -EFAULT;
		op.status = (int16_t)do_unmap(caller, &op);
		copy_out(at, &op, sizeof(op));
	}
	return 0;
}

static int64_t copy_batch(struct xen_domain *caller, uint64_t at, uint64_t nr)
{
	struct gnttab_copy op;
	uint64_t i;
	int rc;

	for (i = 0; i < nr; i++, at += sizeof(op)) {
		if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
			return -EFAULT;
		rc = trouble(caller->xen);
		if (!rc)
			rc = xen__copy(caller->xen, caller, &op);
		op.status = answer(caller->xen, rc);
		copy_out(at, &op, sizeof(op));
	}
	return 0;
}

static int64_t query_size(struct xen_domain *caller, uint64_t at)
{
	struct gnttab_query_size query;

	if (!xen__copy_in(caller->xen, &query, at, sizeof(query)))
		return -EFAULT;
	query.nr_frames = caller->nr_frames;
	query.max_nr_frames = caller->max_frames;
	query.status = GNTST_OKAY;
	copy_out(at, &query, sizeof(query));
	return 0;
}

static bool table_in_use(const struct xen_domain *domain)
{
	uint32_t i;

	for (i = 0; i < MAX_ACTIVE; i++)
		if (domain->xen->active[i].readers &&
		    domain->xen->active[i].granter == domain)
			return true;
	return false;
}

/* Entries would change their meaning: not while any is in use. */
static int64_t set_version(struct xen_domain *caller, uint64_t at)
{
	uint32_t version;

	if (!xen__copy_in(caller->xen, &version, at, sizeof(version)))
		return -EFAULT;
	if (version != 1 && version != 2)
		return -EINVAL;
	if (version != caller->version && table_in_use(caller))
		return -EBUSY;
	caller->version = version;
	xen_ledger_version(caller->xen->ledger, caller->domid, version);
	return 0;
}

static int64_t grant_table_op(struct xen_domain *caller,
			      const struct machine_hypercall *call)
{
	switch (call->control) {
	case GNTTABOP_MAP:
		return map_batch(caller, call->input, (uint32_t)call->output);
	case GNTTABOP_UNMAP:
		return unmap_batch(caller, call->input,
				   (uint32_t)call->output);
	case GNTTABOP_COPY:
		return copy_batch(caller, call->input, (uint32_t)call->output);
	case GNTTABOP_QUERY_SIZE:
		return query_size(caller, call->input);
	case GNTTABOP_SET_VERSION:
		return set_version(caller, call->input);
	default:
		return -ENOSYS;
	}
}

/* -- memory --------------------------------------------------------------- */

static int64_t reservation(struct xen_domain *caller, uint64_t at, bool give)
{
	struct xen *xen = caller->xen;
	struct xen_reservation op;
	uint64_t gfn, i;

	if (!xen__copy_in(xen, &op, at, sizeof(op)))
		return -EFAULT;
	if (op.order || op.domid != XEN_DOMID_SELF)
		return -EINVAL;
	for (i = 0; i < op.nr_extents; i++) {
		if (!xen__copy_in(xen, &gfn, op.extents + i * 8, 8))
			break;
		if (give)
			xen_ledger_hole(xen->ledger, caller->domid, gfn);
		else
			xen_ledger_filled(xen->ledger, caller->domid, gfn);
	}
	return (int64_t)i;
}

static int64_t place_table(struct xen_domain *caller, uint32_t index,
			   uint64_t gfn)
{
	if (index >= caller->max_frames)
		return -EINVAL;
	if (caller->nr_frames <= index)
		caller->nr_frames = index + 1;
	caller->table[index] = gfn;
	xen_ledger_table(caller->xen->ledger, caller->domid, index, gfn);
	return 0;
}

/* What whoever built the domain has left in the table. */
static void build_entries(const struct xen_domain *caller, char *table)
{
	uint32_t bytes = caller->version == 2 ? GNTTAB_V2_ENTRY_BYTES :
						GNTTAB_V1_ENTRY_BYTES;
	uint32_t ref;

	for (ref = 0; ref < GNTTAB_NR_BUILT; ref++) {
		const uint16_t head[2] = {
			GTF_PERMIT_ACCESS, XEN_BUILDER_DOMID,
		};
		const uint32_t frame = ref + 1;

		memcpy(table + ref * bytes, head, sizeof(head));
		memcpy(table + (ref + 1) * bytes - bytes / 2, &frame,
		       sizeof(frame));
	}
}

static int64_t place_status(struct xen_domain *caller, uint32_t index,
			    uint64_t gfn)
{
	if (caller->version != 2 || index >= XEN_MAX_TABLE_FRAMES)
		return -EINVAL;
	caller->status[index] = gfn;
	xen_ledger_status(caller->xen->ledger, caller->domid, index, gfn);
	return 0;
}

/* All ports are unmasked: nobody has masked any. */
static int64_t place_shared_info(struct xen_domain *caller, uint64_t gfn)
{
	void *page = sim_frame_data(machine_memory(caller->machine), gfn);

	sim_unpoison(caller->xen->sim, page, SIM_FRAME_BYTES);
	memset(page, 0, SIM_FRAME_BYTES);
	caller->shared_info = gfn;
	return 0;
}

/* A frame of the table begins empty, wherever it goes. */
static int64_t add_to_physmap(struct xen_domain *caller, uint64_t at)
{
	struct sim_memory *memory = machine_memory(caller->machine);
	struct xen_physmap_entry op;
	int64_t rc;

	if (!xen__copy_in(caller->xen, &op, at, sizeof(op)))
		return -EFAULT;
	if (op.domid != XEN_DOMID_SELF ||
	    op.gpfn >= sim_memory_frames(memory))
		return -EINVAL;
	if (op.space == XENMAPSPACE_SHARED_INFO)
		return place_shared_info(caller, op.gpfn);
	if (op.space != XENMAPSPACE_GRANT_TABLE)
		return -EINVAL;
	if (op.index & XENMAPIDX_GRANT_TABLE_STATUS)
		rc = place_status(caller, (uint32_t)(op.index &
				  ~XENMAPIDX_GRANT_TABLE_STATUS), op.gpfn);
	else
		rc = place_table(caller, (uint32_t)op.index, op.gpfn);
	if (rc)
		return rc;
	sim_unpoison(caller->xen->sim, sim_frame_data(memory, op.gpfn),
		     SIM_FRAME_BYTES);
	memset(sim_frame_data(memory, op.gpfn), 0, SIM_FRAME_BYTES);
	if (!op.index)
		build_entries(caller, sim_frame_data(memory, op.gpfn));
	return 0;
}

static int64_t memory_op(struct xen_domain *caller,
			 const struct machine_hypercall *call)
{
	switch (call->control) {
	case XENMEM_DECREASE_RESERVATION:
		return reservation(caller, call->input, true);
	case XENMEM_POPULATE_PHYSMAP:
		return reservation(caller, call->input, false);
	case XENMEM_MAXIMUM_RAM_PAGE:
		return (int64_t)caller->xen->max_ram_page;
	case XENMEM_ADD_TO_PHYSMAP:
		return add_to_physmap(caller, call->input);
	default:
		return -ENOSYS;
	}
}

static int64_t xen_version(struct xen_domain *caller,
			   const struct machine_hypercall *call)
{
	struct xen_features_query query;

	if (call->control != XENVER_GET_FEATURES)
		return -ENOSYS;
	if (!xen__copy_in(caller->xen, &query, call->input, sizeof(query)))
		return -EFAULT;
	query.features = query.submap ? 0 : XENFEAT_AUTO_TRANSLATED;
	copy_out(call->input, &query, sizeof(query));
	return 0;
}

static int64_t get_param(const struct xen_domain *caller, uint32_t index,
			 uint64_t *value)
{
	switch (index) {
	case HVM_PARAM_STORE_PFN:
		*value = XEN_STORE_FRAME;
		break;
	case HVM_PARAM_STORE_EVTCHN:
		*value = caller->store_port;
		break;
	default:
		return -EINVAL;
	}
	return caller->store_port ? 0 : -ENOENT;
}

/* A guest has itself told by a line; other ways are not modelled. */
static int64_t set_param(struct xen_domain *caller, uint32_t index,
			 uint64_t value)
{
	if (index != HVM_PARAM_CALLBACK_IRQ || value >> 56)
		return -EINVAL;
	caller->callback = value;
	return 0;
}

static int64_t hvm_op(struct xen_domain *caller,
		      const struct machine_hypercall *call)
{
	struct hvm_param_query query;
	int64_t rc;

	if (!xen__copy_in(caller->xen, &query, call->input, sizeof(query)))
		return -EFAULT;
	if (query.domid != XEN_DOMID_SELF)
		return -EPERM;
	if (call->control == HVMOP_SET_PARAM)
		return set_param(caller, query.index, query.value);
	if (call->control != HVMOP_GET_PARAM)
		return -ENOSYS;
	rc = get_param(caller, query.index, &query.value);
	if (!rc)
		copy_out(call->input, &query, sizeof(query));
	return rc;
}

uint64_t xen__hypercall(void *domain, const struct machine_hypercall *call)
{
	switch (call->code) {
	case XEN_HYPERCALL_GRANT_TABLE_OP:
		return (uint64_t)grant_table_op(domain, call);
	case XEN_HYPERCALL_MEMORY_OP:
		return (uint64_t)memory_op(domain, call);
	case XEN_HYPERCALL_XEN_VERSION:
		return (uint64_t)xen_version(domain, call);
	case XEN_HYPERCALL_EVENT_CHANNEL_OP:
		return (uint64_t)xen__event_op(domain, call);
	case XEN_HYPERCALL_HVM_OP:
		return (uint64_t)hvm_op(domain, call);
	default:
		return (uint64_t)(int64_t)-ENOSYS;
	}
}
