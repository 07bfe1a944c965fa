# SPDX-License-Identifier: GPL-2.0-only
#
# Code of the kernel side: the simulated kernel's runtime, our components and
# unmodified upstream files, compiled against the headers of one kernel tree.

# Written by setup/trees: VTB_TREES and, for each, VTB_TREE_DIR_<tree>; perhaps
# VTB_BASE_KIND and VTB_TREE_DIR_base, see setup/base-tree.
set(VTB_TREES_FILE ${VTB_TOP}/build/trees.cmake CACHE FILEPATH
	"where the prepared kernel trees are")
if(NOT EXISTS ${VTB_TREES_FILE})
	message(FATAL_ERROR "no prepared kernel trees: run setup/trees "
		"(./vtb does it for you)")
endif()
include(${VTB_TREES_FILE})
list(GET VTB_TREES 0 VTB_DEFAULT_TREE)

# What a patch to the user's tree is compared with: implementation `base`. It
# takes the user's headers and runtime, or, if these differ, has its own. None
# of it is built unless asked for, since it need not build at all.
set(VTB_RUNTIME_TREES ${VTB_TREES})
if(VTB_BASE_KIND STREQUAL "full")
	set(VTB_BASE_TREE base)
	list(APPEND VTB_RUNTIME_TREES base)
elseif(VTB_BASE_KIND)
	set(VTB_BASE_TREE user)
endif()

# A variant of the default tree whose pages have 64 KiB: the same sources with a
# shadow header more, so nothing is prepared for it. Implementation `own-64k` has
# it. Not in all flavours: it is a second runtime to be compiled.
set(VTB_64K ${VTB_DEFAULT_TREE}-64k)
set(VTB_TREE_DIR_${VTB_64K} ${VTB_TREE_DIR_${VTB_DEFAULT_TREE}})
set(VTB_64K_IMPLEMENTATION)
if(VTB_FLAVOUR MATCHES "^(asan|coverage)$")
	list(APPEND VTB_RUNTIME_TREES ${VTB_64K})
	set(VTB_64K_IMPLEMENTATION own-64k)
endif()

# What stands for a tree in names and arguments of code that runs on the boot
# firmware (kernel/firmware), whose headers are all ours.
set(VTB_FIRMWARE firmware)
set(VTB_FIRMWARE_INCLUDE ${VTB_TOP}/kernel/firmware/include)
# The same of code that is a hypervisor's (kernel/hypervisor); it has the
# firmware's few headers of C itself.
set(VTB_HYPERVISOR hypervisor)
set(VTB_HYPERVISOR_INCLUDE ${VTB_TOP}/kernel/hypervisor/include)

set(VTB_UNMODELLED_DIR ${CMAKE_CURRENT_LIST_DIR}/unmodelled)

# Folders and files every kernel-world compile names.  Variables, so that a
# project that tries out these functions can bring its own.
set(VTB_KERNEL_SHADOW ${VTB_TOP}/kernel/linux/shadow)
set(VTB_KERNEL_SHADOW_64K ${VTB_TOP}/kernel/linux/shadow-64k)
set(VTB_KERNEL_INCLUDE ${VTB_TOP}/kernel/linux/include)
set(VTB_KERNEL_BRIDGE ${VTB_TOP}/kernel/bridge)
set(VTB_KERNEL_PRELUDE ${VTB_KERNEL_INCLUDE}/vtb/prelude.h)
set(VTB_KERNEL_LDS ${VTB_TOP}/kernel/linux/image.lds)
set(VTB_COMPONENTS_DIR ${VTB_TOP}/components)

set(VTB_KERNEL_CODE
	-std=gnu11 -g -m64 -fno-PIE -fshort-wchar -fno-common -funsigned-char
	-fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -ffreestanding
	-fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-stack-protector -fno-asynchronous-unwind-tables
	-fno-vectorize -fno-slp-vectorize -ffunction-sections
	-mno-sse -mno-mmx -mno-80387 -mno-avx -mno-red-zone)
set(VTB_KERNEL_WARNINGS
	-Wall -Wno-macro-redefined -Wno-pointer-sign -Wno-unused-function
	-Wno-unused-variable -Wno-unused-but-set-variable
	-Wno-unused-const-variable -Wno-frame-address
	-Wno-address-of-packed-member -Wno-gnu -Wno-sometimes-uninitialized
	-Wno-unneeded-internal-declaration -Wno-void-pointer-to-enum-cast
	-Wno-array-bounds
	-Werror=implicit-function-declaration -Werror=return-type)

# UBSan checks that correct kernel code does not trip over.  Our own code takes
# all of `undefined` but those that fire inside kernel headers: u32 loads at odd
# addresses, &p->member of a null p, container_of() of a list head.
set(VTB_UBSAN_UPSTREAM -fsanitize=bool,enum,array-bounds,shift-exponent,integer-divide-by-zero,unreachable,vla-bound,return,builtin)
set(VTB_UBSAN_OWN -fsanitize=undefined
	-fno-sanitize=alignment,null,object-size,pointer-overflow,function)

# The thread-sanitizer pass (not its runtime) calls the hooks of the bench.  It
# goes through cc1: the driver refuses the combination with ASan.
set(VTB_HOOK_FLAGS
	"SHELL:-Xclang -fsanitize=thread"
	"SHELL:-mllvm -tsan-distinguish-volatile=1"
	"SHELL:-mllvm -tsan-instrument-func-entry-exit=0"
	"SHELL:-mllvm -tsan-instrument-read-before-write=1")
if(NOT VTB_FLAVOUR STREQUAL "race")
	# Leaves atomics, barriers and user copies, which come as KCSAN calls.
	list(APPEND VTB_HOOK_FLAGS
		"SHELL:-mllvm -tsan-instrument-memory-accesses=0"
		"SHELL:-mllvm -tsan-instrument-memintrinsics=0")
endif()

function(_vtb_tree_flags tree out)
	set(own)
	if(tree STREQUAL VTB_HYPERVISOR)
		set(own -I${VTB_HYPERVISOR_INCLUDE})
	endif()
	if(tree STREQUAL VTB_FIRMWARE OR tree STREQUAL VTB_HYPERVISOR)
		set(${out} -nostdinc ${own} -I${VTB_FIRMWARE_INCLUDE}
			"SHELL:-include ${VTB_FIRMWARE_INCLUDE}/compiler.h"
			-I${VTB_KERNEL_BRIDGE} -fmacro-prefix-map=${VTB_TOP}/=
			-Wextra -Wmissing-prototypes PARENT_SCOPE)
		return()
	endif()
	set(s ${VTB_TREE_DIR_${tree}}/src)
	set(g ${VTB_TREE_DIR_${tree}}/kb)
	set(shadow -I${VTB_KERNEL_SHADOW})
	if(tree STREQUAL VTB_64K)
		list(PREPEND shadow -I${VTB_KERNEL_SHADOW_64K})
		set(tree ${VTB_DEFAULT_TREE})
	endif()
	# "linux-6.1" compiles with VTB_TREE_6_1, a user's tree with VTB_TREE_USER.
	string(REGEX REPLACE "^linux-" "" id ${tree})
	string(REGEX REPLACE "^base$" "user" id ${id})
	string(MAKE_C_IDENTIFIER "VTB_TREE_${id}" id)
	string(REPLACE "VTB_TREE__" "VTB_TREE_" id ${id})
	string(TOUPPER ${id} id)
	set(${out}
		-nostdinc ${shadow}
		-I${s}/arch/x86/include -I${g}/arch/x86/include/generated
		-I${s}/include -I${g}/include
		-I${s}/arch/x86/include/uapi -I${g}/arch/x86/include/generated/uapi
		-I${s}/include/uapi -I${g}/include/generated/uapi
		"SHELL:-include ${s}/include/linux/compiler-version.h"
		"SHELL:-include ${s}/include/linux/kconfig.h"
		"SHELL:-include ${s}/include/linux/compiler_types.h"
		"SHELL:-include ${VTB_KERNEL_PRELUDE}"
		-I${VTB_KERNEL_INCLUDE} -I${VTB_KERNEL_BRIDGE}
		-fmacro-prefix-map=${s}/= -fmacro-prefix-map=${VTB_TOP}/=
		-D__KERNEL__ -D${id}=1 PARENT_SCOPE)
endfunction()

# Writes what a file of kernel code is compiled with, but for sanitizers, hooks
# and its own names: one flag a line.
function(vtb_write_kernel_flags tree path)
	_vtb_tree_flags(${tree} flags)
	list(TRANSFORM VTB_COMMON_DEFINES PREPEND -D OUTPUT_VARIABLE defines)
	list(APPEND flags ${VTB_KERNEL_CODE} -O1 ${VTB_KERNEL_WARNINGS} ${defines})
	file(GLOB includes ${VTB_COMPONENTS_DIR}/*/include)
	list(TRANSFORM includes PREPEND -I)
	list(APPEND flags ${includes})
	list(TRANSFORM flags REPLACE "^SHELL:([^ ]+) (.*)$" "\\1\n\\2")
	list(JOIN flags "\n" text)
	file(WRITE ${path} "${text}\n")
endfunction()

# kbuild's names for the module a file belongs to; we take each file as one.
function(_vtb_kbuild_names source)
	get_filename_component(base ${source} NAME_WE)
	string(REPLACE "-" "_" base ${base})
	set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS
		"KBUILD_MODNAME=\"${base}\";KBUILD_BASENAME=\"${base}\";KBUILD_MODFILE=\"${base}\";__KBUILD_MODNAME=kmod_${base}")
endfunction()

# Has @target's files start with what ahead.h includes, read once for all libraries
# with the same @flags. clang writes what it has read where it would write the
# object of ahead.c.
#
# The headers that every compile sees first are still on its command line, and find
# that they were seen; but compiler-version.h wants to be seen once, and what
# prelude.h says in pragmas must be said where it is used.
function(_vtb_headers_ahead target tree flags defines)
	string(MD5 id "${flags};${defines}")
	string(SUBSTRING ${id} 0 8 id)
	set(ahead headers_ahead.${tree}.${id})
	if(NOT TARGET ${ahead})
		set(source ${PROJECT_BINARY_DIR}/ahead.c)
		if(NOT EXISTS ${source})
			file(WRITE ${source} "#include <vtb/ahead.h>\n")
		endif()
		add_library(${ahead} OBJECT ${source})
		list(FILTER flags EXCLUDE REGEX "(compiler-version|prelude)\\.h$")
		target_compile_options(${ahead} PRIVATE ${flags}
			"SHELL:-x c-header" "SHELL:-Xclang -emit-pch"
			"SHELL:-Xclang -fno-pch-timestamp")
		target_compile_definitions(${ahead} PRIVATE ${defines})
		file(RELATIVE_PATH object ${CMAKE_CURRENT_BINARY_DIR} ${source})
		string(REPLACE "../" "__/" object ${object})
		# Not from a compiler cache: it names files by the paths of its build.
		set_target_properties(${ahead} PROPERTIES
			C_COMPILER_LAUNCHER "" EXCLUDE_FROM_ALL TRUE VTB_OBJECT
			${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${ahead}.dir/${object}.o)
	endif()
	get_target_property(object ${ahead} VTB_OBJECT)
	set_target_properties(${target} PROPERTIES
		VTB_HEADERS_AHEAD "-include-pch;${object}")
	add_dependencies(${target} ${ahead})
	get_target_property(sources ${target} SOURCES)
	foreach(source IN LISTS sources)
		get_source_file_property(options ${source} COMPILE_OPTIONS)
		set(own)
		if(EXISTS ${source})
			file(STRINGS ${source} own REGEX "^#define CONFIG_")
		endif()
		# Other sanitizers or options, other headers; and once is enough.
		if(NOT own AND NOT options MATCHES
		   "-fsanitize|-fno-sanitize|VTB_HEADERS_AHEAD")
			set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS
				"$<TARGET_PROPERTY:VTB_HEADERS_AHEAD>")
		endif()
		set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS ${object})
	endforeach()
endfunction()

# VTB_SYMBOLS of a library: the file with what its objects define, use and call,
# looked up once for all executables that they are linked into.
function(_vtb_library_symbols target)
	set(symbols ${PROJECT_BINARY_DIR}/symbols/${target})
	add_custom_command(OUTPUT ${symbols}
		COMMAND ${VTB_UNMODELLED_DIR}/symbols ${symbols}
			$<TARGET_OBJECTS:${target}>
		DEPENDS $<TARGET_OBJECTS:${target}> ${VTB_UNMODELLED_DIR}/symbols
			${VTB_UNMODELLED_DIR}/../image-check
		COMMAND_EXPAND_LISTS VERBATIM COMMENT "Symbols of ${target}")
	add_custom_target(${target}.symbols DEPENDS ${symbols})
	set_property(TARGET ${target} PROPERTY VTB_SYMBOLS ${symbols})
endfunction()

# vtb_kernel_library(NAME n TREE tree SOURCES f... [UPSTREAM] [NOSAN] [NOCOV]
#                    [NOHOOKS] [INCLUDE dir...] [DEFINES D=x...] [OPTIONS o...])
#
# Makes the object library n.<tree>, so one NAME can be built for each of
# VTB_TREES.  UPSTREAM: sources are paths in the tree, and UBSan is reduced to
# what correct kernel code does not trip over.  NOSAN: no ASan and UBSan;
# NOCOV: no fuzzer or profile coverage; NOHOOKS: no thread-sanitizer pass.
function(vtb_kernel_library)
	cmake_parse_arguments(A "UPSTREAM;NOSAN;NOCOV;NOHOOKS" "NAME;TREE"
		"SOURCES;INCLUDE;DEFINES;OPTIONS" ${ARGN})
	_vtb_check_arguments(vtb_kernel_library "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	if(NOT A_TREE IN_LIST VTB_RUNTIME_TREES AND
	   NOT A_TREE STREQUAL VTB_FIRMWARE AND
	   NOT A_TREE STREQUAL VTB_HYPERVISOR)
		message(FATAL_ERROR "${A_NAME}: no prepared tree '${A_TREE}' "
			"(there are: ${VTB_RUNTIME_TREES})")
	endif()

	set(sources)
	foreach(source IN LISTS A_SOURCES)
		if(A_UPSTREAM AND NOT IS_ABSOLUTE ${source})
			set(source ${VTB_TREE_DIR_${A_TREE}}/src/${source})
		else()
			get_filename_component(source ${source} ABSOLUTE)
		endif()
		_vtb_kbuild_names(${source})
		list(APPEND sources ${source})
	endforeach()

	set(target ${A_NAME}.${A_TREE})
	add_library(${target} OBJECT ${sources})
	if(A_TREE STREQUAL "base" OR A_NAME MATCHES "\\.base$")
		set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL TRUE)
	endif()
	_vtb_tree_flags(${A_TREE} tree_flags)
	if(VTB_FLAVOUR STREQUAL "release")
		set(optimise -O2)
	else()
		set(optimise -O1)
	endif()
	list(TRANSFORM A_INCLUDE PREPEND -I)
	set(flags ${tree_flags} ${VTB_KERNEL_CODE} ${optimise} ${VTB_KERNEL_WARNINGS})
	if(VTB_SANITIZED AND NOT A_NOSAN)
		if(VTB_ASAN)
			list(APPEND flags -fsanitize=address)
		endif()
		if(VTB_UBSAN AND A_UPSTREAM)
			list(APPEND flags ${VTB_UBSAN_UPSTREAM})
		elseif(VTB_UBSAN)
			list(APPEND flags ${VTB_UBSAN_OWN})
		endif()
		list(APPEND flags -fno-sanitize-recover=all)
	endif()
	if(NOT A_NOCOV)
		list(APPEND flags ${VTB_COVER_FLAGS})
	endif()
	if(NOT A_NOHOOKS)
		list(APPEND flags ${VTB_HOOK_FLAGS})
	endif()
	set(defines ${VTB_COMMON_DEFINES} ${A_DEFINES})
	target_compile_options(${target} PRIVATE ${flags} ${A_INCLUDE} ${A_OPTIONS})
	target_compile_definitions(${target} PRIVATE ${defines})
	# Not for a user's tree, where it matters which file reads which header,
	# nor in `release`: see ahead.h.
	if(A_TREE MATCHES "^linux-" AND NOT A_UPSTREAM AND
	   NOT A_OPTIONS MATCHES "-O0" AND NOT VTB_FLAVOUR STREQUAL "release")
		_vtb_headers_ahead(${target} ${A_TREE} "${flags}" "${defines}")
	endif()
	set_property(TARGET ${target} PROPERTY VTB_TREE ${A_TREE})
	_vtb_library_symbols(${target})
endfunction()

# The rows of components/implementations.def, see there.
set(VTB_IMPLEMENTATIONS_FILE ${VTB_COMPONENTS_DIR}/implementations.def)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
	${VTB_IMPLEMENTATIONS_FILE})

# Drops files that the tree of a user does not have (any more): what they
# defined becomes unmodelled, which is a name in a report and not a failed build.
function(_vtb_existing_files dir list)
	set(existing)
	foreach(file IN LISTS ${list})
		if(EXISTS ${dir}/src/${file})
			list(APPEND existing ${file})
		else()
			message(STATUS "${dir} has no ${file}")
		endif()
	endforeach()
	set(${list} ${existing} PARENT_SCOPE)
endfunction()

# Finds the row of (component, implementation): its options and files.
function(_vtb_implementation component implementation out_options out_files)
	file(STRINGS ${VTB_IMPLEMENTATIONS_FILE} rows REGEX "^[a-z]")
	if(implementation STREQUAL VTB_64K)
		set(implementation ${VTB_DEFAULT_TREE})
	endif()
	set(dir ${VTB_TREE_DIR_${implementation}})
	if(implementation MATCHES "^(user|base)$" AND dir)
		set(any_tree TRUE)
	else()
		set(any_tree FALSE)
	endif()
	foreach(row IN LISTS rows)
		separate_arguments(row UNIX_COMMAND "${row}")
		list(POP_FRONT row c i options)
		if(NOT c STREQUAL component)
			continue()
		endif()
		list(GET row 0 first)
		# A user's tree is like the known tree whose file it has.
		if(i STREQUAL implementation OR (any_tree AND
		   NOT i STREQUAL "own" AND EXISTS ${dir}/src/${first}))
			string(REPLACE "," ";" options "${options}")
			list(REMOVE_ITEM options "-")
			if(any_tree)
				_vtb_existing_files(${dir} row)
			endif()
			set(${out_options} "${options}" PARENT_SCOPE)
			set(${out_files} "${row}" PARENT_SCOPE)
			return()
		endif()
	endforeach()
	set(${out_options} "" PARENT_SCOPE)
	set(${out_files} "" PARENT_SCOPE)
endfunction()

# Implementations of a component that can be built with the trees at hand;
# without `base`, which nobody but a campaign asks for.
function(vtb_implementations component out)
	set(found)
	foreach(implementation IN ITEMS own ${VTB_64K_IMPLEMENTATION} ${VTB_TREES})
		_vtb_implementation(${component} ${implementation} options files)
		if(files)
			list(APPEND found ${implementation})
		endif()
	endforeach()
	set(${out} "${found}" PARENT_SCOPE)
endfunction()

# The same with `base`, if there is one.
function(vtb_implementations_and_base component out)
	vtb_implementations(${component} found)
	_vtb_implementation(${component} base options files)
	if(VTB_BASE_KIND AND files)
		list(APPEND found base)
	endif()
	set(${out} "${found}" PARENT_SCOPE)
endfunction()

# The object library of one implementation of a component in one tree; made at
# first use.  Sets ${out} to its CMake target.
function(vtb_component_library component implementation tree out)
	# As a partner, it may be there already.
	if(implementation STREQUAL "own-64k")
		set(implementation own)
	endif()
	set(target component.${component}.${implementation}.${tree})
	set(${out} ${target} PARENT_SCOPE)
	if(TARGET ${target})
		return()
	endif()
	_vtb_implementation(${component} ${implementation} options files)
	if(NOT files)
		message(FATAL_ERROR "component '${component}' has no implementation "
			"'${implementation}' in ${VTB_IMPLEMENTATIONS_FILE}")
	endif()
	set(switches)
	set(defines)
	set(includes)
	# What executables link for support is not the code under test.
	if(NOT component MATCHES "^(lib|text)$")
		set(defines VTB_CUT=1)
	endif()
	foreach(option IN LISTS options)
		if(option MATCHES "^(NOSAN|NOCOV|NOHOOKS)$")
			list(APPEND switches ${option})
		elseif(option MATCHES "^(FIRMWARE|HYPERVISOR)$")
			continue()
		elseif(option MATCHES "^[A-Za-z_0-9]+=")
			list(APPEND defines ${option})
		else()
			message(FATAL_ERROR "${component}: what is option '${option}'?")
		endif()
	endforeach()
	if(implementation STREQUAL "own")
		list(TRANSFORM files PREPEND ${VTB_COMPONENTS_DIR}/)
		# The public headers of all our components.
		file(GLOB includes ${VTB_COMPONENTS_DIR}/*/include)
	else()
		list(APPEND switches UPSTREAM)
	endif()
	set(options)
	if(VTB_CUT_O0 AND NOT component MATCHES "^(lib|text)$")
		list(APPEND options -O0)
	endif()
	if(implementation STREQUAL "base")
		list(TRANSFORM files PREPEND ${VTB_TREE_DIR_base}/src/)
		list(APPEND options -fmacro-prefix-map=${VTB_TREE_DIR_base}/src/=)
	endif()
	vtb_kernel_library(NAME component.${component}.${implementation}
		TREE ${tree} SOURCES ${files} DEFINES ${defines}
		INCLUDE ${includes} OPTIONS ${options} ${switches})
endfunction()
