// The guest of kvmcost: takes a command, measures, leaves the samples where user space sees them. The clock is the
// virtual counter: reading it makes no exit, and at 1 GHz a tick is a cycle of a CPU of 1 GHz.
#include <stdbool.h>

#include "kvmcost.h"

#define READ(reg)                                           \
    ({                                                      \
        uint64_t v_;                                        \
        asm volatile("mrs %0, " #reg : "=r"(v_)::"memory"); \
        v_;                                                 \
    })
#define WRITE(reg, value) asm volatile("msr " #reg ", %0" ::"r"((uint64_t)(value)) : "memory")
#define ISB()             asm volatile("isb" ::: "memory")

enum { SGI_SELF = 1, SGI_PEER = 2, SGI_ANSWER = 3, VIRTUAL_TIMER = 27, SPURIOUS = 1020 };
enum { TIMER_ON = 1, TIMER_OFF = 0, TIMER_MASKED = 3 };
enum { IRQ_OF_EL1H = 5 };                               // vector
enum { SOON = 20000, LATER = 300000, SETTLE = 200000 }; // ns: until a timer fires; until a vCPU is surely asleep

static volatile struct box *const box = (volatile struct box *)BOX_BASE;
static volatile uint64_t taken, eoi; // by vCPU 0: when its last interrupt came, how long its EOI took

void use_none(void), use_fp(void), use_sve(void);
static void (*const uses[USES])(void) = { use_none, use_fp, use_sve };

// All of the registers to and from memory (start.S).
void save_fp(void *), load_fp(const void *), save_sve(void *, void *), load_sve(const void *, const void *);
static uint8_t vectors_image[32 * 256] __attribute__((aligned(256)));
static uint8_t predicates_image[17 * 32 + 16] __attribute__((aligned(256)));

void guest_main(uint64_t vcpu);
void guest_exception(uint64_t when, uint64_t vector);

// Everything before has ended, nothing behind has begun.
static inline __attribute__((always_inline)) uint64_t now(void)
{
    uint64_t t;
    asm volatile("isb\n mrs %0, cntvct_el0\n isb" : "=r"(t)::"memory");
    return t;
}

static void write32(uint64_t address, uint32_t value)
{
    asm volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}
static inline __attribute__((always_inline)) uint32_t read32(uint64_t address)
{
    uint32_t value;
    asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static void spin(uint64_t ns)
{
    for (uint64_t end = now() + ns; now() < end;)
        ;
}

static inline __attribute__((always_inline)) void send_sgi(unsigned intid, unsigned vcpu)
{
    asm volatile("dsb ishst" ::: "memory");
    WRITE(s3_0_c12_c11_5, (uint64_t)intid << 24 | 1u << vcpu); // ICC_SGI1R_EL1
    ISB();
}

static void irqs(bool on)
{
    if (on)
        asm volatile("msr daifclr, #2" ::: "memory");
    else
        asm volatile("msr daifset, #2" ::: "memory");
}

// ---- Interrupts ----

void guest_exception(uint64_t when, uint64_t vector)
{
    if (vector != IRQ_OF_EL1H) // a defect of this program: user space sees an exit that it does not know
        read32(EXIT_BASE + 0x100 + 8 * (uint32_t)vector);
    uint64_t intid = READ(s3_0_c12_c12_0) & 0xffffff; // ICC_IAR1_EL1
    if (intid >= SPURIOUS)
        return;
    if (intid == VIRTUAL_TIMER)
        WRITE(cntv_ctl_el0, TIMER_OFF);
    uint64_t before = now();
    WRITE(s3_0_c12_c12_1, intid); // ICC_EOIR1_EL1
    uint64_t after = now();
    if (intid == SGI_PEER) {
        box->reply = when;
        if (box->peer_answers)
            send_sgi(SGI_ANSWER, 0);
        return;
    }
    eoi = after - before;
    taken = when;
}

static void set_up_interrupts(uint64_t vcpu)
{
    uint64_t frame = GICR_BASE + 0x20000 * vcpu;
    WRITE(s3_0_c12_c12_5, 7); // ICC_SRE_EL1
    ISB();
    write32(frame + 0x14, 0);                               // GICR_WAKER
    write32(frame + 0x10080, 0xffffffff);                   // GICR_IGROUPR0
    write32(frame + 0x10100, 1u << VIRTUAL_TIMER | 0xffff); // GICR_ISENABLER0
    WRITE(s3_0_c4_c6_0, 0xff);                              // ICC_PMR_EL1
    WRITE(s3_0_c12_c12_7, 1);                               // ICC_IGRPEN1_EL1
    ISB();
    if (vcpu == 0)
        write32(GICD_BASE, 1 << 4 | 1 << 1); // ARE, EnableGrp1
}

// ---- Measurements: each returns one sample ----

static inline __attribute__((always_inline)) void hvc(void)
{
    register uint64_t x0 asm("x0") = 0x80000000; // SMCCC_VERSION
    asm volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
}

static uint64_t do_nothing(void)
{
    uint64_t t = now();
    return now() - t;
}

static uint64_t do_hvc(void)
{
    uint64_t t = now();
    hvc();
    return now() - t;
}

static uint64_t do_gicd_read(void)
{
    uint64_t t = now();
    read32(GICD_BASE + 8);
    return now() - t;
}

static uint64_t load_then_use(uint64_t offset)
{
    void (*use)(void) = uses[box->use];
    use(); // the guest's registers are live at the exit
    uint64_t t = now();
    read32(EXIT_BASE + offset);
    use();
    return now() - t;
}
static uint64_t do_load(void) { return load_then_use(EXIT_LOAD); }
static uint64_t do_move(void) { return load_then_use(EXIT_MOVE); }

static uint64_t timed_use(void)
{
    void (*use)(void) = uses[box->use];
    uint64_t t = now();
    use();
    return now() - t;
}
static uint64_t do_use_after_hvc(void)
{
    uses[box->use]();
    hvc();
    return timed_use();
}
static uint64_t do_use_after_load(void)
{
    uses[box->use]();
    read32(EXIT_BASE + EXIT_LOAD);
    return timed_use();
}

static uint64_t do_save_state(void)
{
    uint64_t t = now();
    if (box->use == USE_SVE)
        save_sve(vectors_image, predicates_image);
    else
        save_fp(vectors_image);
    return now() - t;
}
static uint64_t do_load_state(void)
{
    do_save_state(); // what is in memory is in the caches, as behind a save of the switch before
    uint64_t t = now();
    if (box->use == USE_SVE)
        load_sve(vectors_image, predicates_image);
    else
        load_fp(vectors_image);
    return now() - t;
}

static uint64_t wait_taken(void)
{
    while (!taken)
        ;
    irqs(false);
    return taken;
}

static uint64_t do_sgi_self(void)
{
    taken = 0;
    irqs(true);
    uint64_t t = now();
    send_sgi(SGI_SELF, 0);
    return wait_taken() - t;
}
static uint64_t do_eoi(void)
{
    do_sgi_self();
    return eoi;
}

static uint64_t do_timer_set(void)
{
    uint64_t when = now() + 1000000000, t = now();
    WRITE(cntv_cval_el0, when);
    WRITE(cntv_ctl_el0, TIMER_ON);
    t = now() - t;
    WRITE(cntv_ctl_el0, TIMER_OFF);
    ISB();
    return t;
}

static uint64_t timer(uint64_t ns, bool wait)
{
    taken = 0;
    uint64_t when = now() + ns;
    WRITE(cntv_cval_el0, when);
    WRITE(cntv_ctl_el0, TIMER_ON);
    ISB();
    while (wait && !taken) { // masked, so that an interrupt ends WFI also when it comes before
        asm volatile("dsb sy\n wfi" ::: "memory");
        irqs(true);
        ISB();
        irqs(false);
    }
    irqs(true);
    return wait_taken() - when;
}
static uint64_t do_timer_fire(void) { return timer(SOON, false); }
static uint64_t do_timer_wake(void) { return timer(LATER, true); }

static uint64_t ipi(bool waits)
{
    box->peer_answers = 0;
    box->peer_waits = waits;
    spin(SETTLE);
    box->reply = 0;
    uint64_t t = now();
    send_sgi(SGI_PEER, 1);
    while (!box->reply)
        ;
    return box->reply - t;
}
static uint64_t do_ipi(void) { return ipi(false); }
static uint64_t do_ipi_wake(void)
{
    uint64_t sample = ipi(true);
    box->peer_waits = 0;
    return sample;
}
static uint64_t do_ipi_round_trip(void)
{
    box->peer_answers = 1;
    spin(SETTLE);
    taken = 0;
    irqs(true);
    uint64_t t = now();
    send_sgi(SGI_PEER, 1);
    return wait_taken() - t;
}

static uint64_t (*const measure[COMMANDS])(void) = {
    [DO_NOTHING] = do_nothing,
    [DO_HVC] = do_hvc,
    [DO_GICD_READ] = do_gicd_read,
    [DO_LOAD] = do_load,
    [DO_MOVE] = do_move,
    [DO_USE_AFTER_HVC] = do_use_after_hvc,
    [DO_USE_AFTER_LOAD] = do_use_after_load,
    [DO_SAVE_STATE] = do_save_state,
    [DO_LOAD_STATE] = do_load_state,
    [DO_SGI_SELF] = do_sgi_self,
    [DO_EOI] = do_eoi,
    [DO_TIMER_SET] = do_timer_set,
    [DO_TIMER_FIRE] = do_timer_fire,
    [DO_TIMER_WAKE] = do_timer_wake,
    [DO_IPI] = do_ipi,
    [DO_IPI_WAKE] = do_ipi_wake,
    [DO_IPI_ROUND_TRIP] = do_ipi_round_trip,
};

// ---- The vCPUs ----

// The other one: there to be interrupted.
static void __attribute__((noreturn)) peer(void)
{
    irqs(true);
    box->peer_ready = 1;
    while (!box->peer_stops)
        if (box->peer_waits)
            asm volatile("wfi" ::: "memory");
    for (;;)
        write32(EXIT_BASE + EXIT_DONE, 0);
}

void guest_main(uint64_t vcpu)
{
    set_up_interrupts(vcpu);
    if (vcpu)
        peer();
    for (;;) {
        write32(EXIT_BASE + EXIT_DONE, 0);
        uint64_t rounds = box->rounds;
        for (uint64_t i = 0; i < WARM_UP; i++)
            measure[box->command]();
        for (uint64_t i = 0; i < rounds && i < MAX_ROUNDS; i++)
            box->sample[i] = measure[box->command]();
    }
}
