# SPDX-License-Identifier: GPL-2.0-only
#
# The build flavours: which instrumentation each compile world gets.

# The top of the checkout, also when another project includes these files.
get_filename_component(VTB_TOP ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

set(VTB_FLAVOUR asan CACHE STRING "asan, race, afl, coverage or release")
option(VTB_CUT_O0 "code under test is not optimised" OFF)
set(VTB_EXTRA_CFLAGS "" CACHE STRING "more flags for bench-world code")
# Others want one sanitizer at a time, and executables that leave this machine
# (ci/oss-fuzz).
set(VTB_SANITIZERS "address,undefined" CACHE STRING
	"of asan and afl: address,undefined or one of them")
option(VTB_OSS_FUZZ "no shared libraries but libc, libFuzzer in every flavour" OFF)

if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
	message(FATAL_ERROR "vtbench is built by clang, not ${CMAKE_C_COMPILER}")
endif()
if(NOT VTB_FLAVOUR MATCHES "^(asan|race|afl|coverage|release)$")
	message(FATAL_ERROR "unknown VTB_FLAVOUR '${VTB_FLAVOUR}'")
endif()
if(NOT VTB_SANITIZERS MATCHES "^(address,undefined|address|undefined)$")
	message(FATAL_ERROR "unknown VTB_SANITIZERS '${VTB_SANITIZERS}'")
endif()

# Kernel code must not see flags meant for user space, so all flags are put on
# targets by our functions, and what the environment says (CFLAGS) is ignored.
set(CMAKE_C_FLAGS "")
set(CMAKE_ASM_FLAGS "")
set(CMAKE_BUILD_TYPE "")
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

find_program(VTB_CCACHE ccache)
if(VTB_CCACHE)
	# As it asks for where headers are read ahead.
	set(CMAKE_C_COMPILER_LAUNCHER env
		CCACHE_SLOPPINESS=pch_defines,time_macros ${VTB_CCACHE})
endif()

set(VTB_ASAN FALSE)
set(VTB_UBSAN FALSE)
set(VTB_SANITIZED FALSE)
if(VTB_FLAVOUR MATCHES "^(asan|race|afl)$")
	set(VTB_SANITIZED TRUE)
	if(VTB_SANITIZERS MATCHES "address")
		set(VTB_ASAN TRUE)
	endif()
	if(VTB_SANITIZERS MATCHES "undefined")
		set(VTB_UBSAN TRUE)
	endif()
endif()

# Who brings main() and mutates; plain: nobody, inputs are only run.
if(VTB_FLAVOUR STREQUAL "afl")
	set(VTB_ENGINE afl)
elseif(VTB_SANITIZED OR VTB_OSS_FUZZ)
	set(VTB_ENGINE libfuzzer)
else()
	set(VTB_ENGINE plain)
endif()

# Seen by both worlds.
set(VTB_COMMON_DEFINES VTB_FLAVOUR="${VTB_FLAVOUR}")
if(VTB_ASAN)
	list(APPEND VTB_COMMON_DEFINES VTB_ASAN=1)
endif()
if(VTB_FLAVOUR STREQUAL "race")
	list(APPEND VTB_COMMON_DEFINES VTB_RACE=1)
endif()

# libFuzzer's coverage; its stack depth means nothing on fiber stacks, and what
# is compared helps only its own mutators, which are not used.
set(VTB_FUZZ_FLAGS -fsanitize=fuzzer-no-link
	-fno-sanitize-coverage=stack-depth,trace-cmp)
# What AFL++'s runtime counts. The pass is clang's own, not AFL++'s, so code is
# generated as in the other flavours.
set(VTB_AFL_FLAGS -fsanitize-coverage=edge,trace-pc-guard)
set(VTB_PROFILE_FLAGS -fprofile-instr-generate -fcoverage-mapping)

# What a library asks for with COVERED, and kernel code without NOCOV, gets.
if(VTB_ENGINE STREQUAL "afl")
	set(VTB_COVER_FLAGS ${VTB_AFL_FLAGS})
elseif(VTB_SANITIZED)
	set(VTB_COVER_FLAGS ${VTB_FUZZ_FLAGS})
elseif(VTB_FLAVOUR STREQUAL "coverage")
	set(VTB_COVER_FLAGS ${VTB_PROFILE_FLAGS})
else()
	set(VTB_COVER_FLAGS)
endif()

# Addresses of code and data are the same in every run: no PIE anywhere.
set(VTB_LINK_FLAGS -no-pie -fuse-ld=lld -Wl,--gc-sections)
if(VTB_SANITIZED)
	list(APPEND VTB_LINK_FLAGS -fsanitize=${VTB_SANITIZERS})
elseif(VTB_FLAVOUR STREQUAL "coverage")
	list(APPEND VTB_LINK_FLAGS -fprofile-instr-generate)
endif()
