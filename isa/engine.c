/* The engine: decoded pages per physical code page and class, and the loop around the handlers. DESIGN.md, Execution
 * engine. */
#include "isa/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/machine.h"
#include "core/state.h"
#include "core/stops.h"
#include "core/timing.h"
#include "core/trace.h"
#include "isa/timed.h"
#include "sysregs/sysregs.h"

/* For each CPU a class, with and without a timing model, plain and not. */
enum { MAX_MAPS = 4 * MAX_CPUS, MIN_PAGES = 16 };

/* Decoded pages of one kind, by RAM page number. */
struct page_map {
    struct code_page **page;
    unsigned cls;
    bool plain, simple;         /* simple: struct timing's */
    struct timing_model *model; /* NULL: not timed */
};

struct isa_state {
    struct page_map map[MAX_MAPS];
    unsigned maps;
    struct code_page **pages;    /* all allocated, in order of allocation */
    unsigned count, limit, hand; /* limit: places in pages; hand: the next to be recycled */
    uint64_t bytes, budget;
};

/* ---- Decoded pages ---- */

static struct isa_state *isa_state(struct machine *m)
{
    if (m->isa)
        return m->isa;
    struct isa_state *s = calloc(1, sizeof(*s));
    assert(s);
    s->budget = m->opt.code_cache ? m->opt.code_cache : UINT64_C(128) << 20;
    s->limit = (unsigned)(s->budget / sizeof(struct code_page));
    if (s->limit < MIN_PAGES)
        s->limit = MIN_PAGES;
    s->pages = calloc(s->limit, sizeof(*s->pages));
    assert(s->pages);
    return m->isa = s;
}

/* The number of the map for what the CPU is now. */
static unsigned map_of(const struct cpu *cpu)
{
    struct machine *m = cpu->machine;
    struct isa_state *s = isa_state(m);
    struct page_map want = { .cls = cpu->cls->index,
                             .plain = m->watched,
                             .simple = cpu->timing && cpu->timing->simple,
                             .model = cpu->timing ? cpu->timing->model : NULL };
    void *p;

    for (unsigned i = 0; i < s->maps; i++)
        if (s->map[i].cls == want.cls && s->map[i].plain == want.plain && s->map[i].simple == want.simple &&
            s->map[i].model == want.model)
            return i;
    p = mmap(NULL, (m->mem.size >> 12) * sizeof(struct code_page *), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(p != MAP_FAILED && s->maps < MAX_MAPS);
    want.page = p;
    s->map[s->maps] = want;
    return s->maps++;
}

static struct code_page **place_of(struct machine *m, unsigned map, uint64_t pa)
{
    return &m->isa->map[map].page[(pa - m->mem.base) >> 12];
}

static struct timed_op *timed_of(struct code_page *page, unsigned index)
{
    return &((struct timed_page *)(void *)page)->timed[index];
}

static void place_reset(struct code_page *p, unsigned index)
{
    p->ops[index].handler = h_decode;
    if (p->model)
        timed_of(p, index)->kind = TIMED_NONE;
}

/* Back to "not decoded": only handlers change, since the op being executed may still be read. */
static void page_reset(struct code_page *p)
{
    for (unsigned i = p->lo; i < p->hi; i++)
        place_reset(p, i);
    p->lo = OPS_PER_PAGE, p->hi = 0;
}

static void fetch_tlb_forget(struct machine *m, const struct code_page *p)
{
    for (unsigned c = 0; c < m->cpu_count; c++)
        for (unsigned i = 0; i < FETCH_TLB_ENTRIES; i++)
            if (m->cpus[c]->fetch_tlb[i].page == p)
                m->cpus[c]->fetch_tlb[i].tag = TLB_NO_TAG;
}

void isa_forget_pages(struct machine *m)
{
    for (unsigned c = 0; c < m->cpu_count && m->cpus[c]; c++) /* those that exist already */
        for (unsigned i = 0; i < FETCH_TLB_ENTRIES; i++)
            m->cpus[c]->fetch_tlb[i].tag = TLB_NO_TAG;
}

static uint64_t page_bytes(const struct timing_model *model)
{
    uint64_t bytes = model ? sizeof(struct timed_page) : sizeof(struct code_page);
    return (bytes + 63) & ~UINT64_C(63);
}

static struct code_page *page_alloc(struct isa_state *s, const struct timing_model *model)
{
    struct code_page *p = aligned_alloc(64, page_bytes(model));

    assert(p);
    memset(p, 0, page_bytes(model));
    for (unsigned i = 0; i < OPS_PER_PAGE; i++)
        p->ops[i].handler = h_decode;
    p->lo = OPS_PER_PAGE, p->hi = 0;
    p->ops[OPS_PER_PAGE].handler = model ? h_timed_page_end : h_page_end;
    s->bytes += page_bytes(model);
    return p;
}

static void page_free(struct isa_state *s, struct code_page *p)
{
    s->bytes -= page_bytes(p->model);
    free(p);
}

/* A page that is not the one being executed is taken from its place; of the other size it is made anew. */
static struct code_page *page_recycle(struct machine *m, struct isa_state *s, const struct timing_model *model)
{
    for (;;) {
        unsigned slot = s->hand;
        struct code_page *p = s->pages[slot];
        s->hand = (s->hand + 1) % s->count;
        if (m->current && m->current->ops == p->ops)
            continue;
        fetch_tlb_forget(m, p);
        *place_of(m, p->map, p->pa) = NULL;
        if (!p->model != !model) {
            page_free(s, p);
            return s->pages[slot] = page_alloc(s, model);
        }
        page_reset(p);
        return p;
    }
}

static struct code_page *page_new(struct machine *m, uint64_t pa, unsigned map)
{
    struct isa_state *s = isa_state(m);
    struct timing_model *model = s->map[map].model;
    struct code_page *p;

    if (s->count == s->limit || (s->count >= MIN_PAGES && s->bytes + page_bytes(model) > s->budget))
        p = page_recycle(m, s, model);
    else
        p = s->pages[s->count++] = page_alloc(s, model);
    p->pa = pa;
    p->map = map;
    p->plain = s->map[map].plain;
    p->model = model;
    return *place_of(m, map, pa) = p;
}

static struct code_page *page_for(struct cpu *cpu, uint64_t pa)
{
    unsigned map = map_of(cpu);
    struct code_page *p = *place_of(cpu->machine, map, pa);
    return p ? p : page_new(cpu->machine, pa, map);
}

void isa_code_written(struct machine *m, uint64_t pa)
{
    struct isa_state *s = isa_state(m);
    uint64_t number = (pa - m->mem.base) >> 12;

    for (unsigned i = 0; i < s->maps; i++)
        if (s->map[i].page[number])
            page_reset(s->map[i].page[number]);
    m->mem.page_flags[number] &= (uint8_t)~PAGE_HAS_CODE;
}

void isa_forget_places(struct machine *m, const uint64_t *places)
{
    struct isa_state *s = isa_state(m);

    for (unsigned i = 0; i < OPS_PER_PAGE; i++)
        for (unsigned n = 0; places[i / 64] >> (i % 64) & 1 && n < s->count; n++)
            place_reset(s->pages[n], i);
}

void isa_free(struct machine *m)
{
    struct isa_state *s = m->isa;

    if (!s)
        return;
    for (unsigned i = 0; i < s->maps; i++)
        munmap(s->map[i].page, (m->mem.size >> 12) * sizeof(struct code_page *));
    for (unsigned i = 0; i < s->count; i++)
        free(s->pages[i]);
    free(s->pages);
    free(s);
    m->isa = NULL;
}

/* ---- Handlers for every row ---- */

/* A plain function has run and asks to leave: PC is either set already or the next instruction. */
HANDLER(h_redirect)
{
    bool pc_set = cpu->redirect & REDIRECT_PC;
    LEAVE_TO(pc_set ? cpu->pc : cpu->page_va + (uint64_t)(op + 1 - cpu->ops) * 4);
}

static void exec_undefined(struct cpu *cpu, const struct op *op)
{
    TRACE(TRACE_UNIMP, cpu, "UNDEFINED word %08x", op->word);
    isa_why_undefined(cpu, op->word);
    AArch64_Undefined(cpu);
}

static void exec_todo(struct cpu *cpu, const struct op *op)
{
    char detail[80];
    snprintf(detail, sizeof(detail), "instruction %s (%08x)", insn_table[op->row].id, op->word);
    cpu_stop_unimplemented(cpu, detail, "");
}

static ALWAYS_INLINE void run_exec(struct cpu *cpu, const struct op *op)
{
    cpu->op = op;
    insn_table[op->row].exec(cpu, op);
}

HANDLER(h_plain)
{
    run_exec(cpu, op);
    if (unlikely(cpu->redirect))
        GOTO(h_redirect);
    NEXT(op + 1);
}

static HANDLER(h_check)
{
    cpu->op = op;
    if (!insn_table[op->row].check(cpu))
        GOTO(h_redirect);
    GOTO(h_plain);
}

HANDLER(h_plain_fp)
{
    if (unlikely(cpu->fp_trap))
        GOTO(h_check);
    GOTO(h_plain);
}

HANDLER(h_plain_sve)
{
    if (unlikely(cpu->sve_trap))
        GOTO(h_check);
    GOTO(h_plain);
}

/* Fell off the end of the page: op is the sentinel and not an instruction. */
HANDLER(h_page_end)
{
    op--;
    JUMP_VA(cpu->page_va + 4096);
}

/* The handler of an op that has the fields as the plain function reads them. */
static handler_fn *plain_handler(const struct op *op)
{
    const struct insn *row = &insn_table[op->row];
    return !row->check ? h_plain : row->check == CheckFPEnabled64 ? h_plain_fp : h_plain_sve;
}

/* Specialised handlers are tried on a copy, since they use op's fields for their own. */
handler_fn *choose_handler(struct op *op, unsigned index)
{
    const struct insn *row = &insn_table[op->row];
    struct op hot = *op;
    handler_fn *h = NULL;

    if (!row->check) {
        h = hot_alu_handler(&hot, index);
        if (!h)
            hot = *op, h = hot_branch_handler(&hot, index);
        if (!h)
            hot = *op, h = hot_ldst_handler(&hot);
    } else if (row->check == CheckSVEEnabled) {
        h = hot_sve_handler(op);
    }
    if (h) {
        *op = hot;
        return h;
    }
    return plain_handler(op);
}

static struct code_page *page_of(const struct cpu *cpu) { return (struct code_page *)(uintptr_t)cpu->ops; }

/* From now on watch the page for stores. */
static void page_has_code(struct cpu *cpu, const struct code_page *page)
{
    struct physmem *mem = cpu->mem;
    uint8_t *flags = &mem->page_flags[(page->pa - mem->base) >> 12];

    if (*flags & PAGE_HAS_CODE)
        return;
    *flags |= PAGE_HAS_CODE;
    tlb_write_protect(cpu->machine, page->pa);
}

/* The word at op, decoded or not. */
static uint32_t word_at(const struct cpu *cpu, const struct op *op)
{
    const struct code_page *page = page_of(cpu);
    uint32_t word;
    memcpy(&word, cpu->mem->ram + (page->pa - cpu->mem->base) + (size_t)(op - cpu->ops) * 4, 4);
    return word;
}

/* Decode the op in its page, which thus has code. The caller sets the handler. */
static struct op *decode_in_page(struct cpu *cpu, const struct op *op)
{
    struct code_page *page = page_of(cpu);
    unsigned index = (unsigned)(op - cpu->ops);

    isa_decode(cpu->cls, word_at(cpu, op), &page->ops[index]);
    if (page->model)
        timed_decode(cpu->cls, page->model, &page->ops[index], timed_of(page, index));
    if (index < page->lo)
        page->lo = index;
    if (index >= page->hi)
        page->hi = index + 1;
    page_has_code(cpu, page);
    return &page->ops[index];
}

static handler_fn h_stop_point;

/* The handler of a newly decoded op, which in a timed page stands behind the one that accounts it. */
static handler_fn *handler_for(struct cpu *cpu, struct op *op, unsigned index)
{
    struct code_page *page = page_of(cpu);
    handler_fn *h;

    if (!page->model)
        return choose_handler(op, index);
    struct timed_op *d = timed_of(page, index);
    h = plain_handler(op);
    if (d->kind == TIMED_PLAIN || d->kind == TIMED_LOAD || d->kind == TIMED_STORE)
        d->real = choose_handler(op, index);
    else /* branches are executed by the handlers that account them, or by their plain functions */
        d->real = h;
    return timed_handler(cpu->timing, op, d, page->pa + index * 4, d->real != h);
}

/* First execution: decode and choose the handler. */
HANDLER(h_decode)
{
    struct op *mine = decode_in_page(cpu, op);

    unsigned index = (unsigned)(op - cpu->ops);

    mine->handler = stop_place(cpu->machine, index) ? h_stop_point : handler_for(cpu, mine, index);
    if (unlikely(cpu->timing != NULL))
        timed_run(cpu->timing, timed_op_of(mine));
    NEXT(mine);
}

/* There may be a stop point at this op; its fields are those for plain functions. */
static HANDLER(h_stop_point)
{
    cpu->op = op;
    if (stop_before(cpu, PC(cpu), page_of(cpu)->pa + (uint64_t)(op - cpu->ops) * 4)) {
        cpu->pc = PC(cpu);
        cpu->icount += (uint64_t)(op - cpu->run_start);
        cpu->run_start = NULL;
        LEAVE;
    }
    if (unlikely(cpu->timing != NULL))
        GOTO(h_timed_slow);
    GOTO(plain_handler(op));
}

/* ---- The loop ---- */

/* Look up what the fetch TLB has no page for: its own translation, or a walk. false: an exception was taken. */
static NOINLINE bool fetch_miss(struct cpu *cpu, struct fetch_entry *f)
{
    uint64_t pc = cpu->pc, page = pc & ~UINT64_C(0xfff), pa;
    bool guarded;

    if (f->translated != (page | cpu->tlb_ctx)) {
        if (!mem_fetch_page(cpu, pc, &pa, &guarded))
            return false;
        /* Filled after the walk: the walk itself may change contexts' numbering. */
        *f = (struct fetch_entry){ .translated = page | cpu->tlb_ctx, .guarded = guarded, .frame = pa >> 12 };
    }
    f->page = page_for(cpu, (uint64_t)f->frame << 12);
    f->tag = f->translated;
    return true;
}

/* The op at cpu->pc, or NULL with an exception taken. */
static const struct op *fetch(struct cpu *cpu, bool *guarded)
{
    uint64_t pc = cpu->pc, page = pc & ~UINT64_C(0xfff);
    struct fetch_entry *f = &cpu->fetch_tlb[pc >> 12 & (FETCH_TLB_ENTRIES - 1)];

    if (unlikely(pc & 3)) {
        AArch64_PCAlignmentFault(cpu, pc);
        return NULL;
    }
    if (unlikely(f->tag != (page | cpu->tlb_ctx)) && !fetch_miss(cpu, f))
        return NULL;
    *guarded = f->guarded;
    cpu->page_va = page;
    cpu->ops = f->page->ops;
    return &f->page->ops[pc >> 2 & (OPS_PER_PAGE - 1)];
}

uint32_t isa_current_word(const struct cpu *cpu) { return cpu->ops ? word_at(cpu, cpu->op) : 0; }

/* The instruction being executed where cpu->op is not decoded, or not for plain functions. NULL: cpu->op is. */
static const struct op *stepped;

bool insn_tag_unchecked(const struct cpu *cpu) { return op_tag_unchecked(stepped ? stepped : cpu->op); }

/* What a plain function wants: the decoded op, and what accounts it if the CPU has a timing model. */
struct plain {
    struct op op_copy;
    struct timed_op timed_copy;
    const struct op *op;
    const struct timed_op *timed;
};

/* The op at at: decoded there in a plain page, into a copy in a fast one. */
static void plain_op(struct cpu *cpu, const struct op *at, struct plain *p)
{
    struct code_page *page = page_of(cpu);
    unsigned index = (unsigned)(at - cpu->ops);

    if (page->plain) {
        if (at->handler == h_decode)
            decode_in_page(cpu, at)->handler = h_plain;
        p->op = at;
        p->timed = page->model ? timed_of(page, index) : NULL;
        return;
    }
    isa_decode(cpu->cls, word_at(cpu, at), &p->op_copy);
    p->op = &p->op_copy;
    if (page->model)
        timed_decode(cpu->cls, page->model, p->op, &p->timed_copy);
    p->timed = &p->timed_copy;
    page_has_code(cpu, page); /* wherever something has been executed, by whichever way */
}

/* Execute exactly one instruction by its plain function: for those who watch, single step, stops, and the instruction
 * after a branch with BTYPE. */
static void step_one(struct cpu *cpu, const struct op *at, bool guarded)
{
    struct plain plain;
    const struct op *op;
    const struct insn *row;
    uint8_t btype = cpu->pstate.BTYPE;
    bool watched = cpu->machine->watched;
    uint64_t pc = cpu->pc, pa = page_of(cpu)->pa + (pc & 0xfff);
    struct timed_pending pending = { 0 };

    cpu->op = cpu->run_start = at;
    cpu->redirect = 0;
    plain_op(cpu, at, &plain);
    op = plain.op;
    if (unlikely(btype) && guarded && !branch_target_ok(cpu, op->word)) {
        cpu->icount++;
        cpu->run_start = NULL;
        AArch64_BranchTargetException(cpu, btype);
        return;
    }
    if (unlikely(watched))
        OBSERVE(cpu->machine, insn_begins, cpu, cpu->pc, op->word, op->row);
    if (op->row != INSN_BRK) /* which saves it (core/exception.c, keeps_btype) */
        cpu->pstate.BTYPE = 0;
    stepped = op;
    row = &insn_table[op->row];
    if (unlikely(cpu->timing != NULL))
        pending = timed_before(cpu, op, plain.timed, pc, pa);
    if (isa_check_passes(cpu, row))
        row->exec(cpu, op);
    if (unlikely(pending.pending))
        timed_after(cpu, op, plain.timed, pc, pending);
    stepped = NULL;
    if (unlikely(watched))
        mem_watch_end(cpu);
    cpu->icount++;
    cpu->run_start = NULL;
    if (!(cpu->redirect & REDIRECT_PC))
        cpu->pc += 4;
    if (unlikely(watched))
        OBSERVE(cpu->machine, insn_ended, cpu);
}

static void run_handlers(struct cpu *cpu, const struct op *op)
{
    cpu->run_start = op;
#ifdef SVEMU_TAILCALL
    op->handler(op, cpu);
#else
    while (op)
        op = op->handler(op, cpu);
#endif
    assert(!cpu->run_start);
}

/* The op at cpu->pc, or NULL when an exception was taken in place of its instruction. Arm ARM D1.3.5 (prioritization of
 * synchronous exceptions): Software Step, PC alignment and Instruction Abort, Breakpoint, Illegal Execution state;
 * Branch Target is in step_one(). */
static const struct op *next_op(struct cpu *cpu, bool *guarded)
{
    const struct op *op;

    if (unlikely(cpu->debug_active) && debug_software_step(cpu))
        return NULL;
    op = fetch(cpu, guarded);
    if (!op || (unlikely(cpu->debug_active) && debug_breakpoint(cpu)))
        return NULL;
    if (unlikely(cpu->pstate.IL)) {
        AArch64_IllegalExecution(cpu);
        return NULL;
    }
    return op;
}

/* Would the handlers have been left behind the last instruction, or have compared the deadline? Not for a stop. */
static bool looks(const struct cpu *cpu) { return cpu->redirect & ~REDIRECT_STOP || !(cpu->pc & 0xfff); }

/* One instruction by step_one(). true: the handlers would have been left, or would have compared the deadline, behind
 * it: at redirections and at the end of the page. Elsewhere neither happens here, so that watching changes nothing. */
static bool step(struct cpu *cpu, const struct op *op, bool guarded)
{
    bool debug = cpu->debug_active;
    uint64_t taken = cpu->exceptions_taken;

    step_one(cpu, op, guarded);
    if (debug && taken == cpu->exceptions_taken)
        debug_after_insn(cpu);
    return looks(cpu);
}

/* Those that follow one another in the page while nothing but watching asks for single instructions. Returns what
 * step() does. */
static bool run_watched(struct cpu *cpu, const struct op *op, bool guarded)
{
    for (;; op++) {
        if (step(cpu, op, guarded))
            return true;
        if (cpu->debug_active || cpu->icount >= cpu->deadline || cpu->machine->stop ||
            stop_place(cpu->machine, (unsigned)(op + 1 - cpu->ops)))
            return false;
    }
}

/* Is it the scheduler's turn? deadline may be nearer than the slice's for a stop. */
static bool slice_over(const struct cpu *cpu)
{
    return (cpu->icount >= cpu->deadline && cpu->icount >= cpu->slice_deadline) || cpu->halted ||
           cpu->power != POWER_ON;
}

/* Single instructions, since somebody watches, or something asks for it: single step, BTYPE, a stop that is near. */
static NOINLINE bool run_slowly(struct cpu *cpu, const struct op *op, bool guarded)
{
    unsigned index = (unsigned)(op - cpu->ops);

    if (stop_place(cpu->machine, index) && stop_before(cpu, cpu->pc, page_of(cpu)->pa + (uint64_t)index * 4))
        return false;
    return cpu->machine->watched ? run_watched(cpu, op, guarded) : step(cpu, op, guarded);
}

void isa_run(struct cpu *cpu, bool look)
{
    struct machine *m = cpu->machine;

    while (!m->stop) {
        bool guarded = false;
        const struct op *op;

        if (unlikely(cpu->icount >= cpu->deadline) && stop_due(cpu, look))
            break;
        if (likely(look)) {
            cpu->redirect = 0;
            if (unlikely(cpu->timing != NULL))
                timing_look(cpu);
            cpu_take_interrupt(cpu);
            if (slice_over(cpu))
                return;
            look = false;
            if (unlikely(m->stop) || (unlikely(cpu->icount >= cpu->deadline) && stop_due(cpu, false)))
                break;
        }
        cpu->redirect = 0;
        op = next_op(cpu, &guarded);
        look = true;
        if (!op) {
            cpu->icount++; /* takes time: where a vector faults, too, nothing else would; with a model taking it did */
        } else if (unlikely(m->watched || cpu->debug_active || cpu->pstate.BTYPE || cpu->icount >= cpu->deadline)) {
            look = run_slowly(cpu, op, guarded);
        } else {
            if (unlikely(cpu->timing != NULL)) {
                timed_enter(cpu, cpu->pc, page_of(cpu)->pa + (cpu->pc & 0xfff));
                timed_run(cpu->timing, timed_op_of(op));
            }
            run_handlers(cpu, op);
            look = cpu->redirect != REDIRECT_STOP || looks(cpu);
        }
    }
    if (m->stop == STOP_DEBUG) {
        m->resume = cpu;
        m->resume_look = look;
    }
}

void isa_prepare_table(void)
{
    for (unsigned i = 0; i < INSN_COUNT; i++)
        if (!insn_table[i].exec)
            insn_table[i].exec = exec_todo;
    insn_table[INSN_COUNT].exec = exec_undefined;
}

bool insn_is_todo(unsigned row) { return !insn_table[row].exec || insn_table[row].exec == exec_todo; }

/* ---- Snapshots ---- */

/* Decoded pages are made again as they are executed. */
static void free_pages(struct machine *m)
{
    struct isa_state *s = isa_state(m);

    for (unsigned i = 0; i < s->count; i++) {
        *place_of(m, s->pages[i]->map, s->pages[i]->pa) = NULL;
        page_free(s, s->pages[i]);
    }
    s->count = s->hand = 0;
    isa_forget_pages(m);
}

/* Of a fetch entry only the translation is state. */
static void visit_fetch_entry(struct state_pass *s, const struct physmem *mem, struct fetch_entry *f)
{
    uint64_t translated = f->translated, guarded = f->guarded, frame = f->frame;

    state_cache_value(s, "fetch.translated", &translated, UINT64_MAX);
    state_cache_value(s, "fetch.guarded", &guarded, 1);
    state_cache_value(s, "fetch.frame", &frame, UINT64_MAX >> 12);
    if (state_reading(s) && translated != TLB_NO_TAG && !phys_ram(mem, frame << 12, 0x1000))
        state_refuse(s, "a fetch entry is for no page of RAM");
    if (state_loading(s))
        *f = (struct fetch_entry){ .tag = TLB_NO_TAG, .translated = translated, .guarded = guarded, .frame = frame };
}

void isa_visit(struct state_pass *s, struct machine *m)
{
    if (s->mode == STATE_HASH)
        return;
    if (state_loading(s))
        free_pages(m);
    for (unsigned c = 0; c < state_times(s, m->cpu_count); c++) {
        for (unsigned i = 0; i < state_times(s, FETCH_TLB_ENTRIES); i++)
            visit_fetch_entry(s, &m->mem, &m->cpus[c]->fetch_tlb[i]);
        if (state_loading(s))
            m->cpus[c]->ops = m->cpus[c]->op = m->cpus[c]->run_start = NULL;
    }
}
