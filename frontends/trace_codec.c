/* What the writer and the reader of binary traces keep alike. */
#include "frontends/trace_codec.h"

#include <stdlib.h>

bool codec_init(struct codec *c, unsigned cpus)
{
    *c = (struct codec){ .cpus = cpus, .cpu = cpus };
    c->of = calloc(cpus + 1, sizeof *c->of);
    c->code = calloc(CODE_SLOTS, sizeof *c->code);
    c->page = calloc(PAGE_SLOTS, sizeof *c->page);
    return c->of && c->code && c->page;
}

void codec_free(struct codec *c)
{
    free(c->of);
    free(c->code);
    free(c->page);
}

unsigned codec_delta_of(unsigned reg, unsigned n)
{
    switch (reg) {
    case TRACE_REG_X: return n < 31 ? n : DELTA_REGS;
    case TRACE_REG_SP: return DELTA_SP;
    case TRACE_REG_PSTATE: return DELTA_PSTATE;
    case TRACE_REG_FPCR: return DELTA_FPCR;
    case TRACE_REG_FPSR: return DELTA_FPSR;
    }
    return DELTA_REGS;
}

unsigned codec_category(unsigned kind)
{
    switch (kind) {
    case TRACE_EV_INSN: return TRACE_INSN;
    case TRACE_EV_REG: return TRACE_REGS;
    case TRACE_EV_MEM: return TRACE_MEM;
    case TRACE_EV_EXCEPTION:
    case TRACE_EV_RETURN: return TRACE_EXCEPTIONS;
    case TRACE_EV_SYSREG: return TRACE_SYSREG;
    case TRACE_EV_VL: return TRACE_VL;
    case TRACE_EV_TIMING: return TRACE_TIMING;
    }
    return TRACE_COUNT;
}
