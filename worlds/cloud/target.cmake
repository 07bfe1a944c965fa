# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME cloud OF vfio
	COMPONENTS vfio vfio_core=own iommu=own pasid=own xarray=tree
		iova_bitmap=own
		hyperv_ivm swiotlb hv_platform=own hv_memory=own
	PARTS network hyperv_ivm vfio FIRMWARE_PART netvsc rndis
	IMPLEMENTATIONS own SOURCES cloud.c)
