# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_SOFTIRQ_SOURCES
	softirq/call.c softirq/softirq.c softirq/tasklet.c)
