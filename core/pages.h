/* The pages of a mapping of the host's that are not zero. */
#ifndef SVEMU_CORE_PAGES_H
#define SVEMU_CORE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

/* Pages that the host never had to provide are zero: /proc/self/pagemap tells without touching them. */
struct page_scan {
    const uint8_t *start;
    uint64_t pages, next;
    int fd;
    uint64_t entries[512]; /* for pages next & ~511 on */
    bool valid;
};

/* Of whole pages of 4 KiB in size bytes at start, which is aligned to them. */
struct page_scan page_scan(const uint8_t *start, uint64_t size);
/* The number of the next page that the host has provided, whatever is in it. false: no more. */
bool page_scan_touched(struct page_scan *s, uint64_t *number);
/* The number of the next one that is not zero. */
bool page_scan_next(struct page_scan *s, uint64_t *number);
void page_scan_end(struct page_scan *s);

bool page_is_zero(const uint8_t *page);

#endif
