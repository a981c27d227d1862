/* The loader: each kind of kernel, initrds, device trees; and each way in which they can be wrong. */
#include "frontends/frontends.h"
#include "tests/devices/bus.h"

#include <elf.h>
#include <libfdt.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { RAM = 0x40000000, MiB = 1 << 20, CODE = 0x14000000 };

static char dir[] = "/tmp/svemu-load-XXXXXX";
static struct options o;

static const char *path(const char *name)
{
    static char text[64][128];
    static unsigned n;
    char *p = text[n++ % 64];
    if (strstr(dir, "XXXXXX") && !mkdtemp(dir))
        exit(1);
    snprintf(p, sizeof text[0], "%s/%s", dir, name);
    return p;
}

static const char *put(const char *name, const void *data, size_t size)
{
    const char *p = path(name);
    FILE *f = fopen(p, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        exit(1);
    return p;
}

static void set(uint8_t *p, uint64_t value, unsigned size) { memcpy(p, &value, size); }

/* An Image of 4096 bytes with a PE header whose one section ends at its end. */
static void make_image(uint8_t image[4096], uint64_t text_offset, uint64_t image_size)
{
    memset(image, 0x5a, 4096);
    memset(image, 0, 512);
    memcpy(image, "MZ", 2);
    set(image + 8, text_offset, 8), set(image + 16, image_size, 8);
    memcpy(image + 56, "ARM\x64", 4);
    set(image + 60, 64, 4);
    memcpy(image + 64, "PE\0\0", 4);
    set(image + 64 + 6, 1, 2);
    set(image + 64 + 20, 160, 2);
    set(image + 64 + 24 + 160 + 16, 4096 - 512, 4), set(image + 64 + 24 + 160 + 20, 512, 4);
}

static void start(const char *kernel)
{
    bus_start(1);
    memset(&o, 0, sizeof o);
    o.memory_text = "16M";
    o.kernel = kernel;
    *user_error_text = 0;
}

static void expect_refused(const char *option, const char *value, const char *words)
{
    EXPECT(!load_images(bus, &o));
    if (strncmp(user_error_text, option, strlen(option)) || !strstr(user_error_text, value) ||
        !strstr(user_error_text, words))
        FAIL("gives: %s", user_error_text);
}

static void expect_loaded(uint64_t entry, const void *data, size_t size)
{
    if (!load_images(bus, &o)) {
        FAIL("%s", user_error_text);
        return;
    }
    EXPECT_EQ(bus->entry, entry);
    EXPECT(!memcmp(phys_ram(&bus->mem, entry, size), data, size));
    EXPECT_EQ(bus->fdt_addr & 0x1fffff, 0);
    EXPECT_EQ(fdt_check_full(phys_ram(&bus->mem, bus->fdt_addr, MiB), MiB), 0);
}

TEST(raw_image)
{
    uint8_t image[4096];
    make_image(image, 0x80000, 3 * MiB);
    start(put("Image", image, sizeof image));
    expect_loaded(RAM + 0x80000, image, sizeof image);
    EXPECT_EQ(bus->fdt_addr, RAM + 4 * MiB);
}

TEST(compressed_images)
{
    uint8_t image[4096], packed[8192] = { 0 };
    make_image(image, 0, MiB);
    const char *p = path("Image.gz");
    gzFile gz = gzopen(p, "wb");
    gzwrite(gz, image, sizeof image);
    gzclose(gz);
    start(p);
    expect_loaded(RAM, image, sizeof image);

    FILE *f = fopen(p, "rb");
    size_t n = fread(packed + 256, 1, 4096, f);
    fclose(f);
    memcpy(packed, "MZ\0\0zimg", 8);
    set(packed + 8, 256, 4), set(packed + 12, n, 4);
    memcpy(packed + 24, "gzip", 5);
    start(put("zboot", packed, 256 + n));
    expect_loaded(RAM, image, sizeof image);
    start(put("zboot", packed, 256 + n - 1));
    expect_refused("--kernel", o.kernel, "truncated");
    start(put("short.gz", packed + 256, n - 9));
    expect_refused("--kernel", o.kernel, "truncated");

    n = ZSTD_compress(packed + 256, 4096, image, sizeof image, 3);
    set(packed + 12, n, 4);
    memcpy(packed + 24, "zstd", 5);
    start(put("zstd", packed, 256 + n));
    expect_loaded(RAM, image, sizeof image);
    set(packed + 12, n - 5, 4);
    start(put("zstd", packed, 256 + n));
    expect_refused("--kernel", o.kernel, "truncated");
    memcpy(packed + 24, "lzma", 5);
    start(put("lzma", packed, 256 + n));
    expect_refused("--kernel", o.kernel, "lzma");
}

TEST(bad_images)
{
    uint8_t image[4096];
    make_image(image, 0, MiB);
    start(path("none"));
    expect_refused("--kernel", o.kernel, "No such file");
    start(dir);
    expect_refused("--kernel", dir, "regular");
    start(put("empty", image, 0));
    expect_refused("--kernel", o.kernel, "empty");
    static const size_t cuts[] = { 4095, 1000, 200, 80, 64 };
    for (unsigned i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        start(put("cut", image, cuts[i]));
        expect_refused("--kernel", o.kernel, "truncated");
    }
    start(put("tiny", image, 20));
    expect_refused("--kernel", o.kernel, "truncated");
    make_image(image, 0, 17 * MiB);
    start(put("big", image, sizeof image));
    expect_refused("--kernel", o.kernel, "--memory 16M");
    make_image(image, UINT64_MAX, 17 * MiB);
    start(put("far", image, sizeof image));
    expect_refused("--kernel", o.kernel, "--memory 16M");
    make_image(image, 0, 15 * MiB);
    start(put("full", image, sizeof image));
    expect_refused("--memory", "16M", "device tree");
    memset(image, 1, sizeof image);
    start(put("noise", image, sizeof image));
    expect_refused("--kernel", o.kernel, "not an arm64 Image");
}

struct elf {
    Elf64_Ehdr e;
    Elf64_Phdr p;
    uint32_t code[4];
};

static struct elf make_elf(uint64_t vaddr, uint64_t paddr)
{
    return (struct elf){
        .e = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
               .e_type = ET_EXEC,
               .e_machine = EM_AARCH64,
               .e_version = EV_CURRENT,
               .e_entry = vaddr + 4,
               .e_phoff = sizeof(Elf64_Ehdr),
               .e_ehsize = sizeof(Elf64_Ehdr),
               .e_phentsize = sizeof(Elf64_Phdr),
               .e_phnum = 1 },
        .p = { .p_type = PT_LOAD,
               .p_flags = PF_R | PF_X,
               .p_offset = offsetof(struct elf, code),
               .p_vaddr = vaddr,
               .p_paddr = paddr,
               .p_filesz = 16,
               .p_memsz = 4096,
               .p_align = 4 },
        .code = { 1, CODE, CODE, CODE },
    };
}

TEST(elf_files)
{
    struct elf e = make_elf(RAM + MiB, RAM + MiB);
    start(put("elf", &e, sizeof e));
    memset(phys_ram(&bus->mem, RAM + MiB, 4096), 0xff, 4096);
    expect_loaded(RAM + MiB + 4, &e.code[1], 12);
    EXPECT_EQ(bus_read(RAM + MiB + 16, 8), 0); /* BSS */
    e = make_elf(UINT64_C(0xffff800000000000), RAM + MiB);
    start(put("high", &e, sizeof e));
    expect_loaded(RAM + MiB + 4, &e.code[1], 12);
}

TEST(bad_elf_files)
{
    struct elf e = make_elf(RAM, RAM);
    e.e.e_machine = EM_X86_64;
    start(put("x86", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "another machine");
    e = make_elf(RAM, RAM), e.e.e_type = ET_REL;
    start(put("object", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "not an executable");
    e = make_elf(RAM, RAM - 4096);
    start(put("low", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "not in RAM");
    e = make_elf(RAM, RAM), e.p.p_memsz = UINT64_MAX;
    start(put("huge", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "not in RAM");
    e = make_elf(RAM, RAM), e.p.p_offset = UINT64_MAX - 4;
    start(put("offset", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "truncated");
    e = make_elf(RAM, RAM), e.e.e_entry = 8;
    start(put("entry", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "entry");
    e = make_elf(RAM, RAM), e.e.e_phnum = 60000;
    start(put("headers", &e, sizeof e));
    expect_refused("--kernel", o.kernel, "ELF");
    start(put("short", &e, 70));
    expect_refused("--kernel", o.kernel, "ELF");
}

TEST(initrds_are_concatenated)
{
    uint8_t image[4096];
    make_image(image, 0, MiB);
    start(put("Image", image, sizeof image));
    o.initrd[0] = put("one", "12345", 5), o.initrd[1] = put("two", "abc", 3), o.initrds = 2;
    expect_loaded(RAM, image, sizeof image);
    EXPECT_EQ(bus->opt.initrd_start, RAM + 4 * MiB);
    EXPECT_EQ(bus->opt.initrd_end, RAM + 4 * MiB + 11);
    EXPECT(!memcmp(phys_ram(&bus->mem, RAM + 4 * MiB, 12), "12345\0\0\0abc", 11));
    const void *fdt = phys_ram(&bus->mem, bus->fdt_addr, MiB);
    EXPECT(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "linux,initrd-end", NULL) != NULL);
    o.initrd[1] = path("none");
    expect_refused("--initrd", o.initrd[1], "No such file");
    char *big = calloc(1, 13 * MiB);
    o.initrd[1] = put("big", big, 13 * MiB);
    free(big);
    expect_refused("--initrd", o.initrd[1], "do not fit");
}

TEST(users_device_tree)
{
    uint8_t image[4096];
    char blob[512];
    make_image(image, 0, MiB);
    start(put("Image", image, sizeof image));
    EXPECT_EQ(fdt_create_empty_tree(blob, sizeof blob), 0);
    fdt_setprop_string(blob, 0, "model", "mine");
    fdt_pack(blob);
    o.dtb = put("dtb", blob, fdt_totalsize(blob));
    o.machine.append = "hello";
    expect_loaded(RAM, image, sizeof image);
    const void *fdt = phys_ram(&bus->mem, bus->fdt_addr, MiB);
    EXPECT(!strcmp(fdt_getprop(fdt, 0, "model", NULL), "mine"));
    EXPECT(!strcmp(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", NULL), "hello"));
    o.dtb = put("cut", blob, fdt_totalsize(blob) - 1);
    expect_refused("--dtb", o.dtb, "libfdt rejects");
    blob[0] = 0;
    o.dtb = put("bad", blob, sizeof blob);
    expect_refused("--dtb", o.dtb, "libfdt rejects");
    o.dtb = path("none");
    expect_refused("--dtb", o.dtb, "No such file");
}

/* A hypervisor's guest beside the kernel: in RAM and in /chosen, where Xen looks; a plain file only in RAM. */
TEST(device_loaders)
{
    uint8_t image[4096];
    char dom0[300], disk[300], plain[300], text[300];
    struct options parsed;
    make_image(image, 0, MiB);
    start(put("Image", image, sizeof image));
    snprintf(dom0, sizeof dom0, "guest-loader,addr=0x40800000,kernel=%s,bootargs=console=hvc0,,x y",
             put("dom0", "kernel", 6));
    EXPECT(add_device(&o, "--device", dom0));
    snprintf(disk, sizeof disk, "guest-loader,addr=0x40900000,initrd=%s", put("ramdisk", "disk", 4));
    EXPECT(add_device(&o, "--device", disk));
    snprintf(plain, sizeof plain, "loader,file=%s,addr=0x40a00000", put("plain", "plain", 5));
    EXPECT(add_device(&o, "--device", plain));
    expect_loaded(RAM, image, sizeof image);
    EXPECT(!memcmp(phys_ram(&bus->mem, 0x40800000, 6), "kernel", 6));
    EXPECT(!memcmp(phys_ram(&bus->mem, 0x40900000, 4), "disk", 4));
    EXPECT(!memcmp(phys_ram(&bus->mem, 0x40a00000, 5), "plain", 5));
    const void *fdt = phys_ram(&bus->mem, bus->fdt_addr, MiB);
    int node = fdt_path_offset(fdt, "/chosen/module@40800000");
    EXPECT(!fdt_node_check_compatible(fdt, node, "multiboot,kernel"));
    EXPECT(!fdt_node_check_compatible(fdt, node, "multiboot,module"));
    EXPECT(!strcmp(fdt_getprop(fdt, node, "bootargs", NULL), "console=hvc0,x y"));
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", NULL);
    EXPECT_EQ(fdt32_ld(reg + 1), 0x40800000);
    EXPECT_EQ(fdt32_ld(reg + 3), 6);
    EXPECT(!fdt_node_check_compatible(fdt, fdt_path_offset(fdt, "/chosen/module@40900000"), "multiboot,ramdisk"));
    EXPECT(fdt_path_offset(fdt, "/chosen/module@40a00000") < 0);

    EXPECT(add_device(&o, "--device", plain));
    expect_refused("--device", "0x40a00000", "another --device is there");
    o.loads = 0;
    snprintf(text, sizeof text, "loader,file=%s,addr=0x40000800", path("plain"));
    EXPECT(add_device(&o, "--device", text));
    expect_refused("--device", "0x40000800", "the kernel, the device tree and the initrd are there");
    o.loads = 0;
    snprintf(text, sizeof text, "loader,file=%s,addr=0xfffffffffffffffe", path("plain"));
    EXPECT(add_device(&o, "--device", text));
    expect_refused("--device", "0xfffffffffffffffe", "not in RAM");

    static const char *const mistakes[][2] = {
        { "virtio-net", "expected loader" },
        { "loader,addr=0x40a00000", "expected file=FILE" },
        { "guest-loader,kernel=x", "expected addr=ADDRESS" },
        { "loader,file=x,addr=here", "addr=here is not a number" },
        { "loader,fiel=x", "the nearest is file" },
        { "loader,file=x,file=y", "one file can be given" },
        { "guest-loader,addr=1,initrd=x,bootargs=y", "belong to a kernel=" },
        { "loader,file", "expected KEY=VALUE" },
    };
    for (unsigned i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        parsed = (struct options){ .loads = 0 };
        EXPECT(!add_device(&parsed, "--device", mistakes[i][0]));
        EXPECT(strstr(user_error_text, mistakes[i][0]) && strstr(user_error_text, mistakes[i][1]));
    }
}

/* Last: remove the files. */
TEST(clean_up)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    EXPECT_EQ(system(command), 0);
}

TEST_MAIN
