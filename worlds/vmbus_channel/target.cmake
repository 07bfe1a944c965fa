# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME vmbus_channel COMPONENTS vmbus_channel hv_bus=own
	SOURCES build.c guest.c host.c hostile.c oracle.c ops.c
		../vmbus/packets.c)
