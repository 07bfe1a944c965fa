/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - picks the file that says where this kernel tree differs
 *
 * A user's tree takes the file of the known tree before it.
 */
#ifndef VTB_COMPAT_H
#define VTB_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include "../../compat/6.12.h"
#else
#include "../../compat/6.1.h"
#endif

#endif
