#!/usr/bin/env python3
"""The kernel's own selftests (arm64/fp, abi, signal, pauth and kvm), run in the host under VHE and nVHE: each passes, fails
or is skipped as on QEMU. What QEMU gives is kept in tests/selftests/expected-SERIES.txt, made by --record; where svemu gives
something else, tests/selftests/explained.txt says what and why, and anything else is a failure. Without --all a part that
is quick. build/selftests/SERIES.cpio comes from `make selftests`; a series that has none is skipped."""

import fnmatch
import itertools
import os
import re
import subprocess
import sys
import tempfile

import run

FOLDER = os.path.join(run.TOP, "tests", "selftests")
SERIES = [k for k in reversed(run.KERNELS) if os.path.exists(os.path.join(run.TOP, "build", "selftests", k + ".cpio"))]
MODES = {"VHE": "", "nVHE": "kvm-arm.mode=nvhe"}

# Two CPUs of 250 MHz: tests that wait for seconds of guest time then cost few instructions. No memory tags, as in QEMU.
CPUS = 2
SVEMU = ("--smp", str(CPUS), "--memory", "2G", "--cpu", "all:model=max,vl=max,clock=250MHz")
# QEMU's time follows its instructions too, else slow emulation makes tests of timers fail. SME is not what is compared.
QEMU = ("-M", "virt,virtualization=on,gic-version=3", "-cpu", "max,sme=off", "-smp", str(CPUS), "-m", "2G", "-nic", "none",
        "-accel", "tcg,thread=single", "-icount", "shift=2,sleep=off", "-display", "none", "-monitor", "none", "-serial", "stdio")

# Seconds of guest time, then the tests: a name stands for all that begin with it, =ARGUMENTS ("+" for a blank) makes one
# smaller that by itself takes minutes: less memory, fewer rounds, one of the guest's page sizes (-m 3: 4 KiB).
GROUPS = {
    "arm64": (60, ["arm64/"]),
    "kvm for one feature": (60, [
        "kvm/aarch64/a", "kvm/aarch64/d", "kvm/aarch64/h", "kvm/aarch64/n", "kvm/aarch64/page_fault_test=-m+3", "kvm/aarch64/ps",
        "kvm/aarch64/s", "kvm/aarch64/v", "kvm/arch_timer=-i+2+-n+2", "kvm/get-reg", "kvm/guest_print", "kvm/kvm_binary",
        "kvm/steal"]),
    "kvm for memory": (30, [
        "kvm/access", "kvm/coalesced", "kvm/demand_paging_test=-m+3+-b+16M", "kvm/dirty_log_perf_test=-m+3+-b+16M",
        "kvm/dirty_log_test=-m+3+-i+3", "kvm/kvm_create", "kvm/kvm_page_table_test=-m+3+-b+16M",
        "kvm/memslot_modification_stress_test=-b+4M+-i+3", "kvm/memslot_perf_test=-l+1+-s+512", "kvm/rseq", "kvm/set_mem"]),
}
QUICK = (30, ["arm64/abi", "arm64/signal", "arm64/pauth", "arm64/fp/v", "arm64/fp/sve", "kvm/aarch64/hyper", "kvm/aarch64/ps",
              "kvm/aarch64/vgic_init", "kvm/get-reg"])


def outcomes(console):
    """{test: outcome} from the lines of /selftests/run: "pass 12 0 3" is a status and numbers of subtests (ok, not ok,
    skipped); a test that was stopped counts none."""
    found, name = {}, None
    for line in console.split("\n"):
        m = re.search(r"svemu: selftest (\S+) (?:begins|status (\d+))", line)
        if m and m.group(2) is None:
            name, counts = m.group(1), [0, 0, 0]
            found[name] = "does not end"
        elif m and name == m.group(1):
            status = {"0": "pass", "4": "skip", "137": "limit"}.get(m.group(2), "fail")
            found[name], name = status + (" %d %d %d" % tuple(counts) if status != "limit" else ""), None
        elif name:
            m = re.match(r"\s*(?:(ok)|(not ok)) \d+", line)
            if m:
                counts[2 if "# SKIP" in line else 0 if m.group(1) else 1] += 1
    return found


def guest(mode, group):
    """The kernel's command line for one boot."""
    limit, tests = group
    return 'console=ttyAMA0 loglevel=4 %s svemu.cmd="/selftests/run %d %s"' % (MODES[mode], limit, " ".join(tests))


def initrds(series):
    return run.asset("initrd.cpio.gz"), os.path.join(run.TOP, "build", "selftests", series + ".cpio")


def table(name):
    """Rows of a file of columns, without comments."""
    with open(os.path.join(FOLDER, name)) as f:
        return [line.split() for line in f if line.strip() and not line.startswith("#")]


def compare(c, series, mode, group):
    """One boot: every test's outcome is QEMU's, or the one that is explained."""
    options = [o for file in initrds(series) for o in ("--initrd", file)]
    r = c.svemu("--kernel", run.asset("linux-%s/Image" % series), *options, "--append", guest(mode, group), *SVEMU,
                timeout=3600)
    c.exited(r)
    qemu = {row[1]: " ".join(row[2:]) for row in table("expected-%s.txt" % series) if row[0] == mode}
    ours = outcomes(r.console)
    c.expect(ours, "no test ran")
    for name, outcome in ours.items():
        # a rule: series or *, mode or *, test, svemu's outcome, reason
        own = [row for row in explained if fnmatch.fnmatch(series, row[0]) and fnmatch.fnmatch(mode, row[1]) and
               fnmatch.fnmatch(name, row[2])]
        if own:
            c.expect(any(outcome == rule[3] for rule in own), "%s: %s, explained is %s" % (name, outcome, own[0][3]))
            c.expect(outcome != qemu.get(name), "%s: as on QEMU (%s), so what explained.txt says of it is stale" % (name, outcome))
        else:
            c.expect(outcome == qemu.get(name), "%s: %s, on QEMU %s" % (name, outcome, qemu.get(name, "not run")))
    c.name += ": %d tests" % len(ours)


def rules():
    """explained.txt: SERIES MODE TEST = OUTCOME: REASON, where the first three may be patterns."""
    found = []
    with open(os.path.join(FOLDER, "explained.txt")) as f:
        for line in f:
            m = re.match(r"(\S+) +(\S+) +(\S+) += ([a-z]+(?: \d+ \d+ \d+)?): \S", line)
            if m:
                found.append(m.groups())
            elif line.strip() and not line.startswith("#"):
                raise SystemExit("explained.txt: this is no rule: %s" % line.strip())
    return found


def record(series):
    """Run everything on QEMU and write expected-SERIES.txt."""
    version = subprocess.run([run.QEMU, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    lines = ["# What the selftests of Linux %s give on %s with" % (run.kernel_version(series), version), "#    " + " ".join(QEMU),
             "# by `tests/e2e/selftests.py --record`: mode, test, outcome, subtests that pass, fail, are skipped."]
    with tempfile.NamedTemporaryFile() as initrd:
        for file in initrds(series):
            with open(file, "rb") as f:
                initrd.write(f.read())
        initrd.flush()
        for mode, (name, group) in itertools.product(MODES, GROUPS.items()):
            command = [run.QEMU, *QEMU, "-kernel", run.asset("linux-%s/Image" % series), "-initrd", initrd.name, "-append",
                       guest(mode, group)]
            log = os.path.join(run.LOGS, "selftests-qemu-%s-%s-%s.log" % (series, mode, name.replace(" ", "-")))
            r = run.run(command, 3600, log)
            lines += ["%-4s %-44s %s" % (mode, test, outcome) for test, outcome in sorted(outcomes(r.console).items())]
            print("%s %s %s: %.0f s" % (series, mode, name, r.seconds), flush=True)
            with open(os.path.join(FOLDER, "expected-%s.txt" % series), "w") as f:
                f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if "--record" in sys.argv:
        for s in SERIES:
            record(s)
        sys.exit(0)
    if not SERIES:
        print("skip selftests: they are not built; make selftests does that\n0 passed, 0 failed, 1 skipped")
        sys.exit(0)
    explained = rules()
    for s in SERIES:
        for m in MODES:
            run.case("quick, %s on %s" % (m, s))(lambda c, s=s, m=m: compare(c, s, m, QUICK))
            for g in GROUPS:
                run.case("%s, %s on %s" % (g, m, s), slow=True)(lambda c, s=s, m=m, g=g: compare(c, s, m, GROUPS[g]))
    run.main()
