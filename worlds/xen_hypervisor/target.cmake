# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME xen_hypervisor HYPERVISOR COMPONENTS xen_hypervisor
	SOURCES build.c calls.c copies.c guest.c judge.c ops.c predict.c)
