#!/bin/bash
# Build the selftests that come with a kernel, static for arm64, and pack them into build/selftests/SERIES.cpio:
#   tests/selftests/build.sh 6.12
# The source is that of `.ci/fetch source`; headers and objects go to build/selftests/SERIES, and what its Makefiles
# insist on building beside their sources to build/deps/source-SERIES. In the archive each suite is /selftests/SUITE, and
# /selftests/list names the tests, those that the suites' own `make run_tests` runs; /selftests/run runs them.
# Exit status 0: packed; 2: not, and one sentence says why.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 2
top=$PWD
series=$1
source=$top/build/deps/source-$series
out=$top/build/selftests/$series
cc=aarch64-linux-gnu-gcc
strip=aarch64-linux-gnu-strip
suites="arm64/fp arm64/abi arm64/signal arm64/pauth kvm"

fail() {
    echo "svemu: $*" >&2
    exit 2
}

# quiet WHAT COMMAND...: a failure is one sentence, the rest is in the log.
quiet() {
    local what=$1
    shift
    "$@" >>"$out/log" 2>&1 </dev/null || fail "$what of Linux $series does not build; see $out/log"
}

[ -e "$source/.version" ] || fail "$source is not there; make selftests fetches it"
mkdir -p "$out"
: >"$out/log"
quiet "the set of headers" make -C "$source" ARCH=arm64 O="$out/headers" headers

rm -rf "$out/root"
mkdir -p "$out/root"
for suite in $suites; do
    echo "  SELFTESTS  $series $suite"
    mkdir -p "$out/$suite" "$out/root/$suite"
    tests=$source/tools/testing/selftests/$suite
    # The Makefile of arm64 has the flags for its parts; the one of kvm stands alone.
    case $suite in
    arm64/*) where=(-C "${tests%/*}" ARM64_SUBTARGETS="${suite#arm64/}" OUTPUT="$out/arm64") ;;
    *) where=(-C "$tests" OUTPUT="$out/$suite") ;;
    esac
    # CC on the command line reaches every rule, and not all of them look at LDFLAGS. The flags of the make that called us
    # are not for these.
    quiet "suite $suite" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -j2 "${where[@]}" ARCH=arm64 CC="$cc -static" \
        KHDR_INCLUDES="-isystem $out/headers/usr/include" all
    # The Makefile itself tells which of the programs are tests; the others are helpers of these.
    printf 'include Makefile\n$(info $(TEST_GEN_PROGS))\n' |
        env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$tests" -f - -n ARCH=arm64 CC="$cc" OUTPUT=/ emit_tests 2>>"$out/log" |
        head -1 | tr ' ' '\n' | sed "s,^/*,$suite/," | sort >>"$out/root/list"
    (cd "$out/$suite" && find . -type f -perm /100 ! -name '*.[od]' -print) |
        while read -r file; do
            mkdir -p "$out/root/$suite/$(dirname "$file")"
            $strip -o "$out/root/$suite/$file" "$out/$suite/$file"
        done
done
cp tests/selftests/run "$out/root/run"
cp "$source/.version" "$out/root/version"
.ci/mkcpio "$out.cpio" --tree /selftests="$out/root"
