#!/usr/bin/env python3
"""Caches and walks as a program sees them (tests/guest/bare/memtime.c): each level that a model configures takes what it
configures, and a walk reads as many descriptors as the tables have levels, less what walk caches know."""

import glob
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import run  # noqa: E402

MODELS = os.path.join(run.TOP, "core", "models")
PROGRAM = os.path.join(run.TOP, "build", "guest", "bare", "memtime.bin")
KIB = {"KiB": 1, "MiB": 1024}
CLOSE = 0.03  # of a latency: what the loop around the loads may add


def text_of(name):
    with open(os.path.join(MODELS, name + ".model")) as f:
        return f.read()


def fact(text, key):
    """A parameter's value; sizes in KiB."""
    value, unit = re.search(r"(?m)^%s = (\d+) (\S+)" % key, text).groups()
    return int(value) * KIB.get(unit, 1)


def with_facts(text, facts):
    """The model as `trial`, with other values: {key: "value unit"}."""
    text = re.sub(r"(?m)^model \S+", "model trial", text)
    for key, value in facts.items():
        text, n = re.subn(r"(?m)^%s = .*$" % key, "%s = %s [estimate]" % (key, value), text)
        if n != 1:
            raise ValueError("the model has %d lines for %s" % (n, key))
    return text


def load_latency(text):
    """Of the class `load`: the last line that is about it and nothing narrower."""
    found = re.findall(r"(?m)^class (?:\S*,)?load(?:,\S*)? : latency (\d+)", text)
    return int(found[-1])


def fields(text):
    """NAME NUMBER NAME NUMBER ..."""
    words = text.split()
    return {k: int(v) for k, v in zip(words[::2], words[1::2])}


def measure(c, text, mode="ooo"):
    """Lines of the program: ({KIB: cycles a load}, {levels of stage 2: fields}, fields after maintenance, cycles a line)."""
    with tempfile.NamedTemporaryFile("w", suffix=".model") as f:
        f.write(text)
        f.flush()
        r = c.svemu("--smp", "1", "--memory", "512M", "--kernel", PROGRAM, "--timing", mode, "--model-file", f.name,
                    "--cpu", "all:timing-model=trial", timeout=120, tag="-" + mode)
    c.exited(r, guest_status=None)
    c.has(r, r"^PASS memtime$", times=1)
    chases = {int(k): int(cycles) / int(loads)
              for k, loads, cycles in re.findall(r"^chase (\d+) loads (\d+) cycles (\d+)", r.console, re.M)}
    walks = {int(levels): fields(text) for levels, text in re.findall(r"^walk 4 (\d) (.*)$", r.console, re.M)}
    maintained = fields(re.search(r"^maintained 16 (.*)$", r.console, re.M).group(1))
    lines, cycles = re.search(r"^stream \d+ lines (\d+) cycles (\d+)$", r.console, re.M).groups()
    c.expect(len(chases) == 13 and len(walks) == 2, "%d chases and %d walks" % (len(chases), len(walks)))
    return chases, walks, maintained, int(cycles) / int(lines)


def close(c, what, got, want):
    c.expect(abs(got - want) <= CLOSE * want + 0.1, "%s: %.2f cycles a load, expected %.2f" % (what, got, want))


def levels_of(c, text, mode="ooo"):
    """Each chase that is well within one level, and beyond the one before, takes its latency."""
    chases, _, _, _ = measure(c, text, mode)
    levels = [("L1D", fact(text, "l1d"), load_latency(text)), ("L2", fact(text, "l2"), fact(text, "l2-latency")),
              ("the system cache", fact(text, "slc"), fact(text, "slc-latency")),
              ("memory", 1 << 30, fact(text, "dram-latency"))]
    before, measured = 0, 0
    for name, size, latency in [l for l in levels if l[1]]:
        for kib in chases:
            if 2 * before <= kib <= size / 2:
                close(c, "%d KiB, in %s" % (kib, name), chases[kib], latency)
                measured += 1
        before = size
    c.expect(measured >= len(chases) / 2, "only %d of %d chases were within a level" % (measured, len(chases)))


SMALL = {"l1d": "32 KiB", "l1d-ways": "8 ways", "l2": "256 KiB", "l2-ways": "4 ways", "l2-latency": "17 cycles",
         "slc": "4 MiB", "slc-ways": "8 ways", "slc-latency": "51 cycles", "dram-latency": "311 cycles"}


@run.case("levels of a model of the test's own")
def _(c):
    levels_of(c, with_facts(text_of("lab"), SMALL))


@run.case("the same in order")
def _(c):
    levels_of(c, with_facts(text_of("lab"), SMALL), "inorder")


@run.case("without a system cache")
def _(c):
    levels_of(c, with_facts(text_of("lab"), dict(SMALL, slc="0 KiB")))


ALONE = dict(SMALL, **{"prefetch-degree": "0 number"})


@run.case("misses in flight limit a stream")
def _(c):
    for misses in (4, 16):
        text = with_facts(text_of("lab"), dict(ALONE, **{"l1d-mshr": "%d entries" % misses}))
        close(c, "%d misses in flight" % misses, measure(c, text)[3], (311 - load_latency(text)) / misses)


@run.case("memory's bandwidth limits a stream")
def _(c):
    text = with_facts(text_of("lab"), dict(ALONE, **{"l1d-mshr": "64 entries", "l2-mshr": "64 entries",
                                                     "dram-bandwidth": "4 bytes-per-cycle"}))
    close(c, "4 bytes a cycle", measure(c, text)[3], 64 / 4)


@run.case("maintenance by address")
def _(c):
    _, _, m, _ = measure(c, with_facts(text_of("lab"), SMALL))
    c.expect(m["zeroed-refills"] <= 2, "%d refills by DC ZVA" % m["zeroed-refills"])
    close(c, "after DC CIVAC", m["cycles"] / m["loads"], 51)


for path in sorted(glob.glob(os.path.join(MODELS, "*.model"))):
    @run.case("levels of %s" % os.path.basename(path)[:-6])
    def _(c, name=os.path.basename(path)[:-6]):
        levels_of(c, with_facts(text_of(name), {}))


# Everything finds room in L1D, nothing in the TLBs.
WALKS = {"l1d": "1 MiB", "l1d-ways": "16 ways", "l1d-tlb": "4 entries", "l2-tlb": "16 entries", "l2-tlb-ways": "4 ways",
         "l2-tlb-latency": "7 cycles", "walk-step": "3 cycles"}


def walks_of(c, one_stage, two_stages, caches):
    text = with_facts(text_of("lab"), dict(WALKS, **{"walk-cache-stage1": "%d entries" % caches,
                                                     "walk-cache-stage2": "%d entries" % caches}))
    load = load_latency(text)
    for mode in ("ooo", "inorder"):
        _, walks, _, _ = measure(c, text, mode)
        for levels, w in walks.items():
            want = two_stages if levels else one_stage
            name = "%s, %d levels of stage 2" % (mode, levels)
            # The program's own data is somewhere, too.
            c.expect(0 <= w["walks"] - w["loads"] <= 4, name + ": %d walks of %d loads" % (w["walks"], w["loads"]))
            read = (w["l1d"] - w["accesses"]) / w["walks"]
            c.expect(abs(read - want) < 0.01, name + ": %.3f descriptors a walk, expected %d" % (read, want))
            close(c, name, w["cycles"] / w["loads"], load + 7 + want * (3 + load))
        c.expect(set(walks) == {0, 4}, "stages 2 of %s levels" % sorted(walks))


@run.case("walks without walk caches")
def _(c):
    walks_of(c, 4, 24, 0)


@run.case("walks with walk caches")
def _(c):
    # The last table is known, and where it is; of the output's IPA all but the last level.
    walks_of(c, 1, 2, 16)


@run.case("cycles go on from a snapshot")
def _(c):
    with tempfile.TemporaryDirectory() as d:
        file = os.path.join(d, "middle")
        whole = c.svemu("--smp", "1", "--memory", "512M", "--kernel", PROGRAM, "--timing", "ooo", "--snapshot-at",
                        "700000:" + file, timeout=120, tag="-whole")
        rest = c.svemu("--from", file, "--timing", "ooo", timeout=120, tag="-rest")
    c.exited(rest, guest_status=None)
    c.expect(rest.console.count("\n") > 5 and whole.console.endswith(rest.console), "the rest is another one")
    if c.failures:
        return
    cycles = [r.stats["cpus"][0]["cycles"] for r in (whole, rest)]
    c.expect(cycles[0] == cycles[1], "%d cycles, with a snapshot on the way %d" % tuple(cycles))


if __name__ == "__main__":
    run.main()
