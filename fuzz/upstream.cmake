# SPDX-License-Identifier: GPL-2.0-only
#
# vtb_upstream_source(OUT variable COMPONENT c IMPLEMENTATION i)
#
# Names the source that <fuzz/upstream.h> declares: the component's files, with
# their hashes, if the implementation is a tree. It is made when things are
# built, since the files of a user's tree change.
function(vtb_upstream_source)
	cmake_parse_arguments(A "" "OUT;COMPONENT;IMPLEMENTATION" "" ${ARGN})
	set(tree ${A_IMPLEMENTATION})
	if(tree MATCHES "^own")
		set(tree ${VTB_DEFAULT_TREE})
	endif()
	set(dir ${VTB_TREE_DIR_${tree}})
	# A user's tree is named by its path: what git says of it changes with
	# every commit, and with it the executable would.
	set(key package)
	if(tree MATCHES "^(user|base)$")
		set(key source)
	endif()
	set(name ${tree})
	if(EXISTS ${dir}/tree.json)
		file(READ ${dir}/tree.json json)
		string(JSON name ERROR_VARIABLE none GET "${json}" ${key})
		if(NOT name OR name MATCHES "NOTFOUND")
			string(JSON name ERROR_VARIABLE none
				GET "${json}" source)
		endif()
	endif()

	set(files)
	if(NOT A_IMPLEMENTATION MATCHES "^own")
		_vtb_implementation(${A_COMPONENT} ${A_IMPLEMENTATION}
			options files)
	endif()
	set(paths ${files})
	list(TRANSFORM paths PREPEND ${dir}/src/)
	set(source ${CMAKE_CURRENT_BINARY_DIR}/upstream.${A_COMPONENT}.${A_IMPLEMENTATION}.c)
	set(script ${VTB_TOP}/cmake/upstream-source)
	add_custom_command(OUTPUT ${source}
		COMMAND ${script} ${source} "${name}" ${dir}/src ${files}
		DEPENDS ${paths} ${script} VERBATIM
		COMMENT "Hashes of ${A_COMPONENT} in ${A_IMPLEMENTATION}")
	set(${A_OUT} ${source})
	# What was compiled of a known tree is in the build id.
	if(NOT A_IMPLEMENTATION MATCHES "^(user|base)$")
		list(APPEND ${A_OUT} ${VTB_TOP}/fuzz/upstream_known.c)
	endif()
	set(${A_OUT} ${${A_OUT}} PARENT_SCOPE)
endfunction()
