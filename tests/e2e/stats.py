#!/usr/bin/env python3
"""--stats and `svemu stats`: a host with a guest is counted, the numbers agree with one another and with what the run must
have done, and two files are compared. (That every run's numbers add up is checked in run.py.)"""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import run

sys.path.insert(0, os.path.join(run.TOP, "tests", "trace"))
import chrome

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
        for title in ("Instructions by EL and VM", "Cycles by EL and VM", "World switches by cycles", "Mean cycles from an exception to its return",
                      "Cycles at EL1 and EL2 by the last exception not returned from", "Exceptions by reason", "Exits of virtual CPUs by class", "World switches by instructions"):
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

PARTS = ["guest-exit", "host", "fp-sve", "sysregs", "vgic", "timer", "guest-entry", "user", "other"]


def parts(c):
    """What world switches consist of, with KASLR, under VHE and nVHE hosts; the same again in a second run, and another share for
    who says so."""
    def boot(run_of):
        mode, tag, options = run_of
        return c.boot("6.12", "vmm --sve-max-vl 256 --payload /bare/hello.bin", "--cpu", "all:vl=128+256", "--ledger", *options,
                      append=mode, guest=True, tag=tag)

    with tempfile.TemporaryDirectory() as d:
        mine = os.path.join(d, "parts")
        with open(mine, "w") as f:
            f.write("other *\nuser __guest_enter\n")
        runs = [("", "-vhe", ()), ("", "-vhe-again", ()), ("kvm-arm.mode=nvhe", "-nvhe", ()), ("", "-own", ("--ledger-parts", mine))]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            vhe, again, nvhe, own = pool.map(boot, runs)
    for r in (vhe, again, nvhe, own):
        c.exited(r)
        s = r.stats["cpus"][0]["world_switches"]
        c.expect(s["split"] == s["count"] > 5, "%d of %d world switches were split" % (s["split"], s["count"]))
        c.expect(list(s["parts"]) == PARTS, "parts: %s" % list(s["parts"]))
    for r in (vhe, nvhe):
        s = r.stats["cpus"][0]["world_switches"]
        for part in PARTS[:-1]:
            p = s["parts"][part]
            c.expect(p["cycles"] > 0 and sum(p["cycles_log2"]) <= s["count"], "%s: %s" % (part, p))
        for part in ("guest-exit", "guest-entry"):  # every switch has these
            c.expect(sum(s["parts"][part]["cycles_log2"]) == s["count"], "%d switches, %s: %s" % (s["count"], part, s["parts"][part]))
        c.expect(s["parts"]["other"]["cycles"] * 100 < s["cycles"], "%d of %d cycles in code without names"
                 % (s["parts"]["other"]["cycles"], s["cycles"]))
    strip = lambda r: [{k: v for k, v in cpu.items() if k != "counters"} for cpu in r.stats["cpus"]]
    c.expect(strip(vhe) == strip(again), "two runs differ")
    a, b = (r.stats["cpus"][0]["world_switches"]["parts"] for r in (vhe, own))
    c.expect(b["user"]["cycles"] == a["user"]["cycles"] + a["guest-entry"]["cycles"] and not b["host"]["cycles"],
             "of their own: %s, built in: %s" % (b, a))
    without = {k: v for k, v in vhe.stats["cpus"][0]["at"].items()}
    c.expect(without == own.stats["cpus"][0]["at"], "what belongs where changes what is done")


run.case("parts of world switches")(parts)


def of_category(events, cat):
    return [e for e in events if e.get("cat") == cat]


def traced(c, r, path):
    """Perfetto's lanes say of each world switch what the statistics say of all."""
    with open(path) as f:
        text = f.read()
    c.expect(chrome.check(text) is None, "the trace: %s" % chrome.check(text))
    events = json.loads(text)["traceEvents"]
    switches, pieces = of_category(events, "switch"), of_category(events, "part")
    s = r.stats["cpus"][0]["world_switches"]
    c.expect(len(switches) == s["count"] > 5, "%d world switches in the trace, %d in the statistics" % (len(switches), s["count"]))
    ns, finished = lambda t: round(t * 1000), []
    for w in switches:
        begin, end = ns(w["ts"]), ns(w["ts"]) + ns(w["dur"])
        inside = [p for p in pieces if begin <= ns(p["ts"]) and ns(p["ts"]) + ns(p["dur"]) <= end]
        finished += inside
        for key in ("cycles", "instructions", "ns"):
            total = sum(p["args"][key] for p in inside)
            c.expect(total == w["args"][key], "a switch at %d ns of %d %s, in its parts %d" % (begin, w["args"][key], key, total))
    for part in PARTS:
        total = sum(p["args"]["cycles"] for p in finished if p["name"] == part)
        c.expect(total == s["parts"][part]["cycles"], "%s: %d cycles in the trace, %d in the statistics" % (part, total, s["parts"][part]["cycles"]))
    ipc = [e["args"]["instructions per cycle"] for e in of_category(events, "timing") if e["name"] == "CPU 0 IPC"]
    c.expect(len(ipc) > 10 and all(0 < v < 8 for v in ipc), "%d values of IPC, %s" % (len(ipc), ipc[:5]))


def with_a_model(c):
    """A guest under a host with a timing model: all is split without being asked for; a snapshot within changes nothing."""
    with tempfile.TemporaryDirectory() as d:
        trace, snapshot = os.path.join(d, "t.json"), os.path.join(d, "snapshot")
        r = c.boot("6.12", "vmm --sve-max-vl 256 --payload /bare/hello.bin", "--cpu", "all:vl=128+256", "--timing", "ooo", "--trace",
                   "timing,exceptions=" + trace, "--snapshot-at", "guest:" + snapshot, guest=True)
        c.exited(r)
        traced(c, r, trace)
        from_there = c.svemu("--from", snapshot, "--timing", "ooo", tag="-from")
        c.exited(from_there)
    cpu = r.stats["cpus"][0]
    s = cpu["world_switches"]
    c.expect(s["split"] == s["count"], "%d of %d world switches were split" % (s["split"], s["count"]))
    c.expect(cpu["cycles"] != cpu["instructions"] and cpu["timing"]["CPU_CYCLES"] == cpu["cycles"], "cycles: %d" % cpu["cycles"])
    c.expect(cpu["timing"]["mode"] == "ooo" and cpu["timing"]["model"], "timing: %s" % cpu["timing"])
    for key in ("L1D_CACHE_REFILL", "BR_MIS_PRED_RETIRED", "DTLB_WALK", "STALL_BACKEND", "OP_RETIRED", "SVE_INST_RETIRED"):
        c.expect(cpu["timing"][key], "no %s" % key)
    strip = lambda r: [{k: v for k, v in cpu.items() if k != "counters"} for cpu in r.stats["cpus"]]
    c.expect(strip(r) == strip(from_there), "a run from the snapshot has other statistics")


run.case("with a timing model")(with_a_model)

if __name__ == "__main__":
    run.main()
