/* Kernels that nobody has told us of: a guest's in its host's memory, one that was started by kexec. From an address at
 * which one runs, its Image is found by its header (Documentation/arch/arm64/booting.rst), or once the kernel has given
 * that away by the extent of its mapping. It is a contiguous range of physical addresses in either case, in which
 * kallsyms.c finds the names. All of it is under the guest's control: every read is bounded, every search is short. */
#include "frontends/symbols_internal.h"

#include <stdlib.h>

#include "mmu/mmu.h"

enum {
    PAGE = 0x1000,
    IMAGE_ALIGN = 0x10000, /* the least that a loader may align it to, and the size of .head.text before _stext */
    MAX_IMAGE = 192 << 20,
    FIRST_WAIT = 20000, /* ns of the machine before a second attempt; each is twice the one before */
    MAX_DOUBLINGS = 16,
};

static bool is_image(const uint8_t header[HEADER], uint64_t *size)
{
    memcpy(size, header + 16, sizeof *size);
    return !memcmp(header + 56, "ARM\x64", 4) && *size >= PAGE && *size <= MAX_IMAGE;
}

static const uint8_t *page_of(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t address)
{
    uint64_t pa = address & ~(uint64_t)(PAGE - 1);
    if (k->guest && !mem_debug_stage2(cpu, pa, &pa) && !kvm_guest_page(ks, cpu, pa, &pa))
        return NULL;
    return phys_ram(cpu->mem, pa, PAGE);
}

uint64_t kernel_read(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t address, void *data,
                     uint64_t size)
{
    uint64_t there = 0;
    for (uint64_t done = 0; done < size;) {
        uint64_t at = address + done, left = PAGE - (at & (PAGE - 1)), n = size - done < left ? size - done : left;
        const uint8_t *page = page_of(ks, cpu, k, at);
        if (page)
            memcpy((uint8_t *)data + done, page + (at & (PAGE - 1)), n), there += n;
        else
            memset((uint8_t *)data + done, 0, n);
        done += n;
    }
    return there;
}

/* ---- Is it one whose names we have? ---- */

/* A table whose banner stands in its place; or, as long as that page is not there, whose Image has the same header: how
 * far its entry is from it and how large it is, to the byte. still_there() looks at the banner again. */
static struct symbol_table *known_table(struct kernels *ks, struct cpu *cpu, const struct kernel *k)
{
    static const uint8_t none[HEADER];
    struct symbol_table *same = NULL;
    uint8_t banner[BANNER];
    for (unsigned i = 0; i < ks->kernels; i++) /* its names may not have been read yet */
        if (!ks->kernel[i].guest)
            kernel_table(ks, &ks->kernel[i]);
    for (struct symbol_table *t = ks->tables; t; t = t->next) {
        if (!t->marks || !t->marks->banner_at)
            continue;
        if (kernel_read(ks, cpu, k, k->base + t->marks->banner_at, banner, BANNER) == BANNER) {
            if (!memcmp(banner, t->marks->banner, BANNER))
                return t;
        } else if (memcmp(k->header, none, HEADER) && !memcmp(k->header, t->marks->header, HEADER)) {
            same = t;
        }
    }
    return same;
}

/* ---- Its extent ---- */

/* The Image's header is at a multiple of 64 KiB at or below the address, in the same physical space. */
static bool find_header(struct kernels *ks, struct cpu *cpu, struct kernel *k, uint64_t address)
{
    uint64_t at = address & ~(uint64_t)(IMAGE_ALIGN - 1);
    for (unsigned back = 0; back < MAX_IMAGE; back += IMAGE_ALIGN, at -= IMAGE_ALIGN) {
        if (kernel_read(ks, cpu, k, at, k->header, HEADER) == HEADER && is_image(k->header, &k->size) &&
            address - at < k->size) {
            k->base = at;
            return true;
        }
        if (!at)
            break;
    }
    return false;
}

/* The contiguous part of the kernel's mapping that va is in: virtual addresses, and what stage 1 makes of the first. */
static void find_mapping(struct cpu *cpu, unsigned el, uint64_t va, uint64_t ipa, uint64_t *low, uint64_t *high,
                         uint64_t *low_ipa)
{
    uint64_t distance = va - ipa, page = va & ~(uint64_t)(PAGE - 1), to;
    *low = page, *high = page + PAGE;
    for (uint64_t at = page - PAGE; page - at <= MAX_IMAGE; at -= PAGE) {
        if (!mem_debug_stage1(cpu, at, el, &to) || at - to != distance)
            break;
        *low = at;
    }
    for (uint64_t at = page + PAGE; at - *low < MAX_IMAGE; at += PAGE) {
        if (!mem_debug_stage1(cpu, at, el, &to) || at - to != distance)
            break;
        *high = at + PAGE;
    }
    *low_ipa = *low - distance;
}

/* Before paging_init() the mapping begins with the Image's header, after it with _stext. */
static bool find_extent(struct kernels *ks, struct cpu *cpu, const struct symbol_space *space, uint64_t va,
                        uint64_t ipa, struct kernel *k, uint64_t *start)
{
    uint64_t low, high, low_ipa, size;
    if (va == ipa)
        return find_header(ks, cpu, k, ipa);
    if (!(va >> 55 & 1))
        return false;
    find_mapping(cpu, space->el, va, ipa, &low, &high, &low_ipa);
    if (kernel_read(ks, cpu, k, low_ipa, k->header, HEADER) == HEADER && is_image(k->header, &size)) {
        k->base = low_ipa, k->size = size, *start = low;
        return true;
    }
    memset(k->header, 0, HEADER);
    if (low_ipa < IMAGE_ALIGN)
        return false;
    k->base = low_ipa - IMAGE_ALIGN, k->size = high - low + IMAGE_ALIGN, *start = low - IMAGE_ALIGN;
    return true;
}

/* ---- Its names ---- */

static struct symbol_table *read_table(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t start)
{
    uint8_t *image = k->size <= MAX_IMAGE && ks->found < MAX_FOUND ? malloc(k->size) : NULL;
    struct symbol_table *t = NULL;
    if (image && kernel_read(ks, cpu, k, k->base, image, k->size) > k->size / 4) {
        if (memcmp(image, k->header, HEADER))
            memset(image, 0, HEADER); /* the page is somebody else's now */
        t = table_from_image(image, k->size, start);
    }
    free(image);
    if (t)
        t->next = ks->tables, ks->tables = t, ks->found++;
    return t;
}

/* Only now and then where nothing was found: code of modules and of what is no Linux kernel comes here each time. */
static struct attempt *may_try(struct kernels *ks, uint32_t space)
{
    struct attempt *a = &ks->attempt[(space * 0x9e3779b1u) >> 26];
    _Static_assert(ATTEMPTS == 64, "six bits");
    if (a->space != space)
        *a = (struct attempt){ .space = space };
    return a->failures && ks->m->now < a->next ? NULL : a;
}

static void failed(struct kernels *ks, struct attempt *a)
{
    a->next = ks->m->now + ((uint64_t)FIRST_WAIT << a->failures);
    a->failures += a->failures < MAX_DOUBLINGS;
}

/* The kernel that is known in this space is still where it was: what is asked for is not part of it. */
static bool is_other_code(const struct kernels *ks, struct cpu *cpu, const struct symbol_space *space)
{
    for (unsigned i = 0; i < ks->regions; i++) {
        const struct region *r = &ks->region[i];
        uint64_t text = r->kernel->own ? r->kernel->own->marks->text : 0, to;
        if (r->space != space_key(space))
            continue;
        if (mem_debug_stage1(cpu, r->va + text, space->el, &to) && to == r->kernel->base + text)
            return true;
    }
    return false;
}

struct kernel *kernel_find(struct kernels *ks, struct cpu *cpu, const struct symbol_space *space, uint64_t va,
                           uint64_t ipa)
{
    struct kernel found = { .guest = space->stage2, .vmid = space->vmid, .checked = ks->m->now };
    uint64_t start = 0;
    struct attempt *a = space->el == EL2 && !space->e2h && va != ipa ? NULL : may_try(ks, space_key(space));
    if (!a || is_other_code(ks, cpu, space))
        return NULL;
    struct symbol_table *t = NULL;
    if (find_extent(ks, cpu, space, va, ipa, &found, &start)) {
        t = known_table(ks, cpu, &found);
        t = t ? t : read_table(ks, cpu, &found, start);
    }
    if (!t) {
        failed(ks, a);
        return NULL;
    }
    a->failures = 0;
    kernel_set_table(ks, &found, t);
    if (found.guest)
        snprintf(found.name, sizeof found.name, "guest %u kernel", found.vmid);
    else
        snprintf(found.name, sizeof found.name, "kernel");
    struct kernel *k = kernel_new(ks);
    *k = found;
    return k;
}
