# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_MM_SOURCES
	mm/boot.c mm/depot.c mm/direct_map.c mm/gup.c mm/ioremap.c mm/kmalloc.c mm/memblock.c
	mm/page_alloc.c mm/process.c mm/report.c mm/set_memory.c mm/slab.c mm/uaccess.c mm/uaccess_entry.c
	mm/util.c mm/vmalloc.c)
