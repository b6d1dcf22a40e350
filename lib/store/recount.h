/*
 * Counting again what is kept counted, for the doctor. What a counter is off
 * by is told from one snapshot and corrected later, in the caller's write
 * transaction, by that much: check-ins in between, which only add and
 * subtract, are not lost, and no transaction has to count a million servers.
 */

#ifndef EP_STORE_RECOUNT_H
#define EP_STORE_RECOUNT_H

#include <eportal/key.h>
#include <eportal/server.h>

/* The key behind the local id after; EP_ENOTFOUND, err untouched. */
ep_rc_t ep_key_next(ep_portal_t *portal, int64_t after, ep_key_t *out,
                    ep_err_t *err);
/* How many servers the key's counter lacks, or has too many when negative;
 * missing: there is no counter at all. */
ep_rc_t ep_key_recount(ep_portal_t *portal, int64_t key_id, int64_t *off,
                       bool *missing, ep_err_t *err);
ep_rc_t ep_key_correct(ep_portal_t *portal, int64_t key_id, int64_t off,
                       ep_err_t *err);

/* The usage counters of a key that are off, servers telling by how much. */
ep_rc_t ep_usage_recount(ep_portal_t *portal, int64_t key_id, ep_usage_fn fn,
                         void *ctx, ep_err_t *err);
ep_rc_t ep_usage_correct(ep_portal_t *portal, const ep_usage_row_t *off,
                         ep_err_t *err);

/* A counter of tags that is off, by so many servers: of a name, or (value not
 * p NULL) of a value from one side. */
typedef struct {
    ep_str_t name;
    ep_str_t value;
    ep_str_t origin;
    int64_t servers;
} ep_tag_off_t;
typedef ep_rc_t (*ep_tag_off_fn)(const ep_tag_off_t *off, void *ctx,
                                 ep_err_t *err);
ep_rc_t ep_tag_recount(ep_portal_t *portal, ep_tag_off_fn fn, void *ctx,
                       ep_err_t *err);
ep_rc_t ep_tag_correct(ep_portal_t *portal, const ep_tag_off_t *off,
                       ep_err_t *err);

/* The blocks that lists of servers read, of the kinds 0 to EP_BLOCK_KINDS - 1:
 * numbers below *end. Whether one says what the rows say, in one read or
 * write transaction; and to make it again, in the caller's write
 * transaction. */
#define EP_BLOCK_KINDS 9
ep_rc_t ep_block_end(ep_portal_t *portal, int kind, int64_t *end,
                     ep_err_t *err);
ep_rc_t ep_block_check(ep_portal_t *portal, int kind, int64_t block,
                       bool *wrong, ep_err_t *err);
ep_rc_t ep_block_rebuild(ep_portal_t *portal, int kind, int64_t block,
                         ep_err_t *err);

#endif
