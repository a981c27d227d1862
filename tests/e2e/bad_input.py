#!/usr/bin/env python3
"""Mistakes of the user end with exit status 2 and one sentence that names the option and the value, before a guest runs;
a guest that touches what is not there gets Arm's exceptions and cannot crash or hang the emulator."""

import os
import random
import socket
import struct
import tempfile

import run

files = tempfile.TemporaryDirectory()
KERNEL = run.asset("linux-6.12/Image")


def file(name, data):
    path = os.path.join(files.name, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def instructions(*words):
    return b"".join(struct.pack("<I", w) for w in words)


def image(code):
    """An arm64 Image of that code: a branch over the header, text offset 0, its own size, the magic."""
    size = 64 + len(code)
    return instructions(0x14000010, 0xd503201f) + struct.pack("<QQQ24s4sI", 0, size, 0, b"", b"ARM\x64", 0) + code


def elf(machine, data=1):
    """A 64-bit executable for that machine with one segment of 16 zero bytes."""
    order = "<" if data == 1 else ">"
    return (struct.pack(order + "4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, data, 1, 0, 2, machine, 1, 0x40080000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
            + struct.pack(order + "IIQQQQQQ", 1, 5, 120, 0x40080000, 0x40080000, 16, 16, 8) + bytes(16))



with open(KERNEL, "rb") as kernel_file:
    HEAD = kernel_file.read(1 << 20)
TRUNCATED = file("truncated-image", HEAD)
HEADER_ONLY = file("half-a-header", HEAD[:40])
X86 = file("x86.elf", elf(62))
BIG_ENDIAN = file("big-endian.elf", elf(183, data=2))
ARM32 = file("arm32.elf", elf(40))
TEXT = file("kernel.txt", b"not a kernel at all\n" * 100)
EMPTY = file("empty", b"")
BAD_DTB = file("bad.dtb", b"\xd0\x0d\xfe\xed" + b"\xff" * 60)
NO_DTB = file("no.dtb", b"hello, world" * 10)
BIG = file("big.cpio", b"")
os.truncate(BIG, 200 << 20)  # a sparse file


def one_sentence(c, r, words):
    c.expect(r.status == 2, "the exit status is %s, expected 2" % r.status)
    c.expect(r.console == "", "standard output has: %s" % r.console[:200])
    lines = [l for l in r.errors.split("\n") if l and "warning: " not in l]
    c.expect(len(lines) == 1 and lines[0].startswith("svemu: "), "expected one sentence, got: %s" % r.errors[:500])
    for word in words:
        c.expect(str(word) in r.errors, "the sentence does not name %s: %s" % (word, r.errors.strip()[:300]))


def mistake(name, options, *words, kernel=KERNEL):
    """svemu with these options says one sentence with all these words and ends with status 2, at once."""
    def check(c):
        command = [run.SVEMU] + (["--kernel", kernel] if kernel else []) + [str(o) for o in options]
        c.log = os.path.join(run.LOGS, "bad_input-%s.log" % run.re.sub(r"[^\w.+-]+", "-", name))
        r = run.run(command, 20, c.log)
        one_sentence(c, r, words)
    run.case(name)(check)


mistake("no kernel", [], "--kernel", kernel=None)
mistake("no such kernel", [], "--kernel", "/nonexistent/Image", "No such file", kernel="/nonexistent/Image")
mistake("no such initrd", ["--initrd", "/nonexistent/initrd"], "--initrd", "/nonexistent/initrd")
mistake("no such device tree", ["--dtb", "/nonexistent.dtb"], "--dtb", "/nonexistent.dtb")
mistake("timing from nowhere", ["--timing", "ooo", "--timing-from", "no_such_function"], "--timing-from", "no_such_function")
mistake("timing from several functions", ["--timing", "ooo", "--timing-from", "kvm_*"], "--timing-from", "kvm_*", "one function")
mistake("timing from no exception", ["--timing", "ooo", "--timing-from", "ec:FOO"], "--timing-from", "FOO")
mistake("timing to a bad count", ["--timing", "ooo", "--timing-to", "insn:many:"], "--timing-to", "insn:many:")
mistake("timing from somewhere without a model", ["--timing-from", "ec:SVC"], "--timing-from", "ec:SVC", "--timing inorder")
mistake("parts of no file", ["--ledger-parts", "/nonexistent/parts"], "--ledger-parts", "/nonexistent/parts", "No such file")
mistake("a part that is none", ["--ledger-parts", file("parts", b"host a\nvgik b\n")], "--ledger-parts", ":2:", "vgik", "nearest is vgic")
mistake("a part of nothing", ["--ledger-parts", file("parts2", b"# no\nhost")], "--ledger-parts", ":2:", "host", "PART NAME")
mistake("symbols of no file", ["--symbols", "/nonexistent/vmlinux"], "--symbols", "/nonexistent/vmlinux", "No such file")
mistake("symbols of text", ["--symbols", TEXT], "--symbols", TEXT, "not an ELF file")
mistake("symbols for x86", ["--symbols", X86], "--symbols", X86, "another machine")
mistake("an ELF file without symbols", ["--symbols", file("bare.elf", elf(183))], "--symbols", "bare.elf", "without symbols")
mistake("symbols for a VMID that is none", ["--symbols", X86 + ",vmid=70000"], "--symbols", "vmid=70000", "0 to 65535")
mistake("symbols with a key that is none", ["--symbols", X86 + ",vm=1"], "--symbols", "vm=1", "vmid=N or el=N")
mistake("a display that is none", ["--display", "foo"], "--display", "foo", "none or sdl")
mistake("a window that is too small", ["--display", "sdl,size=80x25"], "--display", "80x25", "640x480")
mistake("a framebuffer that is too large", ["--device", "simple-framebuffer,width=5000"], "--device", "5000x768", "4096")
mistake("a framebuffer that fills the RAM", ["--memory", "32M", "--device", "simple-framebuffer,width=4096,height=4096"],
        "4096x4096", "64 MiB", "--memory")
mistake("a folder as kernel", [], "--kernel", "/tmp", kernel="/tmp")
mistake("an empty kernel", [], "--kernel", EMPTY, kernel=EMPTY)
mistake("a text as kernel", [], "--kernel", TEXT, kernel=TEXT)
mistake("a truncated Image", [], "--kernel", TRUNCATED, "truncated", kernel=TRUNCATED)
mistake("half an Image's header", [], "--kernel", HEADER_ONLY, kernel=HEADER_ONLY)
mistake("an ELF for x86", [], "--kernel", X86, "another machine", kernel=X86)
mistake("a big-endian ELF", [], "--kernel", BIG_ENDIAN, "another machine", kernel=BIG_ENDIAN)
mistake("an ELF for 32-bit Arm", [], "--kernel", ARM32, "another machine", kernel=ARM32)
mistake("a device tree that libfdt rejects", ["--dtb", BAD_DTB], "--dtb", BAD_DTB, "libfdt")
mistake("a device tree that is none", ["--dtb", NO_DTB], "--dtb", NO_DTB, "libfdt")
mistake("an initrd that does not fit", ["--initrd", BIG, "--memory", "128M"], "--initrd", BIG)
mistake("a kernel that does not fit", ["--memory", "16M"], "--kernel", "--memory", "16M")
mistake("VL 0", ["--cpu", "0:vl=0"], "--cpu", "vl=0")
mistake("VL 100", ["--cpu", "0:vl=100"], "--cpu", "vl=100")
mistake("VL 2176", ["--cpu", "all:vl=128+2176"], "--cpu", "vl=128+2176")
mistake("a VL that is no number", ["--cpu", "0:vl=big"], "--cpu", "vl=big")
mistake("a set without 128", ["--cpu", "0:vl=256+512"], "--cpu", "vl=256+512", "128")
mistake("pow2 of no power", ["--cpu", "0:vl=pow2:100"], "--cpu", "vl=pow2:100")
mistake("a range beyond --smp", ["--smp", "4", "--cpu", "2-5:vl=128"], "--cpu", "2-5:vl=128", "--smp 4")
mistake("a CPU beyond --smp", ["--cpu", "1:vl=128"], "--cpu", "1:vl=128", "--smp 1")
mistake("a range that is none", ["--cpu", "x:vl=128"], "--cpu", "x:vl=128")
mistake("an unknown key", ["--cpu", "0:vls=128"], "--cpu", "vls", "nearest is vl")
mistake("an unknown feature", ["--cpu", "0:FEAT_SVE22=yes"], "--cpu", "FEAT_SVE22", "nearest is FEAT_SVE2")
mistake("a bit of EL3 that is 2", ["--cpu", "0:CPTR_EL3.EZ=2"], "--cpu", "CPTR_EL3.EZ=2", "0 to 1")
mistake("ZCR_EL3.LEN of 16", ["--cpu", "0:ZCR_EL3.LEN=16"], "--cpu", "ZCR_EL3.LEN=16", "0 to 15")
mistake("a field that EL3 has not", ["--cpu", "0:CPTR_EL3.EX=0"], "--cpu", "CPTR_EL3.EX", "nearest is CPTR_EL3.EZ")
mistake("EL3's control of a feature that is absent", ["--cpu", "0:SCR_EL3.ATA=0"], "--cpu", "SCR_EL3.ATA=0", "FEAT_MTE2=yes")
mistake("ZCR_EL3.LEN without SVE", ["--cpu", "0:ZCR_EL3.LEN=1,vl=none"], "--cpu", "ZCR_EL3.LEN=1", "CPU 0", "FEAT_SVE", "vl=")
mistake("a firmware-trap that is none", ["--cpu", "0:firmware-trap=panic"], "--cpu", "firmware-trap=panic", "undef")
mistake("a psci that is none", ["--cpu", "0:psci=off"], "--cpu", "psci=off", "ignore")
mistake("an unknown model", ["--cpu", "0:model=labb"], "--cpu", "labb", "lab")
mistake("an unknown ID field", ["--cpu", "0:ID_AA64PFR0_EL1.SVF=1"], "ID_AA64PFR0_EL1.SVF=1", "nearest is", "its fields are CSV3")
mistake("an ID value that does not fit", ["--cpu", "0:ID_AA64PFR0_EL1.SVE=16"], "ID_AA64PFR0_EL1.SVE=16", "15")
mistake("two CPUs with one affinity", ["--smp", "2", "--cpu", "1:mpidr=0"], "mpidr=0x80000000", "CPU 0")
mistake("an MPIDR with RES0 bits", ["--cpu", "0:mpidr=0x2000000"], "mpidr=0x2000000", "Aff3")
mistake("a cache of no shape", ["--cpu", "0:l2=1M"], "l2=1M", "SIZE/WAYS/LINE")
mistake("a cache that CCSIDR has no room for", ["--cpu", "0:l2=64M/1/64"], "1048576 sets", "FEAT_CCIDX=yes")
mistake("too many event counters", ["--cpu", "0:pmu-counters=32"], "pmu-counters=32", "31")
mistake("a contradiction with --strict", ["--strict", "--cpu", "0:ID_AA64PFR0_EL1.SVE=0"], "--strict", "CPU 0", "rule feature-needs")
mistake("vector lengths that Arm excludes with --strict", ["--strict", "--cpu", "all:vl=128+512"], "rule vector-lengths")
mistake("no such machine file", ["--machine-file", "/nonexistent.conf"], "--machine-file", "/nonexistent.conf")
MACHINE = file("machine.conf", b"# two\nsmp = 2\n\n[cpu 0]\nvl = 128+100\n")
mistake("a machine file with a wrong length", ["--machine-file", MACHINE], MACHINE + ":5: ", "vl=128+100")
TYPO = file("typo.conf", b"smp = 2\nmemroy = 1G\n")
mistake("a machine file with a typo", ["--machine-file", TYPO], TYPO + ":2: ", "nearest is --memory")
NOWHERE = file("nowhere.conf", b"kernel = images/Image\n")
mistake("a machine file whose kernel is nowhere", ["--machine-file", NOWHERE], NOWHERE + ":1: ", "images/Image", kernel=None)
mistake("a binary as machine file", ["--machine-file", HEADER_ONLY], HEADER_ONLY + ":1: ")
mistake("an unknown option", ["--memori", "1G"], "--memori", "nearest is --memory")
mistake("an option without its value", ["--smp"], "--smp")
mistake("no CPUs", ["--smp", "0"], "--smp", "0")
mistake("too many CPUs", ["--smp", "100000"], "--smp", "100000")
mistake("no memory for --memory", ["--memory", "4096T"], "--memory", "4096T")
mistake("memory of no size", ["--memory", "lots"], "--memory", "lots")
mistake("svemu stats without a file", ["stats"], "stats", "one or two files", kernel=None)
mistake("svemu stats of three files", ["stats", "a", "b", "c"], "stats", "one or two files", kernel=None)
mistake("svemu stats of nothing", ["stats", "/nonexistent/stats"], "/nonexistent/stats", "cannot be read", kernel=None)
mistake("svemu stats of a kernel", ["stats", KERNEL], KERNEL, "not JSON", kernel=None)
mistake("svemu stats of other JSON", ["stats", file("other.json", b'{"cpus": []}')], "not what --stats FILE writes", kernel=None)
mistake("svemu stats of a later schema", ["stats", file("later.json", b'{"schema": 9, "cpus": []}')], "schema 9", "schema 1", kernel=None)
mistake("statistics nowhere", ["--stats", "/nonexistent/stats"], "--stats", "/nonexistent/stats")
mistake("no such snapshot", ["--from", "/nonexistent/snap"], "--from", "/nonexistent/snap", "No such file", kernel=None)
mistake("a snapshot that is none", ["--from", TEXT], "--from", TEXT, "not a snapshot", kernel=None)
mistake("a snapshot at no time", ["--snapshot-at", "soon:/tmp/x"], "--snapshot-at", "soon", "guest")
mistake("a snapshot without a file", ["--snapshot-at", "1000"], "--snapshot-at", "1000", "INSTRUCTIONS:FILE")
mistake("a recording nowhere", ["--record", "/nonexistent/x"], "--record", "/nonexistent/x")
mistake("no such recording", ["--replay", "/nonexistent/x"], "--replay", "/nonexistent/x", "No such file")
mistake("a recording that is none", ["--replay", TEXT], "--replay", TEXT, "not a recording")
mistake("checkpoints at no interval", ["--checkpoints", "often"], "--checkpoints", "often")
mistake("checkpoints in no memory", ["--checkpoints", "1000000,lots"], "--checkpoints", "1000000,lots")
mistake("an unknown trace category", ["--trace", "everything"], "--trace", "everything")
mistake("a trace category with a typo", ["--trace", "insn,exeptions"], "--trace", "exeptions", "nearest is exceptions")
mistake("an unknown filter of a trace", ["--trace", "insn:ell=2"], "--trace", "ell", "nearest is el")
mistake("an unknown trace format", ["--trace", "insn:format=tarmak"], "--trace", "tarmak", "nearest is tarmac")
mistake("an unknown register in a trace", ["--trace", "regs:reg=HCR_EL3"], "--trace", "HCR_EL3", "nearest is HCR_EL2")
mistake("an unknown exception class in a trace", ["--trace", "exceptions:ec=SVCC"], "--trace", "SVCC", "nearest is SVC")
mistake("a trace from a function that is none", ["--trace", "insn:start=__kvm_vcpu_rnu"], "--trace", "__kvm_vcpu_rnu", "nearest is __kvm_vcpu_run")
mistake("a trace's file nowhere", ["--trace", "insn=/nonexistent/trace"], "--trace", "/nonexistent/trace")
TWICE = file("twice.txt", b"")
mistake("two traces to one file", ["--trace", "insn=" + TWICE, "--trace", "vl=" + TWICE], "--trace", TWICE, "already")
with open(os.path.join(run.TOP, "core/models/lab.model")) as lab_file:
    LAB = lab_file.read()


def model(name, old, new):
    """lab.model with one text in place of another, as a file, and the line where that is."""
    assert old in LAB, old
    return file(name, LAB.replace(old, new, 1).encode()), LAB[:LAB.index(old)].count("\n") + 1


def model_mistake(name, old, new, *words, last=False):
    """last: what is missing is said of the last line."""
    path, line = model(name.replace(" ", "-") + ".model", old, new)
    if last:
        line = LAB.replace(old, new, 1).count("\n")
    mistake(name, ["--model-file", path], "%s:%u: " % (path, line), *words)


model_mistake("a model without a class", "class int.div : ", "# ", "no line for class int.div", last=True)
model_mistake("a model without a parameter", "rob = 192 entries [estimate]\n", "", "no line for rob", "entries", last=True)
model_mistake("a model with an unknown unit", "64 KiB", "64 kB", "l1i = 64 kB", "unknown unit kB", "KiB")
model_mistake("a model with a negative latency", "latency 12 uops 1 use ALU2:12", "latency -12 uops 1", "latency -12", "from 0 to 2000")
model_mistake("a model out of range", "rob = 192", "rob = 0", "rob = 0 entries", "from 1 to 1024")
model_mistake("a model with a parameter twice", "rob = 192", "commit = 192", "commit", "already")
model_mistake("a model with an unknown port", "use BR0", "use BRX", "BRX", "nearest is BR0")
model_mistake("a model with an unknown class", "class int.extended", "class int.extend", "int.extend", "nearest is int.extended")
model_mistake("a model with an unknown instruction", "insn EXTR", "insn EXTRA", "EXTRA", "nearest is EXTR")
model_mistake("a model with an unknown field", "insn EXTR Rn", "insn EXTR Ro", "EXTR")
model_mistake("a model without a source", "rob = 192 entries [estimate]", "rob = 192 entries", "rob", "[estimate]")
model_mistake("a model cut off", LAB[LAB.index("# Scalar floating"):], "", "no line for class", last=True)
mistake("no such model file", ["--model-file", "/nonexistent.model"], "--model-file", "/nonexistent.model", "No such file")
mistake("a folder for a model file", ["--model-file", "/"], "--model-file /", "cannot be read")
mistake("binary for a model file", ["--model-file", KERNEL], KERNEL + ":1: ")
mistake("explaining no model", ["--explain-model", "labb"], "--explain-model labb", "nearest is lab", kernel=None)
mistake("a CPU with no timing model", ["--cpu", "all:timing-model=labb"], "timing-model=labb", "nearest is lab", "--model-file")
mistake("a CPU with no timing", ["--cpu", "all:timing=slow"], "timing=slow", "fast, inorder or ooo")
mistake("no timing mode", ["--timing", "cycles"], "--timing", "cycles", "ooo")


def lab_mistake(name, options, *words, kernel=KERNEL, experiment="vl"):
    """The same for `svemu lab vl`, or another experiment."""
    def check(c):
        command = [run.SVEMU, "lab", experiment] + (["--kernel", kernel] if kernel else []) + options
        c.log = os.path.join(run.LOGS, "bad_input-%s.log" % run.re.sub(r"[^\w.+-]+", "-", name))
        one_sentence(c, run.run(command, 20, c.log), words)
    run.case(name)(check)


BUSY = socket.socket()
BUSY.bind(("127.0.0.1", 0))
BUSY.listen(1)
mistake("a port for gdb that is in use", ["--gdb", str(BUSY.getsockname()[1])], "--gdb", str(BUSY.getsockname()[1]), "in use")
mistake("a socket for gdb in no folder", ["--gdb", "unix:/nonexistent/gdb"], "--gdb", "/nonexistent/gdb")
mistake("a socket for gdb where a file is", ["--gdb", "unix:" + TEXT], "--gdb", TEXT)
mistake("gdb at another machine", ["--gdb", "example.org:1234"], "--gdb", "example.org:1234", "of this machine")
mistake("waiting for gdb that cannot come", ["-S"], "-S", "--gdb")

lab_mistake("lab vl without a kernel", ["--sets", "128"], "--kernel", "make assets", kernel=None)
lab_mistake("lab vl without sets", [], "--sets")
lab_mistake("lab vl with a set without 128", ["--sets", "128 / 256"], "--sets", "128 / 256", "256")
lab_mistake("lab vl with a set that is none", ["--sets", "128 / big"], "--sets", "128 / big", "pow2")
lab_mistake("lab vl with an empty set", ["--sets", "128 / "], "--sets", "128 / ")
lab_mistake("lab vl with a repetition that is no number", ["--sets", "x*128"], "--sets", "x*128")
lab_mistake("lab vl with more CPUs than there can be", ["--sets", "600*128"], "--sets", "600*128", "512")
lab_mistake("lab vl with a late CPU that is not there", ["--sets", "128 / 128", "--late", "2"], "--late", "2")
lab_mistake("lab vl with a late boot CPU", ["--sets", "128 / 128", "--late", "0"], "--late", "0")
lab_mistake("lab vl with a late CPU before an early one", ["--sets", "128 / 128 / 128", "--late", "1"], "--late", "1", "last")
lab_mistake("lab vl with an unknown mode of KVM", ["--sets", "128", "--mode", "hvhe"], "--mode", "hvhe", "protected")
lab_mistake("lab vl with a time without its unit", ["--sets", "128", "--timeout", "5"], "--timeout", "5")
lab_mistake("lab vl with --smp", ["--sets", "128", "--smp", "2"], "--smp", "--sets")
lab_mistake("lab vl with a kernel that is none", ["--sets", "128", "--initrd", EMPTY], "--kernel", TEXT, kernel=TEXT)
lab_mistake("lab vl with a result that cannot be written", ["--sets", "128", "--json", "/nonexistent/x"], "--json",
            "/nonexistent/x")
lab_mistake("lab vl with a console that cannot be written", ["--sets", "128", "--console", "/nonexistent/x"], "--console",
            "/nonexistent/x")

for name, options, *words in (
        ("a length that is none", ["--vl", "128,100"], "--vl", "128,100", "2048"),
        ("lengths turned round", ["--vl", "512-128"], "--vl", "512-128"),
        ("no length", ["--vl", ""], "--vl", "2048"),
        ("an unknown mode", ["--modes", "vhe,hvhe"], "--modes", "hvhe", "protected"),
        ("no rounds", ["--rounds", "0"], "--rounds", "0", "64"),
        ("too many rounds", ["--rounds", "65"], "--rounds", "65", "64"),
        ("no processes", ["-j", "0"], "--jobs", "0"),
        ("a kernel beside --ab", ["--ab", KERNEL, KERNEL], "--ab", "--kernel"),
        ("one kernel for --ab", ["--ab", KERNEL], "--ab", "two kernels"),
        ("--smp", ["--smp", "4"], "--smp"),
        ("a model that is not there", ["--model", "labb"], "--model", "labb", "the nearest is lab"),
        ("a timing that is not there", ["--timing", "slow"], "--timing", "slow", "inorder"),
        ("one trace of many boots", ["--trace", "exceptions"], "--trace", "exceptions", "--modes"),
        ("an option that is not there", ["--mode", "vhe"], "--mode", "nearest"),
        ("a key of --cpu that is not there", ["--cpu", "all:vll=128"], "--cpu", "vll"),
        ("a table that cannot be written", ["--csv", "/nonexistent/x"], "--csv", "/nonexistent/x"),
        ("a plot that cannot be written", ["--svg", "/nonexistent/x"], "--svg", "/nonexistent/x"),
        ("a folder for consoles that is not there", ["--console", "/nonexistent"], "--console", "/nonexistent"),
        ("an initial RAM disk that is not there", ["--initrd", "/nonexistent"], "--initrd", "/nonexistent")):
    lab_mistake("lab cost with " + name, options, *words, experiment="cost")
lab_mistake("lab cost with a kernel that is none", ["--initrd", EMPTY], "--kernel", TEXT, kernel=TEXT, experiment="cost")


@run.case("lab without or with an unknown experiment")
def no_experiment(c):
    for words in ["lab"], ["lab", "vll"]:
        one_sentence(c, run.run([run.SVEMU] + words, 20, os.path.join(run.LOGS, "bad_input-lab.log")), words)


# Loads and stores of several sizes at every 4 KiB from x0 on. Nobody set VBAR_EL2, so what follows the first abort is an
# endless row of aborts at a vector that may be nowhere, as Arm has it.
WANDER = instructions(0xf9000001,  # 1: str x1, [x0]
                      0x39400002,  # ldrb w2, [x0]
                      0x3d800000,  # str q0, [x0]
                      0xa9000400,  # stp x0, x1, [x0]
                      0x91400400,  # add x0, x0, #1, lsl #12
                      0x17fffffb)  # b 1b
STARTS = {"an unmapped address": 0xd2a13000,         # movz x0, #0x980, lsl #16
          "beyond the address space": 0xd2e00200,    # movz x0, #16, lsl #48
          "behind the RAM": 0xd2b00000,              # movz x0, #0x8000, lsl #16
          "the devices": 0xd2a10000,                 # movz x0, #0x800, lsl #16
          "address 0": 0xd2800000}                   # movz x0, #0


@run.case("stores to where nothing is, without vectors")
def wander(c):
    for start, movz in STARTS.items():
        path = file("wander", image(instructions(movz) + WANDER))
        r = c.svemu("--kernel", path, "--max-insns", "3000000", timeout=60, tag="-" + start.replace(" ", "-"))
        c.expect(r.status == 1, "from %s: status %s, expected 1 (--max-insns): %s" % (start, r.status, r.errors[-300:]))


@run.case("random instructions")
def noise(c):
    """Whatever words a guest executes: it ends by --max-insns, or because a row is not written yet (3)."""
    for seed in range(20):
        words = random.Random(seed).randbytes(1 << 16)
        r = c.svemu("--kernel", file("noise", image(words)), "--max-insns", "100000", "--seed", str(seed), timeout=60)
        c.expect(r.status in (0, 1, 3), "seed %d: status %s: %s" % (seed, r.status, r.errors[-300:]))


if __name__ == "__main__":
    run.main()
