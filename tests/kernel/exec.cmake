# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of kernel/host and the execution half of the simulated kernel, in
# each tree, in worlds of their own.
set(image_check ${CMAKE_CURRENT_LIST_DIR}/image_check)

foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_exec_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES exec_cut.c lock_cut.c sched_cut.c irq_cut.c)
	vtb_test(NAME kernel_exec.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_exec_cut
		SOURCES exec_test.c exec_lock_test.c exec_sched_test.c
			exec_irq_test.c exec_world.c
		LINK kernel_host
		LABELS kernel)

	vtb_test(NAME kernel_dma_logging.${tree} TREE ${tree}
		KERNEL kernel_linux COMPONENTS iova_bitmap dma_logging
		SOURCES dma_logging_test.c
		LINK kernel_host models
		LABELS kernel)

	# Other flavours have no hooks at single accesses.
	if(VTB_FLAVOUR STREQUAL "race")
		set(runs 5000)
		if(NOT tree STREQUAL VTB_DEFAULT_TREE)
			set(runs 500)
		endif()
		vtb_kernel_library(NAME kernel_litmus_cut TREE ${tree}
			DEFINES VTB_CUT=1 NOCOV SOURCES litmus_cut.c)
		vtb_test(NAME kernel_litmus.${tree} TREE ${tree}
			KERNEL kernel_linux kernel_litmus_cut
			SOURCES litmus_test.c exec_world.c
			LINK kernel_host ARGS ${runs}
			LABELS kernel)
	endif()

	# All that can change in kernel-side code is part of the image.
	set(objects $<TARGET_OBJECTS:kernel_linux.${tree}>
		$<TARGET_OBJECTS:kernel_exec_cut.${tree}>)
	foreach(component IN ITEMS lib text xarray)
		vtb_component_library(${component} ${tree} ${tree} library)
		list(APPEND objects $<TARGET_OBJECTS:${library}>)
	endforeach()
	add_test(NAME kernel_image.${tree}
		COMMAND ${image_check} ${objects} COMMAND_EXPAND_LISTS)
	set_tests_properties(kernel_image.${tree} PROPERTIES LABELS kernel)
endforeach()

vtb_kernel_library(NAME kernel_image_bad TREE ${VTB_DEFAULT_TREE}
	SOURCES image_bad_cut.c)
add_test(NAME kernel_image_refuses COMMAND ${image_check}
	$<TARGET_OBJECTS:kernel_image_bad.${VTB_DEFAULT_TREE}>
	COMMAND_EXPAND_LISTS)
set_tests_properties(kernel_image_refuses PROPERTIES
	PASS_REGULAR_EXPRESSION "image_bad in .data.elsewhere: not in the image"
	LABELS kernel)
