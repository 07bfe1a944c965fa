#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite ask for them.
#
#   build.sh
#
# Environment, as their base-builder sets it:
#   OUT             where targets and what belongs to them go
#   WORK            where they are built
#   SANITIZER       address, undefined or coverage
#   FUZZING_ENGINE  libfuzzer or afl
#   CC, CXX         compilers; CXX links
#   LIB_FUZZING_ENGINE  what to link for the engine
#   VTB_ONLY        targets, e.g. "races.own rndis.own" (default: all)
#
# CFLAGS is not handed on: kernel code must not see flags meant for user space.
# What it says is chosen again by the sanitizer and the engine (docs/ci.md).
#
# OUT gets, for target iova_bitmap of implementation linux-6.1:
#   iova_bitmap-linux-6_1                   names must have no dots
#   iova_bitmap-linux-6_1_seed_corpus.zip   the committed programs that are clean
#   iova_bitmap-linux-6_1.dict, .options
#   iova_bitmap-linux-6_1.known             findings that stop nothing
set -euo pipefail

root=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.." && pwd)
OUT=${OUT:?} WORK=${WORK:?}
SANITIZER=${SANITIZER:-address} FUZZING_ENGINE=${FUZZING_ENGINE:-libfuzzer}
export CXX=${CXX:-clang++}
read -r -a only <<<"${VTB_ONLY-}"
build=$WORK/vtbench-$SANITIZER-$FUZZING_ENGINE

die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# What is asked for, as the build knows it.
options()
{
	case $SANITIZER in
	address | undefined) echo "-DVTB_SANITIZERS=$SANITIZER" ;;
	coverage) ;;
	*) die "SANITIZER is '$SANITIZER'; expected address, undefined or coverage" ;;
	esac
	case $FUZZING_ENGINE:$SANITIZER in
	libfuzzer:coverage) echo -DVTB_FLAVOUR=coverage ;;
	libfuzzer:*) echo -DVTB_FLAVOUR=asan ;;
	afl:coverage) die "coverage is measured with FUZZING_ENGINE=libfuzzer" ;;
	afl:*) echo -DVTB_FLAVOUR=afl ;;
	*) die "FUZZING_ENGINE is '$FUZZING_ENGINE'; expected libfuzzer or afl" ;;
	esac
}

# Objects are by clang in any case, and CXX links: for AFL++ it adds the runtime.
compile()
{
	local wanted=() cc=${CC:-clang}

	mapfile -t wanted < <(options)
	((${#wanted[@]})) || exit 1
	[[ $FUZZING_ENGINE != afl ]] || cc=clang
	"$root/setup/trees"
	# The C++ runtime that comes with this compiler, whole.
	if [[ " ${CXXFLAGS-} " == *" -stdlib=libc++ "* ]]; then
		export VTB_LINK_CXXFLAGS=-stdlib=libc++
	else
		export VTB_LINK_CXXFLAGS="-static-libstdc++ -static-libgcc"
	fi
	cmake -S "$root" -B "$build" -G Ninja -DCMAKE_C_COMPILER="$cc" \
		-DVTB_OSS_FUZZ=ON "${wanted[@]}" >"$build.log" 2>&1 ||
		{ cat "$build.log" >&2; die "configuring failed"; }
	ninja -C "$build" -j"${VTB_JOBS:-$(nproc)}" \
		"${only[@]:-programs}" >"$build.log" 2>&1 ||
		{ tail -n 40 "$build.log" >&2; die "building failed"; }
}

# The scenarios of target $1 that implementation $2 passes; a list of files.
# An `expect` for this implementation goes before the general one.
clean_scenarios()
{
	local file

	for file in "$root/scenarios/$1"/*.scn "$root/corpus/$1"/*.scn; do
		[[ -e $file ]] || continue
		awk -v implementation="$2" '
			$1 != "expect" { next }
			NF == 2 { general = $2 }
			$3 == "in" && $4 == implementation { own = $2 }
			END { exit (own ? own : general) != "clean" }
		' "$file" && printf '%s\n' "$file"
	done
}

pack_seeds()
{
	local exe=$1 target=$2 implementation=$3 to=$4
	local dir=$build/seeds/$target.$implementation scenarios=()

	rm -rf "$dir" "$to"
	mkdir -p "$dir"
	mapfile -t scenarios < <(clean_scenarios "$target" "$implementation")
	((${#scenarios[@]})) || die "$target: no scenario to start from"
	"$exe" --encode "$dir" "${scenarios[@]}" >/dev/null
	# The same files in the same order with the same times: the same archive.
	touch -d @0 "$dir"/*
	(cd "$dir" && LC_ALL=C && zip -q -X "$to" -- *)
}

# Findings that would end every run in its first minute.
write_known()
{
	local target=$1 implementation=$2 to=$3
	local known=$root/corpus/$target/known.txt

	rm -f "$to"
	[[ ! -e $known ]] || awk -v implementation="$implementation" '
		$1 == implementation || $1 == "*" { print $2 }
	' "$known" >"$to"
	[[ -s $to ]] || rm -f "$to"
}

# Fibers are not what leak and use-after-return checks expect, and whoever runs
# the target sets options of his own.
write_options()
{
	cat >"$2" <<END
[libfuzzer]
dict = $1.dict
max_len = 4096
len_control = 0
timeout = 60
detect_leaks = 0

[asan]
detect_leaks = 0
detect_stack_use_after_return = 0
allocator_may_return_null = 1
handle_abort = 1
handle_sigill = 1
END
}

install_target()
{
	local file=$1 exe target implementation name

	exe=$(basename "$file")
	target=${exe%%.*} implementation=${exe#*.}
	name=$target-${implementation//./_}
	cp "$file" "$OUT/$name"
	pack_seeds "$file" "$target" "$implementation" \
		"$OUT/${name}_seed_corpus.zip"
	"$file" --dictionary >"$OUT/$name.dict"
	write_options "$name" "$OUT/$name.options"
	write_known "$target" "$implementation" "$OUT/$name.known"
}

mkdir -p "$OUT" "$WORK"
compile
installed=0
for file in "$build"/bin/*.*; do
	[[ ! ${only[*]-} || " ${only[*]} " == *" $(basename "$file") "* ]] || continue
	install_target "$file"
	installed=$((installed + 1))
done
((installed)) || die "nothing was built"
echo "build.sh: $installed targets in $OUT"
