/* `svemu lab`: which experiment. */
#include "frontends/lab.h"
#include "frontends/lab_cost.h"

static const struct experiment {
    const char *name, *help;
    int (*run)(int argc, char **argv);
} experiments[] = {
    { "vl", "boot a kernel on CPUs with given sets of vector lengths and say what became of each", lab_vl },
    { "sweep", "that for many sets, early or late CPUs, modes and kernels, in parallel, with a report", lab_sweep },
    { "report", "write the report of a sweep from the results that are there", lab_sweep_report },
    { "cost", "measure what KVM's exits and vector registers cost a guest, by kernel, mode and vector length",
      lab_cost },
};
enum { EXPERIMENTS = sizeof experiments / sizeof experiments[0] };

static void help(FILE *f)
{
    fprintf(f, "usage: svemu lab EXPERIMENT [OPTION]...\n\n");
    for (unsigned i = 0; i < EXPERIMENTS; i++)
        fprintf(f, "  %-8s %s\n", experiments[i].name, experiments[i].help);
    fprintf(f, "\n`svemu lab EXPERIMENT --help` lists its options.\n");
}

int lab_main(int argc, char **argv)
{
    const char *names[EXPERIMENTS];
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        help(stdout);
        return 0;
    }
    for (unsigned i = 0; i < EXPERIMENTS; i++) {
        names[i] = experiments[i].name;
        if (argc > 1 && !strcmp(argv[1], names[i]))
            return experiments[i].run(argc - 1, argv + 1);
    }
    const char *like = argc > 1 ? nearest(argv[1], names, EXPERIMENTS) : NULL;
    if (argc > 1)
        fprintf(stderr, "svemu: lab %s: there is no such experiment%s%s (see svemu lab --help)\n", argv[1],
                like ? "; the nearest is " : "", like ? like : "");
    else
        fprintf(stderr, "svemu: lab: expected an experiment after it (see svemu lab --help)\n");
    return EXIT_USER;
}
