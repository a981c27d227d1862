/* FEAT_MOPS: memory copy and set in three steps, prologue, main and epilogue. Arm ARM C6.2 (CPYP..., SETP...), C3.2.17.
 *
 * IMPLEMENTATION DEFINED choices: option A (PSTATE.C = 0; going forward the addresses are those of the end and the size
 * counts up from minus the size to zero; going backward the size counts down). The prologue only sets the registers up.
 * Main moves everything, one page of source and destination at a time, and between pages it is an instruction that has
 * been interrupted: its registers say how far it is, and it is executed again. So does the epilogue with what a main
 * that software skipped or that came from elsewhere has left. Copies that overlap with the destination above the source
 * go backward, others forward. A CONSTRAINED UNPREDICTABLE choice of registers is UNDEFINED. */
#include "isa/elem.h"
#include "isa/ldst.h"

enum step { PROLOGUE, MAIN, EPILOGUE };

/* CheckMOPSEnabled(): HCRX_EL2.MSCEn, SCTLR_ELx.MSCEn. Takes the exception and returns false where it is not. */
static bool CheckMOPSEnabled(struct cpu *cpu)
{
    bool el0 = cpu->pstate.EL == EL0, host = ELIsInHost(cpu, EL0);
    enum sysreg_index sctlr = S1TranslationRegime(cpu, EL0) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1;
    if (cpu->pstate.EL == EL2)
        return true;
    why_begin(cpu);
    if ((!(el0 && host) && !control(cpu, SR_HCRX_EL2, 11, 1)) || (el0 && !control(cpu, sctlr, 33, 1))) { /* MSCEn */
        UNDEFINED(cpu, NULL);
        return false;
    }
    why_end(cpu);
    return true;
}
/* The option of main and epilogue is not the one implemented. ISS: Arm ARM D19.2.37 (Memory Copy and Memory Set). */
static void mops_mismatch(struct cpu *cpu, const struct op *op, bool is_set, bool is_setg, unsigned options,
                          enum step step)
{
    unsigned target = exception_default_target(cpu);
    uint32_t iss = (uint32_t)is_set << 24 | (uint32_t)is_setg << 23 | options << 19 | (step == EPILOGUE) << 18 |
                   1 << 17 | 1 << 16 | (uint32_t)op->Rd << 10 | (uint32_t)op->Rs << 5 | op->Rn;
    why_begin(cpu);
    if (target == EL1 && control(cpu, SR_HCRX_EL2, 10, 1)) /* MCE2 */
        target = EL2;
    why_decides(cpu, 1);
    cpu_why(cpu, "memory copy or set instruction of the wrong option or state (FEAT_MOPS)", 0, 0, 0, 0);
    AArch64_Trap(cpu, target, EC_MOPS, iss);
}
static unsigned options_of(const struct op *op) { return op->word >> 12 & 15; }
static uint64_t to_page_end(uint64_t address) { return 4096 - (address & 4095); }
static uint64_t to_page_start(uint64_t end) { return ((end - 1) & 4095) + 1; }
static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
/* Not done: leave by way of the interrupt checks and come back to this instruction. */
static void again(struct cpu *cpu)
{
    BranchTo(cpu, PC(cpu));
    cpu_resync(cpu);
}

/* ---- Set: op2<0> unprivileged, op2<1> non-temporal ---- */
static unsigned set_access(const struct cpu *cpu, const struct op *op)
{
    return ACC_WRITE | (op->op2 & 1 ? unprivileged(cpu) : 0) | (op->op2 & 2 ? ACC_NONTEMPORAL : 0);
}
/* SETG*: addresses and sizes are multiples of 16; a size of zero at an address that is not is right. In main and
 * epilogue, which move everything that is left, nothing left is nothing to check. */
static bool granules_aligned(struct cpu *cpu, uint64_t to, uint64_t size, uint64_t fault_address)
{
    if (!((size | (size ? to : 0)) & 15))
        return true;
    AArch64_AlignmentFault(cpu, fault_address, ACC_WRITE);
    return false;
}
static void memory_set(struct cpu *cpu, const struct op *op, enum step step, bool tags)
{
    uint64_t to = X(cpu, op->Rd), size = X(cpu, op->Rn);
    unsigned acc = set_access(cpu, op) | (tags ? ACC_UNTAGGED : 0);

    if (!CheckMOPSEnabled(cpu))
        return;
    if (step == PROLOGUE) {
        size = least(size, tags ? INT64_MAX & ~UINT64_C(15) : INT64_MAX);
        if (tags && !granules_aligned(cpu, to, size, to))
            return;
        SetX(cpu, op->Rd, to + size);
        SetX(cpu, op->Rn, 0 - size);
        SetNZCV(cpu, 0);
        return;
    }
    if (size && cpu->pstate.C) {
        mops_mismatch(cpu, op, true, tags, op->op2 & 3, step);
        return;
    }
    if (!size || (tags && !granules_aligned(cpu, to, size, to + size)))
        return;
    static const unsigned max = 2048; /* of Mem_write_block */
    uint8_t data[2048];
    memset(data, (uint8_t)X(cpu, op->Rs), sizeof(data));
    for (uint64_t page = least(to_page_end(to + size), 0 - size); page;) {
        unsigned chunk = (unsigned)least(page, max);
        if (!Mem_write_block(cpu, to + size, chunk, 1, 1, acc, data) ||
            (tags && !AArch64_MemTag_write(cpu, to + size, chunk, acc & ACC_UNPRIV,
                                           AArch64_AllocationTagFromAddress(to + size))))
            return;
        size += chunk, page -= chunk;
        SetX(cpu, op->Rn, size);
    }
    if (size)
        again(cpu);
}

/* ---- Copy: options<0> writes and <1> reads unprivileged, <2> writes and <3> reads non-temporal ---- */
static unsigned copy_access(const struct cpu *cpu, const struct op *op, bool is_write)
{
    unsigned options = options_of(op) >> (is_write ? 0 : 1);
    return (is_write ? ACC_WRITE : 0) | (options & 1 ? unprivileged(cpu) : 0) | (options & 4 ? ACC_NONTEMPORAL : 0);
}
static void copy_prologue(struct cpu *cpu, const struct op *op, bool forward_only)
{
    const uint64_t address_bits = Ones(56), largest = forward_only ? INT64_MAX : Ones(55);
    uint64_t to = X(cpu, op->Rd), from = X(cpu, op->Rs), size = least(X(cpu, op->Rn), largest);
    bool backward = !forward_only && (from & address_bits) < (to & address_bits) &&
                    ((from + size) & address_bits) > (to & address_bits);
    if (!backward) {
        SetX(cpu, op->Rd, to + size);
        SetX(cpu, op->Rs, from + size);
        size = 0 - size;
    }
    SetX(cpu, op->Rn, size);
    SetNZCV(cpu, 0);
}
/* At most to the end of the page, forward or backward, of either. */
static void copy_some(struct cpu *cpu, const struct op *op)
{
    uint64_t to = X(cpu, op->Rd), from = X(cpu, op->Rs), size = X(cpu, op->Rn), page;
    bool forward = (int64_t)size < 0;
    uint8_t data[2048];

    if (forward)
        page = least(least(to_page_end(to + size), to_page_end(from + size)), 0 - size);
    else
        page = least(least(to_page_start(to + size), to_page_start(from + size)), size);
    while (page) {
        unsigned chunk = (unsigned)least(page, sizeof(data));
        uint64_t at = forward ? size : size - chunk;
        if (!Mem_read_block(cpu, from + at, chunk, 1, 1, copy_access(cpu, op, false), data) ||
            !Mem_write_block(cpu, to + at, chunk, 1, 1, copy_access(cpu, op, true), data))
            return;
        size = forward ? size + chunk : at;
        page -= chunk;
        SetX(cpu, op->Rn, size);
    }
    if (size)
        again(cpu);
}
static void memory_copy(struct cpu *cpu, const struct op *op, enum step step, bool forward_only)
{
    uint64_t size = X(cpu, op->Rn);

    if (!CheckMOPSEnabled(cpu))
        return;
    if (step == PROLOGUE)
        copy_prologue(cpu, op, forward_only);
    else if (size && cpu->pstate.C)
        mops_mismatch(cpu, op, false, false, options_of(op), step);
    else if (size)
        copy_some(cpu, op);
}

/* ---- The rows: P prologue, M main, E epilogue, then the options ---- */
void exec_CPYP(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYM(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYE(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYERN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPRT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMRT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYERT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPRTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMRTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYERTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPRTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMRTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYERTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPRTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMRTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYERTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYET(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYETN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYETRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYETWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYPWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, false); }
void exec_CPYMWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, false); }
void exec_CPYEWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, false); }
void exec_CPYFP(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFM(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFE(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFERN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPRT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMRT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFERT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPRTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMRTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFERTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPRTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMRTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFERTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPRTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMRTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFERTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFET(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFETN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFETRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFETWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEWT(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEWTN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEWTRN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_CPYFPWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, PROLOGUE, true); }
void exec_CPYFMWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, MAIN, true); }
void exec_CPYFEWTWN(struct cpu *cpu, const struct op *op) { memory_copy(cpu, op, EPILOGUE, true); }
void exec_SETP(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, false); }
void exec_SETM(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, false); }
void exec_SETE(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, false); }
void exec_SETPN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, false); }
void exec_SETMN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, false); }
void exec_SETEN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, false); }
void exec_SETPT(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, false); }
void exec_SETMT(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, false); }
void exec_SETET(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, false); }
void exec_SETPTN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, false); }
void exec_SETMTN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, false); }
void exec_SETETN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, false); }
void exec_SETGP(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, true); }
void exec_SETGM(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, true); }
void exec_SETGE(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, true); }
void exec_SETGPN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, true); }
void exec_SETGMN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, true); }
void exec_SETGEN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, true); }
void exec_SETGPT(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, true); }
void exec_SETGMT(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, true); }
void exec_SETGET(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, true); }
void exec_SETGPTN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, PROLOGUE, true); }
void exec_SETGMTN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, MAIN, true); }
void exec_SETGETN(struct cpu *cpu, const struct op *op) { memory_set(cpu, op, EPILOGUE, true); }
