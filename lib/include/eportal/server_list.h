/*
 * Lists of servers as an administrator wants them: filtered by anything,
 * sorted, page by page, counted; statistics of what was selected; and what
 * is done to many at once (SRV-*, STAT-*, NEW-SRV-*, NEW-TAG-*, NEW-OVW-*,
 * W-16). At a million servers each takes some tens of milliseconds, whatever
 * the filter, because all of it reads the blocks of sql/005.
 *
 * What selects and what reads the selection belong into one read transaction
 * of the caller (or one write transaction): ep_portal_read_begin.
 */

#ifndef EPORTAL_SERVER_LIST_H
#define EPORTAL_SERVER_LIST_H

#include <eportal/arena.h>
#include <eportal/server.h>

/* Who has been silent for longer is no longer active. */
#define EP_ACTIVE_SECONDS (48 * 3600)
#define EP_PAGE_MAX 1000
#define EP_CURSOR_MAX 640 /* characters of a cursor */

typedef enum {
    EP_SERVERS_ANY,
    EP_SERVERS_ACTIVE, /* checked in within the last 48 hours */
    EP_SERVERS_SILENT, /* not within them, but once */
    EP_SERVERS_NEVER   /* has not checked in yet */
} ep_server_state_t;
/* "", "active", "silent", "never". */
extern const char *const ep_server_state_names[4];

typedef enum {
    EP_CURRENT_ANY,
    EP_CURRENT_YES,        /* has its feed's level for its kernel, or newer */
    EP_CURRENT_OUTDATED,   /* its feed has a newer level */
    EP_CURRENT_UNSUPPORTED /* its feed has no level for its kernel */
} ep_current_t;

/* Uptime in half years, as NEW-OVW-2 has it. */
typedef enum {
    EP_UPTIME_ANY,
    EP_UPTIME_UNDER_6,
    EP_UPTIME_6_12,
    EP_UPTIME_12_18,
    EP_UPTIME_OVER_18,
    EP_UPTIME_UNKNOWN,
    EP_UPTIME_COUNT
} ep_uptime_t;
/* "", "under-6", "6-12", "12-18", "over-18", "unknown": months. */
extern const char *const ep_uptime_names[EP_UPTIME_COUNT];

/* "3": longer than 3 days ago; "12h": than 12 hours; "-3": within the last 3
 * days (protocol.md 1.9). */
typedef struct {
    bool set;
    bool within;
    int64_t seconds;
} ep_age_t;
/* False when s is no age, or one of more than 100 years. */
bool ep_age_parse(ep_str_t s, ep_age_t *out);

/* What is empty, zero or ANY does not filter. Texts are compared without
 * regard to ASCII case where people type them (host name, search), exactly
 * where they are names. */
typedef struct {
    ep_str_t hostname; /* % stands for any text, unless literal */
    ep_str_t ip;       /* text of an address, % likewise */
    bool literal;      /* % stands for itself */
    ep_str_t server_id;
    ep_str_t key;
    ep_str_t feed;
    ep_str_t tag; /* "env:test"; "env": whatever its value */
    ep_age_t registered_age;
    ep_age_t checkin_age; /* one that never came: since its registration */
    ep_age_t updated_age; /* never matches one that was never patched */
    ep_server_state_t state;
    ep_current_t current;
    ep_uptime_t uptime;
    /* Facts; "unknown" selects those that did not tell. */
    ep_str_t distro;
    ep_str_t distro_version;
    ep_str_t machine;
    ep_str_t virt;
    ep_str_t release;
    ep_str_t euname;
    ep_str_t kernel_id; /* 40 hex digits */
    bool has_level;
    int64_t level;
    ep_str_t patchset;          /* of kernels: servers that run on it (PS-2) */
    ep_str_t search;            /* part of id, key, host name, address, tag */
    const ep_str_t *server_ids; /* only these; NULL: all */
    size_t server_id_count;
} ep_server_filter_t;

/* The servers that a filter selects. Lives in its arena. */
typedef struct ep_selection ep_selection_t;

/* EP_EINVAL: "bad-kernel-id", "bad-patchset-name", "bad-search". Names that
 * there are not select nothing. */
ep_rc_t ep_selection_make(ep_portal_t *portal, const ep_server_filter_t *filter,
                          ep_arena_t *arena, ep_selection_t **out,
                          ep_err_t *err);
int64_t ep_selection_count(const ep_selection_t *selection);
/* The next local id behind after (0: the first), 0 behind the last. */
int64_t ep_selection_next(const ep_selection_t *selection, int64_t after);

typedef enum {
    EP_SORT_ID, /* order of registration here */
    EP_SORT_SERVER_ID,
    EP_SORT_HOSTNAME, /* its first 48 bytes */
    EP_SORT_IP,       /* unknown ones, IPv4, IPv6 */
    EP_SORT_KEY,
    EP_SORT_FEED,
    EP_SORT_REGISTERED,
    EP_SORT_CHECKIN,
    EP_SORT_UPDATED,
    EP_SORT_UPTIME,
    EP_SORT_DISTRO,
    EP_SORT_RELEASE,
    EP_SORT_EUNAME,
    EP_SORT_LEVEL,
    EP_SORT_COUNT
} ep_sort_t;
/* "id", "server_id", "hostname", "ip", "key", "feed", "registered",
 * "checkin", "updated", "uptime", "distro", "release", "euname",
 * "patch_level". What is equal comes in order of EP_SORT_ID. */
extern const char *const ep_sort_names[EP_SORT_COUNT];
bool ep_sort_find(ep_str_t name, ep_sort_t *out);

typedef struct {
    ep_sort_t sort;
    bool descending;
    ep_str_t cursor; /* behind the page that gave it; empty: from offset */
    int64_t offset;
    int64_t limit; /* 1 to EP_PAGE_MAX */
} ep_page_t;

typedef struct {
    int64_t ids[EP_PAGE_MAX]; /* local ids in order */
    size_t n;
    char next[EP_CURSOR_MAX + 1]; /* cursor of the next page; "": no more */
} ep_page_ids_t;

/* One page. EP_EINVAL "bad-cursor": not one of this sort and direction;
 * "bad-limit", "bad-offset". */
ep_rc_t ep_selection_page(ep_portal_t *portal, const ep_selection_t *selection,
                          const ep_page_t *page, ep_page_ids_t *out,
                          ep_err_t *err);

/* The record of one server; EP_ENOTFOUND "server-not-found". */
ep_rc_t ep_server_get(ep_portal_t *portal, int64_t id, ep_server_fn fn,
                      void *ctx, ep_err_t *err);

/* ---- statistics (STAT, NEW-OVW) ---- */

typedef struct {
    int64_t active;
    int64_t silent; /* and never */
} ep_activity_t;

typedef struct {
    ep_str_t name; /* empty: not told */
    int64_t total;
    int64_t active;
    int64_t silent; /* total: and never */
    /* Of them, those whose key has these products; not in groups by key. */
    ep_activity_t kernelcare;
    ep_activity_t libcare;
} ep_group_t;

typedef struct {
    ep_group_t *row; /* most servers first, then by name */
    size_t n;
} ep_groups_t;

typedef struct {
    int64_t total;
    int64_t active;
    int64_t silent;
    int64_t never;
    int64_t current;
    int64_t outdated;
    int64_t unsupported;
    int64_t uptimes[EP_UPTIME_COUNT]; /* by bucket; ANY: not used */
    int64_t uptime_max;               /* seconds; -1: nobody told */
    int64_t uptime_average;
    int64_t uptime_median; /* in whole hours */
    ep_groups_t keys;
    ep_groups_t feeds;
    ep_groups_t distros;
    ep_groups_t releases;
    ep_groups_t eunames;
    ep_groups_t machines;
    ep_groups_t virts;
} ep_server_stats_t;

/* The same numbers of all servers, from what is kept counted: a start page
 * may ask for them often. */
typedef struct {
    int64_t total; /* active, silent and never; updated, outdated and so on */
    int64_t active;
    int64_t silent;
    int64_t never;
    int64_t current;
    int64_t outdated;
    int64_t unsupported;
    int64_t keys;
    int64_t feeds;
} ep_server_totals_t;
ep_rc_t ep_server_totals(ep_portal_t *portal, ep_server_totals_t *out,
                         ep_err_t *err);

/* Lives in the arena. */
ep_rc_t ep_selection_stats(ep_portal_t *portal, const ep_selection_t *selection,
                           ep_arena_t *arena, ep_server_stats_t *out,
                           ep_err_t *err);

/* ---- tags of the portal (NEW-TAG-1, 2) ---- */

/* Replace, add or remove the tags that this side gave a server; those of the
 * agent are left alone. tags: "env:prod;ubuntu". In the caller's write
 * transaction. EP_ENOTFOUND "server-not-found", EP_EINVAL "bad-tags". */
typedef enum {
    EP_TAGS_SET, /* empty: remove all of them */
    EP_TAGS_ADD,
    EP_TAGS_REMOVE /* "env" and "env:prod": the one named env */
} ep_tags_how_t;
ep_rc_t ep_server_set_portal_tags(ep_portal_t *portal, ep_str_t server_id,
                                  ep_tags_how_t how, ep_str_t tags,
                                  ep_err_t *err);

typedef struct {
    ep_str_t name;
    ep_str_t value; /* empty: none */
    bool portal;    /* whose it is */
} ep_tag_t;
typedef ep_rc_t (*ep_tag_fn)(const ep_tag_t *tag, void *ctx, ep_err_t *err);
/* Both sides' tags of a server, by name. */
ep_rc_t ep_server_tags(ep_portal_t *portal, int64_t id, ep_tag_fn fn, void *ctx,
                       ep_err_t *err);

typedef ep_rc_t (*ep_tag_name_fn)(ep_str_t name, int64_t servers, bool made,
                                  void *ctx, ep_err_t *err);
/* Names behind after, by name; at most limit of them. */
ep_rc_t ep_tag_list(ep_portal_t *portal, ep_str_t after, int64_t limit,
                    ep_tag_name_fn fn, void *ctx, ep_err_t *err);
/* A name to choose from before any server has it. EP_EEXISTS "tag-exists",
 * EP_EINVAL "bad-tags". */
ep_rc_t ep_tag_create(ep_portal_t *portal, ep_str_t name, ep_err_t *err);
/* At most limit of this side's tags of that name: *changed gets how many.
 * While it equals limit there may be more. Where a server has one of the new
 * name from this side, that one stays and the old one goes. */
ep_rc_t ep_tag_rename(ep_portal_t *portal, ep_str_t name, ep_str_t to,
                      int64_t limit, int64_t *changed, ep_err_t *err);
/* How many servers have one of that name from this side. EP_ENOTFOUND as
 * ep_tag_delete. */
ep_rc_t ep_tag_count(ep_portal_t *portal, ep_str_t name, int64_t *servers,
                     ep_err_t *err);
ep_rc_t ep_tag_delete(ep_portal_t *portal, ep_str_t name, int64_t limit,
                      int64_t *changed, ep_err_t *err);

/* ---- many at once (W-16) ---- */

typedef enum {
    EP_BULK_DELETE,
    EP_BULK_MOVE, /* to another key, within its limit */
    EP_BULK_SET_TAGS,
    EP_BULK_ADD_TAGS,
    EP_BULK_REMOVE_TAGS
} ep_bulk_action_t;
/* "delete", "move", "set-tags", "add-tags", "remove-tags". */
extern const char *const ep_bulk_names[5];

typedef struct {
    ep_bulk_action_t action;
    ep_str_t key;    /* of EP_BULK_MOVE */
    ep_str_t tags;   /* of those with tags */
    int64_t seconds; /* begin no new piece after so long; 0: go on to the end */
    int64_t after;   /* go on there: next of the call before; 0: begin */
} ep_bulk_t;

typedef struct {
    int64_t selected; /* at the beginning */
    int64_t changed;
    bool complete; /* false: the time was over */
    int64_t next;  /* then, where to go on */
} ep_bulk_result_t;

/*
 * Do it to whatever a filter selects, in transactions of its own of at most
 * 500 servers each; each of them asks the filter again, so that a server that
 * no longer fits is spared. Each that changes something writes its row of the
 * audit log ("server.delete", "server.move", "server.tags"). EP_ENOTFOUND
 * "key-not-found",
 * EP_ELIMIT "key-limit-reached", EP_EINVAL "bad-tags" and those of
 * ep_selection_make.
 */
ep_rc_t ep_servers_bulk(ep_portal_t *portal, const ep_server_filter_t *filter,
                        const ep_bulk_t *bulk, ep_bulk_result_t *out,
                        ep_err_t *err);

#endif
