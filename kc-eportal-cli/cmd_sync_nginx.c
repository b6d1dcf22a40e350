/* kc.eportal sync-nginx-conf: set up PATCHES_DIR and tell nginx and systemd
 * of it (STOR-4). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <eportal/storage.h>

#include "actor.h"
#include "cli.h"
#include "identity.h"

#define OUTPUT_MAX 4096 /* of nginx -t, that is kept */

enum { NGINX_DIR, SYSTEMD_DIR };

static const option_t options[] = {
    [NGINX_DIR] = { '\0', "nginx-dir", "DIR",
                    "nginx's configuration (default: /etc/nginx)", false },
    [SYSTEMD_DIR] = { '\0', "systemd-dir", "DIR",
                      "systemd's units of this machine (default: "
                      "/etc/systemd/system)",
                      false },
};


/* In the child: both outputs into the pipe, then nginx. */
static void
become_nginx(int out, const char *conf)
{
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execlp("nginx", "nginx", "-t", "-q", "-c", conf, NULL);
    /* cron's PATH has no sbin */
    execl("/usr/sbin/nginx", "nginx", "-t", "-q", "-c", conf, NULL);
    dprintf(STDERR_FILENO, "cannot run nginx: %s\n", strerror(errno));
    _exit(127);
}


static void
read_output(int fd, char out[OUTPUT_MAX])
{
    char rest[512];
    size_t n = 0;
    ssize_t got;

    while ((got = n < OUTPUT_MAX - 1 ? read(fd, out + n, OUTPUT_MAX - 1 - n)
                                     : read(fd, rest, sizeof(rest)))
               > 0
           || (got < 0 && errno == EINTR))
    {
        if (got > 0 && n < OUTPUT_MAX - 1) {
            n += (size_t) got;
        }
    }
    out[n] = '\0';
}


/* nginx -t, with what it says in out. */
static ep_rc_t
test_nginx(const char *dir, bool *good, char out[OUTPUT_MAX], ep_err_t *err)
{
    char conf[PATH_MAX];
    int fds[2], status = 0;
    pid_t pid;

    if (snprintf(conf, sizeof(conf), "%s/nginx.conf", dir)
        >= (int) sizeof(conf)) {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "the path of nginx's configuration is too long");
    }
    if (pipe(fds) != 0) {
        return ep_err_errno(err, "nginx-test", "cannot run nginx -t");
    }
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        become_nginx(fds[1], conf);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return ep_err_errno(err, "nginx-test", "cannot run nginx -t");
    }
    read_output(fds[0], out);
    close(fds[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    *good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return EP_OK;
}


/* The last line says what is wrong; those before it may be warnings. */
static ep_rc_t
refuse(ep_storage_conf_t *conf, char *said, ep_err_t *err)
{
    ep_rc_t rc = ep_storage_conf_undo(conf, err);
    char *line = said;
    char *emerg;

    if (rc != EP_OK) {
        return rc;
    }
    emerg = strstr(said, "[emerg]");
    if (emerg != NULL) {
        line = emerg;
    }
    line[strcspn(line, "\n")] = '\0';
    return ep_err_set(err, EP_EINVAL, "nginx-test",
                      "nginx -t refuses the configuration, the files of "
                      "before are back: %.300s",
                      line);
}


/* nginx may name the portal's configuration already, and a second time is an
 * error: then it is right to say nothing. */
static ep_rc_t
write_and_test(cli_t *cli, ep_storage_where_t *where, ep_storage_conf_t *conf,
               ep_err_t *err)
{
    char said[OUTPUT_MAX] = "";
    bool good = false;
    ep_rc_t rc;

    for (;;) {
        rc = ep_storage_conf_write(cli->cfg, where, conf, err);
        if (rc == EP_OK) {
            rc = test_nginx(where->nginx_dir, &good, said, err);
        }
        if (rc != EP_OK || good) {
            return rc;
        }
        if (!where->name_config
            || strstr(said, "\"eportal_config\" directive is duplicate")
                   == NULL)
        {
            return refuse(conf, said, err);
        }
        rc = ep_storage_conf_undo(conf, err);
        ep_storage_conf_free(conf);
        if (rc != EP_OK) {
            return rc;
        }
        where->name_config = false;
        cli_note("nginx has an eportal_config of its own: it must name %s",
                 ep_config_path(cli->cfg));
    }
}


static void
tell_file(const ep_storage_file_t *file, const char *then)
{
    if (!file->exists) {
        if (file->changed) {
            printf("%s was removed%s\n", file->path, then);
        }
        return;
    }
    printf("%s %s%s\n", file->path,
           file->changed ? "was written" : "is up to date",
           file->changed ? then : "");
}


/* Patches that were stored beside the database until now. */
static void
tell_moving(const ep_config_t *cfg)
{
    static const char *const trees[] = { "arch", "resources", "user-resources",
                                         "cache" };
    const char *base = ep_config_base_dir(cfg);
    const char *patches = ep_config_patches_dir(cfg);
    char path[PATH_MAX];
    bool any = false;

    for (size_t i = 0; strcmp(base, patches) != 0 && i < EP_ARRAY_LEN(trees);
         i++) {
        snprintf(path, sizeof(path), "%s/%s", base, trees[i]);
        any = any || (access(path, F_OK) == 0 && !identity_is_empty(path));
    }
    if (any) {
        printf("\nNothing was moved. What is in %s still, move like this:\n"
               "  cd %s\n"
               "  cp -a arch resources user-resources cache %s/\n"
               "  kc.eportal doctor --storage\n"
               "  rm -r arch resources user-resources cache\n",
               base, base, patches);
    }
}


static void
record(cli_t *cli, const ep_storage_conf_t *conf)
{
    const ep_audit_value_t values[] = {
        { "patches_dir", EP_AUDIT_TEXT, ep_str(ep_config_patches_dir(cli->cfg)),
          0 },
        { "nginx", EP_AUDIT_TEXT, ep_str(conf->nginx.path), 0 },
        { "systemd", EP_AUDIT_TEXT, ep_str(conf->systemd.path), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    actor_record(cli, "nginx.sync", EP_STR_NULL, values);
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const char *nginx_dir = args_value(args, NGINX_DIR);
    const char *systemd_dir = args_value(args, SYSTEMD_DIR);
    ep_storage_where_t where = {
        .nginx_dir = nginx_dir != NULL ? nginx_dir : "/etc/nginx",
        .systemd_dir =
            systemd_dir != NULL ? systemd_dir : "/etc/systemd/system",
    };
    ep_storage_conf_t conf = { 0 };
    ep_rc_t rc = cli_config(cli, err);

    if (rc == EP_OK) {
        rc = identity_make_dirs(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = identity_give_storage(cli->cfg, err);
    }
    if (rc == EP_OK) {
        where.name_config = ep_storage_names_config(cli->cfg);
        rc = write_and_test(cli, &where, &conf, err);
    }
    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_make_storage(cli->cfg, err);
    }
    if (rc == EP_OK) {
        record(cli, &conf);
        printf("%s is ready for patches\n", ep_config_patches_dir(cli->cfg));
        tell_file(&conf.nginx, "");
        tell_file(&conf.systemd, ": run `systemctl daemon-reload`");
        printf("to apply it, run `systemctl restart eportal nginx`\n");
        tell_moving(cli->cfg);
    }
    ep_storage_conf_free(&conf);
    return rc;
}


const spec_t sync_nginx_spec = {
    .summary = "set up PATCHES_DIR, and tell nginx and systemd of it",
    .description = "make the directories of PATCHES_DIR, write the files by "
                   "which nginx and systemd know of it and check them with "
                   "nginx -t; a configuration that nginx refuses is taken "
                   "back",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .run = run,
    .changes = args_always,
};
