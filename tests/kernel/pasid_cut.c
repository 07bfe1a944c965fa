// SPDX-License-Identifier: GPL-2.0-only
/*
 * pasid_cut.c - what kernel code does with PASIDs
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <pasid.h>
#include "defer_cut.h"
#include "pasid_cut.h"

static int data_a, data_b;

static struct pasid_set *new_set(unsigned int quota)
{
	struct pasid_set *set = pasid_set_new(quota);

	CUT_CHECK(!IS_ERR(set));
	return set;
}

void pasid_cut_ranges(void)
{
	struct pasid_set *set = new_set(10);
	u32 pasid;

	CUT_CHECK(pasid_alloc(set, 0, 5, NULL, &pasid) == -EINVAL);
	CUT_CHECK(pasid_alloc(set, 6, 5, NULL, &pasid) == -EINVAL);
	CUT_CHECK(pasid_alloc(set, 5, PASID_LAST + 1, NULL, &pasid) == -EINVAL);
	CUT_CHECK(!pasid_alloc(set, PASID_LAST, PASID_LAST, NULL, &pasid));
	CUT_CHECK(pasid == PASID_LAST);
	CUT_CHECK(pasid_alloc(set, PASID_LAST, PASID_LAST, NULL, &pasid) ==
		  -ENOSPC);
	CUT_CHECK(!pasid_alloc(set, 5, 6, NULL, &pasid) && pasid == 5);
	CUT_CHECK(!pasid_alloc(set, 5, 6, NULL, &pasid) && pasid == 6);
	CUT_CHECK(pasid_alloc(set, 5, 6, NULL, &pasid) == -ENOSPC);
	CUT_CHECK(!pasid_free(set, 5));
	CUT_CHECK(!pasid_alloc(set, 5, 6, NULL, &pasid) && pasid == 5);
	CUT_CHECK(pasid_set_count(set) == 3);
	pasid_free_all(set, NULL, NULL);
	CUT_CHECK(!pasid_set_count(set));
	pasid_set_put(set);
}

void pasid_cut_quota(void)
{
	struct pasid_set *set = new_set(2);
	u32 a, b, c;

	CUT_CHECK(!pasid_alloc(set, 1, 99, NULL, &a));
	/* What fails for another reason takes nothing of the quota. */
	CUT_CHECK(pasid_alloc(set, a, a, NULL, &b) == -ENOSPC);
	CUT_CHECK(!pasid_alloc(set, 1, 99, NULL, &b));
	CUT_CHECK(pasid_alloc(set, 1, 99, NULL, &c) == -EDQUOT);
	CUT_CHECK(pasid_set_quota(set, 1) == -EBUSY);
	CUT_CHECK(!pasid_set_quota(set, 2));
	CUT_CHECK(!pasid_free(set, a));
	CUT_CHECK(!pasid_set_quota(set, 1));
	CUT_CHECK(pasid_alloc(set, 1, 99, NULL, &c) == -EDQUOT);
	CUT_CHECK(!pasid_free(set, b));
	CUT_CHECK(!pasid_set_quota(set, 0));
	CUT_CHECK(pasid_alloc(set, 1, 99, NULL, &c) == -EDQUOT);
	pasid_set_put(set);
}

void pasid_cut_owners(void)
{
	struct pasid_set *one = new_set(5), *two = new_set(5);
	u32 a, b;

	CUT_CHECK(!pasid_alloc(one, 1, 99, &data_a, &a));
	CUT_CHECK(!pasid_alloc(two, 1, 99, &data_b, &b) && a != b);
	CUT_CHECK(pasid_find(one, a) == &data_a);
	CUT_CHECK(pasid_find(two, b) == &data_b);
	CUT_CHECK(pasid_find(one, b) == ERR_PTR(-EACCES));
	CUT_CHECK(pasid_find(one, 77) == ERR_PTR(-ENOENT));
	CUT_CHECK(pasid_free(two, a) == -EACCES && pasid_get(two, a) == -EACCES);
	CUT_CHECK(pasid_free(two, 77) == -ENOENT && pasid_free(two, 0) == -ENOENT);
	pasid_free_all(two, NULL, NULL);
	CUT_CHECK(pasid_find(one, a) == &data_a);
	CUT_CHECK(!pasid_free(one, a));
	pasid_set_put(one);
	pasid_set_put(two);
}

void pasid_cut_held(void)
{
	struct pasid_set *one = new_set(1), *two = new_set(5);
	u32 a, b;

	CUT_CHECK(!pasid_alloc(one, 7, 7, &data_a, &a));
	CUT_CHECK(!pasid_get(one, a));
	CUT_CHECK(!pasid_free(one, a));
	/* Hidden, counted, and nobody else's. */
	CUT_CHECK(pasid_find(one, a) == ERR_PTR(-ENOENT));
	CUT_CHECK(pasid_get(one, a) == -ENOENT && pasid_free(one, a) == -ENOENT);
	CUT_CHECK(pasid_set_count(one) == 1);
	CUT_CHECK(pasid_alloc(one, 8, 8, NULL, &b) == -EDQUOT);
	CUT_CHECK(pasid_alloc(two, 7, 7, NULL, &b) == -ENOSPC);
	/* The set outlives its owner for as long. */
	pasid_set_put(one);
	pasid_put(a);
	CUT_CHECK(!pasid_alloc(two, 7, 7, NULL, &b) && b == 7);
	pasid_free_all(two, NULL, NULL);
	pasid_set_put(two);
}

static void note(u32 pasid, void *data, void *arg)
{
	u32 *last = arg;

	CUT_CHECK(pasid > *last && data == &data_a);
	*last = pasid;
	cut_tell('f');
}

void pasid_cut_free_all(void)
{
	struct pasid_set *one = new_set(5), *two = new_set(5);
	u32 pasid, last = 0;
	int i;

	for (i = 0; i < 3; i++) {
		CUT_CHECK(!pasid_alloc(one, 1, 99, &data_a, &pasid));
		CUT_CHECK(!pasid_alloc(two, 1, 99, &data_b, &pasid));
	}
	pasid_free_all(one, note, &last);
	CUT_CHECK(!pasid_set_count(one) && pasid_set_count(two) == 3);
	pasid_free_all(two, NULL, NULL);
	pasid_set_put(one);
	pasid_set_put(two);
}

void pasid_cut_no_memory(void)
{
	struct pasid_set *set = pasid_set_new(3);
	u32 pasid;
	int rc;

	if (IS_ERR(set)) {
		cut_tell('s');
		return;
	}
	rc = pasid_alloc(set, 1, 99, NULL, &pasid);
	cut_tell(rc == -ENOMEM ? 'n' : rc ? '?' : 'y');
	CUT_CHECK(pasid_set_count(set) == !rc);
	pasid_free_all(set, NULL, NULL);
	pasid_set_put(set);
}

/* -- two vCPUs -- */

#define CHURN_LAST	6

static u8 taken[CHURN_LAST + 1];

void pasid_cut_churn(long rounds)
{
	struct pasid_set *set = new_set(2);
	u32 pasid;

	while (rounds--) {
		if (pasid_alloc(set, 1, CHURN_LAST, NULL, &pasid))
			continue;
		CUT_CHECK(!taken[pasid]);
		taken[pasid] = 1;
		CUT_CHECK(!pasid_get(set, pasid));
		CUT_CHECK(!pasid_free(set, pasid));
		cond_resched();
		CUT_CHECK(taken[pasid]);
		taken[pasid] = 0;
		pasid_put(pasid);
	}
	CUT_CHECK(!pasid_set_count(set));
	pasid_set_put(set);
}

void pasid_cut_check_empty(void)
{
	struct pasid_set *set = new_set(CHURN_LAST);
	u32 pasid, i;

	for (i = 1; i <= CHURN_LAST; i++)
		CUT_CHECK(!pasid_alloc(set, 1, CHURN_LAST, NULL, &pasid) &&
			  pasid == i);
	pasid_free_all(set, NULL, NULL);
	pasid_set_put(set);
}
