/* Names of addresses, each in the address space that it belongs to: the host's kernel at EL2 with VHE or at EL1
 * without, its nVHE hypervisor text at EL2, the kernel of each KVM guest, user programs. From any number of ELF files,
 * and without one from the kernel's own kallsyms, in the Image that was loaded or found in guest memory, wherever KASLR
 * put it. */
#ifndef SVEMU_FRONTENDS_SYMBOLS_H
#define SVEMU_FRONTENDS_SYMBOLS_H

#include <stdio.h>

#include "core/machine.h"

/* Which address space an address is in. */
struct symbol_space {
    uint8_t el;    /* of the PE that uses the address */
    bool e2h, tge; /* HCR_EL2's */
    bool stage2;   /* HCR_EL2.VM: vmid is that of a guest */
    uint16_t vmid;
    uint64_t ttbr; /* BADDR of the TTBR that translates a user program's addresses, 0: not asked for */
};
/* That of a CPU now. */
struct symbol_space symbol_space_at(const struct cpu *cpu, unsigned el); /* of what it has at this EL */
static inline struct symbol_space symbol_space_of(const struct cpu *cpu)
{
    return symbol_space_at(cpu, cpu->pstate.EL);
}

/* A name found: text lives until symbols change. */
struct symbol {
    const char *name;
    const char *image; /* "vmlinux", "kernel", "nvhe", "guest 1 kernel", or the file's name */
    uint64_t start;    /* of the symbol, in the address space asked about */
    uint64_t offset;   /* address - start */
    uint64_t size;     /* 0: not known */
};

struct symbols;
/* m has its kernel in memory; NULL: only ELF files will be looked at. */
struct symbols *symbols_create(struct machine *m);
/* The machine's own, made when first asked for: with what --symbols and --kernel name (main.c). */
struct symbols *symbols_of(struct machine *m);
void symbols_free(struct symbols *s);
/* --symbols FILE[@OFFSET][,vmid=N][,el=N]. OFFSET is added to the file's addresses. false with user_error. */
bool symbols_add(struct symbols *s, const char *spec) MUST_CHECK;
/* The --kernel file, which has been loaded: an ELF file's own symbols. Nothing if it has none or is an Image, whose
 * kallsyms are found in memory. */
void symbols_add_kernel(struct symbols *s, const char *path);
/* The name at or below va, for code and data. false: none is known. Looks into guest memory when it meets a kernel that
 * it does not know yet (not more than now and then), never changes the machine, and gives the same answer in every run.
 */
bool symbols_at(struct symbols *s, const struct symbol_space *space, uint64_t va, struct symbol *found);
/* name[+0xOFFSET] in a space, or "guest:name", "guest@VMID:name", "host:name", "nvhe:name", or a number. false with
 * user_error, which suggests the nearest name. space NULL: the first image that knows it; *in (may be NULL) is set to
 * the space it was found in. With KASLR a kernel's addresses are known once it runs at them; before that the error says
 * so, and symbols_physical() has an answer. */
bool symbols_address(struct symbols *s, const struct symbol_space *space, const char *name, uint64_t *va,
                     struct symbol_space *in) MUST_CHECK;
/* The physical address of a name of the kernel that svemu has loaded, at any time, for points that look at physical
 * addresses. false with user_error, as above. */
bool symbols_physical(struct symbols *s, const char *name, uint64_t *pa) MUST_CHECK;
/* Is there a name as symbols_address() takes it, also where it is not known yet at what address? false with user_error,
 * which suggests the nearest. */
bool symbols_known(struct symbols *s, const char *name) MUST_CHECK;
/* "name+0x10", or "" if none is known. */
const char *symbols_text(struct symbols *s, const struct symbol_space *space, uint64_t va, char *text, size_t size);
/* The kernel that code at va in a space belongs to: each of its names with the addresses from start on and below end
 * that it has there, those at one address one behind the other, the one that symbols_at() shows first. Where only a
 * page of it is mapped as va is (vectors), those of this page. false: no kernel is known there. */
typedef void symbols_each(void *arg, const char *name, uint64_t start, uint64_t end);
bool symbols_around(struct symbols *s, const struct symbol_space *space, uint64_t va, symbols_each *each, void *arg);
/* Who runs on the CPU: the current task of its kernel, "comm/pid", from the kernel's BTF; under stage 2 before that the
 * vCPU, "vm 1 vcpu 0 comm/pid", by VMID and the number that KVM gives it. Empty where nothing can be known: at EL2 of
 * an nVHE hypervisor, without BTF. */
const char *symbols_task(struct symbols *s, const struct cpu *cpu, char *text, size_t size);
/* A new kernel may have come to memory (reboot, kexec): forget what was found there. */
void symbols_forget(struct symbols *s);
/* All images known, one line each, for the monitor. */
void symbols_list(struct symbols *s, FILE *f);

#endif
