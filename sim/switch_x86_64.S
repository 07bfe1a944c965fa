/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch_x86_64.S - void sim__switch_x86_64(void **from_sp, void *to_sp)
 *
 * Stack of a flow of control that is switched out, growing down:
 *
 *     return address of the call
 *     rbp rbx r12 r13 r14 r15		<- *from_sp
 *
 * It is left with pop and jmp, not ret: the return predictor knows nothing of
 * the other stack and would miss.
 */
#if defined(__x86_64__) && !defined(SIM_UCONTEXT)

	.text
	.globl	sim__switch_x86_64
	.type	sim__switch_x86_64, @function
	.p2align 4
sim__switch_x86_64:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0

	movq	%rsp, (%rdi)
	movq	%rsi, %rsp

	popq	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	jmp	*%rcx
	.cfi_endproc
	.size	sim__switch_x86_64, . - sim__switch_x86_64

#endif

	.section .note.GNU-stack, "", @progbits
