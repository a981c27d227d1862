#!/usr/bin/env python3
"""--stats and `svemu stats`: a host with a guest is counted, the numbers agree with one another and with what the run must
have done, and two files are compared. (That every run's numbers add up is checked in run.py.)"""

import concurrent.futures
import json
import os
import re
import subprocess
import tempfile

import run

GUEST = "vmm --vcpus 2 --sve-max-vl 256 --kernel /boot/Image --initrd /boot/initrd --cmd true"


def svemu_stats(*paths):
    return subprocess.run([run.SVEMU, "stats", *paths], capture_output=True, text=True, timeout=60)


def total(result, *keys):
    """A number of all CPUs."""
    def get(o):
        for key in keys:
            o = o[key]
        return o
    return sum(get(cpu) for cpu in result.stats["cpus"])


def counted(c, r, vhe):
    vcpus = {(v["vmid"], v["vcpu"]) for cpu in r.stats["cpus"] for v in cpu["vcpus"]}
    c.expect({(1, "0.0.0.0"), (1, "0.0.0.1")} <= vcpus and len(vcpus) == 2, "virtual CPUs: %s" % sorted(vcpus))
    at = lambda el: total(r, "at", el, "instructions")
    c.expect((at("EL2") > at("EL1")) == vhe, "%d instructions of the host at EL2, %d at EL1" % (at("EL2"), at("EL1")))
    for v in (v for cpu in r.stats["cpus"] for v in cpu["vcpus"]):
        c.expect(v["at"]["EL1"]["instructions"] > 1000 * v["entries"] / 100, "%s hardly ran" % v["vcpu"])
        c.expect(v["exits"].get("Data Abort, lower EL (0x24)"), "%s has no exit for a device" % v["vcpu"])
    for group, key in (("gic", "virtual_acknowledges"), ("gic", "virtual_eois"), ("gic", "sgis"), ("gic", "list_register_writes"),
                       ("timers", "CNTV"), ("timers", "CNTHP" if vhe else "CNTP"), ("tlb", "l2_hits"), ("tlb", "stage2_walks"), ("tlb", "tlbi"),
                       ("vl", "changes"), ("vl", "zcr_writes")):
        c.expect(total(r, "counters", group, key), "%s.%s is 0" % (group, key))
    virtual = sum(sum(n for k, n in v["exceptions"].items() if k.startswith("vIRQ")) for cpu in r.stats["cpus"] for v in cpu["vcpus"])
    acknowledged = total(r, "counters", "gic", "virtual_acknowledges")
    c.expect(virtual and abs(acknowledged - virtual) <= virtual, "%d vIRQs, %d acknowledged" % (virtual, acknowledged))
    entries = sum(v["entries"] for cpu in r.stats["cpus"] for v in cpu["vcpus"])
    switches = total(r, "world_switches", "count")
    c.expect(0 < entries - switches <= len(r.stats["cpus"]), "%d entries, %d world switches" % (entries, switches))


def printed(c, paths, stats):
    one, two = svemu_stats(paths[0]), svemu_stats(*paths)
    for p in (one, two):
        c.expect(p.returncode == 0 and not p.stderr, "status %d: %s" % (p.returncode, p.stderr))
        for title in ("Instructions by EL and VM", "Exceptions by reason", "Exits of virtual CPUs by class", "World switches by instructions"):
            c.expect("\n%s\n" % title in p.stdout, "no section %s" % title)
    for cpu_sum, name in ((lambda s: sum(cpu["counters"]["tlb"]["tlbi"] for cpu in s["cpus"]), "TLBI instructions"),
                          (lambda s: sum(cpu["world_switches"]["count"] for cpu in s["cpus"]), "world switches")):
        a, b = cpu_sum(stats[0]), cpu_sum(stats[1])
        c.expect(re.search(r"^ +%d +%s$" % (a, name), one.stdout, re.M), "%d %s are not printed" % (a, name))
        c.expect(re.search(r"^ +%d +%d +\%+d +[\d.]+ +%s$" % (a, b, b - a, name), two.stdout, re.M), "%s are not compared" % name)
    same = svemu_stats(paths[0], paths[0]).stdout
    c.expect(not re.search(r"^ +\d+ +\d+ +[+-][1-9]", same, re.M), "a file differs from itself")


def modes(c):
    """The same guest under a VHE and an nVHE host."""
    def boot(mode):
        return c.boot("6.12", GUEST, "--smp", "2", "--cpu", "all:vl=128+256", append=mode, guest=True, tag="-nvhe" if mode else "")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        vhe, nvhe = pool.map(boot, ("", "kvm-arm.mode=nvhe"))
    with tempfile.TemporaryDirectory() as d:
        paths = [os.path.join(d, "vhe.json"), os.path.join(d, "nvhe.json")]
        for r, path in zip((vhe, nvhe), paths):
            c.exited(r)
            counted(c, r, r is vhe)
            with open(path, "w") as f:
                json.dump(r.stats, f)
        printed(c, paths, [vhe.stats, nvhe.stats])


run.case("a guest under VHE and nVHE hosts")(modes)

if __name__ == "__main__":
    run.main()
