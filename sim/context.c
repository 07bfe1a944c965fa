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

/* Must agree with switch_x86_64.S. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	void (*resume)(void);
	uint64_t return_address;	/* 0: here unwinding ends */
};

void sim__context_init(struct sim_context *context, uintptr_t low,
		       uintptr_t high, void (*entry)(void))
{
	struct switch_frame *frame;

	(void)low;
	/* Popping all but the last leaves what the ABI wants at an entry: a
	 * return address 8 bytes below a multiple of 16. */
	frame = (struct switch_frame *)(high - sizeof(*frame));
	*frame = (struct switch_frame){ .resume = entry };
	context->sp = frame;
}

#endif
