/* Files: bounded reads, atomic writes, directories made and removed. */

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char top[] = "/tmp/eportal-file-XXXXXX";


static int
make_top(void **state)
{
    return mkdtemp(top) == NULL || chdir(top) != 0;
}


static int
remove_top(void **state)
{
    ep_err_t err = { 0 };

    if (chdir("/") != 0 || ep_tree_remove(AT_FDCWD, top, &err) != EP_OK) {
        print_error("%s\n", err.msg);
        return 1;
    }
    return access(top, F_OK) == 0;
}


static void
put(const char *path, const char *text)
{
    assert_int_equal(ep_file_write(path, ep_str(text), 0644, NULL), EP_OK);
}


static void
read_appends_and_is_bounded(void **state)
{
    ep_err_t err = { 0 };
    ep_buf_t buf;

    put("ten", "0123456789");
    ep_buf_init(&buf, 15);
    assert_int_equal(ep_buf_add(&buf, "ab", 2), EP_OK);
    assert_int_equal(ep_file_read("ten", &buf, &err), EP_OK);
    assert_string_equal(buf.p, "ab0123456789");
    assert_int_equal(ep_file_read("ten", &buf, &err), EP_ELIMIT);
    assert_int_equal(err.rc, EP_ELIMIT);
    assert_non_null(strstr(err.msg, "ten"));
    ep_buf_free(&buf);
}


static void
read_refuses_what_is_no_file(void **state)
{
    ep_err_t err = { 0 };
    ep_buf_t buf;

    ep_buf_init(&buf, 100);
    assert_int_equal(ep_file_read("absent", &buf, &err), EP_ENOTFOUND);
    assert_non_null(strstr(err.msg, "absent"));
    ep_err_clear(&err);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(ep_file_read("pipe", &buf, &err), EP_EINVAL);
    ep_err_clear(&err);
    assert_int_equal(ep_file_read(".", &buf, &err), EP_EINVAL);
    assert_int_equal(ep_file_read("/dev/null", &buf, NULL), EP_OK);
    assert_int_equal(ep_file_read("/dev/zero", &buf, NULL), EP_ELIMIT);
    assert_int_equal(buf.n, 0);
    ep_buf_free(&buf);
}


static void
write_replaces_whole_files(void **state)
{
    char whole[100000];
    struct stat st, before;
    ep_buf_t buf;

    memset(whole, 'x', sizeof(whole));
    put("file", "old");
    assert_int_equal(stat("file", &before), 0);
    assert_int_equal(
        ep_file_write("file", (ep_str_t){ whole, sizeof(whole) }, 0600, NULL),
        EP_OK);
    assert_int_equal(stat("file", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, sizeof(whole));
    assert_int_not_equal(st.st_ino, before.st_ino);
    assert_int_equal(ep_file_write("file", EP_STR_NULL, 0600, NULL), EP_OK);
    ep_buf_init(&buf, 10);
    assert_int_equal(ep_file_read("file", &buf, NULL), EP_OK);
    assert_int_equal(buf.n, 0);
    ep_buf_free(&buf);
}


static void
write_leaves_nothing_behind(void **state)
{
    char path[PATH_MAX + 10];
    ep_err_t err = { 0 };

    assert_int_equal(mkdir("dir", 0700), 0);
    /* A directory cannot be replaced by a file. */
    assert_int_equal(mkdir("dir/sub", 0700), 0);
    assert_int_not_equal(ep_file_write("dir/sub", EP_STR("x"), 0600, &err),
                         EP_OK);
    assert_int_equal(rmdir("dir/sub"), 0);
    assert_int_equal(rmdir("dir"), 0); /* so it is empty */
    ep_err_clear(&err);
    assert_int_equal(ep_file_write("no/such", EP_STR("x"), 0600, &err),
                     EP_ENOTFOUND);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(ep_file_write(path, EP_STR("x"), 0600, NULL), EP_EINVAL);
}


static void
dir_make_makes_parents(void **state)
{
    char path[PATH_MAX + 10];
    ep_err_t err = { 0 };
    struct stat st;

    assert_int_equal(ep_dir_make("a/b//c/", 0750, &err), EP_OK);
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    assert_int_equal(ep_dir_make("a/b/c", 0700, &err), EP_OK);
    assert_int_equal(ep_dir_make("/", 0700, &err), EP_OK);
    put("a/file", "");
    assert_int_equal(ep_dir_make("a/file", 0700, NULL), EP_EIO);
    assert_int_not_equal(ep_dir_make("a/file/x", 0700, NULL), EP_OK);
    assert_int_equal(ep_dir_make("", 0700, NULL), EP_EINVAL);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(ep_dir_make(path, 0700, NULL), EP_EINVAL);
    assert_int_equal(ep_dir_sync("a", NULL), EP_OK);
    assert_int_equal(ep_dir_sync("absent", &err), EP_ENOTFOUND);
}


static void
tree_remove_takes_all(void **state)
{
    char name[32];
    ep_err_t err = { 0 };

    assert_int_equal(ep_dir_make("tree/one/two", 0700, NULL), EP_OK);
    assert_int_equal(ep_dir_make("tree/empty", 0700, NULL), EP_OK);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "tree/one/%d", i);
        assert_int_equal(close(open(name, O_CREAT | O_WRONLY, 0600)), 0);
    }
    assert_int_equal(mkfifo("tree/one/two/pipe", 0600), 0);
    assert_int_equal(ep_tree_remove(AT_FDCWD, "tree", &err), EP_OK);
    assert_int_equal(access("tree", F_OK), -1);
    assert_int_equal(ep_tree_remove(AT_FDCWD, "tree", &err), EP_OK);
    put("plain", "x");
    assert_int_equal(ep_tree_remove(AT_FDCWD, "plain", &err), EP_OK);
    assert_int_equal(access("plain", F_OK), -1);
    assert_int_equal(err.rc, EP_OK);
}


static void
tree_remove_follows_no_link(void **state)
{
    put("kept", "x");
    assert_int_equal(ep_dir_make("outside", 0700, NULL), EP_OK);
    put("outside/kept", "x");
    assert_int_equal(ep_dir_make("inside", 0700, NULL), EP_OK);
    assert_int_equal(symlink("../outside", "inside/dir"), 0);
    assert_int_equal(symlink("../kept", "inside/file"), 0);
    assert_int_equal(symlink("outside", "link"), 0);
    assert_int_equal(ep_tree_remove(AT_FDCWD, "inside", NULL), EP_OK);
    assert_int_equal(ep_tree_remove(AT_FDCWD, "link", NULL), EP_OK);
    assert_int_equal(access("link", F_OK), -1);
    assert_int_equal(access("outside/kept", F_OK), 0);
    assert_int_equal(access("kept", F_OK), 0);
}


/* Deeper than descriptors are allowed, and than a path can name. */
static void
tree_remove_goes_deep(void **state)
{
    struct rlimit limit, small;
    ep_err_t err = { 0 };

    assert_int_equal(mkdir("deep", 0700), 0);
    assert_int_equal(chdir("deep"), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdir("d", 0700), 0);
        assert_int_equal(mkdir("e", 0700), 0);
        assert_int_equal(chdir("d"), 0);
    }
    assert_int_equal(chdir(top), 0);
    getrlimit(RLIMIT_NOFILE, &limit);
    small = limit;
    small.rlim_cur = 20;
    setrlimit(RLIMIT_NOFILE, &small);
    assert_int_equal(ep_tree_remove(AT_FDCWD, "deep", &err), EP_OK);
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(access("deep", F_OK), -1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "a read appends and is bounded", read_appends_and_is_bounded, NULL,
          NULL, NULL },
        { "only regular files are read, and no pipe is waited for",
          read_refuses_what_is_no_file, NULL, NULL, NULL },
        { "a write replaces the whole file", write_replaces_whole_files, NULL,
          NULL, NULL },
        { "a write that fails leaves nothing behind",
          write_leaves_nothing_behind, NULL, NULL, NULL },
        { "directories are made with their parents", dir_make_makes_parents,
          NULL, NULL, NULL },
        { "a tree is removed with all below", tree_remove_takes_all, NULL, NULL,
          NULL },
        { "removing follows no link", tree_remove_follows_no_link, NULL, NULL,
          NULL },
        { "removing a deep tree takes few descriptors", tree_remove_goes_deep,
          NULL, NULL, NULL },
    };

    return cmocka_run_group_tests_name("file", tests, make_top, remove_top);
}
