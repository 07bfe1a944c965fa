# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_XEN_SOURCES xen/platform.c)
