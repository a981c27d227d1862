/* Copies to and from guest RAM for DMA, the loader and the debugger. */
#include "core/phys.h"

bool phys_copy_in(struct physmem *m, uint64_t pa, const void *src, uint64_t len)
{
    uint8_t *p = phys_ram(m, pa, len);

    if (!len)
        return true;
    if (!p)
        return false;
    for (uint64_t page = pa & ~UINT64_C(0xfff); page < pa + len; page += 0x1000)
        phys_about_to_write(m, page < pa ? pa : page);
    memcpy(p, src, len);
    return true;
}

bool phys_copy_out(const struct physmem *m, uint64_t pa, void *dst, uint64_t len)
{
    const uint8_t *p = phys_ram(m, pa, len);

    if (!len)
        return true;
    if (!p)
        return false;
    memcpy(dst, p, len);
    return true;
}
