/* SPDX-License-Identifier: GPL-2.0-only */
#include <worlds/one_host.h>

#define @NAME@_NR_OPS	4
extern const struct op @name@_ops[@NAME@_NR_OPS];

int64_t @name@_run_open(struct world *world, const uint64_t *args);
int64_t @name@_run_set(struct world *world, const uint64_t *args);
int64_t @name@_run_get(struct world *world, const uint64_t *args);
