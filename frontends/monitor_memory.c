/* The monitor's commands about memory and translation. */
#include "frontends/monitor.h"

#include <inttypes.h>

#include "frontends/frontends.h"
#include "mmu/mmu.h"

enum verdict monitor_space(struct monitor_session *s, const char *arg)
{
    char text[SPACE_TEXT];
    if (*arg && !space_parse(s->d, arg, &s->d->space))
        fprintf(s->f, "%s\n", user_error_text);
    else
        fprintf(s->f, "addresses are those of: %s\n", space_text(&s->d->space, text));
    return STAY;
}

enum verdict monitor_x(struct monitor_session *s, const char *arg)
{
    enum { MOST = 4096 };
    struct stop_point at = { .cpu = -1 };
    char word[128];
    uint64_t n = 1, value;
    const char *rest = arg;
    if (!monitor_word(&rest, word, sizeof word)) {
        fprintf(s->f, "x: expected an address\n");
        return STAY;
    }
    rest += strspn(rest, " \t");
    if (!monitor_address(s, word, &at))
        return STAY;
    if (*rest && (!parse_number(rest, MOST, &n) || !n)) {
        fprintf(s->f, "x %s: expected a number of words from 1 to %d\n", rest, MOST);
        return STAY;
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t address = at.address + 8 * i;
        if (space_read(s->d, monitor_cpu(s), address, &value, 8) != 8) {
            fprintf(s->f, "%016" PRIx64 ": there is no RAM\n", address);
            break;
        }
        fprintf(s->f, "%016" PRIx64 ": %016" PRIx64 "\n", address, value);
    }
    return STAY;
}

/* ---- The TLB ---- */

struct tlb_list {
    FILE *f;
    const char *pattern;
    unsigned shown, all;
};

static void show_entry(void *arg, const struct tlb_entry_view *e)
{
    struct tlb_list *l = arg;
    char line[256], vmid[16] = "", asid[16] = "";
    bool el10 = !strcmp(e->regime, "EL1&0"), asids = strcmp(e->regime, "EL2") != 0;
    if (el10)
        snprintf(vmid, sizeof vmid, " vmid=%u", e->vmid);
    if (asids && !e->global)
        snprintf(asid, sizeof asid, " asid=%u", e->asid);
    snprintf(line, sizeof line,
             "%016" PRIx64 " -> %012" PRIx64 " size=%#" PRIx64 " %s%s%s%s privileged=%s unprivileged=%s%s%s%s", e->va,
             e->pa, e->size, e->regime, vmid, asid, e->global && asids ? " global" : "", e->privileged, e->unprivileged,
             e->stage2 ? " stage2" : "", e->device ? " device" : "", e->guarded ? " guarded" : "");
    l->all++;
    if (*l->pattern && !strstr(line, l->pattern))
        return;
    fprintf(l->f, "%s\n", line);
    l->shown++;
}

enum verdict monitor_tlb(struct monitor_session *s, const char *arg)
{
    struct tlb_list l = { s->f, arg, 0, 0 };
    const struct cpu *cpu = monitor_cpu(s);
    tlb_each(cpu, show_entry, &l);
    fprintf(s->f, "CPU %u: %u of %u entries\n", cpu->index, l.shown, l.all);
    return STAY;
}
