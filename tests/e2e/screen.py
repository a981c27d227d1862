"""A screen of its own for a program with windows: Xvfb, keys and mouse by xdotool, and the pixels that are really shown."""

import os
import shutil
import struct
import subprocess
import tempfile
import time
import zlib


class Screen:
    """with Screen() as s: programs run with s.env have their windows there."""

    def __init__(self, width=1400, height=900):
        self.width, self.height = width, height

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        read, write = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "%dx%dx24" % (self.width, self.height),
                                        "-fbdir", self.folder, "-nolisten", "tcp"], pass_fds=[write],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as f:
            number = f.readline().strip()
        if not number:
            raise RuntimeError("Xvfb does not start")
        self.env = dict(os.environ, DISPLAY=":" + number)
        self.env.pop("SDL_VIDEODRIVER", None)
        return self

    def __exit__(self, *exception):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder)

    def xdotool(self, *words, timeout=20):
        return subprocess.run(["xdotool", *words], env=self.env, stdout=subprocess.PIPE, timeout=timeout, text=True).stdout

    def focus(self, title="svemu"):
        """Wait for the window and give it the keyboard; where it is on the screen."""
        self.window = self.xdotool("search", "--sync", "--onlyvisible", "--name", "^%s$" % title).split()[0]
        self.xdotool("windowfocus", "--sync", self.window)
        place = dict(l.split("=") for l in self.xdotool("getwindowgeometry", "--shell", self.window).split())
        return int(place["X"]), int(place["Y"])

    def keys(self, *keys):
        for key in keys:
            self.xdotool("key", key)

    def pixels(self):
        """Of the whole screen: the X window dump that Xvfb keeps."""
        with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as f:
            data = f.read()
        head = struct.unpack(">25I", data[:100])
        size, width, height, order, bits, line, colours = head[0], head[4], head[5], head[7], head[11], head[12], head[19]
        assert bits == 32 and order == 0, "a screen of another kind than expected"
        start = size + 12 * colours
        return Pixels(width, [[v & 0xffffff for (v,) in struct.iter_unpack("<I", data[y:y + 4 * width])]
                              for y in range(start, start + line * height, line)])


class Pixels:
    """Rows of 0xRRGGBB."""

    def __init__(self, width, rows):
        self.width, self.height, self.rows = width, len(rows), rows

    def at(self, x, y):
        return self.rows[y][x]

    def text_at(self, font, text, x, y, bold=False):
        """Are these letters drawn at pixel x, y: two colours, and where the font says?"""
        for n, character in enumerate(text):
            ink, paper = set(), set()
            for row, bits in enumerate(font.glyph(character, bold)):
                for col, colour in enumerate(self.rows[y + row][x + 8 * n:x + 8 * n + 8]):
                    (ink if bits >> (7 - col) & 1 else paper).add(colour)
                if len(ink) > 1 or len(paper) > 1 or ink == paper:
                    return False
        return True

    def find_text(self, font, text, column, x=0, y=0):
        """The rows of the window at x, y that have this text from that column on."""
        return [row for row in range((self.height - y) // 16) if self.text_at(font, text, x + 8 * column, y + 16 * row)]

    def colours(self, left=0, top=0):
        return {colour for row in self.rows[top:] for colour in row[left:]}


def png(path):
    """Pixels of a PNG file of 8-bit RGB; every checksum is checked."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    at, packed, size = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0], "a chunk is damaged"
        if kind == b"IHDR":
            size = struct.unpack(">IIBBBBB", body)
            assert size[2:] == (8, 2, 0, 0, 0), "not 8-bit RGB"
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height = size[:2]
    lines, raw, rows = zlib.decompress(packed), 1 + 3 * width, []
    for y in range(height):
        line = bytearray(lines[raw * y:raw * (y + 1)])
        assert line[0] == 1, "another filter than expected"
        for i in range(4, raw):
            line[i] = (line[i] + line[i - 3]) & 255
        rows.append([line[i] << 16 | line[i + 1] << 8 | line[i + 2] for i in range(1, raw, 3)])
    return Pixels(width, rows)


class Font:
    """Terminus as Debian packs it, read independently of svemu: X11's PCF with compressed metrics."""

    def __init__(self, top):
        self.fonts = [self.read(os.path.join(top, "build/deps/terminus/usr/share/fonts/X11/misc", name))
                      for name in ("ter-u16n_unicode.pcf.gz", "ter-u16b_unicode.pcf.gz")]

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            data = zlib.decompress(f.read(), 31)
        tables = {t: o for t, _, _, o in struct.iter_unpack("<4I", data[8:8 + 16 * struct.unpack("<I", data[4:8])[0]])}
        at = tables[8] + 4
        count = struct.unpack(">I", data[at:at + 4])[0]
        offsets = struct.unpack(">%dI" % count, data[at + 4:at + 4 + 4 * count])
        bits = at + 4 + 4 * count + 16
        at = tables[32] + 4
        low, high, first, last, _ = struct.unpack(">5H", data[at:at + 10])
        indices = struct.unpack(">%dH" % ((high - low + 1) * (last - first + 1)),
                                data[at + 10:at + 10 + 2 * (high - low + 1) * (last - first + 1)])
        glyphs = {}
        for n, index in enumerate(indices):
            if index != 0xffff:
                start = bits + offsets[index]
                glyphs[chr((first + n // (high - low + 1)) << 8 | low + n % (high - low + 1))] = data[start:start + 64:4]
        return glyphs

    def glyph(self, character, bold=False):
        return self.fonts[bold][character]


def wait_for(what, condition, seconds=240):
    """Until condition() gives something."""
    end = time.time() + seconds
    while time.time() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.2)
    raise RuntimeError("waited %d s for %s" % (seconds, what))
