#!/usr/bin/env python3
"""The checkers of trace formats: each takes a good file, and refuses it with anything changed that leaves its grammar or
contradicts the rest of the file. A checker that would take everything is worth nothing."""

import copy
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chrome
import folded
import tarmac

TARMAC = """\
1000 ns R X0 ffff800000200000
1000 ns R X1 0000000000000001
1000 ns R X2 0000000000000002
1000 ns R X3 0000000000000003
1000 ns R X30 0000000000000030
1000 ns R SP_EL2 ffff800000300000
1000 ns R cpsr 600003c9
1000 ns IT (5100) ffff800000081000 d2824681 O EL2h_n : mov x1, #0x1234
1000 ns R X1 0000000000001234
1001 ns IT (5101) ffff800000081004 91004022 O EL2h_n : add x2, x1, #0x10
1001 ns R X2 0000000000001244
1002 ns IT (5102) ffff800000081008 f9000402 O EL2h_n : str x2, [x0, #8]
1002 ns MW8 ffff800000200008:000040200008_NS 00000000_00001244
1003 ns IT (5103) ffff80000008100c f9400403 O EL2h_n : ldr x3, [x0, #8]
1003 ns MR8 ffff800000200008:000040200008_NS 00000000_00001244
1003 ns R X3 0000000000001244
1004 ns IT (5104) ffff800000081010 94000002 O EL2h_n : bl #0xffff800000081018
1004 ns R X30 ffff800000081014
1005 ns IS (5105) ffff800000081018 b4000041 O EL2h_n : cbz x1, #0xffff800000081020
1006 ns IT (5106) ffff80000008101c b5000041 O EL2h_n : cbnz x1, #0xffff800000081024
1007 ns IT (5107) ffff800000081024 d65f03c0 O EL2h_n : ret
1008 ns IF (5108) ffff800000081014 f9400803 O EL2h_n : ldr x3, [x0, #0x10]
1008 ns E ffff800000081014 00000084 CoreEvent_CURRENT_SPx_SYNC
1008 ns INFO_EXCEPTION_REASON EL2 to EL2, Data Abort: stage 1 translation fault
1008 ns R ELR_EL2 ffff800000081014
1009 ns IT (5109) ffff800000010a00 04a0e3e0 O EL2h_n : incw x0
1009 ns R X0 ffff800000200008
1009 ns R V1 0f000000000000008000000000012345
1009 ns R Z2<255:0> 1f0000000000000000000000000000100f000000000000008000000000012345
1009 ns R P3<31:0> 23456789
1009 ns R FPCR 00000000
1009 ns E DebugEvent_CurrentVL 00000100
1010 ns IT (5110) ffff800000010a04 d503201f O EL2h_n : nop
"""
FIRST = 7  # line of the first instruction, from 0

results = {True: 0, False: 0}


def result(name, ok, detail=""):
    results[ok] += 1
    if not ok:
        print("FAIL %s: %s" % (name, detail))


def refused(name, mutants, check):
    """All of them, and there are some: one result."""
    taken, count = [], 0
    for what, mutant in mutants:
        count += 1
        if check(mutant) is None:
            taken.append(what)
    result(name, count and not taken, "%d of %d taken, the first: %s" % (len(taken), count, taken[:6]) if count else "no mutants")
    if count and not taken:
        print("ok %s: %d refused" % (name, count))


# ---- Tarmac ----

GOOD = TARMAC.splitlines()


def with_line(n, line):
    return GOOD[:n] + [line] + GOOD[n + 1:]


def exact(line):
    """The positions of a line that the grammar says something about: not free text, nor names that are nobody's."""
    _, _, _, event = tarmac.parse(line)
    end = len(line)
    if event[0] == "I":
        end = line.index(" : ") + 3
    elif event[0] == "TEXT":
        end = line.index("INFO") + len("INFO_EXCEPTION_REASON")
    elif event[0] == "DEBUG":
        end = line.index("DebugEvent_") + len("DebugEvent_")
    positions = set(range(end))
    if event[0] == "R" and not (" R X" in line and "00000000000012" in line):
        at = line.index(event[1])
        positions -= set(range(at, at + len(event[1])))
    return sorted(positions)


def deletions():
    for n, line in enumerate(GOOD):
        for at in exact(line):
            if n == 0 and at < 4 or n == FIRST and 12 <= at < 16 or line[at:].startswith("NS"):
                continue  # nothing comes before the first time and the first index; Secure memory has _S
            yield "%d without %d: %s" % (n + 1, at, line), with_line(n, line[:at] + line[at + 1:])


def replacements():
    for n, line in enumerate(GOOD):
        for at in exact(line):
            for c in set("g!") - {line[at]}:
                yield "%d with %s at %d: %s" % (n + 1, c, at, line), with_line(n, line[:at] + c + line[at + 1:])


def insertions():
    for n, line in enumerate(GOOD):
        for at in exact(line):
            for c in "z~":
                yield "%d with %s before %d: %s" % (n + 1, c, at, line), with_line(n, line[:at] + c + line[at:])


def truncations():
    for n, line in enumerate(GOOD):
        for length in exact(line):
            yield "%d cut to %d: %s" % (n + 1, length, line), with_line(n, line[:length])


def other_values():
    """Each digit of what the trace says twice: of PCs, of general registers and of memory. The last instruction's
    successor is not there."""
    for n, line in enumerate(GOOD[FIRST:], FIRST):
        spans = [m.span(1) for m in (re.search(r" I[TS] \(\d+\) ([0-9a-f]{16})", line), re.search(r" R X\d+ ([0-9a-f]{16})", line),
                                     re.search(r" M[RW]8 (\w{16})", line), re.search(r"_NS (\w{17})", line),
                                     re.search(r" E ([0-9a-f]{16}) ", line)) if m]
        if "incw" in line or "X0" in line or "nop" in line:
            continue
        for start, end in spans:
            for at in range(start, end):
                if line[at] != "_" and not (" M" in line and at < start + 2 and end - start == 16):  # tags are ignored
                    other = "%x" % (int(line[at], 16) ^ 8)
                    yield "%d with %s at %d: %s" % (n + 1, other, at, line), with_line(n, line[:at] + other + line[at + 1:])


def whole_lines():
    for n, line in enumerate(GOOD[FIRST + 1:-1], FIRST + 1):
        _, _, _, event = tarmac.parse(line)
        if event[0] in "IM" or " R X" in line and "X0" not in line:
            yield "%d twice: %s" % (n + 1, line), GOOD[:n] + [line] + GOOD[n:]
        if event[0] in "IM" and "incw" not in line and "IF" not in line or " R X" in line and "X0" not in line:
            yield "without %d: %s" % (n + 1, line), GOOD[:n] + GOOD[n + 1:]
    for n in range(FIRST, len(GOOD) - 1):
        if " I" in GOOD[n] and " I" in GOOD[n + 1]:
            yield "%d and %d swapped" % (n + 1, n + 2), GOOD[:n] + [GOOD[n + 1], GOOD[n]] + GOOD[n + 2:]


SINGLE = [  # what, from, to
    ("another unit", "1003 ns IT", "1003 ps IT"), ("no unit of Tarmac's", " ns ", " us "), ("a CPU in one line", "1002 ns IT", "1002 ns cpu0 IT"),
    ("hexadecimal time", "1000 ns IT", "3e8h ns IT"), ("time that goes back", "1004 ns IT", "999 ns IT"),
    ("an event of nobody", " INFO_EXCEPTION_REASON ", " INFO_REASON "), ("AArch32", "d2824681 O ", "d2824681 A "),
    ("EL0 with its own SP", "d2824681 O EL2h_n", "d2824681 O EL0h_n"), ("EL4", "d2824681 O EL2h_n", "d2824681 O EL4h_n"),
    ("X31", " R X2 0000000000001244", " R X31 0000000000001244"), ("a register twice wide", "R cpsr 600003c9", "R cpsr 00000000600003c9"),
    ("FPSR of 64 bits", "R FPCR 00000000", "R FPSR 0000000000000000"), ("Z32", "R Z2<", "R Z32<"), ("a range that is too long", "P3<31:0>", "P3<47:0>"),
    ("a range beyond the register", "R P3<31:0> 23456789", "R P3<255:0> " + "0" * 64), ("bits", "P3<31:0>", "P3<30:0>"),
    ("S2PIR_EL2, which the parser takes for S2", "R ELR_EL2", "R S2PIR_EL2"), ("ranges of the flags", "R cpsr 600003c9", "R cpsr<31:0> 600003c9"),
    ("16 bytes in one access", "MR8 ffff800000200008:000040200008_NS 00000000_00001244", "MR16 ffff800000200008 " + "0" * 32),
    ("4 bytes with the value of 8", "MW8 ", "MW4 "), ("8 bytes with the value of 4", "MW8 ffff800000200008:000040200008_NS 00000000_00001244",
                                                     "MW8 ffff800000200008:000040200008_NS 00001244"),
    ("another place of the page", ":000040200008_NS", ":000040200000_NS"), ("a read that is a write", "MR8", "MW8"),
    ("another exception's number", "00000084 Core", "00000085 Core"), ("an exception of nobody", "CoreEvent_CURRENT_SPx_SYNC", "CoreEvent_CURRENT_SPx_ABORT"),
    ("an exception elsewhere", "E ffff800000081014", "E ffff800000081015"), ("a branch skipped that was taken", "IT (5106)", "IS (5106)"),
    ("a branch taken that was skipped", "IS (5105)", "IT (5105)"), ("skipped without a condition", "IT (5101)", "IS (5101)"),
    ("executed, and yet an exception in its place", "IT (5104)", "IF (5104)"), ("a tab", " ns IT (5101)", " ns\tIT (5101)"),
    ("upper case", "ffff800000081004", "FFFF800000081004"), ("a return elsewhere", "R X30 ffff800000081014", "R X30 ffff800000081018"),
]


def single():
    text = "\n".join(GOOD)
    for what, old, new in SINGLE:
        assert old in text, what
        yield what, text.replace(old, new, 1).split("\n")


def tarmac_tests():
    wrong = tarmac.check(GOOD)
    result("tarmac: the good file", wrong is None, wrong)
    wrong = tarmac.check([line.replace(" ns ", " ns cpu1 ") for line in GOOD])
    result("tarmac: the good file of one CPU of many", wrong is None, wrong)
    two = [line.replace(" ns ", " ns cpu%d " % n) for line in GOOD for n in (0, 1)]
    result("tarmac: two CPUs in one file", tarmac.check(two) is None, tarmac.check(two))
    for name, mutants in (("a character less", deletions), ("another character", replacements), ("a character more", insertions),
                          ("lines cut short", truncations), ("other values", other_values), ("lines", whole_lines), ("one thing wrong", single)):
        refused("tarmac: " + name, mutants(), tarmac.check)


# ---- Trace-event JSON ----

CHROME = [
    {"ph": "M", "pid": 1, "tid": 0, "ts": 0, "name": "process_name", "args": {"name": "CPUs"}},
    {"ph": "M", "pid": 1, "tid": 1, "ts": 0, "name": "thread_name", "args": {"name": "CPU 0"}},
    {"ph": "M", "pid": 1, "tid": 2, "ts": 0, "name": "thread_name", "args": {"name": "CPU 0 world switches"}},
    {"ph": "B", "pid": 1, "tid": 1, "ts": 1.5, "cat": "el", "name": "EL2"},
    {"ph": "C", "pid": 1, "tid": 1, "ts": 1.625, "name": "CurrentVL", "args": {"bits": 256}},
    {"ph": "X", "pid": 1, "tid": 2, "ts": 1.75, "dur": 4.25, "name": "WFx", "args": {"instructions": 10}},
    {"ph": "i", "pid": 1, "tid": 1, "ts": 2, "s": "t", "name": "IRQ"},
    {"ph": "B", "pid": 1, "tid": 1, "ts": 2.5, "cat": "el", "name": "inner"},
    {"ph": "E", "pid": 1, "tid": 1, "ts": 3},
    {"ph": "E", "pid": 1, "tid": 1, "ts": 4.001},
]


def chrome_text(events):
    return json.dumps({"displayTimeUnit": "ns", "traceEvents": events})


def chrome_mutants():
    for n, e in enumerate(CHROME):
        for key in e:
            if key != "cat" and (key, e["ph"]) != ("args", "X"):
                yield "%d without %s" % (n, key), chrome_text(CHROME[:n] + [{k: v for k, v in e.items() if k != key}] + CHROME[n + 1:])
            for value in (None, True, "", [], -1, "x", {"name": 1}):
                # other numbers and names would do as well
                if key == "cat" and isinstance(value, str) or key == "name" and (value == "x" and e["ph"] != "M") or \
                        key == "args" and isinstance(value, dict) and e["ph"] in "CX" or key == "name" and value == "" and e["ph"] == "i":
                    continue
                changed = copy.deepcopy(e)
                changed[key] = value
                yield "%d with %s %r" % (n, key, value), chrome_text(CHROME[:n] + [changed] + CHROME[n + 1:])
        if e["ph"] in "BEM":
            yield "without %d" % n, chrome_text(CHROME[:n] + CHROME[n + 1:])
            yield "%d twice" % n, chrome_text(CHROME[:n + 1] + CHROME[n:])
        yield "%d with a key of nobody" % n, chrome_text(CHROME[:n] + [dict(e, colour="red")] + CHROME[n + 1:])
        if e["ph"] in "BEiC" and n > 3:
            yield "%d too early" % n, chrome_text(CHROME[:n] + [dict(e, ts=0.5)] + CHROME[n + 1:])
    yield "complete events that overlap", chrome_text(CHROME + [dict(CHROME[5], ts=5.9, dur=10)])
    good = chrome_text(CHROME)
    for length in range(len(good)):
        yield "cut to %d" % length, good[:length]
    for what, old, new in (("NaN", "256", "NaN"), ("a duplicate key", '"pid": 1', '"pid": 1, "pid": 1'), ("a comma more", "}]}", "},]}"),
                           ("no list", '"traceEvents"', '"events"'), ("hexadecimal", "1.625", "0x1"), ("a leading zero", "1.625", "01.625"),
                           ("a control character", "CPU 0", "CPU\n0"), ("single quotes", '"el"', "'el'")):
        yield what, good.replace(old, new, 1)


def chrome_tests():
    for name, text in (("an object", chrome_text(CHROME)), ("an array", json.dumps(CHROME))):
        result("chrome: " + name, chrome.check(text) is None, chrome.check(text))
    refused("chrome: mutants", chrome_mutants(), chrome.check)


# ---- Folded stacks ----

FOLDED = ["guest 1;[unknown] 12\n", "guest 1;start_kernel;0xffff800080010000 3\n", "host;a 1\n", "host;a;b 20\n", "hyp;c 7\n"]


def folded_mutants():
    for n, line in enumerate(FOLDED):
        for what, other in (("no number", line.rsplit(" ", 1)[0] + "\n"), ("0", line.rsplit(" ", 1)[0] + " 0\n"), ("a fraction", line[:-1] + ".5\n"),
                            ("an empty frame", line.replace(";", ";;", 1)), ("another root", "x" + line), ("no newline", line[:-1]),
                            ("a control character", line.replace(";", ";\x01", 1)), ("an empty end", line.replace(" ", "; ", 1) if "guest" not in line else ";" + line),
                            ("negative", line.rsplit(" ", 1)[0] + " -1\n"), ("no frame", " 5\n")):
            yield "%d: %s" % (n, what), FOLDED[:n] + [other] + FOLDED[n + 1:]
        yield "%d twice" % n, FOLDED[:n + 1] + FOLDED[n:]
        yield "%d first" % n, ([line] + FOLDED[:n] + FOLDED[n + 1:]) if n else FOLDED[::-1]
        yield "%d with another count as well" % n, FOLDED[:n + 1] + [line.rsplit(" ", 1)[0] + " 99999\n"] + FOLDED[n + 1:]
    yield "nothing", []


def folded_tests():
    result("folded: the good file", folded.check(FOLDED) is None, folded.check(FOLDED))
    result("folded: total", folded.total(FOLDED) == 43)
    refused("folded: mutants", folded_mutants(), folded.check)


if __name__ == "__main__":
    tarmac_tests()
    chrome_tests()
    folded_tests()
    print("%d passed, %d failed" % (results[True], results[False]))
    sys.exit(1 if results[False] else 0)
