/* Sorting, searching and tables: branches and indirect addresses. */
#include "programs.h"

enum { N = 3000 };

static void __attribute__((noinline)) quick(int32_t *a, long n)
{
    while (n > 12) {
        int32_t pivot = a[n / 2], t;
        long i = 0, j = n - 1;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j)
                t = a[i], a[i++] = a[j], a[j--] = t;
        }
        quick(a, j + 1), a += i, n -= i;
    }
    for (long i = 1; i < n; i++)
        for (long j = i; j > 0 && a[j - 1] > a[j]; j--) {
            int32_t t = a[j];
            a[j] = a[j - 1], a[j - 1] = t;
        }
}
static void __attribute__((noinline)) merge(double *a, double *tmp, size_t n)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge(a, tmp, half), merge(a + half, tmp, n - half);
    while (i < half || j < n)
        tmp[k++] = j == n || (i < half && a[i] <= a[j]) ? a[i++] : a[j++];
    memcpy(a, tmp, n * sizeof(*a));
}
static void __attribute__((noinline)) radix(uint64_t *a, uint64_t *tmp, size_t n)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t count[257] = { 0 };
        for (size_t i = 0; i < n; i++)
            count[(a[i] >> shift & 255) + 1]++;
        for (unsigned i = 0; i < 256; i++)
            count[i + 1] += count[i];
        for (size_t i = 0; i < n; i++)
            tmp[count[a[i] >> shift & 255]++] = a[i];
        memcpy(a, tmp, n * sizeof(*a));
    }
}
static void __attribute__((noinline)) network(uint16_t *a, size_t n)
{
    for (size_t pass = 0; pass < n; pass++) /* odd-even transposition: vectorised minimum and maximum */
        for (size_t i = pass & 1; i + 1 < n; i += 2) {
            uint16_t low = a[i] < a[i + 1] ? a[i] : a[i + 1], high = a[i] < a[i + 1] ? a[i + 1] : a[i];
            a[i] = low, a[i + 1] = high;
        }
}
static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

struct node {
    uint32_t key, count;
    struct node *next;
};

void suite_sorting(void)
{
    static int32_t a[N];
    static double d[N], dtmp[N];
    static uint64_t u[N], utmp[N];
    static uint16_t h[200];
    static char names[500][16], *order[500];
    static struct node pool[N], *table[256];
    uint64_t chain = 0;

    for (unsigned i = 0; i < N; i++)
        a[i] = (int32_t)rnd(), d[i] = (double)(int64_t)rnd(), u[i] = rnd();
    fill(h, sizeof h);
    quick(a, N), sum("quick", a, sizeof a);
    merge(d, dtmp, N), sum("merge", d, sizeof d);
    radix(u, utmp, N), sum("radix", u, sizeof u);
    network(h, 200), sum("network", h, sizeof h);
    for (unsigned i = 0; i < 500; i++)
        snprintf(names[i], 16, "%x", (unsigned)(rnd() >> 40)), order[i] = names[i];
    qsort(order, 500, sizeof *order, compare);
    for (unsigned i = 0; i < 500; i++)
        chain = chain * 31 + (uint64_t)(order[i] - names[0]);
    number("qsort", chain);
    for (unsigned i = 0; i < N; i++) {
        uint32_t key = (uint32_t)(rnd() % 700);
        struct node **at = &table[key * 2654435761u >> 24];
        while (*at && (*at)->key != key)
            at = &(*at)->next;
        if (!*at)
            *at = &pool[i], pool[i].key = key;
        (*at)->count++;
    }
    for (unsigned i = 0; i < 256; i++)
        for (struct node *n = table[i]; n; n = n->next)
            chain = chain * 31 + n->key * n->count;
    number("table", chain);
}
