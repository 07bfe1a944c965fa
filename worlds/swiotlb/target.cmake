# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME swiotlb COMPONENTS swiotlb dma_client=own
	SOURCES build.c check.c gate.c map.c memory.c ops.c room.c run.c)
