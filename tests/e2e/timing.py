#!/usr/bin/env python3
"""Timing models delay and change nothing else: programs leave the same state and print the same, a boot's user space says
the same words, and cycles are the same in every run, whoever watches, stops, saves and loads."""

import os
import re
import subprocess
import tempfile

import determinism
import run
import watch

run.cases.clear()  # which have added their own
MODES = ("fast", "inorder", "ooo")
BARE = os.path.join(run.TOP, "build", "guest", "bare")
PROGRAMS = ("hello", "sve", "selfmod", "traps", "mte")  # that read no clock
TIMED = ("timer", "timeorder", "irqwindow", "exclusive")  # with several CPUs, or a clock


def model_names():
    text = subprocess.run([run.SVEMU, "--list-models"], capture_output=True).stdout.decode()
    return re.findall(r"(?m)^  (\S+) ", text[text.index("Timing models"):])


def bare(name):
    return ("--memory", "64M", "--kernel", os.path.join(BARE, name + ".bin"))


def same_words(c, results, what):
    """Of results by mode."""
    for mode in MODES[1:]:
        c.expect(results[mode] == results["fast"], "%s: '%s' with %s, '%s' with fast"
                 % (what, str(results[mode])[-300:], mode, str(results["fast"])[-300:]))


# ---- The same state ----

@run.case("programs leave the same registers and memory")
def left(c):
    for name in PROGRAMS:
        ends, cycles = {}, {}
        for mode in MODES:
            r = watch.drive(c, "end", ("0",), *bare(name), "--cpu", "all:FEAT_MTE3=yes", "--timing", mode)
            ends[mode] = [l for l in r.console.split("\n") if l.startswith("end")]
            cycles[mode] = watch.number(c, r, "cycles")
        same_words(c, ends, name)
        c.expect(len(set(cycles.values())) == 3, "%s: the cycles are %s" % (name, cycles))


@run.case("programs with a clock and several CPUs")
def timed(c):
    for name in TIMED:
        for mode in MODES[1:]:
            r = c.svemu("--smp", "4", *bare(name), "--timing", mode, tag="-%s-%s" % (name, mode))
            c.exited(r, guest_status=None)
            c.has(r, r"^PASS %s$" % name)
            c.lacks(r, r"^FAIL .*")


def suites(c, names, start):
    """What programs print under Linux, at two vector lengths; up to where start says in fast."""
    command = "; ".join("sh /programs/run.sh %d %s" % (vl, " ".join(names)) for vl in (16, 32))
    printed = {}
    for mode in MODES:
        r = c.boot("6.12", command, "--initrd", run.asset("programs.cpio"), "--cpu", "all:model=max,vl=128+256", "--timing", mode,
                   *(start if mode != "fast" else ()), append="quiet", timeout=1200, tag="-" + mode)
        c.exited(r)
        c.healthy(r)
        c.has(r, r"^=== exit 0$", times=2 * len(names))
        printed[mode] = re.findall(r"(?ms)^=== \S+ \d+\n.*?^=== exit \d+$", r.console)
    same_words(c, printed, "the suites")


run.case("SVE programs under Linux")(lambda c: suites(c, ("gcc-sve",), ("--timing-from", "ec:SVE")))
run.case("programs under Linux, from the boot on", slow=True)(
    lambda c: suites(c, ("gcc-neon", "gcc-sve", "gcc-sve2", "clang-sve", "clang-neon"), ()))


@run.case("a boot says the same with every model", slow=True)
def boots(c):
    command = "echo === user; cat /proc/cpuinfo | grep -v BogoMIPS; svevl --all; uname -a; ls /; echo === end"
    user, kernel = {}, {}
    for mode in MODES:
        r = c.boot("6.12", command, "--timing", mode, timeout=1200, tag="-" + mode)
        c.exited(r)
        c.healthy(r)
        text = [re.sub(r"^\[ *\d+\.\d+\] ", "[] ", l) for l in r.console.split("\n")]
        user[mode] = [l for l in text if not l.startswith("[] ")]
        kernel[mode] = {re.sub(r"0x[0-9a-f]+|[0-9][0-9a-f.]*", "N", l) for l in text if l.startswith("[] ")}
    for mode in MODES[1:]:
        c.expect(user[mode] == user["fast"], "user space says other things with %s" % mode)
        unlike = kernel[mode] ^ kernel["fast"]
        c.expect(not unlike, "the kernel's lines differ with %s: %s" % (mode, sorted(unlike)[:5]))


# ---- The same cycles ----

@run.case("four unlike CPUs twice")
def four(c):
    names = model_names()
    cpus = [o for i in range(4) for o in ("--cpu", "%d:timing-model=%s,timing=%s,vl=128+256" % (i, names[i % len(names)],
                                                                                         "inorder" if i == 3 else "ooo"))]
    a, b = (c.boot("6.12", "svevl; for i in 1 2 3 4; do svevl & done; wait", "--smp", "4", *cpus, "--timing-from", "ec:SVC",
                   "--timing-to", "__arm64_sys_reboot", tag="-%d" % i, timeout=900) for i in (1, 2))
    c.exited(a)
    determinism.differences(c, a, b)
    for cpu in (a.stats or {}).get("cpus", []):
        c.expect(cpu["timing"]["BR_RETIRED"] > 10000, "cpu%d had no model" % cpu["cpu"])
        c.expect(cpu["timing"]["mode"] == "fast", "cpu%d is %s at the end" % (cpu["cpu"], cpu["timing"]["mode"]))


def watched(c, positions, *options):
    for mode in MODES[1:]:
        watch.same(c, positions, ("all", "stops:1", "stops:2"), (*options, "--timing", mode), timeout=900)


run.case("watching and stopping a boot")(lambda c: watched(c, ("300000", "4000000", "12000000"), *watch.boot("true")))
run.case("watching and stopping four CPUs")(
    lambda c: watched(c, ("20000", "50000"), "--smp", "4", *bare("exclusive")))
run.case("watching and stopping a long boot", slow=True)(
    lambda c: watched(c, watch.SHORT, *watch.boot("true")))


# ---- Saved and loaded ----

def go_on(c, at, end, *options, tag=""):
    """A machine that is saved at a count and loaded ends as the one that went on."""
    with tempfile.TemporaryDirectory() as d:
        file = os.path.join(d, "snap")
        whole = c.boot("6.12", "true", *options, "--snapshot-at", "%d:%s" % (at, file), "--max-insns", str(end), tag=tag + "-whole")
        part = c.svemu("--from", file, "--max-insns", str(end - at), tag=tag + "-part")
        for r in (whole, part):
            c.exited(r, status=1, guest_status=None)
        if whole.stats and part.stats:
            for key in ("state_hash", "cpus", "position", "exit_status"):
                a, b = whole.stats.get(key), part.stats.get(key)
                c.expect(a == b, "%s%s differs: %s" % (tag, key, first_difference(a, b)))


def first_difference(a, b):
    """Where in two JSON values."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a:
            if a[key] != b.get(key):
                return "%s: %s" % (key, first_difference(a[key], b.get(key)))
    if isinstance(a, list) and isinstance(b, list):
        for i, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return "%d: %s" % (i, first_difference(x, y))
    return "%s and %s" % (str(a)[:100], str(b)[:100])


@run.case("saved and loaded")
def saved(c):
    unlike = ("--smp", "2", "--cpu", "0:vl=128+256+512", "--cpu", "1:vl=128+256")
    go_on(c, 7000001, 12000000, "--timing", "ooo", *unlike, tag="-ooo")
    go_on(c, 7000001, 12000000, "--timing", "inorder", tag="-inorder")
    go_on(c, 5000000, 12000000, "--timing", "ooo", "--timing-from", "insn:8000000", tag="-before")
    go_on(c, 9000000, 12000000, "--timing", "ooo", "--timing-from", "ec:BRK", "--timing-to", "insn:11000000", tag="-between")


if __name__ == "__main__":
    run.main()
