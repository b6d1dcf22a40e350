/*
 * Fill a portal with servers, for the benchmark and the demo:
 *
 *     seed --config FILE --key KEY --servers N [--kernels FILE] [--ids FILE]
 *          [--targets FILE --sample N]
 *
 * Everything about server number i follows from the key and i: its id, its
 * name, what it runs and when it was last heard of, so that two runs make the
 * same fleet and a second run over the first changes next to nothing. Most
 * have checked in within the last hours, some within days, some are silent
 * for weeks, some never came. --kernels names the kernels that they run, one
 * per line: "hash level max-level distro release", where the patchsets have
 * levels from level to max-level. --ids gets the server ids, one per line.
 * --targets gets the request targets of about N servers' next check-ins, as
 * an agent would send them: nothing but the time is new in them.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <eportal/feed.h>
#include <eportal/server.h>

#define BATCH 500 /* servers in a transaction */
#define KERNELS_MAX 4096
#define HOUR 3600
#define DAY (24 * HOUR)

typedef struct {
    char hash[41];
    int64_t level;
    int64_t max_level;
    char distro[64];
    char distro_version[32];
    char release[96];
} kernel_t;

typedef struct {
    const char *config;
    const char *key;
    const char *kernels;
    const char *ids;
    const char *targets;
    int64_t servers;
    int64_t sample;
} options_t;

typedef struct {
    ep_portal_t *portal;
    ep_str_t key;
    int64_t servers;
    int64_t now; /* seconds; the same for the whole run */
    uint64_t salt;
    FILE *ids;
    FILE *targets;
    int64_t sample; /* how many of the servers go into targets */
    kernel_t *kernels;
    size_t kernel_count;
} seed_t;

/* What a fleet runs when nobody says: distro, version, release. */
static const char *const builtin[][3] = {
    { "CentOS Linux", "7.9.2009", "3.10.0-1160.119.1.el7.x86_64" },
    { "CentOS Linux", "7.6.1810", "3.10.0-957.5.1.el7.x86_64" },
    { "AlmaLinux", "8.10", "4.18.0-553.16.1.el8_10.x86_64" },
    { "AlmaLinux", "8.9", "4.18.0-513.24.1.el8_9.x86_64" },
    { "AlmaLinux", "9.4", "5.14.0-427.33.1.el9_4.x86_64" },
    { "Rocky Linux", "9.3", "5.14.0-362.24.1.el9_3.x86_64" },
    { "Red Hat Enterprise Linux", "8.8", "4.18.0-477.27.1.el8_8.x86_64" },
    { "Oracle Linux Server", "8.9", "5.15.0-206.153.7.el8uek.x86_64" },
    { "Ubuntu", "20.04", "5.4.0-182-generic" },
    { "Ubuntu", "22.04", "5.15.0-113-generic" },
    { "Ubuntu", "22.04", "5.15.0-101-generic" },
    { "Ubuntu", "24.04", "6.8.0-38-generic" },
    { "Debian GNU/Linux", "11", "5.10.0-30-amd64" },
    { "Debian GNU/Linux", "12", "6.1.0-22-amd64" },
    { "Debian GNU/Linux", "12", "6.1.0-18-amd64" },
    { "Amazon Linux", "2", "4.14.336-257.562.amzn2.x86_64" }
};

static const char *const roles[] = { "web", "app",   "db",    "cache",
                                     "k8s", "build", "store", "mail" };
static const char *const sites[] = { "fra", "ams", "nyc", "sin", "tyo" };


/* splitmix64: number n of a stream. */
static uint64_t
number(uint64_t salt, uint64_t n)
{
    uint64_t z = salt + (n + 1) * 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}


static uint64_t
salt_of(const char *text)
{
    uint64_t salt = 0;

    for (; *text != '\0'; text++) {
        salt = number(salt, (unsigned char) *text);
    }
    return salt;
}


static void
make_id(uint64_t salt, int64_t i, char out[17])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t a = number(salt, (uint64_t) i * 2);
    uint64_t b = number(salt, (uint64_t) i * 2 + 1);

    for (int n = 0; n < 16; n++) {
        uint64_t *source = n < 8 ? &a : &b;

        out[n] = alphabet[*source % (n == 0 ? 52 : 62)];
        *source /= 62;
    }
    out[16] = '\0';
}


static bool
builtin_kernels(seed_t *seed)
{
    seed->kernel_count = EP_ARRAY_LEN(builtin);
    seed->kernels = calloc(seed->kernel_count, sizeof(kernel_t));
    for (size_t i = 0; seed->kernels != NULL && i < seed->kernel_count; i++) {
        kernel_t *kernel = &seed->kernels[i];

        for (uint64_t n = 0; n < 5; n++) {
            snprintf(kernel->hash + 8 * n, 9, "%08x",
                     (unsigned) number(salt_of(builtin[i][2]), n));
        }
        kernel->level = 1;
        kernel->max_level = 3 + (int64_t) i % 9;
        snprintf(kernel->distro, sizeof(kernel->distro), "%s", builtin[i][0]);
        snprintf(kernel->distro_version, sizeof(kernel->distro_version), "%s",
                 builtin[i][1]);
        snprintf(kernel->release, sizeof(kernel->release), "%s", builtin[i][2]);
    }
    return seed->kernels != NULL;
}


static bool
read_kernels(seed_t *seed, const char *path)
{
    FILE *in = fopen(path, "re");
    char line[512];

    seed->kernels = calloc(KERNELS_MAX, sizeof(kernel_t));
    while (in != NULL && seed->kernels != NULL
           && seed->kernel_count < KERNELS_MAX
           && fgets(line, sizeof(line), in) != NULL)
    {
        kernel_t *kernel = &seed->kernels[seed->kernel_count];
        long long level, max_level;

        if (sscanf(line, "%40s %lld %lld %63s %95s", kernel->hash, &level,
                   &max_level, kernel->distro, kernel->release)
                != 5
            || !ep_str_is_hex(ep_str(kernel->hash), 40) || level < 0
            || max_level < level)
        {
            fprintf(stderr, "seed: %s: not a kernel: %s", path, line);
            fclose(in);
            return false;
        }
        kernel->level = level;
        kernel->max_level = max_level;
        seed->kernel_count++;
    }
    if (in != NULL) {
        fclose(in);
    }
    if (seed->kernel_count == 0) {
        fprintf(stderr, "seed: %s: no kernels\n", path);
    }
    return seed->kernel_count > 0;
}


/* Seconds since the last check-in, -1 for never. */
static int64_t
silence(uint64_t dice)
{
    int64_t part = (int64_t) (dice % 1000);
    int64_t more = (int64_t) (dice / 1000 % 1000000);

    if (part < 10) {
        return -1;
    }
    if (part < 50) {
        return 3 * DAY + more % (60 * DAY);
    }
    if (part < 120) {
        return 4 * HOUR + more % (2 * DAY);
    }
    return more % (4 * HOUR);
}


/* Most servers have the newest level, some lag, a few have none. */
static int64_t
level_of(const kernel_t *kernel, uint64_t dice)
{
    int64_t part = (int64_t) (dice % 100);
    int64_t span = kernel->max_level - kernel->level + 1;

    if (part < 4) {
        return 0;
    }
    if (part < 25) {
        return kernel->level + (int64_t) (dice / 100 % (uint64_t) span);
    }
    return kernel->max_level;
}


/* What server i says of itself; its time is before 1970 for never. */
static const kernel_t *
describe(const seed_t *seed, int64_t i, const char *hostname,
         ep_server_report_t *out)
{
    uint64_t dice = number(seed->salt, ~(uint64_t) i);
    /* Squared, so that some kernels are much more common than others. */
    uint64_t share = (dice >> 20) % 1000;
    const kernel_t *kernel =
        &seed->kernels[share * share * seed->kernel_count / 1000000];
    int64_t age = silence(dice);

    *out = (ep_server_report_t){ .time = age < 0 ? -1 : seed->now - age,
                                 .uptime = (int64_t) (dice >> 34) % 40000000,
                                 .level = level_of(kernel, dice >> 8) };
    out->facts[EP_FACT_HOSTNAME] = ep_str(hostname);
    out->facts[EP_FACT_KERNEL_ID] = ep_str(kernel->hash);
    out->facts[EP_FACT_EUNAME] = ep_str(kernel->release);
    out->facts[EP_FACT_RELEASE] = ep_str(kernel->release);
    out->facts[EP_FACT_VERSION] = EP_STR("#1 SMP Wed Jul 3 09:12:44 UTC 2024");
    out->facts[EP_FACT_MACHINE] = EP_STR("x86_64");
    out->facts[EP_FACT_PROCESSOR] = EP_STR("x86_64");
    out->facts[EP_FACT_VIRT] = dice >> 60 > 3 ? EP_STR("kvm") : EP_STR("");
    out->facts[EP_FACT_DISTRO] = ep_str(kernel->distro);
    out->facts[EP_FACT_DISTRO_VERSION] = ep_str(kernel->distro_version);
    out->facts[EP_FACT_KCARE_VERSION] =
        dice >> 58 & 1 ? EP_STR("2.97-2") : EP_STR("2.90-1");
    out->facts[EP_FACT_PATCH_TYPE] = EP_STR("default");
    return kernel;
}


/* The request of the server's next check-in: latest.v2 with a token, the hex
 * of a JSON object. Nothing in our facts needs escaping. */
static void
write_target(const seed_t *seed, const char *id, const kernel_t *kernel,
             const ep_server_report_t *report)
{
    char json[1024], hex[2 * sizeof(json)];
    int n = snprintf(json, sizeof(json),
                     "{\"server_id\": \"%s\", \"patch_level\": %lld, "
                     "\"uptime\": %lld",
                     id, (long long) report->level, (long long) report->uptime);

    for (int i = 0; i < EP_FACT_COUNT; i++) {
        n += snprintf(json + n, sizeof(json) - (size_t) n, ", \"%s\": \"%.*s\"",
                      ep_fact_names[i], EP_STR_ARG(report->facts[i]));
    }
    n += snprintf(json + n, sizeof(json) - (size_t) n, "}");
    ep_hex(json, (size_t) n, hex);
    fprintf(seed->targets, "/%s/latest.v2?%s\n", kernel->hash, hex);
}


static ep_rc_t
check_in(const seed_t *seed, int64_t i, const char *id, int64_t server,
         const ep_addr_t *ip, const char *hostname, ep_err_t *err)
{
    ep_server_report_t report;
    const kernel_t *kernel = describe(seed, i, hostname, &report);

    report.server = server;
    report.ip = *ip;
    if (seed->targets != NULL
        && (int64_t) (number(3, (uint64_t) i) % (uint64_t) seed->servers)
               < seed->sample)
    {
        write_target(seed, id, kernel, &report);
    }
    return report.time < 0 ? EP_OK
                           : ep_server_checkin(seed->portal, &report, err);
}


static ep_rc_t
add_server(const seed_t *seed, int64_t i, ep_err_t *err)
{
    const char *role = roles[number(1, (uint64_t) i) % EP_ARRAY_LEN(roles)];
    const char *site = sites[number(2, (uint64_t) i) % EP_ARRAY_LEN(sites)];
    ep_addr_t ip = { .len = 4,
                     .bytes = { 10, (uint8_t) (i >> 16), (uint8_t) (i >> 8),
                                (uint8_t) i } };
    char id[17], out[EP_SERVER_ID_MAX + 1], hostname[64], tags[64];
    ep_caller_t server;
    ep_rc_t rc;

    make_id(seed->salt, i, id);
    snprintf(hostname, sizeof(hostname), "%s-%06lld.%s.example.com", role,
             (long long) i, site);
    rc = ep_server_register(seed->portal, seed->key, ep_str(id),
                            ep_str(hostname), &ip, out, err);
    if (rc == EP_OK) {
        rc = ep_server_caller(seed->portal, ep_str(id), &server, err);
    }
    if (rc == EP_OK && i % 4 == 0) {
        snprintf(tags, sizeof(tags), "env:%s;%s", i % 3 == 0 ? "test" : "prod",
                 role);
        rc = ep_server_set_agent_tags(seed->portal, ep_str(id), ep_str(tags),
                                      err);
    }
    if (rc == EP_OK) {
        rc = check_in(seed, i, id, server.id, &ip, hostname, err);
    }
    if (rc == EP_OK && seed->ids != NULL) {
        fprintf(seed->ids, "%s\n", id);
    }
    return rc;
}


/* Older servers first: the fleet grew over the last year. */
static ep_rc_t
add_batch(seed_t *seed, int64_t first, int64_t count, ep_err_t *err)
{
    int64_t age = 400 * (int64_t) DAY * (seed->servers - first) / seed->servers;
    ep_rc_t rc = ep_portal_write_begin(seed->portal, false, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_portal_set_clock(seed->portal, -age * 1000000);
    for (int64_t i = first; rc == EP_OK && i < first + count; i++) {
        rc = add_server(seed, i, err);
    }
    if (rc != EP_OK) {
        ep_portal_write_rollback(seed->portal);
        return rc;
    }
    return ep_portal_write_commit(seed->portal, err);
}


static int
usage(void)
{
    fprintf(stderr, "usage: seed --config FILE --key KEY --servers N"
                    " [--kernels FILE] [--ids FILE]"
                    " [--targets FILE --sample N]\n");
    return 2;
}


static bool
parse(int argc, char **argv, options_t *out)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' },
        { "key", required_argument, NULL, 'k' },
        { "servers", required_argument, NULL, 'n' },
        { "kernels", required_argument, NULL, 'K' },
        { "ids", required_argument, NULL, 'i' },
        { "targets", required_argument, NULL, 't' },
        { "sample", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 }
    };
    int c;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            out->config = optarg;
            break;
        case 'k':
            out->key = optarg;
            break;
        case 'K':
            out->kernels = optarg;
            break;
        case 'i':
            out->ids = optarg;
            break;
        case 't':
            out->targets = optarg;
            break;
        case 'n':
        case 's':
            if (!ep_str_int(ep_str(optarg),
                            c == 'n' ? &out->servers : &out->sample)) {
                return false;
            }
            break;
        default:
            return false;
        }
    }
    return optind == argc && out->config != NULL && out->key != NULL
           && out->servers > 0;
}


static ep_rc_t
fill(seed_t *seed, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    seed->now = ep_portal_now(seed->portal) / 1000000;
    for (int64_t i = 0; rc == EP_OK && i < seed->servers; i += BATCH) {
        int64_t left = seed->servers - i;

        rc = add_batch(seed, i, left < BATCH ? left : BATCH, err);
    }
    return rc;
}


/* Open an output; true when there is none to open. */
static bool
open_output(const char *path, FILE **out)
{
    *out = path != NULL ? fopen(path, "we") : NULL;
    if (path != NULL && *out == NULL) {
        perror(path);
        return false;
    }
    return true;
}


static ep_rc_t
close_output(FILE *out, const char *path, ep_err_t *err)
{
    if (out != NULL && fclose(out) != 0) {
        return ep_err_errno(err, "output", "cannot write %s", path);
    }
    return EP_OK;
}


static ep_rc_t
run(seed_t *seed, const options_t *options, ep_err_t *err)
{
    ep_config_t *cfg = NULL;
    ep_rc_t rc = ep_config_load(options->config, NULL, NULL, NULL, &cfg, err);

    if (rc == EP_OK) {
        rc = ep_portal_open(cfg, EP_OPEN_WRITE, &seed->portal, err);
    }
    if (rc == EP_OK) {
        rc = fill(seed, err);
    }
    ep_portal_close(seed->portal);
    ep_config_unref(cfg);
    return rc;
}


int
main(int argc, char **argv)
{
    options_t options = { 0 };
    seed_t seed = { 0 };
    ep_err_t err = { 0 };
    ep_rc_t rc;

    if (!parse(argc, argv, &options)) {
        return usage();
    }
    seed.key = ep_str(options.key);
    seed.salt = salt_of(options.key);
    seed.servers = options.servers;
    seed.sample = options.sample;
    if (options.kernels != NULL ? !read_kernels(&seed, options.kernels)
                                : !builtin_kernels(&seed))
    {
        return 2;
    }
    if (!open_output(options.ids, &seed.ids)
        || !open_output(options.targets, &seed.targets))
    {
        return 70;
    }
    rc = run(&seed, &options, &err);
    if (rc == EP_OK) {
        rc = close_output(seed.ids, options.ids, &err);
    }
    if (rc == EP_OK) {
        rc = close_output(seed.targets, options.targets, &err);
    }
    if (rc != EP_OK) {
        fprintf(stderr, "seed: %s\n", err.msg);
    }
    free(seed.kernels);
    return ep_rc_exit_code(rc);
}
