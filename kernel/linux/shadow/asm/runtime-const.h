/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/runtime-const.h - constants that a kernel patches into its code at boot
 *
 * Replaces the tree's: nothing is patched here, so they are plain variables.
 */
#ifndef VTB_ASM_RUNTIME_CONST_H
#define VTB_ASM_RUNTIME_CONST_H

#define runtime_const_ptr(sym)			(sym)
#define runtime_const_shift_right_32(val, sym)	((u32)(val) >> (sym))
#define runtime_const_init(type, sym)		do { } while (0)

#endif
