#!/usr/bin/env python3
"""The trap matrix on svemu and on QEMU: `make matrix [PROBE=regex] [CONTROL=regex] [WHERE=regex] [SHOW=n] [PART=quick]`.

Each system register and each instruction with an enable check, at EL0, EL1 and EL2 with HCR_EL2.{E2H,TGE} in all
combinations, first with nothing trapped and then with one control bit changed at a time. tests/matrix/probes.py says what
is run, the payload of tests/guest/matrix runs it, and this compares what the two print. Differences that
tests/matrix/explained.txt has a rule for are counted by rule; the others are reported.

SVEMU=, QEMU= and PAYLOAD= in the environment replace the programs."""

import collections
import concurrent.futures
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

import probes as matrix

TOP = matrix.TOP
SVEMU = os.environ.get("SVEMU", os.path.join(TOP, "build", "svemu"))
QEMU = os.environ.get("QEMU", os.path.join(TOP, "build", "deps", "qemu", "bin", "qemu-system-aarch64"))
PAYLOAD = os.environ.get("PAYLOAD", os.path.join(TOP, "build", "guest", "matrix.bin"))
EXPLAINED = os.path.join(TOP, "tests", "matrix", "explained.txt")

LENGTHS = "+".join(str(vl) for vl in range(128, 2049, 128))
COMMANDS = {
    "svemu": [SVEMU, "--smp", "1", "--memory", "256M", "--cpu",
              "all:model=max,FEAT_MTE2=yes,FEAT_MTE3=yes,vl=%s,%s" % (LENGTHS, os.environ.get("SVEMU_CPU", "pauth=qarma5")),
              "--kernel"],
    "qemu": [QEMU, "-M", "virt,virtualization=on,gic-version=3,mte=on", "-cpu", "max,sme=off,pauth-qarma5=on",
             "-accel", "tcg,thread=single", "-nic", "none", "-m", "256", "-smp", "1", "-nographic", "-kernel"],
}
DONE = 1 << 41


def fail(text):
    """The user's mistake: one sentence and status 2."""
    sys.stderr.write("matrix: %s\n" % text)
    sys.exit(2)


# ---- Running ----

def image(blob, path):
    """The payload with the list behind it, as one arm64 Image."""
    with open(PAYLOAD, "rb") as f:
        data = bytearray(f.read())
    (size,) = struct.unpack_from("<Q", data, 16)
    data += bytes(size - len(data)) + blob
    struct.pack_into("<Q", data, 16, (len(data) + 0xffff) & ~0xffff)
    with open(path, "wb") as f:
        f.write(data)


class Outcomes:
    """What a run of the payload printed: per run the probes that differ from the baseline, and how many cases there were."""

    def __init__(self, lines, run_list):
        self.runs, self.cases = [], 0
        for line in lines:
            if line.startswith("@"):
                self.runs.append({})
            elif line.startswith("cases "):
                self.cases = int(line.split()[1])
            elif line and line[0] in "0123456789abcdef" and self.runs:
                number, *values = [int(v, 16) for v in line.split()]
                self.runs[-1][number] = tuple((values + [None])[:2])
        self.baseline = {}
        for run, outcomes in zip(run_list, self.runs):
            if run.flags & matrix.RUN_BASELINE:
                self.baseline[run.config, run.el] = outcomes

    def get(self, index, run, probe):
        return self.runs[index].get(probe, self.baseline[run.config, run.el].get(probe))


def run_payload(emulator, probe_list, run_list):
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "image")
        image(matrix.blob(probe_list, run_list), path)
        with open(os.path.join(d, "console"), "w+b") as out, open(os.path.join(d, "errors"), "w+b") as err:
            limit = 60 + len(run_list) * (len(probe_list) // 100 + 1) // 20
            try:
                status = subprocess.run([*COMMANDS[emulator], path], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                        timeout=limit).returncode
            except subprocess.TimeoutExpired:
                status = "nothing for %d s" % limit
            out.seek(0)
            lines = out.read().decode("latin-1").replace("\r", "").split("\n")
            err.seek(0)
            errors = err.read().decode("utf-8", "replace").strip().split("\n")[-1]
    if "PASS matrix" not in lines:
        reason = [line for line in lines if line.startswith("FAIL")] or [errors]
        begun = [line for line in lines if line.startswith("@")]
        where = run_list[int(begun[-1][1:], 16)] if begun else None
        raise RuntimeError("%s ended with %s at %s: %s" % (emulator, status, where and "%s %s" % (where.where(), where.control), reason[0]))
    return Outcomes(lines, run_list)


# ---- Outcomes in words ----

EC_NAMES = {0x00: "UNDEFINED"}


def words(outcome):
    """(what, more) as text: works, works=X0, or the exception; None: as expected of an encoding that nobody names."""
    if outcome is None:
        return "UNDEFINED"
    what, more = outcome
    if what >= DONE:
        return "works" if more is None else "works=%x" % more
    esr, el, vector = what & 0xffffffff, what >> 32 & 15, what >> 36
    if vector & 3:
        return "el%d %s" % (el, ("", "irq", "fiq", "serror")[vector & 3])
    text = "el%d ec=%02x il=%d iss=%x" % (el, esr >> 26, esr >> 25 & 1, esr & 0x1ffffff)
    if esr >> 26 == 0:
        text = "el%d UNDEFINED" % el + ("" if esr == 1 << 25 else " esr=%x" % esr)
    text += "" if vector & 3 == 0 and vector in (4, 8) else " vector=%x" % (vector * 0x80)
    spsr, offset = more & 0xffffffff, more >> 32
    return "%s spsr=%x%s" % (text, spsr, "" if offset == 0 else " elr=+%x" % offset)


# ---- What is explained ----

class Rule:
    """probes | where | control | svemu | qemu | why; all but why regular expressions of the whole text, . for anything."""

    def __init__(self, number, fields):
        self.number, self.count, self.why = number, 0, fields[5]
        self.sometimes = self.why.startswith("sometimes: ")
        self.patterns = [re.compile(".*" if f == "." else f) for f in fields[:5]]

    def holds(self, texts):
        return all(p.fullmatch(t) for p, t in zip(self.patterns, texts))


def read_rules(path=EXPLAINED):
    rules, pending = [], []
    with open(path, encoding="utf-8") as f:
        for number, text in enumerate(f, 1):
            if text.startswith("#") or not text.strip():
                continue
            if text[0] in " \t":
                if not pending:
                    fail("%s:%d: a line that goes on with no rule before it" % (path, number))
                pending[-1][1] += " " + text.strip()
            else:
                pending.append([number, text.strip()])
    for number, text in pending:
        fields = [f.strip() for f in text.split(" | ", 5)]
        if len(fields) != 6:
            fail("%s:%d: expected 'probes | where | control | svemu | QEMU | why'" % (path, number))
        try:
            rules.append(Rule(number, fields))
        except re.error as error:
            fail("%s:%d: %s" % (path, number, error))
    return rules


# ---- Comparing ----

def compare(probe_list, run_list, ours, theirs, rules):
    """Yields (probe, its texts, rule or None) for each difference."""
    for index, run in enumerate(run_list):
        a, b = ours.runs[index], theirs.runs[index]
        for p in sorted(set(a) | set(b)):
            x, y = ours.get(index, run, p), theirs.get(index, run, p)
            probe, key = probe_list[p], (run.config, run.el)
            if x == y or not run.flags & matrix.RUN_BASELINE and same_change(x, y, ours.baseline[key].get(p), theirs.baseline[key].get(p)):
                continue
            texts = (probe.name, run.where(), run.control, words(x), words(y))
            yield probe, texts, next((r for r in rules if r.holds(texts)), None)


def same_change(x, y, x_before, y_before):
    """Two values that differ without the control already, and in which it changes the same bits."""
    values = [v[1] if v and v[0] >= DONE else None for v in (x, y, x_before, y_before)]
    return None not in values and values[2] != values[3] and values[0] ^ values[2] == values[1] ^ values[3]


def shards(run_list, count):
    """Runs in groups that keep a baseline with the runs that refer to it, for processes that work side by side."""
    groups = {}
    for run in run_list:
        groups.setdefault((run.config, run.el), []).append(run)
    parts = [[] for _ in range(count)]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(parts, key=len).extend(group)
    return [p for p in parts if p]


def options(arguments):
    values = {"PROBE": "", "CONTROL": "", "WHERE": "", "SHOW": "20", "PART": "all"}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name not in values or not equals:
            fail("%s: expected PROBE=, CONTROL=, WHERE=, SHOW= or PART=" % argument)
        if value:
            values[name] = value
    for name in ("PROBE", "CONTROL", "WHERE"):
        try:
            re.compile(values[name])
        except re.error as error:
            fail("%s=%s: %s" % (name, values[name], error))
    if not values["SHOW"].isdigit():
        fail("SHOW=%s: expected a number" % values["SHOW"])
    if values["PART"] not in ("all", "quick", "space"):
        fail("PART=%s: expected all, quick or space" % values["PART"])
    return values


class Comparison:
    """What compare_all() found."""

    def __init__(self):
        self.probes = self.settings = self.cases = self.differences = 0
        self.bad_probes, self.problems = collections.Counter(), []


def compare_part(found, rules, shown, show, probe_list, run_list):
    """Adds to found what these probes do in these runs."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [(part_list, [pool.submit(run_payload, e, probe_list, part_list) for e in ("qemu", "svemu")])
                for part_list in shards(run_list, 2)]
        for part_list, (theirs, ours) in jobs:
            try:
                ours, theirs = ours.result(), theirs.result()
            except RuntimeError as error:
                found.problems.append(str(error))
                print("FAIL %s" % error)
                continue
            found.cases += ours.cases
            for probe, texts, rule in compare(probe_list, part_list, ours, theirs, rules):
                found.differences += 1
                if rule:
                    rule.count += 1
                    continue
                found.bad_probes[probe.name] += 1
                kind = (probe.name, texts[3].split(" iss")[0], texts[4].split(" iss")[0])
                if kind not in shown and len(shown) < show:
                    print("%s | %s | %s | svemu %s | QEMU %s" % texts)
                shown.add(kind)
    found.probes += len(probe_list)
    found.settings += len(run_list)


def compare_all(part, probe_pattern, control, where, show):
    """One part, or with "all" everything."""
    rules, found, shown, start = read_rules(), Comparison(), set(), time.time()
    for each in ("all", "space") if part == "all" else (part,):
        probe_list = matrix.chosen_probes(each, probe_pattern)
        run_list = matrix.chosen_runs(each, probe_list, control, where) if len(probe_list) > 1 else []
        if run_list:
            compare_part(found, rules, shown, show, probe_list, run_list)
    if not found.settings:
        fail("no probe or place has such a name (PROBE=%s WHERE=%s)" % (probe_pattern, where))
    if len(shown) > show:
        print("... %d kinds of differences in all (SHOW=%d)" % (len(shown), len(shown)))
    for rule in rules:
        if rule.count:
            print("%7d cases differ as explained.txt:%d: %s" % (rule.count, rule.number, rule.why))
        elif part == "all" and not (probe_pattern or control or where or rule.sometimes):
            found.problems.append("explained.txt:%d explains nothing any more" % rule.number)
            print("FAIL " + found.problems[-1])
    print("%d probes, %d settings of E2H, TGE, EL and controls, %.0f s" % (found.probes, found.settings, time.time() - start))
    print("matrix: %d (register, EL, control) cases run, %d differences, %d unexplained" % (
        found.cases, found.differences, sum(found.bad_probes.values())))
    return found


def main():
    o = options(sys.argv[1:])
    for path in (PAYLOAD, SVEMU, QEMU):
        if not os.path.exists(path):
            fail("%s: it is not there (`make matrix` builds it)" % path)
    with open(PAYLOAD, "rb") as f:
        if f.read(60)[56:] != b"ARMd":
            fail("%s: it is no payload (PAYLOAD=)" % PAYLOAD)
    found = compare_all(o["PART"], o["PROBE"], o["CONTROL"], o["WHERE"], int(o["SHOW"]))
    return 1 if found.bad_probes or found.problems else 0


if __name__ == "__main__":
    sys.exit(main())
