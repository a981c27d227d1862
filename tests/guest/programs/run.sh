#!/bin/sh
# Run suites in the guest: run.sh VL NAME..., at a vector length in bytes (0: leave it as it is). tests/e2e/programs.py compares
# what stands between the marks with what the same program prints under qemu-user. SEED in the environment varies the data.
vl=$1
shift
[ "$vl" = 0 ] || echo "$vl" >/proc/sys/abi/sve_default_vector_length || exit 1
for name in "$@"; do
    echo "=== $name $vl"
    "/programs/$name"
    echo "=== exit $?"
done
