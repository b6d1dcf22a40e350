/* A fleet by chance, always the same one, and a naive reference for lists of
 * it. */

#ifndef T_UNIT_FLEET_H
#define T_UNIT_FLEET_H

#include <eportal/patchset.h>
#include <eportal/server_list.h>

#include "../lib/store/patchset.h"
#include "store.h"

#define FLEET 3000
#define DAY ((int64_t) 86400)

/* What the reference knows of a server. */
typedef struct {
    int64_t id;
    char server_id[EP_SERVER_ID_MAX + 1];
    char key[16];
    char feed[16];
    char hostname[EP_FACT_MAX + 1];
    char ip[EP_ADDR_TEXT];
    ep_addr_t addr;
    char release[64];
    char euname[64];
    char distro[64];
    char machine[16];
    char virt[16];
    char kernel_id[41];
    char tags[512];
    int64_t level;
    int64_t registered;
    int64_t checkin;
    int64_t updated;
    int64_t uptime;
    bool gone;
} ref_t;

typedef struct {
    store_t *s;
    ep_arena_t *arena;
    ref_t *fleet;
    size_t n;
    uint64_t dice;
    int64_t now;
} world_t;

static const char *const keys[] = { "alpha", "beta", "gamma" };
static const char *const kernels[] = {
    "1111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222",
    "3333333333333333333333333333333333333333",
};
static const char *const releases[] = { "3.10.0-957", "5.15.0-101-generic",
                                        "6.1.0-22-amd64" };
static const char *const distros[] = { "CentOS Linux", "Ubuntu", "Debian" };
/* Before the number and behind it. */
static const char *const names[][2] = {
    { "web-", ".example.com" },
    { "DB", "" },
    { "a%b_", "" },
    { "x\"';--", "" },
    { "", NULL },
    { "k\xc3\xb6ln-", ".\xe6\x97\xa5" },
    { "NEAR AND OR (", "*" },
    { "node", "-with-a-name-that-is-much-longer-than-any-block-of-ours-has-"
              "room-for.example.com" }
};
static const char *const tags[] = { "",         "env:prod;web",
                                    "env:test", "web;\"a' OR",
                                    "50%;_",    "env:prod" };


static uint64_t
dice(world_t *w, uint64_t sides)
{
    w->dice ^= w->dice << 13;
    w->dice ^= w->dice >> 7;
    w->dice ^= w->dice << 17;
    return w->dice % sides;
}


static ep_rc_t
read_back(const ep_server_t *server, void *ctx, ep_err_t *e)
{
    ref_t *r = ctx;

    ep_str_copy(server->server_id, r->server_id, sizeof(r->server_id));
    ep_str_copy(server->key, r->key, sizeof(r->key));
    ep_str_copy(server->feed, r->feed, sizeof(r->feed));
    ep_str_copy(server->facts[EP_FACT_HOSTNAME], r->hostname,
                sizeof(r->hostname));
    ep_str_copy(server->facts[EP_FACT_RELEASE], r->release, sizeof(r->release));
    ep_str_copy(server->facts[EP_FACT_EUNAME], r->euname, sizeof(r->euname));
    ep_str_copy(server->facts[EP_FACT_DISTRO], r->distro, sizeof(r->distro));
    ep_str_copy(server->facts[EP_FACT_MACHINE], r->machine, sizeof(r->machine));
    ep_str_copy(server->facts[EP_FACT_VIRT], r->virt, sizeof(r->virt));
    ep_str_copy(server->facts[EP_FACT_KERNEL_ID], r->kernel_id,
                sizeof(r->kernel_id));
    ep_str_copy(server->tags, r->tags, sizeof(r->tags));
    r->addr = server->ip;
    ep_addr_format(&server->ip, r->ip);
    r->level = server->level;
    r->registered = server->registered / 1000000;
    r->checkin = server->checkin / 1000000;
    r->updated = server->updated / 1000000;
    r->uptime = server->uptime;
    return EP_OK;
}


/* Half an hour off every bound of the filters: the test may take its time. */
static int64_t
silent_since(world_t *w)
{
    int64_t hours = (int64_t) dice(w, 2160) / (int64_t) (1 + dice(w, 40));

    return w->now - hours * 3600 - 1800;
}


static void
check_in(world_t *w, int64_t id)
{
    size_t k = dice(w, 3);
    ep_server_report_t report = { .server = id,
                                  .time = silent_since(w),
                                  .uptime = (int64_t) dice(w, 70000000) - 1,
                                  .level = (int64_t) dice(w, 5),
                                  .updated = dice(w, 2) != 0 };
    const char *const *name = names[dice(w, EP_ARRAY_LEN(names))];
    char hostname[EP_FACT_MAX];

    if (dice(w, 10) == 0) {
        report.ip = (ep_addr_t){ 16, { 0x20, 1, (uint8_t) dice(w, 256), 7 } };
    } else {
        report.ip =
            (ep_addr_t){ 4,
                         { 10, (uint8_t) dice(w, 3), (uint8_t) dice(w, 256),
                           (uint8_t) dice(w, 256) } };
    }
    if (name[1] == NULL) {
        hostname[0] = '\0';
    } else {
        snprintf(hostname, sizeof(hostname), "%s%04d%s", name[0],
                 (int) dice(w, 1500), name[1]);
    }
    if (dice(w, 20) != 0) {
        report.facts[EP_FACT_HOSTNAME] = ep_str(hostname);
        report.facts[EP_FACT_KERNEL_ID] = ep_str(kernels[k]);
        report.facts[EP_FACT_RELEASE] = ep_str(releases[k]);
        report.facts[EP_FACT_EUNAME] = ep_str(releases[dice(w, 3)]);
        report.facts[EP_FACT_DISTRO] = ep_str(distros[dice(w, 3)]);
        report.facts[EP_FACT_MACHINE] =
            dice(w, 3) ? EP_STR("x86_64") : EP_STR("");
        report.facts[EP_FACT_VIRT] = dice(w, 3) ? EP_STR("kvm") : EP_STR("xen");
    }
    assert_ok(ep_server_checkin(w->s->portal, &report, &err));
}


static void
add_patchset(world_t *w, const char *name, int64_t level)
{
    static const uint8_t sha[EP_SHA256_SIZE];
    ep_patchset_facts_t facts = { .archive = "", .sha256 = sha };
    ep_portal_t *portal = w->s->portal;
    ep_patchset_name_t parsed;
    uint8_t object[EP_OBJECT_SIZE];
    int64_t id, object_id;

    assert_ok(ep_patchset_parse(ep_str(name), &parsed, &err));
    assert_ok(ep_patchset_add(portal, &parsed, &id, &err));
    for (int k = 0; k < 2; k++) {
        assert_true(ep_unhex(ep_str(kernels[k]), object, EP_OBJECT_SIZE));
        assert_ok(ep_object_id(portal, false, object, &object_id, &err));
        assert_ok(
            ep_level_add(portal, id, parsed.order, object_id, level + k, &err));
    }
    assert_ok(ep_patchset_publish(portal, id, &facts, &err));
}


static void
reload(world_t *w)
{
    for (size_t i = 0; i < w->n; i++) {
        ref_t *r = &w->fleet[i];

        r->gone =
            ep_server_get(w->s->portal, r->id, read_back, r, NULL) != EP_OK;
    }
}


static void
make_fleet(world_t *w)
{
    ep_portal_t *portal = w->s->portal;
    char id[EP_SERVER_ID_MAX + 1], out[EP_SERVER_ID_MAX + 1];

    begin(w->s);
    add_feed(w->s, "late");
    add_key(w->s, "alpha", "main", 0);
    add_key(w->s, "beta", "late", 0);
    add_key(w->s, "gamma", "main", 0);
    add_patchset(w, "K20250101_01", 1);
    add_patchset(w, "K20250201_01", 2);
    assert_ok(ep_patchset_manage(portal, EP_PRODUCT_KERNEL,
                                 EP_STR("K20250201_01"), EP_STR("main"),
                                 EP_ACTION_ENABLE_UPTO, NULL, &err));
    assert_ok(ep_patchset_manage(portal, EP_PRODUCT_KERNEL,
                                 EP_STR("K20250101_01"), EP_STR("late"),
                                 EP_ACTION_ENABLE, NULL, &err));
    for (size_t i = 0; i < FLEET; i++) {
        ref_t *r = &w->fleet[w->n++];
        ep_caller_t caller;

        ep_portal_set_clock(portal,
                            -((int64_t) dice(w, 400) * DAY + 1800) * 1000000);
        snprintf(id, sizeof(id), "%s%zuS", i % 7 ? "Id" : "aVeryLongServerId",
                 i);
        assert_ok(ep_server_register(portal, ep_str(keys[dice(w, 3)]),
                                     ep_str(id), EP_STR_NULL, &(ep_addr_t){ 0 },
                                     out, &err));
        assert_ok(ep_server_caller(portal, ep_str(id), &caller, &err));
        r->id = caller.id;
        ep_portal_set_clock(portal, 0);
        assert_ok(ep_server_set_agent_tags(portal, ep_str(id),
                                           ep_str(tags[dice(w, 6)]), &err));
        if (dice(w, 4) == 0) {
            assert_ok(ep_server_set_portal_tags(portal, ep_str(id), EP_TAGS_SET,
                                                ep_str(tags[dice(w, 6)]),
                                                &err));
        }
        if (dice(w, 8) != 0) {
            check_in(w, r->id);
        }
    }
    commit(w->s);
}


static int
setup(void **state)
{
    world_t *w = calloc(1, sizeof(*w));
    void *store;

    store_setup(&store);
    w->s = store;
    w->dice = 88172645463325252u;
    w->now = ep_portal_now(w->s->portal) / 1000000;
    w->fleet = calloc(FLEET, sizeof(ref_t));
    w->arena = ep_arena_new();
    make_fleet(w);
    reload(w);
    *state = w;
    return 0;
}


static int
teardown(void **state)
{
    world_t *w = *state;
    void *store = w->s;
    int rc = store_teardown(&store);

    ep_arena_free(w->arena);
    free(w->fleet);
    free(w);
    return rc;
}


/* ---- the reference ---- */

static bool
naive_like(const char *p, const char *text)
{
    if (*p == '\0') {
        return *text == '\0';
    }
    if (*p == '%') {
        return naive_like(p + 1, text)
               || (*text != '\0' && naive_like(p, text + 1));
    }
    return *text != '\0'
           && ep_str_eq_nocase((ep_str_t){ p, 1 }, (ep_str_t){ text, 1 })
           && naive_like(p + 1, text + 1);
}


static bool
naive_part(const char *text, ep_str_t part)
{
    return memmem(text, strlen(text), part.p, part.n) != NULL
           || strcasestr(text, part.p) != NULL;
}


static bool
naive_age(const ep_age_t *age, int64_t now, int64_t time)
{
    return !age->set
           || (age->within ? time >= now - age->seconds
                           : time < now - age->seconds);
}


static bool
naive_fact(ep_str_t wanted, const char *fact)
{
    return wanted.n == 0
           || (fact[0] != '\0' ? ep_str_eq(wanted, ep_str(fact))
                               : ep_str_eq(wanted, EP_STR("unknown")));
}


static bool
naive_tag(const ref_t *r, ep_str_t tag)
{
    ep_str_t rest = ep_str(r->tags), one, name, value;
    bool whole = memchr(tag.p, ':', tag.n) != NULL;

    while (ep_str_cut(rest, ';', &one, &rest) || one.n > 0) {
        ep_str_cut(one, ':', &name, &value);
        if (ep_str_eq(whole ? one : name, tag)) {
            return true;
        }
    }
    return false;
}


/* Levels of make_fleet: the first two kernels, one patchset each in late. */
static ep_current_t
naive_current(const ref_t *r)
{
    int64_t base = strcmp(r->feed, "late") == 0 ? 1 : 2;

    for (int k = 0; k < 2; k++) {
        if (strcmp(r->kernel_id, kernels[k]) == 0) {
            return r->level >= base + k ? EP_CURRENT_YES : EP_CURRENT_OUTDATED;
        }
    }
    return EP_CURRENT_UNSUPPORTED;
}


static ep_server_state_t
naive_state(const world_t *w, const ref_t *r)
{
    return r->checkin == 0                            ? EP_SERVERS_NEVER
           : r->checkin >= w->now - EP_ACTIVE_SECONDS ? EP_SERVERS_ACTIVE
                                                      : EP_SERVERS_SILENT;
}


static ep_uptime_t
naive_uptime(const ref_t *r)
{
    int64_t half = 365 * DAY / 2;

    return r->uptime < 0           ? EP_UPTIME_UNKNOWN
           : r->uptime >= 3 * half ? EP_UPTIME_OVER_18
           : r->uptime >= 2 * half ? EP_UPTIME_12_18
           : r->uptime >= half     ? EP_UPTIME_6_12
                                   : EP_UPTIME_UNDER_6;
}


static bool
naive_fits(const world_t *w, const ref_t *r, const ep_server_filter_t *f)
{
    int64_t alive =
        r->checkin > 0 || f->checkin_age.within ? r->checkin : r->registered;

    return !r->gone
           && (f->hostname.n == 0 || naive_like(f->hostname.p, r->hostname))
           && (f->ip.n == 0 || (r->ip[0] && naive_like(f->ip.p, r->ip)))
           && (f->server_id.n == 0
               || ep_str_eq(f->server_id, ep_str(r->server_id)))
           && (f->key.n == 0 || ep_str_eq(f->key, ep_str(r->key)))
           && (f->feed.n == 0 || ep_str_eq(f->feed, ep_str(r->feed)))
           && (f->tag.n == 0 || naive_tag(r, f->tag))
           && naive_age(&f->registered_age, w->now, r->registered)
           && naive_age(&f->checkin_age, w->now, alive)
           && (!f->updated_age.set
               || (r->updated > 0
                   && naive_age(&f->updated_age, w->now, r->updated)))
           && (!f->state || naive_state(w, r) == f->state)
           && (!f->current || naive_current(r) == f->current)
           && (!f->uptime || naive_uptime(r) == f->uptime)
           && naive_fact(f->distro, r->distro)
           && naive_fact(f->machine, r->machine) && naive_fact(f->virt, r->virt)
           && naive_fact(f->release, r->release)
           && naive_fact(f->euname, r->euname)
           && (f->kernel_id.n == 0
               || ep_str_eq(f->kernel_id, ep_str(r->kernel_id)))
           && (!f->has_level || r->level == f->level)
           && (f->search.n == 0 || naive_part(r->hostname, f->search)
               || naive_part(r->server_id, f->search)
               || naive_part(r->key, f->search) || naive_part(r->ip, f->search)
               || naive_part(r->tags, f->search));
}


/* Keys that compare as strings of bytes. */
static int
naive_compare(ep_sort_t sort, const ref_t *a, const ref_t *b)
{
    uint8_t x[64] = { 0 }, y[64] = { 0 };

#define NUMBER(field) ((a->field > b->field) - (a->field < b->field))
    switch (sort) {
    case EP_SORT_SERVER_ID:
        return strncasecmp(a->server_id, b->server_id, 17);
    case EP_SORT_HOSTNAME:
        for (int i = 0; i < 48 && a->hostname[i]; i++) {
            x[i] = (uint8_t) a->hostname[i];
            x[i] += x[i] >= 'A' && x[i] <= 'Z' ? 32 : 0;
        }
        for (int i = 0; i < 48 && b->hostname[i]; i++) {
            y[i] = (uint8_t) b->hostname[i];
            y[i] += y[i] >= 'A' && y[i] <= 'Z' ? 32 : 0;
        }
        return memcmp(x, y, 48);
    case EP_SORT_IP:
        return a->addr.len != b->addr.len
                   ? a->addr.len - b->addr.len
                   : memcmp(a->addr.bytes, b->addr.bytes, a->addr.len);
    case EP_SORT_KEY:
        return strcmp(a->key, b->key);
    case EP_SORT_FEED:
        return strcmp(a->feed, b->feed);
    case EP_SORT_REGISTERED:
        return NUMBER(registered);
    case EP_SORT_CHECKIN:
        return NUMBER(checkin);
    case EP_SORT_UPDATED:
        return NUMBER(updated);
    case EP_SORT_UPTIME:
        return NUMBER(uptime);
    case EP_SORT_DISTRO:
        return strcmp(a->distro, b->distro);
    case EP_SORT_RELEASE:
        return strcmp(a->release, b->release);
    case EP_SORT_EUNAME:
        return strcmp(a->euname, b->euname);
    case EP_SORT_LEVEL:
        return NUMBER(level);
    default:
        return 0;
    }
}


static ep_sort_t naive_sort;
static bool naive_down;

static int
naive_order(const void *a, const void *b)
{
    const ref_t *x = *(const ref_t *const *) a;
    const ref_t *y = *(const ref_t *const *) b;
    int order = naive_compare(naive_sort, x, y);

    if (order == 0) {
        order = (x->id > y->id) - (x->id < y->id);
    }
    return naive_down ? -order : order;
}


static size_t
naive_list(const world_t *w, const ep_server_filter_t *f, ep_sort_t sort,
           bool down, const ref_t **out)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (naive_fits(w, &w->fleet[i], f)) {
            out[n++] = &w->fleet[i];
        }
    }
    naive_sort = sort;
    naive_down = down;
    qsort(out, n, sizeof(*out), naive_order);
    return n;
}

#endif
