/* The monitor's view of the interrupt controller: which interrupts are enabled, pending or active, at which CPU, and
 * the list registers. Arm IHI 0069. */
#include "frontends/monitor.h"

#include <inttypes.h>

#include "devices/gicv3.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

/* One interrupt on one line, if there is something to say about it. */
static void show_interrupt(FILE *f, const struct gic_word *w, unsigned bit, unsigned intid, unsigned priority,
                           const char *target)
{
    uint32_t m = UINT32_C(1) << bit;
    bool pending = gic_pending(w) & m;
    if (!((w->enabled | w->active) & m) && !pending)
        return;
    fprintf(f, "  INTID %-5u %s%s%s%s priority %#04x group %u %s%s\n", intid, w->enabled & m ? "enabled" : "disabled",
            pending ? " pending" : "", w->active & m ? " active" : "", w->level & m ? " line-high" : "", priority,
            !!(w->group & m), w->edge & m ? "edge" : "level", target);
}

static void show_distributor(FILE *f, const struct gicv3 *gic)
{
    char target[48];
    fprintf(f, "distributor: GICD_CTLR=%#x (group 0 %s, group 1 %s)\n", gic->ctlr, gic->ctlr & 1 ? "on" : "off",
            gic->ctlr & 2 ? "on" : "off");
    for (unsigned i = INTID_FIRST_SPI; i < GIC_INTIDS; i++) {
        if (gic->irouter[i] & BIT(31))
            snprintf(target, sizeof target, " to any CPU (1 of N)");
        else if (gic->target[i] == GIC_NO_CPU)
            snprintf(target, sizeof target, " to no CPU");
        else
            snprintf(target, sizeof target, " to CPU %u", gic->target[i]);
        show_interrupt(f, &gic->spi[i / 32], i % 32, i, gic->priority[i], target);
    }
}

static void show_lpis(FILE *f, const struct gic_redist *r)
{
    unsigned shown = 0;
    for (unsigned i = 0; i < GIC_LPI_WORDS && shown <= 16; i++)
        for (uint64_t w = r->lpi_pending[i]; w && shown <= 16; w &= w - 1)
            if (shown++ < 16)
                fprintf(f, "  LPI %u pending\n", 64 * i + (unsigned)__builtin_ctzll(w));
    if (shown > 16)
        fprintf(f, "  and more LPIs\n");
}

static void show_redistributor(FILE *f, const struct gicv3 *gic, unsigned i)
{
    const struct gic_redist *r = &gic->redist[i];
    const struct cpu *cpu = gic->machine->cpus[i];
    fprintf(f, "CPU %u: redistributor %s, LPIs %s, ICC_PMR=%#x ICC_IGRPEN1=%u", i, r->asleep ? "asleep" : "awake",
            r->lpis_enabled ? "on" : "off", (unsigned)cpu->sysreg[SR_ICC_PMR_EL1],
            (unsigned)cpu->sysreg[SR_ICC_IGRPEN1_EL1] & 1);
    if (cpu->gic->hppi == INTID_NONE)
        fprintf(f, ", nothing to take\n");
    else
        fprintf(f, ", next INTID %u\n", cpu->gic->hppi);
    for (unsigned n = 0; n < 32; n++)
        show_interrupt(f, &r->w, n, n, r->priority[n], n < 16 ? " SGI" : " PPI");
    show_lpis(f, r);
}

/* ICH_LR<n>_EL2, IHI 0069 12.4.6. */
static void show_list_registers(FILE *f, const struct cpu *cpu)
{
    static const char *const states[] = { "invalid", "pending", "active", "pending and active" };
    uint64_t hcr = cpu->sysreg[SR_ICH_HCR_EL2];
    bool any = false;
    for (unsigned i = 0; i < GIC_LIST_REGISTERS; i++)
        any |= cpu->sysreg[SR_ICH_LR0_EL2 + i] != 0;
    if (!any && !(hcr & 1))
        return;
    fprintf(f, "  virtual: ICH_HCR_EL2=%#" PRIx64 " ICH_VMCR_EL2=%#" PRIx64 " VMID %u\n", hcr,
            cpu->sysreg[SR_ICH_VMCR_EL2], mmu_vmid(cpu));
    for (unsigned i = 0; i < GIC_LIST_REGISTERS; i++) {
        uint64_t lr = cpu->sysreg[SR_ICH_LR0_EL2 + i];
        if (!lr)
            continue;
        fprintf(f, "  LR%-2u vINTID %u %s priority %#04x group %u", i, (unsigned)Bits(lr, 31, 0),
                states[Bits(lr, 63, 62)], (unsigned)Bits(lr, 55, 48), (unsigned)Bits(lr, 60, 60));
        if (Bits(lr, 61, 61))
            fprintf(f, " for INTID %u\n", (unsigned)Bits(lr, 44, 32));
        else
            fprintf(f, "%s\n", Bits(lr, 41, 41) ? " EOI maintenance" : "");
    }
}

enum verdict monitor_gic(struct monitor_session *s, const char *arg)
{
    const struct gicv3 *gic = s->d->m->gic;
    (void)arg;
    if (!gic) {
        fprintf(s->f, "this machine has no interrupt controller\n");
        return STAY;
    }
    show_distributor(s->f, gic);
    for (unsigned i = 0; i < gic->cpu_count; i++) {
        show_redistributor(s->f, gic, i);
        show_list_registers(s->f, gic->machine->cpus[i]);
    }
    return STAY;
}
