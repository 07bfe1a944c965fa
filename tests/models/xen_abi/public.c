/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * public.c - Xen's public interface as the hypervisor under test has it
 */
#include <vtb/xen_public.h>

#include "facts.h"

const struct fact public_ours[] = {
#include "public.h"
};

const unsigned int nr_public_ours = sizeof(public_ours) / sizeof(public_ours[0]);
