# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME scale OF netvsc FIRMWARE COMPONENTS netvsc=own rndis=own
	SELFCHECK 4 SOURCES guest.c hosts.c world.c)
