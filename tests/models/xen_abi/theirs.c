/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * theirs.c - Xen's public interface as Xen has it: Debian's libxen-dev
 */
#include <stdint.h>
#include <string.h>

/* Without it these headers are those of very old guests. */
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/version.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#define xen_mb()
#define xen_rmb()
#define xen_wmb()
#include <xen/io/ring.h>
#include <xen/io/displif.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>

#include "facts.h"

const struct fact public_theirs[] = {
#include "public.h"
};

const unsigned int nr_public_theirs =
	sizeof(public_theirs) / sizeof(public_theirs[0]);

#define VALUE(ours, theirs)	{ #theirs, (uint64_t)(int64_t)(theirs) },
#define SIZE(ours, theirs)	{ #theirs, sizeof(theirs) },
#define MEMBER(ours, member, theirs, other)				\
	{ #theirs "." #other, PLACE(theirs, other) },

const struct fact models_theirs[] = {
#include "models.h"
};

const unsigned int nr_models_theirs =
	sizeof(models_theirs) / sizeof(models_theirs[0]);
