# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME vfio
	COMPONENTS vfio vfio_core=own iommu=own pasid=own xarray=tree
		iova_bitmap=own
	SOURCES build.c process.c ref.c ref_map.c ref_dirty.c ref_pasid.c
		calls.c calls_again.c calls_map.c calls_nest.c calls_pasid.c
		guest.c meet.c ops.c)
