/* --device: what QEMU's devices of the same names put into RAM before the machine starts (QEMU's "Generic Loader" and
 * "Guest Loader" manual pages).
 *
 *   loader,file=FILE,addr=ADDRESS                     the file's bytes
 *   guest-loader,addr=ADDRESS,kernel=FILE[,bootargs=TEXT]
 *   guest-loader,addr=ADDRESS,initrd=FILE             and a node of the device tree where a hypervisor looks for them
 *   simple-framebuffer[,width=1024][,height=768]      pixels at the top of RAM, named in the device tree
 *
 * A comma in a value is written twice. */
#include "frontends/frontends.h"

/* The next part of the text, up to a comma that stands alone, with doubled commas made one; NULL at the end. It is
 * ended in place, and *text moves on. */
static char *next_part(char **text)
{
    char *part = *text, *from = part, *to = part;
    if (!*part)
        return NULL;
    while (*from && (*from != ',' || from[1] == ',')) {
        from += *from == ',';
        *to++ = *from++;
    }
    *text = from + (*from == ',');
    *to = 0;
    return part;
}

static bool set_key(const struct options *o, struct load_option *d, const char *option, const char *value, char *key)
{
    static const char *const names[] = { "addr", "file", "kernel", "initrd", "bootargs" };
    char *text = strchr(key, '=');
    if (!text)
        return user_error("%s %s: expected KEY=VALUE instead of %s", option, value, key);
    *text++ = 0;
    bool guest = d->module, file = !strcmp(key, "file"), kernel = !strcmp(key, "kernel");
    if (!strcmp(key, "addr")) {
        d->placed = parse_number(text, UINT64_MAX, &d->addr);
        return d->placed || user_error("%s %s: addr=%s is not a number such as 0x48000000", option, value, text);
    }
    if (guest ? kernel || !strcmp(key, "initrd") : file) {
        if (d->file)
            return user_error("%s %s: one file can be given, %s=%s is another", option, value, key, text);
        d->kernel = kernel;
        d->file = option_path(o, text);
        return true;
    }
    if (guest && !strcmp(key, "bootargs")) {
        d->bootargs = text;
        return true;
    }
    const char *like = nearest(key, names, sizeof names / sizeof names[0]);
    return user_error("%s %s: %s has no key %s%s%s", option, value, guest ? "guest-loader" : "loader", key,
                      like && strcmp(like, key) ? "; the nearest is " : "", like && strcmp(like, key) ? like : "");
}

static bool add_framebuffer(struct options *o, const char *name, const char *value, const char *keys)
{
    unsigned width = 1024, height = 768;
    char size[32];
    while (*keys) {
        int used = 0;
        if (sscanf(keys, ",width=%4u%n", &width, &used) != 1 && sscanf(keys, ",height=%4u%n", &height, &used) != 1)
            return user_error("%s %s: simple-framebuffer has the keys width= and height=, each a number of pixels "
                              "from 64 to 4096, not %s",
                              name, value, keys + 1);
        keys += used;
    }
    snprintf(size, sizeof size, "%ux%u", width, height);
    return framebuffer_size(o, name, value, size);
}

bool add_device(struct options *o, const char *name, const char *value)
{
    size_t word = strcspn(value, ",");
    if (word == strlen("simple-framebuffer") && !strncmp(value, "simple-framebuffer", word))
        return add_framebuffer(o, name, value, value + word);
    if (o->loads == MAX_BOOT_MODULES)
        return user_error("%s %s: at most %d files can be loaded", name, value, MAX_BOOT_MODULES);
    struct load_option *d = &o->load[o->loads];
    *d = (struct load_option){ .option = value };
    if (strlen(value) >= sizeof d->text)
        return user_error("%s: expected at most %zu characters", name, sizeof d->text - 1);
    char *rest = strcpy(d->text, value), *part = next_part(&rest);
    if (!part || (strcmp(part, "loader") && strcmp(part, "guest-loader")))
        return user_error("%s %s: expected loader,file=FILE,addr=ADDRESS, "
                          "guest-loader,addr=ADDRESS,kernel=FILE|initrd=FILE[,bootargs=TEXT] or "
                          "simple-framebuffer[,width=W][,height=H]",
                          name, value);
    d->module = !strcmp(part, "guest-loader");
    while ((part = next_part(&rest)))
        if (!set_key(o, d, name, value, part))
            return false;
    if (!d->placed)
        return user_error("%s %s: expected addr=ADDRESS, where in RAM the file is to be", name, value);
    if (!d->file)
        return user_error("%s %s: expected %s", name, value, d->module ? "kernel=FILE or initrd=FILE" : "file=FILE");
    if (d->bootargs && !d->kernel)
        return user_error("%s %s: bootargs belong to a kernel=, not to an initrd=", name, value);
    o->loads++;
    return true;
}
