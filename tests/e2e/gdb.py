#!/usr/bin/env python3
"""Debian's gdb-multiarch on svemu's gdb server: a program without an operating system, an SVE guest under a KVM host, clients that
come and go, and that nothing of it changes the guest's course."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

import run

GDB = shutil.which("gdb-multiarch") or "gdb-multiarch"
BARE = os.path.join(run.TOP, "build", "guest", "bare")
SVE = os.path.join(BARE, "sve.elf")
PLAIN = ("--kernel", SVE, "--memory", "64M", "--smp", "2")


class Session:
    """svemu with a gdb server on a Unix socket, stopped before its first instruction if wait is set."""

    def __init__(self, c, *options, wait=True):
        self.c, self.folder = c, tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "gdb")
        os.makedirs(run.LOGS, exist_ok=True)
        self.stats = os.path.join(self.folder, "stats.json")
        self.out = open(os.path.join(self.folder, "out"), "w+")
        self.p = subprocess.Popen([run.SVEMU, *options, "--gdb", "unix:" + self.path, "--stats", self.stats] + ["-S"] * wait,
                                  stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT)
        end = time.time() + 20
        while not os.path.exists(self.path) and self.p.poll() is None and time.time() < end:
            time.sleep(0.02)

    def gdb(self, commands, program=None, timeout=120):
        """The output of gdb doing these commands, a line each; python blocks count as one."""
        script = os.path.join(self.folder, "script")
        with open(script, "w") as f:
            f.write("set pagination off\nset confirm off\nset width 0\nset architecture aarch64\ntarget remote %s\n%s\n"
                    % (self.path, commands))
        try:
            r = subprocess.run([GDB, "-nx", "-q", "-batch", "-x", script] + ([program] if program else []), timeout=timeout,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = r.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as e:
            text = (e.stdout or b"").decode("utf-8", "replace")
            self.c.fail("gdb did not end within %d seconds" % timeout)
        with open(os.path.join(run.LOGS, "gdb-%s.log" % re.sub(r"\W+", "-", self.c.name)), "a") as f:
            f.write(text)
        return text

    def end(self, status=0, timeout=120):
        """Wait for svemu's end; returns its console and the state hash."""
        try:
            got = self.p.wait(timeout)
        except subprocess.TimeoutExpired:
            self.p.kill()
            got = self.p.wait()
            self.c.fail("svemu did not end within %d seconds" % timeout)
        self.out.seek(0)
        text = self.out.read().replace("\r", "")
        self.c.expect(got == status, "svemu ended with status %s, expected %s: %s" % (got, status, text[-300:]))
        try:
            with open(self.stats) as f:
                state = json.load(f)["state_hash"]
        except (OSError, ValueError, KeyError):
            state = None
        shutil.rmtree(self.folder)
        return text, state


def shows(c, text, *patterns):
    """Each pattern is found, one behind the other."""
    at = 0
    for p in patterns:
        m = re.compile(p, re.M).search(text, at)
        if not m:
            c.fail("gdb did not show %r behind %r" % (p, text[max(0, at - 80):at]))
            return
        at = m.end()


@run.case("registers and vectors")
def registers(c):
    s = Session(c, *PLAIN, "--cpu", "all:vl=max")
    text = s.gdb("""
info threads
break check_equal
continue
print $vg
set $z0.d.u[31]=5
print $z0.d.u[31]
set $z1.d.u[0]=77
print $v1.d.u[0]
set $ZCR_EL2=3
print $vg
print $z0.d.u[31]
set $ZCR_EL2=15
print $z0.d.u[31]
set $x5=0x1234
print/x $x5
set $cpsr=0x800003c9
print $cpsr
print $CURRENTEL
print $sp == $SP_EL2
python
for refused in "set $vg=4", "set $cpsr=0x3c5", "set $MIDR_EL1=0", "set $pauth_cmask=0":
    try:
        gdb.execute(refused)
        print("accepted", refused)
    except gdb.error as e:
        print(e)
end
set $ZCR_EL2=3
python
try:
    gdb.execute("set $z0.d.u[31]=9")
    print("accepted")
except gdb.error as e:
    print(e)
end
set $ZCR_EL2=15
info registers TTBR0_EL2
monitor sysregs ZCR_EL
monitor vl
delete
kill
""", SVE)
    shows(c, text, r'Thread 1 "CPU 0" \(EL2, on', r'Thread 2 "CPU 1" \(EL2, off', r"hit Breakpoint 1, check_equal", r"\$1 = 32$",
          r"\$2 = 5$", r"\$3 = 77$", r"\$4 = 8$", r"\$5 = 0$", r"\$6 = 5$", r"\$7 = 0x1234$", r"\$8 = \[ SP EL=2 .*N \]", r"\$9 = 8$",
          r"\$10 = 1$", r"vg follows from ZCR_EL1", r"Exception level", r"no such register that can be written", r"mask follows from",
          r"lanes above CurrentVL", r"TTBR0_EL2 +0x", r"^ZCR_EL1 +0", r"^ZCR_EL2 +0+f LEN", r"CPU 1: CurrentVL 2048 bits at EL2")
    c.expect("accepted" not in text, "a register was written that cannot be")
    s.end()


@run.case("without SVE")
def no_sve(c):
    s = Session(c, *PLAIN, "--cpu", "all:vl=none")
    text = s.gdb("set $v3.d.u[1]=7\nprint $v3.d.u[1]\nprint $z0\nkill", SVE)
    shows(c, text, r"\$1 = 7$", r"= void$")
    s.end()


@run.case("points")
def points(c):
    s = Session(c, *PLAIN, "--cpu", "all:vl=max")
    text = s.gdb("""
hbreak check
continue
stepi
print (long)$pc - (long)check
delete
monitor watch 0x40200000 size=0
print (long)$sp
set $frame=$sp-8
watch *(long*)$frame
continue
delete
monitor delete
monitor break exception any el=2
monitor break sysreg ZCR_EL2 cpu=0
monitor break
continue
monitor delete 3
continue
monitor why
monitor delete
continue
""", SVE)
    shows(c, text, r"hit Breakpoint 1, check ", r"\$1 = [48]$", r"expected el=0, 1 or 2, .*size=N", r"Hardware watchpoint 2",
          r"hit Hardware watchpoint 2", r"Old value", r"New value", r"1: break exception any el=2$", r"2: break sysreg ZCR_EL2 cpu=0$",
          r"stopped by point 2: break sysreg ZCR_EL2", r"there is no such point", r"stopped by point", r"exited normally")
    console, _ = s.end()
    c.expect("PASS sve" in console, "the program did not pass: %s" % console)



@run.case("going back")
def back(c):
    s = Session(c, *PLAIN, "--cpu", "all:vl=max")
    text = s.gdb("""
break check_equal
continue
continue
stepi 3
reverse-stepi
reverse-stepi
reverse-stepi
print (long)$pc - (long)check_equal
reverse-continue
delete
monitor break sysreg ZCR_EL2
reverse-continue
x/i $pc
monitor delete
reverse-continue
print (long)$pc - (long)_start
stepi
set $x9=0x99
stepi
reverse-stepi
print/x $x9
reverse-stepi
monitor checkpoints off
python
try:
    gdb.execute("reverse-stepi")
except gdb.error as e:
    print(e)
end
monitor checkpoints on
continue
""", SVE)
    shows(c, text, r"hit Breakpoint 1, check_equal", r"hit Breakpoint 1, check_equal", r"hit Breakpoint 1, check_equal", r"\$1 = 0$",
          r"hit Breakpoint 1, check_equal", r"stopped by point 1: break sysreg ZCR_EL2", r"msr\s+zcr_el2",
          r"No more reverse-execution history", r"\$2 = 0$", r"\$3 = 0x99$", r"No more reverse-execution history",
          r"no checkpoints are kept", r"checkpoints from position \d+ on", r"exited normally")
    console, _ = s.end()
    c.expect("PASS sve" in console, "the program did not pass: %s" % console)


@run.case("watching changes nothing")
def unchanged(c):
    """The console and the state hash are those of a run without a debugger, whatever was looked at on the way."""
    r = c.svemu(*PLAIN, "--cpu", "all:vl=max")
    s = Session(c, *PLAIN, "--cpu", "all:vl=max")
    s.gdb("""
break check_equal
rwatch *(long*)($sp-64)
stepi 50
info registers all
monitor gic
monitor tlb
monitor walk 0x40080000
python
for i in range(20):
    gdb.execute("continue")
    gdb.execute("info registers all", to_string=True)
    gdb.execute("bt", to_string=True)
    gdb.execute("x/16gx $sp", to_string=True)
    gdb.execute("stepi 7")
end
delete
detach
""", SVE)
    console, state = s.end()
    c.expect(state is not None and state == r.stats["state_hash"], "state hash %s, without gdb %s" % (state, r.stats["state_hash"]))
    c.expect(r.console.strip() in console, "the console differs")


@run.case("clients come and go")
def reconnects(c):
    s = Session(c, *PLAIN, wait=False)
    s.end()  # a server nobody asks for does not keep the program from its end
    s = Session(c, "--kernel", run.asset("linux-6.12/Image"), "--memory", "512M", wait=False)
    for _ in range(3):
        text = s.gdb("print $pc != 0\ninfo threads\ndetach")
        shows(c, text, r"\$1 = 1$", r"Thread 1")
    k = socket.socket(socket.AF_UNIX)
    k.connect(s.path)
    k.send(b"$vCont;c#a8")
    k.close()  # without a farewell, while it runs
    text = s.gdb("python\nimport threading, os, signal, time\nthreading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
                 "end\ncontinue\nprint $pc != 0\nkill")
    shows(c, text, r"SIGINT", r"\$1 = 1$")
    s.end()


@run.case("a KVM guest")
def kvm(c):
    """Break in the guest's kernel (VMID 1), its vector registers and walks, and step into EL2 at its trap."""
    command = "vmm --vcpus 1 --sve-max-vl 512 --kernel /boot/Image --initrd /boot/initrd --cmd svevl"
    s = Session(c, "--kernel", run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"), "--initrd",
                run.asset("linux-6.12/kvm.cpio"), "--append", 'console=ttyAMA0 svemu.cmd="%s"' % command, "--cpu", "all:vl=max")
    text = s.gdb("""
monitor break exception any el=1 vmid=1
continue
info threads
monitor delete
monitor break guest:__arm64_sys_reboot
continue
monitor delete
monitor break guest:__arm_smccc_hvc
continue
monitor delete
monitor vcpus
print $vg
print $z0.d.u[8]
print $ID_AA64PFR0_EL1 != 0
monitor space guest 1
monitor walk __arm_smccc_hvc
monitor stage2 0x40000000
monitor space current
set $guest=$pc
set $n=0
while ($cpsr >> 2 & 3) == 1 && $n < 50
set $hvc=$pc
stepi
set $n=$n+1
end
print $cpsr
print $ELR_EL2 == (long)$hvc + 4
monitor cpus
monitor why
reverse-stepi
print $pc == $hvc
print ($cpsr >> 2 & 3)
monitor cpus
stepi
print ($cpsr >> 2 & 3)
monitor space guest 1
x/1wx $hvc
monitor space current
monitor symbols kvm_vcpu_ioctl
detach
""", timeout=400)
    shows(c, text, r"stopped by point 1: break exception any el=1 vmid=1", r"EL1 VMID 1, on", r"stopped by point 2", r"stopped by point 3",
          r"VMID 1 VMPIDR 0x80000000: runs on CPU 0", r"\$1 = 8$", r"\$2 = 0$", r"stage 2 level \d IPA", r"stage 1 level 3 VA .* page",
          r"-> IPA .* -> PA", r"VMID 1, VTTBR_EL2=0x1", r"stage 2 level \d IPA 0x40000000: .* at ", r"IPA 0x40000000 -> PA", r"\[ SP EL=2 ",
          r"= 1$", r"CPU 0 \(on\) EL2 ", r"EL1 -> EL2 .* HVC: ", r"= 1$", r"= 1$", r"EL1 VMID 1 PC=\S+ \(__arm_smccc_hvc", r"= 2$",
          r"0xd4000002", r"kvm_vcpu_ioctl")
    console, _ = s.end(timeout=400)
    c.expect(console.count("svemu: exit 0") == 2, "host and guest did not both end with 0: %s" % console[-400:])


if __name__ == "__main__":
    run.main()
