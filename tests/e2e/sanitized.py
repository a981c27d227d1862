#!/usr/bin/env python3
"""Boots with the build of `make san`: what AddressSanitizer or UndefinedBehaviorSanitizer finds ends the run."""

import run

UNLIKE = ("--smp", "2", "--cpu", "0:vl=max", "--cpu", "1:vl=128+256+512")


def clean(c, r):
    c.exited(r)
    c.healthy(r)
    c.expect("Sanitizer" not in r.errors and "runtime error" not in r.errors, r.errors[:2000])


@run.case("a boot on two unlike CPUs")
def boot(c):
    r = c.boot("6.12", "svevl --all", *UNLIKE, timeout=900)
    clean(c, r)
    c.has(r, r"^svevl: cpu [01]: 16 32 64$", times=2)


@run.case("a guest")
def guest(c):
    clean(c, c.boot("6.12", "vmm --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd 'svevl --all'", *UNLIKE, guest=True,
                    timeout=900))


if __name__ == "__main__":
    run.main()
