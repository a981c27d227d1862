/* Types of a kernel: members of structures in made BTF, and in broken BTF. */
#include "frontends/btf.h"
#include "tests/frontends/made_btf.h"
#include "tests/harness.h"

static struct btf *opened;

static struct btf *open_copy(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    return opened = btf_open(copy, size);
}

static void expect_member(const char *structure, const char *member, uint32_t offset, uint32_t size)
{
    uint32_t its_offset = 0, its_size = 0;
    if (!btf_member(opened, structure, member, &its_offset, &its_size))
        FAIL("there is no %s.%s", structure, member);
    else if (its_offset != offset || its_size != size)
        FAIL("%s.%s is at %u, %u bytes, expected %u, %u bytes", structure, member, its_offset, its_size, offset, size);
}

TEST(members)
{
    uint32_t offset;
    make_btf();
    if (!open_copy(made_btf.bytes, made_btf.size)) {
        FAIL("it is refused");
        return;
    }
    expect_member("task_struct", "comm", COMM_AT, 16);
    expect_member("task_struct", "pid", PID_AT, 4);
    expect_member("outer", "inner", 16, 8); /* by a typedef of a const structure */
    expect_member("outer", "inner.second", 20, 4);
    expect_member("outer", "unnamed_second", 12, 4); /* in a union without a name */
    expect_member("outer", "pointer", 0, 8);
    EXPECT(!btf_member(opened, "outer", "bits", &offset, NULL)); /* a bit-field */
    EXPECT(!btf_member(opened, "outer", "nothing", &offset, NULL));
    EXPECT(!btf_member(opened, "outer", "pointer.first", &offset, NULL));
    EXPECT(!btf_member(opened, "outer", "inn", &offset, NULL));
    EXPECT(!btf_member(opened, "nobody", "pid", &offset, NULL));
    btf_close(opened);
}

TEST(every_byte_changed_and_every_length)
{
    static const char *const names[][2] = { { "task_struct", "comm" },
                                            { "outer", "inner.second" },
                                            { "outer", "bits" } };
    unsigned refused = 0, found = 0;
    uint32_t offset, size;
    make_btf();
    for (size_t at = 0; at < made_btf.size; at++)
        for (unsigned how = 0; how < 4; how++) {
            static const uint8_t with[] = { 0xff, 0x80, 0x01 };
            uint8_t before = made_btf.bytes[at];
            if (how < 3)
                made_btf.bytes[at] ^= with[how];
            struct btf *b = open_copy(made_btf.bytes, how < 3 ? made_btf.size : at);
            refused += !b;
            for (unsigned i = 0; b && i < 3; i++)
                found += btf_member(b, names[i][0], names[i][1], &offset, &size);
            btf_close(b);
            made_btf.bytes[at] = before;
        }
    EXPECT(found > made_btf.size);
    EXPECT(refused > made_btf.size); /* cut short it always is, but for missing padding */
}

/* Types that contain themselves, and structures of structures without names, each with many members. */
TEST(types_without_end)
{
    uint32_t offset;
    begin_btf();
    uint32_t self = btf_type("self", BTF_TYPEDEF, 0, 1);
    for (unsigned i = 0; i < 9; i++) {
        btf_type(i ? "" : "deep", BTF_STRUCT, 300, 1200);
        for (unsigned n = 0; n < 300; n++)
            btf_add_member("", i + 3, 0);
    }
    btf_type("loop", BTF_STRUCT, 1, 8);
    btf_add_member("member", self, 0);
    end_btf();
    if (!open_copy(made_btf.bytes, made_btf.size)) {
        FAIL("it is refused");
        return;
    }
    EXPECT(!btf_member(opened, "deep", "nothing", &offset, NULL));
    EXPECT(!btf_member(opened, "loop", "member.member", &offset, NULL));
    expect_member("loop", "member", 0, 0);
    btf_close(opened);
}

TEST_MAIN
