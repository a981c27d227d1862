// Console, checks, exceptions, exception levels, translation and PSCI for the programs without an operating system.
#include "bare.h"

#define PSCI_CPU_ON     0xc4000003u
#define PSCI_CPU_OFF    0x84000002u
#define PSCI_SYSTEM_OFF 0x84000008u

extern char bare_vectors[], bare_secondary_entry[];
uint64_t enter_el(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument, struct cpu *cpu, uint64_t spsr);
__attribute__((noreturn)) void leave_el(struct cpu *cpu, uint64_t result);
void bare_start(void);
void bare_start_secondary(unsigned index);
void bare_exception(struct exception *exception);

uint8_t bare_stacks[3 * MAX_CPUS][STACK_SIZE] __attribute__((aligned(16))); // home ELs, then EL1, then EL0
static struct cpu cpus[MAX_CPUS];
static void (*secondary_main)(unsigned index);
static unsigned failures, started = 1;

_Static_assert(offsetof(struct cpu, home_sp) == CPU_HOME_SP && offsetof(struct cpu, el1_sp) == CPU_EL1_SP &&
                   offsetof(struct cpu, el0_sp) == CPU_EL0_SP && sizeof(struct exception) <= EXCEPTION_SIZE,
               "bare_asm.h");

struct cpu *this_cpu(void) { return (struct cpu *)READ(tpidr_el0); }

unsigned current_el(void) { return (unsigned)READ(CurrentEL) >> 2; }

uint64_t read32(uint64_t address) { return *(volatile uint32_t *)address; }

void write32(uint64_t address, uint64_t value) { *(volatile uint32_t *)address = (uint32_t)value; }

void write64(uint64_t address, uint64_t value) { *(volatile uint64_t *)address = value; }

// The compiler calls these for structures.
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = (uint8_t)byte;
    return to;
}

void print(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            write32(UART_BASE, '\r');
        write32(UART_BASE, (uint8_t)*text);
    }
}

void print_number(uint64_t value)
{
    char digits[21], *at = digits + sizeof(digits) - 1;

    *at = 0;
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    print(at);
}

void print_hex(uint64_t value)
{
    char digits[19] = "0x";
    unsigned count = 2;

    for (int shift = 60; shift >= 0; shift -= 4)
        if (value >> shift || !shift)
            digits[count++] = "0123456789abcdef"[value >> shift & 15];
    digits[count] = 0;
    print(digits);
}

static void print_failure(const char *what)
{
    failures++;
    print("FAIL ");
    print(bare_name);
    print(": ");
    print(what);
}

void check(const char *what, bool passed)
{
    if (passed)
        return;
    print_failure(what);
    print("\n");
}

void check_equal(const char *what, uint64_t got, uint64_t want)
{
    if (got == want)
        return;
    print_failure(what);
    print(" is ");
    print_hex(got);
    print(", not ");
    print_hex(want);
    print("\n");
}

// PSCI is called with SMC at EL2, where its caller is the hypervisor itself, and with HVC in a guest.
static uint64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 asm("x0") = function;
    register uint64_t x1 asm("x1") = a;
    register uint64_t x2 asm("x2") = b;
    register uint64_t x3 asm("x3") = c;

    if (current_el() == 2)
        asm volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "memory");
    else
        asm volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "memory");
    return x0;
}

void bare_end(void)
{
    print(failures ? "FAIL " : "PASS ");
    print(bare_name);
    print("\n");
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        WFI();
}

// Tables for a 39-bit space of 4 KiB pages, in blocks of 1 GiB; one for EL2 (no EL0 below it), one for EL1.
static uint64_t identity[2][512] __attribute__((aligned(4096)));

#define MAIR           0xff04ull // attribute 0: Device-nGnRE, 1: normal, write-back
#define BLOCK_DEVICE   (1 | BIT(10) | BIT(54) | BIT(53))
#define BLOCK_NORMAL   (1 | BIT(10) | 3 << 8 | 1 << 2)
#define TCR_39_BIT_4K  (25 | 1 << 8 | 1 << 10 | 3 << 12) // write-back, inner shareable walks
#define TCR_EL1_EPD1   BIT(23)
#define TCR_EL2_RES1   (BIT(31) | BIT(23))
#define SCTLR_M        BIT(0)
#define SCTLR_C        BIT(2)
#define SCTLR_I        BIT(12)
#define SCTLR_EL1_RES1 0x30d00980ull // with LSMAOE, nTLSMD, EIS, EOS: as on a CPU that has not those features
#define SCTLR_EL2_RES1 0x30c50830ull

static void fill_identity(uint64_t *table)
{
    table[0] = BLOCK_DEVICE;
    for (uint64_t gib = 1; gib < 4; gib++)
        table[gib] = gib << 30 | BLOCK_NORMAL;
    table[ALIAS_OF_ZERO >> 30] = BLOCK_NORMAL;
}

void mmu_enable(void)
{
    fill_identity(identity[current_el() == 2]);
    DSB();
    if (current_el() == 2) {
        WRITE(mair_el2, MAIR);
        WRITE(tcr_el2, TCR_39_BIT_4K | TCR_EL2_RES1 | 2 << 16);
        WRITE(ttbr0_el2, identity[1]);
        asm volatile("isb; tlbi alle2; dsb sy; isb" ::: "memory");
        WRITE(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I);
    } else {
        WRITE(mair_el1, MAIR);
        WRITE(tcr_el1, TCR_39_BIT_4K | TCR_EL1_EPD1 | 2ull << 32);
        WRITE(ttbr0_el1, identity[0]);
        asm volatile("isb; tlbi vmalle1; dsb sy; isb" ::: "memory");
        WRITE(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M | SCTLR_C | SCTLR_I);
    }
    ISB();
}

void mmu_disable(void)
{
    DSB();
    if (current_el() == 2)
        WRITE(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_I);
    else
        WRITE(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_I);
    ISB();
}

// No traps, no offsets, EL1 in AArch64 with its MMU off, and both ELs' vectors in place.
static void set_up_el2(void)
{
    WRITE(hcr_el2, HCR_RW);
    ISB();
    WRITE(cptr_el2, 0x32ff); // E2H = 0: RES1 bits, and nothing trapped
    WRITE(cnthctl_el2, 3);
    WRITE(cntvoff_el2, 0);
    WRITE(mdcr_el2, READ(mdcr_el2) & 0x1f); // HPMN stays
    WRITE(vbar_el2, bare_vectors);
    WRITE(vpidr_el2, READ(midr_el1));
    WRITE(vmpidr_el2, READ(mpidr_el1));
    WRITE(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_I);
}

static void set_up_cpu(unsigned index)
{
    struct cpu *cpu = &cpus[index];

    cpu->index = index;
    cpu->home_el = current_el();
    cpu->el1_sp = (uintptr_t)bare_stacks[MAX_CPUS + index + 1];
    cpu->el0_sp = (uintptr_t)bare_stacks[2 * MAX_CPUS + index] + STACK_SIZE;
    WRITE(tpidr_el0, cpu);
    if (current_el() == 2)
        set_up_el2();
    WRITE(vbar_el1, bare_vectors);
    WRITE(cpacr_el1, 3 << 20);
    ISB();
    mmu_enable();
}

void bare_start(void)
{
    set_up_cpu(0);
    bare_main();
    bare_end();
}

void bare_start_secondary(unsigned index)
{
    set_up_cpu(index);
    __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
    secondary_main(index);
    psci(PSCI_CPU_OFF, 0, 0, 0);
    for (;;)
        WFI();
}

unsigned start_cpus(unsigned count, void (*f)(unsigned index))
{
    unsigned wanted = 1;

    secondary_main = f;
    DSB();
    while (wanted < count && !psci(PSCI_CPU_ON, wanted, (uintptr_t)bare_secondary_entry, wanted))
        wanted++;
    while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < wanted)
        asm volatile("yield");
    return wanted;
}

uint64_t call_el_with(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument, uint64_t pstate)
{
    return enter_el(el, f, argument, this_cpu(), pstate | (el == 1 ? 0x3c5 : 0x3c0));
}

uint64_t call_el(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument) { return call_el_with(el, f, argument, 0); }

void catch_begin(void)
{
    struct cpu *cpu = this_cpu();

    cpu->catching = true;
    cpu->caught = 0;
    cpu->first.el = 0;
    cpu->first.esr = 0;
    asm volatile("" ::: "memory");
}

struct exception catch_end(void)
{
    struct cpu *cpu = this_cpu();

    asm volatile("" ::: "memory");
    cpu->catching = false;
    return cpu->first;
}

__attribute__((noreturn)) static void die_of(const struct exception *exception)
{
    static const char *const names[] = { "synchronous", "irq", "fiq", "serror" };

    print_failure("unexpected ");
    print(names[exception->vector % 4]);
    print(" exception to EL");
    print_number(exception->el);
    print(" esr ");
    print_hex(exception->esr);
    print(" elr ");
    print_hex(exception->elr);
    print(" far ");
    print_hex(exception->far);
    print(" spsr ");
    print_hex(exception->spsr);
    print("\n");
    bare_end();
}

static bool is_return_call(const struct exception *exception)
{
    uint64_t ec = ESR_EC(exception->esr);

    return (ec == EC_HVC || ec == EC_SVC) && FIELD(exception->esr, 15, 0) == RETURN_CALL;
}

// EL0 under EL1 returns to EL1 first; only the EL that called enter_el can go back to its caller.
static void return_from_el(const struct exception *exception)
{
    register uint64_t x0 asm("x0") = exception->x[0];

    if (exception->el == 1 && this_cpu()->home_el == 2)
        asm volatile("hvc %1" ::"r"(x0), "i"(RETURN_CALL));
    leave_el(this_cpu(), exception->x[0]);
}

static void catch_exception(struct cpu *cpu, struct exception *exception)
{
    uint64_t ec = ESR_EC(exception->esr);

    if (!cpu->caught++)
        cpu->first = *exception;
    exception->elr = ec == EC_IABORT_LOWER || ec == EC_IABORT_SAME || ec == EC_PC_ALIGNMENT ? exception->x[30]
                     : ec == EC_SVC || ec == EC_HVC                                         ? exception->elr
                                                                                            : exception->elr + 4;
}

void bare_exception(struct exception *exception)
{
    struct cpu *cpu = this_cpu();

    if (exception->vector % 4) {
        if (!cpu->irq)
            die_of(exception);
        cpu->irq(exception);
        return;
    }
    if (is_return_call(exception))
        return_from_el(exception);
    if (cpu->sync && cpu->sync(exception))
        return;
    if (!cpu->catching)
        die_of(exception);
    catch_exception(cpu, exception);
}
