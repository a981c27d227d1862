/* Symbols of a Linux kernel, read from the kernel's own kallsyms tables in an uncompressed arm64 Image: no System.map
 * and no debug package is needed. */
#ifndef SVEMU_FRONTENDS_KALLSYMS_H
#define SVEMU_FRONTENDS_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kallsyms;

/* Read the tables out of an Image of size bytes (Linux 5.0 to 7.x). The Image may be
 * freed afterwards. NULL: there are none (CONFIG_KALLSYMS off, a compressed kernel, not a kernel), or no memory. Any
 * bytes may be given. */
struct kallsyms *kallsyms_open(const void *image, size_t size);
/* The same for an Image out of the memory of a kernel that runs with its first byte at start (0: not known), which has
 * relocated itself and of which parts may be overwritten. Addresses are then those where it runs or those where it is
 * linked; kallsyms_image() says. */
struct kallsyms *kallsyms_open_running(const void *image, size_t size, uint64_t start);
void kallsyms_close(struct kallsyms *);

/* The symbol at or below a link-time address, the first of several at one address, and how far above it the address is
 * (offset may be NULL). NULL: outside the kernel's image. The text lives as long as the kallsyms. */
const char *kallsyms_lookup(const struct kallsyms *, uint64_t link_address, uint64_t *offset);

/* The link-time address of a symbol; of several with this name the lowest. */
bool kallsyms_address(const struct kallsyms *, const char *name, uint64_t *address);

/* Where the kernel is linked: the address of the Image's first byte, and the size in bytes with BSS. A kernel whose
 * first byte was seen at V (KASLR, or at a physical address) has at address A what is linked at A - V + start. */
void kallsyms_image(const struct kallsyms *, uint64_t *start, uint64_t *size);

/* Symbol i in order of address: its name, and its type as nm has it. NULL: there are no more. */
const char *kallsyms_symbol(const struct kallsyms *, size_t i, uint64_t *address, char *type);

#endif
