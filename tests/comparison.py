"""What the tests of the comparisons with QEMU (tests/diff, tests/matrix) share: results, the program run as a user
would, and the user's mistakes."""

import os
import re
import subprocess
import sys


class Tests:
    """Results of one script; program: the one that it runs."""

    def __init__(self, program):
        self.program = program
        self.passed = self.failed = 0

    def result(self, name, problem):
        if problem:
            self.failed += 1
            print("FAIL %s: %s" % (name, problem))
        else:
            self.passed += 1
            print("ok %s" % name)
        sys.stdout.flush()

    def run(self, *arguments, **environment):
        return subprocess.run([sys.executable, self.program, *arguments], env={**os.environ, **environment},
                              capture_output=True, text=True, timeout=600)

    def expect(self, name, p, status, pattern):
        text = p.stdout + p.stderr
        if p.returncode != status:
            self.result(name, "it ended with status %d, not %d: %s" % (p.returncode, status, text[-300:]))
        else:
            self.result(name, None if re.search(pattern, text, re.M) else "it does not say /%s/: %s" % (pattern, text[-300:]))

    def mistake(self, name, arguments, *words, **environment):
        p = self.run(*arguments, **environment)
        text = p.stderr.strip()
        wrong = p.returncode != 2 or "\n" in text or p.stdout or any(w not in text for w in words)
        self.result(name, "status %d: %s%s" % (p.returncode, p.stdout[-200:], text) if wrong else None)

    def end(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        sys.exit(1 if self.failed else 0)
