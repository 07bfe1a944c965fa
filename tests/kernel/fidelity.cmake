# SPDX-License-Identifier: GPL-2.0-only
#
# kernel/linux/FIDELITY.md against the symbols of the runtime, for all trees at
# once, and against what code under test wants from it: upstream files, and our
# components with the trees that executables have them with.
file(STRINGS ${VTB_IMPLEMENTATIONS_FILE} rows REGEX "^[a-z]")
set(components)
foreach(row IN LISTS rows)
	if(row MATCHES " FIRMWARE ")
		continue()
	endif()
	string(REGEX MATCH "^[a-z_0-9]+" component "${row}")
	list(APPEND components ${component})
endforeach()
list(REMOVE_DUPLICATES components)
list(REMOVE_ITEM components lib text)

set(runtime)
set(other)
set(cut)
foreach(tree IN LISTS VTB_TREES)
	list(APPEND runtime $<TARGET_OBJECTS:kernel_linux.${tree}>)
	foreach(support IN ITEMS lib text)
		vtb_component_library(${support} ${tree} ${tree} library)
		list(APPEND other $<TARGET_OBJECTS:${library}>)
	endforeach()
	foreach(component IN LISTS components)
		vtb_implementations(${component} implementations)
		foreach(implementation IN ITEMS own ${tree})
			if(TARGET component.${component}.${implementation}.${tree} OR
			   (implementation STREQUAL tree AND
			    implementation IN_LIST implementations))
				vtb_component_library(${component} ${implementation}
					${tree} library)
				list(APPEND cut $<TARGET_OBJECTS:${library}>)
			endif()
		endforeach()
	endforeach()
endforeach()

foreach(list IN ITEMS runtime other cut)
	file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/fidelity-${list}.txt
		CONTENT "${${list}}")
endforeach()
add_test(NAME kernel_fidelity
	COMMAND ${CMAKE_CURRENT_LIST_DIR}/fidelity
		${PROJECT_SOURCE_DIR}/kernel/linux/FIDELITY.md
		--runtime @${CMAKE_CURRENT_BINARY_DIR}/fidelity-runtime.txt
		--cut @${CMAKE_CURRENT_BINARY_DIR}/fidelity-cut.txt
		--other @${CMAKE_CURRENT_BINARY_DIR}/fidelity-other.txt
		--libc ${VTB_LIBC_ALLOWED})
set_tests_properties(kernel_fidelity PROPERTIES LABELS kernel TIMEOUT 60
	SKIP_RETURN_CODE 77)
