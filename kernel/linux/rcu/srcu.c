// SPDX-License-Identifier: GPL-2.0-only
/*
 * srcu.c - sleepable RCU: readers are counted, one pair of counts per domain
 *
 * The counts of a domain are its srcu_struct's, as far as readers go, but what
 * updaters need is a record of ours that is found by the address of the
 * srcu_struct, whose inside differs from tree to tree. DEFINE_SRCU() needs no
 * call to become usable, so a record is made when an address is first seen.
 *
 * Readers count in the half that ->srcu_idx names. An updater turns it over
 * and waits for the other half to become empty, twice: a reader may have read
 * the old index and not yet counted.
 *
 * call_srcu() and srcu_barrier() are not modelled.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/srcu.h>
#include "internal.h"

struct domain {
	struct domain *next;
	struct srcu_struct *srcu;
	unsigned long readers[2];
	unsigned long turning;		/* an updater is at work */
};

static struct domain *domains;
static struct domain *spare;

static struct domain *domain_new(struct srcu_struct *srcu)
{
	struct domain *domain = spare;

	if (domain)
		spare = domain->next;
	else
		domain = vtb_instance_alloc(sizeof(*domain), 8);
	*domain = (struct domain){ .next = domains, .srcu = srcu };
	domains = domain;
	return domain;
}

static struct domain *domain_find(struct srcu_struct *srcu)
{
	struct domain *domain;

	for (domain = domains; domain; domain = domain->next)
		if (domain->srcu == srcu)
			return domain;
	return domain_new(srcu);
}

static void domain_free(struct domain *domain)
{
	struct domain **link = &domains;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	domain->next = spare;
	spare = domain;
}

int init_srcu_struct(struct srcu_struct *srcu)
{
	memset(srcu, 0, sizeof(*srcu));
	domain_free(domain_find(srcu));
	domain_new(srcu);
	return 0;
}
EXPORT_SYMBOL_GPL(init_srcu_struct);

void cleanup_srcu_struct(struct srcu_struct *srcu)
{
	struct domain *domain = domain_find(srcu);

	/* A real one leaks it then. */
	if (WARN_ON(domain->readers[0] || domain->readers[1]))
		return;
	domain_free(domain);
}
EXPORT_SYMBOL_GPL(cleanup_srcu_struct);

/* What updaters release when they begin, for the data-race detector. */
static const void *srcu_start(const struct srcu_struct *srcu)
{
	return (const char *)srcu + 4;
}

int __srcu_read_lock(struct srcu_struct *srcu)
{
	int half = srcu->srcu_idx & 1;

	domain_find(srcu)->readers[half]++;
	vtb_sync_acquire(srcu_start(srcu));
	vtb_preempt_point();
	return half;
}
EXPORT_SYMBOL_GPL(__srcu_read_lock);

void __srcu_read_unlock(struct srcu_struct *srcu, int half)
{
	struct domain *domain = domain_find(srcu);

	vtb_sync_release(srcu);
	if (half < 0 || half > 1 || !domain->readers[half])
		vtb_finding("srcu-unbalanced", "srcu_struct", (void *)_RET_IP_,
			    NULL, "srcu_read_unlock() without srcu_read_lock()",
			    "nobody reads in the half of the domain it names");
	else if (!--domain->readers[half])
		vtb_rcu_wake();
	vtb_preempt_point();
}
EXPORT_SYMBOL_GPL(__srcu_read_unlock);

/* -- updaters -- */

static bool not_turning(unsigned long number)
{
	return !((struct domain *)number)->turning;
}

static bool half0_empty(unsigned long number)
{
	return !((struct domain *)number)->readers[0];
}

static bool half1_empty(unsigned long number)
{
	return !((struct domain *)number)->readers[1];
}

static void turn(struct domain *domain, const char *name, unsigned long caller)
{
	bool old = domain->srcu->srcu_idx & 1;

	domain->srcu->srcu_idx++;
	vtb_rcu_wait(name, caller, old ? half1_empty : half0_empty,
		     (unsigned long)domain);
}

static void synchronize(struct srcu_struct *srcu, const char *name,
			unsigned long caller)
{
	struct domain *domain = domain_find(srcu);

	vtb_sync_release(srcu_start(srcu));
	do
		vtb_rcu_wait(name, caller, not_turning, (unsigned long)domain);
	while (domain->turning);
	domain->turning = 1;
	turn(domain, name, caller);
	turn(domain, name, caller);
	domain->turning = 0;
	vtb_sync_acquire(srcu);
	vtb_rcu_wake();
}

void synchronize_srcu(struct srcu_struct *srcu)
{
	synchronize(srcu, "synchronize_srcu", _RET_IP_);
}
EXPORT_SYMBOL_GPL(synchronize_srcu);

void synchronize_srcu_expedited(struct srcu_struct *srcu)
{
	synchronize(srcu, "synchronize_srcu_expedited", _RET_IP_);
}
EXPORT_SYMBOL_GPL(synchronize_srcu_expedited);
