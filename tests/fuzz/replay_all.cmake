# SPDX-License-Identifier: GPL-2.0-only
#
# vtb_replay_tests(TARGET t IMPLEMENTATION i): one test for each scenario and
# each committed corpus program of the target: run twice, compared with what the
# file expects of the implementation.
function(vtb_replay_tests)
	cmake_parse_arguments(A "" "TARGET;IMPLEMENTATION" "" ${ARGN})
	file(GLOB programs CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/scenarios/${A_TARGET}/*.scn
		${PROJECT_SOURCE_DIR}/corpus/${A_TARGET}/*.scn)
	foreach(program IN LISTS programs)
		get_filename_component(slug ${program} NAME_WE)
		set(test ${A_TARGET}.${A_IMPLEMENTATION}.${slug})
		# What hangs without a step is seen by the clock, and in the
		# flavour without hooks only.
		file(STRINGS ${program} only REGEX "^# Only in flavour asan")
		if(only AND NOT VTB_FLAVOUR STREQUAL "asan")
			continue()
		endif()
		set(hang)
		if(only)
			set(hang --hang 4)
		endif()
		add_test(NAME ${test} COMMAND ${A_TARGET}.${A_IMPLEMENTATION}
			${hang} --replay ${program} --judge)
		set_tests_properties(${test} PROPERTIES TIMEOUT 60
			LABELS scenario)
	endforeach()
endfunction()

# vtb_sweep_tests(TARGET t IMPLEMENTATION i): one test for each scenario: none of
# its calls that can fail leads to a finding when it does. Not of long scenarios:
# the same calls fail in short ones.
function(vtb_sweep_tests)
	cmake_parse_arguments(A "" "TARGET;IMPLEMENTATION" "" ${ARGN})
	file(GLOB programs CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/scenarios/${A_TARGET}/*.scn)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/sweep)
	file(MAKE_DIRECTORY ${out})
	foreach(program IN LISTS programs)
		get_filename_component(slug ${program} NAME_WE)
		file(STRINGS ${program} long REGEX "^# Long: no sweep")
		if(long)
			continue()
		endif()
		set(test ${A_TARGET}.${A_IMPLEMENTATION}.sweep.${slug})
		add_test(NAME ${test} COMMAND ${A_TARGET}.${A_IMPLEMENTATION}
			--sweep ${program} --out ${out})
		set_tests_properties(${test} PROPERTIES TIMEOUT 60
			LABELS sweep)
	endforeach()
endfunction()
