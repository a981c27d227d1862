#!/usr/bin/env python3
"""Real programs: the suites of tests/guest/programs (gcc and clang; AdvSIMD, SVE, SVE2; any vector length or a fixed one) and
Debian's own arm64 programs print the same in the guest as under qemu-user, byte for byte."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import run

PROGRAMS = os.path.join(run.TOP, "build", "guest", "programs")
SCRIPTS = os.path.join(run.TOP, "tests", "guest", "programs")
DEBIAN = os.path.join(run.TOP, "build", "deps", "programs")
QEMU_USER = os.environ.get("QEMU_USER") or shutil.which("qemu-aarch64")


def newest(vl):
    """A CPU with all that the programs use; what this svemu does not implement is left out."""
    cpu = "all:model=max,vl=" + vl
    for feature in ("FEAT_MOPS", "FEAT_LSE128", "FEAT_LRCPC3"):
        p = subprocess.run([run.SVEMU, "--cpu", "all:%s=yes" % feature, "--kernel", os.devnull], capture_output=True)
        cpu += "" if b"does not implement" in p.stderr else ",%s=yes" % feature
    return cpu


def suites(*kinds):
    """The variants that were built: names end in a kind."""
    names = sorted(os.listdir(PROGRAMS)) if os.path.isdir(PROGRAMS) else []
    return [n for n in names if n.rsplit("-", 1)[1] in kinds]


def lines(text):
    """What counts of an output: a line that begins with # says what the CPU has."""
    return [l.rstrip() for l in text.strip("\n").split("\n") if not l.startswith("#")]


def compare(c, what, got, want):
    if got == want:
        return
    for n, (g, w) in enumerate(zip(got + [None] * len(want), want + [None] * len(got)), 1):
        if g != w:
            c.fail("%s, line %d: %r in the guest, %r under qemu-user" % (what, n, g, w))
            return


def on_qemu(name, vl, seed):
    """Output and status of a suite under qemu-user; vl in bytes, 0: a CPU without SVE."""
    cpu = "max,sve=off" if vl == 0 else "max,sve-max-vq=16,sve-default-vector-length=%d" % vl
    p = subprocess.run([QEMU_USER, "-cpu", cpu, os.path.join(PROGRAMS, name)], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=120, env=dict(os.environ, SEED=str(seed)))
    return lines(p.stdout.decode()) + ["exit %d" % p.returncode]


def expected(name, vl, seed):
    """What a suite must print: QEMU's word, but for what is known to be wrong with it. QEMU 7.2 lacks SVE2.1, MOPS, CSSC: there
    the same source built for Armv9.0 stands for it."""
    name = name.replace("-v94", "-v9")
    want = on_qemu(name, vl, seed)
    if vl > 64 and vl % 64:
        right = on_qemu(name, 16, seed)
        want = [r if w.split(" ")[0] in QEMU_WRONG_PREDICATES else w for w, r in zip(want, right)]
    return want


def run_suites(c, kernel, lengths, cpu, seed, smp=2):
    """lengths: bytes (0: no SVE) -> names. One boot runs them all."""
    command = "export SEED=%d; " % seed + "; ".join("sh /programs/run.sh %d %s" % (vl, " ".join(names)) for vl, names in lengths.items())
    r = c.boot(kernel, command, "--initrd", run.asset("programs.cpio"), "--cpu", cpu, "--smp", str(smp), append="quiet",
               timeout=600)
    c.exited(r)
    c.healthy(r)
    found = {m[0]: m[1] for m in re.findall(r"(?ms)^=== (\S+ \d+)\n(.*?^=== exit \d+)$", r.console)}
    for vl, names in lengths.items():
        for name in names:
            text = found.get("%s %d" % (name, vl))
            if text is None:
                c.fail("%s at %d bytes did not end" % (name, vl))
                continue
            got = lines(text.replace("=== exit", "exit"))
            compare(c, "%s at %d bytes" % (name, vl), got, expected(name, vl, seed))
            c.expect(got[-1] == "exit 0" and not any("WRONG" in l for l in got), "%s at %d bytes failed its own checks" % (name, vl))


def debian(c, kernel, cpu, vl):
    root, runner = DEBIAN, [QEMU_USER, "-L", DEBIAN, "-cpu", "max,sve-max-vq=16,sve-default-vector-length=%d" % vl]
    want = subprocess.run(["sh", os.path.join(SCRIPTS, "debian.sh"), root, *runner], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300).stdout.decode()
    r = c.boot(kernel, "echo %d >/proc/sys/abi/sve_default_vector_length; mkdir -p /usr; ln -s /debian/lib /lib; "
               "ln -s /debian/usr/lib /usr/lib; echo === debian; sh /programs/debian.sh /debian; echo === end" % vl,
               "--initrd", run.asset("programs.cpio"), "--cpu", cpu, "--memory", "1G", append="quiet", timeout=600)
    c.exited(r)
    c.healthy(r)
    m = re.search(r"(?ms)^=== debian\n(.*?)^=== end$", r.console)
    if not m:
        c.fail("the programs did not end")
        return
    compare(c, "Debian's programs", lines(m.group(1)), lines(want))
    c.expect(len(want.split("\n")) > 100, "qemu-user printed little: %r" % want[-200:])


# Lines that QEMU gets wrong where a predicate has more than 64 bits and no multiple of 64. to_rgb() is integer C, whose result
# no vector length may change; the code for it packs conditions with UZP1 (predicates), whose result is the even-numbered
# elements of Pn, then of Pm (C7.2, UZP1): the answer at 128 bits stands for all.
QEMU_WRONG_PREDICATES = ("rgb",)
NEWEST = newest("max")
OPEN = suites("sve", "sve2", "v9", "fast", *(["v94"] if "FEAT_MOPS" in NEWEST else []))
GCC_OPEN = [n for n in OPEN if n.startswith("gcc")]  # LLVM 19 takes vector lengths for powers of two
FIXED = {32: suites("256"), 64: suites("512")}
OTHERS = suites("neon", "features")


def add(name, lengths, cpu, kernel="6.12", seed=0, slow=False):
    run.case("%s on %s" % (name, kernel), slow)(lambda c: run_suites(c, kernel, lengths, cpu, seed))


if QEMU_USER is None or not OPEN:
    print("skip programs qemu-aarch64 or the guest programs are not here")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
add("suites at 128, 256, 512 bits", {16: OPEN + OTHERS, 32: OPEN + FIXED[32], 64: OPEN + FIXED[64]}, NEWEST)
add("suites at 384, 1024, 2048 bits", {48: GCC_OPEN, 128: OPEN, 256: OPEN}, NEWEST)
add("suites without SVE", {0: OTHERS}, newest("none"))
run.case("Debian's programs on 6.12")(lambda c: debian(c, "6.12", NEWEST, 32))
add("suites of the default CPU", {16: suites("sve", "sve2", "v9", "neon"), 32: suites("sve", "v9") + FIXED[32]}, "all:vl=128+256", "6.1", slow=True)
add("suites at uncommon lengths", {vl: GCC_OPEN for vl in (80, 112, 144, 208, 240)}, NEWEST, slow=True)
for s in range(1, 5):
    add("suites with data of seed %d" % s, {16: OPEN + OTHERS, 32: OPEN + FIXED[32], 64: OPEN + FIXED[64], 256: OPEN}, NEWEST, seed=s,
        slow=True)
run.case("Debian's programs of the default CPU on 6.1", slow=True)(lambda c: debian(c, "6.1", "all:vl=128", 16))

if __name__ == "__main__":
    run.main()
