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
static int16_t gnttab_transfer(union gnttab_request *request)
{
	const struct gnttab_transfer *op = &request->transfer;
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

/*
 * @one:	does one request, or
 * @batch:	does those it has to do together
 * @bytes:	of a request
 * @status:	where in it the guest finds its status
 */
struct batch_op {
	int16_t (*one)(union gnttab_request *request);
	long (*batch)(guest_addr_t uop, unsigned int count);
	size_t bytes;
	size_t status;
};

#define REQUEST(type)							\
	.bytes = sizeof(struct type), .status = offsetof(struct type, status)

static const struct batch_op batch_ops[] = {
	[GNTTABOP_map_grant_ref] = {
		.one = gnttab_map, REQUEST(gnttab_map_grant_ref) },
	[GNTTABOP_unmap_grant_ref] = {
		.batch = gnttab_unmap, REQUEST(gnttab_unmap_grant_ref) },
	[GNTTABOP_transfer] = {
		.one = gnttab_transfer, REQUEST(gnttab_transfer) },
	[GNTTABOP_copy] = { .one = gnttab_copy, REQUEST(gnttab_copy) },
	[GNTTABOP_unmap_and_replace] = {
		.one = gnttab_unmap_and_replace,
		REQUEST(gnttab_unmap_and_replace) },
	[GNTTABOP_swap_grant_ref] = {
		.one = gnttab_swap, REQUEST(gnttab_swap_grant_ref) },
};

#undef REQUEST

/* How many were done, or a negative errno. */
static long run_requests(const struct batch_op *op, guest_addr_t uop,
			 unsigned int count)
{
	union gnttab_request request;
	unsigned int i;
	int16_t status;

	for (i = 0; i < count; i++, uop += op->bytes) {
		if (i && hypercall_preempt_check())
			break;
		if (copy_from_guest(&request, uop, op->bytes))
			return -EFAULT;
		status = op->one(&request);
		memcpy((char *)&request + op->status, &status, sizeof(status));
		if (copy_to_guest(uop, &request, op->bytes))
			return -EFAULT;
	}
	return i;
}

static long run_batch(unsigned int cmd, guest_addr_t uop, unsigned int count)
{
	const struct batch_op *op = &batch_ops[cmd];
	long done = op->batch ? op->batch(uop, count) :
				run_requests(op, uop, count);

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
	    batch_ops[cmd].bytes)
		return run_batch(cmd, uop, count);
	return run_single(cmd, uop, count);
}
