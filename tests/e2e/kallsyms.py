#!/usr/bin/env python3
"""The symbols that svemu reads out of an Image are those that the booted kernel prints in /proc/kallsyms."""

import hashlib
import os
import subprocess

import run

READER = os.path.join(run.TOP, "build", "tests", "frontends", "kallsyms")


def same(kernel):
    def check(c):
        symbols = subprocess.run([READER], env=dict(os.environ, DUMP=run.asset("linux-%s/Image" % kernel)),
                                 stdout=subprocess.PIPE, check=True).stdout
        c.expect(symbols.count(b"\n") > 50000, "only %d symbols" % symbols.count(b"\n"))
        # what stands in brackets is not in the Image: modules, BPF
        r = c.boot(kernel, "grep -v '\\[' /proc/kallsyms | sha256sum", "--cpu", "all:vl=128", append="nokaslr")
        c.exited(r)
        c.has(r, "^%s  -$" % hashlib.sha256(symbols).hexdigest())
    run.case("the symbols of %s" % kernel)(check)


for kernel in run.KERNELS:
    same(kernel)
run.main()
