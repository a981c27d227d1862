/* What the files of symbols*.c share: tables of names, the kernels found, the view of an address space. */
#ifndef SVEMU_FRONTENDS_SYMBOLS_INTERNAL_H
#define SVEMU_FRONTENDS_SYMBOLS_INTERNAL_H

#include "frontends/btf.h"
#include "frontends/symbols.h"

/* ---- Tables (symbols_table.c) ---- */

struct table_entry {
    uint64_t address, size; /* as linked; size 0: up to the next one */
    uint32_t name;          /* offset in names */
    uint8_t rank;           /* of several at one address the lowest is shown */
};
/* Names of one ELF file or kernel, in order of their link addresses. */
struct symbol_table {
    struct symbol_table *next; /* of all that struct symbols owns */
    char name[64];             /* of the file, or "kernel" */
    struct table_entry *entry;
    size_t count, room;
    char *names;
    size_t names_size, names_room;
    uint32_t *slot;             /* entries by name, from 1 on: a hash table, 0: free */
    size_t slots;               /* a power of two */
    uint64_t start, end;        /* link addresses of the whole image */
    struct kernel_marks *marks; /* of a kernel's own table */
    bool of_kernel;             /* an ELF file of a kernel that is in memory: its names move with that */
};

/* By what a kernel is recognised, and which parts of it are given away. Offsets are from the Image's first byte. */
enum { HEADER = 64, BANNER = 128, MEMBERS = 32 };
struct kernel_marks {
    uint8_t header[HEADER]; /* of the Image; zeros: not seen */
    uint64_t banner_at;     /* linux_banner; 0: there is none */
    uint8_t banner[BANNER];
    uint64_t text;                 /* _stext: what is before is not mapped any more once the kernel runs */
    uint64_t init_start, init_end; /* freed after boot */
    struct btf_answer {            /* what was asked before, two literals and where that is */
        const char *structure, *member;
        uint32_t offset, size;
    } asked[MEMBERS];
    struct btf *btf;   /* NULL: not read yet, or there is none */
    uint64_t btf_next; /* machine.now before which it is not looked for again */
};

struct symbol_table *table_create(const char *name);
void table_free(struct symbol_table *t);
/* false: no memory. */
bool table_add(struct symbol_table *t, const char *name, uint64_t address, uint64_t size, unsigned rank) MUST_CHECK;
/* After the last table_add. false: no memory. */
bool table_sort(struct symbol_table *t) MUST_CHECK;
/* The entry that a link address belongs to, NULL: none. It is the same from *low on and below *high. */
const struct table_entry *table_at(const struct symbol_table *t, uint64_t address, uint64_t *low, uint64_t *high);
/* By name, the lowest address of several; NULL: there is none. */
const struct table_entry *table_find(const struct symbol_table *t, const char *name);
static inline const char *table_name(const struct symbol_table *t, const struct table_entry *e)
{
    return t->names + e->name;
}
/* From an Image's kallsyms; start as for kallsyms_open_running(). NULL: it has none. */
struct symbol_table *table_from_image(const void *image, size_t size, uint64_t start);

/* Do two tables name the same kernel? */
bool table_same_kernel(const struct symbol_table *a, const struct symbol_table *b);

/* ---- ELF files (symbols_elf.c) ---- */

/* A loaded segment: where it is linked and where it is put. */
struct elf_segment {
    uint64_t vaddr, paddr, size;
};
enum { MAX_SEGMENTS = 16 };
/* The names of an AArch64 ELF file; option names it in errors, segments (may be NULL) takes MAX_SEGMENTS. NULL with
 * user_error. */
struct symbol_table *table_from_elf(const char *option, const char *path, struct elf_segment *segments);

/* ---- Kernels (symbols_kernel.c) ---- */

/* A kernel in memory. */
struct kernel {
    struct symbol_table *own;         /* its own names and marks; NULL: not read yet, or it has none */
    const struct symbol_table *table; /* where its names are looked up: its own, or an ELF file of the same kernel */
    bool guest;
    uint16_t vmid;       /* of a guest */
    uint64_t base, size; /* where its first byte is: physical, or of a guest intermediate physical address */
    uint64_t link;       /* the address that table has for this byte */
    uint64_t checked;    /* machine.now when it was last seen to be still there */
    char name[64];
    uint8_t header[HEADER];
    bool read; /* its names have been looked for */
    /* Its own translation tables (swapper_pg_dir): bits of addresses and of a granule; 0: not worked out. */
    uint8_t va_bits, granule;
};
/* Where a kernel was last seen in a space, so that its names are known while no CPU is there. */
struct region {
    uint32_t space; /* space_key() */
    uint64_t va;    /* of the kernel's first byte */
    const struct kernel *kernel;
};
/* When the kernel of a space was last looked for in vain. */
struct attempt {
    uint32_t space;
    unsigned failures;
    uint64_t next; /* machine.now */
};
/* Translation tables in memory, walked without a PE's registers. */
struct page_tables {
    uint64_t root;
    uint8_t va_bits, granule;
};
/* What backs a guest's memory: KVM's memory slots and its process's tables (symbols_kvm.c). */
enum { MAX_SLOTS = 64 };
struct guest_view {
    const struct cpu *cpu;
    uint64_t vttbr, at;        /* of which guest; machine.now */
    struct page_tables tables; /* of the process */
    unsigned slots;
    struct {
        uint64_t ipa, size, va;
    } slot[MAX_SLOTS];
};

enum { MAX_KERNELS = 32, MAX_REGIONS = 64, ATTEMPTS = 64, MAX_FOUND = 32 };
struct kernels {
    struct machine *m;
    struct symbol_table *tables; /* all, those of ELF files too */
    struct kernel kernel[MAX_KERNELS];
    unsigned kernels, regions, found; /* found: tables out of guest memory, of which a hostile one must not make many */
    struct region region[MAX_REGIONS];
    struct attempt attempt[ATTEMPTS];
    struct guest_view view; /* of the guest looked at last */
};

/* Which translation tables a space uses, as a number. */
uint32_t space_key(const struct symbol_space *space);
/* A CPU whose registers translate addresses of that space now; NULL: none. */
struct cpu *space_cpu(const struct machine *m, const struct symbol_space *space);

/* Where an address is in a kernel. */
struct place {
    const struct kernel *kernel;
    uint64_t address;   /* as linked */
    uint64_t low, high; /* addresses of the space for which the distance to the link address is the same */
};
bool kernels_locate(struct kernels *ks, const struct symbol_space *space, uint64_t va, struct place *p);
/* The one that svemu has loaded; no error if there are no names in it. */
void kernels_add_image(struct kernels *ks);
void kernels_add_elf(struct kernels *ks, struct symbol_table *t, const struct elf_segment segments[MAX_SEGMENTS]);
void kernels_forget(struct kernels *ks);
/* Its table, read when it is first asked for; NULL: it has none. */
const struct symbol_table *kernel_table(struct kernels *ks, struct kernel *k);
/* Give it these names, or those of an ELF file that the user gave for the same kernel. */
void kernel_set_table(struct kernels *ks, struct kernel *k, struct symbol_table *own);
/* Look where the CPUs are, so that the regions are those of now. */
void kernels_look(struct kernels *ks);
/* The address in a space of a link address of a kernel. false: where it is mapped there is not known. */
bool kernels_address(struct kernels *ks, const struct symbol_space *space, const struct kernel *k, uint64_t address,
                     uint64_t *va) MUST_CHECK;

/* ---- Kernels not known yet (symbols_find.c) ---- */
/* What is at va, ipa in a space that cpu is in; NULL: no kernel that can be read. */
struct kernel *kernel_find(struct kernels *ks, struct cpu *cpu, const struct symbol_space *space, uint64_t va,
                           uint64_t ipa);
/* Read size bytes at a physical or intermediate physical address of a kernel's space; pages that are not there read as
 * zeros. Returns how many bytes are there. */
uint64_t kernel_read(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t address, void *data,
                     uint64_t size);
/* ---- What is in a kernel's memory (symbols_memory.c) ---- */
/* Where the kernel itself says that its first byte is, from early in its boot on. */
bool kernel_first_byte(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t *va);
/* Where the kernel's symbol is at run time, in its own addresses. false: it has none, or does not run yet. */
bool kernel_symbol(struct kernels *ks, struct cpu *cpu, const struct kernel *k, const char *name, uint64_t *va);
/* Where va leads by tables in a kernel's physical space; false: nowhere. */
bool tables_walk(struct kernels *ks, struct cpu *cpu, const struct kernel *k, const struct page_tables *t, uint64_t va,
                 uint64_t *to) MUST_CHECK;
/* Where the kernel's own address va leads in its physical space: by its own tables where they are known, else by those
 * of cpu at el, the kernel's (0: it is not there). false: nowhere. */
bool kernel_translate(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va,
                      uint64_t *to) MUST_CHECK;
/* Read size bytes at such an address. false: not all of them are there. */
bool kernel_load(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va, void *data,
                 size_t size) MUST_CHECK;
/* Where a member of a structure is; both are literals. false: the kernel's BTF does not say. */
bool kernel_member(struct kernels *ks, struct cpu *cpu, struct kernel *k, const char *structure, const char *member,
                   uint32_t *offset, uint32_t *size) MUST_CHECK;
/* Read a member of the structure at va, a number of 4 or 8 bytes. */
bool kernel_load_member(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va,
                        const char *structure, const char *member, uint64_t *value) MUST_CHECK;
/* The kernel's per-CPU variable's address on cpu. */
bool kernel_per_cpu(struct kernels *ks, struct cpu *cpu, struct kernel *k, const char *name, uint64_t *va) MUST_CHECK;

/* ---- KVM's view of a guest (symbols_kvm.c) ---- */
/* The physical address that the host has for an intermediate physical one of the guest that cpu runs, whether stage 2
 * maps it yet or not. */
bool kvm_guest_page(struct kernels *ks, struct cpu *cpu, uint64_t ipa, uint64_t *pa) MUST_CHECK;
/* The number of the vCPU that cpu runs, from the host's kernel. */
bool kvm_vcpu_id(struct kernels *ks, struct cpu *cpu, uint64_t *id) MUST_CHECK;

/* ---- Tasks (symbols_task.c) ---- */
/* As symbols_task(), without a cache. */
void kernels_task(struct kernels *ks, struct cpu *cpu, char *text, size_t size);

/* A kernel's slot, or an old one's; all zeros. */
struct kernel *kernel_new(struct kernels *ks);

#endif
