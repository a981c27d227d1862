#!/usr/bin/env python3
"""`svemu lab vl` diagnoses each case of unlike vector lengths as what it is: A to J on both kernels, and every exit
status. The report is checked as JSON; what it says comes from the architecture, so nothing here looks at the console."""

import json
import os
import tempfile

import run

BOOTED, REFUSED, GUEST_FAILED, HANG, CRASH = 0, 10, 11, 12, 13
OUTCOME = {BOOTED: "booted", REFUSED: "cpu-refused", GUEST_FAILED: "guest-failed", HANG: "hang", CRASH: "guest-crash"}


def lab(c, kernel, sets, *options, timeout=300):
    """Run the laboratory: its JSON, after checks of what every run must have."""
    c.log = os.path.join(run.LOGS, "lab_vl-%s.log" % run.re.sub(r"[^\w.+-]+", "-", c.name))
    with tempfile.TemporaryDirectory() as d:
        path, console = os.path.join(d, "result.json"), os.path.join(d, "console")
        r = run.run([run.SVEMU, "lab", "vl", "--kernel", run.asset("linux-%s/Image" % kernel), "--initrd",
                     run.asset("initrd.cpio.gz"), "--sets", sets, *options, "--json", path, "--console", console], timeout, c.log)
        if not os.path.exists(path) or not os.path.getsize(path):
            c.fail("no result (status %s): %s" % (r.status, r.errors.strip()[-300:]))
            return {}
        with open(path) as f:
            j = json.load(f)
        with open(console, "rb") as f, open(c.log, "ab") as log:
            text = f.read()
            log.write(b"\n[console]\n" + text)
    c.expect(j["schema"] == "svemu-lab-vl-1", "schema %s" % j["schema"])
    c.expect(j["exit_status"] == r.status, "exit status %s, and %s in the result" % (r.status, j["exit_status"]))
    c.expect(j["summary"] in r.console, "the report lacks the summary")
    version = j["kernel_version"] or ""
    c.expect(version.startswith(kernel + "."), "the version is %s" % version)
    lines = set(text.decode("utf-8", "replace").replace("\r", "").split("\n"))
    c.expect(all(line in lines for line in j["context"]), "a line of context is not on the console")
    return j


def expect(c, j, path, want):
    value = j
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else value[int(key)] if value else None
    c.expect(value == want, "%s is %s, expected %s" % (path, json.dumps(value), json.dumps(want)))


def status(c, j, want):
    expect(c, j, "outcome", OUTCOME[want])
    expect(c, j, "exit_status", want)
    expect(c, j, "algebra.surprise", None)


def called_from(c, cpu, function):
    names = [cpu["symbol"]] + cpu["callers"]
    c.expect(any((n or "").startswith(function) for n in names), "CPU %d was not in %s: %s" % (cpu["cpu"], function, names))


MAX = list(range(128, 2049, 128))


class Expect:
    """A row of the table: what user space and guests get, and the diagnosis. changes: some that must be proposed."""

    def __init__(self, sets, user, guest, late=False, status=BOOTED, limit=None, guest_status=None, refused_in=None, changes=()):
        self.sets, self.user, self.guest, self.late, self.status = sets, user, guest, late, status
        self.limit = max(user or [0]) if limit is None else limit
        self.guest_status = status if guest_status is None else guest_status
        self.refused_in = refused_in
        self.changes = changes


TABLE = {
    "A all equal": Expect("max / max", MAX, MAX),
    "B early subset": Expect("128+256+512 / 128+256", [128, 256], [128, 256]),
    "C unvirtualisable": Expect("128+256+512 / 128-512", [128, 256, 512], [128, 256], limit=256,
                                changes=["remove 384 from CPU 1", "add 384 to CPU 0"]),
    "D hole": Expect("128+512 / 128+384+512", [128, 512], [128], limit=256, guest_status=GUEST_FAILED,
                     changes=["remove 384 from CPU 1", "add 384 to CPU 0"]),
    "E mismatch above the common range": Expect("128+256+512+1024 / 128+256+512+2048", [128, 256, 512], [128, 256, 512]),
    "F late, lacks the top length": Expect("128+256+512 / 128+256", [128, 256, 512], [128, 256, 512], late=True, status=REFUSED,
                                           refused_in="check_local_cpu_capabilities",
                                           changes=["add 512 to CPU 1", "remove 512 from CPU 0", "bring CPU 1 up at boot, not late"]),
    "G late, extra length in range": Expect("128+256+512 / 128-512", [128, 256, 512], [128, 256, 512], late=True, status=REFUSED,
                                            refused_in="check_local_cpu_capabilities",
                                            changes=["remove 384 from CPU 1", "add 384 to CPU 0", "bring CPU 1 up at boot, not late"]),
    "H late, extra length above range": Expect("128+256 / 128+256+512", [128, 256], [128, 256], late=True),
    "I late, no SVE at all": Expect("128+256+512 / none", [128, 256, 512], [128, 256, 512], late=True, status=REFUSED,
                                    refused_in="verify_local_cpu", changes=["give CPU 1 SVE with 128+256+512"]),
    "J early CPU without SVE": Expect("128+256+512 / none", [], None, changes=["give CPU 1 SVE with 128+256+512"]),
}


def check(c, kernel, e, guest, mode="vhe"):
    options = (["--late", "1"] if e.late else []) + (["--guest"] if guest else []) + ["--mode", mode]
    j = lab(c, kernel, e.sets, *options)
    if not j:
        return
    want = e.guest_status if guest else e.status
    status(c, j, want)
    expect(c, j, "mode", mode)
    expect(c, j, "host_vls", e.user)
    expect(c, j, "guest_vls", e.guest)
    expect(c, j, "algebra.common", e.user)
    expect(c, j, "algebra.virtualisable_max", e.limit)
    if guest and want in (BOOTED, REFUSED):
        expect(c, j, "guest_probed", e.guest)
    first, second = j["cpus"]
    c.expect(first["state"] == "online", "CPU 0 is %s" % first["state"])
    c.expect(first["probed"] == first["vl"], "CPU 0 probed %s" % first["probed"])
    c.expect(second["late"] == e.late, "CPU 1 late: %s" % second["late"])
    if e.status == REFUSED:
        c.expect(second["state"] == "refused", "CPU 1 is %s" % second["state"])
        c.expect("CPU 1" in j["summary"], "the summary does not name CPU 1: %s" % j["summary"])
        called_from(c, second, "cpu_die_early")
        called_from(c, second, e.refused_in)
        called_from(c, second, "secondary_start_kernel")
    else:
        c.expect(second["state"] == "online", "CPU 1 is %s" % second["state"])
        if second["vl"]:
            c.expect(second["probed"] == second["vl"], "CPU 1 probed %s" % second["probed"])
    proposed = [x["change"] for x in j["changes"]]
    for change in e.changes:
        c.expect(change in proposed, "%s is not proposed: %s" % (change, proposed))
    c.expect(bool(proposed) == bool(e.changes), "proposed: %s" % proposed)


# The default part has every case once, both kernels and all modes among them.
QUICK = {("A", "6.12", "vhe"), ("B", "6.1", "vhe"), ("C", "6.12", "nvhe"), ("D", "6.12", "vhe"), ("D", "6.1", "vhe"), ("E", "6.1", "vhe"),
         ("F", "6.1", "vhe"), ("F", "6.12", "vhe"), ("G", "6.12", "vhe"), ("H", "6.12", "vhe"), ("I", "6.1", "nvhe"), ("J", "6.12", "vhe")}

for kernel in run.KERNELS:
    for mode in "vhe", "nvhe":
        for name, e in TABLE.items():
            run.case("%s on %s, %s" % (name, kernel, mode), slow=(name[0], kernel, mode) not in QUICK)(
                lambda c, k=kernel, x=e, m=mode: check(c, k, x, True, m))


@run.case("D without a guest is booted as asked", slow=True)
def d_alone(c):
    check(c, "6.12", TABLE["D hole"], False)


@run.case("the changes that are proposed help", slow=True)
def changes_help(c):
    """Each is booted: what the algebra promises is what happens."""
    for name in "C unvirtualisable", "D hole", "G late, extra length in range", "F late, lacks the top length":
        e = TABLE[name]
        j = lab(c, "6.12", e.sets, "--guest", *(["--late", "1"] if e.late else []))
        for change in j["changes"]:
            late = ["--late", "+".join(map(str, change["late"]))] if change["late"] else []
            k = lab(c, "6.12", change["sets"], "--guest", *late)
            status(c, k, BOOTED)


@run.case("three CPUs, two late, one refused")
def three(c):
    j = lab(c, "6.12", "128+256 / 128+256+512 / 128", "--late", "1-2")
    status(c, j, REFUSED)
    c.expect([x["state"] for x in j["cpus"]] == ["online", "online", "refused"], "states %s" % [x["state"] for x in j["cpus"]])


@run.case("a kernel before 6.7 compares the maxima as well", slow=True)
def old_rule(c):
    for kernel, want in ("6.1", REFUSED), ("6.12", BOOTED):
        status(c, lab(c, kernel, "128+512 / 128+256 / 128", "--late", "2"), want)


@run.case("a protected host", slow=True)
def protected(c):
    for kernel in run.KERNELS:
        j = lab(c, kernel, "128+256+512 / 128+256", "--mode", "protected")
        status(c, j, BOOTED)
        expect(c, j, "host_vls", [128, 256])


@run.case("too little time is a hang")
def hang(c):
    j = lab(c, "6.12", "128 / 128+256", "--timeout", "100ms")
    status(c, j, HANG)
    c.expect(j["cpus"][0]["symbol"], "it does not say where CPU 0 was")
    expect(c, j, "host_vls", None)


@run.case("too few instructions are a hang")
def max_insns(c):
    status(c, lab(c, "6.12", "128", "--max-insns", "50000000"), HANG)


@run.case("a kernel that panics is a crash")
def panic(c):
    j = lab(c, "6.12", "128+256 / 128", "--append", "rdinit=/nowhere init=/nowhere")
    status(c, j, CRASH)
    c.expect(j["context"], "no context")


@run.case("the same command gives the same result")
def repeat(c):
    first, second = (lab(c, "6.12", "128+256 / 128", "--seed", "7") for _ in range(2))
    first["console"] = second["console"] = None
    c.expect(first == second, "two runs differ")


@run.case("the result on standard output")
def standard_output(c):
    c.log = os.path.join(run.LOGS, "lab_vl-stdout.log")
    r = run.run([run.SVEMU, "lab", "vl", "--kernel", run.asset("linux-6.12/Image"), "--sets", "128", "--json", "-"], 100, c.log)
    j = json.loads(r.console)
    status(c, j, BOOTED)
    c.expect(r.status == 0, "status %s" % r.status)


if __name__ == "__main__":
    run.main()
