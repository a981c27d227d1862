// kvmlab GROUP... | save | restore FILE: runs groups of tests, each check printing `ok NAME` or `not ok NAME: what`,
// and closes with `kvmlab: N passed, N failed`. Exit status 0 without a failure, 1 with one, 2 for a wrong command
// line.
#include "kvmlab.h"

#include <stdio.h>
#include <string.h>

static const struct group {
    const char *name;
    void (*run)(void);
    bool sve; // has no meaning where KVM has no SVE for guests
} groups[] = {
    { "registers", test_registers, true },
    { "list", test_list, true },
    { "finalize", test_finalize, true },
    { "vls", test_vls, true },
    { "mix", test_mix, true },
    { "no-sve", test_no_sve, true },
    { "migrate", test_migrate, true },
    { "psci", test_psci, true },
    { "host-sve", test_host_sve, true },
    { "softirq", test_softirq, true },
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int usage(void)
{
    fprintf(stderr, "usage: kvmlab GROUP... | save | restore FILE; groups:");
    for (unsigned i = 0; i < GROUPS; i++)
        fprintf(stderr, " %s", groups[i].name);
    fprintf(stderr, "\n");
    return 2;
}

static const struct group *find(const char *name)
{
    for (unsigned i = 0; i < GROUPS; i++)
        if (!strcmp(groups[i].name, name))
            return &groups[i];
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "save"))
        return save();
    if (argc == 3 && !strcmp(argv[1], "restore"))
        return restore(argv[2]);
    for (int i = 1; i < argc; i++)
        if (!find(argv[i]))
            return usage();
    if (argc < 2)
        return usage();
    for (int i = 1; i < argc; i++) {
        const struct group *group = find(argv[i]);

        printf("kvmlab: group %s\n", group->name);
        if (group->sve && !guest_vqs())
            die("%s: this host has no SVE for guests", group->name);
        group->run();
    }
    printf("kvmlab: %u passed, %u failed\n", passes(), failures());
    return failures() ? 1 : 0;
}
