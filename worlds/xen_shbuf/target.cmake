# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME xen_shbuf
	COMPONENTS xen_shbuf xen_gnttab xen=own xen_frontend=own
	SOURCES xen_shbuf.c oracle.c ops.c ../xen/build.c ../xen/peer.c)
