/* Names out of ELF files: kernels with their debug information, payloads, user programs. */
#include "frontends/symbols_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <unistd.h>

#include "frontends/frontends.h"

/* Mapping symbols ($x, $d, $x.1) say what is code and what is data; they are no names. */
static bool is_name(const char *name) { return name && *name && *name != '$'; }

/* Of several names for one address: functions and objects before labels, global ones before weak and local ones. */
static unsigned rank(const GElf_Sym *sym)
{
    return (GELF_ST_TYPE(sym->st_info) == STT_NOTYPE) * 4u + (GELF_ST_BIND(sym->st_info) != STB_GLOBAL) * 2u +
           (GELF_ST_BIND(sym->st_info) == STB_LOCAL);
}

/* Is it something that has a place in memory? */
static bool has_place(Elf *elf, const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);
    GElf_Shdr section;
    if (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE && type != STT_GNU_IFUNC)
        return false;
    if (sym->st_shndx == SHN_UNDEF || (sym->st_shndx >= SHN_LORESERVE && sym->st_shndx != SHN_XINDEX))
        return false;
    if (sym->st_shndx == SHN_XINDEX)
        return true;
    Elf_Scn *scn = elf_getscn(elf, sym->st_shndx);
    return scn && gelf_getshdr(scn, &section) && section.sh_flags & SHF_ALLOC;
}

static bool add_section(struct symbol_table *t, Elf *elf, Elf_Scn *scn, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    GElf_Sym sym;
    for (size_t i = 0; i < count && i <= INT32_MAX && gelf_getsym(data, (int)i, &sym); i++) {
        const char *name = elf_strptr(elf, header->sh_link, sym.st_name);
        if (is_name(name) && has_place(elf, &sym) && !table_add(t, name, sym.st_value, sym.st_size, rank(&sym)))
            return false;
    }
    return true;
}

/* .symtab, and where it was stripped the dynamic linker's. false: no memory. */
static bool read_names(struct symbol_table *t, Elf *elf)
{
    GElf_Shdr header;
    for (int pass = 0; pass < 2 && !t->count; pass++)
        for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));)
            if (gelf_getshdr(scn, &header) && header.sh_type == (pass ? SHT_DYNSYM : SHT_SYMTAB) &&
                !add_section(t, elf, scn, &header))
                return false;
    return true;
}

/* What the file occupies, by its segments; a file without any (a symbol file cut down to its tables) by its symbols. */
static void read_segments(struct symbol_table *t, Elf *elf, struct elf_segment *segments)
{
    size_t count = 0;
    unsigned kept = 0;
    GElf_Phdr p;
    t->start = UINT64_MAX, t->end = 0;
    if (elf_getphdrnum(elf, &count))
        count = 0;
    for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &p); i++) {
        if (p.p_type != PT_LOAD || !p.p_memsz || p.p_vaddr + p.p_memsz < p.p_vaddr)
            continue;
        t->start = p.p_vaddr < t->start ? p.p_vaddr : t->start;
        t->end = p.p_vaddr + p.p_memsz > t->end ? p.p_vaddr + p.p_memsz : t->end;
        if (segments && kept < MAX_SEGMENTS)
            segments[kept++] = (struct elf_segment){ p.p_vaddr, p.p_paddr, p.p_memsz };
    }
    if (t->end)
        return;
    const struct table_entry *last = &t->entry[t->count - 1];
    t->start = t->entry[0].address;
    t->end = last->address + (last->size ? last->size : 4);
}

static struct symbol_table *read_elf(const char *option, const char *path, Elf *elf, struct elf_segment *segments)
{
    const char *slash = strrchr(path, '/');
    GElf_Ehdr e;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &e)) {
        user_error("%s %s: not an ELF file, or a damaged one", option, path);
        return NULL;
    }
    if (e.e_machine != EM_AARCH64 || e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_ident[EI_DATA] != ELFDATA2LSB) {
        user_error("%s %s: an ELF file for another machine (e_machine %u), not little-endian AArch64", option, path,
                   e.e_machine);
        return NULL;
    }
    if (e.e_type != ET_EXEC && e.e_type != ET_DYN) {
        user_error("%s %s: the ELF file is not linked, its symbols have no addresses yet", option, path);
        return NULL;
    }
    struct symbol_table *t = table_create(slash ? slash + 1 : path);
    if (!t || !read_names(t, elf) || !table_sort(t)) {
        user_error("%s %s: the host has no memory for its symbols", option, path);
    } else if (!t->count) {
        user_error("%s %s: an ELF file without symbols; give the one from before it was stripped", option, path);
    } else {
        read_segments(t, elf, segments);
        return t;
    }
    table_free(t);
    return NULL;
}

struct symbol_table *table_from_elf(const char *option, const char *path, struct elf_segment *segments)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        user_error("%s %s: the file cannot be read: %s", option, path, strerror(errno));
        return NULL;
    }
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    struct symbol_table *t = read_elf(option, path, elf, segments);
    elf_end(elf);
    close(fd);
    return t;
}
