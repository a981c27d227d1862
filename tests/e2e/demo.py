#!/usr/bin/env python3
"""make demo: Debian's 6.12 kernel at EL2 on four CPUs with two sets of vector lengths, and an SVE guest under its KVM.
The console is shown live; a summary of what was found and what it cost follows. Exit status 0 if all went as expected."""

import json
import os
import re
import subprocess
import sys
import tempfile

import run

ON_EACH = "for c in 0 1 2 3; do svevl --pin $c || exit 1; done"
GUEST = "vmm --print-sve-vls --kernel /boot/Image --initrd /boot/initrd --cmd svevl"
OPTIONS = ["--smp", "4", "--cpu", "0-1:vl=128+256+512", "--cpu", "2-3:vl=128+256",
           "--kernel", run.asset("linux-6.12/Image"),
           "--initrd", run.asset("initrd.cpio.gz"), "--initrd", run.asset("linux-6.12/kvm.cpio"),
           "--append", "console=ttyAMA0 svemu.cmd=\"%s; %s\"" % (ON_EACH, GUEST)]
INTERESTING = (r"SVE: |KVM: SVE|kvm \[1\]: .*mode initialized|smp: Brought up|^svevl: |^vmm: |^svemu: exit|"
               r"CPU features:.*(SVE|vector length)|reboot: Power down")


def shown():
    """The command as one would type it, without this machine's folders where that is possible."""
    here = os.getcwd() + os.sep
    words = [os.path.relpath(run.SVEMU)] + [o.replace(here, "") for o in OPTIONS]
    return " ".join(w if re.fullmatch(r"[\w./,:=+-]+", w) else "'%s'" % w for w in words)


def boot(stats):
    """Run svemu, pass its console on as it comes, return its exit status and the console."""
    console = bytearray()
    with subprocess.Popen([run.SVEMU, *OPTIONS, "--stats", stats, "--progress"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as p:
        try:
            while data := os.read(p.stdout.fileno(), 65536):
                console += data
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
        except KeyboardInterrupt:
            p.wait()
    return p.returncode, console.decode("utf-8", "replace").replace("\r", "")


def findings(console):
    kernels = run.Result(console, "", 0, None, 0).boots()
    for name, text in zip(("host", "guest"), kernels):
        if name == "guest":
            text = text[:text.find("reboot: Power down") + len("reboot: Power down")]
        print("\nThe %s says:" % name)
        for line in text.split("\n"):
            if re.search(INTERESTING, line):
                print("  " + line)
    return kernels


def cost(stats):
    print("\nsvemu: %d instructions in %.2f s: %.0f MIPS; %.2f s of guest time; state hash %s" % (
        stats["instructions"], stats["host_seconds"], stats["mips"], stats["time_ns"] / 1e9, stats["state_hash"]))
    for cpu in stats["cpus"]:
        print("CPU %d: vl %s, %d instructions, %.3f s of guest time" % (
            cpu["cpu"], "+".join(map(str, cpu["vector_lengths"])), cpu["instructions"], cpu["time_ns"] / 1e9))
        for el, classes in cpu["exceptions"].items():
            if classes:
                print("  exceptions to %s: %s" % (el, ", ".join("%s: %d" % c for c in classes.items())))


def as_expected(status, kernels):
    lines = lambda text, pattern: len(re.findall(pattern, text, re.M))
    return (status == 0 and len(kernels) == 2 and lines(kernels[0], r"^svevl: cpu [0-3]: 16 32$") == 4 and
            lines(kernels[1], r"^svevl: cpu 0: 16 32$") == 1 and lines(kernels[1], r"^svemu: exit 0$") == 2 and
            lines(kernels[1], r"reboot: Power down") == 2)


def main():
    print("Debian's Linux %s on four CPUs, two of them with vectors of 128, 256 and 512 bits, two of 128 and 256:" %
          run.kernel_version("6.12"))
    print(shown() + "\n", flush=True)
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "stats.json")
        status, console = boot(path)
        kernels = findings(console)
        if os.path.getsize(path):
            with open(path) as f:
                cost(json.load(f))
    good = as_expected(status, kernels)
    print("\n" + ("demo: host and guest found the vector lengths that their CPUs have" if good else
                  "demo: this did not go as expected (svemu ended with status %s)" % status))
    print("%d passed, %d failed" % (good, not good))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
