"""The instruction list of Fujitsu's A64FX Microarchitecture Manual, as a table of text, and what its notation means.

docs/timing-a64fx.md explains the notation. The table itself is not part of svemu: without it there is nothing to do.
"""
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SVEMU_SHARED", os.path.join(TOP, "..", "shared"))
TABLE = os.path.join(SHARED, "arch", "a64fx-latencies.tsv")

# Instructions that the table has under the name of the one before them: their name stands in the option column.
STRAY = re.compile(r"(B\.cond|B|CAS.*|CASP.*|ESB|SWP.*|[A-Z0-9]+, [A-Z0-9]+2( .*)?|"
                   r"(PMULL|SABAL|SABDL|UABAL|UABDL|[SU]MLAL|[SU]MLSL|[SU]MULL|SQDML[AS]L|SQDMULL)\b.*)$")


class Row:
    """A row: where it stands, which instruction, which vector length (0: all), and the manual's columns."""

    def __init__(self, line, table, instruction, option, vl, uops, flags, latency, pipeline):
        self.line, self.table, self.instruction, self.option = line, table, instruction, option
        self.vl, self.uops, self.flags, self.latency, self.pipeline = vl, uops, flags, latency, pipeline

    def key(self):
        return f"{self.table}|{self.instruction}|{self.option}"

    def __str__(self):
        vl = f" VL {self.vl}" if self.vl else ""
        return f"{self.line}: {self.instruction} {self.option}{vl}".rstrip()


def columns(option, uops, flags, latency):
    """Some rows have moved to the left or right by a column: (option, vl, uops, flags, latency)."""
    if uops in ("128", "256", "512"):
        count, _, rest = flags.partition(" ")
        return option, int(uops), count, rest, latency
    if "+" in uops:
        return option, 0, "1", "", uops
    return option, 0, uops, flags, latency


def read(path=TABLE):
    """All rows, with their continuations (an empty option) completed to be told apart."""
    rows = []
    stray = above = ""
    with open(path, encoding="utf-8") as f:
        for line, text in enumerate(f, 1):
            cells = text.rstrip("\n").split("\t")
            if line == 1:
                continue
            table, instruction, option, uops, flags, latency, pipeline = cells + [""] * (7 - len(cells))
            option, vl, uops, flags, latency = columns(option, uops, flags, latency)
            if not rows or instruction != rows[-1].listed or table != rows[-1].table:
                stray = above = ""
            if STRAY.match(option) and (table != "base" or not option.endswith("MULL")):
                stray, above = option, ""
            elif stray and not (option.startswith(("<", "Scalar", "Vector")) or
                                (not option and stray.endswith(("XTL2", "XTL2")))):
                stray = ""
            if vl > 128 and not option:
                option = above
            above = option
            name = instruction
            if stray:
                name = re.match(r"[A-Z0-9.]+(\{[^}]*\}[BH]?)?", stray).group(0)
                form = re.search(r"\((by element|vector)\)", stray)
                if option == stray:
                    option = stray[len(name):].lstrip(", ")
                elif form:
                    option = f"{form.group(0)} {option}"
            row = Row(line, table, name, option, vl, int(uops), flags, latency, pipeline)
            row.listed = instruction
            rows.append(row)
    otherwise(rows)
    return rows


def otherwise(rows):
    """A row without an option behind others of its instruction is about the rest of what the nearest has begun."""
    for before, row in zip(rows, rows[1:]):
        if not row.option and before.key().rsplit("|", 1)[0] == row.key().rsplit("|", 1)[0] and not row.vl:
            row.option = f'else {before.option.removeprefix("else ")}'


# ---- Notation ----
def split(text, separators):
    """text at separators that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if depth == 0 and char in separators:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in parts + [text[start:]]]


def expand(text):
    """The micro-operations of a latency or pipeline: repetitions written out."""
    text = re.sub(r"\[(\d)\)", r"[\1]", text)      # misprints of [1]
    text = re.sub(r"\((\d)\)(?=\d)", r"[\1]", text)
    text = text.replace("((Pipe", "(Pipe") if text.count("(") > text.count(")") else text
    text += ")" * (text.count("(") - text.count(")"))
    result = []
    for part in split(text, "/"):
        repeated = re.match(r"(\[[\d/]+\])?\s*\((.*)\)\s*x\s*(\d+)$", part)
        if not repeated:
            result.append(part)
            continue
        each, body, count = repeated.groups()
        for n in range(int(repeated.group(3))):
            result += [f"[{n + 1}]{u}" if each else u for u in split(body, "/")]
    return result


def flow_cycles(flow):
    """Cycles of one flow, None for NA."""
    pipe = re.match(r"Pipe\((\w+), (\d)\)$", flow)
    if pipe:
        return None if pipe.group(1) == "NA" else int(pipe.group(1)) + int(pipe.group(2)) - 1
    return None if flow == "NA" else int(flow)


def finish_times(latency):
    """For each micro-operation the cycle in which its result is there, operands being there in cycle 0, or None.

    [n] takes the result of the nth micro-operation before it; + and ; chain flows, of which each may take results;
    a , separates flows that do not wait for one another.
    """
    times = []
    for uop in expand(latency):
        ends = []
        for chain in split(uop, ","):
            now = 0
            for flow in split(chain, "+;"):
                taken = re.match(r"\[([\d,]+)\]", flow)
                for back in taken.group(1).split(",") if taken else []:
                    now = max(now, times[-int(back)] or 0)
                cycles = flow_cycles(re.sub(r"^\[[\d,]+\]", "", flow))
                now = None if cycles is None or now is None else now + cycles
            ends.append(now)
        numbers = [end for end in ends if end is not None]
        times.append(max(numbers) if numbers else None)
    return times


def writes_back(row):
    """Its last micro-operation is the addition to the base register."""
    return row.option.startswith(("Post-index", "Pre-index"))


def end_to_end(row):
    """Cycles from the last operand to the register result; None where the table has no number."""
    if not row.latency or row.latency.startswith("n "):
        return None
    times = finish_times(row.latency)
    times = [t for t in (times[:-1] if writes_back(row) else times) if t is not None]
    return max(times) if times else None


if __name__ == "__main__":
    for r in read():
        print(r, "|", r.uops, r.flags, "|", r.latency, "|", end_to_end(r))
