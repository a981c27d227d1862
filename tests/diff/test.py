#!/usr/bin/env python3
"""What `make test` runs of tests/diff: a fixed slice of the comparison with QEMU, one result a row; that a CPU which is
really another one is told apart; that a case can be replayed and reduced; and the user's mistakes."""

import os
import re
import subprocess
import sys

import diff

SLICE = 240000
passed = failed = 0


def result(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print("FAIL %s: %s" % (name, problem))
    else:
        passed += 1
        print("ok %s" % name)
    sys.stdout.flush()


def run(*arguments, **environment):
    return subprocess.run([sys.executable, os.path.join(diff.TOP, "tests", "diff", "diff.py"), *arguments],
                          env={**os.environ, **environment}, capture_output=True, text=True, timeout=600)


def expect(name, p, status, pattern):
    text = p.stdout + p.stderr
    if p.returncode != status:
        result(name, "it ended with status %d, not %d: %s" % (p.returncode, status, text[-300:]))
    else:
        result(name, None if re.search(pattern, text, re.M) else "it does not say /%s/: %s" % (pattern, text[-300:]))


def mistake(name, arguments, *words, **environment):
    p = run(*arguments, **environment)
    text = p.stderr.strip()
    missing = [w for w in words if w not in text]
    result(name, "status %d: %s%s" % (p.returncode, p.stdout[-200:], text) if p.returncode != 2 or "\n" in text or p.stdout or missing
           else None)


def slice_of_every_row():
    global passed
    covered, unexplained = diff.compare_all(SLICE, "20", ".", "0", 1)
    passed += len(covered) - len(unexplained)
    for row, count in sorted(unexplained.items()):
        result(row, "%d cases differ from QEMU without a reason" % count)


# svemu with another cipher is another CPU: the comparison must say so.
OTHER = {"SVEMU_CPU": "pauth=qarma3"}
expect("another cipher is told apart", run("N=60", "ROW=^PACGA$", **OTHER), 1, "^ *[0-9]+ cases of PACGA differ without a reason$")
expect("the same one agrees", run("N=60", "ROW=^PACGA$"), 0, "^0 disagreements")
expect("a case is replayed", run("CASE=PACGA@128@1"), 0, "^they agree$")
expect("a case is reduced", run("CASE=PACGA@128@1", **OTHER), 1, r"^they differ; reduced(.*\n){3} +x[0-9]+ +svemu")
expect("a known difference has its rule", run("CASE=ZIP1_z_zz_q@128@1"), 0, "^they differ in .* UNDEFINED where the vector")
mistake("no such row", ["ROW=NOSUCHROW"], "ROW=NOSUCHROW")
mistake("a row left out", ["ROW=^SMC$"], "ROW=^SMC$", "firmware")
mistake("no regular expression", ["ROW=("], "ROW=(")
mistake("a seed that is no number", ["SEED=x1"], "SEED=x1")
mistake("a seed that is too large", ["SEED=18446744073709551616"], "SEED=18446744073709551616")
mistake("a count that is no number", ["N=-5"], "N=-5")
mistake("no vector length", ["VL=130"], "VL=130")
mistake("an unknown option", ["SPEED=1"], "SPEED=1")
mistake("half a case", ["CASE=PACGA@128"], "CASE=PACGA@128")
mistake("a case of no row", ["CASE=NOSUCHROW@128@1"], "NOSUCHROW")
mistake("a case of no length", ["CASE=PACGA@100@1"], "100")
mistake("no payload", ["N=1"], "/nonexistent", PAYLOAD="/nonexistent")
mistake("no svemu", ["N=1"], "/nonexistent", SVEMU="/nonexistent")
mistake("a payload that is none", ["N=1"], "/bin/sh", PAYLOAD="/bin/sh")
slice_of_every_row()
print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
