/* Inside the engine: decoded pages and what handlers share. For isa/engine.c and isa/hot_*.c only. */
#ifndef SVEMU_ISA_ENGINE_H
#define SVEMU_ISA_ENGINE_H

#include "isa/isa.h"
#include "mmu/mmu.h"

enum { OPS_PER_PAGE = 1024 };

/* Decoded ops of one 4 KiB physical page for one class of CPUs. ops must stay first: cpu->ops points here. There are
 * two kinds: fast pages, whose handlers the engine chains, and plain ones, whose ops have the fields as plain functions
 * read them (a specialised handler may have put something else there) and whose handler only says that they are
 * decoded. Those are for CPUs that are watched. */
struct code_page {
    struct op ops[OPS_PER_PAGE + 1]; /* the last leaves the page */
    uint64_t pa;
    unsigned map;    /* which of the maps of pages it is in */
    unsigned lo, hi; /* decoded ops are within [lo, hi) */
    bool plain;
    struct timing_model *model; /* NULL, or it is a struct timed_page (isa/timed.h) with costs of this model */
};

/* Handlers that more than one file names. */
handler_fn h_decode, h_plain, h_plain_fp, h_plain_sve, h_page_end, h_redirect;

/* The specialised handler for a decoded op at index within its page, having put what it needs into op's fields; NULL,
 * with the fields the plain function reads untouched, if there is none. */
handler_fn *hot_alu_handler(struct op *op, unsigned index);
handler_fn *hot_branch_handler(struct op *op, unsigned index);
handler_fn *hot_ldst_handler(struct op *op);
handler_fn *hot_sve_handler(const struct op *op);
handler_fn *hot_sve_fp_handler(const struct op *op); /* isa/sve_fp_fast.c */
/* Any op's handler: a specialised one, else one of the plain ones. Changes op's fields only for a specialised one. */
handler_fn *choose_handler(struct op *op, unsigned index);

/* Is there something to check before the function of the row (the row's check is one of these two), and does it pass?
 * false: an exception was taken. */
static ALWAYS_INLINE bool isa_check_passes(struct cpu *cpu, const struct insn *row)
{
    bool due = row->check && (row->check == CheckFPEnabled64 ? cpu->fp_trap : cpu->sve_trap);
    return likely(!due) || row->check(cpu);
}

/* Is the page of a branch's target in the fetch TLB? */
static ALWAYS_INLINE bool branch_in_tlb(const struct cpu *cpu, uint64_t target)
{
    const struct fetch_entry *f = &cpu->fetch_tlb[target >> 12 & (FETCH_TLB_ENTRIES - 1)];
    return likely(f->tag == ((target & ~UINT64_C(0xfff)) | cpu->tlb_ctx));
}
/* Is the instruction at to, which is not decoded, BRK? Its exception saves BTYPE (core/exception.c, keeps_btype). */
NOINLINE bool undecoded_is_brk(const struct cpu *cpu, const struct code_page *page, const struct op *to);
/* BR and BLR set BTYPE, which matters at the target only in a guarded page, or when an exception of a kind that saves
 * it is taken there: PC alignment, an interrupt, BRK. Those go through the plain function. */
static ALWAYS_INLINE bool branch_is_simple(const struct cpu *cpu, const struct op *op, uint64_t target)
{
    const struct fetch_entry *f = &cpu->fetch_tlb[target >> 12 & (FETCH_TLB_ENTRIES - 1)];
    if (f->tag != ((target & ~UINT64_C(0xfff)) | cpu->tlb_ctx) || target & 3 || f->guarded ||
        cpu->icount + (uint64_t)(op + 1 - cpu->run_start) >= cpu->deadline)
        return false;
    const struct op *to = &f->page->ops[target >> 2 & (OPS_PER_PAGE - 1)];
    return unlikely(to->handler == h_decode) ? !undecoded_is_brk(cpu, f->page, to) : to->row != INSN_BRK;
}

/* Leave the handlers with PC at target, the current op counted. */
#define LEAVE_TO(TARGET)                                    \
    do {                                                    \
        cpu->icount += (uint64_t)(op + 1 - cpu->run_start); \
        cpu->run_start = NULL;                              \
        cpu->pc = (TARGET);                                 \
        LEAVE;                                              \
    } while (0)

/* A taken branch to another op of this page. */
#define JUMP_OP(TARGET_OP)                                          \
    do {                                                            \
        const struct op *t_ = (TARGET_OP);                          \
        cpu->icount += (uint64_t)(op + 1 - cpu->run_start);         \
        cpu->run_start = t_;                                        \
        if (unlikely(cpu->icount >= cpu->deadline)) {               \
            cpu->pc = cpu->page_va + (uint64_t)(t_ - cpu->ops) * 4; \
            cpu->run_start = NULL;                                  \
            LEAVE;                                                  \
        }                                                           \
        NEXT(t_);                                                   \
    } while (0)

/* A taken branch to a virtual address: through the fetch TLB, else out to isa_run. */
#define JUMP_VA(TARGET)                                                                          \
    do {                                                                                         \
        uint64_t va_ = (TARGET);                                                                 \
        const struct fetch_entry *f_ = &cpu->fetch_tlb[va_ >> 12 & (FETCH_TLB_ENTRIES - 1)];     \
        if (unlikely(f_->tag != ((va_ & ~UINT64_C(0xfff)) | cpu->tlb_ctx)) || unlikely(va_ & 3)) \
            LEAVE_TO(va_);                                                                       \
        const struct op *first_ = f_->page->ops;                                                 \
        const struct op *to_ = first_ + (va_ >> 2 & (OPS_PER_PAGE - 1));                         \
        cpu->icount += (uint64_t)(op + 1 - cpu->run_start);                                      \
        if (unlikely(cpu->icount >= cpu->deadline)) {                                            \
            cpu->run_start = NULL;                                                               \
            cpu->pc = va_;                                                                       \
            LEAVE;                                                                               \
        }                                                                                        \
        cpu->page_va = va_ & ~UINT64_C(0xfff);                                                   \
        cpu->ops = first_;                                                                       \
        cpu->run_start = to_;                                                                    \
        NEXT(to_);                                                                               \
    } while (0)

#endif
