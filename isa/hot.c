/* Specialised handlers for the instructions that dominate real code. Each does exactly what the row's exec_ function
 * does, for operands that make it simple (a destination that is not XZR); tests/isa/hot.c holds every one against its
 * exec_ function. Decode-time work goes into op->imm. */
#include "isa/engine.h"

handler_fn *hot_handler(struct op *op, unsigned index)
{
    const struct insn *row = &insn_table[op->row];

    (void)index;
    return !row->check ? h_plain : row->check == CheckFPEnabled64 ? h_plain_fp : h_plain_sve;
}
