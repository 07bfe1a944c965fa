# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME races COMPONENTS races SOURCES races.c ring.c ops.c)
