/* KVM's guests as their host's kernel has them: the vCPU that a CPU runs, and the memory that is behind intermediate
 * physical addresses. Stage 2 has a page only once the guest has touched it; the process that runs the guest has its
 * kernel's Image from the start. By the host's own BTF; a VHE host without it has the process's tables in a register.
 */
#include "frontends/symbols_internal.h"

#include "mmu/mmu.h"

/* In ns of the machine; nothing is looked for again soon, as a guest has more of its memory with each exit. */
enum { VIEW_LASTS = 1000000, VIEW_AGAIN = 10000, MAX_NODES = 2 * MAX_SLOTS };

/* The kernel that svemu has loaded, or the one found in its place. */
static struct kernel *host_kernel(struct kernels *ks)
{
    for (unsigned i = 0; i < ks->kernels; i++)
        if (ks->kernel[i].size && !ks->kernel[i].guest && kernel_table(ks, &ks->kernel[i]) && ks->kernel[i].own)
            return &ks->kernel[i];
    return NULL;
}

/* kvm_running_vcpu: the struct kvm_vcpu that the thread on this CPU runs. */
static bool running_vcpu(struct kernels *ks, struct cpu *cpu, struct kernel *host, uint64_t *vcpu)
{
    uint64_t at;
    return kernel_per_cpu(ks, cpu, host, "kvm_running_vcpu", &at) &&
           kernel_load(ks, cpu, host, EL0, at, vcpu, sizeof *vcpu) && *vcpu;
}

bool kvm_vcpu_id(struct kernels *ks, struct cpu *cpu, uint64_t *id)
{
    struct kernel *host = host_kernel(ks);
    uint64_t vcpu;
    return host && running_vcpu(ks, cpu, host, &vcpu) &&
           kernel_load_member(ks, cpu, host, EL0, vcpu, "kvm_vcpu", "vcpu_id", id) && *id < 4096;
}

/* ---- Memory slots ---- */

struct slot_tree {
    struct kernels *ks;
    struct cpu *cpu;
    struct kernel *host;
    uint32_t node; /* offset of the tree's node in struct kvm_memory_slot */
};

static bool add_slot(const struct slot_tree *t, uint64_t node, struct guest_view *v)
{
    static const char type[] = "kvm_memory_slot";
    uint64_t slot = node - t->node, gfn, pages, va;
    if (!kernel_load_member(t->ks, t->cpu, t->host, EL0, slot, type, "base_gfn", &gfn) ||
        !kernel_load_member(t->ks, t->cpu, t->host, EL0, slot, type, "npages", &pages) ||
        !kernel_load_member(t->ks, t->cpu, t->host, EL0, slot, type, "userspace_addr", &va))
        return false;
    v->slot[v->slots].ipa = gfn << 12;
    v->slot[v->slots].size = pages << 12;
    v->slot[v->slots++].va = va;
    return true;
}

/* All nodes of the tree of slots, whatever links a hostile host has made of it. */
static void read_slots(const struct slot_tree *t, uint64_t root, struct guest_view *v)
{
    uint64_t stack[MAX_NODES] = { root }, child;
    unsigned depth = 1;
    for (unsigned seen = 0; depth && seen < MAX_NODES && v->slots < MAX_SLOTS; seen++) {
        uint64_t node = stack[--depth];
        if (!node || !add_slot(t, node, v))
            continue;
        if (depth < MAX_NODES && kernel_load_member(t->ks, t->cpu, t->host, EL0, node, "rb_node", "rb_left", &child))
            stack[depth++] = child;
        if (depth < MAX_NODES && kernel_load_member(t->ks, t->cpu, t->host, EL0, node, "rb_node", "rb_right", &child))
            stack[depth++] = child;
    }
}

/* From the vCPU to its struct kvm, from there to the slots and the page tables of the process. */
static bool read_view(struct kernels *ks, struct cpu *cpu, struct kernel *host, struct guest_view *v)
{
    uint64_t vcpu, kvm, slots, index, root, mm, pgd;
    uint32_t memslots, tree, nodes, size;
    if (!running_vcpu(ks, cpu, host, &vcpu) || !kernel_member(ks, cpu, host, "kvm", "memslots", &memslots, &size) ||
        !kernel_member(ks, cpu, host, "kvm_memslots", "gfn_tree", &tree, &size) ||
        !kernel_member(ks, cpu, host, "kvm_memory_slot", "gfn_node", &nodes, &size) ||
        !kernel_load_member(ks, cpu, host, EL0, vcpu, "kvm_vcpu", "kvm", &kvm) ||
        !kernel_load(ks, cpu, host, EL0, kvm + memslots, &slots, 8) ||
        !kernel_load_member(ks, cpu, host, EL0, slots, "kvm_memslots", "node_idx", &index) ||
        !kernel_load(ks, cpu, host, EL0, slots + tree, &root, 8) ||
        !kernel_load_member(ks, cpu, host, EL0, kvm, "kvm", "mm", &mm) ||
        !kernel_load_member(ks, cpu, host, EL0, mm, "mm_struct", "pgd", &pgd) ||
        !kernel_translate(ks, cpu, host, EL0, pgd, &v->tables.root))
        return false;
    v->tables.va_bits = host->va_bits, v->tables.granule = host->granule;
    read_slots(&(struct slot_tree){ ks, cpu, host, nodes + (index & 1) * (size / 2) }, root, v);
    return v->slots;
}

/* ---- Without the host's symbols ---- */

enum { AROUND = 256 << 20, MAX_ENTRIES = 1 << 20 };

/* What a search of translation tables is for, and how many entries it may still look at. */
struct search {
    const struct physmem *mem;
    unsigned granule;
    uint64_t pa; /* of a page */
    unsigned entries;
};

/* The address that leads to the page, below a table whose entries map 1 << shift bytes each. */
static bool find_page(struct search *f, uint64_t table, unsigned shift, uint64_t va, uint64_t *found)
{
    const uint8_t *at = phys_ram(f->mem, table, BIT(f->granule));
    for (unsigned i = 0; at && i < BIT(f->granule - 3) && f->entries; i++) {
        uint64_t d, to, its = va + ((uint64_t)i << shift);
        f->entries--;
        memcpy(&d, at + i * 8, 8);
        to = d & (BIT(48) - BIT(f->granule));
        if (!(d & 1))
            continue;
        if (shift > f->granule && d & 2) {
            if (find_page(f, to, shift - (f->granule - 3), its, found))
                return true;
        } else if (f->pa - (to & ~(BIT(shift) - 1)) < BIT(shift)) {
            *found = its + (f->pa & (BIT(shift) - 1));
            return true;
        }
    }
    return false;
}

/* A VHE host leaves the tables of its process in TTBR0_EL2 while the guest runs. Where the page that the guest executes
 * stands in them, the guest's memory around it stands, too. */
static void view_by_page(struct cpu *cpu, struct guest_view *v)
{
    static const uint8_t granules[4] = { 12, 16, 14, 0 }; /* TCR_EL2.TG0 */
    uint64_t tcr = cpu->sysreg[SR_TCR_EL2], ipa, pa, va;
    unsigned granule = granules[Bits(tcr, 15, 14)], bits = 64 - (unsigned)Bits(tcr, 5, 0);
    if (!E2H(cpu) || !granule || bits > 48 || bits <= granule || cpu->pstate.EL != EL1 ||
        !mem_debug_stage1(cpu, cpu->pc, EL1, &ipa) || !mem_debug_stage2(cpu, ipa, &pa))
        return;
    v->tables = (struct page_tables){ cpu->sysreg[SR_TTBR0_EL2] & (BIT(48) - BIT(5)), (uint8_t)bits, (uint8_t)granule };
    struct search f = { cpu->mem, granule, pa & ~(BIT(granule) - 1), MAX_ENTRIES };
    unsigned shift = granule;
    while (shift + (granule - 3) < bits)
        shift += granule - 3;
    if (!find_page(&f, v->tables.root & ~(BIT(granule) - 1), shift, 0, &va))
        return;
    ipa &= ~(BIT(granule) - 1);
    uint64_t back = ipa < va ? ipa : va;
    back = back < AROUND ? back : AROUND;
    v->slot[0].ipa = ipa - back, v->slot[0].va = va - back, v->slot[0].size = back + AROUND;
    v->slots = 1;
}

/* ---- Pages ---- */

/* What is behind the guest that this CPU runs, not older than a little; no slots: it is not known. */
static const struct guest_view *view_of(struct kernels *ks, struct cpu *cpu)
{
    struct guest_view *v = &ks->view;
    uint64_t vttbr = cpu->sysreg[SR_VTTBR_EL2];
    struct kernel *host;
    if (v->cpu == cpu && v->vttbr == vttbr && ks->m->now - v->at < (v->slots ? VIEW_LASTS : VIEW_AGAIN))
        return v;
    *v = (struct guest_view){ .cpu = cpu, .vttbr = vttbr, .at = ks->m->now };
    host = host_kernel(ks);
    if (!host || !read_view(ks, cpu, host, v))
        view_by_page(cpu, v);
    return v;
}

bool kvm_guest_page(struct kernels *ks, struct cpu *cpu, uint64_t ipa, uint64_t *pa)
{
    static const struct kernel host; /* physical addresses */
    const struct guest_view *v = view_of(ks, cpu);
    for (unsigned i = 0; i < v->slots; i++)
        if (ipa - v->slot[i].ipa < v->slot[i].size)
            return tables_walk(ks, cpu, &host, &v->tables, ipa - v->slot[i].ipa + v->slot[i].va, pa);
    return false;
}
