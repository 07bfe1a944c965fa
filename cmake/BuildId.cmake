# SPDX-License-Identifier: GPL-2.0-only
#
# Library build_id: `const char *vtb_build_id(void)`, one text per (sources,
# flavour, compiler, kernel trees).  A repro file records it.

set(build_id_dir ${PROJECT_BINARY_DIR}/build_id)
file(MAKE_DIRECTORY ${build_id_dir})
set(build_id_cut)
if(VTB_CUT_O0)
	set(build_id_cut " -O0")
endif()
if(VTB_SANITIZED AND NOT VTB_SANITIZERS STREQUAL "address,undefined")
	string(APPEND build_id_cut " ${VTB_SANITIZERS}")
endif()
file(WRITE ${build_id_dir}/flavour.txt.new
	"${VTB_FLAVOUR} ${CMAKE_C_COMPILER_VERSION} ${VTB_EXTRA_CFLAGS}${build_id_cut}\n")
file(COPY_FILE ${build_id_dir}/flavour.txt.new ${build_id_dir}/flavour.txt
	ONLY_IF_DIFFERENT)
set(build_id_stamps)
# What was compiled of a user's tree is in a text of its own (object-id): a
# change there is none to the other executables.
set(build_id_trees ${VTB_TREES})
list(REMOVE_ITEM build_id_trees user)
foreach(tree IN LISTS build_id_trees)
	list(APPEND build_id_stamps ${VTB_TREE_DIR_${tree}}/stamp)
endforeach()

# Runs in every build; rewrites the file only when the id changes.
add_custom_target(build_id_generate
	COMMAND ${CMAKE_CURRENT_LIST_DIR}/build-id ${VTB_TOP}
		${build_id_dir} ${VTB_FLAVOUR} ${build_id_stamps}
	BYPRODUCTS ${build_id_dir}/build_id.c
	COMMENT "Build id"
	VERBATIM)
vtb_library(NAME build_id SOURCES ${build_id_dir}/build_id.c
	INCLUDE ${CMAKE_CURRENT_LIST_DIR}/include PLAIN)
add_dependencies(build_id build_id_generate)
