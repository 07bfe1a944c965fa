# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_LIB_SOURCES lib/list_debug.c lib/string.c lib/support.c)
