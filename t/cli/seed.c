/*
 * Test helper: register servers under a key as agents do, without a web
 * server, so that tests of the command line have something to list and to
 * clean. Prints the ids.
 *
 *   seed CONFIG KEY COUNT [DAYS [LEVEL]]
 *
 * DAYS: how long ago they registered and checked in for the last time;
 * negative: registered that long ago and never checked in.
 */

#include <stdio.h>
#include <stdlib.h>

#include <eportal/server.h>

#define DAY_US (86400 * INT64_C(1000000))


static ep_rc_t
seed_one(ep_portal_t *portal, ep_str_t key, int64_t i, int64_t level,
         bool checks_in, ep_err_t *err)
{
    ep_server_report_t report = { .uptime = 100, .level = level };
    char id[EP_SERVER_ID_MAX + 1];
    char host[64];
    ep_caller_t caller;
    ep_addr_t ip;
    ep_rc_t rc;

    snprintf(host, sizeof(host), "host%lld.example", (long long) i);
    ep_addr_parse(EP_STR("192.0.2.7"), &ip);
    rc = ep_server_register(portal, key, EP_STR_NULL, ep_str(host), &ip, id,
                            err);
    if (rc == EP_OK && checks_in) {
        rc = ep_server_caller(portal, ep_str(id), &caller, err);
        report.server = caller.id;
        report.time = ep_portal_now(portal) / 1000000;
        report.ip = ip;
        report.facts[EP_FACT_HOSTNAME] = ep_str(host);
        report.facts[EP_FACT_EUNAME] = EP_STR("6.1.0-42-amd64");
    }
    if (rc == EP_OK && checks_in) {
        rc = ep_server_checkin(portal, &report, err);
    }
    if (rc == EP_OK && i == 1) {
        rc = ep_server_set_agent_tags(portal, ep_str(id),
                                      EP_STR("env:prod;ubuntu"), err);
    }
    if (rc == EP_OK) {
        printf("%s\n", id);
    }
    return rc;
}


static ep_rc_t
seed(ep_portal_t *portal, char **argv, int argc, ep_err_t *err)
{
    int64_t count = 0;
    int64_t days = 0;
    int64_t level = 0;
    ep_rc_t rc = EP_OK;

    ep_str_int(ep_str(argv[3]), &count);
    ep_str_int(ep_str(argc > 4 ? argv[4] : NULL), &days);
    ep_str_int(ep_str(argc > 5 ? argv[5] : NULL), &level);
    ep_portal_set_clock(portal, -llabs(days) * DAY_US);
    for (int64_t i = 1; rc == EP_OK && i <= count; i++) {
        if (i % 500 == 1) {
            rc = ep_portal_write_begin(portal, true, err);
        }
        if (rc == EP_OK) {
            rc = seed_one(portal, ep_str(argv[2]), i, level, days >= 0, err);
        }
        if (rc == EP_OK && (i % 500 == 0 || i == count)) {
            rc = ep_portal_write_commit(portal, err);
        }
    }
    return rc;
}


int
main(int argc, char **argv)
{
    ep_config_t *cfg = NULL;
    ep_portal_t *portal = NULL;
    ep_err_t err = { 0 };
    ep_rc_t rc;

    if (argc < 4) {
        fprintf(stderr, "usage: seed CONFIG KEY COUNT [DAYS [LEVEL]]\n");
        return 2;
    }
    rc = ep_config_load(argv[1], NULL, NULL, NULL, &cfg, &err);
    if (rc == EP_OK) {
        rc = ep_portal_open(cfg, EP_OPEN_WRITE, &portal, &err);
    }
    if (rc == EP_OK) {
        rc = seed(portal, argv, argc, &err);
    }
    if (rc != EP_OK) {
        fprintf(stderr, "seed: %s\n", err.msg);
    }
    ep_portal_close(portal);
    ep_config_unref(cfg);
    return rc == EP_OK ? 0 : 1;
}
