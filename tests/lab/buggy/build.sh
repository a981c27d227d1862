#!/bin/bash
# Build two small kernels from Debian's linux-source: build/assets/linux-small as it is, and build/assets/linux-buggy with
# the fixes reverted that the patches here name. tests/lab shows each bug on the second and its absence on the first.
#   tests/lab/buggy/build.sh SERIES         (make assets-buggy)
# Exit status 0: both built; 2: not, and one sentence says why.
set -u -o pipefail
cd "$(dirname "$0")/../../.." || exit 2
top=$PWD
here=$top/tests/lab/buggy
series=$1
source=$top/build/deps/source-$series
work=$top/build/kernels
log=$work/log

fail() {
    echo "svemu: $*" >&2
    exit 2
}

# The kernel's own make, without the flags of ours. The version string names neither machine nor time: builds are alike.
kernel_make() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=svemu KBUILD_BUILD_HOST=svemu \
        make -C "$work/source" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "$@" >>"$log" 2>&1 </dev/null
}

build() {
    local name=$1
    echo "  KERNEL  linux-$name"
    kernel_make -j"${J:-2}" O="$work/$name" LOCALVERSION="-$name" Image || fail "linux-$name does not build; see $log"
    mkdir -p "build/assets/linux-$name"
    cp "$source/.version" "build/assets/linux-$name/version"
    cp "$work/$name/arch/arm64/boot/Image" "build/assets/linux-$name/Image.new"
    mv "build/assets/linux-$name/Image.new" "build/assets/linux-$name/Image"
}

[ -e "$source/.version" ] || fail "$source is not there; make assets-buggy fetches it"
mkdir -p "$work"
: >"$log"
# A tree of hard links: patch replaces the files that it changes.
rm -rf "$work/source" "$work/small" "$work/buggy"
cp -al "$source" "$work/source" || fail "$work/source cannot be made"
mkdir -p "$work/small"
kernel_make O="$work/small" KCONFIG_ALLCONFIG="$here/config" allnoconfig || fail "the configuration is refused; see $log"
while read -r option; do
    grep -qx -e "$option" -e "# ${option%=n} is not set" "$work/small/.config" ||
        fail "$option of tests/lab/buggy/config did not come about: something that it depends on is missing"
done < <(grep '^CONFIG_' "$here/config")
build small
# The objects that the patches leave alone are taken over.
cp -a "$work/small" "$work/buggy"
for patch in "$here"/*.patch; do
    patch -s -p1 -d "$work/source" <"$patch" >>"$log" 2>&1 || fail "$(basename "$patch") does not apply to Linux $(cat "$source/.version"); see $log"
done
build buggy
rm -rf "$work/small" "$work/buggy" "$work/source"
