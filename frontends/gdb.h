/* The GDB Remote Serial Protocol (GDB manual, appendix E), one client at a time on localhost or a Unix socket. All that
 * comes from the socket is hostile: every length, number and address is checked where it is used. */
#ifndef SVEMU_FRONTENDS_GDB_H
#define SVEMU_FRONTENDS_GDB_H

#include "frontends/debugger.h"

struct gdb;
struct gdb_register;

/* ---- For the rest of the frontend (gdb.c) ---- */
/* Listen at PORT, tcp::PORT, tcp:localhost:PORT or unix:PATH (spec, which option names for errors), and say where on
 * standard error. false with user_error. */
bool gdb_open(struct debugger *d, const char *option, const char *spec) MUST_CHECK;
/* Is spec one of these forms? false with user_error. */
bool gdb_check_spec(const char *option, const char *spec) MUST_CHECK;
void gdb_close(struct gdb *g);
/* Is there a client? g may be NULL. */
bool gdb_attached(const struct gdb *g);
/* The machine has been reset and boots again. */
void gdb_rebooted(struct gdb *g);
/* Wait for a client; false: a signal asks us to end. */
bool gdb_wait(struct gdb *g);
/* Between quanta: has somebody connected, or sent the interrupt byte, or gone? Asks for a pause then. */
void gdb_poll(struct gdb *g);
/* What an idle wait must watch beside the console: a descriptor, -1: none. */
int gdb_descriptor(const struct gdb *g);
/* The machine stands: tell the client and do what it asks until it lets the machine go on (STOP_NONE), or the run ends
 * (any other reason). why: STOP_DEBUG, or how the machine has ended. */
enum stop_reason gdb_serve(struct gdb *g, enum stop_reason why);

/* ---- Between the files ---- */
enum { GDB_PACKET = 0x8000 }; /* bytes of a packet between $ and #, both ways */

/* What the transport gives (gdb_transport.c). */
enum gdb_input { GDB_NOTHING, GDB_PACKET_READY, GDB_INTERRUPT, GDB_GONE };

struct gdb_transport {
    int listener, client; /* -1: none */
    char path[108];       /* of the Unix socket, to be removed */
    bool no_ack;
    uint8_t bytes[4096]; /* read and not yet looked at */
    unsigned at, count;
    uint8_t state, sum, check; /* of the packet being read */
    bool too_long;
    uint8_t packet[GDB_PACKET + 1]; /* escapes resolved; a 0 behind it */
    unsigned length;
    char sent[2 * GDB_PACKET + 8]; /* the last packet as sent, for a NAK */
    unsigned sent_length;
};

enum gdb_leave { GDB_STAYS, GDB_DETACH, GDB_KILL };
enum gdb_replay { GDB_AT_PRESENT, GDB_AT_BEGIN };

struct gdb {
    struct debugger *d;
    struct gdb_transport t;
    unsigned selected;      /* Hg: CPU index */
    int resumed;            /* Hc: CPU index, -1: all, -2: any */
    bool swbreak, hwbreak;  /* the client knows these stop reasons */
    bool waits;             /* for a stop reply: the client has resumed the machine */
    bool goes_on;           /* the machine is to go on, or to end */
    bool interrupted;       /* by the interrupt byte */
    bool stepped;           /* the stop is the end of a step of g->stopped */
    bool stop_after_reset;  /* a step has reset the machine */
    bool keeps_checkpoints; /* the session has begun them, and ends them */
    bool pending;           /* a packet came while the machine ran, and is to be done */
    bool answered;          /* the packet being done needs no reply any more */
    enum gdb_leave leave;
    enum stop_reason why; /* STOP_DEBUG, or how the machine has ended */
    enum gdb_replay replay;
    unsigned stopped;               /* CPU of the last stop */
    unsigned next_thread;           /* of qsThreadInfo */
    struct gdb_register *registers; /* by number */
    unsigned register_count, core_count;
    char *target_xml;
    char reply[GDB_PACKET + 1];
    unsigned reply_length;
};

/* Reading and writing packets. */
bool gdb_listen(struct gdb_transport *t, const char *option, const char *spec) MUST_CHECK;
void gdb_unlisten(struct gdb_transport *t);
bool gdb_accept(struct gdb_transport *t);
void gdb_hang_up(struct gdb_transport *t);
/* Read on, waiting up to timeout ms for bytes (-1: for ever, or a signal). */
enum gdb_input gdb_receive(struct gdb_transport *t, int timeout);
/* A client that takes nothing for a while is dropped. */
void gdb_send(struct gdb_transport *t, const char *data, unsigned length);

/* The reply being made: text, bytes as hexadecimal, binary with escapes. Too much is cut and never overflows. */
void gdb_reply(struct gdb *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gdb_reply_hex(struct gdb *g, const void *data, size_t size);
void gdb_reply_binary(struct gdb *g, const void *data, size_t size);
/* "E.text", which gdb shows. */
void gdb_error(struct gdb *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A console line for the client while it waits. */
void gdb_console(struct gdb *g, const char *text, size_t length);

/* A hexadecimal number of at most 16 digits; *p moves behind it. false: there is none, or it is longer. */
bool gdb_number(const char **p, uint64_t *n) MUST_CHECK;
/* The number, and then exactly this character (0: the end). */
bool gdb_number_then(const char **p, uint64_t *n, char then) MUST_CHECK;
/* size bytes as hexadecimal; false: a digit is none or they end early. */
bool gdb_bytes(const char **p, uint8_t *bytes, size_t size) MUST_CHECK;
/* A thread: CPU index, -1 all (-1), -2 any (0). */
bool gdb_thread(struct gdb *g, const char **p, int *cpu) MUST_CHECK;
struct cpu *gdb_cpu(struct gdb *g);

/* One kind of packet each; arg is behind the name. In the files of their subjects. */
typedef void gdb_packet_fn(struct gdb *g, const char *arg);
gdb_packet_fn gdb_read_registers, gdb_write_registers, gdb_read_register, gdb_write_register; /* gdb_registers.c */
gdb_packet_fn gdb_read_memory, gdb_write_memory, gdb_write_binary, gdb_phys_mode, gdb_set_phys_mode; /* gdb_memory.c */
gdb_packet_fn gdb_insert, gdb_remove;                                                                /* gdb_memory.c */
gdb_packet_fn gdb_continue, gdb_continue_signal, gdb_step, gdb_step_signal, gdb_vcont, gdb_vcont_query, gdb_back_step,
    gdb_back_continue, gdb_why_stopped; /* gdb_run.c */
gdb_packet_fn gdb_select, gdb_alive, gdb_current, gdb_first_threads, gdb_next_threads, gdb_extra_info,
    gdb_attached_query, gdb_supported, gdb_transfer, gdb_command; /* gdb_query.c */

/* Do one packet; its reply is sent. */
void gdb_do_packet(struct gdb *g);
/* Tell the client that the machine has stopped or ended, as g->why says (gdb_run.c). */
void gdb_report(struct gdb *g);
/* EL, VMID, power, task: for people (gdb_query.c). */
void gdb_thread_text(const struct gdb *g, const struct cpu *cpu, char *text, size_t size);

/* ---- Registers (gdb_target.c, gdb_registers.c) ---- */
enum gdb_register_kind {
    GDB_X,
    GDB_PC,
    GDB_CPSR,
    GDB_V,
    GDB_Z,
    GDB_P, /* 16 is FFR */
    GDB_VG,
    GDB_PAUTH_MASK, /* bits that a pointer authentication code takes; n: of the upper range */
    GDB_SYSREG,
};
struct gdb_register {
    uint8_t kind;  /* enum gdb_register_kind */
    uint16_t n;    /* X: slot of cpu->gpr; SYSREG: enum sysreg_index */
    uint16_t size; /* bytes */
};
enum { GDB_REGISTER_BYTES = MAX_VL_BYTES };
/* Make the description of the target from the machine's configuration and the register rows. false: no memory. */
bool gdb_target_create(struct gdb *g) MUST_CHECK;
/* A register's value, little endian in its size bytes. */
void gdb_register_get(struct cpu *cpu, const struct gdb_register *r, uint8_t *bytes);
/* NULL, or why it was refused: one sentence. */
const char *gdb_register_set(struct cpu *cpu, const struct gdb_register *r, const uint8_t *bytes);

#endif
