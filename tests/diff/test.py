#!/usr/bin/env python3
"""What `make test` runs of tests/diff: a fixed slice of the comparison with QEMU, one result a row; that a CPU which is
really another one is told apart; that a case can be replayed and reduced; and the user's mistakes."""

import os
import sys

import diff

sys.path.insert(0, os.path.join(diff.TOP, "tests"))
import comparison

SLICE = 240000
tests = comparison.Tests(os.path.join(diff.TOP, "tests", "diff", "diff.py"))


def slice_of_every_row():
    covered, unexplained = diff.compare_all(SLICE, "20", ".", "0", 1)
    tests.passed += len(covered) - len(unexplained)
    for row, count in sorted(unexplained.items()):
        tests.result(row, "%d cases differ from QEMU without a reason" % count)


# svemu with another cipher is another CPU: the comparison must say so.
OTHER = {"SVEMU_CPU": "pauth=qarma3"}
tests.expect("another cipher is told apart", tests.run("N=60", "ROW=^PACGA$", **OTHER), 1, "^ *[0-9]+ cases of PACGA differ without a reason$")
tests.expect("the same one agrees", tests.run("N=60", "ROW=^PACGA$"), 0, "^0 disagreements")
tests.expect("a case is replayed", tests.run("CASE=PACGA@128@1"), 0, "^they agree$")
tests.expect("a case is reduced", tests.run("CASE=PACGA@128@1", **OTHER), 1, r"^they differ; reduced(.*\n){3} +x[0-9]+ +svemu")
tests.expect("a known difference has its rule", tests.run("CASE=ZIP1_z_zz_q@128@1"), 0, "^they differ in .* UNDEFINED where the vector")
tests.mistake("no such row", ["ROW=NOSUCHROW"], "ROW=NOSUCHROW")
tests.mistake("a row left out", ["ROW=^SMC$"], "ROW=^SMC$", "firmware")
tests.mistake("no regular expression", ["ROW=("], "ROW=(")
tests.mistake("a seed that is no number", ["SEED=x1"], "SEED=x1")
tests.mistake("a seed that is too large", ["SEED=18446744073709551616"], "SEED=18446744073709551616")
tests.mistake("a count that is no number", ["N=-5"], "N=-5")
tests.mistake("no vector length", ["VL=130"], "VL=130")
tests.mistake("an unknown option", ["SPEED=1"], "SPEED=1")
tests.mistake("half a case", ["CASE=PACGA@128"], "CASE=PACGA@128")
tests.mistake("a case of no row", ["CASE=NOSUCHROW@128@1"], "NOSUCHROW")
tests.mistake("a case of no length", ["CASE=PACGA@100@1"], "100")
tests.mistake("no payload", ["N=1"], "/nonexistent", PAYLOAD="/nonexistent")
tests.mistake("no svemu", ["N=1"], "/nonexistent", SVEMU="/nonexistent")
tests.mistake("a payload that is none", ["N=1"], "/bin/sh", PAYLOAD="/bin/sh")
slice_of_every_row()
tests.end()
