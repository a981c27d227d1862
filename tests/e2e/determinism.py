#!/usr/bin/env python3
"""The same command line gives the same run: console, instructions, exceptions and final state."""

import os
import tempfile

import run

UNLIKE = ("--smp", "4", "--cpu", "0-1:vl=128+256+512", "--cpu", "2:vl=128+256", "--cpu", "3:vl=max")


def differences(c, a, b):
    """Fail by everything in which two runs differ, but for the host's time."""
    if a.console != b.console:
        pairs = list(zip(a.console.split("\n"), b.console.split("\n")))
        at = next((p for p in pairs if p[0] != p[1]), ("(the end)", "(the end)"))
        c.fail("the consoles differ, first in '%s' and '%s'" % at)
    if not a.stats or not b.stats:
        c.fail("a run left no statistics")
        return
    for key in a.stats:
        if key not in ("host_seconds", "mips", "ram_touched") and a.stats[key] != b.stats[key]:
            c.fail("%s differs: %s and %s" % (key, str(a.stats[key])[:300], str(b.stats[key])[:300]))


def twice(c, *arguments, second=(), **keywords):
    a, b = (c.boot("6.12", *arguments, *more, tag="-" + tag, **keywords) for tag, more in (("1", ()), ("2", second)))
    c.exited(a)
    differences(c, a, b)
    return a, b


@run.case("four unlike CPUs twice")
def same(c):
    twice(c, "svevl --all; dmesg | tail -3", *UNLIKE)


@run.case("another seed is another run")
def seed(c):
    a, b = (c.boot("6.12", "svevl", *UNLIKE, "--seed", s, tag="-" + s) for s in ("1", "2"))
    c.exited(a)
    c.exited(b)
    c.expect(a.stats and b.stats and a.stats["state_hash"] != b.stats["state_hash"], "the state hash is the same for both seeds")


@run.case("tracing and progress change nothing")
def observed(c):
    with tempfile.TemporaryDirectory() as d:
        trace = os.path.join(d, "trace")
        twice(c, "svevl", "--smp", "2", second=("--trace", "exceptions,irq=" + trace, "--progress"))
        c.expect(os.path.getsize(trace) > 100000, "the trace is shorter than expected")


@run.case("a KVM host with a guest twice")
def guest(c):
    twice(c, "vmm --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd 'svevl --all'", *UNLIKE, guest=True)


if __name__ == "__main__":
    run.main()
