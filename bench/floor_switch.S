/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor_switch.S - fiber switch of the yardstick, x86-64 System V
 *
 * Ends in an indirect jump and not in `ret`: the return predictor expects the
 * caller of this call and would miss whenever fibers block at different call
 * sites. MXCSR and the x87 control word are not saved; nobody changes them.
 */
	.text

/* void floor_switch(void **from, void *to) */
	.globl	floor_switch
	.type	floor_switch, @function
	.p2align 4
floor_switch:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	pop	%rcx
	jmp	*%rcx
	.size	floor_switch, . - floor_switch

/* First code of a fiber: floor_fiber_new() has put the arguments in place. */
	.globl	floor_fiber_entry
	.type	floor_fiber_entry, @function
	.p2align 4
floor_fiber_entry:
	mov	%r12, %rdi
	mov	%r13, %rsi
	xor	%ebp, %ebp
	call	floor_fiber_main
	ud2
	.size	floor_fiber_entry, . - floor_fiber_entry

	.section .note.GNU-stack, "", @progbits
