/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context.c - a fresh stack that a switch can enter
 */
#include "context.h"

#ifdef SIM_UCONTEXT

void sim__context_init(struct sim_context *context, uintptr_t low,
		       uintptr_t high, void (*entry)(void))
{
	getcontext(&context->uc);
	context->uc.uc_stack.ss_sp = (void *)low;
	context->uc.uc_stack.ss_size = high - low;
	context->uc.uc_link = 0;
	context->stack_low = low;
	makecontext(&context->uc, entry, 0);
}

#else

__asm__(".text\n"
	".globl sim__context_switch_last\n"
	".type sim__context_switch_last, @function\n"
	".p2align 4\n"
	"sim__context_switch_last:\n\t"
	"pushq %rbp\n\t"
	"pushq %rbx\n\t"
	"pushq %r12\n\t"
	"pushq %r13\n\t"
	"pushq %r14\n\t"
	"pushq %r15\n\t"
	"leaq 1f(%rip), %rax\n\t"
	"pushq %rax\n\t"
	"movq %rsp, (%rdi)\n\t"
	"movq (%rsi), %rsp\n\t"
	"popq %rcx\n\t"
	"jmp *%rcx\n"
	"1:\n\t"
	"popq %r15\n\t"
	"popq %r14\n\t"
	"popq %r13\n\t"
	"popq %r12\n\t"
	"popq %rbx\n"
	"sim__context_first:\n\t"
	"popq %rbp\n\t"
	"popq %rcx\n\t"
	"jmp *%rcx\n"
	".size sim__context_switch_last, . - sim__context_switch_last\n");

void sim__context_first(void);

/* What a switch and sim__context_first pop, and the end of the stack above it. */
struct switch_frame {
	void (*resume)(void);
	void *rbp;			/* 0: no frame above the first */
	void (*entry)(void);
	void *return_address;
};

void sim__context_init(struct sim_context *context, uintptr_t low,
		       uintptr_t high, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)high - 1;

	(void)low;
	/* When all is popped, the stack is as the ABI wants it at a function's
	 * entry: a return address, 8 bytes below a multiple of 16. */
	*frame = (struct switch_frame){ .resume = sim__context_first, .entry = entry };
	context->sp = frame;
}

#endif
