#!/usr/bin/env python3
"""Programs without an operating system (tests/guest/bare): each at EL2 on svemu, those that can at EL1 under a KVM host,
and with --all on QEMU too, where one is installed, to show that what they expect is the architecture's and not ours."""

import glob
import os
import sys

import run

PROGRAMS = {os.path.basename(f)[:-4]: f for f in sorted(glob.glob(os.path.join(run.TOP, "build", "guest", "bare", "*.bin")))
            if not f.endswith(("/svespeed.bin", "/plantedzcr.bin", "/memtime.bin"))}  # of bench.py, reverse.py and tests/timing/memory.py
GUESTS = ("hello", "sve", "timer", "irqwindow", "timeorder", "selfmod", "exclusive")
# HCR_EL2.TEA has no effect there. Of "mte" (with -M virt,mte=on) QEMU 10.0 fails five lines: SVE accesses with a base of SP and
# an immediate are Tag Unchecked (tagchecked = n != 31), and WnR follows !accdesc.read && accdesc.write for DC ZVA and CAS.
QEMU_LACKS = ("tea", "mte")


def passed(c, r, name):
    if r.status != 0:
        c.fail("ended with status %s: %s" % (r.status, r.errors.strip()[-200:]))
    c.has(r, r"^PASS %s$" % name, times=1)
    c.lacks(r, r"^FAIL .*")


def on_svemu(c, name, *options):
    passed(c, c.svemu("--smp", "4", "--memory", "256M", "--kernel", PROGRAMS[name], *options, timeout=120), name)


def on_qemu(c, name):
    command = [run.QEMU, "-M", "virt,virtualization=on,gic-version=3", "-cpu", "max,pauth-impdef=on", "-accel",
               "tcg,thread=single", "-nic", "none", "-m", "256", "-smp", "4", "-nographic", "-kernel", PROGRAMS[name]]
    c.log = os.path.join(run.LOGS, "payloads-qemu-%s.log" % name)
    passed(c, run.run(command, 120, c.log), name)


def under_kvm(c, kernel):
    vmms = ["vmm --vcpus 4 --mem 16M --payload /bare/%s.bin || failed=1" % name for name in GUESTS]
    r = c.boot(kernel, "; ".join(vmms + ["exit $failed"]), "--smp", "2")
    c.exited(r)
    for name in GUESTS:
        c.has(r, r"^PASS %s$" % name, times=1)
    c.lacks(r, r"^FAIL .*")


for name in PROGRAMS:
    run.case("%s at EL2" % name)(lambda c, n=name: on_svemu(c, n))


def tag_memory(c):
    r = c.svemu("--smp", "1", "--memory", "256M", "--kernel", PROGRAMS["mte"], "--cpu", "all:FEAT_MTE3=yes", timeout=120)
    passed(c, r, "mte")
    c.has(r, r"^mte: checked$")


run.case("mte at EL2 with tag memory")(tag_memory)
run.case("sve at EL2 without SVE")(lambda c: on_svemu(c, "sve", "--cpu", "all:vl=none"))
run.case("sve at EL2 with every length")(lambda c: on_svemu(c, "sve", "--cpu", "all:vl=max"))
for kernel in run.KERNELS:
    run.case("guests of %s" % kernel)(lambda c, k=kernel: under_kvm(c, k))
if "--all" in sys.argv and os.path.exists(run.QEMU):
    for name in PROGRAMS:
        if name not in QEMU_LACKS:
            run.case("%s on QEMU" % name)(lambda c, n=name: on_qemu(c, n))

if __name__ == "__main__":
    run.main()
