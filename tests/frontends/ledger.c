/* --ledger-parts: which function belongs to which part of a world switch. */
#include <unistd.h>

#include "core/ledger.h"
#include "frontends/frontends.h"
#include "tests/harness.h"

static struct ledger_parts *parts;

static void free_parts(void *p) { ledger_parts_free(p); }
static void built_in(void)
{
    parts = ledger_parts_read(NULL);
    EXPECT(parts);
    free_after_test(free_parts, parts);
}

TEST(kvms_functions)
{
    static const struct {
        const char *name;
        enum ledger_part part;
    } list[] = {
        { "__guest_exit", LEDGER_EXIT },
        { "__guest_exit_panic", LEDGER_EXIT },
        { "el1_sync", LEDGER_EXIT },
        { "__guest_enter", LEDGER_ENTRY },
        { "__fpsimd_save_state", LEDGER_FP },
        { "__sve_restore_state", LEDGER_FP },
        { "fpsimd_save_and_flush_cpu_state", LEDGER_FP },
        { "kvm_arch_vcpu_load_fp", LEDGER_FP },
        { "kvm_arch_vcpu_load", LEDGER_HOST },
        { "__sysreg_save_state_nvhe", LEDGER_SYSREG },
        { "kvm_vcpu_load_sysregs_vhe", LEDGER_SYSREG },
        { "__vcpu_put_switch_sysregs", LEDGER_SYSREG },
        { "__vgic_v3_save_state", LEDGER_VGIC },
        { "kvm_vgic_flush_hwstate", LEDGER_VGIC },
        { "gic_handle_irq", LEDGER_HOST },
        { "kvm_timer_vcpu_load", LEDGER_TIMER },
        { "timer_restore_state", LEDGER_TIMER },
        { "__kvm_vcpu_run", LEDGER_HOST },
        { "schedule", LEDGER_HOST },
        { "", LEDGER_HOST },
    };
    built_in();
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        if (ledger_parts_of(parts, list[i].name) != list[i].part)
            FAIL("%s is %s", list[i].name, ledger_part_key(ledger_parts_of(parts, list[i].name)));
}

static struct ledger_parts *with(const char *text)
{
    char path[] = "/tmp/svemu-parts-XXXXXX";
    int fd = mkstemp(path);
    EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    struct ledger_parts *p = ledger_parts_read(path);
    unlink(path);
    free_after_test(free_parts, p);
    return p;
}

/* The last line that fits counts, so that a file changes what is built in. */
TEST(a_users_own)
{
    parts = with("# mine\n  vgic gic_* # the host's, too\n\nother a?c\r\nhost abc\nuser *_x_*_y\nsysregs **");
    EXPECT(parts);
    EXPECT_EQ(ledger_parts_of(parts, "gic_handle_irq"), LEDGER_SYSREG);
    parts = with("vgic gic_* a*b*c\nother a?c\nhost abc\nuser *_x_*_y");
    EXPECT_EQ(ledger_parts_of(parts, "gic_handle_irq"), LEDGER_VGIC);
    EXPECT_EQ(ledger_parts_of(parts, "axxbyybzzc"), LEDGER_VGIC);
    EXPECT_EQ(ledger_parts_of(parts, "axxbyybzz"), LEDGER_HOST);
    EXPECT_EQ(ledger_parts_of(parts, "adc"), LEDGER_OTHER);
    EXPECT_EQ(ledger_parts_of(parts, "abc"), LEDGER_HOST);
    EXPECT_EQ(ledger_parts_of(parts, "ac"), LEDGER_HOST);
    EXPECT_EQ(ledger_parts_of(parts, "1_x_2_x_3_y"), LEDGER_USER);
    EXPECT_EQ(ledger_parts_of(parts, "__guest_enter"), LEDGER_ENTRY);
}

static void expect_error(const char *text, const char *words)
{
    EXPECT(!with(text));
    if (!strstr(user_error_text, words))
        FAIL("'%s' does not say '%s'", user_error_text, words);
}

TEST(mistakes)
{
    expect_error("host a\nvgik b\n", ":2: 'vgik' is no part of a world switch; the nearest is vgic");
    expect_error("host\n", ":1: host has no functions");
    expect_error("host # a\n", ":1: host has no functions");
    EXPECT(!ledger_parts_read("/nonexistent/parts"));
    EXPECT(strstr(user_error_text, "--ledger-parts /nonexistent/parts: the file cannot be read"));
}

TEST_MAIN
