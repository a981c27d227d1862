#!/usr/bin/env python3
"""make screenshots: docs/window.png, the window with two KVM guests on CPUs with different vector lengths."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import run
import screen

TO = os.path.join(run.TOP, "docs", "window.png")
WORK = "while :; do svevl --all >/dev/null; echo; done >/dev/null"
GUEST = "vmm --vcpus %d --sve-max-vl %d --kernel /boot/Image --initrd /boot/initrd --cmd '%s'"
COMMAND = ("for c in 0 1 2 3; do svevl --pin $c; done; %s >/dev/null & %s" %
           (GUEST % (1, 128, WORK), GUEST % (2, 256, "dmesg | grep SVE; svevl; " + WORK)))


def main():
    with screen.Screen() as s, tempfile.TemporaryDirectory() as folder:
        console = os.path.join(folder, "console")
        with open(console, "wb") as f:
            p = subprocess.Popen([run.SVEMU, "--display", "sdl", "--smp", "4", "--cpu", "0-1:vl=128+256+512,model=neoverse-v1",
                                  "--cpu", "2-3:vl=128+256,model=neoverse-v1",
                                  "--kernel", run.asset("linux-6.12/Image"), "--initrd", run.asset("initrd.cpio.gz"),
                                  "--initrd", run.asset("linux-6.12/kvm.cpio"),
                                  "--append", "console=ttyAMA0 svemu.cmd=\"%s\"" % COMMAND],
                                 cwd=folder, env=s.env, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT)
        s.focus()

        def said(text):
            with open(console, "rb") as f:
                return f.read().count(text) + (100 if p.poll() is not None else 0)

        screen.wait_for("the guest", lambda: said(b"svevl: cpu") > 4, 900)
        time.sleep(float(os.environ.get("SECONDS_MORE", "4")))
        s.keys("F12")
        picture = os.path.join(folder, "svemu-window-1.png")
        screen.wait_for("the picture", lambda: os.path.exists(picture) and os.path.getsize(picture))
        time.sleep(1)
        p.terminate()
        p.wait()
        screen.png(picture)  # whole?
        shutil.copyfile(picture, TO)
    print("docs/window.png: %d bytes" % os.path.getsize(TO))
    return 0


if __name__ == "__main__":
    sys.exit(main())
