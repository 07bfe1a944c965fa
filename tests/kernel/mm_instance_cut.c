// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm_instance_cut.c - what differs for the tests in a real instance
 */
#include <linux/rcupdate.h>

#include "mm_cut.h"

void cut_grace_period(void)
{
	rcu_barrier();
}
