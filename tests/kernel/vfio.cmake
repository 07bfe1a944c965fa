# SPDX-License-Identifier: GPL-2.0-only
#
# VFIO containers, groups and devices, with each type1 backend.
foreach(tree IN LISTS VTB_TREES)
	vtb_kernel_library(NAME kernel_vfio_cut TREE ${tree}
		SOURCES vfio_cut.c
		INCLUDE ${VTB_COMPONENTS_DIR}/iommu/include)
	foreach(backend IN ITEMS own ${tree})
		vtb_test(NAME kernel_vfio.${backend}.${tree} TREE ${tree}
			KERNEL kernel_linux kernel_vfio_cut
			COMPONENTS vfio=${backend} vfio_core=own iommu=own
				iova_bitmap=own
			SOURCES vfio_test.c
			LINK kernel_host models
			LABELS kernel)
		target_include_directories(kernel_vfio.${backend}.${tree}
			PRIVATE ${VTB_COMPONENTS_DIR}/vfio/include)
		if(backend STREQUAL "own")
			target_compile_definitions(kernel_vfio.own.${tree}
				PRIVATE VFIO_TEST_OWN=1)
		endif()
	endforeach()
endforeach()
