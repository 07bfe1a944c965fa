# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_HYPERV_SOURCES hyperv/platform.c hyperv/registers.c)
