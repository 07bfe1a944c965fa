/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_platform.h - what a guest of Hyper-V offers beside <asm/mshyperv.h>
 */
#ifndef HV_PLATFORM_H
#define HV_PLATFORM_H

#include <linux/types.h>

/*
 * This kernel is at its end: the host is told, and given @text if it may see
 * it. May be called from any context. -EOPNOTSUPP: it does not want to know.
 */
int hv_platform_report_crash(const char *text, size_t bytes);

#endif
