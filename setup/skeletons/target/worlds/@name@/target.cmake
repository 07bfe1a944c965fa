# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME @name@ COMPONENTS @name@ SOURCES @name@.c ops.c)
