#!/usr/bin/env python3
"""Firmware that is wrong on purpose on one CPU: what the kernels do, and svemu's one line that says which control of EL3
decided, at which instruction, and what the kernel's boot protocol asks of it."""

import run

SYS = "/sys/devices/system/cpu"
REPORT = "echo online=$(cat %s/online); svevl --all" % SYS
PROTOCOL = r"the kernel's boot protocol \(Documentation/arch/arm64/booting\.rst, section 4\) "


def said(c, r, *patterns):
    """Standard error has exactly one line for each pattern, in this order, and nothing else."""
    lines = [l for l in r.errors.split("\n") if l]
    if len(lines) != len(patterns):
        c.fail("standard error has %d lines, expected %d: %s" % (len(lines), len(patterns), r.errors[:600]))
    for line, pattern in zip(lines, patterns):
        c.expect(run.re.fullmatch("svemu: " + pattern, line), "'%s' does not match /%s/" % (line[:400], pattern))


def stopped(cpu, insn, control, ec, asks):
    return (r"CPU %d is stopped at EL3: %s at EL[12], PC 0x[0-9a-f]+, was trapped because %s \(EC %s; ESR_EL3 0x[0-9a-f]+\); %s%s"
            % (cpu, insn, run.re.escape(control), ec, PROTOCOL, asks))


SVE = (r"msr zcr_el2, x\d+", "CPTR_EL3.EZ = 0", r"0x19, SVE", r"asks for CPTR_EL3\.EZ = 1 where a CPU with FEAT_SVE has EL3")
FGT = (r"msr hdfgrtr_el2, x\d+", "SCR_EL3.FGTEn = 0", r"0x18, MSR/MRS/SYS", r"asks for SCR_EL3\.FGTEn = 1 .*")


def traps(c, r, cpu, control, count=1, stop=True):
    """The same in --stats."""
    el3 = (r.stats or {}).get("cpus", [{}] * (cpu + 1))[cpu].get("el3", {})
    c.expect(el3.get("stopped") == stop and el3.get("traps", {}).get(control, 0) >= count,
             "--stats has for CPU %d: %s" % (cpu, el3))


def boot_cpu(c, kernel, key, expect):
    """The boot CPU stops before it has printed a line, and with it the run."""
    r = c.boot(kernel, REPORT, "--smp", "2", "--cpu", "0:" + key)
    c.exited(r, 1, guest_status=None)
    c.expect(r.console == "", "the console has: %s" % r.console[:200])
    said(c, r, stopped(0, *expect), "every CPU that was on is stopped at EL3")
    traps(c, r, 0, key.split("=")[0])
    c.expect(r.stats and r.stats["stop"] == "el3" and r.stats["exit_status"] == 1, "--stats says another end")


def secondary(c, kernel, key, expect):
    """The kernel waits for the CPU, gives it up and goes on without."""
    r = c.boot(kernel, REPORT, "--smp", "2", "--cpu", "1:" + key)
    c.exited(r)
    c.has(r, r"CPU1: failed to come online")
    c.has(r, r"^online=0$")
    c.has(r, r"^svevl: cpu 0: 16 32 64$")
    said(c, r, stopped(1, *expect))
    traps(c, r, 1, key.split("=")[0])
    c.expect(r.stats and "el3" not in r.stats["cpus"][0], "--stats has an EL3 for CPU 0")


for kernel in run.KERNELS:
    slow = kernel == "6.1"
    run.case("EZ = 0 on the boot CPU, %s" % kernel, slow)(lambda c, k=kernel: boot_cpu(c, k, "CPTR_EL3.EZ=0", SVE))
    run.case("EZ = 0 on CPU 1, %s" % kernel, slow)(lambda c, k=kernel: secondary(c, k, "CPTR_EL3.EZ=0", SVE))
    run.case("FGTEn = 0 on the boot CPU, %s" % kernel, slow)(lambda c, k=kernel: boot_cpu(c, k, "SCR_EL3.FGTEn=0", FGT))
    for key, expect in (
            ("SCR_EL3.FGTEn=0", FGT),
            ("SCR_EL3.APK=0", (r"msr apiakeylo_el1, x\d+", "SCR_EL3.APK = 0", "0x18, MSR/MRS/SYS", r"asks for SCR_EL3\.APK = 1 .*")),
            ("SCR_EL3.API=0", (r"(?:paciasp|autiasp)", "SCR_EL3.API = 0", "0x9, PAC", r"asks for SCR_EL3\.API = 1 .*")),
            ("MDCR_EL3.TPM=1", (r"mrs x\d+, pmcr_el0", "MDCR_EL3.TPM = 1", "0x18, MSR/MRS/SYS", r"asks for MDCR_EL3\.TPM = 0 .*")),
            ("ICC_SRE_EL3.Enable=0", (r"mrs x\d+, icc_sre_el2", "ICC_SRE_EL3.Enable = 0", "0x18, MSR/MRS/SYS",
                                      r"asks for ICC_SRE_EL3\.Enable = 1 .*")),
            ("SCR_EL3.TLOR=1", (r"msr lorc_el1, xzr", "SCR_EL3.TLOR = 1", "0x18, MSR/MRS/SYS", r"has no line for SCR_EL3\.TLOR, .*"))):
        run.case("%s on CPU 1, %s" % (key, kernel), slow or key not in ("SCR_EL3.API=0", "SCR_EL3.FGTEn=0"))(
            lambda c, k=kernel, key=key, e=expect: secondary(c, k, key, e))


@run.case("HXEn = 0 on the boot CPU")
def hxen(c):
    boot_cpu(c, "6.12", "SCR_EL3.HXEn=0", (r"msr hcrx_el2, x\d+", "SCR_EL3.HXEn = 0", "0x18, MSR/MRS/SYS", r"asks for SCR_EL3\.HXEn = 1 .*"))


@run.case("what no instruction asks for shows nothing")
def silent(c):
    """Neither kernel touches CNTPOFF_EL2 or the error records: EL3's control of them is right in theory only."""
    r = c.boot("6.12", REPORT, "--smp", "2", "--cpu", "all:SCR_EL3.ECVEn=0,SCR_EL3.TERR=1")
    c.exited(r)
    c.has(r, r"^online=0-1$")
    said(c, r)


@run.case("EZ = 0 on CPU 1 of firmware that makes it UNDEFINED")
def undef(c):
    """At that point of the boot EL2 has no vectors yet, so the CPU is lost as well: it takes exceptions for ever. A slow clock
    keeps them few."""
    r = c.boot("6.12", REPORT, "--smp", "2", "--cpu", "1:CPTR_EL3.EZ=0,firmware-trap=undef,clock=10MHz")
    c.exited(r)
    c.has(r, r"CPU1: failed to come online")
    c.has(r, r"^online=0$")
    said(c, r, r"CPU 1: msr zcr_el2, x\d+ at EL2, PC 0x[0-9a-f]+, was trapped to EL3 because CPTR_EL3\.EZ = 0 "
         r"\(EC 0x19, SVE; ESR_EL3 0x66000000\), which makes it UNDEFINED; " + PROTOCOL + "asks for .*")
    traps(c, r, 1, "CPTR_EL3.EZ", stop=False)


@run.case("TWI = 1 on CPU 1 of firmware that makes it UNDEFINED", slow=True)
def undef_wfi(c):
    """The kernel's vectors are there: an Oops in the idle task, which no kernel survives."""
    r = c.boot("6.12", REPORT, "--smp", "2", "--no-reboot", "--cpu", "1:SCR_EL3.TWI=1,firmware-trap=undef",
               append="earlycon=pl011,0x9000000 panic=-1")
    c.exited(r, 1, guest_status=None)
    c.has(r, r"Internal error: Oops - Undefined instruction: 0+2000000 \[#1\]")
    c.has(r, r"Kernel panic - not syncing: Attempted to kill the idle task!")
    c.expect("wfi at EL2" in r.errors and "SCR_EL3.TWI = 1" in r.errors, "standard error has: %s" % r.errors[:300])


LIMIT = (r"CPU 1: msr zcr_el[12], x\d+ at EL2, PC 0x[0-9a-f]+, asks for more than ZCR_EL3\.LEN = 1 allows, and gets 256 bits; "
         + PROTOCOL + r"asks for the same ZCR_EL3\.LEN on all CPUs with FEAT_SVE and EL3")


def limit(c, kernel):
    """An early CPU whose probe ends at 256 bits is one with fewer lengths; a late one is refused."""
    r = c.boot(kernel, REPORT, "--smp", "2", "--cpu", "1:ZCR_EL3.LEN=1", tag="-early")
    c.exited(r)
    c.has(r, r"SVE: maximum available vector length 32 bytes per vector")
    c.has(r, r"^svevl: cpu \d: 16 32$", times=2)
    said(c, r, LIMIT)
    r = c.boot(kernel, "echo 1 > %s/cpu1/online; sleep 6; %s" % (SYS, REPORT), "--smp", "2", "--cpu", "1:ZCR_EL3.LEN=1",
               append="maxcpus=1", tag="-late")
    c.exited(r)
    c.has(r, r"CPU features: CPU1: SVE: vector length support mismatch")
    c.has(r, r"^online=0$")
    said(c, r, LIMIT)


for kernel in run.KERNELS:
    run.case("ZCR_EL3.LEN too small on CPU 1, %s" % kernel, slow=True)(lambda c, k=kernel: limit(c, k))


@run.case("the same ZCR_EL3.LEN everywhere breaks nothing")
def same_limit(c):
    r = c.boot("6.12", REPORT, "--smp", "2", "--cpu", "all:ZCR_EL3.LEN=1")
    c.exited(r)
    c.has(r, r"^svevl: cpu \d: 16 32$", times=2)
    said(c, r)


def psci(c, kernel, how, answer, lines):
    r = c.boot(kernel, REPORT, "--smp", "3", "--cpu", "1:psci=" + how)
    c.exited(r)
    for line in lines:
        c.has(r, line)
    c.has(r, r"^online=0,2$")
    said(c, r, r"CPU 1 is not brought up: PSCI, called at EL[12], PC 0x[0-9a-f]+, %s; %s.*" % (answer, PROTOCOL))


for kernel in run.KERNELS:
    for how, answer, lines in (
            ("ignore", r"answers SUCCESS and does nothing \(psci=ignore\)", [r"CPU1: failed to come online"]),
            ("fail", r"answers INTERNAL_FAILURE \(psci=fail\)", [r"psci: failed to boot CPU1 \(-22\)"]),
            ("unknown", r"knows no such CPU \(psci=unknown\)", [r"psci: failed to boot CPU1 \(-22\)"])):
        run.case("psci=%s, %s" % (how, kernel), kernel == "6.1" or how == "unknown")(
            lambda c, k=kernel, h=how, a=answer, l=lines: psci(c, k, h, a, l))


@run.case("a stopped CPU twice")
def twice(c):
    a, b = (c.boot("6.12", REPORT, "--smp", "2", "--cpu", "1:SCR_EL3.API=0", tag="-%d" % i) for i in (1, 2))
    c.exited(a)
    c.expect(a.console == b.console and a.errors == b.errors, "two runs print differently")
    c.expect(a.stats and b.stats and a.stats["state_hash"] == b.stats["state_hash"], "two runs end in different states")


if __name__ == "__main__":
    run.main()
