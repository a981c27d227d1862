/* Packets over a socket: $data#checksum, acknowledged by + and - unless the client has done without (GDB manual, E.1
 * Overview). The server listens on the loopback interface or a Unix socket and nowhere else. */
#define _GNU_SOURCE /* accept4 */
#include "frontends/gdb.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "frontends/frontends.h"

enum { PATIENCE_MS = 5000 }; /* how long a client may take nothing of what it is sent */

/* ---- Listening ---- */

/* PORT of the forms that are one, -1: none. */
static int port_of(const char *spec)
{
    static const char *const prefixes[] = { "tcp::", "tcp:localhost:", "tcp:127.0.0.1:", ":", "localhost:", "" };
    uint64_t port;
    for (unsigned i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t n = strlen(prefixes[i]);
        if (!strncmp(spec, prefixes[i], n))
            return parse_number(spec + n, 65535, &port) ? (int)port : -1;
    }
    return -1;
}

static const char *path_of(const char *spec) { return !strncmp(spec, "unix:", 5) ? spec + 5 : NULL; }

bool gdb_check_spec(const char *option, const char *spec)
{
    const char *path = path_of(spec);
    struct sockaddr_un a;
    if (path && *path && strlen(path) < sizeof a.sun_path)
        return true;
    if (path)
        return user_error("%s %s: expected a path of 1 to %zu characters after unix:", option, spec,
                          sizeof a.sun_path - 1);
    return port_of(spec) >= 0 ||
           user_error("%s %s: expected a port from 0 to 65535 of this machine, or unix:PATH", option, spec);
}

/* A socket that nobody listens to any more, left by a program that was killed, may be replaced; nothing else may. */
static void remove_stale(const struct sockaddr_un *a)
{
    struct stat s;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !lstat(a->sun_path, &s) && S_ISSOCK(s.st_mode) &&
        connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 && errno == ECONNREFUSED)
        unlink(a->sun_path);
    if (fd >= 0)
        close(fd);
}

static int listen_unix(struct gdb_transport *t, const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    remove_stale(&a);
    if (fd >= 0 && (bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 1) < 0)) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    snprintf(t->path, sizeof t->path, "%s", path);
    return fd;
}

static int listen_tcp(uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 1) < 0) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

bool gdb_listen(struct gdb_transport *t, const char *option, const char *spec)
{
    struct sockaddr_in a = { 0 };
    socklen_t size = sizeof a;
    const char *path = path_of(spec);

    *t = (struct gdb_transport){ .listener = -1, .client = -1 };
    if (!gdb_check_spec(option, spec))
        return false;
    t->listener = path ? listen_unix(t, path) : listen_tcp((uint16_t)port_of(spec));
    if (t->listener < 0)
        return user_error("%s %s: the debugger cannot be waited for there: %s", option, spec, strerror(errno));
    if (path)
        fprintf(stderr, "svemu: gdb: target remote %s\n", path);
    else if (!getsockname(t->listener, (struct sockaddr *)&a, &size))
        fprintf(stderr, "svemu: gdb: target remote localhost:%u\n", ntohs(a.sin_port));
    return true;
}

void gdb_unlisten(struct gdb_transport *t)
{
    gdb_hang_up(t);
    if (t->listener >= 0)
        close(t->listener);
    if (t->path[0])
        unlink(t->path);
    t->listener = -1;
}

bool gdb_accept(struct gdb_transport *t)
{
    int one = 1;
    if (t->client >= 0 || t->listener < 0)
        return false;
    t->client = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (t->client < 0)
        return false;
    setsockopt(t->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* fails on a Unix socket, which needs none */
    t->no_ack = false;
    t->at = t->count = t->length = t->sent_length = 0;
    t->state = 0;
    return true;
}

void gdb_hang_up(struct gdb_transport *t)
{
    if (t->client >= 0)
        close(t->client);
    t->client = -1;
}

/* ---- Sending ---- */

static void send_bytes(struct gdb_transport *t, const char *bytes, size_t n)
{
    while (n && t->client >= 0) {
        ssize_t done = send(t->client, bytes, n, MSG_NOSIGNAL);
        struct pollfd p = { .fd = t->client, .events = POLLOUT };
        if (done > 0)
            bytes += done, n -= (size_t)done;
        else if (done < 0 && errno != EAGAIN && errno != EINTR)
            gdb_hang_up(t);
        else if (errno == EAGAIN && poll(&p, 1, PATIENCE_MS) == 0)
            gdb_hang_up(t);
    }
}

/* data is bytes that need no escape any more. */
void gdb_send(struct gdb_transport *t, const char *data, unsigned length)
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < length; i++)
        sum += (uint8_t)data[i];
    t->sent[0] = '$';
    memcpy(t->sent + 1, data, length);
    t->sent_length = length + 1 + (unsigned)snprintf(t->sent + 1 + length, 4, "#%02x", sum);
    send_bytes(t, t->sent, t->sent_length);
}

/* ---- Receiving ---- */

enum { IDLE, DATA, ESCAPED, CHECK_HIGH, CHECK_LOW };

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static void data_byte(struct gdb_transport *t, uint8_t c)
{
    if (t->length < GDB_PACKET)
        t->packet[t->length++] = c;
    else
        t->too_long = true;
}

/* The checksum is complete: is the packet to be done? */
static bool packet_complete(struct gdb_transport *t, bool good)
{
    t->state = IDLE;
    if (!t->no_ack)
        send_bytes(t, good && !t->too_long ? "+" : "-", 1);
    t->packet[t->length] = 0;
    return good && !t->too_long;
}

static void begin(struct gdb_transport *t)
{
    t->state = DATA;
    t->length = t->sum = 0;
    t->too_long = false;
}

static enum gdb_input byte(struct gdb_transport *t, uint8_t c)
{
    switch (t->state) {
    case IDLE:
        if (c == '$')
            begin(t);
        else if (c == '-' && !t->no_ack)
            send_bytes(t, t->sent, t->sent_length);
        return c == 3 ? GDB_INTERRUPT : GDB_NOTHING;
    case DATA:
    case ESCAPED:
        if (c == '#') {
            t->state = CHECK_HIGH;
        } else if (c == '$') {
            begin(t); /* what was before it has lost its end */
        } else {
            t->sum = (uint8_t)(t->sum + c);
            if (t->state == DATA && c == '}')
                t->state = ESCAPED;
            else
                data_byte(t, t->state == ESCAPED ? c ^ 0x20 : c), t->state = DATA;
        }
        return GDB_NOTHING;
    case CHECK_HIGH:
        t->check = (uint8_t)(digit(c) << 4);
        t->state = digit(c) < 0 ? IDLE : CHECK_LOW;
        return GDB_NOTHING;
    default:
        return packet_complete(t, digit(c) >= 0 && (t->check | digit(c)) == t->sum) ? GDB_PACKET_READY : GDB_NOTHING;
    }
}

enum gdb_input gdb_receive(struct gdb_transport *t, int timeout)
{
    for (;;) {
        while (t->at < t->count) {
            enum gdb_input in = byte(t, t->bytes[t->at++]);
            if (t->client < 0)
                return GDB_GONE;
            if (in != GDB_NOTHING)
                return in;
        }
        if (t->client < 0)
            return GDB_GONE;
        ssize_t n = recv(t->client, t->bytes, sizeof t->bytes, 0);
        struct pollfd p = { .fd = t->client, .events = POLLIN };
        t->at = 0;
        t->count = n > 0 ? (unsigned)n : 0;
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return GDB_GONE;
        if (n < 0 && (!timeout || poll(&p, 1, timeout) <= 0))
            return GDB_NOTHING;
    }
}
