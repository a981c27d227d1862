/* What the parts of the parser of timing models share. */
#ifndef SVEMU_CORE_TIMING_PARSE_H
#define SVEMU_CORE_TIMING_PARSE_H

#include "core/timing_file.h"

/* Which lines are about which row, as they are read. */
struct row_line {
    uint16_t row, line;
};

struct parse {
    struct timing_model *m;
    struct timing_file *f;
    size_t size;      /* of the text; f->text has it twice, the second time as written */
    const char *name; /* of the file */
    unsigned number;  /* of the line */
    char *error;
    size_t error_size;
    bool has_pipeline;
    uint32_t covered[TIMING_CLASSES]; /* bit VQ: there is a line of the class without conditions on fields */
    struct row_line *row_line;
    size_t row_lines, row_lines_room;
    unsigned *stamp; /* the last line that was about the row, + 1 */
};

/* Say why the file is refused, in one sentence behind "FILE:LINE: ". Returns false. */
bool refuse(struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "; the nearest is X", or "" where none is near. Valid until the next call. */
const char *nearest_hint(const char *word, const char *const *names, unsigned count);
/* Cut the next word off *at; NULL at the end. Words end at blanks. */
char *next_word(char **at);
/* Without the blanks at its end. */
char *chopped(char *text);
/* Digits only (or 0x..., 0b...), up to max. */
bool parse_count(const char *text, uint64_t max, uint64_t *n);
/* Room for one more at *array. false with refuse(). */
bool grow(struct parse *p, void *array, unsigned *room, unsigned used, size_t size);

/* timing_parse_cost.c: a line behind `class` or `insn`; and what can be said of all of them at the end. */
bool parse_cost_line(struct parse *p, bool insn, char *rest, const char *tag);
bool finish_cost_lines(struct parse *p);
/* Names of ports and groups joined by |, as a mask. false with refuse(). */
bool parse_ports(struct parse *p, char *text, uint32_t *ports);

/* timing_match.c */
/* Note that the line now being added (index f->lines) is about the rows that text names: classes, or row ids; both may
 * have globs, several are separated by commas. false with refuse(). */
bool match_classes(struct parse *p, const char *text, const struct cost_line *l);
bool match_rows(struct parse *p, const char *text, const struct cost_line *l);
bool sort_candidates(struct parse *p);

#endif
