/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - domains, their vCPUs and memory, and what hypercalls need
 */
#ifndef _XEN_SCHED_H
#define _XEN_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#include <vtb/xen_public.h>
#include <xen/mm.h>
#include <xen/spinlock.h>

#define NR_CPUS		4

/* Errors that the common ones lack. */
#define ESRCH		3
#define EPERM		1
#define EFAULT		14
#define EEXIST		17
#define ENOSYS		38
#define ERESTART	85

struct grant_table;

struct vcpu {
	unsigned int vcpu_id;
	struct domain *domain;
	/* Of the domain's handles that are free, see maptrack.c. */
	spinlock_t maptrack_lock;
	uint32_t maptrack_head;
	uint32_t maptrack_tail;
};

enum p2m_type {
	p2m_invalid,
	p2m_ram_rw,
	p2m_grant_map_rw,
	p2m_grant_map_ro,
};

/*
 * @refcount:	of whoever knows it; the rest of a domain goes with the last one
 * @is_dying:	it makes no more hypercalls and gets nothing any more
 * @is_dead:	it has lost everything; somebody may still know it
 * @p2m_lock:	@p2m, the table that hardware walks, and types of its entries
 */
struct domain {
	domid_t domain_id;
	bool is_dying;
	bool is_dead;
	unsigned int refcount;
	unsigned int nr_running;
	unsigned int tot_pages;
	unsigned int xenheap_pages;
	struct grant_table *grant_table;
	struct vcpu vcpu[NR_CPUS];
	spinlock_t p2m_lock;
	uint64_t *p2m;
	uint8_t p2m_types[512];
};

struct vcpu *current_vcpu(void);
#define current	current_vcpu()

/* NULL: there is none, or it is dying. Put back with rcu_unlock_domain(). */
struct domain *rcu_lock_domain_by_id(domid_t domid);
/* The same of one that may be dying. */
struct domain *rcu_lock_any_domain_by_id(domid_t domid);
void rcu_unlock_domain(struct domain *d);

/* -- what guests see of memory -- */

/* 0, or -EINVAL where something is already. */
int p2m_add(struct domain *d, unsigned long gfn, unsigned long mfn,
	    enum p2m_type type);
/* 0, or -ENOENT where @mfn is not, as @type. The caller flushes. */
int p2m_remove(struct domain *d, unsigned long gfn, unsigned long mfn,
	       enum p2m_type type);
void flush_tlb_domain(struct domain *d);
/*
 * The frame at @gfn with a reference: of @d's own memory, or NULL. @for_write:
 * the guest may write it.
 */
struct page_info *get_page_from_gfn(struct domain *d, unsigned long gfn);

/* -- arguments: in memory of the guest that calls; 0 or -EFAULT -- */

int copy_from_guest(void *to, guest_addr_t from, size_t bytes);
int copy_to_guest(guest_addr_t to, const void *from, size_t bytes);

/* Ought this hypercall to let others run, and go on afterwards? */
bool hypercall_preempt_check(void);
/* What the guest's instruction does when it is executed again. */
long hypercall_create_continuation(unsigned int op, guest_addr_t uop,
				   unsigned int count);

#define ASSERT(condition)						\
	do {								\
		if (!(condition))					\
			hypervisor_bug(__func__, #condition);		\
	} while (0)
#define BUG_ON(condition)	ASSERT(!(condition))
void hypervisor_bug(const char *function, const char *condition)
	__attribute__((noreturn));

#endif
