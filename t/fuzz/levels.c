/*
 * Fuzz target: a line of a patchset's metadata. What is read holds no path
 * that leaves its level, can be written, and is read again as the same.
 */

#include <stdlib.h>

#include "patchset/import.h"
#include "patchset/levels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_line(const ep_level_line_t *line)
{
    if (line->level < 0 || line->level > EP_LEVEL_MAX) {
        abort();
    }
    for (size_t i = 0; i < line->n_files; i++) {
        ep_str_t path = line->files[i].path;

        if (line->files[i].size < 0 || path.n == 0 || path.p[0] == '/'
            || path.p[0] == '.' || path.n > EP_LEVEL_PATH_MAX
            || memmem(path.p, path.n, "/.", 2) != NULL
            || memmem(path.p, path.n, "//", 2) != NULL
            || memchr(path.p, '\0', path.n) != NULL)
        {
            abort();
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_arena_t *arena = ep_arena_new();
    ep_level_line_t line = { .level = 12345 }, again;
    ep_err_t err = { 0 };
    ep_buf_t text;

    if (ep_level_line_parse((ep_str_t){ (const char *) data, size }, arena,
                            &line, &err)
        != EP_OK)
    {
        if (line.level != 12345 || err.rc == EP_OK || err.msg[0] == '\0') {
            abort();
        }
        ep_arena_free(arena);
        return 0;
    }
    check_line(&line);
    ep_buf_init(&text, 2 * EP_LEVEL_LINE_MAX);
    if (ep_level_line_write(&text, &line) != EP_OK
        || ep_level_line_parse(ep_buf_str(&text), arena, &again, &err) != EP_OK
        || ep_level_line_order(&line, &again) != 0
        || line.n_files != again.n_files || line.n_cves != again.n_cves)
    {
        abort();
    }
    for (size_t i = 0; i < line.n_files; i++) {
        if (!ep_str_eq(line.files[i].path, again.files[i].path)) {
            abort();
        }
    }
    ep_buf_free(&text);
    ep_arena_free(arena);
    return 0;
}
