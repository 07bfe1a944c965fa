/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.h - numbers of an interface, by name, to be compared with somebody else's
 */
#ifndef TESTS_MODELS_XEN_ABI_FACTS_H
#define TESTS_MODELS_XEN_ABI_FACTS_H

#include <stddef.h>
#include <stdint.h>

/* A size, or where a member lies and how long it is, or a number. */
struct fact {
	const char *name;
	uint64_t value;
};

#define PLACE(type, member)						\
	((uint64_t)offsetof(type, member) << 32 |			\
	 sizeof(((type *)0)->member))

/* kernel/bridge/vtb/xen_public.h, and Xen's headers by the same names */
extern const struct fact public_ours[], public_theirs[];
extern const unsigned int nr_public_ours, nr_public_theirs;
/* models/xen_abi.h, and Xen's headers by their own names */
extern const struct fact models_ours[], models_theirs[];
extern const unsigned int nr_models_ours, nr_models_theirs;

#endif
