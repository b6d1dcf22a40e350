/*
 * The spool: where a list is written that may be too large for memory. What
 * is small stays there; beyond EP_SPOOL_MEMORY all of it goes to a file that
 * has no name, so that nothing is left of it once it is closed, whatever
 * happens to the process.
 *
 * It is appended to as a buffer is. The first failure sticks: appending goes
 * on without effect, and ep_spool_status and ep_spool_end tell of it, so a
 * row is written in one go and checked once:
 *
 *     ep_spool_addf(spool, "{\"level\":%lld,\"host\":", level);
 *     ep_spool_add_json(spool, hostname);
 *     ep_spool_add_str(spool, EP_STR("}"));
 *     return ep_spool_status(spool, err);
 *
 * One thread at a time; what all spools of a process hold together is counted
 * across threads.
 */

#ifndef EP_BASE_SPOOL_H
#define EP_BASE_SPOOL_H

#include <eportal/buf.h>

#define EP_SPOOL_MEMORY ((size_t) 256 * 1024)
#define EP_SPOOL_PIECE ((size_t) 64 * 1024)   /* of one write to the file */
#define EP_SPOOL_RECORD ((size_t) 256 * 1024) /* what may be added at once */

typedef struct {
    uint64_t memory; /* that spools of over a piece hold together; beyond it
                        each goes to its file at once */
    uint64_t size;   /* of one spool's file */
    uint64_t files;  /* of all files together */
    uint64_t spare;  /* that must stay free on the disk: a database lives
                        there */
} ep_spool_limits_t;

typedef struct {
    ep_buf_t buf; /* all of it, or what is not in the file yet */
    int fd;       /* -1: there is no file */
    uint64_t written;
    const char *dir;
    const ep_spool_limits_t *limits;
    bool counted; /* EP_SPOOL_MEMORY of the limit is this one's */
    ep_err_t err;
} ep_spool_t;

/* An empty spool; dir is where its file would be and is made when it is not
 * there, both live as long as the spool. limits NULL: the usual ones. Nothing
 * is allocated or opened. */
void ep_spool_init(ep_spool_t *spool, const char *dir,
                   const ep_spool_limits_t *limits);
/* Give memory, file and disk back; the spool is empty again. */
void ep_spool_free(ep_spool_t *spool);

void ep_spool_add(ep_spool_t *spool, const void *data, size_t n);
void ep_spool_add_str(ep_spool_t *spool, ep_str_t s);
void ep_spool_addf(ep_spool_t *spool, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* As a JSON string with its quotes (base/json.h). */
void ep_spool_add_json(ep_spool_t *spool, ep_str_t s);

/*
 * For what writes to buffers: the spool's end, with room for at least
 * EP_SPOOL_RECORD bytes. Only append; ask again for each record (the pointer
 * is always the same), and hand what the appending returned to ep_spool_note:
 *
 *     ep_json_t *w = &list->json; (of which buf is ep_spool_buf(spool))
 *
 *     ep_spool_buf(list->spool);
 *     ep_json_open(w, NULL, '{');
 *     ...
 *     ep_json_close(w, '}');
 *     ep_spool_note(list->spool, w->rc);
 *     return ep_spool_status(list->spool, err);
 */
ep_buf_t *ep_spool_buf(ep_spool_t *spool);
void ep_spool_note(ep_spool_t *spool, ep_rc_t rc);

/* Bytes added so far. */
uint64_t ep_spool_size(const ep_spool_t *spool);

/*
 * EP_OK, or the first failure: EP_ELIMIT "list-too-large"; EP_EBUSY
 * "too-many-lists" when all spools together are too large or no more files
 * can be opened; EP_EBUSY "disk-full"; EP_EIO "list-file"; EP_ENOMEM.
 */
ep_rc_t ep_spool_status(const ep_spool_t *spool, ep_err_t *err);

/* Nothing more will be added: all of it is in buf now (fd -1), or all in the
 * file. Fails as ep_spool_status. */
ep_rc_t ep_spool_end(ep_spool_t *spool, ep_err_t *err);

#endif
