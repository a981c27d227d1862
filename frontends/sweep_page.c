/* The report of a sweep: one HTML file that needs nothing else. The page is sweep_page.html; what it shows is put into
 * it as JSON, and its script builds everything from that, as text and never as HTML: consoles print anything. */
#include "frontends/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__asm__(".pushsection .rodata, \"a\"\n"
        "sweep_page_html:\n"
        "    .incbin \"frontends/sweep_page.html\"\n"
        "    .byte 0\n"
        ".popsection\n");
extern const char sweep_page_html[] __attribute__((visibility("hidden")));

/* Where the data goes, between two tags of a script element. */
static const char mark[] = "@DATA@";

/* JSON that may stand in a script element: no < begins an end tag or a comment. */
static void put_json(FILE *f, const json_t *data)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    if (!text)
        abort();
    for (const char *c = text; *c; c++)
        *c == '<' ? (void)fputs("\\u003c", f) : (void)putc(*c, f);
    free(text);
}

/* The record with links, relative to the page, to those of its files that are there. */
static json_t *with_links(const char *dir, const json_t *record)
{
    static const struct {
        const char *name, *suffix;
    } kinds[] = { { "console", ".log" }, { "said", ".txt" } };
    json_t *r = json_copy((json_t *)record), *files = json_object();
    const char *id = json_string_value(json_object_get(record, "job"));
    for (unsigned k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        char *path = sweep_path(dir, "logs", id, kinds[k].suffix);
        if (!access(path, R_OK))
            json_object_set_new(files, kinds[k].name, json_string(path + strlen(dir) + 1));
        free(path);
    }
    json_object_set_new(r, "files", files);
    return r;
}

static int compare_records(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    return strcmp(json_string_value(json_object_get(x, "job")), json_string_value(json_object_get(y, "job")));
}

/* In one order, whichever job ended first: the same results give the same page. */
static json_t *page_data(const char *dir, const json_t *records)
{
    size_t n = json_array_size(records);
    json_t **sorted = calloc(n + 1, sizeof *sorted), *list = json_array();
    if (!sorted)
        abort();
    for (size_t i = 0; i < n; i++)
        sorted[i] = json_array_get(records, i);
    qsort(sorted, n, sizeof *sorted, compare_records);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, with_links(dir, sorted[i]));
    free(sorted);
    return json_pack("{s:s, s:o}", "svemu", SVEMU_VERSION, "records", list);
}

bool sweep_page_write(const char *dir, const json_t *records)
{
    char *path = sweep_path(dir, "", "report.html", ""), *new = sweep_path(dir, "", "report.html", ".new");
    const char *at = strstr(sweep_page_html, mark);
    FILE *f = fopen(new, "w");
    bool ok = f;
    if (ok) {
        json_t *data = page_data(dir, records);
        fwrite(sweep_page_html, 1, (size_t)(at - sweep_page_html), f);
        put_json(f, data);
        fputs(at + strlen(mark), f);
        json_decref(data);
        ok = !ferror(f);
        ok = fclose(f) == 0 && ok && rename(new, path) == 0;
    }
    if (!ok)
        user_error("%s cannot be written: %s", path, strerror(errno));
    free(path);
    free(new);
    return ok;
}

int lab_sweep_report(int argc, char **argv)
{
    bool asked = argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    size_t lines;
    if (asked) {
        printf("usage: svemu lab report DIR\n  writes DIR/report.html from DIR/results.jsonl and DIR/jobs/*.json\n");
        return 0;
    }
    json_t *records = NULL;
    bool ok = (argc == 2 && *argv[1] != '-') ||
              user_error("lab report: expected one folder of a sweep (svemu lab report DIR)");
    ok = ok && (records = sweep_results_read(argv[1], &lines)) &&
         (json_array_size(records) || user_error("%s: there are no results of a sweep in it", argv[1])) &&
         sweep_page_write(argv[1], records);
    if (ok)
        printf("%s/report.html: %zu jobs\n", argv[1], json_array_size(records));
    else
        fprintf(stderr, "svemu: %s\n", user_error_text);
    json_decref(records);
    return ok ? 0 : EXIT_USER;
}
