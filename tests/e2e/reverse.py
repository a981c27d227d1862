#!/usr/bin/env python3
"""Going back to the last writer of a CPU's register: a planted bug (tests/guest/bare/plantedzcr.c) that shows long after it
was made, and the same in a kernel's boot. tests/watch/drive.c runs to the end, goes back, steps over the write and back."""

import os
import re
import subprocess

import run

DRIVE = os.environ.get("DRIVE", os.path.join(run.TOP, "build", "tests", "watch", "drive"))
PAYLOAD = os.path.join(run.TOP, "build", "guest", "bare", "plantedzcr")
WRITER = r"^writer: pc (0x[0-9a-f]+) at (\d+): (\S+) to (\S+)$"


def drive(c, mode, times, *options, timeout=300):
    c.log = os.path.join(run.LOGS, "reverse-%s.log" % re.sub(r"[^\w.+-]+", "-", c.name))
    r = run.run([DRIVE, mode, str(times), *options], timeout, c.log)
    c.expect(r.status == 0, "it ended with status %s: %s" % (r.status, r.errors.strip()[:500]))
    writers = [(int(pc, 16), int(at), int(old, 0), int(new, 0)) for pc, at, old, new in re.findall(WRITER, r.console, re.M)]
    c.expect(len(writers) == times, "%d writers were found, expected %d" % (len(writers), times))
    end = re.search(r"^end: (\d+) instructions, \w+=(\S+)$", r.console, re.M)
    if writers and end:
        c.expect(writers[0][3] == int(end.group(2), 0), "the last writer has not written what the register holds at the end")
        c.expect(all(a[1] > b[1] and a[2] == b[3] for a, b in zip(writers, writers[1:])), "the writers do not follow one another")
    else:
        c.fail("nothing was found")
    return int(end.group(1)) if end else 0, writers


def function_at(pc):
    """The payload's function, from its symbols in order of address."""
    names = subprocess.run(["nm", "-n", PAYLOAD + ".elf"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
    symbols = [(int(line.split()[0], 16), line.split()[2]) for line in names if re.fullmatch(r"[0-9a-f]+ [tT] \w+", line)]
    return [name for address, name in symbols if address <= pc][-1]


@run.case("a wrong vector length, found where it was written")
def planted(c):
    options = ("--smp", "2", "--memory", "256M", "--kernel", PAYLOAD + ".bin")
    shows = c.svemu(*options)
    c.has(shows, r"^plantedzcr: CPU 1 has vectors of 32 bytes$", times=1)
    end, writers = drive(c, "writers:ZCR_EL2:1", 3, *options)
    if len(writers) != 3:
        return
    c.expect([function_at(w[0]) for w in writers] == ["restore_length", "set_length", "set_length"],
             "the writers are %s" % ", ".join(function_at(w[0]) for w in writers))
    c.expect((writers[0][2], writers[0][3]) == (3, 1), "the culprit wrote %d over %d" % (writers[0][3], writers[0][2]))
    c.expect(writers[0][1] < end / 10, "the bug is not far from its effect")
    _, others = drive(c, "writers:ZCR_EL2:0", 2, *options)
    c.expect(all(function_at(w[0]) == "set_length" for w in others), "CPU 0 has another writer")
    c.expect(others and others[0][1] > end / 2, "CPU 0 wrote last before CPU 1")


@run.case("the last vector length in a kernel's life")
def kernel(c):
    end, writers = drive(c, "writers:ZCR_EL2:1", 2, "--kernel", run.asset("linux-6.12/Image"), "--initrd",
                         run.asset("initrd.cpio.gz"), "--append", "console=ttyAMA0 svemu.cmd=\"svevl\"", "--smp", "2",
                         "--cpu", "0:vl=128+256+512", "--cpu", "1:vl=128+256")
    c.expect(writers and writers[0][1] < end - 1000000, "the write is not far from the end")


if __name__ == "__main__":
    run.main()
