/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_ivm.h - what isolated guests of Hyper-V offer beside <asm/mshyperv.h>
 *
 * The interface proper is that of the kernel's header, as set_memory.h and
 * drivers use it. Here is what a platform calls once.
 */
#ifndef HV_IVM_H
#define HV_IVM_H

#include <linux/types.h>

/*
 * The host is to see no memory any more: before another kernel begins in it.
 * All that is left is attempted; -EIO if some of it stays visible. Must not be
 * called while others share or hide memory.
 */
int hv_ivm_hide_all(void);

#endif
