/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_id.h - which build this is
 *
 * Same sources, flavour, compiler and kernel trees: same id. "asan-" and 16 hex
 * digits, for instance.
 */
#ifndef VTB_BUILD_ID_H
#define VTB_BUILD_ID_H

const char *vtb_build_id(void);

#endif
