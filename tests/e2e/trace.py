#!/usr/bin/env python3
"""Traces of whole systems: the demo's first guest entry by the names of KVM's functions; a traced run is the run; where two
runs part; the last events before a panic; what is made of a binary file."""

import os
import re
import subprocess
import tempfile

import run

GUEST = "vmm --kernel /boot/Image --initrd /boot/initrd --cmd true"
ENTRY = "insn,regs,mem,exceptions,sysreg,vl:start=%s,stop=kvm_handle_guest_abort,windows=2"


def tool(c, *arguments, status=0):
    """svemu trace ...; its standard output and error."""
    p = subprocess.run([run.SVEMU, "trace", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    c.expect(p.returncode == status, "svemu trace %s: status %d, expected %d: %s" % (arguments[0], p.returncode, status, p.stderr))
    return p.stdout, p.stderr


def functions(text):
    """[(EL, VMID or -, function)] of instructions, one for each stay in a function."""
    stays = []
    for line in text.split("\n"):
        m = re.match(r"\d+ cpu\d+ (EL\d) (\S+) [0-9a-f]{16} (\S+) [0-9a-f]{8} ", line)
        if m:
            stay = (m.group(1), m.group(2), m.group(3).split("+")[0])
            if stays[-1:] != [stay]:
                stays.append(stay)
    return stays


def entry(c, start, mode, prefix, host):
    """The first two runs of a vCPU, until the aborts that end them are handled: its functions in their order. The first
    abort is of its first instruction."""
    with tempfile.TemporaryDirectory() as d:
        trace = os.path.join(d, "entry.svt")
        r = c.boot("6.12", GUEST, "--max-insns", "1600000000", "--trace", ENTRY % start + "=" + trace, append=mode, guest=True)
        c.exited(r, status=1, guest_status=None)
        stays = functions(tool(c, "dump", trace, "--only", "insn")[0])
        names = [name for _, _, name in stays]
        guest = [i for i, s in enumerate(stays) if s[:2] == ("EL1", "1")]
        c.expect(names[:1] == [prefix + "__kvm_vcpu_run"], "it begins in %s" % names[:1])
        c.expect(guest and guest[-1] - guest[0] == len(guest) - 1, "the guest's functions are at %s: expected in one piece" % guest)
        for name in ("__kvm_vcpu_run", "__kvm_adjust_pc", "__guest_enter", "__guest_exit", "__deactivate_traps"):
            c.expect(prefix + name in names, "%s%s is not in the trace: %s" % (prefix, name, names[:60]))
        if guest and prefix + "__guest_exit" in names:
            c.expect(names[guest[0] - 1] == prefix + "__guest_enter", "the guest is entered from %s" % names[guest[0] - 1])
            c.expect(prefix + "__guest_exit" in names[guest[0]:], "no __guest_exit behind the guest")
        c.expect(("EL2" if not mode else "EL1", "-", host) in stays, "%s is not at the host's EL" % host)
        taken = [l for l in tool(c, "dump", trace, "--only", "exceptions", "ec=IABT")[0].split("\n") if " -> EL2 " in l]
        c.expect(len(taken) == 2 and "stage 2" in taken[0], "the guest's first aborts: %s" % taken)
        return r


@run.case("a VHE host's first guest entry; the state after it is that of the run without a trace")
def vhe(c):
    traced = entry(c, "__kvm_vcpu_run", "", "", "kvm_handle_guest_abort")
    plain = c.boot("6.12", GUEST, "--max-insns", "1600000000", guest=True)
    for key in "state_hash", "instructions":
        c.expect(traced.stats[key] == plain.stats[key], "%s is %s with a trace and %s without" % (key, traced.stats[key], plain.stats[key]))


@run.case("an nVHE host's first guest entry")
def nvhe(c):
    entry(c, "nvhe:__kvm_vcpu_run", "kvm-arm.mode=nvhe", "__kvm_nvhe_", "kvm_handle_guest_abort")


def early(c, *options):
    return c.boot("6.12", "true", "--max-insns", "40000000", *options)


@run.case("everything on two CPUs: the same state, text and binary alike, smaller ones by filters")
def everything(c):
    with tempfile.TemporaryDirectory() as d:
        text, binary, small = (os.path.join(d, name) for name in ("a.txt", "a.svt", "b.svt"))
        what = "insn,regs,mem,exceptions,sysreg,vl,irq,tlb,walk,device,guest,unimp"
        window = ":insns=39000000-39500000="
        plain = early(c, "--smp", "2")
        traced = early(c, "--smp", "2", "--trace", what + window + text, "--trace", what + window + binary, "--trace", "insn,mem:el=0=/dev/null")
        c.expect(plain.stats["state_hash"] == traced.stats["state_hash"], "the traced run's state is another one")
        with open(text) as f:
            lines = f.read()
        c.expect(lines.count("\n") > 500000, "only %d lines" % lines.count("\n"))
        c.expect(tool(c, "dump", binary)[0] == lines, "the binary trace gives another text")
        tool(c, "filter", binary, "-o", small, "symbol=*", "reg=x0+sp", "insns=39100000-39200000")
        c.expect(tool(c, "dump", small)[0] == tool(c, "dump", binary, "symbol=*", "reg=x0+sp", "insns=39100000-39200000")[0],
                 "a filtered file is not the filtered text")
        c.expect(0 < os.path.getsize(small) < os.path.getsize(binary) / 3, "the filtered file is not smaller")
        c.expect(re.search(r"^ +500001 instructions$", tool(c, "info", binary)[0], re.M), "info does not count the instructions")
        with open(binary, "rb") as f:
            whole = f.read()
        with open(small, "wb") as f:
            f.write(whole[:len(whole) // 2])
        half, said = tool(c, "dump", small, status=2)
        c.expect("cut off" in said and said.count("\n") == 1, "of a file that is cut off: %s" % said)
        c.expect(half and lines.startswith(half[:half.rindex("\n", 0, -1)]), "what stands before the cut is not read")


@run.case("two runs that differ in one vector length part where it is first seen")
def parted(c):
    with tempfile.TemporaryDirectory() as d:
        files = [os.path.join(d, name) for name in ("a.svt", "b.svt", "c.svt")]
        for file, lengths in zip(files, ("128+256+512", "128+256+512", "128+512")):
            r = c.boot("6.12", "true", "--max-insns", "25000000", "--cpu", "all:vl=" + lengths,
                       "--trace", "insn,regs:symbol=vec_*+sve_*+cpu_enable_sve*=" + file)
            c.exited(r, status=1, guest_status=None)
        out, _ = tool(c, "diff", files[0], files[1])
        c.expect("are the same" in out, "two equal runs: %s" % out)
        out, _ = tool(c, "diff", files[0], files[2], status=1)
        sides = out.split(" goes on:\n")
        c.expect(len(sides) == 3, "no point where they part: %s" % out)
        first = [side.split("\n")[0] for side in sides[1:]]
        c.expect(len(first) == 2 and all(" rdvl x0, #1 " in f for f in first) and "VL=256" in first[0] and
                 "VL=128" in first[1], "they part at %s" % first)
        c.expect("vec_probe_vqs" in sides[0], "what was before is not shown: %s" % sides[0])


@run.case("the last events before a kernel panics")
def panic(c):
    with tempfile.TemporaryDirectory() as d:
        file = os.path.join(d, "panic.svt")
        r = c.svemu("--kernel", run.asset("linux-6.12/Image"), "--append", "console=ttyAMA0 panic=-1", "--no-reboot",
                    "--trace", "insn,exceptions:start=prepare_namespace,last=3000,dump=panic=" + file)
        c.exited(r, status=1, guest_status=None)
        c.has(r, "Kernel panic - not syncing: VFS")
        lines = tool(c, "dump", file)[0].strip().split("\n")
        c.expect(3000 <= len(lines) <= 3002, "%d lines" % len(lines))
        c.expect(" panic " in lines[-1], "it ends at %s" % lines[-1])
        c.expect("left out" in lines[0], "it does not say that others were before: %s" % lines[0])


@run.case("mistakes of svemu trace")
def mistakes(c):
    for arguments, says in (((), "expected dump"), (("dumb", "x"), "nearest is dump"), (("dump", "/nonexistent.svt"), "/nonexistent.svt"),
                            (("dump",), "binary trace"), (("dump", __file__), "is not a binary trace"), (("diff", __file__), "two binary traces"),
                            (("dump", __file__, "--fromat", "text"), "--fromat"), (("filter", __file__), "-o OUT")):
        p = subprocess.run([run.SVEMU, "trace", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        c.expect(p.returncode == 2 and says in p.stderr and p.stderr.count("\n") == 1, "%s: status %d, %s" % (arguments, p.returncode, p.stderr))


if __name__ == "__main__":
    run.main()
