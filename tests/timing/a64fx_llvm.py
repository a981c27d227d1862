"""Where LLVM's model of the A64FX and the manual differ, instruction by instruction: then the manual's numbers are the model's,
and cycles of a block with such an instruction say nothing about how svemu counts.

An instruction differs in its latency, or in how often it can begin: cycles of a block of nothing but it. What validate.py
measures and simulates blocks with comes from there."""

import json
import re
import subprocess

# Latencies of what writes no register mean nothing.
NO_RESULT = re.compile(r"(st|prf|b\b|b\.|cb|tb|ret|nop|dmb|dsb|isb|cmp|svc|hint)")
EXACT = 0.02


def llvm_latencies(lines):
    """Of each instruction, by LLVM."""
    done = subprocess.run(["llvm-mca-19", "-mtriple=aarch64", "-mattr=+all", "-mcpu=a64fx", "-json", "-resource-pressure=false"],
                          input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["CodeRegions"][0]["InstructionInfoView"]["InstructionList"]
    return [i["Latency"] for i in found]


def our_latencies(measure, words):
    done = subprocess.run([measure], input="".join("a64fx costs 512 %08x\n" % w for w in words), capture_output=True,
                          text=True, check=True)
    return [int(line.split()[0]) for line in done.stdout.splitlines()]


def differing(lines, words, measure, measured, simulated):
    """{instruction: text} of those of lines that differ. words: theirs; measured and simulated: of a list of bodies."""
    found = {}
    for line, word_latency, llvm, ours, other in zip(lines, our_latencies(measure, words), llvm_latencies(lines),
                                                     measured, simulated):
        said = []
        if word_latency != llvm and not NO_RESULT.match(line):
            said.append(f"latency {word_latency} by the manual, {llvm} by LLVM")
        if ours is not None and abs(ours - other) > EXACT * other:
            said.append(f"one in {ours:.2f} cycles, {other:.2f} by LLVM")
        if said:
            found[line] = f"{line}: " + ", ".join(said)
    return found
