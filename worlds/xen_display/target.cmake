# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME xen_display OF xen_client
	COMPONENTS xen_client xen_display=own xen_bus=own xen_shbuf=own xen_gnttab=own
		xen=own
	SOURCES backend.c guest.c oracle.c ops.c peer.c xen_display.c ../xen/build.c
		../xen/peer.c)
