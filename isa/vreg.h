/* The SIMD&FP view of the vector registers: Vn is the low 128 bits of Zn. Arm ARM B1.2.2. */
#ifndef SVEMU_ISA_VREG_H
#define SVEMU_ISA_VREG_H

#include "core/cpu.h"

/* A write to Vn clears the rest of Zn, here up to the largest length whatever the current one is (R_MZQKV permits it). */
static ALWAYS_INLINE void V_clear_high(struct cpu *cpu, unsigned n)
{
    if (unlikely(cpu->z_high >> n & 1)) {
        memset(cpu->z[n] + 16, 0, MAX_VL_BYTES - 16);
        cpu->z_high &= ~(UINT32_C(1) << n);
    }
}
/* Set Vn to the low size bytes of value, the rest zero. value has 16 bytes. */
static ALWAYS_INLINE void SetV_bytes(struct cpu *cpu, unsigned n, const void *value, unsigned size)
{
    memset(cpu->z[n], 0, 16);
    memcpy(cpu->z[n], value, size);
    V_clear_high(cpu, n);
}

#endif
