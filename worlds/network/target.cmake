# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME network OF netvsc FIRMWARE COMPONENTS netvsc=own rndis=own
	SOURCES build.c figures.c guest.c net.c ops.c oracle.c)
