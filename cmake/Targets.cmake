# SPDX-License-Identifier: GPL-2.0-only
#
# Executables with kernel code in them.

set(VTB_LIBC_ALLOWED ${CMAKE_CURRENT_LIST_DIR}/libc-allowed.txt)
set(VTB_LIBC_NAMES ${PROJECT_BINARY_DIR}/libc-names.txt)

# Names libc gives: what kernel code must not define or use by accident.
if(NOT EXISTS ${VTB_LIBC_NAMES})
	execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libc.so.6
		OUTPUT_VARIABLE libc OUTPUT_STRIP_TRAILING_WHITESPACE)
	execute_process(COMMAND ${VTB_UNMODELLED_DIR}/libc-names ${libc}
		OUTPUT_FILE ${VTB_LIBC_NAMES} COMMAND_ERROR_IS_FATAL ANY)
endif()

# What catches a touch of unmodelled data.
add_library(vtb_unmodelled_guard OBJECT ${VTB_UNMODELLED_DIR}/guard.c)
_vtb_bench_flags(vtb_unmodelled_guard TRUE FALSE)
target_include_directories(vtb_unmodelled_guard PRIVATE ${VTB_KERNEL_BRIDGE})

# Links kernel-side libraries and components into an executable, with stubs for
# what they need and nobody has.
function(_vtb_link_kernel exe implementation tree kernel components)
	if(NOT kernel AND NOT components)
		return()
	endif()
	if(NOT tree)
		set(tree ${VTB_DEFAULT_TREE})
	endif()
	set(libraries)
	foreach(name IN LISTS kernel)
		if(TARGET ${name}.${tree})
			list(APPEND libraries ${name}.${tree})
		else()
			message(FATAL_ERROR "${exe}: no kernel library ${name} for ${tree}")
		endif()
	endforeach()
	foreach(component IN LISTS components)
		set(i ${implementation})
		if(component MATCHES "^(.*)=(.*)$")
			set(component ${CMAKE_MATCH_1})
			set(i ${CMAKE_MATCH_2})
		endif()
		if(i STREQUAL "tree")
			set(i ${tree})
		endif()
		vtb_component_library(${component} ${i} ${tree} library)
		list(APPEND libraries ${library})
	endforeach()
	set(supports lib text)
	if(tree STREQUAL VTB_FIRMWARE OR tree STREQUAL VTB_HYPERVISOR)
		set(supports)
	endif()
	foreach(support IN LISTS supports)
		vtb_component_library(${support} ${tree} ${tree} library)
		list(APPEND libraries ${library})
	endforeach()
	list(REMOVE_DUPLICATES libraries)

	set(objects)
	set(symbols)
	# Canary builds alone may refer to the names of canaries/include.
	set(canary)
	foreach(library IN LISTS libraries)
		list(APPEND objects $<TARGET_OBJECTS:${library}>)
		get_target_property(file ${library} VTB_SYMBOLS)
		list(APPEND symbols ${file})
		# Of a canary: what its component has beside the patched file.
		get_target_property(own ${library} VTB_SHARED_LIBRARY)
		if(own)
			get_target_property(without ${library} VTB_SHARED_WITHOUT)
			string(REPLACE "." "\\." regex ${without})
			list(APPEND objects
				"$<FILTER:$<TARGET_OBJECTS:${own}>,EXCLUDE,${regex}$>")
			get_target_property(file ${own} VTB_SYMBOLS)
			list(APPEND symbols ${file})
			set(canary --canary --without ${without})
		endif()
	endforeach()
	set(gen ${PROJECT_BINARY_DIR}/unmodelled/${exe})
	add_custom_command(OUTPUT ${gen}.c ${gen}.list
		COMMAND ${VTB_UNMODELLED_DIR}/generate ${canary} ${gen} ${VTB_LIBC_ALLOWED}
			${VTB_LIBC_NAMES} ${symbols}
		DEPENDS ${symbols} ${VTB_LIBC_ALLOWED} ${VTB_LIBC_NAMES}
			${VTB_UNMODELLED_DIR}/generate
		VERBATIM
		COMMENT "Stubs for what ${exe} needs and nobody models")
	if(implementation MATCHES "^(user|base)$")
		# One text per what was compiled of the user's tree.
		add_custom_command(OUTPUT ${gen}.id.c
			COMMAND ${VTB_TOP}/cmake/object-id ${gen}.id.c ${objects}
			DEPENDS ${objects} ${VTB_TOP}/cmake/object-id
			COMMAND_EXPAND_LISTS VERBATIM
			COMMENT "Build id of ${exe}")
		target_sources(${exe} PRIVATE ${gen}.id.c)
	endif()
	# A library of its own: the stubs take no sanitizer and no warning flags.
	add_library(${exe}.stubs OBJECT ${gen}.c)
	target_compile_options(${exe}.stubs PRIVATE -std=gnu11 -g -O1 -fno-PIE
		-fno-builtin -ffunction-sections -fno-omit-frame-pointer -w)
	target_sources(${exe} PRIVATE ${objects} $<TARGET_OBJECTS:${exe}.stubs>
		$<TARGET_OBJECTS:vtb_unmodelled_guard>)
	target_link_options(${exe} PRIVATE -Wl,-T,${VTB_KERNEL_LDS})
	# Copies are no hooks of the compiler: kernel/host/copy.c.
	if(VTB_FLAVOUR STREQUAL "race" AND
	   ("kernel_linux" IN_LIST kernel OR "kernel_firmware" IN_LIST kernel))
		target_link_options(${exe} PRIVATE
			-Wl,--wrap=memcpy,--wrap=memmove,--wrap=memset
			-Wl,--undefined=__wrap_memcpy)
	endif()
	set_property(TARGET ${exe} APPEND PROPERTY LINK_DEPENDS ${VTB_KERNEL_LDS})
	# The linker drops unused functions, and with them many stubs.
	add_custom_command(TARGET ${exe} POST_BUILD
		COMMAND ${VTB_UNMODELLED_DIR}/survivors $<TARGET_FILE:${exe}> ${gen}
		VERBATIM)
endfunction()

# Gives an executable its engine: main(), and what the engine counts.
function(vtb_fuzz_engine exe engine)
	target_link_libraries(${exe} PRIVATE fuzz_${engine})
	if(engine STREQUAL "libfuzzer")
		if(VTB_OSS_FUZZ)
			set_property(TARGET ${exe} PROPERTY RULE_LAUNCH_LINK
				"${VTB_TOP}/cmake/oss-fuzz-link")
		else()
			target_link_options(${exe} PRIVATE -fsanitize=fuzzer)
		endif()
	elseif(engine STREQUAL "afl")
		# Objects are clang's; AFL++'s compiler only adds its runtime.
		set_property(TARGET ${exe} PROPERTY RULE_LAUNCH_LINK
			"${VTB_TOP}/cmake/afl-link")
		if(VTB_OSS_FUZZ)
			target_link_options(${exe} PRIVATE -static-libgcc)
		endif()
	endif()
endfunction()

# vtb_world(NAME iova_bitmap SOURCES f... COMPONENTS c... LINK lib...)
#
# The object library world.<name>, the same for all implementations: what of a
# world is compiled for one target only. COMPONENTS and LINK as in vtb_target().
function(vtb_world)
	cmake_parse_arguments(A "" "NAME" "SOURCES;COMPONENTS;LINK" ${ARGN})
	_vtb_check_arguments(vtb_world "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	add_library(world.${A_NAME} OBJECT ${A_SOURCES})
	_vtb_bench_flags(world.${A_NAME} FALSE FALSE)
	target_link_libraries(world.${A_NAME} PRIVATE ${A_LINK})
	# What a world shares with the components it drives.
	foreach(component IN LISTS A_COMPONENTS)
		string(REGEX REPLACE "=.*" "" component ${component})
		if(IS_DIRECTORY ${VTB_COMPONENTS_DIR}/${component}/include)
			target_include_directories(world.${A_NAME} PRIVATE
				${VTB_COMPONENTS_DIR}/${component}/include)
		endif()
	endforeach()
endfunction()

# vtb_box(NAME n PREFIX p LIBRARIES lib... [KEEP regex] [WITH lib...])
#
# The library boxed.<n>: the objects of LIBRARIES, all of whose globals are called
# p.<name>, but for those that match KEEP. Objects of WITH come along, refer to
# them by these names, and keep their own. Several worlds, or several kernels, fit
# into one executable so. Bench code says __asm__("p.name") to reach one.
function(vtb_box)
	cmake_parse_arguments(A "" "NAME;PREFIX;KEEP" "LIBRARIES;WITH" ${ARGN})
	_vtb_check_arguments(vtb_box "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	if(NOT A_KEEP)
		set(A_KEEP "^$")
	endif()
	set(objects)
	foreach(library IN LISTS A_LIBRARIES)
		list(APPEND objects $<TARGET_OBJECTS:${library}>)
	endforeach()
	set(with)
	if(A_WITH)
		set(with --)
	endif()
	foreach(library IN LISTS A_WITH)
		list(APPEND with $<TARGET_OBJECTS:${library}>)
	endforeach()
	set(archive ${PROJECT_BINARY_DIR}/boxed/${A_NAME}.a)
	set(script ${VTB_TOP}/cmake/box)
	set(inputs ${objects} ${with})
	list(REMOVE_ITEM inputs --)
	add_custom_command(OUTPUT ${archive}
		COMMAND ${script} ${archive} ${A_PREFIX} ${A_KEEP} ${objects} ${with}
		DEPENDS ${inputs} ${script}
		COMMAND_EXPAND_LISTS VERBATIM
		COMMENT "${A_NAME} with names of its own")
	add_custom_target(boxed.${A_NAME}.archive DEPENDS ${archive})
	add_library(boxed.${A_NAME} INTERFACE)
	add_dependencies(boxed.${A_NAME} boxed.${A_NAME}.archive)
	target_link_options(boxed.${A_NAME} INTERFACE
		-Wl,--whole-archive,${archive},--no-whole-archive)
	set_property(TARGET boxed.${A_NAME} PROPERTY
		INTERFACE_LINK_DEPENDS ${archive})
endfunction()

# vtb_target(NAME iova_bitmap IMPLEMENTATION linux-6.1 COMPONENTS iova_bitmap...
#            KERNEL kernel-lib... LINK lib... [TREE tree] [SOURCES f...])
#
# The fuzz target bin/<name>.<implementation>.  COMPONENTS are taken in
# IMPLEMENTATION unless written component=implementation; `tree` for that is the
# tree whose headers they all get.  TREE: which that is; by default the
# implementation's own (`own`: the default tree; `own-64k`: its variant).  LINK must bring
# LLVMFuzzerTestOneInput().
function(vtb_target)
	cmake_parse_arguments(A "" "NAME;IMPLEMENTATION;TREE"
		"SOURCES;COMPONENTS;KERNEL;LINK" ${ARGN})
	_vtb_check_arguments(vtb_target "${A_UNPARSED_ARGUMENTS}" "${A_NAME}")
	if(NOT A_TREE AND A_IMPLEMENTATION STREQUAL "base")
		set(A_TREE ${VTB_BASE_TREE})
	elseif(NOT A_TREE AND A_IMPLEMENTATION STREQUAL "own-64k")
		set(A_TREE ${VTB_64K})
	elseif(NOT A_TREE AND NOT A_IMPLEMENTATION STREQUAL "own")
		set(A_TREE ${A_IMPLEMENTATION})
	endif()
	set(exe ${A_NAME}.${A_IMPLEMENTATION})
	set(empty ${PROJECT_BINARY_DIR}/empty.c)
	if(NOT EXISTS ${empty})
		file(WRITE ${empty} "typedef int vtb_empty;\n")
	endif()
	add_executable(${exe} ${empty} ${A_SOURCES})
	_vtb_bench_flags(${exe} FALSE FALSE)
	target_link_libraries(${exe} PRIVATE ${A_LINK})
	target_link_options(${exe} PRIVATE ${VTB_LINK_FLAGS})
	vtb_fuzz_engine(${exe} ${VTB_ENGINE})
	_vtb_link_kernel(${exe} ${A_IMPLEMENTATION} "${A_TREE}" "${A_KERNEL}"
		"${A_COMPONENTS}")
	# Canaries are built by those who ask for them, see canaries/.
	if(NOT VTB_CANARY_BUILD)
		set_property(GLOBAL APPEND PROPERTY VTB_TARGETS ${exe})
	endif()
	if(A_IMPLEMENTATION STREQUAL "base")
		set_target_properties(${exe} ${exe}.stubs PROPERTIES
			EXCLUDE_FROM_ALL TRUE)
	endif()
endfunction()

# To be called last. What campaigns and replays need, without tests, is
# `programs`, and `programs_NAME` of one fuzz target; `user_programs` is what
# somebody with a patch needs of it, and `base_programs` what his patch is
# compared with.
function(vtb_program_targets)
	get_property(targets GLOBAL PROPERTY VTB_TARGETS)
	set(base ${targets})
	list(FILTER base INCLUDE REGEX "\\.base$")
	list(FILTER targets EXCLUDE REGEX "\\.base$")
	set(user ${targets})
	list(FILTER user INCLUDE REGEX "\\.user$")
	set(engine)
	foreach(program IN ITEMS vtb afl_mutator)
		if(TARGET ${program})
			list(APPEND engine ${program})
		endif()
	endforeach()
	add_custom_target(programs DEPENDS ${targets} ${engine})
	add_custom_target(user_programs DEPENDS ${user} ${engine})
	add_custom_target(base_programs DEPENDS ${base})
	set(names ${targets})
	list(TRANSFORM names REPLACE "\\..*" "")
	list(REMOVE_DUPLICATES names)
	foreach(name IN LISTS names)
		set(own ${targets})
		list(FILTER own INCLUDE REGEX "^${name}\\.")
		add_custom_target(programs_${name} DEPENDS ${own} ${engine})
	endforeach()
	# An executable of a tree that is not here any more must not be taken for
	# one of the tree that is.
	file(GLOB old ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/*.user
		${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/*.base)
	foreach(file IN LISTS old)
		get_filename_component(name ${file} NAME)
		if(NOT TARGET ${name})
			file(REMOVE ${file})
		endif()
	endforeach()
endfunction()

# To be called last: somebody who names a tree of his own wants to see it used.
function(vtb_check_user_tree)
	get_property(targets GLOBAL PROPERTY VTB_TARGETS)
	if(NOT "user" IN_LIST VTB_TREES OR NOT targets OR targets MATCHES "\\.user")
		return()
	endif()
	set(looked_for)
	list(TRANSFORM targets REPLACE "\\..*" "")
	list(REMOVE_DUPLICATES targets)
	file(STRINGS ${VTB_IMPLEMENTATIONS_FILE} rows REGEX "^[a-z]")
	foreach(row IN LISTS rows)
		separate_arguments(row UNIX_COMMAND "${row}")
		list(GET row 0 component)
		list(GET row 1 implementation)
		list(GET row 3 file)
		if(component IN_LIST targets AND NOT implementation STREQUAL "own")
			string(APPEND looked_for " ${file}")
		endif()
	endforeach()
	message(FATAL_ERROR "no fuzz target can be built from the user's kernel "
		"tree: it has none of${looked_for}")
endfunction()
