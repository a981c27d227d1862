/* Words that are meant by others that are nearly them. */
#include "core/nearest.h"

#include <stddef.h>
#include <string.h>

/* Edits (insert, delete, replace, case) between two words, up to limit. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
    enum { MAX = 48 };
    unsigned row[MAX + 1], n = (unsigned)strlen(b);
    if (n > MAX || strlen(a) > MAX)
        return limit;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j * 2;
    for (; *a; a++) {
        unsigned diagonal = row[0];
        row[0] += 2;
        for (unsigned j = 1; j <= n; j++) {
            unsigned same_but_case = (*a ^ b[j - 1]) == 0x20;
            unsigned change = diagonal + (*a == b[j - 1] ? 0 : same_but_case ? 1 : 2);
            unsigned step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 2;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[n];
}

const char *nearest(const char *word, const char *const *names, unsigned count)
{
    unsigned best = (unsigned)strlen(word) + 1; /* half of the letters may be wrong */
    const char *found = NULL;
    for (unsigned i = 0; i < count; i++) {
        unsigned d = distance(word, names[i], best);
        if (d < best)
            best = d, found = names[i];
    }
    return found;
}
