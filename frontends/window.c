/* --display: the machine's side of the window. What the window's thread is to know is published under a lock, what it
 * has got from the user is taken; only the functions of the last part are called in that thread. */
#define _GNU_SOURCE /* pipe2 */
#include "frontends/window.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/stops.h"
#include "devices/device.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"

enum { FRAME_NS = 33000000, MAX_OUTPUT = 4 << 20, MAX_TYPED = 1 << 16 };

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* opened, output taken */
    enum { CLOSED, OPENING, OPEN, FAILED, ENDED } state;
    const char *error;
    bool closing;
    /* For the window. */
    struct window_view view;
    bool viewed;
    uint8_t *output;
    size_t output_count, output_size;
    uint32_t *framebuffer;
    size_t framebuffer_size; /* bytes */
    bool drawn;
    /* From the window. */
    uint8_t typed[MAX_TYPED];
    unsigned typed_count;
    unsigned first, shown; /* panels */
    bool pause, quit;
    unsigned traces, steps; /* times that the keys were struck */
    atomic_bool woken;
    /* The machine's thread's own. */
    struct window_watch *watch;
    int wake[2];
    int64_t next_frame, ran_since, ran; /* host ns; how long the machine has run before that */
    bool asked;                         /* the stop that is to come is for window_serve() */
    bool standing;                      /* in window_serve() */
    bool tracing;
} win = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .wake = { -1, -1 } };

/* The window's thread's: what it works on while the other one goes on. */
static uint8_t *taken;
static size_t taken_size;

static int64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- --display ---- */

bool framebuffer_size(struct options *o, const char *name, const char *value, const char *text)
{
    unsigned width, height;
    int used = 0;
    if (sscanf(text, "%4ux%4u%n", &width, &height, &used) != 2 || text[used] || width < 64 || height < 64 ||
        width > 4096 || height > 4096)
        return user_error("%s %s: %s is not a width and height in pixels such as 1024x768, each from 64 to 4096", name,
                          value, text);
    o->machine.framebuffer.width = width, o->machine.framebuffer.height = height;
    return true;
}

static bool size_key(struct options *o, const char *name, const char *value, const char *text)
{
    unsigned width, height;
    int used = 0;
    if (sscanf(text, "%4ux%4u%n", &width, &height, &used) != 2 || text[used] || width < 640 || height < 480)
        return user_error("%s %s: size=%s is not a width and height in pixels, from 640x480 to 9999x9999", name, value,
                          text);
    o->display.width = width, o->display.height = height;
    return true;
}

bool display_option(struct options *o, const char *name, const char *value)
{
    char text[256], *save, *part;
    if (strlen(value) >= sizeof text)
        return user_error("%s: expected none or sdl", name);
    part = strtok_r(strcpy(text, value), ",", &save);
    o->display.sdl = part && !strcmp(part, "sdl");
    if (!o->display.sdl)
        return (part && !strcmp(value, "none")) || user_error("%s %s: expected none or sdl", name, value);
    while ((part = strtok_r(NULL, ",", &save))) {
        bool ok = !strncmp(part, "size=", 5)           ? size_key(o, name, value, part + 5)
                  : !strncmp(part, "framebuffer=", 12) ? framebuffer_size(o, name, value, part + 12)
                                                       : user_error("%s %s: sdl has the keys size= and framebuffer=, "
                                                                    "not %s",
                                                                    name, value, part);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- What goes to the window ---- */

/* The guest may write faster than the window's thread takes it: then it waits, as it would for a slow line. */
static void output(const uint8_t *bytes, size_t len)
{
    pthread_mutex_lock(&win.lock);
    while (win.output_count + len > MAX_OUTPUT && win.state == OPEN)
        pthread_cond_wait(&win.changed, &win.lock);
    if (win.output_count + len > win.output_size && win.output_count + len <= MAX_OUTPUT) {
        size_t size = 2 * (win.output_count + len);
        uint8_t *more = realloc(win.output, size);
        win.output = more ? more : win.output;
        win.output_size = more ? size : win.output_size;
    }
    if (win.output_count + len <= win.output_size) {
        memcpy(win.output + win.output_count, bytes, len);
        win.output_count += len;
    }
    pthread_mutex_unlock(&win.lock);
}

/* Lines that differ from what was published before. */
static void publish_framebuffer(const struct machine *m)
{
    const struct framebuffer *fb = &m->opt.framebuffer;
    const uint8_t *from = fb->width ? phys_ram(&m->mem, fb->addr, (uint64_t)4 * fb->width * fb->height) : NULL;
    size_t line = (size_t)4 * fb->width;
    for (unsigned y = 0; from && y < fb->height; y++) {
        uint32_t *to = win.framebuffer + (size_t)y * fb->width;
        if (memcmp(to, from + y * line, line)) {
            memcpy(to, from + y * line, line);
            win.drawn = true;
        }
    }
}

static void publish(struct machine *m, bool paused)
{
    pthread_mutex_lock(&win.lock);
    window_look(win.watch, &win.view, win.first, win.shown);
    win.view.host_ns = (uint64_t)win.ran;
    win.view.paused = paused;
    win.view.tracing = win.tracing;
    if (paused)
        window_next(m, win.view.next, sizeof win.view.next);
    win.viewed = true;
    publish_framebuffer(m);
    pthread_mutex_unlock(&win.lock);
}

/* ---- What comes from it ---- */

/* A word to the user, by the window's thread. */
static void window_said(const char *text)
{
    pthread_mutex_lock(&win.lock);
    size_t n = strnlen(text, sizeof win.view.said - 1);
    memcpy(win.view.said, text, n);
    win.view.said[n] = 0;
    win.view.says++;
    pthread_mutex_unlock(&win.lock);
}

/* Exceptions and vector lengths to a file; or the end of all traces. */
static void trace_key(struct machine *m)
{
    char text[128], name[64];
    if (win.tracing) {
        win.tracing = false;
        trace_stop() ? window_said("tracing has ended") : window_said(user_error_text);
        return;
    }
    win.tracing = window_file_name(name, "trace.txt");
    snprintf(text, sizeof text, "exceptions,vl=%s", name);
    win.tracing = win.tracing && trace_add("trace", text, false) && trace_start(m);
    snprintf(text, sizeof text, "exceptions and vector lengths go to %s", name);
    window_said(win.tracing ? text : user_error_text);
}

struct wishes {
    bool pause;
    unsigned steps;
};

static struct wishes take_wishes(struct machine *m)
{
    uint8_t typed[MAX_TYPED], rest[64];
    win.woken = false;
    while (read(win.wake[0], rest, sizeof rest) > 0)
        ;
    pthread_mutex_lock(&win.lock);
    unsigned count = win.typed_count, traces = win.traces;
    struct wishes wishes = { win.pause, win.steps };
    bool quit = win.quit;
    memcpy(typed, win.typed, count);
    win.typed_count = win.traces = win.steps = 0;
    pthread_mutex_unlock(&win.lock);
    console_type(typed, count);
    if (traces & 1)
        trace_key(m);
    if (quit)
        machine_stop(m, STOP_QUIT, "the window was closed");
    return wishes;
}

static void poll_window(struct machine *m)
{
    int64_t now = host_ns();
    if (win.standing || (now < win.next_frame && !win.woken))
        return;
    win.next_frame = now + FRAME_NS;
    win.ran += now - win.ran_since;
    win.ran_since = now;
    publish(m, false);
    struct wishes wishes = take_wishes(m);
    if (!wishes.pause)
        return;
    pthread_mutex_lock(&win.lock);
    win.steps += wishes.steps;
    pthread_mutex_unlock(&win.lock);
    win.asked = true;
    machine_pause(m);
}

/* While the user wants the machine to stand; returns what ends that: STOP_DEBUG, or why the machine has ended. */
static enum stop_reason stand(struct machine *m)
{
    enum stop_reason why = STOP_DEBUG;
    struct wishes wishes = take_wishes(m);
    m->stop = STOP_NONE; /* from here on somebody's wish to end it */
    while (why == STOP_DEBUG && !m->stop && wishes.pause) {
        for (; wishes.steps && why == STOP_DEBUG; wishes.steps--)
            why = trace_step(m, NULL);
        if (why != STOP_DEBUG)
            break;
        m->stop = STOP_NONE;
        publish(m, true);
        if (console_wait(1000)) /* the end, or the monitor, which is the first to go on */
            break;
        wishes = take_wishes(m);
    }
    return m->stop ? m->stop : why;
}

enum stop_reason window_serve(struct machine *m, enum stop_reason why)
{
    bool asked = win.asked;
    win.asked = false;
    if (why != STOP_DEBUG || !asked || stop_last(m)->point)
        return why;
    win.standing = true;
    why = stand(m);
    win.standing = false;
    pthread_mutex_lock(&win.lock);
    win.pause = false;
    pthread_mutex_unlock(&win.lock);
    win.ran_since = host_ns();
    return why == STOP_DEBUG ? STOP_NONE : why;
}

/* ---- Opening and closing ---- */

static const struct console_second *second(void)
{
    static struct console_second s = { .output = output, .poll = poll_window };
    s.wake = win.wake[0];
    return &s;
}

/* Signals are for the machine's thread. */
static bool start_thread(struct window_size *size)
{
    sigset_t all, before;
    sigfillset(&all);
    for (unsigned i = 0; i < 4; i++) /* faults are the faulting thread's */
        sigdelset(&all, (int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE }[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = !pthread_create(&win.thread, NULL, window_sdl_thread, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

static bool create(struct machine *m)
{
    const struct framebuffer *fb = &m->opt.framebuffer;
    win.framebuffer_size = sizeof *win.framebuffer * fb->width * fb->height;
    win.framebuffer = malloc(win.framebuffer_size + 1);
    win.watch = window_watch(m);
    win.shown = m->cpu_count;
    if (win.framebuffer)
        memset(win.framebuffer, 0, win.framebuffer_size);
    return win.framebuffer && win.watch && window_view_create(&win.view, m->cpu_count) &&
           !pipe2(win.wake, O_NONBLOCK | O_CLOEXEC);
}

bool window_open(struct machine *m, const struct options *o)
{
    static struct window_size size;
    const char *error = NULL;
    if (!o->display.sdl)
        return true;
    size = (struct window_size){ o->display.width, o->display.height, m->cpu_count, m->opt.framebuffer.width,
                                 m->opt.framebuffer.height };
    if (!window_sdl_load(&error))
        return user_error("--display sdl: %s", error);
    if (!create(m))
        return user_error("--display sdl: the host has no memory for the window");
    win.state = OPENING;
    if (!start_thread(&size))
        return user_error("--display sdl: the host gives no thread for the window");
    pthread_mutex_lock(&win.lock);
    while (win.state == OPENING)
        pthread_cond_wait(&win.changed, &win.lock);
    error = win.error;
    pthread_mutex_unlock(&win.lock);
    if (error) {
        pthread_join(win.thread, NULL);
        win.state = CLOSED;
        return user_error("--display sdl: no window can be opened: %s; --display none runs without one", error);
    }
    win.ran_since = host_ns();
    console_attach(second());
    return true;
}

void window_close(struct machine *m)
{
    if (win.state == CLOSED)
        return;
    console_attach(NULL);
    publish(m, false);
    pthread_mutex_lock(&win.lock);
    win.closing = true;
    pthread_mutex_unlock(&win.lock);
    pthread_join(win.thread, NULL);
    win.state = CLOSED;
    window_unwatch(win.watch);
    window_view_free(&win.view);
    free(win.output);
    free(taken);
    free(win.framebuffer);
    close(win.wake[0]);
    close(win.wake[1]);
}

/* ---- For the window's thread ---- */

void window_opened(const char *error)
{
    pthread_mutex_lock(&win.lock);
    win.error = error;
    win.state = error ? FAILED : OPEN;
    pthread_cond_broadcast(&win.changed);
    pthread_mutex_unlock(&win.lock);
}

bool window_take(struct window_news *news)
{
    pthread_mutex_lock(&win.lock);
    uint8_t *bytes = win.output;
    size_t size = win.output_size;
    news->output = bytes, news->n = win.output_count;
    win.output = taken, win.output_size = taken_size, win.output_count = 0;
    taken = bytes, taken_size = size;
    news->viewed = win.viewed;
    if (win.viewed)
        window_view_copy(news->view, &win.view);
    if (win.drawn)
        memcpy(news->framebuffer, win.framebuffer, win.framebuffer_size);
    win.viewed = win.drawn = false;
    bool closing = win.closing;
    pthread_cond_broadcast(&win.changed);
    pthread_mutex_unlock(&win.lock);
    return !closing;
}

static void wake(void)
{
    win.woken = true;
    if (write(win.wake[1], "", 1) < 0)
        return; /* it is full, so the other side will wake anyway */
}

void window_wish(enum ui_wish wish)
{
    pthread_mutex_lock(&win.lock);
    win.pause = wish == UI_STEP || (win.pause != (wish == UI_PAUSE));
    win.steps += wish == UI_STEP;
    win.quit |= wish == UI_QUIT;
    win.traces += wish == UI_TRACE;
    pthread_mutex_unlock(&win.lock);
    wake();
}

void window_type(void *context, const char *bytes, size_t n)
{
    (void)context;
    pthread_mutex_lock(&win.lock);
    for (; n && win.typed_count < MAX_TYPED; n--)
        win.typed[win.typed_count++] = (uint8_t)*bytes++;
    pthread_mutex_unlock(&win.lock);
    wake();
}

void window_showing(unsigned first, unsigned count)
{
    pthread_mutex_lock(&win.lock);
    win.first = first, win.shown = count;
    pthread_mutex_unlock(&win.lock);
}
