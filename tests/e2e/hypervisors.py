#!/usr/bin/env python3
"""Hypervisors other than KVM at EL2: Debian's Xen, with each kernel as its Dom0. They are witnesses that nothing here is
built for Linux alone."""

import os
import sys

import run

XEN = os.path.join(run.TOP, "build", "deps", "xen", "Image")


def xen(c, kernel, cpus, *options):
    r = c.svemu("--smp", str(cpus), "--memory", "2G", "--kernel", XEN,
                "--append", "console=dtuart dom0_mem=768M bootscrub=0",
                "--device", "guest-loader,addr=0x50000000,kernel=%s,bootargs=console=hvc0 svemu.cmd=\"svevl\"" %
                run.asset("linux-%s/Image" % kernel).replace(",", ",,"),
                "--device", "guest-loader,addr=0x60000000,initrd=%s" % run.asset("initrd.cpio.gz").replace(",", ",,"),
                "--no-reboot", *options)
    c.exited(r)
    c.healthy(r)
    c.has(r, r"Xen version 4\.", times=1)
    c.has(r, r"\(XEN\) Brought up %d CPUs" % cpus, times=1)
    c.has(r, r"Hardware Dom0 halted", times=1)


for kernel in run.KERNELS:
    run.case("Xen, Dom0 of %s" % kernel)(lambda c, k=kernel: xen(c, k, 2, "--cpu", "0:vl=128+256", "--cpu", "1:vl=128"))
run.case("Xen on CPUs without SVE, Dom0 of 6.12", slow=True)(lambda c: xen(c, "6.12", 4, "--cpu", "all:vl=none"))

if __name__ == "__main__":
    if not os.path.exists(XEN):
        print("svemu: there is no %s; .ci/fetch xen fetches it" % os.path.relpath(XEN, run.TOP), file=sys.stderr)
        sys.exit(2)
    run.main()
