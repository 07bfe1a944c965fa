/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/irqflags.h - the interrupt flag is a property of the running fiber
 *
 * Why: cli, sti and pushf would act on the real CPU. Where the flag opens,
 * interrupts that wait for this vCPU may run. The real header is included
 * because others want its names; what it defines is covered by macros.
 */
#ifndef VTB_SHADOW_ASM_IRQFLAGS_H
#define VTB_SHADOW_ASM_IRQFLAGS_H

#include_next <asm/irqflags.h>
#include <vtb/bridge.h>

static __always_inline unsigned long vtb_irq_flags(void)
{
	return vtb_this->irqs_disabled ? 0 : X86_EFLAGS_IF;
}

static __always_inline void vtb_irq_disable(void)
{
	vtb_this->irqs_disabled = 1;
}

static __always_inline void vtb_irq_enable(void)
{
	if (!vtb_this->irqs_disabled)
		return;
	vtb_this->irqs_disabled = 0;
	vtb_irq_window();
}

static __always_inline unsigned long vtb_irq_save(void)
{
	unsigned long flags = vtb_irq_flags();

	vtb_irq_disable();
	return flags;
}

static __always_inline void vtb_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF)
		vtb_irq_enable();
	else
		vtb_irq_disable();
}

#define native_save_fl()		vtb_irq_flags()
#define native_irq_disable()		vtb_irq_disable()
#define native_irq_enable()		vtb_irq_enable()
#define arch_local_save_flags()		vtb_irq_flags()
#define arch_local_irq_disable()	vtb_irq_disable()
#define arch_local_irq_enable()		vtb_irq_enable()
#define arch_local_irq_save()		vtb_irq_save()
#define arch_local_irq_restore(flags)	vtb_irq_restore(flags)
#define arch_irqs_disabled()		(vtb_this->irqs_disabled != 0)

#endif
