/* What gdb asks about the target: features, threads, documents; and the monitor's commands (GDB manual, E.4 General
 * Query Packets). A thread is a CPU, numbered from 1; CPUs that are off are threads as well. */
#include "frontends/gdb.h"

#include <stdlib.h>

#include "frontends/frontends.h"
#include "frontends/monitor.h"
#include "mmu/mmu.h"

/* ---- Threads ---- */

void gdb_select(struct gdb *g, const char *arg)
{
    char what = *arg;
    int cpu;
    if ((what != 'g' && what != 'c') || (arg++, !gdb_thread(g, &arg, &cpu)) || *arg) {
        gdb_error(g, "there is no such thread");
        return;
    }
    if (what == 'c')
        g->resumed = cpu;
    else
        g->selected = cpu < 0 ? g->stopped : (unsigned)cpu;
    gdb_reply(g, "OK");
}

void gdb_alive(struct gdb *g, const char *arg)
{
    int cpu;
    if (gdb_thread(g, &arg, &cpu) && cpu >= 0 && !*arg)
        gdb_reply(g, "OK");
    else
        gdb_error(g, "there is no such thread");
}

void gdb_current(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "QC%x", g->selected + 1);
}

void gdb_attached_query(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "1"); /* to a machine that was there before: gdb leaves it running when it quits */
}

/* As many as fit; l when there are no more. */
static void threads(struct gdb *g)
{
    unsigned count = g->d->m->cpu_count;
    gdb_reply(g, g->next_thread < count ? "m" : "l");
    for (bool first = true; g->next_thread < count && g->reply_length < 256; first = false)
        gdb_reply(g, "%s%x", first ? "" : ",", ++g->next_thread);
}

void gdb_first_threads(struct gdb *g, const char *arg)
{
    (void)arg;
    g->next_thread = 0;
    threads(g);
}

void gdb_next_threads(struct gdb *g, const char *arg)
{
    (void)arg;
    threads(g);
}

void gdb_thread_text(const struct gdb *g, const struct cpu *cpu, char *text, size_t size)
{
    static const char *const power[] = { "off", "on", "on pending", "stopped at EL3" };
    static const char *const halt[] = { "", ", in WFI", ", in WFE" };
    char vmid[24] = "", task[64] = "";
    bool on = cpu->power == POWER_ON, guest = cpu_is_guest(cpu, cpu->pstate.EL);
    if (guest)
        snprintf(vmid, sizeof vmid, " VMID %u", mmu_vmid(cpu));
    if (on)
        symbols_task(symbols_of(g->d->m), cpu, task, sizeof task);
    snprintf(text, size, "EL%u%s, %s%s%s%s", cpu->pstate.EL, vmid, power[cpu->power], on ? halt[cpu->halted] : "",
             *task ? ", " : "", task);
}

void gdb_extra_info(struct gdb *g, const char *arg)
{
    char text[160];
    int cpu;
    if (!gdb_thread(g, &arg, &cpu) || cpu < 0 || *arg) {
        gdb_error(g, "there is no such thread");
        return;
    }
    gdb_thread_text(g, g->d->m->cpus[cpu], text, sizeof text);
    gdb_reply_hex(g, text, strlen(text));
}

static void write_escaped(FILE *f, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '&': fputs("&amp;", f); break;
        default: fputc(*text >= ' ' && *text <= '~' ? *text : '?', f);
        }
}

/* malloc'ed; NULL: no memory. */
static char *threads_document(struct gdb *g)
{
    char *text = NULL, info[160];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    fprintf(f, "<?xml version=\"1.0\"?>\n<threads>\n");
    for (unsigned i = 0; i < g->d->m->cpu_count; i++) {
        gdb_thread_text(g, g->d->m->cpus[i], info, sizeof info);
        fprintf(f, "<thread id=\"%x\" core=\"%u\" name=\"CPU %u\">", i + 1, i, i);
        write_escaped(f, info);
        fprintf(f, "</thread>\n");
    }
    fprintf(f, "</threads>\n");
    fclose(f);
    return text;
}

/* ---- Features and documents ---- */

void gdb_supported(struct gdb *g, const char *arg)
{
    g->swbreak = strstr(arg, "swbreak+") != NULL;
    g->hwbreak = strstr(arg, "hwbreak+") != NULL;
    gdb_reply(g,
              "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;vContSupported+;swbreak+;"
              "hwbreak+;ReverseStep+;ReverseContinue+",
              GDB_PACKET);
}

/* offset,length of a document: what fits, l if it is the last of it. */
static void send_part(struct gdb *g, const char *arg, const char *document)
{
    uint64_t offset, length, size = strlen(document);
    if (!gdb_number_then(&arg, &offset, ',') || !gdb_number_then(&arg, &length, 0)) {
        gdb_error(g, "expected OFFSET,LENGTH");
        return;
    }
    if (offset > size)
        offset = size;
    if (length > GDB_PACKET / 2 - 1)
        length = GDB_PACKET / 2 - 1; /* each byte may take two */
    if (length > size - offset)
        length = size - offset;
    gdb_reply(g, offset + length < size ? "m" : "l");
    gdb_reply_binary(g, document + offset, length);
}

void gdb_transfer(struct gdb *g, const char *arg)
{
    static const char features[] = "features:read:", threads_read[] = "threads:read::";
    if (!strncmp(arg, features, sizeof features - 1)) {
        arg += sizeof features - 1;
        if (strncmp(arg, "target.xml:", 11) != 0)
            gdb_reply(g, "E00"); /* there is no such annex */
        else
            send_part(g, arg + 11, g->target_xml);
    } else if (!strncmp(arg, threads_read, sizeof threads_read - 1)) {
        char *document = threads_document(g);
        if (document)
            send_part(g, arg + sizeof threads_read - 1, document);
        else
            gdb_error(g, "the host has no memory");
        free(document);
    }
}

/* ---- The monitor ---- */

void gdb_command(struct gdb *g, const char *arg)
{
    uint8_t line[512];
    size_t length = strlen(arg) / 2, size = 0;
    char *text = NULL;
    FILE *f;
    if (length >= sizeof line || strlen(arg) % 2 || !gdb_bytes(&arg, line, length)) {
        gdb_error(g, "expected a command of at most %zu characters", sizeof line - 1);
        return;
    }
    line[length] = 0;
    f = open_memstream(&text, &size);
    if (!f) {
        gdb_error(g, "the host has no memory");
        return;
    }
    g->d->cpu = g->selected;
    struct monitor_session s = { .d = g->d, .f = f, .remote = true };
    enum verdict verdict = monitor_command(&s, (const char *)line);
    fclose(f);
    gdb_console(g, text, size);
    free(text);
    if (verdict == QUIT)
        g->leave = GDB_KILL;
    gdb_reply(g, "OK");
}
