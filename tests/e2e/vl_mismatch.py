#!/usr/bin/env python3
"""What unmodified kernels do when CPUs differ in SVE vector lengths: cases A to J on both kernels.

Sets are in VQ (128 bits). Capability numbers, source line numbers, taint and ID values are wildcards."""

import run


def vl(*quads):
    return "+".join(str(128 * q) for q in quads)


def lengths(*quads):
    return " ".join(str(16 * q) for q in quads)


EVERY = range(1, 17)
SYS = "/sys/devices/system/cpu"
ONLINE = "echo 1 > %s/cpu1/online && echo online: accepted || echo online: refused; sleep 1; " % SYS
REPORT = ("for f in online present; do echo $f=$(cat %s/$f); done; echo tainted=$(cat /proc/sys/kernel/tainted); "
          "svevl --all; vmm --print-sve-vls" % SYS)

DIE = [
    r"CPU features: CPU1: SVE: vector length support mismatch",
    r"CPU1: will not boot",
    r"CPU1: failed to come online",
    r"psci: CPU1 killed \(polled \d+ ms\)",
    r"CPU1: died during early boot",
]


def maximum(n, d):
    return [r"SVE: maximum available vector length %d bytes per vector" % n,
            r"SVE: default vector length %d bytes per vector" % d]


UNVIRTUALISABLE = [r"SVE: unvirtualisable vector lengths present", r"KVM: SVE vector length for guests limited to 32 bytes"]


class Expect:
    """One row of the table. late: CPU 1 is kept back and onlined after boot."""

    def __init__(self, sets, lines, user, guest, late=False, refused=False, without=(), only_612=()):
        self.sets, self.lines, self.user, self.guest = sets, lines, user, guest
        self.late, self.refused, self.without, self.only_612 = late, refused, without, only_612


TABLE = {
    "A all equal": Expect((EVERY, EVERY), maximum(256, 64), EVERY, EVERY, without=["unvirtualisable", "mismatch"]),
    "B early subset": Expect(((1, 2, 4), (1, 2)), maximum(32, 32), (1, 2), (1, 2), without=["unvirtualisable"]),
    "C unvirtualisable": Expect(((1, 2, 4), (1, 2, 3, 4)), maximum(64, 64) + UNVIRTUALISABLE, (1, 2, 4), (1, 2)),
    "D hole": Expect(((1, 4), (1, 3, 4)), maximum(64, 64) + UNVIRTUALISABLE, (1, 4), (1,)),
    "E mismatch above the common range": Expect(((1, 2, 4, 8), (1, 2, 4, 16)), maximum(64, 64), (1, 2, 4), (1, 2, 4)),
    "F late, lacks the top length": Expect(((1, 2, 4), (1, 2)), maximum(64, 64) + DIE, (1, 2, 4), (1, 2, 4), late=True,
                                           refused=True, only_612=[r"SVE: cpu1: Required vector length\(s\) missing"]),
    "G late, extra length in range": Expect(((1, 2, 4), (1, 2, 3, 4)),
                                            maximum(64, 64) + DIE + [r"SVE: cpu1: Unsupported vector length\(s\) present"],
                                            (1, 2, 4), (1, 2, 4), late=True, refused=True),
    "H late, extra length above range": Expect(((1, 2), (1, 2, 4)), maximum(32, 32), (1, 2), (1, 2), late=True,
                                               without=[r"SVE: cpu1", "will not boot"]),
    "I late, no SVE at all": Expect(((1, 2, 4), None), maximum(64, 64) + DIE[1:] +
                                    [r"CPU features: CPU1: Detected conflict for capability \d+ \(Scalable Vector Extension\),"
                                     r" System: 1, CPU: 0"], (1, 2, 4), (1, 2, 4), late=True, refused=True,
                                    without=["vector length support mismatch"]),
    "J early CPU without SVE": Expect(((1, 2, 4), None),
                                      [r"CPU features: SANITY CHECK: Unexpected variation in SYS_ID_AA64PFR0_EL1\. "
                                       r"Boot CPU: 0x[0-9a-f]+, CPU1: 0x[0-9a-f]+",
                                       r"CPU features: Unsupported CPU feature variation detected\."], None, None,
                                      without=[r"SVE: "]),
}


def check(c, kernel, name, e):
    sets = ["none" if s is None else vl(*s) for s in e.sets]
    command = (ONLINE if e.late else "") + REPORT
    r = c.boot(kernel, command, "--smp", "2", "--cpu", "0:vl=%s" % sets[0], "--cpu", "1:vl=%s" % sets[1],
               append="maxcpus=1" if e.late else "")
    c.exited(r)
    for line in e.lines + (list(e.only_612) if kernel != "6.1" else []):
        c.has(r, line)
    for line in e.without:
        c.lacks(r, line)
    tainted = 0
    if kernel == "6.1" and name[0] == "E":
        c.has(r, r"WARNING: CPU: \d+ PID: \d+ at arch/arm64/kernel/fpsimd\.c:\d+ sve_setup")
        tainted = 512
    elif name[0] == "J":
        tainted = 4
    else:
        c.healthy(r)
    c.has(r, r"^tainted=%d$" % tainted)
    if e.late:
        c.has(r, r"^online: %s$" % ("refused" if e.refused else "accepted"))
    for name_of_set in "online", "present":
        c.has(r, r"^%s=%s$" % (name_of_set, "0" if e.refused else "0-1"))
    user = "none" if e.user is None else lengths(*e.user)
    c.has(r, r"^svevl: cpu \d+: %s$" % user, times=1 if e.refused else 2)
    if e.guest is None:
        c.has(r, r"KVM_CAP_ARM_SVE = 0")
        c.has(r, r"^vmm: sve vls: none$")
    else:
        c.has(r, r"^vmm: sve vls: %s$" % lengths(*e.guest))


def d_guest(c, kernel):
    """The kernel's own bug: a guest created without SVE_VLS loses its vCPU thread; one limited to 16 bytes runs."""
    r = c.boot(kernel, "vmm --payload /bare/sve.bin; echo first=$?; vmm --sve-max-vl 128 --payload /bare/sve.bin; echo second=$?",
               "--smp", "2", "--cpu", "0:vl=%s" % vl(1, 4), "--cpu", "1:vl=%s" % vl(1, 3, 4))
    c.exited(r, guest_status=None)
    c.has(r, r"WARNING: .* fpsimd_save" if kernel == "6.1" else r"WARNING: .* fpsimd_save_user_state")
    c.has(r, r"^first=137$")
    c.has(r, r"^second=0$")


for kernel in run.KERNELS:
    for name, e in TABLE.items():
        run.case("%s on %s" % (name, kernel))(lambda c, k=kernel, n=name, x=e: check(c, k, n, x))
    run.case("D's guest without SVE_VLS on %s" % kernel)(lambda c, k=kernel: d_guest(c, k))

if __name__ == "__main__":
    run.main()
