# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME iommu COMPONENTS iommu ioas=own pasid=own xarray=${VTB_DEFAULT_TREE}
	SOURCES build.c meet.c nest.c nest_oracle.c oracle.c ops.c plug.c run.c serve.c)
