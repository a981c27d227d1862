#!/usr/bin/env python3
"""Each row of the A64FX instruction list with a register result and a latency in cycles, against the model a64fx: a chain of
instructions that depend on one another takes exactly as long as the list says, at each vector length that it speaks of.

    a64fx.py [-v]    -v: also the rows that no chain can measure, with the reason

docs/timing-a64fx.md says how an end-to-end latency follows from the list's notation. The list is not part of svemu; without
it (SVEMU_SHARED says where it is) only the reading of the notation is tested."""

import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

import a64fx_chains as chains
import a64fx_table as table

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEASURE = os.path.join(TOP, os.environ.get("BUILD", "build"), "tests", "timing", "measure")
MODEL = os.path.join(TOP, "core", "models", "a64fx.model")
ASSEMBLER = ["llvm-mc-19", "-triple=aarch64", "-show-encoding",
             "-mattr=+v8.2a,+sve,+fullfp16,+crypto,+rdm,+complxnum,+lor,+dotprod"]
LENGTHS = (128, 256, 512)


# What docs/timing-a64fx.md says about the notation, with the cycles that follow.
NOTATION = (
    ("2+1", 3), ("1, NA, NA", 1), ("6+1 ; 18", 25), ("5 / [1]1", 6), ("8 / 6", 8), ("2 / [1]1 / 1 / [1,2]1", 4),
    ("4 / ([1]6 / [1,2]4) x 2", 24), ("9 / 6 / ([1,2]9 / [2]6) x 6 / [1,2]9", 72), ("1+3+1+4+Pipe(11, 4)", 23),
    ("1 / [1/2]((Pipe(11, 4)) x 2", 15), ("1 / [1/2/3](11) x 3", 12), ("1 / [1]5 / 1+[1]1 / [1]NA", 7),
    ("1 / 5;[1]1 / 1 / [2)1", 7), ("6 / 6 / [1,2]4 / (1)4", 14), ("NA, NA / NA", None),
)


class Chain:
    """One measurement: what it is about, its instructions and those before it, and the cycles that the list has."""

    def __init__(self, row, vl, what, text, setup, latency):
        self.row, self.vl, self.what, self.text, self.setup, self.latency = row, vl, what, text, setup, latency

    def __str__(self):
        return f"{self.row} ({self.what}, VL {self.vl}: {self.text})"


def read_notation():
    """Is the notation read as it is documented? (passed, failed)"""
    failed = 0
    for latency, want in NOTATION:
        got = max((t for t in table.finish_times(latency) if t is not None), default=None)
        if got != want:
            failed += 1
            print(f"FAIL notation {latency}: {got} cycles, not {want}")
    return len(NOTATION) - failed, failed


def vector_lengths(row):
    """Those that the row gives; SVE rows without one are about all."""
    if row.vl:
        return (row.vl,)
    return LENGTHS if row.table == "sve" else LENGTHS[-1:]


def chains_of(row):
    """The measurements of a row, or the reason why there is none."""
    text, setup = chains.chain(row)
    if text is None:
        return [], setup
    found = [("result", text, table.end_to_end(row))]
    if table.writes_back(row):
        found.append(("base", chains.base_chain(row, text), table.finish_times(row.latency)[-1]))
    return [Chain(row, vl, what, t, setup, latency) for what, t, latency in found for vl in vector_lengths(row)], None


def assemble(lines):
    """Words of the instructions."""
    done = subprocess.run(ASSEMBLER, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"a64fx.py: llvm-mc-19 refuses a chain:\n{done.stderr}")
    words = []
    for line in done.stdout.splitlines():
        encoding = re.search(r"encoding: \[(\w+),(\w+),(\w+),(\w+)\]", line)
        plain = re.search(r"\.inst\s+(0x\w+)", line)
        if encoding:
            words.append(sum(int(byte, 16) << 8 * n for n, byte in enumerate(encoding.groups())))
        elif plain:
            words.append(int(plain.group(1), 16))
    if len(words) != len(lines):
        sys.exit(f"a64fx.py: {len(lines)} instructions became {len(words)} words")
    return dict(zip(lines, words))


def setup_of(chain):
    return [part.strip() for part in (chain.setup + ";" + chains.SETUP).split(";") if part.strip()]


def jobs(measured, unpacked):
    """A line for the measuring program for each chain. unpacked: the model's file for MOVPRFX."""
    plain = {i for c in measured for i, _ in chains.instructions(c.text)} | {i for c in measured for i in setup_of(c)}
    words = assemble(sorted(plain))
    lines = []
    for c in measured:
        before = " ".join(f"{words[i]:08x}" for i in setup_of(c))
        body = " ".join(f"{words[i]:08x}" for i, _ in chains.instructions(c.text))
        model = unpacked if c.row.instruction.startswith("MOVPRFX") else "a64fx"
        lines.append(f"{model} ooo {c.vl} setup {before} body {body}")
    return lines


def measure(measured):
    """What the measuring program says of each chain. The list's latency of MOVPRFX is that of one by itself, which the
    decoder has not packed with what it prefixes; every one would be, so the model is given without that."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(MEASURE)) as folder:
        unpacked = os.path.join(folder, "unpacked.model")
        with open(MODEL, encoding="utf-8") as f, open(unpacked, "w", encoding="utf-8") as g:
            g.write(f.read().replace("\nmovprfx = 1 ", "\nmovprfx = 0 "))
        done = subprocess.run([MEASURE], input="\n".join(jobs(measured, unpacked)) + "\n", capture_output=True, text=True,
                              check=False)
    return done.stdout.splitlines()


def expected(chain, latencies):
    """Cycles of one repetition: the row's own instructions and the way back."""
    cycles = 0
    for instruction, back in chains.instructions(chain.text):
        if not back:
            cycles += chain.latency
            continue
        key = next(key for pattern, key in chains.BACK if re.match(pattern, instruction))
        cycles += latencies[key]
    return cycles


def compare(measured, latencies, output):
    """Prints what differs: (passed, failed)."""
    passed = failed = 0
    for chain, line in zip(measured, output):
        want = expected(chain, latencies)
        got = line.split()[0]
        if line.startswith("error") or float(got) != want:
            failed += 1
            print(f"FAIL {chain}: {want} cycles by the list, {line}")
        else:
            passed += 1
    return passed, failed + len(measured) - passed - failed


def hold_against_list():
    """(passed, failed) of all chains of all rows."""
    rows = table.read()
    latencies = {row.key(): table.end_to_end(row) for row in rows}
    measured, reasons = [], collections.defaultdict(list)
    for row in rows:
        found, reason = chains_of(row)
        measured += found
        if reason or not found:
            reasons[reason or "no chain is known for it"].append(row)
    passed, failed = compare(measured, latencies, measure(measured))
    for reason, about in reasons.items():
        print(f"{len(about)} rows not measured: {reason}")
        for row in about if "-v" in sys.argv[1:] else []:
            print(f"    {row}: {row.latency}")
    print(f"{len({c.row for c in measured})} of {len(rows)} rows measured")
    return passed, failed + len(reasons["no chain is known for it"])


def main():
    if not os.path.exists(MEASURE):
        sys.exit(f"a64fx.py: no {MEASURE}: run make validate-timing, which builds it")
    passed, failed = read_notation()
    if not shutil.which(ASSEMBLER[0]):
        print(f"a64fx.py: there is no {ASSEMBLER[0]} here: the list is skipped")
    elif os.path.exists(table.TABLE):
        more_passed, more_failed = hold_against_list()
        passed, failed = passed + more_passed, failed + more_failed
    else:
        print(f"a64fx.py: no {table.TABLE} (SVEMU_SHARED=DIR says where it is): the list is skipped")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
