"""What the trap matrix runs: probes (one instruction each), the state before, and controls (one bit each)."""

import os
import re
import struct

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SVEMU_SHARED", os.path.join(TOP, "..", "shared"))

VALUE, TIMER, ARENA, NO_EVENT, FROM_READ, IS_CONTROL, QUIET = 1, 2, 4, 8, 16, 32, 64
RUN_BASELINE, RUN_NO_HVC, RUN_WAIT = 1, 2, 4
E2H, TGE, RW = 1 << 34, 1 << 27, 1 << 31


class Probe:
    """name: 'MRS X', 'MSR X' or an instruction; read: the name of the probe whose value is written back."""

    def __init__(self, name, word, flags=0, value=0, read=None):
        self.name, self.word, self.flags, self.value, self.read = name, word, flags, value, read


def encode(encoding, read):
    op0, op1, crn, crm, op2 = encoding
    return 0xd5000000 | read << 21 | op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5


def rows(kind):
    """name -> encoding, from sysregs/sysregs.def."""
    with open(os.path.join(TOP, "sysregs", "sysregs.def"), encoding="utf-8") as f:
        text = f.read()
    if kind == "SYSREG":
        found = re.findall(r"^SYSREG\((\w+), (\d+),(\d+),(\d+),(\d+),(\d+),", text, re.M)
        return {n: tuple(map(int, e)) for n, *e in found}
    found = re.findall(r"^SYSINSN\((\w+), (\d+),(\d+),(\d+),(\d+),", text, re.M)
    return {n: (1, *map(int, e)) for n, *e in found}


def table():
    """The same from Arm's table of system registers, or {} where that is not here."""
    path = os.path.join(SHARED, "arch", "a64-sysregs.tsv")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        lines = [line.split("\t") for line in f.read().split("\n")[1:] if line]
    return {name: tuple(map(int, encoding.split("_"))) for name, encoding, *_ in lines}


def registers():
    """name -> encoding of every register that Arm or svemu names, by encoding."""
    by_encoding = {e: n for n, e in reversed(list(table().items()))}
    for name, e in rows("SYSREG").items():
        by_encoding.setdefault(e, name)
    return {n: e for e, n in sorted(by_encoding.items())}


# Values that depend on time, on what ran before, or are random.
NO_VALUE = re.compile(r"CNTV?P?CT(SS)?_EL0|CNT\w+_(TVAL|CVAL)_EL\w+|RNDRR?S?|PMCCNTR_EL0|PMXEVCNTR_EL0|PMEVCNTR\d+_EL0|CNTPCTSS_EL0|CNTVCTSS_EL0")

INSTRUCTIONS = [
    ("NOP", 0xd503201f, 0, 0),
    ("UDF", 0x00000000, 0, 0),
    # Waits: with an expired timeout and one that never comes; Rt = X0
    ("WFI", 0xd503207f, TIMER, 0),
    ("WFE", 0xd503205f, TIMER | NO_EVENT, 0),
    ("WFIT expired", 0xd5031020, TIMER, 0),
    ("WFIT", 0xd5031020, TIMER, 0xffffffffffffffff),
    ("WFET expired", 0xd5031000, TIMER | NO_EVENT, 0),
    ("WFET", 0xd5031000, TIMER | NO_EVENT, 0xffffffffffffffff),
    ("SVC", 0xd4000001 | 1 << 5, 0, 0),
    ("HVC", 0xd4000002 | 1 << 5, 0, 0),
    ("SMC", 0xd4000003 | 1 << 5, VALUE, 0xc400ffff),
    ("BRK", 0xd4200000 | 1 << 5, 0, 0),
    ("HLT", 0xd4400000 | 1 << 5, 0, 0),
    ("DCPS1", 0xd4a00001, 0, 0),
    ("DCPS2", 0xd4a00002, 0, 0),
    ("DCPS3", 0xd4a00003, 0, 0),
    ("ERET", 0xd69f03e0, 0, 0),
    ("ERETAA", 0xd69f0bff, 0, 0),
    ("ERETAB", 0xd69f0fff, 0, 0),
    ("DRPS", 0xd6bf03e0, 0, 0),
    # Floating point and vectors
    ("FMOV d0, #1", 0x1e6e1000, 0, 0),
    ("FADD d0, d0, d0", 0x1e602800, 0, 0),
    ("ADD v0.4s", 0x4ea08400, 0, 0),
    ("LDR q0, [x1]", 0x3dc00020, 0, 0),
    ("STR d0, [x1]", 0xfd000020, 0, 0),
    ("ADD z0.s", 0x04a00000, 0, 0),
    ("PTRUE p0.b", 0x2518e3e0, 0, 0),
    ("RDVL x0, #1", 0x04bf5020, VALUE, 0),
    ("CNTB x0", 0x0420e3e0, VALUE, 0),
    ("LDR z0, [x1]", 0x85804020, 0, 0),
    ("SETFFR", 0x252c9000, 0, 0),
    ("FADD z0.s", 0x65800000, 0, 0),
    # Pointer authentication; X30 is the next instruction
    ("PACIA x0, x1", 0xdac10020, VALUE, 0x12345678),
    ("PACIB x0, x1", 0xdac10420, VALUE, 0x12345678),
    ("PACDA x0, x1", 0xdac10820, VALUE, 0x12345678),
    ("PACDB x0, x1", 0xdac10c20, VALUE, 0x12345678),
    ("PACGA x0, x0, x1", 0x9ac13000, VALUE, 0x12345678),
    ("AUTIA x0, x1", 0xdac11020, VALUE, 0x12345678),
    ("AUTIB x0, x1", 0xdac11420, VALUE, 0x12345678),
    ("AUTDA x0, x1", 0xdac11820, VALUE, 0x12345678),
    ("AUTDB x0, x1", 0xdac11c20, VALUE, 0x12345678),
    ("XPACI x0", 0xdac143e0, VALUE, 0x00ff000012345678),
    ("PACIA1716", 0xd503211f, 0, 0),
    ("AUTIB1716", 0xd50321df, 0, 0),
    ("PACIAZ", 0xd503231f, 0, 0),
    ("XPACLRI", 0xd50320ff, 0, 0),
    ("LDRAA x0, [x1]", 0xf8200420, 0, 0),
    # PSTATE
    ("MSR DAIFSet, #15", 0xd5034fdf, 0, 0),
    ("MSR DAIFClr, #0", 0xd50340ff, 0, 0),
    ("MSR SPSel, #1", 0xd50041bf, 0, 0),
    ("MSR PAN, #0", 0xd500409f, 0, 0),
    ("MSR UAO, #0", 0xd500407f, 0, 0),
    ("MSR DIT, #0", 0xd503405f, 0, 0),
    ("MSR TCO, #0", 0xd503409f, 0, 0),
    ("MSR SSBS, #0", 0xd503403f, 0, 0),
    ("CFINV", 0xd500401f, 0, 0),
    # Hints and barriers
    ("YIELD", 0xd503203f, 0, 0),
    ("ESB", 0xd503221f, 0, 0),
    ("PSB CSYNC", 0xd503223f, 0, 0),
    ("TSB CSYNC", 0xd503225f, 0, 0),
    ("CSDB", 0xd503229f, 0, 0),
    ("DGH", 0xd50320df, 0, 0),
    ("CLRBHB", 0xd50322df, 0, 0),
    ("ISB", 0xd5033fdf, 0, 0),
    ("DSB nXS", 0xd5033e3f, 0, 0),
    ("SB", 0xd50330ff, 0, 0),
    # Memory: atomics, tags, copies of no bytes
    ("LDXR x0, [x1]", 0xc85f7c20, 0, 0),
    ("LDADD x0, x0, [x1]", 0xf8200020, 0, 0),
    ("LDTR x0, [x1]", 0xf8400820, 0, 0),
    ("IRG x0, x1", 0x9adf1020, 0, 0),
    ("GMI x0, x1, x2", 0x9ac21420, VALUE, 0),
    ("ADDG x0, x1, #0, #1", 0x91800420, VALUE, 0),
    ("LDG x0, [x1]", 0xd9600020, VALUE, 0),
    ("STG x1, [x1]", 0xd9200821, 0, 0),
    ("STZG x1, [x1]", 0xd9600821, 0, 0),
    ("LDGM x0, [x1]", 0xd9e00020, VALUE, 0),
    ("STGM x0, [x1]", 0xd9a00020, 0, 0),
    ("STZGM x0, [x1]", 0xd9200020, 0, 0),
    ("SETP [x1]!, x2!, x3", 0x19c30441, 0, 0),
    ("SETM [x1]!, x2!, x3", 0x19c34441, 0, 0),
    ("CPYP [x1]!, [x3]!, x2!", 0x1d030441, 0, 0),
    ("CPYFP [x1]!, [x3]!, x2!", 0x19030441, 0, 0),
    ("RPRFM x0, x1, [x2]", 0xf8a14858, 0, 0),
    ("LD64B x0, [x1]", 0xf83fd020, 0, 0),
    ("ST64B x0, [x1]", 0xf83f9020, 0, 0),
    # IMPLEMENTATION DEFINED space and encodings that no feature has
    ("SYS impdef", encode((1, 0, 11, 0, 0), 0), 0, 0),
    ("SYSL impdef", encode((1, 3, 15, 0, 0), 1), 0, 0),
    ("read S3_0_C15_C0_0", encode((3, 0, 15, 0, 0), 1), 0, 0),
    ("read S3_3_C15_C0_0", encode((3, 3, 15, 0, 0), 1), 0, 0),
    ("read S3_0_C11_C0_0", encode((3, 0, 11, 0, 0), 1), 0, 0),
    ("read S3_4_C15_C0_0", encode((3, 4, 15, 0, 0), 1), 0, 0),
    ("write S3_3_C11_C0_0", encode((3, 3, 11, 0, 0), 0), 0, 0),
    ("SYS #0, c7, c0, #0", encode((1, 0, 7, 0, 0), 0), 0, 0),
    ("read S3_0_C0_C1_7 (ID space)", encode((3, 0, 0, 3, 7), 1), 0, 0),
    ("read S3_0_C0_C7_7 (ID space)", encode((3, 0, 0, 7, 7), 1), 0, 0),
    ("read S3_1_C0_C0_3", encode((3, 1, 0, 0, 3), 1), 0, 0),
    ("read S3_3_C13_C15_7", encode((3, 3, 13, 15, 7), 1), 0, 0),
]


def probes():
    """Instructions, then reads of registers, then writes: a control of one of these need not be tried on the others."""
    instructions = [Probe(n, w, f, v) for n, w, f, v in INSTRUCTIONS]
    for name, e in rows("SYSINSN").items():
        address = re.match(r"(DC_(?!.*SW)|IC_IVAU|AT_)", name)
        instructions.append(Probe(name.replace("_", " ", 1), encode(e, 0), ARENA if address else 0, 0))
    names = registers()
    reads = [Probe("MRS " + n, encode(e, 1), 0 if NO_VALUE.fullmatch(n) else VALUE) for n, e in names.items()]
    controls = re.compile("|".join("%s[12]*" % re.sub("[12]$", "", c.name) for c in CONTROLS))
    writes = [Probe("MSR " + n, encode(e, 0), FROM_READ | (IS_CONTROL if controls.fullmatch(n) else 0), read="MRS " + n)
              for n, e in names.items()]
    return instructions + reads + writes


# ---- The state before, and the controls ----

def bits(*numbers):
    return sum(1 << n for n in numbers)


HCR = RW | bits(41, 40, 56, 53, 47)  # API, APK, ATA, EnSCXT, FIEN
# As EL0's and EL1's software wants it: UCI, UCT, DZE, nTWI, nTWE, UMA, EnRCTX, pointer authentication, MSCEn, ATA, ATA0
SCTLR = 0x30c00980 | bits(26, 15, 14, 16, 18, 9, 10, 31, 30, 27, 13, 12, 33, 43, 42)
SCTLR_EL2 = 0x30c50830 | bits(31, 30, 27, 13, 12, 33, 43)
CPTR, CPTR_E2H = 0x32ff, 3 << 20 | 3 << 16
CPACR = 3 << 20 | 3 << 16


class Control:
    """A register that EL2 writes: base value with E2H = 0 and 1, the names that reach it there, and the bits to change."""

    def __init__(self, name, base, base_e2h=None, alias=None, change=range(64), values=()):
        self.name, self.bits, self.values = name, change, values
        self.base = [base, base if base_e2h is None else base_e2h]
        self.reach = [name, alias or name]


def without(top, *numbers):
    return [n for n in range(top) if n not in numbers]


CONTROLS = [
    Control("HCR_EL2", HCR, change=without(60, 0, 12, 27, 31, 34, 38, 39, 42, 43, 44, 45, 48, 51, 57, 59)),
    Control("HCRX_EL2", bits(11, 10), change=range(24)),
    Control("HFGRTR_EL2", 0),
    Control("HFGWTR_EL2", 0),
    Control("HFGITR_EL2", 0),
    Control("HDFGRTR_EL2", 0),
    Control("HDFGWTR_EL2", 0),
    Control("CPTR_EL2", CPTR, CPTR_E2H, change=range(32)),
    Control("CPACR_EL1", CPACR, alias="CPACR_EL12", change=range(32), values=(0,)),
    Control("MDCR_EL2", 6, change=range(37)),
    Control("CNTHCTL_EL2", 3, 0xf03, change=range(20)),
    Control("CNTKCTL_EL1", 0x303, alias="CNTKCTL_EL12", change=range(18)),
    Control("HSTR_EL2", 0, change=range(16)),
    Control("ICH_HCR_EL2", 1, change=range(16)),
    Control("SCTLR_EL1", SCTLR, alias="SCTLR_EL12", change=without(64, 0)),
    Control("SCTLR_EL2", SCTLR_EL2, SCTLR, change=without(64, 0, 25)),
    Control("PMUSERENR_EL0", 15, change=range(7), values=(0, 1, 2, 4, 8)),
    Control("MDSCR_EL1", 0, change=without(32, 0)),
    Control("ICC_SRE_EL1", 7, change=range(3)),
    Control("ICC_SRE_EL2", 15, change=range(4)),
    Control("OSLAR_EL1", 0, change=range(1)),
    Control("PMSELR_EL0", 0, values=(5, 7, 31), change=()),
    Control("ZCR_EL1", 15, alias="ZCR_EL12", change=range(4)),
    Control("ZCR_EL2", 15, change=range(4)),
]

# Writes at EL2 by each name that a register has, after which every read shows which register has changed.
MARKS = {
    "TTBR0": 0x12345000, "TTBR1": 0x23456000, "TCR": 0x100010, "ESR": 0x5a00001d, "FAR": 0x123456789abcdef0, "AFSR0": 0x11, "AFSR1": 0x22,
    "MAIR": 0x4404ff00bb, "AMAIR": 0x33, "CONTEXTIDR": 0x12345678, "TFSR": 1, "SCXTNUM": 0x66,
}
MARKS_EL2 = {
    "VPIDR_EL2": 0x410fd0c1, "VMPIDR_EL2": 0x80000003, "TPIDR_EL1": 0x77, "TPIDR_EL0": 0x78, "TPIDRRO_EL0": 0x79, "TPIDR_EL2": 0x7a,
    "SP_EL1": 0x1230, "SP_EL0": 0x4560, "PAR_EL1": 0x1000, "CSSELR_EL1": 2, "SCXTNUM_EL0": 1,
    "CNTVOFF_EL2": 0x1000, "CNTP_CTL_EL0": 2, "CNTV_CTL_EL0": 2, "CNTHP_CTL_EL2": 2, "CNTHV_CTL_EL2": 2, "ICH_VMCR_EL2": 0xa0000003,
    "ICC_PMR_EL1": 0xf0, "HPFAR_EL2": 0x100, "VTTBR_EL2": 0x34567000, "VSESR_EL2": 0x44, "MDCCINT_EL1": 0x20000000, "PMCNTENSET_EL0": 1,
    "PMINTENSET_EL1": 2, "PMEVTYPER0_EL0": 0x11, "DBGBVR0_EL1": 0x1000, "DBGWVR1_EL1": 0x2000, "APIAKEYLO_EL1": 0x55, "RGSR_EL1": 1, "GCR_EL1": 3,
    "TFSRE0_EL1": 1, "FPSR": 0x10, "FPCR": 0x400000, "LORN_EL1": 1, "ACTLR_EL1": 0x10,
}


def marks(config):
    """(name, encoding, value): the writes that there are with this setting of E2H."""
    names = {**rows("SYSREG"), **table()}
    for base, value in MARKS.items():
        one, two = names[base + "_EL1"], names.get(base + "_EL2")
        yield base + "_EL1", one, value
        if two and (base not in ("TTBR1", "CONTEXTIDR") or config & 1):
            yield base + "_EL2", two, value
        if config & 1:
            yield base + "_EL12", (3, 5, *one[2:]), value
    for name, value in MARKS_EL2.items():
        yield name, names[name], value
        if config & 1 and re.match("CNT[PV]_CTL", name):
            yield name[:-1] + "02", (3, 5, *names[name][2:]), value


# Two controls at once, where Arm's order decides between EL1 and EL2 or between two syndromes.
PAIRS = [
    (r"SCTLR_EL[12]\[26\]=0", r"HFGITR_EL2\[([2-9]|1[01])\]=1|HCR_EL2\[(23|24|52)\]=1", r"[DI]C .*"),
    (r"SCTLR_EL[12]\[15\]=0", r"HCR_EL2\[17\]=1|HFGRTR_EL2\[1[01]\]=1", "MRS CTR_EL0"),
    (r"SCTLR_EL[12]\[14\]=0", r"HCR_EL2\[28\]=1|HFGITR_EL2\[11\]=1", r"DC G?Z?VA|MRS DCZID_EL0"),
    (r"SCTLR_EL[12]\[1[68]\]=0", r"HCR_EL2\[1[34]\]=1", "WF.*"),
    (r"SCTLR_EL[12]\[10\]=0", r"HFGITR_EL2\[(48|49|50|60)\]=1", ".* RCTX"),
    (r"SCTLR_EL[12]\[20\]=1", r"HCR_EL2\[53\]=0|HFG[RW]TR_EL2\[3[01]\]=1", "M.. SCXTNUM.*"),
    (r"CPACR_EL1\[(16|20)\]=0", r"CPTR_EL2\[(8|10|16|20)\]=.", r"F.*|.* [vzpq]0.*|RDVL.*|CNTB.*|M.. (FP.R|ZCR)\w*"),
    (r"CPACR_EL1\[16\]=0", r"CPACR_EL1=0", r"F.*|.* [vzpq]0.*|RDVL.*|CNTB.*|M.. (FP.R|ZCR)\w*"),
    (r"CNTKCTL_EL1\[[0189]\]=0", r"CNTHCTL_EL2\[([0189]|1[0134])\]=.", "M.. CNT.*EL0"),
    (r"PMUSERENR_EL0=[0248]", r"MDCR_EL2\[[1256]\]=.|HDFG[RW]TR_EL2\[(1[2-9]|2[012])\]=1", "M.. PM.*EL0"),
    (r"MDSCR_EL1\[12\]=1", r"MDCR_EL2\[(8|9|27)\]=1", "M.. (MDCCSR|DBGDTR.*)_EL0"),
    (r"HCR_EL2\[4[01]\]=0", r"HFG[RW]TR_EL2\[[4-8]\]=1", r"(PAC|AUT|XPAC).*|M.. AP.*KEY.*"),
    (r"ICC_SRE_EL2\[3\]=0", r"ICH_HCR_EL2\[1[0-4]\]=1", "M.. ICC.*"),
    (r"HCR_EL2\[[34]\]=1", r"ICH_HCR_EL2\[1[0-4]\]=1", "M.. ICC.*"),
]

# Registers that hold anything, to be 0 at the start of each run; with E2H = 1 EL1's have their other name.
ZERO_EL1 = """TTBR0_EL1 TTBR1_EL1 TCR_EL1 AFSR0_EL1 AFSR1_EL1 ESR_EL1 FAR_EL1 MAIR_EL1 AMAIR_EL1 CONTEXTIDR_EL1 CNTP_CTL_EL0 CNTV_CTL_EL0
CNTP_CVAL_EL0 CNTV_CVAL_EL0 SCXTNUM_EL1""".split()
ZERO = """ACTLR_EL1 ACTLR_EL2 SP_EL0 SP_EL1 TPIDR_EL0 TPIDRRO_EL0 TPIDR_EL1 TPIDR_EL2 PAR_EL1 CSSELR_EL1 MDCCINT_EL1 AFSR0_EL2 AFSR1_EL2 ESR_EL2
FAR_EL2 HPFAR_EL2 MAIR_EL2 AMAIR_EL2 TTBR0_EL2 TTBR1_EL2 TCR_EL2 VTTBR_EL2 VTCR_EL2 VSESR_EL2 VDISR_EL2 DISR_EL1 CONTEXTIDR_EL2 SCXTNUM_EL0
SCXTNUM_EL2 CNTVOFF_EL2 CNTPOFF_EL2 CNTHV_CTL_EL2 CNTHP_CTL_EL2 CNTHP_CVAL_EL2 CNTHV_CVAL_EL2 HACR_EL2 VPIDR_EL2 VMPIDR_EL2 LORSA_EL1 LOREA_EL1 LORN_EL1 LORC_EL1
PMCNTENCLR_EL0 PMINTENCLR_EL1 PMOVSCLR_EL0 PMCCFILTR_EL0 PMCCNTR_EL0 PMCR_EL0 RGSR_EL1 GCR_EL1 TFSR_EL1 TFSR_EL2 TFSRE0_EL1 OSECCR_EL1 OSDTRRX_EL1 OSDTRTX_EL1
APIAKEYLO_EL1 APIBKEYLO_EL1 APDAKEYLO_EL1 APDBKEYLO_EL1 APGAKEYLO_EL1 APIAKEYHI_EL1 APIBKEYHI_EL1 APDAKEYHI_EL1 APDBKEYHI_EL1 APGAKEYHI_EL1 FPCR FPSR
ICH_VMCR_EL2 ICH_AP0R0_EL2 ICH_AP1R0_EL2 ICC_BPR0_EL1 ICC_IGRPEN0_EL1 SPSR_ABT SPSR_UND SPSR_IRQ SPSR_FIQ""".split()
NUMBERED = (["DBGB%sR%d_EL1" % (c, n) for c in "VC" for n in range(6)] + ["DBGW%sR%d_EL1" % (c, n) for c in "VC" for n in range(4)] +
            ["PMEVTYPER%d_EL0" % n for n in range(6)] + ["PMEVCNTR%d_EL0" % n for n in range(6)] + ["ICH_LR%d_EL2" % n for n in range(4)])
OTHERS = {"ICC_PMR_EL1": 0xff, "ICC_CTLR_EL1": 0, "ICC_IGRPEN1_EL1": 1, "ICC_BPR1_EL1": 0}
ALL = 0xffffffffffffffff


def write_word(name, names):
    return encode(names[name], 0)


def setups():
    """(word, when, value): bit 0 of when: with E2H = 0, bit 1: with E2H = 1."""
    names, result = {**rows("SYSREG"), **table()}, []
    for c in CONTROLS:
        if c.name != "HCR_EL2":
            result += [(reach_word(c, e2h, names), 1 << e2h, c.base[e2h]) for e2h in (0, 1)]
    for base in ZERO_EL1:
        e = names[base]
        result += [(encode(e, 0), 1, 0), (encode((3, 5, *e[2:]), 0), 2, 0)]
    for name in ZERO + NUMBERED:
        result.append((encode(names[name], 0), 3, 0))
    for name, value in OTHERS.items():
        result.append((encode(names[name], 0), 3, value))
    return result


def reach_word(control, e2h, names):
    name = control.reach[e2h]
    e = names[control.name]
    return encode((3, 5, *e[2:]) if name.endswith("12") else e, 0)


class Run:
    """One control (or none) at one EL with one setting of E2H and TGE."""

    def __init__(self, config, el, control, hcr, writes, first, last, flags=0):
        self.config, self.el, self.control, self.hcr, self.writes, self.flags = config, el, control, hcr, writes, flags
        self.first, self.last = first, last

    def where(self):
        return "EL%d E2H=%d TGE=%d" % (self.el, self.config & 1, self.config >> 1)


def hcr_of(config):
    return HCR | (E2H if config & 1 else 0) | (TGE if config & 2 else 0)


def changes(control, e2h):
    """name of the change -> value of the register."""
    base = control.base[e2h]
    for n in control.bits:
        yield "%s[%d]=%d" % (control.name, n, ~base >> n & 1), base ^ 1 << n
    for value in control.values:
        yield "%s=%d" % (control.name, value), value


def control_changes(config):
    """name -> (register, value) of every change of one control with this setting of E2H."""
    found = {}
    for control in CONTROLS:
        for name, value in changes(control, config & 1):
            found[name] = (control, value)
    return found


def control_run(config, el, names, changed, count):
    """A run with one or two controls changed."""
    hcr, writes, flags = hcr_of(config), [], 0
    for control, value in changed.values():
        if control.name == "HCR_EL2":
            hcr ^= value ^ control.base[0]
        else:
            writes.append((reach_word(control, config & 1, names), value))
    if re.search(r"HCR_EL2\[1[34]\]|SCTLR_EL[12]\[1[68]\]", " ".join(changed)):
        flags = RUN_WAIT
    if "HCR_EL2[29]=1" in changed:  # HCD: TACR is the way back from EL1
        hcr, flags = hcr | 1 << 21, RUN_NO_HVC
    return Run(config, el, " ".join(changed), hcr, writes, 0, count, flags)


def runs(probe_list):
    """Everything: with nothing trapped, then each control, each write by another name, the pairs."""
    names, result, count = {**rows("SYSREG"), **table()}, [], len(probe_list)
    ranges = {}
    for _, _, which in PAIRS:
        fits = [i for i, p in enumerate(probe_list) if re.fullmatch(which, p.name)]
        if fits:
            ranges[which] = (fits[0], fits[-1] + 1)
    for config in range(4):
        single = control_changes(config)
        pairs = [({a: single[a], b: single[b]}, which) for one, two, which in PAIRS for a in single if re.fullmatch(one, a)
                 for b in single if re.fullmatch(two, b)]
        for el in range(3):
            result.append(Run(config, el, "none", hcr_of(config), [], 0, count, RUN_BASELINE))
            if el == 1 and config & 2:  # the exception return itself is illegal
                result[-1].last = 1
                continue
            result += [control_run(config, el, names, {name: change}, count) for name, change in single.items()]
            result += [Run(config, el, "MSR %s=%x" % (name, value), hcr_of(config), [(encode(e, 0), value)], 0, count)
                       for name, e, value in marks(config)]
            if el < 2:
                for pair, which in pairs:
                    if which in ranges:
                        result.append(control_run(config, el, names, pair, count))
                        result[-1].first, result[-1].last = ranges[which]
    return result


def blob(probe_list, run_list):
    numbers = {p.name: i for i, p in enumerate(probe_list)}
    states = setups()
    out = [struct.pack("<8sIIII", b"svematrx", len(probe_list), len(states), len(run_list), 0)]
    for p in probe_list:
        out.append(struct.pack("<IIQ", p.word, p.flags, numbers[p.read] if p.read else p.value))
    out += [struct.pack("<IIQ", *s) for s in states]
    for i, r in enumerate(run_list):
        writes = (r.writes + [(0, 0)] * 2)[:2]
        out.append(struct.pack("<IIIIQIIQQII", i, r.flags, r.el, r.config, r.hcr, writes[0][0], writes[1][0], writes[0][1], writes[1][1],
                               r.first, r.last))
    return b"".join(out)


# ---- Which part is run ----

# In the short part of many registers of one kind the first two, and the first that there is not, stand for all.
MANY = re.compile(r"M[RS][RS] (DBG[BW][CV]R|PMEVCNTR|PMEVTYPER|ICH_LR|IC[CH]_AP[01]R|SPMEV|TRC|SPM|AM\w+|MPAMVPM|ERX|TRB|BRB|PMS)(\d*)")
KEPT = ("", "0", "1", "6", "30")
MANY_TLBI = re.compile(r"TLBI (R?(VAA|VAL|VAAL|ASID|IPAS2L)E\dI?O?S?(nXS)?|\w+E2\w*)")


def is_quick_probe(name):
    match = MANY.match(name)
    return not (match and match[2] not in KEPT) and not MANY_TLBI.fullmatch(name) and not name.endswith("_EL3")


def defined_bits():
    """register -> bits that Arm's table names, {} where that is not here."""
    path = os.path.join(SHARED, "arch", "a64-sysregs.tsv")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    return {line[0]: {n for hi, lo in re.findall(r"\[(\d+):(\d+)\]", line[4]) for n in range(int(lo), int(hi) + 1)}
            for line in lines if len(line) > 4}


def is_quick_run(run, defined):
    """No bits that Arm does not define; EL0 and EL1 without VHE, in a host or under one; EL2 both ways, and there only what
    could trap it."""
    match = re.fullmatch(r"(\w+)\[(\d+)\]=.", run.control)
    if match and defined and int(match[2]) not in defined.get(match[1], ()):
        return False
    if run.control == "none":
        return True
    if run.el == 2 and not run.control.startswith("MSR "):
        return run.config in (0, 3) and re.match("HCR_|CPTR|MDCR|CNTHCTL|SCTLR", run.control) is not None
    return run.config in {0: (0, 3), 1: (0, 1), 2: (0, 1)}[run.el]


def space():
    """Both directions of every encoding of the system register and instruction space that nobody names."""
    named = {(*e[:1], *e[1:]) for e in [*registers().values(), *rows("SYSINSN").values()]}
    for op0 in (1, 2, 3):
        for n in range(1 << 14):
            e = (op0, n >> 11, n >> 7 & 15, n >> 3 & 15, n & 7)
            if e not in named:
                yield Probe("read S%d_%d_C%d_C%d_%d" % e, encode(e, 1), VALUE | QUIET)
                yield Probe("write S%d_%d_C%d_C%d_%d" % e, encode(e, 0), QUIET)


def chosen_probes(part, pattern):
    """All whose names match, and the reads that writes among them put back; NOP is always the first."""
    if part == "space":
        return [Probe("NOP", 0xd503201f)] + [p for p in space() if re.search(pattern, p.name)]
    everything = probes()
    chosen = [p for p in everything if re.search(pattern, p.name) and (part == "all" or is_quick_probe(p.name))]
    wanted = {"NOP"} | {p.name for p in chosen} | {p.read for p in chosen if p.read}
    return [p for p in everything if p.name in wanted] if chosen else []


# Controls that act on one kind of probe only, for the short part.
KIND_OF = {"HFGITR_EL2": "instruction", "HFGRTR_EL2": "MRS ", "HDFGRTR_EL2": "MRS ", "HFGWTR_EL2": "MSR ", "HDFGWTR_EL2": "MSR ", "MSR ": "MRS "}


def kind_of(probe):
    return "MSR " if probe.read else "MRS " if probe.name.startswith("MRS ") else "instruction"


def narrowed(run, probe_list):
    """The run over the probes that its control can act on."""
    kind = next((k for name, k in KIND_OF.items() if run.control.startswith(name) and len(run.control.split("]")) < 3), None)
    if kind:
        fits = [i for i, p in enumerate(probe_list) if kind_of(p) == kind]
        if fits:
            run.first, run.last = fits[0], fits[-1] + 1
    return run


def chosen_runs(part, probe_list, control, where):
    found = [r for r in runs(probe_list) if re.search(where, r.where()) and (r.control == "none" or re.search(control, r.control))]
    if part == "all":
        return found
    if part == "space":
        return [r for r in found if r.control == "none"]
    defined = defined_bits()
    return [narrowed(r, probe_list) for r in found if is_quick_run(r, defined)]
