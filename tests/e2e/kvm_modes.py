#!/usr/bin/env python3
"""KVM in all its modes: each kernel, asked for each mode, where HCR_EL2.E2H is free and where it is fixed to 1 (FEAT_E2H0
absent), says which mode it came up in, and what becomes of a guest with and one without SVE. The answers stand in
kvm_modes.txt, recorded on QEMU where QEMU has such a CPU; svemu must give the same. What a kernel refuses, or falls back
from, or dies of, is an answer like any other.

kvm_modes.py --record boots every cell that QEMU can have on QEMU and writes these rows of the table anew."""

import concurrent.futures
import os
import re
import subprocess
import sys

import run

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kvm_modes.txt")
# What the host's command line asks for, and what the guests' do.
MODES = {"default": ("", ""), "nvhe": ("kvm-arm.mode=nvhe", ""), "protected": ("kvm-arm.mode=protected", ""),
         "protected, guest without MOPS": ("kvm-arm.mode=protected", " arm64.nomops"), "hvhe": ("arm64_sw.hvhe=1", "")}
E2H = {"free": ("", ""), "fixed": (",FEAT_E2H0=no", ""), "fixed, no SVE": (",FEAT_E2H0=no", " arm64.nosve")}
GUESTS = {"with SVE": "--sve-max-vl 256", "without SVE": "--no-sve"}


def command(mode):
    """Both guests, one after the other. One that panics resets itself, which ends it."""
    return "; ".join("echo guest %s; vmm %s --print-sve-vls --kernel /boot/Image --initrd /boot/initrd "
                     "--append 'console=ttyAMA0 quiet panic=-1%s' --cmd svevl; echo ended $?"
                     % (name, option, MODES[mode][1]) for name, option in GUESTS.items())


def answers(console):
    """What the kernel says about its mode, and what each guest got: its last lines, or vmm's complaint."""
    host = console.split("\nguest ")[0]
    mode = re.findall(r"(?m)^\[[^]]*\] (?:kvm \[1\]: )?(.*(?:mode initialized|Protected KVM|HYP mode not|KVM.* disabled).*)$", host)
    warned = re.findall(r"WARNING: CPU: \d+ PID: \d+ at (?:\S+ )?(\w+)", host)
    result = ["; ".join(mode + ["warning in " + w for w in warned]) or "no KVM"]
    for name in GUESTS:
        m = re.search(r"(?ms)^guest %s$(.*?)^ended (\d+)$" % name, console)
        said = re.findall(r"(?m)^(?:\[[^]]*\] )?(vmm: (?!the guest asked ).*|svevl: cpu .*|Kernel panic - not syncing: .*)$", m.group(1)) if m else ["did not end"]
        result.append("; ".join(said + (["status " + m.group(2)] if m and m.group(2) != "0" else [])))
    return result


def read_table():
    """The comment on top, and the rows: (kernel, mode, E2H) to [mode line, guest with SVE, guest without, source]."""
    comment, rows = [], {}
    with open(TABLE) as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                comment.append(line)
            else:
                cells = [c.strip() for c in line.split(" | ")]
                rows[tuple(cells[:3])] = cells[3:]
    return comment, rows


def write_table(comment, rows):
    with open(TABLE, "w") as f:
        f.writelines(comment)
        for key in sorted(rows, key=lambda k: (k[0] != "6.1", E2H_ORDER.index(k[2]), MODE_ORDER.index(k[1]))):
            f.write(" | ".join(list(key) + rows[key]) + "\n")


MODE_ORDER, E2H_ORDER = list(MODES), list(E2H)


def qemu_version():
    text = subprocess.run([run.QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    return "QEMU " + re.search(r"version (\S+)", text).group(1)


def on_qemu(kernel, mode):
    log = os.path.join(run.LOGS, "kvm_modes-qemu-%s-%s.log" % (kernel, mode.replace(", ", "-").replace(" ", "-")))
    both = os.path.join(run.LOGS, "kvm_modes-%s.cpio" % kernel)
    return run.run([run.QEMU, "-M", "virt,virtualization=on,gic-version=3", "-cpu", "max,pauth-impdef=on,sve-max-vq=2",
                    "-accel", "tcg", "-nographic", "-nic", "none", "-m", "1024", "-kernel", run.asset("linux-%s/Image" % kernel), "-initrd", both,
                    "-append", "console=ttyAMA0 %s svemu.cmd=\"%s\"" % (MODES[mode][0], command(mode)), "-no-reboot"], 900, log)


def record():
    if not os.path.exists(run.QEMU):
        print("kvm_modes: --record needs QEMU: .ci/fetch qemu installs it under build/deps", file=sys.stderr)
        sys.exit(2)
    comment, rows = read_table()
    os.makedirs(run.LOGS, exist_ok=True)
    for kernel in run.KERNELS:
        with open(os.path.join(run.LOGS, "kvm_modes-%s.cpio" % kernel), "wb") as f:
            for name in "initrd.cpio.gz", "linux-%s/kvm.cpio" % kernel:
                with open(run.asset(name), "rb") as part:
                    f.write(part.read())
                f.write(b"\0" * (-f.tell() % 4))
    cells, missing = [(kernel, mode) for kernel in run.KERNELS for mode in MODES
                      if (kernel, mode) != ("6.1", "protected, guest without MOPS")], False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (kernel, mode), r in zip(cells, pool.map(lambda c: on_qemu(*c), cells)):
            # A QEMU that is killed exits with 0 as well; only our init's last words say that the cell came to its end.
            if r.status == 0 and re.search(r"(?m)^svemu: exit \d+$", r.console) and "terminating on signal" not in r.errors:
                rows[kernel, mode, "free"] = answers(r.console) + [qemu_version()]
                write_table(comment, rows)
                print(kernel, mode, rows[kernel, mode, "free"], "%.0f s" % r.seconds)
            else:
                missing = True
                print("kvm_modes: %s, %s: QEMU did not come to the end (status %s), see %s; its row is left alone"
                      % (kernel, mode, r.status, run.LOGS), file=sys.stderr)
            sys.stdout.flush()
    sys.exit(1 if missing else 0)


def on_svemu(c, kernel, mode, e2h, expected):
    cpu, parameter = E2H[e2h]
    options = ["--cpu", "all:model=max,vl=128+256" + cpu, "--memory", "1G"]
    if expected[0].startswith("dies of "):
        # Before its console is there: the exception that it dies of is all that there is to see.
        r = c.boot(kernel, command(mode), *options, "--max-insns", "20000000", append=MODES[mode][0] + parameter, guest=True)
        c.exited(r, status=1, guest_status=None)
        c.lacks(r, r"Booting Linux")
        c.expect(expected[0][len("dies of "):] in r.stats["cpus"][0]["reasons"]["EL2"],
                 "'%s', but the reasons are %s" % (expected[0], r.stats["cpus"][0]["reasons"]))
        return
    r = c.boot(kernel, command(mode), *options, append=MODES[mode][0] + parameter, guest=True)
    c.exited(r)
    c.lacks(r, r"BUG:|Oops")
    for what, got, want in zip(("mode",) + tuple("guest " + g for g in GUESTS), answers(r.console), expected):
        c.expect(got == want, "%s: '%s', expected '%s'" % (what, got, want))


# One of each kind in `make test`.
QUICK = {("6.1", "default", "fixed"), ("6.1", "nvhe", "fixed, no SVE"), ("6.1", "protected", "free"), ("6.12", "nvhe", "free"),
         ("6.12", "protected", "free"), ("6.12", "nvhe", "fixed"), ("6.12", "hvhe", "fixed")}

if __name__ == "__main__":
    if "--record" in sys.argv[1:]:
        record()
    for key, row in read_table()[1].items():
        run.case("%s, %s, E2H %s" % key, slow=key not in QUICK)(lambda c, k=key, e=row: on_svemu(c, *k, e[:3]))
    run.main()
