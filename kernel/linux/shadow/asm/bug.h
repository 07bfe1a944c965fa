/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/bug.h - BUG() and WARN() as calls
 *
 * Why: x86 executes ud2 and looks the place up in __bug_table. Both are
 * findings here (printk/bug.c).
 *
 * Replaces the x86 header.
 */
#ifndef _ASM_X86_BUG_H
#define _ASM_X86_BUG_H

#include <linux/stringify.h>
#include <linux/instrumentation.h>
#include <linux/objtool.h>

#define ASM_UD2		".byte 0x0f, 0x0b"
#define INSN_UD2	0x0b0f
#define LEN_UD2		2

void vtb_bug(const char *file, int line, const char *function)
	__attribute__((noreturn, cold));
void vtb_warn(const char *file, int line, const char *function,
	      unsigned int flags) __attribute__((cold));

#define _BUG_FLAGS(ins, flags, extra) \
	vtb_warn(__FILE__, __LINE__, __func__, flags)

#define HAVE_ARCH_BUG
#define BUG()	vtb_bug(__FILE__, __LINE__, __func__)

#define __WARN_FLAGS(flags) \
	vtb_warn(__FILE__, __LINE__, __func__, BUGFLAG_WARNING | (flags))

#include <asm-generic/bug.h>

#endif
