#!/usr/bin/env python3
"""KVM guests with SVE: a guest Linux reaches user space with the vector lengths that it was given, under VHE and nVHE hosts;
a set that the host cannot give is refused with the kernel's own error."""

import run

HOST = ("--cpu", "all:vl=max")
MODES = {"VHE": ("", r"kvm \[1\]: VHE mode initialized successfully"),
         "nVHE": ("kvm-arm.mode=nvhe", r"kvm \[1\]: Hyp (nVHE )?mode initialized successfully")}


def lengths(bits):
    """In bytes, of a guest that may use all multiples of 128 up to bits."""
    return " ".join(str(n) for n in range(16, bits // 8 + 1, 16))


def vmm(bits, vcpus):
    return ("vmm --vcpus %d --sve-max-vl %d --print-sve-vls --kernel /boot/Image --initrd /boot/initrd --cmd 'svevl --all'"
            % (vcpus, bits))


def guests(c, kernel, mode, vcpus, maxima):
    """One host boots these guests, one after the other."""
    append, line = MODES[mode]
    r = c.boot(kernel, " && ".join(vmm(bits, vcpus) for bits in maxima), *HOST, "--smp", str(vcpus), append=append, guest=True,
               timeout=240 * len(maxima))
    c.exited(r)
    c.healthy(r)
    boots = r.boots()
    c.expect(len(boots) == 1 + len(maxima), "%d kernels booted, expected %d" % (len(boots), 1 + len(maxima)))
    c.has(r, line)
    for bits, text in zip(maxima, boots[1:]):
        own = text.split("reboot: Power down")[0]
        c.has(own, r"SVE: maximum available vector length %d bytes per vector" % (bits // 8))
        if vcpus > 1:
            c.has(own, r"smp: Brought up 1 node, %d CPUs" % vcpus)
        c.has(own, r"^svevl: cpu \d+: %s$" % lengths(bits), times=vcpus)
        c.has(own, r"^svemu: exit 0$")
        c.has(r, r"^vmm: sve vls: %s$" % lengths(bits))


def no_sve(c, kernel):
    r = c.boot(kernel, "vmm --no-sve --print-sve-vls --kernel /boot/Image --initrd /boot/initrd --cmd svevl", *HOST, guest=True)
    c.exited(r)
    c.healthy(r)
    c.has(r, r"^vmm: sve vls: none$")
    c.has(r, r"^svevl: cpu 0: none$")
    c.expect(len(r.boots()) == 2 and "SVE: maximum" not in r.boots()[1], "the guest found SVE")


def refused(c, kernel, vl, sve_vls):
    """KVM takes no length that the host lacks, and no set with a gap that the host does not have."""
    r = c.boot(kernel, "vmm --sve-vls %s --payload /bare/hello.bin" % sve_vls, "--cpu", "all:vl=" + vl)
    c.exited(r, guest_status=1)
    c.has(r, r"^vmm: KVM_SET_ONE_REG KVM_REG_ARM64_SVE_VLS: EINVAL \(")


# A host boot can carry several guests; what matters most is in `make test`, the rest with --all.
QUICK = {("6.12", "VHE", 1): (128, 512), ("6.12", "VHE", 4): (2048,), ("6.12", "nVHE", 1): (256,), ("6.12", "nVHE", 4): (1024,),
         ("6.1", "VHE", 4): (256,), ("6.1", "nVHE", 1): (2048,)}
MAXIMA = (128, 256, 512, 1024, 2048)


def add(kernel, mode, vcpus, maxima, slow):
    run.case("%s host, %d vCPUs, up to %s bits, on %s" % (mode, vcpus, "+".join(map(str, maxima)), kernel), slow)(
        lambda c: guests(c, kernel, mode, vcpus, maxima))


for kernel in reversed(run.KERNELS):
    for mode in MODES:
        for vcpus in 1, 4:
            quick = QUICK.get((kernel, mode, vcpus), ())
            if quick:
                add(kernel, mode, vcpus, quick, False)
            add(kernel, mode, vcpus, [m for m in MAXIMA if m not in quick], True)
    run.case("a guest without SVE on %s" % kernel, slow=kernel == "6.1")(lambda c, k=kernel: no_sve(c, k))
    for vl, sve_vls in ("128+256+512", "128+384"), ("128+256+512", "128+256+1024"), ("max", "128+512"), ("128+256", "256"):
        run.case("a host of %s refuses %s on %s" % (vl, sve_vls, kernel), slow=kernel == "6.1")(
            lambda c, k=kernel, v=vl, s=sve_vls: refused(c, k, v, s))

if __name__ == "__main__":
    run.main()
