#!/usr/bin/env python3
"""Are these folded stacks, as flame graph tools take them: "frame;frame N" lines, sorted, each stack once.

    folded.py FILE...     exit status 1 and one line for the first thing that is wrong in each file
"""

import re
import sys

LINE = re.compile(r"[!-:<-~](?:[ -:<-~]*[!-:<-~])?(?:;[!-:<-~](?:[ -:<-~]*[!-:<-~])?)* [1-9]\d*\n\Z")
ROOT = re.compile(r"(host|hyp|guest \d+)[; ]")


def check(lines):
    """None, or the number of the first wrong line and what is wrong."""
    last = ""
    for number, line in enumerate(lines, 1):
        if not LINE.match(line):
            return number, "not a stack and a number: %r" % line
        if not ROOT.match(line):
            return number, "the root is neither host, hyp nor a guest: %r" % line
        if line <= last:
            return number, "not sorted"
        if line.rsplit(" ", 1)[0] == last.rsplit(" ", 1)[0]:
            return number, "this stack is there twice"
        last = line
    return None if last else (0, "no stacks")


def total(lines):
    return sum(int(line.rsplit(" ", 1)[1]) for line in lines)


def main():
    status = 0
    for path in sys.argv[1:]:
        with open(path, encoding="ascii") as f:
            wrong = check(f)
        if wrong:
            print("%s:%d: %s" % (path, *wrong))
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
