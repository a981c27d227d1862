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

/* ---- Runs: simple instructions that follow one another are accounted at one go, by the one before them. None of them
 * leaves the handlers or takes an exception, so that all are executed. ---- */

/* Called where two registers are live: saving six would cost as much as accounting an instruction. */
#ifdef SVEMU_TAILCALL
#define RUN_CALL __attribute__((preserve_none))
#else
#define RUN_CALL
#endif
/* What they cost, the same at every vector length, is in fields that they have no use for. */
#define RUN_PORTS(D)   ((uint32_t)(D)->offset)
#define RUN_LATENCY(D) ((D)->size)

/* d: TIMED_RUN, or TIMED_HEAD. */
static NOINLINE RUN_CALL void run_of(struct timing *t, const struct timed_op *d)
{
    struct timing_state *s = &t->s;
    uint64_t slot = s->slot, commit = s->commit, uops = s->uops;
    const uint64_t step = t->slot_step, rob = t->rob;

    do {
        uint64_t at = slot >> SLOT_BITS, room = s->rob[(uops - rob) % MAX_ROB], done;

        if (unlikely(room > at)) {
            s->count[TE_STALL_BACKEND] += room - at;
            slot = room << SLOT_BITS, at = room;
        }
        slot += step;
        at = timing_max(at, timing_max(s->ready[d->src[0]], s->ready[d->src[1]]));
        if (d->src[2] != REG_NONE)
            at = timing_max(at, timing_max(s->ready[d->src[2]], s->ready[d->src[3]]));
        if (unlikely(!simple_books(s, RUN_PORTS(d), &at))) {
            s->slot = slot;
            at = pipe_book_search(s, RUN_PORTS(d), at);
            slot = s->slot; /* if too much waits it holds dispatch up */
        }
        done = at + RUN_LATENCY(d);
        s->ready[d->dst[0]] = done;
        s->ready[d->dst[1]] = done;
        commit = timing_max(commit, done);
        s->rob[uops++ % MAX_ROB] = commit;
        d++;
    } while (d->kind == TIMED_RUN);
    s->slot = slot, s->commit = commit, s->uops = uops;
}

void timed_run(struct timing *t, const struct timed_op *d)
{
    if (d->kind == TIMED_RUN)
        run_of(t, d);
}

/* What follows d, which is about to be executed and goes on behind it. */
static ALWAYS_INLINE void run_after(struct timing *t, const struct timed_op *d)
{
    if (d[1].kind == TIMED_RUN)
        run_of(t, d + 1);
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
    run_after(cpu->timing, d);
    NEXT(op + 1);
}

/* ---- Branches. A taken one goes to the target's op as JUMP_OP and JUMP_VA do, and leaves when the model's time is up,
 * too; the target's line is fetched only after that, since another CPU may come between. ---- */

static ALWAYS_INLINE bool time_is_up(struct cpu *cpu)
{
    const struct timing *t = cpu->timing;

    if (likely(cpu->icount < cpu->deadline && t->s.commit < t->s.until))
        return false;
    timing_look(cpu);
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
        if (timed_op_of(op)->kind == TIMED_RUN)                                                  \
            run_of(cpu->timing, timed_op_of(op));                                                \
        NEXT(op);                                                                                \
    } while (0)

/* Would its check take an exception, or the alignment of SP? */
static ALWAYS_INLINE bool traps(const struct cpu *cpu, const struct timed_op *d)
{
    if (likely(!(d->extend & (EXTEND_CHECKED | EXTEND_SP))))
        return false;
    if (d->extend & EXTEND_SP && cpu->gpr[SP_SLOT] & 15)
        return true;
    return d->extend & EXTEND_CHECKED && (d->flags & TIMED_SVE ? cpu->sve_trap : cpu->fp_trap);
}

/* The two ways of accounting: for what is simple, and for the rest. A specialised handler goes on behind the
 * instruction, so that what follows is accounted before it; a plain function may leave. */
#define EXECUTE_HOT                \
    do {                           \
        run_after(cpu->timing, d); \
        GOTO(d->real);             \
    } while (0)
#define EXECUTE_PLAIN                      \
    do {                                   \
        cpu->op = op;                      \
        insn_table[op->row].exec(cpu, op); \
        if (unlikely(cpu->redirect))       \
            GOTO(h_redirect);              \
        run_after(cpu->timing, d);         \
        NEXT(op + 1);                      \
    } while (0)
#define PLAIN(NAME, SIMPLE, EXECUTE)                \
    static HANDLER(NAME)                            \
    {                                               \
        const struct timed_op *d = timed_op_of(op); \
        if (unlikely(traps(cpu, d)))                \
            GOTO(h_timed_slow);                     \
        account_plain(cpu->timing, d, SIMPLE);      \
        EXECUTE;                                    \
    }
#define ACCESS(NAME, TAG, ACCOUNT, SIMPLE, EXECUTE)                                             \
    static HANDLER(NAME)                                                                        \
    {                                                                                           \
        const struct timed_op *d = timed_op_of(op);                                             \
        uint64_t pc = pc_of(cpu, op), va = address(cpu, d, pc);                                 \
        const struct tlb_entry *e = tlb_slot(cpu, va);                                          \
        unsigned size = access_size(cpu, d);                                                    \
        if (unlikely(!tlb_hit(cpu, e->TAG, va, size)) || unlikely(traps(cpu, d)))               \
            GOTO(h_timed_slow);                                                                 \
        ACCOUNT(cpu, cpu->timing, d, va, phys_of(cpu->mem, tlb_host(e, va)), size, pc, SIMPLE); \
        EXECUTE;                                                                                \
    }
/* The simplest of the simple ones. */
#define OFFSET(NAME, TAG, ACCOUNT)                                                                           \
    static HANDLER(NAME)                                                                                     \
    {                                                                                                        \
        const struct timed_op *d = timed_op_of(op);                                                          \
        uint64_t va = offset_address(cpu, d);                                                                \
        const struct tlb_entry *e = tlb_slot(cpu, va);                                                       \
        if (unlikely(!tlb_hit(cpu, e->TAG, va, d->size)) || (d->extend && unlikely(cpu->gpr[SP_SLOT] & 15))) \
            GOTO(h_timed_slow);                                                                              \
        ACCOUNT(cpu, cpu->timing, d, va, phys_of(cpu->mem, tlb_host(e, va)), d->size, pc_of(cpu, op), true); \
        EXECUTE_HOT;                                                                                         \
    }
OFFSET(h_simple_load_offset, read_tag, account_load)
OFFSET(h_simple_store_offset, write_tag, account_store)
#define CONDITIONAL(NAME, TAKEN, SIMPLE)                                                                     \
    static HANDLER(NAME)                                                                                     \
    {                                                                                                        \
        const struct timed_op *d = timed_op_of(op);                                                          \
        uint64_t pc = pc_of(cpu, op), target = pc + (uint64_t)(int64_t)d->offset;                            \
        bool taken = TAKEN;                                                                                  \
        account_branch(cpu, cpu->timing, d, pc, BRANCH_CONDITIONAL, taken, taken ? target : pc + 4, SIMPLE); \
        if (taken)                                                                                           \
            TIMED_JUMP(target);                                                                              \
        run_after(cpu->timing, d);                                                                           \
        NEXT(op + 1);                                                                                        \
    }
#define DIRECT(NAME, SIMPLE)                                                      \
    static HANDLER(NAME)                                                          \
    {                                                                             \
        const struct timed_op *d = timed_op_of(op);                               \
        uint64_t pc = pc_of(cpu, op), target = pc + (uint64_t)(int64_t)d->offset; \
        account_branch(cpu, cpu->timing, d, pc, d->size, true, target, SIMPLE);   \
        if (d->size == BRANCH_CALL)                                               \
            cpu->gpr[30] = pc + 4;                                                \
        TIMED_JUMP(target);                                                       \
    }
/* BR, BLR and RET as isa/hot_branch.c has them: what is not that simple is the plain function's. */
#define INDIRECT(NAME, SIMPLE)                                                                                     \
    static HANDLER(NAME)                                                                                           \
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
#define HANDLERS(PREFIX, SIMPLE)                                                       \
    PLAIN(h_##PREFIX##_plain, SIMPLE, EXECUTE_HOT)                                     \
    ACCESS(h_##PREFIX##_load, read_tag, account_load, SIMPLE, EXECUTE_HOT)             \
    ACCESS(h_##PREFIX##_store, write_tag, account_store, SIMPLE, EXECUTE_HOT)          \
    PLAIN(h_##PREFIX##_plain_leaves, SIMPLE, EXECUTE_PLAIN)                            \
    ACCESS(h_##PREFIX##_load_leaves, read_tag, account_load, SIMPLE, EXECUTE_PLAIN)    \
    ACCESS(h_##PREFIX##_store_leaves, write_tag, account_store, SIMPLE, EXECUTE_PLAIN) \
    CONDITIONAL(h_##PREFIX##_conditional, ConditionHolds(cpu, d->extend), SIMPLE)      \
    CONDITIONAL(h_##PREFIX##_compare, compare_taken(cpu, d), SIMPLE)                   \
    DIRECT(h_##PREFIX##_direct, SIMPLE)                                                \
    INDIRECT(h_##PREFIX##_indirect, SIMPLE)
HANDLERS(timed, false)
HANDLERS(simple, true)

/* One for each condition: what decides is found sooner, and the host tells them apart when it predicts. */
#define P cpu->pstate
#define BY_CONDITION(X)       \
    X(eq, P.Z)                \
    X(ne, !P.Z)               \
    X(cs, P.C)                \
    X(cc, !P.C)               \
    X(mi, P.N)                \
    X(pl, !P.N)               \
    X(vs, P.V)                \
    X(vc, !P.V)               \
    X(hi, P.C && !P.Z)        \
    X(ls, !(P.C && !P.Z))     \
    X(ge, P.N == P.V)         \
    X(lt, P.N != P.V)         \
    X(gt, P.N == P.V && !P.Z) \
    X(le, !(P.N == P.V && !P.Z))
#define BY_VALUE(X)                              \
    X(cbz_w, !(uint32_t)cpu->gpr[d->base])       \
    X(cbnz_w, (uint32_t)cpu->gpr[d->base] != 0)  \
    X(cbz_x, !cpu->gpr[d->base])                 \
    X(cbnz_x, cpu->gpr[d->base] != 0)            \
    X(tbz, !(cpu->gpr[d->base] >> d->shift & 1)) \
    X(tbnz, cpu->gpr[d->base] >> d->shift & 1)
#define SIMPLE_CONDITIONAL(NAME, TAKEN) CONDITIONAL(h_simple_##NAME, TAKEN, true)
BY_CONDITION(SIMPLE_CONDITIONAL)
BY_VALUE(SIMPLE_CONDITIONAL)

static handler_fn *simple_conditional(const struct timed_op *d)
{
#define NAMED(NAME, TAKEN) h_simple_##NAME,
    static handler_fn *const by_condition[] = { BY_CONDITION(NAMED) }, *const by_value[] = { BY_VALUE(NAMED) };
    if (d->kind == TIMED_CONDITIONAL)
        return d->extend < 14 ? by_condition[d->extend] : h_simple_conditional;
    return by_value[d->shift < 64 ? 4 + (d->extend & 1) : d->extend & 3];
}

/* The first of a line and the first of a run. */
static HANDLER(h_timed_head)
{
    const struct timed_op *d = timed_op_of(op);
    run_of(cpu->timing, d);
    GOTO(d->real);
}

/* Those whose extend is enum timed_extend. */
static ALWAYS_INLINE bool has_extend(const struct timed_op *d)
{
    return d->kind == TIMED_PLAIN || d->kind == TIMED_LOAD || d->kind == TIMED_STORE;
}

/* The handler for what d is, whatever line it is in. */
static ALWAYS_INLINE handler_fn *kind_handler(const struct timing *t, const struct timed_op *d)
{
#define TABLE(PREFIX, HOW)                                                                                           \
    {                                                                                                                \
        [TIMED_HEAD] = h_timed_head, [TIMED_PLAIN] = h_##PREFIX##_plain##HOW, [TIMED_LOAD] = h_##PREFIX##_load##HOW, \
        [TIMED_STORE] = h_##PREFIX##_store##HOW, [TIMED_CONDITIONAL] = h_##PREFIX##_conditional,                     \
        [TIMED_COMPARE] = h_##PREFIX##_compare, [TIMED_DIRECT] = h_##PREFIX##_direct,                                \
        [TIMED_INDIRECT] = h_##PREFIX##_indirect,                                                                    \
    }
    static handler_fn *const handlers[2][2][TIMED_HANDLERS] = { { TABLE(timed, ), TABLE(timed, _leaves) },
                                                                { TABLE(simple, ), TABLE(simple, _leaves) } };
    bool simple = t->simple && d->flags & TIMED_SIMPLE && d->src[2] == REG_NONE;
    bool leaves = has_extend(d) && d->extend & EXTEND_LEAVES;

    if (simple && (d->kind == TIMED_CONDITIONAL || d->kind == TIMED_COMPARE))
        return simple_conditional(d);
    if (simple && is_offset(d) && (d->kind == TIMED_LOAD || d->kind == TIMED_STORE))
        return d->kind == TIMED_LOAD ? h_simple_load_offset : h_simple_store_offset;
    return d->kind >= TIMED_HANDLERS || d->flags & TIMED_UNPRIV ? h_timed_slow : handlers[simple][leaves][d->kind];
}

/* The first of a line: fetch it, unless a branch to it has. */
static HANDLER(h_timed_line)
{
    const struct timed_op *d = timed_op_of(op);

    timed_enter(cpu, pc_of(cpu, op), pa_of(cpu, op));
    GOTO(kind_handler(cpu->timing, d));
}

handler_fn *timed_handler(const struct timing *t, const struct op *op, struct timed_op *d, uint64_t pa, bool hot)
{
    bool first = !(pa & ((UINT64_C(1) << t->line_shift) - 1));

    if (has_extend(d) && !hot && !insn_table[op->row].check)
        d->extend |= EXTEND_LEAVES;
    if (hot && t->simple && d->kind == TIMED_PLAIN && d->flags & TIMED_SIMPLE && !(d->extend & EXTEND_CHECKED)) {
        d->kind = first ? TIMED_HEAD : TIMED_RUN;
        d->offset = (int32_t)t->cost[d->cost].use.ports;
        d->size = t->cost[d->cost].latency;
        if (!first)
            return d->real;
    }
    return first ? h_timed_line : kind_handler(t, d);
}

HANDLER(h_timed_page_end)
{
    timing_look(cpu);
    GOTO(h_page_end);
}
