/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.c - the page of kernels that do not say how large theirs is
 *
 * A file of its own: the linker takes it only where nobody else defines it.
 */
#include <sim/memory.h>
#include <vtb/bridge.h>

const unsigned int vtb_kernel_page_shift = SIM_FRAME_SHIFT;
