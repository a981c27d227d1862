/* Formats of a trace, fed with made events: exact text, files per CPU, and that nothing a damaged file could say is too
 * much for them. */
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "core/exception.h"
#include "core/trace.h"
#include "core/ledger.h"
#include "frontends/frontends.h"
#include "frontends/trace_out.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

static char base[] = "/tmp/svemu-formats-XXXXXX";
static const struct trace_format *format;
static void *state;
static uint64_t now, count;
static struct symbol_space space;

static void start(const struct trace_format *f, unsigned cpus)
{
    static bool made;
    if (!made)
        close(mkstemp(base)), made = true;
    format = f, now = 1000, count = 0;
    space = (struct symbol_space){ .el = 2, .e2h = true };
    state = f->open(base, cpus);
    EXPECT(state);
}

/* What was written to the file, with this ending, which is taken away. */
static char *contents(const char *ending)
{
    static char text[1 << 20];
    char path[sizeof base + 16];
    snprintf(path, sizeof path, "%s%s", base, ending);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    close(fd), unlink(path);
    return text;
}

static char *finish(void)
{
    EXPECT(format->close(state));
    return contents("");
}

static void expect_text(const char *got, const char *want)
{
    if (strcmp(got, want))
        FAIL("written:\n%sexpected:\n%s", got, want);
}

static struct trace_event event(unsigned kind, unsigned cpu)
{
    return (struct trace_event){
        .kind = (uint8_t)kind, .cpu = (uint16_t)cpu, .space = space, .time = now, .count = count, .cycles = count
    };
}

static void send(struct trace_event e) { format->event(state, &e); }

static void insn_on(unsigned cpu, uint64_t pc, uint32_t word, bool taken)
{
    struct trace_event e = event(TRACE_EV_INSN, cpu);
    isa_init();
    e.pc = pc, e.insn.word = word, e.insn.row = (uint16_t)isa_decode_row(word), e.insn.taken = taken;
    send(e);
    now += 2, count++;
}
static void insn(uint64_t pc, uint32_t word) { insn_on(0, pc, word, true); }

static void reg(unsigned r, unsigned n, unsigned size)
{
    static const uint8_t data[256] = { 0x45, 0x23, 0x01, 0, 0, 0, 0, 0x80, [15] = 0x0f, [16] = 0x10, [31] = 0x1f };
    struct trace_event e = event(TRACE_EV_REG, 0);
    e.reg.reg = (uint8_t)r, e.reg.n = (uint8_t)n, e.reg.size = (uint16_t)size, e.reg.data = data;
    send(e);
}

static void exception(unsigned ec, unsigned from, unsigned target, uint64_t pc, uint64_t vector)
{
    struct trace_event e = event(TRACE_EV_EXCEPTION, 0);
    e.exception.e = (struct exception_taken){ .ec = ec, .from = from, .target = target, .pc = pc, .vector = vector };
    e.exception.e.esr = (uint64_t)ec << 26, e.exception.e.spsr = 0x60000005;
    e.exception.reason = "a \"reason\"\n";
    space.el = e.space.el = (uint8_t)target;
    send(e);
}

static void exception_return(unsigned from, unsigned to, uint64_t target)
{
    struct trace_event e = event(TRACE_EV_RETURN, 0);
    e.ret.from = (uint8_t)from, e.ret.to = (uint8_t)to, e.ret.target = target;
    space.el = e.space.el = (uint8_t)to;
    send(e);
}

static void memory(unsigned size, bool write)
{
    static const uint8_t data[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
    struct trace_event e = event(TRACE_EV_MEM, 0);
    e.mem =
        (struct mem_access){ .va = 0xffff800000001000, .pa = 0x40001000, .size = size, .write = write, .data = data };
    send(e);
}

enum {
    NOP = 0xd503201f,
    RET = 0xd65f03c0,
    B_EQ_8 = 0x54000040,
    BL_8 = 0x94000002,
    HVC = 0xd4000002,
    BLR_X1 = 0xd63f0020
};

/* ---- Tarmac ---- */

TEST(tarmac_instructions)
{
    start(&trace_tarmac, 1);
    insn(0x1000, NOP);
    insn(0x1004, B_EQ_8); /* not taken */
    insn(0x1008, B_EQ_8); /* taken */
    insn(0x1010, HVC);
    space.el = 0;
    insn(0x2000, 0xffffffff);
    insn_on(0, 0x2004, 0xf9400020, false);
    insn(0x3000, B_EQ_8); /* nothing says where it goes */
    expect_text(finish(), "1000 ns IT (0) 0000000000001000 d503201f O EL2h_n : nop\n"
                          "1002 ns IS (1) 0000000000001004 54000040 O EL2h_n : b.eq #0x100c\n"
                          "1004 ns IT (2) 0000000000001008 54000040 O EL2h_n : b.eq #0x1010\n"
                          "1006 ns IT (3) 0000000000001010 d4000002 O EL2h_n : hvc #0\n"
                          "1008 ns IT (4) 0000000000002000 ffffffff O EL0t_n : .inst 0xffffffff ; UNDEFINED\n"
                          "1010 ns IF (5) 0000000000002004 f9400020 O EL0t_n : ldr x0, [x1]\n"
                          "1012 ns IT (6) 0000000000003000 54000040 O EL0t_n : b.eq #0x3008\n");
}

TEST(tarmac_lines_wait_behind_a_branch)
{
    start(&trace_tarmac, 1);
    insn(0x1004, B_EQ_8);
    struct trace_event e = event(TRACE_EV_VL, 0);
    e.vl.bits = 256;
    send(e);
    insn(0x1008, NOP);
    expect_text(finish(), "1000 ns IS (0) 0000000000001004 54000040 O EL2h_n : b.eq #0x100c\n"
                          "1002 ns E DebugEvent_CurrentVL 00000100\n"
                          "1002 ns IT (1) 0000000000001008 d503201f O EL2h_n : nop\n");
    start(&trace_tarmac, 1);
    insn(0x1004, B_EQ_8);
    for (unsigned i = 0; i < 1000; i++)
        send(e);
    insn(0x1008, NOP);
    EXPECT(strstr(finish(), "1000 ns IT (0)")); /* it does not wait for ever */
}

TEST(tarmac_registers)
{
    start(&trace_tarmac, 1);
    reg(TRACE_REG_X, 30, 8), reg(TRACE_REG_SP, 0, 8), reg(TRACE_REG_PSTATE, 0, 8), reg(TRACE_REG_V, 1, 16);
    reg(TRACE_REG_Z, 2, 32), reg(TRACE_REG_P, 3, 2), reg(TRACE_REG_P, 4, 32), reg(TRACE_REG_FFR, 0, 2);
    reg(TRACE_REG_FPCR, 0, 4), reg(TRACE_REG_FPSR, 0, 8);
    struct trace_event e = event(TRACE_EV_SYSREG, 0);
    e.sysreg.reg = SR_SP_EL0, e.sysreg.value = 5, send(e);
    e.sysreg.reg = SR_ZCR_EL2, send(e);
    e.sysreg.reg = UINT16_MAX, send(e);
    expect_text(finish(), "1000 ns R X30 8000000000012345\n"
                          "1000 ns R SP_EL2 8000000000012345\n"
                          "1000 ns R cpsr 00012345\n"
                          "1000 ns R V1 0f000000000000008000000000012345\n"
                          "1000 ns R Z2<255:0> 1f0000000000000000000000000000100f000000000000008000000000012345\n"
                          "1000 ns R P3<15:0> 2345\n"
                          "1000 ns R P4<127:0> 0f000000000000008000000000012345\n"
                          "1000 ns R PHIGH4 1f000000000000000000000000000010\n"
                          "1000 ns R FFR 2345\n"
                          "1000 ns R FPCR 00012345\n"
                          "1000 ns R FPSR 00012345\n"
                          "1000 ns R SYS_SP_EL0 0000000000000005\n"
                          "1000 ns R ZCR_EL2 0000000000000005\n");
}

TEST(tarmac_memory)
{
    start(&trace_tarmac, 1);
    memory(16, true), memory(7, false);
    expect_text(finish(), "1000 ns MW8 ffff800000001000:000040001000_NS 08070605_04030201\n"
                          "1000 ns MW8 ffff800000001008:000040001008_NS 100f0e0d_0c0b0a09\n"
                          "1000 ns MR4 ffff800000001000:000040001000_NS 04030201\n"
                          "1000 ns MR2 ffff800000001004:000040001004_NS 0605\n"
                          "1000 ns MR1 ffff800000001006:000040001006_NS 07\n");
}

TEST(tarmac_exceptions)
{
    start(&trace_tarmac, 1);
    space = (struct symbol_space){ .el = 1, .stage2 = true, .vmid = 1 };
    insn(0x1000, B_EQ_8);
    exception(EC_IRQ, 1, 2, 0x1004, 0xffff800000010480);
    space.el = 1;
    exception(EC_HVC64, 1, 2, 0x1008, 0xffff800000010400);
    expect_text(finish(), "1000 ns IS (0) 0000000000001000 54000040 O EL1h_n : b.eq #0x1008\n"
                          "1002 ns E 0000000000001004 00000089 CoreEvent_LOWER_64_IRQ\n"
                          "1002 ns INFO_EXCEPTION_REASON EL1 to EL2, IRQ: a \"reason\".\n"
                          "1002 ns R ELR_EL2 0000000000001004\n"
                          "1002 ns R SPSR_EL2 0000000060000005\n"
                          "1002 ns E 0000000000001008 00000088 CoreEvent_LOWER_64_SYNC\n"
                          "1002 ns INFO_EXCEPTION_REASON EL1 to EL2, HVC: a \"reason\".\n"
                          "1002 ns R ELR_EL2 0000000000001008\n"
                          "1002 ns R SPSR_EL2 0000000060000005\n"
                          "1002 ns R ESR_EL2 0000000058000000\n");
}

TEST(tarmac_has_a_file_for_each_cpu)
{
    start(&trace_tarmac, 2);
    insn_on(1, 0x1000, NOP, true);
    insn_on(2, 0x1000, NOP, true); /* there is no such CPU */
    EXPECT(format->close(state));
    expect_text(contents(".cpu0"), "");
    expect_text(contents(".cpu1"), "1000 ns IT (0) 0000000000001000 d503201f O EL2h_n : nop\n");
    EXPECT(!trace_tarmac.open("/nonexistent/x.tarmac", 2));
    EXPECT(strstr(user_error_text, "/nonexistent/x.cpu0.tarmac"));
}

/* The parser of Arm's utilities would take a register of one of its own classes for another one. */
TEST(tarmac_names_no_system_register_as_the_parser_does_another)
{
    static const char classes[] = " r w x wsp xsp v q d s z p psr fpscr vpr pc msp e lr cpsr dc ic at tlbi sp ";
    start(&trace_tarmac, 1);
    struct trace_event e = event(TRACE_EV_SYSREG, 0);
    for (unsigned r = 0; r < SR_COUNT; r++)
        e.sysreg.reg = (uint16_t)r, send(e);
    unsigned lines = 0;
    for (char *rest, *at = strtok_r(finish(), "\n", &rest); at; at = strtok_r(NULL, "\n", &rest)) {
        char name[64] = "", class[64] = " ";
        sscanf(at, "1000 ns R %63s", name);
        for (unsigned i = 0; name[i] && !strchr("0123456789_", name[i]); i++)
            class[i + 1] = (char)(name[i] | 0x20), class[i + 2] = ' ', class[i + 3] = 0;
        if (strstr(classes, class) || !*name)
            FAIL("%s", at);
        lines++;
    }
    EXPECT_EQ(lines, SR_COUNT);
}

/* ---- JSON ---- */

static json_t *parsed(void)
{
    json_error_t error;
    const char *text = finish();
    json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!j)
        FAIL("%s: %s", error.text, text);
    return j;
}

/* The n-th event with this name or category. */
static json_t *find(json_t *j, const char *key, const char *value, unsigned n)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(j, "traceEvents"), i, e)
    {
        const char *s = json_string_value(json_object_get(e, key));
        if (s && !strcmp(s, value) && !n--)
            return e;
    }
    FAIL("no event with %s %s", key, value);
    return NULL;
}
static double number(json_t *e, const char *key) { return json_number_value(json_object_get(e, key)); }
static double arg(json_t *e, const char *key) { return number(json_object_get(e, "args"), key); }

TEST(json_world_switch)
{
    start(&trace_json, 2);
    struct trace_event e = event(TRACE_EV_SYSREG, 0);
    e.sysreg.reg = SR_VMPIDR_EL2, e.sysreg.value = 0x80000001;
    send(e);
    space = (struct symbol_space){ .e2h = true, .stage2 = true, .vmid = 7, .el = 2 };
    exception_return(2, 1, 0x1000);
    now = 3500, count = 10;
    exception(EC_WFX, 1, 2, 0x1000, 0x8400);
    now = 5250, count = 60;
    exception_return(2, 1, 0x1000);
    now = 6000, count = 100;
    json_t *j = parsed(), *w = find(j, "cat", "switch", 0), *v = find(j, "cat", "vcpu", 0);
    EXPECT_EQ(number(w, "ts") * 1000, 3500);
    EXPECT_EQ(number(w, "dur") * 1000, 1750);
    EXPECT_EQ(arg(w, "instructions"), 50);
    EXPECT_EQ(arg(w, "cycles"), 50);
    EXPECT_EQ(arg(w, "from_vmid"), 7);
    EXPECT(!strcmp(json_string_value(json_object_get(w, "name")), "WFx"));
    EXPECT_EQ(number(v, "ts") * 1000, 1000);
    EXPECT_EQ(arg(v, "instructions"), 10);
    EXPECT_EQ(number(v, "pid"), 107);
    EXPECT(find(j, "name", "EL1 VMID 7", 0) && find(j, "name", "EL1 VMID 7", 1) && find(j, "name", "EL2", 0));
    json_t *name = find(j, "name", "thread_name", 9);
    EXPECT(!strcmp(json_string_value(json_object_get(json_object_get(name, "args"), "name")), "vCPU 0.0.0.1"));
    json_decref(j);
}

/* A vCPU that goes to another CPU, whose clock is behind. */
TEST(json_lanes_do_not_overlap)
{
    start(&trace_json, 2);
    struct trace_event e = event(TRACE_EV_SYSREG, 0);
    e.sysreg.reg = SR_VMPIDR_EL2;
    send(e), e.cpu = 1, send(e);
    space = (struct symbol_space){ .el = 1, .stage2 = true, .vmid = 1 };
    insn_on(0, 0x1000, NOP, true);
    now = 9000;
    exception(EC_IRQ, 1, 2, 0x1000, 0x8480);
    space.el = 1, now = 8000;
    insn_on(1, 0x1000, NOP, true);
    now = 12000;
    insn_on(1, 0x1004, NOP, true);
    json_t *j = parsed(), *second = find(j, "cat", "vcpu", 1);
    EXPECT_EQ(number(second, "ts") * 1000, 9000);
    EXPECT_EQ(number(second, "dur") * 1000, 3000);
    EXPECT_EQ(number(second, "pid"), 101);
    json_decref(j);
}

TEST(json_everything_else)
{
    start(&trace_json, 1);
    struct trace_event e = event(TRACE_EV_VL, 0);
    e.vl.bits = 512, send(e);
    e = event(TRACE_EV_TASK, 0), e.text = "init/1", send(e);
    e = event(TRACE_EV_POWER, 0), e.power = POWER_OFF, send(e);
    e = event(TRACE_EV_LINE, UINT16_MAX), e.category = TRACE_IRQ, e.text = "SPI 33 \"up\"\\", send(e);
    e = event(TRACE_EV_LOST, 0), send(e);
    json_t *j = parsed();
    EXPECT_EQ(arg(find(j, "cat", "vl", 0), "bits"), 512);
    EXPECT(find(j, "name", "init/1", 0) && find(j, "name", "CPU off", 0) && find(j, "name", "SPI 33 \"up\"\\", 0));
    json_decref(j);
}

static void part(unsigned which, uint64_t time, uint64_t instructions, uint64_t cycles)
{
    struct trace_event e = event(TRACE_EV_TIMING, 0);
    e.timing.part = (uint8_t)which;
    e.timing.time = time, e.timing.instructions = instructions, e.timing.cycles = cycles;
    send(e);
}

TEST(json_parts_of_a_switch)
{
    start(&trace_json, 1);
    part(LEDGER_EXIT, 1000, 10, 100);
    part(LEDGER_HOST, 1500, 30, 150);
    part(LEDGER_FP, 1500, 30, 150); /* the host did nothing */
    part(LEDGER_ENTRY, 2750, 35, 275);
    part(LEDGER_PARTS, 2760, 36, 276);
    now = 9000, count = 50;
    part(LEDGER_VGIC, 9000, 50, 300);
    insn(0x1000, NOP);
    json_t *j = parsed();
    static const struct {
        const char *name;
        unsigned ts, dur, instructions, cycles;
    } want[] = { { "guest-exit", 1000, 500, 20, 50 },
                 { "fp-sve", 1500, 1250, 5, 125 },
                 { "guest-entry", 2750, 10, 1, 1 } };
    for (unsigned i = 0; i < 3; i++) {
        json_t *e = find(j, "cat", "part", i);
        EXPECT(!strcmp(json_string_value(json_object_get(e, "name")), want[i].name));
        EXPECT_EQ((unsigned)(number(e, "ts") * 1000 + 0.5), want[i].ts);
        EXPECT_EQ((unsigned)(number(e, "dur") * 1000 + 0.5), want[i].dur);
        EXPECT_EQ(arg(e, "instructions"), want[i].instructions);
        EXPECT_EQ(arg(e, "cycles"), want[i].cycles);
    }
    json_decref(j);
}

TEST(json_counters)
{
    start(&trace_json, 1);
    struct trace_event e = event(TRACE_EV_TIMING, 0);
    for (unsigned i = 0; i < 3; i++) {
        e.timing = (__typeof__(e.timing)){ TRACE_NO_PART, 1000 * i, 3000 * i, 2000 * i, { 6 * i, 1, 0, 3000 * i } };
        send(e);
    }
    json_t *j = parsed(), *ipc = find(j, "name", "CPU 0 IPC", 1),
           *misses = find(j, "name", "CPU 0 per 1000 instructions", 0);
    EXPECT_EQ(
        (unsigned)(json_number_value(json_object_get(json_object_get(ipc, "args"), "instructions per cycle")) * 1000),
        1500);
    EXPECT_EQ(arg(misses, "L1D refills"), 2);
    EXPECT_EQ(arg(misses, "L2 refills"), 0);
    EXPECT_EQ(arg(misses, "table walks"), 1000);
    json_decref(j);
}

/* ---- Folded stacks ---- */

/* An instruction's cycles are those up to the next one; those of taking an exception belong to its handler. */
TEST(folded_cycles)
{
    start(&trace_folded, 1);
    struct trace_event e = event(TRACE_EV_INSN, 0);
    e.insn.taken = true, e.insn.word = NOP;
    e.symbol = "a", e.cycles = 100, send(e);
    e.symbol = "b", e.pc = 4, e.cycles = 107, send(e);
    e.symbol = "c", e.pc = 8, e.cycles = 110, send(e);
    struct trace_event x = event(TRACE_EV_EXCEPTION, 0);
    x.exception.e = (struct exception_taken){ .ec = EC_IRQ, .from = 2, .target = 2, .pc = 12, .vector = 0x200 };
    x.cycles = 115, send(x);
    e.symbol = "handler", e.pc = 0x200, e.cycles = 150, send(e);
    expect_text(finish(), "host;a 7\nhost;b 3\nhost;c 5\nhost;c;handler 36\n");
}

TEST(folded_calls_and_returns)
{
    start(&trace_folded, 1);
    insn(0x1000, BL_8);
    insn(0x1008, BL_8);
    insn(0x1010, RET);
    insn(0x100c, RET);
    insn(0x1004, NOP);
    expect_text(finish(), "host;[unknown] 2\nhost;[unknown];0x1008 2\nhost;[unknown];0x1008;0x1010 1\n");
}

TEST(folded_names)
{
    static const char *const name[] = { "start", "f;g", "tail" };
    static const uint32_t word[] = { BL_8, NOP, RET };
    start(&trace_folded, 1);
    for (unsigned i = 0; i < 3; i++) {
        struct trace_event e = event(TRACE_EV_INSN, 0);
        e.pc = 0x1000 + 8 * i, e.symbol = name[i], e.insn.word = word[i], e.insn.taken = true;
        send(e);
        count++;
    }
    /* a jump stays on the same level of the stack */
    expect_text(finish(), "host;start 1\nhost;start;f.g 1\nhost;start;tail 1\n");
}

TEST(folded_guest_and_host)
{
    start(&trace_folded, 1);
    space = (struct symbol_space){ .el = 2, .e2h = true, .stage2 = true, .vmid = 3 };
    insn(0x1000, BLR_X1); /* enters the guest */
    insn(0x8000, NOP);
    exception_return(2, 1, 0x4000);
    insn(0x4000, BL_8);
    insn(0x4008, HVC);
    exception(EC_HVC64, 1, 2, 0x400c, 0x9400);
    insn(0x9400, RET); /* as KVM does: to where the guest was entered from */
    insn(0x1004, NOP);
    exception_return(2, 1, 0x400c);
    insn(0x400c, RET);
    insn(0x4004, NOP);
    expect_text(finish(), "guest 3;[unknown] 2\nguest 3;[unknown];0x4008 2\nhost;[unknown] 2\n"
                          "host;[unknown];0x8000 1\nhost;[unknown];0x8000;0x9400 1\n");
}

TEST(folded_interrupts)
{
    start(&trace_folded, 1);
    insn(0x1000, BL_8);
    exception(EC_IRQ, 2, 2, 0x1008, 0x9280);
    insn(0x9280, NOP);
    exception_return(2, 2, 0x1008);
    insn(0x1008, RET);
    insn(0x1004, RET); /* to nobody */
    insn(0x7000, NOP);
    expect_text(finish(), "host;[unknown] 3\nhost;[unknown];0x1008 1\nhost;[unknown];0x9280 1\n");
}

TEST(folded_needs_instructions)
{
    start(&trace_folded, 1);
    exception(EC_IRQ, 1, 2, 0, 0);
    EXPECT(!format->close(state));
    EXPECT(strstr(user_error_text, "add insn"));
    contents("");
}

TEST(folded_is_bounded)
{
    start(&trace_folded, 1);
    for (unsigned i = 0; i < 100000; i++) { /* calls without end, from everywhere */
        space.stage2 = i & 1, space.vmid = (uint16_t)(i % 977), space.el = i & 1;
        insn(0x1000 + i * 64, BLR_X1);
    }
    for (unsigned i = 0; i < 100000; i++)
        insn(0x1000 + i * 64, BLR_X1);
    char *text = finish();
    EXPECT(strstr(text, "guest 1;"));
}

/* ---- Hostile files ---- */

static uint64_t seed = 1;
static uint64_t random64(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

/* Arbitrary events of what a file reader lets through: sizes in their ranges, everything else as it comes. */
static void random_event(unsigned cpus)
{
    static uint8_t data[2048];
    struct trace_event e;
    for (unsigned i = 0; i < sizeof e / 8; i++)
        ((uint64_t *)&e)[i] = random64();
    e.kind = (uint8_t)(random64() % (TRACE_EV_END + 2)), e.cpu = (uint16_t)(random64() % (cpus + 1));
    e.symbol = seed & 8 ? "f;\n" : NULL, e.image = NULL;
    e.space.e2h = seed & 1, e.space.tge = seed & 2, e.space.stage2 = seed & 4;
    switch (e.kind) {
    case TRACE_EV_REG: e.reg.data = data, e.reg.size %= 257; break;
    case TRACE_EV_MEM: e.mem.data = data, e.mem.size %= 2049, e.mem.write = seed & 1; break;
    case TRACE_EV_INSN: e.insn.row %= INSN_COUNT + 1, e.insn.taken = seed & 1; break;
    case TRACE_EV_EXCEPTION: e.exception.reason = random64() & 1 ? "x\x7f\xff;" : NULL; break;
    case TRACE_EV_TASK:
    case TRACE_EV_LINE: e.text = random64() & 1 ? "\"\\\x01" : NULL; break;
    }
    send(e);
}

TEST(arbitrary_events_do_no_harm)
{
    static const struct trace_format *const all[] = { &trace_tarmac, &trace_json, &trace_folded };
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        start(all[i], 2);
        for (unsigned n = 0; n < 20000; n++)
            random_event(2);
        EXPECT(format->close(state));
        unlink(base), contents(".cpu0"), contents(".cpu1");
    }
    start(&trace_json, 2);
    for (unsigned n = 0; n < 2000; n++)
        random_event(2);
    json_t *j = parsed();
    EXPECT(j);
    json_decref(j);
}

TEST_MAIN
