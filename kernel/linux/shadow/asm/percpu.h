/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/percpu.h - per-CPU data without a segment register
 *
 * Why: x86 reaches per-CPU data through %gs, which belongs to libc here. The
 * base of the running vCPU's copy is a member of the running fiber's context;
 * all operations are those of asm-generic, whose this_cpu_*() ones disable
 * interrupts where x86 needs one instruction.
 *
 * Replaces the x86 header. Names below the include are those that other x86
 * headers expect from it; some exist in one tree only.
 */
#ifndef _ASM_X86_PERCPU_H
#define _ASM_X86_PERCPU_H

#include <linux/build_bug.h>
#include <linux/stringify.h>
#include <asm/asm.h>
#include <vtb/bridge.h>

#define __my_cpu_offset		(vtb_this->percpu_offset)

#include <asm-generic/percpu.h>

#define __percpu_seg		gs
#define __percpu_seg_override
#define __percpu_prefix		""
#define __percpu_arg(x)		"%" #x

#define this_cpu_read_stable(pcp)	raw_cpu_read(pcp)
#define this_cpu_read_const(pcp)	(*raw_cpu_ptr(&(pcp)))
#define raw_cpu_read_long(pcp)		raw_cpu_read_8(pcp)

#define x86_this_cpu_test_bit(nr, addr) \
	((raw_cpu_read((addr)[(nr) / BITS_PER_LONG]) >> \
	  ((nr) % BITS_PER_LONG)) & 1)

DECLARE_PER_CPU_READ_MOSTLY(unsigned long, this_cpu_off);

/* The copies exist before any kernel code runs, so there is no early map. */
#define init_per_cpu_var(var)		var
#define DECLARE_INIT_PER_CPU(var)	extern typeof(var) init_per_cpu_var(var)
#define DEFINE_EARLY_PER_CPU(type, name, value) \
	DEFINE_PER_CPU(type, name) = value
#define DEFINE_EARLY_PER_CPU_READ_MOSTLY(type, name, value) \
	DEFINE_PER_CPU_READ_MOSTLY(type, name) = value
#define EXPORT_EARLY_PER_CPU_SYMBOL(name) \
	EXPORT_PER_CPU_SYMBOL(name)
#define DECLARE_EARLY_PER_CPU(type, name) \
	DECLARE_PER_CPU(type, name)
#define DECLARE_EARLY_PER_CPU_READ_MOSTLY(type, name) \
	DECLARE_PER_CPU_READ_MOSTLY(type, name)
#define early_per_cpu(name, cpu)	per_cpu(name, cpu)
#define early_per_cpu_ptr(name)		NULL

#endif
