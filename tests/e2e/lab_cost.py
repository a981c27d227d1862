#!/usr/bin/env python3
"""svemu lab cost: what it measures is what a trace of the same run shows, twice the same, and in an order that no KVM can
turn round; two kernels are compared, and the plots are what a browser shows."""

import csv
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

import run

files = tempfile.TemporaryDirectory()
SVG = "{http://www.w3.org/2000/svg}"


def image(kernel):
    return run.asset("linux-%s/Image" % kernel)


def lab(c, *options, tag="", timeout=300):
    c.log = os.path.join(run.LOGS, "lab_cost-%s%s.log" % (re.sub(r"\W+", "-", c.name), tag))
    r = run.run([run.SVEMU, "lab", "cost", "--initrd", run.asset("initrd.cpio.gz"), *options], timeout, c.log)
    c.expect(r.status == 0, "the exit status is %s: %s" % (r.status, r.errors.strip()[-300:]))
    return r


def rows(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def medians(table, **where):
    """measurement -> median of the rows that are so."""
    return {x["measurement"]: int(x["median_cycles"]) for x in table if all(x[k] == str(v) for k, v in where.items())}


def orders(c, cost, mode, name):
    """What holds for every kernel: more work costs more, and where a first use traps and where not."""
    def less(a, b, by=0):
        c.expect(cost[a] + by < cost[b], "%s: %s takes %d, %s %d" % (name, a, cost[a], b, cost[b]))
    less("eoi", "hvc")
    less("hvc", "mmio-kernel")
    less("mmio-kernel", "mmio-user")
    less("timer-program", "hvc")
    less("timer-fire", "timer-wake")
    less("ipi", "ipi-round-trip")
    less("ipi", "ipi-wake")
    less("mmio-user", "migrate")
    # The registers are lost with vcpu_put: the first use after it traps. Protected KVM gives them back at every exit.
    for use in "fp", "sve":
        hvc, user = cost[use + "-after-hvc"], cost[use + "-after-user"]
        c.expect(abs(hvc - user) < user / 5 if mode == "protected" else hvc + 100 < user,
                 "%s: the first %s instruction takes %d behind a hypercall, %d behind an exit to user space" % (name, use, hvc, user))
        less("switch-guest-none-host-none", "switch-guest-%s-host-none" % use, 100)
        less("migrate", "migrate-" + use, 100)
    less("no-sve-switch-none", "no-sve-switch-fp", 100)
    if mode != "protected":
        c.expect(cost["no-sve-fp-after-user"] <= cost["fp-after-user"], "%s: V registers alone cost more than all" % name)
        c.expect(cost["sve-after-hvc"] < 100, "%s: the use behind a hypercall takes %d" % (name, cost["sve-after-hvc"]))


def complete(c, table, rounds):
    for x in table:
        low, middle, high = int(x["min_cycles"]), int(x["median_cycles"]), int(x["max_cycles"])
        c.expect(0 < low <= middle <= high, "%s: %d, %d, %d" % (x["measurement"], low, middle, high))
        c.expect(int(x["samples"]) == rounds, "%s has %s samples" % (x["measurement"], x["samples"]))


def picture(c, path, panels, lines):
    root = xml.etree.ElementTree.parse(path).getroot()
    c.expect(root.tag == SVG + "svg", "the picture is a %s" % root.tag)
    c.expect(len(root.findall(SVG + "g")) == panels, "%d panels, expected %d" % (len(root.findall(SVG + "g")), panels))
    polylines = list(root.iter(SVG + "polyline"))
    c.expect(len(polylines) == lines, "%d lines, expected %d" % (len(polylines), lines))
    width, height = float(root.get("width")), float(root.get("height"))
    for p in polylines:
        for x, y in re.findall(r"([\d.-]+),([\d.-]+)", p.get("points")):
            c.expect(0 <= float(x) <= width and 0 <= float(y) <= height, "a point at %s, %s" % (x, y))
    texts = ["".join(t.itertext()) for t in root.iter(SVG + "text")]
    c.expect(texts.count("cycles") == panels and texts.count("vector length (bits)") == panels, "the axes have no names")
    with open(path) as f:
        text = f.read()
    c.expect("href" not in text and text.count("http") == 1, "the picture loads something")
    return texts


@run.case("what is measured, in VHE and protected mode")
def measured(c):
    path, svg = os.path.join(files.name, "all.csv"), os.path.join(files.name, "all.svg")
    r = lab(c, "--kernel", image("6.12"), "--modes", "vhe,protected", "--vl", "128,512", "--rounds", "6", "--csv", path, "--svg", svg)
    table = rows(path)
    complete(c, table, 6)
    c.expect(len(table) % 4 == 0 and len(table) >= 4 * 20, "%d rows" % len(table))
    for mode in "vhe", "protected":
        for bits in 128, 512:
            cost = medians(table, mode=mode, vl_bits=bits)
            orders(c, cost, mode, "%s, %d bits" % (mode, bits))
            c.has(r, r"(?m)^  null hypercall.* %d\b" % cost["hvc"])
        # The lab model's vectors are 256 bits wide: 512 are two passes for each of 32 registers.
        short, long = (medians(table, mode=mode, vl_bits=bits) for bits in (128, 512))
        for name in "save-sve", "load-sve", "sve-after-user", "switch-guest-sve-host-sve":
            c.expect(short[name] + 15 < long[name], "%s: %s takes %d at 128 bits, %d at 512" % (mode, name, short[name], long[name]))
        for name in "hvc", "save-fp", "load-fp":
            c.expect(abs(short[name] - long[name]) < 0.1 * long[name], "%s depends on the length" % name)
    texts = picture(c, svg, len(table) // 4, 2 * len(table) // 4)
    c.expect("Linux " + table[0]["version"] in texts, "the legend lacks the kernel")

    # One of the boots alone is the same, also while every instruction is watched.
    again, trace = os.path.join(files.name, "again.csv"), os.path.join(files.name, "guest.svt")
    lab(c, "--kernel", image("6.12"), "--modes", "vhe", "--vl", "512", "--rounds", "6", "--csv", again, "-j", "1", "--trace",
        "insn:vmid=any,start=kvm_arch_vcpu_ioctl_run=" + trace, tag="-again")
    c.expect(os.path.getsize(trace) > 10000, "the trace has only %d bytes" % os.path.getsize(trace))
    first = [x for x in table if x["mode"] == "vhe" and x["vl_bits"] == "512"]
    c.expect(rows(again) == first, "the same boot gives other numbers")


@run.case("a trace shows the same")
def traced(c):
    """From outside: an HVC's exception and the return from it, for which the guest has measured a little more. With fast,
    where the trace's count of instructions is one of cycles."""
    path, trace = os.path.join(files.name, "t.csv"), os.path.join(files.name, "trace.txt")
    lab(c, "--kernel", image("6.12"), "--modes", "vhe", "--vl", "256", "--rounds", "4", "--csv", path, "--timing", "fast",
        "--trace", "exceptions:vmid=any=" + trace)
    cost = medians(rows(path))
    seen, taken = [], None
    with open(trace) as f:
        for line in f:
            cycle = int(line.split()[0])
            if taken is not None:
                seen.append(cycle - taken)
            taken = cycle if " EL1 -> EL2 HVC " in line else None
    # 8 that do not count and 4 that do of a hypercall, then of each kind of use behind one
    c.expect(len(seen) == 36, "%d hypercalls" % len(seen))
    for n in seen[8:12]:
        c.expect(n <= cost["hvc"] <= n + 8, "the guest measured %d, the trace shows %d" % (cost["hvc"], n))


@run.case("two kernels compared")
def compared(c):
    path, plots = os.path.join(files.name, "ab.csv"), os.path.join(files.name, "plots")
    os.mkdir(plots)
    r = lab(c, "--ab", image("6.1"), image("6.12"), "--modes", "vhe", "--vl", "256", "--rounds", "4", "--csv", path, "--svg", plots)
    table = rows(path)
    versions = [x["version"] for x in table]
    a, b = (medians(table, version=v) for v in (versions[0], versions[-1]))
    orders(c, a, "vhe", versions[0])
    lines = re.findall(r"vhe +256 +(\d+) +(\d+) +([+-]\d+) +([+-][\d.]+)%$", r.console, re.M)
    want = sorted((y - x for x, y in ((a[k], b[k]) for k in a) if x != y), key=lambda d: -abs(d))
    c.expect([abs(int(l[2])) for l in lines] == [abs(d) for d in want], "the differences are %s, expected %s" % (lines, want))
    for x, y, d, percent in lines:
        c.expect(int(y) - int(x) == int(d) and abs(100 * int(d) / int(x) - float(percent)) < 0.06, "%s %s: %s, %s %%" % (x, y, d, percent))
    c.has(r, r"^%d of %d are equal$" % (len(a) - len(want), len(a)))
    for name in a:
        picture(c, os.path.join(plots, name + ".svg"), 1, 2)


@run.case("an initial RAM disk without the program")
def without(c):
    archive = os.path.join(files.name, "empty.cpio")
    subprocess.run([os.path.join(run.TOP, ".ci", "mkcpio"), archive, "--busybox", os.path.join(run.TOP, "build/deps/busybox/bin/busybox"),
                    "/init=" + os.path.join(run.TOP, "tests/guest/init")], check=True)
    r = run.run([run.SVEMU, "lab", "cost", "--kernel", image("6.12"), "--initrd", archive, "--vl", "128", "--modes", "vhe"], 100,
                os.path.join(run.LOGS, "lab_cost-without.log"))
    c.expect(r.status == 2 and "/bin/kvmcost" in r.errors and r.errors.count("\n") == 1, "status %s: %s" % (r.status, r.errors))


@run.case("every mode and length on both kernels", slow=True)
def everything(c):
    path, svg = os.path.join(files.name, "every.csv"), os.path.join(files.name, "every.svg")
    lab(c, "--kernel", image("6.1"), "--kernel", image("6.12"), "--rounds", "4", "--csv", path, "--svg", svg, timeout=1200)
    table = rows(path)
    complete(c, table, 4)
    for version in {x["version"] for x in table}:
        for mode in "vhe", "nvhe", "protected":
            for bits in 128, 256, 512, 1024, 2048:
                cost = medians(table, version=version, mode=mode, vl_bits=bits)
                # 6.1's protected mode keeps the registers as nVHE does
                orders(c, cost, "nvhe" if version.startswith("6.1.") else mode, "%s, %s, %d bits" % (version, mode, bits))
    if not shutil.which("chromium"):
        subprocess.run([os.path.join(run.TOP, ".ci", "deps"), "browser"], check=True, stdout=subprocess.DEVNULL)
    shot = os.path.join(run.LOGS, "lab_cost.png")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run([shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        "--user-data-dir=" + profile, "--window-size=1280,2400", "--screenshot=" + shot, "file://" + svg],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    c.expect(os.path.getsize(shot) > 50000, "the browser shows %d bytes" % os.path.getsize(shot))


if __name__ == "__main__":
    run.main()
