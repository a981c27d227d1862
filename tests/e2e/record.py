#!/usr/bin/env python3
"""What was typed at a terminal, with its place in the run: a recording repeats the run to the last instruction."""

import os
import pty
import random
import select
import subprocess
import tempfile
import time

import run

OPTIONS = ("--kernel", run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"), "--append", "console=ttyAMA0 quiet")


def session(arguments, script, limit=240):
    """Run a program on a terminal; script: (what to wait for, how long then, what to type). Returns output and status."""
    pid, fd = pty.fork()
    if not pid:
        os.execv(arguments[0], arguments)
    out, seen, end = b"", 0, time.time() + limit
    script = list(script)
    while time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            out += data
        if script and script[0][0] in out[seen:]:
            seen = out.index(script[0][0], seen) + len(script[0][0])
            time.sleep(script[0][1])
            os.write(fd, script.pop(0)[2])
    else:
        os.kill(pid, 9)
    return out.decode("utf-8", "replace").replace("\r", ""), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


TYPED = ((b"# ", 0, b"echo on$((1+1))e\r"), (b"on2e", 0.1, b"cat /proc/uptime; sleep 1; echo thr$((1+2))\r"))


def recorded(c, d, name, last, *options):
    """A session that is recorded, then repeated: returns both consoles' texts."""
    file, stats = os.path.join(d, name), os.path.join(d, "stats.json")
    log = os.path.join(run.LOGS, "record-%s.log" % name)
    text, status = session([run.SVEMU, *OPTIONS, *options, "--rtc", "host", "--record", file, "--stats", stats], TYPED + (last,))
    os.makedirs(run.LOGS, exist_ok=True)
    with open(log, "w") as f:
        f.write("%s\n[status %s]\n" % (text, status))
    c.expect(status == 0, "the session ended with status %s" % status)
    again = c.svemu(*OPTIONS, *options, "--replay", file, tag="-" + name)
    c.expect(again.status == 0, "the repetition ended with status %s: %s" % (again.status, again.errors[-300:]))
    c.expect("thr3" in again.console, "what was typed does not show")
    with open(stats) as f:
        first = run.json.load(f)
    for key in ("instructions", "time_ns", "state_hash", "cpus", "stop"):
        c.expect(again.stats and again.stats[key] == first[key], "%s differs" % key)
    return file, text, again.console


@run.case("a session, repeated")
def repeated(c):
    with tempfile.TemporaryDirectory() as d:
        file, text, again = recorded(c, d, "poweroff", (b"thr3", 0.3, b"poweroff -f\r"), "--smp", "2")
        c.expect(text == again, "the consoles differ")
        broken(c, d, file)


@run.case("a session that the user quits")
def quits(c):
    with tempfile.TemporaryDirectory() as d:
        recorded(c, d, "quit", (b"thr3", 0.7, b"\x01x"), "--smp", "2", "--cpu", "1:vl=128", "--checkpoints", "20000000")


def broken(c, d, good):
    """Damaged recordings are refused in a sentence; one that was cut off is as good as it is long."""
    with open(good, "rb") as f:
        data = f.read()
    chance, bad = random.Random(3), os.path.join(d, "bad")
    for i in range(30):
        new = bytearray(data)
        if i % 2:
            new[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        else:
            cut = chance.randrange(len(data))
            new = new[:cut if (cut - 72) % 32 else cut + 1]
        with open(bad, "wb") as f:
            f.write(new)
        refused(c, bad, "--replay " + bad)
    with open(bad, "wb") as f:
        f.write(data[:72 + 3 * 32])
    p = subprocess.run([run.SVEMU, *OPTIONS, "--smp", "2", "--replay", bad, "--max-insns", "50000000"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200, check=False)
    c.expect(b"cut off" in p.stderr and p.returncode == 1, "a recording that was cut off: %s" % p.stderr[:200])
    refused(c, good, "another machine", "--smp", "1")
    refused(c, run.asset("linux-6.12/Image"), "not a recording")
    refused(c, os.path.join(d, "none"), "cannot be read")


def refused(c, file, words, *options):
    p = subprocess.run([run.SVEMU, *OPTIONS, *(options or ("--smp", "2")), "--replay", file], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200, check=False)
    text = p.stderr.decode()
    c.expect(p.returncode == 2 and text.startswith("svemu: ") and text.count("\n") == 1 and words in text,
             "expected a sentence with %s, got status %d: %s" % (words, p.returncode, text[:300]))


if __name__ == "__main__":
    run.main(1)
