# SPDX-License-Identifier: GPL-2.0-only
vtb_test(NAME kernel_@name@ TREE ${VTB_DEFAULT_TREE}
	KERNEL kernel_linux COMPONENTS @name@=own
	SOURCES @name@_test.c
	LINK worlds
	LABELS kernel)
target_include_directories(kernel_@name@ PRIVATE
	${PROJECT_SOURCE_DIR}/components/@name@/include)
