#!/usr/bin/env python3
"""Malformed packets to the gdb server: 100,000 from a fixed seed, while the machine stands and while it runs. svemu answers or
ignores them; it neither crashes nor hangs, and a client that comes after is served. SEED and N in the environment choose others."""

import os
import random
import re
import select
import socket
import struct
import subprocess
import tempfile
import time

import run

N = int(os.environ.get("N", "100000"))
SEED = int(os.environ.get("SEED", "1"))
BATCH = 250

# str x1, [x0]; ldr x2, [x0]; rdvl x3, #1; add x4, x4, #1; b to the first: with data to watch and nothing that ends it.
LOOP = (0xf9000001, 0xf9400002, 0x04bf5023, 0x91000484, 0x17fffffc)


def image(words):
    code = b"".join(struct.pack("<I", w) for w in words)
    return struct.pack("<IIQQQ24s4sI", 0x14000010, 0xd503201f, 0, 64 + len(code), 0, b"", b"ARM\x64", 0) + code


TEMPLATES = [b"?", b"g", b"G" + b"00" * 268, b"p0", b"p1f", b"p20", b"p55", b"P0=0011223344556677", b"P21=c9030000", b"p22",
             b"P22=" + b"ff" * 256, b"m40080000,40", b"m0,ffff", b"mffffffffffffffff,ffffffffffffffff", b"M40080100,4:00112233",
             b"X40080100,4:abcd", b"Z0,40080040,4", b"z0,40080040,4", b"Z1,40080044,4", b"Z2,40200000,8", b"z2,40200000,8",
             b"Z3,40200000,ffffffffffffffff", b"Z4,ffffffffffffffff,1", b"z4,ffffffffffffffff,1", b"Hg0", b"Hg2", b"Hc-1", b"T1",
             b"vCont?", b"vCont;s:1", b"vCont;s:2;c", b"vCont;r40080040,40080050:1", b"vCont;t", b"s", b"s40080040", b"S05",
             b"qSupported:multiprocess+;swbreak+;hwbreak+", b"qXfer:features:read:target.xml:0,ffb",
             b"qXfer:features:read:target.xml:ffffffffffffffff,ffffffffffffffff", b"qXfer:threads:read::0,fff", b"qfThreadInfo",
             b"qsThreadInfo", b"qThreadExtraInfo,1", b"qC", b"qAttached", b"qSymbol::", b"qqemu.PhyMemMode", b"Qqemu.PhyMemMode:1",
             b"Qqemu.PhyMemMode:0", b"QStartNoAckMode", b"vMustReplyEmpty", b"bs", b"bc", b"!"]
COMMANDS = [b"help", b"sysregs zcr", b"vl", b"why", b"walk 0x40080000", b"stage2 0x0", b"tlb", b"gic", b"vcpus", b"symbols", b"space el1",
            b"space guest 1", b"space current", b"break 0x40080040 el=2", b"break exception 0x3c", b"break sysreg ZCR_EL2", b"delete",
            b"watch 0x40200000 size=16 rw", b"x 0x40080000 4", b"cpu 1", b"cpus", b"regs all", b"break position 100", b"break"]
RESUMES = [b"c", b"vCont;c", b"vCont;c:1", b"C05", b"c40080040"]
# What ends the session or the run is not malformed, and has its own tests; so have files that commands write.
ENDS = re.compile(rb"(^|\$)(k|D|vKill)|" + b"|".join(w.hex().encode() for w in (b"quit", b"snapsho", b"trace")))


def mutate(r, text):
    text = bytearray(text)
    for _ in range(r.choice((0, 1, 1, 2, 4, 12))):
        at = r.randrange(len(text) + 1)
        kind = r.randrange(6)
        if kind == 0 and text:
            text[at % len(text)] = r.randrange(256)
        elif kind == 1:
            del text[at:at + r.randrange(8)]
        elif kind == 2:
            text[at:at] = r.randbytes(r.randrange(1, 6))
        elif kind == 3:
            text[at:at] = r.choice((b"ffffffffffffffff", b"0", b"80000000", b"-1", b",", b";", b":", b"#", b"$", b"}", b"*", b"\0"))
        elif kind == 4:
            text += text[at:]
        elif text:
            text[at % len(text)] ^= 1 << r.randrange(8)
    return bytes(text[:1 << 17])


def packet(r):
    which = r.random()
    if which < 0.02:
        return r.randbytes(r.randrange(200))
    if which < 0.025:
        return b"\x03"
    if which < 0.027:
        body = r.choice(b"GMXqmz").to_bytes(1, "little") * r.randrange(1, 1 << 17)  # longer than any packet may be
    elif which < 0.04:
        body = r.choice(RESUMES)
    elif which < 0.2:
        body = b"qRcmd," + mutate(r, r.choice(COMMANDS)).hex().encode()
        body = body if r.random() < 0.8 else mutate(r, body)
    else:
        body = mutate(r, r.choice(TEMPLATES))
    if ENDS.search(body):
        return b"+"
    checksum = sum(body.split(b"#")[0]) & 255 if r.random() < 0.95 else r.randrange(256)
    return b"$" + body + b"#%02x" % checksum


class Server:
    def __init__(self, folder):
        kernel = os.path.join(folder, "loop")
        with open(kernel, "wb") as f:
            f.write(image(LOOP))
        self.path = os.path.join(folder, "gdb")
        self.errors = open(os.path.join(folder, "errors"), "w+")
        self.p = subprocess.Popen([run.SVEMU, "--kernel", kernel, "--memory", "64M", "--smp", "2", "--cpu", "all:vl=max", "--gdb",
                                   "unix:" + self.path, "-S"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)

    def connect(self):
        for _ in range(200):
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path)
                return s
            except OSError:
                s.close()
                if self.p.poll() is not None:
                    return None
                time.sleep(0.05)
        return None


def drain(s, until, seconds):
    """Read until these bytes have come; None: it took too long, False: the connection has ended."""
    got, end = b"", time.time() + seconds
    while until not in got:
        if not select.select([s], [], [], max(0, end - time.time()))[0]:
            return None
        try:
            piece = s.recv(1 << 16)
        except ConnectionError:
            return False
        if not piece:
            return False
        got = got[-4096:] + piece
    return True


def send(s, data):
    """All of it, reading meanwhile what comes back. False: the connection has ended; None: nothing is taken any more."""
    s.setblocking(False)
    try:
        while data:
            readable, writable, _ = select.select([s], [s], [], 30)
            if not readable and not writable:
                return None
            if readable and not s.recv(1 << 16):
                return False
            if writable:
                data = data[s.send(data):]
    except BlockingIOError:
        return send(s, data)
    except ConnectionError:
        return False
    finally:
        s.setblocking(True)
    return True


def nonce(n):
    """A command whose answer has a word that nothing else has; the first # ends what may be left open before it."""
    body = b"qRcmd," + (b"cpu no%06d" % n).hex().encode()
    return b"#00$" + body + b"#%02x" % (sum(body) & 255), (b"no%06d" % n).hex().encode()


def batch(c, server, s, r, count, n):
    """Send some packets; the connection to go on with, or None: the machine has come to its end."""
    data = b"".join(packet(r) for _ in range(count))
    sent = send(s, data)
    if sent is None:
        c.fail("packets up to %d (seed %d): nothing is read any more" % (n, SEED))
    text, answer = nonce(n)
    answered = sent and send(s, text) and drain(s, answer, 30)
    if answered is None:
        c.fail("packets up to %d (seed %d): no answer within 30 seconds" % (n, SEED))
    if answered:
        return s
    s.close()
    return server.connect()


@run.case("fuzz")
def fuzz(c):
    r = random.Random(SEED)
    runs = done = 0
    while done < N and not c.failures:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(folder)
            s = server.connect()
            c.expect(s is not None, "svemu does not listen")
            runs += 1
            while s and done < N and not c.failures:
                s = batch(c, server, s, r, BATCH, done + BATCH)
                done += BATCH
            if s and not c.failures:
                s.close()
                s = server.connect()
                c.expect(s and send(s, b"$?#3f") and drain(s, b"thread:", 20), "a client that came after was not served")
                send(s, b"$k#6b")
            try:
                status = server.p.wait(20)
            except subprocess.TimeoutExpired:
                server.p.kill()
                status = server.p.wait()
                c.fail("svemu did not end")
            server.errors.seek(0)
            c.expect(status in (0, 1, 3), "packets up to %d (seed %d): svemu ended with status %s: %s" %
                     (done, SEED, status, server.errors.read()[-500:]))
    c.expect(runs < 1 + N / 500, "%d runs for %d packets: the machine ends too soon to be tested" % (runs, N))
    print("%d packets in %d runs" % (done, runs))


if __name__ == "__main__":
    run.main()
