// SPDX-License-Identifier: GPL-2.0-only
/*
 * litmus_cut.c - small programs that tell memory models apart
 *
 * Named as in the literature: SB store buffering, MP message passing, LB load
 * buffering, 2+2W two threads with two writes each, IRIW independent reads of
 * independent writes, Co* coherence of one variable; what stands behind the
 * plus signs is between the two accesses of each thread, "po" being nothing.
 *
 * Outcomes are judged by the Linux kernel's memory model where that is weaker
 * than ours, with the exceptions that store_buffer.c states: they are marked
 * "stronger" here.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "litmus_cut.h"

#define ALL	(LITMUS_SC | LITMUS_TSO | LITMUS_WEAK)
#define RELAXED	(LITMUS_TSO | LITMUS_WEAK)

#define W(v, n)	WRITE_ONCE(v, n)
#define R(v)	READ_ONCE(v)

/* Called from outside of the kernel, where nothing can be hooked. */
#define OUTCOME	__attribute__((no_sanitize("thread"))) int

struct object {
	int value;
	struct object *next;
};

union halves {
	u64 whole;
	u32 half[2];
	u8 byte[8];
};

static int x, y, z;
static int array[8];
static atomic_t counter, other;
static unsigned long bits;
static union halves mixed;
static struct object first = { .value = 1 }, second;
static struct object *head = &first;
static char packet[72], received[2][72];
static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(lock2);
static DECLARE_COMPLETION(done);

/* -- SB: two stores, then two loads ------------------------------------------- */

#define SB(name, store_x, store_y, between_x, between_y)		\
static void sb_##name##_0(int *r) { store_x; between_x; r[0] = R(y); }	\
static void sb_##name##_1(int *r) { store_y; between_y; r[1] = R(x); }

static OUTCOME both_zero(const int *r, int fx, int fy)
{
	return !r[0] && !r[1];
}

SB(po, W(x, 1), W(y, 1), , )
SB(mb, W(x, 1), W(y, 1), smp_mb(), smp_mb())
SB(one_mb, W(x, 1), W(y, 1), smp_mb(), )
SB(wmb, W(x, 1), W(y, 1), smp_wmb(), smp_wmb())
SB(rmb, W(x, 1), W(y, 1), smp_rmb(), smp_rmb())
SB(release, smp_store_release(&x, 1), smp_store_release(&y, 1), , )
SB(full_rmw, W(x, 1), W(y, 1), atomic_inc_return(&counter),
   atomic_inc_return(&other))
SB(plain_rmw, W(x, 1), W(y, 1), atomic_inc(&counter), atomic_inc(&other))
SB(after_atomic, W(x, 1), W(y, 1),
   (atomic_inc(&counter), ({ smp_mb__after_atomic(); })),
   (atomic_inc(&other), ({ smp_mb__after_atomic(); })))
SB(xchg, xchg(&x, 1), xchg(&y, 1), , )
SB(cmpxchg, cmpxchg(&x, 0, 1), cmpxchg(&y, 0, 1), , )
SB(store_mb, smp_store_mb(x, 1), smp_store_mb(y, 1), , )
SB(lock, W(x, 1), W(y, 1), ({ spin_lock(&lock); spin_unlock(&lock); }),
   ({ spin_lock(&lock2); spin_unlock(&lock2); }))

/* -- MP: data, then a flag ------------------------------------------------------- */

#define MP(name, before, store, load, between)				\
static void mp_##name##_0(int *r) { W(x, 1); before; store; }		\
static void mp_##name##_1(int *r) { r[0] = load; between; r[1] = R(x); }

static OUTCOME flag_without_data(const int *r, int fx, int fy)
{
	return r[0] && !r[1];
}

MP(po, , W(y, 1), R(y), )
MP(wmb_po, smp_wmb(), W(y, 1), R(y), )
MP(po_rmb, , W(y, 1), R(y), smp_rmb())
MP(wmb_rmb, smp_wmb(), W(y, 1), R(y), smp_rmb())
MP(mb_mb, smp_mb(), W(y, 1), R(y), smp_mb())
MP(release_po, , smp_store_release(&y, 1), R(y), )
MP(po_acquire, , W(y, 1), smp_load_acquire(&y), )
MP(release_acquire, , smp_store_release(&y, 1), smp_load_acquire(&y), )
MP(wmb_atomic_rmb, smp_wmb(), atomic_inc(&counter), atomic_read(&counter),
   smp_rmb())
MP(atomic_rmb, , atomic_inc(&counter), atomic_read(&counter), smp_rmb())
MP(set_wmb_rmb, smp_wmb(), atomic_set(&counter, 1), atomic_read(&counter),
   smp_rmb())
MP(release_rmw_acquire, , atomic_fetch_inc_release(&counter),
   atomic_read_acquire(&counter), )
MP(set_bit_wmb_rmb, smp_wmb(), set_bit(3, &bits), test_bit(3, &bits),
   smp_rmb())
MP(lock, , ({ spin_lock(&lock); W(y, 1); spin_unlock(&lock); }),
   ({ int v; spin_lock(&lock); v = R(y); spin_unlock(&lock); v; }), )
MP(complete, , complete(&done), ({ wait_for_completion(&done); 1; }), )

/* A copy is many stores and loads. */
static void mp_copy_wmb_rmb_0(int *r)
{
	memset(packet, 1, sizeof(packet));
	smp_wmb();
	W(y, 1);
}

static void mp_copy_po_0(int *r)
{
	memset(packet, 1, sizeof(packet));
	W(y, 1);
}

static void mp_copy_rmb_1(int *r)
{
	r[0] = R(y);
	smp_rmb();
	memcpy(received[1], packet, sizeof(packet));
	r[1] = !memchr_inv(received[1], 1, sizeof(packet));
}

/* -- dependencies: the address is what was loaded -------------------------------- */

static void dep_pointer_0(int *r)
{
	W(second.value, 1);
	rcu_assign_pointer(head, &second);
}

static void dep_pointer_po_0(int *r)
{
	W(second.value, 1);
	W(head, &second);
}

static void dep_pointer_1(int *r)
{
	r[0] = 1;
	r[1] = R(rcu_dereference_check(head, true)->value);
}

static void dep_next_0(int *r)
{
	W(second.value, 1);
	smp_wmb();
	W(first.next, &second);
}

static void dep_next_1(int *r)
{
	struct object *next = R(first.next);

	r[0] = next != NULL;
	if (next)
		r[1] = R(next->value);
}

static void dep_index_0(int *r)
{
	W(array[5], 1);
	smp_wmb();
	W(y, 5);
}

static void dep_index_1(int *r)
{
	int i = R(y);

	r[0] = i == 5;
	r[1] = R(array[i]);
}

static void dep_data_0(int *r)
{
	r[0] = R(x);
	W(y, r[0]);
}

static void dep_data_1(int *r)
{
	r[1] = R(y);
	W(x, r[1]);
}

static OUTCOME any_set(const int *r, int fx, int fy)
{
	return r[0] || r[1];
}

/* -- LB, R, S, 2+2W --------------------------------------------------------------- */

static void lb_po_0(int *r) { r[0] = R(x); W(y, 1); }
static void lb_po_1(int *r) { r[1] = R(y); W(x, 1); }

static OUTCOME both_set(const int *r, int fx, int fy)
{
	return r[0] && r[1];
}

#define TWO_STORES(name, between)					\
static void name##_0(int *r) { W(x, 1); between; W(y, 1); }

TWO_STORES(r_po, )
TWO_STORES(r_wmb, smp_wmb())
TWO_STORES(r_mb, smp_mb())
static void r_po_1(int *r) { W(y, 2); r[0] = R(x); }
static void r_mb_1(int *r) { W(y, 2); smp_mb(); r[0] = R(x); }

static OUTCOME r_outcome(const int *r, int fx, int fy)
{
	return fy == 2 && !r[0];
}

static void s_po_0(int *r) { W(x, 2); W(y, 1); }
static void s_wmb_0(int *r) { W(x, 2); smp_wmb(); W(y, 1); }
static void s_po_1(int *r) { r[0] = R(y); W(x, 1); }
static void s_mb_1(int *r) { r[0] = R(y); smp_mb(); W(x, 1); }

static OUTCOME s_outcome(const int *r, int fx, int fy)
{
	return r[0] && fx == 2;
}

#define TWO_TWO(name, between)						\
static void name##_0(int *r) { W(x, 1); between; W(y, 2); }		\
static void name##_1(int *r) { W(y, 1); between; W(x, 2); }

TWO_TWO(ww_po, )
TWO_TWO(ww_wmb, smp_wmb())

static OUTCOME ww_outcome(const int *r, int fx, int fy)
{
	return fx == 1 && fy == 1;
}

/* -- IRIW, WRC: three and four threads ----------------------------------------- */

static void write_x(int *r) { W(x, 1); }
static void write_y(int *r) { W(y, 1); }

#define READS(name, load, between)					\
static void name##_2(int *r) { r[0] = load(x); between; r[1] = R(y); }	\
static void name##_3(int *r) { r[2] = load(y); between; r[3] = R(x); }

#define ACQUIRE(v)	smp_load_acquire(&(v))

READS(iriw_po, R, )
READS(iriw_rmb, R, smp_rmb())
READS(iriw_mb, R, smp_mb())
READS(iriw_acquire, ACQUIRE, )

static OUTCOME iriw_outcome(const int *r, int fx, int fy)
{
	return r[0] && !r[1] && r[2] && !r[3];
}

static void wrc_po_1(int *r) { r[0] = R(x); W(y, 1); }
static void wrc_release_1(int *r) { r[0] = R(x); smp_store_release(&y, 1); }
static void wrc_po_2(int *r) { r[1] = R(y); r[2] = R(x); }
static void wrc_rmb_2(int *r) { r[1] = R(y); smp_rmb(); r[2] = R(x); }

static OUTCOME wrc_outcome(const int *r, int fx, int fy)
{
	return r[0] && r[1] && !r[2];
}

/* -- coherence: one variable has one order of values ------------------------------ */

static void store_1(int *r) { W(x, 1); }
static void store_2(int *r) { W(x, 2); }
static void load_twice_2(int *r) { r[0] = R(x); r[1] = R(x); }
static void load_twice_3(int *r) { r[2] = R(x); r[3] = R(x); }
static void store_twice_0(int *r) { W(x, 1); W(x, 2); }
static void load_store_0(int *r) { r[0] = R(x); W(x, 1); }
static void store_load_0(int *r) { W(x, 1); r[0] = R(x); }

static OUTCOME corr_outcome(const int *r, int fx, int fy)
{
	return r[0] && !r[1];
}

static OUTCOME corr2_outcome(const int *r, int fx, int fy)
{
	return r[0] == 1 && r[1] == 2 && r[2] == 2 && r[3] == 1;
}

static OUTCOME coww_outcome(const int *r, int fx, int fy)
{
	return fx != 2;
}

static OUTCOME corw_outcome(const int *r, int fx, int fy)
{
	return r[0] == 1 || (r[0] == 2 && fx != 1);
}

static OUTCOME cowr_outcome(const int *r, int fx, int fy)
{
	return !r[0] || (r[0] == 2 && fx == 1);
}

/* Accesses of different sizes to the same bytes. */
static void mixed_0(int *r)
{
	W(mixed.half[1], 7);
	W(mixed.byte[4], 9);
	r[0] = R(mixed.whole) >> 32 == 9;
}

static void mixed_1(int *r)
{
	r[1] = R(mixed.byte[4]);
	r[2] = R(mixed.half[1]);
	r[3] = R(mixed.whole) >> 32;
}

static OUTCOME mixed_outcome(const int *r, int fx, int fy)
{
	return !r[0] || r[2] < r[1] || r[3] < r[2];
}

/* Unaligned, over the border of two words that another one stores to. */
static void straddle_0(int *r)
{
	u32 *word = (u32 *)&packet[6];

	W(*word, 0x01010101);
	W(packet[8], 2);
	r[0] = R(*word) == 0x01020101;
}

static void straddle_1(int *r)
{
	r[1] = R(packet[8]);
	r[2] = (R(*(u64 *)&packet[8]) & 0xff) == r[1];
}

static OUTCOME straddle_outcome(const int *r, int fx, int fy)
{
	/* The second load may be newer, which is 1 -> 2 or 0 -> either. */
	return !r[0] || (r[1] == 2 && !r[2]);
}

/* Nobody's increment is lost, whatever else is held back. */
static void count_rmw(int *r)
{
	W(z, 1);
	atomic_inc(&counter);
	set_bit(4 + r[0], &bits);
	atomic_add(2, &counter);
}

static void count_0(int *r) { int me[1] = { 0 }; count_rmw(me); }
static void count_1(int *r) { int me[1] = { 1 }; count_rmw(me); }
static void count_2(int *r) { int me[1] = { 2 }; count_rmw(me); }

static void count_3(int *r)
{
	while (atomic_read(&counter) != 9)
		cpu_relax();
}

static OUTCOME count_outcome(const int *r, int fx, int fy)
{
	return counter.counter != 9 || (bits & 0x70) != 0x70;
}

static void increment(int *r) { atomic_inc(&counter); }

static OUTCOME lost_outcome(const int *r, int fx, int fy)
{
	return counter.counter != 2;
}

/* One access is not done in halves. */
static void torn_0(int *r) { W(mixed.whole, ~0ull); }

static void torn_1(int *r)
{
	u64 whole = R(mixed.whole);

	r[0] = whole && ~whole;
}

static OUTCOME torn_outcome(const int *r, int fx, int fy)
{
	return r[0];
}

/* -- locks and RCU --------------------------------------------------------------------- */

static void locked_pair_0(int *r)
{
	spin_lock(&lock);
	W(x, R(x) + 1);
	W(y, R(y) + 1);
	spin_unlock(&lock);
}

static void locked_pair_2(int *r)
{
	spin_lock(&lock);
	r[0] = R(x) != R(y);
	spin_unlock(&lock);
}

static OUTCOME locked_outcome(const int *r, int fx, int fy)
{
	return r[0] || fx != 2 || fy != 2;
}

static void rcu_0(int *r)
{
	W(x, 1);
	synchronize_rcu();
	W(y, 1);
}

static void rcu_no_grace_0(int *r)
{
	W(x, 1);
	W(y, 1);
}

static void rcu_1(int *r)
{
	rcu_read_lock();
	r[0] = R(y);
	r[1] = R(x);
	rcu_read_unlock();
}

static void rcu_turned_1(int *r)
{
	rcu_read_lock();
	r[1] = R(x);
	r[0] = R(y);
	rcu_read_unlock();
}

static void rcu_free_0(int *r)
{
	rcu_assign_pointer(head, &second);
	synchronize_rcu();
	W(first.value, 0);
}

static void rcu_free_1(int *r)
{
	r[0] = 1;
	rcu_read_lock();
	r[1] = R(rcu_dereference(head)->value) || R(head) == &second;
	rcu_read_unlock();
}

/* -- the table ------------------------------------------------------------------------- */

#define TEST2(text, a, b, out, may, see)				\
	{ text, { a, b }, out, may, see }
#define SB_TEST(name, may, see)						\
	TEST2("SB+" #name, sb_##name##_0, sb_##name##_1, both_zero, may, see)
#define MP_TEST(name, may, see)						\
	TEST2("MP+" #name, mp_##name##_0, mp_##name##_1,		\
	      flag_without_data, may, see)

const struct litmus litmus_tests[] = {
	SB_TEST(po, RELAXED, RELAXED),
	SB_TEST(mb, 0, 0),
	SB_TEST(one_mb, RELAXED, RELAXED),
	SB_TEST(wmb, RELAXED, RELAXED),
	SB_TEST(rmb, RELAXED, RELAXED),
	SB_TEST(release, RELAXED, RELAXED),
	SB_TEST(full_rmw, 0, 0),
	SB_TEST(plain_rmw, LITMUS_WEAK, LITMUS_WEAK),
	SB_TEST(after_atomic, 0, 0),
	SB_TEST(xchg, 0, 0),
	SB_TEST(cmpxchg, 0, 0),
	SB_TEST(store_mb, 0, 0),
	SB_TEST(lock, 0, 0),			/* stronger */
	MP_TEST(po, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(wmb_po, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(po_rmb, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(wmb_rmb, 0, 0),
	MP_TEST(mb_mb, 0, 0),
	MP_TEST(release_po, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(po_acquire, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(release_acquire, 0, 0),
	MP_TEST(wmb_atomic_rmb, 0, 0),
	MP_TEST(atomic_rmb, LITMUS_WEAK, LITMUS_WEAK),
	MP_TEST(set_wmb_rmb, 0, 0),
	MP_TEST(release_rmw_acquire, 0, 0),
	MP_TEST(set_bit_wmb_rmb, 0, 0),
	MP_TEST(lock, 0, 0),
	MP_TEST(complete, 0, 0),
	TEST2("MP+copy+wmb+rmb", mp_copy_wmb_rmb_0, mp_copy_rmb_1,
	      flag_without_data, 0, 0),
	TEST2("MP+copy+po+rmb", mp_copy_po_0, mp_copy_rmb_1,
	      flag_without_data, LITMUS_WEAK, LITMUS_WEAK),
	TEST2("MP+assign+dereference", dep_pointer_0, dep_pointer_1,
	      flag_without_data, 0, 0),
	TEST2("MP+po+dereference", dep_pointer_po_0, dep_pointer_1,
	      flag_without_data, LITMUS_WEAK, LITMUS_WEAK),
	TEST2("MP+wmb+next", dep_next_0, dep_next_1, flag_without_data, 0, 0),
	TEST2("MP+wmb+index", dep_index_0, dep_index_1, flag_without_data, 0, 0),
	TEST2("LB+data+data", dep_data_0, dep_data_1, any_set, 0, 0),
	TEST2("LB+po+po", lb_po_0, lb_po_1, both_set, LITMUS_WEAK, 0),
	TEST2("R+po+po", r_po_0, r_po_1, r_outcome, RELAXED, RELAXED),
	TEST2("R+mb+po", r_mb_0, r_po_1, r_outcome, RELAXED, RELAXED),
	TEST2("R+po+mb", r_po_0, r_mb_1, r_outcome, LITMUS_WEAK, LITMUS_WEAK),
	TEST2("R+wmb+mb", r_wmb_0, r_mb_1, r_outcome, LITMUS_WEAK, 0),
	TEST2("R+mb+mb", r_mb_0, r_mb_1, r_outcome, 0, 0),
	TEST2("S+po+po", s_po_0, s_po_1, s_outcome, LITMUS_WEAK, LITMUS_WEAK),
	TEST2("S+wmb+po", s_wmb_0, s_po_1, s_outcome, LITMUS_WEAK, 0),
	TEST2("S+wmb+mb", s_wmb_0, s_mb_1, s_outcome, 0, 0),
	TEST2("2+2W+po+po", ww_po_0, ww_po_1, ww_outcome, LITMUS_WEAK,
	      LITMUS_WEAK),
	TEST2("2+2W+wmb+wmb", ww_wmb_0, ww_wmb_1, ww_outcome, LITMUS_WEAK, 0),
	{ "IRIW+po+po", { write_x, write_y, iriw_po_2, iriw_po_3 },
	  iriw_outcome, LITMUS_WEAK, LITMUS_WEAK },
	{ "IRIW+rmb+rmb", { write_x, write_y, iriw_rmb_2, iriw_rmb_3 },
	  iriw_outcome, LITMUS_WEAK, 0 },
	{ "IRIW+acquire+acquire",
	  { write_x, write_y, iriw_acquire_2, iriw_acquire_3 },
	  iriw_outcome, LITMUS_WEAK, 0 },
	{ "IRIW+mb+mb", { write_x, write_y, iriw_mb_2, iriw_mb_3 },
	  iriw_outcome, 0, 0 },
	{ "WRC+po+po", { write_x, wrc_po_1, wrc_po_2 }, wrc_outcome,
	  LITMUS_WEAK, LITMUS_WEAK },
	{ "WRC+release+rmb", { write_x, wrc_release_1, wrc_rmb_2 },
	  wrc_outcome, 0, 0 },
	{ "CoRR", { store_1, NULL, load_twice_2 }, corr_outcome, 0, 0 },
	{ "CoRR2", { store_1, store_2, load_twice_2, load_twice_3 },
	  corr2_outcome, 0, 0 },
	{ "CoWW", { store_twice_0 }, coww_outcome, 0, 0 },
	TEST2("CoRW", load_store_0, store_2, corw_outcome, 0, 0),
	TEST2("CoWR", store_load_0, store_2, cowr_outcome, 0, 0),
	TEST2("Co+sizes", mixed_0, mixed_1, mixed_outcome, 0, 0),
	TEST2("Co+unaligned", straddle_0, straddle_1, straddle_outcome, 0, 0),
	{ "RMW+counts", { count_0, count_1, count_2, count_3 }, count_outcome,
	  0, 0 },
	TEST2("RMW+lost", increment, increment, lost_outcome, 0, 0),
	TEST2("Torn", torn_0, torn_1, torn_outcome, 0, 0),
	{ "lock+pair", { locked_pair_0, locked_pair_0, locked_pair_2 },
	  locked_outcome, 0, 0 },
	TEST2("RCU+grace", rcu_0, rcu_1, flag_without_data, 0, 0),
	TEST2("RCU+grace+turned", rcu_0, rcu_turned_1, flag_without_data, 0, 0),
	TEST2("RCU+none", rcu_no_grace_0, rcu_1, flag_without_data,
	      LITMUS_WEAK, LITMUS_WEAK),
	TEST2("RCU+free", rcu_free_0, rcu_free_1, flag_without_data, 0, 0),
};

/* What is not forbidden any more if one place of them is ignored. */
const struct litmus_mutant litmus_mutants[] = {
	{ "MP+wmb_rmb", "mp_wmb_rmb_0:barrier:1", LITMUS_WEAK },
	{ "MP+wmb_rmb", "mp_wmb_rmb_1:barrier:1", LITMUS_WEAK },
	{ "MP+release_acquire", "mp_release_acquire_0:release:1", LITMUS_WEAK },
	{ "MP+release_acquire", "mp_release_acquire_1:acquire:1", LITMUS_WEAK },
	{ "MP+wmb+next", "dep_next_1:once:1", LITMUS_WEAK },
	{ "SB+mb", "sb_mb_0:barrier:1", RELAXED },
	{ "SB+full_rmw", "sb_full_rmw_1:barrier:1", LITMUS_WEAK },
	{ "RMW+lost", "increment:atomic:1", RELAXED },
	{ "Torn", "torn_0:once:1", RELAXED },
	{ "Torn", "torn_1:once:1", LITMUS_WEAK },
	{ "lock+pair", "locked_pair_0:lock:1", ALL },
};

const unsigned int litmus_nr_mutants = ARRAY_SIZE(litmus_mutants);

const unsigned int litmus_nr_tests = ARRAY_SIZE(litmus_tests);

__attribute__((no_sanitize("thread"))) void litmus_final(int *fx, int *fy)
{
	*fx = x;
	*fy = y;
}
