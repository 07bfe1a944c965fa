/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypercall.c - grant_table_op
 *
 * Batches stop where somebody else wants the CPU; what is left is a hypercall of
 * its own, which the guest's vCPU makes without knowing.
 */
#include "internal.h"

/*
 * Pages change hands between guests with page tables of their own. A page of
 * translated memory has more to it than its owner, so it stays where it is.
 */
static int transfer_one(const struct gnttab_transfer *op)
{
	struct page_info *page = get_page_from_gfn(current->domain, op->mfn);
	struct domain *e;

	if (!page)
		return GNTST_bad_page;
	put_page(page);
	e = rcu_lock_domain_by_id(op->domid);
	if (!e)
		return GNTST_bad_domain;
	rcu_unlock_domain(e);
	return GNTST_bad_page;
}

static long gnttab_transfer(guest_addr_t uop, unsigned int count)
{
	struct gnttab_transfer op;
	unsigned int i;

	for (i = 0; i < count; i++, uop += sizeof(op)) {
		if (i && hypercall_preempt_check())
			break;
		if (copy_from_guest(&op, uop, sizeof(op)))
			return -EFAULT;
		op.status = transfer_one(&op);
		if (copy_to_guest(uop, &op, sizeof(op)))
			return -EFAULT;
	}
	return i;
}

/* Batches, with the size of what they are batches of. */
static const struct batch_op {
	long (*run)(guest_addr_t uop, unsigned int count);
	size_t bytes;
} batch_ops[] = {
	[GNTTABOP_map_grant_ref] = { gnttab_map,
		sizeof(struct gnttab_map_grant_ref) },
	[GNTTABOP_unmap_grant_ref] = { gnttab_unmap,
		sizeof(struct gnttab_unmap_grant_ref) },
	[GNTTABOP_transfer] = { gnttab_transfer,
		sizeof(struct gnttab_transfer) },
	[GNTTABOP_copy] = { gnttab_copy, sizeof(struct gnttab_copy) },
	[GNTTABOP_unmap_and_replace] = { gnttab_unmap_and_replace,
		sizeof(struct gnttab_unmap_and_replace) },
	[GNTTABOP_swap_grant_ref] = { gnttab_swap,
		sizeof(struct gnttab_swap_grant_ref) },
};

static long run_batch(unsigned int cmd, guest_addr_t uop, unsigned int count)
{
	const struct batch_op *op = &batch_ops[cmd];
	long done = op->run(uop, count);

	if (done < 0 || (unsigned long)done >= count)
		return done < 0 ? done : 0;
	return hypercall_create_continuation(cmd, uop + done * op->bytes,
					     count - done);
}

static long run_single(unsigned int cmd, guest_addr_t uop, unsigned int count)
{
	if (cmd == GNTTABOP_setup_table && count == 1)
		return gnttab_setup_table(uop);
	if (cmd == GNTTABOP_query_size && count == 1)
		return gnttab_query_size(uop);
	if (cmd == GNTTABOP_get_status_frames && count == 1)
		return gnttab_get_status_frames(uop);
	if (cmd == GNTTABOP_set_version)
		return gnttab_set_version(uop);
	if (cmd == GNTTABOP_get_version)
		return gnttab_get_version(uop);
	return cmd == GNTTABOP_setup_table || cmd == GNTTABOP_query_size ||
	       cmd == GNTTABOP_get_status_frames ? -EINVAL : -ENOSYS;
}

long do_grant_table_op(unsigned int cmd, guest_addr_t uop, unsigned int count)
{
	if ((int)count < 0)
		return -EINVAL;
	if (cmd < sizeof(batch_ops) / sizeof(batch_ops[0]) &&
	    batch_ops[cmd].run)
		return run_batch(cmd, uop, count);
	return run_single(cmd, uop, count);
}
