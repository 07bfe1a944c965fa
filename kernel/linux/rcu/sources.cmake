# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_RCU_SOURCES
	rcu/callback.c rcu/grace.c rcu/poll.c rcu/srcu.c)
