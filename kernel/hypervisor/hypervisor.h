/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypervisor.h - what the files of the environment share
 */
#ifndef HYPERVISOR_HYPERVISOR_H
#define HYPERVISOR_HYPERVISOR_H

#include <xen/sched.h>

struct vtb_boot;

#define MAX_DOMAINS	4

/* -- frames.c -- */

void frames_init(const struct vtb_boot *boot);
unsigned long frames_in_use(void);
unsigned long nr_frames(void);

/* -- domain.c -- */

void get_domain(struct domain *d);
/* Any domain there is or was; NULL: none. Takes nothing. */
struct domain *domain_find(unsigned int domid);
void set_current(struct vcpu *v);

/* -- p2m.c -- */

int p2m_init(struct domain *d);
void p2m_teardown(struct domain *d);
bool p2m_may_write(const struct domain *d, unsigned long gfn);
/* As get_page_from_gfn(), of whatever is there, foreign frames too. */
struct page_info *get_any_page_from_gfn(struct domain *d, unsigned long gfn,
					bool for_write);

/* -- memory.c -- */

long do_memory_op(unsigned int cmd, guest_addr_t arg);
/* Drops frames of a dying domain; they go when nobody maps them. */
void relinquish_memory(struct domain *d);
int populate_frame(struct domain *d, unsigned long gfn);

/* -- lock.c -- */

unsigned int locks_held(int cpu);

#endif
