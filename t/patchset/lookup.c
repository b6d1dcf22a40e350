/*
 * The level of each object that is named, as an agent in feed main gets it:
 * "HASH LEVEL" a line, "-" for none. Fails when the lookup itself fails.
 *
 *     lookup CONFIG kernel|user HASH...
 */

#include <stdio.h>

#include <eportal/feed.h>
#include <eportal/patchset.h>


static int
look_up(ep_portal_t *portal, int64_t feed_id, bool userspace, const char *hash,
        ep_err_t *err)
{
    uint8_t object[EP_OBJECT_SIZE];
    ep_level_query_t query = { .object = object,
                               .userspace = userspace,
                               .feed_id = feed_id,
                               .products = EP_PRODUCTS_DEFAULT };
    ep_level_t level;
    ep_rc_t rc;

    if (!ep_unhex(ep_str(hash), object, sizeof(object))) {
        return ep_err_set(err, EP_EINVAL, "bad-hash", "bad hash %s", hash);
    }
    rc = ep_level_find(portal, &query, &level, err);
    if (rc == EP_OK) {
        printf("%s %lld\n", hash, (long long) level.level);
    } else if (rc == EP_ENOTFOUND) {
        ep_err_clear(err);
        printf("%s -\n", hash);
        rc = EP_OK;
    }
    return rc;
}


int
main(int argc, char **argv)
{
    ep_config_t *cfg = NULL;
    ep_portal_t *portal = NULL;
    ep_err_t err = { 0 };
    ep_feed_t feed;
    ep_rc_t rc;

    if (argc < 4) {
        return 2;
    }
    rc = ep_config_load(argv[1], NULL, NULL, NULL, &cfg, &err);
    if (rc == EP_OK) {
        rc = ep_portal_open(cfg, EP_OPEN_NOWAIT, &portal, &err);
    }
    if (rc == EP_OK) {
        rc = ep_feed_find(portal, EP_STR(EP_FEED_MAIN), &feed, &err);
    }
    for (int i = 3; rc == EP_OK && i < argc; i++) {
        rc = look_up(portal, feed.id, argv[2][0] == 'u', argv[i], &err);
    }
    if (rc != EP_OK) {
        fprintf(stderr, "%s\n", err.msg);
    }
    ep_portal_close(portal);
    ep_config_unref(cfg);
    return rc == EP_OK ? 0 : 1;
}
