# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_FS_SOURCES fs/debugfs.c fs/file.c fs/misc.c)
