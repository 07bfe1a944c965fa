/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libc_names.h - kernel functions whose names libc has taken
 *
 * Kernel code and libc live in one executable. A kernel function that does
 * something else than libc's of the same name, or takes other arguments, is
 * renamed here for every compile of the kernel side, so that upstream text
 * stays as it is. vtb/prelude.h includes this before anything else.
 *
 * What may be shared with libc (memcpy, strlen...) is in
 * cmake/libc-allowed.txt. The link step (cmake/unmodelled/generate) refuses a
 * kernel-side symbol that libc has too and that is in neither list.
 */
#ifndef VTB_LIBC_NAMES_H
#define VTB_LIBC_NAMES_H

#define bsearch vtb_k_bsearch
#define snprintf vtb_k_snprintf
#define sprintf vtb_k_sprintf
#define sscanf vtb_k_sscanf
#define timer_delete vtb_k_timer_delete
#define vsnprintf vtb_k_vsnprintf
#define vsprintf vtb_k_vsprintf
#define vsscanf vtb_k_vsscanf

#endif
