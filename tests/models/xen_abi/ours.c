/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ours.c - Xen's public interface as the models have it
 */
#include <models/xen_abi.h>

#include "facts.h"

#define VALUE(ours, theirs)	{ #ours, (uint64_t)(int64_t)(ours) },
#define SIZE(ours, theirs)	{ #ours, sizeof(ours) },
#define MEMBER(ours, member, theirs, other)				\
	{ #ours "." #member, PLACE(ours, member) },

const struct fact models_ours[] = {
#include "models.h"
};

const unsigned int nr_models_ours = sizeof(models_ours) / sizeof(models_ours[0]);
