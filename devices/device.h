/* What a board device is made of (STYLE.md, Devices), and what it may call. */
#ifndef SVEMU_DEVICES_DEVICE_H
#define SVEMU_DEVICES_DEVICE_H

#include "core/event.h"
#include "core/machine.h"
#include "core/phys.h"
#include "core/state.h"
#include "core/trace.h"

struct device;

/* Access sizes that a device takes, and what its bus bridge makes of the others. Without the flags, a size that is not
 * listed is an external abort. WIDTH_LANES: a narrower access uses byte lanes of the 32-bit register: a read returns
 * the lanes, a write gives the register zeros in the other lanes (APB has no write strobes that PrimeCells look at).
 * WIDTH_SPLIT: a wider access is made of several of the widest, lowest address first. */
enum { WIDTH_8 = 1, WIDTH_16 = 2, WIDTH_32 = 4, WIDTH_64 = 8, WIDTH_LANES = 16, WIDTH_SPLIT = 32 };
/* NUL-separated strings, one empty string at the end: up to four. */
#define DT_LIST(...)              DT_LIST_(__VA_ARGS__, "", "", "", )
#define DT_LIST_(A, B, C, D, ...) A "\0" B "\0" C "\0" D "\0"

struct device_type {
    const char *name;       /* also the trace's device.NAME */
    const char *node;       /* device-tree node name if it differs */
    const char *compatible; /* DT_LIST: NUL-separated strings, NULL: no node */
    uint32_t primecell_id;  /* PeriphID for the last 0x20 bytes; 0: none */
    uint64_t mmio_size;
    unsigned widths; /* WIDTH_x allowed; other sizes are split or refused as the device's document says */
    unsigned irqs;
    size_t state_size;
    const struct state_layout *state; /* every field of it: what snapshots and the state hash consist of */
    bool (*create)(struct device *dev);
    void (*reset)(struct device *dev);
    uint64_t (*read)(struct device *dev, uint64_t offset, unsigned size);
    void (*write)(struct device *dev, uint64_t offset, unsigned size, uint64_t value);
    void (*timer)(struct device *dev, uint64_t now);
    /* console_input has bytes: take them when there is room. true: somebody will be interrupted by them. */
    bool (*input)(struct device *dev);
    void (*fdt)(struct device *dev, void *fdt, int node); /* only what is unusual */
};

/* One row of the board (devices/board.c). */
struct device_row {
    const struct device_type *type;
    uint64_t base;
    unsigned irq[4]; /* INTIDs: SPI(n) = 32 + n */
};
#define SPI(n) (32 + (n))
#define PPI(n) (16 + (n))

struct device {
    const struct device_type *type;
    const struct device_row *row;
    uint64_t base, size; /* of its MMIO range */
    struct machine *machine;
    void *state;          /* state_size bytes, plain data */
    struct event event;   /* runs type->timer */
    struct cpu *accessor; /* CPU of the access in progress; NULL for the debugger */
    unsigned index;       /* of this type */
};

/* Level of the device's n-th interrupt output. */
void set_irq(struct device *dev, unsigned n, bool level);
/* Access to an offset the device has no register at: logged (category guest), reads as 0. */
uint64_t device_no_register(struct device *dev, uint64_t offset, unsigned size);
/* Seconds since 1970 as the guest's RTC starts with (--rtc) plus modelled time. */
uint64_t guest_seconds(struct device *dev);
uint64_t device_time(struct device *dev);                    /* ns */
void device_set_timer(struct device *dev, uint64_t when_ns); /* EVENT_NEVER stops it */

/* ---- Device trees ---- */
enum {
    PHANDLE_CLOCK = 0x8000,
    PHANDLE_CPU = 0x8100 /* + CPU number, to 0x82ff */
};                       /* the GIC's are in devices/gicv3.h */
/* Set property NAME of NODE to cells (32-bit, host order). Errors are kept by board_fdt: the blob has room for all. */
void fdt_cells(void *fdt, int node, const char *name, unsigned count, const uint32_t *cells);
#define FDT_CELLS(FDT, NODE, NAME, ...) \
    fdt_cells(FDT, NODE, NAME, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })
/* Set property NAME to the strings of a DT_LIST. */
void fdt_strings(void *fdt, int node, const char *name, const char *list);
/* Add interrupts = <...> for INTIDs; flags: 4 level high, 1 rising edge. */
void fdt_interrupts(void *fdt, int node, unsigned count, const unsigned *intid, unsigned flags);

/* /cpus: a node for each CPU, and cpu-map (devices/fdt_cpus.c). */
void fdt_cpus(void *fdt, const struct machine *m);
/* A node for the PMU; where CPUs have different ones, one for each kind, and the interrupt controller says which CPUs
 * each belongs to (ppi-partitions; every interrupt specifier then has four cells). After all other nodes. */
void fdt_pmus(void *fdt, const struct machine *m);

/* m->opt.framebuffer's place at the top of RAM (devices/framebuffer.c); false with m->error. */
bool framebuffer_place(struct machine *m);
/* Its nodes, in a blob with room: 0 or a libfdt error. Nothing where there is none. */
int framebuffer_fdt(void *fdt, const struct framebuffer *fb);

/* ---- The board ---- */
/* RAM of size bytes at base into m->mem (devices/ram.c); false with m->error set. */
bool ram_create(struct machine *m, uint64_t base, uint64_t size);
void ram_free(struct machine *m);
bool board_create(struct machine *m); /* RAM, devices, GIC, bus functions; false with m->error set */
void board_reset(struct machine *m);
void board_free(struct machine *m);
/* All devices, for snapshots. */
void board_visit(struct state_pass *s, struct machine *m);
/* The index-th device of this type on the board, NULL: there are not so many. */
struct device *board_device(struct machine *m, const struct device_type *type, unsigned index);
/* The n-th device row by number, for statistics and the monitor; NULL after the last. */
struct device *board_device_at(struct machine *m, unsigned n);
/* The host has console input: the first serial port takes it through console_input at its own speed. false: it is not
 * set up to receive and to interrupt a CPU. */
bool board_input(struct machine *m);
/* Device tree for the machine, by libfdt: malloc'ed blob or NULL with m->error. */
void *board_fdt(struct machine *m, size_t *size);
/* Bytes that fdt_patch_chosen may add to a blob. */
size_t fdt_chosen_room(const struct machine *m);
/* Put bootargs, initrd addresses and boot modules (when there are any) of m->opt into /chosen of a blob with room. A
 * libfdt error or 0. */
int fdt_patch_chosen(struct machine *m, void *fdt);

extern const struct device_type pl011, pl031, gicv3_dist, gicv3_redist, gicv3_its, fw_cfg, virtio_mmio;
/* Host side of the first serial port, set by frontends: where output goes, and where input comes from: up to len bytes
 * into bytes, 0 when there are none now. */
extern void (*console_output)(const uint8_t *bytes, size_t len);
extern size_t (*console_input)(uint8_t *bytes, size_t len);
/* Input that the host has read and the guest has not taken, for snapshots: up to len bytes of it; put it before what is
 * there. */
enum { MAX_CONSOLE_PENDING = 1 << 16 };
extern size_t (*console_pending)(uint8_t *bytes, size_t len);
extern void (*console_put_back)(const uint8_t *bytes, size_t len);

#endif
