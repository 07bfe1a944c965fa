# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME races COMPONENTS races iova_bitmap=own
	SOURCES races.c ring.c tracker.c ops.c)
