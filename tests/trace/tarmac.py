#!/usr/bin/env python3
"""Is a file Tarmac, as the parser of Arm's Tarmac Trace Utilities takes it in the flavour of Fast Models, and does it agree
with itself?

The grammar is that of lib/parser.cpp and lib/registers.cpp of the utilities, with what they only tolerate left out: digits
are as many as the size of what they say, one unit of time, one instruction set (A64), no line that would be kept as text
with a warning. Then the trace's own sense: time and count never go back; an instruction follows the one before it, or
where that branches to, or an exception; addresses and values are what registers and the memory lines say, for those
instructions where that can be worked out from the opcode.

    tarmac.py FILE...     exit status 1 and one line for the first thing that is wrong in each file
"""

import re
import sys

UNITS = ("clk", "ns", "cs", "cyc", "tic", "ps")
TEXT_EVENTS = ("CADI", "P", "CACHE", "TTW", "BR", "INFO_EXCEPTION_REASON", "SIGNAL")
# class: bytes, how many; None: there is one, without a number
CLASSES = {"r": (4, 16), "w": (4, 31), "x": (8, 31), "wsp": (4, None), "xsp": (8, None), "v": (16, 32), "q": (16, 32),
           "d": (8, 32), "s": (4, 32), "z": (256, 32), "p": (16, 32), "psr": (4, None), "cpsr": (4, None),
           "fpscr": (4, None), "fpcr": (4, None), "fpsr": (4, None), "vpr": (4, None)}
NOT_REGISTERS = ("dc", "ic", "at", "tlbi", "pc", "e", "lr", "msp")
VECTORS = ["%s_%s" % (a, b) for a in ("CURRENT_SP0", "CURRENT_SPx", "LOWER_64", "LOWER_32")
           for b in ("SYNC", "IRQ", "FIQ", "SERR")]
MASK = (1 << 64) - 1


class Refused(Exception):
    pass


def refuse(condition, text, *args):
    if condition:
        raise Refused(text % args if args else text)


def sign(value, bits):
    return (value ^ 1 << bits - 1) - (1 << bits - 1)


# ---- The grammar: a line to a tuple ----

LINE = re.compile(r"(?P<time>\d+) (?P<unit>[a-z]+) (?:cpu(?P<cpu>\d+) )?(?P<event>[A-Za-z0-9_]+)(?: (?P<rest>.*))?\Z")
INSN = re.compile(r"\((?P<index>\d+)\) (?P<pc>[0-9a-f]{16})(?::(?P<pa>[0-9a-f]{12})(?:_S|_NS)?)? (?P<word>[0-9a-f]{8}) O "
                  r"EL(?P<el>[0-3])(?P<sp>[th])_[ns] : (?P<text>[a-z.][ -~]*)\Z")
MEMORY = re.compile(r"(?P<va>[0-9a-f]{16})(?::(?P<pa>[0-9a-f]{12})(?:_S|_NS)?)? (?P<value>[0-9a-f_]+|\(ABORTED\))\Z")
REGISTER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)(?:<(?P<hi>\d+):(?P<lo>\d+)>)? (?P<value>[0-9a-f]+)\Z")
CORE = re.compile(r"(?P<pc>[0-9a-f]{16})(?::[0-9a-f]{12}(?:_S|_NS)?)? (?P<id>[0-9a-f]{8}) CoreEvent_(?P<name>\w+)\Z")
DEBUG = re.compile(r"DebugEvent_(?P<name>\w+)(?: [0-9a-f]{8})?\Z")
MEMORY_EVENT = re.compile(r"M([RW])([1248])X?\Z")


def register_class(name):
    """The parser's class and number of a register; None: one that it passes over."""
    prefix, rest = re.match(r"([^0-9_]*)(.*)", name).groups()
    prefix = prefix.lower()
    refuse(prefix in NOT_REGISTERS, "%s: the parser takes this for something else", name)
    if prefix == "sp":
        refuse(not re.match(r"_EL[0-3]\Z", rest), "%s: the parser takes this for SP", name)
        return "xsp", 0
    if prefix not in CLASSES:
        refuse(not re.match(r"[A-Z][A-Z0-9_]+\Z", name), "%s: not the name of a system register", name)
        return None
    size, count = CLASSES[prefix]
    if count is None:
        refuse(rest, "%s: there is only one %s", name, prefix)
        return prefix, 0
    refuse(not rest.isdigit(), "%s: the parser takes this for %s%d", name, prefix, int(re.match(r"\d*", rest).group() or 0))
    refuse(int(rest) >= count, "%s: there are %d of these", name, count)
    return prefix, int(rest)


def parse_register(rest):
    m = REGISTER.match(rest)
    refuse(not m, "not a register and its value: %s", rest)
    name, value, digits = m["name"], m["value"], len(m["value"])
    known = register_class(name)
    refuse(digits % 2, "%s: half a byte", name)
    refuse(not known and not re.match(r"FFR|PHIGH\d+\Z", name) and digits != 16, "%s has 8 bytes", name)
    if m["hi"] is None:
        refuse(known and digits != 2 * CLASSES[known[0]][0], "%s has %d bytes, not %d digits", name,
               CLASSES[known[0]][0] if known else 0, digits)
        return "R", name, known, int(value, 16)
    hi, lo = int(m["hi"]), int(m["lo"])
    refuse(not known or known[0] in ("fpcr", "cpsr", "xsp"), "%s: the parser takes no range of this", name)
    refuse(hi % 8 != 7 or lo % 8 or lo > hi, "%s<%d:%d>: not whole bytes", name, hi, lo)
    refuse(hi >= 8 * CLASSES[known[0]][0], "%s<%d:%d>: the register has %d bits", name, hi, lo, 8 * CLASSES[known[0]][0])
    refuse(digits * 4 != hi - lo + 1, "%s<%d:%d>: %d digits", name, hi, lo, digits)
    return "R", name, known, None


def parse_memory(event, rest):
    write, size = event[1] == "W", int(event[2])
    m = MEMORY.match(rest)
    refuse(not m, "not an address and a value: %s", rest)
    value = m["value"]
    if value == "(ABORTED)":
        return "TEXT", event
    refuse(not re.match(r"[0-9a-f]{8}_[0-9a-f]{8}\Z" if size == 8 else r"[0-9a-f]{%d}\Z" % (2 * size), value),
           "%s is not a value of %d bytes", value, size)
    va = int(m["va"], 16)
    refuse(m["pa"] and (int(m["pa"], 16) ^ va) & 0xfff, "virtual and physical address at different places of a page")
    return "M", write, size, va, int(value.replace("_", ""), 16)


def parse_exception(rest):
    m = DEBUG.match(rest)
    if m:
        return "DEBUG", m["name"]
    m = CORE.match(rest)
    refuse(not m, "not an exception: %s", rest)
    number = int(m["id"], 16) - 0x80
    refuse(not 0 <= number < 16 or VECTORS[number] != m["name"], "exception %s is not %s", m["id"], m["name"])
    return "E", int(m["pc"], 16), m["name"]


def parse(line):
    """(time, unit, cpu or None, event tuple) of a line."""
    m = LINE.match(line)
    refuse(not m, "not a line of Tarmac")
    refuse(m["unit"] not in UNITS, "%s is no unit of time", m["unit"])
    event, rest = m["event"], m["rest"] or ""
    if event in ("IT", "IS", "IF"):
        i = INSN.match(rest)
        refuse(not i, "not an instruction: %s", rest)
        refuse(i["el"] == "0" and i["sp"] != "t", "EL0 has only SP_EL0")
        found = ("I", event, int(i["index"]), int(i["pc"], 16), int(i["word"], 16), int(i["el"]), i["text"])
    elif event == "R":
        found = parse_register(rest)
    elif MEMORY_EVENT.match(event):
        found = parse_memory(event, rest)
    elif event == "E":
        found = parse_exception(rest)
    else:
        refuse(event not in TEXT_EVENTS, "%s is no event of Tarmac", event)
        refuse(not re.match(r"[ -~]*\Z", rest), "%s: text that is not printable", event)
        found = ("TEXT", event)
    return int(m["time"]), m["unit"], m["cpu"], found


# ---- The sense ----

class Effect:
    """What an opcode says: where the CPU may go on (None: anywhere), X registers, and accesses (write, address, register),
    as far as it can be worked out from the registers before it."""

    def __init__(self, pc):
        self.next = {pc + 4 & MASK}
        self.x = {}
        self.access = None


def effect(pc, word, x):
    """x: number to value; a value that is not known is missing."""
    e = Effect(pc)
    rd, rn = word & 31, word >> 5 & 31
    relative = lambda lo, bits: pc + 4 * sign(word >> lo & (1 << bits) - 1, bits) & MASK
    if word & 0x7c000000 == 0x14000000:  # B, BL
        e.next = {relative(0, 26)}
        if word >> 31:
            e.x[30] = pc + 4 & MASK
    elif word & 0xff000000 == 0x54000000 or word & 0x7e000000 == 0x34000000:  # B.cond, CBZ, CBNZ
        e.next.add(relative(5, 19))
    elif word & 0x7e000000 == 0x36000000:  # TBZ, TBNZ
        e.next.add(relative(5, 14))
    elif word & 0xff9ffc1f == 0xd61f0000 and word >> 21 & 3 != 3:  # BR, BLR, RET
        e.next = {x[rn]} if rn in x else None
        if word >> 21 & 3 == 1:
            e.x[30] = pc + 4 & MASK
    elif word & 0xfe000000 == 0xd6000000:  # ERET, and those with pointer authentication
        e.next = None
    elif word & 0xffe0001f in (0xd4000001, 0xd4000002, 0xd4000003):  # SVC, HVC, SMC
        e.next = None
    elif word & 0xff800000 == 0xd2800000 and rd != 31:  # MOVZ
        e.x[rd] = (word >> 5 & 0xffff) << (word >> 21 & 3) * 16
    elif word & 0xff800000 == 0xf2800000 and rd in x and rd != 31:  # MOVK
        shift = (word >> 21 & 3) * 16
        e.x[rd] = x[rd] & ~(0xffff << shift) | (word >> 5 & 0xffff) << shift
    elif word & 0xff800000 in (0x91000000, 0xd1000000) and rn in x and rd != 31:  # ADD, SUB immediate
        value = (word >> 10 & 0xfff) << (word >> 22 & 1) * 12
        e.x[rd] = x[rn] + (-value if word >> 30 & 1 else value) & MASK
    elif word & 0xffe0ffe0 == 0xaa0003e0 and rd != 31:  # MOV register
        if word >> 16 & 31 == 31:
            e.x[rd] = 0
        elif word >> 16 & 31 in x:
            e.x[rd] = x[word >> 16 & 31]
    elif word & 0x9f000000 == 0x10000000 and rd != 31:  # ADR
        e.x[rd] = pc + sign((word >> 5 & 0x7ffff) << 2 | word >> 29 & 3, 21) & MASK
    elif word & 0x9f000000 == 0x90000000 and rd != 31:  # ADRP
        e.x[rd] = (pc & ~0xfff) + (sign((word >> 5 & 0x7ffff) << 2 | word >> 29 & 3, 21) << 12) & MASK
    elif word & 0xff800000 == 0xf9000000:  # STR, LDR of 64 bits, unsigned offset
        address = x[rn] + (word >> 10 & 0xfff) * 8 & MASK if rn in x else None
        e.access = word >> 22 & 1 == 0, address, rd
    return e


def conditional(word):
    return word & 0xff000000 == 0x54000000 or word & 0x7c000000 == 0x34000000


class Lane:
    """One CPU."""

    def __init__(self):
        self.time = self.index = -1
        self.x = {}
        self.insn = None  # (type, pc, effect) of the last instruction, while its lines come
        self.next = None  # where the CPU may go on; None: anywhere
        self.written, self.accesses = set(), []


class Checker:
    """line() for each line, then end(); both raise Refused. Without registers or accesses in the file nothing is said of
    their values."""

    def __init__(self, registers, accesses):
        self.registers, self.accesses = registers, accesses
        self.unit, self.cpu_given, self.lanes = None, None, {}

    def line(self, text):
        time, unit, cpu, event = parse(text)
        refuse(self.unit not in (None, unit), "the unit of time was %s", self.unit)
        refuse(self.cpu_given not in (None, cpu is not None), "some lines name a CPU and some do not")
        self.unit, self.cpu_given = unit, cpu is not None
        lane = self.lanes.setdefault(cpu, Lane())
        refuse(time < lane.time, "time goes back, from %d to %d", lane.time, time)
        lane.time = time
        getattr(self, "on_" + event[0])(lane, *event[1:])

    def end(self):
        for lane in self.lanes.values():
            self.finish(lane)

    def finish(self, lane):
        """All lines of the last instruction are there."""
        kind, pc, e = lane.insn or ("IF", 0, None)
        lane.insn = None
        if kind == "IF":
            return
        for n, value in e.x.items() if self.registers else ():
            refuse(lane.x.get(n, value) != value, "X%d is %#x, but the instruction at %#x makes it %#x", n,
                   lane.x.get(n, 0), pc, value)
            lane.x[n] = value
        if e.access and self.accesses:
            self.check_access(lane, pc, *e.access)

    def check_access(self, lane, pc, write, address, rt):
        refuse(len(lane.accesses) != 1, "%d accesses by the one instruction at %#x", len(lane.accesses), pc)
        was_write, size, va, value = lane.accesses[0]
        refuse(was_write != write, "the instruction at %#x %s", pc, "writes" if write else "reads")
        refuse(size != 8, "%d bytes by the instruction at %#x", size, pc)
        refuse(address is not None and (va ^ address) & MASK >> 8, "access to %#x, but the instruction's address is %#x",
               va, address or 0)
        known = lane.x.get(rt) if rt != 31 else 0 if write else None
        refuse(self.registers and known is not None and known != value, "X%d is %#x, in memory it is %#x", rt, known or 0,
               value)

    def on_I(self, lane, kind, index, pc, word, el, text):
        self.finish(lane)
        refuse(index <= lane.index, "instruction %d behind %d", index, lane.index)
        refuse(pc & 3, "PC %#x is not aligned", pc)
        refuse(lane.next is not None and pc not in lane.next, "the CPU goes on at %#x, not at %s", pc,
               " or ".join("%#x" % n for n in sorted(lane.next or ())) or "an instruction that took an exception")
        refuse(kind == "IS" and not conditional(word), "IS, but no condition")
        e = effect(pc, word, lane.x if self.registers else {})
        following = pc + 4 & MASK
        if kind == "IF":
            lane.next = set()
        elif kind == "IS":
            lane.next = {following}
        elif conditional(word):
            lane.next = e.next - {following} or {following}
        else:
            lane.next = e.next
        lane.index, lane.insn = index, (kind, pc, e)
        lane.written, lane.accesses = set(), []

    def on_R(self, lane, name, known, value):
        if known and known[0] == "x" and value is not None:
            refuse(lane.insn and known[1] in lane.written, "%s is written twice by one instruction", name)
            lane.x[known[1]] = value
            lane.written.add(known[1])

    def on_M(self, lane, write, size, va, value):
        lane.accesses.append((write, size, va, value))

    def on_E(self, lane, pc, name):
        expected = {lane.insn[1]} if lane.insn and lane.insn[0] == "IF" else lane.next
        refuse(expected is not None and pc not in expected, "an exception at %#x, which the CPU has not come to", pc)
        self.finish(lane)
        lane.next = None

    def on_DEBUG(self, lane, name):
        if name == "TraceDiscontinuity":
            self.finish(lane)
            lane.next, lane.x = None, {}

    def on_TEXT(self, lane, event):
        pass


def check(lines):
    """None, or the number of the first wrong line and what is wrong."""
    lines = list(lines)
    checker = Checker(any(re.search(r" R X\d", line) for line in lines), any(re.search(r" M[RW]\d", line) for line in lines))
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            checker.line(line.rstrip("\n"))
        checker.end()
    except Refused as e:
        return number, str(e)
    return None


def main():
    status = 0
    for path in sys.argv[1:]:
        with open(path, encoding="latin-1") as f:
            wrong = check(f)
        if wrong:
            print("%s:%d: %s" % (path, *wrong))
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
