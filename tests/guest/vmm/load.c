// Puts the guest's files and device tree into its memory, as Documentation/arch/arm64/booting.rst asks.
#include "vmm.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB            0x100000ull
#define PAYLOAD_OFFSET 0x80000ull // of a payload that has no Image header
#define DTB_ROOM       (2 * MIB)  // the most that a kernel maps

// The 64-byte header of an arm64 Image.
struct image_header {
    uint32_t code[2];
    uint64_t text_offset, image_size, flags, reserved[3];
    uint32_t magic, pe_header;
};

#define IMAGE_MAGIC 0x644d5241u // "ARM\x64"

struct file {
    const char *option, *path;
    int fd;
    uint64_t size;
};

static struct file open_file(const char *option, const char *path)
{
    struct file file = { option, path, open(path, O_RDONLY | O_CLOEXEC), 0 };
    struct stat status;

    if (file.fd < 0 || fstat(file.fd, &status))
        die_errno("%s %s", option, path);
    if (!S_ISREG(status.st_mode) || !status.st_size)
        die("%s %s: not a file with contents", option, path);
    file.size = (uint64_t)status.st_size;
    return file;
}

// Reads the file to `address` of guest memory, below `limit`, and closes it.
static void read_into_guest(const struct vm *vm, struct file *file, uint64_t address, uint64_t limit)
{
    uint64_t done = 0;

    if (address < RAM_BASE || address > limit || file->size > limit - address)
        die("%s %s: %llu bytes do not fit into guest memory; see --mem", file->option, file->path,
            (unsigned long long)file->size);
    while (done < file->size) {
        ssize_t got = pread(file->fd, vm->ram + (address - RAM_BASE) + done, file->size - done, (off_t)done);

        if (got < 0)
            die_errno("%s %s", file->option, file->path);
        if (!got)
            die("%s %s: became shorter while it was read", file->option, file->path);
        done += (uint64_t)got;
    }
    close(file->fd);
}

static void refuse_compressed(const struct file *file, const struct image_header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;

    if (bytes[0] == 0x1f && bytes[1] == 0x8b)
        die("%s %s: is compressed with gzip; unpack it first", file->option, file->path);
    if (!memcmp(bytes, "MZ", 2) && !memcmp(bytes + 4, "zimg", 4))
        die("%s %s: is a compressed EFI zboot image; unpack it first", file->option, file->path);
}

// Returns the first address behind the program.
static uint64_t load_program(struct vm *vm, bool is_kernel, uint64_t limit)
{
    struct file file =
        is_kernel ? open_file("--kernel", vm->options->kernel) : open_file("--payload", vm->options->payload);
    struct image_header header = { 0 };
    uint64_t offset = PAYLOAD_OFFSET, memory_size = file.size;

    if (pread(file.fd, &header, sizeof(header), 0) < 0)
        die_errno("%s %s", file.option, file.path);
    if (le32toh(header.magic) == IMAGE_MAGIC) {
        offset = le64toh(header.text_offset);
        if (le64toh(header.image_size) > memory_size)
            memory_size = le64toh(header.image_size);
    } else if (is_kernel) {
        refuse_compressed(&file, &header);
        die("%s %s: is not an arm64 Image", file.option, file.path);
    }
    if (offset >= limit - RAM_BASE || memory_size > limit - RAM_BASE - offset)
        die("%s %s: needs %llu bytes at offset %#llx, which guest memory does not have; see --mem", file.option,
            file.path, (unsigned long long)memory_size, (unsigned long long)offset);
    vm->layout.entry = RAM_BASE + offset;
    read_into_guest(vm, &file, vm->layout.entry, limit);
    return vm->layout.entry + memory_size;
}

void load_guest(struct vm *vm)
{
    uint64_t limit = (RAM_BASE + vm->options->memory - DTB_ROOM) & ~(DTB_ROOM - 1), program_end;

    vm->layout.dtb = limit;
    program_end = load_program(vm, vm->options->kernel != NULL, limit);
    if (vm->options->initrd) {
        struct file file = open_file("--initrd", vm->options->initrd);

        vm->layout.initrd_size = file.size;
        vm->layout.initrd = file.size > limit - program_end ? limit : (limit - file.size) & ~(uint64_t)0xffff;
        if (vm->layout.initrd < program_end)
            vm->layout.initrd = limit; // refused there
        read_into_guest(vm, &file, vm->layout.initrd, limit);
    }
    fdt_build(vm, vm->ram + (vm->layout.dtb - RAM_BASE), DTB_ROOM);
}
