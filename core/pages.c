/* The pages of a mapping that are not zero. */
#include "core/pages.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool page_is_zero(const uint8_t *page) { return !*page && !memcmp(page, page + 1, 4095); }

struct page_scan page_scan(const uint8_t *start, uint64_t size)
{
    bool told = sysconf(_SC_PAGESIZE) == 4096 && !((uintptr_t)start & 4095);
    return (struct page_scan){ .start = start,
                               .pages = size >> 12,
                               .fd = told ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1 };
}

void page_scan_end(struct page_scan *s)
{
    if (s->fd >= 0)
        close(s->fd);
}

static bool untouched(struct page_scan *s, uint64_t index)
{
    enum { BATCH = sizeof s->entries / sizeof s->entries[0] };
    if (s->fd < 0)
        return false;
    if (index % BATCH == 0) {
        off_t at = (off_t)((uintptr_t)(s->start + (index << 12)) / 4096 * 8);
        s->valid = pread(s->fd, s->entries, sizeof s->entries, at) == sizeof s->entries;
    }
    return s->valid && !(s->entries[index % BATCH] >> 62); /* neither present nor swapped out */
}

bool page_scan_touched(struct page_scan *s, uint64_t *number)
{
    while (s->next < s->pages) {
        *number = s->next++;
        if (!untouched(s, *number))
            return true;
    }
    return false;
}

bool page_scan_next(struct page_scan *s, uint64_t *number)
{
    while (page_scan_touched(s, number))
        if (!page_is_zero(s->start + (*number << 12)))
            return true;
    return false;
}
