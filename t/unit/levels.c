/* The metadata of a patchset: reading and writing its lines, importing it,
 * and finding a file by it. */

#include <fcntl.h>
#include <unistd.h>

#include "store.h"

#include "patchset/levels.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OBJECT_A "1111111111111111111111111111111111111111"
#define OBJECT_B "2222222222222222222222222222222222222222"
#define FILE_OF(name)                                                          \
    "{\"name\":\"" name "\",\"size\":5,\"sha256\":\"" HASH "\"}"
#define HEAD "{\"format\":1,\"patchset\":\"K20250101_01\"}\n"
#define LINE(object, level, files)                                             \
    "{\"object\":\"" object "\",\"level\":" level ",\"files\":[" files "]}\n"


static ep_rc_t
parse(const char *text, ep_arena_t *arena, ep_level_line_t *out)
{
    return ep_level_line_parse(ep_str(text), arena, out, NULL);
}


static void
a_line_is_read(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    ep_level_line_t line;

    assert_int_equal(
        parse("{\"object\":\"" OBJECT_A "\",\"level\":7,"
              "\"distro\":\"debian12\",\"uname\":\"6.1.0-14-amd64\","
              "\"cves\":[\"CVE-2024-1086\"],\"new\":{\"x\":[]},"
              "\"files\":[" FILE_OF("kpatch.bin") "," FILE_OF("a/b c") "]}",
              arena, &line),
        EP_OK);
    assert_int_equal(line.level, 7);
    assert_int_equal(line.object[0], 0x11);
    assert_true(ep_str_eq(line.distro, EP_STR("debian12")));
    assert_true(ep_str_eq(line.uname, EP_STR("6.1.0-14-amd64")));
    assert_int_equal(line.n_cves, 1);
    assert_true(ep_str_eq(line.cves[0], EP_STR("CVE-2024-1086")));
    assert_int_equal(line.n_files, 2);
    assert_true(ep_str_eq(line.files[1].path, EP_STR("a/b c")));
    assert_int_equal(line.files[0].size, 5);
    assert_int_equal(line.files[0].sha256[1], 0x23);
    ep_arena_free(arena);
}


static void
hostile_lines_are_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "[]",
        "{}",
        "{\"object\":\"" OBJECT_A "\",\"level\":1,\"files\":[]} x",
        "{\"object\":\"" OBJECT_A "\",\"level\":1}",
        "{\"object\":\"11\",\"level\":1,\"files\":[]}",
        "{\"object\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"level\":1,"
        "\"files\":[]}",
        LINE(OBJECT_A, "-1", FILE_OF("f")),
        LINE(OBJECT_A, "2147483648", FILE_OF("f")),
        LINE(OBJECT_A, "\"1\"", FILE_OF("f")),
        LINE(OBJECT_A, "1", "7"),
        LINE(OBJECT_A, "1", FILE_OF("")),
        LINE(OBJECT_A, "1", FILE_OF("/etc/passwd")),
        LINE(OBJECT_A, "1", FILE_OF("../x")),
        LINE(OBJECT_A, "1", FILE_OF("a/../x")),
        LINE(OBJECT_A, "1", FILE_OF("a//x")),
        LINE(OBJECT_A, "1", FILE_OF("a/")),
        LINE(OBJECT_A, "1", FILE_OF(".hidden")),
        LINE(OBJECT_A, "1", FILE_OF("a\\\\b")),
        LINE(OBJECT_A, "1", FILE_OF("a\\u0000b")),
        LINE(OBJECT_A, "1", FILE_OF("a\\nb")),
        LINE(OBJECT_A, "1", FILE_OF("\\u00e4")),
        LINE(OBJECT_A, "1", FILE_OF("a/b/c/d/e/f/g/h/i/j/k/l/m/n")),
        LINE(OBJECT_A, "0", FILE_OF("3/x")),
        LINE(OBJECT_A, "0", FILE_OF("3")),
        LINE(OBJECT_A, "1",
             "{\"name\":\"f\",\"size\":-1,\"sha256\":\"" HASH "\"}"),
        LINE(OBJECT_A, "1", "{\"name\":\"f\",\"size\":1,\"sha256\":\"00\"}"),
        "{\"object\":\"" OBJECT_A "\",\"level\":1,\"files\":[],"
        "\"cves\":[\"CVE-1\"]}",
        "{\"object\":\"" OBJECT_A "\",\"level\":1,\"files\":[],\"cves\":{}}",
        "{\"object\":\"" OBJECT_A "\",\"level\":1,\"files\":[],"
        "\"distro\":\"a,b\"}",
        "{\"object\":\"" OBJECT_A "\",\"level\":1,\"files\":[],"
        "\"uname\":\"a b\"}",
    };
    ep_arena_t *arena = ep_arena_new();

    for (size_t i = 0; i < EP_ARRAY_LEN(lines); i++) {
        ep_level_line_t line = { .level = 12345 };

        if (parse(lines[i], arena, &line) != EP_EINVAL || line.level != 12345) {
            fail_msg("was taken: %s", lines[i]);
        }
    }
    ep_arena_free(arena);
}


static void
what_is_written_is_read(void **state)
{
    static const ep_str_t cves[] = { { "CVE-2024-1086", 13 } };
    ep_remote_file_t file = { .path = EP_STR("a \"b\" %41"),
                              .size = INT64_C(1) << 40 };
    ep_level_line_t line = { .level = 3,
                             .distro = EP_STR("el9"),
                             .cves = cves,
                             .n_cves = 1,
                             .files = &file,
                             .n_files = 1 };
    ep_arena_t *arena = ep_arena_new();
    ep_level_line_t again;
    ep_buf_t text;

    memset(line.object, 0xab, sizeof(line.object));
    memset(file.sha256, 0xcd, sizeof(file.sha256));
    ep_buf_init(&text, EP_LEVEL_LINE_MAX);
    assert_int_equal(ep_level_line_write(&text, &line), EP_OK);
    assert_int_equal(text.p[text.n - 1], '\n');
    assert_int_equal(parse(text.p, arena, &again), EP_OK);
    assert_int_equal(ep_level_line_order(&line, &again), 0);
    assert_true(ep_str_eq(again.files[0].path, file.path));
    assert_int_equal(again.files[0].size, file.size);
    assert_memory_equal(again.files[0].sha256, file.sha256, 32);
    assert_true(ep_str_eq(again.cves[0], cves[0]));
    again.level = 4;
    assert_true(ep_level_line_order(&line, &again) < 0);
    ep_buf_free(&text);
    ep_arena_free(arena);
}


/* A document that can be read from its beginning. */
static int
document(const char *text)
{
    char path[] = "/tmp/eportal-levels-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}


static ep_rc_t
import(ep_portal_t *portal, const char *name, const char *text)
{
    static const uint8_t sha256[32] = { 1, 2, 3 };
    int fd = document(text);
    ep_rc_t rc = ep_deploy_metadata(portal, EP_PRODUCT_KERNEL, ep_str(name), fd,
                                    sha256, &err);

    close(fd);
    return rc;
}


static void
a_patchset_is_imported(void **state)
{
    ep_portal_t *portal = ((store_t *) *state)->portal;
    ep_patchset_row_t row;
    ep_level_row_t level = { .level = 2 };
    ep_remote_file_t file;

    assert_int_equal(import(portal, "K20250101_01",
                            HEAD LINE(OBJECT_A, "0", FILE_OF("notes"))
                                LINE(OBJECT_A, "1", FILE_OF("kpatch.bin")) LINE(
                                    OBJECT_A, "2", FILE_OF("kpatch.bin"))
                                    LINE(OBJECT_B, "1", FILE_OF("kpatch.bin"))),
                     EP_OK);
    assert_int_equal(ep_patchset_find_name(portal, EP_PRODUCT_KERNEL,
                                           EP_STR("K20250101_01"), &row, &err),
                     EP_OK);
    assert_true(row.published && row.remote);
    assert_int_equal(row.sha256[2], 3);
    memset(level.object, 0x11, sizeof(level.object));
    assert_int_equal(
        ep_remote_find(portal, &level, EP_STR("kpatch.bin"), &file, &err),
        EP_OK);
    assert_int_equal(file.size, 5);
    assert_int_equal(file.sha256[1], 0x23);
    assert_int_equal(
        ep_remote_find(portal, &level, EP_STR("notes"), &file, &err),
        EP_ENOTFOUND);
    level.level = 0;
    assert_int_equal(
        ep_remote_find(portal, &level, EP_STR("notes"), &file, &err), EP_OK);
    level.userspace = true;
    assert_int_equal(
        ep_remote_find(portal, &level, EP_STR("notes"), &file, &err),
        EP_ENOTFOUND);
    /* it is here: another document changes nothing */
    assert_int_equal(import(portal, "K20250101_01", "nonsense"), EP_OK);
    assert_int_equal(ep_unroll(portal, EP_PRODUCT_KERNEL,
                               EP_STR("K20250101_01"), EP_STR_NULL, true, &err),
                     EP_OK);
    level.userspace = false;
    assert_int_equal(
        ep_remote_find(portal, &level, EP_STR("notes"), &file, &err),
        EP_ENOTFOUND);
    assert_int_equal(err.rc, EP_OK);
}


static void
hostile_documents_are_refused_whole(void **state)
{
    ep_portal_t *portal = ((store_t *) *state)->portal;
    static const char *const documents[] = {
        "",
        "\n",
        HEAD,
        "{\"format\":2,\"patchset\":\"K20250101_01\"}\n" LINE(OBJECT_A, "1",
                                                              ""),
        "{\"format\":1,\"patchset\":\"K20250101_02\"}\n" LINE(OBJECT_A, "1",
                                                              ""),
        HEAD LINE(OBJECT_A, "0", FILE_OF("f")),
        HEAD LINE(OBJECT_A, "1", FILE_OF("f"))
            LINE(OBJECT_A, "1", FILE_OF("g")),
        HEAD LINE(OBJECT_B, "1", FILE_OF("f"))
            LINE(OBJECT_A, "1", FILE_OF("f")),
        HEAD LINE(OBJECT_A, "2", FILE_OF("f"))
            LINE(OBJECT_A, "1", FILE_OF("f")),
        HEAD LINE(OBJECT_A, "1", FILE_OF("f")) "{\"object\":",
        HEAD LINE(OBJECT_A, "1", FILE_OF("f")) LINE(OBJECT_B, "1", "7"),
    };
    ep_patchset_row_t row;

    for (size_t i = 0; i < EP_ARRAY_LEN(documents); i++) {

        ep_err_clear(&err);
        if (import(portal, "K20250101_01", documents[i]) != EP_EINVAL) {
            fail_msg("was taken: %s", documents[i]);
        }
        assert_string_equal(err.code, "bad-metadata");
        assert_non_null(strstr(err.msg, "K20250101_01"));
        assert_int_equal(ep_patchset_find(portal, EP_PRODUCT_KERNEL,
                                          INT64_C(20250101000001), EP_STR("x"),
                                          &row, NULL),
                         EP_ENOTFOUND);
    }
}


static void
a_level_has_one_content(void **state)
{
    ep_portal_t *portal = ((store_t *) *state)->portal;

    assert_int_equal(
        import(portal, "K20250101_01", HEAD LINE(OBJECT_A, "1", FILE_OF("f"))),
        EP_OK);
    assert_int_equal(
        import(portal, "K20250102_01",
               "{\"format\":1,\"patchset\":\"K20250102_01\"}\n" LINE(
                   OBJECT_A, "1", FILE_OF("f"))
                   LINE(OBJECT_A, "2", FILE_OF("f"))),
        EP_OK);
    assert_int_equal(
        import(portal, "K20250103_01",
               "{\"format\":1,\"patchset\":\"K20250103_01\"}\n" LINE(
                   OBJECT_A, "1",
                   "{\"name\":\"f\",\"size\":6,\"sha256\":\"" HASH "\"}")),
        EP_EEXISTS);
    assert_string_equal(err.code, "level-conflict");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "a line of metadata is read, unknown members are passed over",
          a_line_is_read, NULL, NULL, NULL },
        { "hostile lines are refused", hostile_lines_are_refused, NULL, NULL,
          NULL },
        { "what is written is read as the same", what_is_written_is_read, NULL,
          NULL, NULL },
        { "CACHE-2: metadata makes a patchset known, file by file",
          a_patchset_is_imported, store_setup, store_teardown, NULL },
        { "hostile metadata is refused whole",
          hostile_documents_are_refused_whole, store_setup, store_teardown,
          NULL },
        { "two patchsets cannot disagree about a level",
          a_level_has_one_content, store_setup, store_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
