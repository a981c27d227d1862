/* The monitor's translation table walks: every descriptor on the way, decoded. Arm ARM D8.3 (descriptor formats). */
#include "frontends/monitor.h"

#include <inttypes.h>
#include <stdarg.h>

#include "frontends/frontends.h"
#include "mmu/mmu.h"

enum { TEXT = 160 };

static bool bit(uint64_t v, unsigned n) { return v >> n & 1; }

/* Append to text as far as it goes. */
static void append(char text[TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char text[TEXT], const char *format, ...)
{
    size_t n = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, TEXT - n, format, args);
    va_end(args);
}

static bool is_table(const struct walk_step *s) { return (s->descriptor & 3) == 3 && s->level < 3; }

static void decode_stage1(const struct walk_step *s, char text[TEXT])
{
    uint64_t d = s->descriptor;
    if (is_table(s)) {
        append(text, "table APTable=%u%s%s", (unsigned)Bits(d, 62, 61), bit(d, 60) ? " UXNTable" : "",
               bit(d, 59) ? " PXNTable" : "");
        return;
    }
    append(text, "%s AttrIndx=%u AP=%u SH=%u%s%s%s%s%s%s%s", s->level == 3 ? "page" : "block", (unsigned)Bits(d, 4, 2),
           (unsigned)Bits(d, 7, 6), (unsigned)Bits(d, 9, 8), bit(d, 10) ? " AF" : " AF=0", bit(d, 11) ? " nG" : "",
           bit(d, 50) ? " GP" : "", bit(d, 51) ? " DBM" : "", bit(d, 52) ? " Contiguous" : "", bit(d, 53) ? " PXN" : "",
           bit(d, 54) ? " UXN" : "");
}

static void decode_stage2(const struct walk_step *s, char text[TEXT])
{
    uint64_t d = s->descriptor;
    if (is_table(s))
        append(text, "table");
    else
        append(text, "%s MemAttr=%#x S2AP=%u SH=%u XN=%u%s%s%s", s->level == 3 ? "page" : "block",
               (unsigned)Bits(d, 5, 2), (unsigned)Bits(d, 7, 6), (unsigned)Bits(d, 9, 8), (unsigned)Bits(d, 54, 53),
               bit(d, 10) ? " AF" : " AF=0", bit(d, 51) ? " DBM" : "", bit(d, 52) ? " Contiguous" : "");
}

static void show_step(FILE *f, const struct walk_step *s)
{
    char text[TEXT] = "";
    if (!(s->descriptor & 1) || (s->level == 3 && !(s->descriptor & 2)))
        append(text, "invalid");
    else if (s->stage == 1)
        decode_stage1(s, text);
    else
        decode_stage2(s, text);
    fprintf(f, "%sstage %u level %u %s %#" PRIx64 ": %016" PRIx64 " at %#" PRIx64 " %s\n",
            s->for_descriptor ? "  " : "", s->stage, s->level, s->stage == 1 ? "VA" : "IPA", s->input, s->descriptor,
            s->address, text);
}

static void rwx(char text[4], unsigned r, unsigned w, unsigned x)
{
    snprintf(text, 4, "%c%c%c", r ? 'r' : '-', w ? 'w' : '-', x ? 'x' : '-');
}

static void show_permissions(FILE *f, const struct walk_description *d)
{
    char p[4], u[4], s2p[4], s2u[4];
    unsigned s1 = d->s1_perms, s2 = d->s2_perms;
    rwx(p, s1 & P_PR, s1 & P_PW, s1 & P_PX);
    rwx(u, s1 & P_UR, s1 & P_UW, s1 & P_UX);
    rwx(s2p, s2 & S2_R, s2 & S2_W, s2 & S2_PX);
    rwx(s2u, s2 & S2_R, s2 & S2_W, s2 & S2_UX);
    if (d->stage1)
        fprintf(f, " stage 1 privileged=%s unprivileged=%s", p, u);
    if (d->stage2)
        fprintf(f, " stage 2 privileged=%s unprivileged=%s", s2p, s2u);
}

static const char *fault_name(unsigned status)
{
    switch (status & ~3u) {
    case FAULT_ADDRESS_SIZE: return "Address size fault";
    case FAULT_TRANSLATION: return "Translation fault";
    case FAULT_ACCESS_FLAG: return "Access flag fault";
    case FAULT_PERMISSION: return "Permission fault";
    case FAULT_EXTERNAL_WALK: return "External abort on the walk";
    default: return "fault";
    }
}

static void show_result(FILE *f, const struct walk_description *d, const char *input, uint64_t address)
{
    const struct fault *fault = &d->result.fault;
    if (fault->status != FAULT_NONE) {
        fprintf(f, "%s %#" PRIx64 ": %s, stage %u level %u", input, address, fault_name(fault->status),
                fault->secondstage ? 2 : 1, fault->status & 3);
        if (fault->secondstage)
            fprintf(f, ", IPA %#" PRIx64, fault->ipa);
        fputc('\n', f);
        return;
    }
    fprintf(f, "%s %#" PRIx64, input, address);
    if (d->stage1 && d->stage2)
        fprintf(f, " -> IPA %#" PRIx64, d->ipa);
    fprintf(f, " -> PA %#" PRIx64 " size=%#" PRIx64 " attr=%#04x%s", d->result.pa, d->result.block_size, d->result.attr,
            d->result.guarded ? " guarded" : "");
    show_permissions(f, d);
    fputc('\n', f);
}

static void show(FILE *f, const struct walk_description *d, const char *input, uint64_t address)
{
    for (unsigned i = 0; i < d->steps; i++)
        show_step(f, &d->step[i]);
    if (!d->steps && !d->stage1 && !d->stage2)
        fprintf(f, "translation is off\n");
    show_result(f, d, input, address);
}

enum verdict monitor_walk(struct monitor_session *s, const char *arg)
{
    struct walk_description d;
    struct stop_point at = { .cpu = -1 };
    struct cpu *cpu = monitor_cpu(s);
    enum debug_regime regime;
    if (!monitor_address(s, arg, &at))
        return STAY;
    struct cpu *from = debugger_cpu(s->d, cpu, &regime);
    if (!from || regime == DEBUG_PHYSICAL) {
        fprintf(s->f, "walk %s: there is no walk of a physical address; choose a space\n", arg);
        return STAY;
    }
    mem_debug_describe(from, regime, at.address, &d);
    show(s->f, &d, "VA", at.address);
    return STAY;
}

enum verdict monitor_stage2(struct monitor_session *s, const char *arg)
{
    struct walk_description d;
    uint64_t ipa;
    enum debug_regime regime;
    if (!parse_number(arg, UINT64_MAX, &ipa)) {
        fprintf(s->f, "stage2 %s: expected an intermediate physical address\n", arg);
        return STAY;
    }
    struct cpu *from = debugger_cpu(s->d, monitor_cpu(s), &regime);
    if (!from)
        return STAY;
    mem_debug_describe_stage2(from, ipa, &d);
    fprintf(s->f, "VMID %u, VTTBR_EL2=%#" PRIx64 "\n", mmu_vmid(from), from->sysreg[SR_VTTBR_EL2]);
    show(s->f, &d, "IPA", ipa);
    return STAY;
}
