/* The metadata of a patchset: see patchset/levels.h. */

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/pattern.h"
#include "patchset/import.h"
#include "patchset/levels.h"

#define FORMAT 1
#define DEPTH_MAX 6
#define WORD_MAX 128


static void
put_json(struct json_object **object)
{
    json_object_put(*object);
}


static ep_rc_t
broken(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "bad-metadata", "%s", what);
}


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
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
member(struct json_object *object, const char *name)
{
    return string_of(json_object_object_get(object, name));
}


static ep_rc_t
parse_object(ep_str_t line, struct json_object **out, ep_err_t *err)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *object = NULL;
    size_t end = 0;

    if (tokener == NULL) {
        return no_memory(err);
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT
                                        | JSON_TOKENER_VALIDATE_UTF8
                                        | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    if (line.n > 0 && line.n <= EP_LEVEL_LINE_MAX) {
        object = json_tokener_parse_ex(tokener, line.p, (int) line.n);
        end = json_tokener_get_parse_end(tokener);
    }
    json_tokener_free(tokener);
    if (!json_object_is_type(object, json_type_object)
        || ep_str_trim((ep_str_t){ line.p + end, line.n - end }).n > 0)
    {
        json_object_put(object);
        return broken("a line is no JSON object", err);
    }
    *out = object;
    return EP_OK;
}


static bool
part_good(ep_str_t part)
{
    if (part.n == 0 || part.n > 255 || part.p[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] < 0x20 || part.p[i] > 0x7e || part.p[i] == '\\') {
            return false;
        }
    }
    return true;
}


bool
ep_level_path_good(ep_str_t path)
{
    ep_str_t rest = path, part;
    bool more = path.n > 0 && path.n <= EP_LEVEL_PATH_MAX;

    for (int depth = 0; more; depth++) {
        more = ep_str_cut(rest, '/', &part, &rest);
        if (!part_good(part) || depth == EP_LEVEL_DEPTH_MAX) {
            return false;
        }
    }
    return path.n > 0 && path.n <= EP_LEVEL_PATH_MAX;
}


/* "3/x" outside of the levels would be taken for a level. */
static bool
begins_with_number(ep_str_t path)
{
    size_t i = 0;

    while (i < path.n && path.p[i] >= '0' && path.p[i] <= '9') {
        i++;
    }
    return i > 0 && (i == path.n || path.p[i] == '/');
}


static ep_rc_t
read_file(struct json_object *entry, int64_t level, ep_arena_t *arena,
          ep_remote_file_t *out, ep_err_t *err)
{
    struct json_object *size = json_object_object_get(entry, "size");
    ep_str_t path = member(entry, "name");

    if (!ep_level_path_good(path) || (level == 0 && begins_with_number(path))) {
        return broken("the \"name\" of a file is no clean path", err);
    }
    if (!json_object_is_type(size, json_type_int)
        || json_object_get_int64(size) < 0
        || json_object_get_int64(size) > INT64_MAX / 4)
    {
        return broken("the \"size\" of a file is no number of bytes", err);
    }
    if (!ep_unhex(member(entry, "sha256"), out->sha256, EP_SHA256_SIZE)) {
        return broken("the \"sha256\" of a file is not 64 hexadecimal digits",
                      err);
    }
    out->size = json_object_get_int64(size);
    out->path = (ep_str_t){ ep_arena_strdup(arena, path), path.n };
    return out->path.p != NULL ? EP_OK : no_memory(err);
}


static ep_rc_t
read_files(struct json_object *list, ep_arena_t *arena, ep_level_line_t *line,
           ep_err_t *err)
{
    ep_remote_file_t *files;
    size_t n;
    ep_rc_t rc = EP_OK;

    if (!json_object_is_type(list, json_type_array)) {
        return broken("a level has no \"files\"", err);
    }
    n = json_object_array_length(list);
    files = ep_arena_alloc(arena, (n + 1) * sizeof(*files));
    if (files == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; rc == EP_OK && i < n; i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);

        rc = json_object_is_type(entry, json_type_object)
                 ? read_file(entry, line->level, arena, &files[i], err)
                 : broken("a file is no JSON object", err);
    }
    line->files = files;
    line->n_files = n;
    return rc;
}


static ep_rc_t
read_cves(struct json_object *list, ep_arena_t *arena, ep_level_line_t *line,
          ep_err_t *err)
{
    static ep_pattern_t cve = EP_PATTERN("CVE-[0-9]{4}-[0-9]{4,15}");
    ep_str_t *cves;
    size_t n;

    if (list == NULL) {
        return EP_OK;
    }
    n = json_object_is_type(list, json_type_array)
            ? json_object_array_length(list)
            : 0;
    cves = ep_arena_alloc(arena, (n + 1) * sizeof(*cves));
    if (cves == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        ep_str_t name = string_of(json_object_array_get_idx(list, i));

        if (!ep_pattern_match(&cve, name, NULL, 0)) {
            return broken("\"cves\" holds what is no CVE", err);
        }
        cves[i] = (ep_str_t){ ep_arena_strdup(arena, name), name.n };
        if (cves[i].p == NULL) {
            return no_memory(err);
        }
    }
    line->cves = cves;
    line->n_cves = n;
    return json_object_is_type(list, json_type_array)
               ? EP_OK
               : broken("\"cves\" is no list", err);
}


/* A short word, as kpatch.info has it, or nothing. */
static ep_rc_t
read_word(struct json_object *object, const char *name, ep_arena_t *arena,
          ep_str_t *out, ep_err_t *err)
{
    static ep_pattern_t word = EP_PATTERN("[!-+\\--~]{0,128}");
    ep_str_t s = member(object, name);

    if (s.n > WORD_MAX || !ep_pattern_match(&word, s, NULL, 0)) {
        return broken("\"distro\" or \"uname\" is no word", err);
    }
    *out = (ep_str_t){ ep_arena_strdup(arena, s), s.n };
    return out->p != NULL ? EP_OK : no_memory(err);
}


static ep_rc_t
read_level(struct json_object *object, ep_level_line_t *out, ep_err_t *err)
{
    struct json_object *level = json_object_object_get(object, "level");
    ep_str_t hex = member(object, "object");
    char lower[EP_OBJECT_HEX + 1];

    if (!ep_unhex(hex, out->object, EP_OBJECT_SIZE)) {
        return broken("an \"object\" is not 40 hexadecimal digits", err);
    }
    ep_hex(out->object, EP_OBJECT_SIZE, lower);
    if (!ep_str_eq(hex, ep_str(lower))) {
        return broken("an \"object\" is in upper case", err);
    }
    if (!json_object_is_type(level, json_type_int)
        || json_object_get_int64(level) < 0
        || json_object_get_int64(level) > EP_LEVEL_MAX)
    {
        return broken("a \"level\" is no number from 0 to 2147483647", err);
    }
    out->level = json_object_get_int64(level);
    return EP_OK;
}


ep_rc_t
ep_level_line_parse(ep_str_t text, ep_arena_t *arena, ep_level_line_t *out,
                    ep_err_t *err)
{
    EP_CLEANUP(put_json) struct json_object *object = NULL;
    ep_level_line_t line = { .level = 0 };
    ep_rc_t rc = parse_object(text, &object, err);

    if (rc == EP_OK) {
        rc = read_level(object, &line, err);
    }
    if (rc == EP_OK) {
        rc = read_word(object, "distro", arena, &line.distro, err);
    }
    if (rc == EP_OK) {
        rc = read_word(object, "uname", arena, &line.uname, err);
    }
    if (rc == EP_OK) {
        rc = read_files(json_object_object_get(object, "files"), arena, &line,
                        err);
    }
    if (rc == EP_OK) {
        rc = read_cves(json_object_object_get(object, "cves"), arena, &line,
                       err);
    }
    if (rc == EP_OK) {
        *out = line;
    }
    return rc;
}


ep_rc_t
ep_level_head_parse(ep_str_t text, ep_str_t name, ep_err_t *err)
{
    EP_CLEANUP(put_json) struct json_object *object = NULL;
    ep_rc_t rc = parse_object(text, &object, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (json_object_get_int64(json_object_object_get(object, "format"))
        != FORMAT) {
        return broken("its \"format\" is not 1", err);
    }
    return ep_str_eq(member(object, "patchset"), name)
               ? EP_OK
               : broken("it is that of another patchset", err);
}


ep_rc_t
ep_level_head_write(ep_buf_t *out, const char *name)
{
    return ep_buf_addf(out, "{\"format\":%d,\"patchset\":\"%s\"}\n", FORMAT,
                       name);
}


static ep_rc_t
write_file(ep_buf_t *out, const ep_remote_file_t *file, bool first)
{
    char hash[2 * EP_SHA256_SIZE + 1];
    ep_rc_t rc = ep_buf_addf(out, "%s{\"name\":", first ? "" : ",");

    ep_hex(file->sha256, EP_SHA256_SIZE, hash);
    if (rc == EP_OK) {
        rc = ep_json_add_string(out, file->path);
    }
    return rc == EP_OK ? ep_buf_addf(out, ",\"size\":%lld,\"sha256\":\"%s\"}",
                                     (long long) file->size, hash)
                       : rc;
}


ep_rc_t
ep_level_line_write(ep_buf_t *out, const ep_level_line_t *line)
{
    char hex[EP_OBJECT_HEX + 1];
    ep_rc_t rc;

    ep_hex(line->object, EP_OBJECT_SIZE, hex);
    rc = ep_buf_addf(out, "{\"object\":\"%s\",\"level\":%lld", hex,
                     (long long) line->level);
    if (rc == EP_OK && line->distro.n > 0) {
        rc = ep_buf_addf(out, ",\"distro\":");
        rc = rc == EP_OK ? ep_json_add_string(out, line->distro) : rc;
    }
    if (rc == EP_OK && line->uname.n > 0) {
        rc = ep_buf_addf(out, ",\"uname\":");
        rc = rc == EP_OK ? ep_json_add_string(out, line->uname) : rc;
    }
    if (rc == EP_OK && line->n_cves > 0) {
        rc = ep_buf_addf(out, ",\"cves\":[");
        for (size_t i = 0; rc == EP_OK && i < line->n_cves; i++) {
            rc = ep_buf_addf(out, "%s\"%.*s\"", i > 0 ? "," : "",
                             EP_STR_ARG(line->cves[i]));
        }
        rc = rc == EP_OK ? ep_buf_addf(out, "]") : rc;
    }
    rc = rc == EP_OK ? ep_buf_addf(out, ",\"files\":[") : rc;
    for (size_t i = 0; rc == EP_OK && i < line->n_files; i++) {
        rc = write_file(out, &line->files[i], i == 0);
    }
    return rc == EP_OK ? ep_buf_addf(out, "]}\n") : rc;
}


int
ep_level_line_order(const ep_level_line_t *a, const ep_level_line_t *b)
{
    int order = memcmp(a->object, b->object, EP_OBJECT_SIZE);

    return order != 0 ? order : (a->level > b->level) - (a->level < b->level);
}


ep_rc_t
ep_lines_open(ep_lines_t *lines, int fd, ep_err_t *err)
{
    *lines = (ep_lines_t){ .fd = fd, .block = malloc(EP_LEVEL_LINE_MAX) };
    return lines->block != NULL ? EP_OK : no_memory(err);
}


void
ep_lines_close(ep_lines_t *lines)
{
    free(lines->block);
    lines->block = NULL;
}


ep_rc_t
ep_lines_next(ep_lines_t *lines, ep_str_t *out, ep_err_t *err)
{
    for (;;) {
        char *from = lines->block + lines->at;
        char *end = memchr(from, '\n', lines->n - lines->at);
        ssize_t got;

        if (end != NULL) {
            *out = (ep_str_t){ from, (size_t) (end - from) };
            lines->at += out->n + 1;
            lines->line++;
            return EP_OK;
        }
        memmove(lines->block, from, lines->n - lines->at);
        lines->n -= lines->at;
        lines->at = 0;
        if (lines->n == EP_LEVEL_LINE_MAX) {
            return broken("a line is longer than 1 MiB", err);
        }
        got = read(lines->fd, lines->block + lines->n,
                   EP_LEVEL_LINE_MAX - lines->n);
        if (got < 0 && errno != EINTR) {
            return ep_err_errno(err, "file-read", "cannot read metadata");
        }
        if (got == 0) {
            return lines->n == 0 ? EP_ENOTFOUND
                                 : broken("its end is missing", err);
        }
        lines->n += got > 0 ? (size_t) got : 0;
    }
}
