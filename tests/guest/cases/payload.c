// Runs a blob of cases (case.h) that follows its image in memory: each at EL1, in an address space of its own, with the
// exceptions that it takes to EL1 and EL2 caught. Prints for each case the hash of everything that can have changed, or
// the changes themselves; of a case that says what must come out, only whether it did.
//
// EL2 has the runtime's identity map and all the C code. EL1's map has the slot and the arena at ARENA_VA, case.S and
// its frame far from where a random address would hit them, and the page of the runtime's that calls down, read-only.
#include "../bare/bare.h"
#include "case_state.h"
#include "payload.h"

const char bare_name[] = "cases";
struct case_frame case_frame __attribute__((aligned(4096)));

extern char _start[], __image_end[], case_vectors[], enter_el[];
extern char case_text_end[];

void *memcpy(void *to, const void *from, size_t size); // the runtime's

enum { PAGE = 4096, ARENA_PAGES = sizeof(ARENA) - 1 };

static uint8_t arena[ARENA_PAGES][PAGE] __attribute__((aligned(PAGE)));
static uint8_t pristine[ARENA_PAGES][PAGE] __attribute__((aligned(PAGE)));
static uint64_t table[8][512] __attribute__((aligned(PAGE)));
static unsigned tables_used, passed, compared;

#define NOP         0xd503201fu
#define PTE_PAGE    3ull
#define PTE_AF      BIT(10)
#define PTE_SH      (3ull << 8)
#define PTE_ATTR    (1ull << 2) // of the runtime's MAIR: normal memory
#define PTE_TAGGED  (3ull << 2) // changes attribute 1 to 2
#define PTE_EL0     BIT(6)
#define PTE_RO      BIT(7)
#define PTE_PXN     BIT(53)
#define PTE_UXN     BIT(54)
#define PTE_DATA    (PTE_PAGE | PTE_SH | PTE_ATTR | PTE_UXN | PTE_PXN)
#define PTE_CODE    (PTE_PAGE | PTE_SH | PTE_ATTR | PTE_UXN | PTE_RO | PTE_AF)
#define MAIR_TAGGED 0xf0ff04ull // as the runtime has it, and attribute 2: tagged
#define MAIR_EL2    0xf0f004ull // EL2 looks at the tags
#define TCR         (25 | 1 << 8 | 1 << 10 | 3 << 12 | 25 << 16 | BIT(23) | 2ull << 30 | 2ull << 32) // 39 bits, 4 KiB, EPD1
#define HCR_APK     BIT(40)
#define HCR_API     BIT(41)
#define HCR_ATA     BIT(56)
#define SCTLR_EL1_CASE                                                                                                \
    (0x30d00980ull | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(13) | BIT(27) | BIT(30) | BIT(31) | BIT(33) | BIT(43) | \
     BIT(26)) // M, C, SA, I; EnDB, EnDA, EnIB, EnIA; MSCEn, ATA, UCI
#define ALIAS(p) ((uintptr_t)(p) + ALIAS_OFFSET)

// ---- EL1's address space ----
static void map(uint64_t va, uint64_t pa, uint64_t attributes)
{
    uint64_t *t = table[0];

    tables_used = tables_used ? tables_used : 1;
    for (unsigned shift = 30; shift > 12; shift -= 9) {
        uint64_t *entry = &t[va >> shift & 511];
        if (!*entry)
            *entry = (uintptr_t)table[tables_used++] | PTE_PAGE;
        t = (uint64_t *)(*entry & ~UINT64_C(0xfff));
    }
    t[va >> 12 & 511] = pa | attributes;
}

static void map_arena(void)
{
    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        uint64_t va = ARENA_VA + i * PAGE, pa = (uintptr_t)arena[ARENA_PAGES - 1 - i]; // neighbours are none in memory
        switch (ARENA[i]) {
        case 'w': map(va, pa, (PTE_DATA | PTE_AF) ^ PTE_TAGGED); break;
        case 'u': map(va, pa, PTE_DATA | PTE_AF | PTE_EL0); break;
        case 'r': map(va, pa, (PTE_DATA | PTE_AF | PTE_RO) ^ PTE_TAGGED); break;
        case 'a': map(va, pa, PTE_DATA); break;
        case 'x': map(va, pa, PTE_CODE); break;
        }
    }
}

static void set_pauth_keys(void)
{
    static const uint64_t keys[10] = PAUTH_KEYS;

    WRITE(s3_0_c2_c1_0, keys[0]);
    WRITE(s3_0_c2_c1_1, keys[1]);
    WRITE(s3_0_c2_c1_2, keys[2]);
    WRITE(s3_0_c2_c1_3, keys[3]);
    WRITE(s3_0_c2_c2_0, keys[4]);
    WRITE(s3_0_c2_c2_1, keys[5]);
    WRITE(s3_0_c2_c2_2, keys[6]);
    WRITE(s3_0_c2_c2_3, keys[7]);
    WRITE(s3_0_c2_c3_0, keys[8]);
    WRITE(s3_0_c2_c3_1, keys[9]);
}

static void set_up_el1(void)
{
    for (char *p = (char *)((uintptr_t)case_run & ~UINT64_C(0xfff)); p < case_text_end; p += PAGE)
        map(ALIAS(p), (uintptr_t)p, PTE_CODE);
    for (char *p = (char *)&case_frame; p < (char *)(&case_frame + 1); p += PAGE)
        map(ALIAS(p), (uintptr_t)p, PTE_DATA | PTE_AF);
    for (unsigned i = 0; i < 2; i++) { // from ERET to BLR and HVC
        uintptr_t page = ((uintptr_t)enter_el & ~UINT64_C(0xfff)) + i * PAGE;
        map(page, page, PTE_CODE);
    }
    map_arena();
    DSB();
    WRITE(hcr_el2, HCR_RW | HCR_APK | HCR_API | HCR_ATA);
    WRITE(s3_4_c1_c2_2, BIT(11)); // HCRX_EL2: MSCEn
    set_pauth_keys();
    WRITE(mair_el1, MAIR_TAGGED);
    WRITE(tcr_el1, TCR);
    WRITE(ttbr0_el1, table[0]);
    WRITE(vbar_el1, ALIAS(case_vectors));
    WRITE(cpacr_el1, 3 << 20 | 3 << 16);
    WRITE(sctlr_el1, SCTLR_EL1_CASE);
    ISB();
    asm volatile("tlbi alle1; dsb sy; isb" ::: "memory");
}

// ---- The slot ----
static uint32_t *slot_word;

static uint8_t *arena_page(char kind)
{
    for (unsigned i = 0; i < ARENA_PAGES; i++)
        if (ARENA[i] == kind)
            return arena[ARENA_PAGES - 1 - i];
    return NULL;
}

static void sync_code(void *at) { asm volatile("dc cvau, %0; dsb sy; ic ialluis; dsb sy; isb" ::"r"(at) : "memory"); }

static void set_up_slot(void)
{
    uint8_t *page = arena_page('x') + SLOT_OFFSET;
    uintptr_t after = ALIAS(case_after);

    memcpy(page, case_slot_begin, (size_t)(case_slot_end - case_slot_begin));
    memcpy(page + (case_slot_end - case_slot_begin) - 8, &after, 8);
    slot_word = (uint32_t *)(page + (case_slot_word - case_slot_begin));
    case_frame.slot = SLOT_VA;
}

// ---- Text ----
static void put(char c) { write32(UART_BASE, (uint8_t)c); }

static void put_digits(uint64_t v, unsigned digits)
{
    while (digits-- > 0)
        put("0123456789abcdef"[v >> digits * 4 & 15]);
}

static void put_bytes(const char *name, unsigned n, const void *bytes, unsigned size)
{
    put(' ');
    print(name);
    print_number(n);
    put('=');
    while (size-- > 0)
        put_digits(((const uint8_t *)bytes)[size], 2);
}

static bool same(const void *a, const void *b, unsigned size)
{
    const uint8_t *x = a, *y = b;

    while (size > 0 && x[size - 1] == y[size - 1])
        size--;
    return !size;
}

// What of the state is not as in before (all of it: NULL), in the words of the vectors.
static void put_state(const struct case_state *s, const struct case_state *before, unsigned vl)
{
    for (unsigned n = 0; n < 31; n++)
        if (!before || s->x[n] != before->x[n])
            put_bytes("x", n, &s->x[n], 8);
    if (!before || s->sp != before->sp)
        print(" sp="), put_digits(s->sp, 16);
    if (!before || s->nzcv != before->nzcv)
        print(" nzcv="), put_digits(s->nzcv >> 28, 1);
    if (!before || s->fpcr != before->fpcr)
        print(" fpcr="), put_digits(s->fpcr, 8);
    if (!before || s->fpsr != before->fpsr)
        print(" fpsr="), put_digits(s->fpsr, 8);
    for (unsigned n = 0; n < 32; n++)
        if (!before || !same(s->z[n], before->z[n], vl / 8))
            put_bytes("z", n, s->z[n], vl / 8);
    for (unsigned n = 0; n < 16; n++)
        if (!before || !same(s->p[n], before->p[n], vl / 64))
            put_bytes("p", n, s->p[n], vl / 64);
    if (!before || !same(s->p[16], before->p[16], vl / 64)) {
        print(" ffr=");
        for (unsigned i = vl / 64; i-- > 0;)
            put_digits(s->p[16][i], 2);
    }
}

static void put_exception(const struct case_frame *f)
{
    print("exc el");
    print_number(f->el);
    print(" vec");
    put_digits(f->vector * 0x80, 3);
    print(" esr");
    put_digits(f->esr, 8);
    print(" far=");
    put_digits(f->far, 16);
    print(" elr=");
    put_digits(f->elr, 16);
    print(" spsr=");
    put_digits(f->spsr, 8);
}

// ---- Memory ----
// Puts the arena back; each eight bytes that changed go into the hash, or are printed.
static uint64_t compare_memory(uint64_t hash, bool print_it)
{
    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        unsigned page = ARENA_PAGES - 1 - i;
        if (ARENA[i] != 'w' && ARENA[i] != 'u')
            continue;
        uint64_t *now = (uint64_t *)arena[page], *was = (uint64_t *)pristine[page];
        for (unsigned n = 0; n < PAGE / 8; n++) {
            if (now[n] == was[n])
                continue;
            uint64_t va = ARENA_VA + i * PAGE + n * 8;
            hash = case_mix(case_mix(hash, va), now[n]);
            if (print_it)
                print(" m"), put_digits(va, 8), put('='), put_digits(now[n], 16);
            now[n] = was[n];
        }
    }
    return hash;
}

static void fill_memory(void)
{
    uint64_t s = MEMORY_SEED;

    for (unsigned i = 0; i < ARENA_PAGES; i++)
        if (ARENA[i] != 'x')
            for (unsigned at = 0; at < PAGE; at += 256)
                case_elements(&s, (uint64_t *)(arena[ARENA_PAGES - 1 - i] + at), 256, at >> 8 & 3);
    memcpy(pristine, arena, sizeof(arena));
}

// ---- Tags ----
static bool have_tags;

static unsigned load_tag(const void *at)
{
    register uint64_t x0 asm("x0") = 0;
    register uint64_t x1 asm("x1") = (uintptr_t)at;

    asm volatile(".inst 0xd9600020" : "+r"(x0) : "r"(x1) : "memory"); // LDG X0, [X1]
    return FIELD(x0, 59, 56);
}

static void store_tag(void *at, unsigned tag)
{
    register uint64_t x0 asm("x0") = (uint64_t)tag << 56;
    register uint64_t x1 asm("x1") = (uintptr_t)at;

    asm volatile(".inst 0xd9200820" ::"r"(x0), "r"(x1) : "memory"); // STG X0, [X1]
}

// Puts the tags of the arena back, as compare_memory its contents.
static uint64_t compare_tags(uint64_t hash, bool print_it)
{
    uint64_t rgsr = READ(s3_0_c1_c0_5);

    hash = case_mix(hash, rgsr);
    if (print_it)
        print(" rgsr="), put_digits(rgsr, 8);
    for (unsigned i = 0; i < ARENA_PAGES; i++)
        for (unsigned at = 0; at < PAGE && ARENA[i] != '-' && ARENA[i] != 'x'; at += 16) {
            uint64_t va = ARENA_VA + i * PAGE + at;
            unsigned tag = load_tag(&arena[ARENA_PAGES - 1 - i][at]);
            if (tag == ARENA_TAG(va))
                continue;
            hash = case_mix(case_mix(hash, va), tag);
            if (print_it)
                print(" t"), put_digits(va, 8), put('='), put_digits(tag, 1);
            store_tag(&arena[ARENA_PAGES - 1 - i][at], ARENA_TAG(va));
        }
    return hash;
}

static void set_up_tags(void)
{
    have_tags = FIELD(READ(s3_0_c0_c4_1), 11, 8) >= 2; // ID_AA64PFR1_EL1.MTE
    if (!have_tags)
        return;
    WRITE(mair_el2, MAIR_EL2);
    WRITE(sctlr_el2, READ(sctlr_el2) | BIT(43)); // ATA
    ISB();
    asm volatile("tlbi alle2; dsb sy; isb" ::: "memory");
    compare_tags(0, false);
}

// ---- One case ----
// The synchronous exceptions that a case takes to EL2: recorded, and on it goes at EL1.
static bool caught_at_el2(struct exception *e)
{
    if (e->vector / 4 != 2)
        return false; // not from EL1: the payload's own mistake
    case_frame.el = 2;
    case_frame.vector = e->vector;
    case_frame.esr = e->esr;
    case_frame.far = e->far;
    case_frame.elr = e->elr;
    case_frame.spsr = e->spsr;
    e->spsr = (e->spsr & 0xf0000000) | 0x3c5;
    e->elr = ALIAS(case_stop);
    return true;
}

static bool has_far(uint64_t esr)
{
    uint64_t ec = ESR_EC(esr);

    return ((ec == 0x20 || ec == 0x21 || ec == 0x24 || ec == 0x25) && !(esr & BIT(10))) || ec == 0x22 || ec == 0x34 ||
           ec == 0x35;
}

static void set_controls(unsigned flags)
{
    static unsigned now = 0;

    if (((flags ^ now) & (CASE_ALIGN | CASE_TBI | CASE_TCF)) == 0)
        return;
    now = flags;
    WRITE(sctlr_el1, SCTLR_EL1_CASE | (flags & CASE_ALIGN ? BIT(1) : 0) | (flags & CASE_TCF ? BIT(40) : 0));
    WRITE(tcr_el1, TCR | (flags & CASE_TBI ? BIT(37) | BIT(38) : 0));
    ISB();
    asm volatile("tlbi alle1; dsb sy; isb" ::: "memory");
}

static void execute(const struct case_record *c)
{
    struct case_frame *f = &case_frame;
    uint32_t first = c->first ? c->first : NOP, last = c->last ? c->last : NOP;

    f->el = f->vector = f->esr = f->far = f->elr = f->spsr = 0;
    f->sve = true;
    if (slot_word[0] != c->word || slot_word[-1] != first || slot_word[1] != last) {
        slot_word[-1] = first;
        slot_word[0] = c->word;
        slot_word[1] = last;
        sync_code(slot_word);
    }
    set_controls(c->flags);
    if (c->flags & CASE_TAGS && have_tags) {
        WRITE(s3_0_c1_c0_5, FIELD(c->seed, 15, 0) << 8 | FIELD(c->seed, 19, 16)); // RGSR_EL1
        WRITE(s3_0_c1_c0_6, FIELD(c->seed, 35, 20));                              // GCR_EL1: Exclude, RRND is 0
    }
    WRITE(s3_0_c1_c2_0, c->vl / 128 - 1); // ZCR_EL1
    asm volatile("clrex; isb");
    call_el_with(1, (uint64_t(*)(uint64_t))ALIAS(case_run), 0,
                 (c->flags & CASE_PAN ? BIT(22) : 0) | (c->flags & CASE_UAO ? BIT(23) : 0));
    f->far = f->el && has_far(f->esr) ? f->far : 0;
    f->esr &= 0xffffffffff; // ISS2 is of features that are not compared
}

static void run_case(unsigned number, const struct case_record *c)
{
    static struct case_state before;
    struct case_frame *f = &case_frame;
    bool verbose = c->flags & CASE_VERBOSE;

    case_prepare(&f->state, c);
    if (c->flags & (CASE_VERBOSE | CASE_EXPECT))
        memcpy(&before, &f->state, sizeof(before));
    execute(c);
    uint64_t hash = case_hash(f, c->vl);
    if (c->flags & CASE_EXPECT) {
        compared++;
        passed += hash == c->hash;
        verbose = hash != c->hash;
        if (verbose)
            print("case "), print_number(number), print(" ");
    } else {
        if (f->el)
            hash = case_mix(case_mix(case_mix(case_mix(hash, f->far), f->elr), f->spsr),
                            case_hash_state(&f->state, c->vl));
        hash = case_mix(hash, f->state.fpcr);
    }
    if (verbose) {
        if (f->el)
            put_exception(f);
        else
            print("ok");
        put_state(&f->state, &before, c->vl);
    }
    if (c->flags & CASE_MEMORY)
        hash = compare_memory(hash, verbose);
    if (c->flags & CASE_TAGS && have_tags)
        hash = compare_tags(hash, verbose);
    if (!verbose && !(c->flags & CASE_EXPECT))
        put_digits(hash >> 32, 8);
    if (c->flags & CASE_BEFORE) {
        print(" before");
        put_state(&before, NULL, c->vl);
    }
    if (verbose || !(c->flags & CASE_EXPECT))
        put('\n');
}

void bare_main(void)
{
    const struct case_blob *blob = (const struct case_blob *)__image_end;
    const struct case_record *c = (const struct case_record *)(blob + 1);

    if (!same(blob->magic, CASE_MAGIC, 8)) {
        check("there are cases behind the image", false);
        return;
    }
    if (FIELD(READ(id_aa64pfr0_el1), 35, 32) == 0) {
        check("the CPU has SVE", false);
        return;
    }
    WRITE(s3_4_c1_c2_0, 15); // ZCR_EL2
    this_cpu()->sync = caught_at_el2;
    fill_memory();
    set_up_slot();
    set_up_el1();
    set_up_tags();
    print("cases ");
    print_number(blob->count);
    print("\n");
    for (unsigned i = 0; i < blob->count; i++)
        run_case(i, &c[i]);
    if (compared) {
        print("vectors ");
        print_number(passed);
        print(" of ");
        print_number(compared);
        print("\n");
        check("every vector matches", passed == compared);
    }
}
