# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of the memory half of the simulated kernel, in each tree, against
# mocks of the bench and of the execution half.
include(${PROJECT_SOURCE_DIR}/kernel/linux/mm/sources.cmake)
include(${PROJECT_SOURCE_DIR}/kernel/linux/lib/sources.cmake)
include(${PROJECT_SOURCE_DIR}/kernel/linux/fs/sources.cmake)
set(mm_sources ${VTB_KERNEL_MM_SOURCES} ${VTB_KERNEL_LIB_SOURCES}
	${VTB_KERNEL_FS_SOURCES})
list(TRANSFORM mm_sources PREPEND ${PROJECT_SOURCE_DIR}/kernel/linux/)
foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME mm_half TREE ${tree} NOHOOKS NOCOV
		SOURCES ${mm_sources} ${CMAKE_CURRENT_LIST_DIR}/mm_exec_mock.c
			${CMAKE_CURRENT_LIST_DIR}/mm_heap_cut.c
			${CMAKE_CURRENT_LIST_DIR}/mm_user_cut.c)
	vtb_kernel_library(NAME mm_half_xarray TREE ${tree} UPSTREAM NOHOOKS NOCOV
		SOURCES lib/xarray.c)
	vtb_test(NAME kernel_mm.${tree} TREE ${tree} KERNEL mm_half mm_half_xarray
		SOURCES ${CMAKE_CURRENT_LIST_DIR}/mm_test.c
			${CMAKE_CURRENT_LIST_DIR}/mm_heap_test.c
			${CMAKE_CURRENT_LIST_DIR}/mm_user_test.c
			${CMAKE_CURRENT_LIST_DIR}/bridge_mock.c
		LABELS kernel)
	target_include_directories(kernel_mm.${tree} PRIVATE
		${PROJECT_SOURCE_DIR}/kernel/bridge)

	# The same code in a real instance; it is the code under test.
	if(TARGET kernel_linux.${tree})
		vtb_kernel_library(NAME mm_cut TREE ${tree} DEFINES VTB_CUT=1 NOCOV
			SOURCES ${CMAKE_CURRENT_LIST_DIR}/mm_instance_cut.c
				${CMAKE_CURRENT_LIST_DIR}/mm_heap_cut.c
				${CMAKE_CURRENT_LIST_DIR}/mm_user_cut.c)
		vtb_test(NAME kernel_mm_instance.${tree} TREE ${tree}
			KERNEL kernel_linux mm_cut COMPONENTS xarray=${tree}
			SOURCES ${CMAKE_CURRENT_LIST_DIR}/mm_instance_test.c
			LINK kernel_host LABELS kernel)
	endif()
endforeach()
