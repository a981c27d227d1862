/* What --trace asks for: its grammar and its mistakes; what filters, triggers and rings let through. */
#include "tests/harness.h"

#include "core/exception.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

/* ---- A format that keeps events ---- */

static struct trace_event got[1000];
static uint64_t values[1000]; /* registers', and the length of reasons */
static unsigned gots;

static void *keep_open(const char *path, unsigned cpus)
{
    (void)path, (void)cpus;
    gots = 0;
    return got;
}
static void keep_event(void *state, const struct trace_event *e)
{
    (void)state;
    if (e->kind == TRACE_EV_END || gots == 1000)
        return;
    values[gots] = 0;
    if (e->kind == TRACE_EV_REG)
        memcpy(&values[gots], e->reg.data, 8);
    if (e->kind == TRACE_EV_EXCEPTION)
        values[gots] = strlen(e->exception.reason);
    got[gots++] = *e;
}
static bool keep_close(void *state) { return state == got; }
static const struct trace_format kept = { "kept", "", keep_open, keep_event, keep_close };

static struct trace_spec *parse(const char *text) { return trace_spec_parse("--trace", text, false); }

static struct trace_pipe *open_pipe(const char *text)
{
    struct trace_spec *s = parse(text);
    if (!s) {
        FAIL("%s", user_error_text);
        return NULL;
    }
    s->format = &kept;
    return trace_pipe_open(s, 2);
}

/* ---- Events ---- */

static const char main_name[] = "__kvm_vcpu_run", other_name[] = "schedule", nvhe_name[] = "__kvm_nvhe___guest_enter";

static struct trace_event place(unsigned cpu, unsigned el, uint64_t count, const char *symbol, uint64_t offset)
{
    struct trace_event e = { .cpu = (uint16_t)cpu, .space = { .el = (uint8_t)el }, .time = count * 10, .count = count };
    e.pc = 0x1000 + 4 * count, e.symbol = symbol, e.offset = offset;
    return e;
}
static struct trace_event insn(unsigned cpu, unsigned el, uint64_t count, const char *symbol, uint64_t offset)
{
    struct trace_event e = place(cpu, el, count, symbol, offset);
    e.kind = TRACE_EV_INSN, e.category = TRACE_INSN;
    e.insn.taken = true;
    return e;
}
static struct trace_event reg(struct trace_event at, unsigned n, const uint64_t *value)
{
    at.kind = TRACE_EV_REG, at.category = TRACE_REGS;
    at.reg.reg = TRACE_REG_X, at.reg.n = (uint8_t)n, at.reg.size = 8, at.reg.data = (const uint8_t *)value;
    return at;
}
static struct trace_event exception(struct trace_event at, unsigned ec, unsigned target)
{
    at.kind = TRACE_EV_EXCEPTION, at.category = TRACE_EXCEPTIONS;
    at.exception.e = (struct exception_taken){ .ec = ec, .from = at.space.el, .target = target, .pc = at.pc };
    at.exception.reason = "because";
    return at;
}

/* Instructions 0 to n - 1 of a CPU, alternating between EL1 and EL2, one group each. */
static void run(struct trace_pipe *p, unsigned cpu, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct trace_event e = insn(cpu, 1 + (i & 1), i, i % 10 ? other_name : main_name, i % 10 ? 4 : 0);
        trace_pipe_group(p, &e, 1);
    }
}

static unsigned count_of(unsigned kind)
{
    unsigned n = 0;
    for (unsigned i = 0; i < gots; i++)
        n += got[i].kind == kind;
    return n;
}

/* How many of 100 instructions of CPU 0 and then of CPU 1 a trace has. */
static unsigned passing(const char *spec)
{
    struct trace_pipe *p = open_pipe(spec);
    if (!p)
        return 0;
    run(p, 0, 100), run(p, 1, 100);
    EXPECT(trace_pipe_close(p));
    return count_of(TRACE_EV_INSN);
}

/* ---- Grammar ---- */

TEST(the_parts_of_a_spec)
{
    struct trace_spec *s =
        parse("insn,device.pl011:cpu=0+2-3,el=1+2,start=guest@7:panic,last=50,dump=ec:SVC=a,b=c.svt");
    if (!s) {
        FAIL("%s", user_error_text);
        return;
    }
    EXPECT_EQ(s->categories, 1u << TRACE_INSN | 1u << TRACE_DEVICE);
    EXPECT(s->devices == 1 && !strcmp(s->device[0], "pl011"));
    EXPECT_EQ(s->filter.cpu[0], 0xd);
    EXPECT_EQ(s->filter.els, 6);
    EXPECT(s->start.kind == TRIGGER_SYMBOL && s->start.name.where == IN_GUEST_VMID && s->start.name.vmid == 7);
    EXPECT(!strcmp(s->start.name.pattern, "panic"));
    EXPECT(s->last == 50 && s->dumps == 1 && s->dump[0].kind == TRIGGER_EC && s->dump[0].ec[0] == EC_SVC64);
    EXPECT(!strcmp(s->file, "a,b=c.svt") && s->format == &trace_binary);
    trace_spec_free(s);
    s = parse("exceptions=/tmp/a:b");
    EXPECT(s && !strcmp(s->file, "/tmp/a:b") && s->format == &trace_text);
    if (s)
        trace_spec_free(s);
    s = trace_spec_parse("-d", "int,guest_errors", true);
    EXPECT(s && s->categories == (1u << TRACE_EXCEPTIONS | 1u << TRACE_GUEST) && !s->file);
    if (s)
        trace_spec_free(s);
}

TEST(mistakes_are_one_sentence)
{
    static const struct {
        const char *spec, *says;
    } bad[] = {
        { "insnn", "nearest is insn" },
        { "", "expected trace categories" },
        { "insn:ell=1", "nearest is el" },
        { "insn:el", "has no value" },
        { "insn:el=3", "0, 1 or 2" },
        { "insn:cpu=512", "a CPU or a range" },
        { "insn:cpu=3-1", "a CPU or a range" },
        { "insn:cpu=0+", "with + between" },
        { "insn:vmid=70000", "a VMID" },
        { "insn:time=5", "two times" },
        { "insn:insns=x-", "instruction counts" },
        { "insn:insns=-", "instruction counts" },
        { "insn:pc=0x10-0x4", "0xLOW-0xHIGH" },
        { "insn:symbol=here:there", "a function's name" },
        { "insn:symbol=guest@x:there", "a function's name" },
        { "insn:reg=x31", "register" },
        { "insn:reg=ZCR_EL4", "nearest is ZCR_EL" },
        { "insn:ec=SVCX", "nearest is SVC" },
        { "insn:start=ec:NONE", "exception class" },
        { "insn:start=a,start=b", "once" },
        { "insn:last=0", "from 1 to" },
        { "insn:last=99999999999", "from 1 to" },
        { "insn:dump=end", "last=" },
        { "insn:last=5,dump=never", "panic, defect, end" },
        { "insn:format=tarmack", "nearest is tarmac" },
        { "insn:level=20", "from 1 to 19" },
        { "insn:el=1=", "file is missing" },
        { "insn=", "file is missing" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct trace_spec *s = parse(bad[i].spec);
        if (s)
            FAIL("%s is accepted", bad[i].spec);
        else if (!strstr(user_error_text, bad[i].says) || strchr(user_error_text, '\n'))
            FAIL("%s: \"%s\" does not say \"%s\"", bad[i].spec, user_error_text, bad[i].says);
    }
}

/* ---- Filters ---- */

TEST(places_that_pass)
{
    EXPECT_EQ(passing("insn"), 200);
    EXPECT_EQ(passing("insn:cpu=1"), 100);
    EXPECT_EQ(passing("insn:el=2"), 100);
    EXPECT_EQ(passing("insn:el=2,cpu=0"), 50);
    EXPECT_EQ(passing("insn:el=0"), 0);
    EXPECT_EQ(passing("insn:insns=10-19"), 20);
    EXPECT_EQ(passing("insn:insns=10-19+90-"), 40);
    EXPECT_EQ(passing("insn:time=100ns-190ns"), 20);
    EXPECT_EQ(passing("insn:pc=0x1000-0x1013"), 10);
    EXPECT_EQ(passing("insn:symbol=__kvm_*"), 20);
    EXPECT_EQ(passing("insn:pc=schedule"), 180);
    EXPECT_EQ(passing("insn:symbol=__kvm_*+sched*"), 200);
    EXPECT_EQ(passing("exceptions"), 0);
    EXPECT_EQ(passing("insn:vmid=none"), 200);
    EXPECT_EQ(passing("insn:vmid=any"), 0);
}

TEST(address_spaces_that_pass)
{
    static const char *const specs[] = { "insn:vmid=none",
                                         "insn:vmid=any",
                                         "insn:vmid=3",
                                         "insn:symbol=guest:*",
                                         "insn:symbol=guest@4:*",
                                         "insn:symbol=host:*",
                                         "insn:symbol=nvhe:__guest_enter" };
    /* a guest of VMID 3 at EL1; a VHE host's program under stage 2 controls that do not count; nVHE's EL2 */
    static const bool pass[][3] = { { false, true, true },  { true, false, false },  { true, false, false },
                                    { true, false, false }, { false, false, false }, { false, true, false },
                                    { false, false, true } };
    struct trace_event e[3] = { insn(0, 1, 1, other_name, 4), insn(0, 0, 2, other_name, 4),
                                insn(0, 2, 3, nvhe_name, 4) };
    e[0].space.stage2 = true, e[0].space.vmid = 3;
    e[1].space.e2h = e[1].space.tge = e[1].space.stage2 = true, e[1].space.vmid = 3;
    for (unsigned i = 0; i < 7; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct trace_pipe *p = open_pipe(specs[i]);
            trace_pipe_group(p, &e[k], 1);
            EXPECT(trace_pipe_close(p));
            if (count_of(TRACE_EV_INSN) != pass[i][k])
                FAIL("%s: event %u %s", specs[i], k, pass[i][k] ? "does not pass" : "passes");
        }
}

TEST(an_exception_belongs_to_both_levels)
{
    struct trace_pipe *p = open_pipe("exceptions:el=2");
    struct trace_event e = exception(place(0, 1, 5, NULL, 0), EC_HVC64, 2);
    trace_pipe_group(p, &e, 1);
    e = exception(place(0, 0, 6, NULL, 0), EC_SVC64, 1);
    trace_pipe_group(p, &e, 1);
    EXPECT(trace_pipe_close(p));
    EXPECT_EQ(gots, 1);
}

TEST(a_register_brings_its_instruction)
{
    struct trace_pipe *p = open_pipe("insn,regs:reg=x3");
    uint64_t value = 77;
    for (unsigned n = 0; n < 5; n++) {
        struct trace_event e[3] = { insn(0, 1, n, NULL, 0) };
        e[1] = reg(e[0], n, &value), e[2] = reg(e[0], 9, &value);
        trace_pipe_group(p, e, 3);
    }
    EXPECT(trace_pipe_close(p));
    EXPECT_EQ(gots, 3);
    EXPECT(got[0].kind == TRACE_EV_LOST && got[1].kind == TRACE_EV_INSN && got[1].count == 3);
    EXPECT(got[2].kind == TRACE_EV_REG && got[2].reg.n == 3);
}

TEST(a_class_brings_its_instruction)
{
    struct trace_pipe *p = open_pipe("insn,exceptions:ec=DABT");
    for (unsigned n = 0; n < 4; n++) {
        struct trace_event e[2] = { insn(0, 1, n, NULL, 0) };
        e[1] = exception(e[0], n == 2 ? EC_DABT_SAME : EC_SVC64, 1);
        trace_pipe_group(p, e, 2);
    }
    EXPECT(trace_pipe_close(p));
    EXPECT_EQ(count_of(TRACE_EV_INSN), 1);
    EXPECT_EQ(count_of(TRACE_EV_EXCEPTION), 1);
}

TEST(registers_of_what_was_left_out_are_caught_up)
{
    struct trace_pipe *p = open_pipe("insn,regs:el=2");
    const uint64_t value[] = { 10, 11, 12, 13 };
    for (unsigned n = 0; n < 4; n++) { /* EL1 but for the last */
        struct trace_event e[2] = { insn(0, n == 3 ? 2 : 1, n, NULL, 0) };
        e[1] = reg(e[0], n == 1 ? 0 : n, &value[n]);
        trace_pipe_group(p, e, 2);
    }
    EXPECT(trace_pipe_close(p));
    static const uint8_t kinds[] = { TRACE_EV_LOST, TRACE_EV_REG, TRACE_EV_REG, TRACE_EV_INSN, TRACE_EV_REG };
    EXPECT_EQ(gots, 5);
    for (unsigned i = 0; i < 5; i++)
        EXPECT_EQ(got[i].kind, kinds[i]);
    EXPECT(got[1].reg.n == 0 && got[2].reg.n == 2 && got[4].reg.n == 3);
    EXPECT_EQ(values[1], 11); /* x0 once, with its last value */
}

/* ---- Triggers and rings ---- */

TEST(windows_from_start_to_stop)
{
    EXPECT_EQ(passing("insn:start=insn:60"), 40 + 100); /* a trigger is the first of any CPU */
    EXPECT_EQ(passing("insn:stop=insn:9,cpu=0"), 10);
    EXPECT_EQ(passing("insn:start=__kvm_vcpu_run,stop=insn:0"), 20);
    EXPECT_EQ(passing("insn:start=__kvm_vcpu_run,stop=insn:0,windows=3"), 3);
    EXPECT_EQ(passing("insn:start=host:nothing"), 0);
    EXPECT_EQ(passing("insn:start=symbol:sched*"), 0); /* it is not entered: no instruction at its start */
}

TEST(the_last_ones)
{
    EXPECT_EQ(passing("insn:last=7"), 7);
    EXPECT(got[0].kind == TRACE_EV_LOST && got[1].cpu == 1 && got[1].count == 93);
    EXPECT_EQ(passing("insn:last=3000"), 200);
    EXPECT(got[0].kind == TRACE_EV_INSN);
    EXPECT_EQ(passing("insn:last=3,dump=symbol:__kvm_*"), 20 * 3 - 2); /* the first has nothing before it */
    EXPECT_EQ(passing("insn:last=3,dump=panic"), 0);
    EXPECT_EQ(passing("insn:last=3,dump=defect"), 0);
    EXPECT_EQ(passing("insn:last=3,dump=defect,dump=end"), 3);
}

TEST(kept_events_keep_their_data)
{
    struct trace_pipe *p = open_pipe("insn,regs,exceptions:last=100");
    uint64_t value = 1;
    char reason[300];
    memset(reason, 'r', sizeof reason), reason[299] = 0;
    struct trace_event e[3] = { insn(0, 1, 0, NULL, 0) };
    e[1] = reg(e[0], 0, &value), e[2] = exception(e[0], EC_SVC64, 1);
    e[2].exception.reason = reason;
    trace_pipe_group(p, e, 3);
    value = 2, reason[0] = 0;
    EXPECT(trace_pipe_close(p));
    EXPECT_EQ(gots, 3);
    EXPECT_EQ(values[1], 1);
    EXPECT_EQ(values[2], 299);
}

int main(void)
{
    isa_init();
    sysreg_init();
    return test_main();
}
