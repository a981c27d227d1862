/* KVM's guests as their host's kernel has them: the vCPU that a CPU runs, and the memory that is behind intermediate
 * physical addresses. Stage 2 has a page only once the guest has touched it; the process that runs the guest has its
 * kernel's Image from the start. All by the host's own BTF. */
#include "frontends/symbols_internal.h"

enum { VIEW_LASTS = 1000000 /* ns of the machine */, MAX_NODES = 2 * MAX_SLOTS };

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

/* What is behind the guest that this CPU runs, not older than a little; no slots: it is not known. */
static const struct guest_view *view_of(struct kernels *ks, struct cpu *cpu, struct kernel *host)
{
    struct guest_view *v = &ks->view;
    uint64_t vttbr = cpu->sysreg[SR_VTTBR_EL2];
    if (v->cpu == cpu && v->vttbr == vttbr && ks->m->now - v->at < VIEW_LASTS)
        return v;
    *v = (struct guest_view){ .cpu = cpu, .vttbr = vttbr, .at = ks->m->now };
    read_view(ks, cpu, host, v);
    return v;
}

bool kvm_guest_page(struct kernels *ks, struct cpu *cpu, uint64_t ipa, uint64_t *pa)
{
    struct kernel *host = host_kernel(ks);
    const struct guest_view *v = host ? view_of(ks, cpu, host) : NULL;
    for (unsigned i = 0; v && i < v->slots; i++)
        if (ipa - v->slot[i].ipa < v->slot[i].size)
            return tables_walk(ks, cpu, host, &v->tables, ipa - v->slot[i].ipa + v->slot[i].va, pa);
    return false;
}
