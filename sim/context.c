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

/* What sim__context_switch() pops, and the end of the stack above it. */
struct switch_frame {
	void (*resume)(void);
	void *rbp;			/* 0: no frame above the first */
	void *return_address;
};

void sim__context_init(struct sim_context *context, uintptr_t low,
		       uintptr_t high, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)high - 1;

	(void)low;
	/* When both are popped, the stack is as the ABI wants it at a
	 * function's entry: a return address, 8 bytes below a multiple of 16. */
	*frame = (struct switch_frame){ .resume = entry };
	context->sp = frame;
}

#endif
