#!/usr/bin/env python3
"""The window, on a screen of its own: what is shown and written to files, keys, the framebuffer, and that the guest's
course is the same with it."""

import json
import os
import re
import subprocess
import tempfile
import time

import run
import screen

FONT = screen.Font(run.TOP)
UNLIKE = ("--smp", "2", "--cpu", "0:vl=128+256+512", "--cpu", "1:vl=128+256")


class Window:
    """svemu with its window, in a folder of its own."""

    def __init__(self, c, s, *options, command=None, append="", kernel="6.12", guest=False):
        self.s, self.folder = s, tempfile.TemporaryDirectory()
        self.stats = os.path.join(self.folder.name, "stats.json")
        c.log = os.path.join(run.LOGS, "window-%s.log" % re.sub(r"[^\w.+-]+", "-", c.name))
        os.makedirs(run.LOGS, exist_ok=True)
        line = ("console=ttyAMA0 %s%s" % (append, " svemu.cmd=\"%s\"" % command if command else "")).replace("  ", " ")
        initrds = ["--initrd", run.asset("initrd.cpio.gz")]
        initrds += ["--initrd", run.asset("linux-%s/kvm.cpio" % kernel)] if guest else []
        self.log = open(c.log, "wb")
        self.path = c.log
        self.process = subprocess.Popen([run.SVEMU, "--display", "sdl", "--kernel", run.asset("linux-%s/Image" % kernel), *initrds,
                                         "--append", line, "--stats", self.stats, *options], cwd=self.folder.name, env=s.env,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.x, self.y = s.focus()

    def said(self):
        """The console so far."""
        with open(self.path, "rb") as f:
            return f.read().decode("utf-8", "replace").replace("\r", "")

    def wait(self, pattern):
        screen.wait_for("/%s/" % pattern, lambda: re.search(pattern, self.said(), re.M) or self.process.poll() is not None)
        if not re.search(pattern, self.said(), re.M):
            raise RuntimeError("svemu has ended without /%s/" % pattern)

    def new_file(self, key, name):
        path = os.path.join(self.folder.name, name)
        self.s.keys(key)
        screen.wait_for(name, lambda: os.path.exists(path) and os.path.getsize(path))
        return path

    def text(self, n=1):
        """What F9 writes: bar and console, panels."""
        with open(self.new_file("F9", "svemu-window-%d.txt" % n)) as f:
            return f.read()

    def end(self):
        status = self.process.wait(timeout=600)
        self.log.close()
        with open(self.stats) as f:
            stats = json.load(f)
        self.folder.cleanup()
        return status, stats


@run.case("the console, the panels and a screenshot")
def shown(c):
    with screen.Screen() as s:
        w = Window(c, s, *UNLIKE, "--cpu", "1:clock=500MHz", command="svevl; vmm --sve-max-vl 128 --kernel /boot/Image "
                   "--initrd /boot/initrd --cmd 'svevl; while :; do :; done'", guest=True)
        w.wait(r"^svevl: cpu \d: 16$")
        s.keys("F5")
        screen.wait_for("the pause", lambda: s.pixels().text_at(FONT, "paused", w.x + 64, w.y, bold=True))
        text = w.text()
        picture = screen.png(w.new_file("F12", "svemu-window-1.png"))
        shown_now = s.pixels()
        console, panels = text.split("---- console ----\n")[1].split("---- CPUs 0 to 1 of 2 ----\n")
        printed = [l for l in w.said().split("\n") if l]
        c.expect([l for l in console.replace("\n", "") if l > " "] == [l for l in "".join(printed) if l > " "],
                 "the console in the file differs from what the guest has printed")
        c.expect("Booting Linux on physical CPU 0x0000000000" in console, "the first line has not been kept")
        c.expect(re.match(r"svemu  paused   \d+\.\d{6} s  [\d,]+ instructions  [\d.]+ MIPS   CPU [01] EL[012] [0-9a-f]{16} ", text), "the bar is " + text[:100])
        # Host kernels use the lengths that both CPUs have; the guest's kernel has 128 bits at EL1.
        lengths = re.findall(r"VL EL0 (\d+)  EL1 (\d+)  EL2 (\d+)", panels)
        c.expect(len(lengths) == 2 and ("128", "128") in [l[:2] for l in lengths], "the vector lengths are %s" % lengths)
        c.expect("■■ VMID 1" in panels, "no guest is named in the colours' row")
        c.expect(re.search(r"^ [.0-2aA]*[aA]{2}[.0-2aA]*$", panels, re.M), "no timeline has the guest")
        c.expect(re.search(r"EL2 (IRQ|SVC|Data Abort, lower EL) +[\d.]*k?(/s)? +[\d,]+$", panels, re.M), "no class of exceptions is counted")
        c.expect(re.search(r"\d+× EL\d→2 ", panels), "no exceptions are shown as the last ones")
        # The file and the screen have the same letters in the same places.
        c.expect((picture.width, picture.height) == (1280, 832), "the screenshot has %dx%d pixels" % (picture.width, picture.height))
        for pixels, x, y in ((picture, 0, 0), (shown_now, w.x, w.y)):
            c.expect(pixels.text_at(FONT, "svemu", x + 8, y, bold=True), "the bar does not begin with svemu in bold letters")
            c.expect(pixels.text_at(FONT, "paused", x + 64, y, bold=True), "the bar does not say paused")
            c.expect(pixels.text_at(FONT, "CPU 0", x + 103 * 8, y + 32, bold=True), "the first panel does not begin with CPU 0")
        same = all(picture.at(px, py) == shown_now.at(w.x + px, w.y + py) for py in range(32, 816, 3) for px in range(0, 1280, 7))
        c.expect(same, "the screenshot is not what the screen shows")
        c.expect({0x4c86d6, 0xe2913c} <= picture.colours(left=816, top=32), "the timelines lack EL2's or the guest's colour")
        # One instruction at a time.
        counts = [executed(text)]
        for n in (2, 3):
            s.keys("F6")
            time.sleep(0.5)  # the window is drawn again
            counts.append(executed(w.text(n)))
        c.expect(counts == [counts[0], counts[0] + 1, counts[0] + 2], "two steps give %s instructions" % counts)
        s.keys("F5")
        screen.wait_for("the run", lambda: s.pixels().text_at(FONT, "running", w.x + 64, w.y, bold=True))
        w.process.terminate()
        c.expect(w.end()[0] == 143, "it does not end by the signal")


def executed(text):
    return int(re.search(r"([\d,]+) instructions", text).group(1).replace(",", ""))


@run.case("the guest does not notice")
def unnoticed(c):
    """The same run without a window, and with one in which the user pauses, steps and scrolls."""
    arguments = UNLIKE + ("--device", "simple-framebuffer,width=320,height=200")
    command = "svevl --all; vmm --kernel /boot/Image --initrd /boot/initrd --cmd svevl"
    alone = c.boot("6.12", command, *arguments, guest=True)
    with screen.Screen() as s:
        w = Window(c, s, *arguments, command=command, guest=True)
        for key in ("F5", "F6", "F6", "F5", "F8", "shift+Prior", "F7", "F7", "F6", "F5"):
            s.keys(key)
        status, stats = w.end()
    c.expect(status == alone.status == 0, "the exit statuses are %s and %s" % (status, alone.status))
    for key in ("state_hash", "instructions", "time_ns"):
        c.expect(stats[key] == alone.stats[key], "%s is %s with the window, %s without" % (key, stats[key], alone.stats[key]))
    c.expect(w.said() == alone.console, "the console differs")


@run.case("typing and selecting")
def typing(c):
    with screen.Screen() as s:
        w = Window(c, s)
        w.wait(r"leave this shell to power off")
        s.xdotool("type", "--delay", "60", "echo a$((6*7))b")
        s.keys("Return")
        w.wait(r"^a42b$")
        s.xdotool("type", "--delay", "60", "cat; echo $?-$?")
        s.keys("Return", "ctrl+d")
        w.wait(r"^0-0$")
        # The up key brings the line back, and the mouse takes what stands there to the clipboard and back to the shell.
        s.xdotool("type", "--delay", "60", "echo pasted")
        s.keys("Return")
        w.wait(r"^pasted$")
        row = screen.wait_for("the word", lambda: s.pixels().find_text(FONT, "pasted", 1, w.x, w.y))[-1]
        s.xdotool("mousemove", str(w.x + 8 + 2), str(w.y + 16 * row + 4), "mousedown", "1")
        s.xdotool("mousemove", str(w.x + 8 * 6 + 4), str(w.y + 16 * row + 4))
        s.xdotool("mouseup", "1")
        s.xdotool("type", "--delay", "60", "echo twice-")
        s.keys("ctrl+shift+v", "Return")
        w.wait(r"^twice-pasted$")
        s.xdotool("type", "--delay", "60", "exit")
        s.keys("Return")
        c.expect(w.end()[0] == 0, "the guest does not power off")


@run.case("a framebuffer")
def framebuffer(c):
    with screen.Screen() as s:
        w = Window(c, s, "--display", "sdl,framebuffer=640x480", append="console=tty0 console=ttyAMA0",
                   command="dd if=/dev/zero bs=640 count=960 | tr '\\0' '\\125' >/dev/fb0; echo drawn; sleep 1000")
        w.wait(r"fb0: simplefb registered")
        w.wait(r"^drawn$")
        s.keys("F8")
        drawn = screen.wait_for("the colour", lambda: s.pixels().at(w.x + 408, w.y + 300) == 0x555555 and s.pixels())
        left, top = w.x + 8 + (100 * 8 - 640) // 2, w.y + 16 + (50 * 16 - 480) // 2
        inside = {drawn.at(x, y) for x in range(left, left + 640) for y in range(top, top + 240)}
        c.expect(inside == {0x555555}, "the drawn half has the colours %s" % [hex(v) for v in sorted(inside)[:8]])
        c.expect(drawn.at(left - 1, top) == drawn.at(left, top - 1) == 0, "the framebuffer is not where it should be")
        below = {drawn.at(x, y) for x in range(left, left + 640) for y in range(top + 240, top + 480)}
        c.expect(0x555555 not in below, "more is drawn than was written")
        w.process.terminate()
        w.end()


@run.case("no window can be opened")
def refused(c):
    kernel = ("--kernel", run.asset("linux-6.12/Image"))
    plain = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "libSDL2-2.0.so.0"), "w") as f:
            f.write("not a library")
        for what, more, words in (("no display", {}, ("--display sdl", "--display none")),
                                  ("an X server that is not there", {"DISPLAY": ":4711"}, ("--display sdl", "--display none")),
                                  ("no SDL2", {"LD_LIBRARY_PATH": d}, ("--display sdl", "libSDL2-2.0.so.0", "libsdl2-2.0-0"))):
            p = subprocess.run([run.SVEMU, *kernel, "--display", "sdl"], env=dict(plain, **more), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
            lines = p.stderr.strip().split("\n")
            c.expect(p.returncode == 2 and not p.stdout and len(lines) == 1, "%s: status %d, %s" % (what, p.returncode, lines[:3]))
            c.expect(lines[0].startswith("svemu: ") and all(word in lines[0] for word in words), "%s: %s" % (what, lines[0]))
        p = subprocess.run([run.SVEMU, "--version"], env=dict(plain, LD_LIBRARY_PATH=d), stdout=subprocess.PIPE, timeout=60)
        c.expect(p.returncode == 0, "svemu does not start without SDL2")


if __name__ == "__main__":
    run.main()
