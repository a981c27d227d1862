/* Instructions as people read them. */
#include "isa/isa.h"

#include "core/trace.h"

void trace_insn(const struct cpu *cpu, const struct op *op)
{
    trace_line(TRACE_INSN, cpu, "%08x %s", op->word, insn_table[op->row].id);
}
