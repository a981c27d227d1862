/* Atomic memory operations: FEAT_LSE, FEAT_LSE128. Arm ARM C6.2 (LDADD, SWP, CAS, CASP, LDCLRP, ...).
 * CPUs run one at a time, so a read and a write through the host address that the MMU checked are atomic. Acquire and
 * release are given. */
#include "isa/ldst.h"

/* Host address of size bytes for read and write, NULL when the fault has been taken. An aligned access that the fast
 * path allows to read and to write needs no other check. */
static ALWAYS_INLINE uint8_t *atomic_host(struct cpu *cpu, uint64_t address, unsigned size)
{
    const struct tlb_entry *e = tlb_slot(cpu, address);
    if (!(address & (size - 1)) && tlb_hit(cpu, e->write_tag, address, size) && e->read_tag == e->write_tag)
        return tlb_host(e, address);
    return mem_atomic(cpu, address, size, ACC_ATOMIC | ACC_WRITE);
}
static ALWAYS_INLINE uint64_t in_order(const struct cpu *cpu, uint64_t v, unsigned size)
{
    return unlikely(BigEndian(cpu)) ? __builtin_bswap64(v) >> (64 - size * 8) : v;
}
static ALWAYS_INLINE uint64_t get(const struct cpu *cpu, const uint8_t *host, unsigned size)
{
    uint64_t v = 0;
    memcpy(&v, host, size);
    return in_order(cpu, v, size);
}
static ALWAYS_INLINE void put(const struct cpu *cpu, uint8_t *host, unsigned size, uint64_t v)
{
    v = in_order(cpu, v, size);
    memcpy(host, &v, size);
}

/* ---- Read-modify-write of one register ---- */
enum memop { ADD, BIC, EOR, ORR, SMAX, SMIN, UMAX, UMIN, SWP };

static ALWAYS_INLINE uint64_t combine(enum memop memop, uint64_t x, uint64_t y, unsigned bits)
{
    switch (memop) {
    case ADD: return x + y;
    case BIC: return x & ~y;
    case EOR: return x ^ y;
    case ORR: return x | y;
    case SMAX: return SignExtend(x, bits) > SignExtend(y, bits) ? x : y;
    case SMIN: return SignExtend(x, bits) > SignExtend(y, bits) ? y : x;
    case UMAX: return x > y ? x : y;
    case UMIN: return x > y ? y : x;
    default: return y;
    }
}
static ALWAYS_INLINE void atomic(struct cpu *cpu, const struct op *op, enum memop memop, unsigned size)
{
    uint64_t address, value = X(cpu, op->Rs) & UINT64_MAX >> (64 - size * 8);
    uint8_t *host;
    if (!base_address(cpu, op->Rn, &address) || !(host = atomic_host(cpu, address, size)))
        return;
    uint64_t old = get(cpu, host, size);
    put(cpu, host, size, combine(memop, old, value, size * 8));
    SetX(cpu, op->Rt, old);
}
static ALWAYS_INLINE void atomic_wx(struct cpu *cpu, const struct op *op, enum memop memop)
{
    if (op->size == 3)
        atomic(cpu, op, memop, 8);
    else
        atomic(cpu, op, memop, 4);
}
void exec_LDADD(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, ADD); }
void exec_LDADDB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, ADD, 1); }
void exec_LDADDH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, ADD, 2); }
void exec_LDCLR(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, BIC); }
void exec_LDCLRB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, BIC, 1); }
void exec_LDCLRH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, BIC, 2); }
void exec_LDEOR(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, EOR); }
void exec_LDEORB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, EOR, 1); }
void exec_LDEORH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, EOR, 2); }
void exec_LDSET(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, ORR); }
void exec_LDSETB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, ORR, 1); }
void exec_LDSETH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, ORR, 2); }
void exec_LDSMAX(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, SMAX); }
void exec_LDSMAXB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SMAX, 1); }
void exec_LDSMAXH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SMAX, 2); }
void exec_LDSMIN(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, SMIN); }
void exec_LDSMINB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SMIN, 1); }
void exec_LDSMINH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SMIN, 2); }
void exec_LDUMAX(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, UMAX); }
void exec_LDUMAXB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, UMAX, 1); }
void exec_LDUMAXH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, UMAX, 2); }
void exec_LDUMIN(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, UMIN); }
void exec_LDUMINB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, UMIN, 1); }
void exec_LDUMINH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, UMIN, 2); }
void exec_SWP(struct cpu *cpu, const struct op *op) { atomic_wx(cpu, op, SWP); }
void exec_SWPB(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SWP, 1); }
void exec_SWPH(struct cpu *cpu, const struct op *op) { atomic(cpu, op, SWP, 2); }

/* ---- Compare and swap: the access counts as a write also when nothing is stored ---- */
static ALWAYS_INLINE void compare_and_swap(struct cpu *cpu, const struct op *op, unsigned size)
{
    uint64_t address, compare = X(cpu, op->Rs) & UINT64_MAX >> (64 - size * 8);
    uint8_t *host;
    if (!base_address(cpu, op->Rn, &address) || !(host = atomic_host(cpu, address, size)))
        return;
    uint64_t old = get(cpu, host, size);
    if (old == compare)
        put(cpu, host, size, X(cpu, op->Rt));
    SetX(cpu, op->Rs, old);
}
void exec_CAS(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        compare_and_swap(cpu, op, 8);
    else
        compare_and_swap(cpu, op, 4);
}
void exec_CASB(struct cpu *cpu, const struct op *op) { compare_and_swap(cpu, op, 1); }
void exec_CASH(struct cpu *cpu, const struct op *op) { compare_and_swap(cpu, op, 2); }

/* Registers come in even and odd: the even one holds the element at the lower address. */
void exec_CASP(struct cpu *cpu, const struct op *op)
{
    unsigned size = op->sz ? 8 : 4;
    uint64_t address, mask = UINT64_MAX >> (64 - size * 8);
    uint8_t *host;
    if (!base_address(cpu, op->Rn, &address) || !(host = atomic_host(cpu, address, 2 * size)))
        return;
    uint64_t old0 = get(cpu, host, size), old1 = get(cpu, host + size, size);
    if (old0 == (X(cpu, op->Rs) & mask) && old1 == (X(cpu, op->Rs + 1u) & mask)) {
        put(cpu, host, size, X(cpu, op->Rt));
        put(cpu, host + size, size, X(cpu, op->Rt + 1u));
    }
    SetX(cpu, op->Rs, old0);
    SetX(cpu, op->Rs + 1u, old1);
}

/* ---- FEAT_LSE128: 16 bytes, Rt the lower half ---- */
static ALWAYS_INLINE void atomic_pair(struct cpu *cpu, const struct op *op, enum memop memop)
{
    uint64_t address, x0 = X(cpu, op->Rt), x1 = X(cpu, op->Rt2);
    uint8_t *host;
    if (!base_address(cpu, op->Rn, &address) || !(host = atomic_host(cpu, address, 16)))
        return;
    /* A big-endian access swaps the two halves as well as their bytes. */
    bool swap = BigEndian(cpu);
    uint64_t old0 = get(cpu, host + (swap ? 8 : 0), 8), old1 = get(cpu, host + (swap ? 0 : 8), 8);
    put(cpu, host + (swap ? 8 : 0), 8, combine(memop, old0, x0, 64));
    put(cpu, host + (swap ? 0 : 8), 8, combine(memop, old1, x1, 64));
    SetX(cpu, op->Rt, old0);
    SetX(cpu, op->Rt2, old1);
}
void exec_LDCLRP(struct cpu *cpu, const struct op *op) { atomic_pair(cpu, op, BIC); }
void exec_LDSETP(struct cpu *cpu, const struct op *op) { atomic_pair(cpu, op, ORR); }
void exec_SWPP(struct cpu *cpu, const struct op *op) { atomic_pair(cpu, op, SWP); }
