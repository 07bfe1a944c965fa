# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_TIME_SOURCES
	time/clock.c time/convert.c time/sleep.c time/timer.c)
