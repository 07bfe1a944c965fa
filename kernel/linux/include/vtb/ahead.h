/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ahead.h - kernel headers that most of our files include
 *
 * Read ahead once for many files (_vtb_headers_ahead() of cmake/KernelWorld.cmake),
 * since half of a compile is reading headers. No file may rely on it: flavour
 * `release` is built without.
 */
#pragma clang section bss=".vtb.bss" data=".vtb.data"

#ifdef VTB_CUT
#pragma clang section text=".vtb.cut"
#endif

#include "libc_names.h"

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
