# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME iommu COMPONENTS iommu ioas=own
	SOURCES build.c oracle.c ops.c run.c)
