// Standard output and input as the far end of the guest's serial line. Threads of their own keep vCPUs out of system
// calls for every byte. On a terminal, Ctrl-] ends the program (Ctrl-A is the emulator's own escape).
#include "vmm.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define QUIT_KEY 0x1d

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, drained = PTHREAD_COND_INITIALIZER;
static uint8_t pending[4096];
static size_t pending_size;
static bool writing;
static struct termios saved_terminal;

static void write_all(const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t written = write(STDOUT_FILENO, data, size);

        if (written <= 0)
            return; // nobody is left to read it
        data += written;
        size -= (size_t)written;
    }
}

static void *write_output(void *unused)
{
    static uint8_t batch[sizeof(pending)];

    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        size_t size = pending_size;

        if (!size) {
            pthread_cond_broadcast(&drained);
            pthread_cond_wait(&filled, &lock);
            continue;
        }
        for (size_t i = 0; i < size; i++)
            batch[i] = pending[i];
        pending_size = 0;
        writing = true;
        pthread_cond_broadcast(&drained);
        pthread_mutex_unlock(&lock);
        write_all(batch, size);
        pthread_mutex_lock(&lock);
        writing = false;
    }
    return NULL;
}

void console_put(uint8_t byte)
{
    pthread_mutex_lock(&lock);
    while (pending_size == sizeof(pending))
        pthread_cond_wait(&drained, &lock);
    pending[pending_size++] = byte;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
}

void console_flush(void)
{
    pthread_mutex_lock(&lock);
    while (pending_size || writing)
        pthread_cond_wait(&drained, &lock);
    pthread_mutex_unlock(&lock);
}

static void restore_terminal(void) { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_terminal); }

static void *read_input(void *uart)
{
    bool terminal = isatty(STDIN_FILENO);
    uint8_t byte;

    while (read(STDIN_FILENO, &byte, 1) == 1) {
        if (terminal && byte == QUIT_KEY)
            die("ended from the keyboard");
        pl011_receive(uart, byte);
    }
    return NULL;
}

// Keys go to the guest unchanged; a program in the background must leave its terminal alone.
static void set_raw_terminal(void)
{
    struct termios raw;

    if (tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &saved_terminal))
        return;
    raw = saved_terminal;
    cfmakeraw(&raw);
    raw.c_oflag = saved_terminal.c_oflag;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    atexit(restore_terminal);
}

static void start_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, body, argument))
        die("cannot start a thread");
    pthread_detach(thread);
}

void console_start(struct pl011 *uart)
{
    set_raw_terminal();
    start_thread(write_output, NULL);
    start_thread(read_input, uart);
}
