/*
 * Fuzz target: the index of a patch source. What is read can be written, and
 * is read again as the same.
 */

#include <stdlib.h>

#include "source/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_row(const ep_upstream_row_t *row)
{
    if (row->size <= 0 || row->path.n == 0 || row->path.p[0] == '/'
        || row->path.n > EP_UPSTREAM_PATH_MAX
        || memmem(row->path.p, row->path.n, "..", 2) == row->path.p
        || memmem(row->path.p, row->path.n, "/.", 2) != NULL
        || row->channels > 7 || row->status == EP_UPSTREAM_NONE
        || row->status == EP_UPSTREAM_GONE
        || row->name.product >= EP_PRODUCT_ESU)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const distros[] = { "debian12" };
    ep_arena_t *arena = ep_arena_new();
    ep_index_t index = { .count = 12345 }, again;
    ep_err_t err = { 0 };
    ep_buf_t text;

    if (ep_index_parse((ep_str_t){ (const char *) data, size }, arena, &index,
                       &err)
        != EP_OK)
    {
        if (index.count != 12345 || err.rc == EP_OK || err.msg[0] == '\0') {
            abort();
        }
        ep_arena_free(arena);
        return 0;
    }
    for (size_t i = 0; i < index.count; i++) {
        check_row(&index.rows[i]);
    }
    ep_buf_init(&text, EP_INDEX_SIZE_MAX);
    if (ep_index_write(&index, &text, &err) != EP_OK
        || ep_index_parse(ep_buf_str(&text), arena, &again, &err) != EP_OK
        || again.count != index.count)
    {
        abort();
    }
    for (size_t i = 0; i < index.count; i++) {
        if (!ep_str_eq(index.rows[i].path, again.rows[i].path)
            || !ep_str_eq(index.rows[i].distros, again.rows[i].distros)
            || index.rows[i].released != again.rows[i].released)
        {
            abort();
        }
    }
    ep_index_filter(&index, distros, 1, 2);
    ep_buf_free(&text);
    ep_arena_free(arena);
    return 0;
}
