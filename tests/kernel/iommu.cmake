# SPDX-License-Identifier: GPL-2.0-only
#
# The IOMMU core and the allocator of PASIDs, in each tree.
foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_iommu_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES defer_cut.c iommu_core_cut.c
		INCLUDE ${VTB_COMPONENTS_DIR}/iommu/include)
	vtb_test(NAME kernel_iommu_core.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_iommu_cut COMPONENTS iommu=own
		SOURCES iommu_core_test.c defer_test.c exec_world.c
		LINK kernel_host LABELS kernel)
	target_compile_definitions(kernel_iommu_core.${tree} PRIVATE
		DEFER_TESTS=iommu_core_tests)

	vtb_kernel_library(NAME kernel_pasid_cut TREE ${tree} DEFINES VTB_CUT=1
		SOURCES defer_cut.c pasid_cut.c
		INCLUDE ${VTB_COMPONENTS_DIR}/iommu/include)
	vtb_test(NAME kernel_pasid.${tree} TREE ${tree}
		KERNEL kernel_linux kernel_pasid_cut
		COMPONENTS pasid=own xarray=${tree}
		SOURCES pasid_test.c defer_test.c exec_world.c
		LINK kernel_host LABELS kernel)
	target_compile_definitions(kernel_pasid.${tree} PRIVATE
		DEFER_TESTS=pasid_tests)
endforeach()
