/* The engine: decoded pages per physical code page and class, and the loop around the handlers. DESIGN.md, Execution
 * engine. */
#include "isa/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/machine.h"
#include "core/state.h"
#include "core/stops.h"
#include "core/trace.h"
#include "sysregs/sysregs.h"

enum { MAX_CLASSES = 64, MAX_MAPS = 2 * MAX_CLASSES };

struct isa_state {
    struct code_page **map[MAX_MAPS]; /* class * 2, + 1 for plain pages: by RAM page number */
    unsigned maps;                    /* those from here on are not there */
    struct code_page **pages;         /* all allocated, in order of allocation */
    unsigned count, limit, hand;      /* hand: the next to be recycled */
};

/* ---- Decoded pages ---- */

static struct isa_state *isa_state(struct machine *m)
{
    if (m->isa)
        return m->isa;
    struct isa_state *s = calloc(1, sizeof(*s));
    uint64_t budget = m->opt.code_cache ? m->opt.code_cache : UINT64_C(128) << 20;
    assert(s);
    s->limit = (unsigned)(budget / sizeof(struct code_page));
    if (s->limit < 16)
        s->limit = 16;
    s->pages = calloc(s->limit, sizeof(*s->pages));
    assert(s->pages);
    return m->isa = s;
}

static struct code_page **page_map(struct machine *m, unsigned map)
{
    struct isa_state *s = isa_state(m);
    size_t bytes = (m->mem.size >> 12) * sizeof(struct code_page *);

    assert(map < MAX_MAPS);
    if (!s->map[map]) {
        void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        assert(p != MAP_FAILED);
        s->map[map] = p;
        if (s->maps <= map)
            s->maps = map + 1;
    }
    return s->map[map];
}

/* Back to "not decoded": only handlers change, since the op being executed may still be read. */
static void page_reset(struct code_page *p)
{
    for (unsigned i = p->lo; i < p->hi; i++)
        p->ops[i].handler = h_decode;
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
    for (unsigned c = 0; c < m->cpu_count; c++)
        for (unsigned i = 0; i < FETCH_TLB_ENTRIES; i++)
            m->cpus[c]->fetch_tlb[i].tag = TLB_NO_TAG;
}

static struct code_page *page_recycle(struct machine *m, struct isa_state *s)
{
    for (;;) {
        struct code_page *p = s->pages[s->hand];
        s->hand = (s->hand + 1) % s->count;
        if (m->current && m->current->ops == p->ops)
            continue;
        fetch_tlb_forget(m, p);
        page_map(m, p->map)[(p->pa - m->mem.base) >> 12] = NULL;
        page_reset(p);
        return p;
    }
}

static struct code_page *page_new(struct machine *m, uint64_t pa, unsigned map)
{
    struct isa_state *s = isa_state(m);
    struct code_page *p;

    if (s->count == s->limit) {
        p = page_recycle(m, s);
    } else {
        p = aligned_alloc(64, (sizeof(*p) + 63) & ~(size_t)63);
        assert(p);
        memset(p, 0, sizeof(*p));
        p->lo = 0, p->hi = OPS_PER_PAGE;
        page_reset(p);
        p->ops[OPS_PER_PAGE].handler = h_page_end;
        s->pages[s->count++] = p;
    }
    p->pa = pa;
    p->map = map;
    p->plain = map & 1;
    return page_map(m, map)[(pa - m->mem.base) >> 12] = p;
}

static struct code_page *page_for(struct cpu *cpu, uint64_t pa)
{
    unsigned map = cpu->cls->index * 2 + cpu->machine->watched;
    struct code_page *p = page_map(cpu->machine, map)[(pa - cpu->mem->base) >> 12];
    return p ? p : page_new(cpu->machine, pa, map);
}

void isa_code_written(struct machine *m, uint64_t pa)
{
    struct isa_state *s = isa_state(m);
    uint64_t number = (pa - m->mem.base) >> 12;

    for (unsigned i = 0; i < s->maps; i++)
        if (s->map[i] && s->map[i][number])
            page_reset(s->map[i][number]);
    m->mem.page_flags[number] &= (uint8_t)~PAGE_HAS_CODE;
}

void isa_forget_places(struct machine *m, const uint64_t *places)
{
    struct isa_state *s = isa_state(m);

    for (unsigned i = 0; i < OPS_PER_PAGE; i++)
        for (unsigned n = 0; places[i / 64] >> (i % 64) & 1 && n < s->count; n++)
            s->pages[n]->ops[i].handler = h_decode;
}

void isa_free(struct machine *m)
{
    struct isa_state *s = m->isa;

    if (!s)
        return;
    for (unsigned i = 0; i < s->maps; i++)
        if (s->map[i])
            munmap(s->map[i], (m->mem.size >> 12) * sizeof(struct code_page *));
    for (unsigned i = 0; i < s->count; i++)
        free(s->pages[i]);
    free(s->pages);
    free(s);
    m->isa = NULL;
}

/* ---- Handlers for every row ---- */

/* A plain function has run and asks to leave: PC is either set already or the next instruction. */
static HANDLER(h_redirect)
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
    if (index < page->lo)
        page->lo = index;
    if (index >= page->hi)
        page->hi = index + 1;
    page_has_code(cpu, page);
    return &page->ops[index];
}

static handler_fn h_stop_point;

/* First execution: decode and choose the handler. */
HANDLER(h_decode)
{
    struct op *mine = decode_in_page(cpu, op);

    unsigned index = (unsigned)(op - cpu->ops);

    mine->handler = stop_place(cpu->machine, index) ? h_stop_point : choose_handler(mine, index);
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

/* The op at at as plain functions want it: decoded there in a plain page, into copy in a fast one. */
static const struct op *plain_op(struct cpu *cpu, const struct op *at, struct op *copy)
{
    struct code_page *page = page_of(cpu);

    if (page->plain && at->handler != h_decode)
        return at;
    if (page->plain) {
        struct op *mine = decode_in_page(cpu, at);
        mine->handler = h_plain;
        return mine;
    }
    isa_decode(cpu->cls, word_at(cpu, at), copy);
    page_has_code(cpu, page); /* wherever something has been executed, by whichever way */
    return copy;
}

/* Is there something to check before the function of the row? The row's check is one of these two. */
static bool check_due(const struct cpu *cpu, const struct insn *row)
{
    return row->check && (row->check == CheckFPEnabled64 ? cpu->fp_trap : cpu->sve_trap);
}

/* Execute exactly one instruction by its plain function: for those who watch, single step, stops, and the instruction
 * after a branch with BTYPE. */
static void step_one(struct cpu *cpu, const struct op *at, bool guarded)
{
    struct op copy;
    const struct op *op;
    const struct insn *row;
    uint8_t btype = cpu->pstate.BTYPE;
    bool watched = cpu->machine->watched;

    cpu->op = cpu->run_start = at;
    cpu->redirect = 0;
    op = plain_op(cpu, at, &copy);
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
    if (!check_due(cpu, row) || row->check(cpu))
        row->exec(cpu, op);
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
            cpu->icount++; /* takes time: where a vector faults, too, nothing else would */
        } else if (unlikely(m->watched || cpu->debug_active || cpu->pstate.BTYPE || cpu->icount >= cpu->deadline)) {
            look = run_slowly(cpu, op, guarded);
        } else {
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
        page_map(m, s->pages[i]->map)[(s->pages[i]->pa - m->mem.base) >> 12] = NULL;
        free(s->pages[i]);
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
