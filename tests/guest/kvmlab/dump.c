// All registers of a vCPU as text, and a vCPU made from such a text: what a migration does, between two boots.
#include "kvmlab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 256u
#define SAVED_SEED  0x2bu

static size_t size_of(uint64_t id) { return (size_t)1 << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT); }

// One line `dump: ID VALUE` for each register, in the order of KVM_GET_REG_LIST, of a vCPU that is in the middle of its
// work.
int save(void)
{
    struct vcpu *vcpu = vcpu_ready(guest_vqs());
    unsigned vl = largest(guest_vqs()) * 16, offset;
    struct kvm_reg_list *list;
    struct image held;

    image_fill(&held, vl, SAVED_SEED);
    image_to_guest(vcpu, &held, vl);
    start_hold(vcpu, 15, 0);
    vcpu_next(vcpu, &offset);
    vcpu_complete_exit(vcpu); // the store is executed, and the PC behind it
    if (reg_list(vcpu, &list))
        die("KVM_GET_REG_LIST");
    for (uint64_t i = 0; i < list->n; i++) {
        uint8_t value[VALUE_BYTES];

        if (get_reg(vcpu, list->reg[i], value))
            die("register %#llx cannot be read", (unsigned long long)list->reg[i]);
        printf("dump: %016llx ", (unsigned long long)list->reg[i]);
        for (size_t byte = 0; byte < size_of(list->reg[i]); byte++)
            printf("%02x", value[byte]);
        printf("\n");
    }
    printf("dump: end\n");
    free(list);
    vcpu_destroy_all(vcpu);
    return 0;
}

// Reads a line of the dump; false at its end.
static bool next_register(FILE *file, uint64_t *id, uint8_t value[VALUE_BYTES])
{
    char digits[2 * VALUE_BYTES + 1];
    unsigned long long number;

    if (fscanf(file, " dump: %llx %512[0-9a-f]", &number, digits) != 2)
        return false;
    *id = number;
    if (strlen(digits) != 2 * size_of(*id))
        die("register %#llx of the dump has %zu digits", number, strlen(digits));
    for (size_t i = 0; i < size_of(*id); i++) {
        unsigned byte;

        sscanf(digits + 2 * i, "%2x", &byte);
        value[i] = (uint8_t)byte;
    }
    return true;
}

static int report(const char *what, int error)
{
    printf("restore: %s: %s\n", what, error_name(error));
    return error;
}

// KVM_REG_ARM64_SVE_VLS comes first, then KVM_ARM_VCPU_FINALIZE, then all others.
static int restore_lengths(struct vcpu *vcpu, FILE *file)
{
    uint8_t value[VALUE_BYTES];
    uint64_t id;

    while (next_register(file, &id, value))
        if (id == KVM_REG_ARM64_SVE_VLS) {
            rewind(file);
            return report("KVM_REG_ARM64_SVE_VLS", set_reg(vcpu, id, value)) ||
                   report("KVM_ARM_VCPU_FINALIZE", vcpu_finalize(vcpu, KVM_ARM_VCPU_SVE));
        }
    die("the dump has no KVM_REG_ARM64_SVE_VLS");
}

static unsigned restore_registers(struct vcpu *vcpu, FILE *file)
{
    uint8_t value[VALUE_BYTES];
    unsigned refused = 0;
    uint64_t id;

    while (next_register(file, &id, value)) {
        int error = id == KVM_REG_ARM64_SVE_VLS ? 0 : set_reg(vcpu, id, value);
        char name[32];

        snprintf(name, sizeof(name), "register %016llx", (unsigned long long)id);
        refused += error && report(name, error);
    }
    printf("restore: %u registers refused\n", refused);
    return refused;
}

int restore(const char *path)
{
    FILE *file = fopen(path, "r");
    struct vcpu *vcpu = vcpu_create(vm_create());
    struct image got, want;
    uint64_t rdvl;
    unsigned offset;
    char what[96];

    if (!file)
        die("%s cannot be opened", path);
    if (report("KVM_ARM_VCPU_INIT", vcpu_init(vcpu, true)) || restore_lengths(vcpu, file) ||
        restore_registers(vcpu, file))
        return 1;
    fclose(file);
    rdvl = vcpu_next(vcpu, &offset);
    if (!rdvl || rdvl > MAX_VQ * 16)
        die("the guest's RDVL is %llu", (unsigned long long)rdvl);
    image_fill(&want, (unsigned)rdvl, SAVED_SEED);
    image_from_guest(vcpu, &got, (unsigned)rdvl);
    printf("restore: RDVL %u, Z, P and FFR %s\n", (unsigned)rdvl,
           image_same(&got, &want, (unsigned)rdvl, what) ? "kept" : what);
    vcpu_destroy_all(vcpu);
    return 0;
}
