/* What core/timing_parse.c has understood of a model's file; for it, core/timing_model.c and core/timing_explain.c
 * alone. */
#ifndef SVEMU_CORE_TIMING_FILE_H
#define SVEMU_CORE_TIMING_FILE_H

#include "core/timing_model.h"

enum {
    MAX_SOURCES = 32,
    MAX_GROUPS = 32,
    MAX_FORWARD_GROUPS = 255,
    MAX_CONDITIONS = 4,
    MAX_RANGES = 6,
    MAX_COST_LINES = 8192,
    MAX_KEPT_USES = 1 << 20,
    MAX_PASSES = 2048 / 64,
};

struct model_source {
    const char *tag, *text;
};
struct model_group {
    const char *name;
    uint32_t ports;
};

/* FIELD=VALUE,FROM-TO, FIELD=FIELD, FIELD=FIELD-NUMBER, and != */
struct condition {
    const char *field, *other; /* other: NULL, or the field that it is compared with */
    uint32_t less;             /* the number taken from the other field */
    bool differs;
    unsigned ranges;
    uint32_t from[MAX_RANGES], to[MAX_RANGES];
};

/* A line that begins with class or insn. */
struct cost_line {
    unsigned number; /* in the file */
    bool insn;       /* else class */
    bool scales;     /* with passes over the datapath */
    bool unordered;
    uint32_t vqs;                 /* bit VQ: the vector lengths that it is about */
    const char *who, *what, *tag; /* as written: what it is about, the cost, the source */
    struct condition condition[MAX_CONDITIONS];
    unsigned conditions;
    uint16_t latency, base_latency;
    uint8_t uops, forward, group;
    unsigned first, uses;          /* file->use */
    uint32_t kept[MAX_PASSES + 1]; /* by passes: where model->use has them, + 1; 0: not yet */
};

/* Lines that may be about a row, in the order in which they are asked; where the fields of their conditions are. */
struct candidate {
    uint16_t line;
    struct {
        uint8_t lo, width, other_lo, other_width;
    } field[MAX_CONDITIONS];
};

struct timing_file {
    char *text; /* what all strings point into */
    struct model_source source[MAX_SOURCES];
    unsigned sources;
    struct model_group group[MAX_GROUPS];
    unsigned groups;
    const char *forward_group[MAX_FORWARD_GROUPS];
    unsigned forward_groups;
    const char *pipeline_tag;
    struct {
        unsigned line; /* 0: not given yet */
        const char *value, *unit, *tag;
    } param[TIMING_PARAMS];
    struct cost_line *line;
    unsigned lines, lines_room;
    struct timing_use *use;
    unsigned uses, uses_room;
    struct candidate *candidate;
    unsigned candidates, candidates_room;
    uint32_t *first_candidate; /* by row, and one behind the last row, which is the UNDEFINED one */
    /* Costs: which lines an index of cost[] comes from, by VQ; and an open hash table of indices + 1. */
    uint16_t (*origin)[MAX_VQ + 1];
    uint16_t *hash;
    unsigned uses_made; /* of model->use */
};

extern const char *const timing_param_key[TIMING_PARAMS], *const timing_class_key[TIMING_CLASSES];
extern const char *const timing_class_text[TIMING_CLASSES], *const timing_param_text[TIMING_PARAMS];
extern const char *const timing_param_unit[TIMING_PARAMS];

/* timing_match.c: which rows a line is about. */
/* Where a row's pattern has a field; false: it has none. */
bool row_field(unsigned row, const char *name, unsigned *lo, unsigned *width);
/* Does name match a pattern, in which * is anything? */
bool glob_match(const char *pattern, const char *name);
/* Is the class one of those that a line of it is about? who: as written. */
bool class_listed(const char *who, unsigned c);
/* Does the line hold for the word, with the places of its fields? */
bool conditions_hold(const struct cost_line *l, const struct candidate *c, uint32_t word);

/* timing_model.c */
/* Room for costs; index 0 is that of what is UNDEFINED. false: no memory. */
bool timing_costs_create(struct timing_model *m);
/* How often an operation of the line passes the datapath. */
unsigned timing_passes(const struct timing_model *m, const struct cost_line *l, unsigned vq);

#endif
