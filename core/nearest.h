/* The word that somebody meant. */
#ifndef SVEMU_CORE_NEAREST_H
#define SVEMU_CORE_NEAREST_H

/* The entry of names (count of them) that is most like word, NULL if none is near. */
const char *nearest(const char *word, const char *const *names, unsigned count);

#endif
