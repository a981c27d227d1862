#!/usr/bin/env python3
"""Arm's vectors (../shared/vectors) in a Linux program of the guest: every case whose outcome user space can see."""

import os
import re
import subprocess
import sys
import tempfile

import run

CASES = os.environ.get("CASES", os.path.join(run.TOP, "build", "tests", "diff", "cases"))
PROGRAM = os.path.join(run.TOP, "build", "guest", "vectors")


def make_cpio(folder):
    """The cases and the program that runs them as an archive; None if the vectors are not here."""
    blob, cpio = os.path.join(folder, "cases"), os.path.join(folder, "vectors.cpio")
    made = subprocess.run([CASES, "vectors", blob])
    if made.returncode == 77:
        return None
    made.check_returncode()
    subprocess.run([os.path.join(run.TOP, ".ci", "mkcpio"), cpio, "/bin/vectors=" + PROGRAM, "/vectors/cases=" + blob], check=True)
    return cpio


def linux(c, kernel, cpio):
    r = c.boot(kernel, "vectors /vectors/cases", "--initrd", cpio, "--cpu", "all:model=max,vl=max", append="quiet", timeout=600)
    c.exited(r)
    c.healthy(r)
    m = re.search(r"^vectors (\d+) of (\d+), (\d+) left out: .*$", r.console, re.M)
    if not m:
        c.fail("the program did not end")
        return
    print("vectors in Linux %s: %s of %s, %s left out" % (kernel, *m.groups()))
    for line in re.findall(r"^case .*$", r.console, re.M):
        c.fail(line)
    c.expect(m[1] == m[2] and int(m[2]) > 0, "%s of %s match" % (m[1], m[2]))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as d:
        archive = make_cpio(d)
        if archive is None:
            print("skip vectors in a Linux program: the shared folder is not here")
            print("0 passed, 0 failed, 1 skipped")
            sys.exit(0)
        for kernel in run.KERNELS:
            run.case("vectors in a program on %s" % kernel, slow=kernel == "6.1")(lambda c, k=kernel: linux(c, k, archive))
        run.main()
