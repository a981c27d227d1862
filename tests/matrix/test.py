#!/usr/bin/env python3
"""What `make test` runs of tests/matrix: the short part of the trap matrix and the space of encodings, one result a probe; that a CPU which is really
another one is told apart; and the user's mistakes. With --all the whole matrix."""

import os
import re
import subprocess
import sys

import matrix

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
    return subprocess.run([sys.executable, os.path.join(matrix.TOP, "tests", "matrix", "matrix.py"), *arguments],
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


def the_matrix(part):
    global passed, failed
    comparison = matrix.compare_all(part, "", "", "", 20)
    passed += comparison.probes - len(comparison.bad_probes)
    for name, count in sorted(comparison.bad_probes.items()):
        result(name, "%d cases differ from QEMU without a reason" % count)
    for problem in comparison.problems:
        result("the matrix", problem)


one = ["PART=quick", "CONTROL=^$", "WHERE=EL0 E2H=0 TGE=0"]
expect("a CPU without a feature is told apart", run(*one, "PROBE=FEAT_|ADD z0|RNDR$", SVEMU_CPU="pauth=qarma5,FEAT_RNG=no"), 1,
       r"^MRS RNDR \| EL0 E2H=0 TGE=0 \| none \| svemu el1 UNDEFINED .* QEMU works$")
expect("the same one agrees", run(*one, "PROBE=ADD z0|RNDR$"), 0, " 0 unexplained$")
mistake("no such probe", ["PROBE=NOSUCHREGISTER"], "PROBE=NOSUCHREGISTER")
mistake("no regular expression", ["CONTROL=("], "CONTROL=(")
mistake("no such part", ["PART=half"], "PART=half", "quick")
mistake("no number", ["SHOW=x"], "SHOW=x")
mistake("an unknown option", ["SPEED=1"], "SPEED=1")
mistake("no payload", [], "/nonexistent", PAYLOAD="/nonexistent")
mistake("no svemu", [], "/nonexistent", SVEMU="/nonexistent")
mistake("a payload that is none", [], "/bin/sh", PAYLOAD="/bin/sh")
the_matrix("all" if "--all" in sys.argv[1:] else "quick")
the_matrix("space")
print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
