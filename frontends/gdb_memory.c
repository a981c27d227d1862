/* Memory, breakpoints and watchpoints by addresses of the chosen space. Only RAM is read and written: a device would
 * notice. */
#include "frontends/gdb.h"

/* ---- Memory ---- */

/* addr,length and what separates it from data. */
static bool range(const char **arg, uint64_t *address, uint64_t *length, char then)
{
    return gdb_number_then(arg, address, ',') && gdb_number_then(arg, length, then);
}

void gdb_read_memory(struct gdb *g, const char *arg)
{
    uint8_t data[GDB_PACKET / 2];
    uint64_t address, length;
    if (!range(&arg, &address, &length, 0)) {
        gdb_error(g, "expected ADDRESS,LENGTH");
        return;
    }
    if (length > sizeof data)
        length = sizeof data; /* a part may be given */
    uint64_t n = space_read(g->d, gdb_cpu(g), address, data, length);
    if (!n && length)
        gdb_reply(g, "E14"); /* EFAULT */
    gdb_reply_hex(g, data, n);
}

static void write_memory(struct gdb *g, uint64_t address, const uint8_t *data, uint64_t length)
{
    if (space_write(g->d, gdb_cpu(g), address, data, length) == length)
        gdb_reply(g, "OK");
    else
        gdb_reply(g, "E14");
    if (length)
        debugger_changed(g->d);
}

void gdb_write_memory(struct gdb *g, const char *arg)
{
    uint8_t data[GDB_PACKET / 2];
    uint64_t address, length;
    if (!range(&arg, &address, &length, ':') || length > sizeof data || !gdb_bytes(&arg, data, length) || *arg)
        gdb_error(g, "expected ADDRESS,LENGTH:DATA");
    else
        write_memory(g, address, data, length);
}

void gdb_write_binary(struct gdb *g, const char *arg)
{
    uint64_t address, length;
    if (!range(&arg, &address, &length, ':') || length != (uint64_t)((const char *)g->t.packet + g->t.length - arg))
        gdb_error(g, "expected ADDRESS,LENGTH:DATA");
    else
        write_memory(g, address, (const uint8_t *)arg, length);
}

/* QEMU's way to say that addresses are physical (its gdbstub documentation); ours is `monitor space physical`. */
void gdb_phys_mode(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "%d", g->d->space.kind == SPACE_PHYSICAL);
}

void gdb_set_phys_mode(struct gdb *g, const char *arg)
{
    if ((*arg != '0' && *arg != '1') || arg[1]) {
        gdb_error(g, "expected 0 or 1");
        return;
    }
    g->d->space = (struct debug_space){ .kind = *arg == '1' ? SPACE_PHYSICAL : SPACE_CURRENT };
    gdb_reply(g, "OK");
}

/* ---- Breakpoints and watchpoints ---- */

enum { SOFTWARE, HARDWARE, WRITE, READ, ACCESS };

/* type,addr,kind; conditions and commands behind it are not asked for (qSupported) and not looked at. */
static bool parse(struct gdb *g, const char *arg, struct debug_point *p)
{
    uint64_t type, address, kind;
    if (!gdb_number_then(&arg, &type, ',') || type > ACCESS || !gdb_number_then(&arg, &address, ',') ||
        !gdb_number(&arg, &kind))
        return false;
    bool access = type >= WRITE;
    if (access && (!kind || address + (kind - 1) < address))
        return false;
    *p = (struct debug_point){ .type = (unsigned)type,
                               .kind = kind,
                               .at = { .kind = access ? STOP_AT_ACCESS : STOP_AT_PC,
                                       .cpu = -1,
                                       .address = address,
                                       .size = access ? kind : 4,
                                       .read = type == READ || type == ACCESS,
                                       .write = type == WRITE || type == ACCESS } };
    space_restrict(g->d, &p->at);
    return true;
}

/* gdb's own point of this kind, NULL: there is none. Whose addresses they were when it was set does not count. */
static struct debug_point *find(struct debugger *d, const struct debug_point *like)
{
    for (unsigned i = 0; i < d->points; i++) {
        struct debug_point *p = &d->point[i];
        if (!p->number && p->type == like->type && p->kind == like->kind && p->at.address == like->at.address)
            return p;
    }
    return NULL;
}

void gdb_insert(struct gdb *g, const char *arg)
{
    struct debug_point p, *set;
    if (!parse(g, arg, &p)) {
        gdb_error(g, "expected TYPE,ADDRESS,LENGTH");
        return;
    }
    set = find(g->d, &p);
    if (!set && (set = point_add(g->d, &p.at, false)))
        set->type = p.type, set->kind = p.kind;
    if (set)
        gdb_reply(g, "OK");
    else
        gdb_error(g, "at most %d points can be set", MAX_POINTS);
}

void gdb_remove(struct gdb *g, const char *arg)
{
    struct debug_point p, *set;
    if (!parse(g, arg, &p)) {
        gdb_error(g, "expected TYPE,ADDRESS,LENGTH");
        return;
    }
    set = find(g->d, &p);
    if (set)
        point_delete(g->d, set);
    gdb_reply(g, "OK");
}
