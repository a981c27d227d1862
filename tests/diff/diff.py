#!/usr/bin/env python3
"""The same single instructions on svemu and on QEMU: `make diff N=2000000 [SEED=1] [ROW=regex] [VL=bits] [CASE=name]`.

build/tests/diff/cases makes the cases, the payload of tests/guest/cases runs them on both, and this compares what they
print: a hash a case, and for those that differ the changes in words. Differences that tests/diff/explained.txt has a rule
for are counted by rule; each other one is reported with the registers that differ and the name that CASE= takes.

`diff.py vectors [qemu]` runs Arm's vectors in the payload. SVEMU=, QEMU=, PAYLOAD=, CASES= in the environment replace the
programs; SVEMU_CPU= the last of svemu's CPU options, pauth=qarma5."""

import collections
import concurrent.futures
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SVEMU = os.environ.get("SVEMU", os.path.join(TOP, "build", "svemu"))
QEMU = os.environ.get("QEMU", os.path.join(TOP, "build", "deps", "qemu", "bin", "qemu-system-aarch64"))
CASES = os.environ.get("CASES", os.path.join(TOP, "build", "tests", "diff", "cases"))
PAYLOAD = os.environ.get("PAYLOAD", os.path.join(TOP, "build", "guest", "cases.bin"))
EXPLAINED = os.path.join(TOP, "tests", "diff", "explained.txt")

LENGTHS = "+".join(str(vl) for vl in range(128, 2049, 128))
COMMANDS = {
    "svemu": [SVEMU, "--smp", "1", "--memory", "256M", "--cpu",
              "all:model=max,FEAT_MTE2=yes,FEAT_MTE3=yes,FEAT_MOPS=yes,vl=%s,%s" % (LENGTHS, os.environ.get("SVEMU_CPU", "pauth=qarma5"))],
    "qemu": [QEMU, "-M", "virt,virtualization=on,gic-version=3,mte=on", "-cpu", "max,pauth-qarma5=on", "-accel", "tcg,thread=single",
             "-nic", "none", "-m", "256", "-smp", "1", "-nographic"],
}
KERNEL = {"svemu": "--kernel", "qemu": "-kernel"}

HEADER, RECORD = 16, 96
FLAGS_AT, WORD_AT, ROW_AT, KEEP_AT = 22, 16, 62, 80  # in a record, tests/guest/cases/case.h
EVERY_FPCR, VERBOSE, BEFORE = 1, 8, 16
CONTROLS = {32: "SCTLR.A", 64: "TBI", 128: "PAN", 256: "UAO", 1024: "TCF"}
BATCH = 60000


def fail(text):
    """The user's mistake: one sentence and status 2."""
    sys.stderr.write("diff: %s\n" % text)
    sys.exit(2)


# ---- Cases ----

def cases(*arguments):
    p = subprocess.run([CASES, *arguments], capture_output=True, text=True)
    if p.returncode == 77:
        return None
    if p.returncode:
        sys.stderr.write(p.stderr)
        sys.exit(2)
    return p.stdout


def read_records(path):
    with open(path, "rb") as f:
        data = f.read()
    return [data[i:i + RECORD] for i in range(HEADER, len(data), RECORD)]


def with_flags(record, flags):
    (old,) = struct.unpack_from("<H", record, FLAGS_AT)
    return record[:FLAGS_AT] + struct.pack("<H", old | flags) + record[FLAGS_AT + 2:]


def word_of(record):
    return struct.unpack_from("<I", record, WORD_AT)[0]


# ---- Running ----

class Outcomes(list):
    """What a payload printed, a line a case; the last lines of standard error in .errors if it did not finish."""
    errors = ""


def image(records, path):
    """The payload with these cases behind it, as one arm64 Image."""
    with open(PAYLOAD, "rb") as f:
        data = bytearray(f.read())
    (size,) = struct.unpack_from("<Q", data, 16)
    data += bytes(size - len(data))
    data += struct.pack("<8sII", b"svecases", len(records), 0) + b"".join(records)
    struct.pack_into("<Q", data, 16, (len(data) + 0xffff) & ~0xffff)
    with open(path, "wb") as f:
        f.write(data)


def run_once(emulator, records, verdicts=None):
    """One start of the emulator over the records: Outcomes, as many lines as it came to."""
    with tempfile.TemporaryDirectory() as d:
        path, console = os.path.join(d, "image"), os.path.join(d, "console")
        image(records, path)
        with open(console, "wb") as out, open(os.path.join(d, "errors"), "w+b") as err:
            p = subprocess.Popen([*COMMANDS[emulator], KERNEL[emulator], path], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                p.wait(120 + len(records) // 20)
                end = "ended with status %d" % p.returncode
            except subprocess.TimeoutExpired:
                end = "hangs"
            finally:
                p.kill()
                p.wait()
            err.seek(0)
            errors = err.read().decode("utf-8", "replace").strip().split("\n")[-1]
        with open(console, encoding="latin-1") as f:
            lines = f.read().replace("\r", "").split("\n")
    if not lines or lines[0] != "cases %d" % len(records):
        fail("%s does not run the payload: %s %s" % (emulator, errors, "\n".join(lines)[:200]))
    if verdicts is not None:
        verdicts += lines[1:]
        return None
    done = Outcomes(lines[1:1 + len(records)])
    if lines[1 + len(records):2 + len(records)] != ["PASS cases"]:
        done = Outcomes([line for line in lines[1:-1] if not re.match("(PASS|FAIL) ", line)][:len(records)])
        failures = [line for line in lines if line.startswith("FAIL")]
        done.errors = "%s: %s" % (end, failures[0] if failures else errors)
    return done


def run(emulator, records):
    """The outcomes of all the records. A case that the emulator does not survive has the outcome "died ..."."""
    outcomes = []
    while len(outcomes) < len(records):
        part = run_once(emulator, records[len(outcomes):])
        outcomes += part
        if len(outcomes) < len(records):
            outcomes.append("died " + part.errors)
    return outcomes


def run_both(records, flags=0):
    """Both emulators' outcomes. The state before is the same on both: only svemu prints it."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ours = pool.submit(run, "svemu", [with_flags(r, flags) for r in records])
        theirs = pool.submit(run, "qemu", [with_flags(r, flags & ~BEFORE) for r in records])
        return ours.result(), theirs.result()


# ---- Outcomes in words ----

def parse(outcome):
    """name -> value of everything after, and the same of everything before (of a case run with BEFORE)."""
    outcome, _, before = outcome.partition(" before ")
    values = dict(w.split("=") for w in before.split())
    was = dict(values)
    words = outcome.split()
    if not words or words[0] not in ("ok", "exc"):
        values["exc"] = outcome
        return values, was
    values["exc"] = "none" if words[0] == "ok" else " ".join(words[1:4])
    values.update(w.split("=") for w in words[1 if words[0] == "ok" else 4:])
    return values, was


def kind(name):
    """The class of a name in explained.txt: x z p m t, or the name itself."""
    return name[0] if re.match(r"[xzpmt][0-9a-f]+$", name) else name


def differences(ours, theirs):
    """name -> values of svemu and QEMU, None: memory that was not written."""
    (a, was), (b, _) = parse(ours), parse(theirs)
    for name in was:
        b.setdefault(name, was[name])
    return {n: (a.get(n), b.get(n)) for n in sorted(set(a) | set(b)) if a.get(n) != b.get(n)}


# ---- What is explained ----

class Rule:
    def __init__(self, number, rows, when, what, why):
        self.number, self.rows, self.when, self.what, self.why = number, re.compile("(%s)$" % rows), when, what, why
        self.count = 0

    def holds(self, case, ours, theirs, different):
        if not self.rows.match(case.row) or not set(map(kind, different)) <= set(self.what):
            return False
        (a, was), (b, _) = parse(ours), parse(theirs)
        a, b = {**was, **a}, {**was, **b}
        self.was = was
        return all(self.condition(condition, case, a, b, different) for condition in self.when)

    def condition(self, condition, case, a, b, different):
        name, _, value = condition.partition("=")
        if name == "vl":
            return case.vl in map(int, value.split(","))
        if name == "word":
            return all(c in ("x", bit) for c, bit in zip(value, format(case.word, "032b")))
        if name == "!word":
            return not self.condition("word=" + value, case, a, b, different)
        if name == "fpcr":
            return any(case.fpcr >> int(bit) & 1 for bit in value.split(","))
        if name == "svemu":
            return re.search(value.replace("_", " "), a["exc"])
        if name == "qemu":
            return re.search(value.replace("_", " "), b["exc"])
        if name == "z-high":
            return all(x[-32:] == y[-32:] for n, (x, y) in different.items() if kind(n) == "z")
        if name == "ffr-unknown":
            return ffr_unknown(int(a["ffr"], 16), int(b["ffr"], 16), different)
        if name == "bits":  # registers differ in no other bits
            masks = dict(v.split(":") for v in value.split(","))
            return all((int(x, 16) ^ int(y, 16)) & ~int(masks[n], 16) == 0 for n, (x, y) in different.items() if n in masks)
        if name == "control":
            return value in case.controls
        if name == "pg-late":
            return first_active(case, a) > 7
        if name == "overlap":  # of a copy's source and destination
            to, source, size = (int(self.was["x%d" % field(case.word, low)], 16) & (1 << 56) - 1 for low in (0, 16, 5))
            return abs(to - source) < size
        if name == "same":
            return any(field(case.word, f) == field(case.word, g) for f, g in (v.split("-") for v in value.split(",")))
        fail("%s: line %d has the condition %s, which means nothing" % (EXPLAINED, self.number, condition))


def field(word, low):
    return word >> int(low) & 31


def first_active(case, values):
    """The bit of Pg (bits 12 to 10 of the word, here the same before and after) that the first active element has."""
    step = int(re.search("_[us]([0-9]+)$", case.row).group(1)) // 8
    pg = int(values["p%d" % (case.word >> 10 & 7)], 16)
    return next((i for i in range(0, case.vl // 8, step) if pg >> i & 1), 0)


def ffr_unknown(ours, theirs, different):
    """QEMU's FFR has no bit that ours lacks, and vectors differ only in bytes whose bits it lacks."""
    for name, (x, y) in different.items():
        if kind(name) != "z":
            continue
        first = next(i for i in range(len(x) // 2 + 1) if not theirs >> i & 1)
        if x[len(x) - 2 * first:] != y[len(y) - 2 * first:]:
            return False
    return theirs & ~ours == 0


def read_rules():
    """Lines `rows | when | what | why`; a line that begins with blanks goes on with why."""
    rules = []
    with open(EXPLAINED) as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace() and rules:
                rules[-1].why += " " + line.strip()
                continue
            columns = [c.strip() for c in re.split(r"\s\|(?=\s)", line)]
            if len(columns) != 4:
                fail("%s:%d: expected rows | when | what | why" % (EXPLAINED, number))
            rules.append(Rule(number, columns[0], columns[1].split(), columns[2].split(), columns[3]))
    return rules


def fpcr_of(record):
    """FPCR as case_prepare makes it."""
    (s,) = struct.unpack_from("<Q", record, 0)
    mask = (1 << 64) - 1

    def following():
        nonlocal s
        s = z = s + 0x9e3779b97f4a7c15 & mask
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & mask
        z = (z ^ z >> 27) * 0x94d049bb133111eb & mask
        return z ^ z >> 31
    following()
    k = following()
    (flags,) = struct.unpack_from("<H", record, FLAGS_AT)
    fpcr = 0
    if flags & EVERY_FPCR or not k & 7:
        fpcr = (k >> 8 & 3) << 22 | (k >> 10 & 1) << 25 | (k >> 11 & 1) << 24 | (k >> 12 & 1) << 19
    if flags & EVERY_FPCR:
        fpcr |= k >> 13 & 7
    return fpcr


class Case:
    def __init__(self, record, line):
        self.record = record
        self.name, word, self.text = line.split("\t")
        self.row, vl, self.seed = self.name.split("@")
        self.vl, self.word, self.fpcr = int(vl), int(word, 16), fpcr_of(record)
        (flags,) = struct.unpack_from("<H", record, FLAGS_AT)
        self.controls = [name for bit, name in CONTROLS.items() if flags & bit]
        if self.controls:
            self.text += " (%s)" % " ".join(self.controls)


def names_of(records):
    """Cases with their names and texts."""
    with tempfile.NamedTemporaryFile(dir=os.path.join(TOP, "build")) as f:
        f.write(struct.pack("<8sII", b"svecases", len(records), 0) + b"".join(records))
        f.flush()
        lines = cases("names", f.name).rstrip("\n").split("\n")
    return [Case(r, line) for r, line in zip(records, lines)]


# ---- Reduction ----

def keep_masks(record):
    return struct.unpack_from("<III", record, KEEP_AT)


def with_masks(record, masks):
    return record[:KEEP_AT] + struct.pack("<III", *masks) + record[KEEP_AT + 12:]


def reduce_case(record):
    """Makes registers zero as long as the two still differ in the same names; all of a round's candidates in one run."""
    def differing(records):
        ours, theirs = run_both(records, VERBOSE | BEFORE)
        return [frozenset(map(kind, differences(a, b))) for a, b in zip(ours, theirs)]
    wanted = differing([record])[0]
    masks = list(keep_masks(record))
    bits = [(i, 1 << n) for i, width in ((0, 32), (1, 32), (2, 19)) for n in range(width)]
    alone = differing([with_masks(record, [m & ~b if i == j else m for j, m in enumerate(masks)]) for i, b in bits])
    free = [bit for bit, d in zip(bits, alone) if d == wanted]
    for i, b in free:  # each alone may go; together as many as still differ
        masks[i] &= ~b
    if differing([with_masks(record, masks)])[0] != wanted:
        masks = list(keep_masks(record))
        for i, b in free:
            attempt = [m & ~b if i == j else m for j, m in enumerate(masks)]
            if differing([with_masks(record, attempt)])[0] == wanted:
                masks = attempt
    return with_masks(record, masks)


def show_value(value):
    return "not written" if value is None else value if len(value) < 100 else value[:48] + "..." + value[-48:]


def report(case, ours, theirs, full=False):
    print("%s  %08x  %s  fpcr %08x" % (case.name, case.word, case.text, case.fpcr))
    different = differences(ours, theirs)
    if "exc" not in different and parse(ours)[0]["exc"] != "none":
        print("    both  %s" % parse(ours)[0]["exc"])
    for name, (a, b) in different.items():
        if not full and "exc" in different and name in ("far", "elr", "spsr"):
            continue
        print("    %-5s svemu %s\n          QEMU  %s" % (name, a if full and a else show_value(a), b if full and b else show_value(b)))
    sys.stdout.flush()


def replay(names):
    """CASE=: state before, both states after, and the case reduced."""
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "cases")
        cases("one", path, *names)
        records = read_records(path)
    rules, status = read_rules(), 0
    for case in names_of(records):
        ours, theirs = run_both([case.record], VERBOSE | BEFORE)
        print("%s  %08x  %s" % (case.name, case.word, case.text))
        for title, text in (("before", ours[0].partition(" before ")[2]), ("svemu", ours[0].partition(" before ")[0]),
                            ("QEMU", theirs[0].partition(" before ")[0])):
            print("%s:\n    %s" % (title, text.replace(" ", "\n    ")))
        different = differences(ours[0], theirs[0])
        if not different:
            print("they agree")
            continue
        explained = [r for r in rules if r.holds(case, ours[0], theirs[0], different)]
        if explained:
            print("they differ in %s: %s" % (" ".join(different), explained[0].why))
            continue
        status = 1
        small = reduce_case(case.record)
        a, b = run_both([small], VERBOSE | BEFORE)
        print("they differ; reduced, with the other registers zero:")
        print("    " + " ".join(v for v in a[0].partition(" before ")[2].split() if not re.search("=0*$", v)))
        report(Case(small, "%s\t%08x\t%s" % (case.name, case.word, case.text)), a[0], b[0], full=True)
    return status


# ---- Many cases ----

def compare_all(count, seed, row, vl, show):
    rules = read_rules()
    rows = [line.split("\t") for line in cases("rows").rstrip("\n").split("\n")]
    start, done, differing, unexplained, bad_rows = time.time(), 0, 0, 0, collections.Counter()
    covered = set()
    while done < count:
        now = min(BATCH, count - done)
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "cases")
            cases("generate", path, seed, str(done), str(now), vl, row)
            records = read_records(path)
        covered.update(struct.unpack_from("<H", r, ROW_AT)[0] for r in records)
        ours, theirs = run_both(records)
        chosen = [i for i in range(now) if ours[i] != theirs[i]]
        different = [records[i] for i in chosen]
        if different:
            a, b = run_both(different, VERBOSE | BEFORE)
            for case, x, y in zip(names_of(different), a, b):
                d = differences(x, y)
                rule = next((r for r in rules if r.holds(case, x, y, d)), None) if d else None
                if rule:
                    rule.count += 1
                    continue
                unexplained += 1
                bad_rows[case.row] += 1
                if bad_rows[case.row] <= show:
                    report(case, x, y)
                    if not d:
                        print("    differs only among other cases, not when it is run again")
        done += now
        differing += len(chosen)
        print("%d of %d cases, %d differ, %d of them unexplained, %.0f s" % (done, count, differing, unexplained, time.time() - start))
        sys.stdout.flush()
    print("\n%d cases, seed %s, vector length %s: %d rows covered" % (count, seed, vl if vl != "0" else "each of 128 256 384 512 1024 2048", len(covered)))
    reasons = collections.Counter(why for _, why in rows if why)
    for why, n in sorted(reasons.items()):
        print("%5d rows never compared: %s" % (n, why))
    for rule in rules:
        if rule.count:
            print("%5d cases differ as %s" % (rule.count, rule.why))
    for name, n in sorted(bad_rows.items()):
        print("%5d cases of %s differ without a reason" % (n, name))
    print("%d disagreements, %d explained, %d unexplained" % (differing, differing - unexplained, unexplained))
    return covered, bad_rows


def vectors(emulator):
    """Arm's vectors in the payload: the line of the figures, and what failed."""
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "vectors")
        if cases("vectors", path) is None:
            return None
        records = read_records(path)
    lines = []
    run_once(emulator, records, lines)
    return lines


OPTIONS = {"N": "120000", "SEED": "1", "ROW": ".", "VL": "0", "CASE": "", "SHOW": "1"}


def options(arguments):
    values = dict(OPTIONS)
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name not in values or not equals:
            fail("%s: expected N=, SEED=, ROW=, VL=, CASE= or SHOW=" % argument)
        if value:
            values[name] = value
    for name in ("N", "SEED", "VL", "SHOW"):
        if not re.match(r"[0-9]+$", values[name]) or int(values[name]) >= 1 << 64:
            fail("%s=%s: expected a number" % (name, values[name]))
    return values


def main():
    if sys.argv[1:2] == ["vectors"]:
        emulator = sys.argv[2] if len(sys.argv) > 2 else "svemu"
        lines = vectors(emulator)
        if lines is None:
            print("skip vectors in a payload: the shared folder is not here")
            print("0 passed, 0 failed, 1 skipped")
            return 0
        figures = [line for line in lines if line.startswith("vectors ")]
        for line in [line for line in lines if line.startswith("case ")][:20]:
            print(line[:400])
        ok = "PASS cases" in lines and figures
        print("%s %s in a payload on %s" % ("ok" if ok else "FAIL", figures[0] if figures else "vectors", emulator))
        print("%d passed, %d failed" % (bool(ok), not ok))
        return 0 if ok else 1
    o = options(sys.argv[1:])
    for path in (PAYLOAD, CASES, SVEMU, QEMU):
        if not os.path.exists(path):
            fail("%s: it is not there (`make diff` builds it)" % path)
    with open(PAYLOAD, "rb") as f:
        if f.read(60)[56:] != b"ARMd":
            fail("%s: it is no payload (PAYLOAD=)" % PAYLOAD)
    if o["CASE"]:
        return replay(o["CASE"].split(","))
    return 1 if compare_all(int(o["N"]), o["SEED"], o["ROW"], o["VL"], int(o["SHOW"]))[1] else 0


if __name__ == "__main__":
    sys.exit(main())
