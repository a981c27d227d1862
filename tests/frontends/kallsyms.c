/* Kernel symbols out of Images: built here in every order that the tables have had, Debian's, and broken ones.
 * DUMP=IMAGE prints an Image's symbols as /proc/kallsyms does, for tests/e2e/kallsyms.py; N=count SEED=first are for
 * the broken ones (`make fuzz`). */
#include "frontends/kallsyms.h"
#include "tests/frontends/image.h"

static void check_symbols(const struct layout *l, struct kallsyms *k)
{
    uint64_t start, size, address, offset;
    char type;
    kallsyms_image(k, &start, &size);
    EXPECT_EQ(start, l->start);
    EXPECT_EQ(size, IMAGE + BSS);
    for (unsigned i = 0; i < SYMBOLS; i++) {
        const char *name = kallsyms_symbol(k, i, &address, &type);
        if (!name || strcmp(name, name_of(l, i)) || address != address_of(l, i) || type != "Ttd"[i % 3])
            FAIL("symbol %u is %s at %#" PRIx64 ", expected %s at %#" PRIx64, i, name ? name : "missing", address,
                 name_of(l, i), address_of(l, i));
        if (!name || (l->percpu && i < 20))
            continue;
        EXPECT(kallsyms_address(k, name, &address) && address == address_of(l, i));
        unsigned first = i;
        while (first && address_of(l, first - 1) == address_of(l, i))
            first--;
        name = kallsyms_lookup(k, address_of(l, i) + 8, &offset);
        if (!name || strcmp(name, name_of(l, first)) || offset != 8)
            FAIL("lookup of symbol %u + 8 gives %s", i, name ? name : "nothing");
    }
    EXPECT(!kallsyms_symbol(k, SYMBOLS, &address, &type));
    EXPECT(!kallsyms_address(k, "sve_probe", &address));
    EXPECT(!kallsyms_lookup(k, l->start - 1, NULL));
    EXPECT(!kallsyms_lookup(k, l->start + IMAGE + BSS, NULL));
    EXPECT(kallsyms_lookup(k, l->start + IMAGE + BSS - 1, NULL) != NULL);
    EXPECT(!kallsyms_lookup(k, 0, NULL));
}

static void check_layout(struct layout l)
{
    if (!l.start)
        l.start = START;
    build(&l);
    struct kallsyms *k = kallsyms_open(image.bytes, IMAGE);
    if (!k) {
        FAIL("order %d percpu %d all %d in place %d: no symbols found", l.order, l.percpu, l.all, l.in_place);
        return;
    }
    check_symbols(&l, k);
    kallsyms_close(k);
}

TEST(every_order_with_relocations)
{
    for (enum order o = LINUX_5_0; o <= LINUX_7_0; o++) {
        check_layout((struct layout){ .order = o, .all = true });
        check_layout((struct layout){ .order = o });
    }
}

TEST(every_order_relocated_in_place)
{
    for (enum order o = LINUX_5_0; o <= LINUX_7_0; o++) {
        check_layout((struct layout){ .order = o, .all = true, .in_place = true });
        check_layout((struct layout){ .order = o, .in_place = true });
    }
}

TEST(absolute_percpu)
{
    for (enum order o = LINUX_5_0; o <= LINUX_6_4; o++)
        check_layout((struct layout){ .order = o, .all = true, .percpu = true });
}

TEST(text_offset_of_older_kernels)
{
    for (unsigned all = 0; all < 2; all++)
        check_layout((struct layout){
            .order = LINUX_5_0, .all = all, .text_offset = 0x80000, .start = UINT64_C(0xffff000010080000) });
    check_layout((struct layout){ .order = LINUX_7_0, .text_offset = 0x80000, .start = UINT64_C(0xffffffc008080000) });
}

/* ---- Debian's kernels ---- */

static uint8_t *read_image(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    uint8_t *bytes = malloc(64 << 20);
    *size = bytes ? fread(bytes, 1, 64 << 20, f) : 0;
    fclose(f);
    return bytes;
}

static uint8_t *read_asset(const char *kernel, size_t *size)
{
    char path[1024];
    const char *assets = getenv("SVEMU_ASSETS");
    snprintf(path, sizeof path, "%s/linux-%s/Image", assets ? assets : "build/assets", kernel);
    return read_image(path, size);
}

/* What is known of any arm64 kernel: _stext is 64 KiB behind the first byte of the Image. */
static void check_kernel(const char *kernel, unsigned at_least)
{
    size_t size, n = 0;
    uint64_t start, bytes, address, last = 0;
    char type;
    uint8_t *data = read_asset(kernel, &size);
    if (!data)
        SKIP("the kernel is not there; make assets");
    struct kallsyms *k = kallsyms_open(data, size);
    if (!k) {
        FAIL("no symbols found");
    } else {
        kallsyms_image(k, &start, &bytes);
        EXPECT(kallsyms_address(k, "_stext", &address) && address == start + 0x10000);
        EXPECT(bytes > size);
        for (; kallsyms_symbol(k, n, &address, &type); n++, last = address)
            EXPECT(address >= last && address >= start && address <= start + bytes && strchr("AaBbDdRrTtWwVvGg", type));
        if (n < at_least)
            FAIL("only %zu symbols", n);
        EXPECT(kallsyms_address(k, "__cpu_suspend_enter", &address));
        EXPECT(!strcmp(kallsyms_lookup(k, address + 4, NULL), "__cpu_suspend_enter"));
    }
    kallsyms_close(k);
    free(data);
}

TEST(debian_6_1) { check_kernel("6.1", 50000); }
TEST(debian_6_12) { check_kernel("6.12", 150000); }

/* ---- Broken ones ---- */

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed % below;
}

/* Whatever comes out has to hold together. */
static void use(const uint8_t *bytes, size_t size)
{
    uint64_t address, offset;
    char type;
    struct kallsyms *k = kallsyms_open(bytes, size);
    if (!k)
        return;
    const char *name;
    for (size_t i = 0; (name = kallsyms_symbol(k, i, &address, &type)); i++) {
        EXPECT(*name && type);
        if (i % 64 == 0)
            (void)kallsyms_lookup(k, address + draw(99), &offset);
    }
    (void)kallsyms_address(k, "none", &address);
    kallsyms_close(k);
}

TEST(broken_images)
{
    const char *count = getenv("N"), *first = getenv("SEED");
    uint64_t n = count ? strtoull(count, NULL, 0) : 400;
    for (uint64_t i = 0; i < n; i++) {
        seed = ((first ? strtoull(first, NULL, 0) : 1) + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
        struct layout l = { .order = (enum order)draw(4), .all = draw(2), .in_place = draw(2), .start = START };
        build(&l);
        size_t places[] = { image.token_index, image.offsets,  image.base, image.markers,
                            image.names,       image.num_syms, TABLES };
        for (uint64_t changes = draw(4) + 1; changes; changes--) {
            size_t at = draw(2) ? places[draw(7)] + draw(draw(2) ? 8 : 2000) : TABLES + draw(image.end - TABLES);
            put(at, draw(2) ? draw(256) : draw(UINT64_MAX), draw(3) ? 1 : 4);
        }
        size_t size = draw(4) ? IMAGE : TABLES + draw(IMAGE - TABLES); /* and cut off */
        uint8_t *copy = malloc(size);                                  /* so that the sanitizers see its end */
        memcpy(copy, image.bytes, size);
        use(copy, size);
        free(copy);
    }
}

/* Debian's tables with some bytes changed: larger, and a reader might take its time. */
TEST(broken_debian_kernel)
{
    size_t size;
    uint8_t *data = read_asset("6.1", &size);
    if (!data)
        SKIP("the kernel is not there; make assets");
    for (unsigned i = 0; i < 6; i++) {
        seed = i * 77 + 1;
        for (unsigned change = 0; change < 2000; change++)
            data[size / 3 + draw(size / 3)] ^= (uint8_t)(1 << draw(8));
        use(data, size);
    }
    free(data);
}

/* Nothing but zeros, ones, rising numbers: no table, and no long search for one. */
TEST(no_tables)
{
    size_t size = 1 << 20;
    uint8_t *bytes = calloc(1, size);
    EXPECT(!kallsyms_open(bytes, 0));
    EXPECT(!kallsyms_open(bytes, 100));
    EXPECT(!kallsyms_open(bytes, size));
    for (size_t i = 0; i < size; i += 2)
        bytes[i] = (uint8_t)(i / 2), bytes[i + 1] = (uint8_t)(i / 512);
    EXPECT(!kallsyms_open(bytes, size));
    memset(bytes, 0xff, size);
    EXPECT(!kallsyms_open(bytes, size));
    free(bytes);
}

static int dump(const char *path)
{
    size_t size;
    uint64_t address;
    char type;
    uint8_t *data = read_image(path, &size);
    struct kallsyms *k = data ? kallsyms_open(data, size) : NULL;
    const char *name;
    for (size_t i = 0; k && (name = kallsyms_symbol(k, i, &address, &type)); i++)
        printf("%016" PRIx64 " %c %s\n", address, type, name);
    kallsyms_close(k);
    free(data);
    return k ? 0 : 1;
}

int main(void) { return getenv("DUMP") ? dump(getenv("DUMP")) : test_main(); }
