#!/usr/bin/env python3
"""Trace formats from whole runs: a program at EL2, and a KVM guest's first entries under both kinds of host. Each format is
written at once and made of the binary file later, which must give the same bytes, and is accepted by the checkers of
tests/trace: a million instructions hold Tarmac against what the instructions do.

Where TARMAC_UTILS=DIR names Arm's Tarmac Trace Utilities they index the Tarmac files; where trace_processor is installed it
reads the JSON."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import run

sys.path.insert(0, os.path.join(run.TOP, "tests", "trace"))
import chrome
import folded
import tarmac

ALL = "insn,regs,mem,exceptions,sysreg,vl,irq"
FORMATS = ("tarmac", "json", "folded")
GUEST = "vmm --vcpus 1 --mem 16M --payload /bare/hello.bin"


def read(path):
    with open(path, encoding="latin-1", newline="") as f:
        return f.read()


def files_of(path):
    """The files that a format has made: Tarmac has one for each CPU."""
    name, ending = os.path.splitext(path)
    return sorted(f for f in glob.glob(name + "*" + ending))


def traced(c, d, filters, cpus, start):
    """A run with every format at once; each one's files again from the binary one. start(options): the run."""
    options = []
    for ending in ("svt",) + FORMATS:
        options += ["--trace", "%s%s=%s" % (ALL, filters, os.path.join(d, "now." + ending))]
    r = start(options)
    for f in FORMATS:
        p = subprocess.run([run.SVEMU, "trace", "dump", os.path.join(d, "now.svt"), "--format", f, "-o", os.path.join(d, "later." + f)],
                           capture_output=True, text=True, timeout=300)
        c.expect(p.returncode == 0, "svemu trace dump --format %s: %s" % (f, p.stderr))
        now, later = files_of(os.path.join(d, "now." + f)), files_of(os.path.join(d, "later." + f))
        c.expect(len(now) == len(later) == (cpus if f == "tarmac" else 1), "%s: files %s and %s" % (f, now, later))
        for a, b in zip(now, later):
            c.expect(read(a) == read(b), "%s is not what the binary file gives" % os.path.basename(a))
    return r


def check_tarmac(c, d):
    lines = 0
    for path in files_of(os.path.join(d, "now.tarmac")):
        with open(path, encoding="latin-1") as f:
            wrong = tarmac.check(f)
        lines += read(path).count("\n")
        c.expect(not wrong, "%s:%s: %s" % ((os.path.basename(path),) + (wrong or (0, ""))))
        utilities(c, path)
    return lines


def utilities(c, path):
    program = os.path.join(os.environ.get("TARMAC_UTILS", ""), "tarmac-calltree")
    if os.environ.get("TARMAC_UTILS"):
        p = subprocess.run([program, "-q", "--only-index", "--force-index", "--index", path + ".index", path], capture_output=True, text=True, timeout=600)
        c.expect(p.returncode == 0 and not p.stderr.strip(), "%s: %s" % (program, p.stderr[-500:]))


def check_json(c, d):
    path = os.path.join(d, "now.json")
    wrong = chrome.check(read(path))
    c.expect(not wrong, "now.json: %s" % wrong)
    program = shutil.which("trace_processor") or shutil.which("trace_processor_shell")
    if program:
        p = subprocess.run([program, "--query-string", "select count(*) from slice;", path], capture_output=True, text=True, timeout=300)
        c.expect(p.returncode == 0, "%s: %s" % (program, p.stderr[-500:]))
    return json.loads(read(path))["traceEvents"] if not wrong else []


def check_folded(c, d):
    lines = read(os.path.join(d, "now.folded")).splitlines(True)
    wrong = folded.check(lines)
    c.expect(not wrong, "now.folded:%s: %s" % (wrong or (0, "")))
    return lines


def instructions(d):
    """Executed instructions of the Tarmac files: those that took an exception in their place are not."""
    return sum(read(path).count(" ns IT (") + read(path).count(" ns IS (") for path in files_of(os.path.join(d, "now.tarmac")))


def payload(c, name, cpus, lines, status=0, *options):
    with tempfile.TemporaryDirectory() as d:
        r = traced(c, d, "", cpus, lambda o: c.svemu("--smp", str(cpus), "--memory", "256M", "--cpu", "all:vl=128+256+512", "--kernel",
                                                     os.path.join(run.TOP, "build", "guest", "bare", name + ".bin"), *options, *o))
        c.expect(r.status == status, "ended with status %s" % r.status)
        check_tarmac(c, d)
        events = check_json(c, d)
        c.expect([e for e in events if e.get("name") == "EL2"], "no span of EL2")
        # SMC, the last instruction, ends the machine: it returns to nobody
        c.expect(abs(folded.total(check_folded(c, d)) - instructions(d)) <= 1000, "instructions of stacks and of Tarmac")
        text = "".join(read(f) for f in files_of(os.path.join(d, "now.tarmac")))
        for line in lines:
            c.expect(re.search(line, text), "no line with %s" % line)


def guest(c, kernel, mode, start, functions):
    with tempfile.TemporaryDirectory() as d:
        r = traced(c, d, ":start=%s,stop=kvm_arch_vcpu_put" % start, 1,
                   lambda o: c.boot(kernel, GUEST, "--cpu", "all:vl=128+256", *o, append=mode, tag="-" + (mode[-4:] or "vhe")))
        c.exited(r)
        c.has(r, r"^PASS hello$")
        check_tarmac(c, d)
        events = check_json(c, d)
        spans = {e["name"] for e in events if e.get("cat") == "el"}
        c.expect({"EL2", "EL1 VMID 1"} <= spans, "spans: %s" % sorted(spans))
        switches = [e for e in events if e.get("cat") == "switch"]
        c.expect(switches and all(e["args"]["instructions"] > 100 and e["args"]["reason"] for e in switches), "world switches: %s" % switches[:2])
        runs = [e for e in events if e.get("cat") == "vcpu"]
        c.expect(len(runs) > len(switches), "%d runs of the vCPU, %d world switches" % (len(runs), len(switches)))
        left_out = [e for e in events if e.get("name") == "left out"]
        c.expect(left_out, "the trace stops whenever the host's program goes on, but nothing is left out")
        names = {e["args"]["name"] for e in events if e["ph"] == "M"}
        c.expect("VMID 1" in names and names & {"vCPU 0.0.0.0", "vCPU on CPU 0"}, "the vCPU has no name: %s" % sorted(names))
        stacks = "".join(check_folded(c, d))
        for name in functions:
            c.expect(name in stacks, "no stack with %s" % name)


run.case("vector lengths at EL2")(lambda c: payload(c, "sve", 2, (" R ZCR_EL2 ", " R X0 ", "DebugEvent_CurrentVL 00000100")))
run.case("SVE at EL2")(lambda c: payload(c, "svespeed", 1, (r" R Z\d+<\d+:0> ", r" R P\d+<\d+:0> "), 1, "--max-insns", "400000"))
run.case("exceptions and traps at EL2")(lambda c: payload(c, "traps", 1, (" E .* CoreEvent_LOWER_64_SYNC", " IF ", " R ESR_EL2 ")))
run.case("a guest of a VHE host")(lambda c: guest(c, "6.12", "", "__kvm_vcpu_run", (
    "guest 1;", "host;", "__kvm_vcpu_run_vhe", "__activate_traps", "handle_exit")))
run.case("a guest of an nVHE host", slow=True)(lambda c: guest(c, "6.1", "kvm-arm.mode=nvhe", "kvm_arch_vcpu_ioctl_run", (
    "guest 1;", "hyp;", "host;")))

if __name__ == "__main__":
    run.main()
