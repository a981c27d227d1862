#!/usr/bin/env python3
"""The mailing lists' questions about SVE and KVM, asked of real kernels: kvmlab (tests/guest/kvmlab) runs in the emulated
host and uses the KVM API directly. Hosts are VHE or nVHE, their CPUs alike or not. What is expected stands, with its
source, beside each check of kvmlab; here stands which host runs which groups, and what two boots show together."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import run

MODES = {"VHE": ("", r"kvm \[1\]: VHE mode initialized successfully"),
         "nVHE": ("kvm-arm.mode=nvhe", r"kvm \[1\]: Hyp (nVHE )?mode initialized successfully")}
MODULES = ("crc32c_generic", "libcrc32c", "udp_tunnel", "ip6_udp_tunnel", "sha1-ce", "sctp")
INSMOD = "for m in %s; do insmod /modules/$m.ko || exit 9; done; " % " ".join(MODULES)
GROUPS = ("registers", "list", "finalize", "vls", "mix", "no-sve", "migrate", "psci", "host-sve", "softirq")


def cpus(*sets):
    options = ["--smp", str(len(sets)), "--cpu", "all:FEAT_SHA1=yes"]
    for n, vl in enumerate(sets):
        options += ["--cpu", "%d:vl=%s" % (n, vl)]
    return options


# Three hosts: common 128 256 512 and 384 on one CPU alone, so guests have 128 256; what is above the common range
# differs, so guests have all of 128 256 512 1024; all of 16 lengths, alike. (Which lengths guests get of which sets is
# vl_mismatch.py's matter.)
HOSTS = {"unlike": (cpus("128+256+512+1024", "128+256+512+1024+2048", "128+256+384+512"), "16 32 64", "16 32"),
         "unlike above": (cpus("128+256+512+1024", "128+256+512+1024+2048"), "16 32 64 128", "16 32 64 128"),
         "alike": (cpus("max", "max"), " ".join(str(16 * q) for q in range(1, 17)),
                   " ".join(str(16 * q) for q in range(1, 17)))}


def boot(c, kernel, command, options, append="", extra=(), tag=""):
    programs = kernel if kernel in run.KERNELS else run.KERNELS[-1]
    initrds = [o for path in ("initrd.cpio.gz", "linux-%s/lab.cpio" % programs) for o in ("--initrd", run.asset(path))]
    line = ("console=ttyAMA0 %s svemu.cmd=\"%s\"" % (append, command)).replace("  ", " ")
    return c.svemu("--kernel", run.asset("linux-%s/Image" % kernel), *initrds, *extra, "--append", line, *options,
                   timeout=600, tag=tag)


def groups(c, kernel, mode, host, names):
    """Every check of these groups holds, and all groups came to their end."""
    append, line = MODES[mode]
    options, user, guest = HOSTS[host]
    r = boot(c, kernel, (INSMOD if "softirq" in names else "") + "kvmlab " + " ".join(names), options, append)
    c.exited(r)
    c.healthy(r)
    c.has(r, line)
    for name in names:
        c.has(r, r"^kvmlab: group %s$" % name, times=1)
    for bad in re.findall(r"^not ok .*", r.console, re.M):
        c.fail(bad)
    good = len(re.findall(r"^ok ", r.console, re.M))
    c.has(r, r"^kvmlab: %d passed, 0 failed$" % good)
    c.expect(good >= 4 * len(names), "%d checks passed, too few for %d groups" % (good, len(names)))
    if "vls" in names:
        c.has(r, r"^kvmlab: host %s, guests %s, %d sets accepted$" % (user, guest, len(guest.split())))
    if "mix" in names:  # features became the VM's with Linux 6.5
        c.has(r, r"^kvmlab: a vCPU without SVE beside one with SVE: %s$" % ("accepted" if kernel == "6.1" else "EINVAL"))


def dump(c, kernel, mode, vl):
    """A vCPU's registers on a host of these lengths, as kvmlab prints them."""
    r = boot(c, kernel, "kvmlab save", cpus(vl), MODES[mode][0], tag="-save")
    c.exited(r)
    c.has(r, r"^dump: end$")
    return "".join(line + "\n" for line in re.findall(r"^dump: .*", r.console, re.M))


def restore(c, kernel, mode, vl, text, number):
    with tempfile.TemporaryDirectory() as d:
        path, archive = os.path.join(d, "dump"), os.path.join(d, "dump.cpio")
        with open(path, "w") as f:
            f.write(text)
        subprocess.run([os.path.join(run.TOP, ".ci", "mkcpio"), archive, "/dump=" + path], check=True)
        r = boot(c, kernel, "kvmlab restore /dump; echo status=$?", cpus(vl), MODES[mode][0], ["--initrd", archive],
                 tag="-restore%d" % number)
    c.exited(r)
    c.healthy(r)
    return r


ENTERS = [r"KVM_ARM_VCPU_INIT: success", r"KVM_REG_ARM64_SVE_VLS: success", r"KVM_ARM_VCPU_FINALIZE: success",
          r"0 registers refused"]
REFUSED = [r"KVM_ARM_VCPU_INIT: success", r"KVM_REG_ARM64_SVE_VLS: EINVAL"]
NO_SVE = [r"KVM_ARM_VCPU_INIT: EINVAL"]

# From these lengths to those: api.rst, KVM_ARM_VCPU_INIT and "the set of vector lengths ... EINVAL" of SVE_VLS.
MIGRATIONS = {
    "128+256+512": [("128+256+512", ENTERS + [r"RDVL 64, Z, P and FFR kept"]),
                    ("128+256+384+512", REFUSED), ("128+256", REFUSED), ("none", NO_SVE),
                    ("128+256+512+1024", ENTERS + [r"RDVL 64, Z, P and FFR kept"])],
    "128+256": [("128+256+512", ENTERS + [r"RDVL 32, Z, P and FFR kept"]),
                ("128+256+384+512", ENTERS + [r"RDVL 32, Z, P and FFR kept"]), ("128", REFUSED)],
}


def migrations(c, kernel, mode, source, quick):
    text = dump(c, kernel, mode, source)
    for number, (target, lines) in enumerate(MIGRATIONS[source]):
        if quick is None or number in quick:
            r = restore(c, kernel, mode, target, text, number)
            got = re.findall(r"^restore: (.*)", r.console, re.M)
            c.expect(got == lines, "from %s to %s: %s, expected %s" % (source, target, got, lines))
            c.has(r, r"^status=%d$" % (0 if lines[:4] == ENTERS else 1))


def on_qemu(c, kernel, mode):
    """QEMU's CPUs, all alike, give every check the same answer: what is expected is the kernel's and not svemu's."""
    append, line = MODES[mode]
    command = INSMOD + "kvmlab " + " ".join(GROUPS)
    ours = boot(c, kernel, command, HOSTS["alike"][0], append)
    with tempfile.TemporaryDirectory() as d:
        both = os.path.join(d, "initrd")
        with open(both, "wb") as f:
            for path in "initrd.cpio.gz", "linux-%s/lab.cpio" % kernel:
                with open(run.asset(path), "rb") as part:
                    f.write(part.read())
        theirs = run.run([run.QEMU, "-M", "virt,virtualization=on,gic-version=3", "-cpu", "max", "-smp", "2", "-m", "1024",
                          "-nographic", "-nic", "none", "-kernel", run.asset("linux-%s/Image" % kernel), "-initrd", both, "-append",
                          "console=ttyAMA0 %s svemu.cmd=\"%s\"" % (append, command)], 900, c.log.replace(".log", "-qemu.log"))
    results = [re.findall(r"^((?:not )?ok .*|kvmlab: (?!most growth).*)", r.console, re.M) for r in (ours, theirs)]
    c.has(theirs, line)
    c.expect(len(results[0]) > 100, "only %d lines" % len(results[0]))
    for text in set(results[0]) ^ set(results[1]):
        c.fail("only on %s: %s" % ("svemu" if text in results[0] else "QEMU", text))


LOST = r"^not ok the vCPU thread's Z and P are kept after a guest %s: \d+ of 12 rounds are not, first z\d+ byte (1[6-9]|[2-9]\d)"


def discarded(c, kernel, mode):
    """The host's SVE state is discarded: V registers survive, the rest of Z does not. Guests that use SVE hide it."""
    r = boot(c, kernel, "kvmlab host-sve; echo status=$?", HOSTS["unlike"][0], MODES[mode][0])
    c.exited(r)
    c.has(r, r"^ok another task ran on the CPU in every round$", times=3)
    c.has(r, r"^ok the vCPU thread's Z and P are kept after a guest that uses SVE$")
    if kernel == "buggy":
        c.has(r, LOST % "that uses no vectors")
        c.has(r, LOST % "without SVE")
        c.has(r, r"^status=1$")
    else:
        c.has(r, r"^kvmlab: 6 passed, 0 failed$")


def killed(c, kernel, mode):
    """NEON in a softirq kills the vCPU's thread, since ZCR_EL1 is the guest's; under VHE the guest has one of its own."""
    r = boot(c, kernel, "kvmlab softirq; echo status=$?", HOSTS["unlike"][0], MODES[mode][0])
    c.exited(r)
    c.has(r, r"^ok SCTP cookies by kernel-mode NEON$")
    if (kernel, mode) == ("buggy", "nVHE"):
        c.has(r, r"WARNING: CPU: \d+ PID: \d+ at .*fpsimd_save_user_state")
        c.has(r, r"^not ok the vCPU thread survives NEON in softirqs: SIGKILL after \d+ rounds$")
        c.has(r, r"^status=1$")
    else:
        c.healthy(r)
        c.has(r, r"^kvmlab: 6 passed, 0 failed$")


for kernel in reversed(run.KERNELS):
    for mode in MODES:
        first = (kernel, mode) in (("6.12", "VHE"), ("6.1", "nVHE"))
        for host in HOSTS:
            run.case("%s host, CPUs %s, on %s" % (mode, host, kernel), slow=host != "unlike")(
                lambda c, k=kernel, m=mode, h=host: groups(c, k, m, h, GROUPS))
        if first:
            run.case("save and restore, %s, on %s" % (mode, kernel))(
                lambda c, k=kernel, m=mode: migrations(c, k, m, "128+256+512", (0, 1)))
        for source in MIGRATIONS:
            run.case("save on %s, restore elsewhere, %s, on %s" % (source, mode, kernel), slow=True)(
                lambda c, k=kernel, m=mode, s=source: migrations(c, k, m, s, None))

for kernel in reversed(run.KERNELS):
    for mode in MODES:
        if os.path.exists(run.QEMU):
            run.case("QEMU gives the same answers, %s, on %s" % (mode, kernel), slow=True)(
                lambda c, k=kernel, m=mode: on_qemu(c, k, m))

# make assets-buggy: one configuration, with and without the two fixes.
for kernel in "small", "buggy":
    if os.path.exists(run.asset("linux-%s/Image" % kernel)):
        for mode in MODES:
            run.case("the host's SVE state, %s, on linux-%s" % (mode, kernel))(
                lambda c, k=kernel, m=mode: discarded(c, k, m))
            run.case("NEON in softirqs, %s, on linux-%s" % (mode, kernel))(lambda c, k=kernel, m=mode: killed(c, k, m))
    else:
        print("linux-%s is not built (make assets-buggy): its cases are left out" % kernel)

if __name__ == "__main__":
    run.main()
