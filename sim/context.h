/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context.h - what is needed to go on with a stopped flow of control
 *
 * On x86-64 that is the stack pointer: all else lies on the stack. With
 * -DSIM_UCONTEXT it is what libc saves; slower by two system calls per switch,
 * and nothing else differs.
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

static inline void sim__context_switch_last(struct sim_context *from,
					    struct sim_context *to)
{
	sim__context_switch(from, to);
}

/* Everything of a stopped stack from here up has to be saved. */
static inline uintptr_t sim__context_live(const struct sim_context *context)
{
	return context->stack_low;
}

/* Its frame pointer. */
static inline const void *sim__context_frame(const struct sim_context *context)
{
	return (const void *)context->uc.uc_mcontext.gregs[REG_RBP];
}

#elif defined(__x86_64__)

struct sim_context {
	void *sp;
};

/*
 * Stack of what is switched out, growing down:
 *
 *	128 bytes that a leaf function may be using (red zone)
 *	rbp
 *	where to go on			<- sp
 *
 * Whoever goes on restores what it has saved; here the compiler sees to the
 * other registers. Inline, and left by a jump: a call would leave a return
 * address with the return predictor that no ret ever takes, and all later ones
 * would be off by one.
 */
static inline void sim__context_switch(struct sim_context *from,
				       struct sim_context *to)
{
	__asm__ volatile(
		"leaq -128(%%rsp), %%rsp\n\t"
		"pushq %%rbp\n\t"
		"leaq 1f(%%rip), %%rax\n\t"
		"pushq %%rax\n\t"
		"movq %%rsp, (%0)\n\t"
		"movq (%1), %%rsp\n\t"
		"popq %%rcx\n\t"
		"jmp *%%rcx\n"
		"1:\n\t"
		"popq %%rbp\n\t"
		"leaq 128(%%rsp), %%rsp"
		: "+D"(from), "+S"(to)
		:
		: "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
		  "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
		  "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
		  "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
}

/*
 * The same for whoever has nothing left to do but return. It is called, and
 * the way back is a jump straight to the caller's caller: where fibers wait at
 * several places, the return predictor knows none of them, for it saw another
 * fiber go, but the predictor of jumps learns them.
 */
void sim__context_switch_last(struct sim_context *from, struct sim_context *to);

static inline uintptr_t sim__context_live(const struct sim_context *context)
{
	return (uintptr_t)context->sp;
}

static inline const void *sim__context_frame(const struct sim_context *context)
{
	return ((void *const *)context->sp)[1];
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
