"""Where a model and LLVM's schedule model of the core differ, instruction by instruction. If that is since a manual has another
number, the cycles of a block with such an instruction say nothing about how svemu counts.

An instruction differs in its latency, in how soon another one can begin (its ports), or in cycles of a block of nothing
but it (forwarding to accumulators; a written-back base register, which LLVM sometimes has as late as what is loaded)."""

import json
import re
import subprocess

# Of branches a loop of them is bound by what llvm-mca knows nothing of.
BRANCH = re.compile(r"(b|b\.\w+|cbn?z|tbn?z) ")
# Latencies of what writes no register mean nothing.
NO_RESULT = re.compile(r"(st|prf|b\b|b\.|cb|tb|ret|nop|dmb|dsb|isb|hint)")
EXACT = 0.02


def llvm_data(lines, cpu, options):
    """[(latency, cycles apart)] of instructions, by LLVM."""
    done = subprocess.run(["llvm-mca-19", "-mtriple=aarch64", "-mattr=+all", "-mcpu=" + cpu, "-json",
                           "-resource-pressure=false"] + options, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    region = json.loads(done.stdout)["CodeRegions"][0]
    width = region["SummaryView"]["DispatchWidth"]
    found = region["InstructionInfoView"]["InstructionList"]
    return [(i["Latency"], max(i["RThroughput"], i["NumMicroOpcodes"] / width)) for i in found]


def model_data(measure, model, vl, words):
    """The same by the model, and the tags of its sources: [((latency, cycles apart), tag)]."""
    jobs = "".join(f"{model} costs {vl} {w:08x}\n" for w in words)
    done = subprocess.run([measure], input=jobs, capture_output=True, text=True, check=True)
    return [((int(part[0]), float(part[2])), part[-1]) for part in (line.split() for line in done.stdout.splitlines())]


def unlike(a, b):
    return a is not None and abs(a - b) > EXACT * max(a, b)


def differing(lines, ours, llvm, measured, simulated):
    """{instruction: what differs}. ours, llvm: what the two above say; measured, simulated: cycles of blocks of one instruction each."""
    found = {}
    for line, mine, other, alone, simulated_alone in zip(lines, ours, llvm, measured, simulated):
        said = []
        if mine[0] != other[0] and not NO_RESULT.match(line):
            said.append(f"latency {mine[0]}, LLVM {other[0]}")
        if unlike(mine[1], other[1]):
            said.append(f"one in {mine[1]:.2f} cycles, LLVM {other[1]:.2f}")
        if not said and not BRANCH.match(line) and unlike(alone, simulated_alone):
            said.append(f"alone {alone:.2f} cycles, LLVM {simulated_alone:.2f}")
        if said:
            found[line] = ", ".join(said)
    return found
