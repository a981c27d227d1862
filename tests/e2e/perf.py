#!/usr/bin/env python3
"""Debian's `perf stat` in the host and in KVM guests: what it counts of work whose size is known (tests/guest/perfload.c) is
plausible, agrees with itself, and, of guests, with what the host's perf and svemu's own statistics say of them; `perf record`
gets as many samples."""

import os
import re

import run

LOOPS, CHASE, BRANCHES = 2000000, 100000, 100000
# Six event counters and the cycle counter: nothing is multiplexed.
EVENTS = "cycles,instructions,instructions:u,instructions:k,branch-misses,L1-dcache-load-misses,L1-dcache-loads"
WORK = (("loop", "loop %d" % LOOPS), ("again", "loop %d" % LOOPS), ("near", "chase 16384 %d" % CHASE),
        ("far", "chase 2097152 %d" % CHASE), ("branch", "branch %d" % BRANCHES))
MEASURE = "; ".join("echo === %s; perf stat -x , -e %s perfload %s 2>&1" % (name, EVENTS, work) for name, work in WORK)
# The guest's initrd is the host's perf with the small initrd behind it.
GUEST = ("(cd /; (echo bin; find lib usr bin/perfload) | cpio -o -H newc 2>/dev/null; cat /boot/initrd) >/tmp/initrd; "
         "echo === vmm; perf stat -x , -o /tmp/vmm -e instructions:G,cycles:G vmm --pmu --mem 512M --kernel /boot/Image "
         "--initrd /tmp/initrd --append 'console=ttyAMA0' --cmd '%s'; echo === seen; cat /tmp/vmm; echo === end")
DRIVER = r"hw perfevents: enabled with armv8_pmuv3 PMU driver, %s (\([^)]*\) )?counters available"


def dispatch(model):
    """Instructions a cycle that a model can do at most."""
    with open(os.path.join(run.TOP, "core", "models", model + ".model")) as f:
        return int(re.search(r"(?m)^dispatch = (\d+)", f.read()).group(1))


WIDTH = dispatch("lab")


def counts(text):
    """What each `perf stat` counted, by its name: event -> number, None where it is not supported."""
    found = {}
    for name, part in re.findall(r"(?ms)^=== (\w+)\n(.*?)(?=^===|\Z)", text):
        rows = re.findall(r"(?m)^([^,\n]+),[^,\n]*,([\w:-]+),\d+,[\d.]+,", part)
        found[name] = {event: None if value.startswith("<") else int(value) for value, event in rows}
    return found


class Sums:
    """Checks of one measurement."""

    def __init__(self, c, where, name, values):
        self.c, self.what, self.values = c, "%s, %s: " % (where, name), values

    def within(self, event, low, high):
        value = self.values.get(event)
        self.c.expect(value is not None and low <= value <= high,
                      "%s%s is %s, expected from %d to %d" % (self.what, event, value, low, high))

    def agree(self, timing):
        v = self.values
        self.c.expect(v.get("instructions") and v["instructions"] == v.get("instructions:u", 0) + v.get("instructions:k", 0),
                      "%s%s instructions, %s in user space and %s in the kernel"
                      % (self.what, v.get("instructions"), v.get("instructions:u"), v.get("instructions:k")))
        if timing == "fast":
            self.c.expect(v["cycles"] == v["instructions"], "%s%d cycles, %d instructions" % (self.what, v["cycles"], v["instructions"]))
            for event in "branch-misses", "L1-dcache-load-misses", "L1-dcache-loads":
                self.c.expect(v.get(event, 0) is None, "%s%s is %s, which fast does not count" % (self.what, event, v.get(event)))
            return
        misses = v["L1-dcache-load-misses"] or 0
        self.within("cycles", v["instructions"] // WIDTH, v["instructions"] * 2 + misses * 300)
        self.within("L1-dcache-load-misses", 1, v["L1-dcache-loads"] or 0)
        self.within("branch-misses", 1, v["instructions"] // 2)


def plausible(c, where, found, timing):
    for name, _ in WORK:
        if "instructions" not in found.get(name, {}):
            c.fail("%s, %s: nothing was counted: %s" % (where, name, found.get(name)))
            return
    sums = {name: Sums(c, where, name, found[name]) for name, _ in WORK}
    for name, _ in WORK:
        sums[name].agree(timing)
    # Of user space hardly anything but the work: starting a static program takes some ten thousand instructions.
    sums["loop"].within("instructions:u", 2 * LOOPS, 2 * LOOPS + 50000)
    sums["near"].within("instructions:u", 3 * CHASE, 3 * CHASE + 100000)
    sums["branch"].within("instructions:u", 8 * BRANCHES, 8 * BRANCHES + 50000)
    again = found["again"]["instructions:u"]
    sums["loop"].within("instructions:u", again - 200, again + 200)
    if timing == "fast":
        return
    cycles = found["again"]["cycles"]
    sums["loop"].within("cycles", 0.97 * cycles, 1.03 * cycles)
    sums["loop"].within("branch-misses", 1, LOOPS / 100)
    sums["branch"].within("branch-misses", 0.45 * BRANCHES, 0.55 * BRANCHES + 20000)
    near, far = found["near"]["L1-dcache-load-misses"], found["far"]["L1-dcache-load-misses"]
    sums["near"].within("L1-dcache-load-misses", 256, CHASE / 5)
    sums["far"].within("L1-dcache-load-misses", 0.9 * CHASE, found["far"]["L1-dcache-loads"])
    # Each is one load after the other: more of them miss, and each miss costs what the second level takes at least.
    c.expect(found["far"]["cycles"] - found["near"]["cycles"] > 5 * (far - near),
             "%s: %d more misses cost %d more cycles" % (where, far - near, found["far"]["cycles"] - found["near"]["cycles"]))


def boot(c, kernel, command, *options, **more):
    return c.boot(kernel, command, "--initrd", run.asset("perf.cpio"), "--memory", "1G", *options, timeout=900, **more)


def host(c, kernel, *options, timing="fast", append=""):
    r = boot(c, kernel, MEASURE + "; echo === end", *options, append=append)
    c.exited(r)
    c.healthy(r)
    c.has(r, DRIVER % 7)
    plausible(c, "host", counts(r.console), timing)


def guest(c, kernel, *options, timing="fast", append=""):
    # Counters for the guest's events and the host's own at once: perf would otherwise take turns, and extrapolate.
    r = boot(c, kernel, GUEST % MEASURE, "--cpu", "all:pmu-counters=12", *options, append=append, guest=True)
    c.exited(r)
    c.healthy(r)
    found = counts(r.console)
    c.has("".join(r.boots()[1:]), DRIVER % r"\d+")
    plausible(c, "guest", found, timing)
    # The host's perf counts while a guest runs, svemu what is executed below EL2 with stage 2 on.
    own = sum(el["instructions"] for v in r.stats["cpus"][0]["vcpus"] for el in v["at"].values())
    seen = Sums(c, "host", "guest", found.get("seen", {}))
    seen.within("instructions:G", 0.999 * own, 1.001 * own)
    inside = sum(found[name]["instructions"] for name, _ in WORK if "instructions" in found.get(name, {}))
    c.expect(0 < inside < own, "the guest counted %d of its %d instructions" % (inside, own))
    if timing == "fast":
        seen.within("cycles:G", 0.999 * own, 1.001 * own)


# Event -> its period. A kernel takes no more than 400 samples a tick, of which such a run has hardly one.
SAMPLES = {"fast": {"cycles:u": 10007, "instructions:u": 30011},
           "ooo": {"cycles:u": 10007, "instructions:u": 30011, "branch-misses:u": 503, "L1-dcache-loads:u": 31}}


def sampling(c, kernel, *options, timing="fast"):
    """perf record: as many overflow interrupts as the counts have room for."""
    work = "perfload branch %d" % (2 * BRANCHES)
    r = boot(c, kernel, "; ".join("echo === record; perf record -q -e {0} -c {1} -o /tmp/p {2}; echo {0} $(perf script -F ip -i /tmp/p "
                                  "2>/dev/null | wc -l); echo === stat; perf stat -x , -e {0} {2} 2>&1".format(event, period, work)
                                  for event, period in SAMPLES[timing].items()) + "; echo === end", *options)
    c.exited(r)
    c.healthy(r)
    for event, period in SAMPLES[timing].items():
        count, samples = re.search(r"(?m)^(\d+),,%s(:u)?," % event[:-2], r.console), re.search(r"(?m)^%s (\d+)$" % event, r.console)
        if not count or not samples:
            c.fail("no samples, or no count, of " + event)
            continue
        expected = int(count.group(1)) // period
        c.expect(expected >= 20 and abs(int(samples.group(1)) - expected) <= 1 + expected // 50,
                 "%s: %s counted, %s samples, one in %d" % (event, count.group(1), samples.group(1), period))


def add(name, function, kernel, *options, slow=False, **more):
    run.case("%s on %s" % (name, kernel), slow)(lambda c: function(c, kernel, *options, **more))


OOO = ("--timing", "ooo")
add("perf stat, out of order,", host, "6.12", *OOO, timing="ooo")
add("perf stat in a guest, out of order,", guest, "6.12", *OOO, timing="ooo")
add("perf stat in a guest of nVHE, out of order,", guest, "6.12", *OOO, timing="ooo", append="kvm-arm.mode=nvhe", slow=True)
add("perf stat, in order,", host, "6.12", "--timing", "inorder", timing="inorder", slow=True)
add("perf stat, out of order,", host, "6.1", *OOO, timing="ooo", slow=True)
add("perf record, out of order,", sampling, "6.12", *OOO, timing="ooo", slow=True)
add("perf record, a cycle an instruction,", sampling, "6.12")
add("perf stat, a cycle an instruction,", host, "6.12")
add("perf stat, a cycle an instruction,", host, "6.1", slow=True)
add("perf stat in a guest, a cycle an instruction,", guest, "6.12")
add("perf stat in a guest of nVHE, a cycle an instruction,", guest, "6.12", append="kvm-arm.mode=nvhe", slow=True)
add("perf stat in a guest, a cycle an instruction,", guest, "6.1", slow=True)

if __name__ == "__main__":
    run.main()
