/* --disas: words of standard input, or the code of an ELF file, as text. */
#include "frontends/frontends.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <unistd.h>

#include "isa/isa.h"

static void print_word(FILE *f, uint64_t address, uint32_t word)
{
    char text[256];
    disasm(word, address, text, sizeof text);
    fprintf(f, "%08x  %s\n", word, text);
}

/* ---- Words ---- */

/* A word: 1 to 8 hexadecimal digits, 0x before them or not. */
static bool parse_word(const char *text, uint32_t *word)
{
    const char *digits = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
    size_t n = strspn(digits, "0123456789abcdefABCDEF");
    if (!n || n > 8 || digits[n])
        return false;
    *word = (uint32_t)strtoul(digits, NULL, 16);
    return true;
}

bool disas_words(FILE *in, FILE *out)
{
    char *line = NULL;
    size_t room = 0;
    bool ok = true;

    isa_init();
    for (unsigned long number = 1; ok && getline(&line, &room, in) >= 0; number++) {
        char *rest = NULL;
        for (char *at = strtok_r(line, " \t\r\n", &rest); ok && at; at = strtok_r(NULL, " \t\r\n", &rest)) {
            uint32_t word;
            if (parse_word(at, &word))
                print_word(out, 0, word);
            else
                ok = user_error("--disas: line %lu of standard input: %.40s is not a hexadecimal word of 32 bits",
                                number, at);
        }
    }
    free(line);
    return ok;
}

/* ---- ELF ---- */
struct symbol {
    uint64_t address;
    size_t section;
    const char *name;
};
struct symbols {
    struct symbol *at;
    size_t count;
};

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->section != y->section)
        return x->section < y->section ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* Names that begin with $ say what is code and what is data; they are no labels. */
static void add_symbols(struct symbols *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    GElf_Sym sym;
    struct symbol *more = realloc(s->at, (s->count + count + 1) * sizeof *more);

    if (!more)
        return;
    s->at = more;
    for (size_t i = 0; i < count && gelf_getsym(data, (int)i, &sym); i++) {
        const char *name = elf_strptr(elf, header->sh_link, sym.st_name);
        unsigned type = GELF_ST_TYPE(sym.st_info);
        if (name && *name && *name != '$' && (type == STT_FUNC || type == STT_NOTYPE || type == STT_OBJECT))
            s->at[s->count++] = (struct symbol){ sym.st_value, sym.st_shndx, name };
    }
}

static struct symbols read_symbols(Elf *elf)
{
    struct symbols s = { 0 };
    GElf_Shdr header;
    for (int pass = 0; pass < 2 && !s.count; pass++) /* those of the dynamic linker where the others were stripped */
        for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
            if (gelf_getshdr(section, &header) && header.sh_type == (pass ? SHT_DYNSYM : SHT_SYMTAB))
                add_symbols(&s, elf, section, &header);
    if (s.count)
        qsort(s.at, s.count, sizeof *s.at, by_address);
    return s;
}

static void print_section(FILE *f, const struct symbols *s, Elf_Scn *section, const GElf_Shdr *header)
{
    size_t index = elf_ndxscn(section), next = 0;
    Elf_Data *data = elf_rawdata(section, NULL);
    if (!data || !data->d_buf)
        return;
    while (next < s->count && s->at[next].section < index)
        next++;
    for (size_t at = 0; at + 4 <= data->d_size; at += 4) {
        uint64_t address = header->sh_addr + at;
        uint32_t word;
        for (; next < s->count && s->at[next].section == index && s->at[next].address <= address; next++)
            if (s->at[next].address == address)
                fprintf(f, "%s:\n", s->at[next].name);
        memcpy(&word, (const char *)data->d_buf + at, 4);
        fprintf(f, "%16" PRIx64 "  ", address);
        print_word(f, address, word);
    }
}

static bool print_elf(Elf *elf, const char *path, FILE *f)
{
    GElf_Ehdr e;
    GElf_Shdr header;
    bool any = false;

    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &e))
        return user_error("--disas %s: not an ELF file", path);
    if (e.e_machine != EM_AARCH64 || e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_ident[EI_DATA] != ELFDATA2LSB)
        return user_error("--disas %s: an ELF file for another machine (e_machine %u), not little-endian AArch64", path,
                          e.e_machine);
    struct symbols s = read_symbols(elf);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS && header.sh_flags & SHF_EXECINSTR) {
            const char *name = elf_strptr(elf, e.e_shstrndx, header.sh_name);
            fprintf(f, "%ssection %s\n", any ? "\n" : "", name ? name : "?");
            print_section(f, &s, section, &header);
            any = true;
        }
    free(s.at);
    return any || user_error("--disas %s: the ELF file has no section of code", path);
}

bool disas_file(const char *path, FILE *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return user_error("--disas %s: the file cannot be read: %s", path, strerror(errno));
    isa_init();
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    bool ok = print_elf(elf, path, out);
    elf_end(elf);
    close(fd);
    return ok;
}
