// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu_cut.c - readers and updaters
 */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include "defer_cut.h"

/* -- a reader on vCPU 0, an updater on vCPU 1 -- */

static void read_slowly(void)
{
	cut_tell('r');
	udelay(100);
	cut_tell('R');
}

void rcu_cut_reader(long locked)
{
	if (locked)
		rcu_read_lock();
	read_slowly();
	if (locked)
		rcu_read_unlock();
}

void rcu_cut_reader_bh(void)
{
	rcu_read_lock_bh();
	read_slowly();
	rcu_read_unlock_bh();
}

void rcu_cut_reader_irq(void)
{
	local_irq_disable();
	read_slowly();
	local_irq_enable();
}

void rcu_cut_synchronize(void)
{
	udelay(10);
	cut_tell('s');
	synchronize_rcu();
	cut_tell('S');
}

void rcu_cut_expedited(void)
{
	udelay(10);
	cut_tell('s');
	synchronize_rcu_expedited();
	cut_tell('S');
}

static void tell_c(struct rcu_head *head)
{
	CUT_CHECK(in_serving_softirq());
	CUT_CHECK(!irqs_disabled());
	cut_tell('c');
}

static struct rcu_head heads[3];

void rcu_cut_call(void)
{
	udelay(10);
	cut_tell('s');
	call_rcu(&heads[0], tell_c);
	cut_tell('q');
}

void rcu_cut_poll(void)
{
	unsigned long cookie;

	udelay(10);
	cut_tell('s');
	cookie = start_poll_synchronize_rcu();
	while (!poll_state_synchronize_rcu(cookie)) {
		cut_tell('-');
		udelay(40);
	}
	cut_tell('S');
}

void rcu_cut_call_in_reader(long locked)
{
	if (locked)
		rcu_read_lock();
	cut_tell('1');
	call_rcu(&heads[0], tell_c);
	mdelay(20);
	cut_tell('2');
	if (locked)
		rcu_read_unlock();
}

/* Wrong order: frees first, unlinks then. */
void rcu_cut_late_unlink(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	call_rcu(&heads[0], tell_c);
	udelay(50);
	cut_tell('u');
	udelay(20);
	spin_unlock(&lock);
}

void rcu_cut_late_reader(void)
{
	udelay(20);
	rcu_read_lock();
	read_slowly();
	rcu_read_unlock();
}

void rcu_cut_barrier(void)
{
	int i;

	for (i = 0; i < 3; i++)
		call_rcu(&heads[i], tell_c);
	rcu_barrier();
	cut_tell('b');
	/* A head may be used again when it is through. */
	call_rcu(&heads[0], tell_c);
}

static void call_again(struct rcu_head *head)
{
	cut_tell('a');
	call_rcu(head, tell_c);
}

void rcu_cut_chain(void)
{
	call_rcu(&heads[0], call_again);
}

void rcu_cut_polling(void)
{
	unsigned long old = get_completed_synchronize_rcu();
	unsigned long cookie = get_state_synchronize_rcu();
	struct rcu_gp_oldstate full;

	CUT_CHECK(poll_state_synchronize_rcu(old));
	CUT_CHECK(!poll_state_synchronize_rcu(cookie));
	cond_synchronize_rcu(cookie);
	CUT_CHECK(poll_state_synchronize_rcu(cookie));
	get_state_synchronize_rcu_full(&full);
	CUT_CHECK(!poll_state_synchronize_rcu_full(&full));
	synchronize_rcu();
	CUT_CHECK(poll_state_synchronize_rcu_full(&full));
}

/* -- what must not be done -- */

void rcu_cut_synchronize_in_reader(void)
{
	rcu_read_lock();
	synchronize_rcu();
	rcu_read_unlock();
}

void rcu_cut_sleep_in_reader(void)
{
	rcu_read_lock();
	msleep(1);
	rcu_read_unlock();
}

static void sleep_in_callback(struct rcu_head *head)
{
	msleep(1);
}

void rcu_cut_sleeping_callback(void)
{
	call_rcu(&heads[0], sleep_in_callback);
}

static void leak_in_callback(struct rcu_head *head)
{
	rcu_read_lock();
}

void rcu_cut_leaking_callback(void)
{
	call_rcu(&heads[0], leak_in_callback);
}

void rcu_cut_double_call(void)
{
	rcu_read_lock();
	call_rcu(&heads[0], tell_c);
	call_rcu(&heads[0], tell_c);
	rcu_read_unlock();
}

void rcu_cut_stalling_reader(void)
{
	rcu_read_lock();
	mdelay(30000);
	rcu_read_unlock();
}

/* -- an object that is replaced -- */

struct object {
	int valid;
	struct rcu_head rcu;
};

static struct object first = { .valid = 1 };
static struct object __rcu *shared = (struct object __rcu *)&first;

static struct object *object_new(void)
{
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	object->valid = 1;
	return object;
}

void rcu_cut_kfree_rcu(void)
{
	struct object *object = object_new();

	rcu_read_lock();
	kfree_rcu(object, rcu);
	CUT_CHECK(object->valid);
	rcu_read_unlock();
	rcu_barrier();
}

void rcu_cut_list_reader(long locked)
{
	struct object *object;
	int i, round;

	for (round = 0; round < 4; round++) {
		if (locked)
			rcu_read_lock();
		object = rcu_dereference_raw(shared);
		for (i = 0; i < 4; i++)
			CUT_CHECK(READ_ONCE(object->valid));
		if (locked)
			rcu_read_unlock();
	}
}

static struct object *replace(struct object *new)
{
	struct object *old = rcu_dereference_protected(shared, 1);

	rcu_assign_pointer(shared, new);
	return old;
}

void rcu_cut_list_updater(void)
{
	static struct object spare[3];
	int i;

	for (i = 0; i < 3; i++) {
		struct object *old;

		spare[i].valid = 1;
		old = replace(&spare[i]);
		synchronize_rcu();
		WRITE_ONCE(old->valid, 0);
	}
}

void rcu_cut_kfree_updater(void)
{
	int i;

	/* The first is static. */
	replace(object_new());
	synchronize_rcu();
	for (i = 0; i < 3; i++)
		kfree_rcu(replace(object_new()), rcu);
	rcu_barrier();
	kfree(rcu_dereference_protected(shared, 1));
	rcu_assign_pointer(shared, &first);
}

/* -- SRCU -- */

DEFINE_STATIC_SRCU(domain);
static struct srcu_struct other;

void rcu_cut_srcu_reader(void)
{
	int idx = srcu_read_lock(&domain);

	cut_tell('r');
	msleep(10);
	cut_tell('R');
	srcu_read_unlock(&domain, idx);
}

void rcu_cut_srcu_update(long same)
{
	CUT_CHECK(!init_srcu_struct(&other));
	udelay(10);
	cut_tell('s');
	synchronize_srcu(same ? &domain : &other);
	cut_tell('S');
	cleanup_srcu_struct(&other);
}

void rcu_cut_srcu_unbalanced(void)
{
	srcu_read_unlock(&domain, 0);
}

void rcu_cut_srcu_busy_cleanup(void)
{
	int idx = srcu_read_lock(&domain);

	cleanup_srcu_struct(&domain);
	srcu_read_unlock(&domain, idx);
}
