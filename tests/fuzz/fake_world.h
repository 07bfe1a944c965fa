/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_world.h - a world type with every kind of argument and no component
 *
 * The table is made to be awkward: ranges that do not start at 0, a full
 * 64-bit argument, one with a single value, an op of profile abuse in first
 * place, resources of two kinds and of two actors. run() and build() belong to
 * the tests that run programs.
 */
#ifndef TESTS_FUZZ_FAKE_WORLD_H
#define TESTS_FUZZ_FAKE_WORLD_H

#include <worlds/op.h>

extern const struct world_type fake_world;
extern const struct world_type other_world;
extern const struct world_type *const fake_types[];

#endif
