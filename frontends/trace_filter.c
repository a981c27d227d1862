/* What passes: the filters of --trace and of svemu trace. */
#include <fnmatch.h>

#include "frontends/trace.h"

static bool in_ranges(const struct trace_range *r, unsigned n, uint64_t value)
{
    for (unsigned i = 0; i < n; i++)
        if (value >= r[i].from && value <= r[i].to)
            return true;
    return !n;
}

static bool vmid_passes(const struct trace_filter *f, const struct symbol_space *s)
{
    if (!f->has_vmid)
        return true;
    if (!trace_is_guest(s))
        return f->no_vmid;
    return f->any_vmid || (f->vmids && in_ranges(f->vmid, f->vmids, s->vmid));
}

/* nVHE's own functions have the kernel's names with this before them. */
static const char nvhe_prefix[] = "__kvm_nvhe_";

static bool is_nvhe(const struct trace_event *e)
{
    return e->space.el == EL2 &&
           (!strncmp(e->symbol, nvhe_prefix, sizeof nvhe_prefix - 1) || (e->image && !strcmp(e->image, "nvhe")));
}

static bool right_place(const struct trace_name *n, const struct trace_event *e)
{
    switch (n->where) {
    case IN_GUEST: return trace_is_guest(&e->space);
    case IN_GUEST_VMID: return trace_is_guest(&e->space) && e->space.vmid == n->vmid;
    case IN_HOST: return !trace_is_guest(&e->space) && !is_nvhe(e);
    case IN_NVHE: return is_nvhe(e);
    default: return true;
    }
}

static bool pattern_fits(const struct trace_name *n, const char *symbol)
{
    size_t prefix = sizeof nvhe_prefix - 1;
    return !fnmatch(n->pattern, symbol, 0) ||
           (!strncmp(symbol, nvhe_prefix, prefix) && !fnmatch(n->pattern, symbol + prefix, 0));
}

bool trace_name_fits(struct trace_name *n, const struct trace_event *e)
{
    if (!e->symbol)
        return false;
    unsigned i = (unsigned)((uintptr_t)e->symbol >> 3 ^ (uintptr_t)e->symbol >> 9) % 64;
    if (n->asked[i].symbol != e->symbol) {
        n->asked[i].symbol = e->symbol;
        n->asked[i].matches = pattern_fits(n, e->symbol);
    }
    return n->asked[i].matches && right_place(n, e);
}

/* pc= and symbol= are two ways to name code: either will do. */
static bool code_passes(struct trace_filter *f, const struct trace_event *e)
{
    if (!f->pcs && !f->symbols)
        return true;
    if (f->pcs && in_ranges(f->pc, f->pcs, e->pc))
        return true;
    for (unsigned i = 0; i < f->symbols; i++)
        if (trace_name_fits(&f->symbol[i], e))
            return true;
    return false;
}

bool trace_filter_place(struct trace_filter *f, const struct trace_event *e)
{
    if (f->has_cpu && (e->cpu >= MAX_CPUS || !(f->cpu[e->cpu / 64] >> e->cpu % 64 & 1)))
        return false;
    if (f->els && !(f->els >> e->space.el & 1))
        return false;
    return vmid_passes(f, &e->space) && in_ranges(f->time, f->times, e->time) &&
           in_ranges(f->count, f->counts, e->count) && code_passes(f, e);
}

/* V0 and Z0 are one register. */
static bool same_register(const struct trace_register *r, unsigned reg, unsigned n)
{
    bool vector = r->reg == TRACE_REG_V || r->reg == TRACE_REG_Z;
    return !r->sysreg && r->n == n && (r->reg == reg || (vector && (reg == TRACE_REG_V || reg == TRACE_REG_Z)));
}

bool trace_filter_register(const struct trace_filter *f, const struct trace_event *e)
{
    for (unsigned i = 0; i < f->regs; i++) {
        const struct trace_register *r = &f->reg[i];
        if (e->kind == TRACE_EV_SYSREG ? r->sysreg && e->sysreg.reg == r->index
                                       : same_register(r, e->reg.reg, e->reg.n))
            return true;
    }
    return !f->regs;
}

bool trace_filter_cause(const struct trace_filter *f, const struct trace_event *e)
{
    if (f->regs && (e->kind == TRACE_EV_REG || e->kind == TRACE_EV_SYSREG))
        return trace_filter_register(f, e);
    for (unsigned i = 0; e->kind == TRACE_EV_EXCEPTION && i < f->ecs; i++)
        if (f->ec[i] == e->exception.e.ec)
            return true;
    return !f->regs && !f->ecs;
}
