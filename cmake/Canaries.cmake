# SPDX-License-Identifier: GPL-2.0-only
#
# Executables with a historical bug in them: canaries/<ID>/patch is applied to a
# copy of one file of an `own` component, that file is compiled, and the target
# is linked once more.  docs/canaries.md says the rest.

set(VTB_CANARY_DIR ${VTB_TOP}/canaries)

# The value of a key in a metadata file; `vtb canaries` checks the whole file.
function(_vtb_canary_value id key out)
	set(file ${VTB_CANARY_DIR}/${id}/metadata)
	file(STRINGS ${file} lines REGEX "^${key}: ")
	list(LENGTH lines nr)
	if(NOT nr EQUAL 1)
		message(FATAL_ERROR "${file}: expected one line '${key}: ...', "
			"found ${nr}")
	endif()
	string(REGEX REPLACE "^${key}: " "" value "${lines}")
	set(${out} "${value}" PARENT_SCOPE)
endfunction()

# The implementation a canary is of, and the tree it is built with.
function(_vtb_canary_implementation id out out_tree)
	set(${out} own PARENT_SCOPE)
	set(${out_tree} ${VTB_DEFAULT_TREE} PARENT_SCOPE)
	file(STRINGS ${VTB_CANARY_DIR}/${id}/metadata lines
		REGEX "^implementation: own-64k$")
	if(lines)
		set(${out} own-64k PARENT_SCOPE)
		set(${out_tree} ${VTB_64K} PARENT_SCOPE)
	endif()
endfunction()

# The component whose own files include @file.
function(_vtb_canary_component id file out_component out_options)
	file(STRINGS ${VTB_IMPLEMENTATIONS_FILE} rows REGEX "^[a-z0-9_]+ +own ")
	foreach(row IN LISTS rows)
		separate_arguments(row UNIX_COMMAND "${row}")
		list(POP_FRONT row component implementation options)
		if(file IN_LIST row)
			set(${out_component} ${component} PARENT_SCOPE)
			set(${out_options} "${options}" PARENT_SCOPE)
			return()
		endif()
	endforeach()
	message(FATAL_ERROR "${VTB_CANARY_DIR}/${id}/metadata: file '${file}' "
		"belongs to no own component of ${VTB_IMPLEMENTATIONS_FILE}")
endfunction()

# The object library component.<component>.<ID>.<tree>, which vtb_target() takes
# for the implementation <ID> of the component.  It holds the patched file; the
# others are those of `own`.
function(_vtb_canary_library id tree component options file)
	set(original ${VTB_COMPONENTS_DIR}/${file})
	set(patched ${CMAKE_CURRENT_BINARY_DIR}/${id}/${file})
	add_custom_command(OUTPUT ${patched}
		COMMAND ${VTB_CANARY_DIR}/apply ${id} ${VTB_CANARY_DIR}/${id}/patch
			${original} ${patched}
		DEPENDS ${original} ${VTB_CANARY_DIR}/${id}/patch
			${VTB_CANARY_DIR}/apply
		VERBATIM COMMENT "Canary ${id}: patching ${file}")
	string(REPLACE "," ";" options "${options}")
	list(REMOVE_ITEM options "-" FIRMWARE HYPERVISOR)
	file(GLOB includes ${VTB_COMPONENTS_DIR}/*/include)
	# The copy finds the private headers of its folder where they are.
	get_filename_component(folder ${original} DIRECTORY)
	set_source_files_properties(${patched} PROPERTIES
		INCLUDE_DIRECTORIES ${folder})
	set(name component.${component}.${id})
	vtb_kernel_library(NAME ${name} TREE ${tree} SOURCES ${patched}
		DEFINES VTB_CUT=1 ${options} INCLUDE ${includes}
		OPTIONS "SHELL:-include ${VTB_CANARY_DIR}/include/canary.h")
	vtb_component_library(${component} own ${tree} own)
	set_target_properties(${name}.${tree} PROPERTIES
		EXCLUDE_FROM_ALL TRUE VTB_SHARED_LIBRARY ${own}
		VTB_SHARED_WITHOUT "/components/${file}.o")
endfunction()

# Replays the canary's reproducer and its near misses, with the bug in the
# executable.  A file says what it expects there and, without it, elsewhere.
function(_vtb_canary_test id exe)
	file(GLOB programs CONFIGURE_DEPENDS ${VTB_CANARY_DIR}/${id}/*.scn)
	add_test(NAME canary.${id} COMMAND ${exe} --replay ${programs} --judge)
	set_tests_properties(canary.${id} PROPERTIES TIMEOUT 60 LABELS canary
		FIXTURES_REQUIRED canaries)
endfunction()

# Links <target>.<id> into canaries/, with the canary's library for @component.
# What follows are the arguments of vtb_target() that the target's own has.
function(_vtb_canary_executable id target component tree)
	cmake_parse_arguments(A "" "TREE" "SOURCES;COMPONENTS;KERNEL;LINK" ${ARGN})
	list(TRANSFORM A_COMPONENTS REPLACE "^([^=]+)$" "\\1=own")
	list(TRANSFORM A_COMPONENTS REPLACE "^${component}=own$"
		"${component}=${id}")
	set(VTB_CANARY_BUILD TRUE)
	vtb_target(NAME ${target} IMPLEMENTATION ${id}
		TREE ${tree} SOURCES ${A_SOURCES}
		COMPONENTS ${A_COMPONENTS} KERNEL ${A_KERNEL}
		LINK ${A_LINK} fuzz_canary)
	set(exe ${target}.${id})
	set_target_properties(${exe} ${exe}.stubs PROPERTIES
		EXCLUDE_FROM_ALL TRUE
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/canaries)
endfunction()

# vtb_canary(ID IOVA-01 TARGET iova_bitmap FLAVOUR asan FILE file
#            COMPONENTS c... and the other arguments of vtb_target())
#
# canaries/<target>.<ID>, and the build target canary.<ID>.  COMPONENTS are those
# of the target's own implementation.
function(vtb_canary)
	cmake_parse_arguments(A "" "ID;TARGET;FILE;TREE" "" ${ARGN})
	_vtb_check_arguments(vtb_canary "" "${A_ID}")
	_vtb_canary_component(${A_ID} ${A_FILE} component options)
	if(NOT A_TREE)
		set(A_TREE ${VTB_DEFAULT_TREE})
	endif()
	_vtb_canary_library(${A_ID} ${A_TREE} ${component} "${options}" ${A_FILE})
	_vtb_canary_executable(${A_ID} ${A_TARGET} ${component} ${A_TREE}
		${A_UNPARSED_ARGUMENTS})
	set(exe ${A_TARGET}.${A_ID})
	add_custom_target(canary.${A_ID} DEPENDS ${exe})
	add_dependencies(canaries canary.${A_ID})
	_vtb_canary_test(${A_ID} ${exe})
endfunction()

# vtb_canary_elsewhere(ID IOVA-01 TARGET cloud PROGRAM file)
#
# The same bug in a target that has the component among others, and a test that
# @PROGRAM finds there what it expects.
function(vtb_canary_elsewhere)
	cmake_parse_arguments(A "" "ID;TARGET;PROGRAM" "" ${ARGN})
	_vtb_check_arguments(vtb_canary_elsewhere "${A_UNPARSED_ARGUMENTS}" "${A_ID}")
	_vtb_canary_value(${A_ID} file file)
	_vtb_canary_component(${A_ID} ${file} component options)
	get_property(arguments GLOBAL PROPERTY VTB_FUZZ_TARGET_${A_TARGET})
	_vtb_canary_executable(${A_ID} ${A_TARGET} ${component}
		${VTB_DEFAULT_TREE} ${arguments})
	add_dependencies(canaries ${A_TARGET}.${A_ID})
	add_test(NAME canary.${A_ID}.${A_TARGET}
		COMMAND ${A_TARGET}.${A_ID} --replay ${A_PROGRAM} --judge)
	set_tests_properties(canary.${A_ID}.${A_TARGET} PROPERTIES TIMEOUT 60
		LABELS canary FIXTURES_REQUIRED canaries)
endfunction()
