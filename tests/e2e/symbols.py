#!/usr/bin/env python3
"""Every address in the host's kernel, in its nVHE hypervisor text and in its guest's kernel has the name that these
kernels' own tables give it, from the guest's first instructions on, wherever KASLR has put them; tasks and vCPUs have
theirs. What the kernels themselves print in /proc/kallsyms says where they are; looking does not change the run."""

import bisect
import os
import re
import subprocess
import tempfile

import run

READER = os.path.join(run.TOP, "build", "tests", "frontends", "kallsyms")
LINE = re.compile(r"^\d+ cpu\d+ EL([12]) (\S+) ([0-9a-f]{16}) (\S+) exceptions: EL", re.M)
IMAGE = 0x40000000  # where svemu and our vmm put a kernel


class Kernel:
    """The symbols of an Image, by offset from its first byte."""

    def __init__(self, kernel):
        text = subprocess.run([READER], env=dict(os.environ, DUMP=run.asset("linux-%s/Image" % kernel)),
                              stdout=subprocess.PIPE, check=True, text=True).stdout
        symbols = [(int(a, 16), n) for a, _, n in (line.split() for line in text.splitlines())]
        self.stext = next(a for a, n in symbols if n == "_stext")
        self.names = {}
        for a, n in symbols:
            self.names.setdefault(a - self.stext + 0x10000, set()).add(n)
        self.offsets = sorted(self.names)
        with open(run.asset("linux-%s/Image" % kernel), "rb") as f:
            self.size = int.from_bytes(f.read(64)[16:24], "little")

    def expected(self, offset):
        """All texts that name this offset; none outside of what has names."""
        i = bisect.bisect_right(self.offsets, offset) - 1
        if i < 0 or not 0 <= offset < self.size:
            return {"-"}
        above = offset - self.offsets[i]
        return {n + ("+0x%x" % above if above else "") for n in self.names[self.offsets[i]]}

    def offset(self, text):
        name, _, above = text.partition("+")
        return [o + int(above or "0", 16) for o in self.offsets if name in self.names[o]]


def check_line(place, host, guest, wrong, hyp):
    """One exception: the kernel that it was taken from knows its PC by this name."""
    el, vmid, pc, name = place
    pc = int(pc, 16)
    kernel, base = host if vmid in "-0" else guest
    if el == "2" and pc >> 55 == 0 and not IMAGE <= pc < IMAGE + kernel.size:
        hyp.add(name)  # the hypervisor's own mapping: all of it is as far from the Image
        if name == "-" or not any((pc - o) & 0xfff == 0 for o in kernel.offset(name)):
            wrong.append(place)
        return
    offset = pc - (base if pc >> 55 else IMAGE)
    if offset < kernel.size and name not in kernel.expected(offset) or offset >= kernel.size and name != "-":
        wrong.append(place)


def names(host, guest, mode, first=0, slow=False, twice=False):
    """first: as many addresses of the guest may have no name until enough of its memory is there. twice: the run is made
    without looking, too."""
    def check(c):
        command = ("grep -w _stext /proc/kallsyms; vmm --kernel /boot/Image --initrd /boot/initrd"
                   " --append 'console=ttyAMA0 quiet' --cmd 'grep -w _stext /proc/kallsyms'")
        kernels = Kernel(host), Kernel(guest)
        options = ["--cpu", "all:vl=128+256", "--memory", "1G", "--initrd", run.asset("linux-%s/kvm.cpio" % guest)]
        with tempfile.NamedTemporaryFile("r") as trace:
            r = c.boot(host, command, *options, "--trace", "exceptions=" + trace.name, append="quiet " + mode)
            text = trace.read()
        c.exited(r, guest_status=None)
        c.has(r, r"^svemu: exit 0$", 2)
        bases = [int(b, 16) - 0x10000 for b in re.findall(r"(?m)^([0-9a-f]{16}) T _stext$", r.console)]
        c.expect(len(bases) == 2 and bases[0] != bases[1], "the kernels' bases are %s" % bases)
        wrong, hyp = [], set()
        places = LINE.findall(text)
        for place in places:
            check_line(place, (kernels[0], bases[0]), (kernels[1], bases[1]), wrong, hyp)
        early = [p for p in wrong if p[1] not in "-0" and p[3] == "-"][:first]
        wrong = [p for p in wrong if p not in early]
        c.expect(not wrong, "%d of %d exceptions come from a place with another name: %s" % (len(wrong), len(places), wrong[:5]))
        c.expect(sum(p[1] not in "-0" for p in places) > 1000, "only %d exceptions" % len(places))
        c.has(text, r"task: vmm/\d+$")
        c.has(text, r"task: vm 1 vcpu 0 (\S+)/\d+$")
        c.has(text, r" EL[12] \S+ \S+ (__kvm_nvhe_)?_*guest_enter\S* exceptions: ERET")
        if "nvhe" in mode or "protected" in mode:
            c.expect(any(n.startswith("__kvm_nvhe_") for n in hyp) or not hyp, "the hypervisor's names are %s" % hyp)
        if twice:
            plain = c.boot(host, command, *options, append="quiet " + mode, tag="-plain")
            c.expect(plain.stats["state_hash"] == r.stats["state_hash"], "looking has changed the run")
    run.case("%s hosts %s%s" % (host, guest, mode and ", " + mode), slow)(check)


@run.case("the monitor")
def monitor(c):
    """A name before the kernel runs, one that is none, and after boot the address that the kernel itself prints."""
    c.log = os.path.join(run.LOGS, "symbols-monitor.log")
    script = (b"\x01csymbols start_kernel\nsymbols start_kernle\ncont\ngo\n\x01csymbols start_kernel\nsymbols\n"
              b"symbols 0x1234\ncont\nend\n")
    command = [run.SVEMU, "--kernel", run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"), "--append",
               "console=ttyAMA0 quiet svemu.cmd=\"grep -w start_kernel /proc/kallsyms; read a; read b\""]
    p = subprocess.run(command, input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    text = p.stdout.decode("utf-8", "replace").replace("\r", "")
    with open(c.log, "w") as f:
        f.write(text)
    c.has(text, r"has not been seen to run yet", 1)
    c.has(text, r"no symbol of this name; the nearest is start_kernel$", 1)
    c.has(text, r"^\(svemu\) kernel: \d{6} symbols, physical 0x40000000 to 0x[0-9a-f]+, runs at 0xffff[0-9a-f]+$", 1)
    c.has(text, r"^CPU 0 EL[12] PC=[0-9a-f]{16} \w+\+0x")
    c.has(text, r"0000000000001234 has no name at EL\d$", 1)
    printed = re.search(r"(?m)^([0-9a-f]{16}) T start_kernel$", text)
    c.expect(printed and "%s start_kernel+0x0 (kernel)" % printed.group(1) in text, "the monitor gives another address")


names("6.12", "6.12", "", twice=True)
names("6.12", "6.1", "kvm-arm.mode=nvhe")
names("6.1", "6.1", "", first=2, slow=True)
names("6.1", "6.12", "", first=2, slow=True)
names("6.12", "6.1", "kvm-arm.mode=protected", slow=True)
names("6.1", "6.1", "kvm-arm.mode=nvhe", first=2, slow=True)
names("6.12", "6.12", "kvm-arm.mode=nvhe", slow=True)
run.main()
