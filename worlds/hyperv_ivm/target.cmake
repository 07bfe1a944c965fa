# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME hyperv_ivm COMPONENTS hyperv_ivm swiotlb hv_platform=own hv_memory=own
	SOURCES hyperv_ivm.c oracle.c ops.c)
