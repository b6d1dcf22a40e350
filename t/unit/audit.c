/* The audit log: eportal/audit.h. */

#include <eportal/audit.h>

#include "store.h"

#define SECOND INT64_C(1000000)

/* What a list gave: "actor action object result", a line each. */
typedef struct {
    char text[8192];
    int64_t ids[64];
    size_t count;
    ep_audit_row_t last;
    char detail[512];
} listed_t;


static ep_rc_t
keep(const ep_audit_row_t *row, void *ctx, ep_err_t *e)
{
    listed_t *l = ctx;
    size_t n = strlen(l->text);

    snprintf(l->text + n, sizeof(l->text) - n, "%.*s %.*s %.*s %.*s\n",
             EP_STR_ARG(row->actor), EP_STR_ARG(row->action),
             EP_STR_ARG(row->object), EP_STR_ARG(row->result));
    assert_true(l->count < EP_ARRAY_LEN(l->ids));
    l->ids[l->count++] = row->id;
    l->last = *row;
    assert_true(ep_str_copy(row->detail, l->detail, sizeof(l->detail)));
    return EP_OK;
}


static listed_t
list(store_t *s, ep_audit_query_t query)
{
    listed_t l = { .text = "" };

    assert_ok(ep_audit_list(s->portal, &query, keep, &l, &err));
    return l;
}


static void
assert_listed(store_t *s, ep_audit_query_t query, const char *text)
{
    listed_t l = list(s, query);

    assert_string_equal(l.text, text);
}


static void
act_as(store_t *s, const char *name)
{
    ep_actor_t actor = { .name = ep_str(name),
                         .via = "session",
                         .ip = { 4, { 192, 0, 2, 7 } } };

    ep_audit_actor(s->portal, &actor);
}


static void
record(store_t *s, const char *action, const char *object)
{
    begin(s);
    assert_ok(ep_audit(s->portal, action, ep_str(object), EP_STR_NULL, &err));
    commit(s);
}


/* ann and bob at 100 s, 200 s, ... of the portal's clock. */
static void
fill(store_t *s)
{
    static const char *const rows[][3] = {
        { "ann", "key.add", "k1" },     { "bob", "key.change", "k1" },
        { "ann", "feed.add", "k1" },    { "ann", "key.delete", "k1" },
        { "ann", "keyring.add", "k2" },
    };
    ep_actor_t eve = { .name = EP_STR("eve"), .via = "session" };

    for (size_t i = 0; i < EP_ARRAY_LEN(rows); i++) {
        ep_portal_set_clock(s->portal, 0);
        ep_portal_set_clock(s->portal, (int64_t) (i + 1) * 100 * SECOND
                                           - ep_portal_now(s->portal));
        act_as(s, rows[i][0]);
        record(s, rows[i][1], rows[i][2]);
    }
    ep_audit_result(s->portal, &eve, "user.login", EP_STR_NULL,
                    "bad-credentials");
}


static void
nobody_leaves_no_row(void **state)
{
    store_t *s = *state;

    record(s, "key.add", "k1");
    act_as(s, "ann");
    assert_true(ep_audit_acting(s->portal));
    ep_audit_actor(s->portal, NULL);
    assert_false(ep_audit_acting(s->portal));
    record(s, "key.add", "k1");
    assert_listed(s, (ep_audit_query_t){ 0 }, "");
}


static void
row_says_who_what_where_and_how(void **state)
{
    store_t *s = *state;
    const ep_audit_value_t values[] = {
        { "feed", EP_AUDIT_TEXT, EP_STR("m\"ain\n"), 0 },
        { "limit", EP_AUDIT_NUMBER, EP_STR_NULL, 7 },
        { "note", EP_AUDIT_SKIP, EP_STR_NULL, 0 },
        { "auto", EP_AUDIT_TRUTH, EP_STR_NULL, 1 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };
    int64_t before = ep_portal_now(s->portal);
    char ip[EP_ADDR_TEXT];
    listed_t l;

    act_as(s, "ann");
    begin(s);
    assert_ok(
        ep_audit_values(s->portal, "key.add", EP_STR("k1"), values, &err));
    commit(s);
    l = list(s, (ep_audit_query_t){ 0 });
    assert_string_equal(l.text, "ann key.add k1 ok\n");
    assert_string_equal(l.detail, "{\"feed\": \"m\\\"ain?\", \"limit\": 7, "
                                  "\"auto\": true}");
    ep_addr_format(&l.last.ip, ip);
    assert_string_equal(ip, "192.0.2.7");
    assert_true(l.last.time >= before);
    assert_true(l.last.time <= ep_portal_now(s->portal));
}


static void
row_goes_with_its_change(void **state)
{
    store_t *s = *state;

    act_as(s, "ann");
    begin(s);
    assert_ok(ep_audit(s->portal, "key.add", EP_STR("k1"), EP_STR_NULL, &err));
    ep_portal_write_rollback(s->portal);
    assert_listed(s, (ep_audit_query_t){ 0 }, "");
    assert_refused(
        ep_audit(s->portal, "key.add", EP_STR("k1"), EP_STR_NULL, &err),
        EP_EINTERNAL, "no-transaction");
}


static void
newest_come_first_page_by_page(void **state)
{
    store_t *s = *state;
    listed_t l;

    fill(s);
    l = list(s, (ep_audit_query_t){ .limit = 2 });
    assert_string_equal(l.text, "eve user.login  bad-credentials\n"
                                "ann keyring.add k2 ok\n");
    l = list(s, (ep_audit_query_t){ .limit = 2, .before = l.ids[1] });
    assert_string_equal(l.text, "ann key.delete k1 ok\n"
                                "ann feed.add k1 ok\n");
    l = list(s, (ep_audit_query_t){ .before = l.ids[1] });
    assert_string_equal(l.text, "bob key.change k1 ok\n"
                                "ann key.add k1 ok\n");
    assert_listed(s, (ep_audit_query_t){ .before = l.ids[1] }, "");
}


static void
filters_narrow_the_list(void **state)
{
    store_t *s = *state;

    fill(s);
    assert_listed(s, (ep_audit_query_t){ .actor = EP_STR("bob") },
                  "bob key.change k1 ok\n");
    assert_listed(s, (ep_audit_query_t){ .action = EP_STR("key.add") },
                  "ann key.add k1 ok\n");
    assert_listed(s, (ep_audit_query_t){ .action = EP_STR("key.") },
                  "ann key.delete k1 ok\nbob key.change k1 ok\n"
                  "ann key.add k1 ok\n");
    assert_listed(s,
                  (ep_audit_query_t){ .object = EP_STR("k1"),
                                      .action = EP_STR("key."),
                                      .actor = EP_STR("ann") },
                  "ann key.delete k1 ok\nann key.add k1 ok\n");
    assert_listed(s, (ep_audit_query_t){ .result = EP_STR("failed") },
                  "eve user.login  bad-credentials\n");
    assert_listed(s, (ep_audit_query_t){ .result = EP_STR("bad-credentials") },
                  "eve user.login  bad-credentials\n");
    assert_listed(s, (ep_audit_query_t){ .result = EP_STR("ok"), .limit = 1 },
                  "ann keyring.add k2 ok\n");
    assert_listed(s, (ep_audit_query_t){ .actor = EP_STR("%") }, "");
}


static void
time_asked_for_has_a_begin_and_an_end(void **state)
{
    store_t *s = *state;
    listed_t l;

    fill(s);
    assert_listed(
        s, (ep_audit_query_t){ .since = 200 * SECOND, .until = 400 * SECOND },
        "ann feed.add k1 ok\nbob key.change k1 ok\n");
    l = list(s, (ep_audit_query_t){ .limit = 1 });
    assert_listed(
        s, (ep_audit_query_t){ .until = 300 * SECOND, .before = l.ids[0] },
        "bob key.change k1 ok\nann key.add k1 ok\n");
}


static void
hostile_texts_become_text(void **state)
{
    store_t *s = *state;
    char name[300], object[600];
    ep_actor_t actor = { .via = "basic" };
    listed_t l;

    memset(name, 'n', sizeof(name));
    memcpy(name, "a\0\n\xff\xc3", 5);
    memset(object, 'o', sizeof(object));
    actor.name = (ep_str_t){ name, sizeof(name) };
    ep_audit_result(s->portal, &actor, "user.login",
                    (ep_str_t){ object, sizeof(object) }, "bad-credentials");
    l = list(s, (ep_audit_query_t){ 0 });
    assert_int_equal(l.count, 1);
    assert_memory_equal(l.text, "a????nnn", 8);
    assert_int_equal(strcspn(l.text, " "), EP_AUDIT_NAME_MAX);
    assert_null(strstr(l.text, "oooooooooooooooo\n"));
    assert_int_equal(l.last.ip.len, 0);
}


static void
detail_that_is_no_text_is_cut(void **state)
{
    store_t *s = *state;
    static char huge[EP_AUDIT_DETAIL_MAX + 2];
    listed_t l;

    memset(huge, ' ', sizeof(huge));
    act_as(s, "ann");
    begin(s);
    assert_ok(ep_audit(s->portal, "key.add", EP_STR("k1"),
                       (ep_str_t){ huge, sizeof(huge) }, &err));
    commit(s);
    l = list(s, (ep_audit_query_t){ 0 });
    assert_string_equal(l.detail, "{\"cut\":true}");
}


static void
old_rows_go_in_pieces(void **state)
{
    store_t *s = *state;
    int64_t deleted = -1;

    fill(s);
    begin(s);
    assert_ok(ep_audit_clean(s->portal, 350 * SECOND, 2, &deleted, &err));
    assert_int_equal(deleted, 2);
    assert_ok(ep_audit_clean(s->portal, 350 * SECOND, 2, &deleted, &err));
    assert_int_equal(deleted, 1);
    commit(s);
    assert_listed(s, (ep_audit_query_t){ .limit = 2 },
                  "eve user.login  bad-credentials\nann keyring.add k2 ok\n");
    assert_listed(s, (ep_audit_query_t){ .action = EP_STR("key.") },
                  "ann key.delete k1 ok\n");
}


/* A failure that cannot be recorded must not fail what it is about. */
static void
log_tells_what_was_not_recorded(void **state)
{
    store_t *s = *state;
    ep_actor_t actor = { .name = EP_STR("eve"), .via = "session" };

    begin(s);
    ep_audit_result(s->portal, &actor, "user.login", EP_STR_NULL, "ok");
    commit(s);
    assert_listed(s, (ep_audit_query_t){ 0 }, "");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "without an actor nothing is recorded", nobody_leaves_no_row,
          store_setup, store_teardown, NULL },
        { "W-2: a row says who, what, on what, from where and how it ended "
          "(ASVS 16.2.1)",
          row_says_who_what_where_and_how, store_setup, store_teardown, NULL },
        { "W-2: a row is committed with its change or not at all",
          row_goes_with_its_change, store_setup, store_teardown, NULL },
        { "NEW-SEC-7: newest first, page by page",
          newest_come_first_page_by_page, store_setup, store_teardown, NULL },
        { "NEW-SEC-7: filters by actor, action, entity, object and result",
          filters_narrow_the_list, store_setup, store_teardown, NULL },
        { "NEW-SEC-7: filters by time", time_asked_for_has_a_begin_and_an_end,
          store_setup, store_teardown, NULL },
        { "texts of any bytes become text and are cut",
          hostile_texts_become_text, store_setup, store_teardown, NULL },
        { "a detail that is too long is not stored",
          detail_that_is_no_text_is_cut, store_setup, store_teardown, NULL },
        { "old rows are deleted in pieces", old_rows_go_in_pieces, store_setup,
          store_teardown, NULL },
        { "a result that cannot be recorded fails nothing",
          log_tells_what_was_not_recorded, store_setup, store_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
