/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prelude.h - seen first by every compile of the kernel side
 *
 * Sends writable static data to sections that image.lds gathers in .vtb.image,
 * the part of the executable each kernel instance has its own copy of. What
 * carries a section attribute of its own (__read_mostly, per-CPU data...) is
 * named in image.lds instead. The names hold a dot because ASan puts no red
 * zones around globals in sections whose name is a C identifier.
 *
 * Code under test is compiled with VTB_CUT: its text lies together, so that a
 * finding can name the first function of it on a stack.
 */
/* Repeated in ahead.h, since what pragmas say is not kept in headers read ahead. */
#pragma clang section bss=".vtb.bss" data=".vtb.data"

#ifdef VTB_CUT
#pragma clang section text=".vtb.cut"
#endif

#include "libc_names.h"
