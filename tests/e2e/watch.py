#!/usr/bin/env python3
"""Watching and stopping change nothing: the state after so many instructions of a boot is that of a run without, whether
instructions, accesses or both are shown, or the machine is stopped and stepped at random some thousand times. Each stop is
checked to be where it belongs. tests/watch/drive.c does it."""

import os
import re

import run

DRIVE = os.environ.get("DRIVE", os.path.join(run.TOP, "build", "tests", "watch", "drive"))
UNLIKE = ("--smp", "2", "--cpu", "0:vl=128+256+512", "--cpu", "1:vl=128+256")
SHORT = ("1000000", "20000000", "60000000", "130000001")
GUEST = "svevl --all; vmm --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd 'svevl --all'"


def drive(c, mode, positions, *options, timeout=300):
    c.log = os.path.join(run.LOGS, "watch-%s-%s.log" % (re.sub(r"[^\w.+-]+", "-", c.name), mode.replace(":", "-")))
    r = run.run([DRIVE, mode, ",".join(positions), *options], timeout, c.log)
    c.expect(r.status == 0, "%s ended with status %s: %s" % (mode, r.status, r.errors.strip()[:500]))
    return r


def boot(command, *more):
    return ("--kernel", run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"), *more,
            "--append", "console=ttyAMA0 svemu.cmd=\"%s\"" % command, *UNLIKE)


def number(c, r, what):
    """The count that the drive gives before a word."""
    found = re.search(r"(\d+) %s" % what, r.errors)
    if not found:
        c.fail("nothing is said about %s" % what)
    return int(found.group(1)) if found else 0


def same(c, positions, modes, options, timeout=300):
    """The runs' results by mode, which all print the same positions and hashes."""
    plain = drive(c, "none", positions, *options, timeout=timeout)
    c.expect(len(plain.console.split("\n")) == len(positions) + 1, "the run without watchers ended early")
    results = {}
    for mode in modes:
        r = results[mode] = drive(c, mode, positions, *options, timeout=timeout)
        for a, b in zip(plain.console.split("\n"), r.console.split("\n")):
            if a != b:
                c.fail("%s: '%s', without: '%s'" % (mode, b, a))
                break
    return results


@run.case("instructions and accesses shown")
def shown(c):
    results = same(c, SHORT, ("insn", "memory", "all"), boot("true"))
    both = results["all"]
    c.expect(number(c, results["insn"], "begun") == number(c, both, "begun") == number(c, both, "ended") > 129000000,
             "not every instruction was shown")
    c.expect(number(c, results["memory"], "accesses") == number(c, both, "accesses") > 5000000, "accesses are missing")


@run.case("stopped at random")
def stopped(c):
    for r in same(c, SHORT, ("stops:1", "stops:2"), boot("true")).values():
        for what, least in (("pc,", 300), ("access,", 300), ("sysreg,", 1), ("exception,", 1), ("instruction,", 100),
                            ("position,", 1000), ("steps", 2000), ("pauses", 200)):
            c.expect(number(c, r, what) >= least, "fewer than %d stops: %s" % (least, what.strip(",")))


@run.case("a guest's whole life, watched and stopped", slow=True)
def guest(c):
    same(c, ("100000000", "200000000", "400000000", "9000000000"), ("all", "stops:3"),
         boot(GUEST, "--initrd", run.asset("linux-6.12/kvm.cpio")), timeout=1800)


if __name__ == "__main__":
    run.main()
