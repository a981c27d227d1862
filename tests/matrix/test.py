#!/usr/bin/env python3
"""What `make test` runs of tests/matrix: the short part of the trap matrix and the space of encodings, one
result a probe; that a CPU which is really another one is told apart; and the user's mistakes. With --all the whole
matrix."""

import os
import sys

import matrix

sys.path.insert(0, os.path.join(matrix.TOP, "tests"))
import comparison

tests = comparison.Tests(os.path.join(matrix.TOP, "tests", "matrix", "matrix.py"))
NAMED = len(matrix.matrix.chosen_probes("all", ""))  # a result each; the encodings that nobody names are one together


def the_matrix(part):
    comparison = matrix.compare_all(part, "", "", "", 20)
    tests.passed += 1 if part == "space" else min(comparison.probes, NAMED) - len(comparison.bad_probes)
    for name, count in sorted(comparison.bad_probes.items()):
        tests.result(name, "%d cases differ from QEMU without a reason" % count)
    for problem in comparison.problems:
        tests.result("the matrix", problem)


one = ["PART=quick", "CONTROL=^$", "WHERE=EL0 E2H=0 TGE=0"]
tests.expect("a CPU without a feature is told apart", tests.run(*one, "PROBE=FEAT_|ADD z0|RNDR$", SVEMU_CPU="pauth=qarma5,FEAT_RNG=no"), 1,
       r"^MRS RNDR \| EL0 E2H=0 TGE=0 \| none \| svemu el1 UNDEFINED .* QEMU works$")
tests.expect("the same one agrees", tests.run(*one, "PROBE=ADD z0|RNDR$"), 0, " 0 unexplained$")
tests.mistake("no such probe", ["PROBE=NOSUCHREGISTER"], "PROBE=NOSUCHREGISTER")
tests.mistake("no regular expression", ["CONTROL=("], "CONTROL=(")
tests.mistake("no such part", ["PART=half"], "PART=half", "quick")
tests.mistake("no number", ["SHOW=x"], "SHOW=x")
tests.mistake("an unknown option", ["SPEED=1"], "SPEED=1")
tests.mistake("no payload", [], "/nonexistent", PAYLOAD="/nonexistent")
tests.mistake("no svemu", [], "/nonexistent", SVEMU="/nonexistent")
tests.mistake("a payload that is none", [], "/bin/sh", PAYLOAD="/bin/sh")
for part in ["all"] if "--all" in sys.argv[1:] else ["quick", "space"]:
    the_matrix(part)
tests.end()
