# SPDX-License-Identifier: GPL-2.0-only
#
# Libraries, programs and tests of the bench world: libc, never kernel headers.

set(VTB_BENCH_WARNINGS
	-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wshadow
	-Wimplicit-fallthrough -Wcast-qual -Wwrite-strings -Werror=return-type
	-Werror=implicit-function-declaration -Werror=incompatible-pointer-types)
# Warnings are errors with the compiler we know; others warn of other things.
if(CMAKE_C_COMPILER_VERSION VERSION_LESS 15)
	list(APPEND VTB_BENCH_WARNINGS -Werror)
endif()

# Adds the compile flags of bench code to a target of any kind.
function(_vtb_bench_flags target plain covered)
	separate_arguments(extra UNIX_COMMAND "${VTB_EXTRA_CFLAGS}")
	set(flags -std=gnu11 -fno-PIE -fno-omit-frame-pointer -fno-common
		-ffunction-sections -fdata-sections
		-fmacro-prefix-map=${VTB_TOP}/= ${VTB_BENCH_WARNINGS})
	# The sanitized world is read in reports: keep its frames.
	if(VTB_SANITIZED AND NOT plain)
		list(APPEND flags -O1 -fsanitize=${VTB_SANITIZERS}
			-fno-sanitize-recover=all)
	else()
		list(APPEND flags -O2)
	endif()
	if(covered)
		list(APPEND flags ${VTB_COVER_FLAGS})
	endif()
	list(APPEND flags ${extra})
	target_compile_options(${target} PRIVATE -g
		"$<$<COMPILE_LANGUAGE:C>:${flags}>")
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE ${VTB_COMMON_DEFINES})
endfunction()

# vtb_library(NAME n SOURCES f... [INCLUDE dir...] [LINK lib...] [PLAIN] [COVERED])
#
# INCLUDE is the include root that users of the library get.  LINK hands on the
# include roots of what is linked.  PLAIN: no ASan, no UBSan, in any flavour
# (the simulation core).  COVERED: guides the fuzzer and appears in coverage
# reports.
function(vtb_library)
	cmake_parse_arguments(A "PLAIN;COVERED" "NAME" "SOURCES;INCLUDE;LINK" ${ARGN})
	_vtb_check_arguments(vtb_library "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	add_library(${A_NAME} STATIC ${A_SOURCES})
	_vtb_bench_flags(${A_NAME} "${A_PLAIN}" "${A_COVERED}")
	target_include_directories(${A_NAME} PUBLIC ${A_INCLUDE})
	target_link_libraries(${A_NAME} PUBLIC ${A_LINK})
endfunction()

# vtb_gcc_library(NAME n SOURCES f... [INCLUDE dir...] [LINK lib...])
#
# A PLAIN library built by gcc, to compare with the same one built by clang.
function(vtb_gcc_library)
	cmake_parse_arguments(A "" "NAME" "SOURCES;INCLUDE;LINK" ${ARGN})
	_vtb_check_arguments(vtb_gcc_library "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	find_program(VTB_GCC gcc REQUIRED)
	set(objects)
	set(defines ${VTB_COMMON_DEFINES})
	set(includes ${A_INCLUDE})
	list(TRANSFORM defines PREPEND -D)
	list(TRANSFORM includes PREPEND -I)
	foreach(source IN LISTS A_SOURCES)
		get_filename_component(source ${source} ABSOLUTE)
		get_filename_component(base ${source} NAME)
		set(object ${CMAKE_CURRENT_BINARY_DIR}/${A_NAME}.gcc/${base}.o)
		add_custom_command(OUTPUT ${object}
			COMMAND ${CMAKE_COMMAND} -E make_directory
				${CMAKE_CURRENT_BINARY_DIR}/${A_NAME}.gcc
			COMMAND ${VTB_GCC} -std=gnu11 -O2 -g -fno-pie -fno-common
				-fno-omit-frame-pointer -Wall -D_GNU_SOURCE ${defines}
				${includes} -MD -MF ${object}.d -c ${source} -o ${object}
			DEPENDS ${source} DEPFILE ${object}.d VERBATIM
			COMMENT "Building ${A_NAME}/${base} with gcc")
		list(APPEND objects ${object})
	endforeach()
	add_library(${A_NAME} STATIC ${objects})
	set_target_properties(${A_NAME} PROPERTIES LINKER_LANGUAGE C)
	target_include_directories(${A_NAME} PUBLIC ${A_INCLUDE})
	target_link_libraries(${A_NAME} PUBLIC ${A_LINK})
endfunction()

# vtb_program(NAME n SOURCES f... [LINK lib...] [KERNEL kernel-lib...]
#             [COMPONENTS c[=implementation]...] [TREE tree] [PLAIN])
#
# An executable in bin/ with a main() of its own; KERNEL and COMPONENTS are
# those of vtb_target().
function(vtb_program)
	cmake_parse_arguments(A "PLAIN" "NAME;TREE" "SOURCES;LINK;KERNEL;COMPONENTS" ${ARGN})
	_vtb_check_arguments(vtb_program "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	add_executable(${A_NAME} ${A_SOURCES})
	_vtb_bench_flags(${A_NAME} "${A_PLAIN}" FALSE)
	target_link_libraries(${A_NAME} PRIVATE ${A_LINK})
	target_link_options(${A_NAME} PRIVATE ${VTB_LINK_FLAGS})
	_vtb_link_kernel(${A_NAME} own "${A_TREE}" "${A_KERNEL}" "${A_COMPONENTS}")
endfunction()

# vtb_test(NAME n SOURCES f... [LINK lib...] [KERNEL ..] [COMPONENTS ..] [TREE t]
#          [LABELS l...] [TIMEOUT seconds] [ARGS a...] [ENVIRONMENT V=x...])
#
# A cmocka program in tests/, run by ctest under its name.  Exit code 77 skips.
function(vtb_test)
	cmake_parse_arguments(A "PLAIN" "NAME;TREE;TIMEOUT"
		"SOURCES;LINK;KERNEL;COMPONENTS;LABELS;ARGS;ENVIRONMENT" ${ARGN})
	_vtb_check_arguments(vtb_test "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	if(NOT A_TIMEOUT)
		set(A_TIMEOUT 60)
	endif()
	set(plain)
	if(A_PLAIN)
		set(plain PLAIN)
	endif()
	vtb_program(NAME ${A_NAME} SOURCES ${A_SOURCES} LINK ${A_LINK} cmocka
		KERNEL ${A_KERNEL} COMPONENTS ${A_COMPONENTS} TREE ${A_TREE} ${plain})
	set_target_properties(${A_NAME} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_test(NAME ${A_NAME} COMMAND ${A_NAME} ${A_ARGS}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${A_NAME} PROPERTIES TIMEOUT ${A_TIMEOUT}
		SKIP_RETURN_CODE 77 LABELS "${A_LABELS}"
		ENVIRONMENT "${A_ENVIRONMENT}")
endfunction()

# A misspelt keyword must not be swallowed silently.
function(_vtb_check_arguments caller unparsed name)
	if(unparsed)
		message(FATAL_ERROR "${caller}(${name}): what is '${unparsed}'?")
	endif()
	if(NOT name)
		message(FATAL_ERROR "${caller}: NAME is missing")
	endif()
endfunction()
