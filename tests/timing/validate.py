#!/usr/bin/env python3
"""Cycles of basic blocks (blocks/*.s) as svemu's models count them, beside llvm-mca of LLVM 19.

    tests/timing/validate.py [--model NAME] [--block PATTERN] [--all]

Each block is measured in steady state by build/tests/timing/measure at its model's own vector length, and simulated by
llvm-mca; both as the difference between two numbers of repetitions. Per model the median error must be at most 5 % and the 90th
percentile at most 15 %, and every error above 15 % needs a rule in explained.txt. All blocks count, but that the manual of the
A64FX wins: blocks with an instruction that LLVM has otherwise (instructions.py) and whose line of the model names the manual are
listed with it, and not counted; but of each model at least 80 blocks must be. --all prints every block, else only those that
differ by more than 5 %. Patterns are those of a shell. MEASURE names another measuring program."""

import argparse
import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import sys

import instructions

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MEASURE = os.environ.get("MEASURE", os.path.join(ROOT, "build/tests/timing/measure"))
# model: vector length, LLVM's name of the CPU, further options. LLVM dispatches six on A64FX, the manual says four.
MODELS = {
    "a64fx": (512, "a64fx", ["-dispatch=4"]),
    "neoverse-v1": (256, "neoverse-v1", []),
    "neoverse-n2": (128, "neoverse-n2", []),
    "cortex-a510": (128, "cortex-a510", []),
}
# The tag of the source that wins, by model.
MANUAL = {"a64fx": "M"}
MEDIAN, NINETIETH, EXACT, COUNTED = 0.05, 0.15, 0.02, 80
ITERATIONS = 100


def stop(text):
    print("validate.py: " + text, file=sys.stderr)
    sys.exit(2)


class Block:
    def __init__(self, name, source):
        self.name, self.source = name, source
        self.models, self.setup, self.body = list(MODELS), [], []


def read_blocks():
    blocks = []
    for path in sorted(glob.glob(os.path.join(HERE, "blocks", "*.s"))):
        for line in open(path):
            line = line.strip()
            if line.startswith("# block: "):
                blocks.append(Block(line[9:], os.path.basename(path)))
            elif line.startswith("# on: "):
                blocks[-1].models = line[6:].split()
            elif line.startswith("# setup: "):
                blocks[-1].setup = [s.strip() for s in line[9:].split(";")]
            elif line and line != "1:" and not line.startswith("#"):
                # the loop's branch: repetitions follow each other, so it leads to the word behind it
                blocks[-1].body.append(re.sub(r"\b1b$", "#4", line))
    if len({b.name for b in blocks}) != len(blocks):
        stop("two blocks have one name")
    return blocks


# ---- Words ----

def assemble(parts):
    """Words of each of a list of lists of lines."""
    text = "".join(f"part_{n}:\n" + "\n".join(lines) + "\n" for n, lines in enumerate(parts))
    done = subprocess.run(["llvm-mc-19", "-triple=aarch64", "-mattr=+all", "-show-encoding"], input=text,
                          capture_output=True, text=True)
    if done.returncode:
        stop("llvm-mc refuses the blocks:\n" + done.stderr)
    words, part = [[] for _ in parts], None
    for line in done.stdout.split("\n"):
        label = re.match(r"part_(\d+):", line)
        code = re.search(r"encoding: \[([^]]*)\]", line)
        if label:
            part = words[int(label[1])]
        elif code:
            part.append(sum(int(byte, 0) << 8 * n for n, byte in enumerate(code[1].split(","))))
    return words


# ---- The two sides ----

def measured(model, vl, blocks):
    """Cycles of a repetition for each block, or an error."""
    words = assemble([b.setup for b in blocks] + [b.body for b in blocks])
    jobs = ""
    for setup, body in zip(words, words[len(blocks):]):
        jobs += f"{model} ooo {vl} setup {' '.join('%08x' % w for w in setup)} body {' '.join('%08x' % w for w in body)}\n"
    done = subprocess.run([MEASURE], input=jobs, capture_output=True, text=True)
    lines = done.stdout.strip().split("\n")
    if len(lines) != len(blocks):
        stop(f"{MEASURE} ended after {len(lines)} of {len(blocks)} blocks: {done.stderr}")
    return lines


def simulated(cpu, options, blocks):
    """llvm-mca's cycles of a repetition for each block."""
    text = "".join(f"# LLVM-MCA-BEGIN {b.name}\n" + "\n".join(b.body) + f"\n# LLVM-MCA-END {b.name}\n" for b in blocks)
    cycles = []
    for iterations in (ITERATIONS // 2, 3 * ITERATIONS // 2):
        done = subprocess.run(["llvm-mca-19", "-mtriple=aarch64", "-mattr=+all", "-mcpu=" + cpu, "-json",
                               "-resource-pressure=false", "-instruction-info=false", "-iterations=%d" % iterations] + options,
                              input=text, capture_output=True, text=True)
        if done.returncode:
            stop("llvm-mca refuses the blocks:\n" + done.stderr)
        cycles.append({r["Name"]: r["SummaryView"]["TotalCycles"] for r in json.loads(done.stdout)["CodeRegions"]})
    return [(cycles[1][b.name] - cycles[0][b.name]) / ITERATIONS for b in blocks]


# ---- Instructions that a manual has otherwise than LLVM ----

def cycles_of(line):
    got = re.match(r"([\d.]+) cycles", line)
    return float(got[1]) if got else None


def undisturbed(line):
    """Of an instruction alone: nothing is said if it moves through more memory than the cache has."""
    return cycles_of(line) if "l1d-refills" not in line else None


def manual_wins(model, blocks):
    """{block: those of its instructions that the manual has otherwise than LLVM}."""
    if model not in MANUAL:
        return {}
    vl, cpu, options = MODELS[model]
    lines = sorted({line for b in blocks for line in b.body if not line.startswith("movprfx")})
    alone = []
    for n, line in enumerate(lines):
        alone.append(Block(f"alone-{n}", ""))
        alone[n].body = [line]
    ours = instructions.model_data(MEASURE, model, vl, [w[0] for w in assemble([[line] for line in lines])])
    unlike = instructions.differing(lines, [cost for cost, _ in ours], instructions.llvm_data(lines, cpu, options),
                                    [undisturbed(line) for line in measured(model, vl, alone)],
                                    simulated(cpu, options, alone))
    for line, (_, tag) in zip(lines, ours):
        if tag != MANUAL[model]:
            unlike.pop(line, None)
    found = {}
    for b in blocks:
        said = list(dict.fromkeys(f"{line}: {unlike[line]}" for line in b.body if line in unlike))
        if said:
            found[b.name] = "the manual has otherwise: " + "; ".join(said[:2]) + (f"; and {len(said) - 2} more" if said[2:] else "")
    return found


# ---- Explanations ----

class Rule:
    def __init__(self, models, blocks, cycles, why):
        self.models, self.blocks, self.cycles, self.why, self.used = models.split(","), blocks.split(","), cycles, why, False

    def holds(self, model, block, cycles):
        return (model in self.models and any(fnmatch.fnmatchcase(block, b) for b in self.blocks)
                and (self.cycles is None or abs(cycles - self.cycles) <= EXACT * self.cycles))


def read_rule(text):
    fields = [f.strip() for f in text.split("|")]
    if len(fields) != 4:
        stop("explained.txt: four fields are needed: " + text)
    return Rule(fields[0], fields[1], float(fields[2]) if fields[2] else None, fields[3])


def read_rules():
    rules, path = [], os.path.join(HERE, "explained.txt")
    for line in open(path):
        if line.startswith("#") or not line.strip():
            continue
        if line[0] == " ":
            rules[-1] += " " + line.strip()
        else:
            rules.append(line.strip())
    return [read_rule(text) for text in rules]


# ---- Results ----

def percentile(values, p):
    """The smallest value that at least the part p of all does not exceed."""
    values = sorted(values)
    return values[max(0, -int(-len(values) * p // 1) - 1)]


def compare(model, blocks, rules, show_all):
    """Print one model's blocks; returns (errors, unexplained blocks)."""
    vl, cpu, options = MODELS[model]
    errors, bad, manual = [], [], manual_wins(model, blocks)
    for b, line, mca in zip(blocks, measured(model, vl, blocks), simulated(cpu, options, blocks)):
        cycles = cycles_of(line)
        if cycles is None:
            print(f"{model:12} {b.name:36} {line}")
            bad.append(b.name)
            continue
        error = (cycles - mca) / mca
        rule = next((r for r in rules if r.holds(model, b.name, cycles)), None) if abs(error) > NINETIETH else None
        note = ""
        if b.name not in manual:
            errors.append(abs(error))
        if rule:
            rule.used = True
            note = rule.why
        elif abs(error) > NINETIETH:
            note = manual.get(b.name, "NOT EXPLAINED")
            bad += [] if b.name in manual else [b.name]
        note += " " + " ".join(re.findall(r"(?:l1d-refills|mispredicts) \d+", line))
        if show_all or abs(error) > MEDIAN or note.strip():
            print(f"{model:12} {b.name:36} {cycles:9.2f} {mca:9.2f} {100 * error:+7.1f} %  {note.strip()}".rstrip())
    if manual:
        print(f"{model}: {len(manual)} of {len(blocks)} blocks have instructions that the manual has otherwise")
    return errors, bad


def costs_of(model):
    """The lines of its file that are about instructions."""
    with open(os.path.join(ROOT, "core", "models", model + ".model")) as f:
        return [line for line in f if line.startswith(("class ", "insn "))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="*")
    parser.add_argument("--block", default="*")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    if not shutil.which("llvm-mca-19"):
        print("skip validate-timing: there is no llvm-mca-19 here")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    rules, blocks, passed, failed, everything = read_rules(), read_blocks(), 0, 0, []
    blocks = [b for b in blocks if fnmatch.fnmatchcase(b.name, arguments.block)]
    print(f"{'model':12} {'block':36} {'svemu':>9} {'llvm-mca':>9} {'error':>9}")
    summary = []
    for model in (m for m in MODELS if fnmatch.fnmatchcase(m, arguments.model)):
        chosen = [b for b in blocks if model in b.models]
        if not chosen:
            continue
        errors, bad = compare(model, chosen, rules, arguments.all)
        enough = len(errors) >= COUNTED or arguments.block != "*"
        good = enough and bool(errors) and percentile(errors, 0.5) <= MEDIAN and percentile(errors, 0.9) <= NINETIETH
        passed += len(chosen) - len(bad) + good
        failed += len(bad) + (not good)
        everything += errors
        summary.append((model, errors))
    for model, errors in summary + [("all", everything)]:
        if errors:
            print(f"{model:12} {len(errors)} blocks: median error {100 * percentile(errors, 0.5):.1f} %, 90th percentile "
                  f"{100 * percentile(errors, 0.9):.1f} %, largest {100 * max(errors):.1f} %")
    if arguments.model == arguments.block == "*":
        # LLVM has one schedule model for both, so what holds of the one does of the other.
        if costs_of("cortex-a710") != costs_of("neoverse-n2"):
            print("FAIL cortex-a710.model has other costs than neoverse-n2.model")
            failed += 1
        for r in rules:
            if not r.used:
                print(f"FAIL explained.txt: nothing needs the rule for {','.join(r.models)} {','.join(r.blocks)}")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
