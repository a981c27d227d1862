#!/usr/bin/env python3
"""make bench: the same boots and loops on svemu and on QEMU, in turns, and the medians of their times.

    bench.py [--runs N] [--only ROW]         N runs of each (default 5); ROW is boot, guest, timing, sve or trace
    bench.py --parent SVEMU [--runs N]       what another build's boot takes beside this one's, N pairs (default 20)

Rows: boot is Linux 6.12 on one CPU to poweroff; guest is a host boot, vmm, and a guest Linux to user space; sve is
tests/guest/bare/svespeed.c, nanoseconds of processor time an instruction; timing is how many instructions a second a boot
runs at with the timing models; trace is how many instructions a second svemu does
while it writes traces of a boot."""

import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import run

MACHINE = ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "max,pauth-impdef=on", "-accel", "tcg,thread=single",
           "-nic", "none", "-m", "1024", "-nographic"]
KERNEL = run.asset("linux-6.12/Image")
GUEST = "vmm --kernel /boot/Image --initrd /boot/initrd --cmd true"
ROWS = {"boot": ("Linux 6.12 to poweroff, 1 CPU", "true", 1, 1.5),
        "guest": ("the same, and vmm with a guest Linux to user space", GUEST, 2, 0.8)}
MIB = 1024


def option(name, default):
    return (sys.argv + [""])[sys.argv.index(name) + 1] if name in sys.argv else default


def compiler():
    """What built svemu: the compiler's own first line."""
    with open(os.path.join(run.TOP, "build", "flags")) as f:
        words = f.read().split()
    version = subprocess.run([words[0], "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout.split("\n")[0]
    flags = [w for w in words[:words.index(":")] if w.startswith(("-O", "-g", "-march", "-m"))]
    return "%s %s" % (version, " ".join(flags))


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return re.search(r"model name\s*: (.*)", f.read()).group(1)
    except (OSError, AttributeError):
        return platform.machine()


def once(which, name, command, initrd, boots, turn):
    """One run, checked to have reached the end: a wrong run has no time."""
    text = ["-kernel", KERNEL, "-initrd", initrd, "-append", "console=ttyAMA0 svemu.cmd=\"%s\"" % command]
    log = os.path.join(run.LOGS, "bench-%s-%s-%d.log" % (name, which, turn))
    with tempfile.TemporaryDirectory() as d:
        stats = os.path.join(d, "stats.json")
        r = run.run([run.SVEMU, "-m", "1024", *text, "--stats", stats] if which == "svemu" else [run.QEMU, *MACHINE, *text],
                    600, log, stats)
    if r.status != 0 or len(re.findall(r"^svemu: exit 0$", r.console, re.M)) != boots:
        print("FAIL %s on %s did not run to its end, console in %s" % (name, which, os.path.relpath(log, run.TOP)))
        print("0 passed, 1 failed")
        sys.exit(1)
    return r


def row(name, runs, initrd):
    """Both programs in turns. Returns the ratio."""
    title, command, boots, target = ROWS[name]
    have = ["svemu"] + (["QEMU"] if os.path.exists(run.QEMU) else [])
    results = {which: [] for which in have}
    for turn in range(1, runs + 1):
        for which in have:
            results[which].append(once(which, name, command, initrd, boots, turn))
            print("  %s: run %d of %d, %s %.2f s" % (name, turn, runs, which, results[which][-1].seconds), flush=True)
    ours = results["svemu"]
    median = {which: statistics.median(r.seconds for r in rs) for which, rs in results.items()}
    print("\n%s: %s" % (name, title))
    for which, rs in results.items():
        print("  %-6s median %6.2f s (%.2f to %.2f), peak resident %d MiB" % (
            which, median[which], min(r.seconds for r in rs), max(r.seconds for r in rs), max(r.peak_kib for r in rs) // MIB))
    print("  svemu: %d instructions, %.0f MIPS (median)" % (
        ours[0].stats["instructions"], statistics.median(r.stats["mips"] for r in ours)))
    touched = ours[0].stats.get("ram_touched")
    if touched:
        budget = touched // 1024 + (128 + 64) * MIB
        print("  svemu: the guest touched %d MiB; with the code cache's 128 MiB and 64 MiB more: %d MiB allowed, %s" % (
            touched >> 20, budget // MIB, "kept" if max(r.peak_kib for r in ours) <= budget else "NOT KEPT"))
    if "QEMU" not in median:
        print("  without QEMU no ratio: .ci/fetch qemu installs it under build/deps")
        return None, target
    ratio = median["svemu"] / median["QEMU"]
    print("  ratio %.2f of QEMU's time, target at most %.1f: %s\n" % (ratio, target, "met" if ratio <= target else "NOT MET"))
    return ratio, target


# The loops of svespeed that must be faster than QEMU's at every length; the others are shown.
GATE = ("fmla", "add_b", "add_s", "add_d", "add_s_half", "ld1", "st1", "sel", "gather", "scatter", "tbl")


def gated(name):
    return name.startswith(GATE) and not name.endswith("_all")


def cpu_seconds(pid):
    """Processor time of a running program, taken when it has come to rest: other work on the host does not count."""
    clock, before = (~pid << 3) | 2, -1.0  # Linux's clock number of a process
    while True:
        now = time.clock_gettime(clock)
        if now - before < 20e-6:
            return now
        before = now
        time.sleep(0.001)


class Loops:
    """svespeed in one of the programs, which sleeps until asked for the next loop."""

    def __init__(self, which):
        payload = os.path.join(run.TOP, "build", "guest", "bare", "svespeed.bin")
        command = ([run.SVEMU, "--memory", "256M", "--cpu", "all:vl=max", "--kernel", payload] if which == "svemu" else
                   [run.QEMU, *MACHINE, "-kernel", payload])
        self.which, self.last, self.overhead = which, "", 0
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def line(self, first):
        """The next line that begins with this word, as words, and the processor time; None at the end."""
        for text in self.process.stdout:
            words = text.decode("utf-8", "replace").split()
            self.last = " ".join(words) or self.last
            if words[:1] == [first]:
                return words, cpu_seconds(self.process.pid)
        return None

    def go_on(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def next(self):
        """((loop, bits), nanoseconds an instruction) of the next loop, None behind the last one."""
        begin = self.line("loop")
        if not begin:
            return None
        self.go_on()
        end = self.line("end")
        if not end:
            return None
        self.go_on()
        (_, name, bits, count), seconds = begin[0], end[1] - begin[1]
        if name == "nothing":
            self.overhead = seconds
        return (name, int(bits)), max(seconds - self.overhead, 0) * 1e9 / int(count)

    def finish(self):
        if self.process.wait() != 0 or self.last != "PASS svespeed":
            print("FAIL svespeed on %s: status %s, last line: %s" % (self.which, self.process.returncode, self.last))
            print("0 passed, 1 failed")
            sys.exit(1)


def timed_loops(have):
    """[(loop, bits)], and of each program its times. Loop by loop in turns: the host's speed changes within seconds."""
    programs = [Loops(which) for which in have]
    times = {which: {} for which in have}
    while True:
        results = [p.next() for p in programs]
        if None in results:
            break
        for p, (key, ns) in zip(programs, results):
            times[p.which][key] = ns
    for p in programs:
        p.process.stdin.close()
        p.finish()
    return times


def sve(runs):
    """Returns how many (loop, length) that must be faster than QEMU are, and how many are not."""
    have = ["svemu"] + (["QEMU"] if os.path.exists(run.QEMU) else [])
    results = []
    for turn in range(1, runs + 1):
        results.append(timed_loops(have))
        print("  sve: run %d of %d" % (turn, runs), flush=True)
    keys = [key for key in results[0]["svemu"] if key[0] != "nothing"]
    lengths = sorted({bits for _, bits in keys})
    print("\nsve: nanoseconds an instruction, svemu / QEMU = ratio (medians), by vector length; * must be below 1")
    print("  %-14s" % "" + "".join("%24s" % ("%d bits" % bits) for bits in lengths))
    met, missed = 0, []
    for name in dict.fromkeys(name for name, _ in keys):
        cells = []
        for bits in lengths:
            ours, theirs = ([r[which][name, bits] for r in results] for which in (have * 2)[:2])
            ratio = statistics.median(a / b if b > 0.05 else math.inf for a, b in zip(ours, theirs))
            if len(have) < 2:
                cells.append("%24s" % ("%.1f" % statistics.median(ours)))
                continue
            cells.append("%24s" % ("%.1f / %.1f = %s" % (statistics.median(ours), statistics.median(theirs),
                                                         "%.2f" % ratio if ratio < 100 else "-")))
            if gated(name):
                met += ratio < 1
                missed += ["%s at %d bits" % (name, bits)] if ratio >= 1 else []
        print("  %-14s%s" % (name + " *" * gated(name), "".join(cells)))
    print("  slower than QEMU: %s\n" % (", ".join(missed) or "none") if "QEMU" in have else
          "  without QEMU no ratio: .ci/fetch qemu installs it under build/deps\n")
    return met, len(missed)


# What is traced, to a file of this kind, over so many instructions.
TRACES = (("no trace", None, "", 300), ("exceptions", "exceptions", "txt", 300), ("insn", "insn", "svt", 60),
          ("insn,regs,mem", "insn,regs,mem", "svt", 60), ("insn,regs,mem", "insn,regs,mem", "txt", 15),
          ("insn,regs,mem", "insn,regs,mem", "tarmac", 15))


def traces(runs):
    """Each trace of a boot's first instructions: millions a second, wall-clock and the process's own time, bytes for each.
    Returns how many of the binary ones do several million in a second of processor time, and how many do not."""
    met = missed = 0
    kinds = {"svt": "binary", "txt": "text", "tarmac": "Tarmac", "": "-"}
    print("trace: a boot of Linux 6.12, 1 CPU\n  %-16s%-10s%24s%24s%12s" % (
        "", "to", "million a second", "of processor time", "bytes each"))
    for name, what, ending, millions in TRACES:
        rates, cpu_rates, size = [], [], 0
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as d:
                file = os.path.join(d, "trace." + ending)
                command = [run.SVEMU, "--kernel", KERNEL, "--initrd", run.asset("initrd.cpio.gz"), "--append", "console=ttyAMA0",
                           "--max-insns", "%d000000" % millions] + (["--trace", "%s=%s" % (what, file)] if what else [])
                before, start = os.times(), time.time()
                status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        check=False).returncode
                seconds, after = time.time() - start, os.times()
                used = after.children_user + after.children_system - before.children_user - before.children_system
                size = os.path.getsize(file) if what else 0
            if status != 1:
                print("FAIL a run with %s ended with status %s" % (name, status))
                print("0 passed, 1 failed")
                sys.exit(1)
            rates.append(millions / seconds)
            cpu_rates.append(millions / used)
        print("  %-16s%-10s%24.1f%24.1f%12.2f" % (name, kinds[ending], statistics.median(rates), statistics.median(cpu_rates),
                                                  size / millions / 1e6), flush=True)
        if ending == "svt":
            met, missed = met + (statistics.median(cpu_rates) >= 3), missed + (statistics.median(cpu_rates) < 3)
    print("  binary traces must do 3 million: %d do, %d do not\n" % (met, missed))
    return met, missed


def boot_time(binary, *options):
    """Seconds of processor time and instructions of one boot to poweroff."""
    with tempfile.TemporaryDirectory() as d:
        stats = os.path.join(d, "stats.json")
        before = os.times()
        r = run.run([binary, "--kernel", KERNEL, "--initrd", run.asset("initrd.cpio.gz"), "--append",
                     "console=ttyAMA0 svemu.cmd=\"true\"", "--stats", stats, *options], 600, os.path.join(run.LOGS, "bench-timing.log"),
                    stats)
        after = os.times()
    if r.status != 0:
        print("FAIL a boot with %s ended with status %s\n0 passed, 1 failed" % (" ".join(options) or "no option", r.status))
        sys.exit(1)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, r.stats["instructions"]


def timing(runs):
    """Millions of instructions a second of processor time in each mode; the out-of-order model must do 100."""
    print("timing: Linux 6.12 to poweroff, 1 CPU, model lab\n  %-10s%24s" % ("", "of processor time"))
    median = 0
    for mode in "fast", "inorder", "ooo":
        rates = [count / seconds / 1e6 for seconds, count in (boot_time(run.SVEMU, "--timing", mode) for _ in range(runs))]
        median = statistics.median(rates)
        print("  %-10s%24.1f" % (mode, median), flush=True)
    print("  ooo must do 100 million a second: it does%s\n" % ("" if median >= 100 else " not"))
    return median >= 100, median < 100


def beside(parent, pairs):
    """Boots of this build and another in turns: the ratio of their processor times."""
    ratios = []
    for turn in range(pairs):
        order = [parent, run.SVEMU] if turn % 2 else [run.SVEMU, parent]
        took = {binary: boot_time(binary)[0] for binary in order}
        ratios.append(took[run.SVEMU] / took[parent])
    mean, error = statistics.mean(ratios), statistics.stdev(ratios) / math.sqrt(pairs)
    print("parent: %d pairs of boots, this build's time by the other's: median %.3f, mean %.3f, 95 %% interval to %.3f" % (
        pairs, statistics.median(ratios), mean, mean + 2.09 * error))
    return mean + 2.09 * error <= 1.02


def main():
    runs, only = option("--runs", "5"), option("--only", None)
    if not runs.isdigit() or runs == "0" or only not in (None, "timing", "sve", "trace", *ROWS):
        print("bench.py: --runs is a number from 1 on and --only one of %s, not %s and %s" % (
            ", ".join([*ROWS, "timing", "sve", "trace"]), runs, only), file=sys.stderr)
        return 2
    runs = int(runs)
    print("svemu built by %s" % compiler())
    if os.path.exists(run.QEMU):
        print(subprocess.run([run.QEMU, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout.split("\n")[0])
    print("Debian's Linux %s; host: %s, %d CPUs, load %.1f\n" % (
        run.kernel_version("6.12"), processor(), os.cpu_count(), os.getloadavg()[0]), flush=True)
    parent = option("--parent", None)
    if parent:
        good = beside(parent, runs if "--runs" in sys.argv else 20)
        print("%d passed, %d failed" % (good, not good))
        return 0
    met = missed = 0
    with tempfile.TemporaryDirectory() as d:
        both = os.path.join(d, "initrd")
        with open(both, "wb") as out:
            for part in "initrd.cpio.gz", "linux-6.12/kvm.cpio":
                with open(run.asset(part), "rb") as f:
                    out.write(f.read())
        for name in ROWS:
            if only in (None, name):
                ratio, target = row(name, runs, both if name == "guest" else run.asset("initrd.cpio.gz"))
                met, missed = met + (ratio is not None and ratio <= target), missed + (ratio is not None and ratio > target)
    if only in (None, "timing"):
        more = timing(runs)
        met, missed = met + more[0], missed + more[1]
    if only in (None, "trace"):
        more = traces(runs)
        met, missed = met + more[0], missed + more[1]
    if only in (None, "sve"):
        more = sve(runs)
        met, missed = met + more[0], missed + more[1]
    print("%d passed, %d failed" % (met, missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
