// SPDX-License-Identifier: GPL-2.0-only
/*
 * xarray_cut.c - what kernel code does with xarrays
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <vtb/bridge.h>
#include "defer_cut.h"
#include "store_cut.h"

static DEFINE_XARRAY(array);
static DEFINE_XARRAY_ALLOC(ids);

void xarray_cut_store(void)
{
	static const unsigned long indices[] = {
		0, 1, 63, 64, 4095, 4096, 1ul << 40, ~0ul,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indices); i++)
		CUT_CHECK(!xa_err(xa_store(&array, indices[i], xa_mk_value(i),
					   GFP_KERNEL)));
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		CUT_CHECK(xa_load(&array, indices[i]) == xa_mk_value(i));
	CUT_CHECK(!xa_load(&array, 2) && !xa_load(&array, ~1ul));
	CUT_CHECK(xa_insert(&array, 64, xa_mk_value(9), GFP_KERNEL) == -EBUSY);
	CUT_CHECK(xa_cmpxchg(&array, 64, xa_mk_value(3), xa_mk_value(7),
			     GFP_KERNEL) == xa_mk_value(3));
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		CUT_CHECK(xa_erase(&array, indices[i]));
	CUT_CHECK(!xa_erase(&array, 64));
	CUT_CHECK(xa_empty(&array));
}

void xarray_cut_walk(void)
{
	unsigned long index, expected = 0;
	void *entry;

	for (index = 0; index < 1000; index += 10)
		xa_store(&array, index, xa_mk_value(index), GFP_KERNEL);
	xa_for_each(&array, index, entry) {
		CUT_CHECK(index == expected);
		CUT_CHECK(xa_to_value(entry) == index);
		expected += 10;
	}
	CUT_CHECK(expected == 1000);
	index = 501;
	CUT_CHECK(xa_find(&array, &index, ~0ul, XA_PRESENT) == xa_mk_value(510));
	xa_destroy(&array);
	CUT_CHECK(xa_empty(&array));
}

void xarray_cut_marks(void)
{
	unsigned long index, seen = 0;
	void *entry;

	for (index = 0; index < 200; index++) {
		xa_store(&array, index, xa_mk_value(index), GFP_KERNEL);
		if (index % 7 == 0)
			xa_set_mark(&array, index, XA_MARK_1);
	}
	xa_for_each_marked(&array, index, entry, XA_MARK_1) {
		CUT_CHECK(index % 7 == 0);
		seen++;
	}
	CUT_CHECK(seen == 29);
	xa_destroy(&array);
	CUT_CHECK(!xa_marked(&array, XA_MARK_1));
}

void xarray_cut_limits(void)
{
	u32 id, next = 0;
	int i;

	for (i = 0; i < 4; i++) {
		CUT_CHECK(!xa_alloc(&ids, &id, xa_mk_value(i), XA_LIMIT(10, 13),
				    GFP_KERNEL));
		CUT_CHECK(id == 10 + i);
	}
	CUT_CHECK(xa_alloc(&ids, &id, xa_mk_value(i), XA_LIMIT(10, 13),
			   GFP_KERNEL) == -EBUSY);
	xa_erase(&ids, 12);
	CUT_CHECK(!xa_alloc(&ids, &id, xa_mk_value(9), XA_LIMIT(10, 13),
			    GFP_KERNEL));
	CUT_CHECK(id == 12);
	xa_destroy(&ids);
	for (i = 0; i < 3; i++)
		CUT_CHECK(!xa_alloc_cyclic(&ids, &id, xa_mk_value(i),
					   XA_LIMIT(1, 3), &next, GFP_KERNEL));
	xa_erase(&ids, 1);
	CUT_CHECK(xa_alloc_cyclic(&ids, &id, xa_mk_value(1), XA_LIMIT(1, 3),
				  &next, GFP_KERNEL) == 1);
	CUT_CHECK(id == 1);
	xa_destroy(&ids);
}

/* Against an array of numbers, by a fixed walk over the operations. */
void xarray_cut_reference(void)
{
	static u16 reference[512];
	unsigned int i, state = 1;

	for (i = 0; i < 3000; i++) {
		unsigned int index, value;

		state = state * 1103515245 + 12345;
		index = (state >> 16) % ARRAY_SIZE(reference);
		value = (state >> 8) % 3 ? i % 1000 + 1 : 0;
		if (value)
			xa_store(&array, index, xa_mk_value(value), GFP_KERNEL);
		else
			xa_erase(&array, index);
		reference[index] = value;
		index = (state >> 4) % ARRAY_SIZE(reference);
		CUT_CHECK(xa_load(&array, index) ==
			  (reference[index] ? xa_mk_value(reference[index]) :
					      NULL));
	}
	xa_destroy(&array);
	rcu_barrier();
}

void xarray_cut_no_memory(void)
{
	int rc = xa_err(xa_store(&array, 77, xa_mk_value(1), GFP_KERNEL));

	cut_tell(rc == -ENOMEM ? 'n' : rc ? '?' : 'y');
	CUT_CHECK(!xa_load(&array, 77) == (rc != 0));
	xa_destroy(&array);
	rcu_barrier();
}

void xarray_cut_fill(long value)
{
	unsigned long index;

	for (index = 0; index < 100; index++)
		xa_store(&array, index, xa_mk_value(value), GFP_KERNEL);
}

void xarray_cut_check_fill(long value)
{
	unsigned long index;

	for (index = 0; index < 100; index++)
		CUT_CHECK(xa_load(&array, index) == xa_mk_value(value));
}

/* -- a node that goes away under a reader -- */

void xarray_cut_node_reader(long locked)
{
	XA_STATE(xas, &array, 5);

	xarray_cut_fill(1);
	if (locked)
		rcu_read_lock();
	CUT_CHECK(xas_load(&xas) == xa_mk_value(1));
	cut_tell('r');
	udelay(100);
	/* The node is out of the tree, and empty, but still memory. */
	CUT_CHECK(!xas_reload(&xas));
	cut_tell('R');
	if (locked)
		rcu_read_unlock();
}

void xarray_cut_node_eraser(void)
{
	unsigned long index;

	udelay(10);
	cut_tell('e');
	for (index = 0; index < 100; index++)
		xa_erase(&array, index);
	cut_tell('E');
}

/* -- objects that go away under readers -- */

struct object {
	unsigned long index;
	struct rcu_head rcu;
};

void xarray_cut_object_reader(long locked)
{
	int round;

	for (round = 0; round < 20; round++) {
		struct object *object;

		if (locked)
			rcu_read_lock();
		object = xa_load(&array, round % 3);
		if (object) {
			vtb_preempt_point();
			CUT_CHECK(READ_ONCE(object->index) == round % 3);
		}
		if (locked)
			rcu_read_unlock();
		cond_resched();
	}
}

static void store_object(unsigned long index)
{
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	object->index = index;
	xa_store(&array, index, object, GFP_KERNEL);
}

void xarray_cut_object_updater(void)
{
	int round;

	for (round = 0; round < 20; round++) {
		struct object *old;

		store_object(round % 3);
		cond_resched();
		old = xa_erase(&array, round % 3);
		kfree_rcu(old, rcu);
	}
	rcu_barrier();
}

/* -- many ask for ids -- */

static u8 handed_out[256];

void xarray_cut_alloc_ids(long nr)
{
	while (nr--) {
		u32 id;

		CUT_CHECK(!xa_alloc(&ids, &id, xa_mk_value(1), XA_LIMIT(0, 255),
				    GFP_KERNEL));
		CUT_CHECK(!handed_out[id]);
		handed_out[id] = 1;
		if (nr % 3 == 0) {
			handed_out[id] = 0;
			xa_erase(&ids, id);
		}
	}
}

void xarray_cut_check_ids(long nr)
{
	unsigned int id;

	for (id = 0; id < ARRAY_SIZE(handed_out); id++) {
		CUT_CHECK(!xa_load(&ids, id) == !handed_out[id]);
		nr -= handed_out[id];
	}
	CUT_CHECK(!nr);
	xa_destroy(&ids);
}
