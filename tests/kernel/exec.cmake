# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of kernel/host and the execution half of the simulated kernel, in
# each tree, in worlds of their own.
foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_exec_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES exec_cut.c lock_cut.c sched_cut.c irq_cut.c)
	vtb_test(NAME kernel_exec.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_exec_cut
		SOURCES exec_test.c exec_lock_test.c exec_sched_test.c
			exec_irq_test.c exec_world.c
		LINK kernel_host
		LABELS kernel)
endforeach()
