#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# hash_matrix.sh SOURCE-ROOT WORK-DIR - the trace hash is the same everywhere
#
# Builds the core and hash_main.c by gcc and clang, with and without ASan, and
# with the portable fiber switch; runs each with and without ASLR; and compares
# what they print with the pinned text below. If that changes on purpose, saved
# programs and their recorded hashes are no longer comparable: say so.
set -eu

root=$1
work=$2
mkdir -p "$work"

cat > "$work/expected" <<'END'
round-robin 3b8d449c03d5d894 4151
random 56231852bad571f5 4340
bytes 172d7f4343cca077 4274
pct 9643bcc4604889a6 4233
END

# build NAME COMPILER [FLAG...]: flags apply to the core; @FLAG to the rest and
# the link only.
build() {
	name=$1 cc=$2
	shift 2
	core= rest=
	for flag; do
		case $flag in
		@*) rest="$rest ${flag#@}" ;;
		*) core="$core $flag" ;;
		esac
	done
	common="-std=gnu11 -g -fno-pie -D_GNU_SOURCE -I$root/sim/include"
	mkdir -p "$work/$name"
	for source in "$root"/sim/*.c; do
		$cc $common -O2 $core -c "$source" \
			-o "$work/$name/$(basename "$source").o"
	done
	$cc $common -no-pie -O1 $core $rest "$root/tests/sim/hash_main.c" \
		"$root/tests/sim/crowd.c" "$work/$name"/*.o -o "$work/$name.run"
}

failed=0

# compare NAME HOW COMMAND...
compare() {
	name=$1 how=$2
	shift 2
	if "$@" > "$work/$name.out" 2> "$work/$name.err" &&
	   cmp -s "$work/expected" "$work/$name.out"; then
		echo "ok   $name, $how"
	else
		echo "FAIL $name, $how"
		diff "$work/expected" "$work/$name.out" || :
		cat "$work/$name.err"
		failed=1
	fi
}

build gcc gcc
build clang clang
build clang-asan clang -DVTB_ASAN=1 @-fsanitize=address,undefined
build gcc-ucontext gcc -DSIM_UCONTEXT

# Where a sandbox forbids personality(), ASLR cannot be switched off.
if setarch -R true 2> /dev/null; then
	fixed=yes
else
	fixed=no
	echo "skip without ASLR: setarch -R is not allowed here"
fi

for name in gcc clang clang-asan gcc-ucontext; do
	compare $name "ASLR as it is" "$work/$name.run"
	if [ $fixed = yes ]; then
		compare $name "no ASLR" setarch -R "$work/$name.run"
	fi
done
exit $failed
