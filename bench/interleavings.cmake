# SPDX-License-Identifier: GPL-2.0-only
#
# The ring of components/races in this flavour, and the same file natively under
# TSan: bin/ring_stress.<variant>, `own` or a canary's ID.
set(ring ${PROJECT_SOURCE_DIR}/components/races/ring.c)
set(native ${CMAKE_CURRENT_SOURCE_DIR}/native)

function(ring_stress variant source)
	set(exe ring_stress.${variant})
	add_executable(${exe} EXCLUDE_FROM_ALL ${native}/ring_stress.c ${source})
	target_include_directories(${exe} PRIVATE ${native}/include
		${PROJECT_SOURCE_DIR}/components/races/include)
	target_compile_options(${exe} PRIVATE -std=gnu11 -O1 -g -Wall -Wextra
		-fsanitize=thread "SHELL:-include canary.h")
	target_link_options(${exe} PRIVATE -fsanitize=thread -pthread)
endfunction()

set(variants own)
ring_stress(own ${ring})
foreach(id IN ITEMS RACE-08 RACE-09 RACE-10 RACE-11)
	if(NOT TARGET canary.${id})
		continue()
	endif()
	# The canary's own build has patched it already.
	set(patched ${PROJECT_BINARY_DIR}/canaries/${id}/races/ring.c)
	set_source_files_properties(${patched} PROPERTIES GENERATED TRUE)
	ring_stress(${id} ${patched})
	add_dependencies(ring_stress.${id} canary.${id})
	list(APPEND variants ${id})
endforeach()

vtb_library(NAME bench_common SOURCES bench.c
	INCLUDE ${CMAKE_CURRENT_SOURCE_DIR} LINK jansson PLAIN)
vtb_program(NAME bench_interleavings SOURCES bench_interleavings.c
	LINK bench_common m PLAIN)
set_target_properties(bench_interleavings PROPERTIES EXCLUDE_FROM_ALL TRUE)
target_compile_definitions(bench_interleavings PRIVATE
	BENCH_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
	BENCH_CANARIES_DIR="${PROJECT_BINARY_DIR}/canaries"
	BENCH_OUT_DIR="${PROJECT_BINARY_DIR}/bench-out"
	BENCH_SCENARIOS_DIR="${PROJECT_SOURCE_DIR}/scenarios/races")
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/bench-out)
list(TRANSFORM variants PREPEND ring_stress.)
add_custom_target(interleavings DEPENDS bench_interleavings ${variants}
	races.own)
