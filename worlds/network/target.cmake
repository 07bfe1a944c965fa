# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME network OF netvsc FIRMWARE COMPONENTS netvsc=own rndis=own
	SELFCHECK 60 SOURCES build.c figures.c guest.c net.c ops.c oracle.c)
