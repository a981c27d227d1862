/* Instructions with a timing model: each is accounted, then executed by the handler that it has without one.
 * docs/design.md, Timing.
 *
 * What an instruction needs for its accounting (addresses, whether a branch is taken) is known before it is executed,
 * but for accesses that are not in the first-level TLB: those are accounted afterwards, when they are. */
#include "isa/timed.h"

#include "core/machine.h"
#include "core/timing.h"
#include "isa/timed_account.h"

/* ---- Fetch ---- */

static ALWAYS_INLINE uint64_t line_of(const struct timing *t, uint64_t pa) { return (pa >> t->line_shift) + 1; }

static NOINLINE void fetch_line(struct cpu *cpu, struct timing *t, uint64_t pc, uint64_t pa)
{
    unsigned wait;

    t->s.line = line_of(t, pa);
    pipe_sweep_due(&t->s);
    wait = timing_fetch(cpu, pc, pa, pipe_cycle(&t->s));
    if (wait)
        pipe_stall(&t->s, pipe_cycle(&t->s) + wait, TE_STALL_FRONTEND);
}

void timed_enter(struct cpu *cpu, uint64_t pc, uint64_t pa)
{
    struct timing *t = cpu->timing;
    if (t->s.line != line_of(t, pa))
        fetch_line(cpu, t, pc, pa);
}

static ALWAYS_INLINE uint64_t page_pa(const struct op *ops)
{
    return ((const struct code_page *)(const void *)ops)->pa;
}
static ALWAYS_INLINE uint64_t pc_of(const struct cpu *cpu, const struct op *op)
{
    return cpu->page_va + (uint64_t)((const char *)op - (const char *)cpu->ops) / 8;
}
static ALWAYS_INLINE uint64_t pa_of(const struct cpu *cpu, const struct op *op)
{
    return page_pa(cpu->ops) + (uint64_t)((const char *)op - (const char *)cpu->ops) / 8;
}

/* ---- Handlers ---- */

/* By the plain function, with what is known only afterwards. */
HANDLER(h_timed_slow)
{
    const struct timed_op *d = timed_op_of(op);
    const struct insn *row = &insn_table[op->row];
    uint64_t pc = pc_of(cpu, op);
    struct timed_pending p;

    cpu->op = op;
    p = timed_before(cpu, op, d, pc, pa_of(cpu, op));
    if (isa_check_passes(cpu, row))
        row->exec(cpu, op);
    timed_after(cpu, op, d, pc, p);
    if (unlikely(cpu->redirect))
        GOTO(h_redirect);
    NEXT(op + 1);
}

/* ---- Branches. A taken one goes to the target's op as JUMP_OP and JUMP_VA do, and leaves when the model's time is up,
 * too; the target's line is fetched only after that, since another CPU may come between. ---- */

static ALWAYS_INLINE bool time_is_up(struct cpu *cpu)
{
    const struct timing *t = cpu->timing;

    if (likely(cpu->icount < cpu->deadline && t->s.commit < t->s.until))
        return false;
    if (t->s.commit >= t->s.until)
        cpu->deadline = cpu->slice_deadline = 0;
    return true;
}

#define LEAVE_AT(TARGET)       \
    do {                       \
        cpu->pc = (TARGET);    \
        cpu->run_start = NULL; \
        LEAVE;                 \
    } while (0)

#define TIMED_JUMP(TARGET)                                                                       \
    do {                                                                                         \
        uint64_t va_ = (TARGET), offset_ = va_ - cpu->page_va;                                   \
        const struct op *first_ = cpu->ops;                                                      \
        cpu->icount += (uint64_t)(op + 1 - cpu->run_start);                                      \
        if (unlikely(offset_ >= 4096)) {                                                         \
            const struct fetch_entry *f_ = &cpu->fetch_tlb[va_ >> 12 & (FETCH_TLB_ENTRIES - 1)]; \
            if (unlikely(f_->tag != ((va_ & ~UINT64_C(0xfff)) | cpu->tlb_ctx)))                  \
                LEAVE_AT(va_);                                                                   \
            first_ = f_->page->ops;                                                              \
            offset_ = va_ & 0xfff;                                                               \
        }                                                                                        \
        if (unlikely(time_is_up(cpu)) || unlikely(va_ & 3))                                      \
            LEAVE_AT(va_);                                                                       \
        cpu->page_va = va_ & ~UINT64_C(0xfff);                                                   \
        cpu->ops = first_;                                                                       \
        cpu->run_start = first_ + offset_ / 4;                                                   \
        if (cpu->timing->s.line != line_of(cpu->timing, page_pa(first_) + offset_))              \
            fetch_line(cpu, cpu->timing, va_, page_pa(first_) + offset_);                        \
        op = cpu->run_start;                                                                     \
        NEXT(op);                                                                                \
    } while (0)

static ALWAYS_INLINE bool compare_taken(const struct cpu *cpu, const struct timed_op *d)
{
    uint64_t value = cpu->gpr[d->base];

    if (d->shift < 64)
        return (value >> d->shift & 1) == (d->extend & 1);
    return ((d->extend & 2 ? value : (uint32_t)value) != 0) == (d->extend & 1);
}

/* Each kind twice: for what is simple, and for the rest. BR, BLR and RET are as isa/hot_branch.c has them: what is not
 * that simple is the plain function's. */
#define HANDLERS(PREFIX, SIMPLE)                                                                                   \
    static HANDLER(h_##PREFIX##_plain)                                                                             \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        account_plain(cpu->timing, d, SIMPLE);                                                                     \
        GOTO(d->real);                                                                                             \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_load)                                                                              \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), va = address(cpu, d, pc);                                                    \
        const struct tlb_entry *e = tlb_slot(cpu, va);                                                             \
        unsigned size = access_size(cpu, d);                                                                       \
        if (unlikely(!tlb_hit(cpu, e->read_tag, va, size)))                                                        \
            GOTO(h_timed_slow);                                                                                    \
        account_load(cpu, cpu->timing, d, va, phys_of(cpu->mem, tlb_host(e, va)), size, pc, SIMPLE);               \
        GOTO(d->real);                                                                                             \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_store)                                                                             \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), va = address(cpu, d, pc);                                                    \
        const struct tlb_entry *e = tlb_slot(cpu, va);                                                             \
        unsigned size = access_size(cpu, d);                                                                       \
        if (unlikely(!tlb_hit(cpu, e->write_tag, va, size)))                                                       \
            GOTO(h_timed_slow);                                                                                    \
        account_store(cpu, cpu->timing, d, va, phys_of(cpu->mem, tlb_host(e, va)), size, pc, SIMPLE);              \
        GOTO(d->real);                                                                                             \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_conditional)                                                                       \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), target = pc + (uint64_t)(int64_t)d->offset;                                  \
        bool taken = ConditionHolds(cpu, d->extend);                                                               \
        account_branch(cpu, cpu->timing, d, pc, BRANCH_CONDITIONAL, taken, taken ? target : pc + 4, SIMPLE);       \
        if (!taken)                                                                                                \
            NEXT(op + 1);                                                                                          \
        TIMED_JUMP(target);                                                                                        \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_compare)                                                                           \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), target = pc + (uint64_t)(int64_t)d->offset;                                  \
        bool taken = compare_taken(cpu, d);                                                                        \
        account_branch(cpu, cpu->timing, d, pc, BRANCH_CONDITIONAL, taken, taken ? target : pc + 4, SIMPLE);       \
        if (!taken)                                                                                                \
            NEXT(op + 1);                                                                                          \
        TIMED_JUMP(target);                                                                                        \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_direct)                                                                            \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), target = pc + (uint64_t)(int64_t)d->offset;                                  \
        account_branch(cpu, cpu->timing, d, pc, d->size, true, target, SIMPLE);                                    \
        if (d->size == BRANCH_CALL)                                                                                \
            cpu->gpr[30] = pc + 4;                                                                                 \
        TIMED_JUMP(target);                                                                                        \
    }                                                                                                              \
    static HANDLER(h_##PREFIX##_indirect)                                                                          \
    {                                                                                                              \
        const struct timed_op *d = timed_op_of(op);                                                                \
        uint64_t pc = pc_of(cpu, op), target = cpu->gpr[d->base];                                                  \
        if (unlikely(d->size == BRANCH_RETURN ? !branch_in_tlb(cpu, target) : !branch_is_simple(cpu, op, target))) \
            GOTO(h_timed_slow);                                                                                    \
        account_branch(cpu, cpu->timing, d, pc, d->size, true, target, SIMPLE);                                    \
        if (d->size == BRANCH_INDIRECT_CALL)                                                                       \
            cpu->gpr[30] = pc + 4;                                                                                 \
        TIMED_JUMP(target);                                                                                        \
    }
HANDLERS(timed, false)
HANDLERS(simple, true)

static HANDLER(h_simple_more)
{
    const struct timed_op *d = timed_op_of(op);
    account_more(cpu->timing, d);
    GOTO(d->real);
}

/* The handler for what d is, whatever line it is in. */
static ALWAYS_INLINE handler_fn *kind_handler(const struct timing *t, const struct timed_op *d)
{
#define TABLE(PREFIX)                                                                                             \
    {                                                                                                             \
        [TIMED_PLAIN] = h_##PREFIX##_plain, [TIMED_LOAD] = h_##PREFIX##_load, [TIMED_STORE] = h_##PREFIX##_store, \
        [TIMED_CONDITIONAL] = h_##PREFIX##_conditional, [TIMED_COMPARE] = h_##PREFIX##_compare,                   \
        [TIMED_DIRECT] = h_##PREFIX##_direct, [TIMED_INDIRECT] = h_##PREFIX##_indirect,                           \
    }
    static handler_fn *const handlers[2][TIMED_HANDLERS] = { TABLE(timed), TABLE(simple) };
    if (t->simple && d->flags & TIMED_SIMPLE && d->src[2] != REG_NONE)
        return h_simple_more;
    return d->kind < TIMED_HANDLERS && !(d->flags & TIMED_UNPRIV)
               ? handlers[t->simple && d->flags & TIMED_SIMPLE][d->kind]
               : h_timed_slow;
}

/* The first of a line: fetch it, unless a branch to it has. */
static HANDLER(h_timed_line)
{
    const struct timed_op *d = timed_op_of(op);

    timed_enter(cpu, pc_of(cpu, op), pa_of(cpu, op));
    GOTO(kind_handler(cpu->timing, d));
}

handler_fn *timed_handler(const struct timing *t, const struct timed_op *d, uint64_t pa)
{
    return pa & ((UINT64_C(1) << t->line_shift) - 1) ? kind_handler(t, d) : h_timed_line;
}

HANDLER(h_timed_page_end)
{
    if (cpu->timing->s.commit >= cpu->timing->s.until)
        cpu->deadline = cpu->slice_deadline = 0;
    GOTO(h_page_end);
}
