# SPDX-License-Identifier: GPL-2.0-only
#
# vtb_fuzz_target(NAME n [OF c] COMPONENTS c... [SOURCES f...] [LINK lib...]
#                 [FIRMWARE] [HYPERVISOR] [PARTS t...] [FIRMWARE_PART c...]
#                 [IMPLEMENTATIONS i...] [SELFCHECK programs])
#
# FIRMWARE, HYPERVISOR: component n runs on kernel/firmware or kernel/hypervisor,
# and has no other implementation than `own`.
#
# OF: the component whose implementations the target has, if it is not called n.
# IMPLEMENTATIONS: only these of them. SELFCHECK: as many as its test runs, if their
# worlds are larger than others'.
#
# The fuzz target n: one executable for each implementation of component n.
# Components without an implementation behind them (dma_logging=own) are its
# partners. SOURCES and LINK bring the world, and with it world_types[]. Replay
# tests, the self-check and canaries of the target come by themselves.
#
# PARTS: targets whose worlds this one is made of (worlds/parts.h); what is called
# world_types[] there is "t.world_types" here. FIRMWARE_PART: components that run on
# kernel/firmware, beside those that do not; instances of it say so.
function(vtb_fuzz_target)
	cmake_parse_arguments(A "FIRMWARE;HYPERVISOR" "NAME;OF"
		"COMPONENTS;SOURCES;LINK;PARTS;FIRMWARE_PART;IMPLEMENTATIONS;SELFCHECK"
		${ARGN})
	_vtb_check_arguments(vtb_fuzz_target "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	if(NOT A_OF)
		set(A_OF ${A_NAME})
	endif()
	set(world)
	if(A_SOURCES)
		list(TRANSFORM A_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
		vtb_world(NAME ${A_NAME} SOURCES ${A_SOURCES}
			COMPONENTS ${A_COMPONENTS} LINK fuzz ${A_LINK} worlds)
		set(world $<TARGET_OBJECTS:world.${A_NAME}>)
	endif()
	foreach(part IN LISTS A_PARTS)
		_vtb_boxed_world(${part})
		list(APPEND A_LINK boxed.world.${part})
	endforeach()
	if(A_FIRMWARE_PART)
		_vtb_boxed_firmware(${A_NAME} "${A_FIRMWARE_PART}")
		list(APPEND A_LINK boxed.firmware.${A_NAME})
	endif()
	set(kernel KERNEL kernel_linux)
	if(A_FIRMWARE)
		set(kernel KERNEL kernel_firmware TREE ${VTB_FIRMWARE})
	elseif(A_HYPERVISOR)
		set(kernel KERNEL kernel_hypervisor TREE ${VTB_HYPERVISOR})
	endif()
	set(rest COMPONENTS ${A_COMPONENTS} ${kernel}
		LINK fuzz ${A_LINK} worlds)
	vtb_implementations_and_base(${A_OF} implementations)
	vtb_implementations(${A_OF} tested)
	if(A_IMPLEMENTATIONS)
		set(implementations ${A_IMPLEMENTATIONS})
		set(tested ${A_IMPLEMENTATIONS})
	endif()
	foreach(implementation IN LISTS implementations)
		vtb_upstream_source(OUT upstream COMPONENT ${A_OF}
			IMPLEMENTATION ${implementation})
		vtb_target(NAME ${A_NAME} IMPLEMENTATION ${implementation}
			SOURCES ${upstream} ${world} ${rest})
	endforeach()
	vtb_upstream_source(OUT upstream COMPONENT ${A_OF} IMPLEMENTATION own)
	set_property(GLOBAL PROPERTY VTB_FUZZ_TARGET_${A_NAME}
		SOURCES ${upstream} ${world} ${rest})
	if(NOT A_SELFCHECK)
		set(A_SELFCHECK 300)
	endif()
	set_property(GLOBAL PROPERTY VTB_FUZZ_TARGET_SELFCHECK_${A_NAME}
		${A_SELFCHECK})
	set_property(GLOBAL PROPERTY VTB_FUZZ_TARGET_TESTED_${A_NAME} ${tested})
	set_property(GLOBAL APPEND PROPERTY VTB_FUZZ_TARGETS ${A_NAME})
endfunction()

# Worlds use the same names: one of them in an executable of several.
function(_vtb_boxed_world world)
	if(NOT TARGET boxed.world.${world})
		vtb_box(NAME world.${world} PREFIX ${world}
			LIBRARIES world.${world})
	endif()
endfunction()

# So do kernels. What the bench asks a firmware for is called so everywhere.
function(_vtb_boxed_firmware name components)
	set(libraries)
	foreach(component IN LISTS components)
		vtb_component_library(${component} own ${VTB_FIRMWARE} library)
		list(APPEND libraries ${library})
	endforeach()
	vtb_box(NAME firmware.${name} PREFIX firmware KEEP "^vtb_firmware_"
		LIBRARIES kernel_firmware.${VTB_FIRMWARE} WITH ${libraries})
endfunction()
