// Runs a list of probes (one instruction each) at EL0, EL1 and EL2 under a list of controls, which tests/matrix puts
// behind the image, and prints what became of each: in full without a control, then where a control changes it.
#include "../bare/bare.h"
#include "matrix.h"

const char bare_name[] = "matrix";

struct frame {
    uint64_t entry, spsr, slot, x0, x1;               // in
    uint64_t out, vector, vector1, esr, elr, outspsr; // out
    uint64_t kept[13];
};
_Static_assert(offsetof(struct frame, kept) == FRAME_KEPT && offsetof(struct frame, out) == FRAME_OUT, "matrix.h");

extern char __image_end[], el2_vectors[], el2_entry[], el2_done[];
extern uint32_t el1_vectors[16][0x80 / 4];
void run_probe(struct frame *frame);
void matrix_unexpected(uint64_t esr, uint64_t elr, uint64_t far);

// What a probe did: ESR in the low half of .what, above it DONE or EL and vector; .more is X0, or SPSR and, in the high
// half, where the exception returns to in bytes from the probe.
struct outcome {
    uint64_t what, more;
};
enum { EL_SHIFT = 32, VECTOR_SHIFT = 36, DONE = 1 << 9 };

// Memory beyond the image. The arena is a page that instructions may read and write.
#define SLOTS    0x44000000ull
#define ARENA    0x47000000ull
#define BASELINE 0x48000000ull
enum { ELS = 3 };

#define SVC(n)        (0xd4000001 | (uint32_t)(n) << 5)
#define HVC(n)        (0xd4000002 | (uint32_t)(n) << 5)
#define NOP           0xd503201fu
#define WFE           0xd503205fu // takes the event that every exception return leaves
#define MRS_ACTLR_EL1 0xd538103fu // mrs xzr, actlr_el1

static const struct header *header;
static const struct probe *probes;
static const struct setup *setups;
static const struct run *runs;
static uint64_t cases;

// Of each EL and probe: what comes before it, the probe, what comes after it, and nothing; this is the probe's address.
static uint32_t *slot_of(unsigned el, unsigned probe)
{
    return (uint32_t *)SLOTS + (el * header->probes + probe) * 4 + 1;
}

static struct outcome *baseline_of(unsigned config, unsigned el, unsigned probe)
{
    return (struct outcome *)BASELINE + (config * ELS + el) * header->probes + probe;
}

// ---- Output: a whole line at a time ----
static char line[128];
static unsigned used;

static void put(char c) { line[used++] = c; }

static void put_hex(uint64_t value)
{
    int shift = 60;

    while (shift && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static void put_line(void)
{
    for (unsigned i = 0; i < used; i++)
        write32(UART_BASE, (uint8_t)line[i]);
    write32(UART_BASE, '\n');
    used = 0;
}

void matrix_unexpected(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("FAIL matrix: exception between probes: esr ");
    print_hex(esr);
    print(" elr ");
    print_hex(elr);
    print(" far ");
    print_hex(far);
    print("\n");
    bare_end();
}

// ---- Registers by encoding: two instructions, MSR and RET ----
typedef void writer(uint64_t value);
static uint32_t writers[1024][2] __attribute__((aligned(4096))); // no data in pages that are executed

static writer *make_writer(unsigned n, uint32_t word)
{
    writers[n][0] = word;
    writers[n][1] = 0xd65f03c0; // ret
    return (writer *)(uintptr_t)writers[n];
}

// The setups come first; those behind them are written anew for each run.
static void make_writers(void)
{
    if (header->setups + 2 > sizeof(writers) / sizeof(writers[0])) {
        print("FAIL matrix: too many setups\n");
        bare_end();
    }
    for (unsigned i = 0; i < header->setups; i++)
        make_writer(i, setups[i].word);
}

static void set_up_registers(unsigned e2h)
{
    for (unsigned i = 0; i < header->setups; i++)
        if (setups[i].when >> e2h & 1)
            ((writer *)(uintptr_t)writers[i])(setups[i].value);
}

static void write_controls(const struct run *run)
{
    for (unsigned i = 0; i < 2; i++)
        if (run->words[i])
            ((writer *)(uintptr_t)writers[header->setups + i])(run->values[i]);
}

static void make_slots(void)
{
    for (unsigned p = 0; p < header->probes; p++) {
        for (unsigned el = 0; el < ELS; el++) {
            slot_of(el, p)[-1] = probes[p].flags & PROBE_NO_EVENT ? WFE : NOP;
            slot_of(el, p)[0] = probes[p].word;
        }
        slot_of(0, p)[1] = SVC(MARK_DONE);
        slot_of(1, p)[1] = HVC(MARK_DONE);
        int64_t offset = (int64_t)(uintptr_t)el2_done - (int64_t)(uintptr_t)&slot_of(2, p)[1];
        slot_of(2, p)[1] = 0x14000000 | ((uint32_t)(offset / 4) & 0x3ffffff);
    }
    DSB();
    asm volatile("ic iallu; dsb sy; isb" ::: "memory");
}

// ---- One probe ----
static void timer_start(bool later)
{
    WRITE(cnthp_tval_el2, READ(cntfrq_el0) / (later ? 200 : 50000)); // 5 ms or 20 us
    WRITE(cnthp_ctl_el2, 1);
    ISB();
}

static void timer_stop(void)
{
    WRITE(cnthp_ctl_el2, 0);
    ISB();
}

static bool to_el1(const struct frame *f)
{
    return f->vector != VECTOR_DONE && f->elr - (uintptr_t)el1_vectors < sizeof(el1_vectors);
}

static struct outcome outcome_of(const struct frame *f, bool e2h)
{
    uint64_t esr = f->esr, elr = f->elr, spsr = f->outspsr, vector = f->vector, el = 2;

    if (to_el1(f)) {
        el = 1;
        vector = f->vector1;
        esr = e2h ? READ(s3_5_c5_c2_0) : READ(esr_el1);
        elr = e2h ? READ(s3_5_c4_c0_1) : READ(elr_el1);
        spsr = e2h ? READ(s3_5_c4_c0_0) : READ(spsr_el1);
    }
    // Behind the probe comes a call, which may be trapped or UNDEFINED itself.
    bool call = ESR_EC(esr) >= EC_SVC && ESR_EC(esr) <= EC_SVC + 2;
    bool marked = call && (esr & 0xffff) == MARK_DONE;
    if (vector == VECTOR_DONE || (!(vector & 3) && (marked || (elr - f->slot == 4 && !call))))
        return (struct outcome){ (uint64_t)DONE << EL_SHIFT, f->out };
    // An interrupt that ends a wait is taken where it is routed to EL2, and masked elsewhere.
    if (vector & 3)
        return (struct outcome){ (uint64_t)DONE << EL_SHIFT, 0 };
    return (struct outcome){ (esr & 0xffffffff) | el << EL_SHIFT | vector << VECTOR_SHIFT,
                             (spsr & 0xffffffff) | (elr - f->slot) << 32 };
}

static uint64_t argument_of(const struct run *run, const struct probe *p)
{
    if (p->flags & PROBE_FROM_READ) {
        const struct outcome *o = baseline_of(run->config, run->el, (unsigned)p->value);
        return o->what >> EL_SHIFT == DONE ? o->more : 0;
    }
    return p->value + (p->flags & PROBE_ARENA ? ARENA : 0);
}

static struct outcome try_probe(const struct run *run, unsigned number)
{
    static const uint64_t spsr[] = { 0x3c0, 0x3c5, 0x3c9 };
    const struct probe *p = &probes[number];
    bool e2h = run->config & 1;
    static struct frame f;

    f.slot = (uintptr_t)slot_of(run->el, number);
    f.spsr = spsr[run->el];
    f.x1 = ARENA;
    f.entry = run->el == 2 ? (uintptr_t)el2_entry : f.slot - 4;
    f.x0 = argument_of(run, p);
    if (run->el == 1) { // an ERET under test goes to the next instruction
        if (e2h) {
            WRITE(s3_5_c4_c0_1, f.slot + 4);
            WRITE(s3_5_c4_c0_0, 0x3c5);
        } else {
            WRITE(elr_el1, f.slot + 4);
            WRITE(spsr_el1, 0x3c5);
        }
    }
    if (p->flags & PROBE_TIMER)
        timer_start(run->flags & RUN_WAIT);
    run_probe(&f);
    if (p->flags & PROBE_TIMER)
        timer_stop();
    cases++;
    return outcome_of(&f, e2h);
}

// ---- A run ----

// The instructions that differ between runs: those that write the controls, and how EL1's vectors pass an exception on
// to EL2. With HCR_EL2.HCD set there is no HVC; HCR_EL2.TACR is set as well then, and what follows an exception to EL1
// is the access that this traps.
static void write_code(const struct run *run)
{
    uint32_t word = run->flags & RUN_NO_HVC ? MRS_ACTLR_EL1 : HVC(MARK_EL1);

    for (unsigned i = 0; i < 2; i++)
        if (run->words[i])
            make_writer(header->setups + i, run->words[i]);
    if (el1_vectors[0][1] != word)
        for (unsigned i = 0; i < 16; i++)
            el1_vectors[i][1] = word;
    DSB();
    asm volatile("ic iallu; dsb sy; isb" ::: "memory");
}

static void set_up(const struct run *run)
{
    unsigned e2h = run->config & 1;

    write_code(run);
    WRITE(hcr_el2, (uint64_t)(run->config & 1) << 34 | (uint64_t)(run->config >> 1) << 27 | HCR_RW);
    ISB();
    set_up_registers(e2h);
    WRITE(vbar_el2, el2_vectors);
    if (e2h)
        WRITE(s3_5_c12_c0_0, el1_vectors);
    else
        WRITE(vbar_el1, el1_vectors);
    WRITE(hcr_el2, run->hcr);
    ISB();
    write_controls(run);
    ISB();
}

// X0 after an instruction that worked is kept for the write that puts it back, but may not be part of the outcome.
static bool has_more(unsigned probe, struct outcome o)
{
    return o.what >> EL_SHIFT != DONE || probes[probe].flags & PROBE_VALUE;
}

// UNDEFINED, at the EL that this goes to.
static bool is_expected(const struct run *run, unsigned probe, struct outcome o)
{
    unsigned el = run->el ? run->el : run->config & 2 ? 2 : 1;

    return probes[probe].flags & PROBE_QUIET && (o.what & 0xffffffff) == 1u << 25 && (o.what >> EL_SHIFT & 15) == el;
}

static bool differ(unsigned probe, struct outcome a, struct outcome b)
{
    return a.what != b.what || (has_more(probe, a) && a.more != b.more);
}

static void write_controls_again(const struct run *run)
{
    WRITE(hcr_el2, run->hcr);
    write_controls(run);
    ISB();
}

static void print_outcome(unsigned probe, struct outcome o)
{
    put_hex(probe);
    put(' ');
    put_hex(o.what);
    if (has_more(probe, o)) {
        put(' ');
        put_hex(o.more);
    }
    put_line();
}

static void do_run(const struct run *run)
{
    put('@');
    put_hex(run->id);
    put_line();
    set_up(run);
    for (unsigned p = run->first; p < run->last; p++) {
        struct outcome *base = baseline_of(run->config, run->el, p);
        struct outcome o = try_probe(run, p);
        if (run->flags & RUN_BASELINE)
            *base = o;
        else if (probes[p].flags & PROBE_CONTROL)
            write_controls_again(run);
        if (run->flags & RUN_BASELINE ? !is_expected(run, p, o) : differ(p, o, *base))
            print_outcome(p, o);
    }
}

// A wait under test ends with the interrupt of EL2's physical timer.
static void enable_interrupt(void)
{
    gic_init();
    gic_enable(26, 0x80);
}

void bare_main(void)
{
    header = (const struct header *)__image_end;
    probes = (const struct probe *)(header + 1);
    setups = (const struct setup *)(probes + header->probes);
    runs = (const struct run *)(setups + header->setups);
    mmu_disable();
    enable_interrupt();
    make_slots();
    make_writers();
    print("matrix ");
    print_number(header->runs);
    print("\n");
    for (unsigned i = 0; i < header->runs; i++)
        do_run(&runs[i]);
    WRITE(hcr_el2, HCR_RW);
    ISB();
    print("cases ");
    print_number(cases);
    print("\n");
}
