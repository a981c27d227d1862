/* FPCR and FPSR as the floating-point operations of isa/fpu.h take them. */
#ifndef SVEMU_CORE_FP_STATUS_H
#define SVEMU_CORE_FP_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct fp_status {
    uint32_t fpcr, fpsr;
    bool rpres; /* FEAT_RPRES: the estimates of single precision with AH = 1 have 12 bits */
};

#endif
