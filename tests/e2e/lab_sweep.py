#!/usr/bin/env python3
"""svemu lab sweep: jobs run, are interrupted and resumed, are printed and run by hand; broken jobs are defects, the user's
mistakes one sentence; and the report is what a browser shows. With --all the whole sweep of pairs of subsets."""

import html.parser
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import zlib

import run

KERNEL = run.asset("linux-6.1/Image")
OUTCOMES = ("booted", "cpu-refused", "guest-failed", "hang", "guest-crash", "defect")
FOLDER = os.path.join(run.LOGS, "lab_sweep")
files = tempfile.TemporaryDirectory()


def folder(name):
    """A new folder for a sweep, kept for people to look at."""
    path = os.path.join(FOLDER, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(FOLDER, exist_ok=True)
    return path


def sweep(c, out, *options, kernel=KERNEL, timeout=600, what="sweep"):
    c.log = os.path.join(run.LOGS, "lab_sweep-%s.log" % re.sub(r"\W+", "-", c.name))
    command = [run.SVEMU, "lab", what] + (["--kernel", kernel] if kernel else []) + ["--out", out] + list(options)
    return run.run(command, timeout, c.log)


def records(out):
    with open(os.path.join(out, "results.jsonl")) as f:
        return [json.loads(line) for line in f]


def interrupt_after_one(c, out, options):
    """Start a sweep, press Ctrl-C when its first job has ended."""
    p = subprocess.Popen([run.SVEMU, "lab", "sweep", "--kernel", KERNEL, "--out", out] + options, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    p.stdout.readline()
    p.send_signal(signal.SIGINT)
    _, errors = p.communicate(timeout=60)
    c.expect(p.returncode == 128 + signal.SIGINT, "an interrupted sweep ends with %s" % p.returncode)
    c.expect("--resume" in errors, "an interrupted sweep says: %s" % errors)


@run.case("a sweep, interrupted, resumed, and by hand")
def interrupted(c):
    out = folder("small")
    options = ["--sets-of", "128,256", "--late", "1", "--jobs", "1"]
    interrupt_after_one(c, out, options)
    first = records(out)
    c.expect(1 <= len(first) <= 2, "%d results when interrupted" % len(first))
    c.expect(os.path.exists(os.path.join(out, "report.html")), "no report of an interrupted sweep")
    with open(os.path.join(out, "results.jsonl"), "a") as f:
        f.write('{"schema":"svemu-lab-sweep-1","job":"0123')  # as if it had been torn off
    r = sweep(c, out, *options)
    c.expect(r.status == 2 and "--resume" in r.errors, "results are there, but: %s %s" % (r.status, r.errors))
    r = sweep(c, out, *options, "--resume", "--jobs", "2")
    c.expect(r.status == 0, "the resumed sweep ends with %s: %s" % (r.status, r.errors))
    all_ = records(out)
    c.expect(all_[:len(first)] == first, "the results from before have changed")
    c.expect(len({x["job"] for x in all_}) == len(all_) == 4, "%d results of 4 jobs" % len(all_))
    got = {tuple(map(tuple, x["parameters"]["vl"])): (x["outcome"], x["exit_status"]) for x in all_}
    narrow, wide = (128,), (128, 256)
    # A late CPU needs every length of the others; a longer one does no harm.
    c.expect(got == {(narrow, narrow): ("booted", 0), (narrow, wide): ("booted", 0), (wide, wide): ("booted", 0),
                     (wide, narrow): ("cpu-refused", 10)}, "the outcomes are %s" % got)
    for x in all_:
        c.expect(os.path.getsize(os.path.join(out, "logs", x["job"] + ".log")) > 1000, "job %s has no console log" % x["job"])
    r = sweep(c, out, *options, "--resume")
    c.expect(r.status == 0 and "4 of 4 jobs have run before" in r.errors, "with nothing left to do: %s" % r.errors)

    # One of the commands, through a shell, gives the same result; the report takes it from there.
    lines = sweep(c, out, *options, "--print-jobs").console.splitlines()
    c.expect(len(lines) == 4 and all(" lab vl " in l for l in lines), "--print-jobs prints %s" % lines)
    refused = next(x for x in all_ if x["outcome"] == "cpu-refused")
    line = next(l for l in lines if refused["job"] in l)
    status = subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
    with open(os.path.join(out, "jobs", refused["job"] + ".json")) as f:
        c.expect(json.load(f) == refused["result"] and status == 10, "a job run by hand gives something else")
    with open(os.path.join(out, "results.jsonl"), "w") as f:
        f.writelines(json.dumps(x) + "\n" for x in all_ if x is not refused)
    r = run.run([run.SVEMU, "lab", "report", out], 20, c.log)
    c.expect(r.status == 0 and "4 jobs" in r.console, "the report with a job run by hand: %s" % r.console)
    sweep(c, out, *options, "--resume")
    taken = [x for x in records(out) if x["job"] == refused["job"]]
    c.expect(len(taken) == 1 and taken[0]["result"] == refused["result"], "the job run by hand is not taken in")


def script(name, text):
    path = os.path.join(files.name, name)
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


# $json is the file that the job is to write.
JSON = 'json=$(echo "$*" | sed "s/.*--json \\([^ ]*\\).*/\\1/")\n'
BROKEN = {
    "ends by a signal": ("kill -SEGV $$", "signal 11"),
    "a defect": ("echo an assertion failed; exit 4", "an assertion failed"),
    "no result": ("exit 0", "no result"),
    "no JSON": (JSON + 'echo "{\\"schema\\": " >$json', "not valid JSON"),
    "other JSON": (JSON + 'echo "{}" >$json', "no result of svemu lab vl"),
    "takes too long": ("sleep 60", "had not ended"),
}


@run.case("jobs that break are defects")
def broken(c):
    for name, (text, words) in BROKEN.items():
        out = folder("broken")
        r = sweep(c, out, "--sets", "128 / 128", "--program", script("broken", text), "--limit", "500ms")
        c.expect(r.status == 4, "%s: the exit status is %s, expected 4" % (name, r.status))
        x = records(out)[0]
        c.expect(x["outcome"] == "defect" and words in x["error"], "%s: the record says %s" % (name, x["error"]))
    r = sweep(c, folder("broken"), "--sets", "128 / 128", "--program", script("mistake", "echo svemu: a mistake; exit 2"))
    c.expect(r.status == 2 and "a mistake" in r.errors, "a mistake that a job finds: %s %s" % (r.status, r.errors))


@run.case("commands are quoted")
def quoting(c):
    odd = os.path.join(files.name, "it's a $kernel; `x`")
    with open(odd, "w") as f:
        f.write("kernel")
    out = os.path.join(files.name, 'an "odd" folder')
    program = script("echo", 'printf "<%s>" "$@"')
    r = sweep(c, out, "--sets", "128 / 256+128", "--late", "1", "--guest", "--mode", "nvhe", "--print-jobs", "--program", program, "--",
              "--append", "a b", kernel=odd)
    said = subprocess.run(["sh", "-c", r.console], stdout=subprocess.PIPE, text=True).stdout
    want = ["lab", "vl", "--kernel", odd, "--mode", "nvhe", "--sets", "128 / 128+256", "--late", "1", "--guest", "--append", "a b",
            "--json"]
    c.expect(said.startswith("".join("<%s>" % w for w in want)), "a shell makes of it: %s" % said)


def mistakes(c):
    sets = os.path.join(files.name, "sets")
    with open(sets, "w") as f:
        f.write("# two\n128 / 128\n\n128+257 / 128 # no length\n")
    for options, *words in (
            (["--sets", "128 / 100"], "--sets", "100"),
            (["--sets", "@" + sets], "%s:4" % sets, "257"),
            (["--sets", "@/nonexistent"], "/nonexistent"),
            (["--sets-of", "128,200"], "--sets-of", "200"),
            (["--sets-of", "256,512"], "--sets-of", "128"),
            (["--sets-of", "128-2048"], "--sets-of", "128-2048"),
            (["--sets", "128 / 128", "--late", "2"], "--late", "2"),
            (["--sets", "128", "--late", "both"], "--late", "one CPU"),
            (["--sets", "128 / 128", "--mode", "vhe,nvh"], "--mode", "nvh"),
            (["--sets", "128 / 128", "--jobs", "0"], "--jobs", "0"),
            (["--sets", "128 / 128", "--limit", "soon"], "--limit", "soon"),
            (["--sets", "128 / 128", "--program", "/nonexistent/svemu"], "--program", "/nonexistent/svemu"),
            (["--sets", "128 / 128", "--kernel", "/nonexistent/Image"], "--kernel", "/nonexistent/Image"),
            (["--sets", "128 / 128", "--out", "/proc/none"], "--out", "/proc/none"),
            (["--set", "128 / 128"], "--set", "nearest is --sets"),
            (["--sets"], "--sets", "missing"),
            (["--guest=yes", "--sets", "128 / 128"], "--guest=yes"),
            ([], "--sets-of")):
        r = sweep(c, os.path.join(files.name, "none"), *options, timeout=20)
        lines = r.errors.strip().split("\n")
        c.expect(r.status == 2 and len(lines) == 1 and lines[0].startswith("svemu: "),
                 "%s: %s, %s" % (options, r.status, r.errors[:300]))
        for word in words:
            c.expect(word in r.errors, "%s: the sentence does not name %s: %s" % (options, word, r.errors.strip()))
    for options in ([], ["/nonexistent"], [files.name], ["--all"]):
        r = run.run([run.SVEMU, "lab", "report"] + options, 20, c.log)
        c.expect(r.status == 2 and r.errors.startswith("svemu: "), "report %s: %s, %s" % (options, r.status, r.errors))


run.case("mistakes of the user")(mistakes)

# ---- The report ----

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u001b[2J\u2028"


def made_up(number, kernel, late, a, b, outcome):
    """A record as a sweep writes it."""
    status = dict(zip(OUTCOMES, (0, 10, 11, 12, 13, 4)))[outcome]
    result = {
        "schema": "svemu-lab-vl-1", "kernel": kernel, "kernel_version": kernel.split("/")[1], "mode": "vhe", "guest": False,
        "cpus": [{"cpu": i, "vl": vl, "late": bool(i and late), "state": "online", "pc": "0xffff800080012340", "symbol": HOSTILE, "el": 2}
                 for i, vl in enumerate((a, b))],
        "algebra": {"common": [128], "partial": [128, 256], "virtualisable_max": 128, "rule": "a rule", "prediction": HOSTILE},
        "outcome": outcome, "exit_status": status, "summary": "summary %d %s" % (number, HOSTILE), "host_vls": [128, 256], "guest_vls": None,
        "context": [HOSTILE], "changes": [{"change": HOSTILE, "sets": "128 / 128", "late": [1]}], "instructions": 1, "guest_seconds": 1.0,
        "console": None}
    return {"schema": "svemu-lab-sweep-1", "job": "%016x" % number, "outcome": outcome, "exit_status": status, "seconds": 1.0, "error": None,
            "parameters": {"kernel": kernel, "kernel_hash": kernel, "mode": "vhe", "guest": False, "vl": [a, b],
                           "late": "1" if late else "", "more": []}, "result": None if outcome == "defect" else result}


def browser():
    """Chromium, which is fetched when it is needed."""
    if not shutil.which("chromium"):
        subprocess.run([os.path.join(run.TOP, ".ci", "deps"), "browser"], check=True, stdout=subprocess.DEVNULL)
    return shutil.which("chromium")


def chromium(page, *options):
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run([browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + profile,
                               "--enable-logging=stderr", "--virtual-time-budget=4000", "--window-size=1680,1300", *options, page],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


class Page(html.parser.HTMLParser):
    """The cells of the page's matrices, its links, its tags outside of scripts."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.links, self.tags, self.ready, self.cards = {}, [], set(), False, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        classes = (a.get("class") or "").split()
        self.tags.add(tag)
        self.ready |= tag == "body" and a.get("data-ready") == "yes"
        self.cards += "card" in classes
        if "cell" in classes:
            self.cells[a["data-job"]] = (classes[1], a["aria-label"], a["aria-selected"])
        if tag == "a":
            self.links.append(a.get("href"))


def pixels(path):
    """Width, and all pixels of an 8-bit RGB or RGBA PNG, as bytes of RGB."""
    data = open(path, "rb").read()
    at, body = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", data, at + 8)
        if kind == b"IDAT":
            body += data[at + 8:at + 8 + size]
        at += size + 12
    assert depth == 8 and colour in (2, 6), "unexpected kind of PNG"
    each = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(body), width * each
    before, out = bytearray(stride), []
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride) if kind else ():
            left, up, corner = line[i - each] if i >= each else 0, before[i], before[i - each] if i >= each else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                p = left + up - corner
                guess = min((left, up, corner), key=lambda v: abs(p - v))
            line[i] = (line[i] + guess) & 0xff
        out.append(line)
        before = line
    return width, [line[i:i + 3] for line in out for i in range(0, stride, each)]


def check_page(c, out, want, select=None):
    """The report has these cells (job: outcome) as a browser sees it; returns the page."""
    url = "file://%s/report.html%s" % (out, "#" + select if select else "")
    p = chromium(url, "--dump-dom")
    page = Page(p.stdout.decode("utf-8", "replace"))
    console = [l for l in p.stderr.decode("utf-8", "replace").split("\n") if "CONSOLE" in l]
    c.expect(page.ready and not console, "the page's script failed: %s" % console[:3])
    c.expect({j: x[0] for j, x in page.cells.items()} == want, "%d cells in place of %d" % (len(page.cells), len(want)))
    return page


@run.case("the report in a browser")
def report(c):
    out = folder("report")
    os.makedirs(os.path.join(out, "logs"))
    subsets = ([128], [128, 256], [128, 512], [128, 256, 512])
    made = [made_up(len(OUTCOMES) * 100 + (k * 2 + late) * 16 + a * 4 + b, "k/6.%d" % k, late, subsets[a], subsets[b],
                    OUTCOMES[(a * 4 + b) % 6] if late and k else OUTCOMES[late and a != b])
            for k in range(2) for late in (False, True) for a in range(4) for b in range(4)]
    chosen = next(x["job"] for x in made if x["outcome"] == "cpu-refused")
    with open(os.path.join(out, "results.jsonl"), "w") as f:
        f.writelines(json.dumps(x) + "\n" for x in made)
        f.write("not a record\n")
    for name in (chosen + ".log", chosen + ".txt"):
        with open(os.path.join(out, "logs", name), "w") as f:
            f.write(HOSTILE)
    r = run.run([run.SVEMU, "lab", "report", out], 20, os.path.join(run.LOGS, "lab_sweep-report.log"))
    c.expect(r.status == 0 and "64 jobs" in r.console, "lab report: %s %s" % (r.console, r.errors))
    c.expect("results.jsonl:65" in r.errors, "nothing is said of a line that is no record: %s" % r.errors)
    text = open(os.path.join(out, "report.html")).read()
    c.expect(text.count("<script") == 2 and text.count("</script>") == 2, "a guest's text ends a script")
    c.expect(not re.search(r"(src|href)=[\"']?https?:|@import|url\(", text), "the page needs something from elsewhere")

    page = check_page(c, out, {x["job"]: x["outcome"] for x in made}, select=chosen)
    c.expect(page.cards == 4, "%d matrices, expected one for each kernel, early and late" % page.cards)
    c.expect("img" not in page.tags, "a guest's text became HTML")
    c.expect([j for j, x in page.cells.items() if x[2] == "true"] == [chosen], "the cell that the address names is not chosen")
    c.expect(set(page.links) == {"logs/%s.log" % chosen, "logs/%s.txt" % chosen}, "the links are %s" % page.links)
    first = page.cells[made[1]["job"]][1]
    c.expect(first.startswith("CPU 0 128, CPU 1 128+256: booted as asked. summary"), "a cell is read as: %s" % first)

    shot = os.path.join(FOLDER, "report.png")
    chromium("file://%s/report.html#%s" % (out, chosen), "--screenshot=" + shot)
    width, all_ = pixels(shot)
    seen = {}
    for p in all_:
        seen[bytes(p)] = seen.get(bytes(p), 0) + 1
    c.expect(width == 1680 and len(seen) > 50, "the picture has %d colours" % len(seen))
    for name, colour in (("booted", "0072b2"), ("cpu-refused", "e69f00")):
        n = seen.get(bytes.fromhex(colour), 0)
        c.expect(n > 10 * 1000, "the picture has %d pixels of %s" % (n, name))


def whole(kernel):
    def check(c):
        out = folder("all-" + kernel)
        start = time.time()
        r = sweep(c, out, "--sets-of", "128,256,384,512", "--late", "both", kernel=run.asset("linux-%s/Image" % kernel), timeout=3600)
        c.expect(r.status == 0, "the sweep ends with %s" % r.status)
        c.expect(time.time() - start < 15 * 60, "it took %.0f s" % (time.time() - start))
        all_ = records(out)
        c.expect(len(all_) == 128, "%d results" % len(all_))
        for x in all_:
            c.expect(x["outcome"] in ("booted", "cpu-refused"), "%s is %s" % (x["parameters"]["vl"], x["outcome"]))
            c.expect(not x["result"]["algebra"].get("surprise"), "%s: %s" % (x["parameters"]["vl"], x["result"]["algebra"]))
        page = check_page(c, out, {x["job"]: x["outcome"] for x in all_})
        c.expect(page.cards == 2, "%d matrices" % page.cards)
    return check


for k in run.KERNELS:
    run.case("all pairs of subsets on " + k, slow=True)(whole(k))
if __name__ == "__main__":
    run.main(jobs=1)
