# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of time, softirqs, RCU and work queues, in each tree; then of two files
# of the kernel that live on them.
foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_defer_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES defer_cut.c rcu_cut.c softirq_cut.c time_cut.c
			workqueue_cut.c)
	vtb_test(NAME kernel_defer.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_defer_cut
		SOURCES defer_test.c rcu_test.c softirq_test.c time_test.c
			workqueue_test.c exec_world.c
		LINK kernel_host LABELS kernel)

	vtb_kernel_library(NAME kernel_xarray_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES defer_cut.c xarray_cut.c)
	vtb_test(NAME kernel_xarray.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_xarray_cut COMPONENTS xarray=${tree}
		SOURCES xarray_test.c defer_test.c exec_world.c
		LINK kernel_host LABELS kernel)
	target_compile_definitions(kernel_xarray.${tree} PRIVATE
		DEFER_TESTS=xarray_tests
		$<$<NOT:$<STREQUAL:${tree},user>>:XARRAY_UNLINKS_LATE=1>)

	_vtb_implementation(ioasid ${tree} options files)
	if(files)
		vtb_kernel_library(NAME kernel_ioasid_cut TREE ${tree}
			DEFINES VTB_CUT=1 CONFIG_IOASID=1
			SOURCES defer_cut.c ioasid_cut.c)
		vtb_test(NAME kernel_ioasid.${tree} TREE ${tree}
			KERNEL kernel_linux kernel_ioasid_cut
			COMPONENTS ioasid=${tree} xarray=${tree}
			SOURCES ioasid_test.c defer_test.c exec_world.c
			LINK kernel_host LABELS kernel)
		target_compile_definitions(kernel_ioasid.${tree} PRIVATE
			DEFER_TESTS=ioasid_tests)
	endif()
endforeach()
