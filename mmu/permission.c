/* Permissions and memory attributes of both stages. Arm ARM D8.4, D8.6; pseudocode AArch64.S1DirectBasePermissions,
 * AArch64.S1CheckPermissions, AArch64.S2CheckPermissions, S2CombineS1MemAttrs, AArch64.S2ApplyFWBMemAttrs. */
#include "mmu/internal.h"

static uint8_t apply_wxn(uint8_t p)
{
    if (p & P_PW)
        p &= (uint8_t)~P_PX;
    if (p & P_UW)
        p &= (uint8_t)~P_UX;
    return p;
}

uint8_t s1_permissions(enum regime regime, unsigned ap, bool uxn, bool pxn, unsigned ap_table, bool uxn_table,
                       bool pxn_table, bool wxn)
{
    uint8_t p = P_PR;

    if (!(ap & 2) && !(ap_table & 2))
        p |= P_PW;
    if (!HasUnprivileged(regime)) {
        if (!uxn && !uxn_table) /* bit 54 is XN here */
            p |= P_PX;
        return wxn ? apply_wxn(p) : p;
    }
    if (ap & 1 && !(ap_table & 1)) {
        p |= P_UR;
        if (p & P_PW)
            p |= P_UW;
    }
    if (!pxn && !pxn_table && !(p & P_UW)) /* what EL0 may write, EL1 and EL2 never execute */
        p |= P_PX;
    if (!uxn && !uxn_table)
        p |= P_UX;
    return wxn ? apply_wxn(p) : p;
}

uint8_t s2_permissions(unsigned s2ap, unsigned xn, bool have_xnx)
{
    static const uint8_t execute[] = { S2_PX | S2_UX, S2_UX, 0, S2_PX }; /* by XN[1:0], descriptor bits 54:53 */

    return (uint8_t)((s2ap & 1 ? S2_R : 0) | (s2ap & 2 ? S2_W : 0) | execute[have_xnx ? xn : xn & 2]);
}

bool s1_allows(uint8_t perms, bool el0, bool pan, bool epan, unsigned acc, bool *write)
{
    bool r = perms & (el0 ? P_UR : P_PR), w = perms & (el0 ? P_UW : P_PW), x = perms & (el0 ? P_UX : P_PX);

    if (acc & (ACC_DEBUG | ACC_AT_ANY))
        return true;
    if (acc & ACC_FETCH)
        return x;
    /* Cleaning by VA at EL1 and above needs no permission, at EL0 that to read; invalidation that to write. */
    if (acc & ACC_CACHE_OP)
        return acc & ACC_WRITE ? w : !el0 || r;
    if (pan && !el0 && (perms & (P_UR | P_UW) || (epan && perms & P_UX)))
        r = w = false;
    if ((!(acc & ACC_WRITE) || acc & ACC_ATOMIC) && !r) {
        *write = false;
        return false;
    }
    if (acc & ACC_WRITE && !w) {
        *write = true;
        return false;
    }
    return true;
}

bool s2_allows(uint8_t perms, const struct s2_access *a, bool *write)
{
    if (a->fetch)
        return perms & (a->el0 ? S2_UX : S2_PX);
    if (a->cache_op)
        return a->write ? perms & S2_W : !a->el0 || perms & S2_R;
    bool r = !a->read || perms & S2_R, w = !a->write || perms & S2_W;
    if (!(r && w) && !a->ttw) /* a fault on a stage 1 walk keeps the WnR of the access being translated */
        *write = r;
    return r && w;
}

struct memattrs S1DecodeMemAttrs(unsigned attr, unsigned sh)
{
    struct memattrs m = { .attr = (uint8_t)attr, .sh = (uint8_t)sh };

    if (attr < 0x10) {
        /* 0b0000dd00, and with FEAT_XS 0b0000dd01; the reserved ones behave as Device-nGnRnE. */
        m.attr = attr & 2 ? 0 : attr & 0xc;
    } else if (!(attr & 0xf)) {
        /* 0x40 and 0xa0 (FEAT_XS) and 0xf0 (tagged) name both cacheabilities at once; the others are unpredictable. */
        m.attr = attr == 0xf0 ? 0xff : attr == 0xa0 ? 0xaa : 0x44;
        m.tagged = attr == 0xf0;
    }
    return EffectiveShareability(m);
}

struct memattrs EffectiveShareability(struct memattrs m)
{
    if (is_device(m) || m.attr == 0x44)
        m.sh = 2;
    return m;
}

/* One half (4 bits) of a Normal attribute: 0 Non-cacheable, 1 Write-Through, 2 Write-Back. */
static unsigned cacheability(unsigned half) { return half == 4 || !half ? 0 : half & 4 ? 2 : 1; }

/* The weaker cacheability of the two stages, with stage 1's allocation and transient hints. */
static unsigned combine_half(unsigned s1, unsigned s2_kind)
{
    unsigned kind = cacheability(s1);

    if (s2_kind == 0 || kind == 0)
        return 4;
    return s2_kind == 1 ? s1 & ~4u : s1;
}

static struct memattrs combine_shareability(struct memattrs m, unsigned s1_sh, unsigned s2_sh)
{
    m.tagged &= m.attr == 0xff; /* S2MemTagType(): stage 2 must leave it write-back */
    m.sh = s1_sh == 2 || s2_sh == 2 ? 2 : s1_sh == 3 || s2_sh == 3 ? 3 : 0;
    return EffectiveShareability(m);
}

static uint8_t stricter_device(uint8_t a, unsigned b) { return (uint8_t)(a < b ? a : b); }

static unsigned force_write_back(unsigned half) { return cacheability(half) ? half | 4 : 15; }

static struct memattrs combine_fwb(struct memattrs s1, unsigned s2_attr)
{
    struct memattrs m = s1;

    if (!(s2_attr & 4))
        m.attr = is_device(s1) ? stricter_device(s1.attr, (s2_attr & 3) << 2) : (uint8_t)((s2_attr & 3) << 2);
    else if ((s2_attr & 3) == 2)
        m.attr = is_device(s1) ? 0xff : (uint8_t)(force_write_back(s1.attr >> 4) << 4 | force_write_back(s1.attr & 15));
    else if ((s2_attr & 3) != 3 && !is_device(s1))
        m.attr = 0x44;
    return m;
}

struct memattrs s2_combine(struct memattrs s1, unsigned s2_attr, unsigned sh, bool fwb, bool *device_s2)
{
    struct memattrs m = s1;

    if (fwb) {
        *device_s2 = !(s2_attr & 4);
        m = combine_fwb(s1, s2_attr);
        return combine_shareability(m, s1.sh, sh);
    }
    *device_s2 = !(s2_attr & 0xc);
    if (*device_s2) {
        m.attr = is_device(s1) ? stricter_device(s1.attr, (s2_attr & 3) << 2) : (uint8_t)((s2_attr & 3) << 2);
    } else if (!is_device(s1)) {
        unsigned outer = (s2_attr >> 2) - 1, inner = s2_attr & 3 ? (s2_attr & 3) - 1 : 0;
        m.attr = (uint8_t)(combine_half(s1.attr >> 4, outer) << 4 | combine_half(s1.attr & 15, inner));
    }
    return combine_shareability(m, s1.sh, sh);
}
