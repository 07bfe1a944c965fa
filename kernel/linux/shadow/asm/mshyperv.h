/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/mshyperv.h - hypercalls may name output that there is not
 *
 * Why: 6.1 has a variable on the stack as the output of a call that has none,
 * which the hypervisor does not look at. A stack has no physical address here
 * (nor in a kernel with VMAP_STACK), so it gets one where no memory is: whoever
 * serves a call with output finds out.
 */
#include <asm/io.h>
#include <vtb/bridge.h>

#ifndef VTB_SHADOW_ASM_MSHYPERV_H
#define VTB_SHADOW_ASM_MSHYPERV_H

phys_addr_t vtb_output_phys(void *address);

#undef virt_to_phys
#define virt_to_phys(address)						\
	(__builtin_strcmp(#address, "output") ? __phys_addr((unsigned long)(address)) : \
	 vtb_output_phys(address))

#include_next <asm/mshyperv.h>

#undef virt_to_phys
#define virt_to_phys virt_to_phys

#endif
