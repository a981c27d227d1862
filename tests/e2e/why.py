#!/usr/bin/env python3
"""Why exceptions are taken: a host and its guest leave none without a reason, in the trace and in the counts; the reasons
are those that the host's configuration must have. (That no run of any script leaves one is checked in run.py.)"""

import re

import run

GUEST = "vmm --vcpus 1 --sve-max-vl 256 --kernel /boot/Image --initrd /boot/initrd --cmd svevl"


def reasons(result, el):
    total = {}
    for cpu in result.stats["cpus"]:
        for reason, count in cpu["reasons"][el].items():
            total[reason] = total.get(reason, 0) + count
    return total


def boot(c, kernel, mode, expected):
    r = c.boot(kernel, GUEST, "--cpu", "all:vl=128+256+512", "--trace", "exceptions", append=mode, guest=True)
    c.exited(r)
    taken = [line for line in r.errors.split("\n") if re.search(r"exceptions: EL\d -> EL", line)]
    c.expect(len(taken) > 10000, "only %d exceptions in the trace" % len(taken))
    silent = [line for line in taken if not re.search(r" why: \S", line)]
    c.expect(not silent, "%d lines without a reason, the first: %s" % (len(silent), silent[:1]))
    for el, names in expected.items():
        found = reasons(r, el)
        for name in names:
            c.expect(name in found, "no exception to %s for %s" % (el, name))
        c.expect(len(found) < 100, "%d different reasons for %s: not counted by what they have in common" % (len(found), el))
        c.expect(not [n for n in found if re.search(r"0x[0-9a-f]{4}|\[", n)], "a reason with an address or an unnamed field")


COMMON = {"EL1": ("SVC instruction", "virtual interrupt 27 pending, HCR_EL2.IMO=1", "CPACR_EL1.ZEN=0b01"),
          "EL2": ("HVC instruction", "HCR_EL2.TID3=1", "PPI 26 pending, HCR_EL2.TGE=1")}
VHE = {"EL1": COMMON["EL1"], "EL2": COMMON["EL2"] + ("CPTR_EL2.ZEN=0b01", "CPTR_EL2.FPEN=0b00", "SVC instruction")}
NVHE = {"EL1": COMMON["EL1"], "EL2": ("HVC instruction", "CPTR_EL2.TZ=1", "HCR_EL2.TID3=1")}

run.case("a VHE host and its guest on 6.12")(lambda c: boot(c, "6.12", "", VHE))
run.case("an nVHE host and its guest on 6.1")(lambda c: boot(c, "6.1", "kvm-arm.mode=nvhe", NVHE))

if __name__ == "__main__":
    run.main()
