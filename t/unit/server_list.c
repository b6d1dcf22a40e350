/* Lists of servers against a naive reference: a fleet by chance (always the
 * same one), every filter and sort and many combinations of them, after
 * check-ins, moves and deletions. */

#include "fleet.h"

#include "store/recount.h"
#include "store/server_order.h"

/* Pages by cursor, then one in the middle by offset, against the reference. */
static size_t
compare_list(world_t *w, const ep_server_filter_t *f, ep_sort_t sort, bool down,
             int64_t limit)
{
    static const ref_t *want[FLEET];
    static ep_page_ids_t ids;
    size_t n = naive_list(w, f, sort, down, want), seen = 0;
    ep_page_t page = { .sort = sort, .descending = down, .limit = limit };
    char cursor[EP_CURSOR_MAX + 1] = "";
    ep_selection_t *s = NULL;

    ep_arena_reset(w->arena);
    assert_ok(ep_portal_read_begin(w->s->portal, &err));
    assert_ok(ep_selection_make(w->s->portal, f, w->arena, &s, &err));
    assert_int_equal(ep_selection_count(s), n);
    do {
        page.cursor = ep_str(cursor);
        assert_ok(ep_selection_page(w->s->portal, s, &page, &ids, &err));
        for (size_t i = 0; i < ids.n; i++) {
            assert_true(seen < n);
            assert_int_equal(ids.ids[i], want[seen++]->id);
        }
        memcpy(cursor, ids.next, sizeof(cursor));
    } while (cursor[0] != '\0' && seen < 10 * (size_t) limit);
    assert_true(cursor[0] != '\0' || seen == n);
    page.cursor = EP_STR_NULL;
    page.offset = (int64_t) (n / 2);
    assert_ok(ep_selection_page(w->s->portal, s, &page, &ids, &err));
    for (size_t i = 0; i < ids.n; i++) {
        assert_int_equal(ids.ids[i], want[n / 2 + i]->id);
    }
    assert_int_equal(ids.n,
                     n - n / 2 < (size_t) limit ? n - n / 2 : (size_t) limit);
    ep_portal_read_end(w->s->portal);
    return n;
}


static ep_age_t
age(const char *text)
{
    ep_age_t out;

    assert_true(ep_age_parse(ep_str(text), &out));
    return out;
}


#define FILTERS 52

static ep_server_filter_t
filter(int i)
{
#define F(...)                                                                 \
    (ep_server_filter_t)                                                       \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
    const ep_server_filter_t all[FILTERS] = {
        F(.has_level = false),
        F(.hostname = EP_STR("web-0%")),
        F(.hostname = EP_STR("%EXAMPLE.com")),
        F(.hostname = EP_STR("%25%")),
        F(.hostname = EP_STR("DB7")),
        F(.hostname = EP_STR("%%")),
        F(.hostname = EP_STR("%a%e%5%")),
        F(.hostname = EP_STR("node%longer%.com")),
        F(.hostname = EP_STR("k\xc3\xb6ln%")),
        F(.hostname = EP_STR("Web-%")),
        F(.hostname = EP_STR("node0001-with-a-name-that-is-much-longer-than-"
                             "any-block-of-ours%")),
        F(.hostname = EP_STR("n%-with-a%")),
        F(.ip = EP_STR("10.1.%")),
        F(.ip = EP_STR("10.1.2.3")),
        F(.ip = EP_STR("%.7")),
        F(.ip = EP_STR("2001:%")),
        F(.ip = EP_STR("1%")),
        F(.server_id = EP_STR("Id17S")),
        F(.server_id = EP_STR("nobody")),
        F(.key = EP_STR("beta")),
        F(.key = EP_STR("nokey")),
        F(.feed = EP_STR("main")),
        F(.tag = EP_STR("env:prod")),
        F(.tag = EP_STR("env")),
        F(.tag = EP_STR("\"a' OR")),
        F(.tag = EP_STR("web")),
        F(.registered_age = age("200")),
        F(.registered_age = age("-48h")),
        F(.checkin_age = age("3")),
        F(.checkin_age = age("-30h")),
        F(.updated_age = age("10")),
        F(.updated_age = age("-2")),
        F(.state = EP_SERVERS_ACTIVE),
        F(.state = EP_SERVERS_SILENT),
        F(.state = EP_SERVERS_NEVER),
        F(.current = EP_CURRENT_YES),
        F(.current = EP_CURRENT_OUTDATED),
        F(.current = EP_CURRENT_UNSUPPORTED),
        F(.uptime = EP_UPTIME_6_12),
        F(.uptime = EP_UPTIME_UNKNOWN),
        F(.distro = EP_STR("Ubuntu")),
        F(.machine = EP_STR("unknown")),
        F(.virt = EP_STR("kvm")),
        F(.release = EP_STR("6.1.0-22-amd64")),
        F(.euname = EP_STR("unknown")),
        F(.kernel_id = EP_STR("2222222222222222222222222222222222222222")),
        F(.has_level = true, .level = 3),
        F(.search = EP_STR("eB-00")),
        F(.search = EP_STR("10.2")),
        F(.search = EP_STR("BETA")),
        F(.search = EP_STR("d17s")),
        F(.search = EP_STR("\"A' or")),
    };

    return all[i];
}


/* Two filters at once: the second's fields where the first has none. */
static ep_server_filter_t
both(ep_server_filter_t a, const ep_server_filter_t *b)
{
    a.hostname = a.hostname.n ? a.hostname : b->hostname;
    a.ip = a.ip.n ? a.ip : b->ip;
    a.key = a.key.n ? a.key : b->key;
    a.tag = a.tag.n ? a.tag : b->tag;
    a.state = a.state ? a.state : b->state;
    a.current = a.current ? a.current : b->current;
    a.distro = a.distro.n ? a.distro : b->distro;
    a.checkin_age = a.checkin_age.set ? a.checkin_age : b->checkin_age;
    a.search = a.search.n ? a.search : b->search;
    return a;
}


static void
each_filter_and_sort(void **state)
{
    world_t *w = *state;

    for (int i = 0; i < FILTERS; i++) {
        ep_server_filter_t f = filter(i);

        for (int sort = 0; sort < EP_SORT_COUNT; sort++) {
            compare_list(w, &f, (ep_sort_t) sort, (sort + i) % 2 != 0,
                         i % 3 ? 37 : 300);
        }
        assert_true(compare_list(w, &f, EP_SORT_HOSTNAME, i % 2 == 0, 10) > 0
                    || f.search.n == 0);
    }
    for (int i = 0; i < 400; i++) {
        ep_server_filter_t a = filter((int) dice(w, FILTERS));
        ep_server_filter_t b = filter((int) dice(w, FILTERS));

        a = both(a, &b);
        compare_list(w, &a, (ep_sort_t) dice(w, EP_SORT_COUNT), dice(w, 2) != 0,
                     1 + (int64_t) dice(w, 60));
    }
}


/* Room for few keys and bad guesses make what a million servers need of many
 * guesses, some of them wrong. */
static void
compare_window(world_t *w, const ep_selection_t *s, ep_sort_t sort, bool down,
               const ref_t **want, size_t n)
{
    ep_window_t window = { .portal = w->s->portal,
                           .s = s,
                           .arena = w->arena,
                           .source = &ep_sort_sources[sort],
                           .descending = down };
    size_t skip = dice(w, n + 5), count = 1 + dice(w, 30);
    size_t end = skip + count < n ? skip + count : n;

    if (window.source->terms) {
        window.ranks = (ep_ranks_t){ .portal = w->s->portal,
                                     .arena = w->arena,
                                     .sort = sort };
        assert_ok(ep_ranks_make(&window.ranks, &err));
    }
    assert_ok(ep_window_init(&window, &err));
    window.cap = 200 + dice(w, 200);
    window.spread = 1;
    assert_ok(ep_window_find(&window, (int64_t) skip, (int64_t) count, &err));
    assert_int_equal(window.n, end > skip ? end - skip : 0);
    for (size_t i = 0; i < window.n; i++) {
        assert_int_equal(ep_key_id(&window, window.keys + i * window.size),
                         want[skip + i]->id);
    }
}


/* The kept order of host names: any place of it, and what is behind any
 * server of it. */
static void
compare_order(world_t *w, const ep_selection_t *s, bool down,
              const ref_t **want, size_t n)
{
    ep_window_t window = { .portal = w->s->portal,
                           .s = s,
                           .arena = w->arena,
                           .source = &ep_sort_sources[EP_SORT_HOSTNAME],
                           .descending = down };
    size_t skip = dice(w, n + 5), count = 1 + dice(w, 300), end;

    assert_ok(ep_window_init(&window, &err));
    if (skip > 0 && skip <= n && dice(w, 2) != 0) {
        char name[EP_NAME_SIZE + EP_FACT_MAX] = "";
        uint8_t key[EP_SORT_KEY_MAX];

        for (size_t i = 0; want[skip - 1]->hostname[i] != '\0'; i++) {
            char c = want[skip - 1]->hostname[i];

            name[i] = (char) (c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        ep_key_make(&window, (const uint8_t *) name, want[skip - 1]->id, key);
        ep_window_bind(&window, key);
        assert_ok(ep_order_find(&window, 0, (int64_t) count, &err));
    } else {
        assert_ok(
            ep_order_find(&window, (int64_t) skip, (int64_t) count, &err));
    }
    end = skip + count < n ? skip + count : n;
    assert_int_equal(window.n, end > skip ? end - skip : 0);
    for (size_t i = 0; i < window.n; i++) {
        assert_int_equal(ep_key_id(&window, window.keys + i * window.size),
                         want[skip + i]->id);
    }
}


static void
order_of_names(void **state)
{
    static const ref_t *want[FLEET];
    world_t *w = *state;

    for (int i = 0; i < 400; i++) {
        ep_server_filter_t f = filter(i % 4 != 0 ? 0 : i / 4 % FILTERS);
        bool down = dice(w, 2) != 0;
        size_t n = naive_list(w, &f, EP_SORT_HOSTNAME, down, want);
        ep_selection_t *s = NULL;

        ep_arena_reset(w->arena);
        assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
        compare_order(w, s, down, want, n);
    }
}


static void
small_windows(void **state)
{
    static const ref_t *want[FLEET];
    world_t *w = *state;

    for (int i = 0; i < 600; i++) {
        ep_server_filter_t f = filter(i % 4 != 0 ? 0 : i / 4 % FILTERS);
        ep_sort_t sort = 1 + (ep_sort_t) i % (EP_SORT_COUNT - 1);
        bool down = dice(w, 2) != 0;
        size_t n = naive_list(w, &f, sort, down, want);
        ep_selection_t *s = NULL;

        ep_arena_reset(w->arena);
        assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
        compare_window(w, s, sort, down, want, n);
    }
}


static void
hostile_texts(void **state)
{
    static const char *const texts[] = {
        "\"", "'",  "a%b_", "_",   "%",     "NEAR AND",     "(",
        "*",  "\\", "--",   "50%", "k\xc3", "\xe6\x97\xa5", "OR",
        "  "
    };
    world_t *w = *state;

    for (size_t i = 0; i < EP_ARRAY_LEN(texts); i++) {
        ep_server_filter_t f = { .search = ep_str(texts[i]) };

        compare_list(w, &f, EP_SORT_CHECKIN, true, 50);
        /* The same as a whole host name, where % is one of its letters. */
        f = (ep_server_filter_t){ .hostname = ep_str(texts[i]),
                                  .literal = true };
        ep_arena_reset(w->arena);
        ep_selection_t *s = NULL;
        assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
        assert_int_equal(ep_selection_count(s), 0);
    }
}


static void
after_changes(void **state)
{
    world_t *w = *state;
    ep_server_filter_t f = { .has_level = false };

    begin(w->s);
    for (size_t i = 0; i < w->n; i += 3) {
        int64_t deleted = 0;

        if (i % 2 == 0) {
            check_in(w, w->fleet[i].id);
        } else if (i % 9 == 0) {
            assert_ok(ep_server_delete(
                w->s->portal, ep_str(w->fleet[i].server_id), &deleted, &err));
        } else {
            char out[EP_SERVER_ID_MAX + 1];

            assert_ok(ep_server_register(w->s->portal, ep_str(keys[dice(w, 3)]),
                                         ep_str(w->fleet[i].server_id),
                                         EP_STR("moved"), &w->fleet[i].addr,
                                         out, &err));
        }
    }
    commit(w->s);
    reload(w);
    for (int i = 0; i < FILTERS; i++) {
        f = filter(i);
        compare_list(w, &f, (ep_sort_t) (i % EP_SORT_COUNT), i % 2 != 0, 40);
    }
}


static void
blocks_again(void **state)
{
    world_t *w = *state;
    ep_portal_t *portal = w->s->portal;
    ep_server_filter_t f = { .has_level = false };

    for (int kind = 0; kind < EP_BLOCK_KINDS; kind++) {
        int64_t end = 0;

        assert_ok(ep_block_end(portal, kind, &end, &err));
        assert_true(end > 0);
        for (int64_t block = 0; block < end; block++) {
            bool wrong = true;

            assert_ok(ep_block_check(portal, kind, block, &wrong, &err));
            assert_false(wrong);
        }
    }
    begin(w->s);
    assert_ok(ep_db_exec(portal->db,
                         "UPDATE server_when SET data = zeroblob(4000)"
                         " WHERE block = 1",
                         &err));
    assert_ok(ep_block_rebuild(portal, 1, 1, &err));
    for (int kind = 0; kind < EP_BLOCK_KINDS; kind++) {
        assert_ok(ep_block_rebuild(portal, kind, 0, &err));
    }
    commit(w->s);
    compare_list(w, &f, EP_SORT_CHECKIN, true, 100);
    compare_list(w, &f, EP_SORT_HOSTNAME, false, 300);
    f.tag = EP_STR("env");
    compare_list(w, &f, EP_SORT_ID, false, 100);
}


static void
patchset_links(void **state)
{
    world_t *w = *state;
    ep_server_filter_t f = { .patchset = EP_STR("K20250201_01") };
    ep_selection_t *s = NULL;
    int64_t want = 0;

    /* It brought level 2 of the first kernel and 3 of the second. */
    for (size_t i = 0; i < w->n; i++) {
        const ref_t *r = &w->fleet[i];

        want +=
            !r->gone
            && ((strcmp(r->kernel_id, kernels[0]) == 0 && r->level == 2)
                || (strcmp(r->kernel_id, kernels[1]) == 0 && r->level == 3));
    }
    assert_true(want > 0);
    assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
    assert_int_equal(ep_selection_count(s), want);
    f.patchset = EP_STR("K20300101_01");
    assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
    assert_int_equal(ep_selection_count(s), 0);
    f.patchset = EP_STR("nonsense");
    assert_refused(ep_selection_make(w->s->portal, &f, w->arena, &s, &err),
                   EP_EINVAL, "bad-patchset-name");
}


static int
by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}


static void
statistics(void **state)
{
    static int64_t uptimes[FLEET];
    world_t *w = *state;
    ep_server_filter_t f = { .key = EP_STR("alpha") };
    ep_server_stats_t st, want = { .uptime_max = -1 };
    ep_selection_t *s = NULL;
    int64_t ubuntu = 0, sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        const ref_t *r = &w->fleet[i];

        if (naive_fits(w, r, &f)) {
            ep_server_state_t is = naive_state(w, r);

            want.total++;
            want.active += is == EP_SERVERS_ACTIVE;
            want.silent += is == EP_SERVERS_SILENT;
            want.never += is == EP_SERVERS_NEVER;
            want.current += naive_current(r) == EP_CURRENT_YES;
            want.outdated += naive_current(r) == EP_CURRENT_OUTDATED;
            want.uptimes[naive_uptime(r)]++;
            ubuntu += strcmp(r->distro, "Ubuntu") == 0;
            if (r->uptime >= 0) {
                sum += r->uptime;
                uptimes[n++] = r->uptime;
            }
        }
    }
    qsort(uptimes, n, sizeof(int64_t), by_size);
    assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
    assert_ok(ep_selection_stats(w->s->portal, s, w->arena, &st, &err));
    assert_int_equal(st.total, want.total);
    assert_int_equal(st.active, want.active);
    assert_int_equal(st.silent, want.silent);
    assert_int_equal(st.never, want.never);
    assert_int_equal(st.current, want.current);
    assert_int_equal(st.outdated, want.outdated);
    assert_int_equal(st.unsupported, want.total - want.current - want.outdated);
    for (int i = 1; i < EP_UPTIME_COUNT; i++) {
        assert_int_equal(st.uptimes[i], want.uptimes[i]);
    }
    assert_int_equal(st.uptime_max, uptimes[n - 1]);
    assert_int_equal(st.uptime_average, sum / (int64_t) n);
    assert_int_equal(st.uptime_median, uptimes[(n - 1) / 2] / 3600 * 3600);
    assert_int_equal(st.keys.n, 1);
    assert_int_equal(st.keys.row[0].total, want.total);
    for (size_t i = 0; i < st.distros.n; i++) {
        if (ep_str_eq(st.distros.row[i].name, EP_STR("Ubuntu"))) {
            assert_int_equal(st.distros.row[i].total, ubuntu);
            ubuntu = -1;
        }
    }
    assert_int_equal(ubuntu, -1);
    assert_int_equal(st.releases.n, 4); /* and those that did not tell */
}


typedef struct {
    const char *name;
    int64_t servers;
} tag_count_t;

static ep_rc_t
find_tag(ep_str_t name, int64_t servers, bool made, void *ctx, ep_err_t *e)
{
    tag_count_t *tag = ctx;

    if (ep_str_eq(name, ep_str(tag->name))) {
        tag->servers = servers;
    }
    return EP_OK;
}


static int64_t
tag_servers(world_t *w, const char *name)
{
    tag_count_t tag = { name, -1 };

    assert_ok(
        ep_tag_list(w->s->portal, EP_STR_NULL, 1000, find_tag, &tag, &err));
    return tag.servers;
}


static int64_t
naive_tag_servers(world_t *w, const char *name)
{
    int64_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        n += !w->fleet[i].gone && naive_tag(&w->fleet[i], ep_str(name));
    }
    return n;
}


static void
tags_of_both_sides(void **state)
{
    world_t *w = *state;
    ep_portal_t *portal = w->s->portal;
    int64_t changed = 0;

    assert_int_equal(tag_servers(w, "env"), naive_tag_servers(w, "env"));
    assert_int_equal(tag_servers(w, "web"), naive_tag_servers(w, "web"));
    begin(w->s);
    assert_ok(ep_tag_create(portal, EP_STR("rack"), &err));
    assert_refused(ep_tag_create(portal, EP_STR("rack"), &err), EP_EEXISTS,
                   "tag-exists");
    assert_refused(ep_tag_create(portal, EP_STR("a:b"), &err), EP_EINVAL,
                   "bad-tags");
    assert_int_equal(tag_servers(w, "rack"), 0);
    for (size_t i = 0; i < 10; i++) {
        assert_ok(ep_server_set_portal_tags(
            portal, ep_str(w->fleet[i].server_id), EP_TAGS_SET,
            EP_STR("rack:7;env:portal"), &err));
        assert_ok(ep_server_set_agent_tags(portal,
                                           ep_str(w->fleet[i].server_id),
                                           EP_STR("env:agent;own"), &err));
    }
    reload(w);
    assert_string_equal(w->fleet[0].tags, "env:portal;own;rack:7");
    assert_int_equal(tag_servers(w, "rack"), 10);
    assert_int_equal(tag_servers(w, "env"), naive_tag_servers(w, "env"));
    /* Each side's "remove all" removes its own. */
    assert_ok(ep_server_set_agent_tags(portal, ep_str(w->fleet[0].server_id),
                                       EP_STR(""), &err));
    assert_ok(ep_server_set_portal_tags(portal, ep_str(w->fleet[1].server_id),
                                        EP_TAGS_SET, EP_STR(""), &err));
    assert_ok(ep_server_set_portal_tags(portal, ep_str(w->fleet[2].server_id),
                                        EP_TAGS_REMOVE, EP_STR("env"), &err));
    assert_ok(ep_server_set_portal_tags(portal, ep_str(w->fleet[3].server_id),
                                        EP_TAGS_ADD, EP_STR("extra"), &err));
    reload(w);
    assert_string_equal(w->fleet[0].tags, "env:portal;rack:7");
    assert_string_equal(w->fleet[1].tags, "env:agent;own");
    assert_string_equal(w->fleet[2].tags, "env:agent;own;rack:7");
    assert_string_equal(w->fleet[3].tags, "env:portal;extra;own;rack:7");
    assert_ok(ep_tag_rename(portal, EP_STR("rack"), EP_STR("row"), 5, &changed,
                            &err));
    assert_int_equal(changed, 5);
    assert_ok(ep_tag_rename(portal, EP_STR("rack"), EP_STR("row"), 5, &changed,
                            &err));
    assert_int_equal(changed, 4);
    assert_int_equal(tag_servers(w, "row"), 9);
    assert_int_equal(tag_servers(w, "rack"), -1);
    assert_ok(ep_tag_delete(portal, EP_STR("row"), 500, &changed, &err));
    assert_int_equal(tag_servers(w, "row"), -1);
    assert_refused(ep_tag_delete(portal, EP_STR("row"), 1, &changed, &err),
                   EP_ENOTFOUND, "tag-not-found");
    commit(w->s);
    reload(w);
}


static int64_t
selected(world_t *w, const ep_server_filter_t *f)
{
    ep_selection_t *s = NULL;

    assert_ok(ep_selection_make(w->s->portal, f, w->arena, &s, &err));
    return ep_selection_count(s);
}


static void
many_at_once(void **state)
{
    world_t *w = *state;
    ep_portal_t *portal = w->s->portal;
    ep_server_filter_t f = { .key = EP_STR("alpha") };
    ep_server_filter_t bulk_tag = { .tag = EP_STR("bulk:yes") };
    ep_bulk_t bulk = { .action = EP_BULK_ADD_TAGS, .tags = EP_STR("bulk:yes") };
    ep_bulk_result_t result;
    int64_t alpha = selected(w, &f), beta;

    assert_true(alpha > 500);
    assert_ok(ep_servers_bulk(portal, &f, &bulk, &result, &err));
    assert_int_equal(result.selected, alpha);
    assert_int_equal(result.changed, alpha);
    assert_true(result.complete);
    assert_int_equal(selected(w, &bulk_tag), alpha);

    f.key = EP_STR("beta");
    beta = selected(w, &f);
    f = bulk_tag;
    bulk = (ep_bulk_t){ .action = EP_BULK_MOVE, .key = EP_STR("beta") };
    assert_ok(ep_servers_bulk(portal, &f, &bulk, &result, &err));
    assert_int_equal(result.changed, alpha);
    f = (ep_server_filter_t){ .key = EP_STR("beta") };
    assert_int_equal(selected(w, &f), alpha + beta);
    bulk.key = EP_STR("nokey");
    assert_refused(ep_servers_bulk(portal, &f, &bulk, &result, &err),
                   EP_ENOTFOUND, "key-not-found");
    bulk = (ep_bulk_t){ .action = EP_BULK_SET_TAGS, .tags = EP_STR(":x") };
    assert_refused(ep_servers_bulk(portal, &f, &bulk, &result, &err), EP_EINVAL,
                   "bad-tags");

    bulk = (ep_bulk_t){ .action = EP_BULK_DELETE };
    assert_ok(ep_servers_bulk(portal, &bulk_tag, &bulk, &result, &err));
    assert_int_equal(result.changed, alpha);
    assert_int_equal(selected(w, &f), beta);
    reload(w);
    f = (ep_server_filter_t){ .has_level = false };
    compare_list(w, &f, EP_SORT_HOSTNAME, false, 100);
}


static void
refusals(void **state)
{
    static ep_page_ids_t ids;
    world_t *w = *state;
    ep_server_filter_t f = { .has_level = false };
    ep_page_t page = { .sort = EP_SORT_IP, .limit = 1 };
    char cursor[EP_CURSOR_MAX + 1];
    ep_selection_t *s = NULL;
    ep_age_t out;

    assert_ok(ep_selection_make(w->s->portal, &f, w->arena, &s, &err));
    assert_ok(ep_selection_page(w->s->portal, s, &page, &ids, &err));
    memcpy(cursor, ids.next, sizeof(cursor));
    page.cursor = ep_str(cursor);
    page.descending = true;
    assert_refused(ep_selection_page(w->s->portal, s, &page, &ids, &err),
                   EP_EINVAL, "bad-cursor");
    page.descending = false;
    page.sort = EP_SORT_KEY;
    assert_refused(ep_selection_page(w->s->portal, s, &page, &ids, &err),
                   EP_EINVAL, "bad-cursor");
    page.sort = EP_SORT_IP;
    page.cursor.n -= 2;
    assert_refused(ep_selection_page(w->s->portal, s, &page, &ids, &err),
                   EP_EINVAL, "bad-cursor");
    page.cursor = EP_STR("zz");
    assert_refused(ep_selection_page(w->s->portal, s, &page, &ids, &err),
                   EP_EINVAL, "bad-cursor");
    page.cursor = EP_STR_NULL;
    page.limit = EP_PAGE_MAX + 1;
    assert_refused(ep_selection_page(w->s->portal, s, &page, &ids, &err),
                   EP_EINVAL, "bad-limit");
    f.kernel_id = EP_STR("12");
    assert_refused(ep_selection_make(w->s->portal, &f, w->arena, &s, &err),
                   EP_EINVAL, "bad-kernel-id");
    assert_false(ep_age_parse(EP_STR(""), &out));
    assert_false(ep_age_parse(EP_STR("h"), &out));
    assert_false(ep_age_parse(EP_STR("99999999999999"), &out));
    assert_false(ep_age_parse(EP_STR("3d"), &out));
}


static const struct CMUnitTest tests[] = {
    { "NEW-API-1, NEW-SRV-3: each filter, sort, search is as a naive list",
      each_filter_and_sort, NULL, NULL, NULL },
    { "any place of a list is found by guesses, also by wrong ones",
      small_windows, NULL, NULL, NULL },
    { "any place of the order of host names is found", order_of_names, NULL,
      NULL, NULL },
    { "NEW-SRV-3: wildcards, quotes and broken UTF-8 are text", hostile_texts,
      NULL, NULL, NULL },
    { "PS-2, PS-6: servers of a patchset", patchset_links, NULL, NULL, NULL },
    { "NEW-OVW-1, NEW-OVW-2, NEW-OVW-3: statistics of what is selected",
      statistics, NULL, NULL, NULL },
    { "cursors and limits that are none are refused", refusals, NULL, NULL,
      NULL },
    { "NEW-TAG-1, NEW-TAG-2: tags of both sides", tags_of_both_sides, NULL,
      NULL, NULL },
    { "lists follow check-ins, moves and deletions", after_changes, NULL, NULL,
      NULL },
    { "the order of host names follows them", order_of_names, NULL, NULL,
      NULL },
    { "blocks are what the rows say, and can be made again", blocks_again, NULL,
      NULL, NULL },
    { "W-16: the same for many servers at once", many_at_once, NULL, NULL,
      NULL }
};


int
main(void)
{
    return cmocka_run_group_tests(tests, setup, teardown);
}
