/* Addresses of the kernel under test by name, wherever it runs. */
#define _GNU_SOURCE /* memmem */
#include "frontends/lab_watch.h"

#include <ctype.h>
#include <stdlib.h>

#include "mmu/mmu.h"

/* "Linux version 6.12.95 (...": the kernel's banner, which is text in the Image. */
static void find_version(struct lab_symbols *s, const uint8_t *image, uint64_t size)
{
    static const char banner[] = "Linux version ";
    const size_t length = sizeof banner - 1;
    const uint8_t *p = image, *end = image + size;
    while ((p = memmem(p, (size_t)(end - p), banner, length))) {
        p += length;
        size_t n = 0;
        while (n < sizeof s->version - 1 && p + n < end && isgraph(p[n]))
            n++;
        if (n && isdigit(p[0])) {
            memcpy(s->version, p, n);
            s->version[n] = 0;
            return;
        }
    }
}

void lab_symbols_open(struct lab_symbols *s, struct machine *m)
{
    uint64_t size = 0;
    const uint8_t *header = phys_ram(&m->mem, m->entry, 64);
    memset(s, 0, sizeof *s);
    if (!header || memcmp(header + 56, "ARM\x64", 4)) /* an ELF file, not an Image */
        return;
    memcpy(&size, header + 16, sizeof size);
    if (!phys_ram(&m->mem, m->entry, size))
        return;
    s->base = m->entry, s->size = size;
    find_version(s, header, size);
    s->table = kallsyms_open(header, size);
    if (s->table)
        kallsyms_image(s->table, &s->link, &size);
}

void lab_symbols_close(struct lab_symbols *s)
{
    if (s->table)
        kallsyms_close(s->table);
}

/* 0 for what is outside the Image. */
static uint64_t link_address(const struct lab_symbols *s, struct cpu *cpu, uint64_t va)
{
    uint64_t pa;
    if (!mem_debug_translate(cpu, va, &pa) || pa - s->base >= s->size)
        return 0;
    return pa - s->base + s->link;
}

unsigned lab_backtrace(const struct lab_symbols *s, struct cpu *cpu, uint64_t frames[LAB_FRAMES])
{
    uint64_t record[2] = { cpu->gpr[29], cpu->gpr[30] }, fp = record[0];
    unsigned n = 0;
    frames[n++] = link_address(s, cpu, cpu->run_start ? PC(cpu) : cpu->pc);
    if (cpu->pstate.EL == EL0)
        return n;
    frames[n++] = link_address(s, cpu, record[1]);
    while (n < LAB_FRAMES && fp && !(fp & 7) && mem_debug_read(cpu, fp, record, sizeof record) == sizeof record) {
        uint64_t to = record[1];
        if (to >> 55 & 1)
            to |= UINT64_C(0xffff) << 48; /* a pointer authentication code may stand there */
        if (record[0] == fp)
            break;
        fp = record[0];
        frames[n++] = link_address(s, cpu, to);
    }
    return n;
}

const char *lab_symbol(const struct lab_symbols *s, uint64_t address)
{
    static char text[256];
    uint64_t offset;
    const char *name = s->table && address ? kallsyms_lookup(s->table, address, &offset) : NULL;
    if (!name)
        return NULL;
    snprintf(text, sizeof text, "%s+%#llx", name, (unsigned long long)offset);
    return text;
}
