/* The loader: kernels (arm64 Image, Documentation/arch/arm64/booting.rst; gzip'ed; EFI zboot; AArch64 ELF), initial RAM
 * disks and device trees into guest RAM. Files are read again for a reboot rather than kept. */
#include "frontends/frontends.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <libfdt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "devices/device.h"

#define MiB (UINT64_C(1) << 20)
/* The device tree must lie in one 2 MiB block, as the kernel maps it with one. */
enum { BLOCK = 2 << 20 };

struct bytes {
    uint8_t *data;
    size_t size;
};

struct loading {
    struct machine *m;
    const struct options *o;
    uint64_t entry;                             /* physical */
    uint64_t end;                               /* of the kernel with its BSS */
    struct boot_module place[MAX_BOOT_MODULES]; /* where --device put files */
    unsigned places;
};

static uint64_t round_up(uint64_t v, uint64_t to) { return (v + to - 1) / to * to; }
static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static uint64_t le64(const uint8_t *p) { return le32(p) | (uint64_t)le32(p + 4) << 32; }

/* ---- Files ---- */

/* Open a regular file: the descriptor, and its size; -1 with user_error. */
static int open_file(const char *option, const char *path, uint64_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        user_error("%s %s: %s", option, path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        user_error("%s %s: not a regular file", option, path);
    } else if (!st.st_size) {
        user_error("%s %s: the file is empty", option, path);
    } else {
        *size = (uint64_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool read_all(int fd, uint8_t *to, uint64_t size)
{
    static uint8_t part[1 << 18]; /* RAM may be write-protected (core/checkpoint.c), which the host's kernel refuses */
    for (uint64_t done = 0; done < size;) {
        ssize_t n = read(fd, part, size - done < sizeof part ? size - done : sizeof part);
        if (n <= 0)
            return false;
        memcpy(to + done, part, (size_t)n);
        done += (uint64_t)n;
    }
    return true;
}

static uint64_t in_mib(uint64_t bytes) { return (bytes + MiB - 1) / MiB; }

/* A whole file of at most limit bytes, which is what limit_text says, in malloc'ed memory. */
static bool read_file(const char *option, const char *path, uint64_t limit, const char *limit_text, struct bytes *out)
{
    uint64_t size;
    int fd = open_file(option, path, &size);
    if (fd < 0)
        return false;
    bool ok =
        size <= limit || user_error("%s %s: %" PRIu64 " MiB do not fit in %s", option, path, in_mib(size), limit_text);
    if (ok)
        out->data = malloc(size), out->size = size;
    if (ok && (!out->data || !read_all(fd, out->data, size))) {
        ok = user_error("%s %s: could not be read", option, path);
        free(out->data);
    }
    close(fd);
    return ok;
}

/* Everybody who writes to RAM tells the engine; reloading may overwrite decoded pages. */
static void about_to_write(struct machine *m, uint64_t pa, uint64_t size)
{
    for (uint64_t page = pa & ~UINT64_C(0xfff); page < pa + size; page += 0x1000)
        phys_about_to_write(&m->mem, page);
}

/* ---- Compressed kernels ---- */

/* Room for more output: doubles the buffer. No kernel unpacks to a GiB. */
static bool grow(struct bytes *out)
{
    size_t size = out->size ? out->size * 2 : 32 * MiB;
    uint8_t *p = size > 1024 * MiB ? NULL : realloc(out->data, size);
    if (!p)
        return false;
    out->data = p, out->size = size;
    return true;
}

static bool inflate_gzip(struct bytes in, struct bytes *out)
{
    z_stream z = { .next_in = in.data };
    size_t done = 0, left = in.size;
    int status = inflateInit2(&z, 16 + MAX_WBITS);
    *out = (struct bytes){ NULL, 0 };
    while (status == Z_OK) {
        if (done == out->size && !grow(out))
            break;
        size_t room = out->size - done;
        unsigned feed = z.avail_in = left < 1 << 30 ? (unsigned)left : 1u << 30;
        unsigned take = z.avail_out = room < 1 << 30 ? (unsigned)room : 1u << 30;
        z.next_out = out->data + done;
        status = inflate(&z, Z_NO_FLUSH);
        left -= feed - z.avail_in;
        done += take - z.avail_out;
    }
    inflateEnd(&z);
    out->size = done;
    return status == Z_STREAM_END;
}

static bool inflate_zstd(struct bytes in, struct bytes *out)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer from = { in.data, in.size, 0 };
    ZSTD_outBuffer to = { NULL, 0, 0 };
    size_t status = 1;
    *out = (struct bytes){ NULL, 0 };
    while (z && status && !ZSTD_isError(status)) {
        size_t before = from.pos + to.pos;
        if (to.pos == out->size && !grow(out))
            break;
        to.dst = out->data, to.size = out->size;
        status = ZSTD_decompressStream(z, &to, &from);
        if (from.pos + to.pos == before && to.pos < to.size)
            break; /* the input ended too early */
    }
    ZSTD_freeDStream(z);
    out->size = to.pos;
    return z && !status;
}

/* An EFI zboot image: "MZ", "zimg", offset and size of the payload, and how it is compressed. */
static bool is_zboot(struct bytes b)
{
    return b.size >= 64 && !memcmp(b.data, "MZ", 2) && !memcmp(b.data + 4, "zimg", 4);
}
static bool is_gzip(struct bytes b) { return b.size >= 18 && b.data[0] == 0x1f && b.data[1] == 0x8b; }
static bool is_image(struct bytes b) { return b.size >= 64 && !memcmp(b.data + 56, "ARM\x64", 4); }
static bool is_elf(struct bytes b) { return b.size >= 16 && !memcmp(b.data, ELFMAG, SELFMAG); }

/* Replace the file's bytes by what is compressed in them. */
static bool decompress(const char *path, struct bytes *b)
{
    struct bytes in = *b, out;
    bool gzip = true;
    if (is_zboot(in)) {
        uint64_t offset = le32(in.data + 8), size = le32(in.data + 12);
        char type[33] = { 0 };
        memcpy(type, in.data + 24, 32);
        if (offset + size > in.size)
            return user_error("--kernel %s: the file is truncated: its EFI zboot header asks for %" PRIu64
                              " bytes, it has %zu",
                              path, offset + size, in.size);
        gzip = !strcmp(type, "gzip");
        if (!gzip && strncmp(type, "zstd", 4))
            return user_error("--kernel %s: EFI zboot image compressed with %.32s; gzip and zstd are known", path,
                              type);
        in.data += offset, in.size = size;
    }
    bool ok = gzip ? inflate_gzip(in, &out) : inflate_zstd(in, &out);
    free(b->data);
    *b = out;
    if (!ok)
        return user_error("--kernel %s: the compressed kernel is truncated or damaged", path);
    return true;
}

/* ---- arm64 Image ---- */

/* How long the file must be: the end of the last section of the PE header that kernels with an EFI stub have.
 * image_size in the Image header does not say, as it counts the BSS. 0: there is no PE header to tell. */
static uint64_t pe_file_size(struct bytes b)
{
    uint64_t pe = le32(b.data + 60), need = 0;
    if (memcmp(b.data, "MZ", 2) || !pe)
        return 0;
    if (pe + 24 > b.size)
        return pe + 24;
    if (memcmp(b.data + pe, "PE\0\0", 4))
        return 0;
    unsigned sections = b.data[pe + 6] | b.data[pe + 7] << 8;
    uint64_t table = pe + 24 + (b.data[pe + 20] | (unsigned)b.data[pe + 21] << 8);
    if (table + 40u * sections > b.size)
        return table + 40u * sections;
    for (unsigned i = 0; i < sections; i++) {
        uint64_t end = (uint64_t)le32(b.data + table + 40 * i + 16) + le32(b.data + table + 40 * i + 20);
        need = end > need ? end : need;
    }
    return need;
}

static bool load_linux_image(struct loading *l, struct bytes b)
{
    struct physmem *mem = &l->m->mem;
    uint64_t text_offset = le64(b.data + 8), image_size = le64(b.data + 16), need = pe_file_size(b);
    if (need > b.size)
        return user_error("--kernel %s: the Image is truncated: its header asks for %" PRIu64 " bytes, it has %zu",
                          l->o->kernel, need, b.size);
    if (!image_size) /* before Linux 3.17 */
        text_offset = 0x80000, image_size = b.size;
    if (image_size < b.size)
        image_size = b.size;
    /* The base must be 2 MiB aligned, and RAM's is. */
    if (text_offset >= mem->size || image_size > mem->size - text_offset)
        return user_error("--kernel %s: the Image needs %" PRIu64 " MiB, more than --memory %s has", l->o->kernel,
                          in_mib(image_size), l->o->memory_text);
    l->entry = mem->base + text_offset;
    l->end = l->entry + image_size;
    return phys_copy_in(mem, l->entry, b.data, b.size);
}

/* ---- ELF ---- */

static bool load_segment(struct loading *l, struct bytes b, const GElf_Phdr *p, uint64_t e_entry)
{
    struct physmem *mem = &l->m->mem;
    uint8_t *to = phys_ram(mem, p->p_paddr, p->p_memsz);
    if (p->p_offset > b.size || p->p_filesz > b.size - p->p_offset)
        return user_error("--kernel %s: the ELF file is truncated", l->o->kernel);
    if (!to || p->p_filesz > p->p_memsz)
        return user_error("--kernel %s: the ELF segment at %#" PRIx64 ", %" PRIu64 " bytes, is not in RAM (%#" PRIx64
                          " to %#" PRIx64 ")",
                          l->o->kernel, (uint64_t)p->p_paddr, (uint64_t)p->p_memsz, mem->base,
                          mem->base + mem->size - 1);
    about_to_write(l->m, p->p_paddr, p->p_memsz);
    memcpy(to, b.data + p->p_offset, p->p_filesz);
    memset(to + p->p_filesz, 0, p->p_memsz - p->p_filesz);
    if (p->p_paddr + p->p_memsz > l->end)
        l->end = p->p_paddr + p->p_memsz;
    if (e_entry - p->p_vaddr < p->p_memsz) /* entered with the MMU off: at the physical address */
        l->entry = p->p_paddr + (e_entry - p->p_vaddr);
    return true;
}

static bool load_elf_segments(struct loading *l, struct bytes b, Elf *elf)
{
    const char *path = l->o->kernel;
    GElf_Ehdr e;
    GElf_Phdr p;
    size_t segments, loaded = 0;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &e) || elf_getphdrnum(elf, &segments))
        return user_error("--kernel %s: the ELF file is truncated or damaged", path);
    if (e.e_machine != EM_AARCH64 || e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_ident[EI_DATA] != ELFDATA2LSB)
        return user_error("--kernel %s: an ELF file for another machine (e_machine %u), not little-endian AArch64",
                          path, e.e_machine);
    if (e.e_type != ET_EXEC && e.e_type != ET_DYN)
        return user_error("--kernel %s: the ELF file is not an executable", path);
    l->entry = e.e_entry;
    for (size_t i = 0; i < segments; i++) {
        if (!gelf_getphdr(elf, (int)i, &p))
            return user_error("--kernel %s: the ELF file is truncated or damaged", path);
        if (p.p_type != PT_LOAD || !p.p_memsz)
            continue;
        if (!load_segment(l, b, &p, e.e_entry))
            return false;
        loaded++;
    }
    if (!loaded || l->entry & 3 || !phys_ram(&l->m->mem, l->entry, 4))
        return user_error("--kernel %s: the ELF file's entry point %#" PRIx64 " is not in RAM", path, l->entry);
    return true;
}

static bool load_elf(struct loading *l, struct bytes b)
{
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)b.data, b.size);
    bool ok = load_elf_segments(l, b, elf);
    elf_end(elf);
    return ok;
}

static bool load_kernel(struct loading *l)
{
    const char *path = l->o->kernel;
    char memory[64];
    struct bytes b;
    snprintf(memory, sizeof memory, "--memory %.40s", l->o->memory_text);
    if (!read_file("--kernel", path, l->m->mem.size, memory, &b))
        return false;
    bool ok = true;
    for (int depth = 0; ok && depth < 3 && (is_zboot(b) || is_gzip(b)); depth++)
        ok = decompress(path, &b);
    if (ok && is_image(b))
        ok = load_linux_image(l, b);
    else if (ok && is_elf(b))
        ok = load_elf(l, b);
    else if (ok && b.size < 64)
        ok = user_error("--kernel %s: the file is truncated: %zu bytes are no kernel", path, b.size);
    else if (ok)
        ok = user_error("--kernel %s: not an arm64 Image (raw, gzip'ed or EFI zboot) and not an ELF file", path);
    free(b.data);
    return ok;
}

/* ---- Initial RAM disk ---- */

/* Archives follow one another at multiples of 4 bytes, zeros between: Linux looks for the next header there. */
static bool load_initrds(struct loading *l, uint64_t at)
{
    struct machine *m = l->m;
    m->opt.initrd_start = m->opt.initrd_end = at;
    for (unsigned i = 0; i < l->o->initrds; i++) {
        const char *path = l->o->initrd[i];
        uint64_t size, pa = round_up(m->opt.initrd_end, 4), ram_end = m->mem.base + m->mem.size;
        int fd = open_file("--initrd", path, &size);
        if (fd < 0)
            return false;
        uint8_t *to = pa < ram_end ? phys_ram(&m->mem, pa, size) : NULL;
        bool ok = to || user_error("--initrd %s: %" PRIu64
                                   " MiB do not fit behind the kernel and the device tree in --memory %s",
                                   path, in_mib(size), l->o->memory_text);
        if (ok) {
            about_to_write(m, pa, size);
            memset(to - (pa - m->opt.initrd_end), 0, pa - m->opt.initrd_end);
            ok = read_all(fd, to, size) || user_error("--initrd %s: could not be read", path);
        }
        close(fd);
        if (!ok)
            return false;
        m->opt.initrd_end = pa + size;
    }
    return true;
}

/* ---- Other files at addresses of the user's choice ---- */

/* [a, a + n) and [b, b + m) have bytes in common. */
static bool overlap(uint64_t a, uint64_t n, uint64_t b, uint64_t m) { return a < b + m && b < a + n; }

/* After everything else has its place: taken is where kernel, device tree and initrd end. */
static bool load_file_at(struct loading *l, const struct load_option *d, uint64_t taken)
{
    struct machine *m = l->m;
    uint64_t size, base = m->mem.base;
    int fd = open_file("--device", d->file, &size);
    if (fd < 0)
        return false;
    uint8_t *to = phys_ram(&m->mem, d->addr, size);
    bool ok =
        to || user_error("--device %s: %" PRIu64 " MiB at this address are not in RAM (%#" PRIx64 " to %#" PRIx64 ")",
                         d->option, in_mib(size), base, base + m->mem.size - 1);
    if (ok && overlap(d->addr, size, base, taken - base))
        ok = user_error("--device %s: the kernel, the device tree and the initrd are there (%#" PRIx64 " to %#" PRIx64
                        ")",
                        d->option, base, taken - 1);
    for (unsigned i = 0; ok && i < l->places; i++)
        if (overlap(d->addr, size, l->place[i].addr, l->place[i].size))
            ok = user_error("--device %s: another --device is there (%#" PRIx64 " to %#" PRIx64 ")", d->option,
                            l->place[i].addr, l->place[i].addr + l->place[i].size - 1);
    if (ok) {
        about_to_write(m, d->addr, size);
        ok = read_all(fd, to, size) || user_error("--device %s: could not be read", d->file);
        l->place[l->places++] = (struct boot_module){ d->addr, size, d->kernel, d->bootargs };
    }
    close(fd);
    if (ok && d->module)
        m->opt.module[m->opt.modules++] = l->place[l->places - 1];
    return ok;
}

static bool load_files(struct loading *l, uint64_t taken)
{
    l->m->opt.modules = 0;
    for (unsigned i = 0; i < l->o->loads; i++)
        if (!load_file_at(l, &l->o->load[i], taken))
            return false;
    return true;
}

/* ---- Device tree ---- */

/* The user's, with the command line and the initrd put into /chosen. */
static void *read_dtb(struct loading *l, size_t *size)
{
    struct bytes b;
    const char *path = l->o->dtb;
    if (!read_file("--dtb", path, BLOCK, "the 2 MiB of a device tree", &b))
        return NULL;
    int error = fdt_check_full(b.data, b.size);
    size_t room = b.size + fdt_chosen_room(l->m);
    void *fdt = error ? NULL : malloc(room);
    if (fdt) {
        error = fdt_open_into(b.data, fdt, (int)room);
        error = error ? error : fdt_patch_chosen(l->m, fdt);
        error = error ? error : fdt_pack(fdt);
        *size = error ? 0 : fdt_totalsize(fdt);
    }
    free(b.data);
    if (error) {
        free(fdt);
        user_error("--dtb %s: libfdt rejects this device tree: %s", path, fdt_strerror(error));
        return NULL;
    }
    return fdt;
}

static bool load_dtb(struct loading *l, uint64_t at)
{
    struct machine *m = l->m;
    size_t size = 0;
    void *fdt = l->o->dtb ? read_dtb(l, &size) : board_fdt(m, &size);
    if (!fdt)
        return l->o->dtb ? false : user_error("%s", m->error);
    bool ok = (size <= BLOCK || user_error("--append: the device tree is larger than 2 MiB")) &&
              (phys_copy_in(&m->mem, at, fdt, size) ||
               user_error("--memory %s: no room for the device tree behind the kernel", l->o->memory_text));
    free(fdt);
    m->fdt_addr = at;
    return ok;
}

static bool beside_framebuffer(const struct machine *m)
{
    const struct framebuffer *fb = &m->opt.framebuffer;
    return !fb->width || m->opt.initrd_end <= fb->addr ||
           user_error("--initrd: the initrd ends at %#" PRIx64
                      ", and the framebuffer of %ux%u pixels begins at %#" PRIx64 "; more --memory has room for both",
                      m->opt.initrd_end, fb->width, fb->height, fb->addr);
}

/* From low to high: kernel, device tree, initial RAM disk, each at a multiple of 2 MiB. */
bool load_images(struct machine *m, const struct options *o)
{
    struct loading l = { .m = m, .o = o };
    m->opt.append = o->machine.append;
    if (!load_kernel(&l))
        return false;
    uint64_t dtb = round_up(l.end, BLOCK);
    if (!load_initrds(&l, dtb + BLOCK) || !beside_framebuffer(m) || !load_files(&l, m->opt.initrd_end) ||
        !load_dtb(&l, dtb))
        return false;
    m->entry = l.entry;
    return true;
}
