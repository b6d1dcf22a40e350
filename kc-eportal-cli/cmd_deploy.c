/* kc.eportal kcare|libcare|qemu|db deploy: archives into a feed. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/patchset.h>

#include "cli.h"
#include "patchsets.h"

enum { FEED, DISABLED, DRY_RUN };

static const option_t options[] = {
    [FEED] = { '\0', "feed", "FEED", "feed to deploy archive to", false },
    [DISABLED] = { '\0', "disabled", NULL,
                   "do not enable patchset after deploy", false },
    [DRY_RUN] = { '\0', "dry-run", NULL,
                  "only check the archives and print what would be changed",
                  false },
};

typedef struct {
    const char *path;
    int fd;
    int64_t order;
} archive_t;


static ep_rc_t
open_archive(const char *path, archive_t *archive, ep_err_t *err)
{
    ep_patchset_name_t name;
    struct stat st;
    ep_rc_t rc = ep_patchset_parse_archive(ep_str(path), &name, err);

    if (rc != EP_OK) {
        return rc;
    }
    /* Not waiting for the writer of a pipe: it is refused below. */
    archive->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (archive->fd < 0 || fstat(archive->fd, &st) != 0) {
        return ep_err_errno(err, "archive", "cannot open %s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s is not a regular file", path);
    }
    archive->path = path;
    archive->order = name.order;
    return EP_OK;
}


/* All of them at once, while we are still who the caller is: archives may
 * lie where only root can read. */
static ep_rc_t
open_archives(const args_t *args, archive_t *archives, ep_err_t *err)
{
    struct rlimit files;
    ep_rc_t rc = EP_OK;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; rc == EP_OK && i < args->operand_count; i++) {
        rc = open_archive(args->operands[i], &archives[i], err);
    }
    return rc;
}


static int
by_order(const void *a, const void *b)
{
    const archive_t *x = a;
    const archive_t *y = b;

    return (x->order > y->order) - (x->order < y->order);
}


static ep_rc_t
deploy_all(cli_t *cli, const args_t *args, const archive_t *archives,
           ep_err_t *err)
{
    ep_deploy_t deploy = {
        .product = patchset_product(args),
        .feed = ep_str(args_value(args, FEED)),
        .disabled = args_has(args, DISABLED),
        .dry_run = cli_dry_run(cli, args, DRY_RUN),
        .progress = progress_update,
        .progress_ctx = &cli->progress,
    };
    ep_rc_t rc = EP_OK;
    size_t done = 0;

    while (rc == EP_OK && done < args->operand_count) {
        const char *slash = strrchr(archives[done].path, '/');

        progress_begin(&cli->progress,
                       slash != NULL ? slash + 1 : archives[done].path);
        deploy.fd = archives[done].fd;
        deploy.path = archives[done].path;
        rc = ep_deploy(cli->portal, &deploy, err);
        progress_clear(&cli->progress);
        if (rc == EP_OK) {
            done++;
        }
    }
    if (rc != EP_OK && args->operand_count > 1) {
        cli_note("%zu of %zu archives %s deployed, then %s failed", done,
                 args->operand_count, deploy.dry_run ? "would be" : "were",
                 archives[done].path);
    }
    return rc;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    size_t n = args->operand_count;
    archive_t *archives = ep_arena_alloc(cli->arena, n * sizeof(archive_t));
    ep_rc_t rc;

    if (archives == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        archives[i].fd = -1;
    }
    rc = open_archives(args, archives, err);
    if (rc == EP_OK) {
        qsort(archives, n, sizeof(archive_t), by_order);
        rc = cli_open(cli, err);
    }
    if (rc == EP_OK) {
        rc = deploy_all(cli, args, archives, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (archives[i].fd >= 0) {
            close(archives[i].fd);
        }
    }
    return rc;
}


const spec_t deploy_spec = {
    .summary = "deploy archives to a feed",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .usage_options = DRY_RUN, /* as the old manual has it (LIB-7) */
    .operand = "archive",
    .operand_help = "path to archive",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .epilog = "Several archives may be given: the oldest is deployed first.",
    .run = run,
    .changes = args_always,
};
