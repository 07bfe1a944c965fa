// SPDX-License-Identifier: GPL-2.0-only
/*
 * registers.c - synthetic registers by functions, and what is not there
 *
 * Later kernels reach synthetic registers by functions instead of the
 * instructions themselves (shadow/asm/msr.h). The guest is no root partition,
 * and the hypervisor offers no synthetic timers.
 */
#include <linux/export.h>
#include <linux/types.h>
#include <asm/mshyperv.h>
#include <clocksource/hyperv_timer.h>
#include <vtb/runtime.h>

bool hv_root_partition;
EXPORT_SYMBOL_GPL(hv_root_partition);

u64 hv_get_msr(unsigned int reg);
u64 hv_get_msr(unsigned int reg)
{
	return vtb_msr_read(reg);
}
EXPORT_SYMBOL_GPL(hv_get_msr);

void hv_set_msr(unsigned int reg, u64 value);
void hv_set_msr(unsigned int reg, u64 value)
{
	vtb_msr_write(reg, value);
}
EXPORT_SYMBOL_GPL(hv_set_msr);

void hv_stimer_legacy_init(unsigned int cpu, int sint)
{
}
EXPORT_SYMBOL_GPL(hv_stimer_legacy_init);

void hv_stimer_legacy_cleanup(unsigned int cpu)
{
}
EXPORT_SYMBOL_GPL(hv_stimer_legacy_cleanup);
