/* Where kernels are: the one that was loaded by its physical address, those of guests by the address that stage 1
 * gives. A virtual address is translated and named by what is found there, so that KASLR, the hypervisor's own mapping
 * of the nVHE text and the identity map need not be known. */
#include "frontends/symbols_internal.h"

#include <stdlib.h>

#include "mmu/mmu.h"

/* How long a kernel that was seen is taken to be still there, in ns of the machine: to start another in its place (a
 * VMID given to another guest, kexec) takes longer. */
enum { TRUSTED = 1000000 };

/* ---- Spaces ---- */

enum { KEY_EL2 = 1, KEY_EL20, KEY_EL10, KEY_GUEST = 1 << 16 };

uint32_t space_key(const struct symbol_space *space)
{
    if (space->el == EL2)
        return space->e2h ? KEY_EL20 : KEY_EL2;
    /* VMID 0 under stage 2 is KVM's host when it is protected from: the kernel that ran without stage 2 before. */
    return space->stage2 && space->vmid ? KEY_GUEST | space->vmid : KEY_EL10;
}

struct symbol_space symbol_space_at(const struct cpu *cpu, unsigned el)
{
    bool stage2 = cpu_is_guest(cpu, el);
    unsigned regime = S1TranslationRegime(cpu, el);
    return (struct symbol_space){
        .el = (uint8_t)el,
        .e2h = E2H(cpu),
        .tge = TGE(cpu),
        .stage2 = stage2,
        .vmid = stage2 ? mmu_vmid(cpu) : 0,
        .ttbr = el == EL0 ? Bits(cpu->sysreg[regime == EL2 ? SR_TTBR0_EL2 : SR_TTBR0_EL1], 47, 1) << 1 : 0
    };
}

static bool serves(const struct cpu *cpu, const struct symbol_space *space)
{
    if (!cpu || cpu->power != POWER_ON)
        return false;
    if (space->el == EL2)
        return E2H(cpu) == space->e2h;
    if (E2H(cpu) && TGE(cpu)) /* what EL1 has belongs to nobody */
        return false;
    return (cpu_is_guest(cpu, EL1) ? mmu_vmid(cpu) : 0) == (space->stage2 ? space->vmid : 0);
}

struct cpu *space_cpu(const struct machine *m, const struct symbol_space *space)
{
    if (serves(m->current, space))
        return m->current;
    if (serves(m->last, space))
        return m->last;
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (serves(m->cpus[i], space))
            return m->cpus[i];
    return NULL;
}

/* ---- Kernels ---- */

static void drop(struct kernels *ks, const struct kernel *k)
{
    for (unsigned i = 0; i < ks->regions;)
        if (ks->region[i].kernel == k)
            ks->region[i] = ks->region[--ks->regions];
        else
            i++;
}

static void forget(struct kernels *ks, struct kernel *k)
{
    drop(ks, k);
    memset(k, 0, sizeof *k);
}

/* A free slot, or that of the guest that was not seen for the longest time. */
static struct kernel *slot(struct kernels *ks)
{
    struct kernel *oldest = NULL;
    for (unsigned i = 0; i < ks->kernels; i++) {
        struct kernel *k = &ks->kernel[i];
        if (!k->size)
            return k;
        if (!oldest || (k->guest && (!oldest->guest || k->checked < oldest->checked)))
            oldest = k;
    }
    return ks->kernels < MAX_KERNELS ? &ks->kernel[ks->kernels++] : oldest;
}

struct kernel *kernel_new(struct kernels *ks)
{
    struct kernel *k = slot(ks);
    forget(ks, k);
    return k;
}

void kernel_set_table(struct kernels *ks, struct kernel *k, struct symbol_table *own)
{
    k->own = own, k->table = own;
    k->read = true;
    if (!own)
        return;
    k->link = own->start;
    k->size = own->end - own->start;
    for (struct symbol_table *e = ks->tables; e; e = e->next) {
        const struct table_entry *its = e->marks ? NULL : table_find(e, "_text"), *ours = table_find(own, "_text");
        if (its && ours && table_same_kernel(e, own)) {
            e->of_kernel = true;
            k->table = e, k->link = its->address - (ours->address - own->start);
            return;
        }
    }
}

static struct symbol_table *read_image(struct kernels *ks, const struct kernel *k)
{
    const uint8_t *ram = phys_ram(&ks->m->mem, k->base, k->size);
    bool whole = ram && !memcmp(ram, k->header, HEADER);
    uint8_t *copy = !ram || whole ? NULL : malloc(k->size);
    if (copy) { /* the header was overwritten since */
        memcpy(copy, ram, k->size);
        memcpy(copy, k->header, HEADER);
    }
    struct symbol_table *t = whole || copy ? table_from_image(copy ? copy : ram, k->size, 0) : NULL;
    free(copy);
    if (t)
        t->next = ks->tables, ks->tables = t;
    return t;
}

const struct symbol_table *kernel_table(struct kernels *ks, struct kernel *k)
{
    if (!k->read)
        kernel_set_table(ks, k, read_image(ks, k));
    return k->table;
}

void kernels_add_image(struct kernels *ks)
{
    struct machine *m = ks->m;
    const uint8_t *header = phys_ram(&m->mem, m->entry, HEADER);
    uint64_t size;
    if (!header || memcmp(header + 56, "ARM\x64", 4))
        return;
    memcpy(&size, header + 16, sizeof size);
    if (!phys_ram(&m->mem, m->entry, size))
        return;
    struct kernel *k = kernel_new(ks);
    k->base = m->entry, k->size = size, k->checked = m->now;
    memcpy(k->header, header, HEADER);
    snprintf(k->name, sizeof k->name, "kernel");
}

void kernels_add_elf(struct kernels *ks, struct symbol_table *t, const struct elf_segment segments[MAX_SEGMENTS])
{
    struct kernel *k = NULL;
    for (unsigned i = 0; i < MAX_SEGMENTS && segments[i].size; i++) {
        const struct elf_segment *g = &segments[i];
        if (k && k->base - k->link == g->paddr - g->vaddr && g->paddr >= k->base) {
            k->size = g->paddr + g->size - k->base > k->size ? g->paddr + g->size - k->base : k->size;
            continue;
        }
        k = kernel_new(ks);
        k->table = t, k->base = g->paddr, k->link = g->vaddr, k->size = g->size, k->read = true;
        snprintf(k->name, sizeof k->name, "%s", t->name);
    }
}

void kernels_forget(struct kernels *ks)
{
    memset(ks->kernel, 0, sizeof ks->kernel);
    memset(ks->attempt, 0, sizeof ks->attempt);
    ks->kernels = ks->regions = 0;
}

/* Its banner is still where it was. Where that cannot be read now nothing speaks against it. */
static bool still_there(struct kernels *ks, struct cpu *cpu, struct kernel *k)
{
    const struct kernel_marks *marks = k->own ? k->own->marks : NULL;
    uint8_t banner[BANNER];
    if (ks->m->now - k->checked < TRUSTED)
        return true;
    k->checked = ks->m->now;
    return !marks || !marks->banner_at ||
           kernel_read(ks, cpu, k, k->base + marks->banner_at, banner, BANNER) < BANNER ||
           !memcmp(banner, marks->banner, BANNER);
}

static struct kernel *kernel_at(struct kernels *ks, struct cpu *cpu, bool guest, uint16_t vmid, uint64_t address)
{
    for (unsigned i = 0; i < ks->kernels; i++) {
        struct kernel *k = &ks->kernel[i];
        if (k->guest != guest || (guest && k->vmid != vmid) || address - k->base >= k->size)
            continue;
        if (still_there(ks, cpu, k))
            return k;
        forget(ks, k);
    }
    return NULL;
}

/* ---- Mappings ---- */

/* The kernel's mapping of itself, as opposed to that of all of memory, is in the upper half of its addresses
 * (Documentation/arch/arm64/memory.rst), and never below 2^47 under the top. */
static bool is_kernel_mapping(const struct cpu *cpu, const struct symbol_space *space, uint64_t va)
{
    uint64_t tcr = cpu->sysreg[space->el == EL2 ? SR_TCR_EL2 : SR_TCR_EL1];
    if (!(va >> 55 & 1) || (space->el == EL2 && !space->e2h))
        return false;
    unsigned bits = 64 - (unsigned)Bits(tcr, 21, 16);
    return va >> ((bits < 48 ? bits : 48) - 1) & 1;
}

static void remember(struct kernels *ks, uint32_t space, uint64_t va, const struct kernel *k)
{
    for (unsigned i = 0; i < ks->regions; i++)
        if (ks->region[i].space == space && (ks->region[i].kernel == k || !ks->region[i].kernel->guest == !k->guest)) {
            ks->region[i].va = va, ks->region[i].kernel = k;
            return;
        }
    if (ks->regions == MAX_REGIONS) /* the oldest goes */
        memmove(ks->region, ks->region + 1, --ks->regions * sizeof ks->region[0]);
    ks->region[ks->regions++] = (struct region){ space, va, k };
}

/* Nobody is in that space: what was last seen there. */
static bool recall(const struct kernels *ks, uint32_t space, uint64_t va, struct place *p)
{
    for (unsigned i = 0; i < ks->regions; i++) {
        const struct region *r = &ks->region[i];
        if (r->space == space && va - r->va < r->kernel->size) {
            *p = (struct place){ r->kernel, va - r->va + r->kernel->link, r->va, r->va + r->kernel->size };
            return true;
        }
    }
    return false;
}

/* Memory that the kernel gives away after boot is named only through mappings that it takes away then. */
static bool given_away(const struct kernel *k, uint64_t offset)
{
    const struct kernel_marks *m = k->own ? k->own->marks : NULL;
    return m && (offset < m->text || offset - m->init_start < m->init_end - m->init_start);
}

/* The kernel that the address of a space belongs to: by the physical address where that is what stage 1 gives (the
 * host's, also under the identity stage 2 of protected KVM, which has VMID 0 and is filled as the host goes), else by
 * guest and intermediate physical address. */
static struct kernel *owner(struct kernels *ks, struct cpu *cpu, const struct symbol_space *space, uint64_t ipa)
{
    uint64_t pa;
    if (!space->stage2 || (mem_debug_stage2(cpu, ipa, &pa) ? pa == ipa : !space->vmid)) {
        struct kernel *k = kernel_at(ks, cpu, false, 0, ipa);
        if (k || !space->stage2)
            return k;
    }
    return kernel_at(ks, cpu, true, space->vmid, ipa);
}

/* Is all of the kernel mapped as va at this offset is? Not where a page of it has a second place, such as the vectors
 * that are all that a program's tables have of the kernel. */
static bool all_mapped(const struct kernels *ks, struct cpu *cpu, const struct symbol_space *space,
                       const struct kernel *k, uint64_t va, uint64_t offset)
{
    uint64_t text = k->own ? k->own->marks->text : 0, to;
    for (unsigned i = 0; i < ks->regions; i++)
        if (ks->region[i].kernel == k && ks->region[i].space == space_key(space) && ks->region[i].va == va - offset)
            return true;
    return mem_debug_stage1(cpu, va - offset + text, space->el, &to) && to == k->base + text;
}

bool kernels_locate(struct kernels *ks, const struct symbol_space *space, uint64_t va, struct place *p)
{
    struct cpu *cpu = space_cpu(ks->m, space);
    uint32_t key = space_key(space);
    if (!cpu)
        return recall(ks, key, va, p);
    uint64_t ipa;
    if (!mem_debug_stage1(cpu, va, space->el, &ipa)) /* its tables may not be in stage 2 yet */
        return space->stage2 && !space->vmid && recall(ks, key, va, p);
    struct kernel *k = owner(ks, cpu, space, ipa);
    if (!k)
        k = kernel_find(ks, cpu, space, va, ipa);
    if (!k || !kernel_table(ks, k))
        return false;
    uint64_t offset = ipa - k->base;
    bool own = is_kernel_mapping(cpu, space, va) && all_mapped(ks, cpu, space, k, va, offset);
    if (offset >= k->size || (!own && va != ipa && given_away(k, offset)))
        return false;
    *p = (struct place){ k, offset + k->link, va & ~UINT64_C(0xfff), (va | 0xfff) + 1 };
    if (own || va == ipa)
        p->low = va - offset, p->high = p->low + k->size;
    if (own)
        remember(ks, key, va - offset, k);
    return true;
}

/* ---- The other way ---- */

static void look_at(struct kernels *ks, const struct cpu *cpu, unsigned el, uint64_t va)
{
    struct symbol_space space = symbol_space_at(cpu, el);
    struct place p;
    if (el < EL2 && E2H(cpu) && TGE(cpu))
        return;
    if (!kernels_locate(ks, &space, va, &p) || el != EL2 || E2H(cpu))
        return;
    uint64_t first = va - (p.address - p.kernel->link);
    if (first != p.kernel->base) /* an nVHE hypervisor's own mapping, not the MMU off */
        remember(ks, KEY_EL2, first, p.kernel);
}

/* Where a kernel runs is where its vectors are, if the CPU is not in it now. */
void kernels_look(struct kernels *ks)
{
    for (unsigned i = 0; ks->m && i < ks->m->cpu_count; i++) {
        const struct cpu *cpu = ks->m->cpus[i];
        if (cpu->power != POWER_ON)
            continue;
        look_at(ks, cpu, EL1, cpu->sysreg[SR_VBAR_EL1]);
        look_at(ks, cpu, EL2, cpu->sysreg[SR_VBAR_EL2]);
        if (cpu->pstate.EL != EL0)
            look_at(ks, cpu, cpu->pstate.EL, cpu->pc);
    }
}

bool kernels_address(struct kernels *ks, const struct symbol_space *space, const struct kernel *k, uint64_t address,
                     uint64_t *va)
{
    uint32_t key = space_key(space);
    for (unsigned i = 0; i < ks->regions; i++)
        if (ks->region[i].space == key && ks->region[i].kernel == k) {
            struct cpu *cpu = key == KEY_EL2 ? space_cpu(ks->m, space) : NULL;
            uint64_t offset = address - k->link, to;
            *va = ks->region[i].va + offset;
            /* the hypervisor maps what it needs of the kernel */
            return !cpu || (mem_debug_stage1(cpu, *va, EL2, &to) && to == k->base + offset);
        }
    return false;
}
