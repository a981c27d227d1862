/* Names in every address space: the loaded kernel wherever it is mapped, guests' kernels found in their memory, ELF
 * files; and what must not be named. */
#include "frontends/symbols.h"

#include <elf.h>
#include <unistd.h>

#include "frontends/frontends.h"
#include "tests/frontends/image.h"
#include "tests/frontends/made_btf.h"
#include "tests/mmu/fixture.h"

#define LOADED UINT64_C(0x40200000)               /* where svemu has put the kernel */
#define KASLR  UINT64_C(0xffffa63370000000)       /* where that runs */
#define GUEST  UINT64_C(0xffffc3c45ac00000)       /* where the guest's runs */
#define IPA    UINT64_C(0x80000000)               /* where the guest has it */
#define LINEAR UINT64_C(0xffff000000000000)       /* of 48-bit addresses */
enum { FUNCTION = 40, PAGE = 4096, HEADER = 64 }; /* a symbol of the made Images */

static const struct layout host_layout = {
    .order = LINUX_6_4, .all = true, .marks = true, .in_place = true, .start = START
};
/* Another kernel: another order of tables, names at the same places but for a banner of its own. */
static const struct layout guest_layout = {
    .order = LINUX_6_2, .all = true, .marks = true, .in_place = true, .start = START
};

static struct symbols *s;

static void start(void)
{
    setup();
    build(&host_layout);
    memcpy(phys_ram(&machine.mem, LOADED, IMAGE), image.bytes, IMAGE);
    next_page = LOADED + (2 << 20);
    machine.entry = LOADED;
    machine.now = 0;
    machine.current = machine.last = NULL;
    c->power = POWER_ON;
    s = symbols_create(&machine);
    free_after_test((void (*)(void *))symbols_free, s);
}

static void later(void) { machine.now += 10000000; }

/* The address is in a symbol of this index, so far above its start; NULL layout: it has no name. */
static void expect_named(uint64_t va, const struct layout *l, unsigned i, uint64_t offset, const char *what)
{
    struct symbol_space space = symbol_space_of(c);
    struct symbol found;
    bool known = symbols_at(s, &space, va, &found);
    if (!l && known)
        FAIL("%#" PRIx64 " is %s+%#" PRIx64 ", expected no name", va, found.name, found.offset);
    else if (l && !known)
        FAIL("%#" PRIx64 " has no name, expected %s+%#" PRIx64, va, name_of(l, i), offset);
    else if (l && (strcmp(found.name, name_of(l, i)) || found.offset != offset || found.start != va - offset ||
                   strcmp(found.image, what)))
        FAIL("%#" PRIx64 " is %s+%#" PRIx64 " of %s, expected %s+%#" PRIx64 " of %s", va, found.name, found.offset,
             found.image, name_of(l, i), offset, what);
}
static void expect_no_name(uint64_t va) { expect_named(va, NULL, 0, 0, NULL); }

static uint64_t offset_of(const struct layout *l, unsigned i) { return address_of(l, i) - l->start; }

/* Map [from, to) of an Image, page by page. */
static void map_image(uint64_t va, uint64_t pa, uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += PAGE)
        map1(va + at, pa + at, D_NORMAL);
}

/* ---- The loaded kernel ---- */

TEST(before_the_mmu_is_on_physical_addresses_are_named)
{
    start();
    expect_named(LOADED + offset_of(&host_layout, FUNCTION) + 4, &host_layout, FUNCTION, 4, "kernel");
    expect_named(LOADED + INIT + 12, &host_layout, SYMBOLS - 3, 12, "kernel");
    expect_no_name(LOADED - 4);
    expect_no_name(LOADED + IMAGE + BSS);
}

TEST(a_vhe_host_is_named_wherever_kaslr_puts_it)
{
    char text[64];
    uint64_t va, function = KASLR + offset_of(&host_layout, FUNCTION);
    struct symbol_space in;
    start();
    EXPECT(!symbols_address(s, NULL, name_of(&host_layout, FUNCTION), &va, &in)); /* KASLR is not known yet */
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    expect_named(function + 8, &host_layout, FUNCTION, 8, "kernel");
    expect_no_name(KASLR + INIT);         /* freed and unmapped */
    expect_no_name(KASLR);                /* before _stext */
    expect_no_name(function + (4 << 20)); /* not mapped */
    struct symbol_space space = symbol_space_of(c);
    EXPECT(!strcmp(symbols_text(s, &space, function + 8, text, sizeof text), "sve_probe_40+0x8"));
    EXPECT(!*symbols_text(s, &space, KASLR, text, sizeof text));
    EXPECT(symbols_address(s, NULL, "host:sve_probe_40+0x10", &va, &in) && va == function + 16);
    EXPECT(in.el == EL2 && in.e2h);
    EXPECT(symbols_address(s, &space, "sve_probe_40", &va, NULL) && va == function);
    EXPECT(symbols_physical(s, "sve_probe_40", &va) && va == LOADED + offset_of(&host_layout, FUNCTION));
}

TEST(memory_that_the_kernel_has_given_away_is_not_named_through_the_linear_map)
{
    start();
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    map_image(LINEAR + LOADED - RAM, LOADED, 0, IMAGE);
    expect_named(LINEAR + LOADED - RAM + BANNER_AT + 1, &host_layout, SYMBOLS - 4, 1, "kernel");
    expect_no_name(LINEAR + LOADED - RAM + INIT);
    expect_no_name(LINEAR + LOADED - RAM + 8);
}

TEST(user_addresses_have_no_kernel_names)
{
    start();
    stage1_on(true);
    map_image(0x400000, LOADED, TEXT, INIT);
    at_el(EL0);
    expect_no_name(0x400000 + offset_of(&host_layout, FUNCTION));
}

/* The hypervisor's mapping of its text is told by what stands there. */
TEST(nvhe_text_is_named_through_the_hypervisors_own_mapping)
{
    enum { HYP = 0x2b720000 };
    start();
    c->sysreg[SR_TCR_EL2] = 16 | 5 << 16;
    c->sysreg[SR_TTBR0_EL2] = ttbr0 = alloc(4096);
    c->sysreg[SR_MAIR_EL2] = MAIR_TEST;
    c->sysreg[SR_SCTLR_EL2] = BIT(SCTLR_M) | BIT(SCTLR_C);
    map_image(HYP, LOADED, 0, IMAGE);
    map1(HYP - (1 << 20), LOADED + 0x11000, D_NORMAL); /* one page at a private address */
    mmu_context_changed(c);
    expect_named(HYP + offset_of(&host_layout, FUNCTION) + 4, &host_layout, FUNCTION, 4, "kernel");
    expect_named(HYP - (1 << 20) + 4, &host_layout, 21 + 64 - 21, 4, "kernel"); /* TEXT + 64 * 64 */
    expect_no_name(HYP + INIT);
    expect_no_name(HYP - (1 << 20) + PAGE);
}

TEST(a_kernel_started_in_the_place_of_another_is_noticed)
{
    start();
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    expect_named(KASLR + offset_of(&host_layout, FUNCTION), &host_layout, FUNCTION, 0, "kernel");
    build(&guest_layout);
    memcpy(phys_ram(&machine.mem, LOADED, IMAGE), image.bytes, IMAGE);
    image.bytes[0] = 0;
    phys_ram(&machine.mem, LOADED + BANNER_AT, 1)[15]++;
    later();
    expect_named(KASLR + offset_of(&guest_layout, FUNCTION), &guest_layout, FUNCTION, 0, "kernel");
}

TEST(a_kernel_elsewhere_in_memory_is_found)
{
    const uint64_t other = RAM + (16 << 20);
    start();
    build(&guest_layout);
    memcpy(phys_ram(&machine.mem, other, IMAGE), image.bytes, IMAGE);
    memset(phys_ram(&machine.mem, other, TEXT), 0x55, TEXT); /* the kernel has given its header away */
    memset(phys_ram(&machine.mem, other + INIT, INIT_END - INIT), 0xaa, INIT_END - INIT);
    stage1_on(true);
    map_image(KASLR, other, TEXT, INIT);
    map_image(KASLR, other, INIT_END, IMAGE);
    expect_named(KASLR + offset_of(&guest_layout, FUNCTION) + 4, &guest_layout, FUNCTION, 4, "kernel");
    expect_named(KASLR + BANNER_AT, &guest_layout, SYMBOLS - 4, 0, "kernel");
}

/* ---- Guests ---- */

/* A guest of VMID 5 whose Image's pages are anywhere in RAM; its header is there or not. */
static void start_guest(bool header)
{
    start();
    build(&guest_layout);
    image.bytes[BANNER_AT + 15]++;
    next_page = RAM + (8 << 20);
    stage1_on(false);
    stage2_on();
    for (uint64_t at = RAM + (8 << 20); at < RAM + (16 << 20); at += PAGE) /* its tables */
        map2(at, at, S2_NORMAL | S2_RW);
    for (uint64_t at = 0, pa = RAM + RAM_SIZE - PAGE; at < IMAGE; at += PAGE, pa -= 2 * PAGE) {
        map2(IPA + at, pa, S2_NORMAL | S2_RW);
        memcpy(phys_ram(&machine.mem, pa, PAGE), image.bytes + at, PAGE);
        if (!header && at < TEXT)
            memset(phys_ram(&machine.mem, pa, PAGE), 0x55, PAGE);
    }
    map_image(GUEST, IPA, header ? 0 : TEXT, INIT);
    at_el(EL1);
}

TEST(a_guests_kernel_is_found_in_its_memory)
{
    uint64_t va, function = offset_of(&guest_layout, FUNCTION);
    struct symbol_space in;
    for (unsigned header = 0; header < 2; header++) {
        start_guest(header);
        expect_named(GUEST + function + 4, &guest_layout, FUNCTION, 4, "guest 5 kernel");
        EXPECT(symbols_address(s, NULL, "guest:sve_probe_40", &va, &in) && va == GUEST + function);
        EXPECT(in.el == EL1 && in.stage2 && in.vmid == 5);
        EXPECT(symbols_address(s, NULL, "guest@5:sve_probe_40", &va, NULL) && va == GUEST + function);
        EXPECT(!symbols_address(s, NULL, "guest@6:sve_probe_40", &va, NULL));
    }
}

TEST(a_guest_is_named_before_its_mmu_is_on)
{
    start_guest(true);
    c->sysreg[SR_SCTLR_EL1] = 0;
    mmu_context_changed(c);
    expect_named(IPA + offset_of(&guest_layout, FUNCTION), &guest_layout, FUNCTION, 0, "guest 5 kernel");
}

TEST(a_guest_whose_memory_is_not_there_yet_is_asked_again)
{
    start_guest(true);
    uint64_t function = GUEST + offset_of(&guest_layout, FUNCTION), table = c->sysreg[SR_VTTBR_EL2];
    stage2_on(); /* another table with nothing but the guest's own tables */
    for (uint64_t at = RAM + (8 << 20); at < RAM + (16 << 20); at += PAGE)
        map2(at, at, S2_NORMAL | S2_RW);
    expect_no_name(function);
    c->sysreg[SR_VTTBR_EL2] = table;
    mmu_context_changed(c);
    later();
    expect_named(function, &guest_layout, FUNCTION, 0, "guest 5 kernel");
}

/* A VHE host's process has all of the guest's memory in tables of its own. */
TEST(a_guest_is_read_through_its_process_before_stage_2_has_it)
{
    const uint64_t process = UINT64_C(0x7f8000000000), function = offset_of(&guest_layout, FUNCTION);
    for (unsigned way = 0; way < 2; way++) {
        start_guest(true);
        c->sysreg[SR_HCR_EL2] |= HCR_E2H;
        c->sysreg[SR_TCR_EL2] = c->sysreg[SR_TCR_EL1];
        uint64_t root = c->sysreg[SR_TTBR0_EL2] = alloc(4096), pa, here = 0;
        for (uint64_t at = 0; at < IMAGE; at += PAGE) {
            EXPECT(mem_debug_stage2(c, IPA + at, &pa));
            here = at == (function & ~UINT64_C(0xfff)) ? pa : here;
            if (way || at != TABLES + 0x2000) /* without one page of the names there are none */
                map_at(root, 0, 12, process + at, 3, pa | D_NORMAL);
        }
        stage2_on();
        for (uint64_t at = RAM + (8 << 20); at < RAM + (16 << 20); at += PAGE)
            map2(at, at, S2_NORMAL | S2_RW);
        map2((IPA + function) & ~UINT64_C(0xfff), here, S2_NORMAL | S2_RW);
        c->pc = GUEST + function;
        if (way)
            expect_named(GUEST + function, &guest_layout, FUNCTION, 0, "guest 5 kernel");
        else
            expect_no_name(GUEST + function);
    }
}

TEST(a_vmid_given_to_another_guest_is_noticed)
{
    start_guest(true);
    uint64_t function = offset_of(&guest_layout, FUNCTION);
    expect_named(GUEST + function, &guest_layout, FUNCTION, 0, "guest 5 kernel");
    build(&host_layout);
    image.bytes[BANNER_AT + 15] += 2;
    for (uint64_t at = 0; at < IMAGE; at += PAGE) {
        uint64_t pa;
        EXPECT(mem_debug_stage2(c, IPA + at, &pa));
        memcpy(phys_ram(&machine.mem, pa, PAGE), image.bytes + at, PAGE);
    }
    later();
    expect_named(GUEST + function, &host_layout, FUNCTION, 0, "guest 5 kernel");
}

TEST(the_last_place_is_remembered_while_no_cpu_is_in_the_guest)
{
    struct symbol found;
    start_guest(true);
    struct symbol_space space = symbol_space_of(c);
    uint64_t function = GUEST + offset_of(&guest_layout, FUNCTION);
    EXPECT(symbols_at(s, &space, function, &found));
    c->sysreg[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    at_el(EL2);
    later();
    EXPECT(symbols_at(s, &space, function + 4, &found) && !strcmp(found.name, "sve_probe_40") && found.offset == 4);
    symbols_forget(s);
    EXPECT(!symbols_at(s, &space, function + 4, &found));
}

TEST(looking_changes_nothing)
{
    static struct cpu before;
    static uint8_t ram[RAM_SIZE];
    char text[64];
    start_guest(false);
    before = *c;
    memcpy(ram, machine.mem.ram, RAM_SIZE);
    struct symbol_space space = symbol_space_of(c);
    symbols_text(s, &space, GUEST + offset_of(&guest_layout, FUNCTION), text, sizeof text);
    symbols_task(s, c, text, sizeof text);
    EXPECT(!memcmp(&before, c, sizeof before));
    EXPECT(!memcmp(ram, machine.mem.ram, RAM_SIZE));
}

/* ---- Tasks ---- */

static void expect_task(const char *want)
{
    char text[64];
    symbols_task(s, c, text, sizeof text);
    if (strcmp(text, want))
        FAIL("the task is '%s', expected '%s'", text, want);
}

/* A struct task_struct at va, and its types in the Image, whose pages are one after the other at pa. */
static void make_task(uint64_t va, uint64_t pa, const char *comm, uint32_t pid)
{
    uint64_t at = alloc(PAGE);
    map1(va, at, D_NORMAL);
    memcpy(phys_ram(&machine.mem, at + COMM_AT, 16), comm, 16);
    memcpy(phys_ram(&machine.mem, at + PID_AT, 4), &pid, 4);
    make_btf();
    if (pa)
        memcpy(phys_ram(&machine.mem, pa + 0x62004, made_btf.size), made_btf.bytes, made_btf.size);
}

TEST(the_current_task)
{
    const uint64_t task = LINEAR + 0x100000;
    start();
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    c->sysreg[SR_SP_EL0] = task, c->pc = KASLR + TEXT;
    make_task(task, LOADED, "svevl\0.........", 77);
    expect_task("svevl/77");
    make_task(task, LOADED, "a\nb\0............", 77);
    expect_task("a?b/77");
    make_task(task, LOADED, "0123456789abcdef", 77); /* a name ends */
    expect_task("");
    make_task(task, LOADED, "svevl\0.........", 1 << 23); /* no process has this number */
    expect_task("");
    c->sysreg[SR_SP_EL0] = task + (1 << 20);
    expect_task("");
}

TEST(no_task_without_types_or_before_the_kernel_runs)
{
    const uint64_t task = LINEAR + 0x100000;
    start();
    c->sysreg[SR_SP_EL0] = task, c->pc = LOADED;
    expect_task("");
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    c->pc = KASLR + TEXT;
    make_task(task, 0, "svevl\0.........", 77);
    expect_task("");
}

TEST(a_vcpu_has_a_name_whatever_its_guest_runs)
{
    start_guest(true);
    c->sysreg[SR_VMPIDR_EL2] = BIT(31) | 1 << 8 | 2;
    expect_task("vm 5 vcpu 18");
    c->sysreg[SR_SCTLR_EL1] = 0;
    mmu_context_changed(c);
    expect_task("vm 5 vcpu 18");
}

/* Tables that lead anywhere, Images of anything: no answer matters, but there must be one. */
TEST(hostile_memory)
{
    uint64_t x = 88172645463325252u;
    for (unsigned round = 0; round < 300; round++) {
        start_guest(round & 1);
        for (unsigned i = 0; i < 400; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            uint64_t at = round % 3 ? IMAGE + x % (RAM_SIZE - IMAGE) : x % RAM_SIZE;
            machine.mem.ram[at] ^= (uint8_t)(x >> 56);
        }
        for (unsigned i = 0; i < 4; i++, later()) {
            struct symbol_space space = symbol_space_of(c);
            char text[64];
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            symbols_text(s, &space, GUEST + x % (2 * IMAGE), text, sizeof text);
            symbols_text(s, &space, x, text, sizeof text);
        }
        symbols_free(s);
        s = NULL;
        test_owned_count = 0;
    }
}

/* ---- ELF files ---- */

enum { SECTIONS = 5, ELF_SIZE = 0x2000 };
struct elf_symbol {
    const char *name;
    uint64_t value, size;
    unsigned char type, bind;
    uint16_t section; /* 1: code, allocated; 2: a section that is not */
};
static struct {
    Elf64_Ehdr e;
    Elf64_Phdr p;
    Elf64_Shdr s[SECTIONS];
    Elf64_Sym sym[32];
    char names[512];
} elf;

static char path[64];

/* An executable at 0x400000 with these names in a table of that kind. */
static void make_elf(unsigned kind, const struct elf_symbol *names, unsigned count)
{
    size_t used = 1;
    memset(&elf, 0, sizeof elf);
    memcpy(elf.e.e_ident, ELFMAG, SELFMAG);
    elf.e.e_ident[EI_CLASS] = ELFCLASS64, elf.e.e_ident[EI_DATA] = ELFDATA2LSB, elf.e.e_ident[EI_VERSION] = 1;
    elf.e.e_type = ET_EXEC, elf.e.e_machine = EM_AARCH64, elf.e.e_version = 1;
    elf.e.e_ehsize = sizeof elf.e, elf.e.e_phentsize = sizeof elf.p, elf.e.e_shentsize = sizeof elf.s[0];
    elf.e.e_phoff = offsetof(typeof(elf), p), elf.e.e_phnum = 1;
    elf.e.e_shoff = offsetof(typeof(elf), s), elf.e.e_shnum = SECTIONS;
    elf.p = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = 0x400000, .p_paddr = 0x400000, .p_memsz = 0x10000 };
    elf.s[1] = (Elf64_Shdr){ .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC, .sh_addr = 0x400000, .sh_size = 0x10000 };
    elf.s[2] = (Elf64_Shdr){ .sh_type = SHT_NOBITS };
    for (unsigned i = 0; i < count; i++) {
        elf.sym[i + 1] = (Elf64_Sym){ .st_name = (uint32_t)used,
                                      .st_value = names[i].value,
                                      .st_size = names[i].size,
                                      .st_info = ELF64_ST_INFO(names[i].bind, names[i].type),
                                      .st_shndx = names[i].section };
        strcpy(elf.names + used, names[i].name);
        used += strlen(names[i].name) + 1;
    }
    elf.s[3] = (Elf64_Shdr){ .sh_type = kind,
                             .sh_offset = offsetof(typeof(elf), sym),
                             .sh_link = 4,
                             .sh_size = (count + 1) * sizeof elf.sym[0],
                             .sh_entsize = sizeof elf.sym[0] };
    elf.s[4] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = offsetof(typeof(elf), names), .sh_size = used };
}

static const char *write_elf(size_t size)
{
    if (!*path)
        snprintf(path, sizeof path, "/tmp/svemu-symbols-%d.elf", (int)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(&elf, 1, size, f) != size || fclose(f))
        abort();
    return path;
}

static const struct elf_symbol program[] = {
    { "$x", 0x400000, 0, STT_NOTYPE, STB_LOCAL, 1 },
    { "_start", 0x400000, 0, STT_NOTYPE, STB_GLOBAL, 1 },
    { "local_alias", 0x400100, 64, STT_FUNC, STB_LOCAL, 1 },
    { "function", 0x400100, 64, STT_FUNC, STB_GLOBAL, 1 },
    { "inside", 0x400110, 8, STT_FUNC, STB_GLOBAL, 1 },
    { "table", 0x408000, 256, STT_OBJECT, STB_GLOBAL, 1 },
    { "debug", 0x400200, 4, STT_OBJECT, STB_GLOBAL, 2 },
    { "constant", 0x400300, 0, STT_NOTYPE, STB_GLOBAL, SHN_ABS },
    { "elsewhere", 0, 0, STT_FUNC, STB_GLOBAL, SHN_UNDEF },
};
enum { PROGRAM = sizeof program / sizeof program[0] };

static void expect_text(const struct symbol_space *space, uint64_t va, const char *want)
{
    char text[64];
    symbols_text(s, space, va, text, sizeof text);
    if (strcmp(text, want))
        FAIL("%#" PRIx64 " is '%s', expected '%s'", va, text, want);
}

static void add(const char *keys)
{
    char spec[128];
    snprintf(spec, sizeof spec, "%s%s", path, keys);
    if (!symbols_add(s, spec))
        FAIL("%s: %s", spec, user_error_text);
}

TEST(elf_names)
{
    const struct symbol_space el0 = { .el = EL0 };
    for (unsigned kind = 0; kind < 2; kind++) {
        start();
        make_elf(kind ? SHT_DYNSYM : SHT_SYMTAB, program, PROGRAM);
        write_elf(sizeof elf);
        add("");
        expect_text(&el0, 0x400000, "_start+0x0");
        expect_text(&el0, 0x4000fc, "_start+0xfc");
        expect_text(&el0, 0x400100, "function+0x0");
        expect_text(&el0, 0x40010c, "function+0xc");
        expect_text(&el0, 0x400110, "inside+0x0");
        expect_text(&el0, 0x400118, "function+0x18"); /* what stands in it has ended */
        expect_text(&el0, 0x40010c, "function+0xc");
        expect_text(&el0, 0x4080ff, "table+0xff");
        expect_text(&el0, 0x3ffffc, "");
        expect_text(&el0, 0x410000, "");
    }
}

TEST(elf_offset_vmid_and_el)
{
    const struct symbol_space el0 = { .el = EL0 }, el1 = { .el = EL1 },
                              guest = { .el = EL1, .stage2 = true, .vmid = 3 };
    uint64_t va;
    struct symbol_space in;
    start();
    c->power = POWER_OFF;
    make_elf(SHT_SYMTAB, program, PROGRAM);
    write_elf(sizeof elf);
    add("@0x1000000,el=1");
    add("@-0x100000,vmid=3");
    expect_text(&el0, 0x1400100, "");
    expect_text(&el1, 0x1400100, "function+0x0");
    expect_text(&el1, 0x300100, "");
    expect_text(&guest, 0x300100, "function+0x0");
    EXPECT(symbols_address(s, &guest, "table+8", &va, NULL) && va == 0x1408008);
    EXPECT(symbols_address(s, NULL, "guest@3:table", &va, &in) && va == 0x308000 && in.stage2 && in.vmid == 3);
    EXPECT(!symbols_address(s, NULL, "guest@4:table", &va, &in));
    EXPECT(symbols_address(s, NULL, "0x1234", &va, NULL) && va == 0x1234);
}

static void expect_refused(const char *spec, const char *words)
{
    *user_error_text = 0;
    EXPECT(!symbols_add(s, spec));
    if (strncmp(user_error_text, "--symbols ", 10) || !strstr(user_error_text, spec) || !strstr(user_error_text, words))
        FAIL("%s: %s", spec, user_error_text);
}

TEST(elf_files_that_are_refused)
{
    char spec[128];
    start();
    expect_refused("/nonexistent/vmlinux", "cannot be read");
    make_elf(SHT_SYMTAB, program, 1); /* a mapping symbol alone */
    expect_refused(write_elf(sizeof elf), "without symbols");
    make_elf(SHT_SYMTAB, program, PROGRAM);
    elf.e.e_machine = EM_X86_64;
    expect_refused(write_elf(sizeof elf), "another machine");
    elf.e.e_machine = EM_AARCH64, elf.e.e_type = ET_REL;
    expect_refused(write_elf(sizeof elf), "not linked");
    elf.e.e_type = ET_EXEC;
    expect_refused(write_elf(20), "not an ELF file");
    expect_refused(write_elf(offsetof(typeof(elf), sym)), "without symbols");
    static const char *const keys[] = { ",vmid=65536", ",el=3", ",vmid=", ",frob=1", "@here", ",el=1,el=x" };
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(spec, sizeof spec, "%s%s", path, keys[i]);
        expect_refused(spec, "expected");
    }
}

/* Each byte of the file changed, and the file cut anywhere: refused or read, never worse. */
TEST(broken_elf_files)
{
    unsigned refused = 0;
    for (size_t at = 0; at < sizeof elf; at += at < offsetof(typeof(elf), sym) ? 1 : 37) {
        start();
        make_elf(SHT_SYMTAB, program, PROGRAM);
        ((uint8_t *)&elf)[at] ^= 0xff;
        refused += !symbols_add(s, write_elf(sizeof elf));
        make_elf(SHT_SYMTAB, program, PROGRAM);
        refused += !symbols_add(s, write_elf(at + 1));
        symbols_free(s);
        s = NULL;
        test_owned_count = 0;
    }
    EXPECT(refused > 100);
}

TEST(an_unknown_name_gets_the_nearest)
{
    uint64_t va;
    start();
    EXPECT(!symbols_address(s, NULL, "sve_prbe_40", &va, NULL) && strstr(user_error_text, "nearest is sve_probe_40"));
    EXPECT(!symbols_address(s, NULL, "gest:sve_probe_40", &va, NULL) && strstr(user_error_text, "guest@VMID:"));
    EXPECT(!symbols_address(s, NULL, "sve_probe_40+x", &va, NULL) && strstr(user_error_text, "after the +"));
    EXPECT(!symbols_address(s, NULL, "", &va, NULL));
}

TEST(an_elf_file_of_the_kernel_moves_with_it)
{
    const struct elf_symbol names[] = { { "_text", START, 0, STT_NOTYPE, STB_GLOBAL, 1 },
                                        { "_stext", START + TEXT, 0, STT_NOTYPE, STB_GLOBAL, 1 },
                                        { "only_in_the_elf", START + TEXT + 0x4000, 64, STT_FUNC, STB_LOCAL, 1 },
                                        { "linux_banner", START + BANNER_AT, 64, STT_OBJECT, STB_GLOBAL, 1 },
                                        { "__init_begin", START + INIT, 0, STT_NOTYPE, STB_GLOBAL, 1 },
                                        { "_end", START + IMAGE + BSS, 0, STT_NOTYPE, STB_GLOBAL, 1 } };
    start();
    make_elf(SHT_SYMTAB, names, 6);
    elf.p.p_vaddr = START, elf.p.p_memsz = IMAGE + BSS;
    write_elf(sizeof elf);
    add("");
    stage1_on(true);
    map_image(KASLR, LOADED, TEXT, INIT);
    struct symbol_space space = symbol_space_of(c);
    expect_text(&space, KASLR + TEXT + 0x4010, "only_in_the_elf+0x10");
    expect_text(&space, START + TEXT + 0x4010, "");
}

/* The file of --kernel: linked high, put low, entered with the MMU off. */
TEST(an_elf_file_that_was_loaded_as_the_kernel)
{
    const uint64_t link = UINT64_C(0xffffffff80000000), function = 0x100;
    struct elf_symbol names[PROGRAM];
    uint64_t pa;
    start();
    memset(phys_ram(&machine.mem, LOADED, HEADER), 0, HEADER);
    symbols_forget(s);
    memcpy(names, program, sizeof names);
    for (unsigned i = 0; i < PROGRAM; i++)
        names[i].value += link - 0x400000;
    make_elf(SHT_SYMTAB, names, PROGRAM);
    elf.p.p_vaddr = link, elf.p.p_paddr = LOADED;
    symbols_add_kernel(s, write_elf(sizeof elf));
    struct symbol_space space = symbol_space_of(c);
    expect_text(&space, LOADED + function + 4, "function+0x4");
    expect_text(&space, LOADED - 4, "");
    EXPECT(symbols_physical(s, "function", &pa) && pa == LOADED + function);
    stage1_on(true);
    map_image(link, LOADED, 0, PAGE);
    expect_text(&space, link + function + 4, "");
    space = symbol_space_of(c);
    expect_text(&space, link + function + 4, "function+0x4");
    symbols_forget(s); /* a reboot loads the same file */
    expect_text(&space, link + function + 4, "function+0x4");
    symbols_add_kernel(s, "/nonexistent/kernel");
    symbols_add_kernel(s, write_elf(20));
}

/* The hypervisor's addresses of its names. */
TEST(nvhe_names_have_addresses_where_the_hypervisor_maps_them)
{
    enum { HYP = 0x2b720000 };
    uint64_t va;
    struct symbol_space in;
    start();
    c->sysreg[SR_TCR_EL2] = 16 | 5 << 16;
    c->sysreg[SR_TTBR0_EL2] = ttbr0 = alloc(4096);
    c->sysreg[SR_MAIR_EL2] = MAIR_TEST;
    c->sysreg[SR_SCTLR_EL2] = BIT(SCTLR_M) | BIT(SCTLR_C);
    c->sysreg[SR_VBAR_EL2] = HYP + 0x10800;
    map_image(HYP, LOADED, TEXT, TEXT + 2 * PAGE);
    mmu_context_changed(c);
    EXPECT(symbols_address(s, NULL, "nvhe:sve_probe_40", &va, &in));
    EXPECT(va == HYP + offset_of(&host_layout, FUNCTION) && in.el == EL2 && !in.e2h);
    EXPECT(!symbols_address(s, NULL, "nvhe:linux_banner", &va, &in)); /* not mapped there */
}

int main(void)
{
    int status = test_main();
    if (*path)
        unlink(path);
    return status;
}
