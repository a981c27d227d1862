/* The CPUs in the device tree: a node each, how they hang together (cpu-map), and their PMUs. Linux's bindings
 * arm/cpus, cpu/cpu-topology, arm/pmu and interrupt-controller/arm,gic-v3. */
#include "devices/device.h"
#include "devices/gicv3.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

enum { PPI_PMU = 7, GIC_CELLS = 3, LEVEL_HIGH = 4, PHANDLE_PARTITION = 0x8400 /* + first CPU */ };
enum { MPIDR_MT = 24 };

static uint64_t affinity(const struct machine *m, unsigned cpu)
{
    return m->config[cpu].mpidr & UINT64_C(0xff00ffffff);
}

static const char *compatible(const struct machine *m, unsigned cpu)
{
    const char *name = m->config[cpu].identity.compatible;
    return name ? name : "arm,armv8";
}

/* ---- cpu-map ---- */

/* Where a CPU stands: with MT its lowest affinity level is a thread of a core, else it is a core. */
struct place {
    uint64_t cluster;
    unsigned core;
    bool threads;
};
static struct place place_of(const struct machine *m, unsigned cpu)
{
    bool mt = m->config[cpu].mpidr >> MPIDR_MT & 1;
    uint64_t a = affinity(m, cpu);
    return (struct place){ a >> (mt ? 16 : 8), (unsigned)(a >> (mt ? 8 : 0) & 0xff), mt };
}

/* Its number among the clusters, the cores of the cluster and the threads of the core, in the order of the CPUs: Linux
 * looks for cluster0, cluster1, ... and stops at the first that is missing. */
struct numbers {
    unsigned cluster, core, thread;
};
static void number_cpus(const struct machine *m, struct numbers *n)
{
    unsigned clusters = 0;
    for (unsigned i = 0; i < m->opt.smp; i++) {
        struct place own = place_of(m, i);
        bool known_cluster = false, known_core = false;
        n[i] = (struct numbers){ .cluster = clusters };
        for (unsigned j = 0; j < i; j++) {
            struct place p = place_of(m, j);
            if (p.cluster != own.cluster)
                continue;
            known_cluster = true, n[i].cluster = n[j].cluster;
            if (p.core == own.core)
                known_core = true, n[i].core = n[j].core, n[i].thread++;
            else if (!known_core && n[j].core >= n[i].core)
                n[i].core = n[j].core + 1;
        }
        clusters += !known_cluster;
    }
}

/* The subnode of that name, made if need be. */
static int subnode(void *fdt, int parent, const char *name, unsigned number)
{
    char text[32];
    snprintf(text, sizeof text, "%s%u", name, number);
    int node = fdt_subnode_offset(fdt, parent, text);
    return node >= 0 ? node : fdt_add_subnode(fdt, parent, text);
}

static void add_cpu_map(void *fdt, const struct machine *m)
{
    struct numbers number[MAX_CPUS];
    number_cpus(m, number);
    fdt_add_subnode(fdt, fdt_add_subnode(fdt, fdt_path_offset(fdt, "/cpus"), "cpu-map"), "socket0");
    for (unsigned i = 0; i < m->opt.smp; i++) {
        struct numbers n = number[i];
        /* Adding nodes moved the ones behind it: find the socket again. */
        int cluster = subnode(fdt, fdt_path_offset(fdt, "/cpus/cpu-map/socket0"), "cluster", n.cluster);
        int core = subnode(fdt, cluster, "core", n.core);
        int leaf = place_of(m, i).threads ? subnode(fdt, core, "thread", n.thread) : core;
        FDT_CELLS(fdt, leaf, "cpu", PHANDLE_CPU + i);
    }
}

void fdt_cpus(void *fdt, const struct machine *m)
{
    char name[32];
    int cpus = fdt_add_subnode(fdt, 0, "cpus");
    FDT_CELLS(fdt, cpus, "#address-cells", 2);
    FDT_CELLS(fdt, cpus, "#size-cells", 0);
    /* fdt_add_subnode puts a node before its siblings: the last one first keeps them in order. */
    for (unsigned i = m->opt.smp; i--;) {
        uint64_t reg = affinity(m, i);
        snprintf(name, sizeof name, "cpu@%" PRIx64, reg);
        int node = fdt_add_subnode(fdt, cpus, name);
        fdt_setprop_string(fdt, node, "device_type", "cpu");
        fdt_setprop_string(fdt, node, "compatible", compatible(m, i));
        FDT_CELLS(fdt, node, "reg", reg >> 32, (uint32_t)reg);
        fdt_setprop_string(fdt, node, "enable-method", "psci");
        FDT_CELLS(fdt, node, "phandle", PHANDLE_CPU + i);
    }
    add_cpu_map(fdt, m);
}

/* ---- PMUs ---- */

static bool has_pmu(const struct machine *m, unsigned cpu) { return feature_claimed(&m->config[cpu], FEAT_PMUv3); }

static bool same_pmu(const struct machine *m, unsigned a, unsigned b)
{
    return has_pmu(m, a) == has_pmu(m, b) && m->config[a].identity.pmu_counters == m->config[b].identity.pmu_counters &&
           !strcmp(compatible(m, a), compatible(m, b));
}

/* The first CPU with the same PMU. */
static unsigned leader(const struct machine *m, unsigned cpu)
{
    unsigned first = 0;
    while (!same_pmu(m, first, cpu))
        first++;
    return first;
}

static void add_pmu(void *fdt, const struct machine *m, unsigned first, bool mixed)
{
    char name[32] = "pmu", strings[128] = "";
    size_t length = 0;
    if (mixed)
        snprintf(name, sizeof name, "pmu-%u", first);
    int node = fdt_add_subnode(fdt, 0, name);
    if (strcmp(compatible(m, first), "arm,armv8")) /* "arm,cortex-a510-pmu" */
        length = (size_t)snprintf(strings, sizeof strings, "%.64s-pmu", compatible(m, first)) + 1;
    length += (size_t)snprintf(strings + length, sizeof strings - length, "arm,armv8-pmuv3") + 1;
    fdt_setprop(fdt, node, "compatible", strings, (int)length);
    if (mixed) /* one PPI, a PMU for each set of CPUs: the fourth cell says which */
        FDT_CELLS(fdt, node, "interrupts", 1 /* PPI */, PPI_PMU, LEVEL_HIGH, PHANDLE_PARTITION + first);
    else
        fdt_interrupts(fdt, node, 1, &(unsigned){ PPI(PPI_PMU) }, LEVEL_HIGH);
}

static void add_partition(void *fdt, const struct machine *m, int parent, unsigned first)
{
    uint32_t cells[MAX_CPUS];
    unsigned n = 0;
    char name[32];
    for (unsigned i = 0; i < m->opt.smp; i++)
        if (same_pmu(m, first, i))
            cells[n++] = PHANDLE_CPU + i;
    snprintf(name, sizeof name, "interrupt-partition-%u", first);
    int node = fdt_add_subnode(fdt, parent, name);
    fdt_cells(fdt, node, "affinity", n, cells);
    FDT_CELLS(fdt, node, "phandle", PHANDLE_PARTITION + first);
}

/* Interrupts of PPIs that are not the same device on all CPUs have a fourth cell, so everything else gets one too. */
static void widen_interrupts(void *fdt)
{
    uint32_t wide[4 * 8];
    for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        int len = 0;
        const fdt32_t *p = fdt_getprop(fdt, node, "interrupts", &len);
        unsigned count = p ? (unsigned)len / (4 * GIC_CELLS) : 0;
        if (!count)
            continue;
        assert(count <= 8);
        for (unsigned i = 0; i < count; i++)
            for (unsigned c = 0; c < 4; c++)
                wide[4 * i + c] = c < GIC_CELLS ? fdt32_ld(p + GIC_CELLS * i + c) : 0;
        fdt_cells(fdt, node, "interrupts", 4 * count, wide);
    }
    FDT_CELLS(fdt, fdt_node_offset_by_phandle(fdt, GIC_PHANDLE), "#interrupt-cells", 4);
}

void fdt_pmus(void *fdt, const struct machine *m)
{
    bool mixed = false;
    for (unsigned i = 1; i < m->opt.smp; i++)
        mixed |= !same_pmu(m, 0, i);
    if (mixed) {
        widen_interrupts(fdt);
        fdt_add_subnode(fdt, fdt_node_offset_by_phandle(fdt, GIC_PHANDLE), "ppi-partitions");
    }
    for (unsigned i = m->opt.smp; i--;) {
        if (leader(m, i) != i || !has_pmu(m, i))
            continue;
        if (mixed) {
            int partitions = fdt_subnode_offset(fdt, fdt_node_offset_by_phandle(fdt, GIC_PHANDLE), "ppi-partitions");
            add_partition(fdt, m, partitions, i);
        }
        add_pmu(fdt, m, i, mixed);
    }
}
