// SVE registers and their configuration through the KVM API, as api.rst has them: KVM_{GET,SET}_ONE_REG,
// KVM_GET_REG_LIST, KVM_ARM_VCPU_FINALIZE, KVM_REG_ARM64_SVE_VLS. Errors that api.rst leaves open are
// arch/arm64/kvm/guest.c's.
#include "kvmlab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZREG_BYTES                   256u
#define PREG_BYTES                   32u
#define SYS(op0, op1, crn, crm, op2) ARM64_SYS_REG(op0, op1, crn, crm, op2)
#define ZCR_EL1                      SYS(3, 0, 1, 2, 0)
#define ID_AA64ZFR0_EL1              SYS(3, 0, 0, 4, 4)

static uint64_t p_or_ffr(unsigned n) { return n == 16 ? KVM_REG_ARM64_SVE_FFR(0) : KVM_REG_ARM64_SVE_PREG(n, 0); }

static char *named(const char *format, unsigned vl)
{
    static char name[2][96];
    static unsigned next;
    char *to = name[next++ % 2];

    snprintf(to, sizeof(name[0]), format, vl);
    return to;
}

// A pattern without zeros in every byte of the register's 2048 (256) bits; what lies above the vector length is ignored
// on the way in and zero on the way out.
static void surplus(const struct vcpu *vcpu, unsigned vl)
{
    uint8_t in[ZREG_BYTES], out[ZREG_BYTES];
    unsigned bad_low = 0, bad_high = 0, errors = 0;

    for (unsigned n = 0; n < 32 + 16; n++) {
        uint64_t id = n < 32 ? KVM_REG_ARM64_SVE_ZREG(n, 0) : p_or_ffr(n - 32);
        unsigned size = n < 32 ? ZREG_BYTES : PREG_BYTES, live = n < 32 ? vl : vl / 8;

        for (unsigned i = 0; i < size; i++)
            in[i] = (uint8_t)((n * 31 + i) | 1);
        memset(out, 0xa5, sizeof(out));
        errors += set_reg(vcpu, id, in) != 0 || get_reg(vcpu, id, out) != 0;
        bad_low += memcmp(in, out, live) != 0;
        for (unsigned i = live; i < size; i++)
            bad_high += out[i] != 0;
    }
    check(!errors, named("Z and P are registers of 2048 and 256 bits at VL %u", vl), "%u of 48 cannot be set or read",
          errors);
    check(!bad_low, named("Z and P keep what is set up to VL %u", vl), "%u of 48 do not", bad_low);
    check(!bad_high, named("Z and P read as zero above VL %u", vl), "%u bytes do not", bad_high);
    memset(in, 0xff, sizeof(in));
    memset(out, 0xa5, sizeof(out));
    errors = set_reg(vcpu, KVM_REG_ARM64_SVE_FFR(0), in) != 0 || get_reg(vcpu, KVM_REG_ARM64_SVE_FFR(0), out) != 0;
    bad_low = memcmp(in, out, vl / 8) != 0, bad_high = 0;
    for (unsigned i = vl / 8; i < PREG_BYTES; i++)
        bad_high += out[i] != 0;
    check(!errors && !bad_low && !bad_high, named("FFR keeps what is set up to VL %u and reads as zero above", vl),
          "errors %u, wrong %u, not zero %u", errors, bad_low, bad_high);
}

// What is set is what the guest has, and what the guest has is what is read.
static void through_the_guest(struct vcpu *vcpu, unsigned vl)
{
    struct image set, held, got, seen;
    unsigned offset;
    uint64_t rdvl;
    char what[96];

    image_fill(&set, vl, 0x11);
    image_fill(&held, vl, 0x77);
    image_to_guest(vcpu, &held, vl);
    start_hold(vcpu, 15, 0);
    vcpu_next(vcpu, &offset); // the guest holds `held`
    image_get(vcpu, &got, vl);
    check(image_same(&got, &held, vl, what), named("KVM_GET_ONE_REG gives the guest's Z, P and FFR at VL %u", vl), "%s",
          what);
    image_set(vcpu, &set, vl);
    rdvl = vcpu_next(vcpu, &offset);
    image_from_guest(vcpu, &seen, vl);
    check(image_same(&seen, &set, vl, what), named("the guest has the Z, P and FFR of KVM_SET_ONE_REG at VL %u", vl),
          "%s", what);
    check(rdvl == vl, named("the guest's RDVL is %u", vl), "%u", (unsigned)rdvl);
}

// "Access to register IDs where 2048 * slice >= 128 * max_vq will fail with ENOENT": only slice 0 is there.
static void slices(const struct vcpu *vcpu)
{
    uint8_t value[512] = { 0 };
    unsigned z = 0, p = 0, ffr = 0;

    for (unsigned slice = 1; slice < KVM_ARM64_SVE_MAX_SLICES; slice++) {
        z += get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(31, slice), value) == ENOENT;
        p += get_reg(vcpu, KVM_REG_ARM64_SVE_PREG(15, slice), value) == ENOENT;
        ffr += set_reg(vcpu, KVM_REG_ARM64_SVE_FFR(slice), value) == ENOENT;
    }
    check(z == 31 && p == 31 && ffr == 31, "slices 1 to 31 are ENOENT", "Z %u, P %u, FFR %u of 31", z, p, ffr);
    // Of the ID space round them: another size is no register (sve_reg_to_region()).
    check_error(get_reg(vcpu, (KVM_REG_ARM64_SVE_ZREG(0, 0) & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U1024, value), EINVAL,
                "a Z register of 1024 bits is EINVAL");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_FFR(31) + 1, value), EINVAL, "what follows FFR is EINVAL");
}

// With SVE the V registers have no ID of their own: core_reg_size_from_offset() in guest.c.
static void v_with_sve(struct vcpu *vcpu, unsigned vl)
{
    uint8_t value[ZREG_BYTES], *ram = vcpu->vm->ram + (GUEST_IN(vcpu) - GUEST_RAM);
    unsigned offset, alias = 0, zero = 0;
    struct image image;

    check_error(get_reg(vcpu, CORE_U128(fp_regs.vregs[3]), value), EINVAL, "with SVE, KVM_GET_ONE_REG of V3 is EINVAL");
    check_error(set_reg(vcpu, CORE_U128(fp_regs.vregs[3]), value), EINVAL, "with SVE, KVM_SET_ONE_REG of V3 is EINVAL");
    check_error(get_reg(vcpu, core_id(offsetof(struct kvm_regs, fp_regs.fpsr), KVM_REG_SIZE_U32), value), 0,
                "with SVE, FPSR stays a core register");
    image_fill(&image, vl, 0x3c);
    image_set(vcpu, &image, vl);
    for (unsigned i = 0; i < 512; i++)
        ram[1024 + i] = (uint8_t)(i * 5 + 1);
    vcpu_start(vcpu, guest_v, 2, (const uint64_t[]){ GUEST_IN(vcpu), GUEST_IN(vcpu) + 1024 });
    vcpu_next(vcpu, &offset);
    for (unsigned n = 0; n < 32; n++)
        alias += !memcmp(ram + n * 16, image.z + n * vl, 16);
    check(alias == 32, named("the guest's V registers are Z[127:0] at VL %u", vl), "%u of 32 are", alias);
    alias = 0;
    for (unsigned n = 0; n < 32; n++) {
        if (get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(n, 0), value))
            break;
        alias += !memcmp(value, ram + 1024 + n * 16, 16);
        for (unsigned i = 16; i < ZREG_BYTES; i++)
            zero += value[i] == 0;
    }
    check(alias == 32 && zero == 32 * (ZREG_BYTES - 16),
          named("a write of V gives Z[127:0] and zeros above at VL %u", vl), "%u of 32, %u zeros", alias, zero);
}

static void v_without_sve(void)
{
    struct vcpu *vcpu = vcpu_ready(0);
    uint8_t in[16], out[16], *ram = vcpu->vm->ram + (GUEST_IN(vcpu) - GUEST_RAM), value[ZREG_BYTES] = { 0 };
    unsigned errors = 0, seen = 0, got = 0, offset;

    for (unsigned n = 0; n < 32; n++) {
        memset(in, (int)(n + 0x40), sizeof(in));
        in[0] = 1;
        errors += set_reg(vcpu, CORE_U128(fp_regs.vregs[0]) + n * 4, in) != 0;
    }
    for (unsigned i = 0; i < 512; i++)
        ram[1024 + i] = (uint8_t)(i * 3 + 2);
    vcpu_start(vcpu, guest_v, 2, (const uint64_t[]){ GUEST_IN(vcpu), GUEST_IN(vcpu) + 1024 });
    vcpu_next(vcpu, &offset);
    for (unsigned n = 0; n < 32; n++) {
        memset(in, (int)(n + 0x40), sizeof(in));
        in[0] = 1;
        seen += !memcmp(ram + n * 16, in, 16);
        errors += get_reg(vcpu, CORE_U128(fp_regs.vregs[0]) + n * 4, out) != 0;
        got += !memcmp(ram + 1024 + n * 16, out, 16);
    }
    check(!errors && seen == 32 && got == 32, "without SVE, V0-V31 are core registers of 128 bits",
          "%u errors, the guest has %u of 32, we have %u", errors, seen, got);
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(0, 0), value), ENOENT, "without SVE, Z0 is ENOENT");
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_PREG(0, 0), value), ENOENT, "without SVE, P0 is ENOENT");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_FFR(0), value), ENOENT, "without SVE, FFR is ENOENT");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_VLS, value), ENOENT, "without SVE, SVE_VLS is ENOENT");
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, value), ENOENT, "without SVE, writing SVE_VLS is ENOENT");
    vcpu_destroy_all(vcpu);
}

void test_registers(void)
{
    for (unsigned vq = 1; vq <= MAX_VQ; vq++) {
        struct vcpu *vcpu;

        if (!(guest_vqs() >> (vq - 1) & 1))
            continue;
        vcpu = vcpu_ready(up_to(guest_vqs(), vq));
        surplus(vcpu, vq * 16);
        through_the_guest(vcpu, vq * 16);
        v_with_sve(vcpu, vq * 16);
        if (vq == 1)
            slices(vcpu);
        vcpu_destroy_all(vcpu);
    }
    v_without_sve();
}

static bool is_sve(uint64_t id) { return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE; }

static bool is_v(uint64_t id)
{
    return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE && (id & KVM_REG_SIZE_MASK) == KVM_REG_SIZE_U128;
}

static bool in_list(const struct kvm_reg_list *list, uint64_t id)
{
    for (uint64_t i = 0; i < list->n; i++)
        if (list->reg[i] == id)
            return true;
    return false;
}

static unsigned count(const struct kvm_reg_list *list, bool (*kind)(uint64_t))
{
    unsigned n = 0;

    for (uint64_t i = 0; i < list->n; i++)
        n += kind(list->reg[i]);
    return n;
}

// How many of the listed registers cannot be read, and how many of these 64-bit ones differ from `other`'s list.
static unsigned unreadable(const struct vcpu *vcpu, const struct kvm_reg_list *list)
{
    uint8_t value[ZREG_BYTES];
    unsigned bad = 0;

    for (uint64_t i = 0; i < list->n; i++)
        bad += get_reg(vcpu, list->reg[i], value) != 0;
    return bad;
}

static unsigned sve_listed(const struct kvm_reg_list *list)
{
    unsigned n = in_list(list, KVM_REG_ARM64_SVE_VLS);

    for (unsigned i = 0; i < 32 + 17; i++)
        n += in_list(list, i < 32 ? KVM_REG_ARM64_SVE_ZREG(i, 0) : p_or_ffr(i - 32));
    return n;
}

// Apart from the vector registers the two lists differ by ZCR_EL1 alone (sys_regs.c, sve_visibility()).
static void compare_lists(const struct kvm_reg_list *with, const struct kvm_reg_list *without)
{
    unsigned added = 0, removed = 0;

    for (uint64_t i = 0; i < with->n; i++)
        added += !in_list(without, with->reg[i]) && !is_sve(with->reg[i]) && with->reg[i] != ZCR_EL1;
    for (uint64_t i = 0; i < without->n; i++)
        removed += !in_list(with, without->reg[i]) && !is_v(without->reg[i]);
    check(!added && !removed, "SVE changes nothing else in KVM_GET_REG_LIST", "%u more, %u fewer", added, removed);
    check(in_list(with, ZCR_EL1) && !in_list(without, ZCR_EL1), "ZCR_EL1 is listed with SVE alone",
          "with: %d, without: %d", in_list(with, ZCR_EL1), in_list(without, ZCR_EL1));
    check(in_list(with, ID_AA64ZFR0_EL1) && in_list(without, ID_AA64ZFR0_EL1),
          "ID_AA64ZFR0_EL1 is listed with and without", "with: %d, without: %d", in_list(with, ID_AA64ZFR0_EL1),
          in_list(without, ID_AA64ZFR0_EL1));
}

void test_list(void)
{
    struct vcpu *sve = vcpu_create(vm_create()), *plain = vcpu_create(vm_create());
    struct kvm_reg_list *with, *without;

    // KVM_ARM_VCPU_INIT comes first: kvm_arch_vcpu_ioctl() in arm.c.
    check_error(reg_list(sve, &with), ENOEXEC, "KVM_GET_REG_LIST before KVM_ARM_VCPU_INIT is ENOEXEC");
    if (vcpu_init(sve, true) || vcpu_init(plain, false))
        die("KVM_ARM_VCPU_INIT");
    check_error(reg_list(sve, &with), EPERM, "with SVE, KVM_GET_REG_LIST before KVM_ARM_VCPU_FINALIZE is EPERM");
    check_error(vcpu_finalize(sve, KVM_ARM_VCPU_SVE), 0, "KVM_ARM_VCPU_FINALIZE");
    check_error(reg_list(sve, &with), 0, "with SVE, KVM_GET_REG_LIST after KVM_ARM_VCPU_FINALIZE");
    check_error(reg_list(plain, &without), 0, "without SVE, KVM_GET_REG_LIST");
    check(count(with, is_sve) == 50 && sve_listed(with) == 50, "with SVE, Z0-Z31, P0-P15, FFR and SVE_VLS are listed",
          "%u of 50, of %u SVE registers", sve_listed(with), count(with, is_sve));
    check(count(without, is_sve) == 0, "without SVE, no SVE register is listed", "%u are", count(without, is_sve));
    check(count(with, is_v) == 0 && count(without, is_v) == 32, "V0-V31 are listed without SVE alone",
          "with: %u, without: %u", count(with, is_v), count(without, is_v));
    check(unreadable(sve, with) == 0, "with SVE, every listed register can be read", "%u cannot",
          unreadable(sve, with));
    check(unreadable(plain, without) == 0, "without SVE, every listed register can be read", "%u cannot",
          unreadable(plain, without));
    compare_lists(with, without);
    free(with), free(without);
    vcpu_destroy_all(sve), vcpu_destroy_all(plain);
}

static void before_finalize(struct vcpu *vcpu)
{
    uint8_t value[ZREG_BYTES] = { 0 };
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS];

    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(0, 0), value), EPERM, "before FINALIZE, reading Z0 is EPERM");
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(0, 0), value), EPERM, "before FINALIZE, writing Z0 is EPERM");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_PREG(0, 0), value), EPERM, "before FINALIZE, reading P0 is EPERM");
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_FFR(0), value), EPERM, "before FINALIZE, writing FFR is EPERM");
    check_error(vcpu_run(vcpu), EPERM, "before FINALIZE, KVM_RUN is EPERM");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), 0, "before FINALIZE, SVE_VLS can be read");
    map[0] = 1;
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), 0, "before FINALIZE, SVE_VLS can be written");
    map[0] = guest_vqs();
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), 0, "and written again");
    // "EINVAL: feature unknown or not present"
    check_error(vcpu_finalize(vcpu, KVM_ARM_VCPU_PMU_V3), EINVAL, "FINALIZE of another feature is EINVAL");
}

static void after_finalize(struct vcpu *vcpu)
{
    uint8_t value[ZREG_BYTES], ones[ZREG_BYTES];
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS] = { 0 };
    unsigned not_zero = 0;

    // "EPERM: feature not configured, needs configuration, or already finalized"
    check_error(vcpu_finalize(vcpu, KVM_ARM_VCPU_SVE), EPERM, "FINALIZE again is EPERM");
    check_error(get_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), 0, "after FINALIZE, SVE_VLS can be read");
    check(map[0] == guest_vqs() && !map[1] && !map[7], "after FINALIZE, SVE_VLS is what was chosen", "%s, expected %s",
          vqs_name((uint32_t)map[0]), vqs_name(guest_vqs()));
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), EPERM, "after FINALIZE, writing SVE_VLS is EPERM");
    memset(ones, 0xff, sizeof(ones));
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(7, 0), ones), 0, "after FINALIZE, Z7 can be written");
    // "userspace can call this function multiple times for a given vcpu"; "the same target and same set of feature
    // flags, otherwise EINVAL will be returned". Resetting keeps the configuration and clears the state (reset.c).
    check_error(vcpu_init(vcpu, false), EINVAL, "KVM_ARM_VCPU_INIT again without SVE is EINVAL");
    check_error(vcpu_init(vcpu, true), 0, "KVM_ARM_VCPU_INIT again with SVE");
    check_error(set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map), EPERM, "it leaves SVE_VLS finalized");
    if (get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(7, 0), value))
        die("Z7 cannot be read");
    for (unsigned i = 0; i < sizeof(value); i++)
        not_zero += value[i] != 0;
    check(!not_zero, "it clears Z7", "%u bytes are not zero", not_zero);
}

void test_finalize(void)
{
    struct vcpu *vcpu = vcpu_create(vm_create()), *plain = vcpu_ready(0);

    check_error(vcpu_run(vcpu), ENOEXEC, "KVM_RUN before KVM_ARM_VCPU_INIT is ENOEXEC");
    if (vcpu_init(vcpu, true))
        die("KVM_ARM_VCPU_INIT with SVE");
    before_finalize(vcpu);
    check_error(vcpu_finalize(vcpu, KVM_ARM_VCPU_SVE), 0, "FINALIZE");
    after_finalize(vcpu);
    check_error(vcpu_finalize(plain, KVM_ARM_VCPU_SVE), EINVAL, "without SVE, FINALIZE of it is EINVAL");
    vcpu_destroy_all(vcpu), vcpu_destroy_all(plain);
}

// api.rst: a set must have at least one length, and exactly those of the host's up to its largest; none above what KVM
// can virtualise. Otherwise EINVAL (set_sve_vls()).
void test_vls(void)
{
    struct vcpu *vcpu = vcpu_create(vm_create());
    uint32_t host = user_vqs(), guest = guest_vqs(), first = 0;
    unsigned accepted = 0, wrong = 0, beyond = 0, kept = 0;
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS] = { 0 }, back[KVM_ARM64_SVE_VLS_WORDS];

    check(guest && (guest & host) == guest && guest == up_to(host, largest(guest)),
          "a guest may have the host's lengths up to a largest one", "guest %s, host %s", vqs_name(guest),
          vqs_name(host));
    if (vcpu_init(vcpu, true))
        die("KVM_ARM_VCPU_INIT with SVE");
    for (uint32_t vqs = 0; vqs < 1u << MAX_VQ; vqs++) {
        bool want = vqs && largest(vqs) <= largest(guest) && vqs == up_to(host, largest(vqs));
        int error;

        map[0] = vqs;
        error = set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map);
        if (error != (want ? 0 : EINVAL) && !wrong++)
            first = vqs;
        accepted += !error;
        if (!error)
            kept += !get_reg(vcpu, KVM_REG_ARM64_SVE_VLS, back) && !memcmp(map, back, sizeof(map));
    }
    check(!wrong, "of all 65536 sets SVE_VLS takes those that match the host's", "%u are judged otherwise, first %s",
          wrong, vqs_name(first));
    check(accepted == (unsigned)__builtin_popcount(guest) && kept == accepted, "SVE_VLS reads as it was written",
          "%u accepted, %u read back", accepted, kept);
    for (unsigned vq = MAX_VQ + 1; vq <= 512; vq++) {
        memset(map, 0, sizeof(map));
        map[0] = guest;
        map[(vq - 1) / 64] |= UINT64_C(1) << (vq - 1) % 64;
        beyond += set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map) == EINVAL;
    }
    check(beyond == 512 - MAX_VQ, "lengths above 2048 bits are EINVAL", "%u of %u", beyond, 512 - MAX_VQ);
    printf("kvmlab: host %s, guests %s, %u sets accepted\n", vqs_name(host), vqs_name(guest), accepted);
    vcpu_destroy_all(vcpu);
}
