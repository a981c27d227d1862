#!/usr/bin/env python3
"""Memory tagging: `mte` under a host and under its KVM guest; none is offered without tag memory; CPUs that differ in it."""

import run

ON = ("--cpu", "all:FEAT_MTE3=yes")
GUEST = "vmm --mte --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd mte"


def tagging(c, kernel, append, command, boots):
    r = c.boot(kernel, command, *ON, "--smp", "2", append=append, guest=boots > 1)
    c.exited(r)
    c.healthy(r)
    texts = r.boots()
    c.expect(len(texts) == boots, "%d kernels booted, expected %d" % (len(texts), boots))
    c.has(r, r"^mte: passed$", times=boots if command.startswith("mte") else boots - 1)
    c.has(texts[-1], r"^mte: cpu 1: sync, async, asymm$", times=1)
    c.lacks(r, r"mte: FAIL")


for kernel in reversed(run.KERNELS):
    run.case("host and guest, VHE, on %s" % kernel, slow=kernel == "6.1")(
        lambda c, k=kernel: tagging(c, k, "", "mte && " + GUEST, 2))
    run.case("guest, nVHE, on %s" % kernel, slow=kernel == "6.12")(
        lambda c, k=kernel: tagging(c, k, "kvm-arm.mode=nvhe", GUEST, 2))


def none(c, *options):
    r = c.boot("6.12", "mte", *options, "--smp", "2")
    c.exited(r, guest_status=2)
    c.healthy(r)
    c.has(r, r"^mte: the kernel offers none$")


@run.case("no tag memory unless asked for")
def by_default(c):
    none(c, "--cpu", "all:model=max")


@run.case("Linux starts no CPU without the tag memory of the first")
def unlike(c):
    r = c.boot("6.12", "mte", "--cpu", "0:FEAT_MTE3=yes", "--smp", "2", "--no-reboot", append="earlycon=pl011,0x9000000 panic=-1")
    c.exited(r, status=1, guest_status=None)
    c.has(r, r"CPU1: Detected conflict for capability \d+ \(Memory Tagging Extension\)")


@run.case("FEAT_MTE2 without FEAT_MTE3")
def symmetric(c):
    r = c.boot("6.12", "mte", "--cpu", "all:FEAT_MTE2=yes")
    c.exited(r)
    c.healthy(r)
    c.has(r, r"^mte: cpu 0: sync, async$")


if __name__ == "__main__":
    run.main()
