/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context.h - what is needed to go on with a stopped flow of control
 *
 * On x86-64 that is the stack pointer: the callee-saved registers lie on the
 * stack it points to (switch_x86_64.S). With -DSIM_UCONTEXT it is what libc
 * saves; slower by two system calls per switch, and nothing else differs.
 *
 * Floating point control words are not switched: nobody changes them.
 */
#ifndef SIM_CONTEXT_H
#define SIM_CONTEXT_H

#include <stdint.h>

#ifdef SIM_UCONTEXT

#include <ucontext.h>

struct sim_context {
	ucontext_t uc;
	uintptr_t stack_low;
};

static inline void sim__context_switch(struct sim_context *from,
				       struct sim_context *to)
{
	swapcontext(&from->uc, &to->uc);
}

/* Everything of a stopped stack from here up has to be saved. */
static inline uintptr_t sim__context_live(const struct sim_context *context)
{
	return context->stack_low;
}

#elif defined(__x86_64__)

struct sim_context {
	void *sp;
};

void sim__switch_x86_64(void **from_sp, void *to_sp);

static inline void sim__context_switch(struct sim_context *from,
				       struct sim_context *to)
{
	sim__switch_x86_64(&from->sp, to->sp);
}

static inline uintptr_t sim__context_live(const struct sim_context *context)
{
	return (uintptr_t)context->sp;
}

#else
#error "no fiber switch for this architecture: build with -DSIM_UCONTEXT"
#endif

/*
 * Makes @context enter @entry, which must not return, on the stack
 * [low, high). Both are 16-byte aligned.
 */
void sim__context_init(struct sim_context *context, uintptr_t low,
		       uintptr_t high, void (*entry)(void));

#endif
