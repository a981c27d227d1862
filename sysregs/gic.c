/* GICv3 CPU interface: physical (ICC_), virtual (ICV_, reached through the ICC_ encodings) and hypervisor control
 * (ICH_). Arm IHI 0069 chapters 4 to 6 and the access pseudocode of the registers; one security state, SRE fixed at 1,
 * 5 priority bits and 5 preemption bits in both interfaces, 24-bit INTIDs, 16 list registers.
 *
 * The virtual interface has no storage of its own: everything is in ICH_VMCR, ICH_APxR and ICH_LRn, as a hypervisor
 * sees it. */
#include "sysregs/gic.h"

#include <stdlib.h>

#include "core/exception.h"
#include "core/state.h"
#include "core/stats.h"
#include "core/trace.h"
#include "sysregs/sysregs.h"

enum {
    PRIORITY_BITS = 5,
    IDLE_PRIORITY = 0xff,
    BPR0_MIN = 7 - PRIORITY_BITS,
    BPR1_MIN = BPR0_MIN + 1, /* the Non-secure binary point counts one up */
    MAINTENANCE_PPI = 16 + 9,
};

/* ICC_CTLR_EL1 */
#define CTLR_CBPR    BIT(0)
#define CTLR_EOIMODE BIT(1)
/* Read-only fields, also those of ICV_CTLR_EL1: PRIbits, IDbits = 24 bits, A3V. */
#define CTLR_FIXED ((PRIORITY_BITS - 1) << 8 | 1 << 11 | BIT(15))
#define CTLR_RSS   BIT(18)
/* ICH_HCR_EL2 */
#define ICH_EN         BIT(0)
#define ICH_UIE        BIT(1)
#define ICH_LRENPIE    BIT(2)
#define ICH_NPIE       BIT(3)
#define ICH_VGRP0EIE   BIT(4)
#define ICH_VGRP0DIE   BIT(5)
#define ICH_VGRP1EIE   BIT(6)
#define ICH_VGRP1DIE   BIT(7)
#define ICH_TC         BIT(10)
#define ICH_TALL0      BIT(11)
#define ICH_TALL1      BIT(12)
#define ICH_TDIR       BIT(14)
#define ICH_EOICOUNT   (UINT64_C(31) << 27)
#define SRE_EL2_ENABLE BIT(3)
/* ICH_VMCR_EL2. VFIQEn is RES1 because there are only system registers; VAckCtl therefore RES0. */
#define VMCR_VENG0  BIT(0)
#define VMCR_VENG1  BIT(1)
#define VMCR_VFIQEN BIT(3)
#define VMCR_VCBPR  BIT(4)
#define VMCR_VEOIM  BIT(9)
enum { VMCR_VBPR1 = 18, VMCR_VBPR0 = 21, VMCR_VPMR = 24 };
/* ICH_LRn_EL2 */
#define LR_PENDING BIT(62)
#define LR_ACTIVE  BIT(63)
#define LR_STATE   (LR_PENDING | LR_ACTIVE)
#define LR_HW      BIT(61)
#define LR_GROUP   BIT(60)
#define LR_EOI     BIT(41)
#define LR_MASK    (LR_STATE | LR_HW | LR_GROUP | (uint64_t)GIC_PRIORITY_MASK << 48 | UINT64_C(0x1fff) << 32 | UINT32_MAX)

static void ppi_unconnected(struct cpu *cpu, unsigned intid, bool level) { (void)cpu, (void)intid, (void)level; }
void (*ppi_set)(struct cpu *cpu, unsigned intid, bool level) = ppi_unconnected;

/* ---- Priorities, the same for both interfaces ---- */

/* The bits of a priority that decide preemption. CBPR: both groups use BPR0. */
static unsigned group_priority_mask(unsigned bpr0, unsigned bpr1, bool cbpr, unsigned group)
{
    unsigned bpr = group == 1 && !cbpr ? bpr1 - 1 : bpr0;
    return 0xffu << (bpr + 1) & 0xff;
}

/* Highest active priority of two active priorities registers, IDLE_PRIORITY if none. Bit n stands for priority 8n. */
static unsigned active_priority(uint64_t ap0, uint64_t ap1)
{
    uint32_t ap = (uint32_t)(ap0 | ap1);
    return ap ? (unsigned)__builtin_ctz(ap) << (8 - PRIORITY_BITS) : IDLE_PRIORITY;
}

/* Clear the highest active priority; returns it, with its group in *group. */
static unsigned drop_priority(uint64_t *ap0, uint64_t *ap1, unsigned *group)
{
    unsigned priority = active_priority(*ap0, *ap1);
    if (priority == IDLE_PRIORITY)
        return priority;
    uint64_t bit = BIT(priority >> (8 - PRIORITY_BITS));
    *group = *ap0 & bit ? 0 : 1;
    *(*group ? ap1 : ap0) &= ~bit;
    return priority;
}

static unsigned clamp_bpr(uint64_t value, unsigned min) { return (value & 7) < min ? min : value & 7; }

/* ---- Physical CPU interface ---- */

static unsigned icc_mask(const struct cpu *cpu, unsigned group)
{
    return group_priority_mask((unsigned)cpu->sysreg[SR_ICC_BPR0_EL1], (unsigned)cpu->sysreg[SR_ICC_BPR1_EL1],
                               cpu->sysreg[SR_ICC_CTLR_EL1] & CTLR_CBPR, group);
}

/* Is the highest priority pending interrupt enabled, above the mask and above the running priority? */
static bool CanSignalInterrupt(const struct cpu *cpu)
{
    const struct gic_cpu *gic = cpu->gic;
    if (gic->hppi == INTID_NONE)
        return false;
    if (!cpu->sysreg[gic->hppi_group ? SR_ICC_IGRPEN1_EL1 : SR_ICC_IGRPEN0_EL1])
        return false;
    if (gic->hppi_priority >= cpu->sysreg[SR_ICC_PMR_EL1])
        return false;
    unsigned running = active_priority(cpu->sysreg[SR_ICC_AP0R0_EL1], cpu->sysreg[SR_ICC_AP1R0_EL1]);
    unsigned mask = icc_mask(cpu, gic->hppi_group);
    return running == IDLE_PRIORITY || (gic->hppi_priority & mask) < (running & mask);
}

static void icc_update(struct cpu *cpu)
{
    bool signal = CanSignalInterrupt(cpu);
    cpu_set_line(cpu, LINE_IRQ, signal && cpu->gic->hppi_group == 1);
    cpu_set_line(cpu, LINE_FIQ, signal && cpu->gic->hppi_group == 0);
}

void gic_set_hppi(struct cpu *cpu, unsigned intid, unsigned priority, unsigned group)
{
    struct gic_cpu *gic = cpu->gic;
    gic->hppi = intid;
    gic->hppi_priority = (uint8_t)priority;
    gic->hppi_group = (uint8_t)group;
    icc_update(cpu);
}

static uint64_t icc_iar(struct cpu *cpu, unsigned group)
{
    struct gic_cpu *gic = cpu->gic;
    if (!CanSignalInterrupt(cpu) || gic->hppi_group != group)
        return INTID_NONE;
    unsigned intid = gic->hppi, priority = gic->hppi_priority & icc_mask(cpu, group);
    cpu->sysreg[group ? SR_ICC_AP1R0_EL1 : SR_ICC_AP0R0_EL1] |= BIT(priority >> (8 - PRIORITY_BITS));
    TRACE(TRACE_IRQ, cpu, "acknowledge %u group %u priority %#x", intid, group, gic->hppi_priority);
    count_event(cpu, COUNT_GIC_ACKNOWLEDGE);
    gic->ops->acknowledge(cpu, intid);
    icc_update(cpu);
    return intid;
}

static void icc_deactivate(struct cpu *cpu, unsigned intid)
{
    count_event(cpu, COUNT_GIC_DEACTIVATE);
    if (cpu->gic->ops)
        cpu->gic->ops->deactivate(cpu, intid);
}

/* EOImode 0 drops and deactivates, 1 only drops. A write for the wrong group is UNPREDICTABLE: ignored. LPIs have no
 * active state. */
static void icc_eoir(struct cpu *cpu, uint64_t value, unsigned group)
{
    unsigned intid = value & 0xffffff;
    uint64_t *ap0 = &cpu->sysreg[SR_ICC_AP0R0_EL1], *ap1 = &cpu->sysreg[SR_ICC_AP1R0_EL1];
    if (intid >= INTID_FIRST_SPECIAL && intid <= INTID_NONE)
        return;
    uint64_t dropped0 = *ap0, dropped1 = *ap1;
    unsigned dropped_group;
    if (drop_priority(&dropped0, &dropped1, &dropped_group) == IDLE_PRIORITY || dropped_group != group) {
        TRACE(TRACE_GUEST, cpu, "EOI of interrupt %u, but no group %u priority is active", intid, group);
        return;
    }
    *ap0 = dropped0, *ap1 = dropped1;
    TRACE(TRACE_IRQ, cpu, "end of interrupt %u group %u", intid, group);
    count_event(cpu, COUNT_GIC_EOI);
    if (!(cpu->sysreg[SR_ICC_CTLR_EL1] & CTLR_EOIMODE) && intid < INTID_FIRST_LPI)
        icc_deactivate(cpu, intid);
    icc_update(cpu);
}

static void icc_dir(struct cpu *cpu, uint64_t value)
{
    unsigned intid = value & 0xffffff;
    if (intid >= INTID_FIRST_SPECIAL)
        return;
    if (!(cpu->sysreg[SR_ICC_CTLR_EL1] & CTLR_EOIMODE)) {
        TRACE(TRACE_GUEST, cpu, "ICC_DIR_EL1 written with EOImode 0: ignored");
        return;
    }
    icc_deactivate(cpu, intid);
    icc_update(cpu);
}

static uint64_t icc_hppir(const struct cpu *cpu, unsigned group)
{
    return cpu->gic->hppi != INTID_NONE && cpu->gic->hppi_group == group ? cpu->gic->hppi : INTID_NONE;
}

static uint64_t icc_bpr1(const struct cpu *cpu)
{
    if (!(cpu->sysreg[SR_ICC_CTLR_EL1] & CTLR_CBPR))
        return cpu->sysreg[SR_ICC_BPR1_EL1];
    return cpu->sysreg[SR_ICC_BPR0_EL1] < 7 ? cpu->sysreg[SR_ICC_BPR0_EL1] + 1 : 7;
}

static uint64_t icc_read(struct cpu *cpu, enum sysreg_index r)
{
    switch (r) {
    case SR_ICC_IAR0_EL1: return icc_iar(cpu, 0);
    case SR_ICC_IAR1_EL1: return icc_iar(cpu, 1);
    case SR_ICC_HPPIR0_EL1: return icc_hppir(cpu, 0);
    case SR_ICC_HPPIR1_EL1: return icc_hppir(cpu, 1);
    case SR_ICC_RPR_EL1: return active_priority(cpu->sysreg[SR_ICC_AP0R0_EL1], cpu->sysreg[SR_ICC_AP1R0_EL1]);
    case SR_ICC_BPR1_EL1: return icc_bpr1(cpu);
    case SR_ICC_CTLR_EL1: return cpu->sysreg[r] | CTLR_FIXED | CTLR_RSS;
    default: return cpu->sysreg[r];
    }
}

static void icc_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    uint64_t *reg = &cpu->sysreg[r], value = *reg;
    switch (r) {
    case SR_ICC_EOIR0_EL1: icc_eoir(cpu, value, 0); return;
    case SR_ICC_EOIR1_EL1: icc_eoir(cpu, value, 1); return;
    case SR_ICC_DIR_EL1: icc_dir(cpu, value); return;
    case SR_ICC_PMR_EL1: *reg &= GIC_PRIORITY_MASK; break;
    case SR_ICC_BPR0_EL1: *reg = clamp_bpr(value, BPR0_MIN); break;
    case SR_ICC_BPR1_EL1: /* with CBPR writes are ignored */
        *reg = cpu->sysreg[SR_ICC_CTLR_EL1] & CTLR_CBPR ? old : clamp_bpr(value, BPR1_MIN);
        break;
    case SR_ICC_CTLR_EL1: *reg &= CTLR_CBPR | CTLR_EOIMODE; break;
    case SR_ICC_IGRPEN0_EL1:
    case SR_ICC_IGRPEN1_EL1: *reg &= 1; break;
    case SR_ICC_AP0R0_EL1:
    case SR_ICC_AP1R0_EL1: *reg &= UINT32_MAX; break;
    default: break;
    }
    icc_update(cpu);
}

/* ---- Virtual CPU interface ---- */

static uint64_t *list_register(struct cpu *cpu, unsigned n) { return &cpu->sysreg[SR_ICH_LR0_EL2 + n]; }
static unsigned lr_priority(uint64_t lr) { return lr >> 48 & 0xff; }
static unsigned lr_group(uint64_t lr) { return lr & LR_GROUP ? 1 : 0; }

/* The one way to change a list register: keeps the summaries. */
static void set_list_register(struct cpu *cpu, unsigned n, uint64_t lr)
{
    struct gic_cpu *gic = cpu->gic;
    uint16_t bit = (uint16_t)(1u << n);
    uint64_t state = lr & LR_STATE;
    *list_register(cpu, n) = lr;
    gic->lr_pending = (uint16_t)((gic->lr_pending & ~bit) | (state == LR_PENDING ? bit : 0));
    gic->lr_valid = (uint16_t)((gic->lr_valid & ~bit) | (state ? bit : 0));
    gic->lr_eoi = (uint16_t)((gic->lr_eoi & ~bit) | ((lr & (LR_STATE | LR_HW | LR_EOI)) == LR_EOI ? bit : 0));
}

static unsigned vmcr_bpr0(uint64_t vmcr) { return vmcr >> VMCR_VBPR0 & 7; }
static unsigned vmcr_bpr1(uint64_t vmcr) { return vmcr >> VMCR_VBPR1 & 7; }

static unsigned icv_mask(const struct cpu *cpu, unsigned group)
{
    uint64_t vmcr = cpu->sysreg[SR_ICH_VMCR_EL2];
    return group_priority_mask(vmcr_bpr0(vmcr), vmcr_bpr1(vmcr), vmcr & VMCR_VCBPR, group);
}

/* List register of the highest priority pending virtual interrupt whose group is enabled, -1 if none. Of equals the
 * first. */
static int HighestPriorityVirtualInterrupt(struct cpu *cpu)
{
    uint64_t vmcr = cpu->sysreg[SR_ICH_VMCR_EL2];
    unsigned best = 0x100;
    int found = -1;
    for (unsigned set = cpu->gic->lr_pending; set; set &= set - 1) {
        int n = __builtin_ctz(set);
        uint64_t lr = *list_register(cpu, (unsigned)n);
        if ((vmcr & (lr_group(lr) ? VMCR_VENG1 : VMCR_VENG0)) && lr_priority(lr) < best)
            best = lr_priority(lr), found = n;
    }
    return found;
}

static bool CanSignalVirtualInterrupt(const struct cpu *cpu, uint64_t lr)
{
    if (!(cpu->sysreg[SR_ICH_HCR_EL2] & ICH_EN))
        return false;
    unsigned priority = lr_priority(lr);
    if (priority >= (cpu->sysreg[SR_ICH_VMCR_EL2] >> VMCR_VPMR & 0xff))
        return false;
    unsigned running = active_priority(cpu->sysreg[SR_ICH_AP0R0_EL2], cpu->sysreg[SR_ICH_AP1R0_EL2]);
    unsigned mask = icv_mask(cpu, lr_group(lr));
    return running == IDLE_PRIORITY || (priority & mask) < (running & mask);
}

/* ICH_MISR_EL2. */
static uint64_t maintenance_status(const struct cpu *cpu)
{
    const struct gic_cpu *gic = cpu->gic;
    uint64_t hcr = cpu->sysreg[SR_ICH_HCR_EL2], vmcr = cpu->sysreg[SR_ICH_VMCR_EL2], misr = 0;
    if (gic->lr_eoi)
        misr |= BIT(0);
    if ((hcr & ICH_UIE) && !(gic->lr_valid & (gic->lr_valid - 1))) /* none or one valid */
        misr |= BIT(1);
    if ((hcr & ICH_LRENPIE) && (hcr & ICH_EOICOUNT))
        misr |= BIT(2);
    if ((hcr & ICH_NPIE) && !gic->lr_pending)
        misr |= BIT(3);
    if ((hcr & ICH_VGRP0EIE) && (vmcr & VMCR_VENG0))
        misr |= BIT(4);
    if ((hcr & ICH_VGRP0DIE) && !(vmcr & VMCR_VENG0))
        misr |= BIT(5);
    if ((hcr & ICH_VGRP1EIE) && (vmcr & VMCR_VENG1))
        misr |= BIT(6);
    if ((hcr & ICH_VGRP1DIE) && !(vmcr & VMCR_VENG1))
        misr |= BIT(7);
    return misr;
}

void gic_why_physical(struct cpu *cpu)
{
    unsigned intid = cpu->gic ? cpu->gic->hppi : INTID_NONE;
    if (intid == INTID_NONE) /* a line that something else drives */
        cpu_why(cpu, "interrupt line asserted", 0, 0, 0, 0);
    else if (intid < 16)
        cpu_why(cpu, "SGI %lu pending", intid, 0, 0, 0);
    else if (intid < INTID_FIRST_SPI)
        cpu_why(cpu, "PPI %lu pending", intid, 0, 0, 0);
    else if (intid < INTID_FIRST_LPI)
        cpu_why(cpu, "SPI %lu pending", intid, 0, 0, 0);
    else
        cpu_why(cpu, "LPI pending|INTID %lu", 0, 0, intid, 0);
}

void gic_why_virtual(struct cpu *cpu)
{
    int n = cpu->gic && cpu->gic->lr_pending ? HighestPriorityVirtualInterrupt(cpu) : -1;
    if (n < 0)
        cpu_why(cpu, "virtual interrupt line asserted", 0, 0, 0, 0);
    else
        cpu_why(cpu, "virtual interrupt %lu pending|ICH_LR%lu_EL2", Bits(*list_register(cpu, (unsigned)n), 31, 0), 0,
                (unsigned long)n, 0);
}

static void icv_update(struct cpu *cpu)
{
    bool signal[2] = { false, false };
    bool enabled = cpu->sysreg[SR_ICH_HCR_EL2] & ICH_EN;
    int n = enabled && cpu->gic->lr_pending ? HighestPriorityVirtualInterrupt(cpu) : -1;
    if (n >= 0) {
        uint64_t lr = *list_register(cpu, (unsigned)n);
        signal[lr_group(lr)] = CanSignalVirtualInterrupt(cpu, lr);
    }
    cpu_set_line(cpu, LINE_VFIQ, signal[0]);
    cpu_set_line(cpu, LINE_VIRQ, signal[1]);
    bool maintenance = enabled && maintenance_status(cpu);
    if (maintenance != cpu->gic->maintenance) {
        cpu->gic->maintenance = maintenance;
        if (maintenance)
            count_event(cpu, COUNT_GIC_MAINTENANCE);
        ppi_set(cpu, MAINTENANCE_PPI, maintenance);
    }
}

static uint64_t icv_iar(struct cpu *cpu, unsigned group)
{
    int n = HighestPriorityVirtualInterrupt(cpu);
    uint64_t lr = n >= 0 ? *list_register(cpu, (unsigned)n) : 0;
    if (n < 0 || lr_group(lr) != group || !CanSignalVirtualInterrupt(cpu, lr))
        return INTID_NONE;
    unsigned intid = lr & 0xffffff;
    count_event(cpu, COUNT_GICV_ACKNOWLEDGE);
    TRACE(TRACE_IRQ, cpu, "virtual acknowledge %u group %u priority %#x (LR%d)", intid, group, lr_priority(lr), n);
    if (intid >= INTID_FIRST_SPECIAL && intid < INTID_FIRST_LPI) {
        /* Not an interrupt: Arm returns it, makes the list register invalid and activates nothing. */
        set_list_register(cpu, (unsigned)n, lr & ~LR_STATE);
    } else {
        unsigned priority = lr_priority(lr) & icv_mask(cpu, group);
        cpu->sysreg[group ? SR_ICH_AP1R0_EL2 : SR_ICH_AP0R0_EL2] |= BIT(priority >> (8 - PRIORITY_BITS));
        set_list_register(cpu, (unsigned)n, (lr & ~LR_STATE) | LR_ACTIVE);
    }
    icv_update(cpu);
    return intid;
}

/* The list register that holds virtual interrupt intid with its active bit set, -1 if none. */
static int find_active(struct cpu *cpu, unsigned intid)
{
    for (unsigned set = cpu->gic->lr_valid; set; set &= set - 1) {
        int n = __builtin_ctz(set);
        uint64_t lr = *list_register(cpu, (unsigned)n);
        if ((lr & LR_ACTIVE) && (lr & 0xffffff) == intid)
            return n;
    }
    return -1;
}

static void icv_deactivate(struct cpu *cpu, unsigned n)
{
    uint64_t lr = *list_register(cpu, n);
    unsigned pintid = lr >> 32 & 0x1fff;
    set_list_register(cpu, n, lr & ~LR_ACTIVE);
    if ((lr & LR_HW) && pintid < INTID_FIRST_SPECIAL)
        icc_deactivate(cpu, pintid);
}

/* A deactivation without a list register: counted for the hypervisor, modulo the field. */
static void count_eoi(struct cpu *cpu)
{
    uint64_t *hcr = &cpu->sysreg[SR_ICH_HCR_EL2];
    *hcr = (*hcr & ~ICH_EOICOUNT) | ((*hcr + BIT(27)) & ICH_EOICOUNT);
}

/* Of the permitted choices: the priority drops before anything is checked; without a drop nothing else happens, so
 * EOIcount stays. */
static void icv_eoir(struct cpu *cpu, uint64_t value, unsigned group)
{
    unsigned intid = value & 0xffffff, dropped_group = 0;
    bool split = cpu->sysreg[SR_ICH_VMCR_EL2] & VMCR_VEOIM, lpi = intid >= INTID_FIRST_LPI;
    if (intid >= INTID_FIRST_SPECIAL && intid <= INTID_NONE)
        return;
    unsigned dropped = drop_priority(&cpu->sysreg[SR_ICH_AP0R0_EL2], &cpu->sysreg[SR_ICH_AP1R0_EL2], &dropped_group);
    if (dropped == IDLE_PRIORITY)
        return;
    count_event(cpu, COUNT_GICV_EOI);
    TRACE(TRACE_IRQ, cpu, "virtual end of interrupt %u group %u", intid, group);
    int n = find_active(cpu, intid);
    if (n < 0) {
        if (!lpi && !split)
            count_eoi(cpu);
    } else {
        uint64_t lr = *list_register(cpu, (unsigned)n);
        bool matches = lr_group(lr) == group && (lr_priority(lr) & icv_mask(cpu, group)) == dropped;
        if (matches && (!split || lpi))
            icv_deactivate(cpu, (unsigned)n);
    }
    icv_update(cpu);
}

static void icv_dir(struct cpu *cpu, uint64_t value)
{
    unsigned intid = value & 0xffffff;
    if (intid >= INTID_FIRST_SPECIAL || !(cpu->sysreg[SR_ICH_VMCR_EL2] & VMCR_VEOIM))
        return;
    count_event(cpu, COUNT_GICV_DEACTIVATE);
    int n = find_active(cpu, intid);
    if (n < 0)
        count_eoi(cpu);
    else
        icv_deactivate(cpu, (unsigned)n);
    icv_update(cpu);
}

static uint64_t icv_hppir(struct cpu *cpu, unsigned group)
{
    int n = HighestPriorityVirtualInterrupt(cpu);
    if (n < 0 || lr_group(*list_register(cpu, (unsigned)n)) != group)
        return INTID_NONE;
    return *list_register(cpu, (unsigned)n) & 0xffffff;
}

static uint64_t icv_ctlr(uint64_t vmcr)
{
    return CTLR_FIXED | (vmcr & VMCR_VEOIM ? CTLR_EOIMODE : 0) | (vmcr & VMCR_VCBPR ? CTLR_CBPR : 0);
}

static uint64_t icv_bpr1(uint64_t vmcr)
{
    if (!(vmcr & VMCR_VCBPR))
        return vmcr_bpr1(vmcr);
    return vmcr_bpr0(vmcr) < 7 ? vmcr_bpr0(vmcr) + 1 : 7;
}

static uint64_t icv_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t vmcr = cpu->sysreg[SR_ICH_VMCR_EL2];
    switch (r) {
    case SR_ICC_IAR0_EL1: return icv_iar(cpu, 0);
    case SR_ICC_IAR1_EL1: return icv_iar(cpu, 1);
    case SR_ICC_HPPIR0_EL1: return icv_hppir(cpu, 0);
    case SR_ICC_HPPIR1_EL1: return icv_hppir(cpu, 1);
    case SR_ICC_RPR_EL1: return active_priority(cpu->sysreg[SR_ICH_AP0R0_EL2], cpu->sysreg[SR_ICH_AP1R0_EL2]);
    case SR_ICC_PMR_EL1: return vmcr >> VMCR_VPMR & 0xff;
    case SR_ICC_BPR0_EL1: return vmcr_bpr0(vmcr);
    case SR_ICC_BPR1_EL1: return icv_bpr1(vmcr);
    case SR_ICC_CTLR_EL1: return icv_ctlr(vmcr);
    case SR_ICC_IGRPEN0_EL1: return vmcr & VMCR_VENG0 ? 1 : 0;
    case SR_ICC_IGRPEN1_EL1: return vmcr & VMCR_VENG1 ? 1 : 0;
    case SR_ICC_AP0R0_EL1: return cpu->sysreg[SR_ICH_AP0R0_EL2];
    case SR_ICC_AP1R0_EL1: return cpu->sysreg[SR_ICH_AP1R0_EL2];
    default: return cpu->sysreg[r];
    }
}

static void set_vmcr_field(struct cpu *cpu, uint64_t mask, unsigned shift, uint64_t value)
{
    uint64_t *vmcr = &cpu->sysreg[SR_ICH_VMCR_EL2];
    *vmcr = (*vmcr & ~(mask << shift)) | (value & mask) << shift;
}

static void icv_write(struct cpu *cpu, enum sysreg_index r, uint64_t value)
{
    uint64_t vmcr = cpu->sysreg[SR_ICH_VMCR_EL2];
    switch (r) {
    case SR_ICC_EOIR0_EL1: icv_eoir(cpu, value, 0); return;
    case SR_ICC_EOIR1_EL1: icv_eoir(cpu, value, 1); return;
    case SR_ICC_DIR_EL1: icv_dir(cpu, value); return;
    case SR_ICC_PMR_EL1: set_vmcr_field(cpu, 0xff, VMCR_VPMR, value & GIC_PRIORITY_MASK); break;
    case SR_ICC_BPR0_EL1: set_vmcr_field(cpu, 7, VMCR_VBPR0, clamp_bpr(value, BPR0_MIN)); break;
    case SR_ICC_BPR1_EL1:
        if (!(vmcr & VMCR_VCBPR))
            set_vmcr_field(cpu, 7, VMCR_VBPR1, clamp_bpr(value, BPR1_MIN));
        break;
    case SR_ICC_CTLR_EL1:
        set_vmcr_field(cpu, 1, 4, value);
        set_vmcr_field(cpu, 1, 9, value >> 1);
        break;
    case SR_ICC_IGRPEN0_EL1: set_vmcr_field(cpu, 1, 0, value); break;
    case SR_ICC_IGRPEN1_EL1: set_vmcr_field(cpu, 1, 1, value); break;
    case SR_ICC_AP0R0_EL1: cpu->sysreg[SR_ICH_AP0R0_EL2] = value & UINT32_MAX; break;
    case SR_ICC_AP1R0_EL1: cpu->sysreg[SR_ICH_AP1R0_EL2] = value & UINT32_MAX; break;
    default: break;
    }
    icv_update(cpu);
}

/* ---- Hypervisor control ---- */

static uint64_t ich_vtr(void)
{
    return (uint64_t)(PRIORITY_BITS - 1) << 29 | (PRIORITY_BITS - 1) << 26 | 1 << 23 /* 24 ID bits */ |
           1 << 21 /* A3V */ | 1 << 20 /* nV4 */ | 1 << 19 /* TDS */ | (GIC_LIST_REGISTERS - 1);
}

/* Empty: invalid, and not holding an EOI maintenance request. */
static uint64_t ich_elrsr(const struct cpu *cpu) { return (uint16_t) ~(cpu->gic->lr_valid | cpu->gic->lr_eoi); }

static uint64_t sanitise_vmcr(uint64_t v)
{
    uint64_t kept = v & (VMCR_VENG0 | VMCR_VENG1 | VMCR_VCBPR | VMCR_VEOIM | (uint64_t)GIC_PRIORITY_MASK << VMCR_VPMR);
    return kept | VMCR_VFIQEN | (uint64_t)clamp_bpr(vmcr_bpr0(v), BPR0_MIN) << VMCR_VBPR0 |
           (uint64_t)clamp_bpr(vmcr_bpr1(v), BPR1_MIN) << VMCR_VBPR1;
}

static uint64_t sanitise_lr(uint64_t lr)
{
    lr &= LR_MASK;
    return lr & LR_HW ? lr : lr & ~(UINT64_C(0x1fff) << 32 & ~LR_EOI); /* HW = 0: only EOI of the pINTID bits */
}

static void ich_written(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t *reg = &cpu->sysreg[r];
    if (r >= SR_ICH_LR0_EL2 && r <= SR_ICH_LR15_EL2) {
        count_event(cpu, COUNT_GIC_LIST_REGISTER);
        set_list_register(cpu, r - SR_ICH_LR0_EL2, sanitise_lr(*reg));
    } else if (r == SR_ICH_VMCR_EL2)
        *reg = sanitise_vmcr(*reg);
    else if (r != SR_ICH_HCR_EL2)
        *reg &= UINT32_MAX; /* active priorities */
    icv_update(cpu);
}

/* ---- Rows' hooks ---- */

/* Which HCR_EL2 bits turn an EL1 access to this register into one of the virtual interface; 0 for ICH_ and SRE. */
static uint64_t virtual_when(enum sysreg_index r)
{
    switch (r) {
    case SR_ICC_IAR0_EL1:
    case SR_ICC_EOIR0_EL1:
    case SR_ICC_HPPIR0_EL1:
    case SR_ICC_BPR0_EL1:
    case SR_ICC_AP0R0_EL1:
    case SR_ICC_IGRPEN0_EL1: return HCR_FMO;
    case SR_ICC_IAR1_EL1:
    case SR_ICC_EOIR1_EL1:
    case SR_ICC_HPPIR1_EL1:
    case SR_ICC_BPR1_EL1:
    case SR_ICC_AP1R0_EL1:
    case SR_ICC_IGRPEN1_EL1: return HCR_IMO;
    case SR_ICC_PMR_EL1:
    case SR_ICC_CTLR_EL1:
    case SR_ICC_DIR_EL1:
    case SR_ICC_RPR_EL1: return HCR_IMO | HCR_FMO;
    default: return 0;
    }
}

/* ICH_HCR_EL2 bits that trap an EL1 access to the register to EL2 (TDIR: only ICC_DIR_EL1). */
static uint64_t trap_bits(enum sysreg_index r)
{
    switch (r) {
    case SR_ICC_DIR_EL1: return ICH_TC | ICH_TDIR;
    case SR_ICC_SGI0R_EL1:
    case SR_ICC_SGI1R_EL1:
    case SR_ICC_ASGI1R_EL1: return ICH_TC;
    default: break;
    }
    switch (virtual_when(r)) {
    case HCR_FMO: return ICH_TALL0;
    case HCR_IMO: return ICH_TALL1;
    case HCR_FMO | HCR_IMO: return ICH_TC;
    default: return 0;
    }
}

unsigned gic_check(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)write;
    switch (r) { /* more preemption levels than there are */
    case SR_ICC_AP0R1_EL1:
    case SR_ICC_AP0R2_EL1:
    case SR_ICC_AP0R3_EL1:
    case SR_ICC_AP1R1_EL1:
    case SR_ICC_AP1R2_EL1:
    case SR_ICC_AP1R3_EL1:
    case SR_ICH_AP0R1_EL2:
    case SR_ICH_AP0R2_EL2:
    case SR_ICH_AP0R3_EL2:
    case SR_ICH_AP1R1_EL2:
    case SR_ICH_AP1R2_EL2:
    case SR_ICH_AP1R3_EL2:
        cpu_why(cpu, "active priorities register not implemented (5 bits of preemption)", 0, 0, 0, 0);
        return ACCESS_UNDEFINED;
    default: break;
    }
    if (cpu->pstate.EL != EL1)
        return ACCESS_OK;
    if (r == SR_ICC_SRE_EL1 && !control_any(cpu, SR_ICC_SRE_EL2, SRE_EL2_ENABLE))
        return ACCESS_TRAP(EL2);
    if (control_any(cpu, SR_ICH_HCR_EL2, trap_bits(r)))
        return ACCESS_TRAP(EL2);
    bool sgi = r == SR_ICC_SGI0R_EL1 || r == SR_ICC_SGI1R_EL1 || r == SR_ICC_ASGI1R_EL1;
    return sgi && control_any(cpu, SR_HCR_EL2, HCR_IMO | HCR_FMO) ? ACCESS_TRAP(EL2) : ACCESS_OK;
}

static bool is_virtual(const struct cpu *cpu, enum sysreg_index r)
{
    return cpu->pstate.EL == EL1 && (cpu->sysreg[SR_HCR_EL2] & virtual_when(r));
}

uint64_t gic_read(struct cpu *cpu, enum sysreg_index r)
{
    switch (r) {
    case SR_ICH_VTR_EL2: return ich_vtr();
    case SR_ICH_MISR_EL2: return maintenance_status(cpu);
    case SR_ICH_EISR_EL2: return cpu->gic->lr_eoi;
    case SR_ICH_ELRSR_EL2: return ich_elrsr(cpu);
    default: return is_virtual(cpu, r) ? icv_read(cpu, r) : icc_read(cpu, r);
    }
}

void gic_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    uint64_t value = cpu->sysreg[r];
    if (is_virtual(cpu, r)) {
        cpu->sysreg[r] = old; /* the physical interface keeps its own */
        icv_write(cpu, r, value);
        return;
    }
    switch (r) {
    case SR_HCR_EL2: timer_written(cpu, r, old); return; /* TGE decides whether CNTPOFF_EL2 counts */
    case SR_ICC_SRE_EL1: cpu->sysreg[r] = 7; return;     /* SRE, DFB, DIB: RAO/WI */
    case SR_ICC_SRE_EL2: cpu->sysreg[r] = 7 | (value & SRE_EL2_ENABLE); return;
    case SR_ICC_SGI0R_EL1:
    case SR_ICC_SGI1R_EL1:
    case SR_ICC_ASGI1R_EL1:
        cpu->sysreg[r] = 0;
        count_event(cpu, COUNT_GIC_SGI);
        /* With one security state the "other" Group 1 of ASGI1R is what a Secure view would have as Group 0. */
        if (cpu->gic->ops)
            cpu->gic->ops->sgi(cpu, value, r == SR_ICC_SGI1R_EL1 ? 1 : 0);
        return;
    default: break;
    }
    if (r >= SR_ICH_AP0R0_EL2 && r <= SR_ICH_LR15_EL2)
        ich_written(cpu, r);
    else
        icc_written(cpu, r, old);
}

bool gic_create(struct cpu *cpu)
{
    if (!cpu->gic)
        cpu->gic = calloc(1, sizeof *cpu->gic);
    if (!cpu->gic)
        return false;
    cpu->gic->hppi = INTID_NONE;
    return true;
}

void gic_reset(struct cpu *cpu)
{
    static const enum sysreg_index zero[] = {
        SR_ICC_PMR_EL1,   SR_ICC_CTLR_EL1,  SR_ICC_IGRPEN0_EL1, SR_ICC_IGRPEN1_EL1, SR_ICC_AP0R0_EL1,
        SR_ICC_AP1R0_EL1, SR_ICH_AP0R0_EL2, SR_ICH_AP1R0_EL2,   SR_ICH_HCR_EL2,
    };
    for (unsigned i = 0; i < sizeof zero / sizeof *zero; i++)
        cpu->sysreg[zero[i]] = 0;
    cpu->sysreg[SR_ICC_BPR0_EL1] = BPR0_MIN;
    cpu->sysreg[SR_ICC_BPR1_EL1] = BPR1_MIN;
    cpu->sysreg[SR_ICC_SRE_EL1] = 7;
    cpu->sysreg[SR_ICC_SRE_EL2] = 7;
    cpu->sysreg[SR_ICH_VMCR_EL2] = sanitise_vmcr(0);
    cpu->sysreg[SR_ICH_VTR_EL2] = ich_vtr();
    for (unsigned n = 0; n < GIC_LIST_REGISTERS; n++)
        *list_register(cpu, n) = 0;
    gic_update(cpu);
}

void gic_update(struct cpu *cpu)
{
    for (unsigned n = 0; n < GIC_LIST_REGISTERS; n++)
        set_list_register(cpu, n, *list_register(cpu, n));
    icc_update(cpu);
    icv_update(cpu);
}

void gic_visit(struct state_pass *s, struct cpu *cpu)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct gic_cpu, ops, STATE_HOST),           STATE_ANY(struct gic_cpu, owner, STATE_HOST),
        STATE_TO(struct gic_cpu, hppi, STATE_GUEST, 0xffff),  STATE_ANY(struct gic_cpu, hppi_priority, STATE_GUEST),
        STATE_TO(struct gic_cpu, hppi_group, STATE_GUEST, 1), STATE_ANY(struct gic_cpu, lr_pending, STATE_GUEST),
        STATE_ANY(struct gic_cpu, lr_valid, STATE_GUEST),     STATE_ANY(struct gic_cpu, lr_eoi, STATE_GUEST),
        STATE_ANY(struct gic_cpu, maintenance, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct gic_cpu, fields);
    state_walk(s, &layout, cpu->gic);
}
