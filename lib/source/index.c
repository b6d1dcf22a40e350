/* Reading and writing the index of a patch source: see source/index.h. */

#include <json-c/json.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/pattern.h"
#include "source/index.h"

#define FORMAT 1
#define DEPTH_MAX 8
#define DISTROS_MAX 300 /* of one patchset */
#define CHANGELOG_MAX (64 * 1024)

static const char *const channel_names[] = { "default", "test", "unstable" };

/* Where we are, for the text of an error. */
typedef struct {
    ep_arena_t *arena;
    ep_index_t *index;
    size_t cap;
    ep_product_t product;
    size_t entry;
} reader_t;


static void
put_json(struct json_object **object)
{
    json_object_put(*object);
}


static ep_rc_t
broken(const reader_t *r, const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "source-index",
                      "the patch source's index is broken: %s, entry %zu: %s. "
                      "Tell who runs the source; the last good index stays "
                      "in force",
                      ep_product_info(r->product)->api, r->entry + 1, what);
}


static ep_rc_t
not_an_index(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "source-index",
                      "what the patch source has as " EP_INDEX_FILE
                      " is no index: %s. Check PATCH_SOURCE_URL",
                      what);
}


static ep_str_t
string_of(struct json_object *object)
{
    if (!json_object_is_type(object, json_type_string)) {
        return EP_STR_NULL;
    }
    return (ep_str_t){ json_object_get_string(object),
                       (size_t) json_object_get_string_len(object) };
}


static ep_str_t
member(struct json_object *entry, const char *name)
{
    return string_of(json_object_object_get(entry, name));
}


/* A copy that lives as long as the index; p NULL when out of memory. */
static ep_str_t
keep(const reader_t *r, ep_str_t s)
{
    return (ep_str_t){ ep_arena_strdup(r->arena, s), s.n };
}


/* Nothing that leaves the source's own directory. */
static bool
clean_path(ep_str_t path)
{
    static ep_pattern_t clean = EP_PATTERN("(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*"
                                           "[A-Za-z0-9_-][A-Za-z0-9._-]*");

    return path.n <= EP_UPSTREAM_PATH_MAX
           && ep_pattern_match(&clean, path, NULL, 0);
}


/* "kernel/K20250101_01.tar.bz2": the name of the very patchset. */
static bool
good_path(ep_str_t path, const ep_patchset_name_t *name)
{
    ep_patchset_name_t of_path;
    const char *slash;

    if (!clean_path(path)) {
        return false;
    }
    slash = memrchr(path.p, '/', path.n);
    if (slash != NULL) {
        path.n -= (size_t) (slash + 1 - path.p);
        path.p = slash + 1;
    }
    return ep_patchset_parse_archive(path, &of_path, NULL) == EP_OK
           && of_path.product == name->product && of_path.order == name->order;
}


static ep_rc_t
read_distros(const reader_t *r, struct json_object *list, ep_str_t *out,
             ep_err_t *err)
{
    static ep_pattern_t label = EP_PATTERN("[A-Za-z0-9._+-]{1,40}");
    size_t n = json_object_is_type(list, json_type_array)
                   ? json_object_array_length(list)
                   : 0;
    char *text = ep_arena_alloc(r->arena, n * 41 + 1);
    size_t used = 0;

    if ((list != NULL && !json_object_is_type(list, json_type_array))
        || n > DISTROS_MAX)
    {
        return broken(r, "\"distros\" is no list of labels", err);
    }
    if (text == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        ep_str_t s = string_of(json_object_array_get_idx(list, i));

        if (!ep_pattern_match(&label, s, NULL, 0)) {
            return broken(r, "\"distros\" is no list of labels", err);
        }
        if (used > 0) {
            text[used++] = ',';
        }
        memcpy(text + used, s.p, s.n);
        used += s.n;
    }
    *out = (ep_str_t){ text, used };
    return EP_OK;
}


static ep_rc_t
read_channels(const reader_t *r, struct json_object *list, unsigned *out,
              ep_err_t *err)
{
    unsigned channels = 0;

    if (!json_object_is_type(list, json_type_array)) {
        return broken(r, "\"channels\" is missing", err);
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        unsigned bit =
            ep_channel_bit(string_of(json_object_array_get_idx(list, i)));

        if (bit == 0) {
            return broken(r, "a channel is default, test or unstable", err);
        }
        channels |= bit;
    }
    *out = channels;
    return EP_OK;
}


/* What says which file it is. */
static ep_rc_t
read_file(const reader_t *r, struct json_object *entry, ep_upstream_row_t *row,
          ep_err_t *err)
{
    struct json_object *size = json_object_object_get(entry, "size");
    ep_str_t path = member(entry, "path");
    ep_str_t hash = member(entry, "sha256");

    if (ep_patchset_parse(member(entry, "name"), &row->name, NULL) != EP_OK
        || row->name.product != r->product)
    {
        return broken(r, "\"name\" is no patchset of this product", err);
    }
    if (!good_path(path, &row->name)) {
        return broken(r, "\"path\" is not a clean one to its archive", err);
    }
    row->size = json_object_is_type(size, json_type_int)
                    ? json_object_get_int64(size)
                    : 0;
    if (row->size <= 0 || row->size > INT64_MAX / 4) {
        return broken(r, "\"size\" is no number of bytes", err);
    }
    if (!ep_unhex(hash, row->sha256, sizeof(row->sha256))) {
        return broken(r, "\"sha256\" is not 64 hexadecimal digits", err);
    }
    row->path = keep(r, path);
    return EP_OK;
}


/* Where the metadata is, for cache mode; a source need not have any. */
static ep_rc_t
read_levels(const reader_t *r, struct json_object *levels,
            ep_upstream_row_t *row, ep_err_t *err)
{
    struct json_object *size = json_object_object_get(levels, "size");
    ep_str_t path = member(levels, "path");

    if (levels == NULL) {
        return EP_OK;
    }
    row->levels_size = json_object_is_type(size, json_type_int)
                           ? json_object_get_int64(size)
                           : 0;
    if (!json_object_is_type(levels, json_type_object) || !clean_path(path)
        || row->levels_size <= 0 || row->levels_size > EP_LEVELS_SIZE_MAX
        || !ep_unhex(member(levels, "sha256"), row->levels_sha256,
                     sizeof(row->levels_sha256)))
    {
        return broken(r, "\"levels\" has no good path, size and sha256", err);
    }
    row->levels = keep(r, path);
    return row->levels.p != NULL
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static ep_rc_t
read_entry(const reader_t *r, struct json_object *entry, ep_upstream_row_t *row,
           ep_err_t *err)
{
    struct json_object *released = json_object_object_get(entry, "released");
    ep_str_t changelog = member(entry, "changelog");
    ep_rc_t rc;

    if (!json_object_is_type(entry, json_type_object)) {
        return broken(r, "it is no object", err);
    }
    rc = read_file(r, entry, row, err);
    if (rc == EP_OK) {
        rc = read_distros(r, json_object_object_get(entry, "distros"),
                          &row->distros, err);
    }
    if (rc == EP_OK) {
        rc = read_channels(r, json_object_object_get(entry, "channels"),
                           &row->channels, err);
    }
    if (rc == EP_OK) {
        rc = read_levels(r, json_object_object_get(entry, "levels"), row, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    row->status = ep_upstream_find_status(member(entry, "status"));
    if (row->status == EP_UPSTREAM_NONE || row->status == EP_UPSTREAM_GONE) {
        return broken(r, "\"status\" is available, disabled or blocked", err);
    }
    if (changelog.n > CHANGELOG_MAX || !ep_str_is_text(changelog, true)) {
        return broken(r, "\"changelog\" is no text of at most 64 KiB", err);
    }
    row->released = json_object_is_type(released, json_type_int)
                        ? json_object_get_int64(released)
                        : 0;
    row->changelog = keep(r, changelog);
    row->wanted = true;
    return row->path.p != NULL && row->changelog.p != NULL
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static ep_rc_t
read_product(reader_t *r, struct json_object *list, ep_err_t *err)
{
    size_t n;
    ep_rc_t rc = EP_OK;

    r->entry = 0;
    if (!json_object_is_type(list, json_type_array)) {
        return broken(r, "there is no list of patchsets", err);
    }
    n = json_object_array_length(list);
    if (n > r->cap - r->index->count) {
        return broken(r, "there are too many patchsets", err);
    }
    for (; rc == EP_OK && r->entry < n; r->entry++) {
        rc = read_entry(r, json_object_array_get_idx(list, r->entry),
                        &r->index->rows[r->index->count], err);
        r->index->count += rc == EP_OK;
    }
    return rc;
}


int
ep_index_compare(const void *a, const void *b)
{
    const ep_upstream_row_t *x = a, *y = b;

    if (x->name.product != y->name.product) {
        return x->name.product < y->name.product ? -1 : 1;
    }
    return (x->name.order > y->name.order) - (x->name.order < y->name.order);
}


/* How many entries all lists have together, so that they fit in one array. */
static size_t
count_entries(struct json_object *products)
{
    size_t count = 0;

    json_object_object_foreach(products, key, value)
    {
        if (key != NULL && json_object_is_type(value, json_type_array)) {
            count += json_object_array_length(value);
        }
    }
    return count;
}


static ep_rc_t
read_products(reader_t *r, struct json_object *products, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    r->cap = count_entries(products);
    if (r->cap > EP_INDEX_ENTRIES_MAX) {
        return not_an_index("it has too many patchsets", err);
    }
    r->index->rows =
        ep_arena_alloc(r->arena, (r->cap + 1) * sizeof(*r->index->rows));
    if (r->index->rows == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_ESU; p++) {
        struct json_object *list = NULL;

        r->product = (ep_product_t) p;
        if (json_object_object_get_ex(products,
                                      ep_product_info(r->product)->api, &list))
        {
            rc = read_product(r, list, err);
        }
    }
    if (rc != EP_OK) {
        return rc;
    }
    qsort(r->index->rows, r->index->count, sizeof(*r->index->rows),
          ep_index_compare);
    for (size_t i = 1; i < r->index->count; i++) {
        if (ep_index_compare(&r->index->rows[i - 1], &r->index->rows[i]) == 0) {
            return not_an_index("two patchsets of a product share date and "
                                "number",
                                err);
        }
    }
    return EP_OK;
}


ep_rc_t
ep_index_parse(ep_str_t text, ep_arena_t *arena, ep_index_t *out, ep_err_t *err)
{
    EP_CLEANUP(put_json) struct json_object *root = NULL;
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    ep_index_t index = { 0 };
    reader_t r = { .arena = arena, .index = &index };
    struct json_object *products;
    size_t end;
    ep_rc_t rc;

    if (tokener == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT
                                        | JSON_TOKENER_VALIDATE_UTF8
                                        | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    if (text.n > 0 && text.n <= EP_INDEX_SIZE_MAX) {
        root = json_tokener_parse_ex(tokener, text.p, (int) text.n);
    }
    end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (!json_object_is_type(root, json_type_object)
        || ep_str_trim((ep_str_t){ text.p + end, text.n - end }).n > 0)
    {
        return not_an_index("it is not a JSON object", err);
    }
    if (json_object_get_int64(json_object_object_get(root, "format")) != FORMAT)
    {
        return not_an_index("its \"format\" is not 1", err);
    }
    products = json_object_object_get(root, "products");
    if (!json_object_is_type(products, json_type_object)) {
        return not_an_index("it has no \"products\"", err);
    }
    rc = read_products(&r, products, err);
    if (rc == EP_OK) {
        *out = index;
    }
    return rc;
}


static ep_rc_t
write_list(ep_buf_t *out, ep_str_t list)
{
    ep_rc_t rc = ep_buf_addf(out, "[");
    ep_str_t item;

    for (bool first = true; rc == EP_OK && list.n > 0; first = false) {
        ep_str_cut(list, ',', &item, &list);
        rc =
            ep_buf_addf(out, "%s\"%.*s\"", first ? "" : ", ", EP_STR_ARG(item));
    }
    return rc == EP_OK ? ep_buf_addf(out, "]") : rc;
}


static ep_rc_t
write_levels(ep_buf_t *out, const ep_upstream_row_t *row)
{
    char hash[2 * EP_SHA256_SIZE + 1];

    if (row->levels.n == 0) {
        return EP_OK;
    }
    ep_hex(row->levels_sha256, sizeof(row->levels_sha256), hash);
    return ep_buf_addf(out,
                       ",\n        \"levels\": {\n"
                       "          \"path\": \"%.*s\",\n"
                       "          \"size\": %lld,\n"
                       "          \"sha256\": \"%s\"\n        }",
                       EP_STR_ARG(row->levels), (long long) row->levels_size,
                       hash);
}


static ep_rc_t
write_entry(ep_buf_t *out, const ep_upstream_row_t *row)
{
    char hash[2 * EP_SHA256_SIZE + 1];
    bool first = true;
    ep_rc_t rc;

    ep_hex(row->sha256, sizeof(row->sha256), hash);
    rc = ep_buf_addf(out,
                     "{\n        \"name\": \"%s\",\n"
                     "        \"released\": %lld,\n        \"distros\": ",
                     row->name.name, (long long) row->released);
    if (rc == EP_OK) {
        rc = write_list(out, row->distros);
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(out, ",\n        \"channels\": [");
    }
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(channel_names); i++) {
        if (row->channels & (1u << i)) {
            rc = ep_buf_addf(out, "%s\"%s\"", first ? "" : ", ",
                             channel_names[i]);
            first = false;
        }
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(out,
                         "],\n        \"status\": \"%s\",\n"
                         "        \"path\": \"%.*s\",\n"
                         "        \"size\": %lld,\n"
                         "        \"sha256\": \"%s\",\n"
                         "        \"changelog\": ",
                         ep_upstream_names[row->status], EP_STR_ARG(row->path),
                         (long long) row->size, hash);
    }
    if (rc == EP_OK) {
        rc = ep_json_add_string(out, row->changelog);
    }
    if (rc == EP_OK) {
        rc = write_levels(out, row);
    }
    return rc == EP_OK ? ep_buf_addf(out, "\n      }") : rc;
}


ep_rc_t
ep_index_write(const ep_index_t *index, ep_buf_t *out, ep_err_t *err)
{
    ep_rc_t rc =
        ep_buf_addf(out, "{\n  \"format\": %d,\n  \"products\": {", FORMAT);

    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_ESU; p++) {
        const char *comma = "";

        rc = ep_buf_addf(out, "%s\n    \"%s\": [", p > 0 ? "," : "",
                         ep_product_info((ep_product_t) p)->api);
        for (size_t i = 0; rc == EP_OK && i < index->count; i++) {
            if (index->rows[i].name.product == (ep_product_t) p) {
                rc = ep_buf_addf(out, "%s\n      ", comma);
                comma = ",";
                rc = rc == EP_OK ? write_entry(out, &index->rows[i]) : rc;
            }
        }
        rc = rc == EP_OK ? ep_buf_addf(out, "]") : rc;
    }
    rc = rc == EP_OK ? ep_buf_addf(out, "\n  }\n}\n") : rc;
    return rc == EP_OK ? rc
                       : ep_err_set(err, rc, "source-index",
                                    "the index would be larger than %d MiB",
                                    EP_INDEX_SIZE_MAX >> 20);
}


static bool
has_distro(ep_str_t list, const char *const *distros, size_t count)
{
    ep_str_t item;

    while (list.n > 0) {
        ep_str_cut(list, ',', &item, &list);
        for (size_t i = 0; i < count; i++) {
            if (ep_str_eq(item, ep_str(distros[i]))) {
                return true;
            }
        }
    }
    return false;
}


void
ep_index_filter(ep_index_t *index, const char *const *distros,
                size_t distro_count, int64_t limit)
{
    int64_t taken[EP_PRODUCT_COUNT] = { 0 };

    for (size_t i = index->count; i > 0; i--) {
        ep_upstream_row_t *row = &index->rows[i - 1];

        if (row->name.product == EP_PRODUCT_KERNEL && distro_count > 0
            && row->distros.n > 0
            && !has_distro(row->distros, distros, distro_count))
        {
            row->wanted = false;
            continue;
        }
        taken[row->name.product] += row->status == EP_UPSTREAM_AVAILABLE;
        row->wanted = limit <= 0 || taken[row->name.product] <= limit;
    }
}
