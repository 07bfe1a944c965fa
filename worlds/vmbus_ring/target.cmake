# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME vmbus_ring COMPONENTS vmbus_ring hv_channel=own
	SOURCES vmbus_ring.c oracle.c ops.c
		../vmbus/packets.c)
