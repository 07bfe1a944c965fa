# SPDX-License-Identifier: GPL-2.0-only
#
# Descriptors that a device reads while a driver writes them.
vtb_kernel_library(NAME kernel_wide_cut TREE ${VTB_DEFAULT_TREE}
	DEFINES VTB_CUT=1 SOURCES wide_cut.c)
vtb_test(NAME kernel_wide TREE ${VTB_DEFAULT_TREE}
	KERNEL kernel_linux kernel_wide_cut
	SOURCES wide_test.c
	LINK kernel_host models
	LABELS kernel)
