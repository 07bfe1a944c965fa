/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vector.h - sixteen bytes at a time, wherever they lie
 *
 * One register of any x86-64; elsewhere the compiler makes do.
 */
#ifndef SIM_VECTOR_H
#define SIM_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t sim_vector __attribute__((vector_size(16)));

static inline sim_vector sim__load(const char *from)
{
	sim_vector v;

	__builtin_memcpy(&v, from, sizeof(v));
	return v;
}

static inline void sim__store(char *to, sim_vector v)
{
	__builtin_memcpy(to, &v, sizeof(v));
}

static inline bool sim__is_zero(sim_vector v)
{
	return !(v[0] | v[1]);
}

#endif
