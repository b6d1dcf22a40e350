/* Servers, their tags and check-ins: eportal/server.h. */

#include "store.h"

#define KERNEL "9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f"
#define OTHER "00000000000000000000000000000000000000ff"
#define DAY ((int64_t) 24 * 3600)

/* A copy of what a list shows of one server. */
typedef struct {
    int64_t count;
    int64_t id, checkin, updated, uptime, level;
    char server_id[65], key[65], feed[33], tags[256], ip[EP_ADDR_TEXT];
    char facts[EP_FACT_COUNT][EP_FACT_MAX + 1];
} seen_t;


static ep_rc_t
see(const ep_server_t *server, void *ctx, ep_err_t *unused)
{
    seen_t *seen = ctx;

    seen->count++;
    seen->id = server->id;
    seen->checkin = server->checkin;
    seen->updated = server->updated;
    seen->uptime = server->uptime;
    seen->level = server->level;
    ep_str_copy(server->server_id, seen->server_id, sizeof(seen->server_id));
    ep_str_copy(server->key, seen->key, sizeof(seen->key));
    ep_str_copy(server->feed, seen->feed, sizeof(seen->feed));
    ep_str_copy(server->tags, seen->tags, sizeof(seen->tags));
    ep_addr_format(&server->ip, seen->ip);
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        ep_str_copy(server->facts[i], seen->facts[i], sizeof(seen->facts[i]));
    }
    return EP_OK;
}


/* The last server of a key, or of all. */
static seen_t
last_of(store_t *s, const char *key)
{
    seen_t seen = { 0 };

    assert_ok(ep_server_list(s->portal, ep_str(key), 0, 0, see, &seen, &err));
    return seen;
}


/* Keys "k" (no limit) and "l" (two servers), and server "a" of "k". */
static int
setup(void **state)
{
    store_t *s;

    store_setup(state);
    s = *state;
    begin(s);
    add_key(s, "k", NULL, 0);
    add_key(s, "l", NULL, 2);
    add_server(s, "k", "a");
    commit(s);
    return 0;
}


static ep_server_report_t
report_of_a(int64_t level)
{
    ep_server_report_t report = { .server = 1,
                                  .time = 1000,
                                  .ip = { 4, { 192, 0, 2, 7 } },
                                  .uptime = 60,
                                  .level = level };

    report.facts[EP_FACT_HOSTNAME] = EP_STR("a.example");
    report.facts[EP_FACT_KERNEL_ID] = EP_STR(KERNEL);
    report.facts[EP_FACT_DISTRO] = EP_STR("Debian GNU/Linux");
    return report;
}


static void
check_in(store_t *s, const ep_server_report_t *report)
{
    begin(s);
    assert_ok(ep_server_checkin(s->portal, report, &err));
    commit(s);
}


/* Run SQL that gives one integer, past the library. */
static int64_t
ask(store_t *s, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t value;

    assert_int_equal(sqlite3_prepare_v2(s->portal->db, sql, -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    value = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return value;
}


static void
registration_makes_an_id(void **state)
{
    store_t *s = *state;
    ep_addr_t ip = { 4, { 10, 1, 2, 3 } };
    char id[EP_SERVER_ID_MAX + 1];
    ep_caller_t caller;
    seen_t seen;

    begin(s);
    assert_ok(ep_server_register(s->portal, EP_STR("l"), EP_STR_NULL,
                                 EP_STR("h\n1"), &ip, id, &err));
    commit(s);
    assert_int_equal(strlen(id), 16);
    assert_true((id[0] | 32) >= 'a' && (id[0] | 32) <= 'z');
    assert_ok(ep_server_caller(s->portal, ep_str(id), &caller, &err));
    seen = last_of(s, "l");
    assert_string_equal(seen.server_id, id);
    assert_string_equal(seen.key, "l");
    assert_string_equal(seen.feed, "main");
    assert_string_equal(seen.ip, "10.1.2.3");
    assert_string_equal(seen.facts[EP_FACT_HOSTNAME], "h?1");
    assert_int_equal(seen.checkin, 0);
    assert_int_equal(seen.uptime, -1);
}


static void
registration_refuses(void **state)
{
    static const char *const bad[] = { "a-b", "a b", "\xc3\xa9", "a\n" };
    store_t *s = *state;
    ep_addr_t none = { 0 };
    char id[EP_SERVER_ID_MAX + 1] = "untouched", longer[66];

    memset(longer, 'x', 65);
    longer[65] = '\0';
    begin(s);
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_refused(ep_server_register(s->portal, EP_STR("k"),
                                          ep_str(bad[i]), EP_STR_NULL, &none,
                                          id, &err),
                       EP_EINVAL, "bad-server-id");
    }
    assert_refused(ep_server_register(s->portal, EP_STR("k"), ep_str(longer),
                                      EP_STR_NULL, &none, id, &err),
                   EP_EINVAL, "bad-server-id");
    assert_refused(ep_server_register(s->portal, EP_STR("no"), EP_STR_NULL,
                                      EP_STR_NULL, &none, id, &err),
                   EP_ENOTFOUND, "invalid-key");
    commit(s);
    assert_string_equal(id, "untouched");
}


static void
known_server_keeps_its_id(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(3);
    seen_t seen;
    ep_key_t key;

    check_in(s, &report);
    begin(s);
    add_server(s, "k", "a");
    add_server(s, "l", "a"); /* and may change its key */
    commit(s);
    seen = last_of(s, "");
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.id, 1);
    assert_string_equal(seen.key, "l");
    assert_string_equal(seen.facts[EP_FACT_HOSTNAME], "a.example");
    assert_ok(ep_key_find(s->portal, EP_STR("k"), &key, &err));
    assert_int_equal(key.servers, 0);
    assert_ok(ep_key_find(s->portal, EP_STR("l"), &key, &err));
    assert_int_equal(key.servers, 1);
    assert_int_equal(ask(s, "SELECT count(*) FROM usage WHERE key_id = 2"), 1);
    assert_int_equal(ask(s, "SELECT count(*) FROM usage"), 1);
}


static void
limit_is_enforced(void **state)
{
    store_t *s = *state;
    ep_addr_t none = { 0 };
    char id[EP_SERVER_ID_MAX + 1];

    begin(s);
    add_server(s, "l", "x");
    add_server(s, "l", "y");
    assert_refused(ep_server_register(s->portal, EP_STR("l"), EP_STR_NULL,
                                      EP_STR_NULL, &none, id, &err),
                   EP_ELIMIT, "key-limit-reached");
    assert_refused(ep_server_register(s->portal, EP_STR("l"), EP_STR("a"),
                                      EP_STR_NULL, &none, id, &err),
                   EP_ELIMIT, "key-limit-reached");
    add_server(s, "l", "y"); /* it is there already */
    commit(s);
}


/* Register until the key is full; how often it was not. */
static int
register_all(store_t *s, int times)
{
    ep_addr_t none = { 0 };
    char id[EP_SERVER_ID_MAX + 1];
    int made = 0;

    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    for (int i = 0; i < times; i++) {
        ep_rc_t rc;

        begin(s);
        rc = ep_server_register(s->portal, EP_STR("fifty"), EP_STR_NULL,
                                EP_STR_NULL, &none, id, NULL);
        assert_true(rc == EP_OK || rc == EP_ELIMIT);
        commit(s);
        made += rc == EP_OK;
    }
    return made;
}


static void
limit_holds_for_eight_processes(void **state)
{
    store_t *s = *state;
    int made = 0, status;
    pid_t pids[8];
    ep_key_t key;

    begin(s);
    add_key(s, "fifty", NULL, 50);
    commit(s);
    ep_portal_close(s->portal);
    s->portal = NULL;
    for (size_t i = 0; i < EP_ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(register_all(s, 20));
        }
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(pids); i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        made += WEXITSTATUS(status);
    }
    assert_int_equal(made, 50);
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    assert_ok(ep_key_find(s->portal, EP_STR("fifty"), &key, &err));
    assert_int_equal(key.servers, 50);
    assert_int_equal(last_of(s, "fifty").count, 50);
}


static void
check_in_is_recorded(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(3);
    seen_t seen;

    check_in(s, &report);
    seen = last_of(s, "");
    assert_int_equal(seen.checkin, 1000 * 1000000);
    assert_int_equal(seen.updated, 1000 * 1000000);
    assert_int_equal(seen.uptime, 60);
    assert_int_equal(seen.level, 3);
    assert_string_equal(seen.ip, "192.0.2.7");
    assert_string_equal(seen.facts[EP_FACT_HOSTNAME], "a.example");
    assert_string_equal(seen.facts[EP_FACT_KERNEL_ID], KERNEL);
    assert_string_equal(seen.facts[EP_FACT_DISTRO], "Debian GNU/Linux");
    assert_string_equal(seen.facts[EP_FACT_VIRT], "");
}


static void
what_is_not_reported_is_kept(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(3);
    ep_server_report_t bare = {
        .server = 1, .time = 2000, .uptime = -1, .level = -1
    };
    seen_t seen;

    check_in(s, &report);
    check_in(s, &bare);
    seen = last_of(s, "");
    assert_int_equal(seen.checkin, 2000 * 1000000ll);
    assert_int_equal(seen.updated, 1000 * 1000000);
    assert_int_equal(seen.uptime, 60);
    assert_int_equal(seen.level, 3);
    assert_string_equal(seen.ip, "192.0.2.7");
    bare.facts[EP_FACT_VIRT] = EP_STR("kvm");
    bare.facts[EP_FACT_KERNEL_ID] = EP_STR("not a hash");
    check_in(s, &bare);
    seen = last_of(s, "");
    assert_string_equal(seen.facts[EP_FACT_VIRT], "kvm");
    assert_string_equal(seen.facts[EP_FACT_KERNEL_ID], KERNEL);
    assert_string_equal(seen.facts[EP_FACT_HOSTNAME], "a.example");
    /* A patch file was fetched, nothing else is new. */
    bare = (ep_server_report_t){
        .server = 1, .time = 3000, .uptime = -1, .level = -1, .updated = true
    };
    check_in(s, &bare);
    assert_int_equal(last_of(s, "").updated, 3000 * 1000000ll);
}


static void
same_report_leaves_the_facts_alone(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(3);

    check_in(s, &report);
    assert_int_equal(sqlite3_exec(s->portal->db,
                                  "UPDATE facts SET distro = 'untouched'", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    report.time = 2000;
    check_in(s, &report);
    assert_string_equal(last_of(s, "").facts[EP_FACT_DISTRO], "untouched");
    report.facts[EP_FACT_DISTRO] = EP_STR("Debian");
    check_in(s, &report);
    assert_string_equal(last_of(s, "").facts[EP_FACT_DISTRO], "Debian");
    /* Neighbours do not flow into each other. */
    report.facts[EP_FACT_DISTRO] = EP_STR("Deb");
    report.facts[EP_FACT_DISTRO_VERSION] = EP_STR("ian");
    check_in(s, &report);
    assert_string_equal(last_of(s, "").facts[EP_FACT_DISTRO], "Deb");
}


static void
facts_are_made_text(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(0);
    char text[EP_FACT_MAX + 10];
    seen_t seen;

    memset(text, 'x', sizeof(text));
    memcpy(text + EP_FACT_MAX - 1, "\xc3\xa9", 2); /* would be cut in two */
    report.facts[EP_FACT_HOSTNAME] = (ep_str_t){ text, sizeof(text) };
    report.facts[EP_FACT_VIRT] = EP_STR("a\033b\0c\xff\xc2\x85");
    report.extra = EP_STR("{\"new\": 1}");
    check_in(s, &report);
    seen = last_of(s, "");
    assert_int_equal(strlen(seen.facts[EP_FACT_HOSTNAME]), EP_FACT_MAX - 1);
    assert_string_equal(seen.facts[EP_FACT_VIRT], "a?b?c??");
    assert_int_equal(ask(s, "SELECT json_extract(extra, '$.new') FROM facts"),
                     1);
}


static void
server_that_is_gone_is_no_error(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(1);

    report.server = 99;
    check_in(s, &report);
    assert_int_equal(last_of(s, "").checkin, 0);
}


static void
usage_is_counted(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(1);

    begin(s);
    add_server(s, "k", "b");
    commit(s);
    check_in(s, &report);
    report.server = 2;
    check_in(s, &report);
    assert_int_equal(ask(s, "SELECT servers FROM usage WHERE level = 1"), 2);
    report.level = 2;
    check_in(s, &report);
    assert_int_equal(ask(s, "SELECT servers FROM usage WHERE level = 1"), 1);
    assert_int_equal(ask(s, "SELECT servers FROM usage WHERE level = 2"), 1);
    report.facts[EP_FACT_KERNEL_ID] = EP_STR(OTHER);
    check_in(s, &report);
    assert_int_equal(ask(s, "SELECT servers FROM usage WHERE kernel_id = "
                            "x'00000000000000000000000000000000000000ff'"),
                     1);
    assert_int_equal(ask(s, "SELECT count(*) FROM usage"), 2);
    begin(s);
    assert_ok(ep_server_delete(s->portal, EP_STR("b"), &report.time, &err));
    commit(s);
    assert_int_equal(ask(s, "SELECT sum(servers) FROM usage"), 1);
}


static void
set_tags(store_t *s, const char *tags)
{
    begin(s);
    assert_ok(
        ep_server_set_agent_tags(s->portal, EP_STR("a"), ep_str(tags), &err));
    commit(s);
}


static void
tags_are_replaced(void **state)
{
    store_t *s = *state;

    set_tags(s, "env:prod;ubuntu");
    assert_string_equal(last_of(s, "").tags, "env:prod;ubuntu");
    assert_int_equal(ask(s, "SELECT count(*) FROM tag WHERE name = 'env' "
                            "AND value = 'prod'"),
                     1);
    assert_int_equal(ask(s, "SELECT count(*) FROM tag WHERE name = 'ubuntu' "
                            "AND value IS NULL"),
                     1);
    set_tags(s, " a : b:c ;; x;x:1 ");
    assert_string_equal(last_of(s, "").tags, "a:b:c;x:1");
}


static void
empty_tags_remove_all(void **state)
{
    store_t *s = *state;

    set_tags(s, "env:prod;ubuntu");
    assert_int_equal(sqlite3_exec(s->portal->db,
                                  "INSERT INTO tag VALUES "
                                  "(1, 'portal', 'rack', '7')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    set_tags(s, "");
    assert_string_equal(last_of(s, "").tags, "rack:7");
}


static void
bad_tags_are_refused(void **state)
{
    store_t *s = *state;
    static char text[EP_TAGS_MAX + 1];

    memset(text, 't', sizeof(text));
    begin(s);
    assert_refused(
        ep_server_set_agent_tags(s->portal, EP_STR("a"), EP_STR("a\nb"), &err),
        EP_EINVAL, "bad-tags");
    assert_refused(
        ep_server_set_agent_tags(s->portal, EP_STR("a"), EP_STR(":x"), &err),
        EP_EINVAL, "bad-tags");
    assert_refused(ep_server_set_agent_tags(s->portal, EP_STR("a"),
                                            (ep_str_t){ text, sizeof(text) },
                                            &err),
                   EP_EINVAL, "bad-tags");
    assert_refused(
        ep_server_set_agent_tags(s->portal, EP_STR("no"), EP_STR("x"), &err),
        EP_ENOTFOUND, "server-not-found");
    commit(s);
}


static void
inactive_servers_are_deleted(void **state)
{
    store_t *s = *state;
    int64_t now = ep_portal_now(s->portal), after = 0, n = -1, all = 0;
    ep_server_report_t report = report_of_a(1);
    int calls = 0;

    /* a checked in long ago, b today, c never and is old, d never and new. */
    check_in(s, &report);
    begin(s);
    ep_portal_set_clock(s->portal, -40 * DAY * 1000000);
    add_server(s, "k", "b");
    add_server(s, "k", "c");
    ep_portal_set_clock(s->portal, 0);
    add_server(s, "k", "d");
    commit(s);
    report.server = 2;
    report.time = now / 1000000;
    check_in(s, &report);
    do {
        begin(s);
        assert_ok(ep_server_delete_inactive(s->portal, now - 30 * DAY * 1000000,
                                            2, &after, &n, &err));
        commit(s);
        all += n;
        calls++;
    } while (after != 0 && calls < 10);
    assert_int_equal(all, 2);
    assert_int_equal(last_of(s, "").count, 2);
    assert_int_equal(ask(s, "SELECT count(*) FROM server "
                            "WHERE server_id IN ('b', 'd')"),
                     2);
    assert_int_equal(ask(s, "SELECT count(*) FROM checkin"), 2);
}


static void
servers_are_deleted(void **state)
{
    store_t *s = *state;
    ep_addr_t ip = { 4, { 10, 0, 0, 1 } }, other = { 4, { 10, 0, 0, 2 } };
    int64_t n = -1;
    ep_key_t key;

    begin(s);
    assert_ok(ep_server_delete(s->portal, EP_STR("no"), &n, &err));
    assert_int_equal(n, 0);
    assert_ok(ep_server_delete(s->portal, EP_STR("a"), &n, &err));
    assert_int_equal(n, 1);
    add_server(s, "l", "b");
    assert_ok(ep_server_delete_by_key_ip(s->portal, EP_STR("l"), &other, 9, &n,
                                         &err));
    assert_int_equal(n, 0);
    assert_ok(
        ep_server_delete_by_key_ip(s->portal, EP_STR("k"), &ip, 9, &n, &err));
    assert_int_equal(n, 0);
    assert_ok(
        ep_server_delete_by_key_ip(s->portal, EP_STR("l"), &ip, 9, &n, &err));
    assert_int_equal(n, 1);
    add_server(s, "l", "f");
    add_server(s, "l", "g");
    assert_ok(
        ep_server_delete_by_key_ip(s->portal, EP_STR("l"), &ip, 1, &n, &err));
    assert_int_equal(n, 1);
    assert_ok(
        ep_server_delete_by_key_ip(s->portal, EP_STR("l"), &ip, 9, &n, &err));
    assert_int_equal(n, 1);
    assert_ok(ep_server_delete_by_key_ip(s->portal, EP_STR("no such key"), &ip,
                                         9, &n, &err));
    assert_int_equal(n, 0);
    add_server(s, "k", "c");
    add_server(s, "k", "d");
    add_server(s, "k", "e");
    assert_ok(ep_server_delete_by_key(s->portal, EP_STR("k"), 2, &n, &err));
    assert_int_equal(n, 2);
    commit(s);
    assert_ok(ep_key_find(s->portal, EP_STR("k"), &key, &err));
    assert_int_equal(key.servers, 1);
}


/* The write lock is held while servers are looked for at an address. */
static void
large_keys_are_not_walked(void **state)
{
    store_t *s = *state;
    ep_addr_t ip = { 4, { 10, 0, 0, 1 } };
    int64_t n = -1;

    begin(s);
    assert_int_equal(sqlite3_exec(s->portal->db,
                                  "UPDATE key_count SET servers = 50001", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    assert_refused(
        ep_server_delete_by_key_ip(s->portal, EP_STR("k"), &ip, 9, &n, &err),
        EP_ELIMIT, "key-too-large");
    assert_int_equal(n, -1);
    commit(s);
}


static void
lists_page(void **state)
{
    store_t *s = *state;
    seen_t seen = { 0 };

    begin(s);
    add_server(s, "l", "b");
    add_server(s, "k", "c");
    add_server(s, "k", "d");
    commit(s);
    assert_ok(ep_server_list(s->portal, EP_STR("k"), 1, 1, see, &seen, &err));
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.server_id, "c");
    seen.count = 0;
    assert_ok(
        ep_server_list(s->portal, EP_STR_NULL, seen.id, 0, see, &seen, &err));
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.server_id, "d");
    assert_int_equal(last_of(s, "nobody").count, 0);
}


/* Every statement that was prepared so far finds its rows by an index. */
static void
assert_no_scan(store_t *s)
{
    for (size_t i = 0; i < EP_STMT_SLOTS; i++) {
        const char *sql = s->portal->stmts[i].sql;
        sqlite3_stmt *st = NULL;
        char text[4096];

        if (sql == NULL) {
            continue;
        }
        snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
        if (sqlite3_prepare_v2(s->portal->db, text, -1, &st, NULL) != SQLITE_OK)
        {
            continue; /* BEGIN, COMMIT */
        }
        while (sqlite3_step(st) == SQLITE_ROW) {
            const char *detail = (const char *) sqlite3_column_text(st, 3);

            if (strncmp(detail, "SCAN", 4) == 0
                && strcmp(detail, "SCAN CONSTANT ROW") != 0) {
                fail_msg("%s: %s", detail, sql);
            }
        }
        sqlite3_finalize(st);
    }
}


static void
hot_path_never_scans(void **state)
{
    store_t *s = *state;
    ep_server_report_t report = report_of_a(1);
    ep_caller_t caller;

    ep_portal_close(s->portal); /* with what setup prepared */
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    assert_ok(ep_server_caller(s->portal, EP_STR("a"), &caller, &err));
    check_in(s, &report);
    report.level = 2;
    check_in(s, &report);
    begin(s);
    add_server(s, "k", "b");
    add_server(s, "l", "b");
    commit(s);
    set_tags(s, "x");
    assert_no_scan(s);
}


#define READY setup, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "a registration makes an id", registration_makes_an_id, READY },
        { "a registration is refused", registration_refuses, READY },
        { "a server that registers again keeps its id",
          known_server_keeps_its_id, READY },
        { "KEY-10: a key takes as many servers as its limit says",
          limit_is_enforced, READY },
        { "KEY-10: eight processes at once do not exceed a limit of 50",
          limit_holds_for_eight_processes, READY },
        { "a check-in is recorded", check_in_is_recorded, READY },
        { "what a check-in does not say is kept", what_is_not_reported_is_kept,
          READY },
        { "the same report leaves the facts alone",
          same_report_leaves_the_facts_alone, READY },
        { "facts are made text", facts_are_made_text, READY },
        { "a check-in of a server that is gone is no error",
          server_that_is_gone_is_no_error, READY },
        { "usage follows kernels, levels and deletions", usage_is_counted,
          READY },
        { "TAG-2 TAG-3 TAG-4: tags have names and values and are replaced",
          tags_are_replaced, READY },
        { "TAG-5: empty tags remove the agent's tags, not the portal's",
          empty_tags_remove_all, READY },
        { "bad tags are refused", bad_tags_are_refused, READY },
        { "SRV-6: servers without a sign of life are deleted in pieces",
          inactive_servers_are_deleted, READY },
        { "servers are deleted by id, by key and by address",
          servers_are_deleted, READY },
        { "a large key is not walked under the write lock",
          large_keys_are_not_walked, READY },
        { "lists page by local id", lists_page, READY },
        { "the hot path finds everything by an index", hot_path_never_scans,
          READY },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
