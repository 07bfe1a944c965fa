# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME xen_gnttab COMPONENTS xen_gnttab xen=own
	SOURCES xen_gnttab.c ops.c ../xen/build.c ../xen/peer.c)
