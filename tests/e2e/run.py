"""Boots for the end-to-end tests: start svemu (or QEMU), read its console, compare it with what a case expects.

A test script makes cases with case(name)(function), then calls main(). A function gets a Case, and fails by its
expectations; all of them are reported. Cases run two at a time. Arguments of a script are parts of the names of the
cases to run, and --all for those marked slow too. The last line is "N passed, N failed"."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SVEMU = os.environ.get("SVEMU", os.path.join(TOP, "build", "svemu"))
ASSETS = os.environ.get("SVEMU_ASSETS", os.path.join(TOP, "build", "assets"))
QEMU = os.environ.get("QEMU", os.path.join(TOP, "build", "deps", "qemu", "bin", "qemu-system-aarch64"))
LOGS = os.path.join(TOP, "build", "e2e")
KERNELS = ("6.1", "6.12")

cases = []


def asset(name):
    return os.path.join(ASSETS, name)


def kernel_version(kernel):
    with open(asset("linux-%s/version" % kernel)) as f:
        return f.read().strip()


class Result:
    """What a run left: console text, standard error, exit status, statistics (--stats), host seconds."""

    def __init__(self, console, errors, status, stats, seconds, peak_kib=0):
        self.console, self.errors, self.status, self.stats, self.seconds = console, errors, status, stats, seconds
        self.peak_kib = peak_kib

    def boots(self):
        """The console cut at every kernel's first line: of the host (to its first guest), then of each guest. Each
        guest's part goes on with what the host prints after it."""
        return re.split(r"(?m)^(?=\[ *0\.0+\] Booting Linux on physical CPU)", self.console)[1:]


def run(command, timeout, log, stats=None):
    """Run a command without input, at most timeout seconds; its console goes to the file log as well."""
    start = time.time()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        timer = threading.Timer(timeout, p.kill)
        timer.start()
        _, wait_status, usage = os.wait4(p.pid, 0)
        seconds = time.time() - start
        late = not timer.is_alive()
        timer.cancel()
        p.returncode = status = None if late else os.waitstatus_to_exitcode(wait_status)
        out.seek(0), err.seek(0)
        console = out.read().decode("utf-8", "replace").replace("\r", "")
        errors = err.read().decode("utf-8", "replace") + ("\n[the test's time limit]" if late else "")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    with open(log, "w") as f:
        f.write("%s\n\n%s\n[stderr]\n%s\n[status %s, %.1f s]\n" % (" ".join(command), console, errors, status, seconds))
    values = None
    if stats and os.path.exists(stats):
        with open(stats) as f:
            try:
                values = json.load(f)
            except ValueError:
                pass
    return Result(console, errors, status, values, seconds, usage.ru_maxrss)


class Case:
    def __init__(self, script, name):
        self.name, self.script, self.failures, self.log = name, script, [], None

    def fail(self, text):
        self.failures.append(text)

    def expect(self, condition, text):
        if not condition:
            self.fail(text)

    def has(self, result, pattern, times=None):
        """The console (of a Result, or a part of it as a string) matches the pattern, so many times if given."""
        found = len(re.findall(pattern, getattr(result, "console", result), re.M))
        if times is None and not found:
            self.fail("the console lacks /%s/" % pattern)
        elif times is not None and found != times:
            self.fail("the console has /%s/ %d times, expected %d" % (pattern, found, times))

    def lacks(self, result, pattern):
        m = re.search(pattern, getattr(result, "console", result), re.M)
        if m:
            self.fail("the console has /%s/: %s" % (pattern, m.group(0)))

    def healthy(self, result):
        """Nothing that a kernel says when something is wrong."""
        self.lacks(result, r"WARNING: CPU|BUG:|Oops|Kernel panic|soft lockup|self-detected stall|detected stalls|"
                           r"blocked for more than|Unexpected .* (exception|interrupt)|clocksource: timekeeping watchdog")

    def svemu(self, *options, timeout=300, tag=""):
        """Run svemu with these options; the log goes to build/e2e."""
        self.log = os.path.join(LOGS, "%s-%s%s.log" % (self.script, re.sub(r"[^\w.+-]+", "-", self.name), tag))
        with tempfile.TemporaryDirectory() as d:
            stats = os.path.join(d, "stats.json")
            result = run([SVEMU, *options, "--stats", stats], timeout, self.log, stats)
        self.reasons_given(result)
        self.accounted(result)
        return result

    def reasons_given(self, result):
        """Every exception of every run has a reason, and they are all counted."""
        for cpu in (result.stats or {}).get("cpus", []):
            for el, reasons in cpu["reasons"].items():
                if "no reason recorded" in reasons:
                    self.fail("cpu%d: %d exceptions to %s without a reason" % (cpu["cpu"], reasons["no reason recorded"], el))
                counted, taken = sum(reasons.values()), sum(cpu["exceptions"][el].values())
                self.expect(counted == taken, "cpu%d: %d exceptions to %s, %d reasons" % (cpu["cpu"], taken, el, counted))

    def accounted(self, result):
        """Every instruction of every run is somebody's, every exit has a reason, every world switch a length."""
        for cpu in (result.stats or {}).get("cpus", []):
            name = "cpu%d: " % cpu["cpu"]
            where = [cpu["at"]] + [v["at"] for v in cpu["vcpus"]]
            total = sum(el["instructions"] for at in where for el in at.values())
            self.expect(total == cpu["instructions"], name + "%d instructions, accounted %d" % (cpu["instructions"], total))
            for v in cpu["vcpus"]:
                exits, reasons = sum(v["exits"].values()), sum(v["exit_reasons"].values())
                self.expect(reasons <= exits <= v["entries"], name + "%s: %d entries, %d exits, %d reasons"
                            % (v["vcpu"], v["entries"], exits, reasons))
            self.ledger_adds_up(cpu, name)
            for key in ("instructions_log2", "cycles_log2", "ns_log2"):
                counted = sum(cpu["world_switches"][key])
                self.expect(counted == cpu["world_switches"]["count"], name + "%s: %d world switches" % (key, counted))

    def ledger_adds_up(self, cpu, name):
        """Every cycle at EL1 and EL2 is of one exception or of none, every split switch that of its parts."""
        def own(ledger, el, key):
            return sum(row[key] for row in ledger[el])

        for key in ("instructions", "cycles", "ns"):
            sums = {el: cpu["outside"][el][key] + own(cpu["ledger"], el, key) for el in ("EL1", "EL2")}
            for v in cpu["vcpus"]:
                sums["EL2"] += own(v["ledger"], "EL2", key)
                el1 = v["outside"]["EL1"][key] + own(v["ledger"], "EL1", key)
                if "other reasons" not in cpu["reasons"]["EL1"]:
                    self.expect(el1 == v["at"]["EL1"][key], name + "%s: %d %s at EL1, of exceptions and none %d"
                                % (v["vcpu"], v["at"]["EL1"][key], key, el1))
            for el in ("EL1", "EL2"):
                self.expect(sums[el] == cpu["at"][el][key] or "other reasons" in cpu["reasons"][el],
                            name + "%d %s at %s, of exceptions and none %d" % (cpu["at"][el][key], key, el, sums[el]))
            s = cpu["world_switches"]
            if s["split"] and s["split"] == s["count"]:
                parts = sum(part[key] for part in s["parts"].values())
                self.expect(parts == s[key], name + "%d %s in world switches, in their parts %d" % (s[key], key, parts))
        where = [cpu["at"]] + [v["at"] for v in cpu["vcpus"]]
        total = sum(el["cycles"] for at in where for el in at.values())
        self.expect(total == cpu["cycles"], name + "%d cycles, accounted %d" % (cpu["cycles"], total))

    def boot(self, kernel, command, *options, append="", guest=False, timeout=300, tag=""):
        """Boot a kernel with our initrd, run a shell command there, power off."""
        line = ("console=ttyAMA0 %s svemu.cmd=\"%s\"" % (append, command)).replace("  ", " ")
        initrds = ["--initrd", asset("initrd.cpio.gz")]
        if guest:
            initrds += ["--initrd", asset("linux-%s/kvm.cpio" % kernel)]
        return self.svemu("--kernel", asset("linux-%s/Image" % kernel), *initrds, "--append", line, *options,
                          timeout=timeout, tag=tag)

    def exited(self, result, status=0, guest_status=0):
        """svemu's exit status, and the one that the command in the guest ended with."""
        if result.status != status:
            last = [l for l in result.errors.strip().split("\n") if l][-1:] or [""]
            self.fail("svemu ended with status %s, expected %d (%s)" % (result.status, status, last[0]))
        if guest_status is not None:
            self.has(result, r"^svemu: exit %d$" % guest_status)


def case(name, slow=False):
    """Decorator: this function is a case. A slow one runs only with --all."""
    def add(function):
        if not slow or "--all" in sys.argv:
            cases.append((name, function))
        return function
    return add


def run_case(script, name, function):
    c = Case(script, name)
    start = time.time()
    try:
        function(c)
    except Exception as e:  # a broken test is a failed test
        c.fail("%s: %s" % (type(e).__name__, e))
    return c, time.time() - start


def main(jobs=2):
    script = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    only = [a for a in sys.argv[1:] if not a.startswith("--")]
    for word in only:
        if not any(word in n for n, _ in cases):
            print("%s: %s: no case has this in its name (slow ones are there with --all)" % (script, word), file=sys.stderr)
            sys.exit(2)
    print("%s on Debian kernels %s" % (script, ", ".join(kernel_version(k) for k in KERNELS)))
    chosen = [(n, f) for n, f in cases if not only or any(o in n for o in only)]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(run_case, script, n, f) for n, f in chosen]:
            c, seconds = future.result()
            if c.failures:
                failed += 1
                print("FAIL %s (%.1f s), console in %s" % (c.name, seconds, c.log and os.path.relpath(c.log, TOP)))
                for text in c.failures:
                    print("     %s" % text)
            else:
                passed += 1
                print("ok %s (%.1f s)" % (c.name, seconds))
            sys.stdout.flush()
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)
