/* What the formats of a trace share. */
#include "frontends/trace_out.h"

#include <errno.h>
#include <string.h>

#include "frontends/frontends.h"

FILE *trace_out_open(const char *path)
{
    if (!path)
        return stderr;
    if (!strcmp(path, "-"))
        return stdout;
    FILE *f = fopen(path, "w");
    if (!f)
        user_error("trace: the file %s cannot be written: %s", path, strerror(errno));
    return f;
}

bool trace_out_close(FILE *f, const char *path)
{
    bool ok = !fflush(f) && !ferror(f);
    int error = errno;
    if (f != stderr && f != stdout && fclose(f))
        ok = false, error = errno;
    return ok ||
           user_error("trace: the file %s cannot be written: %s", path ? path : "standard error", strerror(error));
}

void trace_out_text(FILE *f, const char *text, const char *avoid)
{
    for (; *text; text++)
        fputc(*text < ' ' || *text > '~' || strchr(avoid, *text) ? '.' : *text, f);
}

/* Arm ARM C4.1.94, "Branches, Exception Generating and System instructions". */
enum flow flow_of(uint32_t word)
{
    if ((word & 0xfc000000) == 0x14000000)
        return FLOW_JUMP;
    if ((word & 0xfc000000) == 0x94000000)
        return FLOW_CALL;
    if ((word & 0xff000000) == 0x54000000 || (word & 0x7c000000) == 0x34000000)
        return FLOW_CONDITIONAL;
    if ((word & 0xffe0001c) == 0xd4000000 && word & 3)
        return FLOW_TRAP;
    if ((word & 0xfe1f0000) != 0xd61f0000)
        return FLOW_NEXT;
    switch (word >> 21 & 7) { /* opc, of which bit 3 says that a modifier is given */
    case 0: return FLOW_JUMP;
    case 1: return FLOW_CALL;
    case 2: return FLOW_RETURN;
    case 4: return FLOW_ERET;
    }
    return FLOW_NEXT;
}
