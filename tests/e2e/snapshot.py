#!/usr/bin/env python3
"""A machine that is saved and loaded in another process goes on as it would have: the rest of the console and the final
state are those of the run that was not interrupted, and a snapshot taken later is the same file. Files that are not
right are refused in one sentence."""

import filecmp
import os
import random
import tempfile

import run

UNLIKE = ("--cpu", "0:vl=128+256+512", "--cpu", "1:vl=128+256")
VMM = "vmm --vcpus 2 --kernel /boot/Image --initrd /boot/initrd --cmd '%s'"


def same_end(c, whole, part, what):
    """What part printed is the end of what whole printed, and both ended in the same state."""
    c.exited(part, guest_status=None)
    c.expect(part.console and whole.console.endswith(part.console), "%s: the console is not the rest of the whole run's" % what)
    c.expect(len(part.console) < len(whole.console), "%s: the console is that of the whole run" % what)
    if not whole.stats or not part.stats:
        c.fail("%s: a run left no statistics" % what)
        return
    for key in whole.stats:
        if key not in ("host_seconds", "mips", "ram_touched") and whole.stats[key] != part.stats[key]:
            c.fail("%s: %s differs: %s and %s" % (what, key, str(whole.stats[key])[:300], str(part.stats[key])[:300]))


def save_and_go_on(c, command, positions, *options, append=""):
    """Save when a guest is first entered and at the positions, the last of which every run comes to."""
    with tempfile.TemporaryDirectory() as d:
        files = {when: os.path.join(d, str(when)) for when in ("guest",) + positions}
        at = [o for when, file in files.items() for o in ("--snapshot-at", "%s:%s" % (when, file))]
        whole = c.boot("6.12", command, *options, *at, append=append, guest=True, timeout=600, tag="-whole")
        c.exited(whole)
        last = os.path.join(d, "again")
        for when in ("guest",) + positions[:-1]:
            if not os.path.exists(files[when]):
                c.fail("nothing was saved at %s" % when)
                continue
            part = c.svemu("--from", files[when], "--snapshot-at", "%d:%s" % (positions[-1], last), tag="-%s" % when,
                           timeout=600)
            same_end(c, whole, part, "from %s" % when)
            c.expect(os.path.exists(last) and filecmp.cmp(last, files[positions[-1]], shallow=False),
                     "from %s: the machine saved later is another one" % when)


@run.case("in the middle of a KVM guest's run")
def kvm_guest(c):
    save_and_go_on(c, VMM % "svevl", (2000000001, 2300000007), "--smp", "2", *UNLIKE)


@run.case("of a long run, from several places", slow=True)
def long_run(c):
    save_and_go_on(c, VMM % "svevl --all", (400000003, 1400000001, 2000000011, 2600000000), "--smp", "2", *UNLIKE)


@run.case("with allocation tags", slow=True)
def tags(c):
    save_and_go_on(c, VMM % "mte; svevl", (2000000001, 2300000007), "--smp", "2", "--cpu", "all:FEAT_MTE3=yes")


@run.case("nVHE", slow=True)
def nvhe(c):
    save_and_go_on(c, VMM % "svevl", (2000000001, 2300000007), "--smp", "2", *UNLIKE, append="kvm-arm.mode=nvhe")


@run.case("checkpoints change nothing")
def checkpoints(c):
    a, b = (c.boot("6.12", "svevl", "--smp", "2", *UNLIKE, *more, tag="-%d" % len(more))
            for more in ((), ("--checkpoints", "10000000,64M")))
    c.exited(a)
    c.exited(b)
    c.expect(a.console == b.console, "the console is another one")
    c.expect(a.stats and b.stats and all(a.stats[k] == b.stats[k] for k in ("instructions", "state_hash", "cpus")),
             "the run is another one")


def cycles(result):
    return [cpu["cycles"] for cpu in result.stats["cpus"]]


@run.case("made with one timing, going on with another")
def other_timing(c):
    """--from goes on with the timing that is given, from the cycle in which the machine was saved."""
    start = ("--kernel", run.asset("linux-6.12/Image"), "--smp", "2", "--max-insns", "12000000")
    with tempfile.TemporaryDirectory() as d:
        for made, then in (("fast", "ooo"), ("ooo", "inorder"), ("ooo", "fast")):
            file = os.path.join(d, made)
            whole = c.svemu(*start, "--timing", made, "--snapshot-at", "8000000:" + file, tag="-" + made)
            same, again, other = (c.svemu("--from", file, *more, "--max-insns", "4000000", tag="-%s-%s" % (made, then))
                                  for more in ((), ("--timing", then), ("--timing", then)))
            c.expect(cycles(same) == cycles(whole), "%s: %s cycles, going on %s" % (made, cycles(whole), cycles(same)))
            c.expect(again.stats["cpus"] == other.stats["cpus"], "%s: two runs with %s differ" % (made, then))
            c.expect(other.stats["cpus"][0]["timing"]["mode"] == then, "%s goes on as %s" % (made, other.stats["cpus"][0]["timing"]))
            c.expect(cycles(other) != cycles(whole), "%s: %s makes no difference" % (made, then))
            c.expect(cycles(other)[0] > 8000000 * (1 if made == "fast" else 0.5),
                     "%s, then %s: only %s cycles" % (made, then, cycles(other)))


SMALL = ("--smp", "2", "--memory", "256M", "--cpu", "all:vl=128+256", "--rtc", "host")


@run.case("what --from takes and refuses")
def refused(c):
    with tempfile.TemporaryDirectory() as d:
        file = os.path.join(d, "snap")
        c.exited(c.boot("6.12", "true", *SMALL, "--snapshot-at", "100000000:" + file, tag="-save"))
        same = c.svemu("--from", file, "--smp", "2", "--max-insns", "1000000", tag="-same")
        c.exited(same, status=1, guest_status=None)
        for options, words in ((("--smp", "4"), "--smp 4"), (("--memory", "1G"), "--memory 1G"), (("--seed", "7"), "--seed 7")):
            r = c.svemu("--from", file, *options, tag="-other")
            one_sentence(c, r, words)
        damaged(c, d, file)


def one_sentence(c, r, *words):
    c.expect(r.status == 2, "the exit status is %s, expected 2" % r.status)
    lines = [l for l in r.errors.split("\n") if l]
    c.expect(len(lines) == 1 and lines[0].startswith("svemu: ") and all(w in lines[0] for w in words),
             "expected one sentence with %s, got: %s" % (words, r.errors[:300]))


def damaged(c, folder, file):
    """tests/core/snapshot.c has a thousand of these."""
    with open(file, "rb") as f:
        good = f.read()
    chance = random.Random(5)
    bad = os.path.join(folder, "bad")
    for i in range(12):
        data = bytearray(good)
        if i % 2:
            data = data[:chance.randrange(len(good))]
        else:
            data[chance.randrange(len(good) if i % 4 else 80)] ^= 1 << chance.randrange(8)
        with open(bad, "wb") as f:
            f.write(data)
        one_sentence(c, c.svemu("--from", bad, tag="-bad"), "--from " + bad)
    one_sentence(c, c.svemu("--from", os.path.join(folder, "none"), tag="-none"), "cannot be read")
    one_sentence(c, c.svemu("--from", run.asset("linux-6.12/Image"), tag="-image"), "not a snapshot")


if __name__ == "__main__":
    run.main()
