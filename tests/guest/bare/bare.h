// The runtime of the programs without an operating system. They start at EL2 as an arm64 Image (or at EL1 under vmm),
// print to the PL011, and end with a line `PASS name` or `FAIL name` and PSCI SYSTEM_OFF.
#ifndef BARE_H
#define BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bare_asm.h"

#define MAX_CPUS 4

#define READ(reg)                                               \
    ({                                                          \
        uint64_t value_;                                        \
        asm volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
        value_;                                                 \
    })
#define WRITE(reg, value) asm volatile("msr " #reg ", %0" ::"r"((uint64_t)(value)) : "memory")
#define ISB()             asm volatile("isb" ::: "memory")
#define DSB()             asm volatile("dsb sy" ::: "memory")
#define WFI()             asm volatile("wfi" ::: "memory")

#define BIT(n)               (UINT64_C(1) << (n))
#define FIELD(value, hi, lo) ((uint64_t)(value) >> (lo) & (BIT((hi) - (lo)) * 2 - 1))
#define ESR_EC(esr)          FIELD(esr, 31, 26)
#define EC_UNKNOWN           0x00
#define EC_FP                0x07
#define EC_SVC               0x15
#define EC_HVC               0x16
#define EC_SYSREG            0x18
#define EC_SVE               0x19
#define EC_IABORT_LOWER      0x20
#define EC_IABORT_SAME       0x21
#define EC_PC_ALIGNMENT      0x22
#define EC_DABORT_LOWER      0x24
#define EC_DABORT_SAME       0x25
#define EC_BREAKPOINT_LOWER  0x30
#define EC_STEP_LOWER        0x32
#define EC_WATCHPOINT_LOWER  0x34
#define EC_BRK               0x3c
#define HCR_VM               BIT(0)
#define HCR_IMO              BIT(4)
#define HCR_TGE              BIT(27)
#define HCR_RW               BIT(31)
#define HCR_E2H              BIT(34)
#define HCR_TEA              BIT(37)

// An address of the board where nothing is, and an alias of the first GiB of memory map that may be executed.
#define UNMAPPED_PA   0x09800000ull
#define ALIAS_OF_ZERO 0x100000000ull

#define UART_BASE 0x09000000ull
#define RTC_BASE  0x09010000ull
#define GICD_BASE 0x08000000ull
#define GICR_BASE 0x080a0000ull

// One exception as the vectors save it; changing x, elr or spsr changes what it returns to.
struct exception {
    uint64_t x[31], elr, spsr, esr, far, hpfar;
    uint64_t el;     // that it was taken to
    uint64_t vector; // 0-15: offset from VBAR in units of 0x80
};

struct cpu {
    uint64_t home_sp, el1_sp, el0_sp; // used by start.S
    unsigned index, home_el;          // home: where it started
    bool catching;
    unsigned caught; // exceptions since catch_begin
    struct exception first;
    void (*irq)(struct exception *exception);  // any vector but the synchronous ones
    bool (*sync)(struct exception *exception); // true: dealt with
};

// The name that every result line carries, and the program itself: both are the test's.
extern const char bare_name[];
void bare_main(void);

struct cpu *this_cpu(void);
unsigned current_el(void);
uint64_t read32(uint64_t address);
void write32(uint64_t address, uint64_t value);
void write64(uint64_t address, uint64_t value);

void print(const char *text);
void print_number(uint64_t value);
void print_hex(uint64_t value);

// A failed check prints a line and makes the program end with FAIL.
void check(const char *what, bool passed);
void check_equal(const char *what, uint64_t got, uint64_t want);
__attribute__((noreturn)) void bare_end(void);

// Calls f at EL1 or EL0 (below the caller's EL) with DAIF masked, on that EL's stack, and returns its result.
uint64_t call_el(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument);
// The same with more bits of PSTATE set.
uint64_t call_el_with(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument, uint64_t pstate);

// Between these two, synchronous exceptions at any EL are recorded and the instruction is stepped over (a failed
// fetch returns to x30). catch_end returns the first one with its .el, or one with .el = 0 if none came.
void catch_begin(void);
struct exception catch_end(void);

// Starts CPUs 1 to count - 1 in f(index); returns how many CPUs there are, at most count. Ending f stops the CPU.
unsigned start_cpus(unsigned count, void (*f)(unsigned index));

// The identity map: the first GiB as device memory, 0x40000000 to 0xffffffff as normal memory.
void mmu_enable(void);
void mmu_disable(void);

// GIC: group 1 interrupts of this CPU, EOImode 0, all priorities; INTIDs are enabled one by one at a priority.
void gic_init(void);
void gic_init_cpu(void);
void gic_enable(unsigned intid, unsigned priority);
void gic_disable(unsigned intid);
bool gic_pending(unsigned intid);
bool gic_active(unsigned intid);
void gic_set_pending(unsigned intid);
void gic_clear_pending(unsigned intid);
void gic_send_sgi(unsigned intid, unsigned cpu);

#define DAIF_UNMASK_IRQ() asm volatile("msr daifclr, #2" ::: "memory")
#define DAIF_MASK_IRQ()   asm volatile("msr daifset, #2" ::: "memory")

#endif
