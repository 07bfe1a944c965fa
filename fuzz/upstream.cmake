# SPDX-License-Identifier: GPL-2.0-only
#
# vtb_upstream_source(OUT variable COMPONENT c IMPLEMENTATION i)
#
# Writes the source that <fuzz/upstream.h> declares: the component's files, with
# their hashes, if the implementation is a tree.
function(vtb_upstream_source)
	cmake_parse_arguments(A "" "OUT;COMPONENT;IMPLEMENTATION" "" ${ARGN})
	set(tree ${A_IMPLEMENTATION})
	if(tree STREQUAL "own")
		set(tree ${VTB_DEFAULT_TREE})
	endif()
	set(dir ${VTB_TREE_DIR_${tree}})
	set(package ${tree})
	if(EXISTS ${dir}/tree.json)
		file(READ ${dir}/tree.json json)
		string(JSON package ERROR_VARIABLE none GET "${json}" package)
		if(NOT package OR package MATCHES "NOTFOUND")
			string(JSON package ERROR_VARIABLE none
				GET "${json}" source)
		endif()
	endif()

	set(rows)
	if(NOT A_IMPLEMENTATION STREQUAL "own")
		_vtb_implementation(${A_COMPONENT} ${A_IMPLEMENTATION}
			options files)
		foreach(file IN LISTS files)
			file(SHA256 ${dir}/src/${file} hash)
			string(APPEND rows "\t{ \"${file}\", \"${hash}\" },\n")
		endforeach()
	endif()
	set(source ${CMAKE_CURRENT_BINARY_DIR}/upstream.${A_COMPONENT}.${A_IMPLEMENTATION}.c)
	file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include <fuzz/upstream.h>

const struct upstream_file upstream_files[] = {
@rows@\t{ 0, 0 },
};
const char upstream_tree[] = \"@package@\";
")
	set(${A_OUT} ${source} PARENT_SCOPE)
endfunction()
