/* What a row of sysregs/sysregs.def holds, and the names its columns use. Private to sysregs/. */
#ifndef SVEMU_SYSREGS_ROWS_H
#define SVEMU_SYSREGS_ROWS_H

#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

/* .access: who may read (bit 2 * EL) and write (bit 2 * EL + 1) before any trap. EL2 is the highest EL. */
enum {
    NO_ACCESS = 0,
    EL0_RW = 0x3f,
    EL0_RO = 0x15,
    EL0_WO = 0x2a,
    EL0_RO_EL1_RW = 0x3d,
    EL0_RO_EL2_RW = 0x35,
    EL1_RW = 0x3c,
    EL1_RO = 0x14,
    EL1_WO = 0x28,
    EL2_RW = 0x30,
    EL2_RO = 0x10,
    EL2_WO = 0x20,
};

/* .coarse: groups of accesses that one control traps to EL2 (traps.c has the control of each). */
enum coarse_trap {
    CGT_NONE,
    CGT_TVM,
    CGT_TID1,
    CGT_TID2,
    CGT_TID3,
    CGT_TID4,
    CGT_TID5,
    CGT_TACR,
    CGT_TLOR,
    CGT_TERR,
    CGT_FIEN,
    CGT_APK,
    CGT_ATA,
    CGT_TSW,
    CGT_TPCP,
    CGT_TPU,
    CGT_TOCU,
    CGT_TICAB,
    CGT_TTLB,
    CGT_TTLBIS,
    CGT_TTLBOS,
    CGT_TDZ,
    CGT_TCPAC,
    CGT_TDA,
    CGT_TDCC,
    CGT_TDOSA,
    CGT_TDRA,
    CGT_TPM,
    CGT_TPMCR,
    CGT_COUNT,
};

/* Low bit of each field: F_SCTLR_EL1_UCI, F_HFGRTR_EL2_VBAR_EL1. */
enum {
#define FIELD(REG, NAME, HI, LO, FEAT)  F_##REG##_##NAME = LO,
#define FIELD1(REG, NAME, HI, LO, FEAT) F_##REG##_##NAME = LO,
#include "sysregs/fields.def"
};

/* .fgt: the fine-grained trap bits of reads and writes. A field whose name begins with n traps where it is 0. */
struct fgt {
    const char *field;
    uint16_t read_reg, write_reg; /* 0: none */
    uint8_t read_bit, write_bit;
    bool negative;
    bool nXS; /* a TLBI nXS form, exempt with HCRX_EL2.FGTnXS */
};
#define FGT_PAIR(R, W, F, N)                                   \
    {                                                          \
#F, SR_##R, SR_##W, F_##R##_##F, F_##W##_##F, N, false \
    }
#define HFGxTR(F)  FGT_PAIR(HFGRTR_EL2, HFGWTR_EL2, F, false)
#define HDFGxTR(F) FGT_PAIR(HDFGRTR_EL2, HDFGWTR_EL2, F, false)
#define HFGRTR(F)                                               \
    {                                                           \
#F, SR_HFGRTR_EL2, 0, F_HFGRTR_EL2_##F, 0, false, false \
    }
#define HFGWTR(F)                                               \
    {                                                           \
#F, 0, SR_HFGWTR_EL2, 0, F_HFGWTR_EL2_##F, false, false \
    }
#define HDFGRTR(F)                                                \
    {                                                             \
#F, SR_HDFGRTR_EL2, 0, F_HDFGRTR_EL2_##F, 0, false, false \
    }
#define HDFGWTR(F)                                                \
    {                                                             \
#F, 0, SR_HDFGWTR_EL2, 0, F_HDFGWTR_EL2_##F, false, false \
    }
#define HFGITR(F)                                               \
    {                                                           \
#F, 0, SR_HFGITR_EL2, 0, F_HFGITR_EL2_##F, false, false \
    }
#define HFGITR_nXS(F)                                          \
    {                                                          \
#F, 0, SR_HFGITR_EL2, 0, F_HFGITR_EL2_##F, false, true \
    }

/* .el0_sctlr: the bit of SCTLR_ELx that must be 1 for EL0 to use it. */
#define SCTLR_UCI    BIT(26)
#define SCTLR_UCT    BIT(15)
#define SCTLR_DZE    BIT(14)
#define SCTLR_EnRCTX BIT(10)
#define SCTLR_UMA    BIT(9)
#define SCTLR_nTWI   BIT(16)
#define SCTLR_nTWE   BIT(18)
#define SCTLR_TSCXT  BIT(20)

/* .reset */
#define UNKNOWN UINT64_C(0x756e6b6e6f776e00) /* a pattern from --seed, masked by the fields */

/* .arg of TLBI rows: enum tlbi_scope of mmu.h in the low bits. */
enum {
    TLBI_SCOPE_MASK = 0xff,
    TLBI_EL1 = 0x100,
    TLBI_EL2 = 0x200,
    TLBI_BROADCAST = 0x400,
    TLBI_LAST = 0x800,
    TLBI_RANGE = 0x1000,
};

struct sysreg_row {
    const char *name;
    uint8_t op0, op1, CRn, CRm, op2;
    uint8_t access;
    bool insn;         /* SYSINSN */
    bool el12, el02;   /* has an _EL12 or _EL02 name: op1 = 5 */
    bool e2h_el0;      /* .e2h applies at EL0 in the host as well */
    bool todo;         /* named, not modelled: stops the run where its feature is claimed */
    bool acts;         /* reading has an effect: never peeked at */
    uint8_t coarse[3]; /* enum coarse_trap */
    uint8_t el3;       /* enum el3_control that traps it to EL3; those of its coarse groups do so as well */
    uint16_t feat;     /* FEAT_BASE: always there */
    uint16_t feat2;    /* a second feature that it needs */
    uint16_t vncr;     /* FEAT_NV2 offset in the page of VNCR_EL2; 0: none */
    uint16_t e2h;      /* the register that this name reaches at EL2 with HCR_EL2.E2H; 0: itself */
    uint32_t arg;      /* of system instructions */
    uint64_t el0_sctlr;
    uint64_t reset;
    struct fgt fgt;
    sysreg_read_fn *read;
    sysreg_written_fn *written;
    sysreg_check_fn *check;
    sysinsn_exec_fn *exec;
};

/* Rows: SR_COUNT registers, then the system instructions. */
enum sysinsn_index {
#define SYSREG(...)
#define SYSINSN(NAME, ...) SI_##NAME,
#include "sysregs/sysregs.def"
    SI_COUNT
};
enum { ROW_COUNT = SR_COUNT + SI_COUNT };
extern const struct sysreg_row sysreg_table[ROW_COUNT];

/* Sanitising masks of one class of CPUs: stored = (value & rw) | res1. */
struct sysreg_masks {
    uint64_t rw[SR_COUNT], res1[SR_COUNT];
};
const struct sysreg_masks *sysreg_masks(const struct cpu *cpu);
void sysreg_masks_compute(const struct cpu *cpu);

/* The verdict of a row's controls on an access at the current EL (ACCESS_x). Controls are looked at through control(),
 * so that the reason can be recorded. */
unsigned traps_check(struct cpu *cpu, const struct sysreg_row *row, enum sysreg_index r, bool write);
/* HCR_EL2.TID3 and friends for encodings without a row. */
unsigned traps_coarse(struct cpu *cpu, unsigned group, bool write);
/* The FP and SVE trap verdicts (sve.c). */
unsigned fp_verdict(struct cpu *cpu);
unsigned sve_verdict(struct cpu *cpu);

/* What a TLBI with this operand invalidates; false: nothing. */
bool tlbi_decode(const struct cpu *cpu, const struct sysreg_row *row, uint64_t x, struct tlbi *t);

/* Hooks that rows name, by file. */
sysreg_read_fn pstate_read, fp_status_read, rndr_read;                                    /* pstate.c */
sysreg_written_fn pstate_written, fp_status_written;                                      /* pstate.c */
sysreg_check_fn check_daif, check_fp, check_sp_el0;                                       /* pstate.c */
sysreg_read_fn cptr_read;                                                                 /* sve.c */
sysreg_written_fn traps_written, zcr_written;                                             /* sve.c */
sysreg_check_fn check_zcr;                                                                /* sve.c */
sysreg_written_fn vm_written, hcr_written, mdcr_written;                                  /* vm.c */
sysreg_read_fn id_read, ccsidr_read, dczid_read;                                          /* id.c */
sysreg_read_fn isr_read, disr_read, erx_read, dcc_read;                                   /* ras.c */
sysreg_written_fn disr_written, erx_written, dcc_written;                                 /* ras.c */
sysreg_check_fn check_scxtnum, check_dcc;                                                 /* traps.c */
sysinsn_exec_fn exec_nop, exec_cache_va, exec_dc_zva, exec_dc_gva, exec_dc_gzva, exec_at; /* cache.c */
sysinsn_exec_fn exec_tlbi;                                                                /* tlbi.c */

#endif
