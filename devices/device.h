/* What a board device is made of (STYLE.md, Devices), and what it may call. */
#ifndef SVEMU_DEVICES_DEVICE_H
#define SVEMU_DEVICES_DEVICE_H

#include "core/event.h"
#include "core/machine.h"
#include "core/phys.h"
#include "core/trace.h"

struct device;

enum { WIDTH_8 = 1, WIDTH_16 = 2, WIDTH_32 = 4, WIDTH_64 = 8 };
#define DT_LIST(...) __VA_ARGS__ "\0"

struct device_type {
    const char *name;
    const char *compatible;  /* DT_LIST: NUL-separated strings, NULL: no node */
    uint32_t primecell_id;   /* PeriphID for the last 0x20 bytes; 0: none */
    uint64_t mmio_size;
    unsigned widths;         /* WIDTH_x allowed; other sizes are split or refused as the device's document says */
    unsigned irqs;
    size_t state_size;
    bool (*create)(struct device *dev);
    void (*reset)(struct device *dev);
    uint64_t (*read)(struct device *dev, uint64_t offset, unsigned size);
    void (*write)(struct device *dev, uint64_t offset, unsigned size, uint64_t value);
    void (*timer)(struct device *dev, uint64_t now);
    void (*input)(struct device *dev, const uint8_t *bytes, size_t len); /* console input from core */
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
uint64_t device_time(struct device *dev); /* ns */
void device_set_timer(struct device *dev, uint64_t when_ns); /* EVENT_NEVER stops it */

/* ---- The board ---- */
bool board_create(struct machine *m);  /* RAM, devices, GIC, bus functions; false with m->error set */
void board_reset(struct machine *m);
/* Device tree for the machine, by libfdt: malloc'ed blob or NULL with m->error. */
void *board_fdt(struct machine *m, size_t *size);

extern const struct device_type pl011, pl031, gicv3_dist, gicv3_redist, gicv3_its, fw_cfg, virtio_mmio;
/* Host side of the first serial port: set by frontends. */
extern void (*console_output)(const uint8_t *bytes, size_t len);

#endif
