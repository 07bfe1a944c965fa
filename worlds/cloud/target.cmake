# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME cloud OF vfio
	COMPONENTS vfio vfio_core=own iommu=own pasid=own xarray=tree
		iova_bitmap dma_logging=own
		hyperv_ivm swiotlb hv_platform=own hv_memory=own
		xen_shbuf xen_gnttab xen=own xen_frontend=own
	PARTS network hyperv_ivm vfio xen_shbuf FIRMWARE_PART netvsc rndis
	IMPLEMENTATIONS own SELFCHECK 60 SOURCES cloud.c migration.c wire.c)
