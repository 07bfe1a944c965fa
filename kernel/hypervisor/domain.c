/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain.c - domains: made, called by, taken apart
 *
 * A domain that is killed makes no more hypercalls, unmaps what it maps of
 * others, loses its memory, and is gone when the last one who knows it has
 * forgotten it: each domain counts one reference for its first frame.
 */
#include <vtb/bridge.h>
#include <vtb/hypervisor.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xen/grant_table.h>

#include "../firmware/firmware.h"
#include "hypervisor.h"

static struct domain *domains[MAX_DOMAINS];
static struct vcpu *running[NR_CPUS];
static struct vtb_hv_call *calling[NR_CPUS];

int vtb_kernel_boot(const struct vtb_boot *boot)
{
	frames_init(boot);
	return 0;
}

void vtb_kernel_shutdown(void)
{
}

void vtb_kernel_restart(void)
{
}

struct domain *domain_find(unsigned int domid)
{
	return domid < MAX_DOMAINS ? domains[domid] : NULL;
}

/* Counted by locked instructions: full barriers. */
void get_domain(struct domain *d)
{
	vtb_sync_acquire(d);
	vtb_sync_release(d);
	d->refcount++;
}

struct domain *rcu_lock_any_domain_by_id(domid_t domid)
{
	struct domain *d;

	vtb_preempt_point();
	d = domain_find(domid);
	if (d)
		get_domain(d);
	return d;
}

struct domain *rcu_lock_domain_by_id(domid_t domid)
{
	struct domain *d = rcu_lock_any_domain_by_id(domid);

	if (d && d->is_dying) {
		rcu_unlock_domain(d);
		d = NULL;
	}
	return d;
}

void rcu_unlock_domain(struct domain *d)
{
	vtb_sync_acquire(d);
	vtb_sync_release(d);
	if (--d->refcount)
		return;
	/* From now on nobody finds it. */
	if (domains[d->domain_id] == d)
		domains[d->domain_id] = NULL;
	grant_table_destroy(d);
	free_xenheap_page(d->p2m);
	xfree(d);
}

struct vcpu *current_vcpu(void)
{
	return running[vtb_this->cpu];
}

void set_current(struct vcpu *v)
{
	running[vtb_this->cpu] = v;
}

/* -- making and taking apart -- */

static struct domain *new_domain(unsigned int domid,
				 const struct vtb_hv_domain_options *options)
{
	struct domain *d = xzalloc(struct domain);
	unsigned int i;

	if (!d)
		return NULL;
	d->domain_id = domid;
	d->refcount = 1;
	for (i = 0; i < NR_CPUS; i++) {
		d->vcpu[i].vcpu_id = i;
		d->vcpu[i].domain = d;
	}
	if (p2m_init(d)) {
		xfree(d);
		return NULL;
	}
	if (grant_table_init(d, options->max_grant_frames,
			     options->max_maptrack_frames)) {
		free_xenheap_page(d->p2m);
		xfree(d);
		return NULL;
	}
	return d;
}

int vtb_hv_domain_create(unsigned int domid,
			 const struct vtb_hv_domain_options *options)
{
	struct domain *d;
	unsigned int i;
	int rc = 0;

	if (domid >= MAX_DOMAINS || domains[domid])
		return -EEXIST;
	d = new_domain(domid, options);
	if (!d)
		return -ENOMEM;
	/* Somebody else may have been quicker. */
	if (domains[domid]) {
		rcu_unlock_domain(d);
		return -EEXIST;
	}
	vtb_sync_release(d);
	domains[domid] = d;
	for (i = 0; !rc && i < options->nr_frames; i++)
		rc = populate_frame(d, i);
	if (rc)
		while (vtb_hv_domain_kill(domid) == -ERESTART)
			;
	return rc;
}

int vtb_hv_domain_kill(unsigned int domid)
{
	struct domain *d = domain_find(domid);
	int rc;

	if (!d)
		return -ESRCH;
	if (d->is_dead)
		return -EBUSY;
	get_domain(d);
	d->is_dying = true;
	rc = -ERESTART;
	/* Its vCPUs leave the hypervisor first. */
	if (d->nr_running)
		goto out;
	p2m_teardown(d);
	rc = gnttab_release_mappings(d);
	if (rc || d->is_dead)
		goto out;
	relinquish_memory(d);
	d->is_dead = true;
	rcu_unlock_domain(d);
out:
	rcu_unlock_domain(d);
	return rc;
}

/* -- hypercalls -- */

bool hypercall_preempt_check(void)
{
	return vtb_choose(2);
}

long hypercall_create_continuation(unsigned int op, guest_addr_t uop,
				   unsigned int count)
{
	struct vtb_hv_call *call = calling[vtb_this->cpu];

	call->arg[0] = op;
	call->arg[1] = uop;
	call->arg[2] = count;
	return -ERESTART;
}

static long dispatch(const struct vtb_hv_call *call)
{
	switch (call->nr) {
	case __HYPERVISOR_memory_op:
		return do_memory_op(call->arg[0], call->arg[1]);
	case __HYPERVISOR_grant_table_op:
		return do_grant_table_op(call->arg[0], call->arg[1],
					 call->arg[2]);
	default:
		return -ENOSYS;
	}
}

long vtb_hv_hypercall(unsigned int domid, struct vtb_hv_call *call)
{
	struct domain *d = rcu_lock_domain_by_id(domid);
	int cpu = vtb_this->cpu;
	long rc;

	if (!d)
		return -ESRCH;
	d->nr_running++;
	set_current(&d->vcpu[cpu]);
	calling[cpu] = call;
	rc = dispatch(call);
	set_current(NULL);
	d->nr_running--;
	rcu_unlock_domain(d);
	return rc;
}

/* -- looking in -- */

int vtb_hv_domain_peek(unsigned int domid, struct vtb_hv_domain_state *state)
{
	const struct domain *d = domain_find(domid);
	struct gnttab_counts counts;

	memset(state, 0, sizeof(*state));
	if (!d)
		return -ENOENT;
	gnttab_count(d, &counts);
	state->ept = virt_to_mfn(d->p2m);
	state->dying = d->is_dying;
	state->version = counts.version;
	state->nr_grant_frames = counts.nr_grant_frames;
	state->nr_status_frames = counts.nr_status_frames;
	return 0;
}

unsigned int vtb_hv_handles_peek(unsigned int domid)
{
	const struct domain *d = domain_find(domid);

	return d ? gnttab_handles(d) : 0;
}

unsigned long vtb_hv_table_peek(unsigned int domid, unsigned int index)
{
	const struct domain *d = domain_find(domid);
	void *frame = d ? gnttab_shared_frame(d, index) : NULL;

	return frame ? virt_to_mfn(frame) : ~0ul;
}

unsigned long vtb_hv_status_peek(unsigned int domid, unsigned int index)
{
	const struct domain *d = domain_find(domid);
	void *frame = d ? gnttab_status_frame(d, index) : NULL;

	return frame ? virt_to_mfn(frame) : ~0ul;
}

unsigned long vtb_hv_mapped_peek(unsigned int domid, unsigned int handle)
{
	const struct domain *d = domain_find(domid);
	domid_t granter;
	grant_ref_t ref;

	if (!d || !gnttab_mapping(d, handle, &granter, &ref) ||
	    !domain_find(granter))
		return ~0ul;
	return gnttab_active_frame(domain_find(granter), ref);
}

unsigned int vtb_hv_pins_peek(unsigned int domid, unsigned int ref)
{
	const struct domain *d = domain_find(domid);

	return d ? gnttab_pins(d, ref) : 0;
}

void vtb_hv_frame_peek(unsigned long mfn, struct vtb_hv_frame_state *state)
{
	const struct page_info *page = mfn_to_page(mfn);

	state->owner = page->owner ? page->owner->domain_id : -1;
	state->in_use = page->in_use;
	state->heap = (page->count_info & PGC_xen_heap) != 0;
	state->allocated = (page->count_info & PGC_allocated) != 0;
	state->refs = page->count_info & PGC_count_mask;
	state->type_refs = page->type_count;
}

void vtb_hv_account_peek(struct vtb_hv_account *account)
{
	struct vtb_account heap;

	vtb_kernel_account(&heap);
	account->frames = frames_in_use();
	account->objects = heap.objects;
}
