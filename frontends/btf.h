/* BTF: the types of a Linux kernel, which one with CONFIG_DEBUG_INFO_BTF has between __start_BTF and __stop_BTF of its
 * read-only data. Documentation/bpf/btf.rst. */
#ifndef SVEMU_FRONTENDS_BTF_H
#define SVEMU_FRONTENDS_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/* Takes data, malloc'ed by the caller, size bytes of anything. NULL: it is not BTF, or there is no memory. */
struct btf *btf_open(uint8_t *data, size_t size);
void btf_close(struct btf *);

/* Where a member of a structure is, in bytes, "a.b" for a member of a member; members of unnamed ones are found too.
 * size (may be NULL) is that of the member, 0 if it is of no known size. false: no such member, or a bit-field. */
bool btf_member(const struct btf *, const char *structure, const char *member, uint32_t *offset, uint32_t *size);

#endif
