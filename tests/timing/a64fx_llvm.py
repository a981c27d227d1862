"""Where LLVM's model of the A64FX and the manual differ, instruction by instruction. The model has the manual's numbers then, and
the cycles of a block with such an instruction say nothing about how svemu counts.

An instruction differs in its latency, in how soon another one can begin (its ports), or in cycles of a block of nothing
but it (a written-back base register, which LLVM has as late as what is loaded)."""

import json
import re
import subprocess

# Latencies of what writes no register mean nothing.
NO_RESULT = re.compile(r"(st|prf|b\b|b\.|cb|tb|ret|nop|dmb|dsb|isb|hint)")
EXACT = 0.02


def llvm_data(lines):
    """[(latency, cycles apart)] of instructions, by LLVM."""
    done = subprocess.run(["llvm-mca-19", "-mtriple=aarch64", "-mattr=+all", "-mcpu=a64fx", "-json", "-resource-pressure=false",
                           "-dispatch=4"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["CodeRegions"][0]["InstructionInfoView"]["InstructionList"]
    return [(i["Latency"], i["RThroughput"]) for i in found]


def manual_data(measure, words):
    """The same by the model."""
    jobs = "".join("a64fx costs 512 %08x\n" % w for w in words)
    done = subprocess.run([measure], input=jobs, capture_output=True, text=True, check=True)
    return [(int(part[0]), float(part[2])) for part in (line.split() for line in done.stdout.splitlines())]


def unlike(a, b):
    return a is not None and abs(a - b) > EXACT * max(a, b)


def differing(lines, words, measure, measured, simulated):
    """{instruction: what differs}. measured and simulated: cycles of blocks of one instruction each."""
    found = {}
    for line, ours, llvm, alone, simulated_alone in zip(lines, manual_data(measure, words), llvm_data(lines), measured, simulated):
        said = []
        if ours[0] != llvm[0] and not NO_RESULT.match(line):
            said.append(f"latency {ours[0]}, LLVM {llvm[0]}")
        if unlike(ours[1], llvm[1]):
            said.append(f"one in {ours[1]:.2f} cycles, LLVM {llvm[1]:.2f}")
        if not said and unlike(alone, simulated_alone):
            said.append(f"alone {alone:.2f} cycles, LLVM {simulated_alone:.2f}")
        if said:
            found[line] = ", ".join(said)
    return found
