# SPDX-License-Identifier: GPL-2.0-only
#
# The data-race detector needs hooks at plain loads and stores.
if(NOT VTB_FLAVOUR STREQUAL "race")
	return()
endif()

foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_race_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES race_cut.c race_defer_cut.c)
	vtb_test(NAME kernel_race.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_race_cut
		SOURCES race_test.c exec_world.c
		LINK kernel_host
		LABELS kernel)
endforeach()
