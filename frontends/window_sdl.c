/* The window itself, in a thread of its own, by SDL2. Its library is loaded when a window is asked for, so that svemu
 * starts on machines without it; where its headers were not there to build with, there is no window. */
#include "frontends/window.h"

#if __has_include(<SDL.h>)
#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <dlfcn.h>
#include <stdlib.h>

/* ---- The library ---- */

/* clang-format off */
#define SDL_FUNCTIONS(F) \
    F(Init) F(Quit) F(GetError) F(SetHint) F(CreateWindow) F(DestroyWindow) F(GetWindowSurface) \
    F(UpdateWindowSurfaceRects) F(CreateRGBSurfaceWithFormatFrom) F(FreeSurface) F(UpperBlit) \
    F(WaitEventTimeout) F(GetTicks64) F(SetClipboardText) F(GetClipboardText) F(free) \
    F(StartTextInput) F(GetModState) F(GetMouseState) F(SetWindowMinimumSize)
/* clang-format on */

#define F(NAME) static __typeof__(SDL_##NAME) *sdl_##NAME;
SDL_FUNCTIONS(F)
#undef F

bool window_sdl_load(const char **error)
{
    void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        *error = "SDL2 is not installed (libSDL2-2.0.so.0 cannot be loaded); Debian's package libsdl2-2.0-0 has it";
        return false;
    }
#define F(NAME)                                                                                \
    if (!(sdl_##NAME = (__typeof__(sdl_##NAME))dlsym(library, "SDL_" #NAME))) {                \
        *error = "the SDL2 of this machine is too old: it lacks SDL_" #NAME "; 2.0.18 has it"; \
        return false;                                                                          \
    }
    SDL_FUNCTIONS(F)
#undef F
    return true;
}

/* ---- The thread's state ---- */

enum { FRAME_MS = 33 };

struct window {
    SDL_Window *window;
    SDL_Surface *pixels; /* the grid's */
    const uint32_t *of;  /* which pixels those are */
    struct ui *ui;
    struct window_view view;
    uint32_t *framebuffer;
    unsigned fb_width, fb_height;
    bool selecting, all; /* all: the whole window is to be drawn */
    SDL_Rect *changed;
    int changes, room;
};

/* Which of SDL's drivers may be tried: by itself it would in the end take one that shows nothing. NULL: there is no
 * display. */
static const char *drivers(void)
{
    const char *own = getenv("SDL_VIDEODRIVER"), *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    if (own && *own)
        return own;
    if (x11 && *x11)
        return "x11";
    return wayland && *wayland ? "wayland" : NULL;
}

/* NULL, or why not. */
static const char *open_window(struct window *w, const struct window_size *size)
{
    const char *driver = drivers();
    if (!driver)
        return "neither DISPLAY nor WAYLAND_DISPLAY is set";
    /* Plain blits: a window of text gains nothing by the host's GPU, and loses where that is emulated. */
    sdl_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    sdl_SetHint(SDL_HINT_VIDEODRIVER, driver);
    sdl_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    sdl_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (sdl_Init(SDL_INIT_VIDEO))
        return sdl_GetError();
    w->window = sdl_CreateWindow("svemu", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, (int)size->width,
                                 (int)size->height, SDL_WINDOW_RESIZABLE);
    if (!w->window)
        return sdl_GetError();
    sdl_SetWindowMinimumSize(w->window, 640, 480);
    sdl_StartTextInput();
    return NULL;
}

static bool create(struct window *w, const struct window_size *size)
{
    w->ui = ui_create(size->width / FONT_WIDTH, size->height / FONT_HEIGHT, size->cpus, window_type, NULL);
    w->framebuffer = calloc((size_t)size->fb_width * size->fb_height + 1, sizeof *w->framebuffer);
    if (!w->ui || !w->framebuffer || !window_view_create(&w->view, size->cpus))
        return false;
    if (size->fb_width)
        ui_framebuffer(w->ui, w->framebuffer, size->fb_width, size->fb_height);
    return true;
}

static void destroy(struct window *w)
{
    if (w->pixels)
        sdl_FreeSurface(w->pixels);
    if (w->window)
        sdl_DestroyWindow(w->window);
    sdl_Quit();
    ui_free(w->ui);
    window_view_free(&w->view);
    free(w->framebuffer);
    free(w->changed);
    font_close();
}

/* ---- Drawing ---- */

static void changed(void *context, int x, int y, int width, int height)
{
    struct window *w = context;
    if (w->changes == w->room) {
        int room = w->room ? 2 * w->room : 64;
        SDL_Rect *more = realloc(w->changed, (size_t)room * sizeof *more);
        if (!more)
            return;
        w->changed = more, w->room = room;
    }
    w->changed[w->changes++] = (SDL_Rect){ x, y, width, height };
}

static void draw(struct window *w)
{
    struct grid *g = ui_grid(w->ui);
    SDL_Surface *surface = sdl_GetWindowSurface(w->window);
    unsigned first, shown;
    w->changes = 0;
    ui_draw(w->ui);
    grid_draw(g, changed, w);
    ui_shown(w->ui, &first, &shown);
    window_showing(first, shown);
    if (!surface)
        return;
    if (w->of != g->pixel) {
        int width = (int)(g->cols * FONT_WIDTH), height = (int)(g->rows * FONT_HEIGHT);
        if (w->pixels)
            sdl_FreeSurface(w->pixels);
        w->pixels = sdl_CreateRGBSurfaceWithFormatFrom(g->pixel, width, height, 32, 4 * width, SDL_PIXELFORMAT_RGB888);
        w->of = g->pixel;
        w->all = true;
    }
    if (w->all) {
        w->changes = 0;
        changed(w, 0, 0, surface->w, surface->h);
        w->all = false;
    }
    for (int i = 0; w->pixels && i < w->changes; i++) {
        SDL_Rect to = w->changed[i];
        sdl_UpperBlit(w->pixels, &w->changed[i], surface, &to);
    }
    if (w->changes)
        sdl_UpdateWindowSurfaceRects(w->window, w->changed, w->changes);
}

/* ---- The user ---- */

static unsigned modifiers(unsigned mod)
{
    return (mod & KMOD_SHIFT ? TERMINAL_SHIFT : 0) | (mod & KMOD_LALT ? TERMINAL_ALT : 0) |
           (mod & KMOD_CTRL ? TERMINAL_CTRL : 0);
}

/* Keys without a character, those of the guest's. */
static int guest_key(SDL_Keycode key)
{
    static const struct {
        SDL_Keycode sdl;
        enum terminal_key key;
    } keys[] = {
        { SDLK_RETURN, TERMINAL_ENTER },
        { SDLK_KP_ENTER, TERMINAL_ENTER },
        { SDLK_TAB, TERMINAL_TAB },
        { SDLK_BACKSPACE, TERMINAL_BACKSPACE },
        { SDLK_ESCAPE, TERMINAL_ESCAPE },
        { SDLK_UP, TERMINAL_UP },
        { SDLK_DOWN, TERMINAL_DOWN },
        { SDLK_LEFT, TERMINAL_LEFT },
        { SDLK_RIGHT, TERMINAL_RIGHT },
        { SDLK_INSERT, TERMINAL_INSERT },
        { SDLK_DELETE, TERMINAL_DELETE },
        { SDLK_HOME, TERMINAL_HOME },
        { SDLK_END, TERMINAL_END },
        { SDLK_PAGEUP, TERMINAL_PAGE_UP },
        { SDLK_PAGEDOWN, TERMINAL_PAGE_DOWN },
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].sdl == key)
            return (int)keys[i].key;
    return -1;
}

static void copy(struct window *w)
{
    char *text = ui_selection(w->ui);
    if (text && *text && !sdl_SetClipboardText(text))
        ui_say(w->ui, "copied to the clipboard");
    free(text);
}

static void paste(struct window *w)
{
    char *text = sdl_GetClipboardText();
    if (text)
        terminal_paste(ui_terminal(w->ui), text);
    sdl_free(text);
    ui_typed(w->ui);
}

/* true: it was a key of the window's own. */
static bool window_key(struct window *w, SDL_Keycode key, unsigned mod)
{
    static const unsigned own[] = { 5, 6, 7, 8, 9, 12 };
    unsigned function = key >= SDLK_F1 && key <= SDLK_F12 ? (unsigned)(key - SDLK_F1) + 1 : 0;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (function == own[i] && !(mod & KMOD_CTRL))
            return window_wish(ui_function_key(w->ui, function)), true;
    if (mod & KMOD_SHIFT && mod & KMOD_CTRL && (key == SDLK_v || key == SDLK_c))
        return key == SDLK_v ? paste(w) : copy(w), true;
    if (mod & KMOD_SHIFT && (key == SDLK_PAGEUP || key == SDLK_PAGEDOWN))
        return ui_scroll_page(w->ui, key == SDLK_PAGEUP ? 1 : -1), true;
    return false;
}

static void key_down(struct window *w, SDL_Keycode key, unsigned mod)
{
    struct terminal *t = ui_terminal(w->ui);
    int special = guest_key(key);
    if (window_key(w, key, mod))
        return;
    if (key >= SDLK_F1 && key <= SDLK_F12)
        terminal_key(t, TERMINAL_F1 + (unsigned)(key - SDLK_F1), modifiers(mod) & ~(unsigned)TERMINAL_CTRL);
    else if (special >= 0)
        terminal_key(t, (unsigned)special, modifiers(mod));
    else if (mod & KMOD_CTRL && key >= ' ' && key < 0x7f) /* the others come as text */
        terminal_character(t, (uint32_t)key, modifiers(mod) & ~(unsigned)TERMINAL_SHIFT);
    else
        return;
    ui_typed(w->ui);
}

static void text_typed(struct window *w, const char *text, unsigned mod)
{
    const uint8_t *p = (const uint8_t *)text;
    while (*p) {
        unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
        uint32_t c = more ? *p & (0x3fu >> more) : *p;
        for (p++; more && *p >> 6 == 2; more--)
            c = c << 6 | (*p++ & 0x3f);
        terminal_character(ui_terminal(w->ui), c, modifiers(mod) & TERMINAL_ALT);
    }
    ui_typed(w->ui);
}

static void mouse(struct window *w, const SDL_Event *e)
{
    if (e->type == SDL_MOUSEMOTION) {
        if (w->selecting)
            ui_mouse(w->ui, e->motion.x, e->motion.y, false);
    } else if (e->type == SDL_MOUSEWHEEL) {
        int x, y;
        sdl_GetMouseState(&x, &y);
        ui_wheel(w->ui, x, y, e->wheel.y);
    } else if (e->button.button == SDL_BUTTON_LEFT) {
        w->selecting = e->type == SDL_MOUSEBUTTONDOWN;
        ui_mouse(w->ui, e->button.x, e->button.y, w->selecting);
        if (!w->selecting)
            copy(w);
    } else if (e->button.button == SDL_BUTTON_MIDDLE && e->type == SDL_MOUSEBUTTONDOWN) {
        paste(w);
    }
}

static void window_event(struct window *w, const SDL_WindowEvent *e)
{
    if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        ui_resize(w->ui, (unsigned)e->data1 / FONT_WIDTH, (unsigned)e->data2 / FONT_HEIGHT);
        w->all = true;
    } else if (e->event == SDL_WINDOWEVENT_EXPOSED) {
        w->all = true;
    }
}

static void event(struct window *w, const SDL_Event *e)
{
    switch (e->type) {
    case SDL_QUIT: window_wish(UI_QUIT); break;
    case SDL_KEYDOWN: key_down(w, e->key.keysym.sym, e->key.keysym.mod); break;
    case SDL_TEXTINPUT: text_typed(w, e->text.text, sdl_GetModState()); break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEMOTION:
    case SDL_MOUSEWHEEL: mouse(w, e); break;
    case SDL_WINDOWEVENT: window_event(w, &e->window); break;
    }
}

/* ---- The thread ---- */

static bool take_news(struct window *w)
{
    struct window_news news = { .view = &w->view, .framebuffer = w->framebuffer };
    bool open = window_take(&news);
    if (news.n)
        terminal_write(ui_terminal(w->ui), news.output, news.n);
    if (news.viewed)
        ui_view(w->ui, &w->view);
    return open;
}

void *window_sdl_thread(void *argument)
{
    struct window w = { 0 };
    const struct window_size *size = argument;
    SDL_Event e;
    bool ok = font_open() && create(&w, size);
    const char *error = ok ? open_window(&w, size) : "the host has no memory for it";
    static char reason[160]; /* SDL's own text goes with it */
    const char *display = getenv("DISPLAY");
    if (error)
        snprintf(reason, sizeof reason, "%s%s%.60s", error, display ? ", and DISPLAY is " : "", display ? display : "");
    window_opened(error ? reason : NULL);
    while (!error && take_news(&w)) {
        draw(&w);
        Uint64 end = sdl_GetTicks64() + FRAME_MS, now;
        while ((now = sdl_GetTicks64()) < end)
            if (sdl_WaitEventTimeout(&e, (int)(end - now)))
                event(&w, &e);
    }
    destroy(&w);
    return NULL;
}

#else

bool window_sdl_load(const char **error)
{
    *error = "this svemu was built without SDL2's headers and has no window";
    return false;
}

void *window_sdl_thread(void *size) { return size; }

#endif
