/* Host names, addresses and ids of servers against patterns: what people type
 * to find one. No index helps to find text inside of names, but a million of
 * them in their blocks are read through in some 20 ms. */

#include "store/server_order.h"

#define IP_CHARACTERS "0123456789abcdef.:"

/* For a name or an id that is longer than its record. */
static const char sql_full[] =
    "SELECT lower(a.hostname), lower(s.server_id) FROM server s"
    " CROSS JOIN facts a ON a.server = s.id WHERE s.id = ?1";

/* Parts of a pattern, between its wildcards. */
typedef struct {
    bool exact; /* first is all of it */
    ep_str_t first;
    ep_str_t last;
    ep_str_t *middle;
    size_t n;
    ep_str_t longest; /* of the middle ones */
    bool is_ip;       /* exact, and an address */
    ep_addr_t ip;
    uint8_t octets[4]; /* that first begins with */
    size_t octet_count;
} like_t;

typedef struct {
    const like_t *like;
    ep_selection_t *s;     /* filtered, or found when adding */
    ep_selection_t *maybe; /* those whose record does not have it all */
    const ep_selection_t *among;
    bool adding;
} match_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while looking for servers");
}


static char *
lower(ep_arena_t *arena, ep_str_t s)
{
    char *copy = ep_arena_strdup(arena, s);

    for (size_t i = 0; copy != NULL && i < s.n; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') {
            copy[i] = (char) (copy[i] + ('a' - 'A'));
        }
    }
    return copy;
}


static ep_rc_t
compile(ep_arena_t *arena, ep_str_t pattern, bool literal, like_t *out,
        ep_err_t *err)
{
    char *text = lower(arena, pattern);
    ep_str_t rest = { text, pattern.n };

    *out = (like_t){ .exact = false };
    out->middle = ep_arena_alloc(arena, (pattern.n + 1) * sizeof(ep_str_t));
    if (text == NULL || out->middle == NULL) {
        return no_memory(err);
    }
    if (literal || memchr(text, '%', pattern.n) == NULL) {
        out->exact = true;
        out->first = rest;
        return EP_OK;
    }
    ep_str_cut(rest, '%', &out->first, &rest);
    while (ep_str_cut(rest, '%', &out->last, &rest)) {
        if (out->last.n > 0) {
            out->middle[out->n++] = out->last;
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        if (out->middle[i].n > out->longest.n) {
            out->longest = out->middle[i];
        }
    }
    return EP_OK;
}


static ep_rc_t
compile_part(ep_arena_t *arena, ep_str_t text, like_t *out, ep_err_t *err)
{
    char *copy = lower(arena, text);

    *out = (like_t){ .n = 1 };
    out->middle = ep_arena_alloc(arena, sizeof(ep_str_t));
    if (copy == NULL || out->middle == NULL) {
        return no_memory(err);
    }
    out->middle[0] = out->longest = (ep_str_t){ copy, text.n };
    return EP_OK;
}


static bool
like(const like_t *like, const char *p, size_t n)
{
    if (like->exact) {
        return ep_str_eq(like->first, (ep_str_t){ p, n });
    }
    if (n < like->first.n + like->last.n
        || (like->first.n > 0 && memcmp(p, like->first.p, like->first.n) != 0)
        || (like->last.n > 0
            && memcmp(p + n - like->last.n, like->last.p, like->last.n) != 0))
    {
        return false;
    }
    p += like->first.n;
    n -= like->first.n + like->last.n;
    for (size_t i = 0; i < like->n; i++) {
        const char *at = memmem(p, n, like->middle[i].p, like->middle[i].n);

        if (at == NULL) {
            return false;
        }
        at += like->middle[i].n;
        n -= (size_t) (at - p);
        p = at;
    }
    return true;
}


/* Where the longest part of the pattern is next; stop: nowhere. The ends of a
 * name are not looked for. */
static const char *
find_part(const match_t *m, const char *p, const char *stop)
{
    ep_str_t part = m->like->longest;
    const char *hit;

    if (m->like->n == 0) {
        return p;
    }
    hit = memmem(p, (size_t) (stop - p), part.p, part.n);
    return hit != NULL ? hit : stop;
}


static inline void
decide(match_t *m, int64_t id, bool matches)
{
    if (m->adding) {
        if (matches) {
            ep_bit_set(m->s, id);
        }
    } else if (!matches) {
        ep_bit_clear(m->s, id);
    }
}


/* Records of NUL-padded text of a fixed size. Where the longest part of the
 * pattern is not, nothing matches: one look at the whole block finds it. */
static void
match_texts(match_t *m, size_t size, int64_t first, int64_t end,
            const uint8_t *data)
{
    const char *text = (const char *) data;
    const char *stop = text + (size_t) (end - first) * size;
    const char *hit = find_part(m, text, stop);
    int64_t id = first > 0 ? first - 1 : 0;

    while ((id = ep_bit_next(m->among, id)) != 0 && id < end) {
        const char *p = text + (size_t) (id - first) * size;

        while (hit < p) {
            hit = find_part(m, p, stop);
        }
        if (p[size - 1] != '\0') {
            ep_bit_set(m->maybe, id);
        } else {
            decide(m, id, hit < p + size && like(m->like, p, strnlen(p, size)));
        }
    }
}


static void
match_names(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    match_texts(ctx, EP_NAME_SIZE, first, end, data);
}


static void
match_labels(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    match_texts(ctx, EP_LABEL_SIZE, first, end, data);
}


static ep_rc_t
match_long(ep_portal_t *portal, match_t *m, int column, ep_err_t *err)
{
    int64_t id = 0;

    while ((id = ep_selection_next(m->maybe, id)) != 0) {
        EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_full);
        ep_str_t text;
        ep_rc_t rc;

        ep_bind_int(q, 1, id);
        rc = ep_stmt_row(q, err);
        if (rc != EP_OK) {
            return rc == EP_ENOTFOUND
                       ? ep_err_set(err, EP_EDB, "wrong-blocks",
                                    "a server is listed that is gone; run "
                                    "`kc.eportal doctor --storage --repair`")
                       : rc;
        }
        text = ep_col_str(q, column);
        decide(m, id, like(m->like, text.p, text.n));
    }
    return EP_OK;
}


static ep_rc_t
match_block(ep_portal_t *portal, match_t *m, ep_block_t kind, ep_arena_t *arena,
            ep_err_t *err)
{
    ep_rc_t rc;

    m->maybe = ep_selection_new(arena, m->among->size);
    if (m->maybe == NULL) {
        return no_memory(err);
    }
    rc = ep_block_each(portal, kind, m->among,
                       kind == EP_BLOCK_NAME ? match_names : match_labels, m,
                       err);
    return rc == EP_OK
               ? match_long(portal, m, kind == EP_BLOCK_NAME ? 0 : 1, err)
               : rc;
}


/* inet_ntop takes ten times as long, which a million of them show. */
static size_t
format_ipv4(const uint8_t *bytes, char *out)
{
    char *p = out;

    for (int i = 0; i < 4; i++) {
        unsigned n = bytes[i];

        if (n >= 100) {
            *p++ = (char) ('0' + n / 100);
        }
        if (n >= 10) {
            *p++ = (char) ('0' + n / 10 % 10);
        }
        *p++ = (char) ('0' + n % 10);
        *p++ = '.';
    }
    return (size_t) (p - out) - 1;
}


/* Whole octets that the pattern begins with: "10.1." has two. */
static void
note_octets(like_t *like)
{
    ep_str_t rest = like->first, octet;
    int64_t n;

    while (!like->exact && like->octet_count < 4
           && ep_str_cut(rest, '.', &octet, &rest) && ep_str_int(octet, &n)
           && n >= 0 && n <= 255)
    {
        like->octets[like->octet_count++] = (uint8_t) n;
    }
}


static bool
address_fits(const like_t *parts, const uint8_t *p)
{
    char text[EP_ADDR_TEXT];
    size_t n = 0;

    if (parts->is_ip) {
        return p[0] == parts->ip.len
               && memcmp(p + 1, parts->ip.bytes, parts->ip.len) == 0;
    }
    if (p[0] == 4) {
        if (memcmp(p + 1, parts->octets, parts->octet_count) != 0) {
            return false;
        }
        n = format_ipv4(p + 1, text);
    } else if (p[0] == 16) {
        ep_addr_t addr = { .len = 16 };

        memcpy(addr.bytes, p + 1, 16);
        ep_addr_format(&addr, text);
        n = strlen(text);
    }
    return n > 0 && like(parts, text, n);
}


static void
match_addresses(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    match_t *m = ctx;

    for (int64_t id = first; id < end && id < m->among->size; id++) {
        if (ep_bit(m->among, id)) {
            decide(m, id, address_fits(m->like, data + (id - first) * 17));
        }
    }
}


/* What is known of how names begin is in their order: leave in s those that
 * may match, and name in *maybe those of which only the name can tell. */
static ep_rc_t
match_beginning(ep_portal_t *portal, const like_t *parts, ep_arena_t *arena,
                ep_selection_t *s, ep_selection_t **maybe, ep_err_t *err)
{
    ep_selection_t *sure = ep_selection_new(arena, s->size);
    char text[EP_NAME_SIZE] = "";
    size_t n = parts->first.n < sizeof(text) ? parts->first.n : sizeof(text);
    bool whole = n == parts->first.n
                 && (parts->exact ? n < sizeof(text)
                                  : parts->n == 0 && parts->last.n == 0);
    ep_rc_t rc;

    *maybe = ep_selection_new(arena, s->size);
    if (sure == NULL || *maybe == NULL) {
        return no_memory(err);
    }
    memcpy(text, parts->first.p, n);
    if (parts->exact && whole) {
        n = sizeof(text); /* with the end of the name */
    }
    rc = ep_order_prefix(portal, (ep_str_t){ text, n }, sure, *maybe, err);
    for (int64_t i = 0; i <= s->size / 64; i++) {
        s->bits[i] &= sure->bits[i] | (*maybe)->bits[i];
        (*maybe)->bits[i] =
            s->bits[i] & (whole ? ~sure->bits[i] : ~(uint64_t) 0);
    }
    return rc;
}


ep_rc_t
ep_match_hostname(ep_portal_t *portal, ep_str_t pattern, bool literal,
                  ep_arena_t *arena, ep_selection_t *s, ep_err_t *err)
{
    like_t parts;
    match_t m = { .like = &parts, .s = s, .among = s };
    ep_selection_t *maybe;
    ep_rc_t rc = compile(arena, pattern, literal, &parts, err);

    if (rc == EP_OK && parts.first.n > 0) {
        rc = match_beginning(portal, &parts, arena, s, &maybe, err);
        m.among = maybe;
    }
    return rc == EP_OK ? match_block(portal, &m, EP_BLOCK_NAME, arena, err)
                       : rc;
}


ep_rc_t
ep_match_ip(ep_portal_t *portal, ep_str_t pattern, bool literal,
            ep_arena_t *arena, ep_selection_t *s, ep_err_t *err)
{
    like_t parts;
    match_t m = { .like = &parts, .s = s, .among = s };
    ep_rc_t rc = compile(arena, pattern, literal, &parts, err);

    if (rc == EP_OK) {
        parts.is_ip = ep_addr_parse(pattern, &parts.ip);
        note_octets(&parts);
    }
    return rc == EP_OK ? ep_block_each(portal, EP_BLOCK_ADDR, s,
                                       match_addresses, &m, err)
                       : rc;
}


static bool
may_be_ip(const like_t *parts)
{
    ep_str_t text = parts->middle[0];

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\0' || strchr(IP_CHARACTERS, text.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}


ep_rc_t
ep_match_search(ep_portal_t *portal, ep_str_t text, ep_arena_t *arena,
                const ep_selection_t *among, ep_selection_t *found,
                ep_err_t *err)
{
    like_t parts;
    match_t m = { .like = &parts, .s = found, .among = among, .adding = true };
    ep_rc_t rc = compile_part(arena, text, &parts, err);

    if (rc == EP_OK) {
        rc = match_block(portal, &m, EP_BLOCK_NAME, arena, err);
    }
    if (rc == EP_OK) {
        rc = match_block(portal, &m, EP_BLOCK_LABEL, arena, err);
    }
    if (rc == EP_OK && may_be_ip(&parts)) {
        rc = ep_block_each(portal, EP_BLOCK_ADDR, among, match_addresses, &m,
                           err);
    }
    if (rc == EP_OK) {
        rc = ep_tag_search(portal, parts.middle[0], found, err);
    }
    return rc;
}
