#!/usr/bin/env python3
"""One boot on the sanitised build (make san), to the poweroff: any report of a sanitizer ends svemu with another status,
and what is still allocated when it ends is reported too."""

import os

os.environ.setdefault("SVEMU", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/san/svemu"))
os.environ["ASAN_OPTIONS"] = "detect_leaks=1:detect_stack_use_after_return=0"
os.environ["UBSAN_OPTIONS"] = "print_stacktrace=1"

import run


@run.case("6.12 on two CPUs, sanitised")
def boot(c):
    r = c.boot("6.12", "for c in 0 1; do taskset -c $c svevl || exit 1; done", "--smp", "2", "--cpu", "0:vl=max",
               "--cpu", "1:vl=128+256", timeout=900)
    c.exited(r)
    c.lacks(r, r"^FAIL.*")
    if "Sanitizer" in r.errors or "runtime error" in r.errors:
        c.fail(r.errors[:3000])


if __name__ == "__main__":
    run.main()
