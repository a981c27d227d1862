#!/usr/bin/env python3
"""Models of real cores: each boots both kernels and runs a KVM guest; unlike cores share a machine, each with its own
identity, caches and PMU; a machine file gives what its options give."""

import os
import re

import run

# MIDR_EL1, SVE lengths in bytes as user space gets them, what KVM says of the physical address size, event counters.
MODELS = {
    "a64fx": ("0x461f0010", "16 32 64", 40, 8),
    "neoverse-v1": ("0x411fd402", "16 32", 48, 6),
    "neoverse-n2": ("0x410fd493", "16", 48, 6),
    "cortex-a510": ("0x411fd461", "16", 40, 6),
    "cortex-a710": ("0x412fd471", "16", 40, 20),
}
GUEST = "vmm --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd 'svevl --all'"


def model(c, kernel, name):
    midr, lengths, bits, counters = MODELS[name]
    r = c.boot(kernel, GUEST, "--smp", "2", "--cpu", "all:model=" + name, guest=True, timeout=600)
    c.exited(r)
    boots = r.boots()
    c.expect(len(boots) == 2, "%d kernels booted, expected 2" % len(boots))
    c.healthy(boots[0])
    if name != "a64fx":  # its 256-byte lines make a guest whose devices are not coherent warn
        c.healthy(r)
    c.expect(r.errors.count("warning") == 0, "svemu warns: %s" % r.errors[:300])
    c.has(boots[0], r"Booting Linux on physical CPU 0x0000000000 \[%s\]" % midr)
    c.has(boots[0], r"CPU1: Booted secondary processor 0x0000000001 \[%s\]" % midr)
    c.has(boots[0], r"IPA Size Limit: %d bits" % bits)
    c.has(boots[0], r"PMU driver, %d .*counters available" % (counters + 1))
    c.has(boots[1], r"Booting Linux on physical CPU 0x0000000000 \[%s\]" % midr)
    c.has(boots[1], r"^svevl: cpu \d+: %s$" % lengths, times=2)


for _kernel in run.KERNELS:
    for _name in MODELS:
        run.case("%s on %s" % (_name, _kernel), slow=(_kernel, _name) not in (("6.12", "a64fx"), ("6.1", "neoverse-n2")))(
            lambda c, kernel=_kernel, name=_name: model(c, kernel, name))


def unlike(c, kernel, one, other, mpidr, keys="", guest=True):
    """Two CPUs of each of two models, in clusters of their own; the guest's vCPUs run on all of them. keys take from the
    second what the kernel wants all CPUs to have alike."""
    options = ["--smp", "4", "--cpu", "0-1:model=" + one, "--cpu", "2-3:model=" + other + keys]
    for cpu, value in enumerate(mpidr):
        options += ["--cpu", "%d:mpidr=%#x" % (cpu, value)]
    r = c.boot(kernel, "cat /sys/devices/system/cpu/cpu*/regs/identification/midr_el1; ls /sys/bus/event_source/devices; "
               "cat /sys/devices/system/cpu/cpu*/topology/core_siblings_list; " + (GUEST if guest else "true"), *options, guest=True, timeout=600)
    c.exited(r)
    boots = r.boots()
    c.expect(len(boots) == 1 + guest, "%d kernels booted, expected %d" % (len(boots), 1 + guest))
    host = boots[0]
    for cpu in range(1, 4):
        c.has(host, r"CPU%d: Booted secondary processor 0x%010x \[%s\]" % (cpu, mpidr[cpu] & 0xff00ffffff, MODELS[one if cpu < 2 else other][0]))
    c.expect(re.findall(r"(?m)^0x00000000(\w{8})$", host) == [MODELS[one][0][2:]] * 2 + [MODELS[other][0][2:]] * 2,
             "MIDR_EL1 of the CPUs: %s" % re.findall(r"(?m)^0x0000\w+$", host))
    for name in (one, other):
        c.has(host, r"hw perfevents: enabled with \S+ PMU driver, %d " % (MODELS[name][3] + 1))
    c.lacks(host, r"Kernel panic|Oops|BUG:")
    if not guest:
        c.has(host, r"kvm \[1\]: PAGE_SIZE not supported at Stage-2, giving up")
    c.has(boots[-1], r"^svemu: exit 0$")


@run.case("cortex-a510 and cortex-a710 on 6.12")
def big_little(c):
    unlike(c, "6.12", "cortex-a510", "cortex-a710", (0x0, 0x100, 0x200, 0x300))


@run.case("cortex-a510 and cortex-a710 on 6.1", slow=True)
def big_little_old(c):
    unlike(c, "6.1", "cortex-a510", "cortex-a710", (0x0, 0x100, 0x200, 0x300))


# With FEAT_FPAC or FEAT_MTE2 on some CPUs only, kernels park those that differ from the boot CPU. The silicon of the
# Neoverse V1 has 0 in ID_AA64MMFR0_EL1.TGran4_2 (as at stage 1), that of the N2 has 2 (supported): kernels take fields that
# differ for a granule that stage 2 lacks, and KVM gives up. The N2 with the V1's value has guests.
SERVERS = ("neoverse-v1", "neoverse-n2", (0x1000000, 0x1000100, 0x1010000, 0x1010100), ",FEAT_FPAC=no,FEAT_MTE2=no")


@run.case("neoverse-v1 and neoverse-n2 on 6.12", slow=True)
def servers(c):
    unlike(c, "6.12", *SERVERS, guest=False)


@run.case("neoverse-v1 and neoverse-n2 with a guest on 6.12", slow=True)
def servers_guest(c):
    unlike(c, "6.12", *SERVERS[:3], SERVERS[3] + ",ID_AA64MMFR0_EL1.TGran4_2=0")


@run.case("neoverse-v1 and neoverse-n2 with a guest on 6.1", slow=True)
def servers_guest_old(c):
    unlike(c, "6.1", *SERVERS[:3], SERVERS[3] + ",ID_AA64MMFR0_EL1.TGran4_2=0")


@run.case("a machine file")
def machine_file(c):
    """An example of docs/machines: CPU 1 lacks the longest vectors of the boot CPU, comes late and is parked."""
    r = c.svemu("--machine-file", os.path.join(run.TOP, "docs/machines/vl-late.conf"), "--kernel",
                run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"), "--memory", "512M")
    c.exited(r, guest_status=None)
    c.has(r, r"SVE: maximum available vector length 64 bytes per vector")
    c.has(r, r"CPU1: will not boot")
    c.has(r, r"Memory: \d+K/524288K available")


if __name__ == "__main__":
    run.main()
